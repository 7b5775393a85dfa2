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
    /// See `logs.txt`.
    pub logs: String,
    /// See `values.txt`.
    pub values: String,
    /// See `places.txt`.
    pub places: String,
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
    let logs = |logs: BTreeSet<String>| logs.into_iter().collect::<Vec<_>>().join(",");
    let (names, logs) = apart(names.into_iter().map(|(name, of)| (name, logs(of))));
    let places = |places: BTreeSet<(String, String)>| {
        places.into_iter().map(|(log, field)| format!("{log} {field}")).collect::<Vec<_>>().join("\t")
    };
    let (values, places) = apart(values.into_iter().map(|(value, at)| (value, places(at))));
    Texts { names, logs, values, places, tables: rows.into_iter().collect() }
}

/// The keys with the number of the line of what they have, and those lines, each once.
fn apart(entries: impl Iterator<Item = (String, String)>) -> (String, String) {
    let entries: Vec<_> = entries.filter(|(key, _)| !key.contains(['\t', '\n'])).collect();
    let lines: BTreeSet<&str> = entries.iter().map(|(_, line)| line.as_str()).collect();
    let numbers: BTreeMap<&str, usize> = lines.iter().enumerate().map(|(at, line)| (*line, at)).collect();
    let mut keys = String::new();
    for (key, line) in &entries {
        let _ = writeln!(keys, "{key}\t{}", numbers.get(line.as_str()).copied().unwrap_or_default());
    }
    (keys, lines.iter().map(|line| format!("{line}\n")).collect())
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
