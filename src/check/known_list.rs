//! Placeholders: `%name%` under `expand` stands for the values of a known list.

use std::borrow::Cow;
use std::sync::Arc;

use super::builder::{Builder, Context};
use super::codes;
use super::plan::{Alternative, Asked, Plan};
use super::text::{Anchor, escaped};
use crate::config;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, FieldUse, Formula, Listed, Text};
use crate::rule::pattern::parted;
use crate::rule::{Item, Value, ValueKind};
use crate::schema::{KnownList, Type};
use crate::source::Span;

/// The values of an item with its placeholders resolved.
#[derive(Debug)]
pub(super) struct Expanded<'v> {
    /// The values.
    pub values: Cow<'v, [Value]>,
    /// The lists that are among them.
    pub lists: Vec<Used>,
}

/// A known list where an item uses it.
#[derive(Debug)]
pub(super) struct Used {
    name: String,
    list: Arc<KnownList>,
    /// The placeholder.
    span: Span,
    /// Whether a platform that keeps the list can be asked.
    pub kept: bool,
}

impl<'r> Builder<'r, '_> {
    /// The values of an item, with those of lists in the place of placeholders; `None` when a list has none that could
    /// are there, which has been reported.
    pub(super) fn expanded<'v>(
        &mut self,
        item: &'r Item,
        plan: &Plan,
        field: Option<&FieldUse>,
        values: &'v [Value],
    ) -> Option<Expanded<'v>> {
        let mut expanded = Expanded { values: Cow::Borrowed(values), lists: Vec::new() };
        if !plan.expand {
            return Some(expanded);
        }
        let (mut found, mut whole) = (Vec::new(), true);
        for value in values {
            match &value.kind {
                ValueKind::Text { text, .. } if parted(text).is_some() => {
                    let texts = self.substituted(item, plan, field, text, value.span, &mut expanded.lists);
                    let text = |text| ValueKind::Text { text, quoted: true };
                    let texts = texts.map(|texts| {
                        texts.into_iter().map(|found| Value { span: value.span, kind: text(found) })
                    });
                    match texts {
                        Some(texts) => found.extend(texts),
                        None => whole = false,
                    }
                }
                _ => found.push(value.clone()),
            }
        }
        expanded.values = Cow::Owned(found);
        whole.then_some(expanded)
    }

    /// The texts that a value with placeholders stands for.
    fn substituted(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: Option<&FieldUse>,
        text: &str,
        span: Span,
        lists: &mut Vec<Used>,
    ) -> Option<Vec<String>> {
        let (mut texts, mut rest) = (vec![String::new()], text);
        while let Some((before, name, after)) = parted(rest) {
            let alone = before.is_empty() && after.is_empty() && rest == text;
            let Some(list) = self.lists.get(name).cloned() else {
                self.undefined(item, name, span);
                return None;
            };
            let kept = alone && !list.kept.is_empty() && field.is_some_and(|field| asks_whole(plan, field));
            if list.values.is_none() && !kept {
                self.without_values(item, name, &list, span);
                return None;
            }
            let values = list.values.as_deref().unwrap_or_default();
            self.charge(values.len().saturating_mul(texts.len()), item.span)?;
            if is_text(plan) {
                self.wildcards(item, name, values, span);
            }
            let value = |value: &String| if is_text(plan) { escaped(value) } else { value.clone() };
            texts = texts
                .iter()
                .flat_map(|start| values.iter().map(move |found| format!("{start}{before}{}", value(found))))
                .collect();
            lists.push(Used { name: name.to_owned(), list, span, kept });
            rest = after;
        }
        for text in &mut texts {
            text.push_str(rest);
        }
        Some(texts)
    }

    fn undefined(&mut self, item: &Item, name: &str, span: Span) {
        let message = format!("the known list `{name}` is not defined");
        let finding = Diagnostic::new(&codes::text::UNRESOLVED_PLACEHOLDER, span, message);
        let near = nearest(name, self.lists.names());
        let key = self::key(name);
        let finding = match near.first() {
            Some(near) => finding.help(format!("did you mean `%{near}%`?")),
            None => finding.help(format!(
                "define it in sigmata.toml: `lists.{key}.values = []` with its values, or `lists.{key}.file = \"…\"`"
            )),
        };
        self.report(item, finding.suggest(near));
    }

    fn without_values(&mut self, item: &Item, name: &str, list: &KnownList, span: Span) {
        let message = format!("the known list `{name}` has no values that could be used here");
        let finding = Diagnostic::new(&codes::text::UNRESOLVED_PLACEHOLDER, span, message);
        let finding = if list.kept.is_empty() {
            finding.label(format!("defined at {}", list.place))
        } else {
            finding.label("what a platform keeps answers whole texts alone")
        };
        let key = self::key(name);
        self.report(item, finding.help(format!("set `lists.{key}.values` in sigmata.toml too")));
    }

    /// Reports values of a list that were meant as patterns.
    fn wildcards(&mut self, item: &Item, name: &str, values: &[String], span: Span) {
        let Some(value) = values.iter().find(|value| value.contains(['*', '?'])) else { return };
        let message = format!("`{value}` of the known list `{name}` is a text, not a pattern");
        let finding = Diagnostic::new(&codes::text::WILDCARD_IN_LIST, span, message);
        self.report(
            item,
            finding.help("list whole values, or ask for a part of the text with `startswith` or `contains`"),
        );
    }

    /// Says of findings about the values of lists where these are.
    pub(super) fn label_lists(&mut self, lists: &[Used]) {
        for used in lists {
            let label = format!("a value of the known list `{}`, {}", used.name, used.list.place);
            self.findings.about_list(used.span, &label);
        }
    }

    /// The formula of an item all of whose lists are empty: no value, so that it holds of no event.
    pub(super) fn nothing(
        &mut self,
        item: &Item,
        plan: &Plan,
        lists: &[Used],
        context: Context<'_>,
    ) -> Formula {
        if let (true, Some(used)) = (context.positive, lists.first()) {
            let message = format!("the known list `{}` is empty, so this never matches", used.name);
            let finding = Diagnostic::new(&codes::text::EMPTY_LIST, used.span, message)
                .label(format!("defined at {}", used.list.place))
                .severity(if context.grave() { Severity::Error } else { Severity::Warning })
                .help("give the list values, or use it under `not`");
            self.report(item, finding);
        }
        if plan.neq { Formula::True } else { Formula::False }
    }
}

