//! What transformations do to a document.

use std::collections::BTreeMap;

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

/// The texts that a text becomes, `None` where it stays, or what would be changed that must not be.
type Changed = Result<Option<Vec<String>>, &'static str>;

/// How many values placeholders may make of one.
const MOST_VALUES: usize = 10_000;

/// Applies transformations in order.
pub(super) fn items(
    all: &[Transformation],
    variables: &Variables,
    document: &mut Document,
    state: &mut State,
) {
    for one in all {
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
    let (meta, source, detection) = match document {
        Document::Correlation(rule) => return correlation(one, rule, state),
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
        Step::AddCondition(added) => add(added, source, detection, state),
        Step::AddField(_) | Step::RemoveField(_) | Step::SetField(_) => fields(one, meta),
        step => {
            if let Step::Rename(rename) = step {
                meta.fields =
                    meta.fields.iter().flat_map(|field| renamed(one, rename, field, state)).collect();
            }
            selections(one, variables, detection, state);
        }
    }
}

/// `fields` of a document.
fn fields(one: &Transformation, meta: &mut Meta) {
    let new = |name: &String| Spanned::new(name.clone(), meta.span);
    match &one.step {
        Step::AddField(names) => meta.fields.extend(names.iter().map(new).collect::<Vec<_>>()),
        Step::SetField(names) => meta.fields = names.iter().map(new).collect(),
        Step::RemoveField(names) => meta.fields.retain(|field| !names.contains(&field.value)),
        _ => {}
    }
}

/// The names that a field name becomes; `None` where it stays.
fn names(rename: &Rename, name: &str) -> Option<Vec<String>> {
    match rename {
        Rename::Names(map) => map.iter().find(|(from, _)| from == name).map(|(_, to)| to.clone()),
        Rename::Prefixes(map) => {
            let (from, to) = map.iter().find(|(from, _)| name.starts_with(from.as_str()))?;
            let rest = name.get(from.len()..).unwrap_or_default();
            Some(to.iter().map(|to| format!("{to}{rest}")).collect())
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

fn correlation(one: &Transformation, rule: &mut CorrelationRule, state: &mut State) {
    match &one.step {
        Step::AddField(_) | Step::RemoveField(_) | Step::SetField(_) => fields(one, &mut rule.meta),
        Step::Rename(rename) => {
            let mut single = |field: &mut Spanned<String>| {
                if let [new] = &renamed(one, rename, field, state)[..] {
                    *field = new.clone();
                } else {
                    let message = format!(
                        "`{}` of the pipeline has several names for a field of a correlation",
                        one.name
                    );
                    state.findings.push(Diagnostic::new(&codes::REFUSED, field.span, message));
                }
            };
            let aliases: Vec<String> = rule.aliases.iter().map(|alias| alias.name.value.clone()).collect();
            for (_, field) in rule.aliases.iter_mut().flat_map(|alias| &mut alias.fields) {
                single(field);
            }
            rule.fields.iter_mut().for_each(&mut single);
            let by = rule.group_by.iter().flat_map(|field| {
                if aliases.contains(&field.value) {
                    vec![field.clone()]
                } else {
                    renamed(one, rename, field, state)
                }
            });
            rule.group_by = by.collect();
            rule.meta.fields =
                rule.meta.fields.iter().flat_map(|field| renamed(one, rename, field, state)).collect();
        }
        _ => {}
    }
}

/// Adds a selection, and asks for it in every condition.
fn add(added: &Added, source: &LogSource, detection: &mut Detection, state: &mut State) {
    let part =
        |part: &Option<Spanned<String>>| part.as_ref().map_or("None", |part| part.value.as_str()).to_owned();
    let filled = |text: &str| {
        let names = [
            ("category", part(&source.category)),
            ("product", part(&source.product)),
            ("service", part(&source.service)),
        ];
        names.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
        })
    };
    let mut body = match body(added, &|text| if added.template { filled(text) } else { text.to_owned() }) {
        Ok(body) => body,
        Err(message) => {
            let message = format!("the condition that the pipeline adds cannot be read: {message}");
            return state.findings.push(Diagnostic::new(&codes::REFUSED, detection.span, message));
        }
    };
    place(&mut body, detection.span);
    state.added += 1;
    let name = added.name.clone().unwrap_or_else(|| format!("_pipeline_{}", state.added));
    let name = Spanned::new(name, detection.span);
    if detection.selections.iter().any(|selection| selection.name.value == name.value) {
        let message = format!("the rule has a selection `{}` already, which the pipeline adds", name.value);
        return state.findings.push(Diagnostic::new(&codes::REFUSED, detection.span, message));
    }
    for condition in &mut detection.conditions {
        let asked = Expr::Name(name.clone());
        let asked = if added.negated { Expr::Not(condition.span, Box::new(asked)) } else { asked };
        *condition = Condition { span: condition.span, expr: Expr::And(vec![asked, condition.expr.clone()]) };
    }
    detection.selections.push(Selection { name, span: detection.span, body });
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
    if !one.item.holds(|test| test.holds(&item, state)) {
        return Some(Search::Item(item));
    }
    if let Step::Rename(rename) = &one.step {
        return Some(rename_item(item, one, rename, state));
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
                    value.kind = match text {
                        Some(text) => ValueKind::Text { text: text.clone(), quoted: *quoted },
                        None => ValueKind::Null,
                    };
                }
            }
        }
        Step::MapString(map) => {
            let mapped = |text: &str| map.iter().find(|(from, _)| from == text).map(|(_, to)| to.clone());
            values(&mut item, one, state, &|text| Ok(mapped(text)));
        }
        Step::Replace { expression, with } => values(&mut item, one, state, &|text| {
            if !expression.is_match(text) {
                return Ok(None);
            }
            if text.contains('\\') || with.contains('\\') {
                return Err("a value with a backslash");
            }
            Ok(Some(vec![expression.replace_all(text, with.as_str()).into_owned()]))
        }),
        Step::Placeholders { wildcard, include, exclude } if item.has(Modifier::Expand) => {
            let handled = |name: &str| {
                include.as_ref().is_none_or(|names| names.iter().any(|own| own == name))
                    && exclude.as_ref().is_none_or(|names| !names.iter().any(|own| own == name))
            };
            placeholders(&mut item, &|name| {
                if !handled(name) {
                    return None;
                }
                if *wildcard { Some(vec!["*".to_owned()]) } else { variables.get(name).cloned() }
            });
        }
        _ => {}
    }
    Some(Search::Item(item))
}

