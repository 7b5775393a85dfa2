//! Events that a formula matches, and near misses.

use super::cell::{self, Outcome};
use super::literal::{Content, Decided, End, Goal, Literal, Search, Signed, accepts, testers};
use super::{MAX_PAIRS, MAX_STEPS, build, fill, fitting, prepared};
use crate::eval::{Event, Matcher};
use crate::ir::{Condition, Element, Formula, Predicate, Quantifier, Subject};
use crate::schema::{Path, Schema};
use crate::source::Span;

/// An event that the formula matches, for one way to match.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The event, in the canonical shape of its log.
    pub event: Event,
    /// The places of the rule that hold in it.
    pub holds: Vec<Span>,
    /// Events that differ from it in one predicate, and do not match.
    pub near: Vec<Near>,
}

/// An event that just does not match.
#[derive(Clone, Debug)]
pub struct Near {
    /// What differs, in a clause: `` `eventName` has another value ``.
    pub label: String,
    /// The place of the predicate that differs.
    pub span: Span,
    /// The event.
    pub event: Event,
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
        let Some(event) = maker.event(decided, true, &|event| keeps(event, None)) else {
            found.undecided += 1;
            continue;
        };
        let mut near = Vec::new();
        let mut search = Search::new(MAX_STEPS, MAX_PAIRS);
        flips(literals, decided, &mut search, &mut |at, label, span, changed| {
            // Nothing else of the branch may change.
            if let Some(event) = maker.event(&changed, false, &|event| keeps(event, Some(at))) {
                near.push(Near { label, span, event });
            }
        });
        let holds = literals.iter().map(Literal::span).collect();
        found.found.push(Witness { event, holds, near });
    }
    found
}

/// What tells whether a literal holds in an event; `None` where nothing does.
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

struct Maker<'m> {
    schema: Option<&'m Schema>,
    matcher: &'m Matcher,
    seed: u64,
}

impl Maker<'_> {
    /// The event of what was decided, filled up as the schema says where that changes no verdict.
    fn event(&self, decided: &Decided, matches: bool, fits: &dyn Fn(&Event) -> bool) -> Option<Event> {
        let plain = build::value(&decided.places)?;
        let right = |value: &serde_json::Value| {
            let event = Event::new(value.clone());
            (self.matcher.matches(&event) == matches && fits(&event)).then_some(event)
        };
        if let Some(schema) = self.schema {
            let settled = fill::settled(decided, schema);
            let plain = build::value(&settled.places).unwrap_or_else(|| plain.clone());
            let full = fill::filled(plain.clone(), &settled, schema, self.seed);
            if let Some(event) = right(&fitting(full, plain, self.schema)) {
                return Some(event);
            }
        }
        right(&plain)
    }
}

