//! Matching by index finds what trying every rule finds.

#[path = "support/lists.rs"]
mod lists;

use std::path::Path;

use proptest::prelude::*;
use sigmata::check::File;
use sigmata::eval::{Event, Tape};
use sigmata::link::{Links, Unit};
use sigmata::schema::Registry;
use sigmata::solve;
use sigmata::source::SourceFile;
use sigmata::workspace::{Dispatcher, Logs, Ready, ready};

/// Rules that can be tried on events, with their logs.
fn with_rules<T>(files: &[File], then: impl FnOnce(&[Ready<'_>], &Logs) -> T) -> T {
    let units: Vec<Unit<'_>> = files.iter().map(Unit::of).collect();
    let (links, _) = Links::new(&units, &[], &lists::registry());
    let mut logs = Logs::default();
    let rules: Vec<_> = files.iter().flat_map(|file| ready(file, &links, &mut logs).0).collect();
    then(&rules, &logs)
}

/// The rules that match an event, by index and one by one.
fn both(rules: &[Ready<'_>], logs: &Logs, text: &str) -> (Vec<usize>, Vec<usize>) {
    let tape = Tape::read(text).expect("JSON");
    let mut found = Vec::new();
    Dispatcher::new(rules, logs).matches(tape.root(), &mut |rule, _| found.push(rule));
    let event = Event::new(serde_json::from_str(text).expect("JSON"));
    let formats = logs.formats();
    let read = formats.read(&event);
    let tried =
        rules.iter().enumerate().filter(|(_, rule)| read.of(rule).is_some_and(|event| rule.matches(event)));
    (found, tried.map(|(at, _)| at).collect())
}

fn library(folder: &Path, found: &mut Vec<File>) {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("rules").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            library(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml") && !name.ends_with(".test.yml")
        {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            found.push(File::check(SourceFile::new(name, text), &lists::registry()));
        }
    }
}

#[test]
fn the_library_matches_its_own_events() {
    let mut files = Vec::new();
    library(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut files);
    let events: Vec<String> = files
        .iter()
        .flat_map(|file| &file.documents)
        .filter_map(|checked| checked.typed.as_ref())
        .filter_map(|typed| Some((typed.formula.as_ref()?, typed.schema.as_deref())))
        .flat_map(|(formula, schema)| {
            let found = solve::witnesses(formula, schema, 7, 3);
            let events = |way: solve::Witness| {
                std::iter::once(way.event).chain(way.near.into_iter().map(|near| near.event))
            };
            found.found.into_iter().flat_map(events).collect::<Vec<_>>()
        })
        .map(|event| event.to_string())
        .collect();
    with_rules(&files, |rules, logs| {
        let dispatcher = Dispatcher::new(rules, logs);
        let formats = logs.formats();
        let mut matched = 0;
        for text in &events {
            let tape = Tape::read(text).expect("JSON");
            let mut found = Vec::new();
            dispatcher.matches(tape.root(), &mut |rule, _| found.push(rule));
            let event = Event::new(serde_json::from_str(text).expect("JSON"));
            let read = formats.read(&event);
            let tried = rules.iter().enumerate();
            let tried = tried.filter(|(_, rule)| read.of(rule).is_some_and(|event| rule.matches(event)));
            assert_eq!(found, tried.map(|(at, _)| at).collect::<Vec<_>>(), "{text}");
            matched += found.len();
        }
        assert!(matched > 300, "only {matched} matches of {} events", events.len());
    });
}

/// A detection item of few fields and values, so that rules and events meet.
fn item() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "eventName",
        "eventSource",
        "userAgent",
        "errorCode",
        "userIdentity.type",
        "requestParameters.userName",
        "resources.ARN",
        "operationName",
        "properties.activityDisplayName",
        "activityDisplayName",
        "a.b",
        "Image",
    ]);
    let modifier = prop::sample::select(vec![
        "",
        "",
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|cased",
        "|re",
        "|exists",
        "|neq",
        "|contains|all",
    ]);
    let value = prop::sample::select(vec![
        "CreateUser",
        "createuser",
        "iam.amazonaws.com",
        "'*'",
        "null",
        "'1'",
        "1",
        "k\u{212a}s",
        "\u{17f}x",
        "ab*",
        "'?b'",
        "[CreateUser, ab, '1']",
        "[k\u{212a}s, 'sx']",
        "''",
        "'true'",
        "Add user",
    ]);
    (field, modifier, value).prop_map(|(field, modifier, value)| match modifier {
        "|exists" => format!("{field}|exists: true"),
        modifier => format!("{field}{modifier}: {value}"),
    })
}

