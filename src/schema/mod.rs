//! Log schemas: the typed fields of a provider's log, the values they can hold, and where the fields live in a SIEM.
//!
//! A [`Schema`] is made from a *pack*: one YAML file (hand-written, read once when a rule needs it) and, for large
//! catalogues, generated tables that are searched in place.
//! A [`Registry`] finds the schema of a [`LogSource`](crate::rule::LogSource).
//! Packs of users are untrusted: they hold data only, never query text.

pub mod path;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::rule::LogSource;
pub use path::{Base, Path, Step};

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
}

/// Another documented shape of a record, such as the Graph resource or the Sentinel row of an Entra audit record.
/// Its names resolve to canonical ones, and events in it are rewritten before they are evaluated.
#[derive(Debug, Clone)]
pub struct Shape {
    /// A name for people: `Sentinel row`.
    pub name: String,
    /// Top-level keys that an event in this shape has, all of them.
    pub has: Vec<String>,
    /// Top-level keys that an event in this shape lacks, all of them.
    pub lacks: Vec<String>,
    /// Where each member goes; the longest prefix wins, unlisted members stay where they are.
    pub members: Vec<ShapeMember>,
}

/// A member of another shape.
#[derive(Debug, Clone)]
pub struct ShapeMember {
    /// The keys from the root of the other shape.
    pub from: Vec<String>,
    /// The canonical path, of [`Step::Key`]s only; what lies below comes along.
    pub to: Path,
    /// How the value there is encoded.
    pub decode: Decode,
    /// Canonical text and stored text, where they differ.
    pub values: Vec<(String, String)>,
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

/// The type of a value. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Type {
    /// Text.
    String,
    /// Text from a catalogue.
    Enum(Arc<dyn Catalogue>),
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An RFC 3339 time.
    Timestamp,
    /// An IPv4 or IPv6 address, or, where the provider says so, a service's name.
    Ip,
    /// An object with known members.
    Object(Arc<ObjectType>),
    /// An array.
    Array(Arc<Type>),
    /// An object with free keys and one type of value.
    Map(Arc<Type>),
    /// Text that holds JSON of this type. Predicates see the text; a longer path continues into the JSON.
    Json(Arc<Type>),
    /// Anything: nothing is known, or the provider makes no promise.
    Any,
}

impl Type {
    /// A word for messages: `string`, `integer`, `object`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Enum(_) => "enumeration",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Ip => "address",
            Self::Object(_) | Self::Map(_) => "object",
            Self::Array(_) => "array",
            Self::Json(_) => "JSON text",
            Self::Any => "any",
        }
    }
}

/// A set of texts that a field can hold.
pub trait Catalogue: std::fmt::Debug + Send + Sync {
    /// Whether every value is known, so that an unknown one is an error rather than a warning.
    fn closed(&self) -> bool;
    /// What a member is called in messages: `event name`, `activity`, …
    fn noun(&self) -> &str;
    /// The member with this text in any letter case, in its canonical spelling.
    fn canonical(&self, text: &str) -> Option<&str>;
    /// Calls `visit` with every member until it returns `false`.
    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool);
}

/// An object's members.
#[derive(Debug, Default)]
pub struct ObjectType {
    /// The members in the order of the pack.
    pub fields: Vec<Field>,
    /// Whether members that are not listed can occur.
    pub open: bool,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// The JSON key.
    pub name: Box<str>,
    /// Its type. For dependent members this is what holds when nothing narrows it.
    pub ty: Type,
    /// One line of documentation.
    pub doc: Box<str>,
    /// Whether every record has it.
    pub always: bool,
    /// Whether it is never the empty string.
    pub never_empty: bool,
    /// The text that stands in place of the value when the provider redacts it.
    pub redacted: Option<Box<str>>,
    /// Set for an array whose elements are addressed by a key.
    pub keyed: Option<Arc<Keyed>>,
    /// Set when the type follows from other fields.
    pub dependent: Option<Arc<dyn Dependent>>,
}

/// How the elements of an array are addressed by a key.
#[derive(Debug)]
pub struct Keyed {
    /// The member that holds the key.
    pub key: Box<str>,
    /// With several members, the first present one is the value; empty when the rest of the path names the member.
    pub values: Vec<Box<str>>,
    /// Known keys: text and one line of documentation.
    pub known: Vec<(Box<str>, Box<str>)>,
    /// Whether `known` is all.
    pub closed: bool,
}

