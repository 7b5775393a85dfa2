//! What events hold that a schema does not know.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Schema;
use super::validate::Misfit;

/// How many differences are distinguished.
const MAX_ENTRIES: usize = 10_000;
/// How many values of one field are distinguished.
const MAX_VALUES: usize = 100;

/// What is new in the events of a log, each with how often and where it came first.
#[derive(Debug, Default)]
pub struct Drift {
    events: u64,
    entries: BTreeMap<(String, Misfit, String), Seen>,
    values: BTreeMap<String, usize>,
    left_out: u64,
}

#[derive(Debug)]
struct Seen {
    count: u64,
    file: String,
    index: u64,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The canonical name of the field.
    pub path: &'a str,
    /// What is new.
    pub kind: Misfit,
    /// What is wrong, in one clause.
    pub message: &'a str,
    /// How many values are so.
    pub count: u64,
    /// The file in which it came first.
    pub file: &'a str,
    /// The place of the event in that file, from 0.
    pub index: u64,
}

impl Drift {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many events were seen.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many differences were too many to be told apart.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Compares an event, which is in the canonical shape, with the schema.
    pub fn observe(&mut self, schema: &Schema, event: &Value, file: &str, index: u64) {
        self.events += 1;
        for found in schema.differences(event) {
            let key = (found.path, found.kind, found.message);
            if let Some(seen) = self.entries.get_mut(&key) {
                seen.count += 1;
                continue;
            }
            let values = self.values.entry(key.0.clone()).or_default();
            if self.entries.len() >= MAX_ENTRIES || *values >= MAX_VALUES {
                self.left_out += 1;
                continue;
            }
            *values += 1;
            self.entries.insert(key, Seen { count: 1, file: file.to_owned(), index });
        }
    }

    /// The differences, by field.
    pub fn differences(&self) -> impl Iterator<Item = Difference<'_>> {
        self.entries.iter().map(|((path, kind, message), seen)| Difference {
            path,
            kind: *kind,
            message,
            count: seen.count,
            file: &seen.file,
            index: seen.index,
        })
    }
}
