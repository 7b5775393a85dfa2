//! Formulas and events at random.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sigmata::ir::{
    Block, Condition, Element, FieldUse, Formula, Number, Order, Predicate, Quantifier, Regex, Relation,
    Subject, Text, TextPattern,
};
use sigmata::rule::pattern::{Piece, pieces};
use sigmata::schema::{Base, Path, Step, Type};
use sigmata::source::Span;

fn path(base: Base, name: &str) -> Path {
    let steps = name
        .split('.')
        .filter(|key| !key.is_empty())
        .map(|key| match key.split_once('=') {
            Some((member, key)) => Step::Select { member: member.into(), key: key.into() },
            None if key == "[]" => Step::Each,
            None => Step::Key(key.into()),
        })
        .collect();
    Path { base, steps }
}

fn field(base: Base, name: &str, ty: Type) -> FieldUse {
    FieldUse {
        path: path(base, name),
        ty,
        never_empty: false,
        never_null: false,
        always: false,
        text: name.to_owned(),
        span: Span::default(),
    }
}

fn on(field: FieldUse, test: Condition) -> Formula {
    Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
}

const TEXTS: [&str; 12] =
    ["", "Admin", "admin", "ADMIN", "adm/in", "a\"b'c", r"a\b", "Müller", "mÜLLER", "5", "x\ny", "10.1.2.3"];

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

fn text() -> impl Strategy<Value = Text> {
    let values = prop_oneof![
        prop::sample::select(TEXTS.to_vec()),
        prop::sample::select(vec![
            "adm*", "*min", "*dmi*", "A*n", "a?min", "*ü*", "m?ller", r"a\\b", "*/*", "*\"*'*", "??"
        ]),
    ];
    (values, any::<bool>()).prop_map(|(value, cased)| Text {
        shape: shape(value),
        cased,
        member: false,
        span: Span::default(),
    })
}

fn texts() -> impl Strategy<Value = Condition> {
    prop::collection::vec(text(), 1..4).prop_map(Condition::Text)
}

fn regex() -> impl Strategy<Value = Condition> {
    let patterns =
        prop::sample::select(vec!["^Adm", "in$", "a.b", "^[^x]*$", r"\bAdmin\b", "a/b|min", r"^\d+$", "^.$"]);
    (patterns, any::<bool>()).prop_map(|(pattern, ignore_case)| {
        Condition::Regex(vec![Regex {
            pattern: pattern.to_owned(),
            ignore_case,
            multi_line: false,
            dot_all: false,
            span: Span::default(),
        }])
    })
}

fn relation() -> impl Strategy<Value = Relation> {
    prop::sample::select(vec![Relation::Equals, Relation::StartsWith, Relation::EndsWith, Relation::Contains])
}

/// A predicate on a text field.
fn string_test() -> impl Strategy<Value = Condition> {
    prop_oneof![6 => texts(), 2 => regex(), 1 => Just(Condition::Present), 1 => Just(Condition::Null), 1 => Just(Condition::Exists)]
}

