//! Schemas that are inferred from events, and what events hold that a schema does not know.

use proptest::prelude::*;
use serde_json::{Value, json};
use sigmata::schema::{Drift, Facts, Inference, Registry};

fn infer(events: &[Value]) -> String {
    let mut inference = Inference::new();
    for event in events {
        inference.observe(event);
    }
    inference.schema("acme", "audit")
}

/// What is wrong with the schema of some events: findings when it is read, and events that do not fit it or differ.
fn wrong(events: &[Value]) -> Vec<String> {
    let text = infer(events);
    let (registry, findings) = Registry::with_schemas([("acme.yaml", text.as_str())]);
    let mut wrong: Vec<String> =
        findings.into_iter().map(|(_, finding)| format!("{}\n{text}", finding.message)).collect();
    let Some(schema) = registry.get("acme/audit") else { return wrong };
    for event in events {
        let found = schema.validate(event).into_iter().chain(schema.differences(event));
        wrong.extend(found.map(|violation| format!("{}: {}\n{text}", violation.path, violation.message)));
    }
    wrong
}

/// Records of a made-up log.
fn records() -> Vec<Value> {
    let record = |n: usize| {
        json!({
            "at": format!("2026-01-{:02}T12:00:00.5Z", n + 1),
            "id": format!("00000000-0000-0000-0000-{n:012}"),
            "kind": if n.is_multiple_of(2) { "user created" } else { "key" },
            "count": n,
            "ratio": if n.is_multiple_of(2) { json!(1.5) } else { json!(1) },
            "mixed": if n.is_multiple_of(2) { json!(true) } else { json!("x") },
            "ok": n.is_multiple_of(3),
            "nothing": null,
            "actor": { "ip": "192.0.2.1", "mail": format!("a{n}@example.com"), "yes": format!("text: {n}") },
            "parameters": [{ "name": "ROLE", "value": format!("r{n}") }, { "name": "MAIL", "intValue": n }],
            "changes": [{ "displayName": "Role", "oldValue": "a", "newValue": format!("b{n}") }],
            "policy": format!("{{\"Statement\":[{{\"Effect\":\"Allow\",\"n\":{n}}}]}}"),
            "tags": ["a", "b"],
            "either": if n.is_multiple_of(2) { json!({"a": n}) } else { json!("text") },
        })
    };
    (0..20).map(record).collect()
}

#[test]
fn a_schema_says_what_its_events_show() {
    let events = records();
    assert_eq!(wrong(&events), Vec::<String>::new());
    insta::assert_snapshot!(infer(&events));
}

#[test]
fn pairs_are_addressed_by_their_key() {
    let text = infer(&records());
    let (registry, _) = Registry::with_schemas([("acme.yaml", text.as_str())]);
    let schema = registry.get("acme/audit").expect("a schema");
    for (name, ty) in [
        ("parameters.ROLE", "any"),
        ("changes.Role.newValue", "string"),
        ("policy.Statement.n", "integer"),
        ("actor.ip", "address"),
        ("kind", "enumeration"),
        ("either.a", "integer"),
    ] {
        let found =
            schema.resolve(name, &Facts::default()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(found.ty.name(), ty, "{name}");
    }
}

#[test]
fn what_is_new_is_told_with_how_often_and_where() {
    let text = infer(&records());
    let (registry, _) = Registry::with_schemas([("acme.yaml", text.as_str())]);
    let schema = registry.get("acme/audit").expect("a schema");
    let mut drift = Drift::new();
    let mut events = records();
    for event in events.iter_mut().skip(3) {
        event["kind"] = json!("robot");
        event["actor"]["phone"] = json!("1");
        event["count"] = json!("many");
        event["parameters"][0]["name"] = json!("TEAM");
    }
    for (index, event) in events.iter().enumerate() {
        drift.observe(&schema, event, "x.jsonl", index as u64);
    }
    let found: Vec<String> = drift
        .differences()
        .map(|found| {
            let kind = found.kind.name();
            format!("{kind} {}: {} {} {}#{}", found.path, found.message, found.count, found.file, found.index)
        })
        .collect();
    assert_eq!(
        found,
        [
            "field actor.phone: unknown member `phone` 17 x.jsonl#3",
            "type count: expected integer, found string 17 x.jsonl#3",
            "value kind: `robot` is not a known kind 17 x.jsonl#3",
            "field parameters: unknown key `TEAM` 17 x.jsonl#3",
        ]
    );
}

/// Any JSON, with names and texts that YAML could mistake.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,3}",
        "\\PC{0,6}",
        Just("yes: [no] # \"'\\".to_owned()),
        Just("2026-01-01T00:00:00Z".to_owned()),
        Just("{\"a\":[1]}".to_owned()),
        Just("\u{feff}\u{85}\u{2028}\t\n".to_owned()),
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop_oneof![
        "name|key|value|newValue|a|b",
        "[a-zA-Z.$@#:,\\[\\]{}\"' -]{0,6}",
        Just("true".to_owned()),
        Just("type".to_owned()),
    ];
    scalar.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_fit_the_schema_that_is_inferred_from_them(
        events in prop::collection::vec(prop::collection::btree_map("[a-c]{1}", value(), 0..4), 1..15)
    ) {
        let events: Vec<Value> =
            events.into_iter().map(|map| Value::Object(map.into_iter().collect())).collect();
        prop_assert_eq!(wrong(&events), Vec::<String>::new());
    }
}
