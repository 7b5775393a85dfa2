//! Writes the texts in which [`index`](super::index) searches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::index::enumerations;
use super::{Facts, Registry, Schema};
use crate::text::key;

/// The texts of the index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// See `names.txt`.
    pub names: String,
    /// See `values.txt`.
    pub values: String,
    /// See `tables.txt`.
    pub tables: String,
}

/// The index of the shipped schemas, for the test that writes and compares it.
pub fn build() -> Texts {
    let registry = Registry::shipped();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut values: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut rows = BTreeSet::new();
    for log in registry.names() {
        let Some(schema) = registry.get(log) else { continue };
        for name in field_names(&schema) {
            names.entry(name).or_default().insert(log.to_owned());
        }
        for (field, known) in enumerations(&schema) {
            if let Some(table) = known.table() {
                rows.insert(format!("{log}\t{field}\t{table}\n"));
            }
            known.visit_own(&mut |value| {
                let places = values.entry(key(value)).or_default();
                places.insert((log.to_owned(), field.clone()));
                true
            });
        }
    }
    let mut texts = Texts { tables: rows.into_iter().collect(), ..Texts::default() };
    for (name, logs) in names.into_iter().filter(|(name, _)| !name.contains(['\t', '\n'])) {
        let logs: Vec<String> = logs.into_iter().collect();
        let _ = writeln!(texts.names, "{name}\t{}", logs.join(","));
    }
    for (value, places) in values.into_iter().filter(|(value, _)| !value.contains(['\t', '\n'])) {
        let places: Vec<String> = places.into_iter().map(|(log, field)| format!("{log} {field}")).collect();
        let _ = writeln!(texts.values, "{value}\t{}", places.join("\t"));
    }
    texts
}

/// Every name of a field: the canonical ones, and those of the other record formats.
fn field_names(schema: &Schema) -> BTreeSet<String> {
    let rows = schema.outline("", &Facts::default());
    let formats = schema.record_formats.iter().flat_map(|format| &format.members);
    rows.into_iter()
        .map(|row| row.name.replace("[]", ""))
        .chain(formats.map(|member| member.from.join(".")))
        .collect()
}
