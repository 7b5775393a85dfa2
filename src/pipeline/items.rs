//! What transformations do to the items of selections.

use std::collections::BTreeMap;

use super::rename::rename_item;
use super::room::{self, Full, full};
use super::texts::{Fault, placeholders, replaced, values};
use super::{Item as Transformation, State, Step, codes, items_of};
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::{Detection, Item, ItemValue, Search, Selection, ValueKind};

/// The values of placeholders, by their names.
pub(super) type Variables = BTreeMap<String, Vec<String>>;

/// Changes the items of every selection.
pub(super) fn selections(
    one: &Transformation,
    variables: &Variables,
    detection: &mut Detection,
    state: &mut State,
) {
    let block = |item: &&Item| matches!(item.value, ItemValue::Block { .. });
    let mut all = detection.selections.iter().flat_map(|selection| items_of(&selection.body));
    if let Some(item) = all.find(block) {
        let message = format!("`{}` of the pipeline cannot be applied to an element block", one.name);
        return state.findings.push(Diagnostic::new(&codes::REFUSED, item.span, message));
    }
    let mut selections = Vec::with_capacity(detection.selections.len());
    for selection in std::mem::take(&mut detection.selections) {
        let Selection { name, span, body } = selection;
        if let Some(body) = rewritten(body, &mut |item| changed(item, one, variables, state)) {
            selections.push(Selection { name, span, body });
        } else {
            let message =
                format!("`{}` of the pipeline leaves nothing of the selection `{}`", one.name, name.value);
            state.findings.push(Diagnostic::new(&codes::REFUSED, name.span, message));
            selections.push(Selection { name, span, body: Search::Hole(span) });
        }
    }
    detection.selections = selections;
}

/// A search with each item changed; `None` where nothing is left.
fn rewritten(search: Search, change: &mut dyn FnMut(Item) -> Option<Search>) -> Option<Search> {
    let mut parts = |parts: Vec<Search>| -> Option<Vec<Search>> {
        let left: Vec<Search> = parts.into_iter().filter_map(|part| rewritten(part, change)).collect();
        (!left.is_empty()).then_some(left)
    };
    match search {
        Search::All(all) => parts(all).map(Search::All),
        Search::Any(any) => parts(any).map(Search::Any),
        Search::Item(item) => change(item),
        Search::Hole(span) => Some(Search::Hole(span)),
    }
}

/// What becomes of one item.
fn changed(mut item: Item, one: &Transformation, variables: &Variables, state: &mut State) -> Option<Search> {
    if state.full {
        return Some(Search::Item(item));
    }
    if !one.item.holds(|test| test.holds(&item, state)) {
        return Some(Search::Item(item));
    }
    if let Step::Rename(rename) = &one.step {
        let span = item.span;
        let renamed = rename_item(item, one, rename, state);
        return Some(renamed.unwrap_or_else(|Full| {
            full(one, span, state);
            Search::Hole(span)
        }));
    }
    let field = item.field.as_ref().map(|field| field.text.clone());
    if !one.field.holds(|test| test.holds(field.as_deref(), state)) {
        return Some(Search::Item(item));
    }
    match &one.step {
        Step::DropItem => return None,
        Step::ItemFailure(message) => {
            state.findings.push(Diagnostic::new(
                &codes::REFUSED,
                item.span,
                format!("refused by the pipeline: {message}"),
            ));
        }
        Step::SetValue { text, quoted } => {
            if let ItemValue::Values { values, .. } = &mut item.value {
                // pySigma has applied the modifiers to the old values by then.
                item.modifiers.retain(|modifier| matches!(modifier.value, Modifier::All | Modifier::Neq));
                for value in values {
                    let new = text.as_deref().unwrap_or_default();
                    if state.room.replace(room::length(value), [new]).is_err() {
                        full(one, item.span, state);
                        break;
                    }
                    value.kind = match text {
                        Some(text) => ValueKind::Text { text: text.clone(), quoted: *quoted },
                        None => ValueKind::Null,
                    };
                }
            }
        }
        Step::MapString(map) => {
            let mapped = |text: &str| map.iter().find(|(from, _)| from == text).map(|(_, to)| to.clone());
            values(&mut item, one, state, &|text, _| Ok(mapped(text)));
        }
        Step::Replace { expression, with } => values(&mut item, one, state, &|text, room| {
            if !expression.is_match(text) {
                return Ok(None);
            }
            if text.contains('\\') || with.contains('\\') {
                return Err(Fault::Changes("a value with a backslash"));
            }
            Ok(Some(vec![replaced(expression, with, text, room.longest(text.len()))?]))
        }),
        Step::Placeholders { wildcard, include, exclude } if item.has(Modifier::Expand) => {
            let handled = |name: &str| {
                include.as_ref().is_none_or(|names| names.iter().any(|own| own == name))
                    && exclude.as_ref().is_none_or(|names| !names.iter().any(|own| own == name))
            };
            let any = ["*".to_owned()];
            let found = |name: &str| {
                if !handled(name) {
                    return None;
                }
                if *wildcard { Some(any.as_slice()) } else { variables.get(name).map(Vec::as_slice) }
            };
            if placeholders(&mut item, &found, &mut state.room).is_err() {
                full(one, item.span, state);
                return Some(Search::Hole(item.span));
            }
        }
        _ => {}
    }
    Some(Search::Item(item))
}
