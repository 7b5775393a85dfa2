//! When a query runs and how far it looks back, so that each event raises its alert once.

use crate::backend::{Compiled, Schedule};
use crate::rule::timespan;

/// How late an event may come to its table and still be seen, in seconds, where its provider says nothing, or says less
/// as a mean: an assumption, which the documentation states. Looking back further costs nothing where single events are
/// looked for; a correlation waits as long before it alerts.
const LATENESS: u64 = 3_600;
const PATIENCE: u64 = 900;

/// How often a rule runs where nothing is set for it.
const EVERY: u64 = 3_600;

/// How often a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// On each event as it comes, where the platform can.
    Continuous,
    /// After so many seconds.
    Seconds(u64),
}

impl Default for Every {
    fn default() -> Self {
        Self::Seconds(EVERY)
    }
}

impl Every {
    /// What a setting says: `15m`, or `continuous`.
    pub fn read(text: &str) -> Option<Self> {
        if text == "continuous" {
            return Some(Self::Continuous);
        }
        timespan::seconds(text).ok().map(Self::Seconds)
    }
}

/// The times of a query that runs so often: those of one over windows are its own, with a delay that can be relied on.
/// `time` is the column of a single event's time.
pub fn of(every: u64, time: &'static str, compiled: &Compiled) -> Schedule {
    let told = compiled.reads.iter().filter_map(|read| read.delay).max();
    let (window, time, least) = match &compiled.schedule {
        Some(own) => (own.window, own.time, if told.is_some() { PATIENCE } else { LATENESS }),
        None => (0, time, LATENESS),
    };
    Schedule::new(window, told.unwrap_or(least).max(least), time).every(every)
}

/// A query of KQL over windows with those alone that ended in the time that no other run looks at.
pub fn new_windows(query: &str, schedule: &Schedule) -> String {
    let (from, late) = (short(schedule.told_since()), short(schedule.delay));
    let time = schedule.time;
    format!("{query}\n| where {time} > ago({from})\n    and {time} <= ago({late})")
}

/// A duration as ISO 8601 has it: `PT1H`, `P1DT30M`.
pub fn iso(seconds: u64) -> String {
    let parts =
        [(seconds / 86_400, 'D'), (seconds / 3_600 % 24, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
    let written = |parts: &[(u64, char)]| -> String {
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect()
    };
    let (days, time) = (written(&parts[..1]), written(&parts[1..]));
    match (days.is_empty(), time.is_empty()) {
        (true, true) => "PT0S".to_owned(),
        (_, true) => format!("P{days}"),
        _ => format!("P{days}T{time}"),
    }
}

/// A duration in the largest unit that fits, as KQL and Splunk write it: `90m`.
pub fn short(seconds: u64) -> String {
    for (unit, name) in [(86_400, 'd'), (3_600, 'h'), (60, 'm')] {
        if seconds > 0 && seconds.is_multiple_of(unit) {
            return format!("{}{name}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_both_forms() {
        for (seconds, long, brief) in [
            (0, "PT0S", "0s"),
            (300, "PT5M", "5m"),
            (3_600, "PT1H", "1h"),
            (5_400, "PT1H30M", "90m"),
            (86_400, "P1D", "1d"),
            (90_061, "P1DT1H1M1S", "90061s"),
        ] {
            assert_eq!((iso(seconds).as_str(), short(seconds).as_str()), (long, brief));
        }
        assert_eq!(Every::read("15m"), Some(Every::Seconds(900)));
        assert_eq!(Every::read("soon"), None);
    }
}
