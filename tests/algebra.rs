//! The commands that answer from the rule alone: `witness`, `diff` and `overlap`.

#[path = "algebra/believed.rs"]
mod believed;
mod support;

use std::process::Command;

use serde_json::Value;
use support::{Run, folder};

/// A rule about `eventName`, with this identifier, title, name test and level.
fn rule(id: char, title: &str, name: &str, level: &str) -> String {
    format!(
        "\
title: {title}
id: {id}e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
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
        eventName{name}
    filter:
        userIdentity.arn|endswith: /deploy
    condition: selection and not filter
level: {level}
"
    )
}

fn created() -> String {
    rule('5', "IAM user created", ": CreateUser", "low")
}

#[test]
fn witnesses_become_tests_that_pass() {
    let folder = folder(&[("in/rule.yml", &created())]);
    let run = Run::new(&folder, &["witness", "in", "--as-tests"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = std::fs::read_to_string(folder.path("in/rule.test.yml")).expect("a test file");
    assert!(text.contains("match:") && text.contains("no_match:"), "{text}");
    let tests = Run::new(&folder, &["test", "in"]);
    assert_eq!(tests.code, 0, "{}", tests.out);
    let again = Run::new(&folder, &["witness", "in", "--as-tests"]);
    assert!(
        again.code == 0 && again.err.contains("rule.test.yml exists and is left as it is"),
        "{}",
        again.err
    );
    assert_eq!(std::fs::read_to_string(folder.path("in/rule.test.yml")).expect("the same file"), text);
}

#[test]
fn witnesses_are_the_same_for_the_same_seed_and_name_what_differs() {
    let folder = folder(&[("rule.yml", &created())]);
    let run =
        |seed: &str| Run::new(&folder, &["witness", "rule.yml", "--seed", seed, "--format", "jsonl"]).out;
    assert_eq!(run("4"), run("4"));
    assert_ne!(run("4"), run("5"));
    let lines: Vec<Value> =
        run("4").lines().map(|line| serde_json::from_str(line).expect("one object per line")).collect();
    assert_eq!(lines[0]["kind"], "match");
    assert_eq!(lines[0]["event"]["eventName"], "CreateUser");
    let near: Vec<&str> = lines.iter().skip(1).filter_map(|line| line["name"].as_str()).collect();
    for field in ["eventName", "eventSource", "userIdentity.arn"] {
        assert!(near.iter().any(|label| label.contains(field)), "{field}: {near:?}");
    }
    for line in &lines {
        let text = line["event"].to_string();
        std::fs::write(folder.path("event.json"), text).expect("a new file");
        let eval = Run::new(&folder, &["eval", "rule.yml", "--events", "event.json", "--format", "jsonl"]);
        assert_eq!(!eval.out.is_empty(), line["kind"] == "match", "{line}");
    }
}

#[test]
fn a_rule_without_an_event_says_why() {
    let dead =
        created().replace("endswith: /deploy", "contains: ''").replace("userIdentity.arn", "eventName");
    let correlation = "title: C\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [b]\n    timespan: 5m\n    condition:\n        gte: 3\n";
    let folder = folder(&[("dead.yml", &dead), ("several.yml", correlation)]);
    let run = Run::new(&folder, &["witness", "dead.yml"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("exclude each other") && run.err.contains("line 13"), "{}", run.err);
    let run = Run::new(&folder, &["witness", "several.yml"]);
    assert!(run.code == 1 && run.err.contains("without a meaning"), "{}", run.err);
    let run = Run::new(&folder, &["check", "dead.yml"]);
    assert!(run.code == 1 && run.out.contains("S0520"), "{}", run.out);
}

/// Three rules of AWS and one of Okta, by name.
const BASES: &str = "\
title: A
name: created
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: CreateUser}, condition: s}
---
title: B
name: keyed
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: CreateAccessKey}, condition: s}
---
title: C
name: uploaded
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: PutObject}, condition: s}
---
title: D
name: granted
logsource: {product: okta, service: okta}
detection: {s: {eventType: user.account.privilege.grant}, condition: s}
---
title: E
name: doubled
correlation: {type: event_count, rules: [created], group-by: [awsRegion], timespan: 1h, condition: {gte: 2}}
";

fn correlated(body: &str) -> String {
    format!("title: X\ncorrelation: {{{body}}}\n")
}

