//! Deliveries in the file of a schema.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::super::{ColumnType, DeliveryForm, LimitOf, Plan, Platform, TimeOf, Trust};
use super::{Pairs, Scalar};

/// A delivery.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverySpec {
    /// The platform that it reaches.
    pub platform: Platform,
    /// The tables, source types, or (for CloudWatch) a description of the log group; all have the same columns.
    pub tables: Vec<String>,
    /// `columns` or `raw`; absent where a schema extends another and names other tables for one of its deliveries.
    pub form: Option<DeliveryForm>,
    /// Columns by canonical name.
    #[serde(default)]
    pub columns: Pairs<ColumnSpec>,
    /// Columns, or dotted paths into dynamic ones, that hold one of these values in every row of this log.
    #[serde(default)]
    pub discriminator: Pairs<Vec<Scalar>>,
    /// Fields of which the delivery holds only events with one of these values.
    #[serde(default)]
    pub only: Pairs<Vec<Scalar>>,
    /// Fields of which the delivery holds no event with one of these values.
    #[serde(default)]
    pub without: Pairs<Vec<Scalar>>,
    /// The array of which the delivery has one row per element.
    pub row_per: Option<String>,
    /// Whether an event may have more values than the platform discovers fields.
    #[serde(default)]
    pub wide: bool,
    /// What a reader should know.
    pub note: Option<String>,
    /// The name by which a user chooses it; its first table when absent.
    pub name: Option<String>,
    /// The name of another delivery to the platform, whose form and columns it has where it says nothing else.
    pub like: Option<String>,
    /// The connector or add-on that writes it.
    pub connector: Option<String>,
    /// What the platform calls the connectors.
    #[serde(default)]
    pub connector_ids: Vec<String>,
    /// The time that the platform puts on a row.
    pub time: Option<RowTimeSpec>,
    /// What is cut, with how much is kept.
    #[serde(default)]
    pub limits: BTreeMap<LimitOf, u64>,
    /// The plan of its tables; Analytics when absent.
    pub plan: Option<Plan>,
    /// Where the facts are from.
    pub source: Option<String>,
    /// Columns that the platform asks of what a detection shows.
    #[serde(default)]
    pub shows: Vec<String>,
    /// Whether the platform takes no comment in a rule that runs continuously.
    #[serde(default)]
    pub uncommented: bool,
    /// Whether it is read where the user chooses none, with the others that say so.
    #[serde(default)]
    pub default: bool,
}

impl DeliverySpec {
    /// The delivery with the form, the columns and what the rows hold of another one, where it says nothing else itself.
    pub fn after(self, other: &Self) -> Self {
        fn either<T: Clone>(own: Pairs<T>, other: &Pairs<T>) -> Pairs<T> {
            if own.0.is_empty() { other.clone() } else { own }
        }
        let kept =
            other.columns.0.iter().filter(|(name, _)| self.columns.0.iter().all(|(own, _)| own != name));
        let columns = Pairs(kept.chain(&self.columns.0).cloned().collect());
        Self {
            form: self.form.or(other.form),
            columns,
            discriminator: either(self.discriminator, &other.discriminator),
            only: either(self.only, &other.only),
            without: either(self.without, &other.without),
            row_per: self.row_per.or_else(|| other.row_per.clone()),
            time: self.time.or_else(|| other.time.clone()),
            plan: self.plan.or(other.plan),
            limits: if self.limits.is_empty() { other.limits.clone() } else { self.limits },
            wide: self.wide || other.wide,
            ..self
        }
    }
}

/// The time of a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowTimeSpec {
    /// Its column.
    pub column: String,
    /// Whose time it is.
    pub of: TimeOf,
}

/// A column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// The column; absent when the delivery does not carry the field.
    pub column: Option<String>,
    /// Its type.
    #[serde(rename = "type", default)]
    pub ty: ColumnType,
    /// Whether it holds JSON text.
    #[serde(default)]
    pub json_text: bool,
    /// Whether the platform alone gives the field this name, and the record keeps its own.
    #[serde(default)]
    pub renamed: bool,
    /// Whether the form of what is inside is not published.
    #[serde(default)]
    pub opaque: bool,
    /// Canonical text and stored text, where they differ.
    #[serde(default)]
    pub values: Pairs<String>,
    /// What the delivery stores when the record lacks the field.
    #[serde(default)]
    pub absent_as: Vec<String>,
    /// A field, and its values with which the column holds this one, where it holds others with others.
    #[serde(default)]
    pub when: Pairs<Vec<String>>,
    /// How well the fact is known.
    #[serde(default)]
    pub trust: Trust,
    /// Where it is from that a column of another type than the field holds the field's value.
    pub source: Option<String>,
    /// A trap, or the reason why there is no column.
    pub note: Option<String>,
}
