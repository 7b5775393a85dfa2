//! Sessions of CloudWatch Logs Insights over sequences of events, as AWS's page "sessionize" describes them, against the
//! definition: nothing that fires lies outside a session that the query keeps.

use std::collections::BTreeMap;

use super::compile;
use super::sequences::{Dice, Match, cases, events, fired, matches};

/// The matches of each session of a group. Whether a gap as long as `maxspan` parts two sessions is not said.
fn sessions<'m>(matches: &[&'m Match], gap: i64, at_the_gap: bool) -> Vec<Vec<&'m Match>> {
    let mut found: Vec<Vec<&Match>> = Vec::new();
    for one in matches {
        let last = found.last().and_then(|session| session.last()).map(|last| one.time - last.time);
        match (found.last_mut(), last) {
            (Some(session), Some(after)) if after < gap || (!at_the_gap && after == gap) => session.push(one),
            _ => found.push(vec![one]),
        }
    }
    found
}

/// The value of an aggregate of a session, by its name in the query.
fn aggregate(name: &str, session: &[&Match]) -> i64 {
    let (name, number) = match name.find(|char: char| char.is_ascii_digit()) {
        Some(at) => (&name[..at], name[at..].parse::<usize>().expect("a number") - 1),
        None => (name, 0),
    };
    let times = session.iter().filter(|found| found.rule == number).map(|found| found.time);
    match name {
        "sigma_count" => i64::try_from(session.len()).expect("few"),
        "sigma_matches" => i64::try_from(times.count()).expect("few"),
        "sigma_earliest" => times.min().unwrap_or(i64::MAX),
        "sigma_latest" => times.max().unwrap_or(i64::MIN),
        _ => panic!("no aggregate `{name}`"),
    }
}

/// Whether the query keeps a session, by its last filter.
fn keeps(filter: &str, session: &[&Match]) -> bool {
    let value = |text: &str| text.parse().unwrap_or_else(|_| aggregate(text, session));
    filter.trim_matches(['(', ')', ' ']).split(" and ").all(|test| {
        if let Some((one, other)) = test.split_once(" >= ") {
            return value(one) >= value(other);
        }
        let (one, other) = test.split_once(" <= ").expect("a comparison");
        value(one) <= value(other)
    })
}

#[test]
fn sessions_lose_nothing() {
    let (mut firing, mut judged) = (0, 0);
    for case in cases() {
        // What only grows with more matches can be compared.
        let Some(query) = compile("cwli", &case.text).query else { continue };
        let counts = case.text.starts_with("type: event_count") && case.text.contains("condition: {gte");
        if !counts && (!case.text.starts_with("type: temporal") || case.text.contains("not")) {
            continue;
        }
        judged += 1;
        assert!(query.contains("maxspan 2m as"), "{query}");
        let filter = query.rsplit_once("| filter ").and_then(|(_, rest)| rest.split_once("\n| limit"));
        let filter = filter.expect("a filter").0.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut dice = Dice(11);
        for _ in 0..400 {
            let events = events(&mut dice);
            let matches = matches(&events, &case.rules, case.group);
            let mut groups: BTreeMap<&str, Vec<&Match>> = BTreeMap::new();
            for found in &matches {
                found.groups.iter().for_each(|group| groups.entry(group).or_default().push(found));
            }
            for members in groups.values_mut() {
                members.sort_by_key(|found| found.time);
            }
            for (group, time) in fired(&matches, &case.holds) {
                firing += 1;
                for at_the_gap in [false, true] {
                    let kept = sessions(&groups[&*group], 120, at_the_gap);
                    let holds = |session: &Vec<&Match>| {
                        session.iter().any(|found| found.time == time) && keeps(&filter, session)
                    };
                    assert!(kept.iter().any(holds), "{group} {time} {kept:?}\n{query}");
                }
            }
        }
    }
    assert!(firing > 40 && judged > 4, "{firing} fire in {judged} queries");
}
