//! Findings about rules, by what they speak of.

pub mod condition;
pub mod correlation;
pub mod metadata;
pub mod value;

use crate::diagnostic::Code;

/// Every code that reading a rule can raise.
pub static ALL: [&[&Code]; 4] = [metadata::ALL, condition::ALL, value::ALL, correlation::ALL];
