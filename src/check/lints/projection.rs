//! Entries of `fields` that the log does not have.

use crate::check::field::{did_you_mean, part_span};
use crate::diagnostic::Diagnostic;
use crate::schema::Unresolved;
use crate::source::Spanned;

crate::codes! {
    /// An entry of `fields` names no field of the log.
    ///
    /// ## What it does
    ///
    /// Resolves the names under `fields`, which become the columns of the result, as those of the detection.
    ///
    /// ## Why it matters
    ///
    /// The rule fires as before, but the analyst sees an empty column; some targets refuse the query.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// fields:
    ///     - userIdentity.aarn
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// fields:
    ///     - userIdentity.arn
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The nearest known name is offered as a guess.
    UNKNOWN_PROJECTION = "S0318" "unknown-projection" Warning;
}

/// The finding for a name that does not resolve.
pub(in crate::check) fn unknown(name: &Spanned<String>, unresolved: Unresolved) -> Diagnostic {
    let (at, nearest) = match unresolved {
        Unresolved::Unknown { at, nearest, .. } | Unresolved::NotInCases { at, nearest, .. } => (at, nearest),
        Unresolved::Scalar { at, scalar, .. } => (at, vec![scalar]),
    };
    let message = format!("the log has no field `{}` to show", name.value);
    did_you_mean(Diagnostic::new(&UNKNOWN_PROJECTION, part_span(name, at), message), name.span, nearest)
}
