//! Public rules: none makes the reader fail, and every span fits its text.
//!
//! The folder is named by `SIGMATA_CORPUS`; without it there is nothing to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sigmata::diagnostic::Severity;
use sigmata::rule;
use sigmata::source::SourceFile;

fn rules(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rules(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            found.push(path);
        }
    }
}

#[test]
fn every_public_rule_is_read() {
    let Some(folder) = std::env::var_os("SIGMATA_CORPUS") else { return };
    let mut paths = Vec::new();
    rules(Path::new(&folder), &mut paths);
    assert!(!paths.is_empty(), "no rules in {}", folder.display());
    paths.sort();
    let mut counts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut errors = 0;
    for path in &paths {
        let source = SourceFile::new(path.to_string_lossy(), fs::read_to_string(path).expect("UTF-8"));
        let reading = rule::read(&source);
        assert!(reading.sigma, "{}", path.display());
        assert_eq!(reading.documents.len(), 1, "{}", path.display());
        for finding in &reading.diagnostics {
            assert!(source.text().get(finding.span.range()).is_some(), "{finding:?}");
            errors += usize::from(finding.severity == Severity::Error);
            let place = source.position(finding.span.start);
            counts.entry(finding.code.id).or_default().push(format!(
                "{}:{}: {}",
                path.file_name().unwrap_or_default().to_string_lossy(),
                place.line,
                finding.message
            ));
        }
    }
    for (code, places) in &counts {
        println!("{code}: {}", places.len());
        for place in places.iter().take(8) {
            println!("    {place}");
        }
    }
    println!("{} rules, {errors} errors", paths.len());
}
