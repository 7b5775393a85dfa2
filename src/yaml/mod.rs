//! A span-carrying YAML tree.
//!
//! [`read`] turns a text into a [`Tree`]: an arena in which every key, value and comment keeps its exact bytes.
//! It never fails: each document that cannot be read is reported and left out, and the others are still there.
//! The input is untrusted, so size, depth, the number of documents and what aliases expand to are bounded, and every
//! pass is linear.
//! [`de`] gives a document to serde, for files that are read into types.

mod again;
pub mod codes;
pub mod de;
mod events;
pub mod hazard;
mod locate;

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::source::{MAX_DOCUMENT_BYTES, MAX_FILE_BYTES, Span};
pub use locate::Locator;

/// How deep collections may nest.
pub const MAX_DEPTH: usize = 128;

/// How many documents a file may hold.
pub const MAX_DOCUMENTS: usize = 10_000;

/// How many nodes the aliases of a document may stand for in total.
pub const MAX_ALIASED_NODES: u32 = 100_000;

/// Bounds on size, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest file.
    pub file: usize,
    /// The largest document.
    pub document: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: MAX_FILE_BYTES, document: MAX_DOCUMENT_BYTES }
    }
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// The documents of one text. Aliases are resolved: an alias is the node that it names, at that node's own place.
#[derive(Debug)]
pub struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    documents: Vec<Document>,
    /// Documents that were begun and could not be read.
    lost: usize,
    comments: Vec<Span>,
}

/// A document that could be read.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// From its first node to its last.
    pub span: Span,
    /// Its value.
    pub root: NodeId,
}

/// A value and where it is.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// The exact text of the value: quotes, brackets and block headers included, surrounding space not.
    pub span: Span,
    /// The value.
    pub kind: NodeKind<'t>,
    /// How many nodes the value holds, itself included; aliases count as what they stand for.
    size: u32,
}

/// The kinds of value.
#[derive(Clone, Debug)]
pub enum NodeKind<'t> {
    /// A scalar.
    Scalar(Scalar<'t>),
    /// A sequence.
    List(Vec<NodeId>),
    /// A mapping, without duplicate keys; merged entries come last.
    Map(Vec<Entry>),
    /// Something that has been reported.
    Hole,
}

/// An entry of a mapping. The key is a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar<'t> {
    /// The text after YAML's own unquoting, unescaping and unfolding.
    pub text: Cow<'t, str>,
    /// How it was written.
    pub style: Style,
    /// What a tag says of it.
    pub tag: Tag,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// The tags that have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// No tag, or one that changes nothing (`!!int`: the text stays).
    None,
    /// `!!str` or `!`.
    Text,
    /// `!!null`.
    Null,
}

impl Scalar<'_> {
    /// Whether the scalar is `null`, `~` or nothing at all, in plain style.
    pub fn is_null(&self) -> bool {
        match self.tag {
            Tag::Null => true,
            Tag::Text => false,
            Tag::None => {
                self.style == Style::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
            }
        }
    }

    /// Whether the scalar was quoted, is a block scalar or has a text tag, so that it can only be text.
    pub fn is_quoted(&self) -> bool {
        self.style != Style::Plain || self.tag == Tag::Text
    }
}

impl<'t> Tree<'t> {
    /// The documents in order; those that could not be read are left out.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// How many documents could not be read; each has its finding. What cannot be told apart counts as one.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// Puts these values in place of the documents.
    pub fn set_documents(&mut self, roots: &[NodeId]) {
        self.documents = roots.iter().map(|&root| Document { span: self.span(root), root }).collect();
    }

