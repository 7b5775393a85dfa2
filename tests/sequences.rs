//! Correlations over streams of events, as `sigmata eval` evaluates them.

mod support;

use std::fmt::Write as _;

use serde_json::{Value, json};
use support::{Run, folder};

/// Three rules about users of AWS.
const RULES: &str = "\
title: IAM user created
name: user_created
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    condition: selection
---
title: Administrator policy attached to a user
name: user_policy_attached
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: AttachUserPolicy
        requestParameters.policyArn: arn:aws:iam::aws:policy/AdministratorAccess
    condition: selection
---
title: Access key created
name: key_created
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}
    condition: selection
---
title: Role created
name: role_created
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateRole}
    condition: selection
---
title: Policy attached to a role
name: role_policy_attached
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: AttachRolePolicy}
    condition: selection
";

/// A correlation with this body.
fn correlation(title: &str, body: &str) -> String {
    format!("---\ntitle: {title}\nname: {}\ncorrelation: {{{body}}}\n", title.to_lowercase())
}

/// An event of CloudTrail.
fn event(time: &str, name: &str, user: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": name,
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{user}")},
        "requestParameters": {"userName": format!("new-{user}")},
    })
}

/// What fires, one line each: the title, the time, the group and the places of the events.
fn fired(rules: &str, files: &[(&str, &[Value])], flags: &[&str]) -> String {
    let lines =
        |events: &[Value]| events.iter().fold(String::new(), |all, event| all + &event.to_string() + "\n");
    let texts: Vec<(&str, String)> = files.iter().map(|(name, events)| (*name, lines(events))).collect();
    let mut all = vec![("rules.yml", rules)];
    all.extend(texts.iter().map(|(name, text)| (*name, text.as_str())));
    let folder = folder(&all);
    let path = folder.path("rules.yml");
    let mut args = vec!["eval", path.to_str().expect("UTF-8"), "--format", "json"];
    args.extend(flags);
    args.push("--events");
    args.extend(files.iter().map(|(name, _)| *name));
    let run = Run::new(&folder, &args);
    assert_eq!(run.code, 0, "{}", run.err);
    let found: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let matches = found["matches"].as_array().expect("a list");
    let mut told = matches.iter().fold(String::new(), |mut told, found| {
        let events = found["events"].as_array().expect("a list").iter();
        let events: Vec<String> = events
            .map(|event| format!("{}{}", event["file"].as_str().unwrap_or_default(), event["index"]))
            .collect();
        let group: Vec<&str> = found["group"]
            .as_object()
            .map(|group| group.values().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let time = found["time"].as_str().unwrap_or("-");
        let title = found["rule"]["title"].as_str().unwrap_or_default();
        let _ = writeln!(told, "{title} {time} [{}] {}", group.join(" "), events.join(" "));
        told
    });
    told.push_str(&run.err);
    told
}

const START: &str = "2026-01-01T00:00:";

fn at(second: u32) -> String {
    format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60)
}

#[test]
fn recorded_chains_fire_and_those_outside_the_window_do_not() {
    let lines = include_str!("sequences/stratus_red_team.jsonl").lines();
    let recorded: Vec<Value> =
        lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON")["event"].clone()).collect();
    let later = |name: &str, time: &str| -> Vec<Value> {
        let mut events = recorded.clone();
        for event in &mut events {
            if event["eventName"] == name {
                event["eventTime"] = time.into();
            }
        }
        events
    };
    let body = |rules: &str, by: &str| {
        format!(
            "type: temporal_ordered, rules: [{rules}], group-by: [{by}, recipientAccountId], timespan: 1m"
        )
    };
    let rules = [
        RULES,
        &correlation(
            "User",
            &body("user_created, user_policy_attached, key_created", "requestParameters.userName"),
        ),
        &correlation("Role", &body("role_created, role_policy_attached", "requestParameters.roleName")),
    ]
    .concat();
    let user = "User 2024-08-01T13:33:28Z [malicious-iam-user 229654561268] a2 a0 a1\n";
    let role = "Role 2024-08-01T13:37:41Z [stratus-red-team-malicious-iam-role 609418236337] a4 a3\n";
    for (events, expected) in [
        (recorded.clone(), format!("{user}{role}")),
        (
            later("CreateAccessKey", "2024-08-01T13:34:28Z"),
            format!("{}{role}", user.replace("33:28", "34:28")),
        ),
        (later("CreateAccessKey", "2024-08-01T13:34:29Z"), role.to_owned()),
        (later("CreateUser", "2024-08-01T13:33:29Z"), role.to_owned()),
        (later("AttachRolePolicy", "2024-08-01T13:38:42Z"), user.to_owned()),
        (later("AttachRolePolicy", "2024-08-01T13:37:40Z"), user.to_owned()),
    ] {
        assert_eq!(fired(&rules, &[("a", &events)], &[]), expected);
    }
}

