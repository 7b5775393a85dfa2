//! What documents say of each other: references, and filters as they apply to rules.

use sigmata::backend::{self, Fidelity, Options};
use sigmata::check::File;
use sigmata::eval::Event;
use sigmata::link::{DocumentKind, GroupValue, Links, Root, Unit};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::{Logs, Order, Suite, TestRunner, products, ready};
use sigmata::yaml::Limits;

/// A rule about the creation of users.
const RULE: &str = "\
title: User created
id: 0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5
name: user_created
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    condition: s
";

/// A filter for `rules`, with a log source and a detection.
fn filter(rules: &str, log: &str, detection: &str) -> String {
    format!(
        "---\ntitle: Known\nlogsource: {{{log}}}\nfilter:\n    rules: {rules}\n    s: {{{detection}}}\n    condition: not s\n"
    )
}

const AWS: &str = "product: aws, service: cloudtrail";
const NAMED: &str = "userIdentity.userName: provisioner";

fn file(name: &str, text: &str) -> File {
    File::check(SourceFile::new(name, text), &Registry::shipped())
}

fn links(files: &[&File], roots: &[Root]) -> (Links, Vec<String>) {
    let units: Vec<Unit<'_>> = files.iter().map(|file| Unit::of(file)).collect();
    let roots: Vec<Unit<'_>> = roots.iter().map(Root::unit).collect();
    let (links, findings) = Links::new(&units, &roots, &Registry::shipped());
    let show = |(at, finding): &(usize, sigmata::diagnostic::Diagnostic)| {
        let source = &files[*at].source;
        let word = source.slice(finding.span);
        format!("{} {} {word} | {}", finding.code.id, finding.severity.name(), finding.message)
    };
    (links, findings.iter().map(show).collect())
}

fn root(text: &str) -> Root {
    let source = SourceFile::new("root.yml", text);
    Root::read(source, Limits::default(), sigmata::schema::KnownLists::default(), &[])
}

#[test]
fn references_are_resolved() {
    let correlation = |rules: &str| {
        format!(
            "---\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [{rules}]\n    group-by: [sourceIPAddress]\n    timespan: 5m\n    condition: {{gte: 5}}\n"
        )
    };
    let other = RULE.replace("0aa0c7a5", "1bb0c7a5");
    let okta = "product: okta, service: okta";
    for (text, expected) in [
        (format!("{RULE}{}", correlation("user_created")), &[][..]),
        (format!("{RULE}{}", correlation("0AA0C7A5-2f2c-4cc5-8b0a-2d7a64a3c1b5")), &[]),
        (
            format!("{RULE}{}", correlation("user_create")),
            &["S0660 error user_create | unknown rule `user_create`"],
        ),
        (
            format!("{RULE}{}", filter("[user_create]", AWS, NAMED)),
            &["S0660 warning user_create | unknown rule `user_create`"],
        ),
        (
            format!("{RULE}---\n{other}{}", correlation("user_created")),
            &["S0661 error user_created | `user_created` names several documents"],
        ),
        (format!("{RULE}{}", filter("[user_created]", AWS, NAMED)), &[]),
        (format!("{RULE}{}", filter("[user_created]", "product: aws", NAMED)), &[]),
        (
            format!("{RULE}{}", filter("[user_created]", AWS, "eventName: CreateUser")),
            &["S0675 error eventName: CreateUser | the filter leaves nothing of `user_created`"],
        ),
        (
            format!("{RULE}{}", filter("any", AWS, "eventName: DeleteUser").replace("not s", "s")),
            &["S0675 error eventName: DeleteUser | the filter leaves nothing of `user_created`"],
        ),
        (
            format!("{RULE}---\n{other}{}", filter("any", AWS, "eventName|startswith: Create")),
            &[
                "S0675 error eventName|startswith: Create | the filter leaves nothing of `user_created`, `user_created`",
            ],
        ),
        // Of two filters that leave nothing together the second is told, by its own places.
        (
            format!(
                "{RULE}{}{}",
                filter("any", AWS, "userIdentity.userName: a"),
                filter("any", AWS, "userIdentity.userName: [a, b]").replace("not s", "s")
            ),
            &[],
        ),
        (
            format!(
                "{RULE}{}{}",
                filter("any", AWS, "userIdentity.userName: a"),
                filter("any", AWS, "userIdentity.userName: a").replace("not s", "s")
            ),
            &["S0675 error userIdentity.userName: a | the filter leaves nothing of `user_created`"],
        ),
        // A rule that says nothing by itself has had its word.
        (
            format!(
                "{}{}",
                RULE.replace("eventName: CreateUser", "eventName: CreateUser, eventName|contains: Delete"),
                filter("any", AWS, "eventName: CreateUser")
            ),
            &[],
        ),
        (format!("{RULE}{}", filter("any", okta, "actor.alternateId: a@example.com")), &[]),
        (
            format!("{RULE}{}", filter("[user_created]", okta, "actor.alternateId: a@example.com")),
            &["S0662 error user_created | `user_created` is a rule about another log than the filter"],
        ),
        (
            format!(
                "{RULE}{}{}",
                correlation("user_created").replace("title: Many", "title: Many\nname: many"),
                filter("[many]", AWS, NAMED)
            ),
            &["S0662 error many | `many` is a correlation, which a filter does not apply to"],
        ),
    ] {
        let file = file("rules.yml", &text);
        assert_eq!(links(&[&file], &[]).1, expected, "{text}");
    }
}

