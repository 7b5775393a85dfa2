//! What objects of several platforms say of a rule.

use serde_json::{Value, json};

use super::job::Findings;
use super::{Subject, codes, text};
use crate::backend::Compiled;
use crate::diagnostic::Diagnostic;

/// The longest description that Sentinel takes; nobody writes a longer one for the others.
const MAX_DESCRIPTION: usize = 5_000;

/// The description, with what an analyst finds nowhere else in a SIEM.
pub(super) fn description(subject: &Subject<'_>, at: usize, findings: &mut Findings) -> String {
    let mut text = if subject.description.is_empty() {
        subject.named.title.clone()
    } else {
        subject.description.clone()
    };
    if !subject.false_positives.is_empty() {
        text.push_str("\n\nFalse positives:");
        for one in &subject.false_positives {
            text.push_str("\n- ");
            text.push_str(one);
        }
    }
    if text.chars().count() > MAX_DESCRIPTION {
        let message = format!("the description is cut to {MAX_DESCRIPTION} characters");
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    text::shortened(&text, MAX_DESCRIPTION)
}

/// The connectors that bring what a query reads, each with its tables.
pub(super) fn connectors(compiled: &Compiled) -> Value {
    let mut list: Vec<Value> = Vec::new();
    for read in &compiled.reads {
        for id in &read.connectors {
            let known = list.iter_mut().find(|entry| entry["connectorId"] == id.as_str());
            match known.and_then(|entry| entry["dataTypes"].as_array_mut()) {
                Some(types) if types.contains(&json!(read.place)) => {}
                Some(types) => types.push(json!(read.place)),
                None => list.push(json!({"connectorId": id, "dataTypes": [read.place]})),
            }
        }
    }
    Value::Array(list)
}
