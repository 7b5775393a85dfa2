//! Pipelines of SPL over sequences of events, by an interpreter of its own that is written from Splunk's manual ("stats",
//! "streamstats", "mvexpand", "sort", "rename", "multisearch" of the Search Reference), against the definition.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::engine::Engine;
use super::engine::eval::{self, Record, Value};
use super::engine::parse::{self, Command, Query};
use super::sequences::{Dice, Fired, cases, chains, events, fired, matches};
use super::{compile, compile_with, finds_more, rounds, seed};

/// Cuts at a sign outside quotes and brackets.
fn cut(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            (None, _) if char == sign && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// The rows of a pipeline over events of a source type, whose time is in a member of this name.
pub fn run(text: &str, events: &[Json], (sourcetype, time): (&str, &str)) -> Vec<Record> {
    let engine = Engine { time: time.to_owned(), sourcetype: sourcetype.to_owned(), ..Engine::default() };
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("```")).collect();
    piped(&body.join("\n"), events, &engine)
}

fn piped(body: &str, events: &[Json], engine: &Engine) -> Vec<Record> {
    let commands = cut(body, '|');
    let (mut rows, rest) = match commands.as_slice() {
        ["", several, rest @ ..] if several.starts_with("multisearch") => {
            let parts = several.split("[ search ").skip(1);
            let parts = parts.map(|part| part.trim_end().strip_suffix(']').expect("an end"));
            (parts.flat_map(|part| searched(part, events, engine)).collect::<Vec<_>>(), rest)
        }
        [search, rest @ ..] => (searched(search, events, engine), rest),
        [] => panic!("no search"),
    };
    for command in rest {
        match command.strip_prefix("append") {
            // "append": the rows of a subsearch, behind those that are there.
            Some(inner) => {
                let inner = inner.trim().strip_prefix("[ ").and_then(|inner| inner.strip_suffix(" ]"));
                let inner = inner.expect("brackets");
                rows.extend(piped(inner.strip_prefix("search ").unwrap_or(inner), events, engine));
            }
            None => rows = step(command, rows, engine),
        }
    }
    rows
}

