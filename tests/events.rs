//! Event files as `eval` reads them: in parts, compressed, in folders.

mod support;

use support::{Folder, Run, folder};

const RULE: &str = "\
title: User created
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    condition: s
";

/// One event in a gzip file and in a zstd frame with a checksum.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x2d\x4b\xcd\x2b\x09\xce\x2f\x2d\x4a\x4e\x55\xb2\x52\xca\x4c\xcc\xd5\x4b\xcc\x4d\xac\xca\xcf\x4b\x2c\x2f\xd6\x4b\xce\xcf\x55\xd2\x81\xa8\xf0\x4b\xcc\x05\xc9\x3b\x17\xa5\x26\x96\xa4\x86\x16\xa7\x16\x29\xd5\x72\x01\x00\x5e\xd4\x58\x3a\x3d\x00\x00\x00";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x24\x3d\xe9\x01\x00\x7b\x22\x65\x76\x65\x6e\x74\x53\x6f\x75\x72\x63\x65\x22\x3a\x22\x69\x61\x6d\x2e\x61\x6d\x61\x7a\x6f\x6e\x61\x77\x73\x2e\x63\x6f\x6d\x22\x2c\x22\x65\x76\x65\x6e\x74\x4e\x61\x6d\x65\x22\x3a\x22\x43\x72\x65\x61\x74\x65\x55\x73\x65\x72\x22\x7d\x0a\x14\xc3\x90\x5a";
/// A frame of two bytes that zstd passes over.
const OTHER: &[u8] = b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx";

fn event(name: &str, time: &str, padding: usize) -> String {
    let padding = "x".repeat(padding);
    format!(
        "{{\"eventTime\":\"{time}\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"{name}\",\"requestID\":\"{padding}\"}}"
    )
}

fn eval(files: &[(&str, &str)], args: &[&str]) -> (Folder, Run) {
    let folder = folder(&[&[("r.yml", RULE)], files].concat());
    let run = Run::new(&folder, &[&["eval", "r.yml", "--format", "jsonl"], args].concat());
    (folder, run)
}

/// The places of the events that matched.
fn matched(run: &Run) -> Vec<u64> {
    let index = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["events"][0]["index"].as_u64().expect("a number")
    };
    run.out.lines().map(index).collect()
}

