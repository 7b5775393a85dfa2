//! Which keys there are.

use super::INDENT;
use super::{Key, Level, OptionSpec, PROFILES, Value};
use crate::diagnostic::Code;
use crate::source::{MAX_DOCUMENT_BYTES, MAX_FILE_BYTES};

/// The settings that do not depend on backends, as `--set` takes them, with each value where there are a few.
pub fn usual() -> Vec<String> {
    let words = |kind: &Expected<'static>| match kind {
        Expected::Word(words) => words.to_vec(),
        Expected::Flag => vec!["true", "false"],
        _ => vec![""],
    };
    let each = FIXED.iter().map(|(key, kind, _)| (key.join("."), words(kind)));
    each.flat_map(|(key, words)| words.into_iter().map(move |word| format!("{key}={word}"))).collect()
}

/// Where a setting is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// In the file that is nearest to each rule.
    Rules,
    /// In the file that is nearest to the working directory: it holds for the run.
    Run,
}

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected<'k> {
    /// One of these words.
    Word(&'static [&'static str]),
    /// Words of a list that the caller gives.
    Targets,
    /// Files and folders below the configuration.
    Paths,
    /// Patterns for paths below the configuration.
    Globs,
    /// One file below the configuration.
    File,
    /// A folder, anywhere: what a build makes is for the user to place.
    Folder,
    /// Kinds of export, of a list that the caller gives.
    Kinds,
    /// A text that its user reads.
    Text,
    /// A size.
    Bytes,
    /// Spaces of a level.
    Indent,
    /// How many of something a correlation asks for.
    Threshold,
    /// Values of a known list.
    Values,
    /// `true` or `false`.
    Flag,
    /// An option of a backend.
    Option(&'k OptionSpec),
}

/// What is at a key.
pub(super) enum Node<'k> {
    /// More keys.
    Table,
    /// A list of such groups.
    Tables,
    /// A value.
    Leaf(Expected<'k>),
    /// Something that a later version will act on.
    Planned,
    /// An option that is set for a log, not for all.
    OfLog(&'k OptionSpec),
    /// No code or group of codes.
    NoCode,
    /// Nothing.
    Unknown,
}

/// The keys that do not depend on backends.
const FIXED: [(&[&str], Expected<'static>, Applies); 13] = [
    (&["rules"], Expected::Paths, Applies::Rules),
    (&["schemas"], Expected::Paths, Applies::Rules),
    (&["exclude"], Expected::Globs, Applies::Rules),
    (&["respect-gitignore"], Expected::Flag, Applies::Rules),
    (&["profile"], Expected::Word(&PROFILES), Applies::Rules),
    (&["lints", "require-reason"], Expected::Flag, Applies::Rules),
    (&["fmt", "indent"], Expected::Indent, Applies::Rules),
    (&["limits", "file-bytes"], Expected::Bytes, Applies::Rules),
    (&["limits", "document-bytes"], Expected::Bytes, Applies::Rules),
    (&["fail-on"], Expected::Word(&["error", "warning", "info"]), Applies::Run),
    (&["targets"], Expected::Targets, Applies::Run),
    (&["strict"], Expected::Flag, Applies::Run),
    (&["baseline"], Expected::File, Applies::Run),
];

/// Keys with a meaning that this version does not act on; an option of a backend is without its log.
const PLANNED: [&[&str]; 1] = [&["limits", "rule-seconds"]];

/// What an environment of `[export.NAME]` holds.
const ENVIRONMENT: [&str; 7] = ["out", "kinds", "layout", "filters", "rules", "logs", "lists"];

/// What it can hold for a rule.
const OF_RULE: [&str; 3] = ["enabled", "every", "threshold"];

/// The largest threshold that can be set.
pub(super) const MOST_COUNTED: u64 = 1_000_000_000;

/// What was named otherwise before.
pub(super) const MOVED: [(&str, &str); 2] = [("kql-table", "kql.table"), ("index", "spl.index")];

pub(super) fn fixed(key: &[String]) -> Option<(Expected<'static>, Applies)> {
    FIXED.iter().find(|(known, ..)| *known == key).map(|(_, kind, scope)| (*kind, *scope))
}

/// Where a setting is looked up.
pub fn scope(key: &[String]) -> Applies {
    match key.first().map(String::as_str) {
        // What an environment sets for logs is taken over for the rules of its file.
        Some("export") => Applies::Rules,
        _ => fixed(key).map_or(Applies::Rules, |(_, scope)| scope),
    }
}

/// What holds where nothing is set: each key with its value. No baseline is named by itself.
pub fn defaults(wanted: Applies) -> Vec<(Key, Value)> {
    let default = |key: &[&str]| match key {
        ["fail-on"] => Value::Text("error".to_owned()),
        ["profile"] => Value::Text("default".to_owned()),
        ["respect-gitignore"] => Value::Flag(true),
        ["lints", "require-reason"] | ["strict"] => Value::Flag(false),
        ["fmt", "indent"] => Value::Number(INDENT as u64),
        ["limits", "file-bytes"] => Value::Number(MAX_FILE_BYTES as u64),
        ["limits", "document-bytes"] => Value::Number(MAX_DOCUMENT_BYTES as u64),
        _ => Value::List(Vec::new()),
    };
    let keys = FIXED.iter().filter(|(key, _, scope)| *scope == wanted && *key != ["baseline"]);
    keys.map(|(key, ..)| (key.iter().map(|part| (*part).to_owned()).collect(), default(key))).collect()
}

/// The names that other modules give to the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// The options of all backends.
    pub options: &'k [&'static OptionSpec],
    /// The options of all backends for known lists.
    pub lists: &'k [&'static OptionSpec],
    /// The targets of `compile`.
    pub targets: &'k [&'static str],
    /// What somebody means who names a target otherwise, such as by its product.
    pub meant: Option<fn(&str) -> Option<&'static str>>,
    /// The codes that findings can have.
    pub codes: &'k [&'static Code],
    /// The kinds of export.
    pub kinds: &'k [&'static str],
}

