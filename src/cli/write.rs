//! Writing files: each whole or not at all, and nothing silently.
//!
//! A file is written as a draft beside its place and moved there, so that at every moment it is the old one or the new
//! one. A link stays one: what it leads to is written. Only regular files are touched.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Failure, Outcome, Output, disk, files, portable, reason};

/// How often another name is tried for a draft.
const TRIES: usize = 16;

/// What has to be at a place for it to be written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before<'b> {
    /// Whatever it is.
    Any,
    /// Anything that the run has not read.
    Unread,
    /// Nothing.
    Nothing,
    /// A file with these bytes, which the new ones were made from.
    Bytes(&'b [u8]),
}

/// Writes files, goes on after one that cannot be written, and keeps an account.
///
/// ```text
/// let mut writer = Writer::below(folder)?;
/// writer.write(Path::new("kql/x.kql"), query.as_bytes(), Before::Any);
/// let outcome = writer.tell(output);
/// ```
pub(super) struct Writer {
    /// Where everything has to stay: as it was named, and where it really is.
    root: Option<(PathBuf, PathBuf)>,
    /// Each name, as a system reads it that knows the fewest, and how it was written.
    names: HashMap<String, PathBuf>,
    written: Vec<PathBuf>,
    failures: Vec<Failure>,
    notes: Vec<String>,
}

impl Writer {
    /// Writes files of the user's wherever they are. It waits until they are on the disk: nobody can make them again.
    pub(super) fn anywhere() -> Self {
        Self {
            root: None,
            names: HashMap::new(),
            written: Vec::new(),
            failures: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Writes below a folder, which is made where it is missing; no name and no link leads out of it.
    pub(super) fn below(folder: &Path) -> Result<Self, Failure> {
        let failure = |error: io::Error| Failure::io(folder, &error);
        for above in folder.ancestors().collect::<Vec<_>>().into_iter().rev() {
            if !above.as_os_str().is_empty() && !above.is_dir() {
                disk::folder(above).map_err(failure)?;
            }
        }
        let real = folder.canonicalize().map_err(failure)?;
        Ok(Self { root: Some((folder.to_owned(), real)), ..Self::anywhere() })
    }

    /// Writes a file, and says whether it did; why not is reported at the end. `name` is a path from the folder of
    /// [`Writer::below`], else any path. Folders on the way are made below that folder alone.
    pub(super) fn write(&mut self, name: &Path, bytes: &[u8], before: Before<'_>) -> bool {
        let shown = self.shown(name);
        let done = self.claim(name).and_then(|()| {
            let place = self.place(name).map_err(|why| (shown.clone(), why))?;
            put(&place, bytes, before, self.root.is_none()).map_err(|why| (shown.clone(), why))
        });
        match done {
            Ok(()) => {
                self.written.push(shown);
                true
            }
            Err((path, why)) => {
                self.failures.push(Failure::Io(format!("`{}`: {why}; not written", path.display())));
                false
            }
        }
    }

    /// Takes the name of a file that is as it should be, so that no other is written in its place.
    pub(super) fn keep(&mut self, name: &Path) {
        if let Err((path, why)) = self.claim(name) {
            self.failures.push(Failure::Io(format!("`{}`: {why}; not written", path.display())));
        }
    }

    /// Removes a regular file below the folder, if it is there; why it could not is reported at the end.
    pub(super) fn remove(&mut self, name: &Path) -> bool {
        let shown = self.shown(name);
        let done = self.place(name).and_then(|place| {
            match place.symlink_metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Ok(old) if !old.is_file() => return Err(NOT_REGULAR.to_owned()),
                _ => {}
            }
            disk::remove(&place).map_err(|error| reason(&error))
        });
        if let Err(why) = &done {
            self.failures.push(Failure::Io(format!("`{}`: {why}; not removed", shown.display())));
        }
        done.is_ok()
    }

    /// What was written so far, as it is printed.
    pub(super) fn written(&self) -> &[PathBuf] {
        &self.written
    }

    /// Reports what could not be done, and what was done besides.
    pub(super) fn tell(&self, output: &mut Output) -> Outcome {
        for note in &self.notes {
            output.note(&format!("info: {note}\n"));
        }
        for failure in &self.failures {
            output.note(&format!("error: {failure}\n"));
        }
        if self.failures.is_empty() {
            return Outcome::Clean;
        }
        if !self.written.is_empty() {
            let (written, not) = (self.written.len(), self.failures.len());
            output.note(&format!("info: written: {written}, not written: {not}\n"));
        }
        Outcome::Broken
    }

    fn shown(&self, name: &Path) -> PathBuf {
        self.root.as_ref().map_or_else(|| name.to_owned(), |(folder, _)| folder.join(name))
    }

    /// Takes a name, unless another that some system cannot tell from it was taken.
    fn claim(&mut self, name: &Path) -> Result<(), (PathBuf, String)> {
        let shown = self.shown(name);
        match self.names.entry(portable::key(name)) {
            Entry::Occupied(taken) if *taken.get() == shown => {
                Err((shown, "two files would be written there".to_owned()))
            }
            Entry::Occupied(taken) => {
                let other = files::printed(taken.get());
                Err((shown, format!("it is one name with `{other}` on Windows or macOS")))
            }
            Entry::Vacant(free) => {
                if let (Some(why), Some(_)) = (portable::fault(name), &self.root) {
                    self.notes.push(format!("`{}`: {why}", shown.display()));
                }
                free.insert(shown);
                Ok(())
            }
        }
    }

    /// Where a name really leads; folders on the way are made.
    fn place(&self, name: &Path) -> Result<PathBuf, String> {
        let Some((_, root)) = &self.root else { return real(name) };
        let inside = |path: &Path| {
            let real = path.canonicalize().map_err(|error| reason(&error))?;
            if real.starts_with(root) { Ok(real) } else { Err(LEADS_OUT.to_owned()) }
        };
        let mut at = root.clone();
        let mut parts = name.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(part) = part else { return Err(LEADS_OUT.to_owned()) };
            at.push(part);
            if parts.peek().is_none() {
                return if at.is_symlink() { inside(&at) } else { Ok(at) };
            }
            disk::folder(&at).map_err(|error| reason(&error))?;
            at = inside(&at)?;
        }
        Err(LEADS_OUT.to_owned())
    }
}

