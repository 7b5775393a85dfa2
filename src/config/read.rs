//! Reading TOML into settings: every mistake with its place, what was expected, and names that are near.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Expected, Known, MOST_COUNTED, MOVED, Node};
use super::{Glob, Key, OptionSpec, Origin, Setting, Value, codes, dotted, inside, quoted};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, GROUPS};
use crate::source::kind::FileKind;
use crate::source::{MAX_FILE_BYTES, Span};

/// The largest configuration that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The largest limit that can be set, in bytes.
const MAX_LIMIT: u64 = 4 * MAX_FILE_BYTES as u64;

/// The most entries of a list.
const MAX_ENTRIES: usize = 1_000;

type Settings = BTreeMap<Key, Setting>;

/// The settings of a file.
pub(super) fn file(text: &str, known: &Known<'_>) -> Result<Settings, Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let finding =
            Diagnostic::new(&codes::CONFIGURATION, Span::empty(0), "the configuration is over 1 MiB").help(
                "a configuration holds a few settings; a long list is in a file of its own, \
                     which `lists.NAME.file` names",
            );
        return Err(vec![finding]);
    }
    let table = DeTable::parse(text).map_err(|error| vec![unreadable(text, &error)])?;
    let mut reader = Reader { known, origin: None, settings: Settings::new(), findings: Vec::new() };
    reader.table(table.get_ref(), &mut Vec::new());
    reader.finish()
}

/// The setting of `KEY=VALUE`.
pub(super) fn command(text: &str, known: &Known<'_>) -> Result<Settings, Vec<Diagnostic>> {
    let whole = Span::of(0, text.len());
    let Some((key, value)) = text.split_once('=') else {
        let finding = Diagnostic::new(&codes::CONFIGURATION, whole, "expected `KEY=VALUE`")
            .help("for example `--set fail-on=warning`");
        return Err(vec![finding]);
    };
    // A text needs no quotes; its quoted form is longer, so that its places are those of the whole.
    let written = format!("{} = {}", key.trim(), quoted(value.trim()));
    let parsed = match DeTable::parse(text) {
        Ok(table) => Some((table, false)),
        Err(error) => match DeTable::parse(&written) {
            Ok(_) if value.trim_start().starts_with(['[', '{', '"', '\'']) => {
                let message = format!("the value of `{}` cannot be read", key.trim());
                let reason = error.message().lines().next().unwrap_or_default().to_owned();
                return Err(vec![
                    Diagnostic::new(&codes::CONFIGURATION, whole, format!("{message}: {reason}")).help(
                        "write a list as `a, b` or `[\"a\", \"b\"]`, and a text that begins so in quotes",
                    ),
                ]);
            }
            written => written.ok().map(|table| (table, true)),
        },
    };
    let Some((table, bare)) = parsed else {
        let finding = Diagnostic::new(
            &codes::CONFIGURATION,
            Span::of(0, key.len()),
            format!("`{}` is not a key", key.trim()),
        )
        .help("keys are joined by `.`, and the name of a log has quotes: `logs.\"okta/okta\".kql.table`");
        return Err(vec![finding]);
    };
    let mut reader = Reader { known, origin: Some(bare), settings: Settings::new(), findings: Vec::new() };
    reader.table(table.get_ref(), &mut Vec::new());
    let settings = reader.finish().map_err(|mut findings| {
        if bare {
            for finding in &mut findings {
                finding.span = whole;
            }
        }
        findings
    })?;
    if settings.is_empty() {
        let finding =
            Diagnostic::new(&codes::CONFIGURATION, whole, format!("`{}` is a group of settings", key.trim()))
                .help("name one setting of it");
        return Err(vec![finding]);
    }
    Ok(settings)
}

fn unreadable(text: &str, error: &toml::de::Error) -> Diagnostic {
    if let Some(kind) = FileKind::of(text).filter(|kind| *kind != FileKind::Settings) {
        let message = format!("a configuration in TOML is expected, but the file holds {}", kind.holds());
        return Diagnostic::new(&codes::CONFIGURATION, Span::empty(0), message).help(kind.goes_to());
    }
    let span = error.span().map_or(Span::empty(0), |range| Span::of(range.start, range.end));
    let message = error.message().replace('\n', " ");
    Diagnostic::new(&codes::CONFIGURATION, span, format!("the configuration cannot be read: {message}"))
}

