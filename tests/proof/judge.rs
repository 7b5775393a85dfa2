//! Queries of SPL and CWLI on the interpreters of `tests/support`, against the evaluator.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use sigmata::backend::{Backend, Compiled, Direction, Fidelity, Note, Options, codes, cwli, spl};
use sigmata::check::TypedRule;
use sigmata::eval::{Event, Matcher};
use sigmata::ir::Formula;
use sigmata::schema::Platform;
use sigmata::schema::{Delivery, ObjectType, Path, Schema, Type};

use super::again::again;
use super::rows::records;
use super::rules::{Rule, told};
use super::shrink::shrink;

/// What came of many pairs of rule and event.
#[derive(Default)]
pub struct Tally {
    pub counts: BTreeMap<&'static str, usize>,
    pub wrong: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn of(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or(0)
    }

    pub fn show(&self, name: &str) -> String {
        let mut out = format!("{name}:");
        for (what, count) in &self.counts {
            let _ = write!(out, " {count} {what},");
        }
        let _ = write!(out, " {} disagreements", self.wrong.len());
        out
    }
}

/// Whether the notes of a query admit that it selects (or leaves out) an event that the rule does not (or does).
///
/// That a log has no delivery excuses nothing: unknown is where the log lives, not what the query means there.
pub fn admits(compiled: &Compiled, selected: bool) -> bool {
    let side = if selected { Direction::Wider } else { Direction::Narrower };
    let sided = |note: &Note| note.direction == side || note.direction == Direction::Either;
    compiled.notes.iter().any(|note| sided(note) && note.code.id != codes::UNMAPPED.id)
}

/// Runs one query over events.
pub type Runner = Box<dyn Fn(&Value) -> Option<Result<Vec<bool>, String>>>;

/// The name under which a raw delivery keeps a field.
fn stored_name(delivery: Option<&Delivery>, path: &Path) -> String {
    let name = path.name();
    let moved = delivery.into_iter().flat_map(|delivery| &delivery.columns).find_map(|column| {
        let below = path.steps.strip_prefix(&column.path.steps[..])?;
        let rest = Path { base: path.base, steps: below.to_vec() }.name();
        let stored = column.name.clone()?;
        Some(if below.is_empty() { stored } else { format!("{stored}.{rest}") })
    });
    moved.unwrap_or(name)
}

/// The fields that an add-on calls otherwise than the record, with their names there.
pub fn renamed(delivery: Option<&Delivery>) -> Vec<(String, String)> {
    let columns = delivery.into_iter().flat_map(|delivery| &delivery.columns);
    let renamed = columns.filter(|column| column.renamed);
    renamed.filter_map(|column| Some((column.path.name(), column.name.clone()?))).collect()
}

fn delivery_of<'s>(schema: &'s Schema, platform: Platform, query: &str) -> Option<&'s Delivery> {
    schema
        .deliveries(platform)
        .find(|delivery| query.contains(&delivery.name))
        .or_else(|| schema.delivery(platform))
}

/// Every combination of what Splunk's documentation leaves open.
fn choices(base: &super::spl::Engine) -> Vec<super::spl::Engine> {
    let combinations = [(false, false), (false, true), (true, false), (true, true)];
    combinations
        .map(|(null_text, lone)| super::spl::Engine { null_text, lone, null_string: lone, ..base.clone() })
        .to_vec()
}

/// A delivery to Splunk, with the interpreters of its events: one for each choice that Splunk's documentation leaves
/// open, and with what an add-on fills in and without.
struct Splunk {
    delivery: Option<Delivery>,
    engines: Vec<super::spl::Engine>,
}

impl Splunk {
    fn new(schema: &Schema, delivery: Option<&Delivery>) -> Self {
        let filled: Vec<_> = delivery
            .iter()
            .flat_map(|delivery| &delivery.columns)
            .filter_map(|column| Some((column.name.clone()?, column.absent_as.first()?.clone())))
            .collect();
        let mut plain = super::spl::Engine {
            sourcetype: delivery.as_ref().map(|delivery| delivery.name.clone()).unwrap_or_default(),
            time: schema.time.as_ref().map(|time| stored_name(delivery, time)).unwrap_or_default(),
            renamed: renamed(delivery),
            ..super::spl::Engine::default()
        };
        let told = delivery.iter().flat_map(|delivery| &delivery.discriminator);
        for (_, values) in told.filter(|(path, _)| path.name() == "source") {
            plain.source = values[0].text();
        }
        let mut engines = choices(&plain);
        if !filled.is_empty() {
            engines.extend(choices(&super::spl::Engine { filled, ..plain }));
        }
        Self { delivery: delivery.cloned(), engines }
    }
}

