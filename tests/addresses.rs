//! Addresses that a log writes with a port, in brackets or as version 4 inside version 6: in fields whose schema says
//! so they are read as what they are, by the evaluator and in every language.

use serde_json::json;
use sigmata::backend::{self, Compiled, Fidelity, Options};
use sigmata::check::{TypedRule, check};
use sigmata::eval::{Event, Matcher};
use sigmata::rule::{self, DetectionRule, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

fn read(log: &str, item: &str) -> (DetectionRule, TypedRule) {
    let text = format!(
        "title: t\nlogsource: {{ {log} }}\ndetection:\n    s: {{ {item} }}\n    condition: s\nlevel: low\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", text.as_str()));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("{text}") };
    let (typed, findings) = check(&rule, &Registry::shipped());
    // A rule of one negation selects nearly everything, which is a warning of its own.
    let others: Vec<_> = findings.iter().filter(|finding| finding.code.name != "unbounded-branch").collect();
    assert!(others.is_empty(), "{text}{others:#?}");
    (rule, typed)
}

const OFFICE: &str = "product: m365, service: audit";

/// Whether the item holds for a record of Microsoft 365 with this address.
fn holds(item: &str, address: &str) -> bool {
    let (_, typed) = read(OFFICE, item);
    let matcher = Matcher::of(typed.formula.as_ref().expect("a meaning")).expect("it can be evaluated");
    matcher.matches(&Event::new(json!({ "ClientIP": address })))
}

#[test]
fn a_network_holds_its_addresses_however_they_are_written() {
    let item = "ClientIP|cidr: ['203.0.113.0/24', '2001:db8::/32']";
    for (address, expected) in [
        ("203.0.113.9", true),
        ("203.0.113.9:51234", true),
        ("[203.0.113.9]:443", true),
        ("::ffff:203.0.113.9", true),
        ("[::ffff:203.0.113.9]:443", true),
        ("2001:db8::9", true),
        ("[2001:db8::9]", true),
        ("[2001:db8::9]:443", true),
        ("203.0.114.9:51234", false),
        ("[2001:db9::9]:443", false),
        ("::ffff:203.0.114.9", false),
        ("203.0.113.9:port", false),
        ("AWS Internal", false),
        ("", false),
    ] {
        assert_eq!(holds(item, address), expected, "{address}");
    }
}

#[test]
fn a_plain_address_equals_what_is_written_with_a_port_and_another_text_only_itself() {
    for (item, address, expected) in [
        ("ClientIP: 203.0.113.9", "203.0.113.9:51234", true),
        ("ClientIP: 203.0.113.9", "::ffff:203.0.113.9", true),
        ("ClientIP: 203.0.113.9", "203.0.113.90:51234", false),
        ("ClientIP: ['198.51.100.1', '2001:DB8::9']", "[2001:db8::9]:443", true),
        ("ClientIP|neq: 203.0.113.9", "203.0.113.9:51234", false),
        ("ClientIP: '203.0.113.9:51234'", "203.0.113.9:51234", true),
        ("ClientIP: '203.0.113.9:51234'", "203.0.113.9", false),
        ("ClientIP: '[2001:db8::9]:443'", "[2001:db8::9]:443", true),
        ("ClientIP: '[2001:db8::9]:443'", "[2001:db8::9]", false),
        ("ClientIP|startswith: '203.0.113.'", "203.0.113.9:51234", true),
        ("ClientIP: '::ffff:203.0.113.9'", "::ffff:203.0.113.9", true),
        ("ClientIP: '::FFFF:203.0.113.9'", "203.0.113.9:51234", true),
        ("ClientIP: ['10.0.0.1', '::ffff:203.0.113.9']", "203.0.113.9", true),
        ("ClientIP|cidr: '::ffff:203.0.113.9'", "203.0.113.9", true),
        ("ClientIP|cidr: '::ffff:203.0.113.0/120'", "::ffff:203.0.113.7", true),
        ("ClientIP|cidr: '::ffff:203.0.113.0/120'", "203.0.114.7", false),
        ("ClientIP: '[2001:db8::9]'", "[2001:db8::9]:443", true),
        ("ClientIP: '[2001:db8::9]'", "2001:db8::9", true),
        ("ClientIP: '[203.0.113.9]'", "203.0.113.9:443", true),
    ] {
        assert_eq!(holds(item, address), expected, "{item} {address}");
    }
}

