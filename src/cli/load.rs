//! Reading and checking a collection in parallel: the one module that names `rayon`.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::files::{self, Found};
use super::{Failure, Session, codes, setup, text_file};
use crate::check::{TypedRule, check};
use crate::config::Config;
use crate::diagnostic::render::Finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::{self, Document};
use crate::schema::Registry;
use crate::source::{SourceFile, Span};

/// Below this number of files the cost of starting threads is more than their use.
const PARALLEL_FROM: usize = 8;

/// A collection that has been read and checked.
pub(super) struct Loaded {
    /// The files in the order in which they were found; without the ones that hold no Sigma document.
    pub files: Vec<RuleFile>,
    /// Files that could not be opened; the others were still worked on.
    pub unreadable: Vec<Failure>,
}

/// One file of the collection.
pub(super) struct RuleFile {
    /// Where it was found.
    pub found: Found,
    /// Its text.
    pub source: SourceFile,
    /// Its documents with what the check found out about each detection rule.
    pub documents: Vec<Checked>,
    /// Every finding, by place.
    pub findings: Vec<Diagnostic>,
}

/// A document and, for a detection rule, its types.
pub(super) struct Checked {
    /// The document.
    pub document: Document,
    /// What the check made of it.
    pub typed: Option<TypedRule>,
}

impl RuleFile {
    /// The findings about one document: those within it, and, for the first document, those outside all of them.
    pub fn findings_of(&self, at: usize) -> Vec<&Diagnostic> {
        let owner = |finding: &Diagnostic| {
            self.documents.iter().position(|checked| contains(checked.document.meta().span, finding.span))
        };
        self.findings.iter().filter(|finding| owner(finding).unwrap_or(0) == at).collect()
    }

    /// Findings of the file for rendering.
    pub fn rendered(&self) -> impl Iterator<Item = Finding<'_>> {
        self.findings.iter().map(|diagnostic| Finding { source: &self.source, diagnostic })
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The packs that the configuration names on top of the shipped ones.
pub(super) fn registry(config: &Config, folder: &Path) -> Result<Registry, Failure> {
    let mut sources = Vec::new();
    for pattern in &config.schemas {
        for path in packs(folder, pattern)? {
            sources.push(text_file(&path)?);
        }
    }
    if sources.is_empty() {
        return Ok(Registry::shipped());
    }
    let (registry, findings) =
        Registry::with_packs(sources.iter().map(|source| (source.name(), source.text())));
    for source in &sources {
        let own: Vec<Diagnostic> = findings
            .iter()
            .filter(|(name, _)| name == source.name())
            .map(|(_, finding)| finding.clone())
            .collect();
        if !own.is_empty() {
            return Err(setup(source, &own));
        }
    }
    Ok(registry)
}

/// The files that an entry of `schemas` names: a file, or every pack of a folder; `*.yml` may stand for the latter.
fn packs(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = folder.join(pattern.trim_end_matches("/*.yml").trim_end_matches("/*.yaml"));
    Ok(files::collect(std::slice::from_ref(&path))?.into_iter().map(|found| found.path).collect())
}

/// Reads and checks every rule file of the collection.
pub(super) fn load(paths: &[PathBuf], session: &Session) -> Result<Loaded, Failure> {
    let found = files::collect(paths)?;
    let one = |found: Found| read_file(found, session);
    let results: Vec<Result<Option<RuleFile>, Failure>> = if found.len() < PARALLEL_FROM {
        found.into_iter().map(one).collect()
    } else {
        found.into_par_iter().map(one).collect()
    };
    let mut loaded = Loaded { files: Vec::with_capacity(results.len()), unreadable: Vec::new() };
    for result in results {
        match result {
            Ok(file) => loaded.files.extend(file),
            Err(failure) => loaded.unreadable.push(failure),
        }
    }
    if loaded.files.is_empty() && loaded.unreadable.is_empty() {
        return Err(Failure::Usage(
            "no Sigma rule found; name a rule file or a folder that holds some".into(),
        ));
    }
    collection_findings(&mut loaded.files);
    Ok(loaded)
}

/// `None` for a file of a folder that holds no Sigma document.
fn read_file(found: Found, session: &Session) -> Result<Option<RuleFile>, Failure> {
    let limit = session.config.limits.file_bytes;
    let bytes = files::read(&found.path, limit)?;
    let file = |found: Found, text: String, finding: Diagnostic| RuleFile {
        source: SourceFile::new(found.name.clone(), text),
        found,
        documents: Vec::new(),
        findings: vec![finding],
    };
    if bytes.len() > limit {
        let message = format!("the file is over {limit} bytes");
        let finding = Diagnostic::new(&codes::FILE_TOO_LARGE, Span::empty(0), message)
            .help("split it, or raise `file-bytes` under `[limits]` in `sigmata.toml`");
        return Ok(Some(file(found, String::new(), finding)));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let message = format!("invalid UTF-8 at byte {at}");
            let finding =
                Diagnostic::new(&codes::NOT_UTF8, Span::of(at, at + '\u{fffd}'.len_utf8()), message)
                    .help("save the file as UTF-8");
            return Ok(Some(file(found, text, finding)));
        }
    };
    let source = SourceFile::new(found.name.clone(), text);
    let reading = rule::read(&source);
    let tests = found.named && files::is_test_name(&found.name);
    if !reading.sigma || tests {
        if !found.named {
            return Ok(None);
        }
        let (message, help) = if tests {
            (
                "the file holds tests, not rules",
                "name the rule that stands beside it; `sigmata test` runs its tests",
            )
        } else {
            ("the file holds no Sigma document", "a rule has `title`, `logsource` and `detection`")
        };
        let line = source.text().find('\n').unwrap_or(source.text().len());
        let finding = Diagnostic::new(&codes::NOT_A_RULE, Span::of(0, line), message).help(help);
        return Ok(Some(RuleFile { found, source, documents: Vec::new(), findings: vec![finding] }));
    }
    let mut findings = reading.diagnostics;
    let documents = reading
        .documents
        .into_iter()
        .map(|document| {
            let typed = match &document {
                Document::Detection(rule) => {
                    let (typed, more) = check(rule, &session.registry);
                    findings.extend(more);
                    Some(typed)
                }
                Document::Correlation(_) | Document::Filter(_) => None,
            };
            Checked { document, typed }
        })
        .collect();
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.code.id));
    Ok(Some(RuleFile { found, source, documents, findings }))
}

/// Findings that need the whole collection.
fn collection_findings(_files: &mut [RuleFile]) {}

/// Whether any finding is at or above the threshold.
pub(super) fn fails(files: &[RuleFile], threshold: Severity) -> bool {
    files.iter().flat_map(|file| &file.findings).any(|finding| finding.severity >= threshold)
}

/// Maps every file, in parallel where it pays, and flattens the results in order.
pub(super) fn each<'a, T: Send>(
    files: &'a [RuleFile],
    work: impl Fn(&'a RuleFile) -> Vec<T> + Sync + Send,
) -> Vec<T> {
    if files.len() < PARALLEL_FROM {
        files.iter().flat_map(work).collect()
    } else {
        files.par_iter().flat_map_iter(work).collect()
    }
}
