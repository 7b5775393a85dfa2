//! What the SPL back end writes, and what it refuses.
//!
//! Each query here was read by a person; `spl_agrees.rs` runs queries against the evaluator.

use crate::build::*;
use sigmata::backend::spl::Spl;
use sigmata::backend::spl::ast::{
    Command, Comment, Expr, Function, Name, Operator, Query, Search, Text as Literal, Value,
};
use sigmata::backend::spl::{print::print, read::read};
use sigmata::backend::{Backend, Compiled, Fidelity, Options};
use sigmata::ir::*;
use sigmata::schema::{ObjectType, Path, Schema, Type};
use sigmata::source::Span;
use std::sync::Arc;

const HEAD: &str = "sourcetype=\"aws:cloudtrail\"";

/// The query of a formula after the source type, or why there is none.
fn query(formula: Formula) -> String {
    shown(&compile(formula))
}

fn shown(compiled: &Compiled) -> String {
    let Some(query) = &compiled.query else {
        let reasons: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|reason| format!("{}: {}", reason.code.id, reason.message))
            .collect();
        return reasons.join("; ");
    };
    assert_eq!(read(query).map(|read| print(&read)).as_ref(), Ok(query), "read back");
    query.strip_prefix(HEAD).unwrap_or(query).trim_start().to_owned()
}

#[track_caller]
fn check(formula: Formula, expected: &str) {
    assert_eq!(query(formula), expected);
}

fn eq(field: &str, value: &str) -> Formula {
    string(field, any_of(&[value]))
}

fn re(field: &str, pattern: &str) -> Formula {
    string(field, regex(pattern, ""))
}

#[test]
fn a_negated_conjunction_with_an_expression_stays_one_negation() {
    check(
        Formula::and([
            eq("eventSource", "iam.amazonaws.com"),
            Formula::and([re("userAgent", "^aws-internal"), eq("eventName", "CreateUser")]).not(),
        ]),
        "eventSource=\"iam.amazonaws.com\"\n\
         | where NOT (isnotnull(mvfind('userAgent', \"^aws-internal\")) AND \
         isnotnull(mvfind('eventName', \"(?i)^CreateUser\\\\z\")))",
    );
}

#[test]
fn two_negated_expressions_stay_negated() {
    check(
        Formula::and([eq("eventName", "CreateUser"), Formula::and([re("a", "a+"), re("b", "b+")]).not()]),
        "eventName=\"CreateUser\"\n\
         | where NOT (isnotnull(mvfind('a', \"a+\")) AND isnotnull(mvfind('b', \"b+\")))",
    );
}

#[test]
fn a_negated_fieldref_stays_negated() {
    let other = field("b", Type::String);
    let reference = string("a", Condition::FieldRef { relation: Relation::Equals, other, cased: false });
    check(
        Formula::and([reference, eq("eventType", "AwsApiCall")]).not(),
        "| where NOT (if((\"=\" . lower(json_extract(_raw, \"a\")))=(\"=\" . lower(json_extract(_raw, \"b\"))), 1, 0)=1 \
         AND isnotnull(mvfind('eventType', \"(?i)^AwsApiCall\\\\z\")))",
    );
}

#[test]
fn expressions_alone_still_give_a_query() {
    check(
        Formula::and([re("a", "x+"), re("a", "y+")]),
        "| where isnotnull(mvfind('a', \"x+\"))\n    AND isnotnull(mvfind('a', \"y+\"))",
    );
    check(
        Formula::or([re("a", "x+"), re("b", "y+")]),
        "| where isnotnull(mvfind('a', \"x+\"))\n    OR isnotnull(mvfind('b', \"y+\"))",
    );
}

#[test]
fn a_disjunction_of_value_and_expression_is_one_condition() {
    check(
        Formula::and([Formula::or([eq("a", "x"), re("b", "y+")]), eq("c", "z").not()]),
        "NOT c=\"z\"\n\
         | where isnotnull(mvfind('a', \"(?i)^x\\\\z\"))\n    OR isnotnull(mvfind('b', \"y+\"))",
    );
}

