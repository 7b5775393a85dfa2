//! A time written as its log writes it is read the same everywhere: checker, evaluator, queries and inference.

use sigmata::backend::{self, Options};
use sigmata::check::check;
use sigmata::diagnostic::Severity;
use sigmata::eval::{Event, Matcher};
use sigmata::rule::{self, Document};
use sigmata::schema::{Inference, Registry};
use sigmata::source::SourceFile;

const SCHEMA: &str = r#"
sigmata-schema: 2
name: acme/audit
title: Acme
logsources: [{product: acme, service: audit}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields:
  at: {type: timestamp, never_empty: true}
deliveries:
  - {platform: sentinel, tables: [Acme], form: columns, columns: {at: {column: At, type: datetime}}}
"#;

/// One instant in every form in which providers write times.
const FORMS: [&str; 10] = [
    "2026-07-01T10:00:00Z",
    "2026-07-01t10:00:00z",
    "2026-07-01T10:00:00",
    "2026-07-01 10:00:00",
    "2026-07-01T10:00:00.000Z",
    "2026-07-01T10:00:00,000Z",
    "2026-07-01T12:00:00+02:00",
    "2026-07-01T10:00:00.000+0000",
    "2026-07-01T04:30:00-0530",
    "2026-07-01 02:00:00.000 -0800",
];

/// What the checker finds, whether the event matches, and the query.
fn run(detection: &str, at: &str) -> (Vec<&'static str>, bool, String) {
    let (registry, findings) = Registry::with_schemas([("acme.yaml", SCHEMA)]);
    assert!(findings.is_empty(), "{findings:?}");
    let rule = format!(
        "title: Times\nsigma-version: '3'\nlogsource: {{product: acme, service: audit}}\ndetection:\n  s: {{{detection}}}\n  condition: s\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", rule));
    let errors = reading.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.map(|finding| &finding.message).collect::<Vec<_>>(), Vec::<&String>::new());
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, found) = check(&rule, &registry);
    let event = Event::new(serde_json::json!({ "at": at }));
    let matches = Matcher::new(typed.formula.as_ref()).is_ok_and(|matcher| matcher.matches(&event));
    let compiled = backend::find("kql").expect("a target").compile(&rule, &typed, &Options::default());
    let query = compiled.query.unwrap_or_default().trim().replace('\n', " ");
    (found.iter().map(|finding| finding.code.id).collect(), matches, query)
}

#[test]
fn every_written_form_is_accepted_by_checker_evaluator_and_query() {
    for form in FORMS {
        let (found, matches, query) = run(&format!("at: '{form}'"), form);
        assert!(found.is_empty() && matches, "{form}: {found:?} {matches}");
        assert!(query.contains("datetime(2026-07-01T10:00:00Z)"), "{form}: {query}");
        for (order, expected) in [("gte", true), ("lte", true), ("gt", false), ("lt", false)] {
            for event in FORMS {
                let (found, matches, query) = run(&format!("at|{order}: '{form}'"), event);
                assert!(found.is_empty(), "{order} {form}: {found:?}");
                assert_eq!(matches, expected, "{order} {form} {event}");
                assert!(query.contains("datetime(2026-07-01T10:00:00Z)"), "{order} {form}: {query}");
            }
        }
    }
}

#[test]
fn a_date_is_no_whole_time_but_a_bound() {
    assert_eq!(run("at: '2026-07-01'", "2026-07-01").0, ["S0430"]);
    let (found, matches, query) = run("at|gte: '2026-07-01'", "2026-07-01T00:00:00");
    assert!(found.is_empty() && matches, "{found:?}");
    assert!(query.contains("datetime(2026-07-01T00:00:00Z)"), "{query}");
    assert_eq!(run("at: '2026-07-01T25:00:00'", "x").0, ["S0430"]);
}

#[test]
fn every_written_form_is_inferred() {
    for form in FORMS {
        let mut inference = Inference::new();
        inference.observe(&serde_json::json!({ "id": 1, "at": form }));
        let schema = inference.schema("acme", "audit");
        assert!(schema.contains("type: timestamp"), "{form}: {schema}");
    }
}
