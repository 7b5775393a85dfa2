//! Which log a rule is about, and what to write where its log source names none.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::codes;
use super::site::items;
use super::wording::{did_you_mean, listed};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::rule::{Detection, LogSource, NamePart};
use crate::schema::{LogMatch, Registry, Schema};
use crate::source::Spanned;

/// How many names of fields are looked up.
const MAX_NAMES: usize = 32;

/// The schema of the log source.
pub(super) fn schema(
    source: &LogSource,
    detection: &Detection,
    registry: &Registry,
    found: &mut Vec<Diagnostic>,
) -> Option<Arc<Schema>> {
    let parts = [("product", &source.product), ("service", &source.service), ("category", &source.category)];
    if parts.iter().all(|(_, part)| part.is_none()) {
        // That it is missing has been reported.
        return None;
    }
    match registry.find(source) {
        LogMatch::Schema(schema) => Some(schema),
        LogMatch::Known => {
            let message = "the log has no schema; fields and values are not checked";
            let finding = Diagnostic::new(&codes::name::UNCHECKED_LOG, source.span, message);
            let fields = fields(detection);
            let pointed = pointed(&fields, registry);
            // Where only the product is named, one of its logs is meant.
            let alone = source.service.is_none() && source.category.is_none();
            let product = source.product.as_ref().filter(|_| alone).map_or("", |product| &product.value);
            let services = ranked(registry.services(product), product, &fields, registry);
            found.push(told(finding, product, &services, pointed, registry));
            None
        }
        LogMatch::Alias { schema, product, service } => {
            let wrong: Vec<(&Spanned<String>, &str)> =
                [(&source.product, product), (&source.service, service)]
                    .into_iter()
                    .filter_map(|(part, meant)| Some((part.as_ref()?, meant)))
                    .filter(|(part, meant)| part.value != *meant)
                    .collect();
            let span = wrong.first().map_or(source.span, |(part, _)| part.span);
            let message = format!("the log source of this log is `product: {product}`, `service: {service}`");
            let mut finding =
                Diagnostic::new(&codes::name::UNKNOWN_LOG, span, message).severity(Severity::Warning);
            for (part, meant) in wrong {
                finding = match finding.fix.take() {
                    None => finding.fix(Fix::safe(part.span, meant)),
                    Some(fix) => finding.fix(fix.and(part.span, meant)),
                };
            }
            found.push(finding);
            Some(schema)
        }
        LogMatch::Unknown { key, nearest, hides_schema } => {
            let wrong = parts.iter().find(|(name, _)| *name == key).and_then(|(_, part)| part.as_ref());
            let product = source.product.as_ref().map_or("", |product| product.value.as_str());
            let fields = fields(detection);
            let pointed = pointed(&fields, registry);
            let services = ranked(registry.services(product), product, &fields, registry);
            let finding = if let Some(wrong) = wrong {
                let message = format!("unknown {key} `{}`", wrong.value);
                let finding = Diagnostic::new(&codes::name::UNKNOWN_LOG, wrong.span, message);
                did_you_mean(finding, wrong.span, nearest)
            } else {
                let message = format!("the log source needs a {key}");
                Diagnostic::new(&codes::name::UNKNOWN_LOG, source.span, message)
            };
            let is_error = hides_schema || !services.is_empty() || pointed.is_some();
            found.push(told(finding, product, &services, pointed, registry).severity(if is_error {
                Severity::Error
            } else {
                Severity::Warning
            }));
            None
        }
    }
}

/// The help of an unknown log source: what is near, the services of the product, or the log of the rule's fields.
fn told(
    finding: Diagnostic,
    product: &str,
    services: &[&str],
    pointed: Option<&str>,
    registry: &Registry,
) -> Diagnostic {
    let mut help: Vec<String> = finding.help.clone().into_iter().collect();
    if help.is_empty() && !services.is_empty() {
        help.push(format!("the services of `{product}` are {}", listed(services)));
    }
    let written = pointed.and_then(|log| registry.written(log));
    if let Some((product, service)) = written.filter(|(_, service)| services.first() != Some(service)) {
        help.push(format!("the rule's fields are those of `product: {product}`, `service: {service}`"));
    }
    if help.is_empty() { finding } else { finding.help(help.join("; ")) }
}

/// The names of the rule's fields, without array selectors; each once.
fn fields(detection: &Detection) -> BTreeSet<String> {
    let names = items(detection).into_iter().filter_map(|item| {
        let field = item.field.as_ref()?;
        let names = field.parts.iter().filter_map(|part| match part {
            NamePart::Name(name) => Some(name.value.as_str()),
            NamePart::Select(_) => None,
        });
        Some(names.collect::<Vec<_>>().join("."))
    });
    names.filter(|name| !name.is_empty()).take(MAX_NAMES).collect()
}

/// Whether a log has a field, or what the field lies in.
fn has(registry: &Registry, log: &str, name: &str) -> bool {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    let mut prefixes: Vec<&str> = ends.filter_map(|end| name.get(..end)).collect();
    prefixes.reverse();
    let known = prefixes.iter().map(|prefix| registry.logs_with_field(prefix)).find(|logs| !logs.is_empty());
    known.is_some_and(|logs| logs.contains(&log))
}

/// The log that has all of the fields, when they tell one: two of them, or one that lies in an object. Words such as
/// `actor` and `action`, which a field of any log can be called, tell nothing.
fn pointed<'r>(fields: &BTreeSet<String>, registry: &'r Registry) -> Option<&'r str> {
    let telling = fields.len() > 1 || fields.iter().any(|name| name.contains('.'));
    let first = fields.iter().max_by_key(|name| name.len()).filter(|_| telling)?;
    let candidates = registry.logs_with_field(first);
    let candidates = if candidates.is_empty() {
        registry.logs_with_field(first.split('.').next().unwrap_or_default())
    } else {
        candidates
    };
    let own = |log: &str, name: &String| {
        let logs = registry.logs_with_field(name);
        let of_several_words = name.contains(|char: char| !char.is_ascii_lowercase());
        logs.contains(&log) && (of_several_words || logs.len() == 1)
    };
    candidates.into_iter().find(|log| {
        fields.iter().all(|name| has(registry, log, name)) && fields.iter().any(|name| own(log, name))
    })
}

/// The services of a product, those first whose log has most of the rule's fields.
fn ranked<'r>(
    services: Vec<&'r str>,
    product: &str,
    fields: &BTreeSet<String>,
    registry: &'r Registry,
) -> Vec<&'r str> {
    let mut counted: Vec<(usize, &str)> = services
        .into_iter()
        .map(|service| {
            let log = registry.name_of(product, service).unwrap_or_default();
            (fields.iter().filter(|name| has(registry, log, name)).count(), service)
        })
        .collect();
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(_, service)| service).collect()
}
