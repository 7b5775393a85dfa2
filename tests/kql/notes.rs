//! Heads, projections, tables and rows; what is noted and what is refused.

use sigmata::backend::kql::Kql;
use sigmata::backend::{Backend as _, Fidelity, Options};
use sigmata::check::TypedRule;
use sigmata::ir::{Condition, Formula, Predicate, Quantifier, Subject};
use sigmata::rule::{Detection, DetectionRule, LogSource, Meta};
use sigmata::schema::{Column, ColumnType, Delivery, Discriminator, Path, Type};
use sigmata::source::Span;

use super::build::{compile_in, contains, delivery, element, equals, field, path, pred, regex, show, string};

fn whole(delivery: Option<Delivery>, formula: Formula, fields: &[&str], title: &str) -> String {
    let fields = fields.iter().map(|name| field(name, Type::String)).collect();
    let compiled = compile_in(delivery, formula, fields, title);
    compiled.query.unwrap_or_else(|| "refused".into())
}

#[test]
fn a_title_cannot_leave_its_comment() {
    let query =
        whole(Some(delivery()), string("name", equals(&["a"])), &[], "x\n| take 1 //\u{2028}y\u{202e}\r\0z");
    assert_eq!(
        query,
        "// x | take 1 // y z\n// Log; otherwise set logs.\"test/log\".kql\nLog\n| where Name =~ \"a\""
    );
}

#[test]
fn fields_become_the_projection() {
    let formula = || string("parameters.a", equals(&["v"]));
    insta::assert_snapshot!(whole(
        Some(delivery()),
        formula(),
        &[
            "name",
            "parameters.a",
            "time",
            "name",
            "list.[].b",
            "object.user id",
            "object.user.id",
            "lost",
            "parameters.a"
        ],
        "",
    ));
}

#[test]
fn a_field_that_cannot_be_shown_is_told() {
    let compiled =
        compile_in(Some(delivery()), string("name", equals(&["a"])), vec![field("lost", Type::String)], "");
    assert_eq!(compiled.fidelity, Fidelity::Exact);
    assert_eq!(compiled.diagnostics.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["S1002"]);
}

#[test]
fn names_of_an_unchecked_rule_are_taken_as_written() {
    let dotted = |name: &str, test| {
        let mut field = field(name, Type::Any);
        field.path = Path::dotted(name);
        pred(field, test)
    };
    let formula = Formula::and([
        dotted("EventID", equals(&["4624"])),
        dotted("where", equals(&["a"])),
        dotted("Data.user-name", contains("b")),
        dotted("_m0[any]", Condition::Null).not(),
    ]);
    insta::assert_snapshot!(whole(None, formula, &["EventID"], "Unchecked"));
}

#[test]
fn without_a_table_the_remedy_is_named() {
    let rule = DetectionRule {
        meta: Meta::default(),
        logsource: LogSource::default(),
        detection: Detection::default(),
        first_seen: None,
    };
    let typed = TypedRule { schema: None, formula: Some(string("name", equals(&["a"]))), fields: Vec::new() };
    let compiled = Kql::SENTINEL.compile(&rule, &typed, &Options::default());
    let [finding] = &compiled.diagnostics[..] else { panic!("one finding") };
    assert_eq!((finding.code.id, compiled.fidelity), ("S1001", Fidelity::Unplaced));
    assert!(finding.help.as_deref().is_some_and(|help| help.contains("--kql-table")));
}

#[test]
fn every_refusal_is_collected() {
    let formula = Formula::and([string("lost", equals(&["a"])), string("name", regex("(?=a)"))]);
    let compiled = compile_in(Some(delivery()), formula, Vec::new(), "");
    let codes: Vec<_> = compiled.diagnostics.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["S0802", "S0807"]);
}

#[test]
fn predicates_of_the_delivery_stand_first() {
    let fixed = vec![
        (Path::keys(["Name"]), vec!["a".into(), "b".into()]),
        (Path::keys(["Count"]), vec!["12260".into()]),
        (Path::keys(["Object", "Workload"]), vec!["Entra".into()]),
    ];
    let delivery = Delivery { discriminator: fixed, ..delivery() };
    insta::assert_snapshot!(whole(Some(delivery), string("agent", equals(&["x"])), &[], ""));
}

