//! `sigmata diff`.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::account::Account;
use super::args::{CompileFormat, DiffArgs};
use super::check::plural;
use super::load::{self, Loaded};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::render;
use crate::ir::Formula;
use crate::rule::{Document, Meta};
use crate::solve::{self, Answer};
use crate::source::SourceFile;
use crate::workspace::File;

/// A rule of one side.
struct Side<'f> {
    meta: &'f Meta,
    file: &'f str,
    formula: Option<&'f Formula>,
    log: Option<&'f str>,
}

/// What became of a rule.
struct Change<'f> {
    old: Option<Side<'f>>,
    new: Option<Side<'f>>,
    kind: &'static str,
    wider: Option<Value>,
    narrower: Option<Value>,
}

pub(super) fn run(args: &DiffArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let mut account = Account::default();
    let (old, new) = match (&args.paths[..], &args.rev) {
        ([new], Some(revision)) => {
            let mut new = load::load_paths(std::slice::from_ref(new), false, Needs::References, session)?;
            account.join(std::mem::take(&mut new.account));
            let old = revised(&new, revision, output)?;
            (old, new)
        }
        ([old, new], None) => {
            let old = load::load_paths(std::slice::from_ref(old), false, Needs::References, session)?;
            old.losses(output);
            account.join(old.account);
            let mut new = load::load_paths(std::slice::from_ref(new), false, Needs::References, session)?;
            account.join(std::mem::take(&mut new.account));
            (old.files.into_iter().map(|file| file.file).collect(), new)
        }
        ([_], None) => {
            return Err(Failure::Usage(
                "name the old and the new rule, or a revision with `--rev`: `sigmata diff --rev HEAD rules`"
                    .into(),
            ));
        }
        _ => return Err(Failure::Usage("with `--rev` name the new rules alone".into())),
    };
    let changes = changes(&old, &new);
    new.losses(output);
    match args.format {
        CompileFormat::Json => {
            let all: Vec<Value> = changes.iter().map(object).collect();
            output.line(&format!("{:#}", account.within(render::document("changes", all))));
        }
        CompileFormat::Text => {
            for change in changes.iter().filter(|change| change.kind != "equal") {
                print(change, output);
            }
            let differ = changes.iter().filter(|change| change.kind != "equal").count();
            output.note(&format!("{}: {differ} changed\n", plural(changes.len(), "rule")));
        }
    }
    account.tell(args.format == CompileFormat::Json, output);
    let equal = changes.iter().all(|change| change.kind == "equal");
    let outcome = if equal { Outcome::Clean } else { Outcome::Findings };
    Ok(outcome.max(account.outcome()))
}

/// The files of the new side as they stood at a revision; one that is new since then is left out.
fn revised(new: &Loaded, revision: &str, output: &mut Output) -> Result<Vec<File>, Failure> {
    if revision.starts_with('-') || revision.contains(':') {
        return Err(Failure::Usage(format!("`{revision}` is not a valid revision")));
    }
    let mut files = Vec::new();
    let mut known = false;
    for file in &new.files {
        let path = &file.found.path;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let git =
            |arguments: &[&str]| {
                Command::new("git").arg("-C").arg(folder).args(arguments).output().map_err(|error| {
                    Failure::Io(format!("git cannot be started, which `--rev` needs: {error}"))
                })
            };
        if !known {
            let found = git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?;
            if !found.status.success() {
                return Err(Failure::Usage(format!(
                    "`{revision}` is not a valid revision of a git repository that holds `{}`",
                    path.display()
                )));
            }
            known = true;
        }
        let shown = git(&["show", &format!("{revision}:./{name}")])?;
        if !shown.status.success() {
            continue;
        }
        match String::from_utf8(shown.stdout) {
            Ok(text) => {
                let source = SourceFile::new(format!("{revision}:{}", file.found.name), text);
                files.push(File::check_within(source, &file.scope.registry, file.scope.config.limits()));
            }
            Err(_) => output.note(&format!("{}: no text at {revision}\n", file.found.name)),
        }
    }
    Ok(files)
}

fn sides<'f>(files: impl Iterator<Item = &'f File>) -> Vec<Side<'f>> {
    files
        .flat_map(|file| file.documents.iter().map(move |checked| (file, checked)))
        .filter_map(|(file, checked)| {
            let Document::Detection(rule) = &checked.document else { return None };
            let typed = checked.typed.as_ref();
            Some(Side {
                meta: &rule.meta,
                file: file.source.name(),
                formula: typed.and_then(|typed| typed.formula.as_ref()),
                log: typed.and_then(|typed| typed.schema.as_deref()).map(|schema| schema.name.as_str()),
            })
        })
        .collect()
}

