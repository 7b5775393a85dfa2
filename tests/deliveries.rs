//! Which delivery a query reads, and what a rule means in a delivery with rows of an array's elements.

#[path = "support/again.rs"]
mod again;
#[path = "deliveries/each.rs"]
mod each;
#[path = "support/lists.rs"]
mod lists;
#[path = "deliveries/routes.rs"]
mod routes;

use sigmata::backend::{self, Compiled, Options};
use sigmata::check::check;
use sigmata::diagnostic::Severity;
use sigmata::rule::{self, Document};
use sigmata::schema::{Platform, Registry};
use sigmata::source::SourceFile;

const PACK: &str = r#"
sigmata-schema: 2
name: acme/audit
title: Acme
logsources: [{product: acme, service: audit}]
sources: [{source: own, license: none, date: "2026-01-01"}]
enums:
  kind: {noun: kind, complete: true, values: [user, key, app, robot]}
fields:
  kind: {type: enum, enum: kind, always: true, never_empty: true}
  who: {type: string, never_empty: true}
  from: {type: string, never_empty: true}
deliveries:
  - {platform: sentinel, tables: [Users], form: columns, only: {kind: [user]}, columns: {kind: {column: Kind}, who: {column: Who}}}
  - {platform: sentinel, tables: [Keys], form: columns, only: {kind: [key, app]}, columns: {who: {column: Who}}}
  - {platform: xdr, tables: [Hunt], form: columns, columns: {kind: {column: Kind}, who: {column: Who}}, discriminator: {Raw.app.id: [8], Live: [true]}}
  - {platform: splunk, tables: ["acme:raw"], form: raw, discriminator: {kind: [user, key]}}
  - {platform: xdr, tables: [Wide], form: columns, columns: {kind: {column: Kind}, from: {column: From}}}
"#;

