//! What is set for single logs: whether it applies to them, and what of it holds for a rule.

use std::collections::BTreeSet;

use super::super::{Failure, setup};
use super::{RuleSettings, Session, locked};
use crate::backend::{self, Backends, Options, Role, language};
use crate::check::TypedRule;
use crate::config::{CONFIGURATION, Config, Origin};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest::nearest;
use crate::rule::DetectionRule;
use crate::schema::{Platform, Schema};
use crate::source::Spanned;

impl Session {
    /// What can be said of logs only when the schemas are known.
    pub(super) fn logs(&self, scope: &RuleSettings) -> Result<(), Failure> {
        let mut findings = Vec::new();
        for (log, option, setting) in scope.config.log_options() {
            let file = match (setting.origin, &scope.file) {
                (Origin::File(span), Some(source)) => Some((source, span)),
                _ => None,
            };
            let Some(schema) = scope.registry.get(log) else {
                if !is_log(log) {
                    let near = nearest(log, scope.registry.names());
                    let help = near.first().map_or_else(
                        || "a log is named `product/service`, in small letters".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("`{log}` is not the name of a log; {help}");
                    return Err(scope.fault(setting.origin, message));
                }
                // What the command line says holds for all files, and is looked at with those of the run.
                if file.is_none() && !self.run.folder.as_os_str().is_empty() {
                    continue;
                }
                // A log without a schema is not a mistake, but one that is nearly the name of a schema may be.
                let near = nearest(log, scope.registry.names());
                let place = file.map_or_else(
                    || "--set".to_owned(),
                    |(source, span)| {
                        let at = source.position(span.start);
                        format!("{}:{}:{}", source.name(), at.line, at.column)
                    },
                );
                let said = near.first();
                let said =
                    said.map(|near| format!("info: {place}: no schema `{log}`; did you mean `{near}`?\n"));
                locked(&self.notes).extend(said);
                continue;
            };
            let Some(message) = fault(&schema, &option, setting.value.texts(), &scope.config) else {
                continue;
            };
            match file {
                Some((_, span)) => findings.push(Diagnostic::new(&CONFIGURATION, span, message)),
                None => return Err(Failure::Usage(format!("--set: {message}"))),
            }
        }
        match &scope.file {
            Some(source) if !findings.is_empty() => Err(setup(source, &findings)),
            _ => Ok(()),
        }
    }
}

impl RuleSettings {
    /// The name by which settings are made for the log of a rule.
    pub(in crate::cli) fn log(rule: &DetectionRule, typed: &TypedRule) -> String {
        let part = |part: &Option<Spanned<String>>| {
            part.as_ref().map_or(String::new(), |part| part.value.to_lowercase())
        };
        let written = || format!("{}/{}", part(&rule.logsource.product), part(&rule.logsource.service));
        typed.schema.as_ref().map_or_else(written, |schema| schema.name.clone())
    }

    /// What is set for the queries of a rule.
    pub(in crate::cli) fn options(&self, rule: &DetectionRule, typed: &TypedRule) -> Options {
        let mut options = Options::default();
        for (name, values) in self.config.options() {
            let set = options.set(&name, values.to_vec());
            debug_assert_eq!(set, Ok(()), "the reader of the configuration asks the options themselves");
        }
        let own = Self::log(rule, typed);
        for (log, name, setting) in self.config.log_options() {
            if own == log {
                let set = options.set_for_log(&name, setting.value.texts().to_vec());
                debug_assert_eq!(set, Ok(()), "as above");
            }
        }
        options
    }
}

/// Whether a log can have a name: rules of a log without a schema are known by their product and service.
fn is_log(name: &str) -> bool {
    name.contains('/') && name == name.to_lowercase()
}

/// Why what is set for a log does not apply to it.
fn fault(schema: &Schema, option: &str, values: &[String], config: &Config) -> Option<String> {
    let spec = Backends::shipped().options().into_iter().find(|spec| spec.name == option)?;
    match spec.role {
        Role::Tables if option == "kql.table" => several_tables(schema),
        Role::Delivery => {
            let backends = backend::all();
            let ours = || backends.iter().filter(|backend| language(backend.name()) == spec.language());
            let reached = |platform: Platform| ours().any(|backend| backend.platform() == platform);
            let known: Vec<_> =
                schema.deliveries.iter().filter(|delivery| reached(delivery.platform)).collect();
            let name = values.first()?;
            let found = known.iter().any(|delivery| delivery.carrier.name == *name);
            (!found).then(|| backend::unknown_delivery(name, &known))
        }
        Role::Plan => planless(schema, config),
        Role::Tables | Role::Place | Role::Other => None,
    }
}

/// Why the tables of a log have no plan: none of a workspace is known, and none is named. Defender's own tables have none.
fn planless(schema: &Schema, config: &Config) -> Option<String> {
    let named = config.get("kql.table").is_some()
        || config.log_options().any(|(log, option, _)| log == schema.name && option == "kql.table");
    let known = schema.deliveries(Platform::Sentinel).next().is_some();
    (!known && !named).then(|| {
        format!("a plan is that of a table of a Log Analytics workspace, and `{}` has none: name it as `kql.table`", schema.name)
    })
}

/// Why one name cannot stand for the table of a log: the log is spread over several.
fn several_tables(schema: &Schema) -> Option<String> {
    // Deliveries that hold all of the log are alternatives to each other.
    let names = |platform| -> BTreeSet<&str> {
        let parts = schema.deliveries(platform).filter(|delivery| !delivery.only.is_empty());
        parts.map(|delivery| delivery.name.as_str()).collect()
    };
    let most = [names(Platform::Sentinel), names(Platform::Xdr)].into_iter().max_by_key(BTreeSet::len)?;
    let listed: Vec<&str> = most.iter().copied().collect();
    (most.len() > 1).then(|| {
        let listed = listed.join(", ");
        format!("one table cannot replace those of `{}`: {listed}", schema.name)
    })
}
