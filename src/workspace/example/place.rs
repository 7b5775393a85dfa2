//! Values written into events.

use serde_json::{Map, Number, Value, json};

use crate::eval::Event;
use crate::ir::FieldUse;
use crate::ir::correlation::Transform;
use crate::schema::{Path, Step, Type};
use crate::solve::{EXAMPLE_TIME, another};

/// Writes the text of a value, as it is once it has been transformed, to a field; `None` where the field does not have
/// it afterwards.
pub(super) fn put(event: &mut Value, field: &FieldUse, transforms: &[Transform], text: &str) -> Option<()> {
    let written = transforms
        .iter()
        .rev()
        .fold(text.to_owned(), |text, Transform::RemovePrefix(prefix)| format!("{prefix}{text}"));
    let value = match &field.ty {
        Type::Integer | Type::Number => Value::Number(written.parse::<Number>().ok()?),
        Type::Boolean => Value::Bool(written.parse().ok()?),
        _ => Value::String(written),
    };
    set(event, &field.path.steps, &value);
    let found = Event::new(event.clone()).texts(&field.path, 2);
    let has = found.len() == 1 && found.iter().all(|own| Transform::all(transforms, own) == text);
    has.then_some(())
}

/// Writes a value where the steps lead, making what is not there; an array on the way has one element afterwards, or one
/// with the key that is chosen.
pub(super) fn set(at: &mut Value, steps: &[Step], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.clone();
        return;
    };
    match step {
        Step::Key(key) | Step::Dotted(key) => set(member(at, key), rest, value),
        Step::First(keys) => {
            let present = keys.iter().find(|key| at.get(&***key).is_some());
            if let Some(key) = present.or(keys.first()) {
                set(member(at, key), rest, value);
            }
        }
        Step::Each => {
            if let Value::Array(elements) = at {
                elements.truncate(1);
                if elements.is_empty() {
                    elements.push(Value::Null);
                }
                for element in elements {
                    set(element, rest, value);
                }
            } else {
                let mut element = Value::Null;
                set(&mut element, rest, value);
                *at = Value::Array(vec![element]);
            }
        }
        Step::Select { member: by, key } => {
            let is_it = |element: &Value| element.get(&**by).and_then(Value::as_str) == Some(key);
            let mut elements = match std::mem::take(at) {
                Value::Array(elements) => elements,
                _ => Vec::new(),
            };
            let found = elements.iter().position(is_it);
            let mut element = match found {
                Some(found) => elements.remove(found),
                None => json!({ &**by: &**key }),
            };
            elements.retain(|other| !is_it(other));
            set(&mut element, rest, value);
            elements.push(element);
            *at = Value::Array(elements);
        }
        Step::Json => {
            let mut inner = at.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            set(&mut inner, rest, value);
            *at = Value::String(inner.to_string());
        }
    }
}

fn member<'v>(at: &'v mut Value, key: &str) -> &'v mut Value {
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    match at {
        Value::Object(members) => members.entry(key).or_insert(Value::Null),
        other => other,
    }
}

/// A text of a type.
pub(super) const fn sample(ty: &Type) -> &'static str {
    match ty {
        Type::Integer | Type::Number => "1",
        Type::Boolean => "true",
        Type::Ip | Type::Endpoint => "192.0.2.7",
        _ => "example",
    }
}

/// Another text than this one of the same kind, by number; the text itself for 0.
pub(super) fn differ(text: &str, ty: &Type, number: usize) -> String {
    if number == 0 {
        return text.to_owned();
    }
    match ty {
        Type::Enum(known) => {
            let (mut others, mut seen) = (None, 0);
            known.visit(&mut |member| {
                seen += usize::from(member != text);
                if seen == number {
                    others = Some(member.to_owned());
                }
                seen < number
            });
            return others.unwrap_or_else(|| format!("{text}-{number}"));
        }
        Type::Boolean => return (text != "true").to_string(),
        Type::Integer | Type::Number => {
            let own: i64 = text.parse().unwrap_or_default();
            return own.saturating_add(i64::try_from(number).unwrap_or(i64::MAX)).to_string();
        }
        Type::Ip | Type::Endpoint => {
            return format!("198.51.{}.{}", 100 + number / 250, 1 + number % 250);
        }
        _ => {}
    }
    another(text, number)
}

/// Writes the time of an event: the text, or a number of seconds where the event has a number.
pub(super) fn stamp(event: &mut Value, path: &Path, text: &str, at: u64) {
    let plain = path.steps.iter().all(|step| matches!(step, Step::Key(_)));
    if !plain {
        return;
    }
    let own = path.steps.iter().try_fold(&*event, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        _ => None,
    });
    let value = match own {
        Some(Value::Number(own)) => {
            // Milliseconds where the event has them.
            let in_milliseconds = own.as_u64().is_some_and(|own| own > 100_000_000_000);
            json!(EXAMPLE_TIME.saturating_add(at).saturating_mul(if in_milliseconds { 1_000 } else { 1 }))
        }
        _ => Value::String(text.to_owned()),
    };
    set(event, &path.steps, &value);
}
