//! What the command line sets and no query of the run has a use for.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::super::Session;
use super::super::settings::RuleSettings;
use super::sums::Sums;
use crate::backend::{Backend, Backends, OptionSpec, Role, language};
use crate::check::TypedRule;
use crate::config::{Origin, Setting};
use crate::rule::DetectionRule;

/// The logs that the rules of a run are about.
pub(super) type Logs = Mutex<BTreeSet<String>>;

/// Notes the log of a rule.
pub(super) fn met(logs: &Logs, rule: &DetectionRule, typed: &TypedRule) {
    let log = RuleSettings::log(rule, typed);
    logs.lock().unwrap_or_else(PoisonError::into_inner).insert(log);
}

/// One line for each such setting.
pub(super) fn lines(session: &Session, targets: &[&dyn Backend], sums: &Sums, logs: &Logs) -> Vec<String> {
    let run = Run { targets, sums, logs: &logs.lock().unwrap_or_else(PoisonError::into_inner) };
    let config = &session.run.config;
    let typed = |setting: &&Setting| setting.origin == Origin::Command;
    let mut lines = Vec::new();
    let known = Backends::shipped().options();
    for option in &known {
        let Some(setting) = config.get(option.name).filter(typed) else { continue };
        let why = run.foreign(option).or_else(|| run.known_places(option, setting.value.texts()));
        lines.extend(why.map(|why| format!("`{}` has no effect: {why}", option.name)));
    }
    for (log, name, setting) in config.log_options().filter(|(_, _, setting)| typed(setting)) {
        let Some(option) = known.iter().find(|option| option.name == name) else { continue };
        let why = run.foreign(option).or_else(|| run.passed_by(log, option, setting.value.texts()));
        lines.extend(why.map(|why| format!("`logs.\"{log}\".{name}` has no effect: {why}")));
    }
    lines
}

/// What a run has made.
struct Run<'r> {
    targets: &'r [&'r dyn Backend],
    sums: &'r Sums,
    logs: &'r BTreeSet<String>,
}

impl Run<'_> {
    /// That the run is about other languages.
    fn foreign(&self, option: &OptionSpec) -> Option<String> {
        let own = |target: &&dyn Backend| language(target.name()) == option.language();
        (!self.targets.iter().any(own)).then(|| format!("no query is in {}", option.language()))
    }

    /// That no query asks where its log is.
    fn known_places(&self, option: &OptionSpec, values: &[String]) -> Option<String> {
        let idle = option.role == Role::Tables
            && self.sums.language(option.language()).is_some_and(|made| {
                !made.lacks_one && !made.reads.iter().any(|read| values.contains(&read.place))
            });
        idle.then(|| {
            format!(
                "the log of every rule has a place that is known; `logs.\"LOG\".{}` sets that of one log",
                option.name
            )
        })
    }

    /// That no rule is about the log, or that its queries read what they would without the setting.
    fn passed_by(&self, log: &str, option: &OptionSpec, values: &[String]) -> Option<String> {
        if !self.logs.contains(log) {
            return Some("no rule is about that log".to_owned());
        }
        let reads = self.sums.language(option.language()).into_iter().flat_map(|made| &made.reads);
        let mut reads = reads.filter(|read| read.log.as_deref() == Some(log)).peekable();
        let idle = option.role == Role::Delivery
            && reads.peek().is_some()
            && reads.all(|read| !values.contains(&read.delivery));
        idle.then(|| {
            let names: Vec<&str> = self.targets.iter().map(|target| target.name()).collect();
            format!("no query in {} reads that delivery", names.join(", "))
        })
    }
}
