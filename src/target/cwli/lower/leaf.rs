//! Single tests as conditions.
//!
//! A comparison gives true or false for a field that is there ("Comparison operators accept all data types … and return
//! a Boolean result"); what it gives for a missing one is not documented.
//! So under a negation every test carries `ispresent(field) and`, which makes it false in any reading.

use super::place::{Source, is_scalar};
use super::{Lowering, Place, present};
use crate::diagnostic::Diagnostic;
use crate::ir::pattern::{self, Engine, Portable};
use crate::ir::{
    Block, FieldUse, Number, Order, Predicate, Regex, Relation, Shape, Subject, Test, Text, TimePart,
    Timestamp,
};
use crate::rule::pattern::Piece;
use crate::schema::{Base, Path, Step, Type};
use crate::source::Span;
use crate::target::Direction;
use crate::target::codes as shared;
use crate::target::cwli::ast::{Decimal, Expr, Function, Literal, Name, Operator, Pattern, Value};
use crate::target::cwli::codes;

/// The largest integer up to which every integer is a double.
const EXACT: i128 = 1 << 53;

/// What CloudWatch Logs may hold a value as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// Any of these, or an object.
    Unknown,
}

impl Kind {
    pub(super) fn of(ty: &Type) -> Self {
        match ty {
            Type::String | Type::Enum(_) | Type::Timestamp | Type::Ip | Type::Json(_) => Self::Text,
            Type::Integer | Type::Number => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any => Self::Unknown,
        }
    }
}

/// The text that a subject is tested as: with the name whose presence guards it.
struct Tested {
    name: Name,
    kind: Kind,
}

