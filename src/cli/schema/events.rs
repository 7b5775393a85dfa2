//! Events by name: what they hold, which of them hold a member, and what one looks like.

use std::collections::{BTreeMap, BTreeSet};

use super::enumerations::known;
use crate::check::File;
use crate::cli::layout::{hanging, width};
use crate::cli::{Failure, Output};
use crate::schema::{Dependent, Facts, Field, Meaning, ObjectType, Path, Registry, Schema, Type};
use crate::solve;
use crate::source::SourceFile;

/// How many services are named whose events hold a member, how many events of each, and how many members that hold a
/// word.
const MAX_SERVICES: usize = 20;
const MAX_EVENTS: usize = 8;
const MAX_MEMBERS: usize = 20;
/// How deep members that depend on the event are looked for.
const MAX_DEPTH: usize = 8;

/// What is known in each case that an event's name, or `source/name`, stands for, with a title.
pub(in crate::cli) fn cases(schema: &Schema, event: &str) -> Result<Vec<(String, Facts)>, Failure> {
    let (source, name) = match event.rsplit_once('/') {
        Some((source, name)) => (Some(source), name),
        None => (None, event),
    };
    let mut near = Vec::new();
    for relation in &schema.relations {
        let mut owners: Vec<&str> = relation.pairs.owners(name);
        owners.retain(|owner| source.is_none_or(|source| owner.eq_ignore_ascii_case(source)));
        if !owners.is_empty() {
            let case = |owner: &str| {
                let mut canonical = name.to_owned();
                relation.pairs.visit(owner, &mut |known| {
                    if known.eq_ignore_ascii_case(name) {
                        known.clone_into(&mut canonical);
                    }
                    !known.eq_ignore_ascii_case(name)
                });
                let title = format!("{owner} {canonical}");
                let mut facts = Facts::default();
                facts.narrow(&relation.field, BTreeSet::from([canonical]));
                facts.narrow(&relation.by, BTreeSet::from([owner.to_owned()]));
                (title, facts)
            };
            return Ok(owners.into_iter().map(case).collect());
        }
        if let Some(source) = source {
            near.extend(relation.pairs.nearest(source, name));
        }
    }
    for path in actions(schema) {
        let Some(found) = schema.lookup(&path.name(), &Facts::default()) else { continue };
        if matches!(found.ty, Type::Integer) && event.parse::<i64>().is_ok() {
            let mut facts = Facts::default();
            facts.narrow(&path, BTreeSet::from([event.to_owned()]));
            return Ok(vec![(format!("{}: {event}", path.name()), facts)]);
        }
        let Some(known) = known(&found.ty) else { continue };
        // A name may have a slash of its own.
        if let Some(canonical) = known.canonical(event) {
            let mut facts = Facts::default();
            facts.narrow(&path, BTreeSet::from([canonical.to_owned()]));
            return Ok(vec![(format!("{}: {canonical}", path.name()), facts)]);
        }
        near.extend(known.nearest(name));
    }
    let hint = near.first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Err(Failure::Usage(format!("{} has no event `{event}`{hint}", schema.name)))
}

/// The fields that name events.
fn actions(schema: &Schema) -> Vec<Path> {
    let mut paths: Vec<Path> = schema.relations.iter().map(|relation| relation.field.clone()).collect();
    paths.extend(schema.with_meaning(Meaning::Action).iter().cloned());
    paths
}

/// The members that depend on the event, each with the name of what they are members of.
fn dependents<'s>(
    object: &'s ObjectType,
    prefix: &str,
    depth: usize,
    found: &mut Vec<(String, &'s dyn Dependent)>,
) {
    for field in &object.fields {
        let Field { name, ty, dependent, .. } = field;
        let name = format!("{prefix}{name}");
        match (dependent, ty) {
            (Some(dependent), _) if !dependent.on().is_empty() => found.push((name, &**dependent)),
            (_, Type::Object(inner)) if depth < MAX_DEPTH => {
                dependents(inner, &format!("{name}."), depth + 1, found);
            }
            _ => {}
        }
    }
}

