//! Findings as text for people: of those that have one cause the first is shown, then one line for each log.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::words::plural;
use crate::diagnostic::Severity;
use crate::diagnostic::render::{self, Finding, Layout};
use crate::rule::{Document, LogSource};
use crate::source::visible::visible;
use crate::workspace::File;

/// So few findings of one cause are shown one by one.
const FEW: usize = 2;
/// From so many findings on several threads lay them out.
const PARALLEL_FROM: usize = 8;

/// The logs of the rules in which findings are.
#[derive(Default)]
pub(super) struct Logs<'l>(HashMap<&'l str, &'l File>);

/// Where a finding is: the how-manieth rule of its file, and its log.
struct Place {
    rule: usize,
    log: String,
    /// Whether the finding speaks of the log source.
    is_log_source: bool,
}

impl<'l> Logs<'l> {
    pub(super) fn of(files: impl Iterator<Item = &'l File>) -> Self {
        Self(files.map(|file| (file.source.name(), file)).collect())
    }

    fn place(&self, finding: &Finding<'_>) -> Option<Place> {
        let span = finding.diagnostic.span;
        let file = self.0.get(finding.source.name())?;
        let mut documents = file.documents.iter().enumerate();
        let inside = documents.find(|(_, one)| one.document.meta().span.to(span) == one.document.meta().span);
        let Some((rule, checked)) = inside else {
            return Some(Place { rule: 0, log: "outside of a rule".to_owned(), is_log_source: false });
        };
        let schema = checked.typed.as_ref().and_then(|typed| typed.schema.as_ref());
        let source = match &checked.document {
            Document::Detection(rule) => Some(&rule.logsource),
            Document::Filter(filter) => Some(&filter.logsource),
            Document::Correlation(_) => None,
        };
        let written = || source.map_or_else(|| "correlations".to_owned(), written);
        let log = schema.map_or_else(written, |schema| schema.name.clone());
        Some(Place { rule, log, is_log_source: source.is_some_and(|source| source.span == span) })
    }
}

/// A log source as one name: its product, service and category.
fn written(source: &LogSource) -> String {
    let parts = [&source.product, &source.service, &source.category].into_iter().flatten();
    let parts: Vec<&str> = parts.map(|part| part.value.trim()).collect();
    if parts.is_empty() { "no log".to_owned() } else { parts.join("/") }
}

/// What findings of one cause agree in.
#[derive(PartialEq, Eq, Hash)]
struct Cause<'f> {
    code: &'static str,
    severity: Severity,
    message: &'f str,
    label: Option<&'f str>,
    help: Option<&'f str>,
    text: &'f str,
}

impl<'f> Cause<'f> {
    fn of(finding: &Finding<'f>, place: &Place) -> Self {
        let diagnostic = finding.diagnostic;
        // The log is reported line by line, and the text of its source varies by comments alone.
        let bare = place.is_log_source || diagnostic.code.is_told_by_message();
        Self {
            code: diagnostic.code.id,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            label: diagnostic.label.as_deref(),
            help: diagnostic.help.as_deref(),
            text: if bare { "" } else { finding.source.slice(diagnostic.span) },
        }
    }
}

/// A finding that is shown, and the others of its cause.
struct Shown<'f> {
    finding: Finding<'f>,
    others: Vec<(Finding<'f>, Place)>,
}

/// The findings as text, in their order; `whole` shows each of them.
pub(super) fn texts(findings: &[Finding<'_>], logs: &Logs<'_>, whole: bool, layout: Layout) -> String {
    let shown = if whole { apart(findings) } else { grouped(findings, logs) };
    let text = |shown: &Shown<'_>| {
        let note = note(shown);
        render::laid_out(shown.finding, note.as_deref(), layout) + "\n"
    };
    if shown.len() < PARALLEL_FROM {
        shown.iter().map(text).collect()
    } else {
        shown.par_iter().map(text).collect::<Vec<_>>().concat()
    }
}

fn apart<'f>(findings: &[Finding<'f>]) -> Vec<Shown<'f>> {
    findings.iter().map(|finding| Shown { finding: *finding, others: Vec::new() }).collect()
}

fn grouped<'f>(findings: &[Finding<'f>], logs: &Logs<'_>) -> Vec<Shown<'f>> {
    let mut causes: HashMap<Cause<'_>, Vec<usize>> = HashMap::new();
    let mut places: Vec<Option<Place>> = Vec::with_capacity(findings.len());
    for (at, finding) in findings.iter().enumerate() {
        let place = Some(finding).filter(|one| one.diagnostic.code.has_one_cause());
        let place = place.and_then(|finding| logs.place(finding));
        if let Some(place) = &place {
            causes.entry(Cause::of(finding, place)).or_default().push(at);
        }
        places.push(place);
    }
    // By the place of the first of a cause, where the others are.
    let mut others: HashMap<usize, Vec<usize>> = HashMap::new();
    for all in causes.into_values().filter(|all| all.len() > FEW) {
        if let Some((first, rest)) = all.split_first() {
            others.insert(*first, rest.to_vec());
        }
    }
    let hidden: BTreeSet<usize> = others.values().flatten().copied().collect();
    let shown = findings.iter().enumerate().filter(|(at, _)| !hidden.contains(at));
    shown
        .map(|(at, finding)| {
            let others = others.remove(&at).unwrap_or_default().into_iter();
            let others = others.filter_map(|at| Some((*findings.get(at)?, places.get_mut(at)?.take()?)));
            Shown { finding: *finding, others: others.collect() }
        })
        .collect()
}

/// How many more there are, log by log.
fn note(shown: &Shown<'_>) -> Option<String> {
    if shown.others.is_empty() {
        return None;
    }
    let mut logs: Vec<Row<'_>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (finding, place) in &shown.others {
        let at = *known.entry(&place.log).or_insert_with(|| {
            logs.push(Row { log: &place.log, findings: 0, rules: BTreeSet::new() });
            logs.len() - 1
        });
        if let Some(row) = logs.get_mut(at) {
            row.findings += 1;
            row.rules.insert((finding.source.name(), place.rule));
        }
    }
    logs.sort_by_key(|row| (std::cmp::Reverse(row.rules.len()), row.log));
    let counts: Vec<String> = logs.iter().map(Row::count).collect();
    let width = counts.iter().map(String::len).max().unwrap_or_default();
    let mut text = format!("{} more of this cause; `--no-group` shows each", shown.others.len());
    for (row, count) in logs.iter().zip(counts) {
        text.push_str(&format!("\n  {count:>width$}  {}", visible(row.log)));
    }
    Some(text)
}

/// The findings of one cause in one log.
struct Row<'r> {
    log: &'r str,
    findings: usize,
    rules: BTreeSet<(&'r str, usize)>,
}

impl Row<'_> {
    /// In how many rules, and how many findings where that is another number.
    fn count(&self) -> String {
        let rules = plural(self.rules.len(), "rule");
        if self.findings == self.rules.len() { rules } else { format!("{} in {rules}", self.findings) }
    }
}