#[test]
fn a_document_is_no_guess_for_its_own_reference() {
    let text = "title: Many\nname: many_users_created\ncorrelation:\n  type: event_count\n  rules: [iam_users_created]\n  timespan: 5m\n  condition: {gte: 2}\n";
    let file = file("many.yml", text);
    let (_, findings) = Links::new(&[Unit::of(&file)], &[], &Registry::shipped());
    let [(_, finding)] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.code.id, "S0660");
    assert!(finding.suggestions.is_empty() && finding.fix.is_none(), "{finding:?}");
    assert!(finding.help.as_deref().is_some_and(|help| help.contains("folder")), "{finding:?}");
}

#[test]
fn a_title_is_no_reference_and_what_is_one_is_told() {
    let named = filter("[User created]", AWS, NAMED);
    let nameless = RULE.replace("name: user_created\n", "");
    let bare = nameless.replace("id: 0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5\n", "");
    let other = RULE.replace("0aa0c7a5", "1bb0c7a5").replace("user_created", "user_created_2");
    for (text, help, fix) in [
        (
            format!("{RULE}{named}"),
            "this is a title: write the `name` of the rule, `user_created`",
            Some("user_created"),
        ),
        (
            format!("{nameless}{named}"),
            "this is a title: write the `id` of the rule, `0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5`",
            Some("0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5"),
        ),
        (format!("{bare}{named}"), "this is a title: give the rule a `name`, and write that", None),
        (
            format!("{RULE}---\n{other}{named}"),
            "this is the title of several documents: write the `name` or the `id` of the one",
            None,
        ),
    ] {
        let file = file("rules.yml", &text);
        let (_, findings) = Links::new(&[Unit::of(&file)], &[], &Registry::shipped());
        let [(_, finding)] = &findings[..] else { panic!("{findings:?}") };
        let new = finding.fix.as_ref().and_then(|fix| fix.edits.first()).map(|edit| edit.text.as_str());
        assert_eq!((finding.code.id, finding.help.as_deref(), new), ("S0660", Some(help), fix), "{text}");
    }
}

#[test]
fn references_reach_other_files_and_roots() {
    let filters = file("filter.yml", filter("[user_created]", AWS, NAMED).trim_start_matches("---\n"));
    let rule = file("rule.yml", RULE);
    assert_eq!(links(&[&filters, &rule], &[]).1, Vec::<String>::new());
    assert_eq!(links(&[&filters], &[root(RULE)]).1, Vec::<String>::new());
    assert_eq!(links(&[&filters], &[]).1.len(), 1);
    // A filter of a root applies to a rule that is compiled alone.
    let (links, _) = links(&[&rule], &[root(&filter("any", AWS, NAMED))]);
    let linked = links.of(&rule);
    let [one] = linked.as_slice() else { panic!("one document") };
    let DocumentKind::Detection(detection) = &one.kind else { panic!("a rule") };
    assert_eq!(detection.filters.len(), 1);
}

