//! Test files: what is read, what is reported, and what becomes of each test.

use sigmata::diagnostic::Diagnostic;
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::{CASE_KEYS, File, Suite, TOP_KEYS, TestRunner, across, conventions};

const RULE: &str = "\
title: IAM user created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
name: iam_user_created
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    filter:
        userIdentity.type: AWSService
    condition: selection and not filter
";

fn rule(text: &str) -> File {
    File::check(SourceFile::new("rule.yml", text), &Registry::shipped())
}

fn show(source: &SourceFile, finding: &Diagnostic) -> String {
    let line = source.position(finding.span.start).line;
    let mut text = format!("{line} {} {}", finding.code.id, finding.message);
    for part in [&finding.label, &finding.help].into_iter().flatten() {
        text.push_str(" | ");
        text.push_str(part);
    }
    text
}

/// Runs the tests of `text` against `rule`: every finding of reading, then `ok NAME` or the failure of each test.
fn run(rule: &str, text: &str) -> Vec<String> {
    let file = self::rule(rule);
    let source = SourceFile::new("rule.test.yml", text);
    let (suite, findings) = Suite::read(&source);
    let files = |path: &str| match path {
        "users.jsonl" => {
            Ok(b"{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}\n".to_vec())
        }
        "mixed.jsonl" => Ok(b"{\"actor\":1}\n{\"eventName\":\"DeleteUser\"}\n".to_vec()),
        "foreign.jsonl" => Ok(b"{\"actor\":1}\n{}\n".to_vec()),
        "broken.jsonl" => Ok(b"{}\nx\n".to_vec()),
        "empty.jsonl" => Ok(Vec::new()),
        _ => Err("no such file".to_owned()),
    };
    let outcomes = TestRunner::new(&file, &sigmata::link::Links::default()).run(&suite, files);
    let outcomes = outcomes.iter().map(|outcome| match &outcome.failure {
        None => format!("ok {}", outcome.case.name),
        Some(failure) => show(&source, failure),
    });
    findings.iter().map(|finding| show(&source, finding)).chain(outcomes).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(run(RULE, text), expected, "{text}");
}

#[test]
fn tests_pass_and_fail_with_reasons() {
    check(
        "\
match:
  - name: created
    source: s
    license: l
    synthetic: true
    notes: n
    event: {eventSource: iam.amazonaws.com, eventName: CREATEUSER}
  - name: deleted
    event: {eventSource: iam.amazonaws.com, eventName: DeleteUser}
  - name: by a service
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {type: AWSService}}
no_match:
  - name: nothing
    event: {}
  - name: really created
    event: {\"eventSource\": \"iam.amazonaws.com\", \"eventName\": \"CreateUser\"}
",
        &[
            "ok created",
            "8 S0915 `deleted` does not match | must match | `eventName: CreateUser` is false: the event has \"DeleteUser\"",
            "10 S0915 `by a service` does not match | must match | `not` fails on `userIdentity.type: AWSService`",
            "13 S0917 the event of `nothing` is of no log of the rule | does not match, whatever the rule says | write it as \
             aws/cloudtrail does: the event has no field that the rule looks at",
            "15 S0915 `really created` matches | must not match",
        ],
    );
}

#[test]
fn a_sequence_matches_when_some_event_does() {
    check(
        "\
match:
  - name: second
    events: [{}, {eventSource: iam.amazonaws.com, eventName: CreateUser}]
  - name: none
    events: [{}, {eventSource: iam.amazonaws.com}]
no_match:
  - name: second again
    events: [{}, {eventSource: iam.amazonaws.com, eventName: CreateUser}]
",
        &[
            "ok second",
            "4 S0915 `none` does not match | must match | `eventName: CreateUser` is false: the event has no value there",
            "7 S0915 `second again` matches | no event must match, and event 1 does (from 0)",
        ],
    );
}

