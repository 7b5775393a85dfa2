//! References that nothing given answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::reference::{MOST_BASES, Root, Unit};
use crate::rule::{Document, reference_key};

/// The identifiers and names to which the documents of `units` refer and that none of them has, as references are compared.
pub fn missing(units: &[Unit<'_>]) -> BTreeSet<String> {
    let documents = || units.iter().flat_map(|unit| &unit.documents).map(|entry| entry.document);
    let named = documents().flat_map(|document| {
        document.references().iter().take(MOST_BASES + 1).map(|name| reference_key(&name.value))
    });
    let mut missing: BTreeSet<String> = named.map(Cow::into_owned).collect();
    if !missing.is_empty() {
        let known: FxHashSet<_> = documents().flat_map(names).collect();
        missing.retain(|name| !known.contains(name.as_str()));
    }
    missing
}

impl Root {
    /// Whether a document of it has one of these identifiers and names.
    pub fn has(&self, wanted: &BTreeSet<String>) -> bool {
        self.unit().documents.iter().any(|entry| names(entry.document).any(|name| wanted.contains(&*name)))
    }
}

/// What a document is referred to by.
fn names(document: &Document) -> impl Iterator<Item = Cow<'_, str>> {
    document.meta().referred_by().filter(|_| !matches!(document, Document::Filter(_)))
}
