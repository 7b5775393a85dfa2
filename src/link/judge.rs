//! Whether a correlation can fire.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::codes::{
    ALWAYS_SAME, LATE_EVENTS, NEVER_FIRES, NEVER_SHARED, NOT_A_NUMBER, SPARSE_GROUP, SPLIT_ACTOR,
};
use super::correlation::{Base, BaseKind, Correlation, GroupBy, GroupValue};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::correlation::{Amount, Comparison, Measure, Presence};
use crate::ir::{Condition, Fixed, Formula, Subject};
use crate::schema::{KnownValues, Path, Sparse, Type};

/// The most rules of which every choice is tried.
const MAX_TRIED: usize = 12;
/// The most values of one field that are compared.
const MAX_VALUES: usize = 512;

/// What keeps a correlation from firing.
pub(super) fn judge(correlation: &Correlation<'_>) -> Vec<Diagnostic> {
    let fixed: Vec<Fixed> = correlation.bases.iter().map(fixed).collect();
    let mut found = Vec::new();
    match &correlation.measure {
        Measure::EventCount => {}
        Measure::FirstSeen => found.extend(always_same(correlation, &fixed)),
        Measure::ValueCount => found.extend(too_few(correlation, &fixed)),
        Measure::Sum | Measure::Average | Measure::Percentile(_) | Measure::Median => {
            found.extend(correlation.counted.iter().filter_map(not_a_number));
        }
        Measure::Presence(presence) => {
            let never = never_holds(correlation, presence);
            if never.is_none() {
                found.extend(apart(correlation, presence, &fixed));
            }
            found.extend(never);
        }
        Measure::Ordered(rules) => found.extend(never_shared(correlation, rules, &fixed)),
    }
    found.extend(correlation.groups.iter().filter_map(|group| split(correlation, group, &fixed)));
    found.extend(correlation.groups.iter().filter_map(|group| sparse(correlation, group, &fixed)));
    found.extend(too_short(correlation));
    found
}

/// A group that many records are in none of, because they lack the field.
fn sparse(correlation: &Correlation<'_>, group: &GroupBy, fixed: &[Fixed]) -> Option<Diagnostic> {
    let bases = correlation.bases.iter().zip(&group.per_base).zip(fixed);
    bases.into_iter().find_map(|((base, value), fixed)| {
        let (BaseKind::Rule(detection), GroupValue::Field { field, .. }) = (&base.kind, value) else {
            return None;
        };
        let schema = detection.typed.schema.as_ref()?;
        let is_possible = |sparse: &&Sparse| {
            sparse.field == field.path
                && sparse.with.as_ref().is_none_or(|(by, without)| {
                    fixed.get(by).is_none_or(|values| values.iter().any(|value| without.contains(value)))
                })
        };
        let sparse = schema.sparse.iter().find(is_possible)?;
        if asks_for(detection.typed.formula.as_ref()?, &field.path) {
            return None;
        }
        let message = format!("`{}` is missing in {}, which form no group", field.path, sparse.missing);
        let help = match &sparse.instead {
            Some(path) => format!("group by `{path}` where those count too"),
            None => "group by a field that the matches of the rule have".to_owned(),
        };
        let finding = Diagnostic::new(&SPARSE_GROUP, group.name.span, message);
        Some(finding.label(sparse.source.clone()).help(help))
    })
}

/// Whether only events that have the field match.
fn asks_for(formula: &Formula, path: &Path) -> bool {
    formula.conjuncts().iter().any(|part| match part {
        Formula::Pred(predicate) => {
            let is_it = matches!(&predicate.subject, Subject::Field(field) if field.path == *path);
            is_it && !matches!(predicate.test, Condition::Null | Condition::Exists)
        }
        Formula::Or(parts) => !parts.is_empty() && parts.iter().all(|part| asks_for(part, path)),
        _ => false,
    })
}

/// A window that is shorter than the events of a log are late.
fn too_short(correlation: &Correlation<'_>) -> Option<Diagnostic> {
    let logs = correlation.bases.iter().filter_map(|base| match &base.kind {
        BaseKind::Rule(detection) => detection.typed.schema.as_deref(),
        BaseKind::Correlation(_) => None,
    });
    let late = logs.filter_map(|schema| Some((schema, schema.delay.as_ref()?)));
    let (schema, delay) = late.max_by_key(|(_, delay)| delay.seconds)?;
    if delay.seconds <= correlation.span {
        return None;
    }
    let minutes = delay.seconds.div_ceil(60);
    let message = format!("events of `{}` come {minutes} minutes late, longer than the window", schema.name);
    let finding = Diagnostic::new(&LATE_EVENTS, correlation.rule.timespan.as_ref()?.span, message);
    let help = "run the query that much behind, as its schedule says, or choose a longer window";
    Some(finding.label(delay.source.clone()).help(help))
}

