//! KQL: Microsoft Sentinel, and with another delivery Defender XDR.
//!
//! `lower` turns a typed rule into the AST of [`ast`], `print` alone knows how that is written, and [`read`] reads
//! it back. [`verify`] knows what Microsoft's parser lets through although it can never be meant.

pub mod ast;
pub mod codes;
mod lower;
mod plan;
pub mod print;
pub mod read;
pub mod script;
pub mod verify;

use crate::backend::correlation::Matches;
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{self, Arrays};
use crate::backend::{
    Backend, Compiled, Correlated, OptionSpec, Options, Role, codes as shared, correlation, options,
};
use crate::check::TypedRule;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::pattern::Engine;
use crate::rule::DetectionRule;
use crate::schema::{Plan, Platform};
use crate::source::Span;

/// The most characters that the query of a scheduled analytics rule may have.
pub const SCHEDULED_LIMIT: usize = 10_000;

/// KQL in one of its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kql {
    name: &'static str,
    title: &'static str,
    platform: Platform,
    time: &'static str,
}

impl Kql {
    /// Tables of a Log Analytics workspace: Microsoft Sentinel.
    pub const SENTINEL: Self = Self {
        name: "kql",
        title: "KQL for Microsoft Sentinel",
        platform: Platform::Sentinel,
        time: "TimeGenerated",
    };
    /// Tables of advanced hunting: Microsoft Defender XDR.
    pub const XDR: Self = Self {
        name: "kql:xdr",
        title: "KQL for Microsoft Defender XDR",
        platform: Platform::Xdr,
        time: "Timestamp",
    };
}

impl Kql {
    /// The column that holds the time of a row.
    fn time(self, frame: frame::Frame<'_>) -> &'static str {
        if frame.platform() == Some(Platform::Sentinel) { Self::SENTINEL.time } else { self.time }
    }
}

/// The options of both dialects.
static OPTIONS: [OptionSpec; 3] = [
    OptionSpec {
        name: "kql.table",
        help: "the table: of one log in place of the documented one, of all logs where none is documented",
        many: false,
        general: true,
        role: Role::Tables,
        form: "a KQL table: letters, digits and `_`",
        fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'),
    },
    OptionSpec { name: "kql.delivery", ..options::DELIVERY },
    OptionSpec {
        name: "kql.plan",
        help: "the plan of the tables of one log: `analytics`, or `basic` or `auxiliary`, which are read one at a time",
        many: false,
        general: false,
        role: Role::Plan,
        form: "a plan of tables: `analytics`, `basic` or `auxiliary`",
        fits: |name| Plan::named(name).is_some(),
    },
];

const WATCHLIST: OptionSpec = OptionSpec {
    name: "kql.watchlist",
    help: "the alias of the watchlist of Microsoft Sentinel that holds a known list",
    many: false,
    general: false,
    role: Role::Other,
    form: "the alias of a watchlist: letters, digits, `_` and `-`",
    fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char)),
};

/// Where a workspace keeps a known list.
static LISTS: [OptionSpec; 2] = [
    WATCHLIST,
    OptionSpec {
        name: "kql.key",
        help: "the column of the watchlist; `SearchKey` where it is not set",
        form: "a column of a watchlist: letters, digits, `_`, `-` and spaces",
        fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || "_- ".contains(char)),
        ..WATCHLIST
    },
];

impl Backend for Kql {
    fn name(&self) -> &'static str {
        self.name
    }

    fn platform(&self) -> Platform {
        self.platform
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn engine(&self) -> Engine {
        Engine::Rust
    }

    fn codes(&self) -> &'static [&'static Code] {
        codes::ALL
    }

    fn page(&self) -> &'static str {
        "docs/targets/kql.md"
    }

    fn remark(&self, text: &str) -> Option<String> {
        crate::backend::heading::Comment::new(text).map(|text| format!("// {}", text.as_str()))
    }

    fn options(&self) -> &'static [OptionSpec] {
        &OPTIONS
    }

    fn list_options(&self) -> &'static [OptionSpec] {
        // Advanced hunting has no watchlists.
        if self.platform == Platform::Sentinel { &LISTS } else { &[] }
    }

    fn needs_table(&self) -> bool {
        true
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        let spread = frame::compile_spread(
            self,
            rule,
            typed,
            options,
            Arrays::Kept,
            |frame, formula, ledger| lower::lower(*self, frame, formula, options, ledger),
            |legs, ledger| {
                let script = lower::siblings::joined(legs, options);
                let text = print::script::print(&script);
                debug_assert_eq!(read::script::read(&text).as_ref(), Ok(&script), "the query is read back");
                remark_length(&text, rule.detection.span, ledger);
                Some(text)
            },
        );
        if let Some(compiled) = spread {
            return compiled;
        }
        frame::compile(self, rule, typed, options, Arrays::Kept, |frame, formula, ledger| {
            let mut query = lower::lower(*self, frame, &formula, options, ledger)?;
            plan::query(frame, options, &mut query, ledger)?;
            let text = print::print(&query);
            debug_assert_eq!(read::read(&text).as_ref(), Ok(&query), "the query is read back");
            remark_length(&text, rule.detection.span, ledger);
            Some(text)
        })
    }

    fn compile_correlation(&self, correlated: &Correlated<'_>) -> Compiled {
        correlation::compile(self, correlated, Arrays::Kept, self.time, |windows, ledger| {
            let written = |detailed: bool, ledger: &mut Ledger| {
                let mut script = lower::correlation::lower(*self, windows, detailed, ledger)?;
                plan::script(windows, &mut script, ledger)?;
                let text = print::script::print(&script);
                debug_assert_eq!(read::script::read(&text).as_ref(), Ok(&script), "the query is read back");
                Some(text)
            };
            let before = ledger.clone();
            // What is shown takes a join.
            let mut text = written(!plan::is_single(windows), ledger)?;
            // A rule that can be scheduled is worth more than one that shows more.
            if is_long(&text) {
                *ledger = before;
                text = written(false, ledger)?;
            }
            remark_length(&text, windows.head(), ledger);
            Some(text)
        })
    }
}

/// The table that a rule of a correlation reads, where one is known.
fn read_by<'a>(base: &Matches<'a>) -> Option<&'a str> {
    base.options.for_log("kql.table").or_else(|| base.frame.name())
}

/// Whether a query is too long for a scheduled rule.
fn is_long(text: &str) -> bool {
    text.chars().count() > SCHEDULED_LIMIT
}

/// Remarks that a query is too long for a scheduled rule.
fn remark_length(text: &str, span: Span, ledger: &mut Ledger) {
    if is_long(text) {
        let message =
            format!("the query is longer than the {SCHEDULED_LIMIT} characters of a scheduled rule");
        ledger.remark(Diagnostic::new(&shared::QUERY_LONG, span, message));
    }
}
