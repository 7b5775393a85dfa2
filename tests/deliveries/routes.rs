//! Queries over several deliveries of one log: ways for the same events, and tables of which one holds a part.

use sigmata::backend::{self, Compiled, Options};
use sigmata::check::check;
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

const SCHEMA: &str = r#"
sigmata-schema: 2
name: acme/routes
title: Acme
logsources: [{product: acme, service: routes}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields:
  kind: {type: string, always: true, never_empty: true}
  who: {type: string, never_empty: true}
  from: {type: string, never_empty: true}
  near: {type: string, never_empty: true}
  parts: {type: array, items: {type: object, fields: {name: {type: string, never_empty: true}}}}
deliveries:
  - {platform: splunk, tables: ["acme:hub"], name: hub, default: true, connector: Hub, form: raw, columns: {near: {note: not there}}}
  - {platform: splunk, tables: ["acme:rest"], name: rest, default: true, connector: Rest, form: raw, discriminator: {source: ["http:acme"]}, columns: {who: {column: user.name, trust: docs}, from: {note: not there}}}
  - {platform: splunk, tables: ["acme:old"], name: old, form: raw}
  - {platform: sentinel, tables: [Some], name: some, form: columns, only: {kind: [user, key]}, columns: {kind: {column: Kind, trust: derived}, who: {column: Who, trust: derived}}}
  - {platform: sentinel, tables: [Every], name: every, form: columns, columns: {kind: {column: Sort, trust: derived}, who: {column: By, trust: derived}, from: {column: From}}}
"#;

/// A schema of a site, whose delivery comes first.
const OWN: &str = r#"
sigmata-schema: 2
name: github/audit
extends: github/audit
deliveries:
  - {platform: splunk, tables: ["own:github"], form: raw}
"#;

fn compiled(schema: &str, log: &str, target: &str, detection: &str, options: &Options) -> Compiled {
    let (registry, findings) = Registry::with_schemas([("schema.yaml", schema)]);
    assert!(findings.is_empty(), "{findings:?}");
    let text = format!("logsource: {{{log}}}\nsigma-version: 3\ndetection:\n{detection}\n");
    let reading = rule::read(&SourceFile::new("rule.yml", text));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, _) = check(&rule, &registry);
    backend::find(target).expect("a target").compile(&rule, &typed, options)
}

fn query(target: &str, detection: &str, options: &Options) -> String {
    let found = compiled(SCHEMA, "product: acme, service: routes", target, detection, options);
    let query = found.query.expect("a query");
    let told = |line: &&str| !line.starts_with("// ") && !line.starts_with("```");
    let mut text = query.lines().filter(told).map(str::trim).collect::<Vec<_>>().join(" ");
    for note in found.notes {
        text += &format!(" // {} {}: {}", note.direction.name(), note.code.name, note.message);
    }
    text
}

#[test]
fn every_way_to_splunk_is_searched_by_its_own_fields() {
    for (detection, expected) in [
        (
            "  a: {who: x1, kind: key}\n  condition: a",
            "((sourcetype=\"acme:hub\" who=\"x1\") OR (sourcetype=\"acme:rest\" source=\"http:acme\" user.name=\"x1\")) \
             kind=\"key\"",
        ),
        // One lacks the field: the other is searched, and the query says so.
        (
            "  a: {who: x1, from: y1}\n  condition: a",
            "sourcetype=\"acme:hub\" who=\"x1\" from=\"y1\" // narrower delivery-holds-part: `acme:rest` is left out: \
             `acme:rest` does not contain `from`",
        ),
        (
            "  a: {who: x1, near: y1}\n  condition: a\nfields: [who, kind]",
            "sourcetype=\"acme:rest\" source=\"http:acme\" user.name=\"x1\" near=\"y1\" | table _time user.name kind \
             // narrower delivery-holds-part: `acme:hub` is left out: `acme:hub` does not contain `near`",
        ),
        (
            "  a: {who|cased: x1}\n  condition: a\nfields: [who]",
            "| multisearch [ search sourcetype=\"acme:hub\" | where coalesce('who', \"\")=\"x1\" ] \
             [ search sourcetype=\"acme:rest\" source=\"http:acme\" | where coalesce('user.name', \"\")=\"x1\" ] \
             | table _time who user.name",
        ),
    ] {
        assert_eq!(query("spl", detection, &Options::default()), expected, "{detection}");
    }
}

#[test]
fn who_chooses_a_way_has_that_one() {
    let detection = "  a: {who: x1}\n  condition: a";
    for (option, value, expected) in [
        ("spl.delivery", "rest", "sourcetype=\"acme:rest\" source=\"http:acme\" user.name=\"x1\""),
        ("spl.delivery", "old", "sourcetype=\"acme:old\" who=\"x1\""),
        ("spl.sourcetype", "mine", "sourcetype=\"mine\" who=\"x1\""),
        ("spl.macro", "acme", "`acme` (who=\"x1\" OR (source=\"http:acme\" user.name=\"x1\"))"),
    ] {
        let mut options = Options::default();
        options.set_for_log(option, vec![value.to_owned()]).expect("it fits");
        assert_eq!(query("spl", detection, &options), expected, "{option} {value}");
    }
    let log = "product: github, service: audit";
    let found = compiled(OWN, log, "spl", "  a: {action: x1}\n  condition: a", &Options::default());
    let found = found.query.expect("a query");
    assert!(found.contains("sourcetype=\"own:github\" action=\"x1\"") && !found.contains("OR"), "{found}");
}

/// A table that holds a part of the log is read beside one that holds all, so that a workspace with either is searched,
/// and where the first lacks a field the second is enough.
#[test]
fn a_table_with_a_part_is_read_beside_one_with_all() {
    let unsaid = |of: &str| {
        format!(
            " // either column-inferred: may miss or also find events: no published source says which fields {of} hold"
        )
    };
    for (detection, expected) in [
        (
            "  a: {who: x, kind: user}\n  condition: a",
            format!("Some | where Who =~ \"x\" and Kind =~ \"user\"{}", unsaid("`Who`, `Kind` of `Some`")),
        ),
        (
            "  a: {who: x, kind: app}\n  condition: a",
            format!("Every | where By =~ \"x\" and Sort =~ \"app\"{}", unsaid("`By`, `Sort` of `Every`")),
        ),
        (
            "  a: {who: x}\n  condition: a",
            format!(
                "union isfuzzy=true ( Some | where Who =~ \"x\" ), ( Every | where By =~ \"x\" ){}",
                unsaid("`Who` of `Some` and `By` of `Every`")
            ),
        ),
        ("  a: {from: x}\n  condition: a", "Every | where From =~ \"x\"".to_owned()),
    ] {
        assert_eq!(query("kql", detection, &Options::default()), expected, "{detection}");
    }
}
