//! What texts have in common: whether one test covers another, whether two exclude each other, and texts that try to
//! satisfy several.

use crate::ir::pattern::Portable;
use crate::ir::{Regex, Text, TextPattern};
use crate::rule::pattern::Piece;
use crate::text::{self, folded};

/// Longer texts are not made.
const MAX_LENGTH: usize = 4_096;

/// Whether every text that satisfies `narrow` satisfies `wide` too. `false` does not prove the contrary.
pub(super) fn covers(wide: &Text, narrow: &Text) -> bool {
    if wide.cased && !narrow.cased && has_letters(&narrow.shape) {
        return false;
    }
    compare(&wide.shape, &narrow.shape, wide.cased)
}

/// The same without letter case, or with it. A value that matches the literal text of another matches every text that
/// the other matches.
fn compare(wide: &TextPattern, narrow: &TextPattern, cased: bool) -> bool {
    match (wide, narrow) {
        (TextPattern::Equals(wide), TextPattern::Equals(narrow)) => is(narrow, wide, cased),
        (TextPattern::StartsWith(wide), narrow) => head(narrow).is_some_and(|head| starts(head, wide, cased)),
        (TextPattern::EndsWith(wide), narrow) => tail(narrow).is_some_and(|tail| ends(tail, wide, cased)),
        (TextPattern::Contains(wide), narrow) => narrow.literals().any(|part| has(part, wide, cased)),
        (TextPattern::Glob(_), TextPattern::Equals(narrow)) => wide.fits(narrow, cased),
        (TextPattern::Glob(wide), TextPattern::Glob(narrow)) => wide == narrow,
        (TextPattern::Equals(_) | TextPattern::Glob(_), _) => false,
    }
}

fn is(text: &str, value: &str, cased: bool) -> bool {
    if cased { text == value } else { text::equals(value, text) }
}

fn starts(text: &str, start: &str, cased: bool) -> bool {
    if cased { text.starts_with(start) } else { text::starts(start, text) }
}

fn ends(text: &str, end: &str, cased: bool) -> bool {
    if cased { text.ends_with(end) } else { text::ends(end, text) }
}

fn has(text: &str, part: &str, cased: bool) -> bool {
    if cased { text.contains(part) } else { text::contains(part, text) }
}

/// Whether no text satisfies both. `false` does not prove the contrary. Letter case is left out of it but where both ask
/// for it, which can only miss a conflict.
pub(super) fn exclude(one: &Text, other: &Text) -> bool {
    if one.cased && other.cased {
        return apart(&one.shape, &other.shape, true);
    }
    let ascii = one.shape.literals().chain(other.shape.literals()).all(str::is_ascii);
    if ascii {
        return apart(&one.shape, &other.shape, false);
    }
    // Two values match a text in common where their keys do: U+212A and `k` both match `k`.
    apart(&one.shape.map(text::key), &other.shape.map(text::key), true)
}

fn apart(one: &TextPattern, other: &TextPattern, cased: bool) -> bool {
    match (one, other) {
        (narrow @ TextPattern::Equals(_), wide) | (wide, narrow @ TextPattern::Equals(_)) => {
            !compare(wide, narrow, cased)
        }
        (left, right) => {
            let differ = |one: Option<&str>, other: Option<&str>, at_start: bool| {
                let (Some(one), Some(other)) = (one, other) else { return false };
                let begins = if at_start { starts } else { ends };
                !begins(one, other, cased) && !begins(other, one, cased)
            };
            differ(head(left), head(right), true) || differ(tail(left), tail(right), false)
        }
    }
}

fn has_letters(shape: &TextPattern) -> bool {
    shape.literals().any(|part| part.chars().any(char::is_alphabetic))
}

/// What a text of the shape surely begins with.
fn head(shape: &TextPattern) -> Option<&str> {
    match shape {
        TextPattern::Equals(text) | TextPattern::StartsWith(text) => Some(text),
        TextPattern::Glob(pieces) => match pieces.first() {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        },
        TextPattern::EndsWith(_) | TextPattern::Contains(_) => None,
    }
}

/// What a text of the shape surely ends with.
fn tail(shape: &TextPattern) -> Option<&str> {
    match shape {
        TextPattern::Equals(text) | TextPattern::EndsWith(text) => Some(text),
        TextPattern::Glob(pieces) => match pieces.last() {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        },
        TextPattern::StartsWith(_) | TextPattern::Contains(_) => None,
    }
}

/// What one test asks of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish<'f> {
    /// A shape.
    Text(&'f Text),
    /// An expression.
    Regex(&'f Regex),
}

/// Texts that try to satisfy all wishes; whether they do is for the tests to say.
pub(super) fn candidates(wishes: &[Wish<'_>], found: &mut dyn FnMut(String) -> bool) {
    const FILLERS: [&str; 6] = ["", "x", "-7q", "Zy0", " w ", "\u{e9}"];
    for wish in wishes {
        if let Wish::Text(Text { shape: TextPattern::Equals(text), .. }) = wish {
            if found(text.clone()) || found(text.to_lowercase()) || found(text.to_uppercase()) {
                return;
            }
            return;
        }
    }
    for (variant, filler) in FILLERS.iter().enumerate() {
        let (mut start, mut middle, mut end) = (String::new(), Vec::new(), String::new());
        for wish in wishes {
            match wish {
                Wish::Text(text) => match &text.shape {
                    TextPattern::Equals(_) => {}
                    TextPattern::StartsWith(text) => {
                        if text.len() > start.len() {
                            start.clone_from(text);
                        }
                    }
                    TextPattern::EndsWith(text) => {
                        if text.len() > end.len() {
                            end.clone_from(text);
                        }
                    }
                    TextPattern::Contains(text) => middle.push(text.clone()),
                    TextPattern::Glob(pieces) => middle.push(
                        pieces
                            .iter()
                            .map(|piece| match piece {
                                Piece::Text(text) => text.as_str(),
                                Piece::Any => filler,
                                Piece::One => "x",
                            })
                            .collect(),
                    ),
                },
                Wish::Regex(regex) => {
                    let example = Portable::parse(regex).ok().and_then(|it| it.example(variant, MAX_LENGTH));
                    middle.extend(example);
                }
            }
        }
        // What already contains another part need not have it twice.
        let mut kept: Vec<String> = Vec::new();
        // All that is kept, in one text: a part over the seam of two is taken for kept, which the tests then find out.
        let mut there = format!("{}\n{}", folded(&start), folded(&end));
        for part in middle {
            let key = folded(&part);
            if !there.contains(&*key) {
                there.push('\n');
                there.push_str(&key);
                kept.push(part);
            }
            if there.len() > 2 * MAX_LENGTH {
                break;
            }
        }
        let joined = kept.join(filler);
        let tight = format!("{start}{joined}{end}");
        for text in [
            address(&tight).unwrap_or_else(|| tight.clone()),
            tight,
            format!("{start}{filler}{joined}{filler}{end}"),
            joined.clone(),
        ] {
            if text.len() <= MAX_LENGTH && found(text) {
                return;
            }
        }
    }
}

/// The address of electronic mail of which a text is a piece that ends at the `@`.
fn address(text: &str) -> Option<String> {
    let name = if text.starts_with('@') { "alice" } else { "" };
    let domain = if text.ends_with('@') { "contoso.example" } else { "" };
    (!name.is_empty() || !domain.is_empty()).then(|| format!("{name}{text}{domain}"))
}
