//! Git: where a repository is, and what it says of revisions. The one module that starts it for files of a run.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Failure, disk};

/// What tells git which repository, work tree and index are meant, and where objects are; a hook is started with some of
/// them.
const OF_A_REPOSITORY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
];

/// Whether a folder is the root of a repository. In a linked work tree and in a submodule `.git` is a file.
pub(super) fn is_root(folder: &Path) -> bool {
    folder.join(".git").exists()
}

/// The root of the repository that holds a folder, where it really is.
pub(super) fn root(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    real.ancestors().find(|above| is_root(above)).map(Path::to_owned)
}

/// Where git keeps what it knows of the repository with this root.
fn directory(root: &Path) -> Option<PathBuf> {
    let place = root.join(".git");
    if place.is_dir() {
        return place.canonicalize().ok();
    }
    let bytes = disk::read(&place, 1 << 16).ok()?;
    let named = bytes.strip_prefix(b"gitdir:")?.trim_ascii();
    root.join(path(named)).canonicalize().ok()
}

/// That the repository of a folder, which holds `what`, has the revision that a flag names.
pub(super) fn verified(folder: &Path, revision: &str, flag: &str, what: &str) -> Result<(), Failure> {
    if revision.starts_with('-') || revision.contains(':') {
        return Err(Failure::Usage(format!("`{revision}` is not a valid revision")));
    }
    let commit = format!("{revision}^{{commit}}");
    // Of a revision that is not there git says nothing; what it says is about the repository.
    let run = git(folder, &["rev-parse", "--verify", "--quiet", &commit], flag)?;
    if run.status.success() {
        return Ok(());
    }
    let reason = said(&run);
    if !reason.is_empty() && root(folder).is_some() {
        return Err(unread(folder, &format!("git cannot read the repository that holds `{what}`: {reason}")));
    }
    let mut message = format!("`{revision}` is not a valid revision of a git repository that holds `{what}`");
    let asked = git(folder, &["rev-parse", "--is-shallow-repository"], flag)?;
    if asked.stdout.trim_ascii() == b"true" {
        message.push_str(
            "; the clone is shallow: `git fetch --unshallow` brings what it lacks, `fetch-depth: 0` does so in a workflow",
        );
    }
    Err(Failure::Usage(message))
}

/// Whether the repository of a folder has no commit yet.
pub(super) fn is_unborn(folder: &Path, flag: &str) -> Result<bool, Failure> {
    let is_there = |arguments: &[&str]| git(folder, arguments, flag).map(|run| run.status.success());
    Ok(!is_there(&["rev-parse", "--verify", "--quiet", "HEAD"])?
        && is_there(&["symbolic-ref", "--quiet", "HEAD"])?)
}

/// Whether a revision has a file or folder; its path need not be there any more.
pub(super) fn had(path: &Path, revision: &str, flag: &str) -> Result<bool, Failure> {
    let shown =
        |above: &'_ Path| if above.as_os_str().is_empty() { Path::new(".") } else { above }.to_owned();
    let Some(above) = path.ancestors().skip(1).find(|above| shown(above).is_dir()) else { return Ok(false) };
    let Ok(below) = path.strip_prefix(above) else { return Ok(false) };
    let folder = shown(above);
    if root(&folder).is_none() || revision.starts_with('-') || revision.contains(':') {
        return Ok(false);
    }
    let object = self::path(&[revision.as_bytes(), b":./", &name(below)].concat()).into_os_string();
    Ok(git(&folder, &[OsStr::new("cat-file"), OsStr::new("-e"), &object], flag)?.status.success())
}

/// Git in a folder. What lies in a folder is not taken for a repository by its looks, and no monitor of files is started:
/// both could start programs that a checked-out file names.
pub(super) fn command<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-C"]);
    command.arg(folder).args(arguments);
    if let Some(root) = root(folder) {
        settle(&mut command, &root, std::env::var_os("GIT_DIR"));
        // Where git cannot use what is there, it would go on to a repository further up.
        if let Some(above) = root.parent() {
            command.env("GIT_CEILING_DIRECTORIES", above);
        }
    }
    command
}

/// Keeps what the environment says of a repository to that one. Where it names none, the repository of the working
/// directory is meant: a commit can have an index of its own, of which other repositories know nothing.
fn settle(command: &mut Command, root: &Path, named: Option<OsString>) {
    let meant = match &named {
        Some(named) => Path::new(named).canonicalize().ok(),
        None => self::root(Path::new(".")).and_then(|root| directory(&root)),
    };
    if meant.is_none() || meant != directory(root) {
        for name in OF_A_REPOSITORY {
            command.env_remove(name);
        }
    } else if let Some(Ok(named)) = named.map(std::path::absolute) {
        // Both would be taken from the folder that git is started in.
        command.env("GIT_DIR", named).env("GIT_WORK_TREE", root);
    }
}

/// Runs git in a folder, for a flag that needs it.
pub(super) fn git<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], flag: &str) -> Result<Output, Failure> {
    command(folder, arguments)
        .output()
        .map_err(|error| Failure::Io(format!("git cannot be started, which `{flag}` needs: {error}")))
}

/// What git answers in a folder, for a flag that needs it.
pub(super) fn answer<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: &[S],
    flag: &str,
) -> Result<Vec<u8>, Failure> {
    let run = git(folder, arguments, flag)?;
    if run.status.success() { Ok(run.stdout) } else { Err(unread(folder, &format!("git: {}", said(&run)))) }
}

/// What git says against a repository, which is named where it is there.
fn unread(folder: &Path, reason: &str) -> Failure {
    match root(folder) {
        Some(root) => Failure::file(&root.join(".git"), reason),
        None => Failure::Io(reason.to_owned()),
    }
}

/// What git says against it, in one line.
fn said(run: &Output) -> String {
    let text = String::from_utf8_lossy(&run.stderr);
    let mut line = String::new();
    for said in text.lines().map(str::trim).filter(|said| !said.is_empty()) {
        if !line.is_empty() {
            line.push_str(if line.ends_with([':', ';', ',']) { " " } else { "; " });
        }
        line.push_str(said.strip_prefix("fatal: ").unwrap_or(said));
    }
    line
}

/// What an answer with `-z` lists.
pub(super) fn listed(answer: &[u8]) -> impl Iterator<Item = &[u8]> {
    answer.split(|byte| *byte == 0).filter(|name| !name.is_empty())
}

/// The paths that an answer with `-z` lists. A name need not be text.
pub(super) fn paths(answer: &[u8]) -> impl Iterator<Item = PathBuf> {
    listed(answer).map(path)
}

/// A path as git writes it.
#[cfg(unix)]
pub(super) fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name))
}

/// A path as git writes it, where all names are text.
#[cfg(not(unix))]
pub(super) fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// A path as git reads it.
#[cfg(unix)]
pub(super) fn name(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// A path as git reads it, with `/`.
#[cfg(not(unix))]
pub(super) fn name(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_one_line() {
        let status = Command::new("git").arg("--version").output().expect("git").status;
        let stderr = b"fatal: dubious\nTo allow it, call:\n\n\tgit config x\n".to_vec();
        let run = Output { status, stdout: Vec::new(), stderr };
        assert_eq!(said(&run), "dubious; To allow it, call: git config x");
    }

    #[cfg(unix)]
    #[test]
    fn names_need_not_be_text() {
        let found: Vec<PathBuf> = paths(b"a.yml\0bad\xff.yml\0").collect();
        assert_eq!(found.iter().map(|path| name(path)).collect::<Vec<_>>(), [&b"a.yml"[..], b"bad\xff.yml"]);
    }
}
