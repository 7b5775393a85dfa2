//! Wildcards where the character itself is meant.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Item, ItemValue, ValueKind};

crate::codes! {
    /// A star stands where the text itself has one.
    ///
    /// ## What it does
    ///
    /// Reports a `*` that is a whole text of a policy inside JSON quotes, such as `"Action":"*"`, a lone `*` on a field that holds the actions, resources or principals of a policy, and `\\*` at the start of a value, which is one backslash and a wildcard.
    ///
    /// ## Why it matters
    ///
    /// The wildcard matches every policy, also `"Action":"s3:GetObject"`.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: PutUserPolicy
    ///         requestParameters.policyDocument|contains: '"Action":"*"'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: PutUserPolicy
    ///         requestParameters.policyDocument|contains: '"Action":"\*"'
    ///     condition: selection
    /// ```
    LITERAL_STAR = "S0457" "wildcard-meant-literally" Warning;
}

/// Looks at every value.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for item in view.items() {
        let ItemValue::Values { values, .. } = &item.value else { continue };
        let apart = [Modifier::Re, Modifier::Cidr, Modifier::FieldRef, Modifier::Exists];
        if apart.into_iter().any(|modifier| item.has(modifier)) {
            continue;
        }
        for value in values.iter().take(MAX_VALUES) {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let finding = if in_policy(text) || (is_lone(text) && of_policy(view, item)) {
                Diagnostic::new(
                    &LITERAL_STAR,
                    value.span,
                    "the `*` is a wildcard, which every policy matches",
                )
                .help(r"write `\*` for the character itself, or `exists: true` to ask for presence")
            } else if text.starts_with(r"\\*\") || text.starts_with(r"\\?\") {
                Diagnostic::new(
                    &LITERAL_STAR,
                    value.span,
                    "the value begins with one backslash and a wildcard, not with two backslashes",
                )
                .help(
                    r"write `\\\\*` for two backslashes and a wildcard, `\\\\\*` where the star is meant too",
                )
            } else {
                continue;
            };
            found.push(finding);
        }
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 256;

/// The members of a policy whose texts can be a lone star.
const MEMBERS: [&str; 6] = ["Action", "NotAction", "Resource", "NotResource", "Principal", "AWS"];

/// Whether a whole text is what "everything" is in a policy.
fn is_lone(text: &str) -> bool {
    matches!(text, "*" | "*:*")
}

/// Whether the field holds what a policy lists.
fn of_policy(view: &View<'_>, item: &Item) -> bool {
    if item.modifiers.iter().any(|modifier| !matches!(modifier.value, Modifier::All | Modifier::Neq)) {
        return false;
    }
    view.sites_of(item).any(|site| {
        let name = site.resolved.path.name();
        let member = name.rsplit('.').next().unwrap_or_default();
        (name.contains("Statement.") && MEMBERS.contains(&member)) || name == "requestParameters.principal"
    })
}

/// Whether a star stands alone, or after the service, between the quotes of a member of a policy.
fn in_policy(text: &str) -> bool {
    let pieces = pieces(text);
    pieces.windows(3).any(|three| {
        let [Piece::Text(before), Piece::Any, Piece::Text(after)] = three else { return false };
        let closed = after.starts_with('"') || after.starts_with(r#"\""#);
        let Some((key, open)) = before.rsplit_once('"') else { return false };
        let service = open.is_empty()
            || open.strip_suffix(':').is_some_and(|name| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        let key = key.trim_end_matches([' ', '[', ':', '\\', '\t', '\n']);
        let member = key.strip_suffix('"').and_then(|key| key.trim_end_matches('\\').rsplit('"').next());
        closed
            && service
            && member.is_some_and(|member| MEMBERS.iter().any(|known| known.eq_ignore_ascii_case(member)))
    })
}
