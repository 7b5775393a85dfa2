//! What a user may set for the queries of a language: each backend names its options, and [`Options`] holds values that
//! fit them.

use std::collections::BTreeMap;

use super::{Backends, Heading};
pub use crate::config::{OptionSpec, Role};
use crate::schema::Plan;

/// The option that chooses one of the deliveries of a log; each language gives it its name.
pub(super) const DELIVERY: OptionSpec = OptionSpec {
    name: "",
    help: "which delivery of one log, by the name that `sigmata schema show` lists",
    many: false,
    general: false,
    role: Role::Delivery,
    form: "a delivery: letters, digits, `_`, `-`, `:`, `.` and `*`",
    fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || "_-:.*".contains(char)),
};

/// Values of options, for all logs and for the one that a rule is about.
#[derive(Clone, Debug)]
pub struct Options {
    known: Vec<&'static OptionSpec>,
    general: BTreeMap<&'static str, Vec<String>>,
    of_log: BTreeMap<&'static str, Vec<String>>,
    /// What is above the query.
    pub heading: Heading,
    /// Whether a query is refused whose place, or whose columns, no published source gives.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::of(&Backends::shipped())
    }
}

impl Options {
    /// Nothing set, for these backends.
    pub fn of(backends: &Backends) -> Self {
        Self {
            known: backends.options(),
            general: BTreeMap::new(),
            of_log: BTreeMap::new(),
            heading: Heading::default(),
            strict: false,
        }
    }

    /// Sets an option for all logs.
    ///
    /// # Errors
    /// A clause for the user, where there is no such option, or a value does not fit it.
    pub fn set(&mut self, name: &str, values: Vec<String>) -> Result<(), String> {
        let option = self.fitting(name, &values)?;
        self.general.insert(option.name, values);
        Ok(())
    }

    /// Sets an option for the log of the current rules.
    ///
    /// # Errors
    /// As of [`Options::set`].
    pub fn set_for_log(&mut self, name: &str, values: Vec<String>) -> Result<(), String> {
        let option = self.fitting(name, &values)?;
        self.of_log.insert(option.name, values);
        Ok(())
    }

    /// The value for the current log, else the one for all logs.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.for_log(name).or_else(|| self.general.get(name)?.first().map(String::as_str))
    }

    /// The value that is set for the current log itself.
    pub fn for_log(&self, name: &str) -> Option<&str> {
        self.all_for_log(name).first().map(String::as_str)
    }

    /// All values that are set for the current log itself.
    pub fn all_for_log(&self, name: &str) -> &[String] {
        self.of_log.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether something set for a language says where the current log is kept.
    pub fn place(&self, language: &str) -> bool {
        let places = |option: &&OptionSpec| matches!(option.role, Role::Tables | Role::Place);
        self.options(language).filter(|option| places(option)).any(|option| self.get(option.name).is_some())
    }

    /// What is set for the current log under the options of a language with this role.
    pub fn role(&self, language: &str, role: Role) -> &[String] {
        let mut named = self.options(language).filter(|option| option.role == role);
        named.next().map_or(&[], |option| self.all_for_log(option.name))
    }

    /// The plan that is set for the tables of the current log.
    pub fn plan(&self, language: &str) -> Option<Plan> {
        self.role(language, Role::Plan).first().and_then(|word| Plan::named(word))
    }

    fn options(&self, language: &str) -> impl Iterator<Item = &'static OptionSpec> {
        self.known.iter().copied().filter(move |option| option.language() == language)
    }

    fn fitting(&self, name: &str, values: &[String]) -> Result<&'static OptionSpec, String> {
        let Some(option) = self.known.iter().copied().find(|option| option.name == name) else {
            let names: Vec<&str> = self.known.iter().map(|option| option.name).collect();
            return Err(format!("unknown option `{name}`; the options are {}", names.join(", ")));
        };
        match values.iter().find(|value| !option.takes(value)) {
            Some(value) => Err(format!("`{value}` is not {}", option.form)),
            None => Ok(option),
        }
    }
}
