//! Hostile texts in every place of every input, through every command and format; every byte of what comes out is looked
//! at.

use super::{Folder, RULE, run};
use crate::source::visible::is_hidden;

/// What a terminal, a runner or a forge would obey, in one text.
const HOSTILE: &str = "x\n::error file=a::pwned\n  ::add-mask::y\r::stop-commands::z\u{1b}[31m\u{7}\u{8}\u{9b}5m\u{85}::notice::n\u{202e}\u{2066}\u{200b}\u{feff}\u{ad}\u{2028}\u{fe0f}\u{e0101}\u{fff0}::warning::w ##vso[task.setvariable] ##[add-mask]m ##teamcity[t] </failure><script>|x|[y](z)`\"'\\ ]]>\u{e0001}";

/// The same as far as a name of a file can have it.
const NAME: &str = "::add-mask::a\u{1b}[31m\u{9b}5m\u{202e}\u{200b}##[group]\n::error::b";

/// A text as YAML writes it between quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            ' '..='~' => out.push(char),
            char if u32::from(char) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(char))),
            char if u32::from(char) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => out.push_str(&format!("\\U{:08x}", u32::from(char))),
        }
    }
    out.push('"');
    out
}

/// The rule with the hostile text in each of its places, as escapes, and as it is where YAML can hold it.
fn rules() -> Vec<(String, String)> {
    let hostile = quoted(HOSTILE);
    let raw = "y\u{9b}5m\u{202e}z\u{200b}##vso[x]";
    let mut found = Vec::new();
    for (name, from, to) in [
        ("title", "title: IAM user created", format!("title: {hostile}")),
        ("rawtitle", "title: IAM user created", format!("title: {raw}")),
        ("id", "id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d", format!("id: {hostile}")),
        (
            "status",
            "status: experimental",
            format!("status: {hostile}\nname: {hostile}\ntags: [{hostile}, attack.{raw}]"),
        ),
        (
            "author",
            "author: sigmata",
            format!("author: {hostile}\nreferences: [{hostile}]\nfields: [{hostile}, {raw}]"),
        ),
        (
            "date",
            "date: 2026-11-23",
            format!("date: {hostile}\nmodified: {hostile}\nfalsepositives: {hostile}"),
        ),
        ("log", "service: cloudtrail", format!("service: {hostile}")),
        ("product", "product: aws", format!("product: {raw}\n    category: {hostile}")),
        ("value", "eventName: CreateUser", format!("eventName: {hostile}")),
        (
            "text",
            "eventName: CreateUser",
            format!("eventName: CreateUser\n        userAgent|contains: [{hostile}, {raw}]"),
        ),
        ("regex", "eventName: CreateUser", format!("eventName: CreateUser\n        userAgent|re: {hostile}")),
        ("field", "eventName: CreateUser", format!("{hostile}: a\n        requestParameters.{raw}: b")),
        ("modifier", "eventName: CreateUser", format!("\"eventName|{raw}\": a")),
        ("condition", "condition: selection", format!("condition: {hostile}")),
        ("selection", "    selection:", format!("    {hostile}: {{eventName: x}}\n    selection:")),
        ("key", "level: low", format!("{hostile}: 1\nlevel: {hostile}\n# sigmata: allow({raw}): {raw}")),
        (
            "keyword",
            "condition: selection",
            format!("keywords: [{hostile}]\n    condition: selection or keywords"),
        ),
        ("broken", "level: low", format!("level: [{raw}")),
    ] {
        assert!(RULE.contains(from), "{from}");
        found.push((format!("rules/{name}.yml"), RULE.replacen(from, &to, 1)));
    }
    found.push((format!("rules/{NAME}.yml"), RULE.replace("CreateUser", "CreateUsr")));
    found.push((
        "rules/twin.yml".to_owned(),
        RULE.replace("IAM user created", &quoted("a\n::error::b\u{1b}")),
    ));
    found.push((
        "rules/corr.yml".to_owned(),
        format!(
            "title: {hostile}\ncorrelation:\n  type: event_count\n  rules: [{hostile}, 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d]\n  group-by: [{hostile}]\n  timespan: {hostile}\n  condition: {{gte: 1}}\n"
        ),
    ));
    found.push((
        "rules/filter.yml".to_owned(),
        format!(
            "title: {hostile}\nlogsource: {{product: aws, service: cloudtrail}}\nfilter:\n  rules: [{hostile}]\n  s: {{userAgent: {hostile}}}\n  condition: not s\n"
        ),
    ));
    found
}

