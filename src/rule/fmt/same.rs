//! Whether a text that was laid out still says what it said.

use super::order::{Order, sorted};
use crate::yaml::{self, NodeId, NodeKind, Tree};

/// Whether `new` has the values, comments and order of entries of the text of `tree`, but for the keys that `order` moves.
pub(super) fn same(tree: &Tree<'_>, old: &str, new: &str, order: Order) -> bool {
    let (other, findings) = yaml::read(new);
    let (documents, others) = (tree.documents(), other.documents());
    findings.iter().all(|finding| finding.severity < crate::diagnostic::Severity::Error)
        && documents.len() == others.len()
        && comments(tree, old) == comments(&other, new)
        && documents
            .iter()
            .zip(others)
            .all(|(one, two)| equal((tree, one.root), (&other, two.root), &mut Vec::new(), order))
}

/// The comments in alphabetical order.
fn comments<'t>(tree: &Tree<'_>, text: &'t str) -> Vec<&'t str> {
    let mut found: Vec<&str> =
        tree.comments().iter().filter_map(|span| text.get(span.range())).map(str::trim_end).collect();
    found.sort_unstable();
    found
}

type Place<'p, 't> = (&'p Tree<'t>, NodeId);

fn equal<'p>(one: Place<'p, '_>, two: Place<'p, '_>, path: &mut Vec<&'p str>, order: Order) -> bool {
    match (&one.0.node(one.1).kind, &two.0.node(two.1).kind) {
        (NodeKind::Scalar(one), NodeKind::Scalar(two)) => one == two,
        (NodeKind::Hole, NodeKind::Hole) => true,
        (NodeKind::List(ones), NodeKind::List(twos)) => {
            path.push("");
            let equal = ones.len() == twos.len()
                && ones
                    .iter()
                    .zip(twos)
                    .all(|(&first, &second)| equal((one.0, first), (two.0, second), path, order));
            path.pop();
            equal
        }
        (NodeKind::Map(ones), NodeKind::Map(twos)) => {
            let keys = |tree: &'p Tree<'_>, entries: &[yaml::Entry]| -> Vec<&'p str> {
                entries.iter().map(|&entry| tree.key(entry)).collect()
            };
            let (first, second) = (keys(one.0, ones), keys(two.0, twos));
            let places = |keys: &[&str], path: &[&str]| sorted(path, keys, order);
            let (left, right) = (places(&first, path), places(&second, path));
            ones.len() == twos.len()
                && left.into_iter().zip(right).all(|(left, right)| {
                    let (Some(entry), Some(other)) = (ones.get(left), twos.get(right)) else { return false };
                    if !equal((one.0, entry.key), (two.0, other.key), path, order) {
                        return false;
                    }
                    path.push(first.get(left).copied().unwrap_or_default());
                    let equal = equal((one.0, entry.value), (two.0, other.value), path, order);
                    path.pop();
                    equal
                })
        }
        _ => false,
    }
}
