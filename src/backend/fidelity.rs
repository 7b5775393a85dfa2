//! The bookkeeping of what a query means against its rule: notes, refusals, and the direction of the whole query.
//!
//! A back end walks the formula with a [`Polarity`] and a [`Ledger`].
//! Where one leaf cannot be stated exactly it says on which side *the leaf* errs; the polarity turns that into the
//! side on which *the whole query* errs.
//! Where a leaf cannot be stated at all it calls [`Ledger::refuse`] and returns `None`, so that one walk collects
//! every reason.

use crate::backend::{Asked, Compiled, Direction, Fidelity, Note, Reads, Shown};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Polarity;
use crate::source::Span;

/// What a walk over the formula has to say about the query.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    notes: Vec<Note>,
    refusals: Vec<Diagnostic>,
    remarks: Vec<Diagnostic>,
    shows: Vec<Shown>,
    reads: Vec<Reads>,
    lists: Vec<Asked>,
}

impl Ledger {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that a part errs in the direction `part`, which is under `polarity`.
    /// The same code and message are said once, at the first place; opposite directions become `either`.
    pub fn note(
        &mut self,
        code: &'static Code,
        polarity: Polarity,
        part: Direction,
        span: Span,
        message: impl Into<String>,
    ) {
        let direction = part.under(polarity);
        let message = message.into();
        if let Some(old) = self.notes.iter_mut().find(|old| old.code == code && old.message == message) {
            if old.direction != direction {
                old.direction = Direction::Either;
            }
        } else {
            self.notes.push(Note { code, message, direction, span });
        }
    }

    /// Records that there can be no query, and why. Returns `None` for the caller to return.
    pub fn refuse<T>(&mut self, reason: Diagnostic) -> Option<T> {
        if !self.refusals.iter().any(|old| old.message == reason.message && old.span == reason.span) {
            self.refusals.push(reason);
        }
        None
    }

    /// The first reason why there is no query.
    pub fn refusal(&self) -> Option<&Diagnostic> {
        self.refusals.first()
    }

    /// Takes over what is said of the parts of a query that gives the rows of all: every note, what they show and read,
    /// and what is remarked of each of them.
    pub fn join(&mut self, parts: Vec<Self>) {
        let in_all = |remark: &Diagnostic| {
            let same = |other: &Diagnostic| other.message == remark.message && other.span == remark.span;
            parts.iter().all(|part| part.remarks.iter().any(same))
        };
        let common = parts.first().into_iter().flat_map(|part| &part.remarks);
        let common: Vec<Diagnostic> = common.filter(|remark| in_all(remark)).cloned().collect();
        self.remarks.extend(common);
        for part in parts {
            part.shows.into_iter().for_each(|shown| self.show(shown));
            part.reads.into_iter().for_each(|read| self.reads(read));
            part.lists.into_iter().for_each(|list| self.asks(list));
            for note in part.notes {
                self.note(note.code, Polarity::Positive, note.direction, note.span, note.message);
            }
        }
    }

    /// Records a finding that changes nothing in what the query means.
    pub fn remark(&mut self, finding: Diagnostic) {
        self.remarks.push(finding);
    }

    /// Records a column of the result, and the field that it holds.
    pub fn show(&mut self, shown: Shown) {
        if self.shows.iter().all(|old| old.column != shown.column) {
            self.shows.push(shown);
        }
    }

    /// Forgets the columns that the result does not have after all.
    pub fn shows_only(&mut self, has: impl Fn(&str) -> bool) {
        self.shows.retain(|shown| has(&shown.column));
    }

    /// What was recorded of columns so far, which is recorded no longer.
    pub fn take_shows(&mut self) -> Vec<Shown> {
        std::mem::take(&mut self.shows)
    }

    /// Records a place that the query reads.
    pub fn reads(&mut self, read: Reads) {
        if !self.reads.contains(&read) {
            self.reads.push(read);
        }
    }

    /// Records a known list that the query asks the platform for.
    pub fn asks(&mut self, list: Asked) {
        if !self.lists.contains(&list) {
            self.lists.push(list);
        }
    }