fn folder() -> Folder {
    let folder = Folder::new(&[("good.yml", RULE), (".git/HEAD", "")]);
    for (name, text) in rules() {
        folder.put(&name, &text);
    }
    let hostile = serde_json::json!(HOSTILE).to_string();
    let event = format!(
        "{{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\",\"eventTime\":{hostile},\"userAgent\":{hostile},{hostile}:{hostile},\"requestParameters\":{{{hostile}:1}}}}\n"
    );
    folder.put(
        &format!("events/{NAME}.jsonl"),
        &format!("{event}\u{1b}[31m\n::error::x\n{{\"a\": \u{202e}}}\n"),
    );
    folder.put("events/a.json", &event);
    let tests = format!(
        "match:\n  - {{name: {0}, event: {{eventName: {0}}}}}\n  - {{name: {0}, file: {0}}}\nno_match:\n  - {{{0}: {0}}}\n",
        quoted(HOSTILE)
    );
    folder.put("rules/twin.test.yml", &tests);
    folder.put(&format!("rules/{NAME}.test.yml"), &tests);
    folder.put("bad.test.yml", &tests);
    folder.put(
        "schemas/s.yaml",
        &format!(
            "sigmata-schema: 2\nname: acme/x\ntitle: {0}\nlogsource: [{{product: acme, service: x}}]\n{0}: 1\nfields:\n  {0}: {{type: string, doc: {0}}}\n  a: {{type: {0}}}\n",
            quoted(HOSTILE)
        ),
    );
    folder.put(
        "bad.toml",
        &format!(
            "{} = 1\nfail-on = {}\n",
            serde_json::json!("x\u{202e}\n::error::x"),
            serde_json::json!("a\u{202e}\n::error::b")
        ),
    );
    folder.put(
        "set.toml",
        &format!(
            "exclude = [{}]\n[kql]\ntable = {}\n",
            serde_json::json!("a\u{202e}\n::error::b"),
            serde_json::json!("T\n::error::b")
        ),
    );
    folder.put("schema.toml", "schemas = [\"schemas\"]\n");
    folder
}

/// Fails on a byte that is obeyed.
fn look(what: &str, text: &str, commands: bool) {
    for (at, char) in text.char_indices() {
        if is_hidden(char) && !matches!(char, '\n' | '\t') {
            let start =
                text.get(..at).and_then(|before| before.char_indices().rev().nth(80)).map_or(0, |(at, _)| at);
            let around = text.get(start..at).unwrap_or_default();
            panic!("{what}: U+{:04X} after {around:?}", u32::from(char));
        }
    }
    let marker = regex::Regex::new("##[A-Za-z.]*\\[").expect("a pattern");
    for line in text.lines() {
        assert!(!marker.is_match(line), "{what}: {line}");
        if line.trim_start().starts_with("::") {
            let known = [
                "::error file=",
                "::warning file=",
                "::notice file=",
                "::group::findings",
                "::stop-commands::sigmata-",
                "::sigmata-",
                "::endgroup::",
            ];
            assert!(commands && known.iter().any(|known| line.starts_with(known)), "{what}: {line}");
        }
    }
}

