//! The conditions of a pipeline.

use regex::Regex;

use super::{State, items_of};
use crate::rule::modifier::Modifier;
use crate::rule::{Detection, Document, Item, ItemValue, LogSource, Meta, Value, ValueKind};
use crate::source::Spanned;

/// Conditions that are linked. None at all is fulfilled.
#[derive(Clone, Debug)]
pub(super) struct When<T> {
    pub tests: Vec<T>,
    /// Whether one is enough.
    pub any: bool,
    pub not: bool,
}

impl<T> When<T> {
    /// What is always fulfilled.
    pub(super) const fn always() -> Self {
        Self { tests: Vec::new(), any: false, not: false }
    }

    pub(super) fn holds(&self, test: impl Fn(&T) -> bool) -> bool {
        if self.tests.is_empty() {
            return true;
        }
        let found = if self.any { self.tests.iter().any(test) } else { self.tests.iter().all(test) };
        found != self.not
    }
}

/// A condition on the whole rule.
#[derive(Clone, Debug)]
pub(super) enum RuleTest {
    LogSource { category: Option<String>, product: Option<String>, service: Option<String> },
    Contains { field: String, value: Option<String> },
    Applied(String),
    State(StateTest),
    IsRule,
    IsCorrelation,
    Attribute { name: String, value: String, equal: bool },
    Tag(String),
}

/// A condition on one item.
#[derive(Clone, Debug)]
pub(super) enum ItemTest {
    Matches { expression: Regex, all: bool, negate: bool },
    Equals { value: String, all: bool },
    Wildcard { all: bool },
    Null { all: bool },
    State(StateTest),
}

/// A condition on one field name.
#[derive(Clone, Debug)]
pub(super) enum FieldTest {
    Names { names: Vec<String>, include: bool },
    Expressions { expressions: Vec<Regex>, include: bool },
    State(StateTest),
}

/// A comparison with what `set_state` has set.
#[derive(Clone, Debug)]
pub(super) struct StateTest {
    pub key: String,
    pub value: String,
    pub equal: bool,
}

impl StateTest {
    fn holds(&self, state: &State) -> bool {
        state.values.get(&self.key).is_some_and(|value| (*value == self.value) == self.equal)
    }
}

impl RuleTest {
    pub(super) fn holds(&self, document: &Document, state: &State) -> bool {
        match self {
            Self::LogSource { category, product, service } => logsource(document).is_some_and(|source| {
                fits(category.as_ref(), source.category.as_ref())
                    && fits(product.as_ref(), source.product.as_ref())
                    && fits(service.as_ref(), source.service.as_ref())
            }),
            Self::Contains { field, value } => detection(document).is_some_and(|detection| {
                let items = detection.selections.iter().flat_map(|selection| items_of(&selection.body));
                items.filter(|item| item.field.as_ref().is_some_and(|own| own.text == *field)).any(|item| {
                    value.as_ref().is_none_or(|value| {
                        values(item).iter().any(|own| text(item, own).as_ref() == Some(value))
                    })
                })
            }),
            Self::Applied(id) => state.applied.contains(id),
            Self::State(test) => test.holds(state),
            Self::IsRule => !matches!(document, Document::Correlation(_)),
            Self::IsCorrelation => matches!(document, Document::Correlation(_)),
            Self::Attribute { name, value, equal } => {
                let found = attribute(document.meta(), name).or_else(|| state.attributes.get(name).cloned());
                found.is_some_and(|found| (found == *value) == *equal)
            }
            Self::Tag(tag) => document.meta().tags.iter().any(|own| own.value == *tag),
        }
    }

    /// Whether only the rules that a correlation counts could tell.
    pub(super) fn asks_rules(&self) -> bool {
        matches!(self, Self::LogSource { .. })
    }
}

impl ItemTest {
    pub(super) fn holds(&self, item: &Item, state: &State) -> bool {
        let linked = |all: bool, test: &dyn Fn(&Value) -> bool| {
            let mut values = values(item).iter();
            if all { values.all(test) } else { values.any(test) }
        };
        match self {
            Self::Matches { expression, all, negate } => linked(*all, &|value| {
                text(item, value).is_some_and(|text| expression.is_match(&text)) != *negate
            }),
            Self::Equals { value: wanted, all } => {
                linked(*all, &|value| text(item, value).or_else(|| plain(value)).as_ref() == Some(wanted))
            }
            Self::Wildcard { all } => {
                linked(*all, &|value| text(item, value).is_some_and(|text| has_wildcard(&text)))
            }
            Self::Null { all } => linked(*all, &|value| value.kind == ValueKind::Null),
            Self::State(test) => test.holds(state),
        }
    }
}

