//! As much of JSON Schema as the files of `grammar/` and the schema of SARIF use; a keyword that is not known here fails
//! the test.

use std::path::Path;

use serde_json::Value;

/// A schema of `grammar/` by its file name.
pub fn load(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The places at which `value` does not fit the schema `root`.
pub fn misfits(root: &Value, value: &Value) -> Vec<String> {
    within(root, root, value, false)
}

/// The same for a part of the schema; with `closed` a member that no schema names is a misfit too.
pub fn within(root: &Value, schema: &Value, value: &Value, closed: bool) -> Vec<String> {
    let mut check = Check { found: Vec::new(), closed };
    check.value(root, schema, value, "");
    check.found
}

struct Check {
    found: Vec<String>,
    /// Whether an object holds only what `properties` names, also where the schema leaves it open.
    closed: bool,
}

impl Check {
    fn value(&mut self, root: &Value, schema: &Value, value: &Value, at: &str) {
        let Some(keywords) = schema.as_object() else {
            if schema == &Value::Bool(false) {
                self.found.push(format!("{at}: nothing may be here"));
            }
            return;
        };
        for (keyword, rule) in keywords {
            self.keyword(root, keyword, rule, value, at);
        }
        if let Some(members) = value.as_object() {
            for (name, member) in members {
                self.member(root, schema, name, member, &format!("{at}/{name}"));
            }
        }
    }

    fn keyword(&mut self, root: &Value, keyword: &str, rule: &Value, value: &Value, at: &str) {
        let list = || rule.as_array().expect("a list");
        let text = || rule.as_str().expect("text");
        let size = || usize::try_from(rule.as_u64().expect("a size")).expect("small");
        let mut must = |fits: bool| {
            if !fits {
                self.found.push(format!("{at}: {keyword} {rule}"));
            }
        };
        match keyword {
            "$schema"
            | "id"
            | "definitions"
            | "format"
            | "$id"
            | "$comment"
            | "title"
            | "description"
            | "examples"
            | "default"
            | "$defs"
            | "properties"
            | "patternProperties"
            | "additionalProperties" => {}
            "$ref" => match text().split_once('#') {
                Some(("", pointer)) => {
                    self.value(root, root.pointer(pointer).expect("a definition"), value, at);
                }
                Some((name, pointer)) => {
                    let other = load(name);
                    self.value(&other, other.pointer(pointer).expect("a definition"), value, at);
                }
                None => {
                    let other = load(text());
                    self.value(&other, &other, value, at);
                }
            },
            "type" => must(match rule {
                Value::Array(names) => names.iter().any(|name| is(value, name)),
                name => is(value, name),
            }),
            "const" => must(value == rule),
            "enum" => must(list().contains(value)),
            "pattern" => must(value.as_str().is_none_or(|value| {
                regex::Regex::new(text()).expect("a regular expression").is_match(value)
            })),
            "minLength" => must(value.as_str().is_none_or(|value| value.chars().count() >= size())),
            "maxLength" => must(value.as_str().is_none_or(|value| value.chars().count() <= size())),
            "minimum" => must(value.as_f64().is_none_or(|value| value >= rule.as_f64().expect("a number"))),
            "maximum" => must(value.as_f64().is_none_or(|value| value <= rule.as_f64().expect("a number"))),
            "minItems" => must(value.as_array().is_none_or(|items| items.len() >= size())),
            "maxItems" => must(value.as_array().is_none_or(|items| items.len() <= size())),
            "uniqueItems" => must(
                !rule.as_bool().expect("a truth value")
                    || value.as_array().is_none_or(|items| {
                        items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))
                    }),
            ),
            "minProperties" => must(value.as_object().is_none_or(|members| members.len() >= size())),
            "required" => {
                let Some(members) = value.as_object() else { return };
                for name in list() {
                    if !members.contains_key(name.as_str().expect("text")) {
                        self.found.push(format!("{at}: lacks {name}"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(root, rule, item, &format!("{at}/{index}"));
                }
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                    self.value(root, rule, &Value::from(name.as_str()), &format!("{at}/{name}"));
                }
            }
            "allOf" => list().iter().for_each(|rule| self.value(root, rule, value, at)),
            "anyOf" => {
                let options = list().iter().map(|rule| within(root, rule, value, self.closed));
                self.found.extend(options.min_by_key(Vec::len).unwrap_or_default());
            }
            "oneOf" => {
                let fitting = list().iter().filter(|rule| within(root, rule, value, self.closed).is_empty());
                let fitting = fitting.count();
                must(fitting == 1);
            }
            "not" => must(!within(root, rule, value, false).is_empty()),
            other => panic!("keyword {other}"),
        }
    }

    fn member(&mut self, root: &Value, schema: &Value, name: &str, member: &Value, at: &str) {
        let properties = schema.get("properties");
        let named = properties.and_then(|all| all.get(name)).or_else(|| {
            let patterns = schema.get("patternProperties")?.as_object()?;
            let fits = |pattern: &str| regex::Regex::new(pattern).expect("an expression").is_match(name);
            patterns.iter().find(|(pattern, _)| fits(pattern)).map(|(_, rule)| rule)
        });
        match (named, schema.get("additionalProperties")) {
            (None, Some(Value::Bool(false))) => self.found.push(format!("{at}: unknown")),
            (Some(rule), _) | (None, Some(rule @ Value::Object(_))) => self.value(root, rule, member, at),
            (None, None) if self.closed && properties.is_some() => {
                self.found.push(format!("{at}: not documented"));
            }
            (None, _) => {}
        }
    }
}

fn is(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        other => panic!("type {other:?}"),
    }
}
