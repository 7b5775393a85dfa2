//! Twin rules see the same: a table of ideas and providers, with the rules that watch one or the reason why none does.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::data::providers;

/// What can be done to an account, whatever the provider.
pub const IDEAS: [&str; 12] = [
    "user",
    "service identity",
    "key or token",
    "password",
    "administrator role",
    "role to a group",
    "trust or federation",
    "second factor taken away",
    "recovery or re-enabling",
    "invitation",
    "delegation",
    "deletion after use",
];

/// What a provider has for an idea.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// The rules, by name.
    Rules(Vec<String>),
    /// Why there is none.
    Reason(String),
}

/// The table, by the stem of the provider's file and by idea.
pub fn table() -> BTreeMap<String, BTreeMap<String, Cell>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage/twins.yml");
    serde_yaml::from_str(&std::fs::read_to_string(path).expect("a table")).expect("YAML")
}

#[test]
fn every_provider_watches_every_idea_or_says_why_not() {
    let (table, providers) = (table(), providers());
    let mut wrong = Vec::new();
    for (name, provider) in providers.iter().filter(|(_, provider)| !provider.rules.is_empty()) {
        let Some(cells) = table.get(name) else {
            wrong.push(format!("{name} is not in tests/coverage/twins.yml"));
            continue;
        };
        for idea in IDEAS {
            match cells.get(idea) {
                None => wrong.push(format!("{name}: {idea}: neither rules nor a reason")),
                Some(Cell::Reason(why)) if why.split_whitespace().count() < 4 => {
                    wrong.push(format!("{name}: {idea}: `{why}` is not a reason"));
                }
                Some(Cell::Reason(_)) => {}
                Some(Cell::Rules(rules)) => {
                    if rules.is_empty() {
                        wrong.push(format!("{name}: {idea}: no rule and no reason"));
                    }
                    let unknown = rules.iter().filter(|rule| !provider.rules.contains_key(*rule));
                    wrong.extend(
                        unknown.map(|rule| format!("{name}: {idea}: {rule} is not one of its rules")),
                    );
                }
            }
        }
        wrong.extend(
            cells
                .keys()
                .filter(|idea| !IDEAS.contains(&idea.as_str()))
                .map(|idea| format!("{name}: {idea}?")),
        );
    }
    wrong.extend(table.keys().filter(|name| !providers.contains_key(*name)).cloned());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
