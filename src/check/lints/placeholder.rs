//! Placeholders of documentation, left in as values.

use super::{View, blank};
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::placeholder;
use crate::rule::{Item, ValueKind};
use crate::schema::Type;

crate::codes! {
    /// A value looks like a placeholder that was never filled in.
    ///
    /// ## What it does
    ///
    /// Reports values such as `<account>`, `%Administrators%` without `expand`, `{{name}}`, `CHANGEME`, and labels
    /// such as `UPN` where the name of a user is meant; and longer values with such a part: `:role/REPLACE-ME-ci`,
    /// `arn:aws:iam::${ACCOUNT}:root`, `<account-id>`, `your-bucket`.
    /// In a log with a schema also `[ADMIN_USER]`, `$ADMIN_USER`, `__ADMIN_USER__`, `INSERT_USER_HERE` and the like.
    /// Variables of Windows such as `%APPDATA%` are texts of command lines.
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

    /// A value names an account that only documentation has.
    ///
    /// ## What it does
    ///
    /// Reports the account numbers of AWS's documentation, such as `123456789012`, alone or inside a name.
    ///
    /// ## Why it matters
    ///
    /// The example was copied with its account, so the item matches nothing of yours.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.accountId: '123456789012'
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
    ///         userIdentity.accountId: '210987654321'
    ///     condition: selection and not filter
    /// ```
    SAMPLE = "S0459" "account-of-documentation" Info;
}

/// Looks at every value.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let typed = view.schema.is_some();
    view.each_value(&mut |item, value| {
        let ValueKind::Text { text, .. } = &value.kind else { return };
        if item.has(Modifier::Expand) || item.has(Modifier::Re) || is_known(view, item, text) {
            return;
        }
        let name = text.strip_prefix('%').and_then(|text| text.strip_suffix('%'));
        let percent = name.is_some_and(|name| placeholder(text) == Some(name) && !is_variable(name));
        let finding =
            || Diagnostic::new(&PLACEHOLDER, value.span, format!("`{text}` looks like a placeholder"));
        if percent {
            // Under a modifier that Sigma does not have, the signs may be those of another language.
            if item.faulty {
                return;
            }
            found.push(
                finding()
                    .label("text here, percent signs included")
                    .help("add the modifier `expand` if the list of that name is meant"),
            );
        } else if let Some(part) = blank::part(text, is_whole(item), typed) {
            let finding = finding();
            let finding =
                if part == text { finding } else { finding.label(format!("`{part}` is to be filled in")) };
            found.push(finding.help("write the value that is meant"));
        } else if let Some(account) = documented_account(text) {
            found.push(
                Diagnostic::new(&SAMPLE, value.span, format!("`{account}` is an account of documentation"))
                    .help("write the account that is meant"),
            );
        }
    });
}

/// Whether a name between percent signs is a variable of Windows, which command lines hold as it is.
pub(super) fn is_variable(name: &str) -> bool {
    const NAMES: [&str; 18] = [
        "allusersprofile",
        "appdata",
        "commonprogramfiles",
        "computername",
        "comspec",
        "homedrive",
        "homepath",
        "localappdata",
        "path",
        "programdata",
        "programfiles",
        "public",
        "systemdrive",
        "systemroot",
        "temp",
        "tmp",
        "userprofile",
        "windir",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the field documents the text as one of its values.
fn is_known<'a>(view: &View<'a>, item: &'a Item, text: &str) -> bool {
    view.sites_of(item)
        .any(|site| matches!(&site.resolved.ty, Type::Enum(known) if known.canonical(text).is_some()))
}

/// Whether the item compares whole texts.
fn is_whole(item: &Item) -> bool {
    ![Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith].into_iter().any(|part| item.has(part))
}

/// The account of a text that only documentation has.
fn documented_account(text: &str) -> Option<&str> {
    if text.bytes().filter(u8::is_ascii_digit).count() < 12 {
        return None;
    }
    // The same digit twelve times is also the end of some GUIDs.
    let made_up = |part: &str| {
        matches!(part, "000000000000" | "111111111111")
            && (part == text || text.contains(&format!(":{part}:")))
    };
    text.split(|char: char| !char.is_ascii_alphanumeric())
        .find(|part| matches!(*part, "123456789012" | "111122223333" | "444455556666") || made_up(part))
}
