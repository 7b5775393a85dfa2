//! The meaning of a rule: typed predicates and the formula over them.
//!
//! The evaluator and the three back ends read the same [`Formula`].
//! Everything that YAML or Sigma spells in several ways is spelt in one way here: wildcards are operators, encoders
//! have been applied, a list is one predicate with several alternatives, `|all` is a conjunction, `neq` is a negation,
//! quantifiers over selections are gone.

pub mod address;
mod amount;
pub mod correlation;
mod display;
mod fixed;
mod identity;
pub mod pattern;
mod quantify;
mod simplify;
mod walk;

use std::cmp::Ordering;
use std::sync::Arc;

pub use fixed::Fixed;
pub use walk::{Found, Leaf, Node, Polarity};

pub use crate::rule::modifier::TimePart;
use crate::schema::{KnownList, Path, Type};
use crate::source::Span;
pub use crate::text::TextPattern;
pub use crate::time::Timestamp;

/// A boolean combination of predicates.
#[derive(Clone, Debug)]
pub enum Formula {
    /// Always true.
    True,
    /// Never true.
    False,
    /// Negation; classical: true exactly when the operand is false.
    Not(Box<Formula>),
    /// All of two or more.
    And(Vec<Formula>),
    /// Some of two or more.
    Or(Vec<Formula>),
    /// A predicate.
    Pred(Box<Predicate>),
    /// A statement about the elements of an array.
    Elem(Box<Element>),
}

/// A statement about the elements of one array: the body speaks of one and the same element.
#[derive(Clone, Debug)]
pub struct Element {
    /// The array; without a trailing [`Step::Each`](crate::schema::Step::Each).
    /// Reaching several arrays (through an outer one) unites their elements.
    pub array: Path,
    /// How many elements must satisfy the body.
    pub quantifier: Quantifier,
    /// The body; its predicates' paths have [`Base::Element`](crate::schema::Base::Element), or [`Base::Event`](crate::schema::Base::Event) for the right side of a `fieldref`.
    pub body: Formula,
    /// Where it is.
    pub span: Span,
}

/// How many elements must satisfy a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Some element.
    Any,
    /// At least one element, and every one.
    All,
    /// Every element.
    AllOrEmpty,
    /// No element.
    None,
    /// The element at the index, from the end when negative; false when there is none.
    Index(i64),
}

/// One test of one field, or of the whole event.
#[derive(Clone, Debug)]
pub struct Predicate {
    /// What is tested.
    pub subject: Subject,
    /// The test; true when some reached value satisfies it, unless the test says otherwise.
    pub test: Condition,
    /// The item in the source.
    pub span: Span,
}

impl Predicate {
    /// Whether the log writes the address that is tested with a port or in brackets.
    pub const fn reads_ports(&self) -> bool {
        matches!(&self.subject, Subject::Field(FieldUse { ty: Type::Endpoint, .. }))
    }
}

/// What a predicate tests.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A field.
    Field(FieldUse),
    /// Every scalar of the event (keywords).
    Event,
}

/// A field as a predicate uses it.
#[derive(Clone, Debug)]
pub struct FieldUse {
    /// The canonical path; ends in [`Step::Each`](crate::schema::Step::Each) where the field is an array, but for
    /// [`Condition::Exists`], which speaks of the array itself.
    pub path: Path,
    /// The type of the values reached: an array only under [`Condition::Exists`].
    pub ty: Type,
    /// Whether the value is never the empty string, so that missing and empty need not be told apart.
    pub never_empty: bool,
    /// Whether the member is left out rather than null, so that missing and null need not be told apart.
    pub never_null: bool,
    /// Whether every record has it.
    pub always: bool,
    /// The name as the author wrote it.
    pub text: String,
    /// Where it is.
    pub span: Span,
}

/// The tests.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A scalar's text satisfies one of these. Numbers and booleans compare by their JSON text.
    Text(Vec<Text>),
    /// A scalar's text is one of a known list that some platform keeps.
    Listed(Box<Listed>),
    /// A scalar's text is matched by one of these expressions.
    Regex(Vec<Regex>),
    /// A number is one of these.
    Number(Vec<Number>),
    /// A number compares so.
    Order(Order, Number),
    /// A boolean (or its text, in any case) is this.
    Boolean(bool),
    /// A time compares so.
    Time(Order, Timestamp),
    /// A part of a time, in UTC, satisfies this.
    TimePart(TimePart, PartTest),
    /// An address lies in one of these blocks; of a field of type [`Type::Endpoint`] as [`address::read`] reads it.
    Cidr(Vec<Block>),
    /// Some scalar is reached (`'*'`).
    Present,
    /// No value other than null is reached (`null`): note that this is a statement about *all* reached values.
    Null,
    /// The last member is present, even as null, `{}` or `[]`.
    Exists,
    /// Some value reached here relates so to some value reached by the other path, as text.
    FieldRef {
        /// How the left text relates to the right one.
        relation: Relation,
        /// The right side.
        other: FieldUse,
        /// Whether letters must agree in case.
        cased: bool,
    },
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What the text must be.
    pub shape: TextPattern,
    /// Whether letters must agree in case.
    pub cased: bool,
    /// Whether the value is a member of the field's list of known values in canonical spelling, so that events that fit the
    /// schema spell it exactly so. Only with [`TextPattern::Equals`].
    pub member: bool,
    /// The value in the source.
    pub span: Span,
}

