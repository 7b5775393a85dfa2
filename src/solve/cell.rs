//! Decides the literals of one branch, value by value.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde_json::{Number as JsonNumber, Value, json};

use super::branch::{Goal, Literal, Search};
use super::text::{self, Wish};
use super::{MAX_MEMBERS, address, number};
use crate::eval::{Tester, folded, time_part, time_text};
use crate::ir::{
    Block, FieldUse, Number, Predicate, Quantifier, Regex, Relation, Shape, Subject, Test, Text, Timestamp,
};
use crate::schema::{Base, Path, Step, Type};
use crate::source::Span;

/// What stands at a path of an event, or of an element.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Nothing.
    Absent,
    /// A value.
    Value(Value),
    /// An array of these elements.
    Elements(Vec<Decided>),
}

/// What stands where.
#[derive(Clone, Debug, Default)]
pub(super) struct Decided {
    /// In the order in which the rule speaks of them.
    pub places: Vec<(Path, Place)>,
}

impl Decided {
    pub fn get(&self, path: &Path) -> Option<&Place> {
        self.places.iter().find(|(known, _)| known == path).map(|(_, place)| place)
    }

    pub fn set(&mut self, path: &Path, place: Place) {
        match self.places.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => *old = place,
            None => self.places.push((path.clone(), place)),
        }
    }
}

/// What became of a branch.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is proved that nothing satisfies it.
    Dead(Vec<Span>),
    /// A try; the evaluator says whether it holds.
    Decided(Decided),
}

/// A predicate or its negation.
type Signed<'f> = (bool, &'f Predicate);

/// The literals about one value.
#[derive(Debug)]
struct Cell<'f> {
    field: &'f FieldUse,
    literals: Vec<Signed<'f>>,
}

