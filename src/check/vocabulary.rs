//! Texts against known values that are among others.

use super::builder::Builder;
use super::codes;
use super::plan::{Alternative, texts_in};
use super::text;
use super::wording::{can_lack, either, quoted};
use crate::diagnostic::nearest_part::{Ends, NearestPart};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::ir::{FieldUse, Text, TextPattern};
use crate::rule::Item;
use crate::schema::{Completeness, Frame, KnownValues, Type, Vocabulary};
use crate::text::Matcher;

/// What is known of a text, or of one of the values that it lists.
#[derive(Debug)]
enum Verdict {
    /// A known value, or a part of one.
    Known,
    /// Something else, which can be there.
    Free,
    /// Something else where a known value is meant: what is near to it, as the whole text would be, and whether only
    /// known values can be there.
    Unknown { near: Vec<String>, only: bool },
}

impl Builder<'_, '_> {
    /// The values against the vocabularies of their field.
    pub(super) fn judge_vocabularies(&mut self, item: &Item, field: &FieldUse, alternatives: &[Alternative]) {
        // A field that holds nothing else is judged by its type.
        let Some(schema) = self.schema.filter(|_| !matches!(field.ty, Type::Enum(_))) else { return };
        let vocabularies: Vec<&Vocabulary> = schema.vocabularies_of(&field.path).collect();
        if vocabularies.is_empty() {
            return;
        }
        for text in texts_in(alternatives) {
            let mut finding = None;
            let mut known = false;
            for vocabulary in &vocabularies {
                match self.verdict(vocabulary, &text.shape) {
                    Verdict::Known => known = true,
                    Verdict::Free => {}
                    Verdict::Unknown { near, only } => {
                        finding = finding.or_else(|| Some(unknown(vocabulary, field, text, near, only)));
                    }
                }
            }
            if let (false, Some(finding)) = (known, finding) {
                self.report(item, finding);
            }
        }
    }

    fn verdict(&mut self, vocabulary: &Vocabulary, shape: &TextPattern) -> Verdict {
        let Some((value, ends)) = anchored(shape) else { return Verdict::Free };
        let mut found = Verdict::Free;
        for (range, ends) in pieces(value, ends, &vocabulary.separators) {
            let piece = value.get(range.clone()).unwrap_or_default();
            match self.one(vocabulary, piece, ends) {
                Verdict::Unknown { near, only } => {
                    let (before, after) = (value.get(..range.start), value.get(range.end..));
                    let whole = |near: &String| {
                        format!("{}{near}{}", before.unwrap_or_default(), after.unwrap_or_default())
                    };
                    return Verdict::Unknown { near: near.iter().map(whole).collect(), only };
                }
                Verdict::Known => found = Verdict::Known,
                Verdict::Free => {}
            }
        }
        found
    }

    /// One value, or a part of one.
    fn one(&mut self, vocabulary: &Vocabulary, piece: &str, ends: Ends) -> Verdict {
        let values = &*vocabulary.values;
        if values.canonical(piece).is_some() {
            return Verdict::Known;
        }
        let cuts: Vec<(&Frame, usize, Ends)> = vocabulary
            .frames
            .iter()
            .filter_map(|frame| cut(frame, piece, ends).map(|(at, ends)| (frame, at, ends)))
            .collect();
        let mut only = false;
        for (frame, at, ends) in &cuts {
            let part = piece.get(*at..).unwrap_or_default();
            if self.fits(values, frame, part, *ends) {
                return Verdict::Known;
            }
            let framed = begins(part, &frame.head) && part.len() > frame.head.len();
            let bare = frame.head.is_empty() && vocabulary.separators.is_empty();
            only |= !vocabulary.others && (bare || (ends.start && framed && !frame.head.is_empty()));
        }
        let mut near = Vec::new();
        if self.search() {
            for (frame, at, ends) in &cuts {
                let (before, part) = piece.split_at_checked(*at).unwrap_or(("", piece));
                let found = nearest(values, frame, part, *ends, only);
                for found in found.into_iter().map(|found| format!("{before}{found}")) {
                    if !near.iter().any(|other: &String| other.eq_ignore_ascii_case(&found)) {
                        near.push(found);
                    }
                }
            }
        }
        if near.is_empty() && !only { Verdict::Free } else { Verdict::Unknown { near, only } }
    }

    /// Whether a part fits a known value in its frame.
    fn fits(&mut self, values: &dyn KnownValues, frame: &Frame, part: &str, ends: Ends) -> bool {
        if let (Ends { start: true, end: true }, Some(value)) = (ends, inside(frame, part)) {
            return values.canonical(value).is_some();
        }
        let matcher = Matcher::new(&shape(part, ends), false);
        self.some_member(values, |value| matcher.matches(&frame.around(value)))
    }
}

/// The text of a pattern, and which of its ends are those of the whole text.
fn anchored(shape: &TextPattern) -> Option<(&str, Ends)> {
    let (text, start, end) = match shape {
        TextPattern::Equals(text) => (text, true, true),
        TextPattern::StartsWith(text) => (text, true, false),
        TextPattern::EndsWith(text) => (text, false, true),
        TextPattern::Contains(text) => (text, false, false),
        TextPattern::Glob(_) => return None,
    };
    Some((text, Ends { start, end }))
}

