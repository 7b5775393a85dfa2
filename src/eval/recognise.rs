//! In which log's record format an event is, for all logs at once.

use serde_json::Value;

use super::names::{Names, Present, Set};
use super::record_format::{RecordFormats, fits};
use super::tree::Tree;
use crate::schema::{self, Schema, Signature};

/// The signatures of one log, prepared for many events.
#[derive(Debug)]
pub struct Recogniser<'s> {
    signature: Prepared<'s>,
    formats: Vec<(Prepared<'s>, &'s schema::RecordFormat)>,
}

/// How a log reads an event.
#[derive(Clone, Copy, Debug)]
pub struct Recognised<'s> {
    /// Whether the event is known to be a record of the log, in whatever format.
    pub claimed: bool,
    /// The format; `None` for the canonical one.
    pub format: Option<&'s schema::RecordFormat>,
}

/// A signature with what can be seen from names alone.
#[derive(Debug)]
struct Prepared<'s> {
    signature: &'s Signature,
    has: Set,
    lacks: Set,
    /// Whether the names are not all that it asks.
    more: bool,
}

impl<'s> Prepared<'s> {
    fn new(signature: &'s Signature, names: &mut Names) -> Self {
        // A name with dots may be a key or lead into objects.
        let mut set = |list: &[String]| -> Set {
            let plain = list.iter().filter(|name| !name.contains('.'));
            Set::new(&plain.map(|name| names.number(name)).collect::<Vec<_>>())
        };
        let (has, lacks) = (set(&signature.has), set(&signature.lacks));
        let dotted = signature.has.iter().chain(&signature.lacks).any(|name| name.contains('.'));
        Self { signature, has, lacks, more: dotted || !signature.values.is_empty() || signature.is_empty() }
    }

    fn fits<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> bool {
        present.set.has_all(&self.has)
            && present.set.has_none(&self.lacks)
            && (!self.more || fits(self.signature, present.record))
    }
}

impl<'s> Recogniser<'s> {
    /// For the record formats of a schema; gives the names of records that matter to `names`.
    pub fn new(schema: &'s Schema, names: &mut Names) -> Self {
        let signature = Prepared::new(&schema.signature, names);
        let formats = schema.record_formats.iter();
        let formats = formats.map(|format| (Prepared::new(&format.signature, names), format)).collect();
        Self { signature, formats }
    }

    /// How the log reads a record; the same as [`RecordFormats`] say.
    pub fn recognise<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> Recognised<'s> {
        let format = self.formats.iter().find(|(signature, _)| signature.fits(present));
        let format = format.map(|(_, format)| *format);
        Recognised { claimed: format.is_some() || self.signature.fits(present), format }
    }
}

impl Recognised<'_> {
    /// The record in the canonical form; `None` when it is in it already.
    pub fn canonical(&self, record: &Value) -> Option<Value> {
        RecordFormats::rewrite(self.format?, record)
    }
}
