//! What an event must have for a formula to hold, as far as it can be looked up.
//!
//! A need is a disjunction of facts about an event. It is necessary and not sufficient: an event that has none of the
//! facts does not satisfy the formula, and one that has some may or may not.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::ir::{Condition, Element, Formula, Leaf, Node, Predicate, Quantifier, Subject, Text, TextPattern};
use crate::schema::{Base, Path, Step};
use crate::text::key;

/// A fact about an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fact {
    /// A scalar at the path has a text with this [`key`].
    Text(Path, Box<str>),
    /// The record has a member of this name at its top.
    Member(Box<str>),
    /// Some scalar, wherever it is, has this part in some letter case; ASCII alone.
    Part(Box<str>),
}

/// Facts of which an event must have one.
pub(super) type Need = BTreeSet<Fact>;

/// More facts than this are not worth an index: `None` then.
const MOST: usize = 256;

/// Of a name with more dots not all beginnings are kept: together they would be as long as its square.
const MOST_DOTS: usize = 32;

/// The shortest part that tells anything.
const SHORTEST: usize = 3;

/// How many rules need each fact.
#[derive(Debug, Default)]
pub(super) struct Counts(FxHashMap<Fact, usize>);

impl Counts {
    /// Counts what a formula says of events.
    pub(super) fn add(&mut self, formula: &Formula) {
        let mut all = BTreeSet::new();
        for found in formula.leaves() {
            let need = match found.leaf {
                Leaf::Pred(predicate) => holds(predicate, found.element),
                Leaf::Elem(_) => None,
            };
            all.extend(need.into_iter().flatten());
        }
        for fact in all {
            *self.0.entry(fact).or_default() += 1;
        }
    }

    /// How likely events are to have one of these facts, in no unit: what many rules ask for tells less than what one
    /// does, a member less than a value, and a part of any text is the dearest to look for.
    fn cost(&self, need: &Need) -> usize {
        let cost = |fact: &Fact| {
            let kind = match fact {
                Fact::Text(..) => 0,
                Fact::Member(_) => 1_000_000,
                Fact::Part(_) => 1_000_000_000,
            };
            kind + self.0.get(fact).copied().unwrap_or_default()
        };
        need.iter().map(cost).sum()
    }
}

/// What must hold for a formula to hold, and for it not to.
struct Both {
    holds: Option<Need>,
    fails: Option<Need>,
}

/// What an event must have for a formula to hold; `None` where nothing is known that could be looked up. Empty where
/// no event satisfies it.
pub(super) fn need(formula: &Formula, counts: &Counts) -> Option<Need> {
    both(formula, counts).holds
}

fn both(formula: &Formula, counts: &Counts) -> Both {
    let all = |parts: Vec<Option<Need>>| parts.into_iter().flatten().min_by_key(|need| counts.cost(need));
    let some = |parts: Vec<Option<Need>>| {
        let union: Need = parts.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        (union.len() <= MOST).then_some(union)
    };
    formula.fold(&mut |node| match node {
        Node::Constant(value) => {
            let never = || Some(Need::new());
            if value { Both { holds: None, fails: never() } } else { Both { holds: never(), fails: None } }
        }
        Node::Not(Both { holds, fails }) => Both { holds: fails, fails: holds },
        Node::And(parts) => {
            let (holds, fails) = parts.into_iter().map(|part| (part.holds, part.fails)).unzip();
            Both { holds: all(holds), fails: some(fails) }
        }
        Node::Or(parts) => {
            let (holds, fails) = parts.into_iter().map(|part| (part.holds, part.fails)).unzip();
            Both { holds: some(holds), fails: all(fails) }
        }
        Node::Leaf(Leaf::Pred(predicate)) => Both { holds: holds(predicate, None), fails: fails(predicate) },
        Node::Leaf(Leaf::Elem(element)) => self::element(element, counts),
    })
}

/// A statement about elements needs of one of them what its body needs.
fn element(element: &Element, counts: &Counts) -> Both {
    let Both { holds, fails } = both(&element.body, counts);
    let within = |need: Option<Need>| {
        let array = || ways(&element.array).map(|names| names.into_iter().map(Fact::Member).collect());
        match need {
            Some(need) => Some(need.into_iter().map(|fact| outside(fact, element)).collect()),
            None => array(),
        }
    };
    match element.quantifier {
        Quantifier::Any | Quantifier::All | Quantifier::Index(_) => {
            Both { holds: within(holds), fails: None }
        }
        Quantifier::None => Both { holds: None, fails: within(holds) },
        Quantifier::AllOrEmpty => Both { holds: None, fails: within(fails) },
    }
}

/// A fact about an element, as one about the event.
fn outside(fact: Fact, element: &Element) -> Fact {
    match fact {
        Fact::Text(path, key) => Fact::Text(from_event(&path, Some(element)), key),
        other => other,
    }
}

fn from_event(path: &Path, element: Option<&Element>) -> Path {
    let Some(element) = element.filter(|_| path.base == Base::Element) else { return path.clone() };
    let steps = element.array.steps.iter().cloned().chain([Step::Each]).chain(path.steps.iter().cloned());
    Path { base: element.array.base, steps: steps.collect() }
}

/// What a predicate needs to hold.
fn holds(predicate: &Predicate, element: Option<&Element>) -> Option<Need> {
    let Subject::Field(field) = &predicate.subject else { return parts(predicate) };
    match &predicate.test {
        Condition::Null => None,
        Condition::Text(texts) if texts.len() <= MOST && texts.iter().all(is_whole) => {
            let path = from_event(&field.path, element);
            let fact = |value: &str| Fact::Text(path.clone(), key(value).into());
            Some(texts.iter().flat_map(|text| text.shape.literals()).map(fact).collect())
        }
        _ => reached(&field.path),
    }
}

/// What a predicate needs not to hold.
fn fails(predicate: &Predicate) -> Option<Need> {
    match (&predicate.subject, &predicate.test) {
        (Subject::Field(field), Condition::Null) => reached(&field.path),
        _ => None,
    }
}

const fn is_whole(text: &Text) -> bool {
    matches!(text.shape, TextPattern::Equals(_))
}

/// That a path reaches anything.
fn reached(path: &Path) -> Option<Need> {
    ways(path).map(|names| names.into_iter().map(Fact::Member).collect())
}

/// The names of which a record must have one for a path from it to reach anything.
pub(super) fn ways(path: &Path) -> Option<Vec<Box<str>>> {
    if path.base == Base::Element {
        return None;
    }
    // Where an array could stand, an object stands for an array of one: the record itself.
    match path.steps.iter().find(|step| !matches!(step, Step::Each))? {
        Step::Key(key) => Some(vec![key.clone()]),
        Step::First(keys) => Some(keys.clone()),
        Step::Dotted(name) => {
            if name.matches('.').count() > MOST_DOTS {
                return None;
            }
            let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
            Some(ends.filter_map(|end| name.get(..end)).map(Into::into).collect())
        }
        Step::Each | Step::Select { .. } | Step::Json => None,
    }
}

/// What keywords need: of each text its longest part.
fn parts(predicate: &Predicate) -> Option<Need> {
    let Condition::Text(texts) = &predicate.test else { return None };
    let longest = |text: &Text| {
        let parts = text.shape.literals().filter(|part| part.is_ascii() && part.len() >= SHORTEST);
        parts.max_by_key(|part| part.len()).map(|part| Fact::Part(part.to_ascii_lowercase().into()))
    };
    if texts.len() > MOST { None } else { texts.iter().map(longest).collect() }
}
