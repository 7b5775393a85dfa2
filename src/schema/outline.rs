//! The fields of a schema as a list, for people.

use super::{Facts, Field, ObjectType, Path, Redaction, Schema, Step, Type};

/// How deep and how long an outline can become.
const MAX_DEPTH: usize = 32;
const MAX_ROWS: usize = 20_000;

/// One field.
#[derive(Debug, Clone)]
pub struct Row {
    /// How many fields it is below.
    pub depth: usize,
    /// The canonical name.
    pub name: String,
    /// The type for people: `string`, `array of object`, `event name`.
    pub ty: String,
    /// One line of documentation.
    pub doc: String,
    /// Whether every record has it.
    pub always: bool,
    /// What the log shows in place of the value.
    pub redacted: Option<Redaction>,
    /// The type itself, where it has a list of known values.
    pub known: Option<Type>,
    /// Known keys of a keyed array, each with a line of documentation.
    pub keys: Vec<(String, String)>,
}

impl Schema {
    /// The fields, in the order of the schema, whose name is `prefix` or lies below it (empty: all).
    /// Under `facts` the members that depend on other fields are listed too.
    pub fn outline(&self, prefix: &str, facts: &Facts) -> Vec<Row> {
        let mut outline = Outline { prefix, facts, rows: Vec::new(), path: Path::default() };
        outline.object(&self.record, 0);
        outline.rows
    }
}

struct Outline<'a> {
    prefix: &'a str,
    facts: &'a Facts,
    rows: Vec<Row>,
    path: Path,
}

impl Outline<'_> {
    fn object(&mut self, object: &ObjectType, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for field in &object.fields {
            if self.rows.len() >= MAX_ROWS {
                return;
            }
            self.path.steps.push(Step::Key(field.name.clone()));
            self.field(field, depth);
            self.path.steps.pop();
        }
    }

    fn field(&mut self, field: &Field, depth: usize) {
        let name = self.path.name();
        let below = |name: &str, prefix: &str| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || prefix.is_empty())
        };
        let wanted = below(&name, self.prefix);
        if !wanted && !below(self.prefix, &name) {
            return;
        }
        if wanted {
            let keys = field.keyed.iter().flat_map(|keyed| &keyed.known);
            self.rows.push(Row {
                depth,
                name,
                ty: describe(&field.ty),
                doc: field.doc.to_string(),
                always: field.always,
                redacted: field.redacted.clone(),
                known: has_values(&field.ty).then(|| field.ty.clone()),
                keys: keys.map(|(key, doc)| (key.to_string(), doc.to_string())).collect(),
            });
        }
        let cases = field.dependent.as_ref().map(|dependent| dependent.types(self.facts)).unwrap_or_default();
        if cases.is_empty() {
            self.below(&field.ty, depth + 1);
        } else {
            for (_, ty) in &cases {
                self.below(ty, depth + 1);
            }
        }
    }

    fn below(&mut self, ty: &Type, depth: usize) {
        match ty {
            Type::Object(object) => self.object(object, depth),
            Type::Array(inner) | Type::Json(inner) => self.below(inner, depth),
            _ => {}
        }
    }
}

/// Whether a type, or that of the elements of an array, has a list of known values.
fn has_values(ty: &Type) -> bool {
    match ty {
        Type::Array(inner) => has_values(inner),
        ty => matches!(ty, Type::Enum(_)),
    }
}

/// A type in words.
pub fn describe(ty: &Type) -> String {
    match ty {
        Type::Array(inner) => format!("array of {}", describe(inner)),
        Type::Endpoint => "address, also with a port or in brackets".to_owned(),
        Type::Map(inner) => format!("map of {}", describe(inner)),
        Type::Enum(known_values) => known_values.noun().to_owned(),
        other => other.name().to_owned(),
    }
}
