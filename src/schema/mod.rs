//! Log schemas: the typed fields of a provider's log, the values they can hold, and where the fields live in a SIEM.
//!
//! A [`Schema`] is made from a *schema*: one YAML file (hand-written, read once when a rule needs it) and, for large
//! lists of known values, generated tables that are searched in place.
//! A [`Registry`] finds the schema of a [`LogSource`](crate::rule::LogSource).
//! Schemas of users are untrusted: they hold data only, never query text.

pub mod codes;
mod delivery;
mod dependent;
mod drift;
mod example;
mod file;
pub mod format;
mod forms;
pub mod index;
pub mod indexing;
mod infer;
mod infer_text;
mod known_values;
pub mod lists;
pub mod meaning;
pub mod outline;
pub mod path;
mod record_format;
mod registry;
mod relation;
mod resolve;
mod resolved;
mod tables;
mod taxonomy;
mod types;
mod validate;
mod vocabulary;

use std::sync::Arc;

use crate::diagnostic::nearest;
pub use delivery::{
    Carrier, Column, ColumnType, Decode, Delivery, DeliveryForm, Discriminator, Limit, LimitOf, Located,
    Plan, Platform, RowTime, TimeOf, Trust, When,
};
pub use drift::{Difference, Drift};
pub use example::{Cast, Example, Examples, name_alone};
pub use format::Format;
pub use forms::{Form, Forms};
pub use infer::Inference;
pub use lists::{KnownList, KnownLists};
pub use meaning::{Meaning, Meant, Outcome, Signs};
pub use outline::Row;
pub use path::{Base, Path, Step};
pub use record_format::{RecordFormat, RecordFormatMember, Signature};
pub use registry::{LogMatch, Registry};
pub use relation::{Pairs, Relation};
pub use resolved::{OtherName, OtherNameKind, Resolved, Unresolved};
pub use types::{
    Completeness, Dependent, Facts, Field, Keyed, KnownValues, Members, ObjectType, Redaction, Type,
};
pub use validate::{Misfit, Violation};
pub use vocabulary::{Frame, Vocabulary};

/// The typed log of one provider's service; the default one knows no field, value or delivery.
#[derive(Debug, Default)]
pub struct Schema {
    /// `product/service`, such as `aws/cloudtrail`.
    pub name: String,
    /// A name for people.
    pub title: String,
    /// The record.
    pub record: Arc<ObjectType>,
    /// Where the facts come from.
    pub provenance: Vec<Provenance>,
    /// The path of the time of the event.
    pub time: Option<Path>,
    /// How long after it happened an event can be read.
    pub delay: Option<Delay>,
    /// What tells its records apart, where the same one can arrive more than once.
    pub repeats: Option<Repeats>,
    /// Fields of which many records have none.
    pub sparse: Vec<Sparse>,
    /// Fields that can be longer than what a platform keeps.
    pub long: Vec<Long>,
    /// Fields that whoever causes the event can write as he likes.
    pub chosen: Vec<Chosen>,
    /// The columns useful in an alert, in order: who, what, from where, how it ended.
    pub alert: Vec<Path>,
    /// Where the log lives.
    pub deliveries: Vec<Delivery>,
    /// What distinguishes its canonical records from those of other logs.
    pub signature: Signature,
    /// Other documented shapes of the same record.
    pub record_formats: Vec<RecordFormat>,
    /// Values of one field that go with values of another.
    pub relations: Vec<Relation>,
    /// How the texts of one field are written, by the value of another.
    pub forms: Vec<Forms>,
    /// Known values that are among other texts.
    pub vocabularies: Vec<Vocabulary>,
    /// Formats that texts have by the name of their field: canonical names, or ends of names behind a `*`.
    pub formats: Vec<(Format, Vec<String>)>,
    /// What fields mean, the best field of each meaning first.
    pub meanings: Vec<(Meaning, Vec<Path>)>,
    /// How a success and a failure look.
    pub outcome: Outcome,
    /// Names by which rules and exports call fields of this log, with the fields that may be meant.
    pub also_known_as: Vec<(String, Vec<Path>)>,
    /// What is together in a usual record, for example events.
    pub examples: Examples,
}

