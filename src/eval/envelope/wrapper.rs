//! What one event is wrapped in: by `EventBridge`, `lookup-events`, CloudWatch Logs, Splunk, Elastic, and the audit log of
//! Microsoft 365.
//!
//! Each is recognised by members that no event of a provider has beside each other. Where the record is text that is not a JSON
//! object, the whole stays as it is, unless nothing else can be meant.

use super::super::json::{Json, pointed};
use super::super::tree::{Kind, Tree as _};

/// The members of an object that tell whether it wraps an event.
#[derive(Default)]
pub(super) struct Wrapper<'t, 'a> {
    audit_data: Option<&'t Json<'a>>,
    cloudtrail_event: Option<&'t Json<'a>>,
    detail: Option<&'t Json<'a>>,
    event: Option<&'t Json<'a>>,
    hits: Option<&'t Json<'a>>,
    message: Option<&'t Json<'a>>,
    raw: Option<&'t Json<'a>>,
    result: Option<&'t Json<'a>>,
    source: Option<&'t Json<'a>>,
    /// The [`sign`]s that it has.
    signs: u16,
}

/// A bit for a member whose presence tells a wrapper; none for another.
const fn sign(key: &str) -> u16 {
    match key.as_bytes() {
        b"detail-type" => 1,
        b"_index" => 1 << 1,
        b"_shards" => 1 << 2,
        b"preview" => 1 << 3,
        b"sourcetype" => 1 << 4,
        b"@timestamp" => 1 << 5,
        b"ecs" => 1 << 6,
        b"ingestionTime" => 1 << 7,
        b"logStreamName" => 1 << 8,
        b"timestamp" => 1 << 9,
        b"id" => 1 << 10,
        _ => 0,
    }
}

/// What is wrapped.
pub(super) enum Wrapped<'t, 'a> {
    /// The value.
    Value(&'t Json<'a>),
    /// The value that a text is in JSON; `sure` where it can be nothing else.
    Text {
        /// The member.
        name: &'static str,
        /// Its text.
        text: &'t str,
        /// Whether another text is an error.
        sure: bool,
    },
    /// The record is not there any more, for this reason.
    Lost(&'static str),
}

impl<'t, 'a> Wrapper<'t, 'a> {
    /// Takes notice of a member.
    pub(super) fn see(&mut self, key: &str, value: &'t Json<'a>) {
        let place = match key {
            "AuditData" => &mut self.audit_data,
            "CloudTrailEvent" => &mut self.cloudtrail_event,
            "detail" => &mut self.detail,
            "event" => &mut self.event,
            "hits" => &mut self.hits,
            "message" => &mut self.message,
            "_raw" => &mut self.raw,
            "result" => &mut self.result,
            "_source" => &mut self.source,
            _ => {
                self.signs |= sign(key);
                return;
            }
        };
        *place = Some(value);
    }

    const fn has(&self, key: &str) -> bool {
        self.signs & sign(key) != 0
    }

    /// What is wrapped, where anything is.
    pub(super) fn inner(&self) -> Option<Wrapped<'t, 'a>> {
        self.record().or_else(|| self.search()).or_else(|| self.line()).or_else(|| self.document())
    }

    /// A record in a member that only one source names so.
    fn record(&self) -> Option<Wrapped<'t, 'a>> {
        if let Some(data) = self.audit_data {
            return match data.kind() {
                Kind::Text(_) => text("AuditData", data, true),
                Kind::Object => Some(Wrapped::Value(data)),
                _ => None,
            };
        }
        let event = self.cloudtrail_event.and_then(|event| text("CloudTrailEvent", event, true));
        event.or_else(|| self.detail.filter(|_| self.has("detail-type")).and_then(object))
    }

    /// A row of Splunk or a hit of Elastic.
    fn search(&self) -> Option<Wrapped<'t, 'a>> {
        let hits = self.hits.and_then(|hits| pointed(hits, "/hits"));
        let of_search = |hits: &&Json<'_>| {
            hits.kind() == Kind::Array && (self.has("_shards") || pointed(hits, "/0/_source").is_some())
        };
        if let Some(hits) = hits.filter(of_search) {
            return Some(Wrapped::Value(hits));
        }
        let hit = self.source.filter(|_| self.has("_index")).and_then(object);
        hit.or_else(|| self.result.filter(|_| self.has("preview")).and_then(object))
            .or_else(|| text("_raw", self.raw?, false))
    }

    /// An event for Splunk's collector, or a line of CloudWatch Logs.
    fn line(&self) -> Option<Wrapped<'t, 'a>> {
        if let Some(event) = self.event.filter(|_| self.has("sourcetype")) {
            return object(event).or_else(|| text("event", event, false));
        }
        let is_line = self.has("ingestionTime")
            || self.has("logStreamName")
            || (self.has("timestamp") && self.has("id"))
            || self.has("@timestamp");
        self.message.filter(|_| is_line).and_then(|message| match message.kind() {
            Kind::Text(line) if line.starts_with('{') => text("message", message, false),
            _ => None,
        })
    }

    /// A document of Elastic, which keeps the record as it came under `event.original`, or does not.
    fn document(&self) -> Option<Wrapped<'t, 'a>> {
        let event = self.event.filter(|event| self.has("@timestamp") && event.kind() == Kind::Object)?;
        match pointed(event, "/original") {
            Some(original) => text("event.original", original, false),
            None if self.has("ecs") => {
                Some(Wrapped::Lost("a document of Elastic without `event.original` no longer has the record"))
            }
            None => None,
        }
    }
}

fn object<'t, 'a>(value: &'t Json<'a>) -> Option<Wrapped<'t, 'a>> {
    (value.kind() == Kind::Object).then_some(Wrapped::Value(value))
}

fn text<'t, 'a>(name: &'static str, value: &'t Json<'a>, sure: bool) -> Option<Wrapped<'t, 'a>> {
    match value.kind() {
        Kind::Text(text) => Some(Wrapped::Text { name, text, sure }),
        _ => None,
    }
}
