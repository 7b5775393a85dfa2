//! Whether an event that no log recognises may be of a log of the rules all the same.
//!
//! Excerpts of events lack what identifies their log, so an event is familiar where a log has at least half of its members.

use rustc_hash::FxHashMap;

use super::evaluate::Logs;
use crate::eval::{Event, Tree};
use crate::ir::{Formula, Leaf};
use crate::schema::{Base, Path};

/// The members of the records of the logs of a collection.
#[derive(Debug)]
pub(super) struct Familiar {
    /// Whether some rule takes any event: nothing is known of its log, or of the members of its records.
    any: bool,
    /// The logs whose records have a member, by their place.
    members: FxHashMap<Box<str>, Vec<usize>>,
    logs: usize,
}

impl Familiar {
    /// For these logs; `any` where a rule takes any event.
    pub(super) fn new(logs: &Logs, any: bool) -> Self {
        let schemas = logs.schemas();
        let mut members: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        for (at, schema) in schemas.iter().enumerate() {
            for field in &schema.record.fields {
                members.entry(field.name.clone()).or_default().push(at);
            }
        }
        let any = any || schemas.iter().any(|schema| schema.record.fields.is_empty());
        Self { any, members, logs: schemas.len() }
    }

    /// Whether some log has at least half of the members of an event.
    pub(super) fn knows<V: Tree + ?Sized>(&self, event: &V) -> bool {
        if self.any {
            return true;
        }
        let mut known = vec![0_usize; self.logs];
        let mut all = 0;
        for (name, _) in event.members() {
            all += 1;
            for log in self.members.get(name).into_iter().flatten() {
                known.get_mut(*log).into_iter().for_each(|count| *count += 1);
            }
        }
        all == 0 || known.iter().any(|count| count * 2 >= all)
    }

    /// The same of an event that somebody wrote to show something: one without members shows nothing of any log.
    pub(super) fn knows_written<V: Tree + ?Sized>(&self, event: &V) -> bool {
        self.any || event.members().next().is_some() && self.knows(event)
    }
}

/// Whether an event, in the canonical form of its log, has a member that a rule looks at.
pub(super) fn looks_at(formula: Option<&Formula>, event: &Event) -> bool {
    let of_event = |path: &Path| path.base == Base::Event && event.begins(path);
    formula.is_some_and(|formula| {
        formula.leaves().any(|found| match found.leaf {
            Leaf::Pred(predicate) => predicate.fields().any(|field| of_event(&field.path)),
            Leaf::Elem(element) => of_event(&element.array),
        })
    })
}
