//! Queries for CloudWatch Logs Insights select what the evaluator selects, in every reading of AWS's documentation.

#[path = "support/cwli/mod.rs"]
mod cwli;
#[path = "support/cwli/generate.rs"]
mod generate;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use sigmata::backend::cwli::{Cwli, ast::Function, read};
use sigmata::backend::{Backend as _, Compiled, Direction, Options};
use sigmata::check::{TypedRule, check};
use sigmata::eval::{Event, Matcher, RecordFormats};
use sigmata::ir::Formula;
use sigmata::rule::{self, Detection, DetectionRule, Document, LogSource, Meta};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::shipped);

/// How a query departs from its formula over events, in some reading, where its notes do not say so.
fn departure(formula: &Formula, compiled: &Compiled, events: &[Value]) -> Result<(), String> {
    let Some(query) = &compiled.query else { return Ok(()) };
    let program = cwli::Program::new(query);
    let matcher = Matcher::of(formula).expect("an evaluable formula");
    let may = |direction| {
        compiled.notes.iter().any(|note| note.direction == direction || note.direction == Direction::Either)
    };
    for record in events {
        let expected = matcher.matches(&Event::new(record.clone()));
        for (reading, found) in program.outcomes(&cwli::Event { record, millis: 0 }) {
            let excused = if found { may(Direction::Wider) } else { may(Direction::Narrower) };
            if found != expected && !excused {
                return Err(format!(
                    "{formula}\n{query}\n{record}\nexpected {expected}, found {found} with notes {:?} in {reading:?}",
                    compiled.notes
                ));
            }
        }
    }
    Ok(())
}

fn compile(formula: &Formula) -> Compiled {
    let rule = DetectionRule {
        meta: Meta::default(),
        logsource: LogSource::default(),
        detection: Detection::default(),
        first_seen: None,
    };
    let schema = REGISTRY.get("aws/cloudtrail");
    let typed = TypedRule { schema, formula: Some(formula.clone()), fields: Vec::new() };
    Cwli.compile(&rule, &typed, &Options::default())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn queries_select_what_the_evaluator_selects(
        formula in generate::formula(),
        events in prop::collection::vec(generate::event(), 4),
    ) {
        if let Err(difference) = departure(&formula, &compile(&formula), &events) {
            return Err(TestCaseError::fail(difference));
        }
    }
}

/// The detection rules of a text, checked.
fn rules(text: &str) -> Vec<(DetectionRule, TypedRule)> {
    let source = SourceFile::new("rule.yml", text);
    rule::read(&source)
        .documents
        .into_iter()
        .filter_map(|document| match document {
            Document::Detection(rule) => {
                let (typed, _) = check(&rule, &REGISTRY);
                Some((rule, typed))
            }
            Document::Correlation(_) | Document::Filter(_) => None,
        })
        .collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The events of a test file, in the canonical shape.
fn events(text: &str, typed: &TypedRule) -> Vec<Value> {
    let tests: Value = serde_yaml::from_str(text).expect("a test file");
    let shapes = typed.schema.as_deref().map(RecordFormats::of);
    ["match", "no_match"]
        .iter()
        .filter_map(|key| tests.get(key)?.as_array())
        .flatten()
        .flat_map(|case| {
            case.get("event")
                .into_iter()
                .chain(case.get("events").and_then(Value::as_array).into_iter().flatten())
        })
        .map(|record| {
            let event = Event::new(record.clone());
            shapes.as_ref().and_then(|shapes| shapes.canonical(&event)).unwrap_or(event).value().clone()
        })
        .collect()
}

#[test]
fn the_rules_of_the_library_select_what_their_tests_say() {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut paths);
    let (mut queries, mut seen) = (0, 0);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yml")) {
        let tests = path.with_extension("test.yml");
        if path.to_string_lossy().ends_with(".test.yml") || !tests.exists() {
            continue;
        }
        for (rule, typed) in rules(&fs::read_to_string(path).expect("UTF-8")) {
            let Some(formula) = &typed.formula else { continue };
            let compiled = Cwli.compile(&rule, &typed, &Options::default());
            let events = events(&fs::read_to_string(&tests).expect("UTF-8"), &typed);
            if let Err(difference) = departure(formula, &compiled, &events) {
                panic!("{}: {difference}", path.display());
            }
            if let Some(query) = &compiled.query {
                assert_eq!(
                    sigmata::backend::cwli::print(&read(query).expect("the query is read back")),
                    *query
                );
                queries += 1;
                seen += events.len();
            }
        }
    }
    assert!(queries > 10 && seen > 50, "{queries} queries over {seen} events");
}

/// The filters of a CloudTrail rule with this detection, and its findings if there is none.
fn filters(detection: &str) -> String {
    let detection = detection.replace('\n', "\n    ");
    let text = format!(
        "title: T\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    {detection}\n    condition: {}\n",
        if detection.contains("f:") { "s and not f" } else { "s" },
    );
    let rules = rules(&text);
    let [(rule, typed)] = &rules[..] else { panic!("one rule in {text}") };
    let compiled = Cwli.compile(rule, typed, &Options::default());
    let Some(query) = compiled.query else {
        return compiled.diagnostics.iter().map(|reason| reason.code.name).collect::<Vec<_>>().join(" ");
    };
    let filters = query.lines().skip_while(|line| !line.starts_with("| filter"));
    let filters: Vec<&str> = filters
        .take_while(|line| !["| limit", "| display"].iter().any(|end| line.starts_with(end)))
        .map(|line| line.trim_start_matches("| filter "))
        .collect();
    // The log can pass 200 fields, so that all are read from the message; the places are the same.
    filters.join("\n").replace("sigma_event.", "")
}

