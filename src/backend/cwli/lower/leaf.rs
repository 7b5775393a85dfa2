//! Single tests as conditions.
//!
//! A comparison gives true or false for a field that is there ("Comparison operators accept all data types … and return
//! a Boolean result"); what it gives for a missing one is not documented.
//! So under a negation every test carries `ispresent(field) and`, which makes it false in any reading.

use super::place::{HeldAs, Source, Tested, is_scalar};
use super::text::one_of;
use super::{At, Lowering, present};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{Decimal, Expr, Function, Literal, Name, Operator, Pattern, Value};
use crate::backend::cwli::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::pattern::{Engine, Portable};
use crate::ir::{Block, Condition, FieldUse, Number, Order, Regex};
use crate::schema::{Base, Type};
use crate::source::Span;

/// The largest integer up to which every integer is a double.
const EXACT: i128 = 1 << 53;

impl Lowering<'_> {
    /// A test of a field.
    pub(super) fn field_test(
        &mut self,
        field: &FieldUse,
        test: &Condition,
        place: &At,
        span: Span,
    ) -> Option<Expr> {
        match test {
            // Of an open type the value may be a list, which has no flat name.
            Condition::Present
                if HeldAs::of(&field.ty) == HeldAs::Unknown && self.frame.schema().is_some() =>
            {
                let source = Source { name: self.tree(&field.path, place, span)?, column: None };
                self.note_null(&whose(field), place, Direction::Wider, span);
                Some(presence(&source))
            }
            Condition::Present => {
                let source = self.source(field, place)?;
                self.note_unless_never_null(field, place, Direction::Wider, span);
                Some(presence(&source))
            }
            Condition::Null => {
                let absent = place.negated();
                let source = if HeldAs::of(&field.ty) == HeldAs::Unknown && self.frame.schema().is_some() {
                    Source { name: self.tree(&field.path, &absent, span)?, column: None }
                } else {
                    self.source(field, &absent)?
                };
                self.note_unless_never_null(field, place, Direction::Narrower, span);
                Some(presence(&source).not())
            }
            Condition::Exists => {
                // The name may be an array's or object's, which has no flat name.
                let scalar = self.frame.schema().is_none_or(|schema| is_scalar(schema, &field.path));
                let source = if scalar && field.path.base == Base::Event {
                    self.source(field, place)?
                } else {
                    Source { name: self.tree(&field.path, place, span)?, column: None }
                };
                self.note_unless_never_null(field, place, Direction::Narrower, span);
                Some(presence(&source))
            }
            Condition::Time(order, time) => self.time(field, *order, *time, place, span),
            Condition::TimePart(part, values) => self.time_part(field, *part, values, place, span),
            Condition::FieldRef { relation, other, cased } => {
                self.field_ref(field, *relation, other, *cased, place, span)
            }
            Condition::Listed(listed) => self.listed(field, listed, place),
            Condition::Text(_)
            | Condition::Regex(_)
            | Condition::Number(_)
            | Condition::Order(..)
            | Condition::Boolean(_)
            | Condition::Cidr(_) => {
                let source = self.source(field, place)?;
                if matches!(field.ty, Type::Any) && self.frame.schema().is_some() {
                    self.note_open(field, place, span);
                }
                let tested = Tested { name: source.name.clone(), kind: HeldAs::of(&field.ty) };
                let (condition, guard) = match (test, &field.ty) {
                    (Condition::Cidr(blocks), Type::Endpoint) => {
                        (self.endpoint(&Value::Field(tested.name.clone()), blocks, place, span)?, false)
                    }
                    _ => self.value_test(&source, &tested, test, place, span)?,
                };
                let absent = source.column.as_ref().is_some_and(|column| !column.absent_as.is_empty());
                if place.guarded || guard || absent {
                    Expr::and(vec![presence(&source), condition])
                } else {
                    Some(condition)
                }
            }
        }
    }

    /// A test of a value, and whether it needs the guard even outside a negation.
    fn value_test(
        &mut self,
        source: &Source<'_>,
        tested: &Tested,
        test: &Condition,
        place: &At,
        span: Span,
    ) -> Option<(Expr, bool)> {
        let value = Value::Field(tested.name.clone());
        match test {
            Condition::Text(texts) => self.texts(source, tested, texts, place, span),
            Condition::Regex(patterns) => {
                if tested.kind != HeldAs::Text {
                    self.note_type(place, Direction::Either, span);
                }
                let patterns: Vec<_> = patterns
                    .iter()
                    .map(|regex| self.regex(regex, place).map(|p| Expr::Matches(value.clone(), p)))
                    .collect();
                Some((Expr::or(patterns.into_iter().collect::<Option<_>>()?)?, false))
            }
            Condition::Number(numbers) => Some((self.numbers(&tested.name, numbers, place, span)?, false)),
            Condition::Order(order, number) => {
                if self.frame.schema().is_none() || tested.kind != HeldAs::Number {
                    self.note_type(place, Direction::Either, span);
                }
                let number = self.threshold(number, span)?;
                let condition = Expr::Compare(value.clone(), operator(*order), Value::Number(number));
                let numeric = Expr::Call(Function::IsNumeric, vec![value]);
                if place.guarded || tested.kind != HeldAs::Number {
                    Some((Expr::and(vec![numeric, condition])?, false))
                } else {
                    Some((condition, false))
                }
            }
            Condition::Boolean(expected) => {
                if tested.kind != HeldAs::Boolean {
                    self.note_type(place, Direction::Wider, span);
                }
                Some((boolean(&tested.name, *expected)?, false))
            }
            Condition::Cidr(blocks) => Some((
                Expr::or(blocks.iter().map(|block| subnet(value.clone(), block)).collect::<Option<_>>()?)?,
                false,
            )),
            Condition::Listed(_)
            | Condition::Time(..)
            | Condition::TimePart(..)
            | Condition::Present
            | Condition::Null
            | Condition::Exists
            | Condition::FieldRef { .. } => None,
        }
    }

    fn numbers(&mut self, name: &Name, numbers: &[Number], place: &At, span: Span) -> Option<Expr> {
        let mut short = Vec::new();
        let mut parts = Vec::new();
        for number in numbers {
            match number {
                Number::Integer(integer) if integer.abs() > EXACT => {
                    self.ledger.note(
                        &codes::LONG_NUMBER,
                        place.polarity,
                        Direction::Either,
                        span,
                        "an integer past 2^53 is compared by its digits, which the service may have rounded",
                    );
                    let expression = Pattern::new(&format!("^{integer}\\z"));
                    parts.push(Expr::Matches(Value::Field(name.clone()), expression));
                }
                other => short.push(Value::Number(self.decimal(other, span)?)),
            }
        }
        let value = Value::Field(name.clone());
        if short.len() > 1 {
            parts.insert(0, Expr::In(value, short));
        } else if let Some(number) = short.pop() {
            parts.insert(0, Expr::Compare(value, Operator::Equal, number));
        }
        Expr::or(parts)
    }

    fn threshold(&mut self, number: &Number, span: Span) -> Option<Decimal> {
        if matches!(number, Number::Integer(integer) if integer.abs() > EXACT) {
            return self.ledger.refuse(
                Diagnostic::new(
                    &shared::NUMBER_RANGE,
                    span,
                    "the target may round numbers past 2^53, so that an order of them is not exact",
                )
                .help("compare with a smaller bound"),
            );
        }
        self.decimal(number, span)
    }

    fn decimal(&mut self, number: &Number, span: Span) -> Option<Decimal> {
        let found = match number {
            Number::Integer(integer) => Some(Decimal::integer(*integer)),
            Number::Decimal(text) => Decimal::new(text.as_str()),
        };
        if found.is_none() {
            return self.ledger.refuse(
                Diagnostic::new(
                    &shared::NUMBER_RANGE,
                    span,
                    "no way to write this number in a query is documented",
                )
                .help("write it with digits and a point alone"),
            );
        }
        found
    }

    pub(super) fn regex(&mut self, regex: &Regex, place: &At) -> Option<Pattern> {
        match Portable::parse(regex) {
            Ok(portable) => {
                if portable.counts_characters() {
                    self.note_characters(place, regex.span);
                }
                Some(Pattern::new(&portable.print(Engine::Hyperscan)))
            }
            Err(problem) => self.ledger.refuse(
                Diagnostic::new(
                    &shared::REGEX_NOT_PORTABLE,
                    regex.span,
                    format!(
                        "the expression cannot be written for CloudWatch Logs Insights: {}",
                        problem.message
                    ),
                )
                .help(shared::PLAIN_EXPRESSION),
            ),
        }
    }

    /// Of a member that is left out rather than null, presence says all.
    fn note_unless_never_null(&mut self, field: &FieldUse, place: &At, part: Direction, span: Span) {
        if !field.never_null {
            self.note_null(&whose(field), place, part, span);
        }
    }

    /// Whether a JSON null counts as present is not documented.
    pub(super) fn note_null(&mut self, which: &str, place: &At, part: Direction, span: Span) {
        let message = format!("{} events {which}", part.under(place.polarity).effect());
        self.ledger.note(&shared::NULL_OR_MISSING, place.polarity, part, span, message);
    }

    /// What a comparison makes of a list or an object is not documented, and a list is not opened.
    pub(super) fn note_open(&mut self, field: &FieldUse, place: &At, span: Span) {
        let effect = Direction::Narrower.under(place.polarity).effect();
        let message = format!("{effect} events whose `{}` is a list", field.text);
        self.ledger.note(&shared::UNKNOWN_PATH, place.polarity, Direction::Narrower, span, message);
    }

    /// How a text compares with a JSON number or boolean is not documented.
    pub(super) fn note_type(&mut self, place: &At, part: Direction, span: Span) {
        let message = format!(
            "{} events that hold a number or a boolean where the rule has a text, or the other way round",
            part.under(place.polarity).effect()
        );
        self.ledger.note(&codes::VALUE_TYPE, place.polarity, part, span, message);
    }

    /// Whether an expression counts characters or bytes is not documented.
    pub(super) fn note_characters(&mut self, place: &At, span: Span) {
        let message = format!(
            "{} events with letters outside ASCII, of which an expression may count the bytes",
            Direction::Either.effect()
        );
        self.ledger.note(&codes::CHARACTER_COUNT, place.polarity, Direction::Either, span, message);
    }
}

