//! A rule without a finding, for tests that need any.

pub const RULE: &str = "\
title: IAM user created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: experimental
description: A new IAM user.
author: sigmata
date: 2026-11-23
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
level: low
";
