//! Which values of an event a path reaches.
//!
//! Every step but an array's own takes an array for each of its elements, however deeply they nest.
//! What a walk costs is bounded by the event and the path: a member is looked up, or an object's keys are looked at
//! once, per value and step.

use serde_json::{Map, Value};

use crate::schema::Step;

/// Calls `visit` with every value at the end of `steps`, arrays as they are, until it returns `true`; whether it did.
pub(super) fn walk(value: &Value, steps: &[Step], visit: &mut impl FnMut(&Value) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(value);
    };
    match (step, value) {
        (Step::Each, _) => elements(value, &mut |element| walk(element, rest, visit)),
        (Step::Select { member, key }, _) => elements(value, &mut |element| {
            let named = |found: &Value| text(found) == Some(key);
            member_of(element, member, &mut |found| leaves(found, &mut |leaf| named(leaf)))
                && walk(element, rest, visit)
        }),
        (_, Value::Array(elements)) => elements.iter().any(|element| walk(element, steps, visit)),
        (Step::Key(key), Value::Object(object)) => {
            object.get(&**key).is_some_and(|value| walk(value, rest, visit))
        }
        (Step::First(members), Value::Object(object)) => {
            let mut present = members.iter().filter_map(|member| object.get(&**member));
            let null = present.clone().next();
            present.find(|value| !value.is_null()).or(null).is_some_and(|value| walk(value, rest, visit))
        }
        (Step::Json, Value::String(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| walk(&value, rest, visit))
        }
        (Step::Dotted(name), Value::Object(_)) => dotted(value, name, &mut |value| walk(value, rest, visit)),
        _ => false,
    }
}

/// As [`walk`], but an array at the end is replaced by its elements, however deeply they nest.
pub(super) fn reach(value: &Value, steps: &[Step], visit: &mut impl FnMut(&Value) -> bool) -> bool {
    walk(value, steps, &mut |value| leaves(value, visit))
}

/// The elements of a value as an array: a value that is no array is an array of one, and null is the empty one.
pub(super) fn elements(value: &Value, visit: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(visit),
        Value::Null => false,
        other => visit(other),
    }
}

/// Every scalar in a value at any depth; keys are none.
pub(super) fn scalars(value: &Value, visit: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| scalars(element, visit)),
        Value::Object(object) => object.values().any(|value| scalars(value, visit)),
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => visit(value),
    }
}

/// The text of a scalar: a string's own, a number's as the event spells it, `true` and `false`.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.as_str()),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn leaves(value: &Value, visit: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| leaves(element, visit)),
        other => visit(other),
    }
}

fn member_of(value: &Value, key: &str, visit: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| member_of(element, key, visit)),
        Value::Object(object) => object.get(key).is_some_and(visit),
        _ => false,
    }
}

/// Walks a dotted name: at each object the longest key of the event that fits wins.
fn dotted(value: &Value, name: &str, visit: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| dotted(element, name, visit)),
        Value::Object(object) => match longest(object, name) {
            Some((found, None)) => visit(found),
            Some((found, Some(rest))) => dotted(found, rest, visit),
            None => false,
        },
        _ => false,
    }
}

