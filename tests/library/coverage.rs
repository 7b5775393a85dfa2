//! `docs/coverage.md` and the pages below `docs/coverage/` are generated from the rules, from `tests/coverage/` and from what the compiler says.
//! `SIGMATA_ACCEPT=1 cargo test --test library` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::data::{Provider, providers};
use super::denominator;
use super::twins::{self, Cell, IDEAS};
use serde_json::Value;
use sigmata::backend;

const PLATFORMS: [&str; 4] = ["Identity Provider", "IaaS", "Office Suite", "SaaS"];

const KINDS: [&str; 14] = [
    "user",
    "guest",
    "administrator",
    "service account",
    "service principal",
    "managed identity",
    "role",
    "credential",
    "federation",
    "organization",
    "service-limited account",
    "provisioning",
    "sequence",
    "threshold",
];

const TECHNIQUE: &str = "attack.t1136.003";

/// Kinds whose events make or hand over an account, unless the rule is a companion.
const ACCOUNTS: [&str; 8] = [
    "user",
    "guest",
    "service account",
    "service principal",
    "managed identity",
    "organization",
    "service-limited account",
    "provisioning",
];

/// Roles that the technique's text counts among cloud accounts: those that resources or outsiders assume.
const ROLES: [&str; 3] = ["resource-role", "instance-profile", "function-role"];

/// What the technique's text names, as a key and in words.
const TEXT: [(&str, &str); 15] = [
    ("new-user", "A new user of a tenant, an account or a directory (APT29, AADInternals)"),
    ("global-admin", "An account with the highest administrative role (LAPSUS$)"),
    ("service-principal", "A service principal, or the application that it stands for"),
    ("managed-identity", "A managed identity, linked to applications, functions and machines"),
    ("service-account", "A service account, on its own or attached to a resource"),
    ("impersonation", "An account that others may impersonate"),
    ("resource-role", "A role that resources or other accounts may assume"),
    ("instance-profile", "A role on a machine: an instance profile"),
    ("function-role", "A role of a function: an execution role"),
    ("service-limited", "An account that has access to one service alone"),
    ("credential", "What often follows: credentials added to an account"),
    ("role", "What often follows: roles given to an account"),
    ("mitigation-mfa", "Mitigation: creation without a second factor, or a second factor weakened"),
    ("mitigation-segmentation", "Mitigation: creation from where nobody should administer"),
    ("mitigation-privileged", "Mitigation: creation by an unusual or all too powerful principal"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What the compiler says of the library, asked once for all tests.
fn compiled() -> &'static [Value] {
    static QUERIES: OnceLock<Vec<Value>> = OnceLock::new();
    QUERIES.get_or_init(|| {
        let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(["compile", "rules", "--format", "json"])
            .current_dir(root())
            .output()
            .expect("the command starts");
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        document["queries"].as_array().expect("queries").clone()
    })
}

/// A rule as its file says, with what became of it in each target.
struct Rule {
    name: String,
    /// Whether the rule has the technique's tag; the others are its companions.
    tagged: bool,
    /// The rules that a correlation names.
    bases: Vec<String>,
    title: String,
    level: String,
    status: String,
    file: String,
    fidelity: BTreeMap<String, String>,
}

fn rules() -> BTreeMap<String, Rule> {
    let mut found: BTreeMap<String, Rule> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for entry in compiled() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let file = text(&entry["rule"]["file"]);
        let name = names.entry(file.clone()).or_insert_with(|| {
            let source = std::fs::read_to_string(root().join(&file)).expect("a rule");
            let rule: Value = serde_yaml::from_str(&source).expect("YAML");
            let name = text(&rule["name"]);
            assert!(!name.is_empty(), "{file} has no name");
            let rule = Rule {
                name: name.clone(),
                tagged: rule["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == TECHNIQUE)),
                bases: rule["correlation"]["rules"]
                    .as_array()
                    .map(|bases| bases.iter().map(text).collect())
                    .unwrap_or_default(),
                title: text(&rule["title"]),
                level: text(&rule["level"]),
                status: text(&rule["status"]),
                file: file.clone(),
                fidelity: BTreeMap::new(),
            };
            assert!(found.insert(name.clone(), rule).is_none(), "two rules are named {name}");
            name
        });
        let fidelity = match text(&entry["fidelity"]).as_str() {
            "refused" => "–".to_owned(),
            other => other.to_owned(),
        };
        let rule = found.get_mut(name).expect("the rule");
        rule.fidelity.insert(text(&entry["target"]), fidelity);
    }
    found
}

/// The ideas: identifier, whether one event can show it, title.
fn ideas() -> Vec<(String, bool, String)> {
    let text = std::fs::read_to_string(root().join("tests/coverage/ideas.tsv")).expect("ideas");
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let [id, count, title] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        (id.to_owned(), count == "single", title.to_owned())
    });
    rows.collect()
}

