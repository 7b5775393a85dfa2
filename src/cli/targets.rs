//! The targets that a run was asked for.

use super::target_names::meant;
use super::{Failure, Session};
use crate::backend::{self, Backend};

/// The targets by name; those of the settings, or the usual ones, where none is named.
pub(super) fn wanted(named: &[String], session: &Session) -> Result<Vec<&'static dyn Backend>, Failure> {
    let wanted = if named.is_empty() { session.run.config.texts("targets") } else { named };
    if wanted.is_empty() {
        return Ok(backend::defaults());
    }
    let mut found: Vec<&'static dyn Backend> = Vec::new();
    for name in wanted {
        let target = backend::find(name.trim()).ok_or_else(|| unknown(name))?;
        if !found.iter().any(|known| known.name() == target.name()) {
            found.push(target);
        }
    }
    Ok(found)
}

/// The names of every target.
pub(super) fn names() -> Vec<&'static str> {
    backend::all().iter().map(|target| target.name()).collect()
}

/// The names of those that are compiled to where none is named.
pub(super) fn defaults() -> impl Iterator<Item = &'static str> {
    backend::defaults().into_iter().map(Backend::name)
}

fn unknown(name: &str) -> Failure {
    let help = match meant(name.trim()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the targets are {}", names().join(", ")),
    };
    Failure::Usage(format!("no target `{name}`; {help}"))
}
