//! `sigmata check`.

use serde_json::Value;

use super::args::CheckArgs;
use super::changed::Difference;
use super::fixes::{FixedFile, fixed_files};
use super::grouped::Logs;
use super::judge::{self, Judgement};
use super::load::{self, Loaded};
use super::report::{Report, Results, is_for_people, open};
use super::words::plural_of;
pub(super) use super::words::{plural, plural_u64};
use super::write::{Before, Writer};
use super::{Failure, Needs, Outcome, Output, Session, files};
use crate::diagnostic::render::{self, Finding, Format};
use crate::diagnostic::{Severity, fix};
use crate::triage::{self, Fate, Judged};

pub(super) fn run(args: &CheckArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    if args.statistics && !is_for_people(args.output.format) {
        return Err(Failure::Usage(
            "`--statistics` counts for people: `--format text` or `concise`; with `--output-file FORMAT=FILE` other \
             formats list every finding besides"
                .into(),
        ));
    }
    let prints_fixed = (args.fix || args.unsafe_fixes)
        && !args.diff
        && args.paths.paths.iter().any(|path| path.as_os_str() == files::STDIN);
    let also = args.update_baseline || args.statistics || !args.output.output_file.is_empty();
    if prints_fixed && (also || args.output.format != Format::Text) {
        return Err(Failure::Usage(
            "the fixed text of `-` is printed, and its findings to standard error as text alone: without `--format`, \
             `--output-file`, `--statistics` and `--update-baseline`"
                .into(),
        ));
    }
    let (mut loaded, mut judgement) = look(args, session)?;
    if args.show_files {
        show_files(&loaded, output);
        loaded.account.tell(true, output);
        return Ok(match loaded.account.outcome() {
            Outcome::Broken => Outcome::Broken,
            Outcome::Findings | Outcome::Clean => Outcome::Clean,
        });
    }
    if args.diff {
        let mut changed = false;
        for FixedFile { file, text, applied, left } in fixed_files(&loaded, &judgement, args.unsafe_fixes) {
            output.text(&fix::unified(&files::in_patch(&file.found), file.file.source.text(), &text));
            tell_left(&left, output);
            changed |= applied > 0;
        }
        loaded.account.tell(false, output);
        let outcome = if changed { Outcome::Findings } else { Outcome::Clean };
        let outcome = outcome.max(loaded.account.outcome());
        return Ok(if args.exit_zero && outcome == Outcome::Findings { Outcome::Clean } else { outcome });
    }
    let (mut fixed, mut written) = (0, Outcome::Clean);
    if args.fix || args.unsafe_fixes {
        (fixed, written) = write_fixes(&fixed_files(&loaded, &judgement, args.unsafe_fixes), session, output);
        if fixed > 0 {
            let first = std::mem::take(&mut loaded.account);
            (loaded, judgement) = look(args, session)?;
            // What could not be read at first was not fixed, even where it can be read now.
            if first.has_failed() && !loaded.account.has_failed() {
                first.tell(true, output);
                written = Outcome::Broken;
            }
        }
    }
    if args.update_baseline {
        let (path, count, kept) =
            judge::update(&loaded, &judgement, &args.choice, &args.paths.paths, session)?;
        loaded.account.tell(true, output);
        let mut summary = format!("{} in {}", plural_u64(count, "finding"), files::printed(&path));
        if kept > 0 {
            summary.push_str(&format!("; {kept} of them stay from before, as they were not looked for"));
        }
        output.summary(&summary);
        // What could be read has its findings in the baseline now.
        return Ok(if loaded.account.outcome() == Outcome::Broken {
            Outcome::Broken
        } else {
            Outcome::Clean
        });
    }
    let lost = loaded.account.findings();
    let mut findings = rendered(&loaded, &judgement);
    findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
    let mut names: Vec<&str> = loaded.files.iter().map(|file| file.file.source.name()).collect();
    names.extend(lost.iter().map(|(source, _)| source.name()));
    let summary = summary(&loaded, &judgement, fixed);
    let logs = loaded.logs();
    if prints_fixed {
        if let Some(text) = session.input_text() {
            output.exact(&text, "the rule");
        }
        output.note_grouped(&open(&findings), &logs);
        output.remark(&format!("{summary}\n"));
    } else {
        let open = open(&findings);
        let results = Findings { open, key: "findings", logs: &logs, statistics: args.statistics };
        Report {
            command: "sigmata check",
            findings: &findings,
            files: &names,
            account: &loaded.account,
            results: &results,
            summary: &summary,
        }
        .write(&args.output, output)?;
    }
    let shown = matches!(args.output.format, Format::Text | Format::Concise | Format::Json);
    loaded.account.tell(shown, output);
    let threshold = args.fail_on.unwrap_or_else(|| session.run.config.fail_on());
    let fails = triage::fails(judgement.all(), threshold) || has_hole(&loaded, &judgement);
    let outcome = match loaded.account.outcome() {
        Outcome::Broken => Outcome::Broken,
        _ if fails && !args.exit_zero => Outcome::Findings,
        _ => Outcome::Clean,
    };
    load::leave(loaded);
    Ok(outcome.max(written))
}

/// The findings that count, in the forms of a command.
pub(super) struct Findings<'r> {
    pub open: Vec<Finding<'r>>,
    /// The name of the list in the document.
    pub key: &'static str,
    /// The logs that they are about.
    pub logs: &'r Logs<'r>,
    /// Whether people get counts in place of findings.
    pub statistics: bool,
}

