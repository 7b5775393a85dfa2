//! Nothing in a checked-out folder leads outside of it, and files other than rules, schemas and tests are never shown.

use std::os::unix::fs::symlink;

use super::{Folder, RULE, run};

/// What no output may hold.
const SECRET: &str = "hunter4";

/// A checkout in which each place that names or is a file leads to a secret outside of it, or to one of git's.
fn checkout() -> Folder {
    let secret = format!("title: [{SECRET}\n{SECRET}: {SECRET}: x\n");
    let folder = Folder::new(&[
        ("secret.yml", &secret),
        ("secrets/a.yml", &secret),
        ("repo/.git/config", &format!("[core]\n{SECRET} = {SECRET}\n")),
        ("repo/.env", &format!("TOKEN={SECRET}\n")),
        ("repo/notes.txt", &format!("{SECRET}\n\t{SECRET}: {SECRET}\n")),
        ("repo/rules/good.yml", RULE),
        ("repo/events/a.jsonl", "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n"),
        ("repo/lists/rules/list.yml", &RULE.replace("eventName: CreateUser", "eventName|expand: '%x%'")),
    ]);
    for (name, to) in [
        ("repo/links/rules/t.yml", "../../../secret.yml"),
        ("repo/links/rules/folder", "../../../secrets"),
        ("repo/links/rules/git.yml", "../../.git/config"),
        ("repo/links/rules/dot", "../../.git"),
        ("repo/tests/rules/good.test.yml", "../../../secret.yml"),
        ("repo/orphans/rules/other.test.yml", "../../../secret.yml"),
        ("repo/config/sigmata.toml", "../../secret.yml"),
        ("repo/baseline/b.json", "../../secret.yml"),
        ("repo/events/b.jsonl", "../../secret.yml"),
        ("repo/events/c", "../.git"),
    ] {
        let path = folder.path(name);
        std::fs::create_dir_all(std::path::Path::new(&path).parent().expect("a parent")).expect("a folder");
        symlink(to, path).expect("a link");
    }
    for name in ["links", "tests", "orphans", "config", "baseline"] {
        folder.put(&format!("repo/{name}/rules/good.yml"), RULE);
    }
    folder.put("repo/baseline/sigmata.toml", "baseline = \"b.json\"\n");
    for (name, text) in [
        ("outside", "schemas = [\"../secret.yml\"]\n"),
        ("git", "schemas = [\".git/config\"]\n"),
        ("env", "schemas = [\".env\"]\n"),
        ("notes", "schemas = [\"notes.txt\"]\n"),
        ("folder", "schemas = [\"links/rules\"]\n"),
        ("list", "[lists.x]\nfile = \".git/config\"\n"),
        ("listenv", "[lists.x]\nfile = \".env\"\n"),
        ("out", "[export.e]\nout = \"../out\"\nkinds = [\"sentinel\"]\n"),
        ("hooks", "[export.e]\nout = \".git/hooks\"\nkinds = [\"sentinel\"]\n"),
        ("up", "[export.e]\nout = \"new/../../out\"\nkinds = [\"sentinel\"]\n"),
    ] {
        folder.put(&format!("repo/{name}.toml"), text);
    }
    folder.put(
        "repo/events.test/good.test.yml",
        "match:\n  - {name: a, file: ../../secret.yml}\n  - {name: b, file: link.jsonl}\n  - {name: c, file: .hidden}\n",
    );
    folder.put("repo/events.test/good.yml", RULE);
    folder.put("repo/events.test/.hidden", SECRET);
    symlink("../../secret.yml", folder.path("repo/events.test/link.jsonl")).expect("a link");
    folder
}

