//! The typed parameters of operations, as CloudTrail writes them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::facts::{Facts, members, of};
use super::redactions::Redactions;

/// What the structures mean is documented at the head of the input.
const FORM: &str = "first the enumerations, in order, one to a line; then the objects, in order, each after those that it names: member and what it holds; then each source, and its operations: name, request, response, and `?` where it is not known in which letter case the first letters of the members are written. A request or response is the number of an object, or null when it is not known. A member holds: s text, i integer, n number, b boolean, o object of which nothing is known, a anything, eN one of the enumeration N, a number the object of that number, [x] a list, {\"*\": x} a map, else a type of the schema. Behind a letter or eN: ! the interface calls it sensitive; !H, !4, !3, !R the log writes HIDDEN_DUE_TO_SECURITY_REASONS, ****, ***, <sensitiveDataRemoved> in place of the value; !- the log leaves it out. A member `~` says that others can occur";

/// Members that hold an IAM policy as JSON text: source, operations, where.
const POLICIES: &[(&str, &[&str], &str)] = &[
    ("access-analyzer.amazonaws.com", &["ValidatePolicy"], "req.policyDocument"),
    ("aps.amazonaws.com", &["PutResourcePolicy"], "req.policyDocument"),
    ("ec2.amazonaws.com", &["CreateVpcEndpoint"], "req.CreateVpcEndpointRequest.PolicyDocument"),
    ("ec2.amazonaws.com", &["ModifyVpcEndpoint"], "req.ModifyVpcEndpointRequest.PolicyDocument"),
    ("ecr.amazonaws.com", &["SetRepositoryPolicy"], "req.policyText"),
    ("ecr-public.amazonaws.com", &["SetRepositoryPolicy"], "req.policyText"),
    ("es.amazonaws.com", &["CreateDomain", "UpdateDomainConfig"], "req.accessPolicies"),
    ("glue.amazonaws.com", &["PutResourcePolicy"], "req.policyInJson"),
    (
        "iam.amazonaws.com",
        &[
            "CreatePolicy",
            "CreatePolicyVersion",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "UpdateAssumeRolePolicy",
        ],
        "req.policyDocument",
    ),
    ("iam.amazonaws.com", &["CreateRole"], "req.assumeRolePolicyDocument"),
    ("iot.amazonaws.com", &["CreatePolicy", "CreatePolicyVersion"], "req.policyDocument"),
    ("kms.amazonaws.com", &["CreateKey", "PutKeyPolicy", "ReplicateKey"], "req.policy"),
    ("logs.amazonaws.com", &["PutResourcePolicy"], "req.policyDocument"),
    ("secretsmanager.amazonaws.com", &["PutResourcePolicy", "ValidateResourcePolicy"], "req.resourcePolicy"),
    ("sso.amazonaws.com", &["PutInlinePolicyToPermissionSet"], "req.inlinePolicy"),
    (
        "sts.amazonaws.com",
        &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"],
        "req.policy",
    ),
];

/// Members that hold an IAM policy as an object.
const POLICY_OBJECTS: &[(&str, &str, &str)] = &[("s3.amazonaws.com", "PutBucketPolicy", "req.bucketPolicy")];

/// Values that records have and the interface's enumeration lacks: source, enumeration, values.
const RECORDED: &[(&str, &str, &[&str])] = &[
    ("ec2.amazonaws.com", "SnapshotAttributeName", &["CREATE_VOLUME_PERMISSION", "PRODUCT_CODES"]),
    ("iam.amazonaws.com", "PermissionsBoundaryAttachmentType", &["Policy"]),
    ("lambda.amazonaws.com", "LastUpdateStatusReasonCode", &["Creating"]),
];

/// Calls that read, of which it was seen that they return nothing into the log.
const NO_RESPONSE: &[(&str, &str)] = &[
    ("kms.amazonaws.com", "Decrypt"),
    ("kms.amazonaws.com", "GenerateDataKey"),
    ("kms.amazonaws.com", "GenerateDataKeyPair"),
];

/// The verbs of calls that read. The user guide, on the contents of a record: `responseElements` is null for interfaces
/// that only read; so it was in all of some 10,000 recorded reads but those of the token service.
const READS: [&str; 7] = ["BatchDescribe", "BatchGet", "Describe", "Get", "Head", "List", "Search"];

/// What a call hands out by such a name: credentials and addresses. Of some the guides show a response, so nothing is
/// known of the others.
const HANDED_OUT: [&str; 7] = ["Authorization", "Credentials", "OpenId", "Password", "Token", "URL", "Url"];

/// Sources of which calls that read have a response, and a call that is a change, by what is said of it.
const ANSWERS: [&str; 2] = ["cognito-identity.amazonaws.com", "sts.amazonaws.com"];
const NO_READS: [(&str, &str); 1] = [("cloudformation.amazonaws.com", "ListExports")];

