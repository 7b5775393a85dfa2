//! Generated tables, searched in place.
//!
//! The bytes are built by `tests/schemas.rs` from the inputs beside it and embedded; nothing is parsed before a question
//! is asked. All numbers are little-endian.
//! Reading is total: where bytes are missing or make no sense, nothing is found.

mod operations;
mod pairs;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dependent::CaseTable;
use super::{Completeness, KnownValues, Pairs, Type};
use operations::{Operations, Payload};
use pairs::{Side, Table, TableCatalogue};

/// A table in the registry: how schemas call it, and the file below `schemas` without its ending, which is also that of its
/// input below `tests/schemas/inputs`.
#[derive(Debug)]
pub struct Entry {
    /// How schemas call it: `cloudtrail`.
    pub name: &'static str,
    /// `aws/cloudtrail-events`.
    pub file: &'static str,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    /// The lists of known values `NAME/names` and `NAME/owners`, and the relation `NAME`.
    Pairs(Table),
    /// The dependent types `NAME/requests` and `NAME/responses`, and the pairs of their events.
    Operations(operations::Bytes, &'static str),
}

macro_rules! pairs {
    ($name:literal, $file:literal) => {
        Entry {
            name: $name,
            file: $file,
            bytes: Bytes::Pairs(Table::new(include_bytes!(concat!("shipped/", $file, ".bin")))),
        }
    };
}

macro_rules! operations {
    ($name:literal, $file:literal, $pairs:literal) => {
        Entry {
            name: $name,
            file: $file,
            bytes: Bytes::Operations(
                operations::Bytes::new(include_bytes!(concat!("shipped/", $file, ".bin"))),
                $pairs,
            ),
        }
    };
}

/// Every generated table. To add one, write its input, make an empty `.bin`, add a line here, and run
/// `SIGMATA_ACCEPT=1 cargo test --test schemas`.
static TABLES: &[Entry] = &[
    pairs!("cloudtrail", "aws/cloudtrail-events"),
    operations!("cloudtrail", "aws/cloudtrail-operations", "cloudtrail"),
    pairs!("aws/managed-policies", "aws/managed-policies"),
    pairs!("azure/operations", "azure/operations"),
    pairs!("azure/data-actions", "azure/data-actions"),
    pairs!("azure/roles", "azure/roles"),
    pairs!("entra/graph-permissions", "azure/graph-permissions"),
    pairs!("entra/roles", "azure/entra-roles"),
    pairs!("entra/signin-errors", "azure/signin-errors"),
    pairs!("entra/services", "azure/entra-services"),
    pairs!("entra/categories", "azure/entra-categories"),
    pairs!("gcp", "gcp/methods"),
    pairs!("gcp/permissions", "gcp/permissions"),
    pairs!("gcp/roles", "gcp/roles"),
    pairs!("github", "github/actions"),
    pairs!("m365", "m365/operations"),
    pairs!("m365/cmdlets", "m365/cmdlet-parameters"),
    pairs!("google_workspace/admin", "google_workspace/admin-events"),
    pairs!("okta", "okta/events"),
    pairs!("slack", "slack/actions"),
];

/// The generated tables: name, file, and whether they hold operations.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    TABLES.iter().map(|entry| (entry.name, entry.file, matches!(entry.bytes, Bytes::Operations(..))))
}

fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find_map(|entry| match &entry.bytes {
        Bytes::Pairs(table) if entry.name == name => Some(table),
        _ => None,
    })
}

/// The list of known values with a name, as schemas call it.
pub fn known_values(
    name: &str,
    noun: String,
    completeness: Completeness,
    missing: String,
) -> Option<Arc<dyn KnownValues>> {
    let (of, side) = match name.rsplit_once('/')? {
        (of, "names") => (of, Side::Names),
        (of, "owners") => (of, Side::Owners),
        _ => return None,
    };
    let table = table(of)?;
    Some(Arc::new(TableCatalogue { table, side, name: name.to_owned(), noun, completeness, missing }))
}

/// The pairs with a name, as schemas call them.
pub fn pairs(name: &str) -> Option<Arc<dyn Pairs>> {
    table(name).map(|table| Arc::new(table) as Arc<dyn Pairs>)
}

/// The cases with a name, as schemas call them. `types` are the named types of the schema.
pub fn cases(name: &str, types: &BTreeMap<String, Type>) -> Option<Arc<dyn CaseTable>> {
    let (name, part) = match name.rsplit_once('/')? {
        (name, "requests") => (name, Payload::Request),
        (name, "responses") => (name, Payload::Response),
        _ => return None,
    };
    let (bytes, events) = TABLES.iter().find_map(|entry| match &entry.bytes {
        Bytes::Operations(bytes, events) if entry.name == name => Some((bytes, *events)),
        _ => None,
    })?;
    Some(Arc::new(Operations { bytes, events: table(events)?, part, types: types.clone() }))
}

/// A number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let found: &[u8; N] = bytes.get(at..)?.first_chunk()?;
    Some(found.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

/// The order of a text and a key. Up to the first character beyond ASCII, bytes decide.
fn by_key(text: &[u8], key: &str) -> std::cmp::Ordering {
    let pairs = text.iter().zip(key.as_bytes());
    let same = pairs.take_while(|(one, other)| one.is_ascii() && one.to_ascii_lowercase() == **other).count();
    let (text, key) = (text.get(same..).unwrap_or_default(), key.get(same..).unwrap_or_default());
    match (text.first(), key.as_bytes().first()) {
        (Some(one), Some(other)) if one.is_ascii() && other.is_ascii() => one.to_ascii_lowercase().cmp(other),
        _ => {
            let text = std::str::from_utf8(text).unwrap_or_default();
            text.chars().map(crate::text::key_char).cmp(key.chars())
        }
    }
}

/// The bytes of an offset: no table has more than 16 MiB.
const OFFSET: usize = 3;

/// A text list: offsets of 24 bits, one more than there are texts, and the bytes that they cut.
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
        std::str::from_utf8(self.slice(index)?).ok()
    }

    /// The bytes of a text.
    fn slice(&self, index: usize) -> Option<&'a [u8]> {
        let start = number::<OFFSET>(self.bytes, self.offsets + OFFSET * index)?;
        let end = number::<OFFSET>(self.bytes, self.offsets + OFFSET * (index + 1))?;
        self.bytes.get(self.text + start..self.text + end)
    }

    /// The range of texts that `text` matches. The list is sorted by [key](crate::text::key), and has no character that
    /// crosses into ASCII, so that the key decides.
    fn alike(&self, text: &str) -> std::ops::Range<usize> {
        let key = crate::text::key(text);
        let order = |index: usize| by_key(self.slice(index).unwrap_or_default(), &key);
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if order(middle).is_lt() { low = middle + 1 } else { high = middle }
        }
        // Spellings of one key are few.
        let end = (low..self.count).find(|index| order(*index).is_ne()).unwrap_or(self.count);
        low..end
    }

    /// The text that is `text`, or else the first that is but for letter case.
    fn position(&self, text: &str) -> Option<usize> {
        let mut alike = self.alike(text);
        alike.clone().find(|index| self.get(*index) == Some(text)).or_else(|| alike.next())
    }
}