#[test]
fn nothing_leads_out_of_a_checkout() {
    let folder = checkout();
    for (arguments, code, said) in [
        (&["check", "@repo/links/rules"][..], 2, "a link that leads out of the folder"),
        (&["compile", "@repo/links/rules", "-t", "kql"], 2, "a link that leads out of the folder"),
        (&["eval", "@repo/links/rules", "--events", "@repo/events/a.jsonl"], 2, "a link that leads out"),
        (&["diff", "@repo/links/rules", "@repo/links/rules"], 2, "a link that leads out"),
        (&["fmt", "@repo/links/rules", "--check"], 2, "a link that leads out"),
        (&["witness", "@repo/links/rules"], 2, "a link that leads out"),
        (&["export", "@repo/links/rules", "-o", "@exported"], 2, "a link that leads out"),
        (&["test", "@repo/tests/rules"], 2, "a link that leads out"),
        (&["test", "@repo/orphans/rules"], 2, "a link that leads out"),
        (&["test", "@repo/events.test"], 1, "lead to nothing hidden"),
        (&["eval", "@repo/rules", "--events", "@repo/events"], 2, "a link that leads out"),
        (&["schema", "infer", "@repo/events", "--name", "a/b"], 2, "a link that leads out"),
        (&["check", "@repo/rules", "--config", "@repo/outside.toml"], 2, "a path stays in the folder"),
        (&["check", "@repo/rules", "--config", "@repo/git.toml"], 2, "is hidden"),
        (&["check", "@repo/rules", "--config", "@repo/env.toml"], 2, "is hidden"),
        (&["check", "@repo/rules", "--config", "@repo/notes.toml"], 2, "not a schema"),
        (&["check", "@repo/rules", "--config", "@repo/folder.toml"], 2, "leads out"),
        (&["compile", "@repo/lists/rules", "--config", "@repo/list.toml", "-t", "kql"], 2, "is hidden"),
        (&["compile", "@repo/lists/rules", "--config", "@repo/listenv.toml", "-t", "kql"], 2, "is hidden"),
        (&["check", "@repo/rules", "--config", "@repo/baseline/sigmata.toml"], 2, "leads out"),
        (
            &["check", "@repo/rules", "--config", "@repo/baseline/sigmata.toml", "--update-baseline"],
            2,
            "leads out",
        ),
        (&["export", "@repo/rules", "--env", "e", "--config", "@repo/out.toml"], 2, "out of the repository"),
        (
            &["export", "@repo/rules", "--env", "e", "--config", "@repo/hooks.toml"],
            2,
            "out of the repository",
        ),
        (&["export", "@repo/rules", "--env", "e", "--config", "@repo/up.toml"], 2, "out of the repository"),
    ] {
        let found = run(&folder, arguments);
        let all = format!("{}{}", found.out, found.err);
        assert!(!all.contains(SECRET), "{arguments:?} shows the secret: {all}");
        assert_eq!(found.code, code, "{arguments:?}: {all}");
        assert!(all.contains(said), "{arguments:?} does not say `{said}`: {all}");
    }
    let written: Vec<String> = folder.files().into_iter().map(|(name, _)| name).collect();
    assert!(
        !written.iter().any(|name| name.starts_with("repo/.git/hooks") || name.starts_with("out/")),
        "{written:?}"
    );
    assert_eq!(
        std::fs::read_to_string(folder.path("secret.yml")).expect("a file").matches(SECRET).count(),
        3
    );
}

#[test]
fn a_configuration_that_is_a_link_out_is_not_read() {
    let folder = checkout();
    let rules = folder.0.join("repo/config/rules");
    let found = super::super::settings::found_above(&rules, &mut super::super::settings::Nearest::default());
    let failure = found.expect_err("a link that leads out").to_string();
    assert!(failure.contains("sigmata.toml") && failure.contains("leads out"), "{failure}");
}

#[test]
fn links_inside_a_repository_are_followed() {
    let folder =
        Folder::new(&[("repo/.git/HEAD", ""), ("repo/common/a.yml", RULE), ("repo/common/b/c.yml", RULE)]);
    std::fs::create_dir_all(folder.path("repo/rules")).expect("a folder");
    symlink("../common/a.yml", folder.path("repo/rules/a.yml")).expect("a link");
    symlink("../common/b", folder.path("repo/rules/b")).expect("a link");
    let found = run(&folder, &["check", "@repo/rules"]);
    assert!(found.out.contains("2 rules: ") && found.err.is_empty(), "{}{}", found.out, found.err);
    // Without a repository the folder alone counts, until the other one is named as well.
    std::fs::remove_dir_all(folder.path("repo/.git")).expect("a folder");
    assert_eq!(run(&folder, &["check", "@repo/rules"]).code, 2);
    let both = run(&folder, &["check", "@repo/rules", "@repo/common"]);
    assert!(both.code < 2 && both.out.contains("2 rules: "), "{}{}", both.out, both.err);
}

#[test]
fn a_folder_that_looks_like_a_repository_starts_nothing() {
    let folder = Folder::new(&[("good.yml", RULE)]);
    let marker = folder.path("started");
    let monitor = folder.path("rules/monitor");
    for (name, text) in [
        ("rules/HEAD", "ref: refs/heads/main\n".to_owned()),
        ("rules/refs/heads/.keep", String::new()),
        ("rules/objects/.keep", String::new()),
        (
            "rules/config",
            format!(
                "[core]\n\tbare = false\n\tworktree = {}\n\tfsmonitor = {monitor}\n",
                folder.path("rules")
            ),
        ),
        ("rules/monitor", format!("#!/bin/sh\ntouch {marker}\n")),
        ("rules/a.yml", RULE.to_owned()),
    ] {
        folder.put(name, &text);
    }
    std::fs::set_permissions(&monitor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    for arguments in
        [&["check", "@rules", "--changed-since", "HEAD"][..], &["diff", "--rev", "HEAD", "@rules"]]
    {
        let found = run(&folder, arguments);
        assert_eq!(found.code, 2, "{arguments:?}: {}{}", found.out, found.err);
    }
    assert!(!std::path::Path::new(&marker).exists(), "a program of the folder was started");
}
