//! Each step of each command fails once, and the process is stopped at each.

use super::super::disk::{Step, faults};
use super::{Folder, RULE, Run, run};

fn folder() -> Folder {
    let spelt = RULE.replace("2026-11-23", "2026/11/23");
    let other = spelt.replace("5e8c3a39", "6e8c3a39").replace("CreateUser", "DeleteUser");
    Folder::new(&[
        ("rules/a.yml", &spelt),
        ("rules/b.yml", &other.replace("    ", "  ")),
        (
            "rules/b.test.yml",
            "match:\n  - {name: x, event: {eventSource: iam.amazonaws.com, eventName: DeleteUser}}\n",
        ),
        ("old/a.yml", RULE),
        ("out/report", "old"),
        ("events.jsonl", "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n"),
        ("baseline.json", "{\"version\": 1, \"findings\": []}\n"),
        ("sigmata.toml", "schemas = [\"schemas\"]\n"),
        (
            "schemas/x.yaml",
            "sigmata-schema: 2\nname: acme/x\ntitle: X\nlogsource: [{product: acme, service: x}]\nfields:\n  a: {type: string}\n",
        ),
    ])
}

/// Judges a run, by the step that failed, the file that it was about, and whether all after it failed too.
type Law<'l> = &'l dyn Fn(&Folder, &Run, Option<&(Step, String, bool)>);

/// Runs the command again and again; `law` judges each run, with the step that failed, if one did.
fn each(arguments: &[&str], least: usize, law: Law<'_>) {
    for onwards in [false, true] {
        for at in 0.. {
            let folder = folder();
            let plan = faults::plan(&folder.0, at, onwards);
            let found = run(&folder, arguments);
            let failed = plan.failed().map(|(step, path)| {
                (
                    step,
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                    onwards,
                )
            });
            drop(plan);
            law(&folder, &found, failed.as_ref());
            if failed.is_none() {
                assert!(at >= least, "{arguments:?} took only {at} steps");
                break;
            }
        }
    }
}

#[test]
fn every_file_is_the_old_or_the_new_one_and_no_fault_is_silent() {
    for (arguments, least) in [
        (&["check", "@rules", "--fix"][..], 15),
        (&["fmt", "@rules"], 10),
        (&["check", "@rules", "--update-baseline", "--baseline", "@baseline.json"], 8),
        (&["check", "@rules", "--output-file", "@out/report", "--output-file", "sarif=@out/sarif"], 8),
        (&["compile", "@rules", "-t", "kql,spl", "-o", "@queries"], 12),
        (&["witness", "@rules", "--as-tests"], 6),
    ] {
        let (before, after) = (folder(), folder());
        let whole = run(&after, arguments);
        assert!(whole.code < 2, "{arguments:?}: {}", whole.err);
        let (old, new) = (before.files(), after.files());
        assert_ne!(old, new, "{arguments:?}");
        each(arguments, least, &|folder, found, failed| {
            let now = folder.files();
            let of = |files: &[(String, String)], name: &str| {
                files
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, text)| text.replace(&folder.path(""), ""))
            };
            for (name, _) in old.iter().chain(&new).chain(&now) {
                let text = of(&now, name);
                let (stale, fresh) = (of(&old, name), of(&new, name));
                let known = text == stale
                    || text == fresh
                    || name.starts_with("out/")
                    || name.starts_with("baseline")
                    // Before the first query the manifest says which will be written.
                    || name.ends_with("manifest.json");
                assert!(known, "{arguments:?} {failed:?}: {name}: {text:?}");
                // A report holds paths of its folder; it is whole when it ends as the others do.
                let whole = text == stale || text.as_ref().is_some_and(|text| text.ends_with('\n'));
                assert!(whole, "{arguments:?} {failed:?}: {name} is cut off: {text:?}");
            }
            let Some((step, name, onwards)) = failed else {
                assert_eq!(found.code, whole.code, "{arguments:?}: {}", found.err);
                return;
            };
            assert_eq!(found.code, 2, "{arguments:?} {failed:?}: {} {}", found.out, found.err);
            let told = found.err.contains(name.as_str()) || found.out.contains(name.as_str());
            assert!(told || *onwards || *step == Step::Create, "{arguments:?} {failed:?}: {}", found.err);
        });
    }
}

