//! Lowers a correlation: the searches of its rules together, and the window of each match by running statistics.
//!
//! `stats` first makes one row of the matches with one time and group. The rows of a transforming command are not bound by
//! the 10,000 events that `streamstats` looks at otherwise ("streamstats", Description), and matches with one and the same
//! time see each other whatever their order.
//! What a window sums is a running sum in which each row comes once with its value and once more, after the window's length,
//! to take it away again; the row that takes away stands behind those of its time, so that the window is closed.
//! Nothing compares with NULL: times that are not there yet are 0.

use std::collections::HashMap;

use super::field::Found;
use super::{Inside, Lowering, literal};
use crate::backend::correlation::{Key, Matches, Windows, note_stored, opened, refuse, refuse_several};
use crate::backend::fidelity::Ledger;
use crate::backend::spl::ast::{Command, Expr, Function, Name, Number, Operator, Query, Text};
use crate::backend::spl::pipeline::{Aggregate, Order, Pipeline, Statistic, Step, Window};
use crate::backend::{Direction, codes as shared};
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold, Transform};
use crate::ir::{Polarity, pattern};
use crate::schema::{Base, Path, Step as PathStep, Type};

/// The largest window of rows that `streamstats` has (`max_stream_window` of limits.conf).
const MOST_ROWS: usize = 10_000;

