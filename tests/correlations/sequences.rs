//! Sequences of events at the edges of windows, and what fires in them by the definition alone: at each match the matches
//! of its group in the closed window that ends there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The length of the window in seconds.
pub const SPAN: i64 = 60;

/// What fires: the group, and the time in seconds.
pub type Fired = BTreeSet<(String, i64)>;

/// A match of the rule at a place, with what is counted.
#[derive(Clone, Debug)]
pub struct Match {
    pub rule: usize,
    pub time: i64,
    pub groups: Vec<String>,
    pub text: Option<String>,
    pub number: Option<i64>,
    pub address: Option<String>,
    /// The names of the resources.
    pub elements: BTreeSet<String>,
}

/// Numbers by a linear congruence, so that every run is the same.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// The operations of the rules `created`, `attached` and `keyed`, and of none.
pub const OPERATIONS: [&str; 4] = ["CreateUser", "AttachUserPolicy", "CreateAccessKey", "ListUsers"];

/// Events in any order: ties, gaps of the window's length and one second more, groups that are missing or in a list.
pub fn events(dice: &mut Dice) -> Vec<Value> {
    let mut time = 0;
    let mut events = Vec::new();
    for _ in 0..dice.below(30) + 4 {
        time += dice.one(&[0_i64, 0, 1, 5, 9, 20, 30, 59, 60, 61]);
        let mut event = json!({
            "eventTime": format!("2026-01-01T{:02}:{:02}:{:02}Z", time / 3600, time / 60 % 60, time % 60),
            "eventName": dice.one(&OPERATIONS),
        });
        if dice.below(8) > 0 {
            event["awsRegion"] = json!(dice.one(&["eu-west-1", "EU-WEST-1"]));
        }
        if dice.below(8) > 0 {
            event["sourceIPAddress"] = json!(dice.one(&["192.0.2.1", "192.0.2.2"]));
        }
        match dice.below(4) {
            0 => {}
            1 => event["recipientAccountId"] = Value::Null,
            _ => event["recipientAccountId"] = json!(dice.one(&["a", "b", "B"])),
        }
        match dice.below(5) {
            0 => {}
            1 => event["requestParameters"] = json!({"size": Value::Null}),
            _ => event["requestParameters"] = json!({"size": dice.one(&[-4, 0, 1, 3, 10])}),
        }
        event["resources"] = match dice.below(4) {
            0 => json!([]),
            1 => json!([{"ARN": "x", "type": "A"}, {"ARN": "y"}, {"ARN": "x"}]),
            2 => json!([{"ARN": "y", "type": "A"}]),
            _ => Value::Null,
        };
        events.push(event);
    }
    for at in (1..events.len()).rev() {
        events.swap(at, dice.below(at + 1));
    }
    events
}

/// The matches of the rules among the events, by the field that groups them.
pub fn matches(events: &[Value], rules: &[usize], group: &str) -> Vec<Match> {
    let mut found = Vec::new();
    for event in events {
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        let elements = event["resources"].as_array().into_iter().flatten();
        let elements: BTreeSet<String> =
            elements.filter_map(|element| element["ARN"].as_str()).map(str::to_owned).collect();
        let groups: Vec<String> = match group {
            "" => vec![String::new()],
            "resources.ARN" => elements.iter().cloned().collect(),
            "who" => {
                let all = event["resources"].as_array().into_iter().flatten();
                let chosen = all.filter(|element| element["type"] == "A");
                chosen.filter_map(|element| element["ARN"].as_str()).map(str::to_owned).collect()
            }
            "region" => {
                let region = text("awsRegion");
                let cut = region.map(|name| name.strip_prefix("eu-").map_or(name.clone(), str::to_owned));
                cut.into_iter().collect()
            }
            // Of several names every one must be there.
            names => {
                let values: Option<Vec<String>> = names.split(',').map(text).collect();
                values.map(|values| values.join("|")).into_iter().collect()
            }
        };
        let clock: Vec<i64> = event["eventTime"].as_str().expect("a time")[11..19]
            .split(':')
            .map(|part| part.parse().expect("a number"))
            .collect();
        let time = clock[0] * 3600 + clock[1] * 60 + clock[2];
        for (at, rule) in rules.iter().enumerate() {
            if event["eventName"] == OPERATIONS[*rule] {
                let number = event["requestParameters"]["size"].as_i64();
                let (text, address) = (text("recipientAccountId"), text("sourceIPAddress"));
                let (groups, elements) = (groups.clone(), elements.clone());
                found.push(Match { rule: at, time, groups, text, number, address, elements });
            }
        }
    }
    found
}

