//! The fix that writes a correlation for an old aggregation.

use super::Reader;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::rule::condition::{self, Hints};
use crate::rule::{Detection, Meta, timespan};
use crate::source::Span;
use crate::yaml::{Entry, NodeId};

impl Reader<'_, '_> {
    /// The fix for the aggregation that is at `span`, where all of it is understood: it and the `timeframe` go, and a
    /// correlation that counts the rule comes behind it.
    pub(super) fn rewritten(
        &self,
        meta: &Meta,
        root: NodeId,
        detection: &Detection,
        timeframe: Entry,
        span: Span,
    ) -> Option<Fix> {
        let [_] = detection.conditions.as_slice() else { return None };
        let whole = self.tree.span(root);
        let within = |part: Span| whole.start <= part.start && part.end <= whole.end;
        let entry =
            Span { start: self.tree.span(timeframe.key).start, end: self.tree.span(timeframe.value).end };
        // What a template brought is elsewhere, and other rules may share it.
        if !within(span) || !within(entry) {
            return None;
        }
        let text = self.tree.text();
        let before = text.get(whole.start as usize..span.start as usize)?;
        let from = whole.start as usize + before.trim_end_matches([' ', '\t']).len();
        let frame = self.tree.scalar(timeframe.value)?.text.to_string();
        timespan::seconds(&frame).ok()?;
        let rule = [&meta.name, &meta.id].into_iter().flatten().map(|name| name.value.as_str()).next()?;
        let hints = Hints { rule: Some(rule).filter(|rule| is_plain(rule)), timeframe: Some(&frame) };
        let correlation = condition::correlation(self.tree.slice(span), hints)?;
        let title =
            meta.title.as_ref().map(|title| title.value.trim()).filter(|title| !title.contains('\n'))?;
        let level = meta.level.as_ref().map(|level| level.value.as_str()).filter(|level| is_plain(level));
        let end = document_end(text, whole.end as usize);
        let mut document = String::new();
        if !text.get(..end)?.ends_with('\n') {
            document.push('\n');
        }
        document.push_str(&format!("---\ntitle: '{}, counted'\n{correlation}\n", title.replace('\'', "''")));
        if let Some(level) = level {
            document.push_str(&format!("level: {level}\n"));
        }
        let edits = vec![
            Edit { span: Span::of(from, span.end as usize), text: String::new() },
            Edit { span: line(text, entry)?, text: String::new() },
            Edit { span: Span::of(end, end), text: document },
        ];
        Some(Fix { safety: Safety::Safe, edits })
    }
}

/// Whether a text is written in YAML as it is.
fn is_plain(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The whole line of an entry that stands alone on it.
fn line(text: &str, entry: Span) -> Option<Span> {
    let (start, end) = (entry.start as usize, entry.end as usize);
    let before = text.get(..start)?;
    let first = before.rfind('\n').map_or(0, |at| at + 1);
    let after = text.get(end..)?;
    let length = after.find('\n').map_or(after.len(), |at| at + 1);
    let alone = before.get(first..)?.trim().is_empty() && after.get(..length)?.trim().is_empty();
    alone.then(|| Span::of(first, end + length))
}

/// Where the next document begins, or the text ends.
fn document_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut at = from;
    for line in rest.split_inclusive('\n') {
        if at > from && (line.starts_with("---") || line.starts_with("...")) {
            return at;
        }
        at += line.len();
    }
    text.len()
}
