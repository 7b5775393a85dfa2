//! The windows around matches.

use std::collections::BTreeSet;

use super::super::super::ast::{Compare, Expr, Function, Name, Operator, Sign};
use super::super::super::script::{Pipe, Scalar, Step};
use super::super::{identifier, negation};
use super::{Columns, Parts, unique};
use crate::backend::correlation::{Counted, MOST_SHOWN, Windows};
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold};

/// The columns of a `summarize`, and the operators behind it.
type Aggregates = (Vec<(Name, Expr)>, Vec<Step>);

/// What is built around the matches.
pub(super) struct Builder<'w> {
    pub(super) windows: &'w Windows<'w>,
    pub(super) columns: Columns,
    /// The part that holds the matches.
    pub(super) matches: Name,
}

impl Builder<'_> {
    fn span(&self) -> Expr {
        Expr::Timespan(u32::try_from(self.windows.correlation.span).unwrap_or(u32::MAX))
    }

    /// The start of the window that ends at the time.
    fn start(&self) -> Expr {
        Expr::Column(self.columns.time.clone()).arithmetic(Sign::Minus, self.span())
    }

    fn time(&self) -> Expr {
        Expr::Column(self.columns.time.clone())
    }

    /// The name of the rule at a place, as the matches have it.
    fn rule(&self, at: usize) -> Expr {
        let name = self.windows.bases.get(at).map_or("", Counted::name);
        Expr::Column(self.columns.rule.clone()).compare(Compare::Equals, Expr::text(name))
    }

    /// The time and the group.
    pub(super) fn anchor(&self) -> Vec<Name> {
        std::iter::once(&self.columns.time).chain(&self.columns.groups).cloned().collect()
    }

    /// The match so many rows before, of the same group, lies in the window.
    pub(super) fn enough(&self, mut matches: Pipe, enough: usize) -> Option<Pipe> {
        let back = i64::try_from(enough).ok()?.checked_sub(1)?;
        if back == 0 {
            return Some(matches);
        }
        let (columns, lies) = self.looked_back(back);
        // The time of the first is worth seeing.
        let helpers: Vec<Name> = columns.iter().skip(1).map(|(name, _)| name.clone()).collect();
        matches.steps.push(self.in_order());
        matches.steps.push(Step::extend(columns));
        matches.steps.push(Step::filter(lies));
        if !helpers.is_empty() {
            matches.steps.push(Step::Operator(Operator::ProjectAway(helpers)));
        }
        Some(matches)
    }

    /// The time of matches before, of the same group, does not lie in the window.
    pub(super) fn first_seen(&self, mut matches: Pipe) -> Pipe {
        let (columns, lies) = self.looked_back(1);
        let helpers = columns.iter().map(|(name, _)| name.clone()).collect();
        matches.steps.push(Step::Distinct(self.anchor()));
        matches.steps.push(self.in_order());
        matches.steps.push(Step::extend(columns));
        matches.steps.push(Step::filter(lies.not()));
        matches.steps.push(Step::Operator(Operator::ProjectAway(helpers)));
        matches
    }

    /// By group, then by time.
    fn in_order(&self) -> Step {
        Step::Sort(self.columns.groups.iter().chain([&self.columns.time]).cloned().collect())
    }

    /// The time and the group of the row so many rows before, and that it is of the same group and lies in the window.
    fn looked_back(&self, back: i64) -> (Vec<(Name, Expr)>, Expr) {
        let mut taken = self.taken();
        let groups = &self.columns.groups;
        let mut earlier = |column: &Name, name: &str| {
            let value =
                Expr::Call(Function::Previous, vec![Expr::Column(column.clone()), Expr::Integer(back)]);
            (unique(&mut taken, name), value)
        };
        let first = earlier(&self.columns.time, "FirstTime");
        let others: Vec<(Name, Expr)> =
            groups.iter().map(|group| earlier(group, &format!("_{}", group.0))).collect();
        let same = groups.iter().zip(&others).map(|(group, (earlier, _))| {
            Expr::Column(earlier.clone()).compare(Compare::Equals, Expr::Column(group.clone()))
        });
        let lies = Expr::Column(first.0.clone()).compare(Compare::GreaterOrEqual, self.start());
        let condition = Expr::and(same.chain([lies]));
        (std::iter::once(first).chain(others).collect(), condition)
    }

    /// Each time of a match with the matches of its window, and what is counted of them.
    pub(super) fn window(&self, measure: &Measure) -> Option<Pipe> {
        let mut kept = Vec::new();
        if self.columns.tagged && matches!(measure, Measure::Presence(_) | Measure::Ordered(_)) {
            kept.push(self.columns.rule.clone());
        }
        if !self.windows.correlation.counted.is_empty() {
            kept.push(self.columns.value.clone());
        }
        let (aggregates, then) = self.aggregates(measure)?;
        let mut steps = vec![Step::Distinct(self.anchor())];
        steps.extend(self.joined(self.kept(measure), kept));
        steps.push(Step::Summarize { columns: aggregates, by: self.anchor() });
        steps.extend(then);
        Some(Pipe::of(self.matches.0.clone(), steps))
    }

    /// Joins times and groups with the matches of their windows, of which the columns `kept` are read.
    fn joined(&self, filter: Option<Expr>, kept: Vec<Name>) -> [Step; 3] {
        let Columns { time, groups, bin, at, .. } = &self.columns;
        let binned = |of: &Name| Expr::Call(Function::Bin, vec![Expr::Column(of.clone()), self.span()]);
        let next = binned(time).arithmetic(Sign::Plus, self.span());
        let both = Expr::Call(Function::PackArray, vec![binned(time), next]);
        let mut right: Vec<Step> = filter.map(Step::filter).into_iter().collect();
        right.push(Step::Expand { column: bin.clone(), value: both, ty: Scalar::DateTime });
        let own = std::iter::once(bin).chain(groups).cloned().chain(kept);
        let first = (at.clone(), Some(Expr::Column(time.clone())));
        right.push(Step::project(std::iter::once(first).chain(own.map(|name| (name, None)))));
        let on = std::iter::once(bin).chain(groups).cloned().collect();
        let at = Expr::Column(at.clone());
        let inside = Expr::and([
            at.clone().compare(Compare::GreaterOrEqual, self.start()),
            at.compare(Compare::LessOrEqual, self.time()),
        ]);
        [
            Step::extend([(bin.clone(), binned(time))]),
            Step::Join { right: Pipe::of(self.matches.0.clone(), right), on },
            Step::filter(inside),
        ]
    }

    /// The names that columns have.
    fn taken(&self) -> BTreeSet<String> {
        let details = self.columns.details.iter().map(|name| name.0.clone());
        self.columns.taken.iter().cloned().chain(details).collect()
    }

    /// Whether something is shown of the matches.
    pub(super) const fn is_detailed(&self) -> bool {
        !self.columns.details.is_empty()
    }

    /// What the rules ask to be shown of the matches in the window of each row: the first so many of the different texts,
    /// in their order.
    pub(super) fn details(&self, rows: &Pipe) -> Vec<Step> {
        let mut shown = self.columns.details.clone();
        let mut sources: Vec<Expr> = shown.iter().cloned().map(Expr::Column).collect();
        let mut read = shown.clone();
        if self.windows.shows_counted() {
            let mut taken = self.taken();
            shown.push(unique(&mut taken, "Values"));
            sources.push(Expr::Column(self.columns.value.clone()));
            read.push(self.columns.value.clone());
        }
        let by: Vec<Name> = self.anchor().into_iter().chain(measured(rows)).collect();
        let mut steps = vec![Step::project(by.iter().map(|name| (name.clone(), None)))];
        steps.extend(self.joined(None, read));
        let sets = sources.into_iter().map(|source| Expr::call(Function::MakeSet, source));
        steps.push(Step::Summarize { columns: shown.iter().cloned().zip(sets).collect(), by });
        let none = || Expr::Call(Function::PackArray, vec![Expr::text("")]);
        let first = |name: &Name| {
            let some = Expr::Call(Function::SetDifference, vec![Expr::Column(name.clone()), none()]);
            let sorted = Expr::call(Function::ArraySortAsc, some);
            let last = Expr::Integer(MOST_SHOWN - 1);
            Expr::Call(Function::ArraySlice, vec![sorted, Expr::Integer(0), last])
        };
        steps.push(Step::extend(shown.iter().map(|name| (name.clone(), first(name)))));
        steps
    }

    /// The matches whose value counts, where a window without any fires in no case.
    fn kept(&self, measure: &Measure) -> Option<Expr> {
        let value = Expr::Column(self.columns.value.clone());
        match measure {
            Measure::ValueCount if !self.windows.takes_zero() => {
                Some(Expr::call(Function::IsNotEmpty, value))
            }
            Measure::Sum | Measure::Average | Measure::Percentile(_) | Measure::Median => {
                Some(Expr::call(Function::IsNotNull, value))
            }
            _ => None,
        }
    }

    /// The aggregates of a window, and what is asked of them.
    fn aggregates(&self, measure: &Measure) -> Option<Aggregates> {
        let mut taken = self.taken();
        let mut fresh = |name: &str| unique(&mut taken, name);
        let value = || Expr::Column(self.columns.value.clone());
        let of = |name: &Name| Expr::Column(name.clone());
        let call = |function: Function| Expr::call(function, value());
        Some(match measure {
            // It looks back by one row.
            Measure::FirstSeen => return None,
            Measure::EventCount => {
                let count = fresh("EventCount");
                let test = self.compared(&of(&count))?;
                (vec![(count, Expr::Call(Function::Count, Vec::new()))], vec![Step::filter(test)])
            }
            Measure::ValueCount => {
                let (count, values) = (fresh("ValueCount"), fresh("_values"));
                let length = Expr::call(Function::ArrayLength, of(&values));
                let mut columns = vec![(values.clone(), call(Function::MakeSet))];
                let mut number = length.clone();
                if self.windows.takes_zero() {
                    let empty = fresh("_empty");
                    let none = value().compare(Compare::Equals, Expr::text(""));
                    columns.push((empty.clone(), Expr::call(Function::CountIf, none)));
                    let some = of(&empty).compare(Compare::Greater, Expr::Integer(0));
                    let less = Expr::Call(Function::Iff, vec![some, Expr::Integer(1), Expr::Integer(0)]);
                    number = length.arithmetic(Sign::Minus, less);
                }
                let test = self.compared(&of(&count))?;
                (columns, vec![Step::extend([(count, number)]), Step::filter(test)])
            }
            Measure::Sum => {
                let sum = fresh("Sum");
                let test = self.compared(&of(&sum))?;
                (vec![(sum, call(Function::Sum))], vec![Step::filter(test)])
            }
            Measure::Average => {
                let average = fresh("Average");
                let test = self.compared(&of(&average))?;
                (vec![(average, call(Function::Average))], vec![Step::filter(test)])
            }
            Measure::Percentile(percent) => {
                let (values, found) = (fresh("_values"), fresh("Percentile"));
                let length = Expr::call(Function::ArrayLength, of(&values));
                // The nearest rank, from nought.
                let rank = Expr::Integer(i64::from(*percent))
                    .arithmetic(Sign::Times, length)
                    .arithmetic(Sign::Plus, Expr::Integer(99))
                    .arithmetic(Sign::Over, Expr::Integer(100))
                    .arithmetic(Sign::Minus, Expr::Integer(1));
                let rank = if *percent == 0 { Expr::Integer(0) } else { rank };
                let test = self.compared(&of(&found))?;
                let sorted = Expr::call(Function::ArraySortAsc, call(Function::MakeList));
                (
                    vec![(values.clone(), sorted)],
                    vec![Step::extend([(found, element(of(&values), rank))]), Step::filter(test)],
                )
            }
            Measure::Median => {
                let (values, found) = (fresh("_values"), fresh("Median"));
                let length = || Expr::call(Function::ArrayLength, of(&values));
                let lower = length()
                    .arithmetic(Sign::Minus, Expr::Integer(1))
                    .arithmetic(Sign::Over, Expr::Integer(2));
                let upper = length().arithmetic(Sign::Over, Expr::Integer(2));
                let both = element(of(&values), lower).arithmetic(Sign::Plus, element(of(&values), upper));
                let test = self.compared(&of(&found))?;
                let sorted = Expr::call(Function::ArraySortAsc, call(Function::MakeList));
                let half = both.arithmetic(Sign::Over, Expr::Integer(2));
                (vec![(values.clone(), sorted)], vec![Step::extend([(found, half)]), Step::filter(test)])
            }
            Measure::Presence(presence) => {
                let counts: Vec<Name> =
                    self.windows.bases.iter().map(|base| fresh(&identifier(base.name()).0)).collect();
                let columns = counts
                    .iter()
                    .enumerate()
                    .map(|(at, name)| (name.clone(), Expr::call(Function::CountIf, self.rule(at))));
                (columns.collect(), vec![Step::filter(held(presence, &counts)?)])
            }
            Measure::Ordered(rules) => {
                let [one, other] = rules.as_slice() else { return None };
                let (first, last) = (fresh("FirstTime"), fresh("LastTime"));
                let at = || Expr::Column(self.columns.at.clone());
                let columns = vec![
                    (first.clone(), Expr::Call(Function::MinIf, vec![at(), self.rule(*one)])),
                    (last.clone(), Expr::Call(Function::MaxIf, vec![at(), self.rule(*other)])),
                ];
                (columns, vec![Step::filter(of(&first).compare(Compare::LessOrEqual, of(&last)))])
            }
        })
    }

    /// The thresholds; `None` for a number that cannot be written.
    fn compared(&self, measured: &Expr) -> Option<Expr> {
        let each = self.windows.correlation.thresholds.iter().map(|threshold| bound(measured, threshold));
        each.collect::<Option<Vec<Expr>>>().map(Expr::and)
    }

    /// A sequence step by step: each has the latest start of a sequence that ends there.
    pub(super) fn steps(&self, rules: &[usize], prefix: &str, parts: &mut Parts) -> Pipe {
        let mut taken = self.taken();
        let start = unique(&mut taken, "FirstTime");
        let groups = &self.columns.groups;
        let mut last: Option<(Name, Name)> = None;
        for (place, rule) in rules.iter().enumerate() {
            let end = unique(&mut taken, &format!("_end{place}"));
            let part = parts.name(&format!("{prefix}Step{}", place + 1));
            let mut steps = vec![Step::filter(self.rule(*rule))];
            let kept = |start: Option<Expr>, name: &Name| {
                let times = [(name.clone(), start), (end.clone(), Some(self.time()))];
                Step::project(times.into_iter().chain(groups.iter().map(|group| (group.clone(), None))))
            };
            match &last {
                None => steps.push(kept(Some(self.time()), &start)),
                Some(before) => {
                    steps.extend(self.after(before, &start));
                    steps.push(kept(None, &start));
                }
            }
            let by = std::iter::once(&end).chain(groups).cloned().collect();
            let latest = Expr::call(Function::Max, Expr::Column(start.clone()));
            steps.push(Step::Summarize { columns: vec![(start.clone(), latest)], by });
            parts.lets.push((part.clone(), Pipe::of(self.matches.0.clone(), steps)));
            last = Some((part, end));
        }
        let mut steps = vec![Step::Distinct(self.anchor())];
        if let Some(last) = &last {
            steps.extend(self.after(last, &start));
        }
        let latest = Expr::call(Function::Max, Expr::Column(start.clone()));
        steps.push(Step::Summarize { columns: vec![(start, latest)], by: self.anchor() });
        Pipe::of(self.matches.0.clone(), steps)
    }

    /// The join with the step before: it ended by now, and began in the window.
    fn after(&self, (part, end): &(Name, Name), start: &Name) -> [Step; 2] {
        let right = Pipe::of(part.0.clone(), Vec::new());
        let inside = Expr::and([
            Expr::Column(end.clone()).compare(Compare::LessOrEqual, self.time()),
            Expr::Column(start.clone()).compare(Compare::GreaterOrEqual, self.start()),
        ]);
        [Step::Join { right, on: self.columns.groups.clone() }, Step::filter(inside)]
    }
}

