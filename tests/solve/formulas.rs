//! Random typed formulas over one small record, and every event of a small domain for the fields that one speaks of.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sigmata::eval::Event;
use sigmata::ir::{
    Block, Condition, Element, FieldUse, Formula, Number, Order, PartTest, Predicate, Quantifier, Regex,
    Relation, Subject, Text, TextPattern, TimePart, Timestamp,
};
use sigmata::rule::pattern::Piece;
use sigmata::schema::{Base, Completeness, KnownValues, ObjectType, Path, Step, Type};
use sigmata::source::Span;

/// A list of known values of four words.
#[derive(Debug)]
struct Words {
    closed: bool,
    any_case: bool,
}

const WORDS: [&str; 4] = ["Read", "ReadAll", "Write", "Admin"];

impl KnownValues for Words {
    fn completeness(&self) -> Completeness {
        if self.closed { Completeness::Complete } else { Completeness::Incomplete }
    }

    fn missing(&self) -> &'static str {
        ""
    }

    fn any_case(&self) -> bool {
        self.any_case
    }

    fn noun(&self) -> &'static str {
        "word"
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(text))
    }

    fn unique(&self, _: &str) -> bool {
        true
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        for word in WORDS {
            if !visit(word) {
                return;
            }
        }
    }
}

/// The fields of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Text,
    Other,
    Closed,
    /// Of a closed list of known values in any letter case.
    Spelt,
    Open,
    Count,
    On,
    Address,
    At,
    Tags,
    /// A member of an element of `list`.
    Key,
    /// Another one.
    Size,
    /// A name of which no schema knows the type.
    Loose,
    /// An object.
    Over,
    /// A member of it.
    Under,
    /// A text that is left out rather than null.
    Set,
    /// The array itself: present or not, or nothing but null in it.
    List,
    /// An element of it.
    Itself,
}

impl Name {
    fn spelling(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Other => "other",
            Self::Closed => "closed",
            Self::Spelt => "spelt",
            Self::Open => "open",
            Self::Count => "count",
            Self::On => "on",
            Self::Address => "address",
            Self::At => "at",
            Self::Tags => "tags",
            Self::Key => "key",
            Self::Size => "size",
            Self::Loose => "loose.name",
            Self::Over => "over",
            Self::Under => "over.name",
            Self::Set => "set",
            Self::List => "list",
            Self::Itself => ".",
        }
    }

    fn ty(self) -> Type {
        match self {
            Self::Text | Self::Other | Self::Tags | Self::Key | Self::Under | Self::Set => Type::String,
            Self::Over | Self::List | Self::Itself => {
                Type::Object(Arc::new(ObjectType { fields: Vec::new(), open: true, documented: false }))
            }
            Self::Closed => Type::Enum(Arc::new(Words { closed: true, any_case: false })),
            Self::Spelt => Type::Enum(Arc::new(Words { closed: true, any_case: true })),
            Self::Open => Type::Enum(Arc::new(Words { closed: false, any_case: false })),
            Self::Count | Self::Size => Type::Integer,
            Self::On => Type::Boolean,
            Self::Address => Type::Ip,
            Self::At => Type::Timestamp,
            Self::Loose => Type::Any,
        }
    }

    fn field(self, base: Base) -> FieldUse {
        let steps = match self {
            Self::Tags => vec![Step::Key("tags".into()), Step::Each],
            Self::Loose => vec![Step::Dotted("loose.name".into())],
            Self::Under => vec![Step::Key("over".into()), Step::Key("name".into())],
            Self::List => vec![Step::Key("list".into()), Step::Each],
            Self::Itself => Vec::new(),
            name => vec![Step::Key(name.spelling().into())],
        };
        FieldUse {
            path: Path { base, steps },
            ty: self.ty(),
            never_empty: false,
            never_null: self == Self::Set,
            always: false,
            text: self.spelling().into(),
            span: Span::default(),
        }
    }

    /// The values that are there in the events of the domain; `None` for a member that is missing.
    fn domain(self) -> Vec<Option<Value>> {
        let mut values = vec![None];
        values.extend((self != Self::Set).then_some(Some(Value::Null)));
        let more: Vec<Value> = match self {
            Self::Text | Self::Loose => {
                ["", "a", "A", "b", "ab", "aB", "ba", "abc", "aab", "cab", "c", "7", "é", "É", "zq"]
                    .map(Value::from)
                    .to_vec()
            }
            Self::Other | Self::Key | Self::Under | Self::Set => {
                ["", "a", "A", "ab", "b", "c", "zq"].map(Value::from).to_vec()
            }
            Self::Closed => WORDS.map(Value::from).to_vec(),
            Self::Spelt => {
                WORDS.into_iter().chain(["read", "READALL", "write", "aDMIN"]).map(Value::from).collect()
            }
            Self::Open => WORDS.into_iter().chain(["read", "Delete", "x"]).map(Value::from).collect(),
            Self::Count | Self::Size => (-1..9).map(Value::from).collect(),
            Self::On => vec![json!(true), json!(false)],
            Self::Address => {
                ["10.0.0.1", "10.1.2.3", "192.0.2.7", "198.51.100.9", "2001:db8::1", "AWS Internal"]
                    .map(Value::from)
                    .to_vec()
            }
            Self::At => {
                // Each day of three years, one of them a leap year, and what is near to the bounds.
                let days = (20_454..20_454 + 1_096).flat_map(|day| {
                    [0, 17_999, 37_800, 86_399].map(|second| i128::from(day * 86_400 + second))
                });
                let near = BOUNDS.into_iter().flat_map(|bound| [bound - 1, bound, bound + 1]);
                let print = |seconds| {
                    sigmata::time::print(Timestamp { nanos: seconds * 1_000_000_000 }).map(Value::from)
                };
                days.chain(near).filter_map(print).collect()
            }
            Self::Over => vec![json!({})],
            Self::List | Self::Itself => Vec::new(),
            Self::Tags => vec![
                json!([]),
                json!(["a"]),
                json!(["b"]),
                json!(["a", "b"]),
                json!(["ab", "c"]),
                json!(["abc"]),
                json!([null, "A"]),
                json!(["zq", ""]),
            ],
        };
        values.extend(more.into_iter().map(Some));
        values
    }
}

