//! Names of files from the root of their repository, for what programs read: whoever reads a report knows the repository,
//! and not where the run was started. People get names that open from where they are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{files, git};

/// Members that hold events and values of theirs, in which a name means nothing to us.
const OF_EVENTS: [&str; 5] = ["event", "wider", "narrower", "group", "tree"];

/// The names of a run.
#[derive(Default)]
pub(super) struct FromRoot {
    /// For each folder where it really is, and the root of its repository.
    folders: HashMap<PathBuf, Option<(PathBuf, PathBuf)>>,
    known: HashMap<String, String>,
}

impl FromRoot {
    /// The name of a file from the root of its repository; outside of one, as it was given, without `./`.
    pub(super) fn name(&mut self, name: &str) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let found = self.find(name);
        self.known.insert(name.to_owned(), found.clone());
        found
    }

    fn find(&mut self, name: &str) -> String {
        // Standard input has no place, nor has a file of a revision.
        if name == files::STDIN || name.starts_with('<') {
            return name.to_owned();
        }
        let path = Path::new(name);
        if name.contains(':') && !path.exists() {
            return name.to_owned();
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let known = self.folders.entry(folder.to_owned()).or_insert_with(|| {
            let real = folder.canonicalize().ok()?;
            Some((git::root(&real)?, real))
        });
        let below = known.as_ref().and_then(|(root, real)| real.strip_prefix(root).ok());
        match (below, path.file_name()) {
            (Some(below), Some(file)) => files::printed(&below.join(file)),
            _ => name.trim_start_matches("./").to_owned(),
        }
    }

    /// A document or a line of one of the JSON forms, with every file named from the root.
    pub(super) fn value(&mut self, mut value: Value) -> Value {
        self.walk(&mut value);
        value
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(members) => {
                for (key, member) in members {
                    match (key.as_str(), member) {
                        ("file", Value::String(name)) => *name = self.name(name),
                        ("untested", Value::Array(names)) => {
                            for name in names {
                                *name = name.as_str().map_or(Value::Null, |name| self.name(name).into());
                            }
                        }
                        (key, _) if OF_EVENTS.contains(&key) => {}
                        (_, member) => self.walk(member),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A document of one of the JSON forms, with every file named from the root.
pub(super) fn rooted(value: Value) -> Value {
    FromRoot::default().value(value)
}