/// What is known of some fields where a predicate stands: the values that they can have in a match.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    known: Vec<(Path, BTreeSet<String>)>,
}

impl Facts {
    /// The possible values of `path`, in canonical spelling; `None` when nothing is known.
    pub fn values(&self, path: &Path) -> Option<&BTreeSet<String>> {
        self.known.iter().find(|(known, _)| known == path).map(|(_, values)| values)
    }

    /// Narrows `path` to `values` as well.
    pub fn narrow(&mut self, path: &Path, values: BTreeSet<String>) {
        match self.known.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => old.retain(|value| values.contains(value)),
            None => self.known.push((path.clone(), values)),
        }
    }

    /// Everything known.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &BTreeSet<String>)> {
        self.known.iter().map(|(path, values)| (path, values))
    }
}

/// A type that follows from other fields of the event.
pub trait Dependent: std::fmt::Debug + Send + Sync {
    /// The fields that decide.
    fn on(&self) -> &[Path];
    /// The types that are possible under `facts`, each with a name for messages (`iam.amazonaws.com CreateUser`).
    /// Empty when the facts leave it open (then the field's own type holds).
    fn types(&self, facts: &Facts) -> Vec<(String, Type)>;
    /// Names of cases whose type has a member `path`, at most `limit`: for messages.
    fn cases_with(&self, path: &str, facts: &Facts, limit: usize) -> Vec<String>;
}

/// A resolved field name.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The canonical path.
    pub path: Path,
    /// The type at its end. For a path that ends at an array this is the array's type, and `path` ends before
    /// [`Step::Each`]; a predicate on it appends `Each` (the evaluator reaches elements anyhow).
    pub ty: Type,
    /// The field at the end, when it is a declared one.
    pub field: Option<Field>,
    /// Set when the name was not spelt canonically.
    pub spelling: Option<Spelling>,
    /// Cases of a dependent type in which the field does not exist (it exists in some other).
    pub missing_in: Vec<String>,
    /// Known names near to a name that an open object accepted unseen; nearest first.
    pub near: Vec<String>,
    /// Whether the schema itself vouches for the last step; `false` where an open object accepted the name.
    pub declared: bool,
}

/// How a name departs from the canonical one, which is `canonical`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The name to write instead.
    pub canonical: String,
    /// Why.
    pub kind: SpellingKind,
}

/// Kinds of other spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpellingKind {
    /// Only letter case differs.
    Case,
    /// The spelling of another documented shape of the record, which is named.
    Shape(String),
}

/// Why a field name does not resolve.
#[derive(Debug, Clone)]
pub enum Unresolved {
    /// A closed object has no such member.
    Unknown {
        /// The byte range in the name that is wrong.
        at: std::ops::Range<usize>,
        /// What the name was looked up in: `aws/cloudtrail`, or the canonical path of the object.
        within: String,
        /// Full canonical names near to it, nearest first.
        nearest: Vec<String>,
    },
    /// A dependent object has no such member under the facts.
    NotInCases {
        /// The byte range in the name that is wrong.
        at: std::ops::Range<usize>,
        /// The cases that the facts allow.
        cases: Vec<String>,
        /// Full canonical names near to it in those cases, nearest first.
        nearest: Vec<String>,
        /// Cases that do have it.
        elsewhere: Vec<String>,
    },
    /// The path goes on below a scalar.
    Scalar {
        /// The byte range of the part below the scalar.
        at: std::ops::Range<usize>,
        /// The canonical path of the scalar.
        scalar: String,
        /// Its type's name.
        ty: &'static str,
    },
}

/// What the registry knows of a log source.
#[derive(Debug, Clone)]
pub enum LogMatch {
    /// A schema.
    Schema(Arc<Schema>),
    /// A name that public rules use, without a schema.
    Known,
    /// An unknown name; known ones near to it, nearest first, as `(key, value)` of the part that is wrong.
    Unknown {
        /// Which key is wrong: `product`, `service` or `category`.
        key: &'static str,
        /// Nearest known values for that key.
        nearest: Vec<String>,
        /// Whether the rest of the log source names a log that has a schema, so that the typo hides it.
        hides_schema: bool,
    },
}

