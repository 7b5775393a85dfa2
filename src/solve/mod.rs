//! Can a formula hold, and for which event?
//!
//! A formula is opened into *branches*, conjunctions of literals (`branch`).
//! In each branch the literals that speak of one value are decided together (`cell`): either a value is found that
//! satisfies them all, or they are proved to exclude each other, or neither.
//! An answer is therefore one of three, and is never guessed:
//!
//! - [`Answer::Yes`] comes with an event, which the evaluator has confirmed;
//! - [`Answer::No`] is proved; it names the smallest set of places that conflict;
//! - [`Answer::Unknown`] is everything else: expressions that cannot be compared, and what passes the bounds.
//!
//! Values of a closed list of known values are a finite domain, those of an open one are not.
//! Bounds: [`MAX_STEPS`] decisions and [`MAX_PAIRS`] pairs of alternatives for one question, [`MAX_EXPRESSIONS`] regular
//! expressions of one, [`MAX_MEMBERS`] members of a list of known values for one value.

mod address;
mod branch;
mod build;
mod calendar;
mod cell;
mod fill;
mod literal;
mod make;
mod near;
mod never;
mod number;
mod parts;
mod request;
mod sample;
mod scene;
mod text;
mod tries;
mod witness;

use serde_json::Value;

pub use near::Near;
pub use parts::{Idle, IdlePart, IdleParts, MAX_QUESTIONS, parts};
pub use sample::{EXAMPLE_TIME, another};
pub use witness::{Witness, Witnesses, witnesses};

use crate::eval::{Event, Matcher};
use crate::ir::{Condition, Element, Formula, Predicate, Quantifier};
use crate::schema::Schema;
use crate::source::Span;
use literal::{End, Search};

/// The most decisions about one question; past them the answer is unknown.
pub const MAX_STEPS: usize = 20_000;
/// The most pairs of alternatives that are compared for one question.
pub const MAX_PAIRS: usize = 50_000;
/// The most regular expressions of one question: each is compiled again and again.
pub const MAX_EXPRESSIONS: usize = 2_000;
/// The most members of a list of known values that are looked at for one value.
pub const MAX_MEMBERS: usize = 50_000;

/// Whether a formula can hold.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It holds for this event, as the evaluator confirms.
    Yes(Box<Event>),
    /// No event that fits the schema satisfies it; the places that exclude each other.
    No(Vec<Span>),
    /// Not decided.
    Unknown,
}

impl Answer {
    /// Whether it is proved that no event satisfies the formula.
    pub const fn is_no(&self) -> bool {
        matches!(self, Self::No(_))
    }
}

/// Whether some event that fits the schema, whose types the formula carries, satisfies it.
pub fn satisfiable(formula: &Formula) -> Answer {
    satisfiable_within(formula, MAX_STEPS)
}

/// As [`satisfiable`], with another bound on the decisions.
pub fn satisfiable_within(formula: &Formula, steps: usize) -> Answer {
    let formula = prepared(formula);
    let mut search = Search::new(steps, MAX_PAIRS);
    let Ok(matcher) = Matcher::of(&formula) else { return Answer::Unknown };
    let mut yes = None;
    let end = search.run(&formula, &mut |branch| {
        let confirmed = branch.event().filter(|event| matcher.matches(event));
        yes = confirmed.map(Box::new);
        yes.is_some()
    });
    match (yes, end) {
        (Some(event), _) => Answer::Yes(event),
        (None, End::Dead(core)) => Answer::No(core),
        (None, _) => Answer::Unknown,
    }
}

/// The smallest set of places that exclude each other, where it is proved that no event satisfies the formula.
/// Cheaper than [`satisfiable`], because no event is looked for.
pub fn refuted(formula: &Formula) -> Option<Vec<Span>> {
    let formula = prepared(formula);
    let mut search = Search::refuting(MAX_STEPS, MAX_PAIRS);
    match search.run(&formula, &mut |_| true) {
        End::Dead(core) => Some(core),
        End::Stopped | End::Open => None,
    }
}

/// How what one formula selects relates to what another does.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Whether the second selects an event that the first does not.
    pub wider: Answer,
    /// Whether the first selects an event that the second does not.
    pub narrower: Answer,
}

/// Compares two formulas over one log.
pub fn compare(old: &Formula, new: &Formula) -> Comparison {
    let only =
        |some: &Formula, other: &Formula| satisfiable(&Formula::and([some.clone(), other.clone().not()]));
    Comparison { wider: only(new, old), narrower: only(old, new) }
}

/// Where a predicate is: its value, when it has one alone.
fn place(predicate: &Predicate) -> Span {
    match &predicate.test {
        Condition::Text(texts) => match &texts[..] {
            [text] if text.span != Span::default() => text.span,
            _ => predicate.span,
        },
        _ => predicate.span,
    }
}

/// The quantified form, in which every statement about elements is that some element satisfies the body, or none.
fn prepared(formula: &Formula) -> Formula {
    formula.clone().quantified().rewrite(&mut |leaf| {
        let Formula::Elem(element) = leaf else { return leaf };
        let Element { array, quantifier, body, span } = *element;
        let make = |quantifier, body| {
            Formula::Elem(Box::new(Element { array: array.clone(), quantifier, body, span }))
        };
        match quantifier {
            Quantifier::Any | Quantifier::None | Quantifier::Index(_) => make(quantifier, body),
            Quantifier::AllOrEmpty => make(Quantifier::None, body.not()),
            Quantifier::All => {
                Formula::and([make(Quantifier::Any, body.clone()), make(Quantifier::None, body.not())])
            }
        }
    })
}

/// An event without anything that the schema would complain about, or the plain one.
fn fitting(full: Value, plain: Value, schema: Option<&Schema>) -> Value {
    match schema {
        Some(schema) if !schema.validate(&full).is_empty() => plain,
        _ => full,
    }
}
