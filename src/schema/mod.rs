//! Log schemas: the typed fields of a provider's log, the values they can hold, and where the fields live in a SIEM.
//!
//! A [`Schema`] is made from a *pack*: one YAML file (hand-written, read once when a rule needs it) and, for large
//! catalogues, generated tables that are searched in place.
//! A [`Registry`] finds the schema of a [`LogSource`](crate::rule::LogSource).
//! Packs of users are untrusted: they hold data only, never query text.

mod catalogue;
pub mod codes;
mod dependent;
mod drift;
mod home;
mod infer;
mod infer_text;
pub mod outline;
mod pack;
pub mod path;
mod registry;
mod relation;
mod resolve;
mod resolved;
mod shape;
mod tables;
mod taxonomy;
mod types;
mod validate;

use std::sync::Arc;

use crate::diagnostic::nearest;
pub use drift::{Difference, Drift};
pub use home::{Column, ColumnType, Decode, Fixed, Home, Layout, Located};
pub use infer::Inference;
pub use outline::Row;
pub use path::{Base, Path, Step};
pub use registry::{LogMatch, Registry};
pub use relation::{Pairs, Relation};
pub use resolved::{Resolved, Spelling, SpellingKind, Unresolved};
pub use shape::{Shape, ShapeMember};
pub use types::{Catalogue, Dependent, Facts, Field, Format, Keyed, Members, ObjectType, Type};
pub use validate::{Misfit, Violation};

/// The typed log of one provider's service.
#[derive(Debug)]
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
    /// The columns useful in an alert, in order: who, what, from where, how it ended.
    pub alert: Vec<Path>,
    /// Where the log lives.
    pub homes: Vec<Home>,
    /// Other documented shapes of the same record.
    pub shapes: Vec<Shape>,
    /// Values of one field that go with values of another.
    pub relations: Vec<Relation>,
}

/// Where a pack's facts come from.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The document or data set, with version.
    pub source: String,
    /// Its licence.
    pub license: String,
    /// When it was read, `YYYY-MM-DD`.
    pub date: String,
}

/// The generated tables: how packs call them, the file below `packs` without its ending, and whether they hold
/// operations.
pub fn tables() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    tables::all()
}

impl Schema {
    /// The first home for a dialect.
    pub fn home(&self, dialect: &str) -> Option<&Home> {
        self.homes(dialect).next()
    }

    /// The homes for a dialect, in order of preference.
    pub fn homes(&self, dialect: &str) -> impl Iterator<Item = &Home> {
        self.homes.iter().filter(move |home| home.dialect == dialect)
    }

    /// The relation that lists the values of `field`.
    pub fn relation(&self, field: &Path) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.field == *field)
    }
}
