//! The SPL back end: what it writes, and whether that means the rule.

#[path = "spl/agrees.rs"]
mod agrees;
#[path = "support/spl/build.rs"]
mod build;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "Splunk's numbers are doubles"
)]
#[path = "support/spl/mod.rs"]
mod engine;
#[path = "spl/output.rs"]
mod output;
#[path = "spl/samples.rs"]
mod samples;
