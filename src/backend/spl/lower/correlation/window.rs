//! The windows behind the searches.

use super::super::literal;
use super::{rule, there, value};
use crate::backend::correlation::{MOST_SHOWN, Windows};
use crate::backend::fidelity::Ledger;
use crate::backend::spl::ast::{Command, Expr, Function, Name, Number, Operator};
use crate::backend::spl::pipeline::{Aggregate, Order, Statistic, Step, Window};
use crate::backend::{Direction, codes as shared};
use crate::ir::Polarity;
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold};

/// What is built behind the searches.
pub(super) struct Builder<'w> {
    pub(super) windows: &'w Windows<'w>,
    pub(super) groups: Vec<Name>,
    /// The fields that the rules ask to be shown.
    pub(super) details: Vec<Name>,
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
    pub(super) fn anchor(&self) -> Vec<Name> {
        self.groups.iter().cloned().chain([Name::time()]).collect()
    }

    fn by(&self, more: impl IntoIterator<Item = Name>) -> Vec<Name> {
        self.groups.iter().cloned().chain(more).collect()
    }

    /// So many matches of a group lie in the window: that many rows of the group, the first of which is young enough.
    pub(super) fn enough(&self, enough: usize, steps: &mut Vec<Step>) -> Option<()> {
        let rows = u32::try_from(enough).ok()?;
        if rows == 1 {
            self.merged(steps);
            return Some(());
        }
        let (count, first) = (result(), Name::helper('t', 0));
        let aggregates =
            vec![Aggregate::count(count.clone()), Aggregate::of(Statistic::Min, Name::time(), first.clone())];
        steps.push(sorted([Name::time()]));
        steps.push(Step::Stream(Window::Rows(rows), aggregates, self.groups.clone()));
        let all = Expr::binary(Expr::Field(count), Operator::Equal, Expr::int(i64::from(rows)));
        steps.push(Step::Command(Command::Where(Expr::all([all, self.within(first)])?)));
        self.merged(steps);
        Some(())
    }

    /// Gathers what is shown of the matches of a window, before what is counted of them makes other rows. Splunk does not
    /// say whether a match exactly as old as the window is in it; what fires does not depend on it.
    pub(super) fn gathered(&self, steps: &mut Vec<Step>) {
        if self.details.is_empty() {
            return;
        }
        let of_its_time = matches!(self.windows.correlation.measure, Measure::FirstSeen);
        let seconds = if of_its_time { 1 } else { u32::try_from(self.span()).unwrap_or(u32::MAX) };
        steps.push(sorted([Name::time()]));
        let each = self.details.iter().cloned().enumerate();
        let values = each.map(|(at, name)| Aggregate::of(Statistic::Values, name, shown(at)));
        steps.push(Step::Stream(Window::Seconds(seconds), values.collect(), self.groups.clone()));
    }

    /// Makes one row of those with one time and group, of which the last alone has seen all matches.
    fn merged(&self, steps: &mut Vec<Step>) {
        if !self.details.is_empty() {
            steps.push(self.stats(Vec::new(), self.anchor()));
        }
    }

    /// Statistics that keep what is shown.
    fn stats(&self, mut aggregates: Vec<Aggregate>, by: Vec<Name>) -> Step {
        let kept = (0..self.details.len()).map(shown);
        aggregates.extend(kept.map(|name| Aggregate::of(Statistic::Values, name.clone(), name)));
        Step::Stats(aggregates, by)
    }

    /// More matches than `streamstats` has rows.
    pub(super) fn counted(&self, enough: usize, steps: &mut Vec<Step>) -> Option<()> {
        self.running_count(steps);
        let bound = Expr::int(i64::try_from(enough).ok()?);
        Self::keep(Expr::binary(Expr::Field(result()), Operator::GreaterOrEqual, bound), steps)
    }

    pub(super) fn window(&self, measure: &Measure, steps: &mut Vec<Step>, ledger: &mut Ledger) -> Option<()> {
        match measure {
            Measure::EventCount => {
                self.running_count(steps);
                Self::keep(self.compared(&Expr::Field(result()))?, steps)
            }
            Measure::FirstSeen => {
                self.first_seen(steps);
                Some(())
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
        steps.push(self.stats(vec![Aggregate::count(count.clone())], self.anchor()));
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
        steps.push(self.stats(vec![sum(value()), sum(there())], self.anchor()));
        let (total, numbers) = (Name::helper('n', 0), Name::helper('n', 1));
        self.running(&[(value(), total.clone()), (there(), numbers.clone())], steps);
        let some = Expr::binary(Expr::Field(numbers.clone()), Operator::Greater, Expr::int(0));
        let total = Expr::Field(total);
        let measured =
            if average { Expr::binary(total, Operator::Divide, Expr::Field(numbers)) } else { total };
        Self::keep(Expr::all([some, self.compared(&measured)?])?, steps)
    }

    /// A time of matches that is the first of its group, or whose predecessor is older than the window.
    fn first_seen(&self, steps: &mut Vec<Step>) {
        let (number, before) = (Name::helper('i', 0), Name::helper('t', 0));
        steps.push(self.stats(vec![Aggregate::count(Name::helper('c', 0))], self.anchor()));
        steps.push(sorted([Name::time()]));
        steps.push(Step::Stream(Window::All, vec![Aggregate::count(number.clone())], self.groups.clone()));
        let nearest = Aggregate::of(Statistic::Max, Name::time(), before.clone());
        steps.push(Step::Stream(Window::Before, vec![nearest], self.groups.clone()));
        let age = Expr::binary(Expr::Field(Name::time()), Operator::Subtract, Expr::Field(before));
        let old = Expr::binary(age, Operator::Greater, Expr::int(self.span()));
        let old = Expr::call(Function::If, [old, Expr::int(1), Expr::int(0)]);
        let first = Expr::binary(Expr::Field(number), Operator::Equal, Expr::int(1));
        let new = Expr::call(Function::If, [first, Expr::int(1), old]);
        let new = Expr::binary(new, Operator::Equal, Expr::int(1));
        steps.push(Step::Command(Command::Where(new)));
    }

    /// A value comes where it was not in the window before, and leaves where it does not come again in time.
    fn distinct(&self, steps: &mut Vec<Step>) -> Option<()> {
        let (earlier, later) = (Name::helper('i', 0), Name::helper('i', 1));
        let (before, after) = (Name::helper('t', 0), Name::helper('t', 1));
        let count = Name::helper('c', 0);
        let one = || self.by([value()]);
        steps.push(self.stats(vec![Aggregate::count(count)], self.by([value(), Name::time()])));
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
        steps.push(self.stats(vec![most], self.anchor()));
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
        steps.push(self.stats(aggregates, self.anchor()));
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

    /// The time, the groups and what else is shown, by their names.
    pub(super) fn shown(&self, steps: &mut Vec<Step>) -> Option<()> {
        let mut names = Vec::new();
        for group in &self.windows.correlation.groups {
            let name = Name::new(group.name.value.as_str())?;
            names.push(name);
        }
        let helpers: Vec<Name> = (0..self.details.len()).map(shown).collect();
        if !helpers.is_empty() {
            let first = |name: &Name| {
                let all = Expr::Field(name.clone());
                // An index that is out of range gives NULL.
                let next = Expr::call(Function::Mvindex, [all.clone(), Expr::int(MOST_SHOWN)]);
                let many = Expr::call(Function::Isnotnull, [next]);
                let some = [all.clone(), Expr::int(0), Expr::int(MOST_SHOWN - 1)];
                let some = Expr::call(Function::Mvindex, some);
                (name.clone(), Expr::call(Function::If, [many, some, all]))
            };
            steps.push(Step::Command(Command::Eval(helpers.iter().map(first).collect())));
        }
        names.extend(self.details.iter().cloned());
        if !names.is_empty() {
            let old = self.groups.iter().cloned().chain(helpers);
            steps.push(Step::Rename(old.zip(names.iter().cloned()).collect()));
        }
        let columns = std::iter::once(Name::time()).chain(names).collect();
        steps.push(Step::Command(Command::Table(columns)));
        Some(())
    }
}

/// What is computed of a window.
fn result() -> Name {
    Name::helper('n', 0)
}

/// What is shown of a field.
fn shown(at: usize) -> Name {
    Name::helper('x', at)
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
