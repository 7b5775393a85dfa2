//! Patterns that every text matches.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::ValueKind;
use crate::rule::cidr::Cidr;
use crate::rule::modifier::Modifier;

crate::codes! {
    /// The pattern matches every text.
    ///
    /// ## What it does
    ///
    /// Reports an empty value under `contains`, `startswith` and `endswith`, regular expressions that match the empty text anywhere, such as `.*`, and address blocks with a prefix of zero.
    ///
    /// ## Why it matters
    ///
    /// The item only asks whether the field is there, which is better said in words.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|re: '.*'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName: '*'
    ///     condition: selection
    /// ```
    MATCHES_EVERYTHING = "S0455" "matches-every-text" Warning;
}

/// Looks at every pattern.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.each_value(&mut |item, value| {
        let ValueKind::Text { text, .. } = &value.kind else { return };
        let places = [Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith];
        if let Some(block) = Cidr::parse(text).filter(|block| item.has(Modifier::Cidr) && block.prefix == 0) {
            let version = if block.address.is_ipv4() { 4 } else { 6 };
            let message = format!("every address of version {version} is in `{text}`");
            let help =
                "write the block that is meant; where a record holds a block as a text, leave `cidr` away";
            found.push(Diagnostic::new(&MATCHES_EVERYTHING, value.span, message).help(help));
            return;
        }
        let empty = text.is_empty() && places.iter().any(|&place| item.has(place));
        let any = item.has(Modifier::Re)
            && matches!(text.as_str(), "" | ".*" | "^.*" | ".*$" | "^.*$" | "^" | "$" | ".*?" | "(.*)");
        if empty || any {
            found.push(
                Diagnostic::new(&MATCHES_EVERYTHING, value.span, "every text matches")
                    .help("write `'*'` to ask for any value, or `exists: true` for presence"),
            );
        }
    });
}
