//! Text for people: one entry for findings of one cause, lines that fit, a pager, and why a run failed.

mod support;

use std::process::{Command, Stdio};

use support::{Folder, Run, folder};

/// A rule about a log, with a selection.
fn rule(number: u32, log: &str, selection: &str) -> String {
    format!(
        "title: Rule {number}\nid: {number:08}-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\nauthor: a\n\
         date: 2026-11-23\nlogsource:\n{log}detection:\n    selection:\n        {selection}\n    condition: selection\n\
         level: low\n"
    )
}

const WINDOWS: &str = "    product: windows\n    category: process_creation\n";
const LINUX: &str = "    product: linux\n    # audited\n    service: auditd\n";
const AWS: &str = "    product: aws\n    service: cloudtrail\n";
const OKTA: &str = "    product: okta\n    service: okta\n";

/// Rules of four logs with findings that have one cause, and with some that have none in common.
fn many() -> Folder {
    let mut files = Vec::new();
    let mut add = |log, selection: &str| {
        let number = u32::try_from(files.len()).expect("few") + 1;
        files.push((format!("r{number:02}.yml"), rule(number, log, selection)));
    };
    for _ in 0..3 {
        add(WINDOWS, "Image: x");
    }
    add(LINUX, "exe: x");
    for value in ["a", "b", "c"] {
        add(AWS, &format!("eventNam: {value}"));
    }
    add(OKTA, "eventNam: a");
    // Alike, and each a mistake of its own.
    for value in ["CreateUser", "CreateRole", "CreateGroup"] {
        add(AWS, &format!("eventName: ['{value}', '{value}*']"));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    folder(&files)
}

/// How often a text has a part.
fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn findings_of_one_cause_are_one_with_a_line_for_each_log() {
    let folder = many();
    let run = Run::new(&folder, &["check"]);
    assert_eq!((count(&run.out, "info[S0311]"), count(&run.out, "[S0312]")), (1, 2), "{}", run.out);
    let rows: Vec<&str> = run
        .out
        .lines()
        .map(str::trim)
        .filter(|line| line.contains(" rule  ") || line.contains(" rules  "))
        .collect();
    assert_eq!(
        rows,
        ["2 rules  windows/process_creation", "1 rule  linux/auditd", "2 rules  aws/cloudtrail"]
    );
    for said in [
        "= note: 3 more of this cause; `--no-group` shows each",
        "= note: 2 more of this cause; `--no-group` shows each",
    ] {
        assert!(run.out.contains(said), "{said}{}", run.out);
    }
    let whole = Run::new(&folder, &["check", "--no-group"]);
    let counted = Run::new(&folder, &["check", "--statistics"]);
    let json = Run::new(&folder, &["check", "--format", "jsonl"]).out;
    let concise = Run::new(&folder, &["check", "--format", "concise"]).out;
    for (code, all) in [("S0311", 4), ("S0312", 4), ("S0509", 3)] {
        assert_eq!(count(&whole.out, &format!("[{code}]")), all, "{}", whole.out);
        assert!(counted.out.contains(&format!("{all}  {code}")), "{}", counted.out);
        assert_eq!((count(&json, code), count(&concise, code)), (all, all), "{json}{concise}");
    }
    // What each rule has of its own is shown in each.
    assert_eq!(count(&run.out, "[S0509]"), 3, "{}", run.out);
    let last = |run: &Run| run.out.lines().last().map(str::to_owned);
    assert_eq!((last(&run), run.code), (last(&whole), whole.code));
    let written = Run::new(&folder, &["check", "--output-file", "x.txt"]);
    let file = std::fs::read_to_string(folder.path("x.txt")).expect("a report");
    assert_eq!((count(&file, "info[S0311]"), written.code), (1, run.code), "{file}");
}

/// A command with a terminal of so many columns to be read in.
fn within(folder: &Folder, columns: usize, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(args)
        .env("COLUMNS", columns.to_string())
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("the command runs");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
}

#[test]
fn prose_fits_a_line_of_80_columns() {
    let folder = many();
    let long = "verb: [fetch, 'a value that is long enough to reach the middle of the line', c]";
    let kubernetes = rule(90, "    product: kubernetes\n    service: audit\n", long);
    std::fs::write(folder.path("k.yml"), kubernetes).expect("a rule");
    for args in [
        &["check"][..],
        &["check", "--no-group"],
        &["check", "--statistics"],
        &["compile", "--summary"],
        &["compile", "r01.yml", "-t", "kql"],
        &["test"],
        &["explain"],
        &["config", "show"],
    ] {
        let text = within(&folder, 80, args);
        // What is quoted from a rule, a query and its name stay as they are.
        let prose = |line: &&str| !line.contains(" | ") && !line.starts_with("index=");
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).filter(prose).collect();
        assert!(wide.is_empty() && !text.is_empty(), "{args:?}: {wide:#?}");
    }
}

