//! Where the matches of `sigmata eval` go: to standard output and to files, as they are found where a format can be
//! written piece by piece, and as findings at the end where it cannot.

use std::path::PathBuf;

use serde_json::Value;

use super::account::Account;
use super::args::FormatArgs;
use super::codes::RULE_MATCHES;
use super::load::RuleFile;
use super::output::Captured;
use super::report::{Report, Results};
use super::rooted::FromRoot;
use super::words::plural;
use super::write::{self, Before};
use super::{Failure, Output};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{self, Finding, Format, TestCase};
use crate::rule::Meta;
use crate::source::{SourceFile, Span};

/// The places that the matches of a run go to.
pub(super) struct Sinks<'r> {
    all: Vec<Sink>,
    hits: Vec<Hits<'r>>,
    names: FromRoot,
}

/// One place.
struct Sink {
    format: Format,
    /// The file, as it is to be; `None` for standard output.
    file: Option<(PathBuf, Captured)>,
    /// The objects that were printed.
    printed: usize,
}

/// The matches of one rule.
struct Hits<'r> {
    source: &'r SourceFile,
    meta: &'r Meta,
    count: usize,
    /// The first event.
    first: String,
}

/// Whether a format is written as matches are found.
fn is_streamed(format: Format) -> bool {
    !format.is_for_forges()
}

impl Sink {
    fn output<'o>(&'o mut self, standard: &'o mut Output) -> (&'o mut Output, &'o mut usize) {
        let output = self.file.as_mut().map_or(standard, |(_, captured)| &mut captured.output);
        (output, &mut self.printed)
    }
}

impl<'r> Sinks<'r> {
    pub(super) fn new(wish: &FormatArgs) -> Result<Self, Failure> {
        let file = |(format, path): (Format, &std::path::Path)| Sink {
            format,
            file: Some((path.to_owned(), Captured::new())),
            printed: 0,
        };
        let mut all: Vec<Sink> = wish.files()?.into_iter().map(file).collect();
        if wish.is_printed() {
            all.push(Sink { format: wish.format, file: None, printed: 0 });
        }
        all.retain(|sink| is_streamed(sink.format));
        Ok(Self { all, hits: Vec::new(), names: FromRoot::default() })
    }

    /// The begin of what is written piece by piece, because the matches of a large recording need not fit into memory.
    pub(super) fn begin(&mut self, standard: &mut Output) {
        for sink in self.all.iter_mut().filter(|sink| sink.format == Format::Json) {
            let (output, _) = sink.output(standard);
            output.data(&format!("{{\"version\": {}, \"matches\": [", render::VERSION));
        }
    }

    /// A match, as text and as an object.
    pub(super) fn tell(
        &mut self,
        text: &dyn Fn(&mut Output),
        object: &dyn Fn() -> Value,
        standard: &mut Output,
    ) {
        for sink in &mut self.all {
            let format = sink.format;
            let (output, printed) = sink.output(standard);
            match format {
                Format::Json => {
                    let comma = if *printed == 0 { "\n" } else { ",\n" };
                    output.data(&format!("{comma}{}", self.names.value(object())));
                }
                Format::JsonLines => output.json_line(&render::line(self.names.value(object()))),
                _ => text(output),
            }
            *printed += 1;
        }
    }

    /// Counts a match of a rule.
    pub(super) fn count(&mut self, source: &'r SourceFile, meta: &'r Meta, event: &str) {
        match self.hits.iter_mut().find(|hits| std::ptr::eq(hits.meta, meta)) {
            Some(hits) => hits.count += 1,
            None => self.hits.push(Hits { source, meta, count: 1, first: event.to_owned() }),
        }
    }

    /// The end of what is written piece by piece, with the members that follow the matches.
    pub(super) fn end(&mut self, members: &str, standard: &mut Output) {
        for sink in self.all.iter_mut().filter(|sink| sink.format == Format::Json) {
            let (output, printed) = sink.output(standard);
            let end = if *printed == 0 { "" } else { "\n" };
            output.data(&format!("{end}], {members}}}\n"));
        }
    }