impl FieldTest {
    pub(super) fn holds(&self, field: Option<&str>, state: &State) -> bool {
        match self {
            Self::Names { names, include } => {
                field.is_some_and(|field| names.iter().any(|name| name == field)) == *include
            }
            Self::Expressions { expressions, include } => {
                field.is_some_and(|field| expressions.iter().any(|one| one.is_match(field))) == *include
            }
            Self::State(test) => test.holds(state),
        }
    }
}

fn fits(wanted: Option<&String>, own: Option<&Spanned<String>>) -> bool {
    wanted.is_none_or(|wanted| own.is_some_and(|own| own.value == *wanted))
}

fn logsource(document: &Document) -> Option<&LogSource> {
    match document {
        Document::Detection(rule) => Some(&rule.logsource),
        Document::Filter(rule) => Some(&rule.logsource),
        Document::Correlation(_) => None,
    }
}

fn detection(document: &Document) -> Option<&Detection> {
    match document {
        Document::Detection(rule) => Some(&rule.detection),
        Document::Filter(rule) => Some(&rule.detection),
        Document::Correlation(_) => None,
    }
}

fn attribute(meta: &Meta, name: &str) -> Option<String> {
    let found = match name {
        "title" => &meta.title,
        "id" => &meta.id,
        "name" => &meta.name,
        "taxonomy" => &meta.taxonomy,
        "status" => &meta.status,
        "level" => &meta.level,
        "description" => &meta.description,
        "license" => &meta.license,
        "author" => &meta.author,
        "date" => &meta.date,
        "modified" => &meta.modified,
        _ => return None,
    };
    found.as_ref().map(|found| found.value.trim().to_owned())
}

/// The values of an item; none for an element block.
pub(super) fn values(item: &Item) -> &[Value] {
    match &item.value {
        ItemValue::Values { values, .. } => values,
        ItemValue::Block { .. } | ItemValue::Hole(_) => &[],
    }
}

/// Modifiers under which a value is not a text with wildcards: pySigma leaves such values alone.
const NO_TEXT: [Modifier; 18] = [
    Modifier::Re,
    Modifier::Cidr,
    Modifier::Exists,
    Modifier::FieldRef,
    Modifier::Lt,
    Modifier::Lte,
    Modifier::Gt,
    Modifier::Gte,
    Modifier::Minute,
    Modifier::Hour,
    Modifier::Day,
    Modifier::Week,
    Modifier::Month,
    Modifier::Year,
    Modifier::Base64,
    Modifier::Base64Offset,
    Modifier::Utf16Le,
    Modifier::Utf16Be,
];

/// What is before and after each value of an item by its modifiers.
pub(super) fn wildcards(item: &Item) -> (&'static str, &'static str) {
    let contains = item.has(Modifier::Contains);
    let before = if contains || item.has(Modifier::EndsWith) { "*" } else { "" };
    let after = if contains || item.has(Modifier::StartsWith) { "*" } else { "" };
    (before, after)
}

/// A value as pySigma sees it: with the wildcards that modifiers stand for. `None` where it is not a text there.
pub(super) fn text(item: &Item, value: &Value) -> Option<String> {
    if NO_TEXT.iter().any(|modifier| item.has(*modifier)) {
        return None;
    }
    let ValueKind::Text { text, quoted } = &value.kind else { return None };
    let number = !quoted && text.parse::<f64>().is_ok();
    let truth = !quoted && matches!(text.as_str(), "true" | "false");
    let (before, after) = wildcards(item);
    (!number && !truth).then(|| format!("{before}{text}{after}"))
}

/// A number or boolean by its text.
fn plain(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Text { text, .. } => Some(text.clone()),
        ValueKind::Null | ValueKind::Hole => None,
    }
}

fn has_wildcard(text: &str) -> bool {
    let mut escaped = false;
    text.chars().any(|char| {
        let wild = matches!(char, '*' | '?') && !escaped;
        escaped = char == '\\' && !escaped;
        wild
    })
}
