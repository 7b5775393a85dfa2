//! Values and names that try to leave their literal.

use super::*;

#[test]
fn quotes_backslashes_and_slashes_cannot_leave_their_literal() {
    check(is("userAgent", "1\"2"), r#"userAgent = '1"2'"#);
    check(is("userAgent", "1'2"), r#"userAgent = "1'2""#);
    check(is("userAgent", "1'2\"3"), r"userAgent like /^1\x272\x223\z/");
    check(is("userAgent", r"1\2"), r"userAgent like /^1\\2\z/");
    check(is("userAgent", "1\n| limit 0"), r"userAgent like /(?i)^1\x0a\x7c limit 0\z/");
    check(is("userAgent", r"*\x\\*"), r"userAgent like /(?i)\\x\x5c/");
    check(is("userAgent", "*/x*"), r"userAgent like /(?i)\x2fx/");
    check(on(field("userAgent"), regex("a/b|\\/")), r"userAgent like /a\x2fb|\x2f/");
}

#[test]
fn a_title_stays_in_its_comment() {
    let mut rule = rule("x\n| limit 0\r\u{2028}y");
    rule.meta.title = rule.meta.title.map(|title| title.map(|text| text + "z"));
    let typed = TypedRule { schema: None, formula: Some(Formula::True), fields: Vec::new() };
    let query = Cwli.compile(&rule, &typed, &Options::default()).query.unwrap_or_default();
    insta::assert_snapshot!(query, @r#"
    # x | limit 0 yz
    # log group: the one that receives this log
    fields @timestamp, @message
    | limit 10000
    "#);
}

/// Texts made of what is special somewhere.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("`".to_owned()),
        Just("\\".to_owned()),
        Just("/".to_owned()),
        Just("\n".to_owned()),
        Just("|".to_owned()),
        Just("#".to_owned()),
        Just(" and ".to_owned()),
        Just(")".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("ü".to_owned()),
        "[a-zA-Z0-9 .*?$^(\\[\\]{}+-]{0,4}",
        any_char(),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn any_char() -> impl Strategy<Value = String> {
    prop::char::any().prop_map(|char| char.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn hostile_values_and_names_are_read_back(
        value in hostile(),
        name in hostile(),
        title in hostile(),
        cased in any::<bool>(),
        form in 0..5_u8,
    ) {
        let shape = match (form, value.is_empty()) {
            (0, _) | (_, true) => TextPattern::Equals(value),
            (1, _) => TextPattern::StartsWith(value),
            (2, _) => TextPattern::EndsWith(value),
            (3, _) => TextPattern::Contains(value),
            _ => TextPattern::Glob(vec![Piece::Text(value), Piece::Any, Piece::Text("x".into())]),
        };
        let path = Path::keys([name.as_str(), "below"]);
        let test = Condition::Text(vec![text(shape, cased, false)]);
        let formula = on(field_use(path, Type::String, "x"), test);
        let typed = TypedRule { schema: None, formula: Some(formula.not()), fields: Vec::new() };
        let compiled = Cwli.compile(&rule(&title), &typed, &Options::default());
        if let Some(query) = compiled.query {
            let tree = read(&query).expect("the query is read back");
            prop_assert_eq!(print(&tree), query);
            prop_assert_eq!(tree.commands.len(), 3 + usize::from(name.contains('.')));
        }
    }

    #[test]
    fn literals_and_patterns_hold_only_what_they_can(value in hostile()) {
        if let Some(literal) = Literal::new(value.as_str()) {
            prop_assert!(!literal.text().contains(['\\', '\n']));
        }
        let pattern = Pattern::new(&value);
        prop_assert!(!pattern.text().contains(['/', '\n']));
        prop_assert_eq!(Pattern::new(pattern.text()), pattern);
    }
}
