//! `sigmata schema json`: a JSON Schema for the rules of a log, by which editors complete names and values.

use serde_json::{Map, Value, json};

use super::enumerations::known;
use super::events::cases;
use super::find;
use crate::cli::args::JsonArgs;
use crate::cli::{Failure, Outcome, Output, Session};
use crate::schema::{Facts, Path, Registry, Row, Schema};

/// What holds for the rules of every log.
const RULE: &str = include_str!("../../../grammar/rule.schema.json");

/// Prints the schema of a log's rules.
pub(in crate::cli) fn json(
    args: &JsonArgs,
    session: &Session,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let registry = &session.run.registry;
    let schema = find(session, &args.name)?;
    let facts = match &args.event {
        Some(event) => cases(&schema, event)?.into_iter().map(|(_, facts)| facts).collect(),
        None => vec![Facts::default()],
    };
    output.json(&document(&schema, &facts, registry)?);
    Ok(Outcome::Clean)
}

/// The schema of every rule, with the fields of a log in the maps of selections. What it names is proposed, and nothing
/// else is refused: that is for the checker, which knows modifiers and other spellings.
fn document(schema: &Schema, cases: &[Facts], registry: &Registry) -> Result<Value, Failure> {
    let mut document: Value =
        serde_json::from_str(RULE).map_err(|error| Failure::Io(format!("the schema of rules: {error}")))?;
    let mut names = Map::new();
    let mut definitions = Map::new();
    for row in cases.iter().flat_map(|facts| schema.outline("", facts)) {
        if !definitions.contains_key(&row.name) {
            names.insert(
                row.name.clone(),
                json!({"$ref": format!("#/$defs/fields/$defs/{}", pointer(&row.name))}),
            );
            definitions.insert(row.name.clone(), field(&row));
        }
        for (key, doc) in &row.keys {
            let name = format!("{}.{key}", row.name);
            names.entry(name).or_insert_with(|| json!({"description": doc}));
        }
    }
    set(&mut document, "/title", json!(format!("Sigma rule about {}", schema.title)));
    if let Some((product, service)) = registry.written(&schema.name) {
        set(&mut document, "/properties/logsource/properties/product", proposed(&[product]));
        set(&mut document, "/properties/logsource/properties/service", proposed(&[service]));
    }
    let alert: Vec<String> = schema.alert.iter().map(Path::name).collect();
    let listed = definitions.keys().map(String::as_str).collect::<Vec<_>>();
    set(
        &mut document,
        "/properties/fields",
        json!({"type": "array", "default": alert, "items": proposed(&listed)}),
    );
    if let Some(Value::Object(items)) = document.pointer_mut("/$defs/items") {
        items.insert("properties".into(), Value::Object(names));
    }
    if let Some(Value::Object(defs)) = document.pointer_mut("/$defs") {
        // A field can be called `readOnly`, which is a word of JSON Schema beside `$defs` and not below it.
        defs.insert("fields".into(), json!({"$defs": definitions}));
    }
    Ok(document)
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
    }
}

/// These texts, and any other.
fn proposed(texts: &[&str]) -> Value {
    json!({"anyOf": [{"enum": texts}, {"type": "string"}]})
}

/// What may be under the name of a field.
fn field(row: &Row) -> Value {
    let about = if row.doc.is_empty() { row.ty.clone() } else { format!("{} ({})", row.doc, row.ty) };
    let mut values = Vec::new();
    if let Some(known) = row.known.as_ref().and_then(known) {
        known.visit(&mut |value| {
            values.push(value.to_owned());
            true
        });
    }
    let any = json!({"type": ["string", "number", "boolean", "null", "object", "array"]});
    if values.is_empty() {
        return json!({"description": about, "type": any.get("type")});
    }
    let value = json!({"enum": values});
    json!({
        "description": about,
        "anyOf": [value, {"type": "array", "items": {"anyOf": [value, {"type": ["string", "number", "boolean", "null", "object"]}]}}, any],
    })
}

/// A name as a part of a JSON pointer in a URI fragment.
fn pointer(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.replace('~', "~0").replace('/', "~1").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
