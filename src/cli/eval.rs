//! `sigmata eval`.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::account::{Told, Words};
use super::args::{EvalArgs, EvalFormat};
use super::check::plural;
use super::compile::unsupported;
use super::load::{self, Loaded, RuleFile};
use super::progress::Progress;
use super::{Failure, Outcome, Output, Session, events, files};
use crate::diagnostic::render::{self, Finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::stream::{Pointer, Reader};
use crate::eval::{Event, Matcher, RecordFormats};
use crate::rule::Document;
use crate::schema::Schema;
use crate::workspace::Checked;

/// How many bytes are read between two steps of the progress bar.
const STEP: u64 = 1 << 20;

/// A rule that can be evaluated.
struct Ready<'a> {
    file: &'a RuleFile,
    checked: &'a Checked,
    matcher: Matcher,
    /// The place of its log in [`Logs`].
    log: Option<usize>,
    /// Its words, where an account is asked for.
    words: Option<Words<'a>>,
}

/// Why one event matches one rule, or does not.
struct Account {
    matches: bool,
    tree: Told,
    reasons: Vec<String>,
}

/// The logs that the rules speak of: each event is brought into the canonical shape of a log once.
#[derive(Default)]
struct Logs(Vec<Arc<Schema>>);

impl Logs {
    fn add(&mut self, schema: &Arc<Schema>) -> usize {
        self.0.iter().position(|known| known.name == schema.name).unwrap_or_else(|| {
            self.0.push(Arc::clone(schema));
            self.0.len() - 1
        })
    }
}

pub(super) fn run(args: &EvalArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let pointer: Option<Pointer> = args.at.as_deref().map(str::parse).transpose().map_err(Failure::Usage)?;
    let loaded = load::load(&args.paths.paths, session)?;
    let mut logs = Logs::default();
    let (rules, faults) = prepare(&loaded, args.explain, &mut logs);
    for (file, diagnostic) in &faults {
        let finding = Finding { source: &file.file.source, diagnostic };
        output.note(&render::text(finding, output.colour.stderr));
    }
    let mut outcome = if faults.is_empty() { Outcome::Clean } else { Outcome::Findings };
    for failure in &loaded.unreadable {
        output.note(&format!("error: {failure}\n"));
        outcome = Outcome::Broken;
    }
    let mut counts = Counts::default();
    if args.format == EvalFormat::Json {
        // Written piece by piece, because the matches of a large recording need not fit into memory.
        output.text(&format!("{{\"version\": {}, \"matches\": [", render::VERSION));
    }
    for path in &args.events {
        let whole = one_file(path, pointer.clone(), &rules, &logs, args.format, &mut counts, output);
        match whole {
            Ok(true) => {}
            Ok(false) => outcome = Outcome::Broken,
            Err(failure) => {
                output.note(&format!("error: {failure}\n"));
                outcome = Outcome::Broken;
            }
        }
    }
    if args.format == EvalFormat::Json {
        let end = if counts.printed == 0 { "" } else { "\n" };
        output.line(&format!("{end}], \"events\": {}, \"rules\": {}}}", counts.events, rules.len()));
    }
    if args.format == EvalFormat::Text {
        let matched = plural_matches(counts.matches);
        output.note(&format!(
            "{}, {}: {matched}\n",
            plural(counts.events, "event"),
            plural(rules.len(), "rule")
        ));
    }
    Ok(outcome)
}

fn plural_matches(count: usize) -> String {
    if count == 1 { "1 match".into() } else { format!("{count} matches") }
}

#[derive(Default)]
struct Counts {
    events: usize,
    matches: usize,
    /// The objects that were printed.
    printed: usize,
}

/// The rules that can be evaluated, and why the others cannot. Findings of the check do not keep a rule out.
fn prepare<'a>(
    loaded: &'a Loaded,
    explain: bool,
    logs: &mut Logs,
) -> (Vec<Ready<'a>>, Vec<(&'a RuleFile, Diagnostic)>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for file in &loaded.files {
        if file.file.documents.is_empty() {
            faults.extend(file.file.findings.iter().map(|finding| (file, finding.clone())));
        }
        for (checked, findings) in file.file.documents.iter().zip(file.file.findings_by_document()) {
            let (rule, typed) = match (&checked.document, &checked.typed) {
                (Document::Detection(rule), Some(typed)) => (rule, typed),
                (Document::Filter(_), _) => {
                    faults.push((file, unsupported(checked, "filters")));
                    continue;
                }
                (Document::Detection(_) | Document::Correlation(_), _) => {
                    faults.push((file, unsupported(checked, "correlations")));
                    continue;
                }
            };
            if typed.formula.is_none() {
                let errors = findings.into_iter().filter(|found| found.severity == Severity::Error);
                faults.extend(errors.map(|finding| (file, finding.clone())));
                continue;
            }
            match Matcher::new(typed.formula.as_ref()) {
                Ok(matcher) => {
                    let log = typed.schema.as_ref().map(|schema| logs.add(schema));
                    let words = explain.then(|| Words::new(&file.file.source, &rule.detection));
                    rules.push(Ready { file, checked, matcher, log, words });
                }
                Err(errors) => faults.extend(errors.into_iter().map(|finding| (file, finding))),
            }
        }
    }
    (rules, faults)
}

