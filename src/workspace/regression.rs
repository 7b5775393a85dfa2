//! Tests as the public repository keeps them: a rule names a file under `regression_tests_path`, and that file names
//! recordings that the rule must match.
//!
//! ```yaml
//! rule_metadata:
//!     - id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
//! regression_tests_info:
//!     - name: Positive Detection Test
//!       type: json
//!       match_count: 1
//!       path: regression_data/rules/x/5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d.json
//! ```
//!
//! Paths start at the root of the repository. Recordings that are not JSON are not read.

use std::collections::BTreeMap;

use super::codes::{EMPTY_TESTS, INVALID_TEST, UNKNOWN_TEST_KEY};
use super::suite::shortened;
use super::{Case, Expect, Input, Suite};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest::nearest;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Entry, NodeId, NodeKind, Tree};

/// The key of a rule that names its file of tests.
pub const KEY: &str = "regression_tests_path";

/// The keys of such a file.
const TOP_KEYS: [&str; 7] =
    ["id", "description", "date", "modified", "author", "rule_metadata", "regression_tests_info"];

/// The keys of a test in it.
const TEST_KEYS: [&str; 5] = ["name", "type", "provider", "match_count", "path"];

/// The tests of a file, and what is to be reported besides.
#[derive(Debug, Default)]
pub struct Regression {
    /// Those whose recording can be read.
    pub suite: Suite,
    /// What is wrong with the file.
    pub findings: Vec<Diagnostic>,
    /// The types of the recordings that cannot be read, one for each test.
    pub passed_over: Vec<String>,
}

/// The file of tests that a rule names.
pub fn path(source: &SourceFile) -> Option<Spanned<String>> {
    if !source.text().contains(KEY) {
        return None;
    }
    let (tree, _) = yaml::read(source.text());
    tree.documents().iter().find_map(|document| text(&tree, tree.get(document.root, KEY)?))
}

/// Reads a file of tests.
pub fn read(source: &SourceFile) -> Regression {
    let (tree, findings) = yaml::read(source.text());
    let mut read = Regression { findings, ..Regression::default() };
    let Some(root) = tree.documents().first().map(|document| document.root) else { return read };
    let rule = rule(&tree, root);
    misspelt(&tree, root, &TOP_KEYS, &mut read.findings);
    let list = tree.get(root, "regression_tests_info").map(|entry| &tree.node(entry.value).kind);
    let Some(NodeKind::List(tests)) = list else {
        if read.findings.is_empty() {
            let end = source.text().lines().next().map_or(0, str::len);
            let finding = Diagnostic::new(&EMPTY_TESTS, Span::of(0, end), "the file holds no test")
                .help("list recordings under `regression_tests_info`");
            read.findings.push(finding);
        }
        return read;
    };
    for (at, &test) in tests.iter().enumerate() {
        misspelt(&tree, test, &TEST_KEYS, &mut read.findings);
        let of = |key: &str| tree.get(test, key).and_then(|entry| text(&tree, entry));
        let Some(recording) = of("path") else {
            let span = Span::empty(tree.span(test).start);
            let finding = Diagnostic::new(&INVALID_TEST, span, "the test names no recording");
            read.findings.push(finding.help("write its `path` from the root of the repository"));
            continue;
        };
        let kind = of("type").map_or_else(|| ending(&recording.value).to_owned(), |kind| kind.value);
        if !["json", "jsonl", "ndjson"].contains(&kind.as_str()) {
            read.passed_over.push(kind);
            continue;
        }
        let name = of("name");
        let count = of("match_count");
        if let Some(wrong) = count.as_ref().filter(|count| count.value.parse::<usize>().is_err()) {
            let message =
                format!("the `match_count` `{}` is not a number of matches", shortened(&wrong.value));
            let finding = Diagnostic::new(&INVALID_TEST, wrong.span, message);
            read.findings.push(finding.help("write how many events of the recording match, or leave it out"));
        }
        read.suite.cases.push(Case {
            span: name.as_ref().map_or(recording.span, |name| name.span),
            name: name.map_or_else(|| format!("regression test {}", at + 1), |name| name.value),
            expect: Expect::Match,
            count: count.and_then(|count| count.value.parse().ok()),
            rule: rule.clone(),
            filters: false,
            lists: BTreeMap::new(),
            input: Input::File(recording),
        });
    }
    read
}

