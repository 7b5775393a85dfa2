//! Texts that look like nothing.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::{ItemValue, ValueKind};
use crate::schema::Type;

crate::codes! {
    /// A text looks like null.
    ///
    /// ## What it does
    ///
    /// Reports the texts `'null'`, `None`, `nil`, `undefined`, `N/A`, `(none)` and the like where a field is compared with them and does not list them among its values.
    ///
    /// ## Why it matters
    ///
    /// A missing field equals no text, so the item never matches.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///         errorCode: 'null'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///         errorCode: null
    ///     condition: selection
    /// ```
    ///
    NULL_TEXT = "S0458" "text-that-looks-like-null" Warning;
}

/// Looks at every compared value.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for item in view.items().into_iter().filter(|item| item.field.is_some()) {
        let ItemValue::Values { values, list, .. } = &item.value else { continue };
        let site = view.sites_of(item).next();
        let ty = site.map(|site| &site.resolved.ty);
        if item.modifiers.iter().any(|modifier| modifier.value != Modifier::Neq) {
            continue;
        }
        for value in values.iter().take(MAX_VALUES) {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let listed = matches!(ty, Some(Type::Enum(known)) if known.canonical(text).is_some());
            let also = site.is_some_and(|site| {
                site.resolved
                    .field
                    .as_ref()
                    .is_some_and(|field| field.also.iter().any(|also| **also == **text))
            });
            // JSON text can spell null out.
            let spelt = matches!(ty, Some(Type::Json(_)));
            if !looks_null(text, view.schema.is_some()) || listed || spelt || also {
                continue;
            }
            let finding =
                Diagnostic::new(&NULL_TEXT, value.span, format!("`{text}` is a text here, not null"));
            found.push(if *list {
                finding.help("write an item of its own with `null`: a missing field is in no list")
            } else {
                finding.help("write `null` without quotes to ask that the field is missing")
            });
        }
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 64;

/// Whether a text is what a language or a form calls nothing; where the fields are not known, only YAML's own word.
fn looks_null(text: &str, typed: bool) -> bool {
    const NOTHING: [&str; 8] =
        ["nil", "undefined", "n/a", "nan", "none", "empty", "not set", "not applicable"];
    if text.eq_ignore_ascii_case("null") || (typed && matches!(text, "None" | "nil" | "undefined" | "NaN")) {
        return true;
    }
    let brackets = [("(", ")"), ("<", ">"), ("[", "]"), ("{", "}")];
    let inner = brackets
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open).and_then(|text| text.strip_suffix(close)));
    typed
        && (matches!(text, "-" | "--" | "\\N")
            || text.eq_ignore_ascii_case("n/a")
            || inner.is_some_and(|inner| {
                let inner = inner.trim().to_ascii_lowercase();
                inner == "null" || NOTHING.contains(&inner.as_str())
            }))
}