/// The meaning of the first rule with its filters, or the message of its refusal.
fn meaning(text: &str) -> String {
    let file = file("rules.yml", text);
    let (links, _) = links(&[&file], &[]);
    let linked = links.of(&file);
    let Some(DocumentKind::Detection(detection)) = linked.first().map(|linked| &linked.kind) else {
        panic!("a rule")
    };
    match detection.filtered(false) {
        Ok(typed) => typed.formula.as_ref().map_or("-".to_owned(), ToString::to_string),
        Err(finding) => format!("{} {}", finding.code.id, finding.message),
    }
}

#[test]
fn filters_are_part_of_the_rules_they_apply_to() {
    let alone = meaning(RULE);
    let filtered = meaning(&format!("{RULE}{}", filter("[user_created]", AWS, NAMED)));
    assert!(
        !alone.contains("provisioner") && filtered.contains("& !userIdentity.userName = \"provisioner\""),
        "{filtered}"
    );
    let id = "[0aa0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5]";
    for (rules, log, detection, applies) in [
        ("any", AWS, NAMED, true),
        ("any", "product: aws", NAMED, true),
        (id, AWS, NAMED, true),
        ("any", "product: okta, service: okta", "actor.alternateId: a@example.com", false),
        ("any", "product: aws, service: cloudtrail, category: x", NAMED, false),
        ("[another_rule]", AWS, NAMED, false),
    ] {
        let found = meaning(&format!("{RULE}{}", filter(rules, log, detection)));
        assert_eq!(found, if applies { filtered.clone() } else { alone.clone() }, "{rules} {log}");
    }
    let wrong = meaning(&format!("{RULE}{}", filter("any", AWS, "userIdentity.userNaem: x")));
    assert_eq!(wrong, "S0663 the filter `Known` of this rule has errors");
    let unreadable = meaning(&format!("{RULE}{}", filter("any", AWS, NAMED).replace("not s", "not t")));
    assert_eq!(unreadable, "S0663 the filter `Known` of this rule has errors");
    let nothing = meaning(&format!("{RULE}{}", filter("any", AWS, "eventName: CreateUser")));
    assert_eq!(nothing, "S0675 the filter `Known` leaves nothing of this rule");
}

#[test]
fn queries_and_matches_are_filtered() {
    let text = format!("{RULE}{}", filter("any", AWS, NAMED));
    let file = file("rules.yml", &text);
    let (links, _) = links(&[&file], &[]);
    let made = products(
        &file,
        &links,
        &Order {
            targets: &backend::defaults(),
            options: &|_, _| Options::default(),
            force: false,
            name: "a.yml",
            formulas: false,
        },
    );
    assert_eq!(made.len(), backend::defaults().len(), "the filter gives no query of its own");
    for product in &made {
        assert_ne!(product.compiled.fidelity, Fidelity::Refused, "{}", product.target.name());
        let query = product.compiled.query.as_deref().unwrap_or_default();
        assert!(query.contains("provisioner"), "{}: {query}", product.target.name());
        // Every place is one of the rule's file, and none that of the filter's.
        let condition = file.source.text().find("condition: s").unwrap_or_default() + 12;
        assert!(product.compiled.notes.iter().all(|note| note.span.end as usize <= condition));
    }
    let event = |user: &str| {
        Event::new(serde_json::json!({
            "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "userName": user},
        }))
    };
    let mut logs = Logs::default();
    let (rules, faults) = ready(&file, &links, &mut logs);
    assert!(faults.is_empty(), "{faults:?}");
    let [rule] = rules.as_slice() else { panic!("one rule") };
    let formats = logs.formats();
    for (user, expected) in [("mallory", true), ("provisioner", false)] {
        let event = event(user);
        let read = formats.read(&event);
        let canonical = read.of(rule).expect("a record of the log");
        assert_eq!(rule.matches(canonical), expected, "{user}");
        assert_eq!(rule.filtered_by(canonical).count(), usize::from(!expected), "{user}");
    }
}