    /// Whether something was refused.
    pub fn refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// How many notes there are, to come back to with [`rewind`](Self::rewind).
    pub fn mark(&self) -> usize {
        self.notes.len()
    }

    /// Forgets the notes made since the mark: for a part that turned out not to be in the query.
    pub fn rewind(&mut self, mark: usize) {
        self.notes.truncate(mark);
    }

    /// The outcome for a log of which it is not known where it is kept. What the query means is judged as for any
    /// other; a language that `needs` a table then has none.
    pub fn unplaced(self, query: Option<String>, needs: bool) -> Compiled {
        let mut compiled = self.finish(query);
        if compiled.fidelity != Fidelity::Refused {
            compiled.fidelity = Fidelity::Unplaced;
            compiled.query = compiled.query.filter(|_| !needs);
        }
        compiled
    }

    /// Says of every note that the query errs on both sides: of a whole in which more and fewer matches of a part can
    /// each add and take away.
    pub fn blur(&mut self) {
        self.notes.iter_mut().for_each(|note| note.direction = Direction::Either);
    }

    /// The outcome: refused when anything was, or when there is no query; approximate when there are notes.
    pub fn finish(self, query: Option<String>) -> Compiled {
        let query = query.filter(|_| self.refusals.is_empty());
        let fidelity = match (&query, self.notes.is_empty()) {
            (None, _) => Fidelity::Refused,
            (Some(_), true) => Fidelity::Exact,
            (Some(_), false) => Fidelity::Approximate,
        };
        let notes = if query.is_some() { self.notes } else { Vec::new() };
        let diagnostics = self.refusals.into_iter().chain(self.remarks).collect();
        let Self { shows, reads, lists, .. } = self;
        Compiled { query, fidelity, notes, diagnostics, schedule: None, shows, reads, lists }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::codes;
    use crate::ir::Quantifier;

    fn span() -> Span {
        Span::default()
    }

    #[test]
    fn negations_turn_the_direction() {
        use Direction::{Either, Narrower, Wider};
        for (polarity, part, whole) in [
            (Polarity::Positive, Wider, Wider),
            (Polarity::Positive.flip(), Wider, Narrower),
            (Polarity::Positive.flip(), Narrower, Wider),
            (Polarity::Positive.flip().flip(), Narrower, Narrower),
            (Polarity::Positive.within(Quantifier::None), Wider, Narrower),
            (Polarity::Positive.within(Quantifier::All), Wider, Wider),
            (Polarity::Negative.within(Quantifier::None), Wider, Wider),
            (Polarity::Negative, Either, Either),
        ] {
            assert_eq!(part.under(polarity), whole, "{polarity:?} {part:?}");
        }
    }

    #[test]
    fn the_same_note_is_said_once_and_opposite_directions_are_either() {
        let mut ledger = Ledger::new();
        ledger.note(&codes::MISSING_OR_EMPTY, Polarity::Positive, Direction::Wider, span(), "x");
        ledger.note(&codes::MISSING_OR_EMPTY, Polarity::Positive, Direction::Wider, span(), "x");
        ledger.note(&codes::MISSING_OR_EMPTY, Polarity::Negative, Direction::Wider, span(), "x");
        let compiled = ledger.finish(Some("q".into()));
        assert_eq!(compiled.fidelity, Fidelity::Approximate);
        assert_eq!(compiled.notes.iter().map(|note| note.direction).collect::<Vec<_>>(), [Direction::Either]);
    }

    #[test]
    fn a_refusal_leaves_no_query() {
        let mut ledger = Ledger::new();
        let refused: Option<()> = ledger.refuse(Diagnostic::new(&codes::FIELD_NOT_CARRIED, span(), "no"));
        assert!(refused.is_none());
        let compiled = ledger.finish(Some("q".into()));
        assert_eq!((compiled.query, compiled.fidelity), (None, Fidelity::Refused));
        assert_eq!(compiled.diagnostics.len(), 1);
    }
}
