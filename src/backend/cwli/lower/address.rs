//! Blocks of addresses in a field that also holds ports and brackets: the service's functions take a bare address
//! alone, so that blocks of version 4 become expressions on the text.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use super::leaf::subnet;
use super::{At, Lowering};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{Expr, Pattern, Value};
use crate::ir::Block;
use crate::source::Span;

impl Lowering<'_> {
    /// The address in the text lies in one of the blocks.
    pub(super) fn endpoint(
        &mut self,
        value: &Value,
        blocks: &[Block],
        place: &At,
        span: Span,
    ) -> Option<Expr> {
        let mut tests = Vec::with_capacity(blocks.len());
        for block in blocks {
            tests.push(match block.first {
                IpAddr::V4(first) => {
                    Expr::Matches(value.clone(), Pattern::new(&expression(first, block.prefix)))
                }
                IpAddr::V6(_) => {
                    self.ledger.note(
                        &shared::RESPELT_VALUE,
                        place.polarity,
                        Direction::Either,
                        span,
                        "an IPv6 address is read only where it is written without brackets and port",
                    );
                    subnet(value.clone(), block)?
                }
            });
        }
        Expr::or(tests)
    }
}

/// An expression for the addresses of a block, in the forms that
/// [`address::read`](crate::ir::address::read) reads.
fn expression(first: Ipv4Addr, prefix: u8) -> String {
    let mut found = String::from(r"^\[?(?:::[Ff]{4}:)?");
    for (at, octet) in first.octets().into_iter().enumerate() {
        let fixed = usize::from(prefix).saturating_sub(at * 8).min(8);
        let free = u8::MAX.checked_shr(u32::try_from(fixed).unwrap_or(8)).unwrap_or(0);
        found.push_str(if at == 0 { "" } else { r"\." });
        found.push_str(&numbers(octet & !free, octet | free));
    }
    found.push_str(r"\]?(?::[0-9]+)?\z");
    found
}

/// An expression for the numbers from `low` to `high`, decade by decade.
fn numbers(low: u8, high: u8) -> String {
    if (low, high) == (0, u8::MAX) {
        return "[0-9]+".to_owned();
    }
    if low == high {
        return low.to_string();
    }
    let mut decades = Vec::new();
    for decade in low / 10..=high / 10 {
        let first = if decade == low / 10 { low % 10 } else { 0 };
        let last = if decade == high / 10 { high % 10 } else { 9 };
        let mut text = if decade == 0 { String::new() } else { decade.to_string() };
        // Writing to a string cannot fail.
        let _ = if first == last { write!(text, "{first}") } else { write!(text, "[{first}-{last}]") };
        decades.push(text);
    }
    format!("(?:{})", decades.join("|"))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn numbers_are_those_of_the_range_alone() {
        for (low, high) in [(0, 255), (7, 7), (0, 3), (16, 31), (96, 127), (128, 255), (192, 255), (248, 255)]
        {
            let expression = Regex::new(&format!("^{}$", numbers(low, high))).expect("an expression");
            for number in 0..=255 {
                let inside = (low..=high).contains(&number);
                assert_eq!(expression.is_match(&number.to_string()), inside, "{low} {high} {number}");
            }
        }
    }

    #[test]
    fn blocks_are_found_however_the_address_is_written() {
        for (block, prefix, inside, outside) in [
            ("203.0.113.0", 24, "203.0.113.9", "203.0.11.39"),
            ("203.0.113.9", 32, "203.0.113.9", "203.0.113.99"),
            ("10.16.0.0", 12, "10.31.255.1", "10.32.0.1"),
            ("0.0.0.0", 0, "8.8.8.8", "2001:db8::1"),
        ] {
            let expression = expression(block.parse().expect("an address"), prefix);
            let expression = Regex::new(&expression).expect("an expression");
            for form in ["{}", "{}:51234", "[{}]", "[{}]:443", "::ffff:{}", "[::FFFF:{}]:443"] {
                let of = |address| form.replace("{}", address);
                assert!(expression.is_match(&of(inside)), "{expression} {}", of(inside));
                assert!(!expression.is_match(&of(outside)), "{expression} {}", of(outside));
            }
        }
    }
}
