//! A second maker of rows, which knows nothing of our schemas: it is written from `published.tsv`, what is published of
//! the columns of Sentinel's tables. Its rows must be those of `rows.rs`, and queries must select in them what the
//! evaluator selects; `cases_of_kql` gives both to the engines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use sigmata::schema::{DeliveryForm, Platform};
use sigmata::{solve, text};

use super::dice::Dice;
use super::rows::{instant, rows};
use super::rules::{self, REGISTRY};

/// What a column holds.
struct Fact {
    ty: String,
    /// Whether the column holds JSON as text.
    json: bool,
    /// The path in the record, and what of it is inside the column.
    path: String,
    inside: String,
    /// Stored for canonical texts, where they differ.
    values: BTreeMap<String, Vec<Value>>,
}

/// The facts of one table.
#[derive(Default)]
pub struct Table {
    columns: BTreeMap<String, Vec<Fact>>,
    /// The array of which it has a row for each element.
    row: Option<String>,
}

/// Every table of which something is published.
pub static TABLES: LazyLock<BTreeMap<String, Table>> = LazyLock::new(|| {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for line in include_str!("published.tsv").lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        match parts[..] {
            ["#row", table, array] => {
                tables.entry(table.to_owned()).or_default().row = Some(array.to_owned());
            }
            [table, column, ty, decoding, path, inside, values] => {
                let values: BTreeMap<String, Value> = match values {
                    "" => BTreeMap::new(),
                    values => serde_json::from_str(values).expect("values"),
                };
                let several = |value: Value| match value {
                    Value::Array(values) => values,
                    value => vec![value],
                };
                let fact = Fact {
                    ty: ty.to_owned(),
                    json: decoding != "none",
                    path: path.to_owned(),
                    inside: inside.to_owned(),
                    values: values.into_iter().map(|(text, value)| (text, several(value))).collect(),
                };
                let table = tables.entry(table.to_owned()).or_default();
                table.columns.entry(column.to_owned()).or_default().push(fact);
            }
            _ => assert!(line.starts_with("# ") || line.starts_with("# the"), "{line}"),
        }
    }
    tables
});

/// The value at a dotted path; a key of a list of pairs is that of its name. Keys may have dots.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Value::Array(elements) = value {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let pair = elements.iter().find(|element| element.get("name").is_some_and(|of| of == name))?;
        let value = ["value", "intValue", "boolValue", "multiValue"].iter().find_map(|key| pair.get(*key))?;
        return at(value, rest);
    }
    let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    let ends: Vec<usize> = ends.collect();
    ends.into_iter().rev().find_map(|end| {
        let inner = value.get(&path[..end])?;
        at(inner, path.get(end + 1..).unwrap_or_default())
    })
}

/// What the column holds of a value: any of these. Nothing where the value does not fit the column.
fn stored(fact: &Fact, value: &Value) -> Option<Vec<Value>> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = match fact.values.get(&text) {
        Some(values) => return Some(values.clone()),
        None if !fact.values.is_empty() && fact.ty != "string" => return None,
        None => value,
    };
    Some(vec![match (fact.ty.as_str(), value) {
        ("string", Value::Array(_) | Value::Object(_)) if !fact.json => return None,
        ("string" | "guid", _) => json!(text),
        ("dynamic", value) => value.clone(),
        ("long" | "int", _) => json!(text.parse::<i64>().ok()?),
        ("real", _) => json!(text.parse::<f64>().ok()?),
        ("bool", _) => json!(text.parse::<bool>().ok()?),
        ("datetime", Value::String(text)) => json!(instant(text)?),
        _ => return None,
    }])
}

