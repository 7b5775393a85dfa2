//! One file, read and checked: its documents, and what was found in each.

use std::borrow::Cow;

use super::builder::Spent;
use super::{TypedRule, check_after};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::{self, Pipeline};
use crate::rule::{self, Count, Document};
use crate::schema::{KnownLists, Registry};
use crate::source::SourceFile;
use crate::yaml::{self, Limits};

/// The most findings outside all documents that are said of each of several documents.
const MOST_SHARED: usize = 16;

/// A rule file, read and checked.
#[derive(Debug)]
pub struct File {
    /// Its text.
    pub source: SourceFile,
    /// Its documents.
    pub documents: Vec<Checked>,
    /// Every finding, by place; what documents share through a template is said once.
    pub findings: Vec<Diagnostic>,
    /// Whether the file holds a Sigma document at all, readable or not.
    pub sigma: bool,
    /// The known lists with which it was checked.
    pub lists: KnownLists,
    /// What became of each document.
    pub count: Count,
    /// The findings of the reader, and what others say of the file.
    form: Vec<Diagnostic>,
}

/// A document and, for a detection rule, what the check made of it.
#[derive(Debug)]
pub struct Checked {
    /// The document.
    pub document: Document,
    /// Its types and its formula.
    pub typed: Option<TypedRule>,
    /// What the check found in it, also in what comes from a template.
    findings: Vec<Diagnostic>,
}

impl File {
    /// Reads and checks one file.
    pub fn check(source: SourceFile, registry: &Registry) -> Self {
        Self::check_within(source, registry, Limits::default())
    }

    /// Reads and checks one file within these limits.
    pub fn check_within(source: SourceFile, registry: &Registry, limits: Limits) -> Self {
        Self::check_after(source, registry, limits, &[])
    }

    /// Reads one file within these limits, applies pipelines to its documents, and checks what they make of them. What is
    /// found then speaks of that, so that none of it has a fix.
    pub fn check_after(
        source: SourceFile,
        registry: &Registry,
        limits: Limits,
        pipelines: &[Pipeline],
    ) -> Self {
        let mut reading = rule::read_with(&source, limits);
        let mut form = reading.diagnostics;
        for document in &mut reading.documents {
            form.extend(pipeline::apply(pipelines, document));
        }
        let mut spent = Spent::default();
        let documents: Vec<Checked> = reading
            .documents
            .into_iter()
            .map(|document| {
                let (typed, mut findings) = match &document {
                    Document::Detection(rule) => {
                        let (typed, findings) = check_after(rule, registry, &mut spent);
                        (Some(typed), findings)
                    }
                    Document::Filter(filter) => (None, super::filter(filter, registry)),
                    Document::Correlation(_) => (None, Vec::new()),
                };
                super::causes::settle(&mut form, &mut findings);
                Checked { document, typed, findings }
            })
            .collect();
        let mut findings = form.clone();
        findings.extend(documents.iter().flat_map(|checked| checked.findings.iter().cloned()));
        let place = |finding: &Diagnostic| (finding.span.start, finding.span.end, finding.code.id);
        findings.sort_by(|one, other| {
            place(one).cmp(&place(other)).then_with(|| one.message.cmp(&other.message))
        });
        findings.dedup();
        if !pipelines.is_empty() {
            for finding in &mut findings {
                finding.fix = None;
            }
        }
        let (lists, count) = (registry.lists().clone(), reading.count);
        Self { source, documents, findings, sigma: reading.sigma, lists, count, form }
    }

    /// Keeps its text, what was found, and of each rule by what it is known and its log, for those who report on findings
    /// alone; checking the file again brings the rest back.
    /// A rule that asks for what is first seen stays whole, since its own window is judged with the collection.
    #[must_use]
    pub fn brief(mut self) -> Self {
        for Checked { document, typed, .. } in &mut self.documents {
            let Document::Detection(rule) = document else { continue };
            if rule.first_seen.is_none() {
                rule.detection.selections = Vec::new();
                rule.detection.conditions = Vec::new();
                rule.meta = std::mem::take(&mut rule.meta).brief();
                *typed = typed.take().map(|typed| TypedRule { formula: None, fields: Vec::new(), ..typed });
            }
        }
        self.findings.shrink_to_fit();
        self.form.shrink_to_fit();
        self
    }