/// What parts the log from others in its table is written as the column holds it.
#[test]
fn predicates_of_the_delivery_have_the_type_of_the_column() {
    for (column, value, expected) in [
        (&["Name"][..], Discriminator::Integer(5), "Name == \"5\""),
        (&["Name"], Discriminator::Boolean(true), "Name == \"true\""),
        (&["Count"], "5".into(), "Count == 5"),
        (&["Count"], Discriminator::Integer(5), "Count == 5"),
        (&["Flag"], "True".into(), "Flag == true"),
        (&["Flag"], "false".into(), "Flag == false"),
        (&["Flag"], Discriminator::Boolean(true), "Flag == true"),
        (&["Guid"], "a".into(), "tostring(Guid) == \"a\""),
        (&["Object", "Id"], "5".into(), "tostring(Object.Id) == \"5\""),
        (&["Object", "Id"], Discriminator::Integer(5), "tolong(Object.Id) == 5"),
        (&["Object", "Live"], Discriminator::Boolean(true), "tostring(Object.Live) =~ \"true\""),
    ] {
        let path = Path::keys(column.iter().copied());
        let delivery = Delivery { discriminator: vec![(path, vec![value])], ..delivery() };
        let query = whole(Some(delivery), string("agent", equals(&["x"])), &[], "");
        let bare =
            |line: &str| line.trim_start_matches(['|', ' ']).split_once(' ').map(|(_, test)| test.to_owned());
        let tests: Vec<String> = query.lines().filter_map(bare).collect();
        assert!(tests.iter().any(|test| test == expected), "{query}");
    }
}

#[test]
fn keywords_search_what_holds_the_record() {
    let keyword =
        |test| Formula::Pred(Box::new(Predicate { subject: Subject::Event, test, span: Span::default() }));
    let small = |mut delivery: Delivery| {
        delivery
            .columns
            .retain(|column| matches!(column.name.as_deref(), Some("Name" | "Object" | "Parameters")));
        delivery
    };
    let show = |delivery, test| show(&compile_in(delivery, keyword(test), Vec::new(), ""));
    insta::assert_snapshot!(
        [
            show(Some(small(delivery())), contains("AdministratorAccess")),
            show(Some(small(delivery())), contains(r#"a"b"#)),
            show(Some(small(delivery())), contains("müller")),
            show(None, contains("x")),
            show(None, regex("fo+")),
        ]
        .join("\n\n")
    );
}

#[test]
fn rows_of_elements_are_told() {
    let column = |from: &str, name: &str, ty| Column {
        path: path(from),
        name: Some(name.into()),
        ty,
        ..delivery().columns[0].clone()
    };
    let delivery = Delivery {
        columns: vec![
            column("actor", "Actor", ColumnType::String),
            column("events.[].name", "EventName", ColumnType::String),
            column("events.[].parameters.name=NEW_VALUE", "NewValue", ColumnType::String),
        ],
        ..delivery()
    };
    let show = |formula| show(&compile_in(Some(delivery.clone()), formula, Vec::new(), ""));
    let name = || string("events.[].name", equals(&["CREATE_USER"]));
    insta::assert_snapshot!(
        [
            show(name()),
            show(name().not()),
            show(Formula::and([name(), string("events.[].parameters.name=NEW_VALUE", equals(&["x"]))])),
            show(element(
                "events",
                Quantifier::Any,
                Formula::and([
                    string(".name", equals(&["A"])),
                    string(".parameters.name=NEW_VALUE", contains("x"))
                ])
            )),
            show(element("events", Quantifier::All, string(".name", equals(&["A"])))),
            show(element("events", Quantifier::Index(0), string(".name", equals(&["A"])))),
        ]
        .join("\n\n")
    );
}

#[test]
fn a_long_query_is_told() {
    let values: Vec<String> = (0..2000).map(|n| format!("value {n}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let compiled = compile_in(Some(delivery()), string("name", equals(&values)), Vec::new(), "");
    assert_eq!(compiled.fidelity, Fidelity::Exact);
    assert_eq!(compiled.diagnostics.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["S0809"]);
}
