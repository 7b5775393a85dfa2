//! Finding and reading files: the one module that names `walkdir`.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::confine::{self, Bounds};
use super::folders::Folders;
use super::{Failure, disk};
use crate::source::kind::FileKind;

/// A rule file that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Where to open it.
    pub path: PathBuf,
    /// The name to print: the PATH as given joined with what was found below it, with `/`.
    pub name: String,
    /// The part below the PATH given, or the file name.
    pub relative: PathBuf,
    /// Whether the user named the file itself.
    pub named: bool,
    /// Whether its text comes from standard input; the path is then what `--stdin-filename` says.
    pub stdin: bool,
}

/// How many folders below one that was named are gone into, one in the other.
const MOST_FOLDERS: usize = 256;

/// What stands for standard input among paths.
pub(super) const STDIN: &str = "-";

impl Found {
    /// Standard input, under the name that it would have as a file.
    pub(super) fn stdin(name: Option<&Path>) -> Self {
        let path = name.unwrap_or(Path::new("<stdin>")).to_owned();
        let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Self { name: printed(&path), path, relative, named: true, stdin: true }
    }
}

/// The files of a collection.
#[derive(Debug, Default)]
pub(super) struct Collection {
    /// Those to work on, in a stable order, each once.
    pub found: Vec<Found>,
    /// What was left out, as it is printed, and why.
    pub left: Vec<(String, Why)>,
    /// What could not be looked at.
    pub failed: Vec<Failure>,
    /// How many files there are, and folders that were left out or not looked at.
    pub count: usize,
}

/// Why a file or folder is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// `exclude` of the configuration names it.
    Excluded,
    /// A `.gitignore` names it.
    Ignored,
    /// Git does not track it, and only what it tracks was asked for.
    Untracked,
    /// It holds no Sigma document.
    NoRule,
    /// It is a pipe, a socket or a device.
    Special,
    /// The revision has it, and it is not there any more.
    Gone,
    /// A link made it come under two names, and it is read under the other.
    Again,
}

impl Why {
    /// In words.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Excluded => "left out by `exclude`",
            Self::Ignored => "left out by `.gitignore`",
            Self::Untracked => "not tracked by git",
            Self::NoRule => "holds no Sigma document",
            Self::Special => "not a regular file",
            Self::Gone => "deleted",
            Self::Again => "read under another name",
        }
    }

    /// Whether it is left out because somebody said so, or its text is looked at all the same.
    pub(super) fn is_wished(self) -> bool {
        matches!(self, Self::Excluded | Self::Ignored | Self::Untracked | Self::Gone | Self::Again)
    }
}

/// Asks whether a file or folder is left out; the second is whether it is a folder.
pub(super) type Excludes<'e> = &'e dyn Fn(&Path, bool) -> Result<Option<Why>, Failure>;

/// Every rule file of a collection but what is left out; with `force` of named files too.
pub(super) fn collect(paths: &[PathBuf], force: bool, excludes: Excludes<'_>) -> Result<Collection, Failure> {
    walk(paths, is_rule_name, &mut |path, visit| match visit {
        Visit::Named if !force => Ok(None),
        Visit::Named | Visit::File => excludes(path, false),
        Visit::Folder => excludes(path, true),
    })
}

/// Every YAML file of a collection, of which nothing may be missing.
pub(super) fn plain(paths: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut all = walk(paths, is_rule_name, &mut |_, _| Ok(None))?;
    if all.failed.is_empty() { Ok(all.found) } else { Err(all.failed.swap_remove(0)) }
}

/// Every event file once: those that are named, and all files of a folder but hidden ones, in a stable order; what is not a
/// file that can be read to its end, and links to what is read already; and what could not be looked at.
pub(super) fn events(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(String, Why)>, Vec<Failure>) {
    let (mut found, mut left, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let bounds = Bounds::of(paths);
    let mut seen = Seen::default();
    let mut find = |path: PathBuf, link: bool, left: &mut Vec<(String, Why)>| {
        let name = printed(&path);
        match seen.insert(&path, &name, link) {
            Sight::New => found.push(path),
            Sight::Renamed => left.push((name, Why::Again)),
            Sight::Same => {}
        }
    };
    for path in paths {
        if !path.is_dir() {
            find(path.clone(), true, &mut left);
            continue;
        }
        let mut is_empty = true;
        let shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || !hidden(entry.file_name());
        let mut walk = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if !shown(&entry) => {
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) if entry.path_is_symlink() && entry.depth() > 0 && !bounds.hold(entry.path()) => {
                    missing.push(Failure::file(entry.path(), confine::LEADS_OUT));
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) if entry.file_type().is_file() => {
                    is_empty = false;
                    let link = entry.path_is_symlink();
                    find(entry.into_path(), link, &mut left);
                }
                Ok(entry) if entry.file_type().is_dir() => {
                    if let Some(failure) = too_deep(&entry) {
                        missing.push(failure);
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) => left.push((printed(entry.path()), Why::Special)),
                // A link that leads back to a folder above it adds nothing.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => missing.push(unwalked(&error, path)),
            }
        }
        if is_empty {
            missing.push(Failure::file(path, "no file in the folder"));
        }
    }
    (found, left, missing)
}

