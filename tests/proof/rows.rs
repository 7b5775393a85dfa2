//! What a delivery stores of an event.

use serde_json::{Map, Value, json};
use sigmata::schema::{Column, ColumnType, Decode, Delivery, DeliveryForm, Path, Step};
use sigmata::text;

use super::dice::Dice;

/// The values that plain keys reach, with lists opened.
fn reach<'v>(value: &'v Value, path: &Path) -> Vec<&'v Value> {
    let mut reached = vec![value];
    for step in &path.steps {
        let Step::Key(key) = step else { continue };
        reached = reached
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(elements) => elements.iter().collect(),
                other => vec![other],
            })
            .filter_map(|value| value.get(&**key))
            .collect();
    }
    reached
}

/// Whether the delivery holds the event at all.
fn carried(delivery: &Delivery, event: &Value) -> bool {
    delivery.only.iter().all(|(path, values)| {
        reach(event, path).iter().any(|value| {
            value.as_str().is_some_and(|text| values.iter().any(|value| text::equals(value, text)))
        })
    })
}

/// The event once for each row: once, or with each element of the array that the delivery takes apart.
fn exploded(delivery: &Delivery, event: &Value) -> Vec<Value> {
    if !carried(delivery, event) {
        return Vec::new();
    }
    let Some(array) = &delivery.row_per else { return vec![event.clone()] };
    let pointer: String = array
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            _ => None,
        })
        .collect();
    let elements = match event.pointer(&pointer) {
        Some(Value::Array(elements)) => elements.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![other.clone()],
    };
    elements
        .into_iter()
        .map(|element| {
            let mut row = event.clone();
            if let Some(place) = row.pointer_mut(&pointer) {
                *place = element;
            }
            row
        })
        .collect()
}

/// The rows of a table, or nothing when the event does not fit its columns.
///
/// Two fields may share a column, because the provider writes the same value into both.
pub fn rows(delivery: &Delivery, event: &Value, dice: &mut Dice) -> Option<Vec<Map<String, Value>>> {
    made(delivery, event, dice, &|old, new| (old == new).then_some(new))
}

/// The same, for an event that may have one of two fields that share a column: where a transform puts whatever member
/// the record has there.
pub fn rows_of_some(delivery: &Delivery, event: &Value, dice: &mut Dice) -> Option<Vec<Map<String, Value>>> {
    let nothing = |value: &Value| value.is_null() || *value == json!("");
    made(delivery, event, dice, &|old, new| match (nothing(&old), nothing(&new)) {
        (_, true) => Some(old),
        (true, false) => Some(new),
        (false, false) => (old == new).then_some(new),
    })
}

fn made(
    delivery: &Delivery,
    event: &Value,
    dice: &mut Dice,
    shared: &dyn Fn(Value, Value) -> Option<Value>,
) -> Option<Vec<Map<String, Value>>> {
    let mut found = Vec::new();
    for event in exploded(delivery, event) {
        let mut row = Map::new();
        for column in &delivery.columns {
            let Some(name) = &column.name else { continue };
            // A record has no other member than the one that its column is for.
            if !is_there(column, &event) {
                if reach(&event, &column.path).iter().any(|value| !value.is_null()) {
                    return None;
                }
                row.entry(name.clone()).or_insert(Value::Null);
                continue;
            }
            let value = cell(column, &event, dice)?;
            let value = match row.remove(name).filter(|_| column.when.is_none()) {
                Some(old) => shared(old, value)?,
                None => value,
            };
            row.insert(name.clone(), value);
        }
        for (path, values) in &delivery.discriminator {
            let keys: Vec<&str> = path
                .steps
                .iter()
                .filter_map(|step| match step {
                    Step::Key(key) => Some(&**key),
                    _ => None,
                })
                .collect();
            let (Some((name, below)), Some(value)) = (keys.split_first(), values.first()) else { continue };
            let mut value = value.json();
            let known = delivery.columns.iter().any(|column| column.name.as_deref() == Some(*name));
            if below.is_empty() && known {
                // A field of the event is in the column: it says whether the table holds the event.
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let holds =
                    row.get(*name).is_some_and(|old| values.iter().any(|value| value.text() == text(old)));
                if !holds {
                    return None;
                }
                continue;
            }
            for key in below.iter().rev() {
                value = json!({ *key: value });
            }
            match (row.get_mut(*name), &value) {
                (Some(Value::Object(old)), Value::Object(new)) => {
                    if new.iter().any(|(key, value)| old.get(key).is_some_and(|old| old != value)) {
                        return None;
                    }
                    old.extend(new.clone());
                }
                _ => drop(row.insert((*name).to_owned(), value)),
            }
        }
        found.push(row);
    }
    Some(found)
}

