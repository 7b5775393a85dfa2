//! The reading side: YAML with spans, Sigma documents, the condition grammar.

mod adversarial;
mod corpus;
mod correlations;
mod documents;
mod findings;
mod grammar;
#[path = "../support/json_schema.rs"]
mod json_schema;
mod properties;
mod schema;
mod tree;
mod values;

use sigmata::rule::{self, Reading};
use sigmata::source::SourceFile;

/// The findings of a text as `CODE text`, where the text is what the span covers.
fn findings(text: &str) -> Vec<String> {
    let (source, reading) = read(text);
    reading
        .diagnostics
        .iter()
        .map(|finding| format!("{} {}", finding.code.id, source.slice(finding.span)))
        .collect()
}

fn read(text: &str) -> (SourceFile, Reading) {
    let source = SourceFile::new("rule.yml", text);
    let reading = rule::read(&source);
    (source, reading)
}

/// A whole rule around the lines of a detection, which are indented by four spaces.
fn rule(detection: &str) -> String {
    let body = indented(detection);
    format!("title: A rule\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n{body}")
}

/// A rule with one item.
fn item(item: &str) -> String {
    let body = indented(item);
    rule(&format!("s:\n{body}condition: s"))
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |body, line| body + "    " + line + "\n")
}