/// Links to rules, from a page that is `up` below the root.
fn links(names: &[String], rules: &BTreeMap<String, Rule>, up: &str) -> String {
    names.iter().map(|name| link(name, rules, up)).collect::<Vec<_>>().join(", ")
}

fn link(name: &str, rules: &BTreeMap<String, Rule>, up: &str) -> String {
    let rule = rules.get(name).unwrap_or_else(|| panic!("no rule is named {name}"));
    format!("[{}]({up}{})", rule.name, rule.file)
}

/// A cell of a table, in which a bar would end it.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('\n', " ")
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// What the page says of itself.
const GENERATED: &str = "This page is generated from the rules, from `tests/coverage/` and from what the compiler says \
    of each query; `SIGMATA_ACCEPT=1 cargo test --test library` writes it, and a test compares.\n";

/// The pages, by their paths below `docs`.
fn pages() -> BTreeMap<String, String> {
    let (rules, providers, ideas) = (rules(), providers(), ideas());
    let mut pages = BTreeMap::from([
        ("coverage.md".to_owned(), overview(&rules, &providers)),
        ("coverage/technique.md".to_owned(), technique(&rules, &providers)),
        ("coverage/references.md".to_owned(), super::references::written().1),
        ("coverage/siblings.md".to_owned(), super::siblings::page()),
    ]);
    for (stem, provider) in &providers {
        pages.insert(format!("coverage/{stem}.md"), section(stem, provider, &rules, &ideas));
    }
    pages
}

/// The page that a person begins with.
fn overview(rules: &BTreeMap<String, Rule>, providers: &BTreeMap<String, Provider>) -> String {
    let count = |level: &str| rules.values().filter(|rule| rule.level == level).count();
    let levels = ["informational", "low", "medium", "high", "critical"];
    let levels = levels.iter().filter(|level| count(level) > 0);
    let by_level: Vec<_> = levels.map(|level| format!("{} {level}", count(level))).collect();
    let with_rules: Vec<_> = providers.iter().filter(|(_, provider)| !provider.rules.is_empty()).collect();
    let tagged = rules.values().filter(|rule| rule.tagged).count();
    let sequences = rules.values().filter(|rule| !rule.bases.is_empty()).count();
    let mut out = format!(
        "# Coverage of T1136.003, Create Account: Cloud Account\n\n\
         Which part of the technique the rules in `rules/` watch, and what was set aside.\n{GENERATED}\n\
         {} rules over {} providers, {sequences} of them correlations: {}.\n\
         {tagged} are of the technique itself: their event makes or hands over an account. The others are its companions, \
         each with its own technique.\n\
         [A layer for the ATT&CK Navigator](coverage-layer.json) shows the techniques of all.\n\
         What the rules say of recorded events, attacks and others, is in [recordings](recordings.md).\n",
        rules.len(),
        with_rules.len(),
        by_level.join(", ")
    );
    out += "\n## What the technique names\n\n| what | rules |\n|---|---:|\n";
    for (key, words) in TEXT {
        let named = named(providers, key).len();
        writeln!(out, "| [{words}](coverage/technique.md#{}) | {named} |", anchor(words)).expect("text");
    }
    out += "\n## Ideas by provider\n\nThe number of rules that watch an idea; – where a reason is in the page of the \
            provider. A provider's page has its rules, levels, events, and what is not confirmed.\n\n| provider | rules |";
    out += &IDEAS.map(|idea| format!(" {idea} |")).concat();
    out += "\n|---|---:|";
    out += &"---:|".repeat(IDEAS.len());
    out.push('\n');
    let table = twins::table();
    for (stem, provider) in &with_rules {
        write!(out, "| [{}](coverage/{stem}.md) | {} |", provider.name, provider.rules.len()).expect("text");
        for idea in IDEAS {
            match table.get(*stem).and_then(|cells| cells.get(idea)) {
                Some(Cell::Rules(rules)) => write!(out, " {} |", rules.len()).expect("text"),
                _ => out += " – |",
            }
        }
        out.push('\n');
    }
    out += &swept();
    kinds(&mut out, providers);
    fidelity(&mut out, rules, providers);
    out += &super::references::written().0;
    out += "\n## One event, two alerts\n\nWhere a rule fires on all events of another, [a page](coverage/siblings.md) says why both \
        are kept.\n";
    out
}

