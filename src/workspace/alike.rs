//! What a correlation fires for against another one, as far as what they say of themselves tells. The rules that they
//! count are taken as the same where they have the same names.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::ir::correlation::Amount;
use crate::rule::condition::Expr;
use crate::rule::{Comparison, ComparisonOperator, CorrelationKind, CorrelationRule};
use crate::source::Spanned;

/// How what one correlation fires for relates to what another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// It is the same.
    Same,
    /// The second fires for all of it, and may for more.
    Wider,
    /// The second fires for some of it at most.
    Narrower,
    /// Nothing is known.
    Unlike,
}

/// Compares two correlations.
pub(super) fn related(old: &CorrelationRule, new: &CorrelationRule) -> Relation {
    if subject(old) != subject(new) {
        return Relation::Unlike;
    }
    let (Some(window), Some(bounds)) = (window(old, new), bounds(old, new)) else { return Relation::Unlike };
    match (window, bounds) {
        (Ordering::Equal, Ordering::Equal) => Relation::Same,
        (Ordering::Less, Ordering::Greater) | (Ordering::Greater, Ordering::Less) => Relation::Unlike,
        (Ordering::Greater, _) | (_, Ordering::Greater) => Relation::Wider,
        (Ordering::Less, _) | (_, Ordering::Less) => Relation::Narrower,
    }
}

/// What two rules ask by `first_seen`, if anything.
pub(super) fn first_seen(old: Option<&CorrelationRule>, new: Option<&CorrelationRule>) -> Relation {
    match (old, new) {
        (None, None) => Relation::Same,
        (None, Some(_)) => Relation::Narrower,
        (Some(_), None) => Relation::Wider,
        (Some(old), Some(new)) => related(old, new),
    }
}

/// What is counted of which rules, in which groups: all but the length of the window and the numbers to compare with.
pub(super) fn subject(rule: &CorrelationRule) -> String {
    let sorted = |names: &[Spanned<String>]| {
        names.iter().map(|name| name.value.clone()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let kind = rule.kind.as_ref().map(|kind| kind.value);
    let rules = match kind {
        Some(CorrelationKind::TemporalOrdered) => rule.rules.iter().map(|name| name.value.clone()).collect(),
        // The rule itself has another name in each file.
        Some(CorrelationKind::FirstSeen) => Vec::new(),
        _ => sorted(&rule.rules),
    };
    let aliases = rule.aliases.iter().flat_map(|alias| {
        alias.fields.iter().map(|(rule, field)| (&alias.name.value, &rule.value, &field.value))
    });
    let aliases: BTreeSet<_> = aliases.collect();
    let fields: Vec<&String> = rule.fields.iter().map(|field| &field.value).collect();
    let percentile = rule.percentile.as_ref().map(|percentile| percentile.value);
    let expr = rule.expr.as_ref().map(|condition| written(&condition.expr));
    format!("{:?}", (kind, rules, sorted(&rule.group_by), aliases, fields, percentile, expr))
}

/// A condition in one spelling; its nesting is that of the parser, which bounds it.
fn written(expr: &Expr) -> String {
    let all = |parts: &[Expr], word: &str| {
        let parts: Vec<String> = parts.iter().map(written).collect();
        format!("({})", parts.join(word))
    };
    match expr {
        Expr::Name(name) => name.value.clone(),
        Expr::Not(_, inner) => format!("not {}", written(inner)),
        Expr::And(parts) => all(parts, " and "),
        Expr::Or(parts) => all(parts, " or "),
        Expr::Of { .. } | Expr::Hole(_) => "?".to_owned(),
    }
}

/// How much more windows of another length fire for.
fn window(old: &CorrelationRule, new: &CorrelationRule) -> Option<Ordering> {
    let order = new.timespan.as_ref()?.value.cmp(&old.timespan.as_ref()?.value);
    if order.is_eq() {
        return Some(order);
    }
    let at_least = |rule: &CorrelationRule| least(&rule.comparisons).is_some();
    match old.kind.as_ref()?.value {
        // What was seen longer ago counts too, so that less is new.
        CorrelationKind::FirstSeen => Some(order.reverse()),
        CorrelationKind::TemporalOrdered => Some(order),
        CorrelationKind::Temporal => {
            let negates =
                old.expr.as_ref().is_some_and(|condition| written(&condition.expr).contains("not "));
            (!negates).then_some(order)
        }
        CorrelationKind::EventCount | CorrelationKind::ValueCount => {
            (at_least(old) && at_least(new)).then_some(order)
        }
        _ => None,
    }
}

/// How much more other numbers let fire.
fn bounds(old: &CorrelationRule, new: &CorrelationRule) -> Option<Ordering> {
    let all = |rule: &CorrelationRule| -> Option<BTreeSet<(u8, Amount)>> {
        let each = rule.comparisons.iter();
        each.map(|one| Some((one.operator.value as u8, Amount::parse(&one.value.value)?))).collect()
    };
    if all(old)? == all(new)? {
        return Some(Ordering::Equal);
    }
    let counts =
        matches!(old.kind.as_ref()?.value, CorrelationKind::EventCount | CorrelationKind::ValueCount);
    let (before, after) = (least(&old.comparisons)?, least(&new.comparisons)?);
    // Of whole numbers `gt: 2` and `gte: 3` are one.
    let bound = |(strict, bound): (bool, Amount)| {
        if counts && strict { (false, bound.plus(Amount::count(1))) } else { (strict, bound) }
    };
    let ((strict, before), (stricter, after)) = (bound(before), bound(after));
    Some(before.cmp(&after).then(strict.cmp(&stricter)))
}

/// The one bound from below, where that is all that is asked, and whether it is left out itself.
fn least(comparisons: &[Comparison]) -> Option<(bool, Amount)> {
    let [only] = comparisons else { return None };
    let strict = match only.operator.value {
        ComparisonOperator::Gt => true,
        ComparisonOperator::Gte => false,
        _ => return None,
    };
    Some((strict, Amount::parse(&only.value.value)?))
}
