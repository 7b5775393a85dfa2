//! Hostile input ends in a clear error, or in success: in rules, schemas, tests, events and configuration alike.
//! How long it takes is for the benchmarks; a hang would be noticed here too.

mod support;

use support::{Run, folder};

fn rule(detection: &str) -> String {
    format!(
        "title: A rule\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: experimental\ndescription: A test.\n\
         author: sigmata\ndate: 2026-11-23\nlogsource:\n    product: aws\n    service: cloudtrail\n\
         detection:\n{detection}level: low\n"
    )
}

fn bomb() -> String {
    let mut text = String::from("title: bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    text + "logsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {eventName: *a11}\n    condition: s\n"
}

/// Name, bytes, and whether the rule is to be read without an error.
fn hostile() -> Vec<(&'static str, Vec<u8>, bool)> {
    let selection = "    s:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n";
    let terms = vec!["s"; 10_000].join(" or ");
    let deep = format!("{}s{}", "(".repeat(100_000), ")".repeat(100_000));
    let nots = format!("{}s", "not ".repeat(100_000));
    let keys: String = (0..100_000).map(|n| format!("        k{n}: v\n")).collect();
    let values: String = (0..20_000).map(|n| format!("            - '*value{n}*'\n")).collect();
    vec![
        ("brackets", format!("title: x\ndetection: {}", "[".repeat(100_000)).into_bytes(), false),
        ("braces", format!("title: x\ndetection: {}", "{a: ".repeat(100_000)).into_bytes(), false),
        ("dashes", format!("title: x\ndetection:\n {}", "- ".repeat(100_000)).into_bytes(), false),
        ("bomb", bomb().into_bytes(), false),
        ("large", vec![b'a'; 50 << 20], false),
        ("large document", format!("title: {}\n", "x".repeat(2 << 20)).into_bytes(), false),
        ("no utf8", b"title: \xff\xfe\nlogsource: {product: aws}\n".to_vec(), false),
        ("nul", rule(selection).replace("A test", "A\0test").into_bytes(), false),
        ("terms", rule(&format!("{selection}    condition: {terms}\n")).into_bytes(), true),
        ("parentheses", rule(&format!("{selection}    condition: {deep}\n")).into_bytes(), false),
        ("nots", rule(&format!("{selection}    condition: {nots}\n")).into_bytes(), false),
        ("keys", rule(&format!("    s:\n{keys}    condition: s\n")).into_bytes(), false),
        (
            "values",
            rule(&format!("    s:\n        userAgent:\n{values}    condition: s\n")).into_bytes(),
            true,
        ),
        (
            "regex",
            rule("    s:\n        userAgent|re: '((((a{1,200}){1,200}){1,200}){1,200}'\n    condition: s\n")
                .into_bytes(),
            false,
        ),
        (
            "groups",
            rule(&format!(
                "    s:\n        userAgent|re: '{}a{}'\n    condition: s\n",
                "(".repeat(5_000),
                ")".repeat(5_000)
            ))
            .into_bytes(),
            false,
        ),
    ]
}

#[test]
fn hostile_rules_end_in_an_error_or_in_success() {
    for (name, bytes, clean) in hostile() {
        let folder = folder(&[(
            "ok.yml",
            &rule(
                "    s:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n    condition: s\n",
            ),
        )]);
        std::fs::write(folder.path("hostile.yml"), &bytes).expect("a file");
        for command in ["check", "compile", "eval"] {
            std::fs::write(folder.path("e.json"), "{\"eventName\": \"CreateUser\"}").expect("a file");
            let mut args = vec![command, "hostile.yml", "ok.yml"];
            if command == "eval" {
                args.extend(["--events", "e.json"]);
            }
            let run = Run::new(&folder, &args);
            match (command, clean) {
                ("check", true) => assert_eq!(run.code, 0, "{name}: {}", &run.out[..run.out.len().min(2000)]),
                ("eval", _) | ("compile", true) => assert!(run.code <= 1, "{name}: {}", run.err),
                _ => assert_eq!(run.code, 1, "{command} {name}: {}", &run.err[..run.err.len().min(2000)]),
            }
            assert!(
                run.out.len() + run.err.len() < 40 << 20,
                "{name}: output of {} bytes",
                run.out.len() + run.err.len()
            );
        }
    }
}

#[test]
fn hostile_configuration_and_schemas_end_in_exit_2() {
    let rule = rule(
        "    s:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n    condition: s\n",
    );
    for (name, text) in [
        ("brackets", format!("targets = {}", "[".repeat(100_000))),
        ("tables", "[".repeat(100_000)),
        ("large", format!("index = '{}'", "x".repeat(3 << 20))),
        ("nul", "index = '\0'".into()),
    ] {
        let folder = folder(&[("a.yml", &rule), ("sigmata.toml", &text)]);
        let run = Run::new(&folder, &["check", "a.yml"]);
        assert_eq!(run.code, 2, "{name}");
        assert!(run.err.contains("S0750") && run.err.len() < 100_000, "{name}: {} bytes", run.err.len());
    }
    for (name, text) in [
        ("brackets", format!("name: a/b\nfields: {}", "[".repeat(100_000))),
        ("bomb", bomb()),
        ("no schema", "a: 1\n".to_owned()),
        ("large", format!("name: {}\n", "x".repeat(3 << 20))),
    ] {
        let folder = folder(&[
            ("a.yml", &rule),
            ("schemas/p.yml", &text),
            ("sigmata.toml", "schemas = [\"schemas\"]\n"),
        ]);
        let run = Run::new(&folder, &["check", "a.yml"]);
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(run.err.contains("schemas/p.yml") && run.err.contains("error[S0"), "{name}: {}", run.err);
    }
}

#[test]
fn hostile_tests_and_events_are_failures_with_a_reason() {
    let rule = rule(
        "    s:\n        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n    condition: s\n",
    );
    for (name, text) in [
        ("brackets", format!("match: {}", "[".repeat(100_000))),
        ("bomb", bomb()),
        ("empty", String::new()),
        ("no tests", "match: []\n".into()),
        ("unknown key", "matches: []\n".into()),
        ("large", format!("match: [{{name: {}}}]\n", "x".repeat(3 << 20))),
    ] {
        let folder = folder(&[("a.yml", &rule), ("a.test.yml", &text)]);
        let run = Run::new(&folder, &["test", "a.yml"]);
        assert_eq!(run.code, 1, "{name}: {}{}", run.out, run.err);
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let folder = folder(&[("a.yml", &rule), ("e.jsonl", &format!("{deep}\n{{\"eventName\":\n{{}}\n\0\n"))]);
    let run = Run::new(&folder, &["eval", "a.yml", "--events", "e.jsonl"]);
    assert!(run.code == 0 || run.code == 2, "{}", run.err);
    assert!(run.err.contains("e.jsonl"), "{}", run.err);
}

/// Of a name with many dots each beginning is a name that an event may have.
#[test]
fn a_name_of_many_dots_costs_no_more_than_its_length() {
    let rule = format!(
        "title: t\nlogsource: {{product: x}}\ndetection:\n  s:\n    ? {}b|contains\n    : zzz\n  condition: s\n",
        "a.".repeat(100_000)
    );
    let folder = folder(&[("a.yml", &rule), ("e.jsonl", "{\"a\":{\"a\":\"zzz\"}}\n")]);
    let run = Run::new(&folder, &["eval", "a.yml", "--events", "e.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

/// A correlation of the name, with this body.
fn correlation(name: &str, body: &str) -> String {
    format!("---\ntitle: {name}\nname: {name}\ncorrelation: {{{body}}}\n")
}

#[test]
fn hostile_correlations_are_bounded_and_told() {
    let base = "title: Base\nname: base\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: CreateUser}, condition: s}\n";
    let each = |rules: &str| {
        format!(
            "type: event_count, rules: [{rules}], group-by: [awsRegion], timespan: 1y, condition: {{gte: 1}}"
        )
    };
    let chain = |length: usize| -> String {
        let inner = |at: usize| if at == 0 { "base".to_owned() } else { format!("c{}", at - 1) };
        (0..length).map(|at| correlation(&format!("c{at}"), &each(&inner(at)))).collect()
    };
    let circle: String =
        (0..20).map(|at| correlation(&format!("c{at}"), &each(&format!("c{}", (at + 1) % 20)))).collect();
    let doubled: String = (0..20)
        .map(|at| {
            let inner = if at == 0 { "base".to_owned() } else { format!("a{0}, b{0}", at - 1) };
            ["a", "b"].map(|side| correlation(&format!("{side}{at}"), &each(&inner))).concat()
        })
        .collect();
    let names: Vec<String> = (0..10_000).map(|at| format!("rule{at}")).collect();
    let same = vec!["base"; 10_000].join(", ");
    let events: String = (0..60)
        .map(|at| {
            format!(
                "{{\"eventTime\":\"2026-01-01T00:{:02}:{:02}Z\",\"eventName\":\"CreateUser\",\"awsRegion\":\"r{}\"}}\n",
                at / 60,
                at % 60,
                at % 7
            )
        })
        .collect();
    for (name, text, told) in [
        ("a chain of twenty", chain(20), None),
        ("a chain of sixty", chain(60), Some("S0667")),
        ("a circle of twenty", circle, Some("S0666")),
        ("twice as many at each step", doubled, Some("S0667")),
        ("ten thousand references", correlation("many", &each(&names.join(", "))), Some("S0667")),
        ("one rule ten thousand times", correlation("same", &each(&same)), Some("S0211")),
        (
            "a place for it ten thousand times",
            correlation("ordered", &format!("type: temporal_ordered, rules: [{same}], timespan: 1y")),
            None,
        ),
        ("a thousand years", correlation("long", &each("base").replace("1y", "1000y")), None),
    ] {
        let folder = folder(&[("x.yml", &format!("{base}{text}")), ("e.jsonl", &events)]);
        for args in
            [&["check", "x.yml"][..], &["compile", "x.yml"], &["eval", "x.yml", "--events", "e.jsonl"]]
        {
            let run = Run::new(&folder, args);
            let size = run.out.len() + run.err.len();
            assert!(run.code <= 1 && size < 20 << 20, "{name} {args:?}: {} {size} bytes", run.code);
            if let (Some(told), "check") = (told, args[0]) {
                assert!(run.out.contains(told), "{name}: {}", &run.out[..run.out.len().min(2_000)]);
            }
        }
    }
}