/// Where a condition on the matches of a window holds.
pub fn fired(matches: &[Match], holds: &dyn Fn(&[&Match]) -> bool) -> Fired {
    let mut fired = Fired::new();
    for anchor in matches {
        for group in &anchor.groups {
            let window: Vec<&Match> = matches
                .iter()
                .filter(|other| other.groups.contains(group))
                .filter(|other| other.time <= anchor.time && other.time >= anchor.time - SPAN)
                .collect();
            if holds(&window) {
                fired.insert((group.clone(), anchor.time));
            }
        }
    }
    fired
}

/// Whether distinct matches follow each other in this order.
pub fn in_order(window: &[&Match], rules: &[usize], after: i64, used: &mut Vec<usize>) -> bool {
    let Some((rule, rest)) = rules.split_first() else { return true };
    (0..window.len()).any(|at| {
        let found = window[at];
        if found.rule != *rule || found.time < after || used.contains(&at) {
            return false;
        }
        used.push(at);
        let holds = in_order(window, rest, found.time, used);
        used.pop();
        holds
    })
}

/// A condition on the matches of a window.
pub type Holds = Box<dyn Fn(&[&Match]) -> bool>;

/// A correlation: its text, the rules that it names, and when it fires.
pub struct Case {
    pub text: String,
    pub rules: Vec<usize>,
    pub group: &'static str,
    pub holds: Holds,
}

