//! Cases for an engine of KQL: `tests/engines/kql_windows` runs them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sequences::{Dice, Fired, cases, chains, events, fired, matches};
use super::{compile, compile_with};

/// 2026-01-01, in seconds since 1970.
const START: i64 = 1_767_225_600;

/// The columns that the queries read, and the fields that stand in them; objects and arrays as JSON.
const COLUMNS: [(&str, &str); 7] = [
    ("TimeGenerated", "eventTime"),
    ("EventName", "eventName"),
    ("AWSRegion", "awsRegion"),
    ("SourceIpAddress", "sourceIPAddress"),
    ("RecipientAccountId", "recipientAccountId"),
    ("RequestParameters", "requestParameters"),
    ("Resources", "resources"),
];

fn row(event: &Value) -> Value {
    let members = COLUMNS.iter().map(|(column, field)| {
        let text = match &event[*field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        ((*column).to_owned(), Value::String(text))
    });
    Value::Object(members.collect())
}

/// A query, its group, and where it fires among events.
type Case = (String, String, &'static str, Box<dyn Fn(&[Value]) -> Fired>);

#[test]
fn cases_for_engines() {
    let Some(path) = std::env::var_os("SIGMATA_WINDOWS") else { return };
    let rounds: u64 =
        std::env::var("SIGMATA_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let kind =
        |text: &str| text.trim_start_matches("type: ").split(',').next().unwrap_or_default().to_owned();
    let mut all: Vec<Case> = Vec::new();
    for case in cases() {
        let query = compile("kql", &case.text).query.expect("a query");
        let holds = move |seen: &[Value]| fired(&matches(seen, &case.rules, case.group), &case.holds);
        all.push((kind(&case.text), query, case.group, Box::new(holds)));
    }
    for chain in chains() {
        let query = compile_with("kql", &chain.inner, &chain.text).query.expect("a query");
        all.push((format!("{} of a correlation", kind(&chain.text)), query, chain.group, chain.fires));
    }
    let queries: Vec<Value> = all
        .iter()
        .map(
            |(kind, query, group, _)| json!({"kind": kind, "query": query, "group": group.replace('.', "_")}),
        )
        .collect();
    let columns: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
    let mut lines = format!("{}\n", json!({"queries": queries, "columns": columns}));
    let mut dice = Dice(std::env::var("SIGMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7));
    for _ in 0..40 * rounds {
        let events = events(&mut dice);
        let expected: Vec<Vec<(String, i64)>> = all
            .iter()
            .map(|(.., fires)| {
                fires(&events).into_iter().map(|(group, time)| (group, time + START)).collect()
            })
            .collect();
        let rows: Vec<Value> = events.iter().map(row).collect();
        let _ = writeln!(lines, "{}", json!({"rows": rows, "expected": expected}));
    }
    std::fs::write(path, lines).expect("a file of cases");
}
