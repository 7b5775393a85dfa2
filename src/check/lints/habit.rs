//! Values in the language of another tool: regular expressions, SQL, operators inside the value.

use super::View;
use super::notation::{dashed, expression, foreign, like, operator, regex, unwrapped};
use crate::check::plan::Plan;
use crate::check::text::{Wanted, wanted};
use crate::check::wording::quoted;
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::schema::{Format, KnownValues, Step, Type};
use crate::text::Matcher;

crate::codes! {
    /// A value is written in the language of another tool.
    ///
    /// ## What it does
    ///
    /// Reports a plain value that is a regular expression or a pattern of a shell, a SQL pattern with `%`, begins with an operator such as `!`, `>=` or `=~`, names its field once more (`user=admin`), has a typographic dash between letters (`aws–cli`), or joins several values by `|`, `,`, `OR` or `AND`, and a keyword that is a field of the log, a colon and a value.
    ///
    /// ## Why it matters
    ///
    /// In Sigma the characters are part of the text, or wildcards, and no event holds such a text.
    /// `org.*` in a field whose names have dots is a prefix, and is not reported.
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
    let mut visits = MAX_VISITS;
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
        let format = site.and_then(|site| {
            let own = site.resolved.field.as_ref().and_then(|field| field.format);
            own.or_else(|| view.schema?.format_by_name(&site.resolved.path))
        });
        let paired =
            item.field.as_ref().is_some_and(|field| field.text.to_ascii_lowercase().ends_with("value"))
                || site.is_some_and(|site| {
                    site.resolved.path.steps.iter().any(|step| matches!(step, Step::Select { .. }))
                });
        let judged = values
            .iter()
            .take(MAX_VALUES)
            .filter_map(|value| judge(item, value, known, ty, format, paired, &mut visits));
        found.extend(judged);
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 256;

/// The most known values that all texts of a rule are tried on.
const MAX_VISITS: usize = 500_000;

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
    format: Option<Format>,
    paired: bool,
    visits: &mut usize,
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
    if let Some((dash, plain)) = dashed(text) {
        let finding =
            say(format!("`{dash}` in `{text}` is a dash of a word processor, not the hyphen of a keyboard"));
        let finding = finding.help(format!("did you mean `{plain}`?")).suggest(vec![plain.clone()]);
        return Some(finding.fix(Fix::guess(value.span, quoted(&plain))));
    }
    if let Some(rest) = text.strip_prefix("not ").or_else(|| text.strip_prefix("NOT ")).filter(|_| whole)
        && known.is_some_and(|known| known.canonical(rest).is_some())
    {
        let finding = say(format!("`not` is part of the text `{text}`, not an operator"));
        return Some(finding.help(format!("write `{name}|neq`, or a selection under `not`")));
    }
    if let Some(operator) = operator(text).filter(|_| whole) {
        let finding = say(format!("`{operator}` is part of the text `{text}`, not an operator"));
        return Some(match operator {
            "!" | "!=" | "<>" => finding.help(format!("write `{name}|neq`, or a selection under `not`")),
            "=~" | "~=" => finding.help(format!("write `{name}|re` and the expression alone")),
            "!~" => finding.help("write `re` and the expression alone, in a selection under `not`"),
            "=" | "==" => finding.help("write the value alone: without a modifier the field equals it"),
            _ => finding.help(format!("write `{name}|{}` and the number alone", comparison(operator))),
        });
    }
    // Text with a form of its own can hold anything, and so can that of systems of which nothing is known.
    let typed =
        ty.is_some_and(|ty| !matches!(ty, Type::Json(_) | Type::Any | Type::Object(_) | Type::Map(_)));
    let part = regex(text, known.is_some(), ty.is_some()).or_else(|| expression(text).filter(|_| typed));
    if let Some(part) = part.filter(|_| !known.is_some_and(|known| names(item, text, known, visits))) {
        let text_with = if has_wildcard(text) { "text with wildcards" } else { "text" };
        let finding = say(format!("`{text}` is a regular expression, which is read as {text_with}"));
        let finding = finding.label(taken(part));
        let help = if part == ".*" { "`*` without the `.`" } else { "`*` and `?` as wildcards" };
        return Some(finding.help(format!("write `{name}|re`, or {help}")));
    }
    if let Some((bare, modifier)) = like(text).filter(|_| whole) {
        let finding = say(format!("`%` is part of the text `{text}`, not a wildcard"));
        return Some(finding.help(format!("write `{name}|{modifier}` and `{bare}`, or the wildcard `*`")));
    }
    // What a pair holds can be a list in a text, as parameters of commands are.
    let plain = whole && typed && !paired;
    if plain && matches!(text, "''" | "\"\"") {
        let finding = say(format!("`{text}` is a text of two quotes, not an empty one"));
        return Some(finding.help("write one pair of quotes").fix(Fix::guess(value.span, "''")));
    }
    if plain && let Some(inner) = pair(name, text) {
        let finding = say(format!("`{text}` names the field once more, as a part of its text"));
        let finding = finding.help(format!("write `{inner}` alone")).suggest(vec![inner.to_owned()]);
        return Some(finding.fix(Fix::guess(value.span, quoted(inner))));
    }
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
    if plain && both(text, known) {
        let finding = say(format!("`AND` is part of the text `{text}`, not an operator"));
        return Some(finding.help(format!("write a list under `{name}|contains|all`, or two selections")));
    }
    let parts = match known {
        Some(known) => joined(text, |part| known.canonical(part).is_some()),
        None if plain => alternatives(text).or_else(|| several(text, format.or_else(|| called(name))?)),
        None => None,
    }?;
    let list = parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(", ");
    let finding = say(format!("`{text}` is one value, not {}", parts.len()));
    let finding = finding.help("write a list: one of its values is enough");
    // A list cannot be in a list.
    let alone = matches!(&item.value, ItemValue::Values { list: false, .. });
    Some(if alone { finding.fix(Fix::guess(value.span, format!("[{list}]"))) } else { finding })
}

