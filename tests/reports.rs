//! What commands write for forges, as their readers read it: SARIF by its schema, JUnit by an XML parser, GitLab's report
//! by what its documentation demands, GitHub's commands by the grammar of its runner.

#[path = "support/json_schema.rs"]
mod json_schema;
#[path = "support/rule.rs"]
mod rule;
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use json_schema::misfits;
use rule::RULE;
use serde_json::{Value, json};
use support::{Folder, Run, folder};

const TESTS: &str = "\
match:
  - {name: a user & <more>, event: {eventSource: iam.amazonaws.com, eventName: CreateUser}}
  - {name: 'fails, on: purpose', event: {eventSource: iam.amazonaws.com, eventName: DeleteUser}}
no_match:
  - {name: a role, event: {eventSource: iam.amazonaws.com, eventName: CreateRole}}
";

const EVENTS: &str = "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n";

/// A repository in which every command finds something.
fn repository() -> Folder {
    let other = |from: &str, to: &str, id: &str| RULE.replace(from, to).replace("5e8c", id);
    folder(&[
        (".git/HEAD", ""),
        ("team/rules/good.yml", RULE),
        ("team/rules/good.test.yml", TESTS),
        ("team/rules/same.yml", &other("IAM user", "Another, 100% <&> user", "7e8c")),
        ("team/rules/typo.yml", &other("CreateUser", "CreateUserr", "8e8c")),
        ("team/rules/case.yml", &other("eventName", "EventName", "9e8c")),
        ("team/rules/refused.yml", &other("service: cloudtrail", "service: s3access", "ae8c")),
        ("team/rules/broken.yml", "title: x\nlogsource: {product: aws\ndetection: [\n"),
        ("team/old/good.yml", &RULE.replace("CreateUser", "[CreateUser, CreateRole]")),
        ("team/events.jsonl", EVENTS),
    ])
}

const COMMANDS: [&[&str]; 6] = [
    &["check", "team/rules"],
    &["compile", "team/rules"],
    &["test", "team/rules"],
    &["eval", "team/rules", "--events", "team/events.jsonl"],
    &["diff", "team/old", "team/rules"],
    &["overlap", "team/rules"],
];

/// What a command prints in a format, and writes into a file of that format in the same run as text.
fn report(folder: &Folder, command: &[&str], format: &str) -> String {
    let run = Run::new(folder, &[command, &["--format", format]].concat());
    let target = format!("{format}=report");
    let other = Run::new(folder, &[command, &["--output-file", &target]].concat());
    assert_eq!(run.code, other.code, "{command:?} {format}: {}", other.err);
    let file = std::fs::read_to_string(folder.path("report")).expect("a report");
    assert_eq!(run.out, file, "{command:?} {format}");
    run.out
}

/// The file that each report must name, from the root of the repository.
fn names(text: &str, command: &[&str], format: &str) {
    let name = if command[0] == "test" { "team/rules/good.test.yml" } else { "team/rules/" };
    assert!(text.contains(name), "{command:?} {format} does not name {name}:\n{text}");
}

