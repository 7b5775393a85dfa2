//! Times of events.
//!
//! A time is RFC 3339 text. Also read, because providers write them: a blank for the `T`; no offset at all, which then
//! is UTC (the unified audit log's `CreationTime`); an offset without a colon (Salesforce's `CreatedDate`), and with a
//! blank before it (Snowflake's default output).
//! A number is no time: providers differ in its unit, so a schema would have to say it.

use crate::ir::{TimePart, Timestamp};

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Reads a time; fractions beyond nanoseconds are cut off.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |at: usize, length: usize| -> Option<i64> {
        let digits = bytes.get(at..at + length)?;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let punctuated = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    if !punctuated || hour > 23 || minute > 59 || second > 60 || day < 1 || day > days_in(year, month)? {
        return None;
    }
    let rest = bytes.get(19..)?;
    let (nanos, rest) = match rest {
        [b'.' | b',', rest @ ..] => {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            let (digits, rest) = rest.split_at(length);
            let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
            (padded.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0')), rest)
        }
        _ => (0, rest),
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let zone = match rest {
        [b' ', zone @ ..] if zone.len() > 1 => zone,
        zone => zone,
    };
    let offset = match *zone {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (if sign == b'-' { -60 } else { 60 }) * (hours * 60 + minutes)
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    Some(Timestamp { nanos: i128::from(seconds) * SECOND + nanos })
}

/// A time as providers write it: RFC 3339 in UTC, with a fraction only where there is one.
pub(super) fn print(time: Timestamp) -> Option<String> {
    let seconds = i64::try_from(time.nanos.div_euclid(SECOND)).ok()?;
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
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
pub(super) fn part(time: Timestamp, part: TimePart) -> Option<u32> {
    let seconds = i64::try_from(time.nanos.div_euclid(SECOND)).ok()?;
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
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

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
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
    let (year, _, _) = civil_from_days(thursday);
    (thursday - days_from_civil(year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> Option<Vec<u32>> {
        use TimePart::{Day, Hour, Minute, Month, Week, Year};
        let time = parse(text)?;
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
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_order_across_offsets_and_fractions() {
        let at = |text| parse(text).unwrap();
        assert!(at("2024-01-01T00:00:00.1Z") < at("2024-01-01T00:00:00.11Z"));
        assert_eq!(at("2024-01-01T01:00:00+01:00"), at("2024-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn calendar_round_trips(days in -1_000_000_i64..4_000_000) {
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
            prop_assert!(day >= 1 && day <= days_in(year, month).unwrap());
        }
    }
}
