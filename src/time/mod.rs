//! Times: how they are read and written, and the civil calendar.
//!
//! A time is RFC 3339 text. Also read, because providers write them: a blank for the `T`; no offset at all, which then
//! is UTC (the unified audit log's `CreationTime`); an offset without a colon (Salesforce's `CreatedDate`), and with a
//! blank before it (Snowflake's default output); and a date alone, which stands for its first instant in UTC.
//! How a time was written is reported with it, so that who asks may decide by it.
//! A number is not a time: providers differ in its unit, so a schema would have to say it.

use crate::rule::modifier::TimePart;

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// An instant, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub nanos: i128,
}

impl Timestamp {
    /// The instant that is whole days of 24 hours later.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let nanos = i128::from(days) * i128::from(DAY) * SECOND;
        Some(Self { nanos: self.nanos.checked_add(nanos)? })
    }

    /// The first instant of a year of the Gregorian calendar.
    pub const fn of_year(year: u32) -> Self {
        Self { nanos: days_from_civil(year as i64, 1, 1) as i128 * 86_400_000_000_000 }
    }
}

/// How a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// A date alone, without a time of the day.
    pub date_only: bool,
    /// A blank is between date and time.
    pub blank: bool,
    /// The offset from UTC.
    pub offset: Offset,
}

/// How the offset of a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offset {
    /// There is none.
    Absent,
    /// `Z`.
    Zulu,
    /// `+01:00`.
    Colon,
    /// `+0100`.
    Digits,
}

