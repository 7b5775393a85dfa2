//! What only another language writes: regular expressions, SQL, shells and the query languages of other tools.

use super::placeholder::is_variable;

/// The operator that the text begins with.
pub(super) fn operator(text: &str) -> Option<&'static str> {
    let operators = ["!=", "<>", ">=", "<=", "==", "=~", "!~", "~=", "!", "=", ">", "<"];
    let operator = operators.into_iter().find(|operator| text.starts_with(operator))?;
    let rest = text.get(operator.len()..).unwrap_or_default();
    let operand = rest.trim_start().trim_start_matches(['\'', '"']);
    let number = !operand.is_empty() && operand.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let word = rest.starts_with(char::is_alphanumeric)
        && operand.chars().all(|char| char.is_alphanumeric() || "-_.:/@*".contains(char));
    let fits = match operator {
        "<" | ">" => number,
        "!" if rest.starts_with('(') && rest.ends_with(')') => true,
        "!" | "=" => word,
        "=~" | "!~" | "~=" => !rest.trim().is_empty(),
        _ => number || operand.starts_with(char::is_alphanumeric),
    };
    fits.then_some(operator)
}

/// A typographic dash between letters or digits, where programs write a hyphen, and the text with hyphens in its place.
pub(super) fn dashed(text: &str) -> Option<(char, String)> {
    const DASHES: [char; 6] = ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'];
    let dash = text.char_indices().find_map(|(at, char)| {
        let before = text.get(..at)?.chars().next_back()?;
        let after = text.get(at + char.len_utf8()..)?.chars().next()?;
        (DASHES.contains(&char) && before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric())
            .then_some(char)
    })?;
    Some((dash, text.replace(DASHES, "-")))
}

/// The part of a text that only a regular expression has; in a field with known values a little is enough.
pub(super) fn regex(text: &str, known: bool, typed: bool) -> Option<&str> {
    // Each of what follows has one of these.
    if !text.bytes().any(|byte| b"([*+{".contains(&byte)) && !text.contains("\\.") {
        return None;
    }
    for head in ["(?i)", "(?s)", "(?:", "(?=", "(?!", "(?<"] {
        if text.contains(head) {
            return Some(head);
        }
    }
    let meta = [".*", ".+", "\\.", "[", "("];
    let has = meta.into_iter().find(|part| text.contains(part));
    // A lone sign at the end is a variable or a share; before it is what repeats or closes.
    let closes = text
        .strip_suffix('$')
        .is_some_and(|rest| rest.ends_with([')', ']', '*', '+']) || rest.contains(".*"));
    if let Some(part) = has.filter(|_| text.len() > 1 && (text.starts_with('^') || closes)) {
        return Some(part);
    }
    for class in ["\\d", "\\w", "\\s", "\\S"] {
        for repeat in ["+", "*", "{"] {
            if text.contains(&format!("{class}{repeat}")) {
                return Some(class);
            }
        }
    }
    for range in ["[a-z", "[A-Z", "[0-9"] {
        if text.find(range).is_some_and(|at| text.get(at..).unwrap_or_default().contains(']')) {
            return Some(range);
        }
    }
    // Elsewhere `.*` can be a full stop and a wildcard; before any text it is hardly one.
    let opens = [".*", ".+"]
        .into_iter()
        .find(|part| text.starts_with(part) || (*part == ".+" && text.ends_with(part)));
    if opens.is_some() && typed {
        return opens;
    }
    if !known {
        return None;
    }
    let group = text.find('(').filter(|_| text.contains('|') && text.ends_with([')', '$', '*']));
    group.and_then(|at| text.get(at..)).or_else(|| has.filter(|part| matches!(*part, ".*" | ".+" | "\\.")))
}

/// The part of a text that a regular expression has and the values of a documented field have not.
pub(super) fn expression(text: &str) -> Option<&str> {
    anchored(text).or_else(|| class(text)).or_else(|| dotted(text))
}

/// The anchor of an expression: `^admin$`, `\\bcurl\\b`, `\\Aroot\\z`. One alone can be a character of a name.
fn anchored(text: &str) -> Option<&str> {
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open)
            .and_then(|text| text.strip_suffix(close))
            .is_some_and(|inner| inner.starts_with(char::is_alphanumeric) && !inner.contains(['\\', ' ']))
    };
    let pairs = [("^", "$"), ("\\b", "\\b"), ("\\A", "\\z"), ("\\A", "\\Z"), ("\\<", "\\>")];
    if let Some((open, _)) = pairs.into_iter().find(|(open, close)| inside(open, close)) {
        return text.get(..open.len());
    }
    let rest = text.strip_prefix('^')?;
    let word = |char: char| char.is_alphanumeric() || "_-.:/@*".contains(char);
    (rest.len() > 2 && rest.chars().all(word)).then(|| text.get(..1)).flatten()
}

/// A class of characters inside a word, as regular expressions and shells write it: `[Aa]dmin`, `user[0-9]`.
fn class(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once('[')?;
    let (inner, after) = rest.split_once(']')?;
    let word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let body = inner.trim_start_matches(['!', '^']);
    let letters = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric());
    let range =
        body.split_once('-').is_some_and(|(from, to)| from.len() == 1 && to.len() == 1 && letters(from));
    let cases = body.len() == 2
        && body.get(..1).is_some_and(|first| {
            body.get(1..).is_some_and(|second| first != second && first.eq_ignore_ascii_case(second))
        });
    let few = body.len() <= 3
        && body.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
        && body.contains(|char: char| char.is_ascii_lowercase());
    let negated = body != inner && letters(body);
    let joined = word(after.chars().next()) && (before.is_empty() || word(before.chars().next_back()));
    let at_end = after.is_empty() && word(before.chars().next_back());
    let fits = (joined && (range || cases || few || negated)) || (at_end && (range || cases));
    fits.then(|| text.get(before.len()..=before.len())).flatten()
}

