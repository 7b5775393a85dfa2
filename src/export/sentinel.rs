//! Microsoft Sentinel: analytics rules and hunting queries as YAML of a content repository, and as ARM templates, which
//! Sentinel's own repository connection deploys.
//!
//! Members and limits are those of the content repository's own checks (Azure/Azure-Sentinel,
//! `.script/tests/detectionTemplateSchemaValidation/Models`, 749f8bfe2a39 and neighbours).

use serde_json::{Value, json};

use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, Object, Subject, codes};
use crate::backend::{Compiled, Schedule, Shown};
use crate::diagnostic::Diagnostic;
use crate::schema::Meaning;

const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 5_000;
const MAX_QUERY: usize = 10_000;
/// The content repository takes five mappings, the service ten.
const MAX_ENTITIES: usize = 5;
const MAX_DETAILS: usize = 20;
const MAX_DETAIL_KEY: usize = 20;
/// Frequency and look-back.
const MIN_SECONDS: u64 = 300;
const MAX_SECONDS: u64 = 14 * 86_400;
/// A rule that looks back as far as this runs once an hour at most.
const LONG_LOOK_BACK: u64 = 2 * 86_400;

/// The version of the resource provider. Its rules have techniques without their parts.
const API: &str = "2023-02-01";

/// The files of all rules.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    for ready in job.ready(Kind::Sentinel, &mut made.findings) {
        let rule = if ready.subject.level == "informational" && ready.compiled.schedule.is_none() {
            Some(hunting(job, ready, &mut made.findings))
        } else {
            analytics(job, ready, &mut made.findings)
        };
        if let Some((object, files)) = rule {
            made.objects.push(object);
            made.files.extend(files);
        }
    }
    made
}

/// What both forms of a rule say.
struct Rule<'j, 'a> {
    ready: Ready<'j, 'a>,
    kind: &'static str,
    description: String,
    severity: &'static str,
    query: String,
    schedule: Option<Schedule>,
    tactics: Vec<&'static str>,
    entities: Vec<(&'static str, &'static str, String)>,
    details: Vec<(String, String)>,
    title_format: Option<String>,
}

fn analytics(
    job: &Job<'_>,
    ready: Ready<'_, '_>,
    findings: &mut Findings,
) -> Option<(Object, Vec<Artefact>)> {
    let Ready { at, subject, query, compiled } = ready;
    let every = job.settings(subject).every.unwrap_or_default();
    let schedule = match every {
        // A near-real-time rule looks at single events alone.
        Every::Continuous if compiled.schedule.is_none() => None,
        Every::Continuous => Some(scheduled(MIN_SECONDS, compiled)),
        Every::Seconds(every) => Some(scheduled(every, compiled)),
    };
    let query =
        schedule.as_ref().map_or_else(|| query.to_owned(), |schedule| bounded(query, schedule, compiled));
    let before = findings.len();
    let refuse =
        |message: String, help: &str| (at, Diagnostic::new(&codes::LIMIT, subject.head, message).help(help));
    limits(subject, &query, &refuse, findings);
    if let Some(schedule) = &schedule {
        if schedule.look_back > MAX_SECONDS {
            let message = format!(
                "Sentinel looks back 14 days at most, and this needs {}",
                schedule::short(schedule.look_back)
            );
            findings.push(refuse(message, "choose a shorter `timespan`"));
        }
        if schedule.frequency < MIN_SECONDS {
            findings.push(refuse(
                "Sentinel runs a rule every 5 minutes at most".to_owned(),
                "set `every` to `5m` or more, or to `continuous`",
            ));
        }
    }
    if findings.len() > before {
        return None;
    }
    let rule = Rule {
        ready,
        kind: if schedule.is_some() { "Scheduled" } else { "NRT" },
        description: description(subject, at, findings),
        severity: severity(&subject.level),
        query,
        schedule,
        tactics: tactics(subject, at, findings),
        entities: entities(compiled),
        details: details(compiled),
        title_format: title_format(subject, compiled),
    };
    let unversioned = rule.yaml("", job.enabled(subject), "");
    let mut object = job.object(Kind::Sentinel, ready, &text::json(&unversioned));
    let version = format!("1.0.{}", object.version);
    let yaml = text::yaml(&rule.yaml(&object.id, object.enabled, &version));
    let arm =
        text::json(&template(&object.id, rule.kind, "alertRules", rule.properties(object.enabled, &version)));
    let files = vec![
        Artefact { path: path("rules", subject, "yaml"), text: yaml },
        Artefact { path: path("arm", subject, "json"), text: arm },
    ];
    object.files = files.iter().map(|file| file.path.clone()).collect();
    Some((object, files))
}

