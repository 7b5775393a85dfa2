//! Which values of an event a path reaches.
//!
//! Every step but an array's own takes an array for each of its elements, however deeply they nest.
//! What a walk costs is bounded by the event and the path: a member is looked up, or an object's keys are looked at
//! once, per value and step.

use std::borrow::Borrow as _;

use super::tree::{Kind, Tree};
use crate::schema::Step;

/// Calls `visit` with every value at the end of `steps`, arrays as they are, until it returns `true`; whether it did.
pub(super) fn walk<V: Tree + ?Sized>(value: &V, steps: &[Step], visit: &mut impl FnMut(&V) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(value);
    };
    match (step, value.kind()) {
        (Step::Each, _) => elements(value, &mut |element| walk(element, rest, visit)),
        (Step::Select { member, key }, _) => elements(value, &mut |element| {
            let named = |found: &V| found.text() == Some(key);
            member_of(element, member, &mut |found| leaves(found, &mut |leaf| named(leaf)))
                && walk(element, rest, visit)
        }),
        (_, Kind::Array) => value.elements().any(|element| walk(element, steps, visit)),
        (Step::Key(key), Kind::Object) => value.member(key).is_some_and(|value| walk(value, rest, visit)),
        (Step::First(members), Kind::Object) => {
            let mut present = members.iter().filter_map(|member| value.member(member));
            let null = present.clone().next();
            present.find(|value| !value.is_null()).or(null).is_some_and(|value| walk(value, rest, visit))
        }
        (Step::Json, Kind::Text(text)) => {
            V::decode(text).is_some_and(|value| walk(value.borrow(), rest, visit))
        }
        (Step::Dotted(name), Kind::Object) => dotted(value, name, &mut |value| walk(value, rest, visit)),
        _ => false,
    }
}

/// As [`walk`], but an array at the end is replaced by its elements, however deeply they nest.
pub(super) fn reach<V: Tree + ?Sized>(value: &V, steps: &[Step], visit: &mut impl FnMut(&V) -> bool) -> bool {
    walk(value, steps, &mut |value| leaves(value, visit))
}

/// The elements of a value as an array: a value that is not an array is an array of one, and null is the empty one.
pub(super) fn elements<V: Tree + ?Sized>(value: &V, visit: &mut impl FnMut(&V) -> bool) -> bool {
    match value.kind() {
        Kind::Array => value.elements().any(visit),
        Kind::Null => false,
        _ => visit(value),
    }
}

/// Every scalar in a value at any depth; keys are none.
pub(super) fn scalars<V: Tree + ?Sized>(value: &V, visit: &mut impl FnMut(&V) -> bool) -> bool {
    match value.kind() {
        Kind::Array => value.elements().any(|element| scalars(element, visit)),
        Kind::Object => value.members().any(|(_, value)| scalars(value, visit)),
        Kind::Null => false,
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => visit(value),
    }
}

fn leaves<V: Tree + ?Sized>(value: &V, visit: &mut impl FnMut(&V) -> bool) -> bool {
    match value.kind() {
        Kind::Array => value.elements().any(|element| leaves(element, visit)),
        _ => visit(value),
    }
}

fn member_of<V: Tree + ?Sized>(value: &V, key: &str, visit: &mut impl FnMut(&V) -> bool) -> bool {
    match value.kind() {
        Kind::Array => value.elements().any(|element| member_of(element, key, visit)),
        Kind::Object => value.member(key).is_some_and(visit),
        _ => false,
    }
}

/// Walks a dotted name: at each object the longest key of the event that fits wins.
fn dotted<V: Tree + ?Sized>(value: &V, name: &str, visit: &mut impl FnMut(&V) -> bool) -> bool {
    match value.kind() {
        Kind::Array => value.elements().any(|element| dotted(element, name, visit)),
        Kind::Object => match longest(value, name) {
            Some((found, None)) => visit(found),
            Some((found, Some(rest))) => dotted(found, rest, visit),
            None => false,
        },
        _ => false,
    }
}

/// The member whose key is the longest beginning of `name` that ends at a dot or at its end, and what follows the dot.
fn longest<'v, 'n, V: Tree + ?Sized>(object: &'v V, name: &'n str) -> Option<(&'v V, Option<&'n str>)> {
    if let Some(value) = object.member(name) {
        return Some((value, None));
    }
    if !name.contains('.') {
        return None;
    }
    object
        .members()
        .filter_map(|(key, value)| {
            let rest = name.strip_prefix(key)?.strip_prefix('.')?;
            Some((key.len(), value, rest))
        })
        .max_by_key(|(length, ..)| *length)
        .map(|(_, value, rest)| (value, Some(rest)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

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
