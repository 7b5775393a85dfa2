//! Example sequences of a correlation: a shortest sequence of events that fires, and near misses.
//!
//! The events of the rules are made by the solver; the values that join them are then written into them. Whatever comes
//! of it is held against the evaluator, so that no sequence is reported that does not fire, and no near miss that does.

mod place;

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use self::place::{differ, put};
use super::sequences::Arrived;
use super::test_sequence::Correlated;
use crate::eval::Event;
use crate::ir::correlation::{Amount, Measure, Presence, Transform};
use crate::ir::{Condition, FieldUse, Formula, Predicate, Subject};
use crate::link::{Base, BaseKind, Correlation, Detection, GroupBy, GroupValue};
use crate::schema::{Meaning, Type};
use crate::solve;
use crate::time::{self, Timestamp};

/// The most events of a sequence.
const MOST_EVENTS: usize = 200;
/// The most rules of which every choice is tried; of more, those that are not needed are left out one by one.
const MOST_TRIED: usize = 12;
/// The most near misses by leaving out one event.
const MOST_LEFT_OUT: usize = 8;
/// How many events are held against how many rules, as a product, before no other values of the groups are tried.
const MOST_MATCHES: usize = 1_000_000;

/// Sequences of a correlation.
#[derive(Clone, Debug)]
pub struct ExampleSequences {
    /// A sequence that fires, and would not without one of its events.
    pub events: Vec<TimedEvent>,
    /// Sequences that do not fire.
    pub near: Vec<NearSequence>,
}

/// An event of a sequence.
#[derive(Clone, Debug)]
pub struct TimedEvent {
    /// So many seconds after the start.
    pub at: u64,
    /// The event, with its time.
    pub event: Event,
}

/// A sequence that just does not fire.
#[derive(Clone, Debug)]
pub struct NearSequence {
    /// What differs, in a clause.
    pub label: String,
    /// The events.
    pub events: Vec<TimedEvent>,
}

/// An event on its way into a sequence.
#[derive(Clone, Debug)]
struct Draft<'c> {
    at: u64,
    value: serde_json::Value,
    rule: &'c Base<'c>,
    /// The field of the first group, and what is done to its value.
    group: Option<(&'c FieldUse, &'c [Transform])>,
}

/// Makes a sequence that fires, and near misses. Equal seeds give equal sequences.
///
/// # Errors
/// Why there is none.
pub fn example_sequences(
    correlated: &Correlated<'_>,
    correlation: &Correlation<'_>,
    seed: u64,
) -> Result<ExampleSequences, String> {
    let mut fitting = plans(correlation)?;
    let (mut longest, any) = (0, !fitting.is_empty());
    fitting.retain(|plan| {
        let length = length(correlation, plan).filter(|length| *length <= MOST_EVENTS);
        longest = longest.max(length.unwrap_or(0));
        length.is_some()
    });
    if any && fitting.is_empty() {
        return Err(too_many());
    }
    let maker = Maker { correlated, seed, made: RefCell::default() };
    let mut reason = None;
    let (mut tried, mut matches) = (FxHashSet::default(), 0);
    for leader in 0..correlation.bases.len() {
        let Some(groups) = maker.leading(correlation, leader) else { continue };
        if matches > MOST_MATCHES || !tried.insert(groups.clone()) {
            continue;
        }
        matches += fitting.len() * longest * correlated.rules();
        match maker.sequence(correlation, &groups, &fitting) {
            Ok(drafts) => {
                let near = maker.near(correlation, &drafts);
                return Ok(ExampleSequences { events: finished(&drafts), near });
            }
            Err(why) => reason = reason.or(Some(why)),
        }
    }
    Err(reason.unwrap_or_else(|| "no event of its rules could be made".to_owned()))
}

struct Maker<'m> {
    correlated: &'m Correlated<'m>,
    seed: u64,
    /// The events that the solver made, by the base and whether what is counted is asked for.
    made: RefCell<FxHashMap<(*const (), bool), Option<serde_json::Value>>>,
}

