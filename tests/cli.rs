//! The command contract: output streams, exit codes, JSON forms.

mod support;

use std::process::Command;

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
    let folder =
        folder(&[("good.yml", RULE), ("notes.yml", "a: 1\n"), ("empty/x.txt", ""), ("none.jsonl", "")]);
    for args in [
        &["check", "missing.yml"][..],
        &["check", "empty"],
        &["check", "--format", "xml"],
        &["compile", "good.yml", "-t", "sql"],
        &["compile", "good.yml", "--index", "a | delete"],
        &["compile", "good.yml", "--kql-table", "T | take 1"],
        &["explain", "S9999"],
        &["schema", "show", "no/such"],
        &["schema", "show", "aws/cloudtrail", "--find", "no such word"],
        &["schema", "show", "aws/cloudtrail", "userAgent", "--matches", "a*"],
        &["schema", "show", "aws/cloudtrail", "eventNmae", "--matches", "a*"],
        &["schema", "infer", "missing.jsonl"],
        &["schema", "infer", "empty/x.txt"],
        &["schema", "infer", "good.yml", "--name", "One Word"],
        &["schema", "drift", "missing.jsonl", "--schema", "aws/cloudtrail"],
        &["schema", "drift", "empty/x.txt", "--schema", "no/such"],
        &["schema", "drift", "none.jsonl", "--schema", "aws/cloudtrail"],
        &["schema", "drift", "none.jsonl", "--schema", "aws/cloudtrail", "--format", "json"],
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
    assert_eq!(run.code, 1, "a named file that is not a rule is a finding");
    let run = Run::new(&folder, &["check", "."]);
    assert_eq!(run.code, 0, "in a folder it is passed over: {}", run.out);
}

