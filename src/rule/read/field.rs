//! Keys of items: a field name, then modifiers.

use std::ops::Range;

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix, Safety};
use crate::rule::codes::value as codes;
use crate::rule::modifier::{Modifier, NAMES};
use crate::rule::wording::{clip, near};
use crate::rule::{FieldName, NamePart, Selector};
use crate::source::Spanned;
use crate::yaml::{Locator, NodeId, Style, hazard};

/// What a key says.
pub(super) struct Key {
    pub(super) field: Option<FieldName>,
    pub(super) modifiers: Vec<Spanned<Modifier>>,
    pub(super) faulty: bool,
}

/// Where a name has what looks like a selector of elements: `[…]` before a dot or the end. The last one, where it has some.
fn inactive_selector(name: &str) -> Option<Range<usize>> {
    let mut found = None;
    let mut at = 0;
    for part in name.split_inclusive("].") {
        let whole = part.strip_suffix('.').filter(|_| part.ends_with("].")).unwrap_or(part);
        let open = whole.rfind('[').filter(|_| whole.ends_with(']'));
        let open = open.filter(|&open| !whole.get(..open).is_some_and(|before| before.ends_with('\\')));
        found = open.map(|open| at + open..at + whole.len()).or(found);
        at += part.len();
    }
    found
}

/// The name of a modifier without what the reader is strict about.
fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

impl Reader<'_, '_> {
    pub(super) fn item_key(&mut self, id: NodeId) -> Key {
        if let Some(finding) = hazard::edges(self.tree.node(id)) {
            self.report(finding);
        }
        let locator = self.tree.locator(id);
        let text = self.tree.scalar(id).map_or("", |scalar| &scalar.text);
        let (name, chain) = match text.split_once('|') {
            Some((name, chain)) => (name, Some(chain)),
            None => (text, None),
        };
        let mut key = Key { field: None, modifiers: Vec::new(), faulty: false };
        let spaced = chain.is_some() && self.spaced(id, text);
        key.faulty |= spaced;
        let name = if spaced { name.trim_end() } else { name };
        if chain.is_none() {
            key.faulty |= self.other_separator(id, text, &locator);
        }
        if !name.is_empty() {
            let (field, faulty) = self.field_name(name, &locator);
            key.faulty |= faulty;
            key.field = Some(field);
        } else if chain.is_none() {
            self.report(
                Diagnostic::new(&codes::EMPTY_KEY, self.tree.span(id), "the key is empty")
                    .help("name a field; keywords are written as a list"),
            );
            key.faulty = true;
        }
        if let Some(chain) = chain {
            self.chain(&mut key, chain, spaced, text.len() - chain.len(), &locator);
        }
        key
    }

    /// `Image | endswith`, where the blanks would be part of the names; the fix writes the modifiers in small letters too.
    fn spaced(&mut self, id: NodeId, text: &str) -> bool {
        let mut parts = text.split('|');
        let name = parts.next().unwrap_or_default();
        let chain: Vec<&str> = parts.collect();
        let blank = |part: &&str| part.trim() != *part && !part.trim().is_empty();
        if name.trim_end() == name && !chain.iter().any(blank) {
            return false;
        }
        let written = std::iter::once(name.trim_end().to_owned())
            .chain(chain.iter().map(|part| plain(part)))
            .collect::<Vec<_>>()
            .join("|");
        let span = self.tree.span(id);
        let finding =
            Diagnostic::new(&codes::MODIFIER_SEPARATOR, span, "a blank beside `|` is part of the name there")
                .help(format!("write `{}`", clip(&written)));
        let known = chain.iter().all(|part| Modifier::parse(&plain(part)).is_some());
        let written = self.tree.scalar(id).and_then(|scalar| match scalar.style {
            Style::Plain => Some(written),
            Style::Single => Some(format!("'{}'", written.replace('\'', "''"))),
            _ => None,
        });
        self.report(match written.filter(|_| known) {
            Some(written) => finding.fix(Fix::safe(span, written)),
            None => finding,
        });
        true
    }

    /// `Image:endswith` instead of `Image|endswith`, which would be a field that no log has.
    fn other_separator(&mut self, id: NodeId, text: &str, locator: &Locator) -> bool {
        let Some(at) = text.rfind(':') else { return false };
        let name = text.get(at + 1..).unwrap_or_default();
        // One-letter names are flags of `re`, and far too likely as the end of a field's name.
        if name.len() < 2 || Modifier::parse(name).is_none() || at == 0 {
            return false;
        }
        let span = locator.span(at..at + 1);
        let finding = Diagnostic::new(
            &codes::MODIFIER_SEPARATOR,
            span,
            format!("`{name}` is a modifier, and `:` does not part it from the field"),
        )
        .help("write `|`");
        let single = self.tree.scalar(id).is_some_and(|scalar| scalar.style != Style::Folded);
        self.report(if single { finding.fix(Fix::safe(span, "|")) } else { finding });
        true
    }

