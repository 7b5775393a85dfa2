//! The environment of an export: what is set for rules in it, and whether the rules can be so.

use std::collections::HashMap;

use super::super::args::ExportArgs;
use super::super::load::RuleFile;
use super::super::settings::Session;
use super::super::{Failure, Output};
use crate::config::{Origin, Value as Setting, dotted};
use crate::diagnostic::nearest::nearest;
use crate::export::{Environment, Every, Layout};
use crate::rule::Document;

/// The environment that was asked for, with what is set for rules in it.
pub(super) fn asked(args: &ExportArgs, session: &Session) -> Result<Environment, Failure> {
    let Some(name) = &args.env else { return Ok(Environment::default()) };
    let config = &session.run.config;
    let known = config.environments();
    if !known.contains(&name.as_str()) {
        let help = match nearest(name, known.iter().copied()).first() {
            Some(near) => format!("; did you mean `{near}`?"),
            None if known.is_empty() => "; `sigmata.toml` has no `[export.NAME]`".to_owned(),
            None => format!("; there are {}", known.join(", ")),
        };
        return Err(Failure::Usage(format!("no environment `{name}`{help}")));
    }
    let mut environment = Environment { name: Some(name.clone()), ..Environment::default() };
    for (id, what, setting) in config.of_rules(name) {
        let of_rule = environment.rules.entry(id.to_lowercase()).or_default();
        match (what, &setting.value) {
            ("enabled", Setting::Flag(flag)) => of_rule.enabled = Some(*flag),
            ("every", value) => {
                let text = value.texts().first().map_or("", String::as_str);
                let every = Every::read(text).ok_or_else(|| {
                    let key = dotted(&["export", name, "rules", id, "every"].map(str::to_owned));
                    let message =
                        format!("`{key}` cannot be `{text}`; write a time such as `15m`, or `continuous`");
                    session.run.fault(setting.origin, message)
                })?;
                of_rule.every = Some(every);
            }
            ("threshold", Setting::Number(_)) => of_rule.threshold = true,
            _ => {}
        }
    }
    Ok(environment)
}

/// Where files of rules are: as the command line says, else the environment.
pub(super) fn layout(args: &ExportArgs, session: &Session) -> Result<Layout, Failure> {
    if let Some(layout) = &args.layout {
        return Ok(layout.clone());
    }
    let set = args.env.as_ref().and_then(|name| session.run.config.of_environment(name, "layout"));
    let Some((set, text)) = set.and_then(|set| Some((set, set.value.texts().first()?))) else {
        return Ok(Layout::default());
    };
    let wrong = |why| session.run.fault(set.origin, format!("`layout` cannot be `{text}`: {why}"));
    Layout::read(text).map_err(wrong)
}

/// Whether each threshold takes the place of one number, and says which settings are about no rule that was read.
pub(super) fn holds(
    environment: &Environment,
    files: &[RuleFile],
    session: &Session,
    output: &mut Output,
) -> Result<(), Failure> {
    let Some(name) = &environment.name else { return Ok(()) };
    if environment.rules.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<String, &Document> = HashMap::new();
    for document in files.iter().flat_map(|file| &file.file.documents).map(|checked| &checked.document) {
        if let Some(id) = document.meta().identifier() {
            known.entry(id).or_insert(document);
        }
    }
    for (id, settings) in &environment.rules {
        let key = dotted(&["export", name, "rules", id].map(str::to_owned));
        let numbers = match known.get(id) {
            None => {
                output.note(&format!("info: `{key}` is about no rule of this run\n"));
                continue;
            }
            Some(Document::Correlation(rule)) => rule.comparisons.len(),
            Some(_) => 0,
        };
        if settings.threshold && numbers != 1 {
            let why =
                if numbers == 0 { "the rule has no number" } else { "the condition has several numbers" };
            let mut set = session.run.config.of_rules(name);
            let set = set.find(|(of, what, _)| of.to_lowercase() == *id && *what == "threshold");
            let origin = set.map_or(Origin::Command, |(.., setting)| setting.origin);
            let message = format!("`{key}.threshold` cannot be set: {why} to put it in the place of");
            return Err(session.run.fault(origin, message));
        }
    }
    Ok(())
}