#[test]
fn odd_names_are_quoted_in_each_place() {
    check(
        Formula::or([re("x-field.user-agent", "a+"), eq("c", "d")]),
        "| where isnotnull(mvfind('x-field.user-agent', \"a+\"))\n    OR isnotnull(mvfind('c', \"(?i)^d\\\\z\"))",
    );
    check(eq("x-field", "a"), "\"x-field\"=\"a\"");
    let fields = &["userIdentity.arn", "target display name", "a-b", "userIdentity.arn", "t[].name"];
    let compiled = compile_with(Some(schema()), eq("c", "d"), fields, &Options::default());
    assert_eq!(
        shown(&compiled),
        "c=\"d\"\n| table _time userIdentity.arn \"target display name\" \"a-b\" \"t{}.name\""
    );
    let parsed = crate::engine::parse::query(compiled.query.as_deref().unwrap_or_default()).expect("a query");
    let [crate::engine::parse::Command::Table(columns)] = &*parsed.commands else { panic!("one command") };
    assert_eq!(*columns, ["_time", "userIdentity.arn", "target display name", "a-b", "t{}.name"]);
}

#[test]
fn keyword_expressions_search_the_raw_text() {
    let compiled = compile(keywords(regex("fo+", "")));
    assert_eq!(shown(&compiled), "| where if(match(_raw, \"fo+\"), 1, 0)=1");
    assert_eq!(compiled.notes.iter().map(|note| note.code.id).collect::<Vec<_>>(), ["S0806"]);
}

#[test]
fn wildcards_keep_their_width() {
    check(eq("a", "Create?ser"), "a=\"Create*\"\n| where isnotnull(mvfind('a', \"(?is)^Create.ser\\\\z\"))");
    check(eq("a", "a\\*b"), "| where isnotnull(mvfind('a', \"(?i)^a\\\\*b\\\\z\"))");
    check(eq("a", "Create*"), "a=\"Create*\"");
    check(eq("a", "Cr*er"), "| where isnotnull(mvfind('a', \"(?is)^Cr.*er\\\\z\"))");
}

#[test]
fn integers_are_exact_and_compare_by_spelling() {
    check(test_of("z", Type::Integer, integers(&[9_007_199_254_740_993])), "z=\"9007199254740993\"");
    let past = Condition::Order(Order::Greater, Number::Integer(9_007_199_254_740_992));
    check(
        test_of("z", Type::Integer, past),
        "S0816: `9007199254740992` is past the numbers that Splunk compares exactly",
    );
}

#[test]
fn a_text_of_an_object_never_matches() {
    let object = Type::Object(Arc::new(ObjectType::default()));
    let contains = || test_of("requestParameters", object.clone(), any_of(&["*Suspended*"]));
    check(contains(), "S0811: no event can match this rule");
    check(Formula::or([contains(), eq("a", "x")]), "a=\"x\"");
}

#[test]
fn a_log_without_a_delivery_says_that_it_is_unmapped() {
    let name = |text: &str| FieldUse { path: Path::dotted(text), text: text.into(), ..field("x", Type::Any) };
    let leaf = |text, test| {
        Formula::Pred(Box::new(Predicate {
            subject: Subject::Field(name(text)),
            test,
            span: Span::default(),
        }))
    };
    let all = Formula::and([leaf("gcp.audit.method_name", any_of(&["x"])), leaf("a b", Condition::Null)]);
    let mut options = Options::default();
    options.set("spl.index", vec!["cloud".into()]).expect("an index");
    let compiled = compile_with(None, all, &[], &options);
    assert_eq!(
        compiled.query.as_deref(),
        Some("index=\"cloud\" gcp.audit.method_name=\"x\"\n| where isnull('a b')")
    );
    assert_eq!(compiled.notes.iter().map(|note| note.code.id).collect::<Vec<_>>(), ["S0880"]);
    let compiled = compile_with(None, leaf("it's", any_of(&["x"])), &[], &Options::default());
    assert_eq!(shown(&compiled), "S2001: SPL cannot quote the field name `it\\'s`");
    let compiled = compile_with(None, leaf("a", regex("x", "")), &[], &Options::default());
    assert_eq!(compiled.query.as_deref(), Some("index=*\n| where isnotnull(mvfind('a', \"x\"))"));
}

