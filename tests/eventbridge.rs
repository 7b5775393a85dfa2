//! Event patterns of `EventBridge` against the evaluator: a pattern takes an event exactly when the rule matches it, or
//! there is none and a reason.
//!
//! The model of the matcher here is quick and our own. `SIGMATA_PATTERNS=FILE` writes every case for AWS's own, which
//! `tests/engines/eventbridge` runs.

#[path = "support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use sigmata::rule::Document;
use sigmata::schema::Registry;
use sigmata::{Checker, export};
use support::{Run, folder};

/// Every leaf that a path of members leads to; lists are their elements, and null is a leaf.
fn leaves<'v>(value: &'v Value, path: &[&str], found: &mut Vec<&'v Value>) {
    match (value, path) {
        (Value::Array(elements), _) => elements.iter().for_each(|element| leaves(element, path, found)),
        (Value::Object(members), [name, rest @ ..]) => {
            if let Some(value) = members.get(*name) {
                leaves(value, rest, found);
            }
        }
        (Value::Object(_), []) | (_, [_, ..]) => {}
        (leaf, []) => found.push(leaf),
    }
}

/// Whether a pattern takes an event, by what the matcher's documentation says.
fn takes(pattern: &Value, event: &Value) -> bool {
    fn object<'p>(pattern: &'p Value, path: &mut Vec<&'p str>, event: &Value) -> bool {
        pattern.as_object().expect("an object").iter().all(|(name, value)| {
            if name == "$or" {
                return value.as_array().expect("a list").iter().any(|one| object(one, path, event));
            }
            path.push(name);
            let fits = match value {
                Value::Array(tests) => {
                    let mut found = Vec::new();
                    leaves(event, path, &mut found);
                    tests.iter().any(|test| leaf(test, &found))
                }
                inner => object(inner, path, event),
            };
            path.pop();
            fits
        })
    }
    object(pattern, &mut Vec::new(), event)
}

fn leaf(test: &Value, found: &[&Value]) -> bool {
    match test.get("exists") {
        Some(Value::Bool(wanted)) => found.is_empty() != *wanted,
        _ => found.iter().any(|value| scalar(test, value)),
    }
}

fn scalar(wanted_of: &Value, value: &Value) -> bool {
    let Some(operator) = wanted_of.as_object() else { return wanted_of == value };
    let (name, operand) = operator.iter().next().expect("an operator");
    let text = value.as_str();
    let folded = |value: &Value| value.as_str().expect("a text").to_ascii_lowercase();
    // A text, or a list of them, and whether letters must agree in case.
    let cased = |operand: &Value| operand.get("equals-ignore-case").is_none();
    match name.as_str() {
        "equals-ignore-case" => {
            text.is_some_and(|text| text.eq_ignore_ascii_case(operand.as_str().expect("text")))
        }
        "prefix" | "suffix" => text.is_some_and(|text| {
            let (text, wanted) = if cased(operand) {
                (text.to_owned(), operand.as_str().expect("a text").to_owned())
            } else {
                (text.to_ascii_lowercase(), folded(&operand["equals-ignore-case"]))
            };
            if name == "prefix" { text.starts_with(&wanted) } else { text.ends_with(&wanted) }
        }),
        "wildcard" => text.is_some_and(|text| wildcard(operand.as_str().expect("a text"), text)),
        "numeric" => value.as_f64().is_some_and(|value| {
            let bound = operand[1].as_f64().expect("a number");
            match operand[0].as_str().expect("an operator") {
                "=" => (value - bound).abs() < f64::EPSILON,
                "<" => value < bound,
                "<=" => value <= bound,
                ">" => value > bound,
                _ => value >= bound,
            }
        }),
        "cidr" => {
            let (first, width) = operand.as_str().and_then(|block| block.split_once('/')).expect("a block");
            let bits = |text: &str| match text.parse() {
                Ok(std::net::IpAddr::V4(address)) => Some((u128::from(address.to_bits()), 32)),
                Ok(std::net::IpAddr::V6(address)) => Some((address.to_bits(), 128)),
                Err(_) => None,
            };
            let (Some((first, family)), Some((address, other))) = (bits(first), text.and_then(bits)) else {
                return false;
            };
            let host = family - width.parse::<u32>().expect("a width");
            family == other && first.checked_shr(host) == address.checked_shr(host)
        }
        "anything-but" => match operand {
            Value::Array(values) => !values.contains(value),
            Value::Object(_) => {
                let (name, values) = operand.as_object().and_then(|inner| inner.iter().next()).expect("one");
                !values.as_array().expect("a list").iter().any(|one| scalar(&json!({name: one}), value))
            }
            one => one != value,
        },
        other => panic!("no operator {other}"),
    }
}

