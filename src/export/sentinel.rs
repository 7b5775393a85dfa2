//! Microsoft Sentinel: analytics rules and hunting queries as YAML of a content repository, and as ARM templates, which
//! Sentinel's own repository connection deploys.
//!
//! Members and limits are those of the content repository's own checks (Azure/Azure-Sentinel,
//! `.script/tests/detectionTemplateSchemaValidation/Models`, 749f8bfe2a39 and neighbours).

use serde_json::{Value, json};

use super::about::{connectors, description};
use super::entities::{self, By, Entity};
use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, Object, Subject, codes, details, lists};
use crate::backend::{Compiled, Schedule};
use crate::diagnostic::Diagnostic;

const MAX_NAME: usize = 256;
const MAX_QUERY: usize = 10_000;
/// The content repository takes five mappings, the service ten.
const MAX_ENTITIES: usize = 5;
/// The most custom details of an alert, and the longest name of one.
const MAX_DETAILS: usize = 20;
const MAX_DETAIL_KEY: usize = 20;
/// Frequency and look-back.
const MIN_SECONDS: u64 = 300;
const MAX_SECONDS: u64 = 14 * 86_400;
/// A rule that looks back as far as this runs once an hour at most.
const LONG_LOOK_BACK: u64 = 2 * 86_400;

/// How long an incident takes in alerts of overlapping windows.
pub(super) const GROUPED_WITHIN: &str = "PT5H";

/// The files of all rules.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    let all = job.ready(Kind::Sentinel, &mut made.findings);
    for &ready in &all {
        let rule = if is_hunting(ready) {
            Some(hunting(job, ready, &mut made.findings))
        } else {
            analytics(job, ready, &mut made.findings)
        };
        if let Some((object, files)) = rule {
            made.objects.push(object);
            made.files.extend(files);
        }
    }
    lists::watchlists(job, &all, &mut made);
    made
}

/// Whether it is looked for by hand, and no alert.
pub(super) fn is_hunting(ready: Ready<'_, '_>) -> bool {
    ready.subject.level == "informational" && ready.compiled.schedule.is_none()
}

/// By what alerts become one incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupedBy {
    /// All their entities. Without any, all alerts of the rule would be alike.
    Entities,
    /// These custom details: the groups of a correlation that no entity names.
    Details(Vec<String>),
}

impl GroupedBy {
    /// The word of the service.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Entities => "AllEntities",
            Self::Details(_) => "Selected",
        }
    }

    /// The keys of the custom details.
    pub fn details(&self) -> Option<&[String]> {
        match self {
            Self::Entities => None,
            Self::Details(keys) => Some(keys),
        }
    }
}

/// An analytics rule: what all its forms say.
pub(super) struct Rule<'j, 'a> {
    pub ready: Ready<'j, 'a>,
    pub kind: &'static str,
    pub description: String,
    pub severity: &'static str,
    pub query: String,
    pub schedule: Option<Schedule>,
    pub tactics: Vec<&'static str>,
    /// The kind of each entity, with its identifiers and their columns.
    pub entities: Vec<(&'static str, Vec<(&'static str, String)>)>,
    /// Whether each entity is the only one of its column.
    pub one: bool,
    pub details: Vec<(String, String)>,
    pub title_format: Option<String>,
}

fn analytics(
    job: &Job<'_>,
    ready: Ready<'_, '_>,
    findings: &mut Findings,
) -> Option<(Object, Vec<Artefact>)> {
    let rule = Rule::new(job, ready, findings)?;
    let subject = ready.subject;
    let unversioned = rule.yaml("", job.enabled(subject), "");
    let mut object = job.object(Kind::Sentinel, ready, &text::json(&unversioned));
    let version = format!("1.0.{}", object.version);
    let yaml = text::yaml(&rule.yaml(&object.id, object.enabled, &version));
    let arm = text::json(&rule.template(&object.id, rule.properties(object.enabled, &version)));
    let files = vec![
        Artefact { path: path("rules", subject, "yaml"), text: yaml },
        Artefact { path: path("arm", subject, "json"), text: arm },
    ];
    object.files = files.iter().map(|file| file.path.clone()).collect();
    Some((object, files))
}

