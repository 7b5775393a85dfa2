//! Hostile texts end quickly, in an error or in success.

use std::time::{Duration, Instant};

use sigmata::diagnostic::{Severity, has_errors};

use super::{read, rule};

/// The lines that `line` gives for each number below `count`.
fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |text, number| text + &line(number))
}

/// Far above what any of these takes, far below what a pass that is not linear would.
const LIMIT: Duration = Duration::from_secs(20);

fn check(name: &str, text: &str, code: Option<&str>) {
    let start = Instant::now();
    let (source, reading) = read(text);
    let took = start.elapsed();
    println!("{name}: {took:?}, {} findings", reading.diagnostics.len());
    assert!(took < LIMIT, "{name} took {took:?}");
    for finding in &reading.diagnostics {
        assert!(source.text().get(finding.span.range()).is_some(), "{name}: {finding:?}");
    }
    match code {
        Some(code) => {
            assert!(
                reading.diagnostics.iter().any(|finding| finding.code.id == code),
                "{name}: {:?}",
                reading.diagnostics.iter().take(5).collect::<Vec<_>>()
            );
        }
        None => assert!(
            !has_errors(&reading.diagnostics),
            "{name}: {:?}",
            reading.diagnostics.iter().find(|finding| finding.severity == Severity::Error)
        ),
    }
}

#[test]
fn nesting_is_bounded() {
    for (name, text) in [
        ("brackets", format!("detection: {}", "[".repeat(100_000))),
        ("braces", format!("detection: {}", "{a: ".repeat(100_000))),
        ("mixed", format!("detection: {}", "[{a: ".repeat(100_000))),
        ("dashes", format!("detection:\n {}", "- ".repeat(100_000))),
        ("questions", format!("detection:\n {}", "? ".repeat(100_000))),
        ("indents", repeat(1_000, |level| format!("{}detection:\n", " ".repeat(level)))),
    ] {
        check(name, &text, Some("S0006"));
    }
}

#[test]
fn conditions_are_bounded_and_linear() {
    let with = |condition: &str| rule(&format!("s: {{a: b}}\ncondition: {condition}"));
    check("terms", &with(&vec!["s"; 10_000].join(" or ")), None);
    check("groups", &with(&vec!["(s and not s)"; 10_000].join(" or ")), None);
    check("folded", &with(&format!(">-\n    {}", vec!["s"; 10_000].join("\n    or "))), None);
    check("undefined", &with(&vec!["t"; 10_000].join(" or ")), Some("S0301"));
    check("parentheses", &with(&format!("{}s{}", "(".repeat(100_000), ")".repeat(100_000))), Some("S0253"));
    check("nots", &with(&format!("{}s", "not ".repeat(100_000))), Some("S0253"));
    check("open", &with(&"(".repeat(90)), Some("S0250"));
    check("stars", &with(&format!("1 of {}", "*a".repeat(50_000))), Some("S0302"));
    let selections: String = repeat(5_000, |n| format!("s{n}: {{a: b}}\n"));
    let patterns: Vec<String> = (0..5_000).map(|n| format!("1 of s{n}*")).collect();
    check("patterns", &rule(&format!("{selections}condition: {}", patterns.join(" or "))), Some("S0254"));
    check("them", &rule(&format!("{selections}condition: {}", vec!["1 of them"; 5_000].join(" or "))), None);
}

#[test]
fn size_is_bounded() {
    check("50 MB", &format!("detection: {}", "x".repeat(50 << 20)), Some("S0004"));
    check(
        "a large document",
        &format!("title: x\ndetection:\n{}", "# comment\n".repeat(150_000)),
        Some("S0005"),
    );
    check("documents", &format!("detection: x\n{}", "---\n".repeat(1_000_000)), Some("S0013"));
    check("broken documents", &format!("detection: x\n{}", "---\n[".repeat(100)), Some("S0001"));
}

