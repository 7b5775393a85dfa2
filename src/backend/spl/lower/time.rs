//! Times, and the parts of a time in UTC.
//!
//! `_time` counts seconds; `strftime` renders in the user's time zone and has no argument for another one, so the
//! parts are computed: days by division, dates by the civil calendar's own arithmetic.

use super::field::{Found, full_path};
use super::leaf::operator;
use super::{Inside, Lowering, literal};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::spl::ast::{Expr, Function, Name, Number, Operator};
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Order, PartTest, Polarity, TimePart, Timestamp};
use crate::source::Span;

/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

impl Lowering<'_> {
    /// A comparison with an instant.
    #[expect(clippy::too_many_arguments, reason = "one call, whose arguments are those of a predicate")]
    pub(super) fn time(
        &mut self,
        order: Order,
        at: Timestamp,
        field: &FieldUse,
        place: &Found<'_>,
        scope: &Inside,
        span: Span,
        polarity: Polarity,
    ) -> Option<Expr> {
        let bound = Expr::Number(Number::new(seconds(at))?);
        if self.is_event_time(field, scope) {
            let test = Expr::binary(Expr::Field(Name::time()), operator(order), bound);
            return Some(Expr::surely(test));
        }
        if at.nanos.rem_euclid(SECOND) != 0 {
            self.ledger.note(
                &shared::RESPELT_VALUE,
                polarity,
                Direction::Either,
                span,
                format!("times of `{}` are compared by the second", field.text),
            );
        }
        self.some(place, |value| ordered(order, bound, value))
    }

    /// A part of a time is one of several numbers, or compares so to one.
    #[expect(clippy::too_many_arguments, reason = "one call, whose arguments are those of a predicate")]
    pub(super) fn time_part(
        &mut self,
        part: TimePart,
        wanted: &PartTest,
        field: &FieldUse,
        place: &Found<'_>,
        scope: &Inside,
        span: Span,
        polarity: Polarity,
    ) -> Option<Expr> {
        if self.is_event_time(field, scope) {
            let time = Expr::Field(Name::time());
            let part = if in_day(part) { in_a_day(part, time) } else { self.civil(part, time) };
            return Some(is_one(part, wanted));
        }
        if in_day(part) {
            return self.some(place, |value| Some(is_one(in_a_day(part, parsed(value)), wanted)));
        }
        if scope.element.is_some() {
            let message = "SPL cannot compute a date inside the element of an array";
            let finding = Diagnostic::new(&shared::ARRAY_STATEMENT, span, message);
            return self.ledger.refuse(finding.help("test its hour, or compare it with `gte` and `lt`"));
        }
        if place.any && place.field.is_some() {
            let message = format!(
                "{} events whose `{}` is a list: SPL computes the date of one time",
                Direction::Narrower.under(polarity).effect(),
                field.text
            );
            self.ledger.note(&shared::UNKNOWN_PATH, polarity, Direction::Narrower, span, message);
        }
        let part = self.civil(part, parsed(place.value()?));
        Some(is_one(part, wanted))
    }

    /// A part of the date, by the arithmetic of the proleptic Gregorian calendar counted from 1 March 0000.
    fn civil(&mut self, part: TimePart, time: Expr) -> Expr {
        let mut days = floored(time, 86_400);
        if part == TimePart::Week {
            // The week of a day is that of its Thursday: 1970-01-01 was one.
            let monday = remainder(add(days.clone(), 3), 7);
            days = add(subtract(days, monday), 3);
        }
        let day = self.helper(add(days, 719_468));
        let era = self.helper(floored(day.clone(), 146_097));
        let doe = self.helper(subtract(day, times(era.clone(), 146_097)));
        let leaps = add_expr(subtract(doe.clone(), floored(doe.clone(), 1460)), floored(doe.clone(), 36_524));
        let yoe = self.helper(floored(subtract(leaps, floored(doe.clone(), 146_096)), 365));
        let before =
            subtract(add_expr(times(yoe.clone(), 365), floored(yoe.clone(), 4)), floored(yoe.clone(), 100));
        let doy = self.helper(subtract(doe, before));
        let year = add_expr(yoe, times(era, 400));
        if part == TimePart::Week {
            let year = self.helper(year);
            // Years count from 0.
            let over = |n| Expr::binary(year.clone(), Operator::Remainder, Expr::int(n));
            let by = |n| Expr::binary(over(n), Operator::Equal, Expr::int(0));
            let leap = Expr::all([by(4), by(100).negate()]).and_then(|leap| Expr::some([leap, by(400)]));
            let leap = leap.unwrap_or_else(|| by(400));
            let first = Expr::call(Function::If, [leap, Expr::int(60), Expr::int(59)]);
            let late = Expr::binary(doy.clone(), Operator::GreaterOrEqual, Expr::int(306));
            let january = Expr::call(Function::If, [late, add(doy.clone(), -306), add_expr(doy, first)]);
            return add(floored(january, 7), 1);
        }
        let month = self.helper(floored(add(times(doy.clone(), 5), 2), 153));
        let early = Expr::binary(month.clone(), Operator::Less, Expr::int(10));
        match part {
            TimePart::Day => {
                let start = floored(add(times(month, 153), 2), 5);
                add(subtract(doy, start), 1)
            }
            TimePart::Month => Expr::call(Function::If, [early, add(month.clone(), 3), add(month, -9)]),
            _ => {
                let next = Expr::call(Function::If, [early, Expr::int(0), Expr::int(1)]);
                add_expr(year, next)
            }
        }
    }

    /// The value as a helper field.
    fn helper(&mut self, value: Expr) -> Expr {
        Expr::Field(self.stage('t', value))
    }

    /// Whether the field is the time by which Splunk stamps the event; an event without it gets another one.
    fn is_event_time(&self, field: &FieldUse, scope: &Inside) -> bool {
        self.frame.placed() && field.always && self.frame.is_time(&full_path(scope, &field.path))
    }
}

