//! Why an event matches, or does not.

use serde_json::Value;

use super::Event;
use super::matcher::{Element, Matcher, Node};
use super::observed::{Observed, SEEN};
use super::predicate::Here;
use crate::ir::Quantifier;
use crate::schema::Path;
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
    /// The parts of a connective, in order; of a statement about elements its body for the element that is shown.
    /// Empty for the others.
    pub parts: Vec<Verdict>,
}

/// Kinds of part.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    Predicate(Observed),
    /// A statement about the elements of an array.
    Element(Elements),
}

/// The elements that a statement about an array looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements {
    /// The array.
    pub array: Path,
    /// How many elements must satisfy the body.
    pub quantifier: Quantifier,
    /// How many elements there are.
    pub count: u64,
    /// The element that the body is shown for, from 0: the one that decides, else the one that comes nearest to
    /// satisfying the body.
    pub shown: Option<u64>,
}

impl Matcher {
    /// The truth of every part of the rule for one event. Nothing is cut short, so it is slower than
    /// [`matches`](Self::matches).
    pub fn explain(&self, event: &Event) -> Verdict {
        verdict(&self.root, Here { event: event.value(), element: event.value() })
    }
}

fn verdict(node: &Node, scope: Here<'_, Value>) -> Verdict {
    let leaf = |kind, holds, span| Verdict { kind, holds, span, parts: Vec::new() };
    let connective = |kind, holds: bool, parts: Vec<Verdict>| {
        let span = parts.iter().map(|part| part.span).reduce(Span::to).unwrap_or_default();
        Verdict { kind, holds, span, parts }
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
        Node::Predicate(predicate) => leaf(
            VerdictKind::Predicate(predicate.observe(scope, SEEN)),
            predicate.holds(scope),
            predicate.span,
        ),
        Node::Element(element) => self::element(element, scope),
    }
}

fn element(element: &Element, scope: Here<'_, Value>) -> Verdict {
    let place = match element.quantifier {
        Quantifier::Index(index) => element.place(scope, index),
        _ => None,
    };
    let mut count = 0;
    // The element that is shown, and how far it is from deciding.
    let mut shown: Option<(u64, usize, Verdict)> = None;
    element.each(scope, &mut |value| {
        let at = count;
        count += 1;
        if matches!(element.quantifier, Quantifier::Index(_)) && place != Some(at) {
            return false;
        }
        let body = verdict(&element.body, Here { event: scope.event, element: value });
        let decides = match element.quantifier {
            Quantifier::Any | Quantifier::None => body.holds,
            Quantifier::All | Quantifier::AllOrEmpty => !body.holds,
            Quantifier::Index(_) => true,
        };
        let distance = if decides { 0 } else { 1 + body.failing().len() };
        if shown.as_ref().is_none_or(|(_, nearest, _)| distance < *nearest) {
            shown = Some((at, distance, body));
        }
        false
    });
    Verdict {
        kind: VerdictKind::Element(Elements {
            array: element.array.clone(),
            quantifier: element.quantifier,
            count,
            shown: shown.as_ref().map(|(at, ..)| *at),
        }),
        holds: element.holds(scope),
        span: element.span,
        parts: shown.into_iter().map(|(.., body)| body).collect(),
    }
}

impl Verdict {
    /// The parts that keep a false verdict from being true: of a conjunction those that fail, of a disjunction those
    /// of the alternative with the fewest, the first among equals. Under a negation they are parts that hold and must
    /// not. Empty for a true verdict.
    pub fn failing(&self) -> Vec<&Self> {
        self.wrong(true)
    }

    /// The parts that would have to change for the verdict to be as `wanted`.
    fn wrong(&self, wanted: bool) -> Vec<&Self> {
        if self.holds == wanted {
            return Vec::new();
        }
        match (&self.kind, wanted) {
            (VerdictKind::Not, _) => self.parts.iter().flat_map(|part| part.wrong(!wanted)).collect(),
            (VerdictKind::And, true) | (VerdictKind::Or, false) => {
                self.parts.iter().flat_map(|part| part.wrong(wanted)).collect()
            }
            (VerdictKind::Or, true) => {
                let alternatives = self.parts.iter().map(|part| part.wrong(true));
                alternatives.min_by_key(Vec::len).unwrap_or_else(|| vec![self])
            }
            (VerdictKind::Element(elements), true) if elements.quantifier != Quantifier::None => {
                match self.parts.first() {
                    Some(body) => body.wrong(true),
                    None => vec![self],
                }
            }
            // That a conjunction must not hold says nothing of which of its parts is the odd one.
            (VerdictKind::And, false)
            | (VerdictKind::Constant | VerdictKind::Predicate(_) | VerdictKind::Element(_), _) => {
                vec![self]
            }
        }
    }
}
