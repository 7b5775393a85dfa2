//! What an attacker can do with the limits of a product: Splunk's automatic extraction ends after 5,000 bytes of an
//! event by default, and blanks in a document cost nothing.

use serde_json::Value;
use sigmata::backend::{Backend, Options, spl::Spl};
use sigmata::eval::Event;

use super::judge::admits;
use super::rules;
use super::spl::Engine;

/// Where the extraction ends (`limits.conf`, `[spath] extraction_cutoff`).
const CUTOFF: usize = 5_000;

/// The events that hold more blanks than the extraction reads, in one document each.
fn padded(event: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut pointers = Vec::new();
    documents(event, "", &mut pointers);
    for pointer in pointers {
        let mut event = event.clone();
        if let Some(Value::String(text)) = event.pointer_mut(&pointer) {
            text.insert_str(1, &" ".repeat(CUTOFF));
            found.push(event);
        }
    }
    found
}

fn documents(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                documents(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                documents(value, &format!("{pointer}/{at}"), found);
            }
        }
        Value::String(text) if serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()) => {
            found.push(pointer.to_owned());
        }
        _ => {}
    }
}

#[test]
fn blanks_in_a_document_hide_nothing_from_splunk() {
    let (mut judged, mut hidden) = (0, Vec::new());
    for rule in rules::library() {
        let compiled = Spl.compile(&rule.document, &rule.typed, &Options::default());
        let Some(query) = &compiled.query else { continue };
        let parsed = super::spl::parse::queries(query).expect("a query");
        let delivery = rule.schema().delivery(sigmata::schema::Platform::Splunk);
        let engine = Engine {
            sourcetype: delivery.map(|delivery| delivery.name.clone()).unwrap_or_default(),
            cutoff: Some(CUTOFF),
            null_text: true,
            ..Engine::default()
        };
        for event in rule.events.iter().filter(|event| rule.matcher.matches(&Event::new((*event).clone()))) {
            for event in padded(event) {
                if !rule.matcher.matches(&Event::new(event.clone())) {
                    continue;
                }
                let rows = delivery
                    .map_or_else(|| Some(vec![event.clone()]), |found| super::rows::records(found, &event));
                let Some(rows) = rows else { continue };
                judged += 1;
                let selected = rows
                    .iter()
                    .map(|row| engine.extract(row))
                    .any(|row| parsed.iter().any(|query| engine.run(query, &row).expect("an outcome")));
                if !selected && !admits(&compiled, false) {
                    hidden.push(format!("{}\n{query}", rule.name));
                }
            }
        }
    }
    assert!(hidden.is_empty(), "{} of {judged} hidden:\n{}", hidden.len(), hidden.join("\n\n"));
    assert!(judged > 10, "{judged} events");
}
