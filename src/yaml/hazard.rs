//! Plain scalars that readers of YAML disagree about.

use super::{Node, NodeKind, Style, Tag, codes};
use crate::diagnostic::{Diagnostic, Fix};
use crate::source::Span;

/// How a reader that follows YAML 1.1 or 1.2 takes a plain scalar for something that is not written like its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surprise {
    /// `yes`, `off`, …
    Boolean(bool),
    /// `0777`, `1_000`, `0x1f`, `+1`, `007`.
    Integer,
    /// `1e3`, `1.10`, `.inf`.
    Float,
    /// `12:30:45`.
    Sexagesimal,
    /// `2026-01-02`, `2026-01-02T03:04:05Z`.
    Date,
}

/// What a plain scalar of this text is mistaken for.
pub fn surprise(text: &str) -> Option<Surprise> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Surprise::Boolean(true)),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Surprise::Boolean(false)),
        ".nan" | ".NaN" | ".NAN" => return Some(Surprise::Float),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Surprise::Float);
    }
    if !unsigned.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return None;
    }
    if date(text) {
        return Some(Surprise::Date);
    }
    let rest = unsigned.strip_prefix('0').unwrap_or_default();
    let based = [("x", 16), ("o", 8), ("b", 2)].iter().any(|(prefix, base)| {
        rest.strip_prefix(*prefix).is_some_and(|digits| {
            !digits.is_empty() && digits.chars().all(|char| char == '_' || char.is_digit(*base))
        })
    });
    let digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if based || (digits(unsigned) && unsigned.starts_with(|char: char| char.is_ascii_digit())) {
        let canonical = !based
            && !text.starts_with('+')
            && !unsigned.contains('_')
            && (unsigned == "0" || !unsigned.starts_with('0'))
            && text != "-0";
        return (!canonical).then_some(Surprise::Integer);
    }
    if unsigned.contains(':') {
        return sexagesimal(unsigned).then_some(Surprise::Sexagesimal);
    }
    (float(unsigned) && !canonical_float(text)).then_some(Surprise::Float)
}

/// Whether some reader of YAML 1.1 or 1.2 takes a plain scalar of this text for something else than text.
pub fn is_no_text(text: &str) -> bool {
    let words = ["true", "false", "null", "y", "n", "~", "=", "<<", ""];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.parse::<f64>().is_ok()
        || surprise(text).is_some()
}

/// The finding for a detection value, with the fix that quotes it.
pub fn finding(node: &Node<'_>) -> Option<Diagnostic> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    if scalar.style != Style::Plain || scalar.tag != Tag::None {
        return None;
    }
    let taken = match surprise(&scalar.text)? {
        Surprise::Boolean(true) => "`true`",
        Surprise::Boolean(false) => "`false`",
        Surprise::Integer | Surprise::Float => "a number that is written differently",
        Surprise::Sexagesimal => "a number of seconds",
        Surprise::Date => "a date",
    };
    Some(
        Diagnostic::new(
            &codes::READ_DIFFERENTLY,
            node.span,
            format!("`{}` without quotes is {taken} to other readers of YAML", scalar.text),
        )
        .label("read as it is written here")
        .help(format!("write `'{}'`", scalar.text))
        .fix(Fix::safe(node.span, format!("'{}'", scalar.text))),
    )
}

/// What is invisible or typographic at the edges of a plain scalar.
pub fn edges(node: &Node<'_>) -> Option<Diagnostic> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    let text = &*scalar.text;
    if text.is_ascii() {
        return None;
    }
    if matches!(scalar.style, Style::Plain | Style::Single)
        && let Some(finding) = hidden_inside(node.span, text, scalar.style)
    {
        return Some(finding);
    }
    if scalar.style != Style::Plain {
        return None;
    }
    let trimmed = text.trim_matches(invisible);
    if trimmed != text {
        let char = text.chars().find(|&char| invisible(char)).filter(|_| text.starts_with(invisible));
        let char = char.or_else(|| text.chars().next_back()).unwrap_or_default();
        return Some(
            Diagnostic::new(
                &codes::INVISIBLE_EDGE,
                node.span,
                format!("{} is part of this text", named(char)),
            )
            .help("remove it, or quote the text if it is meant")
            .fix(Fix::guess(node.span, trimmed)),
        );
    }
    let quote =
        |char: char| matches!(char, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '«' | '»' | '″' | '′');
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(
        Diagnostic::new(&codes::SMART_QUOTES, node.span, "typographic quotes are part of this text")
            .help("write straight quotes")
            .fix(Fix::guess(node.span, format!("'{}'", inner.replace('\'', "''")))),
    )
}

/// What is invisible between letters of a value, where it was hardly meant: a text of nothing else is looked for as such.
fn hidden_inside(span: Span, text: &str, style: Style) -> Option<Diagnostic> {
    let chars: Vec<char> = text.chars().collect();
    let between = chars.windows(3).find_map(|three| match three {
        [before, char, after] if before.is_ascii() && after.is_ascii() && zero_width(*char) => Some(*char),
        _ => None,
    })?;
    let bare: String = text.chars().filter(|&char| !zero_width(char)).collect();
    let written =
        if style == Style::Single { format!("'{}'", bare.replace('\'', "''")) } else { bare.clone() };
    Some(
        Diagnostic::new(&codes::INVISIBLE_EDGE, span, format!("{} is part of this text", named(between)))
            .help("remove it; where it is looked for, write its escape between double quotes")
            .fix(Fix::guess(span, written)),
    )
}

