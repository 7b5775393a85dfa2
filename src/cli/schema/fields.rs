//! Fields as a tree or a list.

use super::enumerations::{self, known};
use crate::cli::Output;
use crate::cli::layout::{columns, width};
use crate::schema::{Redaction, Row};

/// How a tree of fields is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Below a field that is shown, only the rest of a name is.
    Tree,
    /// Every name is whole: what lies between was left out.
    List,
}

/// Prints fields with their types and documentation.
pub(super) fn print(rows: &[Row], form: Form, output: &mut Output) {
    let least = rows.iter().map(|row| row.depth).min().unwrap_or(0);
    let mut parents: Vec<&Row> = Vec::new();
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        parents.retain(|parent| parent.depth < row.depth);
        let rest = parents.last().and_then(|parent| row.name.strip_prefix(parent.name.as_str()));
        let (indent, name) = match (form, rest) {
            (Form::Tree, Some(rest)) => (2 * (row.depth - least), rest.trim_start_matches('.')),
            _ => (0, row.name.as_str()),
        };
        let indent = " ".repeat(indent);
        cells.push([format!("{indent}{name}"), kind(row), doc(row)]);
        for (key, doc) in &row.keys {
            cells.push([format!("{indent}  .{key}"), String::new(), doc.clone()]);
        }
        parents.push(row);
    }
    output.lines(&columns(&cells, width()));
}

fn kind(row: &Row) -> String {
    let Some(known) = row.known.as_ref().and_then(known) else { return row.ty.clone() };
    let words = enumerations::words(known);
    if row.ty.starts_with("array of ") { format!("array of {words}") } else { words }
}

fn doc(row: &Row) -> String {
    let hidden = match &row.redacted {
        Some(Redaction::Text(text)) => format!(" [redacted: always `{text}`]"),
        Some(Redaction::LeftOut) => " [never in the log]".to_owned(),
        Some(Redaction::Perhaps) => " [sensitive: may be hidden]".to_owned(),
        None => String::new(),
    };
    format!("{}{hidden}", row.doc)
}
