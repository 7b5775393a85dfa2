//! The table of `docs/compared.md`: each line has a command, and what the command shows is looked at here.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Folder, Run, folder};

fn rule(number: u32, event: &str) -> String {
    format!(
        "title: Rule {number}\nid: {number:08}-3c1e-4f29-9f3a-4a9f6b2b1c0d\nname: rule_{number}\nstatus: test\ndescription: d\n\
         author: a\ndate: 2026-11-23\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    selection:\n        \
         eventSource: iam.amazonaws.com\n        eventName: {event}\n    condition: selection\nlevel: low\n"
    )
}

/// A collection with a past: a good rule, one with a mistake, one whose mistake a comment allows, and what git ignores.
fn collection() -> Folder {
    let allowed = rule(3, "CreateUserr # sigmata: allow(S0433): announced for December");
    let unused = rule(4, "CreateUser # sigmata: allow(S0433): nothing there");
    let fixable = rule(5, "CreateUser").replace("eventName", "EventName");
    let test = "match:\n  - name: root makes a user\n    synthetic: true\n    event: {eventSource: iam.amazonaws.com, eventName: CreateUser}\n";
    let files = [
        ("rules/good.yml", rule(1, "CreateUser")),
        ("rules/good.test.yml", test.to_owned()),
        ("rules/bad.yml", rule(2, "CreateUserr")),
        ("rules/allowed.yml", allowed),
        ("rules/unused.yml", unused),
        ("rules/case.yml", fixable),
        ("vendor/bad.yml", rule(6, "CreateUserr")),
        ("target/bad.yml", rule(7, "CreateUserr")),
        (".gitignore", "target/\n".to_owned()),
        ("broken.yml", "title: 'x\ndetection: {}\nlogsource: {}\n".to_owned()),
        ("sigmata.toml", "exclude = ['vendor/**']\n[[override]]\npaths = ['rules/bad.yml']\nlints = { S0433 = 'warning' }\n".to_owned()),
        ("export.jsonl", "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = folder(&files);
    for args in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "x"]] {
        let identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"];
        let run = Command::new("git").current_dir(folder.path("")).args(identity).args(args).status();
        assert!(run.expect("git").success(), "{args:?}");
    }
    folder
}

/// What each line of the table is held against: its command, the exit code, and a part of what it prints.
const SHOWN: [(&str, i32, &str); 35] = [
    ("check rules/allowed.yml", 0, "1 allowed"),
    ("check rules/unused.yml --fail-on warning", 1, "S0960"),
    ("check rules --select S0433 --ignore unknown-status", 0, "S0433"),
    ("check rules --set lints.S0433=info", 0, "info[S0433]"),
    ("check rules/bad.yml", 0, "warning[S0433]"),
    ("check rules --set profile=sigmahq", 1, "S0227"),
    ("check rules --baseline known.json --update-baseline", 0, "known.json"),
    ("check rules --baseline known.json", 0, "no new findings"),
    ("check --show-files", 0, "left out by `.gitignore`"),
    ("check - --stdin-filename rules/x.yml", 0, "1 rule: no findings"),
    ("check rules --diff", 1, "+++ b/rules/case.yml"),
    ("check rules --diff --unsafe-fixes", 1, "+++ b/rules/bad.yml"),
    ("check rules --statistics", 0, "S0433"),
    ("test rules/good.yml --format junit", 0, "<testcase"),
    ("check rules --format sarif --output-file junit=report.xml", 0, "\"version\": \"2.1.0\""),
    ("check --changed-since HEAD --exit-zero", 0, "0 rules: no findings"),
    ("check .", 1, "S0001"),
    ("config show rules/bad.yml", 0, "lints"),
    ("fmt --check rules", 0, "unchanged"),
    (
        "new okta --event user.lifecycle.create --technique T1136.003 -o -",
        0,
        "eventType: user.lifecycle.create",
    ),
    ("test rules/good.yml --filter root", 0, "1 passed"),
    ("test rules --require-tests", 1, "no tests beside rules/bad.yml"),
    ("test rules/good.yml --coverage", 0, "never false"),
    ("witness rules/good.yml --format jsonl", 0, "\"kind\":\"match\""),
    ("witness rules/good.yml --as-regression data", 0, "data/good/info.yml"),
    ("eval rules/good.yml --events export.jsonl --explain", 0, "Rule 1"),
    ("diff --rev HEAD rules/good.yml", 0, "0 changed"),
    ("overlap rules", 0, "compared"),
    ("export rules/good.yml -o deploy", 0, "deploy"),
    ("explain S0433", 0, "## Why it matters"),
    ("schema json aws/cloudtrail", 0, "eventName"),
    ("completions bash", 0, "complete"),
    ("check --help", 0, "--watch"),
    ("init", 0, ".pre-commit-config.yaml"),
    ("check rules/good.yml", 0, "no findings"),
];

/// The commands of the table in the docs, in order.
fn commands(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("`sigmata "));
    let command =
        |row: &str| row.split("`sigmata ").nth(1).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    rows.filter_map(command).collect()
}

#[test]
fn each_line_of_the_table_is_shown_by_its_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/compared.md")).expect("a page");
    let told = commands(&page);
    let shown: Vec<&str> = SHOWN.iter().map(|(command, ..)| *command).collect();
    assert_eq!(told, shown, "the table of docs/compared.md and the list of this test");
    let folder = collection();
    let mut wrong = Vec::new();
    for (command, code, part) in SHOWN {
        let args: Vec<&str> = command.split(' ').collect();
        let input = rule(9, "CreateUser");
        let run = if args.contains(&"-") {
            Run::with_input(&folder, &args, &input)
        } else {
            Run::new(&folder, &args)
        };
        let printed = format!("{}{}", run.out, run.err);
        if run.code != code || !printed.contains(part) {
            wrong.push(format!("{command}: {}\n{printed}", run.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // What is ready-made is there.
    for name in [".pre-commit-hooks.yaml", "action.yml"] {
        assert!(root.join(name).is_file() && page.contains(name), "{name}");
    }
}
