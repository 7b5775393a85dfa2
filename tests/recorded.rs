//! `docs/recorded.md`: whether recorded events fit the schemas. They are beside the repository where it is measured, so
//! the page is compared only there: `SIGMATA_SHARED` names the folder that holds them.
//! `SIGMATA_ACCEPT=1` writes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

#[path = "support/recordings.rs"]
mod recordings;

use recordings::{Recording, name, recordings};
use serde_json::Value;
use sigmata::diagnostic::Severity;
use sigmata::eval::{Event, RecordFormats};
use sigmata::schema::{Facts, Registry, Schema, Type};

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

fn page(shared: &Path) -> (String, Vec<String>) {
    let registry = Registry::shipped();
    let mut out = String::from(
        "# Recorded events and the schemas\n\n\
         Every event that the project is measured with is held against its schema: each field known, each type right, \
         each value of a complete list of known values known, and its name known, however complete the list of names is.\n\
         The recordings are of DataDog/stratus-red-team, Permiso-io-tools/CloudConsoleCartographer and splunk/security_content (Apache-2.0); the samples are made up after the providers' \
         documentation.\n\
         This page is generated: `SIGMATA_SHARED=… SIGMATA_ACCEPT=1 cargo test --test recorded`.\n\n\
         | file | schema | events | fit | exceptions |\n|---|---|---:|---:|---:|\n",
    );
    let mut wrong = Vec::new();
    let mut told: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut counts: Vec<(String, &str, usize, usize)> = Vec::new();
    for Recording { file, of, log, event, exception, .. } in recordings(shared) {
        if counts.last().is_none_or(|(last, ..)| *last != file) {
            counts.push((file.clone(), of, 0, 0));
        }
        let (_, _, count, fit) = counts.last_mut().expect("one was added");
        *count += 1;
        let Some(schema) = registry.get(log) else {
            wrong.push(format!("{file}: there is no schema `{log}`"));
            continue;
        };
        let shapes = RecordFormats::of(&schema);
        let name = name(&event);
        let event = Event::new(event);
        let event = shapes.canonical(&event).unwrap_or(event);
        let found = schema.validate(event.value());
        let mut misfits: Vec<_> =
            found.iter().map(|found| format!("{}: {}", found.path, found.message)).collect();
        misfits.extend(unknown_names(&schema, event.value()));
        match exception {
            _ if misfits.is_empty() => *fit += 1,
            Some(why) => {
                told.insert((file, name), format!("{why}: {}", misfits.join("; ")));
            }
            None => wrong.push(format!("{file} {name}: {}", misfits.join("; "))),
        }
    }
    for (file, of, count, fit) in counts {
        let _ = writeln!(out, "| {file} | {of} | {count} | {fit} | {} |", count - fit);
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
