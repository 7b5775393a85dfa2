//! Rules to be judged: the library, the public corpus where it is available, and random ones.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use sigmata::check::{TypedRule, check};
use sigmata::eval::{Event, Matcher, RecordFormats};
use sigmata::ir::{Condition, Formula, Leaf, Predicate};
use sigmata::rule::{self, DetectionRule, Document};
use sigmata::schema::{Registry, Schema};
use sigmata::source::SourceFile;

use super::events::{has_letter, has_several_small_letters};

/// The shipped schemas, and one of our own.
pub static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let (registry, findings) = Registry::with_schemas([("letters.yaml", include_str!("letters.yaml"))]);
    assert!(findings.is_empty(), "{findings:?}");
    registry
});

/// A rule with a meaning, in a log that a schema describes.
pub struct Rule {
    pub name: String,
    pub document: DetectionRule,
    pub typed: TypedRule,
    pub formula: Formula,
    pub matcher: Matcher,
    /// Events that came with the rule.
    pub events: Vec<Value>,
}

impl Rule {
    pub fn schema(&self) -> &Schema {
        self.typed.schema.as_deref().expect("only rules of schemas are read")
    }

    /// Whether it is documented what a query of the rule does with the event.
    pub fn told(&self, event: &Value) -> bool {
        told(&self.formula, event)
    }
}

/// Whether it is documented what a query of the formula does with the event. Whether an engine takes U+017F for an `s`,
/// or U+212A for a `k`, where case is ignored is not, nor what becomes of the Greek sigmas of two fields; `docs/proof.md`
/// says so.
pub fn told(formula: &Formula, event: &Value) -> bool {
    let two_fields =
        |predicate: &Predicate| matches!(predicate.test, Condition::FieldRef { cased: false, .. });
    let open = |predicate: &Predicate| match &predicate.test {
        Condition::Text(texts) => texts
            .iter()
            .any(|text| !text.cased && text.shape.literals().any(|part| part.contains(['k', 'K', 's', 'S']))),
        Condition::Regex(regexes) => regexes.iter().any(|regex| regex.ignore_case),
        _ => two_fields(predicate),
    };
    let any = |asks: &dyn Fn(&Predicate) -> bool| {
        formula.leaves().any(|found| matches!(found.leaf, Leaf::Pred(predicate) if asks(predicate)))
    };
    !(any(&open) && has_letter(event, |char| matches!(char, '\u{17f}' | '\u{212a}'))
        || any(&two_fields) && has_letter(event, has_several_small_letters))
}

/// The detection rules of a text that have a meaning and a schema.
pub fn read(name: &str, text: &str) -> Vec<Rule> {
    read_in(&REGISTRY, name, text)
}

/// The same, with the schemas of a registry.
pub fn read_in(registry: &Registry, name: &str, text: &str) -> Vec<Rule> {
    let source = SourceFile::new(name, text);
    let mut found = Vec::new();
    for document in rule::read(&source).documents {
        let Document::Detection(rule) = document else { continue };
        let (typed, _) = check(&rule, registry);
        let (Some(formula), true) = (typed.formula.clone(), typed.schema.is_some()) else { continue };
        let Ok(matcher) = Matcher::of(&formula) else { continue };
        found.push(Rule {
            name: name.to_owned(),
            document: rule,
            typed,
            formula,
            matcher,
            events: Vec::new(),
        });
    }
    found
}

/// The record in the canonical shape of the log.
pub fn canonical(schema: &Schema, record: Value) -> Value {
    let event = Event::new(record);
    RecordFormats::of(schema).canonical(&event).unwrap_or(event).value().clone()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    found.sort();
    found
}

/// The rules of the library with the events of the tests beside them.
pub fn library() -> Vec<Rule> {
    library_in(&REGISTRY).collect()
}

/// The same, with the schemas of a registry.
pub fn library_in(registry: &Registry) -> impl Iterator<Item = Rule> {
    static TEXTS: LazyLock<Vec<(String, String, Value)>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let rules = files(&root.join("rules")).into_iter().filter_map(|path| {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            if name.ends_with(".test.yml") {
                return None;
            }
            let tests = std::fs::read_to_string(path.with_extension("test.yml")).unwrap_or_default();
            let tests = serde_yaml::from_str(&tests).unwrap_or(Value::Null);
            Some((name, std::fs::read_to_string(&path).expect("a rule"), tests))
        });
        rules.collect()
    });
    TEXTS.iter().flat_map(|(name, text, tests)| {
        read_in(registry, name, text).into_iter().map(move |mut rule| {
            let cases = ["match", "no_match"].iter().filter_map(|key| tests.get(key)?.as_array()).flatten();
            rule.events = cases
                .flat_map(|case| {
                    let several = case.get("events").and_then(Value::as_array).into_iter().flatten();
                    case.get("event").into_iter().chain(several)
                })
                .map(|record| canonical(rule.schema(), record.clone()))
                .collect();
            rule
        })
    })
}

