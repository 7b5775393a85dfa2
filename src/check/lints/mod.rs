//! The lints: each looks at a rule that has been resolved, one file each.
//!
//! The doc comment of a lint's code is its manual page.

pub(super) mod projection;

use crate::diagnostic::{Code, Diagnostic};
use crate::rule::{DetectionRule, Item};
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

/// A lint.
#[derive(Debug)]
pub(super) struct Lint {
    /// What it raises.
    pub codes: &'static [&'static Code],
    /// Looks at a rule.
    pub run: fn(&View<'_>, &mut Vec<Diagnostic>),
}

/// Every lint.
pub(super) static LINTS: &[Lint] = &[];
