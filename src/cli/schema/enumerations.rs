//! The known values of fields.

use super::unknown::unknown;
use crate::check::ValuePattern;
use crate::cli::check::plural;
use crate::cli::layout::{hanging, width};
use crate::cli::{Failure, Outcome, Output};
use crate::schema::{Completeness, Facts, KnownValues, Resolved, Schema, Type, Vocabulary};

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

/// What is known of the values of a field.
struct Held<'a> {
    known: &'a dyn KnownValues,
    /// What says how values are called, and where they are among others.
    vocabulary: Option<&'a Vocabulary>,
    /// Whether other texts are there too.
    among: bool,
}

impl<'a> Held<'a> {
    fn of(schema: &'a Schema, found: &'a Resolved) -> Option<Self> {
        let vocabulary = schema.vocabularies_of(&found.path).next();
        if let Some(known) = known(&found.ty) {
            return Some(Self { known, vocabulary, among: false });
        }
        let among = vocabulary?;
        Some(Self { known: &*among.values, vocabulary, among: true })
    }

    /// What a value is called; empty where nothing tells.
    fn label(&self, value: &str) -> String {
        self.vocabulary.map(|vocabulary| vocabulary.labels(value).join(", ")).unwrap_or_default()
    }
}

/// The known values of a field that hold a word, or are called so.
pub(super) fn values_with(schema: &Schema, name: &str, word: &str, facts: &Facts) -> Vec<String> {
    let mut values = Vec::new();
    if let Some(found) = schema.lookup(name, facts)
        && let Some(held) = Held::of(schema, &found)
    {
        held.known.visit(&mut |value| {
            let label = held.label(value);
            if value.to_lowercase().contains(word) || label.to_lowercase().contains(word) {
                values.push(line(value, &label));
            }
            values.len() < MAX_FOUND
        });
    }
    values
}

/// A value, and what it is called.
fn line(value: &str, label: &str) -> String {
    if label.is_empty() { value.to_owned() } else { format!("{value}  {label}") }
}

/// The first values of a field, and how to see the others.
pub(super) fn sample(schema: &Schema, name: &str, facts: &Facts, output: &mut Output) {
    let Some(found) = schema.lookup(name, facts) else { return };
    let Some(held) = Held::of(schema, &found) else { return };
    let known = held.known;
    let mut values = Vec::new();
    known.visit(&mut |value| {
        let label = held.label(value);
        values.push(if label.is_empty() { value.to_owned() } else { format!("{value} ({label})") });
        values.len() <= MAX_SHOWN
    });
    let more = values.len() > MAX_SHOWN;
    values.truncate(MAX_SHOWN);
    let text = format!("{}{}", values.join(", "), if more { ", …" } else { "" });
    let front =
        if held.among { format!("  among other texts, {}: ", known.noun()) } else { "  values: ".to_owned() };
    output.lines(&hanging(&front, &text, width()));
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
    let pattern = ValuePattern::new(pattern);
    let Some(held) = Held::of(schema, &found) else {
        let labels = found.field.as_ref().map_or(&[][..], |field| &field.labels);
        if labels.is_empty() {
            let name = &schema.name;
            return Err(Failure::Usage(format!("`{field}` of {name} has no list of known values")));
        }
        let fits = |(number, label): &&(Box<str>, Box<str>)| pattern.fits(number) || pattern.fits(label);
        let shown: Vec<_> = labels.iter().filter(fits).collect();
        for (number, label) in &shown {
            output.line(&line(number, label));
        }
        output.note(&format!("{}\n", plural(shown.len(), "value")));
        return Ok(Outcome::Clean);
    };
    let mut values = Vec::new();
    held.known.visit(&mut |value| {
        if pattern.fits(value) {
            values.push(value.to_owned());
        }
        true
    });
    let relation = schema.relation(&found.path);
    for value in &values {
        let owners = relation.map(|relation| relation.pairs.owners(value)).unwrap_or_default();
        let label = if owners.is_empty() { held.label(value) } else { owners.join(", ") };
        output.line(&line(value, &label));
    }
    output.note(&format!("{}\n", plural(values.len(), "value")));
    Ok(Outcome::Clean)
}
