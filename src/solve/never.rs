//! Proofs that no value satisfies the literals about one place.
//!
//! Each proof may fail to see a conflict; none may see one where there is none.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use super::literal::{Signed, accepts, of_value, testers};
use super::{MAX_MEMBERS, address, calendar, number, text};
use crate::eval::Tester;
use crate::ir::{Block, Condition, FieldUse, Number, Predicate, Regex, Text, TextPattern};
use crate::schema::{Base, Step, Type};

/// Whether several values may be reached there.
pub(super) fn is_multiple(field: &FieldUse) -> bool {
    matches!(field.ty, Type::Any | Type::Array(_) | Type::Map(_))
        || field.path.steps.iter().any(|step| !matches!(step, Step::Key(_)))
        || (is_element(field) && !is_scalar(field))
}

/// Whether it is an element of an array itself.
pub(super) fn is_element(field: &FieldUse) -> bool {
    field.path.base == Base::Element && field.path.steps.is_empty()
}

/// Whether every value but null that is there, in an event that fits the schema, is a scalar.
pub(super) fn is_scalar(field: &FieldUse) -> bool {
    let scalar = match &field.ty {
        Type::String
        | Type::Ip
        | Type::Endpoint
        | Type::Enum(_)
        | Type::Integer
        | Type::Number
        | Type::Boolean
        | Type::Json(_)
        | Type::Timestamp => true,
        Type::Any | Type::Object(_) | Type::Map(_) | Type::Array(_) => false,
    };
    // What is inside of a text, or below a name that no schema knows, has no type for sure.
    scalar && field.path.steps.iter().all(|step| matches!(step, Step::Key(_) | Step::Each))
}

