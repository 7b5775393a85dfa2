//! The sliding window of correlations.
//!
//! For a base match at time t the window is the trailing closed interval [t - span, t] of the base matches with the same
//! group. A correlation is tested at each base match and fires there.
//! Base matches with one and the same time see each other, whatever their order in the file, so they are taken in
//! batches.
//! What is kept grows with the base matches inside the windows, never with the events.

mod buffer;
mod group;
mod order;
mod rank;

use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use buffer::{Buffer, Release};
use group::Group;

pub use crate::ir::correlation::{Amount, Comparison, Measure, Presence, Threshold};

/// How many events a firing names: the newest.
pub const MOST_NAMED: usize = 100;

/// The most base matches that the windows of all correlations are meant to keep together.
pub const MOST_KEPT: usize = 2_000_000;

/// The values of the group-by fields, in the order of the correlation: one text, since there can be very many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey(Arc<str>);

impl GroupKey {
    /// The group with these values.
    pub fn new<V: AsRef<str>>(values: &[V]) -> Self {
        let mut text = String::with_capacity(values.iter().map(|value| value.as_ref().len() + 4).sum());
        for value in values.iter().map(AsRef::as_ref) {
            // The length before each keeps different values apart.
            text.push_str(&value.len().to_string());
            text.push(':');
            text.push_str(value);
        }
        Self(text.into())
    }

    /// Its values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let mut rest: &str = &self.0;
        std::iter::from_fn(move || {
            let (length, after) = rest.split_once(':')?;
            let (value, after) = after.split_at_checked(length.parse().ok()?)?;
            rest = after;
            Some(value)
        })
    }
}

/// A correlation, ready to run.
#[derive(Clone, Debug)]
pub struct Spec {
    /// What it counts.
    pub measure: Measure,
    /// The length of the window, in nanoseconds.
    pub span: i64,
    /// How many rules it refers to.
    pub rules: usize,
    /// The thresholds, all of which must hold; not used by [`Measure::Presence`] and [`Measure::Ordered`].
    pub thresholds: Vec<Threshold>,
}

/// A base match of a correlation.
#[derive(Clone, Debug)]
pub struct Hit {
    /// When it happened, in nanoseconds since 1970.
    pub time: i64,
    /// The place of the rule among those of the correlation.
    pub rule: usize,
    /// What the caller knows the event by.
    pub event: u64,
    /// The values of the counted field.
    pub values: Vec<Box<str>>,
}

/// A correlation that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The time of the base match at which it fired.
    pub time: i64,
    /// The event of that base match.
    pub anchor: u64,
    /// Its group.
    pub group: GroupKey,
    /// The events that made it, the oldest first; the newest [`MOST_NAMED`] when there are more.
    pub events: Arc<[u64]>,
    /// How many these are.
    pub total: usize,
}

/// The windows of one correlation.
#[derive(Debug)]
pub struct Windows {
    spec: Spec,
    groups: FxHashMap<GroupKey, Box<Group>>,
    /// How many base matches all groups keep.
    kept: usize,
    /// The most that they may keep; past it whole groups are given up, the longest silent first, and counted.
    most: usize,
    /// How many groups there may be before those that ended are looked for.
    sweep_at: usize,
    /// How many base matches were given up for want of memory.
    evicted: u64,
}

impl Windows {
    /// The windows of a correlation, empty, which keep at most so many base matches.
    pub fn new(spec: Spec, most: usize) -> Self {
        Self { spec, groups: FxHashMap::default(), kept: 0, most, sweep_at: 1_024, evicted: 0 }
    }

    /// How many base matches were given up because the windows held more than memory allows.
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Takes all base matches of one time, each with its groups, and gives what fires there.
    /// The times of successive calls grow.
    pub fn batch(&mut self, time: i64, hits: Vec<(GroupKey, Hit)>, fired: &mut Vec<Firing>) {
        let start = time.saturating_sub(self.spec.span);
        // The order of groups is that of the hits, so that output is deterministic.
        let mut order: Vec<GroupKey> = Vec::new();
        let mut by_group: FxHashMap<GroupKey, Vec<Hit>> = FxHashMap::default();
        for (key, hit) in hits {
            by_group
                .entry(key)
                .or_insert_with_key(|key| {
                    order.push(key.clone());
                    Vec::new()
                })
                .push(hit);
        }
        for key in order {
            let Some(hits) = by_group.remove(&key) else { continue };
            let group = self.groups.entry(key.clone()).or_insert_with(|| Box::new(Group::new(&self.spec)));
            let before = group.len();
            let anchors: Vec<u64> = hits.iter().map(|hit| hit.event).collect();
            group.add(&self.spec, time, start, hits);
            self.kept = self.kept + group.len() - before;
            if let Some((events, total)) = group.fires(&self.spec, start) {
                let events: Arc<[u64]> = events.into();
                fired.extend(anchors.into_iter().map(|anchor| Firing {
                    time,
                    anchor,
                    group: key.clone(),
                    events: Arc::clone(&events),
                    total,
                }));
            }
        }
        if self.groups.len() > self.sweep_at || self.kept > self.most {
            self.sweep(start);
        }
    }

    /// Drops the groups whose last base match left the window, then, where too much is kept, those that were silent
    /// longest.
    fn sweep(&mut self, start: i64) {
        self.groups.retain(|_, group| group.last() >= start);
        self.kept = self.groups.values().map(|group| group.len()).sum();
        if self.kept > self.most {
            let mut silent: Vec<(i64, GroupKey)> =
                self.groups.iter().map(|(key, group)| (group.last(), key.clone())).collect();
            silent.sort();
            for (_, key) in silent {
                if self.kept <= self.most / 2 {
                    break;
                }
                let dropped = self.groups.remove(&key).map_or(0, |group| group.len());
                self.kept -= dropped;
                self.evicted += dropped as u64;
            }
        }
        self.sweep_at = (self.groups.len() + self.groups.len() / 4).max(1_024);
    }
}