impl Results for Findings<'_> {
    fn print(&self, output: &mut Output) {
        if self.statistics {
            output.text(&render::statistics(&self.open));
        } else {
            output.grouped(&self.open, self.logs);
        }
    }

    fn counts(&self) -> bool {
        self.statistics
    }

    fn key(&self) -> &'static str {
        self.key
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(self.open.iter().map(|finding| render::object(*finding)))
    }
}

/// Writes the files that are changed, puts the text in the place of what standard input gave, and gives how many fixes are in them.
fn write_fixes(files: &[FixedFile<'_>], session: &Session, output: &mut Output) -> (usize, Outcome) {
    let mut writer = Writer::anywhere();
    let mut fixed = 0;
    for FixedFile { file, text, applied, left } in files {
        tell_left(left, output);
        let before = Before::Bytes(file.file.source.text().as_bytes());
        if file.found.stdin {
            session.replace_input(text);
            fixed += applied;
        } else if *applied > 0 && writer.write(&file.found.path, text.as_bytes(), before) {
            fixed += applied;
        }
    }
    (fixed, writer.tell(output))
}

fn tell_left(left: &[String], output: &mut Output) {
    for line in left {
        output.note(&format!("warning: {line}\n"));
    }
}

/// Whether a document could not be read, and nobody has accepted that: no comment, setting or baseline has the finding.
fn has_hole(loaded: &Loaded, judgement: &Judgement) -> bool {
    loaded.files.iter().zip(&judgement.files).any(|(file, judged)| {
        let accepted = |one: &Judged| !one.is_open() && one.diagnostic.severity == Severity::Error;
        file.file.count.lost > 0 && !judged.iter().any(accepted)
    })
}

/// Reads the collection and judges what is found in the files to report on.
fn look(args: &CheckArgs, session: &Session) -> Result<(Loaded, Judgement), Failure> {
    // A fix is compared with the meaning that a rule has without it.
    let fixes = args.fix || args.unsafe_fixes || args.diff;
    let needs = if fixes { Needs::References } else { Needs::Findings };
    let mut loaded = load::load(&args.paths, needs, session)?;
    if let Some(revision) = &args.changed_since {
        let told = Difference::since(&loaded.files, revision, session)?.reported(&loaded);
        loaded.keep(&told);
    }
    let judgement = judge::judged(&loaded, &args.choice, &args.paths.paths, session, args.update_baseline)?;
    Ok((loaded, judgement))
}

fn rendered<'r>(loaded: &'r Loaded, judgement: &'r Judgement) -> Vec<Finding<'r>> {
    let pairs = loaded.files.iter().zip(&judgement.files);
    pairs
        .flat_map(|(file, judged)| {
            judged.iter().map(|one| Finding {
                source: &file.file.source,
                diagnostic: &one.diagnostic,
                status: one.status(),
            })
        })
        .collect()
}

/// One line for each file and folder that was come to.
fn show_files(loaded: &Loaded, output: &mut Output) {
    for file in &loaded.files {
        let name = file.file.source.name();
        if file.file.sigma {
            output.line(name);
        } else {
            output.line(&format!("{name}  # not a Sigma rule"));
        }
    }
    // What nobody asked to leave out comes first.
    for wished in [false, true] {
        for (name, why) in loaded.account.skipped().iter().filter(|(_, why)| why.is_wished() == wished) {
            output.line(&format!("{name}  # {}", why.text()));
        }
    }
}

/// `14 rules: no findings`, `3 rules: 1 error, 2 warnings`.
fn summary(loaded: &Loaded, judgement: &Judgement, fixed: usize) -> String {
    let rules: usize = loaded.files.iter().map(|file| file.file.documents.len()).sum();
    let mut parts = Vec::new();
    let open = || judgement.all().filter(|one: &&Judged| one.is_open());
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let count = open().filter(|one| one.diagnostic.severity == severity).count();
        match severity {
            _ if count == 0 => {}
            // The word of `--fail-on` and of every format, which has no plural.
            Severity::Info => parts.push(format!("{count} info")),
            Severity::Warning | Severity::Error => parts.push(plural(count, severity.name())),
        }
    }
    let known = judgement.count(|fate| *fate == Fate::Known);
    if parts.is_empty() {
        parts.push(if known > 0 { "no new findings".into() } else { "no findings".into() });
    }
    let mut summary = format!("{}: {}", plural(rules, "rule"), parts.join(", "));
    let mut add = |text: String| {
        summary.push_str("; ");
        summary.push_str(&text);
    };
    if known > 0 {
        add(format!("{known} in the baseline"));
    }
    if judgement.gone > 0 {
        add(format!("{} of the baseline no more found", judgement.gone));
    }
    let allowed = judgement.count(|fate| matches!(fate, Fate::Allowed(_)));
    if allowed > 0 {
        add(format!("{allowed} allowed"));
    }
    let skipped = loaded.account.unasked();
    if skipped > 0 {
        add(format!("{} without a Sigma rule (`--show-files`)", plural(skipped, "file")));
    }
    if fixed > 0 {
        add(format!("{} applied", plural_of(fixed, "fix", "fixes")));
    }
    let unreadable = loaded.account.failures();
    if unreadable > 0 {
        add(format!("{} could not be read", plural(unreadable, "file")));
    }
    summary
}
