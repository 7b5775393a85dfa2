//! The folders that a run comes to: where each really is, and what holds there by what lies in it or above it. Each is looked
//! at once: a tree can be as deep as it is wide.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::git;

/// The folders of a run.
#[derive(Debug, Default)]
pub(super) struct Folders {
    /// Where a folder really is, by its path as it was come to.
    real: HashMap<PathBuf, PathBuf>,
    /// The root of its repository.
    roots: Above<PathBuf>,
}

impl Folders {
    /// Where a folder really is.
    pub(super) fn real(&mut self, folder: &Path) -> io::Result<PathBuf> {
        if let Some(known) = self.real.get(folder) {
            return Ok(known.clone());
        }
        let real = match self.beside(folder) {
            Some(real) => real,
            None if folder.as_os_str().is_empty() => Path::new(".").canonicalize()?,
            None => folder.canonicalize()?,
        };
        self.real.insert(folder.to_owned(), real.clone());
        Ok(real)
    }

    /// The same for one that is not a link, in a folder that is known.
    fn beside(&self, folder: &Path) -> Option<PathBuf> {
        let real = self.real.get(folder.parent()?)?.join(folder.file_name()?);
        folder.symlink_metadata().is_ok_and(|about| about.is_dir()).then_some(real)
    }

    /// The root of the repository that holds a folder; both where they really are.
    pub(super) fn root(&mut self, real: &Path) -> Option<PathBuf> {
        let here = |folder: &Path| {
            Ok::<_, std::convert::Infallible>(git::is_root(folder).then(|| folder.to_owned()))
        };
        self.roots.nearest(real, here).ok().flatten()
    }
}

/// What the nearest folder says, from a folder itself upwards.
#[derive(Debug)]
pub(super) struct Above<T>(HashMap<PathBuf, Option<T>>);

impl<T> Default for Above<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> Above<T> {
    /// What holds in a folder, which is given where it really is; `look` is what a folder says itself.
    pub(super) fn nearest<E>(
        &mut self,
        real: &Path,
        look: impl Fn(&Path) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let mut passed = Vec::new();
        let mut found = None;
        for folder in real.ancestors() {
            if let Some(known) = self.0.get(folder) {
                found.clone_from(known);
                break;
            }
            passed.push(folder);
            found = look(folder)?;
            if found.is_some() {
                break;
            }
        }
        self.0.extend(passed.into_iter().map(|folder| (folder.to_owned(), found.clone())));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn each_folder_is_looked_at_once() {
        let looked = RefCell::new(Vec::new());
        let mut known: Above<u8> = Above::default();
        let mut nearest = |folder: &str| {
            let look = |folder: &Path| {
                looked.borrow_mut().push(folder.to_owned());
                Ok::<_, Infallible>((folder == Path::new("/a")).then_some(1))
            };
            known.nearest(Path::new(folder), look).ok().flatten()
        };
        for (folder, expected) in [
            ("/a/b", Some(1)),
            ("/a/b/c/d", Some(1)),
            ("/a/b/c", Some(1)),
            ("/a", Some(1)),
            ("/x/y", None),
            ("/x", None),
        ] {
            assert_eq!(nearest(folder), expected, "{folder}");
        }
        let looked: Vec<String> = looked.into_inner().iter().map(|path| path.display().to_string()).collect();
        assert_eq!(looked, ["/a/b", "/a", "/a/b/c/d", "/a/b/c", "/x/y", "/x", "/"]);
    }

    #[test]
    fn a_folder_is_where_it_really_is() {
        let mut folders = Folders::default();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let real = here.canonicalize().expect("a folder");
        assert_eq!(folders.real(here).expect("a folder"), real);
        assert_eq!(folders.real(&here.join("src/cli")).expect("a folder"), real.join("src/cli"));
        assert!(
            folders.real(&here.join("src/lib.rs")).is_ok() && folders.real(&here.join("nowhere")).is_err()
        );
    }
}
