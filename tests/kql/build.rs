//! Formulas and deliveries by hand, so that the back end is tested by itself.

use std::fmt::Write as _;

use sigmata::backend::kql::Kql;
use sigmata::backend::{Backend as _, Compiled, Options};
use sigmata::check::TypedRule;
use sigmata::ir::{
    Condition, Element, FieldUse, Formula, Predicate, Quantifier, Regex, Subject, Text, TextPattern,
};
use sigmata::rule::{Detection, DetectionRule, LogSource, Meta};
use sigmata::schema::{
    Base, Carrier, Column, ColumnType, Decode, Delivery, DeliveryForm, Path, Platform, Schema, Step, Trust,
    Type,
};
use sigmata::source::{Span, Spanned};

/// `a.b`, `[]` for every element, `k=v` for the elements whose `k` is `v`, `json` in angle brackets, a leading dot for
/// a path from the element.
pub fn path(text: &str) -> Path {
    let (base, text) = match text.strip_prefix('.') {
        Some(rest) => (Base::Element, rest),
        None => (Base::Event, text),
    };
    let steps = text.split('.').filter(|part| !part.is_empty()).map(|part| match part.split_once('=') {
        Some((member, key)) => Step::Select { member: member.into(), key: key.into() },
        None if part == "[]" => Step::Each,
        None if part == "<json>" => Step::Json,
        None if part.contains('|') => Step::First(part.split('|').map(Into::into).collect()),
        None => Step::Key(part.into()),
    });
    Path { base, steps: steps.collect() }
}

pub fn field(text: &str, ty: Type) -> FieldUse {
    let span = Span::default();
    FieldUse {
        path: path(text),
        ty,
        never_empty: false,
        never_null: false,
        always: false,
        text: text.into(),
        span,
    }
}

pub fn pred(field: FieldUse, test: Condition) -> Formula {
    Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
}

/// A test of a text field.
pub fn string(name: &str, test: Condition) -> Formula {
    pred(field(name, Type::String), test)
}

pub fn shaped(shape: TextPattern) -> Condition {
    Condition::Text(vec![Text { shape, cased: false, member: false, span: Span::default() }])
}

pub fn equals(values: &[&str]) -> Condition {
    Condition::Text(values.iter().map(|value| text(value, false, false)).collect())
}

pub fn text(value: &str, cased: bool, member: bool) -> Text {
    Text { shape: TextPattern::Equals(value.into()), cased, member, span: Span::default() }
}

pub fn contains(value: &str) -> Condition {
    shaped(TextPattern::Contains(value.into()))
}

pub fn regex(pattern: &str) -> Condition {
    let span = Span::default();
    Condition::Regex(vec![Regex {
        pattern: pattern.into(),
        ignore_case: false,
        multi_line: false,
        dot_all: false,
        span,
    }])
}

pub fn element(array: &str, quantifier: Quantifier, body: Formula) -> Formula {
    Formula::Elem(Box::new(Element { array: path(array), quantifier, body, span: Span::default() }))
}

fn column(from: &str, name: Option<&str>, ty: ColumnType) -> Column {
    Column {
        path: path(from),
        name: name.map(str::to_owned),
        ty,
        decode: Decode::None,
        renamed: false,
        opaque: false,
        values: Vec::new(),
        absent_as: Vec::new(),
        when: None,
        trust: Trust::Table,
        source: None,
        note: None,
    }
}

/// A table with a column of each type.
pub fn delivery() -> Delivery {
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    Delivery {
        platform: Platform::Sentinel,
        carrier: Carrier::default(),
        name: "Log".into(),
        form: DeliveryForm::Columns,
        columns: vec![
            column("name", Some("Name"), ColumnType::String),
            column("agent", Some("Agent"), ColumnType::String),
            column("kind", Some("Kind"), ColumnType::String),
            column("address", Some("Address"), ColumnType::String),
            column("count", Some("Count"), ColumnType::Integer),
            column("ratio", Some("Ratio"), ColumnType::Real),
            column("flag", Some("Flag"), ColumnType::Boolean),
            column("time", Some("TimeGenerated"), ColumnType::DateTime),
            column("guid", Some("Guid"), ColumnType::Guid),
            column("object", Some("Object"), ColumnType::Dynamic),
            column("list", Some("List"), ColumnType::Dynamic),
            Column {
                decode: Decode::ParseJson,
                ..column("parameters", Some("Parameters"), ColumnType::String)
            },
            Column {
                values: pairs(&[("success", "Success"), ("success", "Succeeded"), ("failure", "Failed")]),
                ..column("status", Some("Status"), ColumnType::String)
            },
            Column {
                values: pairs(&[("low", "10"), ("high", "100")]),
                ..column("risk", Some("Risk"), ColumnType::Integer)
            },
            Column {
                values: pairs(&[("1", "Admin"), ("2", "Item"), ("14", "Sharing")]),
                ..column("record", Some("Record"), ColumnType::String)
            },
            Column { absent_as: vec!["-".into()], ..column("code", Some("Code"), ColumnType::String) },
            Column { note: Some("the table drops it".into()), ..column("lost", None, ColumnType::String) },
        ],
        discriminator: Vec::new(),
        only: Vec::new(),
        without: Vec::new(),
        row_per: None,
        wide: false,
        note: None,
    }
}

pub fn schema(delivery: Delivery) -> Schema {
    Schema { name: "test/log".into(), title: "Test".into(), deliveries: vec![delivery], ..Schema::default() }
}

pub fn compile_in(
    delivery: Option<Delivery>,
    formula: Formula,
    fields: Vec<FieldUse>,
    title: &str,
) -> Compiled {
    let rule = DetectionRule {
        meta: Meta { title: Some(Spanned { value: title.into(), span: Span::default() }), ..Meta::default() },
        logsource: LogSource::default(),
        detection: Detection::default(),
        first_seen: None,
    };
    let mut options = Options::default();
    options.heading.bare = title.is_empty();
    if delivery.is_none() {
        options.set("kql.table", vec!["T".into()]).expect("a table");
    }
    let typed = TypedRule {
        schema: delivery.map(|delivery| schema(delivery).into()),
        formula: Some(formula),
        fields,
    };
    Kql::SENTINEL.compile(&rule, &typed, &options)
}

pub fn compile(formula: Formula) -> Compiled {
    compile_in(Some(delivery()), formula, Vec::new(), "")
}

/// What is after the table, or why there is nothing, and then the notes.
pub fn show(compiled: &Compiled) -> String {
    let mut out = match &compiled.query {
        Some(query) => {
            let body = query.lines().skip_while(|line| !line.starts_with('|')).collect::<Vec<_>>();
            body.join("\n")
        }
        None => "refused".to_owned(),
    };
    for finding in &compiled.diagnostics {
        let _ = write!(out, "\n  {} {}", finding.code.name, finding.message);
        assert!(compiled.query.is_some() || finding.help.is_some(), "no remedy: {}", finding.message);
    }
    for note in &compiled.notes {
        let _ = write!(out, "\n  {} {}: {}", note.direction.name(), note.code.name, note.message);
    }
    out
}

/// Each formula and what it becomes, for a snapshot.
pub fn table(formulas: Vec<Formula>) -> String {
    let row = |formula: Formula| format!("{formula}\n{}\n", show(&compile(formula.clone())));
    formulas.into_iter().map(row).collect::<Vec<_>>().join("\n")
}
