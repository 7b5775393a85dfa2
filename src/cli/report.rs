//! Where findings go: standard output and files, each in its format, with the paths that its reader wants.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::write::{self, Before};
use super::{Failure, Output, changed, disk, files, load};
use crate::diagnostic::Status;
use crate::diagnostic::render::{self, Finding, Format};
use crate::source::{SourceFile, visible};

/// The findings of a run.
pub(super) struct Report<'r> {
    /// All of them, also those that do not count.
    pub findings: &'r [Finding<'r>],
    /// The names of the files that were read.
    pub files: &'r [&'r str],
    /// Whether people get counts in place of findings.
    pub statistics: bool,
    /// What became of every file.
    pub account: &'r Account,
}

impl Report<'_> {
    /// Writes them to standard output, and to the files that `--output-file` names. `summary` is the last line for people.
    pub(super) fn write(
        &self,
        format: Format,
        targets: &[String],
        summary: &str,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut printed = true;
        for target in targets {
            let named = target.split_once('=');
            printed &= named.is_some();
            let (other, path) = match named {
                Some((name, path)) => (known(name)?, path),
                None => (format, target.as_str()),
            };
            let mut text = self.text(other, false);
            if matches!(other, Format::Text | Format::Concise) {
                text.push_str(summary);
                text.push('\n');
                text = visible::lines(&text).into_owned();
            }
            write::one(Path::new(path), text.as_bytes(), Before::Any)?;
        }
        if printed {
            let text = self.text(format, output.colour.stdout);
            output.report(format, &text);
            if format == Format::GitHub {
                self.job_summary()?;
            }
        }
        if !printed || matches!(format, Format::Text | Format::Concise) {
            output.summary(summary);
        }
        Ok(())
    }

    fn open(&self) -> Vec<Finding<'_>> {
        self.findings.iter().copied().filter(|finding| finding.status == Status::Open).collect()
    }

    fn text(&self, format: Format, colour: bool) -> String {
        let codes = crate::codes();
        match format {
            Format::Text | Format::Concise if self.statistics => render::statistics(&self.open()),
            Format::Text => load::texts(&self.open(), colour),
            Format::Json => {
                let findings = self.open().into_iter().map(render::object).collect();
                let document = self.account.within(render::document("findings", findings));
                visible::json(&format!("{document:#}\n")).into_owned()
            }
            _ if format.is_for_forges() => {
                let roots = FromRoot::of(self);
                let mut findings = roots.findings(self.findings);
                // SARIF has words for what does not count.
                if format != Format::Sarif {
                    findings.retain(|finding| finding.status == Status::Open);
                }
                format.render(&findings, &roots.files(self.files), &codes, colour)
            }
            _ => format.render(&self.open(), self.files, &codes, colour),
        }
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
        let text = render::markdown(&findings);
        disk::append(&path, &text).map_err(|error| Failure::io(&path, &error))
    }
}

fn known(name: &str) -> Result<Format, Failure> {
    Format::named(name).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!("no format `{name}`; the formats are {}", names.join(", ")))
    })
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
        Some((changed::root(&real)?, real))
    });
    let below = known.as_ref().and_then(|(root, real)| real.strip_prefix(root).ok());
    match (below, path.file_name()) {
        (Some(below), Some(file)) => files::printed(&below.join(file)),
        _ => name.trim_start_matches("./").to_owned(),
    }
}
