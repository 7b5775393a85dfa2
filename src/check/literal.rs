//! Literals by type: numbers, truth values, times.

use crate::ir::{Number, Timestamp};

/// The least number that a signed 64-bit integer holds.
const LEAST: i128 = i64::MIN as i128;
/// The greatest number that an unsigned 64-bit integer holds.
const GREATEST: i128 = u64::MAX as i128;

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotNumber {
    /// It is none.
    Form,
    /// It is a whole number that 64 bits do not hold.
    Range,
}

/// A whole number of decimal digits, with an optional sign.
pub(super) fn integer(text: &str) -> Result<i128, NotNumber> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotNumber::Form);
    }
    let number: i128 = text.parse().map_err(|_| NotNumber::Range)?;
    if (LEAST..=GREATEST).contains(&number) { Ok(number) } else { Err(NotNumber::Range) }
}

/// A number: a whole one of 64 bits, or a decimal in JSON's grammar.
pub(super) fn number(text: &str) -> Result<Number, NotNumber> {
    match integer(text) {
        Ok(number) => return Ok(Number::Integer(number)),
        Err(NotNumber::Range) => return Err(NotNumber::Range),
        Err(NotNumber::Form) => {}
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    if plain && fraction.is_none_or(digits) && exponent.is_none_or(|text| digits(text) && text.len() <= 3) {
        Ok(Number::Decimal(text.to_owned()))
    } else {
        Err(NotNumber::Form)
    }
}

/// `true` or `false` in any letter case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The truth value that YAML 1.1 reads in `yes`, `no`, `on`, `off`, `y`, `n`, and many people in `1` and `0`.
pub(super) fn loose_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "on" | "1" => Some(true),
        "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a timestamp names a day or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// `2026-01-02`.
    Day,
    /// RFC 3339 with time and offset.
    Instant,
}

/// An RFC 3339 time, or a date, which stands for its first instant in UTC.
pub(super) fn timestamp(text: &str) -> Option<(Timestamp, Precision)> {
    let bytes = text.as_bytes();
    let two = |at: usize| digits(bytes.get(at..at + 2)?);
    let (year, month, day) = (digits(bytes.get(..4)?)?, two(5)?, two(8)?);
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') || !(1..=12).contains(&month) {
        return None;
    }
    if day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let days = days_since_epoch(year, month, day);
    if bytes.len() == 10 {
        return Some((Timestamp { nanos: i128::from(days) * NANOS_PER_DAY }, Precision::Day));
    }
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let marks = matches!(bytes.get(10)?, b'T' | b't' | b' ')
        && bytes.get(13) == Some(&b':')
        && bytes.get(16) == Some(&b':');
    if !marks || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = bytes.get(19..)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        for at in 0..9 {
            let digit = fraction.get(at).filter(|_| at < count).map_or(0, |byte| i64::from(byte - b'0'));
            nanos = nanos * 10 + digit;
        }
        rest = fraction.get(count..)?;
    }
    let offset = match rest {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), hours @ .., b':', _, _] if hours.len() == 2 && rest.len() == 6 => {
            let (hours, minutes) = (digits(hours)?, digits(rest.get(4..6)?)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some((Timestamp { nanos: i128::from(seconds) * 1_000_000_000 + i128::from(nanos) }, Precision::Instant))
}

const NANOS_PER_DAY: i128 = 86_400 * 1_000_000_000;

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_to_64_bits() {
        for (text, expected) in [
            ("50126", Ok(50126)),
            ("-1", Ok(-1)),
            ("0777", Ok(777)),
            ("9007199254740993", Ok(9_007_199_254_740_993)),
            ("18446744073709551615", Ok(18_446_744_073_709_551_615)),
            ("18446744073709551616", Err(NotNumber::Range)),
            ("-9223372036854775809", Err(NotNumber::Range)),
            ("99999999999999999999999999999999999999999999", Err(NotNumber::Range)),
            ("1.0", Err(NotNumber::Form)),
            ("0x1F", Err(NotNumber::Form)),
            ("1e3", Err(NotNumber::Form)),
            ("", Err(NotNumber::Form)),
            ("-", Err(NotNumber::Form)),
            (" 1", Err(NotNumber::Form)),
        ] {
            assert_eq!(integer(text), expected, "{text}");
        }
    }

    #[test]
    fn decimals_follow_the_grammar_of_json() {
        for text in ["1.5", "-0.25", "1e3", "2E-7", "0.0"] {
            assert_eq!(number(text), Ok(Number::Decimal(text.into())), "{text}");
        }
        for text in ["1.", ".5", "01.5", "1e", "1e9999", "NaN", "inf", "1_000", "--1.0"] {
            assert_eq!(number(text), Err(NotNumber::Form), "{text}");
        }
    }

    #[test]
    fn times_are_rfc_3339_or_dates() {
        let nanos = |text| timestamp(text).map(|(time, precision)| (time.nanos, precision));
        for (text, seconds, precision) in [
            ("1970-01-01", 0, Precision::Day),
            ("1970-01-01T00:00:01Z", 1, Precision::Instant),
            ("1970-01-01t02:00:00+02:00", 0, Precision::Instant),
            ("1969-12-31 23:59:59z", -1, Precision::Instant),
            ("2024-02-29T00:00:00Z", 1_709_164_800, Precision::Instant),
            ("2026-01-01T00:00:00Z", 1_767_225_600, Precision::Instant),
        ] {
            assert_eq!(nanos(text), Some((seconds * 1_000_000_000, precision)), "{text}");
        }
        assert_eq!(nanos("1970-01-01T00:00:00.25Z"), Some((250_000_000, Precision::Instant)));
        assert_eq!(nanos("1970-01-01T00:00:00.1234567891Z"), Some((123_456_789, Precision::Instant)));
        for text in [
            "12",
            "2026-13-01",
            "2026-02-30",
            "2025-02-29",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+0200",
            "2026-1-1",
            "2026-01-01Tü",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