#[test]
fn each_type_fires_where_its_definition_says() {
    let new = |second: u32, name: &str, user: &str| event(&at(second), name, user);
    let many: Vec<Value> = [
        (0, "CreateUser", "a"),
        (30, "CreateAccessKey", "a"),
        (30, "CreateUser", "b"),
        (61, "CreateUser", "a"),
    ]
    .iter()
    .map(|(second, name, user)| new(*second, name, user))
    .collect();
    let arn = |user: &str| format!("arn:aws:iam::111122223333:user/{user}");
    let by = "group-by: [userIdentity.arn], timespan: 1m";
    for (body, expected) in [
        (
            format!("type: event_count, rules: [user_created, key_created], {by}, condition: {{gte: 2}}"),
            format!("C {START}30Z [{}] a0 a1\nC {} [{}] a1 a3\n", arn("a"), at(61), arn("a")),
        ),
        (
            "type: event_count, rules: [user_created], timespan: 1m, condition: {gt: 1, lt: 3}".to_owned(),
            format!("C {START}30Z [] a0 a2\nC {} [] a2 a3\n", at(61)),
        ),
        (
            "type: value_count, rules: [user_created], group-by: [recipientAccountId], timespan: 30s, condition: {field: requestParameters.userName, gte: 2}".to_owned(),
            format!("C {START}30Z [111122223333] a0 a2\n"),
        ),
        (
            format!("type: temporal, rules: [user_created, key_created], {by}, condition: key_created and not user_created"),
            String::new(),
        ),
        (
            format!("type: temporal, rules: [user_created, key_created], {by}"),
            format!("C {START}30Z [{}] a0 a1\nC {} [{}] a1 a3\n", arn("a"), at(61), arn("a")),
        ),
        (
            format!("type: temporal_ordered, rules: [user_created, user_created], {by}"),
            String::new(),
        ),
        (
            "type: temporal_ordered, rules: [user_created, key_created], group-by: [who], timespan: 1m, aliases: {who: {user_created: 'requestParameters.userName|removeprefix:new-', key_created: 'userIdentity.arn|removeprefix:arn:aws:iam::111122223333:user/'}}".to_owned(),
            format!("C {START}30Z [a] a0 a1\n"),
        ),
    ] {
        let rules = [RULES, &correlation("C", &body)].concat();
        let found = fired(&rules, &[("a", &many)], &[]);
        let own: Vec<&str> = found.split_inclusive('\n').filter(|line| line.starts_with("C ")).collect();
        assert_eq!(own.concat(), expected, "{body}");
    }
}

#[test]
fn a_correlation_counts_the_matches_of_another() {
    let inner = correlation(
        "Inner",
        "type: event_count, rules: [user_created], group-by: [userIdentity.arn, recipientAccountId], timespan: 10s, condition: {gte: 2}",
    );
    let outer = correlation(
        "Outer",
        "type: value_count, rules: [inner], group-by: [recipientAccountId], timespan: 1m, condition: {field: userIdentity.arn, gte: 2}",
    );
    let events: Vec<Value> = [(0, "a"), (5, "a"), (20, "b"), (25, "b"), (50, "c")]
        .iter()
        .map(|(second, user)| event(&at(*second), "CreateUser", user))
        .collect();
    let expected = format!("Outer {START}25Z [111122223333] a0 a1 a2 a3\n");
    let found = fired(&format!("{RULES}{inner}{outer}"), &[("a", &events)], &[]);
    assert_eq!(found, expected, "a correlation that is counted is silent");
    let outer = outer.replace("}\n", ", generate: true}\n");
    let found = fired(&format!("{RULES}{inner}{outer}"), &[("a", &events)], &[]);
    assert!(found.ends_with(&expected) && found.lines().count() == 3, "{found}");
}

