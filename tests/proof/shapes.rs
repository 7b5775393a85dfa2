//! Injection: a hostile value in any place leaves the query the shape that it has for a harmless value.
//!
//! For SPL and CWLI the shape is what their readers in `tests/support` see: commands, connectives, and the fields that
//! each leaf reads. For KQL the queries are written out, and Microsoft's parser says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;
use sigmata::backend::{Backend, Options, cwli, kql, spl};
use sigmata::check::TypedRule;
use sigmata::ir::{
    Condition, Element, FieldUse, Formula, Predicate, Quantifier, Regex, Subject, Text, TextPattern,
};
use sigmata::rule::pattern::Piece;
use sigmata::rule::{Detection, DetectionRule, LogSource, Meta};
use sigmata::schema::{Base, Path, Step, Type};
use sigmata::source::{Span, Spanned};

use super::cwli::parse::{Command as CwliCommand, Key, Term, parse};
use super::events::HOSTILE;
use super::rules::REGISTRY;
use super::spl::parse::{Command, Expr, SearchTerm, query};

/// Values that end literals, begin commands, or call macros where they are not kept in.
const BREAKING: &[&str] = &[
    "x\" or true //",
    "x' or 1=1 #",
    "\\\" or true //",
    "\\",
    "\\\\\"",
    "`macro`",
    "```x```",
    "| delete",
    "]]|[x",
    "/ or /",
    "\\x2f",
    "x/ or a like /y",
    "\n| project x",
    "\r\n# x",
    "```\n```",
    "$token$",
    "*) OR (index=*",
    "\u{0}",
    "\u{202e}x",
    "@\"x\"",
    "h\"x\"",
    "{{x}}",
    "%00",
    "\\Qx\\E",
    "\\E.*",
    "\u{1f600}\"",
    "a\u{85}\"b",
];

/// Values without anything special, one for each way in which a value may be written.
const HARMLESS: &[&str] = &[
    "harmless",
    "Harm",
    "KS",
    "5",
    "",
    "é",
    "éS",
    "true",
    "success",
    "null",
    "x",
    "+",
    "a+b",
    "a é",
    "10.0.0.0/8",
    " ",
    "\u{7}",
    "a\u{7}é",
    "a\tb",
];

/// The place where the value is a name.
const KEY: &str = "key of an object";

