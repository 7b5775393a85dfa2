//! The projection of a rule.

use super::codes;
use super::field::ResolvedField;
use super::wording::{did_you_mean, part_span};
use crate::diagnostic::Diagnostic;
use crate::ir::FieldUse;
use crate::schema::{Base, Facts, Schema, Unresolved};
use crate::source::{Span, Spanned};

/// The fields that the rule wants to see of events of which `facts` hold.
pub(super) fn fields(
    names: &[Spanned<String>],
    schema: Option<&Schema>,
    facts: &Facts,
    found: &mut Vec<Diagnostic>,
) -> Vec<FieldUse> {
    let mut uses = Vec::with_capacity(names.len());
    for name in names {
        let target = match schema.map(|schema| schema.resolve(&name.value, facts)) {
            None => ResolvedField::unknown(&name.value, Base::Event, name.span),
            Some(Ok(resolved)) => {
                if !resolved.declared && !resolved.near.is_empty() {
                    let finding = finding(name, name.span);
                    found.push(did_you_mean(finding, name.span, resolved.near.clone()));
                }
                ResolvedField::from(resolved, &name.value, name.span)
            }
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
    did_you_mean(finding(name, part_span(name, at)), name.span, nearest)
}

fn finding(name: &Spanned<String>, place: Span) -> Diagnostic {
    let message = format!("the events of the rule have no field `{}` to show", name.value);
    Diagnostic::new(&codes::name::UNKNOWN_PROJECTION, place, message)
}