    /// The modifiers of a key, which begin at `from` in its text; blanks beside them were reported where it is `spaced`.
    fn chain(&mut self, key: &mut Key, chain: &str, spaced: bool, from: usize, locator: &Locator) {
        let mut at = from;
        for name in chain.split('|') {
            let range = at..at + name.len();
            at = range.end + 1;
            let span = locator.span(range);
            let parsed = Modifier::parse(name);
            let Some(modifier) = parsed.or_else(|| Modifier::parse(&plain(name)).filter(|_| spaced)) else {
                key.faulty = true;
                let finding = self.unknown_modifier(name.trim(), span);
                self.report(finding);
                continue;
            };
            let known = key.modifiers.iter().find(|known| known.value == modifier);
            if let Some(first) = known {
                let finding =
                    Diagnostic::new(&codes::REPEATED_MODIFIER, span, format!("duplicate modifier `{name}`"))
                        .also(first.span, "first here")
                        .help("remove one");
                self.report(finding);
                key.faulty = true;
                continue;
            }
            if let Some(finding) = conflict(&key.modifiers, modifier, name, span) {
                self.report(finding);
                key.faulty = true;
                continue;
            }
            if key.field.is_none() && !modifier.suits_keywords() {
                self.report(
                    Diagnostic::new(
                        &codes::KEYWORD_MODIFIER,
                        span,
                        format!("the modifier `{name}` needs a field"),
                    )
                    .label("keywords are searched in the whole event")
                    .help(format!("write the field before it: `field|{name}`")),
                );
                key.faulty = true;
                continue;
            }
            key.modifiers.push(Spanned::new(modifier, span));
        }
        self.pointless(&key.modifiers);
    }

    /// The finding for a modifier that does not exist.
    fn unknown_modifier(&self, name: &str, span: crate::source::Span) -> Diagnostic {
        if name.trim().is_empty() {
            return Diagnostic::new(&codes::UNKNOWN_MODIFIER, span, "a `|` without a modifier after it")
                .help("remove it");
        }
        let plain = plain(name);
        let known =
            Modifier::parse(&plain).and_then(|_| NAMES.iter().find(|(spelling, _)| *spelling == plain));
        let (nearest, safety) = match known {
            Some((spelling, _)) => (vec![(*spelling).to_owned()], Safety::Safe),
            None => match plain.as_str() {
                "regex" | "regexp" | "matches" => (vec!["re".to_owned()], Safety::Unsafe),
                "ne" | "not" | "!=" => (vec!["neq".to_owned()], Safety::Unsafe),
                "eq" | "equals" | "is" | "in" | "any" | "or" => (Vec::new(), Safety::Unsafe),
                "and" => (vec!["all".to_owned()], Safety::Unsafe),
                "ge" => (vec!["gte".to_owned()], Safety::Unsafe),
                "le" => (vec!["lte".to_owned()], Safety::Unsafe),
                "ip" | "subnet" | "network" => (vec!["cidr".to_owned()], Safety::Unsafe),
                "case" | "exact" => (vec!["cased".to_owned()], Safety::Unsafe),
                "prefix" | "beginswith" | "begins" | "begins_with" => {
                    (vec!["startswith".to_owned()], Safety::Unsafe)
                }
                "suffix" | "ends_with" => (vec!["endswith".to_owned()], Safety::Unsafe),
                "substring" | "like" | "ilike" | "wildcard" | "has" | "includes" => {
                    (vec!["contains".to_owned()], Safety::Unsafe)
                }
                _ => (
                    self.near(&plain, NAMES.iter().map(|(name, _)| *name).filter(|name| name.len() > 1)),
                    Safety::Unsafe,
                ),
            },
        };
        let finding =
            Diagnostic::new(&codes::UNKNOWN_MODIFIER, span, format!("unknown modifier `{}`", clip(name)));
        let finding = match (nearest.first(), plain.as_str()) {
            (Some(first), _) => {
                let fix = Fix { safety, ..Fix::guess(span, first.clone()) };
                finding.help(format!("did you mean `{first}`?")).fix(fix)
            }
            (None, "eq" | "equals" | "is" | "in" | "any" | "or") => {
                finding.help("without a modifier the field equals one of the values: remove it")
            }
            (None, _) => finding.help("`sigmata explain unknown-modifier` lists the modifiers"),
        };
        finding.suggest(nearest)
    }

