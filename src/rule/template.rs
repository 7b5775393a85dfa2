//! Templates: `action: global`, `repeat` and `reset`, as a pass from tree to tree before anything is read.
//!
//! A template is small and what it makes is not: each document that it is merged into holds all of it again, so a few
//! kilobytes could become gigabytes. What templates make is therefore bounded as a whole ([`MAX_MADE`]), as what aliases
//! stand for is bounded by the tree.

use super::codes::template;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, Fix};
use crate::yaml::{Entry, NodeId, NodeKind, Scalar, Tree};

/// How many values templates may make more than the file itself holds.
const MAX_MADE: usize = 50_000;

const ACTIONS: [&str; 3] = ["global", "repeat", "reset"];

/// The documents that templates leave no document of.
pub(super) struct Left {
    /// Those that only say something of others, and empty ones.
    pub apart: usize,
    /// Those that are not read because templates make too much.
    pub cut: usize,
}

/// Puts in place of the documents of a tree what its templates make of them. What is wrong is added to `findings`.
pub(super) fn expand(tree: &mut Tree<'_>, findings: &mut Vec<Diagnostic>) -> Left {
    let roots: Vec<NodeId> = tree.documents().iter().map(|document| document.root).collect();
    let mut pass = Pass {
        findings: Vec::new(),
        left: tree.count().saturating_add(MAX_MADE),
        tree,
        global: None,
        previous: None,
        unused: None,
        documents: Vec::with_capacity(roots.len()),
        apart: 0,
    };
    let whole = roots.iter().take_while(|root| pass.document(**root)).count();
    let cut = roots.len() - whole;
    let Pass { documents, findings: mut found, unused, apart, .. } = pass;
    if let Some(action) = unused {
        found.push(
            Diagnostic::new(
                &template::UNUSED_TEMPLATE,
                tree.span(action.value),
                "no document follows this template",
            )
            .help("add the documents that it is for, or remove `action`"),
        );
    }
    findings.append(&mut found);
    tree.set_documents(&documents);
    Left { apart, cut }
}

struct Pass<'a, 't> {
    tree: &'a mut Tree<'t>,
    findings: Vec<Diagnostic>,
    /// How many more values merging may make.
    left: usize,
    /// The template that holds for the documents to come.
    global: Option<NodeId>,
    /// What `repeat` repeats.
    previous: Option<NodeId>,
    /// The template that no document has used yet.
    unused: Option<Entry>,
    documents: Vec<NodeId>,
    /// How many documents only say something of others, or nothing.
    apart: usize,
}

impl Pass<'_, '_> {
    /// Takes the next document. `false` when what templates make is too much, so that the rest is not read.
    fn document(&mut self, root: NodeId) -> bool {
        // An empty document, as a trailing `---` leaves it, is nothing.
        if self.tree.scalar(root).is_some_and(Scalar::is_null) {
            self.apart += 1;
            return true;
        }
        let Some(action) = self.tree.get(root, "action") else { return self.plain(root) };
        let body = self.without(root, "action");
        let name = self.tree.scalar(action.value).map(|scalar| scalar.text.to_string());
        match name.as_deref() {
            Some("global") => self.template(action, body),
            Some("reset") => {
                self.global = None;
                // What a reset document holds besides is a document of its own.
                if self.tree.entries(body).is_some_and(|entries| !entries.is_empty()) {
                    self.keep(body);
                } else {
                    self.apart += 1;
                }
                true
            }
            Some("repeat") => self.repeat(action, body),
            other => {
                self.unknown(action, other);
                self.documents.push(body);
                true
            }
        }
    }

    /// A document without an action: a detection rule takes what the template says.
    fn plain(&mut self, root: NodeId) -> bool {
        let is_rule = self.tree.get(root, "correlation").or(self.tree.get(root, "filter")).is_none();
        let root = match self.global.filter(|_| is_rule) {
            Some(global) => {
                self.unused = None;
                let Some(merged) = self.merged(global, root) else { return false };
                merged
            }
            None => root,
        };
        self.keep(root);
        true
    }

    /// `action: global`: on top of the template before it.
    fn template(&mut self, action: Entry, body: NodeId) -> bool {
        self.unused = Some(action);
        let next = match self.global {
            Some(global) => self.merged(global, body),
            None => Some(body),
        };
        self.global = next;
        self.previous = next;
        // One that makes too much is counted with what is not read.
        self.apart += usize::from(next.is_some());
        next.is_some()
    }