    /// Writes the files, and what is made of findings.
    pub(super) fn write(
        &mut self,
        wish: &FormatArgs,
        rules: &[(&'r SourceFile, &'r Meta)],
        faults: &[(&RuleFile, Diagnostic)],
        (account, unread): (&Account, &[(SourceFile, Diagnostic)]),
        standard: &mut Output,
    ) -> Result<(), Failure> {
        for (path, captured) in self.all.drain(..).filter_map(|sink| sink.file) {
            write::one(&path, &captured.bytes(), Before::Unread)?;
        }
        let hits: Vec<Diagnostic> = self.hits.iter().map(finding).collect();
        let mut findings: Vec<Finding<'_>> =
            faults.iter().map(|(file, finding)| Finding::new(&file.file.source, finding)).collect();
        findings
            .extend(self.hits.iter().zip(&hits).map(|(hits, finding)| Finding::new(hits.source, finding)));
        findings.extend(unread.iter().map(|(source, finding)| Finding::new(source, finding)));
        let mut names: Vec<&str> = rules.iter().map(|(source, _)| source.name()).collect();
        names.dedup();
        let cases = Cases { rules, hits: &self.hits, faults, unread };
        let report = Report {
            command: "sigmata eval",
            findings: &findings,
            files: &names,
            account,
            results: &cases,
            summary: "",
        };
        report.write_where(wish, |format| !is_streamed(format), standard)
    }
}

/// The matches of a rule as a finding at its title.
fn finding(hits: &Hits<'_>) -> Diagnostic {
    let span = hits.meta.title.as_ref().map_or(Span::empty(hits.meta.span.start), |title| title.span);
    Diagnostic::new(&RULE_MATCHES, span, said(hits))
}

fn said(hits: &Hits<'_>) -> String {
    let matches = if hits.count == 1 { "1 match".to_owned() } else { format!("{} matches", hits.count) };
    format!("{matches}, the first is {}", hits.first)
}

/// A test case for each rule, which fails where the rule cannot be evaluated.
struct Cases<'c, 'r> {
    rules: &'c [(&'r SourceFile, &'r Meta)],
    hits: &'c [Hits<'r>],
    faults: &'c [(&'c RuleFile, Diagnostic)],
    unread: &'c [(SourceFile, Diagnostic)],
}

impl Results for Cases<'_, '_> {
    // Text and JSON are written as matches are found.
    fn print(&self, _: &mut Output) {}

    fn key(&self) -> &'static str {
        "matches"
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(std::iter::empty())
    }

    fn cases(&self) -> Option<Vec<TestCase>> {
        let name =
            |meta: &Meta| meta.title.as_ref().map_or("(no title)", |title| title.value.trim()).to_owned();
        let of = |source: &SourceFile, meta: &Meta, said: String| TestCase {
            class: source.name().to_owned(),
            name: name(meta),
            failures: Vec::new(),
            said: vec![said],
        };
        let is_hit = |meta: &Meta| self.hits.iter().any(|hits| std::ptr::eq(hits.meta, meta));
        let hit = self.hits.iter().map(|hits| of(hits.source, hits.meta, said(hits)));
        let none = self.rules.iter().filter(|(_, meta)| !is_hit(meta));
        let none = none.map(|(source, meta)| of(source, meta, plural(0, "event") + " matched"));
        let failed = self.faults.iter().map(|(file, finding)| (&file.file.source, finding));
        let failed = failed.chain(self.unread.iter().map(|(source, finding)| (source, finding)));
        let failed = failed.map(|(source, finding)| {
            TestCase::new(source.name(), "the file", std::iter::once(Finding::new(source, finding)))
        });
        Some(hit.chain(none).chain(failed).collect())
    }
}
