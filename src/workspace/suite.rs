//! Test files.
//!
//! `x.test.yml` is beside `x.yml`:
//!
//! ```yaml
//! rule: iam_user_created       # only where x.yml holds several rules: an id or a name
//! match:
//!   - name: a user is created
//!     source: where the event comes from
//!     event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
//!   - name: three at once
//!     events: [{…}, {…}, {…}]
//!   - name: a user, and a key after a minute and a half
//!     sequence:
//!       - {at: 0s, event: {…}}
//!       - {at: 90s, event: {…}}
//! no_match:
//!   - name: a recorded day without one
//!     file: quiet_day.jsonl
//! ```
//!
//! `lists: {known_admins: […]}`, at the top or in an entry, gives known lists their values, in place of those of the
//! configuration.
//! With `filters: true`, at the top or in an entry, the filters that apply to the rule count too.
//! `events`, `sequence` and `file` are sequences in the order of time. A detection rule matches a sequence when it
//! matches some event of it, so `no_match` says that it matches none. A correlation matches when it fires; `at` is the
//! time of an event from the first one on, in place of what the event says.
//! What `eval` takes off an event of a file, such as `Records`, is taken off here too.

use std::collections::BTreeMap;

use super::codes::{EMPTY_TESTS, INVALID_TEST, UNKNOWN_TEST_KEY};
use super::json;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, Fix};
use crate::eval::Event;
use crate::eval::stream::Reader as EventReader;
use crate::rule::timespan::{self, Fault};
use crate::schema::lists;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Entry, NodeId, NodeKind, Tree};

/// The keys of a test file.
pub const TOP_KEYS: [&str; 9] =
    ["match", "no_match", "rule", "filters", "lists", "source", "license", "synthetic", "notes"];

/// The keys of an entry.
pub const CASE_KEYS: [&str; 12] = [
    "name",
    "event",
    "events",
    "sequence",
    "file",
    "rule",
    "filters",
    "lists",
    "source",
    "license",
    "synthetic",
    "notes",
];

/// The ways to give events.
const INPUTS: [&str; 4] = ["event", "events", "sequence", "file"];

/// The keys of an event of a sequence.
const STEP_KEYS: [&str; 2] = ["at", "event"];

/// The tests of one file, in its order. Entries that could not be read are left out and have been reported.
#[derive(Debug, Default)]
pub struct Suite {
    /// The tests.
    pub cases: Vec<Case>,
}

/// One test.
#[derive(Debug)]
pub struct Case {
    /// Its name; one is made from its place where it has none.
    pub name: String,
    /// The name in the test file, or the entry where it has none.
    pub span: Span,
    /// What the rule must do.
    pub expect: Expect,
    /// How many events must match, where it is said; else some.
    pub count: Option<usize>,
    /// The rule that is tested, by id or name, where it is said.
    pub rule: Option<Spanned<String>>,
    /// Whether the filters that apply to the rule count.
    pub filters: bool,
    /// The values of known lists.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The events.
    pub input: Input,
}

/// What a rule must do with the events of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Match.
    Match,
    /// Not match.
    NoMatch,
}

impl Expect {
    /// The key of the list.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no_match",
        }
    }
}

/// The events of a test.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// They are in the test file; at least one.
    Events(Vec<Event>),
    /// They are in the test file, each with the seconds since the first; at least one.
    Sequence(Vec<(u64, Event)>),
    /// They are in a file of their own, by its path from the folder of the test file.
    File(Spanned<String>),
}

impl Suite {
    /// Reads a test file.
    pub fn read(source: &SourceFile) -> (Self, Vec<Diagnostic>) {
        let (tree, findings) = yaml::read(source.text());
        let mut reader = Reader { tree: &tree, findings, rule: None, filters: false, lists: BTreeMap::new() };
        let cases = match tree.documents() {
            [] if !reader.findings.is_empty() => Vec::new(),
            [document] => reader.file(document.root),
            [_, second, ..] => {
                let extra = Span::empty(second.span.start);
                reader.invalid(
                    extra,
                    "a test file is one document",
                    "put all tests under one `match` and one `no_match`",
                );
                Vec::new()
            }
            [] => Vec::new(),
        };
        let mut findings = reader.findings;
        if cases.is_empty() && findings.is_empty() {
            let end = source.text().lines().next().map_or(0, str::len);
            findings.push(
                Diagnostic::new(&EMPTY_TESTS, Span::of(0, end), "the file holds no test")
                    .help("add an event under `match` or `no_match`, or remove the file"),
            );
        }
        findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.code.id));
        (Self { cases }, findings)
    }
}

struct Reader<'a, 't> {
    tree: &'a Tree<'t>,
    findings: Vec<Diagnostic>,
    rule: Option<Spanned<String>>,
    filters: bool,
    lists: BTreeMap<String, Vec<String>>,
}

impl Reader<'_, '_> {
    fn invalid(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.findings.push(Diagnostic::new(&INVALID_TEST, span, message).help(help));
    }