    /// A brief file with what its rules mean again; what others found out about it stays.
    #[must_use]
    pub fn whole(&self, registry: &Registry, limits: Limits, pipelines: &[Pipeline]) -> Self {
        let again = if self.documents.is_empty() {
            Vec::new()
        } else {
            Self::check_after(self.source.clone(), registry, limits, pipelines).documents
        };
        Self {
            source: self.source.clone(),
            documents: again,
            findings: self.findings.clone(),
            sigma: self.sigma,
            lists: self.lists.clone(),
            count: self.count,
            form: self.form.clone(),
        }
    }

    /// A file of which nothing could be read.
    pub fn unreadable(source: SourceFile, finding: Diagnostic) -> Self {
        let form = vec![finding.clone()];
        let (lists, count) = (KnownLists::default(), Count::LOST);
        Self { source, documents: Vec::new(), findings: vec![finding], sigma: true, lists, count, form }
    }

    /// A file that is not Sigma, which somebody took for it.
    pub fn foreign(source: SourceFile, finding: Diagnostic) -> Self {
        Self { sigma: false, ..Self::unreadable(source, finding) }
    }

    /// The errors that are in no document that was read: why others could not be. What YAML ends a document for can be in
    /// the one before.
    pub fn losses(&self) -> impl Iterator<Item = &Diagnostic> {
        let lost = self.count.lost > 0;
        let errors = || self.form.iter().filter(move |finding| lost && finding.severity == Severity::Error);
        let is_outside = |finding: &&Diagnostic| self.owner(finding).is_none();
        let any = errors().any(|finding| is_outside(&finding));
        let is_yaml = |finding: &&Diagnostic| yaml::codes::ALL.contains(&finding.code);
        errors().filter(move |finding| if any { is_outside(finding) } else { is_yaml(finding) })
    }

    /// The document in which a finding is.
    fn owner(&self, finding: &Diagnostic) -> Option<usize> {
        // Documents are in the order of the file and never overlap.
        let span = |checked: &Checked| checked.document.meta().span;
        let after = self.documents.partition_point(|checked| span(checked).start <= finding.span.start);
        let before = after.checked_sub(1)?;
        self.documents.get(before).is_some_and(|one| finding.span.end <= span(one).end).then_some(before)
    }

    /// Adds what linking the collection has found in the file.
    pub fn add(&mut self, finding: Diagnostic) {
        self.form.push(finding.clone());
        insert(&mut self.findings, finding);
    }

    /// Every finding, with what a collection wants to be written otherwise, which is about no meaning of a document.
    pub fn findings_with(&self, conventions: Vec<Diagnostic>) -> Cow<'_, [Diagnostic]> {
        if conventions.is_empty() {
            return Cow::Borrowed(&self.findings);
        }
        let mut findings = self.findings.clone();
        for finding in conventions {
            insert(&mut findings, finding);
        }
        Cow::Owned(findings)
    }

    /// The findings about each document: what the check found in it, and what the reader found in its text or outside
    /// every document, where templates are; of the latter the first sixteen, the errors before the others.
    /// There is always at least one list, also when no document could be read.
    pub fn findings_by_document(&self) -> Vec<Vec<&Diagnostic>> {
        let mut lists: Vec<Vec<&Diagnostic>> = vec![Vec::new(); self.documents.len().max(1)];
        let mut shared = Vec::new();
        for finding in &self.form {
            match self.owner(finding).and_then(|at| lists.get_mut(at)) {
                Some(list) => list.push(finding),
                None => shared.push(finding),
            }
        }
        if self.documents.len() > 1 {
            shared.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            shared.truncate(MOST_SHARED);
        }
        for list in &mut lists {
            list.extend(&shared);
        }
        for (list, checked) in lists.iter_mut().zip(&self.documents) {
            list.extend(&checked.findings);
        }
        lists
    }
}

/// Adds a finding at its place.
fn insert(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    let at = findings.partition_point(|old| (old.span, old.code.id) <= (finding.span, finding.code.id));
    findings.insert(at, finding);
}
