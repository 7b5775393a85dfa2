//! How the texts of one field are written, by the value of another.

use super::path::Path;
use crate::rule::pattern::Piece;
use crate::text::{TextPattern, key_char};

/// The longest pattern that is held against a form, in characters; a longer one counts as possible.
const MAX_PATTERN: usize = 2_048;

/// How the texts of one field are written, by the value of another: CloudTrail's ARN of an identity, by its type.
#[derive(Debug)]
pub struct Forms {
    /// The field whose texts have the forms.
    pub field: Path,
    /// The field that decides.
    pub by: Path,
    /// How each value of the deciding field is written, with the forms under it; without a form the field is absent
    /// there.
    written: Vec<(Form, Vec<Form>)>,
    /// Values of the deciding field, and the field that holds there what rules look for in this one.
    instead: Vec<(String, Path)>,
}

impl Forms {
    /// The forms that a schema lists.
    pub fn new(field: Path, by: Path, forms: &[(String, Vec<String>)], instead: Vec<(String, Path)>) -> Self {
        let read = |forms: &Vec<String>| forms.iter().map(|form| Form::new(form)).collect();
        let written = forms.iter().map(|(by, forms)| (Form::new(by), read(forms))).collect();
        Self { field, by, written, instead }
    }

    /// The forms under a value of the deciding field, of the first of its forms that fits; `None` where nothing is known.
    pub fn of(&self, by: &str) -> Option<&[Form]> {
        let value = TextPattern::Equals(by.to_owned());
        let found = self.written.iter().find(|(written, _)| written.allows(&value));
        found.map(|(_, forms)| forms.as_slice())
    }

    /// Each value of the deciding field under which another field holds what rules look for, and that field.
    pub fn replaced(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.instead.iter().map(|(by, path)| (by.as_str(), path))
    }

    /// The field to look at instead under a value of the deciding field.
    pub fn instead(&self, by: &str) -> Option<&Path> {
        let found = self.instead.iter().find(|(value, _)| crate::text::equals(by, value));
        found.map(|(_, path)| path)
    }
}

/// How a text is written: `*` stands for one or more characters other than `:` and `/`, `**` for any characters or none.
#[derive(Debug)]
pub struct Form {
    text: String,
    units: Vec<Unit>,
}

/// A part of a form or of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// This character, in any letter case.
    Char(char),
    /// Any one character.
    One,
    /// One or more characters other than `:` and `/`.
    Name,
    /// Any characters, or none.
    Any,
}

impl Form {
    /// Reads a form.
    pub fn new(text: &str) -> Self {
        let mut units = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            units.push(match char {
                '*' if chars.next_if_eq(&'*').is_some() => Unit::Any,
                '*' => Unit::Name,
                char => Unit::Char(key_char(char)),
            });
        }
        Self { text: text.to_owned(), units }
    }

    /// The form as messages show it.
    pub fn shown(&self) -> String {
        self.text.replace("**", "…").replace('*', "…")
    }

    /// A text of the form.
    pub fn example(&self) -> String {
        self.text.replace("**", "example").replace('*', "example")
    }

    /// Whether every text of the pattern is known to have the form.
    pub fn holds_all(&self, pattern: &TextPattern) -> bool {
        let (TextPattern::Equals(text) | TextPattern::EndsWith(text)) = pattern else { return false };
        // What is before the end of a text is of a form that begins with anything.
        let ends = matches!(pattern, TextPattern::Equals(_)) || self.units.first() == Some(&Unit::Any);
        ends && self.allows(&TextPattern::Equals(text.clone()))
    }

    /// Whether some text has both the form and the pattern, in whatever letter case.
    pub fn allows(&self, pattern: &TextPattern) -> bool {
        let pattern = units(pattern);
        pattern.len() > MAX_PATTERN || overlap(&self.units, &pattern)
    }
}

/// A pattern as units.
fn units(pattern: &TextPattern) -> Vec<Unit> {
    let chars = |text: &str| -> Vec<Unit> { text.chars().map(key_char).map(Unit::Char).collect() };
    match pattern {
        TextPattern::Equals(text) => chars(text),
        TextPattern::StartsWith(text) => [chars(text), vec![Unit::Any]].concat(),
        TextPattern::EndsWith(text) => [vec![Unit::Any], chars(text)].concat(),
        TextPattern::Contains(text) => [vec![Unit::Any], chars(text), vec![Unit::Any]].concat(),
        TextPattern::Glob(pieces) => pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Text(text) => chars(text),
                Piece::Any => vec![Unit::Any],
                Piece::One => vec![Unit::One],
            })
            .collect(),
    }
}