/// The interpreters of SPL for a query, in each delivery that it reads.
pub fn spl_runner(schema: &Schema, query: &str) -> Result<Runner, String> {
    let parsed = super::spl::parse::queries(query)?;
    let mut read: Vec<Splunk> = schema
        .deliveries(Platform::Splunk)
        .filter(|delivery| query.contains(&format!("\"{}\"", delivery.name)))
        .map(|delivery| Splunk::new(schema, Some(delivery)))
        .collect();
    if read.is_empty() {
        read.push(Splunk::new(schema, None));
    }
    let run = move |event: &Value| {
        let mut outcomes = Vec::new();
        for Splunk { delivery, engines } in &read {
            let records = match delivery {
                Some(delivery) => records(delivery, event),
                None => Some(vec![event.clone()]),
            };
            // Of several ways to Splunk an event may have taken any that holds it.
            let Some(records) = records else { continue };
            outcomes.extend(engines.iter().map(|engine| {
                let mut some = false;
                for record in &records {
                    let fields = engine.extract(record);
                    for query in &parsed {
                        some |= engine.run(query, &fields)?;
                    }
                }
                Ok(some)
            }));
        }
        if outcomes.is_empty() { None } else { Some(outcomes.into_iter().collect()) }
    };
    Ok(Box::new(run))
}

/// The interpreter of CWLI for a query, in every reading of AWS's documentation.
pub fn cwli_runner(schema: &Schema, query: &str) -> Result<Runner, String> {
    let program = catch_unwind(|| super::cwli::Program::new(query)).map_err(|_| "unreadable".to_owned())?;
    let delivery = delivery_of(schema, Platform::CloudWatch, query).cloned();
    let time = schema.time.clone();
    let run = move |event: &Value| {
        let records = match &delivery {
            Some(delivery) => records(delivery, event)?,
            None => vec![event.clone()],
        };
        let time = time.as_ref().and_then(|time| Event::new(event.clone()).texts(time, 1).pop());
        let seconds = time.as_deref().and_then(super::spl::eval::instant).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, reason = "a date of the tests")]
        let millis = (seconds * 1000.0).round() as i64;
        let mut found: Vec<bool> = Vec::new();
        for record in &records {
            let outcomes =
                catch_unwind(AssertUnwindSafe(|| program.outcomes(&super::cwli::Event { record, millis })));
            let Ok(outcomes) = outcomes else {
                return Some(Err("the interpreter knows no such thing".into()));
            };
            // One record is one event; of several rows of one event some must be selected, in each reading.
            let outcomes: Vec<bool> = outcomes.into_iter().map(|(_, selected)| selected).collect();
            if found.len() == outcomes.len() {
                found.iter_mut().zip(&outcomes).for_each(|(old, new)| *old |= new);
            } else {
                found = outcomes;
            }
        }
        Some(Ok(if records.is_empty() { vec![false] } else { found }))
    };
    Ok(Box::new(run))
}

/// A query language with its interpreter.
pub struct Language {
    pub name: &'static str,
    pub target: &'static dyn Backend,
    pub runner: fn(&Schema, &str) -> Result<Runner, String>,
    /// Whether it is only claimed for numbers that the event writes as numbers: `docs/targets/cwli.md` says so.
    pub plain_numbers: bool,
    /// Whether it is only claimed for lists that the event writes as lists: `docs/targets/spl.md` says so.
    pub plain_lists: bool,
}

pub const SPL: Language = Language {
    name: "SPL on our interpreter",
    target: &spl::Spl,
    runner: spl_runner,
    plain_numbers: false,
    plain_lists: true,
};

pub const CWLI: Language = Language {
    name: "CWLI on our interpreter",
    target: &cwli::Cwli,
    runner: cwli_runner,
    plain_numbers: true,
    plain_lists: false,
};

/// Whether a field of numbers holds a text.
pub fn writes_numbers_as_text(object: &ObjectType, value: &Value) -> bool {
    fn text(ty: &Type, value: &Value) -> bool {
        match (ty, value) {
            (Type::Integer | Type::Number, Value::String(_)) => true,
            (Type::Array(inner), Value::Array(elements)) => {
                elements.iter().any(|element| text(inner, element))
            }
            (Type::Array(inner), other) => text(inner, other),
            (Type::Map(inner), Value::Object(members)) => members.values().any(|value| text(inner, value)),
            (Type::Object(object), value) => writes_numbers_as_text(object, value),
            _ => false,
        }
    }
    object.fields.iter().any(|field| value.get(&*field.name).is_some_and(|value| text(&field.ty, value)))
}

/// Whether one value is in the place of a list.
pub fn writes_list_as_value(object: &ObjectType, value: &Value) -> bool {
    fn lone(ty: &Type, value: &Value) -> bool {
        match (ty, value) {
            (_, Value::Null) => false,
            (Type::Array(inner), Value::Array(elements)) => {
                elements.iter().any(|element| lone(inner, element))
            }
            (Type::Array(_), _) => true,
            (Type::Map(inner), Value::Object(members)) => members.values().any(|value| lone(inner, value)),
            (Type::Object(object), value) => writes_list_as_value(object, value),
            _ => false,
        }
    }
    object.fields.iter().any(|field| value.get(&*field.name).is_some_and(|value| lone(&field.ty, value)))
}

