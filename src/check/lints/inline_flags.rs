//! Flags inside regular expressions.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::ValueKind;
use crate::rule::modifier::Modifier;

crate::codes! {
    /// A regular expression begins with flags of its own.
    ///
    /// ## What it does
    ///
    /// Reports `(?i)` and the like at the start of a value of `re`.
    ///
    /// ## Why it matters
    ///
    /// The specification deprecates them in favour of the modifiers `i`, `m` and `s`, which every tool understands.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: '(?i)curl/\d'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re|i: 'curl/\d'
    ///     condition: selection
    /// ```
    INLINE_FLAGS = "S0447" "inline-flags" Warning;
}

/// Looks at every expression.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.each_value(&mut |item, value| {
        let ValueKind::Text { text, .. } = &value.kind else { return };
        let flags = text.strip_prefix("(?").and_then(|rest| rest.split_once(')')).map(|(flags, _)| flags);
        let Some(flags) =
            flags.filter(|flags| !flags.is_empty() && flags.bytes().all(|flag| b"ims".contains(&flag)))
        else {
            return;
        };
        if item.has(Modifier::Re) {
            let modifiers: Vec<_> = flags.chars().map(|flag| format!("`{flag}`")).collect();
            let plural = if modifiers.len() == 1 { "modifier" } else { "modifiers" };
            found.push(
                Diagnostic::new(&INLINE_FLAGS, value.span, "the expression sets flags of its own")
                    .label(format!("`(?{flags})`"))
                    .help(format!(
                        "add the {plural} {} after `re`, and remove the flags",
                        modifiers.join(", ")
                    )),
            );
        }
    });
}
