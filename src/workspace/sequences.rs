//! Correlations over a stream of events.
//!
//! [`Correlations`] says which rules are counted, and reads of the event of a match what correlations need; that can be
//! done apart from all other events. [`Sequences`] takes it in turn, puts the matches in order of time, and hands
//! them to the windows of each correlation, inner correlations before those that count them.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::window::{Buffer, Firing, GroupKey, Hit, MOST_KEPT, Measure, Release, Spec, Windows};
use crate::ir::correlation::Transform;
use crate::link::{Base, BaseKind, Correlation, Detection, GroupBy, GroupValue};
use crate::rule::{CorrelationRule, Meta};
use crate::schema::Path;
use crate::source::{SourceFile, Span};
use crate::time;

/// The most values of one field of an event that count.
const MOST_VALUES: usize = 1_000;
/// The most groups, or combinations of counted values, of one match.
const MOST_GROUPS: usize = 1_000;
/// The fewest base matches that the windows of a correlation may keep, however many correlations there are.
const FEWEST_KEPT: usize = 10_000;
/// Set in the number of what is not an event but a match of a correlation.
const INNER: u64 = 1 << 63;
const SECOND: i64 = 1_000_000_000;

/// Where a document stands: what it is known by.
type Place = (String, Span);

fn place(source: &SourceFile, meta: &Meta) -> Place {
    (source.name().to_owned(), meta.span)
}

/// The correlations of a collection: which rules they count, and what they read of their events.
#[derive(Debug, Default)]
pub struct Correlations<'a> {
    /// Inner correlations stand before those that count them.
    nodes: Vec<Node<'a>>,
    by_place: FxHashMap<Place, usize>,
    /// The rules that correlations count.
    bases: FxHashMap<Place, usize>,
    /// For each of these, the correlations that it feeds.
    feeds: Vec<Vec<Feed>>,
    /// The longest window.
    span: i64,
}

/// Correlations at work.
#[derive(Debug)]
pub struct Sequences<'c> {
    nodes: &'c [Node<'c>],
    /// The windows of each.
    windows: Vec<Windows>,
    buffer: Buffer<Counted>,
    inner: Inner,
    lost: Lost,
    /// When the oldest match was.
    earliest: Option<i64>,
}

/// What one correlation counts: its place, the group, and the base match.
type Counted = (usize, GroupKey, Hit);

/// What correlations need of a match of a rule.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    time: Option<i64>,
    /// What each correlation that counts it needs.
    feeds: Vec<Fed>,
    cut: bool,
}

/// What one correlation needs of a match.
#[derive(Clone, Debug)]
struct Fed {
    node: usize,
    rule: usize,
    keys: Vec<GroupKey>,
    values: Vec<Box<str>>,
}

/// What was not counted, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Matches of events without a time.
    pub untimed: u64,
    /// Matches that came after younger ones had been judged.
    pub late: u64,
    /// Matches that windows gave up for want of memory.
    pub evicted: u64,
    /// Matches with more groups or values than are followed.
    pub cut: u64,
}

#[derive(Debug)]
struct Node<'a> {
    rule: &'a CorrelationRule,
    source: &'a SourceFile,
    /// Whether its matches are told.
    told: bool,
    names: Vec<String>,
    spec: Spec,
    /// The correlations that count it, and as which of their rules.
    outer: Vec<Feed>,
}

/// What a match is to a correlation that counts it.
#[derive(Clone, Debug)]
struct Feed {
    node: usize,
    rule: usize,
    groups: Vec<GroupValue>,
    counted: Vec<GroupValue>,
}

/// The matches of correlations that others count, by number, as long as a window can name them.
#[derive(Debug, Default)]
struct Inner {
    made: FxHashMap<u64, Arc<[u64]>>,
    by_time: VecDeque<(i64, u64)>,
    next: u64,
    /// The longest window.
    span: i64,
}

