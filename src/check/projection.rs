//! The projection of a rule.

use super::codes;
use super::field::ResolvedField;
use super::wording::{did_you_mean, part_span};
use crate::diagnostic::Diagnostic;
use crate::ir::FieldUse;
use crate::schema::{Base, Facts, Schema, Unresolved};
use crate::source::Spanned;

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
    let finding = Diagnostic::new(&codes::name::UNKNOWN_PROJECTION, part_span(name, at), message);
    did_you_mean(finding, name.span, nearest)
}
