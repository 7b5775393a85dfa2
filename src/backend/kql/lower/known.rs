//! Known lists that a workspace keeps as a watchlist.

use super::super::ast::{Expr, Name, Watchlist};
use super::place::RowValue;
use super::{Context, Lowerer};
use crate::backend::{Asked, Direction, codes as shared, known};
use crate::ir::{FieldUse, Listed};

/// The column by which a watchlist is searched, unless the site names another.
const KEY: &str = "SearchKey";

impl Lowerer<'_> {
    /// Whether the value is one of the list.
    pub(super) fn listed(
        &mut self,
        place: &RowValue,
        field: &FieldUse,
        listed: &Listed,
        context: &Context,
    ) -> Option<Expr> {
        if !place.values.is_empty() {
            let message = format!("the table holds other texts of `{}` than the provider writes", field.text);
            let (code, direction) = (&shared::STORED_TEXT, Direction::Either);
            self.ledger.note(code, context.polarity, direction, field.span, message);
        }
        let alias = known::setting(listed, "kql.watchlist", self.ledger)?.to_owned();
        let key = Name::from(listed.list.kept.get("kql.key").map_or(KEY, String::as_str));
        let name = name(&listed.name);
        let list = Watchlist { name: name.clone(), alias, key };
        if !self.lists.contains(&list) {
            self.lists.push(list);
        }
        self.ledger.asks(Asked::of(listed));
        let (value, fold) = (Box::new(place.text()), !listed.cased);
        Some(Expr::In { value, fold, list: vec![Expr::Column(name)] })
    }
}

/// A name that no column has and no other list.
fn name(list: &str) -> Name {
    if list.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Name(format!("_list_{list}"));
    }
    let hex: String = list.bytes().map(|byte| format!("{byte:02x}")).collect();
    Name(format!("_listx_{hex}"))
}
