//! `sigmata schema`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::args::ShowArgs;
use super::check::plural;
use super::{Failure, Outcome, Output, Session};
use crate::check::Pattern;
use crate::diagnostic::nearest::nearest;
use crate::schema::{Delivery, Facts, Located, Path, Redaction, Row, Schema, Type};

/// Wider columns would leave no room for the documentation.
const WIDEST: usize = 60;

/// The logs that have a schema, with where they live.
pub(super) fn list(session: &Session, output: &mut Output) -> Outcome {
    let schemas: Vec<_> =
        session.run.registry.names().iter().filter_map(|name| session.run.registry.get(name)).collect();
    let width = schemas.iter().map(|schema| schema.name.len()).max().unwrap_or(0);
    for schema in &schemas {
        let name = output.bold(&format!("{:width$}", schema.name));
        output.line(&format!("{name}  {}", schema.title));
        for source in session.run.registry.log_sources(&schema.name) {
            output.line(&format!("{:width$}  logsource: {source}", ""));
        }
        for delivery in schema.deliveries.iter().map(delivery) {
            output.line(&format!("{:width$}  in {delivery}", ""));
        }
    }
    Outcome::Clean
}

fn delivery(delivery: &Delivery) -> String {
    format!("{} {}", delivery.platform.name(), delivery.name)
}

/// A delivery with what it holds.
fn whole(described: &Delivery) -> String {
    let mut text = delivery(described);
    for (path, values) in &described.only {
        let _ = write!(text, ", {path} {}", values.join(" or "));
    }
    if let Some(array) = &described.row_per {
        let _ = write!(text, ", one row for each element of {array}");
    }
    if let Some(note) = &described.note {
        let _ = write!(text, ": {note}");
    }
    text
}

/// Where a field lives in each delivery.
fn places(schema: &Schema, name: &str, facts: &Facts, output: &mut Output) {
    let Ok(resolved) = schema.resolve(name, facts) else { return };
    for place in &schema.deliveries {
        let found = match place.locate(&resolved.path) {
            Located::Column(column, rest) => {
                let inside = if rest.is_empty() { "" } else { ", inside" };
                let name = column.name.as_deref().unwrap_or_default();
                let from = column.source.iter().map(|source| format!("; {source}")).collect::<String>();
                format!("{name}{inside} ({}{from})", column.trust)
            }
            Located::Raw => format!("{name}, as in the record"),
            Located::Absent(reason) => {
                reason.map_or_else(|| "not carried".to_owned(), |reason| format!("not carried: {reason}"))
            }
        };
        output.line(&format!("  in {}: {found}", delivery(place)));
    }
}

/// How many values of a list of known values are shown that hold a word.
const MAX_VALUES: usize = 20;

/// Whether a field has to do with a word: its name, documentation, keys, of which those that have it stay, or values.
fn found(row: &mut Row, word: &str, values: &[String]) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    row.keys.retain(|(key, doc)| has(key) || has(doc));
    !values.is_empty() || !row.keys.is_empty() || has(&row.name) || has(&row.doc)
}

/// The known values of a field that hold a word.
fn values_with(schema: &Schema, name: &str, word: &str, facts: &Facts) -> Vec<String> {
    let mut values = Vec::new();
    if let Ok(Type::Enum(known_values)) = schema.resolve(name, facts).map(|resolved| resolved.ty) {
        known_values.visit(&mut |value| {
            if value.to_lowercase().contains(word) {
                values.push(value.to_owned());
            }
            values.len() < MAX_VALUES
        });
    }
    values
}

/// The schema with a name.
pub(super) fn find(session: &Session, name: &str) -> Result<Arc<Schema>, Failure> {
    session.run.registry.get(name).ok_or_else(|| {
        let names = session.run.registry.names();
        let near = nearest(name, names.iter().copied());
        let hint = match near.first() {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the schemas are {}", names.join(", ")),
        };
        Failure::Usage(format!("no schema `{name}`; {hint}"))
    })
}

/// The fields of a log.
pub(super) fn show(args: &ShowArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let schema = find(session, &args.name)?;
    let wanted = args.field.as_deref().unwrap_or_default();
    if let Some(pattern) = &args.matches {
        return matches(&schema, wanted, pattern, output);
    }
    let cases = match &args.event {
        Some(event) => events(&schema, event)?,
        None => vec![(String::new(), Facts::default())],
    };
    let mut total = 0;
    for (title, facts) in &cases {
        let mut rows = rows(&schema, wanted, facts);
        let mut values = Vec::new();
        if let Some(word) = args.find.as_ref().map(|word| word.to_lowercase()) {
            rows.retain_mut(|row| {
                let own = values_with(&schema, &row.name, &word, facts);
                let keep = found(row, &word, &own);
                if !own.is_empty() {
                    values.push((row.name.clone(), own));
                }
                keep
            });
        }
        // Of several events with one name, some may lack the field.
        if rows.is_empty() {
            continue;
        }
        if total == 0 {
            output.line(&output.bold(&format!("{}: {}", schema.name, schema.title)));
        }
        if !title.is_empty() {
            output.line(&format!("\n{}", output.bold(title)));
        } else if args.field.is_none() && args.find.is_none() {
            for source in session.run.registry.log_sources(&schema.name) {
                output.line(&format!("  logsource: {source}"));
            }
            for source in &schema.provenance {
                output.line(&format!("  from {} ({}, {})", source.source, source.license, source.date));
            }
            schema.deliveries.iter().for_each(|delivery| output.line(&format!("  in {}", whole(delivery))));
        }
        total += rows.len();
        print(&rows, output);
        for (name, values) in values {
            output.line(&format!("\n{name} can be"));
            for value in values {
                output.line(&format!("  {value}"));
            }
        }
        if rows.iter().any(|row| row.name == wanted) && title.is_empty() {
            places(&schema, wanted, facts, output);
        }
    }
    if total == 0 {
        return Err(match &args.find {
            Some(word) => Failure::Usage(format!("{} has nothing with `{word}`", schema.name)),
            None => unknown(&schema, wanted, args.event.as_deref()),
        });
    }
    output.note(&format!("{}\n", plural(total, "field")));
    Ok(Outcome::Clean)
}

