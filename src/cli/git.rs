//! Git: where a repository is, and what it says of revisions. The one module that starts it for files of a run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::Failure;

/// The root of the repository that holds a folder, where it really is.
pub(super) fn root(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    real.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

/// That the repository of a folder, which holds `what`, has the revision that a flag names.
pub(super) fn verified(folder: &Path, revision: &str, flag: &str, what: &str) -> Result<(), Failure> {
    if revision.starts_with('-') || revision.contains(':') {
        return Err(Failure::Usage(format!("`{revision}` is not a valid revision")));
    }
    let commit = format!("{revision}^{{commit}}");
    if git(folder, &["rev-parse", "--verify", "--quiet", &commit], flag)?.status.success() {
        return Ok(());
    }
    let message = format!("`{revision}` is not a valid revision of a git repository that holds `{what}`");
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
    let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
    let object = format!("{revision}:./{}", names.join("/"));
    Ok(git(&folder, &["cat-file", "-e", &object], flag)?.status.success())
}

/// Git in a folder. What lies in a folder is not taken for a repository by its looks, and no monitor of files is started:
/// both could start programs that a checked-out file names.
pub(super) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-C"]);
    command.arg(folder).args(arguments);
    command
}

/// Runs git in a folder, for a flag that needs it.
pub(super) fn git(folder: &Path, arguments: &[&str], flag: &str) -> Result<Output, Failure> {
    command(folder, arguments)
        .output()
        .map_err(|error| Failure::Io(format!("git cannot be started, which `{flag}` needs: {error}")))
}
