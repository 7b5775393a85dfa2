//! The canonical layout of a rule file: what `sigmata fmt` writes.
//!
//! Lines are moved and indented; what is on them stays as it was written, but for the space around `:` and `-`.
//! So values, quotes and comments cannot change, and the result is held against the original before it is given out.

mod lines;
mod order;
mod same;

use crate::diagnostic::{Diagnostic, Severity};
use crate::yaml;
use order::Order;

/// Why a text is left as it is.
#[derive(Clone, Debug)]
pub enum Left {
    /// It cannot be read as YAML.
    Unreadable(Box<Diagnostic>),
    /// It is written in a way that cannot be laid out without a change of what it says: the line, counted from one, and
    /// what is there, where that is known.
    Unusual(Option<(usize, &'static str)>),
}

/// A text of Sigma documents in the canonical layout, with so many spaces for a level.
///
/// # Errors
/// Why there is none.
pub fn formatted(text: &str, indent: usize) -> Result<String, Left> {
    let (tree, findings) = yaml::read(text);
    if let Some(error) = findings.into_iter().find(|finding| finding.severity == Severity::Error) {
        return Err(Left::Unreadable(Box::new(error)));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.get(..text.len() - body.len()).unwrap_or_default();
    let lines = lines::indented(&tree, text, mark.len(), indent).map_err(|met| Left::Unusual(Some(met)))?;
    let end = if body
        .lines()
        .next()
        .is_some_and(|line| body.get(line.len()..).unwrap_or_default().starts_with("\r\n"))
    {
        "\r\n"
    } else {
        "\n"
    };
    // Where a key cannot move without a change of meaning, all stay in their order.
    for order in [Order::Canonical, Order::Written] {
        let arranged = order::arranged(lines.clone(), order);
        let out = format!("{mark}{}{end}", lines::joined(&arranged, end));
        if same::same(&tree, text, &out, order) {
            return Ok(out);
        }
    }
    Err(Left::Unusual(None))
}

#[cfg(test)]
mod tests;
