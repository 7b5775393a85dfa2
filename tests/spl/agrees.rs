//! The SPL back end against the evaluator: the interpreter of `support/spl` runs each query on events, under every
//! choice that Splunk's documentation leaves open, and must select what the evaluator selects.

use crate::build::*;
use crate::engine as spl;
use serde_json::{Value as Json, json};
use sigmata::backend::{Compiled, Fidelity, Options, codes};
use sigmata::eval::{Event, Matcher};
use sigmata::ir::*;
use sigmata::schema::Type;

/// Events of the test log, odd but fitting.
fn events() -> Vec<Json> {
    let mut events = vec![
        json!({}),
        json!({"a": null, "b": null, "n": null, "t": null, "s": null}),
        json!({"a": "", "b": "", "t": [], "s": []}),
        json!({"a": "x", "b": "x", "n": 5, "flag": true, "ip": "10.1.2.3"}),
        json!({"a": "X", "b": "xy", "n": 9_007_199_254_740_993_i64, "flag": false, "ip": "192.168.0.1"}),
        json!({"a": "xy", "b": "y", "n": 9_007_199_254_740_992_i64, "ip": "2001:db8::1"}),
        json!({"a": "a*b", "b": "a?b", "n": -3, "ip": "iam.amazonaws.com"}),
        json!({"a": "axb", "b": "a\\b", "n": 0}),
        json!({"a": "line\nbreak", "b": "tab\t\"quoted\"", "n": 4}),
        json!({"a": "tick`s $name$ | search *", "b": "]['"}),
        json!({"a": "müller", "b": "MÜLLER"}),
        json!({"a": "0.0.0.0/0", "b": "10.0.0.0/8", "ip": "0.0.0.0"}),
        json!({"a": "null", "b": "success", "errorCode": "AccessDenied"}),
        json!({"a": "nul", "b": "NULL", "errorCode": "Client.Success"}),
        json!({"o": {"a": "x", "k.d": "dotted", "q\"": "quote", "e": {}}, "host": "x", "source": "y"}),
        json!({"o": {"a": null, "e": null}}),
        json!({"o": null}),
        json!({"doc": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"iam:*\"}]}"}),
        json!({"doc": "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\"}}"}),
        json!({"doc": "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"x\"}}}"}),
        json!({"doc": "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"x\"}},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"y\",\"X\"]}}]}", "a": "y"}),
        json!({"doc": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"C\":{\"k\":\"x\",\"v\":\"y\"}},{\"C\":[{\"k\":\"x\"},{\"v\":\"y\"}]}]}"}),
        json!({"doc": "not json", "word": "\"Global Administrator\""}),
        json!({"s": ["x"]}),
        json!({"s": ["x", "y"]}),
        json!({"s": ["y", "X", "null"]}),
        json!({"t": [{"type": "User", "name": "x"}]}),
        json!({"t": [{"type": "User", "name": "y"}, {"type": "Role", "name": "x"}]}),
        json!({"t": [{"type": "user", "name": null}, {"name": "x"}, {}]}),
        json!({"t": [{"type": "User", "m": [{"k": "Role.Name", "v": "x"}, {"k": "z", "v": "y"}]}]}),
        json!({"t": [{"type": "User", "m": [{"k": "Role.Name", "v": "y"}]}, {"type": "Role", "m": [{"k": "z", "v": "x"}]}]}),
        json!({"t": [{"type": "User", "m": []}, {"type": "Role", "m": [{"k": "Role.Name", "v": "x"}]}]}),
        json!({"t": [{"type": "User", "n": 3}, {"type": "User", "n": 7}]}),
        json!({"t": [{"type": "User", "ip": "10.0.0.1"}], "ip": "10.0.0.2"}),
        json!({"open": 5}),
        json!({"open": [1, 5]}),
        json!({"open": ["1", [7], {"a": 5}]}),
        json!({"open": ["05", " 5", "+5", "5x", null]}),
        json!({"open": "10.1.2.3"}),
        json!({"open": ["192.168.0.1", "10.1.2.3"]}),
        json!({"open": "2026-01-01T00:00:00Z"}),
        json!({"open": ["1969-12-31T23:59:59Z", "2026-11-23T02:00:00.5Z"]}),
        json!({"open": {"a": 5}}),
    ];
    for time in [
        "2026-01-01T00:00:00Z",
        "2024-12-30T23:59:59Z",
        "2020-12-31T12:00:00Z",
        "2021-01-03T00:00:00Z",
        "2024-02-29T06:30:15.500Z",
        "2000-03-01T00:00:00Z",
        "2026-01-01T00:00:00.001Z",
        "2023-01-01T01:00:00+02:00",
        "2025-12-31T23:59:59.999Z",
        "1999-12-31T00:00:01Z",
        "1969-12-31T23:59:59Z",
        "1968-02-29T00:00:30Z",
        "2026-11-23T02:00:00Z",
        "2100-02-28T00:00:00Z",
    ] {
        events.push(json!({"eventTime": time, "at": time}));
    }
    events
}

