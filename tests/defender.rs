//! A model of what Microsoft Defender takes as a custom detection, over the whole library, and errors that it must find.
//!
//! The members are those of `microsoft.graph.security.detectionRule` and of the entity mappings on its pages (Graph, read
//! 2026-11-29), and of `Solutions/*/XDR Detections` in Azure/Azure-Sentinel, 459ece191c42, with what the `converter.py`
//! there asks of a file (`validate_document`); times, tables and columns those
//! of MicrosoftDocs/defender-docs `custom-detection-rules.md`, 404d6dbb8d49.

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Folder, Run, folder};

/// The entity mappings, with the members of each besides `id`.
const ENTITIES: [(&str, &[&str]); 6] = [
    (
        "accounts",
        &[
            "aadUserIdColumn",
            "dnsDomainColumn",
            "nameColumn",
            "ntDomainColumn",
            "sidColumn",
            "upnColumn",
            "upnSuffixColumn",
        ],
    ),
    ("azureResources", &["resourceIdColumn"]),
    ("cloudApplications", &["appIdColumn", "nameColumn"]),
    ("googleCloudResources", &["fullResourceNameColumn"]),
    ("hosts", &["deviceIdColumn", "dnsDomainColumn", "nameColumn", "netBiosNameColumn", "ntDomainColumn"]),
    ("ips", &["addressColumn"]),
];

const TACTICS: [&str; 14] = [
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "Exfiltration",
    "CommandAndControl",
    "Impact",
];

/// Tables of Defender itself that the library reads.
const OWN: [&str; 3] = ["CloudAppEvents", "EntraIdSignInEvents", "EntraIdSpnSignInEvents"];

/// How often a detection over them runs, and how far it looks back, in seconds.
const TIMES: [(u64, u64); 4] = [(3_600, 14_400), (10_800, 43_200), (43_200, 172_800), (86_400, 2_592_000)];

