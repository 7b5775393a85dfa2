//! YAML values as JSON.

use serde_json::{Map, Value};

use crate::yaml::{NodeId, NodeKind, Scalar, Tree};

/// The JSON value of a node; `None` where something in it could not be read, which has been reported.
///
/// A plain scalar is a number, a boolean or null only where JSON (or `~`, or nothing at all) spells it so, and numbers
/// keep their spelling, so that no digit is lost. Everything else is text: `0777`, `0x1F`, `NO`, `2026-01-02`, `1_000`.
/// The depth and size are those of the tree, which its reader bounds.
pub(super) fn value(tree: &Tree<'_>, id: NodeId) -> Option<Value> {
    match &tree.node(id).kind {
        NodeKind::Hole => None,
        NodeKind::Scalar(scalar) => Some(self::scalar(scalar)),
        NodeKind::List(items) => {
            items.iter().map(|&item| value(tree, item)).collect::<Option<_>>().map(Value::Array)
        }
        NodeKind::Map(entries) => entries
            .iter()
            .map(|&entry| Some((tree.key(entry).to_owned(), value(tree, entry.value)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
    }
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    if scalar.is_null() {
        return Value::Null;
    }
    let text = &*scalar.text;
    if scalar.is_quoted() {
        return Value::String(text.to_owned());
    }
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            serde_json::from_str::<serde_json::Number>(text)
                .map_or_else(|_| Value::String(text.to_owned()), Value::Number)
        }
        _ => Value::String(text.to_owned()),
    }
}
