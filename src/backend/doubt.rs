//! What is not certain of a delivery as a whole: columns of which no published source says that they hold a field, and
//! values that are longer than what a platform keeps.

use super::fidelity::Ledger;
use super::{Direction, Options, codes};
use crate::check;
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Formula, Leaf, Polarity};
use crate::schema::{
    Base, Column, Delivery, DeliveryForm, Facts, LimitOf, Located, Long, Path, Platform, Schema, Step,
};
use crate::source::Span;

/// The bytes of the shortest member of an object: `"a":0,`.
const SHORTEST_MEMBER: u64 = 6;

/// Says which tests of a rule do not see their value, because the delivery cuts it. Whether the platform's extraction of
/// fields can end before what the rule tests, so that a query reads the event itself.
pub(super) fn limits(
    formula: &Formula,
    schema: Option<&Schema>,
    delivery: &Delivery,
    ledger: &mut Ledger,
) -> bool {
    let Some(schema) = schema else { return false };
    let reads = |long: &&Long| tests(formula).any(|test| long.covers(test.path));
    let long: Vec<&Long> = schema.long.iter().filter(reads).collect();
    let facts = if long.is_empty() { Facts::default() } else { check::facts(formula) };
    let long: Vec<(&Long, bool)> =
        long.into_iter().map(|long| (long, long.takes_names(schema, &facts))).collect();
    let mut is_cut = false;
    for limit in &delivery.carrier.limits {
        let passes = |(long, names): &&(&Long, bool)| match limit.of {
            LimitOf::Fields => *names && long.most / SHORTEST_MEMBER > limit.most,
            LimitOf::Value | LimitOf::Event | LimitOf::Extraction => {
                (*names || !long.maps) && long.most > limit.most
            }
        };
        for (long, _) in long.iter().filter(passes) {
            if matches!(limit.of, LimitOf::Extraction | LimitOf::Fields) && holds_event(delivery) {
                is_cut = true;
            } else {
                cut(formula, long, delivery, (limit.of, limit.most), ledger);
            }
        }
    }
    is_cut
}

/// Whether a query can read every field from the event itself, without what the platform extracts of it.
fn holds_event(delivery: &Delivery) -> bool {
    let is_text = matches!(delivery.platform, Platform::Splunk | Platform::CloudWatch);
    is_text && delivery.form == DeliveryForm::Raw && delivery.discriminator.is_empty()
}

/// A test of a value of the event.
struct Test<'f> {
    path: &'f Path,
    /// On which side it errs when the value is not seen.
    unseen: Direction,
    polarity: Polarity,
    span: Span,
}

fn tests(formula: &Formula) -> impl Iterator<Item = Test<'_>> {
    formula.leaves().flat_map(|found| {
        let (paths, unseen): (Vec<&Path>, _) = match found.leaf {
            Leaf::Elem(element) => (vec![&element.array], Direction::Narrower),
            Leaf::Pred(predicate) => {
                let missing = matches!(predicate.test, Condition::Null);
                let paths = predicate.fields().map(|field| &field.path).collect();
                (paths, if missing { Direction::Wider } else { Direction::Narrower })
            }
        };
        let paths = paths.into_iter().filter(|path| path.base == Base::Event);
        paths.map(move |path| Test { path, unseen, polarity: found.polarity, span: found.leaf.span() })
    })
}

/// The columns that a rule tests in one delivery, and of which no published source says which field they hold.
pub(super) struct Inferred<'d> {
    table: &'d str,
    columns: Vec<&'d str>,
    /// The first test of one.
    span: Span,
}

/// The columns of the delivery for which the rule takes somebody's word.
pub(super) fn inferred<'d>(formula: &Formula, delivery: &'d Delivery) -> Option<Inferred<'d>> {
    let mut found: Option<Inferred<'d>> = None;
    for test in tests(formula) {
        let Some(column) = column(delivery, test.path) else { continue };
        let Some(name) = column.name.as_deref().filter(|_| !column.trust.is_published()) else { continue };
        let new = || Inferred { table: &delivery.name, columns: Vec::new(), span: test.span };
        let known = &mut found.get_or_insert_with(new).columns;
        if !known.contains(&name) {
            known.push(name);
        }
    }
    found
}

