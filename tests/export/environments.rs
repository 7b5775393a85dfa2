//! Environments and layouts.

use super::support::{Run, folder};
use super::tree::tree;
use super::{RULE, export, other};

#[test]
fn an_environment_has_its_own_identifiers_tables_and_schedules() {
    let settings = "\
[export.prod]
out = 'deploy'
kinds = ['sentinel']
logs.\"aws/cloudtrail\".kql.table = 'Trail_CL'
[export.prod.rules.\"5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\"]
enabled = false
every = '15m'
";
    let folder = folder(&[("sigmata.toml", settings), ("rules/user.yml", RULE)]);
    let run = export(&folder, &["rules", "--env", "prod"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = std::fs::read_to_string(folder.path("deploy/sentinel/rules/aws/user.yaml")).expect("a rule");
    for part in ["enabled: false", "queryFrequency: 15m", "queryPeriod: 75m", "Trail_CL", "ago(15m)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let plain = std::fs::read_to_string(folder.path("out/sentinel/rules/aws/user.yaml")).expect("a rule");
    assert!(plain.contains("AWSCloudTrail") && !plain.contains("Trail_CL\n"), "{plain}");
    assert_ne!(plain.lines().next(), text.lines().next(), "the identifiers differ");
    let run = export(&folder, &["rules", "-o", "out", "--env", "prod"]);
    assert_eq!((run.code, run.err.contains("is a build for")), (2, true), "{}", run.err);
    let run = export(&folder, &["rules", "--env", "prd"]);
    assert_eq!((run.code, run.err.contains("did you mean `prod`")), (2, true), "{}", run.err);
    let run = export(&folder, &["rules", "-o", "x", "--kind", "sentinl"]);
    assert_eq!((run.code, run.err.contains("did you mean `sentinel`")), (2, true), "{}", run.err);
}

const MANY: &str = "\
title: Many Users
id: 5e8c3a37-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: test
description: Many new users.
author: sigmata
date: 2026-11-23
tags: [attack.persistence]
correlation:
    type: event_count
    rules: [5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d]
    group-by: [recipientAccountId]
    timespan: 10m
    condition: {gte: 5}
level: medium
";

#[test]
fn an_environment_has_its_own_thresholds() {
    let settings = |id: &str, value: &str| {
        format!("[export.prod]\nkinds = ['sentinel', 'splunk']\nrules.\"{id}\".threshold = {value}\n")
    };
    let (many, rule) = ("5e8c3a37-3c1e-4f29-9f3a-4a9f6b2b1c0d", "5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d");
    let at = |settings: &str, correlation: &str| {
        folder(&[
            (".git/HEAD", ""),
            ("sigmata.toml", settings),
            ("rules/user.yml", RULE),
            ("rules/many.yml", correlation),
        ])
    };
    let within = at(&settings(&many.to_uppercase(), "12"), MANY);
    let run = export(&within, &["rules", "-o", "prod", "--env", "prod"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = |path: &str| std::fs::read_to_string(within.path(path)).expect("a file");
    let query = text("prod/sentinel/rules/rules/many.yaml");
    assert!(query.contains("prev(TimeGenerated, 11)"), "{query}");
    let search = text("prod/splunk/sigmata/default/savedsearches.conf");
    assert!(search.contains("sf_n0=12"), "{search}");
    // Elsewhere the rule says it.
    let run = export(&within, &["rules", "-o", "out", "--kind", "sentinel"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(text("out/sentinel/rules/rules/many.yaml").contains("prev(TimeGenerated, 4)"));
    let two = MANY.replace("{gte: 5}", "{gte: 5, lte: 9}");
    for (settings, correlation, code, expected) in [
        (settings(rule, "3"), MANY, 2, "the rule has no number"),
        (settings(many, "3"), two.as_str(), 2, "several numbers"),
        (settings(many, "0"), MANY, 2, "a whole number between 1 and"),
        (settings(many, "'3'"), MANY, 2, "a whole number between 1 and"),
        (settings("5e8c3a30-3c1e-4f29-9f3a-4a9f6b2b1c0d", "3"), MANY, 0, "is about no rule of this run"),
    ] {
        let run = export(&at(&settings, correlation), &["rules", "-o", "out", "--env", "prod"]);
        assert!(run.code == code && run.err.contains(expected), "{expected}: {}{}", run.out, run.err);
    }
}

#[test]
fn files_stand_where_the_layout_says() {
    let twin = other().replace("5e8c3a38", "6f9d4b49");
    let folder = folder(&[
        (".git/HEAD", ""),
        ("sigmata.toml", "[export.prod]\nlayout = '{level}/{title}'\nkinds = ['sentinel']\n"),
        ("rules/aws/sigmata.yml", RULE),
        ("rules/aws/role.yml", &other()),
        ("rules/more/Role.yml", &twin),
    ]);
    let made = |args: &[&str]| {
        let run = export(&folder, args);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    };
    made(&["rules", "-o", "a", "--layout", "{file}"]);
    made(&["rules/more", "rules/aws", "-o", "b", "--layout", "{file}"]);
    let files = tree(&folder.path("a"));
    assert!(files == tree(&folder.path("b")), "however the paths are given");
    let paths: Vec<&str> =
        files.keys().map(String::as_str).filter(|path| !path.starts_with("site/")).collect();
    for path in [
        "sentinel/rules/sigmata.yaml",
        "sentinel/rules/role.yaml",
        // One name to some systems.
        "sentinel/arm/Role.6f9d4b49.json",
        "xdr/graph/Role.6f9d4b49.json",
        "cloudwatch/api/role.json",
        "cloudwatch/eventbridge/patterns/role.json",
        // The module has a file of that name.
        "terraform/sentinel/sigmata.5e8c3a39.tf",
        "terraform/sentinel/sigmata.tf",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    let mut lowered: Vec<String> = paths.iter().map(|path| path.to_lowercase()).collect();
    lowered.sort();
    lowered.dedup();
    assert_eq!(lowered.len(), paths.len());
    made(&["rules", "-o", "c", "--env", "prod"]);
    assert!(folder.path("c/sentinel/rules/high/iam_user_created.yaml").is_file());
    // The files of queries too.
    let run =
        Run::new(&folder, &["compile", "rules", "-t", "kql", "-o", "q", "--layout", "{product}/{title}"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(
        tree(&folder.path("q")).keys().collect::<Vec<_>>(),
        [
            "kql/aws/iam_role_created.6f9d4b49.kql",
            "kql/aws/iam_role_created.kql",
            "kql/aws/iam_user_created.kql",
            "sigmata-manifest.json",
        ]
    );
    for (args, expected) in [
        (&["--layout", "{name}"][..], "no `{name}`"),
        (&["--layout", "../{file}"], "stays below"),
        (&["--env", "prod", "--set", "export.prod.layout=x"], "tells no rule from another"),
    ] {
        let run = export(&folder, &[&["rules", "-o", "x"], args].concat());
        assert!(run.code == 2 && run.err.contains(expected), "{args:?}: {}", run.err);
    }
}
