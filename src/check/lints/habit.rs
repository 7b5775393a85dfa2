//! Values in the language of another tool: regular expressions, SQL, operators inside the value.

use super::View;
use super::placeholder::is_variable;
use crate::check::wording::quoted;
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::modifier::Modifier;
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::schema::{KnownValues, Type};

crate::codes! {
    /// A value is written in the language of another tool.
    ///
    /// ## What it does
    ///
    /// Reports a plain value that is a regular expression, a SQL pattern with `%`, begins with an operator such as `!` or `>=`, or joins several known values by `|`, `,` or `OR`, and a keyword that is a field of the log, a colon and a value.
    ///
    /// ## Why it matters
    ///
    /// In Sigma the characters are part of the text, and no event holds them.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: '^Create(User|Role)$'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName|re: '^Create(User|Role)$'
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A list in place of joined values is offered as a guess.
    HABIT = "S0456" "habit-of-another-language" Warning;
}

/// Looks at every plain value.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for item in view.items() {
        let ItemValue::Values { values, .. } = &item.value else { continue };
        if item.field.is_none() {
            let judged = values.iter().take(MAX_VALUES).filter_map(|value| keyword(view, value));
            found.extend(judged);
            continue;
        }
        if item.modifiers.iter().any(|modifier| !is_plain(modifier.value)) {
            continue;
        }
        let site = view.sites_of(item).next();
        let ty = site.filter(|_| view.schema.is_some()).map(|site| &site.resolved.ty);
        let known = match ty {
            Some(Type::Enum(known)) => Some(known.as_ref()),
            _ => None,
        };
        found.extend(values.iter().take(MAX_VALUES).filter_map(|value| judge(item, value, known, ty)));
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 256;

/// Modifiers under which a value is still the text that is looked for.
fn is_plain(modifier: Modifier) -> bool {
    matches!(
        modifier,
        Modifier::Contains
            | Modifier::StartsWith
            | Modifier::EndsWith
            | Modifier::All
            | Modifier::Neq
            | Modifier::Cased
    )
}

fn judge(
    item: &Item,
    value: &Value,
    known: Option<&dyn KnownValues>,
    ty: Option<&Type>,
) -> Option<Diagnostic> {
    let ValueKind::Text { text, .. } = &value.kind else { return None };
    let text = text.as_str();
    if known.is_some_and(|known| known.canonical(text).is_some()) {
        return None;
    }
    let name = item.field.as_ref().map_or("", |field| field.text.as_str());
    let say = |message: String| Diagnostic::new(&HABIT, value.span, message);
    let whole = !item.modifiers.iter().any(|modifier| {
        matches!(modifier.value, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith)
    });
    if let Some(operator) = operator(text).filter(|_| whole) {
        let finding = say(format!("`{operator}` is part of the text `{text}`, not an operator"));
        return Some(match operator {
            "!" | "!=" | "<>" => finding.help(format!("write `{name}|neq`, or a selection under `not`")),
            "=" | "==" => finding.help("write the value alone: without a modifier the field equals it"),
            _ => finding.help(format!("write `{name}|{}` and the number alone", comparison(operator))),
        });
    }
    if let Some(part) = regex(text, known.is_some(), ty.is_some()) {
        let finding = say(format!("`{text}` is a regular expression, which is read as text"));
        let finding = finding.label(format!("`{part}` is searched for literally"));
        return Some(finding.help(format!("write `{name}|re`, or `*` and `?` as wildcards")));
    }
    if let Some((bare, modifier)) = like(text).filter(|_| whole) {
        let finding = say(format!("`%` is part of the text `{text}`, not a wildcard"));
        return Some(finding.help(format!("write `{name}|{modifier}` and `{bare}`, or the wildcard `*`")));
    }
    // Text with a form of its own can hold anything, and so can that of systems of which nothing is known.
    let plain = whole
        && ty.is_some_and(|ty| !matches!(ty, Type::Json(_) | Type::Any | Type::Object(_) | Type::Map(_)));
    if plain && let Some(inner) = unwrapped(text, '\'', '\'').filter(|inner| !inner.is_empty()) {
        let meant = known.and_then(|known| known.canonical(inner)).unwrap_or(inner).to_owned();
        let finding = say(format!("the quotes are part of the text `{text}`"));
        let finding = finding.help(format!("write `{meant}` in one pair of quotes, or without any"));
        return Some(finding.fix(Fix::guess(value.span, quoted(&meant))).suggest(vec![meant]));
    }
    if plain && let Some(part) = foreign(text) {
        let finding = say(format!("`{text}` is in the language of another tool, and is read as text"));
        return Some(
            finding
                .label(format!("`{part}` is searched for literally"))
                .help("write the value alone, a list of values, or a modifier such as `contains`"),
        );
    }
    let parts = match known {
        Some(known) => joined(text, |part| known.canonical(part).is_some()),
        None if plain => alternatives(text),
        None => None,
    }?;
    let list = parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(", ");
    let finding = say(format!("`{text}` is one value, not {}", parts.len()));
    let finding = finding.help("write a list: one of its values is enough");
    // A list cannot stand in a list.
    let alone = matches!(&item.value, ItemValue::Values { list: false, .. });
    Some(if alone { finding.fix(Fix::guess(value.span, format!("[{list}]"))) } else { finding })
}

