//! `--tracked`: the files that git tracks, those that were just added among them. What else lies in a working tree is no
//! part of the next commit, and must not keep anyone from it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::git::{git, root};
use super::{Failure, files};

const FLAG: &str = "--tracked";

/// The tracked files of the repositories that a run has come to.
#[derive(Default)]
pub(super) struct Tracked {
    /// By the root of the repository, where it really is.
    repositories: HashMap<PathBuf, HashSet<PathBuf>>,
    /// The folder that was looked at last, where it really is, and the root of its repository.
    folder: Option<(PathBuf, PathBuf, PathBuf)>,
}

impl Tracked {
    /// Whether git tracks a file.
    pub(super) fn has(&mut self, path: &Path) -> Result<bool, Failure> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if self.folder.as_ref().is_none_or(|(known, ..)| known != folder) {
            let real = folder.canonicalize().map_err(|error| Failure::io(folder, &error))?;
            let Some(root) = root(&real) else {
                let path = files::printed(path);
                return Err(Failure::Usage(format!(
                    "`{path}` is in no git repository, which `{FLAG}` needs"
                )));
            };
            if !self.repositories.contains_key(&root) {
                self.repositories.insert(root.clone(), listed(&root)?);
            }
            self.folder = Some((folder.to_owned(), real, root));
        }
        let (Some((_, real, root)), Some(name)) = (&self.folder, path.file_name()) else { return Ok(false) };
        Ok(self.repositories.get(root).is_some_and(|files| files.contains(&real.join(name))))
    }
}

/// What git tracks in a repository.
fn listed(root: &Path) -> Result<HashSet<PathBuf>, Failure> {
    let listed = git(root, &["ls-files", "--cached", "-z"], FLAG)?;
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
        return Err(Failure::Io(format!("git: {said}")));
    }
    let names = listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(String::from_utf8_lossy(name).as_ref())).collect())
}
