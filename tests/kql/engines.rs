//! Cases for engines that execute KQL: formulas, events, the rows that a table holds for them, and which events the
//! evaluator selects. `tests/engines/run` gives them to the engines.

use serde_json::{Map, Value, json};
use sigmata::backend::kql::ast::{Compare, Expr, Function};
use sigmata::backend::kql::{print::print, read::read};
use sigmata::eval::{Event, Matcher};
use sigmata::ir::Formula;
use sigmata::schema::{Column, ColumnType, Decode, Step};

use super::build::{compile, delivery};
use super::{arrays, predicates};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

/// One of the values, or the member is left out.
fn put(object: &mut Map<String, Value>, dice: &mut Dice, key: &str, pool: &[Value]) {
    if dice.roll(5) > 0 {
        object.insert(key.into(), dice.pick(pool).clone());
    }
}

fn texts(items: &[&str]) -> Vec<Value> {
    items.iter().map(|text| json!(text)).chain([Value::Null]).collect()
}

fn element(dice: &mut Dice) -> Value {
    let mut element = Map::new();
    put(&mut element, dice, "a", &texts(&["v", "V", "w"]));
    put(&mut element, dice, "b", &texts(&["v", "w", "", "a"]));
    put(&mut element, dice, "d", &texts(&["v", "w"]));
    put(&mut element, dice, "k", &texts(&["v", "w"]));
    put(&mut element, dice, "type", &texts(&["User", "user", "Group"]));
    put(&mut element, dice, "name", &texts(&["v", "xvx", "w"]));
    put(&mut element, dice, "key", &texts(&["User-Agent", "other"]));
    put(&mut element, dice, "value", &texts(&["axb", "y"]));
    let inner: Vec<Value> = (0..dice.roll(3))
        .map(|_| {
            let mut inner = Map::new();
            put(&mut inner, dice, "n", &texts(&["x", "X", "y"]));
            put(&mut inner, dice, "name", &texts(&["Role", "role", "Other"]));
            put(&mut inner, dice, "newValue", &texts(&["\"Global Administrator\"", "Global Administrator"]));
            Value::Object(inner)
        })
        .collect();
    put(&mut element, dice, "inner", &[Value::Array(inner), Value::Null]);
    Value::Object(element)
}

fn event(dice: &mut Dice) -> Value {
    let mut event = Map::new();
    let names = [
        "Create User",
        "create user",
        "a",
        "A",
        "b",
        "c",
        "v",
        "xvy",
        "vx",
        "xv",
        "CreateFooUser",
        "xCreateUser",
        "a*b",
        "axb",
        "müller",
        "MÜLLER",
        "ascii",
        "ASCII",
        "a\"b",
        "cli",
        "x cli y",
        "n",
        "Create12",
        "true",
        "5",
        "",
    ];
    put(&mut event, dice, "name", &texts(&names));
    put(&mut event, dice, "agent", &texts(&["a", "b", "xbx", "first", "v", "x", ""]));
    let addresses =
        ["10.1.2.3", "192.168.0.9", "11.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "AWS Internal", ""];
    put(&mut event, dice, "address", &texts(&addresses));
    let counts = [0, 1, 2, -1, 4, 5, 12, 9_007_199_254_740_993_i64, 9_007_199_254_740_992];
    put(&mut event, dice, "count", &counts.map(|count| json!(count)));
    put(&mut event, dice, "flag", &[json!(true), json!(false), Value::Null]);
    let times = [
        "2026-01-01T00:00:00Z",
        "2025-12-31T23:00:00Z",
        "2026-01-01T23:15:00Z",
        "1969-12-31T22:00:00Z",
        "2026-01-01T00:00:00.1234567Z",
        "2026-01-01T00:00:00.1234568Z",
        "2024-12-30T12:00:00Z",
    ];
    put(&mut event, dice, "time", &texts(&times));
    let guids = ["12345678-90ab-cdef-1234-567890abcdef", "00000000-0000-0000-0000-000000000000"];
    put(&mut event, dice, "guid", &texts(&guids));
    let mut object = Map::new();
    put(&mut object, dice, "a", &texts(&["v", "V", "w", "", "xvx", "a"]));
    put(&mut object, dice, "b", &texts(&["v", "true", "w"]));
    put(&mut object, dice, "c", &texts(&["c", "v", "w"]));
    put(&mut object, dice, "n", &[json!(5), json!(1), json!(7), Value::Null]);
    put(&mut object, dice, "ip", &texts(&addresses));
    put(&mut object, dice, "t", &texts(&times));
    let others: Vec<Value> = (0..dice.roll(3)).map(|_| json!({ "c": dice.pick(&["x", "y"]) })).collect();
    put(&mut object, dice, "other", &[Value::Array(others)]);
    put(&mut event, dice, "object", &[Value::Object(object)]);
    let list: Vec<Value> = (0..dice.roll(4)).map(|_| element(dice)).collect();
    put(&mut event, dice, "list", &[Value::Array(list.clone()), Value::Array(list), Value::Null]);
    let mut parameters = Map::new();
    put(&mut parameters, dice, "a", &texts(&["v", "w", ""]));
    put(&mut parameters, dice, "b", &texts(&["w", "xwx"]));
    put(&mut parameters, dice, "n", &texts(&["v"]));
    let tags: Vec<Value> = (0..dice.roll(3)).map(|_| json!({ "key": dice.pick(&["k", "K", "j"]) })).collect();
    put(&mut parameters, dice, "tags", &[Value::Array(tags)]);
    put(&mut event, dice, "parameters", &[Value::Object(parameters), Value::Null]);
    put(&mut event, dice, "status", &texts(&["success", "failure", "other", "filed"]));
    put(&mut event, dice, "kind", &texts(&["x", "y"]));
    put(&mut event, dice, "risk", &texts(&["low", "high"]));
    put(&mut event, dice, "record", &[1, 2, 14].map(|number| json!(number)));
    put(&mut event, dice, "code", &texts(&["a", "b"]));
    Value::Object(event)
}

/// What the column holds for the event.
fn cell(column: &Column, event: &Value) -> Value {
    let value = column.path.steps.iter().try_fold(event, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        _ => None,
    });
    let value = value.filter(|value| !value.is_null());
    let stored = value.map(|value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let stored = column.values.iter().find(|(canonical, _)| *canonical == text);
        stored.map_or_else(|| value.clone(), |(_, stored)| json!(stored))
    });
    match (stored, column.ty) {
        (None, ColumnType::String) => json!(column.absent_as.first().map_or("", String::as_str)),
        (None, _) => Value::Null,
        (Some(value), ColumnType::String) if column.decode == Decode::ParseJson => json!(value.to_string()),
        (Some(Value::String(text)), ColumnType::Integer) => {
            text.parse::<i64>().map_or(Value::Null, Value::from)
        }
        (Some(value), _) => value,
    }
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
            *expr = Expr::or(
                list.drain(..)
                    .map(|item| value.clone().compare(Compare::EqualsFold, item))
                    .collect::<Vec<_>>(),
            );
        }
        Expr::Pattern(text) => *expr = Expr::Text(std::mem::take(text)),
        _ => {}
    }
}

