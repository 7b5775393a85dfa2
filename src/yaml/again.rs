//! Keys that are in a mapping already: a mistake each, or a second document whose `---` is missing.

use rustc_hash::FxHashSet;

use super::{Entry, NodeId, Tree, codes};
use crate::diagnostic::Diagnostic;

/// A key that a mapping has already.
pub(super) fn duplicate(tree: &Tree<'_>, first: NodeId, again: NodeId) -> Diagnostic {
    let key = tree.scalar(again).map_or("", |scalar| &scalar.text);
    Diagnostic::new(&codes::DUPLICATE_KEY, tree.span(again), format!("duplicate key `{key}` in this mapping"))
        .label("again here")
        .also(tree.span(first), "first here")
        .help("remove one, or join their values into a list")
}

/// What is reported of the keys of a document that are there twice, given in the order of the text with their first
/// places.
///
/// Where a run of keys, in which none is twice, repeats two keys or more and has fewer that are new, it is taken for a
/// second document: that is one finding.
pub(super) fn findings(tree: &Tree<'_>, entries: &[Entry], again: &[(NodeId, NodeId)]) -> Vec<Diagnostic> {
    let [(_, begin), _, ..] = again else {
        return again.iter().map(|&(first, again)| duplicate(tree, first, again)).collect();
    };
    let text = |id: NodeId| tree.scalar(id).map_or("", |scalar| &scalar.text);
    let begin = tree.span(*begin).start;
    let mut keys: Vec<(NodeId, Option<NodeId>)> = entries
        .iter()
        .filter(|entry| tree.span(entry.key).start > begin)
        .map(|entry| (entry.key, None))
        .chain(again.iter().map(|&(first, again)| (again, Some(first))))
        .collect();
    keys.sort_by_key(|&(key, _)| tree.span(key).start);
    let mut runs: Vec<Vec<(NodeId, Option<NodeId>)>> = Vec::new();
    let mut seen = FxHashSet::default();
    for key in keys {
        if !seen.insert(text(key.0)) {
            seen.clear();
            seen.insert(text(key.0));
            runs.push(Vec::new());
        }
        match runs.last_mut() {
            Some(run) => run.push(key),
            None => runs.push(vec![key]),
        }
    }
    runs.iter().flat_map(|run| judge(tree, run)).collect()
}

/// What is reported of one run of keys, of which those that are there before have their first place.
fn judge(tree: &Tree<'_>, run: &[(NodeId, Option<NodeId>)]) -> Vec<Diagnostic> {
    let repeated: Vec<(NodeId, NodeId)> =
        run.iter().filter_map(|&(key, first)| Some((first?, key))).collect();
    let is_document = repeated.len() > 1 && repeated.len() * 2 > run.len();
    match repeated.first() {
        Some(&(first, key)) if is_document => vec![separator(tree, first, key, repeated.len())],
        _ => repeated.iter().map(|&(first, again)| duplicate(tree, first, again)).collect(),
    }
}

/// A second document that begins with the key, in the same mapping as the first.
fn separator(tree: &Tree<'_>, first: NodeId, key: NodeId, keys: usize) -> Diagnostic {
    Diagnostic::new(&codes::DUPLICATE_KEY, tree.span(key), "the line `---` is missing between two documents")
        .label(format!("this key and {} are there again from here on", more(keys - 1)))
        .also(tree.span(first), "first here")
        .help("write `---` on a line of its own before it, or remove what is there twice")
}

fn more(keys: usize) -> String {
    if keys == 1 { "one more".into() } else { format!("{keys} more") }
}