/// Events as the evaluator and as every engine sees them.
struct Bench {
    events: Vec<(Json, Event)>,
    engines: Vec<(spl::Engine, Vec<spl::eval::Record>)>,
}

impl Bench {
    fn new(events: Vec<Json>) -> Self {
        let filled = vec![("errorCode".to_owned(), "success".to_owned())];
        let plain = spl::Engine::default();
        let filled = spl::Engine { filled, ..plain.clone() };
        let engines = [
            plain.clone(),
            spl::Engine { null_text: true, lone: true, null_string: true, ..plain },
            spl::Engine { null_text: true, ..filled.clone() },
            spl::Engine { lone: true, null_string: true, ..filled },
        ]
        .into_iter()
        .map(|engine| {
            let records = events.iter().map(|event| engine.extract(event)).collect();
            (engine, records)
        })
        .collect();
        let events = events.into_iter().map(|event| (event.clone(), Event::new(event))).collect();
        Self { events, engines }
    }

    /// For a log without a delivery, of which no add-on is known to fill anything in.
    fn bare(events: Vec<Json>) -> Self {
        let mut bench = Self::new(events);
        bench.engines.retain(|(engine, _)| engine.filled.is_empty());
        bench
    }

    /// Whether every engine and the evaluator agree on every event, where the query says that it is exact.
    fn agree(&self, formula: &Formula) -> Result<Fidelity, String> {
        self.judge(formula, &compile(formula.clone()))
    }

    /// The same of a query; that a log has no delivery does not justify a difference.
    fn judge(&self, formula: &Formula, compiled: &Compiled) -> Result<Fidelity, String> {
        let Some(query) = &compiled.query else { return Ok(Fidelity::Refused) };
        let read =
            sigmata::backend::spl::read::read(query).map_err(|at| format!("unreadable at {at}: {query}"))?;
        if sigmata::backend::spl::print::print(&read) != *query {
            return Err(format!("another text after reading: {query}"));
        }
        let parsed = spl::parse::queries(query).map_err(|error| format!("{error}\n{query}"))?;
        let [parsed] = &parsed[..] else { return Err(format!("several searches: {query}")) };
        if compiled.notes.iter().any(|note| note.code.id != codes::UNMAPPED.id) {
            return Ok(compiled.fidelity);
        }
        let matcher = Matcher::of(formula).map_err(|found| format!("{found:?}"))?;
        let expected: Vec<bool> = self.events.iter().map(|(_, event)| matcher.matches(event)).collect();
        for (engine, records) in &self.engines {
            for ((record, expected), (event, _)) in records.iter().zip(&expected).zip(&self.events) {
                let found =
                    engine.run(parsed, record).map_err(|error| format!("{error}\n{event}\n{query}"))?;
                if found != *expected {
                    return Err(format!("expected {expected}, found {found}\n{event}\n{engine:?}\n{query}"));
                }
            }
        }
        Ok(Fidelity::Exact)
    }
}

fn parts() -> Vec<(TimePart, PartTest)> {
    let lists = vec![
        (TimePart::Minute, vec![30, 59]),
        (TimePart::Hour, vec![23]),
        (TimePart::Day, vec![1]),
        (TimePart::Day, vec![29, 31]),
        (TimePart::Week, vec![1]),
        (TimePart::Week, vec![53, 52]),
        (TimePart::Month, vec![2]),
        (TimePart::Month, vec![12, 1]),
        (TimePart::Year, vec![2026]),
        (TimePart::Year, vec![2000, 1999]),
    ];
    let lists = lists.into_iter().map(|(part, values)| (part, PartTest::OneOf(values)));
    let bounds = [
        (TimePart::Minute, Order::Less, 30),
        (TimePart::Hour, Order::GreaterOrEqual, 23),
        (TimePart::Day, Order::Greater, 28),
        (TimePart::Week, Order::LessOrEqual, 1),
        (TimePart::Month, Order::Greater, 11),
        (TimePart::Year, Order::Less, 2026),
    ];
    lists.chain(bounds.map(|(part, order, than)| (part, PartTest::Order(order, than)))).collect()
}

