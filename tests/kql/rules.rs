//! Whole rules, from YAML to KQL.

use sigmata::check::check;
use sigmata::diagnostic::{Diagnostic, has_errors};
use sigmata::rule::{Document, read};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::target::kql::Kql;
use sigmata::target::{Compiled, Options, Target as _};

/// Each detection rule of a text.
pub fn compile_text(registry: &Registry, text: &str, options: &Options) -> Vec<(Compiled, Vec<Diagnostic>)> {
    let source = SourceFile::new("rule.yml", text);
    let reading = read(&source);
    let rules = reading.documents.iter().filter_map(|document| match document {
        Document::Detection(rule) => Some(rule),
        _ => None,
    });
    rules
        .map(|rule| {
            let (typed, mut found) = check(rule, registry);
            found.extend(reading.diagnostics.iter().cloned());
            (Kql::SENTINEL.compile(rule, &typed, options), found)
        })
        .collect()
}

#[test]
fn dump() {
    let registry = Registry::shipped();
    let options = Options { kql_table: Some("Corpus".into()), ..Options::default() };
    let mut out = String::new();
    for root in std::env::var("DUMP").unwrap_or_default().split(':').filter(|root| !root.is_empty()) {
        let mut stack = vec![std::path::PathBuf::from(root)];
        while let Some(path) = stack.pop() {
            if path.is_dir() {
                stack.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let name = path.display().to_string();
            if !name.ends_with(".yml") || name.ends_with(".test.yml") {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (compiled, found) in compile_text(&registry, &text, &options) {
                let errors: Vec<_> = found
                    .iter()
                    .filter(|f| f.severity == sigmata::diagnostic::Severity::Error)
                    .map(|f| format!("{} {}", f.code.id, f.message))
                    .collect();
                let row = serde_json::json!({"id": name, "query": compiled.query, "fidelity": compiled.fidelity.name(), "check": errors,
                    "notes": compiled.notes.iter().map(|n| format!("{} {} {}", n.code.id, n.direction.name(), n.message)).collect::<Vec<_>>(),
                    "diagnostics": compiled.diagnostics.iter().map(|d| format!("{} {}", d.code.id, d.message)).collect::<Vec<_>>()});
                out.push_str(&row.to_string());
                out.push('\n');
            }
        }
    }
    if !out.is_empty() {
        std::fs::write("/tmp/kql_dump.ndjson", out).unwrap();
    }
    let _ = has_errors(&[]);
}
