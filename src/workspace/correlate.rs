//! The correlations of a collection, and the rules that they count.

use super::evaluate::{Logs, Ready, one};
use super::sequences::Correlations;
use crate::check::File;
use crate::diagnostic::Diagnostic;
use crate::eval::codes::NOT_EVALUABLE;
use crate::link::{Base, BaseKind, Correlation, Detection, DocumentKind, Links};
use crate::source::SourceFile;

/// The correlations of files whose rules are `ready`. Rules that they count and that are elsewhere are added. Each
/// finding, about a rule that cannot be evaluated, comes with the place of its file.
pub fn correlate<'a>(
    files: impl IntoIterator<Item = &'a File>,
    links: &'a Links,
    rules: &mut Vec<Ready<'a>>,
    logs: &mut Logs,
) -> (Correlations<'a>, Vec<(usize, Diagnostic)>) {
    let mut correlations = Correlations::default();
    let mut faults = Vec::new();
    for (at, file) in files.into_iter().enumerate() {
        for linked in links.of(file) {
            let DocumentKind::Correlation(_, Some(correlation)) = linked.kind else { continue };
            let silent = links.is_silent(&correlation.rule.meta);
            let wrong = count(&file.source, &correlation, silent, links, (&mut correlations, rules, logs));
            faults.extend(wrong.into_iter().map(|finding| (at, finding)));
        }
    }
    (correlations, faults)
}

/// Adds a correlation of a file, whose matches are reported unless it is `silent`, and the rules that it counts where they
/// are not ready; why one cannot be evaluated.
pub(super) fn count<'a>(
    source: &'a SourceFile,
    correlation: &Correlation<'a>,
    silent: bool,
    links: &'a Links,
    (correlations, rules, logs): (&mut Correlations<'a>, &mut Vec<Ready<'a>>, &mut Logs),
) -> Vec<Diagnostic> {
    correlations.add(source, correlation, silent);
    let mut missing = Vec::new();
    bases(correlation, &mut |base, detection| {
        let number = correlations.base(base.source, &detection.rule.meta);
        let is_it = |rule: &&mut Ready<'_>| {
            rule.base == number
                || rule.source.name() == base.source.name()
                    && rule.detection.rule.meta.span == detection.rule.meta.span
        };
        match rules.iter_mut().find(is_it) {
            Some(rule) => rule.base = number,
            None => missing.push((base.source, links.detection(detection.rule, detection.typed), number)),
        }
    });
    let mut faults = Vec::new();
    for (source, detection, base) in missing {
        match one(source, detection, true, logs) {
            Ok(mut rule) => {
                rule.base = base;
                rules.push(rule);
            }
            Err(errors) => faults.extend(errors.first().map(|error| {
                let message = "a rule of this correlation cannot be evaluated";
                Diagnostic::new(&NOT_EVALUABLE, correlation.head(), message).label(error.message.clone())
            })),
        }
    }
    faults
}

/// Calls `visit` with every rule of a correlation, those of the correlations that it counts included.
fn bases<'a>(correlation: &Correlation<'a>, visit: &mut dyn FnMut(&Base<'a>, &Detection<'a>)) {
    for base in &correlation.bases {
        match &base.kind {
            BaseKind::Rule(detection) => visit(base, detection),
            BaseKind::Correlation(inner) => bases(inner, visit),
        }
    }
}
