//! The subset of KQL that the back end writes.
//!
//! Values are here as they are: quoting, escaping and precedence are the printer's.
//! Every tree that the constructors can build is printed so that it is read back equal.

pub use crate::backend::heading::Comment;
pub(super) use crate::backend::heading::is_hidden;

/// A query over one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The comments at the head, a line each.
    pub comments: Vec<Comment>,
    /// The known lists that it asks for.
    pub lists: Vec<Watchlist>,
    /// The table.
    pub table: Name,
    /// The operators, in order.
    pub operators: Vec<Operator>,
}

/// `let name = toscalar(_GetWatchlist("alias") | summarize make_set(key))`: the values of a watchlist as one array, which
/// can be asked of an element of an array as well as of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watchlist {
    /// The name of the array.
    pub name: Name,
    /// The alias of the watchlist.
    pub alias: String,
    /// Its column.
    pub key: Name,
}

impl Query {
    /// Every expression.
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut found = Vec::new();
        for operator in &self.operators {
            match operator {
                Operator::Where(expr) => found.push(expr),
                Operator::Extend(columns) => found.extend(columns.iter().map(|(_, expr)| expr)),
                Operator::Apply(apply) => apply.expressions(&mut found),
                Operator::ProjectAway(_) => {}
                Operator::Project(columns) => {
                    found.extend(columns.iter().filter_map(|(_, expr)| expr.as_ref()));
                }
            }
        }
        found
    }

    /// Every expression, to be changed in place.
    pub fn expressions_mut(&mut self) -> Vec<&mut Expr> {
        let mut found = Vec::new();
        for operator in &mut self.operators {
            match operator {
                Operator::Where(expr) => found.push(expr),
                Operator::Extend(columns) => found.extend(columns.iter_mut().map(|(_, expr)| expr)),
                Operator::Apply(apply) => apply.expressions_mut(&mut found),
                Operator::ProjectAway(_) => {}
                Operator::Project(columns) => {
                    found.extend(columns.iter_mut().filter_map(|(_, expr)| expr.as_mut()));
                }
            }
        }
        found
    }
}

impl Apply {
    fn expressions<'a>(&'a self, found: &mut Vec<&'a Expr>) {
        found.push(&self.array);
        self.nested.iter().for_each(|nested| nested.expressions(found));
        found.extend(self.flags.iter().map(|(_, expr)| expr));
        found.extend(self.first.iter().chain(&self.then));
    }

    fn expressions_mut<'a>(&'a mut self, found: &mut Vec<&'a mut Expr>) {
        found.push(&mut self.array);
        self.nested.iter_mut().for_each(|nested| nested.expressions_mut(found));
        found.extend(self.flags.iter_mut().map(|(_, expr)| expr));
        found.extend(self.first.iter_mut().chain(&mut self.then));
    }
}

/// The name of a table or column, or of a member of a dynamic value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub String);

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A tabular operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `where`
    Where(Expr),
    /// `extend`
    Extend(Vec<(Name, Expr)>),
    /// `mv-apply`; its body ends in a `summarize` or in `take 1`, so that no row becomes several.
    Apply(Apply),
    /// `project-away`
    ProjectAway(Vec<Name>),
    /// `project`; without an expression a column keeps its name.
    Project(Vec<(Name, Option<Expr>)>),
}

/// `mv-apply item = array on (nested | summarize flags)`, or without flags
/// `mv-apply item = array on (where first | nested | where then | take 1)`, which keeps the rows with such an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apply {
    /// The name of the element.
    pub item: Name,
    /// The array.
    pub array: Expr,
    /// Arrays inside the element.
    pub nested: Vec<Apply>,
    /// Columns that count the elements for which an expression holds: `name = countif(expression)`.
    pub flags: Vec<(Name, Expr)>,
    /// What holds of the element that is kept.
    pub first: Option<Expr>,
    /// What holds of it beside the arrays inside.
    pub then: Option<Expr>,
}

