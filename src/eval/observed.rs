//! What a predicate looked at, for people.

use std::fmt::Write as _;

use serde_json::Value;

use crate::source::Span;

/// The most values of a predicate's field that a verdict quotes.
pub const SEEN: usize = 5;
/// The most characters of a text that a verdict quotes.
const MAX_TEXT: usize = 200;

/// JSON of a value, for people.
pub(super) fn quoted(value: &Value) -> String {
    let cut = match value {
        Value::String(text) => text.char_indices().nth(MAX_TEXT).and_then(|(at, _)| text.get(..at)),
        _ => None,
    };
    let json = match (value, cut) {
        (_, Some(cut)) => Value::from(format!("{cut}…")).to_string(),
        (Value::Object(members), _) if !members.is_empty() => "{…}".to_owned(),
        (Value::Array(elements), _) if !elements.is_empty() => "[…]".to_owned(),
        (value, None) => value.to_string(),
    };
    // JSON leaves control characters above U+007E as they are, which a terminal would obey.
    let mut safe = String::with_capacity(json.len());
    for char in json.chars() {
        if char.is_control() {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(char));
        } else {
            safe.push(char);
        }
    }
    safe
}

/// What a predicate looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What is asked of the values.
    pub form: Form,
    /// The alternatives in the rule's source, where each has a place of its own.
    pub values: Vec<Span>,
    /// JSON of values that are reached, at most [`SEEN`]; one that decides comes first.
    /// Long texts are cut, and objects and arrays say no more than `{…}` and `[…]`.
    /// Of keywords only the scalar that satisfies them.
    pub seen: Vec<String>,
    /// How many values are reached.
    pub reached: usize,
    /// For a `fieldref` values of the other field, at most [`SEEN`].
    pub other: Vec<String>,
}

/// What a predicate asks of the values that it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// That some of them satisfies a test.
    Test,
    /// That there is none but null.
    Null,
    /// That the member is there.
    Exists,
}