/// Whether it is a part of the time of a day, and not of a date.
const fn in_day(part: TimePart) -> bool {
    matches!(part, TimePart::Minute | TimePart::Hour)
}

/// The minute or the hour of a time in seconds.
fn in_a_day(part: TimePart, time: Expr) -> Expr {
    let (unit, whole, count) = if part == TimePart::Minute { (60, 3600, 60) } else { (3600, 86_400, 24) };
    subtract(floored(time.clone(), unit), times(floored(time, whole), count))
}

/// A part of a time is one of the numbers, or compares so to one.
fn is_one(part: Expr, wanted: &PartTest) -> Expr {
    let number = |value: u32| Expr::int(i64::from(value));
    Expr::surely(match wanted {
        PartTest::Order(order, than) => Expr::binary(part, operator(*order), number(*than)),
        PartTest::OneOf(values) => match *values.as_slice() {
            [value] => Expr::binary(part, Operator::Equal, number(value)),
            ref values => {
                let list = std::iter::once(part).chain(values.iter().map(|value| number(*value)));
                Expr::call(Function::In, list)
            }
        },
    })
}

/// A written time compares so to a bound.
fn ordered(order: Order, bound: Expr, value: Expr) -> Option<Expr> {
    let time = parsed(value.clone());
    // The parsed time has lost its fraction: what is past the bound within the same second shows in the text.
    let test = match order {
        Order::GreaterOrEqual | Order::Less => Expr::binary(time, operator(order), bound),
        Order::Greater | Order::LessOrEqual => {
            let same = Expr::binary(time.clone(), Operator::Equal, bound.clone());
            let fraction = Expr::call(Function::Match, [value, literal("[.,]0*[1-9]")]);
            let later = Expr::all([same, fraction])?;
            let later = Expr::some([Expr::binary(time.clone(), Operator::Greater, bound), later])?;
            if order == Order::Greater {
                later
            } else {
                let known = Expr::call(Function::Isnotnull, [time]);
                return Expr::all([known, Expr::surely(later).negate()]);
            }
        }
    };
    Some(Expr::surely(test))
}

/// The seconds of an instant, with as many decimals as it has.
fn seconds(at: Timestamp) -> String {
    let (whole, nanos) = (at.nanos.div_euclid(SECOND), at.nanos.rem_euclid(SECOND));
    if nanos == 0 {
        return whole.to_string();
    }
    // Before 1970 the decimals count from the other side.
    let (sign, whole, nanos) = if whole < 0 { ("-", -whole - 1, SECOND - nanos) } else { ("", whole, nanos) };
    let text = format!("{sign}{whole}.{nanos:09}");
    text.trim_end_matches('0').to_owned()
}

/// A time as seconds, in the forms that the evaluator reads; its fraction is cut off.
/// A `Z` in the format would be read as local time, and so would a text without an offset: both get one.
fn parsed(text: Expr) -> Expr {
    let replaced = |text, regex, by| Expr::call(Function::Replace, [text, literal(regex), literal(by)]);
    let zoned = replaced(text, "^(.{19}(?:[.,]\\d+)?)[Zz]?\\z", "\\1+0000");
    let whole =
        replaced(zoned, "^(.{10})[Tt ](.{8})(?:[.,]\\d+)? ?([+-]\\d\\d):?(\\d\\d)\\z", "\\1T\\2\\3\\4");
    Expr::call(Function::Strptime, [whole, literal("%Y-%m-%dT%H:%M:%S%z")])
}

fn floored(value: Expr, by: i64) -> Expr {
    Expr::call(Function::Floor, [Expr::binary(value, Operator::Divide, Expr::int(by))])
}

/// What is left of a whole number over multiples of `by`. What `%` gives for a number below 0, which a time before 1970
/// is, the manual does not say.
fn remainder(value: Expr, by: i64) -> Expr {
    subtract(value.clone(), times(floored(value, by), by))
}

fn times(value: Expr, by: i64) -> Expr {
    Expr::binary(value, Operator::Multiply, Expr::int(by))
}

fn add(value: Expr, by: i64) -> Expr {
    if by < 0 { subtract(value, Expr::int(-by)) } else { add_expr(value, Expr::int(by)) }
}

fn add_expr(left: Expr, right: Expr) -> Expr {
    Expr::binary(left, Operator::Add, right)
}

fn subtract(left: Expr, right: Expr) -> Expr {
    Expr::binary(left, Operator::Subtract, right)
}
