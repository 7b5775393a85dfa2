//! What transformations do to a document.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::items::{Variables, selections};
use super::rename::{named, renamed, renamed_all, renames};
use super::room::{self, Full, MOST_BYTES, full};
use super::when::RuleTest;
use super::{Added, Item as Transformation, State, Step, codes, items_of};
use crate::diagnostic::Diagnostic;
use crate::rule::condition::Expr;
use crate::rule::{
    self, Condition, CorrelationRule, Detection, Document, ItemValue, LogSource, Meta, Search, Selection,
};
use crate::source::{SourceFile, Span, Spanned};

/// Applies transformations in order.
pub(super) fn items(
    all: &[Transformation],
    variables: &Variables,
    document: &mut Document,
    state: &mut State,
) {
    for one in all {
        if state.full {
            return;
        }
        if let Document::Correlation(rule) = document
            && one.rule.tests.iter().any(RuleTest::asks_rules)
            && renames(one, rule, state)
        {
            let message = format!(
                "`{}` of the pipeline renames fields by the log source of the rules that a correlation counts",
                one.name
            );
            let finding = Diagnostic::new(&codes::REFUSED, rule.meta.span, message);
            state
                .findings
                .push(finding.help("put what is for correlations into a transformation without `logsource`"));
            continue;
        }
        if !one.rule.holds(|test| test.holds(document, state)) {
            continue;
        }
        state.applied.extend(one.id.clone());
        match &one.step {
            Step::SetState { key, value } => {
                state.values.insert(key.clone(), value.clone());
            }
            Step::SetAttribute { key, value } => {
                state.attributes.insert(key.clone(), value.clone());
            }
            Step::RuleFailure(message) => {
                let finding = Diagnostic::new(
                    &codes::REFUSED,
                    title(document),
                    format!("refused by the pipeline: {message}"),
                );
                state.findings.push(finding);
            }
            Step::Nest(inner) => items(inner, variables, document, state),
            Step::Thresholds(numbers) => threshold(numbers, document),
            _ => step(one, variables, document, state),
        }
    }
}

/// Puts a number in the place of the only one that a correlation is compared with.
fn threshold(numbers: &BTreeMap<String, u64>, document: &mut Document) {
    let Document::Correlation(rule) = document else { return };
    let number = rule.meta.identifier().and_then(|id| numbers.get(&id));
    if let (Some(number), [only]) = (number, rule.comparisons.as_mut_slice()) {
        only.value.value = number.to_string();
    }
}

/// The place that a finding about the whole document has.
fn title(document: &Document) -> Span {
    let meta = document.meta();
    meta.title.as_ref().map_or(meta.span, |title| title.span)
}

fn step(one: &Transformation, variables: &Variables, document: &mut Document, state: &mut State) {
    let place = title(document);
    let (meta, source, detection) = match document {
        Document::Correlation(rule) => {
            if correlation(one, rule, state).is_err() {
                full(one, place, state);
            }
            return;
        }
        Document::Detection(rule) => (&mut rule.meta, &mut rule.logsource, &mut rule.detection),
        Document::Filter(rule) => (&mut rule.meta, &mut rule.logsource, &mut rule.detection),
    };
    match &one.step {
        Step::ChangeLogsource { category, product, service } => {
            let part =
                |value: &Option<String>| value.as_ref().map(|value| Spanned::new(value.clone(), source.span));
            *source = LogSource {
                span: source.span,
                product: part(product),
                service: part(service),
                category: part(category),
            };
        }
        Step::AddCondition(added) => {
            if add(added, source, detection, state).is_err() {
                full(one, place, state);
            }
        }
        Step::AddField(_) | Step::RemoveField(_) | Step::SetField(_) => {
            if fields(one, meta, state).is_err() {
                full(one, place, state);
            }
        }
        step => {
            if let Step::Rename(rename) = step {
                match renamed_all(one, rename, &meta.fields, state) {
                    Ok(names) => meta.fields = names,
                    Err(Full) => return full(one, place, state),
                }
            }
            selections(one, variables, detection, state);
        }
    }
}

/// `fields` of a document.
fn fields(one: &Transformation, meta: &mut Meta, state: &mut State) -> Result<(), Full> {
    let new = |name: &String| Spanned::new(name.clone(), meta.span);
    match &one.step {
        Step::AddField(names) => {
            state.room.take(names.len(), names.iter().map(String::len).sum())?;
            meta.fields.extend(names.iter().map(new).collect::<Vec<_>>());
        }
        Step::SetField(names) => {
            let old = meta.fields.iter().map(|field| field.value.len()).sum();
            state.room.replace(old, names.iter().map(String::as_str))?;
            meta.fields = names.iter().map(new).collect();
        }
        Step::RemoveField(names) => meta.fields.retain(|field| !names.contains(&field.value)),
        _ => {}
    }
    Ok(())
}

