//! `sigmata schema infer` and `sigmata schema drift`: what events show of a log.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::account::Account;
use super::args::{CompileFormat, DriftArgs, InferArgs};
use super::check::{plural, plural_u64};
use super::events::{self, NotEvents};
use super::rooted::rooted;
use super::schema::find;
use super::{Failure, Outcome, Output, Session, files, parts};
use crate::diagnostic::render;
use crate::eval::RecordFormats;
use crate::eval::stream::{Pointer, Read, Reader};
use crate::rule::Count;
use crate::schema::{Drift, Inference};

/// How many bytes of a file are worked on at once.
const PART: usize = 1 << 18;

/// Calls `visit` with every event of the files and the name of its file. Gives what became of the files, and how the
/// run ends by it.
fn each(
    paths: &[PathBuf],
    at: Option<&str>,
    output: &mut Output,
    visit: &mut dyn FnMut(&Read, &str),
) -> Result<(Account, Outcome), Failure> {
    let pointer: Option<Pointer> = at.map(str::parse).transpose().map_err(Failure::Usage)?;
    let (mut account, found) = Account::of_events(paths);
    let mut outcome = Outcome::Clean;
    let mut repeated = 0;
    for path in &found {
        match one(path, pointer.as_ref(), (output, &mut repeated), visit) {
            Ok(whole) => {
                account.read(&Count::default());
                outcome = outcome.max(if whole { Outcome::Clean } else { Outcome::Broken });
            }
            Err(failure) => account.fail(failure),
        }
    }
    events::sum(repeated, output);
    let outcome = outcome.max(account.outcome());
    Ok((account, outcome))
}

fn one(
    path: &Path,
    pointer: Option<&Pointer>,
    (output, repeated): (&mut Output, &mut u64),
    visit: &mut dyn FnMut(&Read, &str),
) -> Result<bool, Failure> {
    let name = files::printed(path);
    let (mut from, mut whole, mut faults) = (0, true, NotEvents::default());
    let work = |bytes: &[u8], state, last| {
        let mut reader = Reader::part(bytes, pointer.cloned(), state, last);
        let found: Vec<_> = reader.by_ref().collect();
        let repeated = reader.repeated();
        ((found, repeated), reader.end())
    };
    parts::each(path, PART, work, &mut |(found, twice)| {
        if let Some(twice) = twice {
            if *repeated == 0 {
                events::warn(&name, &twice, output);
            }
            *repeated += twice.count;
        }
        for read in found {
            match read {
                Ok(read) => {
                    let index = from;
                    from += 1;
                    visit(&Read { index, ..read }, &name);
                }
                Err(error) => {
                    faults.tell(&name, &error, output);
                    whole = false;
                }
            }
        }
    })?;
    faults.end(&name, output);
    Ok(whole)
}

/// Nothing can be said of no event.
fn some(events: u64) -> Result<(), Failure> {
    if events > 0 { Ok(()) } else { Err(Failure::Usage("the files hold no events".to_owned())) }
}

/// A schema from sample events.
pub(super) fn infer(args: &InferArgs, output: &mut Output) -> Result<Outcome, Failure> {
    let part = |part: &str| {
        let known = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "_.-".contains(char);
        !part.is_empty() && part.chars().all(known)
    };
    let Some((product, service)) = args.name.split_once('/').filter(|(one, other)| part(one) && part(other))
    else {
        let message = "a name is `product/service`, of lower-case letters, digits, `_`, `.` and `-`";
        return Err(Failure::Usage(format!("`{}`: {message}", args.name)));
    };
    let mut inference = Inference::new();
    let (account, outcome) =
        each(&args.events, args.at.as_deref(), output, &mut |read, _| inference.observe(read.event.value()))?;
    account.tell(false, output);
    some(inference.events())?;
    output.exact(&inference.schema(product, service), "the schema");
    output
        .remark(&format!("{}\n", plural(usize::try_from(inference.events()).unwrap_or(usize::MAX), "event")));
    Ok(outcome)
}

/// What events hold that a schema does not know.
pub(super) fn drift(args: &DriftArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let schema = find(session, &args.schema)?;
    let shapes = RecordFormats::of(&schema);
    let mut drift = Drift::new();
    let (account, outcome) = each(&args.events, args.at.as_deref(), output, &mut |read, file| {
        let canonical = shapes.canonical(&read.event);
        let event = canonical.as_ref().unwrap_or(&read.event);
        drift.observe(&schema, event.value(), file, read.index);
    })?;
    if outcome == Outcome::Clean {
        some(drift.events())?;
    }
    let mut found = 0;
    let mut objects = Vec::new();
    for difference in drift.differences() {
        found += 1;
        match args.format {
            CompileFormat::Json => {
                objects.push(json!({
                    "field": difference.path,
                    "kind": difference.kind.name(),
                    "message": difference.message,
                    "count": difference.count,
                    "first": {"file": difference.file, "index": difference.index},
                }));
            }
            CompileFormat::Text => {
                let place = format!("{}#{}", difference.file, difference.index);
                let name = output.bold(difference.path);
                output
                    .line(&format!("{name}: {}  ({}x, first {place})", difference.message, difference.count));
            }
        }
    }
    if args.format == CompileFormat::Json {
        let mut document = render::document("differences", objects);
        if let Some(members) = document.as_object_mut() {
            members.insert("account".into(), json!({"recordings": account.files()}));
        }
        output.json(&rooted(document));
    }
    if drift.left_out() > 0 {
        output.note(&format!("{} more are not listed\n", drift.left_out()));
    }
    let events = plural_u64(drift.events(), "event");
    output.remark(&format!("{events}: {}\n", plural(found, "difference")));
    account.tell(args.format == CompileFormat::Json, output);
    Ok(outcome.max(if found == 0 { Outcome::Clean } else { Outcome::Findings }))
}