/// Formulas of which the events here fit no schema, or whose meaning is not that of one row.
fn is_out_of_scope(formula: &str) -> bool {
    ["list[] ~", "any list (. =", "object.x", "object.at", "object.where", "name[]", "object.id", " =! "]
        .iter()
        .any(|part| formula.contains(part))
}

fn cases() -> String {
    let mut dice = Dice(7);
    let events: Vec<Value> = (0..160).map(|_| event(&mut dice)).collect();
    let columns = delivery().columns.into_iter().filter(|column| column.name.is_some()).collect::<Vec<_>>();
    let rows: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(at, event)| {
            let cells =
                columns.iter().map(|column| (column.name.clone().expect("a name"), cell(column, event)));
            Value::Object(cells.chain([("_id".to_owned(), json!(at))]).collect())
        })
        .collect();
    let types: Map<String, Value> = columns
        .iter()
        .map(|column| (column.name.clone().expect("a name"), json!(format!("{:?}", column.ty))))
        .collect();
    let mut formulas: Vec<Formula> = predicates::all();
    formulas.extend(arrays::all());
    let simple = formulas.clone();
    // Every predicate also negated, and in mixtures.
    formulas.extend(simple.iter().cloned().map(Formula::not));
    for _ in 0..400 {
        let mut part = || {
            let formula = dice.pick(&simple).clone();
            if dice.roll(3) == 0 { formula.not() } else { formula }
        };
        let (a, b, c) = (part(), part(), part());
        let mixed = match dice.roll(3) {
            0 => Formula::and([a, Formula::or([b, c])]),
            1 => Formula::or([a, Formula::and([b, c])]),
            _ => Formula::and([a, Formula::or([b, c]).not()]),
        };
        formulas.push(mixed);
    }
    let mut out = json!({ "columns": types, "rows": rows, "events": events }).to_string() + "\n";
    for formula in formulas {
        let shown = formula.to_string();
        let Ok(matcher) = Matcher::of(&formula) else { continue };
        let compiled = compile(formula);
        let Some(query) = compiled.query.filter(|_| !is_out_of_scope(&shown)) else { continue };
        let mut tree = read(&query).expect("what is printed is read back");
        tree.expressions_mut().into_iter().for_each(plain);
        let expected: Vec<usize> =
            (0..events.len()).filter(|at| matcher.matches(&Event::new(events[*at].clone()))).collect();
        let notes: Vec<&str> = compiled.notes.iter().map(|note| note.direction.name()).collect();
        let case = json!({
            "formula": shown, "query": query, "plain": print(&tree), "notes": notes, "expected": expected,
        });
        out.push_str(&case.to_string());
        out.push('\n');
    }
    out
}

/// Writes the cases where `SIGMATA_CASES` says, and always makes them, which asserts on each query.
#[test]
fn cases_for_engines() {
    let cases = cases();
    assert!(cases.lines().count() > 300);
    if let Some(file) = std::env::var_os("SIGMATA_CASES") {
        std::fs::write(file, cases).expect("a writable file");
    }
}
