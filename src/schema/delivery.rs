//! Where a log lives in a SIEM. Data only: no query text can come from a schema.

use serde::Deserialize;

use super::path::{Path, Step};

/// A system that holds logs and takes queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Platform {
    /// Microsoft Sentinel.
    Sentinel,
    /// Microsoft Defender XDR.
    Xdr,
    /// Splunk.
    Splunk,
    /// Amazon CloudWatch Logs.
    CloudWatch,
}

impl Platform {
    /// The word that files and output use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sentinel => "sentinel",
            Self::Xdr => "xdr",
            Self::Splunk => "splunk",
            Self::CloudWatch => "cloudwatch",
        }
    }
}

/// What brings a delivery, and what is known of it as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carrier {
    /// The name by which a user chooses it; deliveries that come together share it.
    pub name: String,
    /// The connector or add-on that writes it, with its version where the columns depend on it.
    pub connector: Option<String>,
    /// What the platform calls the connectors that write it, where it has such identifiers.
    pub connector_ids: Vec<String>,
    /// The time that the platform puts on a row, where it is known what it is.
    pub time: Option<RowTime>,
    /// What the platform or the connector cuts.
    pub limits: Vec<Limit>,
    /// The plan of its tables.
    pub plan: Plan,
    /// Where the facts are from.
    pub source: Option<String>,
    /// Columns that the platform asks of what a detection shows.
    pub shows: Vec<String>,
    /// Whether queries go without a comment, because the platform takes none in a rule that runs continuously.
    pub uncommented: bool,
    /// Whether it is one of several ways in which the same events usually arrive, all of which are read where the user
    /// chooses none.
    pub usual: bool,
}

/// The plan of a table in a Log Analytics workspace, which says what queries it takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Everything.
    #[default]
    Analytics,
    /// Queries over this one table.
    Basic,
    /// The same, and no alerts at all.
    Auxiliary,
}

impl Plan {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Analytics, Self::Basic, Self::Auxiliary];

    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Basic => "basic",
            Self::Auxiliary => "auxiliary",
        }
    }

    /// The plan that a word names.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name() == word)
    }

    /// Whether a query reads nothing beside the table.
    pub const fn is_single(self) -> bool {
        !matches!(self, Self::Analytics)
    }
}

/// The time of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTime {
    /// The column in which the platform looks for it.
    pub column: String,
    /// Whose time it is.
    pub of: TimeOf,
}

/// Whose time a time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeOf {
    /// The event's.
    Event,
    /// That at which the provider or a relay had it.
    Receipt,
    /// That at which the platform took it in.
    Ingestion,
}

impl TimeOf {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Receipt => "receipt",
            Self::Ingestion => "ingestion",
        }
    }
}

/// What is lost of something long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub of: LimitOf,
    /// How much of it is kept: bytes, or fields.
    pub most: u64,
}

/// Of what a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitOf {
    /// Bytes of the value of a column: a longer one is cut.
    Value,
    /// Bytes of an event: a longer one does not arrive.
    Event,
    /// Bytes of an event of which fields are found.
    Extraction,
    /// Fields of an event that are found.
    Fields,
}

/// A way in which a log reaches a platform.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The platform that it reaches.
    pub platform: Platform,
    /// What brings it.
    pub carrier: Carrier,
    /// The table, source type, or (for CloudWatch) a description of the log group.
    pub name: String,
    /// How fields are laid out.
    pub form: DeliveryForm,
    /// Exceptions and, for [`DeliveryForm::Columns`], everything: the longest prefix of a path wins.
    pub columns: Vec<Column>,
    /// Predicates that part this log from others in the same table: a column, or a path into one, and the values of
    /// which it holds one.
    pub discriminator: Vec<(Path, Vec<Discriminator>)>,
    /// Fields of which the delivery holds only events with one of these values.
    pub only: Vec<(Path, Vec<String>)>,
    /// Fields of which the delivery holds no event with one of these values.
    pub without: Vec<(Path, Vec<String>)>,
    /// The array of which the delivery has one row per element; without a trailing [`Step::Each`].
    pub row_per: Option<Path>,
    /// Whether an event may have more values than the platform discovers fields.
    pub wide: bool,
    /// What a reader should know, such as an assumption about ingestion.
    pub note: Option<String>,
}

/// A value of a column that parts a log from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discriminator {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
}

impl Discriminator {
    /// The value as a text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
        }
    }

    /// The type of a column that holds such values and that no field is mapped to.
    pub const fn column_type(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::String,
            Self::Integer(_) => ColumnType::Integer,
            Self::Boolean(_) => ColumnType::Boolean,
        }
    }

    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(value) => (*value).into(),
        }
    }
}