/// When a rule runs; `None` in place of times for one that runs on each event.
fn times(job: &Job<'_>, ready: Ready<'_, '_>, findings: &mut Findings) -> Option<Schedule> {
    let Ready { at, subject, compiled, .. } = ready;
    let asked = match job.settings(subject).every.unwrap_or_default() {
        // A near-real-time rule looks at single events alone.
        Every::Continuous if compiled.schedule.is_none() => return None,
        Every::Continuous => MIN_SECONDS,
        Every::Seconds(every) => every,
    };
    let schedule = scheduled(asked, compiled);
    if schedule.frequency != asked {
        let message = format!(
            "runs every {} and not every {}: Sentinel runs what looks back {} or more once an hour at most",
            schedule::short(schedule.frequency),
            schedule::short(asked),
            schedule::short(LONG_LOOK_BACK)
        );
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    Some(schedule)
}

/// Why Sentinel does not take a schedule. What looks back too far goes to Defender where that is exported too.
fn refused_times(ready: Ready<'_, '_>, schedule: &Schedule) -> Option<Diagnostic> {
    let refuse = |message: &str, help: &str| {
        Some(Diagnostic::new(&codes::LIMIT, ready.subject.head, message.to_owned()).help(help))
    };
    let Schedule { frequency, look_back, .. } = *schedule;
    if look_back > MAX_SECONDS && super::xdr::runs(ready.subject) {
        let message =
            "left out of sentinel, which looks back 14 days at most: the custom detection looks back further";
        return Some(Diagnostic::new(&codes::LEFT_OUT, ready.subject.head, message));
    }
    if look_back > MAX_SECONDS {
        let message =
            format!("Sentinel looks back 14 days at most, and this needs {}", schedule::short(look_back));
        return refuse(
            &message,
            "choose a shorter `timespan`, or export the kind `xdr`, which looks back 30 days",
        );
    }
    if frequency < MIN_SECONDS {
        return refuse(
            "Sentinel runs a rule every 5 minutes at most",
            "set `every` to `5m` or more, or to `continuous`",
        );
    }
    None
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

impl<'j, 'a> Rule<'j, 'a> {
    /// The rule, where Sentinel takes it.
    pub fn new(job: &Job<'_>, ready: Ready<'j, 'a>, findings: &mut Findings) -> Option<Self> {
        let Ready { at, subject, query, compiled } = ready;
        let schedule = times(job, ready, findings);
        let mut entities = entities::of(compiled);
        let query =
            schedule.as_ref().map_or_else(|| query.to_owned(), |schedule| bounded(query, schedule, compiled));
        let query = entities::with_first(query, &mut entities, MAX_QUERY);
        if let Some(finding) = ready.without_rule("sentinel") {
            findings.push((at, finding));
            return None;
        }
        let mut refused = limits(subject, &query);
        refused.extend(schedule.as_ref().and_then(|schedule| refused_times(ready, schedule)));
        if !refused.is_empty() {
            findings.extend(refused.into_iter().map(|finding| (at, finding)));
            return None;
        }
        let details = details::of(compiled, MAX_DETAIL_KEY);
        if details.len() > MAX_DETAILS {
            let message = format!("shows {MAX_DETAILS} of {} columns as custom details", details.len());
            let finding = Diagnostic::new(&codes::SAYS_LESS, subject.head, message);
            findings.push((at, finding.help("the first of `fields` go in; the result of the query has all")));
        }
        Some(Self {
            ready,
            kind: if schedule.is_some() { "Scheduled" } else { "NRT" },
            description: description(subject, at, findings),
            severity: severity(&subject.level),
            query,
            schedule,
            tactics: tactics(subject, at, findings),
            title_format: entities::acted(&entities, entities::Kind::Account)
                .filter(|actor| !actor.each)
                .and_then(|actor| actor.columns.first())
                .and_then(|(_, column)| title_format(subject, column)),
            one: entities.iter().all(|entity| !entity.each),
            entities: mapped(&entities),
            details: details.into_iter().take(MAX_DETAILS).collect(),
        })
    }

    /// By what alerts become one incident: windows that overlap are one thing to look at, where they are about the same.
    /// One case can have several alerts then; `None` where alerts are of single events, or show nothing to compare.
    pub fn grouped_by(&self) -> Option<GroupedBy> {
        self.ready.compiled.schedule.as_ref()?;
        if self.one && !self.entities.is_empty() {
            return Some(GroupedBy::Entities);
        }
        // The first of several values need not be the first of the next window's.
        let keys: Vec<String> = self.details.iter().map(|(key, _)| key.clone()).collect();
        (!keys.is_empty()).then_some(GroupedBy::Details(keys))
    }

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
        some_list(self.entities.iter().map(|(kind, identifiers)| {
            let fields = identifiers
                .iter()
                .map(|(identifier, column)| json!({"identifier": identifier, "columnName": column}));
            json!({"entityType": kind, "fieldMappings": fields.collect::<Vec<_>>()})
        }))
    }

    fn custom_details(&self) -> Option<Value> {
        let details: Vec<(String, Value)> =
            self.details.iter().map(|(key, column)| (key.clone(), json!(column))).collect();
        (!details.is_empty()).then(|| Value::Object(details.into_iter().collect()))
    }

    /// How alerts become incidents.
    fn incidents(&self) -> Value {
        let grouping = self.grouped_by().map(|by| {
            object([
                ("enabled", Some(json!(true))),
                ("reopenClosedIncident", Some(json!(false))),
                ("lookbackDuration", Some(json!(GROUPED_WITHIN))),
                ("matchingMethod", Some(json!(by.method()))),
                ("groupByCustomDetails", by.details().map(|keys| json!(keys))),
            ])
        });
        object([("createIncident", Some(json!(true))), ("groupingConfiguration", grouping)])
    }

    /// The ARM template. A version without the name of a template is refused by the service's own check.
    fn template(&self, id: &str, mut properties: Value) -> Value {
        if let Some(members) = properties.as_object_mut() {
            members.insert("alertRuleTemplateName".to_owned(), json!(id));
        }
        text::template(id, Some(self.kind), "alertRules", properties)
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
            ("incidentConfiguration", Some(self.incidents())),
            ("templateVersion", Some(json!(version))),
        ]))
    }
}

