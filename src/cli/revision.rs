//! What `sigmata diff` and `sigmata export --diff` compare: the files of one side, also as they were at a revision of their
//! git repository.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::account::Account;
use super::files::{self, Found, Why};
use super::load::{Loaded, RuleFile};
use super::settings::Session;
use super::{Failure, Output, git};
use crate::diagnostic::render::Finding;
use crate::source::SourceFile;
use crate::workspace::{File, Named};
use crate::yaml;

/// The files of one side, each with its name below what was compared, and what became of them.
#[derive(Default)]
pub(super) struct SideFiles {
    pub files: Vec<RuleFile>,
    names: Vec<String>,
    pub account: Account,
}

impl SideFiles {
    /// Those of a collection.
    pub fn of(loaded: Loaded) -> Self {
        let Loaded { files, account, .. } = loaded;
        Self { names: names(&files), files, account }
    }

    /// Adds those of another path, but for those that are there.
    pub fn join(&mut self, other: Self) {
        self.account.join(other.account);
        let mut known: HashSet<PathBuf> = self.files.iter().map(|file| file.found.path.clone()).collect();
        for (name, file) in other.names.into_iter().zip(other.files) {
            if known.insert(file.found.path.clone()) {
                self.names.push(name);
                self.files.push(file);
            }
        }
    }

    /// As they are compared.
    pub fn named(&self) -> Vec<Named<'_>> {
        named(&self.names, &self.files)
    }

    /// Says why documents could not be read.
    pub fn losses(&self, output: &mut Output) {
        for file in self.files.iter().map(|file| &file.file) {
            for finding in file.losses() {
                output.note_finding(Finding::new(&file.source, finding));
            }
        }
    }
}

/// The name of each file below what was compared.
pub(super) fn names(files: &[RuleFile]) -> Vec<String> {
    files.iter().map(|file| files::printed(&file.found.relative)).collect()
}

/// Files as they are compared.
pub(super) fn named<'f>(names: &'f [String], files: &'f [RuleFile]) -> Vec<Named<'f>> {
    names.iter().map(String::as_str).zip(files.iter().map(|file| &file.file)).collect()
}

/// A file of a revision.
struct Entry {
    /// Its path below the folder.
    path: PathBuf,
    /// The root of the submodule that has it, or the folder.
    home: PathBuf,
    object: String,
    size: usize,
}

/// Every rule file at or below a path, as it was at the revision; the path need not be there any more.
pub(super) fn files(
    path: &Path,
    revision: &str,
    flag: &str,
    session: &Session,
) -> Result<SideFiles, Failure> {
    let (folder, below) = standing(path);
    git::verified(&folder, revision, flag, &path.display().to_string())?;
    let mut side = SideFiles::default();
    let entries = list(&folder, &below, revision, session, &mut side.account)?;
    let mut texts = Vec::with_capacity(entries.len());
    for entries in entries.chunk_by(|one, next| one.home == next.home) {
        let objects: Vec<&[u8]> = entries.iter().map(|entry| entry.object.as_bytes()).collect();
        texts.extend(contents(entries.first().map_or(folder.as_path(), |entry| &entry.home), &objects)?);
    }
    for (entry, bytes) in entries.iter().zip(texts) {
        let path = folder.join(&entry.path);
        let scope = session.of_folder(&standing(&path).0)?;
        let limits = scope.config.limits();
        let name = format!("{revision}:{}", files::printed(&path));
        let file = match (bytes, entry.size > limits.file) {
            (Some(bytes), false) => match yaml::decode(&bytes) {
                Ok(text) => File::check_within(SourceFile::new(name.clone(), text), &scope.registry, limits),
                Err(finding) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    File::unreadable(SourceFile::new(name.clone(), text), finding)
                }
            },
            (_, true) => {
                side.account
                    .fail(Failure::File { name, reason: format!("larger than {} bytes", limits.file) });
                continue;
            }
            (None, false) => {
                side.account.fail(Failure::File { name, reason: "git does not give it".to_owned() });
                continue;
            }
        };
        if file.sigma {
            side.account.read(&file.count);
            let relative = entry.path.strip_prefix(&below).unwrap_or(&entry.path);
            let relative = if relative.as_os_str().is_empty() { &entry.path } else { relative }.to_owned();
            side.names.push(files::printed(&relative));
            let found =
                Found { path, name: file.source.name().to_owned(), relative, named: false, stdin: false };
            side.files.push(RuleFile { found, scope, file });
        } else {
            side.account.skip(name, Why::NoRule);
        }
    }
    Ok(side)
}

/// The folder at or above a path that is there, and what follows it.
fn standing(path: &Path) -> (PathBuf, PathBuf) {
    let whole = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let found = whole.ancestors().find(|above| above.is_dir());
    let folder = found.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let below = whole.strip_prefix(folder).unwrap_or(whole);
    (folder.to_owned(), below.to_owned())
}

