//! Predicates, prepared once.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

use regex::Regex;
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::Fault;
use super::number::Exact;
use super::observed::{Form, Observed, quoted};
use super::reach::{reach, scalars, walk};
use super::text::{Texts, regex};
use super::tree::{Kind, Tree};
use crate::ir::{self, Block, Number, Order, PartTest, Relation, Subject, TimePart, Timestamp};
use crate::schema::{Base, Path, Step};
use crate::source::Span;
use crate::time;

/// The event, and the element of the innermost enclosing array statement.
pub(super) struct Here<'v, V: ?Sized> {
    pub(super) event: &'v V,
    pub(super) element: &'v V,
}

impl<V: ?Sized> Clone for Here<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: ?Sized> Copy for Here<'_, V> {}

impl<'v, V: ?Sized> Here<'v, V> {
    pub(super) const fn base(self, base: Base) -> &'v V {
        match base {
            Base::Event => self.event,
            Base::Element => self.element,
        }
    }
}

/// A prepared predicate.
#[derive(Debug)]
pub(super) struct Predicate {
    pub(super) span: Span,
    /// The places of the alternatives, where each has its own.
    values: Box<[Span]>,
    /// `None` for every scalar of the event.
    path: Option<Path>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Texts(Texts),
    Regexes(Box<[Regex]>),
    Numbers(Box<[Exact]>),
    Order(Order, Exact),
    Boolean(bool),
    Time(Order, Timestamp),
    TimePart(TimePart, PartTest),
    Blocks(Box<[Block]>, Written),
    Present,
    Null,
    Exists,
    FieldRef { relation: Relation, other: Path, cased: bool },
}

/// How the log writes an address.
#[derive(Clone, Copy, Debug)]
enum Written {
    /// Plainly.
    Plain,
    /// As the end of a connection.
    Endpoint,
}

impl Written {
    const fn of(predicate: &ir::Predicate) -> Self {
        if predicate.reads_ports() { Self::Endpoint } else { Self::Plain }
    }

    fn address(self, text: &str) -> Option<IpAddr> {
        match self {
            Self::Plain => text.parse().ok(),
            Self::Endpoint => ir::address::read(text),
        }
    }
}

/// The most values of the right side of a `fieldref` that are looked at, but for equality, where all are.
const MAX_RIGHT: usize = 256;

impl Predicate {
    pub(super) fn new(predicate: &ir::Predicate) -> Result<Self, Fault> {
        let test = Test::new(predicate, Texts::new)?;
        let mut path = match &predicate.subject {
            Subject::Field(field) => Some(field.path.clone()),
            Subject::Event => None,
        };
        // An empty array is present: the last member counts, not its elements.
        if let (Test::Exists, Some(path)) = (&test, &mut path) {
            while path.steps.last() == Some(&Step::Each) {
                path.steps.pop();
            }
        }
        let values = match &predicate.test {
            ir::Condition::Text(texts) => texts.iter().map(|text| text.span).collect(),
            ir::Condition::Listed(listed) => std::iter::once(listed.span).collect(),
            ir::Condition::Regex(regexes) => regexes.iter().map(|regex| regex.span).collect(),
            _ => Box::default(),
        };
        Ok(Self { span: predicate.span, values, path, test })
    }

    /// Whether the predicate holds.
    pub(super) fn holds<V: Tree + ?Sized>(&self, scope: Here<'_, V>) -> bool {
        let Some(path) = &self.path else {
            return scalars(scope.event, &mut |value| self.test.accepts(value));
        };
        let (base, steps) = (scope.base(path.base), path.steps.as_slice());
        match &self.test {
            Test::Null => !reach(base, steps, &mut |value| !value.is_null()),
            Test::Exists => walk(base, steps, &mut |_| true),
            Test::FieldRef { relation, other, cased } => {
                let right = Right::new(*relation, *cased, scope.base(other.base), &other.steps);
                right.is_some_and(|right| reach(base, steps, &mut |value| right.accepts(value)))
            }
            test => reach(base, steps, &mut |value| test.accepts(value)),
        }
    }

