//! `--changed-since REVISION`: which files of a collection differ from a revision, and which refer to them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::git::{git, is_unborn, root, verified};
use super::load::RuleFile;
use super::settings::Session;
use super::{Failure, files as paths, revision as history};
use crate::rule::reference_key;
use crate::source::SourceFile;
use crate::workspace::{File, marks};
use crate::yaml;

const FLAG: &str = "--changed-since";

/// The files to report on, by their place in `files`.
pub(super) fn since(
    files: &[RuleFile],
    revision: &str,
    session: &Session,
) -> Result<HashSet<usize>, Failure> {
    let Changed { paths, names: former } = differing(files, revision, session)?;
    let mut told = themselves(files, &paths, true);
    double(files, &mut told);
    refer(files, former, &mut told);
    Ok(told)
}

/// The files that differ themselves, by their place in `files`; with `tests` a rule is taken in with its tests.
pub(super) fn differ(
    files: &[RuleFile],
    revision: &str,
    tests: bool,
    session: &Session,
) -> Result<HashSet<usize>, Failure> {
    Ok(themselves(files, &differing(files, revision, session)?.paths, tests))
}

fn themselves(files: &[RuleFile], paths: &HashSet<PathBuf>, tests: bool) -> HashSet<usize> {
    let mut told: HashSet<usize> = HashSet::new();
    for (at, file) in files.iter().enumerate() {
        let real = file.found.path.canonicalize().unwrap_or_else(|_| file.found.path.clone());
        let beside = ["test.yml", "test.yaml"].map(|suffix| real.with_extension(suffix));
        if paths.contains(&real) || tests && beside.iter().any(|tests| paths.contains(tests)) {
            told.insert(at);
        }
    }
    told
}

/// Adds the files with an identifier, a name or a title that a document of a changed file has too: the finding for two of
/// a kind can be at either.
fn double(files: &[RuleFile], told: &mut HashSet<usize>) {
    let of = |file: &RuleFile| -> Vec<String> {
        file.file.documents.iter().flat_map(|checked| marks(checked.document.meta())).collect()
    };
    let changed: HashSet<String> = told.iter().filter_map(|&at| files.get(at)).flat_map(of).collect();
    let same =
        files.iter().enumerate().filter(|(_, file)| of(file).iter().any(|mark| changed.contains(mark)));
    told.extend(same.map(|(at, _)| at));
}

/// Adds the files that refer to a rule of a file that is reported, or to one of the `former` names of changed files,
/// until there are no more: a correlation may count another.
fn refer(files: &[RuleFile], former: HashSet<String>, told: &mut HashSet<usize>) {
    let mut names: HashSet<String> = former;
    loop {
        names.extend(told.iter().filter_map(|&at| files.get(at)).flat_map(|file| self::names(&file.file)));
        let mut more = false;
        for (at, file) in files.iter().enumerate() {
            let mut references = file.file.documents.iter().flat_map(|checked| checked.document.references());
            if !told.contains(&at) && references.any(|name| names.contains(&*reference_key(&name.value))) {
                more |= told.insert(at);
            }
        }
        if !more {
            return;
        }
    }
}

/// What others refer to the documents of a file by.
fn names(file: &File) -> impl Iterator<Item = String> {
    file.documents.iter().flat_map(|checked| checked.document.meta().referred_by().map(Cow::into_owned))
}

/// What differs from a revision.
#[derive(Default)]
struct Changed {
    /// Every file, where it really is, that differs or is not known to git; what was deleted or renamed away too.
    paths: HashSet<PathBuf>,
    /// The identifiers and names that rules of such files had at the revision.
    names: HashSet<String>,
}

/// What differs from the revision in the repositories of `files`.
fn differing(files: &[RuleFile], revision: &str, session: &Session) -> Result<Changed, Failure> {
    let mut changed = Changed::default();
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
        // Before the first commit everything is new.
        let unborn = revision == "HEAD" && is_unborn(&root, FLAG)?;
        let commands = if unborn {
            vec![vec!["ls-files", "--cached", "--others", "--exclude-standard", "-z"]]
        } else {
            verified(&root, revision, FLAG, &file.found.name)?;
            vec![
                vec!["diff", "--name-only", "--no-renames", "-z", revision, "--"],
                vec!["ls-files", "--others", "--exclude-standard", "-z"],
            ]
        };
        for (at, arguments) in commands.into_iter().enumerate() {
            let listed = git(&root, &arguments, FLAG)?;
            if !listed.status.success() {
                let said = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
                return Err(Failure::Io(format!("git: {said}")));
            }
            let names = listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            let names: Vec<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            if at == 0 && !unborn {
                changed.names.extend(former(&root, revision, &names, session)?);
            }
            changed.paths.extend(names.iter().map(|name| root.join(name)));
        }
    }
    Ok(changed)
}

/// The identifiers and names of the rules that files had at a revision; of none where a file was not there, or cannot be
/// read.
fn former(root: &Path, revision: &str, paths: &[String], session: &Session) -> Result<Vec<String>, Failure> {
    let rules: Vec<&String> = paths.iter().filter(|path| paths::is_rule_name(path)).collect();
    let texts = history::texts(root, revision, &rules)?;
    let scope = session.of_folder(root)?;
    let (registry, limits) = (&scope.registry, scope.config.limits());
    let read = texts.into_iter().flatten().filter(|bytes| bytes.len() <= limits.file);
    let read = read.filter_map(|bytes| yaml::decode(&bytes).ok().map(str::to_owned));
    let files = read.map(|text| File::check_within(SourceFile::new("former", text), registry, limits));
    Ok(files.flat_map(|file| names(&file).collect::<Vec<_>>()).collect())
}
