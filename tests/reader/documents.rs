//! What is read from rules that are right.

use sigmata::rule::condition::{Expr, Selections};
use sigmata::rule::modifier::Modifier;
use sigmata::rule::{
    Block, CorrelationKind, DetectionRule, Document, Item, ItemValue, NamePart, Search, Selector, ValueKind,
};

use super::{item, read, rule};

fn detection(text: &str) -> DetectionRule {
    let (_, reading) = read(text);
    match reading.documents.into_iter().next() {
        Some(Document::Detection(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

/// A search on one line: `(` … `&` … `)`, `(` … `|` … `)`, fields with modifiers and values.
fn show(search: &Search) -> String {
    let join =
        |parts: &[Search], with: &str| format!("({})", parts.iter().map(show).collect::<Vec<_>>().join(with));
    match search {
        Search::All(parts) => join(parts, " & "),
        Search::Any(parts) => join(parts, " | "),
        Search::Item(item) => show_item(item),
        Search::Hole(_) => "?".into(),
    }
}

fn show_item(item: &Item) -> String {
    let mut text = item.field.as_ref().map_or_else(String::new, |field| {
        field
            .parts
            .iter()
            .map(|part| match part {
                NamePart::Name(name) => format!("<{}>", name.value),
                NamePart::Select(selector) => match selector.value {
                    Selector::Any => "[any]".into(),
                    Selector::All => "[all]".into(),
                    Selector::AllOrEmpty => "[all_or_empty]".into(),
                    Selector::None => "[none]".into(),
                    Selector::Index(index) => format!("[{index}]"),
                },
            })
            .collect()
    });
    for modifier in &item.modifiers {
        text.push('|');
        text.push_str(modifier.value.name());
    }
    let value = match &item.value {
        ItemValue::Values { values, list, .. } => {
            let values: Vec<String> = values
                .iter()
                .map(|value| match &value.kind {
                    ValueKind::Text { text, quoted: true } => format!("'{text}'"),
                    ValueKind::Text { text, quoted: false } => text.clone(),
                    ValueKind::Null => "null".into(),
                    ValueKind::Hole => "?".into(),
                })
                .collect();
            if *list { format!("[{}]", values.join(", ")) } else { values.join(", ") }
        }
        ItemValue::Block { body: Block::Search(search), .. } => show(search),
        ItemValue::Block { body: Block::Detection(detection), .. } => {
            let parts: Vec<_> = detection
                .selections
                .iter()
                .map(|selection| format!("{}={}", selection.name.value, show(&selection.body)))
                .collect();
            format!("{{{}; {}}}", parts.join(", "), show_expr(&detection.conditions[0].expr))
        }
        ItemValue::Hole(_) => "?".into(),
    };
    let faulty = if item.faulty { "!" } else { "" };
    format!("{text}={value}{faulty}")
}

fn show_expr(expr: &Expr) -> String {
    let join = |parts: &[Expr], with: &str| {
        format!("({})", parts.iter().map(show_expr).collect::<Vec<_>>().join(with))
    };
    match expr {
        Expr::Name(name) => name.value.clone(),
        Expr::Of { all, of, .. } => {
            let of = match of {
                Selections::Them(_) => "them",
                Selections::Pattern(pattern) => &pattern.value,
            };
            format!("{} of {of}", if *all { "all" } else { "1" })
        }
        Expr::Not(_, inner) => format!("!{}", show_expr(inner)),
        Expr::And(parts) => join(parts, " & "),
        Expr::Or(parts) => join(parts, " | "),
        Expr::Hole(_) => "?".into(),
    }
}

#[test]
fn every_shape_of_a_selection_is_read() {
    for (selection, expected) in [
        ("{a: x}", "(<a>=x)"),
        ("{a: x, b|contains: [y, 'z']}", "(<a>=x & <b>|contains=[y, 'z'])"),
        ("[{a: x}, {b: y, c: z}]", "((<a>=x) | (<b>=y & <c>=z))"),
        ("[x, 'y']", "=[x, 'y']"),
        ("[x, {a: y}]", "(=x | (<a>=y))"),
        ("{'|all': [x, y]}", "(|all=[x, y])"),
        ("{'|re|i': x}", "(|re|i=x)"),
        ("{a: null, b: ~, c: 'null', d: ''}", "(<a>=null & <b>=null & <c>='null' & <d>='')"),
        ("{a: 0777, b: NO, c: 12:30:45, d: 1.10}", "(<a>=0777 & <b>=NO & <c>=12:30:45 & <d>=1.10)"),
        ("{a: !!str 5, b: !!int 5, c: !!null x}", "(<a>='5' & <b>=5 & <c>=null)"),
        ("{a.b c|cased: x}", "(<a.b c>|cased=x)"),
        ("{'a[any]': x}", "(<a[any]>=x)"),
        ("{a|wide|base64offset|contains: x}", "(<a>|utf16le|base64offset|contains=x)"),
        ("{a|contain: x, b: y}", "(<a>=x! & <b>=y)"),
        ("{a: {b: c}, d: e}", "(<a>=?! & <d>=e)"),
        ("{a: [x, null]}", "(<a>=[x, ?]!)"),
    ] {
        let rule = detection(&rule(&format!("s: {selection}\ncondition: s")));
        assert_eq!(show(&rule.detection.selections[0].body), expected, "{selection}");
    }
}

#[test]
fn selectors_cut_names() {
    for (text, expected) in [
        ("a[any].b: x", "(<a>[any]<b>=x)"),
        ("a.b[0][-1].c.d: x", "(<a.b>[0][-1]<c.d>=x)"),
        ("a[all_or_empty]: x", "(<a>[all_or_empty]=x)"),
        ("a\\[any\\].b: x", "(<a[any].b>=x)"),
        ("a[any]: {b: x, .: y}", "(<a>[any]=(<b>=x & <.>=y))"),
        ("a[any]: [{b: x}, {c: y}]", "(<a>[any]=((<b>=x) | (<c>=y)))"),
        (
            "a[none]: {s: {b: x}, t: {c: y}, condition: s and not t}",
            "(<a>[none]={s=(<b>=x), t=(<c>=y); (s & !t)})",
        ),
        ("a[any]|neq: x", "(<a>[any]|neq=x)"),
    ] {
        let rule = detection(&format!("sigma-version: '3.0'\n{}", item(text)));
        assert!(rule.array_matching());
        assert_eq!(show(&rule.detection.selections[0].body), expected, "{text}");
    }
}

#[test]
fn not_binds_tighter_than_and_and_than_or() {
    for (condition, expected) in [
        ("a", "a"),
        ("a or b and not c", "(a | (b & !c))"),
        ("not a and b", "(!a & b)"),
        ("not (a or b)", "!(a | b)"),
        ("not not a", "!!a"),
        ("a and b and c or d", "((a & b & c) | d)"),
        ("ANY of sel* and ALL oF Them", "(1 of sel* & all of them)"),
        ("all_of and one", "(all_of & one)"),
        ("notable or order", "(notable | order)"),
        ("1 of b_*_d", "1 of b_*_d"),
        ("1", "1"),
        ("any", "any"),
    ] {
        let rule = detection(&rule(&format!("a: {{f: x}}\ncondition: {condition}")));
        assert_eq!(show_expr(&rule.detection.conditions[0].expr), expected, "{condition}");
    }
}

#[test]
fn metadata_is_kept_with_its_place() {
    let text = "title: 'It''s'\nid: 0B1C7A5E-58AD-4A5B-9C86-3B8D6A0D4F11\nname: x\nfields: [a, b]\nmine: 1\n\
                logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    let (source, _) = read(text);
    let meta = detection(text).meta;
    let title = meta.title.expect("a title");
    assert_eq!((title.value.as_str(), source.slice(title.span)), ("It's", "'It''s'"));
    assert_eq!(meta.id.expect("an id").value, "0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11");
    assert_eq!(meta.fields.iter().map(|field| source.slice(field.span)).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(meta.custom.iter().map(|key| source.slice(key.span)).collect::<Vec<_>>(), ["mine"]);
}

#[test]
fn every_span_slices_back() {
    let text = rule(
        "s:\n    'a|contains':\n        - \"x\\ty\"\n        - >-\n            folded\n            text\n    b: plain\ncondition: not 1 of s*",
    );
    let (source, _) = read(&text);
    let found = detection(&text);
    let selection = &found.detection.selections[0];
    assert_eq!(source.slice(selection.name.span), "s");
    let Search::All(parts) = &selection.body else { panic!("a map") };
    let [Search::Item(first), Search::Item(second)] = parts.as_slice() else { panic!("two items") };
    let field = first.field.as_ref().expect("a field");
    assert_eq!(source.slice(field.span), "a");
    assert_eq!(source.slice(first.modifiers[0].span), "contains");
    let ItemValue::Values { values, .. } = &first.value else { panic!("values") };
    assert_eq!(source.slice(values[0].span), "\"x\\ty\"");
    assert_eq!(source.slice(values[1].span), ">-\n                folded\n                text");
    assert_eq!(source.slice(second.span), "b: plain");
    let Expr::Not(whole, inner) = &found.detection.conditions[0].expr else { panic!("not") };
    assert_eq!(source.slice(*whole), "not 1 of s*");
    let Expr::Of { span, of: Selections::Pattern(pattern), .. } = &**inner else { panic!("of") };
    assert_eq!((source.slice(*span), source.slice(pattern.span)), ("1 of s*", "s*"));
}

#[test]
fn templates_are_merged_deeply() {
    let text = "action: global\ntitle: shared\nlogsource: {product: aws}\ndetection: {s: {a: x}, condition: s and t}\n\
                ---\nname: one\ndetection: {t: {b: y}}\n---\nname: two\ndetection: {t: {c: z}}\n\
                ---\naction: repeat\nname: three\n---\naction: reset\n---\ntitle: alone\nlogsource: {product: gcp}\n\
                detection: {s: {a: x}, condition: s}\n";
    let (source, reading) = read(text);
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    let shown: Vec<String> = reading
        .documents
        .iter()
        .map(|document| {
            let Document::Detection(rule) = document else { panic!("a rule") };
            let selections: Vec<_> = rule.detection.selections.iter().map(|part| show(&part.body)).collect();
            for part in &rule.detection.selections {
                assert!(source.slice(part.span).starts_with('{'));
            }
            let name = rule.meta.name.as_ref().map_or("-", |name| &name.value);
            format!("{name}: {}", selections.join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        ["one: (<a>=x) (<b>=y)", "two: (<a>=x) (<c>=z)", "three: (<a>=x) (<c>=z)", "-: (<a>=x)"]
    );
}

#[test]
fn correlations_are_read() {
    let text = "title: x\nname: c\ncorrelation:\n    type: value_count\n    rules: [a, b]\n    group-by: [u]\n    \
                aliases: {u: {a: f, b: g}}\n    timespan: 2h\n    condition: {field: h, gt: 3, lte: 9}\n    generate: true\n";
    let (source, reading) = read(text);
    let [Document::Correlation(rule)] = reading.documents.as_slice() else { panic!("a correlation") };
    assert_eq!(rule.kind.as_ref().map(|kind| kind.value), Some(CorrelationKind::ValueCount));
    assert_eq!(rule.rules.iter().map(|rule| rule.value.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(rule.timespan.as_ref().map(|span| span.value), Some(7_200));
    let comparisons: Vec<_> =
        rule.comparisons.iter().map(|c| (source.slice(c.operator.span), c.value.value.as_str())).collect();
    assert_eq!(comparisons, [("gt", "3"), ("lte", "9")]);
    assert_eq!(rule.fields[0].value, "h");
    assert_eq!(rule.aliases[0].fields[1].1.value, "g");
    assert!(rule.generate);
}

#[test]
fn filters_are_read() {
    let text = "title: x\nlogsource: {product: aws}\nfilter: {rules: any, s: {a: b}, condition: not s}\n";
    let (_, reading) = read(text);
    let [Document::Filter(filter)] = reading.documents.as_slice() else { panic!("a filter") };
    assert!(filter.any && filter.rules.is_empty());
    assert_eq!(filter.detection.selections.len(), 1);
    assert_eq!(show_expr(&filter.detection.conditions[0].expr), "!s");
}

#[test]
fn other_yaml_is_told_from_sigma() {
    for (text, sigma) in [
        ("", false),
        ("a: b\n", false),
        ("- x\n", false),
        ("on: push\njobs: {x: y}\n", false),
        ("title: A page\nlayout: x\n", false),
        ("match: []\nno_match: []\n", false),
        ("title: x\nlogsource: {}\n", true),
        ("detection: x\n", true),
        ("correlation: x\n", true),
        ("filter: x\n", true),
        ("a: b\n---\ndetection: x\n", true),
        ("title: x\nlogsource: y\ndetecton: z\n", true),
        ("title: [\nlogsource:\n", true),
        ("a: [\n", false),
        ("a: b\n\0", false),
        ("detection:\n\0", true),
    ] {
        assert_eq!(read(text).1.sigma, sigma, "{text:?}");
    }
}

#[test]
fn modifiers_have_one_canonical_name() {
    for (alias, name) in [("wide", "utf16le"), ("ignorecase", "i"), ("multiline", "m"), ("dotall", "s")] {
        assert_eq!(Modifier::parse(alias).map(Modifier::name), Some(name));
    }
}