struct Reader<'r, 'k> {
    known: &'r Known<'k>,
    /// For `--set`: whether the value was written without quotes.
    origin: Option<bool>,
    settings: Settings,
    findings: Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn finish(self) -> Result<Settings, Vec<Diagnostic>> {
        let mut findings = self.findings;
        if findings.is_empty() {
            return Ok(self.settings);
        }
        findings.sort_by_key(|finding| finding.span);
        Err(findings)
    }

    fn tell(&mut self, span: Span, message: String, help: Option<String>) {
        let finding = Diagnostic::new(&codes::CONFIGURATION, span, message);
        self.findings.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    fn table(&mut self, table: &DeTable<'_>, path: &mut Key) {
        for (name, value) in table {
            path.push(name.get_ref().to_string());
            self.entry(span(name), value, path);
            path.pop();
        }
    }

    fn entry(&mut self, at: Span, value: &Spanned<DeValue<'_>>, key: &mut Key) {
        match (self.known.node(key), value.get_ref()) {
            // A name of the user's, of which nothing is set.
            (Node::Table, DeValue::Table(table))
                if table.is_empty() && key.len() > 1 && self.origin.is_none() =>
            {
                let message = format!("`{}` sets nothing", dotted(key));
                self.tell(at, message, Some("say what holds for it, or remove the group".to_owned()));
            }
            (Node::Table, DeValue::Table(table)) => self.table(table, key),
            (Node::Table, other) => {
                let message = format!("`{}` is a group of settings, not {}", dotted(key), kind(other));
                self.tell(
                    span(value),
                    message,
                    Some(listed("the settings in it are", &self.known.names(key))),
                );
            }
            (Node::Tables, DeValue::Array(groups)) if groups.len() <= MAX_ENTRIES => {
                for (at, group) in groups.iter().enumerate() {
                    key.push((at + 1).to_string());
                    let before = self.findings.len();
                    self.entry(span(group), group, key);
                    // What is misspelt is the cause of what is missing.
                    if self.findings.len() == before {
                        self.complete(group, key);
                    }
                    key.pop();
                }
            }
            (Node::Tables, other) => {
                let name = dotted(key);
                let message = format!("`{name}` is a list of groups, not {}", kind(other));
                self.tell(at, message, Some(format!("write `[[{name}]]`")));
            }
            (Node::Leaf(kind), _) => {
                if let Some(read) = self.value(kind, value, key) {
                    let origin = if self.origin.is_some() { Origin::Command } else { Origin::File(at) };
                    self.settings.insert(key.clone(), Setting { value: read, origin });
                }
            }
            (Node::Planned, _) => {
                let message = format!("`{}` is not supported yet", dotted(key));
                // An answer that depends on the speed of the machine would be none that two runs agree on.
                let help = if key.ends_with(&["limits".to_owned(), "rule-seconds".to_owned()]) {
                    "remove it: work on a rule is bounded by counts, so that every machine gives the same answer"
                } else {
                    "this version would not act on it; remove it"
                };
                let finding = Diagnostic::new(&codes::NOT_SUPPORTED, at, message).help(help);
                self.findings.push(finding);
            }
            (Node::OfLog(option), _) => {
                let message = format!("`{}` is set for one log, not for all", option.name);
                self.tell(at, message, Some(format!("write `logs.\"product/service\".{} = …`", option.name)));
            }
            (Node::NoCode, _) => self.no_code(at, key),
            (Node::Unknown, _) => self.unknown(at, key),
        }
    }

    /// Reports a group of a list that says nothing: an override for no path, or of nothing.
    fn complete(&mut self, group: &Spanned<DeValue<'_>>, key: &[String]) {
        let DeValue::Table(table) = group.get_ref() else { return };
        for (name, help) in [
            ("paths", "name the files that it is for: `paths = [\"legacy/**\"]`"),
            ("lints", "say what holds for them: `lints = { form = \"info\" }`"),
        ] {
            let is_empty = match table.get(name).map(Spanned::get_ref) {
                None => true,
                Some(DeValue::Array(list)) => list.is_empty(),
                Some(DeValue::Table(lints)) => lints.is_empty(),
                Some(_) => false,
            };
            if is_empty {
                let message = format!("`{}` has no `{name}`", dotted(key));
                self.tell(span(group), message, Some(help.to_owned()));
            }
        }
    }

    fn no_code(&mut self, at: Span, key: &[String]) {
        let Some(name) = key.last() else { return };
        let names = self.known.codes.iter().flat_map(|code| [code.name, code.id]);
        let near = nearest(name, names.chain(GROUPS.iter().map(|(group, _)| *group)));
        let help = near.first().map_or_else(
            || {
                let groups: Vec<&str> = GROUPS.iter().map(|(group, _)| *group).chain(["all"]).collect();
                listed("`sigmata explain` lists them; groups are", &groups)
            },
            |near| format!("did you mean `{near}`?"),
        );
        self.tell(at, format!("no finding is called `{name}`"), Some(help));
    }

    fn unknown(&mut self, at: Span, key: &[String]) {
        let Some((name, table)) = key.split_last() else { return };
        let names = self.known.names(table);
        let near = nearest(name, names.iter().copied());
        let moved = MOVED.iter().find(|(old, _)| table.is_empty() && old == name);
        let help = match (moved, near.first()) {
            (Some((_, new)), _) => format!("it is `{new}` now"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => listed("the settings here are", &names),
        };
        self.tell(at, format!("unknown setting `{}`", dotted(key)), Some(help));
    }

    fn value(&mut self, wanted: Expected<'_>, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        match wanted {
            Expected::Word(words) => {
                let text = self.text(value, key)?;
                if words.contains(&text.as_str()) {
                    return Some(Value::Text(text));
                }
                let message = format!("`{}` cannot be `{text}`", dotted(key));
                self.tell(span(value), message, Some(meant(&text, words, "the values are")));
                None
            }
            Expected::Targets => {
                let targets = self.known.targets;
                self.list(value, key, |text| {
                    let help = || match self.known.meant.and_then(|meant| meant(text)) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => meant(text, targets, "the targets are"),
                    };
                    targets
                        .contains(&text)
                        .then_some(())
                        .ok_or_else(|| (format!("unknown target `{text}`"), Some(help())))
                })
            }
            // What the user types at the command line may lead anywhere.
            Expected::Paths if self.origin.is_some() => self.list(value, key, |_| Ok(())),
            Expected::Paths => self.list(value, key, |text| {
                let empty = || (format!("`{}` has an empty path", dotted(key)), None);
                if text.is_empty() { Err(empty()) } else { inside(text).map_err(|why| refused(text, &why)) }
            }),
            Expected::Globs => {
                self.list(value, key, |text| Glob::new(text).map(drop).map_err(|why| refused(text, &why)))
            }
            Expected::File => {
                let text = self.text(value, key)?;
                let wrong = if text.is_empty() {
                    Err(format!("`{}` has an empty path", dotted(key)))
                } else if self.origin.is_some() {
                    Ok(())
                } else {
                    inside(&text).map_err(|why| refused(&text, &why).0)
                };
                wrong.map_err(|message| self.tell(span(value), message, None)).ok()?;
                Some(Value::Text(text))
            }
            // How many there may be is asked where lists are made, of files too.
            Expected::Values => self.list_of(usize::MAX, value, key, |text| {
                if text.is_empty() {
                    Err((format!("`{}` has an empty value", dotted(key)), None))
                } else {
                    Ok(())
                }
            }),
            Expected::Kinds => {
                let kinds = self.known.kinds;
                self.list(value, key, |text| {
                    let unknown = || {
                        (
                            format!("unknown kind of export `{text}`"),
                            Some(meant(text, kinds, "the kinds are")),
                        )
                    };
                    kinds.contains(&text).then_some(()).ok_or_else(unknown)
                })
            }
            Expected::Folder | Expected::Text => {
                let text = self.text(value, key)?;
                if text.is_empty() {
                    self.tell(span(value), format!("`{}` is empty", dotted(key)), None);
                    return None;
                }
                Some(Value::Text(text))
            }
            Expected::Flag => self.flag(value, key),
            Expected::Bytes => self.bytes(value, key),
            Expected::Indent => self.indent(value, key),
            Expected::Threshold => self.threshold(value, key),
            Expected::Option(option) => self.option(option, value, key),
        }
    }

