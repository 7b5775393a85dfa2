//! What somebody means who names a target otherwise.

use crate::backend::{self, Backend};
use crate::diagnostic::nearest::nearest;

/// Words for the place where a query runs that no target has in its name or title.
const WORDS: [(&str, &str); 3] = [("kusto", "kql"), ("azure", "kql"), ("aws", "cwli")];

/// The target that a name in other letters, the name of a product or a misspelt name stands for.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let all = &backend::all();
    let folded = name.to_lowercase();
    let titled = |target: &&&'static dyn Backend| {
        let title = target.title().to_lowercase();
        title.split(' ').any(|word| word == folded) || folded.len() > 4 && title.contains(&folded)
    };
    let word = || WORDS.iter().find(|(word, _)| *word == folded).map(|(_, target)| *target);
    let same = all.iter().find(|target| target.name() == folded);
    same.or_else(|| all.iter().find(titled)).map(|target| target.name()).or_else(word).or_else(|| {
        let words = words(all);
        let near = nearest(&folded, words.iter().map(|(word, _)| word.as_str()));
        let near = near.first()?;
        words.iter().find(|(word, _)| word == near).map(|(_, target)| *target)
    })
}

/// The names of the targets, the words of their titles and the others, each with what it stands for.
fn words(all: &[&'static dyn Backend]) -> Vec<(String, &'static str)> {
    let names = all.iter().map(|target| (target.name().to_owned(), target.name()));
    let titles = all.iter().flat_map(|target| {
        let title = target.title().to_lowercase();
        title
            .split(' ')
            .filter(|word| word.len() > 4)
            .map(|word| (word.to_owned(), target.name()))
            .collect::<Vec<_>>()
    });
    names.chain(titles).chain(WORDS.iter().map(|(word, target)| ((*word).to_owned(), *target))).collect()
}
