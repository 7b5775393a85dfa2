//! Processing pipelines of pySigma: what they make of rules, what is refused, and the page that says which is which.

mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use sigmata::pipeline::support::{
    FIELD_CONDITIONS, ITEM_CONDITIONS, RULE_CONDITIONS, TOP, TRANSFORMATIONS, Verdict,
};
use support::{Run, folder};

/// A rule of a log without a schema, so that names show in the query as they are.
fn rule(detection: &str) -> String {
    format!(
        "title: Something Created\nid: 6a8bffec-cfa8-43ac-ad11-6c0cf7b2e5fe\nstatus: test\nlevel: low\ntags:\n    - attack.t1136.003\n\
         logsource:\n    product: acme\n    service: audit\ndetection:\n    sel:\n{detection}    condition: sel\nfields:\n    - who\n"
    )
}

/// The query in KQL, on one line, or what is said instead.
fn compiled(pipeline: &str, detection: &str) -> String {
    let folder = folder(&[("p.yml", pipeline), ("x.yml", &rule(detection))]);
    let args = ["compile", "x.yml", "-t", "kql", "--kql-table", "T", "--pipeline", "p.yml", "-q"];
    let run = Run::new(&folder, &args);
    if run.out.is_empty() {
        return run.err.lines().find(|line| line.starts_with("error")).unwrap_or(&run.err).to_owned();
    }
    let lines = run.out.lines().filter(|line| !line.starts_with("//")).map(str::trim);
    let mut text = lines.collect::<Vec<_>>().join(" ");
    // What makes a text of a column says nothing about the pipeline.
    while let Some((before, rest)) = text.split_once("tostring(") {
        let (inside, after) = rest.split_once(')').expect("a closing parenthesis");
        text = format!("{before}{inside}{after}");
    }
    text
}

const NAME: &str = "        knd: create\n";

