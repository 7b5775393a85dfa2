//! No false error: every field of an event, stated as a rule, checks without an error, and the rule matches the event.
//!
//! The events are those beside the rules of the library, and the recordings where `SIGMATA_SHARED` names the folder that
//! holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[path = "support/recordings.rs"]
mod recordings;

use recordings::recordings;
use serde_json::Value;
use sigmata::diagnostic::Severity;
use sigmata::eval::{Event, Matcher, RecordFormats};
use sigmata::schema::{Facts, Registry, Schema, Step};
use sigmata::source::SourceFile;
use sigmata::workspace::File;

/// Warnings per hundred stated fields that are accepted, all reasons together.
const MOST_WARNINGS_PER_CENT: usize = 2;

/// The texts that CloudTrail writes in place of what it never shows: a rule that states them states no value.
const REDACTED: [&str; 3] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "***", "REDACTED"];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("UTF-8")
}

/// The events beside the rules of the library.
fn of_the_library() -> Vec<Value> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), ".test.yml", &mut paths);
    let mut found = Vec::new();
    for path in paths {
        let tests: Value = serde_yaml::from_str(&read(&path)).expect("YAML");
        for case in tests["match"].as_array().into_iter().flatten() {
            match &case["events"] {
                Value::Array(events) => found.extend(events.iter().cloned()),
                _ => found.push(case["event"].clone()),
            }
        }
    }
    found.into_iter().filter(Value::is_object).collect()
}

/// Whether a text is a region that a tool made up where it made the record anonymous: `megov-southcentral-3r`. Its names
/// end in a number and an `r`, as no region of AWS does.
fn is_anonymous_region(path: &str, value: &Value) -> bool {
    let made_up = |text: &str| {
        text.strip_suffix('r').is_some_and(|text| text.ends_with(|char: char| char.is_ascii_digit()))
    };
    path == "awsRegion" && value.as_str().is_some_and(made_up)
}

/// The values that each path reaches; paths go through arrays. Empty objects and arrays state nothing.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Vec<Value>>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                // A key that no field name can spell.
                if !key.is_empty() && !key.contains(['|', '[', ']', '{', '}', '\\']) && key.trim() == key {
                    leaves(
                        value,
                        &if path.is_empty() { key.clone() } else { format!("{path}.{key}") },
                        found,
                    );
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, path, found)),
        scalar => {
            let values = found.entry(path.to_owned()).or_default();
            if !values.contains(scalar) {
                values.push(scalar.clone());
            }
        }
    }
}

/// A value as the text of a rule: wildcards and backslashes are literal.
fn stated(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let escaped: String = text
                .chars()
                .flat_map(|char| match char {
                    '*' | '?' | '\\' => vec!['\\', char],
                    _ => vec![char],
                })
                .collect();
            Value::String(escaped).to_string()
        }
        other => other.to_string(),
    }
}

/// Fields that say what the others can be.
const CONTEXT: [&str; 4] = ["eventSource", "eventName", "eventType", "userIdentity.type"];

/// A rule that states the fields of an event that are not seen yet, and how many these are.
fn rule(
    event: &Value,
    schema: &Schema,
    log: (&str, &str),
    seen: &mut BTreeSet<(String, String, String)>,
) -> (String, usize) {
    let name = format!("{} {} {}", schema.name, event["eventSource"], recordings::name(event));
    let mut fields = BTreeMap::new();
    leaves(event, "", &mut fields);
    let mut text = format!(
        "title: Every Field of an Event\nlogsource:\n  product: {}\n  service: {}\ndetection:\n  selection:\n",
        log.0, log.1
    );
    let mut count = 0;
    for (path, mut values) in fields {
        let is_redacted = |value: &Value| {
            value.as_str().is_some_and(|text| REDACTED.iter().any(|redacted| text.contains(redacted)))
        };
        // `null` beside other values is false by its meaning.
        values.retain(|value| !value.is_null() && !is_redacted(value) && !is_anonymous_region(&path, value));
        // A range or a path in a text is a value; a very long one is not a field that anyone states.
        values.retain(|value| value.as_str().is_none_or(|text| text.len() < 4_000));
        // The key of a pair is part of the names of the pair's members.
        let keyed = schema
            .resolve(&path, &Facts::default())
            .is_ok_and(|found| found.path.steps.iter().any(|step| matches!(step, Step::Select { .. })));
        if keyed {
            continue;
        }
        let known = (name.clone(), path.clone(), Value::from(values.clone()).to_string());
        if !CONTEXT.contains(&path.as_str()) && !seen.insert(known) {
            continue;
        }
        let name = Value::String(path.clone());
        match &values[..] {
            [] => continue,
            [value] => {
                let _ = writeln!(text, "    {name}: {}", stated(value));
            }
            several => {
                let name = Value::String(format!("{path}|all"));
                let _ = writeln!(text, "    {name}:");
                for value in several {
                    let _ = writeln!(text, "      - {}", stated(value));
                }
            }
        }
        count += 1;
    }
    text.push_str("  condition: selection\n");
    (text, count)
}