#[test]
fn files_of_events_stay_below_the_test_file() {
    check(
        "\
match:
  - {name: a, file: users.jsonl}
  - {name: b, file: ../users.jsonl}
  - {name: c, file: /users.jsonl}
  - {name: d, file: 'C:\\users.jsonl'}
  - {name: e, file: other.jsonl}
  - {name: f, file: broken.jsonl}
  - {name: g, file: empty.jsonl}
",
        &[
            "ok a",
            "3 S0916 the events of `b` cannot be read | the path must stay in the folder of the test file, and use `/`",
            "4 S0916 the events of `c` cannot be read | the path must stay in the folder of the test file, and use `/`",
            "5 S0916 the events of `d` cannot be read | the path must stay in the folder of the test file, and use `/`",
            "6 S0916 the events of `e` cannot be read | no such file",
            "7 S0916 the events of `f` cannot be read | line 2: not valid JSON: expected value (column 1)",
            "8 S0916 the events of `g` cannot be read | the file holds no event",
        ],
    );
}
#[test]
fn events_are_read_as_those_of_a_file() {
    let event = "{eventSource: iam.amazonaws.com, eventName: CreateUser}";
    let made = "{eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {type: AWSService}}";
    let foreign = "is of no log of the rule";
    let label = "does not match, whatever the rule says";
    let help = "write it as aws/cloudtrail does: the event has no field that the rule looks at";
    for (list, input, expected) in [
        ("match", format!("event: {{Records: [{event}]}}"), "ok t".to_owned()),
        ("no_match", format!("event: {{Records: [{event}]}}"), "2 S0915 `t` matches | must not match".to_owned()),
        ("no_match", format!("event: {{Records: [{made}]}}"), "ok t".to_owned()),
        (
            "no_match",
            format!("events: [{{version: '0', detail-type: t, source: aws.iam, resources: [], detail: {event}}}, {made}]"),
            "2 S0915 `t` matches | no event must match, and event 0 does (from 0)".to_owned(),
        ),
        (
            "no_match",
            format!("sequence: [{{at: 0s, event: {{Records: [{made}, {event}]}}}}]"),
            "2 S0915 `t` matches | no event must match, and event 1 does (from 0)".to_owned(),
        ),
        (
            "no_match",
            "event: {Records: []}".to_owned(),
            "2 S0910 the envelope holds no event | write the event that the test is about".to_owned(),
        ),
        (
            "no_match",
            "event: {CloudTrailEvent: x}".to_owned(),
            "2 S0910 the event cannot be read: `CloudTrailEvent` is not the text of a JSON object | write the event itself, \
             without what it is wrapped in"
                .to_owned(),
        ),
        // What is of another log, or of none, would match nothing.
        ("no_match", "event: {eventName: DeleteUser}".to_owned(), "ok t".to_owned()),
        ("no_match", "event: {eventName: CreateUser, note: x}".to_owned(), "ok t".to_owned()),
        ("no_match", "event: {}".to_owned(), format!("2 S0917 the event of `t` {foreign} | {label} | {help}")),
        (
            "no_match",
            "event: {eventsource: iam.amazonaws.com, eventname: CreateUser}".to_owned(),
            format!("2 S0917 the event of `t` {foreign} | {label} | {help}"),
        ),
        (
            "no_match",
            format!("events: [{made}, {{legacyEventType: x, actor: {{}}}}]"),
            format!("2 S0917 event 1 of `t` {foreign} (from 0) | {label} | {help}"),
        ),
        // What has a field that the rule looks at shows what the rule says of it.
        ("no_match", "event: {eventName: x, a: 1, b: 2}".to_owned(), "ok t".to_owned()),
        // A recording may hold other logs besides.
        ("no_match", "file: mixed.jsonl".to_owned(), "ok t".to_owned()),
        (
            "no_match",
            "file: foreign.jsonl".to_owned(),
            format!("2 S0917 no event of `t` is of a log of the rule | {label} | {help}"),
        ),
        ("match", format!("events: [{{}}, {event}]"), "ok t".to_owned()),
    ] {
        check(&format!("{list}:\n  - {{name: t, {input}}}\n"), &[&expected]);
    }
    // Of a log without a schema nothing is known.
    let rule = RULE.replace("product: aws\n    service: cloudtrail", "product: none");
    assert_eq!(run(&rule, "no_match:\n  - {name: t, event: {}}\n"), ["ok t"]);
}

#[test]
fn what_is_no_test_is_reported() {
    let empty = "S0912 the file holds no test | add an event under `match` or `no_match`, or remove the file";
    for text in ["", "# nothing\n", "match: []\nno_match:\n", "~", "license: x\n"] {
        check(text, &[&format!("1 {empty}")]);
    }
    check(
        "- a\n",
        &[
            "1 S0910 the top of a test file is a map | write `match:` and `no_match:`, each with a list of tests",
        ],
    );
    check(
        "\
nomatch: []
match:
  - name: x
    evnt: {}
  - event: 5
  - event: {}
    events: [{}]
  - x
  - events: []
  - name: [x]
    event: {}
no_match: {name: x}
",
        &[
            "1 S0911 unknown key `nomatch` | did you mean `no_match`?",
            "3 S0910 the test has no event | add one of `event:`, `events:`, `sequence:` and `file:`",
            "4 S0911 unknown key `evnt` | did you mean `event`?",
            "5 S0910 an event is a map | write the fields of the record as YAML or JSON",
            "7 S0910 the test gives its events twice | keep one of `event:`, `events:`, `sequence:` and `file:`",
            "8 S0910 a test is a map | write `name:` and one of `event:`, `events:`, `sequence:` and `file:`",
            "9 S0910 the list of events is empty | write an event below it",
            "10 S0910 `name` is not a text | write a text that is not empty",
            "12 S0910 `no_match` is not a list | write `- ` before each test",
            "10 S0915 `match #6` does not match | must match | `eventSource: iam.amazonaws.com` is false: the event has \
             no value there; `eventName: CreateUser` is false: the event has no value there",
        ],
    );
    check(
        "match: []\n---\nmatch: []\n",
        &["3 S0910 a test file is one document | put all tests under one `match` and one `no_match`"],
    );
    assert_eq!(run(RULE, "match: [").len(), 1);
    assert!(run(RULE, &"[".repeat(100_000)).len() == 1);
}

