//! The manual page of each code is true: its example raises the code, and its better version does not.
//!
//! A page shows the lines that matter; [`complete`] adds what a whole document needs besides. A page that is not about
//! CloudTrail says so with a `logsource` of its own.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sigmata::diagnostic::Code;
use support::{Run, folder};

/// Codes that a few lines cannot raise: why, and the test that raises each.
const NOT_SHOWN: &[(&str, &str, &str)] = &[
    ("S0002", "the bytes are not UTF-8", "tests/reader/tree.rs"),
    ("S0003", "a control character in a page would be one in the source", "tests/reader/findings.rs"),
    ("S0004", "size", "tests/reader/adversarial.rs"),
    ("S0005", "size", "tests/reader/adversarial.rs"),
    ("S0006", "depth", "tests/reader/adversarial.rs"),
    ("S0010", "size", "tests/reader/adversarial.rs"),
    ("S0013", "size", "tests/reader/adversarial.rs"),
    ("S0014", "a tab cannot be seen in a page", "tests/reader/findings.rs"),
    ("S0102", "a no-break space cannot be seen in a page", "tests/reader/findings.rs"),
    ("S0204", "size", "tests/reader/findings.rs"),
    ("S0228", "takes the name of a file", "tests/workspace.rs"),
    ("S0219", "size", "tests/reader/adversarial.rs"),
    ("S0253", "depth", "tests/reader/adversarial.rs"),
    ("S0254", "size", "tests/reader/adversarial.rs"),
    ("S0511", "size", "tests/check.rs"),
    ("S0809", "size", "tests/kql/notes.rs"),
    ("S0811", "`check` refuses such a rule first", "tests/spl/output.rs"),
    ("S0667", "size", "tests/link.rs"),
    ("S0704", "size", "tests/pages.rs"),
    ("S0706", "a schema of the configuration, not a rule", "tests/configuration.rs"),
    ("S0808", "size", "tests/pages.rs"),
    ("S0824", "takes a table of Defender XDR", "tests/deliveries.rs"),
    ("S0823", "takes a configuration", "tests/deliveries.rs"),
    ("S0827", "takes a flag", "tests/deliveries.rs"),
    ("S1005", "takes a configuration", "tests/deliveries.rs"),
    ("S1006", "takes a configuration", "tests/configuration.rs"),
    ("S1002", "takes a field that a table does not carry", "tests/kql/notes.rs"),
    ("S0821", "the languages give a reason of their own first", "tests/backend.rs"),
    ("S0438", "takes a known list", "tests/known_lists.rs"),
    ("S0439", "takes a known list", "tests/known_lists.rs"),
    ("S0833", "takes a known list", "tests/known_lists.rs"),
    ("S0834", "takes a known list", "tests/known_lists.rs"),
    ("S0970", "takes an export", "tests/export/platforms.rs"),
    ("S0971", "takes an export", "tests/export/platforms.rs"),
    ("S0972", "takes an export", "tests/export/platforms.rs"),
    ("S0973", "takes an export", "tests/export/platforms.rs"),
    ("S0974", "takes an export", "tests/eventbridge.rs"),
    ("S0770", "takes a pipeline", "tests/pipeline.rs"),
    ("S0771", "takes a pipeline", "tests/pipeline.rs"),
    ("S0962", "the settings must demand reasons", "tests/adopt.rs"),
    ("S0951", "takes a file that cannot be read", "tests/trust.rs"),
    ("S3010", "takes a JSON text that encodes a single value", "src/backend/cwli/tests/layout.rs"),
];

/// The keys of a whole document.
const DOCUMENT: &[&str] = &[
    "action",
    "author",
    "correlation",
    "date",
    "description",
    "detection",
    "falsepositives",
    "fields",
    "filter",
    "id",
    "level",
    "license",
    "logsource",
    "modified",
    "name",
    "references",
    "related",
    "scope",
    "sigma-version",
    "status",
    "tags",
    "taxonomy",
    "title",
];

const LOG: &str = "logsource:\n    product: aws\n    service: cloudtrail\n";

const DETECTION: &str = "detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
";

