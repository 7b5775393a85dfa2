//! What `sigmata eval` prints of correlations.

use serde_json::{Value, json};

use super::Output;
use super::check::plural;
use crate::source::Spanned;
use crate::time::{self, Timestamp};
use crate::workspace::{Fired, Followed, Lost};

/// How many bits of an event's number are its place in its file.
const INDEX_BITS: u32 = 40;
/// The most events that a line of text names.
const MOST_NAMED: usize = 8;

/// The number of an event, by the place of its file and its place there.
pub(super) fn number(file: usize, index: u64) -> u64 {
    (file as u64) << INDEX_BITS | index & ((1 << INDEX_BITS) - 1)
}

/// The file and the place of an event.
fn event(files: &[String], number: u64) -> (&str, u64) {
    let file = usize::try_from(number >> INDEX_BITS).ok().and_then(|file| files.get(file));
    (file.map_or("", String::as_str), number & ((1 << INDEX_BITS) - 1))
}

/// An event by the name of its file and its place there.
pub(super) fn place(files: &[String], number: u64) -> String {
    let (file, index) = event(files, number);
    format!("{file}#{index}")
}

fn when(fired: &Fired<'_>) -> Option<String> {
    time::print(Timestamp { nanos: i128::from(fired.time) })
}

/// A match as JSON.
pub(super) fn object(fired: &Fired<'_>, files: &[String]) -> Value {
    let text = |value: Option<&Spanned<String>>| value.map(|found| found.value.clone());
    let events = fired.events.iter().map(|number| {
        let (file, index) = event(files, *number);
        json!({"file": file, "index": index})
    });
    let group: serde_json::Map<String, Value> =
        fired.group.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut object = json!({
        "rule": {
            "id": text(fired.rule.meta.id.as_ref()),
            "title": text(fired.rule.meta.title.as_ref()),
            "file": fired.source.name(),
        },
        "events": events.collect::<Vec<_>>(),
        "count": fired.total,
        "time": when(fired),
        "group": group,
    });
    if let (true, Some(members)) = (fired.partial, object.as_object_mut()) {
        members.insert("history".into(), "partial".into());
    }
    object
}

/// A match as a line of text and one for its events.
pub(super) fn print(fired: &Fired<'_>, files: &[String], output: &mut Output) {
    let title = fired.rule.meta.title.as_ref().map_or("(no title)", |title| title.value.trim());
    let place_of_last = place(files, fired.events.last().copied().unwrap_or_default());
    let time = when(fired).unwrap_or_else(|| "-".to_owned());
    output.line(&format!("{place_of_last}  {time}  {}  {}", output.bold(title), fired.source.name()));
    let group: Vec<String> = fired.group.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let skipped = fired.events.len().saturating_sub(MOST_NAMED);
    let named = fired.events.iter().skip(skipped).map(|number| place(files, *number));
    let mut named: Vec<String> = named.collect();
    if skipped > 0 {
        named.insert(0, format!("{} more", fired.total.saturating_sub(named.len())));
    }
    let group = if group.is_empty() { String::new() } else { format!("{}; ", group.join(", ")) };
    let history = if fired.partial { "; history: partial" } else { "" };
    output.line(&format!("  {group}made by {}{history}", named.join(", ")));
}

/// What was not counted, one line for each reason.
pub(super) fn lost(lost: &Lost, output: &mut Output) {
    for (count, reason) in [
        (lost.untimed, "without a time that could be read, which no correlation counted"),
        (
            lost.late,
            "later than younger ones that had been judged, which no correlation counted (see `--lateness`)",
        ),
        (lost.evicted, "given up by correlations whose windows held too many"),
        (lost.cut, "with more groups or values than are followed"),
    ] {
        if count > 0 {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            output.note(&format!("warning: {}: {reason}\n", plural(count, "event")));
        }
    }
}

/// What became of a correlation, in words: how often it fired, and the matches of its rules.
pub(super) fn followed(followed: &Followed<'_>, output: &mut Output) {
    let title = followed.rule.meta.title.as_ref().map_or("(no title)", |title| title.value.trim());
    let fired = match followed.fired {
        0 => "does not fire".to_owned(),
        1 => "fires once".to_owned(),
        times => format!("fires {times} times"),
    };
    let each = followed.matches.iter().map(|(name, matches, without)| {
        let name = if name.is_empty() { title } else { name };
        let without = if *without > 0 { format!(", {without} of them in no group") } else { String::new() };
        format!("`{name}` matches {matches}{without}")
    });
    let each: Vec<String> = each.collect();
    output.line(&format!("{}  {}: {fired}; {}", output.bold(title), followed.source.name(), each.join("; ")));
}

/// The same for programs.
pub(super) fn followed_object(followed: &Followed<'_>) -> Value {
    let text = |value: Option<&Spanned<String>>| value.map(|found| found.value.clone());
    let each = followed
        .matches
        .iter()
        .map(|(name, matches, ungrouped)| json!({"rule": name, "matches": matches, "ungrouped": ungrouped}));
    json!({
        "rule": {
            "id": text(followed.rule.meta.id.as_ref()),
            "title": text(followed.rule.meta.title.as_ref()),
            "file": followed.source.name(),
        },
        "fired": followed.fired,
        "rules": each.collect::<Vec<_>>(),
    })
}
