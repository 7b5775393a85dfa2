//! What `--fix` writes: fixes that were looked at again before they are written.

use std::collections::BTreeMap;

use super::judge::Judgement;
use super::load::{Loaded, RuleFile};
use crate::diagnostic::{Diagnostic, Safety, Severity, fix};
use crate::source::SourceFile;
use crate::triage::Judged;
use crate::workspace::File;

/// A file with its fixes applied.
pub(super) struct Mended<'l> {
    pub file: &'l RuleFile,
    pub text: String,
    /// How many fixes were applied.
    pub applied: usize,
    /// Fixes that would have made the file worse, and were left out.
    pub left: Vec<String>,
}

/// The files that fixes of findings that count change.
pub(super) fn mended<'l>(loaded: &'l Loaded, judgement: &'l Judgement, guesses: bool) -> Vec<Mended<'l>> {
    let pairs = loaded.files.iter().zip(&judgement.files);
    pairs.filter_map(|(file, judged)| one(file, judged, guesses)).collect()
}

fn one<'l>(file: &'l RuleFile, judged: &[Judged], guesses: bool) -> Option<Mended<'l>> {
    let open = judged.iter().filter(|one| one.is_open()).map(|one| &one.diagnostic);
    let fixable =
        open.filter(|found| found.fix.as_ref().is_some_and(|fix| guesses || fix.safety == Safety::Safe));
    let fixable: Vec<Diagnostic> = fixable.cloned().collect();
    let source = &file.file.source;
    let (text, applied) = fix::apply_with(source.text(), &fixable, guesses)?;
    if worse(file, &text).is_none() {
        return Some(Mended { file, text, applied, left: Vec::new() });
    }
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut mended = Mended { file, text: source.text().to_owned(), applied: 0, left: Vec::new() };
    for found in fixable {
        kept.push(found);
        let Some((text, applied)) = fix::apply_with(source.text(), &kept, guesses) else { continue };
        let Some(why) = worse(file, &text) else {
            (mended.text, mended.applied) = (text, applied);
            continue;
        };
        let Some(found) = kept.pop() else { continue };
        let line = source.position(found.span.start).line;
        let fault = match found.fix.as_ref().map(|fix| fix.safety) {
            Some(Safety::Safe) => "; this is a fault of sigmata, please report it",
            _ => "",
        };
        let (name, id) = (source.name(), found.code.id);
        mended.left.push(format!("{name}:{line}: the fix of {id} is left out: {why}{fault}"));
    }
    Some(mended)
}

/// Why a text does not improve on the file.
fn worse(file: &RuleFile, text: &str) -> Option<String> {
    let old = &file.file;
    let source = SourceFile::new(old.source.name(), text);
    let new = File::check_within(source, &file.scope.registry, file.scope.config.limits());
    compare(old, &new)
}

fn compare(old: &File, new: &File) -> Option<String> {
    if old.documents.len() != new.documents.len() {
        return Some("it changes the number of documents".to_owned());
    }
    let meaning = |file: &File| -> Vec<bool> {
        let of = |checked: &crate::workspace::Checked| {
            checked.typed.as_ref().is_none_or(|typed| typed.formula.is_some())
        };
        file.documents.iter().map(of).collect()
    };
    let (before, after) = (meaning(old), meaning(new));
    if before.iter().zip(&after).any(|(before, after)| *before && !*after) {
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
