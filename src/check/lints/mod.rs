//! The lints: each looks at a rule that has been resolved, one file each.
//!
//! The doc comment of a lint's code is its manual page.

mod always_true;
mod ambiguous;
mod duplicate_value;
mod field_as_value;
mod inline_flags;
mod matches_everything;
mod near_miss;
mod partial;
mod placeholder;
pub(super) mod projection;
mod spelling;
mod subsumed_value;
mod two_spellings;

use crate::diagnostic::{Code, Diagnostic};
use crate::rule::{Block, Detection, DetectionRule, Item, ItemValue, Search, Value};
use crate::schema::{Resolved, Schema};
use crate::source::Spanned;

/// A field name where it was first resolved.
#[derive(Debug)]
pub(super) struct Site<'r> {
    /// The item.
    pub item: &'r Item,
    /// The name, or the part of it between array selectors.
    pub name: &'r Spanned<String>,
    /// What it stands for.
    pub resolved: Resolved,
    /// Whether the item makes the rule match, rather than keeps it from matching.
    pub positive: bool,
}

/// What a lint looks at.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The rule as written.
    pub rule: &'a DetectionRule,
    /// The schema of its log.
    pub schema: Option<&'a Schema>,
    /// Every field name that resolved.
    pub sites: &'a [Site<'a>],
}

impl<'a> View<'a> {
    /// Calls `visit` with every part of every selection, those inside element blocks included.
    pub fn each_search(&self, visit: &mut dyn FnMut(&'a Search)) {
        detection(&self.rule.detection, visit, 0);
    }

    /// Every item, in the order of the file.
    pub fn items(&self) -> Vec<&'a Item> {
        let mut found = Vec::new();
        self.each_search(&mut |search| {
            if let Search::Item(item) = search {
                found.push(item);
            }
        });
        found
    }

    /// Calls `visit` with every value of every item.
    pub fn each_value(&self, visit: &mut dyn FnMut(&'a Item, &'a Value)) {
        self.each_search(&mut |search| {
            if let Search::Item(item) = search
                && let ItemValue::Values { values, .. } = &item.value
            {
                for value in values {
                    visit(item, value);
                }
            }
        });
    }
}

/// How deep selections are followed.
const MAX_DEPTH: usize = 256;

fn detection<'a>(detection: &'a Detection, visit: &mut dyn FnMut(&'a Search), depth: usize) {
    detection.selections.iter().for_each(|selection| walk(&selection.body, visit, depth));
}

fn walk<'a>(search: &'a Search, visit: &mut dyn FnMut(&'a Search), depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    visit(search);
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| walk(part, visit, depth + 1)),
        Search::Item(Item { value: ItemValue::Block { body, .. }, .. }) => match body {
            Block::Search(inner) => walk(inner, visit, depth + 1),
            Block::Detection(inner) => self::detection(inner, visit, depth + 1),
        },
        Search::Item(_) | Search::Hole(_) => {}
    }
}

/// A lint.
#[derive(Debug)]
pub(super) struct Lint {
    /// What it raises.
    pub codes: &'static [&'static Code],
    /// Looks at a rule.
    pub run: fn(&View<'_>, &mut Vec<Diagnostic>),
}

/// Every lint.
pub(super) static LINTS: &[Lint] = &[
    Lint { codes: always_true::ALL, run: always_true::run },
    Lint { codes: ambiguous::ALL, run: ambiguous::run },
    Lint { codes: duplicate_value::ALL, run: duplicate_value::run },
    Lint { codes: field_as_value::ALL, run: field_as_value::run },
    Lint { codes: inline_flags::ALL, run: inline_flags::run },
    Lint { codes: matches_everything::ALL, run: matches_everything::run },
    Lint { codes: near_miss::ALL, run: near_miss::run },
    Lint { codes: partial::ALL, run: partial::run },
    Lint { codes: placeholder::ALL, run: placeholder::run },
    Lint { codes: spelling::ALL, run: spelling::run },
    Lint { codes: subsumed_value::ALL, run: subsumed_value::run },
    Lint { codes: two_spellings::ALL, run: two_spellings::run },
];

/// The codes of every lint.
pub fn codes() -> Vec<&'static Code> {
    LINTS.iter().flat_map(|lint| lint.codes).chain(projection::ALL).copied().collect()
}
