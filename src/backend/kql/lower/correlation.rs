//! Lowers a correlation: the matches of its rules under one name, and the window of each as a join with themselves.
//!
//! A window is the closed interval that ends at a match, so that every time of a match is joined with the matches of its
//! group that lie in it. The join goes by bins of the window's length, of which a match is in two.
//! Where it is enough that so many matches lie in a window, the match that many rows before is looked at instead; and a
//! sequence of three or more is built step by step, each with the latest start that leads to it.

mod window;

use std::collections::BTreeSet;

use self::window::Builder;
use super::super::Kql;
use super::super::ast::{Compare, Expr, Function, Name, Operator, Watchlist};
use super::super::script::{Pipe, Scalar, Script, Source, Step};
use super::array::guarded;
use super::place::{Held, RowValue};
use super::{Context, ITEM, Inside, Lowerer, identifier, table};
use crate::backend::correlation::{
    Counted, Firings, Key, Matches, Windows, note_stored, opened, refuse_several,
};
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{Frame, Lower as _, Stored};
use crate::backend::{Direction, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::correlation::{Measure, Transform};
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
    /// What distinguishes a record from others.
    record: Name,
    /// What the rules ask to be shown of a match, as texts; empty where nothing is shown.
    details: Vec<Name>,
    /// Whether the matches say which rule they are of.
    tagged: bool,
    taken: BTreeSet<String>,
}

/// The parts of a query, each under a name of its own.
#[derive(Default)]
struct Parts {
    lists: Vec<Watchlist>,
    lets: Vec<(Name, Pipe)>,
    taken: BTreeSet<String>,
    /// Whether what the rules ask to be shown is shown: not in what another correlation counts.
    detailed: bool,
}

impl Parts {
    fn name(&mut self, name: &str) -> Name {
        unique(&mut self.taken, name)
    }
}

/// Where and when a correlation fires.
struct Fired {
    rows: Pipe,
    /// The columns of its groups.
    groups: Vec<Name>,
    /// The time and the groups.
    anchor: Vec<Name>,
    /// The columns of what the rules ask to be shown.
    details: Vec<Name>,
    /// Whether each group and time is there once.
    once: bool,
}

/// Lowers a correlation, with what its rules ask to be shown where `detailed`.
pub(in super::super) fn lower(
    kql: Kql,
    windows: &Windows<'_>,
    detailed: bool,
    ledger: &mut Ledger,
) -> Option<Script> {
    let mut parts = Parts { detailed, ..Parts::default() };
    let fired = fired(kql, windows, "", &mut parts, ledger)?;
    let Parts { lists, lets, .. } = parts;
    let details = |column: &str| fired.details.iter().any(|name| name.0 == column);
    windows.show(fired.groups.iter().map(|name| name.0.as_str()), details, ledger);
    let reads = |base: &Matches<'_>| {
        Frame::reads(&[(base.frame, super::super::read_by(base).into_iter().collect())], "kql")
    };
    Some(Script { comments: windows.heading(reads), lists, lets, body: fired.rows })
}

/// Where and when it fires; the names of its parts begin with `prefix`. The chain of correlations is no longer than
/// `link` allows, so the recursion is bounded.
fn fired(
    kql: Kql,
    windows: &Windows<'_>,
    prefix: &str,
    parts: &mut Parts,
    ledger: &mut Ledger,
) -> Option<Fired> {
    let mut columns = Columns::new(kql, windows);
    let detailed = std::mem::take(&mut parts.detailed);
    let bases: Vec<Option<Pipe>> = windows
        .bases
        .iter()
        .map(|base| match base {
            Counted::Rule(base) => {
                matches(kql, base, windows, (&mut columns, detailed), &mut parts.lists, ledger)
            }
            Counted::Correlation(base) => firings(kql, base, windows, &columns, parts, ledger),
        })
        .collect();
    let mut bases: Vec<Pipe> = bases.into_iter().collect::<Option<_>>()?;
    let mut matches = if bases.len() == 1 {
        bases.pop()?
    } else {
        Pipe { source: Source::Union(bases), steps: Vec::new() }
    };
    let (groups, mut once) = (columns.groups.clone(), true);
    let builder = Builder { windows, columns, matches: parts.name(&format!("{prefix}Matches")) };
    let looks_back = windows.enough().is_some() || windows.correlation.measure == Measure::FirstSeen;
    // Where the matches are read more than once, they have a name.
    if !looks_back || builder.is_detailed() {
        let named = Pipe::of(builder.matches.0.clone(), Vec::new());
        parts.lets.push((builder.matches.clone(), std::mem::replace(&mut matches, named)));
    }
    let mut rows = match (&windows.correlation.measure, windows.enough()) {
        (_, Some(enough)) => {
            once = false;
            builder.enough(matches, enough)?
        }
        (Measure::FirstSeen, None) => builder.first_seen(matches),
        (Measure::Ordered(rules), None) if rules.len() > 2 => {
            windows.note_places(rules, ledger);
            builder.steps(rules, prefix, parts)
        }
        (measure, None) => {
            if let Measure::Ordered(rules) = measure {
                windows.note_places(rules, ledger);
            }
            builder.window(measure)?
        }
    };
    if builder.is_detailed() {
        let details = builder.details(&rows);
        rows.steps.extend(details);
    }
    let anchor = builder.anchor();
    Some(Fired { rows, groups, anchor, details: builder.columns.details, once })
}