#[test]
fn what_fires_for_a_group_at_one_time_is_one_match_for_the_correlation_that_counts_it() {
    let by = "group-by: [recipientAccountId], condition: {gte: 2}";
    let inner =
        correlation("Inner", &format!("type: event_count, rules: [user_created], timespan: 10s, {by}"));
    let outer = correlation("Outer", &format!("type: event_count, rules: [inner], timespan: 1m, {by}"));
    let events = |seconds: &[u32]| -> Vec<Value> {
        seconds.iter().map(|second| event(&at(*second), "CreateUser", "a")).collect()
    };
    let rules = [RULES, &inner, &outer].concat();
    // Three matches in one second are one firing; one more a second later is another.
    assert_eq!(fired(&rules, &[("a", &events(&[0, 0, 0]))], &[]), "");
    let expected = format!("Outer {START}01Z [111122223333] a0 a1 a2 a3\n");
    assert_eq!(fired(&rules, &[("a", &events(&[0, 0, 0, 1]))], &[]), expected);
}

#[test]
fn rules_that_only_feed_correlations_are_silent() {
    let body = "type: event_count, rules: [user_created], timespan: 1m, condition: {gte: 2}";
    let events = [event(&at(0), "CreateUser", "a"), event(&at(1), "CreateAccessKey", "a")];
    for (body, expected) in [
        (body.to_owned(), format!("Access key created {START}01Z [] a1\n")),
        (
            format!("{body}, generate: true"),
            format!("IAM user created {START}00Z [] a0\nAccess key created {START}01Z [] a1\n"),
        ),
    ] {
        let rules = [RULES, &correlation("C", &body)].concat();
        assert_eq!(fired(&rules, &[("a", &events)], &[]), expected);
    }
}

#[test]
fn streams_are_put_in_order_and_what_is_lost_is_told() {
    let body = "type: temporal_ordered, rules: [user_created, key_created], group-by: [userIdentity.arn], timespan: 1m";
    let rules = [RULES, &correlation("C", body)].concat();
    let (user, key) = (event(&at(0), "CreateUser", "a"), event(&at(30), "CreateAccessKey", "a"));
    let far = event(&at(600), "CreateUser", "z");
    let expected = format!("C {START}30Z [arn:aws:iam::111122223333:user/a] ");
    let late = "warning: 1 event: later than younger ones that had been judged, which no correlation counted (see `--lateness`)\n";
    let untimed = "warning: 1 event: without a time that could be read, which no correlation counted\n";
    let both = [key.clone(), user.clone()];
    for (files, flags, expected) in [
        (vec![("a", &both[..])], &[][..], format!("{expected}a1 a0\n")),
        (vec![("a", &both[..1]), ("b", &both[1..])], &[], format!("{expected}b0 a0\n")),
        (vec![("a", &both[..])], &["--lateness", "30s"], format!("{expected}a1 a0\n")),
        (vec![("a", &[key.clone(), far.clone(), user.clone()][..])], &["--lateness", "1m"], late.to_owned()),
        (vec![("a", &[user.clone(), event("soon", "CreateAccessKey", "a")][..])], &[], untimed.to_owned()),
    ] {
        assert_eq!(fired(&rules, &files, flags), expected);
    }
}

