//! The rule library: clean, tested, and compiled to every target.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What is not exact, as `file`, `target`, `fidelity` and the reason. A line that no longer holds fails the test.
const DEPARTURES: &[(&str, &str, &str, &str)] = &[];

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
            } else if name.ends_with(".yml") && !name.ends_with(".test.yml") {
                found.insert(name);
            }
        }
    }
    found
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
    let output = sigmata(&["test", "rules"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
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
    let mut departures = BTreeMap::new();
    let mut compiled = BTreeMap::<String, BTreeSet<String>>::new();
    for entry in json(&output) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (file, target, fidelity) =
            (text(&entry["rule"]["file"]), text(&entry["target"]), text(&entry["fidelity"]));
        if fidelity != "exact" {
            let reasons = [&entry["notes"], &entry["diagnostics"]]
                .into_iter()
                .flat_map(|list| list.as_array().cloned().unwrap_or_default())
                .map(|reason| format!("{} {}", text(&reason["code"]), text(&reason["message"])));
            departures
                .insert((file.clone(), target.clone(), fidelity), reasons.collect::<Vec<_>>().join("; "));
        }
        compiled.entry(file).or_default().insert(target);
    }
    assert_eq!(compiled.keys().cloned().collect::<BTreeSet<_>>(), rules());
    for (file, targets) in compiled {
        assert_eq!(targets, ["cwli", "kql", "spl"].map(str::to_owned).into(), "{file}");
    }
    let expected: BTreeSet<_> = DEPARTURES
        .iter()
        .map(|(file, target, fidelity, _)| {
            (format!("rules/{file}.yml"), (*target).to_owned(), (*fidelity).to_owned())
        })
        .collect();
    let found: BTreeSet<_> = departures.keys().cloned().collect();
    let unexpected: Vec<_> = departures.iter().filter(|(key, _)| !expected.contains(key)).collect();
    let gone: Vec<_> = expected.difference(&found).collect();
    assert!(
        unexpected.is_empty() && gone.is_empty(),
        "not expected: {unexpected:#?}\nno longer so: {gone:#?}"
    );
}
