//! The findings of one rule, gathered over every use of its items.
//!
//! A selection may be in several places of the conditions, and what is known of other fields differs from place to
//! place.
//! So a finding about an item counts only if it is made in *every* use of that item, and then once.

use rustc_hash::FxHashMap;

use crate::diagnostic::Diagnostic;
use crate::rule::Item;
use crate::source::Span;

/// An item, by its address: two items can be at the same place of a merged document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owner(*const Item);

impl From<&Item> for Owner {
    fn from(item: &Item) -> Self {
        Self(std::ptr::from_ref(item))
    }
}

#[derive(Debug)]
struct Finding {
    diagnostic: Diagnostic,
    /// The item, and how many of its uses made the finding; `None` when it is by itself.
    owner: Option<(Owner, u32)>,
    /// The use that made it last, so that one use counts once.
    last: u32,
}

/// Collects findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Finding>,
    index: FxHashMap<(&'static str, Span), usize>,
    uses: FxHashMap<Owner, u32>,
}

impl Findings {
    /// Notes that the item at `owner` is used once more.
    /// Returns whether this is the first use.
    pub fn begin(&mut self, owner: Owner) -> bool {
        let uses = self.uses.entry(owner).or_default();
        *uses += 1;
        *uses == 1
    }

    /// A finding that is by itself. The first of several with the same code and place is kept.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let key = (diagnostic.code.id, diagnostic.span);
        match self.index.get(&key).and_then(|&at| self.found.get_mut(at)) {
            // What is certain without regard to uses stays so.
            Some(old) => old.owner = None,
            None => self.insert(key, Finding { diagnostic, owner: None, last: 0 }),
        }
    }

    /// A finding about the current use of the item at `owner`.
    pub fn add_for(&mut self, owner: Owner, diagnostic: Diagnostic) {
        let now = self.uses.get(&owner).copied().unwrap_or(0);
        let key = (diagnostic.code.id, diagnostic.span);
        match self.index.get(&key).and_then(|&at| self.found.get_mut(at)) {
            Some(old) => {
                // The gravest use decides: a finding inside a filter is a warning, outside an error.
                if diagnostic.severity > old.diagnostic.severity {
                    old.diagnostic = diagnostic;
                }
                if let Some((_, count)) = &mut old.owner
                    && old.last != now
                {
                    *count += 1;
                    old.last = now;
                }
            }
            None => self.insert(key, Finding { diagnostic, owner: Some((owner, 1)), last: now }),
        }
    }

    /// Says of the findings at a placeholder that they are about a list: what they would fix is not written there.
    pub fn about_list(&mut self, placeholder: Span, label: &str) {
        let here = self.found.iter_mut().map(|finding| &mut finding.diagnostic);
        for finding in here.filter(|finding| finding.span == placeholder) {
            finding.fix = None;
            finding.label = Some(match finding.label.take() {
                Some(own) if own.ends_with(label) => own,
                Some(own) => format!("{own}; {label}"),
                None => label.to_owned(),
            });
        }
    }

    fn insert(&mut self, key: (&'static str, Span), finding: Finding) {
        self.index.insert(key, self.found.len());
        self.found.push(finding);
    }

    /// What remains, in the order of the file.
    pub fn finish(self) -> Vec<Diagnostic> {
        let uses = self.uses;
        let mut kept: Vec<Diagnostic> = self
            .found
            .into_iter()
            .filter(|finding| match finding.owner {
                Some((owner, count)) => uses.get(&owner).is_none_or(|&uses| count >= uses),
                None => true,
            })
            .map(|finding| finding.diagnostic)
            .collect();
        kept.sort_by(|a, b| (a.span, a.code.id).cmp(&(b.span, b.code.id)));
        kept
    }
}