#[test]
fn sequences_of_a_correlation_fire_and_its_near_misses_do_not() {
    let outside = "one second outside the window";
    for (body, length, near) in [
        (
            "type: event_count, rules: [created], timespan: 5m, condition: {gte: 3}",
            3,
            vec!["one event fewer", outside],
        ),
        (
            "type: event_count, rules: [created], group-by: [awsRegion], timespan: 5m, condition: {gt: 2, lt: 9}",
            3,
            vec!["one event fewer", outside, "another awsRegion"],
        ),
        ("type: event_count, rules: [created], timespan: 5m, condition: {lt: 3}", 1, vec![]),
        // More events than seconds.
        (
            "type: event_count, rules: [created], timespan: 1s, condition: {gte: 5}",
            5,
            vec!["one event fewer", outside],
        ),
        (
            "type: value_count, rules: [created], timespan: 5m, condition: {field: requestParameters.userName, gte: 3}",
            3,
            vec!["one event fewer", outside],
        ),
        (
            "type: value_count, rules: [created, keyed], timespan: 5m, condition: {field: eventName, gte: 2}",
            2,
            vec!["without created", "without keyed", outside],
        ),
        (
            "type: value_sum, rules: [uploaded], timespan: 5m, condition: {field: additionalEventData.bytesTransferredIn, gt: 100}",
            1,
            vec![],
        ),
        (
            "type: temporal, rules: [created, keyed, uploaded], timespan: 5m, condition: created and (keyed or uploaded)",
            2,
            vec!["without created", "without keyed", outside],
        ),
        (
            "type: temporal_ordered, rules: [created, keyed], group-by: [requestParameters.userName], timespan: 5m",
            2,
            vec![
                "without created",
                "without keyed",
                outside,
                "another requestParameters.userName",
                "in the wrong order",
            ],
        ),
        (
            "type: temporal_ordered, rules: [created, created], timespan: 5m",
            2,
            vec!["one event fewer", outside],
        ),
        (
            "type: temporal_ordered, rules: [created, granted], group-by: [who], timespan: 5m, aliases: {who: {created: requestParameters.userName, granted: 'target[type=User].alternateId|removeprefix:x-'}}",
            2,
            vec!["without created", "without granted", outside, "another who", "in the wrong order"],
        ),
        (
            "type: event_count, rules: [doubled], group-by: [awsRegion], timespan: 1h, condition: {gte: 2}",
            3,
            vec!["one event fewer", "another awsRegion"],
        ),
    ] {
        let folder = folder(&[("in/bases.yml", BASES), ("in/x.yml", &correlated(body))]);
        let run = Run::new(&folder, &["witness", "in", "--as-tests"]);
        let text = std::fs::read_to_string(folder.path("in/x.test.yml"));
        let text = text.unwrap_or_else(|_| panic!("{body}: {}{}", run.out, run.err));
        let tests = Run::new(&folder, &["test", "in", "--format", "json"]);
        assert_eq!(tests.code, 0, "{body}: {}{text}", tests.out);
        let tests: Value = serde_json::from_str(&tests.out).expect("JSON");
        let names = tests["tests"].as_array().expect("tests").iter();
        let names: Vec<&str> = names.skip(1).map(|test| test["name"].as_str().expect("a name")).collect();
        for near in &near {
            assert!(names.contains(near), "{body}: {near} of {names:?}");
        }
        let lines = Run::new(&folder, &["witness", "in", "--format", "jsonl"]).out;
        let first = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let first =
            first.filter(|line| line["rule"]["file"] == "in/x.yml").find(|line| line["kind"] == "match");
        let length_of = first.and_then(|line| Some(line["sequence"].as_array()?.len()));
        assert_eq!(length_of, Some(length), "{body}");
    }
    let many = correlated("type: event_count, rules: [created], timespan: 5m, condition: {gte: 1000}");
    let folder = folder(&[("bases.yml", BASES), ("x.yml", &many)]);
    let run = Run::new(&folder, &["witness", "bases.yml", "x.yml"]);
    assert!(run.code == 1 && run.err.contains("more than 200 events"), "{}", run.err);
}