/// The rule that a page about two rules, or about tests, has beside it.
const IAM_USER: &str = "title: IAM user created
name: iam_user_created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateUser
    condition: selection
";

/// The rules that correlations and filters of the pages name.
const NAMED: &str = "title: An access key
name: key_created
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateAccessKey}, condition: selection}
---
title: A policy
name: policy_attached
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: AttachUserPolicy}, condition: selection}
";

/// What a schema needs besides the lines of a page.
const SCHEMA: &[(&str, &str)] = &[
    ("sigmata-schema", "2"),
    ("name", "acme/audit"),
    ("title", "Acme"),
    ("logsources", "[{product: acme, service: audit}]"),
    ("sources", "[{source: own, license: none, date: \"2026-01-01\"}]"),
    ("fields", "{kind: {type: string}}"),
];

/// The keys of the mapping that starts with `indent` spaces.
fn keys(text: &str, indent: usize) -> BTreeSet<&str> {
    text.lines()
        .filter_map(|line| {
            let rest = line.get(indent..).filter(|_| line[..indent].trim().is_empty())?;
            let (key, _) = rest.split_once(':')?;
            key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)).then_some(key)
        })
        .collect()
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "    {line}");
        out
    })
}

/// The documents of a page with what they lack.
fn complete(text: &str) -> String {
    text.split("---\n").map(whole_document).collect::<Vec<_>>().join("---\n")
}

fn whole_document(text: &str) -> String {
    let mut text = text.to_owned();
    let has = |text: &str, key: &str| keys(text, 0).contains(key);
    if text.starts_with("- ") || has(&text, "action") || has(&text, "title") && has(&text, "detection") {
        return text;
    }
    if !DOCUMENT.iter().any(|key| has(&text, key)) {
        let selections = if text.starts_with("condition:") {
            "selection: {userAgent: c}\nfilter_a: {sourceIPAddress: 192.0.2.1}\nfilter_b: {awsRegion: eu-west-1}\n"
        } else {
            ""
        };
        let condition = if has(&text, "condition") { "" } else { "condition: selection\n" };
        text = format!("detection:\n{}", indented(&format!("{selections}{text}{condition}")));
    }
    let mut head = String::new();
    if !has(&text, "title") {
        head.push_str("title: An example\n");
    }
    if has(&text, "correlation") && !has(&text, "detection") {
        return format!("{head}{}", whole_correlation(text));
    }
    if !has(&text, "logsource") {
        head.push_str(LOG);
    }
    if has(&text, "filter") {
        if !keys(&text, 4).contains("condition") {
            text.push_str(
                "    selection:\n        userIdentity.type: AWSService\n    condition: not selection\n",
            );
        }
    } else if !has(&text, "detection") {
        text.push_str(DETECTION);
    }
    head + &text
}

fn whole_correlation(mut text: String) -> String {
    let is_temporal = text.contains("type: temporal");
    let lacking: Vec<&str> = [
        ("type", "type: event_count\n"),
        ("rules", "rules:\n    - key_created\n    - policy_attached\n"),
        ("timespan", "timespan: 10m\n"),
        ("condition", if is_temporal { "" } else { "condition:\n    gte: 5\n" }),
    ]
    .into_iter()
    .filter(|(key, _)| !keys(&text, 4).contains(key))
    .map(|(_, lines)| lines)
    .collect();
    text.push_str(&indented(&lacking.concat()));
    text
}

/// A schema with what the lines of a page lack.
fn whole_schema(text: &str) -> String {
    let given = keys(text, 0);
    let lacking = SCHEMA.iter().filter(|(key, _)| !given.contains(key));
    let mut out = lacking.fold(String::new(), |mut out, (key, value)| {
        let _ = writeln!(out, "{key}: {value}");
        out
    });
    out.push_str(text);
    out
}

/// The language and the text of the first code block below a heading, if the heading starts with one.
fn block<'p>(page: &'p str, heading: &str) -> Option<(&'p str, String)> {
    let lines = page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut lines = lines.skip_while(|line| line.trim() != format!("## {heading}")).skip(1);
    let first = lines.find(|line| !line.trim().is_empty())?;
    let language = first.strip_prefix("```")?;
    let text = lines.take_while(|line| *line != "```").fold(String::new(), |mut out, line| {
        out.push_str(line);
        out.push('\n');
        out
    });
    Some((language, text))
}

