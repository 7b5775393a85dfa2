//! Values that may satisfy the literals about one place; whether they do is for the tests to say.

use serde_json::{Number as JsonNumber, Value, json};

use super::calendar::{self, Left};
use super::literal::Signed;
use super::never::blocks;
use super::text::{self, Wish};
use super::{address, number};
use crate::ir::{Condition, Number, Text, TextPattern, TimePart, Timestamp};

/// Numbers that may satisfy the literals.
pub(super) fn numbers(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
    let json = |number: &Number| -> Option<Value> {
        let text = match number {
            Number::Integer(number) => number.to_string(),
            Number::Decimal(text) => text.clone(),
        };
        serde_json::from_str::<JsonNumber>(&text).ok().map(Value::Number)
    };
    let mut named = 0_i128;
    for (positive, predicate) in literals {
        if let Condition::Number(list) = &predicate.test {
            named += i128::try_from(list.len()).unwrap_or(i128::MAX);
            if *positive && list.iter().filter_map(json).any(&mut *consider) {
                return;
            }
        }
    }
    let range = number::whole(literals.iter().map(|(positive, predicate)| (*positive, &predicate.test)));
    let start = if range.low <= 0 && range.high >= 0 {
        0
    } else if range.low > 0 {
        range.low
    } else {
        range.high
    };
    for step in 0..=named.min(10_000) {
        for candidate in [start + step, start - step] {
            if candidate >= range.low
                && candidate <= range.high
                && json(&Number::Integer(candidate)).is_some_and(&mut *consider)
            {
                return;
            }
        }
    }
    // Between two bounds there may be a fraction alone.
    for (_, predicate) in literals {
        if let Condition::Order(_, Number::Decimal(text)) = &predicate.test
            && let Ok(bound) = text.parse::<f64>()
        {
            for candidate in [bound, bound + 0.5, bound - 0.5, bound + 0.01, bound - 0.01] {
                if JsonNumber::from_f64(candidate).map(Value::Number).is_some_and(&mut *consider) {
                    return;
                }
            }
        }
        if let Condition::Order(_, Number::Integer(bound)) = &predicate.test {
            for text in [format!("{bound}.5"), format!("{}.5", bound - 1)] {
                if json(&Number::Decimal(text)).is_some_and(&mut *consider) {
                    return;
                }
            }
        }
    }
    any(literals, consider);
}

/// How many days are looked at minute by minute for one value.
const MAX_DAYS: usize = 16;

/// Instants that may satisfy the literals.
pub(super) fn instants(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
    const DAY: i128 = 86_400_000_000_000;
    const MINUTE: i128 = 60_000_000_000;
    /// 2026-08-01T10:00:00Z.
    const USUAL: i128 = 1_785_578_400_000_000_000;
    let range = number::times(literals.iter().map(|(positive, predicate)| (*positive, &predicate.test)));
    if range.is_empty() {
        return;
    }
    let start = USUAL.clamp(range.low, range.high);
    let fits_parts = |nanos: i128| {
        literals.iter().all(|(positive, predicate)| match &predicate.test {
            Condition::TimePart(part, list) => crate::time::part(Timestamp { nanos }, *part)
                .is_some_and(|value| list.accepts(value) == *positive),
            _ => true,
        })
    };
    let mut at = |nanos: i128| {
        nanos >= range.low
            && nanos <= range.high
            && fits_parts(nanos)
            && crate::time::print(Timestamp { nanos }).is_some_and(|text| consider(Value::String(text)))
    };
    // Where the whole text is asked for, it names the instant.
    if let Some(texts) = literals.iter().find_map(whole_texts) {
        let _ = texts.into_iter().filter_map(crate::time::parse).any(|(instant, _)| at(instant.nanos));
        return;
    }
    if at(start) {
        return;
    }
    // Days forward and back.
    let days = || (0..800_i128).flat_map(|days| [start + days * DAY, start - days * DAY]);
    let mut midnights = days().map(|day| day - day.rem_euclid(DAY));
    if midnights.clone().any(&mut at) {
        return;
    }
    // The hours of a day differ, its date does not: one look says whether it is worth a look at every minute. Where a few
    // such days have no minute that fits, the others seldom have one.
    let mut left = MAX_DAYS;
    let mut within = |midnight: i128| {
        if left == 0 || !day_may_fit(literals, midnight) {
            return false;
        }
        left -= 1;
        (0..1_440).any(|minutes| at(midnight + minutes * MINUTE))
    };
    if midnights.any(&mut within) {
        return;
    }
    // A year that is far away, or a minute of a day that few have.
    let tests = literals.iter().map(|(positive, predicate)| (*positive, &predicate.test));
    if let Left::Some(nanos) = calendar::instant(&tests) {
        at(nanos);
    }
}