/// What a correlation gives to another one: a row for each group and time at which it fires.
fn firings(
    kql: Kql,
    base: &Firings<'_>,
    windows: &Windows<'_>,
    columns: &Columns,
    parts: &mut Parts,
    ledger: &mut Ledger,
) -> Option<Pipe> {
    let prefix = format!("{}_", identifier(base.name).0);
    let Fired { mut rows, groups, anchor, once, .. } = fired(kql, &base.windows, &prefix, parts, ledger)?;
    if !once {
        rows.steps.push(Step::Distinct(anchor));
    }
    let group = |at: &usize| groups.get(*at).cloned().map(Expr::Column);
    let mut shown = vec![(columns.time.clone(), None)];
    if columns.tagged {
        shown.push((columns.rule.clone(), Some(Expr::text(base.name))));
    }
    let values = base.groups.iter().map(group).collect::<Option<Vec<_>>>()?;
    let values = if values.is_empty() { vec![Expr::Integer(0)] } else { values };
    shown.extend(columns.groups.iter().cloned().zip(values.into_iter().map(Some)));
    let mut counted = base.counted.iter().map(group).collect::<Option<Vec<_>>>()?;
    if !counted.is_empty() {
        let value = if matches!(windows.correlation.measure, Measure::ValueCount) {
            joined(counted)?
        } else {
            windows.note_rounding(ledger);
            Expr::call(Function::ToReal, counted.pop()?)
        };
        shown.push((columns.value.clone(), Some(value)));
    }
    rows.steps.push(Step::Operator(Operator::Project(without_own(shown))));
    Some(rows)
}

/// Columns, without values that only repeat their names.
fn without_own(shown: Vec<(Name, Option<Expr>)>) -> Vec<(Name, Option<Expr>)> {
    let each = shown.into_iter().map(|(name, value)| {
        let own = value == Some(Expr::Column(name.clone()));
        (name, value.filter(|_| !own))
    });
    each.collect()
}

/// One value, or several as one; the empty text where one is missing.
fn joined(mut values: Vec<Expr>) -> Option<Expr> {
    if values.len() < 2 {
        return values.pop();
    }
    let whole = Expr::and(values.iter().map(|value| Expr::call(Function::IsNotEmpty, value.clone())));
    let all = Expr::call(Function::ToString, Expr::Call(Function::PackArray, values));
    Some(Expr::Call(Function::Iff, vec![whole, all, Expr::text("")]))
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
        let [rule, value, bin, at, record] = ["Rule", "_value", "_bin", "_at", "_record"].map(fresh);
        let tagged = windows.bases.len() > 1 || matches!(windows.correlation.measure, Measure::Presence(_));
        let details = Vec::new();
        Self { time: Name::from(kql.time), rule, value, groups, bin, at, record, details, tagged, taken }
    }
}

