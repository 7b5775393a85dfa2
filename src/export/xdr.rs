//! Microsoft Defender XDR: custom detections, as YAML of a content repository and as the body that the Graph API takes.
//!
//! Members: Azure/Azure-Sentinel `Solutions/*/XDR Detections`, 459ece191c42 (YAML), and
//! `microsoft.graph.security.detectionRule` of Graph beta, f1ae49d4a2d4 (2026-05-25), with the members of its entity
//! mappings; what a rule must have is that of "Create detectionRule" (microsoft-graph-docs-contrib, 4d19f9880b23,
//! 2026-05-25) and of `Tools/SentinelToXDRMigration/sentinel_xdr_migration/converter.py` (Azure/Azure-Sentinel,
//! 459ece191c42), which deploys files of the repository.

use serde_json::{Map, Value, json};

use super::about::{self, connectors};
use super::attack::{self, Attack};
use super::entities::{self, By, Entity};
use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, Object, Subject, codes};
use crate::backend::{Compiled, Schedule};
use crate::diagnostic::Diagnostic;
use crate::schema::Platform;

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

/// Tables over which Defender runs a detection on each event as it comes.
/// Source: as of [`FREQUENCIES`]; tables of sign-ins and of Sentinel are not listed there.
const CONTINUOUS: [&str; 20] = [
    "AlertEvidence",
    "CloudAppEvents",
    "DeviceEvents",
    "DeviceFileCertificateInfo",
    "DeviceFileEvents",
    "DeviceImageLoadEvents",
    "DeviceInfo",
    "DeviceLogonEvents",
    "DeviceNetworkEvents",
    "DeviceNetworkInfo",
    "DeviceProcessEvents",
    "DeviceRegistryEvents",
    "EmailAttachmentInfo",
    "EmailEvents",
    "EmailPostDeliveryEvents",
    "EmailUrlInfo",
    "IdentityDirectoryEvents",
    "IdentityLogonEvents",
    "IdentityQueryEvents",
    "UrlClickEvents",
];

const MAX_QUERY: usize = 10_000;

/// The longest title and description that the conversion writes.
const MAX_TITLE: usize = 120;
const MAX_DESCRIPTION: usize = 600;

/// The lists of entities of which the conversion asks for one. Others can be there besides.
const ASKED: [&str; 4] = ["accounts", "hosts", "ips", "mailboxes"];

/// What versions of detections begin with: the content repository takes those from 3.1.0 on and below 4.
/// Source: its `Tools/SentinelToXDRMigration/README.md`, read in 2026-11; at which commit is not recorded.
const VERSION: &str = "3.1";

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

/// Whether Defender runs the query of a subject, as far as time is concerned.
pub(super) fn runs(subject: &Subject<'_>) -> bool {
    let query = subject.query("kql:xdr");
    query.is_some_and(|(_, compiled)| !own(compiled) && runs_every(3_600, compiled).is_some())
}

/// Whether a query reads Defender's own tables alone.
fn own(compiled: &Compiled) -> bool {
    compiled.reads.iter().all(|read| read.platform == Platform::Xdr)
}

/// The shortest of Defender's schedules that runs as seldom as was asked and looks back far enough.
fn runs_every(asked: u64, compiled: &Compiled) -> Option<Schedule> {
    let scheduled =
        FREQUENCIES.iter().map(|(often, back)| (schedule::of(*often, "Timestamp", compiled), *back));
    scheduled
        .filter(|(schedule, back)| schedule.frequency >= asked.min(86_400) && schedule.look_back <= *back)
        .map(|(schedule, _)| schedule)
        .next()
}

/// When a detection runs, and its query with what keeps a run from reporting again what the one before reported.
struct Run {
    frequency: String,
    look_back: Option<String>,
    query: String,
}

/// A query as Defender runs it on each event as it comes: over one of some tables, without what brings in others, and
/// without comments.
///
/// # Errors
/// A clause for the user: why it does not.
fn continuous(query: &str, compiled: &Compiled) -> Result<String, &'static str> {
    match &compiled.reads[..] {
        [one] if CONTINUOUS.contains(&one.place.as_str()) => {}
        [_] => return Err("Defender does so for some tables, and this is none of them"),
        _ => return Err("Defender does so for one table"),
    }
    let lines: Vec<&str> = query.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let bare = lines.join("\n");
    if ["join", "union", "externaldata"].iter().any(|word| has_word(&bare, word)) {
        return Err("Defender then takes no other tables in a query");
    }
    Ok(bare)
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').any(|part| part == word)
}

