//! Instants that bounds of a time and tests of its parts leave: days that the calendar has, and times of day.

use super::number;
use crate::ir::{Condition, PartTest, TimePart, Timestamp};
use crate::time;

const DAY: i128 = 86_400_000_000_000;
const HOUR: i128 = 3_600_000_000_000;
const MINUTE: i128 = 60_000_000_000;
/// The year in which example events happen.
const USUAL: i64 = 2026;

/// What the tests leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// This instant, and perhaps others, in nanoseconds.
    Some(i128),
    /// It is proved that none is left.
    None,
    /// Too much is said of years to look through them.
    Unknown,
}

/// An instant that satisfies the bounds and the tests of parts among the tests.
///
/// Years are alike when they begin on the same day of the week, and they and the one before are leap years or not: of
/// those that no bound cuts, one of each kind is looked through.
pub(super) fn instant<'t>(tests: &(impl Iterator<Item = (bool, &'t Condition)> + Clone)) -> Left {
    /// So many numbers may be named in tests of the year.
    const MOST_YEARS: usize = 64;
    let of_years: Vec<(bool, &PartTest)> = of(TimePart::Year, tests.clone()).collect();
    if of_years.iter().map(|(_, test)| test.named().len()).sum::<usize>() > MOST_YEARS {
        return Left::Unknown;
    }
    let bounds = number::times(tests.clone());
    let [Some(first), Some(last)] = [bounds.low, bounds.high].map(day_of) else { return Left::Unknown };
    let mask = |part| mask(part, of(part, tests.clone()));
    let look = Look {
        low: bounds.low,
        high: bounds.high,
        days: mask(TimePart::Day),
        weeks: mask(TimePart::Week),
        months: mask(TimePart::Month),
        hours: mask(TimePart::Hour),
        minutes: mask(TimePart::Minute),
    };
    if bounds.is_empty() || [look.days, look.weeks, look.months, look.hours, look.minutes].contains(&0) {
        return Left::None;
    }
    let has_year = |year: i64| {
        let year = u32::try_from(year).ok();
        of_years.iter().all(|(positive, test)| year.is_some_and(|year| test.accepts(year)) == *positive)
    };
    let (begin, end) = (time::civil(first).0, time::civil(last).0);
    let named = of_years.iter().find_map(|(positive, test)| match test {
        PartTest::OneOf(years) if *positive => Some(years.as_slice()),
        _ => None,
    });
    let usual = USUAL.clamp(begin, end);
    let each = (usual..=end).chain(begin..usual).filter(|_| named.is_none());
    let years = named.unwrap_or_default().iter().map(|year| i64::from(*year)).chain(each);
    // A bit for each kind of year.
    let mut seen = 0_u32;
    for year in years.filter(|year| (begin..=end).contains(year) && has_year(*year)) {
        let (from, to) = time::days_of_year(year);
        let whole = from > first && to < last;
        if whole {
            let weekday = if look.all_weeks() { 0 } else { from.rem_euclid(7) };
            let kind =
                1 << (4 * weekday + 2 * i64::from(time::is_leap(year)) + i64::from(time::is_leap(year - 1)));
            if seen & kind != 0 {
                continue;
            }
            seen |= kind;
        }
        if let Some(found) = (from.max(first)..=to.min(last)).find_map(|day| look.on(day)) {
            return Left::Some(found);
        }
    }
    Left::None
}

/// The tests of one part of a time.
fn of<'t>(
    part: TimePart,
    tests: impl Iterator<Item = (bool, &'t Condition)>,
) -> impl Iterator<Item = (bool, &'t PartTest)> {
    tests.filter_map(move |(positive, test)| match test {
        Condition::TimePart(of, test) if *of == part => Some((positive, test)),
        _ => None,
    })
}

/// The numbers below 64 that a part can be and that its tests leave, as bits.
fn mask<'t>(part: TimePart, tests: impl Iterator<Item = (bool, &'t PartTest)>) -> u64 {
    let bit = |number: u32| 1_u64.checked_shl(number).unwrap_or_default();
    let all = part.range().fold(0, |bits, number| bits | bit(number));
    tests.fold(all, |left, (positive, test)| {
        let accepted = match test {
            PartTest::OneOf(numbers) => numbers.iter().fold(0, |bits, number| bits | bit(*number)),
            PartTest::Order(..) => {
                part.range().filter(|number| test.accepts(*number)).fold(0, |bits, number| bits | bit(number))
            }
        };
        left & if positive { accepted } else { !accepted }
    })
}

fn has(mask: u64, number: i64) -> bool {
    u32::try_from(number).ok().and_then(|number| mask.checked_shr(number)).is_some_and(|rest| rest & 1 == 1)
}

/// The day since 1970-01-01 of an instant.
fn day_of(nanos: i128) -> Option<i64> {
    i64::try_from(nanos.div_euclid(DAY)).ok()
}

/// What is looked for on a day: instants between bounds, and the numbers of each part as bits.
struct Look {
    low: i128,
    high: i128,
    days: u64,
    weeks: u64,
    months: u64,
    hours: u64,
    minutes: u64,
}

