//! What the modifiers of an item ask for, and what each of its values gives.

use super::encode;
use super::text::{Anchor, Wanted, literal, wanted};
use super::written::Written;
use crate::ir::{Condition, Order, Relation, Text, TimePart};
use crate::rule::Item;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::schema::OtherName;
use crate::source::Spanned;

/// The kind of test that the modifiers ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The value, as the field's type reads it.
    Value,
    /// A regular expression.
    Regex,
    /// An address block.
    Cidr,
    /// A comparison.
    Order(Order),
    /// A part of a time, which a comparison may be asked of.
    TimePart(TimePart, Option<Order>),
    /// Presence.
    Exists,
    /// Another field.
    FieldRef(Relation),
}

/// What one value gives.
#[derive(Debug)]
pub(super) enum Alternative {
    /// A test.
    Test(Condition),
    /// The absence of the field (`exists: false`).
    Missing,
}

impl Alternative {
    /// How many alternatives this is for a back end.
    pub fn size(&self) -> usize {
        match self {
            Self::Test(test) => test.alternatives(),
            Self::Missing => 1,
        }
    }
}

/// What the modifiers of an item ask for.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a modifier of its own, and they combine freely")]
pub(super) struct Plan {
    /// The kind of test.
    pub kind: Asked,
    /// Where the value must be.
    pub place: Anchor,
    /// Whether letters must agree in case.
    pub cased: bool,
    /// Whether every value must be satisfied.
    pub all: bool,
    /// Whether the whole is negated.
    pub neq: bool,
    /// The encoders in order, `windash` among them.
    pub encoders: Vec<Modifier>,
    /// `re`: ignore case.
    pub ignore_case: bool,
    /// `re`: lines.
    pub multi_line: bool,
    /// `re`: newlines.
    pub dot_all: bool,
    /// Whether `%name%` stands for other values.
    pub expand: bool,
    /// How the name departs from the canonical one, with which values may change.
    pub spelling: Option<OtherName>,
    /// How the log writes the values of the field.
    pub written: Written,
    /// The modifier that decides the kind of test or first asks for a text, for messages.
    pub decisive: Option<Spanned<Modifier>>,
}

impl Plan {
    /// Reads the modifiers of an item.
    pub fn new(item: &Item) -> Self {
        let mut plan = Self {
            kind: Asked::Value,
            place: Anchor::Whole,
            cased: false,
            all: false,
            neq: false,
            encoders: Vec::new(),
            ignore_case: false,
            multi_line: false,
            dot_all: false,
            expand: false,
            spelling: None,
            written: Written::default(),
            decisive: None,
        };
        for modifier in &item.modifiers {
            plan.read(modifier);
        }
        if let (Asked::FieldRef(relation), place) = (&mut plan.kind, plan.place) {
            *relation = match place {
                Anchor::Whole => Relation::Equals,
                Anchor::Start => Relation::StartsWith,
                Anchor::End => Relation::EndsWith,
                Anchor::Anywhere => Relation::Contains,
            };
        }
        plan
    }

    fn read(&mut self, modifier: &Spanned<Modifier>) {
        match modifier.value {
            Modifier::All => return self.all = true,
            Modifier::Neq => return self.neq = true,
            Modifier::Expand => return self.expand = true,
            Modifier::IgnoreCase => return self.ignore_case = true,
            Modifier::MultiLine => return self.multi_line = true,
            Modifier::DotAll => return self.dot_all = true,
            Modifier::Cased => self.cased = true,
            Modifier::StartsWith => self.place = Anchor::Start,
            Modifier::EndsWith => self.place = Anchor::End,
            Modifier::Contains => self.place = Anchor::Anywhere,
            Modifier::Windash
            | Modifier::Base64
            | Modifier::Base64Offset
            | Modifier::Utf16Le
            | Modifier::Utf16Be
            | Modifier::Utf16 => self.encoders.push(modifier.value),
            Modifier::Exists => self.ask(Asked::Exists),
            Modifier::Re => self.ask(Asked::Regex),
            Modifier::Cidr => self.ask(Asked::Cidr),
            Modifier::FieldRef => self.ask(Asked::FieldRef(Relation::Equals)),
            Modifier::Lt => self.ask(Asked::Order(Order::Less)),
            Modifier::Lte => self.ask(Asked::Order(Order::LessOrEqual)),
            Modifier::Gt => self.ask(Asked::Order(Order::Greater)),
            Modifier::Gte => self.ask(Asked::Order(Order::GreaterOrEqual)),
            Modifier::Minute => self.ask(Asked::TimePart(TimePart::Minute, None)),
            Modifier::Hour => self.ask(Asked::TimePart(TimePart::Hour, None)),
            Modifier::Day => self.ask(Asked::TimePart(TimePart::Day, None)),
            Modifier::Week => self.ask(Asked::TimePart(TimePart::Week, None)),
            Modifier::Month => self.ask(Asked::TimePart(TimePart::Month, None)),
            Modifier::Year => self.ask(Asked::TimePart(TimePart::Year, None)),
        }
        let decides = !matches!(self.kind, Asked::Value)
            && matches!(self.decisive, Some(ref old) if old.value == Modifier::Cased);
        if self.decisive.is_none() || decides {
            self.decisive = Some(modifier.clone());
        }
    }

