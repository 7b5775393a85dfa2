//! What is known of fields at a place of the condition.
//!
//! Facts come from equality lists: where `eventName: [A, B]` must hold, the field is one of the two.
//! [`Implied`] is what the truth of a part of the rule implies; [`Known`] is what holds where a part is, as layers
//! that lie on the stack, so that entering a branch copies nothing.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::schema::{Base, Facts, Path};
use crate::source::Span;

/// The most values that a fact keeps; a longer list is not a fact, which loses narrowing, never soundness.
pub(super) const MAX_VALUES: usize = 4096;
/// The most values of one field, and the most fields, that are handed to dependent types.
const MAX_DEPENDENT: usize = 512;

/// The possible values of a field: canonical members, other texts in lower case.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// The values.
    pub values: Rc<BTreeSet<String>>,
    /// The item that says so.
    pub span: Span,
    /// Whether the field has a list of known values, so that types may depend on it.
    pub catalogued: bool,
}

/// What follows for scalar fields when a part of the rule holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Implied {
    facts: BTreeMap<Path, Fact>,
}

impl Implied {
    /// A single fact.
    pub fn one(path: Path, fact: Fact) -> Self {
        Self { facts: BTreeMap::from([(path, fact)]) }
    }

    /// Whether nothing follows.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Both parts hold.
    /// `clash` is called for every path whose facts exclude each other, with the older and the newer fact.
    pub fn and(&mut self, other: &Self, mut clash: impl FnMut(&Path, &Fact, &Fact)) {
        for (path, fact) in &other.facts {
            match self.facts.get_mut(path) {
                None => {
                    self.facts.insert(path.clone(), fact.clone());
                }
                Some(old) => {
                    if let Some(values) = narrowed(old, fact) {
                        if values.is_empty() && !old.values.is_empty() && !fact.values.is_empty() {
                            clash(path, old, fact);
                        }
                        *old = Fact { values: Rc::new(values), ..fact.clone() };
                    }
                }
            }
        }
    }

    /// One of the parts holds.
    pub fn or<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return Self::default() };
        let mut facts: BTreeMap<Path, (Fact, BTreeSet<String>)> = first
            .facts
            .iter()
            .map(|(path, fact)| (path.clone(), (fact.clone(), (*fact.values).clone())))
            .collect();
        for part in parts {
            facts.retain(|path, (_, values)| match part.facts.get(path) {
                Some(fact) => {
                    values.extend(fact.values.iter().cloned());
                    values.len() <= MAX_VALUES
                }
                None => false,
            });
            if facts.is_empty() {
                break;
            }
        }
        let join = |(path, (fact, values))| (path, Fact { values: Rc::new(values), ..fact });
        Self { facts: facts.into_iter().map(join).collect() }
    }
}

/// The values of `old` that `new` allows too; `None` when those are all.
fn narrowed(old: &Fact, new: &Fact) -> Option<BTreeSet<String>> {
    if old.values.len() <= new.values.len() && old.values.is_subset(&new.values) {
        return None;
    }
    Some(old.values.intersection(&new.values).cloned().collect())
}

/// What holds where a part of the rule is.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    outer: Option<&'a Known<'a>>,
    own: BTreeMap<Path, Fact>,
    /// Whether another element begins here, of which nothing is known.
    element: bool,
    facts: OnceCell<Facts>,
}

impl<'a> Known<'a> {
    /// What holds inside a part that implies `implied`, under `outer`.
    /// `clash` is called for every path whose facts exclude each other, with the outer and the new fact.
    pub fn within(
        outer: &'a Known<'a>,
        implied: &Implied,
        mut clash: impl FnMut(&Path, &Fact, &Fact),
    ) -> Self {
        let mut own = BTreeMap::new();
        for (path, fact) in &implied.facts {
            match outer.get(path) {
                None => {
                    own.insert(path.clone(), fact.clone());
                }
                Some(old) => {
                    if let Some(values) = narrowed(old, fact) {
                        if values.is_empty() && !old.values.is_empty() && !fact.values.is_empty() {
                            clash(path, old, fact);
                        }
                        own.insert(path.clone(), Fact { values: Rc::new(values), ..fact.clone() });
                    }
                }
            }
        }
        Self { outer: Some(outer), own, element: false, facts: OnceCell::new() }
    }

    /// What holds inside a statement about elements, under `outer`.
    pub fn of_element(outer: &'a Known<'a>) -> Self {
        Self { outer: Some(outer), element: true, ..Self::default() }
    }

    /// What is known of `path`.
    pub fn get(&self, path: &Path) -> Option<&Fact> {
        let mut layer = Some(self);
        while let Some(here) = layer {
            if let Some(fact) = here.own.get(path) {
                return Some(fact);
            }
            if here.element && path.base == Base::Element {
                return None;
            }
            layer = here.outer;
        }
        None
    }

    /// What the schema may use to narrow dependent types.
    pub fn facts(&self) -> &Facts {
        let usable = |(path, fact): &(&Path, &Fact)| {
            path.base == Base::Event
                && fact.catalogued
                && !fact.values.is_empty()
                && fact.values.len() <= MAX_DEPENDENT
        };
        match self.outer {
            Some(outer) if !self.own.iter().any(|entry| usable(&entry)) => outer.facts(),
            _ => self.facts.get_or_init(|| {
                let mut facts = self.outer.map(|outer| outer.facts().clone()).unwrap_or_default();
                for (path, fact) in self.own.iter().filter(usable).take(MAX_DEPENDENT) {
                    facts.narrow(path, (*fact.values).clone());
                }
                facts
            }),
        }
    }
}
