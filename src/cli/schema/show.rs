//! `sigmata schema show`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::enumerations::{matches, sample, values_with};
use super::events::{self, cases};
use super::fields::{Form, print};
use super::unknown::unknown;
use super::{Named, delivery, listed, named};
use crate::cli::args::ShowArgs;
use crate::cli::check::plural;
use crate::cli::layout::{hanging, width};
use crate::cli::{Failure, Outcome, Output, Session};
use crate::schema::outline::describe;
use crate::schema::{Delivery, Facts, Located, Meaning, Path, Row, Schema, Signs, Type};

/// The meanings that are shown for a log, with a word in front.
const TOLD: [(Meaning, &str); 4] = [
    (Meaning::Action, "what"),
    (Meaning::Actor, "who"),
    (Meaning::Address, "from where"),
    (Meaning::Target, "to what"),
];

/// The fields of a log.
pub(in crate::cli) fn show(
    args: &ShowArgs,
    session: &Session,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let registry = &session.run.registry;
    let schema = match named(&args.name, registry) {
        Some(Named::One(schema)) => schema,
        Some(Named::Several(logs)) => {
            listed(logs.iter().map(String::as_str).collect(), registry, output);
            return Ok(Outcome::Clean);
        }
        None => super::find(session, &args.name)?,
    };
    let wanted = args.field.as_deref().unwrap_or_default();
    let cases = match &args.event {
        Some(event) => cases(&schema, event)?,
        None => vec![(String::new(), Facts::default())],
    };
    if let Some(pattern) = &args.matches {
        return matches(&schema, wanted, pattern, &cases, output);
    }
    if args.example {
        let made = cases.iter().find_map(|(_, facts)| events::example(&schema, facts, registry));
        let Some(made) = made else {
            return Err(Failure::Usage(format!("no example event of {} could be made", schema.name)));
        };
        output.data(&format!("{made}\n"));
        return Ok(Outcome::Clean);
    }
    let total = match &args.find {
        Some(word) => find(&schema, wanted, word, &cases, output),
        None => all(&schema, args, &cases, session, output),
    };
    if total == 0 {
        return Err(match &args.find {
            Some(word) => Failure::Usage(format!("{} has nothing with `{word}`", schema.name)),
            None => unknown(&schema, wanted, args.event.as_deref()),
        });
    }
    output.note(&format!("{}\n", plural(total, "field")));
    Ok(Outcome::Clean)
}

/// Every field at or below the wanted one, in each case; how many there are.
fn all(
    schema: &Schema,
    args: &ShowArgs,
    cases: &[(String, Facts)],
    session: &Session,
    output: &mut Output,
) -> usize {
    let wanted = args.field.as_deref().unwrap_or_default();
    let mut total = 0;
    for (title, facts) in cases {
        let (rows, form) = rows(schema, wanted, facts);
        // A member that depends on the event has no row without one.
        let depends = rows.is_empty() && title.is_empty();
        let having = if depends { events::having(schema, wanted) } else { Vec::new() };
        // Of several events with one name, some may lack the field.
        if rows.is_empty() && having.is_empty() {
            continue;
        }
        if total == 0 {
            output.line(&format!("{}: {}", output.bold(&schema.name), schema.title));
        }
        if !title.is_empty() {
            output.line(&format!("\n{}", output.bold(title)));
        } else if args.field.is_none() {
            about(schema, session, output);
        }
        total += rows.len() + usize::from(!having.is_empty());
        print(&rows, form, output);
        if !having.is_empty() {
            let ty = schema.lookup(wanted, facts).map(|found| describe(&found.ty)).unwrap_or_default();
            output.line(&format!("{wanted}  {ty}"));
            events::print_having(&having, output);
        }
        if !having.is_empty() || rows.iter().any(|row| row.name == wanted) {
            sample(schema, wanted, facts, output);
            if title.is_empty() {
                places(schema, wanted, facts, output);
            }
        }
    }
    total
}

/// The fields, values and members of events that have to do with a word; how many there are.
fn find(schema: &Schema, wanted: &str, word: &str, cases: &[(String, Facts)], output: &mut Output) -> usize {
    let word = word.to_lowercase();
    let mut total = 0;
    for (title, facts) in cases {
        let (mut rows, _) = rows(schema, wanted, facts);
        let mut values = Vec::new();
        rows.retain_mut(|row| {
            let own = values_with(schema, &row.name, &word, facts);
            let keep = has(row, &word, &own);
            if !own.is_empty() {
                values.push((row.name.clone(), own));
            }
            keep
        });
        if !title.is_empty() && !rows.is_empty() {
            output.line(&output.bold(title));
        }
        total += rows.len();
        print(&rows, Form::List, output);
        for (name, values) in values {
            output.line(&format!("\n{name} can be"));
            for value in values {
                output.line(&format!("  {value}"));
            }
        }
        if title.is_empty() && wanted.is_empty() {
            total += events::print_members_with(schema, &word, output);
        }
    }
    total
}

