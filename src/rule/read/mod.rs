//! From a YAML tree to documents.

mod correlation;
mod detection;
mod field;
mod filter;
mod first_seen;
mod item;
mod meta;
mod range;
mod rewrite;
mod sigma;
mod tag;

use std::cell::Cell;
use std::collections::BTreeSet;

use super::codes::document;
use super::wording::near;
use super::{Count, Document, Reading, template};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Entry, Limits, NodeId, NodeKind, Tree};

/// Reads every document of a file within these limits.
pub(super) fn file(source: &SourceFile, limits: Limits) -> Reading {
    let (mut tree, mut diagnostics) = yaml::read_with(source.text(), limits);
    let whole = diagnostics.iter().all(|finding| finding.severity != Severity::Error);
    let sigma = tree.documents().iter().any(|document| sigma::is_sigma(&tree, document.root))
        || (!whole && sigma::looks_like_sigma(source.text(), tree.documents().is_empty()));
    if !sigma {
        diagnostics.extend(sigma::elsewhere(&tree, source.text()));
        return Reading { documents: Vec::new(), diagnostics, sigma, count: Count::default() };
    }
    let mut documents = Vec::new();
    let found = tree.documents().len() + tree.lost();
    let template::Left { apart, cut } = template::expand(&mut tree, &mut diagnostics);
    let mut lost = tree.lost() + cut;
    for root in tree.documents().iter().map(|document| document.root) {
        let mut reader =
            Reader { tree: &tree, findings: Vec::new(), version: 2, searches: Cell::new(MAX_SEARCHES) };
        match reader.document(root) {
            Some(document) => documents.push(document),
            None => lost += 1,
        }
        diagnostics.append(&mut reader.findings);
    }
    // Parts that several documents share through a template or an alias are read with each of them.
    let mut seen = BTreeSet::new();
    diagnostics.retain(|finding| {
        seen.insert((finding.span.start, finding.span.end, finding.code.id, finding.message.clone()))
    });
    diagnostics.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.code.id));
    let count = Count { found, read: documents.len(), apart, lost };
    Reading { documents, diagnostics, sigma, count }
}

/// Reads one document.
struct Reader<'a, 't> {
    tree: &'a Tree<'t>,
    findings: Vec<Diagnostic>,
    /// The major version that the document declares.
    version: u32,
    /// How many more unknown names may be compared with known ones.
    searches: Cell<u32>,
}

/// How many unknown names of one document are compared with known ones.
const MAX_SEARCHES: u32 = 300;

/// The kinds of document by the key that makes them.
const KINDS: [&str; 3] = ["detection", "correlation", "filter"];

impl Reader<'_, '_> {
    fn document(&mut self, root: NodeId) -> Option<Document> {
        let span = self.tree.span(root);
        let Some(entries) = self.tree.entries(root) else {
            self.report(
                Diagnostic::new(&document::NOT_A_MAP, span, "the document is not a map")
                    .help("a rule has `title`, `logsource` and `detection`"),
            );
            return None;
        };
        let kinds: Vec<Entry> =
            entries.iter().copied().filter(|&entry| KINDS.contains(&self.tree.key(entry))).collect();
        let meta = self.meta(root);
        if let [first, second, ..] = kinds.as_slice() {
            self.report(
                Diagnostic::new(
                    &document::AMBIGUOUS_KIND,
                    self.tree.span(second.key),
                    format!(
                        "a document with `{}` cannot have `{}`",
                        self.tree.key(*first),
                        self.tree.key(*second)
                    ),
                )
                .also(self.tree.span(first.key), "the other one")
                .help("part them by a line `---`"),
            );
        }
        let Some(&kind) = kinds.first() else {
            let near = self.near_kind(entries);
            let mut finding =
                Diagnostic::new(&document::MISSING_KEY, self.head(root), "the document has no `detection`");
            finding = match near {
                Some((entry, name)) => {
                    let key = self.tree.span(entry.key);
                    finding
                        .also(key, format!("is `{name}` meant?"))
                        .help(format!("did you mean `{name}`?"))
                        .fix(Fix::guess(key, name))
                        .suggest([name.to_owned()])
                }
                None => {
                    finding.help("a rule needs `detection`, a correlation `correlation`, a filter `filter`")
                }
            };
            self.report(finding);
            let logsource = self.logsource(root);
            return Some(Document::Detection(super::DetectionRule {
                meta,
                logsource,
                detection: super::Detection { span, ..super::Detection::default() },
                first_seen: None,
            }));
        };
        if self.tree.key(kind) != "detection" {
            self.misplaced_first_seen(root);
        }
        Some(match self.tree.key(kind) {
            "correlation" => {
                self.generate_beside(root);
                Document::Correlation(self.correlation(meta, kind.value))
            }
            "filter" => {
                let logsource = self.logsource(root);
                Document::Filter(self.filter(meta, logsource, root, kind.value))
            }
            _ => {
                let logsource = self.logsource(root);
                let detection = self.rule_detection(&meta, root, kind.value);
                let first_seen = self.first_seen(&meta, root);
                Document::Detection(super::DetectionRule { meta, logsource, detection, first_seen })
            }
        })
    }