#[test]
fn what_is_first_seen_has_the_fields_by_which_it_is_new() {
    let rule = created() + "first_seen: {by: [requestParameters.userName], within: 7d}\n";
    let folder = folder(&[("in/rule.yml", &rule)]);
    let run = Run::new(&folder, &["witness", "in", "--as-tests"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let tests = Run::new(&folder, &["test", "in"]);
    assert_eq!(tests.code, 0, "{}", tests.out);
}

#[test]
fn correlations_are_compared_by_what_they_ask() {
    let first = |within: &str| format!("{}first_seen: {{by: [awsRegion], within: {within}}}\n", created());
    let counts = |body: &str| correlated(&format!("type: event_count, rules: [a], {body}"));
    let base = "timespan: 5m, condition: {gte: 3}";
    let temporal = |span: &str, condition: &str| {
        correlated(&format!("type: temporal, rules: [a, b], timespan: {span}, condition: {condition}"))
    };
    for (old, new, change, overlap) in [
        (counts(base), counts(base) + "description: words\n", "equal", "same"),
        (counts(base), counts("timespan: 5m, condition: {gt: 2}"), "equal", "same"),
        (counts(base), counts("timespan: 6m, condition: {gte: 3}"), "wider", "every"),
        (counts(base), counts("timespan: 5m, condition: {gte: 4}"), "narrower", "every"),
        (counts(base), counts("timespan: 6m, condition: {gte: 4}"), "changed", ""),
        (counts(base), counts("timespan: 5m, condition: {lt: 3}"), "changed", ""),
        (
            counts("timespan: 5m, condition: {lt: 3}"),
            counts("timespan: 6m, condition: {lt: 3}"),
            "changed",
            "",
        ),
        (counts(base), counts("timespan: 5m, group-by: [awsRegion], condition: {gte: 3}"), "changed", ""),
        (temporal("5m", "a and b"), temporal("6m", "a and b"), "wider", "every"),
        (temporal("5m", "a and not b"), temporal("6m", "a and not b"), "changed", ""),
        (created(), first("7d"), "narrower", "every"),
        (first("7d"), first("1w"), "equal", "same"),
        (first("7d"), first("8d"), "narrower", "every"),
    ] {
        let folder = folder(&[("old/x.yml", &old), ("new/x.yml", &new)]);
        let run = Run::new(&folder, &["diff", "old/x.yml", "new/x.yml", "--format", "json"]);
        let changes: Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(changes["changes"][0]["change"], change, "{old}\n{new}");
        let run = Run::new(&folder, &["overlap", "old/x.yml", "new/x.yml"]);
        let found = ["same", "every"].into_iter().find(|sign| {
            run.out.contains(if *sign == "same" {
                "selects the same events"
            } else {
                "every event of the rule"
            })
        });
        assert_eq!(found.unwrap_or_default(), overlap, "{old}\n{new}\n{}", run.out);
    }
}

#[test]
fn a_change_is_told_with_an_event_for_each_direction() {
    for (name, change, wider, narrower, code) in [
        (": CreateUser", "equal", None, None, 0),
        (": [CreateUser, CreateRole]", "wider", Some("CreateRole"), None, 1),
        (": CreateRole", "wider and narrower", Some("CreateRole"), Some("CreateUser"), 1),
        (": createuser", "equal", None, None, 0),
    ] {
        let new = rule('5', "IAM user created", name, "low");
        let folder = folder(&[("old/a.yml", &created()), ("new/b.yml", &new)]);
        let run = Run::new(&folder, &["diff", "old", "new", "--format", "json"]);
        assert_eq!(run.code, code, "{name}: {}{}", run.out, run.err);
        let all: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
        let found = &all["changes"][0];
        assert_eq!(found["change"], change, "{found:#}");
        let event = |key: &str| found[key]["eventName"].as_str();
        assert_eq!((event("wider"), event("narrower")), (wider, narrower), "{found:#}");
    }
}

#[test]
fn a_change_is_told_against_a_revision() {
    let folder = folder(&[("repo/rules/a.yml", &created())]);
    let outside = Run::new(&folder, &["diff", "--rev", "no-such-revision", "repo"]);
    assert_eq!(outside.code, 2, "{}", outside.out);
    let git = |arguments: &[&str]| {
        let ran = Command::new("git")
            .arg("-C")
            .arg(folder.path("repo"))
            .args(["-c", "user.name=a", "-c", "user.email=a@contoso.example"])
            .args(arguments)
            .output();
        ran.is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "-A"]) && git(&["commit", "-q", "-m", "rules"])) {
        // Without git there is nothing to compare with.
        return;
    }
    let run = Run::new(&folder, &["diff", "--rev", "HEAD", "repo/rules"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let narrower = created().replace("/deploy", "y");
    std::fs::write(folder.path("repo/rules/a.yml"), narrower).expect("a changed file");
    let run = Run::new(&folder, &["diff", "--rev", "HEAD", "repo/rules"]);
    assert!(run.code == 1 && run.out.starts_with("narrower"), "{}{}", run.out, run.err);
    let option = Run::new(&folder, &["diff", "--rev=--help", "repo/rules"]);
    assert_eq!(option.code, 2, "an option is not a revision: {}", option.out);
}

#[test]
fn rules_that_never_add_an_alert_are_found() {
    for (name, level, code) in [
        (": createUser", "low", Some("S0920")),
        (": [CreateUser, CreateRole]", "low", Some("S0921")),
        (": CreateRole", "low", None),
    ] {
        let other = rule('6', "Another", name, level);
        let folder = folder(&[("a.yml", &created()), ("b.yml", &other)]);
        let run = Run::new(&folder, &["overlap", ".", "--format", "json", "--fail-on", "warning"]);
        let found: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
        assert_eq!(found["pairs"][0]["code"].as_str(), code, "{name}: {}", run.out);
        assert_eq!(run.code, i32::from(code.is_some()), "{name}: {}", run.err);
    }
}

#[test]
fn what_another_letter_case_satisfies_is_not_dead() {
    // `A` is what the expression wants, and texts compare without regard to case.
    for (value, pattern, code) in [("a", "^[^a]", 0), ("a", "^[^A]", 0), ("a", "^b", 1)] {
        let tests = format!("\n        userAgent: {value}\n        userAgent|re: '{pattern}'\n");
        let rule = created().replace("\n    filter:\n        userIdentity.arn|endswith: /deploy\n", &tests);
        let rule = rule.replace(" and not filter", "");
        let folder = folder(&[("a.yml", &rule)]);
        let run = Run::new(&folder, &["check", "a.yml"]);
        assert_eq!(run.code, code, "{pattern}: {}{rule}", run.out);
        let witness = Run::new(&folder, &["witness", "a.yml"]);
        assert_eq!(witness.code, code, "{pattern}: {}{}", witness.out, witness.err);
    }
}
