//! The rule library: clean, tested, and compiled to every target.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The ways in which queries of the library depart from their rules: target, code, and why the rules live with it.
/// A departure that is not here fails the test, and so does a line that no query needs any more.
const DEPARTURES: &[(&str, &str, &str)] = &[
    ("kql", "S0804", "a user of IAM always has a name, so that an empty one does not occur"),
    ("cwli", "S0805", "CloudTrail leaves out `errorCode` on success and never writes it as null"),
    ("cwli", "S0810", "names of IAM users and account numbers are ASCII"),
    ("cwli", "S3003", "arrays in arrays, which the other targets query exactly"),
];

fn sigmata(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command starts")
}

fn json(output: &Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The rules, as paths from the root of the repository.
fn rules() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("rules")];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                folders.push(path);
            } else if name.strip_suffix(".yml").is_some_and(|stem| !stem.to_lowercase().ends_with(".test")) {
                found.insert(name);
            }
        }
    }
    found
}

/// The tests beside a rule: `match` and `no_match`.
fn tests_of(rule: &str) -> BTreeMap<String, Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(rule.replace(".yml", ".test.yml"));
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{rule} has no tests: {error}"));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

#[test]
fn no_rule_has_a_finding() {
    let output = sigmata(&["check", "rules", "--format", "json"]);
    let findings: Vec<String> = json(&output)
        .iter()
        .map(|finding| {
            format!(
                "{}:{} {} {}",
                finding["file"], finding["start"]["line"], finding["code"], finding["message"]
            )
        })
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn the_tests_beside_the_rules_pass() {
    let entries: usize =
        rules().iter().map(|rule| tests_of(rule).values().map(Vec::len).sum::<usize>()).sum();
    let output = sigmata(&["test", "rules"]);
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("{entries} passed, 0 failed")), "{entries} tests, but: {text}");
}

#[test]
fn every_rule_has_at_least_two_events_that_match_and_two_near_misses() {
    for rule in rules() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(rule.replace(".yml", ".test.yml"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{rule} has no tests: {error}"));
        let tests: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{rule}: {error}"));
        for list in ["match", "no_match"] {
            let entries = tests[list].as_array().unwrap_or_else(|| panic!("{rule} has no {list}"));
            assert!(entries.len() >= 2, "{rule} has {} under {list}", entries.len());
            for entry in entries {
                let recorded = entry["source"].is_string() && entry["license"].is_string();
                let synthetic = entry["synthetic"] == true;
                assert!(
                    recorded != synthetic,
                    "{rule}: {} says neither its source nor that it is made up",
                    entry["name"]
                );
            }
        }
    }
}

#[test]
fn every_rule_compiles_to_every_target() {
    let output = sigmata(&["compile", "rules", "--format", "json"]);
    let mut compiled = BTreeMap::<String, BTreeSet<String>>::new();
    let mut found = BTreeMap::<(String, String), String>::new();
    let mut refused = Vec::new();
    for entry in json(&output) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (file, target) = (text(&entry["rule"]["file"]), text(&entry["target"]));
        for note in entry["notes"].as_array().expect("notes") {
            found
                .insert((target.clone(), text(&note["code"])), format!("{file}: {}", text(&note["message"])));
        }
        if entry["query"].is_null() {
            refused.push(format!("{file} {target}: {}", entry["diagnostics"]));
        }
        compiled.entry(file).or_default().insert(target);
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_eq!(compiled.keys().cloned().collect::<BTreeSet<_>>(), rules());
    for (file, targets) in compiled {
        assert_eq!(targets, ["cwli", "kql", "spl"].map(str::to_owned).into(), "{file}");
    }
    let known: BTreeSet<_> =
        DEPARTURES.iter().map(|(target, code, _)| ((*target).to_owned(), (*code).to_owned())).collect();
    let new: Vec<_> = found.iter().filter(|(key, _)| !known.contains(key)).collect();
    let gone: Vec<_> = known.iter().filter(|key| !found.contains_key(key)).collect();
    assert!(new.is_empty() && gone.is_empty(), "not listed: {new:#?}\nno longer so: {gone:#?}");
}
