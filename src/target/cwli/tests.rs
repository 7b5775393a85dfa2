//! Formulas built by hand against the shipped schemas, and the queries that they give.

use std::sync::Arc;

use proptest::prelude::*;

use super::ast::{Literal, Pattern};
use super::{Cwli, print, read};
use crate::check::TypedRule;
use crate::ir::{
    Block, Element, FieldUse, Formula, Number, Order, Predicate, Quantifier, Regex, Relation, Shape, Subject, Test,
    Text, TimePart, Timestamp,
};
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Detection, DetectionRule, LogSource, Meta};
use crate::schema::{Base, Facts, Path, Registry, Schema, Step, Type};
use crate::source::{Span, Spanned};
use crate::target::{Compiled, Fidelity, Options, Target as _};

fn schema(name: &str) -> Arc<Schema> {
    Registry::shipped().get(name).expect("a shipped pack")
}

fn field_use(path: Path, ty: Type, text: &str) -> FieldUse {
    FieldUse { path, ty, never_empty: false, always: false, text: text.to_owned(), span: Span::default() }
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

fn on(field: FieldUse, test: Test) -> Formula {
    Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
}

fn text(shape: Shape, cased: bool, member: bool) -> Text {
    Text { shape, cased, member, span: Span::default() }
}

/// A value with wildcards, as the checker shapes it.
fn shape(value: &str) -> Shape {
    match &*pieces(value) {
        [] => Shape::Equals(String::new()),
        [Piece::Text(text)] => Shape::Equals(text.clone()),
        [Piece::Text(text), Piece::Any] => Shape::StartsWith(text.clone()),
        [Piece::Any, Piece::Text(text)] => Shape::EndsWith(text.clone()),
        [Piece::Any, Piece::Text(text), Piece::Any] => Shape::Contains(text.clone()),
        pieces => Shape::Glob(pieces.to_vec()),
    }
}

fn texts(values: &[&str]) -> Test {
    Test::Text(values.iter().map(|value| text(shape(value), false, false)).collect())
}

fn is(name: &str, value: &str) -> Formula {
    on(field(name), texts(&[value]))
}

fn member(name: &str, value: &str) -> Formula {
    on(field(name), Test::Text(vec![text(Shape::Equals(value.to_owned()), false, true)]))
}

fn any(array: &str, body: Formula) -> Formula {
    over(array, Quantifier::Any, body)
}

fn over(array: &str, quantifier: Quantifier, body: Formula) -> Formula {
    let mut path = field(array).path;
    if path.steps.last() == Some(&Step::Each) {
        path.steps.pop();
    }
    Formula::Elem(Box::new(Element { array: path, quantifier, body, span: Span::default() }))
}

fn regex(pattern: &str) -> Test {
    Test::Regex(vec![Regex {
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
        .filter(|line| !["#", "fields", "| display", "| dedup", "| limit"].iter().any(|start| line.starts_with(start)))
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

#[test]
fn texts_use_the_cheapest_exact_operator() {
    check(member("eventName", "CreateUser"), r#"eventName = "CreateUser""#);
    check(is("userAgent", "Boto3"), r#"tolower(userAgent) = "boto3""#);
    check(is("recipientAccountId", "123456789012"), r#"recipientAccountId = "123456789012""#);
    check(is("userAgent", "Boto3*"), r"userAgent like /(?i)^Boto3/");
    check(is("userAgent", "*Boto3"), r"userAgent like /(?i)Boto3\z/");
    check(is("userAgent", "*Boto3*"), r"userAgent like /(?i)Boto3/");
    check(is("userAgent", "a*b"), r"userAgent like /(?is)^a.*b\z/");
    check(is("userAgent", "*::*"), r#"userAgent like "::""#);
    check(is("userAgent", r"a\*b"), r#"tolower(userAgent) = "a*b""#);
    check(is("userAgent", "a?b"), "userAgent like /(?is)^a.b\\z/\ncharacters-or-bytes: either");
    check(is("userAgent", "Müller"), r"userAgent like /(?i)^M(?-i:Ü|ü)ller\z/");
    check(
        on(field("userAgent"), Test::Text(vec![text(Shape::Contains("Boto".into()), true, false)])),
        r#"userAgent like "Boto""#,
    );
}

#[test]
fn lists_are_grouped_by_operator() {
    check(
        on(field("userAgent"), texts(&["Boto3", "aws-cli", "12", "34", "*curl*"])),
        r#"(userAgent in ["12", "34"] or tolower(userAgent) in ["boto3", "aws-cli"] or userAgent like /(?i)curl/)"#,
    );
}

#[test]
fn quotes_backslashes_and_slashes_cannot_leave_their_literal() {
    check(is("userAgent", "1\"2"), r#"userAgent = '1"2'"#);
    check(is("userAgent", "1'2"), r#"userAgent = "1'2""#);
    check(is("userAgent", "1'2\"3"), r"userAgent like /^1\x272\x223\z/");
    check(is("userAgent", r"1\2"), r"userAgent like /^1\\2\z/");
    check(is("userAgent", "1\n| limit 0"), r"userAgent like /(?i)^1\x0a\x7c limit 0\z/");
    check(is("userAgent", "*/x*"), r"userAgent like /(?i)\x2fx/");
    check(on(field("userAgent"), regex("a/b|\\/")), r"userAgent like /a\x2fb|\x2f/");
}

#[test]
fn a_negated_test_is_guarded_and_never_spelt_with_a_negative_operator() {
    check(is("errorCode", "1").not(), r#"not (ispresent(errorCode) and errorCode = "1")"#);
    check(
        Formula::or([is("errorCode", "1"), is("errorMessage", "2").not()]).not(),
        r#"not ((ispresent(errorCode) and errorCode = "1") or not (ispresent(errorMessage) and errorMessage = "2"))"#,
    );
    check(
        Formula::and([is("errorCode", "1"), is("errorMessage", "2"), is("userAgent", "3").not()]),
        "errorCode = \"1\"\nerrorMessage = \"2\"\nnot (ispresent(userAgent) and userAgent = \"3\")",
    );
}

#[test]
fn null_and_presence_say_that_json_null_is_undocumented() {
    check(on(field("errorCode"), Test::Null), "not (ispresent(errorCode))\nnull-or-missing: narrower");
    check(on(field("errorCode"), Test::Null).not(), "ispresent(errorCode)\nnull-or-missing: wider");
    check(on(field("errorCode"), Test::Present), "ispresent(errorCode)\nnull-or-missing: wider");
    check(on(field("errorCode"), Test::Exists), "ispresent(errorCode)\nnull-or-missing: narrower");
    check(is("errorCode", ""), "(ispresent(errorCode) and errorCode = \"\")\nnull-or-missing: wider");
    check(
        on(field_use(field("requestParameters").path, Type::Any, "requestParameters"), Test::Exists),
        "ispresent(sigma_event.requestParameters)\nnull-or-missing: narrower",
    );
}

#[test]
fn numbers_booleans_and_order() {
    let number = |text: &str, test| on(field_use(Path::keys([text]), Type::Integer, text), test);
    check(number("n", Test::Number(vec![Number::Integer(5)])), "n = 5");
    check(number("n", Test::Number(vec![Number::Integer(5), Number::Decimal("1.5".into())])), "n in [5, 1.5]");
    check(
        number("n", Test::Number(vec![Number::Integer(9_007_199_254_740_993)])),
        "n like /^9007199254740993\\z/\ninteger-past-double: either",
    );
    check(number("n", Test::Order(Order::Greater, Number::Integer(-4))), "n > -4");
    check(
        number("n", Test::Order(Order::LessOrEqual, Number::Integer(4))).not(),
        "not (ispresent(n) and isNumeric(n) and n <= 4)",
    );
    check(
        number("n", Test::Order(Order::Less, Number::Integer(9_007_199_254_740_993))),
        "refused: number-range",
    );
    check(
        on(field("readOnly"), Test::Boolean(true)),
        r#"(readOnly = "true" or readOnly = 1)"#,
    );
    check(
        on(field("readOnly"), Test::Boolean(false)).not(),
        r#"not (ispresent(readOnly) and (readOnly = "false" or readOnly = 0))"#,
    );
}

#[test]
fn addresses_by_the_first_one_of_the_block() {
    let block = |text: &str, prefix| Block { first: text.parse().expect("an address"), prefix };
    check(
        on(field("sourceIPAddress"), Test::Cidr(vec![block("10.0.0.0", 8), block("2001:db8::", 32)])),
        r#"(isIpv4InSubnet(sourceIPAddress, "10.0.0.0/8") or isIpv6InSubnet(sourceIPAddress, "2001:db8::/32"))"#,
    );
}

#[test]
fn times_of_the_event_alone() {
    let time = Timestamp { nanos: 1_767_225_600_000_000_000 };
    check(
        on(field("eventTime"), Test::Time(Order::GreaterOrEqual, time)),
        "toMillis(@timestamp) >= 1767225600000\nlog-event-time: either",
    );
    let between = Timestamp { nanos: 1_500_000 };
    check(
        Formula::and([
            on(field("eventTime"), Test::Time(Order::Greater, between)),
            on(field("eventTime"), Test::Time(Order::Less, between)),
        ]),
        "toMillis(@timestamp) > 1\ntoMillis(@timestamp) < 2\nlog-event-time: either",
    );
    check(
        on(field("eventTime"), Test::TimePart(TimePart::Hour, vec![3, 23])),
        "formatDate(@timestamp, \"%H\", \"UTC\") in [\"03\", \"23\"]\nlog-event-time: either",
    );
    check(
        on(
            field("userIdentity.sessionContext.attributes.creationDate"),
            Test::Time(Order::Less, time),
        ),
        "refused: time-of-another-field",
    );
}

#[test]
fn field_references_are_guarded_on_both_sides() {
    let test = |relation, cased| Test::FieldRef { relation, other: field("eventType"), cased };
    check(
        on(field("eventName"), test(Relation::Equals, true)),
        "(ispresent(eventName) and ispresent(eventType) and eventName = eventType)",
    );
    check(
        on(field("eventName"), test(Relation::Contains, false)).not(),
        "",
    );
    check(
        on(field("resources.ARN"), test(Relation::Equals, true)),
        "refused: ",
    );
}

#[test]
fn one_element_of_one_array_is_unnested() {
    let user = Formula::and([is(".type", "1"), is(".name", "2").not()]);
    check(any("resources", user.clone()), "");
    check(is("resources.ARN", "1"), "");
    // Two statements about one array may be about two elements.
    check(Formula::and([is("resources.ARN", "1"), is("resources.accountId", "2")]), "");
    // In alternatives they may share one.
    check(Formula::or([is("resources.ARN", "1"), is("resources.accountId", "2")]), "");
    check(Formula::or([is("resources.ARN", "1"), is("eventName", "2")]), "");
    check(Formula::and([is("eventName", "2"), is("resources.ARN", "1")]), "");
    check(is("resources.ARN", "1").not(), "");
    check(over("resources", Quantifier::All, user.clone()), "");
    check(over("resources", Quantifier::None, user.clone()), "");
    check(over("resources", Quantifier::Index(1), user.clone()), "");
    check(over("resources", Quantifier::Index(1), user.clone()).not(), "");
    check(over("resources", Quantifier::Index(-1), user), "");
}

#[test]
fn nested_arrays_and_keys() {
    check(is("properties.targetResources.modifiedProperties.displayName", "1"), "");
    check(is("properties.targetResources.modifiedProperties.Role.DisplayName.newValue", "1"), "");
    check(
        Formula::or([
            is("properties.targetResources.displayName", "1"),
            is("properties.additionalDetails.key", "2"),
        ]),
        "",
    );
}

#[test]
fn arrays_of_texts_are_searched_as_a_whole() {
    let list = |test| {
        let path = Path { base: Base::Event, steps: vec![Step::Key("scopes".into()), Step::Each] };
        on(field_use(path, Type::String, "scopes"), test)
    };
    check(list(texts(&["Admin", "12"])), "");
    check(list(texts(&["Admin"])).not(), "");
    check(list(texts(&["Admin*"])), "");
    check(list(texts(&["Admin*"])).not(), "");
    check(list(Test::Null), "");
    check(list(Test::Present), "");
}