/// The fraction of what looks like making, enabling or empowering an identity that has a rule.
fn swept() -> String {
    let rows = &denominator::swept().0;
    let sum = |of: fn(&denominator::Row) -> usize| rows.iter().map(of).sum::<usize>();
    let (all, watched) = (sum(|row| row.all), sum(|row| row.watched));
    let mut out = format!(
        "\n## Of what could be watched\n\n\
         The known values of each log whose words look like making, enabling or empowering an identity: {watched} of \
         {all} have a rule, and each of the others a reason in `tests/coverage/denominator.yml`. The words are wide, so \
         that keys of encryption and accounts of storage are among them.\n\n\
         | log | values | with a rule | with a reason |\n|---|---:|---:|---:|\n"
    );
    for row in rows {
        writeln!(out, "| {} | {} | {} | {} |", row.log, row.all, row.watched, row.all - row.watched)
            .expect("text");
    }
    out
}

/// How many rules there are of each kind of account on each platform.
fn kinds(out: &mut String, providers: &BTreeMap<String, Provider>) {
    *out += "\n## Platform and kind of account\n\nThe number of rules.\n\n| kind |";
    *out += &PLATFORMS.map(|platform| format!(" {platform} |")).concat();
    *out += "\n|---|";
    *out += &"---:|".repeat(PLATFORMS.len());
    out.push('\n');
    for kind in KINDS {
        write!(out, "| {kind} |").expect("text");
        for platform in PLATFORMS {
            let here = providers
                .values()
                .filter(|provider| provider.platform == platform)
                .flat_map(|provider| provider.rules.values())
                .filter(|entry| entry.kind == kind)
                .count();
            if here == 0 { *out += " |" } else { write!(out, " {here} |").expect("text") }
        }
        out.push('\n');
    }
}

/// How the queries of each provider mean their rules.
fn fidelity(out: &mut String, rules: &BTreeMap<String, Rule>, providers: &BTreeMap<String, Provider>) {
    *out += "\n## Fidelity\n\nHow the queries of each provider mean their rules: exact, approximate (each difference is \
            a note in the output), or – where the language has no delivery for the log.\n\n\
            | provider | rules |";
    for target in backend::defaults() {
        write!(out, " {} |", target.name().to_uppercase()).expect("text");
    }
    *out += "\n|---|---:|";
    *out += &"---|".repeat(backend::defaults().len());
    out.push('\n');
    for provider in providers.values().filter(|provider| !provider.rules.is_empty()) {
        write!(out, "| {} | {} |", provider.name, provider.rules.len()).expect("text");
        for target in backend::defaults() {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for name in provider.rules.keys() {
                let rule = rules.get(name).unwrap_or_else(|| panic!("no rule is named {name}"));
                *counts.entry(rule.fidelity.get(target.name()).map_or("–", String::as_str)).or_default() += 1;
            }
            let order = ["exact", "approximate", "–"];
            let parts: Vec<_> = order
                .iter()
                .filter_map(|word| counts.get(word).map(|count| format!("{count} {word}")))
                .collect();
            write!(out, " {} |", parts.join(", ")).expect("text");
        }
        out.push('\n');
    }
}

/// The rules for what the technique's text names under a key.
fn named(providers: &BTreeMap<String, Provider>, key: &str) -> Vec<String> {
    let entries = providers.values().flat_map(|provider| &provider.rules);
    let entries = entries.filter(|(_, entry)| entry.text.iter().any(|text| text == key));
    entries.map(|(name, _)| name.clone()).collect()
}

