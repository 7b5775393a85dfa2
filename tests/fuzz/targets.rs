//! What each target does with a text: plain functions that panic where a law does not hold.
//!
//! `tests/fuzz.rs` and the targets of libFuzzer below `fuzz/` both take them from here.

#[path = "../support/again.rs"]
mod again;

use again::again;
use serde_json::Value;
use sigmata::check::File;
use sigmata::config::{Config, Known};
use sigmata::diagnostic::fix;
use sigmata::diagnostic::render::{Finding, Format};
use sigmata::eval::Matcher;
use sigmata::eval::stream::Reader;
use sigmata::schema::{Drift, Inference, Registry};
use sigmata::solve::{self, Answer};
use sigmata::source::SourceFile;
use sigmata::source::visible::is_hidden;
use sigmata::workspace::{Suite, overlaps};
use sigmata::{Checker, Options};

/// What the targets need and is made once.
pub struct Ground {
    registry: Registry,
    checker: Checker,
}

impl Ground {
    pub fn new() -> Self {
        Self { registry: Registry::shipped(), checker: Checker::new() }
    }
}

/// A target: the folder of its corpus, and what it does with a text.
pub type Target = (&'static str, fn(&Ground, &str));

pub const TARGETS: [Target; 5] =
    [("rules", rules), ("schemas", schemas), ("events", events), ("tests", tests), ("solver", solver)];

/// A rule to findings in every format, to fixes, and to queries and back.
fn rules(ground: &Ground, text: &str) {
    let file = File::check(SourceFile::new("a.yml", text), &ground.registry);
    assert!(file.count.adds_up() && file.count.read == file.documents.len(), "{:?}", file.count);
    assert!(file.count.lost == 0 || file.losses().next().is_some(), "lost without a reason");
    let findings: Vec<Finding<'_>> =
        file.findings.iter().map(|finding| Finding::new(&file.source, finding)).collect();
    let codes = sigmata::codes();
    for (name, format) in Format::ALL {
        let printed = format.render(&findings, &["a.yml"], codes, &sigmata::triage::spoken, false);
        match name {
            "json" | "sarif" | "gitlab" => {
                assert!(serde_json::from_str::<Value>(&printed).is_ok(), "{name} is not JSON");
            }
            "jsonl" => {
                let whole = printed.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
                assert!(whole, "{name} is not JSON");
            }
            _ => {}
        }
        nothing_obeyed(name, &printed);
    }
    if let Some((fixed, _)) = fix::apply(text, &file.findings) {
        let after = File::check(SourceFile::new("a.yml", fixed.as_str()), &ground.registry);
        assert_eq!(after.documents.len(), file.documents.len(), "a safe fix loses a document:\n{fixed}");
    }
    let read = ground.checker.read("a.yml", text);
    for rule in read.iter() {
        for target in ["kql", "spl", "cwli"] {
            let Ok(query) = rule.compile(target, &Options::default()) else { continue };
            let Some(query) = query.text() else { continue };
            assert_eq!(
                again(target, query).as_deref().map(str::trim_end),
                Some(query.trim_end()),
                "{target}"
            );
        }
    }
    for correlation in read.correlations() {
        for target in ["kql", "spl", "cwli"] {
            let Ok(query) = correlation.compile(target, &Options::default()) else { continue };
            let Some(query) = query.text() else { continue };
            assert_eq!(
                again(target, query).as_deref().map(str::trim_end),
                Some(query.trim_end()),
                "{target}"
            );
        }
    }
}

/// No character that a terminal obeys or nobody sees, and no line that a runner takes for a command that is not ours.
fn nothing_obeyed(format: &str, printed: &str) {
    let hidden = printed.chars().find(|char| *char != '\n' && is_hidden(*char));
    assert_eq!(hidden, None, "{format} prints a hidden character");
    let ours = [
        "::error file=",
        "::warning file=",
        "::notice file=",
        "::group::findings",
        "::stop-commands::sigmata-",
        "::sigmata-",
        "::endgroup::",
    ];
    for line in printed.lines().filter(|line| line.trim_start().starts_with("::")) {
        assert!(format == "github" && ours.iter().any(|ours| line.starts_with(ours)), "{format}: {line}");
    }
}

/// A schema of a user, and a rule over its log.
fn schemas(_: &Ground, text: &str) {
    const RULE: &str = "title: A\nlogsource: {product: acme, service: audit}\ndetection:\n    a: {kind: user, actor.id|startswith: x}\n    condition: a\n";
    let Ok(checker) = Checker::with_schemas([("s.yaml", text)]) else { return };
    let read = checker.read("a.yml", RULE);
    for rule in read.iter() {
        for target in ["kql", "spl", "cwli"] {
            let _ = rule.compile(target, &Options::default());
        }
        let Ok(matcher) = rule.matcher() else { continue };
        for event in rule.example_events(3) {
            assert!(matcher.matches(&event).unwrap_or(false), "an example that does not match: {event}");
        }
    }
}

/// Events: matching, inference and drift.
fn events(ground: &Ground, text: &str) {
    const RULE: &str = "title: A\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    a: {eventName|startswith: Create}\n    b: [x, '*y']\n    condition: a or b\n";
    let found: Vec<Value> = Reader::new(text.as_bytes(), None)
        .filter_map(|read| Some(read.ok()?.event.value().clone()))
        .collect();
    let file = File::check(SourceFile::new("a.yml", RULE), &ground.registry);
    let typed = file.documents.first().and_then(|checked| checked.typed.as_ref());
    let formula = typed.and_then(|typed| typed.formula.as_ref());
    let matcher = Matcher::new(formula).expect("a rule");
    for event in &found {
        let event = sigmata::eval::Event::new(event.clone());
        assert_eq!(matcher.matches(&event), matcher.explain(&event).holds, "an account that differs");
    }
    let mut inference = Inference::new();
    for event in &found {
        inference.observe(event);
    }
    if found.is_empty() {
        return;
    }
    let schema = inference.schema("acme", "audit");
    let (registry, findings) = Registry::with_schemas([("s.yaml", schema.as_str())]);
    assert!(findings.is_empty(), "an inferred schema is refused: {findings:?}\n{schema}");
    let schema = registry.get("acme/audit").expect("the schema");
    let mut drift = Drift::new();
    for (event, at) in found.iter().zip(0..) {
        drift.observe(&schema, event, "e.jsonl", at);
    }
    let first = drift.differences().next().map(|found| format!("{}: {}", found.path, found.message));
    assert_eq!(first, None, "events differ from the schema that they made");
}

/// Test files and settings.
fn tests(_: &Ground, text: &str) {
    let source = SourceFile::new("a.test.yml", text);
    let (suite, findings) = Suite::read(&source);
    assert!(!suite.cases.is_empty() || !findings.is_empty(), "a test file without a test and without a word");
    let codes = sigmata::codes();
    let known = Known { options: &[], lists: &[], targets: &["kql"], meant: None, codes, kinds: &[] };
    if let Err(findings) = Config::read(&SourceFile::new("sigmata.toml", text), &known) {
        assert!(!findings.is_empty(), "settings are refused without a word");
    }
}

/// The laws of the solver, over the rules of a text.
fn solver(ground: &Ground, text: &str) {
    let file = File::check(SourceFile::new("a.yml", text), &ground.registry);
    let typed: Vec<_> = file.documents.iter().filter_map(|checked| checked.typed.as_ref()).collect();
    let formulas =
        || typed.iter().filter_map(|typed| Some((typed.formula.as_ref()?, typed.schema.as_deref())));
    for (formula, schema) in formulas().take(3) {
        let Ok(matcher) = Matcher::new(Some(formula)) else { continue };
        let made = solve::witnesses(formula, schema, 0, 4);
        for witness in &made.found {
            assert!(matcher.matches(&witness.event), "an example that does not match");
            assert!(
                witness.near.iter().all(|near| !matcher.matches(&near.event)),
                "a near miss that matches"
            );
        }
        let refuted = solve::refuted(formula).is_some() || made.never.is_some();
        assert!(!refuted || made.found.is_empty(), "proved and shown at once");
        let same = solve::compare(formula, formula);
        let yes = |answer: &Answer| matches!(answer, Answer::Yes(_));
        assert!(!yes(&same.wider) && !yes(&same.narrower), "a rule differs from itself");
        for (other, _) in formulas().skip(1).take(2) {
            let Ok(others) = Matcher::new(Some(other)) else { continue };
            let compared = solve::compare(formula, other);
            let sides = [(&compared.wider, &others, &matcher), (&compared.narrower, &matcher, &others)];
            for (answer, has, lacks) in sides {
                if let Answer::Yes(event) = answer {
                    assert!(
                        has.matches(event) && !lacks.matches(event),
                        "no difference in {}",
                        event.value()
                    );
                }
            }
            assert!(
                formula.identity() != other.identity() || !yes(&compared.wider),
                "one identity, two meanings"
            );
        }
    }
    overlaps([&file], 16);
}
