//! Lowers a correlation: the matches of its rules under one name, and the window of each as a join with themselves.
//!
//! A window is the closed interval that ends at a match, so that every time of a match is joined with the matches of its
//! group that lie in it. The join goes by bins of the window's length, of which a match is in two.
//! Where it is enough that so many matches lie in a window, the match that many rows before is looked at instead; and a
//! sequence of three or more is built step by step, each with the latest start that leads to it.

use std::collections::BTreeSet;

use super::super::Kql;
use super::super::ast::{Compare, Expr, Function, Name, Operator, Sign, Watchlist};
use super::super::script::{Pipe, Scalar, Script, Source, Step};
use super::array::guarded;
use super::place::RowValue;
use super::{Context, ITEM, Inside, Lowerer, identifier, negation, table};
use crate::backend::correlation::{Key, Matches, Windows, note_stored, opened, refuse_several};
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{Lower as _, Stored};
use crate::backend::{Direction, codes as shared};
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold, Transform};
use crate::ir::{FieldUse, Polarity};
use crate::schema::{Base, ColumnType, Path, Type};

/// The columns of a query about a correlation.
struct Columns {
    /// The time of a match.
    time: Name,
    /// The rule of a match.
    rule: Name,
    /// The value that is counted.
    value: Name,
    /// The group of a match; one or more where something joins by it.
    groups: Vec<Name>,
    /// The bin of a match, for the join.
    bin: Name,
    /// The time of another match of the window.
    at: Name,
    /// Whether the matches say which rule they are of.
    tagged: bool,
    taken: BTreeSet<String>,
}

/// How the part is called that holds the matches.
const MATCHES: &str = "Matches";

/// Lowers a correlation.
pub(in super::super) fn lower(kql: Kql, windows: &Windows<'_>, ledger: &mut Ledger) -> Option<Script> {
    let columns = Columns::new(kql, windows);
    let mut lists = Vec::new();
    let parts: Vec<Option<Pipe>> =
        windows.bases.iter().map(|base| matches(kql, base, windows, &columns, &mut lists, ledger)).collect();
    let mut parts: Vec<Pipe> = parts.into_iter().collect::<Option<_>>()?;
    let matches = if parts.len() == 1 {
        parts.pop()?
    } else {
        Pipe { source: Source::Union(parts), steps: Vec::new() }
    };
    let builder = Builder { windows, columns };
    let (lets, body) = match (&windows.correlation.measure, windows.enough()) {
        (_, Some(enough)) => (Vec::new(), builder.enough(matches, enough)?),
        (Measure::Ordered(rules), None) if rules.len() > 2 => {
            windows.note_places(rules, ledger);
            builder.steps(matches, rules)
        }
        (measure, None) => {
            if let Measure::Ordered(rules) = measure {
                windows.note_places(rules, ledger);
            }
            let body = builder.window(measure)?;
            (vec![(Name::from(MATCHES), matches)], body)
        }
    };
    Some(Script { comments: windows.heading(), lists, lets, body })
}

impl Columns {
    fn new(kql: Kql, windows: &Windows<'_>) -> Self {
        let mut taken = BTreeSet::from([kql.time.to_owned()]);
        let mut fresh = |name: &str| unique(&mut taken, name);
        let groups = windows.correlation.groups.iter();
        let groups: Vec<Name> = groups.map(|group| fresh(&identifier(&group.name.value).0)).collect();
        let mut groups = groups;
        let stepwise = matches!(&windows.correlation.measure, Measure::Ordered(rules) if rules.len() > 2);
        if groups.is_empty() && stepwise && windows.enough().is_none() {
            groups.push(fresh("_all"));
        }
        let [rule, value, bin, at] = ["Rule", "_value", "_bin", "_at"].map(fresh);
        let tagged = windows.bases.len() > 1 || matches!(windows.correlation.measure, Measure::Presence(_));
        Self { time: Name::from(kql.time), rule, value, groups, bin, at, tagged, taken }
    }
}