fn rename_item(mut item: Item, one: &Transformation, rename: &Rename, state: &State) -> Search {
    if item.has(Modifier::FieldRef)
        && let ItemValue::Values { values, .. } = &mut item.value
    {
        let old = std::mem::take(values);
        *values = old
            .into_iter()
            .flat_map(|value| {
                let ValueKind::Text { text, quoted } = &value.kind else { return vec![value] };
                let field = Spanned::new(text.clone(), value.span);
                let new = renamed(one, rename, &field, state).into_iter();
                new.map(|name| Value {
                    span: value.span,
                    kind: ValueKind::Text { text: name.value, quoted: *quoted },
                })
                .collect()
            })
            .collect();
    }
    let Some(field) = item.field.clone() else { return Search::Item(item) };
    let own = Spanned::new(field.text.clone(), field.span);
    let mut new: Vec<Search> = renamed(one, rename, &own, state)
        .into_iter()
        .map(|name| {
            let field = if name.value == field.text { field.clone() } else { named(&name.value, field.span) };
            Search::Item(Item { field: Some(field), ..item.clone() })
        })
        .collect();
    match new.len() {
        1 => new.remove(0),
        _ => Search::Any(new),
    }
}

/// Changes each text of an item, as pySigma sees it: with the wildcards of its modifiers, which have to stay.
fn values(item: &mut Item, one: &Transformation, state: &mut State, change: &dyn Fn(&str) -> Changed) {
    let (before, after) = wildcards(item);
    let seen: Vec<Option<String>> = when::values(item).iter().map(|value| when::text(item, value)).collect();
    let ItemValue::Values { values, .. } = &mut item.value else { return };
    let mut new = Vec::with_capacity(values.len());
    for (value, text) in std::mem::take(values).into_iter().zip(seen) {
        let changed = text.map_or(Ok(None), |text| change(&text));
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
                .ok_or("a wildcard that a modifier stands for"),
            Err(why) => Err(why),
        };
        match kept {
            Ok(texts) => new.extend(
                texts
                    .into_iter()
                    .map(|text| Value { span: value.span, kind: ValueKind::Text { text, quoted: true } }),
            ),
            Err(why) => {
                let message = format!("`{}` of the pipeline changes {why}", one.name);
                state.findings.push(Diagnostic::new(&codes::REFUSED, value.span, message));
                new.push(value);
            }
        }
    }
    *values = new;
}

/// Puts values in place of placeholders; where none is left, the item no longer has placeholders.
fn placeholders(item: &mut Item, found: &dyn Fn(&str) -> Option<Vec<String>>) {
    let ItemValue::Values { values, list, .. } = &mut item.value else { return };
    let mut new: Vec<Value> = Vec::with_capacity(values.len());
    let mut open = false;
    for value in std::mem::take(values) {
        let ValueKind::Text { text, quoted } = &value.kind else {
            new.push(value);
            continue;
        };
        let (texts, left) = expanded(text, found);
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
}

/// A text with each `%name%` replaced by each of its values, and whether one is left.
fn expanded(text: &str, found: &dyn Fn(&str) -> Option<Vec<String>>) -> (Vec<String>, bool) {
    let mut texts = vec![String::new()];
    let mut left = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let inside =
            after.split_once('%').filter(|(name, _)| !name.is_empty() && !name.contains([' ', '\\']));
        let Some((name, after)) = inside else { break };
        append(&mut texts, before);
        if let Some(values) =
            found(name).filter(|values| values.len().saturating_mul(texts.len()) <= MOST_VALUES)
        {
            texts = texts
                .iter()
                .flat_map(|text| values.iter().map(move |value| format!("{text}{value}")))
                .collect();
        } else {
            left = true;
            append(&mut texts, &format!("%{name}%"));
        }
        rest = after;
    }
    append(&mut texts, rest);
    (texts, left)
}

fn append(texts: &mut [String], end: &str) {
    for text in texts {
        text.push_str(end);
    }
}