/// Whether a text fits one with `*`; a backslash makes a star or a backslash itself.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let eats = |wanted: char, rest: &str| text.strip_prefix(wanted).is_some_and(|text| wildcard(rest, text));
    match first {
        '*' => text.char_indices().any(|(at, _)| wildcard(rest, &text[at..])) || wildcard(rest, ""),
        '\\' => {
            let next = rest.chars().next().expect("a character");
            eats(next, &rest[next.len_utf8()..])
        }
        other => eats(other, rest),
    }
}

/// A record as `EventBridge` sends it.
fn sent(record: &Value) -> Value {
    let kind = match record["eventType"].as_str() {
        Some("AwsConsoleSignIn") => "AWS Console Sign In via CloudTrail",
        Some("AwsServiceEvent") => "AWS Service Event via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    json!({"source": "aws.service", "detail-type": kind, "region": "us-east-1", "detail": record})
}

/// Every event of the tests of the rules over CloudTrail, and each without one of its parameters.
fn recorded(root: &Path) -> Vec<Value> {
    let mut events = Vec::new();
    for entry in std::fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            events.extend(recorded(&path));
        } else if path.to_string_lossy().ends_with(".test.yml") {
            let text = std::fs::read_to_string(&path).expect("a text");
            let file: Value = serde_yaml::from_str(&text).expect("YAML");
            for case in ["match", "no_match"].iter().filter_map(|part| file[part].as_array()).flatten() {
                let list = |key: &str| case[key].as_array().cloned().unwrap_or_default();
                events.extend(case.get("event").cloned());
                events.extend(list("events"));
                events.extend(list("sequence").into_iter().map(|one| one["event"].clone()));
            }
        }
    }
    events.retain(|event| event["eventSource"].is_string());
    let mut without = Vec::new();
    for event in &events {
        for name in event["requestParameters"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let mut other = event.clone();
            other["requestParameters"].as_object_mut().expect("members").remove(name);
            without.push(other);
        }
    }
    events.extend(without);
    events
}

/// Cases: a pattern, and the events that its rule matches.
fn judge(cases: &[(String, Value, Vec<bool>)], events: &[Value]) {
    for (name, pattern, matched) in cases {
        for (event, matched) in events.iter().zip(matched) {
            assert_eq!(takes(pattern, &sent(event)), *matched, "{name}: {pattern}\n{event}");
        }
    }
}

