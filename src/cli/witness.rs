//! `sigmata witness`.

mod names;
mod regression;

use serde_json::{Value, json};

use super::args::{EventFormat, WitnessArgs};
use super::check::plural;
use super::load::{self, RuleFile};
use super::rooted::rooted;
use super::write::{Before, Writer};
use super::{Failure, Needs, Outcome, Output, Session, files};
use crate::diagnostic::render;
use crate::ir::{Condition, Formula, Predicate, Subject};
use crate::link::{Correlation, DocumentKind, GroupValue, Linked, Links};
use crate::rule::Document;
use crate::solve::{self, Witnesses};
use crate::source::Span;
use crate::workspace::{Checked, Correlated, ExampleSequences, TimedEvent, example_sequences};

/// An event of a near miss that differs in more members from every event of the sequence is shown whole.
const MOST_CHANGES: usize = 4;

/// What was made for one rule.
struct Made<'a> {
    file: &'a RuleFile,
    checked: &'a Checked,
    /// `None` for a rule without a meaning, and for what is not a rule.
    witnesses: Option<Witnesses>,
    /// The sequences of a correlation, or why there are none.
    sequences: Option<Result<ExampleSequences, String>>,
}

pub(super) fn run(args: &WitnessArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let loaded = load::load(&args.paths, Needs::References, session)?;
    let made = load::each(&loaded.files, |file| {
        let linked = loaded.links.of(&file.file).into_iter();
        linked.filter_map(|linked| make(file, &linked, &loaded.links, args)).collect()
    });
    let mut outcome = Outcome::Clean;
    if let Some(folder) = &args.as_regression {
        let mut writer = Writer::below(folder)?;
        for file in &loaded.files {
            let of: Vec<&Made<'_>> = made.iter().filter(|made| std::ptr::eq(made.file, file)).collect();
            if !regression::write(folder, file, &of, &mut writer, output) {
                outcome = outcome.max(Outcome::Findings);
            }
        }
        outcome = outcome.max(writer.tell(output));
    } else if args.as_tests {
        let mut writer = Writer::anywhere();
        for file in &loaded.files {
            let of: Vec<&Made<'_>> = made.iter().filter(|made| std::ptr::eq(made.file, file)).collect();
            if !write_tests(file, &of, &mut writer, output) {
                outcome = outcome.max(Outcome::Findings);
            }
        }
        outcome = outcome.max(writer.tell(output));
    } else {
        match args.format {
            EventFormat::Text => made.iter().for_each(|made| print(made, output)),
            EventFormat::Json => {
                let all: Vec<Value> = made.iter().map(object).collect();
                output.json(&loaded.account.within(rooted(render::document("rules", all))));
            }
            EventFormat::Jsonl => made.iter().for_each(|made| print_lines(made, output)),
        }
    }
    // Among rules, a filter is only counted: nobody asked for its event.
    let is_filter = |made: &Made<'_>| matches!(made.checked.document, Document::Filter(_));
    let has_rules = made.iter().any(|made| !is_filter(made));
    let passed_over = made.iter().filter(|made| has_rules && is_filter(made)).count();
    if passed_over > 0 {
        let passed_over = plural(passed_over, "filter");
        output.note(&format!("info: no event is an example of a filter: {passed_over} passed over\n"));
    }
    for made in made.iter().filter(|made| !has_rules || !is_filter(made)) {
        if let Some(why) = none(made) {
            let title = title(made.checked);
            output.note(&format!("{}: `{title}` has no event: {why}\n", made.file.file.source.name()));
            outcome = outcome.max(Outcome::Findings);
        }
    }
    loaded.tell(args.format == EventFormat::Json, output);
    outcome = outcome.max(loaded.account.outcome());
    if args.format == EventFormat::Text {
        let counts = made.iter().filter_map(|made| made.witnesses.as_ref());
        let (mut ways, mut events, mut near) = (0, 0, 0);
        for witnesses in counts {
            ways += witnesses.found.len() + witnesses.undecided;
            events += witnesses.found.len();
            near += witnesses.found.iter().map(|witness| witness.near.len()).sum::<usize>();
        }
        for found in made.iter().filter_map(|made| made.sequences.as_ref()?.as_ref().ok()) {
            ways += 1;
            events += 1;
            near += found.near.len();
        }
        output.remark(&format!(
            "{}: {} to match, {} with an event, {}\n",
            plural(made.len(), "rule"),
            plural(ways, "way"),
            events,
            if near == 1 { "1 near miss".to_owned() } else { format!("{near} near misses") },
        ));
    }
    Ok(outcome)
}

