//! `sigmata eval`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::account::Account;
use super::args::EvalArgs;
use super::events::{self, NotEvents};
use super::load::{self, Loaded, RuleFile};
use super::report::is_for_people;
use super::rooted::rooted;
use super::sinks::Sinks;
use super::trace::{Told, Words};
use super::words::{plural, plural_u64};
use super::{Failure, Needs, Outcome, Output, Session, files, fired, parts};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{Finding, Format};
use crate::eval::stream::{Pointer, ReadError, Reader, Repeated, State};
use crate::eval::{Event, Json};
use crate::rule::{Count, Meta};
use crate::schema::Path as FieldPath;
use crate::source::SourceFile;
use crate::time::{self, Timestamp};
use crate::workspace::{
    Arrived, Correlations, Dispatcher, Fired, Formats, Logs, Ready, Sequences, correlate, ready,
};

/// How many bytes of a file are worked on at once.
const PART: usize = 1 << 20;
/// The same, where there is an account for each event and rule.
const EXPLAINED_PART: usize = 1 << 15;

/// A rule that can be evaluated.
struct Rule<'a> {
    ready: Ready<'a>,
    /// Its words, where an account is asked for.
    words: Option<Words<'a>>,
}

/// Why one event matches one rule, or does not.
struct Explained {
    matches: bool,
    tree: Told,
    reasons: Vec<String>,
}

pub(super) fn run(args: &EvalArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let asked = Asked::new(args)?;
    rules_among_events(args)?;
    let pointer: Option<Pointer> = args.at.as_deref().map(str::parse).transpose().map_err(Failure::Usage)?;
    let loaded = load::load(&args.paths, Needs::Filters, session)?;
    let mut logs = Logs::default();
    let (rules, correlations, faults) = prepare(&loaded, args.explain, &mut logs);
    for (file, diagnostic) in &faults {
        output.note_finding(Finding::new(&file.file.source, diagnostic));
    }
    let mut outcome = if faults.is_empty() { Outcome::Clean } else { Outcome::Findings };
    tell_losses(&loaded, args.output.format == Format::Json, output);
    outcome = outcome.max(loaded.account.outcome());
    let work = Work {
        dispatcher: Dispatcher::new(rules.iter().map(|rule| &rule.ready), &logs),
        formats: logs.formats(),
        rules: &rules,
        logs: &logs,
        correlations: &correlations,
        pointer,
        asked,
    };
    let lateness =
        args.lateness.map(|span| i64::try_from(span).unwrap_or(i64::MAX).saturating_mul(1_000_000_000));
    let mut report = Report {
        rules: &rules,
        sequences: Sequences::new(&correlations, lateness),
        files: Vec::new(),
        sinks: Sinks::new(&args.output)?,
        events: 0,
        matches: 0,
        asked,
        tally: Tally::default(),
        faults: NotEvents::default(),
    };
    report.sinks.begin(output);
    let (mut recordings, found) = Account::of_events(&args.events);
    for path in &found {
        let before = (report.events, report.tally.foreign);
        match one_file(path, &work, &mut report, output) {
            Ok(()) => recordings.read(&Count::default()),
            Err(failure) => recordings.fail(failure),
        }
        std::mem::take(&mut report.faults).end(&files::printed(path), output);
        let (events, foreign) = (report.events - before.0, report.tally.foreign - before.1);
        if foreign > 0 && foreign == events && !rules.is_empty() {
            let name = files::printed(path);
            let verb = if events == 1 { "is" } else { "are" };
            output.note(&format!(
                "warning: {name}: {}, which {verb} not understood and of no log that the rules are about\n",
                plural_u64(events, "event")
            ));
        }
    }
    outcome = outcome.max(recordings.outcome()).max(report.outcome());
    report.fire(true, output);
    fired::lost(&report.sequences.lost(), output);
    let account = rooted(report.account(&loaded.account, &recordings));
    let mut end =
        format!("\"events\": {}, \"rules\": {}, \"account\": {account}", report.events, rules.len());
    if args.explain {
        let followed: Vec<_> = report.sequences.followed().collect();
        if is_for_people(args.output.format) {
            for followed in &followed {
                fired::followed(followed, output);
            }
        }
        let all = rooted(followed.iter().map(fired::followed_object).collect());
        end.push_str(&format!(", \"correlations\": {all}"));
    }
    report.sinks.end(&end, output);
    let evaluated: Vec<(&SourceFile, &Meta)> = rules
        .iter()
        .map(|rule| &rule.ready)
        .filter(|ready| !ready.silent)
        .map(|ready| (ready.source, &ready.detection.rule.meta))
        .collect();
    let unread: Vec<_> = loaded.account.findings().into_iter().chain(recordings.findings()).collect();
    report.sinks.write(&args.output, &evaluated, &faults, (&loaded.account, &unread), output)?;
    recordings.tell(args.output.format == Format::Json, output);
    report.tell(output);
    if is_for_people(args.output.format) {
        let matched = plural_matches(report.matches);
        output.remark(&format!(
            "{}, {}: {matched}\n",
            plural(usize::try_from(report.events).unwrap_or(usize::MAX), "event"),
            plural(rules.len(), "rule")
        ));
    }
    Ok(outcome)
}