#[test]
fn a_test_looks_at_filters_when_it_says_so() {
    let text = format!("{RULE}{}", filter("any", AWS, NAMED));
    let file = file("rules.yml", &text);
    let (links, _) = links(&[&file], &[]);
    let event =
        "{eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {userName: provisioner}}";
    for (top, own, passes) in [
        ("", "", true),
        ("filters: true\n", "", false),
        ("", "    filters: true\n", false),
        ("filters: true\n", "    filters: false\n", true),
    ] {
        let tests = format!("{top}match:\n  - name: one\n{own}    event: {event}\n");
        let (suite, findings) = Suite::read(&SourceFile::new("rules.test.yml", &*tests));
        assert!(findings.is_empty(), "{findings:?}");
        let outcomes = TestRunner::new(&file, &links).run(&suite, |_| Err(String::new()));
        assert_eq!(outcomes[0].failure.is_none(), passes, "{tests}");
    }
    let (_, findings) = Suite::read(&SourceFile::new("rules.test.yml", "filters: yes\nmatch: []\n"));
    assert_eq!(findings[0].message, "`filters` is neither `true` nor `false`");
}

/// What the last document of a text, a correlation, means: the measure, and for each name what it is for each rule.
fn correlated(text: &str) -> String {
    let file = file("rules.yml", text);
    let (links, findings) = links(&[&file], &[]);
    let linked = links.of(&file);
    let Some(DocumentKind::Correlation(_, meaning)) = linked.last().map(|linked| &linked.kind) else {
        panic!("a correlation")
    };
    let Some(found) = meaning else { return findings.join("\n") };
    let value = |value: &GroupValue| match value {
        GroupValue::Field { field, transforms } => {
            format!("{:?} {} {transforms:?}", field.path.steps, field.ty.name())
        }
        GroupValue::Group(at) => format!("group {at}"),
        _ => String::new(),
    };
    let names = found.groups.iter().chain(&found.counted).map(|group| {
        let values: Vec<String> = group.per_base.iter().map(value).collect();
        format!("{} = {}", group.name.value, values.join(" / "))
    });
    let names: Vec<String> = names.chain(findings).collect();
    let thresholds: Vec<String> =
        found.thresholds.iter().map(|one| format!("{:?} {}", one.comparison, one.value)).collect();
    format!("{:?} {thresholds:?} {}s\n{}", found.measure, found.span, names.join("\n"))
}

