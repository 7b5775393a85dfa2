//! Formulas by hand, for tests of the back end alone.

use std::sync::Arc;

use sigmata::backend::spl::Spl;
use sigmata::backend::{Backend, Compiled, Options};
use sigmata::check::TypedRule;
use sigmata::ir::{
    Block, Condition, Element, FieldUse, Formula, Number, Predicate, Quantifier, Regex, Subject, Text,
    TextPattern,
};
use sigmata::rule::pattern::{Piece, pieces};
use sigmata::rule::{Detection, DetectionRule, LogSource, Meta};
use sigmata::schema::{
    Base, Carrier, Column, ColumnType, Decode, Delivery, DeliveryForm, Path, Platform, Schema, Step, Trust,
    Type,
};
use sigmata::source::{Span, Spanned};

/// A path such as `a.b[].c`; a leading `.` starts at the element.
pub fn path(text: &str) -> Path {
    let (base, text) = text.strip_prefix('.').map_or((Base::Event, text), |rest| (Base::Element, rest));
    let mut steps = Vec::new();
    for part in text.split('.').filter(|part| !part.is_empty()) {
        let (key, each) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
        // `~` stands for a dot inside a key.
        steps.push(match key {
            "<json>" => Step::Json,
            key => match key.split_once('=') {
                Some((member, key)) => Step::Select { member: member.into(), key: key.into() },
                None => Step::Key(key.replace('~', ".").into()),
            },
        });
        if each {
            steps.push(Step::Each);
        }
    }
    Path { base, steps }
}

/// A field of a type.
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

/// A predicate on a field of a type.
pub fn test_of(name: &str, ty: Type, test: Condition) -> Formula {
    let subject = Subject::Field(field(name, ty));
    Formula::Pred(Box::new(Predicate { subject, test, span: Span::default() }))
}

/// A predicate on a string field.
pub fn string(name: &str, test: Condition) -> Formula {
    test_of(name, Type::String, test)
}

/// The shape of a Sigma value.
pub fn shape(value: &str) -> TextPattern {
    match pieces(value).as_slice() {
        [] => TextPattern::Equals(String::new()),
        [Piece::Text(text)] => TextPattern::Equals(text.clone()),
        [Piece::Text(text), Piece::Any] => TextPattern::StartsWith(text.clone()),
        [Piece::Any, Piece::Text(text)] => TextPattern::EndsWith(text.clone()),
        [Piece::Any, Piece::Text(text), Piece::Any] => TextPattern::Contains(text.clone()),
        other => TextPattern::Glob(other.to_vec()),
    }
}

fn texts(values: &[&str], cased: bool, member: bool) -> Condition {
    let text = |value: &&str| Text { shape: shape(value), cased, member, span: Span::default() };
    Condition::Text(values.iter().map(text).collect())
}

/// One of the Sigma values, ignoring case.
pub fn any_of(values: &[&str]) -> Condition {
    texts(values, false, false)
}

/// One of the Sigma values, with case.
pub fn cased(values: &[&str]) -> Condition {
    texts(values, true, false)
}

/// One of the members of a list of known values.
pub fn members(values: &[&str]) -> Condition {
    texts(values, false, true)
}

fn whole(text: &str, cased: bool) -> Condition {
    Condition::Text(vec![Text {
        shape: TextPattern::Equals(text.into()),
        cased,
        member: false,
        span: Span::default(),
    }])
}

/// A text without wildcards, ignoring case.
pub fn literal(text: &str) -> Condition {
    whole(text, false)
}

/// A text without wildcards, with case.
pub fn cased_literal(text: &str) -> Condition {
    whole(text, true)
}

/// A regular expression.
pub fn regex(pattern: &str, flags: &str) -> Condition {
    Condition::Regex(vec![Regex {
        pattern: pattern.into(),
        ignore_case: flags.contains('i'),
        multi_line: flags.contains('m'),
        dot_all: flags.contains('s'),
        span: Span::default(),
    }])
}

/// Whole numbers.
pub fn integers(values: &[i128]) -> Condition {
    Condition::Number(values.iter().map(|value| Number::Integer(*value)).collect())
}

/// Address blocks.
pub fn cidr(blocks: &[&str]) -> Condition {
    let block = |text: &&str| {
        let (first, prefix) = text.split_once('/').expect("a prefix");
        Block { first: first.parse().expect("an address"), prefix: prefix.parse().expect("a number") }
    };
    Condition::Cidr(blocks.iter().map(block).collect())
}

/// A statement about elements.
pub fn elements(array: &str, quantifier: Quantifier, body: Formula) -> Formula {
    Formula::Elem(Box::new(Element { array: path(array), quantifier, body, span: Span::default() }))
}

/// Keywords.
pub fn keywords(test: Condition) -> Formula {
    Formula::Pred(Box::new(Predicate { subject: Subject::Event, test, span: Span::default() }))
}

/// A log whose add-on fills `errorCode` with `success`.
pub fn schema() -> Arc<Schema> {
    let delivery = Delivery {
        platform: Platform::Splunk,
        carrier: Carrier::default(),
        name: "aws:cloudtrail".into(),
        form: DeliveryForm::Raw,
        columns: vec![Column {
            path: path("errorCode"),
            name: Some("errorCode".into()),
            ty: ColumnType::String,
            decode: Decode::None,
            renamed: false,
            opaque: false,
            values: Vec::new(),
            absent_as: vec!["success".into()],
            when: None,
            trust: Trust::Docs,
            source: None,
            note: None,
        }],
        discriminator: Vec::new(),
        only: Vec::new(),
        without: Vec::new(),
        row_per: None,
        wide: false,
        note: None,
    };
    Arc::new(Schema {
        name: "test/log".into(),
        title: "Test log".into(),
        time: Some(path("eventTime")),
        deliveries: vec![delivery],
        ..Schema::default()
    })
}

/// A rule with a title and nothing else.
pub fn rule(title: Option<&str>) -> DetectionRule {
    let title = title.map(|title| Spanned::new(title.to_owned(), Span::default()));
    let meta = Meta { title, ..Meta::default() };
    DetectionRule { meta, logsource: LogSource::default(), detection: Detection::default(), first_seen: None }
}

/// Compiles a formula, without comments.
pub fn compile_with(
    schema: Option<Arc<Schema>>,
    formula: Formula,
    fields: &[&str],
    options: &Options,
) -> Compiled {
    let fields = fields.iter().map(|name| field(name, Type::String)).collect();
    let typed = TypedRule { schema, formula: Some(formula), fields };
    let mut options = options.clone();
    options.heading.bare = true;
    Spl.compile(&rule(None), &typed, &options)
}

/// Compiles a formula under the test log.
pub fn compile(formula: Formula) -> Compiled {
    compile_with(Some(schema()), formula, &[], &Options::default())
}
