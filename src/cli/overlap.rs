//! `sigmata overlap`.

use serde_json::{Value, json};

use super::args::OverlapArgs;
use super::check::plural;
use super::load::{self, RuleFile};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::render::{self, Finding, Format};
use crate::workspace::{MAX_PAIRS, Overlaps, overlaps};

pub(super) fn run(args: &OverlapArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let loaded = load::load(&args.paths, Needs::References, session)?;
    let overlaps = overlaps(loaded.files.iter().map(|file| &file.file), MAX_PAIRS);
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
            format!("{:#}\n", loaded.account.within(document(&overlaps, &findings, &names)))
        }
        format => format.render(&findings, &names, &crate::codes(), output.colour.stdout),
    };
    output.report(args.format, &text);
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
    for (at, title) in &overlaps.uncompared {
        let name = loaded.files.get(*at).map_or("", |file| file.file.source.name());
        output.note(&format!(
            "warning: {name}: `{title}` is not compared: an error leaves it without a meaning\n"
        ));
    }
    if overlaps.cut {
        output.note(&format!("warning: more than {MAX_PAIRS} pairs of rules; the others are not compared\n"));
    }
    loaded.tell(args.format == Format::Json, output);
    let threshold = args.fail_on.unwrap_or_else(|| session.run.config.fail_on());
    let found = findings.iter().any(|finding| finding.diagnostic.severity >= threshold);
    let outcome = if found || overlaps.cut { Outcome::Findings } else { Outcome::Clean };
    Ok(outcome.max(loaded.account.outcome()))
}

/// The findings with what was compared: without it an empty list does not tell how much was looked at.
fn document(overlaps: &Overlaps, findings: &[Finding<'_>], files: &[&str]) -> Value {
    let pairs = findings.iter().map(|finding| render::object(*finding)).collect();
    let mut document = render::document("pairs", pairs);
    if let Some(members) = document.as_object_mut() {
        members.insert("compared".into(), overlaps.pairs.into());
        members.insert("undecided".into(), overlaps.undecided.into());
        members.insert("cut".into(), overlaps.cut.into());
        let rule = |(at, title): &(usize, String)| json!({"file": files.get(*at), "title": title});
        members.insert("uncompared".into(), overlaps.uncompared.iter().map(rule).collect());
    }
    document
}
