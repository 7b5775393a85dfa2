//! Terraform: the rules of Sentinel, the searches of Splunk and the saved queries of `CloudWatch` as resources, in one
//! module for each platform.
//!
//! Resources and arguments: `azurerm_sentinel_alert_rule_scheduled` (hashicorp/azurerm, 69697b7), `splunk_configs_conf`
//! (splunk/splunk), `aws_cloudwatch_query_definition` (hashicorp/aws). `splunk_saved_searches` has no arguments for
//! notables, risk and the time of indexing, so that stanzas are written as stanzas.
//!
//! Files are in HCL and not in JSON, because a query is read in reviews, and JSON has it on one line.

use std::collections::BTreeSet;

use serde_json::json;

use super::hcl::{Block, Expr, Item};
use super::job::{Job, Ready};
use super::layout::distinct;
use super::{Artefact, Kind, Made, Object, Subject, cloudwatch, codes, schedule, sentinel, splunk, text};
use crate::diagnostic::Diagnostic;

/// A platform: its kind, the provider with its source, and the variables of its module.
struct Platform {
    kind: Kind,
    provider: &'static str,
    source: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

const PLATFORMS: [Platform; 3] = [
    Platform {
        kind: Kind::Sentinel,
        provider: "azurerm",
        source: "hashicorp/azurerm",
        variables: &[("log_analytics_workspace_id", "The workspace of Sentinel, as the path of a resource")],
    },
    Platform {
        kind: Kind::Splunk,
        provider: "splunk",
        source: "splunk/splunk",
        variables: &[("app", "The app that the searches belong to")],
    },
    Platform { kind: Kind::CloudWatch, provider: "aws", source: "hashicorp/aws", variables: &[] },
];

/// The name of the file that says what a module needs.
const MODULE: &str = "sigmata";

/// The files of all rules.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    for platform in &PLATFORMS {
        let before = made.objects.len();
        // The module's own file.
        let mut taken = BTreeSet::from([MODULE.to_owned()]);
        for ready in job.ready(platform.kind, &mut made.findings) {
            let blocks = match platform.kind {
                Kind::Sentinel => sentinel_rule(job, ready, &mut made),
                Kind::Splunk => splunk_search(job, ready, &mut made),
                _ => cloudwatch_query(job, ready, &mut made),
            };
            let Some((mut object, blocks)) = blocks else { continue };
            // A module is one folder: it has no folders in it.
            let subject = ready.subject;
            let name = distinct(&mut taken, &subject.place.replace('/', "."), &subject.named.id);
            let path = format!("terraform/{}/{name}.tf", platform.kind.name());
            object.files = vec![path.clone()];
            made.files.push(Artefact { path, text: Block::file(&blocks) });
            made.objects.push(object);
        }
        if made.objects.len() > before {
            made.files.push(platform.module());
        }
    }
    made
}

impl Platform {
    /// The file that says what the module needs.
    fn module(&self) -> Artefact {
        let needed = Expr::Map(vec![("source".to_owned(), self.source.to_owned())]);
        let providers = Block::new("required_providers", vec![Item::Set(self.provider, needed)]);
        let mut blocks = vec![Block::new("terraform", vec![Item::Block(providers)])];
        blocks.extend(self.variables.iter().map(|(name, about)| Block {
            kind: "variable",
            labels: vec![(*name).to_owned()],
            items: vec![
                Item::Set("type", Expr::Reference("string")),
                Item::Set("description", Expr::Text((*about).to_owned())),
            ],
        }));
        Artefact { path: format!("terraform/{}/{MODULE}.tf", self.kind.name()), text: Block::file(&blocks) }
    }
}

/// The object of a resource, with the identifier that it has where the platform's own files are deployed.
fn object(job: &Job<'_>, kind: Kind, ready: Ready<'_, '_>, content: &str) -> Object {
    job.object_in(Kind::Terraform, kind.name(), ready, content)
}

/// A name of a resource: letters, digits and `_`, and a letter first.
fn label(subject: &Subject<'_>) -> String {
    let fits = |char: char| if char.is_ascii_alphanumeric() || "_-".contains(char) { char } else { '_' };
    format!("{}_{}", subject.folder, subject.stem).chars().map(fits).collect::<String>().to_lowercase()
}

fn resource(kind: &str, subject: &Subject<'_>, items: Vec<Item>) -> Block {
    let label = label(subject);
    let begins = label.starts_with(|char: char| char.is_ascii_alphabetic());
    let label = if begins { label } else { format!("rule_{label}") };
    Block { kind: "resource", labels: vec![kind.to_owned(), label], items }
}

