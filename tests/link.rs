//! What documents say of each other: references, and filters as they apply to rules.

use sigmata::backend::{self, Fidelity, Options};
use sigmata::check::File;
use sigmata::eval::Event;
use sigmata::link::{DocumentKind, Links, Root, Unit};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::{Logs, Suite, TestRunner, products, ready};
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
    Root::read(SourceFile::new("root.yml", text), Limits::default())
}

#[test]
fn references_are_resolved() {
    let correlation = |rules: &str| {
        format!(
            "---\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [{rules}]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition: {{gte: 5}}\n"
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
}

#[test]
fn queries_and_matches_are_filtered() {
    let text = format!("{RULE}{}", filter("any", AWS, NAMED));
    let file = file("rules.yml", &text);
    let (links, _) = links(&[&file], &[]);
    let made = products(&file, &links, &backend::defaults(), &|_, _| Options::default(), false);
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