fn make<'a>(
    file: &'a RuleFile,
    linked: &Linked<'a>,
    links: &'a Links,
    args: &WitnessArgs,
) -> Option<Made<'a>> {
    let checked = linked.checked?;
    let correlation = match &linked.kind {
        DocumentKind::Correlation(_, correlation) => correlation.as_deref(),
        _ => None,
    };
    let (mut witnesses, mut sequences) = (None, None);
    match &checked.document {
        Document::Detection(_) => {
            witnesses = checked.typed.as_ref().and_then(|typed| {
                let formula = with_groups(typed.formula.as_ref()?, correlation);
                let schema = typed.schema.as_deref();
                Some(solve::witnesses(&formula, schema, args.seed, usize::from(args.limit)))
            });
        }
        Document::Correlation(_) => {
            sequences = correlation.filter(|_| !linked.has_errors()).map(|correlation| {
                let correlated = Correlated::of(&file.file.source, correlation, links)?;
                example_sequences(&correlated, correlation, args.seed)
            });
        }
        Document::Filter(_) => {}
    }
    Some(Made { file, checked, witnesses, sequences })
}

/// What a rule asks for, with the fields by which it tells what is new.
fn with_groups(formula: &Formula, first_seen: Option<&Correlation<'_>>) -> Formula {
    let groups = first_seen.iter().flat_map(|correlation| &correlation.groups);
    let fields = groups.flat_map(|group| &group.per_base).filter_map(|value| match value {
        GroupValue::Field { field, .. } if field.path.is_scalar() => Some(field),
        _ => None,
    });
    let present = fields.map(|field| {
        let (subject, span) = (Subject::Field(field.clone()), field.span);
        Formula::Pred(Box::new(Predicate { subject, test: Condition::Present, span }))
    });
    Formula::and(std::iter::once(formula.clone()).chain(present)).simplified()
}

/// Why there is no event.
fn none(made: &Made<'_>) -> Option<String> {
    if let Some(sequences) = &made.sequences {
        return sequences.as_ref().err().cloned();
    }
    let Some(witnesses) = &made.witnesses else {
        return Some(match &made.checked.document {
            Document::Detection(_) | Document::Correlation(_) => {
                "an error leaves it without a meaning; see `sigmata check`".into()
            }
            Document::Filter(_) => "a filter only changes other rules".into(),
        });
    };
    if !witnesses.found.is_empty() {
        return None;
    }
    Some(match &witnesses.never {
        Some(core) => {
            let places: Vec<String> = core.iter().take(4).map(|span| place(made.file, *span)).collect();
            format!("no event can match it; these exclude each other: {}", places.join(", "))
        }
        None => "its conditions are past what can be decided".into(),
    })
}

