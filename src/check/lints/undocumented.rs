//! Names that an open object accepts although its members are documented.

use super::View;
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// A field is not among those that the provider documents.
    ///
    /// ## What it does
    ///
    /// Reports a field of a record, or of an object in it, whose members the provider documents, when the documentation
    /// has no such field and none with a similar name. A name that a vocabulary of another tool gives to something is
    /// reported in every open record.
    ///
    /// ## Why it matters
    ///
    /// Providers add fields before they document them, so the field may exist. More often it belongs to another log or
    /// to another product's name for the same thing, and then the rule never fires.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// logsource:
    ///     product: m365
    ///     service: audit
    /// detection:
    ///     selection:
    ///         Operation: New-InboxRule
    ///         mailboxRuleWibble: forward
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// logsource:
    ///     product: m365
    ///     service: audit
    /// detection:
    ///     selection:
    ///         Operation: New-InboxRule
    ///         Parameters.Name: ForwardTo
    ///     condition: selection
    /// ```
    UNDOCUMENTED = "S0324" "undocumented-field" Warning;
}

/// Looks at every name that the schema does not vouch for; one with a similar name has a finding of its own.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for site in view.sites.iter().filter(|site| !site.resolved.declared && site.resolved.near.is_empty()) {
        // What another tool calls so is not what the log calls so, however open it is.
        let elsewhere = || view.schema.is_some_and(|schema| schema.meant(&site.name.value).is_some());
        if !site.resolved.undocumented && !elsewhere() {
            continue;
        }
        let name = &site.name.value;
        let last = name.rsplit('.').next().unwrap_or(name);
        let log = view.schema.map_or("", |schema| schema.name.as_str());
        found.push(
            Diagnostic::new(
                &UNDOCUMENTED,
                site.name.span,
                format!("the provider does not document a field `{name}`"),
            )
            .label("not in the documentation of the log")
            .help(format!("search the documented fields: `sigmata schema show {log} --find {last}`")),
        );
    }
}