/// What is invisible where YAML takes a space, in the indentation or behind a colon, in the lines up to an offset at which
/// a text cannot be read: an error shows behind it, and never names it.
pub fn in_place_of_space(text: &str, offset: usize, base: usize) -> Option<Diagnostic> {
    let before = text.get(..offset)?;
    let line = before.rfind('\n').unwrap_or(0);
    let begin = before.get(..line)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(offset..)?;
    let end = offset + rest.find('\n').unwrap_or(rest.len());
    let mut indented = true;
    let mut last = '\n';
    for (at, char) in text.get(begin..end)?.char_indices() {
        if invisible(char) && (indented || last == ':') {
            let span = Span::of(base + begin + at, base + begin + at + char.len_utf8());
            let message = format!("{} where YAML takes a space", named(char));
            let help = if zero_width(char) { "remove it" } else { "write a normal space" };
            let finding = Diagnostic::new(&codes::SYNTAX, span, message);
            return Some(finding.help(help));
        }
        indented = char == '\n' || indented && char == ' ';
        last = char;
    }
    None
}

/// An invisible character by name and code point.
fn named(char: char) -> String {
    let name = match char {
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero width space",
        '\u{200c}' | '\u{200d}' => "a zero width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a mark of direction",
        '\u{feff}' => "a byte order mark",
        char if char.is_whitespace() => "an unusual space",
        _ => "an invisible character",
    };
    format!("{name} (U+{:04X})", u32::from(char))
}

/// Characters that take no room.
fn zero_width(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn invisible(char: char) -> bool {
    !char.is_ascii() && (char.is_whitespace() || zero_width(char))
}

/// `2026-01-02`, alone or with a time.
fn date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let number = |text: &str, widths: std::ops::RangeInclusive<usize>| {
        widths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let day = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
    let (day, time) = rest.split_at(day);
    if !(number(year, 4..=4) && number(month, 1..=2) && number(day, 1..=2)) {
        return false;
    }
    let Some(clock) = time.strip_prefix(['T', 't', ' ', '\t']) else { return time.is_empty() };
    let clock = clock.trim_start_matches([' ', '\t']);
    clock.starts_with(|char: char| char.is_ascii_digit())
        && clock.matches(':').count() >= 2
        && clock.chars().all(|char| char.is_ascii_digit() || ":.Zz+- ".contains(char))
}

/// `1:30`, `12:30:45`, `1:30.5`: base 60 in YAML 1.1.
fn sexagesimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, ""), |(whole, fraction)| (whole, fraction));
    let mut parts = whole.split(':');
    let Some(first) = parts.next() else { return false };
    let starts = first.starts_with(|char: char| matches!(char, '1'..='9'))
        || (text.contains('.') && first.starts_with(|char: char| char.is_ascii_digit()));
    starts
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        && parts.all(|part| match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
            _ => false,
        })
        && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// A float of YAML 1.1 or 1.2.
fn float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None if exponent.is_some() => (mantissa, ""),
        None => return false,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    exponent_fits && digits(whole) && digits(fraction) && mantissa.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a float is written as every reader would write it back.
fn canonical_float(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| {
        let plain = number.to_string();
        plain == text || (text.ends_with(".0") && format!("{plain}.0") == text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_text_to_every_reader() {
        for text in [
            "Yes",
            "no",
            "ON",
            "y",
            "N",
            "true",
            "Null",
            "~",
            "1",
            "-1.5",
            "0o17",
            "1_000",
            "1:30",
            "2026-01-02",
        ] {
            assert!(is_no_text(text), "{text}");
        }
        for text in ["yes please", "CreateUser", "1.2.3", "10.0.0.1", "fe80::1", "nobody", "a: b"] {
            assert!(!is_no_text(text), "{text}");
        }
    }

    #[test]
    fn surprises_are_found() {
        for (text, expected) in [
            ("NO", Some(Surprise::Boolean(false))),
            ("on", Some(Surprise::Boolean(true))),
            ("true", None),
            ("y", None),
            ("0777", Some(Surprise::Integer)),
            ("007", Some(Surprise::Integer)),
            ("0", None),
            ("-1", None),
            ("+1", Some(Surprise::Integer)),
            ("1_000", Some(Surprise::Integer)),
            ("_1", None),
            ("0x1f", Some(Surprise::Integer)),
            ("0o17", Some(Surprise::Integer)),
            ("0xzz", None),
            ("50126", None),
            ("123456789012345678901234567890", None),
            ("1e3", Some(Surprise::Float)),
            ("1.5", None),
            ("1.0", None),
            ("1.10", Some(Surprise::Float)),
            ("1.2.3", None),
            ("10.0.0.1", None),
            (".5", Some(Surprise::Float)),
            (".", None),
            (".inf", Some(Surprise::Float)),
            ("-.INF", Some(Surprise::Float)),
            ("12:30:45", Some(Surprise::Sexagesimal)),
            ("1:30", Some(Surprise::Sexagesimal)),
            ("01:30", None),
            ("12:99", None),
            ("fe80::1", None),
            ("2026-01-02", Some(Surprise::Date)),
            ("2026-01-02T03:04:05Z", Some(Surprise::Date)),
            ("2026-01", None),
            ("2026-01-02x", None),
            ("1e", None),
            ("3a", None),
            ("", None),
        ] {
            assert_eq!(surprise(text), expected, "{text}");
        }
    }
}
