//! The targets that a run was asked for.

use super::{Failure, Session};
use crate::backend::{self, Backend};
use crate::diagnostic::nearest::nearest;

/// Words for the place where a query runs that no target has in its name or title.
const WORDS: [(&str, &str); 3] = [("kusto", "kql"), ("azure", "kql"), ("aws", "cwli")];

/// The targets by name; those of the settings, or the usual ones, where none is named.
pub(super) fn wanted(named: &[String], session: &Session) -> Result<Vec<&'static dyn Backend>, Failure> {
    let wanted = if named.is_empty() { session.run.config.texts("targets") } else { named };
    if wanted.is_empty() {
        return Ok(backend::defaults());
    }
    let mut found: Vec<&'static dyn Backend> = Vec::new();
    for name in wanted {
        let target = backend::find(name.trim()).ok_or_else(|| unknown(name))?;
        if !found.iter().any(|known| known.name() == target.name()) {
            found.push(target);
        }
    }
    Ok(found)
}

/// The names of every target.
pub(super) fn names() -> Vec<&'static str> {
    backend::all().iter().map(|target| target.name()).collect()
}

/// The names of those that are compiled to where none is named.
pub(super) fn defaults() -> impl Iterator<Item = &'static str> {
    backend::defaults().into_iter().map(Backend::name)
}

fn unknown(name: &str) -> Failure {
    let all = backend::all();
    let names = names();
    let help = match meant(name.trim(), &all) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the targets are {}", names.join(", ")),
    };
    Failure::Usage(format!("no target `{name}`; {help}"))
}

/// The target that a name in other letters, the name of a product or a misspelt name stands for.
fn meant(name: &str, all: &[&'static dyn Backend]) -> Option<&'static str> {
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
