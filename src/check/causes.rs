//! One finding for one cause: what follows from another finding at the same place is left out.

use super::codes;
use super::lints::{
    always_true, broad, field_as_value, habit, null_text, placeholder, spelling, two_spellings, unbounded,
};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::rule::codes::{document, value as written};
use crate::source::Span;
use crate::yaml::codes as yaml;

/// What follows from a value that is written wrong.
static OF_VALUES: &[&Code] = &[
    &codes::value::UNKNOWN_VALUE,
    &codes::value::WRONG_OWNER,
    &codes::value::MATCHES_NO_MEMBER,
    &codes::value::VALUE_FORMAT,
    &codes::value::VALUE_TYPE,
];

/// A finding, and those that it explains.
static CAUSES: &[(&Code, &[&Code])] = &[
    (&yaml::SMART_QUOTES, OF_VALUES),
    (&yaml::INVISIBLE_EDGE, OF_VALUES),
    (&habit::HABIT, OF_VALUES),
    (&placeholder::PLACEHOLDER, OF_VALUES),
    (&null_text::NULL_TEXT, OF_VALUES),
    (&null_text::NULL_TEXT, &[&placeholder::PLACEHOLDER, &habit::HABIT]),
    (&field_as_value::FIELD_AS_VALUE, OF_VALUES),
    (&field_as_value::FIELD_AS_VALUE, &[&placeholder::PLACEHOLDER, &habit::HABIT]),
    (&placeholder::PLACEHOLDER, &[&habit::HABIT]),
    (&codes::value::VALUE_FORMAT, &[&placeholder::SAMPLE]),
    (&codes::value::VALUE_TYPE, &[&yaml::READ_DIFFERENTLY, &codes::value::VALUE_FORMAT]),
    (&document::MISSING_KEY, &[&codes::name::UNKNOWN_FIELD]),
    (&written::INACTIVE_SELECTOR, &[&codes::name::UNKNOWN_FIELD]),
    (&document::LOGSOURCE_FORM, &[&codes::name::UNKNOWN_LOG]),
    (&document::MISSING_KEY, &[&document::NEAR_MISS_KEY]),
    (&two_spellings::TWO_SPELLINGS, &[&spelling::SPELLING]),
    (&unbounded::FILTER_REQUIRED, &[&broad::BROAD_BRANCH]),
    (&always_true::ALWAYS_TRUE, &[&unbounded::UNBOUNDED]),
];

/// More findings of one cause than this are not looked at.
const MOST: usize = 256;

/// Leaves out of both lists what another finding explains; that one becomes as grave as what it stands for.
pub(super) fn settle(form: &mut Vec<Diagnostic>, found: &mut Vec<Diagnostic>) {
    for &(cause, effects) in CAUSES {
        let causes: Vec<(Span, Vec<Span>)> = form
            .iter()
            .chain(found.iter())
            .filter(|finding| *finding.code == *cause)
            .map(|finding| (finding.span, finding.labels.iter().map(|label| label.span).collect()))
            .take(MOST)
            .collect();
        for (span, others) in causes {
            let mut gravest = Severity::Info;
            let mut keep = |other: &mut Diagnostic| {
                let there = other.span == span || others.contains(&other.span);
                let follows = there && effects.contains(&other.code);
                if follows {
                    gravest = gravest.max(other.severity);
                }
                !follows
            };
            form.retain_mut(&mut keep);
            found.retain_mut(&mut keep);
            for finding in form.iter_mut().chain(found.iter_mut()) {
                if *finding.code == *cause && finding.span == span {
                    finding.severity = finding.severity.max(gravest);
                }
            }
        }
    }
}
