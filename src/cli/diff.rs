//! `sigmata diff`.

use serde_json::{Value, json};

use super::account::Account;
use super::args::{CompileFormat, DiffArgs};
use super::check::plural;
use super::load;
use super::revision::{self, SideFiles};
use super::{Failure, Needs, Outcome, Output, Session};
use crate::diagnostic::render;
use crate::workspace::{Change, ChangeKind, Side, changes};

pub(super) fn run(args: &DiffArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let side = |path| {
        load::load_paths(std::slice::from_ref(path), false, Needs::References, session).map(SideFiles::of)
    };
    let (mut old, mut new) = match (&args.paths[..], &args.rev) {
        ([path], Some(revision)) => {
            let old = revision::files(path, revision, session)?;
            // What was there and is gone was removed.
            let gone = !path.exists() && !old.files.is_empty();
            let none = || SideFiles { files: Vec::new(), account: Account::default() };
            let new = match side(path) {
                Err(Failure::Usage(_)) if !old.files.is_empty() => none(),
                Err(_) if gone => none(),
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
    match args.format {
        CompileFormat::Json => {
            let all: Vec<Value> = changes.iter().map(object).collect();
            output.json(&account.within(render::document("changes", all)));
        }
        CompileFormat::Text => {
            for change in changes.iter().filter(|change| change.kind != ChangeKind::Equal) {
                print(change, output);
            }
            output.remark(&format!("{}: {differ} changed\n", plural(changes.len(), "rule")));
        }
    }
    account.tell(args.format == CompileFormat::Json, output);
    let outcome = if differ == 0 { Outcome::Clean } else { Outcome::Findings };
    Ok(outcome.max(account.outcome()))
}

fn title(change: &Change<'_>) -> (String, String) {
    let side = change.new.as_ref().or(change.old.as_ref());
    let title = side
        .and_then(|side| side.document.meta().title.as_ref())
        .map_or("(no title)", |title| title.value.trim());
    (title.to_owned(), side.map_or("", |side| side.file.source.name()).to_owned())
}

fn print(change: &Change<'_>, output: &mut Output) {
    let (title, file) = title(change);
    output.line(&format!("{}  {title} ({file})", output.bold(change.kind.name())));
    let was = change.old.as_ref().and_then(|side| side.document.meta().title.as_ref());
    if let (ChangeKind::Renamed, Some(was)) = (change.kind, was) {
        output.line(&format!("   was: {}", was.value.trim()));
    }
    if let Some(event) = &change.wider {
        output.text("   matches now, did not before: ");
        output.json_line(event);
    }
    if let Some(event) = &change.narrower {
        output.text("   matched before, does not now: ");
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