fn hunting(job: &Job<'_>, ready: Ready<'_, '_>, findings: &mut Findings) -> (Object, Vec<Artefact>) {
    let Ready { at, subject, query, compiled } = ready;
    let description = description(subject, at, findings);
    let tactics = tactics(subject, at, findings);
    let yaml = |id: &str, version: &str| {
        object([
            ("id", Some(json!(id))),
            ("name", Some(json!(text::shortened(&subject.named.title, MAX_NAME)))),
            ("description", Some(json!(description))),
            ("requiredDataConnectors", Some(connectors(compiled))),
            ("tactics", some_list(tactics.iter().copied())),
            ("relevantTechniques", some_list(subject.attack.techniques.iter().map(String::as_str))),
            ("query", Some(json!(format!("{query}\n")))),
            ("version", Some(json!(version))),
        ])
    };
    let mut object = job.object(Kind::Sentinel, ready, &text::json(&yaml("", "")));
    let version = format!("1.0.{}", object.version);
    let tag = |name: &str, value: String| json!({"name": name, "value": value});
    let properties = text::arm(json!({
        "category": "Hunting Queries",
        "displayName": text::shortened(&subject.named.title, MAX_NAME),
        "query": query,
        "version": 2,
        "tags": [
            tag("description", description.clone()),
            tag("tactics", tactics.join(",")),
            tag("techniques", subject.attack.techniques.join(",")),
        ],
    }));
    let arm = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [{
            "type": "Microsoft.OperationalInsights/workspaces/savedSearches",
            "apiVersion": "2020-08-01",
            "name": format!("[concat(parameters('workspace'), '/{}')]", object.id),
            "properties": properties,
        }],
    });
    let files = vec![
        Artefact { path: path("hunting", subject, "yaml"), text: text::yaml(&yaml(&object.id, &version)) },
        Artefact { path: path("arm", subject, "json"), text: text::json(&arm) },
    ];
    object.files = files.iter().map(|file| file.path.clone()).collect();
    // A hunting query runs when somebody runs it.
    object.enabled = true;
    (object, files)
}

impl Rule<'_, '_> {
    fn yaml(&self, id: &str, enabled: bool, version: &str) -> Value {
        let Ready { subject, compiled, .. } = self.ready;
        let scheduled = |value: Value| self.schedule.as_ref().map(|_| value);
        let times = self
            .schedule
            .as_ref()
            .map(|schedule| (schedule::short(schedule.frequency), schedule::short(schedule.look_back)));
        object([
            ("id", Some(json!(id))),
            ("name", Some(json!(subject.named.title))),
            ("version", Some(json!(version))),
            ("kind", Some(json!(self.kind))),
            ("description", Some(json!(self.description))),
            ("severity", Some(json!(self.severity))),
            ("enabled", (!enabled).then_some(json!(false))),
            ("requiredDataConnectors", Some(connectors(compiled))),
            ("queryFrequency", times.as_ref().map(|(every, _)| json!(every))),
            ("queryPeriod", times.as_ref().map(|(_, period)| json!(period))),
            ("triggerOperator", scheduled(json!("gt"))),
            ("triggerThreshold", scheduled(json!(0))),
            ("tactics", some_list(self.tactics.iter().copied())),
            (
                "relevantTechniques",
                some_list(subject.attack.techniques.iter().map(String::as_str))
                    .filter(|_| !self.tactics.is_empty()),
            ),
            ("query", Some(json!(format!("{}\n", self.query)))),
            ("entityMappings", self.entity_mappings()),
            ("customDetails", self.custom_details()),
            (
                "alertDetailsOverride",
                self.title_format.as_ref().map(|format| json!({"alertDisplayNameFormat": format})),
            ),
            ("eventGroupingSettings", Some(json!({"aggregationKind": "AlertPerResult"}))),
        ])
    }

    fn entity_mappings(&self) -> Option<Value> {
        some_list(self.entities.iter().map(|(kind, identifier, column)| {
            json!({"entityType": kind, "fieldMappings": [{"identifier": identifier, "columnName": column}]})
        }))
    }

