//! The known values of fields.

use super::unknown::unknown;
use crate::check::ValuePattern;
use crate::cli::check::plural;
use crate::cli::layout::{hanging, width};
use crate::cli::{Failure, Outcome, Output};
use crate::schema::{Completeness, Facts, KnownValues, Schema, Type};

/// How many values are shown of a field, and how many that hold a word.
const MAX_SHOWN: usize = 12;
const MAX_FOUND: usize = 20;

/// The list of known values of a type, through arrays.
pub(super) fn known(ty: &Type) -> Option<&dyn KnownValues> {
    match ty {
        Type::Array(inner) => known(inner),
        Type::Enum(known) => Some(&**known),
        _ => None,
    }
}

pub(super) fn count(known: &dyn KnownValues) -> usize {
    let mut count = 0;
    known.visit(&mut |_| {
        count += 1;
        true
    });
    count
}

/// A list of known values in words: `event name (14012 known)`.
pub(super) fn words(known: &dyn KnownValues) -> String {
    let count = count(known);
    match known.completeness() {
        Completeness::Complete => format!("{} (one of {count})", known.noun()),
        Completeness::Nearly | Completeness::Incomplete => format!("{} ({count} known)", known.noun()),
    }
}

/// The known values of a field that hold a word.
pub(super) fn values_with(schema: &Schema, name: &str, word: &str, facts: &Facts) -> Vec<String> {
    let mut values = Vec::new();
    if let Some(found) = schema.lookup(name, facts)
        && let Some(known) = known(&found.ty)
    {
        known.visit(&mut |value| {
            if value.to_lowercase().contains(word) {
                values.push(value.to_owned());
            }
            values.len() < MAX_FOUND
        });
    }
    values
}

/// The first values of a field, and how to see the others.
pub(super) fn sample(schema: &Schema, name: &str, facts: &Facts, output: &mut Output) {
    let Some(found) = schema.lookup(name, facts) else { return };
    let Some(known) = known(&found.ty) else { return };
    let mut values = Vec::new();
    known.visit(&mut |value| {
        values.push(value.to_owned());
        values.len() <= MAX_SHOWN
    });
    let more = values.len() > MAX_SHOWN;
    values.truncate(MAX_SHOWN);
    let text = format!("{}{}", values.join(", "), if more { ", …" } else { "" });
    output.lines(&hanging("  values: ", &text, width()));
    if more {
        let count = count(known);
        output.line(&format!("  all {count}: --matches '*', or another pattern"));
    }
    if known.completeness() == Completeness::Nearly && !known.missing().is_empty() {
        let text = format!("the list can lack {}", known.missing());
        output.lines(&hanging("  ", &text, width()));
    }
}

/// The values of a field that a pattern fits, each with what it goes with.
pub(super) fn matches(
    schema: &Schema,
    field: &str,
    pattern: &str,
    cases: &[(String, Facts)],
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let found = cases.iter().find_map(|(_, facts)| schema.lookup(field, facts));
    let Some(found) = found else { return Err(unknown(schema, field, None)) };
    let Some(known) = known(&found.ty) else {
        let name = &schema.name;
        return Err(Failure::Usage(format!("`{field}` of {name} has no list of known values")));
    };
    let pattern = ValuePattern::new(pattern);
    let mut values = Vec::new();
    known.visit(&mut |value| {
        if pattern.fits(value) {
            values.push(value.to_owned());
        }
        true
    });
    let relation = schema.relation(&found.path);
    for value in &values {
        let owners = relation.map(|relation| relation.pairs.owners(value)).unwrap_or_default();
        let line = if owners.is_empty() { value.clone() } else { format!("{value}  {}", owners.join(", ")) };
        output.line(&line);
    }
    output.note(&format!("{}\n", plural(values.len(), "value")));
    Ok(Outcome::Clean)
}
