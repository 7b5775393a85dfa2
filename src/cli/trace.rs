//! Why an event matches a rule, or does not, as a tree in the words of the rule.
//!
//! The evaluator's verdict follows the formula, which no longer knows of selections; spans lead back to them.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::output::{Style, styled};
use crate::eval::{Elements, Form, Observed, Verdict, VerdictKind};
use crate::ir::Quantifier;
use crate::rule::modifier::Modifier;
use crate::rule::{Block, Detection, Item, ItemValue, Search, Selection, ValueKind};
use crate::source::{SourceFile, Span};

/// The most characters of a part's text.
const MAX_TEXT: usize = 76;
/// The most values of a list that are written out.
const MAX_VALUES: usize = 4;
/// The most parts of one connective that text shows.
const MAX_PARTS: usize = 24;
/// The most reasons that text gives.
const MAX_REASONS: usize = 6;
/// The widest column of texts that values are aligned after.
const MAX_COLUMN: usize = 64;

/// A rule's words, by place.
pub(super) struct Words<'r> {
    source: &'r SourceFile,
    items: FxHashMap<Span, &'r Item>,
    /// The selections, those inside blocks included, outer ones first.
    selections: Vec<&'r Selection>,
}

/// A part of the rule as it is reported.
pub(super) struct Told {
    text: String,
    holds: bool,
    /// The line of the part in the rule.
    line: u32,
    looked: Looked,
    parts: Vec<Told>,
}

/// What a part looked at.
enum Looked {
    /// At what its parts looked at.
    Parts,
    /// At the values of a field.
    Values(Observed),
    /// At the elements of an array.
    Elements(Elements),
}

impl<'r> Words<'r> {
    /// The words of a detection in this file.
    pub(super) fn new(source: &'r SourceFile, detection: &'r Detection) -> Self {
        let mut words = Self { source, items: FxHashMap::default(), selections: Vec::new() };
        words.add(detection);
        words
    }

    fn add(&mut self, detection: &'r Detection) {
        for selection in &detection.selections {
            self.selections.push(selection);
            self.search(&selection.body);
        }
    }

