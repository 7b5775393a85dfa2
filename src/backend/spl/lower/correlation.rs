//! Lowers a correlation: the searches of its rules together, and the window of each match by running statistics.
//!
//! `stats` first makes one row of the matches with one time and group. The rows of a transforming command are not bound by
//! the 10,000 events that `streamstats` looks at otherwise ("streamstats", Description), and matches with one and the same
//! time see each other whatever their order.
//! What a window sums is a running sum in which each row comes once with its value and once more, after the window's length,
//! to take it away again; the row that takes away is behind those of its time, so that the window is closed.
//! Nothing compares with NULL: times that are not there yet are 0.

mod window;

use std::collections::HashMap;

use self::window::Builder;
use super::{Inside, Lowering, literal};
use crate::backend::correlation::{
    Counted, Firings, Key, Matches, Windows, note_stored, opened, refuse, refuse_several,
};
use crate::backend::fidelity::Ledger;
use crate::backend::spl::ast::{Command, Expr, Function, Name, Operator, Query, Text};
use crate::backend::spl::pipeline::{Aggregate, Pipeline, Step};
use crate::backend::{Direction, codes as shared};
use crate::ir::correlation::{Measure, Transform};
use crate::ir::{Polarity, pattern};
use crate::schema::{Base, Path, Step as PathStep, Type};

/// The largest window of rows that `streamstats` has (`max_stream_window` of limits.conf).
const MOST_ROWS: usize = 10_000;

/// The rows at which a correlation fires, with its groups in helper fields.
struct Fired {
    searches: Vec<Query>,
    steps: Vec<Step>,
    groups: Vec<Name>,
    /// Whether each group and time is there once.
    once: bool,
}

/// Lowers a correlation.
pub(in super::super) fn lower(windows: &Windows<'_>, ledger: &mut Ledger) -> Option<Pipeline> {
    let mut details = Vec::new();
    let Fired { searches, mut steps, groups, .. } = fired(windows, 0, Some(&mut details), ledger)?;
    let builder = Builder { windows, groups, details };
    builder.shown(&mut steps)?;
    let groups = windows.correlation.groups.iter().map(|group| group.name.value.as_str());
    windows.show(groups, |column| builder.details.iter().any(|name| name.as_str() == column), ledger);
    let reads = |base: &Matches<'_>| {
        super::routes::reads(
            &[(base.frame, super::routes::source_types(base.frame, base.options))],
            base.options,
        )
    };
    Some(Pipeline::new(windows.heading(reads), searches, steps))
}

/// Where and when it fires; its groups are in helper fields from the number `first` on. What its rules ask to be shown is
/// in further helper fields, where somebody takes their names. The chain of correlations is no longer than `link` allows,
/// so the recursion is bounded.
fn fired(
    windows: &Windows<'_>,
    first: usize,
    mut details: Option<&mut Vec<Name>>,
    ledger: &mut Ledger,
) -> Option<Fired> {
    let groups: Vec<Name> =
        (0..windows.correlation.groups.len()).map(|at| Name::helper('k', first + at)).collect();
    let (mut searches, mut steps, mut inner, mut whole) = (Vec::new(), Vec::new(), Vec::new(), true);
    for (at, base) in windows.bases.iter().enumerate() {
        match base {
            Counted::Rule(base) => match matches(at, base, windows, &groups, ledger) {
                Some((search, opening, shown)) => {
                    searches.push(search);
                    if let Some(details) = &mut details {
                        let shown = shown.into_iter().filter(|name| !is_group(windows, name));
                        let new: Vec<Name> = shown.filter(|name| !details.contains(name)).collect();
                        details.extend(new);
                    }
                    // What opens the arrays of a group is behind all searches; a single value stays one row.
                    let new = opening.into_iter().filter(|step| !steps.contains(step));
                    let new: Vec<Step> = new.collect();
                    steps.extend(new);
                }
                None => whole = false,
            },
            Counted::Correlation(base) => match firings(at, base, windows, &groups, first, ledger) {
                Some(found) => inner.push((base, found)),
                None => whole = false,
            },
        }
    }
    if !whole {
        return None;
    }
    let repeats = |base: &Counted<'_>| matches!(base, Counted::Rule(base) if base.record.is_some());
    if windows.bases.iter().any(repeats) {
        let rule = tells_rules(windows).then(rule);
        let all = [Name::time()].into_iter().chain(rule).chain(groups.iter().cloned()).chain([record()]);
        steps.push(Step::Dedup(all.collect()));
    }
    for (base, found) in inner {
        if searches.is_empty() {
            (searches, steps) = (found.searches, found.steps);
        } else {
            let message = format!(
                "`append` gives at most 50,000 rows of `{}`, and ends after a minute with those that it has",
                base.name
            );
            let direction = windows.direction(Direction::Narrower);
            ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, base.span, message);
            steps.push(Step::Append(Box::new(Pipeline::new(Vec::new(), found.searches, found.steps))));
        }
    }
    let details = details.map_or_else(Vec::new, |details| details.clone());
    let builder = Builder { windows, groups: groups.clone(), details };
    let mut once = true;
    builder.gathered(&mut steps);
    match (&windows.correlation.measure, windows.enough()) {
        (_, Some(enough)) if enough <= MOST_ROWS => {
            once = false;
            builder.enough(enough, &mut steps)?;
        }
        (Measure::EventCount | Measure::Ordered(_), Some(enough)) => builder.counted(enough, &mut steps)?,
        (measure, _) => {
            once = !matches!(measure, Measure::Percentile(_) | Measure::Median);
            builder.window(measure, &mut steps, ledger)?;
        }
    }
    Some(Fired { searches, steps, groups, once })
}