/// Whether some text is of both: a walk over the pairs of places, each of which is looked at once.
fn overlap(form: &[Unit], pattern: &[Unit]) -> bool {
    let width = pattern.len() + 1;
    let mut seen = vec![false; (form.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        match seen.get_mut(i * width + j) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let (left, right) = (form.get(i), pattern.get(j));
        if left.is_none() && right.is_none() {
            return true;
        }
        if left == Some(&Unit::Any) {
            open.push((i + 1, j));
        }
        if right == Some(&Unit::Any) {
            open.push((i, j + 1));
        }
        let (Some(left), Some(right)) = (left, right) else { continue };
        if share(*left, *right) {
            for i in after(*left, i) {
                open.extend(after(*right, j).map(|j| (i, j)));
            }
        }
    }
    false
}

/// Whether one character can be read by both.
fn share(left: Unit, right: Unit) -> bool {
    match (left, right) {
        (Unit::Char(left), Unit::Char(right)) => left == right,
        (Unit::Name, Unit::Char(char)) | (Unit::Char(char), Unit::Name) => !matches!(char, ':' | '/'),
        _ => true,
    }
}

/// The places after a unit at `at` has read a character.
fn after(unit: Unit, at: usize) -> std::ops::RangeInclusive<usize> {
    match unit {
        Unit::Char(_) | Unit::One => at + 1..=at + 1,
        Unit::Name => at..=at + 1,
        Unit::Any => at..=at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_allows_what_some_text_of_it_has() {
        let glob = |text: &str| TextPattern::Glob(crate::rule::pattern::pieces(text));
        let (equals, starts) = (TextPattern::Equals, TextPattern::StartsWith);
        let (ends, contains) = (TextPattern::EndsWith, TextPattern::Contains);
        for (form, pattern, allowed) in [
            ("a:*:b/*", equals("a:x:b/y".into()), true),
            ("a:*:b/*", equals("A:X:B/Y".into()), true),
            ("a:*:b/*", equals("a::b/y".into()), false),
            ("a:*:b/*", equals("a:x:b/y/z".into()), false),
            ("a:*:b/**", equals("a:x:b/y/z".into()), true),
            ("a:*:b/**", equals("a:x:b/".into()), true),
            ("a:*:b/*", starts("a:x".into()), true),
            ("a:*:b/*", starts("a/".into()), false),
            ("a:*:b/*", ends("/y".into()), true),
            ("a:*:b/*", ends("/".into()), false),
            ("a:*:b/*", contains("c/".into()), false),
            ("a:*:b/*", contains(":b/".into()), true),
            ("a:*:b/*", contains("xyz".into()), true),
            ("a:*:b/*", contains("x:y".into()), false),
            ("a:*:b/*", glob("a:*z?:b*"), true),
            ("a:*:b/*", glob("a:*/?:b*"), false),
            ("", equals(String::new()), true),
            ("", contains("a".into()), false),
        ] {
            assert_eq!(Form::new(form).allows(&pattern), allowed, "{form} {pattern:?}");
        }
    }

    #[test]
    fn a_form_holds_all_texts_of_a_pattern_that_ends_as_it_does() {
        for (form, pattern, holds) in [
            ("**/read", TextPattern::Equals("a/b/read".into()), true),
            ("**/read", TextPattern::EndsWith("b/READ".into()), true),
            ("**/read", TextPattern::EndsWith("ead".into()), false),
            ("**/read", TextPattern::Contains("/read".into()), false),
            ("a/**/read", TextPattern::EndsWith("a/b/read".into()), false),
        ] {
            assert_eq!(Form::new(form).holds_all(&pattern), holds, "{form} {pattern:?}");
        }
    }

    #[test]
    fn a_long_pattern_counts_as_possible() {
        let long = TextPattern::Equals("/".repeat(MAX_PATTERN + 1));
        assert!(Form::new("a").allows(&long));
    }
}
