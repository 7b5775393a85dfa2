//! The rule library: clean, tested, and compiled to every target.

#[path = "library/beside.rs"]
mod beside;
#[path = "library/chosen.rs"]
mod chosen;
#[path = "library/coverage.rs"]
mod coverage;
#[path = "library/data.rs"]
mod data;
#[path = "library/denominator.rs"]
mod denominator;
#[path = "library/events.rs"]
mod events;
#[path = "support/lists.rs"]
mod lists;
#[path = "library/privileged.rs"]
mod privileged;
#[path = "library/recordings.rs"]
mod recordings;
#[path = "library/references.rs"]
mod references;
#[path = "library/siblings.rs"]
mod siblings;
#[path = "library/texts.rs"]
mod texts;
#[path = "library/twins.rs"]
mod twins;
#[path = "library/undo.rs"]
mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sigmata::backend;

/// What is said of a log that has no delivery to the target: its query is unplaced.
const NO_DELIVERY: [&str; 2] = ["S0880", "S1001"];

fn sigmata(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command starts")
}

/// The list `key` of a JSON document.
fn json(output: &Output, key: &str) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    document[key].as_array().unwrap_or_else(|| panic!("no {key}")).clone()
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
    let findings: Vec<String> = json(&output, "findings")
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

/// An analyst reads them in a list.
#[test]
fn titles_have_three_to_ten_words() {
    for rule in rules() {
        let text = std::fs::read_to_string(&rule).expect("a rule");
        for title in text.lines().filter_map(|line| line.strip_prefix("title: ")) {
            let words = title.split_whitespace().count();
            assert!((3..=10).contains(&words), "{rule}: {title}");
        }
    }
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

/// Every query of the library is exact, or departs from its rule in a way that the provider's file below
/// `tests/coverage/` lists under `departures`; a line there that no query needs any more fails as well.
/// The query of a target without a delivery for the log is unplaced, which is not a departure.
/// What each language says of each correlation is in `tests/coverage/correlations.tsv`.
#[test]
fn every_rule_compiles_to_every_target_that_holds_its_log() {
    let providers = data::providers();
    let departures: Vec<_> = providers
        .iter()
        .flat_map(|(file, provider)| {
            let rules = |departure: &data::Departure| -> Vec<String> {
                let all = || provider.rules.keys().cloned().collect();
                if departure.rules.is_empty() { all() } else { departure.rules.clone() }
            };
            provider.departures.iter().map(move |departure| (file, departure, rules(departure)))
        })
        .collect();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut compiled = BTreeMap::<String, BTreeSet<String>>::new();
    let mut correlations = String::from("rule\ttarget\tfidelity\tcodes\n");
    for entry in json(&sigmata(&["compile", "rules", "--format", "json"]), "queries") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (file, target) = (text(&entry["rule"]["file"]), text(&entry["target"]));
        let name = {
            let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file));
            let rule: Value = serde_yaml::from_str(&source.expect("a rule")).expect("YAML");
            text(&rule["name"])
        };
        let refusals = entry["diagnostics"].as_array().expect("diagnostics");
        let refusals =
            refusals.iter().filter(|found| entry["query"].is_null() && found["severity"] == "error");
        if file.starts_with("rules/correlations/") {
            let codes = entry["notes"].as_array().expect("notes").iter().chain(refusals);
            let codes: BTreeSet<_> = codes.map(|found| text(&found["code"])).collect();
            let codes = codes.into_iter().collect::<Vec<_>>().join(" ");
            let _ = writeln!(correlations, "{name}\t{target}\t{}\t{codes}", text(&entry["fidelity"]));
            compiled.entry(file).or_default().insert(target);
            continue;
        }
        for found in entry["notes"].as_array().expect("notes").iter().chain(refusals) {
            let code = text(&found["code"]);
            if entry["fidelity"] == "unplaced" && NO_DELIVERY.contains(&code.as_str()) {
                continue;
            }
            let listed = departures.iter().position(|(_, departure, rules)| {
                departure.target == target && departure.code == code && rules.contains(&name)
            });
            match listed {
                Some(at) => {
                    used.insert(at);
                }
                None => wrong.push(format!("{file} {target} {code}: {}", text(&found["message"]))),
            }
        }
        compiled.entry(file).or_default().insert(target);
    }
    assert_eq!(compiled.keys().cloned().collect::<BTreeSet<_>>(), rules());
    let languages: BTreeSet<_> = backend::defaults().iter().map(|target| target.name().to_owned()).collect();
    for (file, targets) in compiled {
        assert_eq!(targets, languages, "{file}");
    }
    for (at, (file, departure, _)) in departures.iter().enumerate() {
        if !used.contains(&at) {
            wrong.push(format!("{file}: no query needs {} {} any more", departure.target, departure.code));
        }
    }
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage/correlations.tsv");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&table, &correlations).expect("a writable table");
    }
    assert_eq!(
        std::fs::read_to_string(&table).unwrap_or_default(),
        correlations,
        "what the languages say of correlations has changed: SIGMATA_ACCEPT=1 cargo test --test library"
    );
    assert!(
        wrong.is_empty(),
        "fix the rule, or list it under `departures` in tests/coverage/:\n{}",
        wrong.join("\n")
    );
}

/// What `witness --as-tests` writes, `test` reads: for every rule the events match and the near misses do not, and for
/// every correlation the sequence fires and the near misses do not.
#[test]
fn the_witnesses_of_the_rules_pass_as_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("witness-tests");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::copy(root.join("rules/sigmata.toml"), folder.join("sigmata.toml")).expect("a copy");
    for rule in rules() {
        let text = std::fs::read_to_string(root.join(&rule)).expect("a rule");
        std::fs::write(folder.join(rule.replace('/', "_")), text).expect("a copy");
    }
    let folder = folder.to_string_lossy().into_owned();
    let written = sigmata(&["witness", &folder, "--as-tests"]);
    assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
    let output = sigmata(&["test", &folder]);
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(0), "{text}");
}