/// The texts of a test that must hold and that compares whole texts alone.
fn whole_texts<'f>((positive, predicate): &Signed<'f>) -> Option<Vec<&'f str>> {
    let Condition::Text(texts) = &predicate.test else { return None };
    let whole = |text: &'f Text| match &text.shape {
        TextPattern::Equals(text) => Some(text.as_str()),
        _ => None,
    };
    texts.iter().filter(|_| *positive).map(whole).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

/// Whether the date at a midnight satisfies what the literals say of dates.
fn day_may_fit(literals: &[Signed<'_>], midnight: i128) -> bool {
    literals.iter().all(|(positive, predicate)| match &predicate.test {
        Condition::TimePart(
            part @ (TimePart::Day | TimePart::Week | TimePart::Month | TimePart::Year),
            list,
        ) => crate::time::part(Timestamp { nanos: midnight }, *part)
            .is_some_and(|value| list.accepts(value) == *positive),
        _ => true,
    })
}

/// Values of any type that may satisfy the literals: the alternatives of each test, and combinations of them.
pub(super) fn any(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
    /// So many combinations of alternatives are tried.
    const COMBINATIONS: usize = 256;
    let (within, without) = blocks(literals);
    if !within.is_empty() {
        let left = address::remain(&within, &without).unwrap_or_default();
        let ported = literals.iter().any(|(_, predicate)| predicate.reads_ports());
        for address in left.into_iter().take(COMBINATIONS) {
            let with_port = || std::net::SocketAddr::new(address, 51_234).to_string();
            if consider(json!(address.to_string())) || (ported && consider(json!(with_port()))) {
                return;
            }
        }
    }
    let mut lists: Vec<Vec<Wish<'_>>> = Vec::new();
    for (positive, predicate) in literals.iter().filter(|(positive, _)| *positive) {
        debug_assert!(positive);
        match &predicate.test {
            Condition::Text(texts) => lists.push(texts.iter().map(Wish::Text).collect()),
            Condition::Listed(listed) => {
                lists.push(listed.texts.iter().flatten().map(Wish::Text).collect());
            }
            Condition::Regex(list) => lists.push(list.iter().map(Wish::Regex).collect()),
            Condition::Boolean(value) if consider(Value::Bool(*value)) => return,
            Condition::Number(list) => {
                for number in list {
                    let text = match number {
                        Number::Integer(number) => number.to_string(),
                        Number::Decimal(text) => text.clone(),
                    };
                    let number = serde_json::from_str::<JsonNumber>(&text).map(Value::Number);
                    if number.is_ok_and(&mut *consider) {
                        return;
                    }
                }
            }
            Condition::Order(_, Number::Integer(bound)) => {
                for number in [*bound, bound + 1, bound - 1] {
                    let number = serde_json::from_str::<JsonNumber>(&number.to_string()).map(Value::Number);
                    if number.is_ok_and(&mut *consider) {
                        return;
                    }
                }
            }
            _ => {}
        }
    }
    let of_time = |(positive, predicate): &Signed<'_>| {
        *positive && matches!(&predicate.test, Condition::Time(..) | Condition::TimePart(..))
    };
    if literals.iter().any(of_time) {
        return instants(literals, consider);
    }
    if lists.is_empty() && ["example", "alice"].iter().any(|usual| consider(json!(usual))) {
        return;
    }
    // The shortest list first, so that whole texts lead.
    lists.sort_by_key(Vec::len);
    let total = lists.iter().map(Vec::len).fold(1_usize, usize::saturating_mul);
    for combination in 0..total.min(COMBINATIONS) {
        let mut rest = combination;
        let wishes: Vec<Wish<'_>> = lists
            .iter()
            .filter_map(|list| {
                let at = rest % list.len().max(1);
                rest /= list.len().max(1);
                list.get(at).copied()
            })
            .collect();
        let mut done = false;
        text::candidates(&wishes, &mut |text| {
            done = consider(Value::String(text));
            done
        });
        if done {
            return;
        }
    }
    for usual in ["example", "alice", "198.51.100.23", "7", "zq"] {
        if consider(json!(usual)) {
            return;
        }
    }
}
