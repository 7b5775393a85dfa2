//! Tests of times: `@timestamp` alone is a time to the service.

use super::leaf::operator;
use super::text::one_of;
use super::{At, Lowering};
use crate::backend::Direction;
use crate::backend::cwli::ast::{Decimal, Expr, Function, Literal, Name, Value};
use crate::backend::cwli::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Order, PartTest, TimePart, Timestamp};
use crate::source::Span;

impl Lowering<'_> {
    pub(super) fn time(
        &mut self,
        field: &FieldUse,
        order: Order,
        time: Timestamp,
        place: &At,
        span: Span,
    ) -> Option<Expr> {
        self.event_time(field, place, span, "a comparison in time")?;
        Self::event_time_is(order, time)
    }

    /// The time of the log event compares so.
    fn event_time_is(order: Order, time: Timestamp) -> Option<Expr> {
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

    /// A part of a time is one of several numbers, or compares so to one.
    pub(super) fn time_part(
        &mut self,
        field: &FieldUse,
        part: TimePart,
        wanted: &PartTest,
        place: &At,
        span: Span,
    ) -> Option<Expr> {
        self.event_time(field, place, span, "a part of a time")?;
        let numbers = match wanted {
            PartTest::OneOf(values) => values.clone(),
            PartTest::Order(order, year) if part == TimePart::Year => return Self::year_is(*order, *year),
            // The part is a text to the service, and how it orders texts is not documented.
            PartTest::Order(..) => part.range().filter(|number| wanted.accepts(*number)).collect(),
        };
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
        let values = numbers.iter().filter_map(|value| Literal::new(format!("{value:0width$}"))).collect();
        one_of(text, values)
    }

    /// The year compares so: a year is as good as the instant at which it begins.
    fn year_is(order: Order, year: u32) -> Option<Expr> {
        let (order, year) = match order {
            Order::Less | Order::GreaterOrEqual => (order, year),
            Order::LessOrEqual => (Order::Less, year + 1),
            Order::Greater => (Order::GreaterOrEqual, year + 1),
        };
        Self::event_time_is(order, Timestamp::of_year(year))
    }

    /// Succeeds when `@timestamp` can stand for the field.
    fn event_time(&mut self, field: &FieldUse, place: &At, span: Span, what: &str) -> Option<()> {
        if !self.frame.is_time(&field.path) {
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
            "the time of the log event is compared in place of the one in the record",
        );
        Some(())
    }
}
