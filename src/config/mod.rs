//! `sigmata.toml`: the settings of a collection. This module reads texts; which file holds for a rule, and what is
//! above it, is the edge's affair.
//!
//! A configuration is a map from keys, such as `limits.file-bytes`, to values that each know where they were set.
//! That gives the command line (`--set KEY=VALUE`) the same reader, and `sigmata config show` its sources.
//!
//! `read` alone names `toml`.

mod codes;
mod glob;
mod json;
mod keys;
mod lints;
mod option;
mod read;

pub use codes::{ALL as CODES, CONFIGURATION};
pub use glob::Glob;
pub use keys::Known;
pub use keys::{Applies, defaults, scope, usual};
pub use lints::{Level, Levels, PROFILES};
pub use option::{OptionSpec, Role};

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{MAX_DOCUMENT_BYTES, MAX_FILE_BYTES, SourceFile, Span};
use crate::yaml;

/// The name of the configuration file.
pub const FILE_NAME: &str = "sigmata.toml";

/// How many spaces `sigmata fmt` gives a level where nothing is set: as in the public repository of Sigma rules.
pub const INDENT: usize = 4;

/// The settings of one configuration file, with what the command line sets over it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    settings: BTreeMap<Key, Setting>,
}

/// A key by its parts: `fail-on`, or `logs`, `okta/okta`, `kql`, `table`.
pub type Key = Vec<String>;

/// A value and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where.
    pub origin: Origin,
}

/// Where a value was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// At this place of the configuration file.
    File(Span),
    /// By `--set`.
    Command,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl Value {
    /// The texts: one, or those of a list.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Flag(_) | Self::Number(_) => &[],
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        }
    }
}

