//! The part of SPL that the back end writes.
//!
//! Texts, names and numbers are types of their own whose constructors refuse what no quoting can carry, so that
//! nothing from a rule can leave its place in the query.

use std::fmt;

pub use crate::backend::heading::Comment;

/// A search: the base search, then commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The comments at the head, a line each.
    pub comments: Vec<Comment>,
    /// The base search, which prunes by the index.
    pub search: Search,
    /// The commands after it, in order.
    pub commands: Vec<Command>,
}

/// A command after a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `spath`: what a path of the event's JSON reaches, one value for each result.
    Spath(Text, Name),
    /// `lookup`: from the row of a lookup whose column is the field, that column.
    Lookup {
        /// The lookup.
        lookup: Name,
        /// Its column.
        column: Name,
        /// The field of the event.
        field: Name,
        /// What holds the column.
        output: Name,
    },
    /// `eval`: at least one assignment, in order.
    Eval(Vec<(Name, Expr)>),
    /// `where`.
    Where(Expr),
    /// `table`: at least one column.
    Table(Vec<Name>),
}

/// A condition of the base search, which ignores case and knows `*` in values.
/// There `NOT` binds tighter than `OR`, and `OR` tighter than `AND`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Search {
    /// Every event of every index.
    Every,
    /// A macro, which the site defines: letters, digits and `_`.
    Macro(String),
    /// The event has a term, or several next to each other, in its raw text.
    Term(Value),
    /// A field has a value.
    Compare(Name, Value),
    /// A field has one of two or more values.
    In(Name, Vec<Value>),
    /// The events that the operand does not select, those without its field among them.
    Not(Box<Search>),
    /// All of two or more.
    And(Vec<Search>),
    /// Some of two or more.
    Or(Vec<Search>),
}

/// A value of the base search: literal text, perhaps with a wildcard at either end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Value {
    open: bool,
    text: Text,
    close: bool,
}

/// An expression of `eval` and `where`.
/// There `NOT` binds tighter than `AND`, and `AND` tighter than `OR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A field.
    Field(Name),
    /// A string.
    Text(Text),
    /// A number.
    Number(Number),
    /// A function call.
    Call(Function, Vec<Expr>),
    /// Two operands.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// Negation.
    Not(Box<Expr>),
    /// All of two or more.
    And(Vec<Expr>),
    /// Some of two or more.
    Or(Vec<Expr>),
}

/// A declaration of the functions or operators that the back end uses.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The spelling.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

words! {
    /// Evaluation functions, by the names of Splunk's Search Reference.
    Function {
        Cidrmatch = "cidrmatch",
        Coalesce = "coalesce",
        Floor = "floor",
        If = "if",
        In = "in",
        Isnotnull = "isnotnull",
        Isnull = "isnull",
        JsonArray = "json_array",
        JsonArrayToMv = "json_array_to_mv",
        JsonExtract = "json_extract",
        JsonExtractExact = "json_extract_exact",
        JsonKeys = "json_keys",
        Len = "len",
        Lower = "lower",
        Match = "match",
        Mvappend = "mvappend",
        Mvdedup = "mvdedup",
        Mvfind = "mvfind",
        Mvindex = "mvindex",
        Mvjoin = "mvjoin",
        Mvmap = "mvmap",
        Replace = "replace",
        Strptime = "strptime",
        Substr = "substr",
        Tonumber = "tonumber",
        Tostring = "tostring",
    }
}

words! {
    /// Operators with two operands; the longer spelling first where one begins with another.
    Operator {
        NotEqual = "!=",
        LessOrEqual = "<=",
        GreaterOrEqual = ">=",
        Equal = "=",
        Less = "<",
        Greater = ">",
        Concat = ".",
        Add = "+",
        Subtract = "-",
        Multiply = "*",
        Divide = "/",
        Remainder = "%",
    }
}

/// A string that a quoted literal can carry: no control character, whose escape is not documented, and no backtick,
/// which would call a macro.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(String);