#[test]
fn schemas_are_inferred_and_drift_is_exit_1() {
    let events = "{\"at\":\"2026-01-02T03:04:05Z\",\"who\":\"x\"}\n";
    let folder =
        folder(&[("one.jsonl", events), ("two.jsonl", "{\"at\":\"2026-01-02T03:04:05Z\",\"new\":1}\n")]);
    let run = Run::new(&folder, &["schema", "infer", "one.jsonl", "--name", "acme/audit"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("name: acme/audit\n") && run.out.contains("time: at\n"), "{}", run.out);
    std::fs::write(folder.path("acme.yaml"), &run.out).expect("writable");
    std::fs::write(folder.path("sigmata.toml"), "schemas = [\"acme.yaml\"]\n").expect("writable");
    let run = Run::new(&folder, &["schema", "drift", "one.jsonl", "--schema", "acme/audit"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let run = Run::new(&folder, &["schema", "drift", "one.jsonl", "two.jsonl", "--schema", "acme/audit"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.out, "new: unknown member `new`  (1x, first two.jsonl#0)\n");
    let run =
        Run::new(&folder, &["schema", "drift", "two.jsonl", "--schema", "acme/audit", "--format", "json"]);
    let found: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
    let found = &found["differences"][0];
    assert_eq!(found["field"], "new");
    assert_eq!(found["kind"], "field");
    assert_eq!(found["first"]["file"], "two.jsonl");
}

#[test]
fn schemas_are_shown_by_event_and_by_word() {
    let folder = folder(&[("good.yml", RULE)]);
    for (args, holds) in [
        (
            &["aws/cloudtrail", "requestParameters", "--event", "CreateUser"][..],
            "iam.amazonaws.com CreateUser",
        ),
        (&["aws/cloudtrail", "requestParameters", "--event", "CreateUser"], "userName"),
        (&["aws/cloudtrail", "--find", "CreateLoginProfile"], "CreateLoginProfile"),
        (
            &["aws/cloudtrail", "eventName", "--matches", "CreateAppInstance*"],
            "CreateAppInstanceUser  chime.amazonaws.com\n",
        ),
        (&["github/audit", "action", "--matches", "org.add_*"], "org.add_member"),
        (&["aws/cloudtrail", "userIdentity.arn"], "in sentinel AWSCloudTrail: UserIdentityArn"),
        (&["aws/cloudtrail"], "in splunk "),
        (&["azure/auditlogs", "--find", "ADD USER"], "  Add user\n"),
        // What an author asks of a log, a field, an event.
        (&["aws/cloudtrail"], "  success     errorCode: null\n"),
        (&["okta/okta"], "  what        eventType\n"),
        (&["aws/cloudtrail", "requestParameters.policyArn"], "    iam.amazonaws.com  AttachGroupPolicy, "),
        (&["aws/cloudtrail", "additionalEventData.MFAUsed"], "  values: No, Yes\n"),
        (&["aws/cloudtrail", "eventCategory"], "event category (one of 4)"),
        (&["aws/cloudtrail", "eventName"], "--matches '*'"),
        (&["aws/cloudtrail", "--find", "mfaused"], "  additionalEventData.MFAUsed  of 1 event\n"),
        (&["okta/okta", "--event", "USER.session.start"], "\neventType: user.session.start\n"),
        (&["slack/audit", "--event", "user_created"], "actor  "),
        (
            &["aws/cloudtrail", "responseElements.ConsoleLogin", "--event", "ConsoleLogin", "--matches", "*"],
            "Failure\nSuccess\n",
        ),
        (&["github/audit", "--event", "org.add_member", "--example"], "\"action\": \"org.add_member\""),
        (&["zoom/operation", "--example"], "\"action\": "),
        // The name of a log, or a part of it, or what rules call it.
        (&["cloudtrail"], "aws/cloudtrail: AWS CloudTrail\n"),
        (&["aws"], "aws/cloudtrail: AWS CloudTrail\n"),
        (&["azure"], "azure/signinlogs: "),
        (&["okta/system"], "okta/okta: "),
        // What a rule can name, whether or not the schema lists it.
        (&["m365", "Parameters.ForwardTo"], "Parameters.ForwardTo  string"),
        (&["aws/cloudtrail", "event.action"], "eventName  event name"),
        (&["okta", "debugContext.debugData.ownKey"], "debugContext.debugData.ownKey  "),
    ] {
        let run = Run::new(&folder, &[&["schema", "show"][..], args].concat());
        assert!(run.code == 0 && run.out.contains(holds), "{args:?} {holds}: {}{}", run.out, run.err);
    }
}

#[test]
fn schemas_are_shown_within_the_width_of_the_terminal() {
    for args in [
        &["schema", "list"][..],
        &["schema", "show", "aws/cloudtrail"],
        &["schema", "show", "aws/cloudtrail", "requestParameters.policyArn"],
        &["schema", "show", "okta/okta", "--event", "user.session.start"],
        &["schema", "show", "azure/auditlogs", "properties.targetResources"],
        &["schema", "show", "m365/audit", "--find", "mailbox"],
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(args)
            .env("COLUMNS", "80")
            .output()
            .expect("the command starts");
        let out = String::from_utf8(run.stdout).expect("UTF-8");
        for line in out.lines().filter(|line| line.chars().count() > 80) {
            // One word that is longer than its column stands alone.
            assert_eq!(line.split_whitespace().count(), 1, "{args:?}: {line}");
        }
        assert!(out.lines().count() > 3, "{args:?}: {out}");
    }
    // Every log, with its fields and an event of its own.
    let shown = |args: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args([&["schema", "show"], args].concat())
            .env("COLUMNS", "80")
            .output()
            .expect("the command starts");
        assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("UTF-8")
    };
    let registry = sigmata::schema::Registry::shipped();
    for name in registry.names() {
        for line in shown(&[name]).lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        assert!(shown(&[name, "--example"]).contains('{'), "{name}");
    }
}

/// An event of each kind of log shows the fields that it can have.
#[test]
fn an_event_is_shown_in_every_log() {
    for (log, event) in [
        ("aws", "CreateUser"),
        ("azure/activitylogs", "Microsoft.Compute/virtualMachines/write"),
        ("azure/auditlogs", "Add user"),
        ("gcp", "google.iam.admin.v1.CreateServiceAccountKey"),
        ("github", "repo.create"),
        ("google_workspace/admin", "CREATE_USER"),
        ("kubernetes", "create"),
        ("m365", "New-InboxRule"),
        ("okta", "user.session.start"),
        ("onelogin", "13"),
        ("slack", "user_login"),
        ("snowflake/query_history", "CREATE_USER"),
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(["schema", "show", log, "--event", event])
            .output()
            .expect("the command starts");
        let out = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success() && out.contains(event) && out.lines().count() > 5, "{log}: {out}");
    }
}

#[test]
fn check_json_is_the_documented_list() {
    let folder = folder(&[("sub/bad.yml", &RULE.replace("eventName", "eventNmae"))]);
    let run = Run::new(&folder, &["check", "sub", "--format", "json"]);
    assert_eq!(run.code, 1);
    let findings: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
    let finding = &findings["findings"][0];
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

/// `check` keeps what rules mean only where something refers to them; with `--fix` it keeps everything.
#[test]
fn what_correlations_say_of_rules_in_other_files_is_found_whatever_is_kept() {
    let correlation = |name: &str, of: &str, group: &str| {
        format!(
            "title: Often {name}\nname: {name}\ncorrelation:\n    type: event_count\n    rules: [{of}]\n    \
             group-by: [{group}]\n    timespan: 5m\n    condition:\n        gte: 3\n"
        )
    };
    let named = |name: &str| {
        RULE.replace("title: ", &format!("name: {name}\ntitle: ")).replace("5e8c3a39", "5e8c3a30")
    };
    let folder = folder(&[
        ("sigmata.toml", "rules = ['seen', 'elsewhere']\n"),
        ("seen/by_name.yml", &named("user")),
        ("seen/by_id.yml", RULE),
        ("seen/direct.yml", &correlation("direct", "user", "userIdentity.arnn")),
        (
            "seen/identifier.yml",
            &correlation("identifier", "5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d", "nonsense"),
        ),
        ("seen/chain.yml", &correlation("chain", "middle", "alsoNonsense")),
        ("elsewhere/middle.yml", &correlation("middle", "user", "sourceIPAddress")),
    ]);
    let brief = Run::new(&folder, &["check", "seen", "--format", "json"]);
    let whole = Run::new(&folder, &["check", "seen", "--format", "json", "--fix"]);
    assert_eq!((brief.code, &brief.out), (1, &whole.out));
    for name in ["arnn", "`nonsense`", "`alsoNonsense`"] {
        assert!(brief.out.contains(name), "{name} is not found to be wrong: {}", brief.out);
    }
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
    let document: Value = serde_json::from_str(&run.out).expect("JSON alone on standard output");
    let all = document["queries"].as_array().expect("queries");
    let of = |file: &str| -> Vec<&Value> {
        all.iter()
            .filter(|object| object["rule"]["file"].as_str().is_some_and(|name| name.ends_with(file)))
            .collect()
    };
    let languages = sigmata::backend::defaults().len();
    assert_eq!(of("good.yml").len(), languages);
    assert_eq!(of("two.yml").len(), 2 * languages);
    for object in of("good.yml") {
        assert_eq!(object["fidelity"], "exact", "{object:#}");
        assert_eq!(object["checked"], true);
        assert!(object["query"].is_string());
    }
    for file in ["broken.yml", "bad.yml", "other.yml"] {
        assert_eq!(of(file).len(), languages, "{file}");
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
    let folder = folder(&[
        ("sigmata.toml", ""),
        ("in/aws/good.yml", RULE),
        ("in/bad.yml", &RULE.replace("eventName", "eventNmae")),
    ]);
    let run = Run::new(&folder, &["compile", "in", "-o", "out"]);
    assert_eq!(run.code, 1, "one rule is refused");
    for name in ["kql/in/aws/good.kql", "spl/in/aws/good.spl", "cwli/in/aws/good.cwli"] {
        let text = std::fs::read_to_string(folder.path("out").join(name)).expect(name);
        assert!(text.contains("CreateUser"), "{text}");
    }
    assert!(!folder.path("out/kql/in/bad.kql").exists());
}

#[test]
fn a_folder_of_queries_is_a_build() {
    let noted =
        RULE.replace("eventName: CreateUser", "eventName|re: '(?i)créate\\buser'").replace("5e8c", "6e8c");
    let folder =
        folder(&[("sigmata.toml", ""), ("rules/aws/good.yml", RULE), ("rules/aws/noted.yml", &noted)]);
    let compile = |args: &[&str]| Run::new(&folder, &[&["compile"], args].concat());
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).expect("a file");
    let run = compile(&["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let manifest = read("out/sigmata-manifest.json");
    let value: Value = serde_json::from_str(&manifest).expect("JSON");
    let approximate: Vec<&Value> = value["objects"]
        .as_array()
        .expect("objects")
        .iter()
        .filter(|object| !object["notes"].as_array().is_none_or(Vec::is_empty))
        .collect();
    assert!(!approximate.is_empty(), "{manifest}");
    for object in approximate {
        let text = read(&format!("out/{}", object["files"][0].as_str().expect("a path")));
        let note = object["notes"][0].as_str().expect("a note");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.contains(note.get(..40).unwrap_or(note)), "{note}: {text}");
    }
    // However the paths are given, there is nothing to do.
    for paths in [&["."][..], &["rules/aws"], &["rules/aws/noted.yml", "./rules/aws/good.yml"]] {
        let run = compile(&[paths, &["-o", "out", "--check"]].concat());
        assert_eq!(
            (run.code, run.out.contains("is up to date")),
            (0, true),
            "{paths:?}: {}{}",
            run.out,
            run.err
        );
    }
    assert_eq!(read("out/sigmata-manifest.json"), manifest);
    // A rule changes, another is gone, and what others made is left.
    std::fs::write(folder.path("rules/aws/good.yml"), RULE.replace("CreateUser", "DeleteUser"))
        .expect("written");
    std::fs::remove_file(folder.path("rules/aws/noted.yml")).expect("removed");
    std::fs::write(folder.path("out/README.md"), "ours").expect("written");
    let run = compile(&["rules", "-o", "out", "--check"]);
    assert_eq!((run.code, run.out.contains("kql/rules/aws/good.kql")), (1, true), "{}{}", run.out, run.err);
    assert_eq!(read("out/sigmata-manifest.json"), manifest, "a check writes nothing");
    let run = compile(&["rules", "-o", "out"]);
    assert_eq!((run.code, run.out.contains("no rule gives it")), (0, true), "{}{}", run.out, run.err);
    let run = compile(&["rules", "-o", "out", "--prune"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!folder.path("out/kql/rules/aws/noted.kql").exists());
    assert!(read("out/kql/rules/aws/good.kql").contains("DeleteUser"));
    assert_eq!(read("out/README.md"), "ours");
    let value: Value = serde_json::from_str(&read("out/sigmata-manifest.json")).expect("JSON");
    assert!(
        value["objects"].as_array().expect("objects").iter().all(|object| object["version"] == 1),
        "{value:#}"
    );
    // What cannot be read is not gone, and what is in the way ends the run.
    std::fs::write(folder.path("rules/aws/good.yml"), RULE.replace("detection:\n", "detection: [\n"))
        .expect("written");
    let run = compile(&["rules", "-o", "out", "--prune"]);
    assert!(run.code > 0 && run.err.contains("nothing is written"), "{}{}", run.out, run.err);
    assert!(folder.path("out/kql/rules/aws/good.kql").exists());
    std::fs::write(folder.path("rules/aws/good.yml"), RULE).expect("written");
    std::fs::create_dir_all(folder.path("other/kql/rules/aws")).expect("a folder");
    std::fs::write(folder.path("other/kql/rules/aws/good.kql"), "somebody's").expect("written");
    let run = compile(&["rules", "-o", "other"]);
    assert!(run.code == 2 && run.err.contains("in the way"), "{}{}", run.out, run.err);
}

#[test]
fn a_file_reached_twice_counts_once_and_fixes_are_written() {
    let folder = folder(&[("a.yml", &RULE.replace("eventName", "EventName"))]);
    let run = Run::new(&folder, &["check", "a.yml", ".", "--format", "json"]);
    let findings: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(findings["findings"].as_array().map(Vec::len), Some(1), "{findings:#?}");
    let run = Run::new(&folder, &["check", "a.yml", "--fix", "--fail-on", "warning"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(std::fs::read_to_string(folder.path("a.yml")).expect("the file"), RULE);
}

#[test]
fn every_code_has_a_page_with_its_headings() {
    let mut seen = std::collections::BTreeSet::new();
    for code in sigmata::codes() {
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

/// A rule with an element block, negations and keywords, and what is reported for one event.
#[test]
fn an_account_tells_the_truth_and_the_value_of_each_part() {
    let rule =
        RULE.replace("status:", "sigma-version: 3\nstatus:").replace("CreateUser", "CreateRole").replace(
            "    condition: selection\n",
            "    statement:
        requestParameters.assumeRolePolicyDocument.Statement[any]:
            Effect: Allow
            Principal.AWS|contains: '*'
    agent:
        userAgent|contains|all: [aws, cli]
        errorCode: null
        sourceIPAddress|cidr|neq: 10.0.0.0/8
    filter_deploy:
        userIdentity.arn|endswith: /deploy
    filter_other:
        - userIdentity.type|exists: false
        - awsRegion: [us-east-1, eu-west-1]
    condition: selection and (statement or agent) and not 1 of filter_*
",
        );
    let event = r#"{"eventTime":"2026-11-24T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser",
        "userAgent":"aws-sdk","sourceIPAddress":"203.0.113.7","awsRegion":"us-east-1",
        "userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/x"},
        "requestParameters":{"assumeRolePolicyDocument":
            "{\"Statement\":[{\"Effect\":\"Deny\"},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"1*\"}}]}"}}"#;
    let folder = folder(&[("rule.yml", &rule), ("event.json", event)]);
    let run = Run::new(&folder, &["eval", "rule.yml", "--events", "event.json", "--explain"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let expected = r#"event.json#0  2026-11-24T10:00:00Z  no match  IAM user created  rule.yml
  false  all of
  false    selection: all of
  true       eventSource: iam.amazonaws.com                                    "iam.amazonaws.com"
  false      eventName: CreateRole                                             "DeleteUser"
  true     any of
  true       statement
  true         some element of requestParameters.assumeRolePolicyDocument.Statement  element 1 of 2, from 0
  true           all of
  true             Effect: Allow                     "Allow"
  true             Principal.AWS|contains: *         "1*"
  false      agent: all of
  true         userAgent|contains: aws               "aws-sdk"
  false        userAgent|contains: cli               "aws-sdk"
  true         errorCode: null                       no value
  true         not sourceIPAddress|cidr: 10.0.0.0/8  "203.0.113.7"
  false    not any of
  false      filter_deploy
  false        userIdentity.arn|endswith: /deploy    "arn:aws:iam::111122223333:user/x"
  true       filter_other: any of
  false        not userIdentity.type|exists: true    "IAMUser"
  true         awsRegion: [us-east-1, eu-west-1]     "us-east-1"
  why not: `eventName: CreateRole` (line 14) is false: the event has "DeleteUser"
  why not: `awsRegion: [us-east-1, eu-west-1]` (line 27) holds, and must not: the event has "us-east-1"
"#;
    let squeezed = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.split("  ").filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  "))
            .collect()
    };
    assert_eq!(squeezed(run.out.trim_end()), squeezed(expected), "{}", run.out);
    let column =
        |text: &str| run.out.lines().find(|line| line.contains(text)).and_then(|line| line.find('"'));
    assert_eq!(column("userAgent|contains: cli"), column("Effect: Allow"), "values are in one column");

    let run =
        Run::new(&folder, &["eval", "rule.yml", "--events", "event.json", "--explain", "--format", "jsonl"]);
    let account: Value = serde_json::from_str(run.out.trim()).expect("one line for the rule and the event");
    assert_eq!(account["matches"], false);
    assert_eq!(account["reasons"].as_array().map(Vec::len), Some(2));
    let name = &account["tree"]["parts"][0]["parts"][1];
    assert_eq!((&name["holds"], &name["line"]), (&Value::from(false), &Value::from(14)));
    assert_eq!(name["seen"][0], "\"DeleteUser\"");

    let other = event.replace("DeleteUser", "CreateRole").replace("us-east-1", "us-east-2");
    std::fs::write(folder.path("event.json"), other).expect("a new file");
    let run = Run::new(&folder, &["eval", "rule.yml", "--events", "event.json", "--explain"]);
    assert!(run.out.contains("  match  IAM user created") && !run.out.contains("why not"), "{}", run.out);
    assert!(run.out.lines().nth(1).is_some_and(|line| line.trim() == "true   all of"), "{}", run.out);
}

#[test]
fn an_account_obeys_no_event() {
    let rule = RULE
        .replace("        eventName: CreateUser\n", "        userAgent: |\n            a\n            b\n");
    let long = "x".repeat(100_000);
    let event = format!(
        r#"{{"eventSource":"iam.amazonaws.com","userAgent":["\u001b[2J\u009b2J\u007f","{long}",{{"a":1}},1,2,3,4]}}"#
    );
    let folder = folder(&[("rule.yml", &rule), ("event.json", &event)]);
    let run = Run::new(&folder, &["eval", "rule.yml", "--events", "event.json", "--explain"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.chars().all(|char| char == '\n' || !char.is_control()), "{:?}", run.out);
    assert!(run.out.len() < 2_000 && run.out.contains("and 2 more"), "{}", run.out);
}

#[test]
fn a_file_of_another_kind_is_named_once() {
    let folder = folder(&[
        (
            "rule.yml",
            "title: x\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: CreateUser}, condition: s}\n",
        ),
        ("pipeline.yml", "name: x\ntransformations: []\n"),
        ("schema.yaml", "sigmata-schema: 2\nname: a/b\n"),
        ("x.test.yml", "match: []\n"),
        ("sigmata.toml", "fail-on = 'error'\n"),
        ("events.json", "{\"eventName\": \"CreateUser\"}\n"),
    ]);
    for (args, expected) in [
        (
            "compile rule.yml --pipeline rule.yml",
            "a processing pipeline is expected, but the file holds a Sigma rule",
        ),
        ("compile rule.yml --pipeline events.json", "but the file holds JSON, such as events"),
        ("eval rule.yml --events rule.yml", "events in JSON are expected, but the file holds a Sigma rule"),
        ("eval rule.yml --events sigmata.toml", "but the file holds settings"),
        ("schema infer schema.yaml", "but the file holds the schema of a log"),
        ("check pipeline.yml", "a Sigma rule is expected, but the file holds a processing pipeline"),
        ("check x.test.yml", "but the file holds tests of a rule"),
        ("check events.json", "events go to `eval --events`"),
        (
            "check rule.yml --config rule.yml",
            "a configuration in TOML is expected, but the file holds a Sigma rule",
        ),
        ("check rule.yml --baseline rule.yml", "it holds a Sigma rule"),
        ("check rule.yml --set schemas=rule.yml", "a schema is expected, but the file holds a Sigma rule"),
    ] {
        let run = Run::new(&folder, &args.split(' ').collect::<Vec<_>>());
        let said = format!("{}{}", run.out, run.err);
        assert!(run.code > 0 && said.contains(expected), "{args}: {said}");
        assert!(said.matches("but the file holds").count() < 2, "{args}: {said}");
    }
    // Of a file that is not JSON at all, ten places are enough.
    std::fs::write(folder.path("table.csv"), "a,b\n".repeat(1_000)).expect("a file");
    for args in [["eval", "rule.yml", "--events", "table.csv"], ["schema", "infer", "table.csv", "--quiet"]] {
        let run = Run::new(&folder, &args);
        assert!(run.code == 2 && run.err.contains("990 more places hold no event either"), "{}", run.err);
        assert_eq!(run.err.matches("table.csv: line").count(), 10, "{}", run.err);
    }
    // An event can have the words of a baseline.
    std::fs::write(folder.path("events.json"), "{\"version\": \"0\", \"findings\": []}\n").expect("a file");
    let run = Run::new(&folder, &["eval", "rule.yml", "--events", "events.json"]);
    assert!(!run.err.contains("expected"), "{}", run.err);
}

#[test]
fn standard_input_may_be_named_as_a_file_of_a_folder_to_come() {
    let folder =
        folder(&[("sigmata.toml", "[[override]]\npaths = ['new/**']\nlints = { S0433 = 'allow' }\n")]);
    let text = RULE.replace("CreateUser", "CreateUserr");
    for (name, code) in [("new/deep/x.yml", 0), ("other/x.yml", 1)] {
        let run = Run::with_input(&folder, &["check", "-", "--stdin-filename", name], &text);
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
    }
    assert_eq!(Run::new(&folder, &["check", "new/x.yml"]).code, 2);
}

#[test]
fn the_nearest_command_is_offered() {
    let folder = folder(&[]);
    for (typed, meant) in [("chekc", "check"), ("complie", "compile"), ("evla", "eval"), ("fmtt", "fmt")] {
        let run = Run::new(&folder, &[typed]);
        assert!(run.code == 2 && run.err.contains(&format!("exists: '{meant}'")), "{}", run.err);
    }
}

#[test]
fn manual_pages_have_the_usual_sections() {
    let folder = folder(&[]);
    let run = Run::new(&folder, &["man"]);
    assert!(run.out.contains(".SH EXAMPLES\n.nf\n  sigmata check rules"), "{}", run.out);
    assert!(run.out.contains(".SH \"EXIT STATUS\"\n") && !run.out.contains("EXTRA"), "{}", run.out);
    let version = env!("CARGO_PKG_VERSION");
    assert!(run.out.contains(&format!("\"sigmata {version}\" \"sigmata manual\"")), "{}", run.out);
}

#[test]
fn an_example_event_has_a_source_although_the_rule_names_none() {
    let rule = RULE.replace("eventSource: iam.amazonaws.com", "errorCode: AccessDenied");
    for rule in [rule.clone(), rule.replace("eventName: CreateUser", "userIdentity.type: IAMUser")] {
        let folder = folder(&[("a.yml", &rule)]);
        let run = Run::new(&folder, &["witness", "a.yml", "--format", "jsonl"]);
        let line: Value = serde_json::from_str(run.out.lines().next().expect("a line")).expect("JSON");
        let event = &line["event"];
        assert_eq!(event["eventSource"], "iam.amazonaws.com", "{event}");
        assert_eq!(event["eventName"], "CreateUser", "{event}");
    }
}

#[test]
fn compile_tells_what_is_wrong_with_filters() {
    let rule = "title: User created\nid: 0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5\nname: uc\nstatus: test\nlevel: low\n\
        logsource: {product: aws, service: cloudtrail}\n\
        detection: {s: {eventSource: iam.amazonaws.com, eventName: CreateUser}, condition: s}\n";
    let filter = |rules: &str, selection: &str| {
        format!(
            "title: Known\nlogsource: {{product: aws, service: cloudtrail}}\n\
             filter: {{rules: {rules}, s: {{{selection}}}, condition: not s}}\n"
        )
    };
    let nothing = filter("[uc]", "eventName: CreateUser");
    let misspelt = filter("[ucc]", "userIdentity.userName: x");
    let folder = folder(&[("rule.yml", rule), ("nothing.yml", &nothing), ("misspelt.yml", &misspelt)]);
    // A filter that leaves nothing: no query, by any way to one.
    for args in [
        &["compile", "rule.yml", "nothing.yml"][..],
        &["compile", "-t", "spl", "rule.yml", "nothing.yml"],
        &["export", "rule.yml", "nothing.yml", "-o", "out"],
        &["check", "rule.yml", "nothing.yml"],
    ] {
        let run = Run::new(&folder, args);
        let said = format!("{}{}", run.out, run.err);
        assert!(run.code == 1 && said.contains("S0675"), "{args:?}: {said}");
        assert!(!said.contains("| where"), "{args:?}: {said}");
    }
    assert!(!folder.path("out/sentinel").exists());
    // One that names no rule: the query is that without it, which is said.
    let run = Run::new(&folder, &["compile", "-t", "kql", "rule.yml", "misspelt.yml"]);
    assert!(
        run.code == 0 && run.out.contains("CreateUser") && run.err.contains("S0660"),
        "{}{}",
        run.out,
        run.err
    );
}
