//! The `rules` roots of the configuration: where the rules are that others refer to, and filters that nobody named.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::account::Account;
use super::files;
use super::settings::{RuleSettings, Session};
use super::{Failure, Needs};
use crate::link::{Root, Unit, missing};
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
    if !refers && !needs.filters() {
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

/// Adds to `roots` the files below the configurations of the rules at `places` that hold what something refers to and
/// that neither `units` nor `roots` have, for configurations that name no roots. Filters that lie there are not looked
/// for. Nothing is read unless something is missing.
pub(super) fn complete(
    places: &[(&Path, &Arc<RuleSettings>)],
    units: &[Unit<'_>],
    roots: &mut Vec<Root>,
    session: &Session,
) -> Result<(), Failure> {
    let lacking = |roots: &[Root]| {
        let all: Vec<Unit<'_>> = units.iter().cloned().chain(roots.iter().map(Root::unit)).collect();
        missing(&all)
    };
    let mut wanted = lacking(roots);
    if wanted.is_empty() {
        return Ok(());
    }
    let mut texts = below(places, roots, session)?;
    let mut read: Vec<Root> = Vec::new();
    loop {
        let named = texts.extract_if(.., |(source, _)| may_have(source.text(), &wanted));
        read.extend(named.map(|(source, scope)| {
            let lists = scope.registry.lists().clone();
            Root::read(source, scope.config.limits(), lists, &session.pipelines)
        }));
        let before = roots.len();
        roots.extend(read.extract_if(.., |root| root.has(&wanted)));
        if roots.len() == before {
            return Ok(());
        }
        wanted = lacking(roots);
    }
}

/// The texts of the files below the configurations that name no roots, without those at `places` and of `roots`.
fn below(
    places: &[(&Path, &Arc<RuleSettings>)],
    roots: &[Root],
    session: &Session,
) -> Result<Vec<(SourceFile, Arc<RuleSettings>)>, Failure> {
    let mut seen: HashSet<PathBuf> = places.iter().filter_map(|(path, _)| path.canonicalize().ok()).collect();
    seen.extend(roots.iter().filter_map(|root| Path::new(root.unit().source.name()).canonicalize().ok()));
    let mut found = Vec::new();
    for scope in scopes(places) {
        if scope.file.is_none() || scope.config.get("rules").is_some() {
            continue;
        }
        let folder = scope.seen_folder();
        session.verbose(|| format!("looks for what is referred to below {}", files::printed(&folder)));
        let collection = files::collect(&[folder], true, &|path, folder| session.excludes(path, folder))?;
        for file in collection.found {
            if !file.path.canonicalize().is_ok_and(|path| seen.insert(path)) {
                continue;
            }
            // Nobody named it: where it is what is looked for, the reference is reported as unknown.
            if let Ok(text) = text(&file.path, &scope) {
                found.push((SourceFile::new(file.name, text), Arc::clone(&scope)));
            }
        }
    }
    Ok(found)
}

/// Whether a text may be that of a document with one of these identifiers and names: it holds one, or an escape that
/// could stand for it.
fn may_have(text: &str, wanted: &BTreeSet<String>) -> bool {
    let lower = text.to_ascii_lowercase();
    text.contains('\\') || wanted.iter().any(|name| lower.contains(&name.to_ascii_lowercase()))
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
