//! `sigmata explain`: the manual pages of the codes.

use super::{Failure, Output};
use crate::diagnostic::Code;
use crate::diagnostic::nearest::nearest;

/// Prints one page, or the list of codes.
pub(super) fn run(code: Option<&str>, output: &mut Output) -> Result<(), Failure> {
    let Some(wanted) = code else {
        for code in crate::codes() {
            output.line(&format!("{}  {:<8} {}", code.id, code.severity.name(), code.name));
        }
        return Ok(());
    };
    let found =
        crate::codes().into_iter().find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name == wanted);
    let Some(code) = found else {
        return Err(Failure::Usage(unknown(wanted)));
    };
    output.line(&format!("{} {} ({})\n", code.id, code.name, code.severity.name()));
    output.line(page(code).trim_end());
    Ok(())
}

/// The page with the space that the doc comments begin each line with taken away.
pub(super) fn page(code: &Code) -> String {
    code.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn unknown(wanted: &str) -> String {
    let codes = crate::codes();
    let near = nearest(wanted, codes.iter().flat_map(|code| [code.name, code.id]));
    match near.first() {
        Some(name) => format!("no code `{wanted}`; did you mean `{name}`?"),
        None => format!("no code `{wanted}`; `sigmata explain` lists all"),
    }
}
