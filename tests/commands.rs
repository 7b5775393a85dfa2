//! The command line as a whole: help, completions, manual pages, and what is common to all commands.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::{Folder, Run, folder};

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

/// What a shell proposes behind the words of a command.
fn proposed(folder: &Folder, words: &[&str]) -> Vec<String> {
    let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source complete.sh; COMP_WORDS=({}); COMP_CWORD={}; COMPREPLY=(); \
         _sigmata sigmata \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words.len() - 1,
    );
    let bash = Command::new("bash").args(["--norc", "-c", &script]).current_dir(folder.path("")).output();
    let output = bash.expect("bash");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn shells_complete_values() {
    let folder = folder(&[]);
    fs::write(folder.path("complete.sh"), Run::new(&folder, &["completions", "bash"]).out).expect("writable");
    for (words, expected) in [
        (&["sigmata", "che"][..], &["check"][..]),
        (&["sigmata", "check", "--format", "s"], &["sarif"]),
        (
            &["sigmata", "check", "--format", ""],
            &["text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"],
        ),
        (&["sigmata", "compile", "-t", ""], &["kql", "kql:xdr", "spl", "cwli"]),
        (&["sigmata", "compile", "--target", "s"], &["spl"]),
        (&["sigmata", "export", "--kind", "splunk"], &["splunk"]),
        (&["sigmata", "check", "--fail-on", ""], &["error", "warning", "info"]),
        (&["sigmata", "check", "--color", "a"], &["auto", "always"]),
        (&["sigmata", "check", "--set", "profile="], &["profile=default", "profile=sigmahq", "profile=all"]),
        (&["sigmata", "check", "--select", "unknown-fi"], &["unknown-field"]),
        (&["sigmata", "explain", "S031"], &["S0310"]),
        (&["sigmata", "new", "aws/"], &["aws/cloudtrail"]),
        (&["sigmata", "new", "--level", "h"], &["high"]),
        (&["sigmata", "schema", "show", "okta"], &["okta/okta"]),
        (&["sigmata", "completions", "z"], &["zsh"]),
    ] {
        let found = proposed(&folder, words);
        assert!(
            !found.is_empty() && expected.iter().all(|one| found.iter().any(|found| found == one)),
            "{words:?}: {found:?}"
        );
        let start = words.last().copied().unwrap_or_default();
        assert!(found.iter().all(|one| one.starts_with(start)), "{words:?}: {found:?}");
    }
    for shell in ["zsh", "fish"] {
        let script = Run::new(&folder, &["completions", shell]).out;
        for value in
            ["gitlab", "kql", "xdr", "terraform", "warning", "profile=sigmahq", "unknown-field", "okta/okta"]
        {
            assert!(script.contains(value), "{shell}: {value}");
        }
    }
}

/// The examples that help ends with: the command, without what is said of it.
fn examples(help: &str) -> Vec<String> {
    let list = help.split("\nExamples:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty());
    lines
        .map(|line| {
            assert!(line.starts_with("  ") && line.chars().count() <= 80, "{line}");
            let line = line.trim_start();
            line.split("  ").next().unwrap_or(line).to_owned()
        })
        .collect()
}

const CREATED: &str = r#"{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventTime":"2026-11-05T10:00:00Z","userIdentity":{"type":"IAMUser"},"detail":{"a":1}}"#;

/// A repository in which every example has what it names.
fn repository() -> Folder {
    let rule = RULE.replace("title: T", "title: Root").replace("6a8b", "5a8b");
    let okta = r#"{"eventType":"user.lifecycle.create","uuid":"1","published":"2026-11-05T10:00:00Z"}"#;
    let folder = folder(&[
        ("rules/x.yml", RULE),
        ("rules/aws/y.yml", &rule),
        ("rules/legacy/x.yml", &RULE.replace("title: T", "title: Old").replace("6a8b", "4a8b")),
        ("x.yml", &RULE.replace("title: T", "title: X").replace("6a8b", "3a8b")),
        ("old.yml", &RULE.replace("title: T", "title: A").replace("6a8b", "2a8b")),
        ("new.yml", &RULE.replace("title: T", "title: A").replace("6a8b", "2a8b")),
        ("sigmata.toml", "[export.prod]\nout = 'deploy-prod'\n"),
        ("trail/a.jsonl", CREATED),
        ("trail.jsonl", CREATED),
        ("e.json", CREATED),
        ("events.jsonl", okta),
        ("export.json", &format!("{{\"result\": [{CREATED}]}}")),
        (".vscode/settings.json", "{}"),
        ("schemas/.keep", ""),
        (".zfunc/.keep", ""),
        (".config/fish/completions/.keep", ""),
    ]);
    // One frame of zstd with one block as it is.
    let size = u8::try_from(CREATED.len()).expect("small");
    let block = (u32::from(size) << 3 | 1).to_le_bytes();
    let head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, size];
    fs::write(folder.path("a.jsonl.zst"), [&head[..], &block[..3], CREATED.as_bytes()].concat())
        .expect("a file");
    let git = "git -c user.name=n -c user.email=n@example.org -c commit.gpgsign=false";
    let setup = format!(
        "gzip -k trail.jsonl && git init -q -b main . && git add . && {git} commit -qm one && \
         git update-ref refs/remotes/origin/main HEAD && {git} commit -q --allow-empty -m two"
    );
    let run = Command::new("bash").args(["-c", &setup]).current_dir(folder.path("")).output().expect("bash");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

#[test]
fn every_example_of_the_help_runs() {
    let mut found = Vec::new();
    helps(&[], &mut found);
    let folder = repository();
    let mut count = 0;
    for (name, help) in found {
        for example in examples(&help) {
            count += 1;
            // Questions need somebody who answers, and what is outside stays as it is.
            let command = match example.as_str() {
                "sigmata new" => "printf 'okta\nuser.lifecycle.create\n\n' | sigmata new --ask".to_owned(),
                other => other.replace("> /etc/bash_completion.d/", "> ").replace("| man -l -", "| cat"),
            };
            let binary = std::path::Path::new(env!("CARGO_BIN_EXE_sigmata")).parent().expect("a folder");
            let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
            let run = Command::new("bash")
                .args(["-c", &format!("set -o pipefail; {command}")])
                .env("PATH", path)
                .env("HOME", folder.path(""))
                .current_dir(folder.path(""))
                .stdin(Stdio::null())
                .output()
                .expect("bash");
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(
                matches!(run.status.code(), Some(0 | 1)),
                "{name}: {command}: {:?} {said}",
                run.status.code()
            );
        }
    }
    assert!(count > 70, "{count}");
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
        (&["compile", "--set", "targets=splnk"], "did you mean `spl`?"),
        (&["compile", "--set", "targets=sentinel"], "did you mean `kql`?"),
        (&["chekc"], "'check'"),
        (&["convert", "x.yml"], "no command `convert`; did you mean `compile`?"),
        (&["build"], "did you mean `compile`?"),
        (&["lint"], "did you mean `check`?"),
        (&["validate"], "did you mean `check`?"),
        (&["format"], "did you mean `fmt`?"),
        (&["list"], "did you mean `schema list`?"),
        (&["plugin", "install"], "there is nothing to install"),
        (&["run"], "did you mean `eval`?"),
        (&["deploy"], "did you mean `export`?"),
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
