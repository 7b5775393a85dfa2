//! Exact decimal numbers.

use std::cmp::Ordering;

/// A decimal number in normal form; comparison is exact and never passes through a float.
///
/// The text is JSON's grammar of numbers, and nothing else: no `+`, no leading zero, no blank.
/// `1`, `1.0` and `10e-1` are one number; `-0` is `0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// The significant digits without zeros at either end; empty for zero.
    digits: Box<[u8]>,
    /// The power of ten of the first digit; clamped at a thousand million, far past every number that is one.
    magnitude: i64,
}

const MAX_MAGNITUDE: i64 = 1_000_000_000;

impl Decimal {
    /// Reads a number's JSON text; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        let run = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (whole, rest) = bytes.split_at(run(bytes));
        if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
            return None;
        }
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => match run(rest) {
                0 => return None,
                length => rest.split_at(length),
            },
            _ => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => {
                let (sign, digits) = match rest {
                    [b'-', rest @ ..] => (-1, rest),
                    [b'+', rest @ ..] => (1, rest),
                    _ => (1, rest),
                };
                if digits.is_empty() || run(digits) != digits.len() {
                    return None;
                }
                let value = digits
                    .iter()
                    .fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(2 * MAX_MAGNITUDE));
                sign * value
            }
            _ => return None,
        };
        let mut digits: Vec<u8> = [whole, fraction].concat();
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..leading);
        let trailing = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
        digits.truncate(digits.len() - trailing);
        if digits.is_empty() {
            return Some(Self { negative: false, digits: Box::default(), magnitude: 0 });
        }
        let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX / 4);
        let magnitude = (length(whole.len()) - length(leading)).saturating_add(exponent);
        Some(Self {
            negative,
            digits: digits.into(),
            magnitude: magnitude.clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE),
        })
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => -1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.sign().cmp(&other.sign());
        let size = self.magnitude.cmp(&other.magnitude).then_with(|| self.digits.cmp(&other.digits));
        signs.then(if self.negative { size.reverse() } else { size })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number of an event or of a rule.
/// Whole numbers of up to 18 digits, which almost all are, need no allocation.
#[derive(Clone, Debug)]
pub(super) enum Exact {
    Small(i64),
    Large(Decimal),
}

impl Exact {
    /// Reads a number's JSON text; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.len() <= 18
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !(digits.len() > 1 && digits.starts_with('0'));
        if plain {
            return text.parse().ok().map(Self::Small);
        }
        Decimal::parse(text).map(Self::Large)
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(one), Self::Small(other)) => one.cmp(other),
            _ => self.decimal().cmp(&other.decimal()),
        }
    }

    fn decimal(&self) -> Decimal {
        match self {
            Self::Large(decimal) => decimal.clone(),
            Self::Small(number) => Decimal::parse(&number.to_string()).unwrap_or(Decimal {
                negative: false,
                digits: Box::default(),
                magnitude: 0,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(one: &str, order: Ordering, other: &str) {
        let (left, right) = (Exact::parse(one).unwrap(), Exact::parse(other).unwrap());
        assert_eq!(left.compare(&right), order, "{one} {other}");
        assert_eq!(right.compare(&left), order.reverse(), "{other} {one}");
    }

    #[test]
    fn numbers_compare_by_value_and_exactly() {
        use Ordering::{Equal, Less};
        for (one, order, other) in [
            ("1", Equal, "1.0"),
            ("1e3", Equal, "1000"),
            ("10e-1", Equal, "1"),
            ("-0", Equal, "0"),
            ("0.0e9", Equal, "0"),
            ("9007199254740992", Less, "9007199254740993"),
            ("18446744073709551614", Less, "18446744073709551615"),
            ("-18446744073709551615", Less, "-18446744073709551614"),
            ("0.1", Less, "0.10000000000000000001"),
            ("-1", Less, "0.5"),
            ("-10", Less, "-9.5"),
            ("99", Less, "1e2"),
            ("1e999999999999999999999", Equal, "1e999999999999999999999"),
            ("5", Less, "1e999999999999999999999"),
            ("1e-999999999999999999999", Less, "5"),
        ] {
            check(one, order, other);
        }
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for text in
            ["", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", " 1", "1 ", "NaN", "1_0", "١", "--1"]
        {
            assert!(Exact::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn integers_compare_as_integers(one: i64, other: i64) {
            check(&one.to_string(), one.cmp(&other), &other.to_string());
            check(&format!("{one}.0"), one.cmp(&other), &format!("{other}e0"));
        }
    }
}