fn leaves() -> Vec<Formula> {
    let number = |n| Number::Integer(n);
    let at = |seconds: i128| Timestamp { nanos: seconds * 1_000_000_000 };
    let mut all = Vec::new();
    for value in [
        "x",
        "x*",
        "*x",
        "*x*",
        "x?",
        "a\\*b",
        "a*b",
        "a\\?b",
        "",
        "null",
        "*u*",
        "nul*",
        "*",
        "0.0.0.0/0",
        "10.0.0.0/8",
        "line\nbreak",
        "*\"quoted\"",
        "tick`s $name$ | search \\*",
        "]['",
        "müller",
        "a\\\\b",
        "?*",
        "5",
        "*cc*",
        "success",
    ] {
        for field in ["a", "b", "o.a", "errorCode", "host", "o.k~d", "o.q\""] {
            let test = if value == "*" { Condition::Present } else { any_of(&[value]) };
            all.push(string(field, test));
        }
        if value != "*" {
            all.push(string("s[]", any_of(&[value])));
            all.push(string("a", cased(&[value])));
            all.push(string("a", any_of(&[value, "axb", "*ü*"])));
        }
    }
    for (pattern, flags) in [
        ("^x$", ""),
        ("X", "i"),
        ("a.b", ""),
        ("e.b", "s"),
        ("^break$", "m"),
        ("", ""),
        ("[^x]", ""),
        ("`|\\$", ""),
        ("\\d/\\d", ""),
    ] {
        all.push(string("a", regex(pattern, flags)));
        all.push(string("s[]", regex(pattern, flags)));
        all.push(string("errorCode", regex(pattern, flags)));
    }
    for field in ["a", "o.a", "errorCode", "host"] {
        all.extend([
            string(field, Condition::Null),
            string(field, Condition::Present),
            string(field, Condition::Exists),
        ]);
    }
    all.extend([
        string("o.e", Condition::Exists),
        string("o.k~d", Condition::Exists),
        test_of("n", Type::Integer, integers(&[5])),
        test_of("n", Type::Integer, integers(&[9_007_199_254_740_993, -3])),
        test_of("n", Type::Number, integers(&[5, 4])),
        test_of("flag", Type::Boolean, Condition::Boolean(true)),
        test_of("flag", Type::Boolean, Condition::Boolean(false)),
        string("ip", cidr(&["10.0.0.0/8"])),
        string("ip", cidr(&["2001:db8::/32", "0.0.0.0/0"])),
        string("doc.<json>.Statement[].Effect", any_of(&["allow"])),
        string("doc.<json>.Statement[].Principal.AWS[]", any_of(&["x"])),
        string("doc.<json>.Statement[].C[].v", any_of(&["y"])),
        string("doc.<json>.Statement[].Principal.AWS[]", any_of(&["*u*"])),
        elements(
            "doc.<json>.Statement",
            Quantifier::Any,
            Formula::and([string(".Effect", any_of(&["Allow"])), string(".Principal.AWS[]", any_of(&["x"]))]),
        ),
        elements(
            "doc.<json>.Statement",
            Quantifier::Any,
            Formula::and([
                string(".Effect", any_of(&["Allow"])),
                string(".Principal.AWS[]", any_of(&["x"])).not(),
            ]),
        ),
        elements(
            "doc.<json>.Statement",
            Quantifier::Any,
            Formula::and([
                string(".Effect", any_of(&["Allow"])),
                elements(
                    ".C",
                    Quantifier::Any,
                    Formula::and([string(".k", any_of(&["x"])), string(".v", any_of(&["y"]))]),
                ),
            ]),
        ),
        elements(
            "doc.<json>.Statement",
            Quantifier::Any,
            elements(
                ".Principal.AWS",
                Quantifier::Any,
                string(
                    ".",
                    Condition::FieldRef {
                        relation: Relation::Contains,
                        other: field("a", Type::String),
                        cased: false,
                    },
                ),
            ),
        ),
        string("word.<json>", any_of(&["global administrator"])),
        string("word", any_of(&["\"Global*"])),
        string("t[].name", any_of(&["x"])),
        string("t[].name", Condition::Present),
        string("t[].name", Condition::Null),
        string("t[].m[].v", any_of(&["x"])),
        string("t[].m[].v", any_of(&["*"])),
        string("t[].m.k=Role~Name.v", any_of(&["x"])),
        string("t[].m.k=Role~Name.v", Condition::Null),
        test_of("t[].n", Type::Integer, Condition::Order(Order::Greater, number(5))),
        string("t[].ip", cidr(&["10.0.0.0/8"])),
        string("s[]", Condition::Null),
        string("s[]", Condition::Present),
    ]);
    for order in [Order::Less, Order::LessOrEqual, Order::Greater, Order::GreaterOrEqual] {
        all.push(test_of("n", Type::Integer, Condition::Order(order, number(4))));
        for field in ["eventTime", "at"] {
            all.push(test_of(field, Type::Timestamp, Condition::Time(order, at(1_767_225_600))));
        }
    }
    all.extend(
        parts()
            .into_iter()
            .map(|(part, test)| test_of("at", Type::Timestamp, Condition::TimePart(part, test))),
    );
    all.extend(open());
    for relation in [Relation::Equals, Relation::StartsWith, Relation::EndsWith, Relation::Contains] {
        for cased in [false, true] {
            let other = field("b", Type::String);
            all.push(string("a", Condition::FieldRef { relation, other, cased }));
        }
    }
    let bodies = || {
        vec![
            string(".type", any_of(&["User"])),
            string(".type", any_of(&["User"])).not(),
            Formula::and([string(".type", any_of(&["User"])), string(".name", any_of(&["x"]))]),
            Formula::or([string(".type", any_of(&["Role"])), string(".name", Condition::Null)]),
            string(".m[].v", any_of(&["x"])),
            Formula::and([string(".type", any_of(&["User"])), string(".m[].v", any_of(&["x"]))]),
            Formula::and([string(".type", any_of(&["User"])), string(".m[].v", any_of(&["x"])).not()]),
            Formula::and([string(".type", any_of(&["User"])), string(".m.k=Role~Name.v", any_of(&["x"]))]),
            string(".name", Condition::Exists),
        ]
    };
    for quantifier in [
        Quantifier::Any,
        Quantifier::All,
        Quantifier::AllOrEmpty,
        Quantifier::None,
        Quantifier::Index(0),
        Quantifier::Index(-1),
        Quantifier::Index(2),
    ] {
        all.extend(bodies().into_iter().map(|body| elements("t", quantifier, body)));
        all.push(elements("s", quantifier, string(".", any_of(&["x"]))));
    }
    all
}

