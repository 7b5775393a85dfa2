//! A compact text form of formulas, for tests and for people; nothing reads it back.
//!
//! `&`, `|` and `!` are the connectives, `any a (…)` a statement about elements, whose own paths begin with a dot.
//! A text test is an operator and a quoted text: `=` equals, `^` starts with, `$` ends with, `~` contains, `*` glob;
//! a `c` after the operator stands for *cased*, a `!` for *member of the list of known values*.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{
    Block, Condition, FieldUse, Formula, Number, Order, PartTest, Predicate, Quantifier, Regex, Relation,
    Subject, Text, TextPattern, TimePart, Timestamp,
};
use crate::rule::pattern::Piece;
use crate::schema::Base;

impl Display for Formula {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::And(parts) => joined(f, parts, " & "),
            Self::Or(parts) => joined(f, parts, " | "),
            Self::Pred(predicate) => predicate.fmt(f),
            Self::Elem(element) => {
                let dot = if element.array.base == Base::Element && !element.array.steps.is_empty() {
                    "."
                } else {
                    ""
                };
                write!(f, "{} {dot}{} ", element.quantifier, element.array)?;
                match &element.body {
                    body @ (Self::And(_) | Self::Or(_)) => body.fmt(f),
                    body => write!(f, "({body})"),
                }
            }
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Formula], with: &str) -> fmt::Result {
    f.write_char('(')?;
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(with)?;
        }
        part.fmt(f)?;
    }
    f.write_char(')')
}

impl Display for Quantifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::All => f.write_str("all"),
            Self::AllOrEmpty => f.write_str("all_or_empty"),
            Self::None => f.write_str("none"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Field(field) => write!(f, "{field} ")?,
            Subject::Event => f.write_str("event ")?,
        }
        self.test.fmt(f)
    }
}

impl Display for FieldUse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.path.base == Base::Element && !self.path.steps.is_empty() {
            f.write_char('.')?;
        }
        self.path.fmt(f)
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(texts) => alternatives(f, texts),
            Self::Listed(listed) => {
                write!(f, "in{} %{}%", if listed.cased { "c" } else { "" }, listed.name)
            }
            Self::Regex(patterns) => alternatives(f, patterns),
            Self::Number(numbers) => {
                f.write_str("== ")?;
                alternatives(f, numbers)
            }
            Self::Order(order, number) => write!(f, "{order} {number}"),
            Self::Boolean(value) => write!(f, "is {value}"),
            Self::Time(order, time) => write!(f, "{order} {time}"),
            Self::TimePart(part, PartTest::OneOf(values)) => {
                write!(f, "{part} ")?;
                alternatives(f, values)
            }
            Self::TimePart(part, PartTest::Order(order, than)) => write!(f, "{part} {order} {than}"),
            Self::Cidr(blocks) => {
                f.write_str("in ")?;
                alternatives(f, blocks)
            }
            Self::Present => f.write_str("present"),
            Self::Null => f.write_str("null"),
            Self::Exists => f.write_str("exists"),
            Self::FieldRef { relation, other, cased } => {
                write!(f, "{relation}{} field {other}", if *cased { "c" } else { "" })
            }
        }
    }
}

fn alternatives<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(" or ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let marks = match (self.cased, self.member) {
            (false, false) => "",
            (true, false) => "c",
            (false, true) => "!",
            (true, true) => "c!",
        };
        match &self.shape {
            TextPattern::Equals(text) => write!(f, "={marks} {text:?}"),
            TextPattern::StartsWith(text) => write!(f, "^{marks} {text:?}"),
            TextPattern::EndsWith(text) => write!(f, "${marks} {text:?}"),
            TextPattern::Contains(text) => write!(f, "~{marks} {text:?}"),
            TextPattern::Glob(pieces) => {
                write!(f, "*{marks} \"")?;
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => {
                            for char in text.chars() {
                                match char {
                                    '*' | '?' | '\\' | '"' => write!(f, "\\{char}")?,
                                    _ => write!(f, "{}", char.escape_debug())?,
                                }
                            }
                        }
                        Piece::Any => f.write_char('*')?,
                        Piece::One => f.write_char('?')?,
                    }
                }
                f.write_char('"')
            }
        }
    }
}

impl Display for Regex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.pattern)?;
        for (set, flag) in [(self.ignore_case, 'i'), (self.multi_line, 'm'), (self.dot_all, 's')] {
            if set {
                f.write_char(flag)?;
            }
        }
        Ok(())
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(text) => f.write_str(text),
        }
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equals => "=",
            Self::StartsWith => "^",
            Self::EndsWith => "$",
            Self::Contains => "~",
        })
    }
}

impl Display for Timestamp {
    /// Seconds since 1970, with a fraction where there is one.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.nanos.div_euclid(1_000_000_000), self.nanos.rem_euclid(1_000_000_000));
        write!(f, "@{seconds}")?;
        if nanos == 0 { Ok(()) } else { write!(f, "+{nanos}ns") }
    }
}

impl Display for TimePart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        })
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}