#[test]
fn modifiers_that_peers_refuse_have_a_query() {
    check(string("a", cased(&["Ab"])), "| where coalesce('a', \"\")=\"Ab\"");
    check(string("a", members(&["Ab", "Cd"])), "a IN (\"Ab\", \"Cd\")");
    let mut time = field("eventTime", Type::Timestamp);
    time.always = true;
    let part = Condition::TimePart(TimePart::Hour, vec![22, 23].into());
    let hour = Predicate { subject: Subject::Field(time), test: part, span: Span::default() };
    check(
        Formula::Pred(Box::new(hour)),
        "| where if(in(floor(_time / 3600) - (floor(_time / 86400) * 24), 22, 23), 1, 0)=1",
    );
    let other = field("b", Type::String);
    let ends = string("a", Condition::FieldRef { relation: Relation::StartsWith, other, cased: true });
    check(
        Formula::or([ends, eq("c", "d")]),
        "| where if((\"=\" . substr(json_extract(_raw, \"a\"), 1, len(json_extract(_raw, \"b\"))))=\
         (\"=\" . json_extract(_raw, \"b\")), 1, 0)=1\n    OR isnotnull(mvfind('c', \"(?i)^d\\\\z\"))",
    );
}

#[test]
fn the_head_names_index_and_source_type() {
    let with = |index: &str| {
        let mut options = Options::default();
        options.set("spl.index", vec![index.into()]).expect("an index");
        compile_with(Some(schema()), eq("a", "x"), &[], &options)
    };
    assert_eq!(with("main").query.as_deref(), Some("index=\"main\" sourcetype=\"aws:cloudtrail\" a=\"x\""));
    assert_eq!(
        with("cloud_*").query.as_deref(),
        Some("index=\"cloud_*\" sourcetype=\"aws:cloudtrail\" a=\"x\"")
    );
    for bad in ["", "*", "Main", "a b", "a\" OR \"b", "-a", "a*b", "a`b`"] {
        assert!(Options::default().set("spl.index", vec![bad.into()]).is_err(), "{bad}");
    }
    let mut own = Options::default();
    own.set("spl.index", vec!["main".into()]).expect("an index");
    own.set_for_log("spl.index", vec!["idm".into()]).expect("an index");
    own.set_for_log("spl.sourcetype", vec!["Our:log".into(), "x:*".into()]).expect("source types");
    for (schema, expected) in [
        (Some(schema()), "index=\"idm\" sourcetype IN (\"Our:log\", \"x:*\") a=\"x\""),
        (None, "index=\"idm\" sourcetype IN (\"Our:log\", \"x:*\") a=\"x\""),
    ] {
        let compiled = compile_with(schema, eq("a", "x"), &[], &own);
        assert_eq!(compiled.query.as_deref(), Some(expected));
    }
    let deliveries = vec![
        schema().deliveries[0].clone(),
        sigmata::schema::Delivery { name: "aws:firehose:*".into(), ..schema().deliveries[0].clone() },
    ];
    let several = Schema { deliveries, ..Arc::try_unwrap(schema()).expect("one owner") };
    let compiled = compile_with(Some(Arc::new(several)), eq("a", "x"), &[], &Options::default());
    assert_eq!(
        compiled.query.as_deref(),
        Some("sourcetype IN (\"aws:cloudtrail\", \"aws:firehose:*\") a=\"x\"")
    );
}

#[test]
fn a_title_cannot_leave_its_comment() {
    let typed = sigmata::check::TypedRule { schema: None, formula: Some(eq("a", "x")), fields: Vec::new() };
    let compiled = Spl.compile(&rule(Some("x ```\n| delete `m` \u{202e}y")), &typed, &Options::default());
    let query = compiled.query.expect("a query");
    assert_eq!(query, "``` x ''' | delete 'm' y ```\na=\"x\"");
    assert_eq!(read(&query).map(|read| print(&read)), Ok(query));
}

#[test]
fn values_that_the_base_search_reads_otherwise_go_to_where() {
    for value in [
        "10.0.0.0/8",
        "2001:db8::/32",
        "200:db8::/32",
        "a\"b",
        "a\\\\b",
        "a`b",
        "x&y",
        "null",
        "*u*",
        "ü",
        "",
    ] {
        let query = query(eq("a", value));
        assert!(query.contains("| where "), "{value}: {query}");
    }
    assert!(query(eq("host", "x")).starts_with("| where "), "Splunk's own field");
    check(eq("a", "*/read"), "a=\"*/read\"");
}

