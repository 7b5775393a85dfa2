//! Rules that can never add an alert: each event that they match, another rule of the collection matches too.
//!
//! Only rules about one log are compared, and only those that may share an event: rules are put into buckets by the
//! values that a field must have in them, and a pair that no bucket holds is never looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::File;
use super::codes::{COVERED_RULE, SAME_RULE};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, Formula, Leaf, Node, Subject, TextPattern};
use crate::rule::{Document, Meta};
use crate::solve::{self, Answer};

/// The most pairs that are compared.
pub const MAX_PAIRS: usize = 20_000;
/// The most decisions about one pair.
const STEPS: usize = 4_000;

/// The levels of the specification, in order.
const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// What a comparison of a collection found.
#[derive(Debug, Default)]
pub struct Overlaps {
    /// The findings, each with the place of its file.
    pub found: Vec<(usize, Diagnostic)>,
    /// How many pairs were compared.
    pub pairs: usize,
    /// Pairs for which nothing could be proved either way.
    pub undecided: usize,
    /// Whether there were more pairs than are compared.
    pub cut: bool,
}

struct Rule<'f> {
    file: usize,
    meta: &'f Meta,
    formula: &'f Formula,
    name: &'f str,
    log: &'f str,
}

/// Compares the rules of a collection.
pub fn overlaps<'f>(files: impl IntoIterator<Item = &'f File>) -> Overlaps {
    let mut rules = Vec::new();
    for (at, file) in files.into_iter().enumerate() {
        for checked in &file.documents {
            let Document::Detection(rule) = &checked.document else { continue };
            let Some((formula, schema)) = checked
                .typed
                .as_ref()
                .and_then(|typed| Some((typed.formula.as_ref()?, typed.schema.as_ref()?)))
            else {
                continue;
            };
            rules.push(Rule {
                file: at,
                meta: &rule.meta,
                formula,
                name: file.source.name(),
                log: &schema.name,
            });
        }
    }
    let mut overlaps = Overlaps::default();
    for (one, other) in pairs(&rules, &mut overlaps.cut) {
        let (Some(one), Some(other)) = (rules.get(one), rules.get(other)) else { continue };
        overlaps.pairs += 1;
        compare(one, other, &mut overlaps);
    }
    overlaps.found.sort_by(|a, b| (a.0, a.1.span, &a.1.message).cmp(&(b.0, b.1.span, &b.1.message)));
    overlaps
}

fn compare(one: &Rule<'_>, other: &Rule<'_>, overlaps: &mut Overlaps) {
    let outside = |of: &Formula, what: &Formula| {
        solve::satisfiable_within(&Formula::and([what.clone(), of.clone().not()]), STEPS)
    };
    let (more, less) = (outside(one.formula, other.formula), outside(other.formula, one.formula));
    if matches!(
        (&more, &less),
        (Answer::Unknown, Answer::Unknown | Answer::Yes(_)) | (Answer::Yes(_), Answer::Unknown)
    ) {
        overlaps.undecided += 1;
    }
    let title = |rule: &Rule<'_>| {
        let title = rule.meta.title.as_ref().map_or("", |title| title.value.trim());
        format!("`{title}` ({})", rule.name)
    };
    let span = |rule: &Rule<'_>| rule.meta.title.as_ref().map(|title| title.span).unwrap_or_default();
    match (more.is_no(), less.is_no()) {
        (true, true) => {
            let message = format!("the rule selects the same events as {}", title(one));
            let finding = Diagnostic::new(&SAME_RULE, span(other), message)
                .help("keep one of the two, or say what sets them apart");
            overlaps.found.push((other.file, finding));
        }
        (true, false) => tell(other, one, &title, span(other), overlaps),
        (false, true) => tell(one, other, &title, span(one), overlaps),
        (false, false) => {}
    }
}

