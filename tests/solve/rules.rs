//! The rules of the library, and the public ones where `SIGMATA_CORPUS` names their folder: every branch has an event,
//! every event fits its schema, and nothing takes long.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sigmata::check::{TypedRule, check};
use sigmata::diagnostic::has_errors;
use sigmata::eval::Matcher;
use sigmata::ir::Formula;
use sigmata::rule::{self, Document};
use sigmata::solve;
use sigmata::source::SourceFile;

/// The folders with rules about clouds, identity providers and code hosting.
const CLOUD: [&str; 4] = ["cloud", "identity", "application/github", "application/bitbucket"];
/// What deciding a cloud rule may take, and any rule at all.
const LIMITS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            files(&path, found);
        } else if name.strip_suffix(".yml").is_some_and(|stem| !stem.to_lowercase().ends_with(".test")) {
            found.push(path);
        }
    }
    found.sort();
}

/// The detection rules below a folder in which nothing is wrong, or, `any`, that have a meaning at all.
fn rules(folder: &Path, any: bool) -> Vec<(String, TypedRule)> {
    let registry = super::lists::registry();
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut found = Vec::new();
    for path in paths {
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        for document in rule::read(&SourceFile::new(name.clone(), text)).documents {
            let Document::Detection(rule) = document else { continue };
            let (typed, findings) = check(&rule, &registry);
            if typed.formula.is_some() && (any || !has_errors(&findings)) {
                found.push((name.clone(), typed));
            }
        }
    }
    found
}

/// What became of the branches of some rules.
#[derive(Debug, Default)]
struct Coverage {
    rules: usize,
    ways: usize,
    events: usize,
    near: usize,
    /// Rules that are proved never to match.
    never: Vec<String>,
    /// Rules with a branch that has no event.
    open: Vec<String>,
}

/// Makes the events of every rule and looks at them with the evaluator and the schema.
fn cover(rules: &[(String, TypedRule)]) -> Coverage {
    let mut coverage = Coverage::default();
    for (name, typed) in rules {
        let Some(formula) = &typed.formula else { continue };
        let matcher = Matcher::of(formula).expect("a rule that can be evaluated");
        let made = solve::witnesses(formula, typed.schema.as_deref(), 0, 64);
        coverage.rules += 1;
        coverage.ways += made.found.len() + made.undecided;
        coverage.events += made.found.len();
        if made.never.is_some() {
            coverage.never.push(name.clone());
        } else if made.undecided > 0 || made.found.is_empty() {
            coverage.open.push(format!(
                "{name}: {} without an event, {} with one",
                made.undecided,
                made.found.len()
            ));
        }
        for witness in &made.found {
            assert!(matcher.matches(&witness.event), "{name}: {}", witness.event.value());
            coverage.near += witness.near.len();
            for near in &witness.near {
                assert!(!matcher.matches(&near.event), "{name}: {}: {}", near.label, near.event.value());
            }
            if let Some(schema) = &typed.schema {
                let misfits = schema.validate(witness.event.value());
                assert!(misfits.is_empty(), "{name}: {misfits:?}\n{:#}", witness.event.value());
            }
        }
    }
    coverage
}

#[test]
fn every_branch_of_every_rule_of_the_library_has_an_event() {
    let rules = rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), false);
    let coverage = cover(&rules);
    println!(
        "{} rules, {} ways to match, {} with an event, {} near misses",
        coverage.rules, coverage.ways, coverage.events, coverage.near
    );
    assert!(coverage.rules > 100 && coverage.near > coverage.rules, "{coverage:?}");
    assert!(
        coverage.never.is_empty() && coverage.open.is_empty(),
        "{:#?}\n{:#?}",
        coverage.never,
        coverage.open
    );
}

/// Where a rule asks for a part of an address of mail, the event that is made has a whole one.
#[test]
fn parts_of_addresses_become_whole_ones() {
    for (item, expected) in [
        ("endswith: '@corp.example'", "alice@corp.example"),
        ("startswith: 'root@'", "root@contoso.example"),
        ("contains: '@'", "alice@contoso.example"),
        ("startswith: root", "root"),
    ] {
        let text = format!(
            "title: t\nlogsource: {{ product: aws, service: cloudtrail }}\n\
             detection: {{ s: {{ userIdentity.userName|{item} }}, condition: s }}\n"
        );
        let Some(Document::Detection(rule)) =
            rule::read(&SourceFile::new("rule.yml", text)).documents.into_iter().next()
        else {
            panic!("{item}: no rule")
        };
        let (typed, _) = check(&rule, &super::lists::registry());
        let formula = typed.formula.expect("a meaning");
        let made = solve::witnesses(&formula, typed.schema.as_deref(), 0, 1);
        let event = made.found.first().expect("an event").event.value();
        assert_eq!(event["userIdentity"]["userName"], expected, "{item}");
    }
}

/// What the findings of one rule take: whether it can match at all, and which of its parts do nothing.
fn decide(formula: &Formula) -> Duration {
    // The best of three, because other programs run too.
    let once = || {
        let start = Instant::now();
        std::hint::black_box(solve::refuted(formula));
        std::hint::black_box(solve::parts(formula));
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn public_rules_are_decided_within_their_time() {
    let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") else { return };
    let corpus = Path::new(&corpus);
    let of = |any| CLOUD.iter().flat_map(|folder| rules(&corpus.join(folder), any)).collect::<Vec<_>>();
    let coverage = cover(&of(false));
    println!(
        "cloud: {} rules, {} ways to match, {} with an event, {} near misses; never: {:?}; open: {:#?}",
        coverage.rules, coverage.ways, coverage.events, coverage.near, coverage.never, coverage.open
    );
    assert!(coverage.rules > 50 && coverage.open.is_empty(), "{coverage:#?}");
    for (title, rules, limit) in [("cloud", of(true), LIMITS.0), ("any", rules(corpus, true), LIMITS.1)] {
        let mut times: Vec<(Duration, String)> = rules
            .into_iter()
            .filter_map(|(name, typed)| typed.formula.map(|formula| (decide(&formula), name)))
            .collect();
        times.sort_unstable();
        let total: Duration = times.iter().map(|(time, _)| *time).sum();
        println!("{title}: {} rules in {total:?}; the slowest:", times.len());
        for (time, name) in times.iter().rev().take(5) {
            println!("  {time:?}  {name}");
        }
        let slow: Vec<_> = times.iter().filter(|(time, _)| *time > limit).collect();
        // The bound is one of the program as it is shipped.
        assert!(cfg!(debug_assertions) || slow.is_empty(), "{title}: {slow:?}");
    }
}
