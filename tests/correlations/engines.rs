//! Cases for an engine of KQL: `tests/engines/kql_windows` runs them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sequences::{Dice, Fires, cases, chains, events, fired, matches, ranks};
use super::{compile, compile_showing, compile_with, finds_more, rounds, seed};

/// 2026-01-01, in seconds since 1970.
const START: i64 = 1_767_225_600;

/// The columns that the queries read, and the fields that are in them; objects and arrays as JSON.
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

/// A query and its group, whether it may find more, and where its correlation fires among events.
struct Case {
    kind: String,
    query: String,
    wider: bool,
    group: &'static str,
    fires: Fires,
}

#[test]
fn cases_for_engines() {
    let Some(path) = std::env::var_os("SIGMATA_WINDOWS") else { return };
    let kind =
        |text: &str| text.trim_start_matches("type: ").split(',').next().unwrap_or_default().to_owned();
    let mut all: Vec<Case> = Vec::new();
    for case in cases().into_iter().chain(ranks()) {
        let compiled = compile("kql", &case.text);
        let wider = finds_more(&compiled);
        let query = compiled.query.expect("a query");
        let holds = move |seen: &[Value]| fired(&matches(seen, &case.rules, case.group), &case.holds);
        all.push(Case { kind: kind(&case.text), query, wider, group: case.group, fires: Box::new(holds) });
    }
    // The same, with something to be shown.
    for case in cases() {
        let compiled = compile_showing("kql", "sourceIPAddress, requestParameters.size", &case.text);
        let wider = finds_more(&compiled);
        let query = compiled.query.expect("a query");
        let holds = move |seen: &[Value]| fired(&matches(seen, &case.rules, case.group), &case.holds);
        let kind = format!("{} with fields", kind(&case.text));
        all.push(Case { kind, query, wider, group: case.group, fires: Box::new(holds) });
    }
    for chain in chains() {
        let query = compile_with("kql", &chain.inner, &chain.text).query.expect("a query");
        let kind = format!("{} of a correlation", kind(&chain.text));
        all.push(Case { kind, query, wider: false, group: chain.group, fires: chain.fires });
    }
    let queries: Vec<Value> = all
        .iter()
        .map(|case| {
            let group = case.group.replace('.', "_");
            json!({"kind": case.kind, "query": case.query, "wider": case.wider, "group": group})
        })
        .collect();
    let columns: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
    let mut lines = format!("{}\n", json!({"queries": queries, "columns": columns}));
    let mut dice = Dice(seed());
    for _ in 0..40 * rounds() {
        let events = events(&mut dice);
        let expected: Vec<Vec<(String, i64)>> = all
            .iter()
            .map(|case| {
                (case.fires)(&events).into_iter().map(|(group, time)| (group, time + START)).collect()
            })
            .collect();
        let rows: Vec<Value> = events.iter().map(row).collect();
        let _ = writeln!(lines, "{}", json!({"rows": rows, "expected": expected}));
    }
    std::fs::write(path, lines).expect("a file of cases");
}
