//! How long the library takes, as a table: `cargo bench`. It measures and judges nothing.
//!
//! The rules of this repository are always measured; `SIGMATA_CORPUS` names a folder of other rules.
//! One core is used, and no file is read while the clock runs.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sigmata::backend::{self, Options};
use sigmata::rule::Document;
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::File;

/// Runs of each measurement, after one that is not counted.
const RUNS: usize = 7;

fn rules(folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            rules(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml")
            && !name.ends_with(".test.yml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push((name, text));
        }
    }
}

/// Checks every rule, and compiles it to the three languages where `compiled`; each run starts without any schema.
fn work(rules: &[(String, String)], compiled: bool) {
    let registry = Registry::shipped();
    for (name, text) in rules {
        let file = File::check(SourceFile::new(name.clone(), text.clone()), &registry);
        for checked in file.documents.iter().filter(|_| compiled) {
            if let (Document::Detection(rule), Some(typed)) = (&checked.document, &checked.typed)
                && typed.formula.is_some()
            {
                for target in backend::defaults() {
                    black_box(target.compile(rule, typed, &Options::default()));
                }
            }
        }
        black_box(file);
    }
}

fn row(what: &str, rules: &[(String, String)], compiled: bool) {
    work(rules, compiled);
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work(rules, compiled);
            start.elapsed()
        })
        .collect();
    times.sort();
    let (Some(least), Some(median)) = (times.first(), times.get(RUNS / 2)) else { return };
    let each = median.as_secs_f64() * 1e6 / f64::from(u32::try_from(rules.len().max(1)).unwrap_or(u32::MAX));
    let (least, median) = (least.as_secs_f64() * 1e3, median.as_secs_f64() * 1e3);
    println!("{what:<32} {:>6} {median:>10.2} {least:>10.2} {each:>10.1}", rules.len());
}

fn main() {
    println!("{:<32} {:>6} {:>10} {:>10} {:>10}", "", "files", "median ms", "least ms", "us a file");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut library = Vec::new();
    rules(&root, &mut library);
    for (what, list) in [("one rule", library.get(..1)), ("the rule library", Some(&library[..]))] {
        let list = list.unwrap_or_default();
        row(&format!("{what}, checked"), list, false);
        row(&format!("{what}, compiled"), list, true);
    }
    if let Some(folder) = std::env::var_os("SIGMATA_CORPUS") {
        let mut corpus = Vec::new();
        rules(Path::new(&folder), &mut corpus);
        row("SIGMATA_CORPUS, checked", &corpus, false);
        row("SIGMATA_CORPUS, compiled", &corpus, true);
    }
}
