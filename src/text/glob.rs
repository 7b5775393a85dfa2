//! Wildcards inside a value: `*` and `?` on Unicode scalars.

use std::str::Chars;

use super::fold::{crosses, fold, key_char};
use super::needle::Needle;
use crate::rule::pattern::Piece;

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letters {
    /// Exactly.
    Cased,
    /// The value is ASCII: its letters match in either case, and nothing outside ASCII matches it.
    Ascii,
    /// By [`fold`]; the value is kept folded.
    Folded,
}

impl Letters {
    pub(super) fn of<'a>(cased: bool, mut texts: impl Iterator<Item = &'a str>) -> Self {
        match cased {
            true => Self::Cased,
            false if texts.all(str::is_ascii) => Self::Ascii,
            false => Self::Folded,
        }
    }
}

/// A prepared value with wildcards.
///
/// The part before the first `*` is matched at the start, the part after the last at the end, and each part between
/// at its leftmost place, which is always right.
/// No place is looked at twice but where a part between two `*` has a `?`, or a character that crosses into ASCII: such
/// a part is tried at each place.
#[derive(Debug)]
pub(super) struct Glob {
    letters: Letters,
    start: Box<[Unit]>,
    /// `None` without any `*`: then `start` is everything.
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    middle: Box<[Segment]>,
    end: Box<[Unit]>,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    /// Any one character.
    One,
    /// This one.
    Char(char),
    /// This one, or the ASCII letter that it folds together with.
    Crossing(char),
}

#[derive(Debug)]
enum Segment {
    Plain(Needle<char>),
    Tried(Box<[Unit]>),
}

impl Glob {
    /// Prepares a value.
    pub(super) fn new(pieces: &[Piece], cased: bool) -> Self {
        let literals = pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Any | Piece::One => None,
        });
        let letters = Letters::of(cased, literals);
        let prepared = |char: char| match letters {
            Letters::Cased => Unit::Char(char),
            Letters::Ascii => Unit::Char(char.to_ascii_lowercase()),
            Letters::Folded if crosses(char) => Unit::Crossing(char),
            Letters::Folded => Unit::Char(fold(char)),
        };
        let mut parts: Vec<Vec<Unit>> = pieces
            .split(|piece| *piece == Piece::Any)
            .map(|part| {
                part.iter()
                    .flat_map(|piece| match piece {
                        Piece::Text(text) => text.chars().map(prepared).collect(),
                        Piece::One | Piece::Any => vec![Unit::One],
                    })
                    .collect()
            })
            .collect();
        let end = if parts.len() > 1 { parts.pop() } else { None };
        let mut parts = parts.into_iter();
        let start = parts.next().unwrap_or_default().into();
        let Some(end) = end else { return Self { letters, start, rest: None } };
        let plain = |unit: &Unit| match unit {
            Unit::Char(char) => Some(*char),
            Unit::One | Unit::Crossing(_) => None,
        };
        let middle = parts.filter(|part| !part.is_empty()).map(|part| {
            match part.iter().map(plain).collect::<Option<Vec<char>>>() {
                Some(plain) => Segment::Plain(Needle::new(plain)),
                None => Segment::Tried(part.into()),
            }
        });
        let middle = middle.collect();
        Self { letters, start, rest: Some(Rest { middle, end: end.into() }) }
    }

    /// The length of the longest part that is tried at each place, in characters.
    pub(super) fn longest_tried(&self) -> usize {
        let parts = self.rest.iter().flat_map(|rest| &rest.middle);
        let lengths = parts.map(|part| match part {
            Segment::Plain(_) => 0,
            Segment::Tried(units) => units.len(),
        });
        lengths.max().unwrap_or(0)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self.letters {
            Letters::Cased => self.run(text, |char| char),
            Letters::Ascii => self.run(text, |char| char.to_ascii_lowercase()),
            Letters::Folded => self.run(text, fold),
        }
    }

    fn run(&self, text: &str, prepared: impl Fn(char) -> char + Copy) -> bool {
        let fits = |unit: &Unit, char: Option<char>| match (unit, char.map(prepared)) {
            (Unit::Char(wanted), Some(char)) => *wanted == char,
            (Unit::Crossing(wanted), Some(char)) => *wanted == char || key_char(*wanted) == char,
            (Unit::One, Some(_)) => true,
            (_, None) => false,
        };
        let mut chars = text.chars();
        if !self.start.iter().all(|unit| fits(unit, chars.next())) {
            return false;
        }
        let Some(Rest { middle, end }) = &self.rest else {
            return chars.next().is_none();
        };
        if !end.iter().rev().all(|unit| fits(unit, chars.next_back())) {
            return false;
        }
        middle.iter().all(|part| match part {
            Segment::Plain(needle) => needle.find(&mut chars.by_ref().map(prepared)),
            Segment::Tried(units) => loop {
                let mut tried: Chars<'_> = chars.clone();
                if units.iter().all(|unit| fits(unit, tried.next())) {
                    chars = tried;
                    break true;
                }
                if chars.next().is_none() {
                    break false;
                }
            },
        })
    }
}
