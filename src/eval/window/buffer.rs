//! Nearly sorted streams, put in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// When a base match leaves the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// When so many nanoseconds lie between it and the newest time.
    Lateness(i64),
    /// When so many are held: files of any order, as far as memory goes.
    Held(usize),
}

/// Base matches that wait for older ones.
#[derive(Debug)]
pub struct Buffer<T> {
    release: Release,
    held: BinaryHeap<Reverse<Waiting<T>>>,
    /// The order of arrival, which decides between equal times.
    arrived: u64,
    newest: i64,
    /// The newest time that left the buffer.
    gone: Option<i64>,
    late: u64,
}

#[derive(Debug)]
struct Waiting<T> {
    time: i64,
    arrived: u64,
    item: T,
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.time, self.arrived) == (other.time, other.arrived)
    }
}

impl<T> Eq for Waiting<T> {}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.arrived).cmp(&(other.time, other.arrived))
    }
}

impl<T> Buffer<T> {
    /// An empty buffer.
    pub const fn new(release: Release) -> Self {
        Self { release, held: BinaryHeap::new(), arrived: 0, newest: i64::MIN, gone: None, late: 0 }
    }

    /// How many came after younger ones had been released, and were left out.
    pub const fn late(&self) -> u64 {
        self.late
    }

    /// Takes one.
    pub fn push(&mut self, time: i64, item: T) {
        if self.gone.is_some_and(|gone| time <= gone) {
            self.late += 1;
            return;
        }
        self.newest = self.newest.max(time);
        self.held.push(Reverse(Waiting { time, arrived: self.arrived, item }));
        self.arrived += 1;
    }

    /// All of the oldest time, when that can be released; with `end`, whatever is left.
    pub fn pop(&mut self, end: bool) -> Option<(i64, Vec<T>)> {
        let oldest = self.held.peek()?.0.time;
        let ready = match self.release {
            Release::Lateness(lateness) => oldest < self.newest.saturating_sub(lateness),
            Release::Held(most) => self.held.len() > most,
        };
        if !ready && !end {
            return None;
        }
        let mut items = Vec::new();
        while self.held.peek().is_some_and(|waiting| waiting.0.time == oldest) {
            items.extend(self.held.pop().map(|waiting| waiting.0.item));
        }
        self.gone = Some(oldest);
        Some((oldest, items))
    }
}
