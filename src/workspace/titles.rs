//! How titles are written: a convention of collections, for those that want it.

use super::File;
use super::codes::TITLE_FORM;
use super::suite::shortened;
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

/// How many words a title has.
const WORDS: std::ops::RangeInclusive<usize> = 3..=10;

/// Words that stay in lower case between others.
const SMALL: [&str; 36] = [
    "a", "an", "and", "as", "at", "but", "by", "during", "for", "from", "if", "in", "into", "nor", "of",
    "off", "on", "onto", "or", "out", "over", "per", "than", "the", "then", "through", "to", "under", "up",
    "upon", "via", "vs", "when", "while", "with", "without",
];

/// The findings about the titles of a file.
pub fn titles(file: &File) -> Vec<Diagnostic> {
    let own = file.documents.iter().filter_map(|checked| checked.document.meta().title.as_ref());
    let mut found: Vec<Diagnostic> = own.flat_map(faults).collect();
    // Documents of a file share the title of a template.
    found.dedup();
    found
}

/// What is wrong with a title; one that is empty has a finding already.
fn faults(title: &Spanned<String>) -> Vec<Diagnostic> {
    let words: Vec<&str> = title.value.split_whitespace().collect();
    let finding = |message: String, help: &str| Diagnostic::new(&TITLE_FORM, title.span, message).help(help);
    let mut found = Vec::new();
    if !words.is_empty() && !WORDS.contains(&words.len()) {
        let message = match words.len() {
            1 => "the title is a single word".to_owned(),
            count => format!("the title has {count} words"),
        };
        found.push(finding(message, "say what happened where in three to ten words"));
    }
    if title.value.trim_end().ends_with('.') {
        found.push(finding("the title ends with a full stop".to_owned(), "remove the full stop"));
    }
    if let Some(word) = in_lower_case(&words) {
        let message = format!("`{}` begins with a small letter in the title", shortened(word));
        found.push(finding(message, "write the title in title case"));
    }
    found
}

/// The first word that title case writes with a capital letter and that has none.
fn in_lower_case<'w>(words: &[&'w str]) -> Option<&'w str> {
    let last = words.len().saturating_sub(1);
    let is_inner = |at: usize| at > 0 && at < last;
    let is_plain = |word: &str| word.chars().all(|c| c.is_lowercase() || c == '\'' || c == '\u{2019}');
    let bare = words.iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    bare.enumerate()
        .find(|(at, word)| !word.is_empty() && is_plain(word) && !(is_inner(*at) && SMALL.contains(word)))
        .map(|(_, word)| word)
}
