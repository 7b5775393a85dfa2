//! Wildcards inside a value: `*` and `?` on Unicode scalars.

use std::str::Chars;

use super::Fault;
use super::fold::{crosses, fold};
use super::text::{Letters, Needle};
use crate::rule::pattern::Piece;
use crate::source::Span;

/// A prepared value with wildcards.
///
/// The part before the first `*` is matched at the start, the part after the last at the end, and each part between
/// at its leftmost place, which is always right.
/// No place is looked at twice but where a part between two `*` has a `?`: such a part is tried at each place, so it
/// is limited to [`MAX_TRIED`] characters.
#[derive(Debug)]
pub(super) struct Glob {
    letters: Letters,
    start: Box<[Unit]>,
    /// `None` without any `*`: then `start` is everything.
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    middle: Box<[Part]>,
    end: Box<[Unit]>,
}

/// A character, or `None` for any one.
type Unit = Option<char>;

#[derive(Debug)]
enum Part {
    Plain(Needle<char>),
    Tried(Box<[Unit]>),
}

/// The longest part between two `*` that may have a `?`, in characters.
const MAX_TRIED: usize = 1024;

impl Glob {
    /// Prepares a value; `None` where a character has no representative to compare with.
    pub(super) fn new(pieces: &[Piece], cased: bool, span: Span) -> Result<Option<Self>, Fault> {
        let literals = || {
            pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text),
                Piece::Any | Piece::One => None,
            })
        };
        let letters = Letters::of(cased, literals());
        if letters == Letters::Folded && literals().any(|text| text.contains(crosses)) {
            return Ok(None);
        }
        let prepared = |char: char| match letters {
            Letters::Cased => char,
            Letters::Ascii => char.to_ascii_lowercase(),
            Letters::Folded => fold(char),
        };
        let mut parts: Vec<Vec<Unit>> = pieces
            .split(|piece| *piece == Piece::Any)
            .map(|part| {
                part.iter()
                    .flat_map(|piece| match piece {
                        Piece::Text(text) => text.chars().map(|char| Some(prepared(char))).collect(),
                        Piece::One | Piece::Any => vec![None],
                    })
                    .collect()
            })
            .collect();
        let end = if parts.len() > 1 { parts.pop() } else { None };
        let mut parts = parts.into_iter();
        let start = parts.next().unwrap_or_default().into();
        let Some(end) = end else {
            return Ok(Some(Self { letters, start, rest: None }));
        };
        let mut middle = Vec::new();
        for part in parts.filter(|part| !part.is_empty()) {
            middle.push(match part.iter().copied().collect::<Option<Vec<char>>>() {
                Some(plain) => Part::Plain(Needle::new(plain)),
                None if part.len() > MAX_TRIED => {
                    let reason =
                        format!("a part with `?` between two `*` is longer than {MAX_TRIED} characters");
                    return Err(Fault { span, reason });
                }
                None => Part::Tried(part.into()),
            });
        }
        Ok(Some(Self { letters, start, rest: Some(Rest { middle: middle.into(), end: end.into() }) }))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self.letters {
            Letters::Cased => self.run(text, |char| char),
            Letters::Ascii => self.run(text, |char| char.to_ascii_lowercase()),
            Letters::Folded => self.run(text, fold),
        }
    }

    fn run(&self, text: &str, prepared: impl Fn(char) -> char + Copy) -> bool {
        let fits = |unit: &Unit, char: Option<char>| match (unit, char) {
            (Some(wanted), Some(char)) => *wanted == prepared(char),
            (None, Some(_)) => true,
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
            Part::Plain(needle) => needle.find(&mut chars.by_ref().map(prepared)),
            Part::Tried(units) => loop {
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
