//! The two forms of a formula mean the same: array steps in paths, and statements about elements.

use proptest::prelude::*;
use serde_json::{Map, Value};
use sigmata::eval::{Event, Matcher};
use sigmata::ir::{
    Condition, Element, FieldUse, Formula, Number, Order, Predicate, Quantifier, Relation, Subject, Text,
    TextPattern,
};
use sigmata::schema::{Base, Path, Step, Type};
use sigmata::source::Span;

fn step() -> impl Strategy<Value = Step> {
    let key = prop_oneof![Just("a"), Just("b"), Just("k")];
    prop_oneof![
        4 => key.clone().prop_map(|key| Step::Key(key.into())),
        3 => Just(Step::Each),
        1 => (key.clone(), prop_oneof![Just("x"), Just("1")])
            .prop_map(|(member, key)| Step::Select { member: member.into(), key: key.into() }),
        1 => Just(Step::First(vec!["a".into(), "b".into()])),
        1 => Just(Step::Json),
        1 => prop_oneof![Just("a.b"), Just("k")].prop_map(|name| Step::Dotted(name.into())),
    ]
}

fn path(base: Base) -> impl Strategy<Value = Path> {
    prop::collection::vec(step(), 0..4).prop_map(move |steps| Path { base, steps })
}

fn field(path: Path) -> FieldUse {
    FieldUse {
        text: path.to_string(),
        path,
        ty: Type::Any,
        never_empty: false,
        never_null: false,
        always: false,
        span: Span::default(),
    }
}

fn test(base: Base) -> impl Strategy<Value = Condition> {
    let text = prop_oneof![Just("x"), Just("X"), Just("1"), Just("")];
    let texts = (text, any::<bool>()).prop_map(|(text, cased)| {
        let shape = TextPattern::Equals(text.into());
        Condition::Text(vec![Text { shape, cased, member: false, span: Span::default() }])
    });
    let other = prop_oneof![path(Base::Event), path(base)];
    let fieldref = (other, any::<bool>()).prop_map(|(path, cased)| Condition::FieldRef {
        relation: Relation::Contains,
        other: field(path),
        cased,
    });
    prop_oneof![
        3 => texts,
        1 => Just(Condition::Order(Order::GreaterOrEqual, Number::Integer(1))),
        1 => Just(Condition::Boolean(true)),
        1 => Just(Condition::Present),
        2 => Just(Condition::Null),
        2 => Just(Condition::Exists),
        1 => fieldref,
    ]
}

/// `exists` speaks of the last member, so a path that it tests never ends at elements.
fn predicate(base: Base) -> impl Strategy<Value = Formula> {
    (path(base), test(base)).prop_map(|(mut path, test)| {
        while matches!(test, Condition::Exists) && path.steps.last() == Some(&Step::Each) {
            path.steps.pop();
        }
        let subject = Subject::Field(field(path));
        Formula::Pred(Box::new(Predicate { subject, test, span: Span::default() }))
    })
}

fn formula(base: Base, depth: u32) -> BoxedStrategy<Formula> {
    if depth == 0 {
        return predicate(base).boxed();
    }
    let inner = || formula(base, depth - 1);
    let quantifier = prop_oneof![
        Just(Quantifier::Any),
        Just(Quantifier::All),
        Just(Quantifier::AllOrEmpty),
        Just(Quantifier::None),
        (-2_i64..3).prop_map(Quantifier::Index),
    ];
    let element =
        (path(base), quantifier, formula(Base::Element, depth - 1)).prop_map(|(array, quantifier, body)| {
            Formula::Elem(Box::new(Element { array, quantifier, body, span: Span::default() }))
        });
    prop_oneof![
        2 => predicate(base),
        1 => inner().prop_map(Formula::not),
        1 => (inner(), inner()).prop_map(|(one, other)| Formula::and([one, other])),
        1 => (inner(), inner()).prop_map(|(one, other)| Formula::or([one, other])),
        3 => element,
    ]
    .boxed()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Bool(true)),
        Just(Value::from(1)),
        Just(Value::from("")),
        Just(Value::from("x")),
        Just(Value::from("1")),
        Just(Value::from(r#"{"a":["x",{"b":1}]}"#)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![Just("a"), Just("b"), Just("k"), Just("a.b")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key, inner), 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop::collection::vec((prop_oneof![Just("a"), Just("b"), Just("k"), Just("a.b")], value()), 0..4)
        .prop_map(|members| {
            let members: Map<String, Value> =
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            Event::new(Value::Object(members))
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_forms_select_the_same_events(formula in formula(Base::Event, 3), events in prop::collection::vec(event(), 1..6)) {
        let plain = Matcher::of(&formula).unwrap();
        let quantified = Matcher::of(&formula.clone().quantified()).unwrap();
        for event in &events {
            prop_assert_eq!(
                plain.matches(event), quantified.matches(event),
                "{} | {} | {}", formula, formula.clone().quantified(), event.value()
            );
        }
    }

    #[test]
    fn an_explanation_agrees_with_the_match(formula in formula(Base::Event, 3), event in event()) {
        let matcher = Matcher::of(&formula).unwrap();
        let verdict = matcher.explain(&event);
        prop_assert_eq!(verdict.holds, matcher.matches(&event));
        prop_assert_eq!(verdict.failing().is_empty(), verdict.holds);
    }
}
