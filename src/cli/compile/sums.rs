//! What the end of a run says of its queries, so that they need not stay until then.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::plural;
use super::Product;
use crate::backend::{Fidelity, Reads, language};

/// The counts of the queries of a run.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Queries and refusals, of all languages.
    pub products: usize,
    /// Whether one of them makes the run fail.
    pub fails: bool,
    exact: usize,
    approximate: usize,
    unplaced: usize,
    refused: usize,
    /// The refusals that are accepted.
    accepted: usize,
    /// The documents whose log has no schema.
    unchecked: usize,
    /// Those without a place by target: with a query, and without one.
    unplaced_in: BTreeMap<&'static str, [usize; 2]>,
    languages: BTreeMap<&'static str, Language>,
}

/// What the queries in one language read.
#[derive(Debug, Default)]
pub(super) struct Language {
    /// Whether a document gives no query.
    pub lacks_one: bool,
    /// Where they read.
    pub reads: BTreeSet<Read>,
}

/// A log, and where it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    pub log: Option<String>,
    pub place: String,
    pub delivery: String,
}

impl Read {
    fn of(reads: &Reads) -> Self {
        let Reads { log, place, delivery, .. } = reads;
        Self { log: log.clone(), place: place.clone(), delivery: delivery.clone() }
    }
}

impl Sums {
    /// Adds what was made of whole files in so many languages; `asked` where these were named.
    pub(super) fn add(&mut self, products: &[Product<'_>], targets: usize, asked: bool) {
        self.products += products.len();
        for product in products {
            let (compiled, target) = (&product.made.compiled, product.made.target.name());
            self.fails |= product.fails(asked);
            self.accepted += usize::from(product.accepted.is_some());
            match compiled.fidelity {
                Fidelity::Exact => self.exact += 1,
                Fidelity::Approximate => self.approximate += 1,
                Fidelity::Refused => self.refused += 1,
                Fidelity::Unplaced => {
                    self.unplaced += 1;
                    let [with, without] = self.unplaced_in.entry(target).or_default();
                    *(if compiled.query.is_some() { with } else { without }) += 1;
                }
            }
            let language = self.languages.entry(language(target)).or_default();
            language.lacks_one |= compiled.query.is_none();
            language.reads.extend(compiled.reads.iter().map(Read::of));
        }
        // One language speaks for the others: each rule is there once in each.
        let documents = products.iter().step_by(targets.max(1)).filter_map(|product| product.made.checked);
        let typed = documents.filter_map(|checked| checked.typed.as_ref());
        self.unchecked += typed.filter(|typed| typed.schema.is_none()).count();
    }

    /// What is read in a language, if something was made in it.
    pub(super) fn language(&self, name: &str) -> Option<&Language> {
        self.languages.get(name)
    }

    /// How many documents have no place in a target: with a query, and without one.
    pub(super) fn unplaced_in(&self, target: &str) -> [usize; 2] {
        self.unplaced_in.get(target).copied().unwrap_or_default()
    }

    /// The line that counts, and the one about logs without a schema, where they say something.
    pub(super) fn lines(&self, targets: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let queries = self.exact + self.approximate;
        if self.products > 1 || self.products > 0 && queries == 0 {
            let accepted = match self.accepted {
                0 => String::new(),
                accepted => format!(", {accepted} of them allowed"),
            };
            lines.push(format!(
                "{} x {}: {} exact, {} approximate, {} unplaced, {} refused{accepted}",
                plural(self.products / targets.max(1), "rule"),
                plural(targets, "language"),
                self.exact,
                self.approximate,
                self.unplaced,
                self.refused,
            ));
            if self.unchecked > 0 {
                let rules = plural(self.unchecked, "rule");
                lines.push(format!("the fields of {rules} are unchecked: no schema is known for the log"));
            }
        }
        lines
    }
}
