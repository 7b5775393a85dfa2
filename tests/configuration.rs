//! Which `sigmata.toml` holds for which rule, what is above it, and what it does.

#[path = "support/json_schema.rs"]
mod json_schema;
#[path = "support/rule.rs"]
mod shared;
mod support;

use serde_json::Value;
use support::{Folder, Run, folder};

/// A rule with a warning (no status) about a log, with nothing else to say.
fn rule(id: char, product: &str, service: &str) -> String {
    format!(
        "title: Rule {id}\nid: {id}e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\n\
         author: a\ndate: 2026-11-23\nlogsource: {{product: {product}, service: {service}}}\n\
         detection:\n    selection:\n        kind: x\n    condition: selection\nlevel: low\n"
    )
}

const SCHEMA: &str = "\
sigmata-schema: 2
name: acme/audit
title: Acme
logsources: [{product: acme, service: audit}]
sources: [{source: own, license: none, date: '2026-01-01'}]
fields:
  kind: {type: string, always: true, doc: k}
";

/// Files as they were found, without findings.
fn files(folder: &Folder, args: &[&str]) -> Vec<String> {
    let run = Run::new(folder, &[&["compile", "-t", "spl", "--format", "json"][..], args].concat());
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let queries = document["queries"].as_array().expect("queries").clone();
    queries.iter().map(|query| query["rule"]["file"].as_str().expect("a file").to_owned()).collect()
}

