//! The events beside the rules are records as the provider writes them: they fit the schema of their log.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sigmata::eval::{Event, RecordFormats};
use sigmata::rule::LogSource;
use sigmata::schema::LogMatch;
use sigmata::source::{Span, Spanned};

#[test]
fn the_events_fit_the_schema_of_their_log() {
    let registry = super::lists::registry();
    let mut wrong = Vec::new();
    let read = |file: &String| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        serde_yaml::from_str(&std::fs::read_to_string(path).expect("a rule")).expect("YAML")
    };
    let rules: BTreeMap<String, Value> =
        super::rules().into_iter().map(|file| (file.clone(), read(&file))).collect();
    let named = |name: &Value| rules.values().find(|rule| rule["name"] == *name);
    for (file, rule) in &rules {
        // The events of a correlation are those of its rules, which are all of one log.
        let first = rule["correlation"]["rules"].as_array().and_then(|names| named(names.first()?));
        let log = &first.unwrap_or(rule)["logsource"];
        let part = |key: &str| {
            let text = log[key].as_str()?;
            Some(Spanned::new(text.to_owned(), Span::default()))
        };
        let source = LogSource { product: part("product"), service: part("service"), ..LogSource::default() };
        let LogMatch::Schema(schema) = registry.find(&source) else {
            wrong.push(format!("{file}: its log has no schema"));
            continue;
        };
        let shapes = RecordFormats::of(&schema);
        for (list, entries) in super::tests_of(file) {
            for entry in entries {
                let list_of =
                    |key: &str| entry.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
                let steps = list_of("sequence").into_iter().filter_map(|step| step.get("event").cloned());
                for event in entry.get("event").cloned().into_iter().chain(list_of("events")).chain(steps) {
                    let event = Event::new(event);
                    let event = shapes.canonical(&event).unwrap_or(event);
                    for found in schema.validate(event.value()) {
                        wrong.push(format!(
                            "{file} {list} {}: {}: {}",
                            entry["name"], found.path, found.message
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} misfits:\n{}", wrong.len(), wrong.join("\n"));
}
