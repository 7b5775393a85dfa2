//! The schema file as serde sees it. `grammar/log.schema.json` says the same; a test holds them together.

mod delivery;
mod values;

use std::fmt;
use std::hash::BuildHasher;
use std::marker::PhantomData;

use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::super::{Format, Platform};

pub use self::delivery::{ColumnSpec, DeliverySpec};
pub use self::values::{EnumSpec, FormatsSpec, VocabularySpec};

/// A map in the order of the file, without duplicate keys.
#[derive(Debug, Clone)]
pub struct Pairs<T>(pub Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut seen = FxHashSet::default();
                let mut pairs: Vec<(String, T)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, T>()? {
                    let known = !seen.insert(FxBuildHasher.hash_one(&key));
                    if known && pairs.iter().any(|(earlier, _)| *earlier == key) {
                        return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                    }
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// A schema.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaFile {
    /// The version of the format.
    #[serde(rename = "sigmata-schema")]
    pub version: Version,
    /// `product/service`.
    pub name: String,
    /// The shipped schema that this one adds to; then only the name is required.
    pub extends: Option<String>,
    /// A name for people.
    pub title: Option<String>,
    /// The log sources that it answers to.
    pub logsources: Option<Vec<SourceSpec>>,
    /// Where its facts come from.
    pub sources: Option<Vec<ProvenanceSpec>>,
    /// The field with the time of the event.
    pub time: Option<String>,
    /// How long after it happened an event can be read.
    pub delay: Option<DelaySpec>,
    /// What tells records apart that can arrive more than once.
    pub repeats: Option<RepeatsSpec>,
    /// Fields of which many records have none.
    #[serde(default)]
    pub sparse: Vec<SparseSpec>,
    /// Fields whose values can be long.
    #[serde(default)]
    pub long: Vec<LongSpec>,
    /// Fields whose values are chosen by whoever causes the event.
    #[serde(default)]
    pub chosen: Vec<ChosenSpec>,
    /// The fields useful in an alert.
    #[serde(default)]
    pub alert: Vec<String>,
    /// Catalogues by name.
    #[serde(default)]
    pub enums: Pairs<EnumSpec>,
    /// Types by name; each can use those before it.
    #[serde(default)]
    pub types: Pairs<FieldSpec>,
    /// The members of the record.
    pub fields: Option<Pairs<FieldSpec>>,
    /// Whether the record can have other members.
    #[serde(default)]
    pub open: Openness,
    /// Values of one field that go with those of another.
    #[serde(default)]
    pub relations: Vec<RelationSpec>,
    /// Known values that are among other texts.
    #[serde(default)]
    pub vocabularies: Pairs<VocabularySpec>,
    /// Formats that texts have by the name of their field.
    #[serde(default)]
    pub formats: Vec<FormatsSpec>,
    /// What distinguishes its records from those of every other log.
    pub recognised_by: Option<SignatureSpec>,
    /// Other shapes of the record.
    #[serde(default)]
    pub record_formats: Vec<RecordFormatSpec>,
    /// How the log reaches each platform, in order of preference.
    #[serde(default)]
    pub deliveries: Vec<DeliverySpec>,
    /// What fields mean: a meaning, then the fields, the best first.
    #[serde(default)]
    pub meanings: Pairs<NamesSpec>,
    /// How a success and a failure look.
    #[serde(default)]
    pub outcome: OutcomeSpec,
    /// Names by which rules and exports call fields, then the fields that may be meant.
    #[serde(default)]
    pub also_known_as: Pairs<NamesSpec>,
    /// What usual records hold.
    #[serde(default)]
    pub examples: ExamplesSpec,
}

/// What usual records hold, for example events.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamplesSpec {
    /// What each name in braces usually means.
    #[serde(default)]
    pub names: Pairs<String>,
    /// Values that are together, the usual ones first.
    #[serde(default)]
    pub records: Vec<ExampleSpec>,
}

/// Values that are together in a record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleSpec {
    /// Whether it is of use only where a rule says something of one of its fields.
    #[serde(default)]
    pub asked: bool,
    /// The fields, with their values.
    pub values: Pairs<serde_json::Value>,
}

/// One name, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum NamesSpec {
    /// One.
    One(String),
    /// Several, the best first.
    Several(Vec<String>),
}

impl NamesSpec {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// How a success and a failure look.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeSpec {
    /// What a record of a success holds: a field, with modifiers as in a rule, and its value.
    #[serde(default)]
    pub success: Pairs<SignSpec>,
    /// What a record of a failure holds.
    #[serde(default)]
    pub failure: Pairs<SignSpec>,
    /// What else there is to know.
    #[serde(default)]
    pub note: String,
}

