//! `docs/recordings.md`: what the library says of recorded events. They are beside the repository where it is
//! measured, so the page is compared only there: `SIGMATA_SHARED` names the folder that holds them.
//! `SIGMATA_ACCEPT=1` writes the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The recordings, below the folder, with what they are.
const RECORDINGS: [(&str, &str); 6] = [
    ("events/aws/stratus_detonation.jsonl", "CloudTrail during simulated attacks"),
    ("events/aws/stratus_docs.jsonl", "CloudTrail, quoted in documentation"),
    ("events/entra/stratus_docs.jsonl", "Entra audit log, quoted in documentation"),
    ("events/azure/stratus_docs.jsonl", "Azure activity log, quoted in documentation"),
    ("events/gcp/stratus_docs.jsonl", "Google Cloud audit log, quoted in documentation"),
    ("events/gcp/csa_fixtures.jsonl", "Google Cloud audit log, fixtures of a security tool"),
];

/// What an event calls itself.
fn name(event: &Value) -> String {
    let places = [
        "/eventName",
        "/protoPayload/methodName",
        "/properties/activityDisplayName",
        "/activityDisplayName",
        "/operationName/value",
        "/operationName/localizedValue",
        "/operationName",
    ];
    let found = places.iter().find_map(|place| event.pointer(place).and_then(Value::as_str));
    found.unwrap_or("?").to_owned()
}

fn document(shared: &std::path::Path) -> String {
    let mut out = String::from(
        "# The library on recorded events\n\n\
         Which rules fire on the recordings that the project is measured with: attack simulations of \
         DataDog/stratus-red-team (Apache-2.0), and what their documentation quotes.\n\
         An event that is not listed fires no rule.\n\
         This page is generated: `SIGMATA_SHARED=… SIGMATA_ACCEPT=1 cargo test --test library`.\n",
    );
    for (file, what) in RECORDINGS {
        let path = shared.join(file);
        let text = std::fs::read_to_string(&path).expect(file);
        // An event of a line may be a list of events.
        let events: Vec<(String, Value)> = text
            .lines()
            .flat_map(|line| {
                let mut line: Value = serde_json::from_str(line).expect("JSON");
                let source = line["source"].as_str().unwrap_or_default().to_owned();
                let found = match line["event"].take() {
                    Value::Array(events) => events,
                    event => vec![event],
                };
                found.into_iter().map(move |event| (source.clone(), event))
            })
            .collect();
        let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(["eval", "rules", "--format", "jsonl", "--events"])
            .arg(&path)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut fired: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let found: Value = serde_json::from_str(line).expect("JSON");
            let index = found["events"][0]["index"].as_u64().expect("an index");
            let rule = found["rule"]["file"].as_str().expect("a file").to_owned();
            fired.entry(usize::try_from(index).expect("an index")).or_default().insert(rule);
        }
        write!(out, "\n## {what}\n\n{} events, of which {} fire a rule.\n", events.len(), fired.len())
            .expect("text");
        let mut rows: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for (index, rules) in fired {
            let (source, event) = events.get(index).expect("an event");
            let stem = source.rsplit('/').next().unwrap_or(source);
            let stem = stem.trim_end_matches(".json").trim_end_matches(".md").to_owned();
            let links: Vec<_> = rules
                .iter()
                .map(|rule| {
                    let stem = rule.rsplit('/').next().unwrap_or(rule).trim_end_matches(".yml");
                    format!("[{stem}](../{rule})")
                })
                .collect();
            *rows.entry((stem, name(event), links.join(", "))).or_default() += 1;
        }
        if !rows.is_empty() {
            out += "\n| recording | event | times | rules |\n|---|---|---:|---|\n";
        }
        for ((source, event, rules), count) in rows {
            writeln!(out, "| {source} | {event} | {count} | {rules} |").expect("text");
        }
    }
    out += &noise(shared);
    out
}

/// What administrators did by hand, without an attacker among them.
const BENIGN: (&str, &str) = ("events/aws/console_sessions.jsonl", "aws/cloudtrail");

/// Calls that make or hand over an account, a credential or a role.
const STEPS: [&str; 15] = [
    "CreateUser",
    "CreateAccessKey",
    "CreateLoginProfile",
    "UpdateLoginProfile",
    "CreateRole",
    "UpdateAssumeRolePolicy",
    "AttachUserPolicy",
    "AttachRolePolicy",
    "AttachGroupPolicy",
    "PutUserPolicy",
    "PutRolePolicy",
    "PutGroupPolicy",
    "AddUserToGroup",
    "CreateTrustAnchor",
    "CreateProfile",
];

/// The level of a rule, by its file.
fn level(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let rule: Value = serde_yaml::from_str(&std::fs::read_to_string(path).expect("a rule")).expect("YAML");
    rule["level"].as_str().unwrap_or("none").to_owned()
}

/// The rules that fire on a recording, each with the places of the events that made it fire.
fn fired(path: &std::path::Path) -> Vec<(String, Vec<u64>)> {
    let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(["eval", "rules", "--format", "jsonl", "--events"])
        .arg(path)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let found = lines.lines().map(|line| {
        let found: Value = serde_json::from_str(line).expect("JSON");
        let events = found["events"].as_array().expect("events").iter();
        let places = events.filter_map(|event| event["index"].as_u64()).collect();
        (found["rule"]["file"].as_str().expect("a file").to_owned(), places)
    });
    found.collect()
}