/// Whether the column holds its field in this record, where it holds one of several.
fn is_there(column: &Column, event: &Value) -> bool {
    column.when.as_ref().is_none_or(|when| {
        let found = reach(event, &when.path);
        found
            .iter()
            .any(|value| value.as_str().is_some_and(|text| when.values.iter().any(|known| known == text)))
    })
}

/// What the column holds; nothing when the event's value does not fit it.
fn cell(column: &Column, event: &Value, dice: &mut Dice) -> Option<Value> {
    let mut twice = false;
    let value = column.path.steps.iter().try_fold(event, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        // A row of one element has the element in place of its array.
        Step::Each => (!value.is_array()).then_some(value),
        Step::First(keys) => keys.iter().find_map(|key| value.get(&**key)),
        Step::Select { member, key } => {
            let mut found = value
                .as_array()?
                .iter()
                .filter(|element| element.get(&**member).and_then(Value::as_str) == Some(&**key));
            let first = found.next();
            twice |= found.next().is_some();
            first
        }
        Step::Json | Step::Dotted(_) => None,
    });
    // One column cannot hold two elements of one key.
    if twice {
        return None;
    }
    let value = value.filter(|value| !value.is_null());
    if let Some(Value::String(text)) = value {
        // A text that the table keeps for another one is never what the provider wrote.
        let stored = column.values.iter().map(|(_, stored)| stored).chain(&column.absent_as);
        let canonical = column.values.iter().any(|(canonical, _)| canonical == text);
        if !canonical && stored.clone().any(|stored| text::equals(stored, text)) {
            return None;
        }
        if !canonical && column.values.iter().any(|(canonical, _)| text::equals(canonical, text)) {
            return None;
        }
    }
    let stored = value.map(|value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts: Vec<&String> = column
            .values
            .iter()
            .filter(|(canonical, _)| *canonical == text)
            .map(|(_, stored)| stored)
            .collect();
        if texts.is_empty() {
            value.clone()
        } else if !column.is_spelt() && dice.once_in(2) {
            json!(dice.pick(&texts).to_ascii_uppercase())
        } else {
            json!(dice.pick(&texts))
        }
    });
    let guid = |text: &str| {
        let hex =
            |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parts: Vec<&str> = text.split('-').collect();
        parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| hex(part, length))
    };
    if column.ty != ColumnType::DateTime && stored.as_ref().is_some_and(odd_time) {
        return None;
    }
    Some(match (stored, column.ty) {
        (None, ColumnType::String) => match &column.absent_as[..] {
            [] => json!(""),
            texts => json!(dice.pick(texts)),
        },
        (None, _) => Value::Null,
        (Some(value), ColumnType::String) if column.decode == Decode::ParseJson => json!(value.to_string()),
        (Some(Value::String(text)), ColumnType::String) => json!(text),
        (Some(Value::Array(_) | Value::Object(_)), ColumnType::String) => return None,
        (Some(value), ColumnType::String) => json!(value.to_string()),
        (Some(value), ColumnType::Dynamic) => value,
        (Some(Value::String(text)), ColumnType::Integer) => json!(text.parse::<i64>().ok()?),
        (Some(value), ColumnType::Integer) => json!(value.as_i64()?),
        (Some(Value::String(text)), ColumnType::Real) => json!(text.parse::<f64>().ok()?),
        // Whole numbers from 2^53 on are no longer told apart.
        (Some(value), ColumnType::Real) => {
            json!(value.as_f64().filter(|real| real.abs() < 9_007_199_254_740_992.0)?)
        }
        (Some(Value::Bool(truth)), ColumnType::Boolean) => json!(truth),
        (Some(Value::String(text)), ColumnType::Boolean) => json!(text.parse::<bool>().ok()?),
        (Some(Value::String(text)), ColumnType::Guid) if guid(&text) => json!(text),
        (Some(Value::String(text)), ColumnType::DateTime) => json!(instant(&text)?),
        (Some(Value::Number(number)), ColumnType::DateTime) => json!(since_1970(number.as_i64()?)?),
        (Some(_), ColumnType::Boolean | ColumnType::Guid | ColumnType::DateTime) => return None,
    })
}

