//! JUnit XML: one test case per file that was read, failed when the file has an error.

use std::fmt::Write as _;

use super::Finding;
use crate::diagnostic::Severity;

pub(super) fn render(findings: &[Finding<'_>], files: &[&str]) -> String {
    let mut by_file: rustc_hash::FxHashMap<&str, Vec<&Finding<'_>>> = rustc_hash::FxHashMap::default();
    for finding in findings {
        by_file.entry(finding.source.name()).or_default().push(finding);
    }
    let failed = |file: &&&str| {
        by_file
            .get(**file)
            .is_some_and(|found| found.iter().any(|f| f.diagnostic.severity == Severity::Error))
    };
    let failures = files.iter().filter(failed).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{}\" failures=\"{failures}\">", files.len());
    let _ = writeln!(
        out,
        "  <testsuite name=\"sigmata check\" tests=\"{}\" failures=\"{failures}\">",
        files.len()
    );
    for file in files {
        let _ = write!(out, "    <testcase classname=\"sigmata\" name=\"{}\"", escape(file));
        let mut body = String::new();
        for Finding { source, diagnostic, .. } in by_file.get(file).into_iter().flatten() {
            let place = source.position(diagnostic.span.start);
            let line = format!(
                "{}:{}:{}: {}[{}] {}",
                source.name(),
                place.line,
                place.column,
                diagnostic.severity.name(),
                diagnostic.code.id,
                diagnostic.message
            );
            let tag = if diagnostic.severity == Severity::Error { "failure" } else { "system-out" };
            let attributes = if tag == "failure" {
                format!(" type=\"{}\" message=\"{}\"", diagnostic.code.id, escape(&diagnostic.message))
            } else {
                String::new()
            };
            let _ = writeln!(body, "      <{tag}{attributes}>{}</{tag}>", escape(&line));
        }
        if body.is_empty() {
            out.push_str("/>\n");
        } else {
            let _ = write!(out, ">\n{body}    </testcase>\n");
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// XML text; characters that XML 1.0 cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            char if char < ' ' || matches!(char, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}