/// The rules of the public corpus whose log has a schema; none where `SIGMATA_CORPUS` names no folder.
pub fn corpus() -> Vec<Rule> {
    let Some(folder) = std::env::var_os("SIGMATA_CORPUS") else { return Vec::new() };
    let texts = files(Path::new(&folder)).into_iter().filter_map(|path| {
        Some((path.file_name()?.to_string_lossy().into_owned(), std::fs::read_to_string(&path).ok()?))
    });
    texts
        // Most rules are about other logs; reading their name is enough to know.
        .filter(|(_, text)| {
            REGISTRY
                .names()
                .iter()
                .any(|name| name.split_once('/').is_some_and(|(_, service)| text.contains(service)))
        })
        .flat_map(|(name, text)| read(&format!("corpus/{name}"), &text))
        .collect()
}

/// Recorded events of a log, where `SIGMATA_SHARED` names the folder that holds them.
pub fn recorded(schema: &Schema) -> Vec<Value> {
    let Some(folder) = std::env::var_os("SIGMATA_SHARED") else { return Vec::new() };
    let files: &[&str] = match &*schema.name {
        "aws/cloudtrail" => &["aws/stratus_detonation.jsonl", "aws/stratus_docs.jsonl"],
        "azure/auditlogs" => &["entra/stratus_docs.jsonl"],
        "azure/activitylogs" => &["azure/stratus_docs.jsonl"],
        "gcp/gcp.audit" => &["gcp/stratus_docs.jsonl", "gcp/csa_fixtures.jsonl"],
        _ => &[],
    };
    let texts =
        files.iter().map(|file| std::fs::read_to_string(Path::new(&folder).join("events").join(file)));
    texts
        .flat_map(|text| text.unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(serde_json::from_str::<Value>(&line).ok()?["event"].take()))
        .flat_map(|event| match event {
            Value::Array(events) => events,
            event => vec![event],
        })
        .map(|record| canonical(schema, record))
        .filter(|record| schema.validate(record).is_empty())
        .collect()
}

/// Rules on which a target went wrong once: the log and the selection.
const KEPT: &[(&str, &str)] = &[
    // The lowering of rows that are elements did not end.
    ("google_workspace/admin", "events.parameters[0].name: x"),
    ("google_workspace/admin", "'events[any].parameters[-1].name': x"),
    // A null in a list or in a field of any type may look like the text `null`.
    ("gcp/gcp.audit", "protoPayload.metadata.event.parameter.multiStrValue: null"),
    ("gcp/gcp.audit", "protoPayload.metadata.event.parameter.multiStrValue: 'nul*'"),
    ("cisco/duo", "access_device.is_encryption_enabled: '*'"),
    ("m365/audit", "URLClickAction: 'null'"),
    // An empty list is there, and its text is `[]`.
    ("gcp/gcp.audit", "protoPayload.metadata.event.parameter.multiStrValue: '*'"),
    ("slack/audit", "'details.new_value[any]': '*]'"),
    // Lists where the type is open, lists in lists, and text that looks like a list.
    ("azure/riskdetection", "Level: ['a', '[x']"),
    ("m365/audit", "AlertType|fieldref: AlertType"),
    ("google_workspace/saml", "resourceDetails: x"),
    ("gcp/gcp.audit", "'protoPayload.status.details[all_or_empty]': 'a\"b'"),
    ("gcp/gcp.audit", "'protoPayload.metadata.event[any].parameter[any].multiStrValue[any]': '*](y)*'"),
    ("cisco/duo", "access_device.security_agents: Admin"),
    // What a text function makes of a list is not documented.
    ("azure/signinlogs", "properties.authenticationMethodsUsed: [a, x]"),
    ("azure/signinlogs", "properties.authenticationAppPolicyEvaluationDetails: '*'"),
    // The many spellings of a time, beside that of the event.
    ("azure/provisioning", "properties.activityDateTime|lte: '2026-03-04T05:06:07Z'"),
    // A class with a letter outside ASCII, where expressions read bytes.
    ("notion/audit", "event.details.role|re: '[ü]'"),
    // A time before 1970, whose seconds are below 0.
    ("proof/letters", "seen|minute|lte: 5"),
    ("proof/letters", "seen|hour|gte: 22"),
    ("proof/letters", "seen|week: 1"),
    // Letters that only a full mapping of case changes.
    ("proof/letters", "who: 'İx'"),
    ("proof/letters", "who: ['ıx', 'Xı']"),
    // A null element, of which a negated test holds.
    ("azure/pim", "'alertIncidents[any].roleDisplayName|neq': x"),
    // Logs without a delivery to Splunk: a null, a field of Splunk's own name, a member of an element.
    ("bitbucket/audit", "system: null"),
    ("bitbucket/audit", "source|cidr: 192.168.0.0/16"),
    ("azure/pim", "'alertIncidents[any].roleDisplayName|exists': false"),
];

/// The rules that were once wrong, plain and negated.
pub fn kept() -> Vec<Rule> {
    let mut found = Vec::new();
    for (log, item) in KEPT {
        let (product, service) = log.split_once('/').expect("a product and a service");
        for condition in ["s", "not s"] {
            let text = format!(
                "title: Kept\nsigma-version: 3\nlogsource:\n  product: {product}\n  service: {service}\n\
                 detection:\n  s:\n    {item}\n  condition: {condition}\n"
            );
            let rules = read(&format!("kept/{log} {item} {condition}"), &text);
            assert_eq!(rules.len(), 1, "{text}");
            found.extend(rules);
        }
    }
    found
}
