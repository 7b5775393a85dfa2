//! Which home of a log a query reads, and what the rule means there.
//!
//! A home may hold a part of the log only (`carries`), and it may hold one row for each element of an array
//! (`explodes`).
//! Both are settled here, for every language alike, before a formula is lowered.

use super::fidelity::{Ledger, Polarity};
use super::{Direction, codes};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest::fold;
use crate::ir::{Element, Formula, Number, Predicate, Quantifier, Shape, Subject, Test};
use crate::rule::DetectionRule;
use crate::schema::{Base, Facts, Home, Located, Path, Resolved, Schema, Step, Type};
use crate::source::Span;

/// More values of a field than this are not looked at one by one.
const MAX_VALUES: usize = 200;

/// The home that a query of the dialect reads, and what the rule means in its rows.
///
/// `None` where the rule has no meaning, or where no home can answer it, which the ledger then says.
/// With `quantify` it is [quantified](Formula::quantified).
pub fn chosen<'a>(
    rule: &DetectionRule,
    typed: &'a TypedRule,
    dialect: &str,
    quantify: bool,
    ledger: &mut Ledger,
) -> Option<(Option<&'a Home>, Formula)> {
    let formula = typed.formula.as_ref()?;
    let home = choose(typed.schema.as_deref(), dialect, formula, rule.detection.span, ledger)?;
    let formula = match home {
        Some(home) => rows(settle(formula, home), home, quantify, ledger)?,
        None if quantify => formula.clone().quantified(),
        None => formula.clone(),
    };
    Some((home, formula))
}

/// The home of a rule's log for a dialect; `None` inside when the log has none.
/// `None` when no home holds what the rule asks for, which the ledger then says.
#[expect(clippy::option_option, reason = "refused, or without a home, or the home")]
fn choose<'s>(
    schema: Option<&'s Schema>,
    dialect: &str,
    formula: &Formula,
    span: Span,
    ledger: &mut Ledger,
) -> Option<Option<&'s Home>> {
    let homes: Vec<&Home> = schema.iter().flat_map(|schema| schema.homes(dialect)).collect();
    if homes.is_empty() {
        return Some(None);
    }
    // Among homes that hold all that the rule can match, one that has its fields comes first.
    let (mut full, mut partial) = (None, None);
    for home in &homes {
        match overlap(schema, home, &homes, formula) {
            Overlap::Full if !lacks(home, &settle(formula, home)) => return Some(Some(home)),
            Overlap::Full => full = full.or(Some(*home)),
            Overlap::Part => partial = partial.or(Some(*home)),
            Overlap::None => {}
        }
    }
    if full.is_some() {
        return Some(full);
    }
    if let Some(home) = partial {
        let message = format!("`{}` holds only events with {}", home.name, carried(home));
        ledger.note(&codes::HOME_CARRIES_PART, Polarity::Positive, Direction::Narrower, span, message);
        return Some(Some(home));
    }
    let mut finding = Diagnostic::new(
        &codes::NO_HOME_CARRIES,
        span,
        format!("no home of this log in `{dialect}` holds what the rule asks for"),
    );
    let all: Vec<String> =
        homes.iter().map(|home| format!("`{}` holds events with {}", home.name, carried(home))).collect();
    finding = finding.help(all.join("; "));
    ledger.refuse(finding)
}

/// What a home holds, for messages.
fn carried(home: &Home) -> String {
    let each = home.carries.iter().map(|(path, values)| match &values[..] {
        [value] => format!("`{path}` `{value}`"),
        _ => format!("`{path}` in `{}`", values.join("`, `")),
    });
    each.collect::<Vec<_>>().join(" and ")
}

/// Whether a field that the formula tests is not in the home.
fn lacks(home: &Home, formula: &Formula) -> bool {
    let absent = |path: &Path| path.base == Base::Event && matches!(home.locate(path), Located::Absent(_));
    match formula {
        Formula::True | Formula::False => false,
        Formula::Not(inner) => lacks(home, inner),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(|part| lacks(home, part)),
        Formula::Pred(predicate) => {
            let other = match &predicate.test {
                Test::FieldRef { other, .. } => Some(&other.path),
                _ => None,
            };
            let subject = match &predicate.subject {
                Subject::Field(field) => Some(&field.path),
                Subject::Event => None,
            };
            subject.into_iter().chain(other).any(absent)
        }
        // The elements of a row's array are columns of their own.
        Formula::Elem(element) => {
            let rows = home.explodes.as_ref() == Some(&element.array);
            !rows && absent(&element.array) || lacks(home, &element.body)
        }
    }
}

/// How much of what a rule can match a home holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overlap {
    Full,
    Part,
    None,
}

