//! Tests of values that are not texts, of presence, and of two fields.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::super::ast::{Compare, Expr, Function};
use super::place::{Held, RowValue, among};
use super::stored;
use super::{Context, Lowerer, two_valued};
use crate::backend::{Direction, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Block, Condition, FieldUse, Number, Order, PartTest, Relation, TimePart, Timestamp, address,
};
use crate::schema::{ColumnType, Type};

/// The largest whole number up to which every one is a floating-point number.
const EXACT_REAL: i128 = 1 << 53;

impl Lowerer<'_> {
    /// A test of the value at `place`.
    pub(super) fn test(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        test: &Condition,
        context: &Context,
    ) -> Option<Expr> {
        self.untyped(place, field, test, context);
        match test {
            Condition::Text(texts) => self.texts(place, field, texts, context),
            Condition::Listed(listed) => self.listed(place, field, listed, context),
            Condition::Regex(patterns) => self.regexes(place, field, patterns, context),
            Condition::Number(numbers) if !place.values.is_empty() => {
                self.named(place, field, numbers, context)
            }
            Condition::Number(numbers) => {
                let value = self.number(place, field, numbers)?;
                let literals: Option<Vec<Expr>> =
                    numbers.iter().map(|number| self.literal(number, &value, field)).collect();
                Some(among(value, literals?, false))
            }
            Condition::Order(order, number) if !place.values.is_empty() => {
                let named = stored::decide(place, |canonical| ordered(canonical, *order, number));
                Some(stored::is_one_of(place, &named.holds))
            }
            Condition::Order(order, number) => {
                let value = self.number(place, field, std::slice::from_ref(number))?;
                let literal = self.literal(number, &value, field)?;
                Some(two_valued(value.compare(comparison(*order), literal), context))
            }
            Condition::Boolean(value) => self.boolean(place, field, *value, context),
            Condition::Time(order, time) => self.time(place, field, *order, *time, context),
            Condition::TimePart(part, wanted) => {
                let value = time_part(*part, self.instant(place, field)?);
                let literal = |value: &u32| Expr::Integer(i64::from(*value));
                Some(match wanted {
                    PartTest::OneOf(values) => among(value, values.iter().map(literal).collect(), false),
                    PartTest::Order(order, than) => {
                        two_valued(value.compare(comparison(*order), literal(than)), context)
                    }
                })
            }
            Condition::Cidr(blocks) if matches!(field.ty, Type::Endpoint) => {
                Some(endpoint(place.text(), blocks, context))
            }
            Condition::Cidr(blocks) => Some(cidr(&place.text(), blocks, context)),
            Condition::Present => Some(self.present(place, field, context)),
            Condition::Null => Some(self.null(place, field, context)),
            Condition::Exists => Some(self.exists(place, field, context)),
            // Handled where both sides are known.
            Condition::FieldRef { .. } => self.refuse_array(field.span),
        }
    }

    /// A value of which the schema says nothing may be an array or an object, which the query does not open.
    fn untyped(&mut self, place: &RowValue, field: &FieldUse, test: &Condition, context: &Context) {
        let open = matches!(field.ty, Type::Any | Type::Object(_) | Type::Map(_));
        let unknown = self.checked() && !place.guessed && place.kind == Held::Dynamic && open;
        let direction = match test {
            _ if !unknown => return,
            Condition::Exists | Condition::FieldRef { .. } => return,
            Condition::Present | Condition::Regex(_) => Direction::Either,
            Condition::Text(texts)
                if !texts.iter().all(|text| matches!(text.shape, crate::ir::TextPattern::Equals(_))) =>
            {
                Direction::Either
            }
            _ => Direction::Narrower,
        };
        let effect = direction.under(context.polarity).effect();
        let message = format!("{effect} events whose `{}` is an array or an object", field.text);
        self.ledger.note(&shared::UNKNOWN_PATH, context.polarity, direction, field.span, message);
    }

    fn refuse_column(&mut self, field: &FieldUse, wanted: &str) -> Option<Expr> {
        let message = format!("the table does not hold `{}` as {wanted}", field.text);
        let finding = Diagnostic::new(&shared::COLUMN_TYPE, field.span, message);
        self.ledger.refuse(finding.help("test another field, or compile for another target"))
    }

    /// Numbers for which the table holds names.
    fn named(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        numbers: &[Number],
        context: &Context,
    ) -> Option<Expr> {
        let texts: Vec<crate::ir::Text> = numbers
            .iter()
            .map(|number| crate::ir::Text {
                shape: crate::ir::TextPattern::Equals(match number {
                    Number::Integer(number) => number.to_string(),
                    Number::Decimal(text) => text.clone(),
                }),
                cased: false,
                member: false,
                span: field.span,
            })
            .collect();
        self.texts(place, field, &texts, context)
    }

    /// The value as a number.
    fn number(&mut self, place: &RowValue, field: &FieldUse, numbers: &[Number]) -> Option<Expr> {
        let whole = numbers.iter().all(|number| matches!(number, Number::Integer(_)));
        match place.kind {
            Held::Column(ColumnType::Integer | ColumnType::Real) => Some(place.expr.clone()),
            Held::Column(ColumnType::Boolean | ColumnType::DateTime | ColumnType::Guid) => {
                self.refuse_column(field, "a number")
            }
            Held::Column(ColumnType::String | ColumnType::Dynamic) | Held::Dynamic | Held::Unknown => {
                let function = if whole && matches!(field.ty, Type::Integer) {
                    Function::ToLong
                } else {
                    Function::ToReal
                };
                Some(Expr::call(function, place.expr.clone()))
            }
        }
    }

    /// A literal that can be compared exactly with `value`.
    fn literal(&mut self, number: &Number, value: &Expr, field: &FieldUse) -> Option<Expr> {
        let real = matches!(value, Expr::Call(Function::ToReal, _))
            || matches!(field.ty, Type::Number) && matches!(value, Expr::Column(_));
        let literal = match number {
            Number::Integer(number) if real && number.abs() > EXACT_REAL => None,
            Number::Integer(number) => i64::try_from(*number).ok().map(Expr::Integer),
            Number::Decimal(text) => Expr::real(text),
        };
        if literal.is_none() {
            let message = format!(
                "KQL does not compute exactly with this number, which `{}` is compared with",
                field.text
            );
            let finding = Diagnostic::new(&shared::NUMBER_RANGE, field.span, message);
            return self.ledger.refuse(finding.help("compare with a number of fewer digits"));
        }
        literal
    }

    fn boolean(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        value: bool,
        context: &Context,
    ) -> Option<Expr> {
        let text = if value { "true" } else { "false" };
        if let Held::Column(ColumnType::DateTime | ColumnType::Guid) = place.kind {
            return self.refuse_column(field, "a boolean");
        }
        let text = crate::ir::Text {
            shape: crate::ir::TextPattern::Equals(text.to_owned()),
            cased: false,
            member: false,
            span: field.span,
        };
        self.texts(place, field, &[text], context)
    }

    /// The value as a time.
    fn instant(&mut self, place: &RowValue, field: &FieldUse) -> Option<Expr> {
        match place.kind {
            Held::Column(ColumnType::DateTime) => Some(place.expr.clone()),
            Held::Column(ColumnType::Integer | ColumnType::Real | ColumnType::Boolean | ColumnType::Guid) => {
                self.refuse_column(field, "a time")
            }
            Held::Column(ColumnType::String | ColumnType::Dynamic) | Held::Dynamic | Held::Unknown => {
                Some(Expr::call(Function::ToDateTime, place.expr.clone()))
            }
        }
    }

    fn time(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        order: Order,
        time: Timestamp,
        context: &Context,
    ) -> Option<Expr> {
        let value = self.instant(place, field)?;
        // Kusto counts ticks of 100 ns; between two of them lies no stored time.
        let between = time.nanos.rem_euclid(100) != 0;
        let order = match order {
            Order::GreaterOrEqual if between => Order::Greater,
            Order::Less if between => Order::LessOrEqual,
            other => other,
        };
        let Some(ticks) = in_range(time.nanos.div_euclid(100)) else {
            let message = "KQL has no time before the year 1 or after the year 9999";
            let finding = Diagnostic::new(&shared::NUMBER_RANGE, field.span, message);
            return self.ledger.refuse(finding.help("compare with a time between those years"));
        };
        Some(two_valued(value.compare(comparison(order), Expr::DateTime(ticks)), context))
    }

    /// Some scalar is reached.
    fn present(&mut self, place: &RowValue, field: &FieldUse, context: &Context) -> Expr {
        match field.ty {
            // An object is not a scalar, and neither is an array.
            Type::Any if place.kind == Held::Dynamic && self.checked() => {
                let ty = Expr::call(Function::GetType, place.expr.clone());
                let shapes = ["dictionary", "array"].map(Expr::text).to_vec();
                Expr::and([self.reached(place, field, context), among(ty, shapes, false).not()])
            }
            _ => self.reached(place, field, context),
        }
    }

    /// Something other than null is reached: the guard of tests that would hold on a missing value.
    pub(super) fn reached(&mut self, place: &RowValue, field: &FieldUse, context: &Context) -> Expr {
        self.state(place, field, context, true)
    }

    fn null(&mut self, place: &RowValue, field: &FieldUse, context: &Context) -> Expr {
        self.state(place, field, context, false)
    }

    /// Whether something other than null is there, or is not.
    fn state(&mut self, place: &RowValue, field: &FieldUse, context: &Context, there: bool) -> Expr {
        let choose = |yes, no| if there { yes } else { no };
        let by_null = choose(Function::IsNotNull, Function::IsNull);
        let by_text = choose(Function::IsNotEmpty, Function::IsEmpty);
        let absent = |place: &RowValue| {
            if place.absent_as.is_empty() { None } else { Some(stored::is_one_of(place, &place.absent_as)) }
        };
        match place.kind {
            Held::Column(ColumnType::String) | Held::Unknown => {
                if !field.never_empty {
                    self.note_empty(field, context, choose_direction(there));
                }
                let test = Expr::call(by_text, place.text());
                match absent(place) {
                    Some(absent) if there => Expr::and([test, absent.not()]),
                    Some(absent) => Expr::or([test, absent]),
                    None => test,
                }
            }
            // A text that is never empty, and everything that is not a text: the empty text stands for null alone.
            Held::Dynamic if field.never_empty || !may_be_text(&field.ty) => {
                Expr::call(by_text, place.text())
            }
            Held::Dynamic | Held::Column(_) => Expr::call(by_null, place.expr.clone()),
        }
    }

    /// The member is there, even as null.
    fn exists(&mut self, place: &RowValue, field: &FieldUse, context: &Context) -> Expr {
        if let Some((object, key)) = &place.member
            && !key.starts_with('$')
        {
            let arguments = vec![object.clone(), Expr::text(key)];
            return two_valued(Expr::Call(Function::BagHasKey, arguments), context);
        }
        let message = format!("a `{}` that is null counts as missing", field.text);
        self.ledger.note(
            &shared::NULL_OR_MISSING,
            context.polarity,
            Direction::Narrower,
            field.span,
            message,
        );
        self.reached(place, field, context)
    }

    /// Two values as texts. A side that reaches nothing satisfies nothing.
    pub(super) fn relate(
        &mut self,
        (left_field, left): (&FieldUse, &RowValue),
        relation: Relation,
        (right_field, right): (&FieldUse, &RowValue),
        cased: bool,
        context: &Context,
    ) -> Expr {
        for (field, place) in [(left_field, left), (right_field, right)] {
            if !place.values.is_empty() || !place.absent_as.is_empty() {
                let message =
                    format!("the table holds other texts of `{}` than the provider writes", field.text);
                self.ledger.note(
                    &shared::STORED_TEXT,
                    context.polarity,
                    Direction::Either,
                    field.span,
                    message,
                );
            }
            let of = match place.kind {
                Held::Column(ColumnType::DateTime) => Some("times"),
                Held::Column(ColumnType::Real) => Some("numbers"),
                _ => None,
            };
            if let Some(of) = of {
                let message = format!("`{}` is compared as the table writes {of}", field.text);
                self.ledger.note(
                    &shared::RESPELT_VALUE,
                    context.polarity,
                    Direction::Either,
                    field.span,
                    message,
                );
            }
        }
        let operator = match (relation, cased) {
            (Relation::Equals, false) => Compare::EqualsFold,
            (Relation::Equals, true) => Compare::Equals,
            (Relation::StartsWith, false) => Compare::StartsWith,
            (Relation::StartsWith, true) => Compare::StartsWithCased,
            (Relation::EndsWith, false) => Compare::EndsWith,
            (Relation::EndsWith, true) => Compare::EndsWithCased,
            (Relation::Contains, false) => Compare::Contains,
            (Relation::Contains, true) => Compare::ContainsCased,
        };
        let mut parts = Vec::new();
        // A left side that is missing has the empty text, which is equal to, and contains, only the empty text.
        if right.kind == Held::Dynamic && !right_field.never_empty && may_be_text(&right_field.ty) {
            parts.push(self.reached(left, left_field, context));
        }
        parts.push(self.reached(right, right_field, context));
        parts.push(left.text().compare(operator, right.text()));
        Expr::and(parts)
    }
}

