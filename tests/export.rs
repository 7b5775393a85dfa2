//! `sigmata export`: a build that is in step with its rules, and objects that the platforms take.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Folder, Run, folder};

const RULE: &str = "\
title: IAM User Created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: test
description: A new IAM user.
author: sigmata
date: 2026-11-23
tags: [attack.persistence, attack.t1136.003]
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
fields: [userIdentity.arn, userIdentity.userName, sourceIPAddress]
level: high
";

fn other() -> String {
    RULE.replace("5e8c3a39", "5e8c3a38")
        .replace("IAM User Created", "IAM Role Created")
        .replace("CreateUser", "CreateRole")
}

/// Every file below a folder, by its path.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    files
}

fn export(folder: &Folder, args: &[&str]) -> Run {
    Run::new(folder, &[&["export"], args].concat())
}

fn manifest(folder: &Folder) -> Value {
    let text = std::fs::read_to_string(folder.path("out/sigmata-manifest.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

fn repository() -> Folder {
    folder(&[("sigmata.toml", ""), ("rules/aws/user.yml", RULE), ("rules/aws/role.yml", &other())])
}

#[test]
fn a_build_depends_on_the_rules_alone() {
    let folder = repository();
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(json_schema::misfits(&json_schema::load("manifest.schema.json"), &manifest(&folder)), [""; 0]);
    let first = tree(&folder.path("out"));
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        [
            "cloudwatch/api/aws/role.json",
            "cloudwatch/api/aws/user.json",
            "cloudwatch/cloudformation/aws.json",
            "cloudwatch/eventbridge/aws.us-east-1.json",
            "cloudwatch/eventbridge/aws/role.json",
            "cloudwatch/eventbridge/aws/user.json",
            "cloudwatch/scheduled/aws.json",
            "navigator/layer.json",
            "sentinel/arm/aws/role.json",
            "sentinel/arm/aws/user.json",
            "sentinel/rules/aws/role.yaml",
            "sentinel/rules/aws/user.yaml",
            "sigmata-manifest.json",
            "site/coverage.html",
            "site/index.html",
            "site/layer.json",
            "site/rules/aws/role.html",
            "site/rules/aws/user.html",
            "site/script.js",
            "site/style.css",
            "splunk/sigmata/README.txt",
            "splunk/sigmata/default/app.conf",
            "splunk/sigmata/default/macros.conf",
            "splunk/sigmata/default/savedsearches.conf",
            "splunk/sigmata/metadata/default.meta",
            "terraform/cloudwatch/aws.role.tf",
            "terraform/cloudwatch/aws.user.tf",
            "terraform/cloudwatch/sigmata.tf",
            "terraform/sentinel/aws.role.tf",
            "terraform/sentinel/aws.user.tf",
            "terraform/sentinel/sigmata.tf",
            "terraform/splunk/aws.role.tf",
            "terraform/splunk/aws.user.tf",
            "terraform/splunk/sigmata.tf",
            "xdr/detections/aws/role.yaml",
            "xdr/detections/aws/user.yaml",
            "xdr/graph/aws/role.json",
            "xdr/graph/aws/user.json",
        ]
    );
    for paths in [&["rules/aws"][..], &["."], &["rules/aws/user.yml", "rules/aws/role.yml"]] {
        let run = export(&folder, &[paths, &["-o", "again"]].concat());
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert_eq!(tree(&folder.path("again")), first, "{paths:?}");
    }
    let run = export(&folder, &["rules", "-o", "out", "--check"]);
    assert_eq!((run.code, run.out.contains("is up to date")), (0, true), "{}", run.out);
}

#[test]
fn a_changed_rule_changes_its_files_and_its_version_alone() {
    let folder = repository();
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let before = tree(&folder.path("out"));
    std::fs::write(folder.path("rules/aws/user.yml"), RULE.replace("CreateUser", "DeleteUser"))
        .expect("written");
    let run = export(&folder, &["rules", "-o", "out", "--check"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("sentinel/rules/aws/user.yaml") && !run.out.contains("role"), "{}", run.out);
    assert_eq!(tree(&folder.path("out")), before, "a check writes nothing");
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let after = tree(&folder.path("out"));
    let changed: Vec<&String> =
        after.iter().filter(|(path, text)| before[*path] != **text).map(|(path, _)| path).collect();
    assert_eq!(
        changed,
        [
            "cloudwatch/api/aws/user.json",
            "cloudwatch/cloudformation/aws.json",
            "cloudwatch/eventbridge/aws.us-east-1.json",
            "cloudwatch/eventbridge/aws/user.json",
            "cloudwatch/scheduled/aws.json",
            "sentinel/arm/aws/user.json",
            "sentinel/rules/aws/user.yaml",
            "sigmata-manifest.json",
            "site/index.html",
            "site/rules/aws/user.html",
            "splunk/sigmata/default/app.conf",
            "splunk/sigmata/default/savedsearches.conf",
            "terraform/cloudwatch/aws.user.tf",
            "terraform/sentinel/aws.user.tf",
            "terraform/splunk/aws.user.tf",
            "xdr/detections/aws/user.yaml",
            "xdr/graph/aws/user.json",
        ]
    );
    let versions: Vec<(String, u64)> = manifest(&folder)["objects"]
        .as_array()
        .expect("objects")
        .iter()
        .map(|object| {
            (
                object["source"].as_str().expect("a file").to_owned(),
                object["version"].as_u64().expect("a number"),
            )
        })
        .collect();
    assert!(
        versions.iter().all(|(source, version)| *version == u64::from(source.ends_with("user.yml"))),
        "{versions:?}"
    );
    assert!(after["sentinel/rules/aws/user.yaml"].contains("version: 1.0.1"));
}

#[test]
fn what_is_gone_is_told_and_pruned_and_what_others_made_is_left() {
    let folder = repository();
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    std::fs::write(folder.path("out/README.md"), "ours").expect("written");
    std::fs::write(folder.path("out/sentinel/rules/aws/role.yaml"), "edited").expect("written");
    std::fs::remove_file(folder.path("rules/aws/role.yml")).expect("removed");
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(
        run.out.contains("no rule gives it") && run.out.contains("sentinel/arm/aws/role.json"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("to be deleted in the SIEM") && run.out.contains("IAM Role Created"),
        "{}",
        run.out
    );
    assert_eq!(manifest(&folder)["retired"].as_array().map(Vec::len), Some(9));
    assert_eq!(export(&folder, &["rules", "-o", "out", "--check"]).code, 1, "stale files are drift");
    assert_eq!(export(&folder, &["rules", "-o", "out", "--prune"]).code, 0);
    let left = tree(&folder.path("out"));
    assert!(!left.contains_key("sentinel/arm/aws/role.json"));
    assert_eq!(
        left.get("sentinel/rules/aws/role.yaml").map(String::as_str),
        Some("edited"),
        "changed by hand"
    );
    assert_eq!(left.get("README.md").map(String::as_str), Some("ours"));
    // The rule comes back, and with it its identity.
    std::fs::write(folder.path("rules/aws/role.yml"), other()).expect("written");
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    assert!(manifest(&folder)["retired"].is_null());
}

#[test]
fn a_file_in_the_way_ends_the_run_before_anything_is_written() {
    let folder = folder(&[("rules/user.yml", RULE), ("out/sentinel/rules/aws/user.yaml", "somebody's")]);
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("in the way"), "{}", run.err);
    assert_eq!(tree(&folder.path("out")).len(), 1);
}

#[test]
fn a_rule_that_cannot_be_read_is_not_one_that_is_gone() {
    let folder = repository();
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let before = tree(&folder.path("out"));
    let broken = other().replace("detection:\n", "detection: [\n");
    std::fs::write(folder.path("rules/aws/role.yml"), broken).expect("written");
    let run = export(&folder, &["rules", "-o", "out", "--prune"]);
    assert!(run.code >= 1 && run.err.contains("nothing is written"), "{}{}", run.out, run.err);
    assert_eq!(tree(&folder.path("out")), before);
}

#[test]
fn a_broken_off_run_is_completed_by_the_next() {
    let whole = repository();
    assert_eq!(export(&whole, &["rules", "-o", "out"]).code, 0);
    std::fs::write(whole.path("rules/aws/user.yml"), RULE.replace("CreateUser", "DeleteUser"))
        .expect("written");
    let before = tree(&whole.path("out"));
    assert_eq!(export(&whole, &["rules", "-o", "out"]).code, 0);
    let after = tree(&whole.path("out"));
    let changed: Vec<&String> = after.keys().filter(|path| before.get(*path) != after.get(*path)).collect();
    // Every point at which the run can end: the manifest that announces, and some files.
    for written in 0..changed.len() {
        let broken = repository();
        assert_eq!(export(&broken, &["rules", "-o", "out"]).code, 0);
        std::fs::write(broken.path("rules/aws/user.yml"), RULE.replace("CreateUser", "DeleteUser"))
            .expect("written");
        let announced = before["sigmata-manifest.json"].replace("\"complete\": true", "\"complete\": false");
        std::fs::write(broken.path("out/sigmata-manifest.json"), announced).expect("written");
        for path in changed.iter().filter(|path| **path != "sigmata-manifest.json").take(written) {
            std::fs::write(broken.path(&format!("out/{path}")), &after[*path]).expect("written");
        }
        assert_eq!(export(&broken, &["rules", "-o", "out", "--check"]).code, 1, "{written}");
        assert_eq!(export(&broken, &["rules", "-o", "out"]).code, 0);
        assert_eq!(tree(&broken.path("out")), after, "{written}");
    }
}

#[test]
fn what_a_platform_does_not_take_is_a_finding_and_the_rest_is_written() {
    let long = format!("title: {}\n", "Long ".repeat(60).trim());
    let values: String = (0..700).map(|at| format!("            - User{at:04}Name\n")).collect();
    let many = RULE.replace(
        "        eventName: CreateUser\n",
        &format!("        requestParameters.userName:\n{values}"),
    );
    // What is left out (S0972) is counted, not told one by one.
    for (change, code, exit, expected) in [
        (RULE.replace("title: IAM User Created\n", &long), "S0970", 1, "the title has"),
        (many, "S0970", 1, "the query has"),
        (RULE.replace("id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\n", ""), "S0971", 1, "has no `id`"),
        (other().replace("5e8c3a38", "5E8C3A38"), "S0971", 1, "rules/role.yml`, which is exported"),
        (RULE.replace("attack.persistence, ", ""), "S0973", 0, "no tactic"),
        (RULE.replace("status: test", "status: deprecated"), "", 0, "left out: the status is `deprecated`"),
    ] {
        let folder = folder(&[("rules/user.yml", &change), ("rules/role.yml", &other())]);
        let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel"]);
        let text = format!("{}{}", run.out, run.err);
        assert_eq!(run.code, exit, "{text}");
        assert!(text.contains(code) && text.contains(expected), "{expected}: {text}");
        assert!(tree(&folder.path("out")).contains_key("sentinel/rules/aws/role.yaml"));
    }
}

#[test]
fn an_environment_has_its_own_identifiers_tables_and_schedules() {
    let settings = "\
[export.prod]
out = 'deploy'
kinds = ['sentinel']
logs.\"aws/cloudtrail\".kql.table = 'Trail_CL'
[export.prod.rules.\"5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\"]
enabled = false
every = '15m'
";
    let folder = folder(&[("sigmata.toml", settings), ("rules/user.yml", RULE)]);
    let run = export(&folder, &["rules", "--env", "prod"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = std::fs::read_to_string(folder.path("deploy/sentinel/rules/aws/user.yaml")).expect("a rule");
    for part in ["enabled: false", "queryFrequency: 15m", "queryPeriod: 75m", "Trail_CL", "ago(15m)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let plain = std::fs::read_to_string(folder.path("out/sentinel/rules/aws/user.yaml")).expect("a rule");
    assert!(plain.contains("AWSCloudTrail") && !plain.contains("Trail_CL\n"), "{plain}");
    assert_ne!(plain.lines().next(), text.lines().next(), "the identifiers differ");
    let run = export(&folder, &["rules", "-o", "out", "--env", "prod"]);
    assert_eq!((run.code, run.err.contains("is a build for")), (2, true), "{}", run.err);
    let run = export(&folder, &["rules", "--env", "prd"]);
    assert_eq!((run.code, run.err.contains("did you mean `prod`")), (2, true), "{}", run.err);
    let run = export(&folder, &["rules", "-o", "x", "--kind", "sentinl"]);
    assert_eq!((run.code, run.err.contains("did you mean `sentinel`")), (2, true), "{}", run.err);
}

#[test]
fn what_needs_history_reads_it_and_tells_the_new_alone() {
    let rule =
        RULE.replace("level: high\n", "level: high\nfirst_seen: {by: [userIdentity.arn], within: 7d}\n");
    let folder = folder(&[("rules/user.yml", &rule)]);
    let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel,splunk"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let text = &files["sentinel/rules/aws/user.yaml"];
    assert!(!text.contains("ingestion_time()"), "the past would be cut off: {text}");
    for part in ["| where TimeGenerated > ago(75m)", "and TimeGenerated <= ago(15m)", "queryPeriod: 10155m"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = &files["splunk/sigmata/default/savedsearches.conf"];
    assert!(
        text.contains("_time>now()-4500 AND _time<=now()-900") && !text.contains("index_earliest"),
        "{text}"
    );
}

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
            "properties.initiatedBy.user.userPrincipalName, properties.initiatedBy.user.id, properties.initiatedBy.app.displayName",
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
            "protoPayload.resourceName",
            &[],
            "googleCloudResources",
        ),
    ] {
        let (found, graph) = entities(log.0, log.1, detection, fields);
        assert_eq!(found, expected, "{log:?}");
        assert!(graph[list].is_array(), "{log:?}: {graph}");
    }
}

#[test]
fn what_looks_back_too_far_for_sentinel_is_a_daily_detection_of_defender() {
    let rule =
        RULE.replace("level: high\n", "level: high\nfirst_seen: {by: [userIdentity.arn], within: 20d}\n");
    let folder = folder(&[("rules/user.yml", &rule)]);
    let run = export(&folder, &["rules", "-o", "alone", "--kind", "sentinel"]);
    assert!(run.code == 1 && run.err.contains("export the kind `xdr`"), "{}{}", run.out, run.err);
    let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel,xdr"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("the custom detection looks back further"), "{}", run.out);
    let files = tree(&folder.path("out"));
    let graph: Value = serde_json::from_str(&files["xdr/graph/aws/user.json"]).expect("JSON");
    assert_eq!(graph["schedule"]["frequency"], "P1D");
    let query = graph["queryCondition"]["queryText"].as_str().expect("a query");
    assert!(query.contains("| where Timestamp > ago(1455m)"), "a run tells the new alone: {query}");
}

#[test]
fn a_schedule_that_a_platform_does_not_have_is_told() {
    let id = "5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d";
    let settings = format!("[export.prod]\nrules.\"{id}\".every = '10m'\n");
    let long =
        RULE.replace("level: high\n", "level: high\nfirst_seen: {by: [userIdentity.arn], within: 7d}\n");
    for (rule, kind, expected) in [
        (RULE, "xdr", "runs every 1h and not every 10m"),
        (long.as_str(), "sentinel", "runs every 1h and not every 10m"),
        (RULE, "sentinel", ""),
    ] {
        let folder = folder(&[("sigmata.toml", &settings), ("rules/user.yml", rule)]);
        let run = export(&folder, &["rules", "-o", "out", "--env", "prod", "--kind", kind]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert!(run.err.contains(expected), "{kind}: {}", run.err);
        assert_eq!(run.err.contains("runs every"), !expected.is_empty(), "{kind}: {}", run.err);
    }
}

#[test]
fn no_text_of_a_rule_leaves_its_place() {
    let hostile = RULE
        .replace("title: IAM User Created", "title: \"[concat('a', 'b')] {{UserIdentityArn}}\"")
        .replace("description: A new IAM user.", "description: \"[resourceGroup()] \\n- x: y\"");
    let folder = folder(&[("rules/user.yml", &hostile)]);
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let arm: Value = serde_json::from_str(&files["sentinel/arm/aws/user.json"]).expect("JSON");
    let properties = &arm["resources"][0]["properties"];
    assert!(
        properties["displayName"].as_str().is_some_and(|name| name.starts_with("[[concat(")),
        "{properties}"
    );
    assert!(
        properties["description"].as_str().is_some_and(|text| text.starts_with("[[resourceGroup")),
        "{properties}"
    );
    assert!(properties["alertDetailsOverride"].is_null(), "a title with braces asks for no columns");
    let yaml: Value = serde_yaml::from_str(&files["sentinel/rules/aws/user.yaml"]).expect("YAML");
    assert_eq!(yaml["name"], "[concat('a', 'b')] {{UserIdentityArn}}");
}

/// The checks of the content repository, written from its sources: which members there are, and what they hold.
fn faults(rule: &Value) -> Vec<String> {
    const TACTICS: [&str; 16] = [
        "Reconnaissance",
        "ResourceDevelopment",
        "InitialAccess",
        "Execution",
        "Persistence",
        "PrivilegeEscalation",
        "DefenseEvasion",
        "CredentialAccess",
        "Discovery",
        "LateralMovement",
        "Collection",
        "Exfiltration",
        "CommandAndControl",
        "Impact",
        "ImpairProcessControl",
        "InhibitResponseFunction",
    ];
    const IDENTIFIERS: [(&str, &str); 7] = [
        ("Account", "FullName"),
        ("Account", "Name"),
        ("Account", "AadUserId"),
        ("IP", "Address"),
        ("CloudApplication", "Name"),
        ("AzureResource", "ResourceId"),
        ("Host", "HostName"),
    ];
    const KEYS: [&str; 19] = [
        "id",
        "name",
        "version",
        "kind",
        "description",
        "severity",
        "enabled",
        "requiredDataConnectors",
        "queryFrequency",
        "queryPeriod",
        "triggerOperator",
        "triggerThreshold",
        "tactics",
        "relevantTechniques",
        "query",
        "entityMappings",
        "customDetails",
        "alertDetailsOverride",
        "eventGroupingSettings",
    ];
    let mut faults = Vec::new();
    let text = |key: &str| rule[key].as_str().unwrap_or_default().to_owned();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    let keys = rule.as_object().expect("an object").keys();
    demand(keys.into_iter().all(|key| KEYS.contains(&key.as_str())), "an unknown member");
    demand(text("id").len() == 36, "id");
    demand((1..=256).contains(&text("name").chars().count()), "name");
    demand((1..=5000).contains(&text("description").chars().count()), "description");
    demand((1..=10_000).contains(&text("query").trim_end().chars().count()), "query");
    demand(["Informational", "Low", "Medium", "High"].contains(&text("severity").as_str()), "severity");
    let version = text("version");
    demand(version.split('.').count() == 3 && version.len() <= 20, "version");
    if text("kind") == "Scheduled" {
        let seconds = |text: &str| {
            let (number, unit) = text.split_at(text.len() - 1);
            let unit = match unit {
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                _ => 0,
            };
            number.parse::<u64>().unwrap_or(0) * unit
        };
        let (every, period) = (seconds(&text("queryFrequency")), seconds(&text("queryPeriod")));
        demand((300..=1_209_600).contains(&every) && (every..=1_209_600).contains(&period), "times");
        demand(period < 172_800 || every >= 3_600, "a long look-back runs once an hour at most");
        demand(text("triggerOperator") == "gt" && rule["triggerThreshold"] == 0, "trigger");
    }
    let list = |key: &str| rule[key].as_array().cloned().unwrap_or_default();
    demand(
        list("tactics").iter().all(|tactic| tactic.as_str().is_some_and(|tactic| TACTICS.contains(&tactic))),
        "tactics",
    );
    demand(
        list("relevantTechniques").is_empty() || !list("tactics").is_empty(),
        "techniques without tactics",
    );
    let query = text("query");
    demand(list("entityMappings").len() <= 5, "entities");
    for mapping in list("entityMappings") {
        demand(
            (1..=3).contains(&mapping["fieldMappings"].as_array().map_or(0, Vec::len)),
            "fields of an entity",
        );
        for field in mapping["fieldMappings"].as_array().expect("fields") {
            let column = field["columnName"].as_str().expect("a column");
            demand(query.contains(column), "a column that the query does not show");
            let pair = (
                mapping["entityType"].as_str().unwrap_or_default(),
                field["identifier"].as_str().unwrap_or_default(),
            );
            demand(IDENTIFIERS.contains(&pair), "an identifier");
        }
    }
    let details = rule["customDetails"].as_object().cloned().unwrap_or_default();
    demand(details.len() <= 20, "details");
    for (key, column) in details {
        let begins = key.starts_with(|char: char| char.is_ascii_alphabetic());
        demand(
            begins && key.len() <= 20 && key.chars().all(|char| char.is_ascii_alphanumeric()),
            "a key of details",
        );
        demand(
            column.as_str().is_some_and(|column| query.contains(column)),
            "a detail that the query does not show",
        );
    }
    let format = rule["alertDetailsOverride"]["alertDisplayNameFormat"].as_str().unwrap_or_default();
    demand(format.chars().count() <= 256 && format.matches("{{").count() <= 3, "format");
    faults
}

#[test]
fn every_rule_of_the_library_passes_the_checks_of_the_content_repository() {
    let folder = folder(&[("x", "")]);
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let run = export(&folder, &[rules.to_str().expect("a path"), "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let mut count = 0;
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("sentinel/rules/")) {
        let rule: Value = serde_yaml::from_str(text).expect("YAML");
        assert_eq!(faults(&rule), [""; 0], "{path}");
        assert!(!text.contains("$serde"), "{path}");
        count += 1;
    }
    assert!(count > 300, "{count}");
    let is_json = |path: &str| Path::new(path).extension().is_some_and(|ending| ending == "json");
    for (path, text) in files.iter().filter(|(path, _)| is_json(path)) {
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{path}");
    }
    // The model catches what is planted.
    let good: Value = serde_yaml::from_str(&files["sentinel/rules/aws/iam_user_created.yaml"]).expect("YAML");
    for (key, value) in [
        ("name", Value::from("x".repeat(257))),
        ("queryPeriod", Value::from("15d")),
        ("tactics", serde_json::json!(["Stealth"])),
        ("severity", Value::from("Critical")),
        (
            "entityMappings",
            serde_json::json!([{"entityType": "IP", "fieldMappings": [{"identifier": "Address", "columnName": "NoSuch"}]}]),
        ),
        ("extra", Value::from(1)),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert_ne!(faults(&bad), [""; 0], "{key}");
    }
}

/// The arguments and blocks of each resource, as the providers have them.
const ARGUMENTS: [(&str, &[&str]); 3] = [
    (
        "azurerm_sentinel_alert_rule_scheduled",
        &[
            "name",
            "log_analytics_workspace_id",
            "display_name",
            "severity",
            "query",
            "enabled",
            "description",
            "query_frequency",
            "query_period",
            "trigger_operator",
            "trigger_threshold",
            "suppression_enabled",
            "suppression_duration",
            "tactics",
            "techniques",
            "custom_details",
            "entity_mapping",
            "alert_details_override",
            "event_grouping",
            "incident",
        ],
    ),
    ("splunk_configs_conf", &["name", "variables", "acl"]),
    ("aws_cloudwatch_query_definition", &["name", "query_string", "log_group_names"]),
];

/// What is wrong with a file of Terraform: resources, arguments, and texts that end.
fn terraform_faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut known, mut mark, mut names): (&[&str], Option<String>, Vec<String>) = (&[], None, Vec::new());
    for line in text.lines() {
        if let Some(end) = &mark {
            if line.trim() == end {
                mark = None;
            } else if line.replace("$${", "").contains("${") {
                faults.push(format!("a template: {line}"));
            }
            continue;
        }
        mark = line.split_once(" = <<").map(|(_, mark)| mark.to_owned());
        if let Some(rest) = line.strip_prefix("resource ") {
            let mut labels = rest.trim_end_matches(" {").split('"').filter(|part| !part.trim().is_empty());
            let kind = labels.next().unwrap_or_default();
            known = ARGUMENTS.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, known)| *known);
            names.push(labels.next().unwrap_or_default().to_owned());
        }
        let argument = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '}', ']']));
        if let (Some(argument), false) = (argument, known.is_empty()) {
            let name = argument.split([' ', '=']).next().unwrap_or_default();
            if !known.contains(&name) {
                faults.push(format!("no argument {name}"));
            }
        }
    }
    if mark.is_some() || names.is_empty() || names.iter().any(String::is_empty) {
        faults.push("a text without an end, or a resource without a name".to_owned());
    }
    faults
}