/// The value of a field, one of several values, or null.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum SignSpec {
    /// One of these.
    Several(Vec<Scalar>),
    /// This one, or null.
    One(Option<Scalar>),
}

/// The version of the format: 2.
#[derive(Debug)]
pub struct Version;

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            2 => Ok(Self),
            other => Err(D::Error::custom(format_args!("unknown format version {other}; this is version 2"))),
        }
    }
}

/// Whether an object can have other members than those that are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Openness {
    /// It cannot.
    #[default]
    Closed,
    /// It can, and little is known of them.
    Open,
    /// It can, but the provider documents the members, so that another one is worth a word.
    Documented,
}

impl Openness {
    /// Whether other members can occur.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }

    /// What two schemas say together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if other == Self::Closed { self } else { other }
    }
}

impl<'de> Deserialize<'de> for Openness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(deserializer)? {
            Scalar::Boolean(false) => Ok(Self::Closed),
            Scalar::Boolean(true) => Ok(Self::Open),
            Scalar::Text(text) if text == "documented" => Ok(Self::Documented),
            _ => Err(D::Error::custom("`open` is `true`, `false` or `documented`")),
        }
    }
}

/// A log source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// `product`; empty for none.
    #[serde(default)]
    pub product: String,
    /// `service`; empty for none.
    #[serde(default)]
    pub service: String,
    /// `category`; empty for any.
    #[serde(default)]
    pub category: String,
}

/// A field whose values can be long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongSpec {
    /// The field.
    pub field: String,
    /// The most bytes that it is known to hold.
    pub most: u64,
    /// Whether the names of what is inside are chosen too, as many as there is room for.
    #[serde(default)]
    pub names: bool,
    /// Whether that is so of the maps inside, where an event has any.
    #[serde(default)]
    pub maps: bool,
    /// Where that is from.
    pub source: String,
}

/// A field whose values are chosen by whoever causes the event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenSpec {
    /// The field.
    pub field: String,
    /// Who writes it, and how.
    pub by: String,
}

/// How late events come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelaySpec {
    /// A number and a unit, such as `15m`.
    pub within: String,
    /// Where the provider says so.
    pub source: String,
}

/// What tells records apart that can arrive more than once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatsSpec {
    /// The field whose value no other record has; every record has it.
    pub by: String,
    /// Where it is from that records arrive again.
    pub source: String,
}

/// A field of which many records have none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseSpec {
    /// The field.
    pub field: String,
    /// Which records are without it, as words that follow "missing in".
    pub missing: String,
    /// A field, and its values with which records are without it.
    #[serde(default)]
    pub with: Pairs<Vec<String>>,
    /// Where such records have what is looked for.
    pub instead: Option<String>,
    /// Where that is from.
    pub source: String,
}

/// A source of facts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceSpec {
    /// The document or data set, with version.
    pub source: String,
    /// Its licence.
    pub license: String,
    /// When it was read.
    pub date: String,
}

/// A field, or a type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub struct FieldSpec {
    /// `string`, `enum`, …, or the name of a type of this schema.
    #[serde(rename = "type")]
    pub ty: String,
    /// One line of documentation.
    #[serde(default)]
    pub doc: String,
    /// For `enum`: the list of known values.
    #[serde(rename = "enum")]
    pub known_values: Option<String>,
    /// For `array`, `map` and `json`: what is inside; `any` when absent.
    pub items: Option<Box<FieldSpec>>,
    /// For `object`: the members. For `any`: the members of what is usually an object.
    pub fields: Option<Pairs<FieldSpec>>,
    /// For `object`: whether it can have other members.
    #[serde(default)]
    pub open: Openness,
    /// Whether every record has it.
    #[serde(default)]
    pub always: bool,
    /// Whether it is never the empty string.
    #[serde(default)]
    pub never_empty: bool,
    /// Whether it is never null: without a value the member is left out.
    #[serde(default)]
    pub never_null: bool,
    /// What the provider writes in place of the value.
    pub redacted: Option<String>,
    /// Whether the provider leaves the member out, so that no record has it.
    #[serde(default)]
    pub never_logged: bool,
    /// For `string`: what every text looks like. For `ip`: how the log writes addresses.
    pub format: Option<FormatKey>,
    /// For `string`: how every text is written, `*` for a name without `:` and `/`, `**` for anything.
    #[serde(default)]
    pub forms: Vec<String>,
    /// For `ip`, and with `format` or `forms`: further texts that it can hold.
    #[serde(default)]
    pub also: Vec<String>,
    /// For `json`: whether some records hold text there that is not JSON.
    #[serde(default)]
    pub or_text: bool,
    /// For `integer`: labels of the numbers, as people and other tables write them.
    #[serde(default)]
    pub labels: Pairs<String>,
    /// For `boolean`, `integer` and `number`: whether the field is left out where it is false or zero.
    #[serde(default)]
    pub false_is_absent: bool,
    /// For `array`: how elements are addressed by a key.
    pub keyed: Option<KeyedSpec>,
    /// How the type follows from other fields.
    pub depends: Option<DependsSpec>,
}