/// Values that are the same in every match, so that nothing is ever new but the first match of all.
fn always_same(correlation: &Correlation<'_>, fixed: &[Fixed]) -> Option<Diagnostic> {
    let fixed = fixed.first()?;
    let is_fixed = |group: &&GroupBy| {
        group.per_base.iter().all(|value| match value {
            GroupValue::Field { field, .. } => fixed.get(&field.path).is_some_and(|values| values.len() < 2),
            GroupValue::Group(_) => false,
        })
    };
    let groups = &correlation.groups;
    let idle = groups.iter().find(is_fixed)?;
    let all = groups.iter().all(|group| is_fixed(&group));
    let message = format!("the rule gives `{}` one value, which is new only once", idle.name.value);
    let finding = Diagnostic::new(&ALWAYS_SAME, idle.name.span, message);
    let severity = if all { Severity::Error } else { Severity::Warning };
    Some(finding.severity(severity).help("name a field that differs from match to match"))
}

/// A group that parts what one actor does, because the field changes with each of its sessions.
fn split(correlation: &Correlation<'_>, group: &GroupBy, fixed: &[Fixed]) -> Option<Diagnostic> {
    let bases = correlation.bases.iter().zip(&group.per_base).zip(fixed);
    bases.into_iter().find_map(|((base, value), fixed)| {
        let (BaseKind::Rule(detection), GroupValue::Field { field, .. }) = (&base.kind, value) else {
            return None;
        };
        let forms = detection.typed.schema.as_ref()?.forms.iter().filter(|forms| forms.field == field.path);
        let mut replaced = forms.flat_map(|forms| {
            let possible = fixed.get(&forms.by);
            // Where the field is absent, nothing differs.
            let varies = |by: &str| forms.of(by).is_none_or(|forms| !forms.is_empty());
            forms
                .replaced()
                .filter(move |(by, _)| varies(by) && possible.is_none_or(|values| values.contains(*by)))
        });
        let (by, path) = replaced.next()?;
        let message = format!("`{}` of `{by}` differs from session to session", field.path);
        let finding = Diagnostic::new(&SPLIT_ACTOR, group.name.span, message)
            .label("the same actor falls into several groups")
            .help(format!("group by `{path}` where the actors are those"));
        Some(finding)
    })
}

/// The values that the rule of a base fixes.
fn fixed(base: &Base<'_>) -> Fixed {
    match &base.kind {
        BaseKind::Rule(detection) => {
            detection.typed.formula.as_ref().map(crate::ir::Formula::fixed).unwrap_or_default()
        }
        BaseKind::Correlation(_) => Fixed::new(),
    }
}

/// How many values the count must reach at least, by what is written.
fn least(correlation: &Correlation<'_>) -> Amount {
    let bounds = correlation.thresholds.iter().map(|threshold| match threshold.comparison {
        Comparison::Greater => threshold.value.plus(Amount::count(1)),
        Comparison::GreaterOrEqual | Comparison::Equal => threshold.value,
        Comparison::Less | Comparison::LessOrEqual | Comparison::NotEqual => Amount::default(),
    });
    bounds.max().unwrap_or_default()
}

