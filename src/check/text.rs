//! Shapes of texts: from wildcards to operators, and whether one fits a text.

use crate::ir::TextPattern;
use crate::rule::pattern::{self, Piece};

/// Where a value must be in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It is the whole text.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

/// What a value asks of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any text at all.
    Present,
    /// This shape.
    Pattern(TextPattern),
}

/// The shape of a value with wildcards at a place.
pub(super) fn wanted(pieces: Vec<Piece>, place: Anchor) -> Wanted {
    let before = matches!(place, Anchor::End | Anchor::Anywhere).then_some(Piece::Any);
    let after = matches!(place, Anchor::Start | Anchor::Anywhere).then_some(Piece::Any);
    let mut all: Vec<Piece> = before.into_iter().chain(pieces).chain(after).collect();
    all.dedup_by(|second, first| *second == Piece::Any && *first == Piece::Any);
    let taken = |pieces: &mut [Piece], at: usize| match pieces.get_mut(at) {
        Some(Piece::Text(text)) => std::mem::take(text),
        _ => String::new(),
    };
    Wanted::Pattern(match &*all {
        [] => TextPattern::Equals(String::new()),
        [Piece::Any] => return Wanted::Present,
        [Piece::Text(_)] => TextPattern::Equals(taken(&mut all, 0)),
        [Piece::Text(_), Piece::Any] => TextPattern::StartsWith(taken(&mut all, 0)),
        [Piece::Any, Piece::Text(_)] => TextPattern::EndsWith(taken(&mut all, 1)),
        [Piece::Any, Piece::Text(_), Piece::Any] => TextPattern::Contains(taken(&mut all, 1)),
        _ => TextPattern::Glob(all),
    })
}

/// The pieces of a literal text.
pub(super) fn literal(text: String) -> Vec<Piece> {
    if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] }
}

/// The literal text of a value, escapes undone; `None` when it has wildcards.
pub(super) fn unescaped(text: &str) -> Option<String> {
    match &*pattern::pieces(text) {
        [] => Some(String::new()),
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

/// `text` as a Sigma value that means exactly it.
pub(super) fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let special = match char {
            '*' | '?' => true,
            '\\' => matches!(chars.peek(), Some('\\' | '*' | '?')),
            _ => false,
        };
        if special {
            found.push('\\');
        }
        found.push(char);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, place: Anchor) -> String {
        match wanted(pattern::pieces(text), place) {
            Wanted::Present => "present".into(),
            Wanted::Pattern(shape) => {
                let span = crate::source::Span::default();
                crate::ir::Text { shape, cased: false, member: false, span }.to_string()
            }
        }
    }

    #[test]
    fn wildcards_become_operators() {
        for (text, place, expected) in [
            ("a", Anchor::Whole, r#"= "a""#),
            ("", Anchor::Whole, r#"= """#),
            ("*", Anchor::Whole, "present"),
            ("a*", Anchor::Whole, r#"^ "a""#),
            ("*a", Anchor::Whole, r#"$ "a""#),
            ("*a*", Anchor::Whole, r#"~ "a""#),
            ("a*b", Anchor::Whole, r#"* "a*b""#),
            ("a?", Anchor::Whole, r#"* "a?""#),
            ("?", Anchor::Whole, r#"* "?""#),
            (r"a\*", Anchor::Whole, r#"= "a*""#),
            ("a", Anchor::Anywhere, r#"~ "a""#),
            ("a*b", Anchor::Anywhere, r#"* "*a*b*""#),
            ("*a", Anchor::Anywhere, r#"~ "a""#),
            ("", Anchor::Anywhere, "present"),
            ("*", Anchor::Start, "present"),
            ("a*", Anchor::Start, r#"^ "a""#),
            ("*a", Anchor::Start, r#"~ "a""#),
            ("a?b", Anchor::End, r#"* "*a?b""#),
        ] {
            assert_eq!(show(text, place), expected, "{text} {place:?}");
        }
    }

    #[test]
    fn shapes_fit_texts() {
        let fits = |value: &str, text: &str, cased: bool| match wanted(pattern::pieces(value), Anchor::Whole)
        {
            Wanted::Present => true,
            Wanted::Pattern(shape) => shape.fits(text, cased),
        };
        for (value, text) in [
            ("a", "A"),
            ("a*c", "abbc"),
            ("a*c", "ac"),
            ("*b?d*", "abcde"),
            ("a?c", "aüc"),
            ("Ü", "ü"),
            ("*a*a", "aba"),
            ("a*b*c", "axbxbxc"),
            ("?*", "x"),
            ("a\nb*", "A\nBc"),
        ] {
            assert!(fits(value, text, false), "{value} {text}");
        }
        for (value, text) in
            [("a", "b"), ("a*c", "ab"), ("a?c", "ac"), ("k", "\u{212A}"), ("s", "\u{17F}"), ("?*", "")]
        {
            assert!(!fits(value, text, false), "{value} {text}");
        }
        assert!(!fits("a", "A", true));
        assert!(fits("a*", "ab", true));
    }

    #[test]
    fn escaping_is_undone_by_reading() {
        for text in ["a", r"a\b", r"a\\b", "a*b", r"\*", r"a\", "?", r"\\\*"] {
            assert_eq!(unescaped(&escaped(text)).as_deref(), Some(text), "{text}");
        }
    }
}
