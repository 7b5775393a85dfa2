//! Which YAML is Sigma.

use super::KINDS;
use crate::diagnostic::Diagnostic;
use crate::rule::codes::document;
use crate::rule::wording::near;
use crate::source::Span;
use crate::yaml::{Entry, NodeId, NodeKind, Tree};

/// Whether a document is Sigma.
pub(super) fn is_sigma(tree: &Tree<'_>, root: NodeId) -> bool {
    let Some(entries) = tree.entries(root) else { return false };
    let has = |key: &str| entries.iter().any(|&entry| tree.key(entry) == key);
    let usual = ["logsource", "level", "status", "falsepositives", "tags", "id"];
    // A list of filters is ElastAlert's.
    let kind = |key: &str| has(key) && (key != "filter" || has("logsource") || !is_list(tree, root, key));
    KINDS.into_iter().any(kind)
        || (has("title") && (has("logsource") || usual.into_iter().filter(|&key| has(key)).count() >= 3))
        || (has("title") && has("condition") && entries.iter().any(|&entry| is_selection(tree.key(entry))))
        || (has("logsource")
            && entries.iter().any(|&entry| !near(tree.key(entry), KINDS.into_iter()).is_empty()))
        || names_a_log(tree, root)
        || entries.iter().take(MOST_KEYS).any(|&entry| is_misspelt_kind(tree, entry))
        || is_nearly(tree, entries)
}

fn is_list(tree: &Tree<'_>, root: NodeId, key: &str) -> bool {
    tree.get(root, key).is_some_and(|entry| matches!(tree.node(entry.value).kind, NodeKind::List(_)))
}

/// Whether a key is what selections are called.
fn is_selection(key: &str) -> bool {
    key == "selection" || key.starts_with("selection_")
}

/// Whether there is a log source as Sigma has it.
fn names_a_log(tree: &Tree<'_>, root: NodeId) -> bool {
    let Some(source) = tree.get(root, "logsource") else { return false };
    ["product", "service", "category"].iter().any(|key| tree.get(source.value, key).is_some())
}

/// Whether an entry is a detection or a correlation with its name misspelt.
fn is_misspelt_kind(tree: &Tree<'_>, entry: Entry) -> bool {
    let inside = |keys: &[&str]| keys.iter().all(|key| tree.get(entry.value, key).is_some());
    match near(tree.key(entry), ["detection", "correlation"].into_iter()).first().map(String::as_str) {
        Some("detection") => inside(&["condition"]),
        Some("correlation") => inside(&["type", "rules"]),
        _ => false,
    }
}

/// The most keys of a document that are compared with those of a rule.
const MOST_KEYS: usize = 64;

/// Whether both the log source and the detection are there, misspelt.
fn is_nearly(tree: &Tree<'_>, entries: &[Entry]) -> bool {
    ["logsource", "detection"].into_iter().all(|wanted| {
        entries
            .iter()
            .take(MOST_KEYS)
            .any(|&entry| near(tree.key(entry), std::iter::once(wanted)) == [wanted])
    })
}

/// The finding for a file that is not Sigma but holds rules under a key or in a list, or a detection of another product.
pub(super) fn elsewhere(tree: &Tree<'_>, text: &str) -> Option<Diagnostic> {
    if let Some(found) = tree.documents().iter().find_map(|document| nested(tree, document.root)) {
        let message = "the rule is inside another document".to_owned();
        let finding = Diagnostic::new(&document::NESTED_RULE, found, message);
        return Some(finding.help("write each rule as a document of its own, with `---` between two"));
    }
    let of_document = tree.documents().iter().find_map(|document| product(tree, document.root));
    let product = of_document.or_else(|| product_of_text(text))?;
    let line = text.lines().next().unwrap_or_default().len();
    let finding = Diagnostic::new(
        &document::ANOTHER_PRODUCT,
        Span::of(0, line),
        format!("a detection of {product}, which is not Sigma"),
    );
    Some(finding.help("write it as a Sigma rule, with `title`, `logsource` and `detection`"))
}

/// Where a rule begins that is under a key, in a list, or in a list under a key.
fn nested(tree: &Tree<'_>, root: NodeId) -> Option<Span> {
    let below = |node: NodeId| -> Vec<NodeId> {
        match &tree.node(node).kind {
            NodeKind::Map(entries) => entries.iter().map(|entry| entry.value).take(MOST_KEYS).collect(),
            NodeKind::List(items) => items.iter().copied().take(MOST_KEYS).collect(),
            NodeKind::Scalar(_) | NodeKind::Hole => Vec::new(),
        }
    };
    let is_rule = |node: &NodeId| {
        tree.get(*node, "detection").is_some_and(|entry| tree.get(entry.value, "condition").is_some())
    };
    let first = below(root);
    let found = first.iter().copied().find(is_rule);
    let found = found.or_else(|| first.into_iter().flat_map(below).find(|node| is_rule(node)))?;
    let entries = tree.entries(found)?;
    entries.first().map(|entry| tree.node(entry.key).span)
}

/// The product whose detection a document is.
fn product(tree: &Tree<'_>, root: NodeId) -> Option<&'static str> {
    // Falco has a list of rules, macros and lists.
    if let NodeKind::List(items) = &tree.node(root).kind {
        let falco =
            |&item: &NodeId| ["rule", "condition", "output"].iter().all(|key| tree.get(item, key).is_some());
        return items.iter().take(MOST_KEYS).any(falco).then_some("Falco");
    }
    let has = |keys: &[&str]| keys.iter().all(|key| tree.get(root, key).is_some());
    let text = |key: &str| tree.scalar(tree.get(root, key)?.value).map(|scalar| &*scalar.text);
    let rule = tree.get(root, "rule").map(|entry| entry.value);
    let in_file =
        rule.is_some_and(|rule| tree.get(rule, "query").is_some() && tree.get(rule, "type").is_some());
    let exported = has(&["query", "language"]) && (has(&["risk_score"]) || has(&["rule_id"]));
    if has(&["search", "data_source"]) || has(&["search", "how_to_implement"]) {
        Some("Splunk")
    } else if has(&["query"])
        && (matches!(text("kind"), Some("Scheduled" | "NRT")) || has(&["queryFrequency"]))
    {
        Some("Microsoft Sentinel")
    } else if has(&["AnalysisType"]) {
        Some("Panther")
    } else if in_file || exported {
        Some("Elastic")
    } else if has(&["index", "filter", "alert"]) {
        Some("ElastAlert")
    } else if has(&["queries", "cases"]) {
        Some("Datadog")
    } else {
        None
    }
}

/// The product whose detection a text is that is not YAML.
fn product_of_text(text: &str) -> Option<&'static str> {
    let begins = |wanted: &str| text.lines().any(|line| line.trim().starts_with(wanted));
    if begins("[rule]") && begins("query") {
        Some("Elastic")
    } else if begins("rule ") && begins("events:") && begins("condition:") {
        Some("Google SecOps (YARA-L)")
    } else {
        None
    }
}

/// Whether a text that cannot be read as YAML was meant as Sigma: a key of rules begins a line. `filter` is a key of other
/// products too, and a filter has a title; where something could be read, a title alone is not enough.
pub(super) fn looks_like_sigma(text: &str, nothing: bool) -> bool {
    let keys = ["logsource:", "detection:", "correlation:", "title:"];
    let keys = keys.get(..if nothing { 4 } else { 3 }).unwrap_or_default();
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    lines.any(|line| keys.iter().any(|key| line.starts_with(key)))
}
