//! What providers and tools wrap events in.

mod wrapper;

use self::wrapper::{Wrapped, Wrapper};
use super::json::{Json, Tape, pointed};
use super::tree::{Kind, Tree};

/// The members that hold a list of events.
const LISTS: [&str; 7] = ["Records", "records", "items", "events", "Events", "results", "logEvents"];

/// What is beside a list of events in a provider's answer and never in an event.
const BOOKKEEPING: [&str; 36] = [
    "@odata.context",
    "@odata.count",
    "@odata.nextLink",
    "count",
    "cursor",
    "etag",
    "fields",
    "has_more",
    "hasMore",
    "highlighted",
    "init_offset",
    "kind",
    "license",
    "limit",
    "logGroup",
    "logStream",
    "messageType",
    "messages",
    "next",
    "next_token",
    "nextBackwardToken",
    "nextForwardToken",
    "nextPageToken",
    "nextToken",
    "NextToken",
    "offset",
    "owner",
    "page",
    "preview",
    "searchedLogStreams",
    "selfLink",
    "size",
    "source",
    "subscriptionFilters",
    "total",
    "total_count",
];

/// How many envelopes may lie in one another.
const MAX_DEPTH: usize = 8;

/// What is done with an event, or with the reason why there is none.
type Visit<'v> = &'v mut dyn FnMut(Result<&Json<'_>, String>);

/// Takes the events out of a value: each an object, or why there is none.
///
/// `Records`, `records`, `items` and `events` are unwrapped where they hold objects and what is beside them cannot be
/// part of an event: a Workspace activity has `events` of its own, beside its `id` and `actor`. What is among the
/// objects and is none is reported.
/// `{source, license, event}` gives the event; what one event is wrapped in is in [`wrapper`].
/// An array counts as its elements.
pub(super) fn unwrap(value: &Json<'_>, visit: Visit<'_>) {
    unwrap_within(value, MAX_DEPTH, visit);
}

fn unwrap_within(value: &Json<'_>, depth: usize, visit: Visit<'_>) {
    match value.kind() {
        Kind::Object if depth == 0 => return visit(Ok(value)),
        Kind::Object => {}
        Kind::Array if depth > 0 => {
            return value.elements().for_each(|element| unwrap_within(element, depth - 1, visit));
        }
        _ => return visit(event(value)),
    }
    let inside = Inside::of(value);
    if let Some(list) = inside.list(value) {
        return unwrap_within(list, depth - 1, visit);
    }
    if let Some(inner) = inside.sourced() {
        return unwrap_within(inner, depth - 1, visit);
    }
    match inside.wrapper.inner() {
        Some(Wrapped::Value(inner)) => unwrap_within(inner, depth - 1, visit),
        Some(Wrapped::Text { name, text, sure }) => match Tape::read(text) {
            Ok(inner) if inner.root().kind() == Kind::Object => unwrap_within(inner.root(), depth - 1, visit),
            _ if sure => visit(Err(format!("`{name}` is not the text of a JSON object"))),
            _ => visit(Ok(value)),
        },
        Some(Wrapped::Lost(why)) => visit(Err(why.to_owned())),
        None => visit(Ok(value)),
    }
}

/// The members by which envelopes are recognised.
#[derive(Default)]
struct Inside<'t, 'a> {
    lists: [Option<&'t Json<'a>>; LISTS.len()],
    source: Option<&'t Json<'a>>,
    license: Option<&'t Json<'a>>,
    event: Option<&'t Json<'a>>,
    wrapper: Wrapper<'t, 'a>,
}

impl<'t, 'a> Inside<'t, 'a> {
    fn of(object: &'t Json<'a>) -> Self {
        let mut inside = Self::default();
        object.each_member(&mut |key, value| match key {
            "source" => inside.source = Some(value),
            "license" => inside.license = Some(value),
            _ => {
                if key == "event" {
                    inside.event = Some(value);
                }
                inside.wrapper.see(key, value);
                if let Some(at) = LISTS.iter().position(|list| *list == key) {
                    inside.lists.get_mut(at).into_iter().for_each(|list| *list = Some(value));
                }
            }
        });
        inside
    }

    /// The events of a list.
    fn list(&self, object: &Json<'_>) -> Option<&'t Json<'a>> {
        let lists = LISTS.iter().zip(self.lists).filter_map(|(name, list)| Some((name, list?)));
        lists.filter(|(name, list)| is_envelope(object, name, list)).map(|(_, list)| list).next()
    }

    /// The event of a collection that names its source.
    fn sourced(&self) -> Option<&'t Json<'a>> {
        let is_text =
            |value: Option<&Json<'_>>| value.is_some_and(|value| matches!(value.kind(), Kind::Text(_)));
        let event = self.event.filter(|event| event.kind() == Kind::Object)?;
        (is_text(self.source) && is_text(self.license)).then_some(event)
    }
}

fn is_envelope(object: &Json<'_>, name: &str, list: &Json<'_>) -> bool {
    let is_object = |value: &Json<'_>| value.kind() == Kind::Object;
    let any_sibling = matches!(name, "Records" | "records") && list.elements().next().is_some();
    list.kind() == Kind::Array
        && (list.elements().next().is_none() || list.elements().any(is_object))
        && object.members().filter(|(key, _)| *key != name).all(|(key, value)| {
            let plain = match value.kind() {
                Kind::Object => value.members().next().is_none() || key == "highlighted",
                Kind::Array => {
                    !value.elements().any(is_object)
                        || ["searchedLogStreams", "fields", "messages", "highlighted"].contains(&key)
                }
                _ => true,
            };
            plain && (any_sibling || BOOKKEEPING.contains(&key))
        })
}

/// Takes the events that are at a pointer: an object, an array of them, or either as JSON text.
pub(super) fn unwrap_at(value: &Json<'_>, pointer: &str, visit: Visit<'_>) {
    let Some(inner) = pointed(value, pointer) else {
        return visit(Err(format!("there is nothing at `{pointer}`")));
    };
    decoded(inner, &mut |inner| match inner.kind() {
        Kind::Array => {
            for element in inner.elements() {
                decoded(element, &mut |element| visit(event(element)));
            }
        }
        _ => visit(event(inner)),
    });
}

/// The value, or the one that it is the text of.
fn decoded(value: &Json<'_>, visit: &mut dyn FnMut(&Json<'_>)) {
    let tape = match value.kind() {
        Kind::Text(text) => Tape::read(text).ok(),
        _ => None,
    };
    match tape {
        Some(tape) => visit(tape.root()),
        None => visit(value),
    }
}

