//! What a part of a rule says, however it is laid out.

use crate::diagnostic::Severity;
use crate::source::{SourceFile, Span};
use crate::yaml::{self, NodeId, NodeKind, Tree};

/// What a finding speaks of, however its text is laid out; nothing where that is a whole document, of which the finding
/// marks the first key, whichever that is.
pub fn spoken(source: &SourceFile, span: Span) -> String {
    if is_head(source, span) { String::new() } else { said(source, span) }
}

/// Whether a place is the first key of a document.
fn is_head(source: &SourceFile, span: Span) -> bool {
    let (before, after) = (Span::new(0, span.start), Span::of(span.end as usize, source.text().len()));
    if !source.slice(after).trim_start().starts_with(':') {
        return false;
    }
    let mut lines = source.slice(before).trim_start_matches('\u{feff}').lines().rev().map(str::trim_start);
    lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_none_or(|line| ["---", "...", "%"].iter().any(|mark| line.starts_with(mark)))
}

/// What a part of a text says: the same after `sigmata fmt`, which moves keys, lines and comments, and with other quotes.
fn said(source: &SourceFile, span: Span) -> String {
    let text = source.slice(span);
    // What goes over lines is as deep as it was in its file.
    let column = source.position(span.start).column.saturating_sub(1) as usize;
    let text = format!("{:column$}{text}", "");
    let (tree, findings) = yaml::read(&text);
    let whole = findings.iter().all(|finding| finding.severity < Severity::Error);
    let values: Vec<String> = tree.documents().iter().map(|document| value(&tree, document.root)).collect();
    let said = if whole { values.join(" --- ") } else { String::new() };
    // Such as a star, which YAML reads as the name of an anchor.
    if said.is_empty() { lines(&text) } else { said }
}

fn value(tree: &Tree<'_>, id: NodeId) -> String {
    match &tree.node(id).kind {
        NodeKind::Scalar(scalar) => words(&scalar.text),
        NodeKind::Hole => words(tree.slice(tree.span(id))),
        NodeKind::List(items) => {
            let items: Vec<String> = items.iter().map(|&item| value(tree, item)).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entry = |entry: &yaml::Entry| {
                format!("{}: {}", words(tree.key(*entry)), value(tree, entry.value)).trim_end().to_owned()
            };
            let mut entries: Vec<String> = entries.iter().map(entry).collect();
            entries.sort_unstable();
            entries.join(", ")
        }
    }
}

/// The lines of a text but for comments, in an order that does not depend on theirs.
fn lines(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(words).collect();
    lines.retain(|line| !line.is_empty() && !line.starts_with('#'));
    lines.sort_unstable();
    lines.join(" ")
}

/// A text with single blanks.
pub(super) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