/// The faults that were found in other compilers, each of which would be one here.
#[test]
fn faults_of_other_compilers_are_not_repeated() {
    for (detection, expected) in [
        (
            r"s:
    requestParameters.userName: admin",
            r#"tolower(requestParameters.userName) = "admin""#,
        ),
        (
            r#"s:
    eventName: CreateUser
f:
    errorMessage|contains: "*""#,
            r#"eventName = "CreateUser"
not (ispresent(errorMessage))"#,
        ),
        (
            r"s:
    recipientAccountId: 123456789012",
            r#"recipientAccountId = "123456789012""#,
        ),
        (
            r"s:
    recipientAccountId: [123456789012, 210987654321]",
            r#"recipientAccountId in ["123456789012", "210987654321"]"#,
        ),
        (
            r#"s:
    userAgent: "Create*User""#,
            r"userAgent like /(?is)^Create.*User\z/",
        ),
        (
            r#"s:
    userAgent: ["Create*User", "Delete*User"]"#,
            r"(userAgent like /(?is)^Create.*User\z/ or userAgent like /(?is)^Delete.*User\z/)",
        ),
        (
            r"s:
    sourceIPAddress|cidr: 2001:db8::/32",
            r#"isIpv6InSubnet(sourceIPAddress, "2001:db8::/32")"#,
        ),
        (
            r"s:
    readOnly: false",
            r#"(readOnly = "false" or readOnly = 0)"#,
        ),
        (
            r#"s:
    userAgent: "a\"b\nc""#,
            r"userAgent like /(?i)^a\x22b\x0ac\z/",
        ),
        (
            r"s:
    eventName: CreateUser
f:
    userAgent|re: ^aws-internal
    eventSource: iam.amazonaws.com",
            r#"eventName = "CreateUser"
not (
    ispresent(userAgent)
    and userAgent like /^aws-internal/
    and ispresent(eventSource)
    and eventSource = "iam.amazonaws.com"
)"#,
        ),
        (
            r"s:
    eventName: CreateUser
f:
    userAgent|re: a+
    userIdentity.arn|re: b+",
            r#"eventName = "CreateUser"
not (
    ispresent(userAgent)
    and userAgent like /a+/
    and ispresent(userIdentity.arn)
    and userIdentity.arn like /b+/
)"#,
        ),
        (
            r"s:
    userAgent|re: a+
    userIdentity.arn|re: b+",
            r"userAgent like /a+/
userIdentity.arn like /b+/",
        ),
        (
            r"s:
    userAgent|re|all: [a+, b+]",
            r"userAgent like /a+/
userAgent like /b+/",
        ),
        (
            r"s:
    - eventName: CreateUser
    - userAgent|re: a+
f:
    errorCode: x",
            r#"(eventName = "CreateUser" or userAgent like /a+/)
not (ispresent(errorCode) and tolower(errorCode) = "x")"#,
        ),
        (
            r#"s:
    userAgent: "Create?ser""#,
            r"userAgent like /(?is)^Create.ser\z/",
        ),
        (
            r#"s:
    userAgent: "a\\*b""#,
            r#"tolower(userAgent) = "a*b""#,
        ),
        (
            r"s:
    eventName: [CreateUser, CreateRole]
    eventSource: [iam.amazonaws.com, sts.amazonaws.com]",
            r#"eventName in ["CreateUser", "CreateRole"]
eventSource in ["iam.amazonaws.com", "sts.amazonaws.com"]"#,
        ),
        (
            r"s:
    userIdentity.userName|fieldref|endswith: requestParameters.userName",
            r"(
    ispresent(userIdentity.userName)
    and ispresent(requestParameters.userName)
    and (
        isempty(requestParameters.userName) = 1
        or (
            strlen(tolower(userIdentity.userName)) >= strlen(tolower(requestParameters.userName))
            and substr(tolower(userIdentity.userName), (strlen(tolower(userIdentity.userName)) - strlen(tolower(requestParameters.userName)))) = tolower(requestParameters.userName)
        )
    )
)",
        ),
        (
            r"s:
    eventTime|hour: 3",
            r#"formatDate(@timestamp, "%H", "UTC") = "03""#,
        ),
    ] {
        // Where a line breaks depends on its width, which the source of the fields changes.
        let flat = |text: &str| {
            text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(" )", ")")
        };
        assert_eq!(flat(&filters(detection)), flat(expected), "{detection}");
    }
}

#[test]
fn the_grammar_names_what_is_printed() {
    let grammar = include_str!("../grammar/cwli.ebnf");
    for function in Function::ALL {
        assert!(grammar.contains(&format!("\"{}\"", function.spelling())), "{}", function.spelling());
    }
    for word in [
        "fields", "filter", "unnest", "into", "display", "dedup", "limit", "as", "and", "or", "not", "in",
        "like",
    ] {
        assert!(grammar.contains(&format!("\"{word}\"")), "{word}");
    }
}