fn tell(
    narrow: &Rule<'_>,
    wide: &Rule<'_>,
    title: &dyn Fn(&Rule<'_>) -> String,
    span: crate::source::Span,
    overlaps: &mut Overlaps,
) {
    // A rule of a higher level is the reason why it stands beside the wider one.
    let level = |rule: &Rule<'_>| {
        let level = rule.meta.level.as_ref()?;
        LEVELS.iter().position(|known| *known == level.value)
    };
    let raised = level(narrow).zip(level(wide)).is_some_and(|(narrow, wide)| narrow > wide);
    let severity = if raised { Severity::Info } else { Severity::Warning };
    let message = format!("every event of the rule is one of {}", title(wide));
    let finding = Diagnostic::new(&COVERED_RULE, span, message)
        .severity(severity)
        .help("the rule never adds an alert while the other is in use; raise its level, or exclude it there");
    overlaps.found.push((narrow.file, finding));
}

/// The pairs that may share an event, each once and in order.
fn pairs(rules: &[Rule<'_>], cut: &mut bool) -> BTreeSet<(usize, usize)> {
    // For each log the field that most rules pin to whole texts.
    let pinned: Vec<BTreeMap<String, BTreeSet<String>>> =
        rules.iter().map(|rule| pins(rule.formula)).collect();
    let mut buckets: BTreeMap<(&str, Option<String>), Vec<usize>> = BTreeMap::new();
    let mut by_log: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        by_log.entry(rule.log).or_default().push(at);
    }
    for (log, members) in by_log {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for fields in members.iter().filter_map(|at| pinned.get(*at)) {
            for (field, values) in fields {
                let count = counts.entry(field).or_default();
                count.0 += 1;
                count.1 += values.len();
            }
        }
        // Of two that pin as many rules the one with more values parts them better.
        let best = counts.iter().max_by_key(|(_, count)| **count).map(|(field, _)| (*field).to_owned());
        for at in members {
            let values = best.as_ref().and_then(|field| pinned.get(at)?.get(field));
            match values {
                Some(values) => {
                    for value in values {
                        buckets.entry((log, Some(value.clone()))).or_default().push(at);
                    }
                }
                None => buckets.entry((log, None)).or_default().push(at),
            }
        }
    }
    let mut found = BTreeSet::new();
    let mut add = |one: usize, other: usize| {
        if one != other && found.len() < MAX_PAIRS {
            found.insert((one.min(other), one.max(other)));
        } else if one != other {
            *cut = true;
        }
    };
    for ((log, value), members) in &buckets {
        for (at, one) in members.iter().enumerate() {
            for other in members.iter().skip(at + 1) {
                add(*one, *other);
            }
            // A rule that pins nothing may share events with every rule of its log.
            if value.is_some() {
                for other in buckets.get(&(*log, None)).into_iter().flatten() {
                    add(*one, *other);
                }
            }
        }
    }
    found
}

/// Fields and the few texts, one of which each must be.
type Pins = BTreeMap<String, BTreeSet<String>>;

/// The fields that must have one of a few whole texts for the formula to hold.
fn pins(formula: &Formula) -> Pins {
    /// More values than this pin nothing.
    const MOST: usize = 64;
    formula.fold::<Pins>(&mut |node| match node {
        Node::And(parts) => {
            let mut all = Pins::new();
            for (field, values) in parts.into_iter().flatten() {
                all.entry(field).or_insert(values);
            }
            all
        }
        Node::Or(parts) => {
            let mut parts = parts.into_iter();
            let mut all = parts.next().unwrap_or_default();
            for part in parts {
                all.retain(|field, values| match part.get(field) {
                    Some(more) => {
                        values.extend(more.iter().cloned());
                        values.len() <= MOST
                    }
                    None => false,
                });
            }
            all
        }
        Node::Leaf(Leaf::Pred(predicate)) => match (&predicate.subject, &predicate.test) {
            (Subject::Field(field), Condition::Text(texts))
                if field.path.is_scalar() && texts.len() <= MOST =>
            {
                let whole: Option<BTreeSet<String>> = texts
                    .iter()
                    .map(|text| match &text.shape {
                        TextPattern::Equals(value) => Some(crate::text::key(value)),
                        _ => None,
                    })
                    .collect();
                whole.map(|values| BTreeMap::from([(field.path.name(), values)])).unwrap_or_default()
            }
            _ => BTreeMap::new(),
        },
        Node::Constant(_) | Node::Not(_) | Node::Leaf(Leaf::Elem(_)) => BTreeMap::new(),
    })
}
