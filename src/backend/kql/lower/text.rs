//! Tests of texts: the operator follows from the shape, the case, and what the schema says of the spelling.

use std::collections::HashSet;

use super::super::ast::{Compare, Expr, Function};
use super::super::codes;
use super::place::{Held, RowValue, among};
use super::{Context, Lowerer, stored};
use crate::backend::{Direction, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::pattern::{self, Engine, Portable};
use crate::ir::{FieldUse, Regex, Text, TextPattern};
use crate::schema::{ColumnType, Format, Type};

/// What to write in place of a test of a time's spelling.
const AS_TIME: &str = "write a whole time, or compare it with `gte` and `lt`";

impl Lowerer<'_> {
    /// Some alternative holds on the value.
    pub(super) fn texts(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        texts: &[Text],
        context: &Context,
    ) -> Option<Expr> {
        if let Held::Column(
            ty @ (ColumnType::Integer | ColumnType::Real | ColumnType::Boolean | ColumnType::DateTime),
        ) = place.kind
        {
            return self.typed(place, field, ty, texts, context);
        }
        if place.values.is_empty() && place.absent_as.is_empty() {
            return Some(self.textual(place, field, texts, context));
        }
        let test = |text: &str| stored::matches(texts, text);
        if let Some(text) = stored::is_shared(place, test) {
            let message = format!("the stored text `{text}` means several values of `{}`", field.text);
            self.ledger.note(&shared::STORED_TEXT, context.polarity, Direction::Wider, field.span, message);
        }
        let decided = stored::decide(place, test);
        // What is decided by the stored texts alone needs no test of the value itself.
        let open: Vec<Text> = texts.iter().filter(|text| !is_canonical(place, text)).cloned().collect();
        let known = stored::is_one_of(place, &decided.holds);
        if open.is_empty() {
            return Some(known);
        }
        let undecided: Vec<String> =
            decided.fails.iter().filter(|text| stored::matches(&open, text)).cloned().collect();
        let value = self.textual(place, field, &open, context);
        Some(Expr::or([known, Expr::and([value, stored::is_one_of(place, &undecided).not()])]))
    }

    /// Tests of a value that is held as text.
    fn textual(&mut self, place: &RowValue, field: &FieldUse, texts: &[Text], context: &Context) -> Expr {
        let value = place.text();
        let (mut exact, mut folded, mut others) = (Vec::new(), Vec::new(), Vec::new());
        if place.kind == Held::Dynamic
            && matches!(field.ty, Type::Timestamp)
            && !texts.iter().all(|text| matches!(text.shape, TextPattern::Equals(_)))
        {
            let message = format!("`{}` is a time, which the table spells in its own way", field.text);
            self.ledger.note(
                &shared::RESPELT_VALUE,
                context.polarity,
                Direction::Either,
                field.span,
                message,
            );
        }
        let mut seen = HashSet::new();
        for text in texts.iter().filter(|text| seen.insert((&text.shape, text.cased, text.member))) {
            let foreign = |value: &str| !text.cased && crate::text::has_foreign_letters(value);
            let operator = match &text.shape {
                TextPattern::Equals(literal) if literal.is_empty() => {
                    others.push(self.empty(place, field, context));
                    continue;
                }
                TextPattern::Equals(literal) => {
                    if let Some(same) = self.respelt(place, field, text, literal, context) {
                        folded.push(literal.clone());
                        others.extend(same);
                    } else if text.member || text.cased {
                        exact.push(literal.clone());
                    } else if foreign(literal) {
                        others.push(matches(&value, text));
                    } else {
                        folded.push(literal.clone());
                    }
                    continue;
                }
                TextPattern::StartsWith(literal) if !foreign(literal) => {
                    Some((if text.cased { Compare::StartsWithCased } else { Compare::StartsWith }, literal))
                }
                TextPattern::EndsWith(literal) if !foreign(literal) => {
                    Some((if text.cased { Compare::EndsWithCased } else { Compare::EndsWith }, literal))
                }
                TextPattern::Contains(literal) if !foreign(literal) => {
                    Some((if text.cased { Compare::ContainsCased } else { Compare::Contains }, literal))
                }
                TextPattern::StartsWith(_)
                | TextPattern::EndsWith(_)
                | TextPattern::Contains(_)
                | TextPattern::Glob(_) => None,
            };
            let test = match operator {
                Some((operator, literal)) => value.clone().compare(operator, Expr::text(literal)),
                None => matches(&value, text),
            };
            others.push(test);
        }
        let list = |mut texts: Vec<String>| {
            let mut seen = HashSet::new();
            texts.retain(|text| seen.insert(text.clone()));
            texts.into_iter().map(Expr::Text).collect::<Vec<_>>()
        };
        let exact = among(value.clone(), list(exact), false);
        let folded = among(value, list(folded), true);
        Expr::or([exact, folded].into_iter().chain(others))
    }

    /// The empty text is reached.
    fn empty(&mut self, place: &RowValue, field: &FieldUse, context: &Context) -> Expr {
        let empty = place.text().compare(Compare::Equals, Expr::text(""));
        if place.kind == Held::Dynamic {
            return Expr::and([Expr::call(Function::IsNotNull, place.expr.clone()), empty]);
        }
        if !field.always {
            let missing = format!(
                "{} events without `{}`, which the table does not tell from an empty one",
                Direction::Wider.under(context.polarity).effect(),
                field.text
            );
            let direction = Direction::Wider;
            self.ledger.note(&shared::MISSING_OR_EMPTY, context.polarity, direction, field.span, missing);
        }
        empty
    }

    /// Notes that the table does not tell an empty text from a missing one.
    pub(super) fn note_empty(&mut self, field: &FieldUse, context: &Context, part: Direction) {
        let message = format!(
            "{} events whose `{}` is empty, which the table does not tell from a missing one",
            part.under(context.polarity).effect(),
            field.text
        );
        self.ledger.note(&shared::MISSING_OR_EMPTY, context.polarity, part, field.span, message);
    }

    /// Kusto holds a text inside a dynamic value that is a time or a GUID as such, and spells it in its own way.
    /// Gives the further tests with which equality to such a text finds it again.
    fn respelt(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        text: &Text,
        literal: &str,
        context: &Context,
    ) -> Option<Vec<Expr>> {
        if place.kind == Held::Column(ColumnType::String) {
            return None;
        }
        if Format::Guid.fits(literal) {
            if text.cased && literal.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                let message = format!("a GUID in `{}` is compared without regard to case", field.text);
                self.ledger.note(
                    &shared::RESPELT_VALUE,
                    context.polarity,
                    Direction::Wider,
                    text.span,
                    message,
                );
            }
            return Some(Vec::new());
        }
        let ticks = super::test::ticks(literal)?;
        let message = format!("a time in `{}` is compared as an instant, however it is written", field.text);
        self.ledger.note(&shared::RESPELT_VALUE, context.polarity, Direction::Wider, text.span, message);
        let instant = Expr::call(Function::ToDateTime, place.expr.clone());
        Some(vec![instant.compare(Compare::Equals, Expr::DateTime(ticks))])
    }

    /// Tests of the text of a value that is held as a number, a truth value or a time.
    fn typed(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        ty: ColumnType,
        texts: &[Text],
        context: &Context,
    ) -> Option<Expr> {
        let mut literals = Vec::new();
        for text in texts {
            let stored =
                stored::decide(place, |canonical| stored::matches(std::slice::from_ref(text), canonical));
            let spelt = match &text.shape {
                _ if !stored.holds.is_empty() => stored.holds,
                TextPattern::Equals(literal) => vec![literal.clone()],
                _ => return self.refuse_type(field, ty, text),
            };
            for literal in spelt {
                match typed_literal(ty, &literal) {
                    Some(literal) if literals.contains(&literal) => {}
                    Some(literal) => literals.push(literal),
                    None => return self.refuse_type(field, ty, text),
                }
            }
        }
        if ty == ColumnType::DateTime {
            let message = format!("`{}` is compared as an instant, however it is written", field.text);
            self.ledger.note(&shared::RESPELT_VALUE, context.polarity, Direction::Wider, field.span, message);
        }
        let boolean = ty == ColumnType::Boolean;
        let value = place.expr.clone();
        Some(if boolean {
            Expr::or(literals.into_iter().map(|literal| value.clone().compare(Compare::Equals, literal)))
        } else {
            among(value, literals, false)
        })
    }

    fn refuse_type(&mut self, field: &FieldUse, ty: ColumnType, text: &Text) -> Option<Expr> {
        let (held, remedy) = match ty {
            ColumnType::Integer | ColumnType::Real => {
                ("a number", "write a whole number, or compare it with `gte` and `lt`")
            }
            ColumnType::Boolean => ("a boolean", "write `true` or `false`"),
            ColumnType::DateTime => ("a time", AS_TIME),
            ColumnType::String | ColumnType::Guid | ColumnType::Dynamic => {
                ("another type", "write a whole value")
            }
        };
        let message =
            format!("the table holds `{}` as {held}, which this cannot be compared with", field.text);
        self.ledger.refuse(Diagnostic::new(&shared::COLUMN_TYPE, text.span, message).help(remedy))
    }

    /// Some expression is found in the value's text.
    pub(super) fn regexes(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        patterns: &[Regex],
        context: &Context,
    ) -> Option<Expr> {
        if !place.values.is_empty() || !place.absent_as.is_empty() {
            let message = format!("the table holds other texts of `{}` than the provider writes", field.text);
            self.ledger.note(&shared::STORED_TEXT, context.polarity, Direction::Either, field.span, message);
        }
        if matches!(place.kind, Held::Column(ColumnType::DateTime)) {
            let message = format!("the table holds `{}` as a time, in a form of its own", field.text);
            let finding = Diagnostic::new(&shared::COLUMN_TYPE, field.span, message);
            return self.ledger.refuse(finding.help(AS_TIME));
        }
        let (value, mut tests, mut empties) = (place.text(), Vec::new(), false);
        for regex in patterns {
            let portable = self.portable(regex, context)?;
            empties |= portable.may_match_empty();
            tests.push(value.clone().compare(Compare::Matches, Expr::Pattern(portable.print(Engine::Rust))));
        }
        let found = Expr::or(tests);
        if !empties || (field.always && place.is_text_column()) {
            return Some(found);
        }
        // A missing value has an empty text, which the expression would find.
        let present = self.reached(place, field, context);
        Some(Expr::and([present, found]))
    }

    /// The expression in the portable subset, or a refusal.
    pub(super) fn portable(&mut self, regex: &Regex, context: &Context) -> Option<Portable> {
        match Portable::parse(regex) {
            Ok(portable) => {
                if portable.has_boundary() {
                    let message = "a word boundary counts letters outside ASCII as parts of words";
                    self.ledger.note(
                        &codes::WORD_BOUNDARY,
                        context.polarity,
                        Direction::Either,
                        regex.span,
                        message,
                    );
                }
                Some(portable)
            }
            Err(problem) => {
                let message = format!("the expression is not portable to KQL: {}", problem.message);
                let finding = Diagnostic::new(&shared::REGEX_NOT_PORTABLE, regex.span, message);
                self.ledger.refuse(finding.help(shared::PLAIN_EXPRESSION))
            }
        }
    }
}

