//! A log that repeats its records: each counts once.

use serde_json::{Value, json};
use sigmata::Checker;
use sigmata::backend::{Backends, Direction, Fidelity};

use super::compiled;
use super::evaluator::evaluated;
use super::sequences::{Dice, Fired, Match, SPAN, fired};
use super::spl::{START, found, run};

const RULES: &str = "\
title: User added
name: added
logsource: {product: m365, service: audit}
detection: {s: {Operation: Add user.}, condition: s}
---
title: User deleted
name: deleted
logsource: {product: m365, service: audit}
detection: {s: {Operation: Delete user.}, condition: s}
";

const OPERATIONS: [&str; 3] = ["Add user.", "Delete user.", "Update user."];

fn document(correlation: &str) -> String {
    format!("{RULES}---\ntitle: Correlated\ncorrelation: {{{correlation}, timespan: {SPAN}s}}\n")
}

/// Records, many of which are there two or three times.
fn records(dice: &mut Dice) -> Vec<Value> {
    let (mut time, mut records) = (0, Vec::new());
    for id in 0..dice.below(24) + 4 {
        time += dice.one(&[0_i64, 0, 1, 1, 20, 30, 60, 61]);
        let record = json!({
            "CreationTime": format!("2026-01-01T{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60),
            "Id": format!("5e8c3a39-3c1e-4f29-9f3a-{id:012}"),
            "Operation": OPERATIONS[dice.one(&[0, 0, 0, 1, 2])],
            "RecordType": dice.one(&[8, 15]),
            "UserId": dice.one(&["a@x.test", "b@x.test"]),
        });
        records.extend(std::iter::repeat_n(record, dice.one(&[1, 1, 2, 3])));
    }
    for at in (1..records.len()).rev() {
        records.swap(at, dice.below(at + 1));
    }
    records
}

/// The matches among the records, each record once.
fn matches(records: &[Value], rules: &[usize]) -> Vec<Match> {
    let mut all = records.to_vec();
    all.sort_by_key(|record| record["Id"].to_string());
    all.dedup_by_key(|record| record["Id"].to_string());
    let text = |record: &Value, name: &str| record[name].as_str().expect("a text").to_owned();
    let each = all.iter().filter_map(|record| {
        let rule = rules.iter().position(|rule| record["Operation"] == OPERATIONS[*rule])?;
        let clock = text(record, "CreationTime")[11..19]
            .split(':')
            .fold(0, |seconds, part| seconds * 60 + part.parse::<i64>().expect("a number"));
        Some(Match {
            rule,
            time: clock,
            groups: vec![text(record, "UserId")],
            text: None,
            address: None,
            number: record["RecordType"].as_i64(),
            elements: std::collections::BTreeSet::new(),
        })
    });
    each.collect()
}

#[test]
fn a_record_counts_once() {
    type Holds = Box<dyn Fn(&[&Match]) -> bool>;
    let sum = |window: &[&Match]| window.iter().filter_map(|found| found.number).sum::<i64>();
    let cases: Vec<(&str, &[usize], Holds)> = vec![
        (
            "type: event_count, rules: [added], condition: {gte: 3}",
            &[0],
            Box::new(|window| window.len() >= 3),
        ),
        (
            "type: event_count, rules: [added], condition: {neq: 2}",
            &[0],
            Box::new(|window| window.len() != 2),
        ),
        (
            "type: event_count, rules: [added, deleted], condition: {gte: 3}",
            &[0, 1],
            Box::new(|window| window.len() >= 3),
        ),
        (
            "type: value_sum, rules: [added], condition: {gt: 20, field: RecordType}",
            &[0],
            Box::new(move |window| sum(window) > 20),
        ),
        ("type: temporal_ordered, rules: [added, added]", &[0], Box::new(|window| window.len() >= 2)),
    ];
    let target = Backends::shipped().find("spl").expect("a target");
    for (text, rules, holds) in &cases {
        let text = document(&format!("{text}, group-by: [UserId]"));
        let read = Checker::new().read("rules.yml", &text);
        let made = compiled(target, &text).pop().expect("the correlation").1;
        let query = made.query.expect("a query");
        assert!(query.contains("| dedup _time "), "{query}");
        let (mut dice, mut firing) = (Dice(3), 0);
        for _ in 0..20 {
            let records = records(&mut dice);
            let expected: Fired = fired(&matches(&records, rules), &|window| holds(window));
            firing += usize::from(!expected.is_empty());
            assert_eq!(evaluated(&read, &records), expected, "{text}\n{records:#?}");
            let rows = run(&query, &records, ("o365:management:activity", "CreationTime"));
            assert_eq!(found(&rows, "UserId", START), expected, "{query}\n{records:#?}");
        }
        assert!(firing > 3, "{text}");
    }
}

#[test]
fn each_language_says_what_it_does_with_repeats() {
    let count = document("type: event_count, rules: [added], group-by: [UserId], condition: {gte: 3}");
    let values = document("type: value_count, rules: [added], condition: {gte: 3, field: UserId}");
    let made = |target: &str, text: &str| {
        let target = Backends::shipped().find(target).expect("a target");
        compiled(target, text).pop().expect("the correlation").1
    };
    let kql = made("kql", &count);
    let query = kql.query.expect("a query");
    assert!(
        query.contains("\n| distinct TimeGenerated, UserId, _record\n| project-away _record\n"),
        "{query}"
    );
    for (target, text, once) in
        [("kql", &count, true), ("kql", &values, false), ("spl", &count, true), ("spl", &values, false)]
    {
        let query = made(target, text).query.expect("a query");
        let sign = if target == "kql" { "_record" } else { "dedup" };
        assert_eq!(query.contains(sign), once, "{query}");
    }
    let cwli = made("cwli", &count);
    let told = |note: &sigmata::backend::Note| {
        note.direction == Direction::Wider && note.message.contains("repeats, with the same `Id`")
    };
    assert!(cwli.notes.iter().any(told), "{:#?}", cwli.notes);
    assert!(matches!(cwli.fidelity, Fidelity::Approximate | Fidelity::Unplaced), "{:?}", cwli.fidelity);
}
