//! Nothing is lost without a word: what became of every file, document and event, and the exit code that says so.

#[path = "support/rule.rs"]
mod rule;
mod support;

use rule::RULE;
use serde_json::Value;
use support::{Folder, Run, folder};

const EVENT: &str = "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n";

const BASELINE: &str = "{\"version\": 1, \"findings\": []}\n";

/// The commands that read rules, with their arguments but the folder.
const COMMANDS: [&[&str]; 7] = [
    &["check", "rules"],
    &["compile", "rules", "-t", "kql"],
    &["eval", "rules", "--events", "events.jsonl"],
    &["witness", "rules"],
    &["diff", "rules", "rules"],
    &["overlap", "rules"],
    &["test", "rules"],
];

fn collection(files: &[(&str, &str)]) -> Folder {
    let tests = format!("match:\n  - {{name: fires, event: {}}}\n", EVENT.trim());
    let mut all = vec![("rules/good.yml", RULE), ("rules/good.test.yml", &tests), ("events.jsonl", EVENT)];
    all.extend(files);
    folder(&all)
}

fn json(folder: &Folder, args: &[&str]) -> (i32, Value) {
    let run = Run::new(folder, &[args, &["--format", "json"]].concat());
    let value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{args:?}: {}{}", run.out, run.err));
    (run.code, value)
}

/// The sums of an account.
fn assert_adds_up(account: &Value, what: &str) {
    for files in ["files", "recordings"].into_iter().filter_map(|name| account.get(name)) {
        let list = |name: &str| files[name].as_array().map_or(0, Vec::len) as u64;
        let sum = files["read"].as_u64().unwrap_or(0) + list("skipped") + list("failed");
        assert_eq!(files["found"].as_u64(), Some(sum), "{what}: {account:#}");
    }
    let documents = &account["documents"];
    let count = |name: &str| documents[name].as_u64().unwrap_or(0);
    assert_eq!(count("found"), count("read") + count("apart") + count("lost"), "{what}: {account:#}");
}

#[test]
fn every_command_accounts_for_every_file_and_document() {
    let whole = collection(&[("rules/notes.yml", "a: 1\n"), ("rules/template.yml", TEMPLATE)]);
    for args in COMMANDS {
        let (code, value) = json(&whole, args);
        let account = &value["account"];
        assert_adds_up(account, args[0]);
        assert_eq!(code, 0, "{args:?}: {value:#}");
        let twice = if args[0] == "diff" { 2 } else { 1 };
        let skipped = account["files"]["skipped"].as_array().expect("a list");
        assert_eq!(skipped.len(), twice, "{args:?}");
        assert_eq!(skipped[0]["file"], "rules/notes.yml", "{args:?}");
        assert_eq!(account["documents"]["apart"], twice, "{args:?}");
        // For people it is reported where the output has no room.
        let run = Run::new(&whole, args);
        let said = run.out + &run.err;
        assert!(said.contains("skipped") || said.contains("without a Sigma rule"), "{args:?}: {said}");
    }
}

const TEMPLATE: &str = "\
action: global
title: Access key
status: experimental
description: A new key.
author: sigmata
date: 2026-11-23
logsource: {product: aws, service: cloudtrail}
level: low
---
id: 6e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}
    condition: selection
";

