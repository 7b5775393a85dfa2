//! The subset of CloudWatch Logs Insights queries that is emitted, with what cannot be written made unconstructible.

use std::fmt::Write as _;

pub use crate::backend::heading::Comment;

/// A query: comments, then commands in the order of the pipe.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Query {
    /// Lines of comment at the head.
    pub comments: Vec<Comment>,
    /// The commands; at least one.
    pub commands: Vec<Command>,
}

/// One command of the pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `fields a, f(b) as c`: columns, and names for values.
    Fields(Vec<Column>),
    /// `filter …`: keeps the rows for which the expression is true.
    Filter(Expr),
    /// `unnest a.b into c`: one row for each element.
    Unnest {
        /// The list.
        list: Name,
        /// The name of the element.
        item: Name,
    },
    /// `lookup t c as a.b OUTPUT c`: the column `c` of the row of a lookup table whose `c` is the field.
    Lookup {
        /// The lookup table.
        table: Name,
        /// Its column.
        column: Name,
        /// The field of the event.
        field: Name,
    },
    /// `display a, b`: the columns of the result.
    Display(Vec<Name>),
    /// `dedup a, b`: one row for each combination of values.
    Dedup(Vec<Name>),
    /// `limit n`.
    Limit(u32),
    /// `sessionize a, b maxspan 11m as c`: a name for the rows of a group that follow each other without a longer gap.
    Sessionize {
        /// The fields that make a group; one or more.
        fields: Vec<Name>,
        /// The number of the longest gap.
        span: u64,
        /// Its unit.
        unit: Unit,
        /// The name of the session.
        alias: Name,
    },
    /// `stats count(*) as a, min(b) as c by d`: one row for each group.
    Stats {
        /// What is computed; one or more.
        aggregates: Vec<Aggregate>,
        /// The fields that make a group; one or more.
        by: Vec<Name>,
    },
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Unit {
    /// All.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// The spelling.
    pub const fn spelling(self) -> char {
        match self {
            Self::Second => 's',
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
        }
    }
}

/// What `stats` computes, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is computed.
    pub statistic: Statistic,
    /// The name given to it.
    pub alias: Name,
}

/// The functions of the page "stats" that are emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// `count(*)`.
    Count,
    /// `count_distinct(f)`.
    Distinct(Name),
    /// `sum(f)`.
    Sum(Name),
    /// `avg(f)`.
    Average(Name),
    /// `pct(f, n)`.
    Percentile(Name, u32),
    /// `min(f)`.
    Min(Name),
    /// `max(f)`.
    Max(Name),
    /// `earliest(f)`: the value in the event with the earliest time.
    Earliest(Name),
    /// `latest(f)`: the value in the event with the latest time.
    Latest(Name),
}

/// A column of `fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its value.
    pub value: Value,
    /// The name given to it.
    pub alias: Option<Name>,
}

/// A condition. Operands of [`And`](Self::And) and [`Or`](Self::Or) are two or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `not (…)`.
    Not(Box<Expr>),
    /// `(… and …)`.
    And(Vec<Expr>),
    /// `(… or …)`.
    Or(Vec<Expr>),
    /// `a = b`, `a < b`, …
    Compare(Value, Operator, Value),
    /// `a in [b, c]`.
    In(Value, Vec<Value>),
    /// `a like "text"`: contains the text, letters agreeing in case.
    Contains(Value, Literal),
    /// `a like /expression/`: searched, unanchored.
    Matches(Value, Pattern),
    /// A call that gives a truth value.
    Call(Function, Vec<Value>),
}

/// A comparison. `!=` is not among them: what it gives on a missing field is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`.
    Equal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl Operator {
    /// All, longest spelling first.
    pub const ALL: [Self; 5] =
        [Self::LessOrEqual, Self::GreaterOrEqual, Self::Equal, Self::Less, Self::Greater];

    /// The spelling.
    pub const fn spelling(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A field.
    Field(Name),
    /// A text.
    Text(Literal),
    /// A number.
    Number(Decimal),
    /// `f(a, b)`.
    Call(Function, Vec<Value>),
    /// `a - b`.
    Minus(Box<Value>, Box<Value>),
    /// `if(condition, a, b)`.
    If(Box<Expr>, Box<Value>, Box<Value>),
}

/// The functions that are emitted, all of the page "Boolean, comparison, numeric, datetime, and other functions".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Whether a field exists.
    IsPresent,
    /// 1 when a field is missing or the empty text.
    IsEmpty,
    /// Whether a value is a number.
    IsNumeric,
    /// A text in lower case.
    ToLower,
    /// The first of its arguments that is not null.
    Coalesce,
    /// 1 when the first text contains the second.
    StrContains,
    /// A part of a text.
    Substr,
    /// The length of a text in characters.
    StrLen,
    /// A time in milliseconds since 1970.
    ToMillis,
    /// A time as text.
    FormatDate,
    /// The map or list that a text encodes.
    JsonParse,
    /// The JSON text of a map or list.
    JsonStringify,
    /// Whether a JSON array holds a text.
    JsonArrayContains,
    /// Whether a text is an address of an IPv4 block.
    IsIpv4InSubnet,
    /// Whether a text is an address of an IPv6 block.
    IsIpv6InSubnet,
}