    fn search(&mut self, search: &'r Search) {
        match search {
            Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| self.search(part)),
            Search::Item(item) => {
                self.items.insert(item.span, item);
                match &item.value {
                    ItemValue::Block { body: Block::Search(search), .. } => self.search(search),
                    ItemValue::Block { body: Block::Detection(detection), .. } => self.add(detection),
                    ItemValue::Values { .. } | ItemValue::Hole(_) => {}
                }
            }
            Search::Hole(_) => {}
        }
    }

    /// The innermost selection that holds the place.
    fn owner(&self, span: Span) -> Option<&'r Selection> {
        let holds = |found: &&&Selection| {
            !span.is_empty() && found.span.start <= span.start && span.end <= found.span.end
        };
        self.selections.iter().rev().find(holds).copied()
    }

    /// The verdict in the words of the rule.
    pub(super) fn tell(&self, verdict: &Verdict) -> Told {
        self.part(verdict, None)
    }

    /// A part that is inside `inside`.
    fn part(&self, verdict: &Verdict, inside: Option<Span>) -> Told {
        if let (VerdictKind::Not, [inner]) = (&verdict.kind, verdict.parts.as_slice()) {
            let inner = self.part(inner, inside);
            return Told { text: format!("not {}", inner.text), holds: verdict.holds, ..inner };
        }
        match self.owner(verdict.span) {
            Some(selection) if inside != Some(selection.span) => self.selection(verdict, selection),
            _ => self.plain(verdict, inside),
        }
    }

    /// A part that is a selection, or all that is left of one.
    fn selection(&self, verdict: &Verdict, selection: &Selection) -> Told {
        let inner = self.plain(verdict, Some(selection.span));
        let name = &selection.name.value;
        let line = self.line(selection.name.span);
        match verdict.kind {
            VerdictKind::And | VerdictKind::Or => {
                Told { text: clean(&format!("{name}: {}", inner.text)), line, ..inner }
            }
            _ => Told {
                text: clean(name),
                holds: inner.holds,
                line,
                looked: Looked::Parts,
                parts: vec![inner],
            },
        }
    }

    /// A part without the name of its selection.
    fn plain(&self, verdict: &Verdict, inside: Option<Span>) -> Told {
        let line = self.line(verdict.span);
        let (text, looked) = match &verdict.kind {
            VerdictKind::Constant => {
                (if verdict.holds { "always" } else { "never" }.to_owned(), Looked::Parts)
            }
            VerdictKind::Not => ("not".to_owned(), Looked::Parts),
            VerdictKind::And => ("all of".to_owned(), Looked::Parts),
            VerdictKind::Or => ("any of".to_owned(), Looked::Parts),
            VerdictKind::Predicate(observed) => {
                (self.predicate(verdict.span, observed), Looked::Values(observed.clone()))
            }
            VerdictKind::Element(elements) => (statement(elements), Looked::Elements(elements.clone())),
        };
        let parts = match &verdict.kind {
            VerdictKind::And | VerdictKind::Or => self.grouped(verdict, inside),
            _ => verdict.parts.iter().map(|part| self.part(part, inside)).collect(),
        };
        Told { text, holds: verdict.holds, line, looked, parts }
    }

    /// The parts of a connective. The formula is flat, so neighbours that come from one selection are put together
    /// again.
    fn grouped(&self, verdict: &Verdict, inside: Option<Span>) -> Vec<Told> {
        let owner = |part: &Verdict| {
            self.owner(part.span).filter(|found| inside != Some(found.span)).map(|found| found.name.span)
        };
        verdict
            .parts
            .chunk_by(|one, other| owner(one).is_some() && owner(one) == owner(other))
            .flat_map(|run| match (run, run.first().and_then(|part| self.owner(part.span))) {
                ([first, .., last], Some(selection)) => {
                    let holds = |part: &Verdict| part.holds;
                    let together = Verdict {
                        kind: verdict.kind.clone(),
                        holds: if matches!(verdict.kind, VerdictKind::And) {
                            run.iter().all(holds)
                        } else {
                            run.iter().any(holds)
                        },
                        span: first.span.to(last.span),
                        parts: run.to_vec(),
                    };
                    vec![self.selection(&together, selection)]
                }
                _ => run.iter().map(|part| self.part(part, inside)).collect(),
            })
            .collect()
    }

    /// A predicate as the author wrote it, but without what became a negation around it.
    fn predicate(&self, span: Span, observed: &Observed) -> String {
        let Some(item) = self.items.get(&span) else {
            return clean(self.source.slice(span));
        };
        let name = item.field.as_ref().map_or("keywords", |field| field.text.as_str());
        let mut text = name.to_owned();
        match observed.form {
            Form::Null => text.push_str(": null"),
            Form::Exists => text.push_str("|exists: true"),
            Form::Test => {
                let (values, every) = alternatives(item, observed);
                for modifier in &item.modifiers {
                    let said = match modifier.value {
                        Modifier::Neq => false,
                        // One of them is here alone.
                        Modifier::All => every,
                        _ => true,
                    };
                    if said {
                        text.push('|');
                        text.push_str(modifier.value.name());
                    }
                }
                text.push_str(": ");
                text.push_str(&values);
            }
        }
        clean(&text)
    }

    fn line(&self, span: Span) -> u32 {
        self.source.position(span.start).line
    }

    /// Why an event does not match: the fewest parts that would have to change. Empty for a match.
    pub(super) fn reasons(&self, verdict: &Verdict) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for part in verdict.failing() {
            let reason = self.reason(part);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            if reasons.len() > MAX_REASONS {
                break;
            }
        }
        if reasons.len() > MAX_REASONS {
            reasons.truncate(MAX_REASONS);
            reasons.push("and more".to_owned());
        }
        reasons
    }

    fn reason(&self, part: &Verdict) -> String {
        let line = self.line(part.span);
        let told = match (&part.kind, self.owner(part.span)) {
            (VerdictKind::Constant, _) => return "the rule matches nothing".to_owned(),
            (VerdictKind::Predicate(_), _) => self.plain(part, None).text,
            (VerdictKind::Element(elements), _) => statement(elements),
            (_, Some(selection)) => clean(&selection.name.value),
            (_, None) => clean(self.source.slice(part.span)),
        };
        let truth = if part.holds { "holds, and must not" } else { "is false" };
        let has = match &part.kind {
            VerdictKind::Predicate(observed) => has(observed),
            VerdictKind::Element(elements) => match elements.count {
                0 => ": there is no element".to_owned(),
                1 => ": there is 1 element".to_owned(),
                count => format!(": there are {count} elements"),
            },
            _ => String::new(),
        };
        format!("`{told}` (line {line}) {truth}{has}")
    }
}

/// What a reason says of the values.
fn has(observed: &Observed) -> String {
    if observed.reached == 0 {
        return ": the event has no value there".to_owned();
    }
    format!(": the event has {}", seen(observed))
}

/// The values that were reached, in one line.
fn seen(observed: &Observed) -> String {
    let list =
        |values: &[String]| values.iter().map(|value| cut(value, MAX_TEXT)).collect::<Vec<_>>().join(", ");
    let mut text = list(&observed.seen);
    let more = observed.reached.saturating_sub(observed.seen.len());
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    if !observed.other.is_empty() {
        text.push_str(&format!(" against {}", list(&observed.other)));
    }
    text
}

