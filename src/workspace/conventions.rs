//! How the public repository writes rules: titles, metadata and names of files, for collections that want the same.

use super::File;
use super::codes::TITLE_FORM;
use super::suite::shortened;
use crate::check::Checked;
use crate::diagnostic::Diagnostic;
use crate::rule::codes::metadata::{FILE_NAME_FORM, MISSING_METADATA};
use crate::rule::{Document, Meta};
use crate::source::{Span, Spanned};

/// The most characters of a title.
const LONGEST_TITLE: usize = 110;

/// Words that stay in lower case between others.
const SMALL: [&str; 37] = [
    "a", "an", "and", "as", "at", "but", "by", "during", "for", "from", "if", "in", "into", "new", "nor",
    "of", "off", "on", "onto", "or", "out", "over", "per", "than", "the", "then", "through", "to", "under",
    "up", "upon", "via", "vs", "when", "while", "with", "without",
];

/// What a rule or correlation has besides a title, in the order of the canonical layout.
const OF_RULES: [&str; 9] =
    ["id", "status", "description", "references", "author", "date", "tags", "falsepositives", "level"];

/// What a filter has.
const OF_FILTERS: [&str; 3] = ["id", "description", "date"];

/// How many characters the name of a file has, without its ending.
const NAME: std::ops::RangeInclusive<usize> = 10..=90;

/// What a file does not have of the form of the public repository.
pub fn conventions(file: &File) -> Vec<Diagnostic> {
    let titles = file.documents.iter().filter_map(|checked| checked.document.meta().title.as_ref());
    let mut found: Vec<Diagnostic> = titles.flat_map(title).collect();
    found.extend(file.documents.iter().filter_map(metadata));
    // Documents of a file share what is in a template.
    found.dedup();
    found
        .extend(file.documents.first().and_then(|checked| name(file.source.name(), checked.document.meta())));
    found
}

/// What is wrong with a title; one that is empty has a finding already.
fn title(title: &Spanned<String>) -> Vec<Diagnostic> {
    let words: Vec<&str> = title.value.split_whitespace().collect();
    let finding = |message: String, help: &str| Diagnostic::new(&TITLE_FORM, title.span, message).help(help);
    let mut found = Vec::new();
    let length = title.value.trim().chars().count();
    if words.len() == 1 {
        found.push(finding("the title is a single word".to_owned(), "say what happened where"));
    } else if length > LONGEST_TITLE {
        let help = format!("say what happened where in at most {LONGEST_TITLE} characters");
        found.push(finding(format!("the title has {length} characters"), &help));
    }
    if let Some(word) = words.first().filter(|word| ["Detect", "Detects"].contains(word)) {
        found.push(finding(
            format!("the title begins with `{word}`"),
            "say what happened: every rule detects",
        ));
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
    // What has a sign in it is a name: `.lnk`, `/etc`, `on_logon`.
    let is_plain = |word: &str| word.chars().all(|c| c.is_lowercase() || c == '\'' || c == '\u{2019}');
    let bare =
        words.iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && !"./_".contains(c)));
    bare.map(|word| word.trim_end_matches('.'))
        .enumerate()
        .find(|(at, word)| !word.is_empty() && is_plain(word) && !(is_inner(*at) && SMALL.contains(word)))
        .map(|(_, word)| word)
}

/// The metadata that a document is without.
fn metadata(checked: &Checked) -> Option<Diagnostic> {
    let meta = checked.document.meta();
    let (what, wanted) = match &checked.document {
        Document::Detection(_) => ("rule", &OF_RULES[..]),
        Document::Correlation(_) => ("correlation", &OF_RULES[..]),
        Document::Filter(_) => ("filter", &OF_FILTERS[..]),
    };
    let lacking: Vec<String> =
        wanted.iter().filter(|key| !meta.keys.contains(key)).map(|key| format!("`{key}`")).collect();
    let (last, others) = lacking.split_last()?;
    let listed = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    let message = format!("the {what} has no {listed}");
    let finding = Diagnostic::new(&MISSING_METADATA, place(meta), message);
    Some(finding.help("write it, as the public repository wants it of each rule"))
}

/// What is wrong with the name of a file.
fn name(path: &str, meta: &Meta) -> Option<Diagnostic> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // Standard input without a name.
    if name.starts_with('<') {
        return None;
    }
    let fits = |stem: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        NAME.contains(&stem.len()) && stem.contains('_') && stem.chars().all(plain)
    };
    if name.strip_suffix(".yml").is_some_and(fits) {
        return None;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let parts = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let better = parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    let help = if fits(&better) {
        format!("rename it to `{better}.yml`")
    } else {
        let (least, most) = (NAME.start(), NAME.end());
        format!("take {least} to {most} small letters, digits and `_`, at least one `_`, and `.yml`")
    };
    let message =
        format!("the file name `{}` has another form than the public repository's", shortened(name));
    Some(Diagnostic::new(&FILE_NAME_FORM, place(meta), message).help(help))
}

/// Where findings about a whole document are shown.
fn place(meta: &Meta) -> Span {
    meta.title.as_ref().map_or(Span::empty(meta.span.start), |title| title.span)
}
