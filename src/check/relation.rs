//! Values that go with the values of another field: event names with their event source.

use std::collections::BTreeSet;

use super::builder::{Builder, Context};
use super::codes;
use super::text;
use super::wording::{can_lack, either, graded, listed, quoted, suggest_values};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::ir::{FieldUse, Text, TextPattern};
use crate::rule::Item;
use crate::schema::{Completeness, Facts, Path, Relation, Type};
use crate::text::Matcher;

/// The most owners that a pattern is tried on.
const MAX_OWNERS: usize = 8;

/// What is known about the owners of a field's values at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned<'a> {
    relation: &'a Relation,
    /// The owners that the rest of the conjunction allows.
    owners: &'a BTreeSet<String>,
    /// Whether a branch of the rule is lost when the values cannot occur.
    grave: bool,
}

impl<'a> Owned<'a> {
    /// The relations of the field at `path` whose owner is known there.
    pub fn all(relations: &'a [Relation], path: &Path, context: Context<'a>) -> Vec<Self> {
        let of_field = relations.iter().filter(|relation| relation.field == *path);
        of_field
            .filter_map(|relation| {
                let known = context.known.get(&relation.by)?;
                (!known.values.is_empty()).then_some(Self {
                    relation,
                    owners: &known.values,
                    grave: context.grave(),
                })
            })
            .collect()
    }

    /// Whether the log of some owner can hold the value.
    fn has(&self, value: &str) -> bool {
        let pairs = &self.relation.pairs;
        self.owners.iter().any(|owner| pairs.has(owner, value) && pairs.logged_as(owner, value).is_none())
    }

    /// How many of the values of the owners are known: of the one of which the fewest are.
    fn completeness(&self) -> Completeness {
        let of_each = self.owners.iter().map(|owner| self.relation.pairs.completeness(owner));
        of_each.min().unwrap_or_default()
    }

    /// Whether it is known that no owner has the value.
    fn never(&self, value: &str) -> bool {
        self.owners.iter().all(|owner| self.relation.pairs.never(owner, value))
    }
}

impl Builder<'_, '_> {
    /// A text against what its owner has. Returns whether there was a finding.
    pub(super) fn judge_owner(
        &mut self,
        item: &Item,
        field: &FieldUse,
        text: &Text,
        noun: &str,
        owned: Owned<'_>,
    ) -> bool {
        if !owned.owners.iter().any(|owner| self.is_owner(owned.relation, owner)) {
            return false;
        }
        let finding = match &text.shape {
            TextPattern::Equals(value) => self.value_of_owner(field, value, text, noun, owned),
            shape => self.pattern_of_owner(shape, text, noun, owned),
        };
        let Some(finding) = finding else { return false };
        self.report(item, finding);
        true
    }

    /// Whether a value of the deciding field is known; one that is not has a finding of its own.
    fn is_owner(&self, relation: &Relation, owner: &str) -> bool {
        let by = self.schema.and_then(|schema| schema.lookup(&relation.by.name(), &Facts::default()));
        let known = match by.as_ref().map(|by| &by.ty) {
            Some(Type::Enum(known)) => known.canonical(owner).is_some(),
            _ => true,
        };
        known || relation.pairs.knows(owner)
    }

