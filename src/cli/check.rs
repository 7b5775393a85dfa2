//! `sigmata check`.

use super::args::CheckArgs;
use super::load::{self, Loaded};
use super::{Failure, Needs, Outcome, Output, Session, files};
use crate::diagnostic::render::{Finding, Format};
use crate::diagnostic::{Severity, fix};

pub(super) fn run(args: &CheckArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let mut loaded = load::load(&args.paths, Needs::References, session)?;
    let mut fixed = 0;
    if args.fix {
        fixed = apply(&loaded)?;
        if fixed > 0 {
            loaded = load::load(&args.paths, Needs::References, session)?;
        }
    }
    let findings: Vec<Finding<'_>> = loaded.files.iter().flat_map(load::RuleFile::rendered).collect();
    let names: Vec<&str> = loaded.files.iter().map(|file| file.file.source.name()).collect();
    let text = match args.format {
        Format::Text => load::texts(&findings, output.colour.stdout),
        format => format.render(&findings, &names, &crate::codes(), output.colour.stdout),
    };
    output.text(&text);
    if matches!(args.format, Format::Text | Format::Concise) {
        let summary = summary(&loaded, &findings, fixed);
        output.line(&output.bold(&summary));
    }
    for failure in &loaded.unreadable {
        output.note(&format!("error: {failure}\n"));
    }
    let threshold = args.fail_on.unwrap_or_else(|| session.run.config.fail_on());
    let outcome = match (loaded.unreadable.is_empty(), load::fails(&loaded.files, threshold)) {
        (false, _) => Outcome::Broken,
        (true, true) => Outcome::Findings,
        (true, false) => Outcome::Clean,
    };
    load::leave(loaded);
    Ok(outcome)
}

fn apply(loaded: &Loaded) -> Result<usize, Failure> {
    let mut total = 0;
    for file in &loaded.files {
        if let Some((text, applied)) = fix::apply(file.file.source.text(), &file.file.findings) {
            files::write(&file.found.path, &text)?;
            total += applied;
        }
    }
    Ok(total)
}

/// `14 rules: no findings`, `3 rules: 1 error, 2 warnings`.
fn summary(loaded: &Loaded, findings: &[Finding<'_>], fixed: usize) -> String {
    let rules: usize = loaded.files.iter().map(|file| file.file.documents.len()).sum();
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let count = findings.iter().filter(|finding| finding.diagnostic.severity == severity).count();
        match severity {
            _ if count == 0 => {}
            // The word of `--fail-on` and of every format, which has no plural.
            Severity::Info => parts.push(format!("{count} info")),
            Severity::Warning | Severity::Error => parts.push(plural(count, severity.name())),
        }
    }
    if parts.is_empty() {
        parts.push("no findings".into());
    }
    let mended =
        if fixed > 0 { format!("; {} applied", plural_of(fixed, "fix", "fixes")) } else { String::new() };
    format!("{}: {}{mended}", plural(rules, "rule"), parts.join(", "))
}

/// `1 rule`, `2 rules`.
pub(super) fn plural(count: usize, one: &str) -> String {
    plural_of(count, one, &format!("{one}s"))
}

fn plural_of(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
