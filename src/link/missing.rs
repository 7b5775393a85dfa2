//! References that nothing given answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::reference::{MOST_BASES, Root, Unit};
use crate::rule::{Document, reference_key};

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

/// The places among `files` of those that correlations of `files` or `roots` refer to.
pub fn referred_to(files: &[Unit<'_>], roots: &[Unit<'_>]) -> Vec<usize> {
    let all = files.iter().chain(roots).flat_map(documents);
    let correlations = all.filter(|document| matches!(document, Document::Correlation(_)));
    let named: FxHashSet<Cow<'_, str>> = correlations.flat_map(references).collect();
    let is_named = |unit: &Unit<'_>| documents(unit).flat_map(names).any(|name| named.contains(&name));
    files.iter().enumerate().filter(|(_, unit)| is_named(unit)).map(|(at, _)| at).collect()
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
