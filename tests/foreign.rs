//! Names that other tools give to what every log says, in every log: each is understood where the log has a field for it,
//! and where it has none nothing else is offered. `tests/foreign.txt` holds what is said; `SIGMATA_ACCEPT=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sigmata::check::check;
use sigmata::diagnostic::Diagnostic;
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

/// Whose names they are, and the names.
const NAMES: &[(&str, &[&str])] = &[
    (
        "ECS",
        &[
            "event.action",
            "event.provider",
            "event.outcome",
            "event.reason",
            "user.name",
            "user.id",
            "user.email",
            "user.target.name",
            "source.ip",
            "source.geo.country_iso_code",
            "user_agent.original",
            "cloud.account.id",
            "cloud.region",
            "@timestamp",
            "event.dataset",
        ],
    ),
    ("CIM", &["src", "src_ip", "src_user", "user", "action", "command", "status", "dest", "vendor_account"]),
    (
        "ASIM",
        &[
            "SrcIpAddr",
            "ActorUsername",
            "TargetUsername",
            "EventOriginalType",
            "EventResult",
            "HttpUserAgent",
        ],
    ),
    (
        "Sentinel and Defender",
        &[
            "CallerIpAddress",
            "SourceIpAddress",
            "UserPrincipalName",
            "OperationName",
            "ActionType",
            "AccountUpn",
            "AccountObjectId",
            "UserAgent",
            "TimeGenerated",
        ],
    ),
    ("OCSF", &["api.operation", "api.service.name", "actor.user.name", "src_endpoint.ip"]),
    ("other logs", &["event_name", "ip_address", "username", "source_ip"]),
];

/// Names that mean an outcome, of which it is asked what a success looks like.
const OUTCOMES: [&str; 3] = ["event.outcome", "status", "EventResult"];

/// What is said of a name in a log.
fn said(registry: &Registry, log: (&str, &str), name: &str) -> String {
    let (product, service) = log;
    let value = if OUTCOMES.contains(&name) { "Success" } else { "x" };
    let text = format!(
        "title: t\nlogsource: {{ product: {product}, service: {service} }}\ndetection:\n  s: {{ '{name}': {value} }}\n  condition: s\n"
    );
    let source = SourceFile::new("rule.yml", text);
    let Some(Document::Detection(rule)) = rule::read(&source).documents.into_iter().next() else {
        panic!("{name} is a rule")
    };
    let (_, found) = check(&rule, registry);
    let names =
        |finding: &&Diagnostic| matches!(finding.code.id, "S0312" | "S0315" | "S0316" | "S0317" | "S0324");
    match found.iter().find(names) {
        None => "a field of its own".to_owned(),
        Some(finding) => finding
            .help
            .clone()
            .unwrap_or_else(|| "nothing".to_owned())
            .replace(&format!("`{}`", registry.name_of(product, service).unwrap_or_default()), "the log"),
    }
}

#[test]
fn names_of_other_tools_are_understood_in_every_log() {
    let registry = Registry::shipped();
    let mut page = String::new();
    for (tool, names) in NAMES {
        for name in *names {
            let _ = writeln!(page, "{name} ({tool})");
            let mut by_answer: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for log in registry.names() {
                let written = registry.written(log).expect("a log source");
                by_answer.entry(said(&registry, written, name)).or_default().push(log);
            }
            for (answer, logs) in by_answer {
                let _ = writeln!(page, "    {answer}\n        {}", logs.join(", "));
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign.txt");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &page).expect("writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "tests/foreign.txt is not what is said: run with SIGMATA_ACCEPT=1");
}