/// Bounds of times, in seconds since 1970.
const BOUNDS: [i128; 6] =
    [1_769_904_000, 1_769_904_001, 1_785_578_400, 1_786_788_000, 1_798_761_600, 1_798_779_600];

const FIELDS: [Name; 11] = [
    Name::Text,
    Name::Other,
    Name::Closed,
    Name::Spelt,
    Name::Open,
    Name::Count,
    Name::On,
    Name::Address,
    Name::At,
    Name::Tags,
    Name::Set,
];

fn pieces() -> impl Strategy<Value = TextPattern> {
    prop_oneof![
        Just(vec![Piece::Text("a".into()), Piece::Any, Piece::Text("b".into())]),
        Just(vec![Piece::One, Piece::Text("b".into())]),
        Just(vec![Piece::Text("a".into()), Piece::One]),
        Just(vec![Piece::Any, Piece::Text("a".into()), Piece::Any, Piece::Text("b".into()), Piece::Any]),
    ]
    .prop_map(TextPattern::Glob)
}

fn texts(words: &'static [&'static str]) -> impl Strategy<Value = Condition> {
    let shape = (prop::sample::select(words), 0..8).prop_map(|(word, kind)| {
        let word = word.to_owned();
        match (kind, word.is_empty()) {
            (0..=3, _) | (_, true) => TextPattern::Equals(word),
            (4, _) => TextPattern::StartsWith(word),
            (5, _) => TextPattern::EndsWith(word),
            _ => TextPattern::Contains(word),
        }
    });
    let shape = prop_oneof![8 => shape, 1 => pieces()];
    let text = (shape, prop::bool::weighted(0.3)).prop_map(|(shape, cased)| Text {
        shape,
        cased,
        member: false,
        span: Span::default(),
    });
    prop::collection::vec(text, 1..4).prop_map(Condition::Text)
}

fn regexes() -> impl Strategy<Value = Condition> {
    let pattern =
        prop::sample::select(vec!["^a", "b$", "^[^a]", "[^A]$", "a.*b", "^(a|b)+$", "^.{2}$", "[0-9]"]);
    (pattern, any::<bool>()).prop_map(|(pattern, ignore_case)| {
        Condition::Regex(vec![Regex {
            pattern: pattern.into(),
            ignore_case,
            multi_line: false,
            dot_all: false,
            span: Span::default(),
        }])
    })
}

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Less, Order::LessOrEqual, Order::Greater, Order::GreaterOrEqual])
}