/// The rules of the library by their log, each with its level. A correlation is of the log of its first rule.
fn by_log() -> BTreeMap<String, Vec<(String, String)>> {
    let registry = sigmata::schema::Registry::shipped();
    let read = |file: &str| -> Value {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        serde_yaml::from_str(&std::fs::read_to_string(path).expect("a rule")).expect("YAML")
    };
    let documents: BTreeMap<String, Value> =
        super::rules().into_iter().map(|file| (file.clone(), read(&file))).collect();
    let named = |name: &str| documents.values().find(|rule| rule["name"] == name).expect("a rule");
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (file, rule) in &documents {
        let base = rule["correlation"]["rules"][0].as_str().map_or(rule, named);
        let part = |key: &str| base["logsource"][key].as_str().unwrap_or_default();
        let log = registry.name_of(part("product"), part("service")).expect("a schema").to_owned();
        let level = rule["level"].as_str().unwrap_or("none").to_owned();
        found.entry(log).or_default().push((file.clone(), level));
    }
    found
}

/// How often rules fire on recorded events that are not attacks: by log and level, and by rule where it is measured.
fn noise(shared: &std::path::Path) -> String {
    let (file, log) = BENIGN;
    let path = shared.join(file);
    let events = std::fs::read_to_string(&path).expect(file).lines().count();
    let mut alerts: BTreeMap<String, usize> = BTreeMap::new();
    for (rule, _) in fired(&path) {
        *alerts.entry(rule).or_default() += 1;
    }
    let hundredths =
        |count: usize| format!("{}.{:03}", count * 100 / events, count * 100_000 / events % 1000);
    let mut out = format!(
        "\n## Noise\n\nAlerts for a hundred recorded events that are not steps of an attack. There is such a recording of one \
         log: {events} events of administrators at work in the console of AWS ({file}). They were exported without \
         `userIdentity`, so that rules which ask who acted are silent or, where they leave out the owner of an account, louder \
         than they would be.\n\n| log | level | rules | alerts | for a hundred |\n|---|---|---:|---:|---:|\n"
    );
    let by_log = by_log();
    for (name, rules) in &by_log {
        for level in ["informational", "low", "medium", "high", "critical"] {
            let of_level: Vec<_> = rules.iter().filter(|(_, of)| of == level).collect();
            if of_level.is_empty() {
                continue;
            }
            let counted: usize = of_level.iter().filter_map(|(rule, _)| alerts.get(rule)).sum();
            let said = if name == log {
                format!("{counted} | {}", hundredths(counted))
            } else {
                "| not measured".to_owned()
            };
            writeln!(out, "| {name} | {level} | {} | {said} |", of_level.len()).expect("text");
        }
    }
    writeln!(
        out,
        "\n### Rules of {log}\n\nThe rules of the other logs are not measured.\n\n| rule | level | alerts | for a hundred \
         |\n|---|---|---:|---:|"
    )
    .expect("text");
    for (rule, level) in by_log.get(log).into_iter().flatten() {
        let stem = rule.rsplit('/').next().unwrap_or(rule).trim_end_matches(".yml");
        let count = alerts.get(rule).copied().unwrap_or_default();
        writeln!(out, "| [{stem}](../{rule}) | {level} | {count} | {} |", hundredths(count)).expect("text");
    }
    out
}

/// Each recorded step of an attack that makes an account fires a rule of level medium or above, and no rule of level
/// high fires where there was no attack.
#[test]
fn recorded_steps_are_seen_and_work_by_hand_is_not() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED").map(PathBuf::from) else { return };
    let path = shared.join("events/aws/stratus_detonation.jsonl");
    let text = std::fs::read_to_string(&path).expect("a recording");
    let seen: BTreeSet<u64> = fired(&path)
        .into_iter()
        .filter(|(rule, _)| ["medium", "high", "critical"].contains(&level(rule).as_str()))
        .flat_map(|(_, places)| places)
        .collect();
    let (mut wrong, mut steps) = (Vec::new(), 0);
    for (at, line) in text.lines().enumerate() {
        let event = serde_json::from_str::<Value>(line).expect("JSON")["event"].take();
        let step = event["eventName"].as_str().is_some_and(|name| STEPS.contains(&name));
        if step && event["errorCode"].is_null() {
            steps += 1;
            if !seen.contains(&u64::try_from(at).expect("few lines")) {
                wrong.push(format!("{at}: {}", event["eventName"]));
            }
        }
    }
    assert!(steps > 10, "only {steps} steps");
    for (rule, _) in fired(&shared.join(BENIGN.0)) {
        if ["high", "critical"].contains(&level(&rule).as_str()) {
            wrong.push(format!("{rule} fires on {}", BENIGN.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_recordings_is_what_the_rules_say() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED").map(PathBuf::from) else { return };
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/recordings.md");
    let document = document(&shared);
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&page, &document).expect("docs/recordings.md is written");
        return;
    }
    let written = std::fs::read_to_string(&page).expect("a page");
    assert!(
        written == document,
        "docs/recordings.md is out of date: SIGMATA_ACCEPT=1 cargo test --test library"
    );
}