#[test]
fn bounds_of_time_are_about_what_is_reported_and_not_about_what_is_counted() {
    let first = "---\ntitle: New\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {eventSource: \
                 iam.amazonaws.com, eventName: CreateUser}\n    condition: s\nfirst_seen: {by: [userIdentity.arn], within: \
                 1h}\n";
    let many = "type: event_count, rules: [user_created], group-by: [userIdentity.arn], timespan: 5m, condition: {gte: 3}";
    let rules = [RULES, &correlation("Many", many), first].concat();
    let events = [
        event("2026-01-01T00:00:00Z", "CreateUser", "b"),
        event("2026-01-01T01:59:50Z", "CreateUser", "a"),
        event("2026-01-01T01:59:55Z", "CreateUser", "a"),
        event("2026-01-01T02:00:05Z", "CreateUser", "a"),
        event("2026-01-01T02:00:06Z", "CreateUser", "b"),
    ];
    let arn = |user: &str| format!("arn:aws:iam::111122223333:user/{user}");
    let seen = |time: &str, user: &str, at: u32| format!("New {time} [{}] a{at}\n", arn(user));
    let old = seen("2026-01-01T00:00:00Z", "b", 0) + &seen("2026-01-01T01:59:50Z", "a", 1);
    let count = format!("Many 2026-01-01T02:00:05Z [{}] a1 a2 a3\n", arn("a"));
    let new = seen("2026-01-01T02:00:06Z", "b", 4);
    let left = |count: u32| {
        let matches = if count == 1 { "match" } else { "matches" };
        format!("{count} {matches} left out by `--since` and `--until`\n")
    };
    for (flags, expected) in [
        (&[][..], format!("{old}{count}{new}")),
        (&["--since", "2026-01-01T02:00:00Z"], format!("{count}{new}{}", left(2))),
        (&["--since", "2026-01-01T02:00:05Z"], format!("{count}{new}{}", left(2))),
        (&["--until", "2026-01-01T02:00:06Z"], format!("{old}{count}{}", left(1))),
        (
            &["--since", "2026-01-01T02:00:05Z", "--until", "2026-01-01T02:00:06Z"],
            format!("{count}{}", left(3)),
        ),
        (&["--since", "2026-01-02"], left(4)),
    ] {
        assert_eq!(fired(&rules, &[("a", &events)], flags), expected, "{flags:?}");
    }
    // What is new was held against a match that is older than it had to be, although that is not reported.
    let lines = events.iter().fold(String::new(), |all, event| all + &event.to_string() + "\n");
    let folder = folder(&[("rules.yml", &rules), ("e.jsonl", &lines)]);
    for (since, partial) in [("2026-01-01", 1), ("2026-01-01T02:00:00Z", 0)] {
        let args = ["eval", "rules.yml", "--events", "e.jsonl", "--since", since];
        let run = Run::new(&folder, &args);
        assert_eq!(run.out.matches("history: partial").count(), partial, "{since} {}", run.out);
        let explained = Run::new(&folder, &[&args[..], &["--explain"]].concat());
        assert!(
            explained.out.contains("Many  rules.yml: fires once; `user_created` matches 5"),
            "{}",
            explained.out
        );
        assert!(explained.out.contains("2026-01-01T02:00:05Z  Many"), "{}", explained.out);
    }
}

#[test]
fn a_chain_that_fires_names_the_event_at_which_it_does() {
    let arn = "arn:aws:iam::111122223333:user/a";
    let run = |rules: &str, events: &[(u32, &str)]| {
        let body =
            format!("type: temporal_ordered, rules: [{rules}], group-by: [userIdentity.arn], timespan: 1m");
        let events: Vec<Value> = events.iter().map(|(second, name)| event(&at(*second), name, "a")).collect();
        let found = fired(&[RULES, &correlation("C", &body)].concat(), &[("a", &events)], &[]);
        let own = found.lines().filter_map(|line| line.strip_prefix("C "));
        own.map(|line| line.replace(&format!("[{arn}] "), "")).collect::<Vec<_>>()
    };
    let (user, key) = ("CreateUser", "CreateAccessKey");
    let of = |second: u32, events: &str| format!("{} {events}", at(second));
    for (rules, events, expected) in [
        (
            "user_created, user_created",
            &[(0, user), (0, user), (2, user)][..],
            vec![of(0, "a0 a1"), of(2, "a0 a2")],
        ),
        // The run ends at the key although another began later; what ends no run is named behind the run before it.
        (
            "user_created, key_created",
            &[(0, user), (1, key), (2, user), (3, user)],
            vec![of(1, "a0 a1"), of(2, "a0 a1 a2"), of(3, "a0 a1 a3")],
        ),
        (
            "user_created, key_created",
            &[(0, user), (1, key), (2, key), (3, user), (4, key)],
            vec![of(1, "a0 a1"), of(2, "a0 a2"), of(3, "a0 a1 a3"), of(4, "a3 a4")],
        ),
        // A run that ended is named no more once its beginning has left the window.
        ("user_created, key_created", &[(0, user), (1, key), (61, key)], vec![of(1, "a0 a1")]),
    ] {
        assert_eq!(run(rules, events), expected, "{rules} {events:?}");
    }
}

