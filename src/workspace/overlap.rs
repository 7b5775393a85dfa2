//! Rules that can never add an alert: each event that they match, another rule of the collection matches too.
//!
//! Only rules about one log are compared, and only those that may share an event: rules are put into buckets by the
//! values that a field must have in them, and a pair that no bucket holds is never looked at. Rules that say the same in
//! the same words are found before, without a question to the solver.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::File;
use super::alike::{self, Relation};
use super::changes::source_name;
use super::codes::{COVERED_RULE, SAME_RULE};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, Formula, Leaf, Node, Subject, TextPattern};
use crate::rule::{CorrelationRule, Document, Meta};
use crate::solve::{self, Answer};
use crate::source::Span;

/// The most pairs that a run compares.
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
    /// Rules that have no meaning to compare, each with the place of its file.
    pub uncompared: Vec<(usize, String)>,
}

struct Rule<'f> {
    place: Place<'f>,
    formula: &'f Formula,
    log: String,
    /// What it asks by `first_seen`.
    first: Option<&'f CorrelationRule>,
}

/// Where a document is, and what it is called.
#[derive(Clone, Copy)]
struct Place<'f> {
    file: usize,
    meta: &'f Meta,
    name: &'f str,
}

/// Compares the rules of a collection, of those that do not say the same in the same words at most so many pairs.
pub fn overlaps<'f>(files: impl IntoIterator<Item = &'f File>, most: usize) -> Overlaps {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    let mut overlaps = Overlaps::default();
    let mut known: FxHashMap<(String, String), usize> = FxHashMap::default();
    let mut correlations: BTreeMap<String, Vec<(Place<'_>, &CorrelationRule)>> = BTreeMap::new();
    for (at, file) in files.into_iter().enumerate() {
        for checked in &file.documents {
            let place = Place { file: at, meta: checked.document.meta(), name: file.source.name() };
            let rule = match &checked.document {
                Document::Detection(rule) => rule,
                Document::Correlation(rule) => {
                    correlations.entry(alike::subject(rule)).or_default().push((place, rule));
                    continue;
                }
                Document::Filter(_) => continue,
            };
            let typed = checked.typed.as_ref();
            let Some(formula) = typed.and_then(|typed| typed.formula.as_ref()) else {
                let title = rule.meta.title.as_ref().map_or("", |title| title.value.trim());
                overlaps.uncompared.push((at, title.to_owned()));
                continue;
            };
            // Without a schema the log is what the rule calls it.
            let schema = typed.and_then(|typed| typed.schema.as_ref());
            let log = schema.map_or_else(|| source_name(&rule.logsource), |schema| schema.name.clone());
            let rule = Rule { place, formula, log, first: rule.first_seen.as_deref() };
            let asked = rule.first.map(alike::subject).unwrap_or_default();
            let key = (rule.log.clone(), format!("{} {asked}", formula.identity()));
            if let Some(first) = known.get(&key).and_then(|at| rules.get(*at)) {
                relate(alike::first_seen(first.first, rule.first), first.place, rule.place, &mut overlaps);
            } else {
                known.insert(key, rules.len());
                rules.push(rule);
            }
        }
    }
    for (one, other) in pairs(&rules, most, &mut overlaps.cut) {
        let (Some(one), Some(other)) = (rules.get(one), rules.get(other)) else { continue };
        overlaps.pairs += 1;
        compare(one, other, &mut overlaps);
    }
    let mut budget = most;
    for alike in correlations.values() {
        for (at, (place, rule)) in alike.iter().enumerate() {
            for (before, other) in alike.iter().take(at) {
                if budget == 0 {
                    overlaps.cut = true;
                    break;
                }
                budget -= 1;
                overlaps.pairs += 1;
                relate(alike::related(other, rule), *before, *place, &mut overlaps);
            }
        }
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
    match (more.is_no(), less.is_no()) {
        (true, true) => {
            relate(alike::first_seen(one.first, other.first), one.place, other.place, overlaps);
        }
        // What is new among fewer events need not be new among more.
        (true, false) if one.first.is_none() => tell(other.place, one.place, overlaps),
        (false, true) if other.first.is_none() => tell(one.place, other.place, overlaps),
        _ => {}
    }
}

/// Says what is known of two documents, of which `relation` compares the second with the first.
fn relate(relation: Relation, one: Place<'_>, other: Place<'_>, overlaps: &mut Overlaps) {
    match relation {
        Relation::Same => same(one, other, overlaps),
        Relation::Wider => tell(one, other, overlaps),
        Relation::Narrower => tell(other, one, overlaps),
        Relation::Unlike => {}
    }
}

impl Place<'_> {
    fn title(&self) -> String {
        let title = self.meta.title.as_ref().map_or("", |title| title.value.trim());
        format!("`{title}` ({})", self.name)
    }

    fn span(&self) -> Span {
        self.meta.title.as_ref().map(|title| title.span).unwrap_or_default()
    }
}

/// Reports at the second of two rules that it selects what the first selects.
fn same(one: Place<'_>, other: Place<'_>, overlaps: &mut Overlaps) {
    let message = format!("the rule selects the same events as {}", one.title());
    let finding = Diagnostic::new(&SAME_RULE, other.span(), message)
        .help("keep one of the two, or say what sets them apart");
    overlaps.found.push((other.file, finding));
}

fn tell(narrow: Place<'_>, wide: Place<'_>, overlaps: &mut Overlaps) {
    // A rule of a higher level is the reason why it is beside the wider one.
    let level = |rule: Place<'_>| {
        let level = rule.meta.level.as_ref()?;
        LEVELS.iter().position(|known| *known == level.value)
    };
    let raised = level(narrow).zip(level(wide)).is_some_and(|(narrow, wide)| narrow > wide);
    let severity = if raised { Severity::Info } else { Severity::Warning };
    let message = format!("every event of the rule is one of {}", wide.title());
    let finding = Diagnostic::new(&COVERED_RULE, narrow.span(), message)
        .severity(severity)
        .help("the rule never adds an alert while the other is in use; raise its level, or exclude it there");
    overlaps.found.push((narrow.file, finding));
}

/// The pairs that may share an event, each once and in order.
fn pairs(rules: &[Rule<'_>], most: usize, cut: &mut bool) -> BTreeSet<(usize, usize)> {
    // For each log the field that most rules pin to whole texts.
    let pinned: Vec<BTreeMap<String, BTreeSet<String>>> =
        rules.iter().map(|rule| pins(rule.formula)).collect();
    let mut buckets: BTreeMap<(&str, Option<String>), Vec<usize>> = BTreeMap::new();
    let mut by_log: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        by_log.entry(rule.log.as_str()).or_default().push(at);
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
        if one != other && found.len() < most {
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
