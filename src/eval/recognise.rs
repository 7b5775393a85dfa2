//! In which log's record format an event is, for all logs at once.

use serde_json::Value;

use super::names::{Bits, Names, Present};
use super::record_format::RecordFormats;
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

/// A signature, made ready to be held against the names of a record first.
#[derive(Debug)]
struct Prepared<'s> {
    /// Whether it recognises anything.
    says: bool,
    has: Bits,
    lacks: Bits,
    /// One of the names that must be there: most signatures are refused by it alone.
    first: Option<usize>,
    /// Names with dots, and whether they must be there.
    dotted: Vec<(Place<'s>, bool)>,
    /// Where one of some texts must be.
    values: Vec<(Place<'s>, &'s [String])>,
}

/// Where a name of a signature leads: to a key of that name, or, at its dots, into objects.
#[derive(Debug)]
struct Place<'s> {
    whole: usize,
    /// The number of what is before the first dot, and the keys after it.
    parts: Option<(usize, Vec<&'s str>)>,
}

impl<'s> Place<'s> {
    fn new(name: &'s str, names: &mut Names) -> Self {
        let parts = name.split_once('.');
        let parts = parts.map(|(first, rest)| (names.number(first), rest.split('.').collect()));
        Self { whole: names.number(name), parts }
    }

    fn value<'v, V: Tree + ?Sized>(&self, present: &Present<'v, V>) -> Option<&'v V> {
        let parted = || {
            let (first, rest) = self.parts.as_ref()?;
            rest.iter().try_fold(present.get(*first)?, |value, key| value.member(key))
        };
        present.get(self.whole).or_else(parted)
    }
}

impl<'s> Prepared<'s> {
    fn new(signature: &'s Signature, names: &mut Names) -> Self {
        let mut plain = |list: &[String]| {
            let plain = list.iter().filter(|name| !name.contains('.'));
            plain.map(|name| names.number(name)).collect::<Vec<_>>()
        };
        let (mut has, lacks) = (plain(&signature.has), plain(&signature.lacks));
        has.extend(plain(&signature.values.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()));
        let wanted = signature.has.iter().map(|name| (name, true));
        let unwanted = signature.lacks.iter().map(|name| (name, false));
        let dotted = wanted.chain(unwanted).filter(|(name, _)| name.contains('.'));
        let dotted = dotted.map(|(name, wanted)| (Place::new(name, names), wanted)).collect();
        let values = signature.values.iter();
        let values = values.map(|(name, texts)| (Place::new(name, names), texts.as_slice())).collect();
        let (first, has, lacks) = (has.first().copied(), Bits::new(&has), Bits::new(&lacks));
        Self { says: !signature.is_empty(), has, lacks, first, dotted, values }
    }

    #[inline]
    fn fits<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> bool {
        self.says && self.first.is_none_or(|first| present.set.has(first)) && self.fits_whole(present)
    }

    fn fits_whole<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> bool {
        let holds = |(place, texts): &(Place<'_>, &[String])| {
            let text = place.value(present).and_then(Tree::text);
            text.is_some_and(|text| texts.iter().any(|wanted| crate::text::equals(wanted, text)))
        };
        present.set.has_all(&self.has)
            && present.set.has_none(&self.lacks)
            && self.dotted.iter().all(|(place, wanted)| place.value(present).is_some() == *wanted)
            && self.values.iter().all(holds)
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
