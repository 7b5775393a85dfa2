//! A folder of exports as a build: what it depends on, what is kept, what is gone.

use super::support::folder;
use super::tree::tree;
use super::{RULE, export, json_schema, manifest, other, repository};

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