fn searched(text: &str, events: &[Json], engine: &Engine) -> Vec<Record> {
    let query = parse::query(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let base = Query { search: query.search, commands: Vec::new() };
    let records = events.iter().map(|event| engine.extract(event));
    let mut rows: Vec<Record> =
        records.filter(|record| engine.run(&base, record).expect("documented behaviour")).collect();
    for command in &query.commands {
        rows = applied(command, rows, engine);
    }
    rows
}

fn applied(command: &Command, rows: Vec<Record>, engine: &Engine) -> Vec<Record> {
    let value = |expr, row: &Record| eval::eval(expr, row, engine).expect("documented behaviour");
    match command {
        Command::Eval(assignments) => {
            let each = rows.into_iter().map(|mut row| {
                for (name, expr) in assignments {
                    let value = value(expr, &row);
                    row.set(name, value);
                }
                row
            });
            each.collect()
        }
        Command::Where(condition) => {
            let kept = rows.into_iter().filter(|row| match value(condition, row) {
                Value::Bool(holds) => holds,
                other => panic!("`where` is not two-valued: {other:?}"),
            });
            kept.collect()
        }
        Command::Table(_) => rows,
        Command::Spath(..) => panic!("`spath` is not read here"),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A row's group; `None` where it lacks a field of it.
fn key(row: &Record, by: &[&str]) -> Option<Vec<String>> {
    by.iter().map(|name| row.get(name).texts().pop()).collect()
}

/// A function, its field, and the name of what it gives.
type Aggregate = (String, Option<String>, String);

/// `function(field) AS name`, one after the other, then `BY` and names.
fn aggregates(text: &str) -> (Vec<Aggregate>, Vec<&str>) {
    let (left, by) = text.split_once(" BY ").unwrap_or((text, ""));
    let words: Vec<&str> = left.split_whitespace().collect();
    let each = words.chunks(3).map(|words| {
        let [call, "AS", name] = words else { panic!("no aggregate: {words:?}") };
        let (function, of) = call.strip_suffix(')').and_then(|call| call.split_once('(')).unzip();
        (function.unwrap_or(call).to_owned(), of.map(str::to_owned), (*name).to_owned())
    });
    (each.collect(), by.split_whitespace().collect())
}

fn computed(function: &str, of: Option<&str>, rows: &[&Record]) -> Value {
    let numbers = rows.iter().filter_map(|row| number(&row.get(of?)));
    let found = match function {
        // "values": the different texts, in the order of their letters; of one text that text.
        "values" => {
            let texts = rows.iter().flat_map(|row| of.map_or_else(Vec::new, |name| row.get(name).texts()));
            return Value::many(texts.collect::<std::collections::BTreeSet<_>>().into_iter().collect());
        }
        "count" => Some(rows.len() as f64),
        "sum" => numbers.reduce(|one, other| one + other),
        "max" => numbers.reduce(f64::max),
        "min" => numbers.reduce(f64::min),
        other => panic!("`{other}` is not read here"),
    };
    found.map_or(Value::Null, Value::Number)
}

fn step(text: &str, rows: Vec<Record>, engine: &Engine) -> Vec<Record> {
    let (word, rest) = text.split_once(' ').expect("arguments");
    match word {
        // "mvexpand": a row for each value.
        "mvexpand" => {
            let each = rows.into_iter().flat_map(|row| {
                let texts = row.get(rest).texts();
                if texts.is_empty() {
                    return vec![row];
                }
                let each = texts.into_iter().map(|text| {
                    let mut row = row.clone();
                    row.set(rest, Value::Text(text));
                    row
                });
                each.collect()
            });
            each.collect()
        }
        // "dedup": the first of each combination; with `keepempty=true` every row that lacks one of the fields.
        "dedup" => {
            let names: Vec<&str> =
                rest.strip_suffix(" keepempty=true").expect("the option").split_whitespace().collect();
            let mut seen = std::collections::BTreeSet::new();
            rows.into_iter().filter(|row| key(row, &names).is_none_or(|key| seen.insert(key))).collect()
        }
        // "sort": 0 for no limit; numbers by their size.
        "sort" => {
            let names: Vec<&str> = rest.strip_prefix("0 ").expect("no limit").split_whitespace().collect();
            let mut rows = rows;
            rows.sort_by(|one, other| {
                let each = names.iter().map(|name| {
                    let (name, down) = name.strip_prefix('-').map_or((*name, false), |name| (name, true));
                    let order =
                        number(&one.get(name)).partial_cmp(&number(&other.get(name))).expect("numbers");
                    if down { order.reverse() } else { order }
                });
                each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
            rows
        }
        // "stats": a row for each group; rows without a field of the group are left out.
        "stats" => {
            let (aggregates, by) = aggregates(rest);
            let mut groups: BTreeMap<Vec<String>, Vec<&Record>> = BTreeMap::new();
            for row in &rows {
                if let Some(key) = key(row, &by) {
                    groups.entry(key).or_default().push(row);
                }
            }
            let each = groups.values().map(|members| {
                let mut made = Record::default();
                for name in &by {
                    made.set(name, members[0].get(name));
                }
                for (function, of, name) in &aggregates {
                    made.set(name, computed(function, of.as_deref(), members));
                }
                made
            });
            each.collect()
        }
        // "streamstats": with `global=f` a window of its own for each group; `current=f` leaves the row itself out.
        "streamstats" => {
            let before = rest.strip_prefix("current=f window=1 global=f ");
            let newest = rest.strip_prefix("window=").and_then(|rest| rest.split_once(" global=f "));
            let newest = newest.map(|(rows, rest)| (rows.parse::<usize>().expect("a number"), rest));
            let recent = rest.strip_prefix("time_window=").and_then(|rest| rest.split_once("s "));
            let recent = recent.map(|(span, rest)| (span.parse::<f64>().expect("seconds"), rest));
            let rest =
                before.or(newest.map(|(_, rest)| rest)).or(recent.map(|(_, rest)| rest)).unwrap_or(rest);
            let (aggregates, by) = aggregates(rest);
            let mut seen: BTreeMap<Vec<String>, Vec<Record>> = BTreeMap::new();
            let each = rows.into_iter().map(|mut row| {
                let Some(key) = key(&row, &by) else { return row };
                let members = seen.entry(key).or_default();
                members.push(row.clone());
                let last = members.len();
                let looked_at: Vec<&Record> = match newest {
                    Some((rows, _)) => members[last.saturating_sub(rows)..].iter().collect(),
                    // Whether an event exactly as old as the window is in it is not said; here it is.
                    None if let Some((span, _)) = recent => {
                        let now = number(&row.get("_time")).expect("a time");
                        let age = |other: &Record| now - number(&other.get("_time")).expect("a time");
                        members.iter().filter(|other| age(other) <= span).collect()
                    }
                    None if before.is_some() => members[last.saturating_sub(2)..last - 1].iter().collect(),
                    None => members.iter().collect(),
                };
                for (function, of, name) in &aggregates {
                    row.set(name, computed(function, of.as_deref(), &looked_at));
                }
                row
            });
            each.collect()
        }
        "rename" => {
            let mut rows = rows;
            for pair in rest.split(", ") {
                let (old, new) = pair.split_once(" AS ").expect("two names");
                for row in &mut rows {
                    let value = row.get(old);
                    row.set(new, value);
                }
            }
            rows
        }
        _ => {
            let query = parse::query(&format!("index=\"x\" | {text}"));
            let query = query.unwrap_or_else(|error| panic!("{error}: {text}"));
            query.commands.iter().fold(rows, |rows, command| applied(command, rows, engine))
        }
    }
}

pub const CLOUDTRAIL: (&str, &str) = ("aws:cloudtrail", "eventTime");

/// What the rows say fired.
pub fn found(rows: &[Record], group: &str, start: i64) -> Fired {
    let each = rows.iter().map(|row| {
        let names = group.split(',').filter(|name| !name.is_empty());
        let values: Vec<String> = names.map(|name| row.get(name).texts().remove(0)).collect();
        let group = values.join("|");
        let time = number(&row.get("_time")).expect("a time");
        (group, time as i64 - start)
    });
    each.collect()
}

/// 2026-01-01, in seconds since 1970.
pub const START: i64 = 1_767_225_600;

#[test]
fn pipelines_find_what_the_definition_says() {
    let (mut pairs, mut firing) = (0, 0);
    for case in cases() {
        let compiled = compile("spl", &case.text);
        let wider = finds_more(&compiled);
        let query = compiled.query.unwrap_or_else(|| panic!("a query: {}", case.text));
        let mut dice = Dice(seed());
        for _ in 0..30 * rounds() {
            let events = events(&mut dice);
            let expected = fired(&matches(&events, &case.rules, case.group), &case.holds);
            let found = found(&run(&query, &events, CLOUDTRAIL), case.group, START);
            let agrees = if wider { found.is_superset(&expected) } else { found == expected };
            assert!(agrees, "{found:?} {expected:?} {}\n{query}\n{events:#?}", case.text);
            pairs += 1;
            firing += usize::from(!expected.is_empty());
        }
    }
    for chain in chains() {
        let query = compile_with("spl", &chain.inner, &chain.text).query;
        let query = query.unwrap_or_else(|| panic!("a query: {}", chain.text));
        let mut dice = Dice(seed());
        for _ in 0..30 * rounds() {
            let events = events(&mut dice);
            let expected = (chain.fires)(&events);
            let found = found(&run(&query, &events, CLOUDTRAIL), chain.group, START);
            assert_eq!(found, expected, "{}{}\n{query}\n{events:#?}", chain.inner, chain.text);
            pairs += 1;
            firing += usize::from(!expected.is_empty());
        }
    }
    println!("{pairs} pairs of a sequence and a pipeline, of which {firing} fire");
    assert!(firing * 3 > pairs, "{firing} of {pairs} fire");
}