#[test]
fn yaml_events_become_json_without_losing_a_digit() {
    let rule = RULE
        .replace("eventName: CreateUser", "recipientAccountId: '012345678901'")
        .replace("not filter", "not 1 of filter*");
    for (value, expected) in [("'012345678901'", true), ("012345678901", true), ("12345678901", false)] {
        let text = format!(
            "match:\n  - name: x\n    event: {{eventSource: iam.amazonaws.com, recipientAccountId: {value}}}\n"
        );
        assert_eq!(run(&rule, &text)[0] == "ok x", expected, "{value}");
    }
    let rule = "title: t\nlogsource: {product: none}\ndetection:\n  s:\n    n: VALUE\n  condition: s\n";
    for (wanted, value, expected) in [
        ("'18446744073709551617'", "18446744073709551617", true),
        ("'1.10'", "1.10", true),
        ("'NO'", "NO", true),
        ("'0x1F'", "0x1F", true),
        ("'2026-01-02'", "2026-01-02", true),
        ("'true'", "true", true),
        ("'True'", "True", true),
        ("'yes'", "yes", true),
        ("'~'", "~", false),
        ("'~'", "'~'", true),
        ("null", "~", true),
        ("null", "", true),
        ("null", "''", false),
    ] {
        let text = format!("match:\n  - name: x\n    event: {{n: {value}}}\n");
        assert_eq!(run(&rule.replace("VALUE", wanted), &text)[0] == "ok x", expected, "{wanted} {value}");
    }
}

#[test]
fn a_test_says_which_of_several_rules_it_is_about() {
    let two = format!(
        "{RULE}---\n{}",
        RULE.replace("5e8c", "6e8c").replace("iam_user_created", "other").replace("CreateUser", "DeleteUser")
    );
    let event = "event: {eventSource: iam.amazonaws.com, eventName: DeleteUser}";
    for (top, own, expected) in [
        ("", "", "S0914"),
        ("", "rule: other,", "ok"),
        ("", "rule: 6e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d,", "ok"),
        ("rule: other", "", "ok"),
        ("rule: other", "rule: iam_user_created,", "S0915"),
        ("rule: nobody", "", "S0914"),
    ] {
        let text = format!("{top}\nmatch:\n  - {{name: x, {own} {event}}}\n");
        let found = run(&two, &text);
        assert!(found.len() == 1 && found[0].contains(expected), "{top} {own}: {found:?}");
    }
    let correlation = "title: C\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [b]\n    timespan: 5m\n    condition:\n        gte: 3\n";
    assert!(run(correlation, "match:\n  - {name: x, event: {}}\n")[0].contains("S0941"));
}

#[test]
fn a_rule_without_a_meaning_fails_its_tests() {
    let rule = RULE.replace("userIdentity.type: AWSService", "userAgent|re: '(?<!a)b'");
    let found = run(&rule, "no_match:\n  - {name: x, event: {}}\n");
    assert!(found.len() == 1 && found[0].contains("S0941"), "{found:?}");
    let found = run("title: x\n", "no_match:\n  - {name: x, event: {}}\n");
    assert!(found.len() == 1, "{found:?}");
}

