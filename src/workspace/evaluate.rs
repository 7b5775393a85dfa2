//! Matching the rules of a collection against events.

use std::sync::Arc;

use crate::check::File;
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::{Event, Matcher, RecordFormats};
use crate::link::{Applied, Detection, DocumentKind, Links};
use crate::schema::{Path, Schema};
use crate::source::SourceFile;

/// A rule that can be evaluated.
#[derive(Debug)]
pub struct Ready<'a> {
    /// The file that it is in.
    pub source: &'a SourceFile,
    /// The rule and the filters that apply to it.
    pub detection: Detection<'a>,
    /// What the rule means by itself.
    pub matcher: Matcher,
    /// What must hold besides, one for each filter, in the order of `detection.filters`.
    pub filters: Vec<Matcher>,
    /// The number by which [`Correlations`](super::Correlations) know it, where one counts its matches.
    pub base: Option<usize>,
    /// Whether its matches only feed correlations.
    pub silent: bool,
    /// The place of its log in [`Logs`].
    pub(super) log: Option<usize>,
}

impl<'a> Ready<'a> {
    /// Whether the rule matches an event in the canonical form of its log, and no filter leaves the event out.
    pub fn matches(&self, event: &Event) -> bool {
        self.matcher.matches(event) && self.filters.iter().all(|filter| filter.matches(event))
    }

    /// The filters that leave an event out.
    pub fn filtered_by<'s>(&'s self, event: &'s Event) -> impl Iterator<Item = &'s Applied<'a>> {
        let pairs = self.detection.filters.iter().zip(&self.filters);
        pairs.filter(|(_, matcher)| !matcher.matches(event)).map(|(applied, _)| applied)
    }
}

/// The logs that rules speak of: each event is brought into the canonical form of a log once.
#[derive(Debug, Default)]
pub struct Logs(Vec<Arc<Schema>>);

impl Logs {
    /// The log of one rule, where something is known of it.
    pub(super) fn of(schema: Option<&Arc<Schema>>) -> Self {
        Self(schema.into_iter().cloned().collect())
    }

    fn add(&mut self, schema: &Arc<Schema>) -> usize {
        self.0.iter().position(|known| known.name == schema.name).unwrap_or_else(|| {
            self.0.push(Arc::clone(schema));
            self.0.len() - 1
        })
    }

    /// The record formats of each log.
    pub fn formats(&self) -> Formats<'_> {
        Formats(self.0.iter().map(|schema| RecordFormats::of(schema)).collect())
    }

    /// The schemas of the logs.
    pub(super) fn schemas(&self) -> &[Arc<Schema>] {
        &self.0
    }

    /// Where the log of the rule says when an event happened.
    pub fn time(&self, rule: &Ready<'_>) -> Option<&Path> {
        self.0.get(rule.log?)?.time.as_ref()
    }
}

/// The record formats of the logs of a collection.
#[derive(Debug)]
pub struct Formats<'l>(Vec<RecordFormats<'l>>);

impl Formats<'_> {
    /// An event as each log reads it.
    pub fn read<'e>(&self, event: &'e Event) -> Read<'e> {
        let canonical = self.0.iter().map(|formats| formats.canonical(event)).collect();
        let claims: Vec<bool> = self.0.iter().map(|formats| formats.claims(event)).collect();
        Read { event, canonical, known: claims.contains(&true), claims }
    }
}

/// An event as the logs of a collection read it.
#[derive(Debug)]
pub struct Read<'e> {
    event: &'e Event,
    canonical: Vec<Option<Event>>,
    claims: Vec<bool>,
    /// Whether some log is known by what only that log has.
    known: bool,
}

impl Read<'_> {
    /// Whether some log is known by what only that log has.
    pub(super) const fn is_known(&self) -> bool {
        self.known
    }

    /// The event in the canonical form of the rule's log; `None` when the record is known to be one of another log.
    pub fn of(&self, rule: &Ready<'_>) -> Option<&Event> {
        let Some(log) = rule.log else { return Some(self.event) };
        if self.known && self.claims.get(log) == Some(&false) {
            return None;
        }
        Some(self.canonical.get(log).and_then(Option::as_ref).unwrap_or(self.event))
    }
}

/// The rules of a file that can be evaluated, and why the others cannot. Findings of the check do not keep a rule out,
/// as long as it has a meaning.
pub fn ready<'a>(file: &'a File, links: &'a Links, logs: &mut Logs) -> (Vec<Ready<'a>>, Vec<Diagnostic>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for linked in links.of(file) {
        let errors = linked.findings.iter().filter(|found| found.severity == Severity::Error);
        let detection = match linked.kind {
            DocumentKind::Detection(detection) if detection.typed.formula.is_some() => detection,
            DocumentKind::Correlation(_, Some(_)) => continue,
            // A filter is part of the rules that it applies to; one with errors may have been meant for any of them.
            DocumentKind::Detection(_)
            | DocumentKind::Correlation(..)
            | DocumentKind::Filter(_)
            | DocumentKind::Unreadable => {
                faults.extend(errors.copied().cloned());
                continue;
            }
        };
        let silent = links.is_silent(&detection.rule.meta);
        match one(&file.source, detection, silent, logs) {
            Ok(rule) => rules.push(rule),
            Err(errors) => faults.extend(errors),
        }
    }
    (rules, faults)
}

/// A rule of a file, made ready.
pub(super) fn one<'a>(
    source: &'a SourceFile,
    detection: Detection<'a>,
    silent: bool,
    logs: &mut Logs,
) -> Result<Ready<'a>, Vec<Diagnostic>> {
    let (matcher, filters) = matchers(&detection)?;
    let log = detection.typed.schema.as_ref().map(|schema| logs.add(schema));
    Ok(Ready { source, detection, matcher, filters, base: None, silent, log })
}

/// What a rule means, and each of its filters.
fn matchers(detection: &Detection<'_>) -> Result<(Matcher, Vec<Matcher>), Vec<Diagnostic>> {
    Ok((Matcher::new(detection.typed.formula.as_ref())?, filters(detection)?))
}

/// The filters that apply to a rule.
///
/// # Errors
/// A finding about the rule for the first filter that has no meaning.
pub fn filters(detection: &Detection<'_>) -> Result<Vec<Matcher>, Vec<Diagnostic>> {
    let head = detection.head();
    let filters = detection.filters.iter().map(|applied| {
        let refused = || vec![applied.refusal(head)];
        Matcher::new(Some(applied.formula(true).ok_or_else(refused)?)).map_err(|_| refused())
    });
    filters.collect()
}