fn query(folder: &Folder, target: &str, args: &[&str]) -> String {
    let run = Run::new(folder, &[&["compile", "-t", target][..], args].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

#[test]
fn each_rule_has_the_nearest_file_up_to_the_root_of_the_repository() {
    let folder = folder(&[
        ("sigmata.toml", "[kql]\ntable = 'Outside'\n"),
        ("repo/.git/HEAD", ""),
        ("repo/x.yml", &rule('1', "x", "y")),
        ("repo/a/sigmata.toml", "[kql]\ntable = 'A'\n"),
        ("repo/a/deep/x.yml", &rule('2', "x", "y")),
        (
            "repo/b/sigmata.toml",
            "[logs.'x/y']\nkql.table = 'B'\nspl.index = 'idx'\nspl.sourcetype = ['s:t']\ncwli.log-groups = ['/g']\n",
        ),
        ("repo/b/x.yml", &rule('3', "x", "y")),
        ("repo/b/z.yml", &rule('4', "x", "z")),
    ]);
    let table = |args: &[&str]| {
        let args = [args, &["--bare"][..]].concat();
        query(&folder, "kql", &args).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(table(&["repo/a/deep/x.yml"]), "A");
    assert_eq!(table(&["repo/b/x.yml"]), "B");
    // The file above the repository is not read: there is no table.
    for bare in ["repo/x.yml", "repo/b/z.yml"] {
        let run = Run::new(&folder, &["compile", "-t", "kql", bare]);
        assert!(run.code == 1 && run.err.contains("[kql] table"), "{bare}: {}", run.err);
    }
    for (args, expected) in [
        (&["repo/a/deep/x.yml", "--set", "kql.table=Set"][..], "Set"),
        (&["repo/a/deep/x.yml", "--set", "kql.table=Set", "--kql-table", "Flag"], "Flag"),
        (&["repo/b/x.yml", "--kql-table", "Flag"], "B"),
        (&["repo/b/x.yml", "--set", "logs.'x/y'.kql.table='Set'"], "Set"),
        (&["repo/b/x.yml", "--config", "repo/a/sigmata.toml"], "A"),
        (&["repo/b/x.yml", "--isolated", "--set", "kql.table=Set"], "Set"),
    ] {
        assert_eq!(table(args), expected, "{args:?}");
    }
    assert!(query(&folder, "spl", &["repo/b/x.yml"]).contains("index=\"idx\" sourcetype=\"s:t\" kind=\"x\""));
    let cwli = query(&folder, "cwli", &["repo/b/x.yml"]);
    let source = "# with the CLI or API, in front: SOURCE logGroups(namePrefix: ['/g'])\n";
    assert!(cwli.contains("# log group: /g\n") && cwli.contains(source), "{cwli}");
    let set = ["--set", "logs.'x/y'.cwli.log-groups=['/a', '/b']", "--set", "cwli.class='infrequent-access'"];
    let cwli = query(&folder, "cwli", &[&["repo/b/x.yml"][..], &set].concat());
    assert!(cwli.contains("(namePrefix: ['/a', '/b'], class: ['INFREQUENT_ACCESS'])\n"), "{cwli}");
    // Both roots in one run.
    let run = Run::new(&folder, &["compile", "repo/a", "repo/b/x.yml", "-t", "kql"]);
    assert!(run.out.contains("\nA\n") && run.out.contains("\nB\n"), "{}{}", run.out, run.err);
}

#[test]
fn what_is_about_the_run_comes_from_the_working_directory() {
    let warn = rule('1', "acme", "audit").replace("level: low\n", "level: low\ntags: [attack.nonsense]\n");
    let folder =
        folder(&[("cfg/sigmata.toml", "fail-on = 'info'\ntargets = ['spl']\n"), ("cfg/r/x.yml", &warn)]);
    let outside = Run::new(&folder, &["check", "cfg/r"]);
    assert_eq!(outside.code, 0, "{}", outside.out);
    assert!(outside.err.contains("info: cfg/sigmata.toml:1: `fail-on` has no effect"), "{}", outside.err);
    for (args, code) in [
        (&["check", "cfg/r", "--config", "cfg/sigmata.toml"][..], 1),
        (&["check", "cfg/r", "--config", "cfg/sigmata.toml", "--set", "fail-on=error"], 0),
        (
            &[
                "check",
                "cfg/r",
                "--config",
                "cfg/sigmata.toml",
                "--set",
                "fail-on=error",
                "--fail-on",
                "info",
            ],
            1,
        ),
        (&["check", "cfg/r", "--set", "fail-on=warning"], 1),
        (&["check", "cfg/r", "--isolated"], 0),
        (&["check", "cfg/r", "--isolated", "--config", "cfg/sigmata.toml"], 2),
        (&["check", "cfg/r", "--config", "missing.toml"], 2),
        (&["check", "cfg/r", "--set", "fail-onn=error"], 2),
    ] {
        let run = Run::new(&folder, args);
        assert_eq!(run.code, code, "{args:?}: {}{}", run.out, run.err);
    }
}

#[test]
fn what_is_excluded_is_checked_only_where_it_is_named() {
    let folder = folder(&[
        ("sigmata.toml", "exclude = ['vendor/**', '*.draft.yml']\n"),
        ("vendor/v.yml", &rule('1', "x", "y")),
        ("rules/a.yml", &rule('2', "x", "y")),
        ("rules/b.draft.yml", &rule('3', "x", "y")),
        ("rules/own/sigmata.toml", "exclude = ['c.yml']\n"),
        ("rules/own/c.yml", &rule('4', "x", "y")),
        ("rules/own/d.draft.yml", &rule('5', "x", "y")),
    ]);
    assert_eq!(files(&folder, &[]), ["rules/a.yml", "rules/own/d.draft.yml"]);
    assert_eq!(files(&folder, &["rules"]), ["rules/a.yml", "rules/own/d.draft.yml"]);
    assert_eq!(files(&folder, &["vendor/v.yml", "rules/b.draft.yml"]).len(), 2);
    assert_eq!(files(&folder, &["vendor/v.yml", "rules/a.yml", "--force-exclude"]), ["rules/a.yml"]);
    assert_eq!(files(&folder, &["--isolated", "."]).len(), 5);
    let none = Run::new(&folder, &["check", "vendor"]);
    assert!(none.code == 2 && none.err.contains("`exclude`"), "{}", none.err);
    let hook = Run::new(&folder, &["check", "--force-exclude", "vendor/v.yml"]);
    assert_eq!(hook.code, 0, "a hook that names only such files passes: {}", hook.err);
}

#[test]
fn a_configuration_names_nothing_outside_its_folder() {
    let folder = folder(&[
        ("outside/acme.yaml", SCHEMA),
        ("in/acme.yaml", SCHEMA),
        ("in/x.yml", &rule('1', "acme", "audit")),
        ("in/sigmata.toml", "schemas = ['acme.yaml']\n"),
        ("link/x.yml", &rule('2', "acme", "audit")),
        ("link/sigmata.toml", "schemas = ['acme.yaml']\n"),
        ("up/x.yml", &rule('3', "acme", "audit")),
        ("up/sigmata.toml", "schemas = ['../outside']\n"),
        ("none/x.yml", &rule('4', "acme", "audit")),
        ("none/sigmata.toml", "\nschemas = ['missing.yaml']\n"),
    ]);
    let checked = |args: &[&str]| Run::new(&folder, &[&["check", "--fail-on", "info"][..], args].concat());
    assert_eq!(checked(&["in"]).code, 0, "{}", checked(&["in"]).out);
    let up = checked(&["up"]);
    assert!(up.code == 2 && up.err.contains("up/sigmata.toml:1:12"), "{}", up.err);
    let none = checked(&["none"]);
    assert!(none.code == 2 && none.err.contains("none/sigmata.toml:2:1"), "{}", none.err);
    // What the user types may lie anywhere.
    let typed = checked(&["link/x.yml", "--isolated", "--set", "schemas=outside/acme.yaml"]);
    assert_eq!(typed.code, 0, "{}{}", typed.out, typed.err);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../outside/acme.yaml", folder.path("link/acme.yaml")).expect("a link");
        let link = checked(&["link"]);
        assert!(link.code == 2 && link.err.contains("leads out of the folder"), "{}", link.err);
    }
}

#[test]
fn what_replaces_something_shipped_is_said() {
    let own = SCHEMA
        .replace("acme/audit", "okta/okta")
        .replace("acme", "okta")
        .replace("service: audit", "service: okta");
    let folder = folder(&[
        ("sigmata.toml", "schemas = ['own']\n"),
        ("own/okta.yaml", &own),
        ("x.yml", &rule('1', "okta", "okta")),
    ]);
    let run = Run::new(&folder, &["check", "x.yml"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(
        run.err,
        "info[S0706]: own/okta.yaml: the schema takes the place of the shipped `okta/okta`\n"
    );
    let extends = "sigmata-schema: 2\nextends: okta/okta\n";
    for (name, text, said) in [
        (
            "by its log source",
            own.replace("okta/okta", "own/okta"),
            "`own/okta` takes the place of the shipped `okta/okta`, whose log source it names",
        ),
        ("adds", format!("{extends}name: okta/okta\nfields: {{own: {{type: string}}}}\n"), ""),
        (
            "opens under another name",
            format!("{extends}name: own/okta\nlogsources: [{{product: own, service: okta}}]\nopen: true\n"),
            "the schema replaces `open` of the shipped `okta/okta`",
        ),
        (
            "opens",
            format!("{extends}name: okta/okta\nopen: true\n"),
            "the schema replaces `open` of the shipped `okta/okta`",
        ),
        (
            "types and lists",
            format!(
                "{extends}name: okta/okta\nenums: {{eventType: {{noun: event, values: [a]}}}}\nfields: {{eventType: {{type: string}}, actor: {{type: object, fields: {{id: {{type: any}}}}}}}}\n"
            ),
            "the schema replaces `enums.eventType`, `fields.eventType`, `fields.actor.id` of the shipped `okta/okta`",
        ),
    ] {
        std::fs::write(folder.path("own/okta.yaml"), text).expect("a file");
        let run = Run::new(&folder, &["check", "x.yml"]);
        let expected =
            if said.is_empty() { String::new() } else { format!("info[S0706]: own/okta.yaml: {said}\n") };
        assert_eq!(run.err, expected, "{name}: {}", run.out);
    }
}

#[test]
fn one_name_cannot_stand_for_several_tables() {
    let folder = folder(&[
        (
            "sigmata.toml",
            "[logs.'azure/signinlogs']\nkql.table = 'X'\n[logs.'okta/oktaa']\nkql.table = 'Y'\n",
        ),
        ("x.yml", &rule('1', "x", "y")),
    ]);
    let run = Run::new(&folder, &["check", "x.yml"]);
    assert!(
        run.code == 2 && run.err.contains("sigmata.toml:2:5") && run.err.contains("SigninLogs"),
        "{}",
        run.err
    );
}

#[test]
fn settings_are_shown_with_their_sources() {
    let folder = folder(&[
        ("sigmata.toml", "fail-on = 'warning'\n"),
        (
            "a/sigmata.toml",
            "\nexclude = ['x']\n[logs.'okta/okta']\nspl.sourcetype = ['OktaIM2:log', 'okta:system:log', 'okta:x']\n",
        ),
        ("a/x.yml", &rule('1', "x", "y")),
    ]);
    let run = Run::new(&folder, &["config", "show", "a/x.yml", "--set", "kql.table=T"]);
    let expected = "\
# the run: sigmata.toml
fail-on = \"warning\"               # sigmata.toml:1
targets = [\"kql\", \"spl\", \"cwli\"]  # default
strict = false                    # default

# the rules in a/x.yml: a/sigmata.toml
exclude = [\"x\"]                  # a/sigmata.toml:2
kql.table = \"T\"                  # --set
# a/sigmata.toml:4
logs.\"okta/okta\".spl.sourcetype = [\"OktaIM2:log\", \"okta:system:log\", \"okta:x\"]
rules = []                       # default
schemas = []                     # default
respect-gitignore = true         # default
profile = \"default\"              # default
lints.require-reason = false     # default
fmt.indent = 4                   # default
limits.file-bytes = 16777216     # default
limits.document-bytes = 1048576  # default
";
    assert_eq!((run.code, run.out.as_str()), (0, expected), "{}", run.err);
    let missing = Run::new(&folder, &["config", "show", "missing"]);
    assert_eq!(missing.code, 2);
}

#[test]
fn rules_named_alone_find_what_they_refer_to_and_their_filters() {
    let filter = "\
title: Known
logsource: {product: acme, service: audit}
filter:
    rules: any
    selection: {kind: known}
    condition: not selection
";
    let correlation = "\
title: Many
correlation:
    type: event_count
    rules: [1e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d]
    group-by: [kind]
    timespan: 5m
    condition: {gte: 5}
";
    let folder = folder(&[
        (
            "sigmata.toml",
            "rules = ['rules', 'filters']\nexclude = ['*.draft.yml']\n[logs.'acme/audit']\nspl.index = 'acme'\n",
        ),
        ("rules/a.yml", &rule('1', "acme", "audit")),
        ("filters/known.yml", filter),
        ("filters/other.draft.yml", &filter.replace("known}", "draft}")),
        ("correlations/many.yml", correlation),
        ("apart/sigmata.toml", "[logs.'acme/audit']\nspl.index = 'acme'\n"),
        ("apart/many.yml", correlation),
        ("apart/b.yml", &rule('2', "acme", "audit")),
    ]);
    let filtered = query(&folder, "spl", &["rules/a.yml", "--index", "main"]);
    assert!(filtered.contains("known") && !filtered.contains("draft"), "{filtered}");
    assert!(!query(&folder, "spl", &["apart/b.yml", "--index", "main"]).contains("known"));
    let found = |path: &str| Run::new(&folder, &["check", path, "--format", "concise"]).out;
    assert!(!found("correlations/many.yml").contains("S0660"));
    assert!(found("apart/many.yml").contains("S0660"));
    let said = found("correlations/many.yml");
    assert!(!said.lines().any(|line| line.starts_with("rules/") || line.starts_with("filters/")), "{said}");
}

/// Without `rules`, what a correlation names is looked for below the configuration, and only where it is not given.
#[test]
fn what_is_referred_to_is_looked_for_below_the_configuration() {
    let correlation = |name: &str, of: &str| {
        format!(
            "title: Many\nname: {name}\nstatus: test\ncorrelation:\n    type: event_count\n    rules: [{of}]\n    \
             group-by: [kind]\n    timespan: 5m\n    condition: {{gte: 5}}\n"
        )
    };
    let filter = "title: F\nlogsource: {product: acme}\nfilter:\n    rules: any\n    selection: {kind: known}\n    condition: not selection\n";
    let first = rule('1', "acme", "audit").replace("title: Rule 1", "title: Rule 1\nname: first");
    let folder = folder(&[
        ("sigmata.toml", "schemas = ['acme.yaml']\nexclude = ['left/**']\n"),
        ("acme.yaml", SCHEMA),
        ("rules/deep/first.yml", &first),
        ("rules/other.yml", &rule('2', "acme", "audit")),
        ("rules/not-utf8.yml", "title: \u{fffd}"),
        (
            "left/second.yml",
            &rule('3', "acme", "audit").replace("title: Rule 3", "title: Rule 3\nname: left"),
        ),
        ("filters/f.yml", filter),
        ("inner/many.yml", &correlation("many", "first")),
        ("outer/more.yml", &correlation("more", "many")),
        ("lost/left.yml", &correlation("lost", "left")),
    ]);
    let spl =
        |args: &[&str]| Run::new(&folder, &[&["compile", "-t", "spl", "--index", "main"][..], args].concat());
    for path in ["inner", "inner/many.yml", "outer"] {
        let run = spl(&[path]);
        assert!(
            run.out.contains("kind=\"x\"") && !run.out.contains("known"),
            "{path}: {}{}",
            run.out,
            run.err
        );
        let run = Run::new(&folder, &["check", path, "--format", "concise"]);
        assert!(!run.out.contains("S0660"), "{path}: {}", run.out);
    }
    // What is left out is not looked for, and without a configuration nothing is.
    for args in [&["check", "lost"][..], &["check", "inner", "--isolated"]] {
        let run = Run::new(&folder, args);
        assert!(run.code == 1 && run.out.contains("S0660"), "{args:?}: {}", run.out);
    }
    // Nothing is read for a rule, nor where everything is available.
    for args in [&["check", "-v", "rules/other.yml"][..], &["check", "-v", "inner", "rules"]] {
        let run = Run::new(&folder, args);
        assert!(!run.err.contains("looks for what is referred to"), "{args:?}: {}", run.err);
    }
    let run = Run::new(&folder, &["check", "-v", "inner"]);
    assert!(run.err.contains("looks for what is referred to below"), "{}", run.err);
}

/// A table of the plan Basic or Auxiliary is read alone, and no analytics rule runs over it.
#[test]
fn what_the_plan_of_a_table_takes_is_refused_or_told() {
    let rule = "title: User Created\nid: 1e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nname: created\nstatus: test\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    selection: {eventName: CreateUser}\n    condition: selection\nlevel: low\n";
    let listed = rule
        .replace(
            "condition: selection",
            "known: {userIdentity.userName|expand: '%admins%'}\n    condition: selection and not known",
        )
        .replace("1e8c3a39", "2e8c3a39")
        .replace("created", "by_stranger");
    let correlation = |kind: &str, of: &str, condition: &str| {
        format!(
            "title: C\nid: 3e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ncorrelation:\n    type: {kind}\n    rules: [{of}]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n{condition}"
        )
    };
    let folder = folder(&[
        (
            "sigmata.toml",
            "lists.admins = { kql.watchlist = 'Admins' }\n[logs.'aws/cloudtrail']\nkql.plan = 'basic'\n",
        ),
        ("one.yml", rule),
        ("listed.yml", &listed),
        ("often.yml", &correlation("event_count", "created", "    condition: {gte: 3}\n")),
        ("few.yml", &correlation("event_count", "created", "    condition: {gte: 3, lte: 5}\n")),
        ("two.yml", &correlation("temporal", "created, by_stranger", "")),
    ]);
    for (file, expected) in [
        ("one.yml", Ok("AWSCloudTrail\n| where EventName == \"CreateUser\"")),
        ("listed.yml", Err("S1006")),
        ("often.yml", Ok("prev(")),
        ("few.yml", Err("cannot use `join`")),
        ("two.yml", Err("cannot use")),
    ] {
        let run = Run::new(&folder, &["compile", "-t", "kql", file]);
        match expected {
            Ok(part) => {
                assert!(run.code == 0 && run.out.contains(part), "{file}: {}{}", run.out, run.err);
                assert!(run.out.contains("// plan basic: run by hand"), "{file}: {}", run.out);
            }
            Err(part) => assert!(run.code == 1 && run.err.contains(part), "{file}: {}{}", run.out, run.err),
        }
        // In the plan of most tables everything has a query.
        let plan = "logs.'aws/cloudtrail'.kql.plan='analytics'";
        let run = Run::new(&folder, &["compile", "-t", "kql", file, "--set", plan]);
        assert!(run.code == 0 && !run.out.contains("// plan"), "{file}: {}{}", run.out, run.err);
    }
    let run = Run::new(&folder, &["export", "one.yml", "-o", "out", "--kind", "sentinel,xdr"]);
    let left = "no rule runs over `AWSCloudTrail`, whose plan is `basic`";
    assert!(run.err.contains(left) || run.out.contains(left), "{}{}", run.out, run.err);
    let run = Run::new(&folder, &["config", "show", "--set", "logs.'aws/cloudtrail'.kql.plan='cold'"]);
    assert!(run.code == 2 && run.err.contains("a plan of tables"), "{}", run.err);
}

/// What is set and has nothing to apply to is told: in the configuration an error, on the command line a line.
#[test]
fn a_setting_that_does_not_apply_is_told() {
    let rule = |product: &str, service: &str, test: &str| {
        format!(
            "title: T\nid: 1e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\nlogsource: {{product: {product}, service: {service}}}\ndetection:\n    selection: {{{test}}}\n    condition: selection\nlevel: low\n"
        )
    };
    let folder = folder(&[
        ("aws.yml", &rule("aws", "cloudtrail", "eventName: CreateUser")),
        ("gitlab.yml", &rule("gitlab", "audit", "event_type: user_created")),
        ("m365.yml", &rule("m365", "audit", "UserId: a@example.com")),
        ("own.yml", &rule("own", "log", "a: b")),
        ("plan/sigmata.toml", "[logs.'gitlab/audit']\nkql.plan = 'basic'\n"),
        ("named/sigmata.toml", "[logs.'gitlab/audit']\nkql = { plan = 'basic', table = 'GitLab_CL' }\n"),
        ("key/sigmata.toml", "[lists.admins]\nvalues = ['a']\nkql.key = 'Name'\n"),
    ]);
    let none = "`gitlab/audit` has none: name it as `kql.table`";
    let names = |option: &str, named: &str| {
        format!(
            "`lists.admins.{option}` is set without `lists.admins.{named}`, which names what it is a part of"
        )
    };
    for (args, code, told) in [
        (&["aws.yml", "-t", "kql", "--config", "plan/sigmata.toml"][..], 2, none.to_owned()),
        (&["gitlab.yml", "-t", "kql", "--config", "named/sigmata.toml"], 0, "S0880".to_owned()),
        (&["aws.yml", "--set", "logs.'gitlab/audit'.kql.plan='basic'"], 2, none.to_owned()),
        (&["aws.yml", "--config", "key/sigmata.toml"], 2, names("kql.key", "kql.watchlist")),
        (&["aws.yml", "--set", "lists.admins.spl.field='x'"], 2, names("spl.field", "spl.lookup")),
        (&["aws.yml", "--set", "lists.admins.cwli.field='x'"], 2, names("cwli.field", "cwli.table")),
        (
            &["aws.yml", "-t", "kql", "--kql-table", "Mine"],
            0,
            "`kql.table` has no effect: the log of every rule has a place that is known".to_owned(),
        ),
        (
            &["aws.yml", "-t", "kql", "--index", "main"],
            0,
            "`spl.index` has no effect: no query is in spl".to_owned(),
        ),
        (
            &["aws.yml", "-t", "spl", "--kql-table", "Mine"],
            0,
            "`kql.table` has no effect: no query is in kql".to_owned(),
        ),
        (&["gitlab.yml", "aws.yml", "-t", "kql", "--kql-table", "Mine"], 0, String::new()),
        (&["aws.yml", "-t", "spl", "--index", "main"], 0, String::new()),
        // What is set for one log is as idle where no rule is about it, in another language, or beside its table.
        (
            &["aws.yml", "-t", "spl", "--set", "logs.'okta/okta'.spl.macro='okta'"],
            0,
            "`logs.\"okta/okta\".spl.macro` has no effect: no rule is about that log".to_owned(),
        ),
        (
            &["aws.yml", "-t", "spl", "--set", "logs.'aws/cloudtrail'.cwli.class='infrequent-access'"],
            0,
            "`logs.\"aws/cloudtrail\".cwli.class` has no effect: no query is in cwli".to_owned(),
        ),
        (
            &["m365.yml", "-t", "kql:xdr", "--set", "logs.'m365/audit'.kql.delivery='office-365'"],
            0,
            "`logs.\"m365/audit\".kql.delivery` has no effect: no query in kql:xdr reads that delivery"
                .to_owned(),
        ),
        (
            &["m365.yml", "-t", "kql,kql:xdr", "--set", "logs.'m365/audit'.kql.delivery='office-365'"],
            0,
            String::new(),
        ),
        (&["aws.yml", "-t", "spl", "--set", "logs.'aws/cloudtrail'.spl.macro='aws'"], 0, String::new()),
        (&["own.yml", "-t", "kql", "--set", "logs.'own/log'.kql.table='Own_CL'"], 0, String::new()),
    ] {
        let run = Run::new(&folder, &[&["compile"][..], args].concat());
        let err: String = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(run.code, code, "{args:?}: {err}");
        if told.is_empty() {
            assert!(!err.contains("has no effect"), "{args:?}: {err}");
        } else {
            assert!(err.contains(&told), "{args:?}: {err}");
        }
        assert!(!err.contains("`unplaced`"), "{args:?}: {err}");
    }
}

/// The schema for editors is made from what the reader knows, and says the same of files; `SIGMATA_ACCEPT=1` writes it.
#[test]
fn an_editor_is_told_what_the_reader_takes() {
    let run = Run::new(&folder(&[]), &["config", "schema"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("grammar/sigmata.schema.json");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &run.out).expect("writable");
    }
    let grammar = std::fs::read_to_string(&path).expect("the schema");
    assert!(grammar == run.out, "grammar/sigmata.schema.json is stale: run with SIGMATA_ACCEPT=1");
    let schema: Value = serde_json::from_str(&grammar).expect("JSON");
    let manual = std::fs::read_to_string(root.join("docs/configuration.md")).expect("the page");
    let sample =
        manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a sample");
    for (text, good) in [
        (sample, true),
        ("rules = ['rules']\nschemas = ['own']", true),
        ("[lints]\ns03 = 'allow'\nall = 'info'\nunknown-field = 'warning'", true),
        (
            "[export.prod]\nout = 'deploy'\nkinds = ['sentinel']\nrules.x.every = '15m'\nlogs.'okta/okta'.kql.table = 'T'",
            true,
        ),
        ("fail_on = 'error'", false),
        ("fail-on = 'note'", false),
        ("targets = ['sql']", false),
        ("strict = 'yes'", false),
        ("[lints]\nunknown-feild = 'error'", false),
        ("[lints]\nS0310 = 'off'", false),
        ("[fmt]\nindent = 9", false),
        ("[logs.'okta/okta']\nkql.tabel = 'T'", false),
        ("[export.prod]\nkinds = ['sentinell']", false),
        ("[export.prod]\nlayout = '{product}/{file}'\nrules.x.threshold = 5", true),
        ("[export.prod]\nrules.x.threshold = 0", false),
        ("[limits]\nrule-seconds = 5", false),
        ("[[override]]\npath = ['x']", false),
    ] {
        let value: Value = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let misfits = json_schema::misfits(&schema, &value);
        assert_eq!(misfits.is_empty(), good, "{text}: {misfits:?}");
        let folder = folder(&[("sigmata.toml", text), ("lists/admins.txt", "a\n"), ("own/.keep", "")]);
        let read = Run::new(&folder, &["config", "show"]);
        let refused = read.code == 2 && read.err.contains("S075");
        assert!(refused != good || read.err.contains("no such"), "{text}: {}", read.err);
    }
}

#[test]
fn mistakes_in_an_environment_have_a_place() {
    let rules = "rules.'5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d'";
    let export = |set: &str| {
        let toml = format!("[export.'x.y']\n{set}\n");
        let folder = folder(&[(".git/HEAD", ""), ("sigmata.toml", &toml), ("a.yml", shared::RULE)]);
        let run = Run::new(&folder, &["export", "--env", "x.y", "a.yml"]);
        (run, folder)
    };
    for (set, place, said) in [
        ("out = '../x'", "2:1", "leads out of the repository"),
        ("out = 'o'\nlayout = '{nothing}'", "3:1", "`layout` cannot be"),
        (&format!("out = 'o'\n{rules}.every = '7x'"), "3:", "cannot be `7x`"),
        (&format!("out = 'o'\n{rules}.threshold = 5"), "3:", "cannot be set"),
        ("", "1:", "sets nothing"),
    ] {
        let (run, _folder) = export(set);
        let named = run.err.contains(&format!("sigmata.toml:{place}")) && run.err.contains(said);
        assert!(run.code == 2 && named, "{set}: {} {}", run.code, run.err);
    }
    let (run, folder) = export("out = 'o'\nkinds = ['sentinel']");
    assert!(run.code == 0 && folder.path("o/sentinel").is_dir(), "{}", run.err);
}
