//! `tests/coverage/*.yaml`: what the rules of each provider are for, which events and ideas they take up, and which
//! departures of their queries they live with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// One provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name for people.
    #[serde(rename = "provider")]
    pub name: String,
    /// The technique's platform.
    pub platform: String,
    /// The rules by `name`.
    #[serde(default)]
    pub rules: BTreeMap<String, Entry>,
    /// The account-creating events of the provider.
    #[serde(default)]
    pub events: BTreeMap<String, Taken>,
    /// Detection ideas by identifier.
    #[serde(default)]
    pub ideas: BTreeMap<String, Taken>,
    /// Facts that no record confirms.
    #[serde(default)]
    pub unverified: Vec<String>,
    /// The ways in which queries depart from these rules.
    #[serde(default)]
    pub departures: Vec<Departure>,
}

/// What a rule is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The kind of account.
    pub kind: String,
    /// The idea in a line.
    pub idea: String,
    /// What the technique's text names.
    #[serde(default)]
    pub text: Vec<String>,
    /// Whether the rule is of a kind that makes accounts, and its own event makes none.
    #[serde(default)]
    pub companion: bool,
}

/// Whether an event or idea was taken up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// The rules that do.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Why it was set aside.
    #[serde(default)]
    pub aside: Option<String>,
}

/// A departure: a note of a query, or a refusal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// `kql`, `spl` or `cwli`.
    pub target: String,
    /// The code of the note or the refusal.
    pub code: String,
    /// The rules, where it is not all of the provider's.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Why the rules live with it.
    pub why: String,
}

/// All providers, by the stem of the file, in order.
pub fn providers() -> BTreeMap<String, Provider> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/coverage");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("text");
            let provider =
                serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            found.insert(stem, provider);
        }
    }
    found
}