/// Lowers a correlation.
pub(in super::super) fn lower(windows: &Windows<'_>, ledger: &mut Ledger) -> Option<Pipeline> {
    let found: Vec<Option<(Query, Vec<Step>)>> =
        windows.bases.iter().enumerate().map(|(at, base)| matches(at, base, windows, ledger)).collect();
    let found: Vec<(Query, Vec<Step>)> = found.into_iter().collect::<Option<_>>()?;
    let (searches, opening): (Vec<Query>, Vec<Vec<Step>>) = found.into_iter().unzip();
    // What opens the arrays of a group stands behind all searches; a single value stays one row.
    let mut steps = Vec::new();
    for step in opening.into_iter().flatten() {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let builder = Builder { windows, groups: groups(windows) };
    match (&windows.correlation.measure, windows.enough()) {
        (_, Some(enough)) if enough <= MOST_ROWS => builder.enough(enough, &mut steps)?,
        (Measure::EventCount | Measure::Ordered(_), Some(enough)) => builder.counted(enough, &mut steps)?,
        (measure, _) => builder.window(measure, &mut steps, ledger)?,
    }
    builder.shown(&mut steps)?;
    Some(Pipeline::new(windows.heading(), searches, steps))
}

fn groups(windows: &Windows<'_>) -> Vec<Name> {
    (0..windows.correlation.groups.len()).map(|at| Name::helper('k', at)).collect()
}

/// The search of one rule, with its group and what is counted in helper fields, and the commands that give a row for each
/// value of a group that lies in an array.
fn matches(
    at: usize,
    base: &Matches<'_>,
    windows: &Windows<'_>,
    ledger: &mut Ledger,
) -> Option<(Query, Vec<Step>)> {
    let mut lowering = Lowering {
        frame: base.frame,
        ledger,
        paths: Vec::new(),
        stages: Vec::new(),
        lookups: Vec::new(),
        known: HashMap::new(),
    };
    let (mut values, mut opening) = (Vec::new(), Vec::new());
    let mut whole = true;
    for (name, key) in groups(windows).into_iter().zip(&base.groups) {
        match lowering.group(&name, *key, windows, &mut opening) {
            Some(group) => values.extend(group),
            None => whole = false,
        }
    }
    if windows.bases.len() > 1 || matches!(windows.correlation.measure, Measure::Presence(_)) {
        values.push((rule(), Expr::int(i64::try_from(at).ok()?)));
    }
    if !base.counted.is_empty() {
        match lowering.counted(&base.counted, windows) {
            Some(counted) => values.extend(counted),
            None => whole = false,
        }
    }
    let mut query = lowering.query(&base.formula, base.options)?;
    if !whole {
        return None;
    }
    query.comments.clear();
    query.commands.retain(|command| !matches!(command, Command::Table(_)));
    if !values.is_empty() {
        query.commands.push(Command::Eval(values));
    }
    Some((query, opening))
}

/// Which rule a match is of.
fn rule() -> Name {
    Name::helper('r', 0)
}

/// The value that is counted; for numbers 0 where there is none.
fn value() -> Name {
    Name::helper('v', 0)
}

/// Whether there is a number.
fn there() -> Name {
    Name::helper('w', 0)
}

/// What is computed of a window.
fn result() -> Name {
    Name::helper('n', 0)
}

impl Lowering<'_> {
    /// The assignments that give the value of a group.
    fn group(
        &mut self,
        name: &Name,
        key: Key<'_>,
        windows: &Windows<'_>,
        opening: &mut Vec<Step>,
    ) -> Option<Vec<(Name, Expr)>> {
        let field = key.field;
        let one = |value: Expr| vec![(name.clone(), value)];
        if key.is_scalar() {
            let found = self.place(field, &Inside::default(), Polarity::Positive)?;
            if windows.bases.len() > 1
                && found.column.as_ref().is_some_and(|column| !column.values.is_empty())
            {
                note_stored(self.ledger, "the add-on gives", field);
            }
            return transformed(found.value()?, key.transforms).map(one);
        }
        let Some((before, chosen, after)) = opened(&field.path) else {
            let message = format!("SPL cannot group by `{}`, which lies in several arrays", field.text);
            return refuse(self.ledger, field.span, message, "group by a field of one array");
        };
        opening.push(Step::Expand(name.clone()));
        if chosen.is_none()
            && let Some(flat) = self.auto_name(&field.path.steps)
        {
            // A null in the list is the text `null` among the values.
            let message = format!("a group whose `{}` is the text `null` is left out", field.text);
            let direction = windows.direction(Direction::Narrower);
            self.ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, field.span, message);
            let test = Expr::binary(Expr::Field(name.clone()), Operator::NotEqual, literal("null"));
            opening.push(Step::Command(Command::Where(Expr::surely(test))));
            let mut values = Expr::Field(flat);
            if !key.transforms.is_empty() {
                let changed = transformed(values.clone(), key.transforms)?;
                values = Expr::call(Function::Mvmap, [values, changed]);
            }
            return Some(one(Expr::call(Function::Mvdedup, [values])));
        }
        self.element(name, key, windows, (before, chosen, after), opening).map(one)
    }

    /// The elements of an array, of which the value of a group is a member.
    fn element(
        &mut self,
        name: &Name,
        key: Key<'_>,
        windows: &Windows<'_>,
        (before, chosen, after): crate::backend::correlation::Opened<'_>,
        opening: &mut Vec<Step>,
    ) -> Option<Expr> {
        let field = key.field;
        let counts_rows = !matches!(windows.correlation.measure, Measure::Presence(_) | Measure::ValueCount);
        if counts_rows {
            let message = format!("elements with the same `{}` count once more each", field.text);
            let direction = windows.direction(Direction::Wider);
            self.ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, field.span, message);
        }
        if windows.bases.len() > 1 {
            let message =
                format!("SPL cannot choose the element of `{}` for one rule of several", field.text);
            return refuse(self.ledger, field.span, message, "compile for KQL, or group by another field");
        }
        let elements = Path { base: Base::Event, steps: before.to_vec() };
        let (_, own) = self.located(&elements, &field.text, field.span)?;
        let list = Expr::call(Function::JsonArrayToMv, [self.json(&own)?]);
        let member = |lowering: &Self, steps: &[PathStep]| lowering.dig(Expr::Field(name.clone()), steps);
        let value = member(self, after)?;
        let mut tests = vec![Expr::call(Function::Isnotnull, [value.clone()])];
        if let Some((by, key)) = chosen {
            let found = member(self, &[PathStep::Key(by.into())])?;
            let test = Expr::binary(found, Operator::Equal, Expr::Text(Text::new(key)?));
            tests.insert(0, Expr::surely(test));
        }
        opening.push(Step::Command(Command::Where(Expr::all(tests)?)));
        let changed = transformed(value, key.transforms)?;
        opening.push(Step::Command(Command::Eval(vec![(name.clone(), changed)])));
        Some(list)
    }

    /// What is counted of a match, in helper fields.
    fn counted(&mut self, counted: &[Key<'_>], windows: &Windows<'_>) -> Option<Vec<(Name, Expr)>> {
        let mut values = Vec::new();
        for key in counted {
            let field = key.field;
            if !key.is_scalar() {
                return refuse_several(self.ledger, "SPL", field);
            }
            let found = self.place(field, &Inside::default(), Polarity::Positive)?;
            if !matches!(windows.correlation.measure, Measure::ValueCount) {
                self.note_rounding(key);
                return numbers(&found, &windows.correlation.measure);
            }
            values.push(transformed(found.exact()?, key.transforms)?);
        }
        let tests = values.iter().map(|value| Expr::call(Function::Isnotnull, [value.clone()]));
        let test = Expr::all(tests.collect::<Vec<_>>())?;
        let all = if values.len() == 1 { values.pop()? } else { Expr::call(Function::JsonArray, values) };
        let some = Expr::binary(literal("="), Operator::Concat, all);
        Some(vec![(value(), Expr::call(Function::If, [test, some, literal("-")]))])
    }

    fn note_rounding(&mut self, key: &Key<'_>) {
        if !matches!(key.field.ty, Type::Integer) {
            let message =
                format!("the values of `{}` are added and compared as rounded numbers", key.field.text);
            let (code, direction) = (&shared::OTHER_WINDOWS, Direction::Either);
            self.ledger.note(code, Polarity::Positive, direction, key.field.span, message);
        }
    }
}

