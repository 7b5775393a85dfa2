//! Other documented shapes of a record, rewritten to the canonical one.

use serde_json::{Map, Value};

use super::Event;
use super::tree::Tree;
use crate::schema::{self, Decode, RecordFormatMember, Schema, Signature, Step};

/// The other shapes of one schema, prepared to rewrite events.
///
/// An event is in the first format whose signature it fits; one that is in none is canonical.
/// In a table's row a column that is the empty text has no value, and a text that a delivery writes for a missing value is
/// no value either.
#[derive(Debug)]
pub struct RecordFormats<'s> {
    signature: &'s Signature,
    record_formats: &'s [schema::RecordFormat],
}

impl<'s> RecordFormats<'s> {
    /// The shapes of a schema.
    pub fn of(schema: &'s Schema) -> Self {
        Self { signature: &schema.signature, record_formats: &schema.record_formats }
    }

    /// Whether the event is known to be a record of this log, in whatever format.
    /// Where this is false, it may still be one that lacks what tells it from others.
    pub fn claims(&self, event: &Event) -> bool {
        fits(self.signature, event.value()) || self.recognise(event).is_some()
    }

    /// The shape of an event; `None` for the canonical one.
    pub fn recognise(&self, event: &Event) -> Option<&'s schema::RecordFormat> {
        self.record_formats.iter().find(|format| fits(&format.signature, event.value()))
    }

    /// The event in the canonical shape; `None` when it is in it already.
    pub fn canonical(&self, event: &Event) -> Option<Event> {
        Self::rewrite(self.recognise(event)?, event.value()).map(Event::new)
    }

    /// A record of a format in the canonical shape; `None` for what is not an object.
    pub fn rewrite(record_format: &schema::RecordFormat, record: &Value) -> Option<Value> {
        let own = record.as_object()?;
        let mut rewrite = Rewrite { members: &record_format.members, own, record: Map::new() };
        let mut strays = Vec::new();
        for (key, value) in own {
            let from = [key.as_str()];
            if record_format.row && value.as_str() == Some("") {
                continue;
            }
            match rewrite.member(&from) {
                Some(member) => rewrite.place(value, &from, &target(member), Some(member)),
                None if rewrite.reaches_below(&from) => rewrite.place(value, &from, &[key.as_str()], None),
                None => strays.push((key, value)),
            }
        }
        // What no member lists stays where it is, but never displaces what one does.
        for (key, value) in strays {
            rewrite.put(&[key.as_str()], value.clone());
        }
        Some(Value::Object(rewrite.record))
    }
}

/// Whether an event fits a signature; an empty one fits nothing.
fn fits<V: Tree + ?Sized>(signature: &Signature, event: &V) -> bool {
    let holds = |(name, texts): &(String, Vec<String>)| {
        let text = member(event, name).and_then(Tree::text);
        text.is_some_and(|text| texts.iter().any(|wanted| crate::text::equals(wanted, text)))
    };
    !signature.is_empty()
        && signature.has.iter().all(|name| member(event, name).is_some())
        && !signature.lacks.iter().any(|name| member(event, name).is_some())
        && signature.values.iter().all(holds)
}

/// The member of an object with a name: a key, or keys parted by dots.
fn member<'v, V: Tree + ?Sized>(object: &'v V, name: &str) -> Option<&'v V> {
    if let Some(value) = object.member(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    rest.split('.').try_fold(object.member(first)?, |value, key| value.member(key))
}

/// The keys of a member's canonical path.
fn target(member: &RecordFormatMember) -> Vec<&str> {
    keys(&member.to.steps)
}

/// The keys among steps; an element that is without a list is a list of one.
fn keys(steps: &[Step]) -> Vec<&str> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(&**key),
            _ => None,
        })
        .collect()
}

/// A pair in a keyed array, as a path names it.
struct Pair<'a> {
    array: Vec<&'a str>,
    member: &'a str,
    key: &'a str,
    value: &'a str,
}

impl<'a> Pair<'a> {
    fn of(steps: &'a [Step]) -> Option<Self> {
        let at = steps.iter().position(|step| matches!(step, Step::Select { .. }))?;
        let (array, rest) = steps.split_at(at);
        let (member, key, value) = match rest {
            [Step::Select { member, key }, Step::Key(value)] => (member, key, value),
            [Step::Select { member, key }, Step::First(values)] => (member, key, values.first()?),
            _ => return None,
        };
        Some(Self { array: keys(array), member, key, value })
    }
}

