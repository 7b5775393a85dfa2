//! The one-way street of `docs/architecture.md`: a module uses only those above it in the table, files and folders
//! inside a module form no circle, each foreign crate is named in its own place, and nothing but the edge has effects.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use source::{Names, names};

/// The modules in order; each may use those before it.
const ORDER: [&str; 20] = [
    "source",
    "diagnostic",
    "yaml",
    "config",
    "rule",
    "pipeline",
    "text",
    "time",
    "schema",
    "ir",
    "eval",
    "solve",
    "check",
    "triage",
    "link",
    "backend",
    "workspace",
    "export",
    "facade",
    "cli",
];

/// Sisters that never see each other.
const SISTERS: [(&str, &str); 2] = [("eval", "backend"), ("backend", "eval")];

/// The edge: everything may happen there.
const EDGE: &str = "cli";

/// Every direct dependency, and the files or folders that may name it (`*` is any folder): one place each, so that it can be replaced there,
/// but for a few that are as common as the standard library.
const CRATES: [(&str, &[&str]); 30] = [
    // Many parts of texts at once: of one value, or those that rules need.
    ("aho_corasick", &["eval/text.rs", "eval/index.rs"]),
    ("annotate_snippets", &["diagnostic/render/text.rs"]),
    ("anstream", &["cli/output.rs"]),
    ("clap", &["cli/args.rs", "cli/args", "cli/mod.rs", "cli/shell.rs"]),
    ("clap_complete", &["cli/args.rs", "cli/shell.rs"]),
    ("clap_mangen", &["cli/shell.rs"]),
    ("flate2", &["cli/events.rs"]),
    ("granit_parser", &["yaml/events.rs"]),
    ("ignore", &["cli/ignored.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    // One grammar each: conditions, and the languages that are read back.
    ("nom", &["rule/condition", "backend/*/read"]),
    // The files of a collection, and the parts of an event file.
    ("rayon", &["cli/grouped.rs", "cli/load.rs", "cli/parts.rs"]),
    // A pattern is matched where it is evaluated, judged against known values, or held against what a column stores.
    ("regex", &["ir", "pipeline", "eval", "check/member.rs", "backend/cwli"]),
    ("regex_syntax", &["ir/pattern", "text/fold.rs"]),
    // Shipped schemas, in a form that a start can afford to read.
    ("rmp_serde", &["schema/file.rs"]),
    // A map by hash: as common as the standard library's.
    ("rustc_hash", &[""]),
    // Derived for what is read from files; events are read without a tree of maps.
    ("serde", &["config", "schema", "eval/json/complete.rs", "export/manifest.rs", "yaml/de.rs"]),
    // JSON values are what events are made of, and a format of output.
    (
        "serde_json",
        &[
            "diagnostic/render",
            "config/json.rs",
            "pipeline",
            "schema",
            "eval",
            "solve",
            "check/member.rs",
            "triage/baseline.rs",
            "backend",
            "workspace",
            "export",
            "cli",
        ],
    ),
    ("ruzstd", &["cli/events.rs"]),
    ("serde_yaml", &["export/text.rs"]),
    ("sha1", &["export/text.rs"]),
    ("sha2", &["export/text.rs"]),
    ("similar", &["diagnostic/fix.rs"]),
    ("strsim", &["diagnostic/nearest.rs"]),
    ("terminal_size", &["cli/layout.rs"]),
    ("thiserror", &["eval/stream.rs", "backend", "cli/mod.rs"]),
    ("toml", &["config/read.rs"]),
    ("unicode_normalization", &["cli/portable.rs"]),
    ("uuid", &["export/text.rs"]),
    ("walkdir", &["cli/files.rs"]),
];

/// What only the edge may name.
const EFFECTS: [&[&str]; 9] = [
    &["std", "fs"],
    &["std", "env"],
    &["std", "io"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "net", "TcpStream"],
    &["std", "net", "UdpSocket"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
];

/// The doors of the edge: what goes out and what touches files has one module, and those that only ask whether a
/// terminal is there.
const DOORS: [(&[&str], &[&str]); 5] = [
    (&["std", "io", "stdout"], &["cli/output.rs", "cli/layout.rs"]),
    (&["std", "io", "Stdout"], &[]),
    (&["std", "io", "stderr"], &["cli/output.rs", "cli/progress.rs"]),
    (&["std", "io", "Stderr"], &[]),
    (&["std", "fs"], &["cli/disk.rs"]),
];

/// Macros that print.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// A file below `src` by its path, and what it names.
type Files = BTreeMap<String, Names>;

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Every file but the crate roots and files of tests.
fn tree() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts = below(&root).into_iter().filter_map(|path| {
        let relative = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let tests = relative.ends_with("/tests.rs") || relative.contains("/tests/");
        let skipped = ["lib.rs", "main.rs"].contains(&&*relative) || tests;
        (!skipped).then(|| (relative, fs::read_to_string(&path).expect("UTF-8")))
    });
    files(texts)
}

fn files(texts: impl IntoIterator<Item = (String, String)>) -> Files {
    texts.into_iter().map(|(path, text)| (path.clone(), names(&text, &module(&path)))).collect()
}

/// `check/lints/mod.rs` is the module `check::lints`, `check/item.rs` is `check::item`.
fn module(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(str::to_owned).collect()
}

/// The file of the longest module in a path from the root of the crate; names that a module gives on lead further.
fn file_of(files: &Files, path: &[String]) -> Option<String> {
    let mut path = path.to_vec();
    // No chain of names that are given on is this long.
    for _ in 0..8 {
        let inner = path.strip_prefix(&["crate".to_owned()])?.to_vec();
        let (depth, file) = (1..=inner.len()).rev().find_map(|depth| {
            let name = inner[..depth].join("/");
            let file = [format!("{name}.rs"), format!("{name}/mod.rs")]
                .into_iter()
                .find(|file| files.contains_key(file));
            file.map(|file| (depth, file))
        })?;
        let given = inner.get(depth).and_then(|name| files[&file].given.iter().find(|(own, _)| own == name));
        match given {
            Some((_, target)) if target.first().is_some_and(|first| first == "crate") => {
                path = target.iter().chain(&inner[depth + 1..]).cloned().collect();
            }
            _ => return Some(file),
        }
    }
    None
}

fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The edges between files.
fn edges(files: &Files) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (file, names) in files {
        for target in names.paths.iter().filter_map(|path| file_of(files, path)) {
            if target != *file {
                found.insert((file.clone(), target));
            }
        }
    }
    found
}

/// Uses of a module below, or of a sister.
fn against_the_street(files: &Files) -> Vec<String> {
    let rank = |file: &str| ORDER.iter().position(|known| *known == top(file));
    let mut wrong: Vec<String> = files
        .keys()
        .filter(|file| rank(file).is_none())
        .map(|file| format!("{file}: the table does not list its module"))
        .collect();
    for (file, names) in files {
        for path in names.paths.iter().filter(|path| path.first().is_some_and(|first| first == "crate")) {
            // A name that a module gives on counts for that module as well as for where it comes from.
            let direct = path.get(1).map(String::as_str).unwrap_or_default();
            let origin = file_of(files, path);
            for other in std::iter::once(direct).chain(origin.as_deref().map(top)) {
                let against = rank(other) > rank(file) && rank(other).is_some();
                if against || SISTERS.contains(&(top(file), other)) {
                    wrong.push(format!("{file} uses {other}"));
                }
            }
        }
    }
    wrong.dedup();
    wrong
}

/// A file that stands for a folder as its `mod.rs`: `schema/file.rs` beside `schema/file/`.
fn placed(files: &Files, file: &str) -> String {
    let folder = format!("{}/", file.trim_end_matches(".rs"));
    let stands = files.keys().any(|other| other.starts_with(&folder));
    if stands { format!("{folder}mod.rs") } else { file.to_owned() }
}

/// The circles among the files and sub-folders of each folder. A folder's own `mod.rs` is above all of them.
fn circles(files: &Files) -> Vec<String> {
    let edges: Vec<_> =
        edges(files).iter().map(|(from, to)| (placed(files, from), placed(files, to))).collect();
    let mut folders: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (from, to) in &edges {
        // The deepest folder that holds both, and what it holds of each.
        let (mut one, mut other) = (from.split('/'), to.split('/'));
        let mut folder = 0;
        while let (Some(own), Some(theirs)) = (one.next(), other.next()) {
            if own == theirs {
                folder += own.len() + 1;
                continue;
            }
            // Between modules the street decides.
            if folder > 0 && own != "mod.rs" && theirs != "mod.rs" {
                folders.entry(&from[..folder]).or_default().insert((own, theirs));
            }
            break;
        }
    }
    let mut wrong = Vec::new();
    for (folder, edges) in folders {
        let reach = |from: &str| {
            let mut seen = BTreeSet::new();
            let mut open = vec![from];
            while let Some(at) = open.pop() {
                for (_, next) in edges.iter().filter(|(own, _)| *own == at) {
                    if seen.insert(*next) {
                        open.push(next);
                    }
                }
            }
            seen
        };
        // An edge belongs to a circle when its start is reached from its end.
        let circle: Vec<String> = edges
            .iter()
            .filter(|(from, to)| reach(to).contains(from))
            .map(|(from, to)| format!("{from} -> {to}"))
            .collect();
        if !circle.is_empty() {
            wrong.push(format!("{folder}: {}", circle.join(", ")));
        }
    }
    wrong
}

/// Whether a file lies at a place: a beginning of its path, in which `*` stands for one folder.
fn is_at(file: &str, place: &str) -> bool {
    match place.split_once("*/") {
        None => file.starts_with(place),
        Some((before, after)) => {
            let rest = file.strip_prefix(before).and_then(|rest| rest.split_once('/'));
            rest.is_some_and(|(_, rest)| rest.starts_with(after))
        }
    }
}

/// Foreign crates out of their place.
fn misplaced(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, names) in files {
        for (name, places) in CRATES {
            let named = names.paths.iter().any(|path| path.first().is_some_and(|first| first == name));
            if named && !places.iter().any(|place| is_at(file, place)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    wrong
}

/// Effects outside the edge.
fn effects(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, names) in files.iter().filter(|(file, _)| top(file) != EDGE) {
        for path in &names.paths {
            let is = |effect: &&&[&str]| {
                path.len() >= effect.len() && path.iter().zip(**effect).all(|(a, b)| a == b)
            };
            wrong.extend(EFFECTS.iter().find(is).map(|effect| format!("{file}: {}", effect.join("::"))));
            // `use std::{self}` and `use std::*` would hide all of them.
            if path.len() == 1 && path[0] == "std" {
                wrong.push(format!("{file}: std as a whole"));
            }
        }
        let prints = names.macros.iter().filter(|name| PRINTING.contains(&name.as_str()));
        wrong.extend(prints.map(|name| format!("{file}: {name}!")));
    }
    wrong
}

/// What goes past the doors of the edge.
fn past_the_doors(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, names) in files.iter().filter(|(file, _)| top(file) == EDGE) {
        for path in &names.paths {
            for (door, places) in DOORS {
                // `use std::io` makes the last part of it enough.
                let is =
                    |door: &[&str]| path.len() >= door.len() && path.iter().zip(door).all(|(a, b)| a == b);
                let named = is(door) || is(door.get(1..).unwrap_or(door));
                if named && !places.contains(&file.as_str()) {
                    wrong.push(format!("{file}: {}", door.join("::")));
                }
            }
        }
        let prints = names.macros.iter().filter(|name| PRINTING.contains(&name.as_str()));
        wrong.extend(prints.map(|name| format!("{file}: {name}!")));
    }
    wrong
}

/// Crates that open connections, as far as names are known; none is in the tree, so that nothing can be fetched or sent.
const NETWORK: [&str; 20] = [
    "async-std",
    "attohttpc",
    "curl",
    "h2",
    "hickory-resolver",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tokio",
    "tungstenite",
    "ureq",
    "url",
];

#[test]
fn no_crate_of_the_tree_opens_a_connection() {
    let lock =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("a lock file");
    let names: BTreeSet<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(names.len() > 50 && names.contains("clap"), "{names:?}");
    let found: Vec<&&str> = NETWORK.iter().filter(|name| names.contains(**name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn one_module_prints_and_one_touches_files() {
    let wrong = past_the_doors(&tree());
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (text, seen) in [
        ("fn f() { std::io::stdout().lock(); }", true),
        ("use std::io::{self, Write}; fn f() { io::stderr().write_all(b\"x\"); }", true),
        ("use std::io::stdout as out;", true),
        ("fn f() { println!(\"x\") }", true),
        ("use std::fs::File;", true),
        ("fn f() { std::fs::write(\"x\", \"y\"); }", true),
        ("use std::io::{Read, stdin};", false),
    ] {
        let planted = files([("cli/x.rs".to_owned(), text.to_owned())]);
        assert_eq!(!past_the_doors(&planted).is_empty(), seen, "{text}");
    }
}

#[test]
fn a_module_uses_only_those_above_it() {
    let files = tree();
    let seen = edges(&files).len();
    assert!(seen > 400, "the test sees only {seen} edges");
    let wrong = against_the_street(&files);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_inside_a_module_form_no_circle() {
    let wrong = circles(&tree());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_foreign_crate_is_named_in_its_own_place() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("a manifest");
    let section = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next());
    let direct: BTreeSet<String> = section
        .expect("dependencies")
        .lines()
        .filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_")))
        .collect();
    let listed: BTreeSet<String> = CRATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(direct, listed, "the direct dependencies, and those that have their place here");
    let wrong = misplaced(&tree());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_edge_has_effects() {
    let wrong = effects(&tree());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Small trees, each with one planted fault.
#[test]
fn planted_faults_are_seen() {
    let tree = |texts: &[(&str, &str)]| {
        files(texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    };
    let rest: &[(&str, &str)] =
        &[("cli/mod.rs", ""), ("check/mod.rs", "pub mod text;"), ("check/text.rs", "")];
    let with = |path: &'static str, text: &'static str| {
        let mut all = rest.to_vec();
        all.retain(|(known, _)| *known != path);
        all.push((path, text));
        tree(&all)
    };
    for text in [
        "use crate::{check::{text}, cli::x};",
        "use crate::cli as other;",
        "fn f() { crate::cli::run() }",
        "fn f() -> Option<crate::cli::Failure> { None }",
        "fn f() { format!(\"{}\", crate::cli::name()) }",
        "mod inner { fn f() { super::super::cli::run() } }",
    ] {
        assert!(!against_the_street(&with("check/mod.rs", text)).is_empty(), "{text}");
    }
    assert!(!against_the_street(&with("check/text.rs", "use super::super::cli::run;")).is_empty());
    assert!(!against_the_street(&with("unlisted/mod.rs", "")).is_empty());
    for text in [
        "use std::{fs, fmt};",
        "use std::{collections::BTreeMap, io::{self, Read}};",
        "use std::env as surroundings;",
        "use std::time::{Duration, Instant};",
        "use std::*;",
        "fn f() { std::process::exit(1) }",
        "fn f() { println!(\"x\") }",
        "fn f() { vec![std::fs::read(\"x\")]; }",
        "fn f() { assert!({ eprintln!(\"x\"); true }) }",
    ] {
        assert!(!effects(&with("check/text.rs", text)).is_empty(), "{text}");
        assert!(effects(&with("cli/mod.rs", text)).is_empty(), "{text}");
    }
    for text in ["use std::fmt;", "#[cfg(test)] mod tests { use std::fs; }", "/// `std::fs`\nfn f() {}"] {
        assert!(effects(&with("check/text.rs", text)).is_empty(), "{text}");
    }
    for text in [
        "use strsim::jaro;",
        "use {std::fmt, strsim as s};",
        "fn f() { strsim::jaro(\"a\", \"b\"); }",
        "fn f() { format!(\"{}\", strsim::jaro(\"a\", \"b\")) }",
        "#[derive(strsim::Trait)] struct S;",
    ] {
        assert!(!misplaced(&with("check/text.rs", text)).is_empty(), "{text}");
        assert!(misplaced(&with("diagnostic/nearest.rs", text)).is_empty(), "{text}");
    }
    for (what, texts) in [
        ("two files", &[("check/a.rs", "use super::b::x;"), ("check/b.rs", "use super::a::y;")][..]),
        (
            "three files",
            &[
                ("check/a.rs", "use super::b::x;"),
                ("check/b.rs", "use crate::check::c;"),
                ("check/c.rs", "fn f() { super::a::g() }"),
            ],
        ),
        (
            "through what the module gives on",
            &[
                ("check/mod.rs", "mod a; mod b; pub use a::A;"),
                ("check/a.rs", "use super::b::B;"),
                ("check/b.rs", "use super::A;"),
            ],
        ),
        (
            "a file and a folder",
            &[
                ("check/lints/mod.rs", "pub struct Site;"),
                ("check/lints/one.rs", "use crate::check::core::listed;"),
                ("check/core.rs", "use super::lints::Site;"),
            ],
        ),
    ] {
        assert_eq!(circles(&tree(texts)).len(), 1, "{what}");
    }
    let apart = [
        ("check/mod.rs", "mod a; mod b; pub use a::A; fn f() { b::g() }"),
        ("check/a.rs", "use super::f;"),
        ("check/b.rs", "use super::A;"),
    ];
    assert!(circles(&tree(&apart)).is_empty());
}