const ROWS: &str = r#"
sigmata-schema: 2
name: acme/rows
title: Acme
logsources: [{product: acme, service: rows}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields:
  who: {type: string, never_empty: true}
  events:
    type: array
    items:
      type: object
      fields:
        name: {type: string, never_empty: true, never_null: true}
        kind: {type: string, never_empty: true, never_null: true}
        parameters:
          type: array
          keyed: {key: name, values: [value], known: {ROLE: The role, MAIL: The address}}
          items: {type: object, fields: {name: {type: string}, value: {type: string, never_empty: true}}}
deliveries:
  - platform: sentinel
    tables: [Rows]
    form: columns
    row_per: events
    columns:
      who: {column: Who}
      events.name: {column: EventName}
      events.kind: {column: EventKind}
      events.parameters: {column: Parameters, type: dynamic}
      events.parameters.ROLE: {column: Role}
  - platform: splunk
    tables: ["acme:rows"]
    form: raw
    row_per: events
    columns: {events.name: {column: event.name}, events.kind: {column: event.kind}, events.parameters: {column: event.parameters, type: dynamic}}
  - platform: cloudwatch
    tables: [a log group with one record for each element]
    form: raw
    row_per: events
    columns: {events.name: {column: event.name}, events.kind: {column: event.kind}, events.parameters: {column: event.parameters, type: dynamic}}
"#;

const DARK: &str = r#"
sigmata-schema: 2
name: acme/dark
title: Acme
logsources: [{product: acme, service: dark}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields:
  who: {type: string, never_empty: true}
  parts:
    type: array
    keyed: {key: name, values: [value], known: {ROLE: The role}}
    items: {type: object, fields: {name: {type: string}, value: {type: string, never_empty: true}}}
deliveries:
  - {platform: sentinel, tables: [Dark], form: columns, columns: {who: {column: Who}, parts: {column: Hidden, type: dynamic, opaque: true}}}
"#;

/// Two providers of one kind of thing, each with a table of its own.
const APART: &str = r#"
sigmata-schema: 2
name: acme/apart
title: Acme
logsources: [{product: acme, service: apart}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields: {who: {type: string, never_empty: true}, what: {type: string, never_empty: true}}
deliveries:
  - {platform: sentinel, tables: [One], name: one, form: columns, without: {what: [map, list]}, columns: {who: {column: Who}, what: {column: What}}}
  - {platform: sentinel, tables: [Two], name: two, form: columns, columns: {who: {column: Who}, what: {column: What}}}
"#;

#[test]
fn a_delivery_is_not_read_for_what_it_never_holds() {
    let query = |detection: &str| compile("apart", "kql", detection);
    for (detection, table) in [
        ("  a: {what: map}\n  condition: a", "Two"),
        ("  a: {what: [map, list], who: x}\n  condition: a", "Two"),
        ("  a: {what: [map, other]}\n  condition: a", "One"),
        ("  a: {what|startswith: m}\n  condition: a", "One"),
        ("  a: {who: x}\n  b: {what: map}\n  condition: a and not b", "One"),
        ("  a: {who: x}\n  condition: a", "One"),
    ] {
        let found = query(detection);
        assert!(found.starts_with(table) && !found.contains("//"), "{detection}: {found}");
    }
    let mut options = Options::default();
    options.set_for_log("kql.delivery", vec!["one".to_owned()]).expect("a delivery");
    let refused = compiled("apart", "kql", "  a: {what: map}\n  condition: a", &options);
    let said = refused.diagnostics.first().and_then(|finding| finding.help.clone());
    assert_eq!(said.as_deref(), Some("`One` holds events with no `what` in `map`, `list`"));
}

const NONE: &str = r#"
sigmata-schema: 2
name: acme/none
title: Acme
logsources: [{product: acme, service: none}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields: {who: {type: string, never_empty: true}}
"#;

/// A table whose column holds the member that the kind of the record names.
const TOLD: &str = r#"
sigmata-schema: 2
name: acme/told
title: Acme
logsources: [{product: acme, service: told}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields:
  type: {type: string, always: true, never_empty: true}
  added: {type: object, fields: {id: {type: string, never_empty: true}, list: {type: array, items: {type: string}}}}
  removed: {type: object, fields: {id: {type: string, never_empty: true}}}
deliveries:
  - platform: sentinel
    tables: [T]
    form: columns
    columns:
      type: {column: Kind}
      added: {column: Details, type: dynamic, when: {type: [added]}}
      removed: {column: Details, type: dynamic, when: {type: [removed, gone]}}
"#;

/// A rule with these detections, compiled.
fn compiled(service: &str, target: &str, detection: &str, options: &Options) -> Compiled {
    let schemas = [
        ("acme.yaml", PACK),
        ("rows.yaml", ROWS),
        ("dark.yaml", DARK),
        ("doubt.yaml", DOUBT),
        ("spread.yaml", SPREAD),
        ("none.yaml", NONE),
        ("apart.yaml", APART),
        ("many.yaml", MANY),
        ("told.yaml", TOLD),
    ];
    let (registry, findings) = Registry::with_schemas(schemas);
    assert!(findings.is_empty(), "{findings:?}");
    let rule = format!(
        "sigma-version: '3'\nlogsource: {{product: acme, service: {service}}}\ndetection:\n{detection}\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", rule));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, _) = check(&rule, &registry);
    backend::find(target).expect("a target").compile(&rule, &typed, options)
}

/// The query of a rule with these detections, and how it departs from the rule.
fn compile(service: &str, target: &str, detection: &str) -> String {
    let compiled = compiled(service, target, detection, &Options::default());
    let lines: String = compiled.query.into_iter().collect();
    let told = |line: &&str| !line.starts_with("// ") && !line.starts_with("# ") && !line.starts_with("```");
    let mut text = lines.trim().lines().filter(told).collect::<Vec<_>>().join(" ");
    for note in compiled.notes {
        text += &format!(" // {} {}: {}", note.direction.name(), note.code.name, note.message);
    }
    for finding in compiled.diagnostics {
        text +=
            &format!("!{}: {} ({})", finding.code.name, finding.message, finding.help.unwrap_or_default());
    }
    text
}

#[track_caller]
fn check_all(cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (target, detection, expected) in cases {
        let found = compile("audit", target, detection);
        if found != *expected {
            wrong.push(format!("{target} {detection}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_delivery_that_holds_what_the_rule_asks_for_is_read() {
    let part = |delivery: &str, of: &str| {
        format!(" // narrower delivery-holds-part: `{delivery}` holds only events with {of}")
    };
    let (users, keys) = (part("Users", "`kind` `user`"), part("Keys", "`kind` in `key`, `app`"));
    let none = "!no-delivery-holds: no delivery of this log to sentinel holds what the rule asks for (`Users` holds events with \
        `kind` `user`; `Keys` holds events with `kind` in `key`, `app`)";
    check_all(&[
        (
            "kql",
            "  a: {kind: user, who: x}\n  condition: a",
            "Users | where Kind == \"user\"     and Who =~ \"x\"",
        ),
        ("kql", "  a: {kind: [key, app], who: x}\n  condition: a", "Keys | where Who =~ \"x\""),
        (
            "kql",
            "  a: {who: x}\n  b: {kind: [user, robot]}\n  condition: a and not b",
            "Keys | where Who =~ \"x\"",
        ),
        (
            "kql",
            "  a: {kind|startswith: us, who: x}\n  condition: a",
            "Users | where Kind startswith \"us\"     and Who =~ \"x\"",
        ),
        (
            "kql",
            "  a: {who: x}\n  b: {kind: user}\n  condition: a and not b",
            &format!("Keys | where Who =~ \"x\"{keys}"),
        ),
        ("kql", "  a: {who: x}\n  condition: a", &format!("Users | where Who =~ \"x\"{users}")),
        (
            "kql",
            "  a: {kind: [user, key], who: x}\n  condition: a",
            &format!("Users | where Kind in (\"user\", \"key\")     and Who =~ \"x\"{users}"),
        ),
        ("kql", "  a: {kind: robot}\n  condition: a", none),
        (
            "kql",
            "  a: {kind: key, who: x}\n  condition: a",
            "Keys | where Who =~ \"x\" // wider not-told-apart: `Keys` does not tell the values of `kind` apart",
        ),
        (
            "kql:xdr",
            "  a: {kind: robot}\n  condition: a",
            "Hunt | where Live == true     and Kind == \"robot\"     and tolong(Raw.app.id) == 8",
        ),
        (
            "spl",
            "  a: {who: x}\n  condition: a",
            "sourcetype=\"acme:raw\" kind IN (\"user\", \"key\") who=\"x\" // narrower delivery-holds-part: `acme:raw` \
             holds only events with `kind` in `user`, `key`",
        ),
        (
            "spl",
            "  a: {kind: key, who: x}\n  condition: a",
            "sourcetype=\"acme:raw\" kind IN (\"user\", \"key\") kind=\"key\" who=\"x\"",
        ),
        (
            "spl",
            "  a: {kind: robot}\n  condition: a",
            "!no-delivery-holds: no delivery of this log to splunk holds what the rule asks for (`acme:raw` holds events \
             with `kind` in `user`, `key`)",
        ),
        ("kql:xdr", "  a: {from: x}\n  condition: a", "Wide | where From =~ \"x\""),
        // The field that a value is compared with is asked for too.
        (
            "kql:xdr",
            "  a: {kind|fieldref: from}\n  condition: a",
            "Wide | where isnotempty(From)     and Kind =~ From",
        ),
        (
            "kql:xdr",
            "  a: {kind: robot}\n  b: {from: x}\n  condition: a and not b",
            "Wide | where Kind == \"robot\"     and not(From =~ \"x\")",
        ),
        (
            "kql:xdr",
            "  a: {from: x, who: x}\n  condition: a",
            "!field-not-carried: `Hunt` does not contain `from` (test a field that it contains, or compile for another target)",
        ),
    ]);
}

const MANY: &str = r#"
sigmata-schema: 2
name: acme/many
title: Acme
logsources: [{product: acme, service: many}]
sources: [{source: own, license: none, date: "2026-01-01"}]
fields: {who: {type: string, never_empty: true}, extra: {type: string, never_empty: true}}
deliveries:
  - {platform: sentinel, name: api, tables: [A1, A2], connector: Acme API, form: columns, columns: {who: {column: Who}, extra: {note: dropped}}}
  - {platform: sentinel, name: storage, like: api, tables: [S1], columns: {extra: {column: Extra}}}
  - {platform: splunk, name: add-on, tables: [acme:raw], connector: Acme Add-on, form: raw}
  - {platform: splunk, name: stream, tables: [acme:stream], form: raw, columns: {who: {column: vendor_who}}}
"#;

/// In Defender a detection shows what the portal asks for, has no comment where that is forbidden, and reads Sentinel's
/// table, with its time, where there is no other.
#[test]
fn queries_of_defender_are_those_of_its_detections() {
    for (log, detection, expected) in [
        (
            "{product: m365, service: audit}",
            "  a: {Operation: New-InboxRule}\n  condition: a\nfields: [UserId]",
            "CloudAppEvents\n",
        ),
        (
            "{product: okta, service: okta}",
            "  a: {eventType: user.session.start}\n  condition: a\nfields: [actor.id]",
            "// OktaV2_CL by ",
        ),
    ] {
        let text = format!("logsource: {log}\ndetection:\n{detection}\n");
        let reading = rule::read(&SourceFile::new("rule.yml", text));
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
        let (typed, _) = check(&rule, &Registry::shipped());
        let compiled = backend::find("kql:xdr").expect("it").compile(&rule, &typed, &Options::default());
        let query = compiled.query.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        assert!(query.starts_with(expected), "{query}");
        let (time, asked) = if log.contains("m365") {
            ("project Timestamp,", query.contains("ReportId") && query.contains("AccountObjectId"))
        } else {
            ("project TimeGenerated,", !query.contains("ReportId"))
        };
        assert!(query.contains(time) && asked, "{query}");
    }
}

#[test]
fn a_field_of_a_shared_column_is_joined_with_what_tells_it_from_the_others() {
    let added = "tostring(Details.id) =~ \"x\"";
    let guarded = format!("Kind == \"added\" and {added}");
    for (detection, expected) in [
        ("a: {added.id: x}\n  condition: a", guarded.clone()),
        ("a: {removed.id: x}\n  condition: a", format!("Kind in (\"removed\", \"gone\") and {added}")),
        // What the rule asks for already is not asked for again.
        ("a: {type|cased: added, added.id: x}\n  condition: a", guarded.clone()),
        ("a: {type: added, added.id: x}\n  condition: a", format!("Kind =~ \"added\" and {added}")),
        (
            "a: {type: [gone, removed], removed.id: x}\n  condition: a",
            format!("Kind in~ (\"gone\", \"removed\") and {added}"),
        ),
        (
            "a: {type: added, added.id: x}\n  b: {type: other}\n  condition: a or b",
            format!("(Kind =~ \"added\" and {added}) or Kind =~ \"other\""),
        ),
        // What is asked for elsewhere, or says less, is.
        (
            "a: {type: [added, removed], added.id: x}\n  condition: a",
            format!("Kind == \"added\" and Kind in~ (\"added\", \"removed\") and {added}"),
        ),
        (
            "a: {type|startswith: add, added.id: x}\n  condition: a",
            format!("Kind == \"added\" and Kind startswith \"add\" and {added}"),
        ),
        (
            "a: {type: added}\n  b: {added.id: x}\n  condition: a or b",
            format!("Kind =~ \"added\" or ({guarded})"),
        ),
        ("a: {added.id: x}\n  condition: not a", format!("not({guarded})")),
        (
            "a: {added.id: null}\n  condition: a",
            "not(Kind == \"added\") or isempty(tostring(Details.id))".to_owned(),
        ),
        (
            "a: {type: added, added.id: null}\n  condition: a",
            "Kind =~ \"added\" and isempty(tostring(Details.id))".to_owned(),
        ),
    ] {
        let query = compile("told", "kql", &format!("  {detection}"));
        let flat = query.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat, format!("T | where {expected}"), "{detection}");
    }
    let listed = compile("told", "kql", "  a: {added.list: x}\n  condition: a");
    assert!(listed.contains("where Kind == \"added\"") && listed.contains("mv-apply"), "{listed}");
}

#[test]
fn rows_are_dropped_before_arrays_are_opened() {
    let compile = |log: &str, detection: &str| {
        let text = format!("logsource: {log}\ndetection:\n{detection}\n");
        let reading = rule::read(&SourceFile::new("rule.yml", text));
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
        let (typed, _) = check(&rule, &Registry::shipped());
        let compiled = backend::find("kql").expect("it").compile(&rule, &typed, &Options::default());
        let query = compiled.query.unwrap_or_else(|| panic!("{detection}: {:?}", compiled.diagnostics));
        query.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let entra = "{product: azure, service: auditlogs}";
    let name = "properties.targetResources.userPrincipalName";
    // What is in front of the operator that opens the array; nothing where no text must be there as it is written.
    for (test, condition, ahead) in [
        ("alice@example.com", "a", Some("TargetResources has \"alice@example.com\"")),
        (
            "[alice@example.com, bob@example.com]",
            "a",
            Some("TargetResources has \"alice@example.com\" or TargetResources has \"bob@example.com\""),
        ),
        ("\"'\\\"Global Reader\\\"'\"", "a", None),
        ("'\"Global Reader\"'", "a", Some("TargetResources has \"Global Reader\"")),
        ("'@example.com'", "a", Some("TargetResources has \"example.com\"")),
        ("[alice@a.example, bob@b.example, carol@c.example]", "a", None),
        ("alice@example.com", "not a", None),
        ("bob", "a", None),
        ("a/example.com", "a", None),
        ("'back\\slash.example'", "a", None),
        ("'R&D.example'", "a", None),
        ("müller.example", "a", None),
    ] {
        let detection = format!("  a: {{{name}: {test}}}\n  condition: {condition}");
        let query = compile(entra, &detection);
        let (before, _) = query.split_once("mv-apply").expect("an array is opened");
        let found = before.rsplit_once("| where ").map(|(_, test)| test);
        let found =
            found.and_then(|test| test.split("//").next()).map(|test| test.trim_end_matches(['|', ' ']));
        assert_eq!(found, ahead, "{test} {condition}\n{query}");
    }
    for modifier in ["contains", "startswith", "re"] {
        let query = compile(entra, &format!("  a: {{{name}|{modifier}: alice@example}}\n  condition: a"));
        assert!(!query.contains(" has "), "{query}");
    }
    // Alternatives: what all ask for, then what each asks for beside the elements.
    let query = compile(
        entra,
        &format!(
            "  a: {{properties.result: success, properties.activityDisplayName: Add user, {name}: x@example.com}}\n  \
             b: {{properties.result: success, properties.activityDisplayName: Delete user, {name}: y@example.com}}\n  condition: a or b"
        ),
    );
    let (before, after) = query.split_once("mv-apply").expect("an array is opened");
    assert!(before.contains("Result == \"success\""), "{query}");
    assert!(before.contains("ActivityDisplayName in (\"Add user\", \"Delete user\")"), "{query}");
    assert!(
        !after.contains("success") && after.contains("ActivityDisplayName == \"Add user\" and _m"),
        "{query}"
    );
    // An alternative that asks for nothing beside the elements keeps every row.
    let query = compile(
        entra,
        &format!(
            "  a: {{properties.activityDisplayName: Add user, {name}: x@example.com}}\n  b: {{{name}: y@example.com}}\n  condition: (a or b) and not c\n  c: {{properties.targetResources.id: z}}"
        ),
    );
    let (before, _) = query.split_once("mv-apply").expect("an array is opened");
    assert!(!before.contains("| where"), "{query}");
}

#[test]
fn a_claim_is_shown_under_the_last_part_of_its_name() {
    let upn = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
    let text = format!(
        "logsource: {{product: azure, service: activitylogs}}\ndetection:\n  a: {{identity.claims.name: x}}\n  \
         condition: a\nfields: [{upn}, identity.claims.upn]\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", text));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, _) = check(&rule, &Registry::shipped());
    let compiled = backend::find("kql").expect("it").compile(&rule, &typed, &Options::default());
    let query = compiled.query.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    assert!(query.contains("    identity_claims_upn = tostring(Claims_d[\"http://"), "{query}");
    // What would have the same name gets another.
    assert!(query.contains("identity_claims_upn_2 = tostring(Claims_d.upn)"), "{query}");
}

#[test]
fn a_table_of_another_plan_is_read_alone() {
    let kept = |detection: &str, log: &str, plan: &[&str]| {
        let text = format!("logsource: {log}\ndetection:\n{detection}\n");
        let reading = rule::read(&SourceFile::new("rule.yml", text));
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
        let (typed, _) = check(&rule, &Registry::shipped());
        let mut options = Options::default();
        for plan in plan {
            options.set_for_log("kql.plan", vec![(*plan).to_owned()]).expect("a plan");
        }
        backend::find("kql").expect("it").compile(&rule, &typed, &options)
    };
    let (office, sign_in) = ("{product: m365, service: audit}", "{product: azure, service: signinlogs}");
    let any = "  a: {ClientIP: 192.0.2.1}\n  condition: a";
    let failed = "  a: {properties.status.errorCode: 50126}\n  condition: a";
    for (detection, log) in [(any, office), (failed, sign_in)] {
        for (plan, joined) in
            [(&[][..], true), (&["analytics"], true), (&["basic"], false), (&["auxiliary"], false)]
        {
            let compiled = kept(detection, log, plan);
            let query = compiled.query.unwrap_or_else(|| panic!("{log}: {:?}", compiled.diagnostics));
            assert_eq!(query.contains("union"), joined, "{log} {plan:?}\n{query}");
            let told = compiled.diagnostics.iter().any(|finding| finding.code.id == "S1005");
            assert_eq!(told, !joined, "{log} {plan:?}: {:?}", compiled.diagnostics);
            let alone = compiled.reads.iter().all(|read| read.plan.is_single());
            assert_eq!(alone, !joined, "{:?}", compiled.reads);
        }
    }
    // What the one table lacks is noted.
    let compiled = kept(failed, sign_in, &["basic"]);
    let notes: Vec<_> = compiled.notes.iter().map(|note| (note.code.id, note.direction)).collect();
    assert!(notes.contains(&("S0820", backend::Direction::Narrower)), "{notes:?}");
    assert!(Options::default().set_for_log("kql.plan", vec!["cold".to_owned()]).is_err());
}

#[test]
fn the_user_chooses_and_the_query_says_what_was_chosen() {
    let who = "  a: {who: x}\n  condition: a";
    let extra = "  a: {extra: x}\n  condition: a";
    let set = "otherwise set logs.\"acme/many\"";
    for (target, detection, options, expected) in [
        ("kql", who, &[][..], format!("// A1 by Acme API; {set}.kql (A2, storage)|A1|| where Who =~ \"x\"")),
        // The first that has the field.
        ("kql", extra, &[], format!("// S1; {set}.kql (api)|S1|| where Extra =~ \"x\"")),
        (
            "kql",
            who,
            &[("kql.delivery", "storage")],
            format!("// S1; {set}.kql (api)|S1|| where Who =~ \"x\""),
        ),
        ("kql", who, &[("kql.table", "S1")], format!("// S1; {set}.kql (api)|S1|| where Who =~ \"x\"")),
        (
            "kql",
            who,
            &[("kql.table", "A2")],
            format!("// A2 by Acme API; {set}.kql (A1, storage)|A2|| where Who =~ \"x\""),
        ),
        (
            "kql",
            who,
            &[("kql.table", "Own_CL"), ("kql.delivery", "storage")],
            format!("// Own_CL; {set}.kql (S1, api)|Own_CL|| where Who =~ \"x\""),
        ),
        (
            "kql",
            extra,
            &[("kql.table", "Own_CL")],
            "field-not-carried: `A1` does not contain `extra`".to_owned(),
        ),
        (
            "kql",
            who,
            &[("kql.delivery", "stroage")],
            "unknown-delivery: unknown delivery `stroage`; the deliveries are `api`, `storage`".to_owned(),
        ),
        (
            "spl",
            who,
            &[],
            format!("``` acme:raw by Acme Add-on; {set}.spl (stream) ```|sourcetype=\"acme:raw\" who=\"x\""),
        ),
        (
            "spl",
            who,
            &[("spl.delivery", "stream"), ("spl.index", "main")],
            format!(
                "``` acme:stream; {set}.spl (add-on) ```|index=\"main\" sourcetype=\"acme:stream\" vendor_who=\"x\""
            ),
        ),
        (
            "spl",
            who,
            &[("spl.macro", "acme_raw")],
            format!(
                "``` macro acme_raw by Acme Add-on; {set}.spl (acme:raw, stream) ```|`acme_raw` who=\"x\""
            ),
        ),
    ] {
        let mut chosen = Options::default();
        for (name, value) in options {
            chosen.set_for_log(name, vec![(*value).to_owned()]).expect("it fits");
        }
        let compiled = compiled("many", target, detection, &chosen);
        let found = compiled.query.map_or_else(
            || {
                compiled
                    .diagnostics
                    .iter()
                    .map(|found| format!("{}: {}", found.code.name, found.message))
                    .collect()
            },
            |query| query.trim().replace('\n', "|"),
        );
        assert_eq!(found, expected, "{target} {options:?}");
    }
}

/// A schema over another names tables alone.
#[test]
fn a_schema_over_a_shipped_one_gives_another_name() {
    let own = "sigmata-schema: 2\nname: okta/okta\nextends: okta/okta\ndeliveries:\n  - {platform: sentinel, tables: [Own_CL]}\n  - {platform: splunk, tables: ['own:okta']}\n";
    let (registry, findings) = Registry::with_schemas([("okta.yaml", own)]);
    assert!(findings.iter().all(|(_, finding)| finding.message.contains("in place of")), "{findings:?}");
    let schema = registry.get("okta/okta").expect("the schema");
    for (platform, table, columns) in [(Platform::Sentinel, "Own_CL", 40), (Platform::Splunk, "own:okta", 0)]
    {
        let delivery = schema.delivery(platform).expect("a delivery");
        assert_eq!(delivery.name, table);
        assert!(delivery.columns.len() >= columns, "{table} has the columns of the shipped delivery");
    }
}

/// What such a delivery says itself holds, and it is the site's own: of several usual ways it alone is read.
#[test]
fn a_delivery_of_a_site_holds_in_all_that_it_says() {
    let schema = "sigmata-schema: 2\nname: github/audit\nextends: github/audit\ndeliveries:\n";
    let rule = "sigma-version: '3'\nlogsource: {product: github, service: audit}\ndetection:\n  a: {action: org.add_member, user: x}\n  condition: a\n";
    let set = "otherwise set logs.\"github/audit\"";
    for (target, delivery, expected) in [
        (
            "kql",
            "{platform: sentinel, tables: [Own_CL], connector: A function, plan: basic, columns: {user: {column: Login}}}",
            format!(
                "// Own_CL by A function; {set}.kql (github-storage)|// plan basic: run by hand, no analytics rule runs over it|Own_CL|| where Action == \"org.add_member\"|    and Login =~ \"x\""
            ),
        ),
        // In place of the shipped one, whose table it has.
        (
            "kql",
            "{platform: sentinel, tables: [GitHubAuditLogsV2_CL], discriminator: {Site: [x]}}",
            format!(
                "// GitHubAuditLogsV2_CL by GitHub Enterprise Audit Log (CCF, REST API); {set}.kql (github-storage)|GitHubAuditLogsV2_CL|| where Site == \"x\"|    and Action == \"org.add_member\"|    and User =~ \"x\""
            ),
        ),
        (
            "spl",
            "{platform: splunk, tables: ['own:github']}",
            format!(
                "``` own:github, github:cloud:audit by Splunk Add-on for GitHub; {set}.spl (http-event-collector) ```|sourcetype IN (\"own:github\", \"github:cloud:audit\") vendor_action=\"org.add_member\" user=\"x\""
            ),
        ),
        // One that says so is read beside the others, and named once.
        (
            "spl",
            "{platform: splunk, tables: ['own:github'], default: true}",
            format!(
                "``` own:github, github:cloud:audit by Splunk Add-on for GitHub ```|``` httpevent by HTTP Event Collector (audit log stream); {set}.spl (github, http-event-collector) ```|((sourcetype IN (\"own:github\", \"github:cloud:audit\") vendor_action=\"org.add_member\")|        OR (sourcetype=\"httpevent\" source=\"http:github\" action=\"org.add_member\"))|    user=\"x\""
            ),
        ),
        (
            "cwli",
            "{platform: cloudwatch, tables: [a group that Firehose fills], connector: Firehose}",
            format!(
                "# log group: a group that Firehose fills by Firehose; {set}.cwli|fields @timestamp, created_at, actor, user, action, permission, actor_ip, user_agent, org, repo, business|| filter action = \"org.add_member\"|| filter tolower(user) = \"x\"|| limit 10000"
            ),
        ),
    ] {
        let own = format!("{schema}  - {delivery}\n");
        let (registry, findings) = Registry::with_schemas([("own.yaml", own.as_str())]);
        assert!(findings.is_empty(), "{findings:?}");
        let reading = rule::read(&SourceFile::new("rule.yml", rule));
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
        let (typed, _) = check(&rule, &registry);
        let compiled = backend::find(target).expect("a target").compile(&rule, &typed, &Options::default());
        let query = compiled.query.unwrap_or_else(|| panic!("{delivery}: {:?}", compiled.diagnostics));
        assert_eq!(query.trim().replace('\n', "|"), expected, "{delivery}");
    }
    let own = format!("{schema}  - {{platform: sentinel, tables: [A], like: nope}}\n");
    let (_, findings) = Registry::with_schemas([("own.yaml", own.as_str())]);
    assert_eq!(findings[0].1.message, "no delivery `nope` to sentinel");
}

#[test]
fn inside_a_column_of_an_unpublished_form_texts_are_looked_for() {
    let noted = " // wider opaque-column: the form of `Hidden` is not published: values are looked for anywhere in it";
    let denied = noted.replace("wider", "narrower");
    for (detection, expected) in [
        (
            "  a: {parts.ROLE|contains: admin}\n  condition: a",
            format!(
                "Dark | where tostring(Hidden) contains_cs \"ROLE\"     and tostring(Hidden) contains \"admin\"{noted}"
            ),
        ),
        (
            "  a: {parts.ROLE: 'x\"y*abc'}\n  condition: a",
            format!(
                "Dark | where tostring(Hidden) contains_cs \"ROLE\"     and tostring(Hidden) contains \"abc\"{noted}"
            ),
        ),
        (
            "  a: {who: x}\n  b: {parts.ROLE: admin}\n  condition: a and not b",
            format!(
                "Dark | where Who =~ \"x\"     and not(tostring(Hidden) contains_cs \"ROLE\" and tostring(Hidden) contains \"admin\"){denied}"
            ),
        ),
    ] {
        assert_eq!(compile("dark", "kql", detection), expected, "{detection}");
    }
}

#[test]
fn a_log_without_a_place_is_judged_all_the_same() {
    for (target, detection, expected) in [
        ("kql", "  a: {who: x}\n  condition: a", "unplaced/unmapped/kql-table-needed: "),
        ("spl", "  a: {who: x}\n  condition: a", "unplaced/unmapped/: who=\"x\""),
        (
            "cwli",
            "  a: {who: x}\n  condition: a",
            "unplaced/unmapped/: fields @timestamp, @message | filter tolower(who) = \"x\" | limit 10000",
        ),
        ("kql", "  a: {who|re: '(?=a)b'}\n  condition: a", "refused//regex-not-portable+kql-table-needed: "),
    ] {
        let compiled = compiled("none", target, detection, &Options::default());
        let names = |codes: Vec<&str>| codes.join("+");
        let found = format!(
            "{}/{}/{}: {}",
            compiled.fidelity.name(),
            names(compiled.notes.iter().map(|note| note.code.name).collect()),
            names(compiled.diagnostics.iter().map(|finding| finding.code.name).collect()),
            compiled
                .query
                .unwrap_or_default()
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect::<Vec<_>>()
                .join(" ")
                .trim()
        );
        assert_eq!(found, expected, "{target} {detection}");
    }
    // Where the user says where it is kept, it is placed.
    let mut options = Options::default();
    for (name, value) in [("kql.table", "Own_CL"), ("spl.sourcetype", "own"), ("cwli.log-groups", "/own")] {
        options.set_for_log(name, vec![value.to_owned()]).expect("it fits");
    }
    for target in ["kql", "spl", "cwli"] {
        let compiled = compiled("none", target, "  a: {who: x}\n  condition: a", &options);
        assert_eq!(compiled.fidelity.name(), "approximate", "{target}: {compiled:#?}");
        assert!(compiled.query.is_some_and(|query| query.to_lowercase().contains("own")), "{target}");
    }
}

#[test]
fn statements_about_elements_are_tests_of_the_row() {
    let detections = [
        "  a: {events.name: A}\n  condition: a",
        "  a: {events.name: A}\n  b: {who: x}\n  condition: a and not b",
        "  a: {events.name: A}\n  condition: not a",
        "  a: {events.name: A, events.kind: B}\n  condition: a",
        "  a: {events.name: A}\n  b: {events.kind: B}\n  condition: a or b",
        "  a: {events.parameters.ROLE: admin}\n  condition: a",
        "  a: {events.parameters.MAIL: m}\n  condition: a",
        "  a: {\"events[any]\": {name: A, kind: B}}\n  condition: a",
        "  a: {\"events[all]\": {name: A}}\n  condition: a",
        "  a: {\"events[all]\": {name: A}}\n  condition: not a",
    ];
    let all = detections.map(|detection| {
        let each: Vec<_> = backend::defaults()
            .iter()
            .map(|target| format!("{}: {}", target.name(), compile("rows", target.name(), detection)))
            .collect();
        format!("{detection}\n{}", each.join("\n"))
    });
    insta::assert_snapshot!(all.join("\n\n"));
}

const SPREAD: &str = r#"
sigmata-schema: 2
name: acme/spread
title: Acme
logsources: [{product: acme, service: spread}]
sources: [{source: own, license: none, date: "2026-01-01"}]
enums:
  kind: {noun: kind, complete: true, values: [user, key, app, robot]}
fields:
  kind: {type: enum, enum: kind, always: true, never_empty: true}
  who: {type: string, never_empty: true}
  what: {type: string, never_empty: true}
  detail: {type: object, fields: {x: {type: string, never_empty: true}}}
deliveries:
  - {platform: sentinel, tables: [Users], name: acme, form: columns, only: {kind: [user]}, columns: {kind: {column: Kind}, who: {column: Who}, what: {column: What}, detail: {column: Detail, type: dynamic}}}
  - {platform: sentinel, tables: [Keys], name: acme, form: columns, only: {kind: [key]}, columns: {who: {column: By}, what: {column: What}, detail: {column: Detail, json_text: true}}}
  - {platform: sentinel, tables: [Apps], name: acme, form: columns, only: {kind: [app]}, columns: {what: {column: What}}}
"#;

/// What a rule can match lies in several tables: each is read by its own columns.
#[test]
fn tables_that_come_together_are_read_as_one() {
    let rest = " // narrower delivery-holds-part: `Users`, `Keys`, `Apps` hold only events with `kind` in `user`, `key`, `app`";
    let lacks = " // narrower delivery-holds-part: `Apps` is left out: `Apps` does not contain `who`";
    let both = |test: [&str; 2], shown: [&str; 2]| {
        format!(
            "union isfuzzy=true     (         Users         | where {}{}     ),     (         Keys         | where {}{}     )",
            test[0], shown[0], test[1], shown[1]
        )
    };
    for (detection, expected) in [
        (
            "  a: {kind: user, who: x}\n  condition: a",
            "Users | where Kind == \"user\"     and Who =~ \"x\"".to_owned(),
        ),
        (
            "  a: {kind: [user, key], who: x}\n  condition: a",
            both(["Kind in (\"user\", \"key\")             and Who =~ \"x\"", "By =~ \"x\""], ["", ""]),
        ),
        (
            "  a: {who: x}\n  condition: a\nfields: [who, what, detail]",
            both(
                ["Who =~ \"x\"", "By =~ \"x\""],
                [
                    "         | project TimeGenerated, Who, What, Detail = tostring(Detail)",
                    "         | project TimeGenerated, By, What, Detail = tostring(Detail)",
                ],
            ) + rest
                + lacks,
        ),
        (
            "  a: {what: x}\n  b: {who: y}\n  condition: a and not b",
            both(
                [
                    "What =~ \"x\"             and not(Who =~ \"y\")",
                    "What =~ \"x\"             and not(By =~ \"y\")",
                ],
                ["", ""],
            ) + rest
                + lacks,
        ),
    ] {
        assert_eq!(compile("spread", "kql", detection), expected, "{detection}");
    }
}

const DOUBT: &str = r#"
sigmata-schema: 2
name: acme/doubt
title: Acme
logsources: [{product: acme, service: doubt}]
sources: [{source: own, license: none, date: "2026-01-01"}]
long: [{field: body.policy, most: 100000, source: own}, {field: tags, most: 4000, names: true, source: own}]
fields:
  who: {type: string, never_empty: true}
  code: {type: string, never_empty: true, never_null: true}
  tags: {type: map, items: {type: string}}
  body: {type: object, fields: {policy: {type: string, never_empty: true}, name: {type: string, never_empty: true}}}
deliveries:
  - {platform: sentinel, tables: [Short], form: columns, limits: {value: 65536}, columns: {who: {column: Who, trust: derived}, code: {column: Code, trust: docs}, tags: {column: Tags, type: dynamic}, body: {column: Body, json_text: true}}}
  - {platform: sentinel, tables: [Roomy], name: roomy, form: columns, limits: {value: 200000}, columns: {who: {column: Who}, code: {column: Code, trust: unknown}, body: {column: Body, json_text: true}}}
  - {platform: xdr, tables: [Parts], form: columns, only: {code: [a]}, discriminator: {Kind: [a]}, columns: {who: {column: Name, trust: derived}}}
  - {platform: xdr, tables: [Parts], form: columns, only: {code: [b]}, discriminator: {Kind: [b]}, columns: {who: {column: Name, trust: derived}}}
  - {platform: splunk, tables: ["acme:doubt"], form: raw, limits: {extraction: 5000, fields: 100}}
  - {platform: splunk, tables: ["acme:shared"], form: raw, discriminator: {kind: [doubt]}, limits: {extraction: 5000, fields: 100}}
  - {platform: cloudwatch, tables: [a log group], form: raw, limits: {event: 65536, fields: 200}}
"#;

/// A rule that reads what can be long, and one that reads a column of which nothing is published, with its notes.
#[test]
fn what_is_cut_and_what_is_inferred_is_told_with_its_direction() {
    let long = "`body.policy` can be longer";
    let kept = format!("long-value: `Short` keeps 65536 bytes of a value, and {long}");
    let found = format!(
        "long-value: fields are found in the first 5000 bytes of an event, and {long}: raise `extraction_cutoff`"
    );
    let gone = format!("long-value: events of more than 65536 bytes do not arrive, and {long}");
    // 4,000 bytes are within what extraction reads, and hold more than a hundred names.
    let filled = "long-value: the first 100 fields of an event are found, and `tags` can hold more: raise `[kv] limit`";
    let inferred = |name: &str, table: &str| {
        format!(
            "either column-inferred: may miss or also find events: no published source says which field `{name}` of `{table}` holds"
        )
    };
    let roomy: &[(&str, &str)] = &[("kql.delivery", "roomy")];
    // What parts its events from others is an extracted field itself, so that the event cannot be read in its place.
    let shared: &[(&str, &str)] = &[("spl.delivery", "acme:shared")];
    for (target, detection, set, expected) in [
        (
            "kql",
            "  a: {code: x, body.policy|contains: y}\n  condition: a",
            &[][..],
            vec![format!("narrower {kept}")],
        ),
        // What is beside it in the column is cut with it.
        (
            "kql",
            "  a: {code: x, body.policy|contains: y}\n  b: {body.name: z}\n  condition: a and not b",
            &[],
            vec![format!("either {kept}")],
        ),
        ("kql", "  a: {code: x, body.name: y}\n  condition: a", &[], vec![]),
        ("kql", "  a: {body.policy|contains: y}\n  condition: a", roomy, vec![]),
        ("kql", "  a: {code: x}\n  condition: a", roomy, vec![inferred("Code", "Roomy")]),
        ("kql", "  a: {who: x}\n  condition: not a", &[], vec![inferred("Who", "Short")]),
        (
            "spl",
            "  a: {code: x, body.policy|contains: y}\n  condition: a",
            shared,
            vec![format!("narrower {found}")],
        ),
        (
            "spl",
            "  a: {code: null, body.policy|contains: y}\n  condition: a",
            shared,
            vec![format!("wider {found}")],
        ),
        ("spl", "  a: {code: x, who: y}\n  condition: a", &[], vec![]),
        // A table that holds two parts of the log is named once.
        ("kql:xdr", "  a: {who: x}\n  condition: a", &[], vec![inferred("Name", "Parts")]),
        // Names that the writer chooses take the place of others, his own among them.
        ("spl", "  a: {tags.a: x}\n  condition: a", shared, vec![format!("narrower {filled}")]),
        ("spl", "  a: {tags.a: x, code: null}\n  condition: a", shared, vec![format!("either {filled}")]),
        (
            "spl",
            "  a: {code: x}\n  b: {tags.a: x}\n  condition: a and not b",
            shared,
            vec![format!("either {filled}")],
        ),
        // Elsewhere the event itself is read.
        ("spl", "  a: {code: x, body.policy|contains: y}\n  condition: a", &[], vec![]),
        ("spl", "  a: {tags.a: x, code: null}\n  condition: a", &[], vec![]),
        ("cwli", "  a: {tags.a: x, code: y}\n  condition: a", &[], vec![]),
        (
            "cwli",
            "  a: {body.policy|contains: y}\n  b: {code: x}\n  condition: a and not b",
            &[],
            vec![format!("narrower {gone}")],
        ),
    ] {
        let mut options = Options::default();
        for (name, value) in set {
            options.set_for_log(name, vec![(*value).to_owned()]).expect("it fits");
        }
        let compiled = compiled("doubt", target, detection, &options);
        assert!(compiled.query.is_some(), "{target} {detection}");
        let notes = compiled.notes.iter().filter(|note| ["S0825", "S0826"].contains(&note.code.id));
        let notes: Vec<String> = notes
            .map(|note| format!("{} {}: {}", note.direction.name(), note.code.name, note.message))
            .collect();
        assert_eq!(notes, expected, "{target} {detection}");
    }
}

/// A map in the request of an event is the caller's to fill; where the event can have one, nothing rests on extraction.
#[test]
fn an_event_that_its_caller_can_fill_is_read_itself() {
    let registry = Registry::shipped();
    for (log, selection, is_read) in [
        (
            "product: aws, service: cloudtrail",
            "eventSource: iam.amazonaws.com, eventName: CreateUser, requestParameters.userName: x1",
            false,
        ),
        (
            "product: aws, service: cloudtrail",
            "eventSource: eks.amazonaws.com, eventName: CreateAccessEntry, requestParameters.username: x1",
            true,
        ),
        // The name belongs to one service, and a call of another is in question.
        (
            "product: aws, service: cloudtrail",
            "eventName: CreateAccessEntry, requestParameters.username: x1",
            true,
        ),
        (
            "product: aws, service: cloudtrail",
            "eventName: [CreateUser, CreateAccessEntry], requestParameters.tags.a: x1",
            true,
        ),
        // Any call, of which some have a map.
        ("product: aws, service: cloudtrail", "requestParameters.userName: x1", true),
        // Nothing of the request is read.
        ("product: aws, service: cloudtrail", "eventName: CreateAccessEntry, userIdentity.type: Root", false),
        (
            "product: gcp, service: gcp.audit",
            "protoPayload.methodName: io.k8s.rbac.v1.rolebindings.create, protoPayload.request.roleRef.name: x1",
            true,
        ),
        (
            "product: gcp, service: gcp.audit",
            "protoPayload.methodName: google.iam.admin.v1.CreateServiceAccount, protoPayload.request.account_id: x1",
            false,
        ),
        ("product: kubernetes, service: audit", "verb: create, requestObject.roleRef.name: x1", true),
        ("product: kubernetes, service: audit", "verb: create, objectRef.name: x1", false),
    ] {
        let rule = format!(
            "sigma-version: '3'\nlogsource: {{{log}}}\ndetection:\n  a: {{{selection}}}\n  condition: a\n"
        );
        let reading = rule::read(&SourceFile::new("rule.yml", rule));
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
        let (typed, findings) = check(&rule, &registry);
        assert!(findings.iter().all(|found| found.severity != Severity::Error), "{selection}: {findings:?}");
        let compiled = backend::find("spl").expect("a target").compile(&rule, &typed, &Options::default());
        let query = compiled.query.expect("a query");
        assert_eq!(query.contains("_raw"), is_read, "{selection}\n{query}");
        assert!(
            compiled.notes.iter().all(|note| note.code.id != "S0826"),
            "{selection}: {:?}",
            compiled.notes
        );
    }
    assert_eq!(
        compile("doubt", "spl", "  a: {code: codex, tags.a: tagged, who|startswith: some}\n  condition: a"),
        "sourcetype=\"acme:doubt\" \"codex\" \"tagged\" \"some*\" \
         | where if(match(json_extract(_raw, \"code\"), \"(?i)^codex\\\\z\"), 1, 0)=1     \
         AND if(match(json_extract(_raw, \"tags.a\"), \"(?i)^tagged\\\\z\"), 1, 0)=1     \
         AND if(match(json_extract(_raw, \"who\"), \"(?i)^some\"), 1, 0)=1"
    );
}

#[test]
fn strict_takes_no_guess() {
    let mut options = Options::default();
    options.strict = true;
    for (service, target, detection, reason) in [
        (
            "doubt",
            "kql",
            "  a: {who: x}\n  condition: a",
            Some("and no published source says which field `Who` of `Short` holds"),
        ),
        ("doubt", "kql", "  a: {code: x}\n  condition: a", None),
        (
            "none",
            "kql",
            "  a: {who: x}\n  condition: a",
            Some("and it is not known where the log is kept in sentinel"),
        ),
        (
            "none",
            "spl",
            "  a: {who: x}\n  condition: a",
            Some("and it is not known where the log is kept in splunk"),
        ),
    ] {
        let compiled = compiled(service, target, detection, &options);
        let strict = compiled.diagnostics.iter().find(|found| found.code.id == "S0827");
        let message = strict.map(|found| found.message.strip_prefix("`strict` is set, ").expect("why"));
        assert_eq!(message, reason, "{target} {detection}");
        assert_eq!(compiled.query.is_none(), reason.is_some(), "{target} {detection}");
    }
}

/// The lines of a query that no reader of its language takes for a comment.
fn code(query: &str) -> Vec<&str> {
    let told = |line: &&str| {
        line.starts_with("// ")
            || line.starts_with("# ")
            || line
                .strip_prefix("``` ")
                .and_then(|line| line.strip_suffix(" ```"))
                .is_some_and(|text| !text.contains('`'))
    };
    query.lines().filter(|line| !told(line)).collect()
}

#[test]
fn what_a_rule_is_called_does_not_leave_the_head_of_its_query() {
    let hostile = r"x\r\n| take 1 ``` */ // \u2028# \u202e| limit 0 ```";
    let rule = format!(
        "title: \"{hostile}\"\nid: \"{hostile}\"\ntags: [\"attack.t1098\", \"attack.t1098{hostile}\"]\nsigma-version: '3'\n\
         logsource: {{product: azure, service: auditlogs}}\ndetection:\n  a:\n    \
         properties.targetResources[none]: {{type: User, displayName: x}}\n  condition: a\nlevel: \"high{hostile}\"\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", rule));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, _) = check(&rule, &Registry::shipped());
    for target in ["kql", "spl", "cwli"] {
        let query = |bare: bool, file: Option<&str>| {
            let mut options = Options::default();
            (options.heading.bare, options.heading.file) = (bare, file.map(str::to_owned));
            backend::find(target).expect("a target").compile(&rule, &typed, &options).query.expect("a query")
        };
        let (headed, bare) = (query(false, Some("a\n| b ```.yml")), query(true, None));
        assert_eq!(code(&headed), bare.lines().collect::<Vec<_>>(), "{target}");
        assert!(
            headed.lines().count() > bare.lines().count() + 2 && headed.contains("ATT&CK T1098"),
            "{headed}"
        );
    }
}
