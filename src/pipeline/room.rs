//! How much pipelines may add to a document: a list of names or values in place of one multiplies with every
//! transformation that has one.

use super::{Item as Transformation, State, codes};
use crate::diagnostic::Diagnostic;
use crate::rule::{Item, Value, ValueKind};
use crate::source::Span;

/// The most values and names that pipelines add to a document.
pub(super) const MOST_VALUES: usize = 10_000;
/// The most text in values and names that pipelines add to a document, in bytes.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// What may still be added to a document. What is taken away gives nothing back.
#[derive(Debug)]
pub(super) struct Room {
    values: usize,
    bytes: usize,
}

/// More than there is room for.
#[derive(Debug)]
pub(super) struct Full;

impl Default for Room {
    fn default() -> Self {
        Self { values: MOST_VALUES, bytes: MOST_BYTES }
    }
}

impl Room {
    /// Takes room for so many values and names, and so many bytes of them.
    pub(super) fn take(&mut self, values: usize, bytes: usize) -> Result<(), Full> {
        let values = self.values.checked_sub(values).ok_or(Full)?;
        let bytes = self.bytes.checked_sub(bytes).ok_or(Full)?;
        *self = Self { values, bytes };
        Ok(())
    }

    /// Takes what texts in the place of one of a length need besides.
    pub(super) fn replace<'t>(
        &mut self,
        old: usize,
        new: impl IntoIterator<Item = &'t str>,
    ) -> Result<(), Full> {
        let (mut values, mut bytes) = (0_usize, 0_usize);
        for text in new {
            values += 1;
            bytes += text.len();
        }
        self.take(values.saturating_sub(1), bytes.saturating_sub(old))
    }

    /// Whether there is room for so many values.
    pub(super) const fn has(&self, values: usize) -> bool {
        values <= self.values
    }

    /// How long a text in the place of one of a length may be.
    pub(super) const fn longest(&self, old: usize) -> usize {
        self.bytes.saturating_add(old)
    }
}

/// How many values an item has, one at least, and how many bytes are in it.
pub(super) fn size(item: &Item) -> (usize, usize) {
    let values = super::when::values(item);
    let field = item.field.as_ref().map_or(0, |field| field.text.len());
    (values.len().max(1), field + values.iter().map(length).sum::<usize>())
}

/// The length of a value.
pub(super) fn length(value: &Value) -> usize {
    match &value.kind {
        ValueKind::Text { text, .. } => text.len(),
        ValueKind::Null | ValueKind::Hole => 0,
    }
}

/// Nothing more is applied to a document of which more would be made than may be.
pub(super) fn full(one: &Transformation, span: Span, state: &mut State) {
    state.full = true;
    let message = format!(
        "with `{}` the pipeline adds more than {MOST_VALUES} values and names, or {MOST_BYTES} bytes of them",
        one.name
    );
    let finding = Diagnostic::new(&codes::REFUSED, span, message);
    state.findings.push(finding.help("split the rule, or let the pipeline put in less"));
}