/// Whether a value holds a time in a form that `todatetime()` is not documented to read: with an offset after a blank or
/// without its colon, with a small `t` or `z`, or with a comma (the pages on `todatetime()` and on the type `datetime`).
fn odd_time(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let time = sigmata::time::instant(text).and_then(|_| text.split_at_checked(19));
            let Some((whole, rest)) = time else { return false };
            let offset = rest.find(['+', '-']).map_or("", |at| &rest[at..]);
            let digits = offset.len() == 5 && offset[1..].bytes().all(|byte| byte.is_ascii_digit());
            digits || whole.contains('t') || rest.contains(['z', ',', ' '])
        }
        Value::Array(elements) => elements.iter().any(odd_time),
        Value::Object(members) => members.values().any(odd_time),
        _ => false,
    }
}

/// A time that the provider counts in seconds or milliseconds, as a column of times holds it: the numbers of this century
/// tell which.
fn since_1970(number: i64) -> Option<String> {
    let (seconds, millis) = match number {
        946_684_800..=4_102_444_800 => (number, 0),
        946_684_800_000..=4_102_444_800_000 => (number / 1000, number % 1000),
        _ => return None,
    };
    Some(super::events::stamp(seconds).replace('Z', &format!(".{millis:03}Z")))
}

/// A time as a column of times holds it, whatever the form in which the provider writes it.
pub fn instant(text: &str) -> Option<String> {
    let whole = text.get(..19)?;
    let rest = text.get(19..)?;
    let fraction = rest.find(['Z', 'z', '+', '-', ' ']).map_or(rest, |at| &rest[..at]);
    let zone = &rest[fraction.len()..];
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let seconds = super::spl::eval::instant(&format!("{whole}{zone}"))? as i64;
    Some(super::events::stamp(seconds).replace('Z', &(fraction.replace(',', ".") + "Z")))
}

/// Takes the value at some keys out of a record.
fn taken(record: &mut Value, keys: &[&str]) -> Option<Value> {
    let (last, above) = keys.split_last()?;
    let holder = above.iter().try_fold(record, |here, key| here.get_mut(*key))?;
    holder.as_object_mut()?.shift_remove(*last)
}

/// The records that a log of raw records holds: fields that the delivery keeps under another name are moved there.
pub fn records(delivery: &Delivery, event: &Value) -> Option<Vec<Value>> {
    if delivery.form != DeliveryForm::Raw {
        return None;
    }
    let rows = exploded(delivery, event);
    // What Splunk adds to each event is not part of the record.
    let own = |path: &Path| path.name() == "source";
    let held = delivery.discriminator.iter().filter(|(path, _)| !own(path)).all(|(path, values)| {
        reach(event, path).iter().any(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.iter().any(|value| {
                let value = value.text();
                match value.strip_suffix('*') {
                    Some(start) => text.starts_with(start),
                    None => text == value,
                }
            })
        })
    });
    if rows.is_empty() || !held {
        return None;
    }
    let mut found = Vec::new();
    for mut record in rows {
        let mut moved = Vec::new();
        for column in &delivery.columns {
            // What the platform alone calls otherwise is in the record under its own name.
            let Some(name) = column.name.as_ref().filter(|_| !column.renamed) else { continue };
            let keys: Vec<&str> = column
                .path
                .steps
                .iter()
                .filter_map(|step| match step {
                    Step::Key(key) => Some(&**key),
                    _ => None,
                })
                .collect();
            // AWS shows a member that begins with `@` under a name with two.
            let shown = keys.join(".");
            // Nor does a provider write the text that an add-on fills in for a field that is not there.
            let filler = |value: &Value| {
                value.as_str().is_some_and(|text| column.absent_as.iter().any(|filler| filler == text))
            };
            if reach(event, &column.path).into_iter().any(filler) {
                return None;
            }
            if shown == *name || (shown.starts_with('@') && name.strip_prefix('@') == Some(&*shown)) {
                if !column.values.is_empty() {
                    return None;
                }
                continue;
            }
            if let Some(value) = taken(&mut record, &keys) {
                moved.push((name.clone(), value));
            }
        }
        for (name, value) in moved {
            let mut place = &mut record;
            for key in name.split('.') {
                if !place.is_object() {
                    *place = json!({});
                }
                let Value::Object(members) = place else { return None };
                place = members.entry(key).or_insert(Value::Null);
            }
            *place = value;
        }
        found.push(record);
    }
    Some(found)
}
