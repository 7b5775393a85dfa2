//! Rules with the filters that apply to them.

use std::borrow::Cow;

use super::filter::{self, Applied, Filter};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::Formula;
use crate::rule::{DetectionRule, Meta};
use crate::solve;
use crate::source::Span;

/// A rule as those who use rules read it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Detection<'a> {
    /// The rule as written.
    pub rule: &'a DetectionRule,
    /// Its types and its formula, without its filters.
    pub typed: &'a TypedRule,
    /// The filters that apply to it, in the order of the collection.
    pub filters: Vec<Applied<'a>>,
}

/// Where findings about a document as a whole are.
pub(super) fn head(meta: &Meta) -> Span {
    meta.title.as_ref().map_or(meta.span, |title| title.span)
}

impl<'a> Detection<'a> {
    /// A rule with those of `filters` that apply to it.
    pub(super) fn new(rule: &'a DetectionRule, typed: &'a TypedRule, filters: &'a [Filter]) -> Self {
        let applying = filters.iter().filter(|filter| filter.applies(rule));
        Self { rule, typed, filters: applying.map(|filter| filter.on(typed)).collect() }
    }

    /// Where findings about the rule as a whole are: its title.
    pub fn head(&self) -> Span {
        head(&self.rule.meta)
    }

    /// What the rule means with its filters. Places in a filter's file become the condition of the rule, so that every
    /// place is in one file. With `force`, a filter with errors is applied as far as it has a meaning.
    ///
    /// # Errors
    /// A finding about the rule for the first filter that cannot be applied, and, without `force`, for the one that
    /// leaves nothing of it.
    pub fn filtered(&self, force: bool) -> Result<Cow<'a, TypedRule>, Box<Diagnostic>> {
        let Some(own) = &self.typed.formula else { return Ok(Cow::Borrowed(self.typed)) };
        if self.filters.is_empty() {
            return Ok(Cow::Borrowed(self.typed));
        }
        let condition = self.rule.detection.conditions.first();
        let span = condition.map_or(self.rule.detection.span, |condition| condition.span);
        let mut parts = vec![own.clone()];
        for applied in &self.filters {
            match applied.formula(force) {
                Some(formula) => parts.push(filter::placed(formula.clone(), span)),
                None => return Err(Box::new(applied.refusal(self.head()))),
            }
        }
        if let (false, Some((applied, _))) = (force, self.emptied()) {
            return Err(Box::new(applied.nothing_left(self.head())));
        }
        Ok(Cow::Owned(TypedRule { formula: Some(Formula::and(parts)), ..self.typed.clone() }))
    }

    /// The filter with which no event can match the rule any more, and the places in it that are at odds with the rule
    /// and with the filters before it.
    pub(super) fn emptied(&self) -> Option<(&Applied<'a>, Vec<Span>)> {
        let own = self.typed.formula.as_ref()?;
        let formulas: Vec<&Formula> =
            self.filters.iter().map(|applied| applied.formula(false)).collect::<Option<_>>()?;
        let whole = formulas.iter().copied().chain([own]).cloned();
        // Hardly any filter does, so that one question answers for most rules.
        if formulas.is_empty() || solve::refuted(&Formula::and(whole)).is_none() {
            return None;
        }
        // Only the places of the filter that is asked about are told.
        let mut before = vec![filter::placed(own.clone(), Span::default())];
        self.filters.iter().zip(formulas).find_map(|(applied, formula)| {
            let core = solve::refuted(&Formula::and(before.iter().chain([formula]).cloned()));
            before.push(filter::placed(formula.clone(), Span::default()));
            core.map(|mut places| {
                places.retain(|place| *place != Span::default());
                (applied, places)
            })
        })
    }
}