/// Seconds of an ISO 8601 duration of days, hours, minutes and seconds.
fn seconds(text: &str) -> Option<u64> {
    let (days, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
    let mut sum = 0;
    for (part, units) in [(days, &[('D', 86_400)][..]), (time, &[('H', 3_600), ('M', 60), ('S', 1)])] {
        let mut number = String::new();
        for char in part.chars() {
            if char.is_ascii_digit() {
                number.push(char);
            } else {
                let (_, unit) = units.iter().find(|(name, _)| *name == char)?;
                sum += number.parse::<u64>().ok()? * unit;
                number.clear();
            }
        }
        if !number.is_empty() {
            return None;
        }
    }
    Some(sum)
}

fn keys(value: &Value, known: &[&str]) -> bool {
    value.as_object().is_some_and(|members| members.keys().all(|key| known.contains(&key.as_str())))
}

fn is_text(value: &Value, most: usize) -> bool {
    value.as_str().is_some_and(|text| (1..=most).contains(&text.trim_end().chars().count()))
}

/// What is wrong with the alert of a detection with a query.
fn alert_faults(alert: &Value, query: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    let known = [
        "title",
        "description",
        "recommendedActions",
        "severity",
        "tactics",
        "entityMappings",
        "eventGroupingKind",
    ];
    demand(keys(alert, &known), "an unknown member of the alert");
    demand(is_text(&alert["title"], 120) && is_text(&alert["description"], 600), "title or description");
    let severity = alert["severity"].as_str().unwrap_or_default();
    demand(["informational", "low", "medium", "high"].contains(&severity), "severity");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    demand(list(&alert["tactics"]).len() <= 1, "more than one tactic");
    for tactic in list(&alert["tactics"]) {
        demand(keys(&tactic, &["tactic", "techniques"]), "an unknown member of a tactic");
        demand(TACTICS.contains(&tactic["tactic"].as_str().unwrap_or_default()), "tactic");
        for technique in list(&tactic["techniques"]) {
            demand(keys(&technique, &["technique", "subTechniques"]), "an unknown member of a technique");
            let name = technique["technique"].as_str().unwrap_or_default();
            demand(name.len() == 5 && name.starts_with('T'), "technique");
            let parts = list(&technique["subTechniques"]);
            let below =
                |part: &Value| part.as_str().is_some_and(|part| part.starts_with(&format!("{name}.")));
            demand(parts.iter().all(below), "a part of another technique");
        }
    }
    let asked = ["accounts", "hosts", "ips", "mailboxes"];
    demand(asked.iter().any(|kind| alert["entityMappings"][kind].is_array()), "nothing of what it asks for");
    for account in list(&alert["entityMappings"]["accounts"]) {
        let has = |member: &str| account.get(member).is_some();
        let whole = ["upnColumn", "aadUserIdColumn", "sidColumn"].into_iter().any(has);
        let domain = ["upnSuffixColumn", "ntDomainColumn", "dnsDomainColumn"].into_iter().any(has);
        demand(whole || (has("nameColumn") && domain), "an account by its name alone");
    }
    let mut ids = Vec::new();
    for (kind, entities) in alert["entityMappings"].as_object().into_iter().flatten() {
        let members = ENTITIES.iter().find(|(name, _)| name == kind).map_or(&[][..], |(_, members)| *members);
        demand(!members.is_empty(), "an unknown kind of entity");
        for entity in list(entities) {
            for (member, column) in entity.as_object().expect("an object") {
                let column = column.as_str().unwrap_or_default();
                if member == "id" {
                    ids.push(format!("{kind} {column}"));
                } else {
                    demand(members.contains(&member.as_str()), "an unknown member of an entity");
                    demand(query.contains(column), "an entity that the query does not show");
                }
            }
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    demand(ids.len() == count, "two entities with one identifier");
    faults
}

/// What is wrong with a query and its times.
fn query_faults(query: &str, schedule: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    demand((1..=10_000).contains(&query.trim_end().chars().count()), "the length of the query");
    let own = OWN.iter().any(|table| query.lines().any(|line| line.trim() == *table));
    let every = schedule["frequency"].as_str().and_then(seconds);
    let back = schedule.get("lookback").map(|back| back.as_str().and_then(seconds));
    let row = TIMES.iter().find(|(often, _)| Some(*often) == every);
    demand(every == Some(0) || row.is_some(), "frequency");
    demand(keys(schedule, &["frequency", "lookback"]), "an unknown member of the schedule");
    if every == Some(0) {
        demand(own && back.is_none() && !query.contains("//") && !query.contains("join"), "continuous");
    } else if let Some(back) = back {
        demand(back >= every && back <= Some(2_592_000), "look-back");
    }
    if own {
        let shows =
            |column: &str| query.split(|char: char| !char.is_ascii_alphanumeric()).any(|part| part == column);
        demand(shows("Timestamp") && shows("ReportId"), "a column that each event of Defender must have");
        let named = ["AccountObjectId", "AccountUpn", "AccountSid", "DeviceId", "DeviceName"];
        demand(named.iter().any(|column| shows(column)), "a column that names somebody");
        demand(!query.contains("Timestamp > ago"), "a filter on the time, which Defender sets itself");
    }
    faults
}

/// What is wrong with the body that Graph takes.
fn graph_faults(body: &Value) -> Vec<String> {
    let query = body["queryCondition"]["queryText"].as_str().unwrap_or_default();
    let mut faults = query_faults(query, &body["schedule"]);
    let known = ["displayName", "id", "status", "queryCondition", "schedule", "detectionAction"];
    let action = &body["detectionAction"];
    if !keys(body, &known)
        || !keys(action, &["alertTemplate"])
        || !keys(&body["queryCondition"], &["queryText"])
    {
        faults.push("an unknown member".to_owned());
    }
    let state = body["status"].as_str().unwrap_or_default();
    if !is_text(&body["displayName"], 120)
        || !is_text(&body["id"], 36)
        || !["enabled", "disabled"].contains(&state)
    {
        faults.push("name or state".to_owned());
    }
    if action["alertTemplate"]["eventGroupingKind"] != "alertPerEvent" {
        faults.push("grouping".to_owned());
    }
    faults.extend(alert_faults(&action["alertTemplate"], query));
    faults
}

/// What is wrong with the file of a content repository.
fn yaml_faults(file: &Value) -> Vec<String> {
    let body = &file["properties"];
    let query = body["queryCondition"]["queryText"].as_str().unwrap_or_default();
    let mut faults = query_faults(query, &body["schedule"]);
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    let above = [
        "schemaVersion",
        "version",
        "apiVersion",
        "kind",
        "resourceType",
        "requiredDataConnectors",
        "properties",
    ];
    let below = ["displayName", "id", "status", "queryCondition", "schedule", "detectionAction"];
    demand(keys(file, &above) && keys(body, &below), "an unknown member");
    demand(file["kind"] == "CustomDetection", "kind");
    demand(file["resourceType"] == "Microsoft.Security/detectionRules", "type");
    demand(file["version"].as_str().is_some_and(|version| version.starts_with("3.1.")), "version");
    demand(["enabled", "disabled"].contains(&body["status"].as_str().unwrap_or_default()), "status");
    demand(is_text(&body["displayName"], 120) && is_text(&body["id"], 36), "name or identifier");
    demand(body["schedule"].get("lookback").is_none(), "a look-back, which the file has no member for");
    faults.extend(alert_faults(&body["detectionAction"]["alertTemplate"], query));
    faults
}

fn exported(paths: &[&str], more: &[&str], files: &[(&str, &str)]) -> Folder {
    let folder = folder(files);
    let args = [&["export"], paths, &["-o", "out", "--kind", "xdr"], more].concat();
    let run = Run::new(&folder, &args);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    folder
}

/// Every file of a folder, as JSON.
fn files(root: &Path) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = std::fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), serde_yaml::from_str(&text).expect("YAML or JSON")));
        }
    }
    found
}

