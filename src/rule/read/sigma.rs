//! Which YAML is Sigma.

use super::{KINDS, near};
use crate::yaml::{NodeId, Tree};

/// Whether a document is Sigma.
pub(super) fn is_sigma(tree: &Tree<'_>, root: NodeId) -> bool {
    let Some(entries) = tree.entries(root) else { return false };
    let has = |key: &str| entries.iter().any(|&entry| tree.key(entry) == key);
    let usual = ["logsource", "level", "status", "falsepositives", "tags", "id"];
    KINDS.into_iter().any(has)
        || (has("title") && (has("logsource") || usual.into_iter().filter(|&key| has(key)).count() >= 3))
        || (has("logsource")
            && entries.iter().any(|&entry| !near(tree.key(entry), KINDS.into_iter()).is_empty()))
}

/// Whether a text that cannot be read as YAML was meant as Sigma.
pub(super) fn looks_like_sigma(text: &str) -> bool {
    let mut has = [false; 5];
    for line in text.lines() {
        for (key, seen) in
            ["detection:", "correlation:", "filter:", "logsource:", "title:"].iter().zip(&mut has)
        {
            *seen = *seen || line.trim_start_matches('\u{feff}').starts_with(key);
        }
    }
    let [detection, correlation, filter, logsource, title] = has;
    detection || correlation || (filter && (logsource || title)) || (logsource && title)
}
