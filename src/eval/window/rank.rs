//! The value at a rank of a changing multiset.

use std::collections::BTreeMap;

use super::Amount;

/// A multiset in two halves: `low` holds the smallest values, as many as the rank asks for.
/// Each change and each answer takes logarithmic time.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    low: Half,
    high: Half,
}

#[derive(Debug, Default)]
struct Half {
    values: BTreeMap<Amount, usize>,
    size: usize,
}

impl Half {
    fn add(&mut self, value: Amount) {
        *self.values.entry(value).or_default() += 1;
        self.size += 1;
    }

    /// Whether the value was there.
    fn remove(&mut self, value: Amount) -> bool {
        let Some(count) = self.values.get_mut(&value) else { return false };
        *count -= 1;
        if *count == 0 {
            self.values.remove(&value);
        }
        self.size -= 1;
        true
    }

    fn smallest(&self) -> Option<Amount> {
        self.values.first_key_value().map(|(value, _)| *value)
    }

    fn largest(&self) -> Option<Amount> {
        self.values.last_key_value().map(|(value, _)| *value)
    }
}

impl Ranked {
    pub(super) const fn len(&self) -> usize {
        self.low.size + self.high.size
    }

    pub(super) fn add(&mut self, value: Amount) {
        if self.low.largest().is_some_and(|largest| value <= largest) {
            self.low.add(value);
        } else {
            self.high.add(value);
        }
    }

    pub(super) fn remove(&mut self, value: Amount) {
        if !self.low.remove(value) {
            self.high.remove(value);
        }
    }

    /// The smallest value with at least `rank` values at or below it, and the next one.
    /// `rank` counts from 1.
    pub(super) fn at(&mut self, rank: usize) -> Option<(Amount, Option<Amount>)> {
        while self.low.size < rank {
            let value = self.high.smallest()?;
            self.high.remove(value);
            self.low.add(value);
        }
        while self.low.size > rank {
            let value = self.low.largest()?;
            self.low.remove(value);
            self.high.add(value);
        }
        Some((self.low.largest()?, self.high.smallest()))
    }
}