/// The time at which an event happened: as [`instant`], or a whole number since 1970 whose size tells its unit. In
/// seconds, milliseconds, microseconds and nanoseconds the numbers of the years from 1973 to 5138 do not overlap.
pub fn occurred(text: &str) -> Option<Timestamp> {
    let Ok(number) = text.parse::<i128>() else { return instant(text) };
    let unit = match number.unsigned_abs() {
        0..100_000_000_000 => SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    Some(Timestamp { nanos: number.checked_mul(unit)? })
}

/// Reads a time of a day; a date alone is none.
pub fn instant(text: &str) -> Option<Timestamp> {
    parse(text).and_then(|(time, written)| (!written.date_only).then_some(time))
}

/// Reads a time or a date; fractions beyond nanoseconds are cut off.
pub fn parse(text: &str) -> Option<(Timestamp, Written)> {
    let bytes = text.as_bytes();
    let number = |at: usize, length: usize| -> Option<i64> {
        let digits = bytes.get(at..at + length)?;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let days = days(number(0, 4)?, number(5, 2)?, number(8, 2)?)?;
    if !is(4, b"-") || !is(7, b"-") {
        return None;
    }
    let midnight = i128::from(days * DAY) * SECOND;
    if bytes.len() == 10 {
        let written = Written { date_only: true, blank: false, offset: Offset::Absent };
        return Some((Timestamp { nanos: midnight }, written));
    }
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let punctuated = is(10, b"Tt ") && is(13, b":") && is(16, b":");
    if !punctuated || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanos, rest) = fraction(bytes.get(19..)?)?;
    let (offset, how) = offset(rest)?;
    let seconds = hour * 3600 + minute * 60 + second - offset;
    let written = Written { date_only: false, blank: is(10, b" "), offset: how };
    Some((Timestamp { nanos: midnight + i128::from(seconds) * SECOND + nanos }, written))
}

/// The nanoseconds of a fraction of a second, and what follows it.
fn fraction(text: &[u8]) -> Option<(i128, &[u8])> {
    let [b'.' | b',', rest @ ..] = text else { return Some((0, text)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (digits, rest) = rest.split_at(length);
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    Some((padded.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0')), rest))
}

/// An offset in seconds, and how it was written.
fn offset(text: &[u8]) -> Option<(i64, Offset)> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let zone = match text {
        [b' ', zone @ ..] if zone.len() > 1 => zone,
        zone => zone,
    };
    let (sign, [h1, h2], [m1, m2], how) = match *zone {
        [] => return Some((0, Offset::Absent)),
        [b'Z' | b'z'] => return Some((0, Offset::Zulu)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (sign, [h1, h2], [m1, m2], Offset::Colon),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] => (sign, [h1, h2], [m1, m2], Offset::Digits),
        _ => return None,
    };
    let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(((if sign == b'-' { -60 } else { 60 }) * (hours * 60 + minutes), how))
}

/// A time as providers write it: RFC 3339 in UTC, with a fraction only where there is one.
pub fn print(time: Timestamp) -> Option<String> {
    let seconds = i64::try_from(time.nanos.div_euclid(SECOND)).ok()?;
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let fraction = match time.nanos.rem_euclid(SECOND) {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// A part of a time in UTC; `None` only for years before 0.
pub fn part(time: Timestamp, part: TimePart) -> Option<u32> {
    let seconds = i64::try_from(time.nanos.div_euclid(SECOND)).ok()?;
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let value = match part {
        TimePart::Minute => clock / 60 % 60,
        TimePart::Hour => clock / 3600,
        TimePart::Day => day,
        TimePart::Week => iso_week(days),
        TimePart::Month => month,
        TimePart::Year => year,
    };
    u32::try_from(value).ok()
}

/// Whether a year has a 29 February.
pub const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap(year) { 29 } else { 28 }),
        _ => None,
    }
}

/// The day since 1970-01-01 of a date; `None` where the calendar has no such date.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let fits = (0..=9999).contains(&year) && (1..=days_in(year, month)?).contains(&day);
    fits.then(|| days_from_civil(year, month, day))
}

/// The first and the last day of a year, as days since 1970-01-01.
pub const fn days_of_year(year: i64) -> (i64, i64) {
    (days_from_civil(year, 1, 1), days_from_civil(year, 12, 31))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that the leap day comes last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year, month and day of a day since 1970-01-01.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = (shifted + 2) % 12 + 1;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The ISO 8601 week: that of the year to which the week's Thursday belongs.
fn iso_week(days: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    let thursday = days - (days + 3).rem_euclid(7) + 3;
    let (year, _, _) = civil(thursday);
    (thursday - days_from_civil(year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> Option<Vec<u32>> {
        use TimePart::{Day, Hour, Minute, Month, Week, Year};
        let time = instant(text)?;
        [Year, Month, Day, Hour, Minute, Week].into_iter().map(|which| part(time, which)).collect()
    }

    #[test]
    fn times_are_read_in_utc() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", [1970, 1, 1, 0, 0, 1]),
            ("2024-12-30T23:59:59.123456789123Z", [2024, 12, 30, 23, 59, 1]),
            ("2020-12-31T00:30:00+01:00", [2020, 12, 30, 23, 30, 53]),
            ("2021-01-03T12:00:00-05:30", [2021, 1, 3, 17, 30, 53]),
            ("2024-02-29t10:00:00z", [2024, 2, 29, 10, 0, 9]),
            ("2015-06-29T20:03:19", [2015, 6, 29, 20, 3, 27]),
            ("2015-06-29 20:03:19.5Z", [2015, 6, 29, 20, 3, 27]),
            ("2026-08-01T00:10:05.000+0130", [2026, 7, 31, 22, 40, 31]),
            ("2026-08-01 17:10:05.123 -0800", [2026, 8, 2, 1, 10, 31]),
            ("1969-12-31T23:59:60Z", [1970, 1, 1, 0, 0, 1]),
            ("0000-03-01T00:00:00Z", [0, 3, 1, 0, 0, 9]),
        ] {
            assert_eq!(parts(text).as_deref(), Some(&expected[..]), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-01-01",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+010",
            "2024-01-01T00:00:00  +0100",
            "2024-01-01T00:00:00 ",
            "2024-01-01T00:00:00Zx",
            "2024-01-01T00:00:00 Z",
            "+024-01-01T00:00:00Z",
            "2024-01-01T00:00:0üZ",
            "1700000000",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn how_a_time_is_written_is_told() {
        let written = |text| parse(text).map(|(_, written)| written);
        for (text, date_only, blank, offset) in [
            ("2026-01-02", true, false, Offset::Absent),
            ("2026-01-02T03:04:05", false, false, Offset::Absent),
            ("2026-01-02 03:04:05.6", false, true, Offset::Absent),
            ("2026-01-02T03:04:05,6z", false, false, Offset::Zulu),
            ("2026-01-02T03:04:05+00:00", false, false, Offset::Colon),
            ("2026-01-02T03:04:05.000+0000", false, false, Offset::Digits),
            ("2026-01-02 03:04:05.000 -0800", false, true, Offset::Digits),
        ] {
            assert_eq!(written(text), Some(Written { date_only, blank, offset }), "{text}");
        }
        for text in
            ["12", "2026-13-01", "2026-02-30", "2025-02-29", "2026-1-1", "2026-01-01T", "2026-01-01Tü"]
        {
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn instants_order_across_offsets_and_fractions() {
        let at = |text| instant(text).unwrap();
        assert!(at("2024-01-01T00:00:00.1Z") < at("2024-01-01T00:00:00.11Z"));
        assert_eq!(at("2024-01-01T01:00:00+01:00"), at("2024-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn calendar_round_trips(days in -1_000_000_i64..4_000_000) {
            let (year, month, day) = civil(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
            prop_assert!(day >= 1 && day <= days_in(year, month).unwrap());
        }
    }
}
