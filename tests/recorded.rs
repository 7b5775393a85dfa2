//! `docs/recorded.md`: whether recorded events fit the schemas. They stand beside the repository where it is measured, so
//! the page is compared only there: `SIGMATA_SHARED` names the folder that holds them.
//! `SIGMATA_ACCEPT=1` writes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use sigmata::diagnostic::Severity;
use sigmata::eval::{Event, RecordFormats};
use sigmata::schema::{Facts, Registry, Schema, Type};

/// The folders of recordings, and what a file's name says of the schema that its events must fit: every file in them is
/// read, and one of which nothing is said fails.
const FOLDERS: [&str; 2] = ["events", "facts/t1136_003/samples"];

/// The beginning of a file's path below the shared folder, and the schema.
const SCHEMAS: [(&str, &str); 14] = [
    ("events/aws/", "aws/cloudtrail"),
    ("events/azure/", "azure/activitylogs"),
    ("events/entra/", "azure/auditlogs"),
    ("events/gcp/", "gcp/gcp.audit"),
    ("facts/t1136_003/samples/aws.", "aws/cloudtrail"),
    ("facts/t1136_003/samples/azure_activity.", "azure/activitylogs"),
    ("facts/t1136_003/samples/entra.", "azure/auditlogs"),
    ("facts/t1136_003/samples/gcp.", "gcp/gcp.audit"),
    ("facts/t1136_003/samples/github.", "github/audit"),
    ("facts/t1136_003/samples/google_workspace.", "google_workspace/admin"),
    ("facts/t1136_003/samples/m365.", "m365/audit"),
    ("facts/t1136_003/samples/okta.", "okta/okta"),
    ("facts/t1136_003/samples/saas_misc.", ""),
    ("facts/t1136_003/samples/slack.", "slack/audit"),
];

/// Fields that say what happened, in schemas where no relation says which field that is.
const NAMES: [&str; 8] = [
    "eventName",
    "protoPayload.methodName",
    "properties.activityDisplayName",
    "operationName",
    "eventType",
    "action",
    "Operation",
    "events.0.name",
];

/// The files of recordings, each with its schema.
fn files(shared: &Path) -> Vec<(String, &'static str)> {
    let mut folders: Vec<_> = FOLDERS.iter().map(|folder| shared.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json" || ending == "jsonl") {
                let name = path.strip_prefix(shared).expect("below").to_string_lossy().into_owned();
                let schema = SCHEMAS.iter().find(|(begin, _)| name.starts_with(begin));
                let (_, schema) = schema.unwrap_or_else(|| panic!("nothing says which log {name} is of"));
                found.push((name, *schema));
            }
        }
    }
    found.sort();
    found
}

/// What an event, in the canonical shape, calls itself that its schema does not know.
fn unknown_names(schema: &Schema, event: &Value) -> Vec<String> {
    let at = |path: &sigmata::schema::Path| {
        event.pointer(&format!("/{}", path.name().replace('.', "/"))).and_then(Value::as_str)
    };
    let mut found = Vec::new();
    for relation in &schema.relations {
        if let (Some(by), Some(value)) = (at(&relation.by), at(&relation.field)) {
            let pairs = &relation.pairs;
            if !pairs.has(by, value) {
                found.push(format!("{by} is not known to write {value}"));
            } else if pairs.logged_as(by, value).is_some() {
                found.push(format!("{by} is said to write another name than {value}"));
            }
        }
    }
    for name in NAMES {
        let Some(text) = event.pointer(&format!("/{}", name.replace('.', "/"))).and_then(Value::as_str)
        else {
            continue;
        };
        if let Ok(field) = schema.resolve(&name.replace(".0.", "."), &Facts::default())
            && let Type::Enum(known_values) = field.ty
            && known_values.canonical(text).is_none()
        {
            found.push(format!("{name}: `{text}` is not a known {}", known_values.noun()));
        }
    }
    found
}

/// The schemas of a file with events of several providers, which each names its own under `_provider`.
const PROVIDERS: [(&str, &str); 5] = [
    ("duo", "duo/administrator"),
    ("onelogin", "onelogin/onelogin.events"),
    ("salesforce", "salesforce/setup_audit_trail"),
    ("snowflake", "snowflake/query_history"),
    ("zoom", "zoom/operation"),
];

/// Files that hold some members of each record only, and write null where the record had none.
const PROJECTIONS: [&str; 1] = ["events/aws/console_sessions.jsonl"];