#[test]
fn a_document_that_cannot_be_read_is_never_exit_0() {
    let broken =
        format!("{}---\ntitle: [\n", RULE.replace("5e8c", "7e8c").replace("title: IAM", "title: An IAM"));
    for (name, text) in
        [("rules/two.yml", broken.as_str()), ("rules/one.yml", "title: \"x\nlogsource: {}\ndetection: {}\n")]
    {
        let folder = collection(&[(name, text)]);
        for args in COMMANDS {
            let (code, value) = json(&folder, args);
            assert_adds_up(&value["account"], args[0]);
            assert!(code >= 1, "{args:?} is green over {name}");
            assert!(value["account"]["documents"]["lost"].as_u64() >= Some(1), "{args:?}: {value:#}");
            let run = Run::new(&folder, args);
            let said = run.out + &run.err;
            assert!(said.contains(name) && said.contains("error[S00"), "{args:?} does not say why: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn one_file_that_cannot_be_read_hides_nothing_of_the_rest() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let folder =
        collection(&[("rules/bad.yml", &RULE.replace("eventName", "eventNmae").replace("5e8c", "8e8c"))]);
    symlink("nowhere.yml", folder.path("rules/link.yml")).expect("a link");
    symlink("nowhere", folder.path("rules/folder")).expect("a link");
    symlink("nowhere.txt", folder.path("rules/other.txt")).expect("a link");
    symlink(".", folder.path("rules/loop")).expect("a link");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("rules/s.yml")).expect("a socket");
    let name = std::ffi::OsStr::from_bytes(b"rules/\xff.yml");
    std::fs::write(folder.path("").join(name), RULE.replace("5e8c", "9e8c")).expect("a file");
    for args in COMMANDS {
        let (code, value) = json(&folder, args);
        let account = &value["account"];
        assert_adds_up(account, args[0]);
        assert_eq!(code, 2, "{args:?}");
        let times = if args[0] == "diff" { 2 } else { 1 };
        let failed = account["files"]["failed"].as_array().expect("a list");
        assert_eq!(failed.len(), 2 * times, "{args:?}: {failed:#?}");
        assert!(failed.iter().any(|one| one["file"] == "rules/link.yml"), "{failed:#?}");
        assert_eq!(account["files"]["skipped"][0]["reason"], "not a regular file", "{args:?}");
        let run = Run::new(&folder, args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.err.contains("error: `rules/link.yml`: the link leads nowhere"), "{args:?}: {}", run.err);
    }
    for format in ["text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"] {
        let run = Run::new(&folder, &["check", "rules", "--format", format]);
        assert_eq!(run.code, 2, "{format}");
        assert!(run.out.contains("eventNmae"), "{format} hides the rest: {}", run.out);
        let named = run.out.contains("S0951") && run.out.contains("rules/link.yml");
        assert!(named, "{format} does not tell what could not be read: {}", run.out);
    }
    let mixed = Run::new(&folder, &["check", "missing.yml", "rules/bad.yml"]);
    assert!(mixed.code == 2 && mixed.out.contains("eventNmae"), "{}{}", mixed.out, mixed.err);
}

#[cfg(unix)]
#[test]
fn one_test_file_that_cannot_be_read_hides_nothing_of_the_rest() {
    let folder = collection(&[("rules/other.yml", &RULE.replace("5e8c", "8e8c"))]);
    std::os::unix::fs::symlink("nowhere", folder.path("rules/other.test.yml")).expect("a link");
    let run = Run::new(&folder, &["test", "rules"]);
    assert!(run.code == 2 && run.out.contains("1 passed"), "{}{}", run.out, run.err);
    assert!(run.err.contains("`rules/other.test.yml`: the link leads nowhere"), "{}", run.err);
}

#[test]
fn no_match_and_not_understood_look_different() {
    let foreign =
        "{\"actor\":1,\"uuid\":\"x\",\"published\":\"2026-01-01T00:00:00Z\",\"legacyEventType\":\"y\"}\n";
    let other = EVENT.replace("CreateUser", "DeleteUser");
    for (events, code, foreign, unreadable) in [
        (other.clone(), 0, 0, 0),
        (String::new(), 0, 0, 0),
        ("{}\n".to_owned(), 0, 0, 0),
        (foreign.to_owned(), 1, 1, 0),
        (format!("{foreign}{other}"), 0, 1, 0),
        // An element that is not an event is reported, and the others are read.
        (format!("{{\"Records\":[{},5,null]}}\n", EVENT.trim()), 2, 0, 2),
    ] {
        let folder = collection(&[("e.jsonl", &events)]);
        let args = ["eval", "rules", "--events", "e.jsonl"];
        let (found, value) = json(&folder, &args);
        let account = &value["account"];
        assert_adds_up(account, &events);
        let told = (&account["events"]["foreign"], &account["events"]["unreadable"]);
        assert_eq!(
            (found, told),
            (code, (&Value::from(foreign), &Value::from(unreadable))),
            "{events}{value:#}"
        );
        let run = Run::new(&folder, &args);
        let said = run.err.contains("of no log of the rules");
        assert_eq!((run.code, said), (code, foreign > 0), "{events}{}", run.err);
        let explained = Run::new(&folder, &[&args[..], &["--explain"]].concat());
        assert_eq!(explained.code, code, "{events}{}", explained.err);
    }
    let folder = collection(&[("e.jsonl", &EVENT.replace('}', ",\"eventTime\":\"2026-01-01T00:00:00Z\"}"))]);
    let run = Run::new(&folder, &["eval", "rules", "--events", "e.jsonl", "--since", "2026-02-01"]);
    assert!(run.code == 0 && run.err.contains("1 match left out by"), "{}", run.err);
}

#[test]
fn keys_that_are_twice_in_an_object_are_counted() {
    let twice = EVENT.replace('}', ",\"eventName\":\"DeleteUser\"}");
    let quoted = serde_json::to_string(twice.trim()).expect("a text");
    for (events, count, line, key, matches) in [
        (EVENT.to_owned(), 0, 0, "", 1),
        (format!("{EVENT}{twice}{twice}"), 2, 2, "eventName", 1),
        (format!("{{\"Records\":[{}],\"Records\":[]}}", EVENT.trim()), 1, 1, "Records", 0),
        (
            format!(
                "{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"id\":\"1\",\"timestamp\":1,\"message\":{quoted}}}]}}"
            ),
            1,
            1,
            "eventName",
            0,
        ),
    ] {
        let folder = collection(&[("e.jsonl", &events)]);
        let (code, value) = json(&folder, &["eval", "rules", "--events", "e.jsonl"]);
        let counted = (code, &value["account"]["events"]["repeated_keys"]);
        assert_eq!(counted, (0, &Value::from(count)), "{events}{value:#}");
        assert_eq!(value["matches"].as_array().map(Vec::len), Some(matches), "{events}{value:#}");
        let run = Run::new(&folder, &["eval", "rules", "--events", "e.jsonl"]);
        let said = format!("e.jsonl: line {line}: the key `{key}` is twice in one object");
        assert_eq!(run.err.contains(&said), count > 0, "{events}{}", run.err);
        for args in [["infer", "--name=acme/audit"], ["drift", "--schema=aws/cloudtrail"]] {
            let run = Run::new(&folder, &[&["schema"], &args[..], &["e.jsonl"]].concat());
            assert_eq!(run.err.contains(&said), count > 0, "{args:?} {events}{}", run.err);
            let sum = format!("{count} values with a key that is twice");
            assert_eq!(run.err.contains(&sum), count > 1, "{args:?} {events}{}", run.err);
        }
    }
}

/// A test says what happens to an event, so that there is one meaning to its events alone.
#[test]
fn a_test_has_no_event_with_a_key_that_is_twice() {
    let twice = EVENT.replace('}', ",\"eventName\":\"DeleteUser\"}");
    for (events, code) in [(EVENT.to_owned(), 0), (format!("{EVENT}{twice}"), 1)] {
        let tests = "match:\n  - {name: fires, file: e.jsonl}\n";
        let folder = collection(&[("rules/good.test.yml", tests), ("rules/e.jsonl", &events)]);
        let run = Run::new(&folder, &["test", "rules"]);
        let said = "line 2: the key `eventName` is twice in one object";
        assert_eq!((run.code, run.out.contains(said)), (code, code == 1), "{}{}", run.out, run.err);
    }
}

#[test]
fn a_report_never_takes_the_place_of_what_was_read() {
    let folder =
        collection(&[("sigmata.toml", "fail-on = 'warning'\n"), ("baseline.json", BASELINE), ("old", "x")]);
    for (args, input) in [
        (&["check", "rules"][..], "rules/good.yml"),
        (&["check", "rules"], "sigmata.toml"),
        (&["check", "rules", "--baseline", "baseline.json"], "baseline.json"),
        (&["compile", "rules"], "rules/good.yml"),
        (&["eval", "rules", "--events", "events.jsonl"], "events.jsonl"),
        (&["eval", "rules", "--events", "events.jsonl"], "rules/good.yml"),
        (&["test", "rules"], "rules/good.test.yml"),
        (&["overlap", "rules"], "rules/../rules/good.yml"),
        (&["diff", "rules", "rules"], "rules/good.yml"),
        (&["witness", "rules"], "rules/good.yml"),
    ] {
        if Run::new(&folder, &[args[0], "--help"]).out.contains("--output-file") {
            let before = std::fs::read(folder.path(input)).expect("a file");
            for format in ["", "json=", "sarif="] {
                let run =
                    Run::new(&folder, &[args, &["--output-file", &format!("{format}{input}")]].concat());
                let refused = run.err.contains("the run has read it") && run.code == 2;
                assert!(refused, "{args:?} {format}{input}: {}{}", run.code, run.err);
                assert_eq!(std::fs::read(folder.path(input)).expect("a file"), before, "{args:?}");
            }
        }
        let summary = std::process::Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(args)
            .args(["--format", "github"])
            .env("GITHUB_STEP_SUMMARY", folder.path(input))
            .current_dir(folder.path(""))
            .output()
            .expect("the command starts");
        let said = String::from_utf8_lossy(&summary.stderr);
        let has_format = !said.contains("invalid value 'github'") && !said.contains("unexpected argument");
        if has_format {
            let refused = said.contains("the run has read it") && summary.status.code() == Some(2);
            assert!(refused, "{args:?} {input}: {said}");
        }
        let run = Run::new(&folder, &[args, &["--output-file", "old"]].concat());
        assert!(run.code < 2 || run.err.contains("unexpected argument"), "{args:?}: {}", run.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_nobody_takes_is_exit_2() {
    use std::process::{Command, Stdio};

    let folder = collection(&[]);
    for args in COMMANDS {
        let sigmata = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sigmata"));
            command.args(args).args(["--format", "json"]).current_dir(folder.path("")).stderr(Stdio::piped());
            command
        };
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let run = sigmata().stdout(full).output().expect("the command starts");
        assert_eq!(run.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&run.stderr).contains("standard output"), "{args:?}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = sigmata().stdout(writer).output().expect("the command starts");
        assert_eq!((run.status.code(), &*String::from_utf8_lossy(&run.stderr)), (Some(2), ""), "{args:?}");
    }
}

/// A row of the table of exit codes, and runs that it speaks of.
type ExitRow = (&'static str, &'static str, &'static [&'static [&'static str]]);

const EXIT_CODES: [ExitRow; 15] = [
    (
        "0",
        "nothing failed; there may be findings below the severity of `fail-on`",
        &[
            &["check", "good.yml"],
            &["check", "info.yml"],
            &["eval", "good.yml", "--events", "other.jsonl"],
            &["overlap", "good.yml"],
        ],
    ),
    (
        "1",
        "`check`, `overlap`: a finding of the severity of `fail-on` or above",
        &[
            &["check", "bad.yml"],
            &["check", "info.yml", "--fail-on", "warning"],
            &["overlap", "good.yml", "same.yml", "--fail-on", "warning"],
        ],
    ),
    // `overlap_finds_equal_rules_without_comparing_each_with_each` sets the bound lower.
    ("1", "`overlap`: there are more pairs of rules than are compared", &[]),
    (
        "1",
        "`compile`: the query of a rule was refused and nothing allows that, or is unplaced in a language that was asked for by name",
        &[&["compile", "bad.yml"], &["compile", "unknown.yml", "-t", "kql"]],
    ),
    (
        "1",
        "`compile -o`, `export`: `--check`, and the folder is not up to date",
        &[&["compile", "good.yml", "-o", "out", "--check"], &["export", "good.yml", "-o", "out", "--check"]],
    ),
    (
        "1",
        "`test`: a test failed or could not be read, or there was none",
        &[&["test", "good.yml"], &["test", "failing.yml"], &["test", "unread.yml"]],
    ),
    (
        "1",
        "`diff`: a rule changed its meaning, or its id and title; came, went or broke",
        &[
            &["diff", "good.yml", "other.yml"],
            &["diff", "good.yml", "two.yml"],
            &["diff", "two.yml", "good.yml"],
        ],
    ),
    (
        "1",
        "`schema drift`: there is a difference",
        &[&["schema", "drift", "foreign.jsonl", "--schema", "aws/cloudtrail"]],
    ),
    ("1", "`witness`: a rule has no event", &[&["witness", "never.yml"]]),
    ("1", "`eval`: a rule cannot be evaluated", &[&["eval", "unread.yml", "--events", "other.jsonl"]]),
    (
        "1",
        "`eval`: there are events, and none is of a log of the rules",
        &[&["eval", "good.yml", "--events", "foreign.jsonl"]],
    ),
    (
        "1",
        "every command that reads rules: a document of a rule file could not be read",
        &[
            &["check", "half.yml"],
            &["compile", "half.yml"],
            &["eval", "half.yml", "--events", "other.jsonl"],
            &["witness", "half.yml"],
            &["diff", "half.yml", "half.yml"],
            &["overlap", "half.yml"],
            &["test", "half.yml"],
        ],
    ),
    (
        "2",
        "wrong usage or configuration",
        &[&["check", "--format", "xml"], &["check", "good.yml", "--set", "fail-on=never"]],
    ),
    (
        "2",
        "a file that cannot be read or written, in a folder also a link that leads nowhere, or an event file with something that is not an event",
        &[
            &["check", "missing.yml"],
            &["check", "good.yml", "--output-file", "missing/report.txt"],
            &["eval", "good.yml", "--events", "good.yml"],
            &["eval", "good.yml", "--events", "missing.jsonl"],
        ],
    ),
    // `output_that_nobody_takes_is_exit_2` runs this one.
    ("2", "standard output that is full, or whose reader went away", &[]),
];

#[test]
fn the_table_of_exit_codes_is_true() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let table = page.split("## Exit codes").nth(1).expect("a heading");
    let table = table.split("\n\n").find(|part| part.starts_with("| code")).expect("a table");
    let rows: Vec<(&str, &str)> = table
        .lines()
        .skip(2)
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .collect();
    let expected: Vec<(&str, &str)> = EXIT_CODES.iter().map(|(code, row, _)| (*code, *row)).collect();
    assert_eq!(rows, expected, "the page has other rows than are run here");
    let half = format!("{RULE}---\ntitle: [\n");
    let other = RULE.replace("CreateUser", "DeleteUser");
    let second = RULE.replace("5e8c", "6e8c").replace("title: IAM", "title: An IAM");
    let two = format!("{RULE}---\n{}", second.replace("CreateUser", "DeleteUser"));
    let failing = "match:\n  - {name: fires, event: {eventName: DeleteUser}}\n";
    let folder = folder(&[
        ("good.yml", RULE),
        ("bad.yml", &RULE.replace("eventName", "eventNmae")),
        ("info.yml", &RULE.replace("eventName", "EventName")),
        ("same.yml", &second),
        ("other.yml", &other),
        ("two.yml", &two),
        ("half.yml", &half),
        ("half.test.yml", &format!("match:\n  - {{name: fires, event: {}}}\n", EVENT.trim())),
        ("unknown.yml", &RULE.replace("service: cloudtrail", "service: made-up")),
        ("failing.yml", RULE),
        ("failing.test.yml", failing),
        ("unread.yml", "title: x\nlogsource: {}\ndetection: [\n"),
        ("unread.test.yml", "match: 5\n"),
        ("never.yml", &RULE.replace("condition: selection", "condition: selection and not selection")),
        ("other.jsonl", &EVENT.replace("CreateUser", "DeleteUser")),
        ("foreign.jsonl", "{\"actor\":1,\"uuid\":2}\n"),
    ]);
    for (code, row, runs) in EXIT_CODES {
        for args in runs {
            let run = Run::new(&folder, args);
            assert_eq!(run.code.to_string(), code, "{row}: {args:?}: {}{}", run.out, run.err);
        }
    }
}

/// A collection in which a rule is gone, one has another name, one cannot be read, and so on.
fn states() -> Folder {
    let rule = |id: &str, title: &str, what: &str| {
        RULE.replace("5e8c", id).replace("title: IAM user created", title).replace("CreateUser", what)
    };
    let undecided = "title: Look-around\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: windows, category: process_creation}\ndetection: {a: {CommandLine|re: 'a(?=b)'}, condition: a}\n";
    let keywords = rule("2e8c", "title: Words", "CreateUser")
        .replace("    selection:\n", "    selection: [a, b]\n    other:\n");
    let nothing = "title: Nothing\nid: 33333333-3333-4333-8333-333333333333\nlogsource: {product: aws, service: cloudtrail}\ndetection: {a: {eventNmae|frob: 1}, condition: a}\n";
    let filter = |user: &str| {
        format!(
            "title: Not the deploy role\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {{product: aws, service: cloudtrail}}\nfilter:\n    rules: any\n    selection: {{userIdentity.userName: {user}}}\n    condition: not selection\n"
        )
    };
    folder(&[
        ("r/rules/same.yml", &rule("a000", "title: Same", "CreateUser")),
        ("r/rules/undecided.yml", undecided),
        ("r/rules/keywords.yml", &keywords),
        ("r/rules/nothing.yml", nothing),
        ("r/rules/gone.yml", &rule("b000", "title: Gone", "DeleteUser")),
        ("r/rules/broken.yml", &rule("c000", "title: Broken", "TagUser")),
        ("r/rules/senseless.yml", &rule("d000", "title: Senseless", "UntagUser")),
        ("r/rules/renamed.yml", &rule("e000", "title: Old name", "CreateRole")),
        ("r/rules/moved.yml", &rule("f000", "title: Moved", "DeleteRole")),
        ("r/rules/wider.yml", &rule("1000", "title: Wider", "CreateGroup")),
        ("r/rules/filter.yml", &filter("x")),
    ])
}

/// What becomes of them.
const CHANGES: [(&str, &str); 12] = [
    ("Same", "equal"),
    ("Look-around", "equal"),
    ("Words", "equal"),
    ("Nothing", "equal"),
    ("Gone", "removed"),
    ("Broken", "broken"),
    ("Senseless", "broken"),
    ("New name", "renamed"),
    ("Moved", "equal"),
    ("Wider", "wider"),
    ("New", "added"),
    ("Not the deploy role", "changed"),
];

#[test]
fn diff_looks_at_both_sides() {
    let states = states();
    let at = |name: &str| states.path("r/rules").join(name);
    let git = |arguments: &[&str]| {
        std::process::Command::new("git")
            .arg("-C")
            .arg(states.path("r"))
            .args(["-c", "user.name=a", "-c", "user.email=a@contoso.example"])
            .args(arguments)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    // Without git the two folders are still compared.
    let revision = git(&["init", "-q"]) && git(&["add", "-A"]) && git(&["commit", "-q", "-m", "rules"]);
    let old = states.path("old");
    std::fs::create_dir_all(old.join("sub")).expect("a folder");
    for entry in std::fs::read_dir(states.path("r/rules")).expect("a folder") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), old.join(entry.file_name())).expect("a copy");
    }
    let same = Run::new(&states, &["diff", "old", "r/rules"]);
    assert!(same.code == 0 && same.out.is_empty(), "a rule differs from itself: {}{}", same.out, same.err);
    if revision {
        let same = Run::new(&states, &["diff", "--rev", "HEAD", "r/rules"]);
        assert!(same.code == 0 && same.out.is_empty(), "{}{}", same.out, same.err);
    }

    std::fs::remove_file(at("gone.yml")).expect("a file");
    std::fs::write(at("broken.yml"), "title: \"x\n").expect("a file");
    let edit = |name: &str, changes: &[(&str, &str)]| {
        let mut text = std::fs::read_to_string(at(name)).expect("a file");
        for (from, to) in changes {
            assert!(text.contains(from), "{name}: {from}");
            text = text.replace(from, to);
        }
        std::fs::write(at(name), text).expect("a file");
    };
    edit("senseless.yml", &[("eventName:", "eventNmae|frob:"), ("eventSource:", "eventSorce|frob:")]);
    edit("renamed.yml", &[("Old name", "New name"), ("e000", "e001")]);
    edit("wider.yml", &[("CreateGroup", "[CreateGroup, DeleteGroup]")]);
    edit("filter.yml", &[("userName: x", "userName: y")]);
    std::fs::create_dir_all(at("sub")).expect("a folder");
    std::fs::rename(at("moved.yml"), at("sub/moved.yml")).expect("a move");
    std::fs::write(
        at("new.yml"),
        RULE.replace("5e8c", "2000")
            .replace("title: IAM user created", "title: New")
            .replace("CreateUser", "DeleteGroup"),
    )
    .expect("a file");

    let sides: [&[&str]; 2] = [&["diff", "old", "r/rules"], &["diff", "--rev", "HEAD", "r/rules"]];
    for args in sides.into_iter().filter(|args| revision || args[1] != "--rev") {
        let (code, value) = json(&states, args);
        assert_eq!(code, 1, "{args:?}");
        assert_adds_up(&value["account"], "diff");
        let mut found: Vec<(String, String)> = value["changes"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|change| {
                let side = if change["new"].is_null() { &change["old"] } else { &change["new"] };
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (text(&side["title"]), text(&change["change"]))
            })
            .collect();
        found.sort();
        let mut expected = CHANGES.map(|(title, kind)| (title.to_owned(), kind.to_owned())).to_vec();
        expected.sort();
        assert_eq!(found, expected, "{args:?}");
    }
    if revision {
        // A folder that is gone as a whole was removed rule by rule.
        std::fs::remove_dir_all(states.path("r/rules")).expect("a folder");
        let run = Run::new(&states, &["diff", "--rev", "HEAD", "r/rules"]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert_eq!(run.out.lines().filter(|line| line.starts_with("removed")).count(), 11, "{}", run.out);
    }
}

#[test]
fn overlap_finds_equal_rules_without_comparing_each_with_each() {
    use sigmata::check::File;
    use sigmata::source::SourceFile;

    let other = |at: usize| {
        let name = format!("        eventName: CreateUser\n        userAgent|contains: q{at}z");
        RULE.replace("5e8c", &format!("{at:04x}")).replace("        eventName: CreateUser", &name)
    };
    let twin = |title: &str| {
        format!(
            "title: {title}\nlogsource: {{product: linux, service: made}}\ndetection: {{a: {{f|contains: [x, y]}}, b: [z], condition: a or b}}\n"
        )
    };
    let none = RULE.replace("eventName:", "eventNmae|frob:").replace("eventSource:", "x|frob:");
    let files = [
        ("rules/y1.yml", twin("One")),
        ("rules/y2.yml", twin("Two").replace("[x, y]", "[y, x]")),
        ("rules/z.yml", none),
        ("rules/1.yml", other(1)),
        ("rules/2.yml", other(2)),
        ("rules/3.yml", other(3)),
    ];
    let registry = sigmata::schema::Registry::shipped();
    let checked =
        files.each_ref().map(|(name, text)| File::check(SourceFile::new(*name, text.as_str()), &registry));
    let all = sigmata::workspace::overlaps(&checked, 2);
    assert!(all.cut && all.pairs == 2, "a bound that was hit is reported: {all:#?}");
    let folder = folder(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let (code, value) = json(&folder, &["overlap", "rules", "--fail-on", "warning"]);
    assert_eq!((code, &value["cut"], &value["compared"]), (1, &Value::from(false), &Value::from(3)));
    assert_eq!(value["uncompared"][0]["file"], "rules/z.yml", "{:#}", value["uncompared"]);
    let pairs = value["pairs"].as_array().expect("a list");
    assert!(
        pairs.len() == 1 && pairs[0]["file"] == "rules/y2.yml" && pairs[0]["code"] == "S0920",
        "{pairs:#?}"
    );
    let run = Run::new(&folder, &["overlap", "rules"]);
    assert!(run.err.contains("rules/z.yml"), "{}", run.err);
}

/// Texts of which every mutant must be a rule, a finding or a skipped file.
const WHOLE: [&str; 4] = [
    "title: A\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    a:\n        eventName: CreateUser\n    condition: a\n",
    "title: A\nname: a\nlogsource: {service: x}\ndetection: {s: {f: v}, condition: s}\n---\ntitle: B\nlogsource: {service: x}\ndetection: {s: [v], condition: s}\n",
    "title: C\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [b]\n    timespan: 5m\n    condition: {gte: 3}\n",
    "title: F\nlogsource: {product: aws, service: cloudtrail}\nfilter:\n    rules: any\n    s: {f: v}\n    condition: not s\n",
];

const TESTS: &str = "match:\n  - name: a\n    event: {f: v}\nno_match:\n  - {name: b, event: {f: w}}\n";

/// Every deletion of a character, every insertion and replacement, and every truncation.
fn mutants(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, char) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + char.len_utf8()..]);
        all.push(before.to_owned());
        all.push(format!("{before}{after}"));
        for other in [' ', '\t', '*', 'x', ':'] {
            all.push(format!("{before}{other}{char}{after}"));
            all.push(format!("{before}{other}{after}"));
        }
    }
    all
}

#[test]
fn no_mutant_of_a_good_file_vanishes() {
    use sigmata::check::File;
    use sigmata::diagnostic::Severity;
    use sigmata::source::SourceFile;
    use sigmata::workspace::Suite;

    let registry = sigmata::schema::Registry::shipped();
    let (mut read, mut skipped, mut found) = (0, 0, 0);
    for text in WHOLE {
        for mutant in mutants(text) {
            let file = File::check(SourceFile::new("a.yml", mutant.as_str()), &registry);
            assert!(file.count.adds_up(), "{:?} of\n{mutant}", file.count);
            assert_eq!(file.count.read, file.documents.len(), "{mutant}");
            if file.count.lost > 0 {
                assert!(file.losses().next().is_some(), "a document is lost without a reason:\n{mutant}");
            }
            let error = file.findings.iter().any(|finding| finding.severity == Severity::Error);
            read += usize::from(!file.documents.is_empty());
            found += usize::from(error);
            // What holds no Sigma is reported as skipped, and nothing of it is half read.
            skipped += usize::from(!file.sigma);
            let detects = mutant.lines().any(|line| line.starts_with("detection:"));
            assert!(file.sigma || !detects, "passed over:\n{mutant}");
            assert!(file.sigma || file.documents.is_empty(), "{mutant}");
            assert!(!file.sigma || error || !file.documents.is_empty(), "vanished:\n{mutant}");
        }
    }
    assert!(read > 1000 && skipped > 30 && found > 1000, "{read} {skipped} {found}");
    for mutant in mutants(TESTS) {
        let (suite, findings) = Suite::read(&SourceFile::new("a.test.yml", mutant.as_str()));
        assert!(!suite.cases.is_empty() || !findings.is_empty(), "vanished:\n{mutant}");
    }
}

#[test]
fn a_rule_with_one_character_in_front_is_an_error_in_a_folder_too() {
    for front in [" ", "  ", "\t", "*", "&", "{", "[", "'", "@", "`", "|"] {
        let folder = collection(&[("rules/bad.yml", &format!("{front}{RULE}"))]);
        for command in COMMANDS {
            let run = Run::new(&folder, command);
            assert!(run.code > 0, "{front:?} {command:?}: {}{}", run.out, run.err);
            let named = run.out.contains("rules/bad.yml:") || run.err.contains("rules/bad.yml:");
            assert!(named, "{front:?} {command:?}: {}{}", run.out, run.err);
        }
    }
}

#[test]
fn every_mutant_in_a_folder_is_accounted_for() {
    let mutants: Vec<(String, String)> = WHOLE
        .iter()
        .flat_map(|text| mutants(text).into_iter().step_by(7))
        .enumerate()
        .map(|(at, mutant)| (format!("rules/{at}.yml"), mutant))
        .collect();
    let files: Vec<(&str, &str)> =
        mutants.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let (code, value) = json(&folder, &["check", "rules"]);
    assert_eq!(code, 1);
    assert_adds_up(&value["account"], "check");
    assert_eq!(value["account"]["files"]["found"], files.len());
    assert_eq!(value["account"]["files"]["failed"], Value::Array(Vec::new()));
}

/// The number of a constant of a source file.
fn constant(file: &str, name: &str) -> u64 {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let value = text
        .lines()
        .find_map(|line| line.split_once(&format!("const {name}: "))?.1.split_once(" = "))
        .unwrap_or_else(|| panic!("{file} has no `{name}`"))
        .1;
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().expect("a number");
    match value.trim_end_matches(';').split_once("<<") {
        Some((base, shift)) => number(base) << number(shift),
        None => number(value.trim_end_matches(';')),
    }
}

#[test]
fn the_page_of_limits_is_true() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/limits.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let codes = sigmata::codes();
    let mut rows = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [what, number, _, happens, place] = cells[..] else { panic!("{line}") };
        let quoted: Vec<&str> = place.split('`').filter(|part| !part.trim().is_empty()).collect();
        let [file, name] = quoted[..] else { panic!("{line}") };
        assert_eq!(number, constant(file, name).to_string(), "{what}");
        let code = happens.get(..5).filter(|code| code.starts_with('S'));
        assert!(code.is_none_or(|id| codes.iter().any(|code| code.id == id)), "{what}: {happens}");
        rows += 1;
    }
    assert!(rows >= 20, "{rows}");
}

