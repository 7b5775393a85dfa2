//! `sigmata schema`.

use super::args::ShowArgs;
use super::{Failure, Outcome, Output, Session};

pub(super) fn list(session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    for name in session.registry.names() {
        output.line(name);
    }
    Ok(Outcome::Clean)
}

pub(super) fn show(_args: &ShowArgs, _session: &Session, _output: &mut Output) -> Result<Outcome, Failure> {
    Ok(Outcome::Clean)
}
