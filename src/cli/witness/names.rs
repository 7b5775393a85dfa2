//! What example events are called, and what a near miss changes.

use std::fmt;

use serde_json::Value;

use crate::solve::{self, Near, Witness};
use crate::time;

/// The longest value in a name, and the longest name, in characters.
const LONGEST_VALUE: usize = 48;
const LONGEST_NAME: usize = 110;

/// A member that two events have otherwise.
#[derive(Debug, PartialEq)]
pub(super) struct Change<'e> {
    path: String,
    was: Option<&'e Value>,
    is: Option<&'e Value>,
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.was, self.is) {
            (Some(was), Some(is)) => write!(f, "{}: {was} -> {is}", self.path),
            (None, Some(is)) => write!(f, "{}: {is} is there", self.path),
            (Some(was), None) => write!(f, "{}: {was} is gone", self.path),
            (None, None) => Ok(()),
        }
    }
}

/// What differs between two events, from the top.
pub(super) fn changes<'e>(old: &'e Value, new: &'e Value) -> Vec<Change<'e>> {
    let mut found = Vec::new();
    differ(String::new(), Some(old), Some(new), &mut found);
    found
}

/// What differs between two events but for when they happened.
pub(super) fn changes_but_time<'e>(old: &'e Value, new: &'e Value) -> Vec<Change<'e>> {
    let mut changes = changes(old, new);
    changes.retain(|change| !(change.was.is_some_and(is_time) && change.is.is_some_and(is_time)));
    changes
}

/// Whether two events differ in nothing but when they happened.
pub(super) fn same_but_time(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let same =
                |(name, value): (&String, &Value)| new.get(name).is_some_and(|new| same_but_time(value, new));
            old.len() == new.len() && old.iter().all(same)
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_but_time(old, new))
        }
        (old, new) => old == new || is_time(old) && is_time(new),
    }
}

fn is_time(value: &Value) -> bool {
    match value {
        Value::String(text) => time::parse(text).is_some(),
        Value::Number(number) => number.as_u64().is_some_and(|number| number >= solve::EXAMPLE_TIME),
        _ => false,
    }
}

fn differ<'e>(path: String, was: Option<&'e Value>, is: Option<&'e Value>, found: &mut Vec<Change<'e>>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (was, is) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            for (name, value) in old {
                differ(below(name), Some(value), new.get(name), found);
            }
            for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                differ(below(name), None, Some(value), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                differ(format!("{path}[{at}]"), Some(old), Some(new), found);
            }
        }
        (was, is) if was != is => found.push(Change { path, was, is }),
        _ => {}
    }
}

/// A name for each event that matches: the values of the rule in which it differs from the others, or the first ones of
/// an event that is alone.
pub(super) fn matches(found: &[Witness]) -> Vec<String> {
    let differs = |witness: &Witness, at: usize| {
        let own = witness.says.get(at);
        found.iter().any(|other| own.is_some_and(|own| !other.says.contains(own)))
    };
    let mut names: Vec<String> = Vec::new();
    for witness in found {
        let told = (0..witness.says.len()).filter(|at| found.len() == 1 || differs(witness, *at));
        let said = told.filter_map(|at| witness.says.get(at));
        let said: Vec<String> =
            said.filter_map(|(path, value)| Some(format!("{} is {}", path.name(), short(value)?))).collect();
        let mut name = String::new();
        for part in &said {
            if !name.is_empty() && name.chars().count() + part.chars().count() > LONGEST_NAME {
                break;
            }
            name += if name.is_empty() { "" } else { ", " };
            name += part;
        }
        if name.is_empty() {
            "all conditions hold".clone_into(&mut name);
        }
        let alike = names.iter().filter(|known| known.starts_with(&name)).count();
        names.push(if alike == 0 { name } else { format!("{name}, variant {}", alike + 1) });
    }
    names
}

/// A name for a near miss: the one value in which it differs, or what its label says.
pub(super) fn near(witness: &Witness, near: &Near) -> String {
    let changes = changes(witness.event.value(), near.event.value());
    // A record that names its event twice changes in two places, in the same way.
    let first = changes.first().map(|one| (one.was, one.is));
    let alike = changes.iter().all(|one| Some((one.was, one.is)) == first);
    let name =
        match changes.get(..if alike { 1.min(changes.len()) } else { changes.len() }).unwrap_or_default() {
            [Change { path, was: Some(was), is: Some(is) }] => {
                short(is).zip(short(was)).map(|(is, was)| format!("{path} is {is}, not {was}"))
            }
            [Change { path, was: None, is: Some(is) }] => short(is).map(|is| format!("{path} is {is}")),
            _ => None,
        };
    name.unwrap_or_else(|| near.label.replace('`', ""))
}

/// A scalar as a name shows it; `None` for what is long or no scalar.
fn short(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) | Value::Null => value.to_string(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    let plain = !text.is_empty() && !text.contains(char::is_control);
    (plain && text.chars().count() <= LONGEST_VALUE).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_by_member() {
        let old = json!({"a": 1, "b": {"c": "x", "d": [{"e": 1}]}});
        for (new, told) in [
            (json!({"a": 1, "b": {"c": "y", "d": [{"e": 1}]}}), "b.c: \"x\" -> \"y\""),
            (json!({"b": {"c": "x", "d": [{"e": 1}]}}), "a: 1 is gone"),
            (json!({"a": 1, "b": {"c": "x", "d": [{"e": 1, "f": true}]}}), "b.d[0].f: true is there"),
            (json!({"a": 1, "b": {"c": "x", "d": []}}), "b.d: [{\"e\":1}] -> []"),
        ] {
            let told_here: Vec<String> = changes(&old, &new).iter().map(ToString::to_string).collect();
            assert_eq!(told_here, [told]);
        }
        assert!(changes(&old, &old).is_empty());
    }
}