impl Function {
    /// All.
    pub const ALL: [Self; 15] = [
        Self::IsPresent,
        Self::IsEmpty,
        Self::IsNumeric,
        Self::ToLower,
        Self::Coalesce,
        Self::StrContains,
        Self::Substr,
        Self::StrLen,
        Self::ToMillis,
        Self::FormatDate,
        Self::JsonParse,
        Self::JsonStringify,
        Self::JsonArrayContains,
        Self::IsIpv4InSubnet,
        Self::IsIpv6InSubnet,
    ];

    /// The spelling.
    pub const fn spelling(self) -> &'static str {
        match self {
            Self::IsPresent => "ispresent",
            Self::IsEmpty => "isempty",
            Self::IsNumeric => "isNumeric",
            Self::ToLower => "tolower",
            Self::Coalesce => "coalesce",
            Self::StrContains => "strcontains",
            Self::Substr => "substr",
            Self::StrLen => "strlen",
            Self::ToMillis => "toMillis",
            Self::FormatDate => "formatDate",
            Self::JsonParse => "jsonParse",
            Self::JsonStringify => "jsonStringify",
            Self::JsonArrayContains => "jsonArrayContains",
            Self::IsIpv4InSubnet => "isIpv4InSubnet",
            Self::IsIpv6InSubnet => "isIpv6InSubnet",
        }
    }
}

/// A text that a quoted literal can hold.
///
/// No escape inside quotes is documented, so it has no backslash, no control character, and at most one kind of quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal(String);

impl Literal {
    /// The literal of `text`, or `None` when no literal is documented to hold it.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let both = text.contains('"') && text.contains('\'');
        (!both && !text.contains(|char: char| char == '\\' || char.is_control())).then_some(Self(text))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// An expression that `/…/` can hold: without a slash, a quote, a backtick or a control character, which are spelt in
/// hexadecimal, and without a backslash at its end, which could be taken to escape the closing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The expression, with what the slashes cannot hold spelt in hexadecimal.
    pub fn new(expression: &str) -> Self {
        let mut out = String::with_capacity(expression.len());
        let mut chars = expression.chars();
        while let Some(char) = chars.next() {
            match char {
                '\\' => match chars.next() {
                    Some('\\') if chars.as_str().is_empty() => push_hex('\\', &mut out),
                    Some(next) if Self::spelt(next) => push_hex(next, &mut out),
                    Some(next) => {
                        out.push('\\');
                        out.push(next);
                    }
                    None => push_hex('\\', &mut out),
                },
                char if Self::spelt(char) => push_hex(char, &mut out),
                char => out.push(char),
            }
        }
        Self(out)
    }

    /// The expression.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether a character is spelt in hexadecimal.
    pub fn spelt(char: char) -> bool {
        matches!(char, '/' | '"' | '\'' | '`') || char.is_ascii_control()
    }
}

fn push_hex(char: char, out: &mut String) {
    let _ = write!(out, "\\x{:02x}", u32::from(char));
}

/// A number as it is written: an optional minus, digits, an optional fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// The number written so, or `None` when it is not written so.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let fits = match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        };
        fits.then_some(Self(text))
    }

    /// A whole number.
    pub fn integer(value: i128) -> Self {
        Self(value.to_string())
    }

    /// The spelling.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The name of a field: segments with dots between them, of which none is empty or holds a backtick or a control
/// character.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Vec<Segment>);

/// A part of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// `.key`.
    Key(String),
    /// `[n]`: an element of a list.
    Index(u32),
}

impl Name {
    /// A name of one key.
    pub fn key(key: &str) -> Option<Self> {
        Self(Vec::new()).member(key)
    }

    /// The name of a member below.
    pub fn member(mut self, key: &str) -> Option<Self> {
        let fits = !key.is_empty() && !key.contains(|char: char| char == '`' || char.is_control());
        fits.then(|| {
            self.0.push(Segment::Key(key.to_owned()));
            self
        })
    }

    /// The name of an element of the list of this name.
    #[must_use]
    pub fn element(mut self, index: u32) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// The segments; the first is a key.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this name is `other`, or lies below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl Expr {
    /// A conjunction, flattened, of at least one operand.
    pub fn and(parts: Vec<Self>) -> Option<Self> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        if kept.len() > 1 { Some(Self::And(kept)) } else { kept.pop() }
    }

    /// A disjunction, flattened, of at least one operand.
    pub fn or(parts: Vec<Self>) -> Option<Self> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        if kept.len() > 1 { Some(Self::Or(kept)) } else { kept.pop() }
    }

    /// The negation; double negations vanish.
    #[expect(clippy::should_implement_trait, reason = "the name of the connective")]
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Calls `visit` with every field that the expression reads.
    pub fn names<'a>(&'a self, visit: &mut impl FnMut(&'a Name)) {
        match self {
            Self::Not(inner) => inner.names(visit),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.names(visit)),
            Self::Compare(left, _, right) => {
                left.names(visit);
                right.names(visit);
            }
            Self::In(value, _) | Self::Contains(value, _) | Self::Matches(value, _) => value.names(visit),
            Self::Call(_, arguments) => arguments.iter().for_each(|value| value.names(visit)),
        }
    }
}

impl Value {
    fn names<'a>(&'a self, visit: &mut impl FnMut(&'a Name)) {
        match self {
            Self::Field(name) => visit(name),
            Self::Text(_) | Self::Number(_) => {}
            Self::Call(_, arguments) => arguments.iter().for_each(|value| value.names(visit)),
            Self::Minus(left, right) => {
                left.names(visit);
                right.names(visit);
            }
            Self::If(condition, then, otherwise) => {
                condition.names(visit);
                then.names(visit);
                otherwise.names(visit);
            }
        }
    }
}
