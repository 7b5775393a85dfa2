//! What is exported, and for which environment.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::manifest::Manifest;
use super::schedule::Every;
use super::{Kind, Named, Object, Subject, codes, text};
use crate::backend::{Compiled, Fidelity, Note};
use crate::config::FILE_NAME;
use crate::diagnostic::Diagnostic;

/// What is exported.
#[derive(Debug)]
pub struct Job<'a> {
    /// The documents.
    pub subjects: Vec<Subject<'a>>,
    /// Where it goes.
    pub environment: Environment,
    /// The last build, for the versions of objects.
    pub last: Manifest,
}

/// An environment, and what is set for rules in it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Its name; `None` where none was chosen.
    pub name: Option<String>,
    /// What is set for a rule, by its identifier in small letters.
    pub rules: BTreeMap<String, RuleSettings>,
}

/// What is set for a rule.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// Whether it goes out switched on.
    pub enabled: Option<bool>,
    /// How often it runs.
    pub every: Option<Every>,
    /// Whether it has another threshold than its file says; the rule was read with it.
    pub threshold: bool,
}

/// The findings of a job, each with the place of its subject.
pub(super) type Findings = Vec<(usize, Diagnostic)>;

/// A subject that is exported in a kind.
#[derive(Clone, Copy)]
pub(super) struct Ready<'j, 'a> {
    /// Its place in the job.
    pub at: usize,
    pub subject: &'j Subject<'a>,
    /// Its query in the language of the kind, as it was compiled.
    pub query: &'a str,
    pub compiled: &'a Compiled,
}

impl Ready<'_, '_> {
    /// That the query reads a table over which no analytics rule runs, because of its plan.
    pub fn without_rule(&self, kind: &str) -> Option<Diagnostic> {
        let read = self.compiled.reads.iter().find(|read| read.plan.is_single())?;
        let (table, plan) = (&read.place, read.plan.name());
        let message = format!("left out of {kind}: no rule runs over `{table}`, whose plan is `{plan}`");
        Some(Diagnostic::new(&codes::LEFT_OUT, self.subject.head, message))
    }
}

impl<'a> Job<'a> {
    /// What is set for a subject.
    pub(super) fn settings(&self, subject: &Subject<'_>) -> RuleSettings {
        self.environment.rules.get(&subject.named.id).cloned().unwrap_or_default()
    }

    /// Whether a subject goes out switched on: by its setting, else unless it is experimental.
    pub(super) fn enabled(&self, subject: &Subject<'_>) -> bool {
        self.settings(subject).enabled.unwrap_or(subject.status != "experimental")
    }

    /// The subjects that can be exported in a kind; the others are reported.
    pub(super) fn ready<'j>(&'j self, kind: Kind, findings: &mut Findings) -> Vec<Ready<'j, 'a>> {
        let mut ready: Vec<Ready<'j, 'a>> = Vec::new();
        let mut owners: HashMap<&str, &Subject<'_>> = HashMap::new();
        for (at, subject) in self.subjects.iter().enumerate() {
            match one(kind, at, subject) {
                Ok(Some(found)) => match owners.entry(&subject.named.id) {
                    Entry::Occupied(owner) => findings.push((at, taken(subject, owner.get()))),
                    Entry::Vacant(free) => {
                        free.insert(subject);
                        ready.push(found);
                    }
                },
                Ok(None) => {}
                Err(finding) => findings.push((at, *finding)),
            }
        }
        ready
    }

    /// The object that a subject is in a kind, whose deployed content but for its version is `content`. The version is
    /// that of the last build, and one more where the content changed.
    pub(super) fn object(&self, kind: Kind, ready: Ready<'_, '_>, content: &str) -> Object {
        self.object_in(kind, kind.name(), ready, content)
    }

    /// The object that a known list is in a kind, whose content is `content`.
    pub(super) fn list_object(&self, kind: Kind, name: &str, content: &str) -> Object {
        // A placeholder cannot be the identifier of a rule.
        let id = format!("%{name}%");
        let rule = Named { id, title: format!("Known list {name}"), source: FILE_NAME.to_owned() };
        self.made(kind, kind.name(), rule, content)
    }

    /// As [`Job::object`] for one of several objects that a kind makes of a subject; `space` tells them apart.
    pub(super) fn object_in(&self, kind: Kind, space: &str, ready: Ready<'_, '_>, content: &str) -> Object {
        let Ready { subject, compiled, .. } = ready;
        Object {
            fidelity: compiled.fidelity.name(),
            notes: notes(compiled),
            delivery: deliveries(compiled),
            enabled: self.enabled(subject),
            ..self.made(kind, space, subject.named.clone(), content)
        }
    }

    /// An object without notes, as enabled and exact.
    fn made(&self, kind: Kind, space: &str, rule: Named, content: &str) -> Object {
        let environment = self.environment.name.as_deref().unwrap_or_default();
        let id = text::object_id(&rule.id, space, environment);
        let hash = text::hash(content);
        let version = self.last.version_of(kind.name(), &id, &hash);
        Object {
            kind,
            id,
            version,
            hash,
            rule,
            fidelity: Fidelity::Exact.name(),
            notes: Vec::new(),
            delivery: String::new(),
            enabled: true,
            files: Vec::new(),
        }
    }
}