/// Finds schemas by log source or name. Loading is lazy: a schema is decoded when it is first asked for.
#[derive(Debug, Default)]
pub struct Registry {}

impl Registry {
    /// The shipped packs.
    pub fn shipped() -> Self {
        Self {}
    }

    /// The schema of a log source.
    pub fn find(&self, _source: &LogSource) -> LogMatch {
        LogMatch::Known
    }

    /// The schema with a name such as `aws/cloudtrail`.
    pub fn get(&self, _name: &str) -> Option<Arc<Schema>> {
        None
    }
}

/// A place where a log lives.
#[derive(Debug, Clone)]
pub struct Home {
    /// `kql`, `kql:xdr`, `spl` or `cwli`.
    pub dialect: String,
    /// The table, source type, or (for CloudWatch) a description of the log group.
    pub name: String,
    /// How fields are laid out.
    pub layout: Layout,
    /// Exceptions and, for [`Layout::Columns`], everything: the longest prefix of a path wins.
    pub columns: Vec<Column>,
    /// Predicates that part this log from others in the same table: a column and the texts of which it holds one.
    pub fixed: Vec<(Path, Vec<String>)>,
    /// What a reader should know, such as an assumption about ingestion.
    pub note: Option<String>,
}

/// How a home names fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The raw record's own paths.
    Raw,
    /// Only the listed columns exist.
    Columns,
}

/// Where a field, or everything below it, lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The canonical path, or a prefix of it; without a trailing [`Step::Each`].
    pub path: Path,
    /// The column's name; `None` when the home does not carry the field.
    pub name: Option<String>,
    /// The column's type.
    pub ty: ColumnType,
    /// How the column's value is read before the rest of the path is walked.
    pub decode: Decode,
    /// Canonical text and stored text, where they differ.
    pub values: Vec<(String, String)>,
    /// Texts that the home stores when the record lacks the field.
    pub absent_as: Vec<String>,
    /// How well the fact is known: `table`, `docs`, `derived`, `unknown`.
    pub trust: String,
    /// A trap, or the reason why there is no column.
    pub note: Option<String>,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text; a missing value is the empty text.
    String,
    /// A number.
    Integer,
    /// A floating-point number.
    Real,
    /// A truth value.
    Boolean,
    /// A time.
    DateTime,
    /// A GUID.
    Guid,
    /// JSON.
    Dynamic,
}

/// How a column holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decode {
    /// As it is.
    None,
    /// JSON text, to be parsed.
    ParseJson,
}

/// The result of looking a path up in a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located<'a> {
    /// A column, and the steps that remain inside its value.
    Column(&'a Column, &'a [Step]),
    /// The raw record's own path.
    Raw,
    /// The home does not carry the field, for this reason.
    Absent(Option<&'a str>),
}

impl Home {
    /// Where `path` (from the event) lives. The longest listed prefix decides.
    pub fn locate<'a>(&'a self, path: &'a Path) -> Located<'a> {
        let found = self
            .columns
            .iter()
            .filter(|column| path.steps.starts_with(&column.path.steps))
            .max_by_key(|column| column.path.steps.len());
        match (found, self.layout) {
            (Some(column), _) if column.name.is_some() => {
                Located::Column(column, &path.steps[column.path.steps.len()..])
            }
            (Some(column), _) => Located::Absent(column.note.as_deref()),
            (None, Layout::Raw) => Located::Raw,
            (None, Layout::Columns) => Located::Absent(None),
        }
    }
}

impl Schema {
    /// Resolves a dotted field name under what is known of other fields.
    ///
    /// # Errors
    /// [`Unresolved`] says which part of the name is wrong, and what is near to it.
    pub fn resolve(&self, _name: &str, _facts: &Facts) -> Result<Resolved, Unresolved> {
        Err(Unresolved::Unknown { at: 0..0, within: self.name.clone(), nearest: Vec::new() })
    }

    /// Resolves a dotted name inside the elements of an array of type `element`; the path has [`Base::Element`].
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_in(&self, _element: &Type, _name: &str, _facts: &Facts) -> Result<Resolved, Unresolved> {
        Err(Unresolved::Unknown { at: 0..0, within: self.name.clone(), nearest: Vec::new() })
    }

    /// The home for a dialect.
    pub fn home(&self, dialect: &str) -> Option<&Home> {
        self.homes.iter().find(|home| home.dialect == dialect)
    }
}
