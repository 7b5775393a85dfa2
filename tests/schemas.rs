//! The shipped schemas: they read, agree with the facts, and resolve names as documented.

#[path = "support/json_schema.rs"]
mod json_schema;
#[path = "schemas/published.rs"]
mod published;
#[path = "schemas/tables.rs"]
mod tables;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use sigmata::check::File;
use sigmata::diagnostic::Severity;
use sigmata::eval::{Event, RecordFormats};
use sigmata::rule::LogSource;
use sigmata::schema::{
    ColumnType, Completeness, Delivery, Discriminator, Facts, Format, Located, LogMatch, Meaning, Platform,
    Redaction, Registry, Schema, Type, Unresolved,
};
use sigmata::source::{SourceFile, Span, Spanned};

fn shipped(name: &str) -> Arc<Schema> {
    Registry::shipped().get(name).expect("a shipped schema")
}

fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join(path)).expect(path)
}

/// Facts from `field=value,value` pairs, parted by semicolons.
fn facts(schema: &Schema, known: &str) -> Facts {
    let mut facts = Facts::default();
    for (field, values) in known.split(';').filter_map(|part| part.split_once('=')) {
        let path = schema.resolve(field, &Facts::default()).expect("a field").path;
        facts.narrow(&path, values.split(',').map(str::to_owned).collect());
    }
    facts
}

/// What becomes of a name, in words.
fn resolve(schema: &Schema, known: &str, name: &str) -> String {
    match schema.resolve(name, &facts(schema, known)) {
        Ok(found) => {
            let mut text = format!("{}: {}", found.path, found.ty.name());
            if !found.declared {
                text += ", accepted";
            }
            if let Some(spelling) = found.spelling {
                write!(text, ", {:?} of {}", spelling.kind, spelling.canonical).expect("text");
            }
            if let Some(redacted) = found.field.and_then(|field| field.redacted) {
                match redacted {
                    Redaction::Text(mask) => write!(text, ", redacted {mask}"),
                    other => write!(text, ", {other:?}"),
                }
                .expect("text");
            }
            if !found.missing_in.is_empty() {
                write!(text, ", missing in {}", found.missing_in.join(" | ")).expect("text");
            }
            if !found.near.is_empty() {
                write!(text, ", near {}", found.near.join(" | ")).expect("text");
            }
            text
        }
        Err(Unresolved::Unknown { at, within, nearest }) => {
            format!("unknown <{}> in {within}, near {}", &name[at], nearest.join(" | "))
        }
        Err(Unresolved::Scalar { at, scalar, ty, .. }) => format!("<{}> below {scalar}: {ty}", &name[at]),
        Err(Unresolved::NotInCases { at, cases, nearest, elsewhere, .. }) => format!(
            "<{}> not in {}, near {}, elsewhere {}",
            &name[at],
            cases.join(" | "),
            nearest.join(" | "),
            elsewhere.first().map_or("-", String::as_str)
        ),
    }
}

