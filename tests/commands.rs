//! The command line as a whole: help, completions, manual pages, and what is common to all commands.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::{Run, folder};

/// The commands below one, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command with its help, each after the one that it is below.
fn helps(words: &[String], found: &mut Vec<(String, String)>) {
    let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
    args.push("--help");
    let run = Run::new(&folder(&[]), &args);
    assert_eq!(run.code, 0, "{args:?}: {}", run.err);
    let name = [&["sigmata".to_owned()], words].concat().join(" ");
    found.push((name, run.out.clone()));
    for word in below(&run.out) {
        helps(&[words, &[word]].concat(), found);
    }
}

#[test]
fn the_page_of_commands_is_their_help() {
    let mut found = Vec::new();
    helps(&[], &mut found);
    let mut page = String::from(
        "# Commands\n\nWhat `--help` prints of each command. This page is generated: `SIGMATA_ACCEPT=1 cargo test --test commands`.\n",
    );
    for (name, help) in &found {
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        fs::write(&path, &page).expect("writable");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/commands.md is not what SIGMATA_ACCEPT=1 writes");
    for (name, help) in &found {
        let bare = ["sigmata schema", "sigmata config", "sigmata schema list", "sigmata version"]
            .contains(&name.as_str());
        assert!(bare || help.contains("Examples:\n"), "{name} has no example");
    }
    assert!(found.len() > 18, "{}", found.len());
}

#[test]
fn shells_complete_commands() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = Run::new(&folder, &["completions", shell]);
        assert!(run.code == 0 && run.out.contains("witness") && run.out.contains("fail-on"), "{shell}");
    }
    let script = Run::new(&folder, &["completions", "bash"]).out;
    fs::write(folder.path("complete.sh"), script).expect("writable");
    let bash = Command::new("bash").arg("-n").arg(folder.path("complete.sh")).stderr(Stdio::piped()).output();
    let bash = bash.expect("bash");
    assert!(bash.status.success(), "{}", String::from_utf8_lossy(&bash.stderr));
    assert_eq!(Run::new(&folder, &["completions", "ksh"]).code, 2);
}

#[test]
fn manual_pages() {
    let folder = folder(&[]);
    for (args, title) in [
        (&["man"][..], ".TH SIGMATA 1"),
        (&["man", "check"], ".TH SIGMATA-CHECK 1"),
        (&["man", "schema", "show"], ".TH SIGMATA-SCHEMA-SHOW 1"),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == 0 && run.out.contains(title), "{args:?}: {}", run.out);
    }
    let run = Run::new(&folder, &["man", "chekc"]);
    assert!(run.code == 2 && run.err.contains("did you mean `check`?"), "{}", run.err);
    let run = Run::new(&folder, &["man", "--output", "man1"]);
    assert!(run.code == 0 && folder.path("man1/sigmata-schema-show.1").is_file(), "{}{}", run.out, run.err);
}

const RULE: &str = "title: T\nid: 6a8bffec-cfa8-43ac-ad11-6c0cf7b2e5fe\nlogsource: {product: okta, service: okta}\ndetection:\n    s: {eventType: user.lifecycle.create}\n    condition: s\n";

#[test]
fn quiet_and_verbose() {
    let folder = folder(&[("x.yml", RULE)]);
    for (args, out, err) in [
        (&["check", "x.yml"][..], "1 rule: no findings\n", ""),
        (&["check", "x.yml", "--quiet"], "", ""),
        (&["check", "x.yml", "-v"], "1 rule: no findings\n", "reads x.yml (no settings)\ntook "),
        (&["fmt", "-q"], "", ""),
        (&["compile", "x.yml", "-q", "-t", "kql", "--format", "json"], "{", ""),
        (&["witness", "x.yml", "-q", "--format", "jsonl"], "{", ""),
    ] {
        let run = Run::new(&folder, args);
        let fits = |printed: &str, expected: &str| {
            if expected.is_empty() { printed.is_empty() } else { printed.starts_with(expected) }
        };
        assert!(
            run.code == 0 && fits(&run.out, out) && fits(&run.err, err),
            "{args:?}: {}{}",
            run.out,
            run.err
        );
    }
    assert_eq!(Run::new(&folder, &["check", "-q", "-v"]).code, 2);
}

#[test]
fn what_was_meant_is_named() {
    let folder = folder(&[("x.yml", RULE)]);
    for (args, said) in [
        (&["compile", "-t", "KQL"][..], "did you mean `kql`?"),
        (&["compile", "-t", "splunk"], "did you mean `spl`?"),
        (&["compile", "-t", "splnk"], "did you mean `spl`?"),
        (&["compile", "-t", "sentinl"], "did you mean `kql`?"),
        (&["compile", "-t", "sentinel"], "did you mean `kql`?"),
        (&["compile", "-t", "kusto"], "did you mean `kql`?"),
        (&["compile", "-t", "defender"], "did you mean `kql:xdr`?"),
        (&["compile", "-t", "cloudwatch"], "did you mean `cwli`?"),
        (&["compile", "-t", "cwi"], "did you mean `cwli`?"),
        (&["compile", "-t", "lucene"], "the targets are "),
        (&["chekc"], "'check'"),
        (&["check", "--fix-all"], "--fix"),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == 2 && run.err.contains(said), "{args:?}: {}", run.err);
    }
}

#[test]
fn a_summary_in_place_of_queries() {
    let other = RULE.replace("okta", "acme").replace("6a8b", "7a8b");
    let folder = folder(&[("x.yml", RULE), ("y.yml", &other)]);
    let run = Run::new(&folder, &["compile", "--summary"]);
    let expected = "\
log               kql         spl         cwli
okta/okta         1 exact     1 exact     1 exact
without a schema  1 unplaced  1 unplaced  1 unplaced
";
    assert!(run.code == 0 && run.out.starts_with(expected), "{}{}", run.out, run.err);
}