/// As TOML writes it.
impl Display for Value {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(out, "{flag}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(&quoted(text)),
            Self::List(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                write!(out, "[{}]", texts.join(", "))
            }
        }
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            char if char.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// A key as TOML writes it: `logs."okta/okta".kql.table`.
pub fn dotted(key: &[String]) -> String {
    let bare = |part: &str| {
        !part.is_empty() && part.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char))
    };
    let parts: Vec<String> =
        key.iter().map(|part| if bare(part) { part.clone() } else { quoted(part) }).collect();
    parts.join(".")
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Every mistake in it, each with its place.
    pub fn read(source: &SourceFile, known: &Known<'_>) -> Result<Self, Vec<Diagnostic>> {
        let settings = read::file(source.text(), known)?;
        Ok(Self { settings })
    }

    /// Takes over what `KEY=VALUE` sets, as `--set` has it. The value is TOML, or a text without quotes.
    ///
    /// # Errors
    /// Every mistake in it, each with its place in the text.
    pub fn set(&mut self, text: &SourceFile, known: &Known<'_>) -> Result<(), Vec<Diagnostic>> {
        self.settings.extend(read::command(text.text(), known)?);
        Ok(())
    }

    /// The setting with a key.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.get(&key.split('.').map(str::to_owned).collect::<Key>())
    }

    /// What an environment sets for itself, such as `out`.
    pub fn of_environment(&self, environment: &str, what: &str) -> Option<&Setting> {
        self.settings.get(["export", environment, what].map(str::to_owned).as_slice())
    }

    /// Every setting that is set, in order.
    pub fn settings(&self) -> impl Iterator<Item = (&Key, &Setting)> {
        self.settings.iter()
    }

    /// The texts of a list that is set, and none for one that is not.
    pub fn texts(&self, key: &str) -> &[String] {
        self.get(key).map_or(&[], |setting| setting.value.texts())
    }

    /// The environments that `[export.NAME]` sets something for.
    pub fn environments(&self) -> Vec<&str> {
        let every = self.settings.keys().filter_map(|key| match &key[..] {
            [export, name, ..] if export == "export" => Some(name.as_str()),
            _ => None,
        });
        let mut names: Vec<&str> = every.collect();
        names.dedup();
        names
    }

    /// Takes over what an environment sets for logs and lists, and its filters as a place to look for some. What the
    /// command line sets stays.
    pub fn choose(&mut self, environment: &str) {
        let own: Vec<(Key, Setting)> = self
            .settings
            .iter()
            .filter_map(|(key, setting)| match &key[..] {
                [export, name, rest @ ..] if export == "export" && name == environment => {
                    Some((rest.to_vec(), setting.clone()))
                }
                _ => None,
            })
            .collect();
        for (key, setting) in own {
            match key.first().map(String::as_str) {
                Some("logs" | "lists") => {
                    let typed = self.settings.get(&key).is_some_and(|old| old.origin == Origin::Command);
                    if !typed || setting.origin == Origin::Command {
                        self.settings.insert(key, setting);
                    }
                }
                Some("filters") => {
                    let roots = self.settings.entry(vec!["rules".to_owned()]);
                    let roots =
                        roots.or_insert(Setting { value: Value::List(Vec::new()), origin: setting.origin });
                    let all = roots.value.texts().iter().chain(setting.value.texts()).cloned().collect();
                    roots.value = Value::List(all);
                }
                _ => {}
            }
        }
    }

    /// What an environment sets for rules: the identifier, what is set, and its value.
    pub fn of_rules(&self, environment: &str) -> impl Iterator<Item = (&str, &str, &Setting)> {
        self.settings.iter().filter_map(move |(key, setting)| match &key[..] {
            [export, name, rules, id, what]
                if export == "export" && name == environment && rules == "rules" =>
            {
                Some((id.as_str(), what.as_str(), setting))
            }
            _ => None,
        })
    }

    /// Whether a setting is on; `default` where it is not set.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.get(key).map(|setting| &setting.value) {
            Some(Value::Flag(flag)) => *flag,
            _ => default,
        }
    }

    /// The severity from which on a run fails.
    pub fn fail_on(&self) -> Severity {
        let set = self.texts("fail-on").first().and_then(|level| Severity::named(level));
        set.unwrap_or(Severity::Error)
    }

    /// Sizes above which a text is refused before it is parsed, in bytes.
    pub fn limits(&self) -> yaml::Limits {
        let limit = |key: &str, default: usize| match self.get(key).map(|setting| &setting.value) {
            Some(Value::Number(bytes)) => usize::try_from(*bytes).unwrap_or(default),
            _ => default,
        };
        yaml::Limits {
            file: limit("limits.file-bytes", MAX_FILE_BYTES),
            document: limit("limits.document-bytes", MAX_DOCUMENT_BYTES),
        }
    }

    /// How many spaces `sigmata fmt` gives a level.
    pub fn indent(&self) -> usize {
        match self.get("fmt.indent").map(|setting| &setting.value) {
            Some(Value::Number(spaces)) => usize::try_from(*spaces).unwrap_or(INDENT),
            _ => INDENT,
        }
    }

    /// Whether `exclude` leaves out a path below the folder of the configuration, with `/` between its names.
    pub fn excludes(&self, path: &str) -> bool {
        let fits = |pattern: &String| Glob::new(pattern).is_ok_and(|pattern| pattern.fits(path));
        self.texts("exclude").iter().any(fits)
    }

    /// The options of backends that are set for all logs, as `kql.table` and its values.
    pub fn options(&self) -> impl Iterator<Item = (String, &[String])> {
        self.settings.iter().filter_map(|(key, setting)| match &key[..] {
            [language, option] if keys::fixed(key).is_none() && language != "lints" => {
                Some((format!("{language}.{option}"), setting.value.texts()))
            }
            _ => None,
        })
    }

    /// What is set for each known list: its name, and each setting by the rest of its key: `values`, `file`,
    /// `kql.watchlist`.
    pub fn lists(&self) -> BTreeMap<&str, BTreeMap<String, &Setting>> {
        let mut lists: BTreeMap<&str, BTreeMap<String, &Setting>> = BTreeMap::new();
        for (key, setting) in &self.settings {
            if let [group, name, rest @ ..] = &key[..]
                && group == "lists"
            {
                lists.entry(name).or_default().insert(rest.join("."), setting);
            }
        }
        lists
    }

    /// The options of backends that are set for one log: its name, and as of [`Config::options`].
    pub fn log_options(&self) -> impl Iterator<Item = (&str, String, &Setting)> {
        self.settings.iter().filter_map(|(key, setting)| match &key[..] {
            [logs, log, language, option] if logs == "logs" => {
                Some((log.as_str(), format!("{language}.{option}"), setting))
            }
            _ => None,
        })
    }
}

