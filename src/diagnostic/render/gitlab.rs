//! GitLab's code quality report.

use serde_json::{Value, json};

use super::{Finding, Spoken, fingerprints};
use crate::diagnostic::Severity;

pub(super) fn render(findings: &[Finding<'_>], spoken: Spoken<'_>) -> String {
    let all: Vec<Value> = findings
        .iter()
        .zip(fingerprints(findings, spoken))
        .map(|(Finding { source, diagnostic, .. }, fingerprint)| {
            let severity = match diagnostic.severity {
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Info => "info",
            };
            let (start, end) = (source.position(diagnostic.span.start), source.position(diagnostic.span.end));
            let help = diagnostic.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
            json!({
                "description": format!("{}{help}", diagnostic.message),
                "check_name": format!("{} {}", diagnostic.code.id, diagnostic.code.name),
                "fingerprint": fingerprint,
                "severity": severity,
                "location": {
                    "path": source.name(),
                    "lines": {"begin": start.line, "end": end.line},
                },
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(all))
}