/// Matches every event of a file. `false` when something in it was no event.
fn one_file(
    path: &Path,
    pointer: Option<Pointer>,
    rules: &[Ready<'_>],
    logs: &Logs,
    format: EvalFormat,
    counts: &mut Counts,
    output: &mut Output,
) -> Result<bool, Failure> {
    let bytes = events::read(path)?;
    let name = files::printed(path);
    let progress = Progress::bytes(bytes.len() as u64, &name);
    let shapes: Vec<RecordFormats<'_>> = logs.0.iter().map(|schema| RecordFormats::of(schema)).collect();
    let mut reader = Reader::new(&bytes, pointer);
    let mut whole = true;
    let mut told = 0;
    while let Some(read) = reader.next() {
        if reader.offset().saturating_sub(told) >= STEP {
            progress.advance(reader.offset() - told);
            told = reader.offset();
        }
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                output.note(&format!("error: {name}: {error}\n"));
                whole = false;
                continue;
            }
        };
        counts.events += 1;
        let canonical: Vec<Option<Event>> =
            shapes.iter().map(|shapes| shapes.canonical(&read.event)).collect();
        let claims: Vec<bool> = shapes.iter().map(|shapes| shapes.claims(&read.event)).collect();
        let known = claims.contains(&true);
        for rule in rules {
            // A record of a log that is known by what only that log has is tried by no rule of another.
            if known && rule.log.is_some_and(|log| claims.get(log) == Some(&false)) {
                continue;
            }
            let event =
                rule.log.and_then(|log| canonical.get(log)).and_then(Option::as_ref).unwrap_or(&read.event);
            let account = rule.words.as_ref().map(|words| {
                let verdict = rule.matcher.explain(event);
                Account {
                    matches: verdict.holds,
                    tree: words.tell(&verdict),
                    reasons: words.reasons(&verdict),
                }
            });
            let matches = match &account {
                Some(account) => account.matches,
                None => rule.matcher.matches(event),
            };
            counts.matches += usize::from(matches);
            if matches || account.is_some() {
                let time = time(rule, logs, event);
                let time = time.as_deref();
                match format {
                    EvalFormat::Text => print(rule, &name, read.index, time, account.as_ref(), output),
                    EvalFormat::Json => {
                        let comma = if counts.printed == 0 { "\n" } else { ",\n" };
                        let object = object(rule, &name, read.index, time, account.as_ref());
                        output.text(&format!("{comma}{object}"));
                    }
                    EvalFormat::Jsonl => {
                        let object = object(rule, &name, read.index, time, account.as_ref());
                        output.line(&render::line(object).to_string());
                    }
                }
                counts.printed += 1;
            }
        }
    }
    Ok(whole)
}

fn time(rule: &Ready<'_>, logs: &Logs, event: &Event) -> Option<String> {
    let path = logs.0.get(rule.log?)?.time.as_ref()?;
    event.texts(path, 1).pop()
}

/// A match, or with an account also a pair of rule and event that is none.
fn object(rule: &Ready<'_>, file: &str, index: u64, time: Option<&str>, account: Option<&Account>) -> Value {
    let meta = rule.checked.document.meta();
    let text = |value: Option<&crate::source::Spanned<String>>| value.map(|found| found.value.clone());
    let mut object = json!({
        "rule": {
            "id": text(meta.id.as_ref()),
            "title": text(meta.title.as_ref()),
            "file": rule.file.file.source.name(),
        },
        "events": [{"file": file, "index": index}],
        "time": time,
        "group": Value::Null,
    });
    if let (Some(members), Some(account)) = (object.as_object_mut(), account) {
        members.insert("matches".into(), account.matches.into());
        members.insert("reasons".into(), json!(account.reasons));
        members.insert("tree".into(), account.tree.json());
    }
    object
}

fn print(
    rule: &Ready<'_>,
    file: &str,
    index: u64,
    time: Option<&str>,
    account: Option<&Account>,
    output: &mut Output,
) {
    let title = rule.checked.document.meta().title.as_ref();
    let title = title.map_or("(no title)", |title| title.value.trim());
    let time = time.unwrap_or("-");
    let truth = match account {
        None => "",
        Some(account) if account.matches => "match  ",
        Some(_) => "no match  ",
    };
    output.line(&format!(
        "{file}#{index}  {time}  {truth}{}  {}",
        output.bold(title),
        rule.file.file.source.name()
    ));
    let Some(account) = account else { return };
    for row in account.tree.rows(output.colour.stdout) {
        output.line(&row);
    }
    for reason in &account.reasons {
        output.line(&format!("  why not: {reason}"));
    }
    output.line("");
}
