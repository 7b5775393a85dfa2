//! Keywords: a text anywhere in the event.
//!
//! With a delivery, every column that holds a part of the record is searched; without one, every column of the table.
//! Either way names of members are searched too, and parts of different values can meet inside one JSON text.

use super::super::ast::{Compare, Expr, Function};
use super::{Context, Lowerer};
use crate::backend::{Direction, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::pattern::{self, Engine};
use crate::ir::{Condition, Text, TextPattern};
use crate::rule::pattern::Piece;
use crate::schema::{ColumnType, Decode};
use crate::source::Span;

/// What is searched.
struct Searched {
    value: Option<Expr>,
    json: bool,
}

impl Lowerer<'_> {
    /// Some scalar of the event satisfies the test.
    pub(super) fn keyword(&mut self, test: &Condition, context: &Context, span: Span) -> Option<Expr> {
        let tests: Vec<(Compare, TextPattern, bool)> = match test {
            Condition::Text(texts) => texts.iter().map(contained).collect(),
            Condition::Regex(patterns) => {
                let mut expressions = Vec::new();
                for regex in patterns {
                    expressions.push(self.portable(regex, context)?.print(Engine::Rust));
                }
                let message = format!(
                    "{} events in which the expression fits a whole column and no value, or the other way round",
                    Direction::Either.effect()
                );
                self.ledger.note(&shared::KEYWORD_SEARCH, context.polarity, Direction::Either, span, message);
                let columns = self.searched(context, span);
                let tests = expressions.iter().flat_map(|pattern| {
                    columns
                        .iter()
                        .map(|column| search(column, Compare::Matches, Expr::Pattern(pattern.clone())))
                });
                return Some(Expr::or(tests.collect::<Vec<_>>()));
            }
            _ => {
                let message = "this test needs a field";
                let finding = Diagnostic::new(&shared::KEYWORD_SEARCH, span, message);
                return self.ledger.refuse(finding.help("name the field"));
            }
        };
        let effect = Direction::Wider.under(context.polarity).effect();
        let message = format!("{effect} events that have a keyword as the name of a member");
        self.ledger.note(&shared::KEYWORD_SEARCH, context.polarity, Direction::Wider, span, message);
        let columns = self.searched(context, span);
        let mut parts = Vec::new();
        for (operator, shape, cased) in tests {
            let spellings = |json: bool| -> Vec<Expr> {
                let TextPattern::Contains(literal) = &shape else {
                    return vec![Expr::Pattern(pattern::shape(&shape, cased, Engine::Rust, |_| false))];
                };
                let escaped = json_escaped(literal);
                let mut spellings = vec![Expr::text(literal)];
                if json && escaped != *literal {
                    spellings.push(Expr::Text(escaped));
                }
                spellings
            };
            for column in &columns {
                parts.extend(spellings(column.json).into_iter().map(|text| search(column, operator, text)));
            }
        }
        Some(Expr::or(parts))
    }

    /// The columns that hold the record; one stand-in for all columns where nothing is known of the table.
    /// What no column holds is not searched, which is noted.
    fn searched(&mut self, context: &Context, span: Span) -> Vec<Searched> {
        let mut seen = std::collections::HashSet::new();
        let mut columns = Vec::new();
        for column in self.frame.columns().filter(|column| seen.insert(column.name)) {
            let value = Expr::column(column.name);
            let text = column.ty == ColumnType::String;
            columns.push(Searched {
                value: Some(if text { value } else { Expr::call(Function::ToString, value) }),
                json: !text || column.decode == Decode::ParseJson,
            });
        }
        if columns.is_empty() {
            return vec![Searched { value: None, json: true }];
        }
        let effect = Direction::Narrower.under(context.polarity).effect();
        let message = format!("{effect} events that have a keyword where the table has no column");
        self.ledger.note(&shared::KEYWORD_SEARCH, context.polarity, Direction::Narrower, span, message);
        columns
    }
}

/// A keyword as a test of text that holds more than the scalar.
fn contained(text: &Text) -> (Compare, TextPattern, bool) {
    let literal = match &text.shape {
        TextPattern::Equals(literal)
        | TextPattern::StartsWith(literal)
        | TextPattern::EndsWith(literal)
        | TextPattern::Contains(literal) => literal,
        TextPattern::Glob(pieces) => {
            let open = std::iter::once(Piece::Any).chain(pieces.iter().cloned()).chain([Piece::Any]);
            let mut pieces: Vec<Piece> = open.collect();
            pieces.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
            return (Compare::Matches, TextPattern::Glob(pieces), text.cased);
        }
    };
    let shape = TextPattern::Contains(literal.clone());
    let operator = match text.cased {
        true => Compare::ContainsCased,
        false if crate::text::has_foreign_letters(literal) => {
            return (Compare::Matches, glob_around(literal), false);
        }
        false => Compare::Contains,
    };
    (operator, shape, text.cased)
}

fn glob_around(literal: &str) -> TextPattern {
    TextPattern::Glob(vec![Piece::Any, Piece::Text(literal.to_owned()), Piece::Any])
}

fn search(column: &Searched, operator: Compare, text: Expr) -> Expr {
    match &column.value {
        Some(value) => value.clone().compare(operator, text),
        None => Expr::AnyColumn(operator, Box::new(text)),
    }
}

/// The text as it is inside a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}