/// A number, and whether there is one.
fn numbers(found: &Found<'_>, measure: &Measure) -> Option<Vec<(Name, Expr)>> {
    let number = Expr::call(Function::Tonumber, [found.exact()?]);
    if matches!(measure, Measure::Percentile(_) | Measure::Median) {
        return Some(vec![(value(), number)]);
    }
    let is_there = Expr::call(Function::Isnotnull, [number.clone()]);
    let or_zero = Expr::call(Function::If, [is_there.clone(), number, Expr::int(0)]);
    let flag = Expr::call(Function::If, [is_there, Expr::int(1), Expr::int(0)]);
    Some(vec![(value(), or_zero), (there(), flag)])
}

fn transformed(value: Expr, transforms: &[Transform]) -> Option<Expr> {
    transforms.iter().try_fold(value, |value, Transform::RemovePrefix(prefix)| {
        let start = Text::new(format!("^{}", pattern::escape(prefix)))?;
        Some(Expr::call(Function::Replace, [value, Expr::Text(start), literal("")]))
    })
}

/// What is built behind the searches.
struct Builder<'w> {
    windows: &'w Windows<'w>,
    groups: Vec<Name>,
}

impl Builder<'_> {
    fn span(&self) -> i64 {
        i64::try_from(self.windows.correlation.span).unwrap_or(i64::MAX)
    }

    /// Whether the time in a field lies in the window that ends at the row.
    fn within(&self, time: Name) -> Expr {
        let age = Expr::binary(Expr::Field(Name::time()), Operator::Subtract, Expr::Field(time));
        Expr::binary(age, Operator::LessOrEqual, Expr::int(self.span()))
    }

    /// The group and the time.
    fn anchor(&self) -> Vec<Name> {
        self.groups.iter().cloned().chain([Name::time()]).collect()
    }

    fn by(&self, more: impl IntoIterator<Item = Name>) -> Vec<Name> {
        self.groups.iter().cloned().chain(more).collect()
    }

    /// So many matches of a group lie in the window: that many rows of the group, the first of which is young enough.
    fn enough(&self, enough: usize, steps: &mut Vec<Step>) -> Option<()> {
        let rows = u32::try_from(enough).ok()?;
        if rows == 1 {
            return Some(());
        }
        let (count, first) = (result(), Name::helper('t', 0));
        let aggregates =
            vec![Aggregate::count(count.clone()), Aggregate::of(Statistic::Min, Name::time(), first.clone())];
        steps.push(sorted([Name::time()]));
        steps.push(Step::Stream(Window::Rows(rows), aggregates, self.groups.clone()));
        let all = Expr::binary(Expr::Field(count), Operator::Equal, Expr::int(i64::from(rows)));
        steps.push(Step::Command(Command::Where(Expr::all([all, self.within(first)])?)));
        Some(())
    }

    /// More matches than `streamstats` has rows.
    fn counted(&self, enough: usize, steps: &mut Vec<Step>) -> Option<()> {
        self.running_count(steps);
        let bound = Expr::int(i64::try_from(enough).ok()?);
        Self::keep(Expr::binary(Expr::Field(result()), Operator::GreaterOrEqual, bound), steps)
    }

    fn window(&self, measure: &Measure, steps: &mut Vec<Step>, ledger: &mut Ledger) -> Option<()> {
        match measure {
            Measure::EventCount => {
                self.running_count(steps);
                Self::keep(self.compared(&Expr::Field(result()))?, steps)
            }
            Measure::ValueCount => self.distinct(steps),
            Measure::Sum | Measure::Average => self.sum(matches!(measure, Measure::Average), steps),
            Measure::Percentile(percent) => self.rank(*percent, steps, ledger),
            Measure::Median => self.rank(50, steps, ledger),
            Measure::Presence(presence) => {
                self.last_times(steps)?;
                steps.push(Step::Stream(Window::All, self.latest(), self.groups.clone()));
                steps.push(Step::Command(Command::Where(self.held(presence)?)));
                Some(())
            }
            Measure::Ordered(rules) => {
                self.windows.note_places(rules, ledger);
                self.ordered(rules, steps)
            }
        }
    }

    fn running_count(&self, steps: &mut Vec<Step>) {
        let count = Name::helper('c', 0);
        steps.push(Step::Stats(vec![Aggregate::count(count.clone())], self.anchor()));
        self.running(&[(count, result())], steps);
    }

    /// Running sums of fields over the window, each in a field of its own; rows with `sf_d0` of 0 are those of the matches.
    fn running(&self, sums: &[(Name, Name)], steps: &mut Vec<Step>) {
        Self::doubled(steps);
        let leaves = Expr::binary(Expr::Field(leaving()), Operator::Equal, literal("1"));
        let mut changes = vec![self.moved(&leaves)];
        let mut aggregates = Vec::new();
        for (at, (of, sum)) in sums.iter().enumerate() {
            let change = Name::helper('s', at);
            let less = Expr::binary(Expr::int(0), Operator::Subtract, Expr::Field(of.clone()));
            let value = Expr::call(Function::If, [leaves.clone(), less, Expr::Field(of.clone())]);
            changes.push((change.clone(), value));
            aggregates.push(Aggregate::of(Statistic::Sum, change, sum.clone()));
        }
        steps.push(Step::Command(Command::Eval(changes)));
        steps.push(sorted([moment(), leaving()]));
        steps.push(Step::Stream(Window::All, aggregates, self.groups.clone()));
    }

    /// Each row twice: as it comes, and as it leaves the window.
    fn doubled(steps: &mut Vec<Step>) {
        let both = Expr::call(Function::Mvappend, [literal("0"), literal("1")]);
        steps.push(Step::Command(Command::Eval(vec![(leaving(), both)])));
        steps.push(Step::Expand(leaving()));
    }

    /// The moment at which a row comes or leaves.
    fn moved(&self, leaves: &Expr) -> (Name, Expr) {
        let time = Expr::Field(Name::time());
        let later = Expr::binary(time.clone(), Operator::Add, Expr::int(self.span()));
        (moment(), Expr::call(Function::If, [leaves.clone(), later, time]))
    }

    /// The rows of matches for which the condition holds.
    fn keep(condition: Expr, steps: &mut Vec<Step>) -> Option<()> {
        let comes = Expr::binary(Expr::Field(leaving()), Operator::Equal, literal("0"));
        steps.push(Step::Command(Command::Where(Expr::all([comes, condition])?)));
        Some(())
    }

    fn sum(&self, average: bool, steps: &mut Vec<Step>) -> Option<()> {
        let sum = |of: Name| Aggregate::of(Statistic::Sum, of.clone(), of);
        steps.push(Step::Stats(vec![sum(value()), sum(there())], self.anchor()));
        let (total, numbers) = (Name::helper('n', 0), Name::helper('n', 1));
        self.running(&[(value(), total.clone()), (there(), numbers.clone())], steps);
        let some = Expr::binary(Expr::Field(numbers.clone()), Operator::Greater, Expr::int(0));
        let total = Expr::Field(total);
        let measured =
            if average { Expr::binary(total, Operator::Divide, Expr::Field(numbers)) } else { total };
        Self::keep(Expr::all([some, self.compared(&measured)?])?, steps)
    }

    /// A value comes where it was not in the window before, and leaves where it does not come again in time.
    fn distinct(&self, steps: &mut Vec<Step>) -> Option<()> {
        let (earlier, later) = (Name::helper('i', 0), Name::helper('i', 1));
        let (before, after) = (Name::helper('t', 0), Name::helper('t', 1));
        let count = Name::helper('c', 0);
        let one = || self.by([value()]);
        steps.push(Step::Stats(vec![Aggregate::count(count)], self.by([value(), Name::time()])));
        for (order, number, statistic, other) in
            [(Order::Up, &earlier, Statistic::Max, &before), (Order::Down, &later, Statistic::Min, &after)]
        {
            steps.push(Step::Sort(vec![(Name::time(), order)]));
            steps.push(Step::Stream(Window::All, vec![Aggregate::count(number.clone())], one()));
            let nearest = Aggregate::of(statistic, Name::time(), other.clone());
            steps.push(Step::Stream(Window::Before, vec![nearest], one()));
        }
        let time = || Expr::Field(Name::time());
        let flag = |number: Name, gap: Expr| {
            let none = Expr::binary(Expr::Field(value()), Operator::Equal, literal("-"));
            let only = Expr::binary(Expr::Field(number), Operator::Equal, Expr::int(1));
            let far = Expr::binary(gap, Operator::Greater, Expr::int(self.span()));
            let far = Expr::call(Function::If, [far, Expr::int(1), Expr::int(0)]);
            let counts = Expr::call(Function::If, [only, Expr::int(1), far]);
            Expr::call(Function::If, [none, Expr::int(0), counts])
        };
        let comes = flag(earlier, Expr::binary(time(), Operator::Subtract, Expr::Field(before)));
        let goes = flag(later, Expr::binary(Expr::Field(after), Operator::Subtract, time()));
        let (come, go, change) = (Name::helper('a', 0), Name::helper('a', 1), Name::helper('s', 0));
        steps.push(Step::Command(Command::Eval(vec![(come.clone(), comes), (go.clone(), goes)])));
        Self::doubled(steps);
        let leaves = Expr::binary(Expr::Field(leaving()), Operator::Equal, literal("1"));
        let less = Expr::binary(Expr::int(0), Operator::Subtract, Expr::Field(go));
        let value = Expr::call(Function::If, [leaves.clone(), less, Expr::Field(come)]);
        steps.push(Step::Command(Command::Eval(vec![self.moved(&leaves), (change.clone(), value)])));
        steps.push(sorted([moment(), leaving()]));
        let sum = Aggregate::of(Statistic::Sum, change, result());
        steps.push(Step::Stream(Window::All, vec![sum], self.groups.clone()));
        let comes = Expr::binary(Expr::Field(leaving()), Operator::Equal, literal("0"));
        steps.push(Step::Command(Command::Where(comes)));
        // Of the rows of one time the last has seen all.
        let most = Aggregate::of(Statistic::Max, result(), result());
        steps.push(Step::Stats(vec![most], self.anchor()));
        steps.push(Step::Command(Command::Where(self.compared(&Expr::Field(result()))?)));
        Some(())
    }

    fn rank(&self, percent: u32, steps: &mut Vec<Step>, ledger: &mut Ledger) -> Option<()> {
        let seconds = u32::try_from(self.span()).ok()?;
        steps.push(sorted([Name::time()]));
        let rank = Aggregate::of(Statistic::Percentile(percent), value(), result());
        steps.push(Step::Stream(Window::Seconds(seconds), vec![rank], self.groups.clone()));
        let there = Expr::call(Function::Isnotnull, [Expr::Field(result())]);
        let test = Expr::surely(self.compared(&Expr::Field(result()))?);
        steps.push(Step::Command(Command::Where(Expr::all([there, test])?)));
        let message = "Splunk ranks values otherwise, and does not say whether an event exactly as old as the window \
                       is in it; it looks at 10,000 events";
        let (code, direction) = (&shared::OTHER_WINDOWS, Direction::Either);
        ledger.note(code, Polarity::Positive, direction, self.windows.head(), message);
        Some(())
    }

    /// One row for each time and group, with that time for each rule that has a match there, and 0 for the others.
    fn last_times(&self, steps: &mut Vec<Step>) -> Option<()> {
        let mut marks = Vec::new();
        for at in 0..self.windows.bases.len() {
            let own = Expr::binary(Expr::Field(rule()), Operator::Equal, Expr::int(i64::try_from(at).ok()?));
            let time = Expr::call(Function::If, [own, Expr::Field(Name::time()), Expr::int(0)]);
            marks.push((Name::helper('a', at), time));
        }
        let max = |(name, _): &(Name, Expr)| Aggregate::of(Statistic::Max, name.clone(), name.clone());
        let aggregates = marks.iter().map(max).collect();
        steps.push(Step::Command(Command::Eval(marks)));
        steps.push(Step::Stats(aggregates, self.anchor()));
        steps.push(sorted([Name::time()]));
        Some(())
    }

    /// The last time of each rule so far.
    fn latest(&self) -> Vec<Aggregate> {
        let rules = 0..self.windows.bases.len();
        rules.map(|at| Aggregate::of(Statistic::Max, Name::helper('a', at), Name::helper('l', at))).collect()
    }

    fn held(&self, presence: &Presence) -> Option<Expr> {
        let all = |parts: &[Presence]| parts.iter().map(|part| self.held(part)).collect::<Option<Vec<_>>>();
        match presence {
            Presence::Rule(at) => Some(self.within(Name::helper('l', *at))),
            Presence::Not(inner) => Some(match self.held(inner)? {
                Expr::Binary(Operator::LessOrEqual, left, right) => {
                    Expr::binary(*left, Operator::Greater, *right)
                }
                other => other.negate(),
            }),
            Presence::All(parts) => Expr::all(all(parts)?),
            Presence::Any(parts) => Expr::some(all(parts)?),
        }
    }

    /// Each place of the sequence has the latest start of a sequence that leads to it.
    fn ordered(&self, rules: &[usize], steps: &mut Vec<Step>) -> Option<()> {
        self.last_times(steps)?;
        let start = |at: usize| Name::helper('l', at);
        for (at, rule) in rules.iter().enumerate() {
            let mark = Name::helper('a', *rule);
            let from = match at.checked_sub(1) {
                None => mark,
                Some(before) => {
                    let there = Expr::binary(Expr::Field(mark), Operator::Greater, Expr::int(0));
                    let led = Expr::call(Function::If, [there, Expr::Field(start(before)), Expr::int(0)]);
                    let name = Name::helper('b', at);
                    steps.push(Step::Command(Command::Eval(vec![(name.clone(), led)])));
                    name
                }
            };
            let latest = Aggregate::of(Statistic::Max, from, start(at));
            steps.push(Step::Stream(Window::All, vec![latest], self.groups.clone()));
        }
        steps.push(Step::Command(Command::Where(self.within(start(rules.len().checked_sub(1)?)))));
        Some(())
    }

    /// The thresholds; `None` for a number that cannot be written.
    fn compared(&self, measured: &Expr) -> Option<Expr> {
        let each = self.windows.correlation.thresholds.iter().map(|threshold| bound(measured, threshold));
        Expr::all(each.collect::<Option<Vec<_>>>()?)
    }

    /// The time and the groups, by their names.
    fn shown(&self, steps: &mut Vec<Step>) -> Option<()> {
        let mut names = Vec::new();
        for group in &self.windows.correlation.groups {
            let name = Name::new(group.name.value.as_str())?;
            names.push(name);
        }
        if !names.is_empty() {
            steps.push(Step::Rename(self.groups.iter().cloned().zip(names.iter().cloned()).collect()));
        }
        let columns = std::iter::once(Name::time()).chain(names).collect();
        steps.push(Step::Command(Command::Table(columns)));
        Some(())
    }
}

/// Whether a row leaves the window, `1`, or comes, `0`.
fn leaving() -> Name {
    Name::helper('d', 0)
}

/// When a row comes or leaves.
fn moment() -> Name {
    Name::helper('m', 0)
}

fn sorted(names: impl IntoIterator<Item = Name>) -> Step {
    Step::Sort(names.into_iter().map(|name| (name, Order::Up)).collect())
}

fn bound(measured: &Expr, threshold: &Threshold) -> Option<Expr> {
    let operator = match threshold.comparison {
        Comparison::Greater => Operator::Greater,
        Comparison::GreaterOrEqual => Operator::GreaterOrEqual,
        Comparison::Less => Operator::Less,
        Comparison::LessOrEqual => Operator::LessOrEqual,
        Comparison::Equal => Operator::Equal,
        Comparison::NotEqual => Operator::NotEqual,
    };
    let number = Expr::Number(Number::new(threshold.value.to_string())?);
    Some(Expr::binary(measured.clone(), operator, number))
}