fn numbers() -> impl Strategy<Value = Condition> {
    let number = prop_oneof![
        4 => (0_i128..5).prop_map(Number::Integer),
        1 => Just(Number::Decimal("2.5".into())),
    ];
    prop_oneof![
        prop::collection::vec(number.clone(), 1..3).prop_map(Condition::Number),
        (order(), number).prop_map(|(order, number)| Condition::Order(order, number)),
    ]
}

fn times() -> impl Strategy<Value = Condition> {
    let instant = prop::sample::select(BOUNDS.to_vec())
        .prop_map(|seconds| Timestamp { nanos: seconds * 1_000_000_000 });
    let part = prop::sample::select(vec![
        (TimePart::Hour, vec![10].into()),
        (TimePart::Hour, vec![0, 5].into()),
        (TimePart::Hour, PartTest::Order(Order::GreaterOrEqual, 10)),
        (TimePart::Hour, PartTest::Order(Order::Less, 1)),
        (TimePart::Month, vec![2].into()),
        (TimePart::Month, vec![1, 8].into()),
        (TimePart::Month, PartTest::Order(Order::LessOrEqual, 2)),
        (TimePart::Year, vec![2027].into()),
        (TimePart::Year, PartTest::Order(Order::Greater, 2026)),
        (TimePart::Year, vec![2026].into()),
        (TimePart::Month, vec![4].into()),
        (TimePart::Day, vec![1].into()),
        (TimePart::Day, vec![29].into()),
        (TimePart::Day, vec![30, 31].into()),
        (TimePart::Day, PartTest::Order(Order::Less, 29)),
        (TimePart::Week, vec![5].into()),
        (TimePart::Week, vec![1, 53].into()),
        (TimePart::Week, PartTest::Order(Order::Greater, 9)),
        (TimePart::Hour, vec![23].into()),
        (TimePart::Minute, vec![30].into()),
    ]);
    prop_oneof![
        (order(), instant).prop_map(|(order, time)| Condition::Time(order, time)),
        part.prop_map(|(part, test)| Condition::TimePart(part, test)),
    ]
}

fn blocks() -> impl Strategy<Value = Condition> {
    let block = prop::sample::select(vec![
        ("10.0.0.0", 8),
        ("10.0.0.0", 16),
        ("192.0.2.0", 24),
        ("2001:db8::", 32),
        ("0.0.0.0", 0),
    ])
    .prop_map(|(first, prefix)| Block { first: first.parse().expect("an address"), prefix });
    prop::collection::vec(block, 1..3).prop_map(Condition::Cidr)
}

/// A test that the checker would allow on the field.
fn test(name: Name) -> BoxedStrategy<Condition> {
    let own: BoxedStrategy<Condition> = match name {
        Name::Over | Name::List | Name::Itself => {
            return prop_oneof![Just(Condition::Null), Just(Condition::Exists)].boxed();
        }
        Name::Text | Name::Other | Name::Tags | Name::Key | Name::Loose | Name::Under | Name::Set => {
            prop_oneof![
                6 => texts(&["a", "A", "b", "ab", "abc", "c", "é", ""]),
                1 => regexes(),
            ]
            .boxed()
        }
        Name::Closed | Name::Spelt | Name::Open => {
            texts(&["Read", "read", "ReadAll", "Write", "d", "Adm", "zz"]).boxed()
        }
        Name::Count | Name::Size => numbers().boxed(),
        Name::On => any::<bool>().prop_map(Condition::Boolean).boxed(),
        Name::Address => prop_oneof![4 => blocks(), 1 => texts(&["10.0.0.1", "10.", "AWS Internal"])].boxed(),
        Name::At => times().boxed(),
    };
    prop_oneof![10 => own, 1 => Just(Condition::Present), 1 => Just(Condition::Null), 1 => Just(Condition::Exists)].boxed()
}

