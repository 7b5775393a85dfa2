//! `sigmata overlap`.

use serde_json::Value;

use super::args::OverlapArgs;
use super::check::plural;
use super::load::{self, RuleFile};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::render::{self, Finding, Format};
use crate::workspace::{Overlaps, overlaps};

pub(super) fn run(args: &OverlapArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let loaded = load::load(&args.paths, Needs::References, session)?;
    let overlaps = overlaps(loaded.files.iter().map(|file| &file.file));
    let lost = loaded.account.findings();
    let mut findings: Vec<Finding<'_>> = overlaps
        .found
        .iter()
        .filter_map(|(at, diagnostic)| {
            let file: &RuleFile = loaded.files.get(*at)?;
            Some(Finding::new(&file.file.source, diagnostic))
        })
        .collect();
    findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
    let mut names: Vec<&str> = loaded.files.iter().map(|file| file.file.source.name()).collect();
    names.extend(lost.iter().map(|(source, _)| source.name()));
    let text = match args.format {
        Format::Json => {
            format!("{:#}\n", loaded.account.within(document(&overlaps, &findings)))
        }
        format => format.render(&findings, &names, &crate::codes(), output.colour.stdout),
    };
    output.text(&text);
    if matches!(args.format, Format::Text | Format::Concise) {
        let rules: usize = loaded.files.iter().map(|file| file.file.documents.len()).sum();
        let cut = if overlaps.cut { ", and more were left out" } else { "" };
        output.summary(&format!(
            "{}, {} compared{cut}: {}, {} undecided",
            plural(rules, "rule"),
            plural(overlaps.pairs, "pair"),
            plural(findings.len(), "finding"),
            overlaps.undecided,
        ));
    }
    loaded.tell(args.format == Format::Json, output);
    let threshold = args.fail_on.unwrap_or_else(|| session.run.config.fail_on());
    let found = findings.iter().any(|finding| finding.diagnostic.severity >= threshold);
    let outcome = if found { Outcome::Findings } else { Outcome::Clean };
    Ok(outcome.max(loaded.account.outcome()))
}

/// The findings with what was compared: without it an empty list does not tell how much was looked at.
fn document(overlaps: &Overlaps, findings: &[Finding<'_>]) -> Value {
    let pairs = findings.iter().map(|finding| render::object(*finding)).collect();
    let mut document = render::document("pairs", pairs);
    if let Some(members) = document.as_object_mut() {
        members.insert("compared".into(), overlaps.pairs.into());
        members.insert("undecided".into(), overlaps.undecided.into());
        members.insert("cut".into(), overlaps.cut.into());
    }
    document
}
