//! The author's day: tests that say what they leave open, failures that show why, tests as the public repository keeps
//! them, what editors complete, and runs that follow the files.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use json_schema::misfits;
use serde_json::{Value, json};
use support::{Folder, Run, folder};

const RULE: &str = "\
title: Users and roles
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: experimental
description: Somebody makes a user or a role.
author: Ada
date: 2026-11-23
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName:
            - CreateUser
            - CreateRole
    filter_root:
        userIdentity.type: Root
    condition: selection and not filter_root
level: low
";

const TESTS: &str = "\
match:
  - name: a user
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {type: IAMUser}}
no_match:
  - name: root
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {type: Root}}
";

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}\n{}{}", run.out, run.err))
}

#[test]
fn coverage_names_what_no_test_makes_true_or_false() {
    let folder = folder(&[("x.yml", RULE), ("x.test.yml", TESTS)]);
    let run = Run::new(&folder, &["test", "--coverage"]);
    let expected =
        "x.yml: tests cover 1 of 3 parts\n  line 12: `eventSource: iam.amazonaws.com` is never false\n";
    assert!(run.code == 0 && run.out.starts_with(expected), "{}", run.out);
    let document = json(&Run::new(&folder, &["test", "--coverage", "--format", "json"]));
    let covered = &document["coverage"][0];
    assert_eq!((&covered["parts"], &covered["covered"]), (&json!(3), &json!(1)), "{covered}");
    assert_eq!(covered["missing"][0]["never"], "false");
    let more = format!(
        "{TESTS}  - name: another service\n    event: {{eventSource: s3.amazonaws.com, eventName: x}}\n"
    );
    std::fs::write(folder.path("x.test.yml"), &more).expect("a file");
    let run = Run::new(&folder, &["test", "--coverage"]);
    assert_eq!(
        run.out,
        "x.yml: tests cover 2 of 3 parts\n  line 13: no test has `CreateRole` of `eventName`\n\
         3 tests: 3 passed, 0 failed; 2 of 3 parts covered\n"
    );
    let document = json(&Run::new(&folder, &["test", "--coverage", "--format", "json"]));
    assert_eq!(document["coverage"][0]["values"][0]["missing"], json!(["CreateRole"]));
    let whole = more.replace("eventName: x", "eventName: CreateRole");
    std::fs::write(folder.path("x.test.yml"), whole).expect("a file");
    let run = Run::new(&folder, &["test", "--coverage"]);
    assert!(
        run.out.contains("`eventName:` is never false") && !run.out.contains("no test has"),
        "{}",
        run.out
    );
}

/// Whatever the values are: texts in elements of an array, numbers, blocks, expressions, and values that are encoded.
#[test]
fn coverage_names_the_values_that_no_test_has() {
    let of = |items: &str, event: &str| {
        let rule = RULE.replace(
            "        eventName:\n            - CreateUser\n            - CreateRole\n",
            &format!("        {items}\n"),
        );
        let tests = format!("match:\n  - event: {{eventSource: iam.amazonaws.com, {event}}}\n");
        let folder = folder(&[("x.yml", &rule), ("x.test.yml", &tests)]);
        let run = Run::new(&folder, &["test", "--coverage", "--set", "lints.all=allow"]);
        let line = run.out.lines().find_map(|line| line.split_once("no test has "));
        line.map_or_else(|| run.out.clone(), |(_, said)| said.to_owned())
    };
    for (items, event, expected) in [
        (
            "eventName: [CreateUser, DeleteUser, TagUser, GetUser, ListUsers, CreateGroup]",
            "eventName: CreateUser",
            "`DeleteUser`, `TagUser`, `GetUser` and 2 more of `eventName`",
        ),
        ("eventName|re: ['^Create', '^Delete']", "eventName: CreateUser", "`^Delete` of `eventName`"),
        (
            "sourceIPAddress|cidr: [10.0.0.0/8, 192.0.2.0/24]",
            "sourceIPAddress: 10.1.2.3",
            "`192.0.2.0/24` of `sourceIPAddress`",
        ),
        ("eventName|contains|all: [Create, User]", "eventName: CreateUser", ""),
        (
            "resources.accountId: ['111122223333', '444455556666']",
            "resources: [{accountId: '111122223333'}]",
            "`444455556666` of `resources.accountId`",
        ),
    ] {
        let said = of(items, event);
        assert!(
            if expected.is_empty() {
                !said.contains('`') || said.contains("never false")
            } else {
                said == expected
            },
            "{items}: {said}"
        );
    }
}

