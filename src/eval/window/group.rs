//! One group of a correlation: the base matches inside its window, and what is counted of them.

use std::cmp::Ordering;
use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::order::Chains;
use super::rank::Ranked;
use super::{Amount, Hit, MOST_NAMED, Measure, Spec};

/// Up to so many matches a group has no tally, but counts them anew each time: most groups have few, and there can be very
/// many groups.
const FEW: usize = 4;

#[derive(Debug)]
pub(super) struct Group {
    last: i64,
    state: State,
}

/// What a group keeps for its measure.
#[derive(Debug)]
enum State {
    /// The matches of the window, and a tally of them once they are more than [`FEW`].
    Window {
        entries: VecDeque<Entry>,
        tally: Option<Box<Tally>>,
    },
    Chains(Chains),
    /// When the match before was, and the matches of the newest time.
    First {
        before: Option<i64>,
        events: Vec<u64>,
    },
}

#[derive(Debug)]
struct Entry {
    time: i64,
    /// The place of the rule; there are no more rules than `link` allows.
    rule: u32,
    event: u64,
    values: Box<[Box<str>]>,
}

#[derive(Debug)]
enum Tally {
    /// The number of entries is the measure.
    Entries,
    /// How often each value is there.
    Distinct(FxHashMap<Box<str>, usize>),
    /// The sum, and of how many numbers.
    Sum(Amount, usize),
    Ranked(Ranked),
    /// How many entries each rule has.
    Rules(Vec<usize>),
}

impl Group {
    pub(super) fn new(spec: &Spec) -> Self {
        let state = match &spec.measure {
            Measure::Ordered(_) => State::Chains(Chains::default()),
            Measure::FirstSeen => State::First { before: None, events: Vec::new() },
            // Room for one: a deque that grows by itself begins with four.
            _ => State::Window { entries: VecDeque::with_capacity(1), tally: None },
        };
        Self { last: i64::MIN, state }
    }

    /// The time of the newest base match.
    pub(super) const fn last(&self) -> i64 {
        self.last
    }

    /// How many base matches it keeps.
    pub(super) fn len(&self) -> usize {
        match &self.state {
            State::Window { entries, .. } => entries.len(),
            State::Chains(chains) => chains.len(),
            State::First { events, .. } => events.len(),
        }
    }

    /// Takes the base matches of one time, and lets those before `start` go.
    pub(super) fn add(&mut self, spec: &Spec, time: i64, start: i64, hits: Vec<Hit>) {
        let last = std::mem::replace(&mut self.last, time);
        match &mut self.state {
            State::First { before, events } => {
                *before = (last != i64::MIN).then_some(last);
                *events = hits.iter().map(|hit| hit.event).collect();
            }
            State::Chains(chains) => {
                if let Measure::Ordered(rules) = &spec.measure {
                    chains.add(rules, time, &hits);
                }
            }
            State::Window { entries, tally } => {
                while entries.front().is_some_and(|entry| entry.time < start) {
                    if let (Some(entry), Some(tally)) = (entries.pop_front(), tally.as_deref_mut()) {
                        tally.remove(&entry);
                    }
                }
                for hit in hits {
                    let rule = u32::try_from(hit.rule).unwrap_or(u32::MAX);
                    let entry = Entry { time, rule, event: hit.event, values: hit.values.into() };
                    if let Some(tally) = tally.as_deref_mut() {
                        tally.add(&entry);
                    }
                    entries.push_back(entry);
                }
                if tally.is_none() && entries.len() > FEW {
                    *tally = Some(Box::new(Tally::of(spec, entries)));
                } else if entries.len() <= FEW / 2 {
                    *tally = None;
                }
            }
        }
    }

    /// Whether the correlation fires at a base match of the newest time: the events that made it, and how many.
    pub(super) fn fires(&mut self, spec: &Spec, start: i64) -> Option<(Vec<u64>, usize)> {
        match &mut self.state {
            State::Chains(chains) => {
                let events = chains.whole(start)?;
                let total = events.len();
                Some((events, total))
            }
            State::First { before, events } => {
                let new = before.is_none_or(|before| before < start);
                new.then(|| (events.iter().take(MOST_NAMED).copied().collect(), events.len()))
            }
            State::Window { entries, tally } => {
                let holds = match tally.as_deref_mut() {
                    Some(tally) => tally.holds(spec, entries.len()),
                    None => Tally::of(spec, entries).holds(spec, entries.len()),
                };
                if !holds {
                    return None;
                }
                let total = entries.len();
                let named = entries.iter().skip(total.saturating_sub(MOST_NAMED));
                Some((named.map(|entry| entry.event).collect(), total))
            }
        }
    }
}

