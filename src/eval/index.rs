//! Which rules an event can satisfy at all, found without trying each.
//!
//! Each formula is filed under the facts of which an event must have one (`need`); formulas without such facts are
//! candidates for every event.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rustc_hash::FxHashMap;

use super::names::{Names, Present};
use super::need::{Counts, Fact, need, ways};
use super::reach::{reach, scalars};
use super::tree::Tree;
use crate::ir::Formula;
use crate::schema::{Path, Step};

/// An index of the formulas of one log.
#[derive(Debug, Default)]
pub struct Index {
    /// Formulas that any event may satisfy.
    always: Vec<usize>,
    texts: Vec<Texts>,
    /// By the number of a name, those that need a member of that name.
    members: Vec<Vec<usize>>,
    parts: Option<Parts>,
}

/// Formulas that need one of some texts at a path.
#[derive(Debug)]
struct Texts {
    path: Path,
    /// The numbers of the names of which a record must have one for the path to reach anything, where that is known.
    ways: Option<Vec<usize>>,
    by_key: FxHashMap<Box<str>, Vec<usize>>,
}

/// Formulas that need a part of some text.
#[derive(Debug)]
struct Parts {
    search: AhoCorasick,
    /// For each part, who needs it.
    by_part: Vec<Vec<usize>>,
}

impl Index {
    /// Files formulas, each under a number of its own, and gives the names of records that matter to `names`.
    pub fn new(formulas: &[(usize, &Formula)], names: &mut Names) -> Self {
        let mut counts = Counts::default();
        for (_, formula) in formulas {
            counts.add(formula);
        }
        let mut index = Self::default();
        let mut texts: FxHashMap<Path, usize> = FxHashMap::default();
        let mut parts: Vec<(Box<str>, Vec<usize>)> = Vec::new();
        for (number, formula) in formulas {
            let Some(need) = need(formula, &counts) else {
                index.always.push(*number);
                continue;
            };
            for fact in need {
                match fact {
                    Fact::Text(path, key) => {
                        let at = *texts.entry(path.clone()).or_insert_with(|| {
                            index.texts.push(Texts::new(path, names));
                            index.texts.len() - 1
                        });
                        if let Some(texts) = index.texts.get_mut(at) {
                            texts.by_key.entry(key).or_default().push(*number);
                        }
                    }
                    Fact::Member(name) => {
                        let name = names.number(&name);
                        if index.members.len() <= name {
                            index.members.resize_with(name + 1, Vec::new);
                        }
                        index.members.get_mut(name).into_iter().for_each(|list| list.push(*number));
                    }
                    Fact::Part(part) => match parts.iter_mut().find(|(known, _)| *known == part) {
                        Some((_, list)) => list.push(*number),
                        None => parts.push((part, vec![*number])),
                    },
                }
            }
        }
        index.set_parts(parts);
        index
    }

    fn set_parts(&mut self, parts: Vec<(Box<str>, Vec<usize>)>) {
        if parts.is_empty() {
            return;
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(parts.iter().map(|(part, _)| part.as_bytes()));
        let (_, by_part): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        match search {
            Ok(search) => self.parts = Some(Parts { search, by_part }),
            // Too many for one automaton: each is tried.
            Err(_) => self.always.extend(by_part.into_iter().flatten()),
        }
    }

    /// Adds the numbers of all formulas that a record may satisfy, in no order and some more than once.
    pub fn candidates<V: Tree + ?Sized>(&self, present: &Present<'_, V>, found: &mut Vec<usize>) {
        found.extend(&self.always);
        for (name, _) in &present.members {
            found.extend(self.members.get(*name).into_iter().flatten());
        }
        for texts in &self.texts {
            texts.candidates(present, found);
        }
        if let Some(parts) = &self.parts {
            scalars(present.record, &mut |value| {
                let text = value.text().unwrap_or_default();
                for hit in parts.search.find_overlapping_iter(text) {
                    found.extend(parts.by_part.get(hit.pattern().as_usize()).into_iter().flatten());
                }
                false
            });
        }
    }
}

impl Texts {
    fn new(path: Path, names: &mut Names) -> Self {
        let ways = ways(&path).map(|ways| ways.iter().map(|name| names.number(name)).collect());
        Self { path, ways, by_key: FxHashMap::default() }
    }

    fn candidates<V: Tree + ?Sized>(&self, present: &Present<'_, V>, found: &mut Vec<usize>) {
        let ways = self.ways.as_deref();
        if ways.is_some_and(|ways| !ways.iter().any(|way| present.set.has(*way))) {
            return;
        }
        let (base, steps) = match (ways, self.path.steps.split_first()) {
            (Some([way]), Some((Step::Key(_), rest))) => match present.get(*way) {
                Some(base) => (base, rest),
                None => return,
            },
            _ => (present.record, self.path.steps.as_slice()),
        };
        reach(base, steps, &mut |value| {
            let list = value.text().and_then(|text| by_key(&self.by_key, text));
            found.extend(list.into_iter().flatten());
            false
        });
    }
}

/// Longer texts are folded on the heap.
const STACK: usize = 128;

/// The entry of a text's [`key`](crate::text::key).
pub(super) fn by_key<'m, T>(map: &'m FxHashMap<Box<str>, T>, text: &str) -> Option<&'m T> {
    let mut buffer = [0; STACK];
    if let Some(buffer) = buffer.get_mut(..text.len()).filter(|_| text.is_ascii()) {
        buffer.copy_from_slice(text.as_bytes());
        buffer.make_ascii_lowercase();
        return map.get(std::str::from_utf8(buffer).ok()?);
    }
    map.get(crate::text::key(text).as_str())
}
