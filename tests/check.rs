//! What rules mean, and what is wrong with them, by table.
//!
//! A rule is a log and the lines below `detection:`; its meaning is the formula's text form, its findings are
//! `severity code «text»` lines in the order of the file.

use std::fmt::Write as _;

use sigmata::check::check;
use sigmata::diagnostic::{Diagnostic, Safety, Severity};
use sigmata::rule::{self, DetectionRule, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

/// A log without a schema.
const PLAIN: &str = "product: reserved-by-tests, service: none";
const AWS: &str = "product: aws, service: cloudtrail";
const ENTRA: &str = "product: azure, service: auditlogs";
const ACTIVITY: &str = "product: azure, service: activitylogs";
const SIGNINS: &str = "product: azure, service: signinlogs";

fn document(log: &str, detection: &str) -> String {
    let version = if detection.contains('[') && detection.contains("any]") || detection.contains("[0]") {
        "sigma-version: 3\n"
    } else {
        ""
    };
    let mut text = format!("title: t\n{version}logsource: {{ {log} }}\ndetection:\n");
    for line in detection.lines() {
        let _ = writeln!(text, "    {line}");
    }
    if !detection.contains("\ncondition:") {
        text.push_str("    condition: s\n");
    }
    text
}

fn read(text: &str) -> (SourceFile, DetectionRule) {
    let source = SourceFile::new("rule.yml", text);
    let reading = rule::read(&source);
    let errors: Vec<_> =
        reading.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    match reading.documents.into_iter().next() {
        Some(Document::Detection(rule)) => (source, rule),
        other => panic!("{text}\n{other:?}"),
    }
}

/// The meaning of a rule, and its findings but for the note that the log has no schema.
fn run(log: &str, detection: &str) -> (String, Vec<Diagnostic>, SourceFile) {
    let (source, rule) = read(&document(log, detection));
    let (typed, mut found) = check(&rule, &Registry::shipped());
    // A log that no schema can ever claim is unknown, which is not what its rows are about.
    found.retain(|found| found.code.id != "S0311" && (log != PLAIN || found.code.id != "S0310"));
    (typed.formula.map_or_else(|| "-".to_owned(), |formula| formula.to_string()), found, source)
}

#[track_caller]
fn means(log: &str, detection: &str, expected: &str) {
    let (formula, found, _) = run(log, detection);
    assert_eq!(formula, expected, "{detection}");
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.is_empty() || log != PLAIN, "{detection}: {errors:#?}");
}

#[track_caller]
fn finds(log: &str, detection: &str, expected: &[&str]) {
    let (_, found, source) = run(log, detection);
    let found: Vec<_> = found
        .iter()
        .map(|found| format!("{} {} {}", found.severity.name(), found.code.id, source.slice(found.span)))
        .collect();
    assert_eq!(found, expected, "{detection}");
}