/// The events in which a field is null.
pub(super) fn whose(field: &FieldUse) -> String {
    format!("whose `{}` is JSON null", field.text)
}

/// "The field has a value", as far as the delivery tells.
fn presence(source: &Source<'_>) -> Expr {
    let there = present(source.name.clone());
    let absent: Vec<_> = source
        .column
        .as_ref()
        .map_or(&[][..], |column| column.absent_as)
        .iter()
        .filter_map(Literal::new)
        .collect();
    match one_of(Value::Field(source.name.clone()), absent) {
        Some(absent) => Expr::And(vec![there, absent.not()]),
        None => there,
    }
}

pub(super) const fn operator(order: Order) -> Operator {
    match order {
        Order::Less => Operator::Less,
        Order::LessOrEqual => Operator::LessOrEqual,
        Order::Greater => Operator::Greater,
        Order::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

/// A boolean, whether the service renders it as a text or as a number, which is not documented.
pub(super) fn boolean(name: &Name, expected: bool) -> Option<Expr> {
    let value = Value::Field(name.clone());
    let text = Literal::new(if expected { "true" } else { "false" })?;
    let number = Decimal::integer(i128::from(expected));
    Some(Expr::Or(vec![
        Expr::Compare(value.clone(), Operator::Equal, Value::Text(text)),
        Expr::Compare(value, Operator::Equal, Value::Number(number)),
    ]))
}

pub(super) fn subnet(value: Value, block: &Block) -> Option<Expr> {
    let function = if block.first.is_ipv4() { Function::IsIpv4InSubnet } else { Function::IsIpv6InSubnet };
    let text = Literal::new(format!("{}/{}", block.first, block.prefix))?;
    Some(Expr::Call(function, vec![value, Value::Text(text)]))
}