/// Tests of a field of any type, which may hold a list.
fn open() -> Vec<Formula> {
    let on = |test| test_of("open", Type::Any, test);
    let mut all = vec![
        on(any_of(&["5"])),
        on(integers(&[5])),
        on(integers(&[5, 7])),
        on(integers(&[9_007_199_254_740_993])),
        on(Condition::Boolean(true)),
        on(cidr(&["10.0.0.0/8"])),
        on(cidr(&["10.0.0.0/8", "2001:db8::/32"])),
    ];
    for order in [Order::Less, Order::LessOrEqual, Order::Greater, Order::GreaterOrEqual] {
        for bound in [5, 6] {
            all.push(on(Condition::Order(order, Number::Integer(bound))));
        }
        for nanos in [1_767_225_600_000_000_000, 1_795_399_200_000_000_000, 0] {
            all.push(on(Condition::Time(order, Timestamp { nanos })));
        }
    }
    all.extend(parts().into_iter().map(|(part, test)| on(Condition::TimePart(part, test))));
    all
}

#[test]
fn tests_of_a_field_of_any_type_look_into_lists() {
    let dates = [TimePart::Day, TimePart::Week, TimePart::Month, TimePart::Year];
    let bench = Bench::new(events());
    for formula in open() {
        let date = formula.leaves().any(|found| {
            matches!(found.leaf, Leaf::Pred(Predicate { test: Condition::TimePart(part, _), .. }) if dates.contains(part))
        });
        let expected = if date { Fidelity::Approximate } else { Fidelity::Exact };
        for formula in [formula.clone(), formula.not()] {
            assert_eq!(bench.agree(&formula), Ok(expected), "{formula}");
        }
    }
}

/// The time of the event, which every record has.
fn stamp(test: Condition) -> Formula {
    let mut field = field("eventTime", Type::Timestamp);
    field.always = true;
    Formula::Pred(Box::new(Predicate {
        subject: Subject::Field(field),
        test,
        span: sigmata::source::Span::default(),
    }))
}

