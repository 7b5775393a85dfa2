//! Recorded events and samples, which are beside the repository where it is measured.

use std::path::Path;

use serde_json::Value;

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

/// The file with one recorded event for each data source of a public collection, and what the name of a source says of
/// the schema; one of which nothing is said fails.
const SOURCES: &str = "facts/splunk/extracted_fields.json";
const OF_SOURCES: [(&str, &str); 9] = [
    ("AWS CloudTrail", "aws/cloudtrail"),
    ("Azure Active Directory Sign-in", "azure/signinlogs"),
    ("Azure Active Directory", "azure/auditlogs"),
    ("Azure Audit", "azure/activitylogs"),
    ("Google Workspace", "google_workspace/login"),
    ("O365", "m365/audit"),
    // Logs without a schema.
    ("AWS Security Hub", ""),
    ("CircleCI", ""),
    ("Splunk Stream", ""),
];
/// A source of which the export had another form than the log.
const OTHER_FORM: &str = "G Suite";

/// The schemas of a file with events of several providers, which each names its own under `_provider`.
const PROVIDERS: [(&str, &str); 5] = [
    ("duo", "duo/administrator"),
    ("onelogin", "onelogin/onelogin.events"),
    ("salesforce", "salesforce/setup_audit_trail"),
    ("snowflake", "snowflake/query_history"),
    ("zoom", "zoom/operation"),
];

/// Files that hold some members of each record only, and write null where the record had none.
pub const PROJECTIONS: [&str; 1] = ["events/aws/console_sessions.jsonl"];

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
pub fn name(event: &Value) -> String {
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

/// A recorded event.
pub struct Recording {
    /// The file that it is in, below the shared folder.
    pub file: String,
    /// What the page calls the log of the file.
    pub of: &'static str,
    /// The schema of its log.
    pub log: &'static str,
    /// The event; a projection has no members that are null.
    pub event: Value,
    /// Why it is not an event of the log, where it is not.
    pub exception: Option<&'static str>,
}

/// Every recorded event, in the order of the files.
pub fn recordings(shared: &Path) -> Vec<Recording> {
    let mut found = Vec::new();
    for (file, log) in files(shared) {
        let text = std::fs::read_to_string(shared.join(&file)).expect("a file");
        for mut event in events(&text) {
            let provider = event.as_object_mut().and_then(|event| event.remove("_provider"));
            if PROJECTIONS.contains(&file.as_str())
                && let Some(members) = event.as_object_mut()
            {
                members.retain(|_, value| !value.is_null());
            }
            let of_provider =
                PROVIDERS.iter().find(|(name, _)| provider.as_ref().is_some_and(|of| of == name));
            let text = event.to_string();
            let exception = EXCEPTIONS.iter().find(|(of, part, _)| *of == file && text.contains(part));
            found.push(Recording {
                file: file.clone(),
                of: if log.is_empty() { "of the provider of each" } else { log },
                log: of_provider.map_or(log, |(_, log)| log),
                event,
                exception: exception.map(|(_, _, why)| *why),
            });
        }
    }
    found.extend(of_sources(shared));
    found
}

/// The recorded event of each data source.
fn of_sources(shared: &Path) -> Vec<Recording> {
    let text = std::fs::read_to_string(shared.join(SOURCES)).expect("a file");
    let sources: Value = serde_json::from_str(&text).expect("JSON");
    let sources = sources["data_sources"].as_object().expect("sources");
    let known = |name: &str| {
        let schema = OF_SOURCES.iter().find(|(begin, _)| name.starts_with(begin));
        schema.unwrap_or_else(|| panic!("nothing says which log {name} is of")).1
    };
    let logged = sources.iter().filter(|(name, _)| !name.starts_with(OTHER_FORM));
    let logged = logged.map(|(name, source)| (known(name), source)).filter(|(log, _)| !log.is_empty());
    logged
        .map(|(log, source)| {
            let text = source["example_log"].as_str().expect("a log");
            let event: Value = serde_json::from_str(text).expect("JSON");
            let exception = EXCEPTIONS.iter().find(|(of, part, _)| *of == SOURCES && text.contains(part));
            let exception = exception.map(|(_, _, why)| *why);
            Recording { file: SOURCES.to_owned(), of: "of the source of each", log, event, exception }
        })
        .collect()
}

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
