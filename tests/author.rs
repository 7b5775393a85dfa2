//! First drafts: `sigmata new` for an event of every log, and `sigmata init`.

mod support;

use std::fs;

use sigmata::schema::{Facts, Meaning, Registry, Schema, Type};
use support::{Run, folder};

/// The first values that a type lists.
fn values(ty: &Type, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    match ty {
        Type::Array(inner) => return values(inner, most),
        Type::Enum(known) => known.visit(&mut |value| {
            found.push(value.to_owned());
            found.len() < most
        }),
        _ => {}
    }
    found
}

/// Events of a log, as `--event` takes them.
fn events(schema: &Schema) -> Vec<String> {
    if let Some(relation) = schema.relations.first() {
        let by = schema.lookup(&relation.by.name(), &Facts::default()).expect("a field");
        let mut found = Vec::new();
        for source in values(&by.ty, usize::MAX) {
            relation.pairs.visit(&source, &mut |known| {
                found.push(format!("{source}/{known}"));
                false
            });
        }
        return found.into_iter().take(2).collect();
    }
    let action =
        schema.with_meaning(Meaning::Action).first().expect("a field that tells what was done").name();
    values(&schema.lookup(&action, &Facts::default()).expect("a field").ty, 2)
}

const STAMP: [&str; 6] =
    ["--id", "6a8bffec-cfa8-43ac-ad11-6c0cf7b2e5fe", "--date", "2026-11-28", "--author", "Ada"];

#[test]
fn a_draft_for_an_event_of_every_log_checks_clean_and_its_test_passes() {
    let registry = Registry::shipped();
    let folder = folder(&[("rules/.keep", "")]);
    let mut drafted = 0;
    for log in registry.names() {
        let schema = registry.get(log).expect("a schema");
        for (at, event) in events(&schema).iter().enumerate() {
            let file = format!("rules/{}-{at}.yml", log.replace('/', "_"));
            // Identifiers are random: a copied one would be a duplicate.
            let args = ["new", log, "--event", event, "--technique", "T1136.003", "-o", &file];
            let run = Run::new(&folder, &args);
            assert_eq!(run.code, 0, "{log} {event}: {}", run.err);
            assert!(folder.path(&file.replace(".yml", ".test.yml")).is_file(), "{log} {event}");
            drafted += 1;
        }
    }
    assert!(drafted >= registry.names().len(), "{drafted}");
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
    let folder = folder(&[]);
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
        (&["new", "okta", "--event", "user.lifecycle.create", "--id", "1"], "UUID"),
        (&["new", "okta", "--event", "user.lifecycle.create", "--date", "2026-02-30"], "date"),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == 2 && run.err.contains(said), "{args:?}: {}", run.err);
    }
}

#[test]
fn questions_are_asked_until_they_are_answered() {
    let folder = folder(&[]);
    let answers = "oktaa\nokta\nuser.lifecycle.creat\nuser.lifecycle.create\nT1136.003\n";
    let run = Run::with_input(&folder, &["new", "--ask", "-o", "x.yml"], answers);
    assert_eq!((run.code, &*run.out), (0, "x.yml\nx.test.yml\n"), "{}", run.err);
    for said in
        ["log, such as aws/cloudtrail: ", "did you mean `okta`?", "did you mean `user.lifecycle.create`?"]
    {
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