/// `--events` takes every path behind it. Rules among them, where none are named, were meant for those to evaluate, and not
/// the rules of the current folder.
fn rules_among_events(args: &EvalArgs) -> Result<(), Failure> {
    if !args.paths.paths.is_empty() {
        return Ok(());
    }
    let (rules, events): (Vec<_>, Vec<_>) = args.events.iter().partition(|path| files::are_rules(path));
    let Some(first) = rules.first() else { return Ok(()) };
    let listed =
        |paths: &[&PathBuf]| paths.iter().map(|path| files::printed(path)).collect::<Vec<_>>().join(" ");
    let events = if events.is_empty() { "FILE".to_owned() } else { listed(&events) };
    Err(Failure::Usage(format!(
        "`--events` takes every path behind it, and `{}` holds rules; write them in front: `sigmata eval {} --events \
         {events}`",
        files::printed(first),
        listed(&rules)
    )))
}

/// Why documents could not be read; what is wrong with a file without any is reported with the rules.
fn tell_losses(loaded: &Loaded, shown: bool, output: &mut Output) {
    for file in loaded.files.iter().filter(|file| !file.file.documents.is_empty()) {
        for finding in file.file.losses() {
            output.note_finding(Finding::new(&file.file.source, finding));
        }
    }
    loaded.account.tell(shown, output);
}

fn plural_matches(count: usize) -> String {
    if count == 1 { "1 match".into() } else { format!("{count} matches") }
}

/// Why something is not evaluated, and the file of it.
type Faults<'a> = Vec<(&'a RuleFile, Diagnostic)>;

/// The rules that can be evaluated, the correlations over them, and why the others cannot.
fn prepare<'a>(
    loaded: &'a Loaded,
    explain: bool,
    logs: &mut Logs,
) -> (Vec<Rule<'a>>, Correlations<'a>, Faults<'a>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for file in &loaded.files {
        let (found, wrong) = ready(&file.file, &loaded.links, logs);
        faults.extend(wrong.into_iter().map(|finding| (file, finding)));
        rules.extend(found);
    }
    let files = loaded.files.iter().map(|file| &file.file);
    let (correlations, wrong) = correlate(files, &loaded.links, &mut rules, logs);
    faults.extend(wrong.into_iter().filter_map(|(at, finding)| Some((loaded.files.get(at)?, finding))));
    let with_words = |ready: Ready<'a>| {
        let words = explain.then(|| Words::new(ready.source, &ready.detection.rule.detection));
        Rule { ready, words }
    };
    (rules.into_iter().map(with_words).collect(), correlations, faults)
}

