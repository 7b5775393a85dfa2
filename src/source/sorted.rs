//! Texts of which each line is an entry, in the order of their keys: searched where they are, without being read.

use std::cmp::Ordering;

/// What follows the first separator in the line that begins with a key and the separator.
/// Every line has a separator, and the lines are in the order of what is before it.
pub fn entry<'t>(text: &'t str, key: &str, separator: char) -> Option<&'t str> {
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = text.get(..floor(text, middle))?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
        let (found, rest) = text.get(start..end)?.split_once(separator)?;
        match found.cmp(key) {
            Ordering::Equal => return Some(rest),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// The nearest place at or before `at` that is not inside a character.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
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
            assert_eq!(entry(text, key, '\t'), expected, "{key}");
        }
    }
}
