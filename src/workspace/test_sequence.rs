//! Correlations under test.

use super::correlate::count;
use super::evaluate::{Logs, Ready};
use super::familiar::{Familiar, looks_at};
use super::sequences::{Arrived, Correlations, Fired, Lost, Sequences};
use crate::check::File;
use crate::eval::Event;
use crate::link::{Correlation, DocumentKind, Links};
use crate::rule::Meta;
use crate::schema::Path;
use crate::source::SourceFile;

/// A correlation of a file, ready to be run over events, with the rules that it counts.
#[derive(Debug)]
pub struct Correlated<'f> {
    correlations: Correlations<'f>,
    rules: Vec<Ready<'f>>,
    logs: Logs,
}

/// What became of a sequence of events.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The place of the event that completed the first match.
    pub fired: Option<usize>,
    /// The rules, and how many events each matches.
    pub matched: Vec<(String, usize)>,
    /// What was not counted.
    pub lost: Lost,
}

impl<'f> Correlated<'f> {
    /// The correlation with this metadata.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub fn new(file: &'f File, meta: &Meta, links: &'f Links) -> Result<Self, String> {
        let own = links
            .of(file)
            .into_iter()
            .find(|linked| linked.checked.is_some_and(|checked| checked.document.meta().span == meta.span));
        match own.map(|linked| linked.kind) {
            Some(DocumentKind::Correlation(_, Some(correlation))) => {
                Self::of(&file.source, &correlation, links)
            }
            _ => Err("the correlation has errors: see `sigmata check`".to_owned()),
        }
    }

    /// A correlation of a file.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub fn of(
        source: &'f SourceFile,
        correlation: &Correlation<'f>,
        links: &'f Links,
    ) -> Result<Self, String> {
        let (mut rules, mut logs, mut correlations) = (Vec::new(), Logs::default(), Correlations::default());
        let found = (&mut correlations, &mut rules, &mut logs);
        let wrong = count(source, correlation, false, links, found);
        match wrong.into_iter().next() {
            Some(fault) => Err(fault.message),
            None => Ok(Self { correlations, rules, logs }),
        }
    }

    /// Calls `told` with each firing on events in their order, each with its time where that is given. How many events
    /// each rule matches, and what was not counted.
    pub fn firings(
        &self,
        events: &[(Option<String>, &Event)],
        filters: bool,
        told: &mut dyn FnMut(Fired<'_>),
    ) -> (Vec<usize>, Lost) {
        let (arrivals, counts) = self.arrivals(events, filters);
        let mut sequences = self.observed(arrivals);
        sequences.fire(true, told);
        (counts, sequences.lost())
    }

    /// What each event is to the correlation, and how many events each rule matches.
    pub(super) fn arrivals(
        &self,
        events: &[(Option<String>, &Event)],
        filters: bool,
    ) -> (Vec<Vec<Arrived>>, Vec<usize>) {
        let formats = self.logs.formats();
        let mut counts = vec![0; self.rules.len()];
        let mut arrivals = Vec::with_capacity(events.len());
        for (time, event) in events {
            let mut arrived = Vec::new();
            let read = formats.read(event);
            for (rule, count) in self.rules.iter().zip(&mut counts) {
                let (Some(base), Some(event)) = (rule.base, read.of(rule)) else { continue };
                let matches = if filters { rule.matches(event) } else { rule.matcher.matches(event) };
                if matches {
                    *count += 1;
                    let own = || self.logs.time(rule).and_then(|path| event.texts(path, 1).pop());
                    let time = time.clone().or_else(own);
                    let texts = |path: &Path, limit: usize| event.texts(path, limit);
                    arrived.push(self.correlations.arrived(base, time.as_deref(), &texts));
                }
            }
            arrivals.push(arrived);
        }
        (arrivals, counts)
    }

    /// Whether it fires on events of which this is known.
    pub(super) fn fires(&self, arrivals: impl IntoIterator<Item = Vec<Arrived>>) -> bool {
        self.observed(arrivals).fires()
    }

    fn observed(&self, arrivals: impl IntoIterator<Item = Vec<Arrived>>) -> Sequences<'_> {
        let mut sequences = Sequences::new(&self.correlations, None);
        for (number, arrived) in (0..).zip(arrivals) {
            for arrived in arrived {
                sequences.observe(arrived, number);
            }
        }
        sequences
    }

    /// The logs of its rules.
    pub(super) const fn logs(&self) -> &Logs {
        &self.logs
    }

    /// The events, by their place, that are of no log of its rules.
    pub(super) fn foreign(&self, events: &[&Event]) -> Vec<usize> {
        let formats = self.logs.formats();
        let familiar = Familiar::new(&self.logs, self.rules.iter().any(|rule| rule.log.is_none()));
        let is_foreign = |event: &Event| {
            let read = formats.read(event);
            let concerns = |rule: &Ready<'_>| {
                let formula = rule.detection.typed.formula.as_ref();
                read.of(rule).is_some_and(|event| looks_at(formula, event) || rule.matcher.matches(event))
            };
            !read.is_known() && !familiar.knows_written(event.value()) && !self.rules.iter().any(concerns)
        };
        (0..).zip(events).filter(|(_, event)| is_foreign(event)).map(|(at, _)| at).collect()
    }

    /// How many rules there are.
    pub(super) fn rules(&self) -> usize {
        self.rules.len()
    }

    /// Whether the correlation fires on events in their order, each with its time where the test says it.
    pub(super) fn run(&self, events: &[(Option<String>, &Event)], filters: bool) -> Outcome {
        let mut fired = None;
        let (counts, lost) = self.firings(events, filters, &mut |found| {
            let last = found.events.last().and_then(|event| usize::try_from(*event).ok());
            fired = fired.or(last);
        });
        let names = self.rules.iter().map(|rule| {
            let meta = &rule.detection.rule.meta;
            let name = [&meta.name, &meta.title, &meta.id].into_iter().flatten().next();
            name.map_or_else(String::new, |name| name.value.trim().to_owned())
        });
        Outcome { fired, matched: names.zip(counts).collect(), lost }
    }
}