/// The time of which matches are reported. Events of every time are matched: what correlations and `first_seen` say of an
/// event that is asked for rests on those before it.
#[derive(Clone, Copy)]
struct Asked {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Asked {
    fn new(args: &EvalArgs) -> Result<Self, Failure> {
        let (since, until) = (args.since, args.until);
        match (since, until) {
            (Some(since), Some(until)) if since >= until => Err(Failure::Usage(
                "`--until` is not after `--since`, so that no event is between them".to_owned(),
            )),
            _ => Ok(Self { since, until }),
        }
    }

    /// Whether an event is asked for that happened then; one of which that is not known is.
    fn has(self, time: Option<Timestamp>) -> bool {
        let Some(time) = time else { return true };
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    /// The same of a time as its log writes it.
    fn has_written(self, time: Option<&str>) -> bool {
        (self.since.is_none() && self.until.is_none()) || self.has(time.and_then(time::occurred))
    }
}

/// What is needed to match the events of a part of a file, apart from all other parts.
struct Work<'w, 'a> {
    dispatcher: Dispatcher<'w, 'a>,
    formats: Formats<'w>,
    rules: &'w [Rule<'a>],
    logs: &'w Logs,
    correlations: &'w Correlations<'w>,
    pointer: Option<Pointer>,
    asked: Asked,
}

/// What a part of a file gave, in its order.
#[derive(Default)]
struct Batch {
    /// How many events there are.
    events: u64,
    tally: Tally,
    repeated: Option<Repeated>,
    found: Vec<Found>,
}

/// What was not looked at, or looked at in vain.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// What was not an event.
    faults: u64,
    /// Events that are of no log of the rules.
    foreign: u64,
    /// Matches that `--since` and `--until` leave out.
    left_out: u64,
    /// Values of which an object has a key twice.
    repeated: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.faults += other.faults;
        self.foreign += other.foreign;
        self.left_out += other.left_out;
        self.repeated += other.repeated;
    }
}

/// Something to be reported.
enum Found {
    /// What was not an event.
    Fault(ReadError),
    /// What correlations need of a match that they count.
    Counted {
        /// The place of the event in its batch.
        index: u64,
        arrived: Box<Arrived>,
    },
    /// An event and a rule that matches it, or of which an account is asked for.
    Pair {
        /// The place of the event in its batch.
        index: u64,
        /// The place of the rule.
        rule: usize,
        /// When the event happened.
        time: Option<String>,
        account: Option<Explained>,
    },
}

impl Work<'_, '_> {
    /// How many bytes of a file are one part: fewer where each rule has its account of each event.
    fn part_size(&self) -> usize {
        if self.explained() { EXPLAINED_PART } else { PART }
    }

    fn explained(&self) -> bool {
        self.rules.iter().any(|rule| rule.words.is_some())
    }

