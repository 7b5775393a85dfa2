//! How a query about a correlation is run: how far it looks back, how often, and which of its rows are new.
//!
//! A run at a time `now` looks at the events of `[now - look_back, now]`, which the platform's own time filter does.
//! Of the rows, those are new whose time lies after `now - delay - frequency` and not after `now - delay`: older ones the
//! run before has reported, and for younger ones events may still come.
//! So each firing is reported once, with its whole window, as long as no event comes later than the delay.

use serde_json::{Value, json};

/// The shortest time between two runs that Sentinel and Splunk's own correlation searches both take, in seconds.
const SHORTEST: u64 = 300;
/// The longest time between two runs that is proposed.
const LONGEST: u64 = 3_600;

/// How a query about a correlation is run. All numbers are seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How long before a row's time the oldest event can lie that makes it: the window, and those of the correlations
    /// that are counted.
    pub window: u64,
    /// How long after it happened an event can be read, as the providers of its logs say; 0 where none says so.
    pub delay: u64,
    /// The time between two runs.
    pub frequency: u64,
    /// How far a run looks back: over the window, the time between two runs, and the delay.
    pub look_back: u64,
    /// The column of the query that holds the time of a row.
    pub time: &'static str,
}

impl Schedule {
    /// That of a query whose rows are made of events that lie in windows of so many seconds together and can be read
    /// after a delay, with the time of a row in a column of this name. It is run once in a window, but no more often than
    /// every five minutes and no more seldom than every hour.
    pub fn new(window: u64, delay: u64, time: &'static str) -> Self {
        let frequency = window.clamp(SHORTEST, LONGEST);
        Self { window, delay, frequency, look_back: 0, time }.every(frequency)
    }

    /// The same query run this often.
    #[must_use]
    pub const fn every(self, frequency: u64) -> Self {
        let look_back = self.window.saturating_add(frequency).saturating_add(self.delay);
        Self { frequency, look_back, ..self }
    }

    /// A row whose time lies so many seconds before the run, or more, was reported by the run before.
    pub const fn told_since(&self) -> u64 {
        self.delay.saturating_add(self.frequency)
    }

    /// The object of the JSON output.
    pub fn object(&self) -> Value {
        json!({
            "window": self.window,
            "delay": self.delay,
            "frequency": self.frequency,
            "look_back": self.look_back,
            "time": self.time,
            "new": { "after": self.told_since(), "until": self.delay },
        })
    }
}
