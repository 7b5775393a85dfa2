//! One field under two names in one map.

use rustc_hash::FxHashMap;

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::{Item, Search};
use crate::schema::Path;
use crate::source::Spanned;

crate::codes! {
    /// One map names one field twice, in two spellings.
    ///
    /// ## What it does
    ///
    /// Reports items of one map that resolve to the same field under different names.
    ///
    /// ## Why it matters
    ///
    /// The items of a map are joined by AND, so the field must satisfy both; YAML itself would have refused the same key twice.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///         EventName: DeleteUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - CreateUser
    ///             - DeleteUser
    ///     condition: selection
    /// ```
    TWO_SPELLINGS = "S0317" "two-spellings" Warning;
}

/// Looks at every map.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let paths: FxHashMap<*const Item, (&Path, &Spanned<String>)> = view
        .sites
        .iter()
        .filter(|site| site.item.field.as_ref().is_some_and(|field| field.parts.len() == 1))
        .map(|site| (std::ptr::from_ref(site.item), (&site.resolved.path, site.name)))
        .collect();
    view.each_search(&mut |search| {
        let Search::All(parts) = search else { return };
        let mut seen: FxHashMap<&Path, &Spanned<String>> = FxHashMap::default();
        for part in parts {
            let Search::Item(item) = part else { continue };
            let Some((path, name)) = paths.get(&std::ptr::from_ref(item)) else { continue };
            match seen.get(path) {
                Some(first) if first.value != name.value => found.push(
                    Diagnostic::new(
                        &TWO_SPELLINGS,
                        name.span,
                        format!("`{}` and `{}` are the same field", name.value, first.value),
                    )
                    .also(first.span, "the other name")
                    .help("both must hold; write one name, and a list if either value will do"),
                ),
                Some(_) => {}
                None => {
                    seen.insert(path, name);
                }
            }
        }
    });
}
