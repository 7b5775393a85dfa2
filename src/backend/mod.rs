//! The back ends: a typed rule becomes a query.
//!
//! Each language has one folder: `lower` turns the formula into the language's own AST, `print` alone knows quoting,
//! escaping and precedence, and `read` parses what `print` wrote, so that a round trip can be tested.

pub mod codes;
pub mod correlation;
pub mod cwli;
mod delivery;
mod doubt;
pub mod fidelity;
pub mod frame;
pub mod heading;
mod known;
pub mod kql;
mod loose;
mod options;
mod schedule;
pub mod spl;

pub use correlation::Correlated;
pub use delivery::unknown as unknown_delivery;
pub use heading::Heading;
pub use options::{OptionSpec, Options, Role};
pub use schedule::Schedule;

use std::sync::Arc;

use crate::check::TypedRule;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::pattern::Engine;
use crate::ir::{Listed, Polarity};
use crate::rule::DetectionRule;
use crate::schema::{KnownList, Meaning, Plan, Platform};
use crate::source::Span;

/// How a query relates to the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fidelity {
    /// It selects what the rule means, on every event that fits the schema.
    Exact,
    /// It does not; the notes say how.
    Approximate,
    /// What the rule means is settled, but not where: no delivery of the log to the platform is known or chosen.
    /// There is a query only where the language can do without a place; the notes say how it departs.
    Unplaced,
    /// There is no query; a diagnostic says why.
    Refused,
}

impl Fidelity {
    /// The word that the JSON output prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::Unplaced => "unplaced",
            Self::Refused => "refused",
        }
    }
}

/// On which side the whole query errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It also selects events that the rule does not.
    Wider,
    /// It misses events that the rule selects.
    Narrower,
    /// Both can happen.
    Either,
}

impl Direction {
    /// The word that the JSON output prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Either => "either",
        }
    }

    /// How a message begins that goes on with the events that are concerned.
    pub const fn effect(self) -> &'static str {
        match self {
            Self::Wider => "may also find",
            Self::Narrower => "may miss",
            Self::Either => "may miss or also find",
        }
    }

    /// The direction under a negation.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Wider => Self::Narrower,
            Self::Narrower => Self::Wider,
            Self::Either => Self::Either,
        }
    }

    /// The direction of the whole query, given that of a part.
    #[must_use]
    pub const fn under(self, polarity: Polarity) -> Self {
        match polarity {
            Polarity::Positive => self,
            Polarity::Negative => self.flip(),
        }
    }
}

/// One way in which a query departs from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub code: &'static Code,
    /// The reason.
    pub message: String,
    /// The direction of the whole query.
    pub direction: Direction,
    /// The item in the rule.
    pub span: Span,
}

/// The outcome for one rule and target.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The query; `None` when refused, and when it cannot be written without a place.
    pub query: Option<String>,
    /// How it relates to the rule.
    pub fidelity: Fidelity,
    /// Each way in which it departs from the rule.
    pub notes: Vec<Note>,
    /// Why it was refused.
    pub diagnostics: Vec<Diagnostic>,
    /// For a correlation with a query, how that is run.
    pub schedule: Option<Schedule>,
    /// The columns that it shows and whose field is known, in order.
    pub shows: Vec<Shown>,
    /// Where it reads.
    pub reads: Vec<Reads>,
    /// The known lists that it asks the platform for.
    pub lists: Vec<Asked>,
}

/// A known list that a query asks the platform for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// The list, and where the platform keeps it.
    pub list: Arc<KnownList>,
    /// Whether letters must agree in case.
    pub cased: bool,
}

impl Asked {
    /// What a query asks.
    fn of(listed: &Listed) -> Self {
        Self { name: listed.name.clone(), list: Arc::clone(&listed.list), cased: listed.cased }
    }

    /// The name of the lookup of Splunk whose definition tells upper from lower case, where exports define it.
    pub fn cased_lookup(lookup: &str) -> String {
        format!("{lookup}_cased")
    }
}

/// A column that a query shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name in the result.
    pub column: String,
    /// The field that it holds, as the log calls it.
    pub field: String,
    /// What the field means in its log.
    pub meaning: Option<Meaning>,
    /// What is in it.
    pub holds: Holds,
}

/// What a column of a result has in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// One value.
    One,
    /// A list of single values: what the matches that a correlation counts have.
    Each,
    /// A list or an object of the log.
    Structure,
}

impl Holds {
    /// That of a field of one event, by whether it is a single value.
    pub const fn of(is_scalar: bool) -> Self {
        if is_scalar { Self::One } else { Self::Structure }
    }
}

/// A place that a query reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The schema of the log; `None` where there is none.
    pub log: Option<String>,
    /// The table, source type or log group, as settings and deliveries name it.
    pub place: String,
    /// The name of the delivery by which a user chooses it; empty without one.
    pub delivery: String,
    /// The identifiers of the connectors that bring it, as the platform calls them.
    pub connectors: Vec<String>,
    /// How long after it happened an event can be read, in seconds, where the provider says so.
    pub delay: Option<u64>,
    /// The platform whose place it is: Defender also reads those of Sentinel.
    pub platform: Platform,
    /// The plan of the table.
    pub plan: Plan,
}

impl Compiled {
    /// A refusal for one reason.
    pub fn refused(reason: Diagnostic) -> Self {
        Self { diagnostics: vec![reason], ..Self::faulty() }
    }