/// Whether a call that the interface says only reads returns nothing into the log.
fn reads(source: &str, name: &str) -> bool {
    READS.iter().any(|verb| name.starts_with(verb))
        && !HANDED_OUT.iter().any(|what| name.contains(what))
        && !ANSWERS.contains(&source)
        && !NO_READS.contains(&(source, name))
}

/// What else is in the response of a failed call: a protocol or a source, and the members, by recorded events.
const FAILURES: [(&str, &[&str]); 6] = [
    ("rest-json", &["message"]),
    ("appsync.amazonaws.com", FAILURE),
    ("detective.amazonaws.com", FAILURE),
    ("eks.amazonaws.com", FAILURE),
    ("guardduty.amazonaws.com", FAILURE),
    ("securityhub.amazonaws.com", FAILURE),
];
const FAILURE: &[&str] = &["message", "Message", "error", "__type"];

/// An operation; a part is null when it is not known.
#[derive(Default)]
struct Operation {
    request: Option<Value>,
    response: Option<Value>,
    /// Whether the letter case of the members is not known.
    any_spelling: bool,
}

/// The text of the input.
pub fn input(facts: &Facts) -> String {
    let mut writer = Writer::default();
    let mut lines = String::new();
    for (source, operations) in operations(facts, &mut writer) {
        let _ = writeln!(lines, "{}", Value::from(source));
        for (name, operation) in operations {
            let mut part = |part: &Option<Value>| part.as_ref().map_or(Value::Null, |tree| writer.tree(tree));
            let mut line = vec![Value::from(name), part(&operation.request), part(&operation.response)];
            if operation.any_spelling {
                line.push(Value::from("?"));
            }
            let _ = writeln!(lines, "{}", Value::Array(line));
        }
    }
    let head = json!({
        "source": "botocore 1.44.8 request and response members (Apache-2.0), spelt and wrapped as CloudTrail writes them; members seen in recorded events, what is redacted: AWS guides and recorded events (facts)",
        "license": "Apache-2.0; facts",
        "date": "2026-11-28",
        "form": FORM,
    });
    let mut out = format!("{head}\n");
    for line in writer.enums.iter().chain(&writer.objects) {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&lines);
    out
}

/// The operations of every source, under the name that the interface gives them and under the one that is logged.
fn operations<'a>(facts: &'a Facts, writer: &mut Writer) -> BTreeMap<&'a str, BTreeMap<&'a str, Operation>> {
    let logged_as = facts.logged_as();
    let redactions = Redactions::of(facts);
    let mut found: BTreeMap<&str, BTreeMap<&str, Operation>> = BTreeMap::new();
    for service in &facts.services {
        let source = facts.source(of(service, "/metadata/eventSource"));
        let any_spelling = of(service, "/metadata/casing") == "lower"
            && of(service, "/metadata/casingTrust") == "unverified";
        for (name, operation) in members(service, "/operations") {
            let mut request = Some(trees(operation.get("req"), service, writer));
            let mut response = match operation.get("resp") {
                None if operation["readOnly"] == true
                    && !NO_RESPONSE.contains(&(source, name))
                    && !reads(source, name) =>
                {
                    None
                }
                tree => Some(trees(tree, service, writer)),
            };
            if let Some(Value::Object(members)) = &mut response {
                let failures = FAILURES
                    .iter()
                    .filter(|(name, _)| *name == source || *name == of(service, "/metadata/protocol"));
                for member in failures.flat_map(|(_, members)| *members) {
                    members.entry(*member).or_insert(Value::from("s"));
                }
            }
            if of(operation, "/shape") == "unknown" {
                // Wrapped or not.
                (request, response) = (None, None);
            } else if of(operation, "/trust") == "unverified" {
                for tree in [&mut request, &mut response].into_iter().flatten() {
                    open(tree);
                }
            }
            let names = [Some(name), logged_as.get(&(source, name)).copied()];
            for name in names.into_iter().flatten() {
                let mut made =
                    Operation { request: request.clone(), response: response.clone(), any_spelling };
                policies(source, name, &mut made);
                redactions.mark(source, name, made.request.as_mut(), made.response.as_mut());
                let known = found.entry(source).or_default().entry(name).or_default();
                known.any_spelling |= any_spelling;
                joined(&mut known.request, made.request);
                joined(&mut known.response, made.response);
            }
        }
    }
    found
}

/// Two services of one source have an operation of one name: an event is of either.
fn joined(known: &mut Option<Value>, new: Option<Value>) {
    match (known.as_mut(), new) {
        (Some(known), Some(new)) => join(known, new),
        (None, new) => *known = new,
        (Some(_), None) => {}
    }
}

fn join(known: &mut Value, new: Value) {
    match (known, new) {
        (Value::Object(known), Value::Object(new)) if !known.contains_key("*") && !new.contains_key("*") => {
            for (name, tree) in new {
                match known.get_mut(&name) {
                    Some(old) => join(old, tree),
                    None => _ = known.insert(name, tree),
                }
            }
        }
        (Value::Array(known), Value::Array(mut new)) => join(&mut known[0], new.remove(0)),
        (known, new) if *known != new => *known = Value::from("a"),
        _ => {}
    }
}

