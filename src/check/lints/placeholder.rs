//! Placeholders of documentation, left in as values.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::ValueKind;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::placeholder;

crate::codes! {
    /// A value looks like a placeholder that was never filled in.
    ///
    /// ## What it does
    ///
    /// Reports whole values such as `<account>`, `%Administrators%` without `expand`, `{{name}}`, `CHANGEME`, and labels
    /// such as `UPN` where the name of a user is meant.
    ///
    /// ## Why it matters
    ///
    /// No event holds the placeholder itself, so the item never matches, or as a filter never excludes.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.userName: <automation user>
    ///     condition: selection and not filter
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.userName: terraform
    ///     condition: selection and not filter
    /// ```
    PLACEHOLDER = "S0451" "placeholder-as-value" Warning;
}

/// Looks at every value.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.each_value(&mut |item, value| {
        let ValueKind::Text { text, .. } = &value.kind else { return };
        if item.has(Modifier::Expand) || item.has(Modifier::Re) {
            return;
        }
        let percent = text.len() > 2
            && text.starts_with('%')
            && text.ends_with('%')
            && placeholder(text).is_some_and(|name| name.len() + 2 == text.len());
        let finding = Diagnostic::new(&PLACEHOLDER, value.span, format!("`{text}` looks like a placeholder"));
        if percent {
            found.push(finding.help(r"add the modifier `expand`, or write `\%` if the text itself is meant"));
        } else if is_blank(text) {
            found.push(finding.help("write the value that is meant"));
        }
    });
}

/// Whether the whole text stands for a value that is still to be filled in.
fn is_blank(text: &str) -> bool {
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|text| text.strip_suffix(close)).is_some_and(|inner| {
            inner.starts_with(char::is_alphabetic)
                && inner.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-' | '.'))
        })
    };
    inside("<", ">")
        || inside("{{", "}}")
        || inside("{{ ", " }}")
        || matches!(
            text.to_ascii_uppercase().as_str(),
            "CHANGEME"
                | "CHANGE_ME"
                | "REPLACEME"
                | "REPLACE_ME"
                | "TODO"
                | "FIXME"
                // The names of things, where one of these things is meant.
                | "UPN"
                | "USER PRINCIPAL NAME"
                | "GUID"
                | "IP ADDRESS"
                | "OBJECT ID"
                | "TENANT ID"
                | "APPLICATION ID"
                | "SUBSCRIPTION ID"
                | "ACCOUNT ID"
        )
}