#[test]
fn names_resolve_or_say_why_not() {
    let aws = [
        ("eventName", "eventName: enumeration"),
        ("eventname", "eventName: enumeration, Case of eventName"),
        ("EventName", "eventName: enumeration, RecordFormat(\"Sentinel row\") of eventName"),
        ("UserIdentityArn", "userIdentity.arn: string, RecordFormat(\"Sentinel row\") of userIdentity.arn"),
        (
            "userName",
            "unknown <userName> in aws/cloudtrail, near userIdentity.userName | requestParameters.userName | responseElements.userName | userIdentity.sessionContext.sessionIssuer.userName",
        ),
        ("userIdentity.arm", "unknown <arm> in userIdentity, near userIdentity.arn"),
        (
            "userIdentity.sessionIssuer.arn",
            "unknown <sessionIssuer> in userIdentity, near userIdentity.sessionContext.sessionIssuer.arn",
        ),
        ("resources", "resources: array"),
        ("resources.ARN", "resources[].ARN: string"),
        ("resources{}.ARN", "unknown <resources{}> in aws/cloudtrail, near resources.ARN"),
        ("resources.0.ARN", "unknown <0> in resources, near resources.ARN"),
        ("eventName.x", "<x> below eventName: enumeration"),
        ("", "unknown <> in aws/cloudtrail, near "),
        ("requestParameters", "requestParameters: object"),
        ("requestParameters.userName", "requestParameters.userName: string"),
        ("responseElements.ConsoleLogin", "responseElements.ConsoleLogin: enumeration"),
    ];
    for (name, expected) in aws {
        assert_eq!(resolve(&shipped("aws/cloudtrail"), "", name), expected, "{name}");
    }
    let modified = "properties.targetResources.modifiedProperties";
    let entra = [
        ("operationName", "operationName: enumeration"),
        ("OperationName", "operationName: enumeration, RecordFormat(\"Sentinel row\") of operationName"),
        ("category", "category: enumeration"),
        (
            "Category",
            "properties.category: enumeration, RecordFormat(\"Sentinel row\") of properties.category",
        ),
        (
            "activityDisplayName",
            "properties.activityDisplayName: enumeration, RecordFormat(\"Graph resource\") of properties.activityDisplayName",
        ),
        (
            "TargetResources.DisplayName",
            "properties.targetResources[].displayName: string, RecordFormat(\"Sentinel row\") of properties.targetResources.displayName",
        ),
        (
            "TargetResources.displayNmae",
            "unknown <displayNmae> in properties.targetResources, near properties.targetResources.displayName",
        ),
        ("properties.message", "unknown <message> in properties, near "),
        (
            &format!("{modified}.Role.DisplayName.newValue"),
            "properties.targetResources[].modifiedProperties.Role.DisplayName.newValue: JSON text",
        ),
        (
            &format!("{modified}.newValue"),
            "properties.targetResources[].modifiedProperties[].newValue: JSON text",
        ),
        (
            &format!("{modified}.Role.DisplyName.newValue"),
            "properties.targetResources[].modifiedProperties.Role.DisplyName.newValue: JSON text, accepted, near properties.targetResources.modifiedProperties.Role.DisplayName.newValue",
        ),
        ("properties.additionalDetails.User-Agent", "properties.additionalDetails.User-Agent.value: string"),
        ("properties.additionalDetails.Foo", "properties.additionalDetails.Foo.value: string, accepted"),
        ("properties.additionalDetails.key", "properties.additionalDetails[].key: string"),
    ];
    for (name, expected) in entra {
        assert_eq!(resolve(&shipped("azure/auditlogs"), "", name), expected, "{name}");
    }
    let m365 = [
        ("Operation", "Operation: enumeration"),
        (
            "o365.audit.Operation",
            "Operation: enumeration, RecordFormat(\"Elastic integration\") of Operation",
        ),
        ("OfficeObjectId", "ObjectId: string, RecordFormat(\"OfficeActivity row\") of ObjectId"),
        (
            "RawEventData.Operation",
            "Operation: enumeration, RecordFormat(\"CloudAppEvents row\") of Operation",
        ),
        (
            "RawEventData.Parameters.Member.Value",
            "Parameters.Member.Value: string, RecordFormat(\"CloudAppEvents row\") of Parameters.Member.Value",
        ),
        ("eventName", "Operation: enumeration, RecordFormat(\"public Sigma rules\") of Operation"),
    ];
    for (name, expected) in m365 {
        assert_eq!(resolve(&shipped("m365/audit"), "", name), expected, "{name}");
    }
    let gcp = [
        ("protoPayload.methodName", "protoPayload.methodName: enumeration"),
        (
            "gcp.audit.method_name",
            "protoPayload.methodName: enumeration, RecordFormat(\"Elastic event\") of protoPayload.methodName",
        ),
        (
            "gcp.audit.request.account_id",
            "protoPayload.request.account_id: string, RecordFormat(\"Elastic event\") of protoPayload.request.account_id",
        ),
        (
            "data.protoPayload.status.code",
            "protoPayload.status.code: integer, RecordFormat(\"Pub/Sub message\") of protoPayload.status.code",
        ),
        (
            "protoPayload.authenticationInfo.principalEmial",
            "unknown <principalEmial> in protoPayload.authenticationInfo, near protoPayload.authenticationInfo.principalEmail",
        ),
        (
            "protoPayload.serviceData.policyDelta.bindingDeltas.role",
            "protoPayload.serviceData.policyDelta.bindingDeltas[].role: string",
        ),
        ("resource.labels.project_id", "resource.labels.project_id: string"),
        (
            "protoPayload.metadata.event.parameter.USER_EMAIL",
            "protoPayload.metadata.event[].parameter.USER_EMAIL: any, accepted",
        ),
    ];
    for (name, expected) in gcp {
        assert_eq!(resolve(&shipped("gcp/gcp.audit"), "", name), expected, "{name}");
    }
    let workspace = [
        ("events.name", "events[].name: enumeration"),
        ("eventName", "events[].name: enumeration, RecordFormat(\"flat event\") of events.name"),
        (
            "new_value",
            "events[].parameters.NEW_VALUE: any, RecordFormat(\"flat event\") of events.parameters.NEW_VALUE",
        ),
        (
            "protoPayload.metadata.event.eventName",
            "events[].name: enumeration, RecordFormat(\"Cloud Logging entry\") of events.name",
        ),
        (
            "google_workspace.admin.role.name",
            "events[].parameters.ROLE_NAME: any, RecordFormat(\"Elastic event\") of events.parameters.ROLE_NAME",
        ),
        (
            "RoleName",
            "events[].parameters.ROLE_NAME: any, RecordFormat(\"Sentinel row\") of events.parameters.ROLE_NAME",
        ),
        (
            "events.parameters.USER_EMIAL",
            "events[].parameters.USER_EMIAL: any, accepted, near events.parameters.USER_EMAIL",
        ),
    ];
    for (name, expected) in workspace {
        assert_eq!(resolve(&shipped("google_workspace/admin"), "", name), expected, "{name}");
    }
}

#[test]
fn event_source_and_name_narrow_the_parameters() {
    let iam = "eventSource=iam.amazonaws.com;eventName=";
    for (known, name, expected) in [
        (&*format!("{iam}CreateUser"), "requestParameters.userName", "requestParameters.userName: string"),
        (
            &format!("{iam}CreateUser"),
            "requestParameters.username",
            "requestParameters.userName: string, Case of requestParameters.userName",
        ),
        (
            &format!("{iam}CreateUser"),
            "requestParameters.usrName",
            "<usrName> not in iam.amazonaws.com CreateUser, near requestParameters.userName, elsewhere -",
        ),
        (
            &format!("{iam}CreateUser"),
            "requestParameters.roleName",
            "<roleName> not in iam.amazonaws.com CreateUser, near , elsewhere iam.amazonaws.com AddRoleToInstanceProfile",
        ),
        (
            &format!("{iam}CreateUser,CreateRole"),
            "requestParameters.userName",
            "requestParameters.userName: string, missing in iam.amazonaws.com CreateRole",
        ),
        (
            &format!("{iam}CreateRole"),
            "requestParameters.assumeRolePolicyDocument.Statement.Principal.AWS",
            "requestParameters.assumeRolePolicyDocument.Statement[].Principal.AWS: array",
        ),
        (
            &format!("{iam}CreateRole"),
            "responseElements.role.assumeRolePolicyDocument",
            "responseElements.role.assumeRolePolicyDocument: string",
        ),
        (
            "eventSource=organizations.amazonaws.com;eventName=CreateAccount",
            "requestParameters.email",
            "requestParameters.email: string, redacted HIDDEN_DUE_TO_SECURITY_REASONS",
        ),
        (
            "eventName=ConsoleLogin",
            "responseElements.ConsoleLogin",
            "responseElements.ConsoleLogin: enumeration",
        ),
        (
            "eventName=ConsoleLogin",
            "responseElements.ConsoleLogn",
            "<ConsoleLogn> not in ConsoleLogin, near responseElements.ConsoleLogin, elsewhere -",
        ),
        (
            "eventSource=lambda.amazonaws.com;eventName=CreateFunction20150331",
            "requestParameters.functionName",
            "requestParameters.functionName: string",
        ),
        (
            "eventSource=ec2.amazonaws.com;eventName=RunInstances",
            "requestParameters.instanceType",
            "requestParameters.instanceType: enumeration",
        ),
        (
            "eventSource=ec2.amazonaws.com;eventName=ImportImage",
            "requestParameters.instanceType",
            "requestParameters.instanceType: any, accepted",
        ),
        // An unknown pair is for another finding; it must not make more of them.
        (
            "eventSource=iam.amazonaws.com;eventName=RunInstances",
            "requestParameters.foo",
            "requestParameters.foo: any, accepted",
        ),
    ] {
        assert_eq!(resolve(&shipped("aws/cloudtrail"), known, name), expected, "{known} {name}");
    }
    for name in ["responseElements.arn", "responseElements.aRN"] {
        let known = "eventSource=secretsmanager.amazonaws.com;eventName=CreateSecret";
        assert_eq!(resolve(&shipped("aws/cloudtrail"), known, name), format!("{name}: string"));
    }
}

