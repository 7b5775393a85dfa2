//! Values that the log writes otherwise than people do: numbers that have labels, and false and zero that are left out.

use std::sync::Arc;

use super::builder::Builder;
use super::codes;
use super::text;
use super::wording::either;
use crate::diagnostic::{Diagnostic, Fix, Severity, nearest};
use crate::ir::FieldUse;
use crate::rule::Item;
use crate::schema::{Base, Field, Path, Step};
use crate::source::Span;

/// How the log writes the values of a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Numbers and their labels.
    labels: Arc<[(Box<str>, Box<str>)]>,
    /// Whether false or zero is left out.
    pub false_is_absent: bool,
}

impl Written {
    pub fn of(field: &Field) -> Self {
        Self { labels: field.labels.clone(), false_is_absent: field.false_is_absent }
    }

    /// The number that a label stands for.
    fn number(&self, label: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(_, known)| crate::text::equals(label, known));
        found.map(|(number, _)| &**number)
    }
}

impl Builder<'_, '_> {
    /// The number that the log has in place of `value`, if that is a label of the field; reports that it is one.
    pub(super) fn labelled(
        &mut self,
        item: &Item,
        field: &FieldUse,
        written: &Written,
        value: &str,
        span: Span,
    ) -> Option<String> {
        let number = written.number(&text::unescaped(value)?)?.to_owned();
        let message = format!("`{}` holds a number, of which `{value}` is the label", field.text);
        let finding = Diagnostic::new(&codes::value::VALUE_TYPE, span, message).severity(Severity::Warning);
        let finding = finding.help(format!("write `{number}`")).suggest([number.clone()]);
        self.report(item, finding.fix(Fix::safe(span, number.clone())));
        Some(number)
    }

    /// Reports a number without a label where the provider lists what its numbers mean.
    pub(super) fn unlabelled(
        &mut self,
        item: &Item,
        field: &FieldUse,
        written: &Written,
        value: &str,
        span: Span,
    ) {
        // A range from zero without gaps is an enumeration; of other numbers there may be more.
        let mut numbers: Vec<u32> =
            written.labels.iter().filter_map(|(number, _)| number.parse().ok()).collect();
        numbers.sort_unstable();
        let dense = numbers.windows(2).all(|pair| matches!(pair, [one, next] if one + 1 == *next));
        let from_start = numbers.first().is_some_and(|first| *first == 0);
        if numbers.len() < 5
            || !from_start
            || !dense
            || value.parse().is_ok_and(|value| numbers.contains(&value))
        {
            return;
        }
        let message = format!("`{}` has no documented value `{value}`", field.text);
        let finding = Diagnostic::new(&codes::value::UNKNOWN_VALUE, span, message);
        let finding = finding.label("not among the numbers whose meaning is known, which are not all");
        self.report(item, finding.severity(Severity::Warning));
    }

    /// Adds the labels near to a value, with their numbers, to a finding.
    pub(super) fn near_labels(&mut self, finding: Diagnostic, written: &Written, value: &str) -> Diagnostic {
        if written.labels.is_empty() || !self.search() {
            return finding;
        }
        let near = nearest::nearest(value, written.labels.iter().map(|(_, label)| &**label));
        let numbers: Vec<&str> = near.iter().filter_map(|label| written.number(label)).collect();
        let Some(first) = numbers.first() else { return finding };
        let help = format!("did you mean {} ({})?", either(&numbers), near.join(", "));
        let fix = Fix::guess(finding.span, (*first).to_owned());
        finding.help(help).fix(fix).suggest(numbers.iter().map(ToString::to_string))
    }

    /// Reports false or zero where the log leaves the field out in its place.
    pub(super) fn left_out(&mut self, item: &Item, field: &FieldUse, value: &str, span: Span) {
        let message = format!("`{}` is never `{value}` in the log", field.text);
        let finding =
            Diagnostic::new(&codes::value::UNKNOWN_VALUE, span, message).severity(Severity::Warning);
        let finding = finding.label("the provider leaves the field out in its place");
        let finding = match element_and_member(&field.path) {
            None => finding.help("write `null`").fix(Fix::guess(span, "null")),
            Some((array, member)) => {
                finding.help(format!("write `{array}[any]` with `{member}: null` in a block below it"))
            }
        };
        self.report(item, finding);
    }
}

/// The innermost array on a path from the event, and the name of the member in its elements.
fn element_and_member(path: &Path) -> Option<(String, String)> {
    let at = path.steps.iter().rposition(|step| matches!(step, Step::Each))?;
    let (array, member) = path.steps.split_at_checked(at)?;
    let array = Path { base: path.base, steps: array.to_vec() };
    let member = Path { base: Base::Element, steps: member.to_vec() };
    Some((array.name(), member.name()))
}
