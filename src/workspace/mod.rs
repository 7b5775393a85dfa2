//! A collection of rule files: what holds across documents, and the tests that are beside rules.
//!
//! [`across`] takes the checked files in their order and finds what no file shows alone; [`conventions`]
//! finds what a collection may want to be written otherwise.
//! [`Suite`] is a test file, [`TestRunner`] runs its cases against the rules beside it.

mod alike;
mod alternatives;
mod changes;
pub mod codes;
mod conventions;
mod correlate;
mod dispatch;
mod duplicates;
mod evaluate;
mod example;
mod familiar;
mod json;
mod overlap;
mod products;
pub mod regression;
mod sequences;
mod suite;
mod test_runner;
mod test_sequence;

pub use alternatives::{Alternative, alternatives};
pub use changes::{Change, ChangeKind, Named, Side, changes, compared};
pub use conventions::conventions;
pub use correlate::correlate;
pub use dispatch::{Dispatcher, Record};
pub use duplicates::{across, marks};
pub use evaluate::{Formats, Logs, Read, Ready, filters, ready};
pub use example::{ExampleSequences, NearSequence, TimedEvent, example_sequences};
pub use overlap::{MAX_PAIRS, Overlaps, overlaps};
pub use products::{Order, Product, products, silent};
pub use sequences::{Arrived, Correlations, Fired, Followed, Lost, Sequences};
pub use suite::{CASE_KEYS, Case, Expect, Input, Suite, TOP_KEYS};
pub use test_runner::{Had, Outcome, Part, Seen, TestRunner};
pub use test_sequence::Correlated;

pub use crate::check::{Checked, File};