const fn choose_direction(there: bool) -> Direction {
    if there { Direction::Narrower } else { Direction::Wider }
}

fn may_be_text(ty: &Type) -> bool {
    matches!(
        ty,
        Type::String
            | Type::Enum(_)
            | Type::Ip
            | Type::Endpoint
            | Type::Json(_)
            | Type::Timestamp
            | Type::Any
    )
}

/// Whether the number that a text spells is in that order to another.
fn ordered(text: &str, order: Order, number: &Number) -> bool {
    let of = |left: Option<Ordering>| left.is_some_and(|left| order.accepts(left));
    match (text.parse::<i128>(), number) {
        (Ok(text), Number::Integer(number)) => of(Some(text.cmp(number))),
        (_, Number::Integer(number)) => of(compared(text, &number.to_string())),
        (_, Number::Decimal(number)) => of(compared(text, number)),
    }
}

fn compared(left: &str, right: &str) -> Option<Ordering> {
    left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?)
}

const fn comparison(order: Order) -> Compare {
    match order {
        Order::Less => Compare::Less,
        Order::LessOrEqual => Compare::LessOrEqual,
        Order::Greater => Compare::Greater,
        Order::GreaterOrEqual => Compare::GreaterOrEqual,
    }
}

fn time_part(part: TimePart, time: Expr) -> Expr {
    let function = match part {
        TimePart::Minute => return Expr::Call(Function::DatetimePart, vec![Expr::text("minute"), time]),
        TimePart::Hour => Function::HourOfDay,
        TimePart::Day => Function::DayOfMonth,
        TimePart::Week => Function::WeekOfYear,
        TimePart::Month => Function::MonthOfYear,
        TimePart::Year => Function::GetYear,
    };
    Expr::call(function, time)
}