fn predicate(names: &'static [Name], base: Base) -> BoxedStrategy<Formula> {
    let plain = prop::sample::select(names).prop_flat_map(move |name| {
        test(name).prop_map(move |test| {
            let mut field = name.field(base);
            if matches!(test, Condition::Exists) {
                field.path.steps.retain(|step| *step != Step::Each);
            }
            Formula::Pred(Box::new(Predicate { subject: Subject::Field(field), test, span: Span::default() }))
        })
    });
    if base == Base::Element {
        return plain.boxed();
    }
    let relation = prop::sample::select(vec![
        Relation::Equals,
        Relation::StartsWith,
        Relation::EndsWith,
        Relation::Contains,
    ]);
    let reference = (relation, any::<bool>()).prop_map(|(relation, cased)| {
        let test = Condition::FieldRef { relation, other: Name::Other.field(Base::Event), cased };
        let subject = Subject::Field(Name::Text.field(Base::Event));
        Formula::Pred(Box::new(Predicate { subject, test, span: Span::default() }))
    });
    prop_oneof![20 => plain, 1 => reference].boxed()
}

fn tree(names: &'static [Name], base: Base, depth: u32) -> BoxedStrategy<Formula> {
    if depth == 0 {
        return predicate(names, base);
    }
    let part = || tree(names, base, depth - 1);
    let parts = || prop::collection::vec(part(), 2..4);
    prop_oneof![
        3 => predicate(names, base),
        2 => part().prop_map(Formula::not),
        4 => parts().prop_map(Formula::and),
        3 => parts().prop_map(Formula::or),
    ]
    .boxed()
}

/// A statement about the elements of `list`.
fn statement() -> impl Strategy<Value = Formula> {
    let quantifier = prop_oneof![
        4 => Just(Quantifier::Any),
        2 => Just(Quantifier::All),
        2 => Just(Quantifier::AllOrEmpty),
        2 => Just(Quantifier::None),
        1 => (-1_i64..2).prop_map(Quantifier::Index),
    ];
    let names = prop::sample::select(vec![&[Name::Key, Name::Size][..], &[Name::Key, Name::Itself]]);
    let body = names.prop_flat_map(|names| tree(names, Base::Element, 1));
    (quantifier, body).prop_map(|(quantifier, body)| {
        let array = Path::keys(["list"]);
        Formula::Elem(Box::new(Element { array, quantifier, body, span: Span::default() }))
    })
}

/// Formulas about few fields, so that conflicts are frequent and the domain is small.
pub fn formula() -> impl Strategy<Value = Formula> {
    let few: Vec<&'static [Name]> = vec![
        &[Name::Text],
        &[Name::Text, Name::Other],
        &[Name::Closed, Name::Text],
        &[Name::Open, Name::Count],
        &[Name::Spelt],
        &[Name::Count],
        &[Name::On, Name::Closed],
        &[Name::Address],
        &[Name::At],
        &[Name::Tags],
        &[Name::Tags, Name::Other],
        &[Name::Loose],
        &[Name::Over, Name::Under],
        &[Name::Over, Name::Under, Name::Other],
        &[Name::Set],
        &FIELDS,
    ];
    let plain = prop::sample::select(few).prop_flat_map(|names| tree(names, Base::Event, 2));
    let listed = (
        tree(&[Name::Other, Name::List], Base::Event, 0),
        prop::collection::vec(statement(), 1..4),
        any::<u8>(),
    )
        .prop_map(|(plain, mut parts, bits)| {
            for (at, part) in parts.iter_mut().enumerate() {
                if bits >> at & 1 == 1 {
                    *part = part.clone().not();
                }
            }
            if bits & 64 > 0 {
                parts.push(plain);
            }
            if bits & 128 > 0 { Formula::or(parts) } else { Formula::and(parts) }
        });
    prop_oneof![4 => plain, 1 => listed].prop_map(numbered)
}

/// The same formula with a place of its own for every predicate, statement and value.
pub fn numbered(formula: Formula) -> Formula {
    fn next(at: &mut u32) -> Span {
        *at += 10;
        Span::new(*at, *at + 1)
    }
    fn walk(formula: &mut Formula, at: &mut u32) {
        match formula {
            Formula::True | Formula::False => {}
            Formula::Not(inner) => walk(inner, at),
            Formula::And(parts) | Formula::Or(parts) => parts.iter_mut().for_each(|part| walk(part, at)),
            Formula::Pred(predicate) => {
                predicate.span = next(at);
                match &mut predicate.test {
                    Condition::Text(texts) => texts.iter_mut().for_each(|text| text.span = next(at)),
                    Condition::Regex(list) => list.iter_mut().for_each(|regex| regex.span = next(at)),
                    _ => {}
                }
            }
            Formula::Elem(element) => {
                element.span = next(at);
                walk(&mut element.body, at);
            }
        }
    }
    let mut formula = formula;
    walk(&mut formula, &mut 0);
    formula
}