#[derive(Default)]
struct Tally {
    events: usize,
    fields: usize,
    wrong: Vec<String>,
    warnings: BTreeMap<String, (usize, String)>,
}

/// Judges events, of this log or of the one that recognises them. What is stated once of an event of a name is not stated
/// again.
fn judge(events: &[(Option<&str>, Value)]) -> Tally {
    let mut seen = BTreeSet::new();
    let registry = Registry::shipped();
    let names: Vec<String> = registry.names().into_iter().map(str::to_owned).collect();
    let mut tally = Tally::default();
    for (log, event) in events {
        let as_written = Event::new(event.clone());
        let of = |name: &String| {
            let schema = registry.get(name).expect("a schema");
            RecordFormats::of(&schema).claims(&as_written).then_some(schema)
        };
        let known = log.and_then(|log| registry.get(log));
        let Some(schema) = known.or_else(|| names.iter().find_map(of)) else { continue };
        let (product, service) = schema.name.split_once('/').expect("a product and a service");
        let canonical = RecordFormats::of(&schema).canonical(&as_written).unwrap_or(as_written);
        let (text, fields) = rule(canonical.value(), &schema, (product, service), &mut seen);
        tally.events += 1;
        tally.fields += fields;
        if fields == 0 {
            continue;
        }
        let file = File::check(SourceFile::new("stated.yml", text.clone()), &registry);
        for finding in &file.findings {
            let shown = text.get(finding.span.range()).unwrap_or_default();
            match finding.severity {
                Severity::Error => {
                    tally
                        .wrong
                        .push(format!("{}: {} {}: {shown}", schema.name, finding.code.id, finding.message));
                }
                Severity::Warning => {
                    if std::env::var_os("SIGMATA_EACH").is_some() {
                        println!("{} {} {}: {shown}", schema.name, finding.code.id, finding.message);
                    }
                    let entry =
                        tally.warnings.entry(format!("{} {}", schema.name, finding.code.id)).or_default();
                    entry.0 += 1;
                    entry.1 = format!("{}: {shown}", finding.message);
                }
                Severity::Info => {}
            }
        }
        let typed = file.documents.iter().find_map(|checked| checked.typed.as_ref());
        let formula = typed.and_then(|typed| typed.formula.as_ref());
        match Matcher::new(formula) {
            Ok(matcher) if matcher.matches(&canonical) => {}
            Ok(matcher) => {
                let verdict = matcher.explain(&canonical);
                let shown = |part: &&sigmata::eval::Verdict| {
                    text.get(part.span.range()).unwrap_or_default().to_owned()
                };
                let failing: Vec<String> = verdict.failing().iter().take(3).map(shown).collect();
                tally.wrong.push(format!("{}: no match: {}", schema.name, failing.join("; ")));
            }
            Err(_) => tally.wrong.push(format!("{}: not evaluable", schema.name)),
        }
    }
    tally
}

fn report(tally: &Tally) -> String {
    let mut lines: Vec<String> =
        tally.warnings.iter().map(|(key, (count, example))| format!("{count} x {key}: {example}")).collect();
    lines.insert(0, format!("{} events, {} fields", tally.events, tally.fields));
    lines.join("\n")
}

fn hold(tally: &Tally) {
    let warnings: usize = tally.warnings.values().map(|(count, _)| count).sum();
    println!("{}", report(tally));
    let mut wrong = tally.wrong.clone();
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(warnings * 100 <= tally.fields * MOST_WARNINGS_PER_CENT, "{warnings}:\n{}", report(tally));
}

#[test]
fn fields_of_the_librarys_events_are_no_error_and_match() {
    let tally = judge(&of_the_library().into_iter().map(|event| (None, event)).collect::<Vec<_>>());
    assert!(tally.events > 500, "{}", tally.events);
    hold(&tally);
}

#[test]
fn fields_of_recorded_events_are_no_error_and_match() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let all = recordings(Path::new(&shared));
    let files: BTreeSet<_> = all.iter().map(|recording| (recording.file.clone(), recording.of)).collect();
    assert!(files.len() > 10, "{files:?}");
    let events: Vec<_> = all
        .into_iter()
        .filter(|recording| recording.exception.is_none())
        .map(|recording| (Some(recording.log), recording.event))
        .collect();
    let tally = judge(&events);
    assert!(tally.events > 4_000, "{}", tally.events);
    hold(&tally);
}

