//! Formulas, prepared once and evaluated many times.

use super::codes::NOT_EVALUABLE;
use super::predicate::{Here, Predicate};
use super::reach::{elements, walk};
use super::tree::Tree;
use super::{Event, Fault};
use crate::diagnostic::Diagnostic;
use crate::ir::{Formula, Quantifier};
use crate::schema::Path;
use crate::source::Span;

/// A rule prepared for events: texts folded, expressions compiled, long lists hashed.
///
/// Evaluation allocates nothing but where an event's text has letters outside ASCII that must be folded, where JSON
/// is read inside a string, and for `fieldref`.
#[derive(Debug)]
pub struct Matcher {
    pub(super) root: Node,
}

/// A formula of prepared predicates.
#[derive(Debug)]
pub(super) enum Node {
    Constant(bool),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Predicate(Box<Predicate>),
    Element(Box<Element>),
}

#[derive(Debug)]
pub(super) struct Element {
    pub(super) span: Span,
    pub(super) array: Path,
    pub(super) quantifier: Quantifier,
    pub(super) body: Node,
}

impl Matcher {
    /// Prepares the formula of a rule; `None` is that of a rule which an error left without a meaning.
    ///
    /// # Errors
    /// What of the rule cannot be evaluated: every such value, or that there is no meaning.
    pub fn new(formula: Option<&Formula>) -> Result<Self, Vec<Diagnostic>> {
        match formula {
            Some(formula) => Self::of(formula),
            None => Err(vec![Diagnostic::new(
                &NOT_EVALUABLE,
                Span::default(),
                "an error leaves the rule without a meaning that could be evaluated",
            )]),
        }
    }

    /// Prepares a formula.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(formula: &Formula) -> Result<Self, Vec<Diagnostic>> {
        let mut faults = Vec::new();
        let root = Node::new(formula, &mut faults);
        if faults.is_empty() {
            Ok(Self { root })
        } else {
            Err(faults.into_iter().map(Diagnostic::from).collect())
        }
    }

    /// Whether the event satisfies the rule.
    pub fn matches(&self, event: &Event) -> bool {
        self.accepts(event.value())
    }

    /// Whether the record, in the canonical form of its log, satisfies the rule.
    pub fn accepts<V: Tree + ?Sized>(&self, record: &V) -> bool {
        self.root.holds(Here { event: record, element: record })
    }
}

impl Node {
    fn new(formula: &Formula, faults: &mut Vec<Fault>) -> Self {
        let mut nodes = |parts: &[Formula]| parts.iter().map(|part| Self::new(part, faults)).collect();
        match formula {
            Formula::True => Self::Constant(true),
            Formula::False => Self::Constant(false),
            Formula::And(parts) => Self::And(nodes(parts)),
            Formula::Or(parts) => Self::Or(nodes(parts)),
            Formula::Not(inner) => Self::Not(Box::new(Self::new(inner, faults))),
            Formula::Pred(predicate) => match Predicate::new(predicate) {
                Ok(predicate) => Self::Predicate(Box::new(predicate)),
                Err(fault) => {
                    faults.push(fault);
                    Self::Constant(false)
                }
            },
            Formula::Elem(element) => Self::Element(Box::new(Element {
                span: element.span,
                array: element.array.clone(),
                quantifier: element.quantifier,
                body: Self::new(&element.body, faults),
            })),
        }
    }

    pub(super) fn holds<V: Tree + ?Sized>(&self, scope: Here<'_, V>) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Not(inner) => !inner.holds(scope),
            Self::And(parts) => parts.iter().all(|part| part.holds(scope)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(scope)),
            Self::Predicate(predicate) => predicate.holds(scope),
            Self::Element(element) => element.holds(scope),
        }
    }
}

impl Element {
    pub(super) fn holds<V: Tree + ?Sized>(&self, scope: Here<'_, V>) -> bool {
        let body = |element: &V| self.body.holds(Here { event: scope.event, element });
        match self.quantifier {
            Quantifier::Any => self.each(scope, &mut |element| body(element)),
            Quantifier::None => !self.each(scope, &mut |element| body(element)),
            Quantifier::AllOrEmpty => !self.each(scope, &mut |element| !body(element)),
            Quantifier::All => {
                let mut some = false;
                let fails = self.each(scope, &mut |element| {
                    some = true;
                    !body(element)
                });
                some && !fails
            }
            Quantifier::Index(index) => {
                let Some(place) = self.place(scope, index) else { return false };
                let (mut at, mut found) = (0, false);
                self.each(scope, &mut |element| {
                    let here = at == place;
                    at += 1;
                    found = here && body(element);
                    here
                });
                found
            }
        }
    }

    /// Calls `visit` with every element until it returns `true`; whether it did.
    pub(super) fn each<V: Tree + ?Sized>(
        &self,
        scope: Here<'_, V>,
        visit: &mut impl FnMut(&V) -> bool,
    ) -> bool {
        walk(scope.base(self.array.base), &self.array.steps, &mut |array| elements(array, visit))
    }

    /// How many elements are before the one at `index`; `None` where the index counts back past the first.
    pub(super) fn place<V: Tree + ?Sized>(&self, scope: Here<'_, V>, index: i64) -> Option<u64> {
        if let Ok(index) = u64::try_from(index) {
            return Some(index);
        }
        let mut count = 0_u64;
        self.each(scope, &mut |_| {
            count += 1;
            false
        });
        count.checked_sub(index.unsigned_abs())
    }
}
