//! In which log's record format an event is, for all logs at once.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::index::by_key;
use super::names::{Bits, Names, Present};
use super::record_format::RecordFormats;
use super::tree::Tree;
use crate::schema::{self, Schema, Signature};
use crate::text::{equals, key};

/// The signatures of logs, prepared for many events.
#[derive(Debug)]
pub struct Recogniser<'s> {
    /// Those of one log after another, of its record formats first.
    signatures: Vec<Prepared<'s>>,
    /// By the number of a name, the signatures that no record fits without it: each under the rarest, or, where it asks for a
    /// name with dots alone, under both of which one must be there.
    by_name: Vec<Vec<usize>>,
    /// Those that ask for no name.
    nameless: Vec<usize>,
}

/// How a log reads an event that is known to be a record of it.
#[derive(Clone, Copy, Debug)]
pub struct Recognised<'s> {
    /// The place of the log among those that the recogniser was made for.
    pub log: usize,
    /// The format; `None` for the canonical one.
    pub format: Option<&'s schema::RecordFormat>,
}

/// Texts by their keys.
type ByKey<'s> = FxHashMap<Box<str>, Vec<&'s str>>;

/// A signature, made ready to be held against the names of a record first.
#[derive(Debug)]
struct Prepared<'s> {
    /// What a record is that fits it.
    is: Recognised<'s>,
    /// The names at the top that it asks for.
    names: Vec<usize>,
    has: Bits,
    lacks: Bits,
    /// Names with dots, and whether they must be there.
    dotted: Vec<(Place<'s>, bool)>,
    /// Where one of some texts must be, by their keys.
    values: Vec<(Place<'s>, ByKey<'s>)>,
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
    fn new(signature: &'s Signature, is: Recognised<'s>, names: &mut Names) -> Self {
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
        let by_key = |texts: &'s [String]| {
            let mut by_key = ByKey::default();
            for text in texts {
                by_key.entry(key(text).into()).or_default().push(text);
            }
            by_key
        };
        let values = values.map(|(name, texts)| (Place::new(name, names), by_key(texts))).collect();
        Self { is, has: Bits::new(&has), names: has, lacks: Bits::new(&lacks), dotted, values }
    }

    /// Names of which a record must have one: those of the first name with dots that must be there.
    fn dotted_names(&self) -> Option<Vec<usize>> {
        let wanted = self.dotted.iter().filter(|(_, wanted)| *wanted).map(|(place, _)| place);
        let place = wanted.chain(self.values.iter().map(|(place, _)| place)).next()?;
        Some(place.parts.iter().map(|(first, _)| *first).chain([place.whole]).collect())
    }

    fn fits<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> bool {
        let holds = |(place, texts): &(Place<'_>, ByKey<'_>)| {
            let text = place.value(present).and_then(Tree::text);
            text.is_some_and(|text| {
                by_key(texts, text).into_iter().flatten().any(|wanted| equals(wanted, text))
            })
        };
        present.set.has_all(&self.has)
            && present.set.has_none(&self.lacks)
            && self.dotted.iter().all(|(place, wanted)| place.value(present).is_some() == *wanted)
            && self.values.iter().all(holds)
    }
}

impl<'s> Recogniser<'s> {
    /// For the record formats of schemas; gives the names of records that matter to `names`.
    pub fn new(schemas: &'s [Arc<Schema>], names: &mut Names) -> Self {
        let of_log = |(log, schema): (usize, &'s Arc<Schema>)| {
            let formats = schema.record_formats.iter().map(|format| (&format.signature, Some(format)));
            formats
                .chain([(&schema.signature, None)])
                .map(move |(signature, format)| (signature, Recognised { log, format }))
        };
        let all = schemas.iter().enumerate().flat_map(of_log).filter(|(signature, _)| !signature.is_empty());
        let signatures: Vec<_> = all.map(|(signature, is)| Prepared::new(signature, is, names)).collect();
        let mut asked: FxHashMap<usize, usize> = FxHashMap::default();
        for name in signatures.iter().flat_map(|signature| &signature.names) {
            *asked.entry(*name).or_default() += 1;
        }
        let (mut by_name, mut nameless) = (Vec::<Vec<usize>>::new(), Vec::new());
        for (at, signature) in signatures.iter().enumerate() {
            let rarest = signature.names.iter().min_by_key(|name| asked.get(*name)).map(|name| vec![*name]);
            let Some(one_of) = rarest.or_else(|| signature.dotted_names()) else {
                nameless.push(at);
                continue;
            };
            for name in one_of {
                by_name.resize_with(by_name.len().max(name + 1), Vec::new);
                by_name.get_mut(name).into_iter().for_each(|list| list.push(at));
            }
        }
        Self { signatures, by_name, nameless }
    }

    /// The logs of which a record is known to be, in their order, with the first format of each that fits; the same as
    /// [`RecordFormats`] say.
    pub fn recognise<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> Vec<Recognised<'s>> {
        let named = present.members.iter().filter_map(|(name, _)| self.by_name.get(*name)).flatten();
        let asked = named.chain(&self.nameless);
        let fits = |at: &&usize| self.signatures.get(**at).is_some_and(|signature| signature.fits(present));
        let mut fitting: Vec<usize> = asked.filter(fits).copied().collect();
        fitting.sort_unstable();
        let mut found: Vec<_> =
            fitting.into_iter().filter_map(|at| Some(self.signatures.get(at)?.is)).collect();
        found.dedup_by_key(|is| is.log);
        found
    }
}

impl Recognised<'_> {
    /// The record in the canonical form; `None` when it is in it already.
    pub fn canonical(&self, record: &Value) -> Option<Value> {
        RecordFormats::rewrite(self.format?, record)
    }
}