/// Refuses a path that leads out of the folder of the file that names it.
///
/// # Errors
/// A clause for the user.
fn inside(path: &str) -> Result<(), String> {
    let drive =
        path.chars().nth(1) == Some(':') && path.starts_with(|first: char| first.is_ascii_alphabetic());
    if path.contains('\\') {
        Err("a path has `/` between its names".into())
    } else if path.starts_with('/') || path.starts_with('~') || drive {
        Err("a path is relative to the folder of the configuration".into())
    } else if path.split('/').any(|name| name == "..") {
        Err("a path stays in the folder of the configuration".into())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: OptionSpec = OptionSpec {
        name: "sql.table",
        help: "the table",
        many: false,
        general: true,
        role: Role::Tables,
        form: "a table: letters",
        fits: |name| name.chars().all(char::is_alphabetic),
    };
    static SOURCES: OptionSpec = OptionSpec { name: "sql.sources", many: true, general: false, ..TABLE };

    static OPTIONS: [&OptionSpec; 2] = [&TABLE, &SOURCES];

    static LOOKUP: OptionSpec = OptionSpec { name: "sql.lookup", general: false, role: Role::Other, ..TABLE };
    static LISTS: [&OptionSpec; 1] = [&LOOKUP];

    fn known<'k>() -> Known<'k> {
        Known {
            options: &OPTIONS,
            lists: &LISTS,
            targets: &["sql", "sql:lake"],
            meant: Some(|name| (name == "lake").then_some("sql:lake")),
            codes: CODES,
            kinds: &["a", "b"],
        }
    }

    /// Each finding with the text that it is about, and its help.
    fn found(text: &str, findings: Vec<Diagnostic>) -> Vec<String> {
        let row = |finding: Diagnostic| {
            let place = text.get(finding.span.range()).unwrap_or_default();
            format!("{place} | {} | {}", finding.message, finding.help.unwrap_or_default())
        };
        findings.into_iter().map(row).collect()
    }

    fn read(text: &str) -> Result<Config, Vec<String>> {
        Config::read(&SourceFile::new(FILE_NAME, text), &known()).map_err(|findings| found(text, findings))
    }

    #[test]
    fn settings_are_read() {
        let config = read(
            "fail-on = 'warning'\ntargets = ['sql']\nexclude = ['a/**']\n[limits]\nfile-bytes = 5\n\
             [sql]\ntable = 'T'\n[logs.\"a/b\".sql]\ntable = 'U'\nsources = ['x', 'y']\n",
        )
        .expect("a configuration");
        assert_eq!(config.fail_on(), Severity::Warning);
        assert_eq!(config.texts("targets"), ["sql"]);
        assert_eq!((config.limits().file, config.limits().document), (5, MAX_DOCUMENT_BYTES));
        assert!(config.excludes("a/b.yml") && !config.excludes("b/a.yml"));
        let general: Vec<_> = config.options().collect();
        assert_eq!(general, [("sql.table".to_owned(), &["T".to_owned()][..])]);
        let of_log: Vec<String> = config
            .log_options()
            .map(|(log, name, setting)| format!("{log} {name} {}", setting.value))
            .collect();
        assert_eq!(of_log, ["a/b sql.sources [\"x\", \"y\"]", "a/b sql.table \"U\""]);
        let lists = read("[lists.admins]\nvalues = ['a']\nsql.lookup = 'L'\n[lists.none]\nvalues = []\n");
        let lists = lists.expect("lists");
        let shown: Vec<String> = lists
            .lists()
            .into_iter()
            .flat_map(|(name, keys)| {
                keys.into_iter().map(move |(key, set)| format!("{name} {key} {}", set.value))
            })
            .collect();
        assert_eq!(shown, ["admins sql.lookup \"L\"", "admins values [\"a\"]", "none values []"]);
        assert_eq!(read(""), Ok(Config::default()));
        assert_eq!(Config::default().fail_on(), Severity::Error);
    }

    #[test]
    fn mistakes_have_a_place_what_was_expected_and_names_that_are_near() {
        for (text, expected) in [
            ("fail_on = 'error'", "fail_on | unknown setting `fail_on` | did you mean `fail-on`?"),
            (
                "x = 1",
                "x | unknown setting `x` | the settings here are `baseline`, `exclude`, `export`, `fail-on`, `fmt`, `limits`, `lints`, `lists`, `logs`, `override`, `profile`, `respect-gitignore`, `rules`, `schemas`, `sql`, `strict`, `targets`",
            ),
            ("kql-table = 'x'", "kql-table | unknown setting `kql-table` | it is `kql.table` now"),
            (
                "fail-on = 'fatal'",
                "'fatal' | `fail-on` cannot be `fatal` | the values are `error`, `warning`, `info`",
            ),
            ("fail-on = 'warnin'", "'warnin' | `fail-on` cannot be `warnin` | did you mean `warning`?"),
            ("fail-on = 3", "3 | `fail-on` takes a text, not a number | "),
            ("targets = ['sqll']", "'sqll' | unknown target `sqll` | did you mean `sql`?"),
            ("targets = ['lake']", "'lake' | unknown target `lake` | did you mean `sql:lake`?"),
            ("fail-on = 'warn'", "'warn' | `fail-on` cannot be `warn` | did you mean `warning`?"),
            ("targets = 'sql'", "'sql' | `targets` takes a list, not a text | write `[\"sql\"]`"),
            (
                "schemas = ['../x']",
                "'../x' | `../x` cannot be used: a path stays in the folder of the configuration | ",
            ),
            (
                "schemas = ['/x']",
                "'/x' | `/x` cannot be used: a path is relative to the folder of the configuration | ",
            ),
            (
                "schemas = ['C:/x']",
                "'C:/x' | `C:/x` cannot be used: a path is relative to the folder of the configuration | ",
            ),
            ("schemas = ['']", "'' | `schemas` has an empty path | "),
            ("exclude = ['!x']", "'!x' | `!x` cannot be used: a pattern cannot be turned around with `!` | "),
            (
                "limits = 3",
                "3 | `limits` is a group of settings, not a number | the settings in it are `document-bytes`, `file-bytes`",
            ),
            (
                "limits.file-bytes = 0",
                "0 | `limits.file-bytes` is between 1 and 67108864 | raise limits only as far as your largest rule needs",
            ),
            (
                "limits.file-bytes = 99999999999999999999",
                "99999999999999999999 | `limits.file-bytes` is between 1 and 67108864 | raise limits only as far as your largest rule needs",
            ),
            ("limits.document-bytes = -0x5", ""),
            (
                "limits.rule-seconds = 5",
                "rule-seconds | `limits.rule-seconds` is not supported yet | remove it: work on a rule is bounded by counts, so that every machine gives the same answer",
            ),
            ("[export.prod]\nkinds = ['c']", "'c' | unknown kind of export `c` | did you mean `a`?"),
            ("[export.prod]\nouts = 'x'", "outs | unknown setting `export.prod.outs` | did you mean `out`?"),
            (
                "[export.prod.rules.\"x\"]\nenabeld = true",
                "enabeld | unknown setting `export.prod.rules.x.enabeld` | did you mean `enabled`?",
            ),
            (
                "[override]\npaths = []",
                "override | `override` is a list of groups, not a group of settings | write `[[override]]`",
            ),
            (
                "[[override]]\nlints = { all = 'info' }",
                "[[override]] | `override.1` has no `paths` | name the files that it is for: `paths = [\"legacy/**\"]`",
            ),
            (
                "[[override]]\nlints.all = 'info'\npaths = []",
                "[[override]] | `override.1` has no `paths` | name the files that it is for: `paths = [\"legacy/**\"]`",
            ),
            (
                "[[override]]\npaths = ['a']",
                "[[override]] | `override.1` has no `lints` | say what holds for them: `lints = { form = \"info\" }`",
            ),
            ("[[override]]\npath = []", "path | unknown setting `override.1.path` | did you mean `paths`?"),
            (
                "[lints]\nunreadable-configuratio = 'error'",
                "unreadable-configuratio | no finding is called `unreadable-configuratio` | did you mean `unreadable-configuration`?",
            ),
            (
                "[lints]\nx = 'error'",
                "x | no finding is called `x` | `sigmata explain` lists them; groups are `syntax`, `form`, `names`, `values`, `logic`, `references`, `collection`, `all`",
            ),
            ("[lints]\nS0750 = 'warn'", "'warn' | `lints.S0750` cannot be `warn` | did you mean `warning`?"),
            (
                "lints.require-reason = 1",
                "1 | `lints.require-reason` takes `true` or `false`, not a number | ",
            ),
            (
                "[sql]\nsources = ['x']",
                "sources | `sql.sources` is set for one log, not for all | write `logs.\"product/service\".sql.sources = …`",
            ),
            (
                "[logs.'a/b']\nsql.tabel = 'T'",
                "tabel | unknown setting `logs.\"a/b\".sql.tabel` | did you mean `table`?",
            ),
            (
                "[logs.'a/b']\nsqll.table = 'T'",
                "sqll | unknown setting `logs.\"a/b\".sqll` | did you mean `sql`?",
            ),
            (
                "[logs]\n'a/b' = 'T'",
                "'T' | `logs.\"a/b\"` is a group of settings, not a text | the settings in it are `sql`",
            ),
            (
                "lists.x = ['a']",
                "['a'] | `lists.x` is a group of settings, not a list | the settings in it are `export`, `file`, `sql`, `values`",
            ),
            (
                "[logs.'a/b']",
                "'a/b' | `logs.\"a/b\"` sets nothing | say what holds for it, or remove the group",
            ),
            (
                "[export.prod.rules.x]",
                "x | `export.prod.rules.x` sets nothing | say what holds for it, or remove the group",
            ),
            ("lists.x.values = [1]", "1 | `lists.x.values` takes a text, not a number | "),
            ("lists.x.values = ['']", "'' | `lists.x.values` has an empty value | "),
            ("lists.x.value = ['a']", "value | unknown setting `lists.x.value` | did you mean `values`?"),
            (
                "lists.x.file = '../a'",
                "'../a' | `../a` cannot be used: a path stays in the folder of the configuration | ",
            ),
            (
                "lists.x.sql.table = 'T'",
                "table | unknown setting `lists.x.sql.table` | the settings here are `lookup`",
            ),
            ("sql.table = 'a b'", "'a b' | `a b` is not a table: letters | "),
            (&format!("targets = {}", "[".repeat(100_000)), "cannot be read"),
            (&"[".repeat(100_000), "cannot be read"),
            (&" ".repeat(2 << 20), "over 1 MiB"),
        ] {
            let rows = read(text).expect_err(text);
            match expected {
                "" => assert_eq!(rows.len(), 1, "{rows:?}"),
                "cannot be read" | "over 1 MiB" => assert!(rows[0].contains(expected), "{rows:?}"),
                _ => assert_eq!(rows, [expected], "{text}"),
            }
        }
        let rows = read("x = 1\nfail-on = 1\n[limits]\ny = 2\n").expect_err("three mistakes");
        assert_eq!(rows.len(), 3, "{rows:?}");
    }

    #[test]
    fn the_command_line_sets_over_the_file() {
        for (set, key, value) in [
            ("fail-on=info", "fail-on", "\"info\""),
            ("fail-on = \"info\"", "fail-on", "\"info\""),
            ("targets=sql, sql:lake", "targets", "[\"sql\", \"sql:lake\"]"),
            ("targets=['sql']", "targets", "[\"sql\"]"),
            ("limits.file-bytes=7", "limits.file-bytes", "7"),
            ("schemas=/anywhere/../x", "schemas", "[\"/anywhere/../x\"]"),
            ("sql.table=T", "sql.table", "\"T\""),
            ("lists.x.values=a, b", "lists.x.values", "[\"a\", \"b\"]"),
        ] {
            let mut config = read("fail-on = 'warning'\nlimits.file-bytes = 5\n").expect("a configuration");
            let source = SourceFile::new("--set", set);
            config.set(&source, &known()).unwrap_or_else(|findings| panic!("{:?}", found(set, findings)));
            let setting = config.get(key).expect(key);
            assert_eq!((setting.value.to_string().as_str(), setting.origin), (value, Origin::Command));
        }
        for (set, expected) in [
            ("fail-on", "expected `KEY=VALUE`"),
            ("=x", "`` is not a key"),
            ("a b=x", "`a b` is not a key"),
            ("logs.a/b.sql.table=T", "`logs.a/b.sql.table` is not a key"),
            ("fail-onn=info", "unknown setting `fail-onn`"),
            ("fail-on=x", "`fail-on` cannot be `x`"),
            ("limits=5", "`limits` is a group of settings"),
            ("limits={}", "`limits` is a group of settings"),
            ("targets=['sql'", "the value of `targets` cannot be read: "),
            ("targets=[sql]", "the value of `targets` cannot be read: "),
            ("sql.table=\"T", "the value of `sql.table` cannot be read: "),
            ("limits.file-bytes=x", "takes a number of bytes"),
            ("exclude=../x", "a path stays in the folder"),
            ("sql.table=a b", "`a b` is not a table"),
        ] {
            let mut config = Config::default();
            let findings = config.set(&SourceFile::new("--set", set), &known()).expect_err(set);
            assert!(found(set, findings)[0].contains(expected), "{set}");
        }
    }
}
