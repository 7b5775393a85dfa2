//! Literals by type: numbers and truth values.

use crate::ir::Number;

/// The least number that a signed 64-bit integer holds.
const LEAST: i128 = i64::MIN as i128;
/// The greatest number that an unsigned 64-bit integer holds.
const GREATEST: i128 = u64::MAX as i128;

/// Why a text is not a number.
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

/// Whether a number that [`number`] reads is zero.
pub(super) fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-' | b'+'))
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
        for (text, zero) in [("0", true), ("-0.0", true), ("0e5", true), ("0.1", false), ("1e0", false)] {
            assert_eq!(is_zero(text), zero, "{text}");
        }
        for text in ["1.", ".5", "01.5", "1e", "1e9999", "NaN", "inf", "1_000", "--1.0"] {
            assert_eq!(number(text), Err(NotNumber::Form), "{text}");
        }
    }
}
