//! Cases of KQL for `tests/engines`: a table's columns and rows, then queries with the rows that each must select.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sigmata::backend::kql::ast::{Compare, Expr, Function, Operator, Query};
use sigmata::backend::kql::script::{Pipe, Source, Step};
use sigmata::backend::kql::{Kql, print::print, read::read};
use sigmata::backend::{Backend as _, Fidelity, Options};
use sigmata::eval::Event;
use sigmata::schema::Delivery;

use super::dice::Dice;
use super::faults;
use super::judge::writes_list_as_value;
use super::published;
use super::rows::rows;
use super::rules::Rule;
use super::{LOGS, Log};

/// An expression for an engine whose `$` also matches before a last line end, as Python's does.
fn to_the_end(pattern: &str) -> String {
    let flags =
        pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')')).map_or("", |(flags, _)| flags);
    if flags.bytes().all(|byte| byte.is_ascii_lowercase()) && flags.contains('m') {
        return pattern.to_owned();
    }
    let (mut out, mut escaped, mut class) = (String::new(), false, false);
    for char in pattern.chars() {
        match char {
            '$' if !escaped && !class => out.push_str("\\Z"),
            char => out.push(char),
        }
        class = !escaped && (char == '[' || (class && char != ']')) || (escaped && class);
        escaped = char == '\\' && !escaped;
    }
    out
}

/// The same query in the words of an engine that lacks `not()`, `in~` and verbatim literals.
fn plain(expr: &mut Expr) {
    expr.operands_mut().into_iter().for_each(plain);
    match expr {
        Expr::Not(inner) => {
            let inner = std::mem::replace(&mut **inner, Expr::Boolean(true));
            *expr = Expr::Call(Function::Iff, vec![inner, Expr::Boolean(false), Expr::Boolean(true)]);
        }
        Expr::In { value, fold: true, list } => {
            let value = (**value).clone();
            let equal = |item: Expr| value.clone().compare(Compare::EqualsFold, item);
            *expr = Expr::or(list.drain(..).map(equal).collect::<Vec<_>>());
        }
        Expr::Pattern(text) => *expr = Expr::Text(to_the_end(text)),
        _ => {}
    }
}

fn case(name: &str, query: &str) -> Map<String, Value> {
    let mut tree = read(query).expect("what is printed is read back");
    tree.comments.clear();
    let bare = print(&tree);
    tree.expressions_mut().into_iter().for_each(plain);
    let mut case = Map::new();
    case.insert("formula".into(), json!(name));
    case.insert("query".into(), json!(bare));
    case.insert("plain".into(), json!(print(&tree)));
    case
}

struct Compiled<'r> {
    rule: &'r Rule,
    query: String,
    exact: bool,
    notes: Vec<&'static str>,
}

/// Queries, by the table that they read.
fn compiled<'l>(
    log: &'l Log,
    kql: Kql,
    refused: &mut usize,
) -> BTreeMap<String, Vec<(Compiled<'l>, &'l [Value])>> {
    let mut by_table: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (rule, events) in &log.rules {
        let compiled = kql.compile(&rule.document, &rule.typed, &Options::default());
        let Some(query) = compiled.query else {
            *refused += 1;
            continue;
        };
        // What a column of unpublished form holds is not known, so that no row can be made.
        if compiled.notes.iter().any(|note| note.code.id == "S0822") {
            continue;
        }
        let notes: Vec<&str> = compiled.notes.iter().map(|note| note.direction.name()).collect();
        let exact = compiled.fidelity == Fidelity::Exact;
        for (table, query) in legs(&query) {
            let leg = Compiled { rule, query, exact, notes: notes.clone() };
            by_table.entry(table).or_default().push((leg, &events[..]));
        }
    }
    by_table
}

/// The queries over one table each of which a query consists.
fn legs(query: &str) -> Vec<(String, String)> {
    if let Ok(tree) = read(query) {
        return vec![(tree.table.0, query.to_owned())];
    }
    let script = sigmata::backend::kql::read::script::read(query).expect("a query of several tables");
    let Source::Siblings(parts) = script.body.source else { panic!("{query}") };
    let leg = |part: Pipe| {
        let Source::Table(table) = part.source else { panic!("{query}") };
        let operators = part.steps.into_iter().map(|step| match step {
            Step::Operator(operator) => operator,
            other => panic!("{other:?}"),
        });
        let tree = Query {
            comments: Vec::new(),
            lists: script.lists.clone(),
            table: table.clone(),
            operators: operators.collect(),
        };
        (table.0, print(&tree))
    };
    parts.into_iter().map(leg).collect()
}

