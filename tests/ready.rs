//! Taking the checker on: what a baseline keeps, and the ready-made files, step by step as their services run them.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Folder, Run, folder};

/// A rule that is clean, laid out and tested, with these changes.
fn rule(number: u32, changes: &[(&str, &str)]) -> String {
    let mut text = format!(
        "title: AWS User Created {number}\nid: {number:08}-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\n\
         description: A user.\nauthor: a\ndate: 2026-11-23\nlogsource:\n    product: aws\n    service: cloudtrail\n\
         detection:\n    selection:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n    \
         condition: selection\nlevel: low\n"
    );
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    text
}

// Not in the title.
const TYPO: (&str, &str) = ("eventName: CreateUser", "eventName: CreateUserr");
const STATUS: (&str, &str) = ("status: test", "status: ready");
const TESTS: &str =
    "match:\n  - name: a user\n    event: {eventSource: iam.amazonaws.com, eventName: CreateUser}\n";

/// What was never checked: a misspelt value, another layout, no tests, tests that are gone, and a file that is not YAML.
fn legacy() -> Folder {
    let folder = folder(&[
        ("cloud/aws/typo.yml", &rule(1, &[TYPO])),
        (
            "cloud/aws/layout.yml",
            &rule(2, &[("status: test\n", ""), ("level: low\n", "level: low\nstatus: test\n")]),
        ),
        (
            "cloud/tests.yml",
            &rule(3, &[("level: low\n", "level: low\nregression_tests_path: gone/info.yml\n")]),
        ),
        ("identity/broken.yml", "title: Broken\nlogsource:\n    product: aws\ndetection: [\n"),
        (".github/dependabot.yml", "version: 2\n"),
    ]);
    git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
    commit(&folder);
    folder
}

fn git(folder: &Folder, args: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").current_dir(folder.path("")).args(identity).args(args).output();
    let output = output.expect("git");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(folder: &Folder) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "c"]);
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

fn of_repository(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file of the repository")
}

/// The names and scripts of steps, but for those that other actions run.
fn steps(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = list.as_array().expect("steps").iter();
    list.filter(|step| step.get("run").is_some())
        .map(|step| (text(&step["name"]), text(&step["run"])))
        .collect()
}

/// Runs scripts in one folder with the command on the path, one after the other: what each ends with, and what it said.
/// What a step writes to `GITHUB_ENV` holds for those after it.
fn shell(folder: &Folder, scripts: &[(String, String)], env: &[(&str, &str)]) -> Vec<(String, i32, String)> {
    let binary = Path::new(env!("CARGO_BIN_EXE_sigmata")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").expect("a path"));
    let handed = folder.path(".git/handed");
    fs::write(&handed, "").expect("a file");
    let run = |(name, script): &(String, String)| {
        let mut command = Command::new("bash");
        command.args(["-e", "-c", script]).current_dir(folder.path(""));
        command.env("PATH", &path).env("GITHUB_ENV", &handed).env_remove("GITHUB_STEP_SUMMARY");
        command.envs(env.iter().copied());
        let kept = fs::read_to_string(&handed).expect("a file");
        command.envs(kept.lines().filter_map(|line| line.split_once('=')));
        let output = command.output().expect("bash");
        let said = [output.stdout, output.stderr].concat();
        (name.clone(), output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
    };
    scripts.iter().map(run).collect()
}

/// Each ready-made file as a list of scripts.
fn ready_made(folder: &Folder) -> Vec<(&'static str, Vec<(String, String)>)> {
    let workflow =
        yaml(&fs::read_to_string(folder.path(".github/workflows/sigmata.yml")).expect("a workflow"));
    let action = yaml(&of_repository("action.yml"));
    let gitlab = yaml(&of_repository("packaging/gitlab-ci.yml"));
    let lines: Vec<&str> =
        gitlab["sigmata"]["script"].as_array().expect("a script").iter().filter_map(Value::as_str).collect();
    let entries = |list: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        list.as_array().expect("hooks").iter().map(|hook| (text(&hook["id"]), text(&hook["entry"]))).collect()
    };
    let own = yaml(&fs::read_to_string(folder.path(".pre-commit-config.yaml")).expect("hooks"));
    // The action builds the command in its first step.
    let action = steps(&action["runs"]["steps"]).split_off(1);
    vec![
        ("workflow", steps(&workflow["jobs"]["check"]["steps"])),
        ("action", action),
        ("GitLab", vec![("script".to_owned(), lines.join("\n"))]),
        ("hooks of init", entries(&own["repos"][0]["hooks"])),
        ("hooks", entries(&yaml(&of_repository(".pre-commit-hooks.yaml")))),
    ]
}

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// What git sets for the hooks of a commit.
const COMMITS: (&str, &str) = ("GIT_INDEX_FILE", ".git/index");

/// What the services and git set, for a comparison with a revision.
fn env(base: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("BASE", base),
        ("CI_COMMIT_BEFORE_SHA", base),
        ("SIGMATA_PATHS", "."),
        ("PATHS", ""),
        ("SINCE", ""),
        ("FAIL_ON", ""),
        ("SARIF", ".git/sigmata.sarif"),
        COMMITS,
    ]
}

