//! An interpreter of the CloudWatch Logs Insights subset that sigmata emits, over JSON events.
//!
//! It is our own, written from AWS's documentation, because no engine of the language exists outside AWS that can be
//! trusted. Each rule names the page of the CloudWatch Logs User Guide that it rests on:
//!
//! - *ops*: "Boolean, comparison, numeric, datetime, and other functions";
//! - *fields*: "Supported logs and discovered fields";
//! - *filter*, *unnest*, *dedup*, *limit*: the page of the command.
//!
//! Where the pages are silent there is a [`Reading`] for each answer, and a check runs all of them: a query that is
//! claimed to be exact must select the same events in every reading.

pub mod parse;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value as Json;

use parse::{Command, Key, Term};

/// One answer to each question that the documentation leaves open.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one answer each")]
pub struct Reading {
    /// A comparison with a missing field: unknown (and unknown under `not`) or false.
    pub missing_is_unknown: bool,
    /// A JSON null: absent, or present and equal to nothing.
    /// That it is never the text `null` is an assumption that `docs/targets/cwli.md` states.
    pub null_is_present: bool,
    /// A JSON boolean: the text `true` or the number 1.
    pub boolean_is_number: bool,
    /// Whether a text and a number can be equal, and a number has a text for `like` and the text functions.
    pub coerces: bool,
    /// Whether regular expressions read bytes.
    pub bytes: bool,
    /// Whether `unnest` keeps a row for a list that is missing or empty.
    pub keeps_empty: bool,
    /// Whether a list or map counts as present where it is a discovered field.
    pub trees_are_fields: bool,
}

impl Reading {
    /// Every combination.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for bits in 0_u8..128 {
            let bit = |at: u8| bits >> at & 1 == 1;
            all.push(Self {
                missing_is_unknown: bit(0),
                null_is_present: bit(1),
                boolean_is_number: bit(2),
                coerces: bit(3),
                bytes: bit(4),
                keeps_empty: bit(5),
                trees_are_fields: bit(6),
            });
        }
        all
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Missing,
    Null,
    Text(String),
    Number(String),
    Truth(bool),
    Tree(Json),
}

/// A log event.
pub struct Event<'a> {
    /// The JSON object that the log event is.
    pub record: &'a Json,
    /// The time of the log event in milliseconds since 1970.
    pub millis: i64,
}

/// A query that has been read.
pub struct Program {
    commands: Vec<Command>,
    patterns: Vec<(String, regex::Regex, regex::bytes::Regex)>,
    /// How many fields of an event are discovered, where that has an end (*fields*: 200); which of them is not said.
    pub discovered: Option<usize>,
}

impl Program {
    /// Reads a query; panics on what is not a query.
    pub fn new(text: &str) -> Self {
        let commands = parse::parse(text);
        let mut patterns = Vec::new();
        for command in &commands {
            if let Command::Filter(condition) = command {
                expressions(condition, &mut patterns);
            }
        }
        Self { commands, patterns, discovered: None }
    }

    /// Whether the event is in the result, in every reading that differs for this query and event.
    pub fn outcomes(&self, event: &Event<'_>) -> Vec<(Reading, bool)> {
        let mut flat = BTreeMap::new();
        flatten(event.record, String::new(), true, &mut flat);
        if let Some(most) = self.discovered {
            flat = flat.into_iter().take(most).collect();
        }
        let unnests = self.commands.iter().any(|command| matches!(command, Command::Unnest(..)));
        let holds = |wanted: fn(&Json) -> bool| holds(event.record, wanted);
        let nulls = holds(Json::is_null);
        let booleans = holds(Json::is_boolean);
        let numbers = booleans || holds(Json::is_number);
        Reading::all()
            .into_iter()
            .filter(|reading| {
                (nulls || !reading.null_is_present)
                    && (booleans || !reading.boolean_is_number)
                    && (numbers || !reading.coerces)
                    && (unnests || !reading.keeps_empty)
                    && (!self.patterns.is_empty() || !reading.bytes)
            })
            .map(|reading| (reading, self.selects(event, &flat, reading)))
            .collect()
    }