#[test]
fn an_explanation_tells_what_became_of_each_correlation() {
    let rules = format!(
        "{RULES}{}{}",
        correlation(
            "Many",
            "type: event_count, rules: [user_created], group-by: [userIdentity.arn], timespan: 5m, condition: {gte: 2}"
        ),
        correlation("Both", "type: temporal, rules: [user_created, key_created], timespan: 5m")
    );
    let without = json!({
        "eventTime": "2026-01-01T00:00:02Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
    });
    let events = [
        event("2026-01-01T00:00:00Z", "CreateUser", "a"),
        event("2026-01-01T00:00:01Z", "CreateUser", "a"),
        without,
    ];
    let lines = events.iter().fold(String::new(), |all, event| all + &event.to_string() + "\n");
    let folder = folder(&[("rules.yml", &rules), ("e.jsonl", &lines)]);
    let run = Run::new(&folder, &["eval", "rules.yml", "--events", "e.jsonl", "--explain"]);
    for told in [
        "Many  rules.yml: fires once; `user_created` matches 3, 1 of them in no group",
        "Both  rules.yml: does not fire; `user_created` matches 3; `key_created` matches 0",
    ] {
        assert!(run.out.contains(told), "{told}\n{}", run.out);
    }
    let run =
        Run::new(&folder, &["eval", "rules.yml", "--events", "e.jsonl", "--explain", "--format", "json"]);
    let value: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(value["correlations"][0]["fired"], 1, "{value:#}");
    assert_eq!(
        value["correlations"][0]["rules"][0],
        json!({"rule": "user_created", "matches": 3, "ungrouped": 1})
    );
}

#[test]
fn an_old_count_becomes_a_correlation_where_that_has_no_error() {
    let rule = |condition: &str| {
        format!(
            "title: Old\nname: old\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n    s: {{eventName: \
             CreateUser}}\n    timeframe: 10m\n    condition: s | {condition}\nlevel: high\n"
        )
    };
    for (condition, fixed, told) in [
        ("count() by recipientAccountId >= 3", true, ""),
        ("count(sourceIPAddress) by awsRegion > 3", true, ""),
        ("sum(sourceIPAddress) > 3", false, "what it adds has an error: `sourceIPAddress` is not a number"),
        ("count() by recipientAcountId > 3", false, "aws/cloudtrail has no field `recipientAcountId`"),
        ("near t", false, ""),
    ] {
        let folder = folder(&[("x.yml", &rule(condition))]);
        let run = Run::new(&folder, &["check", "x.yml", "--fix"]);
        let text = std::fs::read_to_string(folder.path("x.yml")).expect("the file");
        assert_eq!(text.contains("\n---\ntitle: 'Old, counted'\ncorrelation:\n"), fixed, "{text}{}", run.err);
        assert!(run.err.contains(told) && !run.err.contains("please report"), "{condition}: {}", run.err);
        if fixed {
            assert_eq!(Run::new(&folder, &["check", "x.yml"]).code, 0, "{text}");
            assert_eq!(Run::new(&folder, &["compile", "x.yml", "-t", "kql,spl"]).code, 0, "{text}");
        }
    }
}