#[test]
fn sarif_fits_its_schema() {
    let folder = repository();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/sarif.schema.json");
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("JSON");
    for command in COMMANDS {
        let text = report(&folder, command, "sarif");
        let log: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(misfits(&schema, &log), Vec::<String>::new(), "{command:?}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert!(!results.is_empty(), "{command:?}");
        for result in results {
            // What GitHub's code scanning reads of a result.
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
            assert_eq!(rule["id"], result["ruleId"], "{command:?}");
            assert!(rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
            assert!(
                rule["fullDescription"]["text"].as_str().is_some_and(|text| text.len() <= 1024),
                "{rule}"
            );
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
            let uri = place["artifactLocation"]["uri"].as_str().expect("a path");
            assert!(uri.starts_with("team/") && folder.path(uri).exists(), "{command:?}: {uri}");
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
        names(&text, command, "sarif");
    }
}

#[test]
fn an_allowed_refusal_is_a_suppression_in_sarif() {
    let correlation = "title: Many\ncorrelation:\n    type: event_count\n    rules: [one]\n    timespan: 5m\n    condition: {gte: 5}\n";
    let base = RULE.replacen("title:", "name: one\ntitle:", 1);
    let allow = "# sigmata: allow(S0830 cwli): the alert runs elsewhere\n";
    let folder = folder(&[
        ("allowed.yml", &format!("{base}---\n{allow}{correlation}")),
        ("refused.yml", &format!("{base}---\n{correlation}")),
    ]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/sarif.schema.json");
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("JSON");
    for (file, code, suppressions) in [
        ("allowed.yml", 0, json!([{"kind": "inSource", "justification": "the alert runs elsewhere"}])),
        ("refused.yml", 1, Value::Null),
    ] {
        let run = Run::new(&folder, &["compile", file, "-t", "cwli", "--format", "sarif"]);
        assert_eq!(run.code, code, "{file}: {}", run.err);
        let log: Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(misfits(&schema, &log), Vec::<String>::new(), "{file}");
        let results = log["runs"][0]["results"].as_array().expect("results");
        let [result] = &results[..] else { panic!("{file}: {results:?}") };
        assert_eq!((&result["ruleId"], &result["suppressions"]), (&json!("S0830"), &suppressions), "{file}");
    }
}

#[test]
fn junit_is_what_an_xml_parser_reads() {
    let folder = repository();
    for command in COMMANDS {
        let text = report(&folder, command, "junit");
        let document =
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{command:?}: {error}\n{text}"));
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        let elements = |node: roxmltree::Node<'_, '_>| {
            node.children().filter(roxmltree::Node::is_element).map(|one| one.id()).collect::<Vec<_>>()
        };
        let suites = elements(root);
        assert_eq!(suites.len(), 1, "{text}");
        let suite = document.get_node(suites[0]).expect("a suite");
        assert_eq!(suite.attribute("name"), Some(format!("sigmata {}", command[0]).as_str()));
        let (mut cases, mut failed) = (0, 0);
        for case in elements(suite).into_iter().filter_map(|id| document.get_node(id)) {
            assert_eq!(case.tag_name().name(), "testcase");
            let whole = [case.attribute("name"), case.attribute("classname")];
            assert!(whole.iter().all(|text| text.is_some_and(|text| !text.is_empty())), "{text}");
            let inner: Vec<&str> = case
                .children()
                .filter(roxmltree::Node::is_element)
                .map(|one| one.tag_name().name())
                .collect();
            assert!(inner.iter().all(|name| ["failure", "system-out"].contains(name)), "{inner:?}");
            cases += 1;
            failed += usize::from(inner.contains(&"failure"));
        }
        for counted in [root, suite] {
            assert_eq!(counted.attribute("tests"), Some(cases.to_string().as_str()));
            assert_eq!(counted.attribute("failures"), Some(failed.to_string().as_str()));
        }
        assert!(
            cases > 0 && failed > 0 || command[0] == "overlap",
            "{command:?}: {cases} cases, {failed} failed"
        );
        names(&text, command, "junit");
        let names: Vec<&str> = document.descendants().filter_map(|node| node.attribute("name")).collect();
        match command[0] {
            "test" => assert!(names.contains(&"a user & <more>") && failed == 1, "{names:?}"),
            "compile" => assert!(names.contains(&"Another, 100% <&> user created: kql"), "{names:?}"),
            _ => {}
        }
    }
}

/// What GitLab's documentation demands of each entry of a code quality report.
fn entry() -> Value {
    json!({
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    // Without `./` in front.
                    "path": {"type": "string", "pattern": "^[^./][^\\\\]*$"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
        "additionalProperties": false,
    })
}

#[test]
fn gitlab_reports_are_as_documented() {
    let folder = repository();
    for command in COMMANDS {
        let text = report(&folder, command, "gitlab");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let entries = report.as_array().expect("a list");
        assert!(!entries.is_empty(), "{command:?}");
        let mut seen = std::collections::BTreeSet::new();
        for one in entries {
            assert_eq!(misfits(&entry(), one), Vec::<String>::new(), "{command:?}: {one}");
            assert!(
                seen.insert(one["fingerprint"].as_str()),
                "{command:?}: two are the same for GitLab: {one}"
            );
        }
        names(&text, command, "gitlab");
    }
}

/// A line as the runner of GitHub takes it: `::name key=value,key=value::data`, if it is a command.
fn command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let plain = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or_else(|| panic!("no value: {line}"));
        (key.trim().to_owned(), plain(value))
    };
    let properties = properties.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect();
    Some((name.to_owned(), properties, plain(data)))
}

#[test]
fn github_reads_the_commands_that_are_meant() {
    let folder = repository();
    for args in COMMANDS {
        let text = report(&folder, args, "github");
        let (mut stopped, mut annotations, mut group) = (None, 0, 0);
        for line in text.lines() {
            let Some((name, properties, data)) = command(line) else {
                assert!(stopped.is_some(), "{args:?}: outside of the log: {line}");
                continue;
            };
            if let Some(token) = &stopped {
                if &name == token {
                    stopped = None;
                }
                continue;
            }
            match name.as_str() {
                "error" | "warning" | "notice" => {
                    annotations += 1;
                    let known = ["file", "line", "endLine", "col", "endColumn", "title"];
                    assert!(properties.keys().all(|key| known.contains(&key.as_str())), "{line}");
                    assert!(folder.path(&properties["file"]).is_file(), "{args:?}: {}", properties["file"]);
                    let number =
                        |key: &str| properties.get(key).map(|text| text.parse::<u32>().expect("a number"));
                    assert!(number("line") >= Some(1) && number("endLine") >= number("line"), "{line}");
                    assert!(number("endColumn") >= number("col"), "{line}");
                    assert!(properties["title"].starts_with('S') && !data.is_empty(), "{line}");
                }
                "group" => group += 1,
                "endgroup" => group -= 1,
                "stop-commands" => stopped = Some(data),
                other => panic!("{args:?}: {other}: {line}"),
            }
        }
        assert!(annotations > 0 && group == 0 && stopped.is_none(), "{args:?}: {annotations}");
        names(&text, args, "github");
    }
}

#[test]
fn each_command_writes_all_formats_in_one_run() {
    let folder = repository();
    let formats = ["text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"];
    for command in COMMANDS {
        let targets: Vec<String> = formats.iter().map(|format| format!("{format}=out.{format}")).collect();
        let mut args = command.to_vec();
        for target in &targets {
            args.extend(["--output-file", target]);
        }
        let plain = Run::new(&folder, command);
        let run = Run::new(&folder, &args);
        assert_eq!((run.code, &run.out), (plain.code, &plain.out), "{command:?}: {}", run.err);
        for format in formats {
            let text = std::fs::read_to_string(folder.path(&format!("out.{format}"))).expect("a file");
            let printed = Run::new(&folder, &[command, &["--format", format]].concat());
            assert_eq!(text, printed.out, "{command:?} {format}");
            assert!(!text.is_empty(), "{command:?} {format}");
        }
        // One file alone takes the place of what is printed.
        let alone = Run::new(&folder, &[command, &["--format", "json", "--output-file", "alone"]].concat());
        assert_eq!(alone.code, plain.code, "{command:?}: {}", alone.err);
        let text = std::fs::read_to_string(folder.path("alone")).expect("a file");
        assert!(
            serde_json::from_str::<Value>(&text).is_ok() && alone.out.len() < 80,
            "{command:?}: {}",
            alone.out
        );
        let wrong = Run::new(&folder, &[command, &["--output-file", "xml=x"]].concat());
        assert!(
            wrong.code == 2 && wrong.err.contains("no format `xml`; the formats are text"),
            "{}",
            wrong.err
        );
    }
}

#[test]
fn what_cannot_be_read_is_in_each_report() {
    let folder = repository();
    for command in COMMANDS {
        let args = [command, &["gone.yml"]].concat();
        for format in ["sarif", "gitlab", "github", "junit"] {
            // `diff` takes two paths, and `eval` takes files for events there.
            if ["diff", "eval"].contains(&command[0]) {
                continue;
            }
            let run = Run::new(&folder, &[&args[..], &["--format", format]].concat());
            assert!(run.code == 2 && run.out.contains("S0951"), "{args:?} {format}: {}{}", run.out, run.err);
        }
    }
}

/// What rules mean is let go of in a large collection and brought back part by part, with the filters and correlations
/// that concern them.
#[test]
fn a_large_collection_gives_the_queries_of_a_small_one() {
    const SMALL: &str =
        "title: t\nlogsource: {product: acme, service: audit}\ndetection: {a: {b: c}, condition: a}\n";
    const COUNTED: &str = "title: many\nname: many\ncorrelation: {type: event_count, rules: [one], group-by: [userName], timespan: 1h, condition: {gte: 3}}\n";
    const FILTER: &str = "title: not the builders\nlogsource: {product: aws, service: cloudtrail}\nfilter: {rules: any, a: {userAgent: builder}, condition: not a}\n";
    let many: Vec<String> = (0..4100).map(|at| format!("rules/{at}.yml")).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|name| (&**name, SMALL)).collect();
    let named = RULE.replacen("title:", "name: one\ntitle:", 1);
    let broken = "title: x\nlogsource: {product: aws\ndetection: [\n";
    let typo = RULE.replace("CreateUser", "CreateUserr").replace("5e8c", "6e8c");
    let few = [
        ("rules/a.yml", &*named),
        ("rules/b.yml", COUNTED),
        ("rules/c.yml", FILTER),
        ("rules/d.yml", &*typo),
        ("rules/e.yml", broken),
        ("rules/f.yml", "a: file of another kind\n"),
    ];
    files.extend(few);
    let (large, small) = (folder(&files), folder(&few));
    for format in ["json", "jsonl"] {
        let all = report(&large, &["compile", "rules"], format);
        let few = report(&small, &["compile", "rules"], format);
        let objects = |text: &str| -> Vec<Value> {
            let lines =
                |text: &str| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            match serde_json::from_str::<Value>(text) {
                Ok(mut whole) if format == "json" => {
                    whole["queries"].as_array_mut().expect("a list").split_off(0)
                }
                _ => lines(text),
            }
        };
        let (mut all, few) = (objects(&all), objects(&few));
        assert_eq!(all.len(), few.len() + 3 * many.len(), "{format}");
        all.retain(|object| object["rule"]["title"] != "t");
        assert_eq!(all, few, "{format}");
    }
}
