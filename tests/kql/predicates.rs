//! Tests of one value, by the type of its column.

use sigmata::backend::Direction;
use sigmata::ir::{
    Block, Condition, Formula, Number, Order, PartTest, Relation, TextPattern, TimePart, Timestamp,
};
use sigmata::rule::pattern::pieces;
use sigmata::schema::Type;

use super::build::{compile_in, contains, delivery, equals, field, pred, regex, shaped, string, table, text};

fn glob(value: &str) -> Condition {
    shaped(TextPattern::Glob(pieces(value)))
}

fn not(formula: Formula) -> Formula {
    formula.not()
}

fn texts_cases() -> Vec<Formula> {
    vec![
        string("name", equals(&["Create User"])),
        string("name", equals(&["a", "b", "a"])),
        string(
            "name",
            Condition::Text(vec![text("a", false, true), text("b", true, false), text("c", false, false)]),
        ),
        string("name", contains("v")),
        string("name", shaped(TextPattern::StartsWith("v".into()))),
        string("name", shaped(TextPattern::EndsWith("v".into()))),
        string("name", glob("Create*User")),
        string("name", glob("a?b")),
        string("name", equals(&["a*b"])),
        string("name", equals(&["müller", "ascii", "한글"])),
        string("name", contains("müller")),
        string("name", equals(&[""])),
        string("object.a.b", equals(&["v", "w"])),
        string("object.where.@odata", contains("v")),
        string("object.a", equals(&[""])),
        string("object.id", equals(&["12345678-90ab-cdef-1234-567890ABCDEF"])),
        string("object.at", equals(&["2026-01-02T03:04:05Z"])),
        not(string("object.a", equals(&["v"]))),
        string("parameters.a.b", equals(&["v"])),
        Formula::and([
            string("parameters.a", equals(&["v"])),
            string("parameters.b", contains("w")),
            string("name", equals(&["n"])),
        ]),
        string("parameters.a.<json>.b", equals(&["v"])),
        string("object.a|b|c", equals(&["v"])),
        string("guid", equals(&["12345678-90ab-cdef-1234-567890abcdef"])),
        string("guid", contains("ab")),
    ]
}

#[test]
fn texts() {
    insta::assert_snapshot!(table(texts_cases()));
}

fn texts_that_the_delivery_rewrites_cases() -> Vec<Formula> {
    vec![
        string("status", equals(&["Success"])),
        string("status", equals(&["failure", "other"])),
        not(string("status", equals(&["success"]))),
        string("status", shaped(TextPattern::StartsWith("fail".into()))),
        string("status", contains("succe")),
        string("status", contains("led")),
        string("status", glob("*f*re")),
        string("status", regex("^f")),
        string("risk", equals(&["high", "low"])),
        string("risk", equals(&["unheard of"])),
        string("code", equals(&["-"])),
        string("code", equals(&["a"])),
        not(string("code", Condition::Null)),
        string("code", Condition::Null),
    ]
}

#[test]
fn texts_that_the_delivery_rewrites() {
    let table = table(texts_that_the_delivery_rewrites_cases());
    assert!(table.contains("either stored-text"), "{table}");
    insta::assert_snapshot!(table);
}

/// A text of the table that stands for values on which the test holds and for others selects too much.
#[test]
fn a_stored_text_of_several_values_is_told() {
    let stored =
        [("read", "R"), ("write", "W"), ("append", "W"), ("delete", "D"), ("purge", "D"), ("list", "L")];
    let mut delivery = delivery();
    for column in &mut delivery.columns {
        if column.name.as_deref() == Some("Status") {
            column.values = stored.map(|(value, text)| (value.into(), text.into())).to_vec();
        }
    }
    for (wanted, text) in [
        (&["read"][..], None),
        (&["read", "list"], None),
        (&["write"], Some("W")),
        (&["append"], Some("W")),
        (&["write", "append"], None),
        (&["read", "append"], Some("W")),
        (&["write", "append", "purge"], Some("D")),
        (&["read", "list", "delete"], Some("D")),
        (&["delete", "purge", "write", "append"], None),
    ] {
        for negated in [false, true] {
            let formula = string("status", equals(wanted));
            let formula = if negated { not(formula) } else { formula };
            let notes = compile_in(Some(delivery.clone()), formula, Vec::new(), "").notes;
            let found: Vec<_> =
                notes.iter().map(|note| (note.direction, note.code.name, note.message.as_str())).collect();
            let direction = if negated { Direction::Narrower } else { Direction::Wider };
            let message =
                text.map(|text| format!("the stored text `{text}` means several values of `status`"));
            let expected: Vec<_> =
                message.iter().map(|message| (direction, "stored-text", message.as_str())).collect();
            assert_eq!(found, expected, "{wanted:?}");
        }
    }
}

