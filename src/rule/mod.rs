//! The Sigma documents as their authors wrote them: detection rules, correlations and filters.
//!
//! Reading is tolerant: [`read`] never fails, keeps everything that it understood, and reports the rest.
//! What could not be read is a *hole* ([`Search::Hole`], [`ItemValue::Hole`], [`Expr::Hole`](condition::Expr))
//! whose error has been reported, so that later passes stay silent about it.
//! Nothing here knows about log schemas.

pub mod attack;
pub mod cidr;
pub mod codes;
pub mod condition;
pub mod fmt;
pub mod modifier;
pub mod pattern;
mod read;
mod reference;
mod template;
pub mod timespan;
mod wording;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::Limits;
use condition::Expr;
use modifier::Modifier;
pub use reference::reference_key;

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The documents that could be read at all, in order.
    pub documents: Vec<Document>,
    /// What is wrong with them, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the file is Sigma, or was meant to be.
    pub sigma: bool,
    /// What became of each document.
    pub count: Count,
}

/// What became of the documents of files: each that was found was read, says something of others, or was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many there are.
    pub found: usize,
    /// Those that were read.
    pub read: usize,
    /// Those that only say something of others (`action: global`), and empty ones.
    pub apart: usize,
    /// Those that could not be read; each has its finding.
    pub lost: usize,
}

impl Count {
    /// A file that could not be read, which counts as one document.
    pub const LOST: Self = Self { found: 1, read: 0, apart: 0, lost: 1 };

    /// Whether every document that was found has its place in the account.
    pub const fn adds_up(&self) -> bool {
        self.found == self.read + self.apart + self.lost
    }

    /// Adds what became of the documents of another file.
    pub const fn add(&mut self, other: &Self) {
        self.found += other.found;
        self.read += other.read;
        self.apart += other.apart;
        self.lost += other.lost;
    }
}

/// Reads every document of a file.
pub fn read(source: &SourceFile) -> Reading {
    read::file(source, Limits::default())
}

/// Reads every document of a file within these limits.
pub fn read_with(source: &SourceFile, limits: Limits) -> Reading {
    read::file(source, limits)
}

/// One Sigma document. Its spans point into the file that it was read from.
#[derive(Clone, Debug)]
pub enum Document {
    /// A detection rule.
    Detection(DetectionRule),
    /// A correlation rule.
    Correlation(CorrelationRule),
    /// A filter.
    Filter(FilterRule),
}

impl Document {
    /// What all kinds of document share.
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Detection(rule) => &rule.meta,
            Self::Correlation(rule) => &rule.meta,
            Self::Filter(rule) => &rule.meta,
        }
    }
}

/// The metadata of a document. Keys that are absent, or whose value could not be read, are `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// The whole document.
    pub span: Span,
    /// The title.
    pub title: Option<Spanned<String>>,
    /// The identifier, a UUID in canonical spelling when valid.
    pub id: Option<Spanned<String>>,
    /// The unique name that other documents refer to.
    pub name: Option<Spanned<String>>,
    /// The taxonomy; absent means `sigma`.
    pub taxonomy: Option<Spanned<String>>,
    /// One of the specification's statuses.
    pub status: Option<Spanned<String>>,
    /// One of the specification's levels.
    pub level: Option<Spanned<String>>,
    /// The description.
    pub description: Option<Spanned<String>>,
    /// The SPDX licence identifier.
    pub license: Option<Spanned<String>>,
    /// The author.
    pub author: Option<Spanned<String>>,
    /// `YYYY-MM-DD`.
    pub date: Option<Spanned<String>>,
    /// `YYYY-MM-DD`.
    pub modified: Option<Spanned<String>>,
    /// The major version of `sigma-version`; absent means 2.
    pub sigma_version: Option<Spanned<u32>>,
    /// Links.
    pub references: Vec<Spanned<String>>,
    /// `namespace.name` tags.
    pub tags: Vec<Spanned<String>>,
    /// Known false positives.
    pub falsepositives: Vec<Spanned<String>>,
    /// The fields of `fields`, which become the projection.
    pub fields: Vec<Spanned<String>>,
    /// Related rules.
    pub related: Vec<Related>,
    /// The keys with a meaning that it has, also where their values could not be read; none of an empty list.
    pub keys: Vec<&'static str>,
    /// Custom top-level keys, which are allowed and kept.
    pub custom: Vec<Spanned<String>>,
}

