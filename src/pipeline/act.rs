//! What transformations do to a document.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::room::{self, Full, MOST_BYTES, MOST_VALUES, Room};
use super::when::{self, RuleTest, wildcards};
use super::{Added, Item as Transformation, Rename, State, Step, codes, items_of};
use crate::diagnostic::Diagnostic;
use crate::rule::condition::Expr;
use crate::rule::modifier::Modifier;
use crate::rule::{
    self, Condition, CorrelationRule, Detection, Document, FieldName, Item, ItemValue, LogSource, Meta,
    NamePart, Search, Selection, Value, ValueKind,
};
use crate::source::{SourceFile, Span, Spanned};

type Variables = BTreeMap<String, Vec<String>>;

/// The texts that a text becomes, `None` where it stays.
type Changed = Result<Option<Vec<String>>, Fault>;

/// Why a text does not become another.
enum Fault {
    /// What would be changed that must not be.
    Changes(&'static str),
    Full,
}

impl From<Full> for Fault {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

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

/// Nothing more is applied to a document of which more would be made than may be.
fn full(one: &Transformation, span: Span, state: &mut State) {
    state.full = true;
    let message = format!(
        "with `{}` the pipeline adds more than {MOST_VALUES} values and names, or {MOST_BYTES} bytes of them",
        one.name
    );
    let finding = Diagnostic::new(&codes::REFUSED, span, message);
    state.findings.push(finding.help("split the rule, or let the pipeline put in less"));
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

fn renamed(
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
fn renamed_all(
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
fn renames(one: &Transformation, rule: &CorrelationRule, state: &State) -> bool {
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

/// A plain field name.
fn named(text: &str, span: Span) -> FieldName {
    FieldName {
        text: text.to_owned(),
        span,
        parts: vec![NamePart::Name(Spanned::new(text.to_owned(), span))],
    }
}

/// Changes the items of every selection.
fn selections(one: &Transformation, variables: &Variables, detection: &mut Detection, state: &mut State) {
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

/// A text with each match of an expression replaced, of so many bytes at most.
fn replaced(expression: &regex::Regex, with: &str, text: &str, most: usize) -> Result<String, Full> {
    let groups = with.matches("${").count();
    let (mut made, mut end) = (String::new(), 0);
    for found in expression.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        made.push_str(text.get(end..whole.start()).unwrap_or_default());
        // No group is longer than what is matched.
        let longer = groups.saturating_mul(whole.len()).saturating_add(with.len());
        if made.len().saturating_add(longer) > most {
            return Err(Full);
        }
        found.expand(with, &mut made);
        end = whole.end();
    }
    made.push_str(text.get(end..).unwrap_or_default());
    Ok(made)
}

fn rename_item(
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

/// Changes each text of an item, as pySigma sees it: with the wildcards of its modifiers, which have to stay.
fn values(item: &mut Item, one: &Transformation, state: &mut State, change: &dyn Fn(&str, &Room) -> Changed) {
    let (before, after) = wildcards(item);
    let seen: Vec<Option<String>> = when::values(item).iter().map(|value| when::text(item, value)).collect();
    let ItemValue::Values { values, .. } = &mut item.value else { return };
    let mut new = Vec::with_capacity(values.len());
    for (value, text) in std::mem::take(values).into_iter().zip(seen) {
        if state.full {
            new.push(value);
            continue;
        }
        let changed = text.map_or(Ok(None), |text| change(&text, &state.room));
        let kept = |text: &String| {
            text.strip_prefix(before).and_then(|text| text.strip_suffix(after)).map(str::to_owned)
        };
        let kept = match changed {
            Ok(None) => {
                new.push(value);
                continue;
            }
            Ok(Some(texts)) => texts
                .iter()
                .map(kept)
                .collect::<Option<Vec<String>>>()
                .ok_or(Fault::Changes("a wildcard that a modifier stands for")),
            Err(why) => Err(why),
        };
        let room = &mut state.room;
        let kept = kept.and_then(|texts| {
            room.replace(room::length(&value), texts.iter().map(String::as_str))?;
            Ok(texts)
        });
        match kept {
            Ok(texts) => new.extend(
                texts
                    .into_iter()
                    .map(|text| Value { span: value.span, kind: ValueKind::Text { text, quoted: true } }),
            ),
            Err(Fault::Full) => {
                full(one, value.span, state);
                new.push(value);
            }
            Err(Fault::Changes(why)) => {
                let message = format!("`{}` of the pipeline changes {why}", one.name);
                state.findings.push(Diagnostic::new(&codes::REFUSED, value.span, message));
                new.push(value);
            }
        }
    }
    *values = new;
}

/// Puts values in place of placeholders; where none is left, the item no longer has placeholders.
fn placeholders<'v>(
    item: &mut Item,
    found: &dyn Fn(&str) -> Option<&'v [String]>,
    room: &mut Room,
) -> Result<(), Full> {
    let ItemValue::Values { values, list, .. } = &mut item.value else { return Ok(()) };
    let mut new: Vec<Value> = Vec::with_capacity(values.len());
    let mut open = false;
    for value in std::mem::take(values) {
        let ValueKind::Text { text, quoted } = &value.kind else {
            new.push(value);
            continue;
        };
        let (texts, left) = expanded(text, found, room)?;
        room.replace(text.len(), texts.iter().map(String::as_str))?;
        open |= left;
        new.extend(
            texts
                .into_iter()
                .map(|text| Value { span: value.span, kind: ValueKind::Text { text, quoted: *quoted } }),
        );
    }
    *list |= new.len() > 1;
    *values = new;
    if !open {
        item.modifiers.retain(|modifier| modifier.value != Modifier::Expand);
    }
    Ok(())
}

/// A text with each `%name%` replaced by each of its values, and whether one is left.
fn expanded<'v>(
    text: &str,
    found: &dyn Fn(&str) -> Option<&'v [String]>,
    room: &Room,
) -> Result<(Vec<String>, bool), Full> {
    let longest = room.longest(text.len());
    let mut texts = vec![String::new()];
    let mut left = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let inside =
            after.split_once('%').filter(|(name, _)| !name.is_empty() && !name.contains([' ', '\\']));
        let Some((name, after)) = inside else { break };
        append(&mut texts, before, longest)?;
        if let Some(values) = found(name) {
            let (count, each) = (values.len().saturating_mul(texts.len()), bytes(values));
            let longer = bytes(&texts).saturating_mul(values.len());
            let longer = longer.saturating_add(each.saturating_mul(texts.len()));
            if longer > longest || !room.has(count.saturating_sub(1)) {
                return Err(Full);
            }
            texts = texts
                .iter()
                .flat_map(|text| values.iter().map(move |value| format!("{text}{value}")))
                .collect();
        } else {
            left = true;
            append(&mut texts, &format!("%{name}%"), longest)?;
        }
        rest = after;
    }
    append(&mut texts, rest, longest)?;
    Ok((texts, left))
}

fn append(texts: &mut [String], end: &str, longest: usize) -> Result<(), Full> {
    if bytes(texts).saturating_add(texts.len().saturating_mul(end.len())) > longest {
        return Err(Full);
    }
    for text in texts {
        text.push_str(end);
    }
    Ok(())
}

fn bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}