impl Lowering<'_> {
    /// A predicate as a condition.
    pub(super) fn predicate(&mut self, predicate: &Predicate, place: &Place) -> Option<Expr> {
        match &predicate.subject {
            Subject::Field(field) => self.field_test(field, &predicate.test, place, predicate.span),
            Subject::Event => self.keywords(&predicate.test, place, predicate.span),
        }
    }

    fn field_test(&mut self, field: &FieldUse, test: &Test, place: &Place, span: Span) -> Option<Expr> {
        match test {
            Test::Present => {
                let source = self.source(field, place)?;
                self.note_null(place, Direction::Wider, span);
                Some(presence(&source))
            }
            Test::Null => {
                let absent = place.negated();
                let source = if Kind::of(&field.ty) == Kind::Unknown && self.schema.is_some() {
                    Source { name: self.tree(&field.path, &absent, span)?, column: None }
                } else {
                    self.source(field, &absent)?
                };
                self.note_null(place, Direction::Narrower, span);
                Some(presence(&source).not())
            }
            Test::Exists => {
                // The name may be an array's or object's, which has no flat name.
                let scalar = self.schema.is_none_or(|schema| is_scalar(schema, &field.path));
                let source = if scalar && field.path.base == Base::Event {
                    self.source(field, place)?
                } else {
                    Source { name: self.tree(&field.path, place, span)?, column: None }
                };
                self.note_null(place, Direction::Narrower, span);
                Some(presence(&source))
            }
            Test::Time(order, time) => self.time(field, *order, *time, place, span),
            Test::TimePart(part, values) => self.time_part(field, *part, values, place, span),
            Test::FieldRef { relation, other, cased } => {
                self.field_ref(field, *relation, other, *cased, place, span)
            }
            Test::Text(_)
            | Test::Regex(_)
            | Test::Number(_)
            | Test::Order(..)
            | Test::Boolean(_)
            | Test::Cidr(_) => {
                let source = self.source(field, place)?;
                let tested = Tested { name: source.name.clone(), kind: Kind::of(&field.ty) };
                let (condition, guard) = self.value_test(&source, &tested, test, place, span)?;
                let absent = source.column.is_some_and(|column| !column.absent_as.is_empty());
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
        test: &Test,
        place: &Place,
        span: Span,
    ) -> Option<(Expr, bool)> {
        let value = Value::Field(tested.name.clone());
        match test {
            Test::Text(texts) => self.texts(source, tested, texts, place, span),
            Test::Regex(patterns) => {
                if tested.kind != Kind::Text {
                    self.note_type(place, Direction::Either, span);
                }
                let patterns: Vec<_> = patterns
                    .iter()
                    .map(|regex| self.regex(regex, place).map(|p| Expr::Matches(value.clone(), p)))
                    .collect();
                Some((Expr::or(patterns.into_iter().collect::<Option<_>>()?)?, false))
            }
            Test::Number(numbers) => Some((self.numbers(&tested.name, numbers, place, span)?, false)),
            Test::Order(order, number) => {
                if self.schema.is_none() || tested.kind != Kind::Number {
                    self.note_type(place, Direction::Either, span);
                }
                let number = self.threshold(number, span)?;
                let condition = Expr::Compare(value.clone(), operator(*order), Value::Number(number));
                let numeric = Expr::Call(Function::IsNumeric, vec![value]);
                if place.guarded || tested.kind != Kind::Number {
                    Some((Expr::and(vec![numeric, condition])?, false))
                } else {
                    Some((condition, false))
                }
            }
            Test::Boolean(expected) => {
                if tested.kind != Kind::Boolean {
                    self.note_type(place, Direction::Wider, span);
                }
                Some((boolean(&tested.name, *expected)?, false))
            }
            Test::Cidr(blocks) => Some((
                Expr::or(blocks.iter().map(|block| subnet(value.clone(), block)).collect::<Option<_>>()?)?,
                false,
            )),
            Test::Time(..)
            | Test::TimePart(..)
            | Test::Present
            | Test::Null
            | Test::Exists
            | Test::FieldRef { .. } => None,
        }
    }

    fn texts(
        &mut self,
        source: &Source<'_>,
        tested: &Tested,
        texts: &[Text],
        place: &Place,
        span: Span,
    ) -> Option<(Expr, bool)> {
        let value = || Value::Field(tested.name.clone());
        let lower = || Value::Call(Function::ToLower, vec![value()]);
        let mut exact = Vec::new();
        let mut lowered = Vec::new();
        let mut others = Vec::new();
        let mut guard = false;
        let spellings = source.column.map_or(&[][..], |column| &column.values);
        for text in texts {
            let mut shape = text.shape.clone();
            let mut cased = text.cased || text.member;
            if !spellings.is_empty() {
                if let Shape::Equals(canonical) = &mut shape {
                    if let Some((_, stored)) =
                        spellings.iter().find(|(known, _)| same(known, canonical, cased))
                    {
                        canonical.clone_from(stored);
                        cased = true;
                    }
                } else {
                    self.ledger.note(
                        &shared::STORED_TEXT,
                        place.polarity,
                        Direction::Either,
                        text.span,
                        "the home stores other texts in this field than the provider writes",
                    );
                }
            }
            match &shape {
                Shape::Equals(text) if text.is_empty() => {
                    guard = true;
                    self.note_null(place, Direction::Wider, span);
                    exact.extend(Literal::new(""));
                }
                Shape::Equals(text) => {
                    self.typed_equality(tested, text, &mut others, place, span)?;
                    let spelt = if cased || is_caseless(text) {
                        Literal::new(text.as_str()).map(|literal| exact.push(literal))
                    } else if pattern::has_foreign_letters(text)
                        || (place.guarded && tested.kind != Kind::Text)
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
                Shape::Contains(part) if cased || is_caseless(part) => {
                    self.typed_part(tested, &shape, place, span);
                    others.push(match Literal::new(part.as_str()) {
                        Some(literal) => Expr::Contains(value(), literal),
                        None => Expr::Matches(value(), shape_pattern(&shape, cased)),
                    });
                }
                Shape::StartsWith(_) | Shape::EndsWith(_) | Shape::Contains(_) | Shape::Glob(_) => {
                    self.typed_part(tested, &shape, place, span);
                    if matches!(&shape, Shape::Glob(pieces) if pieces.contains(&Piece::One)) {
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
        place: &Place,
        span: Span,
    ) -> Option<()> {
        if tested.kind == Kind::Text {
            return Some(());
        }
        let number = match text {
            _ if text.eq_ignore_ascii_case("true") => Decimal::integer(1),
            _ if text.eq_ignore_ascii_case("false") => Decimal::integer(0),
            _ => match Decimal::new(text) {
                Some(number) => number,
                None => return Some(()),
            },
        };
        self.note_type(place, Direction::Wider, span);
        let value = Value::Field(tested.name.clone());
        others.push(Expr::Compare(value, Operator::Equal, Value::Number(number)));
        Some(())
    }

    /// A part of a text that the text of a number or boolean could have.
    fn typed_part(&mut self, tested: &Tested, shape: &Shape, place: &Place, span: Span) {
        if tested.kind == Kind::Text {
            return;
        }
        let text = match shape {
            Shape::Equals(text) | Shape::StartsWith(text) | Shape::EndsWith(text) | Shape::Contains(text) => {
                text.clone()
            }
            Shape::Glob(pieces) => pieces
                .iter()
                .filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
                .collect(),
        };
        if is_scalar_text(&text) {
            self.note_type(place, Direction::Either, span);
        }
    }

    fn numbers(&mut self, name: &Name, numbers: &[Number], place: &Place, span: Span) -> Option<Expr> {
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

    fn regex(&mut self, regex: &Regex, place: &Place) -> Option<Pattern> {
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
                .help("use literals, classes, groups, alternation and repetition alone"),
            ),
        }
    }

    fn time(
        &mut self,
        field: &FieldUse,
        order: Order,
        time: Timestamp,
        place: &Place,
        span: Span,
    ) -> Option<Expr> {
        self.event_time(field, place, span, "a comparison in time")?;
        // The event's time is in whole milliseconds, so the bound may be moved to one.
        let floor = time.nanos.div_euclid(1_000_000);
        let ceiling = -(-time.nanos).div_euclid(1_000_000);
        let bound = match order {
            Order::Greater | Order::LessOrEqual => floor,
            Order::GreaterOrEqual | Order::Less => ceiling,
        };
        let millis = Value::Call(Function::ToMillis, vec![Value::Field(Name::key("@timestamp")?)]);
        Some(Expr::Compare(millis, operator(order), Value::Number(Decimal::integer(bound))))
    }

    fn time_part(
        &mut self,
        field: &FieldUse,
        part: TimePart,
        values: &[u32],
        place: &Place,
        span: Span,
    ) -> Option<Expr> {
        self.event_time(field, place, span, "a part of a time")?;
        let (format, width) = match part {
            TimePart::Minute => ("%M", 2),
            TimePart::Hour => ("%H", 2),
            TimePart::Day => ("%d", 2),
            TimePart::Week => ("%V", 2),
            TimePart::Month => ("%m", 2),
            TimePart::Year => ("%Y", 4),
        };
        if part == TimePart::Week {
            self.ledger.note(
                &codes::DATE_FORMAT,
                place.polarity,
                Direction::Either,
                span,
                "that `formatDate` takes `%V` for the ISO week is not documented",
            );
        }
        let time = Value::Field(Name::key("@timestamp")?);
        let text = Value::Call(
            Function::FormatDate,
            vec![time, Value::Text(Literal::new(format)?), Value::Text(Literal::new("UTC")?)],
        );
        let values = values.iter().filter_map(|value| Literal::new(format!("{value:0width$}"))).collect();
        one_of(text, values)
    }

    /// Succeeds when `@timestamp` can stand for the field.
    fn event_time(&mut self, field: &FieldUse, place: &Place, span: Span, what: &str) -> Option<()> {
        if self.schema.and_then(|schema| schema.time.as_ref()) != Some(&field.path) {
            return self.ledger.refuse(
                Diagnostic::new(
                    &codes::TIME_FIELD,
                    span,
                    format!("the target cannot read {what} from `{}`", field.text),
                )
                .help("test the time of the event itself, or compile for KQL or SPL"),
            );
        }
        self.ledger.note(
            &codes::LOG_EVENT_TIME,
            place.polarity,
            Direction::Either,
            span,
            "the time of the log event stands for the one in the record",
        );
        Some(())
    }

    fn field_ref(
        &mut self,
        field: &FieldUse,
        relation: Relation,
        other: &FieldUse,
        cased: bool,
        place: &Place,
        span: Span,
    ) -> Option<Expr> {
        let reaches =
            |path: &Path| path.steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }));
        if reaches(&field.path) || reaches(&other.path) {
            return self.ledger.refuse(
                Diagnostic::new(
                    &shared::FIELDREF,
                    span,
                    "the target cannot compare fields that have several values",
                )
                .help("compare fields with one value each"),
            );
        }
        let left = self.source(field, place)?.name;
        let right = self.source(other, place)?.name;
        let kinds = (Kind::of(&field.ty), Kind::of(&other.ty));
        if kinds != (Kind::Text, Kind::Text) {
            self.note_type(place, Direction::Either, span);
        }
        if !cased {
            self.ledger.note(
                &shared::CASE_FOLDING,
                place.polarity,
                Direction::Either,
                span,
                "which letters outside ASCII `tolower` joins is not documented",
            );
        }
        let text = |name: &Name| {
            let field = Value::Field(name.clone());
            if cased { field } else { Value::Call(Function::ToLower, vec![field]) }
        };
        let (whole, part) = (text(&left), text(&right));
        let length = |value: &Value| Value::Call(Function::StrLen, vec![value.clone()]);
        let number = |number: i128| Value::Number(Decimal::integer(number));
        let related = match relation {
            Relation::Equals => Expr::Compare(whole, Operator::Equal, part),
            Relation::Contains => Expr::Compare(
                Value::Call(Function::StrContains, vec![whole, part]),
                Operator::Equal,
                number(1),
            ),
            Relation::StartsWith => Expr::Compare(
                Value::Call(Function::Substr, vec![whole, number(0), length(&part)]),
                Operator::Equal,
                part,
            ),
            Relation::EndsWith => {
                let start = Value::Minus(Box::new(length(&whole)), Box::new(length(&part)));
                let fits = Expr::Compare(length(&whole), Operator::GreaterOrEqual, length(&part));
                let tail = Value::Call(Function::Substr, vec![whole, start]);
                Expr::and(vec![fits, Expr::Compare(tail, Operator::Equal, part)])?
            }
        };
        let related = if relation == Relation::Equals || other.never_empty {
            related
        } else {
            // Every text has the empty one as a part; whether the functions say so is not documented.
            self.note_null(place, Direction::Wider, span);
            let empty = Value::Call(Function::IsEmpty, vec![Value::Field(right.clone())]);
            Expr::or(vec![Expr::Compare(empty, Operator::Equal, number(1)), related])?
        };
        Expr::and(vec![present(left), present(right), related])
    }

    /// Keywords are searched in the raw text of the event, as JSON writes them.
    fn keywords(&mut self, test: &Test, place: &Place, span: Span) -> Option<Expr> {
        let message = Value::Field(Name::key("@message")?);
        let mut parts = Vec::new();
        match test {
            Test::Text(texts) => {
                self.ledger.note(
                    &shared::KEYWORD_SEARCH,
                    place.polarity,
                    Direction::Wider,
                    span,
                    "keywords are searched in the raw text, where they also match the names of members",
                );
                parts.extend(texts.iter().map(|text| Expr::Matches(message.clone(), keyword(text))));
            }
            Test::Regex(patterns) => {
                self.ledger.note(
                    &shared::KEYWORD_SEARCH,
                    place.polarity,
                    Direction::Either,
                    span,
                    "the expression is searched in the raw text of the event, not in each value",
                );
                for regex in patterns {
                    parts.push(Expr::Matches(message.clone(), self.regex(regex, place)?));
                }
            }
            Test::Number(_)
            | Test::Order(..)
            | Test::Boolean(_)
            | Test::Time(..)
            | Test::TimePart(..)
            | Test::Cidr(_)
            | Test::Present
            | Test::Null
            | Test::Exists
            | Test::FieldRef { .. } => {
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

    fn note_null(&mut self, place: &Place, part: Direction, span: Span) {
        self.ledger.note(
            &shared::NULL_OR_MISSING,
            place.polarity,
            part,
            span,
            "whether a JSON null counts as present is not documented",
        );
    }

    fn note_type(&mut self, place: &Place, part: Direction, span: Span) {
        self.ledger.note(
            &codes::VALUE_TYPE,
            place.polarity,
            part,
            span,
            "how a text compares with a JSON number or boolean is not documented",
        );
    }

    fn note_characters(&mut self, place: &Place, span: Span) {
        self.ledger.note(
            &codes::CHARACTER_COUNT,
            place.polarity,
            Direction::Either,
            span,
            "whether an expression counts characters or bytes is not documented",
        );
    }
}

/// "The field has a value", as far as the home tells.
fn presence(source: &Source<'_>) -> Expr {
    let there = present(source.name.clone());
    let absent: Vec<_> =
        source.column.map_or(&[][..], |column| &column.absent_as).iter().filter_map(Literal::new).collect();
    match one_of(Value::Field(source.name.clone()), absent) {
        Some(absent) => Expr::And(vec![there, absent.not()]),
        None => there,
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
    text.chars().all(|char| pattern::fold(char).len() == 1)
}

/// Whether the JSON text of a number or a boolean could hold `text`.
pub(super) fn is_scalar_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    "true".contains(&lower)
        || "false".contains(&lower)
        || lower.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+' | 'e'))
}

fn same(known: &str, text: &str, cased: bool) -> bool {
    if cased { known == text } else { known.eq_ignore_ascii_case(text) }
}

fn shape_pattern(shape: &Shape, cased: bool) -> Pattern {
    Pattern::new(&pattern::shape(shape, cased, Engine::Hyperscan, |char| Pattern::spelt(char) || char == '|'))
}

const fn operator(order: Order) -> Operator {
    match order {
        Order::Less => Operator::Less,
        Order::LessOrEqual => Operator::LessOrEqual,
        Order::Greater => Operator::Greater,
        Order::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

/// A boolean, whether the service renders it as a text or as a number, which is not documented.
fn boolean(name: &Name, expected: bool) -> Option<Expr> {
    let value = Value::Field(name.clone());
    let text = Literal::new(if expected { "true" } else { "false" })?;
    let number = Decimal::integer(i128::from(expected));
    Some(Expr::Or(vec![
        Expr::Compare(value.clone(), Operator::Equal, Value::Text(text)),
        Expr::Compare(value, Operator::Equal, Value::Number(number)),
    ]))
}

fn subnet(value: Value, block: &Block) -> Option<Expr> {
    let function = if block.first.is_ipv4() { Function::IsIpv4InSubnet } else { Function::IsIpv6InSubnet };
    let text = Literal::new(format!("{}/{}", block.first, block.prefix))?;
    Some(Expr::Call(function, vec![value, Value::Text(text)]))
}

/// A keyword as JSON may write it inside a string: quotes and backslashes with a backslash before them, any other
/// character also as `\uXXXX`, a slash also as `\/`.
fn keyword(text: &Text) -> Pattern {
    let one;
    let pieces: &[Piece] = match &text.shape {
        Shape::Equals(text) | Shape::StartsWith(text) | Shape::EndsWith(text) | Shape::Contains(text) => {
            one = [Piece::Text(text.clone())];
            &one
        }
        Shape::Glob(pieces) => {
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
        char.encode_utf16(&mut units).iter().map(|unit| format!(r"\\u{unit:04x}")).collect::<String>()
    };
    match char {
        '"' | '\\' => {
            out.push_str(r"\\");
            out.push_str(&pattern::escape_with(&char.to_string(), Pattern::spelt));
        }
        '/' => out.push_str(r"\\?\x2f"),
        '\n' => out.push_str(r"(?:\\n|\\u000a)"),
        '\r' => out.push_str(r"(?:\\r|\\u000d)"),
        '\t' => out.push_str(r"(?:\\t|\\u0009)"),
        char if char.is_ascii_control() => out.push_str(&hex(char)),
        char if char.is_ascii() => out.push_str(&pattern::escape_with(&char.to_string(), Pattern::spelt)),
        char => {
            let forms: Vec<String> =
                pattern::fold(char).into_iter().flat_map(|form| [form.to_string(), hex(form)]).collect();
            out.push_str("(?:");
            out.push_str(&forms.join("|"));
            out.push(')');
        }
    }
}