#[test]
fn a_legacy_repository_passes_each_step_after_two_commands_and_a_bad_rule_fails() {
    let folder = legacy();
    let run = Run::new(&folder, &["init", "--source", "https://git.example.org/a b/sigmata"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!folder.path("rules").exists(), "{}", run.out);
    let settings = fs::read_to_string(folder.path("sigmata.toml")).expect("settings");
    assert!(settings.contains("rules = [\"cloud\", \"identity\"]\n"), "{settings}");
    let run = Run::new(&folder, &["check", "--update-baseline"]);
    assert!(
        run.code == 0 && run.out.ends_with("findings in .sigmata-baseline.json\n"),
        "{}{}",
        run.out,
        run.err
    );
    for (name, scripts) in ready_made(&folder) {
        for (step, code, said) in shell(&folder, &scripts, &env("HEAD")) {
            assert_eq!(code, 0, "before the commit: {name}: {step}: {said}");
        }
    }
    commit(&folder);
    for base in ["HEAD~1", "HEAD", ZEROS] {
        for (name, scripts) in ready_made(&folder) {
            for (step, code, said) in shell(&folder, &scripts, &env(base)) {
                assert_eq!(code, 0, "{base}: {name}: {step}: {said}");
            }
        }
    }
    // The next rule that is wrong, laid out otherwise and without tests fails each step that is about it.
    let bad = rule(9, &[TYPO, ("        event", "          event")]);
    fs::write(folder.path("cloud/bad.yml"), bad).expect("a file");
    git(&folder, &["add", "cloud/bad.yml"]);
    let failed = |base: &str| -> Vec<String> {
        let mut found = Vec::new();
        for (name, scripts) in ready_made(&folder) {
            for (step, code, said) in shell(&folder, &scripts, &env(base)) {
                if code != 0 {
                    assert!(!said.contains("typo.yml") && said.contains("bad.yml"), "{name}: {step}: {said}");
                    found.push(format!("{name}: {step}"));
                }
            }
        }
        found
    };
    let of_services =
        ["workflow: Check", "workflow: Layout", "workflow: Test", "action: Check", "GitLab: script"];
    let of_hooks = ["hooks of init: sigmata-check", "hooks of init: sigmata-test", "hooks: sigmata-check"];
    assert_eq!(failed("HEAD"), [&of_services[..], &of_hooks].concat());
}

#[test]
fn hooks_look_at_what_is_committed_and_miss_no_removal() {
    let folder = folder(&[("rules/a.yml", &rule(1, &[])), ("rules/a.test.yml", TESTS)]);
    git(&folder, &["init", "--quiet"]);
    assert_eq!(Run::new(&folder, &["init"]).code, 0);
    commit(&folder);
    let of_hooks = |env: &[(&str, &str)]| {
        let (_, scripts) = ready_made(&folder).remove(3);
        shell(&folder, &scripts, env)
    };
    let hooks = || of_hooks(&[COMMITS]);
    let codes = || hooks().into_iter().map(|(_, code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes(), [0, 0, 0]);
    // What was not added does not belong to the commit: a rule, tests, and tests without a rule.
    fs::write(folder.path("rules/draft.yml"), rule(2, &[TYPO])).expect("a file");
    fs::write(folder.path("rules/no.yml"), "title: [").expect("a file");
    fs::write(folder.path("rules/gone.test.yml"), "match: [").expect("a file");
    assert_eq!(codes(), [0, 0, 0], "{:?}", hooks());
    let run = Run::new(&folder, &["check", "--tracked", "--show-files"]);
    assert_eq!(
        run.out, "rules/a.yml\nrules/draft.yml  # not tracked by git\nrules/no.yml  # not tracked by git\n",
        "{}",
        run.err
    );
    // A named file is looked at.
    assert_eq!(Run::new(&folder, &["check", "--tracked", "rules/draft.yml"]).code, 1);
    git(&folder, &["add", "rules/draft.yml"]);
    assert_eq!(codes(), [1, 0, 1], "{:?}", hooks());
    git(&folder, &["reset", "--quiet"]);
    // The rule that lost its tests is named.
    git(&folder, &["rm", "--quiet", "rules/a.test.yml"]);
    let told = hooks();
    assert!(told[2].1 == 1 && told[2].2.contains("no tests beside rules/a.yml"), "{told:?}");
    // What was committed past the hooks is seen by a run outside a commit, and by one that is held against a revision.
    git(&folder, &["reset", "--quiet", "--hard"]);
    git(&folder, &["add", "rules/draft.yml"]);
    git(&folder, &["commit", "--quiet", "--message", "c"]);
    assert_eq!(codes(), [0, 0, 0], "{:?}", hooks());
    for env in [&[][..], &[("PRE_COMMIT_FROM_REF", "HEAD~1"), ("PRE_COMMIT_TO_REF", "HEAD")]] {
        let told = of_hooks(env);
        assert_eq!(told.iter().map(|(_, code, _)| *code).collect::<Vec<_>>(), [1, 0, 1], "{told:?}");
        assert!(told[0].2.contains("rules/draft.yml"), "{told:?}");
    }
    for hook in yaml(&of_repository(".pre-commit-hooks.yaml")).as_array().expect("hooks") {
        assert_eq!((&hook["always_run"], &hook["pass_filenames"]), (&Value::Bool(true), &Value::Bool(false)));
    }
}

/// Nothing is published: the files install from an address that is given, empty or that of the manifest, and the docs say
/// the same.
#[test]
fn what_installs_the_command_is_what_the_docs_and_the_manifest_say() {
    let install = "cargo install --quiet --locked --git \"$SIGMATA_SOURCE\" ${SIGMATA_REVISION:+--rev \"$SIGMATA_REVISION\"} sigmata";
    let workflow = |args: &[&str]| {
        let folder = folder(&[]);
        let run = Run::new(&folder, &[&["init"][..], args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        (fs::read_to_string(folder.path(".github/workflows/sigmata.yml")).expect("a workflow"), run.err)
    };
    let of = |text: &str| yaml(text)["jobs"]["check"]["env"].clone();
    let (text, said) = workflow(&[]);
    let manifest = env!("CARGO_PKG_REPOSITORY");
    assert_eq!(of(&text)["SIGMATA_SOURCE"], manifest);
    assert_eq!(manifest.is_empty(), said.contains("fill in `SIGMATA_SOURCE`"), "{said}");
    assert_eq!(manifest.is_empty(), of(&text)["SIGMATA_REVISION"] == "");
    let (given, said) = workflow(&["--source", "https://h/\"x\": #y", "--revision", "v1"]);
    assert_eq!(
        (&of(&given)["SIGMATA_SOURCE"], &of(&given)["SIGMATA_REVISION"]),
        (&"https://h/\"x\": #y".into(), &"v1".into())
    );
    assert!(!said.contains("SIGMATA_SOURCE"), "{said}");
    for (name, text) in [
        ("the workflow", &*text),
        ("packaging/gitlab-ci.yml", &*of_repository("packaging/gitlab-ci.yml")),
        ("docs/ci.md", &*of_repository("docs/ci.md")),
    ] {
        assert!(text.contains(install), "{name}");
        assert!(!text.contains("install --locked sigmata"), "{name}: no registry has it");
    }
    // Without an address, and without the command, the step says what is missing.
    let scripts = steps(&yaml(&text)["jobs"]["check"]["steps"]);
    let bare = folder(&[]);
    let output = Command::new("/bin/bash")
        .args(["-e", "-c", &scripts[0].1])
        .current_dir(bare.path(""))
        .env_clear()
        .env("PATH", "/nowhere")
        .output()
        .expect("bash");
    assert!(String::from_utf8_lossy(&output.stdout).contains("::error::SIGMATA_SOURCE"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
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

/// Only what was looked for can be gone, and only that is dropped by an update.
#[test]
fn a_baseline_keeps_what_was_not_looked_for() {
    let files = [
        ("sigmata.toml", "baseline = 'known.json'\n".to_owned()),
        ("rules/a.yml", rule(1, &[TYPO, STATUS])),
        ("rules/sub/b.yml", rule(2, &[TYPO])),
        ("rules/sub/c.yml", rule(3, &[TYPO])),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    for (part, left, kept) in [
        // Nothing is gone, from wherever and whatever is looked at.
        (&["rules/sub"][..], "2 rules: no new findings; 2 in the baseline\n", 2),
        (&["rules/sub/b.yml"], "1 rule: no new findings; 1 in the baseline\n", 3),
        (&["--select", "S02"], "3 rules: no new findings; 1 in the baseline\n", 3),
        (&["--ignore", "values"], "3 rules: no new findings; 1 in the baseline\n", 3),
    ] {
        let folder = folder(&files);
        assert_eq!(Run::new(&folder, &["check", "--update-baseline"]).out, "4 findings in known.json\n");
        let before = std::fs::read_to_string(folder.path("known.json")).expect("a baseline");
        assert_eq!(Run::new(&folder, &[&["check"][..], part].concat()).out, left, "{part:?}");
        let run = Run::new(&folder, &[&["check", "--update-baseline"][..], part].concat());
        let told = format!(
            "4 findings in known.json; {kept} of them stay from before, as they were not looked for\n"
        );
        assert_eq!(run.out, told, "{part:?}");
        assert_eq!(
            std::fs::read_to_string(folder.path("known.json")).expect("a baseline"),
            before,
            "{part:?}"
        );
    }
    let folder = folder(&files);
    Run::new(&folder, &["check", "--update-baseline"]);
    // From a folder below, where a file that is gone was looked for.
    let inner = folder.path("rules/sub");
    let below = || {
        let output = Command::new(env!("CARGO_BIN_EXE_sigmata")).arg("check").current_dir(&inner).output();
        String::from_utf8(output.expect("a run").stdout).expect("UTF-8")
    };
    let settings = |name: &str| std::fs::write(inner.join("sigmata.toml"), name).expect("settings");
    settings("baseline = '../../known.json'\n");
    assert!(below().is_empty(), "a baseline above its settings is refused");
    std::fs::remove_file(inner.join("sigmata.toml")).expect("a file");
    std::fs::create_dir_all(folder.path(".git")).expect("a folder");
    assert_eq!(below(), "2 rules: no new findings; 2 in the baseline\n");
    std::fs::remove_file(inner.join("c.yml")).expect("a file");
    assert_eq!(below(), "1 rule: no new findings; 1 in the baseline; 1 of the baseline no more found\n");
    // The mistake of a copy is that of the copy, whichever comes first; one that moved is known.
    for copy in ["rules/0.yml", "rules/z.yml"] {
        std::fs::copy(folder.path("rules/a.yml"), folder.path(copy)).expect("a copy");
        let run = Run::new(&folder, &["check", "--format", "json", "--ignore", "S09"]);
        let of_copy = |code: &str, severity: &str| format!("{copy} {code} {severity}");
        assert_eq!(found(&run), [of_copy("S0206", "warning"), of_copy("S0433", "error")]);
        let alone = Run::new(&folder, &["check", "--format", "json", copy]);
        assert_eq!(found(&alone), found(&run), "the copy alone");
        std::fs::rename(folder.path(copy), folder.path("rules/a.yml")).expect("one file again");
    }
    std::fs::rename(folder.path("rules/a.yml"), folder.path("rules/moved.yml")).expect("a file");
    for args in [&["check"][..], &["check", "rules/moved.yml"]] {
        let run = Run::new(&folder, args);
        assert!(run.code == 0 && run.out.contains("no new findings"), "{}", run.out);
    }
}
