//! In which log's record format an event is, for all logs at once.

use serde_json::Value;

use super::names::{Names, Present, Set};
use super::record_format::{RecordFormats, member};
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
    has: Set,
    lacks: Set,
    /// Names with dots, which may be a key or lead into objects.
    dotted: Vec<(&'s str, bool)>,
    /// Names, the numbers of those without dots, and the texts of which they hold one.
    values: Vec<(&'s str, Option<usize>, &'s [String])>,
}

impl<'s> Prepared<'s> {
    fn new(signature: &'s Signature, names: &mut Names) -> Self {
        let mut number = |name: &str| (!name.contains('.')).then(|| names.number(name));
        let values: Vec<_> = signature
            .values
            .iter()
            .map(|(name, texts)| (name.as_str(), number(name), texts.as_slice()))
            .collect();
        let mut set = |list: &[String]| list.iter().filter_map(|name| number(name)).collect::<Vec<_>>();
        let (mut has, lacks) = (set(&signature.has), set(&signature.lacks));
        has.extend(values.iter().filter_map(|(_, number, _)| *number));
        let has_dotted = signature.has.iter().map(|name| (name.as_str(), true));
        let lacks_dotted = signature.lacks.iter().map(|name| (name.as_str(), false));
        let dotted = has_dotted.chain(lacks_dotted).filter(|(name, _)| name.contains('.')).collect();
        let (has, lacks) = (Set::new(&has), Set::new(&lacks));
        Self { says: !signature.is_empty(), has, lacks, dotted, values }
    }

    fn fits<V: Tree + ?Sized>(&self, present: &Present<'_, V>) -> bool {
        let holds = |(name, number, texts): &(&str, Option<usize>, &[String])| {
            let value = match number {
                Some(number) => present.get(*number),
                None => member(present.record, name),
            };
            let text = value.and_then(Tree::text);
            text.is_some_and(|text| texts.iter().any(|wanted| crate::text::equals(wanted, text)))
        };
        self.says
            && present.set.has_all(&self.has)
            && present.set.has_none(&self.lacks)
            && self.dotted.iter().all(|(name, wanted)| member(present.record, name).is_some() == *wanted)
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