#[test]
fn a_file_past_the_limit_is_named_whatever_it_begins_with() {
    let long = format!("{}{}", "other: text\n".repeat(200), RULE.replace("5e8c", "8e8c"));
    for (limit, rule) in [("1", RULE.to_owned()), ("1000", long)] {
        let settings = format!("[limits]\nfile-bytes = {limit}\n");
        let folder = folder(&[("sigmata.toml", &settings), ("rules/a.yml", &rule), ("rules/b.txt", "")]);
        let run = Run::new(&folder, &["check", "rules"]);
        assert_eq!(run.code, 1, "{limit}: {}{}", run.out, run.err);
        assert!(run.out.contains("error[S0004]") && run.out.contains("rules/a.yml"), "{limit}: {}", run.out);
    }
}

#[test]
fn many_small_rules_are_not_dearer_than_a_large_one() {
    use sigmata::check::File;
    use sigmata::source::SourceFile;

    let registry = sigmata::schema::Registry::shipped();
    let check = |item: &dyn Fn(usize, usize) -> String| {
        let rule = |at: usize| {
            let items: Vec<String> = (0..30).map(|of| item(at, of)).collect();
            format!(
                "title: A{at}\nlogsource: {{product: zoom, service: operation}}\ndetection: {{a: {{{}}}, condition: a}}\n",
                items.join(", ")
            )
        };
        let text = (0..80).map(rule).collect::<Vec<_>>().join("---\n");
        File::check(SourceFile::new("a.yml", text), &registry).findings
    };
    let fields = check(&|at, of| format!("operatr{at}x{of}: 1"));
    let unknown = fields.iter().filter(|finding| finding.message.contains("operatr")).count();
    let told: Vec<&str> =
        fields.iter().filter(|finding| finding.code.id == "S0511").map(|finding| &*finding.message).collect();
    assert!(unknown <= 2_000 && told.len() == 80 - 2_000 / 30, "{unknown} {told:?}");
    assert!(
        told.iter().all(|message| message.contains("too many fields of the file are unknown")),
        "{told:?}"
    );
}

