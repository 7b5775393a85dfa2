//! A folder that is kept in step with rules: queries of `sigmata compile` and what `sigmata export` makes.
//!
//! Before the first file is written the manifest says which files will be; after the last it says which are. So a run
//! that was broken off leaves each file old or new, and the next one completes it. A file that no build made is never
//! touched.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use super::check::plural;
use super::write::{Before, Writer};
use super::{Failure, Outcome, Output, disk, files};
use crate::export::{self, Artefact, Manifest};
use crate::source::MAX_FILE_BYTES;

/// The name of the manifest in the folder of the build.
const MANIFEST: &str = "sigmata-manifest.json";

/// The most files that are listed by name.
const MOST_LISTED: usize = 20;

/// Why nothing is written.
pub(super) const NOT_WHOLE: &str =
    "error: nothing is written, since a rule that cannot be read would count as gone\n";

/// A build: what a folder has and what it is to have.
#[derive(Clone, Copy)]
pub(super) struct Build<'b> {
    pub folder: &'b Path,
    /// The manifest of the build before.
    pub last: &'b Manifest,
    /// The manifest of this one.
    pub next: &'b Manifest,
    pub files: &'b [Artefact],
}

impl Build<'_> {
    /// How the folder differs from what the rules give.
    pub(super) fn compare(&self) -> Result<State, Failure> {
        let &Self { folder, last, next, files } = self;
        let mut state = State { manifest: next != last, ..State::default() };
        for file in files {
            match there(folder, &file.path)? {
                None => state.missing.push(file.path.clone()),
                Some(text) if text == file.text.as_bytes() => state.same += 1,
                Some(_) => state.differing.push(file.path.clone()),
            }
        }
        for (path, _) in next.stale() {
            if there(folder, path)?.is_some() {
                state.stale.push(path.to_owned());
            }
        }
        Ok(state)
    }

    /// Writes what differs, and the manifest before and after. Where a file cannot be written, the rest is written all the
    /// same, and the manifest stays one of a build that did not come to its end.
    pub(super) fn write(&self, prune: bool, output: &mut Output) -> Result<(State, Done), Failure> {
        let &Self { folder, last, files, .. } = self;
        let mut next = self.next.clone();
        let mut state = self.compare()?;
        for path in &state.differing {
            if !last.made(path) {
                let path = files::printed(&folder.join(path));
                return Err(Failure::Usage(format!(
                    "`{path}` is in the way, and no build made it; move it away"
                )));
            }
        }
        let mut done = Done::default();
        let new: HashSet<&str> = state.missing.iter().chain(&state.differing).map(String::as_str).collect();
        let changed = new.len();
        let gone = gone(folder, &next)?;
        if changed == 0 && (gone.is_empty() || !prune) && !state.manifest {
            return Ok((state, done));
        }
        let mut writer = Writer::below(folder)?;
        let announced = changed == 0 || manifest_is(folder, &last.begun(&next), output)?;
        if announced {
            for file in files {
                // Of two names that some system cannot tell apart one is refused, also where the other is as before.
                let path = Path::new(&file.path);
                if new.contains(&*file.path) {
                    writer.write(path, file.text.as_bytes(), Before::Any);
                } else {
                    writer.keep(path);
                }
            }
            for (path, state) in gone {
                let removed = match state {
                    Left::Gone => true,
                    Left::Ours if prune && writer.remove(Path::new(&path)) => {
                        done.removed.push(path.clone());
                        true
                    }
                    Left::Ours | Left::Changed => false,
                };
                if removed {
                    next.forget(&path);
                }
            }
        }
        let mut outcome = if announced { writer.tell(output) } else { Outcome::Broken };
        if outcome != Outcome::Clean {
            let written: HashSet<&Path> = writer.written().iter().map(AsRef::as_ref).collect();
            let is_written = |path: &String| written.contains(folder.join(path).as_path());
            state.missing.retain(is_written);
            state.differing.retain(is_written);
        }
        if outcome == Outcome::Clean && !manifest_is(folder, &next, output)? {
            outcome = Outcome::Broken;
        }
        done.outcome = Some(outcome);
        Ok((state, done))
    }

    /// What a run found and did, as text; `command` is what brings the folder up to date.
    /// With `prune`, what is left over is what somebody changed.
    pub(super) fn report(
        &self,
        command: &str,
        state: &State,
        removed: &[String],
        (check, prune): (bool, bool),
    ) -> String {
        let &Self { folder, next, .. } = self;
        let mut text = String::new();
        list(&mut text, if check { "missing" } else { "new" }, &state.missing);
        list(&mut text, if check { "not up to date" } else { "changed" }, &state.differing);
        list(&mut text, "removed", removed);
        let removed: HashSet<&String> = removed.iter().collect();
        let left_over: Vec<String> =
            state.stale.iter().filter(|path| !removed.contains(path)).cloned().collect();
        let why = match (check, prune) {
            (true, _) => "no rule gives it",
            (false, true) => "no rule gives it, and it was changed since the build; remove it yourself",
            (false, false) => "no rule gives it; --prune removes what nobody changed",
        };
        list(&mut text, why, &left_over);
        let retired: Vec<String> =
            next.retired().iter().map(|gone| format!("{} {} ({})", gone.kind, gone.id, gone.title)).collect();
        list(&mut text, "to be deleted in the SIEM", &retired);
        let place = files::printed(folder);
        let _ = match (check, state.in_step()) {
            (true, true) => writeln!(text, "{place} is up to date: {}", plural(state.same, "file")),
            (true, false) => writeln!(text, "{place} is not up to date; run `{command}` without `--check`"),
            (false, _) => writeln!(
                text,
                "{} below {place}, {} as before",
                format_args!("{} written", plural(state.missing.len() + state.differing.len(), "file")),
                state.same
            ),
        };
        text
    }
}

