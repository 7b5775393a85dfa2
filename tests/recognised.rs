//! A record's log is known by what only that log has: every event beside a rule of the library is claimed by the log of
//! its rule, and by no other.

#[path = "support/lists.rs"]
mod lists;
#[path = "support/recordings.rs"]
mod recordings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigmata::eval::{Event, Matcher, RecordFormats};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::File;

use recordings::{PROJECTIONS, Recording, name, recordings};

/// Logs that have one and the same record.
const SAME_RECORD: [(&str, &str); 4] = [
    ("cisco/duo", "duo/administrator"),
    ("cisco/duo", "duo/authentication"),
    // Workspace events that an organisation routes to Cloud Logging.
    ("gcp/gcp.audit", "google_workspace/admin"),
    ("gcp/gcp.audit", "google_workspace/login"),
];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The logs that claim an event.
fn claimed(registry: &Registry, event: &Value) -> Vec<String> {
    let event = Event::new(event.clone());
    let schemas = registry.names().into_iter().filter_map(|name| registry.get(name));
    let claiming = schemas.filter(|schema| RecordFormats::of(schema).claims(&event));
    claiming.map(|schema| schema.name.clone()).collect()
}

fn same_record(one: &str, other: &str) -> bool {
    one == other || SAME_RECORD.contains(&(one, other)) || SAME_RECORD.contains(&(other, one))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("UTF-8")
}

/// A rule, after the name of its log.
type Rule = (String, Matcher);

/// The rules of the library with their logs, and the events of their tests.
fn library(registry: &Registry) -> (Vec<Rule>, Vec<(String, Value)>) {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), ".test.yml", &mut paths);
    let (mut rules, mut events) = (Vec::new(), Vec::new());
    for path in paths {
        let name = path.to_string_lossy().replace(".test.yml", ".yml");
        let file = File::check(SourceFile::new(name.as_str(), read(Path::new(&name))), registry);
        // A correlation has no log of its own.
        let Some(typed) = file.documents.iter().find_map(|checked| checked.typed.as_ref()) else { continue };
        let log = typed.schema.as_ref().expect("a schema").name.clone();
        rules.push((log.clone(), Matcher::new(typed.formula.as_ref()).expect("a meaning")));
        let tests: Value = serde_yaml::from_str(&read(&path)).expect("YAML");
        for case in
            ["match", "no_match"].iter().flat_map(|list| tests[*list].as_array().into_iter().flatten())
        {
            let found = case["events"].as_array().cloned().unwrap_or_else(|| vec![case["event"].clone()]);
            events.extend(found.into_iter().filter(Value::is_object).map(|event| (log.clone(), event)));
        }
    }
    (rules, events)
}

/// What is wrong with an event of a log: other logs that claim it, and rules of other logs that it matches when it is
/// read as one of theirs.
fn mistaken(registry: &Registry, rules: &[Rule], log: &str, event: &Value) -> Vec<String> {
    let mut wrong: Vec<String> = claimed(registry, event)
        .into_iter()
        .filter(|name| !same_record(name, log))
        .map(|name| format!("an event of {log} is claimed by {name}: {event}"))
        .collect();
    let event = Event::new(event.clone());
    let formats =
        |name: &str| registry.get(name).and_then(|schema| RecordFormats::of(&schema).canonical(&event));
    let mut canonical: BTreeMap<&str, Option<Event>> = BTreeMap::new();
    for (of, matcher) in rules.iter().filter(|(of, _)| !same_record(of, log)) {
        let event = canonical.entry(of).or_insert_with(|| formats(of)).as_ref().unwrap_or(&event);
        if matcher.matches(event) {
            wrong.push(format!("an event of {log} matches a rule of {of}: {}", event.value()));
        }
    }
    wrong
}

#[test]
fn an_event_of_the_library_is_claimed_by_its_own_log_alone() {
    let registry = lists::registry();
    let (rules, events) = library(&registry);
    let wrong: Vec<String> =
        events.iter().flat_map(|(log, event)| mistaken(&registry, &rules, log, event)).collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(events.len() > 500, "{}", events.len());
    // Excerpts of records, which lack what tells their log from others.
    let unclaimed = events.iter().filter(|(log, event)| !claimed(&registry, event).contains(log)).count();
    assert!(unclaimed * 100 < events.len(), "{unclaimed} of {} are claimed by no log", events.len());
}

/// The public rules, where they are available: `SIGMATA_CORPUS` names their folder.
fn public(registry: &Registry) -> Vec<Rule> {
    let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") else { return Vec::new() };
    let mut paths = Vec::new();
    files(&PathBuf::from(corpus), ".yml", &mut paths);
    let checked = paths.iter().map(|path| {
        let name = path.to_string_lossy().into_owned();
        File::check(
            SourceFile::new(
                name,
                String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned(),
            ),
            registry,
        )
    });
    let typed = checked.flat_map(|file| {
        let documents = file.documents.into_iter();
        documents.filter_map(|checked| checked.typed).collect::<Vec<_>>()
    });
    typed
        .filter_map(|typed| {
            Some((typed.schema.as_ref()?.name.clone(), Matcher::new(Some(typed.formula.as_ref()?)).ok()?))
        })
        .collect()
}

/// Recorded events are beside the repository where it is measured: `SIGMATA_SHARED` names the folder that holds them.
/// Every one that its log can tell is held against every rule of every other log, of the library and of others.
#[test]
fn a_recorded_event_matches_no_rule_of_another_log() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let registry = lists::registry();
    let (mut rules, _) = library(&registry);
    let public = public(&registry);
    rules.extend(public);
    let all = recordings(Path::new(&shared));
    let (mut wrong, mut alone, mut pairs) = (Vec::new(), Vec::new(), 0);
    let count = all.len();
    for Recording { file, of, log, event, exception } in all {
        let claiming = claimed(&registry, &event);
        let whole = !PROJECTIONS.contains(&file.as_str());
        if exception.is_none() && whole && !claiming.iter().any(|name| same_record(name, log)) {
            alone.push(format!("{file} ({of}): no log, or another one, claims {}: {event}", name(&event)));
        }
        if exception.is_none() {
            pairs += rules.iter().filter(|(of, _)| !same_record(of, log)).count();
            wrong.extend(mistaken(&registry, &rules, log, &event));
        }
    }
    println!(
        "{count} recordings, {} rules, {pairs} pairs; {} are claimed by no log",
        rules.len(),
        alone.len()
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(alone.len() * 100 <= count, "{}:\n{}", alone.len(), alone.join("\n"));
    assert!(count > 4_000, "{count}");
}