fn unique(taken: &mut BTreeSet<String>, name: &str) -> Name {
    let name = if name.is_empty() { "_" } else { name };
    let (mut found, mut at) = (name.to_owned(), 2);
    while !taken.insert(found.clone()) {
        found = format!("{name}_{at}");
        at += 1;
    }
    Name(found)
}

/// The matches of one rule: their time, which rule it is, their group and what is counted.
fn matches(
    kql: Kql,
    base: &Matches<'_>,
    windows: &Windows<'_>,
    columns: &Columns,
    lists: &mut Vec<Watchlist>,
    ledger: &mut Ledger,
) -> Option<Pipe> {
    let table = table(kql, base.frame, base.options, ledger);
    let mut lowerer = Lowerer::new(base.frame, ledger);
    lowerer.reserve(&base.formula);
    let mut conjuncts = lowerer.fixed();
    let tests = lowerer.each(base.formula.conjuncts(), &Context::default());
    let time = lowerer.own_time(kql);
    let mut shown = vec![(columns.time.clone(), Some(time).filter(|time| *time != Expr::column(kql.time)))];
    if columns.tagged {
        shown.push((columns.rule.clone(), Some(Expr::text(base.name))));
    }
    let mut steps = Vec::new();
    for (column, key) in columns.groups.iter().zip(&base.groups) {
        let several = windows.bases.len() > 1;
        let (column, value, opening) = lowerer.group(column, *key, several)?;
        shown.push((column, Some(value)));
        steps.extend(opening);
    }
    if base.groups.is_empty() {
        shown.extend(columns.groups.iter().map(|all| (all.clone(), Some(Expr::Integer(0)))));
    }
    if !base.counted.is_empty() {
        let value = lowerer.counted(&base.counted, windows)?;
        shown.push((columns.value.clone(), Some(value)));
    }
    conjuncts.extend(tests?);
    let condition = Expr::and(conjuncts);
    if condition == Expr::Boolean(false) {
        return base.frame.never(lowerer.ledger);
    }
    let shown = shown.into_iter().map(|(name, value)| {
        let own = value == Some(Expr::Column(name.clone()));
        (name, value.filter(|_| !own))
    });
    for list in std::mem::take(&mut lowerer.lists) {
        if !lists.contains(&list) {
            lists.push(list);
        }
    }
    let operators = lowerer.arrange(condition, shown.collect());
    Some(Pipe::of(table, operators.into_iter().map(Step::Operator).chain(steps).collect()))
}