#[test]
fn every_resource_of_the_library_has_the_arguments_of_its_provider() {
    let folder = folder(&[("x", "")]);
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let run = export(&folder, &[rules.to_str().expect("a path"), "-o", "out", "--kind", "terraform"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let mut names = std::collections::HashSet::new();
    let files = tree(&folder.path("out"));
    let resources = |path: &str| path.starts_with("terraform/") && !path.ends_with("/sigmata.tf");
    for (path, text) in files.iter().filter(|(path, _)| resources(path)) {
        assert_eq!(terraform_faults(text), [""; 0], "{path}");
        let module = path.rsplit_once('/').expect("a module").0;
        for line in text.lines().filter(|line| line.starts_with("resource ")) {
            assert!(names.insert(format!("{module} {line}")), "{path}: {line} is there a second time");
        }
    }
    assert!(names.len() > 1_000, "{}", names.len());
    let good = &files["terraform/sentinel/aws.iam_user_created.tf"];
    for (from, to) in [
        ("severity ", "severty "),
        ("\nTEXT\n", "\n"),
        ("AWSCloudTrail\n", "${var.x}\n"),
        ("resource ", "resorce "),
    ] {
        assert_ne!(terraform_faults(&good.replace(from, to)), [""; 0], "{from:?}");
    }
}

/// The stanzas of a configuration file: name, then settings; lines that end with a backslash go on.
fn stanzas(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut name = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(stanza) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            stanza.clone_into(&mut name);
            assert!(found.insert(name.clone(), BTreeMap::new()).is_none(), "{stanza} is there a second time");
        } else if let Some((key, value)) = line.split_once(" = ") {
            let mut value = value.to_owned();
            while let Some(before) = value.strip_suffix('\\') {
                value = format!("{before}\n{}", lines.next().expect("another line"));
            }
            found.get_mut(&name).expect("a stanza").insert(key.to_owned(), value);
        } else {
            assert!(line.is_empty(), "{line}");
        }
    }
    found
}