impl From<&str> for Discriminator {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// How a delivery names fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryForm {
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
    /// The column's name; `None` when the delivery does not carry the field.
    pub name: Option<String>,
    /// The column's type.
    pub ty: ColumnType,
    /// How the column's value is read before the rest of the path is walked.
    pub decode: Decode,
    /// Whether the platform alone gives the field this name: in the record, where that is kept, it has its own.
    pub renamed: bool,
    /// Whether the form of what is inside is not published, so that only texts can be looked for in it as a whole.
    pub opaque: bool,
    /// Canonical text and stored text, where they differ.
    pub values: Vec<(String, String)>,
    /// Texts that the delivery stores when the record lacks the field.
    pub absent_as: Vec<String>,
    /// Which records have the field there, where the column holds one of several.
    pub when: Option<When>,
    /// How well the fact is known: `table`, `docs`, `derived`, `unknown`.
    pub trust: Trust,
    /// Where it is from that a column of another type than the field holds the field's value.
    pub source: Option<String>,
    /// A trap, or the reason why there is no column.
    pub note: Option<String>,
}

/// A field, and its values with which a column holds another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The field, whose text is as it is in a column of its own.
    pub path: Path,
    /// Its values.
    pub values: Vec<String>,
}

impl Column {
    /// Whether the stored texts of [`values`](Self::values) are documented to the letter, so that letter case may be
    /// relied on.
    pub fn is_spelt(&self) -> bool {
        self.trust.is_published()
    }
}

/// The type of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text; a missing value is the empty text.
    #[default]
    String,
    /// A number.
    #[serde(rename = "long")]
    Integer,
    /// A floating-point number.
    Real,
    /// A boolean.
    #[serde(rename = "bool")]
    Boolean,
    /// A time.
    DateTime,
    /// A GUID.
    Guid,
    /// JSON.
    Dynamic,
}

impl ColumnType {
    /// The name of the type in Kusto, whose columns schemas describe by it.
    pub const fn kusto(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "long",
            Self::Real => "real",
            Self::Boolean => "bool",
            Self::DateTime => "datetime",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }
}

/// How a column holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decode {
    /// As it is.
    None,
    /// JSON text, to be parsed.
    ParseJson,
}

/// How well a fact is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The published column list says so.
    #[default]
    Table,
    /// A published mapping says so.
    Docs,
    /// Inferred.
    Derived,
    /// Not found out.
    Unknown,
}

impl Trust {
    /// Whether a published list or mapping of columns says it.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Table | Self::Docs)
    }

    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Docs => "docs",
            Self::Derived => "derived",
            Self::Unknown => "unknown",
        }
    }
}

/// The result of looking a path up in a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located<'d, 'p> {
    /// A column, and the steps that remain inside its value.
    Column(&'d Column, &'p [Step]),
    /// The raw record's own path.
    Raw,
    /// The delivery does not carry the field, for this reason.
    Absent(Option<&'d str>),
}

impl Delivery {
    /// The array of which the delivery has one row per element: declared, or known by columns for members of its elements.
    pub fn row(&self) -> Option<Path> {
        if self.row_per.is_some() {
            return self.row_per.clone();
        }
        let inside = self.columns.iter().filter(|column| column.name.is_some()).find_map(|column| {
            let at = column.path.steps.iter().position(|step| matches!(step, Step::Each))?;
            (at + 1 < column.path.steps.len()).then(|| column.path.steps.get(..at))?
        })?;
        let whole = self.columns.iter().any(|column| column.path.steps == inside);
        (!whole).then(|| Path { steps: inside.to_vec(), ..Path::default() })
    }

    /// Where `path` (from the event) lives. The longest listed prefix decides.
    pub fn locate<'d, 'p>(&'d self, path: &'p Path) -> Located<'d, 'p> {
        let found = self
            .columns
            .iter()
            .filter(|column| path.steps.starts_with(&column.path.steps))
            .max_by_key(|column| column.path.steps.len());
        match (found, self.form) {
            (Some(column), _) if column.name.is_some() => {
                let rest = path.steps.get(column.path.steps.len()..).unwrap_or_default();
                // The column of the array itself holds the one element of the row.
                let rest = match (rest, &self.row_per) {
                    ([Step::Each, rest @ ..], Some(array)) if column.path == *array => rest,
                    _ => rest,
                };
                Located::Column(column, rest)
            }
            (Some(column), _) => Located::Absent(column.note.as_deref()),
            // Where the row has a member that is not listed, is not known.
            (None, DeliveryForm::Raw)
                if self.row_per.as_ref().is_some_and(|array| path.steps.starts_with(&array.steps)) =>
            {
                Located::Absent(None)
            }
            (None, DeliveryForm::Raw) => Located::Raw,
            (None, DeliveryForm::Columns) => Located::Absent(None),
        }
    }
}