#[test]
fn event_names_belong_to_event_sources() {
    let schema = shipped("aws/cloudtrail");
    let path = schema.resolve("eventName", &Facts::default()).expect("a field").path;
    let pairs = &schema.relation(&path).expect("a relation").pairs;
    for (source, expected) in [
        ("kms.amazonaws.com", Completeness::Complete),
        ("iam.amazonaws.com", Completeness::Nearly),
        ("sso-directory.amazonaws.com", Completeness::Incomplete),
        ("nowhere.example", Completeness::Incomplete),
    ] {
        assert_eq!(pairs.completeness(source), expected, "{source}");
    }
    assert!(pairs.never("route53.amazonaws.com", "DisableDomainTransferLock"));
    assert!(!pairs.never("route53domains.amazonaws.com", "DisableDomainTransferLock"));
    assert!(pairs.has("iam.amazonaws.com", "createuser"));
    assert!(!pairs.has("iam.amazonaws.com", "RunInstances"));
    assert_eq!(pairs.owners("RunInstances"), ["ec2.amazonaws.com"]);
    assert_eq!(pairs.nearest("iam.amazonaws.com", "CreateUsr"), ["CreateUser"]);
    assert_eq!(pairs.logged_as("lambda.amazonaws.com", "CreateFunction"), Some("CreateFunction20150331"));
    assert_eq!(
        pairs.logged_as("s3.amazonaws.com", "PutPublicAccessBlock"),
        Some("PutBucketPublicAccessBlock")
    );
    assert_eq!(pairs.logged_as("iam.amazonaws.com", "CreateUser"), None);
}

#[test]
fn known_values_know_their_members() {
    for (schema, field, text, canonical, unique) in [
        ("aws/cloudtrail", "eventName", "createuser", Some("CreateUser"), true),
        ("aws/cloudtrail", "eventName", "CreateDbCluster", Some("CreateDbCluster"), false),
        ("aws/cloudtrail", "eventName", "CreateUsr", None, true),
        ("aws/cloudtrail", "eventSource", "IAM.amazonaws.com", Some("iam.amazonaws.com"), true),
        (
            "azure/activitylogs",
            "operationName",
            "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE",
            Some("Microsoft.Authorization/roleAssignments/write"),
            false,
        ),
        ("azure/activitylogs", "operationName", "Microsoft.Authorization/roleAssignment/write", None, false),
        ("azure/auditlogs", "operationName", "add user", Some("Add user"), true),
        (
            "azure/auditlogs",
            "operationName",
            "Update application – Certificates and secrets management ",
            Some("Update application – Certificates and secrets management "),
            true,
        ),
        (
            "azure/auditlogs",
            "operationName",
            "Update application – Certificates and secrets management",
            None,
            true,
        ),
        ("azure/auditlogs", "properties.category", "usermanagement", Some("UserManagement"), true),
        ("azure/auditlogs", "properties.loggedByService", "core directory", Some("Core Directory"), true),
    ] {
        let Type::Enum(known_values) = shipped(schema).resolve(field, &Facts::default()).expect("a field").ty
        else {
            panic!("{field} has no list of known values")
        };
        assert_eq!(known_values.canonical(text), canonical, "{text}");
        assert_eq!(known_values.unique(text), unique, "{text}");
    }
}

#[test]
fn columns_agree_with_the_published_tables() {
    for line in file("tests/schemas/columns.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [name, field, column, ty] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let schema = shipped(name);
        let delivery = schema.delivery(Platform::Sentinel).expect("a delivery");
        let path = schema.resolve(field, &Facts::default()).expect(line).path;
        let found = match delivery.locate(&path) {
            // A column whose inner form is not published is none for what is inside.
            Located::Column(found, rest) if !found.opaque => {
                let ty = found.ty.kusto();
                assert!(rest.is_empty() || found.ty == ColumnType::Dynamic || ty == "string", "{line}");
                (found.name.as_deref().expect("a name").to_owned(), ty)
            }
            _ => ("-".to_owned(), "-"),
        };
        assert_eq!((found.0.as_str(), found.1), (column, ty), "{line}");
    }
}

/// Whether a column of this type holds the values of the field as they are.
const fn holds(ty: &Type, column: ColumnType) -> bool {
    match ty {
        // Members and elements are inside a column, whatever it is.
        Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any => true,
        Type::Integer | Type::Number => matches!(column, ColumnType::Integer | ColumnType::Real),
        Type::Boolean => matches!(column, ColumnType::Boolean),
        Type::Timestamp => matches!(column, ColumnType::DateTime),
        Type::String | Type::Enum(_) | Type::Ip | Type::Endpoint | Type::Json(_) => {
            matches!(column, ColumnType::String | ColumnType::Guid)
        }
    }
}

