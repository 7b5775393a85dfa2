//! What `--fix` writes: fixes that were looked at again before they are written.

use std::collections::BTreeMap;

use super::judge::Judgement;
use super::load::{Loaded, RuleFile};
use crate::diagnostic::{Diagnostic, Safety, Severity, fix};
use crate::link::codes::FAULTY_BASE;
use crate::link::{Links, Unit};
use crate::schema::Registry;
use crate::source::SourceFile;
use crate::triage::Judged;
use crate::workspace::File;

/// A file with its fixes applied.
pub(super) struct FixedFile<'l> {
    pub file: &'l RuleFile,
    pub text: String,
    /// How many fixes were applied.
    pub applied: usize,
    /// Fixes that would have made the file worse, and were left out.
    pub left: Vec<String>,
}

/// The files that fixes of findings that count change.
pub(super) fn fixed_files<'l>(
    loaded: &'l Loaded,
    judgement: &'l Judgement,
    guesses: bool,
) -> Vec<FixedFile<'l>> {
    let pairs = loaded.files.iter().zip(&judgement.files);
    pairs.filter_map(|(file, judged)| one(file, judged, guesses)).collect()
}

fn one<'l>(file: &'l RuleFile, judged: &[Judged], guesses: bool) -> Option<FixedFile<'l>> {
    let open = judged.iter().filter(|one| one.is_open()).map(|one| &one.diagnostic);
    let fixable =
        open.filter(|found| found.fix.as_ref().is_some_and(|fix| guesses || fix.safety == Safety::Safe));
    let fixable: Vec<Diagnostic> = fixable.cloned().collect();
    let source = &file.file.source;
    let (text, applied) = fix::apply_with(source.text(), &fixable, guesses)?;
    if worse(file, &text, &fixable).is_none() {
        return Some(FixedFile { file, text, applied, left: Vec::new() });
    }
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut fixed = FixedFile { file, text: source.text().to_owned(), applied: 0, left: Vec::new() };
    for found in fixable {
        kept.push(found);
        let Some((text, applied)) = fix::apply_with(source.text(), &kept, guesses) else { continue };
        let Some(Worse { why, fault }) = worse(file, &text, &kept) else {
            (fixed.text, fixed.applied) = (text, applied);
            continue;
        };
        let Some(found) = kept.pop() else { continue };
        let line = source.position(found.span.start).line;
        let fault = match found.fix.as_ref().map(|fix| fix.safety) {
            Some(Safety::Safe) if fault => "; this is a fault of sigmata, please report it",
            _ => "",
        };
        let (name, id) = (source.name(), found.code.id);
        fixed.left.push(format!("{name}:{line}: the fix of {id} is left out: {why}{fault}"));
    }
    Some(fixed)
}

/// Why a text is not an improvement.
struct Worse {
    why: String,
    /// Whether a fix that is called safe should not have been made.
    fault: bool,
}

/// Why a text, which these fixes made, does not improve on the file.
fn worse(file: &RuleFile, text: &str, fixes: &[Diagnostic]) -> Option<Worse> {
    let old = &file.file;
    let source = SourceFile::new(old.source.name(), text);
    let new = File::check_within(source, &file.scope.registry, file.scope.config.limits());
    let edits = fixes.iter().filter_map(|found| found.fix.as_ref()).flat_map(|fix| &fix.edits);
    let added = edits.flat_map(|edit| edit.text.lines()).filter(|line| line.starts_with("---")).count();
    let fault = |why| Worse { why, fault: true };
    compare(old, &new, added).map(fault).or_else(|| {
        let registry = &file.scope.registry;
        let before = if added > 0 { errors(old, registry) } else { Vec::new() };
        let after = if added > 0 { errors(&new, registry) } else { Vec::new() };
        let error = after.into_iter().find(|error| !before.contains(error))?;
        Some(Worse { why: format!("what it adds has an error: {error}"), fault: false })
    })
}

/// What is wrong with the correlations of a file: what they count is known when they are linked.
fn errors(file: &File, registry: &Registry) -> Vec<String> {
    let (_, found) = Links::new(&[Unit::of(file)], &[], registry);
    // An error of the rule itself is reported there.
    let own = found.into_iter().map(|(_, found)| found).filter(|found| found.code != &FAULTY_BASE);
    own.filter(|found| found.severity == Severity::Error).map(|found| found.message).collect()
}

/// Why one reading of a file does not improve on another; a fix may have added so many documents.
fn compare(old: &File, new: &File, added: usize) -> Option<String> {
    let documents = old.documents.len();
    if !(documents..=documents + added).contains(&new.documents.len()) {
        return Some("it changes the number of documents".to_owned());
    }
    // What a fix adds is a correlation.
    let meaning = |file: &File| -> Vec<bool> {
        let rules = file.documents.iter().filter_map(|checked| checked.typed.as_ref());
        rules.map(|typed| typed.formula.is_some()).collect()
    };
    let (before, after) = (meaning(old), meaning(new));
    if before.len() != after.len() || before.iter().zip(&after).any(|(before, after)| *before && !*after) {
        return Some("it leaves the rule without a meaning".to_owned());
    }
    // Where a document can be read for the first time, more may be found in it.
    if before != after {
        return None;
    }
    let counted = |file: &File| {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for found in file.findings.iter().filter(|found| found.severity > Severity::Info) {
            *counts.entry(found.code.id).or_default() += 1;
        }
        counts
    };
    let known = counted(old);
    let more = counted(new).into_iter().find(|(id, count)| *count > known.get(id).copied().unwrap_or(0));
    more.map(|(id, _)| format!("it brings {id}"))
}
