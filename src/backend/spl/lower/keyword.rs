//! Keywords: a search of the raw text, which also holds keys and spells some characters as JSON does.

use std::fmt::Write as _;

use super::leaf::alternatives;
use super::{Lowering, literal};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::spl::ast::{Expr, Function, Name, Text};
use crate::ir::{Condition, Polarity, Text as Wanted, TextPattern};
use crate::rule::pattern::Piece;
use crate::source::Span;

impl Lowering<'_> {
    /// A test of every scalar of the event.
    pub(super) fn keyword(&mut self, test: &Condition, span: Span, polarity: Polarity) -> Option<Expr> {
        let (regex, direction) = match test {
            Condition::Text(texts) => {
                let direction = if texts.iter().any(respelt) { Direction::Either } else { Direction::Wider };
                let texts: Vec<Wanted> = texts.iter().flat_map(in_raw).collect();
                (alternatives(&texts)?, direction)
            }
            Condition::Regex(regexes) => (self.expressions(regexes)?, Direction::Either),
            Condition::Number(numbers) => {
                let texts = super::leaf::spellings(numbers);
                let body = texts.trim_start_matches('^').trim_end_matches("\\z").to_owned();
                (body, Direction::Wider)
            }
            Condition::Boolean(value) => (format!("(?i){value}"), Direction::Wider),
            Condition::Present | Condition::Exists => {
                return Some(Expr::call(Function::Isnotnull, [Expr::Field(Name::raw())]));
            }
            Condition::Null => return Some(Expr::call(Function::Isnull, [Expr::Field(Name::raw())])),
            Condition::Listed(_)
            | Condition::Order(..)
            | Condition::Time(..)
            | Condition::TimePart(..)
            | Condition::Cidr(_)
            | Condition::FieldRef { .. } => {
                let message = "SPL cannot make this test of every value of an event";
                let reason = crate::diagnostic::Diagnostic::new(&shared::ARRAY_STATEMENT, span, message);
                return self.ledger.refuse(reason.help("name the field"));
            }
        };
        self.ledger.note(
            &shared::KEYWORD_SEARCH,
            polarity,
            direction,
            span,
            format!(
                "{} events that have a keyword as the name of a member, or across several values",
                direction.under(polarity).effect()
            ),
        );
        let regex = Text::new(regex).map_or_else(|| literal(""), Expr::Text);
        Some(Expr::surely(Expr::call(Function::Match, [Expr::Field(Name::raw()), regex])))
    }
}

/// The text where it is in the raw event: as it is, and as JSON spells it.
fn in_raw(wanted: &Wanted) -> Vec<Wanted> {
    let open = |shape: Vec<Piece>| match &*shape {
        [Piece::Text(text)] => TextPattern::Contains(text.clone()),
        _ => TextPattern::Glob(std::iter::once(Piece::Any).chain(shape).chain([Piece::Any]).collect()),
    };
    let pieces = pieces(wanted);
    let spelt: Vec<Piece> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Piece::Text(json(text)),
            other => other.clone(),
        })
        .collect();
    let mut shapes = vec![open(pieces.clone())];
    if spelt != pieces {
        shapes.push(open(spelt));
    }
    shapes.into_iter().map(|shape| Wanted { shape, member: false, ..wanted.clone() }).collect()
}

/// The pieces without wildcards at the ends: the raw text goes on there.
fn pieces(wanted: &Wanted) -> Vec<Piece> {
    match &wanted.shape {
        TextPattern::Equals(text)
        | TextPattern::StartsWith(text)
        | TextPattern::EndsWith(text)
        | TextPattern::Contains(text) => {
            vec![Piece::Text(text.clone())]
        }
        TextPattern::Glob(pieces) => {
            let start = usize::from(pieces.first() == Some(&Piece::Any));
            let end = pieces.len() - usize::from(pieces.len() > 1 && pieces.last() == Some(&Piece::Any));
            pieces.get(start..end).unwrap_or_default().to_vec()
        }
    }
}

/// The text as JSON spells it inside a string.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if u32::from(char) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out
}

/// Whether JSON may spell the text in more ways than [`json`].
fn respelt(wanted: &Wanted) -> bool {
    pieces(wanted).iter().any(|piece| {
        matches!(piece, Piece::Text(text) if text.chars().any(|char| {
            !char.is_ascii() || char.is_control() || matches!(char, '"' | '\\' | '/' | '&' | '<' | '>' | '\'' | '+')
        }))
    })
}
