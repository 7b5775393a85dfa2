//! The `sigmata` command.

fn main() {}
