//! The page that sets queries beside the vendors' own counts ours as they are.

use std::path::Path;

use sigmata::backend::{self, Options};
use sigmata::check::check;
use sigmata::rule::{self, Document};
use sigmata::source::SourceFile;

/// Runs of letters, digits and `_`, and every other character that is not a blank, by itself.
fn words(text: &str) -> usize {
    let (mut count, mut inside) = (0, false);
    for char in text.chars() {
        let word = char.is_alphanumeric() || char == '_';
        if !(char.is_whitespace() || word && inside) {
            count += 1;
        }
        inside = word;
    }
    count
}

fn query(root: &Path, rule: &str, target: &str) -> String {
    let path = root.join("rules").join(format!("{rule}.yml"));
    let text = std::fs::read_to_string(&path).expect("a rule");
    let documents = rule::read(&SourceFile::new("rule.yml", text)).documents;
    let Some(Document::Detection(rule)) = documents.into_iter().next() else { panic!("{}", path.display()) };
    let (typed, _) = check(&rule, &super::lists::registry());
    let mut options = Options::default();
    options.heading.bare = true;
    backend::find(target).expect("a target").compile(&rule, &typed, &options).query.expect("a query")
}

/// `SIGMATA_ACCEPT=1` writes the numbers anew.
#[test]
fn queries_beside_those_of_vendors_are_counted_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/beside.md");
    let text = std::fs::read_to_string(&page).expect("the page");
    let (mut out, mut rows) = (Vec::new(), 0);
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", rule, target @ ("kql" | "spl"), theirs, their_words, _, _, why, ""] = cells[..] else {
            out.push(line.to_owned());
            continue;
        };
        rows += 1;
        let ours = words(&query(root, rule.trim_matches('`'), target));
        let of_theirs: usize = their_words.parse().expect("a count");
        let hundredths = ours * 100 / of_theirs;
        assert!(hundredths <= 150 || !why.is_empty(), "{rule} {target} is longer, and no reason is there");
        let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        out.push(format!("| {rule} | {target} | {theirs} | {their_words} | {ours} | {ratio} | {why} |"));
    }
    let out = out.join("\n") + "\n";
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&page, &out).expect("a writable page");
    }
    assert_eq!(rows, 10, "ten pairs");
    assert!(
        out == text || std::env::var_os("SIGMATA_ACCEPT").is_some(),
        "docs/beside.md: run with SIGMATA_ACCEPT=1"
    );
}
