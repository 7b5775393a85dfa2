//! Events that a formula matches, one for each way to match.

use serde_json::Value;

use super::literal::{Content, Decided, End, Literal, Search};
use super::make::Maker;
use super::near::{self, Near};
use super::{MAX_PAIRS, MAX_STEPS, prepared};
use crate::eval::{Event, Matcher};
use crate::ir::{Condition, Element, Formula, Predicate, Quantifier, Subject, TextPattern};
use crate::schema::{Path, Schema, Type};
use crate::source::Span;

/// An event that the formula matches, for one way to match.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The event, in the canonical shape of its log.
    pub event: Event,
    /// The values in it that the rule speaks of, in its order.
    pub says: Vec<(Path, Value)>,
    /// The places of the rule that hold in it.
    pub holds: Vec<Span>,
    /// Events that differ from it in one predicate, and do not match.
    pub near: Vec<Near>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    /// One for each way to match.
    pub found: Vec<Witness>,
    /// Ways to match for which no event could be made.
    pub undecided: usize,
    /// Whether there are more ways than were asked for, or than the bounds allow to look at.
    pub more: bool,
    /// The places that exclude each other, when no event matches.
    pub never: Option<Vec<Span>>,
}

/// Makes an event for each way to match, at most `limit`, each with its near misses.
/// Equal seeds give equal events; every event has been evaluated.
pub fn witnesses(formula: &Formula, schema: Option<&Schema>, seed: u64, limit: usize) -> Witnesses {
    let formula = prepared(formula);
    let mut found = Witnesses::default();
    let Ok(matcher) = Matcher::of(&formula) else {
        found.undecided = 1;
        return found;
    };
    let mut search = Search::new(MAX_STEPS, MAX_PAIRS);
    let mut branches: Vec<(Vec<Literal<'_>>, Decided)> = Vec::new();
    let end = search.run(&formula, &mut |branch| {
        branches.push((branch.literals.to_vec(), branch.decided.clone()));
        branches.len() > limit
    });
    match end {
        End::Dead(core) => found.never = Some(core),
        End::Stopped => {
            branches.pop();
            found.more = true;
        }
        End::Open => found.more = search.steps == 0,
    }
    for (at, (literals, decided)) in branches.iter().enumerate() {
        let seed = seed.wrapping_add(at as u64);
        let maker = Maker { schema, matcher: &matcher, seed };
        let truths: Vec<Option<(bool, Matcher)>> = literals.iter().map(truth).collect();
        // Whether every literal of the branch, but for one, holds in an event.
        let keeps = |event: &Event, but: Option<usize>| {
            truths.iter().enumerate().all(|(of, truth)| {
                Some(of) == but
                    || truth.as_ref().is_none_or(|(positive, one)| one.matches(event) == *positive)
            })
        };
        let made = |decided: Decided| {
            let made = maker.event(literals, &decided, None, true, &|event| keeps(event, None));
            made.map(|made| (made, decided))
        };
        let first = made(decided.clone());
        let Some((made, decided)) = first.or_else(|| others(literals, decided).find_map(made)) else {
            found.undecided += 1;
            continue;
        };
        let near = near::of(&maker, literals, &decided, &made, &|event, but| keeps(event, Some(but)));
        let holds = literals.iter().map(Literal::span).collect();
        let says = made.says(&decided);
        found.found.push(Witness { event: made.event, says, holds, near });
    }
    found
}

/// What was decided, with another value of a list in the rule: the first can be that of an event that lacks what else the
/// rule asks for.
fn others<'a>(literals: &'a [Literal<'_>], decided: &'a Decided) -> impl Iterator<Item = Decided> + 'a {
    /// So many values are tried.
    const MOST: usize = 32;
    let lists = literals.iter().filter_map(|literal| match literal {
        Literal::Predicate(true, Predicate { subject: Subject::Field(field), test, .. }) => match test {
            Condition::Text(texts) if texts.len() > 1 => Some((field, texts)),
            _ => None,
        },
        _ => None,
    });
    let changed = lists.flat_map(move |(field, texts)| {
        texts.iter().filter_map(move |text| {
            let TextPattern::Equals(value) = &text.shape else { return None };
            let value = match &field.ty {
                Type::Enum(known_values) => known_values.canonical(value).unwrap_or(value),
                _ => value,
            };
            let mut other = decided.clone();
            other.set(&field.path, Content::Value(Value::String(value.to_owned())));
            (other != *decided).then_some(other)
        })
    });
    changed.take(MOST)
}

/// What says whether a literal holds in an event; `None` where nothing does.
fn truth(literal: &Literal<'_>) -> Option<(bool, Matcher)> {
    let (positive, formula) = match *literal {
        Literal::Predicate(positive, predicate) => (positive, Formula::Pred(Box::new(predicate.clone()))),
        Literal::Some(positive, path, goal, span) => {
            let body = if goal.positive { goal.formula.clone() } else { goal.formula.clone().not() };
            let element = Element { array: path.clone(), quantifier: Quantifier::Any, body, span };
            (positive, Formula::Elem(Box::new(element)))
        }
        Literal::At(positive, element) => (positive, Formula::Elem(Box::new(element.clone()))),
    };
    Matcher::of(&formula).ok().map(|matcher| (positive, matcher))
}