/// A keyword that is a field of the log, a colon and a value: without a space YAML reads one text.
fn keyword(view: &View<'_>, value: &Value) -> Option<Diagnostic> {
    let ValueKind::Text { text, .. } = &value.kind else { return None };
    let (name, rest) = text.split_once(':')?;
    let field = name.split('|').next().unwrap_or_default();
    if rest.is_empty() || !view.schema?.has_field(field) {
        return None;
    }
    let finding = Diagnostic::new(
        &HABIT,
        value.span,
        format!("`{name}:` is part of the text that is searched for, not a field"),
    );
    let written = format!("{name}: {}", quoted(rest.trim()));
    Some(finding.help("write a space after the `:`").fix(Fix::guess(value.span, written)))
}

/// The operator that the text begins with.
fn operator(text: &str) -> Option<&'static str> {
    let operators = ["!=", "<>", ">=", "<=", "==", "!", "=", ">", "<"];
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
        _ => number || operand.starts_with(char::is_alphanumeric),
    };
    fits.then_some(operator)
}

fn comparison(operator: &str) -> &'static str {
    match operator {
        ">=" => "gte",
        "<=" => "lte",
        ">" => "gt",
        _ => "lt",
    }
}

/// The part of a text that only a regular expression has; in a field with known values a little is enough.
fn regex(text: &str, known: bool, typed: bool) -> Option<&str> {
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
    // A lone sign at the end is a variable or a share; before it stands what repeats or closes.
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

/// The text and the modifier that a SQL pattern stands for.
fn like(text: &str) -> Option<(&str, &'static str)> {
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
        // Between two signs stands the name of a list, or of a variable of Windows.
        (true, true) => (!is_variable(inner) && inner.contains([':', '/'])).then_some((inner, "contains")),
        (true, false) => (!encoded && letters(inner.chars().next())).then_some((inner, "endswith")),
        (false, true) => letters(inner.chars().next_back()).then_some((inner, "startswith")),
        (false, false) => None,
    }
}

/// The values that a text joins, each of which is one.
fn joined(text: &str, is_value: impl Fn(&str) -> bool) -> Option<Vec<&str>> {
    let bare = unwrapped(text, '(', ')').unwrap_or(text);
    let words = |separator: &'static str| bare.split(separator).map(str::trim).collect::<Vec<_>>();
    [" OR ", " or ", "||", "|", ",", ";"]
        .into_iter()
        .map(words)
        .find(|parts| parts.len() > 1 && parts.len() <= MAX_VALUES && parts.iter().all(|part| is_value(part)))
}

/// The values that a text joins where the values of its field are not known: words between signs that join them.
fn alternatives(text: &str) -> Option<Vec<&str>> {
    let word = |part: &str| {
        part.starts_with(char::is_alphanumeric)
            && part.chars().all(|char| char.is_alphanumeric() || "_-.@:/+=*".contains(char))
    };
    // Identifiers have bars and semicolons of their own.
    let marked = text.contains(" OR ")
        || text.contains(", ")
        || unwrapped(text, '(', ')').is_some_and(|inner| inner.contains('|'));
    // Lists of attributes are written so too.
    let pairs = text.contains('=') || text.contains(": ");
    (marked && !pairs).then(|| joined(text, word)).flatten()
}

/// The text between two signs at its ends.
fn unwrapped(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open).and_then(|text| text.strip_suffix(close))
}

/// The part of a text that only another query language or a shell reads.
fn foreign(text: &str) -> Option<&str> {
    // A list as programs write it; with double quotes it is JSON, which a log can hold.
    if let Some(inner) = unwrapped(text, '[', ']')
        && (inner.starts_with('\'') || (inner.contains(',') && !inner.contains(['"', '{', '['])))
    {
        return text.get(..1);
    }
    if let Some(inner) = unwrapped(text, '/', '/').filter(|inner| !inner.contains('/'))
        && [".*", ".+", "\\", "[", "(", "|", "^"].iter().any(|part| inner.contains(part))
    {
        return text.get(..1);
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
