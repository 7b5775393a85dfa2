//! The schemas with the known lists that the library ships with, for tests that read its rules without the command.

use std::path::Path;

use sigmata::schema::{KnownList, KnownLists, Registry};

/// The shipped schemas, and the known lists of `rules/sigmata.toml`.
pub fn registry() -> Registry {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/sigmata.toml");
    let text = std::fs::read_to_string(path).expect("the configuration of the library");
    let set: toml::Table = toml::from_str(&text).expect("TOML");
    let lists = set.get("lists").and_then(toml::Value::as_table).expect("known lists");
    let lists = lists.iter().map(|(name, list)| {
        let values = list.get("values").and_then(toml::Value::as_array).expect("values");
        let values = values.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect();
        (name.clone(), KnownList::of(values, "rules/sigmata.toml"))
    });
    Registry::shipped().with_lists(lists.collect::<KnownLists>())
}