/// The values of a field that a pattern fits, each with what it goes with.
fn matches(schema: &Schema, field: &str, pattern: &str, output: &mut Output) -> Result<Outcome, Failure> {
    let Ok(found) = schema.resolve(field, &Facts::default()) else {
        return Err(unknown(schema, field, None));
    };
    let mut ty = &found.ty;
    while let Type::Array(inner) = ty {
        ty = inner;
    }
    let Type::Enum(known_values) = ty else {
        return Err(Failure::Usage(format!(
            "`{field}` of {} has no list of known values of values",
            schema.name
        )));
    };
    let pattern = Pattern::new(pattern);
    let mut values = Vec::new();
    known_values.visit(&mut |value| {
        if pattern.fits(value) {
            values.push(value.to_owned());
        }
        true
    });
    let relation = schema.relation(&found.path);
    for value in &values {
        let owners = relation.map(|relation| relation.pairs.owners(value)).unwrap_or_default();
        let line = if owners.is_empty() { value.clone() } else { format!("{value}  {}", owners.join(", ")) };
        output.line(&line);
    }
    output.note(&format!("{}\n", plural(values.len(), "value")));
    Ok(Outcome::Clean)
}

/// The fields at or below a path; when there are none, those with the text in their name.
fn rows(schema: &Schema, wanted: &str, facts: &Facts) -> Vec<Row> {
    let mut rows = schema.outline(wanted, facts);
    if rows.is_empty() {
        let lower = wanted.to_lowercase();
        rows = schema.outline("", facts);
        rows.retain(|row| row.name.to_lowercase().contains(&lower));
    }
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.name.clone()));
    rows
}

/// What is known in each case that an event's name, or `source/name`, stands for, with a title.
fn events(schema: &Schema, event: &str) -> Result<Vec<(String, Facts)>, Failure> {
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
        match source {
            Some(source) => near.extend(relation.pairs.nearest(source, name)),
            None => near.extend(nearest(name, values(schema, &relation.field).iter().map(String::as_str))),
        }
    }
    let hint = near.first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Err(Failure::Usage(format!("{} has no event `{event}`{hint}", schema.name)))
}

/// Every value of a field that has a list of known values.
fn values(schema: &Schema, field: &Path) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(Type::Enum(known_values)) =
        schema.resolve(&field.name(), &Facts::default()).map(|resolved| resolved.ty)
    {
        known_values.visit(&mut |value| {
            found.push(value.to_owned());
            true
        });
    }
    found
}

fn unknown(schema: &Schema, wanted: &str, event: Option<&str>) -> Failure {
    let rows = schema.outline("", &Facts::default());
    let near = nearest(wanted, rows.iter().map(|row| row.name.as_str()));
    let hint = match (near.first(), event) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, None) => "`--event NAME` shows what an event holds".to_owned(),
        (None, Some(_)) => format!("`sigmata schema show {}` lists all", schema.name),
    };
    Failure::Usage(format!("{} has no field `{wanted}`; {hint}", schema.name))
}

/// A tree: below a field that is shown, only the rest of a name is.
fn print(rows: &[Row], output: &mut Output) {
    let least = rows.iter().map(|row| row.depth).min().unwrap_or(0);
    let mut parents: Vec<&Row> = Vec::new();
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        parents.retain(|parent| parent.depth < row.depth);
        let rest = parents.last().and_then(|parent| row.name.strip_prefix(parent.name.as_str()));
        let rest = rest.map_or(row.name.as_str(), |rest| rest.trim_start_matches('.'));
        names.push(format!("{}{rest}", "  ".repeat(row.depth - least)));
        parents.push(row);
    }
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(WIDEST);
    let type_width = rows.iter().map(|row| row.ty.chars().count()).max().unwrap_or(0).min(WIDEST);
    for (row, name) in rows.iter().zip(&names) {
        let mut line = format!("{name:name_width$}  {:type_width$}  {}", row.ty, row.doc);
        match &row.redacted {
            Some(Redaction::Text(text)) => _ = write!(line, " [redacted: always `{text}`]"),
            Some(Redaction::LeftOut) => line.push_str(" [never in the log]"),
            Some(Redaction::Perhaps) => line.push_str(" [sensitive: may be hidden]"),
            None => {}
        }
        output.line(line.trim_end());
        for (key, doc) in &row.keys {
            let name = format!("{}  .{key}", "  ".repeat(row.depth - least));
            output.line(format!("{name:name_width$}  {:type_width$}  {doc}", "").trim_end());
        }
    }
}