fn overlap(schema: Option<&Schema>, home: &Home, homes: &[&Home], formula: &Formula) -> Overlap {
    let mut found = Overlap::Full;
    for (path, values) in &home.carries {
        let named = homes.iter().flat_map(|home| &home.carries).filter(|(known, _)| known == path);
        let mut universe: Vec<String> = named.flat_map(|(_, values)| values.clone()).collect();
        let field = schema.and_then(|schema| schema.lookup(&path.name(), &Facts::default()));
        let mut others = vec![Value::Other, Value::Absent];
        if let Some(Resolved { ty: Type::Enum(catalogue), field, .. }) = field {
            if catalogue.closed() && universe.len() < MAX_VALUES {
                catalogue.visit(&mut |value| {
                    universe.push(value.to_owned());
                    universe.len() <= MAX_VALUES
                });
                if universe.len() <= MAX_VALUES {
                    others.retain(|other| *other != Value::Other);
                }
            }
            if field.is_some_and(|field| field.always) {
                others.retain(|other| *other != Value::Absent);
            }
        }
        let possible =
            |value: Value<'_>| truth(formula, &Given { path, value, universe: &universe }) != Some(false);
        let inside = values.iter().any(|value| possible(Value::Text(value)));
        let outside = others.into_iter().any(possible)
            || universe.iter().any(|value| !values.contains(value) && possible(Value::Text(value)));
        match (inside, outside) {
            (false, _) => return Overlap::None,
            (true, true) => found = Overlap::Part,
            (true, false) => {}
        }
    }
    found
}

/// A field that has a value.
struct Given<'a> {
    path: &'a Path,
    value: Value<'a>,
    universe: &'a [String],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    /// A value that a home or the catalogue names.
    Text(&'a str),
    /// Any other.
    Other,
    /// None at all.
    Absent,
}

/// What is known of a formula when a field is given.
fn truth(formula: &Formula, given: &Given<'_>) -> Option<bool> {
    match formula {
        Formula::True => Some(true),
        Formula::False => Some(false),
        Formula::Not(inner) => truth(inner, given).map(|value| !value),
        Formula::And(parts) => joined(parts, given, false),
        Formula::Or(parts) => joined(parts, given, true),
        Formula::Pred(predicate) => holds(predicate, given),
        Formula::Elem(_) => None,
    }
}

