//! Which parts of rules the tests make true, and which they make false, and which values no test has.

use serde_json::{Value, json};

use super::Output;
use super::load::RuleFile;
use super::words::plural;
use crate::rule::Document;
use crate::source::Span;
use crate::workspace::{Had, Part, alternatives};

/// So many values of one item that no test has are named.
const FEW_VALUES: usize = 3;
/// The most characters of a value that are shown.
const MOST_SHOWN: usize = 60;

/// The parts of the rules of one file.
pub(super) struct Covered<'a> {
    file: &'a RuleFile,
    /// How many parts there are.
    parts: usize,
    /// Those that no test makes true, or false.
    missing: Vec<(usize, Span, &'static str)>,
    /// Those that are true in tests, but not by each of their values.
    untested: Vec<Untested>,
}

/// The values of an item that no event of a test has.
struct Untested {
    document: usize,
    item: Span,
    /// The field, as it is written; `None` for keywords.
    field: Option<String>,
    values: Vec<String>,
}

impl<'a> Covered<'a> {
    /// What tests made of the parts of a file: `seen` holds what was seen in some event, and `had` the values.
    pub(super) fn new(file: &'a RuleFile, seen: &[Part], had: &[Had]) -> Self {
        let mut places: Vec<(usize, Span)> = Vec::new();
        let (mut missing, mut untested) = (Vec::new(), Vec::new());
        for (at, checked) in file.file.documents.iter().enumerate() {
            let formula = checked.typed.as_ref().and_then(|typed| typed.formula.as_ref());
            if let (Document::Detection(_), Some(formula)) = (&checked.document, formula) {
                let mut spans: Vec<Span> = formula.predicates().map(|predicate| predicate.span).collect();
                spans.sort_unstable_by_key(|span| (span.start, span.end));
                spans.dedup();
                let values = alternatives(&file.file.source, formula);
                for of in values.chunk_by(|one, next| one.item == next.item) {
                    let Some(first) = of.first() else { continue };
                    let item = first.item;
                    // Where no test makes the part true, that is said of it already.
                    if !seen.contains(&(at, item, true)) {
                        continue;
                    }
                    let mut lacking: Vec<String> = Vec::new();
                    for one in of {
                        let known = had
                            .iter()
                            .any(|(of, place, value)| (*of, *place, value) == (at, item, &one.value));
                        if !known && !lacking.contains(&one.value) {
                            lacking.push(one.value.clone());
                        }
                    }
                    if !lacking.is_empty() {
                        untested.push(Untested {
                            document: at,
                            item,
                            field: first.field.clone(),
                            values: lacking,
                        });
                    }
                }
                places.extend(spans.into_iter().map(|span| (at, span)));
            }
        }
        for (document, span) in &places {
            let was = |held: bool| seen.contains(&(*document, *span, held));
            match (was(true), was(false)) {
                (true, true) => {}
                (true, false) => missing.push((*document, *span, "false")),
                (false, true) => missing.push((*document, *span, "true")),
                (false, false) => missing.push((*document, *span, "looked at")),
            }
        }
        Self { file, parts: places.len(), missing, untested }
    }

    /// How many parts are true and false in tests, by each of their values.
    fn covered(&self) -> usize {
        let also = |one: &&Untested| {
            self.missing.iter().all(|(of, span, _)| (*of, *span) != (one.document, one.item))
        };
        self.parts - self.missing.len() - self.untested.iter().filter(also).count()
    }

    fn line(&self, span: Span) -> (u32, String) {
        let source = &self.file.file.source;
        let text = source.slice(span).lines().next().unwrap_or_default().trim_end();
        (source.position(span.start).line, text.to_owned())
    }

    fn object(&self) -> Value {
        let missing = self.missing.iter().map(|(_, span, never)| {
            let (line, text) = self.line(*span);
            json!({"line": line, "text": text, "never": never})
        });
        let values = self.untested.iter().map(|one| {
            let (line, text) = self.line(one.item);
            json!({"line": line, "text": text, "missing": one.values})
        });
        json!({
            "file": self.file.file.source.name(),
            "parts": self.parts,
            "covered": self.covered(),
            "missing": missing.collect::<Vec<_>>(),
            "values": values.collect::<Vec<_>>(),
        })
    }
}

impl Untested {
    /// `CreateUser`, `DeleteUser` and 4 more of `eventName`.
    fn text(&self) -> String {
        let shown = |value: &String| {
            let mut short: String = value.chars().take(MOST_SHOWN).collect();
            if short.len() < value.len() {
                short.push('…');
            }
            format!("`{short}`")
        };
        let mut names: Vec<String> = self.values.iter().take(FEW_VALUES).map(shown).collect();
        let more = self.values.len().saturating_sub(FEW_VALUES);
        let last = if more > 0 { Some(format!("{more} more")) } else { names.pop() };
        let listed = [names.join(", "), last.unwrap_or_default()];
        let listed: Vec<&str> = listed.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let of = self.field.as_ref().map_or_else(String::new, |field| format!(" of `{field}`"));
        format!("{}{of}", listed.join(" and "))
    }
}

/// For programs.
pub(super) fn objects(all: &[Covered<'_>]) -> Value {
    all.iter().map(Covered::object).collect()
}

/// What no test makes true, or false, and the values that none has, file by file.
pub(super) fn print(all: &[Covered<'_>], output: &mut Output) {
    for covered in all.iter().filter(|covered| covered.covered() < covered.parts) {
        let name = covered.file.file.source.name();
        output.line(&format!("{name}: tests cover {} of {} parts", covered.covered(), covered.parts));
        let missing = covered.missing.iter().map(|(_, span, never)| {
            let (line, text) = covered.line(*span);
            (span.start, format!("  line {line}: `{text}` is never {never}"))
        });
        let untested = covered.untested.iter().map(|one| {
            let (line, _) = covered.line(one.item);
            (one.item.start, format!("  line {line}: no test has {}", one.text()))
        });
        let mut lines: Vec<(u32, String)> = missing.chain(untested).collect();
        lines.sort_by_key(|(start, _)| *start);
        for (_, line) in &lines {
            output.line(line);
        }
    }
}

/// The sum over all files.
pub(super) fn sum(all: &[Covered<'_>]) -> String {
    let parts: usize = all.iter().map(|covered| covered.parts).sum();
    let covered: usize = all.iter().map(Covered::covered).sum();
    format!("{covered} of {} covered", plural(parts, "part"))
}