/// The member whose key is the longest beginning of `name` that ends at a dot or at its end, and what follows the dot.
fn longest<'v, 'n>(object: &'v Map<String, Value>, name: &'n str) -> Option<(&'v Value, Option<&'n str>)> {
    if let Some(value) = object.get(name) {
        return Some((value, None));
    }
    if !name.contains('.') {
        return None;
    }
    object
        .iter()
        .filter_map(|(key, value)| {
            let rest = name.strip_prefix(key.as_str())?.strip_prefix('.')?;
            Some((key.len(), value, rest))
        })
        .max_by_key(|(length, ..)| *length)
        .map(|(_, value, rest)| (value, Some(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(steps: &[Step], event: &str) -> String {
        let event: Value = serde_json::from_str(event).unwrap();
        let mut found = Vec::new();
        reach(&event, steps, &mut |value| {
            found.push(value.to_string());
            false
        });
        found.join(" ")
    }

    fn keys(path: &str) -> Vec<Step> {
        path.split('/')
            .map(|part| match part.split_once('=') {
                Some((member, key)) => Step::Select { member: member.into(), key: key.into() },
                None if part == "[]" => Step::Each,
                None if part == "json" => Step::Json,
                None if part.contains('|') => Step::First(part.split('|').map(Into::into).collect()),
                None => Step::Key(part.into()),
            })
            .collect()
    }

    #[test]
    fn arrays_are_replaced_by_their_elements() {
        for (path, event, expected) in [
            ("a", r#"{"a":1}"#, "1"),
            ("a", r#"{"A":1}"#, ""),
            ("a", r#"{"a":[1,[2,[]],{"b":3},null]}"#, r#"1 2 {"b":3} null"#),
            ("a/b", r#"{"a":[{"b":1},[{"b":[2,3]}],{"c":4},5]}"#, "1 2 3"),
            ("a/[]", r#"{"a":[1,2]}"#, "1 2"),
            ("a/[]", r#"{"a":1}"#, "1"),
            ("a/[]", r#"{"a":null}"#, ""),
            ("a/[]", r"{}", ""),
            ("a/[]/b", r#"{"a":{"b":1}}"#, "1"),
            ("a/n=k/v", r#"{"a":[{"n":"j","v":1},{"n":"k","v":2},{"n":"K","v":3},{"v":4}]}"#, "2"),
            ("a/n=7/v", r#"{"a":{"n":7,"v":2}}"#, "2"),
            ("p|q", r#"{"q":2}"#, "2"),
            ("p|q", r#"{"p":null,"q":2}"#, "2"),
            ("p|q", r#"{"p":null}"#, "null"),
            ("p|q", r#"{"p":"","q":2}"#, r#""""#),
            ("a/json/b", r#"{"a":"{\"b\":[1,2]}"}"#, "1 2"),
            ("a/json", r#"{"a":["[1,2]","3","x"]}"#, "1 2 3"),
            ("a/json/b", r#"{"a":{"b":1}}"#, ""),
        ] {
            assert_eq!(reached(&keys(path), event), expected, "{path} {event}");
        }
    }

    #[test]
    fn the_longest_dotted_key_wins_at_each_object() {
        for (name, event, expected) in [
            ("a.b.c", r#"{"a":{"b":{"c":1}}}"#, "1"),
            ("a.b.c", r#"{"a.b.c":1,"a":{"b":{"c":2}}}"#, "1"),
            ("a.b.c", r#"{"a":{"b":{"c":2}},"a.b":{"c":1}}"#, "1"),
            ("a.b.c", r#"{"a":{"b.c":1,"b":{"c":2}}}"#, "1"),
            ("a.b.c", r#"{"a":{"b":{"c":2}},"a.b":{"d":1}}"#, ""),
            ("a.b", r#"{"a":[{"b":1},{"b":[2]}]}"#, "1 2"),
            ("a", r#"{"a":{"b":1}}"#, r#"{"b":1}"#),
            ("ab.c", r#"{"a":{"b.c":1}}"#, ""),
            ("a.", r#"{"a":{"":1}}"#, "1"),
            (".", r#"{"":{"":1}}"#, "1"),
        ] {
            assert_eq!(reached(&[Step::Dotted(name.into())], event), expected, "{name} {event}");
        }
    }

    #[test]
    fn a_long_dotted_name_costs_no_more_than_the_event() {
        let event: Map<String, Value> = (0..20_000).map(|n| (n.to_string(), Value::Null)).collect();
        let steps = [Step::Dotted("a.".repeat(200_000).into())];
        assert!(!walk(&Value::Object(event), &steps, &mut |_| true));
    }
}
