//! Names that an open object accepts, near to a known one.

use super::View;
use crate::check::wording::either;
use crate::diagnostic::{Diagnostic, Fix};

crate::codes! {
    /// A name is unknown where others are possible, and near to a known one.
    ///
    /// ## What it does
    ///
    /// Reports a member of an object that is not documented in full, when a documented member has nearly the same name.
    ///
    /// ## Why it matters
    ///
    /// The name may exist, but is more often a misspelling, and then the rule never fires.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         responseElements.usr.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         responseElements.user.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The nearest known name is offered as a guess.
    NEAR_MISS = "S0316" "near-miss-field" Warning;
}

/// Looks at every name that the schema does not vouch for.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for site in view.sites {
        let resolved = &site.resolved;
        let (false, Some(first)) = (resolved.declared, resolved.near.first()) else { continue };
        found.push(
            Diagnostic::new(&NEAR_MISS, site.name.span, format!("unknown field `{}`", site.name.value))
                .label("other fields than the documented ones are possible here")
                .help(format!("did you mean {}?", either(&resolved.near)))
                .fix(Fix::guess(site.name.span, first.clone()))
                .suggest(resolved.near.iter().cloned()),
        );
    }
}
