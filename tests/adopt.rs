//! Living with findings: levels, comments that allow them, the baseline, what is left out, and changed files alone.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use sigmata::check::File;
use sigmata::diagnostic::{Diagnostic, Safety, fix};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use support::{Folder, Run, folder};

/// A rule without a finding, or with these changes.
fn rule(number: u32, changes: &[(&str, &str)]) -> String {
    let mut text = format!(
        "title: Rule {number}\nid: {number:08}-3c1e-4f29-9f3a-4a9f6b2b1c0d\nname: rule_{number}\nstatus: test\ndescription: d\n\
         author: a\ndate: 2026-11-23\nlogsource:\n    product: aws\n    service: cloudtrail\n\
         detection:\n    selection:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n    \
         condition: selection\nlevel: low\n"
    );
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    text
}

const TYPO: (&str, &str) = ("CreateUser", "CreateUserr");
const STATUS: (&str, &str) = ("status: test", "status: ready");

fn git(folder: &Folder, args: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"];
    let run = Command::new("git").current_dir(folder.path("")).args(identity).args(args).output();
    let output = run.expect("git");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The findings as `file code severity`.
fn found(run: &Run) -> Vec<String> {
    let document: serde_json::Value =
        serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let findings = document["findings"].as_array().expect("findings").clone();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    findings
        .iter()
        .map(|one| format!("{} {} {}", text(&one["file"]), text(&one["code"]), text(&one["severity"])))
        .collect()
}

#[test]
fn levels_of_the_file_the_command_line_and_the_flags() {
    let folder = folder(&[
        (
            "sigmata.toml",
            "[lints]\nunknown-status = 'error'\n[[override]]\npaths = ['old/**']\nlints = { form = 'allow' }\n",
        ),
        ("new/a.yml", &rule(1, &[STATUS])),
        ("old/b.yml", &rule(2, &[STATUS, TYPO])),
    ]);
    for (args, expected, code) in [
        (&[][..], &["new/a.yml S0206 error", "old/b.yml S0433 error"][..], 1),
        (&["--select", "S02"], &["new/a.yml S0206 error"], 1),
        (&["--ignore", "values,unknown-status"], &[], 0),
        (&["--ignore", "S04", "--select", "S0433"], &["old/b.yml S0433 error"], 1),
        (
            &["--set", "lints.all=info"],
            &["new/a.yml S0206 info", "old/b.yml S0206 info", "old/b.yml S0433 info"],
            0,
        ),
        (&["--set", "lints.S0433=warning"], &["new/a.yml S0206 error", "old/b.yml S0433 warning"], 1),
        (&["--exit-zero"], &["new/a.yml S0206 error", "old/b.yml S0433 error"], 0),
        (
            &["--isolated"],
            &["new/a.yml S0206 warning", "old/b.yml S0206 warning", "old/b.yml S0433 error"],
            1,
        ),
        (
            &["--isolated", "--set", "profile=sigmahq"],
            &[
                "new/a.yml S0227 error",
                "new/a.yml S0228 error",
                "new/a.yml S0206 error",
                "old/b.yml S0227 error",
                "old/b.yml S0228 error",
                "old/b.yml S0206 error",
                "old/b.yml S0433 error",
            ],
            1,
        ),
        // A convention counts where a profile or a setting asks for it.
        (
            &["--isolated", "--set", "profile=all", "--select", "missing-metadata"],
            &["new/a.yml S0227 warning", "old/b.yml S0227 warning"],
            0,
        ),
        (
            &["--set", "lints.missing-metadata=error", "--select", "S0227"],
            &["new/a.yml S0227 error", "old/b.yml S0227 error"],
            1,
        ),
        (&["--set", "profile=sigmahq", "--set", "lints.S0227=allow", "--select", "S0227"], &[], 0),
        (&["--select", "S0227,S0228"], &[], 0),
        (&["--select", "S0904"], &[], 0),
    ] {
        let run = Run::new(&folder, &[&["check", "--format", "json"][..], args].concat());
        assert_eq!(
            (found(&run), run.code),
            (expected.iter().map(|&row| row.to_owned()).collect(), code),
            "{args:?}"
        );
    }
    let run = Run::new(&folder, &["check", "--select", "unknown-valu"]);
    assert!(run.code == 2 && run.err.contains("did you mean `unknown-value`?"), "{}", run.err);
    let run = Run::new(&folder, &["config", "show", "new/a.yml"]);
    assert!(
        run.out.contains("lints.unknown-status = \"error\"") && run.out.contains("sigmata.toml:2"),
        "{}",
        run.out
    );
    assert!(run.out.contains("override.1.paths = [\"old/**\"]"), "{}", run.out);
}

#[test]
fn what_is_allowed_still_gives_no_query_and_the_output_says_why() {
    let comment = ("CreateUser", "CreateUserr # sigmata: allow(S0433): announced");
    let folder = folder(&[("x.yml", &rule(1, &[comment]))]);
    let run = Run::new(&folder, &["check"]);
    assert_eq!((run.code, &*run.out), (0, "1 rule: no findings; 1 allowed\n"));
    let run = Run::new(&folder, &["compile", "-t", "kql"]);
    assert!(
        run.code == 1
            && run.err.starts_with("x.yml:14: refused for S0433 unknown-value, which a comment allows"),
        "{}",
        run.err
    );
    for format in ["concise", "github", "gitlab", "junit"] {
        let run = Run::new(&folder, &["compile", "-t", "kql", "--format", format]);
        assert!(run.code == 1 && run.out.contains("S0433"), "{format}: {}", run.out);
        let says = run.out.contains("no query for this error, which a comment allows");
        assert!(says || format == "junit", "{format}: {}", run.out);
    }
    let run = Run::new(&folder, &["compile", "-t", "kql", "--format", "sarif"]);
    assert!(run.out.contains("\"justification\": \"announced\"") && run.out.contains("S0433"), "{}", run.out);
    let run = Run::new(&folder, &["compile", "-t", "kql", "--force"]);
    assert!(run.code == 0 && run.out.contains("CreateUserr") && run.err.is_empty(), "{}{}", run.out, run.err);
    for (setting, why) in [("lints.S0433=allow", "which the settings leave out"), ("lints.S0433=info", "")] {
        let folder = support::folder(&[("x.yml", &rule(1, &[TYPO]))]);
        let run = Run::new(&folder, &["compile", "-t", "kql", "--set", setting]);
        assert!(run.code == 1 && run.err.contains(why), "{}", run.err);
    }
}

/// What one language cannot say is allowed beside the rule: the run does not fail, and the output names and counts it.
#[test]
fn a_refusal_is_allowed_where_a_comment_or_a_level_says_so() {
    // A regular expression that CloudWatch's engine does not take; the rule is right.
    let regex =
        |comment: &str| rule(1, &[("eventName: CreateUser", &format!("userAgent|re: 'a(?=b)'{comment}"))]);
    let allowed = " # sigmata: allow(S0807 cwli, S0807 spl): the console alone is watched there";
    for (text, args, code, told) in [
        (regex(""), &["-t", "cwli"][..], 1, "error[S0807]"),
        (
            regex(allowed),
            &["-t", "cwli"],
            0,
            "x.yml:14: refused in cwli for S0807 regex-not-portable, which a comment allows: the console alone is watched there\n",
        ),
        (regex(" # sigmata: allow(S0807)"), &["-t", "cwli"], 0, "which a comment allows\n"),
        (regex(" # sigmata: allow(S0807 kql)"), &["-t", "cwli"], 1, "error[S0807]"),
        (regex(""), &["-t", "cwli", "--set", "lints.S0807=warning"], 0, "which the settings allow\n"),
        // A rule that is wrong stays one, whatever else is allowed.
        (regex(allowed).replace("eventSource:", "eventSauce:"), &["-t", "cwli"], 1, "error[S0"),
    ] {
        let folder = folder(&[("x.yml", &text)]);
        let run = Run::new(&folder, &[&["compile"][..], args].concat());
        assert!(run.code == code && run.err.contains(told), "{args:?} {}\n{}\n{}", run.code, run.err, text);
        // Checking knows nothing of languages, and reports no comment about them.
        assert!(!Run::new(&folder, &["check"]).out.contains("S0960"));
    }
    let folder = folder(&[("x.yml", &regex(allowed)), ("y.yml", &rule(2, &[]))]);
    let run = Run::new(&folder, &["compile", "-t", "cwli", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let accepted: Vec<_> =
        document["queries"].as_array().expect("queries").iter().map(|one| &one["accepted"]).collect();
    assert_eq!(
        (run.code, accepted),
        (0, vec![&serde_json::json!(["the console alone is watched there"]), &serde_json::Value::Null])
    );
    let run = Run::new(&folder, &["compile", "-t", "cwli"]);
    assert!(run.err.contains("1 refused, 1 of them allowed"), "{}", run.err);
    // A comment that allows nothing is reported once every language was compiled, and one for an unknown target at once.
    let with = |comment: &str| {
        support::folder(&[(
            "x.yml",
            &rule(1, &[("CreateUser", &format!("CreateUser # sigmata: allow({comment}): x"))]),
        )])
    };
    let run = Run::new(&with("S0830 spl"), &["compile"]);
    assert!(run.code == 0 && run.err.contains("nothing here is `S0830` in spl"), "{} {}", run.code, run.err);
    let run = Run::new(&with("S0830 splunk"), &["check"]);
    assert!(run.out.contains("no target is called `splunk`"), "{}", run.out);
}

#[test]
fn a_reason_is_demanded_where_the_settings_say_so() {
    let comment = ("CreateUser", "CreateUserr # sigmata: allow(S0433)");
    let folder =
        folder(&[("sigmata.toml", "lints.require-reason = true\n"), ("x.yml", &rule(1, &[comment]))]);
    assert_eq!(found(&Run::new(&folder, &["check", "--format", "json"])), ["x.yml S0962 error"]);
    assert_eq!(Run::new(&folder, &["check", "--isolated"]).code, 0);
}

#[test]
fn a_legacy_collection_is_adopted_with_a_baseline() {
    let folder = folder(&[
        ("sigmata.toml", "baseline = 'known.json'\n"),
        ("rules/a.yml", &rule(1, &[TYPO])),
        ("rules/b.yml", &rule(2, &[TYPO, STATUS])),
    ]);
    let run = Run::new(&folder, &["check"]);
    assert!(run.code == 2 && run.err.contains("--update-baseline"), "{}", run.err);
    let run = Run::new(&folder, &["check", "--update-baseline"]);
    assert_eq!((run.code, &*run.out), (0, "3 findings in known.json\n"), "{}", run.err);
    let run = Run::new(&folder, &["check"]);
    assert_eq!((run.code, &*run.out), (0, "2 rules: no new findings; 3 in the baseline\n"));
    // From another folder, and a single file.
    let run = Run::new(&folder, &["check", "rules/a.yml"]);
    assert_eq!((run.code, &*run.out), (0, "1 rule: no new findings; 1 in the baseline\n"));
    // The next one fails; a moved file and lines above do not.
    std::fs::write(folder.path("rules/c.yml"), rule(3, &[TYPO])).expect("a file");
    std::fs::write(folder.path("rules/moved.yml"), format!("# new\n\n{}", rule(1, &[TYPO]))).expect("a file");
    std::fs::remove_file(folder.path("rules/a.yml")).expect("a file");
    let run = Run::new(&folder, &["check", "--format", "json"]);
    assert_eq!((found(&run), run.code), (vec!["rules/c.yml S0433 error".to_owned()], 1));
    // What is fixed is reported, and dropped by the next update; an update of some files keeps the others.
    std::fs::write(folder.path("rules/b.yml"), rule(2, &[TYPO])).expect("a file");
    let run = Run::new(&folder, &["check"]);
    assert!(
        run.out.ends_with("3 rules: 1 error; 2 in the baseline; 1 of the baseline no more found\n"),
        "{}",
        run.out
    );
    let run = Run::new(&folder, &["check", "rules/c.yml", "--update-baseline"]);
    assert_eq!(
        &*run.out,
        "4 findings in known.json; 3 of them stay from before, as they were not looked for\n"
    );
    let run = Run::new(&folder, &["check", "--update-baseline"]);
    assert_eq!(&*run.out, "3 findings in known.json\n");
    let text = std::fs::read_to_string(folder.path("known.json")).expect("a baseline");
    assert!(!text.contains("S0206") && text.contains("\"file\":\"rules/moved.yml\""), "{text}");
    let run = Run::new(&folder, &["compile", "-t", "kql"]);
    assert!(run.code == 1 && run.err.contains("which the baseline has"), "{}", run.err);
    let run = Run::new(&folder, &["compile", "-t", "kql", "--format", "sarif"]);
    assert!(run.out.contains("\"baselineState\": \"unchanged\""), "{}", run.out);
    let run = Run::new(&folder, &["check", "--isolated", "--update-baseline"]);
    assert!(run.code == 2 && run.err.contains("no baseline to update"), "{}", run.err);
    let flag = Run::new(&folder, &["check", "--isolated", "--baseline", "known.json"]);
    assert_eq!(flag.code, 0, "{}", flag.out);
}

/// The rules of the golden findings, adopted and laid out: nothing is new, and nothing gone.
#[test]
fn the_layout_makes_no_finding_new() {
    let mut paths = Vec::new();
    yaml_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics"), &mut paths);
    let folder = folder(&[
        ("sigmata.toml", "baseline = 'known.json'\nprofile = 'sigmahq'\n"),
        // Quotes, the space between words and the order of keys.
        (
            "a.yml",
            "level:   low\ntitle: T\nstatus: 'ready'\nlogsource:\n  service: cloudtrial\n  # c\n  product: 'aws'\ndetection:\n  s:\n    eventName: CreateUserr\n  condition:  s\n",
        ),
    ]);
    for (at, path) in paths.iter().enumerate() {
        // What cannot be read cannot be laid out.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if sigmata::rule::fmt::formatted(&text, 4).is_ok() {
            std::fs::write(folder.path(&format!("{at}.yml")), text).expect("a file");
        }
    }
    let counts = |run: &Run| run.out.lines().last().unwrap_or_default().to_owned();
    Run::new(&folder, &["check", "--update-baseline"]);
    let before = Run::new(&folder, &["check"]);
    assert!(counts(&before).contains("no new findings"), "{}", before.out);
    let run = Run::new(&folder, &["fmt"]);
    assert!(!run.out.contains("\n0 files laid out"), "{}{}", run.out, run.err);
    let after = Run::new(&folder, &["check"]);
    assert_eq!(counts(&after), counts(&before), "{}", after.out);
}

/// A baseline of the time when a finding was known by the first line of its text, with its quotes.
#[test]
fn a_baseline_with_lines_is_read() {
    let known = "{\"version\": 1, \"findings\": [{\"file\": \"x.yml\", \"rule\": \"00000001-3c1e-4f29-9f3a-4a9f6b2b1c0d\", \"code\": \"S0310\", \"text\": \"'cloudtrial'\", \"count\": 1}]}";
    let folder = folder(&[
        ("known.json", known),
        ("x.yml", &rule(1, &[("service: cloudtrail", "service: 'cloudtrial'")])),
    ]);
    let run = Run::new(&folder, &["check", "--format", "json", "--baseline", "known.json"]);
    assert_eq!(found(&run), Vec::<String>::new(), "{}", run.out);
}

#[test]
fn what_git_ignores_is_left_out_and_told() {
    let folder = folder(&[
        (".git/HEAD", ""),
        (".gitignore", "node_modules/\n*.draft.yml\n!kept.draft.yml\n"),
        ("sigmata.toml", "exclude = ['vendor/**']\n"),
        ("a.yml", &rule(1, &[])),
        ("b.draft.yml", &rule(2, &[])),
        ("kept.draft.yml", &rule(3, &[])),
        ("node_modules/c.yml", &rule(4, &[])),
        ("vendor/d.yml", &rule(5, &[])),
        ("deep/.gitignore", "/e.yml\n"),
        ("deep/e.yml", &rule(6, &[])),
        ("deep/f.yml", &rule(7, &[])),
        ("workflow.yml", "on: push\n"),
    ]);
    let expected = "a.yml\ndeep/f.yml\nkept.draft.yml\nworkflow.yml  # holds no Sigma document\n\
                    b.draft.yml  # left out by `.gitignore`\ndeep/e.yml  # left out by `.gitignore`\n\
                    node_modules  # left out by `.gitignore`\nvendor  # left out by `exclude`\n";
    assert_eq!(Run::new(&folder, &["check", "--show-files"]).out, expected);
    let run = Run::new(&folder, &["check"]);
    assert_eq!(run.out, "3 rules: no findings; 1 file without a Sigma rule (`--show-files`)\n");
    let run = Run::new(&folder, &["check", "--set", "respect-gitignore=false"]);
    assert!(run.out.starts_with("6 rules:"), "{}", run.out);
    // What is named is read.
    assert_eq!(Run::new(&folder, &["check", "b.draft.yml"]).out, "1 rule: no findings\n");
    assert_eq!(Run::new(&folder, &["check", "node_modules"]).out, "1 rule: no findings\n");
    let run = Run::new(&folder, &["check", "b.draft.yml", "--force-exclude"]);
    assert_eq!((run.code, &*run.out), (0, "0 rules: no findings\n"));
}

#[test]
fn changed_files_are_told_with_what_refers_to_them() {
    let correlation = "title: Many\nid: 00000009-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: ready\ndescription: d\nauthor: a\n\
                       date: 2026-11-23\ncorrelation:\n    type: event_count\n    rules: [rule_1]\n    group-by: [eventName]\n    \
                       timespan: 5m\n    condition: {gte: 5}\nlevel: low\n";
    let folder = folder(&[
        ("a.yml", &rule(1, &[STATUS])),
        ("b.yml", &rule(2, &[STATUS])),
        ("c.yml", &rule(3, &[STATUS])),
        ("gone.yml", &rule(4, &[STATUS])),
        ("old.yml", &rule(5, &[STATUS])),
        ("many.yml", correlation),
    ]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    let since =
        |revision: &str| Run::new(&folder, &["check", "--format", "json", "--changed-since", revision]);
    let run = since("HEAD");
    assert_eq!((found(&run), run.code), (Vec::new(), 0), "{}", run.err);
    let write = |name: &str, text: String| std::fs::write(folder.path(name), text).expect("a file");
    write("a.yml", rule(1, &[STATUS, ("level: low", "level: high")]));
    write("b.test.yml", "match: []\n".to_owned());
    write("new.yml", rule(6, &[STATUS]));
    std::fs::remove_file(folder.path("gone.yml")).expect("a file");
    git(&folder, &["mv", "old.yml", "renamed.yml"]);
    let expected =
        ["a.yml", "b.yml", "many.yml", "new.yml", "renamed.yml"].map(|name| format!("{name} S0206 warning"));
    let run = since("HEAD");
    assert_eq!(found(&run), expected, "{}", run.err);
    let run = since("nothing");
    assert!(run.code == 2 && run.err.contains("is not a valid revision"), "{}", run.err);
}

/// What refers to a rule that is gone, or that has another identifier, and what is like a changed rule, is a finding of
/// the change.
#[test]
fn changed_files_are_told_with_what_they_break() {
    let correlation = |number: u32, rule: &str| {
        format!(
            "title: Many {number}\nid: 0000000{number}-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\nauthor: a\n\
             date: 2026-11-23\ncorrelation:\n    type: event_count\n    rules: [{rule}]\n    group-by: [eventName]\n    \
             timespan: 5m\n    condition: {{gte: 5}}\nlevel: low\n"
        )
    };
    let folder = folder(&[
        ("gone.yml", &rule(1, &[])),
        ("other.yml", &rule(2, &[])),
        ("same.yml", &rule(3, &[])),
        ("of_gone.yml", &correlation(7, "rule_1")),
        ("of_other.yml", &correlation(8, "rule_2")),
        ("of_same.yml", &correlation(9, "rule_3")),
    ]);
    git(&folder, &["init", "-q"]);
    let since = |revision: &str| {
        let run = Run::new(&folder, &["check", "--format", "json", "--changed-since", revision]);
        let files = found(&run).into_iter().map(|line| line.split(' ').next().unwrap_or("").to_owned());
        (files.collect::<Vec<_>>(), run)
    };
    // Before the first commit everything is new.
    let write = |name: &str, text: String| std::fs::write(folder.path(name), text).expect("a file");
    write("same.yml", rule(3, &[STATUS]));
    assert_eq!(since("HEAD").0, ["same.yml"]);
    write("same.yml", rule(3, &[]));
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    let (files, run) = since("HEAD");
    assert_eq!((files, run.code), (Vec::new(), 0), "{}", run.err);
    std::fs::remove_file(folder.path("gone.yml")).expect("a file");
    write("other.yml", rule(2, &[("name: rule_2", "name: rule_4")]));
    let (files, run) = since("HEAD");
    assert_eq!(
        (files, run.code),
        (vec!["of_gone.yml".to_owned(), "of_other.yml".to_owned()], 1),
        "{}",
        run.err
    );
    git(&folder, &["checkout", "-q", "."]);
    // The finding for two of a kind is at the second, which is not the changed one.
    write("a_copy.yml", rule(3, &[]));
    let (files, run) = since("HEAD");
    assert!(run.code == 1 && files.contains(&"same.yml".to_owned()), "{files:?} {}", run.err);
}

#[test]
fn several_formats_in_one_run_with_paths_from_the_root_of_the_repository() {
    let comment = ("CreateUser", "CreateUserr # sigmata: allow(S0433): announced");
    let folder = folder(&[
        (".git/HEAD", ""),
        ("sub/a.yml", &rule(1, &[comment])),
        ("sub/b.yml", &rule(2, &[TYPO])),
        ("sub/c.yml", &rule(3, &[STATUS])),
    ]);
    Run::new(&folder, &["check", "sub/c.yml", "--baseline", "known.json", "--update-baseline"]);
    let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args([
            "check",
            ".",
            "--format",
            "github",
            "--baseline",
            "../known.json",
            "--output-file",
            "sarif=x.sarif",
        ])
        .args(["--output-file", "junit=x.xml", "--output-file", "gitlab=x.json"])
        .env("GITHUB_STEP_SUMMARY", folder.path("summary.md"))
        .current_dir(folder.path("sub"))
        .output()
        .expect("a run");
    let out = String::from_utf8(run.stdout).expect("UTF-8");
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(
        out.starts_with("::error file=sub/b.yml,line=14,") && out.contains("\n::stop-commands::"),
        "{out}"
    );
    assert!(out.ends_with("::endgroup::\n") && !out.contains("a.yml") && !out.contains("c.yml"), "{out}");
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).expect(name);
    let summary = read("summary.md");
    assert!(summary.starts_with("### sigmata check\n\n3 rules: "), "{summary}");
    assert!(summary.contains("| 1 | 0 | 0 |") && summary.contains("sub/b.yml:14"), "{summary}");
    let log: serde_json::Value = serde_json::from_str(&read("sub/x.sarif")).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    let states: Vec<String> = results
        .iter()
        .map(|one| {
            let place = &one["locations"][0]["physicalLocation"]["artifactLocation"];
            format!("{} {} {}", place["uri"], one["baselineState"], one["suppressions"])
        })
        .collect();
    let allowed = "[{\"kind\":\"inSource\",\"justification\":\"announced\"}]";
    assert_eq!(
        states,
        [
            format!("\"sub/a.yml\" \"new\" {allowed}"),
            "\"sub/b.yml\" \"new\" []".to_owned(),
            "\"sub/c.yml\" \"unchanged\" []".to_owned(),
        ]
    );
    assert!(
        results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]
            .is_string()
    );
    assert!(read("sub/x.xml").contains("<testcase classname=\"sigmata\" name=\"sub/a.yml\"/>"));
    assert!(read("sub/x.json").contains("\"path\": \"sub/b.yml\""));
    let run = Run::new(&folder, &["check", "sub", "--statistics"]);
    assert!(
        run.out.starts_with("     1  S0206  unknown-status\n     1  S0433  unknown-value\n3 rules:"),
        "{}",
        run.out
    );
    let run = Run::new(&folder, &["check", "sub", "--output-file", "all.txt"]);
    assert_eq!(run.out, "3 rules: 1 error, 1 warning; 1 allowed\n");
    let run = Run::new(&folder, &["check", "sub", "--output-file", "sarrif=x"]);
    assert!(run.code == 2 && run.err.contains("no format `sarrif`"), "{}", run.err);
}

#[test]
fn tests_are_chosen_by_name_demanded_and_told_as_junit() {
    let event = "{\"eventSource\": \"iam.amazonaws.com\", \"eventName\": \"CreateUser\"}";
    let tests = format!(
        "match:\n    - name: creates\n      event: {event}\n    - name: <other>\n      event: {{}}\n"
    );
    let folder = folder(&[
        (".git/HEAD", ""),
        ("a.yml", &rule(1, &[])),
        ("a.test.yml", &tests),
        ("b.yml", &rule(2, &[])),
    ]);
    let run = Run::new(&folder, &["test", "--format", "junit"]);
    assert!(
        run.code == 1 && run.out.contains("<testsuite name=\"sigmata test\" tests=\"2\" failures=\"1\">"),
        "{}",
        run.out
    );
    assert!(run.out.contains("<testcase classname=\"a.test.yml\" name=\"&lt;other&gt;\">"), "{}", run.out);
    let run = Run::new(&folder, &["test", "--filter", "creat"]);
    assert!(run.code == 0 && run.out.ends_with("1 test: 1 passed, 0 failed\n"), "{}", run.out);
    assert_eq!(Run::new(&folder, &["test", "--filter", "creat", "--require-tests"]).code, 1);
    let run = Run::new(&folder, &["test", "--filter", "nothing"]);
    let said = "error: no test has `nothing` in its name; 2 tests of other names not run\n";
    assert_eq!((run.code, &*run.out, &*run.err), (1, "0 tests: 0 passed, 0 failed\n", said));
}

/// A filter that takes away what a type of identity does.
fn filter(rules: &str, identity: &str) -> String {
    format!(
        "title: Filter of {identity}\nid: 00000011-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\nauthor: a\n\
         date: 2026-11-23\nlogsource:\n    product: aws\n    service: cloudtrail\nfilter:\n    rules: {rules}\n    \
         selection:\n        userIdentity.type: {identity}\n    condition: not selection\n"
    )
}

fn event(identity: &str) -> String {
    format!(
        "{{\"eventSource\": \"iam.amazonaws.com\", \"eventName\": \"CreateUser\", \"userIdentity\": {{\"type\": \"{identity}\"}}}}"
    )
}

#[test]
fn a_filter_needs_no_tests_of_its_own() {
    let tests = format!("match:\n    - event: {}\n", event("IAMUser"));
    let folder = folder(&[
        ("a.yml", &rule(1, &[])),
        ("a.test.yml", &tests),
        ("filter.yml", &filter("[rule_1]", "Root")),
    ]);
    let run = Run::new(&folder, &["test", "--require-tests"]);
    assert_eq!((run.code, &*run.out), (0, "1 test: 1 passed, 0 failed\n"), "{}", run.err);
}

/// Whatever a test is made of: recordings, regression tests, filters and settings.
#[test]
fn what_tests_rest_on_runs_them_when_it_changes() {
    let recorded = "match:\n    - name: recorded\n      file: a.jsonl\n";
    let filtered = format!(
        "filters: true\nmatch:\n    - name: user\n      event: {}\nno_match:\n    - name: root\n      event: {}\n",
        event("IAMUser"),
        event("Root")
    );
    let regression = format!("{}regression_tests_path: data/c/info.yml\n", rule(3, &[]));
    let info =
        "regression_tests_info:\n    - {name: recording, type: json, match_count: 1, path: data/c/c.json}\n";
    let folder = folder(&[
        ("sigmata.toml", "[lists.admins]\nfile = 'admins.txt'\n"),
        ("admins.txt", "a\n"),
        ("rules/a.yml", &rule(1, &[])),
        ("rules/a.test.yml", recorded),
        ("rules/a.jsonl", &event("IAMUser")),
        ("rules/b.yml", &rule(2, &[])),
        ("rules/b.test.yml", &filtered),
        ("rules/c.yml", &regression),
        ("data/c/info.yml", info),
        ("data/c/c.json", &event("IAMUser")),
        ("filters/filter.yml", &filter("[rule_2]", "Root")),
    ]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    let since = || {
        let run = Run::new(&folder, &["test", "--changed-since", "HEAD"]);
        git(&folder, &["checkout", "-q", "."]);
        (run.code, run.out.lines().last().unwrap_or_default().to_owned())
    };
    let write = |name: &str, text: &str| std::fs::write(folder.path(name), text).expect("a file");
    let remove = |name: &str| std::fs::remove_file(folder.path(name)).expect("a file");
    let ended = |code: i32, summary: &str| (code, summary.to_owned());
    assert_eq!(since(), ended(0, "0 tests: 0 passed, 0 failed"));
    for name in ["rules/a.jsonl", "data/c/c.json"] {
        write(name, &event("IAMUser").replace("CreateUser", "TagUser"));
        assert_eq!(since(), ended(1, "1 test: 0 passed, 1 failed"), "{name}");
        remove(name);
        assert_eq!(since(), ended(1, "1 test: 0 passed, 1 failed"), "{name}");
    }
    write("data/c/info.yml", &info.replace("match_count: 1", "match_count: 2"));
    assert_eq!(since(), ended(1, "1 test: 0 passed, 1 failed"));
    remove("data/c/info.yml");
    assert_eq!(since(), ended(1, "0 tests: 0 passed, 0 failed, 1 test file with errors"));
    write("filters/filter.yml", &filter("[rule_2]", "IAMUser"));
    assert_eq!(since(), ended(1, "2 tests: 0 passed, 2 failed"));
    remove("filters/filter.yml");
    assert_eq!(since(), ended(1, "2 tests: 1 passed, 1 failed"), "it does not apply any more");
    write("filters/filter.yml", &filter("any", "IAMUser"));
    assert_eq!(since(), ended(1, "4 tests: 2 passed, 2 failed"));
    for (name, text) in [("sigmata.toml", "# new\n"), ("admins.txt", "b\n")] {
        write(name, text);
        assert_eq!(since(), ended(0, "4 tests: 4 passed, 0 failed"), "{name}");
    }
    remove("sigmata.toml");
    assert_eq!(since(), ended(0, "4 tests: 4 passed, 0 failed"));
}

#[test]
fn standard_input_is_looked_at_and_what_was_deleted_is_no_error() {
    let tests = format!("match:\n    - event: {}\n", event("IAMUser"));
    let folder = folder(&[("rules/a.yml", &rule(1, &[])), ("rules/a.test.yml", &tests)]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    let bad = rule(1, &[TYPO]);
    for (args, code, said) in [
        (&["check", "-", "--changed-since", "HEAD"][..], 1, "1 rule: 1 error\n"),
        (
            &["check", "-", "--changed-since", "HEAD", "--stdin-filename", "rules/a.yml"],
            1,
            "1 rule: 1 error\n",
        ),
        (
            &["test", "-", "--changed-since", "HEAD", "--stdin-filename", "rules/a.yml"],
            1,
            "1 test: 0 passed, 1 failed\n",
        ),
        (&["test", "-", "--stdin-filename", "rules/a.yml"], 1, "1 test: 0 passed, 1 failed\n"),
    ] {
        let run = Run::with_input(&folder, args, &bad);
        assert!(run.code == code && run.out.ends_with(said), "{args:?}: {} {}{}", run.code, run.out, run.err);
    }
    let args = ["test", "-", "--stdin-filename", "rules/a.yml"];
    let run = Run::with_input(&folder, &args, &rule(1, &[]));
    assert_eq!((run.code, &*run.out, &*run.err), (0, "1 test: 1 passed, 0 failed\n", ""));
    let run = Run::with_input(&folder, &["test", "-"], &bad);
    assert!(run.code == 2 && run.err.contains("`--stdin-filename FILE` says"), "{}", run.err);
    std::fs::remove_file(folder.path("rules/a.yml")).expect("a file");
    std::fs::remove_file(folder.path("rules/a.test.yml")).expect("a file");
    for command in ["check", "test", "fmt"] {
        let run = Run::new(&folder, &[command, "rules/a.yml", "--changed-since", "HEAD"]);
        assert_eq!((run.code, &*run.err), (0, ""), "{command}");
        let run = Run::new(&folder, &[command, "rules/b.yml", "--changed-since", "HEAD"]);
        assert!(run.code == 2 && run.err.contains("no such file"), "{command}: {}", run.err);
        assert_eq!(Run::new(&folder, &[command, "rules/a.yml"]).code, 2, "{command}");
    }
}

#[test]
fn the_fixed_text_of_standard_input_is_printed() {
    let folder = folder(&[]);
    let fixes: &[(&str, &str)] = &[("2026-11-23", "2026/11/23"), STATUS];
    let run = Run::with_input(&folder, &["check", "--fix", "-"], &rule(1, fixes));
    assert_eq!((run.code, &*run.out), (0, &*rule(1, &[STATUS])), "{}", run.err);
    assert!(
        run.err.contains("S0206") && run.err.ends_with("1 rule: 1 warning; 1 fix applied\n"),
        "{}",
        run.err
    );
    // What cannot be fixed is printed as it came.
    let run = Run::with_input(&folder, &["check", "--fix", "-"], &rule(1, &[TYPO]));
    assert_eq!((run.code, &*run.out), (1, &*rule(1, &[TYPO])), "{}", run.err);
    let run = Run::with_input(&folder, &["check", "--fix", "-", "--format", "json"], &rule(1, fixes));
    assert!(run.code == 2 && run.out.is_empty(), "{}", run.out);
}

#[test]
fn fixes_are_shown_before_they_are_written() {
    let folder = folder(&[("x.yml", &rule(1, &[STATUS, ("2026-11-23", "2026/11/23"), TYPO]))]);
    let run = Run::new(&folder, &["check", "--diff"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("-date: 2026/11/23\n+date: 2026-11-23\n"), "{}", run.out);
    assert!(!run.out.contains("+        eventName"), "{}", run.out);
    let run = Run::new(&folder, &["check", "--diff", "--unsafe-fixes"]);
    assert!(run.out.contains("+        eventName: CreateUser\n"), "{}", run.out);
    assert!(std::fs::read_to_string(folder.path("x.yml")).expect("a rule").contains("2026/11/23"));
    let run = Run::new(&folder, &["check", "--unsafe-fixes"]);
    assert!(run.code == 0 && run.out.contains("2 fixes applied"), "{}", run.out);
    assert_eq!(Run::new(&folder, &["check", "--diff", "--unsafe-fixes"]).code, 0);
    assert_eq!(Run::new(&folder, &["version"]).out, concat!("sigmata ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[cfg(unix)]
#[test]
fn links_stay_and_what_is_read_only_is_left_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("real.yml.txt", &rule(1, &[("2026-11-23", "2026/11/23")]))]);
    symlink("real.yml.txt", folder.path("x.yml")).expect("a link");
    let run = Run::new(&folder, &["check", "x.yml", "--fix"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(folder.path("x.yml").is_symlink());
    assert!(std::fs::read_to_string(folder.path("real.yml.txt")).expect("a rule").contains("2026-11-23"));
    let text = rule(2, &[("2026-11-23", "2026/11/23")]);
    std::fs::write(folder.path("y.yml"), &text).expect("a file");
    std::fs::set_permissions(folder.path("y.yml"), PermissionsExt::from_mode(0o444)).expect("permissions");
    let run = Run::new(&folder, &["check", "y.yml", "--fix"]);
    assert!(run.code == 2 && run.err.contains("read-only"), "{}", run.err);
    assert_eq!(std::fs::read_to_string(folder.path("y.yml")).expect("a rule"), text);
}

fn yaml_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            yaml_below(&path, found);
        } else if path.extension().is_some_and(|end| end == "yml") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_no_rule_counts_as_none() {
    let splunk = "name: x\nsearch: index=a\ndata_source: [b]\n";
    let folder = folder(&[
        ("splunk.yml", splunk),
        ("empty.yml", ""),
        ("x.yml", &rule(1, &[])),
        ("d/b.yml", "title: [\n"),
    ]);
    let run = Run::new(&folder, &["compile", "splunk.yml", "empty.yml"]);
    assert!(run.code == 1 && run.err.matches("error[S0950]").count() == 2, "{}", run.err);
    assert!(
        run.err.contains("2 files without a Sigma rule\n") && !run.err.contains("refused"),
        "{}",
        run.err
    );
    let run = Run::new(&folder, &["compile", "splunk.yml", "x.yml"]);
    assert!(run.code == 1 && run.err.contains("1 rule x 3 languages:"), "{}", run.err);
    // A rule that is being written is one.
    for path in ["d", "d/b.yml"] {
        let run = Run::new(&folder, &["check", "--format", "json", path]);
        assert_eq!(found(&run), ["d/b.yml S0001 error"], "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn every_name_of_a_file_is_listed() {
    let folder = folder(&[("b.yml", &rule(1, &[])), ("c/d.yml", &rule(2, &[]))]);
    std::os::unix::fs::symlink("b.yml", folder.path("a.yml")).expect("a link");
    let run = Run::new(&folder, &["check", "--show-files"]);
    assert_eq!(run.out, "a.yml\nc/d.yml\nb.yml  # read under another name\n");
    let run = Run::new(&folder, &["check", "--show-files", "c", "./c/d.yml"]);
    assert_eq!(run.out, "c/d.yml\n");
    assert_eq!(Run::new(&folder, &["check"]).out, "2 rules: no findings\n");
}

/// A product in the wrong form is that of no log; once it is right, its log may be one without a schema, which is reported.
const TOLD: [&str; 2] = ["S0231", "S0311"];

/// Over the rules of the golden findings, and over a corpus where `SIGMATA_CORPUS` names one: a safe fix takes its finding
/// away and brings none, one by one and all together.
#[test]
fn no_safe_fix_leaves_its_finding_or_brings_another() {
    let mut paths = Vec::new();
    yaml_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics"), &mut paths);
    if let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") {
        yaml_below(Path::new(&corpus), &mut paths);
    }
    let registry = Registry::shipped();
    let check = |text: &str| File::check(SourceFile::new("x.yml", text.to_owned()), &registry).findings;
    let safe = |one: &&Diagnostic| one.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
    // How often there is a finding of a code.
    let count =
        |findings: &[Diagnostic], code: &str| findings.iter().filter(|one| one.code.id == code).count();
    let (mut fixed, mut single, mut wrong) = (0, 0, Vec::new());
    for path in paths {
        let Ok(mut text) = std::fs::read_to_string(&path) else { continue };
        let before = check(&text);
        for one in before.iter().filter(safe) {
            let Some((fixed, 1)) = fix::apply(&text, std::slice::from_ref(one)) else {
                wrong.push(format!("{}: {} is not applied alone", path.display(), one.code.id));
                continue;
            };
            single += 1;
            let after = check(&fixed);
            let code = one.code.id;
            if count(&after, code) >= count(&before, code) {
                wrong.push(format!("{}: {code} stays: {}", path.display(), one.message));
            }
            let codes: BTreeSet<&str> = after.iter().map(|one| one.code.id).collect();
            let new = codes.into_iter().filter(|new| count(&after, new) > count(&before, new));
            let new = new.filter(|new| [code, new] != TOLD);
            wrong.extend(new.map(|new| format!("{}: {code} brings {new}: {}", path.display(), one.message)));
        }
        // Fixes that touch take another round.
        for round in 0.. {
            let findings = check(&text);
            let Some((new, applied)) = fix::apply(&text, &findings) else { break };
            fixed += applied;
            if round == 3 {
                let left = findings.iter().filter(safe);
                wrong.extend(left.map(|one| format!("{}: {} {}", path.display(), one.code.id, one.message)));
                break;
            }
            text = new;
        }
        let left = check(&text);
        let codes: BTreeSet<&str> = left.iter().map(|one| one.code.id).collect();
        let new = codes.into_iter().filter(|new| count(&left, new) > count(&before, new));
        let new = new.filter(|new| *new != TOLD[1] || count(&before, TOLD[0]) == 0);
        wrong.extend(new.map(|new| format!("{}: all together bring {new}", path.display())));
    }
    println!("{single} fixes alone, {fixed} together");
    assert!(fixed > 10 && single > 10 && wrong.is_empty(), "{} of {single}: {wrong:#?}", wrong.len());
}

/// A run with something in its environment.
fn with_environment(folder: &Folder, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(args)
        .envs(environment.iter().copied())
        .current_dir(folder.path(""))
        .output()
        .expect("a run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: run.status.code().expect("an exit code"), out: text(run.stdout), err: text(run.stderr) }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_one_of_git() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder(&[("a.yml", &rule(1, &[]))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "one"]);
    let bad = folder.path("").join(std::ffi::OsStr::from_bytes(b"bad\xff.yml"));
    std::fs::write(&bad, rule(2, &[TYPO])).expect("a file");
    let seen = |args: &[&str]| {
        let run = Run::new(&folder, &[&["check", "--format", "json"], args].concat());
        (found(&run), run.code)
    };
    let expected = (vec!["bad\u{fffd}.yml S0433 error".to_owned()], 1);
    assert_eq!(seen(&["--changed-since", "HEAD"]), expected, "it is new");
    assert_eq!(seen(&["--tracked"]), (Vec::new(), 0));
    git(&folder, &["add", "."]);
    assert_eq!(seen(&["--tracked"]), expected);
    git(&folder, &["commit", "-q", "-m", "two"]);
    assert_eq!(seen(&["--changed-since", "HEAD"]), (Vec::new(), 0));
    std::fs::write(&bad, rule(2, &[TYPO, ("level: low", "level: high")])).expect("a file");
    assert_eq!(seen(&["--changed-since", "HEAD"]), expected, "it differs");
    // At the revision it is read too, also by its name.
    let renamed = rule(2, &[("name: rule_2", "name: rule_9")]);
    std::fs::write(&bad, renamed).expect("a file");
    let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(["diff", "--rev", "HEAD"])
        .arg(&bad)
        .current_dir(folder.path(""))
        .output()
        .expect("a run");
    let out = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.code() == Some(1) && !out.contains("added"), "{out}");
}

#[test]
fn a_hook_of_one_repository_asks_another_about_its_own_files() {
    let folder = folder(&[("a.yml", &rule(1, &[])), ("sub/b.yml", &rule(2, &[TYPO]))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["init", "-q", "--separate-git-dir", ".git/sub", "sub"]);
    git(&folder, &["-C", "sub", "add", "."]);
    git(&folder, &["-C", "sub", "commit", "-q", "-m", "one"]);
    git(&folder, &["add", "a.yml"]);
    git(&folder, &["commit", "-q", "-m", "one"]);
    let place = |name: &str| folder.path(name).display().to_string();
    let (directory, own, index) = (place(".git"), place(".git/index"), place(".git/next"));
    for environment in [
        &[("GIT_INDEX_FILE", ".git/index"), ("GIT_PREFIX", "")][..],
        &[("GIT_INDEX_FILE", &own)],
        &[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index"), ("GIT_WORK_TREE", ".")],
        &[("GIT_DIR", &directory)],
    ] {
        let run = with_environment(&folder, &["check", "--format", "json", "--tracked"], environment);
        // Names are from the root of the repository of each.
        assert_eq!(
            (found(&run), run.code),
            (vec!["b.yml S0433 error".to_owned()], 1),
            "{environment:?}: {}",
            run.err
        );
        let args = ["check", "--format", "json", "--changed-since", "HEAD"];
        let run = with_environment(&folder, &args, environment);
        assert_eq!((found(&run), run.code), (Vec::new(), 0), "{environment:?}: {}", run.err);
    }
    // A commit can have an index of its own, which counts for its repository.
    std::fs::write(folder.path("c.yml"), rule(3, &[TYPO])).expect("a file");
    std::fs::copy(folder.path(".git/index"), folder.path(".git/next")).expect("an index");
    let mut add = Command::new("git");
    add.args(["add", "c.yml"]).env("GIT_INDEX_FILE", &index).current_dir(folder.path(""));
    assert!(add.status().expect("git").success());
    let args = ["check", "--format", "json", "--tracked", "."];
    let run = with_environment(&folder, &args, &[("GIT_INDEX_FILE", &index)]);
    assert_eq!(found(&run), ["c.yml S0433 error", "b.yml S0433 error"], "{}", run.err);
    let run = with_environment(&folder, &args, &[]);
    assert_eq!(found(&run), ["b.yml S0433 error"], "{}", run.err);
}

#[test]
fn what_git_does_not_compare_is_looked_at() {
    let folder = folder(&[
        (".gitignore", "ignored.yml\nfolder/\n"),
        ("a.yml", &rule(1, &[])),
        ("b.yml", &rule(2, &[])),
        ("c.yml", &rule(3, &[])),
        ("ignored.yml", &rule(4, &[TYPO])),
        ("folder/d.yml", &rule(5, &[TYPO])),
    ]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    git(&folder, &["update-index", "--assume-unchanged", "b.yml"]);
    git(&folder, &["update-index", "--skip-worktree", "c.yml"]);
    std::fs::write(folder.path("b.yml"), rule(2, &[TYPO])).expect("a file");
    std::fs::write(folder.path("c.yml"), rule(3, &[TYPO])).expect("a file");
    let all = &["b.yml", "c.yml"][..];
    for (args, files) in [
        (&[][..], all),
        (&["ignored.yml"], &["ignored.yml"]),
        (&["folder"], &["folder/d.yml"]),
        (&["a.yml", "ignored.yml"], &["ignored.yml"]),
        (&["--set", "respect-gitignore=false"], &["b.yml", "c.yml", "folder/d.yml", "ignored.yml"]),
    ] {
        let args = [&["check", "--format", "json", "--changed-since", "HEAD"], args].concat();
        let run = Run::new(&folder, &args);
        let expected: Vec<String> = files.iter().map(|file| format!("{file} S0433 error")).collect();
        assert_eq!((run.code, found(&run)), (1, expected), "{args:?} {}", run.err);
    }
}

#[test]
fn a_pipeline_that_differs_changes_every_rule() {
    let pipeline = |name: &str| {
        format!(
            "name: p\npriority: 10\ntransformations:\n  - {{id: a, type: field_name_mapping, mapping: {{eventName: {name}}}}}\n"
        )
    };
    let files = [("a.yml", rule(1, &[])), ("in/b.yml", rule(2, &[])), ("p.yml", pipeline("eventName"))];
    let folder = folder(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let out = support::folder(&[("q.yml", &pipeline("evtName"))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "a.yml", "in", "p.yml"]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    std::fs::write(folder.path("new.yml"), pipeline("evtName")).expect("a file");
    let since = |pipeline: &str| {
        let args =
            ["check", "--format", "json", "--changed-since", "HEAD", "--pipeline", pipeline, "a.yml", "in"];
        let run = Run::new(&folder, &args);
        let errors: Vec<String> = found(&run).into_iter().filter(|found| found.ends_with("error")).collect();
        (run.code, errors.len())
    };
    assert_eq!(since("p.yml"), (0, 0), "nothing changed");
    assert_eq!(since("new.yml"), (1, 2), "git does not know it");
    std::fs::write(folder.path("p.yml"), pipeline("evtName")).expect("a file");
    assert_eq!(since("p.yml"), (1, 2), "it changed");
    assert_eq!(since("./in/../p.yml"), (1, 2), "by another name");
    // Of a file outside of the repository git says nothing.
    assert_eq!(since(out.path("q.yml").to_str().expect("UTF-8")), (0, 0));
}

#[test]
fn a_broken_repository_in_another_is_not_taken_for_the_other() {
    let folder =
        folder(&[("a.yml", &rule(1, &[])), ("in/b.yml", &rule(2, &[])), ("in/deep/c.yml", &rule(3, &[]))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "all of it"]);
    std::fs::create_dir(folder.path("in/.git")).expect("a folder");
    for file in ["in/b.yml", "in/deep/c.yml"] {
        std::fs::write(folder.path(file), rule(9, &[TYPO])).expect("a file");
    }
    for args in [
        &["check", "--changed-since", "HEAD", "in"][..],
        &["check", "--changed-since", "HEAD", "in/deep/c.yml"],
        &["check", "--changed-since", "HEAD"],
        &["check", "--tracked", "in"],
        &["diff", "--rev", "HEAD", "in"],
        &["diff", "--rev", "HEAD", "in/deep"],
        &["fmt", "--check", "--changed-since", "HEAD", "in"],
        &["test", "--changed-since", "HEAD", "in"],
    ] {
        let run = Run::new(&folder, args);
        let named = run.err.contains("in/.git`: git") && run.err.contains(": not a git repository");
        assert!(run.code == 2 && named, "{args:?}: {} {}{}", run.code, run.out, run.err);
    }
    std::fs::remove_dir(folder.path("in/.git")).expect("a folder");
    let run = Run::new(&folder, &["check", "--format", "json", "--changed-since", "HEAD"]);
    let errors: Vec<String> = found(&run).into_iter().filter(|found| found.contains("S0433")).collect();
    assert_eq!(errors, ["in/b.yml S0433 error", "in/deep/c.yml S0433 error"]);
}

#[test]
fn why_git_has_no_revision_is_told() {
    let folder = folder(&[("rules/a.yml", &rule(1, &[]))]);
    let args = ["check", "rules", "--changed-since", "HEAD~1"];
    let told = |said: &[&str], environment: &[(&str, &str)]| {
        let run = with_environment(&folder, &args, environment);
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(
            said.iter().all(|said| run.err.contains(said)) && run.err.lines().count() == 1,
            "{}",
            run.err
        );
    };
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "one"]);
    told(&["`HEAD~1` is not a valid revision of a git repository that holds `rules/a.yml`\n"], &[]);
    let foreign = [
        ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ];
    told(&["git cannot read the repository", "dubious ownership", "safe.directory"], &foreign);
    git(&folder, &["commit", "-q", "-m", "two", "--allow-empty"]);
    let url = format!("file://{}", folder.path(".git").display());
    git(&folder, &["clone", "-q", "--depth", "1", &url, "clone"]);
    let run = Run::new(&folder, &["diff", "--rev", "HEAD~1", "clone/rules"]);
    assert!(
        run.code == 2 && run.err.contains("`git fetch --unshallow`") && run.err.contains("`fetch-depth: 0`"),
        "{}",
        run.err
    );
}

#[test]
fn a_submodule_is_compared_with_the_commit_that_a_revision_names() {
    let folder =
        folder(&[("a.yml", &rule(1, &[])), ("sub/b.yml", &rule(2, &[])), ("sub/x/c.yml", &rule(3, &[]))]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["init", "-q", "sub"]);
    git(&folder, &["-C", "sub", "add", "."]);
    git(&folder, &["-C", "sub", "commit", "-q", "-m", "one"]);
    git(&folder, &["-c", "advice.addEmbeddedRepo=false", "add", "."]);
    git(&folder, &["commit", "-q", "-m", "one"]);
    let run = Run::new(&folder, &["diff", "--rev", "HEAD", "."]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    std::fs::write(folder.path("sub/x/c.yml"), rule(3, &[("CreateUser", "DeleteUser")])).expect("a file");
    git(&folder, &["-C", "sub", "commit", "-q", "-a", "-m", "two"]);
    let run = Run::new(&folder, &["diff", "--rev", "HEAD", "."]);
    assert!(
        run.code == 1 && run.out.contains("x/c.yml") && !run.out.contains("b.yml"),
        "{}{}",
        run.out,
        run.err
    );
}

#[test]
fn fingerprints_do_not_depend_on_the_layout() {
    let text = "detection:\n  s:\n      a: {b: c}\n      eventName: [CreateUserr,\n         CreateUserr]\n  condition: s\n\
                logsource:\n  service: nothing\n  product: nobody\ntitle: x\n";
    let folder = folder(&[("a.yml", text)]);
    let prints = || {
        let run = Run::new(&folder, &["check", "--set", "profile=all", "--format", "sarif"]);
        let log: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        let one =
            |result: &serde_json::Value| format!("{} {}", result["ruleId"], result["partialFingerprints"]);
        results.iter().map(one).collect::<BTreeSet<_>>()
    };
    let before = prints();
    assert!(before.len() > 3, "{before:?}");
    Run::new(&folder, &["fmt", "a.yml"]);
    assert_ne!(std::fs::read_to_string(folder.path("a.yml")).expect("a file"), text);
    assert_eq!(prints(), before);
}

#[test]
fn sarif_names_the_other_places() {
    let folder = folder(&[("a.yml", &rule(1, &[])), ("sub/b.yml", &rule(1, &[])), (".git/HEAD", "")]);
    let run = Run::new(&folder, &["check", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    assert_eq!(results.len(), 3, "{}", run.out);
    for result in results {
        let place = &result["relatedLocations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a.yml", "{result}");
        assert!(place["region"]["startLine"].is_u64(), "{result}");
    }
}
