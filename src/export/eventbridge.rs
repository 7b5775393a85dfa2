//! Amazon `EventBridge`: rules on the events that CloudTrail sends to the default bus, where one event is enough and a
//! pattern says exactly what the rule means.
//!
//! Members: `AWS::Events::Rule` and `PutRule`; lengths: `API_Rule` of the `EventBridge` API. What is delivered: the user
//! guide, `eb-service-event-cloudtrail-management` (read-only calls). What is sent: the same, `eb-transform-target-input`,
//! by which `aws.events.event.json` is the event, and can be a value of JSON alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::job::{Job, Ready};
use super::{Artefact, Kind, Made, Object, Subject, codes, pattern, text};
use crate::diagnostic::Diagnostic;

/// The log whose events are sent.
const LOG: &str = "aws/cloudtrail";

/// The words with which calls begin that only read; those that read and begin otherwise are delivered as the rest.
const READS: [&str; 3] = ["get", "list", "describe"];

/// Services whose events arrive in one region, whatever the region of the caller, and that region.
const GLOBAL: [&str; 1] = ["iam.amazonaws.com"];
const REGION: &str = "us-east-1";

const MAX_DESCRIPTION: usize = 512;
/// The most resources of a template.
const MAX_RESOURCES: usize = 500;

/// A rule: the object, its resource, and whether it belongs to the one region alone.
struct Rule {
    object: Object,
    resource: Value,
    pattern: String,
    global: bool,
}

/// Adds the rules of a job: a file with the pattern of each, and templates for every region and for the one.
pub(super) fn make(job: &Job<'_>, ready: &[Ready<'_, '_>], made: &mut Made) {
    let mut templates: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut count = 0;
    for one in ready.iter().filter(|one| watches(one)) {
        let subject = one.subject;
        let found = subject.formula.as_deref().map(pattern::of);
        let pattern = match found {
            Some(Ok(pattern)) => pattern,
            Some(Err(refusal)) => {
                let message = format!("no rule of EventBridge: {}", refusal.reason());
                made.findings.push((one.at, Diagnostic::new(&codes::LEFT_OUT, subject.head, message)));
                continue;
            }
            None => continue,
        };
        let Rule { mut object, resource, pattern, global } = rule(job, *one, &pattern, made);
        let template = template(&subject.folder, global, count / MAX_RESOURCES);
        count += 1;
        let logical: String = object.id.chars().filter(char::is_ascii_alphanumeric).collect();
        templates.entry(template.clone()).or_default().insert(format!("Rule{logical}"), resource);
        // A name without a folder could be that of a template.
        let below = if subject.place.contains('/') { "" } else { "patterns/" };
        let path = format!("cloudwatch/eventbridge/{below}{}.json", subject.place);
        object.files = vec![template, path.clone()];
        made.files.push(Artefact { path, text: pattern });
        made.objects.push(object);
    }
    for (path, resources) in templates {
        let place = if path.contains(REGION) { "to be deployed in us-east-1" } else { "for every region" };
        let body = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": format!("Rules of EventBridge {place}, made by sigmata"),
            "Parameters": {
                "TopicArn": {
                    "Type": "String",
                    "Description": "The topic of SNS that gets the events; its policy lets events.amazonaws.com publish",
                },
            },
            "Resources": resources,
        });
        made.files.push(Artefact { path, text: text::json(&body) });
    }
}

/// Whether one event of the log is enough.
fn watches(ready: &Ready<'_, '_>) -> bool {
    ready.compiled.schedule.is_none() && ready.subject.log.as_deref() == Some(LOG)
}

fn template(folder: &str, global: bool, part: usize) -> String {
    let region = if global { format!(".{REGION}") } else { String::new() };
    let part = if part == 0 { String::new() } else { format!(".{}", part + 1) };
    format!("cloudwatch/eventbridge/{folder}{region}{part}.json")
}

/// What is sent for an event: the event itself says nothing of the rule that it matched.
fn message(subject: &Subject<'_>) -> String {
    // What is between angle brackets is a variable.
    let plain =
        |text: &str| json!(text::shortened(&text.replace(['<', '>'], " "), MAX_DESCRIPTION)).to_string();
    let members = [("rule", &subject.named.title), ("level", &subject.level), ("id", &subject.named.id)];
    let members: String =
        members.into_iter().map(|(name, text)| format!("\"{name}\": {}, ", plain(text))).collect();
    format!("{{{members}\"event\": <aws.events.event.json>}}")
}

fn rule(job: &Job<'_>, ready: Ready<'_, '_>, pattern: &Value, made: &mut Made) -> Rule {
    let subject = ready.subject;
    let sources = pattern::demanded(pattern, "eventSource");
    let global = !sources.is_empty() && sources.iter().all(|source| GLOBAL.contains(source));
    let names = pattern::demanded(pattern, "eventName");
    let is_read = |name: &&str| {
        let name = name.to_lowercase();
        READS.iter().any(|word| name.starts_with(word))
    };
    let only_reads = names.is_empty() || names.iter().any(is_read);
    let mut tell = |holds: bool, message: &str| {
        if holds {
            made.findings.push((ready.at, Diagnostic::new(&codes::ARRIVES, subject.head, message)));
        }
    };
    tell(global, "in EventBridge: the events of IAM arrive in us-east-1 alone");
    tell(
        only_reads,
        "in EventBridge: calls that only read arrive because the rule asks for all management events, which costs",
    );
    let enabled = job.enabled(subject);
    let state = match (enabled, only_reads) {
        (false, _) => "DISABLED",
        (true, false) => "ENABLED",
        (true, true) => "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    };
    let mut description = subject.named.title.clone();
    if global {
        description.push_str(". Events of IAM arrive in us-east-1 alone");
    }
    if only_reads {
        description.push_str(". Also matches calls that only read, which need this state");
    }
    let message = message(subject);
    let properties = |name: &str| {
        json!({
            "Name": name,
            "Description": text::shortened(&description, MAX_DESCRIPTION),
            "EventPattern": pattern,
            "State": state,
            "Targets": [{
                "Id": "topic",
                "Arn": {"Ref": "TopicArn"},
                "InputTransformer": {"InputTemplate": message},
            }],
        })
    };
    let mut object = job.object_in(Kind::CloudWatch, "eventbridge", ready, &text::json(&properties("")));
    // The pattern means what the rule does, whatever its query for Insights lacks.
    object.fidelity = "exact";
    object.notes.clear();
    "EventBridge".clone_into(&mut object.delivery);
    let resource =
        json!({"Type": "AWS::Events::Rule", "Properties": properties(&format!("sigmata-{}", object.id))});
    Rule { object, resource, pattern: text::json(pattern), global }
}
