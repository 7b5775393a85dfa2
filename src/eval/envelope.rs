//! What providers and tools wrap events in.

use serde_json::{Map, Value};

/// The members that hold a list of events.
const LISTS: [&str; 4] = ["Records", "records", "items", "events"];

/// What stands beside a list of events in a provider's answer and never in an event.
const BOOKKEEPING: [&str; 26] = [
    "@odata.context",
    "@odata.count",
    "@odata.nextLink",
    "count",
    "cursor",
    "etag",
    "has_more",
    "hasMore",
    "kind",
    "license",
    "limit",
    "next",
    "next_token",
    "nextBackwardToken",
    "nextForwardToken",
    "nextPageToken",
    "nextToken",
    "NextToken",
    "offset",
    "page",
    "searchedLogStreams",
    "selfLink",
    "size",
    "source",
    "total",
    "total_count",
];

/// How many envelopes may lie in one another.
const MAX_DEPTH: usize = 4;

/// Takes the events out of a value: each an object, or why there is none.
///
/// `Records`, `records`, `items` and `events` are unwrapped where they hold nothing but objects and what stands beside
/// them cannot be part of an event: a Workspace activity has `events` of its own, beside its `id` and `actor`.
/// `AuditData` gives the record whose text it is, `{source, license, event}` the event.
/// An array counts as its elements.
pub(super) fn unwrap(value: Value, found: &mut Vec<Result<Value, String>>) {
    unwrap_within(value, MAX_DEPTH, found);
}

fn unwrap_within(value: Value, depth: usize, found: &mut Vec<Result<Value, String>>) {
    let mut object = match value {
        Value::Object(object) => object,
        Value::Array(elements) if depth > 0 => {
            for element in elements {
                unwrap_within(element, depth - 1, found);
            }
            return;
        }
        other => return found.push(event(other)),
    };
    if depth == 0 {
        return found.push(Ok(Value::Object(object)));
    }
    if let Some(list) = LISTS.iter().find(|list| is_envelope(&object, list)) {
        let inner = object.get_mut(*list).map(Value::take).unwrap_or_default();
        return unwrap_within(inner, depth - 1, found);
    }
    let text = |key: &str| object.get(key).is_some_and(Value::is_string);
    if text("source") && text("license") && object.get("event").is_some_and(Value::is_object) {
        let inner = object.get_mut("event").map(Value::take).unwrap_or_default();
        return unwrap_within(inner, depth - 1, found);
    }
    match object.get_mut("AuditData") {
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(inner)) => found.push(Ok(Value::Object(inner))),
            _ => found.push(Err("`AuditData` is not the text of a JSON object".to_owned())),
        },
        Some(inner @ Value::Object(_)) => found.push(Ok(inner.take())),
        _ => found.push(Ok(Value::Object(object))),
    }
}

fn is_envelope(object: &Map<String, Value>, list: &str) -> bool {
    let Some(Value::Array(elements)) = object.get(list) else { return false };
    let any_sibling = matches!(list, "Records" | "records") && !elements.is_empty();
    elements.iter().all(Value::is_object)
        && object.iter().filter(|(key, _)| *key != list).all(|(key, value)| {
            let plain = match value {
                Value::Object(inner) => inner.is_empty(),
                Value::Array(inner) => !inner.iter().any(Value::is_object) || key == "searchedLogStreams",
                _ => true,
            };
            plain && (any_sibling || BOOKKEEPING.contains(&key.as_str()))
        })
}

/// Takes the events that stand at a pointer: an object, an array of them, or either as JSON text.
pub(super) fn unwrap_at(mut value: Value, pointer: &str, found: &mut Vec<Result<Value, String>>) {
    let Some(inner) = value.pointer_mut(pointer) else {
        return found.push(Err(format!("there is nothing at `{pointer}`")));
    };
    match decoded(inner.take()) {
        Value::Array(elements) => {
            found.extend(elements.into_iter().map(|element| event(decoded(element))));
        }
        other => found.push(event(other)),
    }
}

fn decoded(value: Value) -> Value {
    match &value {
        Value::String(text) => serde_json::from_str(text).unwrap_or(value),
        _ => value,
    }
}

fn event(value: Value) -> Result<Value, String> {
    let kind = match &value {
        Value::Object(_) => return Ok(value),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
    };
    Err(format!("an event is a JSON object, not {kind}"))
}
