//! What is reported about correlations and filters, and about what was written before there were any.

use sigmata::diagnostic::Severity;
use sigmata::diagnostic::fix::apply;

use super::findings::check;
use super::{findings, read};

#[test]
fn an_old_aggregation_that_is_understood_whole_becomes_a_correlation() {
    let rule = |detection: &str, condition: &str| {
        format!(
            "title: It's x\nname: xes\nlogsource: {{product: foo, service: bar}}\ndetection:\n    s: {{a: b}}\n{detection}    condition: {condition}\nlevel: high\n"
        )
    };
    let counted = |kind: &str, by: &str, condition: &str| {
        format!(
            "---\ntitle: 'It''s x, counted'\ncorrelation:\n    type: {kind}\n    rules:\n        - xes\n{by}    timespan: 5m\n    condition:\n        {condition}\nlevel: high\n"
        )
    };
    let by = "    group-by:\n        - a.b\n        - c\n";
    for (condition, expected, correlation) in [
        ("s | count() by a.b, c > 10", "s", counted("event_count", by, "gt: 10")),
        ("'s  | count() > 3'", "'s'", counted("event_count", "", "gt: 3")),
        ("s | count(d) by a.b,c >= 4", "s", counted("value_count", by, "gte: 4\n        field: d")),
        ("s | sum(d) < 4", "s", counted("value_sum", "", "lt: 4\n        field: d")),
    ] {
        let (source, reading) = read(&rule("    timeframe: 5m\n", condition));
        let fixed = apply(source.text(), &reading.diagnostics).map(|(text, _)| text).unwrap_or_default();
        assert_eq!(fixed, rule("", expected) + &correlation);
        assert!(read(&fixed).1.diagnostics.iter().all(|found| found.severity != Severity::Error), "{fixed}");
        let next = "---\ntitle: next\n";
        let several = rule("    timeframe: 5m\n", condition) + next;
        let (source, reading) = read(&several);
        let fixed = apply(source.text(), &reading.diagnostics).map(|(text, _)| text).unwrap_or_default();
        assert_eq!(fixed, rule("", expected) + &correlation + next);
    }
    // What is not understood whole, has no window, or is with others on a line is explained alone.
    for (detection, condition) in [
        ("    timeframe: 5m\n", "s | count() by a > many"),
        ("    timeframe: 5m\n", "s | near t"),
        ("    timeframe: 5m\n", "s | count(a) by a > 5"),
        ("    timeframe: soon\n", "s | count() > 5"),
        ("    timeframe: 5m # minutes\n", "s | count() > 5"),
        ("", "s | count() > 5"),
        ("    timeframe: 5m\n", "[s | count() > 5, s]"),
    ] {
        let reading = read(&rule(detection, condition)).1;
        let old = reading.diagnostics.iter().find(|finding| finding.code.id == "S0251");
        assert!(old.is_some_and(|finding| finding.fix.is_none()), "{detection}{condition}");
    }
}

