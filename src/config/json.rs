//! The JSON Schema of `sigmata.toml`, by which editors complete keys and values. It is made from the tables by which the
//! reader goes.

use serde_json::{Map, Value, json};

use super::keys::{Expected, Known, MOST_COUNTED, Node};
use super::{Level, OptionSpec};
use crate::diagnostic::GROUPS;

/// What keys do, in a line; options of backends bring their own.
const ABOUT: [(&str, &str); 39] = [
    ("rules", "Files and folders in which references and filters are looked up, below this file"),
    ("schemas", "Schemas of your own: files or folders below this file"),
    ("exclude", "Paths that are passed over, as patterns"),
    ("respect-gitignore", "Whether what git ignores is passed over"),
    (
        "profile",
        "Which findings there are: default, sigmahq (the conventions of the public repository) or all",
    ),
    ("fail-on", "The level from which findings make a run fail"),
    ("targets", "The languages that `compile` prints without `-t`"),
    ("strict", "Whether `compile` refuses a query whose place, or whose columns, no published source gives"),
    ("baseline", "The file with the findings that are known"),
    ("lints", "Levels of findings by name, code, beginning of a code, or group"),
    ("lints.require-reason", "Whether a comment that allows a finding must say why"),
    ("override", "Levels for some paths; the last that fits decides"),
    ("override._.paths", "Patterns of paths below this file"),
    ("override._.lints", "Levels of findings in these paths"),
    ("fmt", "What `sigmata fmt` writes"),
    ("fmt.indent", "Spaces of a level"),
    ("limits", "Larger inputs are refused before they are parsed"),
    ("limits.file-bytes", "The most bytes of a rule file"),
    ("limits.document-bytes", "The most bytes of a document in it"),
    ("logs", "Settings of single logs, by the name that `sigmata schema list` shows"),
    ("lists", "Known lists, for `expand: '%NAME%'`"),
    ("lists._.values", "The values; an empty list leaves nobody out"),
    ("lists._.file", "A file with a value a line, below this file"),
    ("lists._.export", "Whether `sigmata export` makes the watchlist and the lookups of it"),
    ("export", "Environments of `sigmata export --env NAME`"),
    ("export._.out", "The folder that is written to"),
    ("export._.kinds", "The kinds of export"),
    (
        "export._.layout",
        "Where files of rules are below the folder of their kind, such as `{product}/{file}`",
    ),
    ("export._.filters", "Files and folders with the filters of the environment"),
    ("export._.rules", "Settings of single rules, by identifier"),
    ("export._.rules._.enabled", "Whether the rule is deployed"),
    ("export._.rules._.every", "How often it runs, such as `15m`"),
    ("export._.rules._.threshold", "The number in place of that in the condition of a correlation"),
    ("export._.logs", "As `logs`, in this environment"),
    ("export._.lists", "As `lists`, in this environment"),
    ("kql", "Settings of KQL for every log"),
    ("spl", "Settings of Splunk for every log"),
    ("cwli", "Settings of CloudWatch Logs Insights for every log"),
    ("xdr", "Settings of Defender XDR for every log"),
];

impl Known<'_> {
    /// The JSON Schema of a configuration.
    pub fn json_schema(&self) -> Value {
        let mut schema = self.table(&[]);
        if let Value::Object(members) = &mut schema {
            let head = [
                ("$schema", json!("http://json-schema.org/draft-07/schema#")),
                ("title", json!("sigmata.toml")),
                ("description", json!("Settings of sigmata, see docs/configuration.md.")),
            ];
            let rest = std::mem::take(members);
            members.extend(head.map(|(key, value)| (key.to_owned(), value)));
            members.extend(rest);
            members.insert("$defs".to_owned(), json!({"level": {"enum": Level::NAMES}}));
        }
        schema
    }

    /// A table: its names, or any where a site chooses them.
    fn table(&self, key: &[String]) -> Value {
        if key.last().is_some_and(|last| last == "lints") {
            return self.lints(key.len() == 1);
        }
        let below = |name: &str| [key, &[name.to_owned()]].concat();
        let names = self.names(key);
        if names.is_empty() {
            return json!({"type": "object", "additionalProperties": self.node_schema(&below("_")).unwrap_or_default()});
        }
        let mut properties = Map::new();
        for name in names {
            properties.extend(self.node_schema(&below(name)).map(|schema| (name.to_owned(), schema)));
        }
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    }

    /// What is at a key; `None` for what the reader refuses with a word of its own.
    fn node_schema(&self, key: &[String]) -> Option<Value> {
        let mut schema = match self.node(key) {
            Node::Table => self.table(key),
            Node::Tables => {
                let mut items = self.table(&[key, &["_".to_owned()]].concat());
                if let Value::Object(members) = &mut items {
                    // As the reader demands of each.
                    members.insert("required".to_owned(), json!(["paths", "lints"]));
                }
                json!({"type": "array", "items": items})
            }
            Node::Leaf(expected) => self.leaf(expected),
            Node::Planned | Node::OfLog(_) | Node::NoCode | Node::Unknown => return None,
        };
        let path = key.join(".");
        let about = ABOUT.iter().find(|(known, _)| *known == path).map(|(_, about)| *about);
        if let (Some(about), Value::Object(members)) = (about, &mut schema) {
            members.insert("description".to_owned(), json!(about));
        }
        Some(schema)
    }

    fn leaf(&self, expected: Expected<'_>) -> Value {
        let list = |items: Value| json!({"type": "array", "items": items});
        let text = || json!({"type": "string", "minLength": 1});
        match expected {
            Expected::Word(words) => json!({"enum": words}),
            Expected::Targets => list(json!({"enum": self.targets})),
            Expected::Kinds => list(json!({"enum": self.kinds})),
            Expected::Paths | Expected::Globs | Expected::Values => list(text()),
            Expected::File | Expected::Folder | Expected::Text => text(),
            Expected::Bytes => json!({"type": "integer", "minimum": 1}),
            Expected::Indent => json!({"type": "integer", "minimum": 2, "maximum": 8}),
            Expected::Threshold => json!({"type": "integer", "minimum": 1, "maximum": MOST_COUNTED}),
            Expected::Flag => json!({"type": "boolean"}),
            Expected::Option(OptionSpec { many, help, form, .. }) => {
                let mut schema = if *many { list(text()) } else { text() };
                if let Value::Object(members) = &mut schema {
                    members.insert("description".to_owned(), json!(format!("{help}; {form}")));
                }
                schema
            }
        }
    }

    /// Levels by name, group and code.
    fn lints(&self, with_reason: bool) -> Value {
        let level = json!({"$ref": "#/$defs/level"});
        let mut names: Vec<&str> = self.codes.iter().map(|code| code.name).collect();
        names.sort_unstable();
        let groups = GROUPS.iter().map(|(group, _)| *group).chain(["all"]);
        let mut properties: Map<String, Value> =
            groups.chain(names).map(|name| (name.to_owned(), level.clone())).collect();
        if with_reason {
            let reason = ["lints", "require-reason"].map(str::to_owned);
            properties.extend(self.node_schema(&reason).map(|schema| ("require-reason".to_owned(), schema)));
        }
        json!({
            "type": "object",
            "properties": properties,
            "patternProperties": {"^[Ss][0-9]{1,4}$": level},
            "additionalProperties": false,
        })
    }
}