/// What a correlation gives to another one: a row for each group and time at which it fires.
fn firings(
    at: usize,
    base: &Firings<'_>,
    windows: &Windows<'_>,
    groups: &[Name],
    first: usize,
    ledger: &mut Ledger,
) -> Option<Fired> {
    let mut found = fired(&base.windows, first + groups.len(), None, ledger)?;
    if !found.once {
        let by = found.groups.iter().cloned().chain([Name::time()]).collect();
        found.steps.push(Step::Stats(vec![Aggregate::count(Name::helper('c', 0))], by));
    }
    let of = |at: &usize| found.groups.get(*at).cloned().map(Expr::Field);
    let mut values: Vec<(Name, Expr)> = Vec::new();
    for (name, at) in groups.iter().zip(&base.groups) {
        values.push((name.clone(), of(at)?));
    }
    if tells_rules(windows) {
        values.push((rule(), Expr::int(i64::try_from(at).ok()?)));
    }
    let counted = base.counted.iter().map(of).collect::<Option<Vec<_>>>()?;
    match (counted.first(), &windows.correlation.measure) {
        (None, _) => {}
        (Some(_), Measure::ValueCount) => values.push((value(), tagged(counted)?)),
        (Some(only), measure) => {
            windows.note_rounding(ledger);
            values.extend(numbers(only.clone(), measure));
        }
    }
    if !values.is_empty() {
        found.steps.push(Step::Command(Command::Eval(values)));
    }
    Some(found)
}

/// Whether some rule takes the values of a group from the elements of an array in the event: it chooses one of them, or
/// no extracted field is sure to hold them all.
fn is_chosen(windows: &Windows<'_>, at: usize) -> bool {
    let chooses =
        |key: &Key<'_>| key.field.path.steps.iter().any(|step| matches!(step, PathStep::Select { .. }));
    windows.bases.iter().any(|base| match base {
        Counted::Rule(base) => {
            base.groups.get(at).is_some_and(|key| chooses(key) || (base.frame.is_cut() && !key.is_scalar()))
        }
        Counted::Correlation(_) => false,
    })
}

/// Whether the matches say which rule they are of.
fn tells_rules(windows: &Windows<'_>) -> bool {
    windows.bases.len() > 1 || matches!(windows.correlation.measure, Measure::Presence(_))
}

/// Whether a field has the name of a group, which is shown in its place.
fn is_group(windows: &Windows<'_>, field: &Name) -> bool {
    windows.correlation.groups.iter().any(|group| group.name.value == field.as_str())
}