    /// Matches every event of a part of a file; where the part was left, and in which state.
    fn part(&self, bytes: &[u8], state: State, last: bool) -> (Batch, (usize, State)) {
        let mut reader = Reader::part(bytes, self.pointer.clone(), state, last);
        let mut batch = Batch::default();
        let explained = self.explained();
        let mut one = |read: Result<&Json<'_>, ReadError>| match read {
            Err(error) => {
                batch.tally.faults += 1;
                batch.found.push(Found::Fault(error));
            }
            Ok(event) => {
                if explained {
                    self.explain(event, &mut batch);
                } else {
                    self.matches(event, &mut batch);
                }
                batch.events += 1;
            }
        };
        while reader.read(&mut one) {}
        batch.repeated = reader.repeated();
        batch.tally.repeated = batch.repeated.as_ref().map_or(0, |repeated| repeated.count);
        (batch, reader.end())
    }

    fn matches(&self, event: &Json<'_>, batch: &mut Batch) {
        let index = batch.events;
        let understood = self.dispatcher.matches(event, &mut |rule, record| {
            let Some(ready) = self.rules.get(rule).map(|rule| &rule.ready) else { return };
            let time = self.logs.time(ready).and_then(|path| record.text(path));
            let texts = |path: &FieldPath, limit: usize| record.texts(path, limit);
            self.count(ready, index, time.as_deref(), &texts, &mut batch.found);
            if ready.silent {
                // What only feeds correlations is not an alert.
            } else if self.asked.has_written(time.as_deref()) {
                batch.found.push(Found::Pair { index, rule, time, account: None });
            } else {
                batch.tally.left_out += 1;
            }
        });
        batch.tally.foreign += u64::from(!understood);
    }

    /// Hands a match to the correlations that count it, whenever it was.
    fn count(
        &self,
        rule: &Ready<'_>,
        index: u64,
        time: Option<&str>,
        texts: &dyn Fn(&FieldPath, usize) -> Vec<String>,
        found: &mut Vec<Found>,
    ) {
        let Some(base) = rule.base else { return };
        let arrived = Box::new(self.correlations.arrived(base, time, texts));
        found.push(Found::Counted { index, arrived });
    }

    /// Tries every rule, also those that cannot match: each gets its account.
    fn explain(&self, event: &Json<'_>, batch: &mut Batch) {
        batch.tally.foreign += u64::from(!self.dispatcher.knows(event));
        let event = Event::new(crate::eval::json::value(event));
        let read_as = self.formats.read(&event);
        for (at, rule) in self.rules.iter().enumerate() {
            // A record of a log that is known by what only that log has is tried by no rule of another.
            let Some(event) = read_as.of(&rule.ready) else { continue };
            let account = rule.words.as_ref().map(|words| account(&rule.ready, words, event));
            let time = self.logs.time(&rule.ready).and_then(|path| event.texts(path, 1).pop());
            let matches = account.as_ref().is_some_and(|account| account.matches);
            if matches {
                let texts = |path: &FieldPath, limit: usize| event.texts(path, limit);
                self.count(&rule.ready, batch.events, time.as_deref(), &texts, &mut batch.found);
            }
            if self.asked.has_written(time.as_deref()) {
                batch.found.push(Found::Pair { index: batch.events, rule: at, time, account });
            } else {
                batch.tally.left_out += u64::from(matches && !rule.ready.silent);
            }
        }
    }
}

/// Matches every event of a file.
fn one_file(
    path: &Path,
    work: &Work<'_, '_>,
    report: &mut Report<'_>,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = files::printed(path);
    report.files.push(name.clone());
    let mut from = 0;
    parts::each(
        path,
        work.part_size(),
        |bytes, state, last| work.part(bytes, state, last),
        &mut |batch: Batch| {
            let events = batch.events;
            report.take(batch, from, &name, output);
            from += events;
        },
    )
}

/// Prints what was found, and counts.
struct Report<'r> {
    rules: &'r [Rule<'r>],
    sequences: Sequences<'r>,
    /// The files so far.
    files: Vec<String>,
    sinks: Sinks<'r>,
    events: u64,
    matches: usize,
    asked: Asked,
    tally: Tally,
    /// What was not an event in the file that is read.
    faults: NotEvents,
}

impl<'r> Report<'r> {
    /// The events of a batch, the first of which has the place `from` in the file.
    fn take(&mut self, batch: Batch, from: u64, name: &str, output: &mut Output) {
        for found in batch.found {
            match found {
                Found::Fault(error) => {
                    self.faults.tell(name, &error, output);
                }
                Found::Counted { index, arrived } => {
                    let file = self.files.len().saturating_sub(1);
                    self.sequences.observe(*arrived, fired::number(file, from + index));
                    self.fire(false, output);
                }
                Found::Pair { index, rule, time, account } => {
                    let Some(rule) = self.rules.get(rule) else { continue };
                    self.pair(rule, (name, from + index), time.as_deref(), account.as_ref(), output);
                }
            }
        }
        if let (0, Some(repeated)) = (self.tally.repeated, &batch.repeated) {
            events::warn(name, repeated, output);
        }
        self.events += batch.events;
        self.tally.add(batch.tally);
    }

