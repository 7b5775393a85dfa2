//! Fields that a log does not have.

use crate::cli::Failure;
use crate::diagnostic::nearest::nearest;
use crate::schema::{Facts, Schema};

/// Why there is no field, and what to do.
pub(super) fn unknown(schema: &Schema, wanted: &str, event: Option<&str>) -> Failure {
    let meant = schema.meant(wanted).and_then(|meant| meant.fields.into_iter().next());
    let hint = match (meant.or_else(|| near(schema, wanted)), event) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, None) => "`--event NAME` shows what an event holds".to_owned(),
        (None, Some(_)) => format!("`sigmata schema show {}` lists all", schema.name),
    };
    Failure::Usage(format!("{} has no field `{wanted}`; {hint}", schema.name))
}

/// The field with the nearest name.
fn near(schema: &Schema, wanted: &str) -> Option<String> {
    let rows = schema.outline("", &Facts::default());
    nearest(wanted, rows.iter().map(|row| row.name.as_str())).into_iter().next()
}