/// A transformation, an item of a rule, and a part of the query that comes of it, or of the error.
const CASES: [(&str, &str, &str); 45] = [
    (
        "type: field_name_mapping\n  mapping: {knd: eknd, who: uname}",
        NAME,
        "eknd =~ \"create\" | project TimeGenerated, uname",
    ),
    ("type: field_name_mapping\n  mapping: {knd: [a, b]}", NAME, "a =~ \"create\" or b =~ \"create\""),
    ("type: field_name_mapping\n  mapping: {other: y}", "        knd|fieldref: other\n", "knd =~ y"),
    ("type: field_name_prefix_mapping\n  mapping: {kn: ekn}", NAME, "eknd =~"),
    (
        "type: field_name_prefix\n  prefix: dat_",
        NAME,
        "dat_knd =~ \"create\" | project TimeGenerated, dat_who",
    ),
    ("type: field_name_suffix\n  suffix: _s", NAME, "knd_s =~"),
    (
        "type: field_name_prefix\n  prefix: p_\n  field_name_conditions:\n    - {type: include_fields, fields: [knd]}",
        NAME,
        "p_knd =~ \"create\" | project TimeGenerated, who",
    ),
    (
        "type: field_name_prefix\n  prefix: p_\n  field_name_conditions:\n    - {type: exclude_fields, fields: ['kn.*'], mode: re}",
        NAME,
        "knd =~ \"create\" | project TimeGenerated, p_who",
    ),
    (
        "type: drop_detection_item\n  field_name_conditions:\n    - {type: include_fields, fields: [extra]}",
        "        knd: create\n        extra: 1\n",
        "where knd =~ \"create\" | project",
    ),
    ("type: drop_detection_item", NAME, "leaves nothing of the selection `sel`"),
    (
        "type: add_condition\n  conditions: {index: [a, b]}",
        NAME,
        "index in~ (\"a\", \"b\") and knd =~ \"create\"",
    ),
    (
        "type: add_condition\n  conditions: {'src|startswith': x}\n  negated: true",
        NAME,
        "not(src startswith \"x\")",
    ),
    (
        "type: add_condition\n  template: true\n  conditions: {src: $product-$service}",
        NAME,
        "src =~ \"acme-audit\"",
    ),
    ("type: add_condition\n  conditions: {'src|nonsense': x}", NAME, "the condition cannot be read"),
    ("type: change_logsource\n  product: okta\n  service: okta", NAME, "`knd`"),
    ("type: add_field\n  field: [x, z]", NAME, "project TimeGenerated, who, x, z"),
    ("type: remove_field\n  field: who", NAME, "where knd =~ \"create\""),
    ("type: set_field\n  fields: [only]", NAME, "project TimeGenerated, only"),
    ("type: replace_string\n  regex: '^(cre)ate$'\n  replacement: '\\1ation'", NAME, "knd =~ \"creation\""),
    (
        "type: replace_string\n  regex: '^(?P<a>cre)(ate)$'\n  replacement: '\\2\\g<a>\\g<0>$1'",
        NAME,
        "knd =~ \"atecrecreate$1\"",
    ),
    ("type: replace_string\n  regex: '^create$'\n  replacement: '\\.'", NAME, "a value with a backslash"),
    (
        "type: replace_string\n  regex: 'c'\n  replacement: 'd'",
        "        knd|contains: abc\n",
        "knd contains \"abd\"",
    ),
    (
        "type: replace_string\n  regex: '^\\*'\n  replacement: 'd'",
        "        knd|contains: abc\n",
        "a wildcard that a modifier stands for",
    ),
    (
        "type: replace_string\n  regex: 'a'\n  replacement: 'b'",
        "        knd: 'a\\b'\n",
        "a value with a backslash",
    ),
    ("type: map_string\n  mapping: {create: [made, built]}", NAME, "knd in~ (\"made\", \"built\")"),
    (
        "type: map_string\n  mapping: {create: made}\n  detection_item_conditions:\n    - {type: match_string, cond: any, pattern: 'x'}",
        NAME,
        "knd =~ \"create\"",
    ),
    (
        "type: set_value\n  value: 5\n  detection_item_conditions:\n    - {type: match_value, cond: any, value: create}",
        NAME,
        "5",
    ),
    ("type: set_value\n  value: null", NAME, "isempty"),
    // It is the value itself, whatever the modifiers made of the old one.
    ("type: set_value\n  value: null", "        knd|contains: create\n", "isempty"),
    ("type: set_value\n  value: made", "        knd|startswith: create\n", "knd =~ \"made\""),
    ("type: set_value\n  value: made", "        knd|re: 'c.*'\n", "knd =~ \"made\""),
    ("type: set_value\n  value: made", "        knd|exists: true\n", "knd =~ \"made\""),
    ("type: set_value\n  value: made", "        knd|base64offset|contains: create\n", "knd =~ \"made\""),
    ("type: set_value\n  value: made", "        knd|neq: create\n", "not(knd =~ \"made\")"),
    ("type: value_placeholders", "        knd|expand: '%kinds%'\n", "knd in~ (\"v1\", \"v2\")"),
    ("type: value_placeholders\n  include: [others]", "        knd|expand: '%kinds%'\n", "error"),
    ("type: wildcard_placeholders", "        knd|expand: 'a%kinds%'\n", "knd startswith \"a\""),
    (
        "type: rule_failure\n  message: not here\n  rule_conditions:\n    - {type: logsource, product: acme}",
        NAME,
        "refused by the pipeline: not here",
    ),
    (
        "type: rule_failure\n  message: not here\n  rule_conditions:\n    - {type: logsource, product: acme}\n    - {type: tag, tag: attack.t1}",
        NAME,
        "knd =~ \"create\"",
    ),
    (
        "type: rule_failure\n  message: not here\n  rule_cond_op: or\n  rule_conditions:\n    - {type: contains_field, field: knd}\n    - {type: tag, tag: attack.t1}",
        NAME,
        "not here",
    ),
    (
        "type: rule_failure\n  message: not here\n  rule_cond_not: true\n  rule_conditions:\n    - {type: contains_detection_item, field: knd, value: create}",
        NAME,
        "knd =~ \"create\"",
    ),
    (
        "type: rule_failure\n  message: not here\n  rule_conditions:\n    - {type: rule_attribute, attribute: level, value: high, op: ne}",
        NAME,
        "not here",
    ),
    (
        "type: detection_item_failure\n  message: no wildcards\n  detection_item_conditions:\n    - {type: contains_wildcard, cond: any}",
        "        knd: cre*\n",
        "no wildcards",
    ),
    (
        "type: detection_item_failure\n  message: no null\n  detection_item_conditions:\n    - {type: is_null, cond: any}",
        "        knd: null\n",
        "no null",
    ),
    (
        "type: nest\n  items:\n    - {id: one, type: set_state, key: k, val: v}\n    - {type: field_name_suffix, suffix: _n, rule_conditions: [{type: processing_state, key: k, val: v}, {type: processing_item_applied, processing_item_id: one}, {type: is_sigma_rule}]}",
        NAME,
        "knd_n =~",
    ),
];

