//! Formulas built by hand against the shipped schemas, and the queries that they give.

mod array;
mod hostile;
mod layout;
mod leaf;

use std::sync::Arc;

use proptest::prelude::*;

use super::ast::{Literal, Pattern};
use super::{Cwli, print, read};
use crate::backend::{Backend as _, Compiled, Fidelity, Options};
use crate::check::TypedRule;
use crate::ir::{
    Block, Condition, Element, FieldUse, Formula, Number, Order, PartTest, Predicate, Quantifier, Regex,
    Relation, Subject, Text, TextPattern, TimePart, Timestamp,
};
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Detection, DetectionRule, LogSource, Meta};
use crate::schema::{
    Base, Carrier, Column, ColumnType, Decode, Delivery, DeliveryForm, Facts, Path, Platform, Registry,
    Schema, Step, Trust, Type,
};
use crate::source::{Span, Spanned};

/// A shipped schema, of which the service discovers every field.
fn schema(name: &str) -> Arc<Schema> {
    let shipped = Registry::shipped().get(name).expect("a shipped schema");
    let mut schema = Arc::try_unwrap(shipped).expect("a registry that is gone");
    schema.deliveries.iter_mut().for_each(|delivery| delivery.wide = false);
    Arc::new(schema)
}

fn field_use(path: Path, ty: Type, text: &str) -> FieldUse {
    FieldUse {
        path,
        ty,
        never_empty: false,
        never_null: false,
        always: false,
        text: text.to_owned(),
        span: Span::default(),
    }
}

/// A field of CloudTrail, or, with another type than the schema's, of the given one.
fn field(name: &str) -> FieldUse {
    if let Some(name) = name.strip_prefix('.') {
        let keys = name.split('.').filter(|key| !key.is_empty()).map(|key| Step::Key(key.into())).collect();
        return field_use(Path { base: Base::Element, steps: keys }, Type::String, name);
    }
    let schema = if name.starts_with("properties.") { "azure/auditlogs" } else { "aws/cloudtrail" };
    let resolved = self::schema(schema).resolve(name, &Facts::default()).expect("a known field");
    let (mut path, mut ty) = (resolved.path, resolved.ty);
    if let Type::Array(element) = &ty {
        path.steps.push(Step::Each);
        ty = Type::clone(element);
    }
    field_use(path, ty, name)
}

fn on(field: FieldUse, test: Condition) -> Formula {
    Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
}

fn text(shape: TextPattern, cased: bool, member: bool) -> Text {
    Text { shape, cased, member, span: Span::default() }
}

/// A value with wildcards, as the checker shapes it.
fn shape(value: &str) -> TextPattern {
    match &*pieces(value) {
        [] => TextPattern::Equals(String::new()),
        [Piece::Text(text)] => TextPattern::Equals(text.clone()),
        [Piece::Text(text), Piece::Any] => TextPattern::StartsWith(text.clone()),
        [Piece::Any, Piece::Text(text)] => TextPattern::EndsWith(text.clone()),
        [Piece::Any, Piece::Text(text), Piece::Any] => TextPattern::Contains(text.clone()),
        pieces => TextPattern::Glob(pieces.to_vec()),
    }
}

fn texts(values: &[&str]) -> Condition {
    Condition::Text(values.iter().map(|value| text(shape(value), false, false)).collect())
}

fn is(name: &str, value: &str) -> Formula {
    on(field(name), texts(&[value]))
}

fn member(name: &str, value: &str) -> Formula {
    on(field(name), Condition::Text(vec![text(TextPattern::Equals(value.to_owned()), false, true)]))
}

fn some(array: &str, body: Formula) -> Formula {
    over(array, Quantifier::Any, body)
}

fn over(array: &str, quantifier: Quantifier, body: Formula) -> Formula {
    let mut path = field(array).path;
    if path.steps.last() == Some(&Step::Each) {
        path.steps.pop();
    }
    Formula::Elem(Box::new(Element { array: path, quantifier, body, span: Span::default() }))
}

fn regex(pattern: &str) -> Condition {
    Condition::Regex(vec![Regex {
        pattern: pattern.to_owned(),
        ignore_case: false,
        multi_line: false,
        dot_all: false,
        span: Span::default(),
    }])
}

fn rule(title: &str) -> DetectionRule {
    DetectionRule {
        meta: Meta { title: Some(Spanned::new(title.to_owned(), Span::default())), ..Meta::default() },
        logsource: LogSource::default(),
        detection: Detection::default(),
        first_seen: None,
    }
}

fn compile_with(schema: Option<Arc<Schema>>, formula: Formula, fields: Vec<FieldUse>) -> Compiled {
    let typed = TypedRule { schema, formula: Some(formula), fields };
    let compiled = Cwli.compile(&rule("A title"), &typed, &Options::default());
    if let Some(query) = &compiled.query {
        assert_eq!(print(&read(query).expect("the query is read back")), *query);
    }
    compiled
}

fn compile(formula: Formula) -> Compiled {
    let entra = formula.to_string().contains("properties.");
    compile_with(Some(schema(if entra { "azure/auditlogs" } else { "aws/cloudtrail" })), formula, Vec::new())
}

/// The query without comments, the first `fields`, `display`, `dedup` and `limit`; then its notes; or the refusals.
fn show(compiled: &Compiled) -> String {
    let Some(query) = &compiled.query else {
        assert_eq!(compiled.fidelity, Fidelity::Refused);
        let codes: Vec<_> = compiled.diagnostics.iter().map(|reason| reason.code.name).collect();
        return format!("refused: {}", codes.join(", "));
    };
    let lines: Vec<_> = query
        .lines()
        .filter(|line| {
            !["#", "fields", "| display", "| dedup", "| limit"].iter().any(|start| line.starts_with(start))
        })
        .map(|line| line.strip_prefix("| filter ").unwrap_or(line))
        .collect();
    let notes: Vec<_> =
        compiled.notes.iter().map(|note| format!("{}: {}", note.code.name, note.direction.name())).collect();
    assert_eq!(compiled.fidelity == Fidelity::Exact, notes.is_empty());
    lines.into_iter().map(ToOwned::to_owned).chain(notes).collect::<Vec<_>>().join("\n")
}

fn check(formula: Formula, expected: &str) {
    let said = formula.to_string();
    assert_eq!(show(&compile(formula)), expected, "{said}");
}
