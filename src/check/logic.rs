//! What the formula as a whole shows: that nothing can match, and parts that do nothing.

use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::Formula;
use crate::solve::{self, Idle, IdlePart};
use crate::source::Span;

crate::codes! {
    /// No event that fits the schema satisfies the rule.
    ///
    /// ## What it does
    /// Reports a rule whose conditions exclude each other, or whose filter removes everything that its selections let
    /// through, and points at the smallest set of places that do so.
    ///
    /// ## Why it matters
    /// The rule never fires.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|startswith: aws-cli
    ///     filter:
    ///         userAgent|contains: aws
    ///     condition: selection and not filter
    /// ```
    ///
    /// ## Use instead
    /// Narrow the filter to what the rule should not see, or correct the value that is at odds with the others.
    UNSATISFIABLE = "S0520" "unsatisfiable" Error;

    /// An alternative or a value that never holds where it is.
    ///
    /// ## What it does
    /// Reports an alternative of an `or`, of `1 of` or of a list that the other conditions exclude.
    ///
    /// ## Why it matters
    /// The rule watches less than it seems to.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName:
    ///             - svc-backup
    ///             - alice
    ///     filter:
    ///         userIdentity.userName|startswith: svc-
    ///     condition: selection and not filter
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName: alice
    ///     condition: selection
    /// ```
    DEAD_PART = "S0521" "dead-part" Warning;

    /// A condition, an alternative or a filter without effect.
    ///
    /// ## What it does
    /// Reports a part whose removal changes nothing, because other parts imply or cover it, and a filter that excludes
    /// nothing that reaches it; names the parts that make it so.
    ///
    /// ## Why it matters
    /// Either the part is a leftover, or it does not say what was meant.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|contains|all:
    ///             - curl
    ///             - curl/
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|contains: curl/
    ///     condition: selection
    /// ```
    IDLE_PART = "S0522" "idle-part" Warning;
}

/// More places than this are not pointed at.
const MOST: usize = 6;

/// Looks at the formula of a rule in which nothing else is at odds.
pub(super) fn run(formula: &Formula, found: &mut Vec<Diagnostic>) {
    if found.iter().any(|finding| finding.severity == Severity::Error) {
        return;
    }
    if let Some(core) = solve::refuted(formula) {
        found.push(unsatisfiable(&core));
        return;
    }
    let known: Vec<Span> = found.iter().map(|finding| finding.span).collect();
    for part in solve::parts(formula).found {
        // A part with a finding of its own, or because of one that has, has had its word.
        let told = |place: &Span| known.iter().any(|span| span.start < place.end && place.start < span.end);
        if !part.items.iter().chain(&part.because).any(told) {
            found.push(idle(&part));
        }
    }
}

fn unsatisfiable(core: &[Span]) -> Diagnostic {
    let mut spans = core.iter();
    let first = spans.next().copied().unwrap_or_default();
    let mut finding = Diagnostic::new(&UNSATISFIABLE, first, "no event can match the rule");
    if core.len() > 1 {
        finding = finding.label("cannot hold together with the other places");
    }
    for span in spans.take(MOST) {
        finding = finding.also(*span, "at odds with it");
    }
    finding.help("correct the value or the filter that is at odds with the others")
}

fn idle(part: &IdlePart) -> Diagnostic {
    let (code, message, help) = match part.idle {
        Idle::Dead => (&DEAD_PART, "this never matches here", "remove it, or what excludes it"),
        Idle::Implied => {
            (&IDLE_PART, "the condition adds nothing: the others imply it", "remove it, or correct it")
        }
        Idle::Covered => {
            (&IDLE_PART, "the alternative adds nothing: others cover it", "remove it, or correct it")
        }
        Idle::AlwaysInFilter => (
            &IDLE_PART,
            "the condition adds nothing to the filter: it always holds here",
            "remove it, unless it is there for the reader",
        ),
        Idle::NoFilter => {
            (&IDLE_PART, "the filter excludes nothing that the rule selects", "remove it, or correct it")
        }
    };
    let mut finding = Diagnostic::new(code, part.span, message);
    // Filters often repeat what the selection says, which does no harm.
    if part.idle == Idle::AlwaysInFilter {
        finding = finding.severity(Severity::Info);
    }
    for span in part.because.iter().take(MOST) {
        finding = finding.also(*span, "because of this");
    }
    finding.help(help)
}