/// What is looked at of a file to tell whether it changed.
pub(super) type Stamp = (PathBuf, Option<std::time::SystemTime>, u64);

/// The files below paths that a run may read, hidden folders aside, as they are now.
pub(super) fn stamps(paths: &[PathBuf]) -> Vec<Stamp> {
    let here = [PathBuf::from(".")];
    let is_read = |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["yml", "yaml", "toml", "json", "jsonl"].contains(&ending))
    };
    let shown = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !hidden(entry.file_name()) && entry.file_name() != "target"
    };
    let mut found = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        let walk = walkdir::WalkDir::new(path).max_depth(MOST_FOLDERS + 1).sort_by_file_name();
        let walk = walk.into_iter().filter_entry(shown);
        for entry in walk.flatten().filter(|entry| is_read(entry.path())) {
            if let Ok(about) = entry.metadata() {
                found.push((entry.path().to_owned(), about.modified().ok(), about.len()));
            }
        }
    }
    found
}

/// Why a folder is not gone into, where it is too far below the one that was named.
fn too_deep(folder: &walkdir::DirEntry) -> Option<Failure> {
    let reason = || format!("more than {MOST_FOLDERS} folders below what was named; name it, to read it");
    (folder.depth() > MOST_FOLDERS).then(|| Failure::file(folder.path(), reason()))
}

/// Why a walk below `root` could not go on at a place.
fn unwalked(error: &walkdir::Error, root: &Path) -> Failure {
    let path = error.path().unwrap_or(root);
    match error.io_error() {
        Some(error) => Failure::io(path, error),
        None => Failure::file(path, error.to_string()),
    }
}

/// Every test file of a collection, in a stable order, and those that cannot be looked at. A rule that is named brings no
/// test file along.
pub(super) fn tests(
    paths: &[PathBuf],
    excludes: Excludes<'_>,
) -> Result<(Vec<PathBuf>, Vec<Failure>), Failure> {
    let all = walk(paths, is_test_name, &mut |path, visit| excludes(path, visit == Visit::Folder))?;
    let found = all.found.into_iter().filter(|file| !file.named).map(|file| file.path).collect();
    Ok((found, all.failed))
}

/// What a walk has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    /// A file that the user named.
    Named,
    File,
    Folder,
}

/// Asks why a path is left out.
type Excluded<'e> = &'e mut dyn FnMut(&Path, Visit) -> Result<Option<Why>, Failure>;

fn walk(paths: &[PathBuf], wanted: fn(&str) -> bool, excluded: Excluded<'_>) -> Result<Collection, Failure> {
    let here = [PathBuf::from(".")];
    let implied = paths.is_empty();
    let mut all = Collection::default();
    let mut seen = Seen::default();
    let paths = if implied { &here } else { paths };
    let bounds = Bounds::of(paths);
    for path in paths {
        let kind = match disk::look(path) {
            Ok(kind) => kind,
            Err(error) => {
                all.fail(Failure::io(path, &error));
                continue;
            }
        };
        if !kind.is_dir() {
            let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
            if let Some(why) = excluded(path, Visit::Named)? {
                all.leave(printed(path), why);
            } else {
                let name = printed(path);
                match seen.insert(path, &name, true) {
                    Sight::New => {
                        all.find(Found { path: path.clone(), name, relative, named: true, stdin: false });
                    }
                    Sight::Renamed => all.leave(name, Why::Again),
                    Sight::Same => {}
                }
            }
            continue;
        }
        // A folder that nobody named is in no name.
        let shown =
            |place: &Path| printed(place.strip_prefix(path).ok().filter(|_| implied).unwrap_or(place));
        let mut walk = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // A link that leads back to a folder above it adds nothing.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let place = error.path().unwrap_or(path);
                    let name = place.file_name().unwrap_or_default();
                    // A link that leads nowhere may have led to a folder, unless its name is that of some other file.
                    let meant = place.extension().is_none() || wanted(&name.to_string_lossy());
                    if error.depth() > 0 && (hidden(name) || !meant) {
                        continue;
                    }
                    match excluded(place, Visit::File)? {
                        Some(why) => all.leave(shown(place), why),
                        None => all.fail(unwalked(&error, path)),
                    }
                    continue;
                }
            };
            if entry.depth() == 0 {
                continue;
            }
            let folder = entry.file_type().is_dir();
            let name = entry.file_name().to_string_lossy();
            let rule = !folder && wanted(&name);
            if hidden(entry.file_name()) || !(folder || rule) {
                if folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            if let Some(why) = excluded(entry.path(), if folder { Visit::Folder } else { Visit::File })? {
                all.leave(shown(entry.path()), why);
                if folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            if entry.path_is_symlink() && !bounds.hold(entry.path()) {
                all.fail(Failure::file(entry.path(), confine::LEADS_OUT));
                if folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            if folder {
                if let Some(failure) = too_deep(&entry) {
                    all.fail(failure);
                    walk.skip_current_dir();
                }
                continue;
            }
            if !entry.file_type().is_file() {
                all.leave(shown(entry.path()), Why::Special);
                continue;
            }
            let relative = entry.path().strip_prefix(path).unwrap_or(entry.path()).to_path_buf();
            let name = shown(entry.path());
            match seen.insert(entry.path(), &name, entry.path_is_symlink()) {
                Sight::New => {
                    all.find(Found { path: entry.into_path(), name, relative, named: false, stdin: false });
                }
                Sight::Renamed => all.leave(name, Why::Again),
                Sight::Same => {}
            }
        }
    }
    Ok(all)
}

