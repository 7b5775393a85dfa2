//! Link: what the documents of a collection say of each other is put together, once, for everyone who uses rules.
//!
//! The check looks at one file. [`Links::new`] takes all of them, resolves the references of correlations and filters
//! by `id` or `name`, and keeps the filters. [`Links::of`] then gives each document of a file as the back ends, the
//! evaluator and the solver read it: a [`Detection`] is a rule, its types, and the filters that apply to it.

pub mod codes;
mod filter;
mod reference;

use std::borrow::Cow;

pub use filter::{Applied, Filter};
pub use reference::{Root, Unit};

use crate::check::{Checked, File, TypedRule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::Formula;
use crate::rule::{CorrelationRule, DetectionRule, Document, FilterRule};
use crate::schema::Registry;
use crate::source::Span;

/// What the documents of a collection say of each other.
#[derive(Debug, Default)]
pub struct Links {
    filters: Vec<Filter>,
}

/// A document of a file with all that concerns it.
#[derive(Debug)]
pub struct Linked<'a> {
    /// Its file.
    pub file: &'a File,
    /// The how-manieth document of the file, from 0.
    pub at: usize,
    /// The document; `None` for a file in which none could be read.
    pub checked: Option<&'a Checked>,
    /// What was found out about it.
    pub findings: Vec<&'a Diagnostic>,
    /// What it is.
    pub kind: DocumentKind<'a>,
}

/// What a document is to those who use rules.
#[derive(Debug)]
#[non_exhaustive]
pub enum DocumentKind<'a> {
    /// A rule with its filters.
    Detection(Detection<'a>),
    /// A correlation.
    Correlation(&'a CorrelationRule),
    /// A filter, which is part of the rules that it applies to.
    Filter(&'a FilterRule),
    /// Nothing that could be read; the findings say why.
    Unreadable,
}

/// A rule as those who use rules read it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Detection<'a> {
    /// The rule as written.
    pub rule: &'a DetectionRule,
    /// Its types and its formula, without its filters.
    pub typed: &'a TypedRule,
    /// The filters that apply to it, in the order of the collection.
    pub filters: Vec<Applied<'a>>,
}

impl Links {
    /// Links the documents of `files`, with `roots` as further places in which references are looked up and filters
    /// found. Each finding comes with the place of its file in `files`.
    pub fn new(
        files: &[Unit<'_>],
        roots: &[Unit<'_>],
        registry: &Registry,
    ) -> (Self, Vec<(usize, Diagnostic)>) {
        let findings = reference::resolve(files, roots);
        let filters = files.iter().chain(roots).flat_map(|unit| filter::of(unit, registry)).collect();
        (Self { filters }, findings)
    }

    /// The filters of the collection.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The documents of a file, each with all that concerns it; there is always at least one entry.
    pub fn of<'a>(&'a self, file: &'a File) -> Vec<Linked<'a>> {
        let mut findings = file.findings_by_document().into_iter();
        if !file.sigma {
            return Vec::new();
        }
        if file.documents.is_empty() {
            let findings = findings.next().unwrap_or_default();
            return vec![Linked { file, at: 0, checked: None, findings, kind: DocumentKind::Unreadable }];
        }
        let documents = file.documents.iter().enumerate().zip(findings);
        let link = |((at, checked), findings): ((usize, &'a Checked), Vec<&'a Diagnostic>)| {
            let kind = match (&checked.document, &checked.typed) {
                (Document::Detection(rule), Some(typed)) => {
                    DocumentKind::Detection(self.detection(rule, typed))
                }
                (Document::Detection(_), None) => DocumentKind::Unreadable,
                (Document::Correlation(rule), _) => DocumentKind::Correlation(rule),
                (Document::Filter(rule), _) => DocumentKind::Filter(rule),
            };
            Linked { file, at, checked: Some(checked), findings, kind }
        };
        documents.map(link).collect()
    }

    /// A rule with the filters that apply to it.
    pub fn detection<'a>(&'a self, rule: &'a DetectionRule, typed: &'a TypedRule) -> Detection<'a> {
        let applying = self.filters.iter().filter(|filter| filter.applies(rule));
        Detection { rule, typed, filters: applying.map(|filter| filter.on(typed)).collect() }
    }
}

impl Linked<'_> {
    /// Whether the check found an error in the document itself.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Where findings about the document as a whole stand: its title.
    pub fn head(&self) -> Span {
        self.checked.map_or_else(Span::default, |checked| head(checked.document.meta()))
    }
}

/// Where findings about a document as a whole stand.
fn head(meta: &crate::rule::Meta) -> Span {
    meta.title.as_ref().map_or(meta.span, |title| title.span)
}

impl<'a> Detection<'a> {
    /// Where findings about the rule as a whole stand: its title.
    pub fn head(&self) -> Span {
        head(&self.rule.meta)
    }

    /// What the rule means with its filters. Places in a filter's file become the condition of the rule, so that every
    /// place is in one file. With `force`, a filter with errors is applied as far as it has a meaning.
    ///
    /// # Errors
    /// A finding about the rule for the first filter that cannot be applied.
    pub fn filtered(&self, force: bool) -> Result<Cow<'a, TypedRule>, Box<Diagnostic>> {
        let Some(own) = &self.typed.formula else { return Ok(Cow::Borrowed(self.typed)) };
        if self.filters.is_empty() {
            return Ok(Cow::Borrowed(self.typed));
        }
        let condition = self.rule.detection.conditions.first();
        let span = condition.map_or(self.rule.detection.span, |condition| condition.span);
        let mut parts = vec![own.clone()];
        for applied in &self.filters {
            match applied.formula(force) {
                Some(formula) => parts.push(filter::placed(formula.clone(), span)),
                None => return Err(Box::new(applied.refusal(self.head()))),
            }
        }
        Ok(Cow::Owned(TypedRule { formula: Some(Formula::and(parts)), ..self.typed.clone() }))
    }
}