/// The rules for each thing that the technique's text names.
fn technique(rules: &BTreeMap<String, Rule>, providers: &BTreeMap<String, Provider>) -> String {
    let mut out = format!(
        "# What T1136.003 names, and the rules for it\n\n\
         The numbers are in [coverage](../coverage.md).\n{GENERATED}"
    );
    for (key, words) in TEXT {
        write!(out, "\n## {words}\n\n").expect("text");
        for name in named(providers, key) {
            let title = &rules.get(&name).unwrap_or_else(|| panic!("no rule is named {name}")).title;
            writeln!(out, "- {}: {title}", link(&name, rules, "../../")).expect("text");
        }
    }
    out
}

/// The page of a provider.
fn section(
    stem: &str,
    provider: &Provider,
    rules: &BTreeMap<String, Rule>,
    titles: &[(String, bool, String)],
) -> String {
    let up = "../../";
    let mut out = format!(
        "# Coverage: {}\n\nPlatform: {}. All providers are in [coverage](../coverage.md).\n{GENERATED}",
        provider.name, provider.platform
    );
    if let Some(cells) = twins::table().get(stem) {
        out += "\n## Ideas\n\n| idea | rules, or why there is none |\n|---|---|\n";
        for idea in IDEAS {
            let said = match cells.get(idea) {
                Some(Cell::Rules(names)) => links(names, rules, up),
                Some(Cell::Reason(why)) => cell(why),
                None => String::new(),
            };
            writeln!(out, "| {idea} | {said} |").expect("text");
        }
    }
    if !provider.rules.is_empty() {
        out += "\n## Rules\n\n| rule | kind of account | idea | level | status |\n|---|---|---|---|---|\n";
        for (name, entry) in &provider.rules {
            let rule = rules.get(name).unwrap_or_else(|| panic!("no rule is named {name}"));
            writeln!(
                out,
                "| [{}]({up}{}) | {} | {} | {} | {} |",
                cell(&rule.title),
                rule.file,
                entry.kind,
                cell(&entry.idea),
                rule.level,
                rule.status
            )
            .expect("text");
        }
    }
    let aside: Vec<String> = provider
        .events
        .iter()
        .filter_map(|(event, taken)| taken.aside.as_ref().map(|why| format!("- `{event}`: {}\n", why.trim())))
        .collect();
    if !aside.is_empty() {
        write!(out, "\n## Events without a rule\n\n{}", aside.concat()).expect("text");
    }
    let aside: Vec<String> = provider
        .ideas
        .iter()
        .filter_map(|(id, taken)| {
            let title = titles.iter().find(|(known, _, _)| known == id).map_or("", |(_, _, title)| title);
            taken.aside.as_ref().map(|why| format!("- {title} ({id}): {}\n", why.trim()))
        })
        .collect();
    if !aside.is_empty() {
        write!(out, "\n## Detection ideas without a rule\n\n{}", aside.concat()).expect("text");
    }
    if !provider.departures.is_empty() {
        let lines = provider.departures.iter().map(|departure| {
            let only = links(&departure.rules, rules, up);
            let only = if only.is_empty() { only } else { format!(" ({only})") };
            format!("- {} `{}`: {}{only}\n", departure.target, departure.code, departure.why.trim())
        });
        write!(out, "\n## Departures that these rules live with\n\n{}", lines.collect::<String>())
            .expect("text");
    }
    if !provider.unverified.is_empty() {
        let lines = provider.unverified.iter().map(|line| format!("- {}\n", line.trim()));
        write!(out, "\n## Not confirmed by a record\n\n{}", lines.collect::<String>()).expect("text");
    }
    out
}

#[test]
fn the_pages_are_what_the_rules_say() {
    let docs = root().join("docs");
    let pages = pages();
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::create_dir_all(docs.join("coverage")).expect("a folder");
        for (name, text) in &pages {
            std::fs::write(docs.join(name), text).expect("a page is written");
        }
        return;
    }
    for (name, text) in &pages {
        let page = std::fs::read_to_string(docs.join(name)).unwrap_or_default();
        assert!(page == *text, "docs/{name} is out of date: SIGMATA_ACCEPT=1 cargo test --test library");
    }
    for entry in std::fs::read_dir(docs.join("coverage")).expect("a folder") {
        let name = format!("coverage/{}", entry.expect("an entry").file_name().to_string_lossy());
        assert!(pages.contains_key(&name), "docs/{name} is of no provider");
    }
}

