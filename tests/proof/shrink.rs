//! Smaller cases of a disagreement, so that a person sees its cause.

use serde_json::Value;
use sigmata::ir::{Condition, Element, Formula, Predicate};

/// How many smaller cases are tried for one disagreement.
const ATTEMPTS: usize = 600;

/// The smallest formula and event that steps from the given ones reach and that `fails` still says of.
pub fn shrink(
    mut formula: Formula,
    mut event: Value,
    fails: &mut dyn FnMut(&Formula, &Value) -> bool,
) -> (Formula, Value) {
    let mut left = ATTEMPTS;
    let mut fails = |formula: &Formula, event: &Value| {
        left = left.saturating_sub(1);
        left > 0 && fails(formula, event)
    };
    loop {
        if let Some(found) = formulas(&formula).into_iter().find(|smaller| fails(smaller, &event)) {
            formula = found;
        } else if let Some(found) = events(&event).into_iter().find(|smaller| fails(&formula, smaller)) {
            event = found;
        } else {
            return (formula, event);
        }
    }
}

/// The formula with one part less.
fn formulas(formula: &Formula) -> Vec<Formula> {
    match formula {
        Formula::True | Formula::False => Vec::new(),
        Formula::Not(inner) => {
            let below = formulas(inner).into_iter().map(Formula::not);
            std::iter::once((**inner).clone()).chain(below).collect()
        }
        Formula::And(parts) => several(parts, Formula::and),
        Formula::Or(parts) => several(parts, Formula::or),
        Formula::Elem(element) => formulas(&element.body)
            .into_iter()
            .map(|body| Formula::Elem(Box::new(Element { body, ..(**element).clone() })))
            .collect(),
        Formula::Pred(predicate) => {
            let Condition::Text(texts) = &predicate.test else { return Vec::new() };
            if texts.len() < 2 {
                return Vec::new();
            }
            without_one(texts)
                .map(|texts| {
                    let test = Condition::Text(texts);
                    Formula::Pred(Box::new(Predicate { test, ..(**predicate).clone() }))
                })
                .collect()
        }
    }
}

fn several(parts: &[Formula], join: impl Fn(Vec<Formula>) -> Formula) -> Vec<Formula> {
    let mut found: Vec<Formula> = parts.to_vec();
    found.extend(without_one(parts).map(&join));
    for (at, part) in parts.iter().enumerate() {
        for smaller in formulas(part) {
            let mut parts = parts.to_vec();
            parts[at] = smaller;
            found.push(join(parts));
        }
    }
    found
}

/// The event with one member or element less, or a shorter text.
fn events(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(members) => {
            let mut found: Vec<Value> = members
                .keys()
                .map(|key| {
                    let mut fewer = members.clone();
                    fewer.shift_remove(key);
                    Value::Object(fewer)
                })
                .collect();
            for (key, member) in members {
                for smaller in events(member) {
                    let mut members = members.clone();
                    members.insert(key.clone(), smaller);
                    found.push(Value::Object(members));
                }
            }
            found
        }
        Value::Array(elements) => {
            let mut found: Vec<Value> = without_one(elements).map(Value::Array).collect();
            for (at, element) in elements.iter().enumerate() {
                for smaller in events(element) {
                    let mut elements = elements.clone();
                    elements[at] = smaller;
                    found.push(Value::Array(elements));
                }
            }
            found
        }
        Value::String(text) if text.chars().count() > 1 => {
            let half = text.chars().count() / 2;
            let short: String = text.chars().take(half).collect();
            let rest: String = text.chars().skip(half).collect();
            vec![short.into(), rest.into()]
        }
        _ => Vec::new(),
    }
}

fn without_one<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    (0..items.len()).map(|at| {
        let mut items = items.to_vec();
        items.remove(at);
        items
    })
}

#[test]
fn a_disagreement_is_reduced_to_what_it_needs() {
    let rules = super::rules::read(
        "shrink",
        "title: t\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  s:\n    eventName: [CreateUser, \
         DeleteUser]\n    userAgent|contains: boto\n  other:\n    errorCode: null\n  condition: s and not other\n",
    );
    let event = serde_json::json!({
        "eventName": "CreateUser", "userAgent": "xboto", "errorCode": "denied", "userIdentity": { "arn": "a" },
    });
    // As if a query ignored the test of the user agent.
    let (formula, event) = shrink(rules[0].formula.clone(), event, &mut |formula, event| {
        formula.to_string().contains("userAgent") && event.pointer("/userAgent").is_some()
    });
    assert_eq!(formula.to_string(), "userAgent ~ \"boto\"");
    assert_eq!(event.to_string(), r#"{"userAgent":"x"}"#);
}