#[test]
fn every_search_of_the_library_is_the_query_of_its_rule() {
    let folder = folder(&[("x", "")]);
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let rules = rules.to_str().expect("a path");
    let run = export(&folder, &[rules, "-o", "out", "--kind", "splunk,cloudwatch"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let searches = stanzas(&files["splunk/sigmata/default/savedsearches.conf"]);
    let macros = stanzas(&files["splunk/sigmata/default/macros.conf"]);
    assert_eq!(searches.len(), macros.len());
    assert!(searches.len() > 280, "{}", searches.len());
    for (name, settings) in &searches {
        assert!(name.chars().count() <= 99, "{name}");
        let (query, last) = settings["search"].rsplit_once("\n| ").expect("a macro at the end");
        assert!(macros.contains_key(last.trim_matches('`')), "{last}");
        assert!(!query.contains("index_earliest") && !query.is_empty());
        for key in ["cron_schedule", "dispatch.earliest_time", "disabled", "alert.severity", "description"] {
            assert!(settings.contains_key(key), "{name}: {key}");
        }
        for key in ["action.correlationsearch.annotations", "action.risk.param._risk"] {
            let text = settings.get(key).map_or("{}", String::as_str);
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{name}: {key}");
        }
    }
    let mut queries = 0;
    for (_, text) in files.iter().filter(|(path, _)| path.starts_with("cloudwatch/api/")) {
        let input: Value = serde_json::from_str(text).expect("JSON");
        let length = |key: &str| input[key].as_str().map_or(0, |text| text.chars().count());
        assert!(
            (1..=255).contains(&length("name")) && (1..=10_000).contains(&length("queryString")),
            "{input}"
        );
        queries += 1;
    }
    assert!(queries > 250, "{queries}");
}
