//! CloudWatch Logs Insights.
//!
//! The language has no engine outside AWS, so nothing here rests on behaviour that AWS does not document: `!=`,
//! `not like` and `not in` are never written, a negated test carries a guard for the presence of its field, and every
//! level of `and`, `or` and `not` has its parentheses.
//! Where the documentation is silent all the same, the query carries a note, or is refused.

pub mod ast;
pub mod codes;
mod lower;
mod print;
mod read;
#[cfg(test)]
mod tests;

pub use print::print;
pub use read::{ReadError, read};

use crate::backend::fidelity::Ledger;
use crate::backend::frame::{self, Arrays};
use crate::backend::{
    Backend, Compiled, Correlated, OptionSpec, Options, Role, codes as shared, correlation,
};
use crate::check::TypedRule;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::correlation::Measure;
use crate::ir::pattern::Engine;
use crate::rule::DetectionRule;
use crate::schema::Platform;
use crate::source::Span;

/// The longest query that the service takes, in characters (`queryString` of `StartQuery`).
const MAX_CHARS: usize = 10_000;

/// How many commands a query of that length has at most that name a value or unnest a list: each has more characters than
/// `| unnest a into sigma_item`.
const MAX_NAMING: usize = MAX_CHARS / 25;

/// The back end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cwli;

/// The class of log groups in which the service discovers no fields.
const INFREQUENT: &str = "infrequent-access";

static OPTIONS: [OptionSpec; 2] = [
    OptionSpec {
        name: "cwli.class",
        help: "the class of the log groups: `standard`, or `infrequent-access`, where no fields are discovered",
        many: false,
        general: true,
        role: Role::Other,
        form: "a class of log groups: `standard` or `infrequent-access`",
        fits: |name| matches!(name, "standard" | INFREQUENT),
    },
    OptionSpec {
        name: "cwli.log-groups",
        help: "the log groups of one log, which the query's comment names",
        many: true,
        general: false,
        role: Role::Place,
        form: "a log group: letters, digits, `_`, `-`, `/`, `.` and `#`",
        fits: |name| {
            name.chars()
                .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '/' | '.' | '#'))
        },
    },
];

const TABLE: OptionSpec = OptionSpec {
    name: "cwli.table",
    help: "the lookup table that holds a known list",
    many: false,
    general: false,
    role: Role::Other,
    form: "a lookup table: letters, digits and `_`",
    fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'),
};

/// Where an account keeps a known list.
static LISTS: [OptionSpec; 2] = [
    TABLE,
    OptionSpec {
        name: "cwli.field",
        help: "the column of the lookup table that holds the values",
        form: "a column of a lookup table: letters, digits and `_`",
        fits: |name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'),
        ..TABLE
    },
];

impl Backend for Cwli {
    fn name(&self) -> &'static str {
        "cwli"
    }

    fn platform(&self) -> Platform {
        Platform::CloudWatch
    }

    fn title(&self) -> &'static str {
        "CloudWatch Logs Insights"
    }

    fn engine(&self) -> Engine {
        Engine::Hyperscan
    }

    fn codes(&self) -> &'static [&'static Code] {
        codes::ALL
    }

    fn page(&self) -> &'static str {
        "docs/targets/cwli.md"
    }

    fn remark(&self, text: &str) -> Option<String> {
        crate::backend::heading::Comment::new(text).map(|text| format!("# {}", text.as_str()))
    }

    fn options(&self) -> &'static [OptionSpec] {
        &OPTIONS
    }

    fn list_options(&self) -> &'static [OptionSpec] {
        &LISTS
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        frame::compile(self, rule, typed, options, Arrays::Opened, |frame, formula, ledger| {
            for group in options.all_for_log("cwli.log-groups") {
                ledger.reads(frame.reads_of(group, Platform::CloudWatch));
            }
            let parsed = frame.wide() || frame.is_cut() || options.get("cwli.class") == Some(INFREQUENT);
            let text = print(&lower::lower(frame, &formula, options, parsed, ledger)?);
            fitting(text, rule.detection.span, ledger)
        })
    }

    fn compile_correlation(&self, correlated: &Correlated<'_>) -> Compiled {
        let first = matches!(correlated.correlation.measure, Measure::FirstSeen);
        let time = if first { "sigma_first" } else { "sigma_last" };
        correlation::compile(self, correlated, Arrays::Opened, time, |windows, ledger| {
            let is_parsed = |base: &correlation::Matches<'_>| {
                base.frame.wide() || base.frame.is_cut() || base.options.get("cwli.class") == Some(INFREQUENT)
            };
            let parsed = windows.rules().into_iter().any(is_parsed);
            let text = print(&lower::correlation::lower(windows, parsed, ledger)?);
            fitting(text, windows.head(), ledger)
        })
    }
}

/// The query, refused where it is longer than the service takes.
fn fitting(text: String, span: Span, ledger: &mut Ledger) -> Option<String> {
    let length = text.chars().count();
    if length <= MAX_CHARS {
        return Some(text);
    }
    ledger.refuse(too_long(&length.to_string(), span))
}

/// What is said of a query that is longer than the service takes.
fn too_long(length: &str, span: Span) -> Diagnostic {
    let message =
        format!("the query has {length} characters, and CloudWatch Logs Insights takes {MAX_CHARS}");
    Diagnostic::new(&shared::QUERY_TOO_LONG, span, message)
        .help("split the rule, or name the common part of the values")
}
