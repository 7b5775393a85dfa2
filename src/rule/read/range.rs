//! The comparisons of a correlation taken together.

use std::cmp::Ordering;

use super::Reader;
use crate::diagnostic::Diagnostic;
use crate::rule::codes::correlation as codes;
use crate::rule::{ComparisonOperator, CorrelationKind, CorrelationRule};
use crate::yaml::NodeId;

impl Reader<'_, '_> {
    /// Whether a number can satisfy all comparisons. A correlation is tested at a match, so a count is at least one
    /// event.
    pub(super) fn range(&mut self, rule: &CorrelationRule, kind: CorrelationKind, id: NodeId) {
        let counts = matches!(kind, CorrelationKind::EventCount | CorrelationKind::ValueCount);
        let least = match kind {
            CorrelationKind::EventCount => 1.0,
            CorrelationKind::ValueCount => 0.0,
            _ => f64::NEG_INFINITY,
        };
        let mut low = Bound { at: least, inside: true };
        let mut high = Bound { at: f64::INFINITY, inside: true };
        let mut excluded = Vec::new();
        for comparison in &rule.comparisons {
            let Ok(number) = comparison.value.value.parse::<f64>() else { return };
            match comparison.operator.value {
                ComparisonOperator::Gt if counts => low = low.rise(number + 1.0, true),
                ComparisonOperator::Gt => low = low.rise(number, false),
                ComparisonOperator::Gte => low = low.rise(number, true),
                ComparisonOperator::Lt if counts => high = high.fall(number - 1.0, true),
                ComparisonOperator::Lt => high = high.fall(number, false),
                ComparisonOperator::Lte => high = high.fall(number, true),
                ComparisonOperator::Eq => {
                    low = low.rise(number, true);
                    high = high.fall(number, true);
                }
                ComparisonOperator::Neq => excluded.push(number),
            }
        }
        let empty = match low.at.total_cmp(&high.at) {
            Ordering::Less => false,
            Ordering::Equal => {
                !(low.inside && high.inside)
                    || excluded.iter().any(|number| number.total_cmp(&low.at).is_eq())
            }
            Ordering::Greater => true,
        };
        if empty && !rule.comparisons.is_empty() {
            let what = if counts { "no number of matches" } else { "no number" };
            let finding = Diagnostic::new(
                &codes::EMPTY_RANGE,
                self.tree.span(id),
                format!("{what} satisfies the condition"),
            );
            let finding = if rule.comparisons.len() == 1 {
                finding.help("a correlation is tested when a match arrives, so there is always one")
            } else {
                finding.help("the comparisons are joined by `and`")
            };
            self.report(finding);
        }
    }
}

/// An end of a range of numbers.
#[derive(Clone, Copy)]
struct Bound {
    at: f64,
    /// Whether the number itself belongs to the range.
    inside: bool,
}

impl Bound {
    /// The narrower lower bound.
    fn rise(self, at: f64, inside: bool) -> Self {
        self.narrow(at, inside, Ordering::Greater)
    }

    /// The narrower upper bound.
    fn fall(self, at: f64, inside: bool) -> Self {
        self.narrow(at, inside, Ordering::Less)
    }

    fn narrow(self, at: f64, inside: bool, narrower: Ordering) -> Self {
        match at.total_cmp(&self.at) {
            Ordering::Equal => Self { at, inside: inside && self.inside },
            found if found == narrower => Self { at, inside },
            _ => self,
        }
    }
}
