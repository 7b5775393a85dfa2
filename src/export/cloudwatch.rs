//! Amazon CloudWatch Logs Insights: saved and scheduled queries as `CloudFormation` templates, and the input of
//! `PutQueryDefinition`.
//!
//! Rules of `EventBridge` are beside them.
//!
//! Members and limits: botocore 1.44.5 (`logs`), `AWS::Logs::QueryDefinition` and `AWS::Logs::ScheduledQuery` of the
//! `CloudFormation` reference.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::cron::Cron;
use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, about, codes, eventbridge, lists};
use crate::diagnostic::Diagnostic;

const MAX_NAME: usize = 255;
const MAX_QUERY: usize = 10_000;
/// The most resources of a template.
const MAX_RESOURCES: usize = 500;
/// The shortest time between two runs that is asked of a scheduled query, in seconds.
const SOONEST: u64 = 300;

/// The longest name of a scheduled query and the longest text about it.
const MAX_SCHEDULED_NAME: usize = 300;
const MAX_SCHEDULED_DESCRIPTION: usize = 1_024;

/// The kinds of templates: where they are, what they hold, and what is set when they are deployed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Template {
    Saved,
    Scheduled,
}

impl Template {
    const fn folder(self) -> &'static str {
        match self {
            Self::Saved => "cloudformation",
            Self::Scheduled => "scheduled",
        }
    }

    fn path(self, product: &str, part: usize) -> String {
        let part = if part == 0 { String::new() } else { format!(".{}", part + 1) };
        format!("cloudwatch/{}/{product}{part}.json", self.folder())
    }

    fn body(self, product: &str, resources: Map<String, Value>) -> Value {
        let what = match self {
            Self::Saved => "Queries of CloudWatch Logs Insights",
            Self::Scheduled => "Scheduled queries of CloudWatch Logs Insights",
        };
        let parameter = |of: &str, about: &str| json!({"Type": of, "Description": about});
        let anywhere = Value::Object(resources.clone()).to_string().contains(r#"{"Ref":"LogGroups"}"#);
        object([
            ("AWSTemplateFormatVersion", Some(json!("2010-09-09"))),
            ("Description", Some(json!(format!("{what} for {product}, made by sigmata")))),
            (
                "Parameters",
                (self == Self::Scheduled).then(|| {
                    object([
                        (
                            "RoleArn",
                            Some(parameter(
                                "String",
                                "The role that runs the queries and writes their results",
                            )),
                        ),
                        (
                            "LogGroups",
                            anywhere.then(|| parameter("CommaDelimitedList", "The log groups of the log")),
                        ),
                        ("Results", Some(parameter("String", "Where results go, as s3://BUCKET/PREFIX"))),
                    ])
                }),
            ),
            ("Resources", Some(Value::Object(resources))),
        ])
    }
}

/// The templates of a job, as they fill: one for each product, and more where one is full.
#[derive(Default)]
struct Templates {
    resources: BTreeMap<(Template, String, usize), Map<String, Value>>,
    counts: BTreeMap<(Template, String), usize>,
}

impl Templates {
    /// Adds a resource, and says which file it is in.
    fn add(&mut self, template: Template, product: &str, id: &str, resource: Value) -> String {
        let count = self.counts.entry((template, product.to_owned())).or_default();
        let part = *count / MAX_RESOURCES;
        *count += 1;
        let logical: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
        let resources = self.resources.entry((template, product.to_owned(), part)).or_default();
        resources.insert(format!("Query{logical}"), resource);
        template.path(product, part)
    }

    fn files(self) -> impl Iterator<Item = Artefact> {
        self.resources.into_iter().map(|((template, product, part), resources)| Artefact {
            path: template.path(&product, part),
            text: text::json(&template.body(&product, resources)),
        })
    }
}

/// The files of all rules: templates for each folder, and a file for each query.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    let mut templates = Templates::default();
    let all = job.ready(Kind::CloudWatch, &mut made.findings);
    for &ready in &all {
        let Some(name) = name(ready, &mut made.findings) else { continue };
        saved(job, ready, &name, &mut templates, &mut made);
        scheduled(job, ready, &mut templates, &mut made);
    }
    made.files.extend(templates.files());
    lists::tables(job, &all, &mut made);
    eventbridge::make(job, &all, &mut made);
    made
}

