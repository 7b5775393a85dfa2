//! Rules that never match, match nearly everything, or mean something else than was meant, by kind: each is found, in logs
//! of many providers, and rules that only look like them are not reported. `tests/kinds.txt` is the table.

use std::fmt::Write as _;

use sigmata::check::check;
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

const TABLE: &str = include_str!("kinds.txt");

/// How many rules of each kind, good and bad, there are at least.
const LEAST: usize = 10;

/// The codes of a rule's findings; notes about events that lack a field, or about names in several services, are not
/// about what the table is about.
fn codes(registry: &Registry, log: &str, detection: &str) -> Vec<&'static str> {
    let (product, service) = log.split_once(' ').expect("a product and a service");
    let mut text = format!("title: t\nlogsource: {{ product: {product}, service: {service} }}\ndetection:\n");
    for line in detection.split(";; ") {
        let _ = writeln!(text, "    {line}");
    }
    if !detection.contains(";; condition:") {
        text.push_str("    condition: s\n");
    }
    let source = SourceFile::new("rule.yml", text.clone());
    let reading = rule::read(&source);
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else {
        panic!("no rule: {text}")
    };
    let (_, found) = check(&rule, registry);
    found.iter().map(|found| found.code.id).filter(|code| !["S0320", "S0323"].contains(code)).collect()
}

#[test]
fn every_kind_is_found_and_what_looks_like_it_is_not() {
    let registry = Registry::shipped();
    let (mut kind, mut counts, mut wrong) = ("", (LEAST, LEAST), String::new());
    let lines = TABLE.lines().filter(|line| !line.is_empty()).skip_while(|line| !line.starts_with("# Text"));
    for line in lines.chain(["# the end"]) {
        if let Some(title) = line.strip_prefix("# ") {
            assert!(counts.0 >= LEAST && counts.1 >= LEAST, "{kind}: {counts:?}");
            (kind, counts) = (title, (0, 0));
            continue;
        }
        let (expected, rest) = line.split_once(' ').expect("a code");
        let (log, detection) = rest.trim().split_once(": ").expect("a log");
        let found = codes(&registry, log, detection);
        let right = if expected == "ok" {
            counts.1 += 1;
            found.is_empty()
        } else {
            counts.0 += 1;
            expected.split('|').any(|code| found.contains(&code))
        };
        if !right {
            let _ = writeln!(wrong, "{kind}: {line}\n    {found:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