/// Reports keys that are nearly one with a meaning. Others are the repository's own.
fn misspelt(tree: &Tree<'_>, map: NodeId, known: &[&'static str], findings: &mut Vec<Diagnostic>) {
    for &entry in tree.entries(map).unwrap_or_default() {
        let key = tree.key(entry);
        if known.contains(&key) {
            continue;
        }
        let lacking = known.iter().copied().filter(|known| tree.get(map, known).is_none());
        if let Some(near) = nearest(key, lacking).first() {
            let message = format!("unknown key `{}`", shortened(key));
            let finding = Diagnostic::new(&UNKNOWN_TEST_KEY, tree.span(entry.key), message);
            findings.push(finding.help(format!("did you mean `{near}`?")));
        }
    }
}

/// The rule that the tests are about, where the file names a single one.
fn rule(tree: &Tree<'_>, root: NodeId) -> Option<Spanned<String>> {
    match &tree.node(tree.get(root, "rule_metadata")?.value).kind {
        NodeKind::List(rules) => match rules[..] {
            [only] => text(tree, tree.get(only, "id")?),
            _ => None,
        },
        _ => None,
    }
}

fn text(tree: &Tree<'_>, entry: Entry) -> Option<Spanned<String>> {
    let scalar = tree.scalar(entry.value).filter(|scalar| !scalar.is_null())?;
    let text = scalar.text.trim();
    (!text.is_empty()).then(|| Spanned::new(text.to_owned(), tree.span(entry.value)))
}

fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_that_can_be_read_are_tests_and_the_others_are_counted() {
        let text = "\
id: 1
rule_metadata:
    - id: a
      title: A
regression_tests_info:
    - {name: one, type: json, match_count: 2, path: data/a.json}
    - {type: evtx, path: data/a.evtx}
    - {path: data/b.jsonl}
    - {name: none}
";
        let read = read(&SourceFile::new("info.yml", text));
        let found: Vec<(&str, Option<usize>)> =
            read.suite.cases.iter().map(|case| (case.name.as_str(), case.count)).collect();
        assert_eq!(found, [("one", Some(2)), ("regression test 3", None)]);
        assert_eq!(read.suite.cases[0].rule.as_ref().map(|rule| rule.value.as_str()), Some("a"));
        assert_eq!(read.passed_over, ["evtx"]);
        assert_eq!(read.findings.len(), 1, "{:?}", read.findings);
    }

    #[test]
    fn what_is_misspelt_is_reported() {
        for (text, expected) in [
            (
                "regression_tests_info:\n    - {type: json, match_count: abc, path: a.json}\n",
                &["S0910 2:33"][..],
            ),
            ("regression_tests_info:\n    - {type: json, match_count: -1, path: a.json}\n", &["S0910 2:33"]),
            ("regression_tests_info:\n    - {type: json, match_cuont: 1, path: a.json}\n", &["S0911 2:20"]),
            ("regression_tests_info:\n    - {type: json, pth: a.json}\n", &["S0911 2:20", "S0910 2:7"]),
            ("regression_test_info:\n    - {type: json, path: a.json}\n", &["S0911 1:1"]),
            ("rule_metdata: []\nregression_tests_info:\n    - {path: a.json}\n", &["S0911 1:1"]),
            ("owner: us\nregression_tests_info:\n    - {path: a.json, reviewed: 2026-11-28}\n", &[]),
        ] {
            let source = SourceFile::new("info.yml", text);
            let found = read(&source).findings.into_iter();
            let found = found.map(|finding| {
                let place = source.position(finding.span.start);
                format!("{} {}:{}", finding.code.id, place.line, place.column)
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn rules_name_their_file() {
        for (text, expected) in [
            ("title: x\nregression_tests_path: data/info.yml\n", Some("data/info.yml")),
            ("title: x\n# regression_tests_path: data/info.yml\n", None),
            ("title: x\nregression_tests_path:\n", None),
        ] {
            let found = path(&SourceFile::new("x.yml", text)).map(|path| path.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
