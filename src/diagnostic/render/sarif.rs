//! SARIF 2.1.0, within the limits that GitHub's code scanning sets.

use serde_json::{Map, Value, json};

use super::json::level;
use super::{Finding, Spoken, fingerprints};
use crate::diagnostic::{Code, Fix, Safety, Status};
use crate::source::{SourceFile, Span};

/// GitHub refuses a run with more results.
const MOST_RESULTS: usize = 25_000;

/// The name of the folder that paths start from: the root of the repository, wherever it is checked out.
const ROOT: &str = "%SRCROOT%";

pub(super) fn render(findings: &[Finding<'_>], codes: &[&'static Code], spoken: Spoken<'_>) -> String {
    let used: Vec<&Code> = codes
        .iter()
        .copied()
        .filter(|code| findings.iter().any(|finding| finding.diagnostic.code == *code))
        .collect();
    let run = Run {
        based: findings.iter().any(|finding| finding.status == Status::Known),
        suppressed: findings.iter().any(|finding| matches!(finding.status, Status::Allowed(_))),
    };
    let results: Vec<Value> = findings
        .iter()
        .zip(fingerprints(findings, spoken))
        .take(MOST_RESULTS)
        .map(|(finding, fingerprint)| {
            let index = used.iter().position(|code| *code == finding.diagnostic.code);
            run.result(*finding, index, &fingerprint)
        })
        .collect();
    let mut log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sigmata",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": used.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    if let Some(driver) = log.pointer_mut("/runs/0/tool/driver").and_then(Value::as_object_mut) {
        driver.extend(address(env!("CARGO_PKG_REPOSITORY")));
    }
    format!("{log:#}\n")
}

/// Where the tool is described: the repository that the package names. There is none before the first release.
fn address(repository: &str) -> Option<(String, Value)> {
    (!repository.is_empty()).then(|| ("informationUri".to_owned(), json!(repository)))
}

/// A code as the forge shows it.
fn rule(code: &Code) -> Value {
    // The lines of a doc comment begin with a blank.
    let page: Vec<&str> = code.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let summary = page.iter().copied().find(|line| !line.is_empty()).unwrap_or(code.name);
    let what = page.iter().skip_while(|line| **line != "## What it does").skip(1);
    let what: Vec<&str> =
        what.copied().skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    let full = if what.is_empty() { summary.to_owned() } else { what.join(" ") };
    let help = page.join("\n").trim().to_owned();
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": full},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level(code.severity).0},
        "properties": {"tags": code.group().into_iter().collect::<Vec<_>>()},
    })
}

/// What results say only where some of the run do.
struct Run {
    based: bool,
    suppressed: bool,
}

impl Run {
    fn result(&self, finding: Finding<'_>, index: Option<usize>, fingerprint: &str) -> Value {
        let Finding { source, diagnostic, status } = finding;
        let mut message = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            message.push('\n');
            message.push_str(help);
        }
        let artifact = json!({"uri": uri(source.name()), "uriBaseId": ROOT});
        let mut result = Map::new();
        let mut set = |key: &str, value: Value| result.insert(key.to_owned(), value);
        set("ruleId", diagnostic.code.id.into());
        set("ruleIndex", json!(index));
        set("level", level(diagnostic.severity).0.into());
        set("message", json!({"text": message}));
        let place = json!({"artifactLocation": artifact, "region": region(source, diagnostic.span)});
        set("locations", json!([{"physicalLocation": place}]));
        let related = related(finding);
        if !related.is_empty() {
            set("relatedLocations", related.into());
        }
        set("partialFingerprints", json!({"primaryLocationLineHash": fingerprint}));
        if let Some(fix) = &diagnostic.fix {
            set("fixes", json!([described(fix, source, &artifact)]));
        }
        if self.suppressed {
            let suppressions = match status {
                Status::Allowed("") => json!([{"kind": "inSource"}]),
                Status::Allowed(reason) => json!([{"kind": "inSource", "justification": reason}]),
                Status::Open | Status::Known => json!([]),
            };
            set("suppressions", suppressions);
        }
        if self.based {
            let state = if status == Status::Known { "unchanged" } else { "new" };
            set("baselineState", state.into());
        }
        Value::Object(result)
    }
}

/// The other places of a finding, in its file and in another one.
fn related(finding: Finding<'_>) -> Vec<Value> {
    let Finding { source, diagnostic, .. } = finding;
    let place = |id: usize, name: &str, region: Value, message: &str| {
        let artifact = json!({"uri": uri(name), "uriBaseId": ROOT});
        let physical = json!({"artifactLocation": artifact, "region": region});
        json!({"id": id, "physicalLocation": physical, "message": {"text": message}})
    };
    let here =
        diagnostic.labels.iter().map(|label| (source.name(), region(source, label.span), &label.message));
    let there = diagnostic.elsewhere.iter().map(|there| {
        let region = json!({"startLine": there.position.line, "startColumn": there.position.column});
        (there.file.as_str(), region, &there.message)
    });
    let all = here.chain(there).enumerate();
    all.map(|(at, (name, region, message))| place(at + 1, name, region, message)).collect()
}

fn described(fix: &Fix, source: &SourceFile, artifact: &Value) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| json!({"deletedRegion": region(source, edit.span), "insertedContent": {"text": edit.text}}))
        .collect();
    let text = match fix.safety {
        Safety::Safe => "Apply the fix.",
        Safety::Unsafe => "Apply the fix, which is a guess.",
    };
    json!({
        "description": {"text": text},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    })
}

fn region(source: &SourceFile, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": span.len(),
    })
}

/// A relative URI reference for a path; what a URI cannot hold is percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_has_an_address_once_the_package_names_one() {
        assert_eq!(address(""), None);
        let ours = "https://git.example.org/a/sigmata";
        assert_eq!(address(ours), Some(("informationUri".to_owned(), json!(ours))));
    }
}
