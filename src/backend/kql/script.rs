//! Queries of several parts: what correlations need beside the operators of [`ast`](super::ast).

use super::ast::{Comment, Expr, Name, Operator, Watchlist};

/// Named parts, then the query that uses them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The comments at the head, a line each.
    pub comments: Vec<Comment>,
    /// The known lists that it asks for.
    pub lists: Vec<Watchlist>,
    /// The parts, each under a name.
    pub lets: Vec<(Name, Pipe)>,
    /// The query.
    pub body: Pipe,
}

/// Rows, and what is done to them in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipe {
    /// Where the rows come from.
    pub source: Source,
    /// The operators.
    pub steps: Vec<Step>,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A table, or a part by its name.
    Table(Name),
    /// Two or more of these together.
    Union(Vec<Pipe>),
    /// Two or more tables of one log, of which a workspace need not have each.
    Siblings(Vec<Pipe>),
}

/// An operator of a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One that keeps to its row.
    Operator(Operator),
    /// `distinct`
    Distinct(Vec<Name>),
    /// `mv-expand column = value to typeof(ty)`: a row for each element.
    Expand {
        /// The column that holds the element.
        column: Name,
        /// The array.
        value: Expr,
        /// The type of the elements.
        ty: Scalar,
    },
    /// `mv-apply item = array on (where condition | summarize column = make_set(value))`: the different values of the
    /// elements for which the condition holds.
    Gather {
        /// The name of the element.
        item: Name,
        /// The array.
        array: Expr,
        /// Which elements.
        condition: Expr,
        /// The column that holds the values.
        column: Name,
        /// The value of an element.
        value: Expr,
    },
    /// `join kind=inner (…) on …`
    Join {
        /// The right side.
        right: Pipe,
        /// The columns that are equal; one or more.
        on: Vec<Name>,
    },
    /// `summarize … by …`; one or more columns, and perhaps no group.
    Summarize {
        /// The aggregates.
        columns: Vec<(Name, Expr)>,
        /// The columns that make a group.
        by: Vec<Name>,
    },
    /// `sort by …`, all ascending.
    Sort(Vec<Name>),
}

/// The types of expanded elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A time.
    DateTime,
    /// A text.
    Text,
}

impl Scalar {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::DateTime, Self::Text];

    /// How it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::DateTime => "datetime",
            Self::Text => "string",
        }
    }
}

impl Pipe {
    /// The rows of a table or part.
    pub fn of(name: impl Into<String>, steps: Vec<Step>) -> Self {
        Self { source: Source::Table(Name(name.into())), steps }
    }
}

impl Step {
    /// `where`
    pub const fn filter(condition: Expr) -> Self {
        Self::Operator(Operator::Where(condition))
    }

    /// `extend`
    pub fn extend(columns: impl IntoIterator<Item = (Name, Expr)>) -> Self {
        Self::Operator(Operator::Extend(columns.into_iter().collect()))
    }

    /// `project`
    pub fn project(columns: impl IntoIterator<Item = (Name, Option<Expr>)>) -> Self {
        Self::Operator(Operator::Project(columns.into_iter().collect()))
    }
}
