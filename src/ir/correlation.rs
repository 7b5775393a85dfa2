//! What a correlation counts, and what it compares that with.

use std::cmp::Ordering;

pub use super::amount::Amount;

/// What a correlation counts of the base matches in its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The matches.
    EventCount,
    /// The distinct values.
    ValueCount,
    /// The sum of the values.
    Sum,
    /// Their mean.
    Average,
    /// The smallest value with at least so many per cent of the values at or below it.
    Percentile(u32),
    /// The middle value, or the mean of the two middle ones.
    Median,
    /// Nothing: a match is one with no match before it in the window. Those of its own time do not count.
    FirstSeen,
    /// Which of the rules have a match in the window.
    Presence(Presence),
    /// Distinct events, one for each of these rules, in the order of time; equal times are in order. Each rule is its
    /// place among the rules of the correlation, and may be several times.
    Ordered(Vec<usize>),
}

/// A condition over the rules that have a match in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The rule at this place among those of the correlation has one.
    Rule(usize),
    /// It does not hold.
    Not(Box<Presence>),
    /// All hold.
    All(Vec<Presence>),
    /// Some holds.
    Any(Vec<Presence>),
}

impl Presence {
    /// Whether it holds when `has` says which rules have a match. The nesting is that of the condition's parser, which
    /// bounds it.
    pub fn holds(&self, has: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Rule(rule) => has(*rule),
            Self::Not(inner) => !inner.holds(has),
            Self::All(parts) => parts.iter().all(|part| part.holds(has)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(has)),
        }
    }
}

/// How a measure compares with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is greater.
    Greater,
    /// It is greater or equal.
    GreaterOrEqual,
    /// It is less.
    Less,
    /// It is less or equal.
    LessOrEqual,
    /// It is equal.
    Equal,
    /// It is not equal.
    NotEqual,
}

impl Comparison {
    /// Whether a measure that compares so with the threshold satisfies the comparison.
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
        }
    }
}

/// A comparison with a number. Several are an AND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// How the measure compares.
    pub comparison: Comparison,
    /// With what.
    pub value: Amount,
}

/// What is done to a value before it is compared with those of other matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transform {
    /// This text is taken off where the value begins with it, letter for letter; another value stays as it is.
    RemovePrefix(String),
}

impl Transform {
    /// The value that the transforms make of a text, one after the other.
    pub fn all<'t>(transforms: &[Self], text: &'t str) -> &'t str {
        transforms
            .iter()
            .fold(text, |text, Self::RemovePrefix(prefix)| text.strip_prefix(&**prefix).unwrap_or(text))
    }
}
