//! What a rule means as an event pattern of Amazon `EventBridge`, exactly or not at all.
//!
//! A pattern is a tree of the event's members with a list of tests at each leaf: all leaves must fit, each by one test of
//! its list; `$or` has alternatives. The meaning is that of AWS's own matcher (aws/event-ruler, 0816dfb0c777 and release
//! 1.8.1, which `tests/engines/eventbridge` runs): `exists` is said of leaves, an empty list or object has none, null is
//! a leaf, a list of the event is each of its elements, and `anything-but` takes everything else that is there.

mod set;

use serde_json::{Map, Value, json};
use set::{Holds, Matcher, Occurs, Scalars, Set};

use crate::ir::{Condition, Formula, Number, Order, Predicate, Subject, Text, TextPattern};
use crate::rule::pattern::Piece;
use crate::schema::{Base, Step, Type};

/// Why a rule has no pattern. One reason is one clause, so that rules can be counted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Keywords.
    Keywords,
    /// A part of a text, in letters of either case.
    PartAnyCase,
    /// A wildcard for one character.
    OneCharacter,
    /// Letters outside ASCII without regard to case.
    OtherLetters,
    /// A regular expression.
    Regex,
    /// A time or a part of one.
    Time,
    /// A comparison of two fields.
    TwoFields,
    /// A list that a platform keeps.
    List,
    /// Statements about the elements of an array.
    Elements,
    /// A text that holds JSON.
    Inside,
    /// Whether an object or an array is there.
    Object,
    /// A field of open type, in a test that depends on the type.
    Open,
    /// A negation that no `anything-but` says.
    Negation,
    /// Whether a number is there.
    Presence,
    /// Two tests of one field that no list of tests says.
    TwoTests,
    /// A number too large for the matcher.
    LargeNumber,
    /// An address that is written with a port.
    Port,
    /// No event can match.
    Never,
    /// Too many alternatives.
    Long,
}

impl Refusal {
    /// The reason, for people.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Keywords => "keywords look at every field",
            Self::PartAnyCase => "a part of a text in letters of either case",
            Self::OneCharacter => "a wildcard for one character",
            Self::OtherLetters => "letters outside ASCII in either case",
            Self::Regex => "a regular expression",
            Self::Time => "a time",
            Self::TwoFields => "two fields are compared",
            Self::List => "the values of a list that a platform keeps",
            Self::Elements => "a statement about the elements of an array",
            Self::Inside => "a value inside of a text",
            Self::Object => "whether an object or a list is there",
            Self::Open => "a field whose type is not known",
            Self::Negation => "a negation that patterns cannot say",
            Self::Presence => "whether a number is there",
            Self::TwoTests => "two tests of one field that patterns cannot say together",
            Self::LargeNumber => "a number that the matcher does not compare exactly",
            Self::Port => "an address that is written with a port",
            Self::Never => "no event can match",
            Self::Long => "the pattern is longer than 2048 characters",
        }
    }
}

/// The longest pattern that is taken where nobody asked AWS for more (`eb-quota` of the user guide).
const MAX_PATTERN: usize = 2_048;

/// The most combinations of alternatives that are written out.
const MAX_ALTERNATIVES: usize = 200;

/// Names that the matcher reads as operators in an alternative.
const RESERVED: [&str; 12] = [
    "$or",
    "anything-but",
    "anything-but-ignore-case",
    "cidr",
    "equals-ignore-case",
    "exactly",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
    "anything-but-prefix",
];

/// The pattern of events that wrap a record in `detail`, with the part of it that says which records.
///
/// # Errors
/// Why there is none.
pub fn of(formula: &Formula) -> Result<Value, Refusal> {
    let detail = conjunction(formula, true)?.written()?;
    let mut pattern = Map::new();
    // API calls, sign-ins to the console, and events of services.
    pattern.insert("detail-type".to_owned(), json!([{"suffix": " via CloudTrail"}]));
    pattern.insert("detail".to_owned(), Value::Object(detail));
    let pattern = Value::Object(pattern);
    if pattern.to_string().chars().count() > MAX_PATTERN {
        return Err(Refusal::Long);
    }
    Ok(pattern)
}

