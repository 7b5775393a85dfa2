//! Branches of the condition that select no event, and filters that are required.

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::condition::{Expr, Selections};
use crate::rule::modifier::Modifier;
use crate::rule::{Detection, Item, ItemValue, Search, ValueKind};
use crate::source::{Span, Spanned};

crate::codes! {
    /// A branch of the condition selects nothing, so that it takes every event but a few.
    ///
    /// ## What it does
    ///
    /// Reports a condition, or an alternative of an `or`, that says only what an event is not, such as `selection or not filter`.
    ///
    /// ## Why it matters
    ///
    /// Nearly every event of the log matches.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.type: Root
    ///     condition: selection or not filter
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.type: Root
    ///     condition: selection and not filter
    /// ```
    UNBOUNDED = "S0512" "unbounded-branch" Warning;

    /// A filter is required to match, or is one of the alternatives.
    ///
    /// ## What it does
    ///
    /// Reports a selection whose name says that it filters, and others do not, where it is joined by `and` or `or` without `not`, also by `all of` and `1 of`.
    ///
    /// ## Why it matters
    ///
    /// What should be left out is what the rule asks for.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter_root:
    ///         userIdentity.type: Root
    ///     condition: all of them
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter_root:
    ///         userIdentity.type: Root
    ///     condition: selection and not 1 of filter_*
    /// ```
    FILTER_REQUIRED = "S0513" "filter-as-requirement" Warning;
}

/// How deep conditions and selections are followed.
const MAX_DEPTH: usize = 256;

/// Looks at every condition.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let detection = &view.rule.detection;
    for condition in &detection.conditions {
        filters(detection, &condition.expr, true, 0, found);
        if binds(detection, &condition.expr, 0) {
            continue;
        }
        let places = open_places(detection, &condition.expr);
        let spans = if places.is_empty() { vec![condition.span] } else { places };
        for span in spans {
            found.push(
                Diagnostic::new(&UNBOUNDED, span, "this takes every event of the log but a few")
                    .label("says only what an event is not")
                    .help("join it by `and` with a selection that says which events are meant"),
            );
        }
    }
}

/// The alternatives that select nothing, where the condition has others that do.
fn open_places(detection: &Detection, expr: &Expr) -> Vec<Span> {
    let Expr::Or(parts) = expr else { return Vec::new() };
    let spans = parts.iter().filter(|part| !binds(detection, part, 0)).filter_map(span_of);
    spans.collect()
}

pub(super) fn span_of(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Name(name) => Some(name.span),
        Expr::Of { span, .. } | Expr::Not(span, _) | Expr::Hole(span) => Some(*span),
        Expr::And(parts) | Expr::Or(parts) => Some(span_of(parts.first()?)?.to(span_of(parts.last()?)?)),
    }
}

/// Whether every event that satisfies the expression satisfies some positive item.
fn binds(detection: &Detection, expr: &Expr, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let named = |wanted: &dyn Fn(&str) -> bool| {
        detection.selections.iter().filter(|selection| wanted(&selection.name.value)).collect::<Vec<_>>()
    };
    match expr {
        Expr::Name(name) => {
            let found = named(&|other| other == name.value);
            found.is_empty() || found.iter().any(|selection| search_binds(&selection.body, true, depth))
        }
        Expr::Of { all, of, .. } => {
            let found = named(&|name| of.include(name));
            let mut bound = found.iter().map(|selection| search_binds(&selection.body, true, depth));
            found.is_empty() || if *all { bound.any(|bound| bound) } else { bound.all(|bound| bound) }
        }
        Expr::Not(_, inner) => denial_binds(detection, inner, depth + 1),
        Expr::And(parts) => parts.iter().any(|part| binds(detection, part, depth + 1)),
        Expr::Or(parts) => parts.iter().all(|part| binds(detection, part, depth + 1)),
        Expr::Hole(_) => true,
    }
}

/// Whether every event that does not satisfy the expression satisfies some positive item.
fn denial_binds(detection: &Detection, expr: &Expr, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    match expr {
        Expr::Not(_, inner) => binds(detection, inner, depth + 1),
        Expr::And(parts) => parts.iter().all(|part| denial_binds(detection, part, depth + 1)),
        Expr::Or(parts) => parts.iter().any(|part| denial_binds(detection, part, depth + 1)),
        Expr::Name(name) => {
            let found = detection.selections.iter().find(|selection| selection.name.value == name.value);
            found.is_none_or(|selection| search_binds(&selection.body, false, depth))
        }
        Expr::Of { all, of, .. } => {
            let mut bound = detection
                .selections
                .iter()
                .filter(|selection| of.include(&selection.name.value))
                .map(|selection| search_binds(&selection.body, false, depth));
            if *all { bound.all(|bound| bound) } else { bound.any(|bound| bound) }
        }
        Expr::Hole(_) => true,
    }
}

