//! Fields whose texts the delivery rewrites.
//!
//! With `stored(c)` for the text that stands for the canonical `c`, a test P of the canonical text is, of the stored
//! text s: P(c) where s is one of the stored texts, and P(s) elsewhere. For the shapes of texts that is decided here,
//! so that the query stays exact.

use super::super::ast::Expr;
use super::place::{Place, among};
use crate::ir::{Text, TextPattern};
use crate::rule::pattern::Piece;

/// The stored texts of which the test is decided here: those on which it holds, and those on which it does not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decided {
    pub holds: Vec<String>,
    pub fails: Vec<String>,
}

/// Decides `test` on every stored text of the place.
pub(super) fn decide(place: &Place, test: impl Fn(&str) -> bool) -> Decided {
    let mut decided = Decided::default();
    for (canonical, stored) in &place.values {
        let list = if test(canonical) { &mut decided.holds } else { &mut decided.fails };
        if !list.contains(stored) {
            list.push(stored.clone());
        }
    }
    // A text that stands for several canonical ones holds when one of them does.
    let Decided { holds, fails } = &mut decided;
    fails.retain(|stored| !holds.contains(stored));
    // The text that stands for nothing satisfies no test.
    fails.extend(place.absent_as.iter().filter(|text| !holds.contains(text)).cloned());
    decided
}

/// Whether the stored text of a canonical one stands for others too, on which the test is false.
pub(super) fn is_shared(place: &Place, test: impl Fn(&str) -> bool) -> Option<&str> {
    let holds = place.values.iter().filter(|(canonical, _)| test(canonical));
    let mut fails = place.values.iter().filter(|(canonical, _)| !test(canonical));
    holds
        .map(|(_, stored)| stored)
        .find(|stored| fails.any(|(_, other)| other == *stored))
        .map(String::as_str)
}

/// `s` is one of the texts, exactly where their spelling is documented.
pub(super) fn is_one_of(place: &Place, texts: &[String]) -> Expr {
    among(place.text(), texts.iter().map(Expr::text).collect(), place.fold)
}

/// Whether one of the tests holds on `text`.
pub(super) fn matches(texts: &[Text], text: &str) -> bool {
    texts.iter().any(|test| holds(&test.shape, test.cased, text))
}

fn holds(shape: &TextPattern, cased: bool, text: &str) -> bool {
    let text: Vec<char> = folded(text, cased);
    let literal = |literal: &String| folded(literal, cased);
    match shape {
        TextPattern::Equals(value) => literal(value) == text,
        TextPattern::StartsWith(value) => text.starts_with(&literal(value)),
        TextPattern::EndsWith(value) => text.ends_with(&literal(value)),
        TextPattern::Contains(value) => {
            text.windows(value.chars().count().max(1)).any(|part| part == literal(value))
        }
        TextPattern::Glob(pieces) => glob(pieces, &text, cased),
    }
}

/// A representative of every letter's case: the first character that folds together with it.
fn folded(text: &str, cased: bool) -> Vec<char> {
    text.chars()
        .map(
            |char| {
                if cased { char } else { crate::ir::pattern::fold(char).first().copied().unwrap_or(char) }
            },
        )
        .collect()
}

/// Matches a glob by the ends that its pieces can reach, so that the time is bounded by pieces times characters.
fn glob(pieces: &[Piece], text: &[char], cased: bool) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends.iter_mut().take(1).for_each(|end| *end = true);
    for piece in pieces {
        ends = match piece {
            Piece::Any => {
                let mut seen = false;
                ends.iter()
                    .map(|&end| {
                        seen |= end;
                        seen
                    })
                    .collect()
            }
            Piece::One => std::iter::once(false).chain(ends.iter().copied().take(text.len())).collect(),
            Piece::Text(literal) => {
                let literal = folded(literal, cased);
                let mut next = vec![false; text.len() + 1];
                for (at, _) in ends.iter().enumerate().filter(|(_, end)| **end) {
                    if text.get(at..).is_some_and(|rest| rest.starts_with(&literal))
                        && let Some(end) = next.get_mut(at + literal.len())
                    {
                        *end = true;
                    }
                }
                next
            }
        };
    }
    ends.last().copied().unwrap_or(false)
}
