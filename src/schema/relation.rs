//! Values of one field that go with the values of another.

use super::Completeness;
use super::path::Path;

/// Which values of one field occur with which values of another: CloudTrail's event names and event sources, an Entra
/// activity and its service.
#[derive(Debug)]
pub struct Relation {
    /// The field whose values are listed: the event name.
    pub field: Path,
    /// The field that they go with: the event source.
    pub by: Path,
    /// The pairs.
    pub pairs: std::sync::Arc<dyn Pairs>,
    /// What a nearly complete list can lack, as messages say it; empty when nothing is reported.
    pub missing: String,
}

/// A set of pairs of texts. Letter case does not matter in questions; answers are in canonical spelling.
pub trait Pairs: std::fmt::Debug + Send + Sync {
    /// How many of the values that go with `by` are known.
    fn completeness(&self, by: &str) -> Completeness;
    /// Whether it is known that `value` never goes with `by`, however complete the list is.
    fn never(&self, _by: &str, _value: &str) -> bool {
        false
    }
    /// Whether `value` goes with `by`.
    fn has(&self, by: &str, value: &str) -> bool;
    /// What `value` goes with.
    fn owners(&self, value: &str) -> Vec<&str>;
    /// Calls `visit` with every value that goes with `by`, until it returns `false`.
    fn visit(&self, by: &str, visit: &mut dyn FnMut(&str) -> bool);
    /// The name that the log writes in place of `value`, when `value` is the provider's name for the same thing
    /// elsewhere, such as in its interface for programs.
    fn logged_as(&self, by: &str, value: &str) -> Option<&str>;
    /// Whether anything is known of what goes with `by`.
    fn knows(&self, by: &str) -> bool {
        let mut known = self.completeness(by) != Completeness::Incomplete;
        self.visit(by, &mut |_| {
            known = true;
            false
        });
        known
    }
    /// At most five values of `by` near to `value`, nearest first.
    fn nearest(&self, by: &str, value: &str) -> Vec<String> {
        let mut near = super::nearest::Nearest::new(value);
        self.visit(by, &mut |known| {
            near.offer(known, known);
            true
        });
        near.finish()
    }
}

/// Pairs that a schema lists.
#[derive(Debug)]
pub struct Listed {
    /// Each value of the deciding field, how complete its list is, and the list.
    owners: Vec<(String, Completeness, Vec<String>)>,
    /// Values of the deciding field, and what never goes with them.
    never: Vec<(String, Vec<String>)>,
    /// Value of the deciding field, another name, the name in the log.
    logged_as: Vec<(String, String, String)>,
}

impl Listed {
    /// The pairs of a schema; `logged_as` has a value of the deciding field, another name, and the name in the log.
    pub fn new(
        values: &[(String, Vec<String>)],
        complete: &[String],
        never: &[(String, Vec<String>)],
        logged_as: impl IntoIterator<Item = (String, String, String)>,
    ) -> Self {
        let completeness = |by: &String| {
            if complete.contains(by) { Completeness::Complete } else { Completeness::Incomplete }
        };
        let owners = values.iter().map(|(by, values)| (by.clone(), completeness(by), values.clone()));
        Self { owners: owners.collect(), never: never.to_vec(), logged_as: logged_as.into_iter().collect() }
    }

    fn of(&self, by: &str) -> Option<&(String, Completeness, Vec<String>)> {
        self.owners.iter().find(|(owner, _, _)| alike(owner, by))
    }
}

/// Whether a value of a rule matches a text that is listed.
fn alike(listed: &str, value: &str) -> bool {
    crate::text::equals(value, listed)
}

impl Pairs for Listed {
    fn completeness(&self, by: &str) -> Completeness {
        self.of(by).map_or(Completeness::Incomplete, |(_, completeness, _)| *completeness)
    }

    fn never(&self, by: &str, value: &str) -> bool {
        let mut listed = self.never.iter().filter(|(owner, _)| alike(owner, by));
        listed.any(|(_, values)| values.iter().any(|known| alike(known, value)))
    }

    fn has(&self, by: &str, value: &str) -> bool {
        self.of(by).is_some_and(|(_, _, values)| values.iter().any(|known| alike(known, value)))
    }

    fn owners(&self, value: &str) -> Vec<&str> {
        let owners =
            self.owners.iter().filter(|(_, _, values)| values.iter().any(|known| alike(known, value)));
        owners.map(|(owner, _, _)| owner.as_str()).collect()
    }

    fn visit(&self, by: &str, visit: &mut dyn FnMut(&str) -> bool) {
        for value in self.of(by).iter().flat_map(|(_, _, values)| values) {
            if !visit(value) {
                return;
            }
        }
    }

    fn logged_as(&self, by: &str, value: &str) -> Option<&str> {
        let found = self.logged_as.iter().find(|(owner, name, _)| alike(owner, by) && alike(name, value));
        found.map(|(_, _, logged)| logged.as_str())
    }
}

/// Pairs of a schema beside those of a generated table.
#[derive(Debug)]
pub struct Joined {
    /// The pairs of the schema.
    pub first: Listed,
    /// The table.
    pub then: std::sync::Arc<dyn Pairs>,
}

impl Pairs for Joined {
    fn completeness(&self, by: &str) -> Completeness {
        self.first.completeness(by).max(self.then.completeness(by))
    }

    fn never(&self, by: &str, value: &str) -> bool {
        self.first.never(by, value) || self.then.never(by, value)
    }

    fn has(&self, by: &str, value: &str) -> bool {
        self.first.has(by, value) || self.then.has(by, value)
    }

    fn owners(&self, value: &str) -> Vec<&str> {
        let mut owners = self.first.owners(value);
        for owner in self.then.owners(value) {
            if owners.iter().all(|known| !alike(known, owner)) {
                owners.push(owner);
            }
        }
        owners
    }

    fn visit(&self, by: &str, visit: &mut dyn FnMut(&str) -> bool) {
        let mut goes_on = true;
        self.first.visit(by, &mut |value| {
            goes_on = visit(value);
            goes_on
        });
        if goes_on {
            self.then.visit(by, visit);
        }
    }

    fn logged_as(&self, by: &str, value: &str) -> Option<&str> {
        self.first.logged_as(by, value).or_else(|| self.then.logged_as(by, value))
    }
}
