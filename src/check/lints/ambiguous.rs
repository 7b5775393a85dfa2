//! Values that belong to several owners, of which the rule names none.

use super::View;
use crate::check::text;
use crate::check::wording::listed;
use crate::diagnostic::Diagnostic;
use crate::rule::{ItemValue, ValueKind};
use crate::schema::Completeness;

crate::codes! {
    /// A value means different things in different services, and the rule does not say which.
    ///
    /// ## What it does
    ///
    /// Reports event names that several event sources share, in a rule that says nothing of the event source.
    ///
    /// ## Why it matters
    ///
    /// The rule also fires on the namesakes: many AWS services have a `CreateUser`.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    AMBIGUOUS = "S0320" "ambiguous-value" Info;
}

/// Looks at the fields whose values have owners.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(schema) = view.schema else { return };
    for relation in &schema.relations {
        let named = view.sites.iter().any(|site| site.resolved.path == relation.by);
        if named || schema.relations.iter().any(|other| other.field == relation.by) {
            continue;
        }
        for site in view.sites.iter().filter(|site| site.positive && site.resolved.path == relation.field) {
            let ItemValue::Values { values, .. } = &site.item.value else { continue };
            if !site.item.modifiers.is_empty() || values.len() > MAX_VALUES {
                continue;
            }
            for value in values {
                let ValueKind::Text { text, .. } = &value.kind else { continue };
                let Some(text) = text::unescaped(text) else { continue };
                let mut owners = relation.pairs.owners(&text);
                let known = |owner: &&str| relation.pairs.completeness(owner);
                owners.sort_by_key(|owner| std::cmp::Reverse(known(owner)));
                // Where every owner's list is incomplete, too little is known of who has what.
                if owners.len() > 1 && owners.iter().any(|owner| known(owner) > Completeness::Incomplete) {
                    found.push(
                        Diagnostic::new(
                            &AMBIGUOUS,
                            value.span,
                            format!("`{text}` occurs in several services"),
                        )
                        .label(format!("`{}` can be {}", relation.by, listed(&owners)))
                        .help(format!("say which `{}` is meant", relation.by)),
                    );
                }
            }
        }
    }
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 64;