/// A match of a correlation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fired<'s> {
    /// The correlation.
    pub rule: &'s CorrelationRule,
    /// The file that it stands in.
    pub source: &'s SourceFile,
    /// When it fired, in nanoseconds since 1970.
    pub time: i64,
    /// The names and values of its group.
    pub group: Vec<(&'s str, String)>,
    /// The events that made it, the oldest first; the newest where there are very many.
    pub events: Vec<u64>,
    /// The events at which it fired, all of one time: each is a base match that is tested with the whole window.
    pub anchors: Vec<u64>,
    /// How many base matches made it.
    pub total: usize,
    /// Whether it says that something is new, and no match of any rule was read that is as old as it had to be to know.
    pub partial: bool,
}

impl<'a> Correlations<'a> {
    /// Adds a correlation of a file, and those that it counts; its matches are told unless it is `silent`.
    pub fn add(&mut self, source: &'a SourceFile, correlation: &Correlation<'a>, silent: bool) {
        let node = self.node(source, correlation);
        if let Some(node) = self.nodes.get_mut(node) {
            node.told |= !silent;
        }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The number by which matches of a rule are told, where some correlation counts it.
    pub fn base(&self, source: &SourceFile, meta: &Meta) -> Option<usize> {
        self.bases.get(&place(source, meta)).copied()
    }

    /// The chain of correlations is no longer than `link` allows, so the recursion is bounded.
    fn node(&mut self, source: &'a SourceFile, correlation: &Correlation<'a>) -> usize {
        let own = place(source, &correlation.rule.meta);
        if let Some(node) = self.by_place.get(&own) {
            return *node;
        }
        let inner: Vec<Option<usize>> = correlation.bases.iter().map(|base| self.inner(base)).collect();
        let node = self.nodes.len();
        for ((at, base), inner) in correlation.bases.iter().enumerate().zip(inner) {
            let values = |names: &[GroupBy]| {
                names.iter().filter_map(|name| name.per_base.get(at).cloned()).collect::<Vec<_>>()
            };
            let feed = Feed {
                node,
                rule: at,
                groups: values(&correlation.groups),
                counted: values(&correlation.counted),
            };
            match (&base.kind, inner.and_then(|inner| self.nodes.get_mut(inner))) {
                (BaseKind::Rule(rule), _) => self.feed(base.source, rule, feed),
                (BaseKind::Correlation(_), Some(inner)) => inner.outer.push(feed),
                // Unreachable: an inner correlation has just been added.
                _ => {}
            }
        }
        let span = i64::try_from(correlation.span).unwrap_or(i64::MAX).saturating_mul(SECOND);
        self.span = self.span.max(span);
        let spec = Spec {
            measure: correlation.measure.clone(),
            span,
            rules: correlation.bases.len(),
            thresholds: correlation.thresholds.clone(),
        };
        let names = correlation.groups.iter().map(|group| group.name.value.clone()).collect();
        self.nodes.push(Node { rule: correlation.rule, source, told: false, names, spec, outer: Vec::new() });
        self.by_place.insert(own, node);
        node
    }

    fn inner(&mut self, base: &Base<'a>) -> Option<usize> {
        match &base.kind {
            BaseKind::Correlation(inner) => Some(self.node(base.source, inner)),
            BaseKind::Rule(_) => None,
        }
    }

    fn feed(&mut self, source: &SourceFile, rule: &Detection<'a>, feed: Feed) {
        let at = *self.bases.entry(place(source, &rule.rule.meta)).or_insert_with(|| {
            self.feeds.push(Vec::new());
            self.feeds.len() - 1
        });
        if let Some(feeds) = self.feeds.get_mut(at) {
            feeds.push(feed);
        }
    }

    /// What the correlations need of a match of the rule with the number `base`, whose event, in the canonical form of
    /// its log, happened at `time` and has `texts` at a path, of which so many are asked for.
    pub fn arrived(
        &self,
        base: usize,
        time: Option<&str>,
        texts: &dyn Fn(&Path, usize) -> Vec<String>,
    ) -> Arrived {
        let Some(feeds) = self.feeds.get(base) else { return Arrived::default() };
        let time = time.and_then(time::occurred).and_then(|time| i64::try_from(time.nanos).ok());
        let mut arrived = Arrived { time, ..Arrived::default() };
        for feed in feeds {
            let read = |value: &GroupValue| field_texts(value, texts);
            let (mut keys, cut) = combinations(&feed.groups, &read);
            let mut seen = FxHashSet::default();
            keys.retain(|key| seen.insert(key.clone()));
            if keys.is_empty() {
                continue;
            }
            let (values, more) = counted(&feed.counted, &read);
            arrived.cut |= cut || more;
            let keys = keys.into_iter().map(GroupKey::from).collect();
            arrived.feeds.push(Fed { node: feed.node, rule: feed.rule, keys, values });
        }
        arrived
    }
}

impl<'c> Sequences<'c> {
    /// Windows for correlations. `lateness` is how far, in nanoseconds, an event may come after younger ones; without it
    /// the matches are sorted as far as memory goes.
    pub fn new(correlations: &'c Correlations<'c>, lateness: Option<i64>) -> Self {
        let release = lateness.map_or(Release::Held(MOST_KEPT / 4), Release::Lateness);
        let nodes = correlations.nodes.as_slice();
        let most = (MOST_KEPT / nodes.len().max(1)).max(FEWEST_KEPT);
        Self {
            nodes,
            windows: nodes.iter().map(|node| Windows::new(node.spec.clone(), most)).collect(),
            buffer: Buffer::new(release),
            inner: Inner { span: correlations.span, ..Inner::default() },
            lost: Lost::default(),
            earliest: None,
        }
    }

