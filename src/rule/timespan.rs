//! Time spans: a number and a unit, such as `10m`.

/// The longest: a thousand years are beyond every log, and keep later arithmetic far from its limits.
const LONGEST: u64 = 31_556_952_000;

/// The seconds of a unit.
fn unit(unit: &str) -> Option<u64> {
    Some(match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        // The mean month and year of the Gregorian calendar.
        "M" => 2_629_746,
        "y" => 31_556_952,
        _ => return None,
    })
}

/// The number and the unit of a text, neither of them read.
pub fn parts(text: &str) -> (&str, &str) {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    (digits, text.get(digits.len()..).unwrap_or_default())
}

/// What is wrong with a time span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not a number and a unit.
    Malformed,
    /// It is zero.
    Zero,
    /// It is too long.
    TooLong,
}

/// The seconds of a time span.
///
/// # Errors
/// What is wrong with it.
pub fn seconds(text: &str) -> Result<u64, Fault> {
    let (digits, rest) = parts(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let unit = unit(rest).filter(|_| plain).ok_or(Fault::Malformed)?;
    match digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(0) => Err(Fault::Zero),
        Some(seconds) if seconds <= LONGEST => Ok(seconds),
        _ => Err(Fault::TooLong),
    }
}