/// Correlations of every type but those of ranks, over no group, one, two, one in a list, one in a chosen element, and one
/// without the start of its text.
pub fn cases() -> Vec<Case> {
    let distinct = |window: &[&Match]| {
        window.iter().filter_map(|found| found.text.as_deref()).collect::<BTreeSet<_>>().len()
    };
    let numbers = |window: &[&Match]| window.iter().filter_map(|found| found.number).collect::<Vec<i64>>();
    let has = |window: &[&Match], rule: usize| window.iter().any(|found| found.rule == rule);
    let mut cases = Vec::new();
    let mut add = |kind: &str, rules: &[usize], condition: &str, holds: &dyn Fn() -> Holds| {
        for group in ["awsRegion", "", "resources.ARN", "who", "region", "awsRegion,sourceIPAddress"] {
            let names: Vec<&str> = rules.iter().map(|rule| ["created", "attached", "keyed"][*rule]).collect();
            let aliases = |of: &str| {
                let bases: BTreeSet<&&str> = names.iter().collect();
                let each: Vec<String> = bases.iter().map(|name| format!("{name}: '{of}'")).collect();
                format!(", group-by: [{group}], aliases: {{{group}: {{{}}}}}", each.join(", "))
            };
            let by = match group {
                "" => String::new(),
                // An element that is chosen by equality, and a text without its start.
                "who" => aliases("resources[type=A].ARN"),
                "region" => aliases("awsRegion|removeprefix:eu-"),
                group => format!(", group-by: [{group}]"),
            };
            let condition =
                if condition.is_empty() { String::new() } else { format!(", condition: {condition}") };
            let text =
                format!("type: {kind}, rules: [{}], timespan: {SPAN}s{by}{condition}", names.join(", "));
            // A rule that is listed twice is one.
            let first = |at: usize| rules.iter().position(|rule| *rule == rules[at]) == Some(at);
            let bases = (0..rules.len()).filter(|at| first(*at)).map(|at| rules[at]).collect();
            cases.push(Case { text, rules: bases, group, holds: holds() });
        }
    };
    add("event_count", &[0], "{gte: 3}", &|| Box::new(|window| window.len() >= 3));
    add("event_count", &[0], "{gt: 1, lte: 3}", &|| Box::new(|window| (2..=3).contains(&window.len())));
    add("event_count", &[0, 1], "{gte: 3}", &|| Box::new(|window| window.len() >= 3));
    add("event_count", &[0, 1], "{neq: 2}", &|| Box::new(|window| window.len() != 2));
    add("value_count", &[0], "{gte: 2, field: recipientAccountId}", &|| {
        Box::new(move |window| distinct(window) >= 2)
    });
    add("value_count", &[0], "{lt: 2, field: recipientAccountId}", &|| {
        Box::new(move |window| distinct(window) < 2)
    });
    add("value_count", &[0, 2], "{eq: 0, field: recipientAccountId}", &|| {
        Box::new(move |window| distinct(window) == 0)
    });
    add("value_count", &[0], "{gte: 2, field: resources.ARN}", &|| {
        Box::new(|window| {
            let all = window.iter().flat_map(|found| &found.elements);
            all.collect::<BTreeSet<_>>().len() >= 2
        })
    });
    add("value_count", &[0], "{gte: 3, field: [recipientAccountId, sourceIPAddress]}", &|| {
        Box::new(|window| {
            let both =
                window.iter().filter_map(|found| Some((found.text.as_ref()?, found.address.as_ref()?)));
            both.collect::<BTreeSet<_>>().len() >= 3
        })
    });
    add("value_count", &[0, 1], "{lt: 1, field: resources.ARN}", &|| {
        Box::new(|window| window.iter().all(|found| found.elements.is_empty()))
    });
    add("value_sum", &[0], "{gte: 4, field: requestParameters.size}", &|| {
        Box::new(move |window| {
            let all = numbers(window);
            !all.is_empty() && all.iter().sum::<i64>() >= 4
        })
    });
    add("value_avg", &[0], "{lt: 2, field: requestParameters.size}", &|| {
        Box::new(move |window| {
            let all = numbers(window);
            !all.is_empty() && all.iter().sum::<i64>() < 2 * i64::try_from(all.len()).unwrap_or(0)
        })
    });
    add("temporal", &[0, 1], "", &|| Box::new(move |window| has(window, 0) && has(window, 1)));
    add("temporal", &[0, 1, 2], "created and not (attached or keyed)", &|| {
        Box::new(move |window| has(window, 0) && !(has(window, 1) || has(window, 2)))
    });
    add("value_sum", &[0], "{gt: -4, lte: 4, field: requestParameters.size}", &|| {
        Box::new(move |window| {
            let all = numbers(window);
            !all.is_empty() && (-3..=4).contains(&all.iter().sum::<i64>())
        })
    });
    add("temporal_ordered", &[0, 1], "", &|| {
        Box::new(|window| in_order(window, &[0, 1], i64::MIN, &mut Vec::new()))
    });
    add("temporal_ordered", &[0, 0], "", &|| {
        Box::new(|window| in_order(window, &[0, 0], i64::MIN, &mut Vec::new()))
    });
    add("temporal_ordered", &[0, 1, 0], "", &|| {
        Box::new(|window| in_order(window, &[0, 1, 0], i64::MIN, &mut Vec::new()))
    });
    add("temporal_ordered", &[2, 0, 1], "", &|| {
        Box::new(|window| in_order(window, &[0, 1, 2], i64::MIN, &mut Vec::new()))
    });
    for group in ["awsRegion", "resources.ARN"] {
        let holds: Holds = Box::new(|window| {
            let last = window.iter().map(|found| found.time).max();
            window.iter().all(|found| Some(found.time) == last)
        });
        cases.push(Case { text: format!("by: [{group}], within: {SPAN}s"), rules: vec![0], group, holds });
    }
    cases
}

/// The smallest value with so many of a hundred at or below it.
fn nearest(sorted: &[i64], percent: usize) -> i64 {
    let enough =
        |value: &&i64| sorted.iter().filter(|other| other <= value).count() * 100 >= percent * sorted.len();
    *sorted.iter().find(enough).expect("the last one")
}