#[test]
fn a_field_that_holds_plain_addresses_is_read_as_it_is() {
    let (_, typed) = read("product: aws, service: cloudtrail", "sourceIPAddress|cidr: 203.0.113.0/24");
    let matcher = Matcher::of(typed.formula.as_ref().expect("a meaning")).expect("it can be evaluated");
    for (address, expected) in
        [("203.0.113.9", true), ("203.0.113.9:443", false), ("::ffff:203.0.113.9", false)]
    {
        assert_eq!(
            matcher.matches(&Event::new(json!({ "sourceIPAddress": address }))),
            expected,
            "{address}"
        );
    }
}

#[test]
fn records_of_azure_can_have_a_port() {
    for service in ["activitylogs", "auditlogs", "provisioning", "riskdetection", "signinlogs"] {
        let (_, typed) =
            read(&format!("product: azure, service: {service}"), "callerIpAddress|cidr: 203.0.113.0/24");
        let matcher = Matcher::of(typed.formula.as_ref().expect("a meaning")).expect("it can be evaluated");
        for address in ["203.0.113.9", "203.0.113.9:51234", "[203.0.113.9]:51234"] {
            assert!(
                matcher.matches(&Event::new(json!({ "callerIpAddress": address }))),
                "{service} {address}"
            );
        }
    }
}

fn compile(item: &str) -> Vec<Compiled> {
    let (rule, typed) = read(OFFICE, item);
    backend::defaults().iter().map(|target| target.compile(&rule, &typed, &Options::default())).collect()
}

#[test]
fn every_language_reads_the_address_alone() {
    let item = "Operation: New-InboxRule, ClientIP|cidr: 203.0.113.0/24";
    let parts: [&[&str]; 3] = [
        &["ipv4_is_in_range(replace_regex(", "\"203.0.113.0/24\")"],
        &["cidrmatch(\"203.0.113.0/24\", replace("],
        &["[Ff]{4}:)?203\\.0\\.113\\.[0-9]+\\]?(?::[0-9]+)?"],
    ];
    for (compiled, parts) in compile(item).iter().zip(parts) {
        let query = compiled.query.as_deref().unwrap_or_else(|| panic!("{compiled:#?}"));
        for part in parts {
            assert!(query.contains(part), "lacks {part}\n{query}");
        }
    }
}

#[test]
fn a_list_of_networks_is_one_call_of_kql() {
    let compiled =
        compile("Operation: New-InboxRule, ClientIP|cidr: ['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32']");
    let query = compiled.first().and_then(|compiled| compiled.query.as_deref()).expect("a query");
    assert!(query.contains(", \"203.0.113.0/24\", \"10.0.0.0/8\")"), "{query}");
    assert!(query.contains("ipv6_is_in_range("), "{query}");
}

#[test]
fn what_a_language_cannot_read_is_told() {
    let compiled = compile("Operation: New-InboxRule, ClientIP|cidr: '2001:db8::/32'");
    let told: Vec<Vec<&str>> =
        compiled.iter().map(|compiled| compiled.notes.iter().map(|note| note.code.name).collect()).collect();
    let [kql, spl, cwli] = told.as_slice() else { panic!("three languages") };
    assert!(!kql.contains(&"respelt-value") && !spl.contains(&"respelt-value"), "{told:?}");
    assert!(cwli.contains(&"respelt-value"), "{told:?}");
    assert!(compiled.iter().all(|compiled| compiled.fidelity != Fidelity::Refused));
}
