//! Known values in the file of a schema, and the fields that hold them.

use serde::Deserialize;

use super::super::super::{Completeness, Format};
use super::Pairs;

/// A list of known values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumSpec {
    /// What a member is called in messages.
    pub noun: String,
    /// How many of the values are known.
    #[serde(default)]
    pub complete: CompleteSpec,
    /// For a nearly complete list: what it can lack.
    #[serde(default)]
    pub missing: String,
    /// The values.
    #[serde(default)]
    pub values: Vec<String>,
    /// A generated table that holds further values.
    pub table: Option<String>,
    /// Whether the log writes the values in other letter cases too.
    #[serde(default)]
    pub any_case: bool,
    /// What other spellings of the same thing, which no event holds, stand for: the spelling, then the value.
    #[serde(default)]
    pub logged_as: Pairs<String>,
    /// How texts that the log never holds are written, and why it does not.
    #[serde(default)]
    pub never: Pairs<String>,
}

/// Known values that are among other texts, and the fields that hold them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularySpec {
    /// The list of known values, under `enums`.
    #[serde(rename = "enum")]
    pub values: String,
    /// The fields; `*.name` is every field whose name ends so.
    pub fields: Vec<String>,
    /// What is around a value: `{}` is the value, `**` in front any text; the value alone when absent.
    #[serde(default)]
    pub forms: Vec<String>,
    /// Whether other values are in the same form.
    #[serde(default)]
    pub others: bool,
    /// Characters that part the values of a list.
    #[serde(default)]
    pub separators: String,
    /// Whether the owners of a value in the table are what it is called.
    #[serde(default)]
    pub labelled: bool,
}

/// A format, and the fields whose texts have it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatsSpec {
    /// The format.
    pub format: Format,
    /// The fields; `*Name` is every field whose name ends so.
    pub fields: Vec<String>,
}

/// `true`, `false` or `nearly`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum CompleteSpec {
    /// Whether every value is known.
    Entirely(bool),
    /// Only values of a kind that can be named are missing.
    Nearly(NearlySpec),
}

/// The word `nearly`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NearlySpec {
    /// The word.
    Nearly,
}

impl Default for CompleteSpec {
    fn default() -> Self {
        Self::Entirely(false)
    }
}

impl From<CompleteSpec> for Completeness {
    fn from(spec: CompleteSpec) -> Self {
        match spec {
            CompleteSpec::Entirely(true) => Self::Complete,
            CompleteSpec::Nearly(NearlySpec::Nearly) => Self::Nearly,
            CompleteSpec::Entirely(false) => Self::Incomplete,
        }
    }
}
