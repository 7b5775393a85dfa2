//! Mistakes as authors make them: each is found, in one finding that says what to do. `tests/mistakes.txt` holds what is
//! printed of each; `SIGMATA_ACCEPT=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const RULE: &str = "\
title: TITLE
id: ID
status: test
description: d
author: a
date: 2026-11-23
tags:
    - attack.persistence
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
        userIdentity.userName: svc
    filter_root:
        userIdentity.type: Root
    condition: selection and not filter_root
fields:
    - userIdentity.arn
level: low
";

/// A change of the rule: what is there, and what an author writes in place of it.
const CHANGES: &[(&str, &str)] = &[
    // Keys and metadata.
    ("title: TITLE", "titel: TITLE"),
    ("level: low", "levl: low"),
    ("level: low", "level: hihg"),
    ("level: low", "level: Low"),
    ("status: test", "status: tset"),
    ("status: test", "status: testing"),
    ("status: test", "status: production"),
    ("date: 2026-11-23", "date: 23/11/2026"),
    ("date: 2026-11-23", "date: 2026-13-23"),
    ("date: 2026-11-23", "date: 23.11.2026"),
    ("date: 2026-11-23", "date: 2026-23-11"),
    ("date: 2026-11-23", "date: November 2026"),
    ("id: ID", "id: 1234"),
    ("attack.persistence", "attack.persistance"),
    ("attack.persistence", "attack.t1136.03"),
    ("attack.persistence", "persistence"),
    ("    - attack.persistence", "    attack.persistence"),
    ("logsource:", "logsources:"),
    ("detection:", "detectin:"),
    ("    condition: selection and not filter_root\n", ""),
    ("condition:", "conditon:"),
    ("    condition: selection and", "        condition: selection and"),
    ("        userIdentity.userName: svc", "    userIdentity.userName: svc"),
    ("        userIdentity.userName: svc", "\tuserIdentity.userName: svc"),
    ("eventName: CreateUser", "eventName: not CreateUser"),
    // The log.
    ("service: cloudtrail", "service: cloudtrial"),
    ("service: cloudtrail", "service: iam"),
    ("product: aws", "product: AWS"),
    ("product: aws", "product: amzon"),
    // Names of fields.
    ("eventName:", "eventNmae:"),
    ("eventSource:", "eventSourc:"),
    ("eventName:", "EventName:"),
    ("eventName:", "event_name:"),
    ("eventName:", "event.action:"),
    ("userIdentity.userName:", "requestParameters.userNmae:"),
    ("userIdentity.userName:", "requestParameters.groupName:"),
    ("userIdentity.userName:", "requestParameter.userName:"),
    ("userIdentity.userName:", "userName:"),
    ("userIdentity.userName: svc", "requestParameters: svc"),
    ("userIdentity.userName: svc", "user.name: svc"),
    ("userIdentity.userName: svc", "src_ip: 192.0.2.1"),
    ("userIdentity.userName: svc", "event.outcome: success"),
    ("userIdentity.userName: svc", "responseElements.user.nam: svc"),
    ("userIdentity.userName: svc", "resources[0].ARN: x"),
    ("        userIdentity.userName: svc", "        requestParameters:\n            userName: svc"),
    ("userIdentity.arn", "userIdentity.arnn"),
    // Names and values of events.
    ("CreateUser", "CreateUserr"),
    ("CreateUser", "CreateUsers"),
    ("CreateUser", "DeleteUserr"),
    ("CreateUser", "Create User"),
    ("CreateUser", "iam:CreateUser"),
    ("CreateUser", "'CreateUser '"),
    ("CreateUser", "'!CreateUser'"),
    ("CreateUser", "Create.*"),
    ("CreateUser", "CreateUser, DeleteUser"),
    ("CreateUser", "CreateUser OR DeleteUser"),
    ("CreateUser", "CreateUser|DeleteUser"),
    ("CreateUser", "'{CreateUser,DeleteUser}'"),
    ("CreateUser", "'%admins%'"),
    ("CreateUser", "'<EVENT>'"),
    ("CreateUser", "RunInstances"),
    ("eventName: CreateUser", "eventName: [CreateUser, CreateUser]"),
    ("iam.amazonaws.com", "ec2.amazonaws.com"),
    ("iam.amazonaws.com", "iam"),
    ("iam.amazonaws.com", "iam.amazonaws.co"),
    ("iam.amazonaws.com", "iam.amazon.com"),
    ("Root", "User"),
    ("Root", "IAMUserr"),
    ("Root", "Administrator"),
    ("userIdentity.userName: svc", "errorCode: 'null'"),
    ("userIdentity.userName: svc", "errorCode: None"),
    ("userIdentity.userName: svc", "managementEvent: yes"),
    ("userIdentity.userName: svc", "readOnly: maybe"),
    ("userIdentity.userName: svc", "eventTime: '2026-01-01'"),
    ("userIdentity.userName: svc", "awsRegion: eu-wets-1"),
    ("userIdentity.userName: svc", "recipientAccountId: 12345"),
    ("userIdentity.userName: svc", "sourceIPAddress: 10.0.0.0/8"),
    ("userIdentity.userName: svc", "sourceIPAddress: 300.1.1.1"),
    ("userIdentity.userName: svc", "userIdentity.arn: alice"),
    ("userIdentity.userName: svc", "userAgent: aws–cli"),
    ("userIdentity.userName: svc", "requestParameters.userName: userIdentity.userName"),
    // Modifiers.
    ("eventName:", "eventName|startwith:"),
    ("eventName:", "eventName|Contains:"),
    ("eventName:", "eventName|regex:"),
    ("eventName:", "eventName|not:"),
    ("eventName:", "eventName|in:"),
    ("eventName:", "eventName | contains:"),
    ("eventName:", "eventName|:"),
    ("eventName: CreateUser", "eventName|re: 'Create('"),
    ("eventName: CreateUser", "eventName|all: [CreateUser, CreateRole]"),
    ("eventName: CreateUser", "eventName|contains|all: CreateUser"),
    ("userIdentity.userName: svc", "errorCode|exists: no"),
    ("userIdentity.userName: svc", "errorCode|exists: CreateUser"),
    ("userIdentity.userName: svc", "sourceIPAddress|cidr: 10.0.0.0/33"),
    ("userIdentity.userName: svc", "sourceIPAddress|cidr: office"),
    ("userIdentity.userName: svc", "userAgent|gt: 5"),
    // YAML.
    ("        eventName: CreateUser", "        eventName: *User"),
    ("        eventName: CreateUser", "        eventName: @CreateUser"),
    ("        eventName: CreateUser", "        userAgent: aws: cli"),
    ("        eventName: CreateUser", "\teventName: CreateUser"),
    ("        eventName: CreateUser", "        eventName: 'CreateUser"),
    ("        eventName: CreateUser", "        eventName: ‘CreateUser’"),
    ("        eventName: CreateUser", "        eventName:CreateUser"),
    ("        eventName: CreateUser", "        eventName: CreateUser\n        eventName: CreateRole"),
    ("        eventName: CreateUser", "        eventName:\n        - CreateUser\n       - CreateRole"),
    (
        "        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n        userIdentity.userName: svc\n",
        "    eventSource: iam.amazonaws.com\n    eventName: CreateUser\n",
    ),
    (
        "        eventSource: iam.amazonaws.com\n        eventName: CreateUser\n        userIdentity.userName: svc\n",
        "        - eventSource: iam.amazonaws.com\n        - eventName: CreateUser\n",
    ),
    // The condition.
    ("selection and not filter_root", "selection"),
    ("selection and not filter_root", "selection && not filter_root"),
    ("selection and not filter_root", "selection and !filter_root"),
    ("selection and not filter_root", "selektion and not filter_root"),
    ("selection and not filter_root", "selection and not (filter_root"),
    ("selection and not filter_root", "selection and not filter_*_main"),
    ("selection and not filter_root", "selection not filter_root"),
    ("selection and not filter_root", "selection or not filter_root"),
    ("selection and not filter_root", "selection and filter_root"),
    ("selection and not filter_root", "all of them"),
    ("selection and not filter_root", "not selection and not filter_root"),
    ("selection and not filter_root", "selection and not filter_root | count() by userAgent > 5"),
    ("selection and not filter_root", "selection and not selection and not filter_root"),
    ("    condition:", "    timeframe: 5m\n    condition:"),
];

