//! What platforms take, when they run it, and that no text leaves its place.

use super::support::folder;
use super::tree::tree;
use super::{RULE, export, other};
use serde_json::Value;

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

/// Documents of one template have their first key in one place: the lines tell them apart.
#[test]
fn documents_of_one_template_with_one_id_are_told_apart() {
    let (head, detection) = RULE.split_once("detection:\n").expect("a detection");
    let head = head.replacen("title:", "action: global\ntitle:", 1);
    let detection = format!("---\ndetection:\n{detection}");
    let text = format!("{head}{detection}{}", detection.replace("CreateUser", "DeleteUser"));
    let line = |at: usize| text.lines().take_while(|line| *line != "---").count() + 2 + at;
    let folder = folder(&[("rules/user.yml", &text)]);
    let run = export(&folder, &["rules", "-o", "out", "--kind", "sentinel"]);
    let expected = format!(
        "the `id` of the document at line {} is that of the one at line {}, which is exported",
        line(detection.lines().count()),
        line(0)
    );
    assert!(run.code == 1 && run.err.contains(&expected), "{expected}: {}{}", run.out, run.err);
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
        .replace("title: IAM User Created", "title: \"[concat('a', '{{UserIdentityArn}}')]\"")
        .replace("description: A new IAM user.", "description: \"[resourceGroup() \\n- x: y]\"");
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
    assert_eq!(yaml["name"], "[concat('a', '{{UserIdentityArn}}')]");
}
