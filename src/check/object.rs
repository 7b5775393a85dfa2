//! An object compared with a value: which of its members may be meant.

use super::literal;
use super::text;
use crate::ir::FieldUse;
use crate::rule::{Value, ValueKind};
use crate::schema::{Dependent, Facts, ObjectType, Schema, Type};

/// How deep members are looked for, how many are looked at, and how many are reported.
const MAX_DEPTH: usize = 3;
const MAX_SEEN: usize = 2048;
const MAX_TOLD: usize = 128;

/// The members of a field that can be compared with a value, those first that can hold the values, then by depth.
pub(super) fn members(
    field: &FieldUse,
    dependent: Option<&dyn Dependent>,
    values: &[Value],
    facts: &Facts,
) -> Vec<String> {
    let texts: Vec<String> = values
        .iter()
        .take(4)
        .filter_map(|value| match &value.kind {
            ValueKind::Text { text, .. } => text::unescaped(text),
            ValueKind::Null | ValueKind::Hole => None,
        })
        .collect();
    let mut search = Search { texts: &texts, found: Vec::new(), seen: 0 };
    let cases = dependent.map(|dependent| dependent.types(facts)).unwrap_or_default();
    if cases.is_empty() {
        search.value(&field.ty, &field.text, 0);
        if let Some(dependent) = dependent {
            dependent
                .visit(facts, &mut |member| search.offer(format!("{}.{member}", field.text), 1, Fit::Text));
        }
    }
    for (_, ty) in &cases {
        search.value(ty, &field.text, 0);
    }
    search.found.sort_by_key(|(fit, depth, _)| (*fit, *depth));
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in search.found {
        if names.len() < MAX_TOLD && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The values of a keyed array, by the names of their keys.
pub(super) fn keys(schema: &Schema, name: &str, facts: &Facts) -> Vec<String> {
    let Some(keyed) = schema.lookup(name, facts).and_then(|found| found.field?.keyed) else {
        return Vec::new();
    };
    let known = keyed.known.iter().filter(|_| !keyed.values.is_empty());
    known.take(MAX_TOLD).map(|(key, _)| format!("{name}.{key}")).collect()
}

/// How well a type suits the values; the best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It holds them.
    Holds,
    /// It is text.
    Text,
    /// It cannot hold them.
    Never,
}

struct Search<'t> {
    texts: &'t [String],
    found: Vec<(Fit, usize, String)>,
    seen: usize,
}

impl Search<'_> {
    fn offer(&mut self, name: String, depth: usize, fit: Fit) {
        self.seen += 1;
        if self.seen <= MAX_SEEN {
            self.found.push((fit, depth, name));
        }
    }

    fn value(&mut self, ty: &Type, name: &str, depth: usize) {
        match ty {
            Type::Array(inner) => self.value(inner, name, depth),
            Type::Object(object) if depth < MAX_DEPTH => self.object(object, name, depth),
            Type::Object(_) | Type::Map(_) => {}
            scalar if depth > 0 => {
                let fit = self.fit(scalar);
                self.offer(name.to_owned(), depth, fit);
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &ObjectType, name: &str, depth: usize) {
        for field in &object.fields {
            if self.seen > MAX_SEEN {
                return;
            }
            self.value(&field.ty, &format!("{name}.{}", field.name), depth + 1);
        }
    }

    fn fit(&self, ty: &Type) -> Fit {
        let all = |holds: &dyn Fn(&str) -> bool| {
            let any = !self.texts.is_empty() && self.texts.iter().all(|text| holds(text));
            if any { Fit::Holds } else { Fit::Never }
        };
        match ty {
            Type::Enum(known_values) => all(&|text| known_values.canonical(text).is_some()),
            Type::Boolean => all(&|text| literal::boolean(text).is_some()),
            Type::Integer | Type::Number => all(&|text| literal::number(text).is_ok()),
            Type::Ip | Type::Endpoint => all(&|text| text.parse::<std::net::IpAddr>().is_ok()),
            Type::Timestamp => all(&|text| crate::time::parse(text).is_some()),
            Type::String | Type::Any => Fit::Text,
            Type::Json(_) | Type::Object(_) | Type::Array(_) | Type::Map(_) => Fit::Never,
        }
    }
}
