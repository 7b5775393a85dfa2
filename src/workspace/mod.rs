//! A collection of rule files: what holds across documents, and the tests that stand beside rules.
//!
//! The edge hands in texts. [`File::check`] works on one file, so that the edge can map it in parallel; [`across`] takes
//! the checked files in their order and finds what no file shows alone.
//! [`Suite`] is a test file, [`Bench`] runs its cases against the rules beside it.

mod bench;
pub mod codes;
mod duplicates;
mod json;
mod suite;

pub use bench::{Bench, Outcome};
pub use duplicates::across;
pub use suite::{CASE_KEYS, Case, Expect, Input, Suite, TOP_KEYS};

use crate::check::{TypedRule, check};
use crate::diagnostic::Diagnostic;
use crate::rule::{self, Document};
use crate::schema::Registry;
use crate::source::{SourceFile, Span};
use crate::yaml::Limits;

/// A rule file, read and checked.
#[derive(Debug)]
pub struct File {
    /// Its text.
    pub source: SourceFile,
    /// Its documents.
    pub documents: Vec<Checked>,
    /// Every finding, by place.
    pub findings: Vec<Diagnostic>,
    /// Whether the file holds a Sigma document at all, readable or not.
    pub sigma: bool,
}

/// A document and, for a detection rule, what the check made of it.
#[derive(Debug)]
pub struct Checked {
    /// The document.
    pub document: Document,
    /// Its types and its formula.
    pub typed: Option<TypedRule>,
}

impl File {
    /// Reads and checks one file.
    pub fn check(source: SourceFile, registry: &Registry) -> Self {
        Self::check_within(source, registry, Limits::default())
    }

    /// Reads and checks one file within these limits.
    pub fn check_within(source: SourceFile, registry: &Registry, limits: Limits) -> Self {
        let reading = rule::read_with(&source, limits);
        let mut findings = reading.diagnostics;
        let documents = reading
            .documents
            .into_iter()
            .map(|document| {
                let typed = match &document {
                    Document::Detection(rule) => {
                        let (typed, more) = check(rule, registry);
                        findings.extend(more);
                        Some(typed)
                    }
                    Document::Correlation(_) | Document::Filter(_) => None,
                };
                Checked { document, typed }
            })
            .collect();
        findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.code.id));
        Self { source, documents, findings, sigma: reading.sigma }
    }

    /// A file of which nothing could be read.
    pub fn unreadable(source: SourceFile, finding: Diagnostic) -> Self {
        Self { source, documents: Vec::new(), findings: vec![finding], sigma: true }
    }

    /// The findings about one document: those within it, and, for the first document, those outside all of them.
    pub fn findings_of(&self, at: usize) -> Vec<&Diagnostic> {
        let within = |outer: Span, inner: Span| outer.start <= inner.start && inner.end <= outer.end;
        let owner = |finding: &Diagnostic| {
            self.documents.iter().position(|checked| within(checked.document.meta().span, finding.span))
        };
        self.findings.iter().filter(|finding| owner(finding).unwrap_or(0) == at).collect()
    }
}