impl Collection {
    /// Adds a file to work on.
    pub(super) fn find(&mut self, found: Found) {
        self.count += 1;
        self.found.push(found);
    }

    /// Adds one that is left out.
    pub(super) fn leave(&mut self, name: String, why: Why) {
        self.count += 1;
        self.left.push((name, why));
    }

    fn fail(&mut self, failure: Failure) {
        self.count += 1;
        self.failed.push(failure);
    }
}

/// Files by where they really are, and the names that they have.
#[derive(Default)]
struct Seen {
    files: HashMap<PathBuf, HashSet<String>>,
    folders: Folders,
}

/// How a file comes.
enum Sight {
    /// For the first time.
    New,
    /// Once more, under a name that it did not have.
    Renamed,
    /// Once more under a name that it has.
    Same,
}

impl Seen {
    /// Takes a file down; `link` where it may be a link itself.
    fn insert(&mut self, path: &Path, name: &str, link: bool) -> Sight {
        let real = if link { None } else { self.in_folder(path) };
        let identity = real.or_else(|| path.canonicalize().ok()).unwrap_or_else(|| path.to_owned());
        let names = self.files.entry(identity).or_default();
        let first = names.is_empty();
        match names.insert(name.trim_start_matches("./").to_owned()) {
            true if first => Sight::New,
            true => Sight::Renamed,
            false => Sight::Same,
        }
    }

    fn in_folder(&mut self, path: &Path) -> Option<PathBuf> {
        Some(self.folders.real(path.parent()?).ok()?.join(path.file_name()?))
    }
}

fn hidden(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// Whether a folder's file is a candidate: YAML, but not the tests beside a rule.
pub(super) fn is_rule_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    (extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")) && !is_test_name(name)
}

/// Whether a file holds tests rather than rules.
pub(super) fn is_test_name(name: &str) -> bool {
    name.ends_with(".test.yml") || name.ends_with(".test.yaml")
}

/// What the name of a file of tests ends with, in place of the ending of the rule's.
pub(super) const TEST_ENDINGS: [&str; 2] = ["test.yml", "test.yaml"];

/// The file of tests beside a rule, when there is one.
pub(super) fn tests_beside(rule: &Path) -> Option<PathBuf> {
    TEST_ENDINGS.iter().map(|ending| rule.with_extension(ending)).find(|path| path.is_file())
}

/// Whether a path that is named for something else is a rule file, or a folder of nothing but rules and their tests.
pub(super) fn are_rules(path: &Path) -> bool {
    let (found, ..) = events(&[path.to_owned()]);
    let is_yaml = |path: &PathBuf| {
        let name = path.to_string_lossy();
        is_rule_name(&name) || is_test_name(&name)
    };
    let is_rule = |path: &PathBuf| {
        let text = disk::read(path, FileKind::LOOK).unwrap_or_default();
        FileKind::of(&String::from_utf8_lossy(&text)) == Some(FileKind::Rule)
    };
    found.iter().all(is_yaml) && found.iter().any(is_rule)
}

/// The folder of a file, by a path that can be opened.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A path as output prints it: on one line, where the end of a line within a name becomes its picture.
pub(super) fn printed(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if text.contains(['\n', '\r']) {
        text.replace('\n', "␊").replace('\r', "␍").into()
    } else {
        text
    };
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The first of some files, which need not be there yet, that is another one of them.
pub(super) fn twice<'p>(paths: impl Iterator<Item = &'p Path>) -> Option<&'p Path> {
    let mut seen = HashSet::new();
    let real = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
        path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_owned())
    };
    let mut paths = paths;
    paths.find(|path| !seen.insert(real(path)))
}

/// The name of a file in a patch: from the working directory, where `git apply` and `patch -p1` look for it.
pub(super) fn in_patch(found: &Found) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here.ok().and_then(|here| Some(found.path.strip_prefix(here).ok()?.to_owned()));
    below.map_or_else(|| found.name.clone(), |below| printed(&below))
}

/// The bytes of a file, at most one more than `limit`, so that the caller can tell a file that is too large.
pub(super) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let io = |error: std::io::Error| Failure::io(path, &error);
    if path != Path::new(STDIN) {
        return disk::read(path, limit).map_err(io);
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}