fn place(file: &RuleFile, span: Span) -> String {
    let at = file.file.source.position(span.start);
    let text = file.file.source.text().get(span.range()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    format!("`{line}` (line {})", at.line)
}

fn title(checked: &Checked) -> String {
    checked
        .document
        .meta()
        .title
        .as_ref()
        .map_or_else(|| "(no title)".into(), |title| title.value.trim().to_owned())
}

fn print_sequences(found: &ExampleSequences, output: &mut Output) {
    output.line("\n-- fires");
    for timed in &found.events {
        output.text(&format!("{}s ", timed.at));
        output.json_line(timed.event.value());
    }
    for near in &found.near {
        output.line(&format!("\n   near miss: {}", near.label));
        for timed in &near.events {
            let own = timed.event.value();
            let same = found.events.iter().position(|of| names::same_but_time(of.event.value(), own));
            let alike = || {
                let events = (1..).zip(&found.events);
                let each = events.map(|(at, of)| (at, names::changes_but_time(of.event.value(), own)));
                each.min_by_key(|(_, changes)| changes.len())
            };
            match same.map(|at| (at + 1, Vec::new())).or_else(alike) {
                Some((number, changes)) if changes.len() <= MOST_CHANGES => {
                    output.line(&format!("   {}s event {number}", timed.at));
                    for change in changes {
                        output.line(&format!("     {change}"));
                    }
                }
                _ => {
                    output.text(&format!("   {}s ", timed.at));
                    output.json_line(timed.event.value());
                }
            }
        }
    }
    output.line("");
}

fn print(made: &Made<'_>, output: &mut Output) {
    if let Some(Ok(found)) = &made.sequences {
        output.line(&format!("== {} ({})", output.bold(&title(made.checked)), made.file.file.source.name()));
        print_sequences(found, output);
    }
    let Some(witnesses) = made.witnesses.as_ref().filter(|witnesses| !witnesses.found.is_empty()) else {
        return;
    };
    output.line(&format!("== {} ({})", output.bold(&title(made.checked)), made.file.file.source.name()));
    for (at, witness) in witnesses.found.iter().enumerate() {
        let lines: Vec<String> = {
            let mut lines: Vec<u32> =
                witness.holds.iter().map(|span| made.file.file.source.position(span.start).line).collect();
            lines.sort_unstable();
            lines.dedup();
            lines.iter().map(ToString::to_string).collect()
        };
        output.line(&format!("\n-- match {} (lines {})", at + 1, lines.join(", ")));
        output.json(witness.event.value());
        for near in &witness.near {
            output.line(&format!("\n   near miss: {}", near.label));
            for change in names::changes(witness.event.value(), near.event.value()) {
                output.line(&format!("     {change}"));
            }
        }
    }
    let more = [
        (witnesses.undecided > 0)
            .then(|| format!("{} to match could not be decided", plural(witnesses.undecided, "way"))),
        witnesses.more.then(|| "there are more ways to match; see `--limit`".to_owned()),
    ];
    for line in more.into_iter().flatten() {
        output.line(&format!("\n-- {line}"));
    }
    output.line("");
}

fn rule(made: &Made<'_>) -> Value {
    let meta = made.checked.document.meta();
    json!({
        "id": meta.id.as_ref().map(|id| id.value.clone()),
        "title": meta.title.as_ref().map(|title| title.value.clone()),
        "file": made.file.file.source.name(),
    })
}

fn object(made: &Made<'_>) -> Value {
    let found = made.witnesses.as_ref().map_or(&[][..], |witnesses| &witnesses.found);
    let events: Vec<Value> = found
        .iter()
        .map(|witness| {
            let near: Vec<Value> = witness
                .near
                .iter()
                .map(|near| {
                    json!({
                        "label": near.label,
                        "line": made.file.file.source.position(near.span.start).line,
                        "event": near.event.value(),
                    })
                })
                .collect();
            json!({ "event": witness.event.value(), "near": near })
        })
        .collect();
    let near = |near: &crate::workspace::NearSequence| json!({ "label": near.label, "sequence": sequence(&near.events) });
    let sequences: Vec<Value> = found_sequences(made)
        .map(|found| {
            json!({
                "sequence": sequence(&found.events),
                "near": found.near.iter().map(near).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "rule": rule(made),
        "witnesses": events,
        "sequences": sequences,
        "undecided": made.witnesses.as_ref().map_or(0, |witnesses| witnesses.undecided),
        "more": made.witnesses.as_ref().is_some_and(|witnesses| witnesses.more),
        "none": none(made),
    })
}

fn found_sequences<'m>(made: &'m Made<'_>) -> impl Iterator<Item = &'m ExampleSequences> {
    made.sequences.iter().filter_map(|found| found.as_ref().ok())
}

/// Events with their times, as tests write them.
fn sequence(events: &[TimedEvent]) -> Value {
    let each =
        events.iter().map(|timed| json!({ "at": format!("{}s", timed.at), "event": timed.event.value() }));
    each.collect()
}

fn print_lines(made: &Made<'_>, output: &mut Output) {
    let rule = rooted(rule(made));
    for found in found_sequences(made) {
        let mut line = |kind: &str, name: &str, events: &[TimedEvent]| {
            let line = json!({ "rule": rule, "kind": kind, "name": name, "sequence": sequence(events) });
            output.json_line(&render::line(line));
        };
        line("match", "fires", &found.events);
        found.near.iter().for_each(|near| line("no_match", &near.label, &near.events));
    }
    let names = made.witnesses.as_ref().map(|made| names::matches(&made.found)).unwrap_or_default();
    for (at, witness) in made.witnesses.iter().flat_map(|witnesses| &witnesses.found).enumerate() {
        let line = json!({
            "rule": rule, "kind": "match", "name": names.get(at), "event": witness.event.value(),
        });
        output.json_line(&render::line(line));
        for near in &witness.near {
            let line =
                json!({ "rule": rule, "kind": "no_match", "name": near.label, "event": near.event.value() });
            output.json_line(&render::line(line));
        }
    }
}

/// Writes the events of a file's rule as its tests, unless it has some. `false` when nothing could be written.
fn write_tests(file: &RuleFile, made: &[&Made<'_>], writer: &mut Writer, output: &mut Output) -> bool {
    let name = file.file.source.name();
    if let Some(path) = files::tests_beside(&file.found.path) {
        output.remark(&format!("{name}: {} exists and is left as it is\n", files::printed(&path)));
        return true;
    }
    let [one] = made else {
        output.note(&format!("{name}: a test file is written for a file with one rule\n"));
        return false;
    };
    let of_sequences = || found_sequences(one).next().map(sequence_tests);
    let Some(text) = one.witnesses.as_ref().and_then(tests).or_else(of_sequences) else {
        return false;
    };
    let path = file.found.path.with_extension("test.yml");
    let written = writer.write(&path, text.as_bytes(), Before::Nothing);
    if written {
        output.line(&files::printed(&path));
    }
    written
}

/// The sequences of a correlation as a test file.
fn sequence_tests(found: &ExampleSequences) -> String {
    let entry = |name: &str, events: &[TimedEvent]| json!({ "name": name.replace('`', ""), "synthetic": true, "sequence": sequence(events) });
    let near: Vec<Value> = found.near.iter().map(|near| entry(&near.label, &near.events)).collect();
    let mut tests = json!({ "match": [entry("fires", &found.events)] });
    if let (Value::Object(tests), false) = (&mut tests, near.is_empty()) {
        tests.insert("no_match".to_owned(), Value::Array(near));
    }
    crate::export::yaml(&tests)
}

/// The events of a rule as a test file; `None` where there are none.
pub(super) fn tests(made: &Witnesses) -> Option<String> {
    let found = &made.found;
    if found.is_empty() {
        return None;
    }
    let entry = |name: &str, event: &Value| json!({ "name": name, "synthetic": true, "event": event });
    let names = names::matches(found);
    let matches: Vec<Value> =
        names.iter().zip(found).map(|(name, witness)| entry(name, witness.event.value())).collect();
    let mut near: Vec<Value> = Vec::new();
    for (witness, miss) in
        found.iter().flat_map(|witness| witness.near.iter().map(move |miss| (witness, miss)))
    {
        let name = names::near(witness, miss);
        if near.iter().all(|known| known["name"] != name.as_str()) {
            near.push(entry(&name, miss.event.value()));
        }
    }
    let mut tests = json!({ "match": matches });
    if let (Value::Object(tests), false) = (&mut tests, near.is_empty()) {
        tests.insert("no_match".to_owned(), Value::Array(near));
    }
    Some(crate::export::yaml(&tests))
}