#[test]
fn no_read_that_fails_is_silent() {
    for (arguments, least) in [
        (&["check", "@rules"][..], 3),
        (&["compile", "@rules", "--format", "json"], 3),
        (&["eval", "@rules", "--events", "@events.jsonl"], 5),
        (&["witness", "@rules"], 3),
        (&["overlap", "@rules"], 3),
        (&["diff", "@old", "@rules"], 5),
        (&["test", "@rules"], 4),
        (&["fmt", "@rules", "--check"], 3),
        (&["schema", "infer", "@events.jsonl"], 1),
        (&["schema", "drift", "@events.jsonl", "--schema", "aws/cloudtrail"], 1),
        (&["check", "@rules", "--baseline", "@baseline.json"], 4),
        (&["check", "@rules", "--config", "@sigmata.toml"], 5),
    ] {
        let code = run(&folder(), arguments).code;
        each(arguments, least, &|folder, found, failed| {
            assert_eq!(folder.files().len(), 9, "{arguments:?}");
            match failed {
                None => assert_eq!(found.code, code, "{arguments:?}"),
                Some((_, name, onwards)) => {
                    assert_eq!(found.code, 2, "{arguments:?} {failed:?}: {} {}", found.out, found.err);
                    assert!(
                        *onwards || found.err.contains(name.as_str()),
                        "{arguments:?} {failed:?}: {}",
                        found.err
                    );
                }
            }
        });
    }
}

#[test]
fn an_export_that_is_stopped_leaves_each_file_old_or_new_and_the_next_completes_it() {
    let export = ["export", "@rules", "-o", "@deploy", "--kind", "sentinel"];
    let rule = |event: &str| RULE.replace("CreateUser", event);
    let files = |event: &str, built: &[(String, String)]| {
        let rule = rule(event);
        let mut all = vec![("sigmata.toml", ""), ("rules/a.yml", &rule)];
        all.extend(built.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        Folder::new(&all)
    };
    let built = |folder: &Folder| -> Vec<(String, String)> {
        folder.files().into_iter().filter(|(name, _)| name.starts_with("deploy/")).collect()
    };
    let first = files("CreateUser", &[]);
    assert_eq!(run(&first, &export).code, 0);
    let old = built(&first);
    let second = files("DeleteUser", &old);
    assert_eq!(run(&second, &export).code, 0);
    let new = built(&second);
    assert!(old.len() == 3 && old != new, "{old:?}");
    for onwards in [false, true] {
        for at in 0.. {
            let folder = files("DeleteUser", &old);
            let plan = faults::plan(&folder.0, at, onwards);
            let found = run(&folder, &export);
            let failed = plan.failed();
            drop(plan);
            let now = built(&folder);
            if failed.is_none() {
                assert_eq!((found.code, &now), (0, &new));
                assert!(at >= 20, "only {at} steps");
                break;
            }
            assert_eq!(found.code, 2, "{at} {failed:?}: {}{}", found.out, found.err);
            for (name, text) in now.iter().filter(|(name, _)| !name.ends_with("manifest.json")) {
                let known =
                    |files: &[(String, String)]| files.iter().any(|one| one.0 == *name && one.1 == *text);
                assert!(known(&old) || known(&new), "{at} {failed:?}: {name}: {text}");
            }
            let in_step = now == new;
            let check = run(&folder, &[&export[..], &["--check"]].concat());
            assert_eq!(check.code, u8::from(!in_step), "{at} {failed:?}: {}{}", check.out, check.err);
            assert_eq!(run(&folder, &export).code, 0, "{at} {failed:?}");
            assert_eq!(built(&folder), new, "{at} {failed:?}");
        }
    }
}

#[test]
fn what_git_ignores_is_read_or_named() {
    for at in 0.. {
        let folder = Folder::new(&[
            (".git/info/exclude", "d.yml\n"),
            (".gitignore", "c.yml\n"),
            ("a/.gitignore", "b.yml\n"),
            ("a/a.yml", RULE),
            ("a/b.yml", "title: ["),
            ("c.yml", "title: ["),
            ("d.yml", "title: ["),
        ]);
        let plan = faults::plan(&folder.0, at, false);
        let found = run(&folder, &["check", "@"]);
        let failed = plan.failed();
        drop(plan);
        let Some((_, path)) = failed else {
            assert_eq!((found.code, found.out.as_str()), (0, "1 rule: no findings\n"), "{}", found.err);
            assert!(at >= 10, "only {at} steps");
            break;
        };
        assert_eq!(found.code, 2, "{}: {}{}", path.display(), found.out, found.err);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(found.err.contains(&name) || path == folder.0, "{name}: {}", found.err);
    }
}