    /// Chains that are allowed and never what is meant.
    fn pointless(&mut self, chain: &[Spanned<Modifier>]) {
        let has = |wanted: &[Modifier]| chain.iter().find(|modifier| wanted.contains(&modifier.value));
        if let Some(wide) = has(&[Modifier::Utf16Le, Modifier::Utf16Be, Modifier::Utf16])
            && has(&[Modifier::Base64, Modifier::Base64Offset]).is_none()
        {
            let name = wide.value.name();
            self.report(
                Diagnostic::new(
                    &codes::BARE_UTF16,
                    wide.span,
                    format!("`{name}` without `base64` searches for text with NUL characters"),
                )
                .help("add `|base64offset|contains`"),
            );
        }
        if let Some(offset) = has(&[Modifier::Base64Offset])
            && has(&[Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith]).is_none()
        {
            self.report(
                Diagnostic::new(
                    &codes::OFFSET_EQUALS,
                    offset.span,
                    "`base64offset` gives the middle of an encoded text, which no whole field equals",
                )
                .help("add `|contains`")
                .fix(Fix::guess(offset.span, "base64offset|contains")),
            );
        }
    }

    /// A field name, cut at selectors where these are active; and whether it is faulty.
    pub(super) fn field_name(&mut self, name: &str, locator: &Locator) -> (FieldName, bool) {
        let span = locator.span(0..name.len());
        let whole = |text: String| FieldName {
            text: name.to_owned(),
            span,
            parts: vec![NamePart::Name(Spanned::new(text, span))],
        };
        if self.version < 3 {
            if let Some(place) = inactive_selector(name) {
                let selector = name.get(place.clone()).unwrap_or_default();
                let part =
                    name.get(..place.start).and_then(|before| before.rfind('.')).map_or(0, |dot| dot + 1);
                let finding = Diagnostic::new(
                    &codes::INACTIVE_SELECTOR,
                    locator.span(part..place.end),
                    format!("`{selector}` is read as part of the name"),
                )
                .help("array selectors need `sigma-version: 3` in the rule");
                self.report(finding);
            }
            return (whole(name.to_owned()), false);
        }
        if !name.contains(['[', ']', '\\']) {
            return (whole(name.to_owned()), false);
        }
        match selectors(name, locator) {
            Ok(parts) => (FieldName { text: name.to_owned(), span, parts }, false),
            Err(finding) => {
                self.report(finding);
                (whole(name.to_owned()), true)
            }
        }
    }
}

/// Why a modifier cannot follow the ones before it.
fn conflict(
    before: &[Spanned<Modifier>],
    modifier: Modifier,
    name: &str,
    span: crate::source::Span,
) -> Option<Diagnostic> {
    let flag = matches!(modifier, Modifier::IgnoreCase | Modifier::MultiLine | Modifier::DotAll);
    if flag && !before.iter().any(|known| known.value == Modifier::Re) {
        return Some(
            Diagnostic::new(&codes::MODIFIER_CONFLICT, span, format!("`{name}` needs `re` before it"))
                .help(format!("write `re|{name}`; text without `re` ignores case anyhow")),
        );
    }
    if let Some(other) = before.iter().find(|known| !known.value.combines_with(modifier)) {
        let finding = Diagnostic::new(
            &codes::MODIFIER_CONFLICT,
            span,
            format!("`{name}` cannot be combined with `{}`", other.value.name()),
        )
        .also(other.span, "the other modifier");
        return Some(finding.help(advice(other.value, modifier)));
    }
    // Modifiers work from left to right.
    let after = |wanted: fn(Modifier) -> bool| before.iter().find(|known| wanted(known.value));
    let position =
        |modifier| matches!(modifier, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith);
    let late = if modifier.encodes() {
        after(position)
    } else if modifier == Modifier::Windash {
        after(Modifier::encodes)
    } else {
        None
    }?;
    let other = late.value.name();
    Some(
        Diagnostic::new(&codes::MODIFIER_CONFLICT, span, format!("`{name}` must come before `{other}`"))
            .also(late.span, "modifiers work from left to right")
            .help(format!("write `{name}|{other}`")),
    )
}