/// Decides a branch.
pub(super) fn decide(literals: &[Literal<'_>], search: &mut Search) -> Outcome {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut index: FxHashMap<&Path, usize> = FxHashMap::default();
    let mut relations: Vec<Signed<'_>> = Vec::new();
    let mut keywords: Vec<Signed<'_>> = Vec::new();
    for literal in literals {
        let Literal::Predicate(positive, predicate) = *literal else { continue };
        match (&predicate.subject, &predicate.test) {
            (Subject::Event, _) => keywords.push((positive, predicate)),
            (Subject::Field(_), Test::FieldRef { .. }) => relations.push((positive, predicate)),
            (Subject::Field(field), _) => {
                let at = *index.entry(&field.path).or_insert_with(|| {
                    cells.push(Cell { field, literals: Vec::new() });
                    cells.len() - 1
                });
                if let Some(cell) = cells.get_mut(at) {
                    cell.literals.push((positive, predicate));
                }
            }
        }
    }
    let mut decided = Decided::default();
    for cell in &cells {
        if !search.values {
            if never(cell.field, &cell.literals, &mut search.pairs) {
                return Outcome::Dead(cell.core(&mut search.pairs));
            }
            continue;
        }
        match cell.decide(&mut search.pairs) {
            Ok(place) => decided.set(&cell.field.path, place),
            Err(core) => return Outcome::Dead(core),
        }
    }
    if search.values {
        relate(&relations, &cells, &mut decided);
    }
    match elements(literals, search) {
        Ok(arrays) => {
            for (path, place) in arrays {
                decided.set(&path, place);
            }
        }
        Err(core) => return Outcome::Dead(core),
    }
    if search.values {
        speak(&keywords, &mut decided);
    }
    Outcome::Decided(decided)
}

/// Puts the texts of keywords into a place of their own, when nothing else has them.
fn speak(keywords: &[Signed<'_>], decided: &mut Decided) {
    for (at, (positive, predicate)) in keywords.iter().enumerate() {
        if !positive {
            continue;
        }
        let literals = [(true, *predicate)];
        let mut texts = Vec::new();
        tries(&literals, &mut |value| {
            texts.push(value);
            texts.len() > 2
        });
        if let Some(value) = texts.into_iter().find(|value| accepts(&testers(&literals), value)) {
            let name = if at == 0 { "message".to_owned() } else { format!("message{at}") };
            decided.set(&Path::keys([name.as_str()]), Place::Value(value));
        }
    }
}

/// A value for both sides of a relation, or values that differ for one that must not hold.
fn relate(relations: &[Signed<'_>], cells: &[Cell<'_>], decided: &mut Decided) {
    let literals_of = |path: &Path| {
        cells.iter().find(|cell| cell.field.path == *path).map_or(&[][..], |cell| cell.literals.as_slice())
    };
    let text_at = |decided: &Decided, path: &Path| match decided.get(path) {
        Some(Place::Value(Value::String(text))) => Some(text.clone()),
        Some(Place::Value(value @ (Value::Number(_) | Value::Bool(_)))) => Some(value.to_string()),
        _ => None,
    };
    for (positive, predicate) in relations {
        let (Subject::Field(left), Test::FieldRef { relation, other, .. }) =
            (&predicate.subject, &predicate.test)
        else {
            continue;
        };
        let (left_tests, right_tests) = (testers(literals_of(&left.path)), testers(literals_of(&other.path)));
        let known = [text_at(decided, &left.path), text_at(decided, &other.path)];
        let [left_text, right_text] = &known;
        if *positive {
            let mut choices: Vec<String> = known.iter().flatten().cloned().collect();
            choices.extend(["alice", "111122223333", "198.51.100.23"].map(str::to_owned));
            let fits = |text: &String| {
                let value = Value::String(text.clone());
                accepts(&left_tests, &value) && accepts(&right_tests, &value)
            };
            if let Some(text) = choices.into_iter().find(fits) {
                decided.set(&left.path, Place::Value(Value::String(text.clone())));
                decided.set(&other.path, Place::Value(Value::String(text)));
            }
            continue;
        }
        let holds = |left: &str, right: &str| {
            let (left, right) = (folded(left), folded(right));
            match relation {
                Relation::Equals => left == right,
                Relation::StartsWith => left.starts_with(&right),
                Relation::EndsWith => left.ends_with(&right),
                Relation::Contains => left.contains(&right),
            }
        };
        // An element is there, or the statement about it would not be.
        if left.path.base == Base::Element && left.path.steps.is_empty() && left_text.is_none() {
            decided.set(&left.path, Place::Value(json!("another")));
        }
        // Where a side is absent the relation fails as it is.
        if let (Some(one), Some(two)) = (left_text, right_text)
            && holds(one, two)
        {
            for (path, tests, of) in [(&other.path, &right_tests, one), (&left.path, &left_tests, two)] {
                let differs = |text: &&str| {
                    let value = Value::String((*text).to_owned());
                    let apart = if path == &other.path { !holds(of, text) } else { !holds(text, of) };
                    apart && accepts(tests, &value)
                };
                if let Some(text) =
                    ["mallory", "444455556666", "203.0.113.77"].iter().find(|text| differs(text))
                {
                    decided.set(path, Place::Value(Value::String((*text).to_owned())));
                    break;
                }
            }
        }
    }
}

type Arrays = Vec<(Path, Place)>;

/// The arrays of a branch: an element for each statement that some element satisfies something, none of which
/// satisfies what no element may.
fn elements(literals: &[Literal<'_>], search: &mut Search) -> Result<Arrays, Vec<Span>> {
    let mut arrays: BTreeMap<&Path, (Vec<(Goal<'_>, Span)>, Vec<(Goal<'_>, Span)>)> = BTreeMap::new();
    let mut indexed: Vec<(&Path, i64, Goal<'_>)> = Vec::new();
    for literal in literals {
        match literal {
            Literal::Some(positive, path, goal, span) => {
                let (some, none) = arrays.entry(path).or_default();
                if *positive { some.push((*goal, *span)) } else { none.push((*goal, *span)) }
            }
            Literal::At(true, element) => {
                if let Quantifier::Index(at) = element.quantifier {
                    let goal = Goal { positive: true, formula: &element.body };
                    indexed.push((&element.array, at, goal));
                    arrays.entry(&element.array).or_default();
                }
            }
            Literal::At(false, _) | Literal::Predicate(..) => {}
        }
    }
    let mut found = Vec::new();
    for (path, (some, none)) in arrays {
        let mut list: Vec<Decided> = Vec::new();
        // An indexed element is proved dead by nobody, so what conflicts with it is left to the evaluator.
        for (_, at, goal) in indexed.iter().filter(|(of, _, _)| *of == path) {
            let place = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX).min(64);
            let element = first_branch(&[*goal], search);
            if let Ok(Some(element)) = element {
                if *at < 0 {
                    list = vec![element; place.max(1)];
                } else {
                    list.resize(place, Decided::default());
                    list.push(element);
                }
            }
        }
        for (goal, span) in &some {
            let mut goals = vec![*goal];
            goals.extend(
                none.iter().map(|(goal, _)| Goal { positive: !goal.positive, formula: goal.formula }),
            );
            match first_branch(&goals, search) {
                Ok(Some(element)) => list.push(element),
                Ok(None) => {}
                Err(mut core) => {
                    let _ = span;
                    core.sort_unstable();
                    core.dedup();
                    return Err(core);
                }
            }
        }
        if !list.is_empty() {
            found.push((path.clone(), Place::Elements(list)));
        }
    }
    Ok(found)
}

/// The first branch of the goals about one element; an error when all are dead.
fn first_branch(goals: &[Goal<'_>], search: &mut Search) -> Result<Option<Decided>, Vec<Span>> {
    let mut first = None;
    let end = search.goals(goals, &mut |branch| {
        first = Some(branch.decided.clone());
        true
    });
    match end {
        super::branch::End::Dead(core) => Err(core),
        _ => Ok(first),
    }
}

fn testers(literals: &[Signed<'_>]) -> Vec<(bool, Tester)> {
    literals
        .iter()
        .filter_map(|(positive, predicate)| Tester::new(predicate).map(|tester| (*positive, tester)))
        .collect()
}

fn accepts(testers: &[(bool, Tester)], value: &Value) -> bool {
    testers.iter().all(|(positive, tester)| tester.accepts(value) == *positive)
}

/// Whether a test is of a value that is there.
const fn of_value(test: &Test) -> bool {
    !matches!(test, Test::Null | Test::Exists | Test::FieldRef { .. })
}

impl<'f> Cell<'f> {
    /// What may stand there; an error names the places of the smallest set of literals that exclude each other.
    fn decide(&self, pairs: &mut usize) -> Result<Place, Vec<Span>> {
        if never(self.field, &self.literals, pairs) {
            return Err(self.core(pairs));
        }
        let has = |wanted: bool, test: fn(&Test) -> bool| {
            self.literals.iter().any(|(positive, predicate)| *positive == wanted && test(&predicate.test))
        };
        let positive = has(true, of_value);
        let (no, some) =
            (has(true, |test| matches!(test, Test::Null)), has(false, |test| matches!(test, Test::Null)));
        let exists = has(true, |test| matches!(test, Test::Exists));
        if has(false, |test| matches!(test, Test::Exists)) {
            return Ok(Place::Absent);
        }
        if no {
            return Ok(if exists { Place::Value(Value::Null) } else { Place::Absent });
        }
        if !positive && !some && !exists {
            return Ok(Place::Absent);
        }
        let tests = testers(&self.literals);
        if let Some(value) = self.value(&self.literals, &tests) {
            return Ok(Place::Value(value));
        }
        if !positive {
            // Something that is no scalar is there, and satisfies no test of a scalar.
            return Ok(Place::Value(json!({})));
        }
        if is_multiple(self.field) {
            // One value for each test that must hold, and none that satisfies one that must not.
            let against: Vec<Signed<'f>> =
                self.literals.iter().filter(|(positive, _)| !positive).copied().collect();
            let mut values = Vec::new();
            for literal in
                self.literals.iter().filter(|(positive, predicate)| *positive && of_value(&predicate.test))
            {
                let mut literals = vec![*literal];
                literals.extend(&against);
                values.extend(self.value(&literals, &testers(&literals)));
            }
            return Ok(Place::Value(Value::Array(values)));
        }
        // Undecided: a try that the evaluator will refuse.
        Ok(Place::Absent)
    }

    /// A value that satisfies the literals.
    fn value(&self, literals: &[Signed<'f>], tests: &[(bool, Tester)]) -> Option<Value> {
        let mut found = None;
        let mut consider = |value: Value| {
            let fits = (!self.field.never_empty || value.as_str() != Some("")) && accepts(tests, &value);
            if fits {
                found = Some(value);
            }
            fits
        };
        match &self.field.ty {
            Type::Boolean => {
                let _ = [true, false].into_iter().any(|value| consider(Value::Bool(value)));
            }
            Type::Enum(catalogue) => {
                let written = canonical(literals, catalogue.as_ref());
                if !written.into_iter().any(|text| consider(Value::String(text))) {
                    let mut left = MAX_MEMBERS;
                    catalogue.visit(&mut |member| {
                        left = left.saturating_sub(1);
                        left > 0 && !consider(Value::String(member.to_owned()))
                    });
                    if found.is_none() && !catalogue.closed() {
                        tries(literals, &mut |value| {
                            let fits = accepts(tests, &value);
                            if fits {
                                found = Some(value);
                            }
                            fits
                        });
                    }
                }
            }
            Type::Integer | Type::Number => numbers(literals, &mut consider),
            Type::Timestamp => instants(literals, &mut consider),
            Type::Object(_) | Type::Map(_) => {}
            Type::String | Type::Ip | Type::Json(_) | Type::Any | Type::Array(_) => {
                tries(literals, &mut consider);
            }
        }
        found
    }

    /// The places of a smallest set of literals that exclude each other, by leaving out what is not needed.
    fn core(&self, pairs: &mut usize) -> Vec<Span> {
        /// Longer sets are told whole.
        const MOST: usize = 24;
        let mut kept = self.literals.clone();
        if kept.len() <= MOST {
            let mut at = 0;
            while at < kept.len() {
                let mut fewer = kept.clone();
                fewer.remove(at);
                if never(self.field, &fewer, pairs) { kept = fewer } else { at += 1 }
            }
        }
        let mut spans: Vec<Span> = kept.iter().map(|(_, predicate)| super::place(predicate)).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}

/// Whether several values may be reached there.
fn is_multiple(field: &FieldUse) -> bool {
    matches!(field.ty, Type::Any | Type::Array(_) | Type::Map(_))
        || field.path.steps.iter().any(|step| !matches!(step, Step::Key(_)))
        || (field.path.base == Base::Element && field.path.steps.is_empty())
}

/// The members of a catalogue that whole texts among the tests name.
fn canonical(literals: &[Signed<'_>], catalogue: &dyn crate::schema::Catalogue) -> Vec<String> {
    let mut found = Vec::new();
    for (_, predicate) in literals.iter().filter(|(positive, _)| *positive) {
        let Test::Text(texts) = &predicate.test else { continue };
        for text in texts {
            if let Shape::Equals(value) = &text.shape {
                found.push(catalogue.canonical(value).unwrap_or(value).to_owned());
            }
        }
    }
    found
}

/// Whether it is proved that no value, nor its absence, satisfies the literals.
fn never(field: &FieldUse, literals: &[Signed<'_>], pairs: &mut usize) -> bool {
    let has = |wanted: bool, test: fn(&Test) -> bool| {
        literals.iter().any(|(positive, predicate)| *positive == wanted && test(&predicate.test))
    };
    let value = has(true, of_value);
    let null = has(true, |test| matches!(test, Test::Null));
    let gone = has(false, |test| matches!(test, Test::Exists));
    if value && (null || gone) {
        return true;
    }
    if (null && has(false, |test| matches!(test, Test::Null)))
        || (gone && has(true, |test| matches!(test, Test::Exists)))
    {
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
        let of_numbers = || literals.iter().map(|(positive, predicate)| (*positive, &predicate.test));
        match field.ty {
            // A negation also holds where there is no value, but a test that must hold keeps one there.
            Type::Integer if number::whole(of_numbers()).is_empty() => return true,
            Type::Number if number::none(of_numbers()) => return true,
            Type::Timestamp if number::times(of_numbers()).is_empty() => return true,
            _ => {}
        }
        if parts_apart(literals) || blocks_apart(literals) {
            return true;
        }
    }
    alternatives(literals, multiple, field.never_empty, pairs)
}

/// For a field with finitely many values, whether none of them satisfies the literals.
fn domain(field: &FieldUse, literals: &[Signed<'_>]) -> Option<bool> {
    let tests = testers(literals);
    match &field.ty {
        Type::Boolean => Some(![true, false].into_iter().any(|value| accepts(&tests, &Value::Bool(value)))),
        Type::Enum(catalogue) if catalogue.closed() => {
            let named = |(positive, predicate): &Signed<'_>| {
                *positive
                    && matches!(&predicate.test, Test::Text(texts) if texts.iter().all(|text| matches!(text.shape, Shape::Equals(_))))
            };
            if literals.iter().any(named) {
                let written = canonical(literals, catalogue.as_ref());
                return Some(!written.into_iter().any(|text| accepts(&tests, &Value::String(text))));
            }
            let (mut left, mut found) = (MAX_MEMBERS, false);
            catalogue.visit(&mut |member| {
                left = left.saturating_sub(literals.len());
                found = left == 0 || accepts(&tests, &Value::String(member.to_owned()));
                !found
            });
            Some(!found)
        }
        _ => None,
    }
}

/// Whether two lists for the same part of a time share nothing.
fn parts_apart(literals: &[Signed<'_>]) -> bool {
    let lists: Vec<_> = literals
        .iter()
        .filter_map(|(positive, predicate)| match &predicate.test {
            Test::TimePart(part, values) => Some((*positive, *part, values)),
            _ => None,
        })
        .collect();
    lists.iter().filter(|(positive, _, _)| *positive).any(|(_, part, values)| {
        let allowed = |value: &u32| {
            lists
                .iter()
                .filter(|(_, of, _)| of == part)
                .all(|(positive, _, list)| list.contains(value) == *positive)
        };
        !values.iter().any(allowed)
    })
}

/// Whether the blocks of addresses leave nothing.
fn blocks_apart(literals: &[Signed<'_>]) -> bool {
    let (within, without) = blocks(literals);
    !within.is_empty() && address::remain(&within, &without).is_some_and(|left| left.is_empty())
}

fn blocks<'f>(literals: &[Signed<'f>]) -> (Vec<&'f [Block]>, Vec<&'f [Block]>) {
    let (mut within, mut without) = (Vec::new(), Vec::new());
    for (positive, predicate) in literals {
        if let Test::Cidr(list) = &predicate.test {
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
                Test::Text(texts) => Some(texts.as_slice()),
                _ => None,
            }
        })
    };
    let expressions: Vec<(bool, &[Regex])> = literals
        .iter()
        .filter_map(|(positive, predicate)| match &predicate.test {
            Test::Regex(list) => Some((*positive, list.as_slice())),
            _ => None,
        })
        .collect();
    let present =
        literals.iter().any(|(positive, predicate)| !positive && matches!(predicate.test, Test::Present));
    if present && texts(true).next().is_some() {
        return true;
    }
    let against: Vec<&Text> = texts(false).flatten().collect();
    let wanted: Vec<&[Text]> = texts(true).collect();
    let refused: Vec<Tester> = literals
        .iter()
        .filter(|(positive, _)| !positive)
        .filter_map(|(_, predicate)| loose(predicate, false))
        .filter_map(|predicate| Tester::new(&predicate))
        .collect();
    let required: Vec<Tester> = literals
        .iter()
        .filter(|(positive, predicate)| *positive && !matches!(predicate.test, Test::Text(_)))
        .filter_map(|(_, predicate)| loose(predicate, true))
        .filter_map(|predicate| Tester::new(&predicate))
        .collect();
    wanted.iter().enumerate().any(|(at, list)| {
        let others: usize =
            wanted.iter().enumerate().filter(|(of, _)| *of != at).map(|(_, list)| list.len()).sum();
        if !cost(list.len() * (against.len() + others + refused.len() + expressions.len() + 1)) {
            return false;
        }
        list.iter().all(|text| {
            if let Shape::Equals(value) = &text.shape {
                if never_empty && value.is_empty() {
                    return true;
                }
                // A whole text is tested as it is; letter case is left out of the tests, so that none is missed.
                let value = Value::String(value.clone());
                if refused.iter().any(|tester| tester.accepts(&value)) {
                    return true;
                }
                if !multiple && !required.iter().all(|tester| tester.accepts(&value)) {
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
fn loose(predicate: &Predicate, wider: bool) -> Option<Predicate> {
    let test = match &predicate.test {
        Test::Text(texts) if wider => {
            Test::Text(texts.iter().map(|text| Text { cased: false, ..text.clone() }).collect())
        }
        Test::Text(texts) => Test::Text(texts.iter().filter(|text| !text.cased).cloned().collect()),
        Test::Regex(list) if wider => {
            Test::Regex(list.iter().map(|it| Regex { ignore_case: true, ..it.clone() }).collect())
        }
        Test::Regex(list) => Test::Regex(list.iter().filter(|it| it.ignore_case).cloned().collect()),
        // Blocks, numbers and times have no letters.
        Test::Cidr(_)
        | Test::Number(_)
        | Test::Order(..)
        | Test::Boolean(_)
        | Test::Time(..)
        | Test::TimePart(..) => predicate.test.clone(),
        Test::Present | Test::Null | Test::Exists | Test::FieldRef { .. } => return None,
    };
    let empty = matches!(&test, Test::Text(list) if list.is_empty())
        || matches!(&test, Test::Regex(list) if list.is_empty());
    (!empty).then(|| Predicate { test, ..predicate.clone() })
}

/// Numbers that may satisfy the literals.
fn numbers(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
    let json = |number: &Number| -> Option<Value> {
        let text = match number {
            Number::Integer(number) => number.to_string(),
            Number::Decimal(text) => text.clone(),
        };
        serde_json::from_str::<JsonNumber>(&text).ok().map(Value::Number)
    };
    let mut named = 0_i128;
    for (positive, predicate) in literals {
        if let Test::Number(list) = &predicate.test {
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
        if let Test::Order(_, Number::Decimal(text)) = &predicate.test
            && let Ok(bound) = text.parse::<f64>()
        {
            for candidate in [bound, bound + 0.5, bound - 0.5, bound + 0.01, bound - 0.01] {
                if JsonNumber::from_f64(candidate).map(Value::Number).is_some_and(&mut *consider) {
                    return;
                }
            }
        }
        if let Test::Order(_, Number::Integer(bound)) = &predicate.test {
            for text in [format!("{bound}.5"), format!("{}.5", bound - 1)] {
                if json(&Number::Decimal(text)).is_some_and(&mut *consider) {
                    return;
                }
            }
        }
    }
    tries(literals, consider);
}

/// Instants that may satisfy the literals.
fn instants(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
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
            Test::TimePart(part, list) => {
                time_part(Timestamp { nanos }, *part).is_some_and(|value| list.contains(&value) == *positive)
            }
            _ => true,
        })
    };
    let mut at = |nanos: i128| {
        nanos >= range.low
            && nanos <= range.high
            && fits_parts(nanos)
            && time_text(Timestamp { nanos }).is_some_and(|text| consider(Value::String(text)))
    };
    if at(start) {
        return;
    }
    // Days forward and back; within a fitting day every minute.
    for days in 0..800_i128 {
        for day in [start + days * DAY, start - days * DAY] {
            let midnight = day - day.rem_euclid(DAY);
            for minutes in 0..1_440 {
                let nanos = midnight + minutes * MINUTE;
                if at(nanos) {
                    return;
                }
                // The hours of a day differ, its date does not: one look tells whether it is worth the rest.
                if minutes == 0 && !day_may_fit(literals, midnight) {
                    break;
                }
            }
        }
    }
    // A year that is far away.
    for (positive, predicate) in literals {
        if let (true, Test::TimePart(crate::ir::TimePart::Year, years)) = (positive, &predicate.test) {
            for year in years.iter().take(16) {
                let nanos = (i128::from(*year) - 1970) * 31_556_952 * 1_000_000_000;
                let midnight = nanos - nanos.rem_euclid(DAY);
                for days in 0..366 {
                    if at(midnight + days * DAY) || at(midnight + days * DAY + 600 * MINUTE) {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether the date at a midnight satisfies what the literals say of dates.
fn day_may_fit(literals: &[Signed<'_>], midnight: i128) -> bool {
    use crate::ir::TimePart;
    literals.iter().all(|(positive, predicate)| match &predicate.test {
        Test::TimePart(part @ (TimePart::Day | TimePart::Week | TimePart::Month | TimePart::Year), list) => {
            time_part(Timestamp { nanos: midnight }, *part)
                .is_some_and(|value| list.contains(&value) == *positive)
        }
        _ => true,
    })
}

/// Values of any type that may satisfy the literals: the alternatives of each test, and combinations of them.
fn tries(literals: &[Signed<'_>], consider: &mut dyn FnMut(Value) -> bool) {
    /// So many combinations of alternatives are tried.
    const COMBINATIONS: usize = 256;
    let (within, without) = blocks(literals);
    if !within.is_empty() {
        let left = address::remain(&within, &without).unwrap_or_default();
        if left.into_iter().take(COMBINATIONS).any(|address| consider(json!(address.to_string()))) {
            return;
        }
    }
    let mut lists: Vec<Vec<Wish<'_>>> = Vec::new();
    for (positive, predicate) in literals.iter().filter(|(positive, _)| *positive) {
        debug_assert!(positive);
        match &predicate.test {
            Test::Text(texts) => lists.push(texts.iter().map(Wish::Text).collect()),
            Test::Regex(list) => lists.push(list.iter().map(Wish::Regex).collect()),
            Test::Boolean(value) => {
                if consider(Value::Bool(*value)) {
                    return;
                }
            }
            Test::Number(list) => {
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
            Test::Order(_, Number::Integer(bound)) => {
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
