//! Words of messages: names cut to length, and near ones.

use crate::diagnostic::nearest::nearest;

/// A text for a message, cut when it is long.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Known names near to a misspelt one. Long names and long lists are not searched, so that the cost is bounded.
pub(super) fn near<'n>(wanted: &str, known: impl Iterator<Item = &'n str>) -> Vec<String> {
    if wanted.len() > 64 {
        return Vec::new();
    }
    nearest(wanted, known.take(256).filter(|name| name.len() <= 96))
}