    /// `action: repeat`: the document before, with changes.
    fn repeat(&mut self, action: Entry, body: NodeId) -> bool {
        let Some(before) = self.previous else {
            let span = self.tree.span(action.value);
            let message = "there is no document before this one to repeat";
            self.findings
                .push(Diagnostic::new(&template::UNKNOWN_ACTION, span, message).help("remove `action`"));
            self.documents.push(body);
            return true;
        };
        self.unused = None;
        // Repeating is for changing what was there, so what changes is not a conflict.
        let known = self.findings.len();
        let merged = self.merged(before, body);
        if let Some(root) = merged {
            self.findings.truncate(known);
            self.keep(root);
        }
        merged.is_some()
    }

    fn keep(&mut self, root: NodeId) {
        self.previous = Some(root);
        self.documents.push(root);
    }

    fn unknown(&mut self, action: Entry, name: Option<&str>) {
        let near = name.map(|name| nearest(name, ACTIONS)).unwrap_or_default();
        let span = self.tree.span(action.value);
        let message = match name {
            Some(name) => format!("unknown action `{name}`"),
            None => "`action` must be a text".to_owned(),
        };
        let mut finding = Diagnostic::new(&template::UNKNOWN_ACTION, span, message)
            .label("expected `global`, `repeat` or `reset`");
        if let Some(first) = near.first() {
            finding = finding.help(format!("did you mean `{first}`?")).fix(Fix::guess(span, first.clone()));
        }
        self.findings.push(finding.suggest(near));
    }

    /// The same map without a key.
    fn without(&mut self, map: NodeId, key: &str) -> NodeId {
        let entries = self.tree.entries(map).unwrap_or_default();
        let kept = entries.iter().copied().filter(|&entry| self.tree.key(entry) != key).collect();
        self.tree.compose(self.tree.span(map), kept)
    }

    /// `over` on top of `base`; `None`, with an error, when templates make too much.
    ///
    /// What a merge copies is at most what the two hold, so it is counted before anything is copied.
    fn merged(&mut self, base: NodeId, over: NodeId) -> Option<NodeId> {
        let size = self.tree.size(base).saturating_add(self.tree.size(over));
        let left = usize::try_from(size).ok().and_then(|size| self.left.checked_sub(size));
        if let Some(left) = left {
            self.left = left;
            return Some(self.merge(base, over));
        }
        self.findings.push(
            Diagnostic::new(
                &template::TEMPLATE_SIZE,
                self.tree.span(over),
                format!("templates make more than {MAX_MADE} values on top of what the file holds"),
            )
            .label("this document and those after it are not read")
            .help("split the file, or write the rules out"),
        );
        None
    }

    /// `over` with everything of `base` that it does not say itself; maps are merged deeply, everything else is
    /// replaced. The result is where `over` is.
    fn merge(&mut self, base: NodeId, over: NodeId) -> NodeId {
        let (Some(below), Some(above)) = (self.tree.entries(base), self.tree.entries(over)) else {
            return over;
        };
        let (below, above) = (below.to_vec(), above.to_vec());
        let index: rustc_hash::FxHashMap<String, usize> =
            above.iter().enumerate().map(|(at, &entry)| (self.tree.key(entry).to_owned(), at)).collect();
        let mut taken = vec![false; above.len()];
        let mut entries = Vec::with_capacity(below.len() + above.len());
        for entry in below {
            let at = index.get(self.tree.key(entry)).copied();
            let Some((&own, taken)) = at.and_then(|at| above.get(at).zip(taken.get_mut(at))) else {
                entries.push(entry);
                continue;
            };
            *taken = true;
            entries.push(Entry { key: own.key, value: self.both(entry, own) });
        }
        entries.extend(above.iter().zip(taken).filter(|(_, taken)| !taken).map(|(&entry, _)| entry));
        self.tree.compose(self.tree.span(over), entries)
    }

    /// The value of a key that the template and the document have.
    fn both(&mut self, template: Entry, own: Entry) -> NodeId {
        if self.tree.entries(template.value).is_some() && self.tree.entries(own.value).is_some() {
            return self.merge(template.value, own.value);
        }
        if differ(self.tree, template.value, own.value) {
            self.findings.push(
                Diagnostic::new(
                    &template::TEMPLATE_CONFLICT,
                    self.tree.span(own.key),
                    format!("`{}` replaces what the template says", self.tree.key(own)),
                )
                .also(self.tree.span(template.value), "the template")
                .help("take the key out of the template: tools disagree about which one counts"),
            );
        }
        own.value
    }
}

fn differ(tree: &Tree<'_>, left: NodeId, right: NodeId) -> bool {
    match (&tree.node(left).kind, &tree.node(right).kind) {
        (NodeKind::Scalar(left), NodeKind::Scalar(right)) => left.text != right.text,
        _ => true,
    }
}