/// Every event whose fields, of those that the formulas speak of, have values of the domain; at most `most`, evenly
/// chosen.
pub fn events(formulas: &[&Formula], most: usize) -> Vec<Event> {
    let mut spoken = BTreeSet::new();
    let mut note = |formula: &Formula| {
        spoken.extend(formula.predicates().flat_map(Predicate::fields).map(|field| field.text.clone()));
    };
    for formula in formulas {
        note(formula);
    }
    let mut columns: Vec<(&str, Vec<Option<Value>>)> = Vec::new();
    for name in FIELDS.into_iter().filter(|name| spoken.contains(name.spelling())) {
        columns.push((name.spelling(), name.domain()));
    }
    if spoken.contains("loose.name") {
        let nested = Name::Loose.domain().into_iter().map(|value| value.map(|value| json!({"name": value})));
        let several = json!([{"name": "a"}, {"name": "b"}]);
        columns.push(("loose", nested.chain([Some(several)]).collect()));
    }
    if spoken.contains("over") || spoken.contains("over.name") {
        let members = Name::Under.domain().into_iter().flatten().map(|value| Some(json!({"name": value})));
        columns.push(("over", Name::Over.domain().into_iter().chain(members).collect()));
    }
    if ["key", "size", "list", "."].iter().any(|name| spoken.contains(*name)) {
        columns.push(("list", lists()));
    }
    let all: usize = columns.iter().map(|(_, values)| values.len()).fold(1, usize::saturating_mul);
    (0..all.min(most))
        .map(|index| {
            // A stride without a common factor visits different events.
            let mut at = if all > most { index.wrapping_mul(1_000_003) % all } else { index };
            let mut event = Map::new();
            for (name, values) in &columns {
                if let Some(Some(value)) = values.get(at % values.len()) {
                    event.insert((*name).to_owned(), value.clone());
                }
                at /= values.len();
            }
            Event::new(Value::Object(event))
        })
        .collect()
}

/// Whether an event has what the types of the record do not allow.
pub fn is_misfit(event: &Event) -> bool {
    let event = event.value();
    let is_nested = |value: Option<&Value>| value.is_some_and(|value| value.is_object() || value.is_array());
    let is_scalar = |name: &Name| !matches!(name, Name::Tags);
    let elements = |name: &str| match event.get(name) {
        Some(Value::Array(elements)) => elements.clone(),
        single => single.into_iter().cloned().collect(),
    };
    FIELDS.iter().filter(|name| is_scalar(name)).any(|name| is_nested(event.get(name.spelling())))
        || elements("tags").iter().any(|element| is_nested(Some(element)))
        || event.get("set").is_some_and(Value::is_null)
        || event.get("over").is_some_and(|over| !over.is_null() && !over.is_object())
        || is_nested(event.get("over").and_then(|over| over.get("name")))
        || elements("list").iter().any(|element| {
            !(element.is_null() || element.is_object())
                || ["key", "size"].iter().any(|name| is_nested(element.get(*name)))
        })
}

/// Lists of up to two elements.
fn lists() -> Vec<Option<Value>> {
    let element = |key: Option<Value>, size: Option<Value>| {
        let mut members = Map::new();
        members.extend(key.map(|key| ("key".to_owned(), key)));
        members.extend(size.map(|size| ("size".to_owned(), size)));
        Value::Object(members)
    };
    let sizes = [None, Some(Value::Null), Some(json!(0)), Some(json!(2)), Some(json!(3)), Some(json!(4))];
    let mut elements = Vec::new();
    for key in Name::Key.domain() {
        for size in &sizes {
            elements.push(element(key.clone(), size.clone()));
        }
    }
    let mut lists = vec![None, Some(Value::Null), Some(json!([]))];
    lists.extend([Some(json!([null])), Some(json!([null, {"key": "a"}]))]);
    lists.extend(elements.iter().map(|one| Some(json!([one]))));
    for (at, one) in elements.iter().enumerate() {
        for other in elements.iter().skip(at % 5).step_by(5) {
            lists.push(Some(json!([one, other])));
        }
    }
    lists
}