fn group(log: &str, delivery: &Delivery) -> Value {
    let columns: Map<String, Value> = delivery
        .columns
        .iter()
        .filter_map(|column| Some((column.name.clone()?, json!(format!("{:?}", column.ty)))))
        // What alerts need, which no field is mapped to; `tests/kql/tables.rs` says so too.
        .chain(delivery.carrier.shows.iter().map(|name| (name.clone(), json!("String"))))
        // Every table has one of them.
        .chain(
            ["TimeGenerated", "Timestamp"]
                .into_iter()
                // An engine takes no two columns that differ in letter case alone.
                .filter(|time| {
                    let other = |name: &String| name != time && name.eq_ignore_ascii_case(time);
                    !delivery.columns.iter().filter_map(|column| column.name.as_ref()).any(other)
                })
                .map(|name| (name.to_owned(), json!("DateTime"))),
        )
        .chain(delivery.discriminator.iter().filter_map(|(path, values)| {
            let name = path.steps.first().map(|step| match step {
                sigmata::schema::Step::Key(key) => key.to_string(),
                other => format!("{other:?}"),
            })?;
            let known = delivery.columns.iter().find(|column| column.name.as_deref() == Some(&name));
            let ty = known.map(|column| column.ty).or_else(|| Some(values.first()?.column_type()));
            let ty = ty.unwrap_or_default();
            Some((name, json!(format!("{ty:?}"))))
        }))
        .collect();
    json!({ "log": log, "table": delivery.name, "columns": columns, "explodes": delivery.row_per.is_some() })
}

/// How many rules share one table of events.
const CHUNK: usize = 24;

/// Events with the rows that a table has of each.
type Rows<'e> = Vec<(&'e Value, Vec<Map<String, Value>>)>;

/// The file of cases.
#[derive(Default)]
struct Cases {
    out: String,
    pairs: usize,
    planted: BTreeMap<&'static str, usize>,
}

impl Cases {
    /// A table with rows, and queries over it.
    fn group(&mut self, mut head: Value, fitting: &Rows<'_>, queries: &[&Compiled<'_>], with_faults: bool) {
        let numbered = fitting.iter().enumerate().flat_map(|(at, (_, rows))| {
            rows.iter().map(move |row| {
                let mut row = row.clone();
                row.insert("_id".into(), json!(at));
                Value::Object(row)
            })
        });
        head["rows"] = numbered.collect();
        head["events"] = fitting.iter().map(|(event, _)| (*event).clone()).collect();
        let _ = writeln!(self.out, "{head}");
        for compiled in queries {
            let matches = |event: &Value| compiled.rule.matcher.matches(&Event::new(event.clone()));
            let expected: Vec<usize> = (0..fitting.len()).filter(|at| matches(fitting[*at].0)).collect();
            self.pairs += fitting.len();
            let mut one = case(&compiled.rule.name, &compiled.query);
            one.insert("rule".into(), json!(compiled.rule.formula.to_string()));
            one.insert("notes".into(), json!(compiled.notes));
            one.insert("expected".into(), json!(expected));
            let _ = writeln!(self.out, "{}", Value::Object(one));
            if compiled.exact && with_faults {
                self.faults(compiled, &expected);
            }
        }
    }

    /// The query made wrong, in each way of which there are not enough yet.
    fn faults(&mut self, compiled: &Compiled<'_>, expected: &[usize]) {
        for (fault, query) in faults::kql(&compiled.query) {
            let planted = self.planted.entry(fault).or_default();
            if *planted >= 80 {
                continue;
            }
            *planted += 1;
            let mut one = case(&compiled.rule.name, &query);
            one.insert("notes".into(), json!([]));
            one.insert("expected".into(), json!(expected));
            one.insert("fault".into(), json!(fault));
            let _ = writeln!(self.out, "{}", Value::Object(one));
        }
    }

    /// The queries that ask for nothing of which nothing is published, over rows made from what is.
    fn published(
        &mut self,
        mut head: Value,
        delivery: &Delivery,
        fitting: &Rows<'_>,
        queries: &[&Compiled<'_>],
        dice: &mut Dice,
    ) {
        let Some(table) = published::TABLES.get(&delivery.name) else { return };
        let parts = |name: &String| delivery.discriminator.iter().any(|(path, _)| path.name() == *name);
        let (mut columns, mut asked) = (BTreeSet::new(), Vec::new());
        for compiled in queries.iter().filter(|compiled| !compiled.rule.name.starts_with("random/")) {
            let read = columns_read(&compiled.query, delivery);
            if read.iter().all(|name| table.tells(name) || parts(name)) {
                columns.extend(read);
                asked.push(*compiled);
            }
        }
        let all = head["columns"].as_object().cloned().unwrap_or_default();
        let made = fitting.iter().filter_map(|(event, own)| {
            let mut rows = table.rows(event, &columns, own.first()?, dice)?;
            for row in &mut rows {
                for (name, ty) in &all {
                    let nothing = if ty == "String" { json!("") } else { Value::Null };
                    row.entry(name.clone()).or_insert(nothing);
                }
            }
            Some((*event, rows))
        });
        let made: Rows<'_> = made.collect();
        if !asked.is_empty() && !made.is_empty() {
            head["log"] = json!(format!("{} as published", head["log"].as_str().unwrap_or_default()));
            self.group(head, &made, &asked, false);
        }
    }
}

