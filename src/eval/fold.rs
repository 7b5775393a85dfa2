//! Comparison of letters without regard to case.
//!
//! The rule is the one of `docs/semantics.md`: an ASCII letter of the rule's value matches ASCII letters alone; any
//! other character folds by Unicode simple case folding.
//! So the value `k` never matches U+212A KELVIN SIGN, but the value U+212A matches `k`, `K` and itself.
//! The tables are those of `regex-syntax` (Unicode's `CaseFolding.txt`, statuses C and S); `char::to_lowercase` is
//! full mapping, which is something else.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use rustc_hash::FxHashMap;

/// The characters other than itself and ASCII that fold together with a character, by their smallest one.
///
/// Only characters that fold at all are keys: about 2,800, made when the first one outside ASCII is seen.
static REPRESENTATIVES: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    let mut found = FxHashMap::default();
    // Every character that folds changes when it is mapped to another case, or is what another one is mapped to and
    // then changes back.
    let Ok(cased) = regex_syntax::parse(r"\p{Changes_When_Casemapped}") else { return found };
    let HirKind::Class(Class::Unicode(cased)) = cased.into_kind() else { return found };
    for range in cased.ranges() {
        for char in range.start()..=range.end() {
            let Some(least) = class(char).into_iter().find(|other| !other.is_ascii()) else { continue };
            if !char.is_ascii() && least != char {
                found.insert(char, least);
            }
        }
    }
    found
});

/// Every character that folds together with `char`, itself included, in ascending order.
pub(super) fn class(char: char) -> Vec<char> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    if class.try_case_fold_simple().is_err() {
        return vec![char];
    }
    class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
}

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
    text.chars().map(fold).collect()
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
}
