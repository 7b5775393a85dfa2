//! Where findings go: standard output and files, each in its format, with the paths that its reader wants.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::account::Account;
use super::args::FormatArgs;
use super::output::Captured;
use super::rooted::FromRoot;
use super::words::plural;
use super::write::{self, Before};
use super::{Failure, Output, disk};
use crate::diagnostic::render::{self, Finding, Format, TestCase};
use crate::diagnostic::{Diagnostic, Status};
use crate::source::SourceFile;
use crate::triage::spoken;

/// What a command says in forms of its own.
pub(super) trait Results {
    /// Prints the text for people, but for the last line.
    fn print(&self, output: &mut Output);
    /// The name of the list in the JSON document.
    fn key(&self) -> &'static str;
    /// The objects of the list, which are those of JSON lines, each made when it is asked for.
    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_>;
    /// What the JSON document says besides, but for the account.
    fn members(&self) -> Map<String, Value> {
        Map::new()
    }
    /// Whether people get counts in place of findings, in every format for them.
    fn counts(&self) -> bool {
        false
    }
    /// What decides although it does not count, in the words of a finding, for the formats that have no others.
    fn besides(&self) -> Vec<Finding<'_>> {
        Vec::new()
    }
    /// The test cases of JUnit, where they are not the files.
    fn cases(&self) -> Option<Vec<TestCase>> {
        None
    }
}

/// What a run found, for every format.
pub(super) struct Report<'r> {
    /// The command, which names the suite of JUnit.
    pub command: &'r str,
    /// The findings, also those that do not count.
    pub findings: &'r [Finding<'r>],
    /// The names of the files that were read.
    pub files: &'r [&'r str],
    /// What became of every file.
    pub account: &'r Account,
    /// The forms of the command.
    pub results: &'r dyn Results,
    /// The last line for people on standard output; empty for none.
    pub summary: &'r str,
}

