//! Every rule of the library, on the events of the tests that stand beside it: the query selects what the evaluator
//! selects.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use sigmata::check::check;
use sigmata::eval::{Event, Matcher};
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::target::spl::Spl;
use sigmata::target::{Fidelity, Options, Target};

use crate::engine::{Engine, parse};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable entry").path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect();
    found.sort();
    found
}

/// The events of a test file: single ones, sequences, and those of a file beside it are left to other tests.
fn events(path: &Path) -> Vec<Json> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let tests: Json = serde_yaml::from_str(&text).expect("a test file");
    let cases = ["match", "no_match"].into_iter().filter_map(|key| tests.get(key)?.as_array()).flatten();
    cases
        .flat_map(|case| {
            let several = case.get("events").and_then(Json::as_array).cloned().unwrap_or_default();
            case.get("event").cloned().into_iter().chain(several)
        })
        .collect()
}

#[test]
fn queries_of_the_library_select_what_the_rules_mean() {
    let registry = Registry::shipped();
    let (mut rules, mut judged, mut wrong) = (0, 0, Vec::new());
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")) {
        let name = path.to_string_lossy();
        if name.ends_with(".test.yml") || !name.ends_with(".yml") {
            continue;
        }
        let source = SourceFile::new(name.as_ref(), std::fs::read_to_string(&path).expect("a rule"));
        let events = events(&path.with_extension("test.yml"));
        for document in rule::read(&source).documents {
            let Document::Detection(rule) = document else { continue };
            let (typed, _) = check(&rule, &registry);
            let compiled = Spl.compile(&rule, &typed, &Options::default());
            rules += 1;
            let (Some(query), Ok(matcher)) = (&compiled.query, Matcher::new(typed.formula.as_ref())) else {
                wrong.push(format!("{name}: {:?}", compiled.diagnostics));
                continue;
            };
            let parsed = parse::query(query).unwrap_or_else(|error| panic!("{name}: {error}\n{query}"));
            if compiled.fidelity != Fidelity::Exact {
                continue;
            }
            let schema = typed.schema.as_ref();
            let home = schema.and_then(|schema| schema.home("spl"));
            let base = Engine {
                sourcetype: home.map(|home| home.name.clone()).unwrap_or_default(),
                time: schema
                    .and_then(|schema| schema.time.as_ref())
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                ..Engine::default()
            };
            for engine in Engine::all(&base) {
                for event in &events {
                    judged += 1;
                    let expected = matcher.matches(&Event::new(event.clone()));
                    if engine.selects(query, event) != Ok(expected)
                        || engine.run(&parsed, &engine.extract(event)) != Ok(expected)
                    {
                        wrong.push(format!("{name}: not {expected}\n{event}\n{engine:?}\n{query}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(rules > 0 && judged > 0, "{rules} rules, {judged} events");
}
