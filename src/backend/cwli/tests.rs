//! Formulas built by hand against the shipped schemas, and the queries that they give.

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
    Schema, Signature, Step, Trust, Type,
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
        on(
            field("userAgent"),
            Condition::Text(vec![text(TextPattern::Contains("Boto".into()), true, false)]),
        ),
        r#"userAgent like "Boto""#,
    );
}

#[test]
fn lists_are_grouped_by_operator() {
    check(
        on(field("userAgent"), texts(&["Boto3", "aws-cli", "12", "34", "*curl*"])),
        r#"(
    userAgent in ["12", "34"]
    or tolower(userAgent) in ["boto3", "aws-cli"]
    or userAgent like /(?i)curl/
)"#,
    );
}

#[test]
fn quotes_backslashes_and_slashes_cannot_leave_their_literal() {
    check(is("userAgent", "1\"2"), r#"userAgent = '1"2'"#);
    check(is("userAgent", "1'2"), r#"userAgent = "1'2""#);
    check(is("userAgent", "1'2\"3"), r"userAgent like /^1\x272\x223\z/");
    check(is("userAgent", r"1\2"), r"userAgent like /^1\\2\z/");
    check(is("userAgent", "1\n| limit 0"), r"userAgent like /(?i)^1\x0a\x7c limit 0\z/");
    check(is("userAgent", r"*\x\\*"), r"userAgent like /(?i)\\x\x5c/");
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
    check(on(field("errorCode"), Condition::Null), "not (ispresent(errorCode))\nnull-or-missing: narrower");
    check(on(field("errorCode"), Condition::Null).not(), "ispresent(errorCode)\nnull-or-missing: wider");
    check(on(field("errorCode"), Condition::Present), "ispresent(errorCode)\nnull-or-missing: wider");
    check(on(field("errorCode"), Condition::Exists), "ispresent(errorCode)\nnull-or-missing: narrower");
    check(is("errorCode", ""), "(ispresent(errorCode) and errorCode = \"\")\nnull-or-missing: wider");
    check(
        on(field_use(field("requestParameters").path, Type::Any, "requestParameters"), Condition::Exists),
        "ispresent(sigma_event.requestParameters)\nnull-or-missing: narrower",
    );
}

#[test]
fn numbers_booleans_and_order() {
    let number = |text: &str, test| on(field_use(Path::keys([text]), Type::Integer, text), test);
    check(number("n", Condition::Number(vec![Number::Integer(5)])), "n = 5");
    check(
        number("n", Condition::Number(vec![Number::Integer(5), Number::Decimal("1.5".into())])),
        "n in [5, 1.5]",
    );
    check(
        number("n", Condition::Number(vec![Number::Integer(9_007_199_254_740_993)])),
        "n like /^9007199254740993\\z/\ninteger-past-double: either",
    );
    check(number("n", Condition::Order(Order::Greater, Number::Integer(-4))), "n > -4");
    check(
        number("n", Condition::Order(Order::LessOrEqual, Number::Integer(4))).not(),
        "not (ispresent(n) and isNumeric(n) and n <= 4)",
    );
    check(
        number("n", Condition::Order(Order::Less, Number::Integer(9_007_199_254_740_993))),
        "refused: number-range",
    );
    check(on(field("readOnly"), Condition::Boolean(true)), r#"(readOnly = "true" or readOnly = 1)"#);
    check(
        on(field("readOnly"), Condition::Boolean(false)).not(),
        r#"not (ispresent(readOnly) and (readOnly = "false" or readOnly = 0))"#,
    );
}

#[test]
fn addresses_by_the_first_one_of_the_block() {
    let block = |text: &str, prefix| Block { first: text.parse().expect("an address"), prefix };
    check(
        on(field("sourceIPAddress"), Condition::Cidr(vec![block("10.0.0.0", 8), block("2001:db8::", 32)])),
        r#"(isIpv4InSubnet(sourceIPAddress, "10.0.0.0/8") or isIpv6InSubnet(sourceIPAddress, "2001:db8::/32"))"#,
    );
}

#[test]
fn times_of_the_event_alone() {
    let time = Timestamp { nanos: 1_767_225_600_000_000_000 };
    check(
        on(field("eventTime"), Condition::Time(Order::GreaterOrEqual, time)),
        "toMillis(@timestamp) >= 1767225600000\nlog-event-time: either",
    );
    let between = Timestamp { nanos: 1_500_000 };
    check(
        Formula::and([
            on(field("eventTime"), Condition::Time(Order::Greater, between)),
            on(field("eventTime"), Condition::Time(Order::Less, between)),
        ]),
        "toMillis(@timestamp) > 1\ntoMillis(@timestamp) < 2\nlog-event-time: either",
    );
    check(
        on(field("eventTime"), Condition::TimePart(TimePart::Hour, vec![3, 23].into())),
        "formatDate(@timestamp, \"%H\", \"UTC\") in [\"03\", \"23\"]\nlog-event-time: either",
    );
    let part =
        |part, order, than| on(field("eventTime"), Condition::TimePart(part, PartTest::Order(order, than)));
    check(
        part(TimePart::Hour, Order::Greater, 20),
        "formatDate(@timestamp, \"%H\", \"UTC\") in [\"21\", \"22\", \"23\"]\nlog-event-time: either",
    );
    check(
        part(TimePart::Hour, Order::Less, 1),
        "formatDate(@timestamp, \"%H\", \"UTC\") = \"00\"\nlog-event-time: either",
    );
    for (order, expected) in [
        (Order::Less, "< 1767225600000"),
        (Order::LessOrEqual, "< 1798761600000"),
        (Order::Greater, ">= 1798761600000"),
        (Order::GreaterOrEqual, ">= 1767225600000"),
    ] {
        let expected = format!("toMillis(@timestamp) {expected}\nlog-event-time: either");
        check(part(TimePart::Year, order, 2026), &expected);
    }
    check(
        on(field("userIdentity.sessionContext.attributes.creationDate"), Condition::Time(Order::Less, time)),
        "refused: time-of-another-field",
    );
}

#[test]
fn field_references_are_guarded_on_both_sides() {
    let test = |relation, cased| Condition::FieldRef { relation, other: field("eventType"), cased };
    check(
        on(field("eventName"), test(Relation::Equals, true)),
        "(ispresent(eventName) and ispresent(eventType) and eventName = eventType)",
    );
    check(
        on(field("eventName"), test(Relation::Contains, false)).not(),
        r"not (
    ispresent(eventName)
    and ispresent(eventType)
    and (isempty(eventType) = 1 or strcontains(tolower(eventName), tolower(eventType)) = 1)
)
case-folding: either
null-or-missing: narrower",
    );
    check(
        on(field("resources.ARN"), test(Relation::Equals, true)),
        "| unnest sigma_event.resources into sigma_item\n\
         (ispresent(sigma_item.ARN) and ispresent(eventType) and sigma_item.ARN = eventType)",
    );
    let several =
        Condition::FieldRef { relation: Relation::Equals, other: field("resources.ARN"), cased: true };
    check(on(field("eventName"), several), "refused: fieldref-not-expressible");
}

#[test]
fn one_element_of_one_array_is_unnested() {
    let user = Formula::and([is(".type", "1"), is(".name", "2").not()]);
    check(
        some("resources", user.clone()),
        "| unnest sigma_event.resources into sigma_item\n\
         (sigma_item.type = \"1\" and not (ispresent(sigma_item.name) and sigma_item.name = \"2\"))",
    );
    check(is("resources.ARN", "1"), "| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"");
    // An element that is not there satisfies nothing, whatever `unnest` makes of an empty list.
    check(
        some("resources", is(".name", "2").not()),
        "| unnest sigma_event.resources into sigma_item\n\
         (ispresent(sigma_item) and not (ispresent(sigma_item.name) and sigma_item.name = \"2\"))\n\
         null-or-missing: narrower",
    );
    // Two statements about one array may be about two elements.
    check(
        Formula::and([is("resources.ARN", "1"), is("resources.accountId", "2")]),
        "| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"\n\
         | unnest sigma_event.resources into sigma_item2\nsigma_item2.accountId = \"2\"\nchained-unnest: narrower",
    );
    // In alternatives they may share one.
    check(
        Formula::or([is("resources.ARN", "1"), is("resources.accountId", "2")]),
        "| unnest sigma_event.resources into sigma_item\n(sigma_item.ARN = \"1\" or sigma_item.accountId = \"2\")",
    );
    check(
        Formula::or([is("resources.ARN", "1"), is("eventName", "2")]),
        "| unnest sigma_event.resources into sigma_item\n(sigma_item.ARN = \"1\" or eventName = \"2\")\n\
         unnest-of-empty-list: narrower",
    );
    check(
        Formula::and([is("eventName", "2"), is("resources.ARN", "1")]),
        "eventName = \"2\"\n| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"",
    );
    check(
        over("resources", Quantifier::Index(1), user.clone()),
        "(\n    sigma_event.resources[1].type = \"1\"\n    and not (ispresent(sigma_event.resources[1].name) and sigma_event.resources[1].name = \"2\")\n)",
    );
    check(
        over("resources", Quantifier::Index(1), user.clone()).not(),
        "not (\n    ispresent(sigma_event.resources[1].type)\n    and sigma_event.resources[1].type = \"1\"\n    and not (ispresent(sigma_event.resources[1].name) and sigma_event.resources[1].name = \"2\")\n)",
    );
    check(over("resources", Quantifier::Index(-1), user), "refused: array-statement");
}

#[test]
fn nested_arrays_and_keys() {
    check(
        is("properties.targetResources.modifiedProperties.displayName", "1"),
        "| unnest sigma_event.properties.targetResources into sigma_item\n\
         | unnest sigma_item.modifiedProperties into sigma_item2\nsigma_item2.displayName = \"1\"\n\
         chained-unnest: narrower",
    );
    check(
        is("properties.targetResources.modifiedProperties.Role.DisplayName.newValue", "1"),
        "| unnest sigma_event.properties.targetResources into sigma_item\n\
         | unnest sigma_item.modifiedProperties into sigma_item2\n\
         (sigma_item2.displayName = \"Role.DisplayName\" and sigma_item2.newValue = \"1\")\n\
         chained-unnest: narrower",
    );
    check(
        Formula::or([
            is("properties.targetResources.displayName", "1"),
            is("properties.additionalDetails.key", "2"),
        ]),
        "(@message like /(?is)1/ or @message like /(?is)2/)\nkeyword-search: wider",
    );
}

#[test]
fn arrays_of_texts_are_searched_as_a_whole() {
    let list = |test| {
        let path = Path { base: Base::Event, steps: vec![Step::Key("scopes".into()), Step::Each] };
        on(field_use(path, Type::String, "scopes"), test)
    };
    check(
        list(texts(&["Admin", "12"])),
        "(\n    (ispresent(sigma_event.scopes) and sigma_event.scopes like /(?i)^Admin\\z/)\n    or jsonArrayContains(tolower(jsonStringify(sigma_event.scopes)), \"admin\")\n    or (ispresent(sigma_event.scopes) and sigma_event.scopes = \"12\")\n    or jsonArrayContains(jsonStringify(sigma_event.scopes), \"12\")\n)",
    );
    check(
        list(texts(&["Admin"])).not(),
        "not (\n    (ispresent(sigma_event.scopes) and sigma_event.scopes like /(?i)^Admin\\z/)\n    or jsonArrayContains(tolower(jsonStringify(sigma_event.scopes)), \"admin\")\n)",
    );
    check(
        list(texts(&["Admin*"])),
        "| unnest sigma_event.scopes into sigma_item\nsigma_item like /(?i)^Admin/",
    );
    check(list(Condition::Null), "not (ispresent(sigma_event.scopes))\nnull-or-missing: narrower");
    check(list(Condition::Present), "ispresent(sigma_event.scopes)\nnull-or-missing: wider");
}

#[test]
fn the_whole_query_is_laid_out_for_a_person() {
    let compiled = compile_with(
        Some(schema("azure/auditlogs")),
        Formula::and([
            member("properties.activityDisplayName", "Add user"),
            is("properties.targetResources.type", "User"),
        ]),
        vec![
            field("properties.activityDisplayName"),
            field("properties.targetResources.userPrincipalName"),
            field("properties.activityDisplayName"),
        ],
    );
    insta::assert_snapshot!(compiled.query.unwrap_or_default(), @r#"
    # A title
    # log group: a log group that an export of the Event Hub writes to
    # Entra ID has no log group of its own
    fields @timestamp, @message, jsonParse(@message) as sigma_event
    | filter properties.activityDisplayName = "Add user"
    | unnest sigma_event.properties.targetResources into sigma_item
    | filter tolower(sigma_item.type) = "user"
    | display @timestamp, properties.activityDisplayName, sigma_item.userPrincipalName, @message
    | dedup @timestamp, @message
    | limit 10000
    "#);
    let compiled =
        compile_with(Some(schema("aws/cloudtrail")), member("eventName", "CreateUser"), Vec::new());
    insta::assert_snapshot!(compiled.query.unwrap_or_default(), @r#"
    # A title
    # log group: the log group of the trail
    fields @timestamp, eventTime, userIdentity.arn, userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName, eventName, sourceIPAddress, userAgent, awsRegion, recipientAccountId, errorCode, @message
    | filter eventName = "CreateUser"
    | limit 10000
    "#);
}

#[test]
fn a_log_without_a_schema_is_searched_by_its_names() {
    let dotted = |name: &str| field_use(Path::dotted(name), Type::Any, name);
    let check = |formula, expected: &str| {
        assert_eq!(show(&compile_with(None, formula, Vec::new())), expected);
    };
    check(on(dotted("a.b-c"), texts(&["x"])), "tolower(a.`b-c`) = \"x\"\nunmapped: either");
    check(on(dotted("@timestamp"), texts(&["x"])), "tolower(@@timestamp) = \"x\"\nunmapped: either");
    check(
        on(dotted("a"), texts(&["5"])),
        "(a = \"5\" or a = 5)\nunmapped: either\nvalue-type-undocumented: wider",
    );
    check(
        on(dotted("a"), texts(&["True"])),
        "(tolower(a) = \"true\" or a = 1)\nunmapped: either\nvalue-type-undocumented: wider",
    );
    check(on(dotted("in"), texts(&["x"])), "tolower(`in`) = \"x\"\nunmapped: either");
    check(on(dotted("a`b"), texts(&["x"])), "refused: unwritable-field-name");
    check(on(dotted("a..b"), texts(&["x"])), "refused: unwritable-field-name");
    check(
        on(dotted("a"), Condition::Null),
        "not (ispresent(a))\nunmapped: either\nnull-or-missing: narrower",
    );
}

#[test]
fn keywords_are_searched_as_json_writes_them() {
    let keyword = |value: &str| {
        let test = texts(&[value]);
        Formula::Pred(Box::new(Predicate { subject: Subject::Event, test, span: Span::default() }))
    };
    check(keyword("*Admin*"), "@message like /(?is)Admin/\nkeyword-search: wider");
    check(
        keyword(r#"a"b\c/d"#),
        "@message like /(?is)a\\\\\\x22b\\\\\\\\c\\\\?\\x2fd/\nkeyword-search: wider",
    );
    check(
        keyword("ü?"),
        "@message like /(?is)(?:Ü|(?i:\\\\u00dc)|ü|(?i:\\\\u00fc))(?:\\\\u[0-9A-Fa-f]{4}|\\\\.|.)/\nkeyword-search: wider",
    );
}

#[test]
fn json_in_a_text_is_parsed_under_a_name() {
    let mut path = field("requestParameters").path;
    path.steps.extend([Step::Key("policy".into()), Step::Json, Step::Key("Id".into())]);
    check(on(field_use(path.clone(), Type::String, "x"), texts(&["1"])), "sigma_json.Id = \"1\"");
    path.steps.pop();
    check(on(field_use(path.clone(), Type::String, "x"), texts(&["1"])), "refused: json-scalar");
    path.steps.extend([Step::Key("Statement".into()), Step::Each, Step::Key("Effect".into())]);
    check(
        on(field_use(path, Type::String, "x"), texts(&["1"])),
        "| unnest sigma_json.Statement into sigma_item\nsigma_item.Effect = \"1\"",
    );
}

#[test]
fn keys_with_dots_are_read_from_the_structure() {
    check(
        on(field_use(Path::keys(["claims", "http://x.y/z"]), Type::String, "x"), texts(&["1"])),
        "sigma_event.claims.`http://x.y/z` = \"1\"",
    );
}

#[test]
fn a_delivery_may_rename_fields_and_respell_values() {
    let column = |path: &str, name: &str| Column {
        path: Path::keys(path.split('.')),
        name: Some(name.to_owned()),
        ty: ColumnType::String,
        decode: Decode::None,
        opaque: false,
        values: Vec::new(),
        absent_as: Vec::new(),
        trust: Trust::Docs,
        source: None,
        note: None,
    };
    let shipped = schema("aws/cloudtrail");
    let delivery = |layout| Delivery {
        platform: Platform::CloudWatch,
        carrier: Carrier::default(),
        name: "x".into(),
        form: layout,
        columns: vec![
            Column {
                values: vec![("CreateUser".into(), "user_created".into())],
                ..column("eventName", "event.name")
            },
            Column { absent_as: vec!["none".into()], ..column("errorCode", "error") },
            Column { decode: Decode::ParseJson, ..column("requestParameters", "params") },
        ],
        discriminator: vec![(Path::keys(["kind"]), vec!["trail".into()])],
        only: Vec::new(),
        row_per: None,
        wide: false,
        note: None,
    };
    let with = |layout| {
        Some(Arc::new(Schema {
            name: shipped.name.clone(),
            title: String::new(),
            record: Arc::clone(&shipped.record),
            provenance: Vec::new(),
            time: None,
            alert: Vec::new(),
            deliveries: vec![delivery(layout)],
            signature: Signature::default(),
            record_formats: Vec::new(),
            relations: Vec::new(),
            forms: Vec::new(),
            meanings: Vec::new(),
            outcome: crate::schema::Outcome::default(),
            also_known_as: Vec::new(),
            vocabularies: Vec::new(),
        }))
    };
    let (raw, columns) = (with(DeliveryForm::Raw), with(DeliveryForm::Columns));
    let show =
        |schema: &Option<Arc<Schema>>, formula| show(&compile_with(schema.clone(), formula, Vec::new()));
    assert_eq!(show(&raw, is("eventName", "createuser")), "kind = \"trail\"\nevent.name = \"user_created\"");
    assert_eq!(
        show(&raw, is("eventName", "Create*")),
        "kind = \"trail\"\nevent.name like /(?i)^Create/\nstored-text: either"
    );
    assert_eq!(
        show(&raw, on(field("errorCode"), Condition::Null)),
        "kind = \"trail\"\nnot (ispresent(error) and not (error = \"none\"))\nnull-or-missing: narrower"
    );
    let parameter = field_use(Path::keys(["requestParameters", "userName"]), Type::String, "x");
    assert_eq!(show(&columns, on(parameter, texts(&["1"]))), "kind = \"trail\"\nsigma_json.userName = \"1\"");
    assert_eq!(show(&columns, is("userAgent", "1")), "refused: field-not-carried");
    assert_eq!(show(&columns, is("resources.ARN", "1")), "refused: field-not-carried");
}

#[test]
fn what_can_never_match_is_refused() {
    check(Formula::False, "refused: never-matches");
    check(some("resources", Formula::False), "refused: never-matches");
    check(some("resources", Formula::True), "ispresent(sigma_event.resources)\nnull-or-missing: wider");
}

#[test]
fn a_query_past_the_limit_is_refused() {
    let values: Vec<String> = (0..1200).map(|n| format!("{n:010}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    check(on(field("userAgent"), texts(&values)), "refused: query-too-long");
}

#[test]
fn what_the_regex_engine_lacks_is_refused() {
    check(on(field("userAgent"), regex("a(?=b)")), "refused: regex-not-portable");
    check(on(field("userAgent"), regex(r"^(a)\1$")), "refused: regex-not-portable");
    check(on(field("userAgent"), regex(r"^\d+$")), r"userAgent like /^[0-9]+\z/");
    check(on(field("userAgent"), regex("a.b")), "userAgent like /a.b/\ncharacters-or-bytes: either");
    check(on(field("userAgent"), regex("a[^b]*c.+")), "userAgent like /a[^b]*c.+/");
}

#[test]
fn a_title_stays_in_its_comment() {
    let mut rule = rule("x\n| limit 0\r\u{2028}y");
    rule.meta.title = rule.meta.title.map(|title| title.map(|text| text + "z"));
    let typed = TypedRule { schema: None, formula: Some(Formula::True), fields: Vec::new() };
    let query = Cwli.compile(&rule, &typed, &Options::default()).query.unwrap_or_default();
    insta::assert_snapshot!(query, @r#"
    # x | limit 0  yz
    # log group: the one that receives this log
    fields @timestamp, @message
    | limit 10000
    "#);
}

/// Texts made of what is special somewhere.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("`".to_owned()),
        Just("\\".to_owned()),
        Just("/".to_owned()),
        Just("\n".to_owned()),
        Just("|".to_owned()),
        Just("#".to_owned()),
        Just(" and ".to_owned()),
        Just(")".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("ü".to_owned()),
        "[a-zA-Z0-9 .*?$^(\\[\\]{}+-]{0,4}",
        any_char(),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn any_char() -> impl Strategy<Value = String> {
    prop::char::any().prop_map(|char| char.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn hostile_values_and_names_are_read_back(
        value in hostile(),
        name in hostile(),
        title in hostile(),
        cased in any::<bool>(),
        form in 0..5_u8,
    ) {
        let shape = match (form, value.is_empty()) {
            (0, _) | (_, true) => TextPattern::Equals(value),
            (1, _) => TextPattern::StartsWith(value),
            (2, _) => TextPattern::EndsWith(value),
            (3, _) => TextPattern::Contains(value),
            _ => TextPattern::Glob(vec![Piece::Text(value), Piece::Any, Piece::Text("x".into())]),
        };
        let path = Path::keys([name.as_str(), "below"]);
        let test = Condition::Text(vec![text(shape, cased, false)]);
        let formula = on(field_use(path, Type::String, "x"), test);
        let typed = TypedRule { schema: None, formula: Some(formula.not()), fields: Vec::new() };
        let compiled = Cwli.compile(&rule(&title), &typed, &Options::default());
        if let Some(query) = compiled.query {
            let tree = read(&query).expect("the query is read back");
            prop_assert_eq!(print(&tree), query);
            prop_assert_eq!(tree.commands.len(), 3 + usize::from(name.contains('.')));
        }
    }

    #[test]
    fn literals_and_patterns_hold_only_what_they_can(value in hostile()) {
        if let Some(literal) = Literal::new(value.as_str()) {
            prop_assert!(!literal.text().contains(['\\', '\n']));
        }
        let pattern = Pattern::new(&value);
        prop_assert!(!pattern.text().contains(['/', '\n']));
        prop_assert_eq!(Pattern::new(pattern.text()), pattern);
    }
}

/// Tests of the first ten elements, joined by `or`.
fn ten(test: impl Fn(&str) -> String) -> String {
    let each = (0..10).map(|at| test(&format!("sigma_event.resources[{at}]")));
    each.collect::<Vec<_>>().join("\n    or ")
}

#[test]
fn under_a_negation_the_first_elements_are_tested_one_by_one() {
    let arn = |name: &str| format!("(ispresent({name}.ARN) and {name}.ARN = \"1\")");
    let no_arn = |name: &str| {
        format!(
            "(\n        ispresent({name})\n        and not (ispresent({name}.ARN) and {name}.ARN = \"1\")\n    )"
        )
    };
    let body = || is(".ARN", "1");
    check(is("resources.ARN", "1").not(), &format!("not (\n    {}\n)\nfirst-elements: wider", ten(arn)));
    check(
        over("resources", Quantifier::None, body()),
        &format!("not (\n    {}\n)\nfirst-elements: wider", ten(arn)),
    );
    check(
        over("resources", Quantifier::None, body()).not(),
        &format!("(\n    {}\n)\nfirst-elements: narrower", ten(arn)),
    );
    let compiled = show(&compile(over("resources", Quantifier::AllOrEmpty, body())));
    assert_eq!(
        compiled,
        format!("not (\n    {}\n)\nfirst-elements: wider\nnull-or-missing: wider", ten(no_arn))
    );
    let compiled = show(&compile(over("resources", Quantifier::All, body())));
    assert!(compiled.starts_with("(\n    ispresent(sigma_event.resources)\n    and not ("), "{compiled}");
}

#[test]
fn where_no_fields_are_discovered_the_event_is_parsed() {
    let parsed = |formula: Formula, schema: Arc<Schema>, class: Option<&str>| {
        let mut options = Options::default();
        if let Some(class) = class {
            options.set("cwli.class", vec![class.to_owned()]).expect("a class");
        }
        let typed = TypedRule { schema: Some(schema), formula: Some(formula), fields: Vec::new() };
        let query = Cwli.compile(&rule("A title"), &typed, &options).query.expect("a query");
        assert_eq!(print(&read(&query).expect("the query is read back")), query);
        query
    };
    let user = || member("eventName", "CreateUser");
    let plain = parsed(user(), schema("aws/cloudtrail"), Some("standard"));
    assert!(plain.contains("| filter eventName = \"CreateUser\""), "{plain}");
    let wide = || Registry::shipped().get("aws/cloudtrail").expect("a shipped schema");
    for query in [
        parsed(user(), schema("aws/cloudtrail"), Some("infrequent-access")),
        parsed(user(), wide(), None),
        parsed(user(), wide(), Some("standard")),
    ] {
        assert!(
            query.contains("\nfields @timestamp, @message, jsonParse(@message) as sigma_event\n"),
            "{query}"
        );
        assert!(query.contains("\n| filter sigma_event.eventName = \"CreateUser\"\n"), "{query}");
        assert!(query.contains("sigma_event.userIdentity.arn"), "{query}");
        assert!(!query.contains(" eventName"), "{query}");
    }
    assert!(Options::default().set("cwli.class", vec!["frequent".to_owned()]).is_err());
}