fn statement(elements: &Elements) -> String {
    let array = elements.array.name();
    let array = if array == "." { "the element" } else { &array };
    let text = match elements.quantifier {
        Quantifier::Any => format!("some element of {array}"),
        Quantifier::All => format!("every element of {array}, and there is one"),
        Quantifier::AllOrEmpty => format!("every element of {array}"),
        Quantifier::None => format!("no element of {array}"),
        Quantifier::Index(index) => format!("element {index} of {array}"),
    };
    clean(&text)
}

/// The alternatives of a predicate, and whether they are all values of its item.
fn alternatives(item: &Item, observed: &Observed) -> (String, bool) {
    let ItemValue::Values { values, .. } = &item.value else { return (String::new(), true) };
    let is_here = |span: Span| observed.values.is_empty() || observed.values.contains(&span);
    let own: Vec<_> = if observed.values.len() >= values.len() {
        values.iter().collect()
    } else {
        values.iter().filter(|value| is_here(value.span)).collect()
    };
    let texts: Vec<String> = own
        .iter()
        .take(MAX_VALUES)
        .map(|value| match &value.kind {
            ValueKind::Text { text, .. } if text.is_empty() => "''".to_owned(),
            ValueKind::Text { text, .. } => text.clone(),
            ValueKind::Null => "null".to_owned(),
            ValueKind::Hole => "…".to_owned(),
        })
        .collect();
    let text = match texts.as_slice() {
        [one] if own.len() == 1 => one.clone(),
        several if own.len() > several.len() => {
            format!("[{} and {} more]", several.join(", "), own.len() - several.len())
        }
        several => format!("[{}]", several.join(", ")),
    };
    (text, own.len() == values.len())
}

/// One short line that no terminal obeys.
fn clean(text: &str) -> String {
    let line: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect();
    cut(&line, MAX_TEXT)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A row of the printed tree.
struct Row {
    holds: bool,
    text: String,
    seen: String,
}

impl Told {
    /// The tree as lines: the truth, the part below its whole, and what the event holds there.
    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        self.row(0, &mut rows);
        let column = rows
            .iter()
            .filter(|row| !row.seen.is_empty())
            .map(|row| row.text.chars().count())
            .filter(|width| *width <= MAX_COLUMN)
            .max()
            .unwrap_or(0);
        rows.iter()
            .map(|row| {
                let truth =
                    if row.holds { styled("true", Style::Green) + " " } else { styled("false", Style::Red) };
                let Row { text, seen, .. } = row;
                let line = if seen.is_empty() {
                    format!("  {truth}  {text}")
                } else {
                    format!("  {truth}  {text:<column$}  {seen}")
                };
                line.trim_end().to_owned()
            })
            .collect()
    }

    fn row(&self, depth: usize, rows: &mut Vec<Row>) {
        let seen = match &self.looked {
            Looked::Parts => String::new(),
            Looked::Values(observed) if observed.reached == 0 => "no value".to_owned(),
            Looked::Values(observed) => seen(observed),
            Looked::Elements(Elements { shown: Some(at), count, .. }) if *count > 1 => {
                format!("element {at} of {count}, from 0")
            }
            Looked::Elements(Elements { count: 0, .. }) => "no element".to_owned(),
            Looked::Elements(Elements { count, .. }) => {
                format!("{count} {}", if *count == 1 { "element" } else { "elements" })
            }
        };
        rows.push(Row { holds: self.holds, text: format!("{}{}", "  ".repeat(depth), self.text), seen });
        let shown = self.parts.iter().take(MAX_PARTS);
        for part in shown {
            part.row(depth + 1, rows);
        }
        let rest = self.parts.get(MAX_PARTS..).unwrap_or_default();
        for truth in [true, false] {
            let count = rest.iter().filter(|part| part.holds == truth).count();
            if count > 0 {
                let text = format!("{}… {count} more", "  ".repeat(depth + 1));
                rows.push(Row { holds: truth, text, seen: String::new() });
            }
        }
    }

    /// The tree as JSON.
    pub(super) fn json(&self) -> Value {
        let mut object = json!({
            "text": self.text,
            "line": self.line,
            "holds": self.holds,
            "parts": self.parts.iter().map(Self::json).collect::<Vec<_>>(),
        });
        let looked = match &self.looked {
            Looked::Parts => Value::Null,
            Looked::Values(observed) => {
                json!({"seen": observed.seen, "reached": observed.reached, "other": observed.other})
            }
            Looked::Elements(elements) => json!({"elements": elements.count, "element": elements.shown}),
        };
        if let (Some(members), Value::Object(more)) = (object.as_object_mut(), looked) {
            members.extend(more);
        }
        object
    }
}
