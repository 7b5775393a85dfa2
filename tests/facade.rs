//! The types that a program uses: errors, names, record formats, collections.

use sigmata::backend::Fidelity;
use sigmata::{Checker, Error, Options, Rules};

const RULE: &str = "\
title: User created
name: user_created
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    condition: s
";

fn read(text: &str) -> Rules {
    Checker::new().read("rule.yml", text)
}

#[test]
fn findings_are_an_error_with_places() {
    let wrong = RULE.replace("eventName: CreateUser", "eventNaem: CreateUser");
    let error = read(&wrong).without_errors().expect_err("an unknown field");
    let text = error.to_string();
    assert!(text.contains("eventNaem") && text.contains("rule.yml:5"), "{text}");
    let Error::Findings(findings) = error else { panic!("{error}") };
    let found: Vec<_> = findings.iter().map(|found| (found.code, found.line, found.column)).collect();
    assert_eq!(found, [("S0312", 5, 41)]);
    // An error of the standard library, so that `?` works.
    let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(findings);
    assert_eq!(boxed.to_string(), text);
}

#[test]
fn queries_have_names_options_and_fidelity() {
    let rules = read(RULE);
    let rule = rules.iter().next().expect("a rule");
    assert_eq!(rule.title(), Some("User created"));
    for target in ["kql", "spl", "cwli"] {
        let query = rule.compile(target, &Options::default()).expect("a query");
        assert!(query.to_string().contains("CreateUser"), "{query}");
        assert_eq!(query.text().map(str::trim_end), Some(query.to_string().as_str()));
    }
    let error = rule.compile("sql", &Options::default()).expect_err("no such language");
    assert_eq!(error.to_string(), "no target `sql`");
    let wrong = read(&RULE.replace("condition: s", "condition: t"));
    let rule = wrong.iter().next().expect("a rule");
    assert!(
        matches!(rule.compile("kql", &Options::default()), Err(Error::Findings(found)) if found.has_errors())
    );
    assert!(rule.matcher().is_err());
}

#[test]
fn events_are_read_in_every_record_format() {
    let rules = read(RULE);
    let matcher = rules.iter().next().expect("a rule").matcher().expect("a meaning");
    for (event, expected) in [
        // As the provider writes it, as a file of a trail holds it, as a row of Microsoft Sentinel and of Elastic.
        (r#"{"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}"#, true),
        (
            r#"{"Records": [{"eventName": "ListUsers"}, {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}]}"#,
            true,
        ),
        (r#"{"EventSource": "iam.amazonaws.com", "EventName": "CreateUser"}"#, true),
        (r#"{"eventSource": "iam.amazonaws.com", "eventName": "DeleteUser"}"#, false),
    ] {
        assert_eq!(matcher.matches(event).ok(), Some(expected), "{event}");
    }
    assert!(matches!(matcher.matches("{"), Err(Error::Event(_))));
    assert!(matches!(matcher.matches(""), Err(Error::Event(_))));
    let rule = rules.iter().next().expect("a rule");
    let events = rule.example_events(2);
    assert!(!events.is_empty() && events.iter().all(|event| matcher.matches(event).ok() == Some(true)));
}

#[test]
fn filters_of_another_text_apply() {
    let filter = "\
title: Known
logsource: {product: aws, service: cloudtrail}
filter:
    rules: [user_created]
    s: {userIdentity.userName: provisioner}
    condition: not s
";
    let rules = Checker::new().read_all([("rule.yml", RULE), ("filter.yml", filter)]);
    let rules = rules.without_errors().expect("nothing is wrong");
    let rule = rules.iter().next().expect("a rule");
    let query = rule.compile("kql", &Options::default()).expect("a query").to_string();
    assert!(query.contains("provisioner"), "{query}");
    let matcher = rule.matcher().expect("a meaning");
    let event = |user: &str| {
        format!(
            r#"{{"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "userIdentity": {{"userName": "{user}"}}}}"#
        )
    };
    assert_eq!(matcher.matches(&event("provisioner")).ok(), Some(false));
    assert_eq!(matcher.matches(&event("mallory")).ok(), Some(true));
}

#[test]
fn schemas_of_a_user_are_checked() {
    let error = Checker::with_schemas([("own.yml", "sigmata-schema: 2\n")]).expect_err("an empty schema");
    assert!(error.to_string().contains("own.yml"), "{error}");
}

#[test]
fn codes_are_listed_without_the_command_line() {
    let codes = sigmata::codes();
    assert!(codes.iter().any(|code| code.id == "S0310"));
    assert!(codes.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn correlations_are_compiled_and_run() {
    let text = "\
title: Access key created
name: key
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}
    condition: s
---
title: Many keys
id: 4c1b1c6a-0d5f-4f0e-9f7e-2b6d3a4c5e6f
correlation: {type: event_count, rules: [key], group-by: [awsRegion], timespan: 10m, condition: {gte: 2}}
level: high
";
    let rules = Checker::new().read("rules.yml", text).without_errors().expect("no errors");
    let all: Vec<_> = rules.correlations().collect();
    let [correlation] = all.as_slice() else { panic!("one correlation") };
    assert_eq!((rules.iter().count(), correlation.title()), (1, Some("Many keys")));
    let query = correlation.compile("spl", &Options::default()).expect("a query");
    assert_eq!(
        (query.fidelity(), query.schedule().map(|schedule| schedule.window)),
        (Fidelity::Exact, Some(600))
    );
    let event = |time: &str, region: &str| {
        format!(
            r#"{{"eventVersion": "1.11", "eventTime": "2026-01-01T00:{time}Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "awsRegion": "{region}"}}"#
        )
    };
    let matcher = correlation.matcher().expect("a matcher");
    let events = [event("10:00", "a"), event("00:00", "a"), event("05:00", "b"), event("10:01", "b")];
    let firings = matcher.firings(&events.join("\n")).expect("events");
    let found: Vec<_> =
        firings.iter().map(|found| (found.group[0].1.as_str(), found.events.as_slice())).collect();
    assert_eq!(found, [("a", &[1, 0][..]), ("b", &[2, 3])]);
    assert!(matcher.firings("").is_err());
}