/// Whether the time of the event is finer than a microsecond: the products' own time is not.
fn has_fine_time(schema: &Schema, event: &Value) -> bool {
    let texts =
        schema.time.iter().flat_map(|time| Event::new(event.clone()).texts(time, 1)).collect::<Vec<_>>();
    texts.iter().any(|text| {
        let fraction = text.split_once(['.', ',']).map_or("", |(_, rest)| rest);
        fraction.bytes().take_while(u8::is_ascii_digit).count() > 6
    })
}

/// Why nothing is claimed of a query over the event.
fn unclaimed(language: &Language, schema: &Schema, formula: &Formula, event: &Value) -> Option<&'static str> {
    if language.plain_numbers && writes_numbers_as_text(&schema.record, event) {
        return Some("pairs with numbers as texts, of which nothing is claimed");
    }
    if language.plain_lists && writes_list_as_value(&schema.record, event) {
        return Some("pairs with a value for a list, of which nothing is claimed");
    }
    if has_fine_time(schema, event) {
        return Some("pairs with a time finer than a microsecond");
    }
    (!told(formula, event)).then_some("pairs on letters that engines leave open")
}

/// Whether a formula in the place of the rule's own disagrees with its query about an event that fits the schema.
fn disagrees(language: &Language, rule: &Rule, formula: &Formula, event: &Value) -> Option<String> {
    let schema = rule.schema();
    let mut whole = event.clone();
    if !schema.validate(event).is_empty() || !super::events::timed(&mut whole, schema) || whole != *event {
        return None;
    }
    if unclaimed(language, schema, formula, event).is_some() {
        return None;
    }
    let typed =
        TypedRule { schema: rule.typed.schema.clone(), formula: Some(formula.clone()), fields: Vec::new() };
    let compiled = language.target.compile(&rule.document, &typed, &Options::default());
    let query = compiled.query.as_ref()?;
    let run = (language.runner)(schema, query).ok()?;
    let expected = Matcher::of(formula).ok()?.matches(&Event::new(event.clone()));
    let found = run(event)?.ok()?;
    let wrong = |selected: &bool| *selected != expected && !admits(&compiled, *selected);
    found.iter().any(wrong).then(|| query.clone())
}

/// A disagreement without what it does not need.
fn smaller(language: &Language, rule: &Rule, event: &Value) -> String {
    let (formula, event) = shrink(rule.formula.clone(), event.clone(), &mut |formula, event| {
        disagrees(language, rule, formula, event).is_some()
    });
    let query = disagrees(language, rule, &formula, &event).unwrap_or_default();
    format!("-- smaller\n{formula}\n{event}\n{query}")
}

/// Judges one rule over events.
pub fn judge(language: &Language, rule: &Rule, events: &[&Value], tally: &mut Tally) {
    let compiled = language.target.compile(&rule.document, &rule.typed, &Options::default());
    let Some(query) = &compiled.query else {
        tally.add("queries refused");
        for reason in compiled.diagnostics.iter().filter(|reason| reason.help.is_none()) {
            tally.wrong.push(format!("{}: refused without a remedy: {}", rule.name, reason.message));
        }
        return;
    };
    tally.add(if compiled.fidelity == Fidelity::Exact { "queries exact" } else { "queries approximate" });
    if again(language.target.name(), query).as_deref() != Some(query) {
        tally.wrong.push(format!("{}: not read back\n{query}", rule.name));
    }
    let run = match (language.runner)(rule.schema(), query) {
        Ok(run) => run,
        Err(error) => {
            tally.wrong.push(format!("{}: {error}\n{query}", rule.name));
            return;
        }
    };
    for event in events {
        if let Some(reason) = unclaimed(language, rule.schema(), &rule.formula, event) {
            tally.add(reason);
            continue;
        }
        let expected = rule.matcher.matches(&Event::new((*event).clone()));
        match run(event) {
            None => tally.add("pairs that the delivery does not hold"),
            Some(Err(error)) if compiled.fidelity == Fidelity::Exact => {
                tally.wrong.push(format!("{}: {error}\n{event}\n{query}", rule.name));
            }
            Some(Err(_)) => tally.add("pairs not judged"),
            Some(Ok(found)) => {
                tally.add("pairs");
                if expected {
                    tally.add("pairs that match");
                }
                match found.iter().find(|found| **found != expected) {
                    None => tally.add("agreements"),
                    Some(selected) if admits(&compiled, *selected) => tally.add("admitted by a note"),
                    Some(_) => {
                        let case = format!("{}: expected {expected}, found {found:?}", rule.name);
                        // Many disagreements have one cause: the first ones are made small.
                        let small = if tally.wrong.len() < 12 {
                            smaller(language, rule, event)
                        } else {
                            String::new()
                        };
                        tally.wrong.push(format!("{case}\n{}\n{event}\n{query}\n{small}", rule.formula));
                    }
                }
            }
        }
    }
}
