//! How exports write texts: the one module that names `serde_yaml`, `sha1`, `sha2` and `uuid` here.

use serde_json::{Map, Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::yaml::hazard;

/// The name space of the identifiers of deployed objects; a random one, fixed for good.
const SPACE: Uuid = Uuid::from_u128(0x8d1f_4c52_6f0b_4b7e_9a53_2c0e_71d4_a6b9);

/// The identifier of what one rule is in one kind and environment.
pub fn object_id(rule: &str, kind: &str, environment: &str) -> String {
    // A line end is in none of the three.
    let name = format!("{rule}\n{kind}\n{environment}");
    let digest = Sha1::new().chain_update(SPACE.as_bytes()).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, digit)| *byte = digit);
    Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

/// The version of the resource provider. Its rules have techniques without their parts.
const API: &str = "2023-02-01";

/// Whether a text is an identifier that objects can be made of.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// A value as YAML, with the order of its members. A text that some reader takes for something else is between quotes.
pub fn yaml(value: &Value) -> String {
    // The writer knows YAML 1.2 alone: what it would leave plain goes through it between marks, which become quotes.
    let whole = value.to_string();
    let mark = ('\u{e000}'..='\u{f8ff}').find(|mark| !whole.contains(*mark)).unwrap_or('\u{e000}');
    let text = serde_yaml::to_string(&in_yaml(value, mark)).unwrap_or_default();
    text.replace(mark, "'")
}

/// The same value in YAML, with marks around texts that are to be quoted. A number goes over by its text, because JSON's
/// numbers here are exact decimals.
fn in_yaml(value: &Value, mark: char) -> serde_yaml::Value {
    let text = |text: &str| match text {
        "" => text.into(),
        _ if hazard::is_no_text(text) => format!("{mark}{text}{mark}").into(),
        _ => text.into(),
    };
    match value {
        Value::Null => serde_yaml::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::String(value) => text(value),
        Value::Number(number) => {
            let digits = number.to_string();
            let whole = digits.parse::<i64>().map(serde_yaml::Value::from);
            whole
                .or_else(|_| digits.parse::<u64>().map(serde_yaml::Value::from))
                .or_else(|_| digits.parse::<f64>().map(serde_yaml::Value::from))
                .unwrap_or_else(|_| digits.as_str().into())
        }
        Value::Array(elements) => {
            serde_yaml::Value::Sequence(elements.iter().map(|element| in_yaml(element, mark)).collect())
        }
        Value::Object(members) => serde_yaml::Value::Mapping(
            members.iter().map(|(key, value)| (text(key), in_yaml(value, mark))).collect(),
        ),
    }
}

/// A value as JSON, indented, with a line end.
pub fn json(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A value in an ARM template: a text between `[` and `]` would be an expression there. One that only begins with `[` is
/// none, and would keep a second `[` ("Syntax and expressions in ARM templates", Escape characters).
pub fn arm(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::String(format!("[{text}"))
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(arm).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, arm(value))).collect())
        }
        other => other,
    }
}

/// An ARM template with one resource of Sentinel.
pub fn template(id: &str, kind: Option<&str>, resource: &str, properties: Value) -> Value {
    let provider = "Microsoft.OperationalInsights/workspaces/providers";
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [object([
            ("id", Some(json!(format!("[concat(resourceId('{provider}', parameters('workspace'), 'Microsoft.SecurityInsights'), '/{resource}/{id}')]")))),
            ("name", Some(json!(format!("[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{id}')]")))),
            ("type", Some(json!(format!("{provider}/{resource}")))),
            ("kind", kind.map(|kind| json!(kind))),
            ("apiVersion", Some(json!(API))),
            ("properties", Some(properties)),
        ])],
    })
}

/// An object of the members that are there.
pub fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

/// A list that is not empty.
pub fn some_list<T: Into<Value>>(list: impl IntoIterator<Item = T>) -> Option<Value> {
    let list: Vec<Value> = list.into_iter().map(Into::into).collect();
    (!list.is_empty()).then_some(Value::Array(list))
}

/// The first characters of a text, cut at a word where something is lost.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let whole = cut.rsplit_once(char::is_whitespace).map_or(cut.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_depend_on_rule_kind_and_environment_alone() {
        let id = object_id("11111111-1111-4111-8111-111111111111", "sentinel", "");
        assert_eq!(id, object_id("11111111-1111-4111-8111-111111111111", "sentinel", ""));
        assert!(is_uuid(&id) && id.get(14..15) == Some("5"), "{id}");
        assert_ne!(id, object_id("11111111-1111-4111-8111-111111111111", "xdr", ""));
        assert_ne!(id, object_id("11111111-1111-4111-8111-111111111111", "sentinel", "prod"));
    }

    #[test]
    fn no_text_of_a_rule_is_an_expression_of_a_template() {
        let value = arm(json!({"a": "[parameters('x')]", "b": ["[x]", "y[z]"], "c": 1, "d": "[AWS] [x] y"}));
        assert_eq!(
            value,
            json!({"a": "[[parameters('x')]", "b": ["[[x]", "y[z]"], "c": 1, "d": "[AWS] [x] y"})
        );
    }

    #[test]
    fn the_hash_is_that_of_everybody() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_text_is_a_text_to_every_reader_of_yaml() {
        let value = json!({"a": "Yes", "on": ["no", "2026-01-02T03:04:05Z", "1:30", "true", "", "x", 1, true], "b": "\u{e000}"});
        let expected = "a: 'Yes'\n'on':\n- 'no'\n- '2026-01-02T03:04:05Z'\n- '1:30'\n- 'true'\n- ''\n- x\n- 1\n- true\n\
                        b: \u{e000}\n";
        assert_eq!(yaml(&value), expected);
    }

    #[test]
    fn long_texts_end_at_a_word() {
        assert_eq!(shortened("one two three", 8), "one…");
        assert_eq!(shortened("one two", 7), "one two");
    }
}
