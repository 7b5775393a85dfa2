//! `sigmata export --diff`: which deployed objects a change touches, in a git repository of its own.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Folder, Run, folder};

fn git(folder: &Folder, args: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"];
    let run = Command::new("git").current_dir(folder.path("")).args(identity).args(args).output();
    let output = run.expect("git");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn rule(number: u32, title: &str, event: &str, more: &str) -> String {
    format!(
        "title: {title}\nid: 0000000{number}-0000-4000-8000-000000000000\nname: rule_{number}\nstatus: test\n\
         description: Something happened.\nauthor: sigmata\ndate: 2026-11-23\ntags: [attack.persistence, attack.t1136.003]\n\
         logsource: {{product: aws, service: cloudtrail}}\ndetection:\n    selection:\n        eventSource: iam.amazonaws.com\n        \
         eventName: {event}\n    condition: selection\nfields: [userIdentity.arn, sourceIPAddress]\nlevel: high\n{more}"
    )
}

const COUNTS: &str = "title: Many Users\nid: 00000009-0000-4000-8000-000000000000\nstatus: test\n\
    description: Many users were made.\nauthor: sigmata\ndate: 2026-11-23\ntags: [attack.persistence, attack.t1136.003]\n\
    correlation:\n    type: event_count\n    rules: [rule_5]\n    group-by: [userIdentity.arn]\n    timespan: 1h\n    \
    condition: {gte: 5}\n    generate: true\nlevel: high\n";

const FILTER: &str = "title: Not the deploy role\nid: 00000008-0000-4000-8000-000000000000\n\
    logsource: {product: aws, service: cloudtrail}\nfilter:\n    rules: [rule_6]\n    \
    selection: {userIdentity.arn: 'arn:aws:iam::111122223333:role/deploy'}\n    condition: not selection\n";

/// A repository with one commit, and a change of each kind since.
fn changed() -> Folder {
    let folder = folder(&[
        ("sigmata.toml", "rules = ['rules']\n"),
        ("rules/aws/same.yml", &rule(1, "Same", "CreateUser", "")),
        ("rules/aws/wider.yml", &rule(2, "Wider", "CreateGroup", "")),
        ("rules/aws/gone.yml", &rule(3, "Gone", "DeleteGroup", "")),
        ("rules/aws/off.yml", &rule(4, "Off", "DeleteUser", "")),
        ("rules/aws/counted.yml", &rule(5, "Counted", "[CreateUser, CreateRole]", "")),
        ("rules/aws/filtered.yml", &rule(6, "Filtered", "CreateRole", "")),
        ("rules/aws/text.yml", &rule(7, "Text", "DeleteRole", "")),
        ("rules/aws/counts.yml", COUNTS),
    ]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-q", "-m", "rules"]);
    let write = |name: &str, text: &str| std::fs::write(folder.path(name), text).expect("written");
    write(
        "rules/aws/wider.yml",
        &rule(2, "\"`Wider` | @team #1 <b>\"", "[CreateGroup, DeleteGroupPolicy]", ""),
    );
    std::fs::remove_file(folder.path("rules/aws/gone.yml")).expect("removed");
    write(
        "rules/aws/off.yml",
        &rule(4, "Off", "DeleteUser", "").replace("status: test", "status: deprecated"),
    );
    write("rules/aws/counted.yml", &rule(5, "Counted", "CreateUser", ""));
    write("rules/aws/filter.yml", FILTER);
    write("rules/aws/text.yml", &rule(7, "Text", "DeleteRole", "").replace("level: high", "level: low"));
    write("rules/aws/new.yml", &rule(0, "New", "CreateVirtualMFADevice", ""));
    folder
}

#[test]
fn a_pull_request_says_what_it_deploys() {
    let folder = changed();
    let run = Run::new(&folder, &["export", "rules", "--diff", "HEAD", "--kind", "sentinel"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/export-diff.md");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&golden, &run.out).expect("a written file");
    }
    assert_eq!(run.out, std::fs::read_to_string(&golden).expect("a text"));
    assert!(!run.out.contains("same.yml") && !folder.path("out").exists(), "{}", run.out);
    // The paths may be given in another way, and be named twice.
    for paths in [&["."][..], &["rules/aws", "rules/aws/new.yml"]] {
        let again =
            Run::new(&folder, &[&["export"], paths, &["--diff", "HEAD", "--kind", "sentinel"]].concat());
        assert_eq!((again.code, again.out.as_str()), (1, run.out.as_str()), "{paths:?}: {}", again.err);
    }
}

#[test]
fn every_kind_is_compared_and_programs_read_it() {
    let folder = changed();
    let run = Run::new(&folder, &["export", "rules", "--diff", "HEAD", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(json_schema::misfits(&json_schema::load("export-diff.schema.json"), &document), [""; 0]);
    let rules = document["rules"].as_array().expect("rules");
    let kinds: Vec<String> = rules
        .iter()
        .map(|rule| {
            let text = |key: &str| rule[key].as_str().expect("a text").to_owned();
            format!("{} {} {}", text("state"), text("change"), rule["objects"].as_array().map_or(0, Vec::len))
        })
        .collect();
    assert_eq!(rules.len(), 8, "{kinds:?}");
    for rule in rules.iter().filter(|rule| rule["change"] == "wider") {
        assert_eq!(rule["wider"]["eventName"], "DeleteGroupPolicy");
    }
    let filtered = rules.iter().find(|rule| rule["rule"]["title"] == "Filtered").expect("the rule");
    assert_eq!(filtered["change"], "narrower", "a filter makes a rule narrower: {filtered}");
    assert_eq!(filtered["narrower"]["userIdentity"]["arn"], "arn:aws:iam::111122223333:role/deploy");
}

#[test]
fn what_is_the_same_is_exit_code_0_and_other_settings_are_told() {
    let folder = folder(&[("sigmata.toml", ""), ("rules/user.yml", &rule(1, "Same", "CreateUser", ""))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-q", "-m", "rules"]);
    let run = Run::new(&folder, &["export", "rules", "--diff", "HEAD"]);
    assert_eq!((run.code, run.out.contains("None.")), (0, true), "{}{}", run.out, run.err);
    std::fs::write(folder.path("sigmata.toml"), "[logs.\"aws/cloudtrail\"]\nkql.table = 'Trail_CL'\n")
        .expect("written");
    let run = Run::new(&folder, &["export", "rules", "--diff", "HEAD"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("`sigmata.toml` differs too"), "{}", run.out);
    // A folder that is gone as a whole is gone rule by rule.
    std::fs::remove_dir_all(folder.path("rules")).expect("removed");
    let run = Run::new(&folder, &["export", "rules", "--diff", "HEAD"]);
    assert!(run.code == 1 && run.out.contains("to be deleted in the SIEM"), "{}{}", run.out, run.err);
    for (arguments, expected) in [
        (&["export", "rules", "--diff", "nowhere"][..], "is not a valid revision"),
        (&["export", "rules", "--diff", "HEAD", "--check"], "cannot be used with"),
        (&["export", "-", "--diff", "HEAD"], "not standard input"),
    ] {
        let run = Run::new(&folder, arguments);
        assert!(run.code == 2 && run.err.contains(expected), "{arguments:?}: {}", run.err);
    }
}
