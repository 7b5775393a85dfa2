//! Builds the tree from the events of `granit-parser`, the one place that names it.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use rustc_hash::FxHashMap;

use super::{
    Document, Entry, MAX_ALIASED_NODES, MAX_DEPTH, Node, NodeId, NodeKind, Scalar, Style, Tag, Tree, codes,
};
use super::{again, hazard};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Mappings up to this size are searched for duplicates without an index.
const SMALL_MAP: usize = 12;

/// Reads the documents in `part` of the tree's text: one, or several that are parted by `...` alone.
/// After a syntax error the rest of the part is left out.
pub(super) fn document(tree: &mut Tree<'_>, part: Range<usize>, findings: &mut Vec<Diagnostic>) {
    let Some(text) = tree.text.get(part.clone()) else { return };
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        max_buffered_comment_events: usize::MAX,
    };
    let mut builder = Builder {
        tree,
        findings,
        base: part.start,
        stack: Vec::new(),
        anchors: FxHashMap::default(),
        aliased: 0,
        root: None,
        again: Vec::new(),
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                if !builder.event(event, &span) {
                    tree.lost += 1;
                    return;
                }
            }
            Err(error) => {
                let finding = syntax(&error, text, part.start);
                builder.findings.push(finding);
                tree.lost += 1;
                return;
            }
        }
    }
}

/// An open collection.
struct Frame {
    id: NodeId,
    flow: bool,
    /// From the first bracket, dash or key to the last byte seen so far.
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<NodeId>),
    Map {
        entries: Vec<Entry>,
        /// Index of the entries by key, once there are many.
        index: FxHashMap<String, usize>,
        /// The key whose value comes next.
        key: Option<NodeId>,
        /// Values of merge keys.
        merged: Vec<NodeId>,
    },
}

struct Builder<'b, 't> {
    tree: &'b mut Tree<'t>,
    findings: &'b mut Vec<Diagnostic>,
    base: usize,
    stack: Vec<Frame>,
    anchors: FxHashMap<usize, NodeId>,
    aliased: u32,
    root: Option<NodeId>,
    /// The keys of the outermost mapping that are there before, each with its first place.
    again: Vec<(NodeId, NodeId)>,
}