#[test]
fn a_language_without_a_place_for_a_log_says_why_the_run_failed() {
    let folder =
        folder(&[("a.yml", &rule(1, WINDOWS, "Image: x")), ("b.yml", &rule(2, WINDOWS, "Image: y"))]);
    for (args, code, said) in [
        (
            &["compile", "a.yml", "-t", "kql"][..],
            1,
            "error: 1 rule has no query in kql: where the log is kept is not known; name its table with `--kql-table`",
        ),
        (
            &["compile", "-t", "kql,spl"],
            1,
            "error: 2 rules are unplaced in spl: where the log is kept is not known; name its index with `--index`",
        ),
        (
            &["compile", "a.yml", "-t", "kql"],
            1,
            "1 rule x 1 language: 0 exact, 0 approximate, 1 unplaced, 0 refused",
        ),
        (&["compile", "a.yml", "-t", "cwli", "--quiet"], 1, "error: 1 rule is unplaced in cwli"),
        (&["compile", "a.yml", "-t", "kql", "--kql-table", "T"], 0, ""),
        (&["compile", "a.yml", "-t", "spl", "--index", "x"], 0, ""),
    ] {
        let run = Run::new(&folder, args);
        assert!(run.code == code && run.err.contains(said), "{args:?}: {}", run.err);
        assert_eq!(run.err.contains("error: "), code == 1, "{args:?}: {}", run.err);
    }
    // Where no language was asked for, a log without a place is reported and fails nothing.
    let run = Run::new(&folder, &["compile"]);
    assert!(run.code == 0 && !run.err.contains("error: "), "{}", run.err);
}

#[test]
fn rules_without_tests_are_counted() {
    let folder = many();
    let run = Run::new(&folder, &["test"]);
    assert!(
        run.out.starts_with("no tests beside 11 rule files; `--require-tests` names each\n"),
        "{}",
        run.out
    );
    let run = Run::new(&folder, &["test", "--require-tests"]);
    assert_eq!(count(&run.out, "no tests beside r"), 11, "{}", run.out);
    assert_eq!(Run::new(&folder, &["test", "-q"]).out, "");
    // What the run fails for is printed all the same.
    let run = Run::new(&folder, &["test", "-q", "--require-tests"]);
    assert_eq!((run.code, count(&run.out, "no tests beside r")), (1, 11), "{}", run.out);
}

/// In a terminal of 80 columns and 24 rows; `None` where the machine has no `script`.
#[cfg(target_os = "linux")]
fn in_terminal(folder: &Folder, command: &str, environment: &[(&str, &str)]) -> Option<String> {
    let line = format!("stty cols 80 rows 24; {} {command}; echo code $?", env!("CARGO_BIN_EXE_sigmata"));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_remove("COLUMNS")
        .env_remove("NO_PAGER")
        .env_remove("SIGMATA_PAGER")
        .env("TERM", "xterm")
        .envs(environment.iter().copied())
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).expect("UTF-8").replace('\r', ""))
}

#[cfg(target_os = "linux")]
#[test]
fn long_text_on_a_terminal_goes_through_a_pager() {
    let folder = many();
    let tee = |command: &str, environment: &[(&str, &str)]| {
        let _ = std::fs::remove_file(folder.path("paged"));
        let shown = in_terminal(&folder, command, environment)?;
        Some((shown, std::fs::read_to_string(folder.path("paged")).ok()))
    };
    let pager = ("PAGER", "tee paged");
    let Some((shown, taken)) = tee("check", &[pager]) else { return };
    let taken = taken.expect("a text that was paged");
    assert!(shown.contains("code 1") && shown.contains("\u{1b}["), "{shown}");
    assert!(taken.contains("S0311") && taken.lines().count() > 24, "{taken}");
    // Short text, a wish for none, and a pipe.
    for (command, environment) in [
        ("check r01.yml", &[pager][..]),
        ("check --no-pager", &[pager]),
        ("check", &[pager, ("NO_PAGER", "1")]),
        ("check", &[pager, ("SIGMATA_PAGER", "")]),
        ("check | cat", &[pager]),
        ("check --no-group", &[("PAGER", "no-such-program")]),
    ] {
        let (shown, taken) = tee(command, environment).expect("a terminal");
        assert!(taken.is_none() && shown.contains("S0311"), "{command} {environment:?}: {shown}");
    }
    // No shell reads the name.
    let (_, _) = tee("check", &[("PAGER", "tee;touch made")]).expect("a terminal");
    assert!(!folder.path("made").exists());
}