/// The members of a list of known values that whole texts among the tests name.
pub(super) fn canonical(
    literals: &[Signed<'_>],
    known_values: &dyn crate::schema::KnownValues,
) -> Vec<String> {
    let mut found = Vec::new();
    for (_, predicate) in literals.iter().filter(|(positive, _)| *positive) {
        let Condition::Text(texts) = &predicate.test else { continue };
        for text in texts {
            if let TextPattern::Equals(value) = &text.shape {
                found.push(known_values.canonical(value).unwrap_or(value).to_owned());
            }
        }
    }
    found
}

/// Whether it is proved that no value, nor its absence, satisfies the literals.
pub(super) fn never(field: &FieldUse, literals: &[Signed<'_>], pairs: &mut usize) -> bool {
    let (mut filled, mut null, mut there, mut gone) = (false, false, false, false);
    let (mut value, mut blank, mut parts, mut timed) = (false, false, false, false);
    for (positive, predicate) in literals {
        match (&predicate.test, *positive) {
            (Condition::Null, true) => null = true,
            (Condition::Null, false) => filled = true,
            (Condition::Exists, true) => there = true,
            (Condition::Exists, false) => gone = true,
            (Condition::Present, false) => blank = true,
            (test, positive) => {
                value |= positive && of_value(test);
                parts |= matches!(test, Condition::TimePart(..));
                timed |= positive && matches!(test, Condition::TimePart(..) | Condition::Time(..));
            }
        }
    }
    // What is not null where the schema has a scalar is one.
    value = value || ((filled || (there && field.never_null)) && is_scalar(field));
    // A test of a value that holds reaches a scalar.
    if value && (null || gone || blank) {
        return true;
    }
    if contrary(literals, pairs) {
        return true;
    }
    // What is missing is null.
    if (filled && (null || gone)) || (there && gone) {
        return true;
    }
    // Nothing satisfies every negation of a test of a value, so that what follows needs one that must hold.
    if !value {
        return false;
    }
    let multiple = is_multiple(field);
    if !multiple {
        if let Some(domain) = domain(field, literals) {
            return domain;
        }
        let tests = || literals.iter().map(|(positive, predicate)| (*positive, &predicate.test));
        match field.ty {
            // A negation also holds where there is no value, but a test that must hold keeps one there.
            Type::Integer if number::whole(tests()).is_empty() => return true,
            Type::Number if number::none(tests()) => return true,
            Type::Timestamp if number::times(tests()).is_empty() => return true,
            _ => {}
        }
        // A test that must hold keeps a time there; anything but a time satisfies every negation.
        if parts && timed && calendar::instant(&tests()) == calendar::Left::None {
            return true;
        }
        if blocks_apart(literals) {
            return true;
        }
    }
    if numbers_apart(literals, multiple, pairs) {
        return true;
    }
    alternatives(literals, multiple, field.never_empty, pairs)
}

/// Whether a test must hold that is covered by one that must not, alternative by alternative.
fn contrary(literals: &[Signed<'_>], pairs: &mut usize) -> bool {
    let tests = |wanted: bool| {
        literals.iter().filter(move |(positive, _)| *positive == wanted).map(|(_, predicate)| &predicate.test)
    };
    let size = |wanted: bool| tests(wanted).map(Condition::alternatives).sum::<usize>();
    let cost = size(true).saturating_mul(size(false));
    if cost > *pairs {
        return false;
    }
    *pairs -= cost;
    tests(true).any(|narrow| tests(false).any(|wide| within(narrow, wide)))
}

/// Whether every alternative of `narrow` is one of `wide`. Texts are compared elsewhere, as what they cover.
fn within(narrow: &Condition, wide: &Condition) -> bool {
    let flags = |regex: &Regex| (regex.ignore_case, regex.multi_line, regex.dot_all);
    match (narrow, wide) {
        (Condition::Regex(narrow), Condition::Regex(wide)) => narrow
            .iter()
            .all(|one| wide.iter().any(|other| one.pattern == other.pattern && flags(one) == flags(other))),
        (Condition::Order(order, than), Condition::Order(other, bound)) => order == other && than == bound,
        (Condition::Boolean(one), Condition::Boolean(other)) => one == other,
        (Condition::Time(order, than), Condition::Time(other, bound)) => order == other && than == bound,
        (Condition::TimePart(part, narrow), Condition::TimePart(other, wide)) => {
            part == other
                && number::parts(*part, [narrow, wide].into_iter())
                    .all(|value| !narrow.accepts(value) || wide.accepts(value))
        }
        // A platform may keep more values than are known here, yet one list is as long as itself.
        (Condition::Listed(one), Condition::Listed(other)) => {
            one.name == other.name && (other.cased, one.cased) != (true, false)
        }
        (Condition::Cidr(narrow), Condition::Cidr(wide)) => narrow.iter().all(|block| wide.contains(block)),
        _ => false,
    }
}

/// Whether some list of numbers has none left: numbers compare by value, so each is tested as it is.
fn numbers_apart(literals: &[Signed<'_>], multiple: bool, pairs: &mut usize) -> bool {
    let numeric = |test: &Condition| matches!(test, Condition::Number(_) | Condition::Order(..));
    let others: Vec<Signed<'_>> = literals
        .iter()
        .filter(|(positive, predicate)| numeric(&predicate.test) && !(multiple && *positive))
        .copied()
        .collect();
    let lists = literals.iter().filter_map(|(positive, predicate)| match &predicate.test {
        Condition::Number(list) if *positive => Some(list),
        _ => None,
    });
    let size: usize = others.iter().map(|(_, predicate)| predicate.test.alternatives()).sum();
    let mut tests = None;
    for list in lists {
        let cost = list.len().saturating_mul(size + 1);
        if cost > *pairs {
            return false;
        }
        *pairs -= cost;
        let tests = tests.get_or_insert_with(|| testers(&others));
        let left = |number: &Number| {
            let text = match number {
                Number::Integer(number) => number.to_string(),
                Number::Decimal(text) => text.clone(),
            };
            // What is not a number of JSON is left alone.
            serde_json::from_str::<serde_json::Number>(&text)
                .map_or(true, |number| accepts(tests, &Value::Number(number)))
        };
        if !list.iter().any(left) {
            return true;
        }
    }
    false
}

/// For a field with finitely many values, whether none of them satisfies the literals.
fn domain(field: &FieldUse, literals: &[Signed<'_>]) -> Option<bool> {
    let tests = testers(literals);
    match &field.ty {
        Type::Boolean => Some(![true, false].into_iter().any(|value| accepts(&tests, &Value::Bool(value)))),
        // Members that the log writes in other letter cases too are not a finite set of texts.
        Type::Enum(known_values) if known_values.complete() && !known_values.any_case() => {
            let whole =
                |one: &Text| matches!(&one.shape, TextPattern::Equals(text) if known_values.unique(text));
            let named = |(positive, predicate): &Signed<'_>| {
                *positive && matches!(&predicate.test, Condition::Text(list) if list.iter().all(whole))
            };
            if literals.iter().any(named) {
                let written = canonical(literals, known_values.as_ref());
                return Some(!written.into_iter().any(|text| accepts(&tests, &Value::String(text))));
            }
            let (mut left, mut found) = (MAX_MEMBERS, false);
            known_values.visit(&mut |member| {
                left = left.saturating_sub(literals.len());
                found = left == 0 || accepts(&tests, &Value::String(member.to_owned()));
                !found
            });
            Some(!found)
        }
        _ => None,
    }
}

/// Whether the blocks of addresses leave nothing.
fn blocks_apart(literals: &[Signed<'_>]) -> bool {
    let (within, without) = blocks(literals);
    !within.is_empty() && address::remain(&within, &without).is_some_and(|left| left.is_empty())
}

pub(super) fn blocks<'f>(literals: &[Signed<'f>]) -> (Vec<&'f [Block]>, Vec<&'f [Block]>) {
    let (mut within, mut without) = (Vec::new(), Vec::new());
    for (positive, predicate) in literals {
        if let Condition::Cidr(list) = &predicate.test {
            if *positive { within.push(list.as_slice()) } else { without.push(list.as_slice()) }
        }
    }
    (within, without)
}

/// Whether some test of text that must hold has no alternative left: each is covered by one that must not hold, or is
/// at odds with every alternative of another test.
fn alternatives(literals: &[Signed<'_>], multiple: bool, never_empty: bool, pairs: &mut usize) -> bool {
    let mut cost = |size: usize| {
        let enough = *pairs >= size;
        if enough {
            *pairs -= size;
        }
        enough
    };
    let texts = |wanted: bool| {
        literals.iter().filter(move |(positive, _)| *positive == wanted).filter_map(|(_, predicate)| {
            match &predicate.test {
                Condition::Text(texts) => Some(texts.as_slice()),
                _ => None,
            }
        })
    };
    let wanted: Vec<&[Text]> = texts(true).collect();
    if wanted.is_empty() {
        return false;
    }
    let expressions = literals.iter().filter(|(_, of)| matches!(of.test, Condition::Regex(_))).count();
    let against: Vec<&Text> = texts(false).flatten().collect();
    let refused: Vec<Cow<'_, Predicate>> = literals
        .iter()
        .filter(|(positive, _)| !positive)
        .filter_map(|(_, predicate)| loose(predicate, false))
        .collect();
    let required: Vec<Cow<'_, Predicate>> = literals
        .iter()
        .filter(|(positive, predicate)| *positive && !matches!(predicate.test, Condition::Text(_)))
        .filter_map(|(_, predicate)| loose(predicate, true))
        .collect();
    // Made ready only when a whole text is tested.
    let ready = |predicates: &[Cow<'_, Predicate>]| -> Vec<Tester> {
        predicates.iter().filter_map(|predicate| Tester::new(predicate)).collect()
    };
    let (refusing, requiring, exact) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
    wanted.iter().enumerate().any(|(at, list)| {
        let others: usize =
            wanted.iter().enumerate().filter(|(of, _)| *of != at).map(|(_, list)| list.len()).sum();
        if !cost(list.len() * (against.len() + others + refused.len() + expressions + 1)) {
            return false;
        }
        list.iter().all(|text| {
            if let TextPattern::Equals(value) = &text.shape {
                if never_empty && value.is_empty() {
                    return true;
                }
                // In its own letter case it is the value that is there, and every test can be asked.
                if text.cased {
                    if literals.len() == 1 {
                        return false;
                    }
                    let value = Value::String(value.clone());
                    let fits = |(positive, tester): &(bool, Tester)| {
                        (multiple && *positive) || tester.accepts(&value) == *positive
                    };
                    return !exact.get_or_init(|| testers(literals)).iter().all(fits);
                }
                // A whole text is tested as it is; letter case is left out of the tests, so that none is missed.
                let value = Value::String(value.clone());
                if refusing.get_or_init(|| ready(&refused)).iter().any(|tester| tester.accepts(&value)) {
                    return true;
                }
                if !multiple
                    && !requiring.get_or_init(|| ready(&required)).iter().all(|tester| tester.accepts(&value))
                {
                    return true;
                }
            }
            against.iter().any(|wide| text::covers(wide, text))
                || (!multiple
                    && wanted
                        .iter()
                        .enumerate()
                        .any(|(of, other)| of != at && other.iter().all(|other| text::exclude(text, other))))
        })
    })
}

/// A predicate of text without regard to letter case. One that must hold (`wider`) may only lose demands; of one that
/// must not hold only what ignores case is kept, since of the rest another spelling may escape.
fn loose(predicate: &Predicate, wider: bool) -> Option<Cow<'_, Predicate>> {
    let test = match &predicate.test {
        Condition::Text(texts) if !texts.is_empty() && texts.iter().all(|text| !text.cased) => {
            return Some(Cow::Borrowed(predicate));
        }
        Condition::Regex(list) if !list.is_empty() && list.iter().all(|it| it.ignore_case) => {
            return Some(Cow::Borrowed(predicate));
        }
        Condition::Text(texts) if wider => {
            Condition::Text(texts.iter().map(|text| Text { cased: false, ..text.clone() }).collect())
        }
        Condition::Text(texts) => Condition::Text(texts.iter().filter(|text| !text.cased).cloned().collect()),
        // What is in neither case of a letter excludes more when case is ignored.
        Condition::Regex(list) if wider && list.iter().any(|it| !it.ignore_case && excludes(&it.pattern)) => {
            return None;
        }
        Condition::Regex(list) if wider => {
            Condition::Regex(list.iter().map(|it| Regex { ignore_case: true, ..it.clone() }).collect())
        }
        Condition::Regex(list) => {
            Condition::Regex(list.iter().filter(|it| it.ignore_case).cloned().collect())
        }
        // Blocks, numbers and times have no letters, and a list is compared by its name.
        Condition::Cidr(_)
        | Condition::Listed(_)
        | Condition::Number(_)
        | Condition::Order(..)
        | Condition::Boolean(_)
        | Condition::Time(..)
        | Condition::TimePart(..) => return Some(Cow::Borrowed(predicate)),
        Condition::Present | Condition::Null | Condition::Exists | Condition::FieldRef { .. } => return None,
    };
    let empty = matches!(&test, Condition::Text(list) if list.is_empty())
        || matches!(&test, Condition::Regex(list) if list.is_empty());
    (!empty).then(|| Cow::Owned(Predicate { test, ..predicate.clone() }))
}

/// Whether an expression may have a class of characters that it lists by what is not in it.
fn excludes(pattern: &str) -> bool {
    ["[^", "[:^", "\\P"].iter().any(|sign| pattern.contains(sign))
}