fn event<'t, 'a>(value: &'t Json<'a>) -> Result<&'t Json<'a>, String> {
    let kind = match value.kind() {
        Kind::Object => return Ok(value),
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Number(_) => "a number",
        Kind::Text(_) => "a string",
        Kind::Array => "an array",
    };
    Err(format!("an event is a JSON object, not {kind}"))
}

#[cfg(test)]
mod tests {
    use super::super::stream::Reader;

    /// What is in a text: events as JSON, or why there is none.
    fn show(text: &str) -> Vec<String> {
        let read = Reader::new(text.as_bytes(), None);
        read.map(|read| match read {
            Ok(read) => read.event.value().to_string(),
            Err(fault) => fault.to_string(),
        })
        .collect()
    }

    #[test]
    fn one_event_is_unwrapped() {
        let event = r#"{"eventName":"x"}"#;
        let text = r#""{\"eventName\":\"x\"}""#;
        for wrapped in [
            format!(
                r#"{{"version":"0","detail-type":"t","source":"aws.iam","resources":[],"detail":{event}}}"#
            ),
            format!(
                r#"{{"Events":[{{"EventId":"1","Resources":[{{"a":1}}],"CloudTrailEvent":{text}}}],"NextToken":"t"}}"#
            ),
            format!(r#"{{"preview":false,"offset":0,"result":{{"_raw":{text},"_time":"t"}}}}"#),
            format!(
                r#"{{"preview":false,"init_offset":0,"messages":[],"fields":[{{"name":"_raw"}}],"results":[{{"_raw":{text}}}],"highlighted":{{}}}}"#
            ),
            format!(r#"{{"time":1,"host":"h","sourcetype":"aws:cloudtrail","event":{event}}}"#),
            format!(r#"{{"time":1,"sourcetype":"aws:cloudtrail","event":{text}}}"#),
            format!(
                r#"{{"took":1,"_shards":{{"total":1}},"hits":{{"total":{{"value":1}},"hits":[{{"_index":"i","_source":{{"@timestamp":"t","event":{{"original":{text}}}}}}}]}}}}"#
            ),
            format!(r#"{{"_index":"i","_id":"1","_source":{event}}}"#),
            format!(r#"{{"hits":{{"hits":[{{"_index":"i","_source":{event}}}]}}}}"#),
            format!(r#"{{"@timestamp":"t","message":{text}}}"#),
            format!(
                r#"{{"events":[{{"logStreamName":"s","timestamp":1,"message":{text},"ingestionTime":2}}],"searchedLogStreams":[]}}"#
            ),
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{{"id":"1","timestamp":1,"message":{text}}}]}}"#
            ),
        ] {
            assert_eq!(show(&wrapped), [event], "{wrapped}");
        }
    }

    #[test]
    fn what_only_looks_like_a_wrapper_stays() {
        for event in [
            r#"{"detail":{"a":1},"eventName":"x"}"#,
            r#"{"@timestamp":"t","action":"a","message":"plain"}"#,
            r#"{"@timestamp":"t","message":"{broken"}"#,
            r#"{"event":{"original":"x"},"message":"{}"}"#,
            r#"{"_source":{"a":1}}"#,
            r#"{"result":{"a":1}}"#,
            r#"{"hits":{"hits":[]}}"#,
        ] {
            assert_eq!(show(event), [event]);
        }
        let lost = r#"{"@timestamp":"t","ecs":{"version":"8"},"event":{"action":"x"}}"#;
        assert!(show(lost)[0].contains("no longer has the record"), "{:?}", show(lost));
        assert!(show(r#"{"CloudTrailEvent":"x"}"#)[0].contains("`CloudTrailEvent` is not the text"));
    }
}