    fn custom_details(&self) -> Option<Value> {
        let details: Vec<(String, Value)> =
            self.details.iter().map(|(key, column)| (key.clone(), json!(column))).collect();
        (!details.is_empty()).then(|| Value::Object(details.into_iter().collect()))
    }

    /// The properties of the ARM resource.
    fn properties(&self, enabled: bool, version: &str) -> Value {
        let Ready { subject, .. } = self.ready;
        let scheduled = |value: Value| self.schedule.as_ref().map(|_| value);
        text::arm(object([
            ("displayName", Some(json!(subject.named.title))),
            ("description", Some(json!(self.description))),
            ("severity", Some(json!(self.severity))),
            ("enabled", Some(json!(enabled))),
            ("query", Some(json!(self.query))),
            (
                "queryFrequency",
                self.schedule.as_ref().map(|schedule| json!(schedule::iso(schedule.frequency))),
            ),
            ("queryPeriod", self.schedule.as_ref().map(|schedule| json!(schedule::iso(schedule.look_back)))),
            ("triggerOperator", scheduled(json!("GreaterThan"))),
            ("triggerThreshold", scheduled(json!(0))),
            ("suppressionDuration", Some(json!("PT5H"))),
            ("suppressionEnabled", Some(json!(false))),
            ("tactics", some_list(self.tactics.iter().copied())),
            ("techniques", some_list(subject.attack.parents()).filter(|_| !self.tactics.is_empty())),
            ("entityMappings", self.entity_mappings()),
            ("customDetails", self.custom_details()),
            (
                "alertDetailsOverride",
                self.title_format.as_ref().map(|format| json!({"alertDisplayNameFormat": format})),
            ),
            ("eventGroupingSettings", Some(json!({"aggregationKind": "AlertPerResult"}))),
            ("incidentConfiguration", Some(json!({"createIncident": true}))),
            ("templateVersion", Some(json!(version))),
        ]))
    }
}

/// An ARM template with one resource of Sentinel.
fn template(id: &str, kind: &str, resource: &str, mut properties: Value) -> Value {
    // A version without the name of a template is refused by the service's own check.
    if let Some(members) = properties.as_object_mut() {
        members.insert("alertRuleTemplateName".to_owned(), json!(id));
    }
    let provider = "Microsoft.OperationalInsights/workspaces/providers";
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [{
            "id": format!("[concat(resourceId('{provider}', parameters('workspace'), 'Microsoft.SecurityInsights'), '/{resource}/{id}')]"),
            "name": format!("[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{id}')]"),
            "type": format!("{provider}/{resource}"),
            "kind": kind,
            "apiVersion": API,
            "properties": properties,
        }],
    })
}

fn path(part: &str, subject: &Subject<'_>, ending: &str) -> String {
    format!("sentinel/{part}/{}/{}.{ending}", subject.folder, subject.stem)
}

fn scheduled(every: u64, compiled: &Compiled) -> Schedule {
    let schedule = schedule::of(every, "TimeGenerated", compiled);
    if schedule.look_back >= LONG_LOOK_BACK && every < 3_600 {
        return schedule.every(3_600);
    }
    schedule
}

