//! `sigmata diff`.

use serde_json::{Value, json};

use super::args::DiffArgs;
use super::check::plural;
use super::codes::CHANGED_MEANING;
use super::load;
use super::report::{Report, Results, is_for_people};
use super::revision::{self, SideFiles};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{Finding, Format, TestCase};
use crate::source::{SourceFile, Span};
use crate::workspace::{Change, ChangeKind, Side, changes};

const WIDER: &str = "matches now, did not before";
const NARROWER: &str = "matched before, does not now";

pub(super) fn run(args: &DiffArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let side = |path| {
        load::load_paths(std::slice::from_ref(path), false, Needs::References, session).map(SideFiles::of)
    };
    let (mut old, mut new) = match (&args.paths[..], &args.rev) {
        ([path], Some(revision)) => {
            let old = revision::files(path, revision, "--rev", session)?;
            // What was there and is gone was removed.
            let gone = !path.exists() && !old.files.is_empty();
            let new = match side(path) {
                Err(Failure::Usage(_)) if !old.files.is_empty() => SideFiles::default(),
                Err(_) if gone => SideFiles::default(),
                found => found?,
            };
            (old, new)
        }
        ([old, new], None) => (side(old)?, side(new)?),
        ([_], None) => {
            return Err(Failure::Usage(
                "name the old and the new rule, or a revision with `--rev`: `sigmata diff --rev HEAD rules`"
                    .into(),
            ));
        }
        _ => return Err(Failure::Usage("with `--rev` name the new rules alone".into())),
    };
    let mut account = std::mem::take(&mut old.account);
    account.join(std::mem::take(&mut new.account));
    let changes = changes(&old.named(), &new.named(), &|name| {
        args.paths.last().is_some_and(|root| root.join(name).is_file() || root.is_file())
    });
    old.losses(output);
    new.losses(output);
    let differ = changes.iter().filter(|change| change.kind != ChangeKind::Equal).count();
    let told: Vec<(&SourceFile, Diagnostic)> = changes.iter().filter_map(finding).collect();
    let lost = account.findings();
    let mut findings: Vec<Finding<'_>> =
        told.iter().map(|(source, finding)| Finding::new(source, finding)).collect();
    findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
    let mut names: Vec<&str> = changes.iter().map(|change| title(change).1).collect();
    names.dedup();
    let results = Changes { all: &changes, lost: &lost };
    Report {
        command: "sigmata diff",
        findings: &findings,
        files: &names,
        account: &account,
        results: &results,
        summary: "",
    }
    .write(&args.output, output)?;
    if is_for_people(args.output.format) {
        output.remark(&format!("{}: {differ} changed\n", plural(changes.len(), "rule")));
    }
    account.tell(args.output.format == Format::Json, output);
    let outcome = if differ == 0 { Outcome::Clean } else { Outcome::Findings };
    Ok(outcome.max(account.outcome()))
}

/// What became of each document, in the forms of the command.
struct Changes<'r> {
    all: &'r [Change<'r>],
    /// What could not be read.
    lost: &'r [(SourceFile, Diagnostic)],
}

impl Results for Changes<'_> {
    fn print(&self, output: &mut Output) {
        for change in self.all.iter().filter(|change| change.kind != ChangeKind::Equal) {
            print(change, output);
        }
    }

    fn key(&self) -> &'static str {
        "changes"
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(self.all.iter().map(object))
    }

    /// One test case for each document, which fails where it does not mean the same, as the run does.
    fn cases(&self) -> Option<Vec<TestCase>> {
        let case = |change: &Change<'_>| {
            let (name, class) = title(change);
            let found = finding(change);
            let found = found.iter().map(|(source, finding)| Finding::new(source, finding));
            TestCase::new(class, name, found)
        };
        let lost = self.lost.iter().map(|(source, finding)| {
            TestCase::new(source.name(), "the file", std::iter::once(Finding::new(source, finding)))
        });
        Some(self.all.iter().map(case).chain(lost).collect())
    }
}

/// The title of a document, and the name of its file.
fn title<'c>(change: &'c Change<'_>) -> (&'c str, &'c str) {
    let side = change.new.as_ref().or(change.old.as_ref());
    let title = side
        .and_then(|side| side.document.meta().title.as_ref())
        .map_or("(no title)", |title| title.value.trim());
    (title, side.map_or("", |side| side.file.source.name()))
}

/// A change as a finding at the title of the document, as it is or was.
fn finding<'c>(change: &'c Change<'_>) -> Option<(&'c SourceFile, Diagnostic)> {
    let side = change.new.as_ref().or(change.old.as_ref())?;
    if change.kind == ChangeKind::Equal {
        return None;
    }
    let meta = side.document.meta();
    let span = meta.title.as_ref().map_or(Span::empty(meta.span.start), |title| title.span);
    let message = format!("`{}`: {}", title(change).0, change.kind.name());
    let mut finding = Diagnostic::new(&CHANGED_MEANING, span, message);
    let event = |what: &str, event: &Option<Value>| event.as_ref().map(|event| format!("{what}: {event}"));
    let events: Vec<String> =
        [event(WIDER, &change.wider), event(NARROWER, &change.narrower)].into_iter().flatten().collect();
    if !events.is_empty() {
        finding = finding.help(events.join("; "));
    }
    Some((&side.file.source, finding))
}

fn print(change: &Change<'_>, output: &mut Output) {
    let (title, file) = title(change);
    output.line(&format!("{}  {title} ({file})", output.bold(change.kind.name())));
    let was = change.old.as_ref().and_then(|side| side.document.meta().title.as_ref());
    if let (ChangeKind::Renamed, Some(was)) = (change.kind, was) {
        output.line(&format!("   was: {}", was.value.trim()));
    }
    if let Some(event) = &change.wider {
        output.text(&format!("   {WIDER}: "));
        output.json_line(event);
    }
    if let Some(event) = &change.narrower {
        output.text(&format!("   {NARROWER}: "));
        output.json_line(event);
    }
}

fn object(change: &Change<'_>) -> Value {
    let side = |side: Option<&Side<'_>>| {
        side.map(|side| {
            let meta = side.document.meta();
            json!({
                "id": meta.id.as_ref().map(|id| id.value.clone()),
                "title": meta.title.as_ref().map(|title| title.value.clone()),
                "file": side.file.source.name(),
            })
        })
    };
    json!({
        "old": side(change.old.as_ref()),
        "new": side(change.new.as_ref()),
        "change": change.kind.name(),
        "wider": change.wider,
        "narrower": change.narrower,
    })
}
