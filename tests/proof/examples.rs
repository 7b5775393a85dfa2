//! Every example event of a rule of the library is selected by the rule's own query as it is: whoever sends it to the
//! product, where the query also asks for what parts the log from others in the same place, finds it.

use serde_json::Value;
use sigmata::backend::kql::Kql;
use sigmata::backend::{Backend as _, Options};
use sigmata::schema::Platform;
use sigmata::solve;

use super::dice::Dice;
use super::judge::{CWLI, Language, SPL};
use super::rows::rows_of_some;
use super::rules::{self, Rule};

/// What `sigmata witness` gives of the rule.
fn examples(rule: &Rule) -> Vec<Value> {
    let found = solve::witnesses(&rule.formula, Some(rule.schema()), 0, 16).found;
    found.into_iter().map(|found| found.event.value().clone()).collect()
}

/// The example events that a query leaves out, and how many were tried.
fn missed(language: &Language) -> (Vec<String>, usize) {
    let (mut missed, mut tried) = (Vec::new(), 0);
    for rule in rules::library() {
        let compiled = language.target.compile(&rule.document, &rule.typed, &Options::default());
        let Some(query) = &compiled.query else { continue };
        let run = (language.runner)(rule.schema(), query).expect("a query that is read");
        for event in examples(&rule) {
            tried += 1;
            let found = match run(&event) {
                None => "the delivery does not hold it".to_owned(),
                Some(Err(error)) => error,
                Some(Ok(found)) if found.iter().all(|selected| *selected) => continue,
                Some(Ok(found)) => format!("{found:?}"),
            };
            missed.push(format!("{}: {found}\n{event}\n{query}", rule.name));
        }
    }
    (missed, tried)
}

fn none_is_missed(language: &Language) {
    let (missed, tried) = missed(language);
    assert!(missed.is_empty(), "{} of {tried} missed:\n{}", missed.len(), missed.join("\n\n"));
    assert!(tried > 300, "{tried} events");
}

#[test]
fn example_events_are_selected_in_spl() {
    none_is_missed(&SPL);
}

#[test]
fn example_events_are_selected_in_cwli() {
    none_is_missed(&CWLI);
}

/// That the queries select them there, engines say: `cases_of_kql` writes them with the others.
#[test]
fn example_events_are_rows_of_the_table_that_the_query_reads() {
    let mut dice = Dice::new(5);
    let (mut missed, mut tried) = (Vec::new(), 0);
    for rule in rules::library() {
        let compiled = Kql::SENTINEL.compile(&rule.document, &rule.typed, &Options::default());
        if compiled.query.is_none() || compiled.notes.iter().any(|note| note.code.id == "S0822") {
            continue;
        }
        let read: Vec<&str> = compiled.reads.iter().map(|read| read.place.as_str()).collect();
        for event in examples(&rule) {
            tried += 1;
            let held = rule
                .schema()
                .deliveries(Platform::Sentinel)
                .filter(|delivery| read.contains(&delivery.name.as_str()))
                .any(|delivery| {
                    rows_of_some(delivery, &event, &mut dice).is_some_and(|rows| !rows.is_empty())
                });
            if !held {
                missed.push(format!("{}: {read:?}\n{event}", rule.name));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {tried} missed:\n{}", missed.len(), missed.join("\n\n"));
    assert!(tried > 300, "{tried} events");
}