impl Look {
    fn all_weeks(&self) -> bool {
        self.weeks == mask(TimePart::Week, std::iter::empty())
    }

    /// An instant of a day since 1970-01-01.
    fn on(&self, day: i64) -> Option<i128> {
        let (_, month, of_month) = time::civil(day);
        if !has(self.months, month) || !has(self.days, of_month) {
            return None;
        }
        let midnight = i128::from(day) * DAY;
        if !self.all_weeks() {
            let week = time::part(Timestamp { nanos: midnight }, TimePart::Week)?;
            if !has(self.weeks, i64::from(week)) {
                return None;
            }
        }
        let hours = (0..24_i64).filter(|hour| has(self.hours, *hour));
        let minutes = || (0..60_i64).filter(|minute| has(self.minutes, *minute));
        let mut clock = hours.flat_map(|hour| {
            minutes().map(move |minute| i128::from(hour) * HOUR + i128::from(minute) * MINUTE)
        });
        clock.find_map(|since| {
            let start = midnight + since;
            let (from, to) = (start.max(self.low), (start + MINUTE - 1).min(self.high));
            (from <= to).then_some(from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Order;

    fn left(tests: &[(bool, Condition)]) -> Left {
        instant(&tests.iter().map(|(positive, test)| (*positive, test)))
    }

    fn part(part: TimePart, numbers: &[u32]) -> (bool, Condition) {
        (true, Condition::TimePart(part, numbers.to_vec().into()))
    }

    fn bound(order: Order, text: &str) -> (bool, Condition) {
        let (instant, _) = time::parse(text).unwrap();
        (true, Condition::Time(order, instant))
    }

    #[test]
    fn only_what_a_calendar_has_is_left() {
        use Order::{Greater, GreaterOrEqual, Less, LessOrEqual};
        use TimePart::{Day, Hour, Minute, Month, Week, Year};
        let not = |(positive, test): (bool, Condition)| (!positive, test);
        let tests: [(&[(bool, Condition)], bool); 21] = [
            (&[part(Month, &[2]), part(Day, &[30])], false),
            (&[part(Month, &[2]), part(Day, &[29])], true),
            (&[part(Month, &[2]), part(Day, &[29]), part(Year, &[2026, 2027])], false),
            (&[part(Month, &[2]), part(Day, &[29]), part(Year, &[1900, 2028])], true),
            (&[part(Month, &[4, 6]), part(Day, &[31])], false),
            (&[part(Month, &[1]), part(Week, &[30])], false),
            (&[part(Month, &[1]), part(Week, &[53])], true),
            (&[part(Month, &[12]), part(Week, &[1])], true),
            (&[part(Month, &[12]), part(Week, &[1]), part(Day, &[28])], false),
            (&[part(Year, &[2026]), bound(Less, "2026-01-01")], false),
            (&[part(Year, &[2026]), bound(LessOrEqual, "2026-01-01")], true),
            (&[bound(Greater, "2026-05-01"), bound(Less, "2026-05-02"), part(Day, &[3])], false),
            (&[bound(Greater, "2026-05-01"), bound(Less, "2026-05-02"), part(Hour, &[23])], true),
            (
                &[
                    bound(GreaterOrEqual, "2026-05-01T10:30:00Z"),
                    bound(Less, "2026-05-01T11:30:00Z"),
                    part(Minute, &[30, 31]),
                    part(Hour, &[11]),
                ],
                false,
            ),
            (
                &[
                    bound(GreaterOrEqual, "2026-05-01T10:30:00Z"),
                    bound(LessOrEqual, "2026-05-01T11:30:00Z"),
                    part(Minute, &[30]),
                    part(Hour, &[11]),
                ],
                true,
            ),
            (&[part(Week, &[53]), part(Year, &[2023]), part(Month, &[12])], false),
            (&[part(Week, &[53]), part(Year, &[2020]), part(Month, &[12])], true),
            (&[part(Month, &[1]), not(part(Day, &(1..=30).collect::<Vec<_>>())), part(Week, &[5])], true),
            (&[not(bound(Greater, "2026-05-01")), part(Year, &[2027])], false),
            (&[part(Hour, &[24])], false),
            (&[(false, Condition::TimePart(Year, PartTest::Order(Order::LessOrEqual, 9999)))], true),
        ];
        for (tests, expected) in tests {
            match left(tests) {
                Left::Some(nanos) => {
                    assert!(expected, "{tests:?}");
                    for (positive, test) in tests {
                        let holds = match test {
                            Condition::Time(order, than) => order.accepts(nanos.cmp(&than.nanos)),
                            Condition::TimePart(part, test) => time::part(Timestamp { nanos }, *part)
                                .is_some_and(|found| test.accepts(found)),
                            _ => false,
                        };
                        assert_eq!(holds, *positive, "{nanos} {tests:?}");
                    }
                }
                Left::None => assert!(!expected, "{tests:?}"),
                Left::Unknown => panic!("{tests:?}"),
            }
        }
    }
}