    fn selects(&self, event: &Event<'_>, flat: &BTreeMap<String, Value>, reading: Reading) -> bool {
        let mut rows = vec![Row { program: self, event, flat, names: BTreeMap::new(), reading }];
        for command in &self.commands {
            match command {
                // *fields*: "functions and operations … for creating new fields to use in the query".
                Command::Fields(columns) => {
                    for row in &mut rows {
                        for (value, alias) in columns {
                            if let Some(alias) = alias {
                                let value = row.value(value);
                                row.names.insert(alias.clone(), value);
                            }
                        }
                    }
                }
                // *filter*: keeps what matches the condition.
                Command::Filter(condition) => rows.retain(|row| row.truth(condition) == Some(true)),
                // *unnest*: one row for each item; anything but a list "is treated as a list with one item".
                Command::Unnest(list, item) => {
                    rows = rows.into_iter().flat_map(|row| unnest(row, list, item)).collect();
                }
                // *dedup*: one row for each combination of values, and one is all that this asks for.
                // *limit*: only the number of rows of the result.
                Command::Display | Command::Dedup | Command::Limit => {}
            }
        }
        !rows.is_empty()
    }
}

/// The expressions of a condition, compiled once in both readings.
fn expressions(term: &Term, found: &mut Vec<(String, regex::Regex, regex::bytes::Regex)>) {
    match term {
        Term::Regex(pattern) if found.iter().all(|(known, ..)| known != pattern) => {
            let text = regex::Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            found.push((pattern.clone(), text, by_bytes(pattern)));
        }
        Term::Name(_) | Term::Text(_) | Term::Number(_) | Term::Regex(_) => {}
        Term::List(terms) | Term::Call(_, terms) => terms.iter().for_each(|term| expressions(term, found)),
        Term::Binary(_, left, right) => {
            expressions(left, found);
            expressions(right, found);
        }
        Term::Not(inner) => expressions(inner, found),
    }
}

/// The expression as an engine reads it that knows bytes alone: a class with a character outside ASCII has each of
/// its bytes as a member, which the crate must be told by spelling the bytes.
fn by_bytes(pattern: &str) -> regex::bytes::Regex {
    let build = |pattern: &str| regex::bytes::RegexBuilder::new(pattern).unicode(false).build();
    let spelt = || -> String {
        let spell = |byte: u8| {
            if byte.is_ascii() { char::from(byte).to_string() } else { format!("\\x{byte:02x}") }
        };
        pattern.bytes().map(spell).collect()
    };
    build(pattern).or_else(|_| build(&spelt())).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

/// Whether a value, or one inside it, is such a one.
fn holds(json: &Json, wanted: fn(&Json) -> bool) -> bool {
    wanted(json)
        || match json {
            Json::Array(items) => items.iter().any(|item| holds(item, wanted)),
            Json::Object(members) => members.values().any(|value| holds(value, wanted)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
        }
}

fn unnest<'a>(row: Row<'a>, list: &Term, item: &str) -> Vec<Row<'a>> {
    let empty = |row: Row<'a>| {
        let mut row = row;
        row.names.insert(item.to_owned(), Value::Missing);
        if row.reading.keeps_empty { vec![row] } else { Vec::new() }
    };
    let values: Vec<Value> = match row.value(list) {
        Value::Tree(Json::Array(items)) => items.iter().map(Value::of).collect(),
        Value::Missing => return empty(row),
        other => vec![other],
    };
    if values.is_empty() {
        return empty(row);
    }
    values
        .into_iter()
        .map(|value| {
            let mut row = row.clone();
            row.names.insert(item.to_owned(), value);
            row
        })
        .collect()
}