/// What the texts of a field look like, or how an address is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum FormatKey {
    /// A format of texts.
    Text(Format),
    /// How an address is written.
    Address(AddressForm),
}

impl FormatKey {
    /// What it says of texts.
    pub const fn of_texts(self) -> Option<Format> {
        match self {
            Self::Text(format) => Some(format),
            Self::Address(_) => None,
        }
    }
}

/// How an address is written where it is not plain.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressForm {
    /// With a port, in brackets, or with the mark of version 6 before one of version 4.
    IpPort,
}

/// A keyed array.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyedSpec {
    /// The member that holds the key.
    pub key: String,
    /// The members that can hold the value; the first present one is it. Empty when names go on to a member.
    #[serde(default)]
    pub values: Vec<String>,
    /// Known keys, each with a line of documentation.
    #[serde(default)]
    pub known: Pairs<String>,
    /// Whether these are all.
    #[serde(default)]
    pub complete: bool,
}

/// A dependent type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DependsSpec {
    /// The fields that decide.
    pub on: Vec<String>,
    /// A generated table with the types of operations.
    pub table: Option<String>,
    /// Cases that go before the table.
    #[serde(default)]
    pub cases: Vec<CaseSpec>,
    /// What it means that a case has no members.
    pub bare: Option<BareSpec>,
}

/// What it means that a case of a dependent type has no members.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BareSpec {
    /// Members that do not count.
    #[serde(default)]
    pub but: Vec<String>,
    /// What it means, for messages.
    pub why: String,
}

/// A case of a dependent type: an object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSpec {
    /// The values of the deciding fields; a field that is not listed does not matter.
    pub when: Pairs<Vec<String>>,
    /// The members.
    #[serde(default)]
    pub fields: Pairs<FieldSpec>,
    /// Whether it can have other members.
    #[serde(default)]
    pub open: bool,
}

/// A relation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationSpec {
    /// The field whose values are listed.
    pub field: String,
    /// The field that they go with.
    pub by: String,
    /// A generated table that holds the pairs.
    pub table: Option<String>,
    /// The pairs: value of `by`, then values of `field`.
    #[serde(default)]
    pub values: Pairs<Vec<String>>,
    /// The values of `by` whose list is complete.
    #[serde(default)]
    pub complete: Vec<String>,
    /// What a nearly complete list can lack.
    #[serde(default)]
    pub missing: String,
    /// Values that never go with a value of `by`, though its list is not complete: value of `by`, then the values.
    #[serde(default)]
    pub never: Pairs<Vec<String>>,
    /// Names of the same thing elsewhere and how the log writes them, by value of `by`.
    #[serde(default)]
    pub logged_as: Pairs<Pairs<String>>,
    /// How the texts of `field` are written: value of `by`, then the forms; none where the field is absent.
    #[serde(default)]
    pub forms: Pairs<Vec<String>>,
    /// Value of `by`, and the field that holds there what rules look for in `field`.
    #[serde(default)]
    pub instead: Pairs<String>,
}

/// Another shape.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFormatSpec {
    /// A name for people.
    pub name: String,
    /// Keys that an event in this format has; dots lead into objects.
    #[serde(default)]
    pub has: Vec<String>,
    /// Keys that it lacks.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Keys that hold one of these texts.
    #[serde(default)]
    pub values: Pairs<Vec<Scalar>>,
    /// Its names, and the canonical ones.
    #[serde(default)]
    pub members: Pairs<MemberSpec>,
    /// Take the members from the columns of the first delivery to this platform.
    pub row_of: Option<Platform>,
}

/// What distinguishes the records of a log from those of others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureSpec {
    /// Keys that every record has; dots lead into objects.
    #[serde(default)]
    pub has: Vec<String>,
    /// Keys that no record has.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Keys that hold one of these texts.
    #[serde(default)]
    pub values: Pairs<Vec<Scalar>>,
}

/// A text, whole number or truth value, as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
}

/// A member of another shape: the canonical name, or that with the values that are written otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum MemberSpec {
    /// The canonical name.
    Name(String),
    /// The canonical name, and values.
    Values(MemberValues),
}

/// A member of another shape that writes some values otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberValues {
    /// The canonical name.
    pub field: String,
    /// Canonical text and the text of the shape.
    #[serde(default)]
    pub values: Pairs<String>,
}