struct Rewrite<'s> {
    members: &'s [RecordFormatMember],
    /// The record as it is.
    own: &'s Map<String, Value>,
    record: Map<String, Value>,
}

impl<'s> Rewrite<'s> {
    fn member(&self, from: &[&str]) -> Option<&'s RecordFormatMember> {
        let is_told = |member: &RecordFormatMember| {
            member.when.as_ref().is_none_or(|(key, texts)| {
                let text = self.own.get(key).and_then(Value::as_str);
                text.is_some_and(|text| texts.iter().any(|known| known == text))
            })
        };
        self.members.iter().find(|member| member.from == from && is_told(member))
    }

    /// Whether some member lies below `from`.
    fn reaches_below(&self, from: &[&str]) -> bool {
        self.members.iter().any(|member| {
            member.from.len() > from.len() && member.from.iter().zip(from).all(|(one, other)| one == other)
        })
    }

    /// Puts the value that is at `from` to `to`, but for what other members take out of it.
    /// The depth is that of the longest `from`.
    fn place(&mut self, value: &Value, from: &[&str], to: &[&str], member: Option<&RecordFormatMember>) {
        let absent = |member: &RecordFormatMember| {
            Tree::text(value).is_some_and(|text| member.absent_as.iter().any(|absent| absent == text))
        };
        if member.is_some_and(absent) {
            return;
        }
        let value = decoded(value, member);
        if let Some(place) = member.and_then(|member| Pair::of(&member.to.steps)) {
            return self.pair(&place, value);
        }
        let Value::Object(object) = value else {
            let steps: Vec<Step> = to.iter().map(|key| Step::Key((*key).into())).collect();
            let value = self.elements(value, from, &steps);
            return self.put(to, value);
        };
        if !self.reaches_below(from) {
            return self.put(to, Value::Object(object));
        }
        for (key, value) in object {
            let from: Vec<&str> = from.iter().copied().chain([key.as_str()]).collect();
            if let Some(member) = self.member(&from) {
                self.place(&value, &from, &target(member), Some(member));
            } else {
                let to: Vec<&str> = to.iter().copied().chain([key.as_str()]).collect();
                self.place(&value, &from, &to, None);
            }
        }
    }

    /// The value that is at `from`, with the members of the elements of arrays under their canonical names.
    /// The depth is that of the longest `from`.
    fn elements(&self, value: Value, from: &[&str], to: &[Step]) -> Value {
        if !self.reaches_below(from) {
            return value;
        }
        match value {
            Value::Array(items) => {
                let to: Vec<Step> = to.iter().cloned().chain([Step::Each]).collect();
                items.into_iter().map(|item| self.elements(item, from, &to)).collect()
            }
            Value::Object(object) => {
                let mut record = Map::new();
                for (key, value) in object {
                    let from: Vec<&str> = from.iter().copied().chain([key.as_str()]).collect();
                    let named =
                        self.member(&from).and_then(|member| match member.to.steps.strip_prefix(to) {
                            Some([Step::Key(name)]) => Some(name.to_string()),
                            _ => None,
                        });
                    let name = named.unwrap_or_else(|| key.clone());
                    let to: Vec<Step> = to.iter().cloned().chain([Step::Key(name.as_str().into())]).collect();
                    let value = self.elements(value, &from, &to);
                    unite(&mut record, name, value);
                }
                Value::Object(record)
            }
            other => other,
        }
    }

    /// Adds a pair to a keyed array of the record.
    fn pair(&mut self, place: &Pair<'_>, value: Value) {
        let pair = Map::from_iter([
            (place.member.to_owned(), Value::String(place.key.to_owned())),
            (place.value.to_owned(), value),
        ]);
        let mut pairs = Value::Array(vec![Value::Object(pair)]);
        let mut object = &mut self.record;
        let Some((last, parents)) = place.array.split_last() else { return };
        for parent in parents {
            let slot = object.entry(*parent).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = slot else { return };
            object = inner;
        }
        match (object.get_mut(*last), &mut pairs) {
            (Some(Value::Array(known)), Value::Array(pairs)) => known.append(pairs),
            _ => unite(object, (*last).to_owned(), pairs),
        }
    }

    /// Puts a value into the record. What is there already stays, unless it is null; objects are united.
    fn put(&mut self, to: &[&str], value: Value) {
        let Some((last, parents)) = to.split_last() else {
            if let Value::Object(object) = value {
                object.into_iter().for_each(|(key, value)| unite(&mut self.record, key, value));
            }
            return;
        };
        let mut object = &mut self.record;
        for parent in parents {
            let slot = object.entry(*parent).or_insert(Value::Null);
            if slot.is_null() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(inner) = slot else { return };
            object = inner;
        }
        unite(object, (*last).to_owned(), value);
    }
}