/// Mistakes in rules about other logs: the log, and the selection.
const OTHERS: &[(&str, &str)] = &[
    ("okta/okta", "eventType: user.session.strat"),
    ("okta/system", "eventType: user.session.start"),
    ("azure/auditlogs", "OperationName: Add user"),
    ("azure/auditlogs", "operationName: Add users"),
    ("azure/audit", "operationName: Add user"),
    ("azure/activitylogs", "operationName: MICROSOFT.AUTHORIZATION/ROLEASSIGNMENT/WRITE"),
    ("azure/signinlogs", "ResultType: 50126"),
    ("m365/audit", "Operation: New-InboxRul"),
    ("m365/audit", "Operation: New-InboxRule\n        Parameters.FowardTo: x"),
    ("gcp/gcp.audit", "protoPayload.methodName: google.iam.admin.v1.CreateServiceAccountKeyy"),
    ("gcp/audit", "protoPayload.methodName: google.iam.admin.v1.CreateServiceAccountKey"),
    ("github/audit", "action: repo.creat"),
    ("github/github", "action: repo.create"),
    ("slack/audit", "action: user_creatd"),
    ("entra/audit", "operationName: Add user"),
];

/// Those with another number of findings, and why.
const NOT_ONE: &[(&str, usize, &str)] = &[("eventSourc:", 2, "that no service is named is reported besides")];

