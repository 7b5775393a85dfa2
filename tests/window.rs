//! The sliding window against the definition: brute force over all base matches.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sigmata::eval::window::{
    Amount, Buffer, Comparison, Firing, GroupKey, Hit, MOST_KEPT, MOST_NAMED, Measure, Presence, Release,
    Spec, Threshold, Windows,
};

/// A base match of a made-up stream.
#[derive(Clone, Debug)]
struct Base {
    time: i64,
    rule: usize,
    event: u64,
    group: u8,
    values: Vec<i32>,
}

fn key(group: u8) -> GroupKey {
    GroupKey::new(&[format!("g{group}")])
}

/// What fires, by the engine: time, group and how many events made it.
fn engine(spec: &Spec, stream: &[Base]) -> Vec<Firing> {
    let mut buffer = Buffer::new(Release::Held(stream.len()));
    for base in stream {
        buffer.push(base.time, base.clone());
    }
    let mut windows = Windows::new(spec.clone(), MOST_KEPT);
    let mut fired = Vec::new();
    while let Some((time, batch)) = buffer.pop(true) {
        let hits = batch.into_iter().map(|base| {
            let values = base.values.iter().map(|value| value.to_string().into_boxed_str()).collect();
            (key(base.group), Hit { time, rule: base.rule, event: base.event, values })
        });
        windows.batch(time, hits.collect(), &mut fired);
    }
    fired
}

/// Whether distinct events, one for each rule in order, lie in the window.
fn ordered(rules: &[usize], after: i64, used: &mut Vec<u64>, window: &[&Base]) -> bool {
    let Some((rule, rest)) = rules.split_first() else { return true };
    window.iter().any(|base| {
        if base.rule != *rule || base.time < after || used.contains(&base.event) {
            return false;
        }
        used.push(base.event);
        let found = ordered(rest, base.time, used, window);
        used.pop();
        found
    })
}

/// The same with the last of them at this time, which is the newest of the window.
fn ends(rules: &[usize], time: i64, window: &[&Base]) -> bool {
    let Some((last, rest)) = rules.split_last() else { return true };
    let mut at_last = window.iter().filter(|base| base.rule == *last && base.time == time);
    at_last.any(|base| ordered(rest, i64::MIN, &mut vec![base.event], window))
}

fn present(presence: &Presence, window: &[&Base]) -> bool {
    match presence {
        Presence::Rule(rule) => window.iter().any(|base| base.rule == *rule),
        Presence::Not(inner) => !present(inner, window),
        Presence::All(parts) => parts.iter().all(|part| present(part, window)),
        Presence::Any(parts) => parts.iter().any(|part| present(part, window)),
    }
}

fn size(count: usize) -> i64 {
    i64::try_from(count).expect("a small number")
}

/// The definition, without a thought for time.
fn holds(spec: &Spec, window: &[&Base]) -> bool {
    let mut values: Vec<i64> =
        window.iter().flat_map(|base| base.values.iter().map(|value| i64::from(*value))).collect();
    values.sort_unstable();
    let count = size(values.len());
    // The measure as a fraction: numerator and denominator.
    let measure = match &spec.measure {
        Measure::Presence(presence) => return present(presence, window),
        Measure::Ordered(rules) => return ordered(rules, i64::MIN, &mut Vec::new(), window),
        Measure::FirstSeen => {
            let last = window.iter().map(|base| base.time).max();
            return window.iter().all(|base| Some(base.time) == last);
        }
        Measure::EventCount => (size(window.len()), 1),
        Measure::ValueCount => (size(values.iter().collect::<BTreeSet<_>>().len()), 1),
        Measure::Sum => (values.iter().sum(), count.min(1)),
        Measure::Average => (values.iter().sum(), count),
        Measure::Percentile(percent) => {
            let enough = |value: &&i64| {
                let below = size(values.iter().filter(|other| other <= value).count());
                below * 100 >= count * i64::from(*percent)
            };
            match values.iter().find(enough) {
                Some(value) => (*value, 1),
                None => (0, 0),
            }
        }
        Measure::Median => match values.len() {
            0 => (0, 0),
            odd if odd % 2 == 1 => (values[odd / 2], 1),
            even => (values[even / 2 - 1] + values[even / 2], 2),
        },
    };
    let (above, below) = measure;
    below != 0
        && spec.thresholds.iter().all(|threshold| {
            // The thresholds of this test are whole numbers.
            let limit = (-50..=50).find(|limit| Amount::parse(&limit.to_string()) == Some(threshold.value));
            let order = above.cmp(&(limit.expect("a small number") * below));
            match threshold.comparison {
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Equal => order.is_eq(),
                Comparison::NotEqual => order.is_ne(),
            }
        })
}