impl Maker<'_> {
    /// The values of the groups as the base at a place has them by itself.
    fn leading(&self, correlation: &Correlation<'_>, leader: usize) -> Option<Vec<String>> {
        let base = correlation.bases.get(leader)?;
        let event = match &base.kind {
            BaseKind::Rule(rule) => Some(self.event(rule, correlation, leader, true)?),
            BaseKind::Correlation(_) => None,
        };
        let mut inner: Option<Vec<String>> = None;
        let each = correlation.groups.iter().map(|group| match (group.per_base.get(leader)?, &base.kind) {
            (GroupValue::Field { field, transforms }, _) => {
                // The solver fills no element that an alias chooses.
                let text = Event::new(event.clone()?).texts(&field.path, 1).pop();
                let text = text.unwrap_or_else(|| place::sample(&field.ty).to_owned());
                Some(Transform::all(transforms, &text).to_owned())
            }
            (GroupValue::Group(at), BaseKind::Correlation(of)) => {
                let known = match &inner {
                    Some(known) => known,
                    None => inner.insert((0..of.bases.len()).find_map(|at| self.leading(of, at))?),
                };
                known.get(*at).cloned()
            }
            (GroupValue::Group(_), BaseKind::Rule(_)) => None,
        });
        each.collect()
    }

    /// An event of the rule that is the base at a place, with the fields of the groups, and those that are counted.
    fn event(
        &self,
        rule: &Detection<'_>,
        correlation: &Correlation<'_>,
        base: usize,
        counted: bool,
    ) -> Option<serde_json::Value> {
        let key = (std::ptr::from_ref(rule).cast(), counted);
        if let Some(made) = self.made.borrow().get(&key) {
            return made.clone();
        }
        let made = self.solved(rule, &fields(correlation, base, counted));
        self.made.borrow_mut().insert(key, made.clone());
        made
    }

    /// An event of a rule that has these fields.
    fn solved(&self, rule: &Detection<'_>, fields: &[&FieldUse]) -> Option<serde_json::Value> {
        let present = fields.iter().filter(|field| field.path.is_scalar()).map(|field| {
            let (subject, span) = (Subject::Field((*field).clone()), field.span);
            Formula::Pred(Box::new(Predicate { subject, test: Condition::Present, span }))
        });
        let formula = rule.typed.formula.clone()?;
        let formula = Formula::and(std::iter::once(formula).chain(present)).simplified();
        let made = solve::witnesses(&formula, rule.typed.schema.as_deref(), self.seed, 1);
        made.found.first().map(|witness| witness.event.value().clone())
    }

    /// The shortest sequence that fires for these groups.
    fn sequence<'c>(
        &self,
        correlation: &'c Correlation<'c>,
        groups: &[String],
        plans: &[Vec<Turn>],
    ) -> Result<Vec<Draft<'c>>, String> {
        let mut refused = None;
        for plan in plans {
            let mut drafts = Vec::new();
            if let Err(why) = self.fill(correlation, groups, plan, &mut drafts) {
                refused = refused.or(Some(why));
                continue;
            }
            spread(&mut drafts, correlation.span);
            let arrivals = self.arrivals(&drafts);
            if self.follows(&arrivals) {
                return Ok(self.shortest(drafts, arrivals));
            }
        }
        Err(refused.unwrap_or_else(|| "no sequence that was tried fires".to_owned()))
    }

    /// Adds the events of a plan, one second after the other.
    fn fill<'c>(
        &self,
        correlation: &'c Correlation<'c>,
        groups: &[String],
        plan: &[Turn],
        drafts: &mut Vec<Draft<'c>>,
    ) -> Result<(), String> {
        for turn in plan {
            let Some(base) = correlation.bases.get(turn.base) else { continue };
            let made = match &base.kind {
                BaseKind::Rule(rule) => {
                    self.one(correlation, base, rule, groups, turn, drafts.len()).map(|draft| {
                        drafts.push(draft);
                    })
                }
                BaseKind::Correlation(inner) => {
                    let inner_groups = self.inner(correlation, inner, groups, turn);
                    match inner_groups {
                        Some(values) => {
                            let plan = plans(inner)?.into_iter().next().unwrap_or_default();
                            self.fill(inner, &values, &plan, drafts)?;
                            Some(())
                        }
                        None => None,
                    }
                }
            };
            made.ok_or_else(|| format!("no event of `{}` could be made", base.named.value))?;
        }
        Ok(())
    }

    /// The values of the groups of a counted correlation: those of the outer one, and its own where that names none.
    fn inner(
        &self,
        outer: &Correlation<'_>,
        inner: &Correlation<'_>,
        groups: &[String],
        turn: &Turn,
    ) -> Option<Vec<String>> {
        let mut values = (0..inner.bases.len()).find_map(|leader| self.leading(inner, leader))?;
        let at = |name: &GroupBy| match name.per_base.get(turn.base) {
            Some(GroupValue::Group(at)) => Some(*at),
            _ => None,
        };
        for counted in &outer.counted {
            if let Some(value) = at(counted).and_then(|at| values.get_mut(at)) {
                *value = differ(value, &Type::Any, turn.variant);
            }
        }
        for (group, wanted) in outer.groups.iter().zip(groups) {
            if let Some(value) = at(group).and_then(|at| values.get_mut(at)) {
                value.clone_from(wanted);
            }
        }
        Some(values)
    }

    /// One event of a rule, with the values of its groups and what is counted.
    fn one<'c>(
        &self,
        correlation: &'c Correlation<'c>,
        base: &'c Base<'c>,
        rule: &Detection<'_>,
        groups: &[String],
        turn: &Turn,
        number: usize,
    ) -> Option<Draft<'c>> {
        let counts = !matches!(turn.number, Number::None);
        let mut value = self.event(rule, correlation, turn.base, counts)?;
        let of = |name: &'c GroupBy| match name.per_base.get(turn.base)? {
            GroupValue::Field { field, transforms } => Some((field, transforms.as_slice())),
            GroupValue::Group(_) => None,
        };
        identify(&mut value, rule, base, number);
        for (at, (field, transforms)) in correlation.counted.iter().filter_map(of).enumerate() {
            let text = match &turn.number {
                Number::None => continue,
                Number::Is(number) => number.clone(),
                // Of several fields the first differs.
                Number::Distinct if at > 0 => continue,
                Number::Distinct => {
                    let own = Event::new(value.clone()).texts(&field.path, 1).pop().unwrap_or_default();
                    differ(&own, &field.ty, turn.variant)
                }
            };
            put(&mut value, field, transforms, &text)?;
        }
        for ((field, transforms), wanted) in correlation.groups.iter().filter_map(of).zip(groups) {
            put(&mut value, field, transforms, wanted)?;
        }
        let group = correlation.groups.first().and_then(of);
        Some(Draft { at: 0, value, rule: base, group })
    }

    fn fires(&self, drafts: &[Draft<'_>]) -> bool {
        self.follows(&self.arrivals(drafts))
    }

    /// What the events are to the correlation.
    fn arrivals(&self, drafts: &[Draft<'_>]) -> Vec<Vec<Arrived>> {
        let events = finished(drafts);
        let timed: Vec<_> = events.iter().map(|timed| (printed(timed.at), &timed.event)).collect();
        self.correlated.arrivals(&timed, false).0
    }

    fn follows<'a>(&self, arrivals: impl IntoIterator<Item = &'a Vec<Arrived>>) -> bool {
        self.correlated.fires(arrivals.into_iter().cloned())
    }

    /// Leaves out what it takes not, of events in the order of time.
    fn shortest<'c>(&self, mut drafts: Vec<Draft<'c>>, mut arrivals: Vec<Vec<Arrived>>) -> Vec<Draft<'c>> {
        for at in (0..drafts.len()).rev() {
            let others = arrivals.iter().enumerate().filter(|(other, _)| *other != at);
            if drafts.len() > 1 && self.follows(others.map(|(_, arrived)| arrived)) {
                drafts.remove(at);
                arrivals.remove(at);
            }
        }
        drafts
    }

    /// Near misses of a sequence that fires: those that the evaluator does not let fire.
    fn near(&self, correlation: &Correlation<'_>, drafts: &[Draft<'_>]) -> Vec<NearSequence> {
        let mut near = Vec::new();
        let mut add = |label: String, mut changed: Vec<Draft<'_>>| {
            let first = changed.iter().map(|draft| draft.at).min().unwrap_or(0);
            for draft in &mut changed {
                draft.at -= first;
            }
            if !changed.is_empty() && !self.fires(&changed) {
                near.push(NearSequence { label, events: finished(&changed) });
            }
        };
        let alike = drafts.windows(2).all(|pair| match pair {
            [one, other] => std::ptr::eq(one.rule, other.rule),
            _ => true,
        });
        if alike {
            add("one event fewer".to_owned(), drafts.iter().skip(1).cloned().collect());
        } else {
            for at in 0..drafts.len().min(MOST_LEFT_OUT) {
                let mut fewer = drafts.to_vec();
                let gone = fewer.remove(at);
                add(format!("without `{}`", gone.rule.named.value), fewer);
            }
        }
        add("one second outside the window".to_owned(), outside(drafts, reach(correlation)));
        if let (Some(group), Some(changed)) = (correlation.groups.first(), elsewhere(drafts)) {
            add(format!("another `{}`", group.name.value), changed);
        }
        if matches!(correlation.measure, Measure::Ordered(_)) && !alike {
            let mut turned = drafts.to_vec();
            turned.reverse();
            let last = drafts.last().map_or(0, |draft| draft.at);
            for draft in &mut turned {
                draft.at = last - draft.at;
            }
            // Equal times are in order.
            if last == 0 {
                (0..).zip(&mut turned).for_each(|(at, draft)| draft.at = at);
            }
            add("in the wrong order".to_owned(), turned);
        }
        near
    }
}

