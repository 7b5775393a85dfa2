//! Correlations under test.

use super::correlate::count;
use super::evaluate::{Logs, Ready};
use super::sequences::{Correlations, Fired, Lost, Sequences};
use crate::check::File;
use crate::eval::Event;
use crate::link::{DocumentKind, Links};
use crate::rule::Meta;
use crate::schema::Path;

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
        let (mut rules, mut logs, mut correlations) = (Vec::new(), Logs::default(), Correlations::default());
        match own.map(|linked| linked.kind) {
            Some(DocumentKind::Correlation(_, Some(correlation))) => {
                let wrong = count(
                    &file.source,
                    &correlation,
                    false,
                    links,
                    (&mut correlations, &mut rules, &mut logs),
                );
                match wrong.into_iter().next() {
                    Some(fault) => Err(fault.message),
                    None => Ok(Self { correlations, rules, logs }),
                }
            }
            _ => Err("the correlation has errors: see `sigmata check`".to_owned()),
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
        let mut sequences = Sequences::new(&self.correlations, None);
        let formats = self.logs.formats();
        let mut counts = vec![0; self.rules.len()];
        for (at, (time, event)) in events.iter().enumerate() {
            let read = formats.read(event);
            for (rule, count) in self.rules.iter().zip(&mut counts) {
                let (Some(base), Some(event)) = (rule.base, read.of(rule)) else { continue };
                let matches = if filters { rule.matches(event) } else { rule.matcher.matches(event) };
                if matches {
                    *count += 1;
                    let own = || self.logs.time(rule).and_then(|path| event.texts(path, 1).pop());
                    let time = time.clone().or_else(own);
                    let texts = |path: &Path, limit: usize| event.texts(path, limit);
                    sequences.observe(self.correlations.arrived(base, time.as_deref(), &texts), at as u64);
                }
            }
        }
        sequences.fire(true, told);
        (counts, sequences.lost())
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