impl Tally {
    /// The tally of some matches.
    fn of(spec: &Spec, entries: &VecDeque<Entry>) -> Self {
        let mut tally = match &spec.measure {
            Measure::EventCount | Measure::Ordered(_) | Measure::FirstSeen => Self::Entries,
            Measure::ValueCount => Self::Distinct(FxHashMap::default()),
            Measure::Sum | Measure::Average => Self::Sum(Amount::default(), 0),
            Measure::Percentile(_) | Measure::Median => Self::Ranked(Ranked::default()),
            Measure::Presence(_) => Self::Rules(vec![0; spec.rules]),
        };
        for entry in entries {
            tally.add(entry);
        }
        tally
    }

    fn add(&mut self, entry: &Entry) {
        match self {
            Self::Entries => {}
            Self::Distinct(counts) => {
                for value in &entry.values {
                    *counts.entry(value.clone()).or_default() += 1;
                }
            }
            Self::Sum(sum, count) => {
                for value in entry.numbers() {
                    *sum = sum.plus(value);
                    *count += 1;
                }
            }
            Self::Ranked(ranked) => entry.numbers().for_each(|value| ranked.add(value)),
            Self::Rules(counts) => {
                if let Some(count) = counts.get_mut(entry.rule as usize) {
                    *count += 1;
                }
            }
        }
    }

    fn remove(&mut self, entry: &Entry) {
        match self {
            Self::Entries => {}
            Self::Distinct(counts) => {
                for value in &entry.values {
                    if let Some(count) = counts.get_mut(value) {
                        *count -= 1;
                        if *count == 0 {
                            counts.remove(value);
                        }
                    }
                }
            }
            Self::Sum(sum, count) => {
                for value in entry.numbers() {
                    *sum = sum.minus(value);
                    *count -= 1;
                }
            }
            Self::Ranked(ranked) => entry.numbers().for_each(|value| ranked.remove(value)),
            Self::Rules(counts) => {
                if let Some(count) = counts.get_mut(entry.rule as usize) {
                    *count -= 1;
                }
            }
        }
    }

    fn holds(&mut self, spec: &Spec, entries: usize) -> bool {
        let all = |compare: &mut dyn FnMut(Amount) -> Option<Ordering>| {
            spec.thresholds.iter().all(|threshold| {
                compare(threshold.value).is_some_and(|order| threshold.comparison.holds(order))
            })
        };
        match (self, &spec.measure) {
            (Self::Rules(counts), Measure::Presence(presence)) => {
                presence.holds(&|rule| counts.get(rule).is_some_and(|count| *count > 0))
            }
            (Self::Entries, _) => all(&mut |threshold| Some(Amount::count(entries).cmp(&threshold))),
            (Self::Distinct(counts), _) => {
                let count = Amount::count(counts.len());
                all(&mut |threshold| Some(count.cmp(&threshold)))
            }
            // A sum or a mean of nothing compares with nothing.
            (Self::Sum(sum, count), Measure::Sum) => {
                all(&mut |threshold| (*count > 0).then(|| (*sum).cmp(&threshold)))
            }
            (Self::Sum(sum, count), _) => {
                all(&mut |threshold| (*count > 0).then(|| (*sum).cmp(&threshold.times(*count))))
            }
            (Self::Ranked(ranked), Measure::Percentile(percent)) => {
                let percent = usize::try_from(*percent).unwrap_or(100);
                let rank = (ranked.len() * percent).div_ceil(100).max(1);
                let value = ranked.at(rank).map(|(value, _)| value);
                all(&mut |threshold| value.map(|value| value.cmp(&threshold)))
            }
            (Self::Ranked(ranked), _) => {
                let length = ranked.len();
                let twice = ranked.at(length.div_ceil(2).max(1)).map(|(value, next)| match next {
                    Some(next) if length % 2 == 0 => value.plus(next),
                    _ => value.times(2),
                });
                all(&mut |threshold| twice.map(|twice| twice.cmp(&threshold.times(2))))
            }
            (Self::Rules(_), _) => false,
        }
    }
}

impl Entry {
    /// The values that are numbers.
    fn numbers(&self) -> impl Iterator<Item = Amount> + '_ {
        self.values.iter().filter_map(|value| Amount::parse(value))
    }
}
