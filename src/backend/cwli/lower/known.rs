//! Known lists that an account keeps as a lookup table.
//!
//! "lookup" gives the output fields of the row that matches, and null where none does; so the matched column is there
//! exactly for the values of the list. An earlier text of the page calls the match exact and case-sensitive.

use super::{At, Lowering, present};
use crate::backend::cwli::ast::{Command, Expr, Name};
use crate::backend::{Asked, Direction, known};
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Listed};
use crate::schema::Base;

/// What names begin with that a query gives itself.
const OWN: &str = "sigma_";

/// A lookup table that is asked for a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lookup {
    table: Name,
    pub(super) column: Name,
    field: Name,
}

impl Lookup {
    /// The command.
    pub(super) fn command(&self) -> Command {
        let Self { table, column, field } = self;
        Command::Lookup { table: table.clone(), column: column.clone(), field: field.clone() }
    }
}

impl Lowering<'_> {
    /// Whether the field is one of the list.
    pub(super) fn listed(&mut self, field: &FieldUse, listed: &Listed, place: &At) -> Option<Expr> {
        let table = Name::key(known::setting(listed, "cwli.table", self.ledger)?)?;
        let column = known::setting(listed, "cwli.field", self.ledger)?.to_owned();
        if field.path.base == Base::Element {
            return self.values_instead(listed, "looks up fields of the event, not elements of arrays");
        }
        let own = column.starts_with(OWN);
        if own || self.frame.schema().is_none_or(|schema| schema.has_field(&column)) {
            let of = if own { "a name that queries give themselves" } else { "a field of the log" };
            let message = format!("the column `{column}` of the lookup table could be {of}");
            let finding = Diagnostic::new(&known::LIST_ELSEWHERE, listed.span, message);
            return self.ledger.refuse(finding.help("name the column otherwise, for example `known_value`"));
        }
        let source = self.source(field, place)?;
        if self.items.iter().any(|item| source.name.starts_with(&item.name)) {
            return self.values_instead(listed, "looks up fields of the event, not elements of arrays");
        }
        if self.aliases.iter().any(|(_, alias)| source.name.starts_with(alias)) {
            let message = "the page does not say whether `lookup` reads what the query itself has named";
            self.ledger.note(&known::LIST_CASE, place.polarity, Direction::Narrower, listed.span, message);
        }
        let column = Name::key(&column)?;
        let lookup = Lookup { table, column: column.clone(), field: source.name };
        if !self.lookups.contains(&lookup) {
            if self.lookups.iter().any(|other| other.column == column) {
                return self.values_instead(listed, "gives one column of a lookup table once in a query");
            }
            self.lookups.push(lookup);
        }
        self.ledger.asks(Asked::of(listed));
        if !listed.cased {
            let message = format!("the lookup of `{}` compares letter case", listed.name);
            self.ledger.note(&known::LIST_CASE, place.polarity, Direction::Narrower, listed.span, message);
        }
        Some(present(column))
    }

    fn values_instead(&mut self, listed: &Listed, why: &str) -> Option<Expr> {
        let message = format!("CloudWatch Logs Insights {why}");
        known::refuse_form(listed, "cwli.table", message, self.ledger)
    }
}
