//! The YAML tree: values, spans, comments, and agreement with another reader.

use serde::Deserialize;
use serde_yaml::Value;
use sigmata::yaml::{self, NodeId, NodeKind, Tree};

/// The tree on one line, with the source of each scalar where it is not the text.
fn show(tree: &Tree<'_>, text: &str, id: NodeId) -> String {
    match &tree.node(id).kind {
        NodeKind::Scalar(scalar) if scalar.is_null() => "null".into(),
        NodeKind::Scalar(scalar) => {
            let source = &text[tree.span(id).range()];
            if source == scalar.text { source.into() } else { format!("{:?}<{source:?}>", scalar.text) }
        }
        NodeKind::List(items) => {
            let items: Vec<_> = items.iter().map(|&item| show(tree, text, item)).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| format!("{}: {}", show(tree, text, entry.key), show(tree, text, entry.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::Hole => "?".into(),
    }
}

#[test]
fn values_keep_their_text_and_place() {
    for (text, expected) in [
        ("a: b", "{a: b}"),
        ("a: 'b''c'", r#"{a: "b'c"<"'b''c'">}"#),
        ("a: \"b\\tc\"", r#"{a: "b\tc"<"\"b\\tc\"">}"#),
        ("ü: ö\nx: y", "{ü: ö, x: y}"),
        ("a: b\n  c\n", r#"{a: "b c"<"b\n  c">}"#),
        ("a: |\n  b\n  c\nd: e\n", r#"{a: "b\nc\n"<"|\n  b\n  c">, d: e}"#),
        (
            "a: >-  # note | here\n\n  b\n  c\n\n\nd: e\n",
            r#"{a: "\nb c"<">-  # note | here\n\n  b\n  c">, d: e}"#,
        ),
        ("a: |+\n  b\n\n", r#"{a: "b\n\n"<"|+\n  b">}"#),
        ("- |\n b\n- c", r#"["b\n"<"|\n b">, c]"#),
        ("a:\nb: ~\nc: null\n", "{a: null, b: null, c: null}"),
        ("a: [b, {c: d}]", "{a: [b, {c: d}]}"),
        ("a: &x [b]\nc: *x", "{a: [b], c: [b]}"),
        ("a: &x {b: c}\nd: {<<: *x, b: e, f: g}", "{a: {b: c}, d: {b: e, f: g}}"),
        ("a: &x {b: c}\ny: &y {d: e}\nz: {<<: [*x, *y]}", "{a: {b: c}, y: {d: e}, z: {b: c, d: e}}"),
        ("a: *x", "{a: ?}"),
        ("\u{feff}a: b", "{a: b}"),
        ("a: b\r\nc: d\r\n", "{a: b, c: d}"),
        ("'<<': x", r#"{"<<"<"'<<'">: x}"#),
    ] {
        let (tree, _) = yaml::read(text);
        let root = tree.documents().first().expect("a document").root;
        assert_eq!(show(&tree, text, root), expected, "{text:?}");
    }
}

#[test]
fn collections_end_with_their_last_value() {
    for (text, expected) in [
        ("a:\n  b:\n    c: 1\n\n# t\n", "b:\n    c: 1"),
        ("a:\n  - x\n  -  y  # c\nd: e", "- x\n  -  y"),
        ("a: [x,\n y ]  # c", "[x,\n y ]"),
        ("a: {}\n", "{}"),
        ("b: &x 1\na: {c: *x }\n", "{c: *x }"),
    ] {
        let (tree, findings) = yaml::read(text);
        assert!(findings.is_empty(), "{findings:?}");
        let entry = tree.get(tree.documents()[0].root, "a").expect("a");
        let found = &text[tree.span(entry.value).range()];
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn comments_keep_their_place() {
    let text = "# one\na: b # two\nc: '# no'\n# three";
    let (tree, _) = yaml::read(text);
    let found: Vec<_> = tree.comments().iter().map(|span| &text[span.range()]).collect();
    assert_eq!(found, ["# one", "# two", "# three"]);
}

#[test]
fn places_in_a_text_are_found_in_its_source() {
    for (scalar, part, expected) in [
        ("plain text", "text", "text"),
        ("'single ''text'''", "'text", "''text"),
        ("\"tab\\there \\u00fc\"", "\there", "\\there"),
        ("\"tab\\there \\u00fc\"", "ü", "\\u00fc"),
        ("\"\\uD83D\\uDE00x\"", "x", "x"),
        ("\"a\\\n    b\"", "b", "b"),
        ("folded\n    over lines", "over", "over"),
        ("folded\n    over lines", "folded over", "folded\n    over"),
        ("'a  \n    b\n\n    c'", "c", "c"),
        ("|\n    one\n    two", "two", "two"),
        ("|\n    one\n      two", "  two", "  two"),
        (">-\n    one\n    two\n\n    three", "three", "three"),
        (">\n    one\n    two", "one two", "one\n    two"),
        (">2-\n     x\n    y", "y", ">2-\n     x\n    y"),
    ] {
        let text = format!("key: {scalar}\n");
        let (tree, findings) = yaml::read(&text);
        assert!(findings.is_empty(), "{scalar}: {findings:?}");
        let id = tree.get(tree.documents()[0].root, "key").expect("the key").value;
        let decoded = tree.scalar(id).expect("a scalar").text.clone();
        let at = decoded.find(part).unwrap_or_else(|| panic!("{part:?} in {decoded:?}"));
        let span = tree.locate(id, at..at + part.len());
        assert_eq!(&text[span.range()], expected, "{scalar:?}");
    }
}

#[test]
fn documents_are_cut_and_survive_each_other() {
    for (text, expected) in [
        ("a: b\n---\nc: d\n", &["{a: b}", "{c: d}"][..]),
        ("a: b\n--- # x\nc: d\n", &["{a: b}", "{c: d}"]),
        ("a: b\r\n---\r\nc: d\r\n", &["{a: b}", "{c: d}"]),
        ("a: [\n---\nc: d\n---\n'x\n---\ne: f\n", &["{c: d}", "{e: f}"]),
        ("%YAML 1.2\n# x\n---\na: b\n...\n%YAML 1.2\n---\nc: d\n", &["{a: b}", "{c: d}"]),
        ("a: b\n...\nc: d\n", &["{a: b}", "{c: d}"]),
        ("# only a comment\n", &[]),
        ("", &[]),
        ("---\n---\n", &["null", "null"]),
        ("a: b ---\n---x: y\n", &["{a: b ---, ---x: y}"]),
        ("a: |\n  x\n ---\nb: c\n", &[]),
        ("\u{feff}---\na: b\n", &["{a: b}"]),
    ] {
        let (tree, _) = yaml::read(text);
        let found: Vec<_> =
            tree.documents().iter().map(|document| show(&tree, text, document.root)).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_offset() {
    let error = yaml::decode(b"title: \xff\n").expect_err("no text");
    assert_eq!((error.code.id, error.span.start), ("S0002", 7));
    let error = yaml::decode(b"\xff\xfet\0").expect_err("no text");
    assert!(error.help.is_some_and(|help| help.contains("UTF-16")));
    assert_eq!(yaml::decode("ü".as_bytes()).expect("text"), "ü");
}

/// Whether both readers found the same.
pub(super) fn same(tree: &Tree<'_>, id: NodeId, value: &Value) -> bool {
    match (&tree.node(id).kind, value) {
        (NodeKind::Scalar(scalar), Value::Null) => scalar.is_null(),
        (NodeKind::Scalar(scalar), Value::Bool(found)) => {
            scalar.text.eq_ignore_ascii_case(&found.to_string())
        }
        (NodeKind::Scalar(scalar), Value::Number(_)) => !scalar.is_quoted(),
        (NodeKind::Scalar(scalar), Value::String(found)) => scalar.text == *found,
        (NodeKind::List(items), Value::Sequence(found)) => {
            items.len() == found.len()
                && items.iter().zip(found).all(|(&item, found)| same(tree, item, found))
        }
        (NodeKind::Map(entries), Value::Mapping(found)) => {
            entries.len() == found.len()
                && entries
                    .iter()
                    .zip(found)
                    .all(|(entry, (key, value))| same(tree, entry.key, key) && same(tree, entry.value, value))
        }
        _ => false,
    }
}

#[test]
fn another_reader_agrees() {
    for text in [
        "a: b\n",
        "title: x\nlogsource:\n    product: aws\ndetection:\n    s:\n        a|contains|all:\n            - 'x''y'\n            - \"z\\n\"\n    condition: s\n",
        "a: |\n  x\n   y\n\n  z\nb: >\n  x\n  y\n\n  z\nc: >+\n  x\n\n",
        "a: [1, 2.5, true, null, ~, '', \"\"]\n",
        "a: x\n  y\n\n  z\nb: 'x\n\n  y'\n",
        "- a\n-\n  - b\n  - c\n- {d: e}\n",
        "a: &x {b: c}\nd: *x\n",
        "? a\n: b\n",
        "a: !!str 5\n",
        "a: \"\\x41\\u00fc\\U0001F600\"\n",
        "# c\na: b # d\n",
        "a: 'it''s'\r\nb: |\r\n  x\r\n  y\r\n",
    ] {
        let (tree, findings) = yaml::read(text);
        assert!(findings.is_empty(), "{text:?}: {findings:?}");
        let documents: Vec<Value> = serde_yaml::Deserializer::from_str(text)
            .map(|document| Value::deserialize(document).expect("serde reads it"))
            .collect();
        assert_eq!(documents.len(), tree.documents().len());
        for (document, value) in tree.documents().iter().zip(&documents) {
            assert!(same(&tree, document.root, value), "{text:?}: {value:?}");
        }
    }
}