/// A count of more values than the fields can have in one group: of several, their combinations.
fn too_few(correlation: &Correlation<'_>, fixed: &[Fixed]) -> Option<Diagnostic> {
    let first = correlation.counted.first()?;
    let least = least(correlation);
    let asked = match least.cmp(&Amount::count(1)) {
        Ordering::Greater => format!("the condition asks for at least {least}"),
        _ => "the condition asks for another number".to_owned(),
    };
    let finding = |message: String| Diagnostic::new(&NEVER_FIRES, first.name.span, message).label(asked);
    let grouped = |counted: &GroupBy| {
        correlation.groups.iter().any(|group| {
            let mut pairs = group.per_base.iter().zip(&counted.per_base);
            pairs.all(|(group, counted)| is_same(group, counted))
        })
    };
    let holds = |count: usize| {
        let count = Amount::count(count);
        correlation.thresholds.iter().all(|one| one.comparison.holds(count.cmp(&one.value)))
    };
    if correlation.counted.iter().all(grouped) && !holds(1) {
        let verb = if correlation.counted.len() == 1 { "has" } else { "have" };
        let message = format!("{} {verb} one value in each group", names(&correlation.counted));
        return Some(finding(message).help("count another field, or take it out of `group-by`"));
    }
    let possible = correlation.counted.iter().map(|counted| {
        if grouped(counted) {
            return Some(BTreeSet::from([String::new()]));
        }
        let mut all = BTreeSet::new();
        for (value, fixed) in counted.per_base.iter().zip(fixed) {
            all.extend(values(value, fixed)?);
        }
        Some(all)
    });
    let possible: Vec<BTreeSet<String>> = possible.collect::<Option<_>>()?;
    let most = possible.iter().fold(1_usize, |product, values| product.saturating_mul(values.len()));
    if least <= Amount::count(most) && (most > MAX_VALUES || (0..=most).any(holds)) {
        return None;
    }
    let help = "count another field, or take its values out of the rules";
    let message = match possible.as_slice() {
        [values] => {
            let shown: Vec<String> = values.iter().take(3).map(|value| format!("`{value}`")).collect();
            let more = if values.len() > shown.len() { ", …" } else { "" };
            format!("{} can only be {}{more} here", names(&correlation.counted), shown.join(", "))
        }
        _ => format!("{} have at most {most} combinations here", names(&correlation.counted)),
    };
    Some(finding(message).help(help))
}

fn names(counted: &[GroupBy]) -> String {
    let names: Vec<String> = counted.iter().map(|counted| format!("`{}`", counted.name.value)).collect();
    names.join(", ")
}

/// All values that a name can have in a match; `None` where they are not known, or very many.
fn values(value: &GroupValue, fixed: &Fixed) -> Option<BTreeSet<String>> {
    let GroupValue::Field { field, .. } = value else { return None };
    if let Some(values) = fixed.get(&field.path) {
        return Some(values.clone());
    }
    match &field.ty {
        Type::Boolean => Some(BTreeSet::from(["false".to_owned(), "true".to_owned()])),
        Type::Enum(known) if known.complete() => members(&**known),
        _ => None,
    }
}

/// The members of a list of known values; `None` for a long one.
fn members(known: &dyn KnownValues) -> Option<BTreeSet<String>> {
    let mut values = BTreeSet::new();
    known.visit(&mut |member| {
        values.insert(member.to_owned());
        values.len() <= MAX_VALUES
    });
    (values.len() <= MAX_VALUES).then_some(values)
}

/// Whether two names lead to the same single value.
fn is_same(one: &GroupValue, other: &GroupValue) -> bool {
    match (one, other) {
        (
            GroupValue::Field { field, transforms: group },
            GroupValue::Field { field: other, transforms: counted },
        ) => field.path == other.path && field.path.is_scalar() && group == counted,
        (GroupValue::Group(one), GroupValue::Group(other)) => one == other,
        _ => false,
    }
}

/// A field that is taken as a number and is none.
fn not_a_number(counted: &GroupBy) -> Option<Diagnostic> {
    let wrong = counted.per_base.iter().find_map(|value| match value {
        GroupValue::Field { field, .. } => match &field.ty {
            ty @ (Type::Boolean | Type::Timestamp | Type::Ip | Type::Endpoint | Type::Json(_)) => Some(ty),
            // Words alone; a list that is not complete may lack the numbers.
            ty @ Type::Enum(known) if known.complete() => {
                let words = members(&**known)?.iter().all(|member| Amount::parse(member).is_none());
                words.then_some(ty)
            }
            _ => None,
        },
        GroupValue::Group(_) => None,
    })?;
    let message = format!("`{}` is not a number", counted.name.value);
    let finding = Diagnostic::new(&NOT_A_NUMBER, counted.name.span, message);
    Some(
        finding
            .label(format!("its type: {}", wrong.name()))
            .help("name a field that holds numbers, or count with `value_count`"),
    )
}

/// A condition that no choice of rules satisfies of which some has matched.
fn never_holds(correlation: &Correlation<'_>, presence: &Presence) -> Option<Diagnostic> {
    let rules = correlation.bases.len();
    if rules > MAX_TRIED {
        return None;
    }
    let holds = |choice: u32| presence.holds(&|rule| choice >> rule & 1 == 1);
    if (1..1_u32 << rules).any(holds) {
        return None;
    }
    let span = correlation.rule.expr.as_ref()?.span;
    let finding = Diagnostic::new(&NEVER_FIRES, span, "the condition never holds when a rule has matched");
    Some(finding.help("a correlation is tested at each match of one of its rules"))
}