impl Table {
    /// Whether it is published what a column holds.
    pub fn tells(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// The column with what it holds of one row; `None` where the facts do not say it. What is not in the record is not
    /// in the column.
    fn column(facts: &[Fact], event: &Value) -> Option<Vec<Value>> {
        let mut found: Option<Vec<Value>> = None;
        for fact in facts {
            // All of what lies above what is inside the column.
            let path = fact.path.strip_suffix(&fact.inside)?;
            let path = path.strip_suffix('.').unwrap_or(path);
            let path = path.strip_suffix("[]").unwrap_or(path);
            if path.contains("[]") {
                return None;
            }
            let Some(value) = at(event, path).filter(|value| !value.is_null()) else { continue };
            let stored = stored(fact, value)?;
            if found.as_ref().is_some_and(|known| *known != stored) {
                return None;
            }
            found = Some(stored);
        }
        Some(found.unwrap_or_default())
    }

    /// The rows of an event: each column with all that it may hold, nothing for one that holds nothing.
    fn made(&self, event: &Value) -> Vec<BTreeMap<&str, Vec<Value>>> {
        let rows = match &self.row {
            None => vec![event.clone()],
            Some(array) => {
                let elements = event.get(array).and_then(Value::as_array).cloned().unwrap_or_default();
                let row = |element| {
                    let mut row = event.clone();
                    row[array] = element;
                    row
                };
                elements.into_iter().map(row).collect()
            }
        };
        let plain = |facts: &[Fact]| -> Vec<Fact> {
            let prefix = self.row.as_ref().map(|array| format!("{array}[]."));
            facts
                .iter()
                .map(|fact| Fact {
                    ty: fact.ty.clone(),
                    json: fact.json,
                    path: match (&prefix, &self.row) {
                        (Some(prefix), Some(array)) if fact.path.starts_with(prefix) => {
                            format!("{array}.{}", &fact.path[prefix.len()..])
                        }
                        _ => fact.path.clone(),
                    },
                    inside: fact.inside.clone(),
                    values: fact.values.clone(),
                })
                .collect()
        };
        let columns: Vec<(&str, Vec<Fact>)> =
            self.columns.iter().map(|(name, facts)| (name.as_str(), plain(facts))).collect();
        rows.iter()
            .map(|event| {
                let found = columns.iter().map(|(name, facts)| Some((*name, Self::column(facts, event)?)));
                found.flatten().collect()
            })
            .collect()
    }

    /// The rows of an event for engines, with exactly these columns, and `shared` what of them the schema alone knows:
    /// what parts the log from others. `None` where the facts do not say what one of them holds.
    pub fn rows(
        &self,
        event: &Value,
        columns: &BTreeSet<String>,
        shared: &Map<String, Value>,
        dice: &mut Dice,
    ) -> Option<Vec<Map<String, Value>>> {
        let made = self.made(event).into_iter().map(|row| {
            let mut full = Map::new();
            for name in columns {
                let value = match (row.get(name.as_str()), shared.get(name)) {
                    (Some(values), _) if !values.is_empty() => dice.pick(values).clone(),
                    (Some(_), _) => match self.columns[name][0].ty.as_str() {
                        "string" => json!(""),
                        _ => Value::Null,
                    },
                    (None, shared) => shared?.clone(),
                };
                full.insert(name.clone(), value);
            }
            Some(full)
        });
        made.collect()
    }
}

/// Whether two cells are the same to a query: nothing is nothing, and JSON is what it says.
fn same(own: &Value, published: &Value) -> bool {
    let read = |value: &Value| match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(found @ (Value::Array(_) | Value::Object(_))) => found,
            _ => value.clone(),
        },
        value => value.clone(),
    };
    match (read(own), read(published)) {
        (Value::String(own), Value::String(published)) => text::equals(&own, &published),
        (Value::Number(own), Value::Number(published)) => own.as_f64() == published.as_f64(),
        (own, published) => own == published,
    }
}

/// Where our rows depart from the facts, and why.
const DEPARTURES: [(&str, &str, &str); 0] = [];

#[test]
fn rows_are_those_that_the_published_columns_give() {
    let mut dice = Dice::new(6);
    let (mut wrong, mut compared, mut tables) = (BTreeMap::new(), 0, BTreeSet::new());
    for rule in rules::library() {
        let examples = solve::witnesses(&rule.formula, Some(rule.schema()), 3, 4).found;
        let examples = examples.into_iter().map(|found| found.event.value().clone());
        let events: Vec<Value> = rule.events.iter().cloned().chain(examples).collect();
        for delivery in rule.schema().deliveries(Platform::Sentinel) {
            let Some(table) = TABLES.get(&delivery.name).filter(|_| delivery.form == DeliveryForm::Columns)
            else {
                continue;
            };
            for event in &events {
                let Some(own) = rows(delivery, event, &mut dice) else { continue };
                let made = table.made(event);
                if own.is_empty() {
                    continue;
                }
                assert_eq!(own.len(), made.len(), "{}: {event}", delivery.name);
                tables.insert(delivery.name.clone());
                for (own, made) in own.iter().zip(made) {
                    for (column, values) in made {
                        let Some(cell) = own.get(column).filter(|_| !values.is_empty()) else { continue };
                        compared += 1;
                        if !values.iter().any(|value| same(cell, value)) {
                            wrong
                                .entry((delivery.name.clone(), column.to_owned()))
                                .or_insert_with(|| format!("{cell}, published {values:?}\n{event}"));
                        }
                    }
                }
            }
        }
    }
    let known = |(table, column): &(String, String)| {
        DEPARTURES.iter().any(|(of, name, _)| (of, name) == (&table.as_str(), &column.as_str()))
    };
    let new: Vec<_> = wrong.iter().filter(|(at, _)| !known(at)).collect();
    assert!(new.is_empty(), "{new:#?}");
    assert!(compared > 5000 && tables.len() > 9, "{compared} cells of {tables:?}");
    assert!(REGISTRY.names().len() > 30);
}
