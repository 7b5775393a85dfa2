//! The inputs of CloudTrail's generated tables, made from collected facts: which source has which event names, and the
//! typed parameters of every operation.
//!
//! The facts are beside the repository where it is measured, so the inputs are compared with them only there:
//! `SIGMATA_SHARED` names the folder that holds `facts/aws`, and `SIGMATA_ACCEPT=1` writes the inputs.
//! `tests/schemas.rs` builds the tables from the inputs.

#[path = "aws_inputs/events.rs"]
mod events;
#[path = "aws_inputs/facts.rs"]
mod facts;
#[path = "aws_inputs/operations.rs"]
mod operations;
#[path = "aws_inputs/redactions.rs"]
mod redactions;

use std::path::Path;

use facts::Facts;

/// Holds an input against what the facts give, or writes it.
fn compare(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/inputs/aws").join(name);
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, made).expect("writable");
    }
    let committed = std::fs::read_to_string(&path).expect("an input");
    assert!(committed == made, "{name} is not what the facts give: run with SIGMATA_ACCEPT=1");
}

#[test]
fn inputs_are_made_from_the_facts() {
    let Some(shared) = std::env::var_os("SIGMATA_SHARED") else { return };
    let facts = Facts::read(&Path::new(&shared).join("facts/aws"));
    compare("cloudtrail-events.txt", &events::input(&facts));
    compare("cloudtrail-operations.jsonl", &operations::input(&facts));
}
