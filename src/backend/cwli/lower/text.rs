//! Tests of texts.

use super::place::{HeldAs, Source, Tested};
use super::{At, Lowering};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{Decimal, Expr, Function, Literal, Operator, Pattern, Value};
use crate::ir::pattern::{self, Engine};
use crate::ir::{Text, TextPattern};
use crate::rule::pattern::Piece;
use crate::source::Span;

impl Lowering<'_> {
    pub(super) fn texts(
        &mut self,
        source: &Source<'_>,
        tested: &Tested,
        texts: &[Text],
        place: &At,
        span: Span,
    ) -> Option<(Expr, bool)> {
        let value = || Value::Field(tested.name.clone());
        let lower = || Value::Call(Function::ToLower, vec![value()]);
        let mut exact = Vec::new();
        let mut lowered = Vec::new();
        let mut others = Vec::new();
        let mut guard = false;
        let spellings = source.column.as_ref().map_or(&[][..], |column| column.values);
        for text in texts {
            let mut shape = text.shape.clone();
            let mut cased = text.cased || text.member;
            if !spellings.is_empty() {
                if let TextPattern::Equals(canonical) = &mut shape {
                    if let Some((_, stored)) =
                        spellings.iter().find(|(known, _)| same(known, canonical, cased))
                    {
                        canonical.clone_from(stored);
                        cased = source.column.as_ref().is_some_and(|column| column.spelt);
                    }
                } else {
                    self.ledger.note(
                        &shared::STORED_TEXT,
                        place.polarity,
                        Direction::Either,
                        text.span,
                        "the delivery stores other texts in this field than the provider writes",
                    );
                }
            }
            match &shape {
                TextPattern::Equals(text) if text.is_empty() => {
                    guard = true;
                    self.note_null("in which it is JSON null", place, Direction::Wider, span);
                    exact.extend(Literal::new(""));
                }
                TextPattern::Equals(text) => {
                    self.typed_equality(tested, text, &mut others, place, span);
                    let spelt = if cased || is_caseless(text) {
                        Literal::new(text.as_str()).map(|literal| exact.push(literal))
                    } else if crate::text::has_foreign_letters(text)
                        || (place.guarded && tested.kind != HeldAs::Text)
                    {
                        // What `tolower` gives for a number is not documented, so under a negation an operator,
                        // which gives true or false for any value, takes its place.
                        None
                    } else {
                        Literal::new(text.to_ascii_lowercase()).map(|literal| lowered.push(literal))
                    };
                    if spelt.is_none() {
                        others.push(Expr::Matches(value(), shape_pattern(&shape, cased)));
                    }
                }
                TextPattern::Contains(part) if cased || is_caseless(part) => {
                    self.typed_part(tested, &shape, place, span);
                    others.push(match Literal::new(part.as_str()) {
                        Some(literal) => Expr::Contains(value(), literal),
                        None => Expr::Matches(value(), shape_pattern(&shape, cased)),
                    });
                }
                TextPattern::StartsWith(_)
                | TextPattern::EndsWith(_)
                | TextPattern::Contains(_)
                | TextPattern::Glob(_) => {
                    self.typed_part(tested, &shape, place, span);
                    if matches!(&shape, TextPattern::Glob(pieces) if pieces.contains(&Piece::One)) {
                        self.note_characters(place, text.span);
                    }
                    others.push(Expr::Matches(value(), shape_pattern(&shape, cased)));
                }
            }
        }
        let mut parts = Vec::new();
        parts.extend(one_of(value(), exact));
        parts.extend(one_of(lower(), lowered));
        parts.extend(others);
        Some((Expr::or(parts)?, guard))
    }
    /// What equality with a text also asks of a number or a boolean.
    fn typed_equality(
        &mut self,
        tested: &Tested,
        text: &str,
        others: &mut Vec<Expr>,
        place: &At,
        span: Span,
    ) {
        if tested.kind == HeldAs::Text {
            return;
        }
        let number = match text {
            _ if text.eq_ignore_ascii_case("true") => Decimal::integer(1),
            _ if text.eq_ignore_ascii_case("false") => Decimal::integer(0),
            _ => match Decimal::new(text) {
                Some(number) => number,
                None => return,
            },
        };
        self.note_type(place, Direction::Wider, span);
        let value = Value::Field(tested.name.clone());
        others.push(Expr::Compare(value, Operator::Equal, Value::Number(number)));
    }
    /// A part of a text that the text of a number or boolean could have.
    fn typed_part(&mut self, tested: &Tested, shape: &TextPattern, place: &At, span: Span) {
        if tested.kind == HeldAs::Text {
            return;
        }
        let text = match shape {
            TextPattern::Equals(text)
            | TextPattern::StartsWith(text)
            | TextPattern::EndsWith(text)
            | TextPattern::Contains(text) => text.clone(),
            TextPattern::Glob(pieces) => pieces
                .iter()
                .filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
                .collect(),
        };
        if is_scalar_text(&text) {
            self.note_type(place, Direction::Either, span);
        }
    }
}

/// `value = "a"`, or `value in ["a", "b"]`.
pub(super) fn one_of(value: Value, mut texts: Vec<Literal>) -> Option<Expr> {
    if texts.len() > 1 {
        return Some(Expr::In(value, texts.into_iter().map(Value::Text).collect()));
    }
    Some(Expr::Compare(value, Operator::Equal, Value::Text(texts.pop()?)))
}

/// Whether no letter of a text has another case.
pub(super) fn is_caseless(text: &str) -> bool {
    text.chars().all(|char| crate::text::class(char).len() == 1)
}

/// Whether the JSON text of a number or a boolean could hold `text`.
pub(super) fn is_scalar_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    "true".contains(&lower)
        || "false".contains(&lower)
        || lower.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+' | 'e'))
}

fn same(known: &str, text: &str, cased: bool) -> bool {
    if cased { known == text } else { crate::text::equals(text, known) }
}

pub(super) fn shape_pattern(shape: &TextPattern, cased: bool) -> Pattern {
    Pattern::new(&pattern::shape(shape, cased, Engine::Hyperscan, |char| Pattern::spelt(char) || char == '|'))
}
