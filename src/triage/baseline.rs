//! The baseline: the findings that a collection had when it took the checker on.
//!
//! A finding is known by the `id` of its rule, or the file where there is none, its code, and the text that it speaks
//! of, with how often that occurs. Lines do not matter, so that what is written above or below changes nothing, and neither
//! does the layout, so that `sigmata fmt` makes nothing new.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::check::File;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::VERSION;
use crate::rule::Meta;
use crate::source::kind::FileKind;

use super::said::{spoken, words};

/// The most characters of a text that are kept.
const MOST_TEXT: usize = 120;

/// Known findings, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Entry, u32>,
}

/// What a finding is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    file: String,
    rule: Option<String>,
    code: String,
    text: String,
}

/// A baseline against which findings are counted off: first each at its own place, then what has moved.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    left: BTreeMap<Entry, u32>,
    /// The entries of rules with an identifier, by what stays the same when their file moves.
    moved: BTreeMap<(String, String, String), Vec<Entry>>,
}

impl Baseline {
    /// Reads the text of a baseline.
    ///
    /// # Errors
    /// A clause for the user.
    pub fn read(text: &str) -> Result<Self, String> {
        if let Some(kind) =
            FileKind::of(text).filter(|kind| !matches!(kind, FileKind::Json | FileKind::Baseline))
        {
            return Err(format!("it holds {}", kind.holds()));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        if value.get("version") != Some(&json!(VERSION)) {
            return Err(format!("it is not of version {VERSION}"));
        }
        let list = value.get("findings").and_then(Value::as_array).ok_or("it has no list `findings`")?;
        let mut entries = BTreeMap::new();
        for (at, one) in list.iter().enumerate() {
            let text = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
            let count = match one.get("count") {
                None => Some(1),
                Some(count) => count.as_u64().and_then(|count| u32::try_from(count).ok()),
            };
            let entry = (|| {
                Some(Entry {
                    file: text("file")?,
                    rule: text("rule"),
                    code: text("code")?,
                    text: text("text")?,
                })
            })();
            let (Some(entry), Some(count)) = (entry, count) else {
                return Err(format!("its entry {} is not complete", at + 1));
            };
            *entries.entry(entry).or_default() += count;
        }
        Ok(Self { entries })
    }

    /// Adds a finding of a file; `path` is the file as seen from the folder of the baseline.
    pub fn add(&mut self, path: &str, file: &File, finding: &Diagnostic) {
        *self.entries.entry(entry(path, file, finding)).or_default() += 1;
    }

    /// Takes over what another baseline has, where `wanted` names the file and the code.
    pub fn keep(&mut self, other: &Self, wanted: &dyn Fn(&str, &str) -> bool) {
        let kept = other.entries.iter().filter(|(entry, _)| wanted(&entry.file, &entry.code));
        self.entries.extend(kept.map(|(entry, count)| (entry.clone(), *count)));
    }

    /// How many findings it has.
    pub fn len(&self) -> u64 {
        self.entries.values().map(|count| u64::from(*count)).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text to write: one entry a line, in order, so that changes are read and merged easily.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .entries
            .iter()
            .map(|(entry, count)| {
                let Entry { file, rule, code, text } = entry;
                let mut object =
                    json!({"file": file, "rule": rule, "code": code, "text": text, "count": count});
                if let (None, Some(members)) = (rule, object.as_object_mut()) {
                    members.shift_remove("rule");
                }
                format!("    {object}")
            })
            .collect();
        let list = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": {list}\n}}\n")
    }

    /// To count findings off.
    pub fn counted(&self) -> Counted {
        let mut moved: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
        for entry in self.entries.keys() {
            if let Some(key) = key(entry) {
                moved.entry(key).or_default().push(entry.clone());
            }
        }
        Counted { left: self.entries.clone(), moved }
    }
}

impl Counted {
    /// Whether the baseline has a finding of this file once more than it was asked for.
    pub fn has(&mut self, path: &str, file: &File, finding: &Diagnostic) -> bool {
        take(&mut self.left, &entry(path, file, finding))
    }

    /// Whether it has one by a line of what it speaks of, once more than it was asked for: so baselines knew findings once.
    pub fn has_line(&mut self, path: &str, file: &File, finding: &Diagnostic) -> bool {
        let entry = entry(path, file, finding);
        let lines = file.source.slice(finding.span).lines().map(str::trim).filter(|line| !line.is_empty());
        let mut lines = lines.map(|line| cut(&words(line))).filter(|line| *line != entry.text);
        lines.any(|text| take(&mut self.left, &Entry { text, ..entry.clone() }))
    }

    /// Whether it has one of the same rule in another file, once more than it was asked for, where `gone` says that it is
    /// not in that file any more: the file was moved, and the rule was not copied.
    pub fn has_moved(
        &mut self,
        path: &str,
        file: &File,
        finding: &Diagnostic,
        gone: &dyn Fn(&str) -> bool,
    ) -> bool {
        let former = key(&entry(path, file, finding)).and_then(|key| self.moved.get(&key));
        let left = &mut self.left;
        former.is_some_and(|former| former.iter().any(|entry| gone(&entry.file) && take(left, entry)))
    }

    /// How many findings it has that were not asked for, where `seen` says of the file and the code that they would have
    /// been.
    pub fn left(&self, seen: &dyn Fn(&str, &str) -> bool) -> u64 {
        let left = self.left.iter().filter(|(entry, _)| seen(&entry.file, &entry.code));
        left.map(|(_, count)| u64::from(*count)).sum()
    }
}

fn take(left: &mut BTreeMap<Entry, u32>, entry: &Entry) -> bool {
    match left.get_mut(entry) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}

/// A rule with an identifier is known by that, so that its file may be moved.
fn key(entry: &Entry) -> Option<(String, String, String)> {
    Some((entry.rule.clone()?, entry.code.clone(), entry.text.clone()))
}

fn entry(path: &str, file: &File, finding: &Diagnostic) -> Entry {
    let after = file
        .documents
        .partition_point(|checked| checked.document.meta().span.start <= finding.span.start)
        .max(1);
    let meta = file.documents.get(after - 1).map(|checked| checked.document.meta());
    let rule = meta.and_then(Meta::identifier);
    Entry {
        file: path.to_owned(),
        rule,
        code: finding.code.id.to_owned(),
        text: cut(&spoken(&file.source, finding.span)),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}
