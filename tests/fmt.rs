//! `sigmata fmt` over the library and, with `SIGMATA_CORPUS`, a folder of public rules: what a rule means stays, and so
//! do its comments; a second run changes nothing.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use sigmata::Checker;
use sigmata::backend::Options;
use sigmata::rule::fmt::formatted;
use sigmata::yaml;
use support::{Run, folder};

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let rule = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
        if path.is_dir() {
            below(&path, found);
        } else if rule && !path.to_string_lossy().contains(".test.") {
            found.push(path);
        }
    }
}

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut found);
    if let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") {
        below(Path::new(&corpus), &mut found);
    }
    found
}

/// Comments as a set, with how often each occurs.
fn comments(text: &str) -> Vec<String> {
    let (tree, _) = yaml::read(text);
    let mut found: Vec<String> =
        tree.comments().iter().map(|&span| tree.slice(span).trim_end().to_owned()).collect();
    found.sort_unstable();
    found
}

/// Queries and findings of each rule, without places.
fn meaning(checker: &Checker, name: &str, text: &str) -> Vec<String> {
    let rules = checker.read(name, text);
    let mut found: Vec<String> =
        rules.findings().iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
    found.sort_unstable();
    for rule in rules.iter() {
        found.push(format!("{:?} {:?}", rule.title(), rule.id()));
        for target in ["kql", "spl", "cwli"] {
            found.push(match rule.compile(target, &Options::default()) {
                Ok(query) => query.to_string(),
                Err(_) => "refused".to_owned(),
            });
        }
    }
    found
}

#[test]
fn the_layout_changes_nothing_but_the_layout() {
    let checker = Checker::new();
    let mut changed = 0;
    for path in files() {
        let name = path.to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("UTF-8");
        let made = formatted(&text, 4).unwrap_or_else(|left| panic!("{name}: {left:?}"));
        assert_eq!(formatted(&made, 4).expect("laid out"), made, "{name}: a second run");
        if made == text {
            continue;
        }
        changed += 1;
        assert_eq!(comments(&made), comments(&text), "{name}");
        assert_eq!(meaning(&checker, &name, &made), meaning(&checker, &name, &text), "{name}");
    }
    assert!(changed > 0);
}

/// Comments anywhere, indented anyhow: the second run changes nothing, and each comment is kept.
#[test]
fn comments_find_their_place_at_once() {
    let mut paths = files();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics"), &mut paths);
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("a small number") % below
    };
    let mut seen = 0;
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for _ in 0..4 {
            let mut odd = String::new();
            for (at, line) in text.split_inclusive('\n').enumerate() {
                if random(6) == 0 {
                    let column = random(14);
                    odd.push_str(&format!("{:column$}# {at}\n", ""));
                }
                odd.push_str(line);
            }
            let Ok(made) = formatted(&odd, 4) else { continue };
            seen += 1;
            assert_eq!(comments(&made), comments(&odd), "{}: {odd}", path.display());
            let again = formatted(&made, 4).expect("laid out");
            assert_eq!(again, made, "{}: a second run of {odd}", path.display());
        }
    }
    assert!(seen > 1000, "{seen}");
}

const UGLY: &str = "level: low\ntitle:  T\nlogsource:\n  service: cloudtrail\n  product: aws\ndetection:\n  s: {eventName: CreateUser}\n  condition: s\n";
const NEAT: &str = "title: T\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    s: {eventName: CreateUser}\n    condition: s\nlevel: low\n";

