//! Known values that are among other texts: a policy in an ARN, a role in quotes, permissions in a list.

use std::sync::Arc;

use super::path::Base;
use super::{Format, KnownValues, Path, Schema};

/// Known values, the fields whose texts hold them, and how they are there.
#[derive(Debug)]
pub struct Vocabulary {
    /// The values.
    pub values: Arc<dyn KnownValues>,
    /// Canonical names of fields; one that begins with `*.` is the end of a name.
    pub fields: Vec<String>,
    /// What is around a value.
    pub frames: Vec<Frame>,
    /// Whether other values are in the same frame, such as those that a customer makes.
    pub others: bool,
    /// Characters that part the values of a list; empty where a text holds one value.
    pub separators: String,
    /// Whether the table says what a value is called.
    pub labelled: bool,
}

/// What is before and after a value.
#[derive(Debug)]
pub struct Frame {
    /// The text before it.
    pub head: String,
    /// The text after it.
    pub tail: String,
    /// Whether any text can be before the head.
    pub open: bool,
}

impl Frame {
    /// Reads `head{}tail`, with `**` in front where any text can be before the head.
    pub fn new(text: &str) -> Option<Self> {
        let (head, tail) = text.split_once("{}")?;
        let (head, open) = head.strip_prefix("**").map_or((head, false), |head| (head, true));
        Some(Self { head: head.to_owned(), tail: tail.to_owned(), open })
    }

    /// A value in the frame.
    pub fn around(&self, value: &str) -> String {
        format!("{}{value}{}", self.head, self.tail)
    }
}

impl Vocabulary {
    /// Whether the texts of a field hold its values.
    pub fn is_in(&self, path: &Path) -> bool {
        names(&self.fields, path)
    }

    /// What a value is called; empty where nothing tells.
    pub fn labels(&self, value: &str) -> Vec<&str> {
        if self.labelled { self.values.owners(value) } else { Vec::new() }
    }
}

/// Whether some of the names is that of the field; one that begins with `*` is the end of a name.
fn names(fields: &[String], path: &Path) -> bool {
    let name = path.name();
    fields.iter().any(|field| match field.strip_prefix('*') {
        Some(end) => name.ends_with(end),
        None => path.base == Base::Event && *field == name,
    })
}

impl Schema {
    /// The format that texts have by the name of their field, where the field says none itself.
    pub fn format_by_name(&self, path: &Path) -> Option<Format> {
        let found = self.formats.iter().find(|(_, fields)| names(fields, path));
        found.map(|(format, _)| *format)
    }

    /// The known values that texts of a field hold among others.
    pub fn vocabularies_of(&self, path: &Path) -> impl Iterator<Item = &Vocabulary> {
        self.vocabularies.iter().filter(|vocabulary| vocabulary.is_in(path))
    }
}
