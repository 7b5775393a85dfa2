//! `--changed-since REVISION`: which files of a collection differ from a revision, and which refer to them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Failure;
use super::git::{git, root, verified};
use super::load::RuleFile;
use crate::rule::{Document, Meta};

/// The files to report on, by their place in `files`.
pub(super) fn since(files: &[RuleFile], revision: &str) -> Result<HashSet<usize>, Failure> {
    let changed = differing(files, revision)?;
    let mut told: HashSet<usize> = HashSet::new();
    for (at, file) in files.iter().enumerate() {
        let real = file.found.path.canonicalize().unwrap_or_else(|_| file.found.path.clone());
        // A rule is taken in with its tests.
        let tests = ["test.yml", "test.yaml"].iter().map(|suffix| real.with_extension(suffix));
        if changed.contains(&real) || tests.into_iter().any(|tests| changed.contains(&tests)) {
            told.insert(at);
        }
    }
    refer(files, &mut told);
    Ok(told)
}

/// Adds the files that refer to a rule of a file that is reported, until there are no more: a correlation may count
/// another.
fn refer(files: &[RuleFile], told: &mut HashSet<usize>) {
    loop {
        let names: HashSet<String> = told
            .iter()
            .filter_map(|&at| files.get(at))
            .flat_map(|file| &file.file.documents)
            .flat_map(|checked| names(checked.document.meta()))
            .collect();
        let mut more = false;
        for (at, file) in files.iter().enumerate() {
            let mut references = file.file.documents.iter().flat_map(|checked| match &checked.document {
                Document::Correlation(rule) => rule.rules.as_slice(),
                Document::Filter(rule) => rule.rules.as_slice(),
                Document::Detection(_) => &[],
            });
            if !told.contains(&at) && references.any(|name| names.contains(&name.value.trim().to_lowercase()))
            {
                more |= told.insert(at);
            }
        }
        if !more {
            return;
        }
    }
}

fn names(meta: &Meta) -> impl Iterator<Item = String> {
    [&meta.id, &meta.name].into_iter().flatten().map(|name| name.value.trim().to_lowercase())
}

/// Every file, where it really is, that differs from the revision or is not known to git, in the repositories of `files`.
/// What was deleted or renamed away is among them and does no harm.
fn differing(files: &[RuleFile], revision: &str) -> Result<HashSet<PathBuf>, Failure> {
    let mut changed = HashSet::new();
    let mut seen: HashSet<PathBuf> = HashSet::new();
    for file in files {
        let folder = file.found.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let Some(root) = root(folder) else {
            return Err(Failure::Usage(format!(
                "`{}` is in no git repository, which `--changed-since` needs",
                file.found.name
            )));
        };
        if !seen.insert(root.clone()) {
            continue;
        }
        verified(&root, revision, "--changed-since", &file.found.name)?;
        for arguments in [
            &["diff", "--name-only", "--no-renames", "-z", revision, "--"][..],
            &["ls-files", "--others", "--exclude-standard", "-z"],
        ] {
            let listed = git(&root, arguments, "--changed-since")?;
            if !listed.status.success() {
                let said = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
                return Err(Failure::Io(format!("git: {said}")));
            }
            let names = listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            changed.extend(names.map(|name| root.join(String::from_utf8_lossy(name).as_ref())));
        }
    }
    Ok(changed)
}
