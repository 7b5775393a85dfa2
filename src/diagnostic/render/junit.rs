//! JUnit XML: one test case per file that was read, failed when the file has an error.

use std::fmt::Write as _;

use super::Finding;
use crate::diagnostic::Severity;
use crate::source::markup::escape;
use crate::source::visible::{self, visible};

/// One test case of a suite.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// What it belongs to, such as a file.
    pub class: String,
    /// Its name.
    pub name: String,
    /// Why it failed: a code, a clause and the whole, for each failure.
    pub failures: Vec<(&'static str, String, String)>,
    /// What else there is to say.
    pub said: Vec<String>,
}

impl TestCase {
    /// A test case that fails with each of these findings.
    pub fn new<'f>(
        class: impl Into<String>,
        name: impl Into<String>,
        findings: impl IntoIterator<Item = Finding<'f>>,
    ) -> Self {
        let failure = |finding: Finding<'f>| {
            (finding.diagnostic.code.id, finding.diagnostic.message.clone(), super::text(finding, false))
        };
        let failures = findings.into_iter().map(failure).collect();
        Self { class: class.into(), name: name.into(), failures, said: Vec::new() }
    }
}

/// One test case for each file, which fails where the file has an error.
pub fn cases(findings: &[Finding<'_>], files: &[&str]) -> Vec<TestCase> {
    let mut by_file: rustc_hash::FxHashMap<&str, Vec<&Finding<'_>>> = rustc_hash::FxHashMap::default();
    for finding in findings {
        by_file.entry(finding.source.name()).or_default().push(finding);
    }
    let case = |file: &&str| {
        let (mut failures, mut said) = (Vec::new(), Vec::new());
        for finding in by_file.get(*file).into_iter().flatten() {
            let whole = line(finding);
            let diagnostic = finding.diagnostic;
            if diagnostic.severity == Severity::Error {
                failures.push((diagnostic.code.id, diagnostic.message.clone(), whole));
            } else {
                said.push(whole);
            }
        }
        TestCase { class: "sigmata".to_owned(), name: (*file).to_owned(), failures, said }
    };
    files.iter().map(case).collect()
}

/// A finding as a line, with its help.
pub(super) fn line(Finding { source, diagnostic, .. }: &Finding<'_>) -> String {
    let place = source.position(diagnostic.span.start);
    let mut line = format!(
        "{}:{}:{}: {}[{}] {}",
        source.name(),
        place.line,
        place.column,
        diagnostic.severity.name(),
        diagnostic.code.id,
        diagnostic.message
    );
    if let Some(help) = &diagnostic.help {
        let _ = write!(line, "\n{help}");
    }
    line
}

/// A document with one suite.
pub fn suite(name: &str, cases: &[TestCase]) -> String {
    let failures = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let counts = format!("tests=\"{}\" failures=\"{failures}\"", cases.len());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites {counts}>\n  <testsuite name=\"{}\" {counts}>", escape(name));
    for case in cases {
        let (class, name) = (escape(&visible(&case.class)), escape(&visible(&case.name)));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\"");
        let mut body = String::new();
        for (code, message, whole) in &case.failures {
            let message = escape(&visible(message));
            let _ = writeln!(
                body,
                "      <failure type=\"{code}\" message=\"{message}\">{}</failure>",
                escape(whole)
            );
        }
        if !case.said.is_empty() {
            let _ = writeln!(body, "      <system-out>{}</system-out>", escape(&case.said.join("\n")));
        }
        if body.is_empty() {
            out.push_str("/>\n");
        } else {
            let _ = write!(out, ">\n{body}    </testcase>\n");
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    visible::lines(&out).into_owned()
}
