//! The facts as they lie in the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

/// The facts.
pub struct Facts {
    /// The interface of each service.
    pub services: Vec<Value>,
    /// Event sources and their names.
    pub sources: Value,
    /// Names that are not operations.
    pub events: Value,
    /// How each source is known, and other names of sources.
    pub hosts: Value,
    /// What the log does not show.
    pub redactions: Value,
}

impl Facts {
    pub fn read(folder: &Path) -> Self {
        let one = |name: &str| json(&folder.join(name));
        let mut files: Vec<_> = std::fs::read_dir(folder.join("params"))
            .expect("services")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        Self {
            services: files.iter().map(|file| json(file)).collect(),
            sources: one("event_sources.json"),
            events: one("service_events.json"),
            hosts: one("host_notes.json"),
            redactions: one("redactions.json"),
        }
    }

    /// The source that writes the events of a source that was taken for one by mistake.
    pub fn source<'a>(&'a self, named: &'a str) -> &'a str {
        let models = self.services.iter().any(|service| of(service, "/metadata/eventSource") == named);
        // A host that has operations of its own is not a mistake.
        if models { named } else { self.other_sources().get(named).copied().unwrap_or(named) }
    }

    /// Names of sources that no event has, and the source that is meant.
    pub fn other_sources(&self) -> BTreeMap<&str, &str> {
        let all = members(&self.hosts, "/aliases");
        let certain = all.filter(|(name, alias)| {
            // What is known from memory alone takes no names away from a host that has some.
            let own = self.sources["event_sources"].get(name).is_some();
            !(of(alias, "/basis").starts_with("knowledge") && own)
        });
        certain.map(|(name, alias)| (name, of(alias, "/write"))).collect()
    }

    /// The names under which a source writes calls that the interface calls otherwise.
    pub fn logged_as(&self) -> BTreeMap<(&str, &str), &str> {
        let mut found = BTreeMap::new();
        for (source, names) in members(&self.sources, "/wire_name_alias") {
            found.extend(members(names, "").map(|(name, logged)| ((source, name), text(logged))));
        }
        for service in &self.services {
            let source = of(service, "/metadata/eventSource");
            let names = members(service, "/metadata/logged_as");
            for (name, logged) in names {
                // Where two interfaces share a name, the first list says which of the two is meant.
                found.entry((source, name)).or_insert(text(logged));
            }
        }
        found.retain(|(_, name), logged| name != logged);
        found
    }

    /// The sources that have an interface.
    pub fn interfaces(&self) -> BTreeSet<&str> {
        self.services.iter().map(|service| self.source(of(service, "/metadata/eventSource"))).collect()
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| panic!("{}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{}", path.display()))
}

/// The members of an object.
pub fn members<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let object = value.pointer(place).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The text at a place; empty when there is none.
pub fn of<'a>(value: &'a Value, place: &str) -> &'a str {
    value.pointer(place).map_or("", text)
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