/// The column in which the delivery keeps what a path reaches.
fn column<'d>(delivery: &'d Delivery, path: &Path) -> Option<&'d Column> {
    let found = delivery.columns.iter().filter(|column| path.steps.starts_with(&column.path.steps));
    found.max_by_key(|column| column.path.steps.len())
}

/// Notes the columns of a query of which no published source says which field they hold, once for all tables that it
/// reads; `strict` takes none.
pub(super) fn trust(inferred: &[Inferred<'_>], options: &Options, ledger: &mut Ledger) {
    let Some(span) = inferred.first().map(|first| first.span) else { return };
    // Tables of one connector mostly have the same columns.
    let mut groups: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for Inferred { table, columns, .. } in inferred {
        match groups.iter_mut().find(|(known, _)| known == columns) {
            // One table may hold several parts, told apart by a column.
            Some((_, tables)) if tables.contains(table) => {}
            Some((_, tables)) => tables.push(table),
            None => groups.push((columns, vec![table])),
        }
    }
    let one = matches!(&groups[..], [([_], _)]);
    let each = groups
        .iter()
        .map(|(columns, tables)| format!("`{}` of `{}`", columns.join("`, `"), tables.join("`, `")));
    let (fields, hold) = if one { ("field", "holds") } else { ("fields", "hold") };
    let columns = each.collect::<Vec<_>>().join(" and ");
    let message = format!("no published source says which {fields} {columns} {hold}");
    if options.strict {
        let finding = Diagnostic::new(&codes::STRICT, span, format!("`strict` is set, and {message}"));
        let _: Option<()> =
            ledger.refuse(finding.help("look at the table and say so in a schema of your own"));
    } else {
        let message = format!("{} events: {message}", Direction::Either.effect());
        ledger.note(&codes::COLUMN_INFERRED, Polarity::Positive, Direction::Either, span, message);
    }
}

/// Notes which tests do not see their value where a field is longer than what is kept.
fn cut(formula: &Formula, long: &Long, delivery: &Delivery, (of, most): (LimitOf, u64), ledger: &mut Ledger) {
    let field = &long.name;
    let message = match of {
        LimitOf::Value => {
            format!("`{}` keeps {most} bytes of a value, and `{field}` can be longer", delivery.name)
        }
        LimitOf::Event => {
            format!("events of more than {most} bytes do not arrive, and `{field}` can be longer")
        }
        LimitOf::Extraction => format!(
            "fields are found in the first {most} bytes of an event, and `{field}` can be longer: raise `extraction_cutoff`"
        ),
        LimitOf::Fields => {
            let remedy = match delivery.platform {
                Platform::Splunk => "raise `[kv] limit`",
                _ => "with `wide: true` the delivery is read from the event",
            };
            format!("the first {most} fields of an event are found, and `{field}` can hold more: {remedy}")
        }
    };
    let extracted = |path: &Path| {
        // A document inside a text is read from the event itself.
        (long.names || long.maps || !long.covers(path)) && !path.steps.contains(&Step::Json)
    };
    for test in tests(formula) {
        let blind = match of {
            LimitOf::Value => shares(delivery, long, test.path),
            LimitOf::Event => true,
            LimitOf::Extraction | LimitOf::Fields => extracted(test.path),
        };
        if blind {
            let unseen = if of == LimitOf::Event { Direction::Narrower } else { test.unseen };
            let polarity = if of == LimitOf::Event { Polarity::Positive } else { test.polarity };
            ledger.note(&codes::LONG_VALUE, polarity, unseen, test.span, message.clone());
        }
    }
}

/// Whether a path is read from the column that holds the field.
fn shares(delivery: &Delivery, long: &Long, path: &Path) -> bool {
    let Located::Column(column, _) = delivery.locate(path) else { return false };
    long.name
        .strip_prefix(column.path.name().as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