    fn value_of_owner(
        &mut self,
        field: &FieldUse,
        value: &str,
        text: &Text,
        noun: &str,
        owned: Owned<'_>,
    ) -> Option<Diagnostic> {
        if owned.has(value) {
            return None;
        }
        let pairs = &owned.relation.pairs;
        let completeness = owned.completeness();
        let mut owners = pairs.owners(value);
        // Those whose values are best known first: they are the common ones.
        owners.sort_by_key(|owner| std::cmp::Reverse(pairs.completeness(owner)));
        let (by, here) = (&owned.relation.by, listed(owned.owners.iter()));
        if let Some(logged) = owned.owners.iter().find_map(|owner| pairs.logged_as(owner, value)) {
            let finding = Diagnostic::new(
                &codes::value::WRONG_OWNER,
                text.span,
                format!("the log writes `{value}` of {here} under another name"),
            );
            let certain = owned.grave && completeness != Completeness::Incomplete;
            let finding = finding.severity(error_if(certain)).help(format!("write `{logged}`"));
            return Some(
                finding
                    .fix(Fix::safe(text.span, quoted(&text::escaped(logged))))
                    .suggest([logged.to_owned()]),
            );
        }
        if !owners.is_empty() {
            let near = self.near_of_owners(value, owned);
            let certain = owned.never(value) || completeness.refuses(!near.is_empty());
            let either =
                if near.is_empty() { String::new() } else { format!("; did you mean {}?", either(&near)) };
            let verb = if certain { "does not belong to" } else { "is not known for" };
            let message = format!("the {noun} `{value}` {verb} {here}");
            let finding = Diagnostic::new(&codes::value::WRONG_OWNER, text.span, message)
                .label(format!("`{by}` is {here} here"))
                .help(format!("`{value}` is of {}{either}", listed(&owners)))
                .suggest(near);
            // In a filter the pair excludes nothing, and the rule still fires.
            return Some(finding.severity(error_if(certain && owned.grave)));
        }
        // A value that is known without an owner can be of each.
        let known = matches!(&field.ty, Type::Enum(known) if known.canonical(value).is_some());
        if known && completeness == Completeness::Incomplete && !owned.never(value) {
            return None;
        }
        let near = self.near_of_owners(value, owned);
        let certain = owned.never(value) || completeness.refuses(!near.is_empty());
        let message = format!("unknown {noun} `{value}` for {here}");
        let finding = Diagnostic::new(&codes::value::UNKNOWN_VALUE, text.span, message);
        if completeness == Completeness::Incomplete && near.is_empty() && !certain {
            return None;
        }
        let level = if certain { Completeness::Complete } else { completeness };
        let finding = graded(finding, field, level, !near.is_empty(), &owned.relation.missing);
        let bare = value.trim();
        if bare != value && owned.has(bare) {
            let finding = finding.help(format!("write `{bare}`: the name has no space at its ends"));
            return Some(
                finding.fix(Fix::safe(text.span, quoted(&text::escaped(bare)))).suggest([bare.to_owned()]),
            );
        }
        Some(suggest_values(finding, text.span, near))
    }

    /// Values of the owners that are near to one.
    fn near_of_owners(&mut self, value: &str, owned: Owned<'_>) -> Vec<String> {
        let mut near: Vec<String> = Vec::new();
        if self.search() {
            let pairs = &owned.relation.pairs;
            for found in owned.owners.iter().take(MAX_OWNERS).flat_map(|owner| pairs.nearest(owner, value)) {
                if !near.contains(&found) {
                    near.push(found);
                }
            }
        }
        near
    }

    fn pattern_of_owner(
        &mut self,
        shape: &TextPattern,
        text: &Text,
        noun: &str,
        owned: Owned<'_>,
    ) -> Option<Diagnostic> {
        let completeness = owned.completeness();
        if completeness == Completeness::Incomplete || owned.owners.len() > MAX_OWNERS {
            return None;
        }
        let matcher = Matcher::new(shape, text.cased);
        for owner in owned.owners {
            let (mut found, mut left) = (false, self.budget.visits);
            owned.relation.pairs.visit(owner, &mut |value| {
                left = left.saturating_sub(1);
                let pairs = &owned.relation.pairs;
                found = left == 0 || (matcher.matches(value) && pairs.logged_as(owner, value).is_none());
                !found
            });
            self.budget.visits = left;
            if found {
                return None;
            }
        }
        let here = listed(owned.owners.iter());
        let finding = Diagnostic::new(
            &codes::value::MATCHES_NO_MEMBER,
            text.span,
            format!("no {noun} of {here} matches the pattern"),
        )
        .label(format!("`{}` is {here} here", owned.relation.by));
        let certain = completeness == Completeness::Complete;
        let missing = &owned.relation.missing;
        let help = if certain || missing.is_empty() {
            "compare the pattern with the values that the log documents".to_owned()
        } else {
            can_lack(missing)
        };
        Some(finding.help(help).severity(error_if(certain && owned.grave)))
    }
}

fn error_if(certain: bool) -> Severity {
    if certain { Severity::Error } else { Severity::Warning }
}
