//! What git ignores: the one module that names `ignore`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The patterns of the `.gitignore` files that were met, by folder.
#[derive(Default)]
pub(super) struct Ignored {
    folders: HashMap<PathBuf, Folder>,
}

/// A folder of a repository.
#[derive(Clone)]
struct Folder {
    /// Its own patterns and those of the folders above it, the nearest first; empty outside a repository.
    patterns: Vec<std::sync::Arc<Gitignore>>,
    /// Where it really is.
    real: PathBuf,
}

impl Ignored {
    /// Whether git ignores a file or folder that a walk has come to; folders above it are not looked at again.
    pub(super) fn has(&mut self, path: &Path, folder: bool) -> bool {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(name) = path.file_name() else { return false };
        if !self.folders.contains_key(parent) {
            let Ok(real) = parent.canonicalize() else { return false };
            self.folders.insert(parent.to_owned(), read(real));
        }
        let Some(known) = self.folders.get(parent) else { return false };
        let real = known.real.join(name);
        for patterns in &known.patterns {
            let matched = patterns.matched(&real, folder);
            if !matched.is_none() {
                return matched.is_ignore();
            }
        }
        false
    }
}

/// The patterns that hold in a folder of a repository.
fn read(real: PathBuf) -> Folder {
    let mut patterns = Vec::new();
    let mut inside = false;
    for above in real.ancestors() {
        let root = above.join(".git").exists();
        let mut files = vec![above.join(".gitignore")];
        if root {
            files.push(above.join(".git/info/exclude"));
        }
        for file in files.iter().filter(|file| file.is_file()) {
            let mut builder = GitignoreBuilder::new(above);
            // A line that cannot be read ignores nothing, as for git.
            let _ = builder.add(file);
            patterns.extend(builder.build().ok().map(std::sync::Arc::new));
        }
        if root {
            inside = true;
            break;
        }
    }
    if !inside {
        patterns.clear();
    }
    Folder { patterns, real }
}