/// A match in a plan.
#[derive(Clone, Debug)]
struct Turn {
    /// The place of the base.
    base: usize,
    /// The how-manieth value it has where values differ.
    variant: usize,
    number: Number,
}

/// What a match has in the field that is counted.
#[derive(Clone, Debug)]
enum Number {
    /// Nothing in particular.
    None,
    /// A value of its own.
    Distinct,
    /// This number.
    Is(String),
}

/// Which matches a sequence is made of, the likeliest first.
fn plans(correlation: &Correlation<'_>) -> Result<Vec<Vec<Turn>>, String> {
    let plain = |base: usize| Turn { base, variant: 0, number: Number::None };
    let holds = |amount: Amount| {
        correlation
            .thresholds
            .iter()
            .all(|threshold| threshold.comparison.holds(amount.cmp(&threshold.value)))
    };
    let count = || (1..=MOST_EVENTS).find(|count| holds(Amount::count(*count))).ok_or_else(too_many);
    Ok(match &correlation.measure {
        Measure::EventCount => {
            let turn = |at| Turn { variant: at, ..plain(0) };
            vec![(0..count()?).map(turn).collect()]
        }
        Measure::ValueCount if holds(Amount::default()) => vec![vec![plain(0)]],
        Measure::ValueCount => {
            let count = count()?;
            let bases = correlation.bases.len();
            let turn = |base: usize, at| Turn { base, variant: at, number: Number::Distinct };
            // Values of one rule, or of each in turn: their own where they fix them.
            vec![
                (0..count).map(|at| turn(0, at)).collect(),
                (0..count).map(|at| turn(at % bases.max(1), at / bases.max(1))).collect(),
                (0..count).map(|at| turn(at % bases.max(1), at)).collect(),
            ]
        }
        Measure::Sum | Measure::Average | Measure::Percentile(_) | Measure::Median => {
            let one = Amount::count(1);
            let near = correlation.thresholds.iter().flat_map(|threshold| {
                [threshold.value, threshold.value.plus(one), threshold.value.minus(one)]
            });
            let turn = |amount: Amount| vec![Turn { number: Number::Is(amount.to_string()), ..plain(0) }];
            near.filter(|amount| holds(*amount)).map(turn).collect()
        }
        Measure::FirstSeen => vec![vec![plain(0)]],
        Measure::Presence(presence) => {
            let rules = smallest(presence, correlation.bases.len());
            vec![rules.into_iter().map(plain).collect()]
        }
        Measure::Ordered(rules) => vec![rules.iter().copied().map(plain).collect()],
    })
}

