//! Events in the order of rules.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Hit;

/// For each number of rules, in order, that have been met: the latest start of such a chain, and its events.
///
/// The latest start is all that matters: a chain fits into a window that ends now exactly when the one that starts
/// latest does.
#[derive(Debug, Default)]
pub(super) struct Chains {
    best: Vec<Option<Chain>>,
    /// Of the chains of all rules that end at the newest time, the one that starts latest.
    ending: Option<Chain>,
    /// An event of the newest time.
    newest: Option<u64>,
}

#[derive(Clone, Debug)]
struct Chain {
    start: i64,
    events: Arc<Link>,
}

#[derive(Debug)]
struct Link {
    event: u64,
    before: Option<Arc<Link>>,
}

impl Drop for Link {
    /// A loop in place of the recursion that a long list would need.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(link) = next {
            match Arc::try_unwrap(link) {
                Ok(mut link) => next = link.before.take(),
                Err(_) => break,
            }
        }
    }
}

impl Chains {
    /// Takes all matches of one time. Equal times are in order, and one event serves one rule.
    pub(super) fn add(&mut self, rules: &[usize], time: i64, hits: &[Hit]) {
        self.best.resize(rules.len(), None);
        self.ending = None;
        self.newest = hits.last().map(|hit| hit.event);
        let matched = Events::of(hits);
        let mut next = self.best.clone();
        // A run of rules that distinct events of this time meet, after a chain that was there before.
        for first in 0..rules.len() {
            let before = match first.checked_sub(1).map(|at| self.best.get(at).cloned().flatten()) {
                None => None,
                Some(Some(chain)) => Some(chain),
                Some(None) => continue,
            };
            let start = before.as_ref().map_or(time, |chain| chain.start);
            let mut matching = Matching::new(&matched);
            for last in first..rules.len() {
                let Some(rule) = rules.get(last) else { break };
                if !matching.extend(*rule) {
                    break;
                }
                let Some(slot) = next.get_mut(last) else { break };
                let later = |known: &Option<Chain>| known.as_ref().is_none_or(|known| known.start < start);
                let ends = last + 1 == rules.len() && later(&self.ending);
                if !ends && !later(slot) {
                    continue;
                }
                let events = matching
                    .ids()
                    .fold(before.as_ref().map(|chain| Arc::clone(&chain.events)), |before, event| {
                        Some(Arc::new(Link { event, before }))
                    });
                let chain = events.map(|events| Chain { start, events });
                if later(slot) {
                    slot.clone_from(&chain);
                }
                if ends {
                    self.ending = chain;
                }
            }
        }
        self.best = next;
    }

    /// How many chains it keeps.
    pub(super) fn len(&self) -> usize {
        self.best.iter().chain([&self.ending]).flatten().count()
    }

    /// The events of a chain of all rules that starts no earlier than `start`, the one that is of the newest time last: of
    /// a chain that ends there, else of the chain that starts latest, and an event of the newest time behind it.
    pub(super) fn whole(&self, start: i64) -> Option<Vec<u64>> {
        let within = |chain: &Option<Chain>| chain.clone().filter(|chain| chain.start >= start);
        let ending = within(&self.ending);
        let mut events: Vec<u64> =
            if ending.is_some() { Vec::new() } else { self.newest.into_iter().collect() };
        let chain = ending.or_else(|| within(self.best.last()?))?;
        let mut link = Some(&chain.events);
        while let Some(at) = link {
            events.push(at.event);
            link = at.before.as_ref();
        }
        events.reverse();
        Some(events)
    }
}

/// The events of one time, and for each rule those that match it.
struct Events {
    ids: Vec<u64>,
    by_rule: FxHashMap<usize, Vec<usize>>,
}

impl Events {
    fn of(hits: &[Hit]) -> Self {
        let mut places: FxHashMap<u64, usize> = FxHashMap::default();
        let mut events = Self { ids: Vec::new(), by_rule: FxHashMap::default() };
        for hit in hits {
            let place = *places.entry(hit.event).or_insert_with(|| {
                events.ids.push(hit.event);
                events.ids.len() - 1
            });
            events.by_rule.entry(hit.rule).or_default().push(place);
        }
        events
    }
}

/// Which event of one time each rule of a run has: a matching that grows by augmenting paths.
struct Matching<'e> {
    events: &'e Events,
    /// The rules of the run.
    rules: Vec<usize>,
    /// The event of each, by its place.
    taken: Vec<usize>,
    /// The place in the run of the rule that has each event.
    owner: FxHashMap<usize, usize>,
}

impl<'e> Matching<'e> {
    fn new(events: &'e Events) -> Self {
        Self { events, rules: Vec::new(), taken: Vec::new(), owner: FxHashMap::default() }
    }

    /// Adds a rule to the run; false when no distinct event is left for it.
    fn extend(&mut self, rule: usize) -> bool {
        let at = self.rules.len();
        self.rules.push(rule);
        self.taken.push(0);
        let found = self.place(at, &mut FxHashSet::default());
        if !found {
            self.rules.pop();
            self.taken.pop();
        }
        found
    }

    /// Finds an event for the rule at a place, moving others where no other is left. Each event is tried once, so the
    /// depth is at most the length of the run.
    fn place(&mut self, at: usize, tried: &mut FxHashSet<usize>) -> bool {
        let events = self.events;
        let own = self.rules.get(at).and_then(|rule| events.by_rule.get(rule));
        let own = || own.into_iter().flatten().copied();
        let free = own().find(|event| !self.owner.contains_key(event));
        for event in free.into_iter().chain(own()) {
            if !tried.insert(event) {
                continue;
            }
            let movable = match self.owner.get(&event).copied() {
                None => true,
                Some(holder) => self.place(holder, tried),
            };
            if movable {
                self.owner.insert(event, at);
                if let Some(taken) = self.taken.get_mut(at) {
                    *taken = event;
                }
                return true;
            }
        }
        false
    }

    fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.taken.iter().filter_map(|event| self.events.ids.get(*event).copied())
    }
}
