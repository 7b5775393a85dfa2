//! Lowers a correlation: sessions take the place of windows.
//!
//! `sessionize` ("sessionize") parts the matches of a group where a gap is longer than `maxspan`. A window has no longer gap
//! than its own length, so that none is cut when the gap is longer than that; but a session goes on for as long as matches
//! follow each other, and holds more than one window.
//! Several rules are one search: a mark says of each event which of them it matches, and the marks of a session are summed.
//! A sequence asks of a session that each rule comes at the earliest no later than each rule behind it at the latest: no
//! sequence goes without that.
//! Groups that lie in an array give the event a row for each element that has one.
//! What the rules ask to be shown is that of the first and of the last event of a session: no function gathers all.

use std::collections::BTreeSet;

use super::super::MAX_CHARS;
use super::super::ast::{
    Aggregate, Column, Command, Decimal, Expr, Function, Literal, Name, Operator, Pattern, Query, Segment,
    Statistic, Unit, Value,
};
use super::super::{codes, print::print};
use super::{At, Lowering, numbered, place};
use crate::backend::correlation::{Counted, Key, Matches, Windows, note_repeats, opened, refuse};
use crate::backend::fidelity::Ledger;
use crate::backend::frame::Lower as _;
use crate::backend::{Direction, codes as shared, loose};
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold, Transform};
use crate::ir::{Formula, Leaf, Polarity, Subject, pattern};
use crate::schema::{Base, Path, Step};

/// A time in milliseconds that is later than every other: the year 2286.
const LATEST: i128 = 9_999_999_999_999;

/// The most bytes of the conditions of rules: what a query may have, without what else is in it.
const MOST_CONDITIONS: usize = 8_000;

/// Lowers a correlation; with `parsed` the service discovers no fields in the log groups.
pub(in super::super) fn lower(windows: &Windows<'_>, parsed: bool, ledger: &mut Ledger) -> Option<Query> {
    let bases = rules(windows, ledger)?;
    let (head, base) = (windows.head(), *bases.first()?);
    if windows.correlation.groups.is_empty() {
        let message = "a session of CloudWatch Logs Insights belongs to a group, and there is no `group-by`";
        return refuse(ledger, head, message, "name the fields that make a group under `group-by`");
    }
    let first_seen = matches!(windows.correlation.measure, Measure::FirstSeen);
    let message = if first_seen {
        "the query shows the first match of each group in its time range, whatever came before: search the window more than \
         you alert on, and take the groups whose first match lies in the latter"
            .to_owned()
    } else {
        let (span, unit) = gap(windows.correlation.span);
        format!(
            "a session holds the matches that follow each other without a gap longer than {span}{}, and so more than one \
             window",
            unit.spelling()
        )
    };
    let direction = windows.direction(Direction::Wider);
    ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, head, message);
    // `dedup` has nothing behind it but `limit` ("dedup").
    for rule in &bases {
        if let Some(field) = rule.record {
            note_repeats(ledger, field, rule.span);
        }
    }
    let mut lowering = Lowering::new(base.frame, parsed, ledger);
    let listed = lowering.spread(&bases)?;
    let mut behind = Vec::new();
    let mut commands = if bases.len() > 1 || listed.is_some() {
        let mut conditions = lowering.conditions(&bases)?;
        if bases.len() > 1 {
            behind.extend(marked(std::mem::take(&mut conditions))?);
        }
        if let Some(listed) = &listed {
            behind.extend(rows(&bases, listed)?);
        }
        behind.push(lowering.read(&bases, listed.as_ref(), windows)?);
        conditions.splice(0..0, lowering.fixed()?);
        lowering.commands(conditions)?
    } else {
        behind.push(lowering.read(&bases, None, windows)?);
        lowering.query(&base.formula)?
    };
    if !lowering.items.is_empty() || listed.is_some() {
        let message = "an event counts once for each element of its array that matches";
        let direction = windows.direction(Direction::Wider);
        lowering.ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, head, message);
    }
    let details = lowering.details(&bases);
    commands
        .retain(|command| !matches!(command, Command::Display(_) | Command::Dedup(_) | Command::Limit(_)));
    commands.extend(behind);
    commands.extend(if first_seen { firsts(windows)? } else { sessions(windows, ledger)? });
    let comments = windows.heading(|base| super::places(base.frame, base.options));
    let query = Query { comments, commands };
    let shown = detailed(query.clone(), &details);
    Some(if print(&shown).chars().count() > MAX_CHARS { query } else { shown })
}

