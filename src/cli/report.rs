//! Where findings go: standard output and files, each in its format, with the paths that its reader wants.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::account::Account;
use super::args::FormatArgs;
use super::output::Captured;
use super::write::{self, Before};
use super::{Failure, Output, disk, files, git};
use crate::diagnostic::Status;
use crate::diagnostic::render::{self, Finding, Format, TestCase};
use crate::source::SourceFile;

/// What a command says in forms of its own.
pub(super) trait Results {
    /// Prints the text for people, but for the last line.
    fn print(&self, output: &mut Output);
    /// The document of the command, without the account.
    fn document(&self) -> Value;
    /// The objects of JSON lines.
    fn lines(&self) -> Vec<Value>;
    /// Whether people get counts in place of findings, in every format for them.
    fn counts(&self) -> bool {
        false
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
            write::one(path, &bytes, Before::Any)?;
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
            Format::Json => output.json(&self.account.within(self.results.document())),
            Format::JsonLines => {
                for line in self.results.lines() {
                    output.json_line(&render::line(line));
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
            return format.render(&self.open(), self.files, &codes, false);
        }
        let mut roots = FromRoot::of(self);
        if let (Format::JUnit, Some(mut cases)) = (format, self.results.cases()) {
            for case in &mut cases {
                case.class = roots.name(&case.class);
            }
            return render::suite(self.command, &cases);
        }
        let mut findings = roots.findings(self.findings);
        // SARIF has words for what does not count.
        if format != Format::Sarif {
            findings.retain(|finding| finding.status == Status::Open);
        }
        let files = roots.files(self.files);
        if format == Format::JUnit {
            return render::suite(self.command, &render::cases(&findings, &files));
        }
        format.render(&findings, &files, &codes, false)
    }

    /// Adds to the summary of the job that GitHub runs, where there is one.
    fn job_summary(&self) -> Result<(), Failure> {
        let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        let path = PathBuf::from(path);
        let roots = FromRoot::of(self);
        let mut findings = roots.findings(self.findings);
        findings.retain(|finding| finding.status == Status::Open);
        let text = render::markdown(self.command, &findings);
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

/// Files under the names that they have from the root of their repository.
struct FromRoot {
    names: HashMap<String, String>,
    sources: HashMap<String, SourceFile>,
}

impl FromRoot {
    fn of(report: &Report<'_>) -> Self {
        let mut roots = HashMap::new();
        let names: HashMap<String, String> =
            report.files.iter().map(|name| ((*name).to_owned(), from_root(name, &mut roots))).collect();
        let mut sources = HashMap::new();
        for Finding { source, .. } in report.findings {
            if !sources.contains_key(source.name()) {
                let name = names.get(source.name()).cloned();
                let name = name.unwrap_or_else(|| from_root(source.name(), &mut roots));
                sources.insert(source.name().to_owned(), SourceFile::new(name, source.text()));
            }
        }
        Self { names, sources }
    }

    /// The name of a file that findings or cases speak of.
    fn name(&mut self, name: &str) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let known = from_root(name, &mut HashMap::new());
        self.names.insert(name.to_owned(), known.clone());
        known
    }

    fn files<'n>(&'n self, files: &[&'n str]) -> Vec<&'n str> {
        files.iter().map(|name| self.names.get(*name).map_or(*name, String::as_str)).collect()
    }

    fn findings<'f>(&'f self, findings: &[Finding<'f>]) -> Vec<Finding<'f>> {
        let renamed = |finding: &Finding<'f>| Finding {
            source: self.sources.get(finding.source.name()).unwrap_or(finding.source),
            ..*finding
        };
        findings.iter().map(renamed).collect()
    }
}

/// The name of a file from the root of its repository; outside of one, as it was given, without `./`. `roots` has for
/// each folder where it really is, and its root.
pub(super) fn from_root(name: &str, roots: &mut HashMap<PathBuf, Option<(PathBuf, PathBuf)>>) -> String {
    let path = Path::new(name);
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let known = roots.entry(folder.to_owned()).or_insert_with(|| {
        let real = folder.canonicalize().ok()?;
        Some((git::root(&real)?, real))
    });
    let below = known.as_ref().and_then(|(root, real)| real.strip_prefix(root).ok());
    match (below, path.file_name()) {
        (Some(below), Some(file)) => files::printed(&below.join(file)),
        _ => name.trim_start_matches("./").to_owned(),
    }
}
