//! What texts have in common: whether one test covers another, whether two exclude each other, and texts that try to
//! satisfy several.

use crate::eval::{folded, has_part};
use crate::ir::pattern::Portable;
use crate::ir::{Regex, Text, TextPattern};
use crate::rule::pattern::Piece;

/// Longer texts are not made.
const MAX_LENGTH: usize = 4_096;

/// Whether every text that satisfies `narrow` satisfies `wide` too. `false` is no proof of the contrary.
pub(super) fn covers(wide: &Text, narrow: &Text) -> bool {
    if wide.cased && !narrow.cased && has_letters(&narrow.shape) {
        return false;
    }
    compare(&wide.shape, &narrow.shape, wide.cased)
}

/// The same without letter case, or with it.
fn compare(wide: &TextPattern, narrow: &TextPattern, cased: bool) -> bool {
    match (wide, narrow) {
        (TextPattern::Equals(wide), TextPattern::Equals(narrow)) => is(narrow, wide, cased),
        (TextPattern::StartsWith(wide), narrow) => head(narrow).is_some_and(|head| starts(head, wide, cased)),
        (TextPattern::EndsWith(wide), narrow) => tail(narrow).is_some_and(|tail| ends(tail, wide, cased)),
        (TextPattern::Contains(wide), narrow) => parts(narrow).iter().any(|part| has(part, wide, cased)),
        (TextPattern::Glob(wide), TextPattern::Equals(narrow)) => {
            let fold = |text: &str| if cased { text.to_owned() } else { folded(text) };
            glob(wide, &fold(narrow), &fold)
        }
        (TextPattern::Glob(wide), TextPattern::Glob(narrow)) => wide == narrow,
        (TextPattern::Equals(_) | TextPattern::Glob(_), _) => false,
    }
}

// Texts of ASCII, which is nearly all of them, are compared in place. A letter of ASCII folds to ASCII and nothing else
// does, so that one of the two decides.

fn is(text: &str, other: &str, cased: bool) -> bool {
    match cased {
        true => text == other,
        false if text.is_ascii() || other.is_ascii() => text.eq_ignore_ascii_case(other),
        false => folded(text) == folded(other),
    }
}

fn starts(text: &str, start: &str, cased: bool) -> bool {
    match cased {
        true => text.starts_with(start),
        false if start.is_ascii() => {
            let head = text.as_bytes().get(..start.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
        }
        false => folded(text).starts_with(&folded(start)),
    }
}

fn ends(text: &str, end: &str, cased: bool) -> bool {
    match cased {
        true => text.ends_with(end),
        false if end.is_ascii() => {
            let tail = text.len().checked_sub(end.len()).and_then(|from| text.as_bytes().get(from..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
        }
        false => folded(text).ends_with(&folded(end)),
    }
}

fn has(text: &str, part: &str, cased: bool) -> bool {
    /// Up to so many comparisons of letters, looking at every place is faster than folding.
    const FEW: usize = 4_096;
    match cased {
        true => text.contains(part),
        false if part.is_ascii() && text.len() < part.len() => false,
        false if part.is_ascii() && text.len().saturating_mul(part.len()) <= FEW => has_part(text, part),
        false => folded(text).contains(&folded(part)),
    }
}

/// Whether no text satisfies both. `false` is no proof of the contrary. Letter case is left out of it, which can only
/// miss a conflict.
pub(super) fn exclude(one: &Text, other: &Text) -> bool {
    match (&one.shape, &other.shape) {
        (narrow @ TextPattern::Equals(_), wide) | (wide, narrow @ TextPattern::Equals(_)) => {
            !compare(wide, narrow, false)
        }
        (left, right) => {
            let apart = |one: Option<&str>, other: Option<&str>, at_start: bool| {
                let (Some(one), Some(other)) = (one, other) else { return false };
                let begins = if at_start { starts } else { ends };
                !begins(one, other, false) && !begins(other, one, false)
            };
            apart(head(left), head(right), true) || apart(tail(left), tail(right), false)
        }
    }
}

/// Whether `text`, which has been folded, fits the pieces.
fn glob(pieces: &[Piece], text: &str, fold: &dyn Fn(&str) -> String) -> bool {
    // Backtracks to the last star alone, so that it is quadratic at worst.
    let pieces: Vec<Piece> = pieces
        .iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => {
                fold(text).chars().map(|char| Piece::Text(char.to_string())).collect::<Vec<_>>()
            }
            other => vec![other.clone()],
        })
        .collect();
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut piece, mut back) = (0, 0, None);
    loop {
        match (pieces.get(piece), chars.get(at)) {
            (Some(Piece::Any), _) => {
                back = Some((piece, at));
                piece += 1;
            }
            (Some(Piece::One), Some(_)) => (piece, at) = (piece + 1, at + 1),
            (Some(Piece::Text(wanted)), Some(char)) if wanted.starts_with(*char) => {
                (piece, at) = (piece + 1, at + 1);
            }
            (None, None) => return true,
            _ => match back {
                Some((star, from)) if from < chars.len() => {
                    back = Some((star, from + 1));
                    (piece, at) = (star + 1, from + 1);
                }
                _ => return false,
            },
        }
    }
}

fn has_letters(shape: &TextPattern) -> bool {
    parts(shape).iter().any(|part| part.chars().any(char::is_alphabetic))
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

/// The literal parts that every text of the shape has.
fn parts(shape: &TextPattern) -> Vec<&str> {
    match shape {
        TextPattern::Equals(text)
        | TextPattern::StartsWith(text)
        | TextPattern::EndsWith(text)
        | TextPattern::Contains(text) => {
            vec![text]
        }
        TextPattern::Glob(pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                Piece::Any | Piece::One => None,
            })
            .collect(),
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
        for part in middle {
            let holds = |text: &str| folded(text).contains(&folded(&part));
            if !holds(&start) && !holds(&end) && !kept.iter().any(|other| holds(other)) {
                kept.push(part);
            }
        }
        let joined = kept.join(filler);
        for text in
            [format!("{start}{joined}{end}"), format!("{start}{filler}{joined}{filler}{end}"), joined.clone()]
        {
            if text.len() <= MAX_LENGTH && found(text) {
                return;
            }
        }
    }
}
