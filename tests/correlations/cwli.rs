//! Sessions of CloudWatch Logs Insights over sequences of events, as AWS's page "sessionize" describes them, against the
//! definition: nothing that fires lies outside a session that the query keeps.

use std::collections::BTreeMap;

use super::compile;
use super::sequences::{Dice, cases, events, fired, matches};

/// The first and last time of each session of a group, and how many matches it holds. Whether a gap as long as `maxspan`
/// parts two sessions is not said.
fn sessions(times: &[i64], gap: i64, at_the_gap: bool) -> Vec<(i64, i64, usize)> {
    let mut found: Vec<(i64, i64, usize)> = Vec::new();
    for time in times {
        match found.last_mut() {
            Some((_, last, count)) if time - *last < gap || (!at_the_gap && time - *last == gap) => {
                (*last, *count) = (*time, *count + 1);
            }
            _ => found.push((*time, *time, 1)),
        }
    }
    found
}

#[test]
fn sessions_lose_nothing() {
    let mut firing = 0;
    for case in cases().into_iter().filter(|case| case.text.starts_with("type: event_count")) {
        let Some(query) = compile("cwli", &case.text).query else { continue };
        let between = |start: &str, end: &str| {
            let rest = query.split_once(start)?.1;
            rest.split_once(end).map(|(found, _)| found.to_owned())
        };
        let Some(enough) = between("filter sigma_count >= ", "\n") else { continue };
        let enough: usize = enough.parse().expect("a number");
        assert_eq!(between("maxspan ", " as").as_deref(), Some("2m"), "{query}");
        let mut dice = Dice(11);
        for _ in 0..400 {
            let events = events(&mut dice);
            let matches = matches(&events, &case.rules, case.group);
            let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
            for found in &matches {
                found.groups.iter().for_each(|group| times.entry(group).or_default().push(found.time));
            }
            for times in times.values_mut() {
                times.sort_unstable();
            }
            for (group, time) in fired(&matches, &case.holds) {
                firing += 1;
                for at_the_gap in [false, true] {
                    let kept = sessions(&times[&*group], 120, at_the_gap);
                    let within = |(first, last, count): &(i64, i64, usize)| {
                        *first <= time && time <= *last && *count >= enough
                    };
                    assert!(kept.iter().any(within), "{group} {time} {kept:?}");
                }
            }
        }
    }
    assert!(firing > 40, "{firing} fire");
}
