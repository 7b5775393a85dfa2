//! Microsoft Defender XDR: custom detections, as YAML of a content repository and as the body that the Graph API takes.
//!
//! Members: Azure/Azure-Sentinel `Solutions/*/XDR Detections`, 459ece191c42 (YAML), and
//! `microsoft.graph.security.detectionRule` of Graph beta, f1ae49d4a2d4 (2026-05-25).

use serde_json::{Map, Value, json};

use super::attack::Attack;
use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::sentinel::{column, description};
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, Object, codes};
use crate::backend::Compiled;
use crate::diagnostic::Diagnostic;
use crate::schema::{Meaning, Platform};

/// How often a detection over Defender's own tables runs, and how far it looks back then, in seconds.
/// Source: MicrosoftDocs/defender-docs `custom-detection-rules.md`, 404d6dbb8d49 (2025-02-10).
const FREQUENCIES: [(u64, u64); 4] =
    [(3_600, 14_400), (10_800, 43_200), (43_200, 172_800), (86_400, 2_592_000)];

/// The columns by which Defender knows an account, and the member of the mapping for each.
const ACCOUNTS: [(&str, &str); 4] = [
    ("AccountUpn", "upnColumn"),
    ("AccountObjectId", "aadUserIdColumn"),
    ("AccountSid", "sidColumn"),
    ("AccountName", "nameColumn"),
];

/// Columns of which Defender's own tables must show one.
const ENTITIES: [&str; 13] = [
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
    "InitiatingProcessAccountObjectId",
];

const MAX_QUERY: usize = 10_000;

/// The files of all rules.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    for ready in job.ready(Kind::Xdr, &mut made.findings) {
        if let Some((object, files)) = detection(job, ready, &mut made.findings) {
            made.objects.push(object);
            made.files.extend(files);
        }
    }
    made
}

fn detection(
    job: &Job<'_>,
    ready: Ready<'_, '_>,
    findings: &mut Findings,
) -> Option<(Object, Vec<Artefact>)> {
    let Ready { at, subject, query, compiled } = ready;
    let own = compiled.reads.iter().all(|read| read.platform == Platform::Xdr);
    let continuous =
        matches!(job.settings(subject).every, Some(Every::Continuous)) && compiled.schedule.is_none() && own;
    let every = match job.settings(subject).every {
        Some(Every::Seconds(seconds)) => seconds,
        _ => 3_600,
    };
    // The shortest that runs as seldom as was asked, and looks back far enough.
    let needed = schedule::of(every, "Timestamp", compiled).look_back;
    let chosen =
        FREQUENCIES.iter().find(|(often, back)| *often >= every.min(86_400) && *back >= needed.max(*often));
    let Some(&(often, back)) = chosen else {
        let message =
            format!("Defender looks back 30 days at most, and this needs {}", schedule::short(needed));
        let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
        findings.push((at, finding.help("choose a shorter `timespan`")));
        return None;
    };
    let length = query.chars().count();
    if length > MAX_QUERY {
        let message = format!("the query has {length} characters, and Defender takes {MAX_QUERY}");
        let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
        findings.push((at, finding.help("split the rule, or take long lists of values from a watchlist")));
        return None;
    }
    let entities = entities(compiled);
    let shows = |name: &str| query.lines().any(|line| line.trim().trim_end_matches(',').ends_with(name));
    if own && compiled.schedule.is_some() {
        let message =
            "left out of xdr: Defender asks for the columns of one event, and a correlation counts several";
        findings.push((at, Diagnostic::new(&codes::LEFT_OUT, subject.head, message)));
        return None;
    }
    if own && !ENTITIES.iter().any(|name| shows(name)) {
        let message = "Defender asks for a column that names an account, a device or a mailbox, and the query shows none";
        let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
        findings.push((at, finding.help("list such a field under `fields`")));
        return None;
    }
    let frequency = if continuous { "PT0S".to_owned() } else { schedule::iso(often) };
    let description = description(subject, at, findings);
    let template = |graph: bool| {
        object([
            ("title", Some(json!(subject.named.title))),
            ("description", Some(json!(description))),
            ("severity", Some(json!(severity(&subject.level)))),
            ("tactics", some_list(tactics(&subject.attack))),
            ("entityMappings", entities.clone()),
            ("eventGroupingKind", graph.then(|| json!("alertPerEvent"))),
        ])
    };
    let enabled = job.enabled(subject);
    let look_back = (!own && !continuous).then(|| schedule::iso(back.min(needed)));
    let schedule = |graph: bool| {
        object([
            ("frequency", Some(json!(frequency))),
            ("lookback", look_back.as_ref().filter(|_| graph).map(|back| json!(back))),
        ])
    };
    let body = |id: &str| {
        json!({
            "displayName": subject.named.title,
            "id": id,
            "status": if enabled { "enabled" } else { "disabled" },
            "queryCondition": {"queryText": format!("{query}\n")},
            "schedule": schedule(false),
            "detectionAction": {"alertTemplate": template(false)},
        })
    };
    let mut made = job.object(Kind::Xdr, ready, &text::json(&body("")));
    let yaml = json!({
        "schemaVersion": "1.0.0",
        "apiVersion": "2026-06-01-preview",
        "kind": "CustomDetection",
        "resourceType": "Microsoft.Security/detectionRules",
        "properties": body(&made.id),
    });
    let graph = json!({
        "displayName": subject.named.title,
        "isEnabled": enabled,
        "queryCondition": {"queryText": query},
        "schedule": schedule(true),
        "detectionAction": {"alertTemplate": template(true)},
    });
    let path = |part: &str, ending: &str| format!("xdr/{part}/{}/{}.{ending}", subject.folder, subject.stem);
    let files = vec![
        Artefact { path: path("detections", "yaml"), text: text::yaml(&yaml) },
        Artefact { path: path("graph", "json"), text: text::json(&graph) },
    ];
    made.files = files.iter().map(|file| file.path.clone()).collect();
    Some((made, files))
}

