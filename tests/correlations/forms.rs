//! The forms of each language.

use sigmata::backend::{Backends, Compiled, Direction, Fidelity};

use super::{RULES, compile, compiled};

fn codes(compiled: &Compiled) -> Vec<(&'static str, Direction)> {
    compiled.notes.iter().map(|note| (note.code.name, note.direction)).collect()
}

/// The base of a correlation whose group every record has.
const BY: &str = "group-by: [awsRegion], timespan: 10m";

#[test]
fn a_counted_rule_gives_no_query_unless_a_correlation_says_so() {
    let target = Backends::shipped().find("kql").expect("a target");
    let titles = |generate: &str| -> Vec<String> {
        let correlation =
            format!("type: event_count, rules: [failed], {BY}, condition: {{gte: 3}}{generate}");
        let text = format!("{RULES}---\ntitle: Correlated\ncorrelation: {{{correlation}}}\nlevel: high\n");
        compiled(target, &text).into_iter().map(|(title, _)| title).collect()
    };
    let others = [
        "User created",
        "Policy attached",
        "Key created",
        "By an admin",
        "Role assigned",
        "Signed in",
        "Anything attached",
        "Correlated",
    ];
    assert_eq!(titles(""), others);
    assert_eq!(titles(", generate: true").len(), others.len() + 1);
}

/// Failed logins, many of them, and many of those.
const CHAIN: &str = "\
title: Failed login
name: failed
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: ConsoleLogin, errorCode: AccessDenied}
    condition: s
---
title: Many
name: many
correlation: {type: event_count, rules: [failed], group-by: [awsRegion], timespan: 10m, condition: {gte: 3}GENERATE}
level: low
---
title: Very many
correlation: {type: event_count, rules: [many], group-by: [awsRegion], timespan: 1h, condition: {gte: 3}OUTER}
level: high
";

#[test]
fn a_counted_correlation_gives_no_query_unless_the_one_that_counts_it_says_so() {
    let target = Backends::shipped().find("cwli").expect("a target");
    for (inner, outer, expected) in [
        ("", "", vec!["Very many"]),
        (", generate: true", "", vec!["Failed login", "Very many"]),
        ("", ", generate: true", vec!["Many", "Very many"]),
        (", generate: true", ", generate: true", vec!["Failed login", "Many", "Very many"]),
    ] {
        let text = CHAIN.replace("GENERATE", inner).replace("OUTER", outer);
        let titles: Vec<String> = compiled(target, &text).into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, expected, "{inner} {outer}");
    }
}

#[test]
fn a_correlation_is_counted_as_a_rule_is() {
    let text = |outer: &str| {
        CHAIN.replace("GENERATE", "").replace("OUTER", "").replace("type: event_count, rules: [many]", outer)
    };
    let made = |target: &str, text: &str| {
        let target = Backends::shipped().find(target).expect("a target");
        compiled(target, text).pop().expect("the outer correlation").1
    };
    let alone = text("type: event_count, rules: [many]");
    let kql = made("kql", &alone);
    let expected = "\
// Very many
// level high, rules.yml
// AWSCloudTrail by Amazon Web Services or Amazon Web Services S3; otherwise set logs.\"aws/cloudtrail\".kql
AWSCloudTrail
| where EventName == \"ConsoleLogin\"
    and ErrorCode =~ \"AccessDenied\"
    and isnotempty(AWSRegion)
| project TimeGenerated, awsRegion = AWSRegion
| sort by awsRegion asc, TimeGenerated asc
| extend FirstTime = prev(TimeGenerated, 2), _awsRegion = prev(awsRegion, 2)
| where _awsRegion == awsRegion
    and FirstTime >= (TimeGenerated - 10m)
| project-away _awsRegion
| distinct TimeGenerated, awsRegion
| project TimeGenerated, awsRegion
| sort by awsRegion asc, TimeGenerated asc
| extend FirstTime = prev(TimeGenerated, 2), _awsRegion = prev(awsRegion, 2)
| where _awsRegion == awsRegion
    and FirstTime >= (TimeGenerated - 1h)
| project-away _awsRegion";
    assert_eq!(kql.query.as_deref(), Some(expected));
    assert_eq!(kql.schedule.expect("a schedule").window, 4_200, "both windows");
    let beside = text("type: temporal, rules: [failed, many]")
        .replace(", condition: {gte: 3}}\nlevel: high", "}\nlevel: high");
    for (target, text, fidelity) in [
        ("kql", &alone, Fidelity::Exact),
        ("spl", &alone, Fidelity::Exact),
        ("cwli", &alone, Fidelity::Refused),
        ("kql", &beside, Fidelity::Exact),
        ("spl", &beside, Fidelity::Approximate),
        ("cwli", &beside, Fidelity::Refused),
    ] {
        let found = made(target, text);
        assert_eq!(found.fidelity, fidelity, "{target} {text} {found:#?}");
    }
    let spl = made("spl", &beside);
    assert_eq!(codes(&spl), [("other-windows", Direction::Narrower)]);
}