fn number(code: &Code) -> u16 {
    code.id[1..].parse().expect("four digits")
}

/// What the commands say that can raise `code`, as their users meet it.
fn output(code: &Code, language: &str, text: &str) -> String {
    let check: &[&str] = &["check", "--format", "concise", "."];
    let own = "logsource: {product: acme, service: audit}\ndetection: {s: {kind: x}, condition: s}\n";
    let (files, commands): (Vec<(&str, String)>, Vec<&[&str]>) = match (language, number(code)) {
        ("toml", _) => {
            (vec![("sigmata.toml", text.into()), ("rule.yml", complete("level: low\n"))], vec![check])
        }
        (_, 701..750 | 2003) => {
            let schemas = "schemas = [\"schemas/a.yaml\", \"schemas/b.yaml\"]\n";
            let alone = "schemas = [\"schemas/a.yaml\"]\n";
            let files = vec![
                ("sigmata.toml", if code.id == "S0705" { schemas } else { alone }.to_owned()),
                ("schemas/a.yaml", whole_schema(text)),
                ("schemas/b.yaml", whole_schema(text)),
                ("rule.yml", complete(own)),
            ];
            (files, vec![&["check", "rule.yml"], &["compile", "-t", "spl", "rule.yml"]])
        }
        (_, 224) => (vec![("rule.yml", text.into())], vec![check]),
        (_, 661) => {
            let files = vec![
                ("one.yml", IAM_USER.into()),
                ("two.yml", IAM_USER.replace("title: IAM", "title: Another")),
                ("rule.yml", complete(text)),
            ];
            (files, vec![check])
        }
        (_, 663) => {
            let files = vec![("one.yml", IAM_USER.into()), ("rule.yml", complete(text))];
            (files, vec![&["compile", "-t", "spl", "."]])
        }
        (_, 913) => {
            let files = vec![
                ("aws_iam_user_created.yml", IAM_USER.into()),
                ("iam_user_created.test.yml", text.into()),
            ];
            (files, vec![&["test", "."]])
        }
        (_, 950) => (vec![("named.yml", text.into())], vec![&["check", "named.yml"]]),
        (_, 227) => {
            let files = vec![("aws_access_key.yml", complete(text))];
            (files, vec![&["check", "--set", "profile=sigmahq", "--format", "concise", "."]])
        }
        (_, 904) => {
            let files = vec![("rule.yml", complete(text))];
            (files, vec![&["check", "--set", "lints.title-form=warning", "--format", "concise", "."]])
        }
        (_, 901..910) => (vec![("beside.yml", IAM_USER.into()), ("rule.yml", complete(text))], vec![check]),
        (_, 910..920) => {
            let files = vec![("rule.yml", IAM_USER.into()), ("rule.test.yml", text.into())];
            (files, vec![&["test", "."]])
        }
        (_, 920..930) => {
            let files = vec![("beside.yml", IAM_USER.into()), ("rule.yml", complete(text))];
            (files, vec![&["overlap", "."]])
        }
        (_, 930) => {
            let files = vec![("old.yml", IAM_USER.into()), ("rule.yml", complete(text))];
            (files, vec![&["diff", "old.yml", "rule.yml", "--format", "concise"]])
        }
        (_, 942) => {
            let files =
                vec![("rule.yml", complete(text)), ("events.jsonl", "{\"userAgent\":\"x\"}\n".into())];
            (files, vec![&["eval", "rule.yml", "--events", "events.jsonl", "--format", "github"]])
        }
        (_, 941) => {
            let files =
                vec![("rule.yml", complete(text)), ("events.jsonl", "{\"userAgent\":\"x\"}\n".into())];
            (files, vec![&["eval", "rule.yml", "--events", "events.jsonl"]])
        }
        _ => {
            let mut files = vec![("rule.yml", complete(text))];
            if text.contains("correlation:") || text.contains("filter:\n    rules:") {
                files.push(("named.yml", NAMED.into()));
            }
            let mut commands = vec![check];
            if matches!(number(code), 800..900 | 1000..) {
                commands.extend([
                    &["compile", "-t", "kql", "."][..],
                    &["compile", "-t", "spl", "."],
                    &["compile", "-t", "cwli", "."],
                ]);
            }
            (files, commands)
        }
    };
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = folder(&files);
    commands.into_iter().fold(String::new(), |said, arguments| {
        let run = Run::new(&folder, arguments);
        assert!(run.code <= 2, "{}: {arguments:?}: {}", folder.path("").display(), run.err);
        said + &run.out + &run.err
    })
}

