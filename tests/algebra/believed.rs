//! Example events that an analyst believes: what is said of one actor, account and address is the same all through.

use serde_json::Value;

use crate::support::{Run, folder};

/// Every scalar of a value, with where it is.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| leaves(value, &format!("{path}.{key}"), found));
        }
        Value::Array(elements) => {
            let each = elements.iter().enumerate();
            each.for_each(|(at, value)| leaves(value, &format!("{path}[{at}]"), found));
        }
        scalar => found.push((path.to_owned(), scalar.clone())),
    }
}

fn scalars(event: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    leaves(event, "", &mut found);
    found
}

/// A rule about a log: its product and service, and the lines of its selection.
fn rule(product: &str, service: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("        {line}\n")).collect();
    format!(
        "title: T\nlogsource: {{product: {product}, service: {service}}}\n\
         detection:\n    selection:\n{lines}    condition: selection\n"
    )
}

fn witness(rule: &str) -> Value {
    let folder = folder(&[("rule.yml", rule)]);
    let run = Run::new(&folder, &["witness", "rule.yml", "--format", "json"]);
    serde_json::from_str::<Value>(&run.out).expect("JSON")["rules"][0]["witnesses"][0].clone()
}

/// What a rule says of one field, the others keep.
#[test]
fn what_a_rule_says_holds_all_through_the_event() {
    let aws = |lines: &[&str]| rule("aws", "cloudtrail", lines);
    let okta = |lines: &[&str]| rule("okta", "okta", lines);
    let cases: &[(String, &[(&str, Value)])] = &[
        (
            aws(&["eventName: CreateUser", "userIdentity.arn: arn:aws:iam::444455556666:user/eve"]),
            &[
                ("/userIdentity/userName", "eve".into()),
                ("/userIdentity/type", "IAMUser".into()),
                ("/userIdentity/accountId", "444455556666".into()),
                ("/recipientAccountId", "444455556666".into()),
                ("/eventSource", "iam.amazonaws.com".into()),
                ("/awsRegion", "us-east-1".into()),
            ],
        ),
        (
            aws(&["eventName: ConsoleLogin"]),
            &[
                ("/eventType", "AwsConsoleSignIn".into()),
                ("/responseElements/ConsoleLogin", "Success".into()),
                ("/userIdentity/accessKeyId", Value::Null),
            ],
        ),
        (
            aws(&["eventName: ConsoleLogin", "responseElements.ConsoleLogin: Failure"]),
            &[
                ("/eventType", "AwsConsoleSignIn".into()),
                ("/responseElements/ConsoleLogin", "Failure".into()),
            ],
        ),
        (
            aws(&["eventName: GetSecretValue", "userIdentity.type: AssumedRole"]),
            &[
                ("/userIdentity/userName", Value::Null),
                ("/userIdentity/sessionContext/sessionIssuer/userName", "Deployment".into()),
                ("/userIdentity/arn", "arn:aws:sts::111122223333:assumed-role/Deployment/alice".into()),
            ],
        ),
        (
            okta(&["eventType: user.session.start", "actor.alternateId|contains: '@'"]),
            &[("/actor/alternateId", "alice@contoso.example".into()), ("/actor/type", "User".into())],
        ),
        (
            okta(&["eventType: user.session.start", "actor.alternateId: eve@fabrikam.example"]),
            &[("/actor/displayName", "eve".into()), ("/target/0/alternateId", "bob@fabrikam.example".into())],
        ),
        (
            rule(
                "gcp",
                "gcp.audit",
                &[
                    "protoPayload.methodName: google.iam.admin.v1.CreateServiceAccountKey",
                    "protoPayload.authenticationInfo.principalEmail|endswith: gserviceaccount.com",
                ],
            ),
            &[
                (
                    "/protoPayload/authenticationInfo/principalSubject",
                    "serviceAccount:deployer@contoso-prod.iam.gserviceaccount.com".into(),
                ),
                ("/protoPayload/status", Value::Null),
            ],
        ),
        (
            rule("azure", "auditlogs", &["properties.activityDisplayName: Add member to group"]),
            &[
                ("/operationName", "Add member to group".into()),
                ("/properties/initiatedBy/app", Value::Null),
                ("/properties/targetResources/0/userPrincipalName", "bob@contoso.example".into()),
            ],
        ),
    ];
    for (rule, said) in cases {
        let made = witness(rule);
        for (pointer, value) in *said {
            let found = made["event"].pointer(pointer).unwrap_or(&Value::Null);
            assert_eq!(found, value, "{pointer}\n{rule}\n{:#}", made["event"]);
        }
    }
}

/// Over the rules of the clouds: no filler words, one address, and near misses that differ in one member, but for those
/// without an element of an array.
#[test]
fn events_of_the_library_read_like_records() {
    const LOGS: [&str; 7] = ["aws", "entra", "okta", "gcp", "m365", "github", "kubernetes"];
    let folders: Vec<String> =
        LOGS.iter().map(|log| format!("{}/rules/{log}", env!("CARGO_MANIFEST_DIR"))).collect();
    let mut args = vec!["witness", "--format", "json"];
    args.extend(folders.iter().map(String::as_str));
    let run = Run::new(&folder(&[]), &args);
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    let (mut events, mut near, mut several) = (0, 0, Vec::new());
    for rule in document["rules"].as_array().expect("rules") {
        let file = &rule["rule"]["file"];
        for witness in rule["witnesses"].as_array().expect("events") {
            events += 1;
            let own = scalars(&witness["event"]);
            let fillers =
                own.iter().filter(|(_, value)| ["@", "x", "example"].iter().any(|word| value == word));
            let fillers: Vec<_> = fillers.filter(|(path, _)| !path.ends_with("newValue")).collect();
            assert!(fillers.iter().all(|(path, _)| path.ends_with("resultType")), "{file}: {fillers:?}");
            for miss in witness["near"].as_array().expect("near misses") {
                near += 1;
                let other = scalars(&miss["event"]);
                let differs = |one: &[(String, Value)], two: &[(String, Value)]| {
                    one.iter().filter(|leaf| !two.contains(leaf)).cloned().collect::<Vec<_>>()
                };
                let (gone, come) = (differs(&own, &other), differs(&other, &own));
                // Another event has another request, and its name is in every field that holds it.
                let event = come.iter().find(|(path, _)| path.ends_with("eventName"));
                let is_of_event = |path: &str| event.is_some() && path.starts_with(".requestParameters.");
                let is_twin =
                    |at: usize, value: &Value| come.iter().take(at).any(|(_, other)| other == value);
                let twins: Vec<&String> = come
                    .iter()
                    .enumerate()
                    .filter(|(at, (_, value))| is_twin(*at, value))
                    .map(|(_, (path, _))| path)
                    .collect();
                let paths = gone.iter().chain(&come).map(|(path, _)| path);
                let mut changed: Vec<&String> =
                    paths.filter(|path| !is_of_event(path) && !twins.contains(path)).collect();
                changed.sort();
                changed.dedup();
                let element = miss["label"].as_str().is_some_and(|label| label.contains("no such element"));
                if changed.len() > 1 && !element {
                    several.push(format!("{file} {}: {changed:?}", miss["label"]));
                }
            }
        }
    }
    assert!(events > 250 && near > 900, "{events} {near}");
    assert!(several.len() * 50 < near, "{} of {near}: {several:#?}", several.len());
}