/// The columns of the table that a query tests.
fn columns_read(query: &str, delivery: &Delivery) -> BTreeSet<String> {
    fn names(expr: &mut Expr, found: &mut BTreeSet<String>) {
        if let Expr::Column(name) = &*expr {
            found.insert(name.0.clone());
        }
        expr.operands_mut().into_iter().for_each(|inner| names(inner, found));
    }
    let mut tree = read(query).expect("what is printed is read back");
    tree.operators.retain(|operator| !matches!(operator, Operator::Project(_)));
    let mut found = BTreeSet::new();
    tree.expressions_mut().into_iter().for_each(|expr| names(expr, &mut found));
    found.retain(|name| delivery.columns.iter().any(|column| column.name.as_ref() == Some(name)));
    found
}

/// The cases over rows as our schemas make them, and those over rows as the published columns give them.
fn cases() -> (Cases, Cases) {
    let mut dice = Dice::new(3);
    let (mut cases, mut refused, mut published) = (Cases::default(), 0, Cases::default());
    for log in LOGS.iter() {
        let schema = log.schema.as_ref();
        for kql in [Kql::SENTINEL, Kql::XDR] {
            if schema.delivery(kql.platform()).is_none() {
                continue;
            }
            for (table, queries) in compiled(log, kql, &mut refused) {
                let delivery = schema.deliveries(kql.platform()).find(|delivery| delivery.name == table);
                let delivery = delivery.expect("a delivery with the table of the query");
                for chunk in queries.chunks(CHUNK) {
                    let mut events: Vec<&Value> =
                        chunk.iter().flat_map(|(_, events)| events.iter()).collect();
                    if !log.recorded.is_empty() {
                        events.extend((0..12).map(|_| dice.pick(&log.recorded)));
                    }
                    // Nor is one of which engines leave open what a query of the table does with it.
                    events.retain(|event| chunk.iter().all(|(compiled, _)| compiled.rule.told(event)));
                    // An array that must have an element is claimed where it is written as one: `docs/targets/kql.md`.
                    if chunk.iter().any(|(compiled, _)| compiled.query.contains("take 1")) {
                        events.retain(|event| !writes_list_as_value(&schema.record, event));
                    }
                    // An event that does not fit the table's columns is not a case.
                    let fitting: Rows<'_> = events
                        .into_iter()
                        .filter_map(|event| Some((event, rows(delivery, event, &mut dice)?)))
                        .filter(|(_, rows)| !rows.is_empty())
                        .collect();
                    let queries: Vec<&Compiled<'_>> = chunk.iter().map(|(compiled, _)| compiled).collect();
                    let head = group(&log.name, delivery);
                    cases.group(head.clone(), &fitting, &queries, true);
                    if kql == Kql::SENTINEL {
                        published.published(head, delivery, &fitting, &queries, &mut dice);
                    }
                }
            }
        }
    }
    println!(
        "KQL cases: {} pairs, {} of rows as published, {refused} queries refused",
        cases.pairs, published.pairs
    );
    (cases, published)
}

/// Makes the cases, and writes them where `SIGMATA_PROOF` says.
#[test]
fn cases_of_kql() {
    let (cases, published) = cases();
    assert!(cases.pairs > 10_000, "only {} pairs", cases.pairs);
    if let Some(folder) = std::env::var_os("SIGMATA_PROOF") {
        for (name, text) in [("kql.ndjson", cases.out), ("published.ndjson", published.out)] {
            std::fs::write(std::path::Path::new(&folder).join(name), text).expect("a writable folder");
        }
    }
}