#[test]
fn values_wildcards_and_modifiers() {
    for (detection, expected) in [
        ("s: { a: b }", r#"a = "b""#),
        ("s: { a: [b, c] }", r#"a = "b" or = "c""#),
        ("s: { a: 5 }", r#"a = "5""#),
        ("s: { a: true }", r#"a = "true""#),
        ("s: { a: '' }", r#"a = """#),
        ("s: { a: null }", "a null"),
        ("s: { a: '*' }", "a present"),
        ("s: { a: ['*', b] }", "a present"),
        ("s: { a: 'b*' }", r#"a ^ "b""#),
        ("s: { a: '*b' }", r#"a $ "b""#),
        ("s: { a: '*b*' }", r#"a ~ "b""#),
        ("s: { a: 'b?c*' }", r#"a * "b?c*""#),
        (r"s: { a: 'b\*c' }", r#"a = "b*c""#),
        (r"s: { a: 'b\\*' }", r#"a ^ "b\\""#),
        ("s: { a: [b, 'c*', '*d', '*e*'] }", r#"a = "b" or ^ "c" or $ "d" or ~ "e""#),
        ("s: { a|contains: 'b*c' }", r#"a * "*b*c*""#),
        ("s: { a|startswith: ['b', 'c?'] }", r#"a ^ "b" or * "c?*""#),
        ("s: { a|endswith: b }", r#"a $ "b""#),
        ("s: { a|contains|all: [b, c] }", r#"(a ~ "b" & a ~ "c")"#),
        ("s: { a|cased: B }", r#"a =c "B""#),
        ("s: { a|contains|cased: B }", r#"a ~c "B""#),
        ("s: { a|neq: [b, c] }", r#"!a = "b" or = "c""#),
        ("s: { a|contains|all|neq: [b, c] }", r#"!(a ~ "b" & a ~ "c")"#),
        ("s: { a|neq: null }", "!a null"),
        ("s: { a|exists: true }", "a exists"),
        ("s: { a|exists: false }", "!a exists"),
        ("s: { a|exists: FALSE }", "!a exists"),
        ("s: { a|re: 'b.c$' }", "a /b.c$/"),
        ("s: { a|re|i|m|s: [b, c] }", "a /b/ims or /c/ims"),
        ("s: { a|cidr: [10.0.0.0/8, '2001:db8::/32'] }", "a in 10.0.0.0/8 or 2001:db8::/32"),
        ("s: { a|cidr: 10.1.2.3/8 }", "a in 10.0.0.0/8"),
        ("s: { a|gt: 5 }", "a > 5"),
        ("s: { a|gte: 9007199254740993 }", "a >= 9007199254740993"),
        ("s: { a|lt: 1.5 }", "a < 1.5"),
        ("s: { a|lte: '2026-01-01' }", "a <= @1767225600"),
        ("s: { a|hour: [22, 23] }", "a hour 22 or 23"),
        ("s: { a|hour|gte: 22 }", "a hour >= 22"),
        ("s: { a|lt|minute: [5, 9] }", "(a minute < 5 | a minute < 9)"),
        ("s: { a|month|gt|neq: 6 }", "!a month > 6"),
        ("s: { a|fieldref: b }", "a = field b"),
        ("s: { a|fieldref|endswith: b }", "a $ field b"),
        ("s: { a|fieldref|neq: b }", "!a = field b"),
        ("s: { a|base64: foobar }", r#"a = "Zm9vYmFy""#),
        ("s: { a|base64offset|contains: foobar }", r#"a ~ "Zm9vYmFy" or ~ "Zvb2Jhc" or ~ "mb29iYX""#),
        ("s: { a|wide|base64offset|contains: ab }", r#"a ~ "YQBiA" or ~ "EAYg" or ~ "hAGIA""#),
        ("s: { a|utf16|base64: a }", r#"a = "//5hAA==""#),
        ("s: { a|utf16be|base64: a }", r#"a = "AGE=""#),
        ("s: { a|windash|contains: ' -x' }", r#"a ~ " -x" or ~ " /x" or ~ " –x" or ~ " —x" or ~ " ―x""#),
        ("s: { 'a.b c': d }", r#"a.b c = "d""#),
    ] {
        means(PLAIN, detection, expected);
    }
}

#[test]
fn selections_and_conditions() {
    for (detection, expected) in [
        ("s: { a: b, c: d }", r#"(a = "b" & c = "d")"#),
        ("s: [{ a: b }, { c: d, e: f }]", r#"(a = "b" | (c = "d" & e = "f"))"#),
        ("s: [x, 'y*']", r#"event ~ "x" or ~ "y""#),
        ("s: { '|all': [x, y] }", r#"(event ~ "x" & event ~ "y")"#),
        ("s: { '|re': 'x.y' }", "event /x.y/"),
        ("s: [x, { a: b }]", r#"(event ~ "x" | a = "b")"#),
        ("s: { a: b }\nf: { c: d }\ncondition: s and not f", r#"(a = "b" & !c = "d")"#),
        ("s_1: { a: b }\ns_2: { c: d }\ncondition: 1 of s_*", r#"(a = "b" | c = "d")"#),
        ("s_1: { a: b }\ns_2: { c: d }\ncondition: all of s_*", r#"(a = "b" & c = "d")"#),
        ("s_1: { a: b }\n_s: { c: d }\ncondition: all of them or _s", r#"(a = "b" | c = "d")"#),
        (
            "a: { a: b }\nb: { c: d }\nc: { e: f }\ncondition: a or b and not c",
            r#"(a = "b" | (c = "d" & !e = "f"))"#,
        ),
        ("a: { a: b }\nb: { c: d }\ncondition: [a, b]", r#"(a = "b" | c = "d")"#),
        ("a: { a: b }\ncondition: a and a", r#"a = "b""#),
        ("a: { a: b }\ncondition: not not a", r#"a = "b""#),
        (
            "f_1: { a: b }\nf_2: { c: d }\ns: { e: f }\ncondition: s and not 1 of f_*",
            r#"(e = "f" & !(a = "b" | c = "d"))"#,
        ),
    ] {
        means(PLAIN, detection, expected);
    }
}

/// What the reader has reported as wrong has no meaning, so that nothing later builds on it.
#[test]
fn values_that_do_not_suit_their_modifiers_mean_nothing() {
    for item in [
        "a|contains: null",
        "a|startswith: null",
        "a|base64: null",
        "a|wide|base64offset|contains: null",
        "a|re: null",
        "a|cidr: null",
        "a|cidr: '10.0.0.0/33'",
        "a|gt: null",
        "a|gt: high",
        "a|hour: '25'",
        "a|exists: null",
        "a|exists: maybe",
        "a|fieldref: null",
        "a|re: 'a('",
    ] {
        let source = SourceFile::new("rule.yml", document(PLAIN, &format!("s: {{ {item} }}")));
        let reading = rule::read(&source);
        let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else {
            panic!("{item}: no rule");
        };
        let (typed, found) = check(&rule, &Registry::shipped());
        let errors = reading.diagnostics.iter().chain(&found);
        assert!(errors.into_iter().any(|found| found.severity == Severity::Error), "{item}: no error");
        assert_eq!(typed.formula.map(|formula| formula.to_string()), None, "{item}");
    }
}

#[test]
fn element_blocks() {
    for (log, detection, expected) in [
        (PLAIN, "s: { 'a[any].b': c }", r#"any a (.b = "c")"#),
        (PLAIN, "s: { 'a[any]': c }", r#"any a (. = "c")"#),
        (PLAIN, "s: { 'a[0].b': c }", r#"[0] a (.b = "c")"#),
        (PLAIN, "s: { 'a[any].b[0].c': d }", r#"any a ([0] .b (.c = "d"))"#),
        (PLAIN, "s: { 'a[any]|neq': c }", r#"any a (!. = "c")"#),
        (PLAIN, "s: { 'a[any]': { b: c, d: e } }", r#"any a (.b = "c" & .d = "e")"#),
        (
            PLAIN,
            "s:\n    a[any]:\n        x: { b: c }\n        y: { d: e }\n        condition: x and not y",
            r#"any a (.b = "c" & !.d = "e")"#,
        ),
        (
            ENTRA,
            "s: { 'properties.targetResources[any]': { type: User, 'modifiedProperties[any].displayName': x } }",
            r#"any properties.targetResources (.type =! "User" & any .modifiedProperties (.displayName = "x"))"#,
        ),
        (
            ENTRA,
            "s: { properties.targetResources.modifiedProperties.displayName: x }",
            r#"properties.targetResources[].modifiedProperties[].displayName = "x""#,
        ),
        (ENTRA, "s: { properties.targetResources|exists: true }", "properties.targetResources exists"),
    ] {
        means(log, detection, expected);
    }
}

#[test]
fn types_decide_how_values_are_read() {
    for (detection, expected) in [
        ("s: { eventName: stoplogging }", r#"eventName =! "StopLogging""#),
        ("s: { userIdentity.type: [ROOT, iamuser] }", r#"userIdentity.type =! "Root" or =! "IAMUser""#),
        ("s: { readOnly: 'TRUE' }", "readOnly is true"),
        ("s: { readOnly: [true, false] }", "(readOnly is true | readOnly is false)"),
        ("s: { sourceIPAddress: 192.0.2.1 }", r#"sourceIPAddress = "192.0.2.1""#),
        ("s: { sourceIPAddress|cidr: 192.0.2.0/24 }", "sourceIPAddress in 192.0.2.0/24"),
        ("s: { eventTime|gt: '2026-01-01T00:00:00Z' }", "eventTime > @1767225600"),
        ("s: { eventTime|startswith: 2026-01 }", r#"eventTime ^ "2026-01""#),
        ("s: { eventTime|hour: 3 }", "eventTime hour 3"),
        ("s: { eventTime|hour|gte: 22 }", "eventTime hour >= 22"),
        ("s: { recipientAccountId: 210987654321 }", r#"recipientAccountId = "210987654321""#),
        ("s: { eventName|startswith: Create }", r#"eventName ^ "Create""#),
    ] {
        means(AWS, detection, expected);
        finds(AWS, detection, &[]);
    }
    means(AWS, "s: { errorCode: null }", "errorCode null");
    // An address is one however it is written, unless the rule asks for a port too.
    for (value, expected) in [
        ("203.0.113.9", "in 203.0.113.9/32"),
        ("[2001:db8::9]", "in 2001:db8::9/128"),
        ("::ffff:203.0.113.9", "in 203.0.113.9/32"),
        ("203.0.113.9:443", r#"= "203.0.113.9:443""#),
        ("[2001:db8::9]:443", r#"= "[2001:db8::9]:443""#),
    ] {
        let detection = format!("s: {{ ClientIP: '{value}' }}");
        means("product: m365, service: audit", &detection, &format!("ClientIP {expected}"));
    }
}

/// What a field never holds beside the value of another one.
#[test]
fn texts_have_the_form_that_another_field_says() {
    const AUDIT: &str = "product: m365, service: audit";
    for (log, detection, expected) in [
        (
            AWS,
            "s: { userIdentity.type: AssumedRole, userIdentity.arn|contains: ':role/Admin' }",
            &["warning S0454 ':role/Admin'"][..],
        ),
        (
            AWS,
            "s: { userIdentity.type: AssumedRole, userIdentity.arn: 'arn:aws:iam::210987654321:role/a' }",
            &["warning S0454 'arn:aws:iam::210987654321:role/a'"],
        ),
        (
            AWS,
            "s: { userIdentity.type: AssumedRole, userIdentity.arn|startswith: 'arn:aws:iam::' }",
            &["warning S0454 'arn:aws:iam::'"],
        ),
        (AWS, "s: { userIdentity.type: Root, userIdentity.arn|endswith: /root }", &["warning S0454 /root"]),
        (AWS, "s: { userIdentity.type: AWSService, userIdentity.arn|contains: x }", &["warning S0454 x"]),
        (
            AWS,
            "s: { userIdentity.type: [AssumedRole, Root], userIdentity.arn|contains: ':user/' }",
            &["warning S0454 ':user/'"],
        ),
        // In a filter too: it lets nobody through.
        (
            AWS,
            "s: { eventSource: iam.amazonaws.com, eventName: CreateUser }\nf: { userIdentity.type: AssumedRole, userIdentity.arn|contains: ':role/a' }\ncondition: s and not f",
            &["warning S0454 ':role/a'"],
        ),
        // What some form allows, and what nothing is known of.
        (AWS, "s: { userIdentity.type: AssumedRole, userIdentity.arn|contains: ':assumed-role/a/' }", &[]),
        (
            AWS,
            "s: { userIdentity.type: assumedrole, userIdentity.arn: 'arn:aws:sts::*:assumed-role/a/*' }",
            &[],
        ),
        (AWS, "s: { userIdentity.type: AssumedRole, userIdentity.arn|endswith: /i-0a1b }", &[]),
        (AWS, "s: { userIdentity.type: IAMUser, userIdentity.arn|contains: ':user/ops/' }", &[]),
        (AWS, "s: { userIdentity.type: [AssumedRole, IAMUser], userIdentity.arn|contains: ':user/' }", &[]),
        (AWS, "s: { userIdentity.type: [AssumedRole, Unknown], userIdentity.arn|contains: ':role/' }", &[]),
        (AWS, "s: { userIdentity.arn|contains: ':role/' }", &["warning S0454 ':role/'"]),
        (AWS, "s: { userIdentity.type: AWSService, userIdentity.arn: null }", &[]),
        (
            AUDIT,
            "s: { Workload: Exchange, Operation: Set-Mailbox, ResultStatus: success }",
            &["warning S0454 success"],
        ),
        (AUDIT, "s: { Workload: Exchange, Operation: Set-Mailbox, ResultStatus|startswith: Fal }", &[]),
        (AUDIT, "s: { Workload: Exchange, Operation: Set-Mailbox, ResultStatus: 'true' }", &[]),
        (AUDIT, "s: { Workload: AzureActiveDirectory, ResultStatus: success }", &[]),
        (AUDIT, "s: { Workload: AzureActiveDirectory, ResultStatus: 'True' }", &["warning S0454 'True'"]),
        (AUDIT, "s: { Workload: PowerBI, ResultStatus: whatever }", &[]),
        (AUDIT, "s: { Operation: UserLoggedIn, RecordType: 8 }", &["warning S0454 RecordType: 8"]),
        (
            AUDIT,
            "s: { Operation: FileDownloaded, RecordType: [6, 4] }",
            &["warning S0454 RecordType: [6, 4]"],
        ),
        (
            AUDIT,
            "s: { Operation: FileDownloaded, RecordType: SharePointFileOperation }",
            &["warning S0430 SharePointFileOperation"],
        ),
        (AUDIT, "s: { Operation: New-InboxRule, RecordType: 1 }", &[]),
        // Booleans and known values too, and values of the deciding field by their form.
        (
            AWS,
            "s: { eventSource: iam.amazonaws.com, eventName: ListUsers, readOnly: false }",
            &["warning S0454 readOnly: false"],
        ),
        (
            AWS,
            "s: { eventSource: iam.amazonaws.com, eventName: [CreateUser, DeleteUser], readOnly: true }",
            &["warning S0454 readOnly: true"],
        ),
        (
            AWS,
            "s: { eventSource: iam.amazonaws.com, eventName: [CreateUser, ListUsers], readOnly: true }",
            &[],
        ),
        (AWS, "s: { eventSource: sts.amazonaws.com, eventName: GetFederationToken, readOnly: false }", &[]),
        (AWS, "s: { eventName: ConsoleLogin, eventType: AwsApiCall }", &["warning S0454 AwsApiCall"]),
        (AWS, "s: { eventName: ConsoleLogin, errorCode: AccessDenied }", &["warning S0454 AccessDenied"]),
        (AWS, "s: { eventName: ConsoleLogin, errorCode: null }", &[]),
        (AWS, "s: { userIdentity.type: AssumedRole, userIdentity.userName: ci }", &["warning S0454 ci"]),
        (AWS, "s: { userIdentity.type: IAMUser, userIdentity.userName: ci }", &[]),
        (
            ACTIVITY,
            "s: { category: Policy, operationName: Microsoft.Compute/disks/write }",
            &["warning S0454 Policy"],
        ),
        (ACTIVITY, "s: { category: Administrative, operationName: Microsoft.Compute/disks/write }", &[]),
    ] {
        finds(log, detection, expected);
    }
    let (_, found, _) =
        run(AWS, "s: { userIdentity.type: AssumedRole, userIdentity.arn|contains: ':role/Admin' }");
    let help: Vec<_> = found.iter().filter_map(|found| found.help.clone()).collect();
    assert_eq!(help, ["compare `userIdentity.sessionContext.sessionIssuer.arn`"]);
}

/// Numbers that have labels, and false and zero that the log leaves out.
#[test]
fn values_are_written_as_the_log_writes_them() {
    const AUDIT: &str = "product: m365, service: audit";
    const GCP: &str = "product: gcp, service: gcp.audit";
    for (log, detection, meaning, expected) in [
        (AUDIT, "s: { UserType: Admin }", "UserType == 2", &["warning S0430 Admin"][..]),
        (
            AUDIT,
            "s: { RecordType: [exchangeadmin, 15] }",
            "RecordType == 1 or 15",
            &["warning S0430 exchangeadmin"],
        ),
        (AUDIT, "s: { UserType: Admim }", "UserType = \"Admim\"", &["error S0430 Admim"]),
        (AUDIT, "s: { UserType: 0 }", "UserType == 0", &[]),
        (GCP, "s: { operation.first: true }", "operation.first is true", &[]),
        (GCP, "s: { operation.first: false }", "operation.first is false", &["warning S0433 false"]),
        (
            GCP,
            "s: { protoPayload.authorizationInfo.granted: false }",
            "protoPayload.authorizationInfo[].granted is false",
            &["warning S0433 false"],
        ),
        (
            GCP,
            "s:\n  protoPayload.authorizationInfo[any]: { granted: false }",
            "any protoPayload.authorizationInfo (.granted is false)",
            &["warning S0433 false"],
        ),
    ] {
        means(log, detection, meaning);
        finds(log, detection, expected);
    }
    let helps = |log, detection| -> Vec<String> {
        run(log, detection).1.into_iter().filter_map(|found| found.help).collect()
    };
    assert_eq!(helps(AUDIT, "s: { UserType: Admin }"), ["write `2`"]);
    assert_eq!(helps(AUDIT, "s: { UserType: Regula }"), ["did you mean `0` (Regular)?"]);
    assert_eq!(helps(GCP, "s: { operation.last: false }"), ["write `null`"]);
    assert_eq!(
        helps(GCP, "s: { protoPayload.authorizationInfo.granted: false }"),
        ["write `protoPayload.authorizationInfo[any]` with `granted: null` in a block below it"]
    );
}

#[test]
fn mistakes_are_found() {
    for (detection, expected) in [
        ("s: { eventNmae: CreateUser }", &["error S0312 eventNmae"][..]),
        ("s: { EventName: StopLogging }", &["warning S0315 EventName"]),
        ("s: { eventName: CreatUser }", &["warning S0433 CreatUser"]),
        ("s: { eventSource: iam.amazonaws.com, eventName: CreatUser }", &["error S0433 CreatUser"]),
        // The list of a source is complete, nearly complete or not complete.
        ("s: { eventSource: s3.amazonaws.com, eventName: CreateUser }", &["warning S0434 CreateUser"]),
        ("s: { eventSource: kms.amazonaws.com, eventName: CreateUser }", &["error S0434 CreateUser"]),
        ("s: { eventSource: ec2.amazonaws.com, eventName: RunInstance }", &["error S0433 RunInstance"]),
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: ShowLaunchWizardOptions }",
            &["warning S0433 ShowLaunchWizardOptions"],
        ),
        (
            "s: { eventSource: kms.amazonaws.com, eventName: ShowLaunchWizardOptions }",
            &["error S0433 ShowLaunchWizardOptions"],
        ),
        (
            "s: { eventSource: sso-directory.amazonaws.com, eventName: ShowLaunchWizardOptions }",
            &["warning S0433 ShowLaunchWizardOptions"],
        ),
        (
            "s: { eventSource: route53.amazonaws.com, eventName: DisableDomainTransferLock }",
            &["error S0434 DisableDomainTransferLock"],
        ),
        (
            "s: { eventSource: s3.amazonaws.com, eventName: ListAllMyBuckets }",
            &["error S0434 ListAllMyBuckets"],
        ),
        ("s: { eventSource: secretsmanager.amazonaws.com, eventName: RotationSucceeded }", &[]),
        ("s: { eventSource: ec2-instance-connect.amazonaws.com, eventName: OpenTunnel }", &[]),
        ("s: { eventSource: bedrock.amazonaws.com, eventName: PutFoundationModelEntitlement }", &[]),
        ("s: { eventSource: backup.amazonaws.com, eventName: BackupJobCompleted }", &[]),
        ("s: { eventSource: cloudshell.amazonaws.com, eventName: CreateEnvironment }", &[]),
        (
            "s: { eventSource: bedrock-runtime.amazonaws.com, eventName: InvokeModel }",
            &["warning S0434 bedrock-runtime.amazonaws.com"],
        ),
        (
            "s: { eventSource: lambda.amazonaws.com, eventName: CreateFunction }",
            &["error S0434 CreateFunction"],
        ),
        ("s: { eventSource: lambda.amazonaws.com, eventName: CreateFunction20150331 }", &[]),
        ("s: { eventTime: 12 }", &["error S0430 12"]),
        ("s: { eventTime: '2026-01-02' }", &["error S0430 '2026-01-02'"]),
        ("s: { sourceIPAddress|gt: 5 }", &["error S0431 gt"]),
        ("s: { sourceIPAddress: 10.0.0.0/8 }", &["error S0445 10.0.0.0/8"]),
        ("s: { sourceIPAddress: 10.0.0.256 }", &["error S0430 10.0.0.256"]),
        ("s: { sourceIPAddress: somewhere }", &["warning S0430 somewhere"]),
        ("s: { sourceIPAddress: [AWS Internal, cloudformation.amazonaws.com, '2001:db8::1', '10.*'] }", &[]),
        (
            "s: { userIdentity.arn: arn:aws:iam:123456789012:user/a }",
            &["warning S0454 arn:aws:iam:123456789012:user/a"],
        ),
        ("s: { userIdentity.arn: ['arn:aws:iam::210987654321:user/a', 'arn:aws:iam::*:root'] }", &[]),
        ("s: { readOnly: maybe }", &["error S0430 maybe"]),
        ("s: { readOnly|contains: tru }", &["error S0431 contains"]),
        ("s: { readOnly|re: tru }", &["error S0431 re"]),
        ("s: { readOnly|cased: true }", &["error S0431 cased"]),
        ("s: { eventName|gt: 5 }", &["error S0431 gt"]),
        ("s: { eventName|hour: 5 }", &["error S0431 hour"]),
        ("s: { eventName|gte|hour: 5 }", &["error S0431 gte"]),
        ("s: { eventTime|hour|gte: 22, eventTime|hour|lt: 8 }", &["error S0520 eventTime|hour|gte: 22"]),
        ("s: { readOnly|cidr: 10.0.0.0/8 }", &["error S0431 cidr"]),
        ("s: { userIdentity: Root }", &["error S0432 userIdentity"]),
        ("s: { userIdentity|contains: Root }", &["error S0432 userIdentity"]),
        ("s: { userIdentity: '*' }", &["error S0432 userIdentity"]),
        ("s: { userIdentity|exists: true }", &[]),
        ("s: { userIdentity: null }", &["warning S0512 s"]),
        ("s: { eventName.x: y }", &["error S0314 x"]),
        ("s: { userIdentity.typo: Root }", &["error S0312 typo"]),
        ("s: { userIdentity.type: Rooot }", &["error S0433 Rooot"]),
        ("s: { userIdentity.type|cased: root }", &["error S0433 root"]),
        ("s: { userIdentity.type|startswith: Rut }", &["error S0437 Rut"]),
        ("s: { userIdentity.type|re: '^rut' }", &["error S0437 '^rut'"]),
        ("s: { userIdentity.type: 'R?t' }", &["error S0437 'R?t'"]),
        ("s: { userIdentity.type: 'R*t' }", &[]),
        ("s: { eventSource: iam.amazonaws.com, eventName|contains: Bucket }", &["warning S0437 Bucket"]),
        ("s: { eventSource: kms.amazonaws.com, eventName|contains: Bucket }", &["error S0437 Bucket"]),
        ("s: { eventSource: iam.amazonaws.com, eventName|contains: User }", &[]),
        ("s: { userAgent|re: 'a(b' }", &["error S0446 'a(b'"]),
        ("s: { userAgent|re: 'a(?!b)' }", &["warning S0448 'a(?!b)'"]),
        ("s: { userAgent|re: '(?>a)b' }", &["warning S0448 '(?>a)b'"]),
        ("s: { userAgent|re: '(?q)a' }", &["error S0446 '(?q)a'"]),
        ("s: { userAgent|re: '(?i)ab' }", &["warning S0447 '(?i)ab'"]),
        ("s: { userAgent|re: '.*' }", &["warning S0455 '.*'"]),
        ("s: { userAgent|contains: '' }", &["warning S0455 ''"]),
        ("s: { userAgent|base64offset|contains: a }", &["error S0441 a"]),
        ("s: { userAgent|expand: '%agents%' }", &["error S0450 '%agents%'"]),
        ("s: { userAgent: '%agents%' }", &["warning S0451 '%agents%'"]),
        ("s: { userAgent: <agent> }", &["warning S0451 <agent>"]),
        ("s: { userAgent|contains: 'Jersey/${project.version}' }", &[]),
        ("s: { userIdentity.userName: userIdentity.arn }", &["warning S0452 userIdentity.arn"]),
        (
            "s: { userIdentity.arn|contains: responseElements.accessKey.userName }",
            &["warning S0452 responseElements.accessKey.userName"],
        ),
        ("s: { userIdentity.userName: UPN }", &["warning S0451 UPN"]),
        ("s: { userIdentity.userName|fieldref: userIdentity.arn }", &[]),
        ("s: { userIdentity.userName|fieldref: userIdentity.arm }", &["error S0312 arm"]),
        ("s: { userIdentity.userName|fieldref: userIdentity }", &["error S0432 userIdentity"]),
        ("s: { userAgent: [a, b, A] }", &["warning S0508 A"]),
        ("s: { userAgent: ['*a*', 'bab'] }", &["warning S0509 'bab'"]),
        ("s: { userAgent|contains: [curl, curl/] }", &["warning S0509 curl/"]),
        ("s: { userAgent|contains|all: [curl, curl/] }", &["warning S0522 curl"]),
        ("s: { EventName: StopLogging, eventName: StopLogging }", &["warning S0317 eventName"]),
        ("s: { eventName: CreateUser }", &["info S0320 CreateUser"]),
        ("s: { eventName: CreateUser }\nt: { eventSource|startswith: iam }\ncondition: s and t", &[]),
        (
            "s: { eventSource: organizations.amazonaws.com, eventName: CreateAccount, requestParameters.accountName: x }",
            &["error S0436 x"],
        ),
        // What the log masks, leaves out, or may hide.
        (
            "s: { eventSource: ssm.amazonaws.com, eventName: SendCommand, requestParameters.parameters.commands|contains: curl }",
            &["error S0436 requestParameters.parameters.commands"],
        ),
        (
            "s: { eventSource: ssm.amazonaws.com, eventName: SendCommand, requestParameters.parameters|contains: curl }",
            &["error S0436 curl"],
        ),
        (
            "s: { eventSource: ssm.amazonaws.com, eventName: SendCommand, requestParameters.parameters: HIDDEN_DUE_TO_SECURITY_REASONS }",
            &[],
        ),
        (
            "s: { eventSource: iam.amazonaws.com, eventName: CreateLoginProfile, requestParameters.password: x }",
            &["error S0436 x"],
        ),
        (
            "s: { eventSource: iam.amazonaws.com, eventName: CreateLoginProfile, requestParameters.password: null }",
            &[],
        ),
        (
            "s: { eventSource: kms.amazonaws.com, eventName: Encrypt, requestParameters.plaintext|exists: true }",
            &["error S0436 requestParameters.plaintext|exists: true"],
        ),
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: RunInstances, requestParameters.userData|contains: x }",
            &["warning S0436 x"],
        ),
        // Parameters in the shape in which the log writes them.
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: RunInstances, requestParameters.instanceTyp: x }",
            &["error S0313 instanceTyp"],
        ),
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: RunInstances, requestParameters.instancesSet.items.imageId: ami-1 }",
            &[],
        ),
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: RunInstances, requestParameters.imageId: ami-1 }",
            &["error S0313 imageId"],
        ),
        (
            "s: { eventSource: ec2.amazonaws.com, eventName: DeleteFlowLogs, requestParameters.DeleteFlowLogsRequest.FlowLogId.content: fl-1 }",
            &[],
        ),
        (
            "s: { eventSource: s3.amazonaws.com, eventName: PutBucketAcl, requestParameters.x-amz-acl: public-read }",
            &[],
        ),
        (
            "s: { eventSource: s3.amazonaws.com, eventName: PutBucketAcl, requestParameters.bucketNam: x }",
            &["error S0313 bucketNam"],
        ),
        (
            "s: { eventSource: ssm.amazonaws.com, eventName: StartSession, requestParameters.targt: i-1 }",
            &["error S0313 targt"],
        ),
        (
            "s: { eventSource: bedrock.amazonaws.com, eventName: InvokeModel, requestParameters.modelIdd: x }",
            &["error S0313 modelIdd"],
        ),
        ("s: { responseElements.usr.userName: x }", &["warning S0316 responseElements.usr.userName"]),
        ("s: { userAgent|windash|contains: '-a -b -c -d -e' }", &["error S0442 '-a -b -c -d -e'"]),
        ("s: { userAgent|utf16be|base64: ü }", &[]),
        ("s: { userAgent|all: [curl, wget] }", &["error S0505 wget"]),
        ("s: { userIdentity.userName: a }\ncondition: s or not s", &["warning S0507 not s"]),
        ("s: { userIdentity.userName: a }\ncondition: s and not s", &["error S0505 not s"]),
    ] {
        finds(AWS, detection, expected);
    }
}

#[test]
fn entra_traps() {
    let new_value = "properties.targetResources.modifiedProperties.newValue";
    for (detection, expected) in [
        ("s: { operationName: Add user }".to_owned(), &[][..]),
        ("s: { operationName: Add user. }".to_owned(), &["warning S0433 Add user."]),
        ("s: { operationName: 'Add user ' }".to_owned(), &["warning S0433 'Add user '"]),
        (format!("s: {{ {new_value}: Global Administrator }}"), &["error S0435 Global Administrator"]),
        (format!("s: {{ {new_value}: '\"Global Administrator\"' }}"), &[]),
        (format!("s: {{ {new_value}: '[true]' }}"), &[]),
        (format!("s: {{ {new_value}: '[\"a\",\"b\"]' }}"), &[]),
        (format!("s: {{ {new_value}|contains: Global Administrator }}"), &[]),
        (format!("s: {{ {new_value}|startswith: Global }}"), &["error S0435 Global"]),
        (format!("s: {{ {new_value}|startswith: '\"Global' }}"), &[]),
        ("s: { properties.targetResources: x }".to_owned(), &["error S0432 properties.targetResources"]),
    ] {
        finds(ENTRA, &detection, expected);
    }
}

/// Operations are written in upper case by one shape and in mixed case by another; columns differ by kind of sign-in.
#[test]
fn azure_traps() {
    let upper = "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE";
    means(
        ACTIVITY,
        &format!("s: {{ operationName: {upper} }}"),
        r#"operationName = "Microsoft.Authorization/roleAssignments/write""#,
    );
    for (log, detection, expected) in [
        (ACTIVITY, format!("s: {{ operationName|cased: {upper} }}"), &[][..]),
        (ACTIVITY, format!("s: {{ operationName|cased|startswith: '{}' }}", &upper[..24]), &[]),
        (
            ACTIVITY,
            "s: { operationName: Microsoft.Authorization/roleAssignment/write }".to_owned(),
            &["error S0433 Microsoft.Authorization/roleAssignment/write"],
        ),
        (
            ACTIVITY,
            "s: { OperationNameValue: X.Y/z/write }".to_owned(),
            &["warning S0315 OperationNameValue", "warning S0433 X.Y/z/write"],
        ),
        (ACTIVITY, "s: { identity.claims.appid: backup }".to_owned(), &["warning S0454 backup"]),
        (SIGNINS, "s: { ResultType: 50126 }".to_owned(), &["warning S0315 ResultType"]),
        (SIGNINS, "s: { resultType: failure }".to_owned(), &["warning S0433 failure"]),
        (SIGNINS, "s: { Status|contains: MFA }".to_owned(), &["warning S0315 Status", "error S0432 Status"]),
        (SIGNINS, "s: { properties.userAgnt: x }".to_owned(), &["error S0312 userAgnt"]),
    ] {
        finds(log, &detection, expected);
    }
}

/// What a finding without a near name says instead.
#[track_caller]
fn helps(log: &str, detection: &str, expected: &str) {
    let (_, found, _) = run(log, detection);
    let help: Vec<_> = found.iter().filter_map(|found| found.help.as_deref()).collect();
    assert!(help.iter().any(|help| help.contains(expected)), "{detection}: {help:?}");
}

#[test]
fn what_is_lost_is_found_elsewhere() {
    const ACTIVITY: &str = "product: azure, service: activitylogs";
    for (log, detection, expected) in [
        // Another field of the log holds the value.
        (
            ENTRA,
            "s: { properties.message: Add user }",
            "did you mean `operationName` or `properties.activityDisplayName`",
        ),
        (ENTRA, "s: { properties.message: 'Add member to groups' }", "which holds `Add member to group`"),
        (ENTRA, "s: { category: UserManagement }", "`properties.category` holds it"),
        // A short list is said whole, of a longer one what is usual.
        (AWS, "s: { userIdentity.type: Administrator }", "`FederatedUser`, `AWSAccount` and 6 more"),
        // Another log does.
        (
            ENTRA,
            "s: { operationName: Microsoft.Authorization/roleAssignments/write }",
            "`azure/activitylogs` is a log that holds it",
        ),
        (ACTIVITY, "s: { operationName: Add member to role }", "`azure/auditlogs`"),
        ("product: azure, service: pim", "s: { riskEventType: x }", "`azure/riskdetection` has this field"),
        // The name of the thing elsewhere.
        (AWS, "s: { eventName: 'iam:CreateUser' }", "write `CreateUser`: the log writes the name alone"),
        (
            AWS,
            "s: { eventName: '\"CreateUser\"' }",
            "write `CreateUser`: the quotes are not part of the name",
        ),
        (ENTRA, "s: { operationName: 'Add%20user' }", "write `Add user`"),
        (
            ACTIVITY,
            "s: { operationName: Microsoft.Authorization%2FroleAssignments%2fwrite }",
            "write `Microsoft.Authorization/roleAssignments/write`: the log writes the name without percent-encoding",
        ),
        (ENTRA, "s: { operationName: Add  user }", "write `Add user`: the log writes single spaces"),
        (ENTRA, "s: { operationName: ' Add  user ' }", "write `Add user`: the log writes single spaces"),
        // Parts lost or moved.
        (AWS, "s: { sessionIssuer.userName: x }", "userIdentity.sessionContext.sessionIssuer.userName"),
        (AWS, "s: { type.userIdentity: x }", "did you mean `userIdentity.type`"),
        (AWS, "s: { userIdentity: Root }", "name a member: `userIdentity.type`"),
        (
            ENTRA,
            "s: { properties.targetResources.modifiedProperties.WellKnownObjectName.newValue: x }",
            "did you mean `properties.targetResources.modifiedProperties.Role.WellKnownObjectName.newValue`",
        ),
    ] {
        helps(log, detection, expected);
    }
}

/// What a name from elsewhere means is known, and goes before what its letters are like.
#[test]
fn names_from_elsewhere_are_told_by_what_they_mean() {
    const OKTA: &str = "product: okta, service: okta";
    const SNOWFLAKE: &str = "product: snowflake, service: query_history";
    for (log, detection, expected) in [
        (AWS, "s: { event.action: CreateUser }", "write `eventName`"),
        (AWS, "s: { aws.cloudtrail.user_identity.type: Root }", "write `userIdentity.type`"),
        (
            AWS,
            "s: { aws.cloudtrail.flattened.request_parameters.userName: x }",
            "write `requestParameters.userName`",
        ),
        (AWS, "s: { user.name: bob }", "in ECS this is who did it, which is `userIdentity.userName`"),
        (AWS, "s: { src_ip: 203.0.113.9 }", "in CIM this is the address of the client, which is"),
        (AWS, "s: { SrcIpAddr: 203.0.113.9 }", "which is `sourceIPAddress` here"),
        (AWS, "s: { api.operation: CreateUser }", "in OCSF this is what was done, which is `eventName` here"),
        (AWS, "s: { event.outcome: success }", "success is `errorCode: null`"),
        (AWS, "s: { status: failure }", "failure is `errorCode|exists: true`"),
        (AWS, "s: { event.dataset: aws.cloudtrail }", "remove it: the log source says which log it is"),
        (
            OKTA,
            "s: { EventResult: Success }",
            "in ASIM this is the outcome: success is `outcome.result: SUCCESS`",
        ),
        (OKTA, "s: { target.user.display.name: x }", "is `target.displayName` here"),
        // Where other names are possible it is reported too.
        (SNOWFLAKE, "s: { event.action: x }", "which is `QUERY_TYPE` here"),
        (SNOWFLAKE, "s: { source.ip: x }", "which `snowflake/query_history` does not have"),
        (
            "product: salesforce, service: setup_audit_trail",
            "s: { event.outcome: success }",
            "only changes that succeeded are recorded",
        ),
        ("product: bitbucket, service: audit", "s: { source.ip: x }", "which is `source` here"),
        (
            "product: slack, service: audit",
            "s: { vendor_account: x }",
            "which is `context.location.name` here",
        ),
    ] {
        helps(log, detection, expected);
    }
    // One of the two is the record's own word; the other belongs to no vocabulary, and is like nothing.
    for detection in ["s: { sourceIPAddress: 203.0.113.9, userAgent: x }", "s: { wibble.wobble: x }"] {
        let (_, found, _) = run(AWS, detection);
        assert!(found.iter().all(|found| found.suggestions.is_empty()), "{detection}: {found:#?}");
    }
}

/// A name in any record format means what the same name means in every other.
#[test]
fn keyed_names_are_open_in_every_record_format() {
    for name in ["properties.additionalDetails.New", "additionalDetails.New", "AdditionalDetails.New"] {
        let (_, found, _) = run(ENTRA, &format!("s: {{ {name}|contains: x }}"));
        let codes: Vec<_> = found.iter().map(|found| found.code.id).collect();
        let expected: &[&str] = if name.starts_with("properties") { &[] } else { &["S0315"] };
        assert_eq!(codes, expected, "{name}");
    }
}

#[test]
fn facts_flow_through_the_condition() {
    let iam = "eventSource: iam.amazonaws.com, eventName: CreateUser";
    for (detection, expected) in [
        (format!("s: {{ {iam}, requestParameters.userName: x }}"), &[][..]),
        (format!("s: {{ {iam}, requestParameters.roleName: x }}"), &["error S0313 roleName"]),
        // The order does not matter.
        (format!("s: {{ requestParameters.roleName: x, {iam} }}"), &["error S0313 roleName"]),
        // Across selections, in filters a warning.
        (
            format!("s: {{ {iam} }}\nf: {{ requestParameters.roleName: x }}\ncondition: s and f"),
            &["error S0313 roleName"],
        ),
        (
            format!("s: {{ {iam} }}\nf: {{ requestParameters.roleName: x }}\ncondition: s and not f"),
            &["warning S0313 roleName"],
        ),
        (
            format!("s: {{ {iam} }}\nf_a: {{ requestParameters.roleName: x }}\ncondition: s and not 1 of f_*"),
            &["warning S0313 roleName"],
        ),
        // Not across the branches of an OR.
        (
            format!("s: {{ {iam} }}\nf: {{ requestParameters.roleName: x }}\ncondition: s or f"),
            &[],
        ),
        // A field that one of several selected events has is not an error.
        (
            "s: { eventSource: iam.amazonaws.com, eventName: [CreateUser, CreateRole], requestParameters.roleName: x }"
                .to_owned(),
            &["info S0323 requestParameters.roleName"],
        ),
        // Both branches of a list constrain the field, and none has the member.
        (
            "s: [{ eventSource: iam.amazonaws.com, eventName: CreateUser }, { eventSource: iam.amazonaws.com, eventName: DeleteUser }]\nf: { requestParameters.roleName: x }\ncondition: s and f"
                .to_owned(),
            &["error S0313 roleName"],
        ),
        // The same through quantifiers, lists and nested groups.
        (
            format!("s_1: {{ {iam} }}\ns_2: {{ eventSource: iam.amazonaws.com, eventName: CreateRole }}\nf: {{ requestParameters.roleName: x }}\ncondition: 1 of s_* and f"),
            &["info S0323 requestParameters.roleName"],
        ),
        (
            format!("s: [{{ {iam} }}, {{ eventSource: iam.amazonaws.com, eventName: CreateRole }}]\nf: {{ requestParameters.roleName: x }}\ncondition: s and f"),
            &["info S0323 requestParameters.roleName"],
        ),
        (
            format!("a: {{ {iam} }}\nb: {{ eventSource: iam.amazonaws.com, eventName: CreateRole }}\nf: {{ requestParameters.roleName: x }}\ncondition: (a or b) and f"),
            &["info S0323 requestParameters.roleName"],
        ),
        (
            format!("a: {{ {iam} }}\nb: {{ eventSource: iam.amazonaws.com, eventName: DeleteUser }}\nf: {{ requestParameters.roleName: x }}\ncondition: f and (a or b)"),
            &["error S0313 roleName"],
        ),
        // `neq` and `not` say nothing positive.
        (
            "s: { eventSource: iam.amazonaws.com, eventName|neq: CreateUser, requestParameters.roleName: x }".to_owned(),
            &[],
        ),
        // A double negation does.
        (
            format!("s: {{ {iam} }}\nf: {{ requestParameters.roleName: x }}\ncondition: not (not s or not f)"),
            &["error S0313 roleName"],
        ),
        // What is assumed only because the rest would decide alone is not an error.
        (
            "a: { eventName: StopLogging }\nb: { eventName: UpdateTrail }\ncondition: a or not b".to_owned(),
            &["warning S0522 StopLogging", "warning S0512 not b"],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName: UpdateTrail }\ncondition: not (b and not a)".to_owned(),
            &["warning S0505 eventName: StopLogging", "warning S0512 not (b and not a)"],
        ),
        // A selection that fits in one of its uses is not an error.
        (
            format!("s: {{ {iam} }}\nr: {{ eventSource: iam.amazonaws.com, eventName: CreateRole }}\nf: {{ requestParameters.roleName: x }}\ncondition: (s and f) or (r and f)"),
            &[],
        ),
        // One that fits in none is reported once.
        (
            format!("s: {{ {iam} }}\nr: {{ eventSource: iam.amazonaws.com, eventName: DeleteUser }}\nf: {{ requestParameters.roleName: x }}\ncondition: (s and f) or (r and f)"),
            &["error S0313 roleName"],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName: UpdateTrail }\ncondition: a and b".to_owned(),
            &["error S0505 eventName: UpdateTrail"],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName: [UpdateTrail, stoplogging] }\ncondition: a and b".to_owned(),
            &["warning S0522 eventName: [UpdateTrail, stoplogging]"],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName: UpdateTrail }\ncondition: a or b".to_owned(),
            &[],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName: UpdateTrail }\ncondition: a and not b".to_owned(),
            &["warning S0505 eventName: UpdateTrail"],
        ),
        (
            "a: { eventName: StopLogging }\nb: { eventName|startswith: Update }\ncondition: a and b".to_owned(),
            &["error S0505 eventName|startswith: Update"],
        ),
        (
            "a: { readOnly: true }\nb: { readOnly: false }\ncondition: a and b".to_owned(),
            &["error S0505 readOnly: false"],
        ),
        (
            "a: { eventSource: iam.amazonaws.com }\nb: { eventName: PutObject }\ncondition: a and not b".to_owned(),
            &["warning S0434 PutObject"],
        ),
    ] {
        finds(AWS, &detection, expected);
    }
}

#[test]
fn fields_that_the_provider_does_not_document_are_told() {
    const AUDIT: &str = "product: m365, service: audit";
    const OKTA: &str = "product: okta, service: okta";
    for (log, detection, expected) in [
        (AUDIT, "s: { Operation: New-InboxRule, wibbleWobble: abc }", &["warning S0324 wibbleWobble"][..]),
        (AUDIT, "s: { Operation: New-InboxRule, ClientIP: 203.0.113.9 }", &[]),
        (SIGNINS, "s: { properties.status.wibble: abc }", &["warning S0324 properties.status.wibble"]),
        (
            "product: snowflake, service: login_history",
            "s: { snowflake.login.name: abc }",
            &["warning S0324 snowflake.login.name"],
        ),
        // Keys that Okta promises nothing about.
        (OKTA, "s: { debugContext.debugData.wibbleWobble: abc }", &[]),
        (AWS, "s: { requestParameters.wibbleWobble: abc }", &[]),
    ] {
        finds(log, detection, expected);
    }
}

/// Texts that a log never holds, whatever else is missing from its list.
#[test]
fn what_a_log_never_holds_is_told_with_the_reason() {
    for (detection, expected) in [
        (
            "s: { operationName: Microsoft.KeyVault/vaults/READ }",
            &["warning S0433 Microsoft.KeyVault/vaults/READ"][..],
        ),
        ("s: { operationName|endswith: /virtualMachines/read }", &["warning S0433 /virtualMachines/read"]),
        ("s: { operationName|contains: /read }", &[]),
        ("s: { operationName: Microsoft.KeyVault/vaults/write }", &[]),
    ] {
        finds(ACTIVITY, detection, expected);
    }
    let (_, found, _) = run(ACTIVITY, "s: { operationName: Microsoft.KeyVault/vaults/read }");
    assert_eq!(found[0].message, "`operationName` never holds such an operation");
}

#[test]
fn what_a_call_returns_nothing_of_is_told() {
    let rule = |source: &str, name: &str, more: &str| {
        format!("s: {{ eventSource: {source}.amazonaws.com, eventName: {name}, responseElements{more} }}")
    };
    for (source, name, member) in [
        ("iam", "ListUsers", "users"),
        ("ec2", "DescribeInstances", "instancesSet"),
        ("lambda", "ListFunctions20150331", "functions"),
        ("secretsmanager", "GetSecretValue", "secretString"),
        ("iam", "DeleteUser", "user"),
        ("kms", "Decrypt", "plaintext"),
    ] {
        let detection = rule(source, name, &format!(".{member}: x"));
        let (_, found, source) = run(AWS, &detection);
        let found: Vec<_> = found
            .iter()
            .map(|found| {
                (found.severity.name(), found.code.id, source.slice(found.span), found.label.as_deref())
            })
            .collect();
        let why = Some("the call returns nothing into the log, so this is null");
        assert_eq!(found, [("error", "S0313", member, why)], "{detection}");
        // It is null, and where it names nothing the rule still fires.
        finds(AWS, &rule(source_of(&detection), name, ": null"), &[]);
    }
    helps(AWS, &rule("bedrock", "GetAgent", ".messge: x"), "did you mean `responseElements.message`?");
    // Of credentials that are handed out, identities, and the token service, nothing or more is known.
    for (source, name, member) in [
        ("cognito-identity", "GetCredentialsForIdentity", "credentials.accessKeyId"),
        ("sts", "AssumeRole", "assumedRoleUser.arn"),
        ("redshift", "GetClusterCredentials", "dbUser"),
        ("ecr", "GetAuthorizationToken", "authorizationData"),
    ] {
        finds(AWS, &rule(source, name, &format!(".{member}: x")), &[]);
    }
    finds(
        AWS,
        "s: { eventSource: iam.amazonaws.com, eventName: [ListUsers, CreateUser], responseElements.user.userName: x }",
        &["info S0323 responseElements.user.userName"],
    );
}

/// The service that a rule of the table names.
fn source_of(detection: &str) -> &str {
    detection
        .split_once("eventSource: ")
        .and_then(|(_, rest)| rest.split_once('.'))
        .map_or("", |(name, _)| name)
}

#[test]
fn the_kind_of_target_follows_from_the_event() {
    const AUDIT: &str = "product: azure, service: auditlogs";
    const OKTA: &str = "product: okta, service: okta";
    for (log, by, name, field, bad, good) in [
        (AUDIT, "operationName", "Add user", "properties.targetResources.type", "Application", "User"),
        (
            AUDIT,
            "properties.activityDisplayName",
            "Add member to role",
            "properties.targetResources.type",
            "Device",
            "ServicePrincipal",
        ),
        (AUDIT, "operationName", "Update device", "properties.targetResources.type", "User", "Device"),
        (OKTA, "eventType", "group.user_membership.add", "target.type", "AppInstance", "UserGroup"),
        (OKTA, "eventType", "application.user_membership.add", "target.type", "UserGroup", "AppUser"),
    ] {
        finds(log, &format!("s: {{ {by}: {name}, {field}: {bad} }}"), &[&format!("warning S0454 {bad}")]);
        finds(log, &format!("s: {{ {by}: {name}, {field}: {good} }}"), &[]);
        // Of an activity that is not listed nothing is known.
        finds(log, &format!("s: {{ {field}: {bad} }}"), &[]);
    }
}

#[test]
fn names_of_accounts_are_written_as_their_log_does() {
    const GITHUB: &str = "product: github, service: audit";
    const KUBERNETES: &str = "product: kubernetes, service: audit";
    for (log, detection, expected) in [
        (GITHUB, "s: { actor: a.b@example.com }", &["warning S0454 a.b@example.com"][..]),
        (GITHUB, "s: { actor|endswith: '@example.com' }", &["warning S0454 '@example.com'"]),
        (GITHUB, "s: { user: a.b@example.com }", &["warning S0454 a.b@example.com"]),
        (GITHUB, "s: { actor: 'dependabot[bot]' }", &[]),
        (GITHUB, "s: { actor: octo-cat_corp }", &[]),
        (
            KUBERNETES,
            "s: { user.username: 'system:serviceaccount:default' }",
            &["warning S0454 'system:serviceaccount:default'"],
        ),
        (
            KUBERNETES,
            "s: { user.username|startswith: 'system:serviceacount:' }",
            &["warning S0454 'system:serviceacount:'"],
        ),
        (
            KUBERNETES,
            "s: { user.username: 'serviceaccount:kube-system:x' }",
            &["warning S0454 'serviceaccount:kube-system:x'"],
        ),
        (KUBERNETES, "s: { user.username: 'system:serviceaccount:kube-system:x' }", &[]),
        (KUBERNETES, "s: { user.username|startswith: 'system:serviceaccount:' }", &[]),
        (KUBERNETES, "s: { user.username|endswith: ':x' }", &[]),
        (KUBERNETES, "s: { user.username|contains: ':serviceaccount:' }", &[]),
        (KUBERNETES, "s: { user.username: ['system:anonymous', a@example.com, 'system:node:n'] }", &[]),
    ] {
        finds(log, detection, expected);
    }
}

/// A log is named by the fields of the rule where they tell one; words that any log may have do not.
#[test]
fn words_of_every_log_point_to_none() {
    for (log, detection, expected) in [
        ("product: cloudflare, service: audit", "s: { actor: x, action: login }", ""),
        ("product: jumpcloud, service: events", "s: { actor: x, target: y }", ""),
        ("product: pagerduty, service: audit", "s: { action: x, user: y, country: z }", ""),
        ("product: cloudflare, service: audit", "s: { action.type: x, actor.email: y, actor.ip: z }", ""),
        (
            "product: amzon, service: trail",
            "s: { eventSource: iam.amazonaws.com, eventName: x }",
            "`product: aws`",
        ),
        ("product: gh, service: log", "s: { org: x, action: org.add_member }", "`product: github`"),
        ("product: oktaa, service: x", "s: { actor.alternateId: x, eventType: y }", "`product: okta`"),
    ] {
        let (_, found, _) = run(log, detection);
        let help = found.iter().find(|found| found.code.id == "S0310").and_then(|found| found.help.clone());
        let help = help.unwrap_or_default();
        assert!(if expected.is_empty() { help.is_empty() } else { help.contains(expected) }, "{log}: {help}");
    }
}

#[test]
fn log_sources() {
    finds("product: aws, service: cloudtrial", "s: { eventNmae: x }", &["error S0310 cloudtrial"]);
    finds("product: windows, category: process_creation", "s: { Image: x }", &[]);
    // A log that its provider names and that has no schema.
    finds("product: google_workspace, service: drive", "s: { events.name: download }", &[]);
    finds("product: k8s, service: audit", "s: { verb: delete }", &["warning S0310 k8s"]);
    for (log, detection, expected, help) in [
        // A name that people write is checked as the log that they mean.
        ("product: gcp, service: audit", "s: { protoPayload.wibble: x }", "warning S0310 audit", ""),
        (
            "product: gcp, service: wibble",
            "s: { a: x }",
            "error S0310 wibble",
            "the services of `gcp` are `gcp.audit`",
        ),
        (
            "product: azure, service: wibble",
            "s: { properties.riskEventType: x }",
            "error S0310 wibble",
            "the services of `azure` are `riskdetection`",
        ),
        (
            "product: zzqx, service: y",
            "s: { eventName: x, eventSource: y }",
            "error S0310 zzqx",
            "the rule's fields are those of `product: aws`, `service: cloudtrail`",
        ),
        ("product: zzqx, service: y", "s: { a: x }", "warning S0310 zzqx", ""),
    ] {
        let (_, found, source) = run(log, detection);
        let finding = found.iter().find(|found| found.code.id == "S0310").expect("a finding on the log");
        let told = format!("{} S0310 {}", finding.severity.name(), source.slice(finding.span));
        assert_eq!(told, expected, "{log}");
        let found = finding.help.as_deref().unwrap_or_default();
        assert!(found.starts_with(help), "{log}: {found}");
    }
    finds(
        "product: okta, service: system",
        "s: { eventTipe: x }",
        &["warning S0310 system", "error S0312 eventTipe"],
    );
}

#[test]
fn projections_resolve() {
    let text = document(AWS, "s: { eventName: StopLogging }")
        + "fields: [userIdentity.arn, EventName, eventNmae, resources]\n";
    let (source, rule) = read(&text);
    let (typed, found) = check(&rule, &Registry::shipped());
    let paths: Vec<_> = typed.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(paths, ["userIdentity.arn", "eventName", "resources[]"]);
    let found: Vec<_> = found.iter().map(|found| (found.code.id, source.slice(found.span))).collect();
    assert_eq!(found, [("S0318", "eventNmae")]);
    // What the rule says of the event decides what there is to show.
    for (detection, fields, expected) in [
        ("eventSource: iam.amazonaws.com, eventName: CreateUser", "requestParameters.userNam", "userNam"),
        (
            "eventSource: iam.amazonaws.com, eventName: CreateUser",
            "requestParameters.bucketName",
            "bucketName",
        ),
        (
            "eventSource: iam.amazonaws.com, eventName: [CreateUser, CreateRole]",
            "requestParameters.roleName",
            "",
        ),
        ("eventName|startswith: Create", "requestParameters.bucketName", ""),
        // Of an operation that no list has the rule may show anything.
        (
            "eventSource: iam.amazonaws.com, eventName: [CreateUser, UnheardOf]",
            "requestParameters.bucketName",
            "",
        ),
    ] {
        let text = document(AWS, &format!("s: {{ {detection} }}")) + &format!("fields: [{fields}]\n");
        let (source, rule) = read(&text);
        let (_, found) = check(&rule, &Registry::shipped());
        let found = found.iter().filter(|found| found.code.id == "S0318");
        let found: Vec<_> = found.map(|found| source.slice(found.span).to_owned()).collect();
        assert_eq!(found.concat(), expected, "{detection}, {fields}");
    }
}

/// What is certain of the events of a rule: the values of scalar fields as the log spells them, and nothing that could be
/// written in another way.
#[test]
fn what_is_certain_is_what_every_match_has() {
    for (detection, expected) in [
        ("s: { eventName: stoplogging }", "eventName: StopLogging"),
        ("s: { eventName: [StopLogging, DeleteTrail] }", "eventName: DeleteTrail, StopLogging"),
        ("s: { readOnly: false }", "readOnly: false"),
        // In some letter case, or in more ways than one can list.
        ("s: { userAgent: curl }", ""),
        ("s: { userAgent|cased: curl }", "userAgent: curl"),
        ("s: { userAgent|cased: [curl, 'wget*'] }", ""),
        ("s: { eventName|startswith: Stop }", ""),
        ("s: { resources.type|cased: 'AWS::S3::Bucket' }", ""),
        // Both; one of the two; not.
        ("s: { readOnly: true, userAgent|cased: curl }", "readOnly: true; userAgent: curl"),
        (
            "s: { userAgent|cased: [a, b, c] }\nt: { userAgent|cased: [b, c, d] }\ncondition: s and t",
            "userAgent: b, c",
        ),
        (
            "s: { readOnly: true, userAgent|cased: a }\nt: { userAgent|cased: b }\ncondition: s or t",
            "userAgent: a, b",
        ),
        ("s: { userAgent|cased: a }\nt: { readOnly: true }\ncondition: t and not s", "readOnly: true"),
    ] {
        let (_, rule) = read(&document(AWS, detection));
        let (typed, _) = check(&rule, &Registry::shipped());
        let facts = sigmata::check::facts(&typed.formula.expect("a meaning"));
        let mut found: Vec<_> = facts
            .iter()
            .map(|(path, values)| {
                format!("{path}: {}", values.iter().cloned().collect::<Vec<_>>().join(", "))
            })
            .collect();
        found.sort();
        assert_eq!(found.join("; "), expected, "{detection}");
    }
}

/// Where a shape writes other texts, a rule in its spelling means the canonical ones.
#[test]
fn values_of_another_shape_are_read() {
    let log = "product: gcp, service: google_workspace.admin";
    means(log, "s: { eventService: admin.googleapis.com }", r#"id.applicationName =! "admin""#);
    finds(log, "s: { eventService: admin.googleapis.com }", &["warning S0315 eventService"]);
    finds(log, "s: { id.applicationName: admin.googleapis.com }", &["error S0434 admin.googleapis.com"]);
    finds(
        log,
        "s: { eventService: admin.googleapis.com, eventName: CREATE_USER }",
        &["warning S0315 eventService", "warning S0315 eventName"],
    );
}

/// A fixed rule parses again, and the finding is gone with nothing new in its place.
#[test]
fn safe_fixes_mend() {
    for (log, detection) in [
        (AWS, "s: { EventName: StopLogging }"),
        (AWS, "s: { userIdentity.type|cased: root }"),
        (AWS, "s: { eventSource: iam.amazonaws.com, eventName: ' CreateUser ' }"),
        (AWS, "s: { managementEvent: yes, userAgent: x }"),
        (ENTRA, "s: { operationName: Add user. }"),
        (ENTRA, "s: { 'TargetResources.displayName': x }"),
        (ENTRA, "s: { AdditionalDetails.New: x }"),
        (AWS, "s: { event.action: StopLogging }"),
        (AWS, "s: { source.ip|cidr: 203.0.113.0/24, userAgent: x }"),
        ("product: gcp, service: google_workspace.admin", "s: { eventService: admin.googleapis.com }"),
        (ENTRA, "s: { properties.targetResources.modifiedProperties.newValue: it's }"),
    ] {
        let (_, found, source) = run(log, detection);
        let mut text = source.text().to_owned();
        let fix = found.iter().find_map(|found| found.fix.clone()).expect("a fix");
        assert_eq!(fix.safety, Safety::Safe, "{detection}");
        for edit in fix.edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        let (_, rule) = read(&text);
        let (_, after) = check(&rule, &Registry::shipped());
        assert!(after.is_empty(), "{text}\n{after:#?}");
    }
}

/// Time is linear in the rule, by the number of steps rather than by the clock: these end at once or not at all.
#[test]
fn large_rules_end() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let terms = many(2000, &|at| format!("s{at}: {{ eventName: StopLogging, requestParameters.name: x }}\n"));
    let names = |with: &str| (0..2000).map(|at| format!("s{at}")).collect::<Vec<_>>().join(with);
    for condition in [names(" or "), names(" and "), "1 of s*".to_owned()] {
        let detection = format!("{terms}condition: {condition}");
        let (_, found, _) = run(AWS, &detection);
        // That the selections repeat each other is reported; nothing else.
        assert!(found.iter().all(|found| found.code.id == "S0522"), "{found:#?}");
    }
    let values = many(4432, &|at| format!("    - value{at:04}.\n"));
    for key in ["eventName", "eventName|contains", "userAgent", "userAgent|contains"] {
        let (_, found, _) = run(AWS, &format!("s:\n  {key}:\n{values}"));
        assert_eq!(found.is_empty(), key.starts_with("userAgent"), "{key}");
    }
}

/// Uses of a large selection multiply; past a bound the rule is refused rather than written out.
#[test]
fn repeated_selections_are_bounded() {
    let mut detection = "s:\n  userAgent:\n".to_owned();
    for at in 0..4000 {
        let _ = writeln!(detection, "    - v{at}");
    }
    for at in 0..1000 {
        let _ = writeln!(detection, "t{at}: {{ userIdentity.userName: u{at} }}");
    }
    let terms: Vec<_> = (0..1000).map(|at| format!("(s and t{at})")).collect();
    let (formula, found, _) = run(AWS, &format!("{detection}condition: {}", terms.join(" or ")));
    assert_eq!(formula, "-");
    assert_eq!(found.iter().map(|found| found.code.id).collect::<Vec<_>>(), ["S0511"]);
}

#[test]
fn placeholders_are_found_in_all_their_spellings() {
    let user = |value: &str| format!("s: {{ userIdentity.userName: {value} }}");
    for value in [
        "REPLACE-ME",
        "replace_me",
        "CHANGEME",
        "TBD",
        "'${ACCOUNT}'",
        "'{{ name }}'",
        "<user name>",
        "'%Administrators%'",
        "YOUR_USER",
        "your-user-name",
        "XXXXXXXX",
        "PLACEHOLDER_USER",
        "INSERT_USER_HERE",
        "ADD_YOUR_USERS_HERE",
        "ENTER_USERNAME",
        "DUMMY_VALUE",
        "'[ADMIN_USER]'",
        "'[insert a user]'",
        "'{admin_user}'",
        "'#{admin_user}'",
        "'$(ADMIN_USER)'",
        "$ADMIN_USER",
        "__ADMIN_USER__",
        "'@@ADMIN@@'",
        "<<admin>>",
        "'TODO: add users'",
        "to be filled in",
        "'...'",
        "'???'",
    ] {
        finds(AWS, &user(value), &[&format!("warning S0451 {value}")]);
    }
    for value in [
        "terraform",
        "'%APPDATA%'",
        "'${HOME}'",
        "replacement",
        "todo-app",
        "XXX",
        "ADD_USER",
        "ENTERPRISE-ADMIN",
        "'[a]'",
        "'[REMOVED]'",
        "'{4f2c81d0-aaaa-4bbb-8ccc-dddddddddddd}'",
        "__init__",
        "$admin",
        "'?'",
    ] {
        finds(AWS, &user(value), &[]);
    }
    let agent = |value: &str| format!("s: {{ userAgent|contains: {value} }}");
    for value in
        ["':role/REPLACE-ME-ci'", "'arn:aws:s3:::your-bucket'", "'/${AWS::AccountId}/'", "a/<account-id>/b"]
    {
        finds(AWS, &agent(value), &[&format!("warning S0451 {value}")]);
    }
    for value in ["'${jndi:ldap'", "'<html>'", "'cat${IFS}/etc'", "'a{{1+1}}b'", "your-self"] {
        finds(AWS, &agent(value), &[]);
    }
    // Where nothing is known of the fields, such texts are those of other systems.
    for value in ["'$ADMIN_USER'", "__ADMIN_USER__", "'[ADMIN_USER]'", "INSERT_USER_HERE"] {
        finds("category: process_creation, product: windows", &format!("s: {{ CommandLine: {value} }}"), &[]);
    }
    // A value that the log documents is none.
    finds("product: google_workspace, service: admin", "s: { events.name: CHANGE_PASSWORD }", &[]);
    finds(AWS, "s: { userIdentity.accountId: '123456789012' }", &["info S0459 '123456789012'"]);
    finds(AWS, "s: { userIdentity.accountId: '000000000000' }", &["info S0459 '000000000000'"]);
    finds(AWS, "s: { userAgent|contains: '00000002-0000-0000-c000-000000000000' }", &[]);
    finds(AWS, "s: { userIdentity.accountId: '210987654321' }", &[]);
}

#[test]
fn habits_of_other_languages_are_told() {
    let users = "'ann@corp.example;bob@corp.example'";
    let item = format!("s: {{ properties.userPrincipalName: {users} }}");
    finds(SIGNINS, &item, &[&format!("warning S0456 {users}")]);
    for (detection, expected) in [
        ("s: { eventName: '!CreateUser' }", &["warning S0456 '!CreateUser'"][..]),
        ("s: { eventName: Create.* }", &["warning S0456 Create.*"]),
        ("s: { eventName: '^Create(User|Role)$' }", &["warning S0456 '^Create(User|Role)$'"]),
        ("s: { eventName: 'CreateUser|DeleteUser' }", &["warning S0456 'CreateUser|DeleteUser'"]),
        ("s: { eventName: CreateUser OR DeleteUser }", &["warning S0456 CreateUser OR DeleteUser"]),
        ("s: { eventName: 'CreateUser, DeleteUser' }", &["warning S0456 'CreateUser, DeleteUser'"]),
        ("s: { userIdentity.userName: admin% }", &["warning S0456 admin%"]),
        ("s: { userIdentity.userName: '%zone' }", &["warning S0456 '%zone'"]),
        ("s: { userIdentity.userName: '==root' }", &["warning S0456 '==root'"]),
        (r"s: { userAgent|contains: 'curl/\d+' }", &[r"warning S0456 'curl/\d+'"]),
        (r"s: { eventSource: 'iam\.amazonaws\.com' }", &[r"warning S0456 'iam\.amazonaws\.com'"]),
        ("s: { eventName: (CreateUser or DeleteUser) }", &["warning S0456 (CreateUser or DeleteUser)"]),
        ("s: { eventName: '{Create,Delete}User' }", &["warning S0456 '{Create,Delete}User'"]),
        ("s: { userIdentity.userName: a OR b }", &["warning S0456 a OR b"]),
        ("s: { userIdentity.userName: 'a, b, c' }", &["warning S0456 'a, b, c'"]),
        ("s: { userIdentity.userName: (admin|root) }", &["warning S0456 (admin|root)"]),
        ("s: { userIdentity.userName: NOT admin }", &["warning S0456 NOT admin"]),
        ("s: { userIdentity.userName: '!(admin)' }", &["warning S0456 '!(admin)'"]),
        ("s: { userIdentity.userName: \"'admin'\" }", &["warning S0456 \"'admin'\""]),
        ("s: { userIdentity.userName: \"IN ('a','b')\" }", &["warning S0456 \"IN ('a','b')\""]),
        ("s: { userIdentity.userName: 'has \"a\"' }", &["warning S0456 'has \"a\"'"]),
        ("s: { userIdentity.userName: 'LIKE admin' }", &["warning S0456 'LIKE admin'"]),
        ("s: { userIdentity.userName: \"['a', 'b']\" }", &["warning S0456 \"['a', 'b']\""]),
        ("s: { userIdentity.userName: /admin.*/ }", &["warning S0456 /admin.*/"]),
        ("s: { userIdentity.userName: .+ }", &["warning S0456 .+"]),
        ("s: { userAgent|contains: '^aws-cli.*' }", &["warning S0456 '^aws-cli.*'"]),
        (r"s: { userAgent|contains: '\bcurl\b' }", &[r"warning S0456 '\bcurl\b'"]),
        ("s: { userIdentity.userName: '^admin$' }", &["warning S0456 '^admin$'"]),
        ("s: { userIdentity.userName: '^admin' }", &["warning S0456 '^admin'"]),
        ("s: { userIdentity.userName: '[Aa]dmin' }", &["warning S0456 '[Aa]dmin'"]),
        ("s: { userIdentity.userName: 'user[0-9]' }", &["warning S0456 'user[0-9]'"]),
        ("s: { userIdentity.userName: '[!a]dmin' }", &["warning S0456 '[!a]dmin'"]),
        (r"s: { userAgent: 'console\.amazonaws\.com' }", &[r"warning S0456 'console\.amazonaws\.com'"]),
        ("s: { userIdentity.userName: user=admin }", &["warning S0456 user=admin"]),
        ("s: { userIdentity.userName: 'ann,bob,cid' }", &["warning S0456 'ann,bob,cid'"]),
        ("s: { userIdentity.userName: ann|bob }", &["warning S0456 ann|bob"]),
        ("s: { userIdentity.userName: ann AND bob }", &["warning S0456 ann AND bob"]),
        ("s: { userIdentity.userName: '=~ adm' }", &["warning S0456 '=~ adm'"]),
        ("s: { userIdentity.userName: 'regex:^adm' }", &["warning S0456 'regex:^adm'"]),
        ("s: { userIdentity.userName: eq admin }", &["warning S0456 eq admin"]),
        ("s: { userIdentity.userName: '/^adm/i' }", &["warning S0456 '/^adm/i'"]),
        ("s: { userIdentity.userName: \"''\" }", &["warning S0456 \"''\""]),
        // Texts that only look like it.
        (r"s: { userIdentity.userName: 'CORP\bob' }", &[]),
        (r"s: { userIdentity.userName: 'CORP\.svc' }", &[]),
        ("s: { userIdentity.userName: 'dependabot[bot]' }", &[]),
        ("s: { userIdentity.userName: '[EXT] Ann' }", &[]),
        ("s: { userIdentity.userName: 'items[0].name' }", &[]),
        ("s: { userIdentity.userName: 'ann=1' }", &[]),
        ("s: { userIdentity.userName: 'R AND D department' }", &[]),
        ("s: { userIdentity.userName: 'auth0|5f7c8ec7' }", &[]),
        ("s: { userAgent: 'Mozilla/5.0 (X11; Linux | x86_64)' }", &[]),
        ("s: { userIdentity.userName: 'admin$' }", &[]),
        ("s: { userIdentity.userName: '50%' }", &[]),
        ("s: { userIdentity.userName: '%2Fadmin' }", &[]),
        ("s: { userAgent|contains: 'index.*' }", &[]),
        (r"s: { userAgent|contains: 'C:\data' }", &[]),
        ("s: { userAgent|re: '^aws-cli.*' }", &[]),
        ("s: { userIdentity.userName: 'a,b' }", &[]),
        ("s: { userIdentity.userName: not-a-user }", &[]),
        ("s: { userIdentity.userName: 'google-oauth2|1001' }", &[]),
        ("s: { userIdentity.userName: '2;0002;1' }", &[]),
        ("s: { userAgent: 'a=1; b=2' }", &[]),
        ("s: { userAgent: '[aws-cli/2.17.0 md/x]' }", &[]),
        ("s: { userAgent: /path/of/user/ }", &[]),
        ("s: { userIdentity.userName: in the office }", &[]),
    ] {
        finds(AWS, detection, expected);
    }
}

#[test]
fn a_prefix_of_dotted_names_is_no_regular_expression() {
    for (log, detection) in [
        ("product: github, service: audit", "s: { action: 'org.*' }"),
        ("product: github, service: audit", "s: { action: 'feature_of_tomorrow.*' }"),
        ("product: okta, service: okta", "s: { eventType: ['user.session.*', 'policy.*'] }"),
        ("product: gcp, service: gcp.audit", "s: { protoPayload.methodName: 'google.iam.admin.v1.*' }"),
        (AWS, "s: { eventSource: 'ec2.*' }"),
        (AWS, "s: { eventSource|contains: 'ec2.*aws' }"),
    ] {
        let (_, found, _) = run(log, detection);
        assert!(found.iter().all(|found| found.code.id != "S0456"), "{detection}: {found:#?}");
    }
    for (detection, message, label) in [
        ("s: { eventName: Create.* }", "text with wildcards", "in `.*` `*` is a wildcard, and the rest"),
        ("s: { eventName: '(?i)x' }", "text with wildcards", "in `(?i)` `?` is a wildcard for one character"),
        ("s: { eventName: '^CreateUser.+' }", "read as text", "`.+` is searched for literally"),
    ] {
        let (_, found, _) = run(AWS, detection);
        let habit = found.iter().find(|found| found.code.id == "S0456").expect(detection);
        assert!(habit.message.ends_with(message), "{habit:#?}");
        assert!(habit.label.as_ref().is_some_and(|own| own.starts_with(label)), "{habit:#?}");
    }
}

#[test]
fn a_star_that_a_policy_means_is_told() {
    let document =
        "eventSource: iam.amazonaws.com, eventName: PutUserPolicy, requestParameters.policyDocument";
    for (test, expected) in [
        (r#"|contains: '"Action":"*"'"#, Some(r#"'"Action":"*"'"#)),
        (r#"|contains: '"Action": ["iam:*"]'"#, Some(r#"'"Action": ["iam:*"]'"#)),
        (".Statement.Action: '*'", Some("'*'")),
        (r#"|contains: '"Action":"\*"'"#, None),
        (r#"|contains: '"Sid":"*"'"#, None),
        (r#"|contains: '"Action":*'"#, None),
        (".Statement.Action: 'iam:Create*'", None),
        (r#"|contains: '"Resource":"arn:aws:s3:::*"'"#, Some(r#"'"Resource":"arn:aws:s3:::*"'"#)),
        (r#"|contains: '"AWS":["arn:aws:iam::1:root","*"]'"#, Some(r#"'"AWS":["arn:aws:iam::1:root","*"]'"#)),
        (r#"|re: '"Action":"*"'"#, Some(r#"'"Action":"*"'"#)),
        (r#"|contains: '"Action":"\\*"'"#, Some(r#"'"Action":"\\*"'"#)),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|text| format!("warning S0457 {text}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        finds(AWS, &format!("s: {{ {document}{test} }}"), &expected);
    }
    finds(AWS, "s: { userAgent: '*' }", &[]);
    finds(AWS, r"s: { userAgent: '\\*\x$' }", &[r"warning S0457 '\\*\x$'"]);
    finds(AWS, r"s: { userAgent: 'x\\*' }", &[]);
    finds(AWS, r"s: { userAgent: '\\*' }", &[r"warning S0457 '\\*'"]);
    let role = "protoPayload.methodName: io.k8s.authorization.rbac.v1.clusterroles.create";
    finds(
        "product: gcp, service: gcp.audit",
        &format!("s: {{ {role}, protoPayload.request.rules.verbs: '*' }}"),
        &["warning S0457 '*'"],
    );
}

#[test]
fn text_that_looks_like_null_is_told() {
    finds(AWS, "s: { userIdentity.userName: '-' }", &["warning S0458 '-'"]);
    for (detection, expected) in [
        ("s: { errorCode: 'null' }", &["warning S0458 'null'"][..]),
        ("s: { errorCode: None }", &["warning S0458 None"]),
        ("s: { errorCode: '(null)' }", &["warning S0458 '(null)'"]),
        ("s: { userIdentity.userName: N/A }", &["warning S0458 N/A"]),
        ("s: { userIdentity.userName: '<none>' }", &["warning S0458 '<none>'"]),
        ("s: { errorCode: null, userAgent: x }", &[]),
        ("s: { userAgent|contains: 'null' }", &[]),
        ("s: { userIdentity.userName: nobody }", &[]),
    ] {
        finds(AWS, detection, expected);
    }
    finds("category: proxy", "s: { x: 'null' }", &["warning S0458 'null'"]);
    finds("category: proxy", "s: { x: None }", &[]);
}

#[test]
fn branches_that_select_nothing_are_told() {
    let selections =
        "s: { userIdentity.userName: a }\nfilter_x: { userAgent: b }\nt: { sourceIPAddress: null }";
    for (condition, expected) in [
        ("s or not filter_x", &["warning S0512 not filter_x"][..]),
        ("not filter_x", &["warning S0512 not filter_x"]),
        ("s or t", &["warning S0512 t"]),
        ("s and (t or not filter_x)", &[]),
        ("s and not filter_x and not t", &[]),
        ("not (not s or filter_x)", &[]),
        ("all of them", &["warning S0513 all of them"]),
        ("1 of them", &["warning S0512 1 of them", "warning S0513 1 of them"]),
        ("s and not 1 of filter_*", &[]),
        ("s and not all of them", &[]),
        ("s and filter_x", &["warning S0513 filter_x"]),
        ("s or filter_x", &["warning S0513 filter_x"]),
        ("s and 1 of filter_*", &["warning S0513 1 of filter_*"]),
        ("filter_x", &[]),
    ] {
        let (_, found, source) = run(AWS, &format!("{selections}\ncondition: {condition}"));
        let told: Vec<_> = found
            .iter()
            .filter(|found| ["S0512", "S0513"].contains(&found.code.id))
            .map(|found| format!("{} {} {}", found.severity.name(), found.code.id, source.slice(found.span)))
            .collect();
        assert_eq!(told, expected, "{condition}");
    }
    finds(AWS, "s: { userIdentity.userName|neq: a }", &["warning S0512 s"]);
    finds(AWS, "s: { userIdentity.userName|neq: a, userAgent: b }", &[]);
}

#[test]
fn parts_that_do_not_hold_together_are_told() {
    for (detection, expected) in [
        (
            "s:\n    - eventSource: iam.amazonaws.com\n    - eventName: CreateUser",
            &["warning S0514 eventSource: iam.amazonaws.com"][..],
        ),
        ("s:\n    - eventName: CreateCustomKeyStore\n    - userAgent: x", &["info S0514 userAgent: x"]),
        ("s:\n    - userIdentity.userName: a\n    - userAgent: x", &[]),
        (
            "s:\n    - eventSource: iam.amazonaws.com\n    - userIdentity.type: Root",
            &["warning S0514 userIdentity.type: Root"],
        ),
        (
            "s:\n    resources.type: AWS::IAM::Role\nt:\n    resources.ARN|endswith: /a\ncondition: s and t",
            &["info S0515 resources.ARN|endswith: /a"],
        ),
        (
            "s:\n    resources.type: AWS::IAM::Role\nt:\n    resources.ARN|endswith: /a\ncondition: s or t",
            &[],
        ),
        ("s:\n    - eventName: CreateCustomKeyStore\n    - eventName|startswith: DeleteCustomKeyStor", &[]),
        (
            "s:\n    resources.type: AWS::IAM::Role\n    resources.ARN|endswith: /a",
            &["info S0515 resources.ARN|endswith: /a"],
        ),
        ("s:\n    resources.type: AWS::IAM::Role\n    userAgent: a", &[]),
        ("s:\n    resources[any]:\n        type: AWS::IAM::Role\n        ARN|endswith: /a", &[]),
    ] {
        finds(AWS, detection, expected);
    }
}

#[test]
fn alternatives_that_name_no_event_are_told() {
    let selections = "s: { eventName: CreateCustomKeyStore }\nroot: { userIdentity.type: Root }\n\
                      failed: { errorCode: AccessDenied }";
    for (condition, expected) in [
        ("s or root", &["info S0516 root"][..]),
        ("(s or root) and not failed", &["info S0516 root"]),
        ("1 of *", &["info S0516 root"]),
        ("(s or root) and failed", &[]),
        ("s or failed", &[]),
        ("s and root", &[]),
        ("root", &[]),
    ] {
        let (_, found, source) = run(AWS, &format!("{selections}\ncondition: {condition}"));
        let told: Vec<_> = found
            .iter()
            .filter(|found| found.code.id == "S0516")
            .map(|found| format!("{} {} {}", found.severity.name(), found.code.id, source.slice(found.span)))
            .collect();
        assert_eq!(told, expected, "{condition}");
    }
}

#[test]
fn names_of_fields_in_the_paths_of_other_languages_are_told() {
    for value in
        ["$.userIdentity.arn", "'{userIdentity.arn}'", ".userIdentity.arn", "detail.userIdentity.arn"]
    {
        let detection = format!("s: {{ userIdentity.userName: {value} }}");
        finds(AWS, &detection, &[&format!("warning S0452 {value}")]);
    }
}

#[test]
fn texts_have_the_form_that_the_field_has() {
    let gcp = "product: gcp, service: gcp.audit";
    let okta = "product: okta, service: okta";
    for (log, detection, told) in [
        (AWS, "userIdentity.arn: deployer", true),
        (AWS, "userIdentity.arn|contains: deployer", false),
        // The ARN of a role is not that of its session.
        (AWS, "userIdentity.arn|contains: ':role/deployer'", true),
        (AWS, "userIdentity.arn|endswith: ':role/ci/deployer'", true),
        (AWS, "userIdentity.arn: 'arn:aws:iam::210987654321:user/ci/build/deployer'", false),
        (AWS, "userIdentity.arn|contains: ':assumed-role/deployer/'", false),
        (AWS, "userIdentity.sessionContext.sessionIssuer.arn|endswith: :role/deployer", false),
        (AWS, "userIdentity.arn: 'arn:aws:iam::ACCOUNT_ID:user/a'", true),
        (AWS, "userIdentity.accountId: production", true),
        (AWS, "userIdentity.accountId: ANONYMOUS_PRINCIPAL", false),
        (AWS, "userIdentity.accountId|startswith: '2109'", false),
        (AWS, "recipientAccountId: '2109-8765-4321'", true),
        (AWS, "userIdentity.userName: 'arn:aws:iam::210987654321:user/a'", true),
        (AWS, "userIdentity.userName: '\"admin\"'", true),
        (AWS, "userIdentity.userName: ada.lovelace+ci@corp.example", false),
        // By the name of the field, where the interface says no more than that it is a text.
        (AWS, "eventName: AttachUserPolicy, requestParameters.policyArn: AdministratorAccess", true),
        (
            AWS,
            "eventName: AttachUserPolicy, requestParameters.policyArn|endswith: /AdministratorAccess",
            false,
        ),
        (
            AWS,
            "eventName: AttachRolePolicy, requestParameters.roleName: 'arn:aws:iam::210987654321:role/a'",
            true,
        ),
        (gcp, "logName|endswith: cloudaudit.googleapis.com/activity", true),
        (gcp, "logName|endswith: cloudaudit.googleapis.com%2Factivity", false),
        (AWS, "userIdentity.principalId: deployer", true),
        (AWS, "userIdentity.principalId|endswith: ':deployer'", false),
        (AWS, "userIdentity.invokedBy: eks", true),
        (AWS, "userIdentity.invokedBy: AWS Internal", false),
        (AWS, "resources.type: 'Bucket*'", true),
        (AWS, "sourceIPAddress: '198.51.100.7:443'", true),
        (AWS, "sourceIPAddress: '2001:db8::7'", false),
        (AWS, "sourceIPAddress|startswith: '10.0.0.0/8'", true),
        (AWS, "sourceIPAddress|endswith: .amazonaws.com", false),
        (SIGNINS, "properties.userPrincipalName: corp.example", true),
        (SIGNINS, "properties.userPrincipalName|endswith: corp.example", false),
        (SIGNINS, "properties.userPrincipalName|startswith: '@corp.example'", true),
        (SIGNINS, "properties.location.countryOrRegion: France", true),
        (SIGNINS, "location: FR", false),
        (ACTIVITY, "resourceId: my-vm", true),
        (ACTIVITY, "resourceId|endswith: /my-vm", false),
        (okta, "actor.id: a@corp.example", true),
        (okta, "client.geographicalContext.country: FR", true),
        (okta, "client.geographicalContext.country: France", false),
        (gcp, "protoPayload.authenticationInfo.principalEmail: 'user:a@corp.example'", true),
        (gcp, "protoPayload.authenticationInfo.principalEmail|endswith: .iam.gserviceaccount.com", false),
        (gcp, "protoPayload.authenticationInfo.principalEmail: 'system:apiserver'", false),
        ("product: github, service: audit", "repo: website", true),
        ("product: github, service: audit", "repo|startswith: acme/", false),
        ("product: m365, service: audit", "UserId: corp.example", true),
        ("product: m365, service: audit", "UserId: S-1-5-18", false),
    ] {
        let (_, found, _) = run(log, &format!("s: {{ {detection} }}"));
        let codes: Vec<_> = found.iter().map(|found| found.code.id).filter(|id| *id == "S0454").collect();
        assert_eq!(!codes.is_empty(), told, "{detection}");
    }
}

#[test]
fn addresses_are_told_that_no_record_holds() {
    let okta = "product: okta, service: okta";
    for (log, item, expected) in [
        (AWS, "sourceIPAddress: '2001:0db8:0:0:0:0:0:7'", Some("2001:db8::7")),
        (AWS, "sourceIPAddress: '2001:DB8::7'", None),
        (okta, "client.ipAddress: '::ffff:198.51.100.7'", Some("198.51.100.7")),
        (okta, "client.ipAddress|cidr: '::ffff:198.51.100.0/120'", Some("198.51.100.0/24")),
        (okta, "client.ipAddress|cidr: '::/96'", None),
        ("product: m365, service: audit", "ClientIP: '::ffff:198.51.100.7'", None),
        ("product: kubernetes, service: audit", "sourceIPs: '2001:db8:0::7'", Some("2001:db8::7")),
    ] {
        let (_, found, _) = run(log, &format!("s: {{ {item} }}"));
        let offered: Vec<_> = found.iter().flat_map(|found| found.suggestions.clone()).collect();
        assert_eq!(offered.first().map(String::as_str), expected, "{item}: {found:#?}");
    }
    for (log, item, expected) in [
        (AWS, "sourceIPAddress|cidr: 0.0.0.0/0", "warning S0455 0.0.0.0/0"),
        (okta, "client.ipAddress|cidr: '::/0'", "warning S0455 '::/0'"),
        (AWS, "recipientAccountId|cidr: 10.0.0.0/8", "warning S0431 recipientAccountId|cidr: 10.0.0.0/8"),
    ] {
        finds(log, &format!("s: {{ {item} }}"), &[expected]);
    }
}

/// Blocks that share no address, and blocks that a filter takes whole, leave a rule nothing to match.
#[test]
fn blocks_of_addresses_can_leave_none() {
    for (within, and, blocks, dead) in [
        ("10.0.0.0/8", "and", "192.168.0.0/16", true),
        ("192.168.0.0/16", "and", "10.0.0.0/8", true),
        ("10.0.0.0/8", "and", "10.1.0.0/16", false),
        ("10.1.0.0/16", "and", "10.0.0.0/8", false),
        // The same bits of another family are another address.
        ("10.0.0.0/8", "and", "'::a00:0/104'", true),
        ("10.0.0.0/8", "and not", "'::a00:0/104'", false),
        ("10.0.0.0/8", "and not", "10.0.0.0/9, 10.128.0.0/9", true),
        ("10.0.0.0/8", "and not", "10.128.0.0/9, 10.0.0.0/9", true),
        ("10.64.0.0/10", "and not", "10.0.0.0/8", true),
        ("10.0.0.0/8", "and not", "8.0.0.0/8, 12.0.0.0/8, 10.0.0.0/9, 10.128.0.0/9", true),
        ("10.0.0.0/8", "and not", "8.0.0.0/8, 12.0.0.0/8", false),
        ("10.0.0.0/8", "and not", "10.0.0.0/9", false),
        ("10.0.0.0/8", "and not", "10.128.0.0/9", false),
        ("10.0.0.0/8", "and not", "10.64.0.0/10", false),
        ("10.0.0.0/8", "and not", "10.0.0.0/10, 10.128.0.0/9", false),
        ("10.0.0.0/8", "and not", "10.0.0.0/10, 10.64.0.0/10, 10.128.0.0/9", true),
        ("10.0.0.0/8, 192.168.0.0/16", "and not", "10.0.0.0/8", false),
        ("10.0.0.0/8, 192.168.0.0/16", "and not", "192.168.0.0/16, 10.0.0.0/8", true),
        ("'2001:db8::/32'", "and not", "'2001:db8::/33', '2001:db8:8000::/33'", true),
        ("'2001:db8::/32'", "and not", "'2001:db8::/33', '2001:db8:8000::/34'", false),
        ("'::/0'", "and not", "'::/1', '8000::/1'", true),
    ] {
        let detection = format!(
            "s: {{ sourceIPAddress|cidr: [{within}] }}\nt: {{ sourceIPAddress|cidr: [{blocks}] }}\ncondition: s {and} t"
        );
        let (_, found, _) = run(AWS, &detection);
        assert_eq!(found.iter().any(|found| found.code.id == "S0520"), dead, "{detection}: {found:#?}");
    }
}

/// A text and an expression that no value fits, in whatever letter case it is.
#[test]
fn texts_and_expressions_can_leave_none() {
    for (one, and, other, dead) in [
        ("userAgent: curl", "and", "userAgent|re: '^wget'", true),
        ("userAgent: curl", "and", "userAgent|re|i: '^wget'", true),
        ("userAgent: [curl, wget]", "and", "userAgent|re|i: '^wget'", false),
        ("userAgent: curl", "and", "userAgent|re: '^CURL'", false),
        ("userAgent: curl", "and not", "userAgent|re: '^CURL'", false),
        ("userAgent: curl", "and not", "userAgent|re|i: '^CURL'", true),
        ("userAgent: curl", "and", "userAgent|re: '^[^a-z]+$'", false),
        ("userAgent: curl", "and not", "userAgent|re: '^[^A-Z]+$'", false),
        // Of a list another element may be the one.
        ("resources.ARN: 'arn:aws:s3:::a'", "and", "resources.ARN|re|i: '^arn:aws:s3:::b'", false),
        ("resources.ARN: 'arn:aws:s3:::a'", "and not", "resources.ARN|re|i: '^arn:aws:s3:::a'", true),
    ] {
        let detection = format!("s: {{ {one} }}\nt: {{ {other} }}\ncondition: s {and} t");
        let (_, found, _) = run(AWS, &detection);
        assert_eq!(found.iter().any(|found| found.code.id == "S0520"), dead, "{detection}: {found:#?}");
    }
}

/// What no event that fits the schema can be: null and not, missing and below it something, a day that no calendar has.
#[test]
fn values_places_and_days_can_leave_none() {
    for (one, and, other, dead) in [
        ("errorCode: null", "or", "errorCode: '*'", true),
        ("requestParameters: null", "or", "requestParameters: '*'", false),
        ("eventTime|month: 2", "and", "eventTime|day: 30", true),
        ("eventTime|month: 2", "and", "eventTime|day: 29", false),
        ("eventTime|month: [4, 6]", "and", "eventTime|day: 31", true),
        ("eventTime|month: 1", "and", "eventTime|week: 30", true),
        ("eventTime|month: 1", "and", "eventTime|week: 53", false),
        ("eventTime|year: 2026", "and", "eventTime|lt: '2026-01-01T00:00:00Z'", true),
        ("eventTime|year: 2026", "and", "eventTime|lt: '2026-01-01T00:00:01Z'", false),
        ("eventTime|hour: 3", "and", "eventTime|lt: '2026-01-01T00:00:00Z'", false),
        ("userAgent|cased: ABC", "and", "userAgent|cased|startswith: a", true),
        ("userAgent|cased: ABC", "and", "userAgent|cased|contains: b", true),
        ("userAgent|cased: ABC", "and", "userAgent|re: '[a-z]'", true),
        ("userAgent|cased|startswith: A", "and", "userAgent|cased|startswith: a", true),
        ("userAgent|cased: ABC", "and", "userAgent|startswith: a", false),
        ("userAgent|cased|startswith: A", "and", "userAgent|startswith: a", false),
        ("requestParameters: null", "and", "requestParameters.userName: x", true),
        ("requestParameters: null", "and not", "requestParameters.userName: x", false),
        ("userIdentity|exists: false", "and", "userIdentity.arn|exists: true", true),
        ("userIdentity|exists: false", "and", "userIdentity.arn|contains: x", true),
        ("userIdentity|exists: false", "and", "userIdentity.arn|neq: null", true),
        ("userIdentity|exists: false", "and", "userIdentity.arn: null", false),
        ("userIdentity.arn: null", "and", "userIdentity|exists: true", false),
        ("resources|exists: false", "and", "resources.ARN|contains: x", true),
        ("errorCode|exists: false", "and", "errorCode|neq: null", true),
    ] {
        let not = if and == "or" { "not" } else { "" };
        let detection = format!("s: {{ {one} }}\nt: {{ {other} }}\ncondition: {not} (s {and} t)");
        let (_, found, _) = run(AWS, &detection);
        assert_eq!(found.iter().any(|found| found.code.id == "S0520"), dead, "{detection}: {found:#?}");
    }
}

/// Bounds that leave no number, among whole numbers and among all.
#[test]
fn bounds_can_leave_no_number() {
    let whole = ("product: m365, service: audit", "Version");
    let any = ("product: okta, service: okta", "client.geographicalContext.geolocation.lat");
    for ((log, field), bounds, dead) in [
        (whole, &["gt: 5", "lt: 6"][..], true),
        (whole, &["gt: 5", "lt: 7"], false),
        (whole, &["gte: 5", "lte: 5"], false),
        (whole, &["gte: 6", "lte: 5"], true),
        (whole, &["gt: -1", "lt: 0"], true),
        (any, &["gt: 5", "lt: 6"], false),
        (any, &["gt: 5", "lte: 5"], true),
        (any, &["gte: 5", "lt: 5"], true),
        (any, &["gte: 5", "lte: 5"], false),
        (any, &["gt: 6", "lt: 5"], true),
        // The tighter of several, and of equal ones the open one.
        (any, &["gt: 3", "gt: 7", "lt: 5"], true),
        (any, &["gt: 7", "gt: 3", "lt: 5"], true),
        (any, &["lt: 7", "lt: 3", "gt: 5"], true),
        (any, &["lt: 3", "lt: 7", "gt: 5"], true),
        (any, &["gt: 5", "gte: 5", "lte: 5"], true),
        (any, &["gte: 5", "gt: 5", "lte: 5"], true),
        (any, &["lte: 5", "lt: 5", "gte: 5"], true),
        (any, &["gt: 5.25", "lt: 5.5"], false),
        (any, &["gt: 5.5", "lt: 5.25"], true),
        // A float does not tell these two apart.
        (any, &["gt: 9007199254740992", "lt: 9007199254740993"], false),
    ] {
        let selections = bounds.iter().enumerate().fold(String::new(), |mut out, (at, bound)| {
            let _ = writeln!(out, "s{at}: {{ {field}|{bound} }}");
            out
        });
        let (_, found, _) = run(log, &format!("{selections}condition: all of s*"));
        assert_eq!(
            found.iter().any(|found| found.code.id == "S0520"),
            dead,
            "{field} {bounds:?}: {found:#?}"
        );
    }
}

#[test]
fn keys_of_a_map_can_hold_full_stops() {
    let criterion = "requestParameters.findingCriteria.criterion";
    let item = |end: &str| {
        format!("s: {{ eventSource: guardduty.amazonaws.com, eventName: ListFindings, {criterion}.{end} }}")
    };
    for end in ["service.archived.eq: 'false'", "resource.s3BucketDetails.name.eq: a", "severity.gte: 7"] {
        finds(AWS, &item(end), &[]);
    }
    finds(AWS, &item("severity.eqq: a"), &["error S0312 eqq"]);
}

#[test]
fn values_that_records_have_are_known() {
    for item in [
        "eventName: GetUser, responseElements.user.permissionsBoundary.permissionsBoundaryType: Policy",
        "eventName: UpdateFunctionConfiguration20150331v2, responseElements.lastUpdateStatusReasonCode: Creating",
        "eventName: ModifySnapshotAttribute, requestParameters.attributeType: CREATE_VOLUME_PERMISSION",
        "userAgent: '[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10]'",
        "eventName: PutEventSelectors, requestParameters.advancedEventSelectors.fieldSelectors.field: eventCategory",
        "eventName: CreateAccessEntry, requestParameters.principalArn: 'arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fa'",
    ] {
        let (_, found, _) = run(AWS, &format!("s: {{ {item} }}"));
        let told: Vec<_> = found.iter().filter(|found| found.severity != Severity::Info).collect();
        assert!(told.is_empty(), "{item}: {told:#?}");
    }
    // Of a call without a type nothing is known, nor what is near.
    finds(
        "product: gcp, service: gcp.audit",
        "s: { protoPayload.methodName: storage.objects.list, protoPayload.request.@type: a }",
        &[],
    );
}

#[test]
fn stars_that_mean_everything_are_told_elsewhere_too() {
    let sns = "eventSource: sns.amazonaws.com, eventName: AddPermission, requestParameters.aWSAccountId";
    finds(AWS, &format!("s: {{ {sns}: '*' }}"), &["warning S0457 '*'"]);
    finds(AWS, &format!("s: {{ {sns}: '\\*' }}"), &[]);
    let body = "properties.requestbody|contains: '\"actions\":[\"*\"]'";
    finds(ACTIVITY, &format!("s: {{ {body} }}"), &["warning S0457 '\"actions\":[\"*\"]'"]);
}

#[test]
fn a_product_alone_names_its_services() {
    let (_, rule) = read(&document("product: aws", "s: { eventName: CreateUser }"));
    let (_, found) = check(&rule, &Registry::shipped());
    let help: Vec<_> = found.iter().filter_map(|found| found.help.clone()).collect();
    assert_eq!(help, ["the services of `aws` are `cloudtrail`"]);
    for log in ["product: m365, service: teams", "product: salesforce, service: setup"] {
        let (_, found, _) = run(log, "s: { a: b }");
        assert!(
            found.iter().any(|found| found.code.id == "S0310" && found.fix.is_some()),
            "{log}: {found:#?}"
        );
    }
}

#[test]
fn vocabularies_reach_kinds_codes_and_data_actions() {
    let office = "product: m365, service: audit";
    let okta = "product: okta, service: okta";
    for (log, item, expected) in [
        (ACTIVITY, "operationName: Microsoft.KeyVault/vaults/secrets/getSecret/action", true),
        (ACTIVITY, "operationName: MICROSOFT.KEYVAULT/VAULTS/KEYS/SIGN/ACTION", true),
        (ACTIVITY, "operationName|endswith: /blobs/write", true),
        (ACTIVITY, "operationName: Microsoft.KeyVault/vaults/write", false),
        (ACTIVITY, "operationName: Microsoft.Storage/storageAccounts/listKeys/action", false),
        (SIGNINS, "resultType: AADSTS50126", true),
        (SIGNINS, "resultType: '50126'", false),
        (okta, "target.type: AppIntance", true),
        (okta, "target.type: [AppInstance, Zone]", false),
        (office, "UserType: 42", true),
        (office, "UserType: 4", false),
        (office, "Operation: Add user., RecordType: 1", true),
        (office, "Operation: Add user., RecordType: 8", false),
        (office, "Operation: Set-TransportRule, RecordType: 2", true),
        (office, "Operation: FileRenamed, RecordType: 63", false),
        (office, "Operation: SharingSet, RecordType: 6", true),
        (office, "Operation: HardDelete, RecordType: 3", false),
    ] {
        let (_, found, _) = run(log, &format!("s: {{ {item} }}"));
        assert_eq!(!found.is_empty(), expected, "{item}: {found:#?}");
    }
}

#[test]
fn parameters_belong_to_their_cmdlet() {
    let m365 = "product: m365, service: audit";
    for (detection, expected) in [
        ("Operation: New-InboxRule, Parameters.Name: ForwardTo", &[][..]),
        ("Operation: New-InboxRule, Parameters.ForwardTo: x", &[]),
        ("Operation: New-InboxRule, Parameters.Name: FowardTo", &["warning S0433 FowardTo"]),
        ("Operation: New-InboxRule, Parameters.FowardTo: x", &["warning S0316 Parameters.FowardTo"]),
        (
            "Operation: New-InboxRule, Parameters.Name: ForwardingSmtpAddress",
            &["warning S0434 ForwardingSmtpAddress"],
        ),
    ] {
        finds(m365, &format!("s: {{ {detection} }}"), expected);
    }
}

#[test]
fn activities_belong_to_their_category() {
    let two = |category: &str, name: &str| {
        format!("s: {{ properties.category: {category}, operationName: {name} }}")
    };
    finds(ENTRA, &two("GroupManagement", "Add user"), &["warning S0434 Add user"]);
    finds(ENTRA, &two("UserManagement", "Add user"), &[]);
    // Both may be named; one finding tells.
    let three = "s: { properties.category: GroupManagement, properties.loggedByService: PIM, operationName: Add user }";
    finds(ENTRA, three, &["warning S0434 Add user"]);
}

#[test]
fn providers_whose_operations_are_known_refuse_a_misspelling() {
    let one = |name: &str| format!("s: {{ operationName: {name} }}");
    for (name, expected) in [
        ("Microsoft.KeyVault/vaults/wirte", &["error S0433 Microsoft.KeyVault/vaults/wirte"][..]),
        (
            "Microsoft.KeyVault/vaults/somethingElse/action",
            &["warning S0433 Microsoft.KeyVault/vaults/somethingElse/action"],
        ),
        (
            "Microsoft.Compute/virtualMachines/wirte",
            &["warning S0433 Microsoft.Compute/virtualMachines/wirte"],
        ),
        ("MICROSOFT.KEYVAULT/VAULTS/WRITE", &[]),
    ] {
        finds(ACTIVITY, &one(name), expected);
    }
}

#[test]
fn keywords_that_lack_a_space_are_told() {
    for (detection, expected) in [
        ("s: 'eventName:CreateUser'", &["warning S0456 'eventName:CreateUser'"][..]),
        ("s: ['eventName:\u{a0}CreateUser', user]", &["warning S0456 'eventName:\u{a0}CreateUser'"]),
        ("s: ['user:admin', 'https://example.com']", &[]),
    ] {
        let (_, found, source) = run(AWS, detection);
        let found: Vec<String> = found
            .iter()
            .filter(|found| found.code.id == "S0456")
            .map(|found| format!("warning {} {}", found.code.id, &source.text()[found.span.range()]))
            .collect();
        assert_eq!(found, expected, "{detection}");
    }
}

#[test]
fn a_log_source_in_other_letters_is_checked_as_the_log_that_is_meant() {
    finds("product: AWS, service: CloudTrail", "s: { userIdentity.type: Rooot }", &["error S0433 Rooot"]);
    finds(
        "product: microsoft365, service: AUDIT",
        "s: { OperationX: abc }",
        &["warning S0310 microsoft365", "warning S0316 OperationX"],
    );
}

#[test]
fn known_values_among_other_texts_are_held_against_their_lists() {
    let policy =
        |value: &str| format!("s: {{ eventName: AttachUserPolicy, requestParameters.policyArn{value} }}");
    let property = |name: &str, value: &str| {
        format!("s: {{ properties.targetResources.modifiedProperties.{name}.newValue{value} }}")
    };
    let gcp = "product: gcp, service: gcp.audit";
    for (log, detection, expected) in [
        (AWS, "s: { awsRegion: [us-east-1, EU-WEST-1] }".to_owned(), &[][..]),
        (AWS, "s: { awsRegion|startswith: us- }".to_owned(), &[]),
        (AWS, "s: { awsRegion: us-eas-1 }".to_owned(), &["warning S0433 us-eas-1"]),
        (AWS, "s: { awsRegion: [us-east-1, mars-1] }".to_owned(), &["warning S0433 mars-1"]),
        (AWS, "s: { awsRegion|startswith: uss- }".to_owned(), &["warning S0437 uss-"]),
        // A policy of the customer can have any name.
        (AWS, policy(": arn:aws:iam::210987654321:policy/Ours"), &[]),
        (AWS, policy(": arn:aws:iam::aws:policy/AdministratorAccess"), &[]),
        (AWS, policy("|contains: administratoracc"), &[]),
        (AWS, policy("|endswith: ':policy/AdministratorAccess'"), &[]),
        (AWS, policy("|contains: Ours"), &[]),
        (AWS, policy("|endswith: /AdminstratorAccess"), &["warning S0437 /AdminstratorAccess"]),
        (AWS, policy("|contains: [ReadOnlyAccess, ReadOlnyAccess]"), &["warning S0437 ReadOlnyAccess"]),
        (
            AWS,
            policy(": 'arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'"),
            &["warning S0433 'arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'"],
        ),
        (ENTRA, property("Role.DisplayName", ": '\"Global Administrator\"'"), &[]),
        (ENTRA, property("Role.DisplayName", ": '\"Our Own Role\"'"), &[]),
        (ENTRA, property("Role.DisplayName", "|contains: Global Adminstrator"), &["warning S0437 Global Adminstrator"]),
        (
            ENTRA,
            property("Role.TemplateId", "|contains: 62e90394-69f5-4237-9190-01217714e10"),
            &["warning S0437 62e90394-69f5-4237-9190-01217714e10"],
        ),
        (ENTRA, property("AppRole.Value", "|contains: Directory.ReadWrite.Al"), &[]),
        (ENTRA, property("AppRole.Value", "|contains: Directory.ReadWirte"), &["warning S0437 Directory.ReadWirte"]),
        // Each of the permissions of a list.
        (
            ENTRA,
            property("DelegatedPermissionGrant.Scope", "|contains: 'User.Read Mail.Raed'"),
            &["warning S0437 'User.Read Mail.Raed'"],
        ),
        (ACTIVITY, "s: { identity.authorization.evidence.role: Ownerr }".to_owned(), &["warning S0433 Ownerr"]),
        (
            ACTIVITY,
            "s: { properties.requestbody|contains: roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635 }".to_owned(),
            &[],
        ),
        (
            ACTIVITY,
            "s: { properties.requestbody|contains: roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb63 }".to_owned(),
            &[],
        ),
        (
            ACTIVITY,
            "s: { properties.requestbody|contains: roleDefinitions/8e3af657-a8ff-443c-a75c-2fe84cbcb635 }".to_owned(),
            &["warning S0437 roleDefinitions/8e3af657-a8ff-443c-a75c-2fe84cbcb635"],
        ),
        (gcp, "s: { protoPayload.authorizationInfo.permission|startswith: iam.serviceAccounts. }".to_owned(), &[]),
        (
            gcp,
            "s: { protoPayload.authorizationInfo.permission: iam.serviceAccount.create }".to_owned(),
            &["warning S0433 iam.serviceAccount.create"],
        ),
        (
            gcp,
            "s: { protoPayload.serviceData.policyDelta.bindingDeltas.role: [roles/owner, projects/p/roles/own, roles/owners] }".to_owned(),
            &["warning S0433 roles/owners"],
        ),
        (SIGNINS, "s: { resultType: [50126, 500121] }".to_owned(), &[]),
        (
            "product: okta, service: okta",
            "s: { debugContext.debugData.privilegeGranted|contains: Super adminstrator }".to_owned(),
            &["warning S0437 Super adminstrator"],
        ),
    ] {
        finds(log, &detection, expected);
    }
}

#[test]
fn a_date_as_a_bound_is_told_where_the_whole_day_may_be_meant() {
    for (item, expected) in [
        ("eventTime|gt: '2026-01-31'", &["warning S0460 '2026-01-31'"][..]),
        ("eventTime|lte: '2026-01-31'", &["warning S0460 '2026-01-31'"]),
        ("eventTime|gte: '2026-01-31'", &[]),
        ("eventTime|lt: '2026-01-31'", &[]),
        ("eventTime|lte: '2026-01-31T23:59:59Z'", &[]),
        ("eventTime: '2026-01-31'", &["error S0430 '2026-01-31'"]),
    ] {
        finds(AWS, &format!("s: {{ {item} }}"), expected);
    }
}

#[test]
fn an_empty_text_that_the_provider_never_writes_is_one_finding() {
    let user = "eventSource: iam.amazonaws.com, eventName";
    finds(AWS, &format!("s: {{ {user}: '' }}"), &["error S0433 ''"]);
    finds(AWS, &format!("s: {{ {user}: [CreateUser, ''] }}"), &["error S0433 ''"]);
    finds(AWS, &format!("s: {{ {user}: CreateUser, eventID: '' }}"), &["error S0433 ''"]);
    // Where the field may hold one, nothing is known of it.
    finds(AWS, &format!("s: {{ {user}: CreateUser, requestParameters.userName: '' }}"), &[]);
}

/// What an encoder makes of a value is no text to write in its place; what it leaves as it is still gets its correction.
#[test]
fn a_correction_is_in_the_terms_of_what_is_written() {
    let changes = "properties.targetResources.modifiedProperties.AvailableToOtherTenants.newValue";
    for (log, item, corrected) in [
        ("product: azure, service: auditlogs", format!("{changes}: owned"), true),
        ("product: azure, service: auditlogs", format!("{changes}|wide: owned"), false),
        (AWS, "eventSource|windash: iam.amazonaws.co".to_owned(), true),
        (AWS, "eventSource|windash: iam-amazonaws.com".to_owned(), false),
    ] {
        let (_, found, _) = run(log, &format!("s: {{ {item} }}"));
        let fixed = found.iter().any(|finding| finding.fix.is_some());
        assert_eq!(fixed, corrected, "{item}: {found:#?}");
    }
}