impl Columns {
    /// One row of each record, of those that the log repeats.
    fn once(&self, counted: bool, details: &[Name]) -> [Step; 2] {
        let columns = std::iter::once(&self.time)
            .chain(self.tagged.then_some(&self.rule))
            .chain(&self.groups)
            .chain(counted.then_some(&self.value))
            .chain([&self.record]);
        let columns: Vec<Name> = columns.cloned().collect();
        let one = if details.is_empty() {
            Step::Distinct(columns)
        } else {
            // Repeats of a record show the same.
            let any = |name: &Name| Expr::call(Function::TakeAny, Expr::Column(name.clone()));
            let shown = details.iter().map(|name| (name.clone(), any(name)));
            Step::Summarize { columns: shown.collect(), by: columns }
        };
        [one, Step::Operator(Operator::ProjectAway(vec![self.record.clone()]))]
    }

    /// What a rule asks to be shown as columns of texts, without what the correlation's own columns show; `projected` are
    /// both. Each column has the name that the query of the rule gives it, where the correlation has not taken it.
    fn texts(
        &mut self,
        own: &[Name],
        projected: Vec<(Name, Option<Expr>)>,
        is_text: impl Fn(&Name) -> bool,
    ) -> (Vec<(Name, Option<Expr>)>, Vec<Name>) {
        let (mut columns, details): (Vec<_>, Vec<_>) =
            projected.into_iter().partition(|(name, _)| own.contains(name));
        let mut names = Vec::new();
        for (column, value) in details {
            let value = match value {
                None if is_text(&column) => Expr::Column(column.clone()),
                Some(value @ Expr::Call(Function::ToString, _)) => value,
                value => {
                    Expr::call(Function::ToString, value.unwrap_or_else(|| Expr::Column(column.clone())))
                }
            };
            let shows = |(name, shown): &(Name, Option<Expr>)| {
                shown.as_ref() == Some(&value) && (self.groups.contains(name) || names.contains(name))
            };
            if columns.iter().any(shows) {
                continue;
            }
            let mut taken = self.taken.clone();
            let name = if self.taken.contains(&column.0) { unique(&mut taken, &column.0) } else { column };
            columns.push((name.clone(), Some(value)));
            names.push(name);
        }
        for name in &names {
            if !self.details.contains(name) {
                self.details.push(name.clone());
            }
        }
        (without_own(columns), names)
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
    (columns, detailed): (&mut Columns, bool),
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
        let (column, value, opening) = lowerer.values(&columns.value, &base.counted, windows)?;
        shown.push((column, Some(value)));
        steps.extend(opening);
    }
    if let Some(record) = base.record {
        let value = lowerer.place(&record.path, record, &Context::default())?.text();
        shown.push((columns.record.clone(), Some(value)));
    }
    conjuncts.extend(tests?);
    let condition = Expr::and(conjuncts);
    if condition == Expr::Boolean(false) {
        return base.frame.never(lowerer.ledger);
    }
    for list in std::mem::take(&mut lowerer.lists) {
        if !lists.contains(&list) {
            lists.push(list);
        }
    }
    let own: Vec<Name> = shown.iter().map(|(name, _)| name.clone()).collect();
    let mut projection = if detailed { lowerer.details(kql) } else { Vec::new() };
    projection.retain(|(name, _)| !own.contains(name));
    projection.extend(without_own(shown));
    let mut operators = lowerer.arrange(condition, projection);
    let mut details = Vec::new();
    if let Some(Operator::Project(projected)) = operators.last_mut() {
        let is_text = |name: &Name| lowerer.is_text(name);
        (*projected, details) = columns.texts(&own, std::mem::take(projected), is_text);
    }
    if base.record.is_some() {
        steps.extend(columns.once(!base.counted.is_empty(), &details));
    }
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

    /// What the rule asks to be shown, without its time and what the platform asks of every query.
    fn details(&mut self, kql: Kql) -> Vec<(Name, Option<Expr>)> {
        // What the table does not hold is said where the rule itself is compiled.
        let said = std::mem::take(self.ledger);
        let mut columns = self.projection(kql.time(self.frame));
        let shows = self.ledger.take_shows();
        *self.ledger = said;
        for shown in shows {
            self.ledger.show(shown);
        }
        let asked = self.frame.asked();
        columns.retain(|(name, value)| {
            value.is_some() || (name.0 != kql.time(self.frame) && !asked.contains(&name.0))
        });
        columns
    }

