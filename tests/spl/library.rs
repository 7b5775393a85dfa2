//! Every rule of the library, on the events of the tests that stand beside it: the query selects what the evaluator
//! selects.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use sigmata::check::check;
use sigmata::eval::{Event, Matcher, Shapes};
use sigmata::rule::{self, Document};
use sigmata::schema::{Fixed, Home, Path as SchemaPath, Registry, Step};
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

/// The value at plain keys, taken out.
fn take(value: &mut Json, keys: &[&str]) -> Option<Json> {
    let (key, rest) = keys.split_first()?;
    let object = value.as_object_mut()?;
    if rest.is_empty() { object.remove(*key) } else { take(object.get_mut(*key)?, rest) }
}

fn put(value: &mut Json, keys: &[&str], found: Json) {
    let Some((key, rest)) = keys.split_first() else {
        *value = found;
        return;
    };
    if !value.is_object() {
        *value = Json::Object(serde_json::Map::new());
    }
    let object = value.as_object_mut().expect("an object");
    put(object.entry((*key).to_owned()).or_insert(Json::Null), rest, found);
}

/// The rows that a home keeps of an event: one for each element of the array that it explodes, with members where the
/// home has them.
fn stored(event: &Json, home: Option<&Home>) -> Vec<Json> {
    let keys = |path: &SchemaPath| -> Option<Vec<String>> {
        path.steps
            .iter()
            .filter(|step| !matches!(step, Step::Each))
            .map(|step| match step {
                Step::Key(key) => Some(key.to_string()),
                _ => None,
            })
            .collect()
    };
    let Some(home) = home else { return vec![event.clone()] };
    let mut rows = vec![event.clone()];
    if let Some(array) = home.explodes.as_ref().and_then(keys) {
        let array: Vec<&str> = array.iter().map(String::as_str).collect();
        let mut rest = event.clone();
        let elements = match take(&mut rest, &array) {
            Some(Json::Array(elements)) => elements,
            Some(Json::Null) | None => Vec::new(),
            Some(one) => vec![one],
        };
        rows = elements
            .into_iter()
            .map(|element| {
                let mut row = rest.clone();
                put(&mut row, &array, element);
                row
            })
            .collect();
    }
    for row in &mut rows {
        for column in &home.columns {
            let (Some(name), Some(from)) = (&column.name, keys(&column.path)) else { continue };
            let (from, to): (Vec<&str>, Vec<&str>) =
                (from.iter().map(String::as_str).collect(), name.split('.').collect());
            if from != to
                && let Some(found) = take(row, &from)
            {
                put(row, &to, found);
            }
        }
    }
    // Shortened records lack what parts this log from others of its source type.
    for row in &mut rows {
        for (column, texts) in &home.fixed {
            let Some(column) = keys(column) else { continue };
            let column: Vec<&str> = column.iter().map(String::as_str).collect();
            if let (None, Some(Fixed::Text(text))) = (take(&mut row.clone(), &column), texts.first()) {
                put(row, &column, Json::String(text.clone()));
            }
        }
    }
    rows
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
                    let event = Event::new(event.clone());
                    let event =
                        schema.and_then(|schema| Shapes::of(schema).canonical(&event)).unwrap_or(event);
                    let expected = matcher.matches(&event);
                    let event = event.value();
                    let rows = stored(event, home);
                    let selected = |run: &dyn Fn(&Json) -> Result<bool, String>| {
                        rows.iter().try_fold(false, |any, row| run(row).map(|found| any || found))
                    };
                    if selected(&|row| engine.selects(query, row)) != Ok(expected)
                        || selected(&|row| engine.run(&parsed, &engine.extract(row))) != Ok(expected)
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
