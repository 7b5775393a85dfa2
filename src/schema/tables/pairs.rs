//! Owners, names, and which name goes with which owner.
//!
//! ```text
//! u32 owners, names, pairs, aliases
//! u24 offsets of owners (one more), u24 offsets of names (one more)
//! u24 where each owner's pairs start (one more), u24 where each name's pairs start (one more)
//! u16 name of each pair by owner, u16 owner of each pair by name
//! u16 owner, name, name in the log: aliases, sorted
//! u8  how complete each owner's list is: 0 not, 1 nearly, 2 entirely
//! texts of owners, texts of names
//! ```

use super::super::{Completeness, KnownValues, Pairs};
use super::{OFFSET, Texts, number};

/// The table.
#[derive(Debug)]
pub struct Table {
    bytes: &'static [u8],
}

/// Where the parts of a table begin.
struct Layout {
    owners: Texts<'static>,
    names: Texts<'static>,
    owner_starts: usize,
    name_starts: usize,
    by_owner: usize,
    by_name: usize,
    aliases: usize,
    alias_count: usize,
    complete: usize,
}

impl Table {
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes }
    }

    fn form(&self) -> Option<Layout> {
        let bytes = self.bytes;
        let [owners, names, pairs, alias_count] =
            [number::<4>(bytes, 0)?, number::<4>(bytes, 4)?, number::<4>(bytes, 8)?, number::<4>(bytes, 12)?];
        let owner_offsets = 16;
        let name_offsets = owner_offsets + OFFSET * (owners + 1);
        let owner_starts = name_offsets + OFFSET * (names + 1);
        let name_starts = owner_starts + OFFSET * (owners + 1);
        let by_owner = name_starts + OFFSET * (names + 1);
        let by_name = by_owner + 2 * pairs;
        let aliases = by_name + 2 * pairs;
        let complete = aliases + 6 * alias_count;
        let owner_text = complete + owners;
        let name_text = owner_text + number::<OFFSET>(bytes, owner_offsets + OFFSET * owners)?;
        Some(Layout {
            owners: Texts { bytes, offsets: owner_offsets, count: owners, text: owner_text },
            names: Texts { bytes, offsets: name_offsets, count: names, text: name_text },
            owner_starts,
            name_starts,
            by_owner,
            by_name,
            aliases,
            alias_count,
            complete,
        })
    }

    fn side(&self, side: Side) -> Option<Texts<'static>> {
        let form = self.form()?;
        Some(match side {
            Side::Owners => form.owners,
            Side::Names => form.names,
        })
    }

    /// The numbers from one list that go with `index` of the other.
    fn list(&self, starts: usize, list: usize, index: usize) -> impl Iterator<Item = usize> + use<> {
        let bytes = self.bytes;
        let start = number::<OFFSET>(bytes, starts + OFFSET * index).unwrap_or(0);
        let end = number::<OFFSET>(bytes, starts + OFFSET * (index + 1)).unwrap_or(0);
        (start..end).filter_map(move |at| number::<2>(bytes, list + 2 * at))
    }

    /// The owners of a name, by text; both spellings count where two differ in letter case alone.
    pub fn owners_of(&self, name: &str) -> Vec<&'static str> {
        let Some(form) = self.form() else { return Vec::new() };
        let alike = form.names.alike(name);
        let exact = alike.clone().find(|index| form.names.get(*index) == Some(name));
        let wanted = exact.map_or(alike, |index| index..index + 1);
        let numbers = wanted.flat_map(|index| self.list(form.name_starts, form.by_name, index));
        numbers.filter_map(|owner| form.owners.get(owner)).collect()
    }

    /// How many of the names of an owner are known.
    pub fn completeness_of(&self, owner: &str) -> Completeness {
        let found = self.form().and_then(|form| {
            let owner = form.owners.position(owner)?;
            number::<1>(self.bytes, form.complete + owner)
        });
        match found {
            Some(2) => Completeness::Complete,
            Some(1) => Completeness::Nearly,
            _ => Completeness::Incomplete,
        }
    }

    /// The names of an owner.
    pub fn names_of(&self, owner: &str) -> impl Iterator<Item = &'static str> + use<> {
        let found = self.form().and_then(|form| {
            let owner = form.owners.position(owner)?;
            Some((form.names, self.list(form.owner_starts, form.by_owner, owner)))
        });
        found.into_iter().flat_map(|(names, numbers)| numbers.filter_map(move |index| names.get(index)))
    }
}

