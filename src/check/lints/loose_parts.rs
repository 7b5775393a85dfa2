//! Parts that were meant to hold together: alternatives by a stray dash, and conditions on one element.

use rustc_hash::FxHashMap;

use super::View;
use crate::check::site::Site;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::condition::Expr;
use crate::rule::{Detection, Item, Search};
use crate::schema::{Meaning, Path, Step, Type};

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
    /// Reports entries of one map, or of selections that `and` joins, that name different members of the elements of one array.
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
        Search::All(parts) => {
            let items: Vec<_> = direct(parts).map(|item| (0, item)).collect();
            found.extend(loose(&sites, &items, false));
        }
        Search::Item(_) | Search::Hole(_) => {}
    });
    let detection = &view.rule.detection;
    for condition in &detection.conditions {
        let mut visit = |items: &[Part<'_>]| found.extend(loose(&sites, items, true));
        joined(detection, &condition.expr, &mut visit, 0);
    }
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
    let actions = schema.with_meaning(Meaning::Action);
    let is_event = |site: &&&Site<'_>| {
        site.item.modifiers.is_empty()
            && !is_source(&site.resolved.path)
            && (actions.contains(&site.resolved.path)
                || matches!(&site.resolved.ty, Type::Enum(known) if known.noun().contains("event")))
    };
    let event =
        lone.iter().find(is_event).or_else(|| lone.iter().find(|site| is_source(&site.resolved.path)))?;
    let other = lone.iter().find(|site| site.resolved.path != event.resolved.path)?;
    let by = schema.relation(&event.resolved.path).map(|relation| &relation.by);
    let source = lone.iter().find(|site| by == Some(&site.resolved.path));
    let alone = is_source(&event.resolved.path);
    let other = source.unwrap_or(other);
    let finding = Diagnostic::new(&STRAY_DASH, other.item.span, "the entries of a list are alternatives")
        .also(event.item.span, "either of the two is enough")
        .help("write both in one map, without dashes, if both must hold");
    Some(if source.is_some() || alone { finding.severity(Severity::Warning) } else { finding })
}

/// The finding for conditions that two elements of one array can share out, among items that hold together.
/// With `apart` only those of two selections: the others have been looked at.
fn loose(sites: &FxHashMap<*const Item, &Site<'_>>, items: &[Part<'_>], apart: bool) -> Option<Diagnostic> {
    let mut seen: FxHashMap<&[Step], Vec<(usize, &Site<'_>)>> = FxHashMap::default();
    // Of nested arrays the innermost tells most.
    let mut best: Option<(&Site<'_>, &Site<'_>, &[Step])> = None;
    for (from, item) in items.iter().take(MAX_ITEMS) {
        let Some(site) = sites.get(&std::ptr::from_ref(*item)) else { continue };
        if item.field.as_ref().is_none_or(|field| field.parts.len() != 1) {
            continue;
        }
        for array in arrays_of(&site.resolved.path) {
            let others = seen.entry(array).or_default();
            let other = others.iter().find(|(place, other)| {
                (!apart || place != from) && parts_in(&other.resolved.path, &site.resolved.path, array.len())
            });
            if let Some((_, first)) = other
                && best.is_none_or(|(_, _, best)| best.len() < array.len())
            {
                best = Some((first, site, array));
            }
            others.push((*from, site));
        }
    }
    best.map(|(first, second, array)| shared_out(first, second, array))
}

/// An item with the place of its selection.
type Part<'a> = (usize, &'a Item);

/// The most items that are held against each other.
const MAX_ITEMS: usize = 64;

/// How deep conditions are followed.
const MAX_DEPTH: usize = 256;

/// Calls `visit` with the items that an `and` of selections joins, each with the place of its selection.
fn joined<'a>(detection: &'a Detection, expr: &Expr, visit: &mut dyn FnMut(&[Part<'a>]), depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match expr {
        Expr::And(parts) => {
            let items: Vec<_> = parts.iter().flat_map(|part| items_of(detection, part)).collect();
            visit(&items);
            for part in parts {
                joined(detection, part, visit, depth + 1);
            }
        }
        Expr::Or(parts) => {
            for part in parts {
                joined(detection, part, visit, depth + 1);
            }
        }
        Expr::Not(_, inner) => joined(detection, inner, visit, depth + 1),
        Expr::Of { all: true, .. } => visit(&items_of(detection, expr)),
        Expr::Of { .. } | Expr::Name(_) | Expr::Hole(_) => {}
    }
}

/// The items that a part of an `and` asks for, each with the place of its selection.
fn items_of<'a>(detection: &'a Detection, part: &Expr) -> Vec<Part<'a>> {
    let takes = |name: &str| match part {
        Expr::Name(wanted) => wanted.value == name,
        Expr::Of { all: true, of, .. } => of.include(name),
        _ => false,
    };
    let selections = detection.selections.iter().enumerate();
    selections
        .filter(|(_, selection)| takes(&selection.name.value))
        .flat_map(|(at, selection)| match &selection.body {
            Search::All(parts) => direct(parts).map(|item| (at, item)).collect(),
            Search::Item(item) => vec![(at, item)],
            Search::Any(_) | Search::Hole(_) => Vec::new(),
        })
        .collect()
}

/// The items of a map.
fn direct(parts: &[Search]) -> impl Iterator<Item = &Item> {
    parts.iter().filter_map(|part| match part {
        Search::Item(item) => Some(item),
        _ => None,
    })
}

fn shared_out(first: &Site<'_>, second: &Site<'_>, array: &[Step]) -> Diagnostic {
    let base = Path { base: second.resolved.path.base, steps: array.to_vec() };
    let name = base.name();
    let member = |site: &Site<'_>| {
        site.name.value.strip_prefix(&name).map_or("…", |rest| rest.trim_start_matches('.')).to_owned()
    };
    Diagnostic::new(
        &LOOSE_ELEMENTS,
        second.item.span,
        format!("two elements of `{name}` can satisfy the two conditions"),
    )
    .also(first.item.span, "the other condition")
    .help(format!(
        "for one element write `sigma-version: 3` and the block\n{name}[any]:\n    {}: …\n    {}: …",
        member(first),
        member(second)
    ))
}

/// The steps to each array of whose elements the path names a member, the innermost first.
fn arrays_of(path: &Path) -> impl Iterator<Item = &[Step]> {
    let at = path.steps.iter().enumerate().rev().filter(|(_, step)| **step == Step::Each);
    at.filter_map(|(at, _)| {
        // A keyed member has its own element, and objects with one are as good as alone.
        let member = matches!(path.steps.get(at + 1)?, Step::Key(_));
        let keyed = path.steps.iter().any(|step| matches!(step, Step::Select { .. }));
        path.steps.get(..at).filter(|_| member && !keyed)
    })
}

/// Whether two paths lead to different members of the elements of the array that both lead through.
fn parts_in(first: &Path, second: &Path, array: usize) -> bool {
    let rest = |path: &Path| path.steps.get(array + 1..).map(<[Step]>::to_vec).unwrap_or_default();
    let (first, second) = (rest(first), rest(second));
    let (Some(one), Some(other)) = (first.first(), second.first()) else { return false };
    one != other
}