#[test]
fn a_correlation_is_typed_against_the_log_of_each_rule() {
    let okta = RULE
        .replace("aws, service: cloudtrail", "okta, service: okta")
        .replace("0aa0c7a5", "2cc0c7a5")
        .replace("name: user_created", "name: okta_user")
        .replace("eventSource: iam.amazonaws.com, eventName: CreateUser", "eventType: user.lifecycle.create");
    let correlation =
        |body: &str| format!("{RULE}---\n{okta}---\ntitle: C\ncorrelation:\n    timespan: 5m\n{body}");
    for (body, expected) in [
        (
            "    type: value_count\n    rules: [user_created]\n    group-by: [sourceIPAddress]\n    condition: {gte: 3, lt: 7, field: requestParameters.userName}\n",
            "ValueCount [\"GreaterOrEqual 3\", \"Less 7\"] 300s
sourceIPAddress = [Key(\"sourceIPAddress\")] address []
requestParameters.userName = [Key(\"requestParameters\"), Key(\"userName\")] string []",
        ),
        (
            "    type: temporal_ordered\n    rules: [okta_user, user_created, okta_user, 2cc0c7a5-2f2c-4cc5-8b0a-2d7a64a3c1b5]\n    group-by: [who]\n    aliases: {who: {okta_user: 'target[type=user].alternateId', user_created: 'requestParameters.userName|removeprefix:svc-'}}\n",
            "Ordered([0, 1, 0, 0]) [] 300s
who = [Key(\"target\"), Select { member: \"type\", key: \"user\" }, Key(\"alternateId\")] string [] / [Key(\"requestParameters\"), Key(\"userName\")] string [RemovePrefix(\"svc-\")]",
        ),
        (
            "    type: temporal\n    rules: [okta_user, user_created]\n    condition: user_created and not okta_user\n",
            "Presence(All([Rule(1), Not(Rule(0))])) [] 300s\n",
        ),
        (
            "    type: event_count\n    rules: [user_created]\n    group-by: [userIdentity.nme, 'target[type=User].id', requestParameters.policyArn, userIdentity]\n    condition: {gte: 3}\n",
            "S0664 error nme | `userIdentity` has no member `nme`
S0664 error 'target[type=User].id' | `target[type=User].id` is not a plain field name
S0664 error policyArn | the events of this rule have no field `requestParameters.policyArn`
S0664 error userIdentity | `userIdentity` holds an object, not a value",
        ),
        (
            "    type: event_count\n    rules: [okta_user, user_created]\n    group-by: [who]\n    aliases: {who: {okta_user: 'target[tpe=User].alternateId', user_created: 'userIdentity.arn|lower'}}\n    condition: {gte: 3}\n",
            "S0664 error 'target[tpe=User].alternateId' | the elements of `target` have no member `tpe`
S0664 error 'userIdentity.arn|lower' | `lower` is not a change of a value",
        ),
        (
            "    type: event_count\n    rules: [okta_user, user_created]\n    group-by: [who]\n    aliases: {who: {user_created: userIdentity.arn}}\n    condition: {gte: 3}\n",
            "S0664 error who | okta/okta has no field `who`",
        ),
    ] {
        assert_eq!(correlated(&correlation(body)), expected, "{body}");
    }
}

#[test]
fn correlations_of_correlations_are_followed() {
    let link = |name: &str, rules: &str, groups: &str| {
        format!(
            "---\ntitle: C\nname: {name}\ncorrelation:\n    type: event_count\n    rules: [{rules}]\n    group-by: [{groups}]\n    timespan: 5m\n    condition: {{gte: 2}}\n"
        )
    };
    let inner = link("inner", "user_created", "awsRegion, sourceIPAddress");
    let chain: String = (0..30)
        .map(|at| {
            let before = if at == 0 { "user_created".to_owned() } else { format!("c{}", at - 1) };
            link(&format!("c{at}"), &before, "sourceIPAddress")
        })
        .collect();
    let doubled: String = (0..12)
        .map(|at| {
            let before = if at == 0 { "user_created".to_owned() } else { format!("a{0}, b{0}", at - 1) };
            ["a", "b"].map(|side| link(&format!("{side}{at}"), &before, "sourceIPAddress")).concat()
        })
        .collect();
    let start = "EventCount [\"GreaterOrEqual 2\"] 300s\n";
    for (text, expected) in [
        (format!("{inner}{}", link("outer", "inner", "sourceIPAddress")), format!("{start}sourceIPAddress = group 1")),
        (
            format!("{inner}{}", link("outer", "inner", "userAgent")),
            "S0664 error userAgent | the matches of a correlation have no `userAgent`".to_owned(),
        ),
        (link("again", "again", "awsRegion"), "S0666 error again | `again` is in a circle of correlations".to_owned()),
        (
            format!("{}{}", link("one", "two", "awsRegion"), link("two", "one", "awsRegion")),
            "S0666 error two | `two` is in a circle of correlations\nS0666 error one | `one` is in a circle of correlations"
                .to_owned(),
        ),
        (
            format!("{}{}", link("faulty", "user_created", "nme"), link("outer", "faulty", "nme")),
            "S0664 error nme | aws/cloudtrail has no field `nme`\nS0665 error faulty | the correlation `faulty` of this correlation has errors".to_owned(),
        ),
    ] {
        assert_eq!(correlated(&format!("{RULE}{text}")), expected, "{text}");
    }
    for (text, name) in [(chain, "c28"), (doubled, "b10")] {
        let found = correlated(&format!("{RULE}{text}"));
        let last = found.lines().last().expect("a finding");
        assert_eq!(last, format!("S0667 error {name} | the correlation is too large to be followed"));
    }
}

#[test]
fn a_correlation_that_can_never_fire_is_an_error() {
    let key = RULE
        .replace("name: user_created", "name: key")
        .replace("0aa0c7a5", "3dd0c7a5")
        .replace("CreateUser", "CreateAccessKey");
    let narrowed = |name: &str, id: &str, what: &str| {
        key.replace("name: key", &format!("name: {name}"))
            .replace("3dd0c7a5", id)
            .replace("eventName: CreateAccessKey", &format!("eventName: CreateAccessKey, {what}"))
    };
    let user = narrowed("user", "4dd0c7a5", "userIdentity.type: IAMUser");
    let failed = narrowed("failed", "5dd0c7a5", "errorCode: [AccessDenied, EntityAlreadyExists]");
    for (body, expected) in [
        (
            "type: value_count, rules: [user_created], group-by: [awsRegion], condition: {field: awsRegion, gte: 1}",
            &[][..],
        ),
        (
            "type: value_count, rules: [user_created], group-by: [awsRegion], condition: {field: awsRegion, gt: 1}",
            &["S0668 error awsRegion | `awsRegion` has one value in each group"],
        ),
        (
            "type: value_count, rules: [user_created], group-by: [awsRegion], condition: {field: awsRegion, lt: 5}",
            &[],
        ),
        (
            "type: value_count, rules: [user_created], condition: {field: eventName, gte: 2}",
            &["S0668 error eventName | `eventName` can only be `CreateUser` here"],
        ),
        ("type: value_count, rules: [user_created, key], condition: {field: eventName, gte: 2}", &[]),
        (
            "type: value_count, rules: [user_created, key], condition: {field: eventName, gte: 3}",
            &["S0668 error eventName | `eventName` can only be `CreateAccessKey`, `CreateUser` here"],
        ),
        ("type: temporal, rules: [user_created, key], condition: user_created and not key", &[]),
        (
            "type: temporal, rules: [user_created, key], condition: user_created and not user_created",
            &[
                "S0668 error user_created and not user_created | the condition never holds when a rule has matched",
            ],
        ),
        (
            "type: temporal, rules: [user_created, key], group-by: [eventName]",
            &["S0669 error eventName | the rules never share a value of `eventName`"],
        ),
        ("type: temporal, rules: [user_created, key], group-by: [eventSource]", &[]),
        (
            "type: temporal, rules: [user_created, key, failed], group-by: [eventName], condition: user_created and (key or failed)",
            &["S0669 error eventName | the rules never share a value of `eventName`"],
        ),
        (
            "type: temporal, rules: [user_created, key, failed], group-by: [eventName], condition: (user_created or failed) and key",
            &[],
        ),
        (
            "type: value_count, rules: [user_created], group-by: [awsRegion], condition: {field: awsRegion, eq: 0}",
            &["S0668 error awsRegion | `awsRegion` has one value in each group"],
        ),
        (
            "type: value_count, rules: [user_created], condition: {field: eventName, gt: 0, neq: 1}",
            &["S0668 error eventName | `eventName` can only be `CreateUser` here"],
        ),
        (
            "type: temporal, rules: [user_created, key], group-by: [eventName], condition: user_created or key",
            &[],
        ),
        (
            "type: temporal_ordered, rules: [user_created, key], group-by: [x], aliases: {x: {user_created: sourceIPAddress, key: eventTime}}",
            &["S0669 error x | the rules never share a value of `x`"],
        ),
        (
            "type: temporal_ordered, rules: [user_created, key], group-by: [x], aliases: {x: {user_created: sourceIPAddress, key: userAgent}}",
            &[],
        ),
        ("type: value_avg, rules: [key], condition: {field: additionalEventData.x, gte: 2}", &[]),
        (
            "type: event_count, rules: [key], condition: {gte: 2}, timespan: 299s",
            &["S0672 info 299s | events of `aws/cloudtrail` come 5 minutes late, longer than the window"],
        ),
        ("type: event_count, rules: [key], condition: {gte: 2}, timespan: 300s", &[]),
        (
            "type: event_count, rules: [key], group-by: [userIdentity.arn], condition: {gte: 2}",
            &[
                "S0671 info userIdentity.arn | `userIdentity.arn` of `AssumedRole` differs from session to session",
            ],
        ),
        (
            "type: event_count, rules: [key], group-by: [userIdentity.sessionContext.sessionIssuer.arn], condition: {gte: 2}",
            &[],
        ),
        (
            "type: event_count, rules: [key], group-by: [userIdentity.userName], condition: {gte: 2}",
            &[
                "S0674 info userIdentity.userName | `userIdentity.userName` is missing in records of role sessions, which form no group",
            ],
        ),
        ("type: event_count, rules: [user], group-by: [userIdentity.userName], condition: {gte: 2}", &[]),
        ("type: event_count, rules: [failed], group-by: [errorCode], condition: {gte: 2}", &[]),
        (
            "type: event_count, rules: [key], group-by: [what], aliases: {what: {key: errorCode}}, condition: {gte: 2}",
            &[
                "S0674 info what | `errorCode` is missing in records of requests that succeed, which form no group",
            ],
        ),
        (
            "type: value_avg, rules: [key], condition: {field: eventTime, gte: 2}",
            &["S0670 error eventTime | `eventTime` is not a number"],
        ),
        (
            "type: value_sum, rules: [key], condition: {field: eventCategory, gte: 2}",
            &["S0670 error eventCategory | `eventCategory` is not a number"],
        ),
        (
            "type: value_count, rules: [key], condition: {field: readOnly, gte: 3}",
            &["S0668 error readOnly | `readOnly` can only be `false`, `true` here"],
        ),
        ("type: value_count, rules: [key], condition: {field: readOnly, gte: 2}", &[]),
        (
            "type: value_count, rules: [key], condition: {field: [eventName, readOnly], gte: 3}",
            &["S0668 error eventName | `eventName`, `readOnly` have at most 2 combinations here"],
        ),
        (
            "type: value_count, rules: [key], group-by: [awsRegion], condition: {field: [awsRegion, readOnly], gte: 3}",
            &["S0668 error awsRegion | `awsRegion`, `readOnly` have at most 2 combinations here"],
        ),
        (
            "type: value_count, rules: [key], group-by: [awsRegion], condition: {field: [awsRegion, userAgent], gte: 3}",
            &[],
        ),
    ] {
        let span = if body.contains("timespan") { "" } else { "timespan: 5m, " };
        let text =
            format!("{RULE}---\n{key}---\n{user}---\n{failed}---\ntitle: C\ncorrelation: {{{span}{body}}}\n");
        let file = file("rules.yml", &text);
        assert_eq!(links(&[&file], &[]).1, expected, "{body}");
    }
}

#[test]
fn a_group_by_a_field_that_records_lack_is_told_for_each_log() {
    for (log, selection, group, expected) in [
        (
            "azure, service: auditlogs",
            "operationName: Add user",
            "properties.initiatedBy.user.id",
            "applications",
        ),
        ("azure, service: auditlogs", "operationName: Add user", "properties.targetResources.id", ""),
        (
            "azure, service: auditlogs",
            "{operationName: Add user, properties.initiatedBy.user.id: '*'}",
            "properties.initiatedBy.user.id",
            "",
        ),
        (
            "gcp, service: gcp.audit",
            "protoPayload.serviceName: iam.googleapis.com",
            "protoPayload.authenticationInfo.principalEmail",
            "federated",
        ),
        ("google_workspace, service: admin", "events.name: CREATE_USER", "actor.email", "address of mail"),
        ("github, service: audit", "action: org.add_member", "actor_ip", "disclose"),
        (
            "kubernetes, service: audit",
            "objectRef.resource: clusterroles",
            "objectRef.namespace",
            "no namespace",
        ),
        ("kubernetes, service: audit", "objectRef.resource: roles", "objectRef.namespace", ""),
        ("kubernetes, service: audit", "verb: delete", "objectRef.name", ""),
        ("m365, service: audit", "Operation: FileAccessed", "ObjectId", "no object"),
        (
            "aws, service: cloudtrail",
            "eventName: CreateAccessKey",
            "requestParameters.userName",
            "themselves",
        ),
        ("aws, service: cloudtrail", "eventName: CreateUser", "requestParameters.userName", ""),
    ] {
        let selection =
            if selection.starts_with('{') { selection.to_owned() } else { format!("{{{selection}}}") };
        let text = format!(
            "title: Base\nname: base\nlogsource: {{product: {log}}}\ndetection: {{s: {selection}, condition: \
             s}}\n---\ntitle: C\ncorrelation: {{type: event_count, rules: [base], group-by: [{group}], timespan: 1d, \
             condition: {{gte: 2}}}}\n"
        );
        let file = file("rules.yml", &text);
        let found = links(&[&file], &[]).1;
        let sparse: Vec<&String> = found.iter().filter(|found| found.starts_with("S0674")).collect();
        assert_eq!(sparse.is_empty(), expected.is_empty(), "{log} {group}: {found:?}");
        assert!(sparse.iter().all(|found| found.contains(expected)), "{log} {group}: {found:?}");
    }
}
