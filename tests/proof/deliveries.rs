//! Deliveries that nobody has: each field of a log goes to some column, under some name and in some type, so that a query
//! rests on what a delivery says and on nothing that the shipped ones have in common.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;
use sigmata::schema::{Field, ObjectType, Registry, Schema, Type};

use super::dice::Dice;
use super::random;
use super::rules::{REGISTRY, Rule, library_in};

/// Logs whose deliveries are drawn: those with lists of lists, JSON in texts, pairs, open types and numbers.
const LOGS: [&str; 8] = [
    "aws/cloudtrail",
    "azure/auditlogs",
    "azure/signinlogs",
    "gcp/gcp.audit",
    "github/audit",
    "m365/audit",
    "okta/okta",
    "slack/audit",
];

/// A log in a made-up delivery, with rules.
pub struct Drawn {
    pub name: String,
    pub schema: Arc<Schema>,
    pub rules: Vec<Rule>,
}

/// So many made-up deliveries of each log.
pub fn drawn(rounds: usize, dice: &mut Dice) -> Vec<Drawn> {
    let mut found = Vec::new();
    for at in 0..rounds {
        for log in LOGS {
            let shipped = REGISTRY.get(log).expect("a schema");
            let text = schema(&shipped, at, dice);
            let (registry, findings) = Registry::with_schemas([("drawn.yaml", text.as_str())]);
            assert!(findings.is_empty(), "{findings:?}\n{text}");
            let schema = registry.get(log).expect("the schema");
            let mut rules: Vec<Rule> =
                library_in(&registry).filter(|rule| rule.schema().name == log).collect();
            while rules.len() > 10 {
                rules.swap_remove(dice.roll(rules.len()));
            }
            rules.extend(random::rules(&registry, log, 10, dice));
            for rule in &mut rules {
                rule.name = format!("{} in delivery {at}", rule.name);
            }
            found.push(Drawn { name: format!("{log}, delivery {at}"), schema, rules });
        }
    }
    found
}

/// A schema over the shipped one, whose deliveries come first.
fn schema(shipped: &Schema, at: usize, dice: &mut Dice) -> String {
    let name = &shipped.name;
    let mut text = format!("sigmata-schema: 2\nname: {name}\nextends: {name}\ndeliveries:\n");
    let _ =
        writeln!(text, "  - platform: sentinel\n    tables: [Drawn{at}]\n    form: columns\n    columns:");
    let mut columns = Columns { text: String::new(), count: 0 };
    // Some tables hold the whole record beside, and then not every field has a column.
    let whole = dice.once_in(4);
    if whole {
        columns.column(".", "type: dynamic", dice);
    }
    for field in &shipped.record.fields {
        let is_time = shipped.time.as_ref().is_some_and(|time| time.name() == *field.name);
        if is_time || !dice.once_in(if whole { 2 } else { 12 }) {
            columns.field(&field.name, field, dice);
        }
    }
    text.push_str(&columns.text);
    for (platform, table) in [("splunk", "drawn:raw"), ("cloudwatch", "drawn")] {
        let _ = writeln!(text, "  - platform: {platform}\n    tables: [\"{table}\"]\n    form: raw");
        let renamed = |field: &&Field| !matches!(field.ty, Type::Object(_) | Type::Map(_) | Type::Any);
        let is_time = |field: &&Field| shipped.time.as_ref().is_some_and(|time| time.name() == *field.name);
        let fields = shipped.record.fields.iter().filter(renamed).filter(|field| !is_time(field));
        for (nth, field) in fields.filter(|_| dice.once_in(3)).enumerate() {
            if nth == 0 {
                text.push_str("    columns:\n");
            }
            let _ = writeln!(text, "      {}: {{column: moved{nth}, trust: docs}}", json!(field.name));
        }
    }
    text
}

struct Columns {
    text: String,
    count: usize,
}

impl Columns {
    fn column(&mut self, path: &str, what: &str, dice: &mut Dice) {
        let trust = *dice.pick(&["table", "docs", "derived"]);
        let source = if what.starts_with("type") { ", source: own" } else { "" };
        let _ = writeln!(
            self.text,
            "      {}: {{column: D{}{}, trust: {trust}{source}}}",
            json!(path),
            self.count,
            if what.is_empty() { String::new() } else { format!(", {what}") }
        );
        self.count += 1;
    }

    fn field(&mut self, path: &str, field: &Field, dice: &mut Dice) {
        let what = match &field.ty {
            Type::Object(object) if splits(object) && dice.once_in(2) => {
                for inner in &object.fields {
                    if !dice.once_in(8) {
                        self.field(&format!("{path}.{}", inner.name), inner, dice);
                    }
                }
                return;
            }
            Type::Object(_) | Type::Array(_) | Type::Map(_) => {
                *dice.pick(&["type: dynamic", "json_text: true"])
            }
            Type::Any => "type: dynamic",
            Type::Integer => *dice.pick(&["type: long", "type: long", "type: real", "type: string"]),
            Type::Number => *dice.pick(&["type: real", "type: string"]),
            Type::Boolean => *dice.pick(&["type: bool", "type: string"]),
            Type::Timestamp => *dice.pick(&["type: datetime", "type: string"]),
            Type::Enum(known) => {
                let mut all: Vec<String> = Vec::new();
                known.visit(&mut |value| {
                    all.push(value.to_owned());
                    all.len() < 3
                });
                let stored: Vec<String> = all
                    .iter()
                    .enumerate()
                    .map(|(at, value)| format!("{}: Stored {at}", json!(value)))
                    .collect();
                if dice.once_in(4) && !stored.is_empty() {
                    return self.column(path, &format!("values: {{{}}}", stored.join(", ")), dice);
                }
                ""
            }
            Type::String | Type::Ip | Type::Endpoint if dice.once_in(5) => "absent_as: [nothing]",
            Type::String | Type::Ip | Type::Endpoint | Type::Json(_) => "",
        };
        self.column(path, what, dice);
    }
}

/// Whether the members of an object can be columns of their own: names without dots, and none in a case.
fn splits(object: &ObjectType) -> bool {
    !object.fields.is_empty()
        && object.fields.iter().all(|field| field.dependent.is_none() && !field.name.contains('.'))
}