fn correlation(one: &Transformation, rule: &mut CorrelationRule, state: &mut State) -> Result<(), Full> {
    match &one.step {
        Step::AddField(_) | Step::RemoveField(_) | Step::SetField(_) => fields(one, &mut rule.meta, state)?,
        Step::Rename(rename) => {
            let single = |field: &mut Spanned<String>, state: &mut State| {
                if let [new] = &renamed(one, rename, field, state)[..] {
                    state.room.replace(field.value.len(), [new.value.as_str()])?;
                    *field = new.clone();
                } else {
                    let message = format!(
                        "`{}` of the pipeline has several names for a field of a correlation",
                        one.name
                    );
                    state.findings.push(Diagnostic::new(&codes::REFUSED, field.span, message));
                }
                Ok(())
            };
            let aliases: BTreeSet<&str> =
                rule.aliases.iter().map(|alias| alias.name.value.as_str()).collect();
            let mut by = Vec::with_capacity(rule.group_by.len());
            for field in &rule.group_by {
                if aliases.contains(field.value.as_str()) {
                    by.push(field.clone());
                } else {
                    by.extend(renamed_all(one, rename, std::slice::from_ref(field), state)?);
                }
            }
            rule.group_by = by;
            for (_, field) in rule.aliases.iter_mut().flat_map(|alias| &mut alias.fields) {
                single(field, state)?;
            }
            rule.fields.iter_mut().try_for_each(|field| single(field, state))?;
            rule.meta.fields = renamed_all(one, rename, &rule.meta.fields, state)?;
        }
        _ => {}
    }
    Ok(())
}

/// Adds a selection, and asks for it in every condition.
fn add(added: &Added, source: &LogSource, detection: &mut Detection, state: &mut State) -> Result<(), Full> {
    let part =
        |part: &Option<Spanned<String>>| part.as_ref().map_or("None", |part| part.value.as_str()).to_owned();
    let room = Cell::new(Some(MOST_BYTES));
    let filled = |text: &str| {
        let names = [
            ("category", part(&source.category)),
            ("product", part(&source.product)),
            ("service", part(&source.service)),
        ];
        names.iter().fold(text.to_owned(), |text, (name, value)| {
            [format!("${{{name}}}"), format!("${name}")].iter().fold(text, |text, name| {
                let longer = text.matches(name.as_str()).count().saturating_mul(value.len());
                room.set(room.get().and_then(|left| left.checked_sub(longer)));
                if room.get().is_some() { text.replace(name.as_str(), value) } else { text }
            })
        })
    };
    let read = body(added, &|text| if added.template { filled(text) } else { text.to_owned() });
    room.get().ok_or(Full)?;
    let mut body = match read {
        Ok(body) => body,
        Err(message) => {
            let message = format!("the condition that the pipeline adds cannot be read: {message}");
            state.findings.push(Diagnostic::new(&codes::REFUSED, detection.span, message));
            return Ok(());
        }
    };
    state.room.take(1, 0)?;
    for item in items_of(&body) {
        let (values, bytes) = room::size(item);
        state.room.take(values, bytes)?;
    }
    place(&mut body, detection.span);
    state.added += 1;
    let name = added.name.clone().unwrap_or_else(|| format!("_pipeline_{}", state.added));
    let name = Spanned::new(name, detection.span);
    if detection.selections.iter().any(|selection| selection.name.value == name.value) {
        let message = format!("the rule has a selection `{}` already, which the pipeline adds", name.value);
        state.findings.push(Diagnostic::new(&codes::REFUSED, detection.span, message));
        return Ok(());
    }
    for Condition { span, expr } in &mut detection.conditions {
        let asked = Expr::Name(name.clone());
        let asked = if added.negated { Expr::Not(*span, Box::new(asked)) } else { asked };
        // Side by side, so that many that are added are not one within the other.
        let old = match std::mem::replace(expr, Expr::Hole(*span)) {
            Expr::And(parts) => parts,
            other => vec![other],
        };
        *expr = Expr::And(std::iter::once(asked).chain(old).collect());
    }
    detection.selections.push(Selection { name, span: detection.span, body });
    Ok(())
}

/// The selection that is added, read as any other.
pub(super) fn body(added: &Added, filled: &dyn Fn(&str) -> String) -> Result<Search, String> {
    let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    let value = |scalar: &super::Scalar| {
        let text = filled(&scalar.text);
        if scalar.quoted || text.is_empty() { quoted(&text) } else { text }
    };
    let part = |(key, values): &(String, Vec<super::Scalar>)| {
        let values: Vec<String> = values.iter().map(value).collect();
        let values = if let [one] = &values[..] { one.clone() } else { format!("[{}]", values.join(", ")) };
        format!("      {}: {values}\n", quoted(key))
    };
    let parts: String = added.parts.iter().map(part).collect();
    let text = format!("title: t\nlogsource:\n  product: p\ndetection:\n    s:\n{parts}    condition: s\n");
    let reading = rule::read(&SourceFile::new("pipeline", text));
    if let Some(error) =
        reading.diagnostics.iter().find(|one| one.severity == crate::diagnostic::Severity::Error)
    {
        return Err(error.message.clone());
    }
    let document = reading.documents.into_iter().next();
    match document {
        Some(Document::Detection(rule)) => {
            let found = rule.detection.selections.into_iter().next().map(|selection| selection.body);
            found.ok_or_else(|| "there is no condition".to_owned())
        }
        _ => Err("there is no condition".to_owned()),
    }
}

/// Gives everything in a search one place.
fn place(search: &mut Search, span: Span) {
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter_mut().for_each(|part| place(part, span)),
        Search::Hole(own) => *own = span,
        Search::Item(item) => {
            item.span = span;
            if let Some(field) = &mut item.field {
                *field = named(&field.text, span);
            }
            item.modifiers.iter_mut().for_each(|modifier| modifier.span = span);
            if let ItemValue::Values { span: own, values, .. } = &mut item.value {
                *own = span;
                for value in values {
                    value.span = span;
                }
            }
        }
    }
}