/// Writes cases for AWS's own matcher, and some that are made wrong and must be noticed.
fn write(name: &str, cases: &[(String, Value, Vec<bool>)], events: &[Value]) {
    let Ok(file) = std::env::var("SIGMATA_PATTERNS") else { return };
    let mut text = String::new();
    let _ = writeln!(text, "{}", json!({"events": events.iter().map(sent).collect::<Vec<_>>()}));
    for (at, (name, pattern, matched)) in cases.iter().enumerate() {
        let taken = |wrong: bool| {
            let taken = matched.iter().enumerate().filter(|(at, taken)| **taken != (wrong && *at == 0));
            taken.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let _ = writeln!(text, "{}", json!({"name": name, "pattern": pattern, "taken": taken(false)}));
        if at % 10 == 0 {
            let _ = writeln!(
                text,
                "{}",
                json!({"name": name, "pattern": pattern, "taken": taken(true), "fault": true})
            );
        }
    }
    std::fs::write(format!("{file}.{name}"), text).expect("written");
}

#[test]
fn every_pattern_of_the_library_takes_what_its_rule_matches() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let folder = folder(&[("x", "")]);
    let run = Run::new(
        &folder,
        &["export", rules.join("aws").to_str().expect("a path"), "-o", "out", "--kind", "cloudwatch"],
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    // Where events arrive (S0974) is counted, not reported one by one.
    assert!(run.out.contains("events of IAM arrive in us-east-1 alone"), "{}", run.out);
    let manifest = std::fs::read_to_string(folder.path("out/sigmata-manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let events = recorded(&rules.join("aws"));
    let mut cases = Vec::new();
    for object in manifest["objects"].as_array().expect("objects") {
        if object["delivery"] != "EventBridge" {
            continue;
        }
        let source = object["source"].as_str().expect("a file");
        let path = ["", "rules/", "aws/"]
            .iter()
            .map(|above| rules.parent().expect("above").join(above).join(source));
        let path = path.chain([rules.join(source)]).find(|path| path.is_file()).expect("a rule");
        let text = std::fs::read_to_string(path).expect("a rule");
        let read = Checker::new().read("rule.yml", &text);
        let rule = read.iter().find(|rule| rule.id() == object["rule"].as_str()).expect("the rule");
        // Known lists are those of a site.
        let Ok(asked) = rule.matcher() else { continue };
        let matched = events.iter().map(|event| asked.matches(&event.to_string()).expect("an answer"));
        let file = object["files"].as_array().expect("files").iter().filter_map(Value::as_str);
        let file = file.filter(|file| file.contains("/aws/")).collect::<Vec<_>>();
        let pattern = std::fs::read_to_string(folder.path("out").join(file[0])).expect("a pattern");
        let pattern: Value = serde_json::from_str(&pattern).expect("JSON");
        cases.push((source.to_owned(), pattern, matched.collect::<Vec<_>>()));
    }
    assert!(cases.len() >= 35 && events.len() >= 500, "{} patterns, {} events", cases.len(), events.len());
    let fired = cases.iter().filter(|(_, _, matched)| matched.contains(&true)).count();
    assert_eq!(fired, cases.len(), "each pattern takes some event");
    write("library", &cases, &events);
    judge(&cases, &events);
}

/// Conditions over a few fields: what becomes of each. `Ok` says nothing of the pattern, which the events judge.
const FORMS: &[(&str, Result<(), &str>)] = &[
    ("selection: {eventName: CreateUser}\n    condition: selection", Ok(())),
    ("selection: {eventName: [CreateUser, DeleteUser]}\n    condition: selection", Ok(())),
    ("selection: {eventName: CreateUser}\n    condition: not selection", Ok(())),
    ("selection: {requestParameters.userName: Bob}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|cased: Bob}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName: Bob}\n    condition: not selection", Ok(())),
    ("selection: {requestParameters.userName|startswith: bO}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|endswith|cased: b}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|startswith|cased: B}\n    condition: not selection", Ok(())),
    ("selection: {requestParameters.userName|contains|cased: 'o\\\\*'}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|contains: '12'}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|contains: '12'}\n    condition: not selection", Ok(())),
    ("selection: {requestParameters.userName|cased: 'B*b'}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName: null}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName: null}\n    condition: not selection", Ok(())),
    ("selection: {requestParameters.userName: '*'}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|exists: true}\n    condition: selection", Ok(())),
    ("selection: {requestParameters.userName|exists: false}\n    condition: selection", Ok(())),
    (
        "selection: {errorCode: null}\n    other: {errorCode: AccessDenied}\n    condition: selection or other",
        Ok(()),
    ),
    (
        "selection: {errorCode|exists: true}\n    other: {errorCode: AccessDenied}\n    condition: selection and not other",
        Ok(()),
    ),
    ("selection: {sourceIPAddress|cidr: [10.0.0.0/8, '2001:db8::/32']}\n    condition: selection", Ok(())),
    (
        "selection: {sourceIPAddress|cidr: 10.0.0.0/8}\n    condition: not selection",
        Err("a negation that patterns cannot say"),
    ),
    ("selection: {readOnly: true}\n    condition: selection", Ok(())),
    ("selection: {readOnly: true}\n    condition: not selection", Ok(())),
    (
        "a: {eventName: CreateUser}\n    b: {requestParameters.userName: Bob}\n    c: {errorCode: null}\n    condition: (a or b) and (b or c)",
        Ok(()),
    ),
    (
        "a: {eventName: CreateUser, requestParameters.userName: Bob}\n    b: {eventName: DeleteUser}\n    condition: (a or b) and not (a and b)",
        Ok(()),
    ),
    (
        "a: {eventName: [CreateUser, DeleteUser]}\n    b: {eventName: CreateUser}\n    c: {errorCode: AccessDenied}\n    condition: a and (not b or c)",
        Ok(()),
    ),
    (
        "selection: {requestParameters.userName|contains: bob}\n    condition: selection",
        Err("a part of a text in letters of either case"),
    ),
    (
        "selection: {requestParameters.userName|cased: 'B?b'}\n    condition: selection",
        Err("a wildcard for one character"),
    ),
    (
        "selection: {requestParameters.userName|re: '^B'}\n    condition: selection",
        Err("a regular expression"),
    ),
    (
        "selection: {requestParameters.userName: 'Jörg'}\n    condition: selection",
        Err("letters outside ASCII in either case"),
    ),
    ("keywords: [bob]\n    condition: keywords", Err("keywords look at every field")),
    (
        "selection: {userIdentity.userName|fieldref: requestParameters.userName}\n    condition: selection",
        Err("two fields are compared"),
    ),
    (
        "a: {requestParameters.userName|startswith: B}\n    b: {requestParameters.userName|endswith: b}\n    condition: a and b",
        Err("two tests of one field that patterns cannot say together"),
    ),
];

/// Events that differ in each field that the forms name.
fn varied() -> Vec<Value> {
    let names = [
        None,
        Some(""),
        Some("Bob"),
        Some("bob"),
        Some("BOB"),
        Some("b12b"),
        Some("o*"),
        Some("Bxb"),
        Some("alice"),
    ];
    let mut events = Vec::new();
    for action in ["CreateUser", "DeleteUser", "ListUsers"] {
        for name in names {
            for (error, address, reads) in [
                (None, "10.1.2.3", true),
                (Some("AccessDenied"), "2001:DB8::5", false),
                (Some("Other"), "iam.amazonaws.com", true),
            ] {
                let mut event = json!({
                    "eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": action,
                    "awsRegion": "us-east-1", "sourceIPAddress": address, "readOnly": reads,
                    "userIdentity": {"type": "IAMUser", "userName": "Bob"},
                });
                if let Some(name) = name {
                    event["requestParameters"] = json!({"userName": name});
                }
                if let Some(error) = error {
                    event["errorCode"] = json!(error);
                }
                events.push(event);
            }
        }
    }
    events
}

#[test]
fn every_form_has_its_meaning_or_its_reason() {
    let events = varied();
    let mut cases = Vec::new();
    for (detection, expected) in FORMS {
        let rule = format!(
            "title: T\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nlogsource: {{product: aws, service: cloudtrail}}\n\
             detection:\n    {detection}\nlevel: low\n"
        );
        let file = sigmata::source::SourceFile::new("rule.yml", rule.as_str());
        let documents = sigmata::rule::read(&file).documents;
        let Some(Document::Detection(read)) = documents.first() else { panic!("no rule: {detection}") };
        let (typed, findings) = sigmata::check::check(read, &Registry::shipped());
        let formula = typed.formula.unwrap_or_else(|| panic!("no meaning: {detection} {findings:?}"));
        let found = export::event_pattern(&formula).map_err(export::PatternRefusal::reason);
        assert_eq!(found.as_ref().map(|_| ()).map_err(|reason| *reason), *expected, "{detection}: {found:?}");
        let Ok(pattern) = found else { continue };
        let read = Checker::new().read("rule.yml", &rule);
        let asked = read.iter().next().expect("the rule").matcher().expect("a matcher");
        let matched = events.iter().map(|event| asked.matches(&event.to_string()).expect("an answer"));
        cases.push(((*detection).to_owned(), pattern, matched.collect::<Vec<_>>()));
    }
    write("forms", &cases, &events);
    judge(&cases, &events);
    // The judge sees a pattern that takes the wrong events.
    let (name, pattern, mut matched) = cases.swap_remove(0);
    matched[0] = !matched[0];
    let wrong = std::panic::catch_unwind(|| judge(&[(name, pattern, matched)], &events));
    assert!(wrong.is_err());
}
