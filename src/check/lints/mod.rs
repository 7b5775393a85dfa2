//! The lints: each looks at a rule that has been resolved, one file each.
//!
//! The doc comment of a lint's code is its manual page.

pub(super) mod always_true;
mod ambiguous;
mod blank;
pub(super) mod broad;
mod duplicate_value;
pub(super) mod field_as_value;
pub(super) mod habit;
mod inline_flags;
mod literal_star;
mod loose_parts;
mod matches_everything;
pub(super) mod near_miss;
mod notation;
pub(super) mod null_text;
mod partial;
pub(super) mod placeholder;
pub(super) mod spelling;
mod subsumed_value;
pub(super) mod two_spellings;
pub(super) mod unbounded;
pub(super) mod undocumented;

use super::site::View;
use crate::diagnostic::{Code, Diagnostic};

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
    Lint { codes: broad::ALL, run: broad::run },
    Lint { codes: duplicate_value::ALL, run: duplicate_value::run },
    Lint { codes: field_as_value::ALL, run: field_as_value::run },
    Lint { codes: habit::ALL, run: habit::run },
    Lint { codes: inline_flags::ALL, run: inline_flags::run },
    Lint { codes: literal_star::ALL, run: literal_star::run },
    Lint { codes: loose_parts::ALL, run: loose_parts::run },
    Lint { codes: matches_everything::ALL, run: matches_everything::run },
    Lint { codes: near_miss::ALL, run: near_miss::run },
    Lint { codes: null_text::ALL, run: null_text::run },
    Lint { codes: partial::ALL, run: partial::run },
    Lint { codes: placeholder::ALL, run: placeholder::run },
    Lint { codes: spelling::ALL, run: spelling::run },
    Lint { codes: subsumed_value::ALL, run: subsumed_value::run },
    Lint { codes: two_spellings::ALL, run: two_spellings::run },
    Lint { codes: unbounded::ALL, run: unbounded::run },
    Lint { codes: undocumented::ALL, run: undocumented::run },
];

/// The codes of every lint.
pub fn codes() -> Vec<&'static Code> {
    LINTS.iter().flat_map(|lint| lint.codes).copied().collect()
}