    fn option(&mut self, option: &OptionSpec, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        let fits = |text: &str| {
            let wrong = || (format!("`{text}` is not {}", option.form), None);
            option.takes(text).then_some(()).ok_or_else(wrong)
        };
        if option.many {
            return self.list(value, key, fits);
        }
        let text = self.text(value, key)?;
        match fits(&text) {
            Ok(()) => Some(Value::Text(text)),
            Err((message, help)) => {
                self.tell(span(value), message, help);
                None
            }
        }
    }

    fn text(&mut self, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        let message = format!("`{}` takes a text, not {}", dotted(key), kind(value.get_ref()));
        self.tell(span(value), message, None);
        None
    }

    fn flag(&mut self, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(Value::Flag(*flag));
        }
        let message = format!("`{}` takes `true` or `false`, not {}", dotted(key), kind(value.get_ref()));
        self.tell(span(value), message, None);
        None
    }

    fn bytes(&mut self, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            // Without quotes on the command line, `5` is a number all the same.
            other => {
                let message = format!("`{}` takes a number of bytes, not {}", dotted(key), kind(other));
                self.tell(span(value), message, None);
                return None;
            }
        };
        let fitting = number.filter(|number| (1..=MAX_LIMIT).contains(number));
        if fitting.is_none() {
            let message = format!("`{}` is between 1 and {MAX_LIMIT}", dotted(key));
            self.tell(
                span(value),
                message,
                Some("raise limits only as far as your largest rule needs".into()),
            );
        }
        fitting.map(Value::Number)
    }

    fn indent(&mut self, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        let fitting = number.filter(|spaces| (2..=8).contains(spaces));
        if fitting.is_none() {
            self.tell(span(value), format!("`{}` is a number between 2 and 8", dotted(key)), None);
        }
        fitting.map(Value::Number)
    }

    fn threshold(&mut self, value: &Spanned<DeValue<'_>>, key: &[String]) -> Option<Value> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        let fitting = number.filter(|number| (1..=MOST_COUNTED).contains(number));
        if fitting.is_none() {
            let message = format!("`{}` is a whole number between 1 and {MOST_COUNTED}", dotted(key));
            self.tell(span(value), message, None);
        }
        fitting.map(Value::Number)
    }

    /// A list of texts, each of which `fits` judges.
    fn list(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        key: &[String],
        fits: impl Fn(&str) -> Result<(), (String, Option<String>)>,
    ) -> Option<Value> {
        self.list_of(MAX_ENTRIES, value, key, fits)
    }

    /// The same, of a list with its own bound.
    fn list_of(
        &mut self,
        most: usize,
        value: &Spanned<DeValue<'_>>,
        key: &[String],
        fits: impl Fn(&str) -> Result<(), (String, Option<String>)>,
    ) -> Option<Value> {
        let entries: Vec<(Span, String)> = match value.get_ref() {
            DeValue::Array(entries) if entries.len() <= most => {
                let texts: Vec<Option<(Span, String)>> =
                    entries.iter().map(|entry| Some((span(entry), self.text(entry, key)?))).collect();
                texts.into_iter().collect::<Option<_>>()?
            }
            DeValue::Array(_) => {
                self.tell(span(value), format!("`{}` has over {most} entries", dotted(key)), None);
                return None;
            }
            // `--set targets=kql,spl`
            DeValue::String(text) if self.origin.is_some() => {
                text.split(',').map(|part| (span(value), part.trim().to_owned())).collect()
            }
            other => {
                let message = format!("`{}` takes a list, not {}", dotted(key), kind(other));
                let help = match other {
                    DeValue::String(text) => Some(format!("write `[{}]`", quoted(text))),
                    _ => None,
                };
                self.tell(span(value), message, help);
                return None;
            }
        };
        let mut whole = true;
        for (at, text) in &entries {
            if let Err((message, help)) = fits(text) {
                self.tell(*at, message, help);
                whole = false;
            }
        }
        whole.then(|| Value::List(entries.into_iter().map(|(_, text)| text).collect()))
    }
}

fn refused(text: &str, why: &str) -> (String, Option<String>) {
    (format!("`{text}` cannot be used: {why}"), None)
}

fn span<T>(of: &Spanned<T>) -> Span {
    Span::of(of.span().start, of.span().end)
}

/// `did you mean …?`, or all there is.
fn meant(text: &str, names: &[&str], all: &str) -> String {
    // What a name begins with is short for it.
    let mut longer = names.iter().filter(|name| text.len() > 2 && name.starts_with(text));
    let short = longer.next().filter(|_| longer.next().is_none()).map(|name| (*name).to_owned());
    match short.or_else(|| nearest(text, names.iter().copied()).into_iter().next()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => listed(all, names),
    }
}

fn listed(what: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{what} {}", names.join(", "))
}

/// A value in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a group of settings",
    }
}