#[test]
fn every_detection_of_the_library_is_one_that_defender_takes() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let folder = exported(&[rules.to_str().expect("a path")], &[], &[("x", "")]);
    let graph = files(&folder.path("out/xdr/graph"));
    let yaml = files(&folder.path("out/xdr/detections"));
    assert!(graph.len() > 400 && graph.len() == yaml.len(), "{} {}", graph.len(), yaml.len());
    for (path, body) in &graph {
        assert_eq!(graph_faults(body), [""; 0], "{path}");
    }
    for (path, file) in &yaml {
        assert_eq!(yaml_faults(file), [""; 0], "{path}");
    }
    planted(&graph, &yaml);
}

/// What makes a detection wrong.
type Plant = fn(&mut Value);

/// The model finds what is planted, each by its own fault.
fn planted(graph: &[(String, Value)], yaml: &[(String, Value)]) {
    let named = |all: &[(String, Value)], name: &str| {
        all.iter().find(|(path, _)| path.contains(name)).expect("a detection").1.clone()
    };
    let good = named(graph, "aws/iam_user_created.json");
    let own = graph.iter().find(|(_, body)| {
        body["queryCondition"]["queryText"].as_str().is_some_and(|query| query.starts_with("CloudAppEvents"))
    });
    let own = own.expect("a detection over a table of Defender").1.clone();
    let plants: [(&Value, Plant, &str); 17] = [
        (&good, |body| body["displayName"] = json!("x".repeat(257)), "name or state"),
        (&good, |body| body["id"] = Value::Null, "name or state"),
        (&good, |body| body["extra"] = json!(1), "an unknown member"),
        (
            &good,
            |body| body["detectionAction"]["alertTemplate"]["entityMappings"] = json!({}),
            "nothing of what it asks for",
        ),
        (
            &good,
            |body| {
                body["detectionAction"]["alertTemplate"]["entityMappings"]["accounts"] =
                    json!([{"id": "account", "nameColumn": "UserIdentityArn"}]);
            },
            "an account by its name alone",
        ),
        (&good, |body| body["schedule"]["frequency"] = json!("PT2H"), "frequency"),
        (&good, |body| body["schedule"]["lookback"] = json!("PT30M"), "look-back"),
        (&good, |body| body["schedule"]["lookback"] = json!("P31D"), "look-back"),
        (
            &good,
            |body| body["queryCondition"]["queryText"] = json!("x".repeat(10_001)),
            "the length of the query",
        ),
        (&good, |body| body["detectionAction"]["alertTemplate"]["severity"] = json!("High"), "severity"),
        (
            &good,
            |body| body["detectionAction"]["alertTemplate"]["tactics"][0]["tactic"] = json!("Stealth"),
            "tactic",
        ),
        (
            &good,
            |body| {
                body["detectionAction"]["alertTemplate"]["tactics"][0]["techniques"][0]["technique"] =
                    json!("T1098");
            },
            "a part of another technique",
        ),
        (
            &good,
            |body| {
                body["detectionAction"]["alertTemplate"]["entityMappings"]["ips"][0]["addressColumn"] =
                    json!("NoSuch");
            },
            "an entity that the query does not show",
        ),
        (
            &good,
            |body| {
                body["detectionAction"]["alertTemplate"]["entityMappings"]["ips"][0]["ipColumn"] =
                    json!("SourceIpAddress");
            },
            "an unknown member of an entity",
        ),
        (
            &good,
            |body| body["detectionAction"]["alertTemplate"]["entityMappings"]["users"] = json!([]),
            "an unknown kind of entity",
        ),
        (&good, |body| body["schedule"] = json!({"frequency": "PT0S"}), "continuous"),
        (
            &own,
            |body| {
                let query = body["queryCondition"]["queryText"].as_str().expect("a query");
                body["queryCondition"]["queryText"] = json!(query.replace("ReportId", "Report"));
            },
            "a column that each event of Defender must have",
        ),
    ];
    for (from, plant, fault) in plants {
        let mut body = from.clone();
        plant(&mut body);
        assert!(graph_faults(&body).iter().any(|found| found == fault), "{fault}: {:?}", graph_faults(&body));
    }
    let good = named(yaml, "aws/iam_user_created.yaml");
    let plants: [(Plant, &str); 4] = [
        (|file| file["kind"] = json!("Scheduled"), "kind"),
        (|file| file["version"] = json!("1.0.0"), "version"),
        (|file| file["properties"]["status"] = json!("on"), "status"),
        (
            |file| file["properties"]["schedule"]["lookback"] = json!("PT2H"),
            "a look-back, which the file has no member for",
        ),
    ];
    for (plant, fault) in plants {
        let mut file = good.clone();
        plant(&mut file);
        assert!(yaml_faults(&file).iter().any(|found| found == fault), "{fault}: {:?}", yaml_faults(&file));
    }
}

