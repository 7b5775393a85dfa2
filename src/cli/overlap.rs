//! `sigmata overlap`.

use super::args::OverlapArgs;
use super::check::plural;
use super::load::{self, RuleFile};
use super::{Failure, Outcome, Output, Session, registry};
use crate::config::FailOn;
use crate::diagnostic::Severity;
use crate::diagnostic::render::{Finding, Format};
use crate::workspace::overlaps;

pub(super) fn run(args: &OverlapArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let loaded = load::load(&args.paths.paths, session)?;
    let overlaps = overlaps(loaded.files.iter().map(|file| &file.file));
    let findings: Vec<Finding<'_>> = overlaps
        .found
        .iter()
        .filter_map(|(at, diagnostic)| {
            let file: &RuleFile = loaded.files.get(*at)?;
            Some(Finding { source: &file.file.source, diagnostic })
        })
        .collect();
    let names: Vec<&str> = loaded.files.iter().map(|file| file.file.source.name()).collect();
    output.text(&args.format.render(&findings, &names, &registry(), output.colour.stdout));
    if matches!(args.format, Format::Text | Format::Concise) {
        let rules: usize = loaded.files.iter().map(|file| file.file.documents.len()).sum();
        let cut = if overlaps.cut { ", and more were left out" } else { "" };
        output.line(&output.bold(&format!(
            "{}, {} compared{cut}: {}, {} undecided",
            plural(rules, "rule"),
            plural(overlaps.pairs, "pair"),
            plural(findings.len(), "finding"),
            overlaps.undecided,
        )));
    }
    for failure in &loaded.unreadable {
        output.note(&format!("error: {failure}\n"));
    }
    let threshold =
        args.fail_on.unwrap_or_else(|| session.config.fail_on.map_or(Severity::Error, FailOn::severity));
    Ok(if !loaded.unreadable.is_empty() {
        Outcome::Broken
    } else if findings.iter().any(|finding| finding.diagnostic.severity >= threshold) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
