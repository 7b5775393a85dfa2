//! What `sigmata export` makes of the whole library, against models of what each platform takes; errors that are planted
//! must be found.

mod support;
#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use support::{Folder, Run, folder};
use tree::tree;

fn export(folder: &Folder, args: &[&str]) -> Run {
    Run::new(folder, &[&["export"], args].concat())
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

/// What is wrong with the template of a rule, beside its file: how alerts become incidents.
fn template_faults(template: &Value) -> Vec<String> {
    let resource = &template["resources"][0];
    let properties = &resource["properties"];
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    if resource["type"] == "Microsoft.OperationalInsights/workspaces/savedSearches" {
        demand(is_text(&properties["query"]) && is_text(&properties["displayName"]), "a hunting query");
        return faults;
    }
    for key in ["displayName", "severity", "query", "suppressionDuration"] {
        demand(is_text(&properties[key]), key);
    }
    demand(properties["enabled"].is_boolean() && properties["suppressionEnabled"].is_boolean(), "flags");
    if resource["kind"] == "Scheduled" {
        for key in ["queryFrequency", "queryPeriod", "triggerOperator"] {
            demand(is_text(&properties[key]), key);
        }
    }
    let grouping = &properties["incidentConfiguration"]["groupingConfiguration"];
    let keys = grouping["groupByCustomDetails"].as_array().cloned().unwrap_or_default();
    let shown = |key: &Value| key.as_str().is_some_and(|key| is_text(&properties["customDetails"][key]));
    match grouping["matchingMethod"].as_str() {
        None => demand(grouping.is_null(), "grouping without a method"),
        Some("AllEntities") => demand(properties["entityMappings"].is_array(), "grouping by no entity"),
        Some("Selected") => demand(!keys.is_empty() && keys.iter().all(shown), "grouping by no detail"),
        Some(_) => demand(false, "method"),
    }
    demand(grouping.is_null() || is_text(&grouping["lookbackDuration"]), "how long a group takes in");
    faults
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
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
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("sentinel/arm/")) {
        assert_eq!(template_faults(&serde_json::from_str(text).expect("JSON")), [""; 0], "{path}");
    }
    let good: Value = serde_json::from_str(&files["sentinel/arm/aws/many_users_created.json"]).expect("JSON");
    for (part, value) in [
        ("/severity", Value::Null),
        ("/queryPeriod", json!("")),
        ("/incidentConfiguration/groupingConfiguration/matchingMethod", json!("Any")),
        ("/incidentConfiguration/groupingConfiguration/groupByCustomDetails", json!(["NoSuch"])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&format!("/resources/0/properties{part}")).expect("a member") = value;
        assert_ne!(template_faults(&bad), [""; 0], "{part}");
    }
    // The model catches what is planted.
    let good: Value = serde_yaml::from_str(&files["sentinel/rules/aws/iam_user_created.yaml"]).expect("YAML");
    for (key, value) in [
        ("name", Value::from("x".repeat(257))),
        ("queryPeriod", Value::from("15d")),
        ("tactics", json!(["Stealth"])),
        ("severity", Value::from("Critical")),
        (
            "entityMappings",
            json!([{"entityType": "IP", "fieldMappings": [{"identifier": "Address", "columnName": "NoSuch"}]}]),
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