fn too_many() -> String {
    format!("it takes more than {MOST_EVENTS} events")
}

/// How many events the matches of a plan are made of; `None` where they are more than can be.
fn length(correlation: &Correlation<'_>, plan: &[Turn]) -> Option<usize> {
    let mut turns = vec![0_usize; correlation.bases.len()];
    for turn in plan {
        *turns.get_mut(turn.base)? += 1;
    }
    let mut length = 0_usize;
    for (base, turns) in correlation.bases.iter().zip(turns).filter(|(_, turns)| *turns > 0) {
        let each = match &base.kind {
            BaseKind::Rule(_) => 1,
            BaseKind::Correlation(inner) => {
                let plan = plans(inner).ok()?.into_iter().next().unwrap_or_default();
                self::length(inner, &plan)?
            }
        };
        length = length.saturating_add(each.saturating_mul(turns));
    }
    Some(length)
}

/// The fewest rules whose matches make a condition hold.
fn smallest(presence: &Presence, rules: usize) -> Vec<usize> {
    if rules > MOST_TRIED {
        let mut kept: Vec<usize> = (0..rules).collect();
        for at in (0..rules).rev() {
            let without = |rule| rule != at && kept.binary_search(&rule).is_ok();
            if kept.len() > 1 && presence.holds(&without) {
                kept.remove(at);
            }
        }
        return kept;
    }
    let holds = |choice: &u32| presence.holds(&|rule| choice >> rule & 1 == 1);
    let choice = (1..1_u32 << rules).filter(holds).min_by_key(|choice| choice.count_ones());
    (0..rules).filter(|rule| choice.is_some_and(|choice| choice >> rule & 1 == 1)).collect()
}

