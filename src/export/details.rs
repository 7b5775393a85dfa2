//! What an alert shows besides its entities: the columns of the result, each by a short name.

use crate::backend::{Compiled, Holds, Shown};

/// Each column that holds one value, by a name of at most so many letters and digits that begins with a letter: what the
/// field means, where its log says so, else the last part of its name.
pub(super) fn of(compiled: &Compiled, longest: usize) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for shown in compiled.shows.iter().filter(|shown| shown.holds == Holds::One) {
        if found.iter().any(|(_, column)| *column == shown.column) {
            continue;
        }
        let fits = |name: &String| {
            name.starts_with(|char: char| char.is_ascii_alphabetic())
                && found.iter().all(|(known, _)| known != name)
        };
        let name = names(shown, longest).find(fits);
        if let Some(name) = name {
            found.push((name, shown.column.clone()));
        }
    }
    found
}

/// The names that a column may have, the best first.
fn names(shown: &Shown, longest: usize) -> impl Iterator<Item = String> {
    let meaning = shown.meaning.map(|meaning| joined(meaning.word().split('_')));
    let parts: Vec<&str> = shown
        .field
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let ends = (1..=parts.len()).map(|count| joined(parts.iter().skip(parts.len() - count).copied()));
    let fitting = meaning.into_iter().chain(ends).filter(|name| name.len() <= longest).collect::<Vec<_>>();
    // What has the same end, or is too long, is numbered.
    let last = joined(parts.last().copied().into_iter());
    let numbered = (1..100).map(move |at| {
        let number = if at == 1 { String::new() } else { at.to_string() };
        let head: String = last.chars().take(longest.saturating_sub(number.len())).collect();
        head + &number
    });
    fitting.into_iter().chain(numbered)
}

fn joined<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    parts.map(capitalised).collect()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Meaning;

    #[test]
    fn names_are_short_and_each_is_there_once() {
        let shown = |field: &str, meaning: Option<Meaning>, is_scalar: bool| Shown {
            column: field.replace('.', "_"),
            field: field.to_owned(),
            meaning,
            holds: Holds::of(is_scalar),
        };
        let compiled = Compiled {
            shows: vec![
                shown("userIdentity.arn", Some(Meaning::Actor), true),
                shown("a.userName", None, true),
                shown("b.userName", None, true),
                shown("requestParameters.userName", None, true),
                shown("list", None, false),
                shown("1.2", None, true),
                shown("aVeryLongNameOfAFieldThatGoesOn", None, true),
            ],
            ..Compiled::faulty()
        };
        let found = of(&compiled, 20);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Actor", "UserName", "BUserName", "UserName2", "AVeryLongNameOfAFiel"]);
    }
}