#[test]
fn a_file_of_many_parts_is_read_as_a_whole() {
    let name = |at: usize| if at.is_multiple_of(7) { "CreateUser" } else { "ListUsers" };
    let events: Vec<String> =
        (0..6_000).map(|at| event(name(at), "2026-11-01T00:00:00Z", at % 1_500)).collect();
    let expected: Vec<u64> = (0..6_000).filter(|at| at % 7 == 0).collect();
    let pretty =
        events.iter().map(|event| event.replace(',', ",\n  ").replace('{', "{\n  ").replace('}', "\n}"));
    for (what, text) in [
        ("lines", events.join("\n")),
        ("an array on one line", format!("[{}]", events.join(","))),
        ("an array on lines", format!("[\n{}\n]\n", events.join(",\n"))),
        ("objects on many lines", pretty.collect::<Vec<_>>().join("\n")),
        ("an envelope", format!("{{\"Records\":[{}]}}", events.join(","))),
    ] {
        let (_folder, run) = eval(&[("e.json", &text)], &["--events", "e.json"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{what}");
        assert_eq!(matched(&run), expected, "{what}");
    }
}

#[test]
fn what_is_broken_is_told_with_its_line_and_the_rest_goes_on() {
    let good = event("CreateUser", "2026-11-01T00:00:00Z", 900);
    let mut lines = vec![good; 4_000];
    lines[3_000] = "{\"eventName\":".into();
    lines[3_500] = "not json".into();
    let (_folder, run) = eval(&[("e.jsonl", &lines.join("\n"))], &["--events", "e.jsonl"]);
    assert_eq!(run.code, 2);
    assert_eq!(matched(&run), (0..3_998).collect::<Vec<_>>());
    let told: Vec<_> =
        run.err.lines().map(|line| line.split(": not valid JSON").next().unwrap_or_default()).collect();
    assert_eq!(told, ["error: e.jsonl: line 3001", "error: e.jsonl: line 3501"], "{}", run.err);
}

#[test]
fn compression_is_told_from_the_bytes() {
    let (folder, _) = eval(&[], &["--events", "e"]);
    for (bytes, events, wrong) in [
        (GZIP.to_vec(), 1, ""),
        ([GZIP, GZIP].concat(), 2, ""),
        (ZSTD.to_vec(), 1, ""),
        ([ZSTD, OTHER, ZSTD].concat(), 2, ""),
        ([OTHER, ZSTD].concat(), 1, ""),
        (GZIP[..GZIP.len() - 9].to_vec(), 1, "damaged gzip"),
        ([GZIP, b"more"].concat(), 1, "damaged gzip"),
        (ZSTD[..ZSTD.len() - 3].to_vec(), 1, "damaged zstd"),
        ([&ZSTD[..ZSTD.len() - 1], b"!"].concat(), 1, "damaged zstd: the checksum differs"),
        ([ZSTD, b"more"].concat(), 1, "damaged zstd"),
    ] {
        std::fs::write(folder.path("e"), bytes).expect("a new file");
        let run = Run::new(&folder, &["eval", "r.yml", "--format", "jsonl", "--events", "e"]);
        assert!(run.err.contains(wrong), "{wrong}: {}", run.err);
        assert_eq!(run.code, if wrong.is_empty() { 0 } else { 2 }, "{}", run.err);
        if wrong.is_empty() {
            assert_eq!(matched(&run).len(), events);
        }
    }
}

#[test]
fn folders_are_read_whole_and_what_is_missing_is_told() {
    let good = event("CreateUser", "2026-11-01T00:00:00Z", 0);
    let files =
        [("t/b/2.json", good.as_str()), ("t/a.json", &good), ("t/.hidden/x.json", "x"), ("t/.y", "x")];
    let (folder, run) = eval(&files, &["--events", "t", "none.json"]);
    std::fs::create_dir(folder.path("empty")).expect("a new folder");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`none.json`: no such file or folder"), "{}", run.err);
    let named: Vec<_> = ["t/a.json", "t/b/2.json"].iter().map(|name| run.out.find(name)).collect();
    assert!(named.iter().all(Option::is_some) && named.is_sorted(), "{}", run.out);
    let run = Run::new(&folder, &["eval", "r.yml", "--events", "empty"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`empty`: no file in the folder"), "{}", run.err);
}

#[test]
fn matches_outside_the_time_asked_for_are_left_out() {
    let times = [
        "2026-10-31T23:59:59Z",
        "2026-11-01T00:00:00Z",
        "2026-11-02T01:00:00+02:00",
        "2026-11-02T00:00:00Z",
        "late",
    ];
    let events: Vec<String> = times.iter().map(|time| event("CreateUser", time, 0)).collect();
    let text = events.join("\n");
    for (args, expected) in [
        (&["--since", "2026-11-01"][..], &[1, 2, 3, 4][..]),
        (&["--until", "2026-11-01T00:00:00Z"], &[0, 4]),
        (&["--since", "2026-11-01", "--until", "2026-11-02"], &[1, 2, 4]),
    ] {
        let (_folder, run) = eval(&[("e.jsonl", &text)], &[&["--events", "e.jsonl"], args].concat());
        assert_eq!((run.code, matched(&run)), (0, expected.to_vec()), "{args:?}");
    }
    for bounds in [
        &["--since", "yesterday"][..],
        &["--since", "2026-11-02", "--until", "2026-11-01"],
        &["--since", "2026-11-01", "--until", "2026-11-01"],
    ] {
        let (_folder, run) = eval(&[("e.jsonl", &text)], &[&["--events", "e.jsonl"], bounds].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{bounds:?} {}", run.err);
    }
    // A log that counts milliseconds.
    let rule = "title: G\nlogsource: {product: github, service: audit}\ndetection:\n    s: {action: repo.destroy}\n    \
                condition: s\n";
    let event = |time: &str| format!("{{\"action\":\"repo.destroy\",\"@timestamp\":{time}}}\n");
    let folder = folder(&[("g.yml", rule), ("g.jsonl", &(event("1761955199000") + &event("1761955200000")))]);
    let args = ["eval", "g.yml", "--format", "jsonl", "--events", "g.jsonl", "--since", "2025-11-01"];
    assert_eq!(matched(&Run::new(&folder, &args)), [1]);
}

#[test]
fn a_file_of_events_is_read_once() {
    let good = event("CreateUser", "2026-11-01T00:00:00Z", 0);
    let files = [("d/e.jsonl", good.as_str()), ("f.jsonl", &good)];
    for (events, found) in [
        (&["d/e.jsonl", "d/e.jsonl"][..], 1),
        (&["d", "d/e.jsonl"], 1),
        (&["d/e.jsonl", "d", "./d/../d/e.jsonl"], 1),
        (&["d", "f.jsonl", "./f.jsonl"], 2),
    ] {
        let (_folder, run) = eval(&files, &[&["--events"], events].concat());
        assert_eq!((run.code, matched(&run).len()), (0, found), "{events:?} {}{}", run.out, run.err);
    }
}

#[test]
fn rules_behind_the_events_are_not_taken_for_events() {
    let good = event("CreateUser", "2026-11-01T00:00:00Z", 0);
    let rule = "title: T\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {eventName: CreateUser}\n    \
                condition: s\n";
    let tests = "match:\n  - {name: a, event: {eventName: CreateUser}}\n";
    let folder = folder(&[
        ("own.yml", rule),
        ("rules/a.yml", rule),
        ("rules/a.test.yml", tests),
        ("mixed/e.jsonl", &good),
        ("mixed/a.yml", rule),
        ("e.jsonl", &good),
    ]);
    let told = "`--events` takes every path behind it";
    for (args, mend) in [
        (
            &["--events", "e.jsonl", "own.yml"][..],
            "`own.yml` holds rules; write them in front: `sigmata eval own.yml --events e.jsonl`",
        ),
        (&["--events", "e.jsonl", "rules", "own.yml"], "`sigmata eval rules own.yml --events e.jsonl`"),
        (&["--events", "own.yml"], "`sigmata eval own.yml --events FILE`"),
    ] {
        let run = Run::new(&folder, &[&["eval"], args].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?} {}", run.err);
        assert!(run.err.contains(told) && run.err.contains(mend), "{args:?} {}", run.err);
    }
    // Where rules are named, or events are beside them, the rest is worked on.
    for args in [&["own.yml", "--events", "e.jsonl", "rules/a.yml"][..], &["--events", "mixed"]] {
        let run = Run::new(&folder, &[&["eval"], args].concat());
        assert!(run.code == 2 && !run.err.contains(told), "{args:?} {}", run.err);
        assert!(
            run.out.contains("e.jsonl#0") && run.err.contains("holds a Sigma rule"),
            "{args:?} {}{}",
            run.out,
            run.err
        );
    }
    let run = Run::new(&folder, &["eval", "--events", "e.jsonl", "--", "rules"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 1), "{}", run.err);
}

#[test]
fn bytes_that_are_not_utf8_are_told() {
    let (folder, _) = eval(&[], &["--events", "e"]);
    let good = event("CreateUser", "2026-11-01T00:00:00Z", 0);
    let bytes = [good.as_bytes(), b"\n{\"eventName\":\"\xff\"}\n", good.as_bytes()].concat();
    std::fs::write(folder.path("e"), bytes).expect("a new file");
    let run = Run::new(&folder, &["eval", "r.yml", "--format", "jsonl", "--events", "e"]);
    assert_eq!((run.code, matched(&run)), (2, vec![0, 1]));
    assert!(run.err.contains("line 2: not valid JSON: invalid UTF-8"), "{}", run.err);
}
