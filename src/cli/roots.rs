//! The `rules` roots of the configuration: where the rules are that others refer to, and filters that nobody named.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::account::Account;
use super::files;
use super::settings::{RuleSettings, Session};
use super::{Failure, Needs};
use crate::link::Root;
use crate::source::SourceFile;
use crate::yaml;

/// The files below the roots of the rules at `places` that are not among them, as far as one can be meant: with `refers`
/// all, since something refers to a rule, else those that may hold a filter, when that is needed. Files that cannot be
/// read are reported in the account.
pub(super) fn read(
    places: &[(&Path, &Arc<RuleSettings>)],
    refers: bool,
    needs: Needs,
    session: &Session,
    account: &mut Account,
) -> Result<Vec<Root>, Failure> {
    if !refers && needs == Needs::References {
        return Ok(Vec::new());
    }
    let mut seen: HashSet<PathBuf> = places.iter().filter_map(|(path, _)| path.canonicalize().ok()).collect();
    let mut found = Vec::new();
    for scope in scopes(places) {
        let roots = scope.roots()?;
        if roots.is_empty() {
            continue;
        }
        let collection = files::collect(&roots, true, &|path, folder| session.excludes(path, folder))?;
        for failure in collection.failed {
            account.find(1);
            account.fail(failure);
        }
        for file in collection.found {
            let new = file.path.canonicalize().is_ok_and(|path| seen.insert(path));
            if !new {
                continue;
            }
            match text(&file.path, &scope) {
                Ok(text) if refers || may_filter(&text) => {
                    let (source, lists) = (SourceFile::new(file.name, text), scope.registry.lists());
                    let limits = scope.config.limits();
                    found.push(Root::read(source, limits, lists.clone(), &session.pipelines));
                }
                Ok(_) => {}
                Err(failure) => {
                    account.find(1);
                    account.fail(failure);
                }
            }
        }
    }
    Ok(found)
}

/// The settings that hold at some of the places, each once.
fn scopes(places: &[(&Path, &Arc<RuleSettings>)]) -> Vec<Arc<RuleSettings>> {
    let mut found: Vec<Arc<RuleSettings>> = Vec::new();
    for (_, scope) in places {
        if !found.iter().any(|known| Arc::ptr_eq(known, scope)) {
            found.push(Arc::clone(scope));
        }
    }
    found
}

fn text(path: &Path, scope: &RuleSettings) -> Result<String, Failure> {
    let bytes = files::read(path, scope.config.limits().file)?;
    let text = yaml::decode(&bytes).map_err(|finding| Failure::file(path, finding.message))?;
    Ok(text.to_owned())
}

/// Whether a text can hold a filter: a key `filter` that is not nested, or a form in which that is not seen.
fn may_filter(text: &str) -> bool {
    // Most files do not have the word, nor an escape that could stand for it.
    if !text.contains("filter") && !text.contains('\\') {
        return false;
    }
    text.trim_start_matches('\u{feff}').lines().any(|line| {
        let line = line.trim_start_matches(['"', '\'', '?']);
        line.starts_with("filter") || line.starts_with(['{', '!', '&']) || line.starts_with("--- ")
    }) || text.starts_with(' ')
}
