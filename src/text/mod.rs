//! What a text means: when letters are the same, and whether a text fits a pattern.
//!
//! Everything that compares a value of a rule with a text asks here: known values, the checker, the solver, the evaluator,
//! deliveries and back ends.
//! Comparison has a direction (see [`equals`]): the value is what a rule or a schema writes, the text is what an event
//! may hold.

mod fold;
mod glob;
mod needle;

use glob::{Glob, Letters};
use needle::Needle;

pub use fold::{class, crosses, ends, equals, fold, folded, has_foreign_letters, key, key_char, starts};

use crate::rule::pattern::Piece;

/// What a text must be. The inner texts are literal; only [`TextPattern::Equals`] may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextPattern {
    /// The whole text.
    Equals(String),
    /// A prefix.
    StartsWith(String),
    /// A suffix.
    EndsWith(String),
    /// A part.
    Contains(String),
    /// Anything with inner wildcards, or `?`; never expressible by the others. Adjacent text is merged.
    Glob(Vec<Piece>),
}

impl TextPattern {
    /// Whether the pattern fits a text, with regard to case or without. For many texts a [`Matcher`] is faster.
    pub fn fits(&self, text: &str, cased: bool) -> bool {
        Matcher::new(self, cased).matches(text)
    }

    /// The literal parts that every text of the pattern has.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        let (text, pieces) = match self {
            Self::Equals(text) | Self::StartsWith(text) | Self::EndsWith(text) | Self::Contains(text) => {
                (Some(text.as_str()), [].as_slice())
            }
            Self::Glob(pieces) => (None, pieces.as_slice()),
        };
        text.into_iter().chain(pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Any | Piece::One => None,
        }))
    }

    /// The pattern with other literal parts.
    #[must_use]
    pub fn map(&self, other: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Equals(text) => Self::Equals(other(text)),
            Self::StartsWith(text) => Self::StartsWith(other(text)),
            Self::EndsWith(text) => Self::EndsWith(other(text)),
            Self::Contains(text) => Self::Contains(other(text)),
            Self::Glob(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => Piece::Text(other(text)),
                    Piece::Any | Piece::One => piece.clone(),
                });
                Self::Glob(pieces.collect())
            }
        }
    }
}

/// Whether a value is in a text, in any letter case.
pub fn contains(value: &str, text: &str) -> bool {
    /// Up to so many comparisons of letters, looking at every place is faster than preparing.
    const FEW: usize = 4_096;
    if value.is_ascii() {
        if text.len() < value.len() {
            return false;
        }
        if text.len().saturating_mul(value.len()) <= FEW {
            return fold::has_part(text, value);
        }
    }
    TextPattern::Contains(value.to_owned()).fits(text, false)
}

/// A pattern made ready for many texts. Time is linear in the text, but for the parts of [`Matcher::longest_tried`].
#[derive(Debug)]
pub struct Matcher(Test);

#[derive(Debug)]
enum Test {
    EqualsCased(Box<str>),
    Equals(Box<str>),
    StartsCased(Box<str>),
    Starts(Box<str>),
    EndsCased(Box<str>),
    Ends(Box<str>),
    ContainsCased(Box<str>),
    ContainsAscii(Needle<u8>),
    ContainsFolded(Needle<char>),
    Glob(Glob),
}

impl Matcher {
    /// For a pattern, with regard to case or without.
    pub fn new(pattern: &TextPattern, cased: bool) -> Self {
        let own = |value: &String| value.as_str().into();
        Self(match pattern {
            TextPattern::Equals(value) if cased => Test::EqualsCased(own(value)),
            TextPattern::Equals(value) => Test::Equals(own(value)),
            TextPattern::StartsWith(value) if cased => Test::StartsCased(own(value)),
            TextPattern::StartsWith(value) => Test::Starts(own(value)),
            TextPattern::EndsWith(value) if cased => Test::EndsCased(own(value)),
            TextPattern::EndsWith(value) => Test::Ends(own(value)),
            TextPattern::Contains(value) => match Letters::of(cased, std::iter::once(value.as_str())) {
                Letters::Cased => Test::ContainsCased(own(value)),
                Letters::Ascii => Test::ContainsAscii(Needle::new(value.to_ascii_lowercase().into_bytes())),
                Letters::Folded if value.contains(crosses) => {
                    Test::Glob(Glob::new(&[Piece::Any, Piece::Text(value.clone()), Piece::Any], false))
                }
                Letters::Folded => Test::ContainsFolded(Needle::new(value.chars().map(fold).collect())),
            },
            TextPattern::Glob(pieces) => Test::Glob(Glob::new(pieces, cased)),
        })
    }

    /// Whether the pattern fits a text.
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Test::EqualsCased(value) => text == &**value,
            Test::Equals(value) => equals(value, text),
            Test::StartsCased(value) => text.starts_with(&**value),
            Test::Starts(value) => starts(value, text),
            Test::EndsCased(value) => text.ends_with(&**value),
            Test::Ends(value) => ends(value, text),
            Test::ContainsCased(value) => text.contains(&**value),
            Test::ContainsAscii(needle) => {
                let fits = text.len() >= needle.len();
                fits && needle.find(&mut text.bytes().map(|byte| byte.to_ascii_lowercase()))
            }
            Test::ContainsFolded(needle) => needle.find(&mut text.chars().map(fold)),
            Test::Glob(glob) => glob.matches(text),
        }
    }

    /// The length of the longest part that is tried at each place of a text, in characters.
    pub fn longest_tried(&self) -> usize {
        match &self.0 {
            Test::Glob(glob) => glob.longest_tried(),
            _ => 0,
        }
    }
}
