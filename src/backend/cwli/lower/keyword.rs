//! Keywords.

use std::fmt::Write as _;

use super::{At, Lowering};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{Expr, Name, Pattern, Value};
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Text, TextPattern, pattern};
use crate::rule::pattern::Piece;
use crate::source::Span;

impl Lowering<'_> {
    /// Keywords are searched in the raw text of the event, as JSON writes them.
    pub(super) fn keywords(&mut self, test: &Condition, place: &At, span: Span) -> Option<Expr> {
        let message = Value::Field(Name::key("@message")?);
        let mut parts = Vec::new();
        match test {
            Condition::Text(texts) => {
                self.ledger.note(
                    &shared::KEYWORD_SEARCH,
                    place.polarity,
                    Direction::Wider,
                    span,
                    format!(
                        "{} events that have a keyword as the name of a member",
                        Direction::Wider.under(place.polarity).effect()
                    ),
                );
                parts.extend(texts.iter().map(|text| Expr::Matches(message.clone(), keyword(text))));
            }
            Condition::Regex(patterns) => {
                self.ledger.note(
                    &shared::KEYWORD_SEARCH,
                    place.polarity,
                    Direction::Either,
                    span,
                    format!("{} events in which the expression fits the whole text and no value, or the other way round", Direction::Either.effect()),
                );
                for regex in patterns {
                    parts.push(Expr::Matches(message.clone(), self.regex(regex, place)?));
                }
            }
            Condition::Listed(_)
            | Condition::Number(_)
            | Condition::Order(..)
            | Condition::Boolean(_)
            | Condition::Time(..)
            | Condition::TimePart(..)
            | Condition::Cidr(_)
            | Condition::Present
            | Condition::Null
            | Condition::Exists
            | Condition::FieldRef { .. } => {
                return self.ledger.refuse(
                    Diagnostic::new(
                        &shared::COLUMN_TYPE,
                        span,
                        "the target can search the raw text for texts alone",
                    )
                    .help("name the field"),
                );
            }
        }
        Expr::or(parts)
    }
}

/// A keyword as JSON may write it inside a string: quotes and backslashes with a backslash before them, any other
/// character also as `\uXXXX`, a slash also as `\/`.
fn keyword(text: &Text) -> Pattern {
    let one;
    let pieces: &[Piece] = match &text.shape {
        TextPattern::Equals(text)
        | TextPattern::StartsWith(text)
        | TextPattern::EndsWith(text)
        | TextPattern::Contains(text) => {
            one = [Piece::Text(text.clone())];
            &one
        }
        TextPattern::Glob(pieces) => {
            let pieces = pieces.strip_prefix(&[Piece::Any]).unwrap_or(pieces);
            pieces.strip_suffix(&[Piece::Any]).unwrap_or(pieces)
        }
    };
    let mut out = String::from(if text.cased { "(?s)" } else { "(?is)" });
    for piece in pieces {
        match piece {
            Piece::Any => out.push_str(".*"),
            Piece::One => out.push_str(r"(?:\\u[0-9A-Fa-f]{4}|\\.|.)"),
            Piece::Text(text) => text.chars().for_each(|char| json_char(char, &mut out)),
        }
    }
    Pattern::new(&out)
}
/// An expression for a character as JSON may write it.
fn json_char(char: char, out: &mut String) {
    let hex = |char: char| {
        let mut units = [0; 2];
        let mut text = String::from("(?i:");
        for unit in char.encode_utf16(&mut units) {
            let _ = write!(text, r"\\u{unit:04x}");
        }
        text + ")"
    };
    match char {
        '"' | '\\' => {
            out.push_str(r"\\");
            out.push_str(&pattern::escape_with(&char.to_string(), Pattern::spelt));
        }
        '/' => out.push_str(r"\\?\x2f"),
        '\n' => out.push_str(r"(?:\\n|(?i:\\u000a))"),
        '\r' => out.push_str(r"(?:\\r|(?i:\\u000d))"),
        '\t' => out.push_str(r"(?:\\t|\\u0009)"),
        char if char.is_ascii_control() => out.push_str(&hex(char)),
        char if char.is_ascii() => out.push_str(&pattern::escape_with(&char.to_string(), Pattern::spelt)),
        char => {
            let forms: Vec<String> =
                crate::text::class(char).into_iter().flat_map(|form| [form.to_string(), hex(form)]).collect();
            out.push_str("(?:");
            out.push_str(&forms.join("|"));
            out.push(')');
        }
    }
}