    /// What the predicate looked at, for people: at most `limit` values.
    pub(super) fn observe(&self, scope: Here<'_, Value>, limit: usize) -> Observed {
        let form = match &self.test {
            Test::Null => Form::Null,
            Test::Exists => Form::Exists,
            _ => Form::Test,
        };
        let mut found =
            Observed { form, values: self.values.to_vec(), seen: Vec::new(), reached: 0, other: Vec::new() };
        let Some(path) = &self.path else {
            scalars(scope.event, &mut |value| {
                let accepted = self.test.accepts(value);
                found.seen.extend(accepted.then(|| quoted(value)));
                accepted
            });
            found.reached = found.seen.len();
            return found;
        };
        let (base, steps) = (scope.base(path.base), path.steps.as_slice());
        let right = match &self.test {
            Test::FieldRef { relation, other, cased } => {
                let base = scope.base(other.base);
                reach(base, &other.steps, &mut |value| {
                    found.other.push(quoted(value));
                    found.other.len() >= limit
                });
                Right::new(*relation, *cased, base, &other.steps)
            }
            _ => None,
        };
        let accepts = |value: &Value| match (&self.test, &right) {
            (Test::Null, _) => !value.is_null(),
            (_, Some(right)) => right.accepts(value),
            (test, None) => test.accepts(value),
        };
        let mut decided = false;
        let mut look = |value: &Value| {
            found.reached += 1;
            let first = !decided && accepts(value);
            if first {
                decided = true;
                found.seen.insert(0, quoted(value));
                found.seen.truncate(limit);
            } else if found.seen.len() < limit {
                found.seen.push(quoted(value));
            }
            false
        };
        // Of a member that exists the value itself is reported, also where it is an array.
        if form == Form::Exists {
            walk(base, steps, &mut look)
        } else {
            reach(base, steps, &mut look)
        };
        found
    }
}

/// A test of one value, without a path to it: what a search for values asks.
#[derive(Debug)]
pub struct Tester(Test);

impl Tester {
    /// The test of a predicate; `None` where it says something of more than one value, or cannot be evaluated.
    pub fn new(predicate: &ir::Predicate) -> Option<Self> {
        match Test::new(predicate, Texts::for_few).ok()? {
            Test::Null | Test::Exists | Test::FieldRef { .. } => None,
            test => Some(Self(test)),
        }
    }

    /// Whether the value satisfies it.
    pub fn accepts(&self, value: &Value) -> bool {
        self.0.accepts(value)
    }
}

impl Test {
    fn new(
        predicate: &ir::Predicate,
        of_texts: fn(&[ir::Text]) -> Result<Texts, Fault>,
    ) -> Result<Self, Fault> {
        let number = |number: &Number| {
            let text = match number {
                Number::Integer(number) => Cow::Owned(number.to_string()),
                Number::Decimal(text) => Cow::Borrowed(text.as_str()),
            };
            Exact::parse(&text)
                .ok_or_else(|| Fault { span: predicate.span, reason: format!("`{text}` is not a number") })
        };
        Ok(match &predicate.test {
            ir::Condition::Text(texts) => Self::Texts(of_texts(texts)?),
            ir::Condition::Listed(listed) => {
                let elsewhere = || {
                    let reason = format!("the values of `{}` are kept by a platform alone", listed.name);
                    Fault { span: predicate.span, reason }
                };
                Self::Texts(of_texts(listed.texts.as_ref().ok_or_else(elsewhere)?)?)
            }
            ir::Condition::Regex(regexes) => {
                Self::Regexes(regexes.iter().map(regex).collect::<Result<_, _>>()?)
            }
            ir::Condition::Number(numbers) => {
                Self::Numbers(numbers.iter().map(number).collect::<Result<_, _>>()?)
            }
            ir::Condition::Order(order, than) => Self::Order(*order, number(than)?),
            ir::Condition::Boolean(value) => Self::Boolean(*value),
            ir::Condition::Time(order, than) => Self::Time(*order, *than),
            ir::Condition::TimePart(part, values) => Self::TimePart(*part, values.clone()),
            ir::Condition::Cidr(blocks) => Self::Blocks(blocks.as_slice().into(), Written::of(predicate)),
            ir::Condition::Present => Self::Present,
            ir::Condition::Null => Self::Null,
            ir::Condition::Exists => Self::Exists,
            ir::Condition::FieldRef { relation, other, cased } => {
                Self::FieldRef { relation: *relation, other: other.path.clone(), cased: *cased }
            }
        })
    }