/// A full stop behind a backslash in a name of a host: `login\\.example\\.com`.
fn dotted(text: &str) -> Option<&str> {
    let plain = text.replace("\\.", ".");
    if plain.len() == text.len() || plain.contains(['\\', ' ']) {
        return None;
    }
    let end = plain.trim_end_matches(['$', '*', '/']).rsplit('.').next().unwrap_or_default();
    let known = ["com", "net", "org", "io", "cloud", "ru", "cn", "dev", "local", "internal"];
    let found = known.contains(&end) || plain.contains(".com/") || text.matches("\\.").count() > 1;
    found.then(|| text.find("\\.").and_then(|at| text.get(at..at + 2))).flatten()
}

/// The text and the modifier that a SQL pattern stands for.
pub(super) fn like(text: &str) -> Option<(&str, &'static str)> {
    let inner = text.trim_matches('%');
    let letters = |char: Option<char>| {
        char.is_some_and(|char| char.is_ascii_alphabetic() || matches!(char, '_' | '-' | '.' | ':'))
    };
    // A number before the sign is a percentage, hexadecimal digits after it are an encoded character.
    let encoded = text.get(1..3).is_some_and(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if inner.len() < 2 || inner.contains('%') {
        return None;
    }
    match (text.starts_with('%'), text.ends_with('%')) {
        // Between two signs is the name of a list, or of a variable of Windows.
        (true, true) => (!is_variable(inner) && inner.contains([':', '/'])).then_some((inner, "contains")),
        (true, false) => (!encoded && letters(inner.chars().next())).then_some((inner, "endswith")),
        (false, true) => letters(inner.chars().next_back()).then_some((inner, "startswith")),
        (false, false) => None,
    }
}

/// The text between two signs at its ends.
pub(super) fn unwrapped(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open).and_then(|text| text.strip_suffix(close))
}

/// The part of a text that only another query language or a shell reads.
pub(super) fn foreign(text: &str) -> Option<&str> {
    // A list as programs write it; with double quotes it is JSON, which a log can hold.
    if let Some(inner) = unwrapped(text, '[', ']')
        && (inner.starts_with('\'') || (inner.contains(',') && inner.split(',').all(is_bare)))
    {
        return text.get(..1);
    }
    if let Some(inner) = unwrapped(text, '/', '/').filter(|inner| !inner.contains('/'))
        && [".*", ".+", "\\", "[", "(", "|", "^"].iter().any(|part| inner.contains(part))
    {
        return text.get(..1);
    }
    let flagged = text.trim_end_matches(['i', 'g', 'm', 's']);
    if flagged.len() < text.len()
        && let Some(inner) = unwrapped(flagged, '/', '/').filter(|inner| !inner.contains('/'))
        && ["*", "+", "\\", "[", "(", "|", "^", "$"].iter().any(|part| inner.contains(part))
    {
        return text.get(..1);
    }
    if let Some(word) = named(text) {
        return Some(word);
    }
    let lower = text.to_ascii_lowercase();
    let before = |word: &str, next: &[char]| {
        lower.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with(next))
    };
    let calls = ["in", "not in", "in~", "has_any", "dynamic", "regex", "match"];
    if let Some(word) = calls.into_iter().find(|word| before(word, &['('])) {
        return text.get(..word.len());
    }
    let operators =
        ["has", "contains", "startswith", "endswith", "like", "matches regex", "is not", "not like"];
    if let Some(word) = operators.into_iter().find(|word| before(word, &['"', '\''])) {
        return text.get(..word.len());
    }
    ["NOT ", "LIKE ", "BETWEEN ", "NOT LIKE ", "IS NOT "]
        .into_iter()
        .find(|word| text.starts_with(word))
        .or_else(|| braces(text))
}

/// The opening of a shell's braces: `{Create,Delete}User`.
fn braces(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('{')?;
    let (inner, _) = rest.split_once('}')?;
    let word = |part: &str| {
        part.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_')) && !part.is_empty()
    };
    (inner.contains(',') && inner.split(',').all(word)).then_some("{")
}

/// A value behind the name of an operator: `regex:^adm`, `contains: admin`, `eq admin`.
fn named(text: &str) -> Option<&str> {
    let is_word = |rest: &str| {
        let rest = rest.trim_start();
        !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(' ')
    };
    let (before, rest) = text.split_once(':').or_else(|| text.split_once(' '))?;
    let colon = text.get(before.len()..).is_some_and(|rest| rest.starts_with(':'));
    let operators: &[&str] = if colon {
        &[
            "regex",
            "re",
            "regexp",
            "glob",
            "contains",
            "startswith",
            "endswith",
            "equals",
            "wildcard",
            "prefix",
            "suffix",
        ]
    } else {
        &["eq", "ne", "neq", "gt", "lt", "gte", "lte", "contains", "startswith", "endswith", "equals"]
    };
    (operators.contains(&before.to_ascii_lowercase().as_str()) && is_word(rest)).then_some(before)
}

/// Whether a part between commas is a word, as in a list of programs; user agents in brackets have spaces.
fn is_bare(part: &str) -> bool {
    let part = part.trim();
    !part.is_empty() && !part.contains(['"', '{', '[', ' '])
}