/// *fields*: dot notation for objects, `.0` for arrays; a name that begins with `@` gets a second one.
fn flatten(value: &Json, name: String, root: bool, found: &mut BTreeMap<String, Value>) {
    let below = |key: &str| {
        let key = if root && key.starts_with('@') { format!("@{key}") } else { key.to_owned() };
        if root { key } else { format!("{name}.{key}") }
    };
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(key, value)| flatten(value, below(key), false, found));
            found.insert(name, Value::Tree(value.clone()));
        }
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| flatten(item, below(&at.to_string()), false, found));
            found.insert(name, Value::Tree(value.clone()));
        }
        scalar => {
            found.insert(name, Value::of(scalar));
        }
    }
}

impl Value {
    fn of(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Truth(*truth),
            Json::Number(number) => Self::Number(number.to_string()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(_) | Json::Object(_) => Self::Tree(json.clone()),
        }
    }
}

#[derive(Clone)]
struct Row<'a> {
    program: &'a Program,
    event: &'a Event<'a>,
    flat: &'a BTreeMap<String, Value>,
    names: BTreeMap<String, Value>,
    reading: Reading,
}

impl Row<'_> {
    fn unknown(&self) -> Option<bool> {
        if self.reading.missing_is_unknown { None } else { Some(false) }
    }

    /// What the reading makes of a raw value.
    fn read(&self, value: Value) -> Value {
        match value {
            Value::Null if !self.reading.null_is_present => Value::Missing,
            Value::Truth(truth) if self.reading.boolean_is_number => {
                Value::Number(u8::from(truth).to_string())
            }
            Value::Truth(truth) => Value::Text(truth.to_string()),
            other => other,
        }
    }

    fn name(&self, keys: &[Key]) -> Value {
        let Some((Key::Member(first), rest)) = keys.split_first() else { return Value::Missing };
        if let Some(value) = self.names.get(first) {
            // *ops*, "Structure types": `map.attribute`, `list[index]`.
            let mut value = value.clone();
            for key in rest {
                value = match (value, key) {
                    (Value::Tree(Json::Object(members)), Key::Member(key)) => {
                        members.get(key).map_or(Value::Missing, Value::of)
                    }
                    (Value::Tree(Json::Array(items)), Key::Index(at)) => {
                        items.get(*at).map_or(Value::Missing, Value::of)
                    }
                    _ => Value::Missing,
                };
            }
            return self.read(value);
        }
        match (first.as_str(), rest) {
            // *fields*: the system fields.
            ("@message", []) => return Value::Text(self.event.record.to_string()),
            ("@timestamp", []) => return Value::Number(self.event.millis.to_string()),
            _ => {}
        }
        let name: Vec<&str> = keys
            .iter()
            .map(|key| match key {
                Key::Member(key) => key.as_str(),
                Key::Index(_) => panic!("an index of a discovered field"),
            })
            .collect();
        match self.flat.get(&name.join(".")) {
            None => Value::Missing,
            Some(Value::Tree(_)) if !self.reading.trees_are_fields => Value::Missing,
            Some(value) => self.read(value.clone()),
        }
    }

    fn value(&self, term: &Term) -> Value {
        match term {
            Term::Name(keys) => self.name(keys),
            Term::Text(text) => Value::Text(text.clone()),
            Term::Number(number) => Value::Number(number.clone()),
            Term::Call(function, arguments) => self.call(function, arguments),
            Term::Binary(sign, left, right) if sign == "-" => {
                match (integer(&self.value(left)), integer(&self.value(right))) {
                    (Some(left), Some(right)) => Value::Number((left - right).to_string()),
                    _ => Value::Missing,
                }
            }
            Term::Binary(..) | Term::Not(_) => self.truth(term).map_or(Value::Missing, Value::Truth),
            Term::Regex(_) | Term::List(_) => panic!("{term:?} is not a value"),
        }
    }

    /// The text of a value, for the functions and operators of texts.
    fn text(&self, value: &Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) if self.reading.coerces => Some(number.clone()),
            _ => None,
        }
    }

    fn call(&self, function: &str, arguments: &[Term]) -> Value {
        let values: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
        let texts: Vec<Option<String>> = values.iter().map(|value| self.text(value)).collect();
        let count = |text: &str| Value::Number(text.chars().count().to_string());
        let unknown = || self.unknown().map_or(Value::Missing, Value::Truth);
        match (function, values.as_slice(), texts.as_slice()) {
            // *ops*: "Returns TRUE if the field exists".
            ("ispresent", [value], _) => Value::Truth(*value != Value::Missing),
            // *ops*: "Returns 1 if the field is missing or is an empty string".
            ("isempty", [value], _) => {
                let empty = matches!(value, Value::Missing) || *value == Value::Text(String::new());
                Value::Number(u8::from(empty).to_string())
            }
            ("isNumeric", [Value::Missing], _) => unknown(),
            ("isNumeric", [Value::Number(_)], _) => Value::Truth(true),
            ("isNumeric", [Value::Text(text)], _) => {
                Value::Truth(self.reading.coerces && text.parse::<f64>().is_ok())
            }
            ("isNumeric", [_], _) => Value::Truth(false),
            ("tolower", _, [Some(text)]) => Value::Text(text.to_lowercase()),
            ("coalesce", values, _) => values
                .iter()
                .find(|value| !matches!(value, Value::Missing | Value::Null))
                .cloned()
                .unwrap_or(Value::Missing),
            ("strlen", _, [Some(text)]) => count(text),
            ("strcontains", _, [Some(whole), Some(part)]) => {
                Value::Number(u8::from(whole.contains(part.as_str())).to_string())
            }
            ("substr", values, [Some(text), ..]) => {
                let number =
                    |at: usize| values.get(at).and_then(integer).and_then(|n| usize::try_from(n).ok());
                let Some(start) = number(1) else { return Value::Missing };
                let length = if values.len() > 2 { number(2) } else { Some(usize::MAX) };
                let Some(length) = length else { return Value::Missing };
                Value::Text(text.chars().skip(start).take(length).collect())
            }
            ("toMillis", [Value::Number(_)], _) => values[0].clone(),
            ("formatDate", [Value::Number(millis), Value::Text(format), Value::Text(zone)], _) => {
                assert_eq!(zone, "UTC");
                Value::Text(format_date(millis.parse().expect("milliseconds"), format))
            }
            // *ops*, "JSON functions": a map or list of JSON text, else nothing.
            ("jsonParse", _, [Some(text)]) => match serde_json::from_str(text) {
                Ok(tree @ (Json::Object(_) | Json::Array(_))) => Value::Tree(tree),
                _ => Value::Missing,
            },
            ("jsonStringify", [Value::Tree(tree)], _) => Value::Text(tree.to_string()),
            // *ops*: false for what is not an array, and for an empty one.
            ("jsonArrayContains", _, [text, Some(part)]) => {
                let array = text.as_ref().and_then(|text| serde_json::from_str::<Vec<Json>>(text).ok());
                Value::Truth(
                    array.is_some_and(|items| items.iter().any(|item| item.as_str() == Some(part.as_str()))),
                )
            }
            // *ops*, "IP address string functions": true for an address of the family within the block.
            ("isIpv4InSubnet" | "isIpv6InSubnet", [value, _], [text, Some(block)]) => {
                if *value == Value::Missing {
                    return unknown();
                }
                let inside =
                    text.as_deref().is_some_and(|text| in_subnet(text, block, function == "isIpv4InSubnet"));
                Value::Truth(inside)
            }
            (
                "tolower" | "strlen" | "strcontains" | "substr" | "toMillis" | "formatDate" | "jsonParse"
                | "jsonStringify" | "jsonArrayContains",
                _,
                _,
            ) => match values.first() {
                // A null that counts as present is a value; what a function makes of it is not a text either.
                Some(Value::Null) => Value::Null,
                _ => Value::Missing,
            },
            _ => panic!("unknown call of {function} with {} arguments", arguments.len()),
        }
    }

    fn truth(&self, term: &Term) -> Option<bool> {
        match term {
            Term::Not(inner) => self.truth(inner).map(|truth| !truth),
            Term::Binary(word, left, right) if word == "and" => match (self.truth(left), self.truth(right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Term::Binary(word, left, right) if word == "or" => match (self.truth(left), self.truth(right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Term::Binary(operator, left, right) => {
                let left = self.value(left);
                if left == Value::Missing {
                    return self.unknown();
                }
                match (operator.as_str(), &**right) {
                    ("like", Term::Regex(pattern)) => {
                        Some(self.text(&left).is_some_and(|text| self.finds(pattern, &text)))
                    }
                    // 2023 "query syntax": `like` with a text is a case-sensitive part.
                    ("like", Term::Text(part)) => {
                        Some(self.text(&left).is_some_and(|text| text.contains(part)))
                    }
                    // *filter*: set membership of complete values.
                    ("in", Term::List(members)) => Some(
                        members
                            .iter()
                            .any(|member| self.compare(&left, &self.value(member)) == Some(Ordering::Equal)),
                    ),
                    (operator, right) => {
                        let right = self.value(right);
                        if right == Value::Missing {
                            return self.unknown();
                        }
                        let order = self.compare(&left, &right);
                        Some(match operator {
                            "=" => order == Some(Ordering::Equal),
                            "<" => order == Some(Ordering::Less),
                            ">" => order == Some(Ordering::Greater),
                            "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                            ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                            _ => panic!("unknown operator {operator}"),
                        })
                    }
                }
            }
            other => match self.value(other) {
                Value::Truth(truth) => Some(truth),
                Value::Missing => self.unknown(),
                value => panic!("{value:?} is not a condition"),
            },
        }
    }

    /// *ops*: "Comparison operators accept all data types as arguments and return a Boolean result".
    fn compare(&self, left: &Value, right: &Value) -> Option<Ordering> {
        match (left, right) {
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            (Value::Number(left), Value::Number(right)) => numbers(left, right),
            (Value::Text(left), Value::Number(right)) | (Value::Number(left), Value::Text(right))
                if self.reading.coerces =>
            {
                numbers(left, right)
            }
            _ => None,
        }
    }

    fn finds(&self, pattern: &str, text: &str) -> bool {
        let found = self.program.patterns.iter().find(|(known, ..)| known == pattern);
        let (_, whole, bytes) = found.expect("a compiled expression");
        if self.reading.bytes { bytes.is_match(text.as_bytes()) } else { whole.is_match(text) }
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number.parse().ok(),
        _ => None,
    }
}

fn numbers(left: &str, right: &str) -> Option<Ordering> {
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?)
}

fn in_subnet(text: &str, block: &str, v4: bool) -> bool {
    let (base, prefix) = block.split_once('/').expect("a block");
    let prefix: u32 = prefix.parse().expect("a prefix");
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
        IpAddr::V6(address) => (u128::from(address), false),
    };
    let (Ok(address), Ok(base)) = (text.parse::<IpAddr>(), base.parse::<IpAddr>()) else { return false };
    let ((address, family), (base, base_family)) = (bits(address), bits(base));
    assert_eq!(base_family, v4, "a block of the function's family");
    let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
    assert_eq!(base & !mask, 0, "the block is given by its first address");
    family == base_family && address & mask == base & mask
}

/// The codes that are emitted, for a time in UTC.
fn format_date(millis: i64, format: &str) -> String {
    let seconds = millis.div_euclid(1000);
    let days = seconds.div_euclid(86_400);
    let (year, month, day) = civil(days);
    match format {
        "%H" => format!("{:02}", seconds.div_euclid(3600).rem_euclid(24)),
        "%M" => format!("{:02}", seconds.div_euclid(60).rem_euclid(60)),
        "%d" => format!("{day:02}"),
        "%m" => format!("{month:02}"),
        "%Y" => format!("{year:04}"),
        "%V" => {
            // The ISO week is that of the Thursday of the same week.
            let thursday = days - (days + 3).rem_euclid(7) + 3;
            let (year, ..) = civil(thursday);
            let first = (0..366).map(|n| thursday - n).take_while(|day| civil(*day).0 == year).count();
            format!("{:02}", (first - 1) / 7 + 1)
        }
        _ => panic!("unknown date format {format}"),
    }
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
