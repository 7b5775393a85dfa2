//! The SPL back end.

#[path = "support/spl/build.rs"]
mod build;

use build::*;
use sigmata::ir::*;
use sigmata::schema::Type;

#[test]
fn dump() {
    let all: Vec<(&str, Formula)> = vec![
        (
            "plain",
            Formula::and([
                string("eventName", members(&["CreateUser"])),
                string("eventSource", any_of(&["iam.amazonaws.com"])),
            ]),
        ),
        ("list", string("eventName", members(&["CreateUser", "DeleteUser"]))),
        ("or mixed", Formula::or([string("a", any_of(&["x", "y*"])), string("b", regex("^a+$", "i"))])),
        (
            "and regex",
            Formula::and([
                string("eventName", any_of(&["CreateUser"])),
                Formula::and([
                    string("ua", regex("^aws-internal", "")),
                    string("eventName", any_of(&["CreateUser"])),
                ])
                .not(),
            ]),
        ),
        ("glob", string("a", any_of(&["Create?ser", "a\\*b", "Cr*er"]))),
        ("null", string("errorCode", Test::Null)),
        ("notnull", string("errorCode", Test::Present)),
        ("null2", string("errorMessage", Test::Null)),
        ("err contains", string("errorCode", any_of(&["*cc*"]))),
        ("nul contains", string("m", any_of(&["*u*"]))),
        ("exists", string("requestParameters.x", Test::Exists)),
        ("cidr", string("ip", cidr(&["10.0.0.0/8", "2001:db8::/32"])).not()),
        ("cidrtext", string("ip", any_of(&["0.0.0.0/0"]))),
        ("int", test_of("z", Type::Integer, integers(&[9007199254740993]))),
        ("order", test_of("z", Type::Integer, Test::Order(Order::Greater, Number::Integer(4))).not()),
        ("bool", test_of("z", Type::Boolean, Test::Boolean(true))),
        (
            "bool2",
            Formula::or([test_of("z", Type::Boolean, Test::Boolean(true)), string("b", regex("x", ""))]),
        ),
        (
            "time",
            test_of(
                "eventTime",
                Type::Timestamp,
                Test::Time(Order::Greater, Timestamp { nanos: 1767225600_000000000 }),
            ),
        ),
        (
            "time2",
            test_of(
                "x.time",
                Type::Timestamp,
                Test::Time(Order::Greater, Timestamp { nanos: 1767225600_000000000 }),
            ),
        ),
        ("hour", test_of("eventTime", Type::Timestamp, Test::TimePart(TimePart::Hour, vec![22, 23]))),
        ("week", test_of("eventTime", Type::Timestamp, Test::TimePart(TimePart::Week, vec![1]))),
        ("day", test_of("eventTime", Type::Timestamp, Test::TimePart(TimePart::Day, vec![1]))),
        ("array", string("target[].name", any_of(&["admin"]))),
        ("nested", string("t[].m[].v", any_of(&["admin"])).not()),
        (
            "keyed",
            string("t[].mods.displayName=Role~DisplayName.newValue", any_of(&["\"Global Administrator\""])),
        ),
        (
            "same",
            elements(
                "t",
                Quantifier::Any,
                Formula::and([string(".type", any_of(&["User"])), string(".name", any_of(&["x"]))]),
            ),
        ),
        ("all", elements("t", Quantifier::All, string(".type", any_of(&["User"])))),
        ("index", elements("t", Quantifier::Index(-1), string(".type", any_of(&["User"])))),
        (
            "outerinner",
            elements(
                "t",
                Quantifier::Any,
                Formula::and([
                    string(".type", any_of(&["User"])),
                    elements(
                        ".m",
                        Quantifier::Any,
                        Formula::and([string(".k", any_of(&["x"])), string(".v", any_of(&["y"]))]),
                    ),
                ]),
            ),
        ),
        ("json", string("requestParameters.doc.<json>.Statement[].Effect", any_of(&["Allow"]))),
        (
            "fieldref",
            string(
                "a",
                Test::FieldRef {
                    relation: Relation::Contains,
                    other: field("b", Type::String),
                    cased: false,
                },
            ),
        ),
        ("keyword", keywords(any_of(&["*Ad\"min*"]))),
        ("hostile", string("a", any_of(&["x`y$\n\"\\ ü"]))),
        ("name", string("it's", any_of(&["x"]))),
        ("host", string("host", any_of(&["x"]))),
        (
            "implied",
            Formula::or([
                Formula::and([string("a", any_of(&["x"])), string("b", regex("q", ""))]),
                Formula::and([string("a", any_of(&["y"])), string("b", regex("r", ""))]),
            ]),
        ),
        ("any", test_of("p.q", Type::Any, any_of(&["x"]))),
        ("empty", string("p", any_of(&[""]))),
        ("cased", string("p", cased(&["Ab", "5"]))),
    ];
    for (name, f) in all {
        let c = compile(f);
        println!("--- {name}: {}", c.fidelity.name());
        if let Some(q) = &c.query {
            println!("{q}");
            let r = sigmata::target::spl::read::read(q);
            match r {
                Ok(r) => assert_eq!(&sigmata::target::spl::print::print(&r), q),
                Err(at) => println!("UNREADABLE at {}", &q[at..]),
            }
        }
        for n in &c.notes {
            println!("note {} {} {}", n.code.id, n.direction.name(), n.message);
        }
        for n in &c.diagnostics {
            println!("refused {} {}", n.code.id, n.message);
        }
    }
}
