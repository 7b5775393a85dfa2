//! How often there is which finding: for people, and as the Markdown of a job's summary.

use std::fmt::Write as _;

use super::{Finding, visible};
use crate::diagnostic::{Code, Safety, Severity};

/// The most findings that a job's summary lists.
const MOST_LISTED: usize = 50;

/// One line for each code that was found, the most frequent first.
pub fn statistics(findings: &[Finding<'_>]) -> String {
    let mut counts: Vec<(&Code, usize, usize)> = Vec::new();
    for Finding { diagnostic, .. } in findings {
        let safe = diagnostic.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
        match counts.iter_mut().find(|(code, ..)| *code == diagnostic.code) {
            Some((_, count, fixes)) => {
                *count += 1;
                *fixes += usize::from(safe);
            }
            None => counts.push((diagnostic.code, 1, usize::from(safe))),
        }
    }
    counts.sort_by_key(|(code, count, _)| (std::cmp::Reverse(*count), code.id));
    let mut out = String::new();
    for (code, count, fixes) in counts {
        let _ = write!(out, "{count:6}  {}  {}", code.id, code.name);
        if fixes > 0 {
            let _ = write!(out, " ({fixes} with a safe fix)");
        }
        out.push('\n');
    }
    out
}

/// A table of the findings in Markdown, for the summary of a job; `line` says what was looked at, empty for nothing.
pub fn markdown(title: &str, line: &str, findings: &[Finding<'_>]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.diagnostic.severity == severity).count();
    let mut out = format!(
        "### {title}\n\n{}| error | warning | info |\n|---|---|---|\n| {} | {} | {} |\n",
        if line.is_empty() { String::new() } else { format!("{}\n\n", cell(line)) },
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Info)
    );
    if findings.is_empty() {
        return out;
    }
    out.push_str("\n| place | finding | |\n|---|---|---|\n");
    let mut listed: Vec<&Finding<'_>> = findings.iter().collect();
    listed.sort_by_key(|finding| std::cmp::Reverse(finding.diagnostic.severity));
    for Finding { source, diagnostic, .. } in listed.iter().take(MOST_LISTED) {
        let _ = writeln!(
            out,
            "| {}:{} | {} {} | {} |",
            cell(source.name()),
            source.position(diagnostic.span.start).line,
            diagnostic.severity.name(),
            diagnostic.code.id,
            cell(&diagnostic.message)
        );
    }
    if listed.len() > MOST_LISTED {
        let _ = writeln!(out, "\nand {} more", listed.len() - MOST_LISTED);
    }
    out
}

/// Text that means nothing to Markdown but code between backticks.
fn cell(text: &str) -> String {
    visible(text).replace("\\|", "\\ |").replace('|', "\\|").replace('<', "&lt;").replace('[', "\\[")
}
