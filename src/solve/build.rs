//! Writes what was decided as JSON.

use serde_json::{Map, Value};

use super::literal::{Content, Decided};
use crate::schema::{Path, Step};

/// The value in which everything is where it was decided to; `None` where two places are at odds.
pub(super) fn value(places: &[(Path, Content)]) -> Option<Value> {
    let mut root = Value::Object(Map::new());
    for (path, place) in places {
        let value = match place {
            Content::Absent => continue,
            Content::Value(value) => value.clone(),
            Content::Elements(elements) => array(elements)?,
        };
        put(&mut root, &path.steps, value)?;
    }
    Some(root)
}

/// An array of elements.
pub(super) fn array(elements: &[Decided]) -> Option<Value> {
    elements.iter().map(element).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// One element: an object, or a scalar where the places speak of the element itself.
fn element(decided: &Decided) -> Option<Value> {
    let itself = decided.places.iter().find(|(path, _)| path.steps.is_empty());
    match itself {
        Some((_, Content::Value(value))) => Some(value.clone()),
        _ => value(&decided.places),
    }
}

/// Puts a value at the end of the steps; `None` where something else is in the way.
pub(super) fn put(at: &mut Value, steps: &[Step], value: Value) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        match (&mut *at, value) {
            // What was put below it before stays.
            (Value::Object(old), Value::Object(new)) => old.extend(new),
            (old, value) => {
                if matches!(old, Value::Object(object) if object.is_empty()) || old.is_null() {
                    *old = value;
                } else if *old != value {
                    return None;
                }
            }
        }
        return Some(());
    };
    let empty = || Value::Object(Map::new());
    match step {
        Step::Key(key) => put(member(at, key)?, rest, value),
        Step::First(members) => put(member(at, members.first()?)?, rest, value),
        Step::Dotted(name) => {
            let mut here = at;
            for key in name.split('.') {
                here = member(here, key)?;
            }
            put(here, rest, value)
        }
        Step::Json => {
            let mut inner = match &*at {
                Value::String(text) => serde_json::from_str(text).ok()?,
                Value::Object(object) if object.is_empty() => empty(),
                _ => return None,
            };
            put(&mut inner, rest, value)?;
            *at = Value::String(inner.to_string());
            Some(())
        }
        Step::Each | Step::Select { .. } => {
            if !at.is_array() {
                if !matches!(at, Value::Object(object) if object.is_empty()) {
                    return None;
                }
                *at = Value::Array(vec![empty()]);
            }
            let element = at.as_array_mut()?.first_mut()?;
            if let Step::Select { member: name, key } = step {
                put(member(element, name)?, &[], Value::String(key.to_string()))?;
            }
            put(element, rest, value)
        }
    }
}

/// The member of an object, an empty object when it is new.
fn member<'v>(at: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    match at {
        Value::Object(object) => {
            Some(object.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new())))
        }
        Value::Array(elements) => member(elements.first_mut()?, key),
        _ => None,
    }
}
