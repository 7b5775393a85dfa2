//! Splunk's Search Processing Language.
//!
//! A query is a base search, which prunes by the index, and then one `where` for all that the base search cannot
//! state exactly; statements about array elements read `_raw` with the JSON functions before it.
//! `docs/targets/spl.md` has the rules and the documentation that they rest on.

pub mod ast;
pub mod codes;
mod lower;
pub mod pipeline;
pub mod print;
pub mod read;

use self::lower::routes::Joined;
use crate::backend::frame::{self, Arrays};
use crate::backend::{Backend, Compiled, Correlated, OptionSpec, Options, Role, correlation, options};
use crate::check::TypedRule;
use crate::diagnostic::Code;
use crate::ir::pattern::Engine;
use crate::rule::DetectionRule;
use crate::schema::Platform;

/// The back end for Splunk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spl;

static OPTIONS: [OptionSpec; 4] = [
    OptionSpec {
        name: "spl.index",
        help: "the index to search",
        many: false,
        general: true,
        role: Role::Place,
        form: "a Splunk index: lower-case letters, digits, `_` and `-`, with `*` at either end",
        fits: |name| {
            let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "_-".contains(char);
            let inner = starless(name);
            !inner.is_empty() && !inner.starts_with('-') && inner.chars().all(fits)
        },
    },
    OptionSpec {
        name: "spl.sourcetype",
        help: "the source types of one log in place of the documented ones",
        many: true,
        general: false,
        role: Role::Tables,
        form: "a Splunk source type: letters, digits, `_`, `-`, `:` and `.`, with `*` at either end",
        fits: |name| {
            let fits = |char: char| char.is_ascii_alphanumeric() || "_-:.".contains(char);
            let inner = starless(name);
            !inner.is_empty() && inner.chars().all(fits)
        },
    },
    OptionSpec {
        name: "spl.macro",
        help: "the macro that replaces index and source types of one log",
        many: false,
        general: false,
        role: Role::Place,
        form: "a Splunk macro: letters, digits and `_`",
        fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'),
    },
    OptionSpec { name: "spl.delivery", ..options::DELIVERY },
];

const LOOKUP: OptionSpec = OptionSpec {
    name: "spl.lookup",
    help: "the lookup definition, or the file of a lookup table, that holds a known list",
    many: false,
    general: false,
    role: Role::Other,
    form: "a Splunk lookup: letters, digits, `_`, `-` and `.`",
    fits: |name| {
        let fits = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
        !name.starts_with(['-', '.']) && name.chars().all(fits)
    },
};

/// Where a site keeps a known list.
static LISTS: [OptionSpec; 2] = [
    LOOKUP,
    OptionSpec {
        name: "spl.field",
        help: "the column of the lookup that holds the values",
        form: "a column of a lookup: letters, digits and `_`",
        fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'),
        ..LOOKUP
    },
];

/// A name without a wildcard at either end.
fn starless(name: &str) -> &str {
    let name = name.strip_prefix('*').unwrap_or(name);
    name.strip_suffix('*').unwrap_or(name)
}

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

    fn remark(&self, text: &str) -> Option<String> {
        crate::backend::heading::Comment::new(text).map(|text| format!("``` {} ```", text.as_str()))
    }

    fn options(&self) -> &'static [OptionSpec] {
        &OPTIONS
    }

    fn list_options(&self) -> &'static [OptionSpec] {
        &LISTS
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        let spread = frame::compile_spread(
            self,
            rule,
            typed,
            options,
            Arrays::Opened,
            |frame, formula, ledger| lower::lower(frame, formula, options, ledger),
            |legs, _| match lower::routes::joined(legs, options) {
                Joined::One(query) => Some(print::print(&query)),
                Joined::Several(pipeline) => {
                    let text = print::pipeline::print(&pipeline);
                    debug_assert_eq!(
                        read::pipeline::read(&text).as_ref(),
                        Ok(&pipeline),
                        "the query is read back"
                    );
                    Some(text)
                }
            },
        );
        spread.unwrap_or_else(|| {
            frame::compile(self, rule, typed, options, Arrays::Opened, |frame, formula, ledger| {
                Some(print::print(&lower::lower(frame, &formula, options, ledger)?))
            })
        })
    }

    fn compile_correlation(&self, correlated: &Correlated<'_>) -> Compiled {
        correlation::compile(self, correlated, Arrays::Opened, "_time", |windows, ledger| {
            let pipeline = lower::correlation::lower(windows, ledger)?;
            let text = print::pipeline::print(&pipeline);
            debug_assert_eq!(read::pipeline::read(&text).as_ref(), Ok(&pipeline), "the query is read back");
            Some(text)
        })
    }
}