#[test]
fn the_time_of_the_event_is_that_of_the_index() {
    let events: Vec<Json> = events().into_iter().filter(|event| event.get("eventTime").is_some()).collect();
    let bench = Bench::new(events);
    for order in [Order::Less, Order::LessOrEqual, Order::Greater, Order::GreaterOrEqual] {
        for nanos in [1_767_225_600_000_000_000, 1_767_225_600_001_000_000] {
            assert_eq!(bench.agree(&stamp(Condition::Time(order, Timestamp { nanos }))), Ok(Fidelity::Exact));
        }
    }
    for (part, test) in parts() {
        let formula = stamp(Condition::TimePart(part, test));
        assert_eq!(bench.agree(&formula), Ok(Fidelity::Exact));
        assert_eq!(bench.agree(&formula.not()), Ok(Fidelity::Exact));
    }
}

#[test]
fn only_pairs_of_inner_members_under_other_quantifiers_have_no_query() {
    let refused: Vec<String> = leaves()
        .into_iter()
        .filter_map(|leaf| compile(leaf).diagnostics.first().map(|reason| reason.message.clone()))
        .collect();
    let reason = "SPL cannot join two members of an array inside another array's element";
    assert_eq!(refused, [reason; 5], "all, all or empty, and three indexes");
}

#[test]
fn a_log_without_a_delivery_means_the_same() {
    let bench = Bench::bare(events());
    let mut schema = std::sync::Arc::into_inner(schema()).expect("no one else holds it");
    schema.deliveries.clear();
    let schema = std::sync::Arc::new(schema);
    let mut wrong = Vec::new();
    let member = |test| elements("t", Quantifier::Any, string(".name", test));
    // A null, a name that Splunk gives something else, and a member of an element that is asked for itself.
    let mut formulas = vec![
        string("a", Condition::Null),
        string("a", Condition::Present),
        string("source", any_of(&["y"])),
        member(Condition::Exists),
        elements("t", Quantifier::Any, string(".name", Condition::Exists).not()),
    ];
    let least = formulas.len();
    formulas.extend(leaves());
    let mut judged = 0;
    for formula in formulas.iter().flat_map(|leaf| [leaf.clone(), leaf.clone().not()]) {
        let compiled = compile_with(Some(schema.clone()), formula.clone(), &[], &Options::default());
        judged += usize::from(compiled.notes.iter().all(|note| note.code.id == codes::UNMAPPED.id));
        wrong.extend(bench.judge(&formula, &compiled).err());
    }
    assert!(judged > 2 * least, "{judged}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n\n"));
}