/// The events that have a member, when that depends on the event: `requestParameters.policyArn`.
pub(super) fn having(schema: &Schema, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    dependents(&schema.record, "", 0, &mut found);
    let mut events: Vec<String> = found
        .into_iter()
        .filter_map(|(prefix, dependent)| {
            let rest = name.strip_prefix(prefix.as_str())?.strip_prefix('.')?;
            Some(dependent.cases_with(rest, &Facts::default(), usize::MAX))
        })
        .flatten()
        .collect();
    events.sort_unstable();
    events.dedup();
    events
}

/// Prints the events that have a member, by the service that logs them, the one with most of them first.
pub(super) fn print_having(events: &[String], output: &mut Output) {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in events {
        let (service, name) = event.rsplit_once(' ').unwrap_or(("", event));
        services.entry(service).or_default().push(name);
    }
    let mut sorted: Vec<_> = services.into_iter().collect();
    sorted.sort_by_key(|(service, names)| (std::cmp::Reverse(names.len()), *service));
    output.line(&match events.len() {
        1 => "  1 event has it (--event NAME shows what one holds):".to_owned(),
        count => format!("  {count} events have it (--event NAME shows what one holds):"),
    });
    for (service, names) in sorted.iter().take(MAX_SERVICES) {
        let shown = names.iter().take(MAX_EVENTS).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(MAX_EVENTS);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let front = if service.is_empty() { "    ".to_owned() } else { format!("    {service}  ") };
        output.lines(&hanging(&front, &format!("{shown}{more}"), width()));
    }
    if sorted.len() > MAX_SERVICES {
        output.line(&format!("    and {} more services", sorted.len() - MAX_SERVICES));
    }
}

/// Prints members that depend on the event, and have a word in their name; how many there are.
pub(super) fn print_members_with(schema: &Schema, word: &str, output: &mut Output) -> usize {
    let mut found = Vec::new();
    dependents(&schema.record, "", 0, &mut found);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (prefix, dependent) in found {
        let mut own = BTreeSet::new();
        dependent.visit(&Facts::default(), &mut |member| {
            if member.to_lowercase().contains(word) {
                own.insert(member.to_owned());
            }
        });
        for member in own {
            let events = dependent.cases_with(&member, &Facts::default(), usize::MAX).len();
            names.insert(format!("{prefix}.{member}"), events);
        }
    }
    // Those that most events have say most.
    let mut sorted: Vec<(&String, &usize)> = names.iter().collect();
    sorted.sort_by_key(|(name, events)| (std::cmp::Reverse(**events), name.as_str()));
    if !sorted.is_empty() {
        output.line("\nmembers of some events");
    }
    for (name, events) in sorted.iter().take(MAX_MEMBERS) {
        let of = if **events == 1 { "1 event".to_owned() } else { format!("{events} events") };
        let front = format!("  {name}  ");
        output.lines(&hanging(&front, &format!("of {of}"), width()));
    }
    if sorted.len() > MAX_MEMBERS {
        output.line(&format!("  and {} more", sorted.len() - MAX_MEMBERS));
    }
    names.len()
}

/// An event in which the facts hold, made up as `sigmata witness` makes them.
pub(super) fn example(schema: &Schema, facts: &Facts, registry: &Registry) -> Option<String> {
    let (product, service) = registry.written(&schema.name)?;
    let mut lines: Vec<String> = facts
        .iter()
        .filter_map(|(path, values)| Some(format!("{}: {}", path.name(), text(values.first()?))))
        .collect();
    if lines.is_empty() {
        lines.push(format!("{}|exists: true", schema.with_meaning(Meaning::Action).first()?.name()));
    }
    let rule = format!(
        "title: Example\nlogsource: {{ product: {}, service: {} }}\n\
         detection:\n    selection:\n        {}\n    condition: selection\n",
        text(product),
        text(service),
        lines.join("\n        ")
    );
    let file = File::check(SourceFile::new("example.yml", rule), registry);
    let typed = file.documents.first()?.typed.as_ref()?;
    let made = solve::witnesses(typed.formula.as_ref()?, Some(schema), 0, 1);
    Some(format!("{:#}", made.found.first()?.event.value()))
}

/// A text as a value of a rule that means just this text.
fn text(text: &str) -> String {
    let mut literal = String::new();
    for char in text.chars() {
        if matches!(char, '*' | '?' | '\\') {
            literal.push('\\');
        }
        literal.push(char);
    }
    serde_json::Value::String(literal).to_string()
}
