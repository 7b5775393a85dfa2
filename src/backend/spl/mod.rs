//! Splunk's Search Processing Language.
//!
//! A query is a base search, which prunes by the index, and then one `where` for all that the base search cannot
//! state exactly; statements about array elements read `_raw` with the JSON functions before it.
//! `docs/targets/spl.md` has the rules and the documentation that they rest on.

pub mod ast;
pub mod codes;
mod lower;
pub mod print;
pub mod read;

use crate::backend::frame::{self, Arrays};
use crate::backend::{Backend, Compiled, Options};
use crate::check::TypedRule;
use crate::diagnostic::Code;
use crate::ir::pattern::Engine;
use crate::rule::DetectionRule;
use crate::schema::Platform;

/// The back end for Splunk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spl;

impl Backend for Spl {
    fn name(&self) -> &'static str {
        "spl"
    }

    fn platform(&self) -> Platform {
        Platform::Splunk
    }

    fn title(&self) -> &'static str {
        "SPL for Splunk"
    }

    fn engine(&self) -> Engine {
        Engine::Pcre
    }

    fn codes(&self) -> &'static [&'static Code] {
        codes::ALL
    }

    fn page(&self) -> &'static str {
        "docs/targets/spl.md"
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        frame::compile(self, rule, typed, Arrays::Opened, |frame, formula, ledger| {
            Some(print::print(&lower::lower(frame, &formula, options, ledger)?))
        })
    }
}
