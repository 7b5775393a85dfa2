//! `sigmata export`: a build that is in step with its rules, and objects that the platforms take.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;
#[path = "support/tree.rs"]
mod tree;

use serde_json::Value;
use support::{Folder, Run, folder};
use tree::tree;

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
    // What is left out (S0972) is counted, not reported one by one.
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

/// A list that exports make, in each platform, and what they made of two rules that ask for it.
#[test]
fn a_known_list_is_made_where_queries_ask_for_it() {
    let settings = |values: &str, more: &str| {
        format!(
            "[lists.admins]\nvalues = {values}\nkql = {{watchlist = 'Admins'}}\n\
             spl = {{lookup = 'admins', field = 'user'}}\ncwli = {{table = 'admins', field = 'known_user'}}\n{more}"
        )
    };
    let asks = |rule: &str, modifiers: &str| {
        rule.replace("    condition: selection\n", &format!(
            "    known:\n        userIdentity.arn|{modifiers}expand: '%admins%'\n    condition: selection and not known\n"
        ))
    };
    let values = "['alice', 'a \"b\", c', '[x]']";
    let folder = folder(&[
        (".git/HEAD", ""),
        ("sigmata.toml", &settings(values, "export = true\n")),
        ("rules/user.yml", &asks(RULE, "")),
        ("rules/role.yml", &asks(&other(), "cased|")),
    ]);
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let rows = |column: &str| format!("{column}\nalice\n\"a \"\"b\"\", c\"\n[x]\n");
    let json = |path: &str| -> Value { serde_json::from_str(&files[path]).expect("JSON") };
    let watchlist = json("sentinel/watchlists/Admins.json")["resources"][0]["properties"].clone();
    assert_eq!(watchlist["rawContent"], rows("Value"));
    assert_eq!(
        (&watchlist["itemsSearchKey"], &watchlist["contentType"]),
        (&"Value".into(), &"text/csv".into())
    );
    assert_eq!(json("cloudwatch/lookup-tables/admins.json")["tableBody"], rows("known_user"));
    assert_eq!(files["splunk/sigmata/lookups/admins.csv"], rows("user"));
    assert_eq!(
        files["splunk/sigmata/default/transforms.conf"],
        "[admins]\nfilename = admins.csv\ncase_sensitive_match = false\nmax_matches = 1\n\n\
         [admins_cased]\nfilename = admins.csv\ncase_sensitive_match = true\nmax_matches = 1\n"
    );
    // Each search asks for a definition that is there.
    let searches = &files["splunk/sigmata/default/savedsearches.conf"];
    assert!(
        searches.contains("lookup admins user") && searches.contains("lookup admins_cased user"),
        "{searches}"
    );
    let list = |at: &Folder| {
        let all = manifest(at)["objects"].as_array().expect("objects").clone();
        all.into_iter().filter(|object| object["rule"] == "%admins%").collect::<Vec<_>>()
    };
    assert_eq!(list(&folder).len(), 3);
    // Another value changes the lists, and of the queries only those of platforms that keep none.
    std::fs::write(folder.path("sigmata.toml"), settings("['bob']", "export = true\n")).expect("written");
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let after = tree(&folder.path("out"));
    let asking = ["sentinel/", "splunk/", "cloudwatch/", "terraform/"];
    let changed: Vec<&str> = after
        .iter()
        .filter(|(path, text)| files[*path] != **text && asking.iter().any(|kind| path.starts_with(kind)))
        .map(|(path, _)| path.as_str())
        .filter(|path| !path.starts_with("cloudwatch/eventbridge/"))
        .collect();
    assert_eq!(
        changed,
        [
            "cloudwatch/lookup-tables/admins.json",
            "sentinel/watchlists/Admins.json",
            "splunk/sigmata/default/app.conf",
            "splunk/sigmata/lookups/admins.csv",
        ]
    );
    assert!(list(&folder).iter().all(|object| object["version"] == 1), "{:?}", list(&folder));
    // The site keeps its own: nothing is made, and what was made is to be deleted there.
    std::fs::write(folder.path("sigmata.toml"), settings("['bob']", "")).expect("written");
    let run = export(&folder, &["rules", "-o", "out", "--prune"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("Known list admins"), "{}", run.out);
    assert!(!tree(&folder.path("out")).contains_key("sentinel/watchlists/Admins.json"));
}

const MANY: &str = "\
title: Many Users
id: 5e8c3a37-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: test
description: Many new users.
author: sigmata
date: 2026-11-23
tags: [attack.persistence]
correlation:
    type: event_count
    rules: [5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d]
    group-by: [recipientAccountId]
    timespan: 10m
    condition: {gte: 5}
level: medium
";

#[test]
fn an_environment_has_its_own_thresholds() {
    let settings = |id: &str, value: &str| {
        format!("[export.prod]\nkinds = ['sentinel', 'splunk']\nrules.\"{id}\".threshold = {value}\n")
    };
    let (many, rule) = ("5e8c3a37-3c1e-4f29-9f3a-4a9f6b2b1c0d", "5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d");
    let at = |settings: &str, correlation: &str| {
        folder(&[
            (".git/HEAD", ""),
            ("sigmata.toml", settings),
            ("rules/user.yml", RULE),
            ("rules/many.yml", correlation),
        ])
    };
    let within = at(&settings(&many.to_uppercase(), "12"), MANY);
    let run = export(&within, &["rules", "-o", "prod", "--env", "prod"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = |path: &str| std::fs::read_to_string(within.path(path)).expect("a file");
    let query = text("prod/sentinel/rules/rules/many.yaml");
    assert!(query.contains("prev(TimeGenerated, 11)"), "{query}");
    let search = text("prod/splunk/sigmata/default/savedsearches.conf");
    assert!(search.contains("sf_n0=12"), "{search}");
    // Elsewhere the rule says it.
    let run = export(&within, &["rules", "-o", "out", "--kind", "sentinel"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(text("out/sentinel/rules/rules/many.yaml").contains("prev(TimeGenerated, 4)"));
    let two = MANY.replace("{gte: 5}", "{gte: 5, lte: 9}");
    for (settings, correlation, code, expected) in [
        (settings(rule, "3"), MANY, 2, "the rule has no number"),
        (settings(many, "3"), two.as_str(), 2, "several numbers"),
        (settings(many, "0"), MANY, 2, "a whole number between 1 and"),
        (settings(many, "'3'"), MANY, 2, "a whole number between 1 and"),
        (settings("5e8c3a30-3c1e-4f29-9f3a-4a9f6b2b1c0d", "3"), MANY, 0, "is about no rule of this run"),
    ] {
        let run = export(&at(&settings, correlation), &["rules", "-o", "out", "--env", "prod"]);
        assert!(run.code == code && run.err.contains(expected), "{expected}: {}{}", run.out, run.err);
    }
}

#[test]
fn files_stand_where_the_layout_says() {
    let twin = other().replace("5e8c3a38", "6f9d4b49");
    let folder = folder(&[
        (".git/HEAD", ""),
        ("sigmata.toml", "[export.prod]\nlayout = '{level}/{title}'\nkinds = ['sentinel']\n"),
        ("rules/aws/sigmata.yml", RULE),
        ("rules/aws/role.yml", &other()),
        ("rules/more/Role.yml", &twin),
    ]);
    let made = |args: &[&str]| {
        let run = export(&folder, args);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    };
    made(&["rules", "-o", "a", "--layout", "{file}"]);
    made(&["rules/more", "rules/aws", "-o", "b", "--layout", "{file}"]);
    let files = tree(&folder.path("a"));
    assert!(files == tree(&folder.path("b")), "however the paths are given");
    let paths: Vec<&str> =
        files.keys().map(String::as_str).filter(|path| !path.starts_with("site/")).collect();
    for path in [
        "sentinel/rules/sigmata.yaml",
        "sentinel/rules/role.yaml",
        // One name to some systems.
        "sentinel/arm/Role.6f9d4b49.json",
        "xdr/graph/Role.6f9d4b49.json",
        "cloudwatch/api/role.json",
        "cloudwatch/eventbridge/patterns/role.json",
        // The module has a file of that name.
        "terraform/sentinel/sigmata.5e8c3a39.tf",
        "terraform/sentinel/sigmata.tf",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    let mut lowered: Vec<String> = paths.iter().map(|path| path.to_lowercase()).collect();
    lowered.sort();
    lowered.dedup();
    assert_eq!(lowered.len(), paths.len());
    made(&["rules", "-o", "c", "--env", "prod"]);
    assert!(folder.path("c/sentinel/rules/high/iam_user_created.yaml").is_file());
    // The files of queries too.
    let run =
        Run::new(&folder, &["compile", "rules", "-t", "kql", "-o", "q", "--layout", "{product}/{title}"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(
        tree(&folder.path("q")).keys().collect::<Vec<_>>(),
        [
            "kql/aws/iam_role_created.6f9d4b49.kql",
            "kql/aws/iam_role_created.kql",
            "kql/aws/iam_user_created.kql",
            "sigmata-manifest.json",
        ]
    );
    for (args, expected) in [
        (&["--layout", "{name}"][..], "no `{name}`"),
        (&["--layout", "../{file}"], "stays below"),
        (&["--env", "prod", "--set", "export.prod.layout=x"], "tells no rule from another"),
    ] {
        let run = export(&folder, &[&["rules", "-o", "x"], args].concat());
        assert!(run.code == 2 && run.err.contains(expected), "{args:?}: {}", run.err);
    }
}
