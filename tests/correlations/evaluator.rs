//! The evaluator over the same sequences, against the same definition.

use serde_json::Value;
use sigmata::{Checker, Rules};

use super::sequences::{Dice, Fired, cases, chains, events, fired, matches, ranks};
use super::{document, rounds, seed};

/// 2026-01-01, in seconds since 1970.
const START: i64 = 1_767_225_600;

/// Where the last correlation of some rules fires.
pub fn evaluated(rules: &Rules, events: &[Value]) -> Fired {
    let correlation = rules.correlations().last().expect("a correlation");
    let matcher = correlation.matcher().expect("a matcher");
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let firings = matcher.firings(&lines.join("\n")).expect("events");
    let each = firings.into_iter().map(|found| {
        let group: Vec<String> = found.group.into_iter().map(|(_, value)| value).collect();
        (group.join("|"), found.time / 1_000_000_000 - START)
    });
    each.collect()
}

#[test]
fn the_evaluator_finds_what_the_definition_says() {
    let read = |inner: &str, text: &str| Checker::new().read("rules.yml", &document(inner, text));
    let (mut pairs, mut firing) = (0, 0);
    let mut judge = |rules: &Rules, text: &str, fires: &dyn Fn(&[Value]) -> Fired| {
        let mut dice = Dice(seed() ^ 2);
        for _ in 0..20 * rounds() {
            let events = events(&mut dice);
            let expected = fires(&events);
            assert_eq!(evaluated(rules, &events), expected, "{text}\n{events:#?}");
            pairs += 1;
            firing += usize::from(!expected.is_empty());
        }
    };
    // What a rule asks by `first_seen` is not a correlation.
    for case in cases().into_iter().chain(ranks()).filter(|case| case.text.starts_with("type:")) {
        let fires = |events: &[Value]| fired(&matches(events, &case.rules, case.group), &case.holds);
        judge(&read("", &case.text), &case.text, &fires);
    }
    for chain in chains() {
        judge(&read(&chain.inner, &chain.text), &chain.text, &*chain.fires);
    }
    println!("{pairs} pairs of a sequence and a correlation, of which {firing} fire");
    assert!(firing * 3 > pairs, "{firing} of {pairs} fire");
}