fn path(part: &str, subject: &Subject<'_>, ending: &str) -> String {
    format!("sentinel/{part}/{}.{ending}", subject.place)
}

fn scheduled(every: u64, compiled: &Compiled) -> Schedule {
    let schedule = schedule::of(every, "TimeGenerated", compiled);
    if schedule.look_back >= LONG_LOOK_BACK && every < 3_600 {
        return schedule.every(3_600);
    }
    schedule
}

/// The query, with what keeps a run from reporting again what the one before reported: rows that came since, or, of a
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
    schedule::new_windows(query, schedule)
}

fn limits(subject: &Subject<'_>, query: &str) -> Vec<Diagnostic> {
    let title = subject.named.title.chars().count();
    let mut found = Vec::new();
    if title == 0 {
        let message = "Sentinel asks for a name, and the rule has no title";
        let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
        found.push(finding.help("give the rule a `title`"));
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
            let message = format!("{what} has {length} characters, and Sentinel takes {most}");
            found.push(Diagnostic::new(&codes::LIMIT, subject.head, message).help(help));
        }
    }
    found
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

/// The entities that Sentinel knows, by its names.
fn mapped(entities: &[Entity]) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let known = entities.iter().filter_map(|entity| {
        let kind = match entity.kind {
            entities::Kind::Account => "Account",
            entities::Kind::Address => "IP",
            entities::Kind::Application => "CloudApplication",
            entities::Kind::AzureResource => "AzureResource",
            entities::Kind::Host => "Host",
            entities::Kind::GoogleResource => return None,
        };
        let columns = entity.columns.iter().map(|(by, column)| {
            let identifier = match (entity.kind, by) {
                (entities::Kind::Address, _) => "Address",
                (entities::Kind::AzureResource, _) => "ResourceId",
                (entities::Kind::Host, _) => "HostName",
                (_, By::DirectoryId) => "AadUserId",
                (entities::Kind::Account, By::FullName) => "FullName",
                _ => "Name",
            };
            (identifier, entity.single(column))
        });
        Some((kind, columns.collect()))
    });
    known.take(MAX_ENTITIES).collect()
}

/// The title with who did it. A title with braces would ask for columns itself.
fn title_format(subject: &Subject<'_>, actor: &str) -> Option<String> {
    let format = format!("{} by {{{{{actor}}}}}", subject.named.title);
    let plain = !subject.named.title.contains(['{', '}']);
    (plain && format.chars().count() <= MAX_NAME).then_some(format)
}