/// A query compares what the column holds, and nothing in a query shows that this is another thing than the field's
/// value: a name where the record has a number. So each such column says which text stands for which value, or where
/// it is from that the value is there in another type.
#[test]
fn a_column_of_another_type_maps_its_values_or_has_a_source() {
    let registry = Registry::shipped();
    let mut faults = Vec::new();
    for name in registry.names() {
        let schema = shipped(name);
        // Splunk and CloudWatch have no types of columns.
        let typed = |delivery: &&Delivery| matches!(delivery.platform, Platform::Sentinel | Platform::Xdr);
        for delivery in schema.deliveries.iter().filter(typed) {
            for column in delivery.columns.iter().filter(|column| column.name.is_some()) {
                let field = column.path.to_string();
                let Ok(found) = schema.resolve(&field, &Facts::default()) else { continue };
                let told = !column.values.is_empty() || column.source.is_some();
                if column.ty != ColumnType::Dynamic && !holds(&found.ty, column.ty) && !told {
                    faults.push(format!("{name} {} {field}: {:?}", delivery.name, column.ty));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Checks every event of a file of `{source, license, event}` lines.
fn fits(schema: &Schema, text: &str) -> Vec<String> {
    let shapes = RecordFormats::of(schema);
    let mut wrong = Vec::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let event = Event::new(line["event"].clone());
        let event = shapes.canonical(&event).unwrap_or(event);
        let name = line["event"].get("eventName").and_then(Value::as_str).unwrap_or_default();
        for found in schema.validate(event.value()) {
            wrong.push(format!("{name} {}: {}", found.path, found.message));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn recorded_events_fit() {
    for (name, events) in [
        ("aws/cloudtrail", "aws"),
        ("auth0/logs", "auth0"),
        ("azure/activitylogs", "azure"),
        ("azure/auditlogs", "entra"),
        ("cisco/duo", "duo"),
        ("duo/administrator", "duo"),
        ("gcp/gcp.audit", "gcp"),
        ("github/audit", "github"),
        ("onelogin/onelogin.events", "onelogin"),
        ("slack/audit", "slack"),
        ("snowflake/login_history", "snowflake_logins"),
        ("snowflake/query_history", "snowflake_queries"),
    ] {
        let text = file(&format!("tests/schemas/events/{events}.jsonl"));
        assert_eq!(fits(&shipped(name), &text), Vec::<String>::new(), "{name}");
    }
}

/// Workspace events that an organisation routes to Cloud Logging are activities of the Reports API in another shape.
#[test]
fn logged_workspace_events_become_activities() {
    let expected = [
        (
            "admin",
            "admin ADD_GROUP_MEMBER GROUP_SETTINGS admin@example.com 203.0.113.255 USER_EMAIL=test-user@example.com GROUP_EMAIL=admins@example.com",
        ),
        (
            "admin",
            "admin CREATE_USER USER_SETTINGS garrettwong@organization.com 8.8.8.8 USER_EMAIL=ben@organization.com",
        ),
        (
            "login",
            "login login_success login admin@gsecurity.net 2600::111 login_type=google_password login_challenge_method=[\"password\"] is_suspicious=false dusi=IIPB-JS7s6ibgwE",
        ),
    ];
    let mut found = Vec::new();
    for app in ["admin", "login"] {
        let schema = shipped(&format!("google_workspace/{app}"));
        let shapes = RecordFormats::of(&schema);
        for line in file(&format!("tests/schemas/events/google_workspace_{app}.jsonl")).lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let event = shapes.canonical(&Event::new(line["event"].clone())).expect("another shape");
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let at = |pointer: &str| event.value().pointer(pointer).map(text).unwrap_or_default();
            let mut all =
                ["/id/applicationName", "/events/0/name", "/events/0/type", "/actor/email", "/ipAddress"]
                    .map(at)
                    .to_vec();
            for parameter in event.value()["events"][0]["parameters"].as_array().expect("parameters") {
                let members = ["value", "boolValue", "multiValue"];
                let value = members.iter().find_map(|member| parameter.get(member)).expect("a value");
                all.push(format!("{}={}", text(&parameter["name"]), text(value)));
            }
            found.push((app, all.join(" ")));
        }
    }
    for (app, text) in expected {
        assert!(found.contains(&(app, text.to_owned())), "{text}\n{found:#?}");
    }
}

/// The whole set of recorded events, where `SIGMATA_SHARED` names the folder that holds it.
#[test]
fn all_recorded_events_fit() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED").map(PathBuf::from) else { return };
    for (name, events) in [
        ("aws/cloudtrail", "events/aws/stratus_detonation.jsonl"),
        ("aws/cloudtrail", "events/aws/stratus_docs.jsonl"),
        ("azure/auditlogs", "events/entra/stratus_docs.jsonl"),
    ] {
        let text = std::fs::read_to_string(shared.join(events)).expect(events);
        assert_eq!(fits(&shipped(name), &text), Vec::<String>::new(), "{events}");
    }
    // Storage and key vaults have logs of their own, from which the file has records too.
    let events = "events/azure/stratus_docs.jsonl";
    let text = std::fs::read_to_string(shared.join(events)).expect(events);
    let others = ["\"AuditEvent\"", "\"StorageWrite\"", "\"StorageDelete\""];
    let own: Vec<_> = text.lines().filter(|line| !others.iter().any(|other| line.contains(other))).collect();
    assert_eq!(own.len(), 7, "{events}");
    assert_eq!(fits(&shipped("azure/activitylogs"), &own.join("\n")), Vec::<String>::new(), "{events}");
    for (name, samples) in [("azure/activitylogs", "azure_activity"), ("azure/auditlogs", "entra")] {
        let path = shared.join(format!("facts/t1136_003/samples/{samples}.json"));
        let found: Value =
            serde_json::from_str(&std::fs::read_to_string(path).expect(samples)).expect("JSON");
        let events = found["events"].as_array().expect("events");
        let lines: Vec<_> =
            events.iter().map(|event| serde_json::json!({ "event": event }).to_string()).collect();
        assert_eq!(fits(&shipped(name), &lines.join("\n")), Vec::<String>::new(), "{samples}");
    }
}

#[test]
fn misfits_are_told() {
    let event = serde_json::json!({
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "eventType": "AwsApiCal",
        "readOnly": "maybe",
        "colour": "red",
        "requestParameters": { "userNmae": "x" },
    });
    let found: Vec<_> = shipped("aws/cloudtrail")
        .validate(&event)
        .into_iter()
        .map(|v| format!("{}: {}", v.path, v.message))
        .collect();
    assert_eq!(
        found,
        [
            "eventType: `AwsApiCal` is not a known event type",
            "readOnly: expected boolean, found string",
            "colour: unknown member `colour`",
            "requestParameters.userNmae: unknown member `userNmae`",
        ]
    );
}

#[test]
fn log_sources_find_their_schema() {
    let part = |text: &str| (!text.is_empty()).then(|| Spanned::new(text.to_owned(), Span::default()));
    let registry = Registry::shipped();
    for ((product, service, category), expected) in [
        (("aws", "cloudtrail", ""), "aws/cloudtrail"),
        (("azure", "auditlogs", ""), "azure/auditlogs"),
        (("aws", "", ""), "known"),
        (("windows", "", "process_creation"), "known"),
        (("", "", "proxy"), "known"),
        (("aws", "cloudtrial", ""), "service? cloudtrail hides"),
        (("asw", "cloudtrail", ""), "product? aws hides"),
        (("AWS", "cloudtrail", ""), "aws/cloudtrail"),
        (("aws", "unheardof", ""), "service? "),
        (("windows", "", "process_craetion"), "category? process_creation"),
        (("acme", "audit", ""), "product? "),
        (("okta", "system", ""), "okta/okta as okta/okta"),
        (("microsoft365", "anything", ""), "m365/audit as m365/audit"),
    ] {
        let source = LogSource {
            product: part(product),
            service: part(service),
            category: part(category),
            ..LogSource::default()
        };
        let found = match registry.find(&source) {
            LogMatch::Schema(schema) => schema.name.clone(),
            LogMatch::Known => "known".into(),
            LogMatch::Alias { schema, product, service } => format!("{} as {product}/{service}", schema.name),
            LogMatch::Unknown { key, nearest, hides_schema } => {
                format!("{key}? {}{}", nearest.join(" "), if hides_schema { " hides" } else { "" })
            }
        };
        assert_eq!(found, expected, "{product} {service} {category}");
    }
}

#[test]
fn schemas_of_users_extend_and_replace() {
    let text = "sigmata-schema: 2\nname: acme/audit\ntitle: Acme\nlogsources: [{product: acme, service: audit}]\n\
        sources: [{source: own, license: none, date: \"2026-01-01\"}]\nfields: {user: {type: string}}\n";
    let (registry, findings) = Registry::with_schemas([("acme.yaml", text)]);
    assert!(findings.is_empty(), "{findings:?}");
    let mut names = Registry::shipped().names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    names.insert(0, "acme/audit".to_owned());
    assert_eq!(registry.names(), names);
    let other = text.replace("acme/audit", "aws/cloudtrail");
    let (registry, findings) = Registry::with_schemas([("own.yaml", other.as_str())]);
    assert_eq!(findings.iter().map(|(_, found)| found.code.id).collect::<Vec<_>>(), ["S0706"]);
    assert_eq!(registry.get("aws/cloudtrail").expect("a schema").title, "Acme");
    let (_, findings) = Registry::with_schemas([("a.yaml", text), ("b.yaml", text)]);
    assert_eq!(
        findings.iter().map(|(file, f)| (file.as_str(), f.code.id)).collect::<Vec<_>>(),
        [("b.yaml", "S0705")]
    );
}

#[test]
fn the_manual_shows_a_schema_that_reads() {
    let manual = file("docs/schemas.md");
    let example =
        manual.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (registry, findings) = Registry::with_schemas([("acme.yaml", example)]);
    assert!(findings.is_empty(), "{findings:?}");
    assert!(registry.get("acme/audit").is_some());
}

/// A made-up schema with two deliveries in one dialect.
const MADE_UP: &str = r#"
sigmata-schema: 2
name: acme/audit
title: Acme
logsources: [{product: acme, service: audit}, {product: acme}, {product: acme, service: admin}, {category: acme_audit}]
sources: [{source: own, license: none, date: "2026-01-01"}]
enums:
  kind: {noun: kind, complete: true, values: [user, key]}
types:
  id: {type: string, format: guid}
fields:
  kind: {type: enum, enum: kind}
  id: {type: id}
  mails: {type: array, items: {type: string, format: email}}
  name: {type: string}
  events: {type: array, items: {type: object, fields: {name: {type: string}}}}
deliveries:
  - {platform: splunk, tables: ["acme:audit"], form: raw, discriminator: {level: [3], live: [true]}}
  - {platform: sentinel, tables: [Keys], form: columns, only: {kind: [key]}, columns: {name: {column: Name}}, discriminator: {Raw.app.id: [8, 15]}}
  - {platform: sentinel, tables: [Rows], form: columns, row_per: events, columns: {events.name: {column: EventName}}, discriminator: {Raw.live: [true]}}
"#;

#[test]
fn deliveries_are_lists_with_what_they_hold() {
    let (registry, findings) = Registry::with_schemas([("acme.yaml", MADE_UP)]);
    assert!(findings.is_empty(), "{findings:?}");
    let schema = registry.get("acme/audit").expect("a schema");
    let names: Vec<_> =
        schema.deliveries(Platform::Sentinel).map(|delivery| delivery.name.as_str()).collect();
    assert_eq!(names, ["Keys", "Rows"]);
    let delivery =
        |name: &str| schema.deliveries.iter().find(|delivery| delivery.name == name).expect("a delivery");
    let show = |path: &sigmata::schema::Path| path.to_string();
    let keys = delivery("Keys");
    assert_eq!(
        keys.only.iter().map(|(path, of)| (show(path), of.clone())).collect::<Vec<_>>(),
        [("kind".to_owned(), vec!["key".to_owned()])]
    );
    assert_eq!(
        keys.discriminator,
        [(
            sigmata::schema::Path::keys(["Raw", "app", "id"]),
            vec![Discriminator::Integer(8), Discriminator::Integer(15)]
        )]
    );
    assert_eq!(delivery("Rows").row_per.as_ref().map(show).as_deref(), Some("events"));
    assert_eq!(delivery("acme:audit").discriminator[1].1, [Discriminator::Boolean(true)]);
    let format = |name: &str| {
        schema.resolve(name, &Facts::default()).expect("a field").field.and_then(|field| field.format)
    };
    assert_eq!(format("id"), Some(Format::Guid));
    assert_eq!(format("mails"), Some(Format::Email));
    assert_eq!(format("name"), None);
}

#[test]
fn schemas_over_a_shipped_one_add_to_it() {
    let text = "sigmata-schema: 2\nname: own/trail\nextends: aws/cloudtrail\nlogsources: [{product: own}]\n\
        enums: {eventName: {noun: event name, values: [OwnEvent]}, eventSource: {noun: event source, values: [own.example.com]}}\n\
        fields: {userIdentity: {type: userIdentity, fields: {}}, colour: {type: string}, errorCode: {type: string, doc: Ours}}\n\
        relations: [{field: eventName, by: eventSource, values: {own.example.com: [OwnEvent], iam.amazonaws.com: [OwnEvent]}}]\n\
        deliveries: [{platform: splunk, tables: [own], form: raw}]\n";
    let text = text.replace("userIdentity: {type: userIdentity, fields: {}}, ", "");
    let (registry, findings) = Registry::with_schemas([("own.yaml", text.as_str())]);
    assert!(findings.is_empty(), "{findings:?}");
    let (own, base) = (registry.get("own/trail").expect("a schema"), shipped("aws/cloudtrail"));
    assert_eq!(own.record.fields.len(), base.record.fields.len() + 1);
    assert_eq!(own.title, base.title);
    assert_eq!(own.delivery(Platform::Splunk).expect("a delivery").name, "own");
    assert_eq!(
        own.delivery(Platform::Sentinel).expect("a delivery").name,
        base.delivery(Platform::Sentinel).expect("a delivery").name
    );
    let resolved = own.resolve("eventName", &Facts::default()).expect("a field");
    let Type::Enum(known_values) = resolved.ty else { panic!("no list of known values") };
    for name in ["OwnEvent", "CreateUser"] {
        assert_eq!(known_values.canonical(&name.to_lowercase()), Some(name));
    }
    let pairs = &own.relation(&resolved.path).expect("a relation").pairs;
    assert_eq!(pairs.owners("OwnEvent"), ["own.example.com", "iam.amazonaws.com"]);
    assert!(
        pairs.has("iam.amazonaws.com", "CreateUser")
            && pairs.completeness("iam.amazonaws.com") == Completeness::Nearly
    );
    let doc = own.resolve("errorCode", &Facts::default()).expect("a field").field.expect("declared").doc;
    assert_eq!(&*doc, "Ours");
}

#[test]
fn log_sources_of_a_schema_may_lack_a_part() {
    let part = |text: &str| (!text.is_empty()).then(|| Spanned::new(text.to_owned(), Span::default()));
    let (registry, _) = Registry::with_schemas([("acme.yaml", MADE_UP)]);
    for ((product, service, category), expected) in [
        (("acme", "audit", ""), true),
        (("acme", "", ""), true),
        (("acme", "admin", "x"), true),
        (("", "", "acme_audit"), true),
        (("acme", "other", ""), false),
        (("", "", ""), false),
        (("", "", "proxy"), false),
    ] {
        let source = LogSource {
            product: part(product),
            service: part(service),
            category: part(category),
            ..LogSource::default()
        };
        let found = matches!(registry.find(&source), LogMatch::Schema(schema) if schema.name == "acme/audit");
        assert_eq!(found, expected, "{product} {service} {category}");
    }
}

#[test]
fn faulty_schemas_are_left_out_and_told() {
    let file = |rest: &str| {
        format!(
            "sigmata-schema: 2\nname: acme/audit\ntitle: Acme\nlogsources: []\nsources: []\n\
             fields: {{user: {{type: string}}}}\n{rest}"
        )
    };
    for (text, code, found) in [
        ("a: [", "S0001", ""),
        (&*file("feilds: {}"), "S0701", "feilds"),
        (&file("outcome: {result: x}"), "S0701", "result"),
        (&file("").replace("schema: 2", "schema: 1"), "S0701", "1"),
        (&file("").replace("string", "[a]"), "S0701", "[a]"),
        (&file("").replace("type: string", "doc: x"), "S0701", "{doc: x}"),
        (&file("deliveries: [{platform: sentinl, tables: [T], form: columns}]"), "S0701", "sentinl"),
        (&file("alert:\n  - user\n  - {a: b}\n"), "S0701", "{a: b}"),
        (&file("---\na: b\n"), "S0701", ""),
        (&file("").replace("string", "strin"), "S0702", "strin"),
        (&file("").replace("string", "enum, enum: colours"), "S0702", "colours"),
        (&file("enums: {c: {noun: x, table: nowhere}}"), "S0702", "nowhere"),
        (&file("alert: [usr]"), "S0703", "usr"),
        (
            &file(
                "deliveries: [{platform: sentinel, tables: [T], form: columns, columns: {usr: {column: U}}}]",
            ),
            "S0703",
            "usr",
        ),
        (&file("extends: acme/nothing"), "S0702", "acme/nothing"),
        (
            &file("deliveries: [{platform: sentinel, tables: [T], form: columns, row_per: user}]"),
            "S0702",
            "user",
        ),
        (
            &file("deliveries: [{platform: sentinel, tables: [T], form: columns, only: {usr: [x]}}]"),
            "S0703",
            "usr",
        ),
        (&file("").replace("string", "integer, format: guid"), "S0702", "guid"),
        (&file("").replace("string", "string, labels: {'1': one}"), "S0702", "labels"),
        (&file("").replace("string", "integer, labels: {first: one}"), "S0702", "first"),
        (&file("").replace("string", "string, false_is_absent: true"), "S0702", "false_is_absent"),
        (&file("relations: [{field: usr, by: user, forms: {a: [b]}}]"), "S0703", "usr"),
        (&file("relations: [{field: user, by: user, forms: {a: [b]}, instead: {a: usr}}]"), "S0703", "usr"),
        (&file("meanings: {colour: user}"), "S0702", "colour"),
        (&file("meanings: {actor: [user, usr]}"), "S0703", "usr"),
        (&file("outcome: {success: {usr: x}}"), "S0703", "usr"),
        (&file("also_known_as: {user: user}"), "S0702", "user"),
        ("sigmata-schema: 2\nname: a/b\ntitle: x\nsources: []\nlogsources: []\n", "S0701", ""),
        (&format!("# {}", "x".repeat(2 << 20)), "S0005", ""),
    ] {
        let (registry, findings) = Registry::with_schemas([("x.yaml", text)]);
        let [(_, finding)] = &findings[..] else { panic!("{text}: {findings:?}") };
        assert_eq!(finding.code.id, code, "{text}");
        if !found.is_empty() {
            assert_eq!(&text[finding.span.range()], found, "{text}");
        }
        assert_eq!(registry.names(), Registry::shipped().names());
    }
    // The word itself, not the first text that holds it.
    let text = file("").replace("{user: {type: string}}", "{users: {type: use}, use: {type: string}}");
    let (_, findings) = Registry::with_schemas([("x.yaml", &*text)]);
    let place = text.find("type: use}").expect("the type") + "type: ".len();
    assert_eq!(findings[0].1.span.range(), place..place + 3);
}

#[test]
fn outlines_follow_prefix_and_facts() {
    let schema = shipped("aws/cloudtrail");
    let names = |prefix: &str, known: &str| -> Vec<String> {
        schema.outline(prefix, &facts(&schema, known)).into_iter().map(|row| row.name).collect()
    };
    assert_eq!(names("tlsDetails", "").len(), 4);
    assert_eq!(names("userIdentity.onBehalfOf.userId", ""), ["userIdentity.onBehalfOf.userId"]);
    assert_eq!(names("requestParameters", ""), ["requestParameters"]);
    let create = names("requestParameters", "eventSource=iam.amazonaws.com;eventName=CreateLoginProfile");
    assert_eq!(
        create,
        [
            "requestParameters",
            "requestParameters.maxSigninSessionDuration",
            "requestParameters.password",
            "requestParameters.passwordResetRequired",
            "requestParameters.userName"
        ]
    );
    let everything = schema.outline("", &Facts::default());
    assert!(everything.iter().all(|row| row.name.contains("requestParameters.") || !row.doc.is_empty()));
}

#[test]
fn names_from_elsewhere_are_known_by_their_meaning() {
    let own = "sigmata-schema: 2\nname: own/trail\nextends: aws/cloudtrail\nlogsources: [{product: own}]\n\
        meanings: {region: eventID}\nalso_known_as: {who: [userIdentity.arn]}\n";
    let (registry, findings) = Registry::with_schemas([("own.yaml", own)]);
    assert!(findings.is_empty(), "{findings:?}");
    for (log, name, expected) in [
        ("aws/cloudtrail", "SrcIpAddr", Some(&["sourceIPAddress"][..])),
        ("aws/cloudtrail", "src_ip", Some(&["sourceIPAddress"])),
        ("aws/cloudtrail", "_time", Some(&["eventTime"])),
        ("aws/cloudtrail", "wibble", None),
        // Nothing of the kind: said of a name of several words, which is not a word of the log, and of no other.
        ("zoom/operation", "source.ip", Some(&[])),
        ("zoom/operation", "src_ip", Some(&[])),
        ("zoom/operation", "src", None),
        ("zoom/operation", "UserAgent", None),
        ("okta/okta", "target.user.display.name", Some(&["target.displayName"])),
        ("own/trail", "vendor_region", Some(&["eventID"])),
        ("own/trail", "WHO", Some(&["userIdentity.arn"])),
        ("own/trail", "EventResult", Some(&[])),
    ] {
        let schema = registry.get(log).expect("a schema");
        let found: Option<Vec<String>> = schema.meant(name).map(|meant| meant.fields);
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(found, expected, "{log} {name}");
    }
}

#[test]
fn what_shows_an_outcome_is_a_rule_without_a_finding() {
    let registry = Registry::shipped();
    for log in registry.names() {
        let schema = registry.get(log).expect("a schema");
        let (product, service) = registry.written(log).expect("a log source");
        assert!(!schema.with_meaning(Meaning::Action).is_empty(), "{log} tells no action");
        for signs in [&schema.outcome.success, &schema.outcome.failure] {
            let lines: String =
                signs.iter().map(|(field, value)| format!("        {field}: {value}\n")).collect();
            if lines.is_empty() {
                continue;
            }
            let text = format!(
                "title: Outcome\nid: 5f113a8f-8b61-41ca-b90f-d374fa7e4a39\nstatus: test\nlevel: low\n\
                 description: Shows it\nauthor: us\ndate: 2026-01-01\n\
                 logsource:\n    product: {product}\n    service: {service}\n\
                 detection:\n    selection:\n{lines}    condition: selection\n"
            );
            let file = File::check(SourceFile::new("x.yml", text), &registry);
            let found: Vec<_> = file
                .findings
                .iter()
                // Alone it is too wide for a rule, which is not its fault.
                .filter(|finding| finding.severity > Severity::Info && finding.code.id != "S0512")
                .map(|finding| &finding.message)
                .collect();
            assert!(found.is_empty(), "{log}: {lines}{found:?}");
        }
    }
}

/// The YAML of every shipped schema.
fn shipped_files() -> Vec<PathBuf> {
    let folders = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/schema/shipped");
    let entries =
        |folder| std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let files = entries(folders).flat_map(entries);
    files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect()
}

#[test]
fn schemas_fit_the_grammar() {
    let grammar: Value = json_schema::load("log.schema.json");
    for path in shipped_files() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let pack: Value = serde_yaml::from_str(&text).expect("YAML");
        assert_eq!(json_schema::misfits(&grammar, &pack), Vec::<String>::new(), "{}", path.display());
    }
    assert_eq!(shipped_files().len(), Registry::shipped().names().len(), "every schema is registered");
    let made_up: Value = serde_yaml::from_str(MADE_UP).expect("YAML");
    assert_eq!(json_schema::misfits(&grammar, &made_up), Vec::<String>::new());
    let wrong = serde_json::json!({ "sigmata-schema": 1, "feilds": {} });
    assert!(!json_schema::misfits(&grammar, &wrong).is_empty());
}

#[test]
fn every_field_of_a_shipped_schema_is_documented() {
    for name in Registry::shipped().names() {
        let rows = shipped(name).outline("", &Facts::default());
        let bare: Vec<_> = rows.iter().filter(|row| row.doc.is_empty()).map(|row| &row.name).collect();
        assert!(
            bare.iter().all(|field| name == "aws/cloudtrail" && field.contains("Parameters.")),
            "{name}: {bare:?}"
        );
    }
}

/// The generated tables are what their inputs give; `SIGMATA_ACCEPT=1` writes them.
#[test]
fn tables_are_generated_from_their_inputs() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for (_, table, operations) in sigmata::schema::tables() {
        let input = format!("tests/schemas/inputs/{table}.{}", if operations { "jsonl" } else { "txt" });
        let bytes = if operations { tables::operations(&file(&input)) } else { tables::pairs(&file(&input)) };
        let path = root.join("src/schema/shipped").join(table).with_extension("bin");
        if std::env::var_os("SIGMATA_ACCEPT").is_some() {
            std::fs::write(&path, &bytes).expect("writable");
        }
        let found = std::fs::read(&path).expect("a table");
        assert!(found == bytes, "{table} is stale: run with SIGMATA_ACCEPT=1");
    }
}

/// A value whose keys are texts, as the reader takes them.
fn with_texts(value: serde_yaml::Value) -> serde_yaml::Value {
    use serde_yaml::Value;
    let text = |key| match key {
        Value::String(key) => Value::String(key),
        other => Value::String(serde_yaml::to_string(&other).expect("YAML").trim_end().to_owned()),
    };
    match value {
        Value::Mapping(members) => {
            let members = members.into_iter().map(|(key, value)| (text(key), with_texts(value)));
            Value::Mapping(members.collect())
        }
        Value::Sequence(elements) => elements.into_iter().map(with_texts).collect(),
        other => other,
    }
}

/// The table of a schema is its YAML; `SIGMATA_ACCEPT=1` writes it.
#[test]
fn tables_of_schemas_hold_their_yaml() {
    let all: Vec<_> = shipped_files()
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable");
            let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
            let bytes = rmp_serde::to_vec(&with_texts(value.clone())).expect("a table");
            (path.with_extension("table"), text, value, bytes)
        })
        .collect();
    // All are written before one is compared: what the library holds is that of before.
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        for (path, _, _, bytes) in &all {
            std::fs::write(path, bytes).expect("writable");
        }
    }
    for (path, text, value, bytes) in all {
        let found = std::fs::read(&path).expect("a table");
        assert!(found == bytes, "{} is stale: run with SIGMATA_ACCEPT=1", path.display());
        let (registry, findings) = Registry::with_schemas([("own.yaml", text.as_str())]);
        assert!(findings.iter().all(|(_, finding)| finding.code.id == "S0706"), "{findings:?}");
        let name = value.get("name").and_then(serde_yaml::Value::as_str).expect("a name");
        let [own, table] =
            [&registry, &Registry::shipped()].map(|registry| format!("{:?}", registry.get(name)));
        assert!(own == table, "{}: the table and the YAML are read alike", path.display());
    }
}

