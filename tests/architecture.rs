//! The one-way street of `docs/architecture.md`: a module uses only those above it in the table, each foreign crate is
//! named in its own place, and nothing but the edges does I/O.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in order; each may use those before it.
const ORDER: [&str; 16] = [
    "source",
    "diagnostic",
    "yaml",
    "config",
    "rule",
    "text",
    "time",
    "schema",
    "ir",
    "eval",
    "solve",
    "check",
    "link",
    "backend",
    "workspace",
    "cli",
];

/// Sisters that never see each other.
const SISTERS: [(&str, &str); 2] = [("eval", "backend"), ("backend", "eval")];

/// Foreign crates and the files or folders that may name them; `*` stands for a folder.
const CRATES: [(&str, &[&str]); 12] = [
    ("annotate_snippets", &["diagnostic/render/text.rs"]),
    ("strsim", &["diagnostic/nearest.rs"]),
    ("granit_parser", &["yaml"]),
    ("toml", &["config/read.rs"]),
    ("nom", &["rule/condition", "backend/*/read"]),
    ("regex_syntax", &["ir/pattern", "text/fold.rs"]),
    ("clap", &["cli/args.rs", "cli/mod.rs"]),
    ("anstream", &["cli/mod.rs"]),
    ("walkdir", &["cli/files.rs"]),
    ("rayon", &["cli/load.rs"]),
    ("flate2", &["cli/events.rs"]),
    ("indicatif", &["cli/progress.rs"]),
];

/// What only the edges may do.
const EFFECTS: [&str; 8] = [
    "std::fs",
    "std::env",
    "std::io",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
    "println!",
    "eprintln!",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of every file below `src` but the crate roots: its path, its module, and its text without comments and
/// without its tests.
fn code() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root)
        .into_iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            let (module, _) = relative.split_once('/')?;
            let text = fs::read_to_string(&path).expect("UTF-8");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            Some((relative.clone(), module.to_owned(), lines.join("\n")))
        })
        .collect()
}

/// The modules that `text` names after `crate::`, also in nested imports.
fn used(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        let rest = &text[at + start.len()..];
        let names = match rest.strip_prefix('{') {
            Some(inner) => inner.split('}').next().unwrap_or_default(),
            None => rest,
        };
        let end = if rest.starts_with('{') {
            names.len()
        } else {
            names.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(names.len())
        };
        found.extend(names[..end].split(',').map(|name| name.trim().split("::").next().unwrap_or_default()));
    }
    found
}

#[test]
fn a_module_uses_only_those_above_it() {
    let rank = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    let mut edges = 0;
    for (file, module, text) in code() {
        let own = rank(&module).unwrap_or_else(|| panic!("{file}: the table does not list `{module}`"));
        for other in used(&text) {
            let Some(theirs) = rank(other) else { continue };
            edges += 1;
            if theirs > own || SISTERS.contains(&(module.as_str(), other)) {
                wrong.push(format!("{file} uses {other}"));
            }
        }
    }
    assert!(edges > 50, "the test sees only {edges} edges");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a file is the place, or below it.
fn lies_in(file: &str, place: &str) -> bool {
    match place.split_once("/*/") {
        Some((folder, rest)) => file
            .strip_prefix(folder)
            .and_then(|file| file.strip_prefix('/')?.split_once('/'))
            .is_some_and(|(_, inside)| inside.starts_with(rest)),
        None => file.starts_with(place),
    }
}

#[test]
fn a_foreign_crate_is_named_in_its_own_place() {
    let mut wrong = Vec::new();
    for (file, _, text) in code() {
        for (name, places) in CRATES {
            let named = text.contains(&format!("{name}::")) && !text.contains(&format!("_{name}::"));
            if named && !places.iter().any(|place| lies_in(&file, place)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_edges_have_effects() {
    let mut wrong = Vec::new();
    for (file, module, text) in code() {
        if module == "cli" {
            continue;
        }
        wrong.extend(
            EFFECTS.iter().filter(|effect| text.contains(*effect)).map(|effect| format!("{file}: {effect}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
