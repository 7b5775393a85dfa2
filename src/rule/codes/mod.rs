//! Findings about rules, by what they speak of.

pub mod condition;
pub mod correlation;
pub mod document;
pub mod metadata;
pub mod template;
pub mod value;

use crate::diagnostic::Code;

/// Every code that reading a rule can raise.
pub static ALL: [&[&Code]; 6] =
    [document::ALL, metadata::ALL, template::ALL, condition::ALL, value::ALL, correlation::ALL];