/// The rules of both sides in pairs: by `id`, else by title, and two single rules in any case.
fn changes<'f>(old: &'f [File], new: &'f Loaded) -> Vec<Change<'f>> {
    let mut before: Vec<Option<Side<'f>>> = sides(old.iter()).into_iter().map(Some).collect();
    let after = sides(new.files.iter().map(|file| &file.file));
    let single = before.len() == 1 && after.len() == 1;
    let mut changes = Vec::new();
    for side in after {
        let same = |other: &Side<'_>| {
            let id = |meta: &Meta| meta.id.as_ref().map(|id| id.value.to_lowercase());
            let title = |meta: &Meta| meta.title.as_ref().map(|title| title.value.clone());
            match (id(other.meta), id(side.meta)) {
                (Some(one), Some(two)) => one == two,
                _ => title(other.meta) == title(side.meta),
            }
        };
        let found =
            before.iter_mut().find(|other| single || other.as_ref().is_some_and(same)).and_then(Option::take);
        changes.push(match found {
            Some(other) => compared(other, side),
            None => Change { old: None, new: Some(side), kind: "added", wider: None, narrower: None },
        });
    }
    for side in before.into_iter().flatten() {
        changes.push(Change { old: Some(side), new: None, kind: "removed", wider: None, narrower: None });
    }
    changes
}

fn compared<'f>(old: Side<'f>, new: Side<'f>) -> Change<'f> {
    let undecided =
        |old, new, kind| Change { old: Some(old), new: Some(new), kind, wider: None, narrower: None };
    if old.log != new.log {
        return undecided(old, new, "other log");
    }
    let (Some(before), Some(after)) = (old.formula, new.formula) else {
        return undecided(old, new, "without a meaning");
    };
    let comparison = solve::compare(before, after);
    let event = |answer: &Answer| match answer {
        Answer::Yes(event) => Some(event.value().clone()),
        Answer::No(_) | Answer::Unknown => None,
    };
    let kind = match (&comparison.wider, &comparison.narrower) {
        (Answer::No(_), Answer::No(_)) => "equal",
        (Answer::Yes(_), Answer::No(_)) => "wider",
        (Answer::No(_), Answer::Yes(_)) => "narrower",
        (Answer::Yes(_), Answer::Yes(_)) => "wider and narrower",
        (Answer::Yes(_), Answer::Unknown) => "wider, perhaps also narrower",
        (Answer::Unknown, Answer::Yes(_)) => "narrower, perhaps also wider",
        (Answer::No(_), Answer::Unknown) => "not wider, perhaps narrower",
        (Answer::Unknown, Answer::No(_)) => "not narrower, perhaps wider",
        (Answer::Unknown, Answer::Unknown) => "not decided",
    };
    Change {
        kind,
        wider: event(&comparison.wider),
        narrower: event(&comparison.narrower),
        old: Some(old),
        new: Some(new),
    }
}

fn title(change: &Change<'_>) -> (String, String) {
    let side = change.new.as_ref().or(change.old.as_ref());
    let title =
        side.and_then(|side| side.meta.title.as_ref()).map_or("(no title)", |title| title.value.trim());
    (title.to_owned(), side.map_or("", |side| side.file).to_owned())
}

fn print(change: &Change<'_>, output: &mut Output) {
    let (title, file) = title(change);
    output.line(&format!("{}  {} ({file})", output.bold(change.kind), title));
    if let Some(event) = &change.wider {
        output.line(&format!("   matches now, did not before: {event}"));
    }
    if let Some(event) = &change.narrower {
        output.line(&format!("   matched before, does not now: {event}"));
    }
}

fn object(change: &Change<'_>) -> Value {
    let side = |side: Option<&Side<'_>>| {
        side.map(|side| {
            json!({
                "id": side.meta.id.as_ref().map(|id| id.value.clone()),
                "title": side.meta.title.as_ref().map(|title| title.value.clone()),
                "file": side.file,
            })
        })
    };
    json!({
        "old": side(change.old.as_ref()),
        "new": side(change.new.as_ref()),
        "change": change.kind,
        "wider": change.wider,
        "narrower": change.narrower,
    })
}
