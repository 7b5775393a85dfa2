//! The command contract: output streams, exit codes, JSON forms.

mod support;

use serde_json::Value;
use support::{Run, folder};

const RULE: &str = "\
title: IAM user created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: experimental
description: A new IAM user.
author: sigmata
date: 2026-11-23
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
level: low
";

#[test]
fn a_clean_rule_is_exit_0_and_a_misspelt_field_is_exit_1() {
    let folder = folder(&[("good.yml", RULE), ("bad.yml", &RULE.replace("eventName", "eventNmae"))]);
    let run = Run::new(&folder, &["check", "good.yml"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let run = Run::new(&folder, &["check", "bad.yml"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("eventNmae") && run.out.contains("eventName"), "{}", run.out);
}

#[test]
fn usage_and_input_that_cannot_be_read_are_exit_2() {
    let folder = folder(&[("good.yml", RULE), ("notes.yml", "a: 1\n"), ("empty/x.txt", "")]);
    for args in [
        &["check", "missing.yml"][..],
        &["check", "empty"],
        &["check", "--format", "xml"],
        &["compile", "good.yml", "-t", "sql"],
        &["compile", "good.yml", "--index", "a | delete"],
        &["compile", "good.yml", "--kql-table", "T | take 1"],
        &["explain", "S9999"],
        &["schema", "show", "no/such"],
        &["eval", "good.yml", "--events", "missing.jsonl"],
        &["frobnicate"],
        &[],
    ] {
        let run = Run::new(&folder, args);
        assert_eq!(run.code, 2, "{args:?}: {}{}", run.out, run.err);
        assert!(!run.err.is_empty(), "{args:?} says nothing");
        assert!(run.out.is_empty(), "{args:?}: {}", run.out);
    }
    let run = Run::new(&folder, &["check", "notes.yml"]);
    assert_eq!(run.code, 1, "a named file that is no rule is a finding");
    let run = Run::new(&folder, &["check", "."]);
    assert_eq!(run.code, 0, "in a folder it is passed over: {}", run.out);
}

#[test]
fn check_json_is_the_documented_array() {
    let folder = folder(&[("sub/bad.yml", &RULE.replace("eventName", "eventNmae"))]);
    let run = Run::new(&folder, &["check", "sub", "--format", "json"]);
    assert_eq!(run.code, 1);
    let findings: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
    let finding = &findings[0];
    for key in ["code", "name", "severity", "message", "help", "file", "start", "end", "labels", "fix", "url"]
    {
        assert!(finding.get(key).is_some(), "{key} is missing: {finding:#}");
    }
    assert_eq!(finding["file"], "sub/bad.yml");
    assert_eq!(finding["severity"], "error");
    let (start, end) = (&finding["start"], &finding["end"]);
    let at = |place: &Value| usize::try_from(place["offset"].as_u64().expect("a number")).expect("small");
    let text = RULE.replace("eventName", "eventNmae");
    assert_eq!(&text[at(start)..at(end)], "eventNmae");
    assert_eq!((start["line"].as_u64(), start["column"].as_u64()), (Some(13), Some(9)));
    assert!(
        finding["suggestions"].as_array().is_some_and(|names| names.iter().any(|name| name == "eventName"))
    );

    let lines = Run::new(&folder, &["check", "sub", "--format", "jsonl"]);
    assert!(lines.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

#[test]
fn compile_json_has_one_object_per_document_and_target_always() {
    let two = format!("{RULE}---\n{}", RULE.replace("IAM user", "Another user").replace("5e8c", "6e8c"));
    let folder = folder(&[
        ("good.yml", RULE),
        ("two.yml", &two),
        ("broken.yml", "title: x\nlogsource: {product: aws\ndetection: [\n"),
        ("bad.yml", &RULE.replace("eventName", "eventNmae")),
        (
            "other.yml",
            "title: C\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [b]\n    timespan: 5m\n    condition:\n        gte: 3\n",
        ),
    ]);
    let run = Run::new(&folder, &["compile", ".", "--format", "json"]);
    assert_eq!(run.code, 1, "something was refused");
    let all: Vec<Value> = serde_json::from_str(&run.out).expect("JSON alone on standard output");
    let of = |file: &str| -> Vec<&Value> {
        all.iter()
            .filter(|object| object["rule"]["file"].as_str().is_some_and(|name| name.ends_with(file)))
            .collect()
    };
    assert_eq!(of("good.yml").len(), 3);
    assert_eq!(of("two.yml").len(), 6);
    for object in of("good.yml") {
        assert_eq!(object["fidelity"], "exact", "{object:#}");
        assert_eq!(object["checked"], true);
        assert!(object["query"].is_string());
    }
    for file in ["broken.yml", "bad.yml", "other.yml"] {
        assert_eq!(of(file).len(), 3, "{file}");
        for object in of(file) {
            assert_eq!(object["fidelity"], "refused", "{object:#}");
            assert!(object["query"].is_null());
            assert!(object["diagnostics"].as_array().is_some_and(|found| !found.is_empty()), "{object:#}");
        }
    }
    assert!(of("broken.yml")[0]["rule"]["id"].is_null());
}

#[test]
fn a_single_query_stands_alone_on_standard_output() {
    let folder = folder(&[("good.yml", RULE)]);
    let run = Run::new(&folder, &["compile", "good.yml", "-t", "kql"]);
    assert_eq!(run.code, 0);
    assert!(
        run.out.contains("AWSCloudTrail") && !run.out.lines().any(|line| line.starts_with("==")),
        "{}",
        run.out
    );
}

#[test]
fn queries_are_written_to_files() {
    let folder =
        folder(&[("in/aws/good.yml", RULE), ("in/bad.yml", &RULE.replace("eventName", "eventNmae"))]);
    let run = Run::new(&folder, &["compile", "in", "-o", "out"]);
    assert_eq!(run.code, 1, "one rule is refused");
    for name in ["kql/aws/good.kql", "spl/aws/good.spl", "cwli/aws/good.cwli"] {
        let text = std::fs::read_to_string(folder.path("out").join(name)).expect(name);
        assert!(text.contains("CreateUser"), "{text}");
    }
    assert!(!folder.path("out/kql/bad.kql").exists());
}

#[test]
fn a_file_reached_twice_counts_once_and_fixes_are_written() {
    let folder = folder(&[("a.yml", &RULE.replace("eventName", "EventName"))]);
    let run = Run::new(&folder, &["check", "a.yml", ".", "--format", "json"]);
    let findings: Vec<Value> = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let run = Run::new(&folder, &["check", "a.yml", "--fix", "--fail-on", "warning"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(std::fs::read_to_string(folder.path("a.yml")).expect("the file"), RULE);
}

#[test]
fn every_code_has_a_page_with_its_headings() {
    let mut seen = std::collections::BTreeSet::new();
    for code in sigmata::cli::registry() {
        assert!(seen.insert(code.id), "{} is used twice", code.id);
        assert!(code.id.starts_with('S') && code.id.len() == 5, "{}", code.id);
        assert!(
            code.name.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()),
            "{}",
            code.name
        );
        for heading in ["## What it does", "## Why it matters", "## Example", "## Use instead"] {
            assert!(code.page.contains(heading), "{} lacks `{heading}`", code.id);
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
}
