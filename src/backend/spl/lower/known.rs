//! Known lists that a site keeps as a lookup.
//!
//! `lookup … OUTPUTNEW` has no limit of rows and is under any connective, unlike a subsearch of `inputlookup`.
//! Whether letters must agree in case is for the lookup definition to say (`case_sensitive_match`, true where it is not
//! set). Of a field with several values the lookup gives those that have a row; that is known from use, not from the
//! manual.
//!
//! Where exports define the lookup, one definition ignores case and another does not, over the same file.

use super::element::beneath;
use super::field::Found;
use super::leaf::in_lists;
use super::{Inside, Lowering};
use crate::backend::spl::ast::{Command, Expr, Function, Name};
use crate::backend::{Asked, Direction, codes as shared, known};
use crate::ir::{Condition, FieldUse, Formula, Listed, Polarity, Quantifier, Subject};
use crate::schema::{Base, Step};

impl Lowering<'_> {
    /// Whether the value of a field is one of the list.
    pub(super) fn listed(
        &mut self,
        listed: &Listed,
        field: &FieldUse,
        place: &Found<'_>,
        scope: &Inside,
        polarity: Polarity,
    ) -> Option<Expr> {
        if scope.element.is_some() && field.path.base == Base::Element {
            let message = "SPL looks up fields of the event, not members of a chosen element";
            return known::refuse_form(listed, "spl.lookup", message, self.ledger);
        }
        if place.column.as_ref().is_some_and(|column| !column.values.is_empty()) {
            let message =
                format!("the add-on gives other texts of `{}` than the provider writes", field.text);
            self.ledger.note(&shared::STORED_TEXT, polarity, Direction::Either, field.span, message);
        }
        let name = match (place.field.as_ref().filter(|_| place.any), place.value()?) {
            (Some(name), _) => {
                self.note_several(listed, &field.text, polarity);
                self.stage('e', in_lists(name)?)
            }
            (None, Expr::Field(name)) => name,
            (None, value) => self.stage('l', value),
        };
        self.looked_up(listed, name, polarity)
    }

    /// Notes a lookup of a field that holds several values.
    fn note_several(&mut self, listed: &Listed, field: &str, polarity: Polarity) {
        let message = format!("the manual does not say how `lookup` compares the values of `{field}`");
        self.ledger.note(&known::LIST_CASE, polarity, Direction::Either, listed.span, message);
    }

    /// Some element of an array has a member that is one of the list: the extracted field holds the members of all.
    pub(super) fn flat_list(&mut self, array: &[Step], body: &Formula, polarity: Polarity) -> Option<Expr> {
        match body {
            Formula::Elem(inner)
                if inner.quantifier == Quantifier::Any && inner.array.base == Base::Element =>
            {
                self.flat_list(&beneath(array, &inner.array.steps), &inner.body, polarity)
            }
            Formula::Pred(predicate) => {
                let (Subject::Field(field), Condition::Listed(listed)) =
                    (&predicate.subject, &predicate.test)
                else {
                    return None;
                };
                let name = self.auto_name(&beneath(array, &field.path.steps))?;
                self.note_several(listed, &field.text, polarity);
                self.looked_up(listed, name, polarity)
            }
            _ => None,
        }
    }

    /// Notes what the lookup makes of letters in either case.
    fn compares(&mut self, listed: &Listed, polarity: Polarity) {
        let ascii = |values: &Vec<String>| values.iter().all(|value| value.is_ascii());
        let message = match (listed.cased, listed.list.exported) {
            (true, _) => return,
            (false, false) => {
                format!("the lookup of `{}` compares letter case, unless it is defined not to", listed.name)
            }
            (false, true) if listed.list.values.as_ref().is_none_or(ascii) => return,
            (false, true) => {
                format!(
                    "the manual does not say how the lookup of `{}` compares letters outside ASCII",
                    listed.name
                )
            }
        };
        self.ledger.note(&known::LIST_CASE, polarity, Direction::Narrower, listed.span, message);
    }

    fn looked_up(&mut self, listed: &Listed, field: Name, polarity: Polarity) -> Option<Expr> {
        let lookup = known::setting(listed, "spl.lookup", self.ledger)?;
        let column = Name::new(known::setting(listed, "spl.field", self.ledger)?)?;
        let lookup = match (listed.list.exported, listed.cased) {
            (true, true) => Name::new(Asked::cased_lookup(lookup))?,
            _ => Name::new(lookup)?,
        };
        self.compares(listed, polarity);
        self.ledger.asks(Asked::of(listed));
        let same = |command: &&Command| {
            matches!(command, Command::Lookup { lookup: own, column: other, field: read, .. }
                if *own == lookup && *other == column && *read == field)
        };
        let known = self.lookups.iter().find(same).and_then(|command| match command {
            Command::Lookup { output, .. } => Some(output.clone()),
            _ => None,
        });
        let output = known.unwrap_or_else(|| {
            let output = Name::helper('q', self.lookups.len());
            self.lookups.push(Command::Lookup { lookup, column, field, output: output.clone() });
            output
        });
        Some(Expr::call(Function::Isnotnull, [Expr::Field(output)]))
    }
}