#[test]
fn nothing_that_is_obeyed_comes_out_of_any_command() {
    let folder = folder();
    let named = format!("@rules/{NAME}.yml");
    let events = format!("@events/{NAME}.jsonl");
    let mut runs: Vec<Vec<&str>> = Vec::new();
    for format in ["text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"] {
        runs.push(vec!["check", "@rules", "--format", format]);
        runs.push(vec!["overlap", "@rules", "--format", format]);
        runs.push(vec!["compile", "@rules", "--format", format]);
        runs.push(vec!["test", "@rules", "--format", format]);
        runs.push(vec!["eval", "@rules", "--events", &events, "--format", format]);
        runs.push(vec!["diff", "@good.yml", "@rules", "--format", format]);
    }
    for format in ["text", "json"] {
        runs.push(vec!["compile", "@rules", "--force", "--format", format]);
        runs.push(vec!["compile", "@rules", "-t", "kql,spl,cwli,kql:xdr", "--format", format]);
        runs.push(vec!["export", "@rules", "-o", "@export", "--format", format]);
        runs.push(vec!["export", "@rules", "-o", "@export", "--check", "--format", format]);
        runs.push(vec!["diff", "@good.yml", &named, "--format", format]);
        runs.push(vec!["diff", "@rules", "@rules", "--format", format]);
        runs.push(vec![
            "schema",
            "drift",
            &events,
            "@events/a.json",
            "--schema",
            "aws/cloudtrail",
            "--format",
            format,
        ]);
        runs.push(vec!["config", "show", "--config", "@set.toml", "--format", format]);
    }
    for format in ["text", "json", "jsonl"] {
        runs.push(vec!["eval", "@rules", "--events", &events, "@events/a.json", "--format", format]);
        runs.push(vec!["eval", "@rules", "--events", "@events/a.json", "--explain", "--format", format]);
        runs.push(vec!["witness", "@rules", "--format", format]);
    }
    let lied = "no\u{1b}[31m\n::error::x\u{202e}";
    runs.extend([
        vec!["check", "@rules", "--statistics"],
        vec!["check", "@rules", "--show-files"],
        vec!["check", "@rules", "--diff", "--unsafe-fixes"],
        vec!["compile", &named, "-t", "kql"],
        vec!["compile", "@rules/text.yml", "-t", "kql"],
        vec!["compile", "@rules/text.yml", "-t", "spl"],
        vec!["compile", "@rules/text.yml", "-t", "cwli"],
        vec!["fmt", "@rules", "--check"],
        vec!["fmt", "@rules", "--diff"],
        vec!["schema", "infer", &events, "@events/a.json", "--name", "a/b"],
        vec!["schema", "list", "--config", "@schema.toml"],
        vec!["schema", "show", "acme/x", "--config", "@schema.toml"],
        vec!["check", "@good.yml", "--config", "@bad.toml"],
        vec!["check", "@good.yml", "--set", lied],
        vec!["check", "@good.yml", "--select", lied],
        vec!["check", "@good.yml", "--baseline", lied],
        vec!["check", "@good.yml", "--output-file", "@no\u{1b}[31m\n::error::x\u{202e}"],
        vec!["check", "@good.yml", "--changed-since", lied],
        vec!["check", lied],
        vec!["check", "--format", lied],
        vec!["explain", lied],
        vec!["schema", "show", lied],
        vec!["schema", "show", "aws/cloudtrail", lied],
        vec!["schema", "infer", "@events/a.json", "--name", lied],
        vec!["compile", "@good.yml", "-t", lied],
        vec!["compile", "@good.yml", "--kql-table", lied],
        vec!["eval", "@good.yml", "--events", lied],
        vec![lied],
        vec!["--help"],
    ]);
    for arguments in &runs {
        let found = run(&folder, arguments);
        let commands = arguments.contains(&"github");
        look(&format!("{arguments:?}"), &found.out, commands);
        look(&format!("{arguments:?}, aside"), &found.err, false);
        let json = arguments.iter().any(|one| matches!(*one, "json" | "sarif" | "gitlab"));
        if json && found.code != 2 {
            assert!(
                serde_json::from_str::<serde_json::Value>(&found.out).is_ok(),
                "{arguments:?}: {}",
                found.out
            );
        }
    }
}

#[test]
fn nothing_that_is_obeyed_is_written() {
    let folder = folder();
    let targets: Vec<String> = ["text", "json", "sarif", "github", "gitlab", "junit"]
        .iter()
        .map(|format| format!("{format}={}", folder.path(&format!("out/{format}"))))
        .collect();
    std::fs::create_dir(folder.path("out")).expect("a folder");
    let mut arguments = vec!["check", "@rules"];
    for target in &targets {
        arguments.extend(["--output-file", target]);
    }
    run(&folder, &arguments);
    run(&folder, &["check", "@rules", "--update-baseline", "--baseline", "@out/baseline"]);
    // A build writes nothing where a rule cannot be read, so that those are left out.
    let compile = |rules: &[String], target: &str| {
        let rules = rules.iter().map(String::as_str);
        let rest = ["--force", "-t", "kql,spl,cwli", "-o", target];
        run(&folder, &std::iter::once("compile").chain(rules).chain(rest).collect::<Vec<_>>())
    };
    let all = rules().into_iter().map(|(name, _)| format!("@{name}"));
    let readable: Vec<String> = all
        .filter(|name| !compile(std::slice::from_ref(name), "@alone").err.contains("nothing is written"))
        .collect();
    compile(&readable, "@out/queries");
    run(&folder, &["export", "@rules", "-o", "@out/export"]);
    let mut written = 0;
    for (name, text) in folder.files().iter().filter(|(name, _)| name.starts_with("out/")) {
        look(&format!("{name:?}"), &text.replace("##", "#"), name.ends_with("github"));
        written += 1;
    }
    assert!(written > 10, "{written}");
}
