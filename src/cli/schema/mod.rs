//! `sigmata schema list` and `sigmata schema show`.

mod enumerations;
pub(super) mod events;
mod fields;
mod json;
mod show;
mod unknown;

use std::sync::Arc;

use super::layout::{hanging, width};
use super::{Failure, Outcome, Output, Session};
use crate::diagnostic::nearest::nearest;
use crate::rule::LogSource;
use crate::schema::{Delivery, LogMatch, Registry, Schema};
use crate::source::{Span, Spanned};

pub(super) use json::json;
pub(super) use show::show;

/// The logs that have a schema, with where they live.
pub(super) fn list(session: &Session, output: &mut Output) -> Outcome {
    let registry = &session.run.registry;
    listed(registry.names(), registry, output);
    Outcome::Clean
}

/// Some logs, each with its log sources and deliveries.
fn listed(names: Vec<&str>, registry: &Registry, output: &mut Output) {
    let width = width();
    for schema in names.into_iter().filter_map(|name| registry.get(name)) {
        output.line(&format!("{}: {}", output.bold(&schema.name), schema.title));
        for source in registry.log_sources(&schema.name) {
            output.line(&format!("  logsource: {source}"));
        }
        let mut places: Vec<String> = schema.deliveries.iter().map(delivery).collect();
        places.dedup();
        for text in places {
            output.lines(&hanging("  in ", &text, width));
        }
    }
}

fn delivery(delivery: &Delivery) -> String {
    format!("{} {}", delivery.platform.name(), delivery.name)
}

/// What a name of a log stands for.
enum Named {
    One(Arc<Schema>),
    /// A product, or a service of several products: the names of their logs.
    Several(Vec<String>),
}

/// The schema with a name, or with a part of one; or the log that rules call so.
fn named(name: &str, registry: &Registry) -> Option<Named> {
    if let Some(schema) = registry.get(name) {
        return Some(Named::One(schema));
    }
    let part = |log: &&str| log.split('/').any(|part| part.eq_ignore_ascii_case(name));
    let logs: Vec<&str> = registry.names().into_iter().filter(part).collect();
    if let [log] = logs[..] {
        return registry.get(log).map(Named::One);
    }
    if !logs.is_empty() {
        return Some(Named::Several(logs.into_iter().map(str::to_owned).collect()));
    }
    let (product, service) = name.split_once('/')?;
    let text = |part: &str| Some(Spanned::new(part.to_owned(), Span::default()));
    let source = LogSource { product: text(product), service: text(service), ..LogSource::default() };
    match registry.find(&source) {
        LogMatch::Schema(schema) | LogMatch::Alias { schema, .. } => Some(Named::One(schema)),
        LogMatch::Known | LogMatch::Unknown { .. } => None,
    }
}

/// The schema with a name.
pub(super) fn find(session: &Session, name: &str) -> Result<Arc<Schema>, Failure> {
    let registry = &session.run.registry;
    let several = match named(name, registry) {
        Some(Named::One(schema)) => return Ok(schema),
        Some(Named::Several(logs)) => logs,
        None => Vec::new(),
    };
    Err(Failure::Usage(if several.is_empty() {
        unknown(name, registry)
    } else {
        format!("`{name}` has several logs: {}", several.join(", "))
    }))
}

fn unknown(name: &str, registry: &Registry) -> String {
    let names = registry.names();
    let parts = names.iter().flat_map(|name| name.split('/'));
    let near = nearest(name, names.iter().copied().chain(parts));
    match near.first() {
        Some(near) => format!("no schema `{name}`; did you mean `{near}`?"),
        None => format!("no schema `{name}`; `sigmata schema list` names them"),
    }
}