#[test]
fn absence_is_told_from_what_an_add_on_fills_in() {
    check(string("errorCode", Condition::Null), "| where coalesce('errorCode', \"success\")=\"success\"");
    check(string("errorCode", Condition::Present), "| where coalesce('errorCode', \"success\")!=\"success\"");
    check(
        string("errorCode", Condition::Null).not(),
        "| where coalesce('errorCode', \"success\")!=\"success\"",
    );
    check(
        eq("errorCode", "*cc*"),
        "| where if(match(json_extract(_raw, \"errorCode\"), \"(?i)cc\"), 1, 0)=1",
    );
    check(eq("errorCode", "AccessDenied"), "errorCode=\"AccessDenied\"");
    check(string("m", Condition::Null), "| where isnull(json_extract(_raw, \"m\"))");
}

#[test]
fn what_a_disjunction_implies_prunes() {
    check(
        Formula::or([Formula::and([eq("a", "x"), re("b", "q")]), Formula::and([eq("a", "y"), re("b", "r")])]),
        "(a=\"x\" OR a=\"y\")\n\
         | where (isnotnull(mvfind('a', \"(?i)^x\\\\z\")) AND isnotnull(mvfind('b', \"q\")))\n    \
         OR (isnotnull(mvfind('a', \"(?i)^y\\\\z\")) AND isnotnull(mvfind('b', \"r\")))",
    );
}

#[test]
fn the_base_search_knows_what_every_match_has() {
    let base = |formula: Formula| {
        let query = query(formula);
        query.split_once("| ").map_or(query.as_str(), |(base, _)| base).trim_end().to_owned()
    };
    let of = |values: &[&str]| string("a", any_of(values));
    // A field: the value up to the first wildcard, or to what JSON may spell otherwise.
    for (formula, expected) in [
        (string("a", cased(&["Boto3*"])), "a=\"Boto3*\""),
        (of(&["Boto3/*md/Botocore*"]), "a=\"Boto3/*\""),
        (of(&["Add user\u{2013}x"]), "a=\"Add user*\""),
        (of(&["aws-*/2", "Boto*?"]), "a IN (\"aws-*\", \"Boto*\")"),
        (of(&["a?b"]), ""),
        (re("a", "^aws-internal/\\d"), "a=\"aws-internal/*\""),
        (re("a", "^abcd?e"), "a=\"abc*\""),
        (re("a", "^abcd|x"), ""),
        (string("a", regex("^abcd", "m")), ""),
        (string("ip", cidr(&["10.0.0.0/8"])), "ip=\"10.0.0.0/8\""),
        (string("ip", cidr(&["10.0.0.0/8", "2001:db8::/32"])), "(ip=\"10.0.0.0/8\" OR ip=\"2001:db8::/32\")"),
        (test_of("ip", Type::Endpoint, cidr(&["10.0.0.0/8"])), ""),
        // An array: whole words between the quotes of the value and blanks.
        (eq("t[].name", "Global Administrator"), "\"Global Administrator\""),
        (eq("t[].name", "Add \u{2013} some rights here"), "\"some rights here\""),
        (eq("t[].name", "Global Adm*"), "\"Global\""),
        (eq("t[].name", "Global*"), "\"Global*\""),
        (eq("t[].name", "*the Administrator"), "\"Administrator\""),
        (eq("t[].name", "*a global role*"), "\"global\""),
        (eq("t[].name", "*Administrator*"), ""),
        (string("t[].name", any_of(&["admin", "owner"])), "(\"admin\" OR \"owner\")"),
        (elements("t", Quantifier::AllOrEmpty, eq(".type", "User")), ""),
        (elements("t", Quantifier::None, eq(".type", "User")), ""),
        (eq("t[].name", "admin").not(), ""),
        // A document may spell its letters otherwise.
        (string("doc.<json>.Statement[].Effect", any_of(&["Allow"])), ""),
        // What is true of every event says nothing.
        (Formula::or([eq("c", "d"), eq("c", "d").not(), re("b", "x")]), ""),
        (
            Formula::or([
                Formula::and([eq("c", "d"), re("b", "x")]),
                Formula::and([eq("c", "d").not(), re("b", "y")]),
            ]),
            "",
        ),
    ] {
        let written = format!("{formula}");
        let found = base(formula);
        assert_eq!(found, expected, "{written}");
    }
}

