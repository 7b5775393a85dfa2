//! Numbers and times: bounds, and values between them.

use crate::ir::{Condition, Number, Order, PartTest, TimePart, Timestamp};

/// The whole numbers that a conjunction of comparisons leaves, as an inclusive range; `None` where a bound is not a whole
/// number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub low: i128,
    pub high: i128,
}

impl Range {
    /// All whole numbers of 64 bits, signed or not.
    pub const ALL: Self = Self { low: i64::MIN as i128, high: u64::MAX as i128 };

    pub const fn is_empty(self) -> bool {
        self.low > self.high
    }

    /// Narrows the range by a comparison, or by its negation.
    fn narrow(&mut self, positive: bool, order: Order, than: i128) {
        let order = if positive { order } else { opposite(order) };
        match order {
            Order::Less => self.high = self.high.min(than - 1),
            Order::LessOrEqual => self.high = self.high.min(than),
            Order::Greater => self.low = self.low.max(than + 1),
            Order::GreaterOrEqual => self.low = self.low.max(than),
        }
    }
}

const fn opposite(order: Order) -> Order {
    match order {
        Order::Less => Order::GreaterOrEqual,
        Order::LessOrEqual => Order::Greater,
        Order::Greater => Order::LessOrEqual,
        Order::GreaterOrEqual => Order::Less,
    }
}

/// The range of whole numbers that satisfies the comparisons among the tests. A fraction as a bound is rounded so that
/// no whole number is lost.
pub(super) fn whole<'t>(tests: impl Iterator<Item = (bool, &'t Condition)>) -> Range {
    let mut range = Range::ALL;
    for (positive, test) in tests {
        let Condition::Order(order, number) = test else { continue };
        match number {
            Number::Integer(than) => range.narrow(positive, *order, *than),
            Number::Decimal(text) => {
                let Ok(than) = text.parse::<f64>() else { continue };
                if than.abs() < 9e15 {
                    // Below or above the fraction is at or below, at or above, its neighbours.
                    let order = if positive { *order } else { opposite(*order) };
                    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
                    let (floor, ceiling) = (than.floor() as i128, than.ceil() as i128);
                    match order {
                        Order::Less | Order::LessOrEqual => range.narrow(true, Order::LessOrEqual, floor),
                        Order::Greater | Order::GreaterOrEqual => {
                            range.narrow(true, Order::GreaterOrEqual, ceiling);
                        }
                    }
                }
            }
        }
    }
    range
}

/// Whether the comparisons leave no number at all, whole or not.
pub(super) fn none<'t>(tests: impl Iterator<Item = (bool, &'t Condition)>) -> bool {
    let mut low: Option<(f64, bool)> = None;
    let mut high: Option<(f64, bool)> = None;
    for (positive, test) in tests {
        let Condition::Order(order, number) = test else { continue };
        let exact = match number {
            // Larger ones do not pass through a float unchanged.
            Number::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                i64::try_from(*number).ok().map(|number| {
                    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                    {
                        number as f64
                    }
                })
            }
            Number::Integer(_) => None,
            Number::Decimal(text) => text.parse::<f64>().ok().filter(|_| text.len() <= 15),
        };
        let Some(than) = exact else { continue };
        let order = if positive { *order } else { opposite(*order) };
        let inclusive = matches!(order, Order::LessOrEqual | Order::GreaterOrEqual);
        let tighter = |old: Option<(f64, bool)>, upper: bool| match old {
            Some((bound, closed)) if (upper && bound < than) || (!upper && bound > than) => (bound, closed),
            #[expect(clippy::float_cmp, reason = "the same literal")]
            Some((bound, closed)) if bound == than => (bound, closed && inclusive),
            _ => (than, inclusive),
        };
        match order {
            Order::Less | Order::LessOrEqual => high = Some(tighter(high, true)),
            Order::Greater | Order::GreaterOrEqual => low = Some(tighter(low, false)),
        }
    }
    match (low, high) {
        #[expect(clippy::float_cmp, reason = "the same literal")]
        (Some((low, from)), Some((high, to))) => low > high || (low == high && !(from && to)),
        _ => false,
    }
}

/// The instants that the comparisons among the tests leave, in nanoseconds.
pub(super) fn times<'t>(tests: impl Iterator<Item = (bool, &'t Condition)>) -> Range {
    /// Years 0 to 9999, which RFC 3339 can write, and a day more for the offset of a time zone.
    const YEARS: Range = Range { low: -62_167_305_600_000_000_000, high: 253_402_387_199_999_999_999 };
    let mut range = YEARS;
    for (positive, test) in tests {
        if let Condition::Time(order, Timestamp { nanos }) = test {
            range.narrow(positive, *order, *nanos);
        }
    }
    range
}

/// Numbers that the part can be, of which some satisfy a combination of the tests where any do: those that the tests
/// name and their neighbours, since between them no test changes.
pub(super) fn parts<'t>(
    part: TimePart,
    tests: impl Iterator<Item = &'t PartTest>,
) -> impl Iterator<Item = u32> {
    let range = part.range();
    let near = |value: u32| [value.saturating_sub(1), value, value.saturating_add(1)];
    let named: Vec<u32> = tests.flat_map(PartTest::named).copied().flat_map(near).collect();
    let ends = [*range.start(), *range.end()];
    named.into_iter().chain(ends).filter(move |value| range.contains(value))
}