    /// How the run ends by its events alone: what was not an event was not looked at, and neither were events of which none
    /// is of a log of the rules.
    fn outcome(&self) -> Outcome {
        if self.tally.faults > 0 {
            Outcome::Broken
        } else if self.events > 0 && self.tally.foreign == self.events && !self.rules.is_empty() {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// What became of rules, recordings and events, for programs.
    fn account(&self, rules: &Account, recordings: &Account) -> Value {
        let mut account = rules.value();
        if let Some(members) = account.as_object_mut() {
            members.insert("recordings".into(), recordings.files());
            members.insert(
                "events".into(),
                json!({
                    "read": self.events,
                    "unreadable": self.tally.faults,
                    "foreign": self.tally.foreign,
                    "matches_left_out": self.tally.left_out,
                    "repeated_keys": self.tally.repeated,
                }),
            );
        }
        account
    }

    /// Reports events that were not looked at, or in vain.
    fn tell(&self, output: &mut Output) {
        let Tally { foreign, left_out, repeated, .. } = self.tally;
        events::sum(repeated, output);
        if foreign > 0 && !self.rules.is_empty() {
            output.note(&format!("{} of no log of the rules\n", plural_u64(foreign, "event")));
        }
        if left_out > 0 {
            let matches = plural_matches(usize::try_from(left_out).unwrap_or(usize::MAX));
            output.note(&format!("{matches} left out by `--since` and `--until`\n"));
        }
    }

    fn pair(
        &mut self,
        rule: &'r Rule<'r>,
        (file, index): (&str, u64),
        time: Option<&str>,
        account: Option<&Explained>,
        output: &mut Output,
    ) {
        let matches = account.is_none_or(|account| account.matches);
        self.matches += usize::from(matches && !rule.ready.silent);
        if matches && !rule.ready.silent {
            let meta = &rule.ready.detection.rule.meta;
            self.sinks.count(rule.ready.source, meta, &format!("{file}#{index}"));
        }
        self.sinks.tell(
            &|output| print(rule, file, index, time, account, output),
            &|| object(rule, file, index, time, account),
            output,
        );
    }

    /// Prints the correlations that fire by what has been read; with `end`, by all there is.
    fn fire(&mut self, end: bool, output: &mut Output) {
        let (files, sinks, asked) = (&self.files, &mut self.sinks, self.asked);
        self.sequences.fire(end, &mut |found: Fired<'r>| {
            if !asked.has(Some(Timestamp { nanos: i128::from(found.time) })) {
                self.tally.left_out += 1;
                return;
            }
            self.matches += 1;
            sinks.tell(
                &|output| fired::print(&found, files, output),
                &|| fired::object(&found, files),
                output,
            );
            let last = found.events.last().copied().unwrap_or_default();
            sinks.count(found.source, &found.rule.meta, &fired::place(files, last));
        });
    }
}

/// Why a rule matches an event, or does not.
fn account(rule: &Ready<'_>, words: &Words<'_>, event: &Event) -> Explained {
    let verdict = rule.matcher.explain(event);
    let mut reasons = words.reasons(&verdict);
    let filters = rule.filtered_by(event).map(|applied| &applied.filter);
    reasons.extend(
        filters.map(|filter| {
            format!("the filter `{}` leaves it out ({})", filter.title(), filter.source.name())
        }),
    );
    let matches = verdict.holds && rule.matches(event);
    Explained { matches, tree: words.tell(&verdict), reasons }
}

/// A match, or with an account also a pair of rule and event that is none.
fn object(rule: &Rule<'_>, file: &str, index: u64, time: Option<&str>, account: Option<&Explained>) -> Value {
    let meta = &rule.ready.detection.rule.meta;
    let text = |value: Option<&crate::source::Spanned<String>>| value.map(|found| found.value.clone());
    let mut object = json!({
        "rule": {
            "id": text(meta.id.as_ref()),
            "title": text(meta.title.as_ref()),
            "file": rule.ready.source.name(),
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
    account: Option<&Explained>,
    output: &mut Output,
) {
    let title = rule.ready.detection.rule.meta.title.as_ref();
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
        rule.ready.source.name()
    ));
    let Some(account) = account else { return };
    for row in account.tree.rows() {
        output.line(&row);
    }
    for reason in &account.reasons {
        output.line(&format!("  why not: {reason}"));
    }
    output.line("");
}