    /// Whether a column of the table is one of texts.
    fn is_text(&self, name: &Name) -> bool {
        self.frame.columns().any(|column| column.name == name.0 && column.ty == ColumnType::String)
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
        let (list, array, gather) = self.gathered(column, key)?;
        let steps = vec![
            gather,
            Step::Expand { column: column.clone(), value: Expr::Column(column.clone()), ty: Scalar::Text },
            Step::filter(Expr::call(Function::IsNotEmpty, Expr::Column(column.clone()))),
            Step::Operator(Operator::ProjectAway(vec![list.clone()])),
        ];
        Some((list, array, steps))
    }

    /// The column that an array is projected to, the array, and the operator that gathers the different values of a field
    /// of its elements.
    fn gathered(&mut self, column: &Name, key: Key<'_>) -> Option<(Name, Expr, Step)> {
        let field = key.field;
        let Some((before, chosen, after)) = opened(&field.path) else {
            let message = format!("KQL cannot take `{}` apart, which lies in several arrays", field.text);
            let finding = Diagnostic::new(&shared::ARRAY_STATEMENT, field.span, message);
            return self.ledger.refuse(finding.help("name a field of one array"));
        };
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
        let gather = Step::Gather {
            item,
            array: guarded(&Expr::Column(list.clone())),
            condition: Expr::and(chosen.into_iter().chain([there])),
            column: column.clone(),
            value: transformed(value.text(), key.transforms),
        };
        Some((list, array.expr, gather))
    }

    /// The column that a counted value is projected to, the value, and the operators that give a row for each of the
    /// different values where they lie in an array; the empty text stands for none.
    fn values(
        &mut self,
        column: &Name,
        counted: &[Key<'_>],
        windows: &Windows<'_>,
    ) -> Option<(Name, Expr, Vec<Step>)> {
        if let ([key], Measure::ValueCount) = (counted, &windows.correlation.measure)
            && !self.is_flat(&key.field.path, &Inside::Event)
        {
            self.note_empty_group(key.field, windows);
            let (list, array, gather) = self.gathered(column, *key)?;
            let found = || Expr::Column(column.clone());
            let some = Expr::call(Function::ArrayLength, found()).compare(Compare::Greater, Expr::Integer(0));
            let none = Expr::Call(Function::PackArray, vec![Expr::text("")]);
            let value = Expr::Call(Function::Iff, vec![some, found(), none]);
            let steps = vec![
                gather,
                Step::Expand { column: column.clone(), value, ty: Scalar::Text },
                Step::Operator(Operator::ProjectAway(vec![list.clone()])),
            ];
            return Some((list, array, steps));
        }
        let value = self.counted(counted, windows)?;
        Some((column.clone(), value, Vec::new()))
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
            // A column that holds no texts has no empty one.
            if matches!(
                place.kind,
                Held::Column(ColumnType::String | ColumnType::Dynamic) | Held::Dynamic | Held::Unknown
            ) {
                self.note_empty_group(field, windows);
            }
            values.push(transformed(place.text(), key.transforms));
        }
        joined(values)
    }

    /// Notes a value whose empty text counts as none, where it can be one: numbers and booleans cannot.
    fn note_empty_group(&mut self, field: &FieldUse, windows: &Windows<'_>) {
        if field.never_empty || matches!(field.ty, Type::Integer | Type::Number | Type::Boolean) {
            return;
        }
        let direction = windows.direction(Direction::Narrower);
        let message = format!(
            "{} groups of events whose `{}` is empty: they are not counted",
            direction.effect(),
            field.text
        );
        self.ledger.note(&shared::MISSING_OR_EMPTY, Polarity::Positive, direction, field.span, message);
    }
}

fn number(place: &RowValue, function: Function) -> Expr {
    match place.kind {
        Held::Column(ColumnType::Integer | ColumnType::Real) => place.expr.clone(),
        _ => Expr::call(function, place.expr.clone()),
    }
}

fn transformed(value: Expr, transforms: &[Transform]) -> Expr {
    transforms.iter().fold(value, |value, Transform::RemovePrefix(prefix)| {
        let start = Expr::text(format!("^{}", crate::ir::pattern::escape(prefix)));
        Expr::Call(Function::ReplaceRegex, vec![value, start, Expr::text("")])
    })
}