#[test]
fn many_keys_are_linear() {
    let keys: String = repeat(50_000, |n| format!("    k{n}: v\n"));
    check("keys", &rule(&format!("s:\n{keys}condition: s")), None);
    let keys: String = repeat(50_000, |n| format!("k{n}: v\n"));
    check("custom keys", &format!("{}{keys}", rule("s: {a: b}\ncondition: s")), None);
    let same = "        k: v\n".repeat(40_000);
    check("one key", &rule(&format!("s:\n{same}condition: s")), Some("S0007"));
    let selections: String = repeat(40_000, |n| format!("s{n}: {{a: b}}\n"));
    check("selections", &rule(&format!("{selections}condition: 1 of them")), None);
    let values: String = repeat(50_000, |n| format!("        - v{n}\n"));
    check("values", &rule(&format!("s:\n    a:\n{values}condition: s")), None);
    let comments = "# note\n".repeat(80_000);
    check("comments", &rule(&format!("s:\n{comments}    a: b\ncondition: s")), None);
}

#[test]
fn aliases_are_bounded() {
    let head = "title: x\nlogsource: {product: aws}\n";
    let levels = repeat(19, |level| {
        let aliases = vec![format!("*a{level}"); 10].join(", ");
        format!("a{0}: &a{0} [{aliases}]\n", level + 1)
    });
    let text = format!("{head}a0: &a0 [x, x, x]\n{levels}detection: {{s: *a19, condition: s}}\n");
    check("lists", &text, Some("S0010"));
    let levels = repeat(39, |level| format!("a{0}: &a{0} {{k: *a{level}, l: *a{level}}}\n", level + 1));
    let text = format!("{head}a0: &a0 {{k: v, l: v}}\n{levels}detection: {{s: *a39, condition: s}}\n");
    check("maps", &text, Some("S0010"));
    let keys: String = repeat(5_000, |n| format!("  k{n}: v\n"));
    let merges = "- {<<: *x}\n".repeat(20_000);
    check(
        "merges",
        &format!("title: x\nlogsource: {{product: aws}}\nx: &x\n{keys}detection:\n{merges}"),
        Some("S0010"),
    );
}

#[test]
fn templates_are_bounded() {
    let keys: String = repeat(20_000, |n| format!("  k{n}: v\n"));
    let documents = "---\ndetection: {t: {a: b}}\n".repeat(5_000);
    check("templates", &format!("action: global\ndetection:\n{keys}{documents}"), Some("S0219"));
    let head = "action: global\ntitle: g\nlogsource: {product: aws}\n";
    let values = |count| vec!["x"; count].join(", ");
    let before = |count: usize, documents: &str| {
        format!("{head}detection: {{s: {{a: [{}]}}, condition: s}}\n{documents}", values(count))
    };
    check("a list", &before(1_000, &"---\nlevel: low\n".repeat(1_000)), Some("S0219"));
    check("repeats", &before(1_000, &"---\naction: repeat\nlevel: low\n".repeat(1_000)), Some("S0219"));
    let growing: String = repeat(2_000, |n| format!("---\naction: global\nk{n}: v\n"));
    check("templates of templates", &format!("{head}{growing}"), Some("S0219"));
    // A template that is used once makes no more than what is written.
    check("used once", &before(100_000, "---\nlevel: low\n"), None);
    check("a usual file", &before(50, &"---\nlevel: low\n".repeat(400)), None);
}

#[test]
fn long_names_and_texts_are_cheap() {
    let long = "x".repeat(400_000);
    let key = |key: &str| rule(&format!("s:\n    ? '{key}'\n    : b\ncondition: s"));
    let three = |text: String| format!("sigma-version: 3\n{text}");
    check("modifier", &key(&format!("a|{long}")), Some("S0401"));
    check("bars", &key(&format!("a{}", "|contains".repeat(20_000))), Some("S0402"));
    check("selectors", &three(key(&format!("a{}", "[any]".repeat(50_000)))), None);
    check("open brackets", &three(key(&format!("a{}", "[".repeat(50_000)))), Some("S0421"));
    check("selection", &rule(&format!("? '{long}'\n: {{a: b}}\ncondition: '{long}y'")), Some("S0301"));
    check("level", &format!("level: {long}\n{}", rule("s: {a: b}\ncondition: s")), Some("S0207"));
    let blank = " ".repeat(500_000);
    check("blanks", &rule(&format!("s: {{a: b}}\ncondition: 's{blank}\n    or t'")), Some("S0301"));
    let breaks = "\n".repeat(100_000);
    check("breaks", &rule(&format!("s: {{a: b}}\ncondition: 's{breaks}    or t'")), Some("S0301"));
}
