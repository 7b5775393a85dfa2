//! What commands print for programs, against the schemas of `grammar/`.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use json_schema::{load, misfits, within};
use serde_json::Value;
use support::{Folder, Run, folder};

const GOOD: &str = "\
title: IAM user created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: experimental
description: A new IAM user.
author: sigmata
date: 2026-11-23
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
        requestParameters.userName: x
    condition: selection
level: low
";

const EVENTS: &str = r#"{"eventTime":"2026-11-24T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":{"userName":"x"}}
{"eventSource":"iam.amazonaws.com","eventName":"DeleteUser","newMember":1}
"#;

/// The places at which what the program prints is not what a part of a schema documents: a member that no schema names is
/// a fault of ours, while readers may meet members that a later release adds.
fn undocumented(root: &Value, pointer: &str, value: &Value) -> Vec<String> {
    within(root, root.pointer(pointer).expect("a definition"), value, true)
}

/// Rules and events that bring out every member of every form.
fn everything() -> Folder {
    let elements = GOOD.replace("title:", "sigma-version: 3\ntitle:").replace("5e8c", "6e8c").replace(
        "        requestParameters.userName: x\n",
        "        requestParameters.policyDocument.Statement[any]:\n            Effect: Allow\n        userAgent|fieldref: userName\n",
    );
    folder(&[
        ("rules/good.yml", GOOD),
        (
            "rules/good.test.yml",
            "match:\n  - {name: fires, event: {eventName: CreateUser}}\nno_match:\n  - {name: other, event: {eventName: x}}\n",
        ),
        ("rules/same.yml", &GOOD.replace("5e8c", "7e8c").replace("IAM user", "Another user")),
        ("rules/elements.yml", &elements),
        ("rules/typo.yml", &GOOD.replace("eventName", "eventNmae").replace("5e8c", "8e8c")),
        ("rules/case.yml", &GOOD.replace("eventName", "EventName").replace("5e8c", "9e8c")),
        ("rules/broken.yml", "title: x\nlogsource: {product: aws\ndetection: [\n"),
        (
            "rules/refused.yml",
            &GOOD.replace("service: cloudtrail", "service: s3access").replace("5e8c", "ae8c"),
        ),
        ("old/good.yml", &GOOD.replace(": x\n", ": [x, y]\n")),
        ("old/gone.yml", &GOOD.replace("5e8c", "be8c")),
        ("events.jsonl", EVENTS),
    ])
}

/// A command, its schema, the list that must not be empty, and the part of a schema for a line of `jsonl`.
type Form = (&'static [&'static str], &'static str, &'static str, Option<(&'static str, &'static str)>);

const FORMS: [Form; 12] = [
    (&["check", "rules"], "check", "findings", Some(("check", "/$defs/line"))),
    (&["compile", "rules"], "compile", "queries", Some(("compile", "/$defs/line"))),
    (&["eval", "rules", "--events", "events.jsonl"], "eval", "matches", Some(("eval", "/$defs/line"))),
    (
        &["eval", "rules", "--events", "events.jsonl", "--explain"],
        "eval",
        "matches",
        Some(("eval", "/$defs/line")),
    ),
    (&["witness", "rules"], "witness", "rules", Some(("witness", "/$defs/line"))),
    (&["diff", "old", "rules"], "diff", "changes", Some(("diff", "/$defs/line"))),
    (&["overlap", "rules"], "overlap", "pairs", Some(("check", "/$defs/line"))),
    (&["test", "rules"], "test-run", "tests", Some(("test-run", "/$defs/line"))),
    (&["test", "rules", "--coverage"], "test-run", "tests", None),
    (&["schema", "drift", "events.jsonl", "--schema", "aws/cloudtrail"], "drift", "differences", None),
    (&["config", "show"], "config", "settings", None),
    (&["export", "rules", "-o", "out"], "export", "objects", None),
];

fn json(args: &[&str], text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{args:?}: {error}\n{text}"))
}

#[test]
fn documents_and_lines_are_as_documented() {
    let folder = everything();
    for (args, name, key, lines) in FORMS {
        let schema = |name| load(&format!("{name}.schema.json"));
        let run = Run::new(&folder, &[args, &["--format", "json"]].concat());
        let mut document = json(args, &run.out);
        assert_eq!(undocumented(&schema(name), "", &document), Vec::<String>::new(), "{args:?}");
        let first = document.as_object().and_then(|members| members.keys().next());
        assert_eq!(first.map(String::as_str), Some("version"), "{args:?}");
        assert!(document[key].as_array().is_some_and(|list| !list.is_empty()), "{args:?}: {}", run.err);
        // Members may be added within a version, so the published schemas let them pass.
        document.as_object_mut().expect("an object").insert("later".into(), 1.into());
        assert_eq!(misfits(&schema(name), &document), Vec::<String>::new(), "{args:?}");
        let Some((name, pointer)) = lines else { continue };
        let run = Run::new(&folder, &[args, &["--format", "jsonl"]].concat());
        assert!(!run.out.is_empty(), "{args:?}: {}", run.err);
        for line in run.out.lines() {
            let unknown = undocumented(&schema(name), pointer, &json(args, line));
            assert_eq!(unknown, Vec::<String>::new(), "{args:?}");
        }
    }
}

#[test]
fn an_empty_list_is_a_document_too() {
    let folder = folder(&[("good.yml", GOOD)]);
    std::fs::write(folder.path("none.jsonl"), "{}\n").expect("a new file");
    for (args, expected) in [
        (&["check", "good.yml"][..], "{\n  \"version\": 1,\n  \"findings\": [],\n  \"account\": {"),
        (
            &["eval", "good.yml", "--events", "none.jsonl"],
            "{\"version\": 1, \"matches\": [], \"events\": 1, \"rules\": 1, \"account\": {",
        ),
    ] {
        let run = Run::new(&folder, &[args, &["--format", "json"]].concat());
        assert_eq!((run.code, run.out.get(..expected.len())), (0, Some(expected)), "{}{}", run.out, run.err);
        json(args, &run.out);
    }
}