fn advice(left: Modifier, right: Modifier) -> &'static str {
    let both = |wanted: fn(Modifier) -> bool| wanted(left) && wanted(right);
    let either = |wanted: fn(Modifier) -> bool| wanted(left) || wanted(right);
    let position =
        |modifier| matches!(modifier, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith);
    if both(position) {
        "take one; for a beginning and an end write two entries, or `*` in the value"
    } else if either(|modifier| modifier == Modifier::Re) && either(position) {
        "a regular expression is searched anywhere; `^` and `$` bind it to the ends"
    } else if either(|modifier| modifier == Modifier::Re) && either(|modifier| modifier == Modifier::Cased) {
        "a regular expression heeds case unless `i` follows it: remove `cased`"
    } else if either(|modifier| modifier == Modifier::Cidr) {
        "an address block is a test of its own: remove the other modifier"
    } else if either(|modifier| modifier == Modifier::Exists) {
        "`exists` asks for presence alone: write it as an entry of its own"
    } else if both(Modifier::orders) {
        "write a range as two entries of the same map"
    } else if either(Modifier::orders) {
        "numbers and times are compared as they are: remove the other modifier"
    } else if either(Modifier::is_time_part) {
        "a part of a time is a number: remove the other modifier"
    } else {
        "remove one of them"
    }
}

/// The parts of a name with selectors.
#[expect(clippy::result_large_err, reason = "the finding is reported by the one caller, as it is")]
fn selectors(name: &str, locator: &Locator) -> Result<Vec<NamePart>, Diagnostic> {
    let bad = |range: std::ops::Range<usize>, message: String| {
        Diagnostic::new(&codes::BAD_SELECTOR, locator.span(range), message)
    };
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut start = 0;
    let mut chars = name.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' if matches!(chars.peek(), Some((_, '[' | ']'))) => {
                text.extend(chars.next().map(|(_, bracket)| bracket));
            }
            '[' => {
                let inside = name.get(at + 1..).unwrap_or_default();
                let Some(length) = inside.find(']') else {
                    return Err(bad(at..name.len(), "the selector is never closed".to_owned())
                        .help("write `]` after it, or `\\[` for a bracket in a name"));
                };
                let end = at + 1 + length + 1;
                let word = inside.get(..length).unwrap_or_default();
                let selector = selector(word, locator.span(at..end))?;
                if text.is_empty() && parts.is_empty() {
                    return Err(bad(at..end, "a selector without a field before it".to_owned())
                        .help("inside a block, `.` names the element itself"));
                }
                if text.len() > 1 && text.ends_with('.') {
                    return Err(
                        bad(at - 1..end, "a selector cannot follow a dot".to_owned()).help("remove the dot")
                    );
                }
                if !text.is_empty() {
                    let name = std::mem::take(&mut text);
                    parts.push(NamePart::Name(Spanned::new(name, locator.span(start..at))));
                }
                parts.push(NamePart::Select(Spanned::new(selector, locator.span(at..end))));
                while chars.next_if(|&(next, _)| next < end).is_some() {}
                start = end;
                match chars.peek() {
                    None | Some((_, '[')) => {}
                    Some((_, '.')) => {
                        chars.next();
                        start = end + 1;
                        if chars.peek().is_none_or(|&(_, next)| next == '[' || next == '.') {
                            return Err(bad(end..end + 1, "a dot without a name after it".to_owned()));
                        }
                    }
                    Some(_) => {
                        return Err(bad(
                            at..end,
                            "expected `.` or the end of the name after a selector".to_owned(),
                        )
                        .help("write `\\[` for a bracket in a name"));
                    }
                }
            }
            ']' => {
                return Err(bad(at..at + 1, "a closing bracket without its opening one".to_owned())
                    .help("write `\\]` for a bracket in a name"));
            }
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        parts.push(NamePart::Name(Spanned::new(text, locator.span(start..name.len()))));
    }
    Ok(parts)
}

#[expect(clippy::result_large_err, reason = "the finding is reported by the one caller, as it is")]
fn selector(word: &str, span: crate::source::Span) -> Result<Selector, Diagnostic> {
    Ok(match word {
        "any" => Selector::Any,
        "all" => Selector::All,
        "all_or_empty" => Selector::AllOrEmpty,
        "none" => Selector::None,
        _ => {
            let digits = word.strip_prefix('-').unwrap_or(word);
            let number = (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| word.parse::<i64>().ok())
                .flatten();
            let Some(index) = number.filter(|&index| !(index == 0 && word.starts_with('-'))) else {
                let nearest = near(word, ["any", "all", "all_or_empty", "none"].into_iter());
                let finding = Diagnostic::new(
                    &codes::BAD_SELECTOR,
                    span,
                    format!("`[{}]` is not a valid selector", clip(word)),
                )
                .label("expected `any`, `all`, `all_or_empty`, `none` or a number");
                let finding = match nearest.first() {
                    Some(first) => finding
                        .help(format!("did you mean `[{first}]`?"))
                        .fix(Fix::guess(span, format!("[{first}]"))),
                    None => finding.help("write `\\[` for a bracket in a name"),
                };
                return Err(finding.suggest(nearest));
            };
            Selector::Index(index)
        }
    })
}