#[test]
fn objects_are_shown_by_what_they_hold() {
    let shown = |ty: Type, name: &str| {
        let field = FieldUse { ty, ..field(name, Type::String) };
        let typed = sigmata::check::TypedRule {
            schema: Some(schema()),
            formula: Some(eq("c", "d")),
            fields: vec![field],
        };
        let query = Spl.compile(&rule(None), &typed, &Options::default()).query.expect("a query");
        query.split_once("table _time ").expect("a table").1.to_owned()
    };
    let member = |name: &str, ty: Type| sigmata::schema::Field { ty, ..sigmata::schema::Field::named(name) };
    let object = |fields| Type::Object(Arc::new(ObjectType { fields, ..ObjectType::default() }));
    let open = || object(Vec::new());
    assert_eq!(shown(open(), "request"), "request.*");
    assert_eq!(shown(open(), "a-b.c"), "\"a-b.c.*\"");
    assert_eq!(shown(open(), "t[]"), "\"t{}.*\"");
    let pair =
        object(vec![member("Name", Type::String), member("Inner", open()), member("Value", Type::Any)]);
    assert_eq!(shown(pair, "t[]"), "\"t{}.Name\" \"t{}.Value\"");
    assert_eq!(shown(Type::String, "t[]"), "\"t{}\"");
}

#[test]
fn a_search_of_which_nothing_is_known_looks_for_names() {
    let homeless =
        || Some(Arc::new(Schema { deliveries: Vec::new(), ..Arc::try_unwrap(schema()).expect("one owner") }));
    for (formula, expected) in [
        (eq("document.<json>.Statement.Effect", "x?"), "\"document\"\n"),
        (Formula::and([eq("targets[].name", "*x*"), eq("b", "y").not()]), "NOT b=\"y\"\n"),
        (eq("targets[].name", "*x*"), "\"targets\"\n"),
        (eq("targets[].name", "*x*").not(), "index=*\n"),
        (string("document", Condition::Null), "index=*\n"),
    ] {
        let compiled = compile_with(homeless(), formula, &[], &Options::default());
        let query = compiled.query.expect("a query");
        assert!(query.starts_with(expected), "{query}");
    }
}

#[test]
fn elements_are_tested_where_they_are() {
    check(eq("t[].name", "admin"), "\"admin\"\n| where isnotnull(mvfind('t{}.name', \"(?i)^admin\\\\z\"))");
    check(eq("t[].name", "admin").not(), "| where isnull(mvfind('t{}.name', \"(?i)^admin\\\\z\"))");
    check(
        eq("t[].m.k=Role~Name.v", "x"),
        r#""Role~Name"
| spath path="t{}.m{}" output=sf_e0
| eval sf_m1=mvmap(sf_e0, if(json_extract(sf_e0, "k")="Role~Name" AND match(json_extract(sf_e0, "v"), "(?i)^x\\z"), "1", "0"))
| where isnotnull(mvfind(sf_m1, "^1\\z"))"#,
    );
    check(
        elements("t", Quantifier::All, eq(".type", "User")),
        "\"User\"\n| eval sf_e0=json_array_to_mv(json_extract(_raw, \"t\")),\n    \
         sf_m1=mvmap(sf_e0, if(match(json_extract(sf_e0, \"type\"), \"(?i)^User\\\\z\"), \"1\", \"0\"))\n\
         | where isnotnull(sf_m1)\n    AND isnull(mvfind(sf_m1, \"^0\\\\z\"))",
    );
    // What needs no column of our own goes before those columns are made.
    check(
        Formula::and([elements("t", Quantifier::All, eq(".type", "User")), re("userAgent", "^aws")]),
        "\"User\" userAgent=\"aws*\"\n| where isnotnull(mvfind('userAgent', \"^aws\"))\n\
         | eval sf_e0=json_array_to_mv(json_extract(_raw, \"t\")),\n    \
         sf_m1=mvmap(sf_e0, if(match(json_extract(sf_e0, \"type\"), \"(?i)^User\\\\z\"), \"1\", \"0\"))\n\
         | where isnotnull(sf_m1)\n    AND isnull(mvfind(sf_m1, \"^0\\\\z\"))",
    );
    check(
        elements(
            "t",
            Quantifier::Any,
            Formula::and([eq(".type", "User"), elements(".m", Quantifier::All, eq(".k", "x"))]),
        ),
        "S0812: SPL cannot count elements inside the element of another array",
    );
}

#[test]
fn only_pcre_knows_and_so_does_splunk() {
    check(
        re("a", "(?<!x)`y$"),
        "| where if(match(json_extract(_raw, \"a\"), \"(?<!x)\\\\x{60}y$\"), 1, 0)=1",
    );
    assert!(query(re("a", "[a&&b]")).starts_with("S0807"));
}