    /// The comments in order, `#` included.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        static HOLE: Node<'static> = Node { span: Span::empty(0), kind: NodeKind::Hole, size: 1 };
        // An id comes from this tree, so it is always there; a hole would be the harmless answer.
        self.nodes.get(id.0 as usize).unwrap_or(&HOLE)
    }

    /// Every node, each once.
    pub fn nodes(&self) -> impl Iterator<Item = &Node<'t>> {
        self.nodes.iter()
    }

    /// The place of a node.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// The whole text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The text as written at a place; empty where the text has no such place.
    pub fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// How many nodes the value holds, itself included; aliases count as what they stand for.
    pub fn size(&self, id: NodeId) -> u32 {
        self.node(id).size
    }

    /// How many nodes the tree holds, each counted once.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// The scalar at a node.
    pub fn scalar(&self, id: NodeId) -> Option<&Scalar<'t>> {
        match &self.node(id).kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn entries(&self, id: NodeId) -> Option<&[Entry]> {
        match &self.node(id).kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text of a key.
    pub fn key(&self, entry: Entry) -> &str {
        self.scalar(entry.key).map_or("", |scalar| &scalar.text)
    }

    /// The entry of a mapping with this key.
    pub fn get(&self, id: NodeId, key: &str) -> Option<Entry> {
        self.entries(id)?.iter().copied().find(|&entry| self.key(entry) == key)
    }

    /// Adds a mapping that is made of entries of this tree.
    pub fn compose(&mut self, span: Span, entries: Vec<Entry>) -> NodeId {
        let size = entries
            .iter()
            .fold(1u32, |sum, entry| sum.saturating_add(1).saturating_add(self.size(entry.value)));
        self.push(Node { span, kind: NodeKind::Map(entries), size })
    }

    /// Where ranges of a scalar's decoded text are in the source.
    pub fn locator(&self, id: NodeId) -> Locator {
        let span = self.span(id);
        match self.text.get(span.range()).zip(self.scalar(id)) {
            Some((source, scalar)) => Locator::new(source, scalar, span),
            None => Locator::whole(span),
        }
    }

    /// Where one range of a scalar's decoded text is in the source; the whole scalar when no smaller place is
    /// known. For several ranges of one scalar take a [`locator`](Self::locator).
    pub fn locate(&self, id: NodeId, range: std::ops::Range<usize>) -> Span {
        self.locator(id).span(range)
    }

    fn push(&mut self, node: Node<'t>) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }
}

/// Reads every document of a text.
pub fn read(text: &str) -> (Tree<'_>, Vec<Diagnostic>) {
    read_with(text, Limits::default())
}

/// Reads every document of a text within these limits.
pub fn read_with(text: &str, limits: Limits) -> (Tree<'_>, Vec<Diagnostic>) {
    let mut tree = Tree { text, nodes: Vec::new(), documents: Vec::new(), lost: 0, comments: Vec::new() };
    let mut findings = Vec::new();
    if let Err(finding) = printable(text, limits) {
        findings.push(finding);
        tree.lost = 1;
        return (tree, findings);
    }
    let parts = documents(text);
    if let Some(extra) = parts.get(MAX_DOCUMENTS) {
        tree.lost += 1;
        findings.push(
            Diagnostic::new(
                &codes::TOO_MANY_DOCUMENTS,
                Span::of(extra.start, (extra.start + 3).min(text.len())),
                format!("the file holds more than {MAX_DOCUMENTS} documents"),
            )
            .help("split the file"),
        );
    }
    for part in parts.into_iter().take(MAX_DOCUMENTS) {
        if part.len() > limits.document {
            tree.lost += 1;
            findings.push(
                Diagnostic::new(
                    &codes::DOCUMENT_TOO_LARGE,
                    Span::of(part.start, first_line_end(text, part.start)),
                    format!("the document is larger than {} bytes", limits.document),
                )
                .label(format!("{} bytes from here", part.len()))
                .help("split the rule, or move long value lists into a placeholder"),
            );
            continue;
        }
        events::document(&mut tree, part, &mut findings);
    }
    (tree, findings)
}

/// The text of a file.
///
/// # Errors
/// A finding at the first byte that is not UTF-8; its offset counts in the bytes given.
#[expect(
    clippy::result_large_err,
    reason = "made once per file, and every caller takes the finding as it is"
)]
pub fn decode(bytes: &[u8]) -> Result<&str, Diagnostic> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(too_large(MAX_FILE_BYTES));
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let finding = Diagnostic::new(
        &codes::NOT_UTF8,
        Span::of(at, at + error.error_len().unwrap_or(1)),
        format!("byte 0x{byte:02x} at offset {at} is not UTF-8"),
    );
    Err(finding.help(match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16: save it as UTF-8",
        _ => "save the file as UTF-8",
    }))
}

/// That a file is larger than so many bytes.
pub fn too_large(limit: usize) -> Diagnostic {
    Diagnostic::new(&codes::FILE_TOO_LARGE, Span::empty(0), format!("the file is larger than {limit} bytes"))
        .help("split the file")
}

/// Size and characters: what YAML forbids outright.
#[expect(
    clippy::result_large_err,
    reason = "made once per file, and every caller takes the finding as it is"
)]
fn printable(text: &str, limits: Limits) -> Result<(), Diagnostic> {
    if text.len() > limits.file {
        return Err(too_large(limits.file));
    }
    let forbidden = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f;
    let Some(at) = text.bytes().position(forbidden) else { return Ok(()) };
    let byte = text.as_bytes().get(at).copied().unwrap_or_default();
    Err(Diagnostic::new(
        &codes::CONTROL_CHARACTER,
        Span::of(at, at + 1),
        format!("control character U+{byte:04X} in the text"),
    )
    .help(format!("remove it, or write `\\x{byte:02x}` in a double-quoted value")))
}

fn first_line_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// Cuts a text before each line that begins a document with `---`, which YAML allows to mean nothing else.
/// One more than [`MAX_DOCUMENTS`] are cut at most.
/// Directives, which follow the start of the text or a line `...`, stay with the document that they precede.
fn documents(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices("---") {
        let begins = match at.checked_sub(1).and_then(|before| bytes.get(before)) {
            None => true,
            Some(before) => matches!(before, b'\n' | b'\r') || (at == 3 && text.starts_with('\u{feff}')),
        };
        let ends = matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\n' | b'\r'));
        if !(begins && ends) {
            continue;
        }
        let cut = before_prefix(text.get(start..at).unwrap_or_default()).map_or(at, |prefix| start + prefix);
        if cut > start {
            parts.push(start..cut);
            start = cut;
            if parts.len() > MAX_DOCUMENTS {
                return parts;
            }
        }
    }
    parts.push(start..text.len());
    parts
}

/// Where the document prefix (comments, directives, blank lines) at the end of `text` begins, when it does begin there:
/// at the start of the text, or after a line `...`.
fn before_prefix(text: &str) -> Option<usize> {
    let mut end = text.len();
    while end > 0 {
        let body = text.get(..end)?.trim_end_matches(['\n', '\r']);
        let begin = body.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line = body.get(begin..)?.trim_start_matches('\u{feff}');
        if line.starts_with("...") {
            return Some(end);
        }
        if !(line.trim().is_empty() || line.starts_with(['#', '%'])) {
            return None;
        }
        end = begin;
    }
    Some(0)
}
