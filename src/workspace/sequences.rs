//! Correlations over a stream of events.
//!
//! [`Correlations`] says which rules are counted, and reads of the event of a match what correlations need; that can be
//! done apart from all other events. [`Sequences`] takes it in turn, puts the matches in order of time, and hands
//! them to the windows of each correlation, inner correlations before those that count them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::window::{
    Buffer, Firing, GroupKey, Hit, MOST_KEPT, MOST_NAMED, Measure, Release, Spec, Windows,
};
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

/// Where a document is: what it is known by.
type Place = (String, Span);

fn place(source: &SourceFile, meta: &Meta) -> Place {
    (source.name().to_owned(), meta.span)
}

/// The correlations of a collection: which rules they count, and what they read of their events.
#[derive(Debug, Default)]
pub struct Correlations<'a> {
    /// Inner correlations are before those that count them.
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
    /// What became of each correlation.
    seen: Vec<Seen>,
}

/// What a correlation was given so far.
#[derive(Clone, Debug)]
struct Seen {
    /// How often it fired, for each group and time once.
    fired: u64,
    /// For each of its rules the matches, and how many of them are in no group.
    matches: Vec<(u64, u64)>,
}

/// What became of a correlation: why it did not fire, as far as the matches of its rules tell.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Followed<'s> {
    /// The correlation.
    pub rule: &'s CorrelationRule,
    /// The file that it is in.
    pub source: &'s SourceFile,
    /// How often it fired, for each group and time once.
    pub fired: u64,
    /// The name of each of its rules, its matches, and how many of them are in no group.
    pub matches: Vec<(&'s str, u64, u64)>,
}

/// What one correlation counts.
#[derive(Debug)]
struct Counted {
    /// Its place.
    node: usize,
    key: GroupKey,
    hit: Hit,
    /// What distinguishes the record from others, in a log that repeats its records.
    record: Option<Arc<str>>,
}

/// What each correlation counts at one time. What an inner one adds belongs to one that is behind it.
type Batches = BTreeMap<usize, Vec<(GroupKey, Hit)>>;

