//! `grammar/rule.schema.json` against the reader, and the manual pages of the codes.

use std::collections::BTreeSet;

use serde_json::Value;
use sigmata::diagnostic::has_errors;
use sigmata::{rule, yaml};

use super::json_schema::{load, misfits};
use super::{findings, read};

fn schema() -> Value {
    load("rule.schema.json")
}

#[test]
fn schema_and_reader_agree() {
    let schema = schema();
    let rule = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    let correlation = "correlation: {type: event_count, rules: [x], timespan: 10m, condition: {gte: 5}}\n";
    for (text, expected) in [
        (format!("title: x\n{rule}"), true),
        (format!("title: x\n{correlation}"), true),
        (
            "title: x\nlogsource: {product: aws}\nfilter: {rules: any, s: {a: b}, condition: not s}\n"
                .to_owned(),
            true,
        ),
        (
            format!(
                "title: x\nlevel: high\nstatus: test\ntags: [attack.t1136.003]\ncustom: {{a: b}}\n{rule}"
            ),
            true,
        ),
        (format!("title: x\nsigma-version: 3\n{}", rule.replace("a: b", "'a[any]': {b: c}")), true),
        (format!("title: x\n{}", rule.replace("{a: b}", "[x, {a: [1, true]}, {b: null}]")), true),
        (rule.to_owned(), false),
        ("title: x\n".to_owned() + "logsource: {product: aws}\n", false),
        (format!("title: x\nlevel: hgih\n{rule}"), false),
        (format!("title: x\nstatus: good\n{rule}"), false),
        (format!("title: x\nid: y\n{rule}"), false),
        (format!("title: x\ndate: 2024-13-01\n{rule}"), false),
        (format!("title: x\ntags: [attack]\n{rule}"), false),
        (format!("title: x\ntaxonomy: ecs\n{rule}"), false),
        (format!("title: x\nsigma-version: 4\n{rule}"), false),
        (format!("title: x\nrelated: [{{id: x}}]\n{rule}"), false),
        (format!("title: x\nreferences: y\n{rule}"), false),
        (format!("title: x\n{rule}{correlation}"), false),
        (format!("title: x\n{}", rule.replace("product: aws", "")), false),
        (format!("title: x\n{}", rule.replace(", condition: s", "")), false),
        (format!("title: x\n{}", rule.replace("s: {a: b}, ", "")), false),
        (format!("title: x\n{}", rule.replace("{a: b}", "{}")), false),
        (format!("title: x\n{}", rule.replace("a: b", "a: []")), false),
        (format!("title: x\n{}", rule.replace("a: b", "a: [x, null]")), false),
        (format!("title: x\n{}", rule.replace("{a: b}", "{a: b}, timeframe: 5m")), false),
        (format!("title: x\n{}", correlation.replace("event_count", "count")), false),
        (format!("title: x\n{}", correlation.replace("10m", "10")), false),
        (format!("title: x\n{}", correlation.replace("gte", "ge")), false),
        (format!("title: x\n{}", correlation.replace("[x]", "[]")), false),
    ] {
        let value: Value = serde_yaml::from_str(&text).expect("YAML");
        let misfits = misfits(&schema, &value);
        assert_eq!(misfits.is_empty(), expected, "{misfits:?} on\n{text}");
        let (_, reading) = read(&text);
        // Faults of metadata are warnings: the rule means the same.
        let fits = if expected { !has_errors(&reading.diagnostics) } else { reading.diagnostics.is_empty() };
        assert_eq!(fits, expected, "{:?}\n{text}", reading.diagnostics);
    }
}

#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    let schema = schema();
    let keys = schema["properties"].as_object().expect("properties");
    let body = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for key in keys.keys().filter(|key| !["title", "logsource", "detection"].contains(&key.as_str())) {
        let upper = key.to_uppercase();
        // Without a key of our own the rule would mean something else.
        let code = if key == "first_seen" { "S0225" } else { "S0214" };
        assert_eq!(findings(&format!("title: x\n{upper}: y\n{body}")), [format!("{code} {upper}")], "{key}");
    }
}

#[test]
fn the_schema_lists_what_the_reader_takes() {
    let schema = schema();
    let body = "title: x\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for key in ["status", "level"] {
        for value in schema["properties"][key]["enum"].as_array().expect("values") {
            let value = value.as_str().expect("text");
            assert!(findings(&format!("{key}: {value}\n{body}")).is_empty(), "{key}: {value}");
        }
    }
    for kind in schema["properties"]["correlation"]["properties"]["type"]["enum"].as_array().expect("types") {
        let kind = kind.as_str().expect("text");
        let text = format!("title: x\ncorrelation:\n    type: {kind}\n    rules: [x, y]\n    timespan: 1h\n");
        assert!(!findings(&text).iter().any(|finding| finding.starts_with("S0601")), "{kind}");
    }
}

#[test]
fn every_code_has_a_page_and_an_identity() {
    let all: Vec<_> =
        rule::codes::ALL.iter().chain([&yaml::codes::ALL]).flat_map(|codes| codes.iter()).collect();
    let ids: BTreeSet<_> = all.iter().map(|code| code.id).collect();
    let names: BTreeSet<_> = all.iter().map(|code| code.name).collect();
    assert_eq!((ids.len(), names.len()), (all.len(), all.len()));
    for code in all {
        for heading in ["## What it does", "## Why it matters", "## Example", "## Use instead"] {
            assert!(code.page.contains(heading), "{} lacks {heading}", code.id);
        }
        assert!(code.page.matches("```").count() % 2 == 0, "{}", code.id);
    }
}
