//! The solver: sound on random formulas, and with an event for every branch of every rule.

#[path = "solve/answers.rs"]
mod answers;
#[path = "solve/formulas.rs"]
mod formulas;
#[path = "support/lists.rs"]
mod lists;
#[path = "solve/rules.rs"]
mod rules;