/// Whether a text, read as rules read it, names known values of its field, or begins dotted names as they are: `org.*` is
/// each action whose name begins with `org.`. `true` too when the rule has asked too often.
fn names(item: &Item, text: &str, known: &dyn KnownValues, visits: &mut usize) -> bool {
    let wanted = wanted(pieces(text), Plan::new(item).place);
    let matcher = match &wanted {
        Wanted::Present => return true,
        Wanted::Pattern(shape) => Matcher::new(shape, false),
    };
    let head = text.strip_suffix(".*").filter(|head| is_dotted(head) || is_word(head));
    let (mut found, mut dotted, mut seen) = (false, 0_usize, 0_usize);
    known.visit(&mut |member| {
        found = *visits == 0 || matcher.matches(member);
        *visits = visits.saturating_sub(1);
        seen += 1;
        dotted += usize::from(head.is_some() && is_dotted(member));
        !found
    });
    found || (head.is_some() && dotted * 2 >= seen)
}

/// Whether a text is words between dots.
fn is_dotted(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_word)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-'))
}

fn has_wildcard(text: &str) -> bool {
    pieces(text).iter().any(|piece| !matches!(piece, Piece::Text(_)))
}

/// What becomes of a part that only a regular expression has.
fn taken(part: &str) -> String {
    let pieces = pieces(part);
    let signs = match (pieces.contains(&Piece::Any), pieces.contains(&Piece::One)) {
        (false, false) => return format!("`{part}` is searched for literally"),
        (true, false) => "`*` is a wildcard",
        (false, true) => "`?` is a wildcard for one character",
        (true, true) => "`*` and `?` are wildcards",
    };
    format!("in `{part}` {signs}, and the rest is searched for literally")
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

fn comparison(operator: &str) -> &'static str {
    match operator {
        ">=" => "gte",
        "<=" => "lte",
        ">" => "gt",
        _ => "lt",
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

/// The value of a text that names its field again: `user=admin` in a user name.
fn pair<'t>(field: &str, text: &'t str) -> Option<&'t str> {
    let (key, value) = text.split_once('=')?;
    let folded = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    let (key, value) = (folded(key), value.trim());
    let name = folded(field.rsplit('.').next().unwrap_or_default());
    let names = key == name || (key.len() >= 4 && (name.starts_with(&key) || name.ends_with(&key)));
    let word = !value.is_empty() && !value.contains(['=', '&', ';', ',']);
    (names && word).then_some(value)
}

/// Whether a text joins two values by `AND`.
fn both(text: &str, known: Option<&dyn KnownValues>) -> bool {
    let word = |part: &str| match known {
        Some(known) => known.canonical(part.trim()).is_some(),
        None => !part.trim().is_empty() && !part.trim().contains(' '),
    };
    text.contains(" AND ") && text.split(" AND ").all(word)
}

/// That a field holds a plain name, where only what it is called says so.
fn called(field: &str) -> Option<Format> {
    let last = field.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let nouns = ["name", "user", "login", "actor", "role", "group", "owner", "region"];
    nouns.iter().any(|noun| last.ends_with(noun)).then_some(Format::Name)
}

/// The values that a text joins where each has the format of the field, and no text of the format joins such.
fn several(text: &str, format: Format) -> Option<Vec<&str>> {
    let exact = match format {
        Format::Guid
        | Format::Email
        | Format::Upn
        | Format::Account
        | Format::Arn
        | Format::Domain
        | Format::CountryCode => true,
        // A name can hold a comma: three words are more than one name.
        Format::Name | Format::User => false,
        _ => return None,
    };
    let separators: &[char] = if exact { &[',', ';', '|', ' '] } else { &[',', '|'] };
    separators.iter().find_map(|&separator| {
        let parts: Vec<&str> = text.split(separator).map(str::trim).collect();
        let word = |part: &&str| {
            part.len() > 1 && part.chars().all(|char| char.is_ascii_alphabetic() || "_-*".contains(char))
        };
        let fits = |part: &&str| if exact { format.fits(part) } else { word(part) };
        let enough = parts.len() > if exact || separator == '|' { 1 } else { 2 };
        (enough && parts.iter().all(fits)).then_some(parts)
    })
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
