//! `sigmata overlap`.

use serde_json::{Map, Value, json};

use super::args::OverlapArgs;
use super::check::{Findings, plural};
use super::load::{self, RuleFile};
use super::report::{Report, Results, open};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::render::{Finding, Format};
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
    let rules: usize = loaded.files.iter().map(|file| file.file.documents.len()).sum();
    let cut = if overlaps.cut { ", and more were left out" } else { "" };
    let summary = format!(
        "{}, {} compared{cut}: {}, {} undecided",
        plural(rules, "rule"),
        plural(overlaps.pairs, "pair"),
        plural(findings.len(), "finding"),
        overlaps.undecided,
    );
    let logs = loaded.logs();
    let results = Pairs {
        overlaps: &overlaps,
        files: &names,
        findings: Findings { open: open(&findings), key: "pairs", logs: &logs, statistics: false },
    };
    Report {
        command: "sigmata overlap",
        findings: &findings,
        files: &names,
        account: &loaded.account,
        results: &results,
        summary: &summary,
    }
    .write(&args.output, output)?;
    for (at, title) in &overlaps.uncompared {
        let name = loaded.files.get(*at).map_or("", |file| file.file.source.name());
        output.note(&format!(
            "warning: {name}: `{title}` is not compared: an error leaves it without a meaning\n"
        ));
    }
    if overlaps.cut {
        output.note(&format!("warning: more than {MAX_PAIRS} pairs of rules; the others are not compared\n"));
    }
    loaded.tell(args.output.format == Format::Json, output);
    let threshold = args.fail_on.unwrap_or_else(|| session.run.config.fail_on());
    let found = findings.iter().any(|finding| finding.diagnostic.severity >= threshold);
    let outcome = if found || overlaps.cut { Outcome::Findings } else { Outcome::Clean };
    Ok(outcome.max(loaded.account.outcome()))
}

/// What was compared, and what was found.
struct Pairs<'r> {
    overlaps: &'r Overlaps,
    files: &'r [&'r str],
    findings: Findings<'r>,
}

impl Results for Pairs<'_> {
    fn print(&self, output: &mut Output) {
        self.findings.print(output);
    }

    fn key(&self) -> &'static str {
        self.findings.key()
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        self.findings.objects()
    }

    /// What was compared: without it an empty list does not tell how much was looked at.
    fn members(&self) -> Map<String, Value> {
        let rule = |(at, title): &(usize, String)| json!({"file": self.files.get(*at), "title": title});
        Map::from_iter([
            ("compared".to_owned(), self.overlaps.pairs.into()),
            ("undecided".to_owned(), self.overlaps.undecided.into()),
            ("cut".to_owned(), self.overlaps.cut.into()),
            ("uncompared".to_owned(), self.overlaps.uncompared.iter().map(rule).collect()),
        ])
    }
}