/// Where a path really is; what is named, and folders on the way to it, need not be there any more.
pub(super) fn real(path: &Path) -> Result<PathBuf, Failure> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (folder, below) = standing(parent);
    let mut real = folder.canonicalize().map_err(|error| Failure::io(&folder, &error))?;
    real.extend(below.iter());
    real.extend(path.file_name());
    Ok(real)
}

/// The rule files that a revision has, in order.
fn list(
    folder: &Path,
    below: &Path,
    revision: &str,
    session: &Session,
    account: &mut Account,
) -> Result<Vec<Entry>, Failure> {
    let mut arguments = ["ls-tree", "-r", "-l", "-z", revision].map(OsString::from).to_vec();
    if !below.as_os_str().is_empty() {
        arguments.extend(["--".into(), git::path(&git::name(below)).into_os_string()]);
    }
    let listed = git::answer(folder, &arguments, "--rev")?;
    let mut entries = Vec::new();
    for line in git::listed(&listed) {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let (facts, name) = line.split_at(tab);
        let (facts, name) = (String::from_utf8_lossy(facts), git::path(name.get(1..).unwrap_or_default()));
        let facts: Vec<&str> = facts.split_ascii_whitespace().collect();
        let (mode, kind, object, size) = match facts.as_slice() {
            [mode, kind, object, size] => (*mode, *kind, *object, size.parse().unwrap_or(usize::MAX)),
            _ => ("", "", "", 0),
        };
        let named = name == below;
        let shown = name.iter().all(|part| part == ".." || !part.to_string_lossy().starts_with('.'));
        if shown && kind == "commit" && !named {
            entries.extend(submodule(folder, &name, object, session, account)?);
            continue;
        }
        let candidate = shown && files::is_rule_name(&files::printed(&name));
        if !(named || candidate) {
            continue;
        }
        account.find(1);
        let path = folder.join(&name);
        // Of a folder that is gone nothing is left out: it has no settings any more.
        let left_out = if path.parent().is_some_and(Path::is_dir) && !named {
            session.excludes(&path, false)?
        } else {
            None
        };
        if let Some(why) = left_out {
            account.skip(files::printed(&path), why);
        } else if kind != "blob" || mode == "120000" {
            account.skip(files::printed(&path), Why::Special);
        } else {
            entries.push(Entry { path: name, home: folder.to_owned(), object: object.to_owned(), size });
        }
    }
    Ok(entries)
}

/// The rule files that a revision has in a submodule: those of the commit that it names, where the submodule is there.
fn submodule(
    folder: &Path,
    name: &Path,
    commit: &str,
    session: &Session,
    account: &mut Account,
) -> Result<Vec<Entry>, Failure> {
    let home = folder.join(name);
    let own =
        home.canonicalize().is_ok_and(|real| folder.canonicalize().is_ok_and(|up| up.join(name) == real));
    if !own || !git::is_root(&home) {
        return Ok(Vec::new());
    }
    if let Some(why) = session.excludes(&home, true)? {
        account.find(1);
        account.skip(files::printed(&home), why);
        return Ok(Vec::new());
    }
    if let Err(failure) = git::verified(&home, commit, "--rev", &files::printed(&home)) {
        account.find(1);
        account.fail(Failure::file(&home, failure.to_string()));
        return Ok(Vec::new());
    }
    let mut entries = list(&home, Path::new(""), commit, session, account)?;
    for entry in &mut entries {
        entry.path = name.join(&entry.path);
    }
    Ok(entries)
}

/// The bytes of files of a repository at a revision; `None` for one that was not there.
pub(super) fn texts(
    root: &Path,
    revision: &str,
    names: &[&PathBuf],
) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    // A line of the question is an object; nobody could ask for a name with a line break.
    let names = names.iter().map(|path| git::name(path)).filter(|name| !name.contains(&b'\n'));
    let objects: Vec<Vec<u8>> = names.map(|name| [revision.as_bytes(), b":", &name].concat()).collect();
    contents(root, &objects)
}

/// The bytes of objects, read by one process; `None` for one that is not given.
fn contents(folder: &Path, objects: &[impl AsRef<[u8]>]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let failure = |error: std::io::Error| Failure::Io(format!("git cat-file: {error}"));
    let mut child = git::command(folder, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failure)?;
    let asked: Vec<u8> = objects.iter().flat_map(|object| [object.as_ref(), b"\n"].concat()).collect();
    let stdin = child.stdin.take();
    // Git answers while it is asked, so that one of the two would wait for the other for ever.
    let asking = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&asked)));
    let mut answer = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut answer).map_err(failure)?;
    }
    let _ = asking.join();
    child.wait().map_err(failure)?;
    let mut rest = answer.as_slice();
    Ok(objects.iter().map(|_| next(&mut rest)).collect())
}

/// The next object of an answer: a line that ends with its size, its bytes, and an end of line.
fn next(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (head, after) = (rest.get(..end)?, rest.get(end + 1..)?);
    *rest = after;
    let head = std::str::from_utf8(head).ok()?;
    let size: usize = head.rsplit_once(" blob ")?.1.parse().ok()?;
    let bytes = after.get(..size)?.to_vec();
    *rest = after.get(size + 1..).unwrap_or_default();
    Some(bytes)
}
