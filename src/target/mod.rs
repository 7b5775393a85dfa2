//! The back ends: a typed rule becomes a query.
//!
//! Each language has one folder: `lower` turns the formula into the language's own AST, `print` alone knows quoting,
//! escaping and precedence, and `read` parses what `print` wrote, so that a round trip can be tested.

pub mod codes;
pub mod cwli;
pub mod fidelity;
pub mod kql;
pub mod pattern;
pub mod spl;

use crate::check::TypedRule;
use crate::diagnostic::{Code, Diagnostic};
use crate::rule::DetectionRule;
use crate::source::Span;

/// How a query relates to the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// It selects what the rule means, on every event that fits the schema.
    Exact,
    /// It does not; the notes say how.
    Approximate,
    /// There is no query; a diagnostic says why.
    Refused,
}

impl Fidelity {
    /// The word that the JSON output prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::Refused => "refused",
        }
    }
}

/// On which side the whole query errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It also selects events that the rule does not.
    Wider,
    /// It misses events that the rule selects.
    Narrower,
    /// Both can happen.
    Either,
}

impl Direction {
    /// The word that the JSON output prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Either => "either",
        }
    }

    /// The direction under a negation.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Wider => Self::Narrower,
            Self::Narrower => Self::Wider,
            Self::Either => Self::Either,
        }
    }
}

/// One way in which a query departs from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub code: &'static Code,
    /// The reason.
    pub message: String,
    /// The direction of the whole query.
    pub direction: Direction,
    /// The item in the rule.
    pub span: Span,
}

/// What the user may set for compilation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The table of rules whose log has no KQL home.
    pub kql_table: Option<String>,
    /// The Splunk index.
    pub index: Option<String>,
}

/// The outcome for one rule and target.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The query; `None` when refused.
    pub query: Option<String>,
    /// How it relates to the rule.
    pub fidelity: Fidelity,
    /// Each way in which it departs from the rule.
    pub notes: Vec<Note>,
    /// Why it was refused.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// A refusal for one reason.
    pub fn refused(reason: Diagnostic) -> Self {
        Self { query: None, fidelity: Fidelity::Refused, notes: Vec::new(), diagnostics: vec![reason] }
    }
}

/// A query language.
pub trait Target: Send + Sync + std::fmt::Debug {
    /// The name that `-t` takes: `kql`, `spl`, `cwli`.
    fn name(&self) -> &'static str;
    /// The name of the dialect that is printed: `kql:sentinel`, `spl`, …
    fn dialect(&self) -> &'static str;
    /// Compiles a rule whose check gave no error (or was forced).
    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled;
}
