//! The project's own JSON: what every command prints for programs. `grammar/*.schema.json` is its contract.
//!
//! A document is one object with its version and one list under a name; JSON lines are objects with the version in each.

use serde_json::{Map, Value, json};

use super::Finding;
use crate::diagnostic::{Safety, Severity};
use crate::source::{SourceFile, Span};

/// The version of every JSON form. Members may be added within a version; it changes when one goes or means something
/// else.
pub const VERSION: u64 = 1;

/// A document with one list: `{"version": 1, "findings": [...]}`.
pub fn document(key: &str, list: Vec<Value>) -> Value {
    let mut members = Map::from_iter([version()]);
    members.insert(key.to_owned(), Value::Array(list));
    Value::Object(members)
}

/// An object as a line of its own among others: the version, then its members. What is not an object stays as it is.
pub fn line(object: Value) -> Value {
    match object {
        Value::Object(members) => Value::Object([version()].into_iter().chain(members).collect()),
        other => other,
    }
}

fn version() -> (String, Value) {
    ("version".to_owned(), VERSION.into())
}

/// One finding as a JSON object. Lines and columns count from 1, columns in characters, offsets in bytes; `end` is
/// exclusive.
pub fn object(finding: Finding<'_>) -> Value {
    let Finding { source, diagnostic, .. } = finding;
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

pub(super) fn whole(findings: &[Finding<'_>]) -> String {
    let all: Vec<Value> = findings.iter().map(|finding| object(*finding)).collect();
    format!("{:#}\n", document("findings", all))
}

pub(super) fn lines(findings: &[Finding<'_>]) -> String {
    findings.iter().flat_map(|finding| [line(object(*finding)).to_string(), "\n".into()]).collect()
}

/// The words of SARIF and GitHub for a severity.
pub(super) const fn level(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "error"),
        Severity::Warning => ("warning", "warning"),
        Severity::Info => ("note", "notice"),
    }
}