/// The columns that say what was measured; the names of helpers begin with `_`.
fn measured(rows: &Pipe) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for step in &rows.steps {
        match step {
            Step::Operator(Operator::Extend(columns)) | Step::Summarize { columns, .. } => {
                names.extend(columns.iter().map(|(name, _)| name.clone()));
            }
            Step::Operator(Operator::ProjectAway(away)) => names.retain(|name| !away.contains(name)),
            _ => {}
        }
    }
    names.retain(|name| !name.0.starts_with('_'));
    names
}

/// An element of an array of numbers.
fn element(array: Expr, index: Expr) -> Expr {
    let one = Expr::Call(Function::ArraySlice, vec![array, index.clone(), index]);
    Expr::call(Function::ToReal, Expr::Index(Box::new(one), 0))
}

fn bound(measured: &Expr, threshold: &Threshold) -> Option<Expr> {
    let text = threshold.value.to_string();
    let literal = if text.contains('.') { Expr::real(&text)? } else { Expr::Integer(text.parse().ok()?) };
    let operator = match threshold.comparison {
        Comparison::Greater => Compare::Greater,
        Comparison::GreaterOrEqual => Compare::GreaterOrEqual,
        Comparison::Less => Compare::Less,
        Comparison::LessOrEqual => Compare::LessOrEqual,
        Comparison::Equal => Compare::Equals,
        Comparison::NotEqual => return Some(measured.clone().compare(Compare::Equals, literal).not()),
    };
    Some(measured.clone().compare(operator, literal))
}

/// The condition over the numbers of matches.
fn held(presence: &Presence, counts: &[Name]) -> Option<Expr> {
    let all = |parts: &[Presence]| parts.iter().map(|part| held(part, counts)).collect::<Option<Vec<_>>>();
    Some(match presence {
        Presence::Rule(at) => {
            Expr::Column(counts.get(*at)?.clone()).compare(Compare::Greater, Expr::Integer(0))
        }
        Presence::Not(inner) => match held(inner, counts)? {
            Expr::Compare(left, Compare::Greater, right) => left.compare(Compare::Equals, *right),
            other => negation(other),
        },
        Presence::All(parts) => Expr::and(all(parts)?),
        Presence::Any(parts) => Expr::or(all(parts)?),
    })
}
