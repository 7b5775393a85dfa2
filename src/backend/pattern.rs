//! Expressions and literals for the three languages; the meaning is shared with the evaluator.

pub use crate::ir::pattern::*;
