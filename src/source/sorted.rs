//! Texts of which each line is an entry, in the order of their keys: searched where they are, without being read.

use std::cmp::Ordering;

/// What follows the first separator in the line that begins with a key and the separator, a character of ASCII.
/// Every line has a separator, and the lines are in the order of what is before it.
pub fn entry<'t>(text: &'t str, key: &str, separator: u8) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let is_end = |byte: &u8| *byte == b'\n';
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes.get(low..middle)?.iter().rposition(is_end).map_or(low, |at| low + at + 1);
        let end = bytes.get(middle..high)?.iter().position(is_end).map_or(high, |at| middle + at);
        let line = text.get(start..end)?;
        let (found, rest) = line.split_at_checked(line.bytes().position(|byte| byte == separator)?)?;
        match found.cmp(key) {
            Ordering::Equal => return rest.get(1..),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_beginning() {
        let text = "a\t1\nab\t2\nb c\t3\nü\t4\n";
        for (key, expected) in [
            ("a", Some("1")),
            ("ab", Some("2")),
            ("b c", Some("3")),
            ("ü", Some("4")),
            ("", None),
            ("b", None),
            ("z", None),
        ] {
            assert_eq!(entry(text, key, b'\t'), expected, "{key}");
        }
    }
}
