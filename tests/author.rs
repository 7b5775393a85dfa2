//! First drafts: `sigmata new` for an event of every log, and `sigmata init`.

mod support;

use std::fs;

use serde_json::Value;
use sigmata::schema::{Facts, Meaning, Path, Registry, Schema, Step, Type};
use support::{Run, folder};

/// The values that a type lists.
fn values(ty: &Type) -> Vec<String> {
    let mut found = Vec::new();
    match ty {
        Type::Array(inner) => return values(inner),
        Type::Enum(known) => known.visit(&mut |value| {
            found.push(value.to_owned());
            true
        }),
        _ => {}
    }
    found
}

/// Some of a list, from its beginning to its end.
fn spread(all: Vec<String>, most: usize) -> Vec<String> {
    let step = (all.len() / most).max(1);
    let last = all.last().cloned();
    let mut some: Vec<String> = all.into_iter().step_by(step).take(most - 1).collect();
    some.extend(last.filter(|last| !some.contains(last)));
    some
}

/// Events of a log, as `--event` takes them.
fn events(schema: &Schema) -> Vec<String> {
    const MOST: usize = 5;
    if let Some(relation) = schema.relations.first() {
        let by = schema.lookup(&relation.by.name(), &Facts::default()).expect("a field");
        let mut found = Vec::new();
        for source in values(&by.ty) {
            let mut own = Vec::new();
            relation.pairs.visit(&source, &mut |known| {
                own.push(format!("{source}/{known}"));
                true
            });
            found.extend(own.pop());
            found.extend(own.into_iter().next());
        }
        return spread(found, MOST);
    }
    let action =
        schema.with_meaning(Meaning::Action).first().expect("a field that tells what was done").name();
    spread(values(&schema.lookup(&action, &Facts::default()).expect("a field").ty), MOST)
}

/// What is at a path of keys.
fn at<'v>(event: &'v Value, path: &Path) -> Option<&'v str> {
    let keys = path.steps.iter().map(|step| match step {
        Step::Key(key) => Some(&**key),
        _ => None,
    });
    let keys: Option<Vec<&str>> = keys.collect();
    keys?.into_iter().try_fold(event, |here, key| here.get(key))?.as_str()
}

