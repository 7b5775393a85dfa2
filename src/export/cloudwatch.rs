//! Amazon CloudWatch Logs Insights: saved queries as `CloudFormation` templates, and the input of `PutQueryDefinition`.
//!
//! Members and limits: botocore 1.44.5 (`logs`), `AWS::Logs::QueryDefinition` of the `CloudFormation` reference.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::job::Job;
use super::text::{self, object, some_list};
use super::{Artefact, Kind, Made, codes};
use crate::diagnostic::Diagnostic;

const MAX_NAME: usize = 255;
const MAX_QUERY: usize = 10_000;
/// The most resources of a template.
const MAX_RESOURCES: usize = 500;

/// The files of all rules: a template for each folder, and a file for each query.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    let mut folders: BTreeMap<(String, usize), Map<String, Value>> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for ready in job.ready(Kind::CloudWatch, &mut made.findings) {
        let subject = ready.subject;
        // A slash puts a query into a folder; the folder is the product's.
        let title = subject.named.title.replace('/', " ");
        let name = format!("sigmata/{}/{title}", subject.folder);
        let refused =
            [("name", name.chars().count(), MAX_NAME), ("query", ready.query.chars().count(), MAX_QUERY)]
                .into_iter()
                .find(|(_, length, most)| length > most);
        if let Some((what, length, most)) = refused {
            let message = format!("the {what} has {length} characters, and CloudWatch takes {most}");
            let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
            made.findings.push((ready.at, finding.help("shorten the title, or split the rule")));
            continue;
        }
        let groups: Vec<&str> = ready.compiled.reads.iter().map(|read| read.place.as_str()).collect();
        let groups = some_list(groups);
        let input = object([
            ("queryLanguage", Some(json!("CWLI"))),
            ("name", Some(json!(name))),
            ("queryString", Some(json!(ready.query))),
            ("logGroupNames", groups.clone()),
        ]);
        let mut object_ = job.object(Kind::CloudWatch, ready, &text::json(&input));
        let count = counts.entry(subject.folder.clone()).or_default();
        let part = *count / MAX_RESOURCES;
        *count += 1;
        let resource = json!({
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": object([
                ("Name", Some(json!(name))),
                ("QueryLanguage", Some(json!("CWLI"))),
                ("QueryString", Some(json!(ready.query))),
                ("LogGroupNames", groups),
            ]),
        });
        let logical: String = object_.id.chars().filter(char::is_ascii_alphanumeric).collect();
        folders
            .entry((subject.folder.clone(), part))
            .or_default()
            .insert(format!("Query{logical}"), resource);
        let path = format!("cloudwatch/api/{}/{}.json", subject.folder, subject.stem);
        object_.files = vec![template(&subject.folder, part), path.clone()];
        made.files.push(Artefact { path, text: text::json(&input) });
        made.objects.push(object_);
    }
    for ((folder, part), resources) in folders {
        let body = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": format!("Queries of CloudWatch Logs Insights for {folder}, made by sigmata"),
            "Resources": resources,
        });
        made.files.push(Artefact { path: template(&folder, part), text: text::json(&body) });
    }
    made
}

fn template(folder: &str, part: usize) -> String {
    match part {
        0 => format!("cloudwatch/cloudformation/{folder}.json"),
        more => format!("cloudwatch/cloudformation/{folder}.{}.json", more + 1),
    }
}
