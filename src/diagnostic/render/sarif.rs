//! SARIF 2.1.0, within the limits that GitHub's code scanning sets.

use serde_json::{Value, json};

use super::json::level;
use super::{Finding, fingerprints};
use crate::diagnostic::Code;

/// GitHub refuses a run with more results.
const MOST_RESULTS: usize = 25_000;

pub(super) fn render(findings: &[Finding<'_>], codes: &[&'static Code]) -> String {
    let mut used: Vec<&Code> = Vec::new();
    for code in codes {
        if findings.iter().any(|finding| finding.diagnostic.code == *code) {
            used.push(code);
        }
    }
    let rules: Vec<Value> = used
        .iter()
        .map(|code| {
            let summary = code.page.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or(code.name);
            json!({
                "id": code.id,
                "name": code.name,
                "shortDescription": {"text": summary},
                "help": {"text": code.page, "markdown": code.page},
                "defaultConfiguration": {"level": level(code.severity).0},
            })
        })
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .zip(fingerprints(findings))
        .take(MOST_RESULTS)
        .map(|(Finding { source, diagnostic, .. }, fingerprint)| {
            let (start, end) = (source.position(diagnostic.span.start), source.position(diagnostic.span.end));
            let mut message = diagnostic.message.clone();
            if let Some(help) = &diagnostic.help {
                message.push('\n');
                message.push_str(help);
            }
            json!({
                "ruleId": diagnostic.code.id,
                "ruleIndex": used.iter().position(|code| *code == diagnostic.code),
                "level": level(diagnostic.severity).0,
                "message": {"text": message},
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": {"uri": uri(source.name())},
                        "region": {
                            "startLine": start.line,
                            "startColumn": start.column,
                            "endLine": end.line,
                            "endColumn": end.column,
                            "byteOffset": diagnostic.span.start,
                            "byteLength": diagnostic.span.len(),
                        },
                    },
                }],
                "partialFingerprints": {"primaryLocationLineHash": fingerprint},
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "sigmata", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A relative URI reference for a path; what a URI cannot hold is percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