type Place = (&'static str, fn(&str) -> (Formula, Option<String>));

fn path(base: Base, keys: &[&str]) -> Path {
    let steps = keys.iter().map(|key| match *key {
        "[]" => Step::Each,
        key => Step::Key(key.into()),
    });
    Path { base, steps: steps.collect() }
}

fn on(path: Path, test: Condition) -> Formula {
    let field = FieldUse {
        path,
        ty: Type::String,
        never_empty: false,
        never_null: false,
        always: false,
        text: "field".into(),
        span: Span::default(),
    };
    Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
}

fn text(shape: TextPattern, cased: bool) -> Condition {
    Condition::Text(vec![Text { shape, cased, member: false, span: Span::default() }])
}

/// A shape that is never empty, because the reader of rules makes none.
fn filled(value: &str) -> String {
    if value.is_empty() { "x".to_owned() } else { value.to_owned() }
}

const REASON: [&str; 2] = ["properties", "resultReason"];

fn column(test: Condition) -> Formula {
    on(path(Base::Event, &REASON), test)
}

fn places() -> Vec<Place> {
    vec![
        ("equality", |value| (column(text(TextPattern::Equals(value.into()), false)), None)),
        ("no equality", |value| (column(text(TextPattern::Equals(value.into()), false)).not(), None)),
        ("cased equality", |value| (column(text(TextPattern::Equals(value.into()), true)), None)),
        ("start", |value| (column(text(TextPattern::StartsWith(filled(value)), false)), None)),
        ("end", |value| (column(text(TextPattern::EndsWith(filled(value)), false)), None)),
        ("part", |value| (column(text(TextPattern::Contains(filled(value)), false)), None)),
        ("cased part", |value| (column(text(TextPattern::Contains(filled(value)), true)), None)),
        ("wildcards", |value| {
            let pieces = vec![Piece::Text(filled(value)), Piece::Any, Piece::Text("y".into()), Piece::One];
            (column(text(TextPattern::Glob(pieces), false)), None)
        }),
        ("one of a list", |value| {
            let one = |text: &str| Text {
                shape: TextPattern::Equals(text.into()),
                cased: false,
                member: false,
                span: Span::default(),
            };
            (column(Condition::Text(vec![one("first"), one(value), one("last")])), None)
        }),
        ("expression", |value| {
            let regex = Regex {
                pattern: format!("^{}$", regex::escape(value)),
                ignore_case: false,
                multi_line: false,
                dot_all: false,
                span: Span::default(),
            };
            (column(Condition::Regex(vec![regex])), None)
        }),
        ("member of an object", |value| {
            let steps = path(Base::Event, &["properties", "initiatedBy", "user", "userPrincipalName"]);
            (on(steps, text(TextPattern::Equals(value.into()), false)), None)
        }),
        (KEY, |value| {
            let mut steps = path(Base::Event, &["properties", "initiatedBy"]);
            steps.steps.push(Step::Key(filled(value).into()));
            (on(steps, text(TextPattern::Equals("x".into()), false)), None)
        }),
        ("element", |value| {
            let steps = path(Base::Event, &["properties", "targetResources", "[]", "displayName"]);
            (on(steps, text(TextPattern::Equals(value.into()), false)), None)
        }),
        ("same element", |value| {
            let of = |key: &str, value: &str| {
                on(path(Base::Element, &[key]), text(TextPattern::Equals(value.into()), false))
            };
            let body = Formula::and([of("type", "User"), of("displayName", value)]);
            let array = path(Base::Event, &["properties", "targetResources"]);
            let element = Element { array, quantifier: Quantifier::Any, body, span: Span::default() };
            (Formula::Elem(Box::new(element)), None)
        }),
        ("key of a keyed list", |value| {
            let mut steps = path(Base::Event, &["properties", "additionalDetails"]);
            steps.steps.push(Step::Select { member: "key".into(), key: value.into() });
            steps.steps.push(Step::Key("value".into()));
            (on(steps, text(TextPattern::Equals("x".into()), false)), None)
        }),
        ("keyword", |value| {
            let test = text(TextPattern::Contains(filled(value)), false);
            let predicate = Predicate { subject: Subject::Event, test, span: Span::default() };
            (Formula::Pred(Box::new(predicate)), None)
        }),
        ("title", |value| (column(text(TextPattern::Equals("x".into()), false)), Some(value.to_owned()))),
    ]
}

fn compile(target: &dyn Backend, (formula, title): (Formula, Option<String>)) -> Option<String> {
    let title = title.map(|title| Spanned { value: title, span: Span::default() });
    let rule = DetectionRule {
        meta: Meta { title, ..Meta::default() },
        logsource: LogSource::default(),
        detection: Detection::default(),
        first_seen: None,
    };
    let schema = REGISTRY.get("azure/auditlogs");
    let typed = TypedRule { schema, formula: Some(formula), fields: Vec::new() };
    target.compile(&rule, &typed, &Options::default()).query
}

/// A condition with its values forgotten. Two leaves of the same fields beside each other are one: how many tests a
/// value needs does not matter to the structure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bones {
    Leaf(BTreeSet<String>),
    Not(Box<Bones>),
    And(BTreeSet<Bones>),
    Or(BTreeSet<Bones>),
}

fn joined(parts: impl IntoIterator<Item = Bones>, make: fn(BTreeSet<Bones>) -> Bones) -> Bones {
    let mut parts: BTreeSet<Bones> = parts.into_iter().collect();
    // A guard on the same fields as another leaf is a part of it.
    match parts.len() {
        1 => parts.pop_first().unwrap_or_else(|| make(BTreeSet::new())),
        _ => make(parts),
    }
}

/// `None` for what only looks for words of the raw text: a condition after it says the same of a field.
fn bones_of_search(term: &SearchTerm) -> Option<Bones> {
    Some(match term {
        SearchTerm::Term(_) => return None,
        SearchTerm::Every => Bones::Leaf(BTreeSet::new()),
        SearchTerm::Compare(name, _) => Bones::Leaf([name.clone()].into()),
        SearchTerm::Not(inner) => Bones::Not(Box::new(bones_of_search(inner)?)),
        SearchTerm::And(parts) => joined(parts.iter().filter_map(bones_of_search), Bones::And),
        SearchTerm::Or(parts) => {
            joined(parts.iter().map(bones_of_search).collect::<Option<Vec<_>>>()?, Bones::Or)
        }
    })
}