/// The fields that an event of a base needs.
fn fields<'c>(correlation: &'c Correlation<'_>, base: usize, counted: bool) -> Vec<&'c FieldUse> {
    let counted = correlation.counted.iter().filter(|_| counted);
    let values = correlation.groups.iter().chain(counted).filter_map(|name| name.per_base.get(base));
    values
        .filter_map(|value| match value {
            GroupValue::Field { field, .. } => Some(field),
            GroupValue::Group(_) => None,
        })
        .collect()
}

/// How long before it fires the oldest event can lie, at most.
fn reach(correlation: &Correlation<'_>) -> u64 {
    let inner = correlation.bases.iter().map(|base| match &base.kind {
        BaseKind::Rule(_) => 0,
        BaseKind::Correlation(inner) => reach(inner),
    });
    correlation.span.saturating_add(inner.max().unwrap_or(0))
}

/// One second after the other, or all at once where the window is too short.
fn spread(drafts: &mut [Draft<'_>], span: u64) {
    let step = u64::from(drafts.len() as u64 <= span.saturating_add(1));
    for (at, draft) in (0..).zip(drafts) {
        draft.at = at * step;
    }
}

/// The first event so long before the others that no window holds it.
fn outside<'c>(drafts: &[Draft<'c>], reach: u64) -> Vec<Draft<'c>> {
    let [first, second, ..] = drafts else { return Vec::new() };
    let gap = reach.saturating_add(1).saturating_sub(second.at - first.at);
    let later =
        drafts.iter().skip(1).map(|draft| Draft { at: draft.at.saturating_add(gap), ..draft.clone() });
    std::iter::once(first.clone()).chain(later).collect()
}

/// The last event in another group.
fn elsewhere<'c>(drafts: &[Draft<'c>]) -> Option<Vec<Draft<'c>>> {
    let mut changed = drafts.to_vec();
    if changed.len() < 2 {
        return None;
    }
    let last = changed.last_mut()?;
    let (field, transforms) = last.group?;
    let own = Event::new(last.value.clone()).texts(&field.path, 1).pop()?;
    let other = differ(Transform::all(transforms, &own), &field.ty, 1);
    put(&mut last.value, field, transforms, &other)?;
    Some(changed)
}

/// Gives an event an identifier of its own, where its log has one.
fn identify(value: &mut serde_json::Value, rule: &Detection<'_>, base: &Base<'_>, number: usize) {
    if let Some(field) = &base.repeats {
        let own = Event::new(value.clone()).texts(&field.path, 1).pop().unwrap_or_default();
        let _: Option<()> = put(value, field, &[], &differ(&own, &field.ty, number));
    }
    let schema = rule.typed.schema.as_deref();
    let names = schema.and_then(|schema| schema.meanings.iter().find(|(of, _)| *of == Meaning::Id));
    for path in names.into_iter().flat_map(|(_, paths)| paths) {
        if let Some(own) = Event::new(value.clone()).texts(path, 1).pop() {
            place::set(value, &path.steps, &serde_json::Value::String(differ(&own, &Type::String, number)));
        }
    }
}

fn printed(at: u64) -> Option<String> {
    time::print(Timestamp { nanos: (i128::from(solve::EXAMPLE_TIME) + i128::from(at)) * 1_000_000_000 })
}

/// The events in the order of time, each with its time where its log says where that is.
fn finished(drafts: &[Draft<'_>]) -> Vec<TimedEvent> {
    let mut events: Vec<TimedEvent> = drafts
        .iter()
        .map(|draft| {
            let mut value = draft.value.clone();
            let schema = match &draft.rule.kind {
                BaseKind::Rule(rule) => rule.typed.schema.as_deref(),
                BaseKind::Correlation(_) => None,
            };
            if let (Some(path), Some(text)) =
                (schema.and_then(|schema| schema.time.as_ref()), printed(draft.at))
            {
                place::stamp(&mut value, path, &text, draft.at);
            }
            TimedEvent { at: draft.at, event: Event::new(value) }
        })
        .collect();
    events.sort_by_key(|timed| timed.at);
    events
}
