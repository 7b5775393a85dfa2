//! Field names that a pipeline gives.

use super::room::{self, Full, MOST_BYTES};
use super::{Item as Transformation, Rename, State, Step};
use crate::rule::modifier::Modifier;
use crate::rule::{CorrelationRule, FieldName, Item, ItemValue, NamePart, Search, Value, ValueKind};
use crate::source::{Span, Spanned};

/// The names that a field name becomes; `None` where it stays.
fn names(rename: &Rename, name: &str) -> Option<Vec<String>> {
    match rename {
        Rename::Names(map) => map.iter().find(|(from, _)| from == name).map(|(_, to)| to.clone()),
        Rename::Prefixes(map) => {
            let (from, to) = map.iter().find(|(from, _)| name.starts_with(from.as_str()))?;
            let rest = name.get(from.len()..).unwrap_or_default();
            let mut bytes = 0;
            let made = to.iter().map(|to| format!("{to}{rest}"));
            // What is past any bound need not be made.
            let within = made.take_while(|name| {
                let within = bytes <= MOST_BYTES;
                bytes += name.len();
                within
            });
            Some(within.collect())
        }
        Rename::Prefix(prefix) => Some(vec![format!("{prefix}{name}")]),
        Rename::Suffix(suffix) => Some(vec![format!("{name}{suffix}")]),
    }
}

pub(super) fn renamed(
    one: &Transformation,
    rename: &Rename,
    field: &Spanned<String>,
    state: &State,
) -> Vec<Spanned<String>> {
    match names(rename, &field.value)
        .filter(|_| one.field.holds(|test| test.holds(Some(&field.value), state)))
    {
        Some(names) => names.into_iter().map(|name| Spanned::new(name, field.span)).collect(),
        None => vec![field.clone()],
    }
}

/// The names that several become.
pub(super) fn renamed_all(
    one: &Transformation,
    rename: &Rename,
    fields: &[Spanned<String>],
    state: &mut State,
) -> Result<Vec<Spanned<String>>, Full> {
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        let names = renamed(one, rename, field, state);
        state.room.replace(field.value.len(), names.iter().map(|name| name.value.as_str()))?;
        all.extend(names);
    }
    Ok(all)
}

/// Whether a transformation would change a name of a correlation.
pub(super) fn renames(one: &Transformation, rule: &CorrelationRule, state: &State) -> bool {
    let changes = |one: &Transformation, field: &Spanned<String>| match &one.step {
        Step::Rename(rename) => renamed(one, rename, field, state) != [field.clone()],
        _ => false,
    };
    match &one.step {
        Step::Nest(inner) => inner.iter().any(|one| renames(one, rule, state)),
        _ => grouped(rule).any(|field| changes(one, field)),
    }
}

/// The field names of a correlation.
fn grouped(rule: &CorrelationRule) -> impl Iterator<Item = &Spanned<String>> {
    let alias = |name: &Spanned<String>| rule.aliases.iter().any(|alias| alias.name.value == name.value);
    let by = rule.group_by.iter().filter(move |name| !alias(name));
    by.chain(&rule.fields)
        .chain(rule.aliases.iter().flat_map(|alias| alias.fields.iter().map(|(_, field)| field)))
}

/// A plain field name.
pub(super) fn named(text: &str, span: Span) -> FieldName {
    FieldName {
        text: text.to_owned(),
        span,
        parts: vec![NamePart::Name(Spanned::new(text.to_owned(), span))],
    }
}

pub(super) fn rename_item(
    mut item: Item,
    one: &Transformation,
    rename: &Rename,
    state: &mut State,
) -> Result<Search, Full> {
    if item.has(Modifier::FieldRef)
        && let ItemValue::Values { values, .. } = &mut item.value
    {
        let mut new = Vec::with_capacity(values.len());
        for value in std::mem::take(values) {
            let ValueKind::Text { text, quoted } = &value.kind else {
                new.push(value);
                continue;
            };
            let field = Spanned::new(text.clone(), value.span);
            let names = renamed_all(one, rename, &[field], state)?;
            new.extend(names.into_iter().map(|name| Value {
                span: value.span,
                kind: ValueKind::Text { text: name.value, quoted: *quoted },
            }));
        }
        *values = new;
    }
    let Some(field) = item.field.clone() else { return Ok(Search::Item(item)) };
    let own = Spanned::new(field.text.clone(), field.span);
    let names = renamed(one, rename, &own, state);
    let copies = names.len().saturating_sub(1);
    let (values, bytes) = room::size(&item);
    let longer = names.iter().map(|name| name.value.len().saturating_sub(field.text.len())).sum::<usize>();
    state.room.take(copies.saturating_mul(values), copies.saturating_mul(bytes).saturating_add(longer))?;
    let mut new: Vec<Search> = names
        .into_iter()
        .map(|name| {
            let field = if name.value == field.text { field.clone() } else { named(&name.value, field.span) };
            Search::Item(Item { field: Some(field), ..item.clone() })
        })
        .collect();
    Ok(match new.len() {
        1 => new.remove(0),
        _ => Search::Any(new),
    })
}