#[test]
fn a_query_of_a_correlation_says_how_it_is_run() {
    let schedule = |target: &str, timespan: &str| {
        let text = "type: event_count, rules: [failed], group-by: [awsRegion], condition: {gte: 3}";
        compile(target, &format!("{text}, timespan: {timespan}")).schedule.expect("a schedule")
    };
    // CloudTrail's own page says five minutes.
    for (target, timespan, time, window, frequency) in [
        ("kql", "10m", "TimeGenerated", 600, 600),
        ("kql:xdr", "10m", "Timestamp", 600, 600),
        ("spl", "1m", "_time", 60, 300),
        ("cwli", "7d", "sigma_last", 604_800, 3_600),
    ] {
        let found = schedule(target, timespan);
        let facts = (found.time, found.window, found.delay, found.frequency, found.look_back);
        assert_eq!(facts, (time, window, 300, frequency, window + frequency + 300), "{target}");
        assert_eq!(found.told_since(), frequency + 300);
        assert_eq!(found.every(60).look_back, window + 360);
    }
    let alone = compiled(Backends::shipped().find("kql").expect("a target"), RULES);
    assert!(alone.iter().all(|(_, compiled)| compiled.schedule.is_none()));
}

#[test]
fn kql_and_spl_state_every_type() {
    for correlation in [
        "type: event_count, rules: [failed], condition: {gte: 3}",
        "type: event_count, rules: [failed, created], condition: {gt: 1, lte: 4}",
        "type: event_count, rules: [failed], condition: {neq: 2}",
        "type: value_count, rules: [failed], condition: {gte: 3, field: sourceIPAddress}",
        "type: value_count, rules: [failed], condition: {lt: 3, field: sourceIPAddress}",
        "type: value_count, rules: [failed], condition: {gte: 2, field: [sourceIPAddress, recipientAccountId]}",
        "type: temporal, rules: [created, attached, keyed]",
        "type: temporal, rules: [created, attached], condition: created and not attached",
        "type: temporal_ordered, rules: [created, attached]",
        "type: temporal_ordered, rules: [created, attached, keyed]",
        "type: temporal_ordered, rules: [created, created]",
    ] {
        for target in ["kql", "kql:xdr", "spl"] {
            let compiled = compile(target, &format!("{correlation}, {BY}"));
            // CloudTrail has no table of Defender's own; Sentinel's can be asked from there.
            let found = (compiled.fidelity, codes(&compiled));
            assert_eq!(found, (Fidelity::Exact, vec![]), "{target} {correlation}\n{compiled:#?}");
        }
    }
}