#[test]
fn every_rule_stands_in_one_file_with_known_words() {
    let (rules, providers) = (rules(), providers());
    let mut seen = BTreeSet::new();
    for (file, provider) in &providers {
        assert!(PLATFORMS.contains(&provider.platform.as_str()), "{file}: {}", provider.platform);
        for (name, entry) in &provider.rules {
            assert!(rules.contains_key(name), "{file}: no rule is named {name}");
            assert!(seen.insert(name.clone()), "{name} is in two files");
            assert!(KINDS.contains(&entry.kind.as_str()), "{file}: {name}: kind {}", entry.kind);
            for text in &entry.text {
                assert!(TEXT.iter().any(|(key, _)| key == text), "{file}: {name}: text {text}");
            }
        }
    }
    let missing: Vec<_> = rules.keys().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "in no file of tests/coverage: {missing:?}");
}

#[test]
fn events_and_ideas_are_taken_up_or_set_aside() {
    let (rules, providers, ideas) = (rules(), providers(), ideas());
    for (file, provider) in &providers {
        for (what, taken) in provider.events.iter().chain(&provider.ideas) {
            assert!(
                taken.rules.is_empty() == taken.aside.as_ref().is_some_and(|why| !why.trim().is_empty()),
                "{file}: {what} needs either rules or a reason"
            );
            for name in &taken.rules {
                assert!(rules.contains_key(name), "{file}: {what}: no rule is named {name}");
            }
        }
        for id in provider.ideas.keys() {
            assert!(ideas.iter().any(|(known, _, _)| known == id), "{file}: no idea has the identifier {id}");
        }
    }
    let taken: BTreeSet<_> = providers.values().flat_map(|provider| provider.ideas.keys()).collect();
    let missing: Vec<_> =
        ideas.iter().filter(|(id, _, _)| !taken.contains(id)).map(|(id, _, _)| id).collect();
    assert!(missing.is_empty(), "ideas that no file of tests/coverage answers: {missing:?}");
}

/// The technique is on a rule whose event makes or hands over an account, and on a correlation of such a rule;
/// the others bear the technique that their own event shows.
#[test]
fn the_technique_is_on_rules_that_make_an_account() {
    let (rules, providers) = (rules(), providers());
    let entries: BTreeMap<_, _> = providers.values().flat_map(|provider| &provider.rules).collect();
    let mut wrong = Vec::new();
    for (name, rule) in &rules {
        let entry = entries.get(name).unwrap_or_else(|| panic!("{name} is in no file of tests/coverage"));
        let of_accounts = ACCOUNTS.contains(&entry.kind.as_str());
        let makes = match entry.kind.as_str() {
            _ if !rule.bases.is_empty() => {
                rule.bases.iter().any(|base| rules.get(base).is_some_and(|base| base.tagged))
            }
            "role" => entry.text.iter().any(|text| ROLES.contains(&text.as_str())),
            _ => of_accounts && !entry.companion,
        };
        if makes != rule.tagged {
            wrong.push(format!(
                "{}: {TECHNIQUE} should {}be there",
                rule.file,
                if makes { "" } else { "not " }
            ));
        }
        if entry.companion && !of_accounts {
            wrong.push(format!("{name}: `companion` says nothing of the kind {}", entry.kind));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `docs/coverage-layer.json` is what `sigmata export --kind navigator` writes of the library.
#[test]
fn the_layer_is_what_the_rules_say() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("coverage-layer");
    let _ = std::fs::remove_dir_all(&folder);
    let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(["export", "rules", "--kind", "navigator", "--output"])
        .arg(&folder)
        .current_dir(root())
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let layer = std::fs::read_to_string(folder.join("navigator/layer.json")).expect("a layer");
    let path = root().join("docs/coverage-layer.json");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &layer).expect("docs/coverage-layer.json is written");
    }
    let kept = std::fs::read_to_string(&path).expect("a layer");
    assert!(
        kept == layer,
        "docs/coverage-layer.json is out of date: SIGMATA_ACCEPT=1 cargo test --test library"
    );
}
