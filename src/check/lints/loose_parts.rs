//! Parts that were meant to hold together: alternatives by a stray dash, and conditions on one element.

use rustc_hash::FxHashMap;

use super::View;
use crate::check::site::Site;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::{Item, Search};
use crate::schema::{Path, Step, Type};

crate::codes! {
    /// A list of maps with one entry each is an OR.
    ///
    /// ## What it does
    ///
    /// Reports a list in which one entry says which event and another says something else, such as the source of the event.
    /// Where it is the source, the finding is a warning.
    ///
    /// ## Why it matters
    ///
    /// Entries of a list are alternatives: every event of the source matches.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         - eventSource: iam.amazonaws.com
    ///         - eventName: CreateUser
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
    STRAY_DASH = "S0514" "or-by-dashes" Info;

    /// Two conditions on an array of objects can hold for two different elements.
    ///
    /// ## What it does
    ///
    /// Reports entries of one map that name different members of the elements of one array.
    ///
    /// ## Why it matters
    ///
    /// Each is true when some element satisfies it, which need not be the same element.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         resources.type: AWS::IAM::Role
    ///         resources.ARN|endswith: /admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[any]:
    ///             type: AWS::IAM::Role
    ///             ARN|endswith: /admin
    ///     condition: selection
    /// ```
    LOOSE_ELEMENTS = "S0515" "conditions-on-two-elements" Info;
}

/// Looks at every list and every map.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let sites: FxHashMap<*const Item, &Site<'_>> =
        view.sites.iter().map(|site| (std::ptr::from_ref(site.item), site)).collect();
    view.each_search(&mut |search| match search {
        Search::Any(parts) => found.extend(stray_dash(view, &sites, parts)),
        Search::All(parts) => found.extend(loose(&sites, parts)),
        Search::Item(_) | Search::Hole(_) => {}
    });
}

/// The finding for a list of maps with one entry each.
fn stray_dash(
    view: &View<'_>,
    sites: &FxHashMap<*const Item, &Site<'_>>,
    parts: &[Search],
) -> Option<Diagnostic> {
    let schema = view.schema?;
    let mut lone: Vec<&Site<'_>> = Vec::new();
    for part in parts {
        let Search::All(items) = part else { return None };
        let [Search::Item(item)] = items.as_slice() else { return None };
        lone.push(sites.get(&std::ptr::from_ref(item)).copied()?);
    }
    let is_source = |path: &Path| schema.relations.iter().any(|relation| relation.by == *path);
    let is_event = |site: &&&Site<'_>| {
        site.item.modifiers.is_empty()
            && !is_source(&site.resolved.path)
            && matches!(&site.resolved.ty, Type::Enum(known) if known.noun().contains("event"))
    };
    let event = lone.iter().find(is_event)?;
    let other = lone.iter().find(|site| site.resolved.path != event.resolved.path)?;
    let by = schema.relation(&event.resolved.path).map(|relation| &relation.by);
    let source = lone.iter().find(|site| by == Some(&site.resolved.path));
    let other = source.unwrap_or(other);
    let finding = Diagnostic::new(&STRAY_DASH, other.item.span, "the entries of a list are alternatives")
        .also(event.item.span, "either of the two is enough")
        .help("write both in one map, without dashes, if both must hold");
    Some(if source.is_some() { finding.severity(Severity::Warning) } else { finding })
}

/// The finding for conditions of one map that two elements can share out.
fn loose(sites: &FxHashMap<*const Item, &Site<'_>>, parts: &[Search]) -> Option<Diagnostic> {
    let mut seen: FxHashMap<&[Step], &Site<'_>> = FxHashMap::default();
    for part in parts {
        let Search::Item(item) = part else { continue };
        let Some(site) = sites.get(&std::ptr::from_ref(item)) else { continue };
        let written = item.field.as_ref().is_some_and(|field| field.parts.len() == 1);
        let Some(array) = array_of(&site.resolved.path).filter(|_| written) else { continue };
        let Some(first) = seen.insert(array, site) else { continue };
        if first.resolved.path == site.resolved.path {
            continue;
        }
        let base = Path { base: site.resolved.path.base, steps: array.to_vec() };
        let name = base.name();
        let member = |site: &Site<'_>| {
            site.name.value.strip_prefix(&name).map_or("…", |rest| rest.trim_start_matches('.')).to_owned()
        };
        return Some(
            Diagnostic::new(
                &LOOSE_ELEMENTS,
                site.item.span,
                format!("two elements of `{name}` can satisfy the two conditions"),
            )
            .also(first.item.span, "the other condition")
            .help(format!(
                "for one element write `sigma-version: 3` and the block\n{name}[any]:\n    {}: …\n    {}: …",
                member(first),
                member(site)
            )),
        );
    }
    None
}

/// The steps to the array whose elements the path names a member of.
fn array_of(path: &Path) -> Option<&[Step]> {
    let at = path.steps.iter().rposition(|step| *step == Step::Each)?;
    // A keyed member has its own element, and objects with one are as good as alone.
    let rest = path.steps.get(at + 1..)?;
    let member = !rest.is_empty() && rest.iter().all(|step| matches!(step, Step::Key(_)));
    path.steps.get(..at).filter(|_| member)
}