#[test]
fn kql_counts_with_the_row_that_many_before() {
    let compiled =
        compile("kql", &format!("type: event_count, rules: [failed], {BY}, condition: {{gte: 3}}"));
    let expected = "\
// Correlated
// level high, rules.yml
// AWSCloudTrail by Amazon Web Services or Amazon Web Services S3; otherwise set logs.\"aws/cloudtrail\".kql
AWSCloudTrail
| where EventName == \"ConsoleLogin\"
    and ErrorCode =~ \"AccessDenied\"
    and isnotempty(AWSRegion)
| project TimeGenerated, awsRegion = AWSRegion
| sort by awsRegion asc, TimeGenerated asc
| extend FirstTime = prev(TimeGenerated, 2), _awsRegion = prev(awsRegion, 2)
| where _awsRegion == awsRegion
    and FirstTime >= (TimeGenerated - 10m)
| project-away _awsRegion";
    assert_eq!(compiled.query.as_deref(), Some(expected));
}

#[test]
fn kql_joins_each_match_with_its_window() {
    let compiled = compile(
        "kql",
        "type: temporal, rules: [created, assigned], timespan: 1h, group-by: [who], \
            aliases: {who: {created: userIdentity.userName, assigned: 'properties.targetResources[type=User].id|removeprefix:x.'}}",
    );
    let expected = "\
// Correlated
// level high, rules.yml
// AWSCloudTrail by Amazon Web Services or Amazon Web Services S3; otherwise set logs.\"aws/cloudtrail\".kql
// AuditLogs by Microsoft Entra ID (diagnostic settings); otherwise set logs.\"azure/auditlogs\".kql
let Matches =
    union
        (
            AWSCloudTrail
            | where EventName == \"CreateUser\"
                and isnotempty(UserIdentityUserName)
            | project TimeGenerated, Rule = \"created\", who = UserIdentityUserName
        ),
        (
            AuditLogs
            | where OperationName == \"Add member to role\"
            | project TimeGenerated, Rule = \"assigned\", _who_list = TargetResources
            | mv-apply _e0 = iff(array_length(_who_list) > 0, _who_list, pack_array(_who_list)) on (
                where tostring(_e0.type) == \"User\" and isnotnull(_e0.id)
                | summarize who = make_set(replace_regex(tostring(_e0.id), \"^x\\\\.\", \"\"))
            )
            | mv-expand who = who to typeof(string)
            | where isnotempty(who)
            | project-away _who_list
        );
Matches
| distinct TimeGenerated, who
| extend _bin = bin(TimeGenerated, 1h)
| join kind=inner (
    Matches
    | mv-expand _bin = pack_array(bin(TimeGenerated, 1h), bin(TimeGenerated, 1h) + 1h) to typeof(datetime)
    | project _at = TimeGenerated, _bin, who, Rule
) on _bin, who
| where _at >= (TimeGenerated - 1h)
    and _at <= TimeGenerated
| summarize created = countif(Rule == \"created\"), assigned = countif(Rule == \"assigned\") by TimeGenerated, who
| where created > 0
    and assigned > 0";
    assert_eq!(compiled.query.as_deref(), Some(expected), "{compiled:#?}");
}

#[test]
fn one_event_in_two_places_is_noted() {
    let logs = "group-by: [who], aliases: {who: {created: userIdentity.userName, assigned: correlationId}}";
    for (rules, by, noted) in [
        ("created, attached", "group-by: [awsRegion]", false),
        ("created, admin", "group-by: [awsRegion]", true),
        ("created, attached, created", "group-by: [awsRegion]", true),
        // One asks for a value and the other for none; a value and a pattern that does not fit it.
        ("failed, entered", "group-by: [awsRegion]", false),
        ("created, anything", "group-by: [awsRegion]", false),
        ("attached, anything", "group-by: [awsRegion]", true),
        ("created, assigned", logs, false),
    ] {
        let compiled =
            compile("kql", &format!("type: temporal_ordered, rules: [{rules}], {by}, timespan: 1h"));
        assert!(compiled.query.is_some(), "{rules}");
        let found = codes(&compiled).contains(&("two-places", Direction::Wider));
        assert_eq!(found, noted, "{rules} {compiled:#?}");
    }
}

#[test]
fn what_a_rule_loses_can_add_matches_where_few_are_wanted() {
    // A missing name and an empty one are the same in the table.
    let by = "group-by: [userIdentity.userName], timespan: 10m";
    for (condition, direction) in [("{gte: 3}", Direction::Narrower), ("{lt: 3}", Direction::Either)] {
        let compiled =
            compile("kql", &format!("type: event_count, rules: [failed], {by}, condition: {condition}"));
        assert_eq!(codes(&compiled), [("missing-or-empty", direction)], "{condition}");
    }
}

/// The add-on puts the record below `data`, so that the group and the field have different names.
#[test]
fn spl_shows_a_group_once() {
    let target = Backends::shipped().find("spl").expect("a target");
    let text = "title: t\nname: token\nlogsource: {product: gcp, service: gcp.audit}\ndetection:\n    \
                s: {protoPayload.methodName: GenerateAccessToken}\n    condition: s\n\
                fields: [protoPayload.authenticationInfo.principalEmail, protoPayload.resourceName]\n---\n\
                title: Correlated\nlevel: high\ncorrelation: {type: event_count, rules: [token], \
                group-by: [protoPayload.authenticationInfo.principalEmail], timespan: 10m, condition: {gte: 3}}\n";
    let (_, compiled) = compiled(target, text).pop().expect("a correlation");
    let query = compiled.query.expect("a query");
    assert!(query.contains("AS protoPayload.authenticationInfo.principalEmail"), "{query}");
    assert!(query.contains("AS data.protoPayload.resourceName"), "{query}");
    assert!(!query.contains("AS data.protoPayload.authenticationInfo.principalEmail"), "{query}");
}

#[test]
fn spl_runs_its_searches_together() {
    let compiled = compile("spl", &format!("type: temporal_ordered, rules: [created, attached], {BY}"));
    let expected = "\
``` Correlated ```
``` level high, rules.yml ```
``` aws:cloudtrail by Splunk Add-on for AWS; otherwise set logs.\"aws/cloudtrail\".spl ```
| multisearch
    [ search sourcetype=\"aws:cloudtrail\" eventName=\"CreateUser\"
    | where isnotnull(json_extract(_raw, \"awsRegion\"))
    | eval sf_k0='awsRegion',
        sf_r0=0 ]
    [ search sourcetype=\"aws:cloudtrail\" eventName=\"AttachUserPolicy\"
    | where isnotnull(json_extract(_raw, \"awsRegion\"))
    | eval sf_k0='awsRegion',
        sf_r0=1 ]
| eval sf_a0=if(sf_r0=0, _time, 0),
    sf_a1=if(sf_r0=1, _time, 0)
| stats max(sf_a0) AS sf_a0 max(sf_a1) AS sf_a1 BY sf_k0 _time
| sort 0 _time
| streamstats max(sf_a0) AS sf_l0 BY sf_k0
| eval sf_b1=if(sf_a1>0, sf_l0, 0)
| streamstats max(sf_b1) AS sf_l1 BY sf_k0
| where (_time - sf_l1)<=600
| rename sf_k0 AS awsRegion
| table _time awsRegion";
    assert_eq!(compiled.query.as_deref(), Some(expected));
}

#[test]
fn spl_estimates_ranks() {
    for measure in ["value_median", "value_percentile"] {
        let percentile = if measure == "value_median" { "" } else { ", percentile: 90" };
        let condition = format!("condition: {{gt: 3, field: userIdentity.accountId{percentile}}}");
        let compiled = compile("spl", &format!("type: {measure}, rules: [failed], {BY}, {condition}"));
        assert!(codes(&compiled).contains(&("other-windows", Direction::Either)), "{compiled:#?}");
    }
}

#[test]
fn cwli_counts_in_sessions() {
    let correlation = format!("type: event_count, rules: [created], {BY}, condition: {{gte: 3}}");
    let compiled = compile("cwli", &correlation);
    let expected = [("other-windows", Direction::Wider), ("null-or-missing", Direction::Wider)];
    assert_eq!(codes(&compiled), expected, "{compiled:#?}");
    let query = compiled.query.expect("a query");
    let tail: Vec<&str> = query.lines().skip_while(|line| !line.contains("sigma_group")).collect();
    let expected = [
        "| fields sigma_event.awsRegion as sigma_group",
        "| sessionize sigma_group maxspan 11m as sigma_session",
        "| stats count(*) as sigma_count, min(@timestamp) as sigma_first, max(@timestamp) as sigma_last by sigma_group, sigma_session",
        "| filter sigma_count >= 3",
        "| limit 10000",
    ];
    assert_eq!(tail, expected, "{query}");
}

#[test]
fn cwli_marks_which_rules_an_event_matches() {
    let compiled = compile("cwli", &format!("type: temporal_ordered, rules: [created, attached], {BY}"));
    let query = compiled.query.expect("a query");
    let tail: Vec<&str> = query.lines().skip_while(|line| !line.contains("sigma_rule")).collect();
    let expected = [
        "| fields if((sigma_event.eventName = \"CreateUser\" and ispresent(sigma_event.awsRegion)), 1, 0) as sigma_rule, if((sigma_event.eventName = \"AttachUserPolicy\" and ispresent(sigma_event.awsRegion)), 1, 0) as sigma_rule2",
        "| filter (sigma_rule = 1 or sigma_rule2 = 1)",
        "| fields sigma_event.awsRegion as sigma_group, if(sigma_rule = 1, toMillis(@timestamp), 9999999999999) as sigma_from, if(sigma_rule2 = 1, toMillis(@timestamp), 0) as sigma_to2",
        "| sessionize sigma_group maxspan 11m as sigma_session",
        "| stats sum(sigma_rule) as sigma_matches, sum(sigma_rule2) as sigma_matches2, min(sigma_from) as sigma_earliest, max(sigma_to2) as sigma_latest2, min(@timestamp) as sigma_first, max(@timestamp) as sigma_last by sigma_group, sigma_session",
        "| filter (sigma_matches >= 1 and sigma_matches2 >= 1 and sigma_earliest <= sigma_latest2)",
        "| limit 10000",
    ];
    assert_eq!(tail, expected, "{query}");
}

/// Groups in an array are rows for its elements, and statements about elements are tested one by one.
#[test]
fn cwli_groups_by_what_lies_in_an_array() {
    let by = "group-by: [resources.ARN], timespan: 10m";
    let compiled = compile("cwli", &format!("type: temporal, rules: [created, attached], {by}"));
    let query = compiled.query.expect("a query");
    let tail: Vec<&str> = query.lines().skip_while(|line| !line.contains("| filter")).collect();
    let expected = [
        "| filter (sigma_rule = 1 or sigma_rule2 = 1)",
        "# sigma_element: a row for each element of sigma_event.resources",
        "| unnest sigma_event.resources into sigma_element",
        "| filter (",
        "    (sigma_rule = 1 and ispresent(sigma_element.ARN))",
        "    or (sigma_rule2 = 1 and ispresent(sigma_element.ARN))",
        ")",
        "| fields sigma_element.ARN as sigma_group",
        "| sessionize sigma_group maxspan 11m as sigma_session",
    ];
    assert_eq!(&tail[..expected.len()], expected, "{query}");
    assert!(compiled.notes.iter().all(|note| note.direction == Direction::Wider), "{:?}", compiled.notes);
}

#[test]
fn cwli_says_what_sessions_cannot() {
    for (correlation, direction) in [
        ("type: event_count, rules: [created], condition: {lt: 3}", Some(Direction::Either)),
        (
            "type: value_count, rules: [created], condition: {gte: 3, field: sourceIPAddress}",
            Some(Direction::Either),
        ),
        (
            "type: value_avg, rules: [created], condition: {gte: 3, field: userIdentity.accountId}",
            Some(Direction::Either),
        ),
        ("type: temporal_ordered, rules: [created, created]", Some(Direction::Wider)),
        ("type: temporal, rules: [created, attached]", Some(Direction::Wider)),
        (
            "type: temporal, rules: [created, attached], condition: created and not attached",
            Some(Direction::Either),
        ),
        ("type: temporal_ordered, rules: [created, attached]", Some(Direction::Wider)),
        ("type: temporal, rules: [created, assigned], aliases: {awsRegion: {assigned: correlationId}}", None),
    ] {
        let compiled = compile("cwli", &format!("{correlation}, {BY}"));
        let found = codes(&compiled).into_iter().map(|(_, direction)| direction);
        match direction {
            Some(direction) => {
                assert!(found.clone().any(|found| found == direction), "{correlation} {compiled:#?}");
            }
            None => assert_eq!(
                compiled.diagnostics.first().map(|found| found.code.name),
                Some("correlation-not-expressible")
            ),
        }
    }
}

#[test]
fn only_what_can_be_the_empty_text_is_told_of_in_kql() {
    let target = Backends::shipped().find("kql").expect("a target");
    for (field, told) in [("correlationId", true), ("durationMs", false)] {
        let text = format!(
            "title: Signed in\nname: signed_in\nlogsource: {{product: azure, service: signinlogs}}\n\
             detection: {{s: {{category: SignInLogs}}, condition: s}}\n---\n\
             title: Many\ncorrelation: {{type: value_count, rules: [signed_in], group-by: [callerIpAddress], \
             timespan: 5m, condition: {{gte: 3, field: {field}}}}}\n"
        );
        let (_, compiled) = compiled(target, &text).pop().expect("the correlation");
        let of_it = |note: &sigmata::backend::Note| note.code.id == "S0804" && note.message.contains(field);
        let found = compiled.notes.iter().any(of_it);
        assert_eq!(found, told, "{field}: {compiled:#?}");
    }
}

#[test]
fn what_is_first_seen_looks_at_the_match_before() {
    let by = "by: [awsRegion], within: 7d";
    let kql = compile("kql", by);
    assert_eq!(kql.fidelity, Fidelity::Exact, "{:?}", kql.notes);
    let text = kql.query.expect("a query");
    assert!(
        text.ends_with(
            "| distinct TimeGenerated, awsRegion\n| sort by awsRegion asc, TimeGenerated asc\n\
             | extend FirstTime = prev(TimeGenerated, 1), _awsRegion = prev(awsRegion, 1)\n\
             | where not(_awsRegion == awsRegion and FirstTime >= (TimeGenerated - 7d))\n\
             | project-away FirstTime, _awsRegion"
        ),
        "{text}"
    );
    let spl = compile("spl", by);
    assert_eq!(spl.fidelity, Fidelity::Exact, "{:?}", spl.notes);
    let text = spl.query.expect("a query");
    assert!(text.contains("| where if(sf_i0=1, 1, if((_time - sf_t0)>604800, 1, 0))=1"), "{text}");
    let cwli = compile("cwli", by);
    assert!(codes(&cwli).contains(&("other-windows", Direction::Either)), "{:?}", cwli.notes);
    assert_eq!(cwli.schedule.expect("a schedule").time, "sigma_first");
    let text = cwli.query.expect("a query");
    assert!(
        text.contains("stats min(@timestamp) as sigma_first, count(*) as sigma_count by sigma_group"),
        "{text}"
    );
    // Every language looks back over the window.
    assert_eq!(spl.schedule.map(|schedule| schedule.window), Some(604_800));
}
