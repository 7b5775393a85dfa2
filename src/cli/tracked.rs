//! `--tracked`: the files that git tracks, those that were just added among them. What else lies in a working tree is no
//! part of the next commit, and must not keep anyone from it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::folders::Folders;
use super::{Failure, files, git};

const FLAG: &str = "--tracked";

/// The tracked files of the repositories that a run has come to, by the root of the repository, where it really is.
#[derive(Default)]
pub(super) struct Tracked(HashMap<PathBuf, HashSet<PathBuf>>);

impl Tracked {
    /// Whether git tracks a file.
    pub(super) fn has(&mut self, path: &Path, folders: &mut Folders) -> Result<bool, Failure> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
        let real = folders.real(folder).map_err(|error| Failure::io(folder, &error))?;
        let Some(root) = folders.root(&real) else {
            let path = files::printed(path);
            return Err(Failure::Usage(format!("`{path}` is in no git repository, which `{FLAG}` needs")));
        };
        if !self.0.contains_key(&root) {
            self.0.insert(root.clone(), listed(&root)?);
        }
        Ok(self.0.get(&root).is_some_and(|files| files.contains(&real.join(name))))
    }
}

/// What git tracks in a repository.
fn listed(root: &Path) -> Result<HashSet<PathBuf>, Failure> {
    let listed = git::answer(root, &["ls-files", "--cached", "-z"], FLAG)?;
    Ok(git::paths(&listed).map(|path| root.join(path)).collect())
}
