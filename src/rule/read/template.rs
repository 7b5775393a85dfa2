//! Which YAML is Sigma, and templates: `action: global`, `repeat` and `reset`.

use super::{KINDS, codes, near};
use crate::diagnostic::{Diagnostic, Fix};
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// How many entries merging may copy in one file.
const MAX_COPIED: usize = 200_000;

const ACTIONS: [&str; 3] = ["global", "repeat", "reset"];

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

/// The roots of the documents after templates have been merged into them.
pub(super) fn merged(tree: &mut Tree<'_>, findings: &mut Vec<Diagnostic>) -> Vec<NodeId> {
    let mut state = Templates { copied: 0, conflicts: Vec::new() };
    let mut found = Vec::new();
    let (mut global, mut previous) = (None, None);
    let mut unused: Option<Entry> = None;
    let roots: Vec<NodeId> = tree.documents().iter().map(|document| document.root).collect();
    for root in roots {
        // An empty document, as a trailing `---` leaves it, is nothing.
        if tree.scalar(root).is_some_and(crate::yaml::Scalar::is_null) {
            continue;
        }
        let Some(action) = tree.get(root, "action") else {
            let shared =
                global.filter(|_| tree.get(root, "correlation").or(tree.get(root, "filter")).is_none());
            let root = match shared {
                Some(global) => {
                    unused = None;
                    state.merge(tree, global, root)
                }
                None => root,
            };
            if state.copied > MAX_COPIED {
                findings.push(too_large(tree, root));
                return found;
            }
            previous = Some(root);
            found.push(root);
            continue;
        };
        let body = without(tree, root, "action");
        match tree.scalar(action.value).map(|scalar| scalar.text.to_string()).as_deref() {
            Some("global") => {
                unused = Some(action);
                let next = global.map_or(body, |global| state.merge(tree, global, body));
                global = Some(next);
                previous = global;
            }
            Some("reset") => {
                global = None;
                // What a reset document holds besides is a document of its own.
                if tree.entries(body).is_some_and(|entries| !entries.is_empty()) {
                    previous = Some(body);
                    found.push(body);
                }
            }
            Some("repeat") => {
                let Some(before) = previous else {
                    findings.push(
                        Diagnostic::new(
                            &codes::UNKNOWN_ACTION,
                            tree.span(action.value),
                            "there is no document before this one to repeat",
                        )
                        .help("remove `action`"),
                    );
                    found.push(body);
                    continue;
                };
                unused = None;
                // Repeating is for changing what was there, so what changes is no conflict.
                let known = state.conflicts.len();
                let root = state.merge(tree, before, body);
                state.conflicts.truncate(known);
                if state.copied > MAX_COPIED {
                    findings.push(too_large(tree, root));
                    return found;
                }
                previous = Some(root);
                found.push(root);
            }
            other => {
                let near = other.map(|other| near(other, ACTIONS.into_iter())).unwrap_or_default();
                let span = tree.span(action.value);
                let message = match other {
                    Some(other) => format!("unknown action `{other}`"),
                    None => "`action` must be a text".to_owned(),
                };
                let mut finding = Diagnostic::new(&codes::UNKNOWN_ACTION, span, message)
                    .label("expected `global`, `repeat` or `reset`");
                if let Some(first) = near.first() {
                    finding =
                        finding.help(format!("did you mean `{first}`?")).fix(Fix::guess(span, first.clone()));
                }
                findings.push(finding.suggest(near));
                found.push(body);
            }
        }
    }
    if let Some(action) = unused {
        findings.push(
            Diagnostic::new(
                &codes::UNUSED_TEMPLATE,
                tree.span(action.value),
                "no document follows this template",
            )
            .help("add the documents that it is for, or remove `action`"),
        );
    }
    findings.append(&mut state.conflicts);
    found
}

fn too_large(tree: &Tree<'_>, root: NodeId) -> Diagnostic {
    Diagnostic::new(
        &codes::TEMPLATE_SIZE,
        tree.span(root),
        format!("merging templates copies more than {MAX_COPIED} entries"),
    )
    .help("split the file, or write the rules out")
}

/// The same map without a key.
fn without(tree: &mut Tree<'_>, map: NodeId, key: &str) -> NodeId {
    let entries = tree.entries(map).unwrap_or_default();
    let kept = entries.iter().copied().filter(|&entry| tree.key(entry) != key).collect();
    tree.compose(tree.span(map), kept)
}

struct Templates {
    copied: usize,
    conflicts: Vec<Diagnostic>,
}

impl Templates {
    /// `over` with everything of `base` that it does not say itself; maps are merged deeply, everything else is
    /// replaced. The result stands where `over` stands.
    fn merge(&mut self, tree: &mut Tree<'_>, base: NodeId, over: NodeId) -> NodeId {
        let (Some(below), Some(above)) = (tree.entries(base), tree.entries(over)) else { return over };
        let (below, above) = (below.to_vec(), above.to_vec());
        self.copied += below.len() + above.len();
        if self.copied > MAX_COPIED {
            return over;
        }
        let index: rustc_hash::FxHashMap<String, usize> =
            above.iter().enumerate().map(|(at, &entry)| (tree.key(entry).to_owned(), at)).collect();
        let mut taken = vec![false; above.len()];
        let mut entries = Vec::with_capacity(below.len() + above.len());
        for entry in below {
            let Some(&at) = index.get(tree.key(entry)) else {
                entries.push(entry);
                continue;
            };
            let Some(&own) = above.get(at) else { continue };
            if let Some(taken) = taken.get_mut(at) {
                *taken = true;
            }
            let both_maps = tree.entries(entry.value).is_some() && tree.entries(own.value).is_some();
            let value = if both_maps { self.merge(tree, entry.value, own.value) } else { own.value };
            if !both_maps && differ(tree, entry.value, own.value) {
                self.conflicts.push(
                    Diagnostic::new(
                        &codes::TEMPLATE_CONFLICT,
                        tree.span(own.key),
                        format!("`{}` replaces what the template says", tree.key(own)),
                    )
                    .also(tree.span(entry.value), "the template")
                    .help("take the key out of the template: tools disagree about which one counts"),
                );
            }
            entries.push(Entry { key: own.key, value });
        }
        entries.extend(above.iter().zip(taken).filter(|(_, taken)| !taken).map(|(&entry, _)| entry));
        tree.compose(tree.span(over), entries)
    }
}

fn differ(tree: &Tree<'_>, left: NodeId, right: NodeId) -> bool {
    match (&tree.node(left).kind, &tree.node(right).kind) {
        (Kind::Scalar(left), Kind::Scalar(right)) => left.text != right.text,
        _ => true,
    }
}
