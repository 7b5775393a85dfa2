//! Link: what the documents of a collection say of each other is put together, once, for everyone who uses rules.
//!
//! The check looks at one file. [`Links::new`] takes all of them, resolves the references of correlations and filters
//! by `id` or `name`, and keeps the filters. [`Links::of`] then gives each document of a file as the back ends, the
//! evaluator and the solver read it: a [`Detection`] is a rule, its types, and the filters that apply to it, a
//! [`Correlation`] is what it counts of which detections, and the fields that join them.

pub mod codes;
mod correlation;
mod detection;
mod filter;
mod judge;
mod missing;
mod reference;
mod referred;

pub use correlation::{Base, BaseKind, Correlation, DEEPEST_CHAIN, GroupBy, GroupValue};
pub use detection::Detection;
pub use filter::{Applied, Filter};
pub use missing::{missing, referred_to};
pub use reference::{Entry, MOST_BASES, Root, Unit};

use std::collections::BTreeMap;

use crate::check::{Checked, File, TypedRule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::{CorrelationRule, DetectionRule, Document, FilterRule, Meta};
use crate::schema::Registry;
use crate::source::Span;

/// What the documents of a collection say of each other.
#[derive(Debug, Default)]
pub struct Links {
    filters: Vec<Filter>,
    referred: referred::Referred,
    counted: referred::Counted,
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
    /// A correlation, or a rule that asks for what is first seen, and what it means with its rules; without that where
    /// errors leave it no meaning.
    Correlation(&'a CorrelationRule, Option<Box<Correlation<'a>>>),
    /// A filter, which is part of the rules that it applies to.
    Filter(&'a FilterRule),
    /// Nothing that could be read; the findings say why.
    Unreadable,
}

impl Links {
    /// Links the documents of `files`, with `roots` as further places in which references are looked up and filters
    /// found. Each finding comes with the place of its file in `files`.
    pub fn new(
        files: &[Unit<'_>],
        roots: &[Unit<'_>],
        registry: &Registry,
    ) -> (Self, Vec<(usize, Diagnostic)>) {
        let mut index = reference::Index::of(files, roots);
        let mut findings = reference::resolve(files, &mut index);
        let (mut filters, mut places) = (Vec::new(), Vec::new());
        for (at, unit) in files.iter().chain(roots).enumerate() {
            filters.extend(filter::of(unit, registry));
            places.resize(filters.len(), at);
        }
        let counted = referred::Counted::new(files.iter().chain(roots));
        let links = Self { filters, referred: referred::Referred::new(files, &index, registry), counted };
        for (at, unit) in files.iter().enumerate() {
            for entry in &unit.documents {
                let (meaning, mut found) = match (entry.document, entry.typed) {
                    (Document::Correlation(rule), _) => {
                        correlation::link(rule, &links.referred, &links.filters)
                    }
                    (Document::Detection(rule), Some(typed)) if rule.first_seen.is_some() => {
                        let (referred, filters) = (&links.referred, &links.filters);
                        correlation::first_seen(rule, typed, unit.source, referred, filters)
                    }
                    _ => continue,
                };
                found.extend(meaning.iter().flat_map(judge::judge));
                findings.extend(found.into_iter().map(|finding| (at, finding)));
            }
        }
        findings.extend(links.emptying(files).into_iter().filter_map(|(filter, emptying)| {
            let (filter, at) = (links.filters.get(filter)?, places.get(filter).copied()?);
            // Of a filter that is not itself checked each rule has its refusal.
            (at < files.len()).then(|| (at, emptying.finding(detection::head(&filter.rule.meta))))
        }));
        (links, findings)
    }

    /// The filters that leave nothing of rules of `files`, by their places.
    fn emptying(&self, files: &[Unit<'_>]) -> BTreeMap<usize, filter::Emptying> {
        let mut found: BTreeMap<usize, filter::Emptying> = BTreeMap::new();
        for entry in files.iter().flat_map(|unit| &unit.documents).filter(|entry| !entry.faulty) {
            let (Document::Detection(rule), Some(typed)) = (entry.document, entry.typed) else { continue };
            let detection = self.detection(rule, typed);
            let Some((applied, places)) = detection.emptied() else { continue };
            let is_it = |filter: &Filter| std::ptr::eq(filter, applied.filter);
            let Some(at) = self.filters.iter().position(is_it) else { continue };
            found.entry(at).or_insert_with(|| filter::Emptying::new(places)).add(&rule.meta);
        }
        found
    }

    /// The filters of the collection.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// Whether a rule or correlation is to give nothing by itself: correlations count it, and none of them says
    /// `generate: true`.
    pub fn is_silent(&self, meta: &Meta) -> bool {
        self.counted.is_silent(meta)
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
                (Document::Detection(rule), Some(typed)) => match rule.first_seen.as_deref() {
                    None => DocumentKind::Detection(self.detection(rule, typed)),
                    Some(first) => {
                        let (referred, filters) = (&self.referred, &self.filters);
                        let source = &file.source;
                        let (meaning, _) = correlation::first_seen(rule, typed, source, referred, filters);
                        DocumentKind::Correlation(first, meaning.map(Box::new))
                    }
                },
                (Document::Detection(_), None) => DocumentKind::Unreadable,
                (Document::Correlation(rule), _) => {
                    let (meaning, _) = correlation::link(rule, &self.referred, &self.filters);
                    DocumentKind::Correlation(rule, meaning.map(Box::new))
                }
                (Document::Filter(rule), _) => DocumentKind::Filter(rule),
            };
            Linked { file, at, checked: Some(checked), findings, kind }
        };
        documents.map(link).collect()
    }

    /// A rule with the filters that apply to it.
    pub fn detection<'a>(&'a self, rule: &'a DetectionRule, typed: &'a TypedRule) -> Detection<'a> {
        Detection::new(rule, typed, &self.filters)
    }
}

impl Linked<'_> {
    /// Whether the check found an error in the document itself.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Where findings about the document as a whole are: its title.
    pub fn head(&self) -> Span {
        self.checked.map_or_else(Span::default, |checked| detection::head(checked.document.meta()))
    }
}