    /// The key that was probably meant to be one of the kinds.
    fn near_kind(&self, entries: &[Entry]) -> Option<(Entry, &'static str)> {
        entries.iter().find_map(|&entry| {
            let key = self.tree.key(entry);
            let found = near(key, KINDS.into_iter());
            let name = KINDS.into_iter().find(|name| found.first().is_some_and(|first| first == name))?;
            Some((entry, name))
        })
    }

    /// Known names near to a misspelt one, as long as the document has not asked too often.
    fn near<'n>(&self, wanted: &str, known: impl Iterator<Item = &'n str>) -> Vec<String> {
        let left = self.searches.get();
        self.searches.set(left.saturating_sub(1));
        if left == 0 { Vec::new() } else { near(wanted, known) }
    }

    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// The place of findings about a map as a whole: its first key.
    fn head(&self, map: NodeId) -> Span {
        match self.tree.entries(map).and_then(<[Entry]>::first) {
            Some(entry) => self.tree.span(entry.key),
            None => self.tree.span(map),
        }
    }

    /// What is at a node, for messages.
    fn shape(&self, id: NodeId) -> &'static str {
        match &self.tree.node(id).kind {
            NodeKind::Scalar(scalar) if scalar.is_null() => "nothing",
            NodeKind::Scalar(_) => "a single value",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
            NodeKind::Hole => "something unreadable",
        }
    }

    /// Reports that `what` has the wrong shape, unless its value has been reported already.
    fn wrong_shape(&mut self, id: NodeId, what: &str, expected: &str) {
        if matches!(self.tree.node(id).kind, NodeKind::Hole) {
            return;
        }
        let finding =
            Diagnostic::new(&document::WRONG_SHAPE, self.tree.span(id), format!("{what} must be {expected}"))
                .label(format!("found {}", self.shape(id)));
        self.report(finding);
    }

    /// A text that is not null; everything else is reported.
    fn text(&mut self, id: NodeId, what: &str) -> Option<Spanned<String>> {
        match self.tree.scalar(id) {
            Some(scalar) if !scalar.is_null() => {
                Some(Spanned::new(scalar.text.clone().into_owned(), self.tree.span(id)))
            }
            _ => {
                self.wrong_shape(id, what, "a text");
                None
            }
        }
    }

    /// A list of texts; a single text is a list of one when `single` allows it.
    fn texts(&mut self, id: NodeId, what: &str, single: bool) -> Vec<Spanned<String>> {
        match &self.tree.node(id).kind {
            NodeKind::List(items) => {
                let entry = format!("an entry of {what}");
                items.iter().filter_map(|&item| self.text(item, &entry)).collect()
            }
            NodeKind::Scalar(scalar) if single && !scalar.is_null() => {
                vec![Spanned::new(scalar.text.clone().into_owned(), self.tree.span(id))]
            }
            _ => {
                self.wrong_shape(id, what, "a list of texts");
                Vec::new()
            }
        }
    }

    /// A key that a map must have; reports when it is missing.
    fn required(&mut self, map: NodeId, key: &'static str, of: &str, help: &str) -> Option<Entry> {
        let found = self.tree.get(map, key);
        if found.is_none() {
            let mut finding =
                Diagnostic::new(&document::MISSING_KEY, self.head(map), format!("{of} has no `{key}`"))
                    .help(help);
            let entries = self.tree.entries(map).unwrap_or_default();
            let close =
                entries.iter().find(|&&entry| near(self.tree.key(entry), std::iter::once(key)) == [key]);
            if let Some(entry) = close {
                let span = self.tree.span(entry.key);
                // At the head of the document it is the place of the finding already.
                if span != finding.span {
                    finding = finding.also(span, format!("is `{key}` meant?"));
                }
                finding = finding.help(format!("did you mean `{key}`?")).fix(Fix::guess(span, key));
            }
            self.report(finding);
        }
        found
    }
}