#[test]
fn transformations_are_applied() {
    let mut wrong = Vec::new();
    for (item, detection, expected) in CASES {
        let pipeline =
            format!("name: x\npriority: 10\nvars: {{kinds: [v1, v2]}}\ntransformations:\n- {item}\n");
        let found = compiled(&pipeline, detection);
        if !found.contains(expected) {
            wrong.push(format!("{item}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_is_that_of_priorities() {
    let one = "priority: 20\ntransformations:\n- {type: field_name_suffix, suffix: _2}\n";
    let two = "priority: 10\ntransformations:\n- {type: field_name_suffix, suffix: _1}\n";
    let folder = folder(&[("a.yml", one), ("b.yml", two), ("x.yml", &rule(NAME))]);
    let run = Run::new(
        &folder,
        &["compile", "x.yml", "-t", "kql", "--kql-table", "T", "--pipeline", "a.yml", "--pipeline", "b.yml"],
    );
    assert!(run.out.contains("knd_1_2"), "{}{}", run.out, run.err);
}

#[test]
fn correlations_and_filters_go_through_too() {
    let correlation = "title: C\ncorrelation:\n    type: event_count\n    rules: [base]\n    group-by: [who]\n    timespan: 1h\n    condition: {gte: 2}\n    generate: true\n";
    let base = rule(NAME).replace("title:", "name: base\ntitle:");
    let filter = "title: F\nlogsource: {product: acme, service: audit}\nfilter:\n    rules: [base]\n    known: {who: x}\n    condition: not known\n";
    let plain = "transformations:\n- {type: field_name_suffix, suffix: _p}\n";
    let by_log = "transformations:\n- {type: field_name_suffix, suffix: _p, rule_conditions: [{type: logsource, product: acme}]}\n";
    let folder = folder(&[
        ("r/c.yml", correlation),
        ("r/x.yml", &base),
        ("r/f.yml", filter),
        ("p.yml", plain),
        ("q.yml", by_log),
    ]);
    let run = Run::new(&folder, &["compile", "r", "-t", "kql", "--kql-table", "T", "--pipeline", "p.yml"]);
    assert!(
        run.out.contains("who_p") && run.out.contains("knd_p") && !run.out.contains("by who\n"),
        "{}{}",
        run.out,
        run.err
    );
    let run = Run::new(&folder, &["check", "r", "--pipeline", "q.yml"]);
    assert!(run.code == 1 && run.out.contains("S0771"), "{}", run.out);
}

#[test]
fn what_is_not_read_is_refused_with_its_place() {
    for (pipeline, said) in [
        (
            "transformations:\n- {type: hashes_fields, valid_hash_algos: [MD5]}\n",
            "the transformation `hashes_fields` is not read: no log here",
        ),
        (
            "transformations:\n- {type: field_name_maping, mapping: {}}\n",
            "did you mean `field_name_mapping`?",
        ),
        ("transformations:\n- {type: field_name_prefix, prefix: a, prefixx: b}\n", "`prefixx` is not read"),
        ("transformations:\n- {type: field_name_prefix}\n", "`prefix` is missing"),
        (
            "transformations:\n- {type: set_state, key: a, val: b, rule_conditions: [{type: logsorce}]}\n",
            "did you mean `logsource`?",
        ),
        (
            "transformations:\n- {type: set_state, key: a, val: b, rule_conditions: {x: {type: tag, tag: a.b}}, rule_cond_expr: x}\n",
            "`rule_cond_expr` is not read",
        ),
        (
            "transformations:\n- {type: rule_failure, message: a, detection_item_conditions: [{type: processing_item_applied, cond: any}]}\n",
            "is not kept",
        ),
        (
            "transformations:\n- {type: replace_string, regex: '(?=a)', replacement: b}\n",
            "not one that Rust's `regex` reads",
        ),
        (
            "transformations:\n- {type: replace_string, regex: '(a)', replacement: 'b\\2'}\n",
            "`\\2` in a replacement is not read",
        ),
        (
            "transformations:\n- {type: replace_string, regex: '(a)', replacement: 'b\\g<x>'}\n",
            "`\\g<x>` in a replacement is not read",
        ),
        (
            "transformations:\n- {type: replace_string, regex: a, replacement: 'b\\0'}\n",
            "`\\0` in a replacement is not read",
        ),
        (
            "transformations:\n- {type: replace_string, regex: a, replacement: 'b\\n'}\n",
            "`\\n` in a replacement is not read",
        ),
        (
            "transformations: []\npostprocessing:\n- {type: embed, prefix: a}\n",
            "the key `postprocessing` is not read",
        ),
        ("transformation: []\n", "did you mean `transformations`?"),
        ("- a\n", "a pipeline is a map"),
        ("a: 'b\n", "S0001"),
    ] {
        let folder = folder(&[("p.yml", pipeline), ("x.yml", &rule(NAME))]);
        let path = folder.path("p.yml");
        let run = Run::new(&folder, &["check", "x.yml", "--pipeline", &path.to_string_lossy()]);
        assert!(run.err.contains("S0770") || said == "S0001", "{}", run.err);
        assert!(
            run.code == 2 && run.err.contains(said) && run.err.contains("p.yml:"),
            "{pipeline}{}",
            run.err
        );
    }
    // Nothing there is nothing to refuse.
    assert!(compiled("transformations: []\npostprocessing: []\nfinalizers:\n", NAME).contains("create"));
}

/// What pipelines add to a rule is bounded, however it multiplies.
#[test]
fn what_is_added_is_bounded() {
    let ten = |text: &str| [text; 10].join(", ");
    let names = format!("{{type: field_name_mapping, mapping: {{knd: [{}]}}}}", ten("knd"));
    let values = format!("{{type: map_string, mapping: {{create: [{}]}}}}", ten("create"));
    let text = format!("{{type: replace_string, regex: '.', replacement: '{}'}}", "\\g<0>".repeat(10));
    let prefix = format!("{{type: field_name_prefix, prefix: {}}}", "p".repeat(100_000));
    let set = format!("{{type: set_value, value: {}}}", "v".repeat(200_000));
    let fields = format!("{{type: add_field, field: [{}]}}", ten("x"));
    let added = "{type: add_condition, conditions: {src: '$product$product'}, template: true}";
    let filled = format!(
        "{{type: change_logsource, product: {}, service: audit}}\n- {{type: add_condition, conditions: {{src: '{}'}}, template: true}}",
        "a".repeat(24),
        "$product".repeat(100_000)
    );
    let many = "vars: {a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n";
    let placed = "{type: value_placeholders}";
    let list = "        knd: [a, b, c, d, e, f]\n";
    for (head, item, times, detection, is_full) in [
        ("", names.as_str(), 3, NAME, false),
        ("", &names, 30, NAME, true),
        ("", &values, 3, NAME, false),
        ("", &values, 30, NAME, true),
        ("", &text, 3, NAME, false),
        ("", &text, 30, NAME, true),
        ("", &prefix, 6, NAME, true),
        ("", &set, 1, list, true),
        ("", &fields, 2_000, NAME, true),
        ("", added, 1_000, NAME, false),
        ("", &filled, 1, NAME, true),
        (many, placed, 1, "        knd|expand: '%a%%a%%a%'\n", false),
        (many, placed, 1, "        knd|expand: '%a%%a%%a%%a%%a%'\n", true),
    ] {
        let items = format!("- {item}\n").repeat(times);
        let folder =
            folder(&[("p.yml", &format!("{head}transformations:\n{items}")), ("x.yml", &rule(detection))]);
        let run = Run::new(&folder, &["check", "x.yml", "--pipeline", "p.yml", "--format", "concise"]);
        let said =
            run.out.contains("the pipeline adds more than 10000 values and names, or 1048576 bytes of them");
        let short = item.get(..60).unwrap_or(item);
        assert_eq!(said, is_full, "{short} {times}: {}{}", run.out.get(..600).unwrap_or(&run.out), run.err);
        assert!(run.code < 2 && !run.out.contains("is not defined"), "{short}: {}", run.err);
    }
}

#[test]
fn findings_keep_their_places_and_lose_their_fixes() {
    let text = rule("        'knd': create\n")
        .replace("product: acme\n    service: audit", "product: x\n    service: y");
    let pipeline = "transformations:\n- {type: change_logsource, product: okta, service: okta}\n- {type: field_name_mapping, mapping: {knd: eventtype}}\n";
    let folder = folder(&[("p.yml", pipeline), ("x.yml", &text)]);
    let run = Run::new(&folder, &["check", "x.yml", "--pipeline", "p.yml", "--format", "json"]);
    assert!(run.out.contains("\"S0315\"") && run.out.contains("\"line\": 12"), "{}", run.out);
    let diff = Run::new(&folder, &["check", "x.yml", "--pipeline", "p.yml", "--diff", "--unsafe-fixes"]);
    assert!(diff.out.is_empty(), "{}", diff.out);
}

/// Every name of the tables occurs in a case, or is refused.
#[test]
fn each_thing_that_is_read_has_a_case() {
    let text = include_str!("pipeline.rs");
    for (name, verdict) in
        TRANSFORMATIONS.iter().chain(&RULE_CONDITIONS).chain(&ITEM_CONDITIONS).chain(&FIELD_CONDITIONS)
    {
        let known = ["is_sigma_correlation_rule", "set_custom_attribute"].contains(name);
        assert!(
            matches!(verdict, Verdict::Refused(_)) || known || text.contains(&format!("type: {name}")),
            "{name}"
        );
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Processing pipelines\n\n\
         `sigmata check --pipeline FILE` and `sigmata compile --pipeline FILE` apply a processing pipeline of pySigma to the rules first; the flag may be repeated.\n\
         Rules, correlations and filters go through it, also those that are found below the `rules` of the settings.\n\
         Findings keep the places of the rule, speak of what the pipeline makes of it, and have no fixes.\n\n\
         A pipeline is read whole or not at all: what is not read ends the run with exit code 2, its place and the reason.\n\
         What cannot be applied to one rule is an error of that rule (S0771), as is what adds more than the [bounds](limits.md) to it.\n\
         Conditions are linked by `rule_cond_op`, `detection_item_cond_op`, `field_name_cond_op` (`and`, `or`) and negated by `…_cond_not`; named conditions with `…_cond_expr` are refused.\n\n\
         The tables are those of the reader: `SIGMATA_ACCEPT=1 cargo test --test pipeline` writes them here.\n",
    );
    let tables: [(&str, &[(&str, Verdict)]); 5] = [
        ("Keys", &TOP),
        ("Transformations", &TRANSFORMATIONS),
        ("Conditions of rules", &RULE_CONDITIONS),
        ("Conditions of detection items", &ITEM_CONDITIONS),
        ("Conditions of field names", &FIELD_CONDITIONS),
    ];
    for (title, table) in tables {
        let _ = write!(page, "\n## {title}\n\n| name | | |\n|---|---|---|\n");
        for (name, verdict) in table {
            let (word, text) = match verdict {
                Verdict::Read(text) => ("read", text),
                Verdict::Refused(text) => ("refused", text),
            };
            let _ = writeln!(page, "| `{name}` | {word} | {text} |");
        }
    }
    page
}

#[test]
fn the_page_of_pipelines_is_made_of_the_tables() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pipelines.md");
    let made = page();
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &made).expect("writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "docs/pipelines.md is not what SIGMATA_ACCEPT=1 writes");
}
