//! A small interpreter of SPL, as an independent check of what the SPL back end writes.
//!
//! No engine that can be trusted runs Splunk's language outside Splunk, so this one is written from Splunk's
//! documentation; it shares no code with the back end, and each rule names its page (Search Reference and Search
//! Manual, 9.4 and 10.0).
//! Where the documentation is silent it does not guess: it either refuses ([`Engine::run`] gives an error), so
//! that a query which rests on such a thing fails the test, or it has a switch, and the test runs both ways.

pub mod eval;
pub mod json;
pub mod parse;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use eval::{Record, Value};
use parse::{Command, Query, SearchTerm};

/// An installation of Splunk, with the choices that its documentation leaves open.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Whether the automatic extraction gives the text `null` for a JSON null (or no field).
    pub null_text: bool,
    /// Whether `json_extract` gives a single result of a path with `{}` without its array.
    pub lone: bool,
    /// Whether `tostring` gives the text `Null` for NULL (or NULL).
    pub null_string: bool,
    /// How many bytes of an event the automatic extraction reads, where it has an end.
    pub cutoff: Option<usize>,
    /// How many names the automatic extraction takes of an event, those that it meets first, where that has an end.
    /// (`limits.conf`, `[kv] limit`; "When Splunk software extracts fields", Knowledge Manager Manual.)
    pub fields: Option<usize>,
    /// Texts that an add-on fills in where the event lacks a field.
    pub filled: Vec<(String, String)>,
    /// Names that an add-on gives to fields, whose own name then holds a word of the Common Information Model.
    pub renamed: Vec<(String, String)>,
    /// The source type of the events.
    pub sourcetype: String,
    /// The source of the events.
    pub source: String,
    /// The index of the events.
    pub index: String,
    /// The member of the event from which Splunk took `_time`.
    pub time: String,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            null_text: false,
            lone: false,
            null_string: false,
            cutoff: None,
            fields: None,
            filled: Vec::new(),
            renamed: Vec::new(),
            sourcetype: "aws:cloudtrail".into(),
            source: "s3://bucket/key".into(),
            index: "main".into(),
            time: "eventTime".into(),
        }
    }
}

impl Engine {
    /// Whether the parsed query selects the event that was extracted.
    pub fn run(&self, query: &Query, event: &Record) -> Result<bool, String> {
        if !search(&query.search, event)? {
            return Ok(false);
        }
        let mut record = event.clone();
        for command in &query.commands {
            match command {
                Command::Eval(assignments) => {
                    for (name, value) in assignments {
                        let value = eval::eval(value, &record, self)?;
                        record.set(name, value);
                    }
                }
                Command::Where(condition) => match eval::eval(condition, &record, self)? {
                    Value::Bool(true) => {}
                    Value::Bool(false) => return Ok(false),
                    other => return Err(format!("`where` is not two-valued here: {other:?}")),
                },
                Command::Spath(path, output) => record.set(output, self.spath(event, path)?),
                Command::Table(_) => {}
            }
        }
        Ok(true)
    }

    /// What a path reaches in the event: one value for each result, objects as their JSON text ("spath", Using wildcards
    /// in place of an array index). Whether a null is a result is not said.
    fn spath(&self, event: &Record, path: &str) -> Result<Value, String> {
        let Value::Text(raw) = event.get("_raw") else { return Err("no raw text".into()) };
        let raw: Json = serde_json::from_str(&raw).map_err(|error| error.to_string())?;
        let (reached, _) = json::walk(&raw, path)?;
        let texts = reached.iter().filter_map(|value| match value {
            Json::Null => self.null_text.then(|| "null".to_owned()),
            value => json::native(value),
        });
        Ok(Value::many(texts.collect()))
    }

    /// The fields of an event.
    pub fn extract(&self, event: &Json) -> Record {
        let mut record = Record::default();
        let reached = match self.cutoff {
            Some(mut bytes) => json::cut(event, &mut bytes).unwrap_or_default(),
            None => event.clone(),
        };
        let mut names = BTreeSet::new();
        json::flatten(&reached, "", self.null_text, &mut |name, text| {
            if names.contains(name) || self.fields.is_none_or(|most| names.len() < most) {
                names.insert(name.to_owned());
                record.append(name, text);
            }
        });
        for (own, name) in &self.renamed {
            record.set(name, record.get(own));
            record.set(own, Value::Text("modified".into()));
        }
        for (name, text) in &self.filled {
            if record.get(name) == Value::Null {
                record.set(name, Value::Text(text.clone()));
            }
        }
        // "Use default fields", Knowledge Manager Manual.
        for (name, text) in [
            ("sourcetype", self.sourcetype.as_str()),
            ("index", &self.index),
            ("source", &self.source),
            ("host", "collector-1"),
            ("_raw", &event.to_string()),
        ] {
            record.set(name, Value::Text(text.into()));
        }
        let time = event.pointer(&format!("/{}", self.time.replace('.', "/"))).and_then(Json::as_str);
        record.set("_time", time.and_then(eval::instant).map_or(Value::Number(0.0), Value::Number));
        record
    }
}

/// The base search ("search", Search Reference).
fn search(term: &SearchTerm, record: &Record) -> Result<bool, String> {
    Ok(match term {
        SearchTerm::Every => true,
        SearchTerm::Term(wanted) => {
            let Value::Text(raw) = record.get("_raw") else { return Err("no raw text".into()) };
            has_term(wanted, &raw)
        }
        SearchTerm::Not(inner) => !search(inner, record)?,
        SearchTerm::And(parts) => {
            let mut all = true;
            for part in parts {
                all &= search(part, record)?;
            }
            all
        }
        SearchTerm::Or(parts) => {
            let mut some = false;
            for part in parts {
                some |= search(part, record)?;
            }
            some
        }
        SearchTerm::Compare(name, wanted) => {
            let mut some = false;
            for found in record.get(name).texts() {
                some |= search_value(wanted, &found);
            }
            some
        }
    })
}

/// Terms are in the raw text without regard to case, parted by what is not a letter and no digit; `*` ends a term that
/// goes on ("Use `CASE()` and `TERM()` to match phrases", Search Manual; `segmenters.conf`).
fn has_term(wanted: &str, raw: &str) -> bool {
    let (wanted, open) = wanted.strip_suffix('*').map_or((wanted, false), |wanted| (wanted, true));
    assert!(!wanted.is_empty() && !wanted.contains('*'), "`{wanted}` is not a term of the subset");
    let parts = |char: Option<&u8>| char.is_none_or(|char| char.is_ascii() && !char.is_ascii_alphanumeric());
    let (wanted, raw) = (wanted.as_bytes(), raw.as_bytes());
    (0..raw.len().saturating_sub(wanted.len() - 1)).any(|at| {
        let end = at + wanted.len();
        raw[at..end].eq_ignore_ascii_case(wanted)
            && (at == 0 || parts(raw.get(at - 1)))
            && (open || parts(raw.get(end)))
    })
}

/// Values compare without regard to case, `*` is a wildcard that nothing escapes, and a value that is an address
/// block matches as a network ("search", CIDR matching).
fn search_value(wanted: &str, found: &str) -> bool {
    if let Some((network, prefix)) = eval::network(wanted) {
        return eval::within(network, prefix, found);
    }
    let (wanted, found) = (wanted.to_lowercase(), found.to_lowercase());
    let mut parts = wanted.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