/// The parts of known values that are near to a pattern.
pub(super) fn near_parts(values: &dyn KnownValues, shape: &TextPattern) -> Vec<String> {
    let search = anchored(shape).and_then(|(text, ends)| NearestPart::new(text, ends));
    let Some(mut search) = search else { return Vec::new() };
    values.visit(&mut |value| {
        search.offer(value);
        true
    });
    search.finish()
}

fn shape(part: &str, ends: Ends) -> TextPattern {
    let part = part.to_owned();
    match (ends.start, ends.end) {
        (true, true) => TextPattern::Equals(part),
        (true, false) => TextPattern::StartsWith(part),
        (false, true) => TextPattern::EndsWith(part),
        (false, false) => TextPattern::Contains(part),
    }
}

/// The values that a text lists, each with its own ends.
fn pieces(text: &str, ends: Ends, separators: &str) -> Vec<(std::ops::Range<usize>, Ends)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, char) in text.char_indices().filter(|(_, char)| separators.contains(*char)) {
        if at > start {
            found.push((start..at, Ends { start: start > 0 || ends.start, end: true }));
        }
        start = at + char.len_utf8();
    }
    if start < text.len() {
        found.push((start..text.len(), Ends { start: start > 0 || ends.start, end: ends.end }));
    }
    found
}

/// Where the part of a text begins that a frame is about, and its ends. A whole text that lacks the head of an open frame
/// is about something else.
fn cut(frame: &Frame, text: &str, ends: Ends) -> Option<(usize, Ends)> {
    if !frame.open {
        return Some((0, ends));
    }
    let found = text.to_ascii_lowercase().rfind(&frame.head.to_ascii_lowercase());
    match found.filter(|_| !frame.head.is_empty()) {
        Some(at) => Some((at, Ends { start: true, ..ends })),
        None if ends.start => None,
        None => Some((0, ends)),
    }
}

fn begins(text: &str, head: &str) -> bool {
    text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

/// What is inside the frame, where a text has it.
fn inside<'t>(frame: &Frame, text: &'t str) -> Option<&'t str> {
    let value = text.get(frame.head.len()..).filter(|_| begins(text, &frame.head))?;
    let end = value.len().checked_sub(frame.tail.len())?;
    let (value, tail) = value.split_at_checked(end)?;
    tail.eq_ignore_ascii_case(&frame.tail).then_some(value)
}

/// What is near to a part, in the frame: by letters, or, where only known values can be there, by the last of several names.
fn nearest(values: &dyn KnownValues, frame: &Frame, part: &str, ends: Ends, only: bool) -> Vec<String> {
    let mut near = Vec::new();
    if let Some(mut search) = NearestPart::new(part, ends) {
        values.visit(&mut |value| {
            search.offer(&frame.around(value));
            true
        });
        near = search.finish();
    }
    if let (true, true, true, Some(value)) = (near.is_empty(), only, ends.end, inside(frame, part)) {
        let last = |value: &str| value.rsplit('/').next().map(str::to_ascii_lowercase);
        values.visit(&mut |known| {
            if last(known) == last(value) {
                near.push(frame.around(known));
            }
            near.len() < 3
        });
    }
    near
}

/// A finding about a text that fits no known value.
fn unknown(
    vocabulary: &Vocabulary,
    field: &FieldUse,
    text: &Text,
    near: Vec<String>,
    only: bool,
) -> Diagnostic {
    let values = &vocabulary.values;
    let (code, message) = match &text.shape {
        TextPattern::Equals(value) => {
            (&codes::value::UNKNOWN_VALUE, format!("unknown {} `{value}`", values.noun()))
        }
        _ => (&codes::value::MATCHES_NO_MEMBER, format!("no known {} matches the pattern", values.noun())),
    };
    let error = only && values.complete();
    let finding = Diagnostic::new(code, text.span, message)
        .severity(if error { Severity::Error } else { Severity::Warning })
        .label(match (error, only) {
            (true, _) => format!("`{}` never holds it", field.path),
            (false, true) => "not in the list of known values, which is not complete".to_owned(),
            (false, false) => "other values are possible here, and a known one is near".to_owned(),
        });
    let Some(first) = near.first() else {
        let missing = values.missing();
        return if values.completeness() == Completeness::Nearly && !missing.is_empty() {
            finding.help(can_lack(missing))
        } else {
            finding.help("compare the value with the provider's list")
        };
    };
    let label = label(vocabulary, first).map(|label| format!(" ({label})")).unwrap_or_default();
    let fix = Fix::guess(text.span, quoted(&text::escaped(first)));
    finding.help(format!("did you mean {}{label}?", either(&near))).fix(fix).suggest(near)
}

/// What the known value in a text is called.
fn label(vocabulary: &Vocabulary, text: &str) -> Option<String> {
    vocabulary.frames.iter().find_map(|frame| {
        let (at, _) = cut(frame, text, Ends { start: true, end: true })?;
        let labels = vocabulary.labels(inside(frame, text.get(at..)?)?);
        (!labels.is_empty()).then(|| labels.join(", "))
    })
}
