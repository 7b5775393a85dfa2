//! What an alert shows.

use super::support::folder;
use super::tree::tree;
use super::{RULE, export};
use serde_json::Value;

/// The entities of the only rule, as `kind.identifier=column`.
fn entities(product: &str, service: &str, detection: &str, fields: &str) -> (Vec<String>, Value) {
    let rule = format!(
        "title: T\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nlogsource: {{product: {product}, service: {service}}}\n\
         detection:\n    selection: {{{detection}}}\n    condition: selection\nfields: [{fields}]\nlevel: low\n"
    );
    let folder = folder(&[("rules/r.yml", &rule)]);
    let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel,xdr"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let file = |part: &str| files.iter().find(|(path, _)| path.starts_with(part)).expect("a file").1;
    let yaml: Value = serde_yaml::from_str(file("sentinel/rules")).expect("YAML");
    let graph: Value = serde_json::from_str(file("xdr/graph")).expect("JSON");
    let mappings = yaml["entityMappings"].as_array().cloned().unwrap_or_default();
    let found = mappings.iter().flat_map(|mapping| {
        mapping["fieldMappings"].as_array().expect("fields").iter().map(|field| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let of = text(&mapping["entityType"]);
            format!("{of}.{}={}", text(&field["identifier"]), text(&field["columnName"]))
        })
    });
    (found.collect(), graph["detectionAction"]["alertTemplate"]["entityMappings"].clone())
}

#[test]
fn an_alert_is_about_what_the_columns_name() {
    for (log, detection, fields, expected, list) in [
        (
            ("aws", "cloudtrail"),
            "eventName: CreateUser",
            "userIdentity.arn, requestParameters.userName, sourceIPAddress",
            &[
                "Account.FullName=UserIdentityArn",
                "IP.Address=SourceIpAddress",
                "Account.Name=requestParameters_userName",
            ][..],
            "accounts",
        ),
        (
            ("azure", "activitylogs"),
            "operationName: Microsoft.Authorization/roleAssignments/write",
            "caller, resourceId",
            &["Account.FullName=Caller", "AzureResource.ResourceId=_ResourceId"],
            "azureResources",
        ),
        (
            ("azure", "auditlogs"),
            "properties.activityDisplayName: Add user",
            "properties.initiatedBy.user.userPrincipalName, properties.initiatedBy.user.id, properties.initiatedBy.app.displayName, properties.initiatedBy.app.servicePrincipalId",
            &[
                "Account.FullName=properties_initiatedBy_user_userPrincipalName",
                "Account.AadUserId=properties_initiatedBy_user_id",
                "CloudApplication.Name=properties_initiatedBy_app_displayName",
            ],
            "cloudApplications",
        ),
        (
            ("azure", "signinlogs"),
            "properties.appDisplayName: Azure Portal",
            "properties.userPrincipalName, properties.deviceDetail.displayName",
            &["Account.FullName=UserPrincipalName", "Host.HostName=properties_deviceDetail_displayName"],
            "accounts",
        ),
        (
            ("gcp", "gcp.audit"),
            "protoPayload.methodName: google.iam.admin.v1.CreateServiceAccount",
            "protoPayload.authenticationInfo.principalEmail, protoPayload.resourceName",
            &["Account.FullName=PrincipalEmail"],
            "googleCloudResources",
        ),
    ] {
        let (found, graph) = entities(log.0, log.1, detection, fields);
        assert_eq!(found, expected, "{log:?}");
        assert!(graph[list].is_array(), "{log:?}: {graph}");
    }
}

/// A rule with the fields that it shows, and a correlation that counts it by a group.
fn counted(product: &str, service: &str, detection: &str, fields: &str, group: &str) -> String {
    format!(
        "title: Base\nid: 5e8c3a40-3c1e-4f29-9f3a-4a9f6b2b1c0d\nname: base\n\
         logsource: {{product: {product}, service: {service}}}\n\
         detection:\n    selection: {{{detection}}}\n    condition: selection\nfields: [{fields}]\nlevel: low\n---\n\
         title: Many\nid: 5e8c3a41-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ncorrelation:\n    type: event_count\n    \
         rules: [base]\n    {group}\n    timespan: 1h\n    condition: {{gte: 3}}\nlevel: high\n"
    )
}

