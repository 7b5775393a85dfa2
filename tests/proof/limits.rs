//! What an attacker can do with the limits of a product, and what an ordinary event can do without one: Splunk's
//! automatic extraction ends after 5,000 bytes of an event by default, Log Analytics keeps 64 KB of a column, CloudWatch
//! Logs discovers 200 fields, and blanks in a document cost nothing.

use serde_json::{Value, json};
use sigmata::backend::{Backend, Direction, Options, cwli::Cwli, kql::Kql, spl::Spl};
use sigmata::eval::Event;
use sigmata::ir::Predicate;
use sigmata::schema::{Facts, Path, Schema, Type};

use super::judge::{SPL, admits};
use super::rules;
use super::spl::Engine;

/// Where the extraction ends (`limits.conf`, `[spath] extraction_cutoff`), and how many names it takes (`[kv] limit`).
const CUTOFF: usize = 5_000;
const FIELDS: usize = 100;

/// How far extraction comes: to its documented ends, and, as nobody promises an order of the members, to none at all.
const REACHES: [(usize, usize); 2] = [(CUTOFF, FIELDS), (0, 0)];

/// Where a caller writes names of his own: annotations of an object of Kubernetes, tags of a call of AWS, labels.
const FREE: &[(&str, &str)] = &[
    ("kubernetes/audit", "/requestObject/metadata/annotations"),
    ("aws/cloudtrail", "/requestParameters/tags"),
    ("gcp/gcp.audit", "/protoPayload/request/metadata/annotations"),
];

/// The event with as many names there as push others beyond each limit; `None` where the log has no place for them.
fn filled(schema: &Schema, event: &Value) -> Option<(Value, String)> {
    let (_, pointer) = FREE.iter().find(|(log, _)| *log == schema.name)?;
    let mut found = event.clone();
    let mut at = &mut found;
    for key in pointer.split('/').skip(1) {
        let object = at.as_object_mut()?;
        at = object.entry(key).or_insert_with(|| json!({}));
    }
    let names = at.as_object_mut()?;
    names.extend((0..150).map(|at| (format!("a{at:03}.example.com/x"), json!("x".repeat(60)))));
    // Only where the log is known to have a map: an operation may have no such member, or a list in its place.
    let mut facts = Facts::default();
    for decides in ["eventSource", "eventName", "protoPayload.serviceName", "protoPayload.methodName"] {
        let value = event.pointer(&format!("/{}", decides.replace('.', "/"))).and_then(Value::as_str);
        if let Some(value) = value {
            facts.narrow(&Path::keys(decides.split('.')), [value.to_owned()].into());
        }
    }
    let name = pointer.trim_start_matches('/').replace('/', ".");
    let known = schema.lookup(&name, &facts)?;
    let object = name.split('.').take_while(|key| !matches!(*key, "metadata" | "tags"));
    matches!(known.ty, Type::Map(_)).then(|| (found, object.collect::<Vec<_>>().join(".")))
}

/// The events that hold more blanks than the extraction reads, in one document each.
fn padded(event: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut pointers = Vec::new();
    documents(event, "", &mut pointers);
    for pointer in pointers {
        let mut event = event.clone();
        if let Some(Value::String(text)) = event.pointer_mut(&pointer) {
            text.insert_str(1, &" ".repeat(CUTOFF));
            found.push(event);
        }
    }
    found
}

fn documents(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                documents(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                documents(value, &format!("{pointer}/{at}"), found);
            }
        }
        Value::String(text) if serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()) => {
            found.push(pointer.to_owned());
        }
        _ => {}
    }
}

/// Whether a rule reads something below the field.
fn reads(rule: &rules::Rule, field: &str) -> bool {
    let below =
        |name: &str| name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let tested = rule.formula.predicates();
    tested.flat_map(Predicate::fields).any(|field| below(&field.path.name()))
}

