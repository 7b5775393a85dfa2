//! What texts have in common: whether one test covers another, whether two exclude each other, and texts that try to
//! satisfy several.

use crate::eval::folded;
use crate::ir::pattern::Portable;
use crate::ir::{Regex, Shape, Text};
use crate::rule::pattern::Piece;

/// Longer texts are not made.
const MAX_LENGTH: usize = 4_096;

/// Whether every text that satisfies `narrow` satisfies `wide` too. `false` is no proof of the contrary.
pub(super) fn covers(wide: &Text, narrow: &Text) -> bool {
    if wide.cased && !narrow.cased && has_letters(&narrow.shape) {
        return false;
    }
    let fold = |text: &str| if wide.cased { text.to_owned() } else { folded(text) };
    match (&wide.shape, &narrow.shape) {
        (Shape::Equals(wide), Shape::Equals(narrow)) => fold(wide) == fold(narrow),
        (Shape::StartsWith(wide), narrow) => {
            head(narrow).is_some_and(|head| fold(head).starts_with(&fold(wide)))
        }
        (Shape::EndsWith(wide), narrow) => tail(narrow).is_some_and(|tail| fold(tail).ends_with(&fold(wide))),
        (Shape::Contains(wide), narrow) => {
            let wide = fold(wide);
            parts(narrow).iter().any(|part| fold(part).contains(&wide))
        }
        (Shape::Glob(wide), Shape::Equals(narrow)) => glob(wide, &fold(narrow), &fold),
        (Shape::Glob(wide), Shape::Glob(narrow)) => wide == narrow,
        (Shape::Equals(_) | Shape::Glob(_), _) => false,
    }
}

/// Whether no text satisfies both. `false` is no proof of the contrary. Letter case is left out of it, which can only
/// miss a conflict.
pub(super) fn exclude(one: &Text, other: &Text) -> bool {
    let loose = |text: &Text| Text { cased: false, ..text.clone() };
    match (&one.shape, &other.shape) {
        (Shape::Equals(_), _) => !covers(&loose(other), &loose(one)),
        (_, Shape::Equals(_)) => !covers(&loose(one), &loose(other)),
        (left, right) => {
            let apart = |one: Option<&str>, other: Option<&str>, at_start: bool| {
                let (Some(one), Some(other)) = (one, other) else { return false };
                let (one, other) = (folded(one), folded(other));
                if at_start {
                    !one.starts_with(&other) && !other.starts_with(&one)
                } else {
                    !one.ends_with(&other) && !other.ends_with(&one)
                }
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

fn has_letters(shape: &Shape) -> bool {
    parts(shape).iter().any(|part| part.chars().any(char::is_alphabetic))
}

/// What a text of the shape surely begins with.
fn head(shape: &Shape) -> Option<&str> {
    match shape {
        Shape::Equals(text) | Shape::StartsWith(text) => Some(text),
        Shape::Glob(pieces) => match pieces.first() {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        },
        Shape::EndsWith(_) | Shape::Contains(_) => None,
    }
}

/// What a text of the shape surely ends with.
fn tail(shape: &Shape) -> Option<&str> {
    match shape {
        Shape::Equals(text) | Shape::EndsWith(text) => Some(text),
        Shape::Glob(pieces) => match pieces.last() {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        },
        Shape::StartsWith(_) | Shape::Contains(_) => None,
    }
}

/// The literal parts that every text of the shape has.
fn parts(shape: &Shape) -> Vec<&str> {
    match shape {
        Shape::Equals(text) | Shape::StartsWith(text) | Shape::EndsWith(text) | Shape::Contains(text) => {
            vec![text]
        }
        Shape::Glob(pieces) => pieces
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
        if let Wish::Text(Text { shape: Shape::Equals(text), .. }) = wish {
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
                    Shape::Equals(_) => {}
                    Shape::StartsWith(text) => {
                        if text.len() > start.len() {
                            start.clone_from(text);
                        }
                    }
                    Shape::EndsWith(text) => {
                        if text.len() > end.len() {
                            end.clone_from(text);
                        }
                    }
                    Shape::Contains(text) => middle.push(text.clone()),
                    Shape::Glob(pieces) => middle.push(
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
