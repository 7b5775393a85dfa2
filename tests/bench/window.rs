//! How long the windows of correlations take, and what memory they hold: `cargo bench --bench window`. It measures and
//! judges nothing. One core is used; reading and matching events is not part of it.

use std::time::Instant;

use sigmata::eval::window::{
    Amount, Buffer, Comparison, GroupKey, Hit, MOST_KEPT, Measure, Presence, Release, Spec, Threshold,
    Windows,
};

/// Base matches of one measurement.
const MATCHES: u64 = 1_000_000;
/// Correlations that they are dealt to in turn.
const CORRELATIONS: usize = 100;
const SECOND: i64 = 1_000_000_000;
const YEAR: i64 = 365 * 86_400 * SECOND;

fn measures() -> Vec<(&'static str, Measure)> {
    vec![
        ("event_count", Measure::EventCount),
        ("value_count", Measure::ValueCount),
        ("value_sum", Measure::Sum),
        ("value_percentile", Measure::Percentile(95)),
        ("temporal", Measure::Presence(Presence::All(vec![Presence::Rule(0), Presence::Rule(1)]))),
        ("temporal_ordered", Measure::Ordered(vec![0, 1, 2])),
    ]
}

fn spec(measure: Measure, span: i64) -> Spec {
    let value = Amount::count(40);
    let thresholds = vec![Threshold { comparison: Comparison::GreaterOrEqual, value }];
    Spec { measure, span, rules: 3, thresholds }
}

/// The largest memory that the process has held so far, in megabytes, where the system tells it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes: Option<u64> = line.trim().trim_end_matches(" kB").parse().ok();
    kilobytes.map_or_else(|| "-".to_owned(), |kilobytes| (kilobytes / 1024).to_string())
}

/// A stream of base matches: a hundred a second, nearly sorted, in so many groups.
fn row(what: &str, specs: &[Spec], groups: u64, lateness: i64) {
    let start = Instant::now();
    let most = MOST_KEPT / specs.len();
    let mut windows: Vec<Windows> = specs.iter().map(|spec| Windows::new(spec.clone(), most)).collect();
    let mut buffer = Buffer::new(Release::Lateness(lateness));
    let (mut fired, mut firings, mut noise) = (0, Vec::new(), 1_u64);
    for at in 0..=MATCHES {
        if at < MATCHES {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let time = at.cast_signed() * SECOND / 100 - (noise >> 40).cast_signed() % lateness.max(1);
            let key = GroupKey::new(&[format!("arn:aws:iam::111122223333:user/{}", (noise >> 20) % groups)]);
            let rule = usize::try_from(noise >> 33).unwrap_or_default() % 3;
            let values = vec![((noise >> 24) % 1_000).to_string().into()];
            buffer.push(time, (key, Hit { time, rule, event: at, values }));
        }
        while let Some((time, batch)) = buffer.pop(at == MATCHES) {
            for (key, hit) in batch {
                let chosen = usize::try_from(hit.event).unwrap_or_default() % windows.len();
                if let Some(windows) = windows.get_mut(chosen) {
                    windows.batch(time, vec![(key, hit)], &mut firings);
                }
                fired += firings.len();
                firings.clear();
            }
        }
    }
    let evicted: u64 = windows.iter().map(Windows::evicted).sum();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{what:<44} {:>12} {groups:>9} {seconds:>8.2} {:>7} {fired:>9} {evicted:>9}",
        specs.len(),
        memory()
    );
}

fn main() {
    println!(
        "{:<44} {:>12} {:>9} {:>8} {:>7} {:>9} {:>9}",
        "a million base matches", "correlations", "groups", "s", "MB", "fired", "evicted"
    );
    let hour = 3_600 * SECOND;
    for (name, measure) in measures() {
        row(name, &[spec(measure, hour)], 10_000, SECOND);
    }
    let kinds = measures();
    let mixed = (0..CORRELATIONS).filter_map(|at| kinds.get(at % kinds.len()));
    let mixed: Vec<Spec> = mixed.map(|(_, measure)| spec(measure.clone(), hour)).collect();
    row("every type in turn", &mixed, 10_000, SECOND);
    row("every type in turn, five minutes late", &mixed, 10_000, 300 * SECOND);
    row("event_count, a group for each, a year", &[spec(Measure::EventCount, YEAR)], u64::MAX >> 24, SECOND);
    row("event_count, one group, a year", &[spec(Measure::EventCount, YEAR)], 1, SECOND);
}