/// The median, twice over, so that it is whole.
fn twice_median(sorted: &[i64]) -> i64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { 2 * sorted[middle] } else { sorted[middle - 1] + sorted[middle] }
}

/// Correlations by ranks: the nearest rank of the numbers in the window, and the mean of the two in its middle.
pub fn ranks() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |kind: &str, condition: &str, holds: fn(&[i64]) -> bool| {
        for group in ["awsRegion", "", "resources.ARN"] {
            let by = if group.is_empty() { String::new() } else { format!(", group-by: [{group}]") };
            let text = format!(
                "type: {kind}, rules: [created], timespan: {SPAN}s{by}, condition: {{{condition}, field: \
                 requestParameters.size}}"
            );
            let holds: Holds = Box::new(move |window| {
                let mut all: Vec<i64> = window.iter().filter_map(|found| found.number).collect();
                all.sort_unstable();
                !all.is_empty() && holds(&all)
            });
            cases.push(Case { text, rules: vec![0], group, holds });
        }
    };
    add("value_percentile", "gte: 3, percentile: 90", |all| nearest(all, 90) >= 3);
    add("value_percentile", "lt: 1, percentile: 50", |all| nearest(all, 50) < 1);
    add("value_percentile", "eq: 0, percentile: 33", |all| nearest(all, 33) == 0);
    add("value_percentile", "gt: -4, percentile: 0", |all| all[0] > -4);
    add("value_percentile", "neq: 10, percentile: 100", |all| all[all.len() - 1] != 10);
    add("value_median", "gt: 1", |all| twice_median(all) > 2);
    add("value_median", "eq: 2", |all| twice_median(all) == 4);
    add("value_median", "gte: 0, lt: 3", |all| (0..6).contains(&twice_median(all)));
    cases
}

/// Where a correlation fires among events.
pub type Fires = Box<dyn Fn(&[Value]) -> Fired>;

/// A correlation that counts another, which is called `many`.
pub struct Chain {
    /// The documents of what is counted, then the text of the correlation.
    pub inner: String,
    pub text: String,
    /// What it groups by.
    pub group: &'static str,
    /// Where it fires.
    pub fires: Fires,
}

/// The matches of `many`: where `created` has so many matches that its number holds.
fn many(events: &[Value], inner: &str, holds: &dyn Fn(usize) -> bool) -> Vec<Match> {
    let fired = fired(&matches(events, &[0], inner), &|window| holds(window.len()));
    let each = fired.into_iter().map(|(group, time)| Match {
        rule: 0,
        time,
        text: Some(group.clone()),
        groups: vec![group],
        number: None,
        address: None,
        elements: BTreeSet::new(),
    });
    each.collect()
}