#[test]
fn correlations_have_their_form() {
    let base = "title: A correlation\ncorrelation:\n";
    for (body, expected) in [
        (
            "    type: event_count\n    rules: [x]\n    group-by: [u]\n    timespan: 10m\n    condition: {gte: 10}\n",
            &[][..],
        ),
        (
            "    type: event_count\n    rules: x\n    timespan: 1M\n    condition: {gt: 1, lte: 5}\n    generate: true\n",
            &[],
        ),
        (
            "    type: value_count\n    rules: [x]\n    timespan: 1d\n    condition: {gte: 10, field: [a, b]}\n",
            &[],
        ),
        (
            "    type: value_percentile\n    rules: [x]\n    timespan: 1w\n    condition: {gte: 1.5, field: a, percentile: 95}\n",
            &[],
        ),
        ("    type: temporal\n    rules: [x, y]\n    timespan: 1y\n", &[]),
        ("    type: temporal\n    rules: [x, y]\n    timespan: 1h\n    condition: x and not y\n", &[]),
        ("    type: temporal_ordered\n    rules: [x, x]\n    timespan: 30s\n", &[]),
        (
            "    type: temporal\n    rules: [x, y]\n    group-by: [u]\n    aliases: {u: {x: a, y: b}}\n    timespan: 1h\n",
            &[],
        ),
        (
            "    type: eventcount\n    rules: [x]\n    timespan: 10m\n    condition: {gte: 10}\n",
            &["S0601 eventcount"],
        ),
        ("    rules: [x]\n    timespan: 10m\n    condition: {gte: 10}\n", &["S0202 rules"]),
        ("    type: event_count\n    timespan: 10m\n    condition: {gte: 10}\n", &["S0202 type"]),
        (
            "    type: event_count\n    rules: []\n    timespan: 10m\n    condition: {gte: 10}\n",
            &["S0611 []"],
        ),
        ("    type: event_count\n    rules: [x]\n    condition: {gte: 10}\n", &["S0202 type"]),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10 minutes\n    condition: {gte: 10}\n",
            &["S0602 10 minutes"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 0s\n    condition: {gte: 10}\n",
            &["S0602 0s"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 99999999999999999999d\n    condition: {gte: 10}\n",
            &["S0602 99999999999999999999d"],
        ),
        ("    type: event_count\n    rules: [x]\n    timespan: 10m\n", &["S0202 type"]),
        ("    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {}\n", &["S0603 {}"]),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {gte: ten}\n",
            &["S0603 ten"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {gte: 1.5}\n",
            &["S0603 1.5"],
        ),
        ("    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {ge: 5}\n", &["S0603 ge"]),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 10, lt: 5}\n",
            &["S0604 {gt: 10, lt: 5}"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 4, lt: 5}\n",
            &["S0604 {gt: 4, lt: 5}"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {lt: 1}\n",
            &["S0604 {lt: 1}"],
        ),
        (
            "    type: event_count\n    rules: [x]\n    timespan: 10m\n    condition: {gte: 5, field: a}\n",
            &["S0605 field"],
        ),
        (
            "    type: value_count\n    rules: [x]\n    timespan: 10m\n    condition: {gte: 5}\n",
            &["S0605 {gte: 5}"],
        ),
        (
            "    type: value_sum\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 4, lt: 5, field: a}\n",
            &[],
        ),
        (
            "    type: value_sum\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 4, field: [a, b]}\n",
            &["S0605 b"],
        ),
        (
            "    type: value_percentile\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 4, field: a}\n",
            &["S0606 value_percentile"],
        ),
        (
            "    type: value_avg\n    rules: [x]\n    timespan: 10m\n    condition: {gt: 4, field: a, percentile: 5}\n",
            &["S0606 percentile"],
        ),
        (
            "    type: temporal\n    rules: [x, y]\n    timespan: 10m\n    condition: {gte: 2}\n",
            &["S0607 {gte: 2}"],
        ),
        (
            "    type: temporal\n    rules: [x, y]\n    timespan: 10m\n    condition: 1 of them\n",
            &["S0607 1 of them"],
        ),
        (
            "    type: temporal\n    rules: [x, y]\n    timespan: 10m\n    condition: not x\n",
            &["S0607 not x"],
        ),
        (
            "    type: temporal_ordered\n    rules: [x, y]\n    timespan: 10m\n    condition: x and y\n",
            &["S0607 x and y"],
        ),
        ("    type: temporal\n    rules: [x, y]\n    timespan: 10m\n    condition: x and z\n", &["S0608 z"]),
        (
            "    type: temporal\n    rules: [x, y]\n    group-by: [u]\n    aliases: {u: {x: a, z: b}}\n    timespan: 1h\n",
            &["S0608 z"],
        ),
        (
            "    type: temporal\n    rules: [x, y]\n    aliases: {u: {x: a, y: b}}\n    timespan: 1h\n",
            &["S0609 u"],
        ),
        ("    type: temporal\n    rules: [x]\n    timespan: 1h\n", &["S0610 temporal"]),
        ("    type: temporal\n    rules: [x, y]\n    groupby: [u]\n    timespan: 1h\n", &["S0214 groupby"]),
        ("    type: temporal\n    rules: [x, y]\n    timespan: 1h\n    generate: maybe\n", &["S0203 maybe"]),
    ] {
        check(&format!("{base}{body}"), expected);
    }
    check("title: x\ncorrelation: y\n", &["S0203 y"]);
}

#[test]
fn filters_have_their_form() {
    let head = "title: A filter\nlogsource: {product: aws}\n";
    for (body, expected) in [
        ("filter: {rules: [x], s: {a: b}, condition: not s}\n", &[][..]),
        ("filter: {rules: any, s: {a: b}, condition: not s}\n", &[]),
        ("filter: {rules: x, s: {a: b}, t: {a: c}, condition: not 1 of them}\n", &[]),
        ("filter: {rules: [x], s: {a: b}, condition: s}\n", &["S0630 s"]),
        ("filter: {rules: [x], s: {a: b}, t: {a: c}, condition: s and not t}\n", &["S0630 s and not t"]),
        ("filter: {rules: [x], s: {a: b}, t: {a: c}, condition: all of them}\n", &["S0630 all of them"]),
        ("filter: {s: {a: b}, condition: not s}\n", &["S0202 s"]),
        ("filter: {rules: [], s: {a: b}, condition: not s}\n", &["S0611 []"]),
        ("filter: {rules: [x], s: {a: b}}\n", &["S0202 rules"]),
        ("level: low\nfilter: {rules: [x], s: {a: b}, condition: not s}\n", &["S0631 level"]),
    ] {
        check(&format!("{head}{body}"), expected);
    }
    check("title: x\nfilter: {rules: any, s: {a: b}, condition: not s}\n", &["S0202 title"]);
}

#[test]
fn keys_of_a_correlation_that_say_nothing_are_told() {
    for (keys, expected) in [
        ("rules: [x], timespan: 5m", &[][..]),
        ("rules: [x], timespan: 5m, group_by: [a]", &["S0214 group_by"]),
        ("rules: [x], timeframe: 5m", &["S0202 type", "S0214 timeframe"]),
        ("rules: [x], within: 5m", &["S0202 type", "S0214 within"]),
        ("rules: [x], timespan: 5m, by: [a]", &["S0214 by"]),
        ("rules: [x], timespan: 5m, owner: me", &["S0214 owner"]),
    ] {
        let text = format!("title: x\ncorrelation: {{type: event_count, condition: {{gte: 2}}, {keys}}}\n");
        assert_eq!(findings(&text), expected, "{keys}");
    }
    let beside = "title: x\ngenerate: true\ncorrelation: {type: temporal, rules: [x, y], timespan: 5m}\n";
    assert_eq!(findings(beside), ["S0214 generate"]);
}
