//! Addresses as a log of connections writes them: with a port, in brackets, or as version 4 inside version 6.

use std::net::IpAddr;

/// What [`read`] takes for an address, as an expression that the engines of all targets read alike: its first group is
/// the address of version 4, its second that of version 6. What it does not match is not an address.
pub const WITH_PORT: &str =
    r"^\[?(?:(?:::[Ff]{4}:)?([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)|([0-9A-Fa-f:.]+))\]?(?::[0-9]+)?\z";

/// The address in `203.0.113.9`, `203.0.113.9:51234`, `[2001:db8::9]`, `[2001:db8::9]:443`, `::ffff:203.0.113.9`:
/// brackets and port are left out, and so is the mark of version 6 before an address of version 4.
pub fn read(text: &str) -> Option<IpAddr> {
    let inner = text.strip_prefix('[').unwrap_or(text);
    version_4(unmarked(inner))
        .or_else(|| head(inner, |char| char.is_ascii_hexdigit() || ":.".contains(char)))?
        .parse()
        .ok()
}

/// The address of a text that holds no port: `203.0.113.9`, `[2001:db8::9]`, `::ffff:203.0.113.9`.
pub fn alone(text: &str) -> Option<IpAddr> {
    let bracketed = text.starts_with('[') && text.ends_with(']');
    read(text).filter(|_| bracketed || text.parse::<IpAddr>().is_ok())
}

/// The text without the mark of version 6 that is before an address of version 4.
fn unmarked(text: &str) -> &str {
    match text.split_at_checked(MARK.len()) {
        Some((mark, rest)) if mark.eq_ignore_ascii_case(MARK) => rest,
        _ => text,
    }
}

const MARK: &str = "::ffff:";

/// The four numbers at the beginning, where nothing but brackets and a port follow.
fn version_4(text: &str) -> Option<&str> {
    let found = head(text, |char| char.is_ascii_digit() || char == '.')?;
    let numbers = found.split('.');
    (numbers.clone().count() == 4 && numbers.into_iter().all(|number| !number.is_empty())).then_some(found)
}

/// The characters at the beginning that belong to an address, where nothing but brackets and a port follow.
fn head(text: &str, belongs: impl Fn(char) -> bool) -> Option<&str> {
    let end = text.find(|char| !belongs(char)).unwrap_or(text.len());
    let (found, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix(']').unwrap_or(rest);
    let port = rest
        .strip_prefix(':')
        .map_or(rest.is_empty(), |port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    (port && !found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ports_brackets_and_the_mark_are_left_out() {
        for (text, expected) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("203.0.113.9:51234", Some("203.0.113.9")),
            ("[203.0.113.9]:51234", Some("203.0.113.9")),
            ("2001:db8::9", Some("2001:db8::9")),
            ("[2001:db8::9]", Some("2001:db8::9")),
            ("[2001:DB8::9]:443", Some("2001:db8::9")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("[::FFFF:203.0.113.9]:443", Some("203.0.113.9")),
            ("::ffff:203.0.113.9:443", Some("203.0.113.9")),
            ("64:ff9b::203.0.113.9", Some("64:ff9b::cb00:7109")),
            ("::ffff:cb00:7109", Some("::ffff:203.0.113.9")),
            ("203.0.113.9:", None),
            ("203.0.113", None),
            ("203.0.113.9.1:443", None),
            ("somewhere:443", None),
            ("AWS Internal", None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected.map(|text| text.parse().expect("an address")), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_expression_reads_what_the_code_reads(
            parts in prop::collection::vec(
                prop::sample::select(vec!["[", "]", "::ffff:", "1.2.3.4", "2001:db8::1", ":", ".", "80", "f", "x", "::"]),
                0..6,
            ),
        ) {
            let text = parts.concat();
            let expression = regex::Regex::new(WITH_PORT).expect("an expression");
            let found = expression.captures(&text).and_then(|found| {
                found.get(1).or_else(|| found.get(2))?.as_str().parse::<IpAddr>().ok()
            });
            prop_assert_eq!(read(&text), found, "{}", text);
        }
    }
}
