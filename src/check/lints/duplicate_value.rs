//! Values that a list holds twice.

use rustc_hash::FxHashMap;

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::{ItemValue, ValueKind};
use crate::source::Span;
use crate::text::folded;

crate::codes! {
    /// A list holds the same value twice.
    ///
    /// ## What it does
    ///
    /// Reports a duplicate list entry; letter case does not matter unless the item says `cased` or `re`.
    ///
    /// ## Why it matters
    ///
    /// It adds nothing; often another value was meant.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - CreateUser
    ///             - DeleteUser
    ///             - createUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - CreateUser
    ///             - DeleteUser
    ///     condition: selection
    /// ```
    DUPLICATE_VALUE = "S0508" "duplicate-value" Warning;
}

/// Looks at every list.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for item in view.items() {
        let ItemValue::Values { values, .. } = &item.value else { continue };
        if values.len() < 2 {
            continue;
        }
        let exact =
            [Modifier::Cased, Modifier::Re, Modifier::FieldRef, Modifier::Base64, Modifier::Base64Offset];
        let exact = exact.iter().any(|&modifier| item.has(modifier));
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        for value in values {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let key = if exact { text.clone() } else { folded(text) };
            if let Some(first) = seen.get(&key) {
                found.push(
                    Diagnostic::new(&DUPLICATE_VALUE, value.span, format!("duplicate list entry `{text}`"))
                        .also(*first, "here")
                        .help("remove one of the two"),
                );
            } else {
                seen.insert(key, value.span);
            }
        }
    }
}