impl Text {
    /// `text`, if a literal can carry it.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.chars().any(|char| char.is_control() || char == '`')).then_some(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A field name that both kinds of quotes can carry: not empty, no quote, backslash, backtick or control character.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// `name`, if it can be quoted.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let bad = |char: char| char.is_control() || matches!(char, '\'' | '"' | '`' | '\\');
        (!name.is_empty() && !name.chars().any(bad)).then_some(Self(name))
    }

    /// A helper field of the query: `sf_`, a letter, a number.
    pub fn helper(letter: char, at: usize) -> Self {
        Self(format!("sf_{letter}{at}"))
    }

    /// The time of the event.
    pub fn time() -> Self {
        Self("_time".into())
    }

    /// The text of the event.
    pub fn raw() -> Self {
        Self("_raw".into())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A decimal number: an optional `-`, digits, and perhaps a point and digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// The number with this spelling.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = text.strip_prefix('-').unwrap_or(&text);
        let fits = match plain.split_once('.') {
            Some((whole, part)) => digits(whole) && digits(part),
            None => digits(plain),
        };
        fits.then_some(Self(text))
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value {
    /// `text` with a wildcard before it when `open`, and after it when `close`.
    /// `None` for a text with `*`, which a search cannot take literally, and for wildcards alone.
    pub fn new(open: bool, text: Text, close: bool) -> Option<Self> {
        let literal = !text.as_str().contains('*') && !(text.as_str().is_empty() && (open || close));
        literal.then_some(Self { open, text, close })
    }

    /// Whether a wildcard is before the text.
    pub const fn open(&self) -> bool {
        self.open
    }

    /// The literal text.
    pub const fn text(&self) -> &Text {
        &self.text
    }

    /// Whether a wildcard is after the text.
    pub const fn close(&self) -> bool {
        self.close
    }
}

impl Search {
    /// A conjunction; nested ones are merged.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Every => {}
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        if kept.len() == 1 {
            kept.remove(0)
        } else if kept.is_empty() {
            Self::Every
        } else {
            Self::And(kept)
        }
    }
}

impl Expr {
    /// A field.
    pub const fn field(name: Name) -> Self {
        Self::Field(name)
    }

    /// A whole number.
    pub fn int(value: i64) -> Self {
        Self::Number(value.into())
    }

    /// A call.
    pub fn call(function: Function, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Call(function, arguments.into_iter().collect())
    }

    /// Two operands.
    pub fn binary(left: Self, operator: Operator, right: Self) -> Self {
        Self::Binary(operator, Box::new(left), Box::new(right))
    }

    /// A test that may be NULL, made two-valued: `if(test, 1, 0)=1`.
    pub fn surely(test: Self) -> Self {
        let flag = Self::call(Function::If, [test, Self::int(1), Self::int(0)]);
        Self::binary(flag, Operator::Equal, Self::int(1))
    }

    /// The condition as the test of an `if`, which takes NULL for false: `if(test, 1, 0)=1` is `test` there, and
    /// `coalesce(value, "")="text"` is `value="text"`. So it is in each part of a conjunction, which NULL makes NULL or
    /// false.
    #[must_use]
    pub fn test(self) -> Self {
        match self {
            Self::And(parts) => Self::And(parts.into_iter().map(Self::test).collect()),
            Self::Binary(Operator::Equal, left, right) => match (*left, *right) {
                (Self::Call(Function::Coalesce, mut arguments), Self::Text(text))
                    if !text.as_str().is_empty() && is_or_empty(&arguments) =>
                {
                    Self::binary(arguments.swap_remove(0), Operator::Equal, Self::Text(text))
                }
                (Self::Call(Function::If, mut arguments), Self::Number(one)) if is_flag(&arguments, &one) => {
                    arguments.swap_remove(0)
                }
                (left, right) => Self::binary(left, Operator::Equal, right),
            },
            other => other,
        }
    }

    /// A conjunction; nested ones are merged.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        if kept.len() < 2 { kept.pop() } else { Some(Self::And(kept)) }
    }

    /// A disjunction; nested ones are merged.
    pub fn some(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        if kept.len() < 2 { kept.pop() } else { Some(Self::Or(kept)) }
    }

    /// The negation of a two-valued condition, pushed into the leaf where the leaf has a plain opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Call(Function::Isnull, arguments) => Self::Call(Function::Isnotnull, arguments),
            Self::Call(Function::Isnotnull, arguments) => Self::Call(Function::Isnull, arguments),
            Self::Binary(Operator::Equal, left, right) => match (&*left, &*right) {
                (Self::Call(Function::If, arguments), Self::Number(one)) if is_flag(arguments, one) => {
                    Self::Binary(Operator::Equal, left, Box::new(Self::int(0)))
                }
                _ => Self::Binary(Operator::NotEqual, left, right),
            },
            Self::Binary(Operator::NotEqual, left, right) => Self::Binary(Operator::Equal, left, right),
            other => Self::Not(Box::new(other)),
        }
    }
}

/// Whether `coalesce(…, "")` gives a value, or the empty text.
fn is_or_empty(arguments: &[Expr]) -> bool {
    matches!(arguments, [_, Expr::Text(empty)] if empty.as_str().is_empty())
}

/// Whether `if(…, 1, 0)` is compared with 1.
fn is_flag(arguments: &[Expr], value: &Number) -> bool {
    matches!(arguments, [_, Expr::Number(yes), Expr::Number(no)] if yes.as_str() == "1" && no.as_str() == "0")
        && value.as_str() == "1"
}
