//! What is printed is read back equal, for any tree.

use proptest::prelude::*;
use sigmata::backend::kql::ast::{
    Apply, Comment, Compare, Expr, Function, Name, Operator, Query, Sign, Watchlist,
};
use sigmata::backend::kql::script::{Pipe, Scalar, Script, Source, Step};
use sigmata::backend::kql::{print, print::print, read, read::read};

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        "[\"'\\\\\\[\\]()|/*@`\n\r\t ]{0,10}",
        Just("where".to_owned()),
        Just("not".to_owned()),
        Just("a\u{202e}b\u{2028}".to_owned()),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof!["[A-Za-z_][A-Za-z0-9_]{0,8}".prop_map(Name), hostile().prop_map(Name)]
}

fn number() -> impl Strategy<Value = Expr> {
    (any::<i32>(), 0_u32..1000, proptest::option::of(-300_i32..300)).prop_filter_map(
        "a decimal",
        |(a, b, exponent)| {
            Expr::real(&exponent.map_or(format!("{a}.{b}"), |exponent| format!("{a}.{b}E{exponent}")))
        },
    )
}

fn comparison() -> impl Strategy<Value = Compare> {
    proptest::sample::select(
        Compare::ALL.iter().copied().filter(|op| *op != Compare::Matches).collect::<Vec<_>>(),
    )
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        name().prop_map(Expr::Column),
        hostile().prop_map(Expr::Text),
        any::<i64>().prop_map(Expr::Integer),
        Just(Expr::Integer(i64::MIN)),
        number(),
        any::<bool>().prop_map(Expr::Boolean),
        (-621_355_968_000_000_000_i64..2_534_023_008_000_000_000).prop_map(Expr::DateTime),
        prop_oneof![0_u32..200_000, any::<u32>()].prop_map(Expr::Timespan),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (inner.clone(), name()).prop_map(|(of, name)| Expr::Member(Box::new(of), name)),
            (inner.clone(), any::<i64>()).prop_map(|(of, at)| Expr::Index(Box::new(of), at)),
            (proptest::sample::select(Function::ALL), prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(function, arguments)| Expr::Call(function, arguments)),
            (inner.clone(), comparison(), inner.clone()).prop_map(|(a, op, b)| a.compare(op, b)),
            (inner.clone(), proptest::sample::select(Sign::ALL), inner.clone())
                .prop_map(|(a, sign, b)| a.arithmetic(sign, b)),
            (inner.clone(), hostile())
                .prop_map(|(a, pattern)| a.compare(Compare::Matches, Expr::Pattern(pattern))),
            (boxed.clone(), any::<bool>(), prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(value, fold, list)| Expr::In { value, fold, list }),
            (comparison(), boxed).prop_map(|(op, text)| Expr::AnyColumn(op, text)),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Expr::and),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Expr::or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

fn apply() -> impl Strategy<Value = Apply> {
    let flags = || prop::collection::vec((name(), expr()), 0..3);
    let leaf = (name(), expr(), flags(), expr()).prop_map(|(item, array, flags, first)| {
        let first = flags.is_empty().then_some(first);
        Apply { item, array, nested: Vec::new(), flags, first, then: None }
    });
    leaf.prop_recursive(2, 4, 2, move |inner| {
        let kept = || proptest::option::of(expr());
        (name(), expr(), prop::collection::vec(inner, 1..2), flags(), kept(), kept()).prop_map(
            |(item, array, nested, flags, first, then)| Apply { item, array, nested, flags, first, then },
        )
    })
}

fn operator() -> impl Strategy<Value = Operator> {
    prop_oneof![
        expr().prop_map(Operator::Where),
        prop::collection::vec((name(), expr()), 1..3).prop_map(Operator::Extend),
        apply().prop_map(Operator::Apply),
        prop::collection::vec(name(), 1..4).prop_map(Operator::ProjectAway),
        prop::collection::vec((name(), proptest::option::of(expr())), 1..4).prop_map(Operator::Project),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let names = |from| prop::collection::vec(name(), from..3);
    let scalar = proptest::sample::select(Scalar::ALL.to_vec());
    let leaf = prop_oneof![
        operator().prop_map(Step::Operator),
        names(1).prop_map(Step::Distinct),
        names(1).prop_map(Step::Sort),
        (name(), expr(), scalar).prop_map(|(column, value, ty)| Step::Expand { column, value, ty }),
        (name(), expr(), expr(), name(), expr()).prop_map(|(item, array, condition, column, value)| {
            Step::Gather { item, array, condition, column, value }
        }),
        (prop::collection::vec((name(), expr()), 1..3), names(0))
            .prop_map(|(columns, by)| Step::Summarize { columns, by }),
    ];
    leaf.prop_recursive(2, 6, 2, move |inner| {
        (pipe(inner), prop::collection::vec(name(), 1..3)).prop_map(|(right, on)| Step::Join { right, on })
    })
}

fn pipe(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Pipe> {
    let table = |name: Name| Pipe { source: Source::Table(name), steps: Vec::new() };
    let source = prop_oneof![
        name().prop_map(Source::Table),
        prop::collection::vec(name().prop_map(table), 2..4).prop_map(Source::Union),
        prop::collection::vec(name().prop_map(table), 2..4).prop_map(Source::Siblings),
    ];
    (source, prop::collection::vec(step, 0..3)).prop_map(|(source, steps)| Pipe { source, steps })
}

fn lists() -> impl Strategy<Value = Vec<Watchlist>> {
    let list = (name(), hostile(), name()).prop_map(|(name, alias, key)| Watchlist { name, alias, key });
    prop::collection::vec(list, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree(titles in prop::collection::vec(hostile(), 0..3), lists in lists(), table in name(), operators in prop::collection::vec(operator(), 0..4)) {
        let query = Query { comments: titles.iter().filter_map(|title| Comment::new(title)).collect(), lists, table, operators };
        let text = print(&query);
        prop_assert_eq!(read(&text), Ok(query), "{}", text);
    }

    #[test]
    fn any_tree_of_several_parts(
        title in hostile(),
        lists in lists(),
        lets in prop::collection::vec((name(), pipe(step())), 0..3),
        body in pipe(step()),
    ) {
        let script = Script { comments: Comment::new(&title).into_iter().collect(), lists, lets, body };
        let text = print::script::print(&script);
        prop_assert_eq!(read::script::read(&text), Ok(script), "{}", text);
    }

    #[test]
    fn no_text_breaks_the_reader(text in hostile()) {
        let _ = read(&text);
        let _ = read(&format!("T | where {text}"));
        let _ = read::script::read(&format!("let A =\n    {text};\nA | join kind=inner ({text}) on a"));
    }
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    assert!(read(&format!("T | where {}a", "(".repeat(100_000))).is_err());
    assert!(read(&format!("T | where {}a", "not(".repeat(100_000))).is_err());
}

#[test]
fn a_long_chain_is_grouped_so_that_it_does_not_nest_deeply() {
    let parts = (0..5000).map(|n| Expr::column("A").compare(Compare::Contains, Expr::text(n.to_string())));
    let query = Query {
        comments: Vec::new(),
        lists: Vec::new(),
        table: Name::from("T"),
        operators: vec![Operator::Where(Expr::or(parts))],
    };
    let text = print(&query);
    let deepest = text.split(')').map(|part| part.matches(" or ").count()).max();
    assert!(deepest < Some(200), "{deepest:?}");
    assert_eq!(read(&text), Ok(query));
}