/// Calls `visit` with what is decided when one literal fails and the others stay.
fn flips(
    literals: &[Literal<'_>],
    decided: &Decided,
    search: &mut Search,
    visit: &mut dyn FnMut(usize, String, Span, Decided),
) {
    /// Near misses of one event, and literals that are looked at for all of them.
    const MOST: usize = 64;
    const MOST_LOOKS: usize = 20_000;
    let most = (MOST_LOOKS / literals.len().max(1)).clamp(1, MOST);
    for (at, literal) in literals.iter().enumerate().take(most) {
        match *literal {
            Literal::Predicate(positive, predicate) => {
                let mut changed = literals.to_vec();
                if let Some(literal) = changed.get_mut(at) {
                    *literal = Literal::Predicate(!positive, predicate);
                }
                if let Outcome::Decided(mut other) = cell::decide(&changed, 0, search) {
                    differ(predicate, positive, &changed, decided, &mut other);
                    visit(at, label(predicate, positive), predicate.span, other);
                }
            }
            Literal::Some(true, path, goal, span) => {
                inside(path, goal, decided, search, &mut |label, span, changed| {
                    visit(at, label, span, changed);
                });
                let mut without = decided.clone();
                without.set(path, Content::Absent);
                visit(at, format!("`{}` has no such element", path.name()), span, without);
            }
            Literal::Some(false, ..) | Literal::At(..) => {}
        }
    }
}

/// The near misses inside the first element of an array.
fn inside(
    path: &Path,
    goal: Goal<'_>,
    decided: &Decided,
    search: &mut Search,
    visit: &mut dyn FnMut(String, Span, Decided),
) {
    let mut inner: Option<(Vec<Literal<'_>>, Decided)> = None;
    search.goals(&[goal], &mut |branch| {
        inner = Some((branch.literals.to_vec(), branch.decided.clone()));
        true
    });
    let Some((literals, element)) = inner else { return };
    let rest = match decided.get(path) {
        Some(Content::Elements(elements)) => elements.get(1..).unwrap_or_default().to_vec(),
        _ => Vec::new(),
    };
    let outer = decided.clone();
    flips(&literals, &element, search, &mut |_, label, span, changed| {
        let mut elements = vec![changed];
        elements.extend(rest.iter().cloned());
        let mut whole = outer.clone();
        whole.set(path, Content::Elements(elements));
        visit(label, span, whole);
    });
}

/// Where a test of a value failed because the value was left out, puts another value there when there is one: a near
/// miss is nearer with a wrong value than with none.
fn differ(
    predicate: &Predicate,
    positive: bool,
    literals: &[Literal<'_>],
    before: &Decided,
    after: &mut Decided,
) {
    let (Subject::Field(field), true) = (&predicate.subject, positive) else { return };
    let Some(Content::Absent) = after.get(&field.path) else { return };
    if matches!(predicate.test, Condition::Present | Condition::Null | Condition::Exists) {
        return;
    }
    let Some(Content::Value(value)) = before.get(&field.path) else { return };
    let other = match value {
        serde_json::Value::String(text) => other_text(field, text),
        serde_json::Value::Bool(value) => Some(serde_json::Value::Bool(!value)),
        _ => None,
    };
    // The other tests of the field must agree.
    let here: Vec<Signed<'_>> = literals
        .iter()
        .filter_map(|literal| match *literal {
            Literal::Predicate(positive, predicate) => Some((positive, predicate)),
            _ => None,
        })
        .filter(|(_, predicate)| matches!(&predicate.subject, Subject::Field(of) if of.path == field.path))
        .collect();
    if let Some(other) = other.filter(|other| accepts(&testers(&here), other)) {
        after.set(&field.path, Content::Value(other));
    }
}

/// Another text for a field: a neighbour in its list of known values, or the text with something behind it.
fn other_text(field: &crate::ir::FieldUse, text: &str) -> Option<serde_json::Value> {
    use crate::schema::Type;
    match &field.ty {
        Type::Enum(known_values) => {
            let mut other = None;
            let mut last: Option<String> = None;
            known_values.visit(&mut |member| {
                if member == text {
                    other.clone_from(&last);
                    return last.is_none();
                }
                if other.is_none() {
                    last = Some(member.to_owned());
                }
                // The member before it is nearest in the alphabet; for the first it is the one behind.
                true
            });
            other.or(last).map(serde_json::Value::String)
        }
        Type::Ip | Type::Endpoint => Some(serde_json::Value::String("203.0.113.199".to_owned())),
        Type::Timestamp => None,
        _ => Some(serde_json::Value::String(format!("{text}-other"))),
    }
}

fn label(predicate: &Predicate, positive: bool) -> String {
    let Subject::Field(field) = &predicate.subject else {
        return if positive {
            "the keyword is missing".to_owned()
        } else {
            "the keyword is there".to_owned()
        };
    };
    let name = if field.path.steps.is_empty() { field.text.clone() } else { field.path.name() };
    let words = match (&predicate.test, positive) {
        (Condition::Null, true) | (Condition::Present | Condition::Exists, false) => "is there",
        (Condition::Null, false) | (Condition::Present | Condition::Exists, true) => "is missing",
        (Condition::FieldRef { .. }, true) => "differs from the other field",
        (Condition::FieldRef { .. }, false) => "agrees with the other field",
        (_, true) => "has another value",
        (_, false) => "has an excluded value",
    };
    format!("`{name}` {words}")
}
