//! Fields that only some of the selected events have.

use super::View;
use crate::check::wording::listed;
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// Only some of the events that the condition selects have the field.
    ///
    /// ## What it does
    ///
    /// Follows the condition as for unknown fields, and reports a field that some of the selected events lack.
    ///
    /// ## Why it matters
    ///
    /// Those events can never satisfy the item, so naming them adds nothing.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName:
    ///             - CreateUser
    ///             - CreateRole
    ///         requestParameters.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///         requestParameters.userName: admin
    ///     condition: selection
    /// ```
    PARTIAL = "S0323" "field-in-some-events" Info;
}

/// Looks at every name that makes the rule match.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for site in view.sites {
        if site.positive && !site.resolved.missing_in.is_empty() {
            let name = &site.name.value;
            let cases = listed(&site.resolved.missing_in);
            found.push(
                Diagnostic::new(&PARTIAL, site.name.span, format!("not all selected events have `{name}`"))
                    .label(format!("missing in {cases}"))
                    .help("remove the events that lack it, or ask for the field only where it exists"),
            );
        }
    }
}
