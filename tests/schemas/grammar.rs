//! As much of JSON Schema as `grammar/log.schema.json` uses.

use serde_json::Value;

/// The places at which `value` does not fit the schema `root`.
pub fn misfits(root: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(root, root, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema") {
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "$defs" | "properties" | "additionalProperties" => {
            }
            "$ref" => {
                let pointer =
                    rule.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                check(root, root.pointer(pointer).expect("a definition"), value, at, found);
            }
            "type" => {
                let one = |name: &Value| match name.as_str() {
                    Some("object") => value.is_object(),
                    Some("array") => value.is_array(),
                    Some("string") => value.is_string(),
                    Some("boolean") => value.is_boolean(),
                    Some("integer") => value.is_i64() || value.is_u64(),
                    other => panic!("type {other:?}"),
                };
                let fits = rule.as_array().map_or_else(|| one(rule), |types| types.iter().any(one));
                if !fits {
                    found.push(format!("{at}: no {rule}"));
                }
            }
            "anyOf" => {
                let mut least: Option<Vec<String>> = None;
                for option in rule.as_array().expect("a list") {
                    let mut wrong = Vec::new();
                    check(root, option, value, at, &mut wrong);
                    if least.as_ref().is_none_or(|least| wrong.len() < least.len()) {
                        least = Some(wrong);
                    }
                }
                found.extend(least.unwrap_or_default());
            }
            "const" => {
                if value != rule {
                    found.push(format!("{at}: not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().expect("a list").contains(value) {
                    found.push(format!("{at}: none of {rule}"));
                }
            }
            "pattern" => {
                let pattern = regex::Regex::new(rule.as_str().expect("text")).expect("a pattern");
                if !value.as_str().is_some_and(|text| pattern.is_match(text)) {
                    found.push(format!("{at}: does not match {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().expect("a list") {
                    if value.get(name.as_str().expect("text")).is_none() {
                        found.push(format!("{at}: lacks {name}"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{index}"), found);
                }
            }
            other => panic!("keyword {other}"),
        }
    }
    let Some(members) = value.as_object() else { return };
    for (name, member) in members {
        let at = format!("{at}/{name}");
        match (schema.get("properties").and_then(|all| all.get(name)), schema.get("additionalProperties")) {
            (None, Some(Value::Bool(false))) => found.push(format!("{at}: unknown")),
            (Some(rule), _) | (None, Some(rule @ Value::Object(_))) => check(root, rule, member, &at, found),
            _ => {}
        }
    }
}
