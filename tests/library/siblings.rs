//! One event, two alerts: rules that fire on the same events are told apart by a filter, or `tests/coverage/siblings.yml`
//! says why both are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Why some pairs are kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
    pairs: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn reasons() -> Vec<Reason> {
    let text = std::fs::read_to_string(root().join("tests/coverage/siblings.yml")).expect("a table");
    serde_yaml::from_str(&text).expect("YAML")
}

/// The name of the rule in a file.
fn name(file: &str) -> String {
    let text = std::fs::read_to_string(root().join(file)).expect("a rule");
    let rule: Value = serde_yaml::from_str(&text).expect("YAML");
    rule["name"].as_str().unwrap_or_default().to_owned()
}

/// The pairs that `sigmata overlap` finds, as they are written in the table.
fn found() -> BTreeSet<String> {
    let output = super::sigmata(&["overlap", "rules", "--format", "json"]);
    let pairs = super::json(&output, "pairs");
    let written = pairs.iter().map(|pair| {
        let text = |key: &str| pair[key].as_str().unwrap_or_default();
        let other = text("message").rsplit_once('(').map_or("", |(_, file)| file.trim_end_matches(')'));
        let sign = if text("code") == "S0920" { '=' } else { '<' };
        format!("{} {sign} {}", name(text("file")), name(other))
    });
    written.collect()
}

/// The page with the pairs and their reasons.
pub fn page() -> String {
    let files: BTreeMap<String, String> =
        super::rules().into_iter().map(|file| (name(&file), file)).collect();
    let mut out = String::from(
        "# One event, two alerts\n\nWhich rules of the library fire on one event, as `sigmata overlap rules` finds them, and why \
         both are kept. A site that wants one alert switches one of the two off in its export \
         (`[export.NAME.rules.\"ID\"]` with `enabled = false`), or lets its SIEM group alerts by account.\n",
    );
    for reason in reasons() {
        write!(out, "\n## {}\n\n| every event of | is one of |\n|---|---|\n", reason.why).expect("text");
        for pair in &reason.pairs {
            let mut sides = pair.split([' ', '<', '=']).filter(|side| !side.is_empty());
            let mut link = || {
                let side = sides.next().unwrap_or_default();
                format!("[{side}](../../{})", files.get(side).map_or("", String::as_str))
            };
            let (one, other) = (link(), link());
            let both = if pair.contains('=') { ", and the other way round" } else { "" };
            writeln!(out, "| {one} | {other}{both} |").expect("text");
        }
    }
    out
}

#[test]
fn rules_that_fire_on_one_event_have_a_reason() {
    let found = found();
    let listed: Vec<String> = reasons().into_iter().flat_map(|reason| reason.pairs).collect();
    let known: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(known.len(), listed.len(), "a pair is twice");
    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "tell them apart, or list them with a reason: {new:#?}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "not found any more: {gone:#?}");
}