fn fields_of(expr: &Expr, found: &mut BTreeSet<String>) {
    match expr {
        Expr::Field(name) => drop(found.insert(name.clone())),
        Expr::Text(_) | Expr::Number(_) => {}
        Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                fields_of(part, found);
            }
        }
        Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|part| fields_of(part, found)),
        Expr::Not(inner) => fields_of(inner, found),
    }
}

fn bones_of_expr(expr: &Expr) -> Bones {
    match expr {
        Expr::Not(inner) => Bones::Not(Box::new(bones_of_expr(inner))),
        // `isnull` of a test is its negation.
        Expr::Call(name, parts) if name == "isnull" && matches!(&parts[..], [Expr::Call(..)]) => {
            Bones::Not(Box::new(bones_of_expr(&parts[0])))
        }
        Expr::And(parts) => joined(parts.iter().map(bones_of_expr), Bones::And),
        Expr::Or(parts) => joined(parts.iter().map(bones_of_expr), Bones::Or),
        leaf => {
            let mut fields = BTreeSet::new();
            fields_of(leaf, &mut fields);
            Bones::Leaf(fields)
        }
    }
}

impl Bones {
    /// The same without the names of fields.
    fn nameless(self) -> Self {
        match self {
            Self::Leaf(_) => Self::Leaf(BTreeSet::new()),
            Self::Not(inner) => Self::Not(Box::new(inner.nameless())),
            Self::And(parts) => joined(parts.into_iter().map(Self::nameless), Self::And),
            Self::Or(parts) => joined(parts.into_iter().map(Self::nameless), Self::Or),
        }
    }

    fn show(self, names: bool) -> String {
        if names { format!("{self:?}") } else { format!("{:?}", self.nameless()) }
    }
}

fn spl_shape(text: &str, names: bool) -> Result<String, String> {
    let query = query(text)?;
    let mut parts: Vec<Bones> = bones_of_search(&query.search).into_iter().collect();
    let mut others = String::new();
    for command in &query.commands {
        match command {
            Command::Where(expr) => parts.push(bones_of_expr(expr)),
            Command::Eval(assignments) => {
                for (name, expr) in assignments {
                    let mut fields = BTreeSet::new();
                    fields_of(expr, &mut fields);
                    if !names {
                        fields.clear();
                    }
                    let _ = write!(others, " eval {name} of {fields:?}");
                }
            }
            Command::Spath(path, output) => {
                let _ = write!(others, " spath {path:?} {output}");
            }
            Command::Table(columns) => {
                let _ = write!(others, " table {columns:?}");
            }
        }
    }
    let mut flat = BTreeSet::new();
    for part in parts {
        match part {
            Bones::And(inner) => flat.extend(inner),
            other => drop(flat.insert(other)),
        }
    }
    Ok(joined(flat, Bones::And).show(names) + &others)
}

fn names_of(term: &Term, found: &mut BTreeSet<String>) {
    match term {
        Term::Name(keys) => {
            let keys = keys.iter().map(|key| match key {
                Key::Member(key) => key.clone(),
                Key::Index(at) => at.to_string(),
            });
            found.insert(keys.collect::<Vec<_>>().join("."));
        }
        Term::Text(_) | Term::Number(_) | Term::Regex(_) => {}
        Term::List(parts) | Term::Call(_, parts) => parts.iter().for_each(|part| names_of(part, found)),
        Term::Binary(_, left, right) => [left, right].into_iter().for_each(|part| names_of(part, found)),
        Term::Not(inner) => names_of(inner, found),
    }
}

fn bones_of_term(term: &Term) -> Bones {
    match term {
        Term::Not(inner) => Bones::Not(Box::new(bones_of_term(inner))),
        Term::Binary(word, left, right) if word == "and" => {
            joined([bones_of_term(left), bones_of_term(right)], Bones::And)
        }
        Term::Binary(word, left, right) if word == "or" => {
            joined([bones_of_term(left), bones_of_term(right)], Bones::Or)
        }
        leaf => {
            let mut names = BTreeSet::new();
            names_of(leaf, &mut names);
            Bones::Leaf(names)
        }
    }
}