/// Judges the queries of the library over events that somebody has made so long that extraction ends before the rest.
/// `make` makes the events of one, and says whether the rule reads what is long in them: then the query is right wherever
/// extraction ends, and else it finds what matches where the long text is behind what it tests.
fn judge_long(make: impl Fn(&rules::Rule, &Value) -> (Vec<Value>, bool), least: usize) {
    let (mut judged, mut wrong) = (0, Vec::new());
    for rule in rules::library() {
        let compiled = Spl.compile(&rule.document, &rule.typed, &Options::default());
        let Some(query) = &compiled.query else { continue };
        let parsed = super::spl::parse::queries(query).expect("a query");
        let delivery = rule.schema().delivery(sigmata::schema::Platform::Splunk);
        let events = rule.events.iter().flat_map(|event| {
            let (long, reads) = make(&rule, event);
            long.into_iter().map(move |event| (event, reads))
        });
        for (event, reads) in events {
            let expected = rule.matcher.matches(&Event::new(event.clone()));
            if !expected && !reads {
                continue;
            }
            let rows = delivery
                .map_or_else(|| Some(vec![event.clone()]), |found| super::rows::records(found, &event));
            let Some(rows) = rows else { continue };
            for (bytes, names) in REACHES.into_iter().take(if reads { REACHES.len() } else { 1 }) {
                let engine = Engine {
                    sourcetype: delivery.map(|delivery| delivery.name.clone()).unwrap_or_default(),
                    cutoff: Some(bytes),
                    fields: Some(names),
                    null_text: true,
                    renamed: super::judge::renamed(delivery),
                    ..Engine::default()
                };
                judged += 1;
                let selected = rows
                    .iter()
                    .map(|row| engine.extract(row))
                    .any(|row| parsed.iter().any(|query| engine.run(query, &row).expect("an outcome")));
                if selected != expected && !admits(&compiled, selected) {
                    wrong.push(format!("{}: expected {expected} with {bytes} bytes\n{query}", rule.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(judged > least, "{judged} events");
}

#[test]
fn blanks_in_a_document_hide_nothing_from_splunk() {
    judge_long(
        |rule, event| {
            let documents = padded(event);
            let read = ["requestParameters.policyDocument", "requestParameters.assumeRolePolicyDocument"];
            (documents, rule.schema().name == "aws/cloudtrail" && read.iter().any(|field| reads(rule, field)))
        },
        40,
    );
}

#[test]
fn names_of_the_caller_hide_nothing_from_splunk() {
    judge_long(
        |rule, event| {
            let filled = filled(rule.schema(), event).filter(|(_, field)| reads(rule, field));
            (filled.map(|(event, _)| event).into_iter().collect(), true)
        },
        40,
    );
}

/// What an event is to a query.
enum Seen {
    /// Found where it matches, and passed over where it does not.
    Right,
    /// The query may be wrong about it, on this side, and says so.
    Noted(Direction),
}

struct Case {
    what: &'static str,
    log: &'static str,
    detection: &'static str,
    event: Value,
    kql: Seen,
}

/// A call with a policy document of 70,000 blanks.
fn put_user_policy(effect: &str) -> Value {
    let blanks = " ".repeat(70_000);
    json!({
        "eventVersion": "1.08", "eventTime": "2026-08-01T10:00:00Z", "awsRegion": "us-east-1",
        "eventSource": "iam.amazonaws.com", "eventName": "PutUserPolicy", "readOnly": false,
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
        "requestParameters": {
            "userName": "bob",
            "policyName": "p",
            "policyDocument": format!("{{{blanks}\"Statement\":[{{\"Effect\":\"{effect}\",\"Action\":\"*\",\"Resource\":\"*\"}}]}}"),
        },
    })
}

/// A change of a policy with more values than CloudWatch Logs discovers fields, and longer than what a column of Log
/// Analytics keeps.
fn set_iam_policy() -> Value {
    let configs: Vec<Value> =
        (0..400).map(|at| json!({"service": format!("s{at}.googleapis.com")})).collect();
    json!({
        "timestamp": "2026-08-01T10:00:00Z", "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
        "protoPayload": {
            "methodName": "SetIamPolicy", "serviceName": "cloudresourcemanager.googleapis.com",
            "authenticationInfo": {"principalEmail": "alice@contoso.example"},
            "request": {"policy": {"auditConfigs": configs, "bindings": [{"role": "roles/owner", "members": ["user:bob@contoso.example"]}]}},
            "status": {},
        },
    })
}

fn cases() -> Vec<Case> {
    let network =
        "  a: {Operation: MailItemsAccessed}\n  b: {ClientIP|cidr: 203.0.113.0/24}\n  condition: a and not b";
    let address = |address: &str| {
        json!({"CreationTime": "2026-08-01T10:00:00", "Id": "i", "Operation": "MailItemsAccessed", "RecordType": 50,
            "OrganizationId": "o", "UserKey": "k", "UserType": 0, "Workload": "Exchange", "UserId": "u", "ClientIP": address})
    };
    let padded = "  a: {eventName: PutUserPolicy, requestParameters.policyDocument.Statement.Effect: Allow}\n  condition: a";
    let kept = "  a: {eventName: PutUserPolicy}\n  b: {requestParameters.policyDocument.Statement.Effect: Deny}\n  condition: a and not b";
    let many = "  a: {protoPayload.methodName: SetIamPolicy, protoPayload.serviceName: cloudresourcemanager.googleapis.com}\n  b: {protoPayload.status.code|gt: 0}\n  condition: a and not b";
    let owner = "  a: {protoPayload.methodName: SetIamPolicy, protoPayload.request.policy.bindings.role: roles/owner}\n  condition: a";
    let kept_out = "  a: {protoPayload.methodName: SetIamPolicy}\n  b: {protoPayload.request.policy.bindings.role: roles/owner}\n  condition: a and not b";
    let bound = "  a: {verb: create, requestObject.roleRef.name: cluster-admin}\n  condition: a";
    let unbound =
        "  a: {verb: create}\n  b: {requestObject.roleRef.name: cluster-admin}\n  condition: a and not b";
    let entry = "  a: {eventSource: eks.amazonaws.com, eventName: CreateAccessEntry, requestParameters.type: STANDARD}\n  b: {errorCode: '*'}\n  condition: a and not b";
    let action = "  a: {action: org.add_member}\n  condition: a";
    let audit = json!({"@timestamp": 1_785_578_400_000_i64, "_document_id": "d", "action": "org.add_member", "actor": "alice",
        "created_at": 1_785_578_400_000_i64});
    let case = |what, log, detection, event, kql| Case { what, log, detection, event, kql };
    vec![
        case("a padded document", AWS, padded, put_user_policy("Allow"), Seen::Right),
        case("a padded document in a filter", AWS, kept, put_user_policy("Deny"), Seen::Right),
        case("400 values", GCP, many, set_iam_policy(), Seen::Right),
        case("a policy past a column", GCP, owner, set_iam_policy(), Seen::Noted(Direction::Narrower)),
        case(
            "a policy past a column in a filter",
            GCP,
            kept_out,
            set_iam_policy(),
            Seen::Noted(Direction::Wider),
        ),
        case("an address", OFFICE, network, address("203.0.113.9"), Seen::Right),
        case("an address with a port", OFFICE, network, address("203.0.113.9:51234"), Seen::Right),
        case("an address in brackets", OFFICE, network, address("[::ffff:203.0.113.9]:443"), Seen::Right),
        case("another address with a port", OFFICE, network, address("198.51.100.9:51234"), Seen::Right),
        case("an object with names of the caller", KUBERNETES, bound, annotated(), Seen::Right),
        case("an object with names of the caller in a filter", KUBERNETES, unbound, annotated(), Seen::Right),
        case("a call with names of the caller", AWS, entry, tagged(false), Seen::Right),
        case("a call that fails, with names of the caller", AWS, entry, tagged(true), Seen::Right),
        case("a renamed field", GITHUB, action, audit.clone(), Seen::Right),
        // These are read from the event, where the add-on's name is not.
        case(
            "a renamed field that is asked for",
            GITHUB,
            "  a: {actor: alice, action: '*'}\n  condition: a",
            audit.clone(),
            Seen::Right,
        ),
        case(
            "a renamed field by an expression",
            GITHUB,
            "  a: {action|re: '^(org|null)'}\n  condition: a",
            audit,
            Seen::Right,
        ),
    ]
}

/// An object of Kubernetes with annotations that fill an event, and a call with tags that do.
fn annotated() -> Value {
    let names: serde_json::Map<String, Value> =
        (0..300).map(|at| (format!("a{at}.example.com/x"), json!("x".repeat(60)))).collect();
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": "i", "stage": "ResponseComplete",
        "requestURI": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "requestObject": {"metadata": {"name": "b", "annotations": names}, "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}},
        "user": {"username": "alice"}, "verb": "create",
        "objectRef": {"resource": "clusterrolebindings", "name": "b"},
        "requestReceivedTimestamp": "2026-08-01T10:00:00.000000Z", "stageTimestamp": "2026-08-01T10:00:00.000000Z",
    })
}

fn tagged(fails: bool) -> Value {
    let names: serde_json::Map<String, Value> =
        (0..300).map(|at| (format!("tag{at}"), json!("x".repeat(60)))).collect();
    let mut call = json!({
        "requestParameters": {"tags": names, "name": "c", "principalArn": "arn:aws:iam::123456789012:user/bob", "type": "STANDARD"},
        "eventVersion": "1.08", "eventTime": "2026-08-01T10:00:00Z", "awsRegion": "us-east-1",
        "eventSource": "eks.amazonaws.com", "eventName": "CreateAccessEntry", "readOnly": false,
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
    });
    if let (true, Some(members)) = (fails, call.as_object_mut()) {
        members.insert("errorCode".to_owned(), json!("AccessDenied"));
    }
    call
}

const GITHUB: &str = "product: github, service: audit";
const KUBERNETES: &str = "product: kubernetes, service: audit";
const AWS: &str = "product: aws, service: cloudtrail";
const OFFICE: &str = "product: m365, service: audit";
const GCP: &str = "product: gcp, service: gcp.audit";

/// Events at the limits of a product are seen as the evaluator sees them, or the query says on which side it errs.
#[test]
fn what_a_product_cuts_is_found_or_told() {
    for Case { what, log, detection, event, kql } in cases() {
        let text = format!("title: t\nlogsource: {{{log}}}\ndetection:\n{detection}\n");
        let rule = rules::read(what, &text).pop().expect("a rule with a meaning");
        let expected = rule.matcher.matches(&Event::new(event.clone()));
        assert!(rule.schema().validate(&event).is_empty(), "{what}: {:?}", rule.schema().validate(&event));

        let compiled = Kql::SENTINEL.compile(&rule.document, &rule.typed, &Options::default());
        let cut = compiled.notes.iter().find(|note| note.code.id == "S0826").map(|note| note.direction);
        match kql {
            Seen::Noted(direction) => assert_eq!(cut, Some(direction), "{what}: {compiled:?}"),
            Seen::Right => assert!(compiled.query.is_some() && cut.is_none(), "{what}: {compiled:?}"),
        }

        let compiled = Spl.compile(&rule.document, &rule.typed, &Options::default());
        let query = compiled.query.as_deref().expect("a query");
        let run = (SPL.runner)(rule.schema(), query).expect("a query that is read");
        let found = run(&event).expect("it is held").expect("an outcome");
        assert!(found.iter().all(|found| *found == expected), "{what}: expected {expected}\n{query}");
        // The same where the automatic extraction ends: in front of it is what the base search asks for.
        let engine = Engine {
            sourcetype: compiled.reads.first().map(|read| read.place.clone()).unwrap_or_default(),
            cutoff: Some(CUTOFF),
            fields: Some(FIELDS),
            null_text: true,
            ..Engine::default()
        };
        if [AWS, KUBERNETES].contains(&log) {
            let queries = super::spl::parse::queries(query).expect("a query");
            let found =
                queries.iter().any(|query| engine.run(query, &engine.extract(&event)).expect("an outcome"));
            assert_eq!((found, compiled.notes.len()), (expected, 0), "{what}\n{query}");
        }

        let compiled = Cwli.compile(&rule.document, &rule.typed, &Options::default());
        let query = compiled.query.as_deref().expect("a query");
        for discovered in [None, Some(200)] {
            let mut program = super::cwli::Program::new(query);
            program.discovered = discovered;
            let outcomes =
                program.outcomes(&super::cwli::Event { record: &event, millis: 1_785_578_400_000 });
            let right = outcomes.iter().all(|(_, found)| *found == expected || admits(&compiled, *found));
            assert!(right, "{what}: expected {expected}\n{query}");
        }
    }
}
