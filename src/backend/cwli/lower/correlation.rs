//! Lowers a correlation of one rule: sessions take the place of windows.
//!
//! `sessionize` ("sessionize") parts the matches of a group where a gap is longer than `maxspan`. A window has no longer gap
//! than its own length, so that none is cut when the gap is longer than that; but a session goes on for as long as matches
//! follow each other, and holds more than one window.

use super::super::ast::{
    Aggregate, Column, Command, Comment, Decimal, Expr, Name, Operator, Query, Statistic, Unit, Value,
};
use super::{At, Lowering};
use crate::backend::correlation::{Counted, Matches, Windows, refuse};
use crate::backend::fidelity::Ledger;
use crate::backend::{Direction, codes as shared};
use crate::ir::Polarity;
use crate::ir::correlation::{Comparison, Measure, Threshold};

/// Lowers a correlation; with `parsed` the service discovers no fields in the log groups.
pub(in super::super) fn lower(windows: &Windows<'_>, parsed: bool, ledger: &mut Ledger) -> Option<Query> {
    let (head, correlation) = (windows.head(), windows.correlation);
    if let Some(inner) = windows.bases.iter().find(|base| matches!(base, Counted::Correlation(_))) {
        let message = format!(
            "CloudWatch Logs Insights cannot count how often the correlation `{}` fires",
            inner.name()
        );
        let instead =
            "schedule the query of that correlation and count its alerts, or compile for KQL or SPL";
        return refuse(ledger, inner.span(), message, instead);
    }
    let [Counted::Rule(base)] = windows.bases.as_slice() else {
        let message = "CloudWatch Logs Insights cannot tell the rules of a correlation apart in a session";
        return refuse(ledger, head, message, "compile each rule, or compile the correlation for KQL or SPL");
    };
    if correlation.groups.is_empty() {
        let message = "a session of CloudWatch Logs Insights belongs to a group, and there is no `group-by`";
        return refuse(ledger, head, message, "name the fields that make a group under `group-by`");
    }
    let message = "a session holds the matches that follow each other without a gap longer than the window, and so more \
                   than one window";
    let direction = windows.direction(Direction::Wider);
    ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, head, message);
    let mut lowering = Lowering::new(base.frame, parsed, ledger);
    let mut commands = lowering.query(&base.formula)?;
    let opened = lowering.read(base)?;
    if !lowering.items.is_empty() {
        let message = "an event counts once for each element of its array that matches";
        let direction = windows.direction(Direction::Wider);
        lowering.ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, head, message);
    }
    commands
        .retain(|command| !matches!(command, Command::Display(_) | Command::Dedup(_) | Command::Limit(_)));
    commands.extend(opened);
    commands.extend(sessions(windows, ledger)?);
    let mut comments = windows.heading();
    if !comments.is_empty() {
        comments.extend(super::places(base.frame, base.options).iter().filter_map(|line| Comment::new(line)));
    }
    Some(Query { comments, commands })
}

impl Lowering<'_> {
    /// The command that names the values by which matches are grouped, and those that are counted.
    fn read(&mut self, base: &Matches<'_>) -> Option<Vec<Command>> {
        let mut columns = Vec::new();
        let groups = base.groups.iter().enumerate().map(|(at, key)| (key, group(at)));
        let counted = base.counted.iter().map(|key| (key, value()));
        if let Some(second) = base.counted.get(1) {
            let message = "CloudWatch Logs Insights counts the values of one field";
            return refuse(self.ledger, second.field.span, message, "name one field");
        }
        for (key, alias) in groups.chain(counted) {
            let field = key.field;
            if !key.is_scalar() || !key.transforms.is_empty() {
                let message = format!("CloudWatch Logs Insights cannot group by or count `{}`", field.text);
                let instead = "take a field that has one value in each event, as it is";
                return refuse(self.ledger, field.span, message, instead);
            }
            let source = self.source(field, &At::default())?;
            columns.push(Column { value: Value::Field(source.name), alias: Some(alias?) });
        }
        Some(vec![Command::Fields(columns)])
    }
}