/// Writes one file of the user's.
pub(super) fn one(path: &Path, bytes: &[u8], before: Before<'_>) -> Result<(), Failure> {
    let mut writer = Writer::anywhere();
    writer.write(path, bytes, before);
    writer.failures.pop().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;

const LEADS_OUT: &str = "it leads out of the folder";
const NOT_REGULAR: &str = "not a regular file";
const CHANGED: &str = "it was changed in the meantime";

/// Where a path leads; a link that leads nowhere is not followed into a new file.
fn real(path: &Path) -> Result<PathBuf, String> {
    if path.is_symlink() { path.canonicalize().map_err(|error| reason(&error)) } else { Ok(path.to_owned()) }
}

/// Puts bytes where nothing or a regular file is. `kept` waits until they are on the disk.
fn put(path: &Path, bytes: &[u8], before: Before<'_>, kept: bool) -> Result<(), String> {
    let told = |error: io::Error| reason(&error);
    let old = match disk::look(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(told(error)),
    };
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return Err(NOT_REGULAR.to_owned());
    }
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err("the file is read-only".to_owned());
    }
    match before {
        Before::Nothing if old.is_some() => return Err("it exists".to_owned()),
        Before::Unread if old.is_some() && disk::was_read(path) => {
            return Err("the run has read it; name another file".to_owned());
        }
        _ => {}
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (draft, mut file) = draft(folder).map_err(told)?;
    let drafted = (|| {
        disk::fill(&mut file, path, bytes)?;
        if let Some(old) = &old {
            disk::dress(&file, path, old)?;
        }
        if kept { disk::sync(&file, path) } else { Ok(()) }
    })();
    drop(file);
    // The file is read again as late as can be: between here and the move there is no more work.
    let moved = drafted
        .map_err(told)
        .and_then(|()| unchanged(path, before))
        .and_then(|()| disk::rename(&draft, path).map_err(told));
    if moved.is_err() {
        // Nobody needs the draft; where it cannot be removed, one file too many is left.
        let _ = disk::remove(&draft);
    } else if kept {
        disk::sync_folder(folder);
    }
    moved
}

/// Whether what was read is still there.
fn unchanged(path: &Path, before: Before<'_>) -> Result<(), String> {
    match before {
        Before::Nothing if path.symlink_metadata().is_ok() => Err(CHANGED.to_owned()),
        Before::Any | Before::Unread | Before::Nothing => Ok(()),
        Before::Bytes(bytes) => match disk::read(path, bytes.len()) {
            Ok(now) if now == bytes => Ok(()),
            Ok(_) => Err(CHANGED.to_owned()),
            Err(error) => Err(reason(&error)),
        },
    }
}

/// A new empty file in a folder. Its name is short, whatever the name of the file that it is for.
fn draft(folder: &Path) -> io::Result<(PathBuf, disk::File)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut last = io::ErrorKind::AlreadyExists.into();
    for _ in 0..TRIES {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".sigmata-{}-{count}.part", std::process::id()));
        match disk::create(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
