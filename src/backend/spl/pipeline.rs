//! Searches of several parts: what correlations need beside the commands of [`ast`](super::ast).

use super::ast::{Command, Comment, Name, Query};

/// One search or several together, and what is done to their events in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// What the correlation is called.
    pub comments: Vec<Comment>,
    /// The searches, without comments; one or more. Several run at the same time (`multisearch`).
    pub searches: Vec<Query>,
    /// The commands behind them.
    pub steps: Vec<Step>,
}

/// A command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One that keeps to its event.
    Command(Command),
    /// `mvexpand`: a row for each value.
    Expand(Name),
    /// `dedup`: the first row of each combination of values, and every row that lacks one of these fields; one field or
    /// more.
    Dedup(Vec<Name>),
    /// `sort 0`: by one field or more, of which some descend.
    Sort(Vec<(Name, Order)>),
    /// `stats`: one aggregate or more.
    Stats(Vec<Aggregate>, Vec<Name>),
    /// `streamstats`.
    Stream(Window, Vec<Aggregate>, Vec<Name>),
    /// `rename … AS …`: one or more.
    Rename(Vec<(Name, Name)>),
    /// `append`: the rows of another pipeline, without a comment, behind these.
    Append(Box<Pipeline>),
}

/// How rows are sorted by a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Up,
    /// The largest first.
    Down,
}

/// The rows that `streamstats` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// All up to the current one.
    All,
    /// The current one and those before, so many of its group.
    Rows(u32),
    /// The one before, of its group.
    Before,
    /// Those of so many seconds.
    Seconds(u32),
}

/// `function(field) AS name`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is computed.
    pub function: Statistic,
    /// Of what; of rows where there is none.
    pub of: Option<Name>,
    /// The field that holds it.
    pub name: Name,
}

/// What is computed of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// How many.
    Count,
    /// The largest number.
    Max,
    /// The smallest number.
    Min,
    /// The sum.
    Sum,
    /// The different texts, in their order.
    Values,
    /// A percentile, from 0 to 100.
    Percentile(u32),
}

impl Pipeline {
    /// Searches, and what is done to their events: the first commands on the events of one search are part of it.
    pub fn new(comments: Vec<Comment>, mut searches: Vec<Query>, steps: Vec<Step>) -> Self {
        let mut steps = steps.into_iter().peekable();
        if let [only] = searches.as_mut_slice() {
            while let Some(Step::Command(command)) = steps.next_if(|step| matches!(step, Step::Command(_))) {
                only.commands.push(command);
            }
        }
        Self { comments, searches, steps: steps.collect() }
    }
}

impl Aggregate {
    /// `function(of) AS name`
    pub const fn of(function: Statistic, of: Name, name: Name) -> Self {
        Self { function, of: Some(of), name }
    }

    /// `count AS name`
    pub const fn count(name: Name) -> Self {
        Self { function: Statistic::Count, of: None, name }
    }
}

impl Statistic {
    /// How it is written.
    pub fn text(self) -> String {
        match self {
            Self::Count => "count".into(),
            Self::Max => "max".into(),
            Self::Min => "min".into(),
            Self::Sum => "sum".into(),
            Self::Values => "values".into(),
            Self::Percentile(percent) => format!("exactperc{percent}"),
        }
    }
}