/// The index of names is what the schemas say; `SIGMATA_ACCEPT=1` writes it.
#[test]
fn the_index_is_made_of_the_schemas() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/schema/shipped/index");
    let index = sigmata::schema::indexing::build();
    let texts = [
        ("names", index.names),
        ("logs", index.logs),
        ("values", index.values),
        ("places", index.places),
        ("tables", index.tables),
    ];
    for (name, text) in texts {
        let path = folder.join(name).with_extension("txt");
        if std::env::var_os("SIGMATA_ACCEPT").is_some() {
            std::fs::write(&path, &text).expect("writable");
        }
        let found = std::fs::read_to_string(&path).expect("a text");
        assert!(found == text, "{name} is stale: run with SIGMATA_ACCEPT=1");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_name_is_resolved_or_refused(
        parts in prop::collection::vec("requestParameters|properties|targetResources|modifiedProperties|Role|[a-zA-Zé.\\[\\]{}0-9]{0,6}", 0..6),
        source in prop::option::of("iam.amazonaws.com|ec2.amazonaws.com|x"),
    ) {
        let name = parts.join(".");
        for log in ["aws/cloudtrail", "azure/auditlogs"] {
            let schema = shipped(log);
            let mut facts = Facts::default();
            if let (Some(source), Ok(field)) = (&source, schema.resolve("eventSource", &facts)) {
                facts.narrow(&field.path, std::iter::once(source.clone()).collect());
            }
            match schema.resolve(&name, &facts) {
                Ok(found) if found.declared => {
                    // The canonical name leads to the same place.
                    let again = schema.resolve(&found.path.name(), &facts).expect("the canonical name");
                    prop_assert_eq!(again.path, found.path);
                }
                Ok(_) => {}
                Err(Unresolved::Unknown { at, .. } | Unresolved::NotInCases { at, .. } | Unresolved::Scalar { at, .. }) => {
                    prop_assert!(name.get(at).is_some());
                }
            }
            let element = Type::Object(schema.record.clone());
            let _ = schema.resolve_in(&element, &name, &facts);
        }
    }

    #[test]
    fn any_text_is_a_schema_or_refused(text in "(sigmata-schema: 2\n|name: a/b\n|fields: \\{|[a-z:{}\\[\\]\n -]{0,20}){0,8}") {
        let (registry, _) = Registry::with_schemas([("x.yaml", text.as_str())]);
        prop_assert!(registry.names().len() >= 2);
    }
}