/// The logs of the samples of public tests: what they are called there, the log, and the fields that name an event.
const OBSERVED: [(&str, (&str, &str), &[&str]); 16] = [
    ("AWS.CloudTrail", ("aws", "cloudtrail"), &["eventSource", "eventName"]),
    ("Asana.Audit", ("asana", "audit"), &["event_type"]),
    ("Atlassian.Audit", ("atlassian", "audit"), &["attributes.action"]),
    ("Azure.Audit", ("azure", "auditlogs"), &["operationName"]),
    ("Azure.MonitorActivity", ("azure", "activitylogs"), &["operationName"]),
    ("Duo.Administrator", ("duo", "administrator"), &["action"]),
    ("GCP.AuditLog", ("gcp", "gcp.audit"), &["protoPayload.serviceName", "protoPayload.methodName"]),
    ("GSuite.ActivityEvent", ("google_workspace", ""), &["id.applicationName", "events.type", "events.name"]),
    ("GitHub.Audit", ("github", "audit"), &["action"]),
    ("Microsoft365.Audit.AzureActiveDirectory", ("m365", "audit"), &["Operation"]),
    ("Notion.AuditLogs", ("notion", "audit"), &["event.type"]),
    ("Okta.SystemLog", ("okta", "okta"), &["eventType"]),
    ("OneLogin.Events", ("onelogin", "onelogin.events"), &["event_type_id"]),
    ("Slack.AuditLogs", ("slack", "audit"), &["action"]),
    ("Snowflake.LoginHistory", ("snowflake", "login_history"), &["EVENT_TYPE"]),
    ("Zoom.Operation", ("zoom", "operation"), &["category_type", "action"]),
];

/// The rule that an event of the samples makes; its parts are a JSON array where several fields name it.
fn of_sample((product, service): (&str, &str), fields: &[&str], event: &str) -> String {
    let parts: Vec<Value> = match fields {
        [_] => vec![Value::String(event.to_owned())],
        _ => serde_json::from_str(event).expect("a JSON array"),
    };
    // Each application of Workspace is a log.
    let service = if service.is_empty() { parts[0].as_str().unwrap_or("admin") } else { service };
    let mut text =
        format!("title: t\nlogsource: {{ product: {product}, service: {service} }}\ndetection:\n  s:\n");
    for (field, value) in fields.iter().zip(parts).filter(|(_, value)| !value.is_null()) {
        let _ = writeln!(text, "    {field}: {value}");
    }
    text.push_str("  condition: s\n");
    text
}

/// What is an event of a log in the samples of public tests is one by the schema. Names that those tests made up, or took
/// from elsewhere, are marked with the reason in `stated/negative.tsv`.
#[test]
fn observed_events_are_known() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let folder = PathBuf::from(shared).join("facts/observed");
    let json = |name: &str| -> Value { serde_json::from_str(&read(&folder.join(name))).expect("JSON") };
    let samples = json("panther_samples.json");
    let mut rules: Vec<(String, String)> = Vec::new();
    let negative: Vec<(&str, &str)> = include_str!("stated/negative.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(log, rest)| Some((log, rest.rsplit_once('\t')?.0)))
        .collect();
    let mut marked = 0;
    for (log, source, fields) in OBSERVED {
        for event in samples["log_types"][log]["events"].as_array().expect("events") {
            let event = event.as_str().expect("a text");
            if negative.contains(&(log, event)) {
                marked += 1;
                continue;
            }
            rules.push((format!("{log} {event}"), of_sample(source, fields, event)));
        }
    }
    assert_eq!(marked, negative.len(), "a name that is marked is not in the samples");
    for pair in json("stratus_detonation.json")["pairs"].as_array().expect("pairs") {
        let event = Value::from(vec![pair[0].clone(), pair[1].clone()]).to_string();
        let fields = ["eventSource", "eventName"];
        rules.push((format!("stratus {event}"), of_sample(("aws", "cloudtrail"), &fields, &event)));
    }
    let registry = Registry::shipped();
    let (mut wrong, mut warned) = (Vec::new(), Vec::new());
    for (name, text) in &rules {
        for finding in File::check(SourceFile::new("observed.yml", text.clone()), &registry).findings {
            let line = format!("{name}: {} {}", finding.code.id, finding.message);
            match finding.severity {
                Severity::Error => wrong.push(line),
                Severity::Warning => warned.push(line),
                Severity::Info => {}
            }
        }
    }
    println!("{} events, {} warnings:\n{}", rules.len(), warned.len(), warned.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules.len() > 700, "{}", rules.len());
    assert!(warned.len() * 100 <= rules.len() * MOST_WARNINGS_PER_CENT, "{}", warned.join("\n"));
}