fn numbers_that_the_delivery_names_cases() -> Vec<Formula> {
    let record = |test| pred(field("record", Type::Integer), test);
    let whole = |n: i128| Number::Integer(n);
    vec![
        record(Condition::Number(vec![whole(1)])),
        record(Condition::Number(vec![whole(1), whole(14)])),
        record(Condition::Number(vec![whole(9)])),
        not(record(Condition::Number(vec![whole(2)]))),
        record(Condition::Order(Order::Greater, whole(1))),
        record(Condition::Order(Order::LessOrEqual, Number::Decimal("2.5".into()))),
        not(record(Condition::Order(Order::Less, whole(2)))),
        record(Condition::Order(Order::Less, whole(0))),
    ]
}

#[test]
fn numbers_that_the_delivery_names() {
    insta::assert_snapshot!(table(numbers_that_the_delivery_names_cases()));
}

fn numbers_and_truth_values_cases() -> Vec<Formula> {
    let whole = |n: i128| Number::Integer(n);
    vec![
        pred(field("count", Type::Integer), Condition::Number(vec![whole(9_007_199_254_740_993)])),
        pred(field("count", Type::Integer), Condition::Number(vec![whole(-1), whole(2)])),
        pred(field("count", Type::Integer), Condition::Number(vec![whole(1 << 70)])),
        pred(field("count", Type::Integer), Condition::Order(Order::Greater, whole(4))),
        not(pred(field("count", Type::Integer), Condition::Order(Order::Greater, whole(4)))),
        pred(field("object.n", Type::Integer), Condition::Number(vec![whole(5)])),
        pred(
            field("object.n", Type::Number),
            Condition::Order(Order::LessOrEqual, Number::Decimal("+1.50".into())),
        ),
        pred(field("object.n", Type::Number), Condition::Number(vec![whole(9_007_199_254_740_993)])),
        pred(field("name", Type::Integer), Condition::Number(vec![whole(5)])),
        pred(field("flag", Type::Boolean), Condition::Boolean(true)),
        not(pred(field("flag", Type::Boolean), Condition::Boolean(false))),
        pred(field("object.b", Type::Boolean), Condition::Boolean(true)),
        pred(field("name", Type::Boolean), Condition::Boolean(false)),
        string("flag", equals(&["TRUE"])),
        string("flag", equals(&["yes"])),
        string("flag", contains("tr")),
        string("count", equals(&["12"])),
        string("count", equals(&["twelve"])),
        string("count", shaped(TextPattern::StartsWith("1".into()))),
    ]
}

#[test]
fn numbers_and_truth_values() {
    insta::assert_snapshot!(table(numbers_and_truth_values_cases()));
}

fn times_cases() -> Vec<Formula> {
    let at = |nanos| Timestamp { nanos };
    let time = || field("time", Type::Timestamp);
    vec![
        pred(time(), Condition::Time(Order::GreaterOrEqual, at(1_767_225_600_000_000_000))),
        pred(time(), Condition::Time(Order::Less, at(1_767_225_600_123_456_700))),
        pred(time(), Condition::Time(Order::GreaterOrEqual, at(1_767_225_600_123_456_789))),
        not(pred(time(), Condition::Time(Order::Less, at(-1)))),
        pred(field("object.t", Type::Timestamp), Condition::Time(Order::Less, at(0))),
        pred(time(), Condition::TimePart(TimePart::Hour, vec![22, 23].into())),
        pred(time(), Condition::TimePart(TimePart::Minute, vec![0].into())),
        pred(time(), Condition::TimePart(TimePart::Week, vec![1].into())),
        not(pred(time(), Condition::TimePart(TimePart::Month, vec![1].into()))),
        pred(time(), Condition::TimePart(TimePart::Hour, PartTest::Order(Order::GreaterOrEqual, 22))),
        not(pred(time(), Condition::TimePart(TimePart::Year, PartTest::Order(Order::Less, 2026)))),
        pred(time(), equals(&["2026-01-01T00:00:00+01:00"])),
        pred(time(), shaped(TextPattern::StartsWith("2026-01".into()))),
        pred(time(), regex("2026")),
        pred(field("object.t", Type::Timestamp), shaped(TextPattern::StartsWith("2026-01".into()))),
        pred(field("flag", Type::Timestamp), Condition::Time(Order::Less, at(0))),
    ]
}

#[test]
fn times() {
    insta::assert_snapshot!(table(times_cases()));
}