impl Lowerer<'_> {
    /// The time of the event: its own, where the table has it, and else that of the row.
    fn own_time(&self, kql: Kql) -> Expr {
        let row = Expr::column(kql.time(self.frame));
        let Some(path) = self.frame.schema().and_then(|schema| schema.time.as_ref()) else { return row };
        match self.frame.stored(path) {
            Stored::Column(column) if column.rest.is_empty() => match column.ty {
                ColumnType::DateTime => Expr::column(column.name),
                ColumnType::String => Expr::call(Function::ToDateTime, Expr::column(column.name)),
                _ => row,
            },
            _ => row,
        }
    }

    /// The column that a group's value is projected to, the value, and the operators that give a row for each where they lie in an array.
    fn group(&mut self, column: &Name, key: Key<'_>, several: bool) -> Option<(Name, Expr, Vec<Step>)> {
        let field = key.field;
        if self.is_flat(&field.path, &Inside::Event) {
            let place = self.place(&field.path, field, &Context::default())?;
            if several && !place.values.is_empty() {
                note_stored(self.ledger, "the table holds", field);
            }
            let value = transformed(place.text(), key.transforms);
            return Some((column.clone(), value, Vec::new()));
        }
        let Some((before, chosen, after)) = opened(&field.path) else { return self.refuse_array(field.span) };
        let array =
            self.place(&Path { base: Base::Event, steps: before.to_vec() }, field, &Context::default())?;
        let list = Name(format!("_{}_list", column.0));
        let item = self.fresh(ITEM);
        let element = Expr::Column(item.clone());
        let scope = Context::default().within(Inside::Element(element.clone()));
        let inner = Path { base: Base::Element, steps: after.to_vec() };
        let value = self.place(&inner, field, &scope)?;
        let there = self.reached(&value, field, &scope);
        let chosen = chosen.map(|(member, key)| {
            let found = Expr::call(Function::ToString, element.member(member));
            found.compare(Compare::Equals, Expr::text(key))
        });
        let steps = vec![
            Step::Gather {
                item,
                array: guarded(&Expr::Column(list.clone())),
                condition: Expr::and(chosen.into_iter().chain([there])),
                column: column.clone(),
                value: transformed(value.text(), key.transforms),
            },
            Step::Expand { column: column.clone(), value: Expr::Column(column.clone()), ty: Scalar::Text },
            Step::filter(Expr::call(Function::IsNotEmpty, Expr::Column(column.clone()))),
            Step::Operator(Operator::ProjectAway(vec![list.clone()])),
        ];
        Some((list, array.expr, steps))
    }

    /// What is counted of a match; the empty text, or null for numbers, where it has nothing.
    fn counted(&mut self, counted: &[Key<'_>], windows: &Windows<'_>) -> Option<Expr> {
        let context = Context::default();
        let mut values = Vec::new();
        for key in counted {
            let field = key.field;
            if !self.is_flat(&field.path, &Inside::Event) {
                return refuse_several(self.ledger, "KQL", field);
            }
            let place = self.place(&field.path, field, &context)?;
            let numeric = !matches!(windows.correlation.measure, Measure::ValueCount);
            if numeric {
                let whole = matches!(field.ty, Type::Integer);
                if !whole {
                    let message =
                        format!("the values of `{}` are added and compared as rounded numbers", field.text);
                    let (code, direction) = (&shared::OTHER_WINDOWS, Direction::Either);
                    self.ledger.note(code, Polarity::Positive, direction, field.span, message);
                }
                return Some(number(&place, if whole { Function::ToLong } else { Function::ToReal }));
            }
            if !field.never_empty {
                self.note_empty(field, windows);
            }
            values.push(transformed(place.text(), key.transforms));
        }
        if values.len() < 2 {
            return values.pop();
        }
        let whole = Expr::and(values.iter().map(|value| Expr::call(Function::IsNotEmpty, value.clone())));
        let all = Expr::call(Function::ToString, Expr::Call(Function::PackArray, values));
        Some(Expr::Call(Function::Iff, vec![whole, all, Expr::text("")]))
    }

    fn note_empty(&mut self, field: &FieldUse, windows: &Windows<'_>) {
        let message = format!("an empty `{}` is not counted, like a missing one", field.text);
        let direction = windows.direction(Direction::Narrower);
        self.ledger.note(&shared::MISSING_OR_EMPTY, Polarity::Positive, direction, field.span, message);
    }
}

fn number(place: &RowValue, function: Function) -> Expr {
    match place.kind {
        super::place::Held::Column(ColumnType::Integer | ColumnType::Real) => place.expr.clone(),
        _ => Expr::call(function, place.expr.clone()),
    }
}

fn transformed(value: Expr, transforms: &[Transform]) -> Expr {
    transforms.iter().fold(value, |value, Transform::RemovePrefix(prefix)| {
        let start = Expr::text(format!("^{}", crate::ir::pattern::escape(prefix)));
        Expr::Call(Function::ReplaceRegex, vec![value, start, Expr::text("")])
    })
}

/// The columns of a `summarize`, and the operators behind it.
type Aggregates = (Vec<(Name, Expr)>, Vec<Step>);

