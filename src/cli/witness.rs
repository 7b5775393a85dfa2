//! `sigmata witness`.

use serde_json::{Value, json};

use super::args::{EventFormat, WitnessArgs};
use super::check::plural;
use super::load::{self, RuleFile};
use super::write::{Before, Writer};
use super::{Failure, Needs, Outcome, Output, Session, files};
use crate::diagnostic::render;
use crate::rule::Document;
use crate::solve::{self, Witnesses};
use crate::source::Span;
use crate::workspace::Checked;

/// What was made for one rule.
struct Made<'a> {
    file: &'a RuleFile,
    checked: &'a Checked,
    /// `None` for a rule without a meaning, and for what is not a rule.
    witnesses: Option<Witnesses>,
}

pub(super) fn run(args: &WitnessArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let loaded = load::load(&args.paths, Needs::References, session)?;
    let made = load::each(&loaded.files, |file| {
        file.file.documents.iter().map(|checked| make(file, checked, args)).collect()
    });
    let mut outcome = Outcome::Clean;
    if args.as_tests {
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
                output.json(&loaded.account.within(render::document("rules", all)));
            }
            EventFormat::Jsonl => made.iter().for_each(|made| print_lines(made, output)),
        }
    }
    // Among rules, what is not a rule is only counted: nobody asked for its event.
    let is_rule = |made: &Made<'_>| matches!(made.checked.document, Document::Detection(_));
    let has_rules = made.iter().any(is_rule);
    let passed_over = made.iter().filter(|made| has_rules && !is_rule(made)).count();
    if passed_over > 0 {
        let passed_over = plural(passed_over, "document");
        output.note(&format!(
            "info: no single event is an example of a correlation or a filter: {passed_over} passed over\n"
        ));
    }
    for made in made.iter().filter(|made| !has_rules || is_rule(made)) {
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

fn make<'a>(file: &'a RuleFile, checked: &'a Checked, args: &WitnessArgs) -> Made<'a> {
    let typed = match &checked.document {
        Document::Detection(_) => checked.typed.as_ref(),
        Document::Correlation(_) | Document::Filter(_) => None,
    };
    let witnesses = typed.and_then(|typed| {
        let formula = typed.formula.as_ref()?;
        Some(solve::witnesses(formula, typed.schema.as_deref(), args.seed, usize::from(args.limit)))
    });
    Made { file, checked, witnesses }
}

/// Why there is no event.
fn none(made: &Made<'_>) -> Option<String> {
    let Some(witnesses) = &made.witnesses else {
        return Some(match &made.checked.document {
            Document::Detection(_) => "an error leaves it without a meaning; see `sigmata check`".into(),
            Document::Correlation(_) => "a correlation speaks of several events".into(),
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

fn print(made: &Made<'_>, output: &mut Output) {
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
            output.text("   ");
            output.json_line(near.event.value());
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
    json!({
        "rule": rule(made),
        "witnesses": events,
        "undecided": made.witnesses.as_ref().map_or(0, |witnesses| witnesses.undecided),
        "more": made.witnesses.as_ref().is_some_and(|witnesses| witnesses.more),
        "none": none(made),
    })
}

fn print_lines(made: &Made<'_>, output: &mut Output) {
    let rule = rule(made);
    for (at, witness) in made.witnesses.iter().flat_map(|witnesses| &witnesses.found).enumerate() {
        let line = json!({
            "rule": rule, "kind": "match", "name": format!("match {}", at + 1), "event": witness.event.value(),
        });
        output.json_line(&render::line(line));
        for near in &witness.near {
            let line =
                json!({ "rule": rule, "kind": "no_match", "name": near.label, "event": near.event.value() });
            output.json_line(&render::line(line));
        }
    }
}

/// Writes the events of a file's rule as its tests. `false` when nothing was written.
fn write_tests(file: &RuleFile, made: &[&Made<'_>], writer: &mut Writer, output: &mut Output) -> bool {
    let name = file.file.source.name();
    if let Some(path) = files::tests_beside(&file.found.path) {
        output.note(&format!("{name}: {} exists and is left as it is\n", files::printed(&path)));
        return false;
    }
    let [one] = made else {
        output.note(&format!("{name}: a test file is written for a file with one rule\n"));
        return false;
    };
    let Some(text) = one.witnesses.as_ref().and_then(tests) else {
        return false;
    };
    let path = file.found.path.with_extension("test.yml");
    let written = writer.write(&path, text.as_bytes(), Before::Nothing);
    if written {
        output.line(&files::printed(&path));
    }
    written
}

/// The events of a rule as a test file; `None` where there are none.
pub(super) fn tests(made: &Witnesses) -> Option<String> {
    let found = &made.found;
    if found.is_empty() {
        return None;
    }
    let entry = |name: &str, event: &Value| json!({ "name": name, "synthetic": true, "event": event });
    let matches: Vec<Value> = found
        .iter()
        .enumerate()
        .map(|(at, witness)| entry(&format!("matches, variant {}", at + 1), witness.event.value()))
        .collect();
    let mut near: Vec<Value> = Vec::new();
    for miss in found.iter().flat_map(|witness| &witness.near) {
        let plain = miss.label.replace('`', "");
        if near.iter().all(|known| known["name"] != plain.as_str()) {
            near.push(entry(&plain, miss.event.value()));
        }
    }
    let mut tests = json!({ "match": matches });
    if let (Value::Object(tests), false) = (&mut tests, near.is_empty()) {
        tests.insert("no_match".to_owned(), Value::Array(near));
    }
    Some(crate::export::yaml(&tests))
}
