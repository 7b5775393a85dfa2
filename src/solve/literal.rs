//! What the parts of the solver speak of: goals and literals, the state of a search, and what was decided.

use serde_json::Value;

use crate::eval::Tester;
use crate::ir::{Condition, Element, Formula, Predicate, Subject};
use crate::schema::Path;
use crate::source::Span;

/// A formula that must hold, or must not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal<'f> {
    pub positive: bool,
    pub formula: &'f Formula,
}

/// What holds in a branch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal<'f> {
    /// A predicate, or its negation.
    Predicate(bool, &'f Predicate),
    /// Some element of the array satisfies the goal, or none does.
    Some(bool, &'f Path, Goal<'f>, Span),
    /// The element at an index satisfies the body, or it does not.
    At(bool, &'f Element),
}

impl Literal<'_> {
    pub fn span(&self) -> Span {
        match self {
            Self::Predicate(_, predicate) => predicate.span,
            Self::Some(_, _, _, span) => *span,
            Self::At(_, element) => element.span,
        }
    }

    /// The field that a predicate is about.
    pub fn field(&self) -> Option<&Path> {
        match self {
            Self::Predicate(_, Predicate { subject: Subject::Field(field), .. }) => Some(&field.path),
            _ => None,
        }
    }
}

/// How a search ended.
#[derive(Debug)]
pub(super) enum End {
    /// The visitor stopped it.
    Stopped,
    /// Every branch is proved dead: the places that conflict.
    Dead(Vec<Span>),
    /// Some branch was visited, or not decided.
    Open,
}

/// A predicate or its negation.
pub(super) type Signed<'f> = (bool, &'f Predicate);

/// The tests of literals, each with whether it must hold.
pub(super) fn testers(literals: &[Signed<'_>]) -> Vec<(bool, Tester)> {
    literals
        .iter()
        .filter_map(|(positive, predicate)| Tester::new(predicate).map(|tester| (*positive, tester)))
        .collect()
}

/// Whether a value satisfies all of them.
pub(super) fn accepts(testers: &[(bool, Tester)], value: &Value) -> bool {
    testers.iter().all(|(positive, tester)| tester.accepts(value) == *positive)
}

/// Whether a test is of a value that is there.
pub(super) const fn of_value(test: &Condition) -> bool {
    !matches!(test, Condition::Null | Condition::Exists | Condition::FieldRef { .. })
}

/// What is at a path of an event, or of an element.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Nothing.
    Absent,
    /// A value.
    Value(Value),
    /// An array of these elements.
    Elements(Vec<Decided>),
}

impl Content {
    /// The value, where there is one.
    pub const fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Elements(_) => None,
        }
    }
}

/// What is where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decided {
    /// In the order in which the rule speaks of them.
    pub places: Vec<(Path, Content)>,
}

impl Decided {
    pub fn get(&self, path: &Path) -> Option<&Content> {
        self.places.iter().find(|(known, _)| known == path).map(|(_, place)| place)
    }

    pub fn set(&mut self, path: &Path, place: Content) {
        match self.places.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => *old = place,
            None => self.places.push((path.clone(), place)),
        }
    }
}

/// A search for branches; `branch` walks it, and `cell` starts another one for the elements of an array.
#[derive(Debug)]
pub(super) struct Search {
    /// How many decisions are left.
    pub steps: usize,
    /// How many pairs of alternatives may still be compared.
    pub pairs: usize,
    /// Whether values are looked for; without them a search only refutes, which is cheaper.
    pub values: bool,
}
