//! Names resolved, values typed, the formula built.
//!
//! [`check`] walks the conditions of a rule once for each use of a selection (`builder`), resolves each field name in
//! the schema under what is known there (`field`, `known`), reads each value as the field's type says (`item`,
//! `value`, `member`), and joins everything into one [`Formula`].
//! The lints then look at what was resolved.

mod builder;
mod causes;
pub mod codes;
mod encode;
mod field;
mod file;
mod findings;
mod format;
mod item;
mod known;
mod known_list;
pub mod lints;
mod literal;
mod log;
pub mod logic;
mod member;
mod object;
mod plan;
mod projection;
mod reached;
mod relation;
mod site;
mod suggest;
mod text;
mod value;
mod vocabulary;
mod wording;
mod written;

pub use file::{Checked, File};
pub use reached::{Reached, reached};

use std::sync::Arc;

use self::builder::Spent;
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Formula};
use crate::rule::{Detection, DetectionRule, FilterRule};
use crate::schema::{Facts, KnownLists, Registry, Schema};

/// A detection rule that has been checked.
#[derive(Clone, Debug)]
pub struct TypedRule {
    /// The schema of its log; `None` when the log has no schema, so that names are taken as written.
    pub schema: Option<Arc<Schema>>,
    /// What it means; `None` when an error leaves no meaning at all.
    pub formula: Option<Formula>,
    /// The resolved fields of `fields`, in order, without those that had an error; element paths end in `Each`.
    pub fields: Vec<FieldUse>,
}

/// A value with wildcards, as rules write it.
#[derive(Debug)]
pub struct ValuePattern(Option<crate::text::Matcher>);

impl ValuePattern {
    /// The pattern that `text` stands for: `*`, `?` and `\\` as in rules.
    pub fn new(text: &str) -> Self {
        match text::wanted(crate::rule::pattern::pieces(text), text::Anchor::Whole) {
            text::Wanted::Present => Self(None),
            text::Wanted::Pattern(shape) => Self(Some(crate::text::Matcher::new(&shape, false))),
        }
    }

    /// Whether it fits a text, in any letter case.
    pub fn fits(&self, text: &str) -> bool {
        self.0.as_ref().is_none_or(|matcher| matcher.matches(text))
    }
}

/// What is certain of every event that a formula selects.
pub fn facts(formula: &Formula) -> Facts {
    let mut facts = Facts::default();
    for (path, values) in formula.fixed() {
        facts.narrow(&path, values);
    }
    facts
}

/// Checks one rule. Never fails; what is wrong is in the diagnostics.
pub fn check(rule: &DetectionRule, registry: &Registry) -> (TypedRule, Vec<Diagnostic>) {
    check_after(rule, registry, &mut Spent::default())
}

/// The same for a rule of a file whose rules have cost so much already.
fn check_after(rule: &DetectionRule, registry: &Registry, spent: &mut Spent) -> (TypedRule, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let schema = log::schema(&rule.logsource, &rule.detection, registry, &mut found);
    let mut builder = builder::Builder::new(schema.as_deref(), registry.lists());
    builder.budget.file = *spent;
    let formula = builder.rule(&rule.detection);
    *spent = builder.budget.file;
    let builder::Builder { findings, sites, .. } = builder;
    found.extend(findings.finish());
    let facts = formula.as_ref().map(facts).unwrap_or_default();
    let fields = projection::fields(&rule.meta.fields, schema.as_deref(), &facts, &mut found);
    let view = site::View::new(rule, schema.as_deref(), &sites);
    for lint in lints::LINTS {
        (lint.run)(&view, &mut found);
    }
    suggest::tell(&view, registry, &mut found);
    if let Some(formula) = &formula {
        logic::run(formula, &mut found);
    }
    causes::settle(&mut Vec::new(), &mut found);
    found.sort_by(|a, b| (a.span, a.code.id).cmp(&(b.span, b.code.id)));
    found.dedup_by(|second, first| second.code == first.code && second.span == first.span);
    (TypedRule { schema, formula, fields }, found)
}

/// Types a detection that belongs to no rule of its own, such as that of a filter, against the schema of a log, with the
/// known lists of its site. `None` when an error leaves no meaning.
pub fn detection(
    detection: &Detection,
    schema: Option<&Schema>,
    lists: &KnownLists,
) -> (Option<Formula>, Vec<Diagnostic>) {
    let mut builder = builder::Builder::new(schema, lists);
    let formula = builder.rule(detection);
    (formula, builder.findings.finish())
}

/// Checks a filter as far as it stands alone: a filter for several logs is typed against each of them where it is
/// applied.
fn filter(filter: &FilterRule, registry: &Registry) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let schema = log::schema(&filter.logsource, &filter.detection, registry, &mut found);
    // A filter may leave out a part of the log source; a part that it names must exist.
    found
        .retain(|finding| finding.code == &codes::name::UNKNOWN_LOG && finding.span != filter.logsource.span);
    if schema.is_some() {
        found.extend(detection(&filter.detection, schema.as_deref(), registry.lists()).1);
    }
    found
}