#[test]
fn leaves_agree_plain_and_negated() {
    let bench = Bench::new(events());
    let mut wrong = Vec::new();
    for leaf in leaves() {
        for formula in [
            leaf.clone(),
            leaf.clone().not(),
            Formula::and([leaf.clone(), string("a", any_of(&["x*"])).not()]),
        ] {
            if let Err(error) = bench.agree(&formula) {
                wrong.push(error);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n")
    );
}

/// Tests that the engines above need not run once more, for their spelling.
fn spellings() -> Vec<Formula> {
    let number = |n| Number::Integer(n);
    let user = || string(".type", any_of(&["User"]));
    let within = |test| elements("t", Quantifier::Any, Formula::and([user(), test]));
    let before = |nanos| stamp(Condition::Time(Order::Less, Timestamp { nanos }));
    vec![
        keywords(any_of(&["x"])),
        keywords(any_of(&["*user name*"])),
        keywords(any_of(&["say \"hello\""])),
        keywords(any_of(&["*start", "end*", "a*middle"])),
        string("a", cased(&["0x1f"])),
        string("a", cased(&["1e5", "x"])),
        string("a", cased(&["$x"])),
        string("a", any_of(&["long enough", "10.0.0.1"])),
        string("a", any_of(&["*one*two*"])),
        string("a.b", any_of(&["x"])),
        string("o.k~d.e", any_of(&["x"])),
        string("o.k~d[].e", any_of(&["x"])),
        string("doc.<json>.k~d.e", any_of(&["x"])),
        string("t[].k~d.e", any_of(&["x"])),
        string("t.k=a~b.v", any_of(&["x"])),
        string("t[].doc.<json>.v", any_of(&["x"])),
        string("t[].name", regex("^long text", "")),
        string("o.a b", Condition::Exists),
        string("o.q\"", Condition::Exists),
        test_of("t[].n", Type::Integer, integers(&[5])),
        test_of("t[].n", Type::Number, integers(&[5, 1_000_000])),
        test_of("n", Type::Number, integers(&[1_000_000])),
        string("t[].ip", cidr(&["10.0.0.0/8", "192.168.0.0/16"])),
        within(test_of(".n", Type::Integer, integers(&[5]))),
        within(test_of(".n", Type::Number, integers(&[5, 6]))),
        within(test_of(".n", Type::Integer, Condition::Order(Order::Greater, number(5)))),
        within(test_of(".on", Type::Boolean, Condition::Boolean(true))),
        within(string(".name", Condition::Null)),
        within(string(".k~d", any_of(&["x"]))),
        within(string(".doc.<json>.v", any_of(&["x"]))),
        within(elements(".m", Quantifier::Any, string(".k", any_of(&["x"])))),
        within(elements(".m", Quantifier::None, string(".k", any_of(&["x"])))),
        within(elements(".m", Quantifier::Any, string(".k~d", any_of(&["x"])))),
        within(elements(".m", Quantifier::Any, string(".k.d", any_of(&["x"])))),
        within(elements(
            ".m",
            Quantifier::Any,
            elements(".l", Quantifier::Any, string(".k", any_of(&["x"]))),
        )),
        elements("t", Quantifier::Any, elements(".m", Quantifier::Any, string(".k", Condition::Null))),
        elements("t", Quantifier::Any, string(".name", regex("^nu", ""))),
        elements("s", Quantifier::Any, string(".", regex("nul", ""))),
        elements("s", Quantifier::Any, string(".", any_of(&["null"]))),
        elements("t", Quantifier::Any, Formula::or([user(), string("a", any_of(&["x"]))])),
        before(1_767_225_600_250_000_000),
        before(-1_500_000_000),
        before(-250_000_000),
        before(250_000_000),
    ]
}

/// Whoever changes the spelling of a test reads what becomes of it here.
#[test]
fn queries_of_leaves_are_as_they_are_kept() {
    let shown = leaves().into_iter().chain(spellings()).map(|formula| {
        let compiled = compile(formula.clone());
        let mut row = format!("{formula}\n");
        row += compiled.query.as_deref().unwrap_or("refused");
        for note in &compiled.notes {
            row += &format!("\n  {} {}: {}", note.direction.name(), note.code.name, note.message);
        }
        for finding in &compiled.diagnostics {
            row += &format!("\n  {} {}", finding.code.name, finding.message);
        }
        row.replace("sourcetype=\"aws:cloudtrail\"", "…") + "\n"
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}

/// A choice among leaves, and a tree over them, driven by bytes.
fn tree(leaves: &[Formula], bytes: &mut std::slice::Iter<'_, u8>, depth: usize) -> Formula {
    let mut byte = || usize::from(*bytes.next().unwrap_or(&0));
    let (kind, pick) = (byte(), byte() * 256 + byte());
    if depth == 0 || kind % 4 == 0 {
        return leaves[pick % leaves.len()].clone();
    }
    let parts: Vec<Formula> = (0..2 + pick % 2).map(|_| tree(leaves, bytes, depth - 1)).collect();
    match kind % 4 {
        1 => Formula::and(parts),
        2 => Formula::or(parts),
        _ => Formula::or(parts).not(),
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn trees_agree(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 60)) {
        thread_local! {
            static FIXED: (Bench, Vec<Formula>) = (Bench::new(events()), leaves());
        }
        FIXED.with(|(bench, leaves)| {
            let formula = tree(leaves, &mut bytes.iter(), 3);
            let agreed = bench.agree(&formula);
            proptest::prop_assert!(agreed.is_ok(), "{}", agreed.unwrap_err());
            Ok(())
        })?;
    }

    #[test]
    fn hostile_values_stay_literal(value in "[ -~\\n\\t`\"'\\\\*?|\\[\\]$%üÜ\u{0}\u{85}\u{2028}]{0,12}", cased in proptest::bool::ANY) {
        let event = |text: &str| json!({"a": text, "t": [{"x": text}], "s": [text]});
        let bench = Bench::new(vec![event(&value), event(""), event("x"), event(&value.to_uppercase()), event(&format!("{value}\n"))]);
        let test = || if cased { cased_literal(&value) } else { literal(&value) };
        for formula in [
            string("a", test()),
            string("a", test()).not(),
            string("s[]", test()),
            elements("t", Quantifier::All, string(".x", test())),
        ] {
            let agreed = bench.agree(&formula);
            proptest::prop_assert!(agreed.is_ok(), "{}", agreed.unwrap_err());
        }
    }
}