/// Many statements about elements of an array are given up on as soon as no query could be short enough.
#[test]
fn statements_about_elements_past_the_length_of_a_query_are_refused() {
    let rule = |count: usize| {
        let values: Vec<String> = (0..count).map(|at| format!("value{at}")).collect();
        format!(
            "title: A\nlogsource: {{product: azure, service: auditlogs}}\ndetection:\n    a:\n        \
             properties.targetResources.modifiedProperties.newValue|contains|all: [{}]\n    condition: a\n",
            values.join(", ")
        )
    };
    for (count, refused) in [(3, ""), (300, "characters, and"), (3_000, "more than 10000 characters, and")] {
        let folder = folder(&[("a.yml", &rule(count))]);
        let run = Run::new(&folder, &["compile", "a.yml", "-t", "cwli"]);
        let said = format!("{}{}", run.out, run.err);
        assert_eq!(said.contains("S0808"), !refused.is_empty(), "{count}: {said}");
        assert!(said.contains(refused), "{count}: {said}");
    }
}

/// A sequence that takes too many events is none before any event is made; a correlation with an error has none.
#[test]
fn sequences_past_the_bound_are_not_worked_on() {
    let base = |at: usize| {
        format!(
            "title: B{at}\nname: b{at}\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n    a:\n        \
             eventName: Name{at}\n    condition: a\n---\n"
        )
    };
    let correlation = |name: &str, what: &str| {
        format!(
            "title: {name}\nname: {name}\ncorrelation:\n    timespan: 5m\n    group-by: [sourceIPAddress]\n{what}---\n"
        )
    };
    let wide = |count: usize, rest: &str| {
        let names: Vec<String> = (0..count).map(|at| format!("b{at}")).collect();
        let bases: String = (0..count).map(base).collect();
        bases + &correlation("wide", &format!("    rules: [{}]\n{rest}", names.join(", ")))
    };
    let any: Vec<String> = (0..300).map(|at| format!("b{at}")).collect();
    let mut chain = base(0);
    for at in 0..24 {
        let of = if at == 0 { "b0".to_owned() } else { format!("c{}", at - 1) };
        let twice = format!("    type: event_count\n    rules: [{of}]\n    condition: {{gte: 2}}\n");
        chain += &correlation(&format!("c{at}"), &twice);
    }
    for (text, title, said) in [
        (wide(300, "    type: temporal\n"), "wide", "it takes more than 200 events"),
        (wide(300, "    type: temporal_ordered\n"), "wide", "it takes more than 200 events"),
        (wide(300, &format!("    type: temporal\n    condition: {}\n", any.join(" or "))), "wide", ""),
        (wide(40, "    type: temporal\n"), "wide", ""),
        (
            wide(40, "    type: temporal\n    condition: {gte: 2}\n"),
            "wide",
            "an error leaves it without a meaning",
        ),
        (chain.clone(), "c23", "it takes more than 200 events"),
        (chain, "c6", ""),
    ] {
        let folder = folder(&[("a.yml", text.trim_end_matches("---\n"))]);
        let run = Run::new(&folder, &["witness", "a.yml", "--format", "jsonl"]);
        let none = run.err.lines().find(|line| line.contains(&format!("`{title}` has no event")));
        assert_eq!(none.is_none(), said.is_empty(), "{title}: {}", run.err);
        assert!(none.is_none_or(|line| line.contains(said)), "{title}: {}", run.err);
    }
}

#[test]
fn folders_that_are_too_deep_are_named() {
    let below = |depth: usize| "d/".repeat(depth);
    let (near, far) = (format!("{}a.yml", below(256)), format!("{}b.yml", below(257)));
    let other = RULE.replace("5e8c", "6e8c");
    let folder = folder(&[(&near, RULE), (&far, &other)]);
    let run = Run::new(&folder, &["check"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains(&format!("{}d`: more than 256 folders", below(256))), "{}", run.err);
    assert!(run.out.contains("1 rule"), "{}", run.out);
    let run = Run::new(&folder, &["check", "d"]);
    assert!(run.code < 2 && run.out.contains("2 rules"), "{}{}", run.out, run.err);
    let run = Run::new(&folder, &["schema", "infer", "."]);
    assert!(run.code == 2 && run.err.contains("more than 256 folders"), "{}{}", run.out, run.err);
}