impl Report<'_> {
    /// Writes the report to standard output, and to the files that `--output-file` names.
    pub(super) fn write(&self, wish: &FormatArgs, output: &mut Output) -> Result<(), Failure> {
        self.write_where(wish, |_| true, output)
    }

    /// The same for some formats alone, where the others are written otherwise.
    pub(super) fn write_where(
        &self,
        wish: &FormatArgs,
        takes: impl Fn(Format) -> bool,
        output: &mut Output,
    ) -> Result<(), Failure> {
        for (format, path) in wish.files()?.into_iter().filter(|(format, _)| takes(*format)) {
            let bytes = self.bytes(format, output);
            write::one(path, &bytes, Before::Unread)?;
        }
        let printed = wish.is_printed();
        if printed && takes(wish.format) {
            self.print(wish.format, output);
            if wish.format == Format::GitHub {
                self.job_summary()?;
            }
        }
        if !self.summary.is_empty() && (!printed || is_for_people(wish.format)) {
            output.summary(self.summary);
        }
        Ok(())
    }

    /// The report as a file.
    fn bytes(&self, format: Format, output: &Output) -> Vec<u8> {
        let mut captured = Captured::like(output);
        self.print(format, &mut captured.output);
        if is_for_people(format) && !self.summary.is_empty() {
            captured.output.summary(self.summary);
        }
        captured.bytes()
    }

    fn print(&self, format: Format, output: &mut Output) {
        match format {
            Format::Text => self.results.print(output),
            Format::Concise if self.results.counts() => self.results.print(output),
            Format::Json => {
                let mut names = FromRoot::default();
                let members = self.account.within(names.value(self.results.members().into()));
                let objects = self.results.objects().map(|object| names.value(object));
                for piece in render::pieces(self.results.key(), objects, &members) {
                    output.data(&piece);
                }
            }
            Format::JsonLines => {
                let mut names = FromRoot::default();
                for object in self.results.objects() {
                    output.json_line(&render::line(names.value(object)));
                }
            }
            _ => output.report(format, &self.text(format)),
        }
    }

    fn open(&self) -> Vec<Finding<'_>> {
        open(self.findings)
    }

    /// The formats that are made of findings or test cases alone.
    fn text(&self, format: Format) -> String {
        let codes = crate::codes();
        if !format.is_for_forges() {
            let mut findings = self.open();
            findings.extend(self.results.besides());
            return format.render(&findings, self.files, codes, &spoken, false);
        }
        let mut rooted = Rooted::of(self);
        if let (Format::JUnit, Some(mut cases)) = (format, self.results.cases()) {
            for case in &mut cases {
                case.class = rooted.names.name(&case.class);
                let failures = case.failures.iter_mut().flat_map(|(_, clause, whole)| [clause, whole]);
                for text in failures.chain(&mut case.said) {
                    *text = rooted.names.prose(text).into_owned();
                }
            }
            return render::suite(self.command, &cases);
        }
        let files = rooted.files(self.files);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let mut findings = rooted.findings(self.findings);
        // SARIF has words for what does not count.
        let besides = self.results.besides();
        if format != Format::Sarif {
            findings.retain(|finding| finding.status == Status::Open);
            findings.extend(rooted.findings(&besides));
        }
        if format == Format::JUnit {
            return render::suite(self.command, &render::cases(&findings, &files));
        }
        format.render(&findings, &files, codes, &spoken, false)
    }

    /// Adds to the summary of the job that GitHub runs, where there is one.
    fn job_summary(&self) -> Result<(), Failure> {
        let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        let path = PathBuf::from(path);
        let rooted = Rooted::of(self);
        let mut findings = rooted.findings(self.findings);
        findings.retain(|finding| finding.status == Status::Open);
        let besides = self.results.besides();
        findings.extend(rooted.findings(&besides));
        let of_cases = |cases: Vec<TestCase>| {
            let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
            format!("{}: {failed} failed", plural(cases.len(), "case"))
        };
        let line = match self.results.cases() {
            Some(cases) if self.summary.is_empty() => of_cases(cases),
            _ => self.summary.to_owned(),
        };
        let text = render::markdown(self.command, &line, &findings);
        disk::append(&path, &text).map_err(|error| Failure::io(&path, &error))
    }
}

/// The findings that count.
pub(super) fn open<'f>(findings: &[Finding<'f>]) -> Vec<Finding<'f>> {
    findings.iter().copied().filter(|finding| finding.status == Status::Open).collect()
}

/// Whether people read it, who get a last line that counts.
pub(super) fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Text | Format::Concise)
}

/// Findings and files under the names that they have from the root of their repository.
struct Rooted {
    names: FromRoot,
    sources: HashMap<String, SourceFile>,
    /// Findings of the report whose texts name files, by their place.
    renamed: HashMap<usize, Diagnostic>,
}

impl Rooted {
    fn of(report: &Report<'_>) -> Self {
        let (mut names, mut sources, mut renamed) = (FromRoot::default(), HashMap::new(), HashMap::new());
        for (at, Finding { source, diagnostic, .. }) in report.findings.iter().enumerate() {
            renamed.extend(names.finding(diagnostic).map(|finding| (at, finding)));
            if !sources.contains_key(source.name()) {
                let rooted = SourceFile::new(names.name(source.name()), source.text());
                sources.insert(source.name().to_owned(), rooted);
            }
        }
        Self { names, sources, renamed }
    }

    fn files(&mut self, files: &[&str]) -> Vec<String> {
        files.iter().map(|name| self.names.name(name)).collect()
    }

    fn findings<'f>(&'f self, findings: &[Finding<'f>]) -> Vec<Finding<'f>> {
        let renamed = |(at, finding): (usize, &Finding<'f>)| Finding {
            source: self.sources.get(finding.source.name()).unwrap_or(finding.source),
            diagnostic: self.renamed.get(&at).unwrap_or(finding.diagnostic),
            ..*finding
        };
        findings.iter().enumerate().map(renamed).collect()
    }
}