/// The query, which shows fields of the first and of the last event of what it finds.
fn detailed(mut query: Query, details: &[Name]) -> Query {
    for command in &mut query.commands {
        let Command::Stats { aggregates, .. } = command else { continue };
        for name in details {
            let text = name.segments().iter().filter_map(|segment| match segment {
                Segment::Key(key) => (key != place::EVENT).then(|| key.clone()),
                Segment::Index(at) => Some(at.to_string()),
            });
            let text = text.collect::<Vec<_>>().join("_");
            let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
            let text: String = text.chars().map(plain).collect();
            let sides =
                [("first", Statistic::Earliest(name.clone())), ("last", Statistic::Latest(name.clone()))];
            for (side, statistic) in sides {
                let alias = Name::key(&format!("{side}_{text}"));
                let new = alias.filter(|alias| aggregates.iter().all(|known| known.alias != *alias));
                aggregates.extend(new.map(|alias| Aggregate { statistic, alias }));
            }
        }
    }
    query
}

/// The rules of a correlation, all of one log in one delivery.
fn rules<'w, 'a>(windows: &'w Windows<'a>, ledger: &mut Ledger) -> Option<Vec<&'w Matches<'a>>> {
    let mut found: Vec<&Matches<'_>> = Vec::new();
    for base in &windows.bases {
        let Counted::Rule(rule) = base else {
            let message = format!(
                "CloudWatch Logs Insights cannot count how often the correlation `{}` fires",
                base.name()
            );
            let instead =
                "schedule the query of that correlation and count its alerts, or compile for KQL or SPL";
            return refuse(ledger, base.span(), message, instead);
        };
        let log = |rule: &Matches<'_>| {
            (rule.frame.schema().map(|schema| schema.name.clone()), rule.frame.name().map(str::to_owned))
        };
        if let Some(first) = found.first()
            && log(first) != log(rule)
        {
            let message = format!("`{}` and `{}` are in different log groups", first.name, rule.name);
            let instead = "compile each rule, or compile the correlation for KQL or SPL";
            return refuse(ledger, rule.span, message, instead);
        }
        found.push(rule);
    }
    let alone = |one: usize| (0..one).all(|other| windows.exclusive(one, other));
    let counts = !matches!(windows.correlation.measure, Measure::Presence(_) | Measure::Ordered(_));
    if counts && !(0..found.len()).all(alone) {
        let message = "an event that matches several of the rules counts once";
        let direction = windows.direction(Direction::Narrower);
        ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, direction, windows.head(), message);
    }
    Some(found)
}

/// The array in which the groups or the counted values lie, and the name of its element.
struct Listed {
    array: Path,
    list: Name,
    item: Name,
}

/// An array, the member and the text that choose its elements, and the keys below one.
type InArray<'k> = (&'k [Step], Option<(&'k str, &'k str)>, Vec<&'k str>);

/// Where a name lies that is below one array and reached by plain keys from its elements: the array, which elements are
/// meant (those whose member is a text), and the keys.
fn in_array<'k>(key: &Key<'k>) -> Option<InArray<'k>> {
    let (array, chosen, rest) = opened(&key.field.path)?;
    let plain = rest.iter().map(|step| if let Step::Key(key) = step { Some(&**key) } else { None });
    Some((array, chosen, plain.collect::<Option<_>>()?))
}

