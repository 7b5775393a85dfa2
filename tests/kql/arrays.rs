//! Statements about array elements.

use sigmata::ir::{Condition, Formula, Quantifier, Relation};
use sigmata::schema::Type;

use super::build::{contains, element, equals, field, pred, string, table};

fn quantifiers_cases() -> Vec<Formula> {
    let body = || string(".b", equals(&["v"]));
    let over = |quantifier| element("list", quantifier, body());
    vec![
        string("list.[].b", equals(&["v"])),
        string("list.[]", contains("v")),
        string("list.[].b", equals(&["v"])).not(),
        over(Quantifier::Any),
        over(Quantifier::All),
        over(Quantifier::AllOrEmpty),
        over(Quantifier::None),
        over(Quantifier::None).not(),
        over(Quantifier::Index(0)),
        over(Quantifier::Index(-1)),
        element("list", Quantifier::Any, body().not()),
        element("list", Quantifier::All, body().not()),
        element("list", Quantifier::AllOrEmpty, body().not()),
        element("list", Quantifier::Index(1), body().not()),
        element("list", Quantifier::Any, Formula::True),
        string("list.[].b", Condition::Null),
        element("list", Quantifier::Any, string(".b", Condition::Null)),
        string("list.[]", Condition::Exists),
        string("list.[].b.[]", Condition::Exists).not(),
    ]
}

#[test]
fn quantifiers() {
    insta::assert_snapshot!(table(quantifiers_cases()));
}

fn structure_cases() -> Vec<Formula> {
    let same = Formula::and([string(".type", equals(&["User"])), string(".name", contains("v"))]);
    let nested = Formula::and([string(".type", equals(&["User"])), string(".inner.[].n", equals(&["x"]))]);
    vec![
        element("list", Quantifier::Any, same.clone()),
        element("list", Quantifier::Any, same).not(),
        element("list", Quantifier::Any, nested),
        string("list.[].inner.[].n", equals(&["x"])),
        element("list.[].inner", Quantifier::All, string(".n", equals(&["x"]))),
        element("list.[].inner", Quantifier::Index(0), string(".n", equals(&["x"]))),
        string("list.[].inner.name=Role.newValue", equals(&["\"Global Administrator\""])),
        string("list.key=User-Agent.value|intValue", contains("x")),
        Formula::and([
            string("list.[].a", equals(&["v"])),
            Formula::or([string("list.[].b", equals(&["w"])), string("name", equals(&["n"]))]),
            string("object.other.[].c", equals(&["x"])).not(),
            string("agent", equals(&["first"])),
        ]),
        Formula::and([
            string("parameters.tags.[].key", equals(&["k"])),
            string("parameters.n", equals(&["v"])),
        ]),
        string("name.[]", equals(&["v"])),
        element(
            "list",
            Quantifier::Any,
            string(
                ".b",
                Condition::FieldRef {
                    relation: Relation::Equals,
                    other: field("name", Type::String),
                    cased: false,
                },
            ),
        ),
        element(
            "list",
            Quantifier::Any,
            string(
                ".b.[].c",
                Condition::FieldRef {
                    relation: Relation::Equals,
                    other: field(".d", Type::String),
                    cased: false,
                },
            ),
        ),
        element("list", Quantifier::Any, pred(field(".", Type::String), equals(&["v"]))),
        element("list", Quantifier::Any, string(".b", equals(&["one value", "another"]))),
        element("list", Quantifier::Any, string(".b.<json>.c", equals(&["one value", "another"]))),
    ]
}

#[test]
fn structure() {
    insta::assert_snapshot!(table(structure_cases()));
}

/// Every formula of this file.
pub fn all() -> Vec<Formula> {
    [quantifiers_cases(), structure_cases()].concat()
}