/// A scalar expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A column.
    Column(Name),
    /// A member of a dynamic value.
    Member(Box<Expr>, Name),
    /// An element of a dynamic array; negative from the end.
    Index(Box<Expr>, i64),
    /// A string.
    Text(String),
    /// A regular expression: the right side of `matches regex`.
    Pattern(String),
    /// A whole number.
    Integer(i64),
    /// Any other number: `-?digits.digits` or with an exponent, as [`real`](Self::real) gives it.
    Real(String),
    /// A truth value.
    Boolean(bool),
    /// A time, in ticks of 100 ns since 1970-01-01.
    DateTime(i64),
    /// A length of time in whole seconds.
    Timespan(u32),
    /// A sum or the like.
    Arithmetic(Box<Expr>, Sign, Box<Expr>),
    /// A call.
    Call(Function, Vec<Expr>),
    /// A comparison.
    Compare(Box<Expr>, Compare, Box<Expr>),
    /// Whether a value is among others.
    In {
        /// The value.
        value: Box<Expr>,
        /// Whether letters may differ in case: `in~`.
        fold: bool,
        /// The others; one or more.
        list: Vec<Expr>,
    },
    /// `* contains …`: some column contains the text.
    AnyColumn(Compare, Box<Expr>),
    /// All of two or more, none of them an `And`.
    And(Vec<Expr>),
    /// Some of two or more, none of them an `Or`.
    Or(Vec<Expr>),
    /// `not(…)`
    Not(Box<Expr>),
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$item])+ $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// How it is written.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

words! {
    /// Signs between two numbers, or a time and a length of time.
    Sign {
        /// Sum.
        Plus = "+",
        /// Difference.
        Minus = "-",
        /// Product.
        Times = "*",
        /// Quotient; without its remainder where both sides are whole numbers.
        Over = "/",
    }
}

words! {
    /// The functions that are used.
    Function {
        /// Length of an array; null on anything else.
        ArrayLength = "array_length",
        /// The elements of an array from one place to another.
        ArraySlice = "array_slice",
        /// An array in ascending order.
        ArraySortAsc = "array_sort_asc",
        /// The mean of a group's values.
        Average = "avg",
        /// Whether an object has a member.
        BagHasKey = "bag_has_key",
        /// The largest multiple of the second argument that is not above the first.
        Bin = "bin",
        /// The first argument that is not null.
        Coalesce = "coalesce",
        /// How many rows a group has.
        Count = "count",
        /// For how many rows of a group an expression holds.
        CountIf = "countif",
        /// A named part of a time.
        DatetimePart = "datetime_part",
        /// Day of the month.
        DayOfMonth = "dayofmonth",
        /// The name of a dynamic value's type.
        GetType = "gettype",
        /// The year.
        GetYear = "getyear",
        /// Hour of the day.
        HourOfDay = "hourofday",
        /// Second argument when the first holds, else the third.
        Iff = "iff",
        /// Whether an IPv4 address lies in one of several blocks.
        Ipv4IsInAnyRange = "ipv4_is_in_any_range",
        /// Whether an IPv4 address lies in a block.
        Ipv4IsInRange = "ipv4_is_in_range",
        /// Whether an IPv6 address lies in a block.
        Ipv6IsInRange = "ipv6_is_in_range",
        /// Whether a text is empty; there is no null text.
        IsEmpty = "isempty",
        /// The opposite.
        IsNotEmpty = "isnotempty",
        /// The opposite of `isnull`.
        IsNotNull = "isnotnull",
        /// Whether a value is null; always false for a text.
        IsNull = "isnull",
        /// The values of a group, in the order of its rows.
        MakeList = "make_list",
        /// The different values of a group.
        MakeSet = "make_set",
        /// The largest value of a group.
        Max = "max",
        /// The largest value of the rows of a group for which an expression holds.
        MaxIf = "maxif",
        /// The smallest value of the rows of a group for which an expression holds.
        MinIf = "minif",
        /// The smallest value of a group.
        Min = "min",
        /// The month.
        MonthOfYear = "monthofyear",
        /// An array of the arguments.
        PackArray = "pack_array",
        /// The dynamic value that a text encodes.
        ParseJson = "parse_json",
        /// The value of a column so many rows before.
        Previous = "prev",
        /// The text with what matches an expression replaced.
        ReplaceRegex = "replace_regex",
        /// The elements of an array that another one does not have.
        SetDifference = "set_difference",
        /// The sum of a group's values.
        Sum = "sum",
        /// The value of some row of a group.
        TakeAny = "take_any",
        /// A time.
        ToDateTime = "todatetime",
        /// A whole number.
        ToLong = "tolong",
        /// A number.
        ToReal = "toreal",
        /// A text; empty for null.
        ToString = "tostring",
        /// The ISO week.
        WeekOfYear = "week_of_year",
    }
}