fn leaf() -> impl Strategy<Value = Formula> {
    let strings = (prop::sample::select(vec!["s", "t", "o.s", "o.a-b"]), string_test())
        .prop_map(|(name, test)| on(field(Base::Event, name, Type::String), test));
    let numbers = prop_oneof![
        (0..4_i128).prop_map(|n| Condition::Number(vec![Number::Integer(n)])),
        (0..4_i128).prop_map(|n| Condition::Number(vec![Number::Integer(n), Number::Integer(7)])),
        Just(Condition::Number(vec![Number::Integer(9_007_199_254_740_993)])),
        (
            prop::sample::select(vec![
                Order::Less,
                Order::LessOrEqual,
                Order::Greater,
                Order::GreaterOrEqual
            ]),
            0..4_i128
        )
            .prop_map(|(order, n)| Condition::Order(order, Number::Integer(n))),
    ]
    .prop_map(|test| on(field(Base::Event, "n", Type::Integer), test));
    let booleans =
        any::<bool>().prop_map(|truth| on(field(Base::Event, "b", Type::Boolean), Condition::Boolean(truth)));
    let addresses =
        prop::sample::select(vec![("10.0.0.0", 8), ("10.1.2.3", 32), ("0.0.0.0", 0), ("2001:db8::", 32)])
            .prop_map(|(first, prefix)| {
                let block = Block { first: first.parse().expect("an address"), prefix };
                on(field(Base::Event, "s", Type::Ip), Condition::Cidr(vec![block]))
            });
    let references = (relation(), any::<bool>()).prop_map(|(relation, cased)| {
        let other = field(Base::Event, "t", Type::String);
        on(field(Base::Event, "s", Type::String), Condition::FieldRef { relation, other, cased })
    });
    let lists = string_test().prop_map(|test| on(field(Base::Event, "list.[]", Type::String), test));
    let unknown = texts().prop_map(|test| on(field(Base::Event, "any", Type::Any), test));
    prop_oneof![6 => strings, 2 => numbers, 2 => booleans, 1 => addresses, 1 => references, 2 => lists, 1 => unknown]
}

/// What can be said of an element of `items`.
fn body() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![
        4 => (prop::sample::select(vec!["k", "v"]), string_test())
            .prop_map(|(name, test)| on(field(Base::Element, name, Type::String), test)),
        1 => string_test().prop_map(|test| on(field(Base::Element, "deep.[].x", Type::String), test)),
    ];
    boolean(leaf.boxed(), 4)
}

fn boolean(leaf: BoxedStrategy<Formula>, size: u32) -> BoxedStrategy<Formula> {
    leaf.prop_recursive(3, size, 3, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(Formula::not),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(Formula::and),
            2 => prop::collection::vec(inner, 2..4).prop_map(Formula::or),
        ]
    })
    .boxed()
}

/// A formula over fields of every type.
pub fn formula() -> impl Strategy<Value = Formula> {
    let quantifiers = prop_oneof![
        6 => Just(Quantifier::Any),
        1 => Just(Quantifier::None),
        1 => Just(Quantifier::All),
        2 => (0..2_i64).prop_map(Quantifier::Index),
    ];
    let element = (quantifiers, body()).prop_map(|(quantifier, body)| {
        let array = path(Base::Event, "items");
        Formula::Elem(Box::new(Element { array, quantifier, body, span: Span::default() }))
    });
    let plain = (prop::sample::select(vec!["items.[].k", "items.k=Admin.v", "items.[].deep.[].x"]), texts())
        .prop_map(|(name, test)| on(field(Base::Event, name, Type::String), test));
    boolean(prop_oneof![6 => leaf(), 1 => element, 1 => plain].boxed(), 6)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop::sample::select(TEXTS.to_vec()).prop_map(|text| json!(text))
}

fn object(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    members
        .into_iter()
        .map(|(name, value)| prop::option::weighted(0.7, value).prop_map(move |value| (name, value)))
        .collect::<Vec<_>>()
        .prop_map(|members| {
            let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Value::Object(present.collect::<Map<_, _>>())
        })
        .boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 0..3).prop_map(Value::Array).boxed()
}

/// An event that fits the types of the fields, but for a JSON null here and there, of which the notes speak.
pub fn event() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![12 => scalar(), 1 => Just(Value::Null)].boxed();
    let number =
        prop::sample::select(vec![json!(0), json!(1), json!(2), json!(7), json!(9_007_199_254_740_993_i64)]);
    let anything = prop_oneof![scalar(), Just(json!(5)), Just(json!(true)), Just(json!({"x": 1}))];
    let deep = list(object(vec![("x", text())]));
    let item = object(vec![("k", text()), ("v", text()), ("deep", deep)]);
    object(vec![
        ("s", text()),
        ("t", text()),
        ("o", object(vec![("s", text()), ("a-b", text())])),
        ("n", number.boxed()),
        ("b", any::<bool>().prop_map(|truth| json!(truth)).boxed()),
        ("any", anything.boxed()),
        ("list", list(text())),
        ("items", list(item)),
    ])
}