#[test]
fn what_runs_on_each_event_has_one_table_and_no_comment() {
    let rule = |log: &str, detection: &str, fields: &str| {
        format!(
            "title: T\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nlogsource: {{{log}}}\ndetection:\n    \
             selection: {{{detection}}}\n    condition: selection\nfields: [{fields}]\nlevel: low\n"
        )
    };
    let settings = "[export.prod]\nrules.\"5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\".every = 'continuous'\n";
    for (log, detection, fields, every, said) in [
        ("product: m365, service: audit", "Operation: 'Add user.'", "UserId", "PT0S", ""),
        (
            "product: azure, service: signinlogs",
            "category: SignInLogs, properties.appDisplayName: Azure Portal",
            "properties.userId",
            "PT1H",
            "for some tables",
        ),
    ] {
        let rule = rule(log, detection, fields);
        let folder = folder(&[("sigmata.toml", settings), ("rules/r.yml", &rule)]);
        let run = Run::new(&folder, &["export", "rules", "--env", "prod", "-o", "out", "--kind", "xdr"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert!(run.err.contains(said), "{}", run.err);
        let (path, body) = files(&folder.path("out/xdr/graph")).remove(0);
        assert_eq!(graph_faults(&body), [""; 0], "{path}");
        assert_eq!(body["schedule"]["frequency"], every, "{path}: {body}");
    }
}
