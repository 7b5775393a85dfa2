//! Alternatives that say who or where from, beside others that say which event.

use rustc_hash::FxHashMap;

use super::View;
use super::unbounded::{is_denial, span_of};
use crate::diagnostic::Diagnostic;
use crate::rule::condition::{Expr, Selections};
use crate::rule::{Item, Search};
use crate::schema::{Meaning, Path, Schema, Type};
use crate::source::Span;

crate::codes! {
    /// An alternative of the condition names no event, where another does.
    ///
    /// ## What it does
    ///
    /// Reports an alternative that says only who acted or where from, such as the kind of identity or the address, beside one that says which event is meant.
    ///
    /// ## Why it matters
    ///
    /// The rule takes everything that the actor does.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     root:
    ///         userIdentity.type: Root
    ///     condition: selection or root
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     root:
    ///         userIdentity.type: Root
    ///     condition: selection and root
    /// ```
    BROAD_BRANCH = "S0516" "branch-without-event" Info;
}

/// How deep conditions and selections are followed.
const MAX_DEPTH: usize = 256;

/// How much an expression says of an event that satisfies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// Nothing positive.
    Nothing,
    /// Who acted, or where from.
    Who,
    /// Something else.
    Something,
    /// Which event it is.
    Event,
}

/// Looks at every condition.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(schema) = view.schema else { return };
    let mut judge = Judge { view, schema, said: FxHashMap::default() };
    judge.said = (view.rule.detection.selections.iter())
        .map(|selection| (selection.name.value.as_str(), judge.search_says(&selection.body, 0)))
        .collect();
    for condition in &view.rule.detection.conditions {
        judge.alternatives(&condition.expr, false, 0, found);
    }
}

/// A rule and its log, with what each selection says.
struct Judge<'v, 'r> {
    view: &'v View<'r>,
    schema: &'v Schema,
    said: FxHashMap<&'r str, Says>,
}

impl<'r> Judge<'_, 'r> {
    /// Reports the alternatives of every `or`; `bound` says that what is joined by `and` says more than who.
    fn alternatives(&self, expr: &'r Expr, bound: bool, depth: usize, found: &mut Vec<Diagnostic>) {
        if depth > MAX_DEPTH || bound {
            return;
        }
        match expr {
            Expr::And(parts) => {
                let binds: Vec<bool> = parts.iter().map(|part| self.says(part, depth) > Says::Who).collect();
                let binding = binds.iter().filter(|binds| **binds).count();
                for (part, binds) in parts.iter().zip(binds) {
                    self.alternatives(part, binding > usize::from(binds), depth + 1, found);
                }
            }
            Expr::Or(parts) => {
                let event = parts.iter().find(|part| self.says(part, depth) == Says::Event);
                for part in parts {
                    if let (Some(event), Says::Who) = (event.and_then(span_of), self.says(part, depth)) {
                        found.extend(span_of(part).map(|span| told(span, event)));
                    } else {
                        self.alternatives(part, false, depth + 1, found);
                    }
                }
            }
            Expr::Of { all: false, of, span } => {
                let first = |wanted: Says| {
                    let mut all = self.view.rule.detection.selections.iter();
                    all.find(|selection| {
                        of.include(&selection.name.value) && self.said(&selection.name.value) == wanted
                    })
                };
                if let (Some(_), Some(who)) = (first(Says::Event), first(Says::Who)) {
                    found.push(told(who.name.span, *span));
                }
            }
            Expr::Of { .. } | Expr::Name(_) | Expr::Not(..) | Expr::Hole(_) => {}
        }
    }

    fn says(&self, expr: &'r Expr, depth: usize) -> Says {
        if depth > MAX_DEPTH {
            return Says::Event;
        }
        let selections = |of: &Selections| -> Vec<Says> {
            let names = self.view.rule.detection.selections.iter().map(|selection| &*selection.name.value);
            names.filter(|name| of.include(name)).map(|name| self.said(name)).collect()
        };
        match expr {
            Expr::Name(name) => self.said(&name.value),
            Expr::Of { all: true, of, .. } => most(selections(of)),
            Expr::Of { of, .. } => least(selections(of)),
            Expr::And(parts) => most(parts.iter().map(|part| self.says(part, depth + 1))),
            Expr::Or(parts) => least(parts.iter().map(|part| self.says(part, depth + 1))),
            Expr::Not(..) => Says::Nothing,
            Expr::Hole(_) => Says::Event,
        }
    }

    /// What a selection says; one that is not there is reported elsewhere.
    fn said(&self, name: &str) -> Says {
        self.said.get(name).copied().unwrap_or(Says::Event)
    }

    fn search_says(&self, search: &'r Search, depth: usize) -> Says {
        if depth > MAX_DEPTH {
            return Says::Event;
        }
        match search {
            Search::All(parts) => most(parts.iter().map(|part| self.search_says(part, depth + 1))),
            Search::Any(parts) => least(parts.iter().map(|part| self.search_says(part, depth + 1))),
            Search::Item(item) => self.item_says(item),
            Search::Hole(_) => Says::Event,
        }
    }

    fn item_says(&self, item: &'r Item) -> Says {
        if is_denial(item) {
            return Says::Nothing;
        }
        let mut says = Says::Something;
        for site in self.view.sites_of(item) {
            says = if self.means(&site.resolved.path, &[Meaning::Action]) {
                Says::Event
            } else if self.means(&site.resolved.path, WHO) || is_address(&site.resolved.ty) {
                Says::Who
            } else {
                says
            };
        }
        says
    }

    fn means(&self, path: &Path, meanings: &[Meaning]) -> bool {
        meanings.iter().any(|meaning| self.schema.with_meaning(*meaning).contains(path))
    }
}

/// Whether a field holds addresses, of which a log can have several.
fn is_address(ty: &Type) -> bool {
    match ty {
        Type::Array(inner) => is_address(inner),
        ty => matches!(ty, Type::Ip | Type::Endpoint),
    }
}

/// What does not tell one event from another.
const WHO: &[Meaning] = &[
    Meaning::Actor,
    Meaning::ActorId,
    Meaning::ActorEmail,
    Meaning::ActorType,
    Meaning::Address,
    Meaning::UserAgent,
    Meaning::Account,
    Meaning::Region,
    Meaning::Country,
    Meaning::City,
];

fn most(says: impl IntoIterator<Item = Says>) -> Says {
    says.into_iter().max().unwrap_or(Says::Event)
}

fn least(says: impl IntoIterator<Item = Says>) -> Says {
    says.into_iter().min().unwrap_or(Says::Event)
}

fn told(span: Span, event: Span) -> Diagnostic {
    Diagnostic::new(&BROAD_BRANCH, span, "this alternative takes every event of an actor or a place")
        .also(event, "says which event")
        .help("join it by `and` if both must hold")
}
