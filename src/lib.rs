//! A compiler for Sigma detection rules over cloud logs.
//!
//! Rules are read from YAML ([`rule`]), type-checked against the schema of the log that they name ([`check`]),
//! given a meaning ([`ir`]), matched against events ([`eval`]) and compiled to KQL, Splunk SPL and CloudWatch Logs
//! Insights ([`backend`]).
//!
//! A program needs [`Checker`] and what it gives; `docs/library.md` has an example. Those types are the documented promise; the
//! modules are open for those who need more of the inside, and may change with any release.
//! `docs/architecture.md` has the table of stages; a module uses only those above it in that table.

// What input can reach must not be able to end the program; tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

pub mod backend;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod eval;
pub mod export;
mod facade;
pub mod ir;
pub mod link;
pub mod pipeline;
pub mod rule;
pub mod schema;
pub mod solve;
pub mod source;
pub mod text;
pub mod time;
pub mod triage;
pub mod workspace;
pub mod yaml;

pub use backend::{Direction, Fidelity, Note, Options};
pub use diagnostic::{Code, Severity};
pub use facade::{
    Checker, Correlation, Error, EventMatcher, Finding, Findings, Firing, Query, Rule, Rules, SequenceMatcher,
};

/// The example of `docs/library.md` is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;

/// Every code that a finding, a note or a refusal can have, by identifier.
pub fn codes() -> &'static [&'static diagnostic::Code] {
    static ALL: std::sync::LazyLock<Vec<&diagnostic::Code>> = std::sync::LazyLock::new(gathered);
    &ALL
}

fn gathered() -> Vec<&'static diagnostic::Code> {
    let mut all = [
        yaml::codes::ALL,
        config::CODES,
        &rule::codes::ALL.concat(),
        pipeline::codes::ALL,
        schema::codes::ALL,
        &check::codes::ALL.concat(),
        &check::lints::codes(),
        check::logic::ALL,
        triage::codes::ALL,
        eval::codes::ALL,
        link::codes::ALL,
        &backend::Backends::shipped().codes(),
        workspace::codes::ALL,
        export::codes::ALL,
    ]
    .concat();
    #[cfg(feature = "cli")]
    all.extend(cli::CODES);
    all.sort_by_key(|code| code.id);
    all
}