fn rule() -> impl Strategy<Value = String> {
    let log = prop::sample::select(vec![
        "product: aws, service: cloudtrail",
        "product: aws, service: cloudtrail",
        "product: azure, service: auditlogs",
        "product: windows, category: process_creation",
    ]);
    let condition = prop::sample::select(vec![
        "a",
        "a and b",
        "a or b",
        "a and not b",
        "not a",
        "not (a and b)",
        "a and (b or c)",
        "1 of them",
        "c",
        "a and not (b or not c)",
        "not c",
    ]);
    let selection = || {
        prop_oneof![
            4 => prop::collection::vec(item(), 1..3).prop_map(|items| {
                let items: std::collections::BTreeMap<_, _> =
                    items.iter().map(|item| (item.split(':').next().map(str::to_owned), item)).collect();
                format!("{{{}}}", items.values().map(|item| item.as_str()).collect::<Vec<_>>().join(", "))
            }),
            1 => prop::collection::vec(item(), 2).prop_map(|items| format!("[{{{}}}, {{{}}}]", items[0], items[1])),
            1 => prop::sample::select(vec!["[CreateUser]", "['*ser']", "[zzz, k\u{212a}s]", "['1']"]).prop_map(str::to_owned),
        ]
    };
    (log, condition, selection(), selection(), selection()).prop_map(|(log, condition, a, b, c)| {
        format!("title: t\nlogsource: {{{log}}}\ndetection:\n  a: {a}\n  b: {b}\n  c: {c}\n  condition: {condition}\n")
    })
}

fn event() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "\"CreateUser\"",
        "\"CREATEUSER\"",
        "\"iam.amazonaws.com\"",
        "null",
        "1",
        "1.0",
        "true",
        "\"\"",
        "\"ab\"",
        "\"xCreateUserx\"",
        "\"kks\"",
        "\"KKS\"",
        "\"k\u{212a}\u{17f}\"",
        "\"sx\"",
        "\"Add user\"",
        "{}",
        "[]",
        "[\"ab\",[\"CreateUser\"],null]",
        "[{\"ARN\":\"ab\"},{\"ARN\":1}]",
        "{\"type\":\"ab\",\"userName\":\"CreateUser\"}",
        "{\"b\":\"ab\",\"activityDisplayName\":\"Add user\"}",
    ]);
    let key = prop::sample::select(vec![
        "eventName",
        "eventSource",
        "userAgent",
        "errorCode",
        "userIdentity",
        "requestParameters",
        "resources",
        "operationName",
        "properties",
        "activityDisplayName",
        "a",
        "a.b",
        "Image",
        "eventVersion",
        "OperationName",
        "category",
        "TenantId",
        "ActivityDisplayName",
        "awsRegion",
        "recipientAccountId",
        "Type",
    ]);
    prop::collection::vec((key, scalar), 0..9).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_match_is_lost(rules in prop::collection::vec(rule(), 1..6), events in prop::collection::vec(event(), 1..40)) {
        let files: Vec<File> = rules
            .iter()
            .enumerate()
            .map(|(at, text)| File::check(SourceFile::new(format!("{at}.yml"), text.as_str()), &Registry::shipped()))
            .collect();
        with_rules(&files, |ready, logs| {
            for event in &events {
                let (found, tried) = both(ready, logs, event);
                prop_assert_eq!(found, tried, "{}\n{}", event, rules.join("---\n"));
            }
            Ok(())
        })?;
    }
}