/// Each base match at which the correlation fires: its time and group.
fn brute(spec: &Spec, stream: &[Base]) -> Vec<(i64, u8)> {
    let mut fired: Vec<(i64, u8)> = stream
        .iter()
        .filter(|at| {
            let inside = |base: &&Base| {
                base.group == at.group && base.time <= at.time && base.time >= at.time - spec.span
            };
            let window: Vec<&Base> = stream.iter().filter(inside).collect();
            holds(spec, &window)
        })
        .map(|at| (at.time, at.group))
        .collect();
    fired.sort_unstable();
    fired
}

fn measure() -> impl Strategy<Value = Measure> {
    let presence = prop_oneof![
        Just(Presence::All(vec![Presence::Rule(0), Presence::Rule(1)])),
        Just(Presence::Any(vec![Presence::Rule(2), Presence::Rule(1)])),
        Just(Presence::All(vec![Presence::Rule(0), Presence::Not(Box::new(Presence::Rule(2)))])),
    ];
    prop_oneof![
        Just(Measure::EventCount),
        Just(Measure::FirstSeen),
        Just(Measure::ValueCount),
        Just(Measure::Sum),
        Just(Measure::Average),
        (0..=100_u32).prop_map(Measure::Percentile),
        Just(Measure::Median),
        presence.prop_map(Measure::Presence),
        prop::collection::vec(0..3_usize, 1..4).prop_map(Measure::Ordered),
    ]
}

fn thresholds() -> impl Strategy<Value = Vec<Threshold>> {
    let comparison = prop_oneof![
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
    ];
    prop::collection::vec((comparison, -3..7_i32), 1..3).prop_map(|pairs| {
        let amount = |number: i32| Amount::parse(&number.to_string()).expect("a number");
        pairs
            .into_iter()
            .map(|(comparison, number)| Threshold { comparison, value: amount(number) })
            .collect()
    })
}

