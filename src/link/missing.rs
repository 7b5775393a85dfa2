//! References that nothing given answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::reference::{MOST_BASES, Root, Unit, covers};
use crate::rule::{Document, FilterRule, reference_key};

/// The identifiers and names to which the documents of `units` refer and that none of them has, as references are compared.
pub fn missing(units: &[Unit<'_>]) -> BTreeSet<String> {
    let documents = || units.iter().flat_map(documents);
    let mut missing: BTreeSet<String> = documents().flat_map(references).map(Cow::into_owned).collect();
    if !missing.is_empty() {
        let known: FxHashSet<_> = documents().flat_map(names).collect();
        missing.retain(|name| !known.contains(name.as_str()));
    }
    missing
}

/// The places among `files` of those that correlations of `files` or `roots`, or filters of `files`, refer to.
pub fn referred_to(files: &[Unit<'_>], roots: &[Unit<'_>]) -> Vec<usize> {
    let all = files.iter().chain(roots).flat_map(documents);
    let correlations = all.filter(|document| matches!(document, Document::Correlation(_)));
    let filters = files.iter().flat_map(documents).filter_map(|document| match document {
        Document::Filter(rule) => Some((document, rule)),
        Document::Detection(_) | Document::Correlation(_) => None,
    });
    let filters: Vec<(&Document, &FilterRule)> = filters.collect();
    let naming = correlations.chain(filters.iter().map(|(document, _)| *document));
    let named: FxHashSet<Cow<'_, str>> = naming.flat_map(references).collect();
    let of_logs: Vec<&FilterRule> = filters.iter().map(|(_, rule)| *rule).filter(|rule| rule.any).collect();
    let is_covered = |document: &Document| match document {
        Document::Detection(rule) => of_logs.iter().any(|any| covers(&any.logsource, &rule.logsource)),
        Document::Correlation(_) | Document::Filter(_) => false,
    };
    let is_meant = |unit: &Unit<'_>| {
        documents(unit)
            .any(|document| is_covered(document) || names(document).any(|name| named.contains(&name)))
    };
    files.iter().enumerate().filter(|(_, unit)| is_meant(unit)).map(|(at, _)| at).collect()
}

impl Root {
    /// Whether a document of it has one of these identifiers and names.
    pub fn has(&self, wanted: &BTreeSet<String>) -> bool {
        self.unit().documents.iter().any(|entry| names(entry.document).any(|name| wanted.contains(&*name)))
    }
}

fn documents<'f>(unit: &Unit<'f>) -> impl Iterator<Item = &'f Document> {
    unit.documents.iter().map(|entry| entry.document)
}

/// What a document refers to, as references are compared.
fn references(document: &Document) -> impl Iterator<Item = Cow<'_, str>> {
    document.references().iter().take(MOST_BASES + 1).map(|name| reference_key(&name.value))
}

/// What a document is referred to by.
fn names(document: &Document) -> impl Iterator<Item = Cow<'_, str>> {
    document.meta().referred_by().filter(|_| !matches!(document, Document::Filter(_)))
}
