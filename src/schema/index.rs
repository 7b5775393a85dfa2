//! Which shipped log has a name: an answer that decodes no schema.
//!
//! Three texts are searched in place: field names, values, and the generated tables that hold values of a field. What
//! many names or values have in common, the logs and the places, is in a list of its own, and they hold its line.
//! They are written from the schemas by `SIGMATA_ACCEPT=1 cargo test --test schemas`, which also compares them.

use super::{Completeness, KnownValues, ObjectType, Schema, Type, tables};
use crate::source::sorted;
use crate::text::key;

/// `name<TAB>line`: every name of a field, in every record format; sorted.
const NAMES: &str = include_str!("shipped/index/names.txt");
/// `log,log`: the logs of a name.
const LOGS: &str = include_str!("shipped/index/logs.txt");
/// `value<TAB>line`: every value that a schema lists itself, without regard to letter case; sorted.
const VALUES: &str = include_str!("shipped/index/values.txt");
/// `log field<TAB>log field`: the places of a value.
const PLACES: &str = include_str!("shipped/index/places.txt");
/// `log<TAB>field<TAB>table`: the fields whose values are in a generated table.
const TABLES: &str = include_str!("shipped/index/tables.txt");

/// How deep names are taken.
const MAX_DEPTH: usize = 12;

/// The shipped logs that have a field with exactly this name, in whatever record format.
pub fn logs_with_field(name: &str) -> Vec<&'static str> {
    entry(NAMES, name, LOGS).map(|logs| logs.split(',').collect()).unwrap_or_default()
}

/// The shipped logs that have a field which can hold this text, each with the field.
pub fn logs_with_value(text: &str) -> Vec<(&'static str, &'static str)> {
    let listed = entry(VALUES, &key(text), PLACES).into_iter().flat_map(|places| places.split('\t'));
    let mut found: Vec<_> = listed.filter_map(|place| place.split_once(' ')).collect();
    for row in TABLES.lines() {
        let mut cells = row.split('\t');
        let (Some(log), Some(field), Some(table)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        let known = tables::known_values(table, String::new(), Completeness::Incomplete, String::new());
        if known.is_some_and(|known| known.canonical(text).is_some()) {
            found.push((log, field));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The line of a list that a sorted text names for `key`.
fn entry(text: &'static str, key: &str, list: &'static str) -> Option<&'static str> {
    list.lines().nth(sorted::entry(text, key, b'\t')?.parse().ok()?)
}

/// The fields of a log that have a list of known values.
pub fn enumerations(schema: &Schema) -> Vec<(String, std::sync::Arc<dyn KnownValues>)> {
    let mut found = Vec::new();
    collect(&schema.record, &mut String::new(), 0, &mut found);
    found
}

fn collect(
    object: &ObjectType,
    prefix: &mut String,
    depth: usize,
    found: &mut Vec<(String, std::sync::Arc<dyn KnownValues>)>,
) {
    for field in &object.fields {
        let length = prefix.len();
        prefix.push_str(&field.name);
        let mut ty = &field.ty;
        while let Type::Array(inner) = ty {
            ty = inner;
        }
        match ty {
            Type::Enum(known_values) => found.push((prefix.clone(), known_values.clone())),
            Type::Object(inner) if depth < MAX_DEPTH => {
                prefix.push('.');
                collect(inner, prefix, depth + 1, found);
            }
            _ => {}
        }
        prefix.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_values_name_their_logs() {
        assert_eq!(logs_with_field("protoPayload.methodName").first(), Some(&"gcp/gcp.audit"));
        assert!(logs_with_value("createuser").contains(&("aws/cloudtrail", "eventName")));
        assert!(logs_with_field("wibble").is_empty() && logs_with_value("wibble").is_empty());
    }
}