#[test]
fn an_alert_of_a_correlation_is_about_its_group_and_about_what_its_rules_show() {
    let rules = counted(
        "aws",
        "cloudtrail",
        "eventName: CreateUser",
        "userIdentity.arn, sourceIPAddress",
        "group-by: [recipientAccountId]",
    );
    let target = "properties.targetResources[type=User].id";
    let alias = format!("group-by: [target]\n    aliases: {{target: {{base: '{target}'}}}}");
    let other = counted("azure", "auditlogs", "properties.activityDisplayName: Add user", "", &alias);
    let folder = folder(&[
        ("rules/many.yml", &rules),
        ("rules/target.yml", &other.replace("5e8c3a4", "5e8c3b4").replace("base", "added")),
    ]);
    let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel,xdr,splunk"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let json = |path: &str| -> Value { serde_json::from_str(&files[path]).expect("JSON") };
    let has = |path: &str, parts: &[&str]| {
        for part in parts {
            assert!(files[path].contains(part), "{part}: {}", files[path]);
        }
    };
    // A platform takes a text, so that the query has one of those in the list.
    let first = "| extend UserIdentityArn_first = tostring(UserIdentityArn[0])";
    has(
        "sentinel/rules/rules/many.yaml",
        &[
            first,
            "identifier: FullName\n    columnName: UserIdentityArn_first",
            "columnName: SourceIpAddress_first",
        ],
    );
    // The first need not be that of the next window.
    has("sentinel/arm/rules/many.json", &[r#""matchingMethod": "Selected""#]);
    let graph = json("xdr/graph/rules/many.json");
    let entities = &graph["detectionAction"]["alertTemplate"]["entityMappings"];
    assert_eq!(entities["accounts"][0]["upnColumn"], "UserIdentityArn_first", "{entities}");
    assert_eq!(entities["ips"][0]["addressColumn"], "SourceIpAddress_first", "{entities}");
    has(
        "splunk/sigmata/default/savedsearches.conf",
        &[
            "nes_fields = recipientAccountId,userIdentity.arn,sourceIPAddress",
            r#"_risk = [{"risk_object_field":"userIdentity.arn""#,
        ],
    );
    has("sentinel/rules/rules/target.yaml", &["identifier: AadUserId\n    columnName: target"]);
    has("sentinel/arm/rules/target.json", &[r#""matchingMethod": "AllEntities""#]);
    let graph = json("xdr/graph/rules/target.json");
    let entities = &graph["detectionAction"]["alertTemplate"]["entityMappings"];
    assert_eq!(entities["accounts"][0]["aadUserIdColumn"], "target", "{entities}");
}

#[test]
fn what_is_read_in_an_alert_is_in_its_place() {
    let description =
        "description: |\n  It was made.\n  Look next at the\n  name. To undo it, delete it. Ask the owner.";
    let tags = "[attack.impact, attack.persistence, attack.t1136.003, attack.t1098, attack.t1531]";
    let rule = RULE
        .replace("description: A new IAM user.", description)
        .replace("[attack.persistence, attack.t1136.003]", tags)
        .replace("level: high\n", "level: high\nfalsepositives: [Joiners]\n");
    let folder = folder(&[("rules/user.yml", &rule)]);
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(
        run.out.contains("T1531 is under another") || run.err.contains("T1531 is under another"),
        "{}",
        run.err
    );
    let files = tree(&folder.path("out"));
    let read = |path: &str| -> Value { serde_yaml::from_str(&files[path]).expect("YAML or JSON") };
    let steps =
        "Look next at the name.\n\nTo undo it, delete it.\n\nAsk the owner.\n\nFalse positives:\n- Joiners";
    let sentinel = read("sentinel/rules/aws/user.yaml");
    assert_eq!(sentinel["description"], format!("It was made.\n\n{steps}"));
    for (path, pointer) in [("xdr/graph/aws/user.json", ""), ("xdr/detections/aws/user.yaml", "/properties")]
    {
        let alert = read(path)
            .pointer(&format!("{pointer}/detectionAction/alertTemplate"))
            .expect("an alert")
            .clone();
        assert_eq!(
            (alert["description"].as_str(), alert["recommendedActions"].as_str()),
            (Some("It was made."), Some(steps))
        );
        // The tactic that most techniques are under, with those alone.
        let tactics = serde_json::json!([{"tactic": "Persistence", "techniques": [
            {"technique": "T1136", "subTechniques": ["T1136.003"]}, {"technique": "T1098"},
        ]}]);
        assert_eq!(alert["tactics"], tactics);
    }
    let templates: String = files
        .iter()
        .filter(|(path, _)| path.starts_with("cloudwatch/"))
        .map(|(_, text)| text.as_str())
        .collect();
    let title = sentinel["name"].as_str().expect("a title");
    assert!(templates.contains(&format!("{title} (high). It was made.")), "{templates}");
    assert!(templates.contains(&format!(r#"{{\"rule\": \"{title}\", \"level\": \"high\""#)), "{templates}");
    assert!(templates.contains(r#"\"event\": <aws.events.event.json>}"#), "{templates}");
}