words! {
    /// Comparison operators. Those of texts give false, never null, when a side is missing.
    Compare {
        /// Equal.
        Equals = "==",
        /// Equal texts, ignoring case.
        EqualsFold = "=~",
        /// Less; null when a side is null.
        Less = "<",
        /// Less or equal; null when a side is null.
        LessOrEqual = "<=",
        /// Greater; null when a side is null.
        Greater = ">",
        /// Greater or equal; null when a side is null.
        GreaterOrEqual = ">=",
        /// Part of a text, ignoring case.
        Contains = "contains",
        /// Part of a text.
        ContainsCased = "contains_cs",
        /// Start of a text, ignoring case.
        StartsWith = "startswith",
        /// Start of a text.
        StartsWithCased = "startswith_cs",
        /// End of a text, ignoring case.
        EndsWith = "endswith",
        /// End of a text.
        EndsWithCased = "endswith_cs",
        /// Whole words of a text, or of the JSON that a dynamic value is, ignoring case: in front of a test that says more.
        Has = "has",
        /// Search of a regular expression.
        Matches = "matches regex",
    }
}

impl Compare {
    /// Whether the operator gives null when a side is null.
    pub const fn can_be_null(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    /// Whether both sides must be texts.
    pub const fn of_text(self) -> bool {
        !self.can_be_null() && !matches!(self, Self::Equals)
    }
}

impl Expr {
    /// A column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column(Name(name.into()))
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A member of this dynamic value.
    #[must_use]
    pub fn member(self, name: impl Into<String>) -> Self {
        Self::Member(Box::new(self), Name(name.into()))
    }

    /// This compared with `other`.
    #[must_use]
    pub fn compare(self, operator: Compare, other: Self) -> Self {
        Self::Compare(Box::new(self), operator, Box::new(other))
    }

    /// This and `other` with a sign between them.
    #[must_use]
    pub fn arithmetic(self, sign: Sign, other: Self) -> Self {
        Self::Arithmetic(Box::new(self), sign, Box::new(other))
    }

    /// A call with one argument.
    pub fn call(function: Function, argument: Self) -> Self {
        Self::Call(function, vec![argument])
    }

    /// A decimal literal; `None` when the text is not a plain decimal.
    pub fn real(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix('+').unwrap_or(exponent))),
            None => (digits, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let or_zero = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
        let mut out = format!("{sign}{}.{}", or_zero(whole), or_zero(fraction));
        if let Some(exponent) = exponent {
            let plain = exponent.strip_prefix('-').unwrap_or(exponent);
            if plain.is_empty() || !all_digits(plain) || plain.len() > 4 {
                return None;
            }
            out.push('e');
            out.push_str(exponent);
        }
        Some(Self::Real(out))
    }

    /// A conjunction, flattened; true for none, and false as soon as a part is.
    pub fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Boolean(true) => {}
                Self::Boolean(false) => return part,
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Boolean(true),
            1 => kept.remove(0),
            _ => Self::And(kept),
        }
    }

    /// A disjunction, flattened; false for none, and true as soon as a part is.
    pub fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Boolean(false) => {}
                Self::Boolean(true) => return part,
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Boolean(false),
            1 => kept.remove(0),
            _ => Self::Or(kept),
        }
    }

    /// The negation of a two-valued expression.
    #[expect(clippy::should_implement_trait, reason = "the name of the function")]
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::Boolean(value) => Self::Boolean(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The operands.
    pub fn operands(&self) -> Vec<&Self> {
        match self {
            Self::Column(_)
            | Self::Text(_)
            | Self::Pattern(_)
            | Self::Integer(_)
            | Self::Real(_)
            | Self::Boolean(_)
            | Self::DateTime(_)
            | Self::Timespan(_) => Vec::new(),
            Self::Member(inner, _) | Self::Index(inner, _) | Self::Not(inner) | Self::AnyColumn(_, inner) => {
                vec![inner]
            }
            Self::Call(_, parts) | Self::And(parts) | Self::Or(parts) => parts.iter().collect(),
            Self::Compare(left, _, right) | Self::Arithmetic(left, _, right) => vec![left, right],
            Self::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
        }
    }

    /// The operands, to be changed in place.
    pub fn operands_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Column(_)
            | Self::Text(_)
            | Self::Pattern(_)
            | Self::Integer(_)
            | Self::Real(_)
            | Self::Boolean(_)
            | Self::DateTime(_)
            | Self::Timespan(_) => Vec::new(),
            Self::Member(inner, _) | Self::Index(inner, _) | Self::Not(inner) | Self::AnyColumn(_, inner) => {
                vec![inner]
            }
            Self::Call(_, parts) | Self::And(parts) | Self::Or(parts) => parts.iter_mut().collect(),
            Self::Compare(left, _, right) | Self::Arithmetic(left, _, right) => vec![left, right],
            Self::In { value, list, .. } => std::iter::once(&mut **value).chain(list).collect(),
        }
    }

    /// Whether `found` holds for this expression or one inside it.
    pub fn any(&self, found: &mut dyn FnMut(&Self) -> bool) -> bool {
        found(self) || self.operands().into_iter().any(|operand| operand.any(found))
    }
}
