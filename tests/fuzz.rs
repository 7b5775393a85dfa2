//! Mutated inputs through the whole of sigmata: nothing may panic, and the laws of each target hold.
//!
//! Each target is a plain function over a text (`tests/fuzz/targets.rs`). The committed corpus below `tests/fuzz/` is
//! replayed as it is, with some mutants of each entry; a longer run takes so many seconds of CPU a target, and begins with
//! the rules, tests and small schemas of the library as well:
//!
//!     SIGMATA_FUZZ_SECONDS=1200 cargo test --release --test fuzz -- --nocapture
//!
//! `SIGMATA_FUZZ_SEED=7` is another sequence of mutants. What a run finds is printed whole: it becomes a file of the corpus.

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{Random, mutant};
use targets::{Ground, TARGETS, Target};

/// The mutants of each entry of the corpus in a run without a time.
const MUTANTS: usize = 24;

/// The longest text of the library, in bytes, that is mutated.
const LONGEST: usize = 6000;

/// The longest that one text may take.
const HANGS: Duration = Duration::from_secs(20);

/// What took longer is printed, so that it can be looked at.
const SLOW: Duration = Duration::from_secs(2);

/// The texts of the files below a folder that are wanted, in a stable order.
fn texts(folder: &Path, wanted: &dyn Fn(&str) -> bool, into: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            texts(&path, wanted, into);
        } else if wanted(&path.to_string_lossy()) {
            into.extend(std::fs::read_to_string(path));
        }
    }
}

/// What a long run begins with besides the corpus.
fn library(name: &str, into: &mut Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = |path: &str| path.contains(".test.");
    let (folder, wanted): (_, &dyn Fn(&str) -> bool) = match name {
        "rules" | "solver" => ("rules", &|path| !test(path)),
        "tests" => ("rules", &test),
        "schemas" => ("src/schema/shipped", &|_| true),
        _ => return,
    };
    let mut found = Vec::new();
    texts(&root.join(folder), wanted, &mut found);
    into.extend(found.into_iter().filter(|text| text.len() < LONGEST));
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn try_one((name, target): Target, ground: &Ground, text: &str) {
    let ran = catch_unwind(AssertUnwindSafe(|| target(ground, text)));
    assert!(ran.is_ok(), "the target `{name}` fails for {text:?}, which is\n{text}");
}

/// How long this thread has run, where the system tells it; else how long ago it began.
fn spent(begin: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| begin.elapsed(), Duration::from_nanos)
}

fn run(target: Target) {
    let ground = Ground::new();
    let mut corpus = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(target.0), &|_| true, &mut corpus);
    assert!(!corpus.is_empty(), "no corpus for {}", target.0);
    let time = number("SIGMATA_FUZZ_SECONDS").map(Duration::from_secs);
    if time.is_some() {
        library(target.0, &mut corpus);
    }
    for text in &corpus {
        try_one(target, &ground, text);
    }
    let mut random = Random::new(number("SIGMATA_FUZZ_SEED").unwrap_or(1));
    let (begin, kept) = (Instant::now(), corpus.len());
    let before = spent(begin);
    let (mut ran, mut slowest) = (0_u64, Duration::ZERO);
    loop {
        let done = match time {
            Some(time) => spent(begin).saturating_sub(before) >= time,
            None => ran >= (kept * MUTANTS) as u64,
        };
        if done {
            break;
        }
        let (at, other) = (random.below(corpus.len()), random.below(corpus.len()));
        let text = mutant(&corpus[at], &corpus[other], &mut random);
        let one = spent(begin);
        try_one(target, &ground, &text);
        let took = spent(begin).saturating_sub(one);
        assert!(took < HANGS, "the target `{}` takes {took:?} for {text:?}", target.0);
        if took > SLOW {
            println!("{}: {} ms for {text:?}", target.0, took.as_millis());
        }
        slowest = slowest.max(took);
        ran += 1;
        // Mutants of mutants go further than a few changes do; the oldest of them make room.
        if time.is_some() && text.len() < 4096 && ran.is_multiple_of(8) {
            if corpus.len() > kept + 256 {
                corpus.remove(kept);
            }
            corpus.push(text);
        }
    }
    let took = spent(begin).saturating_sub(before).as_secs();
    println!(
        "{}: {kept} texts, {ran} mutants, {took} s of CPU, the slowest {} ms",
        target.0,
        slowest.as_millis()
    );
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