/// Of a conjunction (`stop` false) or a disjunction (`stop` true).
fn joined(parts: &[Formula], given: &Given<'_>, stop: bool) -> Option<bool> {
    let mut all = Some(!stop);
    for part in parts {
        match truth(part, given) {
            Some(value) if value == stop => return Some(stop),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

fn holds(predicate: &Predicate, given: &Given<'_>) -> Option<bool> {
    let Subject::Field(field) = &predicate.subject else { return None };
    if field.path != *given.path {
        return None;
    }
    // Of another value it is known only that it is none of those that the homes name.
    let equal = |text: &str, cased: bool| {
        let same = |value: &str| if cased { value == text } else { fold(value) == fold(text) };
        match given.value {
            Value::Text(value) => Some(same(value)),
            Value::Other => given.universe.iter().any(|value| same(value)).then_some(false),
            Value::Absent => Some(false),
        }
    };
    let some = |tests: Vec<Option<bool>>| match () {
        () if tests.contains(&Some(true)) => Some(true),
        () if tests.contains(&None) => None,
        () => Some(false),
    };
    match &predicate.test {
        Test::Text(texts) => some(
            texts
                .iter()
                .map(|text| {
                    let part = |own: &str, test: fn(&str, &str) -> bool| {
                        let value = match given.value {
                            Value::Text(value) => value,
                            Value::Other => return None,
                            Value::Absent => return Some(false),
                        };
                        Some(if text.cased { test(value, own) } else { test(&fold(value), &fold(own)) })
                    };
                    match &text.shape {
                        Shape::Equals(own) => equal(own, text.cased),
                        Shape::StartsWith(own) => part(own, |value, own| value.starts_with(own)),
                        Shape::EndsWith(own) => part(own, |value, own| value.ends_with(own)),
                        Shape::Contains(own) => part(own, |value, own| value.contains(own)),
                        Shape::Glob(_) => None,
                    }
                })
                .collect(),
        ),
        Test::Number(numbers) => some(
            numbers
                .iter()
                .map(|number| match number {
                    Number::Integer(number) => equal(&number.to_string(), true),
                    Number::Decimal(_) => None,
                })
                .collect(),
        ),
        Test::Boolean(wanted) => equal(if *wanted { "true" } else { "false" }, false),
        // A value may be absent by being null, which exists.
        Test::Exists => (given.value != Value::Absent).then_some(true),
        Test::Present => Some(given.value != Value::Absent),
        Test::Null => Some(given.value == Value::Absent),
        Test::Regex(_)
        | Test::Order(..)
        | Test::Time(..)
        | Test::TimePart(..)
        | Test::Cidr(_)
        | Test::FieldRef { .. } => None,
    }
}

/// The formula with the tests settled that what the home carries decides and that it has no column for.
fn settle(formula: &Formula, home: &Home) -> Formula {
    match formula {
        Formula::True | Formula::False | Formula::Elem(_) => formula.clone(),
        Formula::Not(inner) => settle(inner, home).not(),
        Formula::And(parts) => Formula::and(parts.iter().map(|part| settle(part, home))),
        Formula::Or(parts) => Formula::or(parts.iter().map(|part| settle(part, home))),
        Formula::Pred(predicate) => match decided(predicate, home) {
            Some(true) => Formula::True,
            Some(false) => Formula::False,
            None => formula.clone(),
        },
    }
}

fn decided(predicate: &Predicate, home: &Home) -> Option<bool> {
    let Subject::Field(field) = &predicate.subject else { return None };
    let (path, values) = home.carries.iter().find(|(path, _)| *path == field.path)?;
    if !matches!(home.locate(path), Located::Absent(_)) {
        return None;
    }
    let mut answers = values.iter().map(|value| {
        let value = Value::Text(value);
        holds(predicate, &Given { path, value, universe: values })
    });
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

/// The formula as it stands in the rows of the home: what it says of an element of the array that the home has in
/// rows becomes plain tests.
///
/// An event is selected when some row of it is.
/// So a statement about some element is exact, several in one conjunction are asked of one row alone, and a statement
/// about every or no element holds as soon as one row does.
///
/// With `quantify` all else becomes [quantified](Formula::quantified).
fn rows(formula: Formula, home: &Home, quantify: bool, ledger: &mut Ledger) -> Option<Formula> {
    let Some(array) = home.row() else {
        return Some(if quantify { formula.quantified() } else { formula });
    };
    let mut row = array.clone();
    row.steps.push(Step::Each);
    let usage = usage(&formula.clone().quantified(), &array, true);
    if let Some(span) = usage.index {
        let message = format!("`{}` has one row for each element of `{array}`, without its place", home.name);
        return ledger.refuse(Diagnostic::new(&codes::ARRAY_STATEMENT, span, message));
    }
    let message = || {
        format!("`{}` has one row for each element of `{array}`, and the query judges each alone", home.name)
    };
    if let Some(span) = usage.several.filter(|_| usage.count > 1) {
        ledger.note(&codes::ROW_PER_ELEMENT, Polarity::Positive, Direction::Narrower, span, message());
    }
    if let Some(span) = usage.every {
        ledger.note(&codes::ROW_PER_ELEMENT, Polarity::Positive, Direction::Wider, span, message());
    }
    Some(Rows { home, array: &array, row: &row, quantify }.formula(formula))
}

/// What a formula says of the elements of an array.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// How many statements about some element must hold together.
    count: usize,
    /// The last of these.
    several: Option<Span>,
    /// A statement about every element, or none.
    every: Option<Span>,
    /// A statement about the element at a place.
    index: Option<Span>,
}

impl Usage {
    fn some(span: Span) -> Self {
        Self { count: 1, several: Some(span), ..Self::default() }
    }

    fn join(self, other: Self, together: bool) -> Self {
        let larger = if other.count > self.count { other } else { self };
        Self {
            count: if together { self.count + other.count } else { larger.count },
            several: if together { other.several.or(self.several) } else { larger.several },
            every: self.every.or(other.every),
            index: self.index.or(other.index),
        }
    }
}

/// `positive` tells whether more matches of the formula are more matches of the whole. The formula is quantified.
fn usage(formula: &Formula, array: &Path, positive: bool) -> Usage {
    let all = |parts: &[Formula], together: bool| {
        parts.iter().fold(Usage::default(), |sum, part| sum.join(usage(part, array, positive), together))
    };
    match formula {
        Formula::True | Formula::False => Usage::default(),
        Formula::Not(inner) => usage(inner, array, !positive),
        Formula::And(parts) => all(parts, positive),
        Formula::Or(parts) => all(parts, !positive),
        Formula::Pred(predicate) => compared(predicate, array),
        Formula::Elem(element) if element.array == *array => {
            let own = match (element.quantifier, positive) {
                (Quantifier::Any, true)
                | (Quantifier::All | Quantifier::AllOrEmpty | Quantifier::None, false) => {
                    Usage::some(element.span)
                }
                (Quantifier::Index(_), _) => Usage { index: Some(element.span), ..Usage::default() },
                _ => Usage { every: Some(element.span), ..Usage::default() },
            };
            own.join(usage(&element.body, array, positive), true)
        }
        Formula::Elem(element) => usage(&element.body, array, positive),
    }
}

/// A comparison with a field of some element.
fn compared(predicate: &Predicate, array: &Path) -> Usage {
    let inside = |path: &Path| {
        path.base == Base::Event
            && path
                .steps
                .strip_prefix(array.steps.as_slice())
                .is_some_and(|rest| rest.first() == Some(&Step::Each))
    };
    match &predicate.test {
        Test::FieldRef { other, .. } if inside(&other.path) => Usage::some(predicate.span),
        _ => Usage::default(),
    }
}

/// Rewrites what a formula says of the elements that are rows.
struct Rows<'a> {
    home: &'a Home,
    array: &'a Path,
    /// The array and [`Step::Each`].
    row: &'a Path,
    quantify: bool,
}

impl Rows<'_> {
    fn formula(&self, formula: Formula) -> Formula {
        let each = |parts: Vec<Formula>| parts.into_iter().map(|part| self.formula(part)).collect::<Vec<_>>();
        match formula {
            Formula::True | Formula::False => formula,
            Formula::Not(inner) => self.formula(*inner).not(),
            Formula::And(parts) => Formula::and(each(parts)),
            Formula::Or(parts) => Formula::or(each(parts)),
            Formula::Pred(predicate) => self.predicate(predicate),
            Formula::Elem(element) if element.array == *self.array => {
                let body = self.formula(rooted(element.body, self.row));
                if element.quantifier == Quantifier::None { body.not() } else { body }
            }
            Formula::Elem(element) => match self.inside(&element.array) {
                Some(rest) if opens(rest) => match Formula::Elem(element).quantified() {
                    // An index counts the elements of all inner arrays together and keeps the steps to them.
                    Formula::Elem(same) if self.inside(&same.array).is_some_and(opens) => Formula::Elem(same),
                    quantified => self.formula(quantified),
                },
                Some(_) if self.quantify => {
                    let body = element.body.quantified();
                    Formula::Elem(Box::new(Element { body, ..*element }))
                }
                None if self.quantify => Formula::Elem(element).quantified(),
                _ => Formula::Elem(element),
            },
        }
    }

    fn predicate(&self, predicate: Box<Predicate>) -> Formula {
        let path = match &predicate.subject {
            Subject::Field(field) => field.path.clone(),
            Subject::Event => return Formula::Pred(predicate),
        };
        match (self.inside(&path), &predicate.test) {
            // Each row stands for an element.
            (None, Test::Exists) if path == *self.array => Formula::True,
            (None, _) if self.quantify => Formula::Pred(predicate).quantified(),
            (Some(rest), test) if !matches!(test, Test::FieldRef { .. }) && opens(rest) => {
                if let Located::Column(_, rest) = self.home.locate(&path)
                    && !opens(rest)
                {
                    return Formula::Pred(predicate);
                }
                match Formula::Pred(predicate).quantified() {
                    same @ Formula::Pred(_) => same,
                    quantified => self.formula(quantified),
                }
            }
            _ => Formula::Pred(predicate),
        }
    }

    /// The steps from the row, of a path that lies in it.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p [Step]> {
        path.steps.strip_prefix(self.row.steps.as_slice()).filter(|_| path.base == Base::Event)
    }
}

/// Whether steps go on into an array.
fn opens(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }))
}

/// The body of an element statement, with its paths from the event.
fn rooted(body: Formula, row: &Path) -> Formula {
    let path = |path: &mut Path| {
        if path.base == Base::Element {
            let steps = row.steps.iter().chain(&path.steps).cloned().collect();
            *path = Path { base: Base::Event, steps };
        }
    };
    match body {
        Formula::True | Formula::False => body,
        Formula::Not(inner) => rooted(*inner, row).not(),
        Formula::And(parts) => Formula::and(parts.into_iter().map(|part| rooted(part, row))),
        Formula::Or(parts) => Formula::or(parts.into_iter().map(|part| rooted(part, row))),
        Formula::Pred(mut predicate) => {
            if let Subject::Field(field) = &mut predicate.subject {
                path(&mut field.path);
            }
            if let Test::FieldRef { other, .. } = &mut predicate.test {
                path(&mut other.path);
            }
            Formula::Pred(predicate)
        }
        // What is inside starts at the inner element.
        Formula::Elem(mut element) => {
            path(&mut element.array);
            Formula::Elem(element)
        }
    }
}
