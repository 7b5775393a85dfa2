//! What git ignores: the one module that names `ignore`.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::folders::Folders;
use super::{Failure, disk};
use crate::source::MAX_FILE_BYTES;

/// The patterns of the `.gitignore` files that were met, by folder, where it really is; of a folder in which none hold
/// nothing.
#[derive(Default)]
pub(super) struct Ignored(HashMap<PathBuf, Option<Arc<Patterns>>>);

/// What holds in a folder of a repository.
struct Patterns {
    /// Of the folder itself.
    own: Vec<Gitignore>,
    /// Of the folders above it.
    above: Option<Arc<Patterns>>,
}

impl Ignored {
    /// Whether git ignores a file or folder that a walk has come to; folders above it are not looked at again.
    pub(super) fn has(&mut self, path: &Path, folder: bool, folders: &mut Folders) -> Result<bool, Failure> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
        let Ok(real) = folders.real(parent) else { return Ok(false) };
        let Some(root) = folders.root(&real) else { return Ok(false) };
        let nearest = self.patterns(&real, &root)?;
        let mut next = nearest.as_deref();
        let path = real.join(name);
        while let Some(patterns) = next {
            for own in &patterns.own {
                let matched = own.matched(&path, folder);
                if !matched.is_none() {
                    return Ok(matched.is_ignore());
                }
            }
            next = patterns.above.as_deref();
        }
        Ok(false)
    }

    /// The patterns that hold in a folder of a repository.
    fn patterns(&mut self, real: &Path, root: &Path) -> Result<Option<Arc<Patterns>>, Failure> {
        let mut unknown = Vec::new();
        let mut found = None;
        for folder in real.ancestors() {
            if let Some(known) = self.0.get(folder) {
                found.clone_from(known);
                break;
            }
            unknown.push(folder);
            if folder == root {
                break;
            }
        }
        for folder in unknown.into_iter().rev() {
            let mut own: Vec<Gitignore> = read(folder, ".gitignore")?.into_iter().collect();
            if folder == root {
                own.extend(read(folder, ".git/info/exclude")?);
            }
            if !own.is_empty() {
                found = Some(Arc::new(Patterns { own, above: found }));
            }
            self.0.insert(folder.to_owned(), found.clone());
        }
        Ok(found)
    }
}

/// The patterns of a file of a folder, if it is there.
fn read(folder: &Path, name: &str) -> Result<Option<Gitignore>, Failure> {
    let file = folder.join(name);
    match disk::look(&file) {
        Ok(about) if about.is_file() => {}
        Ok(_) => return Ok(None),
        // In a linked work tree `.git` is a file, and nothing is in it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(Failure::io(&file, &error)),
    }
    let bytes = disk::read(&file, MAX_FILE_BYTES).map_err(|error| Failure::io(&file, &error))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Failure::file(&file, format!("larger than {MAX_FILE_BYTES} bytes")));
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A line that cannot be read ignores nothing, as for git.
        let _ = builder.add_line(None, line);
    }
    Ok(builder.build().ok())
}