    /// Takes a match, whose event the caller knows by a number below 2^63.
    pub fn observe(&mut self, arrived: Arrived, id: u64) {
        let Some(time) = arrived.time else {
            self.lost.untimed += 1;
            return;
        };
        self.lost.cut += u64::from(arrived.cut);
        for Fed { node, rule, keys, values } in arrived.feeds {
            for key in keys {
                let hit = Hit { time, rule, event: id, values: values.clone() };
                self.buffer.push(time, (node, key, hit));
            }
        }
    }

    /// What fires by what is in order so far; with `end`, by all there is.
    pub fn fire(&mut self, end: bool, told: &mut dyn FnMut(Fired<'c>)) {
        while let Some((time, arrived)) = self.buffer.pop(end) {
            let mut batches: Vec<Vec<(GroupKey, Hit)>> = vec![Vec::new(); self.nodes.len()];
            for (node, key, hit) in arrived {
                if let Some(batch) = batches.get_mut(node) {
                    batch.push((key, hit));
                }
            }
            self.earliest.get_or_insert(time);
            self.inner.forget(time);
            for at in 0..self.nodes.len() {
                let batch = batches.get_mut(at).map(std::mem::take).unwrap_or_default();
                if !batch.is_empty() {
                    self.batch(at, time, batch, &mut batches, told);
                }
            }
        }
    }

    /// Takes what one correlation counts at one time.
    fn batch(
        &mut self,
        at: usize,
        time: i64,
        batch: Vec<(GroupKey, Hit)>,
        batches: &mut [Vec<(GroupKey, Hit)>],
        told: &mut dyn FnMut(Fired<'c>),
    ) {
        let (Some(node), Some(windows)) = (self.nodes.get(at), self.windows.get_mut(at)) else { return };
        let mut firings = Vec::new();
        let reach = time.saturating_sub(node.spec.span);
        let partial =
            node.spec.measure == Measure::FirstSeen && self.earliest.is_none_or(|earliest| earliest > reach);
        windows.batch(time, batch, &mut firings);
        // The firings of a group at one time stand together, and are one match with several anchors.
        let groups = firings.chunk_by(|one, other| one.group == other.group).filter(|_| node.told);
        for (first, all) in groups.filter_map(|all| Some((all.first()?, all))) {
            let anchors: Vec<u64> = all.iter().map(|firing| firing.anchor).collect();
            told(Fired {
                rule: node.rule,
                source: node.source,
                time,
                group: node.names.iter().map(String::as_str).zip(values(&first.group)).collect(),
                events: self.inner.events(&first.events),
                anchors: self.inner.events(&anchors),
                total: first.total,
                partial,
            });
        }
        if node.outer.is_empty() {
            return;
        }
        for firing in firings.chunk_by(|one, other| one.group == other.group).filter_map(<[_]>::first) {
            let id = self.inner.add(time, firing);
            for feed in &node.outer {
                let text = |value: &GroupValue| group_text(value, &firing.group);
                let (keys, _) = combinations(&feed.groups, &text);
                let (values, _) = counted(&feed.counted, &text);
                let Some(batch) = batches.get_mut(feed.node) else { continue };
                batch.extend(keys.into_iter().map(|key| {
                    (key.into(), Hit { time, rule: feed.rule, event: id, values: values.clone() })
                }));
            }
        }
    }

    /// What was not counted so far.
    pub fn lost(&self) -> Lost {
        let evicted = self.windows.iter().map(Windows::evicted).sum();
        Lost { late: self.buffer.late(), evicted, ..self.lost }
    }
}

impl Inner {
    fn add(&mut self, time: i64, firing: &Firing) -> u64 {
        let id = INNER | self.next;
        self.next += 1;
        self.made.insert(id, self.events(&firing.events).into());
        self.by_time.push_back((time, id));
        id
    }

    /// The events that made what these numbers stand for, each once.
    fn events(&self, ids: &[u64]) -> Vec<u64> {
        let mut events = Vec::with_capacity(ids.len());
        let mut seen = FxHashSet::default();
        for id in ids {
            match self.made.get(id) {
                Some(inner) => events.extend(inner.iter().copied().filter(|event| seen.insert(*event))),
                None if seen.insert(*id) => events.push(*id),
                None => {}
            }
        }
        events
    }

    /// Lets go of what no window that ends at `time` or later reaches.
    fn forget(&mut self, time: i64) {
        let start = time.saturating_sub(self.span);
        while let Some((made, id)) = self.by_time.front().copied() {
            if made >= start {
                break;
            }
            self.made.remove(&id);
            self.by_time.pop_front();
        }
    }
}

fn values(key: &GroupKey) -> impl Iterator<Item = String> {
    key.iter().map(|value| value.as_ref().to_owned())
}

/// The texts that a name has in an event.
fn field_texts(value: &GroupValue, texts: &dyn Fn(&Path, usize) -> Vec<String>) -> Vec<Box<str>> {
    let GroupValue::Field { field, transforms } = value else { return Vec::new() };
    let found = texts(&field.path, MOST_VALUES);
    found.iter().map(|text| Transform::all(transforms, text).into()).collect()
}

/// The text that a name has in a match of a correlation.
fn group_text(value: &GroupValue, key: &GroupKey) -> Vec<Box<str>> {
    match value {
        GroupValue::Group(at) => key.get(*at).cloned().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Every choice of one value of each name, and whether there were more than are followed. Without names there is one,
/// the empty one.
fn combinations(
    names: &[GroupValue],
    texts: &dyn Fn(&GroupValue) -> Vec<Box<str>>,
) -> (Vec<Vec<Box<str>>>, bool) {
    let mut found: Vec<Vec<Box<str>>> = vec![Vec::new()];
    let mut cut = false;
    for name in names {
        let values = texts(name);
        let choices = found.iter().flat_map(|before| {
            values.iter().map(|value| before.iter().chain([value]).cloned().collect::<Vec<_>>())
        });
        let next: Vec<_> = choices.take(MOST_GROUPS).collect();
        cut |= values.len().saturating_mul(found.len()) > MOST_GROUPS || values.len() >= MOST_VALUES;
        found = next;
    }
    (found, cut)
}

/// The values that are counted: of several fields their combinations, each as one text.
fn counted(names: &[GroupValue], texts: &dyn Fn(&GroupValue) -> Vec<Box<str>>) -> (Vec<Box<str>>, bool) {
    if names.is_empty() {
        return (Vec::new(), false);
    }
    let (found, cut) = combinations(names, texts);
    let joined = found.into_iter().map(|values| match <[Box<str>; 1]>::try_from(values) {
        Ok([only]) => only,
        // The length before each text keeps different combinations apart.
        Err(several) => {
            several.iter().map(|text| format!("{}:{text}", text.len())).collect::<String>().into()
        }
    });
    (joined.collect(), cut)
}