/// The manifest of the last build in a folder; an empty one where there was none. One for another environment is
/// refused.
pub(super) fn last(folder: &Path, environment: Option<&str>) -> Result<Manifest, Failure> {
    let (last, wanted) = (manifest(folder)?, environment.unwrap_or_default());
    if last.complete() && last.environment() != wanted {
        let named =
            |name: &str| if name.is_empty() { "no environment".to_owned() } else { format!("`{name}`") };
        let (was, is) = (named(last.environment()), named(wanted));
        return Err(Failure::Usage(format!("`{}` is a build for {was}, not for {is}", folder.display())));
    }
    Ok(last)
}

fn manifest(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(Manifest::default());
    }
    let bytes = files::read(&path, MAX_FILE_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    Manifest::read(&text)
        .map_err(|why| Failure::Io(format!("`{}`: {why}; move it away to begin anew", files::printed(&path))))
}

/// How a folder differs from what the rules give.
#[derive(Default)]
pub(super) struct State {
    /// Files that are not there.
    pub missing: Vec<String>,
    /// Files that are there with another text.
    pub differing: Vec<String>,
    /// Files that no rule gives any more.
    pub stale: Vec<String>,
    /// Files that are as they should be.
    same: usize,
    /// Whether the manifest is another.
    manifest: bool,
}

impl State {
    /// Whether there is nothing to do.
    pub fn in_step(&self) -> bool {
        self.missing.is_empty() && self.differing.is_empty() && self.stale.is_empty() && !self.manifest
    }
}

/// The text of a file of the build, if it is there.
fn there(folder: &Path, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    let path = folder.join(path);
    match disk::look_at(&path) {
        Ok(found) if found.is_file() => files::read(&path, MAX_FILE_BYTES).map(Some),
        Ok(_) => Err(Failure::Io(format!("`{}`: not a regular file", files::printed(&path)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io(&path, &error)),
    }
}

/// What a run did.
#[derive(Default)]
pub(super) struct Done {
    /// The files that were removed.
    pub removed: Vec<String>,
    /// Whether everything was done that was to be done.
    pub outcome: Option<Outcome>,
}

/// Writes the manifest, and says whether it did.
fn manifest_is(folder: &Path, manifest: &Manifest, output: &mut Output) -> Result<bool, Failure> {
    let mut writer = Writer::below(folder)?;
    writer.write(Path::new(MANIFEST), manifest.text().as_bytes(), Before::Any);
    Ok(writer.tell(output) == Outcome::Clean)
}

/// What is where a former build had a file that no rule gives any more.
enum Left {
    /// Nothing.
    Gone,
    /// What the build made.
    Ours,
    /// Something else.
    Changed,
}

/// The stale files.
fn gone(folder: &Path, next: &Manifest) -> Result<Vec<(String, Left)>, Failure> {
    let mut gone = Vec::new();
    for (path, hash) in next.stale() {
        let left = match there(folder, path)? {
            None => Left::Gone,
            Some(text) if export::hash(&String::from_utf8_lossy(&text)) == hash => Left::Ours,
            Some(_) => Left::Changed,
        };
        gone.push((path.to_owned(), left));
    }
    Ok(gone)
}

fn list(text: &mut String, what: &str, entries: &[String]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(text, "{what}:");
    for entry in entries.iter().take(MOST_LISTED) {
        let _ = writeln!(text, "  {entry}");
    }
    if entries.len() > MOST_LISTED {
        let _ = writeln!(text, "  and {} more", entries.len() - MOST_LISTED);
    }
}
