//! What the typing of a rule raises, by what it is about; each lint has its codes in its own file.

pub mod name;
pub mod text;
pub mod value;
pub mod whole;

use crate::diagnostic::Code;

/// Every code that typing a rule can raise.
pub static ALL: [&[&Code]; 4] = [name::ALL, value::ALL, text::ALL, whole::ALL];