/// The search of one rule, with its group and what is counted in helper fields, the commands that give a row for each
/// value of a group that lies in an array, and the fields that the rule asks to be shown.
fn matches(
    at: usize,
    base: &Matches<'_>,
    windows: &Windows<'_>,
    groups: &[Name],
    ledger: &mut Ledger,
) -> Option<(Query, Vec<Step>, Vec<Name>)> {
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
    for (at, (name, key)) in groups.iter().zip(&base.groups).enumerate() {
        match lowering.group(at, name, *key, windows, &mut opening) {
            Some(group) => values.extend(group),
            None => whole = false,
        }
    }
    if tells_rules(windows) {
        values.push((rule(), Expr::int(i64::try_from(at).ok()?)));
    }
    if !base.counted.is_empty() {
        match lowering.counted(&base.counted, windows, &mut opening) {
            Some(counted) => values.extend(counted),
            None => whole = false,
        }
    }
    if let Some(field) = base.record {
        let found = lowering.place(field, &Inside::default(), Polarity::Positive);
        match found.and_then(|found| found.exact()) {
            Some(value) => values.push((record(), value)),
            None => whole = false,
        }
    }
    let mut query = lowering.query(&base.formula, base.options)?;
    if !whole {
        return None;
    }
    query.comments.clear();
    let mut shown = Vec::new();
    for table in query.commands.extract_if(.., |command| matches!(command, Command::Table(_))) {
        let Command::Table(columns) = table else { continue };
        shown.extend(columns.into_iter().filter(|name| *name != Name::time()));
    }
    if !shown.is_empty() && windows.shows_counted() {
        let counted = base.counted.iter().flat_map(|key| lowering.shown(&key.field.path));
        shown.extend(counted.filter_map(|name| Name::new(&name)));
    }
    // Of the members of an object each would have a name of its own.
    shown.retain(|name| !name.as_str().contains('*'));
    // A group is shown under the name of its field, which Splunk may store under another one.
    let named = windows.correlation.groups.iter().zip(&base.groups);
    let named = named.filter(|(group, key)| key.field.path.name() == group.name.value);
    let grouped: Vec<String> = named.flat_map(|(_, key)| lowering.shown(&key.field.path)).collect();
    shown.retain(|name| !grouped.iter().any(|grouped| grouped == name.as_str()));
    if !values.is_empty() {
        query.commands.push(Command::Eval(values));
    }
    Some((query, opening, shown))
}

/// Which rule a match is of.
fn rule() -> Name {
    Name::helper('r', 0)
}

/// What distinguishes a record from others, in a log that repeats its records.
fn record() -> Name {
    Name::helper('j', 0)
}

/// The value that is counted; for numbers 0 where there is none.
fn value() -> Name {
    Name::helper('v', 0)
}

/// Whether there is a number.
fn there() -> Name {
    Name::helper('w', 0)
}

