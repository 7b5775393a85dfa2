//! Every query selects what the evaluator selects: rules of the library, of the public corpus and random ones, over
//! events that satisfy them, that just fail to, and that hold hostile values.
//!
//! SPL and CWLI run here, on the interpreters of `tests/support`. For KQL the cases are written out, and
//! `tests/engines/run` gives them to engines; see `docs/proof.md`.
//! `SIGMATA_SEED` seeds the random parts, `SIGMATA_ROUNDS` multiplies them.

#[path = "../support/again.rs"]
mod again;
#[path = "../support/cwli/mod.rs"]
mod cwli;
mod deliveries;
mod dice;
mod events;
mod examples;
mod export;
mod faults;
mod judge;
mod limits;
mod published;
mod random;
mod rows;
mod rules;
mod shapes;
mod shrink;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "Splunk's numbers are doubles"
)]
#[path = "../support/spl/mod.rs"]
mod spl;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use sigmata::schema::Schema;

use dice::{Dice, rounds};
use judge::{CWLI, Language, SPL, Tally};
use rules::{REGISTRY, Rule};

/// The rules of one log, each with its events, and events that were recorded.
struct Log {
    name: String,
    schema: Arc<Schema>,
    rules: Vec<(Rule, Vec<Value>)>,
    recorded: Vec<Value>,
}

impl Log {
    fn new(name: String, schema: Arc<Schema>, rules: Vec<Rule>, dice: &mut Dice) -> Self {
        let bases: Vec<Value> = rules.iter().flat_map(|rule| rule.events.clone()).collect();
        let rules = rules
            .into_iter()
            .map(|rule| {
                let mut events: Vec<Value> =
                    rule.events.iter().filter(|event| schema.validate(event).is_empty()).cloned().collect();
                let own = if events.is_empty() { &bases } else { &rule.events };
                let maker = events::Maker::new(&schema, &rule.formula, &rule.matcher, dice);
                events.extend(maker.events(10, own, dice));
                events.extend(witnesses(&rule, &schema));
                // Shortened samples may lack the time, which every record has, and an engine would fill it in.
                events.retain_mut(|event| events::timed(event, &schema));
                (rule, events)
            })
            .collect();
        let mut recorded = rules::recorded(&schema);
        recorded.retain_mut(|event| events::timed(event, &schema));
        Self { name, schema, rules, recorded }
    }
}

/// Everything that is judged.
static LOGS: LazyLock<Vec<Log>> = LazyLock::new(|| {
    let mut by_log: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    for rule in rules::library().into_iter().chain(rules::corpus()).chain(rules::kept()) {
        by_log.entry(rule.schema().name.clone()).or_default().push(rule);
    }
    let mut dice = Dice::new(1);
    for name in REGISTRY.names() {
        let found = random::rules(&REGISTRY, name, 16 * rounds(), &mut dice);
        by_log.entry(name.to_owned()).or_default().extend(found);
    }
    let shipped = by_log.into_iter().map(|(name, rules)| {
        let schema = REGISTRY.get(&name).expect("a schema");
        Log::new(name, schema, rules, &mut dice)
    });
    let mut logs: Vec<Log> = shipped.collect();
    for drawn in deliveries::drawn(rounds(), &mut Dice::new(8)) {
        logs.push(Log::new(drawn.name, drawn.schema, drawn.rules, &mut dice));
    }
    logs
});

/// Events that the solver makes: one for each way to match, with near misses.
fn witnesses(rule: &Rule, schema: &Schema) -> Vec<Value> {
    let found = sigmata::solve::witnesses(&rule.formula, Some(schema), 7, 3).found;
    let events = found.into_iter().flat_map(|found| {
        std::iter::once(found.event).chain(found.near.into_iter().take(3).map(|near| near.event))
    });
    events.map(|event| event.value().clone()).filter(|event| schema.validate(event).is_empty()).collect()
}

/// The events for a rule: its own, and a few of others.
fn events_for<'l>(log: &'l Log, at: usize, dice: &mut Dice) -> Vec<&'l Value> {
    let mut events: Vec<&Value> = log.rules[at].1.iter().collect();
    for _ in 0..12 {
        events.extend(log.rules[dice.roll(log.rules.len())].1.first());
    }
    if !log.recorded.is_empty() {
        events.extend((0..3).map(|_| dice.pick(&log.recorded)));
    }
    events
}

fn agree(language: &Language) {
    let mut tally = Tally::default();
    let mut dice = Dice::new(2);
    for log in LOGS.iter() {
        for (at, (rule, _)) in log.rules.iter().enumerate() {
            judge::judge(language, rule, &events_for(log, at, &mut dice), &mut tally);
        }
    }
    println!("{}", tally.show(language.name));
    assert!(
        tally.wrong.is_empty(),
        "{} disagreements:\n{}",
        tally.wrong.len(),
        tally.wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n")
    );
    assert!(tally.of("pairs") > 3000 && tally.of("pairs that match") > 300, "too little was judged");
}

#[test]
fn queries_of_spl_select_what_the_rules_mean() {
    agree(&SPL);
}

#[test]
fn queries_of_cwli_select_what_the_rules_mean() {
    agree(&CWLI);
}