#[test]
fn a_failed_test_shows_the_truth_of_each_part() {
    let tests = TESTS.replace("name: a user\n", "name: a group\n").replacen("CreateUser", "CreateGroup", 1);
    let folder = folder(&[("x.yml", RULE), ("x.test.yml", &tests)]);
    let run = Run::new(&folder, &["test"]);
    assert_eq!(run.code, 1);
    for part in ["`a group` does not match", "CreateGroup", "eventSource: iam.amazonaws.com"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let tree: Vec<&str> =
        run.out.lines().filter(|line| line.starts_with("  true ") || line.starts_with("  false ")).collect();
    assert!(tree.len() >= 4, "{}", run.out);
    let report = Run::new(&folder, &["test", "--format", "junit"]).out;
    assert!(report.contains("<system-out>") && report.contains("  false  all of"), "{report}");
}

/// A rule with tests as the public repository keeps them.
fn regression(info: &str) -> Folder {
    let rule = format!("{RULE}regression_tests_path: regression_data/rules/x/info.yml\n");
    folder(&[
        (".git/HEAD", ""),
        ("rules/aws/x.yml", &rule),
        ("regression_data/rules/x/info.yml", info),
        (
            "regression_data/rules/x/a.json",
            "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n{\"eventSource\":\"x\"}\n",
        ),
    ])
}

const INFO: &str = "\
id: 8a803851-82d8-4c09-b392-9489544d2ec5
rule_metadata:
    - id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
      title: Users and roles
regression_tests_info:
    - name: Positive Detection Test
      type: json
      match_count: 1
      path: regression_data/rules/x/a.json
    - name: Another
      type: evtx
      path: regression_data/rules/x/a.evtx
";

#[test]
fn regression_tests_of_the_public_repository_are_run() {
    let folder = regression(INFO);
    for args in [
        &["test", "--require-tests"][..],
        &["test", "rules/aws/x.yml", "--require-tests"],
        &["test", "./rules"],
    ] {
        let run = Run::new(&folder, args);
        let expected = "1 test: 1 passed, 0 failed; 1 recording of type evtx not read\n";
        assert_eq!((run.code, &*run.out), (0, expected), "{args:?}: {}", run.err);
    }
    for (from, to, said) in [
        ("match_count: 1", "match_count: 2", "matches 1 of 2 events"),
        ("x/a.json", "x/gone.json", "no such file"),
        ("5e8c3a39", "6e8c3a39", "no rule `6e8c3a39"),
        ("regression_tests_info", "regression_tests", "did you mean `regression_tests_info`?"),
        ("regression_tests_info", "tests", "the file holds no test"),
    ] {
        let folder = regression(&INFO.replace(from, to));
        let run = Run::new(&folder, &["test", "rules"]);
        assert!(run.code == 1 && run.out.contains(said), "{to}: {}{}", run.out, run.err);
        assert!(run.out.contains("regression_data/rules/x/info.yml:"), "{to}: {}", run.out);
    }
    std::fs::remove_file(folder.path("regression_data/rules/x/info.yml")).expect("a file");
    let run = Run::new(&folder, &["test", "rules"]);
    assert!(
        run.code == 1 && run.out.contains("are not there") && run.out.contains("x.yml:20:"),
        "{}",
        run.out
    );
}

#[test]
fn regression_tests_are_written_and_pass() {
    let folder = folder(&[(".git/HEAD", ""), ("rules/aws/x.yml", RULE)]);
    let run = Run::new(&folder, &["witness", "rules", "--as-regression", "regression_data/rules"]);
    assert_eq!((run.code, &*run.out), (0, "regression_data/rules/aws/x/info.yml\n"), "{}", run.err);
    let line = "regression_tests_path: regression_data/rules/aws/x/info.yml";
    assert!(run.err.contains(line), "{}", run.err);
    std::fs::write(folder.path("rules/aws/x.yml"), format!("{RULE}{line}\n")).expect("a file");
    let run = Run::new(&folder, &["test", "rules", "--require-tests"]);
    assert_eq!((run.code, &*run.out), (0, "1 test: 1 passed, 0 failed\n"), "{}", run.err);
    // What is there stays.
    let run = Run::new(&folder, &["witness", "rules", "--as-regression", "regression_data/rules"]);
    assert_eq!((run.code, &*run.out), (0, ""), "{}", run.err);
    assert!(
        run.err.contains("rules/aws/x.yml: regression_data/rules/aws/x/info.yml exists and is left as it is")
    );
}

#[test]
fn editors_complete_fields_and_values() {
    let folder = folder(&[]);
    let schema = json(&Run::new(&folder, &["schema", "json", "okta"]));
    let good = json!({
        "title": "x",
        "logsource": {"product": "okta", "service": "okta"},
        "detection": {
            "s": {"eventType": ["user.session.start", "new.event"], "actor.alternateId|endswith": "@x", "n": null},
            "condition": "s",
        },
        "fields": ["actor.alternateId"],
    });
    assert_eq!(misfits(&schema, &good), Vec::<String>::new());
    let mut bad = good;
    bad["level"] = "hihg".into();
    assert_eq!(misfits(&schema, &bad).len(), 1);
    let fields = &schema["$defs"]["fields"]["$defs"];
    let known = |field: &str, value: &str| {
        fields[field]["anyOf"][0]["enum"].as_array().is_some_and(|all| all.contains(&value.into()))
    };
    assert!(known("eventType", "user.session.start") && known("outcome.result", "SUCCESS"), "{fields}");
    assert!(fields["actor.alternateId"]["description"].as_str().is_some_and(|text| text.len() > 5));
    // Every reference leads somewhere.
    for (name, reference) in schema["$defs"]["items"]["properties"].as_object().expect("fields") {
        let Some(pointer) = reference["$ref"].as_str() else { continue };
        let pointer = pointer.trim_start_matches('#').replace("%7B", "{").replace("%7D", "}");
        assert!(pointer.contains('%') || schema.pointer(&pointer).is_some(), "{name}: {pointer}");
    }
    let event = json(&Run::new(
        &folder,
        &["schema", "json", "aws/cloudtrail", "--event", "iam.amazonaws.com/CreateUser"],
    ));
    assert!(
        event["$defs"]["fields"]["$defs"]["requestParameters.userName"].is_object(),
        "{}",
        event["title"]
    );
    // A field can be called like a word of JSON Schema.
    let cloudtrail = json(&Run::new(&folder, &["schema", "json", "aws/cloudtrail"]));
    let rule = |field: &str, value: Value| {
        json!({
            "title": "x",
            "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"s": {field: value}, "condition": "s"},
        })
    };
    assert_eq!(misfits(&cloudtrail, &rule("readOnly", true.into())), Vec::<String>::new());
    let wrong = Run::new(&folder, &["schema", "json", "oktaa"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `okta"), "{}", wrong.err);
}

#[test]
fn a_watched_run_follows_the_files() {
    let folder = folder(&[("rules/x.yml", RULE)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(["check", "rules", "--watch"])
        .current_dir(folder.path(""))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
    let mut until = |end: &str| {
        let mut seen = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            seen.push(line);
            if seen.last().is_some_and(|line| line.starts_with(end)) {
                break;
            }
        }
        seen.join("\n")
    };
    let first = until("-- watching");
    assert!(first.contains("1 rule: no findings"), "{first}");
    std::fs::write(folder.path("rules/x.yml"), RULE.replace("CreateRole", "CreateRolle")).expect("a file");
    let second = until("-- watching");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(second.contains("-- rules/x.yml changed") && second.contains("S0433"), "{second}");
}

#[test]
fn what_would_be_ignored_is_refused() {
    let folder =
        folder(&[("a.yml", RULE), ("b.txt", "services: {web: {image: nginx}}\n"), ("known.json", "{}")]);
    for (args, said) in [
        (&["check", "--statistics", "--format", "json"][..], "`--statistics` counts for people"),
        (&["check", "--statistics", "--format", "sarif"], "`--statistics` counts for people"),
        (&["check", "--show-files", "--format", "json"], "--show-files"),
        (&["check", "--show-files", "--output-file", "json=x"], "--show-files"),
        (&["check", "--show-files", "--fix"], "--show-files"),
        (&["check", "--diff", "--format", "sarif"], "--diff"),
        (&["check", "--diff", "--output-file", "x"], "--diff"),
        (
            &["check", "--baseline", "known.json", "--update-baseline", "--format", "json"],
            "--update-baseline",
        ),
        (
            &["check", "--output-file", "json=x", "--output-file", "sarif=./x"],
            "`--output-file` names `./x` twice",
        ),
        (&["compile", "--output-file", "json=x", "--output-file", "x"], "`--output-file` names `x` twice"),
        (&["eval", "a.yml", "--events", "known.json", "--output-file", "x", "--output-file", "x"], "twice"),
        (&["check", "a.yml", "--select", "S0433", "--ignore", "S0433"], "leave no finding to look for"),
        (
            &["check", "a.yml", "--select", "S0433,S0434", "--ignore", "S0434,S0433"],
            "leave no finding to look for",
        ),
        (&["check", "a.yml", "--stdin-filename", "b.yml"], "`--stdin-filename b.yml` names standard input"),
        (&["compile", "--stdin-filename", "b.yml"], "write `-` for it"),
        (&["fmt", "a.yml", "--stdin-filename", "b.yml"], "write `-` for it"),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == 2 && run.err.contains(said), "{args:?}: {} {}", run.code, run.err);
        assert!(!folder.path("x").exists(), "{args:?}");
    }
    for args in [
        &["check", "--statistics", "--format", "concise"][..],
        &["check", "--statistics", "--output-file", "sarif=s.sarif", "--output-file", "json=s.json"],
        &["check", "a.yml", "-", "--stdin-filename", "c.yml"],
    ] {
        let run = Run::with_input(
            &folder,
            args,
            &RULE.replace("5e8c3a39", "6e8c3a39").replace("title: ", "title: Not "),
        );
        assert_eq!(run.code, 0, "{args:?}: {}{}", run.out, run.err);
    }
    // A file that holds no rule is one whatever it is called.
    for name in ["b.yml", "b.json", "b", "B.YML"] {
        std::fs::copy(folder.path("b.txt"), folder.path(name)).expect("a file");
        for command in ["check", "compile", "test", "fmt"] {
            let of = |name: &str| Run::new(&folder, &[command, name]).code;
            assert_eq!(of(name), of("b.txt"), "{command} {name}");
        }
    }
}

#[test]
fn git_applies_what_diff_prints() {
    let folder = folder(&[]);
    let git = |args: &[&str], at: &str, input: &str| {
        let mut child = std::process::Command::new("git")
            .args(args)
            .current_dir(folder.path(at))
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("git");
        std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes())
            .expect("written");
        let output = child.wait_with_output().expect("git");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"], "", "");
    let bad = RULE.replace("date: 2026-11-23", "date: 2026/11/23").replace("status: e", "status: E");
    let ends_early = bad.trim_end();
    let absolute = folder.path("sub/plain.yml");
    let absolute = absolute.to_str().expect("UTF-8");
    for command in [&["check", "--diff"][..], &["fmt", "--diff"]] {
        for (file, at, path) in [
            ("sub/plain.yml", "", "sub"),
            ("sub/plain.yml", "", "./sub/plain.yml"),
            ("sub/plain.yml", "sub", "."),
            ("sub/plain.yml", "sub", "plain.yml"),
            ("sub/plain.yml", "", absolute),
            ("a b/with blanks.yml", "", "a b"),
        ] {
            std::fs::create_dir_all(folder.path(file).parent().expect("a folder")).expect("a folder");
            let moved = RULE.replace("author: Ada\n", "") + "author: Ada\n";
            let before = if command[0] == "fmt" { &*moved } else { ends_early };
            std::fs::write(folder.path(file), before).expect("a rule");
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_sigmata"))
                .args(command)
                .arg(path)
                .current_dir(folder.path(at))
                .output()
                .expect("a run");
            let patch = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(output.status.code(), Some(1), "{command:?} {path}: {patch}");
            git(&["apply"], at, &patch);
            let again = Run::new(&folder, &[command, &[file]].concat());
            assert_eq!((again.code, &*again.out), (0, ""), "{command:?} {path}: {patch}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named_and_hides_nothing() {
    let folder = folder(&[("rules/a.yml", RULE), ("rules/a.test.yml", "match: []\n")]);
    std::os::unix::fs::symlink("nowhere.yml", folder.path("rules/gone.yml")).expect("a link");
    std::os::unix::fs::symlink("nowhere.md", folder.path("rules/readme.md")).expect("a link");
    for command in ["check", "compile", "test", "fmt", "witness", "overlap"] {
        for path in ["rules", "rules/gone.yml"] {
            let run = Run::new(&folder, &[command, path]);
            let told = run.err.contains("`rules/gone.yml`: the link leads nowhere");
            assert!(run.code == 2 && told, "{command} {path}: {} {}", run.code, run.err);
            assert!(!run.err.contains("readme.md"), "{}", run.err);
        }
    }
    let run = Run::new(&folder, &["check", "rules"]);
    assert!(run.out.ends_with("1 rule: no findings; 1 file could not be read\n"), "{}", run.out);
    assert_eq!(Run::new(&folder, &["check", "rules", "--set", "exclude=gone.yml"]).code, 0);
}

/// Programs get names from the root of the repository, people names that open from where they are.
#[test]
fn files_are_named_from_the_root_for_programs_and_from_here_for_people() {
    let broken = RULE
        .replace("5e8c", "6e8c")
        .replace("title: Users", "title: Others")
        .replace("CreateRole", "CreateRolle");
    let folder = folder(&[
        ("sub/rules/a.yml", RULE),
        ("sub/rules/a.test.yml", TESTS),
        ("sub/rules/b.yml", &broken),
        (
            "sub/events.jsonl",
            "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\",\"eventVersion\":\"1.08\",\"file\":\"kept\"}\n",
        ),
    ]);
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(args)
            .current_dir(folder.path("sub"))
            .output()
            .expect("a run");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let whole = folder.path("sub/rules").display().to_string();
    for command in [
        &["check"][..],
        &["test"],
        &["compile", "-t", "kql"],
        &["eval", "--events", "events.jsonl", "--"],
        &["witness", "--limit", "1", "--"],
        &["diff", "rules/b.yml"],
        &["overlap"],
    ] {
        for path in ["rules", "./rules", &*whole] {
            for format in ["json", "jsonl"] {
                let printed = run(&[&[command[0], "--format", format], &command[1..], &[path]].concat());
                let mut names = Vec::new();
                for value in serde_json::Deserializer::from_str(&printed).into_iter::<Value>() {
                    named(&value.expect("JSON"), &mut names);
                }
                let all =
                    names.iter().all(|name| name.starts_with("sub/rules/") || name == "sub/events.jsonl");
                assert!(
                    all && (!names.is_empty() || command[0] == "overlap"),
                    "{command:?} {path} {format}: {names:?} {printed}"
                );
            }
        }
    }
    let drift = run(&["schema", "drift", "--schema", "okta/okta", "events.jsonl", "--format", "json"]);
    assert!(drift.contains("\"file\": \"sub/events.jsonl\""), "{drift}");
    for format in ["text", "concise"] {
        let printed = run(&["check", "--format", format, "rules"]);
        assert!(printed.contains("rules/b.yml") && !printed.contains("sub/rules"), "{printed}");
    }
}

/// The names of files in a document, but for what events hold.
fn named(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        Value::Object(members) => {
            for (key, member) in members.iter().filter(|(key, _)| *key != "event") {
                match member.as_str().filter(|_| key == "file") {
                    Some(name) => names.push(name.to_owned()),
                    None => named(member, names),
                }
            }
        }
        _ => {}
    }
}