#[test]
fn identifiers_names_and_titles_are_unique() {
    let file = |name: &str, text: &str| File::check(SourceFile::new(name, text), &Registry::shipped());
    let files = [
        file("a.yml", RULE),
        file("b.yml", &RULE.replace("IAM user created", "Other").replace("5e8c3a39", "5E8C3A39")),
        file(
            "c.yml",
            &format!(
                "{}---\n{}",
                RULE.replace("5e8c", "1111").replace("iam_user", "x"),
                RULE.replace("5e8c", "1111").replace("iam_user", "y")
            ),
        ),
    ];
    let found: Vec<String> = across(&files)
        .iter()
        .map(|(at, finding)| format!("{} {}", files[*at].source.name(), show(&files[*at].source, finding)))
        .collect();
    assert_eq!(
        found,
        [
            "b.yml 2 S0901 the id `5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d` is that of another document, \
             at a.yml:2 | give this document a new random UUID",
            "b.yml 3 S0902 the name `iam_user_created` is that of another document, \
             at a.yml:3 | give each document a name of its own",
            "c.yml 1 S0903 the title `IAM user created` is that of another document, \
             at a.yml:1 | say in the title what sets the rule apart",
            "c.yml 15 S0903 the title `IAM user created` is that of another document, \
             at a.yml:1 | say in the title what sets the rule apart",
            "c.yml 16 S0901 the id `11113a39-3c1e-4f29-9f3a-4a9f6b2b1c0d` is that of another document, \
             at c.yml:2 | give this document a new random UUID",
        ]
    );
}

