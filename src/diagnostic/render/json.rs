//! The project's own JSON: what every command prints for programs. `grammar/*.schema.json` is its contract.
//!
//! A document is one object with its version and one list under a name; JSON lines are objects with the version in each.

use serde_json::{Map, Value};

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

/// A document with one list as its text, piece by piece, so that no more than one object is in memory; `members` follow
/// the list.
pub fn pieces(
    key: &str,
    objects: impl Iterator<Item = Value>,
    members: &Value,
) -> impl Iterator<Item = String> {
    let start = format!("{{\n  \"version\": {VERSION},\n  \"{key}\": [");
    let mut before = "\n    ";
    let mut objects = objects.map(move |object| {
        let text = format!("{before}{}", indented(&object, 4));
        before = ",\n    ";
        text
    });
    let first = objects.next();
    let mut end = if first.is_some() { "\n  ]" } else { "]" }.to_owned();
    for (key, member) in members.as_object().into_iter().flatten() {
        end.push_str(&format!(",\n  {}: {}", Value::from(key.as_str()), indented(member, 2)));
    }
    end.push_str("\n}\n");
    std::iter::once(start).chain(first).chain(objects).chain(std::iter::once(end))
}

/// A value as text over several lines. `Display` gives the same, a piece at a time, each of which it looks at anew.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| format!("{value:#}"))
}

/// A value as text in one line.
pub fn compact(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// The text of a value inside others, whose lines begin with so many blanks. No text of JSON holds the end of a line.
fn indented(value: &Value, blanks: usize) -> String {
    pretty(value).replace('\n', &format!("\n{:blanks$}", ""))
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

/// An object whose members are values already: `json!` would copy each of them.
pub fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, member)| (key.to_owned(), member)).collect())
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
            members([("message", label.message.as_str().into()), ("start", start), ("end", end)])
        })
        .collect();
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                let (start, end) = places(source, edit.span);
                members([("text", edit.text.as_str().into()), ("start", start), ("end", end)])
            })
            .collect();
        let safety = match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        };
        members([("safety", safety.into()), ("edits", edits.into())])
    });
    members([
        ("code", diagnostic.code.id.into()),
        ("name", diagnostic.code.name.into()),
        ("severity", diagnostic.severity.name().into()),
        ("message", diagnostic.message.as_str().into()),
        ("label", diagnostic.label.as_deref().into()),
        ("help", diagnostic.help.as_deref().into()),
        ("suggestions", diagnostic.suggestions.as_slice().into()),
        ("file", source.name().into()),
        ("start", start),
        ("end", end),
        ("labels", labels.into()),
        ("fix", fix.into()),
        ("url", Value::Null),
    ])
}

fn places(source: &SourceFile, span: Span) -> (Value, Value) {
    let place = |offset| {
        let place = source.position(offset);
        members([
            ("line", place.line.into()),
            ("column", place.column.into()),
            ("offset", place.offset.into()),
        ])
    };
    (place(span.start), place(span.end))
}

pub(super) fn whole(findings: &[Finding<'_>]) -> String {
    let all: Vec<Value> = findings.iter().map(|finding| object(*finding)).collect();
    pretty(&document("findings", all)) + "\n"
}

pub(super) fn lines(findings: &[Finding<'_>]) -> String {
    findings.iter().flat_map(|finding| [compact(&line(object(*finding))), "\n".into()]).collect()
}

/// The words of SARIF and GitHub for a severity.
pub(super) const fn level(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "error"),
        Severity::Warning => ("warning", "warning"),
        Severity::Info => ("note", "notice"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_pieces_of_a_document_are_the_document() {
        let members = json!({"found": [1, {}], "none": {}, "read": "a\nb"});
        for list in [
            vec![],
            vec![json!({"a": [1, {"b": []}]})],
            vec![json!({"a": "x\ny"}), json!({}), json!({"c": null})],
        ] {
            let mut whole = document("findings", list.clone());
            let all = whole.as_object_mut().expect("an object");
            all.extend(members.as_object().expect("an object").clone());
            let text: String = pieces("findings", list.into_iter(), &members).collect();
            assert_eq!(text, pretty(&whole) + "\n");
            assert_eq!(pretty(&whole), format!("{whole:#}"));
        }
    }
}