fn owned<T: AsRef<str>>(texts: &[T]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

fn sentinel_rule(job: &Job<'_>, ready: Ready<'_, '_>, made: &mut Made) -> Option<(Object, Vec<Block>)> {
    let subject = ready.subject;
    let left = |message: &str| Diagnostic::new(&codes::LEFT_OUT, subject.head, message);
    if sentinel::is_hunting(ready) {
        made.findings.push((ready.at, left("left out of terraform: it has no resource for hunting queries")));
        return None;
    }
    let rule = sentinel::Rule::new(job, ready, &mut made.findings)?;
    let Some(times) = &rule.schedule else {
        made.findings.push((ready.at, left("left out of terraform: only scheduled rules are written there")));
        return None;
    };
    let text = |text: &str| Expr::Text(text.to_owned());
    let items = |name: &str| {
        let mut items = vec![
            Item::Set("name", text(name)),
            Item::Set("log_analytics_workspace_id", Expr::Reference("var.log_analytics_workspace_id")),
            Item::Set("display_name", text(&subject.named.title)),
            Item::Set("severity", text(rule.severity)),
            Item::Set("enabled", Expr::Flag(job.enabled(subject))),
            Item::Set("query_frequency", Expr::Text(schedule::iso(times.frequency))),
            Item::Set("query_period", Expr::Text(schedule::iso(times.look_back))),
            Item::Set("trigger_operator", text("GreaterThan")),
            Item::Set("trigger_threshold", Expr::Number(0)),
            Item::Set("suppression_enabled", Expr::Flag(false)),
            Item::Set("suppression_duration", text("PT5H")),
        ];
        if !rule.tactics.is_empty() {
            items.push(Item::Set("tactics", Expr::List(owned(&rule.tactics))));
            items.push(Item::Set("techniques", Expr::List(owned(&subject.attack.parents()))));
        }
        items.push(Item::Set("description", text(&rule.description)));
        items.push(Item::Set("query", Expr::Text(format!("{}\n", rule.query))));
        if !rule.details.is_empty() {
            items.push(Item::Set("custom_details", Expr::Map(rule.details.clone())));
        }
        items.extend(sentinel_blocks(&rule));
        items
    };
    let kind = "azurerm_sentinel_alert_rule_scheduled";
    let object = object(job, Kind::Sentinel, ready, &Block::file(&[resource(kind, subject, items(""))]));
    let block = resource(kind, subject, items(&object.id));
    Some((object, vec![block]))
}

fn sentinel_blocks(rule: &sentinel::Rule<'_, '_>) -> Vec<Item> {
    let text = |text: &str| Expr::Text(text.to_owned());
    let block = |kind: &'static str, items: Vec<Item>| Item::Block(Block::new(kind, items));
    let mut blocks: Vec<Item> = rule
        .entities
        .iter()
        .map(|(entity, identifiers)| {
            let mut items = vec![Item::Set("entity_type", text(entity))];
            items.extend(identifiers.iter().map(|(identifier, column)| {
                let fields =
                    vec![Item::Set("identifier", text(identifier)), Item::Set("column_name", text(column))];
                block("field_mapping", fields)
            }));
            block("entity_mapping", items)
        })
        .collect();
    if let Some(format) = &rule.title_format {
        blocks.push(block("alert_details_override", vec![Item::Set("display_name_format", text(format))]));
    }
    blocks.push(block("event_grouping", vec![Item::Set("aggregation_method", text("AlertPerResult"))]));
    let mut incident = vec![Item::Set("create_incident_enabled", Expr::Flag(true))];
    let by = rule.grouped_by();
    let method = by.as_ref().map_or("AllEntities", sentinel::GroupedBy::method);
    let mut grouping = vec![
        Item::Set("enabled", Expr::Flag(by.is_some())),
        Item::Set("lookback_duration", text(sentinel::GROUPED_WITHIN)),
        Item::Set("reopen_closed_incidents", Expr::Flag(false)),
        Item::Set("entity_matching_method", text(method)),
    ];
    if let Some(keys) = by.as_ref().and_then(sentinel::GroupedBy::details) {
        grouping.push(Item::Set("by_custom_details", Expr::List(owned(keys))));
    }
    incident.push(block("grouping", grouping));
    blocks.push(block("incident", incident));
    blocks
}

fn splunk_search(job: &Job<'_>, ready: Ready<'_, '_>, made: &mut Made) -> Option<(Object, Vec<Block>)> {
    let subject = ready.subject;
    let search = splunk::Search::new(job, ready, &mut made.findings)?;
    let stanza = |name: &str, variables: Vec<(String, String)>| {
        let acl = vec![Item::Set("app", Expr::Reference("var.app"))];
        vec![
            Item::Set("name", Expr::Text(name.to_owned())),
            Item::Set("variables", Expr::Map(variables)),
            Item::Block(Block::new("acl", acl)),
        ]
    };
    let settings = search.settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut filter = resource(
        "splunk_configs_conf",
        subject,
        stanza(&format!("macros/{}", search.filter), vec![("definition".to_owned(), "search *".to_owned())]),
    );
    if let Some(label) = filter.labels.last_mut() {
        label.push_str("_filter");
    }
    let blocks = vec![
        resource("splunk_configs_conf", subject, stanza(&format!("savedsearches/{}", search.name), settings)),
        filter,
    ];
    Some((object(job, Kind::Splunk, ready, &Block::file(&blocks)), blocks))
}

fn cloudwatch_query(job: &Job<'_>, ready: Ready<'_, '_>, made: &mut Made) -> Option<(Object, Vec<Block>)> {
    let name = cloudwatch::name(ready, &mut made.findings)?;
    let mut items = vec![Item::Set("name", Expr::Text(name))];
    let groups: Vec<&str> = ready.compiled.reads.iter().map(|read| read.place.as_str()).collect();
    if !groups.is_empty() {
        items.push(Item::Set("log_group_names", Expr::List(owned(&groups))));
    }
    items.push(Item::Set("query_string", Expr::Text(ready.query.to_owned())));
    let blocks = vec![resource("aws_cloudwatch_query_definition", ready.subject, items)];
    let mut object = object(job, Kind::CloudWatch, ready, &text::json(&json!(Block::file(&blocks))));
    // A saved query runs when somebody runs it.
    object.enabled = true;
    Some((object, blocks))
}