fn addresses_cases() -> Vec<Formula> {
    let block = |text: &str| {
        let (first, prefix) = text.split_once('/').expect("a block");
        Block { first: first.parse().expect("an address"), prefix: prefix.parse().expect("a length") }
    };
    let cidr =
        |blocks: &[&str]| string("address", Condition::Cidr(blocks.iter().map(|text| block(text)).collect()));
    vec![
        cidr(&["10.0.0.0/8"]),
        not(cidr(&["10.0.0.0/8", "192.168.0.0/16"])),
        cidr(&["2001:db8::/32"]),
        cidr(&["::/0", "10.0.0.0/8"]),
        cidr(&["::ffff:10.0.0.0/104"]),
        string("object.ip", Condition::Cidr(vec![block("10.0.0.0/8")])),
    ]
}

#[test]
fn addresses() {
    insta::assert_snapshot!(table(addresses_cases()));
}

fn expressions_cases() -> Vec<Formula> {
    let insensitive = |pattern: &str| match regex(pattern) {
        Condition::Regex(mut patterns) => {
            for regex in &mut patterns {
                regex.ignore_case = true;
            }
            Condition::Regex(patterns)
        }
        other => other,
    };
    vec![
        string("name", regex(r"^Create\d+$")),
        string("name", insensitive(r#"a"b"#)),
        string("name", regex("^$")),
        string("object.a", regex(".*")),
        string("name", regex(r"\bcli\b")),
        string("name", regex("(?<!a)b")),
        string("name", regex("[a&&b]")),
    ]
}

#[test]
fn expressions() {
    insta::assert_snapshot!(table(expressions_cases()));
}

fn presence_cases() -> Vec<Formula> {
    let never_empty = |name: &str| {
        let mut field = field(name, Type::String);
        field.never_empty = true;
        field
    };
    vec![
        string("name", Condition::Null),
        not(string("name", Condition::Null)),
        pred(never_empty("kind"), Condition::Null),
        string("name", Condition::Present),
        pred(never_empty("kind"), Condition::Present),
        string("name", Condition::Exists),
        string("object.a", Condition::Null),
        string("object.a", Condition::Present),
        pred(never_empty("object.c"), Condition::Null),
        string("object.a.b", Condition::Exists),
        not(string("object.a.b", Condition::Exists)),
        string("parameters.a", Condition::Null),
        string("parameters", Condition::Exists),
        pred(field("object.x", Type::Any), Condition::Present),
        pred(field("object.x", Type::Any), contains("v")),
        pred(field("count", Type::Integer), Condition::Null),
        pred(field("flag", Type::Boolean), Condition::Present),
        string("lost", Condition::Present),
        string("unheard", Condition::Present),
        string("name.below", equals(&["v"])),
    ]
}

#[test]
fn presence() {
    insta::assert_snapshot!(table(presence_cases()));
}

fn two_fields_cases() -> Vec<Formula> {
    let reference = |left: &str, relation, right: &str, cased| {
        string(left, Condition::FieldRef { relation, other: field(right, Type::String), cased })
    };
    vec![
        reference("name", Relation::Equals, "agent", false),
        reference("name", Relation::Contains, "agent", true),
        not(reference("name", Relation::StartsWith, "object.a", false)),
        reference("object.a", Relation::EndsWith, "object.b", false),
        reference("object.a", Relation::Equals, "list.[].b", false),
        reference("list.[].a", Relation::Equals, "list.[].b", false),
        reference("list.k=v.a", Relation::Equals, "name", false),
        reference("time", Relation::Equals, "name", false),
    ]
}

#[test]
fn two_fields() {
    insta::assert_snapshot!(table(two_fields_cases()));
}

fn negation_and_mixture_cases() -> Vec<Formula> {
    let a = || string("name", equals(&["a"]));
    let b = || string("agent", contains("b"));
    let c = || string("object.c", equals(&["c"]));
    vec![
        Formula::and([a(), Formula::or([b(), Formula::and([c(), not(a())])])]),
        not(Formula::and([a(), b()])),
        not(Formula::or([a(), not(b())])),
        Formula::and([c(), b(), a()]),
        Formula::or([a(), Formula::True]),
        Formula::and([a(), Formula::False]),
    ]
}

#[test]
fn negation_and_mixture() {
    insta::assert_snapshot!(table(negation_and_mixture_cases()));
}

/// Every formula of this file.
pub fn all() -> Vec<Formula> {
    [
        texts_cases(),
        texts_that_the_delivery_rewrites_cases(),
        numbers_and_truth_values_cases(),
        numbers_that_the_delivery_names_cases(),
        times_cases(),
        addresses_cases(),
        expressions_cases(),
        presence_cases(),
        two_fields_cases(),
        negation_and_mixture_cases(),
    ]
    .concat()
}