impl<'k> Known<'k> {
    /// What is at a key.
    pub(super) fn node(&self, key: &[String]) -> Node<'k> {
        let parts: Vec<&str> = key.iter().map(String::as_str).collect();
        if let Some((kind, _)) = fixed(key) {
            return Node::Leaf(kind);
        }
        let planned = |key: &[&str]| PLANNED.contains(&key);
        match &parts[..] {
            key if planned(key) => Node::Planned,
            ["export", _, "logs" | "lists", ..] => self.node(key.get(2..).unwrap_or_default()),
            ["export", ..] => export(&parts),
            ["limits" | "logs" | "lints" | "lists" | "fmt"]
            | ["logs" | "override" | "lists", _]
            | ["override", _, "lints"] => Node::Table,
            ["lists", _, "values"] => Node::Leaf(Expected::Values),
            ["lists", _, "file"] => Node::Leaf(Expected::File),
            ["lists", _, "export"] => Node::Leaf(Expected::Flag),
            ["lists", _, language] => {
                let any = self.lists.iter().any(|option| option.language() == *language);
                if any { Node::Table } else { Node::Unknown }
            }
            ["lists", _, language, name] => option(self.lists, language, name)
                .map_or(Node::Unknown, |option| Node::Leaf(Expected::Option(option))),
            ["override"] => Node::Tables,
            ["override", _, "paths"] => Node::Leaf(Expected::Globs),
            ["override", _, other] if *other != "lints" => Node::Unknown,
            ["lints", selector] | ["override", _, "lints", selector] => {
                let any = self.codes.iter().any(|code| code.selected_by(selector).is_some());
                if any { Node::Leaf(Expected::Word(&Level::NAMES)) } else { Node::NoCode }
            }
            [language] | ["logs", _, language] => {
                let any = self.options.iter().any(|option| option.language() == *language);
                if any { Node::Table } else { Node::Unknown }
            }
            ["logs", _, rest @ ..] if planned(rest) => Node::Planned,
            ["logs", _, language, name] => option(self.options, language, name)
                .map_or(Node::Unknown, |option| Node::Leaf(Expected::Option(option))),
            [language, name] => match option(self.options, language, name) {
                Some(option) if option.general => Node::Leaf(Expected::Option(option)),
                Some(option) => Node::OfLog(option),
                None => Node::Unknown,
            },
            _ => Node::Unknown,
        }
    }

    /// The names that may be in a table; empty where any may.
    pub(super) fn names(&self, table: &[String]) -> Vec<&'k str> {
        let parts: Vec<&str> = table.iter().map(String::as_str).collect();
        let mut names: Vec<&str> = match &parts[..] {
            [] => {
                let fixed = FIXED.iter().filter_map(|(key, ..)| key.first().copied());
                let languages = self.options.iter().filter(|option| option.general);
                let groups = ["export", "lists", "logs", "override"];
                fixed.chain(languages.map(|option| option.language())).chain(groups).collect()
            }
            ["limits"] => vec!["file-bytes", "document-bytes"],
            ["fmt"] => vec!["indent"],
            ["logs" | "lists" | "export"] | ["export", _, "rules"] => Vec::new(),
            ["lists", _] => {
                let languages = self.lists.iter().map(|option| option.language());
                languages.chain(["values", "file", "export"]).collect()
            }
            ["lists", _, language] => of(self.lists, language).map(OptionSpec::key).collect(),
            ["export", _] => ENVIRONMENT.to_vec(),
            ["export", _, "rules", _] => OF_RULE.to_vec(),
            ["export", _, _, ..] => return self.names(table.get(2..).unwrap_or_default()),
            ["override", _] => vec!["paths", "lints"],
            ["lints"] | ["override", _, "lints"] => self.codes.iter().map(|code| code.name).collect(),
            ["logs", _] => self.options.iter().map(|option| option.language()).collect(),
            [language] => {
                of(self.options, language).filter(|option| option.general).map(OptionSpec::key).collect()
            }
            [.., language] => of(self.options, language).map(OptionSpec::key).collect(),
        };
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn option(options: &[&'static OptionSpec], language: &str, name: &str) -> Option<&'static OptionSpec> {
    of(options, language).find(|option| option.key() == name)
}

/// The options of a language.
fn of<'n>(
    options: &'n [&'static OptionSpec],
    language: &'n str,
) -> impl Iterator<Item = &'static OptionSpec> + use<'n> {
    options.iter().copied().filter(move |option| option.language() == language)
}

/// What is at a key of `[export.NAME]`.
fn export<'k>(key: &[&str]) -> Node<'k> {
    match key {
        ["export"] | ["export", _] | ["export", _, "rules"] | ["export", _, "rules", _] => Node::Table,
        ["export", _, "out"] => Node::Leaf(Expected::Folder),
        ["export", _, "kinds"] => Node::Leaf(Expected::Kinds),
        ["export", _, "filters"] => Node::Leaf(Expected::Paths),
        ["export", _, "rules", _, "enabled"] => Node::Leaf(Expected::Flag),
        ["export", _, "layout"] | ["export", _, "rules", _, "every"] => Node::Leaf(Expected::Text),
        ["export", _, "rules", _, "threshold"] => Node::Leaf(Expected::Threshold),
        _ => Node::Unknown,
    }
}