/// How long after it happened an event can be read, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// In seconds.
    pub seconds: u64,
    /// Where the provider says so.
    pub source: String,
}

/// What tells the records of a log apart in which the same record can arrive more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// The field whose value no other record has.
    pub by: String,
    /// Where it is from that records arrive again.
    pub source: String,
}

/// A field of which many records have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparse {
    /// The field.
    pub field: Path,
    /// Which records are without it, as words that follow "missing in".
    pub missing: String,
    /// The values of a field with which records are without it; of none where nothing else tells.
    pub with: Option<(Path, Vec<String>)>,
    /// Where such records have what is looked for.
    pub instead: Option<Path>,
    /// Where that is from.
    pub source: String,
}

/// A field whose values can be long, because whoever causes the event writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Long {
    /// Its name, with those of all below it.
    pub name: String,
    /// The most bytes that it is known to hold.
    pub most: u64,
    /// Whether it is an object the names in which are chosen too, as many as there is room for.
    pub names: bool,
    /// Whether that is so of the maps in it alone, in events whose type has any.
    pub maps: bool,
    /// Where that is from.
    pub source: String,
}

impl Long {
    /// Whether the path is the field, or leads into it.
    pub fn covers(&self, path: &Path) -> bool {
        is_in(path, &self.name)
    }

    /// Whether whoever writes it can put as many names into it as there is room for, in some event of which this is known.
    pub fn takes_names(&self, schema: &Schema, facts: &Facts) -> bool {
        self.names || self.maps && schema.lookup(&self.name, facts).is_some_and(|found| found.has_map(facts))
    }
}

/// A field whose value whoever causes the event can choose, such as a user agent or the name of an application: what a
/// rule leaves out by it, an attacker can have left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name, with those of all below it.
    pub name: String,
    /// Who writes it, and how.
    pub by: String,
}

impl Chosen {
    /// Whether the path is the field, or leads into it.
    pub fn covers(&self, path: &Path) -> bool {
        is_in(path, &self.name)
    }
}

/// Whether the path is the field of that name, or leads into it.
fn is_in(path: &Path, name: &str) -> bool {
    path.name().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Where a schema's facts come from.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The document or data set, with version.
    pub source: String,
    /// Its licence.
    pub license: String,
    /// When it was read, `YYYY-MM-DD`.
    pub date: String,
}

/// The generated tables: how schemas call them, the file below `schemas` without its ending, and whether they hold
/// operations.
pub fn tables() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    tables::all()
}

impl Schema {
    /// The first delivery to a platform.
    pub fn delivery(&self, platform: Platform) -> Option<&Delivery> {
        self.deliveries(platform).next()
    }

    /// The deliveries to a platform, in order of preference.
    pub fn deliveries(&self, platform: Platform) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(move |delivery| delivery.platform == platform)
    }

    /// The other fields that go with what a field goes with: a record names its event once more there.
    pub fn alike<'s>(&'s self, field: &'s Path) -> impl Iterator<Item = &'s Path> {
        let own = self.relations.iter().filter(move |relation| relation.field == *field);
        own.flat_map(move |own| {
            let same = move |other: &&Relation| other.by == own.by && other.field != *field;
            self.relations.iter().filter(same).map(|other| &other.field)
        })
    }

    /// Whether the log has a field of exactly this name, in whatever record format.
    pub fn has_field(&self, name: &str) -> bool {
        self.lookup(name, &Facts::default()).is_some_and(|found| {
            let exact =
                found.spelling.is_none_or(|spelling| matches!(spelling.kind, OtherNameKind::RecordFormat(_)));
            found.declared && exact
        })
    }

    /// The relation that lists the values of `field`.
    pub fn relation(&self, field: &Path) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.field == *field)
    }
}
