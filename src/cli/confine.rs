//! How far a run reads: what a checked-out folder holds is untrusted, links included, and leads to nothing outside of it.
//!
//! What the command line names is read wherever it is. Below that a link is followed as long as it stays in the folder, or
//! in the git repository of it, and leads to nothing hidden: `.git` and `.env` hold what no rule has to know.

use std::path::{Component, Path, PathBuf};

use super::git;

/// Why a file is not read.
pub(super) const LEADS_OUT: &str = "a link that leads out of the folder; name what it leads to, to read it";

/// The folders that a run may read below.
#[derive(Debug, Default)]
pub(super) struct Bounds(Vec<PathBuf>);

impl Bounds {
    /// Those of the folders and files that were named.
    pub(super) fn of<P: AsRef<Path>>(named: impl IntoIterator<Item = P>) -> Self {
        let mut all = Vec::new();
        for path in named {
            let Ok(real) = path.as_ref().canonicalize() else { continue };
            let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
            all.extend(git::root(folder));
            all.push(real);
        }
        Self(all)
    }

    /// Whether a path stays inside, links followed; one that leads nowhere is left to its reader.
    pub(super) fn hold(&self, path: &Path) -> bool {
        path.canonicalize().map_or(true, |real| self.0.iter().any(|root| is_below(&real, root)))
    }

    /// Whether a folder that is written to, and need not be there yet, stays inside; in no case in `.git`.
    pub(super) fn hold_output(&self, folder: &Path) -> bool {
        let Some((there, real)) =
            folder.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)))
        else {
            return false;
        };
        let new = folder.strip_prefix(there).unwrap_or(folder);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let real = real.join(new);
        let git = real.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"));
        !git && new.components().all(plain) && self.0.iter().any(|root| real.starts_with(root))
    }
}

/// Whether a real path is a folder or is below it, with no hidden name between.
pub(super) fn is_below(real: &Path, root: &Path) -> bool {
    let shown = |part: Component<'_>| !part.as_os_str().to_string_lossy().starts_with('.');
    real.strip_prefix(root).is_ok_and(|below| below.components().all(shown))
}

/// Whether a file beside another, which was read, stays where that one is.
pub(super) fn holds_beside(file: &Path, other: &Path) -> bool {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    !other.is_symlink() || Bounds::of([folder]).hold(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_below() {
        for (path, expected) in [
            ("/a/b", true),
            ("/a/b/c.yml", true),
            ("/a/b/.git/config", false),
            ("/a/b/.env", false),
            ("/a/bc", false),
            ("/a", false),
        ] {
            assert_eq!(is_below(Path::new(path), Path::new("/a/b")), expected, "{path}");
        }
        assert!(is_below(Path::new("/.a/b"), Path::new("/.a")), "what is above does not matter");
    }
}