impl<'t> Builder<'_, 't> {
    /// Takes one event; `false` ends the reading.
    fn event(&mut self, event: Event<'t>, at: &granit_parser::Span) -> bool {
        let span = self.place(at);
        match event {
            Event::Comment(..) => self.tree.comments.push(span),
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.aliased = 0;
                self.root = None;
                self.again.clear();
            }
            Event::DocumentEnd => {
                if let Some(root) = self.root.take() {
                    self.tree.documents.push(Document { span: self.tree.span(root), root });
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let before = self.findings.len();
                let tag = self.tag(tag.as_deref(), at);
                // What an unknown tag makes of the text nobody can say.
                if self.findings.len() > before && anchor == 0 {
                    self.hole(span);
                    return true;
                }
                let node = self.scalar(text, style, tag, span);
                let span = node.span;
                let id = self.tree.push(node);
                self.anchor(anchor, id);
                self.place_child(id, span);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), at);
                return self.open(Content::List(Vec::new()), style, anchor, span);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), at);
                let content = Content::Map {
                    entries: Vec::new(),
                    index: FxHashMap::default(),
                    key: None,
                    merged: Vec::new(),
                };
                return self.open(content, style, anchor, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                self.findings.push(
                    Diagnostic::new(
                        &codes::BAD_ALIAS,
                        span,
                        format!("the anchor `&{name}` is not defined before this alias"),
                    )
                    .help("quote the value if a text that begins with `*` is meant"),
                );
                self.hole(span);
            }
            _ => {}
        }
        true
    }

    fn place(&self, at: &granit_parser::Span) -> Span {
        let range = at.byte_range().unwrap_or(0..0);
        Span::of(self.base + range.start, self.base + range.end)
    }

    fn scalar(&self, text: Cow<'t, str>, style: ScalarStyle, tag: Tag, span: Span) -> Node<'t> {
        let (style, span) = match style {
            ScalarStyle::Plain => (Style::Plain, span),
            ScalarStyle::SingleQuoted => (Style::Single, span),
            ScalarStyle::DoubleQuoted => (Style::Double, span),
            ScalarStyle::Literal => (Style::Literal, self.block(span)),
            ScalarStyle::Folded => (Style::Folded, self.block(span)),
        };
        // The parser gives `~` for nothing at all.
        let text = if style == Style::Plain && span.is_empty() { Cow::Borrowed("") } else { text };
        Node { span, kind: NodeKind::Scalar(Scalar { text, style, tag }), size: 1 }
    }

    /// The span of a block scalar from its header to its last text; the parser's begins after the header's line and
    /// ends at the next token.
    fn block(&self, span: Span) -> Span {
        let text = self.tree.text;
        let before = text.get(self.base..span.start as usize).unwrap_or_default().trim_end();
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let header = before.get(line..).unwrap_or_default();
        let bare = |header: &str| {
            let header =
                header.trim_end().trim_end_matches(|char: char| char.is_ascii_digit() || "+-".contains(char));
            header.ends_with(['|', '>']).then(|| header.len() - 1)
        };
        // A comment may follow the header; the first cut that leaves a header is the right one.
        let found = bare(header).or_else(|| {
            header.match_indices(" #").find_map(|(at, _)| bare(header.get(..at).unwrap_or_default()))
        });
        let start = found.map_or(span.start as usize, |at| self.base + line + at);
        let body = text.get(start..span.end as usize).unwrap_or_default();
        Span::of(start, start + body.trim_end().len())
    }

    fn tag(&mut self, tag: Option<&granit_parser::Tag>, at: &granit_parser::Span) -> Tag {
        let Some(tag) = tag else { return Tag::None };
        if tag.original() == "!" {
            return Tag::Text;
        }
        match tag.core_suffix() {
            Some("str") => Tag::Text,
            Some("null") => Tag::Null,
            Some(_) => Tag::None,
            None => {
                let span = at.tag_span().map_or_else(|| self.place(at), |span| self.place(&span));
                self.findings.push(
                    Diagnostic::new(&codes::UNKNOWN_TAG, span, format!("unknown tag `{}`", tag.original()))
                        .help(
                            "quote the value if a text that begins with `!` is meant, and negate a condition by \
                             `not`; else remove the tag",
                        ),
                );
                Tag::None
            }
        }
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let Some(&target) = self.anchors.get(&anchor) else {
            self.findings.push(Diagnostic::new(&codes::BAD_ALIAS, span, "the alias names no anchor"));
            return self.hole(span);
        };
        // A node has no size until it is closed.
        let size = self.tree.size(target);
        if size == 0 {
            self.findings.push(
                Diagnostic::new(&codes::BAD_ALIAS, span, "the alias is inside the value that it names")
                    .also(self.tree.span(target), "this value would contain itself"),
            );
            return self.hole(span);
        }
        let before = self.aliased;
        self.aliased = self.aliased.saturating_add(size);
        if self.aliased > MAX_ALIASED_NODES {
            if before <= MAX_ALIASED_NODES {
                self.findings.push(
                    Diagnostic::new(
                        &codes::ALIAS_EXPANSION,
                        span,
                        format!("the aliases of the document expand to more than {MAX_ALIASED_NODES} values"),
                    )
                    .help("write the values out where they are needed"),
                );
            }
            return self.hole(span);
        }
        self.place_child(target, span);
    }

    fn hole(&mut self, span: Span) {
        let id = self.tree.push(Node { span, kind: NodeKind::Hole, size: 1 });
        self.place_child(id, span);
    }

    fn open(&mut self, content: Content, style: StructureStyle, anchor: usize, span: Span) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            self.findings.push(too_deep(span));
            return false;
        }
        let flow = style == StructureStyle::Flow;
        let id = self.tree.push(Node { span, kind: NodeKind::Hole, size: 0 });
        self.anchor(anchor, id);
        self.stack.push(Frame { id, flow, span, content });
        true
    }

    fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let Frame { id, flow, span, content } = frame;
        let span = if flow { span.to(end) } else { span };
        let (kind, size) = match content {
            Content::List(items) => {
                let size = items.iter().fold(1u32, |sum, &item| sum.saturating_add(self.tree.size(item)));
                (NodeKind::List(items), size)
            }
            Content::Map { mut entries, mut index, merged, .. } => {
                if self.stack.is_empty() {
                    let again = std::mem::take(&mut self.again);
                    self.findings.extend(again::findings(self.tree, &entries, &again));
                }
                for value in merged {
                    self.merge(value, &mut entries, &mut index);
                }
                let size = entries.iter().fold(1u32, |sum, entry| {
                    sum.saturating_add(1).saturating_add(self.tree.size(entry.value))
                });
                (NodeKind::Map(entries), size)
            }
        };
        if let Some(node) = self.tree.nodes.get_mut(id.0 as usize) {
            *node = Node { span, kind, size };
        }
        self.place_child(id, span);
    }

    /// Hands a finished value, which is at `span` (for an alias, the alias), to the collection around it.
    fn place_child(&mut self, id: NodeId, span: Span) {
        let outermost = self.stack.len() == 1;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(id);
            return;
        };
        frame.span = frame.span.to(span);
        let (entries, index, key, merged) = match &mut frame.content {
            Content::List(items) => return items.push(id),
            Content::Map { entries, index, key, merged } => (entries, index, key, merged),
        };
        let Some(name) = key.take() else {
            *key = Some(id);
            return;
        };
        let NodeKind::Scalar(scalar) = &self.tree.node(name).kind else {
            if !matches!(self.tree.node(name).kind, NodeKind::Hole) {
                self.findings.push(
                    Diagnostic::new(
                        &codes::KEY_NOT_TEXT,
                        self.tree.span(name),
                        "a list or map cannot be a key",
                    )
                    .help("quote the key if a text is meant"),
                );
            }
            return;
        };
        if scalar.text == "<<" && scalar.style == Style::Plain && scalar.tag == Tag::None {
            return merged.push(id);
        }
        if let Some(first) = find(self.tree, entries, index, &scalar.text) {
            if outermost {
                return self.again.push((first, name));
            }
            return self.findings.push(again::duplicate(self.tree, first, name));
        }
        insert(self.tree, entries, index, Entry { key: name, value: id });
    }

    /// Adds the entries of a merge key's value that the mapping does not have itself.
    fn merge(&mut self, value: NodeId, entries: &mut Vec<Entry>, index: &mut FxHashMap<String, usize>) {
        let sources = match &self.tree.node(value).kind {
            NodeKind::Map(_) => vec![value],
            NodeKind::List(items) => items.clone(),
            NodeKind::Hole => return,
            NodeKind::Scalar(_) => Vec::new(),
        };
        if sources.is_empty() || sources.iter().any(|&source| self.tree.entries(source).is_none()) {
            self.findings.push(
                Diagnostic::new(
                    &codes::BAD_MERGE,
                    self.tree.span(value),
                    "only maps can be merged with `<<`",
                )
                .help("write `<<: *name`, where `&name` marks a map"),
            );
            return;
        }
        for source in sources {
            let added = self.tree.entries(source).unwrap_or_default().to_vec();
            for entry in added {
                if find(self.tree, entries, index, self.tree.key(entry)).is_none() {
                    insert(self.tree, entries, index, entry);
                }
            }
        }
    }
}

