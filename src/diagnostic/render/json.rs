//! The project's own JSON: the contract of `check --format json` and `jsonl`.

use serde_json::{Value, json};

use super::Finding;
use crate::diagnostic::{Safety, Severity};
use crate::source::{SourceFile, Span};

/// One finding as a JSON object. Lines and columns count from 1, columns in characters, offsets in bytes; `end` is
/// exclusive.
pub fn object(finding: Finding<'_>) -> Value {
    let Finding { source, diagnostic } = finding;
    let (start, end) = places(source, diagnostic.span);
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let (start, end) = places(source, label.span);
            json!({"message": label.message, "start": start, "end": end})
        })
        .collect();
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                let (start, end) = places(source, edit.span);
                json!({"text": edit.text, "start": start, "end": end})
            })
            .collect();
        let safety = match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        };
        json!({"safety": safety, "edits": edits})
    });
    json!({
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "suggestions": diagnostic.suggestions,
        "file": source.name(),
        "start": start,
        "end": end,
        "labels": labels,
        "fix": fix,
        "url": Value::Null,
    })
}

fn places(source: &SourceFile, span: Span) -> (Value, Value) {
    let place = |offset| {
        let place = source.position(offset);
        json!({"line": place.line, "column": place.column, "offset": place.offset})
    };
    (place(span.start), place(span.end))
}

pub(super) fn array(findings: &[Finding<'_>]) -> String {
    let all: Vec<Value> = findings.iter().map(|finding| object(*finding)).collect();
    format!("{:#}\n", Value::Array(all))
}

pub(super) fn lines(findings: &[Finding<'_>]) -> String {
    findings.iter().flat_map(|finding| [object(*finding).to_string(), "\n".into()]).collect()
}

/// The words of SARIF and GitHub for a severity.
pub(super) const fn level(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "error"),
        Severity::Warning => ("warning", "warning"),
        Severity::Info => ("note", "notice"),
    }
}