/// The name of a list as a part of a key of the configuration.
fn key(name: &str) -> String {
    config::dotted(&[name.to_owned()])
}

/// Whether the values are texts, not expressions or blocks.
fn is_text(plan: &Plan) -> bool {
    matches!(plan.kind, Asked::Value)
}

/// Whether an item asks for whole texts, which is what a platform answers from a list.
fn asks_whole(plan: &Plan, field: &FieldUse) -> bool {
    plan.kind == Asked::Value
        && plan.place == Anchor::Whole
        && plan.encoders.is_empty()
        && !plan.all
        && matches!(field.ty, Type::String | Type::Enum(_) | Type::Ip | Type::Any)
}

/// The alternatives with the values of lists that platforms keep as one alternative each.
pub(super) fn kept(alternatives: Vec<Alternative>, lists: Vec<Used>, cased: bool) -> Vec<Alternative> {
    let mut left = alternatives;
    for used in lists.into_iter().filter(|used| used.kept) {
        let Used { name, list, span, .. } = used;
        let mut texts: Vec<Text> = Vec::new();
        left.retain_mut(|alternative| match alternative {
            Alternative::Test(Condition::Text(own)) if own.iter().all(|text| text.span == span) => {
                texts.append(own);
                false
            }
            _ => true,
        });
        let texts = list.values.is_some().then_some(texts);
        let listed = Listed { name, list, texts, cased, span };
        left.push(Alternative::Test(Condition::Listed(Box::new(listed))));
    }
    left
}