impl Meta {
    /// By what the document is known, and which keys it has, without the texts of the others.
    #[must_use]
    pub fn brief(self) -> Self {
        let Self { span, title, id, name, level, keys, .. } = self;
        Self { span, title, id, name, level, keys, ..Self::default() }
    }
}

/// An entry of `related`.
#[derive(Clone, Debug)]
pub struct Related {
    /// The other rule's identifier.
    pub id: Spanned<String>,
    /// How it is related.
    pub kind: Spanned<String>,
}

/// The log source of a rule or filter.
#[derive(Clone, Debug, Default)]
pub struct LogSource {
    /// The whole `logsource` value; the document's span when it is missing.
    pub span: Span,
    /// `product`.
    pub product: Option<Spanned<String>>,
    /// `service`.
    pub service: Option<Spanned<String>>,
    /// `category`.
    pub category: Option<Spanned<String>>,
}

/// A detection rule.
#[derive(Clone, Debug)]
pub struct DetectionRule {
    /// The metadata.
    pub meta: Meta,
    /// The log that the rule is about.
    pub logsource: LogSource,
    /// The selections and conditions.
    pub detection: Detection,
    /// What `first_seen` asks, as a correlation of the rule with itself: it fires where no match with the same values lies
    /// in the window before.
    pub first_seen: Option<Box<CorrelationRule>>,
}

impl DetectionRule {
    /// Whether array selectors in field names are active (`sigma-version: 3`).
    pub fn array_matching(&self) -> bool {
        self.meta.sigma_version.as_ref().is_some_and(|version| version.value >= 3)
    }
}

/// Selections and the conditions over them; also the body of an element block that has a `condition` of its own.
#[derive(Clone, Debug, Default)]
pub struct Detection {
    /// Where it is.
    pub span: Span,
    /// The selections in the order of the file.
    pub selections: Vec<Selection>,
    /// The conditions; several are an OR. Empty when `condition` is missing or unreadable, which has been reported.
    pub conditions: Vec<Condition>,
}

/// A named search.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The name and where it is.
    pub name: Spanned<String>,
    /// The value.
    pub span: Span,
    /// What it searches for.
    pub body: Search,
}

/// What a selection searches for.
#[derive(Clone, Debug)]
pub enum Search {
    /// A map: every part must hold.
    All(Vec<Search>),
    /// A list: some part must hold.
    Any(Vec<Search>),
    /// One field, or keywords, and its values.
    Item(Item),
    /// Something unreadable that has been reported.
    Hole(Span),
}

/// One `field|modifier: value`, or keywords.
#[derive(Clone, Debug)]
pub struct Item {
    /// Key and value; for bare keywords the value alone.
    pub span: Span,
    /// The field; `None` for keywords.
    pub field: Option<FieldName>,
    /// The modifiers in order; only known ones, in a combination that is allowed.
    pub modifiers: Vec<Spanned<Modifier>>,
    /// What the field is compared with.
    pub value: ItemValue,
    /// Whether something in the key or value was unreadable and has been reported, so that no meaning may be
    /// derived from the item.
    pub faulty: bool,
}

impl Item {
    /// Whether the item carries `modifier`.
    pub fn has(&self, modifier: Modifier) -> bool {
        self.modifiers.iter().any(|found| found.value == modifier)
    }
}

/// A field name as written, cut at array selectors where these are active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// The name without modifiers, as written.
    pub text: String,
    /// Where the name is, without modifiers.
    pub span: Span,
    /// The parts in order. Without active selectors there is exactly one [`NamePart::Name`], equal to `text`.
    pub parts: Vec<NamePart>,
}

/// A part of a field name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// A dotted name; which dots part members and which belong to a key is for the schema to say. `\[` is undone.
    /// The name `.` alone stands for the element itself.
    Name(Spanned<String>),
    /// An array selector.
    Select(Spanned<Selector>),
}