/// Rules that a condition needs together, and that never match in one group.
fn apart(correlation: &Correlation<'_>, presence: &Presence, fixed: &[Fixed]) -> Vec<Diagnostic> {
    let needed: Vec<usize> = match presence {
        Presence::All(parts) => {
            let rule = |part: &Presence| match part {
                Presence::Rule(at) => Some(*at),
                _ => None,
            };
            parts.iter().filter_map(rule).collect()
        }
        _ => Vec::new(),
    };
    let found = never_shared(correlation, &needed, fixed);
    let rules = correlation.bases.len();
    if !found.is_empty() || rules > MAX_TRIED {
        return found;
    }
    // Of each choice of rules that makes the condition hold, two may exclude each other.
    let pairs = (0..rules).flat_map(|other| (0..other).map(move |one| [one, other]));
    let clashes: Vec<(u32, [usize; 2])> = pairs
        .filter(|pair| {
            correlation.groups.iter().any(|group| clash(correlation, group, pair, fixed).is_some())
        })
        .map(|[one, other]| (1 << one | 1 << other, [one, other]))
        .collect();
    let is_possible = |choice: &u32| clashes.iter().all(|(both, _)| choice & both != *both);
    let mut holding = (1..1_u32 << rules).filter(|choice| presence.holds(&|rule| choice >> rule & 1 == 1));
    match clashes.first() {
        Some((_, pair)) if !holding.any(|choice| is_possible(&choice)) => {
            never_shared(correlation, pair, fixed).into_iter().take(1).collect()
        }
        _ => Vec::new(),
    }
}

/// Rules that must match in one group, and never do.
fn never_shared(correlation: &Correlation<'_>, needed: &[usize], fixed: &[Fixed]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for group in &correlation.groups {
        if let Some((one, other)) = clash(correlation, group, needed, fixed) {
            let message = format!("the rules never share a value of `{}`", group.name.value);
            let label = format!("`{}` and `{}` hold different ones", one.named.value, other.named.value);
            let help =
                "group by a field that both have in common, or say under `aliases` which it is for each rule";
            found.push(Diagnostic::new(&NEVER_SHARED, group.name.span, message).label(label).help(help));
        }
    }
    found
}

/// Two of these rules that have no value of a group in common.
fn clash<'c>(
    correlation: &'c Correlation<'c>,
    group: &GroupBy,
    needed: &[usize],
    fixed: &[Fixed],
) -> Option<(&'c Base<'c>, &'c Base<'c>)> {
    let known = needed.iter().filter_map(|at| {
        let value = group.per_base.get(*at)?;
        Some((correlation.bases.get(*at)?, Possible::of(value, fixed.get(*at)?)?))
    });
    let known: Vec<_> = known.collect();
    // Neighbours in the list stand for all: what two of them share, a third may not, but one finding is enough.
    known.iter().enumerate().find_map(|(at, (one, possible))| {
        let (other, _) = known.iter().take(at).find(|(_, other)| !possible.meets(other))?;
        Some((*other, *one))
    })
}

/// What the value of a group can be.
enum Possible {
    /// One of these.
    OneOf(BTreeSet<String>),
    Boolean,
    Number,
    Timestamp,
    Address,
}

impl Possible {
    /// `None` where nothing is known.
    fn of(value: &GroupValue, fixed: &Fixed) -> Option<Self> {
        let GroupValue::Field { field, transforms } = value else { return None };
        if !transforms.is_empty() {
            return None;
        }
        if let Some(values) = fixed.get(&field.path) {
            return Some(Self::OneOf(values.clone()));
        }
        match &field.ty {
            Type::Boolean => Some(Self::Boolean),
            Type::Integer | Type::Number => Some(Self::Number),
            Type::Timestamp => Some(Self::Timestamp),
            Type::Ip | Type::Endpoint => Some(Self::Address),
            Type::Enum(known) if known.complete() => members(&**known).map(Self::OneOf),
            _ => None,
        }
    }

    /// Whether some value is possible for both.
    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneOf(one), Self::OneOf(other)) => !one.is_disjoint(other),
            (Self::OneOf(_), _) | (_, Self::OneOf(_)) => true,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}