#[test]
fn conventions_are_those_of_the_public_repository() {
    for (title, expected) in [
        ("AWS IAM Access Key Created", &[][..]),
        ("IAM User Created by Root in a New Account", &[]),
        ("Kubernetes cluster-admin Role Bound to system:masters", &[]),
        ("Token of curl.exe Used with eBPF", &[]),
        ("Kontozugang Über Fremden Anbieter", &[]),
        ("Suspicious .lnk in /tmp by on_logon of inf.txt", &[]),
        ("Two Words", &[]),
        ("Word", &["the title is a single word"]),
        (&"Words ".repeat(19), &["the title has 113 characters"]),
        ("Detects a Key of AWS", &["the title begins with `Detects`"]),
        ("AWS Key Created.", &["the title ends with a full stop"]),
        ("AWS access Key Created", &["`access` begins with a small letter in the title"]),
        ("the Key of an Account", &["`the` begins with a small letter in the title"]),
        ("Key That Somebody Logs in", &["`in` begins with a small letter in the title"]),
        ("a key.", &["the title ends with a full stop", "`a` begins with a small letter in the title"]),
        ("''", &[]),
    ] {
        let text = RULE.replace("IAM user created", title);
        let file = File::check(SourceFile::new("a.yml", text), &Registry::shipped());
        let found = conventions(&file).into_iter().filter(|finding| finding.code.id == "S0904");
        assert_eq!(found.map(|finding| finding.message).collect::<Vec<_>>(), expected, "{title}");
    }
    // S0227 and S0228.
    let whole = "title: AWS User Created\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\n\
                 references: [https://example.org]\nauthor: a\ndate: 2026-11-28\ntags: [attack.persistence]\n\
                 falsepositives: [Unknown]\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n\
                 detection: {s: {eventName: CreateUser}, condition: s}\n";
    let correlation = "title: AWS Users Created\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gt: 2}}\n";
    let filter = "title: AWS Users of Terraform\nlogsource: {product: aws, service: cloudtrail}\n\
                  filter: {rules: [a], s: {userAgent: a}, condition: not s}\n";
    for (name, text, expected) in [
        ("aws_user_created.yml", whole.to_owned(), &[][..]),
        ("below/aws_user_1.yml", whole.to_owned(), &[]),
        ("<stdin>", whole.to_owned(), &[]),
        (
            "aws_user_created.yml",
            whole.replace("id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\n", ""),
            &["the rule has no `id` | write it, as the public repository wants it of each rule"],
        ),
        // What is there and wrong has a finding of its own.
        ("aws_user_created.yml", whole.replace("status: test", "status: ready"), &[]),
        (
            "aws_user_created.yml",
            whole
                .replace("[attack.persistence]", "[]")
                .replace("level: low\n", "")
                .replace("author: a\n", ""),
            &[
                "the rule has no `author`, `tags` and `level` | write it, as the public repository wants it of each rule",
            ],
        ),
        (
            "aws_user_created.yml",
            correlation.to_owned(),
            &[
                "the correlation has no `id`, `status`, `description`, `references`, `author`, `date`, `tags`, \
               `falsepositives` and `level` | write it, as the public repository wants it of each rule",
            ],
        ),
        (
            "aws_user_created.yml",
            filter.to_owned(),
            &[
                "the filter has no `id`, `description` and `date` | write it, as the public repository wants it of each rule",
            ],
        ),
        (
            "x/AWS User-Created.yaml",
            whole.to_owned(),
            &[
                "the file name `AWS User-Created.yaml` has another form than the public repository's | rename it to \
               `aws_user_created.yml`",
            ],
        ),
        (
            "user.yml",
            whole.to_owned(),
            &[
                "the file name `user.yml` has another form than the public repository's | take 10 to 90 small letters, \
               digits and `_`, at least one `_`, and `.yml`",
            ],
        ),
    ] {
        let file = File::check(SourceFile::new(name, text.as_str()), &Registry::shipped());
        let found = conventions(&file).into_iter();
        let found =
            found.map(|finding| format!("{} | {}", finding.message, finding.help.unwrap_or_default()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{name}\n{text}");
    }
}

#[test]
fn the_published_schema_has_the_keys_that_the_reader_knows() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../grammar/test.schema.json")).expect("JSON");
    let keys = |pointer: &str| -> Vec<String> {
        let object = schema.pointer(pointer).and_then(serde_json::Value::as_object).expect("an object");
        object.keys().cloned().collect()
    };
    assert_eq!(keys("/properties"), TOP_KEYS);
    assert_eq!(keys("/$defs/case/properties"), CASE_KEYS);
}

#[test]
fn an_error_in_a_template_is_an_error_of_every_document_made_from_it() {
    let detection = "logsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {eventNmae: CreateUser}\n    condition: s\n";
    let text =
        format!("action: global\n{detection}---\ntitle: One\nlevel: low\n---\ntitle: Two\nlevel: high\n");
    let file = rule(&text);
    let lists = file.findings_by_document();
    assert_eq!(lists.len(), 2, "{lists:#?}");
    for list in lists {
        assert!(list.iter().any(|finding| finding.code.name == "unknown-field"), "{list:#?}");
    }
    let unknown = file.findings.iter().filter(|finding| finding.code.name == "unknown-field");
    assert_eq!(unknown.count(), 1, "said once");
}

#[test]
fn a_correlation_fires_on_a_sequence() {
    let rules = format!(
        "{RULE}---\ntitle: Key\nname: key\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n    s: {{eventSource: iam.amazonaws.com, eventName: CreateAccessKey}}\n    condition: s\n---\ntitle: Both\nname: both\ncorrelation:\n    type: temporal_ordered\n    rules: [iam_user_created, key]\n    group-by: [requestParameters.userName]\n    timespan: 10m\n"
    );
    let file = rule(&rules);
    let units = [sigmata::link::Unit::of(&file)];
    let (links, found) = sigmata::link::Links::new(&units, &[], &Registry::shipped());
    // A user who makes a key without a name is in no group, which the rule is reported.
    assert!(found.iter().all(|(_, finding)| finding.code.name == "group-often-missing"), "{found:?}");
    let event = |name: &str, user: &str| {
        format!(
            "{{eventSource: iam.amazonaws.com, eventName: {name}, requestParameters: {{userName: {user}}}}}"
        )
    };
    let (made, key) = (event("CreateUser", "a"), event("CreateAccessKey", "a"));
    let other = event("CreateAccessKey", "b");
    for (list, sequence, expected) in [
        ("match", format!("[{{at: 0s, event: {made}}}, {{at: 600s, event: {key}}}]"), "ok t"),
        ("no_match", format!("[{{at: 0s, event: {made}}}, {{at: 601s, event: {key}}}]"), "ok t"),
        ("no_match", format!("[{{at: 0s, event: {key}}}, {{at: 1s, event: {made}}}]"), "ok t"),
        (
            "no_match",
            format!("[{{at: 0s, event: {key}}}, {{at: 0s, event: {made}}}]"),
            "3 S0915 `t` fires | must not fire, and event 0 completes a match (from 0)",
        ),
        (
            "match",
            format!("[{{at: 0s, event: {made}}}, {{at: 1s, event: {other}}}]"),
            "3 S0915 `t` does not fire | must fire | of 2 events `iam_user_created` matches 1, `key` matches 1",
        ),
        (
            "match",
            format!("[{{at: soon, event: {made}}}]"),
            "4 S0910 `at` is not a time span | write a number and s, m, h or d",
        ),
    ] {
        let text = format!("rule: both\n{list}:\n  - name: t\n    sequence: {sequence}\n");
        let source = SourceFile::new("rule.test.yml", &*text);
        let (suite, findings) = Suite::read(&source);
        let outcomes = TestRunner::new(&file, &links).run(&suite, |_| Err(String::new()));
        let told =
            findings.iter().map(|finding| show(&source, finding)).chain(outcomes.iter().map(|outcome| {
                outcome
                    .failure
                    .as_ref()
                    .map_or_else(|| format!("ok {}", outcome.case.name), |failure| show(&source, failure))
            }));
        assert_eq!(told.collect::<Vec<_>>(), [expected], "{text}");
    }
}