/// The name of a saved query, where `CloudWatch` takes it and its text.
pub(super) fn name(ready: Ready<'_, '_>, findings: &mut Findings) -> Option<String> {
    let subject = ready.subject;
    // A slash puts a query into a folder; the folder is the product's.
    let title = subject.named.title.replace('/', " ");
    let name = format!("sigmata/{}/{title}", subject.folder);
    let lengths =
        [("name", name.chars().count(), MAX_NAME), ("query", ready.query.chars().count(), MAX_QUERY)];
    let Some((what, length, most)) = lengths.into_iter().find(|(_, length, most)| length > most) else {
        return Some(name);
    };
    let message = format!("the {what} has {length} characters, and CloudWatch takes {most}");
    let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
    findings.push((ready.at, finding.help("shorten the title, or split the rule")));
    None
}

/// The log groups that a query reads, where settings name them.
fn groups(ready: Ready<'_, '_>) -> Option<Value> {
    some_list(ready.compiled.reads.iter().map(|read| read.place.as_str()))
}

fn saved(job: &Job<'_>, ready: Ready<'_, '_>, name: &str, templates: &mut Templates, made: &mut Made) {
    let subject = ready.subject;
    let input = object([
        ("queryLanguage", Some(json!("CWLI"))),
        ("name", Some(json!(name))),
        ("queryString", Some(json!(ready.query))),
        ("logGroupNames", groups(ready)),
    ]);
    let mut query = job.object(Kind::CloudWatch, ready, &text::json(&input));
    // It runs when somebody runs it.
    query.enabled = true;
    let resource = json!({
        "Type": "AWS::Logs::QueryDefinition",
        "Properties": object([
            ("Name", Some(json!(name))),
            ("QueryLanguage", Some(json!("CWLI"))),
            ("QueryString", Some(json!(ready.query))),
            ("LogGroupNames", groups(ready)),
        ]),
    });
    let template = templates.add(Template::Saved, &subject.folder, &query.id, resource);
    let path = format!("cloudwatch/api/{}.json", subject.place);
    query.files = vec![template, path.clone()];
    made.files.push(Artefact { path, text: text::json(&input) });
    made.objects.push(query);
}

/// A query that runs by itself. It looks back by as much as events come late, too, so that it finds again what the run
/// before found in that time.
fn scheduled(job: &Job<'_>, ready: Ready<'_, '_>, templates: &mut Templates, made: &mut Made) {
    let subject = ready.subject;
    let every = match job.settings(subject).every.unwrap_or_default() {
        Every::Seconds(seconds) => seconds,
        Every::Continuous => SOONEST,
    };
    let schedule = schedule::of(every, "@timestamp", ready.compiled);
    let Some(cron) = Cron::of(ready, every, &mut made.findings) else { return };
    let name = format!("sigmata/{}/{}", subject.folder, subject.stem);
    let properties = object([
        ("Name", Some(json!(text::shortened(&name, MAX_SCHEDULED_NAME)))),
        ("Description", Some(json!(text::shortened(&about::brief(subject), MAX_SCHEDULED_DESCRIPTION)))),
        ("QueryLanguage", Some(json!("CWLI"))),
        ("QueryString", Some(json!(ready.query))),
        ("LogGroupIdentifiers", groups(ready).or_else(|| Some(json!({"Ref": "LogGroups"})))),
        ("ScheduleExpression", Some(json!(cron.aws()))),
        ("Timezone", Some(json!("UTC"))),
        ("StartTimeOffset", Some(json!(schedule.look_back))),
        ("State", Some(json!(if job.enabled(subject) { "ENABLED" } else { "DISABLED" }))),
        ("ExecutionRoleArn", Some(json!({"Ref": "RoleArn"}))),
        (
            "DestinationConfiguration",
            Some(json!({
                "S3Configuration": {
                    "DestinationIdentifier": {"Ref": "Results"},
                    "RoleArn": {"Ref": "RoleArn"},
                },
            })),
        ),
    ]);
    let mut query = job.object_in(Kind::CloudWatch, "scheduled", ready, &text::json(&properties));
    let resource = json!({"Type": "AWS::Logs::ScheduledQuery", "Properties": properties});
    query.files = vec![templates.add(Template::Scheduled, &subject.folder, &query.id, resource)];
    made.objects.push(query);
}