/// What correlations need of a match of a rule.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    time: Option<i64>,
    /// What each correlation that counts it needs.
    feeds: Vec<Fed>,
    /// The correlations that count it, and as which of their rules, in which it is in no group.
    ungrouped: Vec<(usize, usize)>,
    /// What distinguishes the record from others, in a log that repeats its records.
    record: Option<Arc<str>>,
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
    /// Whether its matches are reported.
    told: bool,
    names: Vec<String>,
    /// What it calls its rules.
    bases: Vec<String>,
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
    /// The field that identifies repeats of a record.
    repeats: Option<Path>,
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
    /// The file that it is in.
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
    /// Adds a correlation of a file, and those that it counts; its matches are reported unless it is `silent`.
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

    /// The number by which matches of a rule are reported, where some correlation counts it.
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
                repeats: base.repeats.as_ref().map(|field| field.path.clone()),
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
        let bases = correlation.bases.iter().map(|base| base.named.value.clone()).collect();
        let (rule, outer) = (correlation.rule, Vec::new());
        self.nodes.push(Node { rule, source, told: false, names, bases, spec, outer });
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
        // The feeds of a rule are of one log.
        let record = feeds.first().and_then(|feed| texts(feed.repeats.as_ref()?, 1).pop());
        arrived.record = record.map(Arc::from);
        for feed in feeds {
            let read = |value: &GroupValue| field_texts(value, texts);
            let (mut keys, cut) = combinations(&feed.groups, &read);
            let mut seen = FxHashSet::default();
            keys.retain(|key| seen.insert(key.clone()));
            if keys.is_empty() {
                arrived.ungrouped.push((feed.node, feed.rule));
                continue;
            }
            let (values, more) = counted(&feed.counted, &read);
            arrived.cut |= cut || more;
            let keys = keys.iter().map(|values| GroupKey::new(values)).collect();
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
            seen: nodes
                .iter()
                .map(|node| Seen { fired: 0, matches: vec![(0, 0); node.bases.len()] })
                .collect(),
        }
    }

    /// Takes a match, whose event the caller knows by a number below 2^63.
    pub fn observe(&mut self, arrived: Arrived, id: u64) {
        let Some(time) = arrived.time else {
            self.lost.untimed += 1;
            return;
        };
        self.lost.cut += u64::from(arrived.cut);
        for (node, rule) in arrived.ungrouped {
            self.saw(node, rule, true);
        }
        for Fed { node, rule, keys, values } in arrived.feeds {
            self.saw(node, rule, false);
            for key in keys {
                let hit = Hit { time, rule, event: id, values: values.clone() };
                let record = arrived.record.clone();
                self.buffer.push(time, Counted { node, key, hit, record });
            }
        }
    }

    /// Counts a match of a rule of a correlation.
    fn saw(&mut self, node: usize, rule: usize, ungrouped: bool) {
        let of_rule = self.seen.get_mut(node).and_then(|seen| seen.matches.get_mut(rule));
        if let Some((matches, without)) = of_rule {
            *matches += 1;
            *without += u64::from(ungrouped);
        }
    }

    /// What became of each correlation whose matches are reported.
    pub fn followed(&self) -> impl Iterator<Item = Followed<'c>> {
        let told = self.nodes.iter().zip(&self.seen).filter(|(node, _)| node.told);
        told.map(|(node, seen)| Followed {
            rule: node.rule,
            source: node.source,
            fired: seen.fired,
            matches: node
                .bases
                .iter()
                .zip(&seen.matches)
                .map(|(name, (matches, without))| (name.as_str(), *matches, *without))
                .collect(),
        })
    }

    /// What fires by what is in order so far; with `end`, by all there is.
    pub fn fire(&mut self, end: bool, told: &mut dyn FnMut(Fired<'c>)) {
        while self.next(end, told) {}
    }

    /// Whether anything fires by all there is; what comes after that is not looked at.
    pub fn fires(&mut self) -> bool {
        let mut fires = false;
        while !fires && self.next(true, &mut |_| fires = true) {}
        fires
    }

    /// What fires at the next time; `false` where there is none.
    fn next(&mut self, end: bool, told: &mut dyn FnMut(Fired<'c>)) -> bool {
        let Some((time, arrived)) = self.buffer.pop(end) else { return false };
        let mut batches = Batches::new();
        // A repeat of a record has its time.
        let mut seen = FxHashSet::default();
        for Counted { node, key, hit, record } in arrived {
            let is_new = record.is_none_or(|record| seen.insert((node, hit.rule, key.clone(), record)));
            if is_new {
                batches.entry(node).or_default().push((key, hit));
            }
        }
        self.earliest.get_or_insert(time);
        self.inner.forget(time);
        while let Some((at, batch)) = batches.pop_first() {
            self.batch(at, time, batch, &mut batches, told);
        }
        true
    }

    /// Takes what one correlation counts at one time.
    fn batch(
        &mut self,
        at: usize,
        time: i64,
        batch: Vec<(GroupKey, Hit)>,
        batches: &mut Batches,
        told: &mut dyn FnMut(Fired<'c>),
    ) {
        let (Some(node), Some(windows)) = (self.nodes.get(at), self.windows.get_mut(at)) else { return };
        let mut firings = Vec::new();
        let reach = time.saturating_sub(node.spec.span);
        let partial =
            node.spec.measure == Measure::FirstSeen && self.earliest.is_none_or(|earliest| earliest > reach);
        windows.batch(time, batch, &mut firings);
        if let Some(seen) = self.seen.get_mut(at) {
            let groups = firings.chunk_by(|one, other| one.group == other.group).count();
            seen.fired += u64::try_from(groups).unwrap_or(u64::MAX);
        }
        // The firings of a group at one time are together, and are one match with several anchors.
        let groups = firings.chunk_by(|one, other| one.group == other.group).filter(|_| node.told);
        for (first, all) in groups.filter_map(|all| Some((all.first()?, all))) {
            let anchors: Vec<u64> = all.iter().map(|firing| firing.anchor).collect();
            told(Fired {
                rule: node.rule,
                source: node.source,
                time,
                group: node.names.iter().map(String::as_str).zip(values(&first.group)).collect(),
                events: self.inner.newest(&first.events),
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
                let hit = || Hit { time, rule: feed.rule, event: id, values: values.clone() };
                let batch = keys.iter().map(|key| (GroupKey::new(key), hit()));
                batches.entry(feed.node).or_default().extend(batch);
                self.saw(feed.node, feed.rule, false);
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
        self.made.insert(id, self.newest(&firing.events).into());
        self.by_time.push_back((time, id));
        id
    }

    /// As [`events`](Self::events), the newest where there are very many, so that a chain of correlations does not gather
    /// more with each step.
    fn newest(&self, ids: &[u64]) -> Vec<u64> {
        let mut seen = FxHashSet::default();
        let each = ids.iter().rev().flat_map(|id| {
            self.made.get(id).map_or(std::slice::from_ref(id), |inner| &inner[..]).iter().rev().copied()
        });
        let mut events: Vec<u64> = each.filter(|event| seen.insert(*event)).take(MOST_NAMED).collect();
        events.reverse();
        events
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
    key.values().map(str::to_owned)
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
        GroupValue::Group(at) => key.values().nth(*at).map(Box::from).into_iter().collect(),
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
