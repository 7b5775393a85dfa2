//! Conditions that hold for every event.

use rustc_hash::FxHashSet;

use super::View;
use crate::diagnostic::Diagnostic;
use crate::rule::condition::Expr;

crate::codes! {
    /// A part of the condition holds for every event.
    ///
    /// ## What it does
    ///
    /// Reports a selection that is joined by `or` with its own negation.
    ///
    /// ## Why it matters
    ///
    /// The rule fires on everything, or the part adds nothing.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection or not selection
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
    ALWAYS_TRUE = "S0507" "always-true" Warning;
}

/// Looks at every condition.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for condition in &view.rule.detection.conditions {
        walk(&condition.expr, 0, found);
    }
}

/// How deep conditions are followed.
const MAX_DEPTH: usize = 256;

fn walk(expr: &Expr, depth: usize, found: &mut Vec<Diagnostic>) {
    if depth > MAX_DEPTH {
        return;
    }
    match expr {
        Expr::Not(_, inner) => walk(inner, depth + 1, found),
        Expr::And(parts) => parts.iter().for_each(|part| walk(part, depth + 1, found)),
        Expr::Or(parts) => {
            let names: FxHashSet<&str> = parts
                .iter()
                .filter_map(|part| match part {
                    Expr::Name(name) => Some(name.value.as_str()),
                    _ => None,
                })
                .collect();
            for part in parts {
                if let Expr::Not(span, inner) = part
                    && let Expr::Name(name) = &**inner
                    && names.contains(name.value.as_str())
                {
                    found.push(
                        Diagnostic::new(
                            &ALWAYS_TRUE,
                            *span,
                            format!("`{0} or not {0}` is always true", name.value),
                        )
                        .help("remove the part, or join it by `and`"),
                    );
                }
                walk(part, depth + 1, found);
            }
        }
        Expr::Name(_) | Expr::Of { .. } | Expr::Hole(_) => {}
    }
}