#[test]
fn files_are_written_named_or_compared() {
    let folder = folder(&[
        ("r/a.yml", UGLY),
        ("r/b.yml", NEAT),
        ("two/sigmata.toml", "fmt.indent = 2\n"),
        ("two/c.yml", UGLY),
    ]);
    let run = Run::new(&folder, &["fmt", "--check", "r"]);
    assert_eq!((run.code, &*run.out), (1, "r/a.yml\n1 file to lay out, 1 unchanged\n"));
    let run = Run::new(&folder, &["fmt", "--diff", "r"]);
    assert!(run.code == 1 && run.out.starts_with("--- a/r/a.yml\n+++ b/r/a.yml\n@@"), "{}", run.out);
    let run = Run::new(&folder, &["fmt", "r", "two"]);
    assert_eq!((run.code, &*run.out), (0, "2 files laid out, 1 unchanged\n"));
    assert_eq!(fs::read_to_string(folder.path("r/a.yml")).expect("a file"), NEAT);
    let two = fs::read_to_string(folder.path("two/c.yml")).expect("a file");
    assert!(two.contains("\n  product: aws\n  service"), "{two}");
    assert_eq!(Run::new(&folder, &["fmt", "--check"]).code, 0);
    for (setting, said) in [
        ("fmt.indent=9", "`fmt.indent` is a number between 2 and 8"),
        ("fmt.indnt=2", "did you mean `indent`?"),
    ] {
        let run = Run::new(&folder, &["fmt", "--set", setting]);
        assert!(run.code == 2 && run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn the_library_is_laid_out() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let run = Run::new(&folder(&[("x", "")]), &["fmt", "--check", &rules.to_string_lossy()]);
    assert_eq!(run.code, 0, "`sigmata fmt rules`: {}", run.out);
}

#[test]
fn what_cannot_be_read_is_said_and_left() {
    let broken = UGLY.replace("low", "'low");
    let folder = folder(&[("a.yml", &broken), ("b.yml", UGLY)]);
    let run = Run::new(&folder, &["fmt"]);
    assert!(run.code == 2 && run.err.contains("S0001"), "{}{}", run.out, run.err);
    assert_eq!(fs::read_to_string(folder.path("a.yml")).expect("a file"), broken);
    assert_eq!(fs::read_to_string(folder.path("b.yml")).expect("a file"), NEAT);
}

#[test]
fn what_is_no_rule_is_said_and_left() {
    let folder = folder(&[("empty.yml", ""), ("other.yml", "foo:   1\n")]);
    for (name, text) in [("empty.yml", ""), ("other.yml", "foo:   1\n")] {
        let run = Run::new(&folder, &["fmt", name]);
        assert!(run.code == 2 && run.err.contains("error[S0950]"), "{}{}", run.out, run.err);
        assert_eq!(run.out, "0 files laid out, 0 unchanged\n");
        assert_eq!(fs::read_to_string(folder.path(name)).expect("a file"), text);
    }
}

#[test]
fn a_difference_is_applied() {
    let long = NEAT.replace(
        "title: T\n",
        "level: low\ntitle:  T\ndescription: |\n    a\n    b\n    c\n    d\n    e\n    f\n    g\n    h\n",
    );
    let long = long.replace("condition: s\nlevel: low\n", "condition:   s\n");
    let folder = folder(&[("a.yml", &long), ("b c.yml", UGLY), ("d.yml", NEAT.trim_end())]);
    let run = Run::new(&folder, &["fmt", "--diff"]);
    assert_eq!(run.out.matches("\n@@ ").count(), 4, "{}", run.out);
    fs::write(folder.path("x.patch"), &run.out).expect("a file");
    let git =
        std::process::Command::new("git").args(["apply", "x.patch"]).current_dir(folder.path("")).output();
    let git = git.expect("git");
    assert!(git.status.success(), "{}{}", String::from_utf8_lossy(&git.stderr), run.out);
    assert_eq!(Run::new(&folder, &["fmt", "--check"]).code, 0);
}

#[test]
fn standard_input() {
    let folder = folder(&[("sub/sigmata.toml", "fmt.indent = 2\n")]);
    let run = Run::with_input(&folder, &["fmt", "-"], UGLY);
    assert_eq!((run.code, &*run.out, &*run.err), (0, NEAT, ""));
    let run = Run::with_input(&folder, &["fmt", "-", "--stdin-filename", "sub/x.yml"], NEAT);
    assert!(run.code == 0 && run.out.contains("\n  product: aws"), "{}", run.out);
    let run = Run::with_input(&folder, &["fmt", "--check", "--stdin-filename", "sub/x.yml", "-"], NEAT);
    assert_eq!((run.code, &*run.out), (1, "sub/x.yml\n1 file to lay out, 0 unchanged\n"));
    let run = Run::with_input(
        &folder,
        &["check", "-", "--format", "concise", "--stdin-filename", "sub/x.yml"],
        &NEAT.replace("CreateUser", "CreateUserr"),
    );
    assert!(run.out.contains("sub/x.yml:6:20: warning[S0433]"), "{}{}", run.out, run.err);
    let run = Run::with_input(&folder, &["check", "-", "--fix"], NEAT);
    assert_eq!((run.code, &*run.out), (0, NEAT), "{}", run.err);
    let run = Run::with_input(&folder, &["compile", "-", "-t", "kql"], NEAT);
    assert!(run.code == 0 && run.out.contains("CreateUser"), "{}", run.err);
}

/// Nothing is laid out, printed or written of a file whose bytes are not UTF-8.
#[test]
fn what_is_no_utf8_is_left_as_it_is() {
    let folder = folder(&[]);
    let bytes = [NEAT.as_bytes(), b"# \xe9\n"].concat();
    std::fs::write(folder.path("a.yml"), &bytes).expect("a file");
    for args in [&["fmt", "a.yml"][..], &["fmt", "--check", "a.yml"], &["fmt", "--diff", "a.yml"]] {
        let run = Run::new(&folder, args);
        assert_eq!(
            (run.code, std::fs::read(folder.path("a.yml")).expect("a file") == bytes),
            (2, true),
            "{args:?}"
        );
        assert!(run.err.contains("error[S0002]") && !run.out.contains('\u{fffd}'), "{}{}", run.out, run.err);
    }
}