/// A known list that some platform keeps, as a test of a field's text.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The list.
    pub list: Arc<KnownList>,
    /// Its values as the texts that the field may have; `None` where platforms alone have them.
    pub texts: Option<Vec<Text>>,
    /// Whether letters must agree in case.
    pub cased: bool,
    /// The placeholder in the source.
    pub span: Span,
}

/// A regular expression: searched, unanchored. Its pattern has been checked against the portable subset or has had
/// its diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regex {
    /// The pattern as written, without flags.
    pub pattern: String,
    /// `i`.
    pub ignore_case: bool,
    /// `m`.
    pub multi_line: bool,
    /// `s`.
    pub dot_all: bool,
    /// The value in the source.
    pub span: Span,
}

/// A number by its exact decimal spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number; the range covers both signed and unsigned 64 bits.
    Integer(i128),
    /// Any other decimal, as written.
    Decimal(String),
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

impl Order {
    /// Whether a value that compares so to the bound is in this order to it.
    pub const fn accepts(self, found: Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// What is asked of a part of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartTest {
    /// It is one of these.
    OneOf(Vec<u32>),
    /// It compares so.
    Order(Order, u32),
}

impl PartTest {
    /// Whether the part, where it is this number, satisfies the test.
    pub fn accepts(&self, found: u32) -> bool {
        match self {
            Self::OneOf(wanted) => wanted.contains(&found),
            Self::Order(order, than) => order.accepts(found.cmp(than)),
        }
    }

    /// The numbers that the test names.
    pub fn named(&self) -> &[u32] {
        match self {
            Self::OneOf(wanted) => wanted,
            Self::Order(_, than) => std::slice::from_ref(than),
        }
    }
}

impl From<Vec<u32>> for PartTest {
    fn from(wanted: Vec<u32>) -> Self {
        Self::OneOf(wanted)
    }
}

/// An address block, by its first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first address.
    pub first: std::net::IpAddr,
    /// The prefix length in bits.
    pub prefix: u8,
}

impl Block {
    /// The block of one address.
    pub const fn of(address: std::net::IpAddr) -> Self {
        Self { first: address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// The block of version 4 that a block of version 6 stands for where it begins with the mark `::ffff:`.
    pub fn of_version_4(self) -> Option<Self> {
        let std::net::IpAddr::V6(first) = self.first else { return None };
        let prefix = self.prefix.checked_sub(96)?;
        Some(Self { first: first.to_ipv4_mapped()?.into(), prefix })
    }
}

/// How two texts relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are equal.
    Equals,
    /// The left begins with the right.
    StartsWith,
    /// The left ends with the right.
    EndsWith,
    /// The left contains the right.
    Contains,
}

impl Formula {
    /// A conjunction, flattened: no operands are `True`, `False` absorbs.
    pub fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::True,
            1 => kept.remove(0),
            _ => Self::And(kept),
        }
    }

    /// A disjunction, flattened: no operands are `False`, `True` absorbs.
    pub fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::False,
            1 => kept.remove(0),
            _ => Self::Or(kept),
        }
    }

    /// The negation; double negations vanish.
    #[expect(clippy::should_implement_trait, reason = "the name of the connective")]
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The same formula with every array step of every predicate made an [`Element`]: afterwards each predicate's
    /// path is free of [`Step::Each`](crate::schema::Step::Each) and [`Step::Select`](crate::schema::Step::Select),
    /// and starts at the event or at its innermost element.
    /// Two things keep their steps: the right side of a `fieldref`, and a `fieldref` whose right side is relative to
    /// the enclosing element.
    /// An element's array keeps its steps only under [`Quantifier::Index`], which counts the union of all elements.
    /// Back ends work on this form; the evaluator gives both forms the same meaning.
    #[must_use]
    pub fn quantified(self) -> Self {
        quantify::formula(self)
    }
}