/// Whether equality to the text is decided by the stored texts alone: it is a canonical text that is stored otherwise.
fn is_canonical(place: &RowValue, text: &Text) -> bool {
    let TextPattern::Equals(_) = &text.shape else { return false };
    place.values.iter().any(|(canonical, _)| stored::matches(std::slice::from_ref(text), canonical))
}

fn matches(value: &Expr, text: &Text) -> Expr {
    let pattern = pattern::shape(&text.shape, text.cased, Engine::Rust, |_| false);
    value.clone().compare(Compare::Matches, Expr::Pattern(pattern))
}

/// A GUID in its usual spelling.
fn typed_literal(ty: ColumnType, text: &str) -> Option<Expr> {
    match ty {
        ColumnType::Integer => text.parse().ok().map(Expr::Integer),
        ColumnType::Real => text.parse().map(Expr::Integer).ok().or_else(|| Expr::real(text)),
        ColumnType::Boolean if text.eq_ignore_ascii_case("true") => Some(Expr::Boolean(true)),
        ColumnType::Boolean if text.eq_ignore_ascii_case("false") => Some(Expr::Boolean(false)),
        ColumnType::DateTime => super::test::ticks(text).map(Expr::DateTime),
        ColumnType::Boolean | ColumnType::String | ColumnType::Guid | ColumnType::Dynamic => None,
    }
}