/// An array selector of `sigma-version: 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `[any]`: some element.
    Any,
    /// `[all]`: at least one element, and every one.
    All,
    /// `[all_or_empty]`: every element.
    AllOrEmpty,
    /// `[none]`: no element.
    None,
    /// `[N]` from the start, `[-N]` from the end.
    Index(i64),
}

/// The right side of an item.
#[derive(Clone, Debug)]
pub enum ItemValue {
    /// One value, or a list of them.
    Values {
        /// The whole value.
        span: Span,
        /// The values in order; at least one.
        values: Vec<Value>,
        /// Whether it was written as a list.
        list: bool,
    },
    /// A nested map under an array selector: its parts speak of the same element.
    Block {
        /// The whole block.
        span: Span,
        /// A plain map, list, or a detection with its own condition.
        body: Block,
    },
    /// Something unreadable that has been reported.
    Hole(Span),
}

/// The body of an element block.
#[derive(Clone, Debug)]
pub enum Block {
    /// Parts without a condition of their own.
    Search(Box<Search>),
    /// Named selections with a condition.
    Detection(Box<Detection>),
}

/// One scalar of the detection, by its source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The scalar, quotes included.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

/// What a scalar is before the schema's type decides how to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Text after YAML's own unquoting and unfolding, before Sigma's escapes.
    Text {
        /// The text.
        text: String,
        /// Whether it was quoted or a block scalar, so that it can only be text.
        quoted: bool,
    },
    /// `null` or `~`, unquoted, or an empty value.
    Null,
    /// Something unreadable that has been reported.
    Hole,
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The scalar.
    pub span: Span,
    /// The parsed expression.
    pub expr: Expr,
}

/// A correlation rule, read and checked for form.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// The metadata.
    pub meta: Meta,
    /// The kind of correlation.
    pub kind: Option<Spanned<CorrelationKind>>,
    /// Identifiers or names of the rules it counts.
    pub rules: Vec<Spanned<String>>,
    /// The fields, or aliases, that part the matches into groups.
    pub group_by: Vec<Spanned<String>>,
    /// Aliases: name, then (rule, field) pairs.
    pub aliases: Vec<Alias>,
    /// The window in seconds.
    pub timespan: Option<Spanned<u64>>,
    /// Comparisons, which are an AND.
    pub comparisons: Vec<Comparison>,
    /// The fields of `value_*`.
    pub fields: Vec<Spanned<String>>,
    /// The percentile of `value_percentile`, 0 to 100.
    pub percentile: Option<Spanned<u32>>,
    /// The boolean expression of a temporal correlation.
    pub expr: Option<Condition>,
    /// Whether the base rules give matches of their own; the default is `false`.
    pub generate: bool,
}

/// A field alias of a correlation.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The name used in `group-by`.
    pub name: Spanned<String>,
    /// Rule and field.
    pub fields: Vec<(Spanned<String>, Spanned<String>)>,
}

/// The kinds of correlation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorrelationKind {
    /// Matches that are the first of their kind: what `first_seen` of a rule asks. No correlation can be written so.
    FirstSeen,
    /// Counts matches.
    EventCount,
    /// Counts distinct values.
    ValueCount,
    /// Each rule matched.
    Temporal,
    /// Each rule matched, in order.
    TemporalOrdered,
    /// Sums a field.
    ValueSum,
    /// Averages a field.
    ValueAvg,
    /// A percentile of a field.
    ValuePercentile,
    /// The median of a field.
    ValueMedian,
}

/// A comparison of a correlation's condition.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The operator.
    pub operator: Spanned<ComparisonOperator>,
    /// The number, as written: decimal digits, for a sum, average or percentile also a sign and a fraction.
    pub value: Spanned<String>,
}

/// The operators of a correlation's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonOperator {
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

/// A filter, read and checked for form.
#[derive(Clone, Debug)]
pub struct FilterRule {
    /// The metadata.
    pub meta: Meta,
    /// The log that the filtered rules are about.
    pub logsource: LogSource,
    /// Identifiers or names of the rules; empty with `any` set.
    pub rules: Vec<Spanned<String>>,
    /// `rules: any`.
    pub any: bool,
    /// The selections and condition.
    pub detection: Detection,
}
