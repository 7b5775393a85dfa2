//! A compiler for Sigma detection rules over cloud logs.
//!
//! Rules are read from YAML ([`rule`]), type-checked against the schema of the log that they name ([`check`]),
//! given a meaning ([`ir`]), matched against events ([`eval`]) and compiled to KQL, Splunk SPL and CloudWatch Logs
//! Insights ([`backend`]).
//! `docs/architecture.md` has the table of stages; a module uses only those above it in that table.

pub mod backend;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod eval;
pub mod ir;
pub mod rule;
pub mod schema;
pub mod solve;
pub mod source;
pub mod workspace;
pub mod yaml;
