//! The names at the top of records, numbered, so that a record's are looked up once for all who ask.

use rustc_hash::FxHashMap;

use super::tree::Tree;

/// Names that somebody asks for.
#[derive(Debug, Default)]
pub struct Names(FxHashMap<Box<str>, usize>);

impl Names {
    /// The number of a name.
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = self.0.len();
        self.0.insert(name.into(), number);
        number
    }

    /// Those that are members of a record.
    pub fn of<'v, V: Tree + ?Sized>(&self, record: &'v V) -> Present<'v, V> {
        let mut set = Set(vec![0; self.0.len().div_ceil(64)].into());
        let mut members = Vec::with_capacity(32);
        record.each_member(&mut |name, value| {
            if let Some(number) = self.0.get(name) {
                set.add(*number);
                members.push((*number, value));
            }
        });
        Present { record, set, members }
    }
}

/// The names of one record, with what is under them.
pub struct Present<'v, V: ?Sized> {
    pub(super) record: &'v V,
    pub(super) set: Set,
    /// In the order of the record; of a number that is there twice the last counts.
    pub(super) members: Vec<(usize, &'v V)>,
}

impl<'v, V: Tree + ?Sized> Present<'v, V> {
    /// What is under a name.
    pub(super) fn get(&self, number: usize) -> Option<&'v V> {
        if !self.set.has(number) {
            return None;
        }
        self.members.iter().rev().find(|(found, _)| *found == number).map(|(_, value)| *value)
    }
}

/// A set of numbers, asked for many.
#[derive(Clone, Debug)]
pub(super) struct Set(Box<[u64]>);

impl Set {
    fn add(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Whether a number is in this.
    pub(super) fn has(&self, number: usize) -> bool {
        self.word(number / 64) & (1 << (number % 64)) != 0
    }

    /// Whether every number of the other is in this.
    pub(super) fn has_all(&self, few: &Bits) -> bool {
        few.0.iter().all(|(at, bits)| self.word(*at) & bits == *bits)
    }

    /// Whether no number is in both.
    pub(super) fn has_none(&self, few: &Bits) -> bool {
        few.0.iter().all(|(at, bits)| self.word(*at) & bits == 0)
    }
}

/// A set of few numbers: the words of a [`Set`] that are not empty, with their places.
#[derive(Debug)]
pub(super) struct Bits(Box<[(usize, u64)]>);

impl Bits {
    /// The set of these numbers.
    pub(super) fn new(numbers: &[usize]) -> Self {
        let mut words = std::collections::BTreeMap::<usize, u64>::new();
        for number in numbers {
            *words.entry(number / 64).or_default() |= 1 << (number % 64);
        }
        Self(words.into_iter().collect())
    }
}
