//! Generated tables, searched in place.
//!
//! The bytes are built by `tests/packs.rs` from the inputs beside it and embedded; nothing is parsed before a question
//! is asked. All numbers are little-endian.
//! Reading is total: where bytes are missing or make no sense, nothing is found.

mod operations;
mod pairs;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dependent::CaseTable;
use super::{Catalogue, Pairs, Type};
use operations::{Operations, Part};
use pairs::{Side, Table, TableCatalogue};

static CLOUDTRAIL_EVENTS: Table = Table::new(include_bytes!("packs/aws/cloudtrail-events.bin"));
static CLOUDTRAIL_OPERATIONS: operations::Bytes =
    operations::Bytes::new(include_bytes!("packs/aws/cloudtrail-operations.bin"));
static ENTRA_SERVICES: Table = Table::new(include_bytes!("packs/azure/entra-services.bin"));
static ENTRA_CATEGORIES: Table = Table::new(include_bytes!("packs/azure/entra-categories.bin"));

/// Pairs that packs know as `NAME/names` and `NAME/owners`, and as the relation `NAME`.
static PAIRS: &[(&str, Table)] = &[
    ("gcp", Table::new(include_bytes!("packs/gcp/methods.bin"))),
    ("github", Table::new(include_bytes!("packs/github/actions.bin"))),
    ("okta", Table::new(include_bytes!("packs/okta/events.bin"))),
    ("slack", Table::new(include_bytes!("packs/slack/actions.bin"))),
];

/// The pairs with a name.
fn named(name: &str) -> Option<&'static Table> {
    PAIRS.iter().find(|(known, _)| *known == name).map(|(_, table)| table)
}

/// The catalogue with a name, as packs call it.
pub fn catalogue(name: &str, noun: String, closed: bool) -> Option<Arc<dyn Catalogue>> {
    let (table, side) = match name {
        "cloudtrail/names" => (&CLOUDTRAIL_EVENTS, Side::Names),
        "cloudtrail/sources" => (&CLOUDTRAIL_EVENTS, Side::Owners),
        "entra/activities" => (&ENTRA_SERVICES, Side::Names),
        "entra/services" => (&ENTRA_SERVICES, Side::Owners),
        "entra/categories" => (&ENTRA_CATEGORIES, Side::Owners),
        _ => match name.rsplit_once('/')? {
            (name, "names") => (named(name)?, Side::Names),
            (name, "owners") => (named(name)?, Side::Owners),
            _ => return None,
        },
    };
    Some(Arc::new(TableCatalogue { table, side, noun, closed }))
}

/// The pairs with a name, as packs call them.
pub fn pairs(name: &str) -> Option<Arc<dyn Pairs>> {
    let table = match name {
        "cloudtrail" => &CLOUDTRAIL_EVENTS,
        "entra/services" => &ENTRA_SERVICES,
        "entra/categories" => &ENTRA_CATEGORIES,
        _ => named(name)?,
    };
    Some(Arc::new(table))
}

/// The cases with a name, as packs call them. `types` are the named types of the pack.
pub fn cases(name: &str, types: &BTreeMap<String, Type>) -> Option<Arc<dyn CaseTable>> {
    let part = match name {
        "cloudtrail/requests" => Part::Request,
        "cloudtrail/responses" => Part::Response,
        _ => return None,
    };
    let operations =
        Operations { bytes: &CLOUDTRAIL_OPERATIONS, events: &CLOUDTRAIL_EVENTS, part, types: types.clone() };
    Some(Arc::new(operations))
}

/// A number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let found: &[u8; N] = bytes.get(at..)?.first_chunk()?;
    Some(found.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

/// A text list: offsets of 32 bits, one more than there are texts, and the bytes that they cut.
#[derive(Debug, Clone, Copy)]
struct Texts<'a> {
    bytes: &'a [u8],
    offsets: usize,
    count: usize,
    text: usize,
}

impl<'a> Texts<'a> {
    fn get(&self, index: usize) -> Option<&'a str> {
        if index >= self.count {
            return None;
        }
        let start = number::<4>(self.bytes, self.offsets + 4 * index)?;
        let end = number::<4>(self.bytes, self.offsets + 4 * index + 4)?;
        std::str::from_utf8(self.bytes.get(self.text + start..self.text + end)?).ok()
    }

    /// The range of texts that are `text` but for letter case. The list is sorted by folded text.
    fn alike(&self, text: &str) -> std::ops::Range<usize> {
        let text = super::nearest::fold(text);
        let order = |index: usize| {
            let found = self.get(index).unwrap_or_default();
            found.chars().map(super::nearest::fold_char).cmp(text.chars())
        };
        let find = |after: bool| {
            let (mut low, mut high) = (0, self.count);
            while low < high {
                let middle = low + (high - low) / 2;
                let less = match order(middle) {
                    std::cmp::Ordering::Less => true,
                    std::cmp::Ordering::Equal => after,
                    std::cmp::Ordering::Greater => false,
                };
                if less { low = middle + 1 } else { high = middle }
            }
            low
        };
        find(false)..find(true)
    }

    /// The text that is `text`, or else the first that is but for letter case.
    fn position(&self, text: &str) -> Option<usize> {
        let mut alike = self.alike(text);
        alike.clone().find(|index| self.get(*index) == Some(text)).or_else(|| alike.next())
    }
}