/// The fields of a record, with each name of an event that is in one.
fn names(event: &Value, path: &str, is_event: &dyn Fn(&str) -> bool, found: &mut Vec<String>) {
    match event {
        Value::Object(members) => {
            for (key, value) in members {
                names(value, &format!("{path}.{key}"), is_event, found);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|one| names(one, path, is_event, found)),
        Value::String(text) if is_event(text) => found.push(format!("{path} is {text}")),
        _ => {}
    }
}

/// What of an example event speaks of another event than the one that was asked for.
fn contradictions(schema: &Schema, event: &Value, asked: &str) -> Vec<String> {
    let mut found = Vec::new();
    for relation in &schema.relations {
        if let (Some(by), Some(name)) = (at(event, &relation.by), at(event, &relation.field))
            && relation.pairs.knows(by)
            && !relation.pairs.has(by, name)
        {
            found.push(format!("{} {name} of {by}", relation.field.name()));
        }
    }
    let action = schema.with_meaning(Meaning::Action).first().expect("an action").name();
    let ty = schema.lookup(&action, &Facts::default()).expect("a field").ty;
    if let Type::Enum(known) = &ty {
        // A name of one word is also the name of other things.
        let is_other = |text: &str| {
            let is_long = text.contains([' ', '.', ':', '/'])
                || text.chars().filter(char::is_ascii_uppercase).count() > 1;
            is_long && known.canonical(text) == Some(text) && !asked.ends_with(text)
        };
        names(event, "", &is_other, &mut found);
    }
    found
}

const STAMP: [&str; 6] =
    ["--id", "6a8bffec-cfa8-43ac-ad11-6c0cf7b2e5fe", "--date", "2026-11-28", "--author", "Ada"];

#[test]
fn a_draft_for_an_event_of_every_log_checks_clean_and_its_test_passes() {
    let registry = Registry::shipped();
    let folder = folder(&[("rules/.keep", "")]);
    let (mut drafted, mut wrong) = (0, Vec::new());
    for log in registry.names() {
        let schema = registry.get(log).expect("a schema");
        for (at, event) in events(&schema).iter().enumerate() {
            let file = format!("rules/{}-{at}.yml", log.replace('/', "_"));
            // Identifiers are random: a copied one would be a duplicate.
            let title = format!("Draft {drafted}");
            let args =
                ["new", log, "--event", event, "--technique", "T1136.003", "--title", &title, "-o", &file];
            let run = Run::new(&folder, &args);
            assert_eq!(run.code, 0, "{log} {event}: {}", run.err);
            let tests = fs::read_to_string(folder.path(&file.replace(".yml", ".test.yml"))).expect("tests");
            let tests: Value = serde_yaml::from_str(&tests).expect("YAML");
            for case in tests["match"].as_array().expect("events") {
                let found = contradictions(&schema, &case["event"], event);
                wrong.extend((!found.is_empty()).then(|| format!("{log} {event}: {found:?}")));
            }
            drafted += 1;
        }
    }
    assert!(drafted >= 3 * registry.names().len(), "{drafted}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let run = Run::new(&folder, &["check", "rules", "--fail-on", "warning"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let run = Run::new(&folder, &["test", "rules", "--require-tests"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let run = Run::new(&folder, &["fmt", "rules", "--check"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

const OKTA: &str = "\
title: 'Okta System Log: user.account.privilege.grant'
id: 6a8bffec-cfa8-43ac-ad11-6c0cf7b2e5fe
status: experimental
description: |
    The event `user.account.privilege.grant` in the log Okta System Log.
    Write here what it means, what to look at next, and how to undo it.
references:
    - https://attack.mitre.org/techniques/T1098/003/
    - https://example.org/page
author: Ada
date: 2026-11-28
tags:
    - attack.persistence
    - attack.privilege-escalation
    - attack.t1098.003
logsource:
    product: okta
    service: okta
detection:
    selection:
        eventType: user.account.privilege.grant
        outcome.result: SUCCESS
    condition: selection
";

#[test]
fn a_draft_is_the_same_for_the_same_flags() {
    let folder = folder(&[]);
    let args =
        ["new", "okta", "--event", "user.account.privilege.grant", "--technique", "T1098.003", "--reference"];
    let args = [&args[..], &["https://example.org/page", "-o", "-"], &STAMP].concat();
    let run = Run::new(&folder, &args);
    assert!(run.code == 0 && run.out.starts_with(OKTA), "{}{}", run.out, run.err);
    let run = Run::new(&folder, &["new", "okta", "--event", "user.account.privilege.grant"]);
    assert_eq!(
        (run.code, &*run.out),
        (0, "user_account_privilege_grant.yml\nuser_account_privilege_grant.test.yml\n"),
        "{}",
        run.err
    );
    let again = Run::new(&folder, &["new", "okta", "--event", "user.account.privilege.grant"]);
    assert!(again.code == 2 && again.err.contains("exists"), "{}", again.err);
}

#[test]
fn what_does_not_name_anything_is_said() {
    let folder = folder(&[("taken.test.yml", "match: []\n")]);
    let entries = || fs::read_dir(folder.path("")).expect("a folder").count();
    let before = entries();
    for (args, said) in [
        (&["new"][..], "name the log"),
        (&["new", "okta"], "name the event, as `eventType` has it"),
        (&["new", "oktaa", "--event", "x"], "did you mean `okta`?"),
        (
            &["new", "okta", "--event", "user.account.privilege.grand"],
            "did you mean `user.account.privilege.grant`?",
        ),
        (&["new", "cloudtrail", "--event", "CreateUser"], "iam.amazonaws.com/CreateUser"),
        (&["new", "okta", "--event", "user.lifecycle.create", "--technique", "1136"], "`T1136.003`"),
        (
            &["new", "okta", "--event", "user.lifecycle.create", "--technique", "T9999"],
            "ATT&CK for enterprise, release 19, has no technique `T9999`",
        ),
        (
            &["new", "okta", "--event", "user.lifecycle.create", "-o", "t.txt"],
            "`t.txt` is not a name for a rule",
        ),
        (
            &["new", "okta", "--event", "user.lifecycle.create", "-o", "t.test.yml"],
            "is not a name for a rule",
        ),
        (
            &["new", "okta", "--event", "user.lifecycle.create", "-o", "taken.yml"],
            "`taken.test.yml`: the file exists",
        ),
        (&["init", "there", "--technique", "T9999"], "no technique `T9999`"),
        (&["new", "okta", "--event", "user.lifecycle.create", "--id", "1"], "UUID"),
        (&["new", "okta", "--event", "user.lifecycle.create", "--date", "2026-02-30"], "date"),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == 2 && run.err.contains(said), "{args:?}: {}", run.err);
        // What is refused has written nothing.
        assert_eq!(entries(), before, "{args:?}");
    }
}

/// What the request of an example event was about, by the names of the members that its schema knows.
#[test]
fn an_event_names_what_its_request_was_about() {
    let folder = folder(&[]);
    for (event, members) in [
        ("iam.amazonaws.com/DeleteUser", &["userName: bob"][..]),
        ("iam.amazonaws.com/AttachRolePolicy", &["policyArn: ", "roleName: "]),
        ("s3.amazonaws.com/DeleteBucket", &["bucketName: example-bucket"]),
    ] {
        let run = Run::new(&folder, &["new", "cloudtrail", "--event", event, "-o", "x.yml"]);
        assert_eq!(run.code, 0, "{event}: {}", run.err);
        let text = fs::read_to_string(folder.path("x.test.yml")).expect("tests");
        let first = text.split("\n- name").nth(1).expect("an event");
        for member in members {
            assert!(first.contains("requestParameters:") && first.contains(member), "{event}: {text}");
        }
        fs::remove_file(folder.path("x.yml"))
            .and_then(|()| fs::remove_file(folder.path("x.test.yml")))
            .expect("files");
    }
}

#[test]
fn questions_are_asked_until_they_are_answered() {
    let folder = folder(&[]);
    let answers = "oktaa\nokta\nuser.lifecycle.creat\nuser.lifecycle.create\nT9999\n1136\nT1136.003\n";
    let run = Run::with_input(&folder, &["new", "--ask", "-o", "x.yml"], answers);
    assert_eq!((run.code, &*run.out), (0, "x.yml\nx.test.yml\n"), "{}", run.err);
    for said in [
        "log, such as aws/cloudtrail: ",
        "did you mean `okta`?",
        "did you mean `user.lifecycle.create`?",
        "no technique `T9999`",
        "write it as in",
    ] {
        assert!(run.err.contains(said), "{}", run.err);
    }
    let text = fs::read_to_string(folder.path("x.yml")).expect("a rule");
    assert!(text.contains("attack.t1136.003") && text.contains("user.lifecycle.create"), "{text}");
    assert_eq!(Run::with_input(&folder, &["new", "--ask"], "").code, 2);
}

#[test]
fn a_repository_begins_with_init() {
    let folder = folder(&[(".git/HEAD", ""), ("sigmata.toml", "fail-on = 'error'\n")]);
    let run = Run::new(&folder, &["init"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("sigmata.toml exists and is left as it is"), "{}", run.err);
    assert_eq!(fs::read_to_string(folder.path("sigmata.toml")).expect("settings"), "fail-on = 'error'\n");
    for name in [
        ".github/workflows/sigmata.yml",
        ".pre-commit-config.yaml",
        "rules/create_user.yml",
        "rules/create_user.test.yml",
    ] {
        assert!(folder.path(name).is_file(), "{name}: {}", run.out);
    }
    let again = Run::new(&folder, &["init", "."]);
    assert!(again.code == 0 && again.out.is_empty(), "{}", again.out);
    let new = support::folder(&[]);
    assert_eq!(
        Run::new(
            &new,
            &["init", "sub", "--log", "github", "--event", "org.add_member", "--technique", "T1136.003"]
        )
        .code,
        0
    );
    // What it writes holds: the settings are read, the rule is clean, its test passes, its layout is canonical.
    for command in [
        &["check", "sub"][..],
        &["test", "sub", "--require-tests"],
        &["fmt", "--check", "sub"],
        &["config", "show", "sub"],
    ] {
        let run = Run::new(&new, command);
        assert_eq!(run.code, 0, "{command:?}: {}{}", run.out, run.err);
    }
}
