//! Tests of single fields.

use super::*;

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
fn what_the_regex_engine_lacks_is_refused() {
    check(on(field("userAgent"), regex("a(?=b)")), "refused: regex-not-portable");
    check(on(field("userAgent"), regex(r"^(a)\1$")), "refused: regex-not-portable");
    check(on(field("userAgent"), regex(r"^\d+$")), r"userAgent like /^[0-9]+\z/");
    check(on(field("userAgent"), regex("a.b")), "userAgent like /a.b/\ncharacters-or-bytes: either");
    check(on(field("userAgent"), regex("a[^b]*c.+")), "userAgent like /a[^b]*c.+/");
}