/// The key node of the entry with this key.
fn find(tree: &Tree<'_>, entries: &[Entry], index: &FxHashMap<String, usize>, key: &str) -> Option<NodeId> {
    let found = if entries.len() > SMALL_MAP {
        index.get(key).and_then(|&at| entries.get(at))
    } else {
        entries.iter().find(|&&entry| tree.key(entry) == key)
    };
    found.map(|entry| entry.key)
}

fn insert(tree: &Tree<'_>, entries: &mut Vec<Entry>, index: &mut FxHashMap<String, usize>, entry: Entry) {
    entries.push(entry);
    if entries.len() > SMALL_MAP {
        let from = if index.is_empty() { 0 } else { entries.len() - 1 };
        for (at, entry) in entries.iter().enumerate().skip(from) {
            index.insert(tree.key(*entry).to_owned(), at);
        }
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::TOO_DEEP, span, format!("collections nest deeper than {MAX_DEPTH} levels"))
        .help("quote the value if brackets are meant as text")
}

/// A parser's error as a finding of ours.
fn syntax(error: &ScanError, text: &str, base: usize) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let offset = (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let rest = text.get(offset..).unwrap_or_default();
    let width = rest.chars().next().filter(|char| !matches!(char, '\n' | '\r')).map_or(0, char::len_utf8);
    let span = Span::of(base + offset, base + offset + width);
    if let Some(finding) = hazard::in_place_of_space(text, offset, base) {
        return finding;
    }
    let say = |message: &str| Diagnostic::new(&codes::SYNTAX, span, message);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(span),
        ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            // The parser stops behind the tab.
            let line = text.get(..offset).unwrap_or_default();
            let line = line.get(line.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or_default();
            let below = rest
                .find('\n')
                .map(|end| offset + end + 1)
                .filter(|&at| text.get(at..).is_some_and(|line| line.starts_with('\t')));
            let span = match (line.rfind('\t'), below) {
                (Some(at), _) => {
                    Span::of(base + offset - line.len() + at, base + offset - line.len() + at + 1)
                }
                // Or before a line that begins with one.
                (None, Some(at)) => Span::of(base + at, base + at + 1),
                (None, None) => span,
            };
            Diagnostic::new(&codes::TAB, span, "a tab where YAML takes spaces only")
                .help("indent with spaces")
        }
        ErrorKind::MappingValueNotAllowed => say("unexpected `:`; a mapping key is not allowed here").help(
            spaceless(text.get(..offset).unwrap_or_default())
                .unwrap_or("quote the value when it contains `: `, and check the indentation of the line"),
        ),
        ErrorKind::InvalidColonPlacement => {
            say("unexpected `:`; a mapping key is not allowed here").help("quote the value")
        }
        ErrorKind::ExpectedBlockMappingKey => say("expected a key at this indentation")
            .help("indent the line like its siblings, and check that the quotes before it are closed"),
        ErrorKind::ExpectedBlockSequenceEntry => {
            say("expected `- ` at this indentation").help("indent the line like its siblings")
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => {
            say("expected `,` or `}`").help("quote the value if braces are meant as text")
        }
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => {
            say("expected `,` or `]`").help("quote the value if brackets are meant as text")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            say(&format!("`{open}` is never closed")).help("quote the value if a bracket is meant as text")
        }
        ErrorKind::MisplacedFlowCollectionEnd => say("a closing bracket without its opening one"),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            say(&format!("`{open}` is closed by `{close}`"))
        }
        ErrorKind::UnclosedQuotedScalar => say("the quote is never closed").help(
            "close it at the end of the value; inside '…' a quote is written '', inside \"…\" it is \\\"",
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => say("the document ends inside a quoted value"),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => say(
            "text after the closing quote",
        )
        .help("quote the whole value, and close the quotes before it; inside '…' a quote is written ''"),
        ErrorKind::UnknownQuotedScalarEscape => say("unknown escape in a double-quoted value")
            .help("use single quotes, in which a backslash is itself"),
        ErrorKind::UnexpectedCharacter { character } => {
            say(&format!("no value can begin with `{}`", character.escape_default())).help("quote the value")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            say("expected `:` after a key").help("check the indentation, and write `key: value`")
        }
        ErrorKind::MissingAnchorOrAliasName => say("`&` or `*` without a name")
            .help("quote the value if a text that begins with `*` or `&` is meant"),
        ErrorKind::UndeclaredTagHandle => say("the handle of the tag is not declared")
            .help("quote the value if a text that begins with `!` is meant"),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidBlockScalarIndent => {
            say("wrong indentation").help("indent the line like its siblings")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => say("unexpected list entry; a list is not allowed here")
            .help("begin the list on a line of its own, indented below its key"),
        other => {
            let message = clause(&other.to_string());
            let finding = say(&message);
            // `C:\Users` between double quotes.
            if message.contains("hexadecimal") {
                finding.help("use single quotes, in which a backslash is itself")
            } else {
                finding
            }
        }
    }
}

/// What to do about the line before the one that ends `before`, where a key there has no space behind its colon: the two
/// lines are then one text.
fn spaceless(before: &str) -> Option<&'static str> {
    let line = before.lines().rev().skip(1).find(|line| !line.trim().is_empty())?;
    let (key, value) = line.trim_start().trim_start_matches("- ").split_once(':')?;
    let first = value.chars().next()?;
    let is_key = !key.is_empty() && !key.contains([' ', '"', '\'', '#']);
    if !is_key || matches!(first, ' ' | '\t') {
        return None;
    }
    Some(if first.is_whitespace() {
        "write a plain space after the `:` of the line before; what is there is another kind of space"
    } else {
        "write a space after the `:` of the line before"
    })
}

/// The parser's message in our form: lower case, without a full stop.
fn clause(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut chars = message.chars();
    let first = chars.next().map(|char| char.to_lowercase().to_string()).unwrap_or_default();
    let plain = first + chars.as_str();
    if plain.is_empty() { "the YAML is malformed".into() } else { plain }
}