/// Whether a selection that holds (or with `holds` false, does not) says something positive.
fn search_binds(search: &Search, holds: bool, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let mut parts = match search {
        Search::All(parts) | Search::Any(parts) => {
            parts.iter().map(|part| search_binds(part, holds, depth + 1))
        }
        Search::Item(item) => return is_denial(item) != holds,
        Search::Hole(_) => return true,
    };
    if matches!(search, Search::All(_)) == holds {
        parts.any(|bound| bound)
    } else {
        parts.all(|bound| bound)
    }
}

/// Whether an item says only what is not there.
pub(super) fn is_denial(item: &Item) -> bool {
    let ItemValue::Values { values, .. } = &item.value else { return false };
    let absent = values.iter().any(|value| match &value.kind {
        ValueKind::Null => true,
        ValueKind::Text { text, .. } => item.has(Modifier::Exists) && text.eq_ignore_ascii_case("false"),
        ValueKind::Hole => false,
    });
    absent != item.has(Modifier::Neq)
}

/// Reports filters that are asked for, by name or by a quantifier.
fn filters(detection: &Detection, expr: &Expr, positive: bool, depth: usize, found: &mut Vec<Diagnostic>) {
    if depth > MAX_DEPTH {
        return;
    }
    match expr {
        Expr::Not(_, inner) => filters(detection, inner, !positive, depth + 1, found),
        Expr::And(parts) | Expr::Or(parts) => {
            let all = matches!(expr, Expr::And(_));
            // A condition of filters alone says what it means by the names.
            let others = positive && parts.iter().any(|part| !asks_filters(detection, part));
            for part in parts {
                if others && asks_filters(detection, part) {
                    found.extend(required(detection, part, all));
                } else {
                    filters(detection, part, positive, depth + 1, found);
                }
            }
        }
        Expr::Of { span, all, of } if positive => {
            let names = || named(detection, of);
            let filter = names().find(|name| is_filter(&name.value));
            let other = names().find(|name| !is_filter(&name.value));
            if let (Some(filter), Some(_)) = (filter, other) {
                found.push(asked_for(*span, filter, *all));
            }
        }
        Expr::Of { .. } | Expr::Name(_) | Expr::Hole(_) => {}
    }
}

/// The names of the selections that a quantifier takes in.
fn named<'d>(detection: &'d Detection, of: &'d Selections) -> impl Iterator<Item = &'d Spanned<String>> {
    detection.selections.iter().map(|selection| &selection.name).filter(|name| of.include(&name.value))
}

/// Whether a part of a condition is a filter, or some or all of several filters.
fn asks_filters(detection: &Detection, part: &Expr) -> bool {
    match part {
        Expr::Name(name) => is_filter(&name.value),
        Expr::Of { of, .. } => {
            named(detection, of).count() > 0 && named(detection, of).all(|name| is_filter(&name.value))
        }
        _ => false,
    }
}

/// The finding for a filter that is asked for.
fn required(detection: &Detection, part: &Expr, all: bool) -> Option<Diagnostic> {
    let filter = match part {
        Expr::Name(name) => detection
            .selections
            .iter()
            .map(|selection| &selection.name)
            .find(|other| other.value == name.value)?,
        Expr::Of { of, .. } => named(detection, of).next()?,
        _ => return None,
    };
    Some(asked_for(span_of(part)?, filter, all))
}

fn asked_for(span: Span, filter: &Spanned<String>, all: bool) -> Diagnostic {
    let how = if all { "is required to match" } else { "is one of the alternatives" };
    Diagnostic::new(&FILTER_REQUIRED, span, format!("`{}` {how}", filter.value))
        .also(filter.span, "a filter by its name")
        .help("write `and not` before the filter, or give the selection another name")
}

/// Whether the name of a selection says that it leaves events out.
fn is_filter(name: &str) -> bool {
    const WORDS: [&str; 13] = [
        "filter",
        "filters",
        "exclude",
        "excluded",
        "excludes",
        "exclusion",
        "exclusions",
        "allowlist",
        "whitelist",
        "falsepositive",
        "falsepositives",
        "fp",
        "ignore",
    ];
    const STARTS: [&str; 6] =
        ["allow_list", "white_list", "false_positive", "known_good", "known_benign", "knowngood"];
    let name = name.to_ascii_lowercase();
    let mut words = name.split(['_', '-']);
    let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
    // A selection may tell what the rule is about: a filter that somebody set.
    let numbered = first.trim_end_matches(|char: char| char.is_ascii_digit());
    WORDS.contains(&numbered)
        || STARTS.iter().any(|word| name.starts_with(word))
        || (!first.starts_with("sel") && WORDS.contains(&last))
}
