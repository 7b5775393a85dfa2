//! What is wrong with a rule, and exactly where.

use sigmata::diagnostic::Severity;
use sigmata::diagnostic::fix::{apply, apply_with};

use super::{findings, item, read, rule};

pub fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "\n{text}");
}

pub fn items(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        check(&item(text), expected);
    }
}

fn metadata(cases: &[(&str, &[&str])]) {
    let body = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for (text, expected) in cases {
        let title =
            if text.starts_with("title") || text.contains("\ntitle") { "" } else { "title: A rule\n" };
        check(&format!("{title}{text}\n{body}"), expected);
    }
}

fn conditions(cases: &[(&str, &[&str])]) {
    for (condition, expected) in cases {
        check(
            &rule(&format!("a:\n    f: x\nb:\n    f: y\nsel_c:\n    f: z\ncondition: {condition}")),
            expected,
        );
    }
}

#[test]
fn a_plain_rule_has_no_finding() {
    check(&item("eventName: CreateUser"), &[]);
    check(&item("eventName: CreateUser").replace('\n', "\r\n"), &[]);
    check(&format!("\u{feff}{}", item("eventName: CreateUser")), &[]);
}

#[test]
fn what_a_document_needs_is_missed() {
    for (text, expected) in [
        ("title: x\nlogsource: {product: aws}\n", &["S0202 title"][..]),
        ("logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n", &["S0202 logsource"]),
        ("title: x\ndetection: {s: {a: b}, condition: s}\n", &["S0202 title"]),
        ("title: x\nlogsource: {product: aws}\ndetection: {s: {a: b}}\n", &["S0202 s"]),
        ("title: x\nlogsource: {product: aws}\ndetection: {condition: s}\n", &["S0240 condition", "S0301 s"]),
        ("title: x\nlogsource: {}\ndetection: {s: {a: b}, condition: s}\n", &["S0230 {}"]),
        ("title: x\nlogsource: {product: aws}\ndetection: s\n", &["S0203 s"]),
        ("title: x\nlogsource: aws\ndetection: {s: {a: b}, condition: s}\n", &["S0203 aws"]),
        (
            "title: x\nlogsource: {product: aws}\ndetections: {s: {a: b}, condition: s}\n",
            &["S0202 title", "S0214 detections"],
        ),
        (
            "titel: x\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n",
            &["S0202 titel", "S0214 titel"],
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn metadata_has_its_form() {
    let long = "x".repeat(257);
    metadata(&[
        (&format!("title: {long}"), &[&format!("S0204 {long}")]),
        (&format!("title: {}", "ü".repeat(256)), &[]),
        ("title: ''", &["S0220 ''"]),
        (r#"title: "a\nb""#, &[r#"S0229 "a\nb""#]),
        (r#"title: "a\tb""#, &[r#"S0229 "a\tb""#]),
        ("title: |\n    a\n", &[]),
        ("title: >\n    a\n    b\n", &[]),
        ("description: |\n    a\n    b\n", &[]),
        ("title:", &["S0203 "]),
        ("title: [x]", &["S0203 [x]"]),
        ("id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11", &[]),
        ("id: 0B1C7A5E-58AD-4A5B-9C86-3B8D6A0D4F11", &[]),
        ("id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f1", &["S0205 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f1"]),
        ("id: 0b1c7a5e58ad4a5b9c863b8d6a0d4f11", &["S0205 0b1c7a5e58ad4a5b9c863b8d6a0d4f11"]),
        ("status: stable", &[]),
        ("status: testing", &["S0206 testing"]),
        ("level: hgih", &["S0207 hgih"]),
        ("level: High", &["S0207 High"]),
        ("taxonomy: sigma", &[]),
        ("taxonomy: ecs", &["S0213 ecs"]),
        ("date: 2024-02-29", &[]),
        ("date: 2023-02-29", &["S0208 2023-02-29"]),
        ("date: 2023/02/28", &["S0208 2023/02/28"]),
        ("date: yesterday", &["S0208 yesterday"]),
        ("date: 2024-02-02\nmodified: 2024-02-01", &["S0221 2024-02-01"]),
        (
            "tags: [attack.t1136.003, attack.persistence, attack.privilege_escalation, cve.2021-44228, tlp.amber]",
            &[],
        ),
        ("tags: [attack.stealth, attack.defense-impairment, attack.ta0003, car.2013-05-002]", &[]),
        ("tags: [attack.defense-evasion]", &["S0223 attack.defense-evasion"]),
        (
            "tags: [attack.defense_evasion, attack.t1562]",
            &["S0223 attack.defense_evasion", "S0223 attack.t1562"],
        ),
        ("tags: [attack.t1002]", &["S0223 attack.t1002"]),
        ("tags: [t1136.003]", &["S0209 t1136.003"]),
        ("tags: [Attack.t1136]", &["S0209 Attack.t1136"]),
        ("tags: [attack]", &["S0209 attack"]),
        ("tags: [attack.t113]", &["S0210 attack.t113"]),
        ("tags: [attack.persistance]", &["S0210 attack.persistance"]),
        ("tags: [atack.t1136]", &["S0210 atack.t1136"]),
        ("tags: [tlp.red, tlp.red]", &["S0211 tlp.red"]),
        ("tags: attack.t1136", &["S0203 attack.t1136"]),
        ("references: [a, a]", &["S0211 a"]),
        ("fields: [x, {y: z}]", &["S0203 {y: z}"]),
        ("falsepositives: [x]", &["S0220 x"]),
        ("scope: [server]", &[]),
        ("related: [{id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11, type: derived}]", &[]),
        ("related: [{id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11, type: like}]", &["S0212 like"]),
        ("related: [{id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11}]", &["S0202 id"]),
        ("related: [{id: x, type: similar}]", &["S0205 x"]),
        ("related: {id: x}", &["S0203 {id: x}"]),
        ("sigma-version: 3", &[]),
        ("sigma-version: '3.1'", &[]),
        ("sigma-version: 3.1", &["S0215 3.1"]),
        ("sigma-version: 4", &["S0215 4"]),
        ("sigma-version: '4.0'", &["S0215 '4.0'"]),
        ("sigma-version: three", &["S0215 three"]),
        ("fileds: [x]", &["S0214 fileds"]),
        ("Status: test", &["S0214 Status"]),
        ("simulation: {x: y}\nregression_tests_path: a/b", &[]),
    ]);
}

#[test]
fn metadata_faults_are_warnings() {
    let body = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for (text, warning) in [
        ("title: x\ntags: [sysmon]", true),
        ("title: x\nid: my-rule-001", true),
        ("title: x\nreferences: https://example.com", true),
        ("title: x\nfalsepositives: none", true),
        ("title: x\ndate: 12/31/2025", true),
        ("title: x\nstatus: production", true),
        ("title: x\nlevel: 5", true),
        ("title: x\nlevel: [high]", true),
        ("title: x\nrelated: [{id: y, type: z}, w, {type: similar}]", true),
        ("title: x\nrelated: none", true),
        ("title: [x]", true),
        ("author: x", true),
        ("title: x\nsigma-version: 4", false),
        ("title: x\ntaxonomy: ecs", false),
        ("title: x\nsigma-version: [3]", true),
    ] {
        let reading = read(&format!("{text}\n{body}")).1;
        let worst = reading.diagnostics.iter().map(|finding| finding.severity).max();
        let expected = if warning { Severity::Warning } else { Severity::Error };
        assert_eq!(worst, Some(expected), "{text}: {:?}", reading.diagnostics);
    }
}

#[test]
fn metadata_fixes_are_safe_and_leave_nothing() {
    let body = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for (text, expected) in [
        ("references: https://example.com/a#b", "references:\n    - https://example.com/a#b"),
        ("falsepositives:   'none: at all' # really", "falsepositives:\n    - 'none: at all' # really"),
        ("tags: attack.t1136", "tags:\n    - attack.t1136"),
        ("tags: [t1136.003]", "tags: [attack.t1136.003]"),
        ("tags: [attack.defense-evasion, attack.t1070.006]", "tags: [attack.stealth, attack.t1070.006]"),
        ("tags: [attack.t1002]", "tags: [attack.t1560]"),
        ("level: High", "level: high"),
        ("date: 2025/12/31", "date: 2025-12-31"),
    ] {
        let (source, reading) = read(&format!("title: x\n{text}\n{body}"));
        let fixed = apply(source.text(), &reading.diagnostics).map(|(text, _)| text).unwrap_or_default();
        assert_eq!(fixed, format!("title: x\n{expected}\n{body}"), "{text}");
        assert_eq!(findings(&fixed), [""; 0], "{fixed}");
    }
    // What is in braces, or on lines of its own, is reported and left.
    for text in ["tags: >\n    attack.t1136", "tags:\n    attack.t1136"] {
        let reading = read(&format!("title: x\n{text}\n{body}")).1;
        let shape = reading.diagnostics.iter().find(|finding| finding.code.id == "S0203");
        assert!(shape.is_some_and(|finding| finding.fix.is_none()), "{text}");
    }
}

#[test]
fn a_log_source_has_its_form() {
    for (source, expected) in [
        ("{product: aws, service: cloudtrail}", &[][..]),
        ("{service: gcp.audit, definition: Some TEXT, other: X}", &[]),
        ("{product: AWS}", &["S0231 AWS"]),
        ("{product: google workspace}", &["S0231 google workspace"]),
        ("{product: }", &["S0203 "]),
        ("{product: [aws]}", &["S0203 [aws]"]),
        ("{produkt: aws}", &["S0214 produkt"]),
        ("{definition: x}", &["S0230 {definition: x}"]),
    ] {
        check(
            &format!("title: x\nlogsource: {source}\ndetection: {{s: {{a: b}}, condition: s}}\n"),
            expected,
        );
    }
}

#[test]
fn selections_have_their_form() {
    for (detection, expected) in [
        ("s: [x, y]\ncondition: s", &[][..]),
        ("s: x\ncondition: s", &[]),
        ("s: [{a: b}, {c: d}]\ncondition: s", &[]),
        ("s: [{a: b}, x]\ncondition: s", &[]),
        ("s: {}\ncondition: s", &["S0240 {}"]),
        ("s: []\ncondition: s", &["S0240 []"]),
        ("s:\ncondition: s", &["S0240 "]),
        ("s: [{}]\ncondition: s", &["S0240 {}"]),
        ("s: [x, null]\ncondition: s", &["S0410 null"]),
        ("s: [[x]]\ncondition: s", &["S0203 [x]"]),
        ("s.t: {a: b}\ncondition: 1 of them", &["S0260 s.t"]),
        ("not: {a: b}\ncondition: 1 of them", &["S0260 not"]),
        ("s: {a: b}\ntimeframe: 5m\ncondition: s", &["S0252 timeframe"]),
        ("s: {a: b}\ncondition: s | count() > 5", &["S0251 | count() > 5"]),
        (
            "s: {a: b}\ntimeframe: 5m\ncondition: s | count() by u > 5",
            &["S0252 timeframe", "S0251 | count() by u > 5"],
        ),
        ("s: {a: b}\ncondition: []", &["S0250 []"]),
        ("s: {a: b}\ncondition: {s: t}", &["S0203 {s: t}"]),
        ("s: {a: b}\ncondition:", &["S0203 "]),
        ("s: {a: b}\nt: {a: c}\ncondition: [s, t]", &[]),
        ("s: {a: b}\nt: {a: c}\ncondition: s", &["S0501 t"]),
        ("s: {a: b}\n_t: {a: c}\ncondition: 1 of them", &["S0501 _t"]),
        ("s: {a: b, a: c}\ncondition: s", &["S0007 a"]),
        ("s: {a: b, c: d, a: c, c: e}\ncondition: s", &["S0007 a", "S0007 c"]),
        ("s: &x {a: b}\nt: *x\ncondition: s or t", &[]),
        ("s: &x {a: b}\nt: {<<: *x, c: d}\ncondition: s or t", &[]),
        ("s: *x\ncondition: s", &["S0009 *x"]),
        ("s: &x {a: *x}\ncondition: s", &["S0009 *x"]),
        ("s: {a: !secret x}\ncondition: s", &["S0011 !secret"]),
        ("s: {a: !!str 5}\ncondition: s", &[]),
        ("s: {<<: x}\ncondition: s", &["S0012 x", "S0240 {<<: x}"]),
        ("s: {[a]: b}\ncondition: s", &["S0008 [a]", "S0240 {[a]: b}"]),
    ] {
        let mut found = findings(&rule(detection));
        let mut wanted: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "\n{detection}");
    }
}

#[test]
fn conditions_are_read() {
    conditions(&[
        ("a and b or not sel_c", &[]),
        ("A and b and sel_c", &["S0301 A"]),
        ("a AND b Or NOT sel_c", &[]),
        ("1 of them", &[]),
        ("any of them", &[]),
        ("ALL OF THEM", &[]),
        ("a and b and 1 of sel_*", &[]),
        ("a and b and 1 of *_c", &[]),
        ("(a) and ((b) or sel_c)", &[]),
        ("not(a)and(b)or(sel_c)", &[]),
        ("a and b and sel_d", &["S0301 sel_d"]),
        ("a and b and sel_c and 1 of filter_*", &["S0302 filter_*"]),
        ("a and b and", &["S0250 "]),
        ("a b", &["S0250 b"]),
        ("(a and b", &["S0250 "]),
        ("a and b)", &["S0250 )"]),
        ("a && b", &["S0250 &&"]),
        ("a || b", &["S0250 ||"]),
        ("sel_*", &["S0250 sel_*"]),
        ("2 of sel_*", &["S0250 2"]),
        ("1 of", &["S0250 "]),
        ("1 of (a, b)", &["S0250 ("]),
        ("not", &["S0250 "]),
        ("a and or b", &["S0250 or"]),
        ("''", &["S0250 "]),
        ("'a and x'", &["S0301 x"]),
        ("\"a and \\x78\"", &["S0301 \\x78"]),
        (">-\n        a and\n        x", &["S0301 x"]),
        ("|\n        a and\n        x y", &["S0250 y"]),
        ("a and\n        x", &["S0301 x"]),
    ]);
}

#[test]
fn hazards_are_seen_in_values_alone() {
    items(&[
        ("a: NO", &["S0101 NO"]),
        (
            "a: [yes, 0777, 12:30:45, 2026-01-02, 1_000, 0x1f, 1e3, .inf, 1.10]",
            &[
                "S0101 yes",
                "S0101 0777",
                "S0101 12:30:45",
                "S0101 2026-01-02",
                "S0101 1_000",
                "S0101 0x1f",
                "S0101 1e3",
                "S0101 .inf",
                "S0101 1.10",
            ],
        ),
        ("a: ['yes', '0777', 10.0.0.1, 50126, true, -1, 1.5]", &[]),
        ("a: x\u{a0}", &["S0102 x\u{a0}"]),
        ("a\u{200b}: x", &["S0102 a\u{200b}"]),
        ("a: “x”", &["S0103 “x”"]),
        ("a: 'x\u{a0}'", &[]),
    ]);
    metadata(&[("date: 2026-01-02", &[]), ("author: NO", &[])]);
}

#[test]
fn array_selectors_need_their_version() {
    let three = |items: &str| format!("sigma-version: 3\n{}", item(items));
    for (text, expected) in [
        ("a[any]: x", &[][..]),
        ("a[all].b[none].c: x", &[]),
        ("a[0][-1]|contains: x", &[]),
        ("a[any]:\n    b: x\n    c|contains: y", &[]),
        ("a[any]:\n    - b: x\n    - c: y", &[]),
        ("a[any]:\n    one:\n        b: x\n    two:\n        .: y\n    condition: one and not two", &[]),
        ("a[any]:\n    one:\n        b: x\n    condition: tow", &["S0301 tow"]),
        ("a[any]:\n    b[all]:\n        c: x", &[]),
        ("a\\[any\\]: x", &[]),
        ("a[every]: x", &["S0421 [every]"]),
        ("a[]: x", &["S0421 []"]),
        ("a[any: x", &["S0421 [any"]),
        ("a]: x", &["S0421 ]"]),
        ("'[any]': x", &["S0421 [any]"]),
        ("a[any]b: x", &["S0421 [any]"]),
        ("a[any].: x", &["S0421 ."]),
        ("a.[any]: x", &["S0421 .[any]"]),
        ("a[any]|contains: {b: c}", &["S0422 contains"]),
        ("a[any].b: {c: d}", &["S0407 {c: d}"]),
        ("a: {c: d}", &["S0407 {c: d}"]),
        ("a[any]: {}", &["S0240 {}"]),
    ] {
        check(&three(text), expected);
    }
}

#[test]
fn several_documents_and_templates() {
    let doc = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    for (text, expected) in [
        (format!("title: x\n{doc}---\ntitle: y\n{doc}"), &[][..]),
        (format!("---\ntitle: x\n{doc}---\n"), &[]),
        (format!("%YAML 1.2\n---\ntitle: x\n{doc}...\n"), &[]),
        (
            format!("title: x\n{doc}---\ntitle: [\n---\ntitle: y\nlevel: hihg\n{doc}"),
            &["S0001 [", "S0207 hihg"],
        ),
        (format!("action: global\n{doc}---\ntitle: x\n---\ntitle: y\n"), &[]),
        (format!("title: x\n{doc}---\naction: repeat\ntitle: y\n"), &[]),
        (format!("action: globl\ntitle: x\n{doc}"), &["S0217 globl"]),
        (format!("action: repeat\ntitle: x\n{doc}"), &["S0217 repeat"]),
        (format!("action: global\nlevel: low\n---\ntitle: x\nlevel: high\n{doc}"), &["S0218 level"]),
        (format!("action: global\ntitle: x\n{doc}"), &["S0222 global"]),
        (format!("action: global\nlevel: nope\n---\ntitle: x\n{doc}---\ntitle: y\n{doc}"), &["S0207 nope"]),
        (format!("- x\n---\ntitle: x\n{doc}"), &["S0201 - x"]),
        (format!("title: x\n{doc}correlation: {{}}\n"), &["S0216 correlation"]),
    ] {
        check(&text, expected);
    }
}

#[test]
fn what_yaml_forbids_is_said() {
    for (text, expected) in [
        ("title: a: b\ndetection: x\n", "S0001 :"),
        ("title: x\ndetection:\n\ts: x\n", "S0014 \t"),
        ("title: x\0\ndetection:\n", "S0003 \0"),
        ("title: 'x\ndetection: y\n", "S0001 "),
        ("title: [x\ndetection: y\n", "S0001 "),
    ] {
        let found = findings(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert!(found[0].starts_with(expected), "{text:?}: {found:?}");
    }
}

#[test]
fn a_safe_fix_mends_and_brings_nothing_new() {
    let body = "logsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
    let whole = |head: &str| format!("title: x\n{head}\n{body}");
    for text in [
        item("a: [NO, 0777, 1e3, 2026-01-02]"),
        item("a|Contains: x"),
        item("'a| contains': x"),
        item("a:endswith: x"),
        item("a|exists: yes"),
        item("a|cidr: 10.1.0.0/8"),
        item("a|cidr: '2001:db8::1/32'"),
        rule("a: {f: x}\nb: {f: y}\ncondition: a && b"),
        rule("a: {f: x}\nb: {f: y}\ncondition: 'a || b'"),
        rule("a: {f: x}\nb: {f: y}\ncondition: >-\n    a or\n    b and !b"),
        whole("level: High"),
        whole("status: 'Stable'"),
        whole("date: 2023/02/28"),
        whole("tags: [ATTACK.T1136]"),
        whole("sigma-version: 3.1"),
        whole("False_Positives: [none known]"),
        "title: x\nlogsource: {product: Google Workspace}\ndetection: {s: {a: b}, condition: s}\n".to_owned(),
        "title: x\ncorrelation: {type: event_count, rules: [x], timespan: 10 min, condition: {gte: 5}}\n"
            .to_owned(),
    ] {
        let (_, reading) = super::read(&text);
        assert!(!reading.diagnostics.is_empty(), "{text}");
        let (fixed, applied) = sigmata::diagnostic::fix::apply(&text, &reading.diagnostics)
            .unwrap_or_else(|| panic!("no fix for\n{text}"));
        assert!(applied > 0);
        assert!(findings(&fixed).is_empty(), "{:?}\n{fixed}", findings(&fixed));
    }
}

#[test]
fn symbols_of_other_languages_are_fixed_together() {
    for (condition, expected) in [
        ("a && !b", "a and not b"),
        ("a&&b||!(sel_c)", "a and b or not (sel_c)"),
        ("(a || b) && !!sel_c", "(a or b) and not not sel_c"),
        ("!a && b", "not a and b"),
    ] {
        let text = rule(&format!("a:\n    f: x\nb:\n    f: y\nsel_c:\n    f: z\ncondition: '{condition}'"));
        let (source, reading) = read(&text);
        let fixed = apply(source.text(), &reading.diagnostics).map(|(text, _)| text).unwrap_or_default();
        assert!(fixed.contains(&format!("condition: '{expected}'")), "{condition}: {fixed}");
    }
}

#[test]
fn quantifiers_in_other_words_are_guessed() {
    for (condition, expected) in [
        ("one of sel_*", Some("1 of sel_*")),
        ("some of sel_*", Some("1 of sel_*")),
        ("a and either of sel_*", Some("a and 1 of sel_*")),
        ("each of sel_*", Some("all of sel_*")),
        ("a and Every of sel_*", Some("a and all of sel_*")),
        ("both of sel_*", Some("all of sel_*")),
        ("none of sel_*", Some("not 1 of sel_*")),
        ("a and not neither of sel_*", Some("a and not not 1 of sel_*")),
        ("all off sel_*", Some("all of sel_*")),
        ("a or any fo them", Some("a or 1 of them")),
        ("1 from sel_*", Some("1 of sel_*")),
        ("few of sel_*", None),
        ("a b", None),
    ] {
        let text = rule(&format!("a:\n    f: x\nb:\n    f: y\nsel_c:\n    f: z\ncondition: {condition}"));
        let (source, reading) = read(&text);
        let fixed = apply_with(source.text(), &reading.diagnostics, true).map(|(text, _)| text);
        let wanted = expected.map(|expected| text.replace(condition, expected));
        assert_eq!(fixed, wanted, "{condition}: {:#?}", reading.diagnostics);
    }
}

#[test]
fn a_fault_of_a_condition_has_its_help() {
    for (condition, expected) in [
        ("''", Some("name a selection")),
        ("' '", Some("name a selection")),
        ("a and", None),
        ("not", None),
        ("a b", Some("join selections by `and` or `or`")),
        ("a, b", Some("write `and` or `or`")),
        ("a)", Some("remove it, or open a parenthesis before it")),
        ("sel_*", Some("write `1 of sel_*` or `all of sel_*`")),
    ] {
        let text = rule(&format!("a:\n    f: x\nb:\n    f: y\nsel_c:\n    f: z\ncondition: {condition}"));
        let (_, reading) = read(&text);
        let help = reading.diagnostics.first().and_then(|finding| finding.help.as_deref());
        assert_eq!(help, expected, "{condition}");
    }
}

/// A rule without a key that is right.
const NEARLY_ALL: &[&str] = &["S0202", "S0202", "S0202", "S0214", "S0214", "S0214"];

#[test]
fn nearly_a_rule_and_other_products_are_told() {
    for (text, expected) in [
        (
            "title: x\nlogsourc: {product: aws}\ndetectin: {s: {a: b}, condition: s}\n",
            &["S0202", "S0202", "S0214", "S0214"][..],
        ),
        ("name: x\nsearch: index=a\ndata_source: [AWS CloudTrail]\n", &["S0224"]),
        ("name: x\nkind: Scheduled\nquery: T | where a\n", &["S0224"]),
        ("AnalysisType: rule\nFilename: a.py\n", &["S0224"]),
        ("rule:\n    type: query\n    query: 'a: b'\n", &["S0224"]),
        ("- rule: x\n  condition: evt.type = open\n  output: y\n", &["S0224"]),
        ("[metadata]\na = 1\n\n[rule]\nquery = \"x\"\n", &["S0224"]),
        ("name: x\ntype: eql\nlanguage: eql\nquery: any where true\nrisk_score: 5\n", &["S0224"]),
        ("type: any\nindex: a\nfilter:\n- term: {a: b}\nalert: [email]\n", &["S0224"]),
        ("name: x\nqueries: [{query: a}]\ncases: []\n", &["S0224"]),
        ("rule a {\n  events:\n    $e.a = 1\n  condition:\n    $e\n}\n", &["S0224"]),
        ("rules:\n  - title: x\n    detection: {s: {a: b}, condition: s}\n", &["S0226"]),
        ("- title: x\n  detection: {s: {a: b}, condition: s}\n", &["S0226"]),
        ("sigma:\n  title: x\n  detection: {s: {a: b}, condition: s}\n", &["S0226"]),
        // Nearly rules: each names what is missing.
        ("Title: x\nLogsource: {product: aws}\nDetection: {s: {a: b}, condition: s}\n", NEARLY_ALL),
        ("title: x\ncorelation: {type: event_count, rules: [a]}\n", &["S0202", "S0202", "S0214"]),
        ("title: x\nselection: {a: b}\ncondition: selection\n", &["S0202", "S0202", "S0214"]),
        ("title: x\ndescription: y\n", &[]),
        ("kind: Deployment\nspec: {}\n", &[]),
        ("- name: x\n- name: y\n", &[]),
    ] {
        let reading = read(text).1;
        let mut codes: Vec<_> = reading
            .diagnostics
            .iter()
            .map(|finding| finding.code.id)
            .filter(|code| code.starts_with("S02"))
            .collect();
        codes.sort_unstable();
        assert_eq!(codes, expected, "{text}");
    }
}

#[test]
fn lost_indentation_is_one_finding() {
    for (detection, expected) in [
        (
            "selection:\neventSource: iam.amazonaws.com\neventName: x\ncondition: selection",
            &["S0240 selection"][..],
        ),
        // A text is a selection of keywords where the condition names it.
        ("s:\nwords: x\ncondition: s or words", &["S0240 "]),
        ("s:\nt: {a: b}\ncondition: s or t", &["S0240 "]),
    ] {
        check(&rule(detection), expected);
    }
}

#[test]
fn invisible_characters_are_named() {
    for (value, message) in [
        ("Create\u{200b}User", Some("a zero width space (U+200B) is part of this text")),
        ("'Create\u{202e}User'", Some("a mark of direction (U+202E) is part of this text")),
        ("CreateUser\u{a0}", Some("a no-break space (U+00A0) is part of this text")),
        ("'\u{202e}'", None),
        ("\"a\\u202eb\"", None),
        ("'نمی\u{200c}خواهم'", None),
    ] {
        let reading = read(&item(&format!("eventName: {value}"))).1;
        let told: Vec<_> = reading.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, message.into_iter().collect::<Vec<_>>(), "{value:?}");
    }
}

#[test]
fn a_missing_separator_is_one_finding() {
    let one = "title: x\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\nlevel: low\n";
    let of = |text: &str| {
        let found = findings(text).into_iter().filter(|found| found.starts_with("S0007"));
        found.collect::<Vec<_>>()
    };
    assert_eq!(of(&format!("{one}{one}")), ["S0007 title"]);
    assert_eq!(of(&format!("{one}{one}{one}")), ["S0007 title", "S0007 title"]);
    assert_eq!(of(&format!("{one}---\n{one}{one}")), ["S0007 title"]);
    assert_eq!(of(&format!("{one}id: y\n{one}")), ["S0007 title"]);
    assert_eq!(of(&format!("{one}level: low\n")), ["S0007 level"]);
    assert_eq!(of(&format!("{one}level: low\nlevel: high\n")), ["S0007 level", "S0007 level"]);
    // One rule with two slips.
    let slips = one
        .replace("title: x\n", "title: x\ntitle: y\n")
        .replace("level: low\n", "level: low\nlevel: high\n");
    assert_eq!(of(&slips), ["S0007 title", "S0007 level"]);
}
