//! The `rules` roots of the configuration: where the rules are that others refer to, and filters that nobody named.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::files;
use super::load::RuleFile;
use super::settings::{Scope, Session};
use super::{Failure, Needs};
use crate::link::Root;
use crate::rule::Document;
use crate::source::SourceFile;
use crate::yaml;

/// The files below the roots of the rules in `loaded` that these refer to or are filtered by, as far as they are not
/// among them; files that cannot be read are added to `unreadable`.
pub(super) fn read(
    loaded: &[RuleFile],
    needs: Needs,
    session: &Session,
    unreadable: &mut Vec<Failure>,
) -> Result<Vec<Root>, Failure> {
    let refers = loaded
        .iter()
        .flat_map(|file| &file.file.documents)
        .any(|checked| !matches!(checked.document, Document::Detection(_)));
    if !refers && needs == Needs::References {
        return Ok(Vec::new());
    }
    let mut seen: HashSet<PathBuf> =
        loaded.iter().filter_map(|file| file.found.path.canonicalize().ok()).collect();
    let mut found = Vec::new();
    for scope in scopes(loaded) {
        let roots = scope.roots()?;
        if roots.is_empty() {
            continue;
        }
        for file in files::collect(&roots, true, &|path| session.excludes(path))?.found {
            let new = file.path.canonicalize().is_ok_and(|path| seen.insert(path));
            if !new {
                continue;
            }
            match text(&file.path, &scope) {
                Ok(text) if refers || may_filter(&text) => {
                    found.push(Root::read(SourceFile::new(file.name, text), scope.config.limits()));
                }
                Ok(_) => {}
                Err(failure) => unreadable.push(failure),
            }
        }
    }
    Ok(found)
}

/// The settings that hold for some of the files, each once.
fn scopes(loaded: &[RuleFile]) -> Vec<Arc<Scope>> {
    let mut found: Vec<Arc<Scope>> = Vec::new();
    for file in loaded {
        if !found.iter().any(|known| Arc::ptr_eq(known, &file.scope)) {
            found.push(Arc::clone(&file.scope));
        }
    }
    found
}

fn text(path: &std::path::Path, scope: &Scope) -> Result<String, Failure> {
    let bytes = files::read(path, scope.config.limits().file)?;
    let text = yaml::decode(&bytes)
        .map_err(|finding| Failure::Io(format!("`{}`: {}", path.display(), finding.message)))?;
    Ok(text.to_owned())
}

/// Whether a text can hold a filter: a key `filter` that is not nested, or a form in which that is not seen.
fn may_filter(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().any(|line| {
        let line = line.trim_start_matches(['"', '\'', '?']);
        line.starts_with("filter") || line.starts_with(['{', '!', '&']) || line.starts_with("--- ")
    }) || text.starts_with(' ')
}