impl Lowering<'_> {
    /// The assignments that give the value of a group.
    fn group(
        &mut self,
        at: usize,
        name: &Name,
        key: Key<'_>,
        windows: &Windows<'_>,
        opening: &mut Vec<Step>,
    ) -> Option<Vec<(Name, Expr)>> {
        let field = key.field;
        let one = |value: Expr| vec![(name.clone(), value)];
        if windows.bases.len() > 1 && is_chosen(windows, at) {
            // Behind all searches are the commands that take the sign off again.
            let none = Expr::binary(Expr::Field(name.clone()), Operator::NotEqual, literal("-"));
            let rest = Expr::call(Function::Substr, [Expr::Field(name.clone()), Expr::int(2)]);
            opening.extend([
                Step::Expand(name.clone()),
                Step::Command(Command::Where(none)),
                Step::Command(Command::Eval(vec![(name.clone(), rest)])),
            ]);
            let values = if key.is_scalar() {
                let found = self.place(field, &Inside::default(), Polarity::Positive)?;
                tagged(vec![transformed(found.value()?, key.transforms)?])?
            } else {
                Expr::call(Function::Mvdedup, [self.list(key)?])
            };
            return Some(one(values));
        }
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
                format!("SPL cannot take the elements of `{}` apart for one rule of several", field.text);
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

    /// The values of a field that lies in one array, each behind a sign; `-` for an element without one, and where there
    /// is not an element.
    fn list(&mut self, key: Key<'_>) -> Option<Expr> {
        let field = key.field;
        let Some((before, chosen, after)) = opened(&field.path) else {
            let message = format!("SPL cannot take `{}` apart, which lies in several arrays", field.text);
            return refuse(self.ledger, field.span, message, "name a field of one array");
        };
        let elements = Path { base: Base::Event, steps: before.to_vec() };
        let (_, own) = self.located(&elements, &field.text, field.span)?;
        let source = self.json(&own)?;
        let elements = self.stage('e', Expr::call(Function::JsonArrayToMv, [source]));
        let value = self.dig(Expr::Field(elements.clone()), after)?;
        let mut tests = vec![Expr::call(Function::Isnotnull, [value.clone()])];
        if let Some((by, key)) = chosen {
            let found = self.dig(Expr::Field(elements.clone()), &[PathStep::Key(by.into())])?;
            let test = Expr::binary(found, Operator::Equal, Expr::Text(Text::new(key)?));
            tests.insert(0, Expr::surely(test));
        }
        let some = Expr::binary(literal("="), Operator::Concat, transformed(value, key.transforms)?);
        let each = Expr::call(Function::If, [Expr::all(tests)?, some, literal("-")]);
        let all = Expr::call(Function::Mvmap, [Expr::Field(elements), each]);
        Some(Expr::call(Function::Coalesce, [all, literal("-")]))
    }

    /// What is counted of a match, in helper fields.
    fn counted(
        &mut self,
        counted: &[Key<'_>],
        windows: &Windows<'_>,
        opening: &mut Vec<Step>,
    ) -> Option<Vec<(Name, Expr)>> {
        if let ([key], Measure::ValueCount) = (counted, &windows.correlation.measure)
            && !key.is_scalar()
        {
            let values = self.list(*key)?;
            opening.push(Step::Expand(value()));
            return Some(vec![(value(), values)]);
        }
        let mut values = Vec::new();
        for key in counted {
            let field = key.field;
            if !key.is_scalar() {
                return refuse_several(self.ledger, "SPL", field);
            }
            let found = self.place(field, &Inside::default(), Polarity::Positive)?;
            if !matches!(windows.correlation.measure, Measure::ValueCount) {
                self.note_rounding(key);
                return Some(numbers(found.exact()?, &windows.correlation.measure));
            }
            values.push(transformed(found.exact()?, key.transforms)?);
        }
        Some(vec![(value(), tagged(values)?)])
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

/// One value, or several as one, behind a sign that no absence has: `-` where one is missing.
fn tagged(mut values: Vec<Expr>) -> Option<Expr> {
    let tests = values.iter().map(|value| Expr::call(Function::Isnotnull, [value.clone()]));
    let test = Expr::all(tests.collect::<Vec<_>>())?;
    let all = if values.len() == 1 { values.pop()? } else { Expr::call(Function::JsonArray, values) };
    let some = Expr::binary(literal("="), Operator::Concat, all);
    Some(Expr::call(Function::If, [test, some, literal("-")]))
}

/// A number, and whether there is one.
fn numbers(text: Expr, measure: &Measure) -> Vec<(Name, Expr)> {
    let number = Expr::call(Function::Tonumber, [text]);
    if matches!(measure, Measure::Percentile(_) | Measure::Median) {
        return vec![(value(), number)];
    }
    let is_there = Expr::call(Function::Isnotnull, [number.clone()]);
    let or_zero = Expr::call(Function::If, [is_there.clone(), number, Expr::int(0)]);
    let flag = Expr::call(Function::If, [is_there, Expr::int(1), Expr::int(0)]);
    vec![(value(), or_zero), (there(), flag)]
}

fn transformed(value: Expr, transforms: &[Transform]) -> Option<Expr> {
    transforms.iter().try_fold(value, |value, Transform::RemovePrefix(prefix)| {
        let start = Text::new(format!("^{}", pattern::escape(prefix)))?;
        Some(Expr::call(Function::Replace, [value, Expr::Text(start), literal("")]))
    })
}
