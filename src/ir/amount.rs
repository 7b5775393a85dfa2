//! Numbers that correlations add and compare.

use std::fmt;

/// A number to nine decimal places; sums and comparisons are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

/// The decimal places.
const PLACES: usize = 9;

/// One, in the unit that is kept.
const ONE: i128 = 1_000_000_000;

/// The largest whole number that is taken, so that sums of a window cannot overflow.
const LARGEST: i128 = 10_i128.pow(20);

/// The digits before and behind the point once it has moved by an exponent.
fn shift(whole: &str, fraction: &str, exponent: i64) -> Option<(String, String)> {
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let before = usize::try_from(point.max(0)).ok()?;
    let missing = usize::try_from(point.min(0).unsigned_abs()).ok()?;
    let digits = whole.chars().chain(fraction.chars());
    let padded = std::iter::repeat_n('0', missing).chain(digits).chain(std::iter::repeat('0'));
    let moved: String = padded.clone().take(before).collect();
    let behind = padded.skip(before).take(PLACES).collect();
    let moved = moved.trim_start_matches('0');
    Some((if moved.is_empty() { "0" } else { moved }.to_owned(), behind))
}

/// The largest exponent that is read; a number with a larger one is past what is taken, or nothing.
const LARGEST_EXPONENT: i64 = 40;

impl Amount {
    /// Reads decimal digits with an optional sign, fraction and exponent, as JSON writes numbers; digits past the ninth
    /// place are cut off. `None` for another text, and for a number past 10^20.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || exponent.abs() > LARGEST_EXPONENT {
            return None;
        }
        let shifted = match exponent {
            0 => None,
            _ => Some(shift(whole, fraction, exponent)?),
        };
        let (whole, fraction) = shifted
            .as_ref()
            .map_or((whole, fraction), |(whole, fraction)| (whole.as_str(), fraction.as_str()));
        if whole.len() > 21 {
            return None;
        }
        let whole: i128 = whole.parse().ok().filter(|whole| *whole <= LARGEST)?;
        let places: String = fraction.chars().chain(std::iter::repeat('0')).take(PLACES).collect();
        let amount = whole * ONE + places.parse::<i128>().ok()?;
        Some(Self(if negative { -amount } else { amount }))
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self(i128::try_from(count).unwrap_or(LARGEST) * ONE)
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many times the number; a mean is compared by comparing the sum with the threshold times the count.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self(self.0.saturating_mul(i128::try_from(count).unwrap_or(LARGEST)))
    }
}

impl fmt::Display for Amount {
    /// Decimal digits, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) =
            (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}")?;
        if fraction == 0 {
            return Ok(());
        }
        write!(f, ".{}", format!("{fraction:0PLACES$}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn decimals_are_read_to_nine_places() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12", Some(12_000_000_000)),
            ("-1.5", Some(-1_500_000_000)),
            ("0.1234567899", Some(123_456_789)),
            ("1e3", Some(1_000_000_000_000)),
            ("-2.5E+2", Some(-250_000_000_000)),
            ("1250e-3", Some(1_250_000_000)),
            ("1e-9", Some(1)),
            ("1e-12", Some(0)),
            ("1e20", Some(100_000_000_000_000_000_000_000_000_000)),
            ("1e21", None),
            ("1e", None),
            ("1e5.0", None),
            ("1e99999999999999999999", None),
            ("00000000000000000000000012", None),
            ("", None),
            (".5", None),
            ("1.", None),
            ("999999999999999999999999", None),
        ] {
            assert_eq!(Amount::parse(text).map(|amount| amount.0), expected, "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_as_it_is_read() {
        for (text, expected) in
            [("12", "12"), ("-1.50", "-1.5"), ("0.000000001", "0.000000001"), ("-0", "0"), ("007.0", "7")]
        {
            let amount = Amount::parse(text).expect("a number");
            assert_eq!(amount.to_string(), expected);
        }
    }
}
