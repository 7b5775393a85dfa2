//! Pipelines of SPL are read back equal, for any tree.

use proptest::prelude::*;
use sigmata::backend::spl::ast::{
    Command, Comment, Expr, Name, Number, Operator, Query, Search, Text, Value,
};
use sigmata::backend::spl::pipeline::{Aggregate, Order, Pipeline, Statistic, Step, Window};
use sigmata::backend::spl::{print, read};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z{}._ ]{1,8}",
        "\\PC{1,8}",
        Just("BY".to_owned()),
        Just("AS".to_owned()),
        Just("] | stats".to_owned()),
        Just("-sf_n0".to_owned()),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        (proptest::char::range('a', 'z'), 0_usize..3).prop_map(|(letter, at)| Name::helper(letter, at)),
        text().prop_filter_map("quotable", Name::new),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let number = any::<i64>().prop_map(|number| Expr::Number(Number::from(number)));
    let text = text().prop_filter_map("quotable", Text::new).prop_map(Expr::Text);
    (prop_oneof![name().prop_map(Expr::Field), number, text], name())
        .prop_map(|(left, right)| Expr::binary(left, Operator::LessOrEqual, Expr::Field(right)))
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        prop::collection::vec((name(), expr()), 1..3).prop_map(Command::Eval),
        expr().prop_map(Command::Where),
        prop::collection::vec(name(), 1..3).prop_map(Command::Table),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let names = |from: usize| prop::collection::vec(name(), from..3);
    let order = prop_oneof![Just(Order::Up), Just(Order::Down)];
    let window = prop_oneof![
        Just(Window::All),
        Just(Window::Before),
        any::<u32>().prop_map(Window::Rows),
        any::<u32>().prop_map(Window::Seconds),
    ];
    let statistic = prop_oneof![
        Just(Statistic::Count),
        Just(Statistic::Max),
        Just(Statistic::Min),
        Just(Statistic::Sum),
        Just(Statistic::Values),
        (0_u32..=100).prop_map(Statistic::Percentile),
    ];
    let aggregate = (statistic, proptest::option::of(name()), name())
        .prop_map(|(function, of, name)| Aggregate { function, of, name });
    let aggregates = prop::collection::vec(aggregate, 1..3).boxed();
    prop_oneof![
        command().prop_map(Step::Command),
        name().prop_map(Step::Expand),
        names(1).prop_map(Step::Dedup),
        prop::collection::vec((name(), order), 1..3).prop_map(Step::Sort),
        (aggregates.clone(), names(0)).prop_map(|(aggregates, by)| Step::Stats(aggregates, by)),
        (window, aggregates, names(0))
            .prop_map(|(window, aggregates, by)| Step::Stream(window, aggregates, by)),
        prop::collection::vec((name(), name()), 1..3).prop_map(Step::Rename),
    ]
}

/// A step, or the rows of another pipeline.
fn behind() -> impl Strategy<Value = Step> {
    let inner = (prop::collection::vec(search(), 1..3), prop::collection::vec(step(), 0..3));
    prop_oneof![
        4 => step(),
        1 => inner.prop_map(|(searches, steps)| Step::Append(Box::new(Pipeline::new(Vec::new(), searches, steps)))),
    ]
}

fn search() -> impl Strategy<Value = Query> {
    let value = text().prop_filter_map("quotable", |text| Value::new(false, Text::new(text)?, false));
    (name(), value, prop::collection::vec(command(), 0..3)).prop_map(|(name, value, commands)| Query {
        comments: Vec::new(),
        search: Search::Compare(name, value),
        commands,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pipeline(
        title in "\\PC{0,12}",
        searches in prop::collection::vec(search(), 1..4),
        steps in prop::collection::vec(behind(), 0..5),
    ) {
        let pipeline = Pipeline::new(Comment::new(&title).into_iter().collect(), searches, steps);
        let text = print::pipeline::print(&pipeline);
        prop_assert_eq!(read::pipeline::read(&text), Ok(pipeline), "{}", text);
    }
}
