//! The log source and the projection of a rule.

use std::sync::Arc;

use super::codes;
use super::field::ResolvedField;
use super::wording::{did_you_mean, listed, part_span};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::FieldUse;
use crate::rule::LogSource;
use crate::schema::{Base, Facts, LogMatch, Registry, Schema, Unresolved};
use crate::source::Spanned;

/// The schema of the log source.
pub(super) fn log(
    source: &LogSource,
    registry: &Registry,
    found: &mut Vec<Diagnostic>,
) -> Option<Arc<Schema>> {
    let parts = [("product", &source.product), ("service", &source.service), ("category", &source.category)];
    if parts.iter().all(|(_, part)| part.is_none()) {
        // That it is missing has been reported.
        return None;
    }
    match registry.find(source) {
        LogMatch::Schema(schema) => Some(schema),
        LogMatch::Known => {
            let message = "the log has no schema; fields and values are not checked";
            found.push(Diagnostic::new(&codes::UNCHECKED_LOG, source.span, message));
            None
        }
        LogMatch::Unknown { key, nearest, hides_schema } => {
            let wrong = parts.iter().find(|(name, _)| *name == key).and_then(|(_, part)| part.as_ref());
            let finding = if let Some(wrong) = wrong {
                let message = format!("unknown {key} `{}`", wrong.value);
                let finding = Diagnostic::new(&codes::UNKNOWN_LOG, wrong.span, message);
                did_you_mean(finding, wrong.span, nearest)
            } else {
                let message = format!("the log source needs a {key}");
                let finding = Diagnostic::new(&codes::UNKNOWN_LOG, source.span, message);
                if nearest.is_empty() {
                    finding
                } else {
                    finding.help(format!("known are {}", listed(&nearest)))
                }
            };
            let severity = if hides_schema { Severity::Error } else { Severity::Warning };
            found.push(finding.severity(severity));
            None
        }
    }
}

/// The fields that the rule wants to see.
pub(super) fn fields(
    names: &[Spanned<String>],
    schema: Option<&Schema>,
    found: &mut Vec<Diagnostic>,
) -> Vec<FieldUse> {
    let mut uses = Vec::with_capacity(names.len());
    for name in names {
        let target = match schema.map(|schema| schema.resolve(&name.value, &Facts::default())) {
            None => ResolvedField::unknown(&name.value, Base::Event, name.span),
            Some(Ok(resolved)) => ResolvedField::from(resolved, &name.value, name.span),
            Some(Err(unresolved)) => {
                found.push(unknown(name, unresolved));
                continue;
            }
        };
        uses.push(target.into_use(true));
    }
    uses
}

/// The finding for a name that does not resolve.
fn unknown(name: &Spanned<String>, unresolved: Unresolved) -> Diagnostic {
    let (at, nearest) = match unresolved {
        Unresolved::Unknown { at, nearest, .. } | Unresolved::NotInCases { at, nearest, .. } => (at, nearest),
        Unresolved::Scalar { at, scalar, .. } => (at, vec![scalar]),
    };
    let message = format!("the log has no field `{}` to show", name.value);
    let finding = Diagnostic::new(&codes::UNKNOWN_PROJECTION, part_span(name, at), message);
    did_you_mean(finding, name.span, nearest)
}
