//! `--watch`: a run after each change of the files that it reads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Failure, Outcome, Output, files};

/// How long it takes at most until a change is seen.
const PAUSE: Duration = Duration::from_millis(250);

/// Runs once, and again after each change below the paths, until the output is closed or the process ended.
pub(super) fn run(
    paths: &[PathBuf],
    output: &mut Output,
    once: &mut dyn FnMut(&mut Output) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    if paths.iter().any(|path| path == Path::new(files::STDIN)) {
        return Err(Failure::Usage("standard input cannot be watched".into()));
    }
    loop {
        // What changes during the run is seen after it.
        let before = files::stamps(paths);
        match once(output) {
            Ok(_) => {}
            // A file may be half written just now.
            Err(failure) => output.failure(&failure),
        }
        output.line("-- watching for changes");
        if output.finish()? == Outcome::Broken {
            return Ok(Outcome::Broken);
        }
        let mut now = files::stamps(paths);
        while now == before {
            std::thread::sleep(PAUSE);
            now = files::stamps(paths);
        }
        let changed = now
            .iter()
            .find(|file| !before.contains(file))
            .or_else(|| before.iter().find(|file| !now.contains(file)));
        if let Some((path, ..)) = changed {
            output.line(&format!("\n-- {} changed", files::printed(path)));
        }
    }
}
