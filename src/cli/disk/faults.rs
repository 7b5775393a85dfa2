//! Steps that fail on purpose, below one folder of a test.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Step;

static PLANS: Mutex<Vec<Plan>> = Mutex::new(Vec::new());

struct Plan {
    folder: PathBuf,
    at: usize,
    onwards: bool,
    seen: usize,
    failed: Option<(Step, PathBuf)>,
}

/// Holds a plan until it is dropped.
pub(in crate::cli) struct Planned(PathBuf);

/// From now on the step number `at` below a folder fails, counted from 0; with `onwards` each one after it too, as when
/// the process is stopped there.
pub(in crate::cli) fn plan(folder: &Path, at: usize, onwards: bool) -> Planned {
    plans().push(Plan { folder: folder.to_owned(), at, onwards, seen: 0, failed: None });
    Planned(folder.to_owned())
}

impl Planned {
    /// The step that failed, if the run came to it.
    pub(in crate::cli) fn failed(&self) -> Option<(Step, PathBuf)> {
        plans().iter().find(|plan| plan.folder == self.0).and_then(|plan| plan.failed.clone())
    }
}

impl Drop for Planned {
    fn drop(&mut self) {
        plans().retain(|plan| plan.folder != self.0);
    }
}

fn plans() -> MutexGuard<'static, Vec<Plan>> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a step, and fails it where that is planned.
pub(in crate::cli) fn step(step: Step, path: &Path) -> io::Result<()> {
    let mut plans = plans();
    let Some(plan) = plans.iter_mut().find(|plan| path.starts_with(&plan.folder)) else { return Ok(()) };
    let at = plan.seen;
    plan.seen += 1;
    if at == plan.at || plan.onwards && at > plan.at {
        plan.failed.get_or_insert_with(|| (step, path.to_owned()));
        return Err(io::Error::other("a fault on purpose"));
    }
    Ok(())
}