#[test]
fn unknown_paths_are_narrower_and_negation_turns_that() {
    let field = FieldUse { path: Path::dotted("a.b"), ..field("x", Type::Any) };
    let leaf = Formula::Pred(Box::new(Predicate {
        subject: Subject::Field(field),
        test: any_of(&["x"]),
        span: Span::default(),
    }));
    for (formula, direction) in [(leaf.clone(), "narrower"), (leaf.not(), "wider")] {
        let compiled = compile(formula);
        assert_eq!(compiled.fidelity, Fidelity::Approximate);
        let notes: Vec<_> = compiled.notes.iter().map(|note| (note.code.id, note.direction.name())).collect();
        assert_eq!(notes, [("S0815", direction)]);
    }
}

#[test]
fn the_grammar_lists_what_is_written() {
    let grammar = include_str!("../../grammar/spl.ebnf");
    let rule = |name: &str| {
        let start = grammar.find(&format!("\n{name} ")).expect("a rule");
        grammar[start..]
            .split(';')
            .next()
            .unwrap_or_default()
            .split('"')
            .skip(1)
            .step_by(2)
            .collect::<Vec<_>>()
    };
    assert_eq!(rule("function"), Function::ALL.iter().map(|function| function.text()).collect::<Vec<_>>());
    let mut operators: Vec<&str> = rule("operator").into_iter().map(str::trim).collect();
    let mut expected: Vec<&str> = Operator::ALL.iter().map(|operator| operator.text()).collect();
    operators.sort_unstable();
    expected.sort_unstable();
    assert_eq!(operators, expected);
}

/// Text of any characters that a literal can carry.
fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
    "[ -_a-~üÜß\u{2028}\u{202e}\"\\\\'|*$\\[\\]]{0,10}"
}

fn expr() -> impl proptest::strategy::Strategy<Value = Expr> {
    use proptest::prelude::*;
    let text = hostile().prop_filter_map("a literal", |text| Literal::new(text).map(Expr::Text));
    let name = hostile().prop_filter_map("a name", |text| Name::new(text).map(Expr::Field));
    let number = any::<i32>().prop_map(|number| Expr::int(number.into()));
    proptest::prop_oneof![text, name, number].prop_recursive(4, 24, 3, |inner| {
        let list = |least| proptest::collection::vec(inner.clone(), least..4);
        let function = proptest::sample::select(Function::ALL);
        let operator = proptest::sample::select(Operator::ALL);
        proptest::prop_oneof![
            (function, list(1)).prop_map(|(function, arguments)| Expr::Call(function, arguments)),
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| Expr::binary(left, operator, right)),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            list(2).prop_map(Expr::And),
            list(2).prop_map(Expr::Or),
        ]
    })
}

fn search() -> impl proptest::strategy::Strategy<Value = Search> {
    use proptest::prelude::*;
    let name = || hostile().prop_filter_map("a name", Name::new);
    let value = || {
        (any::<bool>(), hostile(), any::<bool>())
            .prop_filter_map("a value", |(open, text, close)| Value::new(open, Literal::new(text)?, close))
    };
    let leaf = proptest::prop_oneof![
        Just(Search::Every),
        "[a-z_]{1,4}".prop_map(Search::Macro),
        (name(), value()).prop_map(|(name, value)| Search::Compare(name, value)),
        (name(), proptest::collection::vec(value(), 2..4))
            .prop_map(|(name, values)| Search::In(name, values)),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let list = || proptest::collection::vec(inner.clone(), 2..4);
        proptest::prop_oneof![
            inner.clone().prop_map(|inner| Search::Not(Box::new(inner))),
            list().prop_map(Search::And),
            list().prop_map(Search::Or),
        ]
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_printed_reads_back(
        titles in proptest::collection::vec(".{0,20}", 0..3),
        search in search(),
        condition in expr(),
        value in expr(),
        column in hostile(),
    ) {
        let mut commands = vec![
            Command::Where(condition.clone()),
            Command::Spath(Literal::new("a-b{}.c{}").expect("a path"), Name::helper('e', 2)),
            Command::Eval(vec![(Name::helper('e', 0), value), (Name::helper('m', 1), condition)]),
        ];
        commands.extend(Name::new(column).map(|column| Command::Table(vec![Name::time(), column])));
        let query = Query { comments: titles.iter().filter_map(|title| Comment::new(title)).collect(), search, commands };
        let text = print(&query);
        proptest::prop_assert_eq!(read(&text), Ok(query), "{}", text);
    }
}
