//! The documents that correlations refer to.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::reference::{Index, MOST_BASES, Unit};
use crate::check::{self, TypedRule};
use crate::diagnostic::has_errors;
use crate::rule::{Document, Meta, reference_key};
use crate::schema::Registry;
use crate::source::{SourceFile, Span};

/// A document that a correlation refers to.
#[derive(Debug)]
pub(super) struct Known {
    /// The file that it is in.
    pub source: Arc<SourceFile>,
    /// The document.
    pub document: Document,
    /// For a rule, its types.
    pub typed: Option<TypedRule>,
    /// Whether an error was found in it.
    pub faulty: bool,
}

/// The documents that correlations refer to, themselves or through others.
#[derive(Debug, Default)]
pub(super) struct Referred {
    known: Vec<Known>,
    /// The place in `known` by identifier and name.
    by_name: FxHashMap<String, usize>,
}

impl Referred {
    /// The documents that the correlations of `files` refer to.
    pub(super) fn new(files: &[Unit<'_>], index: &Index<'_>, registry: &Registry) -> Self {
        let mut referred = Self::default();
        let mut sources: FxHashMap<*const SourceFile, Arc<SourceFile>> = FxHashMap::default();
        let correlations = files.iter().flat_map(|unit| &unit.documents).map(|entry| entry.document);
        let mut open: Vec<&str> = correlations.rev().flat_map(named).collect();
        let mut places: FxHashMap<(*const SourceFile, Span), usize> = FxHashMap::default();
        while let Some(name) = open.pop() {
            let name = reference_key(name);
            // What is unknown or ambiguous has been reported.
            let [found] = index.find(&name) else { continue };
            if referred.by_name.contains_key(&*name) {
                continue;
            }
            let at = (std::ptr::from_ref(found.source), found.entry.document.meta().span);
            let place = *places.entry(at).or_insert_with(|| {
                open.extend(named(found.entry.document));
                let source = sources.entry(at.0).or_insert_with(|| Arc::new(found.source.clone()));
                let entry = found.entry;
                let (typed, erroneous) = match (entry.document, entry.typed) {
                    (Document::Detection(rule), None) => {
                        let registry = registry.with_lists(found.lists.clone());
                        let (typed, findings) = check::check(rule, &registry);
                        (Some(typed), has_errors(&findings))
                    }
                    (_, typed) => (typed.cloned(), false),
                };
                let faulty = entry.faulty || erroneous;
                let document = entry.document.clone();
                referred.known.push(Known { source: Arc::clone(source), document, typed, faulty });
                referred.known.len() - 1
            });
            referred.by_name.insert(name.into_owned(), place);
        }
        referred
    }

    /// The place of the document with an identifier or name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&*reference_key(name)).copied()
    }

    /// The document at a place.
    pub(super) fn get(&self, at: usize) -> Option<&Known> {
        self.known.get(at)
    }
}

/// What correlations count, by identifier and name, and whether some of these says that it gives matches of its own.
#[derive(Debug, Default)]
pub(super) struct Counted(FxHashMap<String, bool>);

impl Counted {
    pub(super) fn new<'u>(units: impl Iterator<Item = &'u Unit<'u>>) -> Self {
        let mut counted = FxHashMap::default();
        for document in units.flat_map(|unit| &unit.documents).map(|entry| entry.document) {
            let Document::Correlation(rule) = document else { continue };
            for name in named(document) {
                *counted.entry(reference_key(name).into_owned()).or_default() |= rule.generate;
            }
        }
        Self(counted)
    }

    /// Whether a rule or correlation is counted, and gives nothing of its own.
    pub(super) fn is_silent(&self, meta: &Meta) -> bool {
        let mut found = meta.referred_by().filter_map(|name| self.0.get(&*name)).peekable();
        found.peek().is_some() && found.all(|generate| !generate)
    }
}

/// What a correlation names.
fn named(document: &Document) -> impl Iterator<Item = &str> {
    let rules = match document {
        Document::Correlation(rule) => rule.rules.as_slice(),
        Document::Detection(_) | Document::Filter(_) => &[],
    };
    rules.iter().take(MOST_BASES + 1).map(|name| name.value.as_str())
}