/// What is wrong with the page of `code`.
fn faults(code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some((language, text)) = block(code.page, "Example") {
        let said = output(code, language, &text);
        if !said.contains(code.id) {
            faults.push(format!("{}: the example does not raise it:\n{said}", code.id));
        }
    } else {
        faults.push(format!("{}: the example is not a code block", code.id));
    }
    if let Some((language, text)) = block(code.page, "Use instead") {
        let said = output(code, language, &text);
        let is_bad =
            |line: &str| line.contains(code.id) || line.contains("error[S") || line.contains("warning[S");
        if said.lines().any(is_bad) {
            faults.push(format!("{}: the better version is not clean:\n{said}", code.id));
        }
    }
    faults
}

#[test]
fn every_page_is_true() {
    let codes: Vec<&Code> = sigmata::codes()
        .iter()
        .copied()
        .filter(|code| NOT_SHOWN.iter().all(|(id, ..)| *id != code.id))
        .collect();
    let half = codes.len().div_ceil(2);
    let found: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = codes
            .chunks(half)
            .map(|codes| scope.spawn(|| codes.iter().flat_map(|code| faults(code)).collect::<Vec<_>>()))
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("no panic")).collect()
    });
    assert!(found.is_empty(), "{} of {} pages:\n\n{}", found.len(), codes.len(), found.join("\n"));
}

#[test]
fn what_a_page_does_not_show_another_test_does() {
    let codes = sigmata::codes();
    for (id, reason, test) in NOT_SHOWN {
        assert!(codes.iter().any(|code| code.id == *id), "{id} exists no more");
        assert!(!reason.is_empty());
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(test);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{test}: {error}"));
        let name = codes.iter().find(|code| code.id == *id).map_or("", |code| code.name);
        assert!(text.contains(id) || text.contains(name), "{test} does not name {id}");
    }
}

/// The example of each page that `check` alone raises its code for is in `tests/diagnostics`, where
/// `tests/golden.rs` keeps what is printed for it.
#[test]
fn examples_are_kept_with_what_is_printed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut wrong = Vec::new();
    for code in sigmata::codes() {
        let alone = !matches!(number(code), 224 | 600..);
        let example = block(code.page, "Example").filter(|(language, _)| alone && *language != "toml");
        let Some((_, text)) = example.filter(|_| NOT_SHOWN.iter().all(|(id, ..)| *id != code.id)) else {
            continue;
        };
        let path = folder.join(code.id).with_extension("yml");
        let text = complete(&text);
        if std::env::var_os("SIGMATA_ACCEPT").is_some() {
            std::fs::write(&path, &text).expect("writable");
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(code.id);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}: run with SIGMATA_ACCEPT=1, then the test `golden` too");
}

/// Examples that are too long for a page.
#[test]
fn limits_are_met() {
    let deep = "{ type: array, items: ".repeat(40) + "{ type: string }" + &" }".repeat(40);
    let wide = (0..1500).fold(String::new(), |out, at| out + &format!("203.{}.{}.7, ", at / 250, at % 250));
    for (id, text) in [
        ("S0704", format!("fields:\n  a: {deep}\n  kind: {{ type: string }}\n")),
        (
            "S0808",
            format!(
                "detection:\n  selection:\n    sourceIPAddress: [{wide}203.9.9.9]\n  condition: selection\n"
            ),
        ),
    ] {
        let codes = sigmata::codes();
        let code = codes.iter().find(|code| code.id == id).expect("a code");
        let said = output(code, "yaml", &text);
        assert!(said.contains(id), "{id}: {said}");
    }
}
