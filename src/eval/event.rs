//! Events.

use serde_json::Value;

use super::reach;
use super::tree::Tree;
use crate::schema::Path;

/// One event: a JSON object as the provider writes it, or rewritten to the canonical record format
/// ([`RecordFormats`](super::RecordFormats)).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    value: Value,
}

impl std::fmt::Display for Event {
    /// The event as JSON on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl Event {
    /// The event with this record.
    pub const fn new(value: Value) -> Self {
        Self { value }
    }

    /// The record.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// Whether the event has the member that a path from it begins with.
    pub fn begins(&self, path: &Path) -> bool {
        reach::walk(&self.value, path.steps.get(..1).unwrap_or_default(), &mut |_| true)
    }

    /// The texts of the scalars that a path from the event reaches, in order, at most `limit`.
    pub fn texts(&self, path: &Path, limit: usize) -> Vec<String> {
        texts(&self.value, path, limit)
    }
}

/// The texts of the scalars that a path from a record reaches, in order, at most `limit`.
pub fn texts<V: Tree + ?Sized>(record: &V, path: &Path, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    if limit > 0 {
        reach::reach(record, &path.steps, &mut |value| {
            found.extend(value.text().map(str::to_owned));
            found.len() >= limit
        });
    }
    found
}

impl From<Value> for Event {
    fn from(value: Value) -> Self {
        Self::new(value)
    }
}
