//! Whole findings as a reader sees them: a rule in `tests/diagnostics`, and what `sigmata check` prints beside it. Whole
//! queries likewise, in `tests/queries`.
//!
//! `SIGMATA_ACCEPT=1` writes the texts. Files named like a code are the examples of the manual pages, which
//! `tests/pages.rs` writes; the others show what is hard to print.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{Run, folder};

fn diagnostics() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The rules of a folder, in order.
fn rules(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "yml")).collect();
    found.sort();
    found
}

/// What is said of the rules when they are checked alone in a folder.
fn said(rules: &[PathBuf], format: &str) -> String {
    let texts: Vec<(String, String)> = rules
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("UTF-8"))
        })
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // What forges read has paths from the root of the repository.
    let folder = folder(&[&files[..], &[(".git/HEAD", "")]].concat());
    let mut arguments = vec!["check", "--isolated", "--format", format];
    arguments.extend(files.iter().map(|(name, _)| *name));
    let run = Run::new(&folder, &arguments);
    assert!(run.code < 2, "{}: {arguments:?}: {}", folder.path("").display(), run.err);
    run.out
}

/// Compares a text with the file that holds it, or writes it.
fn expect(path: &Path, text: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        fs::write(path, text).expect("writable");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    if committed != text {
        wrong.push(format!("{} differs; found:\n{text}", path.display()));
    }
}

#[test]
fn findings_are_printed_as_they_are_kept() {
    let mut wrong = Vec::new();
    let rules = rules(&diagnostics());
    assert!(rules.len() > 60, "{}", rules.len());
    for rule in rules {
        expect(&rule.with_extension("txt"), &said(std::slice::from_ref(&rule), "text"), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}\nSIGMATA_ACCEPT=1 writes them", wrong.join("\n"));
}

#[test]
fn every_format_prints_a_collection_as_it_is_kept() {
    let folder = diagnostics().join("formats");
    let rules = rules(&folder);
    let mut wrong = Vec::new();
    for format in ["text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"] {
        let text = said(&rules, format);
        expect(&folder.join(format).with_extension("out"), &text, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}\nSIGMATA_ACCEPT=1 writes them", wrong.join("\n"));
}

/// Forms of whole queries that no other test sees in full; what a test of its own can say is said there.
#[test]
fn queries_are_printed_as_they_are_kept() {
    let mut wrong = Vec::new();
    for path in rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("UTF-8");
        let run =
            Run::new(&folder(&[(&name, &text)]), &["compile", "--target", "kql", "--target", "spl", &name]);
        expect(&path.with_extension("txt"), &run.out, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}\nSIGMATA_ACCEPT=1 writes them", wrong.join("\n"));
}