/// The query, with what keeps a run from telling again what the one before told: rows that came since, or, of a
/// correlation, windows that ended in the time that no other run looks at.
fn bounded(query: &str, schedule: &Schedule, compiled: &Compiled) -> String {
    let every = schedule::short(schedule.frequency);
    let is_name = |line: &&str| {
        !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let first = query.lines().find(|line| !line.starts_with("//"));
    if let (None, Some(table)) = (&compiled.schedule, first.filter(is_name)) {
        let head: usize =
            query.lines().take_while(|line| line.starts_with("//")).map(|line| line.len() + 1).sum();
        let (before, after) = query.split_at((head + table.len()).min(query.len()));
        return format!("{before}\n| where ingestion_time() > ago({every}){after}");
    }
    let (from, late) = (schedule::short(schedule.told_since()), schedule::short(schedule.delay));
    let time = schedule.time;
    format!("{query}\n| where {time} > ago({from})\n    and {time} <= ago({late})")
}

fn limits(
    subject: &Subject<'_>,
    query: &str,
    refuse: &dyn Fn(String, &str) -> (usize, Diagnostic),
    findings: &mut Findings,
) {
    let title = subject.named.title.chars().count();
    if title == 0 {
        findings.push(refuse(
            "Sentinel asks for a name, and the rule has no title".to_owned(),
            "give the rule a `title`",
        ));
    }
    for (what, length, most, help) in [
        ("the title", title, MAX_NAME, "shorten the title"),
        (
            "the query",
            query.chars().count(),
            MAX_QUERY,
            "split the rule, or take long lists of values from a watchlist",
        ),
    ] {
        if length > most {
            findings.push(refuse(format!("{what} has {length} characters, and Sentinel takes {most}"), help));
        }
    }
}

/// The description, with what an analyst finds nowhere else in Sentinel.
pub(super) fn description(subject: &Subject<'_>, at: usize, findings: &mut Findings) -> String {
    let mut text = if subject.description.is_empty() {
        subject.named.title.clone()
    } else {
        subject.description.clone()
    };
    if !subject.false_positives.is_empty() {
        text.push_str("\n\nFalse positives:");
        for one in &subject.false_positives {
            text.push_str("\n- ");
            text.push_str(one);
        }
    }
    if text.chars().count() > MAX_DESCRIPTION {
        let message = format!("the description is cut to {MAX_DESCRIPTION} characters");
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    text::shortened(&text, MAX_DESCRIPTION)
}

pub(super) fn severity(level: &str) -> &'static str {
    match level {
        "critical" | "high" => "High",
        "medium" => "Medium",
        "low" => "Low",
        _ => "Informational",
    }
}

fn tactics(subject: &Subject<'_>, at: usize, findings: &mut Findings) -> Vec<&'static str> {
    let tactics = subject.attack.microsoft();
    if tactics.is_empty() && !subject.attack.techniques.is_empty() {
        let message = "Sentinel shows techniques under their tactics alone, and the tags have no tactic";
        let finding = Diagnostic::new(&codes::SAYS_LESS, subject.head, message);
        findings.push((at, finding.help("add a tag such as `attack.persistence`")));
    }
    tactics
}

fn connectors(compiled: &Compiled) -> Value {
    let mut list: Vec<Value> = Vec::new();
    for read in &compiled.reads {
        for id in &read.connectors {
            let known = list.iter_mut().find(|entry| entry["connectorId"] == id.as_str());
            match known.and_then(|entry| entry["dataTypes"].as_array_mut()) {
                Some(types) if types.contains(&json!(read.place)) => {}
                Some(types) => types.push(json!(read.place)),
                None => list.push(json!({"connectorId": id, "dataTypes": [read.place]})),
            }
        }
    }
    Value::Array(list)
}

/// The first column that holds a meaning as one value.
pub(super) fn column(compiled: &Compiled, meaning: Meaning) -> Option<&Shown> {
    compiled.shows.iter().find(|shown| shown.scalar && shown.meaning == Some(meaning))
}

fn entities(compiled: &Compiled) -> Vec<(&'static str, &'static str, String)> {
    let mut found = Vec::new();
    for (kind, identifier, meanings) in [
        ("Account", "FullName", &[Meaning::ActorEmail, Meaning::Actor][..]),
        ("Account", "FullName", &[Meaning::Target]),
        ("IP", "Address", &[Meaning::Address]),
    ] {
        let shown = meanings.iter().find_map(|meaning| column(compiled, *meaning));
        found.extend(shown.map(|shown| (kind, identifier, shown.column.clone())));
    }
    found.truncate(MAX_ENTITIES);
    found
}

/// Columns that an alert shows, by what they mean.
fn details(compiled: &Compiled) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for shown in compiled.shows.iter().filter(|shown| shown.scalar) {
        let Some(meaning) = shown.meaning else { continue };
        let key: String = meaning.word().split('_').map(capitalised).collect();
        let key: String = key.chars().take(MAX_DETAIL_KEY).collect();
        if found.len() < MAX_DETAILS && found.iter().all(|(known, _)| *known != key) {
            found.push((key, shown.column.clone()));
        }
    }
    found
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// The title with who did it. A title with braces would ask for columns itself.
fn title_format(subject: &Subject<'_>, compiled: &Compiled) -> Option<String> {
    let actor = column(compiled, Meaning::ActorEmail).or_else(|| column(compiled, Meaning::Actor))?;
    let format = format!("{} by {{{{{}}}}}", subject.named.title, actor.column);
    let plain = !subject.named.title.contains(['{', '}']);
    (plain && format.chars().count() <= MAX_NAME).then_some(format)
}
