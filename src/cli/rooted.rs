//! Names of files from the root of their repository, for what programs read: whoever reads a report knows the repository,
//! and not where the run was started. People get names that open from where they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::files;
use super::folders::Folders;
use crate::diagnostic::Diagnostic;

/// Members that hold events and values of theirs, in which a name means nothing to us.
const OF_EVENTS: [&str; 5] = ["event", "wider", "narrower", "group", "tree"];

/// Members that hold prose, in which files are named.
const PROSE: [&str; 4] = ["message", "label", "help", "remark"];

/// The names of a run.
#[derive(Default)]
pub(super) struct FromRoot {
    folders: Folders,
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
        if !path.exists()
            && let Some((revision, name)) = name.split_once(':')
        {
            return format!("{revision}:{}", self.find(name));
        }
        let below = path.parent().and_then(|folder| {
            let real = self.folders.real(folder).ok()?;
            real.strip_prefix(self.folders.root(&real)?).ok().map(Path::to_owned)
        });
        match (below, path.file_name()) {
            (Some(below), Some(file)) => files::printed(&below.join(file)),
            _ => name.trim_start_matches("./").to_owned(),
        }
    }

    /// Prose, with every file that it names and that is there named from the root.
    pub(super) fn prose<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let mut written = String::new();
        let mut kept = 0;
        let apart = |char: char| char.is_whitespace() || "`'\"(),;".contains(char);
        for word in text.split(apart) {
            // A place in the file is behind its name.
            let digits = |char: char| char.is_ascii_digit();
            let mut name = word.trim_end_matches(['.', ':']);
            for sign in [':', ':', '#'] {
                name = name.trim_end_matches(digits).strip_suffix(sign).unwrap_or(name);
            }
            if !name.contains(['.', '/']) || !Path::new(name).is_file() {
                continue;
            }
            let rooted = self.name(name);
            if rooted != name {
                let start = word.as_ptr().addr() - text.as_ptr().addr();
                written.push_str(text.get(kept..start).unwrap_or_default());
                written.push_str(&rooted);
                kept = start + name.len();
            }
        }
        if kept == 0 {
            return Cow::Borrowed(text);
        }
        written.push_str(text.get(kept..).unwrap_or_default());
        Cow::Owned(written)
    }

    /// A finding whose texts name files otherwise from the root; `None` for one that stays as it is.
    pub(super) fn finding(&mut self, finding: &Diagnostic) -> Option<Diagnostic> {
        let mut rooted = finding.clone();
        let labels = rooted.labels.iter_mut().map(|label| &mut label.message);
        let texts = [rooted.label.as_mut(), rooted.help.as_mut()].into_iter().flatten();
        let mut changed = false;
        if let Some(there) = &mut rooted.elsewhere {
            there.file = self.name(&there.file);
            changed = true;
        }
        for text in std::iter::once(&mut rooted.message).chain(texts).chain(labels) {
            if let Cow::Owned(new) = self.prose(text) {
                *text = new;
                changed = true;
            }
        }
        changed.then_some(rooted)
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
                        (key, Value::String(text)) if PROSE.contains(&key) => {
                            if let Cow::Owned(new) = self.prose(text) {
                                *text = new;
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
