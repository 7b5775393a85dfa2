//! Event sources and event names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::facts::{Facts, members, of, text};

const HEAD: &str = "\
# CloudTrail event sources and event names.
# Source: botocore 1.44.8 operation names (Apache-2.0); names of service, console and data-plane events, and names as written in the log, from the AWS guides, public lists and recorded events (facts). 2026-11-28.
# A line without indentation is a source. `!` says that its list is complete: nothing but what is listed was ever seen. `~` says that it is nearly complete: the interface is known, and calls of the console and events of the service itself can be missing. The list of any other source holds what was seen or documented.
# An indented line is a name, or the name of a call and after `=` the name that the log writes.

";

/// The text of the input.
pub fn input(facts: &Facts) -> String {
    let logged_as = facts.logged_as();
    let interfaces = facts.interfaces();
    let mut out = HEAD.to_owned();
    for (source, names) in names(facts) {
        let mark = match of(&facts.hosts["sources"][source], "/list") {
            "closed" | "closed with service_events" => " !",
            _ if interfaces.contains(source) => " ~",
            _ => "",
        };
        let _ = writeln!(out, "{source}{mark}");
        for name in names {
            match logged_as.get(&(source, name)) {
                Some(logged) => _ = writeln!(out, " {name}={logged}"),
                None => _ = writeln!(out, " {name}"),
            }
        }
    }
    out
}

/// The sources and their names.
fn names(facts: &Facts) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, list) in members(&facts.sources, "/event_sources") {
        let names = list.as_array().into_iter().flatten().map(text);
        found.entry(facts.source(source)).or_default().extend(names);
    }
    for (source, list) in members(&facts.sources, "/non_api_events") {
        found.entry(facts.source(source)).or_default().extend(members(list, "").map(|(name, _)| name));
    }
    for (source, list) in members(&facts.events, "/events") {
        found.entry(facts.source(source)).or_default().extend(members(list, "").map(|(name, _)| name));
    }
    for service in &facts.services {
        let source = facts.source(of(service, "/metadata/eventSource"));
        let operations: Vec<_> = members(service, "/operations").map(|(name, _)| name).collect();
        found.entry(source).or_default().extend(&operations);
        // A host that a correction of the facts replaces from memory may still be the one.
        let before =
            of(&facts.sources["botocore_service_to_event_source"], &format!("/{}", of(service, "/service")));
        if before != source && !before.is_empty() && facts.source(before) == before {
            found.entry(before).or_default().extend(operations);
        }
    }
    for ((source, name), logged) in facts.logged_as() {
        found.entry(source).or_default().extend([name, logged]);
    }
    found
}