/// Events that do not fit, by file and a part of the event's text, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    (
        "events/azure/stratus_docs.jsonl",
        "\"DeleteBlob\"",
        "a record of the log of blob storage (StorageBlobLogs), which is another log",
    ),
    (
        "events/azure/stratus_docs.jsonl",
        "\"KeyDelete\"",
        "a record of the audit log of Key Vault, which is another log",
    ),
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
         each value of a complete list of known values known, and its name known, however complete the list of names is.\n\
         The recordings are of DataDog/stratus-red-team and Permiso-io-tools/CloudConsoleCartographer (Apache-2.0); the samples are made up after the providers' \
         documentation.\n\
         This page is generated: `SIGMATA_SHARED=… SIGMATA_ACCEPT=1 cargo test --test recorded`.\n\n\
         | file | schema | events | fit | exceptions |\n|---|---|---:|---:|---:|\n",
    );
    let mut wrong = Vec::new();
    let mut told: BTreeMap<(String, String), String> = BTreeMap::new();
    for (file, log) in files(shared) {
        let text = std::fs::read_to_string(shared.join(&file)).expect("a file");
        let (mut count, mut fit) = (0, 0);
        for mut event in events(&text) {
            count += 1;
            let provider = event.as_object_mut().and_then(|event| event.remove("_provider"));
            if PROJECTIONS.contains(&file.as_str())
                && let Some(members) = event.as_object_mut()
            {
                members.retain(|_, value| !value.is_null());
            }
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
            let mut misfits: Vec<_> =
                found.iter().map(|found| format!("{}: {}", found.path, found.message)).collect();
            misfits.extend(unknown_names(&schema, event.value()));
            if misfits.is_empty() {
                fit += 1;
                continue;
            }
            let known = EXCEPTIONS.iter().find(|(of, part, _)| *of == file && text.contains(part));
            match known {
                Some((_, _, why)) => {
                    told.insert((file.clone(), name), format!("{why}: {}", misfits.join("; ")));
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

/// Pairs of event source and event name in others' samples of CloudTrail that no record has: tests that are meant not to
/// match, and samples written by hand.
const MADE_UP: [(&str, &[&str]); 7] = [
    ("cloudtrail.amazonaws.com", &["DeleteRule", "DescribeTrail", "EnableRegion"]),
    (
        "ec2.amazonaws.com",
        &[
            "DeleteBucketEncryption",
            "DeleteBucketPublicAccessBlock",
            "DeleteBucketReplication",
            "PutBucketLogging",
            "PutBucketVersioning",
            "RegisterManagedInstance",
        ],
    ),
    ("iam.amazonaws.com", &["DescribePolicy", "DetachUserGroup", "NotCreateUser", "PutPolicy"]),
    (
        "lambda.amazonaws.com",
        &["AddPermission20150331", "DeleteFunction", "RemovePermission", "UpdateFunctionCode20150331"],
    ),
    ("macie.amazonaws.com", &["UpdateMacieSession"]),
    (
        "s3.amazonaws.com",
        &["CreateServiceLinkedRole", "ListAllMyBuckets", "ListBucket", "SetQueueAttributes"],
    ),
    ("signin.amazonaws.com", &["AssumeRole"]),
];

/// Pairs of event source and event name that others have seen: every one checks without an error, and hardly one with a
/// warning.
#[test]
fn observed_pairs_are_known() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let json = |name: &str| -> Value {
        let text =
            std::fs::read_to_string(Path::new(&shared).join("facts/observed").join(name)).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    };
    let mut pairs: Vec<Value> = json("panther_samples.json")["log_types"]["AWS.CloudTrail"]["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|pair| serde_json::from_str(pair.as_str().expect("text")).expect("JSON"))
        .collect();
    pairs.extend(json("stratus_detonation.json")["pairs"].as_array().expect("pairs").iter().cloned());
    let registry = Registry::shipped();
    let (mut count, mut errors, mut warnings) = (0, Vec::new(), Vec::new());
    for pair in &pairs {
        let (Some(source), Some(name)) = (pair[0].as_str(), pair[1].as_str()) else { continue };
        if MADE_UP.iter().any(|(of, names)| *of == source && names.contains(&name)) {
            continue;
        }
        let text = format!(
            "title: t\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n  \
             s: {{eventSource: '{source}', eventName: '{name}'}}\n  condition: s\n"
        );
        let reading = sigmata::rule::read(&sigmata::source::SourceFile::new("rule.yml", text));
        let Some(sigmata::rule::Document::Detection(rule)) = reading.documents.into_iter().next() else {
            panic!("{source} {name}");
        };
        count += 1;
        for finding in sigmata::check::check(&rule, &registry).1 {
            match finding.severity {
                Severity::Error => errors.push(finding.message),
                Severity::Warning => warnings.push(finding.message),
                Severity::Info => {}
            }
        }
    }
    println!("{count} pairs; warnings: {warnings:#?}");
    assert!(count > 200 && errors.is_empty(), "{errors:#?}");
    assert!(warnings.len() * 50 <= count, "{warnings:#?}");
}
