//! Placeholders of documentation, left in as values.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::placeholder;
use crate::rule::{Item, ValueKind};

crate::codes! {
    /// A value looks like a placeholder that was never filled in.
    ///
    /// ## What it does
    ///
    /// Reports values such as `<account>`, `%Administrators%` without `expand`, `{{name}}`, `CHANGEME`, and labels
    /// such as `UPN` where the name of a user is meant; and longer values with such a part: `:role/REPLACE-ME-ci`,
    /// `arn:aws:iam::${ACCOUNT}:root`, `<account-id>`, `your-bucket`.
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
    view.each_value(&mut |item, value| {
        let ValueKind::Text { text, .. } = &value.kind else { return };
        if item.has(Modifier::Expand) || item.has(Modifier::Re) {
            return;
        }
        let name = text.strip_prefix('%').and_then(|text| text.strip_suffix('%'));
        let percent = name.is_some_and(|name| placeholder(text) == Some(name) && !is_variable(name));
        let finding = Diagnostic::new(&PLACEHOLDER, value.span, format!("`{text}` looks like a placeholder"));
        if percent {
            found.push(
                finding
                    .label("text here, percent signs included")
                    .help("add the modifier `expand` if the list of that name is meant"),
            );
        } else if let Some(part) = blank(text, is_whole(item)) {
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

/// Whether a name between percent signs is a variable of Windows, which command lines hold as it stands.
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

/// Whether the item compares whole texts.
fn is_whole(item: &Item) -> bool {
    ![Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith].into_iter().any(|part| item.has(part))
}

/// The part of a text that stands for what is still to be filled in.
fn blank(text: &str, whole: bool) -> Option<&str> {
    // As a part of a text, a plain word in these brackets is an element of markup.
    if is_blank(text) && (whole || !text.starts_with('<')) {
        return Some(text);
    }
    let brackets = [("{{", "}}"), ("${", "}"), ("<", ">"), ("[[", "]]")];
    brackets.into_iter().find_map(|(open, close)| bracketed(text, open, close)).or_else(|| {
        let word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        text.split(|char| !word(char)).find(|token| is_blank_word(token))
    })
}

/// The first bracketed name in a text, brackets included.
fn bracketed<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let start = text.find(open)?;
    let inner = text.get(start + open.len()..)?;
    let inner = inner.get(..inner.find(close)?)?;
    let name = inner.trim();
    let fits = name.starts_with(char::is_alphabetic)
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-' | '.' | ':'))
        && match open {
            // Elements of markup have the same brackets: a placeholder in a longer text is told by its spelling.
            "<" => {
                name.contains(['_', '-'])
                    || (name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
            }
            // Variables of a shell stand in command lines; the names with colons are those of CloudFormation.
            "${" => {
                let shell = ["IFS", "HOME", "PATH", "PWD", "USER", "SHELL", "HOSTNAME", "TMPDIR", "RANDOM"];
                // A dotted name is what a template left in the text that the log really holds.
                !shell.contains(&name)
                    && !name.contains('.')
                    && (!name.contains(':') || name.starts_with("AWS::"))
            }
            _ => !name.contains(':'),
        };
    fits.then(|| text.get(start..start + open.len() + inner.len() + close.len())).flatten()
}

/// Whether a word of a text says that it is to be replaced.
fn is_blank_word(token: &str) -> bool {
    const WORDS: [&str; 8] = [
        "REPLACE_ME",
        "REPLACEME",
        "CHANGE_ME",
        "CHANGEME",
        "FILL_ME_IN",
        "FILL_IN",
        "REPLACE_WITH",
        "INSERT_HERE",
    ];
    const OWN: [&str; 12] = [
        "account",
        "bucket",
        "company",
        "domain",
        "ip",
        "org",
        "organization",
        "project",
        "role",
        "subscription",
        "tenant",
        "user",
    ];
    let word = token.replace('-', "_");
    let said = WORDS.iter().any(|known| {
        word == *known
            || word.strip_prefix(known).is_some_and(|rest| rest.starts_with('_'))
            || word.strip_suffix(known).is_some_and(|rest| rest.ends_with('_'))
    });
    let lower = word.to_ascii_lowercase();
    let own = lower.strip_prefix("your_").is_some_and(|rest| OWN.iter().any(|known| rest.starts_with(known)));
    let crosses = token.len() >= 8 && token.bytes().all(|byte| matches!(byte, b'X' | b'x'));
    said || own || crosses
}

/// The account of a text that only documentation has.
fn documented_account(text: &str) -> Option<&str> {
    text.split(|char: char| !char.is_ascii_alphanumeric())
        .find(|part| matches!(*part, "123456789012" | "111122223333" | "444455556666"))
}

/// Whether the whole text stands for a value that is still to be filled in.
fn is_blank(text: &str) -> bool {
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|text| text.strip_suffix(close)).is_some_and(|inner| {
            let inner = inner.trim();
            // A program says so of what it does not know.
            let unknown = ["unknown", "none", "empty"].iter().any(|word| inner.starts_with(word));
            !unknown
                && inner.starts_with(char::is_alphabetic)
                && inner.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-' | '.'))
        })
    };
    inside("<", ">")
        || inside("{{", "}}")
        || matches!(
            text.to_ascii_uppercase().replace('-', "_").as_str(),
            "CHANGEME"
                | "CHANGE_ME"
                | "REPLACEME"
                | "REPLACE_ME"
                | "FILL_ME_IN"
                | "INSERT_HERE"
                | "TODO"
                | "TBD"
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