/// The depth is that of the event, which the JSON parser bounds.
fn unite(object: &mut Map<String, Value>, key: String, value: Value) {
    match (object.get_mut(&key), value) {
        (None | Some(Value::Null), value) => {
            object.insert(key, value);
        }
        (Some(Value::Object(old)), Value::Object(new)) => {
            new.into_iter().for_each(|(key, value)| unite(old, key, value));
        }
        _ => {}
    }
}

fn decoded(value: &Value, member: Option<&RecordFormatMember>) -> Value {
    let Some(member) = member else { return value.clone() };
    if let (Decode::ParseJson, Value::String(text)) = (member.decode, value)
        && let Ok(parsed) = serde_json::from_str(text)
    {
        return parsed;
    }
    let same = |stored: &str, text: &str| {
        if member.spelt { stored == text } else { stored.eq_ignore_ascii_case(text) }
    };
    let canonical = Tree::text(value)
        .and_then(|text| member.values.iter().find(|(_, stored)| same(stored, text)))
        .map(|(canonical, _)| Value::String(canonical.clone()));
    canonical.unwrap_or_else(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Path, RecordFormat};

    fn member(from: &str, to: &str, decode: Decode, values: &[(&str, &str)]) -> RecordFormatMember {
        RecordFormatMember {
            from: from.split('/').map(str::to_owned).collect(),
            to: Path::keys(to.split('/').filter(|key| !key.is_empty())),
            decode,
            values: values.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect(),
            spelt: true,
            absent_as: vec!["success".into()],
            when: None,
        }
    }

    fn signature(has: &str, lacks: &[&str]) -> Signature {
        Signature {
            has: vec![has.into()],
            lacks: lacks.iter().map(|key| (*key).into()).collect(),
            ..Signature::default()
        }
    }

    fn check(record_formats: &[RecordFormat], event: &str, expected: &str) {
        let event = Event::new(serde_json::from_str(event).unwrap());
        let found = RecordFormats { signature: &Signature::default(), record_formats }.canonical(&event);
        let found = found.map_or_else(|| "canonical".to_owned(), |event| event.value().to_string());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_column_of_several_members_is_the_one_that_another_says() {
        let of = |kind: &str| RecordFormatMember {
            when: Some(("Kind".into(), vec![kind.to_owned()])),
            ..member("Details", kind, Decode::None, &[])
        };
        let row = [RecordFormat {
            name: "row".into(),
            signature: signature("Kind", &["kind"]),
            members: vec![member("Kind", "kind", Decode::None, &[]), of("added"), of("removed")],
            row: true,
        }];
        for kind in ["added", "removed"] {
            let expected = format!(r#"{{"{kind}":{{"id":1}},"kind":"{kind}"}}"#);
            check(&row, &format!(r#"{{"Details":{{"id":1}},"Kind":"{kind}"}}"#), &expected);
        }
        // What no member is for stays where it is.
        check(&row, r#"{"Details":{"id":1},"Kind":"other"}"#, r#"{"kind":"other","Details":{"id":1}}"#);
    }

    #[test]
    fn rows_become_records() {
        let row = [RecordFormat {
            name: "row".into(),
            signature: signature("OperationName", &["records"]),
            members: vec![
                member("OperationName", "properties/activity", Decode::None, &[]),
                member("Target", "properties/targets", Decode::ParseJson, &[]),
                member("Kind", "kind", Decode::None, &[("User", "1")]),
                member("Actor", "properties/by", Decode::ParseJson, &[]),
                member("Actor/user/mail", "properties/mail", Decode::None, &[]),
            ],
            row: true,
        }];
        check(&row, r#"{"properties":{}}"#, "canonical");
        check(&row, r#"{"OperationName":"x","records":[]}"#, "canonical");
        check(&row, r#"{"OperationName":"Add"}"#, r#"{"properties":{"activity":"Add"}}"#);
        check(
            &row,
            r#"{"OperationName":"Add","Target":"[{\"id\":1}]","Kind":1,"Other":"x","TenantId":""}"#,
            r#"{"properties":{"activity":"Add","targets":[{"id":1}]},"kind":"User","Other":"x"}"#,
        );
        check(
            &row,
            r#"{"OperationName":"","Target":"","Kind":"2","Actor":"{\"user\":{\"mail\":\"success\",\"id\":\"\"}}"}"#,
            r#"{"kind":"2","properties":{"by":{"user":{"id":""}}}}"#,
        );
        check(
            &row,
            r#"{"OperationName":"x","Target":"no json","Actor":{"user":null}}"#,
            r#"{"properties":{"activity":"x","targets":"no json","by":{"user":null}}}"#,
        );
    }

    #[test]
    fn members_of_elements_are_renamed() {
        let each = |from: &str, to: &[&str]| {
            let steps =
                to.iter().map(|step| if *step == "[]" { Step::Each } else { Step::Key((*step).into()) });
            let to = Path { steps: steps.collect(), ..Path::default() };
            RecordFormatMember { to, ..member(from, "x", Decode::None, &[]) }
        };
        let logged = [RecordFormat {
            name: "entry".into(),
            signature: signature("payload", &[]),
            members: vec![
                each("payload/event", &["events"]),
                each("payload/event/eventName", &["events", "[]", "name"]),
                each("payload/event/parameter", &["events", "[]", "parameters"]),
                each("payload/event/parameter/multi", &["events", "[]", "parameters", "[]", "multiValue"]),
            ],
            row: false,
        }];
        check(
            &logged,
            r#"{"payload":{"event":[{"eventName":"A","parameter":[{"name":"n","multi":["x"]}],"at":1},{"eventName":"B"}]}}"#,
            r#"{"events":[{"name":"A","parameters":[{"name":"n","multiValue":["x"]}],"at":1},{"name":"B"}]}"#,
        );
        check(&logged, r#"{"payload":{"event":{"eventName":"A"}}}"#, r#"{"events":{"name":"A"}}"#);
        let select = Step::Select { member: "name".into(), key: "ROLE".into() };
        let steps = vec![Step::Key("events".into()), Step::Each, Step::Key("parameters".into()), select];
        let first = Step::First(vec!["value".into(), "intValue".into()]);
        let role = Path { steps: steps.into_iter().chain([first]).collect(), ..Path::default() };
        let flat = [RecordFormat {
            name: "flat".into(),
            signature: signature("role", &[]),
            members: vec![
                RecordFormatMember { to: role.clone(), ..member("role", "x", Decode::None, &[]) },
                RecordFormatMember { to: role, ..member("other", "x", Decode::None, &[]) },
                each("name", &["events", "[]", "name"]),
            ],
            row: false,
        }];
        check(
            &flat,
            r#"{"name":"A","role":"admin","other":"x"}"#,
            r#"{"events":{"name":"A","parameters":[{"name":"ROLE","value":"admin"},{"name":"ROLE","value":"x"}]}}"#,
        );
        check(&logged, r#"{"payload":{"event":["x",null]}}"#, r#"{"events":["x",null]}"#);
    }

    #[test]
    fn what_is_listed_is_never_displaced() {
        let graph = [RecordFormat {
            name: "resource".into(),
            signature: signature("id", &[]),
            members: vec![
                member("a", "properties/a", Decode::None, &[]),
                member("b", "properties", Decode::None, &[]),
                member("all", "", Decode::None, &[]),
            ],
            row: false,
        }];
        check(
            &graph,
            r#"{"id":1,"a":"","properties":{"a":2,"c":3}}"#,
            r#"{"properties":{"a":"","c":3},"id":1}"#,
        );
        check(&graph, r#"{"id":1,"a":1,"b":{"a":2,"c":{}}}"#, r#"{"properties":{"a":1,"c":{}},"id":1}"#);
        check(&graph, r#"{"id":1,"a":1,"b":5}"#, r#"{"properties":{"a":1},"id":1}"#);
        check(&graph, r#"{"id":1,"b":5,"a":1}"#, r#"{"properties":5,"id":1}"#);
        check(&graph, r#"{"id":1,"all":{"x":1}}"#, r#"{"x":1,"id":1}"#);
    }
}
