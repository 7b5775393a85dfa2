//! No value leaves its literal.

use super::build::{compile, compile_in, contains, delivery, equals, field, regex, string};
use sigmata::backend::kql::ast::{Expr, Name};
use sigmata::backend::kql::print::flat;
use sigmata::schema::Type;

#[test]
fn escapes() {
    for (value, literal) in [
        (r#"a"b"#, r#""a\"b""#),
        (r"a\b", r#""a\\b""#),
        ("a\nb\r\tc", r#""a\nb\r\tc""#),
        ("\0\u{7f}\u{85}", r#""\u0000\u007F\u0085""#),
        ("\u{202e}\u{200b}\u{feff}", r#""\u202E\u200B\uFEFF""#),
        ("\u{e0041}", r#""\uDB40\uDC41""#),
        ("$ % | ` {} // 'x' 😀", r#""$ % | ` {} // 'x' 😀""#),
    ] {
        assert_eq!(flat(&Expr::text(value)), literal);
    }
}

#[test]
fn names() {
    for (name, column, member) in [
        ("a_1", "a_1", "D.a_1"),
        ("where", "['where']", "D[\"where\"]"),
        ("@odata.type", "['@odata.type']", "D[\"@odata.type\"]"),
        ("0", "['0']", "D[\"0\"]"),
        ("", "['']", "D[\"\"]"),
        ("x'] | take 1 //", "['x\\'] | take 1 //']", "D[\"x'] | take 1 //\"]"),
        ("x\"", "['x\"']", "D[\"x\\\"\"]"),
    ] {
        assert_eq!(flat(&Expr::Column(Name::from(name))), column);
        assert_eq!(flat(&Expr::column("D").member(name)), member);
    }
}

#[test]
fn expressions_are_verbatim_where_they_can_be() {
    for (pattern, literal) in [
        ("^a", r#""^a""#),
        (r"a\.b", r#"@"a\.b""#),
        (r#"a"b"#, r#"@"a""b""#),
        ("a\\.\u{200b}", r#""a\\.\u200B""#),
    ] {
        assert_eq!(flat(&Expr::Pattern(pattern.into())), literal);
    }
}

#[test]
fn hostile_values_are_read_back_in_every_position() {
    let hostile = [
        "\"",
        "\\",
        "\\\"",
        "\"\"\"",
        "'",
        "']",
        "\n| take 1",
        "\r\n",
        "\u{2028}",
        "//",
        "/*",
        "*/",
        "```",
        "@\"",
        "h\"",
        "%",
        "$(x)",
        "\0",
        "\u{1b}[31m",
        "\u{202e}",
        "😀",
        "\u{e0041}",
        "e\u{301}",
        "a\" or 1 == 1 //",
        "{{x}}",
        "${x}",
        "`",
        "|",
        ";",
        "\u{fffd}",
    ];
    for value in hostile {
        for test in [equals(&[value]), equals(&[value, "b"]), contains(value)] {
            // The back end asserts that each of its queries is read back.
            assert!(compile(string("name", test.clone())).query.is_some(), "{value:?}");
            assert!(
                compile(string(&format!("object.{}", value.replace(['.', '=', '|'], "_")), test))
                    .query
                    .is_some()
            );
        }
        let escaped: Vec<String> = value.chars().map(|c| format!("\\x{{{:x}}}", u32::from(c))).collect();
        assert!(compile(string("name", regex(&escaped.concat()))).query.is_some(), "{value:?}");
        let fields = vec![field(&format!("object.{}", value.replace(['.', '=', '|'], "_")), Type::String)];
        assert!(compile_in(Some(delivery()), string("name", equals(&["a"])), fields, value).query.is_some());
    }
}