/// Each family by its own function; the IPv6 one reads `10.0.0.1` as `::ffff:10.0.0.1`, which it must not see.
fn cidr(value: &Expr, blocks: &[Block], context: &Context) -> Expr {
    Expr::or(blocks.iter().map(|block| {
        let range = Expr::text(format!("{}/{}", block.first, block.prefix));
        let arguments = vec![value.clone(), range];
        match block.first {
            IpAddr::V4(_) => two_valued(Expr::Call(Function::Ipv4IsInRange, arguments), context),
            IpAddr::V6(first) => {
                let test = two_valued(Expr::Call(Function::Ipv6IsInRange, arguments), context);
                if meets_mapped(u128::from(first), block.prefix) {
                    Expr::and([value.clone().compare(Compare::Contains, Expr::text(":")), test])
                } else {
                    test
                }
            }
        }
    }))
}

/// The address in a text that may have a port and brackets; the blocks of version 4 share one look at it.
fn endpoint(text: Expr, blocks: &[Block], context: &Context) -> Expr {
    let arguments = vec![text, Expr::text(address::WITH_PORT), Expr::text("\\1\\2")];
    let bare = Expr::Call(Function::ReplaceRegex, arguments);
    let (first, second): (Vec<Block>, Vec<Block>) = blocks.iter().partition(|block| block.first.is_ipv4());
    if first.len() < 2 {
        return cidr(&bare, blocks, context);
    }
    let ranges = first.iter().map(|block| Expr::text(format!("{}/{}", block.first, block.prefix)));
    let any = Expr::Call(Function::Ipv4IsInAnyRange, std::iter::once(bare.clone()).chain(ranges).collect());
    let any = two_valued(any, context);
    if second.is_empty() { any } else { Expr::or([any, cidr(&bare, &second, context)]) }
}

/// Whether an IPv6 block and that of the IPv4-mapped addresses, `::ffff:0:0/96`, have an address in common.
fn meets_mapped(first: u128, prefix: u8) -> bool {
    let mask = |bits: u8| u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    let mask = mask(prefix.min(96));
    first & mask == 0xffff_0000_0000 & mask
}

/// The ticks of 100 ns since 1970 of a time; `None` for any other text.
pub(super) fn ticks(text: &str) -> Option<i64> {
    in_range(crate::time::instant(text)?.nanos.div_euclid(100))
}

/// Ticks between the years 1 and 9999.
fn in_range(ticks: i128) -> Option<i64> {
    const FIRST: i128 = -62_135_596_800 * 10_000_000;
    const LAST: i128 = 253_402_300_800 * 10_000_000;
    if (FIRST..LAST).contains(&ticks) { i64::try_from(ticks).ok() } else { None }
}
