//! The value modifiers.

use std::ops::RangeInclusive;

/// A modifier, by its canonical name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Modifier {
    /// Every value must be satisfied.
    All,
    /// The text begins with the value.
    StartsWith,
    /// The text ends with the value.
    EndsWith,
    /// The text contains the value.
    Contains,
    /// The field is present, or not.
    Exists,
    /// Letters must agree in case.
    Cased,
    /// Negates the whole predicate.
    Neq,
    /// Each dash stands for `-`, `/`, en dash, em dash and horizontal bar.
    Windash,
    /// A regular expression.
    Re,
    /// `re`: ignore case (`i`, `ignorecase`).
    IgnoreCase,
    /// `re`: `^` and `$` match at lines (`m`, `multiline`).
    MultiLine,
    /// `re`: `.` matches a newline (`s`, `dotall`).
    DotAll,
    /// Base64 of the value.
    Base64,
    /// Base64 of the value at its three offsets.
    Base64Offset,
    /// UTF-16, little endian (`utf16le`, `wide`).
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// UTF-16 with a byte order mark.
    Utf16,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// The minute of a time, 0 to 59.
    Minute,
    /// The hour of a time, 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    Day,
    /// The ISO week, 1 to 53.
    Week,
    /// The month, 1 to 12.
    Month,
    /// The year.
    Year,
    /// An address block.
    Cidr,
    /// Placeholders.
    Expand,
    /// The value names another field.
    FieldRef,
}

/// Every spelling with its modifier; canonical spellings come before aliases.
pub const NAMES: &[(&str, Modifier)] = &[
    ("all", Modifier::All),
    ("startswith", Modifier::StartsWith),
    ("endswith", Modifier::EndsWith),
    ("contains", Modifier::Contains),
    ("exists", Modifier::Exists),
    ("cased", Modifier::Cased),
    ("neq", Modifier::Neq),
    ("windash", Modifier::Windash),
    ("re", Modifier::Re),
    ("i", Modifier::IgnoreCase),
    ("ignorecase", Modifier::IgnoreCase),
    ("m", Modifier::MultiLine),
    ("multiline", Modifier::MultiLine),
    ("s", Modifier::DotAll),
    ("dotall", Modifier::DotAll),
    ("base64", Modifier::Base64),
    ("base64offset", Modifier::Base64Offset),
    ("utf16le", Modifier::Utf16Le),
    ("wide", Modifier::Utf16Le),
    ("utf16be", Modifier::Utf16Be),
    ("utf16", Modifier::Utf16),
    ("lt", Modifier::Lt),
    ("lte", Modifier::Lte),
    ("gt", Modifier::Gt),
    ("gte", Modifier::Gte),
    ("minute", Modifier::Minute),
    ("hour", Modifier::Hour),
    ("day", Modifier::Day),
    ("week", Modifier::Week),
    ("month", Modifier::Month),
    ("year", Modifier::Year),
    ("cidr", Modifier::Cidr),
    ("expand", Modifier::Expand),
    ("fieldref", Modifier::FieldRef),
];

/// Parts of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    Day,
    /// The ISO week, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// The year, 1 to 9999.
    Year,
}

impl TimePart {
    /// The numbers that the part can be.
    pub const fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::Minute => 0..=59,
            Self::Hour => 0..=23,
            Self::Day => 1..=31,
            Self::Week => 1..=53,
            Self::Month => 1..=12,
            Self::Year => 1..=9999,
        }
    }
}

/// What a modifier does, as far as others care that are beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    All,
    Neq,
    Expand,
    Position,
    Cased,
    Windash,
    Base64,
    Utf16,
    Regex,
    Flag,
    Order,
    Time,
    Cidr,
    Exists,
    FieldRef,
}

impl Modifier {
    /// The modifier with this spelling, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(spelling, _)| *spelling == name).map(|&(_, modifier)| modifier)
    }

    /// The canonical spelling.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, modifier)| *modifier == self).map_or("", |&(spelling, _)| spelling)
    }

    /// Whether the modifier turns the value into other bytes (`base64`, `wide`, …).
    pub fn encodes(self) -> bool {
        matches!(self.class(), Class::Base64 | Class::Utf16)
    }

    /// Whether the modifier is one of `lt`, `lte`, `gt`, `gte`.
    pub fn orders(self) -> bool {
        self.class() == Class::Order
    }

    /// The part of a time that the modifier takes.
    pub const fn time_part(self) -> Option<TimePart> {
        Some(match self {
            Self::Minute => TimePart::Minute,
            Self::Hour => TimePart::Hour,
            Self::Day => TimePart::Day,
            Self::Week => TimePart::Week,
            Self::Month => TimePart::Month,
            Self::Year => TimePart::Year,
            _ => return None,
        })
    }

    /// Whether the modifier takes a part of a time.
    pub const fn is_time_part(self) -> bool {
        self.time_part().is_some()
    }

    /// Whether both modifiers can be in one chain, in some order.
    pub fn combines_with(self, other: Self) -> bool {
        use Class::{All, Base64, Cased, Cidr, Exists, Expand, FieldRef, Flag, Neq, Order, Position, Regex};
        use Class::{Time, Utf16, Windash};
        let one_way = |left: Class, right: Class| match left {
            Neq => true,
            All => right != Exists,
            Expand => matches!(right, Position | Cased | Windash | Base64 | Utf16 | Regex | Flag | Cidr),
            Position => matches!(right, Cased | Windash | Base64 | Utf16 | FieldRef),
            Cased => matches!(right, Windash | Base64 | Utf16 | FieldRef),
            Windash => matches!(right, Base64 | Utf16),
            Base64 => matches!(right, Base64 | Utf16),
            Regex | Flag => right == Flag,
            Order => right == Time,
            Utf16 | Time | Cidr | Exists | FieldRef => false,
        };
        let (left, right) = (self.class(), other.class());
        one_way(left, right) || one_way(right, left)
    }

    /// Whether the modifier has a meaning for keywords, which have no field.
    pub fn suits_keywords(self) -> bool {
        !matches!(self.class(), Class::Order | Class::Time | Class::Cidr | Class::Exists | Class::FieldRef)
            && !matches!(self, Self::StartsWith | Self::EndsWith)
    }

    fn class(self) -> Class {
        match self {
            Self::All => Class::All,
            Self::Neq => Class::Neq,
            Self::Expand => Class::Expand,
            Self::StartsWith | Self::EndsWith | Self::Contains => Class::Position,
            Self::Cased => Class::Cased,
            Self::Windash => Class::Windash,
            Self::Base64 | Self::Base64Offset => Class::Base64,
            Self::Utf16Le | Self::Utf16Be | Self::Utf16 => Class::Utf16,
            Self::Re => Class::Regex,
            Self::IgnoreCase | Self::MultiLine | Self::DotAll => Class::Flag,
            Self::Lt | Self::Lte | Self::Gt | Self::Gte => Class::Order,
            Self::Minute | Self::Hour | Self::Day | Self::Week | Self::Month | Self::Year => Class::Time,
            Self::Cidr => Class::Cidr,
            Self::Exists => Class::Exists,
            Self::FieldRef => Class::FieldRef,
        }
    }
}