/// Whether a field has to do with a word: its name, documentation, keys, of which those that have it stay, or values.
fn has(row: &mut Row, word: &str, values: &[String]) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    row.keys.retain(|(key, doc)| has(key) || has(doc));
    !values.is_empty() || !row.keys.is_empty() || has(&row.name) || has(&row.doc)
}

/// What an author has to know of a log before its fields.
fn about(schema: &Schema, session: &Session, output: &mut Output) {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for source in session.run.registry.log_sources(&schema.name) {
        lines.push(("logsource", source));
    }
    for (meaning, word) in TOLD {
        let names: Vec<String> = schema.with_meaning(meaning).iter().map(Path::name).collect();
        if !names.is_empty() {
            lines.push((word, names.join(", ")));
        }
    }
    for (word, signs) in [("success", &schema.outcome.success), ("failure", &schema.outcome.failure)] {
        if !signs.is_empty() {
            lines.push((word, signs_in_words(signs)));
        }
    }
    if !schema.outcome.note.is_empty() {
        lines.push(("outcome", schema.outcome.note.clone()));
    }
    for described in &schema.deliveries {
        lines.push(("in", whole(described)));
    }
    for source in &schema.provenance {
        lines.push(("from", format!("{} ({}, {})", source.source, source.license, source.date)));
    }
    let front = lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    for (word, text) in lines {
        // The places and sources keep their word beside them, for those who search for it.
        let front =
            if word == "in" || word == "from" { format!("  {word} ") } else { format!("  {word:front$}  ") };
        output.lines(&hanging(&front, &text, width()));
    }
    output.line("");
}

/// What shows an outcome, as a rule says it.
pub(super) fn signs_in_words(signs: &Signs) -> String {
    signs.iter().map(|(field, value)| format!("{field}: {value}")).collect::<Vec<_>>().join(", ")
}

/// A delivery with what it holds.
fn whole(described: &Delivery) -> String {
    let mut text = delivery(described);
    for (path, values) in &described.only {
        let _ = write!(text, ", {path} {}", values.join(" or "));
    }
    for (path, values) in &described.without {
        let _ = write!(text, ", {path} never {}", values.join(" or "));
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
    let Some(resolved) = schema.lookup(name, facts) else { return };
    for place in &schema.deliveries {
        let found = match place.locate(&resolved.path) {
            Located::Column(column, rest) => {
                let inside = if rest.is_empty() { "" } else { ", inside" };
                let name = column.name.as_deref().unwrap_or_default();
                let from = column.source.iter().map(|source| format!("; {source}")).collect::<String>();
                format!("{name}{inside} ({}{from})", column.trust.name())
            }
            Located::Raw => format!("{name}, as in the record"),
            Located::Absent(reason) => {
                reason.map_or_else(|| "not carried".to_owned(), |reason| format!("not carried: {reason}"))
            }
        };
        let text = format!("{}: {found}", delivery(place));
        output.lines(&hanging("  in ", &text, width()));
    }
}

/// What a rule may call by a name that the schema does not list: the name in another record format, a key of pairs, or
/// what an open object takes without a word.
fn named_otherwise(schema: &Schema, wanted: &str, facts: &Facts) -> Vec<Row> {
    let Ok(found) = schema.resolve(wanted, facts) else { return Vec::new() };
    if let Some(spelling) = &found.spelling {
        return schema.outline(&spelling.canonical, facts);
    }
    // Members that depend on the event are shown by the events that have them.
    let depends = !found.missing_in.is_empty() || !events::having(schema, wanted).is_empty();
    if depends || found.undocumented || !found.near.is_empty() {
        return Vec::new();
    }
    let ty = describe(&found.ty);
    let known = matches!(found.ty, Type::Enum(_)).then_some(found.ty);
    let (doc, redacted) = match found.field {
        Some(field) if found.declared => (field.doc.into_string(), field.redacted),
        _ => ("A name that records may have here".to_owned(), None),
    };
    vec![Row { depth: 0, name: wanted.to_owned(), ty, doc, always: false, redacted, known, keys: Vec::new() }]
}

/// The fields at or below a path; when there are none, those with the text in their name.
fn rows(schema: &Schema, wanted: &str, facts: &Facts) -> (Vec<Row>, Form) {
    let (mut rows, mut form) = (schema.outline(wanted, facts), Form::Tree);
    if rows.is_empty() {
        let lower = wanted.to_lowercase();
        rows = schema.outline("", facts);
        rows.retain(|row| row.name.to_lowercase().contains(&lower));
        form = Form::List;
    }
    if rows.is_empty() {
        rows = named_otherwise(schema, wanted, facts);
    }
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.name.clone()));
    (rows, form)
}