fn cwli_shape(text: &str, names: bool) -> Result<String, String> {
    let commands = std::panic::catch_unwind(|| parse(text)).map_err(|_| "unreadable".to_owned())?;
    let read = |terms: &[&Term]| {
        let mut found = BTreeSet::new();
        if names {
            for term in terms {
                names_of(term, &mut found);
            }
        }
        format!("{found:?}")
    };
    let shown = commands.iter().map(|command| match command {
        CwliCommand::Fields(columns) => {
            let terms: Vec<&Term> = columns.iter().map(|(term, _)| term).collect();
            let aliases: Vec<_> = columns.iter().filter_map(|(_, alias)| alias.clone()).collect();
            format!("fields {} {aliases:?}", read(&terms))
        }
        CwliCommand::Filter(term) => format!("filter {}", bones_of_term(term).show(names)),
        CwliCommand::Unnest(term, item) => format!("unnest {} {item}", read(&[term])),
        CwliCommand::Display | CwliCommand::Dedup | CwliCommand::Limit => format!("{command:?}"),
    });
    Ok(shown.collect::<Vec<_>>().join(" | "))
}

/// Every hostile value in every place: the place, the value, and the query, if there is one.
fn hostile(target: &dyn Backend, mut each: impl FnMut(&'static str, &str, String)) -> usize {
    let mut refused = 0;
    for (place, make) in places() {
        for value in HOSTILE.iter().chain(BREAKING) {
            match compile(target, make(value)) {
                Some(query) => each(place, value, query),
                None => refused += 1,
            }
        }
    }
    refused
}

fn check(target: &dyn Backend, shape: fn(&str, bool) -> Result<String, String>) {
    let mut wrong = Vec::new();
    let mut judged = 0;
    // Where the value is a name, the name says nothing.
    let named = |place: &str| place != KEY;
    let known: BTreeMap<&str, BTreeSet<String>> = places()
        .into_iter()
        .map(|(place, make)| {
            let shapes = HARMLESS.iter().filter_map(|value| compile(target, make(value)));
            let shapes = shapes.map(|query| shape(&query, named(place)).expect("a harmless query is read"));
            (place, shapes.collect())
        })
        .collect();
    let refused = hostile(target, |place, value, query| {
        judged += 1;
        match shape(&query, named(place)) {
            Ok(shown) if known[place].contains(&shown) => {}
            other => wrong.push(format!("{place} {value:?}: {other:?}\nknown: {:#?}\n{query}", known[place])),
        }
    });
    println!("{}: {judged} hostile queries of {} places, {refused} refused", target.name(), places().len());
    assert!(judged > 900, "{judged}");
    assert!(
        wrong.is_empty(),
        "{} of another shape:\n{}",
        wrong.len(),
        wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n\n")
    );
}

#[test]
fn hostile_values_keep_the_shape_of_spl() {
    check(&spl::Spl, spl_shape);
}

#[test]
fn hostile_values_keep_the_shape_of_cwli() {
    check(&cwli::Cwli, cwli_shape);
}

/// Writes the queries of KQL where `SIGMATA_PROOF` says, for `tests/engines/kql_valid`; each is read back here.
#[test]
fn hostile_values_are_written_out_for_kql() {
    let target = &kql::Kql::SENTINEL;
    let mut out = String::new();
    let mut count = 0;
    let mut faults = 0;
    for (place, make) in places() {
        for value in HARMLESS {
            if let Some(query) = compile(target, make(value)) {
                let id = format!("{place} {value:?}");
                let _ = writeln!(
                    out,
                    "{}",
                    json!({ "id": id, "query": query, "shape": place, "harmless": true })
                );
            }
        }
    }
    let refused = hostile(target, |place, value, query| {
        count += 1;
        assert!(kql::read::read(&query).is_ok(), "{place} {value:?}: {query}");
        let id = format!("{place} {value:?}");
        let _ = writeln!(out, "{}", json!({ "id": id, "query": query, "shape": place }));
        // The same with the escape of a quote forgotten.
        let broken = query.replacen("\\\"", "\"", 1);
        if broken != query {
            faults += 1;
            let fault = "an unescaped quote";
            let _ = writeln!(out, "{}", json!({ "id": id, "query": broken, "shape": place, "fault": fault }));
        }
    });
    println!("kql: {count} hostile queries, {refused} refused, {faults} with a fault");
    assert!(count > 900 && faults > 50, "{count} {faults}");
    if let Some(folder) = std::env::var_os("SIGMATA_PROOF") {
        std::fs::write(std::path::Path::new(&folder).join("shapes.ndjson"), out).expect("a writable folder");
    }
}
