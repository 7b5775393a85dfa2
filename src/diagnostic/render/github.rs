//! GitHub workflow commands, which become annotations of a pull request.

use std::fmt::Write as _;

use super::json::level;
use super::{Finding, visible};

pub(super) fn render(findings: &[Finding<'_>]) -> String {
    let mut out = String::new();
    for Finding { source, diagnostic, .. } in findings {
        let start = source.position(diagnostic.span.start);
        let end = source.position(diagnostic.span.end);
        let mut message = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            let _ = write!(message, "\n{help}");
        }
        let _ = write!(
            out,
            "::{} file={},line={},endLine={}",
            level(diagnostic.severity).1,
            property(source.name()),
            start.line,
            end.line
        );
        // GitHub wants columns only where the annotation stays within a line.
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
        let _ = writeln!(
            out,
            ",title={}::{}",
            property(&format!("{} {}", diagnostic.code.id, diagnostic.code.name)),
            data(&message)
        );
    }
    out.push_str(&log(findings));
    out
}

/// The findings for those who read the log. GitHub shows ten annotations of a kind alone, and without the source. No line of
/// it is a command, whatever is in a rule.
fn log(findings: &[Finding<'_>]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let text: String = findings.iter().map(|finding| super::text(*finding, false) + "\n").collect();
    let token = format!("sigmata-{}", super::fingerprint([text.as_str()]));
    format!("::group::findings\n::stop-commands::{token}\n{text}::{token}::\n::endgroup::\n")
}

/// What follows a command: `%` and ends of lines are encoded.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.replace('%', "%25").split('\n').map(visible).collect();
    lines.join("%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