fn severity(level: &str) -> &'static str {
    match level {
        "critical" | "high" => "high",
        "medium" => "medium",
        "low" => "low",
        _ => "informational",
    }
}

/// One tactic with its techniques: Defender's own conversion takes one.
fn tactics(attack: &Attack) -> Vec<Value> {
    let named = attack.microsoft();
    let Some(first) = named.first() else { return Vec::new() };
    let techniques = attack.parents().into_iter().map(|parent| {
        let parts: Vec<&str> = attack
            .techniques
            .iter()
            .map(String::as_str)
            .filter(|technique| technique.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.')))
            .collect();
        object([("technique", Some(json!(parent))), ("subTechniques", some_list(parts))])
    });
    vec![object([("tactic", Some(json!(first))), ("techniques", some_list(techniques))])]
}

fn entities(compiled: &Compiled) -> Option<Value> {
    let own = |name: &str| compiled.shows.iter().find(|shown| shown.column == name);
    let known: Vec<(&str, &str)> =
        ACCOUNTS.iter().filter(|(column, _)| own(column).is_some()).copied().collect();
    let account = if known.is_empty() {
        let actor = column(compiled, Meaning::ActorEmail).or_else(|| column(compiled, Meaning::Actor));
        actor.map(|shown| json!({"id": "account", "nameColumn": shown.column}))
    } else {
        let mut account = Map::from_iter([("id".to_owned(), json!("account"))]);
        account.extend(known.into_iter().map(|(column, member)| (member.to_owned(), json!(column))));
        Some(Value::Object(account))
    };
    let address = column(compiled, Meaning::Address)
        .map(|shown| json!({"id": "address", "addressColumn": shown.column}));
    let mapped = object([
        ("accounts", account.map(|account| json!([account]))),
        ("ips", address.map(|address| json!([address]))),
    ]);
    mapped.as_object().is_some_and(|members| !members.is_empty()).then_some(mapped)
}
