//! What becomes of a field name.

use super::{Facts, Field, Path, Redaction, Type};

/// A resolved field name.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The canonical path.
    pub path: Path,
    /// The type at its end. For a path that ends at an array this is the array's type, and `path` ends before
    /// [`Step::Each`](super::Step::Each); a predicate on it appends `Each` (the evaluator reaches elements anyhow).
    pub ty: Type,
    /// The field at the end, when it is a declared one.
    pub field: Option<Field>,
    /// Set when the name was not spelt canonically.
    pub spelling: Option<OtherName>,
    /// Cases of a dependent type in which the field does not exist (it exists in some other).
    pub missing_in: Vec<String>,
    /// Known names near to a name that an open object accepted unseen; nearest first.
    pub near: Vec<String>,
    /// Whether an object accepted the name whose members the provider documents, without this one.
    pub undocumented: bool,
    /// Whether the schema itself vouches for the last step; `false` where an open object accepted the name.
    pub declared: bool,
}

impl Resolved {
    /// Whether a map is at the end or below it, in some event that the facts allow.
    pub fn has_map(&self, facts: &Facts) -> bool {
        let dependent = self.field.as_ref().and_then(|field| field.dependent.as_ref());
        self.ty.has_map() || dependent.is_some_and(|dependent| dependent.has_map(facts))
    }
}

/// How a name departs from the canonical one, which is `canonical`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherName {
    /// The name to write instead.
    pub canonical: String,
    /// Why.
    pub kind: OtherNameKind,
    /// Canonical text and the text that is in its place under this name, where they differ.
    pub values: Vec<(String, String)>,
}

impl OtherName {
    /// The canonical text for one that is under this name; `None` where they are the same.
    pub fn canonical_value(&self, text: &str) -> Option<&str> {
        let found = self.values.iter().find(|(_, written)| crate::text::equals(text, written));
        found.map(|(canonical, _)| canonical.as_str())
    }
}

/// Kinds of other spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherNameKind {
    /// Only letter case differs.
    Case,
    /// The spelling of another documented shape of the record, which is named.
    RecordFormat(String),
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
        /// What it means that none of the cases has members, where none has.
        bare: Option<String>,
    },
    /// The path goes on below a scalar.
    Scalar {
        /// The byte range of the part below the scalar.
        at: std::ops::Range<usize>,
        /// The canonical path of the scalar.
        scalar: String,
        /// Its type's name.
        ty: &'static str,
        /// What the log shows in place of what would lie below.
        redacted: Option<Redaction>,
        /// Full canonical names with the same parts.
        nearest: Vec<String>,
    },
}
