//! `sigmata eval`.

use std::path::Path;

use serde_json::{Value, json};

use super::args::{EvalArgs, EvalFormat};
use super::check::plural;
use super::load::{self, Loaded, RuleFile};
use super::progress::Progress;
use super::trace::{Told, Words};
use super::{Failure, Needs, Outcome, Output, Session, events, files};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{self, Finding};
use crate::eval::Event;
use crate::eval::stream::{Pointer, Reader};
use crate::workspace::{Logs, Ready, ready};

/// How many bytes are read between two steps of the progress bar.
const STEP: u64 = 1 << 20;

/// A rule that can be evaluated.
struct Rule<'a> {
    ready: Ready<'a>,
    /// Its words, where an account is asked for.
    words: Option<Words<'a>>,
}

/// Why one event matches one rule, or does not.
struct Account {
    matches: bool,
    tree: Told,
    reasons: Vec<String>,
}

pub(super) fn run(args: &EvalArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let pointer: Option<Pointer> = args.at.as_deref().map(str::parse).transpose().map_err(Failure::Usage)?;
    let loaded = load::load(&args.paths, Needs::Filters, session)?;
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

/// The rules that can be evaluated, and why the others cannot.
fn prepare<'a>(
    loaded: &'a Loaded,
    explain: bool,
    logs: &mut Logs,
) -> (Vec<Rule<'a>>, Vec<(&'a RuleFile, Diagnostic)>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for file in &loaded.files {
        let (found, wrong) = ready(&file.file, &loaded.links, logs);
        faults.extend(wrong.into_iter().map(|finding| (file, finding)));
        rules.extend(found.into_iter().map(|ready| {
            let words = explain.then(|| Words::new(&file.file.source, &ready.detection.rule.detection));
            Rule { ready, words }
        }));
    }
    (rules, faults)
}

/// Matches every event of a file. `false` when something in it was no event.
fn one_file(
    path: &Path,
    pointer: Option<Pointer>,
    rules: &[Rule<'_>],
    logs: &Logs,
    format: EvalFormat,
    counts: &mut Counts,
    output: &mut Output,
) -> Result<bool, Failure> {
    let bytes = events::read(path)?;
    let name = files::printed(path);
    let progress = Progress::bytes(bytes.len() as u64, &name);
    let formats = logs.formats();
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
        let read_as = formats.read(&read.event);
        for rule in rules {
            // A record of a log that is known by what only that log has is tried by no rule of another.
            let Some(event) = read_as.of(&rule.ready) else { continue };
            let account = rule.words.as_ref().map(|words| account(&rule.ready, words, event));
            let matches = match &account {
                Some(account) => account.matches,
                None => rule.ready.matches(event),
            };
            counts.matches += usize::from(matches);
            if matches || account.is_some() {
                let time = logs.time(&rule.ready, event);
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

/// Why a rule matches an event, or does not.
fn account(rule: &Ready<'_>, words: &Words<'_>, event: &Event) -> Account {
    let verdict = rule.matcher.explain(event);
    let mut reasons = words.reasons(&verdict);
    let filters = rule.filtered_by(event).map(|applied| &applied.filter);
    reasons.extend(
        filters.map(|filter| {
            format!("the filter `{}` leaves it out ({})", filter.title(), filter.source.name())
        }),
    );
    let matches = verdict.holds && rule.matches(event);
    Account { matches, tree: words.tell(&verdict), reasons }
}

/// A match, or with an account also a pair of rule and event that is none.
fn object(rule: &Rule<'_>, file: &str, index: u64, time: Option<&str>, account: Option<&Account>) -> Value {
    let meta = rule.ready.checked.document.meta();
    let text = |value: Option<&crate::source::Spanned<String>>| value.map(|found| found.value.clone());
    let mut object = json!({
        "rule": {
            "id": text(meta.id.as_ref()),
            "title": text(meta.title.as_ref()),
            "file": rule.ready.file.source.name(),
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
    rule: &Rule<'_>,
    file: &str,
    index: u64,
    time: Option<&str>,
    account: Option<&Account>,
    output: &mut Output,
) {
    let title = rule.ready.checked.document.meta().title.as_ref();
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
        rule.ready.file.source.name()
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
