//! The model of Splunk's automatic extraction against logs for which Splunk published what it extracted.
//!
//! `extracted_fields.json` is a part of `splunk/security_content` (Apache-2.0): example logs, each with the fields that an
//! installation with the named add-on showed. Where `SIGMATA_SHARED` names a folder with the whole collection, all of
//! it is judged.
//! A list of fields speaks of the names alone: what text a JSON null becomes it does not say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::engine as spl;
use serde_json::Value as Json;

/// Where the model and an installation differ, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("aws:cloudtrail", "responseElements", "a null in other events of the data set"),
    ("mscs:azure:audit", "status", "a field of the add-on has the name of the object"),
    ("mscs:azure:audit", "description", "an empty text that the REST input leaves out"),
    ("mscs:azure:audit", "subStatus.localizedValue", "an empty text that the REST input leaves out"),
];

fn sources() -> Json {
    let shared = std::env::var_os("SIGMATA_SHARED")
        .map(|folder| Path::new(&folder).join("facts/splunk/extracted_fields.json"))
        .and_then(|path| std::fs::read_to_string(path).ok());
    let text = shared.unwrap_or_else(|| include_str!("extracted_fields.json").to_owned());
    serde_json::from_str(&text).expect("JSON")
}

/// Every name that an object or an array has in an event, whether the extraction gives it or not.
fn containers(value: &Json, name: &str, found: &mut BTreeSet<String>) {
    match value {
        Json::Object(members) => {
            found.insert(name.to_owned());
            for (key, value) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                containers(value, &name, found);
            }
        }
        Json::Array(elements) => {
            found.insert(format!("{name}{{}}"));
            for element in elements {
                containers(element, &format!("{name}{{}}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_fields_are_those_that_splunk_extracts() {
    let sources = sources();
    let mut differ = BTreeMap::new();
    let mut judged = 0;
    for source in sources["data_sources"].as_object().expect("logs").values() {
        let event: Json = serde_json::from_str(source["example_log"].as_str().expect("a log")).expect("JSON");
        let sourcetype = source["sourcetype"].as_str().expect("a source type");
        let listed: BTreeSet<&str> =
            source["fields"].as_array().expect("fields").iter().filter_map(Json::as_str).collect();
        let mut given = BTreeSet::new();
        spl::json::flatten(&event, "", true, &mut |name, _| {
            given.insert(name.to_owned());
        });
        let mut all = given.clone();
        containers(&event, "", &mut all);
        for name in all.iter().filter(|name| !name.is_empty()) {
            judged += 1;
            if given.contains(name) != listed.contains(name.as_str()) {
                differ.insert((sourcetype.to_owned(), name.clone()), given.contains(name));
            }
        }
    }
    assert!(judged > 200, "{judged} names");
    let known = |place: &(String, String)| {
        EXCEPTIONS.iter().any(|(sourcetype, name, _)| *sourcetype == place.0 && *name == place.1)
    };
    differ.retain(|place, _| !known(place));
    assert!(differ.is_empty(), "the model gives (true) or lacks (false): {differ:#?}");
}
