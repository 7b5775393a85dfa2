//! The reference meaning: whether an event satisfies a rule.
//!
//! This module is the definition made executable: a back end is right when its query selects the events for which
//! [`Matcher::matches`] is true.
//! It reads the formula in either form, as the checker gives it or [`quantified`](crate::ir::Formula::quantified).
//!
//! What the language leaves to the reader is decided so:
//!
//! - Numbers compare by value and exactly, whatever their spelling: `1`, `1.0` and `10e-1` are one number. A string
//!   that is a number in JSON's grammar counts as one, because providers and tables write 64-bit numbers as strings.
//! - Under a test of text a number is its text in the event: `1.0` is not `1`.
//! - A time is RFC 3339 text; without an offset it is UTC. A number is not a time.
//! - An IPv4 address inside an IPv6 one (`::ffff:10.0.0.1`) is an IPv6 address.
//! - Of two equal keys in one JSON object the last counts.
//!
//! Events are untrusted: nesting is bounded by the parser (128 levels), and every test is linear in the event, but
//! for the cases that `text` and `predicate` name, which are capped.

pub mod codes;
mod envelope;
mod event;
mod explain;
mod index;
pub mod json;
mod matcher;
mod names;
mod need;
mod number;
mod observed;
mod predicate;
mod reach;
mod recognise;
mod record_format;
pub mod stream;
mod text;
mod tree;
pub mod window;

pub use event::{Event, texts};
pub use explain::{Elements, Verdict, VerdictKind};
pub use index::Index;
pub use json::{Json, Tape};
pub use matcher::Matcher;
pub use names::{Names, Present};
pub use observed::{Form, Observed, SEEN};
pub use predicate::Tester;
pub use recognise::{Recognised, Recogniser};
pub use record_format::RecordFormats;
pub use tree::{Kind, Tree};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Why a value of a rule cannot be evaluated.
#[derive(Debug)]
struct Fault {
    span: Span,
    reason: String,
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        Self::new(&codes::NOT_EVALUABLE, fault.span, fault.reason)
    }
}