/// What is built around the matches.
struct Builder<'w> {
    windows: &'w Windows<'w>,
    columns: Columns,
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
        let name = self.windows.bases.get(at).map_or("", |base| base.name);
        Expr::Column(self.columns.rule.clone()).compare(Compare::Equals, Expr::text(name))
    }

    /// The time and the group.
    fn anchor(&self) -> Vec<Name> {
        std::iter::once(&self.columns.time).chain(&self.columns.groups).cloned().collect()
    }

    /// The match so many rows before, of the same group, lies in the window.
    fn enough(&self, mut matches: Pipe, enough: usize) -> Option<Pipe> {
        let back = i64::try_from(enough).ok()?.checked_sub(1)?;
        if back == 0 {
            return Some(matches);
        }
        let mut taken = self.columns.taken.clone();
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
        let helpers: Vec<Name> = others.iter().map(|(name, _)| name.clone()).collect();
        let sorted = groups.iter().chain([&self.columns.time]).cloned().collect();
        matches.steps.push(Step::Sort(sorted));
        matches.steps.push(Step::extend(std::iter::once(first).chain(others)));
        matches.steps.push(Step::filter(condition));
        if !helpers.is_empty() {
            matches.steps.push(Step::Operator(Operator::ProjectAway(helpers)));
        }
        Some(matches)
    }

    /// Each time of a match with the matches of its window, and what is counted of them.
    fn window(&self, measure: &Measure) -> Option<Pipe> {
        let Columns { time, groups, bin, at, rule, value, .. } = &self.columns;
        let binned = |of: &Name| Expr::Call(Function::Bin, vec![Expr::Column(of.clone()), self.span()]);
        let next = binned(time).arithmetic(Sign::Plus, self.span());
        let both = Expr::Call(Function::PackArray, vec![binned(time), next]);
        let mut right = Vec::new();
        if let Some(filter) = self.kept(measure) {
            right.push(Step::filter(filter));
        }
        right.push(Step::Expand { column: bin.clone(), value: both, ty: Scalar::DateTime });
        let mut kept = vec![(at.clone(), Some(Expr::Column(time.clone()))), (bin.clone(), None)];
        kept.extend(groups.iter().map(|group| (group.clone(), None)));
        if self.columns.tagged && matches!(measure, Measure::Presence(_) | Measure::Ordered(_)) {
            kept.push((rule.clone(), None));
        }
        if !self.windows.correlation.counted.is_empty() {
            kept.push((value.clone(), None));
        }
        right.push(Step::project(kept));
        let on = std::iter::once(bin).chain(groups).cloned().collect();
        let at = Expr::Column(at.clone());
        let inside = Expr::and([
            at.clone().compare(Compare::GreaterOrEqual, self.start()),
            at.compare(Compare::LessOrEqual, self.time()),
        ]);
        let (aggregates, then) = self.aggregates(measure)?;
        let mut steps = vec![
            Step::Distinct(self.anchor()),
            Step::extend([(bin.clone(), binned(time))]),
            Step::Join { right: Pipe::of(MATCHES, right), on },
            Step::filter(inside),
            Step::Summarize { columns: aggregates, by: self.anchor() },
        ];
        steps.extend(then);
        Some(Pipe::of(MATCHES, steps))
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
        let mut taken = self.columns.taken.clone();
        let mut fresh = |name: &str| unique(&mut taken, name);
        let value = || Expr::Column(self.columns.value.clone());
        let of = |name: &Name| Expr::Column(name.clone());
        let call = |function: Function| Expr::call(function, value());
        Some(match measure {
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
                    self.windows.bases.iter().map(|base| fresh(&identifier(base.name).0)).collect();
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
    fn steps(&self, matches: Pipe, rules: &[usize]) -> (Vec<(Name, Pipe)>, Pipe) {
        let mut taken = self.columns.taken.clone();
        let start = unique(&mut taken, "FirstTime");
        let groups = &self.columns.groups;
        let mut lets = vec![(Name::from(MATCHES), matches)];
        let mut last: Option<(Name, Name)> = None;
        for (place, rule) in rules.iter().enumerate() {
            let end = unique(&mut taken, &format!("_end{place}"));
            let part = Name(format!("Step{}", place + 1));
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
            lets.push((part.clone(), Pipe::of(MATCHES, steps)));
            last = Some((part, end));
        }
        let mut steps = vec![Step::Distinct(self.anchor())];
        if let Some(last) = &last {
            steps.extend(self.after(last, &start));
        }
        let latest = Expr::call(Function::Max, Expr::Column(start.clone()));
        steps.push(Step::Summarize { columns: vec![(start, latest)], by: self.anchor() });
        (lets, Pipe::of(MATCHES, steps))
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
