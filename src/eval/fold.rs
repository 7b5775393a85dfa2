//! Comparison of letters without regard to case.
//!
//! The rule is the one of `docs/semantics.md`: an ASCII letter of the rule's value matches ASCII letters alone; any
//! other character folds by Unicode simple case folding.
//! So the value `k` never matches U+212A KELVIN SIGN, but the value U+212A matches `k`, `K` and itself.
//! The classes are those of Unicode's `CaseFolding.txt`, statuses C and S; `char::to_lowercase` is a full mapping, which
//! is something else.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::ir::pattern;

/// For every character outside ASCII that folds together with another such one: the smallest of its class.
///
/// Made when the first value with such characters is compared.
static REPRESENTATIVES: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    let mut found = FxHashMap::default();
    // Every character that folds changes when it is mapped to upper or lower case; none stands above plane 1.
    for char in '\u{80}'..='\u{1FFFF}' {
        if char.to_lowercase().eq([char]) && char.to_uppercase().eq([char]) {
            continue;
        }
        match pattern::fold(char).into_iter().find(|other| !other.is_ascii()) {
            Some(least) if least != char => found.insert(char, least),
            _ => None,
        };
    }
    found
});

/// Whether `char` folds together with an ASCII letter although it is none itself; a value with such a character
/// cannot be compared by [`fold`].
pub(super) const fn crosses(char: char) -> bool {
    matches!(char, '\u{17F}' | '\u{212A}')
}

/// The representative of `char`: two characters for which [`crosses`] is false match exactly when theirs are equal.
pub(super) fn fold(char: char) -> char {
    if char.is_ascii() {
        char.to_ascii_lowercase()
    } else {
        REPRESENTATIVES.get(&char).copied().unwrap_or(char)
    }
}

/// The text in representatives.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold).collect()
}

/// Whether `part` stands in `text`, where letters of ASCII match in either case and anything else is exact. At worst the
/// product of both lengths; needs no memory.
pub fn has_part(text: &str, part: &str) -> bool {
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
            let expected = pattern::fold(char).into_iter().find(|other| !other.is_ascii());
            assert_eq!(Some(fold(char)), expected, "{char:?}");
            assert_eq!(crosses(char), pattern::fold(char).iter().any(char::is_ascii), "{char:?}");
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
