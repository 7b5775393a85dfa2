//! `docs/recorded.md`: whether recorded events fit the schemas. They stand beside the repository where it is measured, so
//! the page is compared only there: `SIGMATA_SHARED` names the folder that holds them.
//! `SIGMATA_ACCEPT=1` writes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use sigmata::eval::{Event, RecordFormats};
use sigmata::schema::Registry;

/// A file of events, and the schema that they must fit.
const FILES: [(&str, &str); 16] = [
    ("events/aws/stratus_detonation.jsonl", "aws/cloudtrail"),
    ("events/aws/stratus_docs.jsonl", "aws/cloudtrail"),
    ("events/azure/stratus_docs.jsonl", "azure/activitylogs"),
    ("events/entra/stratus_docs.jsonl", "azure/auditlogs"),
    ("events/gcp/csa_fixtures.jsonl", "gcp/gcp.audit"),
    ("events/gcp/stratus_docs.jsonl", "gcp/gcp.audit"),
    ("facts/t1136_003/samples/aws.json", "aws/cloudtrail"),
    ("facts/t1136_003/samples/azure_activity.json", "azure/activitylogs"),
    ("facts/t1136_003/samples/entra.json", "azure/auditlogs"),
    ("facts/t1136_003/samples/gcp.json", "gcp/gcp.audit"),
    ("facts/t1136_003/samples/github.json", "github/audit"),
    ("facts/t1136_003/samples/google_workspace.json", "google_workspace/admin"),
    ("facts/t1136_003/samples/m365.json", "m365/audit"),
    ("facts/t1136_003/samples/okta.json", "okta/okta"),
    ("facts/t1136_003/samples/saas_misc.json", ""),
    ("facts/t1136_003/samples/slack.json", "slack/audit"),
];

/// The schemas of a file with events of several providers, which each names its own under `_provider`.
const PROVIDERS: [(&str, &str); 5] = [
    ("duo", "duo/administrator"),
    ("onelogin", "onelogin/onelogin.events"),
    ("salesforce", "salesforce/setup_audit_trail"),
    ("snowflake", "snowflake/query_history"),
    ("zoom", "zoom/operation"),
];

/// Events that do not fit, by file and a part of the event's text, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "events/azure/stratus_docs.jsonl",
        "\"PutBlob\"",
        "a record of the log of blob storage (StorageBlobLogs), which is another log",
    ),
    (
        "events/gcp/csa_fixtures.jsonl",
        "\"protopayload_auditlog\"",
        "a row of an export to BigQuery, which spells every name in its own way",
    ),
];

/// The events of a file: one a line as `{source, license, event}`, or under `events`.
fn events(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let documents: Vec<Value> = match serde_json::from_str(text) {
        Ok(whole) => vec![whole],
        Err(_) => text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
    };
    for mut document in documents {
        let inner =
            ["event", "events"].iter().map(|key| document[*key].take()).find(|inner| !inner.is_null());
        match inner.unwrap_or(document) {
            Value::Array(events) => found.extend(events),
            event => found.push(event),
        }
    }
    found
}

/// What an event calls itself.
fn name(event: &Value) -> String {
    let places = [
        "/eventName",
        "/protoPayload/methodName",
        "/properties/activityDisplayName",
        "/operationName/value",
        "/operationName",
        "/eventType",
        "/action",
        "/Operation",
        "/events/0/name",
    ];
    let found = places.iter().find_map(|place| event.pointer(place).and_then(Value::as_str));
    found.unwrap_or("?").to_owned()
}

fn page(shared: &Path) -> (String, Vec<String>) {
    let registry = Registry::shipped();
    let mut out = String::from(
        "# Recorded events and the schemas\n\n\
         Every event that the project is measured with is held against its schema: each field known, each type right, \
         each value of a closed list of known values known.\n\
         The recordings are of DataDog/stratus-red-team (Apache-2.0); the samples are made up after the providers' \
         documentation.\n\
         This page is generated: `SIGMATA_SHARED=… SIGMATA_ACCEPT=1 cargo test --test recorded`.\n\n\
         | file | schema | events | fit | exceptions |\n|---|---|---:|---:|---:|\n",
    );
    let mut wrong = Vec::new();
    let mut told: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (file, log) in FILES {
        let text = std::fs::read_to_string(shared.join(file)).expect(file);
        let (mut count, mut fit) = (0, 0);
        for mut event in events(&text) {
            count += 1;
            let provider = event.as_object_mut().and_then(|event| event.remove("_provider"));
            let of_provider =
                PROVIDERS.iter().find(|(name, _)| provider.as_ref().is_some_and(|of| of == name));
            let log = of_provider.map_or(log, |(_, log)| log);
            let Some(schema) = registry.get(log) else {
                wrong.push(format!("{file}: there is no schema `{log}`"));
                continue;
            };
            let shapes = RecordFormats::of(&schema);
            let (name, text) = (name(&event), event.to_string());
            let event = Event::new(event);
            let event = shapes.canonical(&event).unwrap_or(event);
            let found = schema.validate(event.value());
            if found.is_empty() {
                fit += 1;
                continue;
            }
            let misfits: Vec<_> =
                found.iter().map(|found| format!("{}: {}", found.path, found.message)).collect();
            let known = EXCEPTIONS.iter().find(|(of, part, _)| *of == file && text.contains(part));
            match known {
                Some((_, _, why)) => {
                    told.insert((file, name), format!("{why}: {}", misfits.join("; ")));
                }
                None => wrong.push(format!("{file} {name}: {}", misfits.join("; "))),
            }
        }
        let log = if log.is_empty() { "of the provider of each" } else { log };
        let _ = writeln!(out, "| {file} | {log} | {count} | {fit} | {} |", count - fit);
    }
    if !told.is_empty() {
        out.push_str("\n## Exceptions\n\n| file | event | why |\n|---|---|---|\n");
        for ((file, name), why) in told {
            let _ = writeln!(out, "| {file} | {name} | {} |", why.replace('|', "\\|"));
        }
    }
    (out, wrong)
}

#[test]
fn recorded_events_fit_their_schemas() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let (page, wrong) = page(Path::new(&shared));
    assert!(wrong.is_empty(), "{} misfits:\n{}", wrong.len(), wrong.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recorded.md");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/recorded.md is not what SIGMATA_ACCEPT=1 writes");
}
