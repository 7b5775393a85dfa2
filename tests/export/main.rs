//! `sigmata export`: builds, what goes into them, and where.

mod alerts;
mod builds;
mod environments;
#[path = "../support/json_schema.rs"]
mod json_schema;
mod lists;
mod platforms;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tree.rs"]
mod tree;

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
