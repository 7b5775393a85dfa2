//! Which parts of rules the tests make true, and which they make false.

use serde_json::{Value, json};

use super::Output;
use super::load::RuleFile;
use super::words::plural;
use crate::rule::Document;
use crate::source::Span;
use crate::workspace::Part;

/// The parts of the rules of one file.
pub(super) struct Covered<'a> {
    file: &'a RuleFile,
    /// How many parts there are.
    parts: usize,
    /// Those that no test makes true, or false.
    missing: Vec<(Span, &'static str)>,
}

impl<'a> Covered<'a> {
    /// What tests made of the parts of a file; `seen` holds what was seen in some event.
    pub(super) fn new(file: &'a RuleFile, seen: &[Part]) -> Self {
        let mut places: Vec<(usize, Span)> = Vec::new();
        for (at, checked) in file.file.documents.iter().enumerate() {
            let formula = checked.typed.as_ref().and_then(|typed| typed.formula.as_ref());
            if let (Document::Detection(_), Some(formula)) = (&checked.document, formula) {
                let mut spans: Vec<Span> = formula.predicates().map(|predicate| predicate.span).collect();
                spans.sort_unstable_by_key(|span| (span.start, span.end));
                spans.dedup();
                places.extend(spans.into_iter().map(|span| (at, span)));
            }
        }
        let mut missing = Vec::new();
        for (document, span) in &places {
            let was = |held: bool| seen.contains(&(*document, *span, held));
            match (was(true), was(false)) {
                (true, true) => {}
                (true, false) => missing.push((*span, "false")),
                (false, true) => missing.push((*span, "true")),
                (false, false) => missing.push((*span, "looked at")),
            }
        }
        Self { file, parts: places.len(), missing }
    }

    fn line(&self, span: Span) -> (u32, String) {
        let source = &self.file.file.source;
        let text = source.slice(span).lines().next().unwrap_or_default().trim_end();
        (source.position(span.start).line, text.to_owned())
    }

    fn object(&self) -> Value {
        let missing = self.missing.iter().map(|(span, never)| {
            let (line, text) = self.line(*span);
            json!({"line": line, "text": text, "never": never})
        });
        json!({
            "file": self.file.file.source.name(),
            "parts": self.parts,
            "covered": self.parts - self.missing.len(),
            "missing": missing.collect::<Vec<_>>(),
        })
    }
}

/// For programs.
pub(super) fn objects(all: &[Covered<'_>]) -> Value {
    all.iter().map(Covered::object).collect()
}

/// What no test makes true, or false, file by file.
pub(super) fn print(all: &[Covered<'_>], output: &mut Output) {
    for covered in all.iter().filter(|covered| !covered.missing.is_empty()) {
        let name = covered.file.file.source.name();
        output.line(&format!(
            "{name}: {} of {} parts are true and false in tests",
            covered.parts - covered.missing.len(),
            covered.parts
        ));
        for (span, never) in &covered.missing {
            let (line, text) = covered.line(*span);
            output.line(&format!("  line {line}: `{text}` is never {never}"));
        }
    }
}

/// The sum over all files.
pub(super) fn sum(all: &[Covered<'_>]) -> String {
    let parts: usize = all.iter().map(|covered| covered.parts).sum();
    let missing: usize = all.iter().map(|covered| covered.missing.len()).sum();
    format!("{} of {} covered", parts - missing, plural(parts, "part"))
}
