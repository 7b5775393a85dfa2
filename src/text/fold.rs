//! Comparison of letters without regard to case.
//!
//! The rule is the one of `docs/semantics.md`: an ASCII letter of the rule's value matches ASCII letters alone; any
//! other character folds by Unicode simple case folding.
//! So the value `k` never matches U+212A KELVIN SIGN, but the value U+212A matches `k`, `K` and itself.
//! The classes are those of Unicode's `CaseFolding.txt`, statuses C and S; `char::to_lowercase` is a full mapping, which
//! is something else.

use std::sync::LazyLock;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use rustc_hash::FxHashMap;

/// For every character outside ASCII that folds together with another such one: the smallest of its class.
///
/// Made when the first such character is compared.
static REPRESENTATIVES: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    let mut found = FxHashMap::default();
    // Every character that folds changes when it is mapped to upper or lower case; none is above plane 1.
    for char in '\u{80}'..='\u{1FFFF}' {
        if has_one_case(char) {
            continue;
        }
        match class(char).into_iter().find(|other| !other.is_ascii()) {
            Some(least) if least != char => found.insert(char, least),
            _ => None,
        };
    }
    found
});

/// Whether no mapping of case changes a character: it folds with no other.
fn has_one_case(char: char) -> bool {
    char.to_lowercase().eq([char]) && char.to_uppercase().eq([char])
}

/// Every character that folds together with `char` by Unicode simple case folding, `char` among them, in order.
/// For an ASCII letter these are its two ASCII forms alone: a value's `k` is never U+212A.
pub fn class(char: char) -> Vec<char> {
    if char.is_ascii() {
        let (upper, lower) = (char.to_ascii_uppercase(), char.to_ascii_lowercase());
        return if upper == lower { vec![char] } else { vec![upper, lower] };
    }
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    if class.try_case_fold_simple().is_err() {
        return vec![char];
    }
    class.iter().flat_map(|range| range.start()..=range.end()).collect()
}

/// Whether ignoring case concerns a letter outside ASCII: it has other forms here, or a full mapping of case, which an
/// engine may use, gives it some (`İ` and `ı` match themselves alone here).
pub fn has_foreign_letters(text: &str) -> bool {
    text.chars().any(|char| !char.is_ascii() && (!has_one_case(char) || class(char).len() > 1))
}

/// Whether `char` folds together with an ASCII letter although it is none itself; a value with such a character
/// cannot be compared by [`fold`].
pub const fn crosses(char: char) -> bool {
    matches!(char, '\u{17F}' | '\u{212A}')
}

/// The representative of `char`: two characters for which [`crosses`] is false match exactly when theirs are equal.
pub fn fold(char: char) -> char {
    if char.is_ascii() {
        char.to_ascii_lowercase()
    } else if has_one_case(char) {
        // A dash or a letter of a script without cases needs no table.
        char
    } else {
        REPRESENTATIVES.get(&char).copied().unwrap_or(char)
    }
}

/// The text in representatives.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold).collect()
}

/// What a text has in common with every text that a value can match and every value that can match it: characters that
/// cross into ASCII count as the ASCII letter. So equal keys do not make two texts equal, and different ones keep them
/// apart.
pub fn key(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(key_char).collect() }
}

/// [`key`] of one character.
pub fn key_char(char: char) -> char {
    match char {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        other => fold(other),
    }
}

/// Whether a character of a value matches one of a text.
pub(super) fn accepts(value: char, text: char) -> bool {
    fold(value) == fold(text) || (crosses(value) && key_char(value) == fold(text))
}

/// Whether a value is the whole of a text, in any letter case.
pub fn equals(value: &str, text: &str) -> bool {
    if value.is_ascii() {
        return value.eq_ignore_ascii_case(text);
    }
    let mut chars = text.chars();
    value.chars().all(|wanted| chars.next().is_some_and(|char| accepts(wanted, char)))
        && chars.next().is_none()
}

/// Whether a text starts with a value, in any letter case.
pub fn starts(value: &str, text: &str) -> bool {
    if value.is_ascii() {
        let start = text.as_bytes().get(..value.len());
        return start.is_some_and(|start| start.eq_ignore_ascii_case(value.as_bytes()));
    }
    let mut chars = text.chars();
    value.chars().all(|wanted| chars.next().is_some_and(|char| accepts(wanted, char)))
}

/// Whether a text ends with a value, in any letter case.
pub fn ends(value: &str, text: &str) -> bool {
    if value.is_ascii() {
        let end = text.len().checked_sub(value.len()).and_then(|from| text.as_bytes().get(from..));
        return end.is_some_and(|end| end.eq_ignore_ascii_case(value.as_bytes()));
    }
    let mut chars = text.chars().rev();
    value.chars().rev().all(|wanted| chars.next().is_some_and(|char| accepts(wanted, char)))
}

/// Whether `part` is in `text`, where letters of ASCII match in either case and anything else is exact. At worst the
/// product of both lengths; needs no memory.
pub(super) fn has_part(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some((first, rest)) = part.split_first() else { return true };
    let Some(places) = (text.len() + 1).checked_sub(part.len()) else { return false };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    text.iter().take(places).enumerate().any(|(at, byte)| {
        (*byte == lower || *byte == upper)
            && text.get(at + 1..at + part.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn representatives_agree_with_the_folding_classes_on_every_character() {
        for char in '\u{80}'..=char::MAX {
            let expected = class(char).into_iter().find(|other| !other.is_ascii());
            assert_eq!(Some(fold(char)), expected, "{char:?}");
            assert_eq!(crosses(char), class(char).iter().any(char::is_ascii), "{char:?}");
        }
    }

    #[test]
    fn folding_is_simple_not_full() {
        for (one, other, same) in [
            ('a', 'A', true),
            ('k', '\u{212A}', false),
            ('s', '\u{17F}', false),
            ('ü', 'Ü', true),
            ('ß', 'ẞ', true),
            ('σ', 'ς', true),
            ('Σ', 'ς', true),
            ('å', '\u{212B}', true),
            ('i', 'İ', false),
            ('i', 'ı', false),
            ('Ⱥ', 'ⱥ', true),
            ('Ꭰ', 'ꭰ', true),
            ('[', '{', false),
        ] {
            assert_eq!(fold(one) == fold(other), same, "{one} {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_part_of_ascii_is_found_where_folding_finds_it(text in "[aAbBüÜ]{0,8}", part in "[aAb]{0,3}") {
            proptest::prop_assert_eq!(has_part(&text, &part), folded(&text).contains(&folded(&part)));
        }
    }
}
