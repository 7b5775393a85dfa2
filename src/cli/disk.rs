//! What is asked of the file system: the one module that opens, writes, moves and removes files.
//!
//! Each step can be made to fail on purpose in tests (see `faults`), so that no step is taken for granted.

pub(super) use std::fs::File;
use std::fs::{Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

#[cfg(test)]
pub(super) mod faults;

/// A step that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Opening or reading a file.
    Read,
    /// Asking what is at a path.
    Look,
    /// Making a draft.
    Create,
    /// Writing its bytes.
    Fill,
    /// Giving it mode and owner of the file in whose place it comes.
    Dress,
    /// Waiting until it is on the disk.
    Sync,
    /// Putting it in its place.
    Move,
    /// Removing a file.
    Remove,
    /// Making a folder.
    Folder,
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
const fn step(_: Step, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use faults::step;

/// The paths of the files that the process has read.
static READ: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether the process has read the file at a path, by whatever name.
pub(super) fn was_read(path: &Path) -> bool {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    identity(path).is_some_and(|own| read.iter().any(|other| identity(other).as_ref() == Some(&own)))
}

/// What tells a file from all others.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((std::os::unix::fs::MetadataExt::dev(&about), std::os::unix::fs::MetadataExt::ino(&about)))
}

/// What tells a file from all others.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// An open file that is read from its beginning.
pub(super) struct Source {
    file: File,
    path: PathBuf,
}

impl Source {
    /// Opens a file, and says how many bytes it has.
    pub(super) fn open(path: &Path) -> io::Result<(Self, u64)> {
        step(Step::Read, path)?;
        let file = File::open(path)?;
        READ.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        let size = file.metadata()?.len();
        Ok((Self { file, path: path.to_owned() }, size))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        step(Step::Read, &self.path)?;
        self.file.read(buffer)
    }
}

/// The bytes of a file, at most one more than `limit`.
pub(super) fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let (source, size) = Source::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(most)).unwrap_or(0));
    source.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is at a path, links followed.
pub(super) fn look(path: &Path) -> io::Result<Metadata> {
    step(Step::Look, path)?;
    std::fs::metadata(path)
}

/// What is at a path, a link itself where it is one.
pub(super) fn look_at(path: &Path) -> io::Result<Metadata> {
    step(Step::Look, path)?;
    std::fs::symlink_metadata(path)
}

/// Makes a file that is not there yet. A link of that name, whatever it leads to, is in the way like any other file.
pub(super) fn create(path: &Path) -> io::Result<File> {
    step(Step::Create, path)?;
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Writes all bytes.
pub(super) fn fill(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Err(error) = step(Step::Fill, path) {
        // As a disk that is full: a part of it is there.
        file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
        return Err(error);
    }
    file.write_all(bytes)
}

/// Gives a draft the mode of another file, and its owner where that is allowed.
pub(super) fn dress(file: &File, path: &Path, old: &Metadata) -> io::Result<()> {
    step(Step::Dress, path)?;
    own(file, old);
    let permissions: Permissions = old.permissions();
    file.set_permissions(permissions)
}

#[cfg(unix)]
fn own(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let same = file.metadata().is_ok_and(|new| new.uid() == old.uid() && new.gid() == old.gid());
    if !same && fchown(file, Some(old.uid()), Some(old.gid())).is_err() {
        // Only the superuser gives files away; one's own groups are allowed.
        let _ = fchown(file, None, Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn own(_: &File, _: &Metadata) {}

/// Waits until a file is on the disk.
pub(super) fn sync(file: &File, path: &Path) -> io::Result<()> {
    step(Step::Sync, path)?;
    file.sync_all()
}

/// Waits until the names of a folder are on the disk, where the system has such a thing.
pub(super) fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        // A file system that cannot do so has nothing to wait for.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

/// Puts a file in the place of another, which is gone at the same moment.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step(Step::Move, to)?;
    std::fs::rename(from, to)
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    step(Step::Remove, path)?;
    std::fs::remove_file(path)
}

/// Makes a folder in one that exists; that it is there already is fine.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    step(Step::Folder, path)?;
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if path.is_dir() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }
        done => done,
    }
}

/// Adds text to the end of a file that was not read, which is made where it is missing.
pub(super) fn append(path: &Path, text: &str) -> io::Result<()> {
    step(Step::Fill, path)?;
    if was_read(path) {
        return Err(io::Error::other("the run has read it"));
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}