/// Every mistake, with a name.
fn mistakes() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (at, (from, to)) in CHANGES.iter().enumerate() {
        assert!(RULE.contains(from), "{from}");
        let name =
            if to.is_empty() { format!("without {}", from.trim()) } else { to.trim().replace('\n', " ⏎ ") };
        all.push((name, at, RULE.replacen(from, to, 1)));
    }
    for (at, (log, selection)) in OTHERS.iter().enumerate() {
        let (product, service) = log.split_once('/').expect("a log");
        let rule = format!(
            "title: TITLE\nid: ID\nstatus: test\ndescription: d\nauthor: a\ndate: 2026-11-23\nlogsource:\n    product: {product}\n    \
             service: {service}\ndetection:\n    selection:\n        {selection}\n    condition: selection\nlevel: low\n"
        );
        all.push((format!("{log}: {}", selection.replace('\n', " ⏎ ")), CHANGES.len() + at, rule));
    }
    let numbered = |(name, at, rule): (String, usize, String)| {
        let id = format!("{at:08}-3c1e-4f29-9f3a-4a9f6b2b1c0d");
        (name, rule.replace("TITLE", &format!("Mistake number {at}")).replace("ID", &id))
    };
    all.into_iter().map(numbered).collect()
}

#[test]
fn each_mistake_is_found_once_and_told_with_what_to_do() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 126, "{}", mistakes.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mistakes-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for (at, (_, rule)) in mistakes.iter().enumerate() {
        fs::write(folder.join(format!("{at:03}.yml")), rule).expect("a file");
    }
    let args = ["check", "--isolated", "--format", "json"];
    let run =
        Command::new(env!("CARGO_BIN_EXE_sigmata")).args(args).current_dir(&folder).output().expect("a run");
    fs::remove_dir_all(&folder).expect("it was made");
    let document: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for finding in document["findings"].as_array().expect("findings") {
        let file = finding["file"].as_str().and_then(|file| file.rsplit('/').next()).expect("a file");
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let help = finding["help"].as_str().map_or_else(String::new, |help| format!(" ({help})"));
        let line = format!("{} {} {}{help}", text("severity"), text("code"), text("message"));
        found.entry(file[..3].parse().expect("a number")).or_default().push(line);
    }
    let mut golden = String::new();
    let mut wrong = Vec::new();
    for (at, (name, _)) in mistakes.iter().enumerate() {
        let lines = found.remove(&at).unwrap_or_default();
        let _ = writeln!(golden, "{name}");
        for line in &lines {
            let _ = writeln!(golden, "    {line}");
        }
        let expected = NOT_ONE.iter().find(|(known, ..)| *known == name).map_or(1, |(_, count, _)| *count);
        if lines.len() != expected {
            wrong.push(format!("{name}: {} findings\n    {}", lines.len(), lines.join("\n    ")));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes.txt");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        fs::write(&path, &golden).expect("the texts");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mistakes.len(), wrong.join("\n"));
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == golden,
        "tests/mistakes.txt is not what SIGMATA_ACCEPT=1 writes"
    );
}
