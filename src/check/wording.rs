//! Words of messages: lists, guesses, articles, quotes.

use super::codes;
use super::text;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::ir::FieldUse;
use crate::schema::{Completeness, Redaction, Type};
use crate::source::{Span, Spanned};

/// Alternatives for a message: at most three.
pub(super) fn either<T: AsRef<str>>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().take(3).map(|value| format!("`{}`", value.as_ref())).collect();
    values.join(" or ")
}

/// Values for a message: at most three, and how many more there are.
pub(super) fn listed<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| format!("`{}`", value.as_ref())).collect();
    let (shown, rest) = values.split_at(values.len().min(3));
    match rest.len() {
        0 => match shown {
            [others @ .., before, last] => {
                let others: String = others.iter().map(|value| format!("{value}, ")).collect();
                format!("{others}{before} and {last}")
            }
            few => few.join(""),
        },
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A type for messages, with its article.
pub(super) fn with_article(ty: &Type) -> String {
    article(ty.name())
}

/// A word for messages, with its article.
pub(super) fn article(name: &str) -> String {
    if name == "any" {
        return "of no certain type".to_owned();
    }
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// A text as a YAML scalar: plain where that is safe, else in single quotes.
pub(super) fn quoted(text: &str) -> String {
    let plain = text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b'@'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// The span of a part of a name; the whole name where the source spells it with escapes.
pub(super) fn part_span(name: &Spanned<String>, at: std::ops::Range<usize>) -> Span {
    let start = name.span.start as usize;
    if name.span.len() as usize == name.value.len() && at.start <= at.end && at.end <= name.value.len() {
        Span::of(start + at.start, start + at.end)
    } else {
        name.span
    }
}

/// Adds the nearest names to a finding, and the first as a guess for the text at `span`.
pub(super) fn did_you_mean(finding: Diagnostic, span: Span, nearest: Vec<String>) -> Diagnostic {
    let Some(first) = nearest.first() else { return finding };
    let finding = finding.help(format!("did you mean {}?", either(&nearest)));
    finding.fix(Fix::guess(span, first.clone())).suggest(nearest)
}

/// A finding about a value that a list lacks, `near` when a known one may be meant. Where the list can lack it, the
/// finding is a warning, and says what a nearly complete list can lack.
pub(super) fn graded(
    finding: Diagnostic,
    field: &FieldUse,
    completeness: Completeness,
    near: bool,
    missing: &str,
) -> Diagnostic {
    if completeness.refuses(near) {
        return finding.severity(Severity::Error).label(format!("`{}` never holds it", field.path));
    }
    let finding = finding.severity(Severity::Warning);
    if completeness != Completeness::Nearly {
        return finding.label("not in the list of known values, which is not complete");
    }
    let finding = finding.label("not in the list of known values, which is nearly complete");
    if missing.is_empty() { finding } else { finding.help(can_lack(missing)) }
}

/// A finding about a value of `field`, which the log does not show. In a filter it keeps nothing out, and the rule still
/// fires.
pub(super) fn not_shown(redacted: &Redaction, field: &str, span: Span, grave: bool) -> Diagnostic {
    let (message, label) = match redacted {
        Redaction::Text(text) => (
            format!("the log never shows the value of `{field}`"),
            format!("the provider writes `{text}` in its place"),
        ),
        Redaction::LeftOut => {
            (format!("the log never has `{field}`"), "the provider leaves it out of every record".to_owned())
        }
        Redaction::Perhaps => (
            format!("the log may hide the value of `{field}`"),
            "the provider's interface calls it sensitive".to_owned(),
        ),
    };
    let certain = match redacted {
        Redaction::Text(_) => true,
        Redaction::LeftOut => grave,
        Redaction::Perhaps => false,
    };
    Diagnostic::new(&codes::value::REDACTED, span, message)
        .label(label)
        .help("identify the object by another field")
        .severity(if certain { Severity::Error } else { Severity::Warning })
}

/// What to do about a value that a nearly complete list can lack.
pub(super) fn can_lack(missing: &str) -> String {
    format!("the list can lack {missing}: look the value up in recorded events")
}

/// Names values that may be meant.
pub(super) fn suggest_values(finding: Diagnostic, span: Span, near: Vec<String>) -> Diagnostic {
    let Some(first) = near.first() else { return finding };
    let help = either(&near);
    let fix = Fix::guess(span, quoted(&text::escaped(first)));
    finding.help(format!("did you mean {help}?")).fix(fix).suggest(near)
}
