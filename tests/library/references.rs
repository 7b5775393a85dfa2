//! A reference names the event on the page that it points to: each rule cites a page of the vendor that lists the
//! events of its log, or one whose address ends with an event of the rule; or `tests/coverage/references.yml` says why
//! there is no such page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sigmata::check::ValuePattern;

/// What is known of the vendors' pages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    /// The beginnings of addresses that list events, by folder of rules.
    pages: BTreeMap<String, Vec<String>>,
    /// The rules that cite none.
    general: Vec<General>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct General {
    why: String,
    /// Names of rules, with stars.
    rules: Vec<String>,
}

/// A rule and what it cites.
struct Cited {
    file: String,
    name: String,
    folder: String,
    events: Vec<String>,
    references: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Pages {
    let text = std::fs::read_to_string(root().join("tests/coverage/references.yml")).expect("a table");
    serde_yaml::from_str(&text).expect("YAML")
}

/// The texts that a detection asks for.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

fn library() -> Vec<Cited> {
    let mut library = Vec::new();
    for file in super::rules() {
        let text = std::fs::read_to_string(root().join(&file)).expect("a rule");
        let rule: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        if !rule["detection"].is_object() {
            continue;
        }
        let mut events = Vec::new();
        texts(&rule["detection"], &mut events);
        let mut references = Vec::new();
        texts(&rule["references"], &mut references);
        let folder = file.split('/').nth(1).unwrap_or_default().to_owned();
        library.push(Cited {
            name: rule["name"].as_str().unwrap_or_default().to_owned(),
            file,
            folder,
            events,
            references,
        });
    }
    library
}

/// The last part of an address, as an event is called: `API_CreateUser.html` is `CreateUser`.
fn called(address: &str) -> &str {
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or(address);
    last.trim_end_matches(".html").trim_start_matches("API_")
}

/// Whether an address ends with an event of the rule. Some events bear the version of their interface behind the name.
fn ends_with_event(rule: &Cited, address: &str) -> bool {
    let called = called(address);
    rule.events.iter().any(|event| {
        let name = event.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'v' || c == '_');
        name.len() > 5 && (event.eq_ignore_ascii_case(called) || name.eq_ignore_ascii_case(called))
    })
}

/// The page of the vendor that names the event.
fn page_of<'a>(rule: &'a Cited, pages: &Pages) -> Option<&'a str> {
    let lists = pages.pages.get(&rule.folder).map_or(&[][..], Vec::as_slice);
    let found = rule
        .references
        .iter()
        .find(|address| lists.iter().any(|list| address.starts_with(list)) || ends_with_event(rule, address));
    found.map(String::as_str)
}

/// What the library cites.
struct Counted {
    /// How many rules cite a page that names their event.
    named: usize,
    /// Of how many.
    all: usize,
    /// The rules that do not, by the reason.
    rows: Vec<(String, Vec<String>)>,
    /// The faults.
    wrong: Vec<String>,
}

fn counted() -> Counted {
    let (library, pages) = (library(), pages());
    let mut wrong = Vec::new();
    let mut rows: Vec<(String, Vec<String>)> =
        pages.general.iter().map(|general| (general.why.clone(), Vec::new())).collect();
    let mut named = 0;
    for rule in &library {
        let at = pages.general.iter().position(|general| {
            general.rules.iter().any(|pattern| ValuePattern::new(pattern).fits(&rule.name))
        });
        match (page_of(rule, &pages), at) {
            (Some(_), None) => named += 1,
            (Some(page), Some(_)) => wrong.push(format!("{}: `general`, and yet it cites {page}", rule.file)),
            (None, Some(at)) => rows[at].1.push(rule.file.clone()),
            (None, None) => wrong.push(format!("{}: no reference names the event on its page", rule.file)),
        }
    }
    wrong.extend(rows.iter().filter(|(_, files)| files.is_empty()).map(|(why, _)| format!("no rule: {why}")));
    Counted { named, all: library.len(), rows, wrong }
}

/// The paragraph of `docs/coverage.md`, and the page with the rules that cite no page of their event.
pub fn written() -> (String, String) {
    let Counted { named, all, rows, .. } = counted();
    let paragraph = format!(
        "\n## References\n\n{named} of {all} rules cite a page of the vendor that names their event; [the others](coverage/references.md) \
         have a reason. The pages were looked up when the rules were written, and are not read by a test.\n"
    );
    let mut page = format!(
        "# Rules whose references are general\n\n{named} of {all} rules cite a page of the vendor that lists the events \
         of the log by name, or one whose address ends with the event. The others do not, because\n"
    );
    for (why, files) in &rows {
        write!(page, "\n## {why}\n\n").expect("text");
        for file in files {
            writeln!(page, "- [{file}](../../{file})").expect("text");
        }
    }
    (paragraph, page)
}

#[test]
fn references_name_the_event_on_their_page() {
    let wrong = counted().wrong;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_address_is_read_for_the_event_that_it_ends_with() {
    for (address, event, expected) in [
        ("https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html", "CreateUser", true),
        ("https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html", "DeleteUser", false),
        (
            "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
            "CreateFunction20150331",
            true,
        ),
        ("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html", "DeleteUser", false),
    ] {
        let rule = Cited {
            file: String::new(),
            name: String::new(),
            folder: String::new(),
            events: vec![event.to_owned()],
            references: Vec::new(),
        };
        assert_eq!(ends_with_event(&rule, address), expected, "{address} {event}");
    }
}