fn run(job: &Job<'_>, ready: Ready<'_, '_>, findings: &mut Findings) -> Option<Run> {
    let Ready { at, subject, query, compiled } = ready;
    let own = own(compiled);
    let asked = match job.settings(subject).every {
        Some(Every::Continuous) if compiled.schedule.is_none() && own => match continuous(query, compiled) {
            Ok(query) => return Some(Run { frequency: "PT0S".to_owned(), look_back: None, query }),
            Err(why) => {
                let message = format!("runs every hour and not continuously: {why}");
                findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
                None
            }
        },
        Some(Every::Seconds(seconds)) => Some(seconds),
        Some(Every::Continuous) | None => None,
    };
    let Some(schedule) = runs_every(asked.unwrap_or(3_600), compiled) else {
        let needed = schedule::of(86_400, "Timestamp", compiled).look_back;
        let message =
            format!("Defender looks back 30 days at most, and this needs {}", schedule::short(needed));
        let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
        findings.push((at, finding.help("choose a shorter `timespan`")));
        return None;
    };
    if let Some(asked) = asked.filter(|asked| *asked != schedule.frequency) {
        let message = format!(
            "runs every {} and not every {}: Defender runs a detection every hour, 3 hours, 12 hours or day",
            schedule::short(schedule.frequency),
            schedule::short(asked)
        );
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    let query = match &compiled.schedule {
        Some(_) => schedule::new_windows(query, &schedule),
        None => query.to_owned(),
    };
    let look_back = (!own).then(|| schedule::iso(schedule.look_back));
    Some(Run { frequency: schedule::iso(schedule.frequency), look_back, query })
}

/// Why Defender does not take a detection.
fn refused(ready: Ready<'_, '_>, query: &str, entities: Option<&Value>) -> Option<Diagnostic> {
    let Ready { subject, compiled, .. } = ready;
    let own = own(compiled);
    let length = query.chars().count();
    if subject.named.title.is_empty() {
        let message = "Defender asks for a name, and the rule has no title";
        let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
        return Some(finding.help("give the rule a `title`"));
    }
    if length > MAX_QUERY {
        let message = format!("the query has {length} characters, and Defender takes {MAX_QUERY}");
        let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
        return Some(finding.help("split the rule, or take long lists of values from a watchlist"));
    }
    let has_entity = |entities: &Value| ASKED.iter().any(|list| entities.get(list).is_some());
    if !entities.is_some_and(has_entity) {
        let message = "left out of xdr: Defender asks for an account, an address, a device or a mailbox, and the query shows none";
        let finding = Diagnostic::new(&codes::LEFT_OUT, subject.head, message);
        return Some(finding.help("list such a field under `fields`"));
    }
    if own && compiled.schedule.is_some() {
        let message =
            "left out of xdr: Defender asks for the columns of one event, and a correlation counts several";
        return Some(Diagnostic::new(&codes::LEFT_OUT, subject.head, message));
    }
    if own && !ENTITIES.iter().any(|name| shows(query, name)) {
        let message = "Defender asks for a column that names an account, a device or a mailbox, and the query shows none";
        let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
        return Some(finding.help("list such a field under `fields`"));
    }
    None
}

/// Whether the last projection of a query shows a column: `project A,`, `B = x`.
fn shows(query: &str, column: &str) -> bool {
    query.lines().any(|line| {
        let line = line.trim().trim_start_matches("| ").trim_start_matches("project ");
        line.split(',').any(|part| part.trim().split(" = ").next() == Some(column))
    })
}

fn detection(
    job: &Job<'_>,
    ready: Ready<'_, '_>,
    findings: &mut Findings,
) -> Option<(Object, Vec<Artefact>)> {
    let Ready { at, subject, compiled, .. } = ready;
    if let Some(finding) = ready.without_rule("xdr") {
        findings.push((at, finding));
        return None;
    }
    let Run { frequency, look_back, query } = run(job, ready, findings)?;
    let mut entities = entities::of(compiled);
    let query = entities::with_first(query, &mut entities, MAX_QUERY);
    let entities = mapped(compiled, &entities);
    if let Some(finding) = refused(ready, &query, entities.as_ref()) {
        findings.push((at, finding));
        return None;
    }
    let mut cut = |text: &str, most, what| about::cut(text, most, what, (subject, at), findings);
    let title = cut(&subject.named.title, MAX_TITLE, "the title");
    let finding = about::finding(&subject.description).join("\n\n");
    let finding = if finding.is_empty() { title.clone() } else { finding };
    let description = cut(&finding, MAX_DESCRIPTION, "what Defender says of a detection");
    let advice = about::advice(subject);
    let (tactics, other) = tactics(&subject.attack);
    if !other.is_empty() {
        let message =
            format!("Defender takes one tactic of a detection: {} is under another", other.join(", "));
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    let template = |graph: bool| {
        object([
            ("title", Some(json!(title))),
            ("description", Some(json!(description))),
            ("recommendedActions", (!advice.is_empty()).then(|| json!(advice))),
            ("severity", Some(json!(severity(&subject.level)))),
            ("tactics", some_list(tactics.clone())),
            ("entityMappings", entities.clone()),
            ("eventGroupingKind", graph.then(|| json!("alertPerEvent"))),
        ])
    };
    let enabled = job.enabled(subject);
    let schedule = |graph: bool| {
        object([
            ("frequency", Some(json!(frequency))),
            ("lookback", look_back.as_ref().filter(|_| graph).map(|back| json!(back))),
        ])
    };
    let body = |id: &str, graph: bool| {
        json!({
            "displayName": title,
            "id": id,
            "status": if enabled { "enabled" } else { "disabled" },
            "queryCondition": {"queryText": format!("{query}\n")},
            "schedule": schedule(graph),
            "detectionAction": {"alertTemplate": template(graph)},
        })
    };
    let mut made = job.object(Kind::Xdr, ready, &text::json(&body("", false)));
    let yaml = json!({
        "schemaVersion": "1.0.0",
        "version": format!("{VERSION}.{}", made.version),
        "apiVersion": "2026-06-01-preview",
        "kind": "CustomDetection",
        "resourceType": "Microsoft.Security/detectionRules",
        "requiredDataConnectors": connectors(compiled),
        "properties": body(&made.id, false),
    });
    let graph = body(&made.id, true);
    let path = |part: &str, ending: &str| format!("xdr/{part}/{}.{ending}", subject.place);
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

/// The tactic under which most of the techniques are, with those, and the techniques that are not: Defender takes one
/// tactic, and a technique is under none that ATT&CK does not have it in.
fn tactics(attack: &Attack) -> (Vec<Value>, Vec<&str>) {
    let under: Vec<(&str, Vec<&str>)> =
        attack.microsoft().into_iter().map(|tactic| (tactic, attack.under(tactic))).collect();
    // Of several with as many, the first that is named.
    let most = under.iter().map(|(_, techniques)| techniques.len()).max();
    let Some((tactic, own)) = under.into_iter().find(|(_, own)| Some(own.len()) == most) else {
        return (Vec::new(), Vec::new());
    };
    let other = attack.techniques.iter().map(String::as_str).filter(|name| !own.contains(name)).collect();
    let techniques = attack::parents(&own).into_iter().map(|parent| {
        let parts = own
            .iter()
            .filter(|technique| technique.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.')));
        object([("technique", Some(json!(parent))), ("subTechniques", some_list(parts.copied()))])
    });
    (vec![object([("tactic", Some(json!(tactic))), ("techniques", some_list(techniques))])], other)
}

/// What the alert is about, by the members of `entityMappingConfiguration`: Defender's own columns of an account where
/// the query shows them, else what the fields name.
fn mapped(compiled: &Compiled, entities: &[Entity]) -> Option<Value> {
    let mut mapped: Map<String, Value> = Map::new();
    let mut add = |list: &str, members: Map<String, Value>| {
        let entry = mapped.entry(list).or_insert_with(|| json!([]));
        if let Some(list) = entry.as_array_mut() {
            list.push(Value::Object(members));
        }
    };
    let own = |name: &str| compiled.shows.iter().any(|shown| shown.column == name);
    let known = ACCOUNTS.iter().filter(|(column, _)| own(column));
    let account: Map<String, Value> =
        known.map(|(column, member)| ((*member).to_owned(), json!(column))).collect();
    let has_own = !account.is_empty();
    if has_own {
        add("accounts", with_id("account", account));
    }
    for (at, entity) in entities.iter().enumerate() {
        let (list, id) = match entity.kind {
            entities::Kind::Account if has_own => continue,
            entities::Kind::Account => ("accounts", "account"),
            entities::Kind::Address => ("ips", "address"),
            entities::Kind::Application => ("cloudApplications", "application"),
            entities::Kind::AzureResource => ("azureResources", "resource"),
            entities::Kind::GoogleResource => ("googleCloudResources", "resource"),
            entities::Kind::Host => ("hosts", "host"),
        };
        let columns = entity.columns.iter().map(|(by, column)| {
            let member = match (entity.kind, by) {
                (entities::Kind::Address, _) => "addressColumn",
                (entities::Kind::AzureResource, _) => "resourceIdColumn",
                (entities::Kind::GoogleResource, _) => "fullResourceNameColumn",
                (_, By::DirectoryId) => "aadUserIdColumn",
                // A name alone is not an account there, but with its domain, or as the name that somebody signs in by.
                (entities::Kind::Account, _) => "upnColumn",
                _ => "nameColumn",
            };
            (member.to_owned(), json!(entity.single(column)))
        });
        // The same kind can be there as who acted and as whom it was done to.
        let id = if entity.part == entities::Part::Target { format!("{id}{at}") } else { id.to_owned() };
        add(list, with_id(&id, columns.collect()));
    }
    (!mapped.is_empty()).then_some(Value::Object(mapped))
}

fn with_id(id: &str, members: Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::from_iter([("id".to_owned(), json!(id))]);
    all.extend(members);
    all
}