fn group(at: usize) -> Option<Name> {
    Name::key(&super::numbered("sigma_group", at))
}

fn value() -> Option<Name> {
    Name::key("sigma_value")
}

/// The sessions of each group, what is counted of them, and what that must be.
fn sessions(windows: &Windows<'_>, ledger: &mut Ledger) -> Option<Vec<Command>> {
    let groups: Vec<Name> = (0..windows.correlation.groups.len()).map(group).collect::<Option<_>>()?;
    let (session, measured) = (Name::key("sigma_session")?, Name::key("sigma_count")?);
    let (span, unit) = gap(windows.correlation.span);
    let statistic = match &windows.correlation.measure {
        Measure::EventCount | Measure::Ordered(_) => Statistic::Count,
        Measure::ValueCount => Statistic::Distinct(value()?),
        Measure::Sum => Statistic::Sum(value()?),
        Measure::Average => Statistic::Average(value()?),
        Measure::Percentile(percent) => Statistic::Percentile(value()?, *percent),
        Measure::Median => Statistic::Percentile(value()?, 50),
        Measure::Presence(_) => {
            let message = "CloudWatch Logs Insights has no sessions for which rules have matches";
            return refuse(ledger, windows.head(), message, "compile the correlation for KQL or SPL");
        }
    };
    if matches!(statistic, Statistic::Distinct(_)) {
        let message = "`count_distinct` estimates large numbers of values";
        ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, Direction::Either, windows.head(), message);
    }
    let time = Name::key("@timestamp")?;
    let by = groups.iter().cloned().chain([session.clone()]).collect();
    let aggregates = vec![
        Aggregate { statistic, alias: measured.clone() },
        Aggregate { statistic: Statistic::Min(time.clone()), alias: Name::key("sigma_first")? },
        Aggregate { statistic: Statistic::Max(time), alias: Name::key("sigma_last")? },
    ];
    let condition = if let Some(enough) = windows.enough() {
        let bound = Decimal::integer(i128::try_from(enough).ok()?);
        Expr::Compare(Value::Field(measured), Operator::GreaterOrEqual, Value::Number(bound))
    } else {
        let thresholds = windows.correlation.thresholds.iter();
        Expr::and(thresholds.map(|threshold| bound(&measured, threshold)).collect::<Option<_>>()?)?
    };
    Some(vec![
        Command::Sessionize { fields: groups, span, unit, alias: session },
        Command::Stats { aggregates, by },
        Command::Filter(condition),
        Command::Limit(super::ROWS),
    ])
}

/// A gap longer than so many seconds, in the largest unit that does not lengthen it much: AWS caps the number before a unit
/// where it documents such lengths (60 seconds, 60 minutes, 24 hours).
fn gap(seconds: u64) -> (u64, Unit) {
    match seconds {
        0..60 => (seconds + 1, Unit::Second),
        60..3_600 => (seconds / 60 + 1, Unit::Minute),
        3_600..86_400 => (seconds / 3_600 + 1, Unit::Hour),
        _ => (seconds / 86_400 + 1, Unit::Day),
    }
}

fn bound(measured: &Name, threshold: &Threshold) -> Option<Expr> {
    let number = Value::Number(Decimal::new(threshold.value.to_string())?);
    let compare = |operator| Expr::Compare(Value::Field(measured.clone()), operator, number.clone());
    Some(match threshold.comparison {
        Comparison::Greater => compare(Operator::Greater),
        Comparison::GreaterOrEqual => compare(Operator::GreaterOrEqual),
        Comparison::Less => compare(Operator::Less),
        Comparison::LessOrEqual => compare(Operator::LessOrEqual),
        Comparison::Equal => compare(Operator::Equal),
        Comparison::NotEqual => compare(Operator::Equal).not(),
    })
}