    /// Whether one reached value satisfies the test.
    fn accepts<V: Tree + ?Sized>(&self, value: &V) -> bool {
        match self {
            Self::Texts(texts) => value.text().is_some_and(|text| texts.matches(text)),
            Self::Regexes(regexes) => {
                value.text().is_some_and(|text| regexes.iter().any(|regex| regex.is_match(text)))
            }
            Self::Numbers(numbers) => number(value)
                .is_some_and(|value| numbers.iter().any(|wanted| value.compare(wanted) == Ordering::Equal)),
            Self::Order(order, than) => number(value).is_some_and(|value| order.accepts(value.compare(than))),
            Self::Boolean(wanted) => match value.kind() {
                Kind::Bool(value) => value == *wanted,
                Kind::Text(text) => text.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
                _ => false,
            },
            Self::Time(order, than) => time(value).is_some_and(|value| order.accepts(value.cmp(than))),
            Self::TimePart(part, wanted) => time(value)
                .and_then(|value| time::part(value, *part))
                .is_some_and(|value| wanted.accepts(value)),
            Self::Blocks(blocks, written) => match value.kind() {
                Kind::Text(text) => written
                    .address(text)
                    .is_some_and(|address| blocks.iter().any(|block| contains(*block, address))),
                _ => false,
            },
            // On the whole event these three speak of its scalars, of which an event without any has none.
            Self::Present | Self::Exists => value.text().is_some(),
            Self::Null | Self::FieldRef { .. } => false,
        }
    }
}

fn number<V: Tree + ?Sized>(value: &V) -> Option<Exact> {
    match value.kind() {
        Kind::Number(text) | Kind::Text(text) => Exact::parse(text),
        _ => None,
    }
}

fn time<V: Tree + ?Sized>(value: &V) -> Option<Timestamp> {
    match value.kind() {
        Kind::Text(text) => time::instant(text),
        _ => None,
    }
}

/// Whether the block holds the address; the two families are apart, also where one is mapped into the other.
fn contains(block: Block, address: IpAddr) -> bool {
    let (first, address, width) = match (block.first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => {
            (u128::from(first.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(first), IpAddr::V6(address)) => (first.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let host_bits = 128_u32.min(width) - u32::from(block.prefix).min(width);
    let network = |bits: u128| bits.checked_shr(host_bits).unwrap_or(0);
    network(first) == network(address)
}

/// The right side of a `fieldref`: the texts reached there.
/// Neither side is an author's value, so letters fold on both alike, ASCII among ASCII.
struct Right {
    relation: Relation,
    cased: bool,
    texts: FxHashSet<String>,
}

impl Right {
    /// `None` where nothing is reached.
    fn new<V: Tree + ?Sized>(relation: Relation, cased: bool, base: &V, steps: &[Step]) -> Option<Self> {
        let limit = if relation == Relation::Equals { usize::MAX } else { MAX_RIGHT };
        let mut texts = FxHashSet::default();
        reach(base, steps, &mut |value| {
            if let Some(text) = value.text() {
                texts.insert(if cased { text.to_owned() } else { crate::text::folded(text) });
            }
            texts.len() >= limit
        });
        (!texts.is_empty()).then_some(Self { relation, cased, texts })
    }

    fn accepts<V: Tree + ?Sized>(&self, value: &V) -> bool {
        let Some(left) = value.text() else { return false };
        let left = if self.cased { Cow::Borrowed(left) } else { Cow::Owned(crate::text::folded(left)) };
        match self.relation {
            Relation::Equals => self.texts.contains(&*left),
            Relation::StartsWith => self.texts.iter().any(|right| left.starts_with(right)),
            Relation::EndsWith => self.texts.iter().any(|right| left.ends_with(right)),
            Relation::Contains => self.texts.iter().any(|right| left.contains(right)),
        }
    }
}
