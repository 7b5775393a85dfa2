//! Wildcards where the character itself is meant.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Item, ItemValue, ValueKind};
use crate::schema::Type;

crate::codes! {
    /// A star is where the text itself has one.
    ///
    /// ## What it does
    ///
    /// Reports a `*` that is a whole text of a policy inside JSON quotes, such as `"Action":"*"`, a lone `*` on a field that holds the actions, resources or principals of a policy, `iam:*` as a part of one, and `\\*`, which is one backslash and a wildcard, where a value begins with it or a star is meant.
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
        let apart = [Modifier::Cidr, Modifier::FieldRef, Modifier::Exists];
        if apart.into_iter().any(|modifier| item.has(modifier)) {
            continue;
        }
        let regex = item.has(Modifier::Re);
        for value in values.iter().take(MAX_VALUES) {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let say = |message: &str| Diagnostic::new(&LITERAL_STAR, value.span, message);
            let finding = if regex {
                if !text.contains(r#""*""#) {
                    continue;
                }
                say("the `*` repeats the quote before it").help(r"write `\*` for the character itself")
            } else if in_policy(text) || (is_lone(text) && of_policy(view, item)) {
                say("the `*` is a wildcard, which every policy matches")
                    .help(r"write `\*` for the character itself, or `exists: true` to ask for presence")
            } else if item.has(Modifier::Contains) && is_service_star(text) && in_json(view, item) {
                say("the `*` is a wildcard, which every action of the service matches")
                    .help(r"write `\*` for the character itself, or leave it out")
            } else if text.starts_with(r"\\*\") || text.starts_with(r"\\?\") {
                say("the value begins with one backslash and a wildcard, not with two backslashes").help(
                    r"write `\\\\*` for two backslashes and a wildcard, `\\\\\*` where the star is meant too",
                )
            } else if view.schema.is_some() && is_escaped_twice(text) {
                say("`\\\\*` is a backslash and a wildcard, not a star")
                    .help(r"write `\*` for the character itself")
            } else {
                continue;
            };
            found.push(finding);
        }
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 256;

/// The members of a policy whose texts can be a lone star, those of roles of Azure among them.
const MEMBERS: [&str; 14] = [
    "Action",
    "Actions",
    "NotActions",
    "DataActions",
    "NotDataActions",
    "AssignableScopes",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "AWS",
    "CanonicalUser",
    "Federated",
];

/// Members of other permissions of which a star says "all": of Kubernetes roles, of rules for other origins.
const EVERYTHING: [&str; 13] = [
    "aWSAccountId",
    "aWSAccountIds",
    "accountIds",
    "verbs",
    "apiGroups",
    "resourceNames",
    "nonResourceURLs",
    "principal",
    "allowedOrigins",
    "allowedHeaders",
    "allowedMethods",
    "AllowedOrigin",
    "AllowedHeader",
];

/// Whether a text is all actions of a service, or of all: `iam:*`. At the end of a part the wildcard would say nothing.
fn is_service_star(text: &str) -> bool {
    text.strip_suffix(":*").is_some_and(|service| {
        service == "*" || (!service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}

/// Whether the field holds JSON, as a policy is.
fn in_json(view: &View<'_>, item: &Item) -> bool {
    view.sites_of(item).any(|site| matches!(site.resolved.ty, Type::Json(_)))
}

/// Whether a whole text is what "everything" is in a policy.
fn is_lone(text: &str) -> bool {
    matches!(text, "*" | "*:*")
}

/// Whether the field holds what a policy lists.
fn of_policy(view: &View<'_>, item: &Item) -> bool {
    if item.modifiers.iter().any(|modifier| !matches!(modifier.value, Modifier::All | Modifier::Neq)) {
        return false;
    }
    // In an open object the name that is written is all that is known.
    let written = item.field.as_ref().map(|field| field.text.as_str());
    view.sites_of(item).map(|site| site.resolved.path.name()).chain(written.map(str::to_owned)).any(|name| {
        let member = name.rsplit('.').next().unwrap_or_default();
        (name.contains("Statement.") && MEMBERS.contains(&member))
            || (name.contains('.') && EVERYTHING.contains(&member))
            || name.ends_with("rules.resources")
    })
}

/// Whether a text escapes the backslash where the star alone is meant: it is where a star does in a policy.
fn is_escaped_twice(text: &str) -> bool {
    text == r"\\*" || [r#"":\\*""#, r#""\\*""#, r":\\*", r"/\\*"].iter().any(|part| text.contains(part))
}

/// Whether a star stands alone, or after the service or at the end of an ARN, between the quotes of a member of a policy.
fn in_policy(text: &str) -> bool {
    let pieces = pieces(text);
    pieces.windows(3).any(|three| {
        let [Piece::Text(before), Piece::Any, Piece::Text(after)] = three else { return false };
        let closed = after.starts_with('"') || after.starts_with(r#"\""#);
        let Some((key, open)) = before.rsplit_once('"') else { return false };
        let name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let service = open.is_empty()
            || open.strip_suffix(':').is_some_and(name)
            || (open.starts_with("arn:") && open.ends_with([':', '/']));
        // In a list the star may not be the first.
        let key =
            key.rsplit_once('[').filter(|(_, list)| !list.contains([']', '{'])).map_or(key, |(key, _)| key);
        let key = key.trim_end_matches([' ', '[', ':', '\\', '\t', '\n']);
        let member = key.strip_suffix('"').and_then(|key| key.trim_end_matches('\\').rsplit('"').next());
        closed
            && service
            && member.is_some_and(|member| MEMBERS.iter().any(|known| known.eq_ignore_ascii_case(member)))
    })
}
