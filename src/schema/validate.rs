//! Does an event fit a schema?

use serde_json::Value;

use super::{Base, Facts, Field, Keyed, ObjectType, Path, Schema, Step, Type};

/// A value that the schema does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where it is: a canonical name.
    pub path: String,
    /// What does not fit.
    pub kind: Misfit,
    /// What is wrong, in one clause.
    pub message: String,
}

/// What does not fit a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// A member.
    Field,
    /// A value.
    Value,
    /// The kind of a value.
    Type,
}

impl Misfit {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Value => "value",
            Self::Type => "type",
        }
    }
}

/// How deep an event is read.
const MAX_DEPTH: usize = 64;
/// How many violations are reported.
const MAX_VIOLATIONS: usize = 1000;

impl Schema {
    /// Everything in an event, which is in the canonical shape, that the schema does not allow.
    ///
    /// Null fits everywhere, because providers write it for absent values.
    /// Values that are missing although a record always has them are not a violation: samples are often shortened.
    pub fn validate(&self, event: &Value) -> Vec<Violation> {
        self.violations(event, false)
    }

    /// Everything in an event, which is in the canonical shape, that the schema does not know: also members of open
    /// objects, values of open lists of known values, and keys of keyed arrays.
    pub fn differences(&self, event: &Value) -> Vec<Violation> {
        self.violations(event, true)
    }

    fn violations(&self, event: &Value, strict: bool) -> Vec<Violation> {
        let mut validator = Validator { event, strict, violations: Vec::new() };
        match event {
            Value::Object(_) => {
                validator.object(&self.record, event, &mut Path::default(), 0);
            }
            _ => validator.violation(&Path::default(), Misfit::Type, "the event is not an object".into()),
        }
        validator.violations
    }
}

struct Validator<'e> {
    event: &'e Value,
    /// Whether what is open counts as closed.
    strict: bool,
    violations: Vec<Violation>,
}

impl Validator<'_> {
    fn violation(&mut self, path: &Path, kind: Misfit, message: String) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { path: path.name(), kind, message });
        }
    }

    fn object(&mut self, object: &ObjectType, value: &Value, path: &mut Path, depth: usize) {
        let Value::Object(members) = value else { return };
        for (key, value) in members {
            path.steps.push(Step::Key(key.as_str().into()));
            match object.fields.iter().find(|field| *field.name == **key) {
                Some(field) => self.field(field, value, path, depth + 1),
                // Of an object without members nothing is known.
                None if object.open && (!self.strict || object.fields.is_empty()) => {}
                None => self.violation(path, Misfit::Field, format!("unknown member `{key}`")),
            }
            path.steps.pop();
        }
    }

    fn field(&mut self, field: &Field, value: &Value, path: &mut Path, depth: usize) {
        if field.never_empty && value.as_str() == Some("") {
            self.violation(path, Misfit::Value, "empty, though it never is".into());
        }
        if field.never_null && value.is_null() {
            self.violation(path, Misfit::Value, "null, though it never is".into());
        }
        if let Some(keyed) = field.keyed.as_ref().filter(|_| self.strict) {
            self.keys(keyed, value, path);
        }
        if let Some(dependent) = &field.dependent {
            let mut facts = Facts::default();
            for on in dependent.on() {
                if let Some(text) = at(self.event, on).and_then(Value::as_str) {
                    facts.narrow(on, std::iter::once(text.to_owned()).collect());
                }
            }
            let types = dependent.types(&facts);
            if !types.is_empty() {
                // One of the cases must fit; the complaints of the first are reported.
                let mut first: Option<Vec<Violation>> = None;
                for (_, ty) in types {
                    let mut attempt =
                        Validator { event: self.event, strict: self.strict, violations: Vec::new() };
                    attempt.value(&ty, value, path, depth);
                    if attempt.violations.is_empty() {
                        return;
                    }
                    first.get_or_insert(attempt.violations);
                }
                self.violations.extend(first.unwrap_or_default());
                return;
            }
        }
        self.value(&field.ty, value, path, depth);
    }

    /// The keys of a keyed array that are not known.
    fn keys(&mut self, keyed: &Keyed, value: &Value, path: &Path) {
        if keyed.known.is_empty() {
            return;
        }
        for element in value.as_array().into_iter().flatten() {
            if let Some(key) = element.get(&*keyed.key).and_then(Value::as_str)
                && keyed.known.iter().all(|(known, _)| **known != *key)
            {
                self.violation(path, Misfit::Field, format!("unknown key `{key}`"));
            }
        }
    }

    fn value(&mut self, ty: &Type, value: &Value, path: &mut Path, depth: usize) {
        if value.is_null() || depth > MAX_DEPTH {
            return;
        }
        let fits = match ty {
            Type::Any => true,
            // Numbers and booleans under a string compare by their text.
            Type::String | Type::Ip | Type::Endpoint => !value.is_object() && !value.is_array(),
            Type::Enum(known_values) => match value.as_str() {
                Some(text)
                    if match known_values.canonical(text) {
                        // A member has the spelling of its list of known values, unless that says that case is free.
                        Some(member) => {
                            member != text
                                && (known_values.complete() || self.strict || !known_values.any_case())
                        }
                        None => self.strict || known_values.complete(),
                    } =>
                {
                    let message = match known_values.canonical(text) {
                        Some(member) => format!("`{text}` is named `{member}` in the list of known values"),
                        None => format!("`{text}` is not a known {}", known_values.noun()),
                    };
                    self.violation(path, Misfit::Value, message);
                    true
                }
                Some(_) => true,
                None => value.is_number() || value.is_boolean(),
            },
            Type::Integer => value.is_i64() || value.is_u64() || decimal(value),
            Type::Number => value.is_number() || decimal(value),
            Type::Boolean => value.is_boolean() || matches!(value.as_str(), Some("true" | "false")),
            Type::Object(object) => {
                self.object(object, value, path, depth);
                // Providers that write XML as JSON write an element without members as empty text.
                value.is_object() || value.as_str() == Some("")
            }
            Type::Map(inner) => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    path.steps.push(Step::Key(key.as_str().into()));
                    self.value(inner, value, path, depth + 1);
                    path.steps.pop();
                }
                value.is_object()
            }
            Type::Array(inner) => {
                path.steps.push(Step::Each);
                match value {
                    Value::Array(items) => {
                        for item in items {
                            self.value(inner, item, path, depth + 1);
                        }
                    }
                    // A value that is not an array is an array of one.
                    single => self.value(inner, single, path, depth + 1),
                }
                path.steps.pop();
                true
            }
            Type::Json(_) | Type::Timestamp => value.is_string(),
        };
        if !fits {
            self.violation(path, Misfit::Type, format!("expected {}, found {}", ty.name(), kind(value)));
        }
    }
}

/// The value at a path of plain keys.
fn at<'v>(event: &'v Value, path: &Path) -> Option<&'v Value> {
    path.steps.iter().filter(|_| path.base == Base::Event).try_fold(event, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        _ => None,
    })
}

/// Whether a text is a number.
fn decimal(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