    fn file(&mut self, root: NodeId) -> Vec<Case> {
        let tree = self.tree;
        if tree.scalar(root).is_some_and(yaml::Scalar::is_null) {
            return Vec::new();
        }
        let Some(entries) = tree.entries(root) else {
            if !matches!(tree.node(root).kind, NodeKind::Hole) {
                self.invalid(
                    tree.span(root),
                    "the top of a test file is a map",
                    "write `match:` and `no_match:`, each with a list of tests",
                );
            }
            return Vec::new();
        };
        self.unknown(entries, &TOP_KEYS);
        self.rule = tree.get(root, "rule").and_then(|entry| self.text(entry));
        self.filters = self.flag(root, "filters").unwrap_or(false);
        self.lists = self.lists(root);
        let mut cases = Vec::new();
        for expect in [Expect::Match, Expect::NoMatch] {
            let Some(list) = tree.get(root, expect.key()) else { continue };
            match &tree.node(list.value).kind {
                NodeKind::List(items) => {
                    for (at, &item) in items.iter().enumerate() {
                        cases.extend(self.case(item, expect, at));
                    }
                }
                NodeKind::Scalar(scalar) if scalar.is_null() => {}
                NodeKind::Hole => {}
                NodeKind::Scalar(_) | NodeKind::Map(_) => {
                    self.invalid(
                        tree.span(list.key),
                        format!("`{}` is not a list", expect.key()),
                        "write `- ` before each test",
                    );
                }
            }
        }
        cases.sort_by_key(|case| case.span.start);
        cases
    }

    fn case(&mut self, id: NodeId, expect: Expect, at: usize) -> Option<Case> {
        let tree = self.tree;
        let span = tree.span(id);
        let Some(entries) = tree.entries(id) else {
            if !matches!(tree.node(id).kind, NodeKind::Hole) {
                self.invalid(
                    span,
                    "a test is a map",
                    "write `name:` and one of `event:`, `events:`, `sequence:` and `file:`",
                );
            }
            return None;
        };
        self.unknown(entries, &CASE_KEYS);
        let name = tree.get(id, "name").and_then(|entry| self.text(entry));
        let rule = match tree.get(id, "rule") {
            Some(entry) => Some(self.text(entry)?),
            None => self.rule.clone(),
        };
        let filters = self.flag(id, "filters").unwrap_or(self.filters);
        let mut lists = self.lists.clone();
        lists.extend(self.lists(id));
        let given: Vec<Entry> =
            entries.iter().copied().filter(|&entry| INPUTS.contains(&tree.key(entry))).collect();
        let input = match given.as_slice() {
            [entry] => self.input(*entry)?,
            [] => {
                let place = name.as_ref().map_or(Span::empty(span.start), |name| name.span);
                self.invalid(
                    place,
                    "the test has no event",
                    "add one of `event:`, `events:`, `sequence:` and `file:`",
                );
                return None;
            }
            [first, second, ..] => {
                let (first, second) = (tree.span(first.key), tree.span(second.key));
                let finding = Diagnostic::new(&INVALID_TEST, second, "the test gives its events twice")
                    .also(first, "first here")
                    .help("keep one of `event:`, `events:`, `sequence:` and `file:`");
                self.findings.push(finding);
                return None;
            }
        };
        let (name, span) = match name {
            Some(name) => (name.value, name.span),
            None => (format!("{} #{}", expect.key(), at + 1), Span::empty(span.start)),
        };
        Some(Case { name, span, expect, count: None, rule, filters, lists, input })
    }

    /// The values of the known lists that a map names.
    fn lists(&mut self, map: NodeId) -> BTreeMap<String, Vec<String>> {
        let tree = self.tree;
        let Some(entry) = tree.get(map, "lists") else { return BTreeMap::new() };
        let help = "write `lists: {name: [value, value]}`";
        let Some(entries) = tree.entries(entry.value) else {
            self.invalid(tree.span(entry.key), "`lists` is a map from names to values", help);
            return BTreeMap::new();
        };
        let mut lists = BTreeMap::new();
        for &list in entries {
            let values = match &tree.node(list.value).kind {
                NodeKind::List(items) => items
                    .iter()
                    .map(|&item| tree.scalar(item).map(|scalar| scalar.text.to_string()))
                    .collect::<Option<Vec<_>>>(),
                _ => None,
            };
            match values {
                Some(values) => {
                    if let Err(why) = lists::fits(&values) {
                        self.invalid(
                            tree.span(list.key),
                            why,
                            "name a few values, as many as the test needs",
                        );
                    }
                    lists.insert(tree.key(list).to_owned(), values);
                }
                None => self.invalid(tree.span(list.key), "a known list is a list of values", help),
            }
        }
        lists
    }