/// Streams with ties, several rules for one event, several groups, and times around the edges of the window.
fn stream() -> impl Strategy<Value = Vec<Base>> {
    let base = (0..14_i64, 0..3_usize, 0..9_u64, 0..2_u8, prop::collection::vec(-3..5_i32, 0..3));
    prop::collection::vec(base, 0..14).prop_map(|rows| {
        let mut seen = BTreeSet::new();
        rows.into_iter()
            // One event has one time and one group; a rule matches it once.
            .map(|(time, rule, event, group, values)| {
                (time, rule, event * 100 + time.cast_unsigned() * 2 + u64::from(group), group, values)
            })
            .filter(|(_, rule, event, _, _)| seen.insert((*rule, *event)))
            .map(|(time, rule, event, group, values)| Base { time, rule, event, group, values })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_window_is_the_definition(
        measure in measure(), thresholds in thresholds(), span in 0..6_i64, stream in stream()
    ) {
        let spec = Spec { measure, span, rules: 3, thresholds };
        let mut found: Vec<(i64, u8)> = engine(&spec, &stream)
            .into_iter()
            .map(|firing| (firing.time, firing.group.values().next().expect("a value").as_bytes()[1] - b'0'))
            .collect();
        found.sort_unstable();
        prop_assert_eq!(found, brute(&spec, &stream));
    }

    #[test]
    fn a_chain_names_its_events_in_order(rules in prop::collection::vec(0..3_usize, 1..4), stream in stream()) {
        let spec = Spec { measure: Measure::Ordered(rules.clone()), span: 4, rules: 3, thresholds: Vec::new() };
        for firing in engine(&spec, &stream) {
            // Where no chain ends at the time, an event of that time comes behind the one that does earlier.
            let inside = |base: &&Base| {
                key(base.group) == firing.group && (firing.time - 4..=firing.time).contains(&base.time)
            };
            let window: Vec<&Base> = stream.iter().filter(inside).collect();
            let ends = ends(&rules, firing.time, &window);
            prop_assert_eq!(firing.events.len(), rules.len() + usize::from(!ends));
            let newest = stream.iter().find(|base| firing.events.last() == Some(&base.event));
            prop_assert_eq!(newest.map(|base| base.time), Some(firing.time));
            let mut last = firing.time - 4;
            for (event, rule) in firing.events.iter().zip(&rules) {
                let base = stream.iter().find(|base| base.event == *event && base.rule == *rule);
                let base = base.expect("an event that the rule matches");
                prop_assert!(base.time >= last && base.time <= firing.time);
                last = base.time;
            }
            let distinct: BTreeSet<_> = firing.events.iter().collect();
            prop_assert_eq!(distinct.len(), firing.events.len());
        }
    }
}

#[test]
fn a_firing_names_its_newest_events_and_counts_all() {
    let spec = Spec {
        measure: Measure::EventCount,
        span: 1_000,
        rules: 1,
        thresholds: vec![Threshold { comparison: Comparison::GreaterOrEqual, value: Amount::count(150) }],
    };
    let base = |time: i64| Base { time, rule: 0, event: time.cast_unsigned(), group: 0, values: Vec::new() };
    let fired = engine(&spec, &(1..=150).map(base).collect::<Vec<_>>());
    let [firing] = &fired[..] else { panic!("{fired:?}") };
    assert_eq!((firing.total, firing.events.len()), (150, MOST_NAMED));
    assert_eq!(firing.events.last(), Some(&150));
}

#[test]
fn what_comes_too_late_is_counted() {
    let mut buffer = Buffer::new(Release::Lateness(2));
    let mut times = Vec::new();
    for time in [10, 9, 13, 11, 8, 20] {
        buffer.push(time, ());
        while let Some((time, _)) = buffer.pop(false) {
            times.push(time);
        }
    }
    while let Some((time, _)) = buffer.pop(true) {
        times.push(time);
    }
    assert_eq!((times, buffer.late()), (vec![9, 10, 11, 13, 20], 1));
}

#[test]
fn very_many_groups_and_a_year_are_bounded_and_told() {
    let year = 365 * 86_400;
    let measures = [
        Measure::EventCount,
        Measure::FirstSeen,
        Measure::ValueCount,
        Measure::Median,
        Measure::Presence(Presence::Rule(0)),
        Measure::Ordered(vec![0, 1]),
    ];
    for measure in measures {
        let thresholds = vec![Threshold { comparison: Comparison::GreaterOrEqual, value: Amount::count(2) }];
        let spec = Spec { measure: measure.clone(), span: year, rules: 2, thresholds };
        let (mut windows, mut fired) = (Windows::new(spec, 1_000), Vec::new());
        for at in 0..20_000_u64 {
            let hit = Hit { time: at.cast_signed(), rule: 0, event: at, values: vec!["1".into()] };
            windows.batch(hit.time, vec![(GroupKey::new(&[at.to_string()]), hit)], &mut fired);
            // What fires is reported, not kept.
            fired.clear();
        }
        assert!(windows.evicted() > 18_000, "{measure:?}: {}", windows.evicted());
    }
    // One group that grows for a year.
    let spec = Spec {
        measure: Measure::EventCount,
        span: year,
        rules: 1,
        thresholds: vec![Threshold { comparison: Comparison::Equal, value: Amount::count(0) }],
    };
    let (mut windows, mut fired) = (Windows::new(spec, 1_000), Vec::new());
    for at in 0..20_000_u64 {
        let hit = Hit { time: at.cast_signed(), rule: 0, event: at, values: Vec::new() };
        windows.batch(hit.time, vec![(key(0), hit)], &mut fired);
    }
    assert!(windows.evicted() > 18_000 && fired.is_empty());
}

#[test]
fn a_group_has_its_values_whatever_they_hold() {
    for values in [&["a", "1:b"][..], &["", ""], &["é:", "2:x", ""], &[]] {
        let group = GroupKey::new(values);
        assert_eq!(group.values().collect::<Vec<_>>(), values);
    }
    assert_ne!(GroupKey::new(&["a", "b"]), GroupKey::new(&["a1:b"]));
}