/// A row for each element of the array that has the names of a rule that the event matches.
fn rows(bases: &[&Matches<'_>], listed: &Listed) -> Option<Vec<Command>> {
    let mut fits = Vec::new();
    for (at, base) in bases.iter().enumerate() {
        let mut parts = Vec::new();
        if bases.len() > 1 {
            parts.push(matched(at)?);
        }
        for (_, chosen, rest) in base.groups.iter().chain(&base.counted).filter_map(in_array) {
            if let Some((member, key)) = chosen {
                let member = Value::Field(listed.item.clone().member(member)?);
                parts.push(Expr::Compare(member, Operator::Equal, Value::Text(Literal::new(key)?)));
            }
            let name = rest.iter().try_fold(listed.item.clone(), |name, key| name.member(key))?;
            let present = super::present(name);
            if !parts.contains(&present) {
                parts.push(present);
            }
        }
        let part = Expr::and(parts)?;
        if !fits.contains(&part) {
            fits.push(part);
        }
    }
    let unnest = Command::Unnest { list: listed.list.clone(), item: listed.item.clone() };
    Some(vec![unnest, Command::Filter(Expr::or(fits)?)])
}

impl Lowering<'_> {
    /// The fields that the rules ask to be shown, without what a group shows.
    fn details(&self, bases: &[&Matches<'_>]) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for base in bases {
            let is_group = |path: &Path| {
                base.groups.iter().any(|key| key.transforms.is_empty() && key.field.path == *path)
            };
            let paths = base.frame.fields().iter().map(|field| &field.path);
            let asked = paths.filter(|path| {
                !is_group(path) && !self.frame.schema().is_some_and(|schema| place::is_object(schema, path))
            });
            for name in asked.filter_map(|path| self.shown(path)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// The condition of each rule: elements of arrays are tested one by one, since rows for those of one rule would be
    /// counted for the others; where that is too long for a query, their texts are looked for anywhere in the event.
    fn conditions(&mut self, bases: &[&Matches<'_>]) -> Option<Vec<Expr>> {
        let before = (self.prelude.clone(), self.aliases.len(), self.derived.len(), self.ledger.mark());
        let each: Option<Vec<Expr>> = bases.iter().map(|base| self.condition(&base.formula)).collect();
        let each = each?;
        let filters = each.iter().cloned().map(Command::Filter).collect();
        if print(&Query { comments: Vec::new(), commands: filters }).len() <= MOST_CONDITIONS {
            return Some(each);
        }
        self.prelude = before.0;
        self.aliases.truncate(before.1);
        self.derived.truncate(before.2);
        self.ledger.rewind(before.3);
        let loosened: Vec<Formula> = bases.iter().map(|base| self.loosened(&base.formula)).collect();
        loosened.iter().map(|formula| self.condition(formula)).collect()
    }

    fn condition(&mut self, formula: &Formula) -> Option<Expr> {
        let guarded = formula.leaves().any(|found| matches!(found.leaf, Leaf::Elem(_)));
        let parts = self.each(formula.conjuncts(), &At { guarded, ..At::default() })?;
        Expr::and(parts)
    }

    /// A formula that holds wherever this one does, without statements about elements but those under a negation.
    fn loosened(&mut self, formula: &Formula) -> Formula {
        let denies = |part: &Formula| {
            part.leaves()
                .any(|found| matches!(found.leaf, Leaf::Elem(_)) && found.polarity == Polarity::Negative)
        };
        let mut untested = Vec::new();
        let parts: Vec<Formula> = formula
            .conjuncts()
            .iter()
            .map(|part| {
                if denies(part) {
                    return part.clone();
                }
                part.clone().map(&mut |leaf| {
                    let Formula::Elem(element) = &leaf else { return leaf };
                    let found = loose::implied(&leaf, &Subject::Event, &|text| Some(text.to_owned()));
                    if matches!(found, Formula::True) {
                        untested.push((element.span, element.array.to_string()));
                    }
                    found
                })
            })
            .collect();
        for (span, array) in untested {
            let message = format!(
                "what the elements of `{array}` hold is not tested, which would take too long a query"
            );
            self.ledger.note(&codes::FIRST_ELEMENTS, Polarity::Positive, Direction::Wider, span, message);
        }
        Formula::and(parts).simplified()
    }

    /// The one array that the names of every rule reach into; `None` inside where none does.
    #[expect(clippy::option_option, reason = "refused, or no array, or the array")]
    fn spread(&mut self, bases: &[&Matches<'_>]) -> Option<Option<Listed>> {
        let lies = |key: &&Key<'_>| !key.is_scalar();
        let mut keys = bases.iter().flat_map(|base| base.groups.iter().chain(&base.counted)).filter(lies);
        let Some(first) = keys.next() else { return Some(None) };
        let array = in_array(first).map(|(array, ..)| array);
        let Some(array) = array else { return self.no_group(first) };
        if let Some(other) = keys.find(|key| in_array(key).is_none_or(|(other, ..)| other != array)) {
            return self.no_group(other);
        }
        // A row for each element would count what has its names elsewhere several times, or lose it.
        let without =
            bases.iter().find(|base| !base.groups.iter().chain(&base.counted).any(|key| lies(&key)));
        if let Some(without) = without {
            let message =
                format!("the names of `{}` lie in no array, and those of other rules do", without.name);
            return refuse(self.ledger, without.span, message, "compile for KQL or SPL");
        }
        let array = Path { base: Base::Event, steps: array.to_vec() };
        let list = self.tree(&array, &At::default(), first.field.span)?;
        Some(Some(Listed { array, list, item: Name::key("sigma_element")? }))
    }

    fn no_group<T>(&mut self, key: &Key<'_>) -> Option<T> {
        let message = format!("CloudWatch Logs Insights cannot group by or count `{}`", key.field.text);
        let instead = "take a field that has one value in each event, or the elements of one array";
        refuse(self.ledger, key.field.span, message, instead)
    }

    /// The command that names the values by which matches are grouped, those that are counted, and their times.
    fn read(
        &mut self,
        bases: &[&Matches<'_>],
        listed: Option<&Listed>,
        windows: &Windows<'_>,
    ) -> Option<Command> {
        let first = bases.first()?;
        if let Some(second) = first.counted.get(1) {
            let message = "CloudWatch Logs Insights counts the values of one field";
            return refuse(self.ledger, second.field.span, message, "name one field");
        }
        let mut columns = Vec::new();
        for at in 0..first.groups.len() {
            let keys: Vec<Key<'_>> = bases.iter().filter_map(|base| base.groups.get(at)).copied().collect();
            columns.push(Column { value: self.value(&keys, listed, windows)?, alias: Some(group(at)?) });
        }
        if !first.counted.is_empty() {
            let keys: Vec<Key<'_>> = bases.iter().filter_map(|base| base.counted.first()).copied().collect();
            columns.push(Column { value: self.value(&keys, listed, windows)?, alias: Some(value()?) });
        }
        if bases.len() > 1
            && let Measure::Ordered(rules) = &windows.correlation.measure
        {
            let (earlier, later) = sides(rules);
            for (name, rules, other) in [("sigma_from", earlier, LATEST), ("sigma_to", later, 0)] {
                for at in rules {
                    let time = Value::Call(Function::ToMillis, vec![Value::Field(Name::key("@timestamp")?)]);
                    let other = Value::Number(Decimal::integer(other));
                    let value = Value::If(Box::new(matched(at)?), Box::new(time), Box::new(other));
                    columns.push(Column { value, alias: Some(of(name, at)?) });
                }
            }
        }
        Some(Command::Fields(columns))
    }

    /// The value of a name: that of the rule that an event matches, where it differs between rules.
    fn value(&mut self, keys: &[Key<'_>], listed: Option<&Listed>, windows: &Windows<'_>) -> Option<Value> {
        let values: Vec<Option<Value>> = keys.iter().map(|key| self.single(*key, listed)).collect();
        let mut values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        let last = values.pop()?;
        if values.iter().all(|value| *value == last) {
            return Some(last);
        }
        let rules = 0..keys.len();
        if rules.clone().any(|one| (0..one).any(|other| !windows.exclusive(one, other))) {
            let field = keys.last()?.field;
            let message =
                "an event that matches several of the rules has several groups, and a session takes one";
            return refuse(self.ledger, field.span, message, "group by the same field for each rule");
        }
        values.into_iter().enumerate().rev().try_fold(last, |otherwise, (at, value)| {
            Some(Value::If(Box::new(matched(at)?), Box::new(value), Box::new(otherwise)))
        })
    }

    /// The value of a field that an event, or a row for an element, has once, without its prefix.
    fn single(&mut self, key: Key<'_>, listed: Option<&Listed>) -> Option<Value> {
        let source = match (key.is_scalar(), listed, in_array(&key)) {
            (true, ..) => self.source(key.field, &At::default())?.name,
            (false, Some(listed), Some((array, _, rest))) if array == listed.array.steps => {
                rest.iter().try_fold(listed.item.clone(), |name, key| name.member(key))?
            }
            _ => return self.no_group(&key),
        };
        let source = Value::Field(source);
        key.transforms.iter().try_fold(source, |value, Transform::RemovePrefix(prefix)| {
            let start = Pattern::new(&format!("^{}", pattern::escape(prefix)));
            let length = i128::try_from(prefix.chars().count()).ok()?;
            let rest = vec![value.clone(), Value::Number(Decimal::integer(length))];
            let rest = Value::Call(Function::Substr, rest);
            let begins = Expr::Matches(value.clone(), start);
            Some(Value::If(Box::new(begins), Box::new(rest), Box::new(value)))
        })
    }
}

/// The commands that mark which rules an event matches, and keep what matches some.
fn marked(conditions: Vec<Expr>) -> Option<Vec<Command>> {
    let number = |number| Box::new(Value::Number(Decimal::integer(number)));
    let mut columns = Vec::new();
    let mut some = Vec::new();
    for (at, condition) in conditions.into_iter().enumerate() {
        let value = Value::If(Box::new(condition), number(1), number(0));
        columns.push(Column { value, alias: Some(mark(at)?) });
        some.push(matched(at)?);
    }
    Some(vec![Command::Fields(columns), Command::Filter(Expr::or(some)?)])
}

fn group(at: usize) -> Option<Name> {
    of("sigma_group", at)
}

fn value() -> Option<Name> {
    Name::key("sigma_value")
}

/// Whether an event matches the rule at a place.
fn mark(at: usize) -> Option<Name> {
    of("sigma_rule", at)
}

fn of(name: &str, at: usize) -> Option<Name> {
    Name::key(&numbered(name, at))
}

fn matched(at: usize) -> Option<Expr> {
    Some(Expr::Compare(Value::Field(mark(at)?), Operator::Equal, Value::Number(Decimal::integer(1))))
}

fn at_least(name: Name, bound: usize) -> Option<Expr> {
    let bound = Decimal::integer(i128::try_from(bound).ok()?);
    Some(Expr::Compare(Value::Field(name), Operator::GreaterOrEqual, Value::Number(bound)))
}

/// The first match of each group, and how many there are.
fn firsts(windows: &Windows<'_>) -> Option<Vec<Command>> {
    let by: Vec<Name> = (0..windows.correlation.groups.len()).map(group).collect::<Option<_>>()?;
    let aggregates = vec![
        Aggregate { statistic: Statistic::Min(Name::key("@timestamp")?), alias: Name::key("sigma_first")? },
        Aggregate { statistic: Statistic::Count, alias: Name::key("sigma_count")? },
    ];
    Some(vec![Command::Stats { aggregates, by }, Command::Limit(super::ROWS)])
}

/// The sessions of each group, what is counted of them, and what that must be.
fn sessions(windows: &Windows<'_>, ledger: &mut Ledger) -> Option<Vec<Command>> {
    let groups: Vec<Name> = (0..windows.correlation.groups.len()).map(group).collect::<Option<_>>()?;
    let session = Name::key("sigma_session")?;
    let (span, unit) = gap(windows.correlation.span);
    let (mut aggregates, condition) = counted(windows, ledger)?;
    let time = Name::key("@timestamp")?;
    let by = groups.iter().cloned().chain([session.clone()]).collect();
    aggregates.extend([
        Aggregate { statistic: Statistic::Min(time.clone()), alias: Name::key("sigma_first")? },
        Aggregate { statistic: Statistic::Max(time), alias: Name::key("sigma_last")? },
    ]);
    Some(vec![
        Command::Sessionize { fields: groups, span, unit, alias: session },
        Command::Stats { aggregates, by },
        Command::Filter(condition),
        Command::Limit(super::ROWS),
    ])
}

/// What is counted of a session, and what that must be.
fn counted(windows: &Windows<'_>, ledger: &mut Ledger) -> Option<(Vec<Aggregate>, Expr)> {
    let measured = Name::key("sigma_count")?;
    let statistic = match &windows.correlation.measure {
        Measure::Presence(presence) => return Some((sums(windows)?, held(presence)?)),
        Measure::Ordered(rules) if windows.enough().is_none() => return ordered(windows, rules),
        Measure::EventCount | Measure::Ordered(_) | Measure::FirstSeen => Statistic::Count,
        Measure::ValueCount => Statistic::Distinct(value()?),
        Measure::Sum => Statistic::Sum(value()?),
        Measure::Average => Statistic::Average(value()?),
        Measure::Percentile(percent) => Statistic::Percentile(value()?, *percent),
        Measure::Median => Statistic::Percentile(value()?, 50),
    };
    if matches!(statistic, Statistic::Distinct(_)) {
        let message = "`count_distinct` estimates large numbers of values";
        ledger.note(&shared::OTHER_WINDOWS, Polarity::Positive, Direction::Either, windows.head(), message);
    }
    let condition = if let Some(enough) = windows.enough() {
        at_least(measured.clone(), enough)?
    } else {
        let thresholds = windows.correlation.thresholds.iter();
        Expr::and(thresholds.map(|threshold| bound(&measured, threshold)).collect::<Option<_>>()?)?
    };
    Some((vec![Aggregate { statistic, alias: measured }], condition))
}

/// How many events match each rule.
fn sums(windows: &Windows<'_>) -> Option<Vec<Aggregate>> {
    let each = (0..windows.bases.len())
        .map(|at| Some(Aggregate { statistic: Statistic::Sum(mark(at)?), alias: of("sigma_matches", at)? }));
    each.collect()
}

/// The condition over the numbers of matches.
fn held(presence: &Presence) -> Option<Expr> {
    let all = |parts: &[Presence]| parts.iter().map(held).collect::<Option<Vec<_>>>();
    match presence {
        Presence::Rule(at) => at_least(of("sigma_matches", *at)?, 1),
        Presence::Not(inner) => Some(held(inner)?.not()),
        Presence::All(parts) => Expr::and(all(parts)?),
        Presence::Any(parts) => Expr::or(all(parts)?),
    }
}

/// The rules of a sequence with another one behind them, and those with another one before them.
fn sides(rules: &[usize]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    pairs(rules).unzip()
}

/// Each rule with each other one behind it.
fn pairs(rules: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let behind = |place: usize| rules.iter().skip(place + 1).copied();
    let each = rules.iter().enumerate();
    each.flat_map(move |(place, rule)| behind(place).map(move |later| (*rule, later)))
        .filter(|(rule, later)| rule != later)
}

/// Each rule has as many matches as it has places, and none is at its earliest later than one behind it at its latest.
fn ordered(windows: &Windows<'_>, rules: &[usize]) -> Option<(Vec<Aggregate>, Expr)> {
    let mut aggregates = sums(windows)?;
    let (earlier, later) = sides(rules);
    for at in earlier {
        let statistic = Statistic::Min(of("sigma_from", at)?);
        aggregates.push(Aggregate { statistic, alias: of("sigma_earliest", at)? });
    }
    for at in later {
        let statistic = Statistic::Max(of("sigma_to", at)?);
        aggregates.push(Aggregate { statistic, alias: of("sigma_latest", at)? });
    }
    let mut conditions = Vec::new();
    for at in 0..windows.bases.len() {
        let places = rules.iter().filter(|rule| **rule == at).count();
        conditions.push(at_least(of("sigma_matches", at)?, places)?);
    }
    for (rule, later) in pairs(rules) {
        let (one, other) = (of("sigma_earliest", rule)?, of("sigma_latest", later)?);
        let in_order = Expr::Compare(Value::Field(one), Operator::LessOrEqual, Value::Field(other));
        if !conditions.contains(&in_order) {
            conditions.push(in_order);
        }
    }
    Some((aggregates, Expr::and(conditions)?))
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