    fn input(&mut self, entry: Entry) -> Option<Input> {
        let tree = self.tree;
        match tree.key(entry) {
            "event" => self.events(entry.value).map(Input::Events),
            "file" => self.text(entry).map(Input::File),
            "sequence" => self.sequence(entry),
            _ => match &tree.node(entry.value).kind {
                NodeKind::List(items) if !items.is_empty() => {
                    let events: Vec<_> = items.iter().map(|&item| self.events(item)).collect();
                    let events = events.into_iter().collect::<Option<Vec<_>>>()?;
                    Some(Input::Events(events.into_iter().flatten().collect()))
                }
                NodeKind::Hole => None,
                NodeKind::List(_) => {
                    self.invalid(
                        tree.span(entry.key),
                        "the list of events is empty",
                        "write an event below it",
                    );
                    None
                }
                NodeKind::Map(_) | NodeKind::Scalar(_) => {
                    self.invalid(
                        tree.span(entry.key),
                        "`events` is a list of events",
                        "write `event:` for a single one",
                    );
                    None
                }
            },
        }
    }

    fn sequence(&mut self, entry: Entry) -> Option<Input> {
        let tree = self.tree;
        let help = "write `- at: 90s` and `event:` for each";
        let NodeKind::List(items) = &tree.node(entry.value).kind else {
            self.invalid(tree.span(entry.key), "`sequence` is a list of events with their times", help);
            return None;
        };
        let mut steps = Vec::with_capacity(items.len());
        for &item in items {
            let entries = tree.entries(item).unwrap_or_default();
            self.unknown(entries, &STEP_KEYS);
            let (Some(at), Some(event)) = (tree.get(item, "at"), tree.get(item, "event")) else {
                self.invalid(tree.span(item), "an event of a sequence has `at` and `event`", help);
                return None;
            };
            let seconds = match tree.scalar(at.value).map(|scalar| timespan::seconds(&scalar.text)) {
                Some(Ok(seconds)) => seconds,
                Some(Err(Fault::Zero)) => 0,
                _ => {
                    self.invalid(
                        tree.span(at.value),
                        "`at` is not a time span",
                        "write a number and s, m, h or d",
                    );
                    return None;
                }
            };
            steps.extend(self.events(event.value)?.into_iter().map(|event| (seconds, event)));
        }
        if steps.is_empty() {
            self.invalid(tree.span(entry.key), "the sequence has no event", help);
            return None;
        }
        Some(Input::Sequence(steps))
    }

    /// An event, or those that it is the envelope of, as they are read from a file of events.
    fn events(&mut self, id: NodeId) -> Option<Vec<Event>> {
        let value = json::value(self.tree, id)?;
        let span = self.tree.span(id);
        if !value.is_object() {
            let help = "write the fields of the record as YAML or JSON";
            self.invalid(span, "an event is a map", help);
            return None;
        }
        let text = value.to_string();
        let read = EventReader::new(text.as_bytes(), None).map(|read| read.map(|read| read.event));
        match read.collect::<Result<Vec<_>, _>>() {
            Ok(events) if events.is_empty() => {
                self.invalid(span, "the envelope holds no event", "write the event that the test is about");
                None
            }
            Ok(events) => Some(events),
            Err(fault) => {
                let help = "write the event itself, without what it is wrapped in";
                self.invalid(span, format!("the event cannot be read: {}", fault.reason), help);
                None
            }
        }
    }

    /// `true` or `false`; `None` where the key is absent or has been reported.
    fn flag(&mut self, map: NodeId, key: &str) -> Option<bool> {
        let entry = self.tree.get(map, key)?;
        let found = match self.tree.scalar(entry.value).map(|scalar| &*scalar.text) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        if found.is_none() {
            let span = self.tree.span(entry.value);
            self.invalid(span, format!("`{key}` is neither `true` nor `false`"), "write one of the two");
        }
        found
    }

    /// A text that is not empty.
    fn text(&mut self, entry: Entry) -> Option<Spanned<String>> {
        let tree = self.tree;
        let span = tree.span(entry.value);
        match tree.scalar(entry.value) {
            Some(scalar) if !scalar.is_null() && !scalar.text.trim().is_empty() => {
                Some(Spanned::new(scalar.text.trim().to_owned(), span))
            }
            _ => {
                if !matches!(tree.node(entry.value).kind, NodeKind::Hole) {
                    let key = tree.key(entry);
                    self.invalid(
                        tree.span(entry.key),
                        format!("`{key}` is not a text"),
                        "write a text that is not empty",
                    );
                }
                None
            }
        }
    }

    fn unknown(&mut self, entries: &[Entry], known: &[&str]) {
        for &entry in entries {
            let key = self.tree.key(entry);
            if known.contains(&key) {
                continue;
            }
            let span = self.tree.span(entry.key);
            // A long key is near to none of the known ones, so it need not be measured.
            let near = if key.len() > 32 { Vec::new() } else { nearest(key, known.iter().copied()) };
            let mut finding =
                Diagnostic::new(&UNKNOWN_TEST_KEY, span, format!("unknown key `{}`", shortened(key)));
            finding = match near.first() {
                Some(name) => finding.help(format!("did you mean `{name}`?")).fix(Fix::guess(span, name)),
                None => finding.help(format!("the keys here are {}", quoted(known))),
            };
            self.findings.push(finding.suggest(near));
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// At most 60 characters of a text, for messages.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let mut short: String = line.chars().take(60).collect();
    if short.len() < text.trim_end().len() {
        short.push('…');
    }
    short
}