    /// Adds a kind of test to what the modifiers before it ask for.
    fn ask(&mut self, kind: Asked) {
        self.kind = match (self.kind, kind) {
            (Asked::TimePart(part, None), Asked::Order(order))
            | (Asked::Order(order), Asked::TimePart(part, None)) => Asked::TimePart(part, Some(order)),
            // Of other kinds the reader refuses all but one.
            (_, kind) => kind,
        };
    }

    /// The canonical value for one that another shape writes otherwise.
    pub fn canonical(&self, value: &str) -> Option<String> {
        let whole = self.kind == Asked::Value && self.place == Anchor::Whole && self.encoders.is_empty();
        super::field::canonical(self.spelling.as_ref().filter(|_| whole)?, value)
    }

    /// Whether the values are compared as texts and nothing else.
    pub fn is_text(&self) -> bool {
        match self.kind {
            Asked::Value => self.place != Anchor::Whole || self.cased || !self.encoders.is_empty(),
            Asked::Regex => true,
            Asked::Exists | Asked::Order(_) | Asked::TimePart(..) | Asked::Cidr | Asked::FieldRef(_) => false,
        }
    }
}

/// Why a value gives no texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoText {
    /// An encoder met a wildcard, which the reader reports.
    Wildcard,
    /// The encoded bytes are not text.
    Bytes,
    /// Too little is left at some offset of `base64offset`.
    Short,
    /// `windash` gives too many spellings.
    Many,
}

/// What a value asks of a text: several shapes where an encoder gives several.
pub(super) fn texts(text: &str, plan: &Plan, place: Anchor) -> Result<Vec<Wanted>, NoText> {
    if plan.encoders.is_empty() {
        return Ok(vec![wanted(pieces(text), place)]);
    }
    let windash = |text: &str| encode::windash(text).ok_or(NoText::Many);
    if plan.encoders.iter().all(|&modifier| modifier == Modifier::Windash) {
        // The dashes of the source text: wildcards and escapes hold none.
        return Ok(windash(text)?.iter().map(|text| wanted(pieces(text), place)).collect());
    }
    let mut literals = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => literals.push(text),
            Piece::Any | Piece::One => return Err(NoText::Wildcard),
        }
    }
    let mut values = vec![literals.concat().into_bytes()];
    for &modifier in &plan.encoders {
        if modifier == Modifier::Windash {
            let mut spellings = Vec::new();
            for value in &values {
                let text = std::str::from_utf8(value).map_err(|_| NoText::Bytes)?;
                spellings.extend(windash(text)?.into_iter().map(String::into_bytes));
            }
            values = spellings;
        } else {
            values = encode::encode(modifier, values);
        }
        if values.len() > encode::MAX_SPELLINGS {
            return Err(NoText::Many);
        }
        if values.iter().any(Vec::is_empty) {
            return Err(NoText::Short);
        }
    }
    let text = |value: Vec<u8>| match String::from_utf8(value) {
        Ok(text) => Ok(wanted(literal(text), place)),
        Err(_) => Err(NoText::Bytes),
    };
    values.into_iter().map(text).collect()
}

/// The numbers and booleans that a field is equal to, as JSON writes them.
pub(super) fn scalars_in(alternatives: &[Alternative]) -> Vec<String> {
    let mut found = Vec::new();
    for alternative in alternatives {
        match alternative {
            Alternative::Test(Condition::Number(numbers)) => {
                found.extend(numbers.iter().map(ToString::to_string));
            }
            Alternative::Test(Condition::Boolean(value)) => found.push(value.to_string()),
            Alternative::Test(_) | Alternative::Missing => {}
        }
    }
    found
}

/// The texts that a field is compared with.
pub(super) fn texts_in(alternatives: &[Alternative]) -> impl Iterator<Item = &Text> {
    alternatives.iter().flat_map(|alternative| match alternative {
        Alternative::Test(Condition::Text(texts)) => texts.as_slice(),
        Alternative::Test(_) | Alternative::Missing => &[],
    })
}
