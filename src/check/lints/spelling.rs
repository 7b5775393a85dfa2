//! Field names in the spelling of another shape, or in another letter case.

use super::View;
use crate::check::field::canonical;
use crate::check::wording::quoted;
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::rule::{Item, ItemValue, ValueKind};
use crate::schema::{OtherName, OtherNameKind};

crate::codes! {
    /// A field is not named as in the log.
    ///
    /// ## What it does
    ///
    /// Reports a name that differs from the field of the log in letter case alone, or that is the name of the same field in another documented record format, such as a table of a SIEM.
    ///
    /// ## Why it matters
    ///
    /// Field names are case-sensitive, and other tools that read the rule look for the name as written.
    /// sigmata takes it for the canonical one.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         EventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The fix is safe: the two names stand for the same field.
    SPELLING = "S0315" "field-spelling" Warning;
}

/// Looks at every name.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for site in view.sites {
        let Some(spelling) = &site.resolved.spelling else { continue };
        let (name, span) = (&site.name.value, site.name.span);
        let finding = match &spelling.kind {
            OtherNameKind::Case => Diagnostic::new(
                &SPELLING,
                span,
                format!("`{name}` is written in a different letter case in the log"),
            ),
            OtherNameKind::RecordFormat(shape) => {
                Diagnostic::new(&SPELLING, span, format!("`{name}` is the name in another record format"))
                    .label(shape.clone())
            }
        };
        let canonical = spelling.canonical.clone();
        let mut fix = Fix::safe(span, canonical.clone());
        fix.edits.extend(values(site.item, spelling));
        found.push(finding.help(format!("write `{canonical}`")).fix(fix));
    }
}

/// The values that are written otherwise under the canonical name.
fn values<'a>(item: &'a Item, spelling: &'a OtherName) -> impl Iterator<Item = Edit> + 'a {
    let values = match &item.value {
        ItemValue::Values { values, .. } if item.modifiers.is_empty() => values.as_slice(),
        _ => &[],
    };
    values.iter().filter_map(|value| match &value.kind {
        ValueKind::Text { text, .. } => {
            Some(Edit { span: value.span, text: quoted(&canonical(spelling, text)?) })
        }
        ValueKind::Null | ValueKind::Hole => None,
    })
}
