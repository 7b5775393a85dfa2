//! Why an event matches, or does not.

use super::Event;
use super::matcher::{Matcher, Node};
use super::predicate::Scope;
use crate::source::Span;

/// What one part of a rule says about one event, with the parts below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What kind of part.
    pub kind: VerdictKind,
    /// Whether it holds.
    pub holds: bool,
    /// The part in the rule's source; for a connective the smallest span that covers its parts.
    pub span: Span,
    /// The parts of a connective, in order. Empty for the others.
    pub parts: Vec<Verdict>,
    /// For a predicate: JSON of the values that its field reaches, at most [`SEEN`] of them.
    pub seen: Vec<String>,
}

/// Kinds of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// Always true, or always false.
    Constant,
    /// A negation, of one part.
    Not,
    /// A conjunction.
    And,
    /// A disjunction.
    Or,
    /// A predicate.
    Predicate,
    /// A statement about the elements of an array; its body is true or false per element, so it has no parts.
    Element,
}

/// The most values of a predicate's field that a verdict quotes.
pub const SEEN: usize = 5;

impl Matcher {
    /// The truth of every part of the rule for one event. Nothing is cut short, so it is slower than
    /// [`matches`](Self::matches).
    pub fn explain(&self, event: &Event) -> Verdict {
        verdict(&self.root, Scope { event: event.value(), element: event.value() })
    }
}

fn verdict(node: &Node, scope: Scope<'_>) -> Verdict {
    let leaf = |kind, holds, span| Verdict { kind, holds, span, parts: Vec::new(), seen: Vec::new() };
    let connective = |kind, holds: bool, parts: Vec<Verdict>| {
        let span = parts.iter().map(|part| part.span).reduce(Span::to).unwrap_or_default();
        Verdict { kind, holds, span, parts, seen: Vec::new() }
    };
    let all = |nodes: &[Node]| nodes.iter().map(|node| verdict(node, scope)).collect::<Vec<_>>();
    match node {
        Node::Constant(value) => leaf(VerdictKind::Constant, *value, Span::default()),
        Node::Not(inner) => {
            let inner = verdict(inner, scope);
            connective(VerdictKind::Not, !inner.holds, vec![inner])
        }
        Node::And(parts) => {
            let parts = all(parts);
            connective(VerdictKind::And, parts.iter().all(|part| part.holds), parts)
        }
        Node::Or(parts) => {
            let parts = all(parts);
            connective(VerdictKind::Or, parts.iter().any(|part| part.holds), parts)
        }
        Node::Predicate(predicate) => Verdict {
            seen: predicate.seen(scope, SEEN),
            ..leaf(VerdictKind::Predicate, predicate.holds(scope), predicate.span)
        },
        Node::Element(element) => leaf(VerdictKind::Element, element.holds(scope), element.span),
    }
}

impl Verdict {
    /// The parts that keep a false verdict from being true: of a conjunction those that fail, of a disjunction those
    /// of the alternative with the fewest, the first among equals. Empty for a true verdict.
    pub fn failing(&self) -> Vec<&Self> {
        match self.kind {
            _ if self.holds => Vec::new(),
            VerdictKind::And => self.parts.iter().flat_map(Self::failing).collect(),
            VerdictKind::Or => {
                self.parts.iter().map(Self::failing).min_by_key(Vec::len).unwrap_or_else(|| vec![self])
            }
            VerdictKind::Constant | VerdictKind::Not | VerdictKind::Predicate | VerdictKind::Element => {
                vec![self]
            }
        }
    }
}