/// The texts that a pattern demands of a member of the record, where it demands some by their whole spelling.
pub fn demanded<'p>(pattern: &'p Value, member: &str) -> Vec<&'p str> {
    fn collect<'p>(value: &'p Value, member: &str, found: &mut Vec<&'p str>) {
        let Some(members) = value.as_object() else { return };
        for (name, value) in members {
            match value {
                Value::Array(list) if name == member => found.extend(list.iter().filter_map(Value::as_str)),
                Value::Array(list) if name == "$or" => {
                    for one in list {
                        collect(one, member, found);
                    }
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    if let Some(detail) = pattern.get("detail") {
        collect(detail, member, &mut found);
    }
    found
}

/// Tests of fields, each field once, and groups of alternatives. Without either it is always true; with a group that has
/// no alternative it is never.
#[derive(Clone, Debug, Default)]
struct Conjunction {
    fields: Vec<(Vec<String>, Set)>,
    groups: Vec<Vec<Self>>,
}

fn conjunction(formula: &Formula, positive: bool) -> Result<Conjunction, Refusal> {
    let never = || Conjunction { groups: vec![Vec::new()], ..Conjunction::default() };
    match (formula, positive) {
        (Formula::True, true) | (Formula::False, false) => Ok(Conjunction::default()),
        (Formula::False, true) | (Formula::True, false) => Ok(never()),
        (Formula::Not(inner), _) => conjunction(inner, !positive),
        (Formula::And(parts), true) | (Formula::Or(parts), false) => {
            parts.iter().try_fold(Conjunction::default(), |all, part| all.and(conjunction(part, positive)?))
        }
        (Formula::Or(parts), true) | (Formula::And(parts), false) => {
            let parts: Vec<Conjunction> =
                parts.iter().map(|part| conjunction(part, positive)).collect::<Result<_, _>>()?;
            Ok(Conjunction::any(parts))
        }
        (Formula::Pred(predicate), _) => {
            let (path, set) = test(predicate, positive)?;
            let set = if positive { set } else { set.complement() };
            Ok(Conjunction::one(path, set))
        }
        (Formula::Elem(_), _) => Err(Refusal::Elements),
    }
}

impl Conjunction {
    fn one(path: Vec<String>, set: Set) -> Self {
        if set.is_all() {
            return Self::default();
        }
        if set.is_empty() {
            return Self { groups: vec![Vec::new()], ..Self::default() };
        }
        Self { fields: vec![(path, set)], groups: Vec::new() }
    }

    fn is_never(&self) -> bool {
        self.groups.iter().any(Vec::is_empty)
    }

    fn and(mut self, other: Self) -> Result<Self, Refusal> {
        for (path, set) in other.fields {
            match self.fields.iter().position(|(known, _)| *known == path) {
                Some(at) => {
                    let (_, known) = self.fields.remove(at);
                    let both = Self::one(path, known.and(set)?);
                    self.groups.extend(both.groups);
                    for field in both.fields {
                        self.fields.insert(at, field);
                    }
                }
                None => self.fields.push((path, set)),
            }
        }
        self.groups.extend(other.groups);
        Ok(self)
    }

    /// One of several. Those that test the same field alone are one test, where patterns can say it.
    fn any(parts: Vec<Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_never()) {
            if part.fields.is_empty() && part.groups.is_empty() {
                return Self::default();
            }
            let joined = match (&part.fields[..], part.groups.is_empty()) {
                ([(path, set)], true) => kept.iter_mut().find_map(|known| match &mut known.fields[..] {
                    [(other, old)] if other == path && known.groups.is_empty() => {
                        *old = old.clone().or(set.clone()).ok()?;
                        Some(())
                    }
                    _ => None,
                }),
                _ => None,
            };
            if joined.is_none() {
                kept.push(part);
            }
        }
        match (kept.len(), kept.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                kept.extend(last);
                Self { groups: vec![kept], ..Self::default() }
            }
        }
    }

    fn names(&self, path: &[String]) -> bool {
        self.fields.iter().any(|(known, _)| known == path)
            || self.groups.iter().flatten().any(|alternative| alternative.names(path))
    }

    /// The object of a pattern. A field that is beside alternatives which test it too goes into each of them, since
    /// an object has each member once.
    fn written(self) -> Result<Map<String, Value>, Refusal> {
        let mut left = MAX_ALTERNATIVES;
        let object = self.object(&mut left)?;
        if object.is_empty() { Err(Refusal::Open) } else { Ok(object) }
    }

    fn object(mut self, left: &mut usize) -> Result<Map<String, Value>, Refusal> {
        if self.is_never() {
            return Err(Refusal::Never);
        }
        let mut object = Map::new();
        if self.groups.is_empty() {
            for (path, set) in &self.fields {
                put(&mut object, path, Value::Array(set.list()?))?;
            }
            return Ok(object);
        }
        let group = self.groups.remove(0);
        let inside = |path: &[String]| {
            group.iter().chain(self.groups.iter().flatten()).any(|alternative| alternative.names(path))
        };
        let (shared, own): (Vec<_>, Vec<_>) = self.fields.into_iter().partition(|(path, _)| inside(path));
        for (path, set) in &own {
            put(&mut object, path, Value::Array(set.list()?))?;
        }
        let rest = Self { fields: shared, groups: self.groups };
        let mut alternatives = Vec::new();
        for alternative in group {
            *left = left.checked_sub(1).ok_or(Refusal::Long)?;
            match rest.clone().and(alternative)?.object(left) {
                Ok(alternative) => alternatives.push(alternative),
                Err(Refusal::Never) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        match alternatives.len() {
            0 => return Err(Refusal::Never),
            1 => alternatives
                .into_iter()
                .flatten()
                .try_for_each(|(name, value)| merge(&mut object, name, value))?,
            _ => {
                let list = alternatives.into_iter().map(Value::Object).collect();
                object.insert("$or".to_owned(), Value::Array(list));
            }
        }
        Ok(object)
    }
}

/// Sets a leaf.
fn put(object: &mut Map<String, Value>, path: &[String], value: Value) -> Result<(), Refusal> {
    match path {
        [] => Err(Refusal::Object),
        [name] => merge(object, name.clone(), value),
        [name, rest @ ..] => match object.entry(name.clone()).or_insert_with(|| json!({})) {
            Value::Object(inner) => put(inner, rest, value),
            _ => Err(Refusal::TwoTests),
        },
    }
}

fn merge(object: &mut Map<String, Value>, name: String, value: Value) -> Result<(), Refusal> {
    match (object.get_mut(&name), value) {
        (None, value) => {
            object.insert(name, value);
            Ok(())
        }
        (Some(Value::Object(known)), Value::Object(more)) => {
            more.into_iter().try_for_each(|(name, value)| merge(known, name, value))
        }
        _ => Err(Refusal::TwoTests),
    }
}

/// The field of a test with what it takes.
fn test(predicate: &Predicate, positive: bool) -> Result<(Vec<String>, Set), Refusal> {
    let Subject::Field(field) = &predicate.subject else { return Err(Refusal::Keywords) };
    if field.path.base != Base::Event {
        return Err(Refusal::Elements);
    }
    let mut path = Vec::new();
    for step in &field.path.steps {
        match step {
            Step::Key(key) if RESERVED.contains(&&**key) => return Err(Refusal::Open),
            Step::Key(key) => path.push(key.to_string()),
            Step::Json => return Err(Refusal::Inside),
            Step::Each | Step::Select { .. } => return Err(Refusal::Elements),
            Step::First(_) | Step::Dotted(_) => return Err(Refusal::Open),
        }
    }
    let holds = match &field.ty {
        Type::String | Type::Enum(_) | Type::Ip | Type::Timestamp | Type::Json(_) => Holds::Text,
        Type::Integer | Type::Number => Holds::Number,
        Type::Boolean => Holds::Boolean,
        Type::Any => Holds::Open,
        Type::Endpoint => return Err(Refusal::Port),
        Type::Object(_) | Type::Array(_) | Type::Map(_) => return Err(Refusal::Object),
    };
    if holds == Holds::Open && !positive {
        return Err(Refusal::Open);
    }
    let of = |missing: bool, null: bool, scalars: Scalars| Set {
        missing,
        null,
        scalars,
        holds,
        occurs: Occurs { missing: !field.always, null: !field.never_null },
    };
    let set = match &predicate.test {
        Condition::Present => of(false, false, Scalars::Out(Vec::new())),
        Condition::Null => of(true, true, Scalars::In(Vec::new())),
        Condition::Exists => of(false, true, Scalars::Out(Vec::new())),
        condition => of(false, false, Scalars::In(matchers(condition, holds)?)),
    };
    // An open field may hold an object or a list, which is not a leaf.
    if holds == Holds::Open && !matches!(&set.scalars, Scalars::In(list) if !list.is_empty()) {
        return Err(Refusal::Open);
    }
    Ok((path, set))
}

fn matchers(condition: &Condition, holds: Holds) -> Result<Vec<Matcher>, Refusal> {
    match condition {
        Condition::Text(texts) => texts.iter().map(|text| of_text(text, holds)).collect(),
        Condition::Listed(listed) => match &listed.texts {
            Some(texts) => texts.iter().map(|text| of_text(text, holds)).collect(),
            None => Err(Refusal::List),
        },
        Condition::Number(numbers) if holds == Holds::Number => {
            numbers.iter().map(|number| whole(number).map(Matcher::Number)).collect()
        }
        Condition::Order(order, bound) if holds == Holds::Number => {
            let sign = match order {
                Order::Less => "<",
                Order::LessOrEqual => "<=",
                Order::Greater => ">",
                Order::GreaterOrEqual => ">=",
            };
            Ok(vec![Matcher::Numeric(sign, whole(bound)?)])
        }
        Condition::Boolean(value) if holds == Holds::Boolean => Ok(vec![Matcher::Boolean(*value)]),
        Condition::Cidr(blocks) if holds == Holds::Text => Ok(blocks
            .iter()
            .map(|block| Matcher::Block(format!("{}/{}", block.first, block.prefix)))
            .collect()),
        Condition::Regex(_) => Err(Refusal::Regex),
        Condition::Time(..) | Condition::TimePart(..) => Err(Refusal::Time),
        Condition::FieldRef { .. } => Err(Refusal::TwoFields),
        _ => Err(Refusal::Open),
    }
}

fn whole(number: &Number) -> Result<i64, Refusal> {
    match number {
        Number::Integer(number) => {
            i64::try_from(*number).ok().filter(|number| set::is_exact(*number)).ok_or(Refusal::LargeNumber)
        }
        Number::Decimal(_) => Err(Refusal::LargeNumber),
    }
}

fn of_text(text: &Text, holds: Holds) -> Result<Matcher, Refusal> {
    if !matches!(holds, Holds::Text | Holds::Open) {
        return Err(Refusal::Open);
    }
    // Where numbers and truth values may be, a text that one of them could be is not the text alone.
    let open = |value: &str| {
        holds == Holds::Open
            && value.chars().all(|char| char.is_ascii_digit() || "+-.eEtrufals".contains(char))
    };
    let cased = text.cased || text.member;
    let fold = |value: &str| {
        if open(value) {
            Err(Refusal::Open)
        } else if !cased && !value.is_ascii() {
            Err(Refusal::OtherLetters)
        } else {
            Ok(cased || !set::has_letters(value))
        }
    };
    match &text.shape {
        TextPattern::Equals(value) if fold(value)? => Ok(Matcher::Exact(value.clone())),
        TextPattern::Equals(value) => Ok(Matcher::AnyCase(value.clone())),
        TextPattern::StartsWith(value) => Ok(Matcher::Prefix(value.clone(), fold(value)?)),
        TextPattern::EndsWith(value) => Ok(Matcher::Suffix(value.clone(), fold(value)?)),
        TextPattern::Contains(value) if fold(value)? => {
            Ok(Matcher::Wildcard(format!("*{}*", set::escaped(value))))
        }
        TextPattern::Contains(_) => Err(Refusal::PartAnyCase),
        TextPattern::Glob(pieces) => {
            let mut wildcard = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(value) if fold(value)? => wildcard.push_str(&set::escaped(value)),
                    Piece::Text(_) => return Err(Refusal::PartAnyCase),
                    Piece::Any => wildcard.push('*'),
                    Piece::One => return Err(Refusal::OneCharacter),
                }
            }
            Ok(Matcher::Wildcard(wildcard))
        }
    }
}
