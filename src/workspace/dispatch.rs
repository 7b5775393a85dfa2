//! Which rules match an event, without trying each.
//!
//! An event finds the logs whose record it can be; rules of other logs are never tried. Within a log an index tells
//! which rules the event can satisfy at all. The answer is that of trying every rule in turn, which a test holds.

use serde_json::Value;

use super::evaluate::{Logs, Ready};
use super::familiar::Familiar;
use crate::eval::json::{self, Json};
use crate::eval::{Event, Index, Matcher, Names, Recognised, Recogniser, texts};
use crate::schema::Path;

/// The rules of a collection, ready to be matched against many events.
#[derive(Debug)]
pub struct Dispatcher<'r, 'a> {
    rules: Vec<&'r Ready<'a>>,
    names: Names,
    /// What tells the records of the logs.
    recogniser: Recogniser<'r>,
    /// By the place of a log, the rules about it.
    by_log: Vec<Index>,
    /// The rules about logs of which nothing is known: they are matched against events as they are read.
    unknown: Index,
    /// What distinguishes a record that some rule may be about from one of another log.
    familiar: Familiar,
}

/// A record as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub enum Record<'m> {
    /// As it was read.
    Read(&'m Json<'m>),
    /// In the canonical form of the rule's log.
    Canonical(&'m Value),
}

impl Record<'_> {
    fn satisfies(self, matcher: &Matcher) -> bool {
        match self {
            Self::Read(record) => matcher.accepts(record),
            Self::Canonical(record) => matcher.accepts(record),
        }
    }

    /// The first text at a path.
    pub fn text(self, path: &Path) -> Option<String> {
        self.texts(path, 1).pop()
    }

    /// The texts of the scalars that a path reaches, in order, at most `limit`.
    pub fn texts(self, path: &Path, limit: usize) -> Vec<String> {
        match self {
            Self::Read(record) => texts(record, path, limit),
            Self::Canonical(record) => texts(record, path, limit),
        }
    }

    /// The record as an event that can be kept.
    pub fn event(self) -> Event {
        Event::new(match self {
            Self::Read(record) => json::value(record),
            Self::Canonical(record) => record.clone(),
        })
    }
}

impl<'r, 'a> Dispatcher<'r, 'a> {
    /// Files rules; the place of a rule among them is its number. The logs are those that
    /// [`ready`](super::ready) gathered from them.
    pub fn new(rules: impl IntoIterator<Item = &'r Ready<'a>>, logs: &'r Logs) -> Self {
        let rules: Vec<_> = rules.into_iter().collect();
        let mut names = Names::default();
        let mut index = |log: Option<usize>| {
            let of_log = rules.iter().enumerate().filter(|(_, rule)| rule.log == log);
            let formulas = of_log.filter_map(|(at, rule)| Some((at, rule.detection.typed.formula.as_ref()?)));
            Index::new(&formulas.collect::<Vec<_>>(), &mut names)
        };
        let unknown = index(None);
        let by_log: Vec<Index> = (0..logs.schemas().len()).map(|log| index(Some(log))).collect();
        let familiar = Familiar::new(logs, rules.iter().any(|rule| rule.log.is_none()));
        let recogniser = Recogniser::new(logs.schemas(), &mut names);
        Self { rules, names, recogniser, by_log, unknown, familiar }
    }

    /// Calls `visit` with each rule that matches the event, in the order of the rules: its number, and the event as
    /// the rule sees it. Gives whether the event may be of a log of the rules at all.
    ///
    /// Whoever needs the matches of a whole file in order, such as one who counts them in windows, calls this for
    /// each event of the file in turn.
    pub fn matches(&self, event: &Json<'_>, visit: &mut impl FnMut(usize, Record<'_>)) -> bool {
        let present = self.names.of(event);
        let mut candidates = Vec::new();
        let mut add = |found: &mut Vec<usize>, form: Option<usize>| {
            candidates.extend(found.drain(..).map(|rule| (rule, form)));
        };
        let mut found = Vec::new();
        self.unknown.candidates(&present, &mut found);
        add(&mut found, None);
        let read = self.recogniser.recognise(&present);
        let known = !read.is_empty();
        let mut whole = None;
        let mut rewritten: Vec<Value> = Vec::new();
        let mut of_log = |read: Recognised<'_>| {
            let Some(index) = self.by_log.get(read.log) else { return };
            let format = read.format;
            match format.and_then(|_| read.canonical(whole.get_or_insert_with(|| json::value(event)))) {
                None => {
                    index.candidates(&present, &mut found);
                    add(&mut found, None);
                }
                Some(record) => {
                    index.candidates(&self.names.of(&record), &mut found);
                    add(&mut found, Some(rewritten.len()));
                    rewritten.push(record);
                }
            }
        };
        // A record of a log that is known by what only that log has is tried by no rule of another.
        if known {
            read.into_iter().for_each(of_log);
        } else {
            (0..self.by_log.len()).for_each(|log| of_log(Recognised { log, format: None }));
        }
        let mut understood = known;
        candidates.sort_unstable();
        candidates.dedup();
        for (at, form) in candidates {
            let record =
                form.and_then(|form| rewritten.get(form)).map_or(Record::Read(event), Record::Canonical);
            let matches = self.rules.get(at).is_some_and(|rule| {
                record.satisfies(&rule.matcher)
                    && !rule.filters.iter().any(|filter| !record.satisfies(filter))
            });
            if matches {
                understood = true;
                visit(at, record);
            }
        }
        understood || self.familiar.knows(event)
    }

    /// Whether an event may be of a log of the rules at all.
    pub fn knows(&self, event: &Json<'_>) -> bool {
        let present = self.names.of(event);
        !self.recogniser.recognise(&present).is_empty() || self.familiar.knows(event)
    }
}
