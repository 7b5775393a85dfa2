//! The SPL back end: what it writes, and whether that means the rule.

#[path = "spl/agrees.rs"]
mod agrees;
#[path = "support/spl/build.rs"]
mod build;
#[path = "support/spl/mod.rs"]
mod engine;
#[path = "spl/library.rs"]
mod library;
#[path = "spl/output.rs"]
mod output;
