//! Mutated inputs through the whole of sigmata: nothing may panic, and the laws of each target hold.
//!
//! Each target is a plain function over a text. The committed corpus below `tests/fuzz/` is replayed as it is, with some
//! mutants of each entry; a longer run takes so many seconds a target:
//!
//!     SIGMATA_FUZZ_SECONDS=1200 cargo test --release --test fuzz -- --nocapture
//!
//! `SIGMATA_FUZZ_SEED=7` is another sequence of mutants. What a run finds is printed whole: it becomes a file of the corpus.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use sigmata::backend::{cwli, kql, spl};
use sigmata::check::File;
use sigmata::config::{Config, Known};
use sigmata::diagnostic::fix;
use sigmata::diagnostic::render::{Finding, Format};
use sigmata::eval::Matcher;
use sigmata::eval::stream::Reader;
use sigmata::schema::{Drift, Inference, Registry};
use sigmata::solve::{self, Answer};
use sigmata::source::SourceFile;
use sigmata::workspace::{Suite, overlaps};
use sigmata::{Checker, Options};

/// The mutants of each entry of the corpus in a run without a time.
const MUTANTS: usize = 12;

/// What the targets need and is made once.
struct Ground {
    registry: Registry,
    checker: Checker,
}

/// A target: the folder of its corpus, and what it does with a text.
type Target = (&'static str, fn(&Ground, &str));

const TARGETS: [Target; 5] =
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
        let printed = format.render(&findings, &["a.yml"], &codes, false);
        match name {
            "json" | "sarif" | "gitlab" => {
                assert!(serde_json::from_str::<Value>(&printed).is_ok(), "{name} is no JSON");
            }
            "jsonl" => {
                let whole = printed.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
                assert!(whole, "{name} is no JSON");
            }
            _ => {}
        }
    }
    if let Some((mended, _)) = fix::apply(text, &file.findings) {
        let after = File::check(SourceFile::new("a.yml", mended.as_str()), &ground.registry);
        assert_eq!(after.documents.len(), file.documents.len(), "a safe fix loses a document:\n{mended}");
    }
    let read = ground.checker.read("a.yml", text);
    for rule in read.iter() {
        for target in ["kql", "spl", "cwli"] {
            let Ok(query) = rule.compile(target, &Options::default()) else { continue };
            let Some(query) = query.text() else { continue };
            let again = match target {
                "kql" => kql::read::read(query).map(|query| kql::print::print(&query)).ok(),
                "spl" => spl::read::read(query).map(|query| spl::print::print(&query)).ok(),
                _ => cwli::read(query).map(|query| cwli::print(&query)).ok(),
            };
            assert_eq!(again.as_deref().map(str::trim_end), Some(query.trim_end()), "{target}");
        }
    }
    for correlation in read.correlations() {
        for target in ["kql", "spl", "cwli"] {
            let _ = correlation.compile(target, &Options::default());
        }
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
    let known = Known { options: &[], lists: &[], targets: &["kql"], codes: &codes, kinds: &[] };
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

/// Equal seeds give equal mutants.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }
}

/// Pieces that mean something in rules, schemas, events and settings.
const WORDS: [&str; 40] = [
    "*",
    "?",
    "\\",
    "'",
    "\"",
    "|",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "---\n",
    "...\n",
    "action: global\n",
    "|contains",
    "|all",
    "|re",
    "|cidr",
    "|expand",
    "|fieldref",
    "|neq",
    "[any]",
    "not ",
    "1 of them",
    "all of s*",
    " and ",
    "null",
    "~",
    "0x1F",
    "-0",
    "1e999",
    "\u{202e}",
    "\u{9b}",
    "\0",
    "\u{feff}",
];

/// A mutant of a text: lines are taken out, doubled, moved, indented or brought in from another text, and words and
/// characters changed.
fn mutant(text: &str, other: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        if lines.is_empty() {
            lines.push(String::new());
        }
        let at = random.below(lines.len());
        match random.below(9) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let to = random.below(lines.len());
                lines.swap(at, to);
            }
            3 => lines[at].insert_str(0, "    "),
            4 => {
                let from: Vec<&str> = other.split_inclusive('\n').collect();
                let line = from.get(random.below(from.len())).copied().unwrap_or_default();
                lines.insert(at, line.to_owned());
            }
            kind => {
                let chars: Vec<usize> = lines[at].char_indices().map(|(at, _)| at).collect();
                let place = chars.get(random.below(chars.len())).copied().unwrap_or(0);
                let word = WORDS[random.below(WORDS.len())];
                if kind > 6 && !lines[at].is_empty() {
                    lines[at].remove(place);
                }
                if kind != 8 {
                    lines[at].insert_str(place, word);
                }
            }
        }
    }
    lines.concat()
}

fn corpus(name: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn try_one((name, target): Target, ground: &Ground, text: &str) {
    let ran = catch_unwind(AssertUnwindSafe(|| target(ground, text)));
    assert!(ran.is_ok(), "the target `{name}` fails for {text:?}, which is\n{text}");
}

fn run(target: Target) {
    let ground = Ground { registry: Registry::shipped(), checker: Checker::new() };
    let mut corpus = corpus(target.0);
    assert!(!corpus.is_empty(), "no corpus for {}", target.0);
    for text in &corpus {
        try_one(target, &ground, text);
    }
    let time = number("SIGMATA_FUZZ_SECONDS").map(Duration::from_secs);
    let mut random = Random(number("SIGMATA_FUZZ_SEED").unwrap_or(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (begin, committed) = (Instant::now(), corpus.len());
    let (mut ran, mut slowest) = (0_u64, Duration::ZERO);
    loop {
        let done = match time {
            Some(time) => begin.elapsed() >= time,
            None => ran >= (committed * MUTANTS) as u64,
        };
        if done {
            break;
        }
        let (at, other) = (random.below(corpus.len()), random.below(corpus.len()));
        let text = mutant(&corpus[at], &corpus[other], &mut random);
        let one = Instant::now();
        try_one(target, &ground, &text);
        slowest = slowest.max(one.elapsed());
        ran += 1;
        // Mutants of mutants go further than a few changes do; the oldest of them make room.
        if time.is_some() && text.len() < 4096 && ran.is_multiple_of(8) {
            if corpus.len() > committed + 256 {
                corpus.remove(committed);
            }
            corpus.push(text);
        }
    }
    println!("{}: {committed} entries, {ran} mutants, the slowest {} ms", target.0, slowest.as_millis());
}

#[test]
fn rules_to_queries_and_back() {
    run(TARGETS[0]);
}

#[test]
fn schemas_of_users() {
    run(TARGETS[1]);
}

#[test]
fn events_with_inference_and_drift() {
    run(TARGETS[2]);
}

#[test]
fn test_files_and_settings() {
    run(TARGETS[3]);
}

#[test]
fn laws_of_the_solver() {
    run(TARGETS[4]);
}