/// That a rule has the identifier of another: their objects would be one, and each export would put one in the place of
/// the other.
fn taken(subject: &Subject<'_>, owner: &Subject<'_>) -> Diagnostic {
    let line = |of: &Subject<'_>| of.file.source.position(of.checked.document.meta().span.start).line;
    let message = if std::ptr::eq(subject.file, owner.file) {
        // Documents of one template have their first key in one place.
        format!(
            "the `id` of the document at line {} is that of the one at line {}, which is exported",
            line(subject),
            line(owner)
        )
    } else {
        format!("the `id` is that of `{}`, which is exported", owner.named.source)
    };
    let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
    finding.help("give each rule a random UUID of its own as `id`")
}

/// A subject as it goes out in a kind; `None` where the kind was not compiled.
fn one<'j, 'a>(
    kind: Kind,
    at: usize,
    subject: &'j Subject<'a>,
) -> Result<Option<Ready<'j, 'a>>, Box<Diagnostic>> {
    let left = |message: String| Err(Box::new(Diagnostic::new(&codes::LEFT_OUT, subject.head, message)));
    if ["deprecated", "unsupported"].contains(&subject.status.as_str()) {
        return left(format!("left out: the status is `{}`", subject.status));
    }
    if !text::is_uuid(&subject.named.id) {
        let message = "the rule has no `id` to know its deployed object by";
        let finding = Diagnostic::new(&codes::FIELD_MISSING, subject.head, message);
        return Err(Box::new(finding.help("give the rule a random UUID as `id`")));
    }
    let [target] = *kind.targets() else { return Ok(None) };
    let Some((_, compiled)) = subject.queries.iter().find(|(known, _)| *known == target) else {
        return Ok(None);
    };
    match (compiled.fidelity, subject.query(target)) {
        (Fidelity::Exact | Fidelity::Approximate, Some((query, compiled))) => {
            Ok(Some(Ready { at, subject, query, compiled }))
        }
        (Fidelity::Unplaced, _) => left(format!("left out of {}: the log has no place there", kind.name())),
        _ => left(format!("left out of {}: there is no query", kind.name())),
    }
}

/// Each way in which a query departs from its rule.
pub fn notes(compiled: &Compiled) -> Vec<String> {
    let one = |note: &Note| format!("{} {}: {}", note.code.id, note.direction.name(), note.message);
    compiled.notes.iter().map(one).collect()
}

/// The deliveries that a query reads.
pub fn deliveries(compiled: &Compiled) -> String {
    let mut names: Vec<&str> = Vec::new();
    for read in &compiled.reads {
        let name = if read.delivery.is_empty() { read.place.as_str() } else { read.delivery.as_str() };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