impl Pairs for &'static Table {
    fn completeness(&self, by: &str) -> Completeness {
        self.completeness_of(by)
    }

    fn has(&self, by: &str, value: &str) -> bool {
        let found = self.form().and_then(|form| {
            let owner = form.owners.position(by)?;
            let mut names = form.names.alike(value);
            names.find(|name| self.list(form.name_starts, form.by_name, *name).any(|found| found == owner))
        });
        found.is_some()
    }

    fn owners(&self, value: &str) -> Vec<&str> {
        self.owners_of(value)
    }

    fn visit(&self, by: &str, visit: &mut dyn FnMut(&str) -> bool) {
        for name in self.names_of(by) {
            if !visit(name) {
                return;
            }
        }
    }

    fn logged_as(&self, by: &str, value: &str) -> Option<&str> {
        let form = self.form()?;
        let (owner, names) = (form.owners.position(by)?, form.names.alike(value));
        let alias = (0..form.alias_count).map(|index| form.aliases + 6 * index).find(|at| {
            number::<2>(self.bytes, *at) == Some(owner)
                && number::<2>(self.bytes, at + 2).is_some_and(|name| names.contains(&name))
        })?;
        form.names.get(number::<2>(self.bytes, alias + 4)?)
    }
}

/// A side of the table.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// What names go with.
    Owners,
    /// The names.
    Names,
}

/// One side of a table as a list of known values.
#[derive(Debug)]
pub struct TableCatalogue {
    /// The table.
    pub table: &'static Table,
    /// The side.
    pub side: Side,
    /// How schemas call the two: `cloudtrail/names`.
    pub name: String,
    /// What a member is called.
    pub noun: String,
    /// How many of the values are known.
    pub completeness: Completeness,
    /// What it can lack when it is nearly complete.
    pub missing: String,
}

impl KnownValues for TableCatalogue {
    fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// Where the names begin with their owner and a slash, what is known of the owner counts.
    fn completeness_around(&self, text: &str) -> Completeness {
        let owner = match self.side {
            Side::Names => text.split_once('/').map(|(owner, _)| owner),
            Side::Owners => None,
        };
        owner.map_or(self.completeness, |owner| self.completeness.max(self.table.completeness_of(owner)))
    }

    fn missing(&self) -> &str {
        &self.missing
    }

    fn noun(&self) -> &str {
        &self.noun
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        let texts = self.table.side(self.side)?;
        texts.get(texts.position(text)?)
    }

    fn table(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn unique(&self, text: &str) -> bool {
        self.table.side(self.side).is_some_and(|texts| texts.alike(text).len() < 2)
    }

    fn owners(&self, text: &str) -> Vec<&str> {
        match self.side {
            Side::Names => self.table.owners_of(text),
            Side::Owners => Vec::new(),
        }
    }

    fn logged_as(&self, text: &str) -> Option<&str> {
        if !matches!(self.side, Side::Names) {
            return None;
        }
        let mut found = None;
        for owner in self.table.owners_of(text) {
            found = Some(Pairs::logged_as(&self.table, owner, text)?);
        }
        found
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        let Some(texts) = self.table.side(self.side) else { return };
        for index in 0..texts.count {
            if !texts.get(index).is_some_and(&mut *visit) {
                return;
            }
        }
    }
}