/// Chains of two and three, over one group and none, with and without a rule beside them, and of what is first seen.
pub fn chains() -> Vec<Chain> {
    let document = |name: &str, body: &str| {
        format!("---\ntitle: Inner\nname: {name}\ncorrelation: {{{body}, timespan: {SPAN}s}}\n")
    };
    let counted = |group: &str, condition: &str| {
        let by = if group.is_empty() { String::new() } else { format!(", group-by: [{group}]") };
        document("many", &format!("type: event_count, rules: [created], condition: {condition}{by}"))
    };
    let by = |text: &str, group: &str| {
        let by = if group.is_empty() { String::new() } else { format!(", group-by: [{group}]") };
        format!("{text}, timespan: {SPAN}s{by}")
    };
    let whole = |mut found: Vec<Match>| {
        for found in &mut found {
            found.groups = vec![String::new()];
        }
        found
    };
    let enough: fn(usize) -> bool = |count| count >= 2;
    let few: fn(usize) -> bool = |count| count != 2;
    let mut all = Vec::new();
    for (condition, inner_holds) in [("{gte: 2}", enough), ("{neq: 2}", few)] {
        let inner = counted("awsRegion", condition);
        let mut add = |text: &str, group: &'static str, fires: Fires| {
            all.push(Chain { inner: inner.clone(), text: by(text, group), group, fires });
        };
        let found = move |events: &[Value]| many(events, "awsRegion", &inner_holds);
        let beside = move |events: &[Value]| {
            let mut all = found(events);
            all.extend(
                matches(events, &[1], "awsRegion").into_iter().map(|found| Match { rule: 1, ..found }),
            );
            all
        };
        add(
            "type: event_count, rules: [many], condition: {gte: 3}",
            "awsRegion",
            Box::new(move |events| fired(&found(events), &|window| window.len() >= 3)),
        );
        add(
            "type: event_count, rules: [many], condition: {gt: 1, lte: 3}",
            "",
            Box::new(move |events| fired(&whole(found(events)), &|window| (2..=3).contains(&window.len()))),
        );
        add(
            "type: value_count, rules: [many], condition: {gte: 2, field: awsRegion}",
            "",
            Box::new(move |events| {
                fired(&whole(found(events)), &|window| {
                    window.iter().map(|found| &found.text).collect::<BTreeSet<_>>().len() >= 2
                })
            }),
        );
        add(
            "type: temporal_ordered, rules: [many, attached]",
            "awsRegion",
            Box::new(move |events| {
                fired(&beside(events), &|window| in_order(window, &[0, 1], i64::MIN, &mut Vec::new()))
            }),
        );
        add(
            "type: temporal, rules: [attached, many], condition: many and not attached",
            "awsRegion",
            Box::new(move |events| {
                fired(&beside(events), &|window| window.iter().all(|found| found.rule == 0))
            }),
        );
    }
    let twice =
        document("twice", "type: event_count, rules: [many], group-by: [awsRegion], condition: {lt: 3}");
    let fresh = format!(
        "---\ntitle: Fresh\nname: fresh\nlogsource: {{product: aws, service: cloudtrail}}\n\
         detection: {{s: {{eventName: CreateUser}}, condition: s}}\nfirst_seen: {{by: [awsRegion], within: {SPAN}s}}\n"
    );
    let new = |events: &[Value]| -> Vec<Match> {
        let seen = fired(&matches(events, &[0], "awsRegion"), &|window| {
            let last = window.iter().map(|found| found.time).max();
            window.iter().all(|found| Some(found.time) == last)
        });
        let each = seen.into_iter().map(|(group, time)| Match {
            rule: 0,
            time,
            text: Some(group.clone()),
            groups: vec![group],
            number: None,
            address: None,
            elements: BTreeSet::new(),
        });
        each.collect()
    };
    all.push(Chain {
        inner: fresh.clone(),
        text: by("type: event_count, rules: [fresh], condition: {gte: 2}", ""),
        group: "",
        fires: Box::new(move |events| fired(&whole(new(events)), &|window| window.len() >= 2)),
    });
    all.push(Chain {
        inner: fresh,
        text: by("type: temporal_ordered, rules: [fresh, attached]", "awsRegion"),
        group: "awsRegion",
        fires: Box::new(move |events| {
            let mut all = new(events);
            all.extend(
                matches(events, &[1], "awsRegion").into_iter().map(|found| Match { rule: 1, ..found }),
            );
            fired(&all, &|window| in_order(window, &[0, 1], i64::MIN, &mut Vec::new()))
        }),
    });
    all.push(Chain {
        inner: counted("awsRegion", "{gte: 2}") + &twice,
        text: by("type: event_count, rules: [twice], condition: {gte: 2}", ""),
        group: "",
        fires: Box::new(move |events| {
            let inner = many(events, "awsRegion", &enough);
            let twice = fired(&inner, &|window| window.len() < 3);
            let each = twice.into_iter().map(|(group, time)| Match {
                rule: 0,
                time,
                groups: vec![String::new()],
                text: Some(group),
                number: None,
                address: None,
                elements: BTreeSet::new(),
            });
            fired(&each.collect::<Vec<_>>(), &|window| window.len() >= 2)
        }),
    });
    all
}