    /// A refusal whose reason is reported elsewhere.
    pub const fn faulty() -> Self {
        Self {
            query: None,
            fidelity: Fidelity::Refused,
            notes: Vec::new(),
            diagnostics: Vec::new(),
            schedule: None,
            shows: Vec::new(),
            reads: Vec::new(),
            lists: Vec::new(),
        }
    }
}

/// A query language in one of its dialects: what it says of itself, and how a rule becomes its query.
///
/// Whatever lists languages iterates over what is registered, so that a new one needs its folder and its line in
/// [`Backends::shipped`], and one of a user's own needs [`Backends::with`].
pub trait Backend: Send + Sync + std::fmt::Debug {
    /// The name that `-t` takes: the language, and behind a colon the dialect (`kql`, `kql:xdr`).
    /// A dialect without a colon is compiled to when no target is named.
    fn name(&self) -> &'static str;
    /// What it is, for lists: `KQL for Microsoft Sentinel`.
    fn title(&self) -> &'static str;
    /// The platform whose deliveries its queries read.
    fn platform(&self) -> Platform;
    /// The engine that reads its regular expressions.
    fn engine(&self) -> Engine;
    /// The findings that it alone makes; dialects of one language share them.
    fn codes(&self) -> &'static [&'static Code] {
        &[]
    }
    /// The page of the documentation, from the root of the repository.
    fn page(&self) -> &'static str {
        ""
    }
    /// The ending of a file that holds one query.
    fn extension(&self) -> &'static str {
        language(self.name())
    }
    /// A line of comment; `None` where the language has none, or nothing of the text remains.
    fn remark(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }
    /// What a user may set for its queries; dialects of one language share their options.
    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }
    /// How a site says where the platform keeps a known list; the first of them names it. Dialects of one language share
    /// them.
    fn list_options(&self) -> &'static [OptionSpec] {
        &[]
    }
    /// Whether a query names the table that it reads, so that there is none without one.
    fn needs_table(&self) -> bool {
        false
    }
    /// Compiles a rule whose check gave no error (or was forced).
    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled;
    /// Compiles a correlation; a language that does not say how refuses it.
    fn compile_correlation(&self, correlated: &Correlated<'_>) -> Compiled {
        correlation::unsupported(self.title(), correlated)
    }
}

/// The language in the name of a target: what is before the colon.
pub fn language(name: &str) -> &str {
    name.split_once(':').map_or(name, |(language, _)| language)
}

/// The backends that a program knows, in the order in which output lists them.
#[derive(Clone, Debug)]
pub struct Backends(Vec<&'static dyn Backend>);

impl Backends {
    /// Those that are part of sigmata.
    pub fn shipped() -> Self {
        Self(vec![&kql::Kql::SENTINEL, &kql::Kql::XDR, &spl::Spl, &cwli::Cwli])
    }

    /// These and another one.
    #[must_use]
    pub fn with(mut self, backend: &'static dyn Backend) -> Self {
        self.0.push(backend);
        self
    }

    /// Every backend.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Backend> {
        self.0.iter().copied()
    }

    /// Those that are compiled to when none is named: one per language.
    pub fn defaults(&self) -> impl Iterator<Item = &'static dyn Backend> {
        self.iter().filter(|backend| language(backend.name()) == backend.name())
    }

    /// The one with a name that `-t` takes.
    pub fn find(&self, name: &str) -> Option<&'static dyn Backend> {
        self.iter().find(|backend| backend.name() == name)
    }

    /// What a user may set for queries, by name; dialects of one language share their options.
    pub fn options(&self) -> Vec<&'static OptionSpec> {
        distinct(self.iter().flat_map(Backend::options))
    }

    /// How a site says where platforms keep a known list, by name.
    pub fn list_options(&self) -> Vec<&'static OptionSpec> {
        distinct(self.iter().flat_map(Backend::list_options))
    }

    /// The option that names a list in the platform of which another option says more.
    pub fn names_list(&self, option: &OptionSpec) -> Option<&'static OptionSpec> {
        let own = self
            .iter()
            .map(Backend::list_options)
            .find(|own| own.iter().any(|one| one.name == option.name))?;
        own.first()
    }

    /// The findings that backends alone make: those that all share, and those of each language.
    pub fn codes(&self) -> Vec<&'static Code> {
        let languages = self.defaults().flat_map(|backend| backend.codes().iter().copied());
        codes::ALL.iter().chain(known::ALL).copied().chain(languages).collect()
    }
}

/// The options in the order of their names, each once.
fn distinct(options: impl Iterator<Item = &'static OptionSpec>) -> Vec<&'static OptionSpec> {
    let mut all: Vec<_> = options.collect();
    all.sort_by_key(|option| option.name);
    all.dedup_by_key(|option| option.name);
    all
}

impl Default for Backends {
    fn default() -> Self {
        Self::shipped()
    }
}

/// Every target that is part of sigmata, in the order in which output lists them.
pub fn all() -> Vec<&'static dyn Backend> {
    Backends::shipped().0
}

/// The targets that are compiled to when none is named: one per language.
pub fn defaults() -> Vec<&'static dyn Backend> {
    Backends::shipped().defaults().collect()
}

/// The target with a name that `-t` takes.
pub fn find(name: &str) -> Option<&'static dyn Backend> {
    Backends::shipped().find(name)
}
