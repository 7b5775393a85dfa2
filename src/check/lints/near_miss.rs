//! Names that an open object accepts, near to a known one.

use super::View;
use crate::check::site::Site;
use crate::check::wording::either;
use crate::diagnostic::{Diagnostic, Fix};
use crate::schema::{Base, Facts, Path, Step, Type};

crate::codes! {
    /// A name is unknown where others are possible, and near to a known one.
    ///
    /// ## What it does
    ///
    /// Reports a member of an object that is not documented in full, when a documented member has nearly the same name.
    ///
    /// ## Why it matters
    ///
    /// The name may exist, but is more often a misspelling, and then the rule never fires.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         responseElements.usr.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         responseElements.user.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The nearest known name is offered as a guess.
    NEAR_MISS = "S0316" "near-miss-field" Warning;
}

/// Looks at every name that the schema does not vouch for.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for site in view.sites.iter().filter(|site| !site.resolved.declared) {
        let own = &site.resolved.near;
        let near = if own.is_empty() { near_keys(view, site) } else { own.clone() };
        let Some(first) = near.first() else { continue };
        found.push(
            Diagnostic::new(&NEAR_MISS, site.name.span, format!("unknown field `{}`", site.name.value))
                .label("other fields than the documented ones are possible here")
                .help(format!("did you mean {}?", either(&near)))
                .fix(Fix::guess(site.name.span, first.clone()))
                .suggest(near),
        );
    }
}

/// Names with a known key in place of one that is near to it, where the values of the key are a list.
fn near_keys(view: &View<'_>, site: &Site<'_>) -> Vec<String> {
    let steps = &site.resolved.path.steps;
    let Some(at) = steps.iter().position(|step| matches!(step, Step::Select { .. })) else {
        return Vec::new();
    };
    let (Some(schema), Some(Step::Select { member, key })) = (view.schema, steps.get(at)) else {
        return Vec::new();
    };
    let array = Path { base: Base::Event, steps: steps.get(..at).unwrap_or_default().to_vec() }.name();
    let found = schema.lookup(&format!("{array}.{member}"), &Facts::default());
    let Some(Type::Enum(known)) = found.as_ref().map(|found| &found.ty) else { return Vec::new() };
    let name = &site.name.value;
    if known.canonical(key).is_some() || !name.contains(&**key) {
        return Vec::new();
    }
    known.nearest(key).iter().map(|near| name.replacen(&**key, near, 1)).collect()
}
