//! Whatever the text: no panic, every span inside the text and on character boundaries, and the same answer twice.

use proptest::prelude::*;
use serde::Deserialize;
use sigmata::rule::{self, condition};
use sigmata::source::{SourceFile, Span};
use sigmata::yaml::{self, NodeKind};

fn check(text: &str) {
    let source = SourceFile::new("x", text);
    let fits = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    let reading = rule::read(&source);
    for finding in &reading.diagnostics {
        fits(finding.span);
        finding.labels.iter().for_each(|label| fits(label.span));
        finding.fix.iter().flat_map(|fix| &fix.edits).for_each(|edit| fits(edit.span));
        assert!(!finding.message.ends_with('.') && !finding.message.is_empty(), "{finding:?}");
    }
    reading.documents.iter().for_each(|document| fits(document.meta().span));
    assert_eq!(rule::read(&source).diagnostics, reading.diagnostics);
    let (tree, _) = yaml::read(text);
    tree.comments().iter().for_each(|&span| assert!(text[span.range()].starts_with('#')));
    let mut open: Vec<_> = tree.documents().iter().map(|document| document.root).collect();
    let mut budget = 10_000;
    while let Some(id) = open.pop().filter(|_| budget > 0) {
        budget -= 1;
        fits(tree.span(id));
        match &tree.node(id).kind {
            NodeKind::Scalar(scalar) => {
                for (at, char) in scalar.text.char_indices() {
                    let span = tree.locate(id, at..at + char.len_utf8());
                    fits(span);
                    let whole = tree.span(id);
                    assert!(
                        whole.start <= span.start && span.end <= whole.end,
                        "{span:?} in {whole:?} of {text:?}"
                    );
                }
            }
            NodeKind::List(items) => open.extend(items),
            NodeKind::Map(entries) => open.extend(entries.iter().flat_map(|entry| [entry.key, entry.value])),
            NodeKind::Hole => {}
        }
    }
}

/// Texts that look like YAML, and often like rules.
fn yamlish() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("title"),
        Just("detection"),
        Just("condition"),
        Just("logsource"),
        Just("correlation"),
        Just("filter"),
        Just("s"),
        Just("a|contains"),
        Just("a[any]"),
        Just("|all"),
        Just("x y"),
        Just("ü“"),
        Just("1 of them"),
        Just("not (s or"),
        Just("null"),
        Just("0777"),
        Just("10.0.0.1/8"),
        Just("action"),
        Just("global"),
        Just("type"),
        Just("timespan"),
        Just("10m"),
        Just("&a"),
        Just("*a"),
        Just("<<"),
        Just("!!str"),
        Just("\u{feff}"),
    ];
    let glue = prop_oneof![
        Just(": "),
        Just(":\n    "),
        Just("\n"),
        Just("\n    "),
        Just("\n        "),
        Just("- "),
        Just("\n    - "),
        Just(", "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just("'"),
        Just("\""),
        Just("|\n  "),
        Just(">-\n  "),
        Just(" # "),
        Just("\n---\n"),
        Just("\r\n"),
        Just("\t"),
        Just("\\"),
        Just("''"),
        Just("\n...\n"),
        Just("? "),
        Just(" "),
    ];
    proptest::collection::vec((word, glue), 0..40)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, glue)| [word, glue]).collect())
}

/// Values from which a text is written in a form that every reader takes.
fn value() -> impl Strategy<Value = serde_yaml::Value> {
    let text = "[ -~äß\n\t]{0,12}";
    let leaf = prop_oneof![
        text.prop_map(serde_yaml::Value::String),
        any::<i64>().prop_map(|number| serde_yaml::Value::Number(number.into())),
        any::<bool>().prop_map(serde_yaml::Value::Bool),
        Just(serde_yaml::Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_yaml::Value::Sequence),
            proptest::collection::btree_map("[a-z .|'#]{1,8}", inner, 0..4).prop_map(|map| {
                serde_yaml::Value::Mapping(
                    map.into_iter().map(|(key, value)| (serde_yaml::Value::String(key), value)).collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        match yaml::decode(&bytes) {
            Ok(text) => check(text),
            Err(finding) => prop_assert!(finding.span.end as usize <= bytes.len()),
        }
    }

    #[test]
    fn yaml_like_texts_are_survived(text in yamlish()) {
        check(&text);
    }

    #[test]
    fn rules_with_a_hole_are_survived(from in 0usize..400, length in 0usize..40, by in "[ -~\n]{0,6}") {
        let text = super::rule("s:\n    'a|contains|all':\n        - \"x\\ty\"\n        - >-\n            folded\n            text\n    b|cidr: 10.0.0.0/8\nt: &t [x, {c: 'd''e'}]\ncondition: not 1 of s* or (t and s)");
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        if let (Some(head), Some(tail)) = (text.get(..from), text.get(to..)) {
            check(&format!("{head}{by}{tail}"));
        }
    }

    #[test]
    fn any_condition_is_survived(text in "[a-z0-9_*() |&!ORNOTandorof1]{0,40}") {
        let at = |range: std::ops::Range<usize>| Span::of(range.start, range.end);
        let (_, finding) = condition::parse(&text, &at, condition::Hints::default());
        if let Some(finding) = finding {
            prop_assert!(text.get(finding.span.range()).is_some());
        }
    }

    #[test]
    fn what_another_library_writes_is_read(value in value()) {
        let text = serde_yaml::to_string(&value).expect("serde writes it");
        let (tree, findings) = yaml::read(&text);
        prop_assert!(findings.is_empty(), "{text:?}: {findings:?}");
        let back = serde_yaml::Value::deserialize(serde_yaml::Deserializer::from_str(&text)).expect("serde reads it");
        let root = tree.documents().first().expect("a document").root;
        prop_assert!(super::tree::same(&tree, root, &back), "{text:?}: {back:?}");
    }
}