fn open(tree: &mut Value) {
    if let Value::Object(members) = tree {
        members.insert("~".to_owned(), Value::from("a"));
    }
}

/// What holds a policy.
fn policies(source: &str, name: &str, operation: &mut Operation) {
    let texts = POLICIES.iter().filter(|(of, names, _)| *of == source && names.contains(&name));
    let objects = POLICY_OBJECTS.iter().filter(|(of, other, _)| *of == source && *other == name);
    let texts = texts.map(|(_, _, place)| (place, "policyDocument"));
    for (place, ty) in texts.chain(objects.map(|(_, _, place)| (place, "policy"))) {
        // Of two interfaces with an operation of one name only one may have it.
        if let Some(tree) = at(operation.request.as_mut(), operation.response.as_mut(), place) {
            *tree = Value::from(ty);
        }
    }
}

/// The tree at a place such as `req.tags[].key`.
pub fn at<'t>(
    request: Option<&'t mut Value>,
    response: Option<&'t mut Value>,
    place: &str,
) -> Option<&'t mut Value> {
    let (part, path) = place.split_once('.')?;
    let mut here = if part == "req" { request? } else { response? };
    for step in path.split('.') {
        let (name, lists) = step.split_once("[]").map_or((step, false), |(name, _)| (name, true));
        here = here.get_mut(name)?;
        if lists {
            here = here.get_mut(0)?;
        }
    }
    Some(here)
}

/// A part of an operation in the letters of the input.
fn trees(tree: Option<&Value>, service: &Value, writer: &mut Writer) -> Value {
    let Some(tree) = tree else { return json!({}) };
    match tree {
        Value::Object(members) => {
            let mut made = Map::new();
            for (name, tree) in members {
                let tree = trees(Some(tree), service, writer);
                if name == "aRN" {
                    // Both spellings are in records of one service.
                    made.entry("arn").or_insert(tree.clone());
                }
                made.insert(name.clone(), tree);
            }
            Value::Object(made)
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|tree| trees(Some(tree), service, writer)).collect())
        }
        Value::String(scalar) => Value::from(letters(scalar, service, writer)),
        other => panic!("no tree: {other}"),
    }
}

fn letters(scalar: &str, service: &Value, writer: &mut Writer) -> String {
    let sensitive = if scalar.contains('!') { "!" } else { "" };
    let plain = scalar.replace('!', "");
    let (base, named) = plain.split_once('#').unwrap_or((&plain, ""));
    let values =
        service["enums"].get(named).filter(|values| values.as_array().is_some_and(|of| !of.is_empty()));
    let letter = match (base, values) {
        (_, Some(values)) => {
            let source = of(service, "/metadata/eventSource");
            let seen = RECORDED.iter().filter(|(of, name, _)| *of == source && *name == named);
            let seen: Vec<&str> = seen.flat_map(|(_, _, values)| values.iter().copied()).collect();
            format!("e{}", writer.enumeration(values, &seen))
        }
        ("string" | "timestamp", _) => "s".to_owned(),
        ("int" | "long", _) => "i".to_owned(),
        ("float", _) => "n".to_owned(),
        ("bool", _) => "b".to_owned(),
        ("object", _) => "o".to_owned(),
        ("blob" | "unknown", _) => "a".to_owned(),
        (other, _) => panic!("no type: {other}"),
    };
    format!("{letter}{sensitive}")
}

/// The lines that operations name by number.
#[derive(Default)]
struct Writer {
    enums: Vec<String>,
    objects: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Writer {
    fn number(lines: &mut Vec<String>, numbers: &mut HashMap<String, usize>, line: String) -> usize {
        *numbers.entry(line).or_insert_with_key(|line| {
            lines.push(line.clone());
            lines.len() - 1
        })
    }

    fn enumeration(&mut self, values: &Value, seen: &[&str]) -> usize {
        // Two enumerations that differ in order alone are one.
        let values: BTreeSet<&str> = values
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .chain(seen.iter().copied())
            .collect();
        Self::number(&mut self.enums, &mut self.numbers, json!(values).to_string())
    }

    fn tree(&mut self, tree: &Value) -> Value {
        match tree {
            Value::Object(members) if members.contains_key("*") => json!({ "*": self.tree(&members["*"]) }),
            Value::Object(members) => {
                // In the order of their names.
                let members: BTreeMap<&String, Value> =
                    members.iter().map(|(name, tree)| (name, self.tree(tree))).collect();
                let line = json!(members).to_string();
                Value::from(Self::number(&mut self.objects, &mut self.numbers, line))
            }
            Value::Array(items) => Value::Array(items.iter().map(|tree| self.tree(tree)).collect()),
            scalar => scalar.clone(),
        }
    }
}
