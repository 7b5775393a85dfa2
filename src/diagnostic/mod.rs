//! Findings: codes, messages, labels and fixes.
//!
//! A [`Code`] is declared once, beside the pass that raises it, with [`codes!`](macro@crate::codes); its doc comment is the
//! manual page that `sigmata explain` prints.
//! A [`Diagnostic`] speaks of one source file by byte spans.
//! Messages are one clause in lower case without a full stop, quote the user's text in backticks, and keep the
//! remedy in [`Diagnostic::help`].

pub mod fix;
pub mod nearest;
pub mod nearest_part;
pub mod render;

use crate::source::{Position, Span};

/// How bad a finding is; ordered, so that a threshold is a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The rule may not fire, or not as meant.
    Warning,
    /// The rule cannot be read, cannot fire, or cannot mean what it says.
    Error,
}

impl Severity {
    /// The severity with a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|severity| severity.name() == name)
    }

    /// The word that every output format prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The identity of a kind of finding. Codes are never reused.
#[derive(Debug)]
pub struct Code {
    /// `S` and four digits.
    pub id: &'static str,
    /// A kebab-case name that reads well after "allow".
    pub name: &'static str,
    /// The severity that it is raised with.
    pub severity: Severity,
    /// The manual page, in Markdown.
    pub page: &'static str,
}

/// The groups of codes about rules: the name of each, and how the identifiers of its codes begin.
pub const GROUPS: [(&str, &[&str]); 7] = [
    ("syntax", &["S00", "S01"]),
    ("form", &["S02"]),
    ("names", &["S03"]),
    ("values", &["S04"]),
    ("logic", &["S05"]),
    ("references", &["S06"]),
    ("collection", &["S09"]),
];

/// The codes about conventions: what they report is wrong only where a collection has agreed on it, so the profile
/// `default` leaves them out.
pub const CONVENTIONS: [&str; 3] = ["S0227", "S0228", "S0904"];

impl Code {
    /// Whether it is about a convention.
    pub fn is_convention(&self) -> bool {
        CONVENTIONS.contains(&self.id)
    }

    /// The name of its group; `None` for what is not about a rule.
    pub fn group(&self) -> Option<&'static str> {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| self.id.starts_with(prefix));
        GROUPS.iter().find(|(_, prefixes)| begins(prefixes)).map(|(name, _)| *name)
    }

    /// Whether it refuses the query of a rule that may be right: a finding of compiling, which checking does not have.
    pub fn refuses_query(&self) -> bool {
        const OF_LANGUAGES: [&str; 4] = ["S08", "S10", "S20", "S30"];
        self.severity == Severity::Error && OF_LANGUAGES.iter().any(|prefix| self.id.starts_with(prefix))
    }

    /// Whether its message, with the text that it speaks of, tells the whole of its cause, which lies in the log, its
    /// schema, a language or a convention: findings that agree in both are one thing to fix or to accept. What is wrong in
    /// the syntax or logic of a rule, or between rules, is wrong there alone, however alike it is told.
    pub fn has_one_cause(&self) -> bool {
        const APART: [&str; 8] = ["S00", "S01", "S024", "S025", "S05", "S06", "S07", "S09"];
        self.is_convention() || !APART.iter().any(|prefix| self.id.starts_with(prefix))
    }

    /// Whether the message alone tells it: something is missing, or a whole file is of another kind.
    pub fn is_told_by_message(&self) -> bool {
        const ALONE: [&str; 2] = ["S0202", "S0224"];
        self.is_convention() || ALONE.contains(&self.id)
    }

    /// How exactly its own identifier or name selects it.
    pub const BY_NAME: u8 = 9;

    /// How exactly a selector names the code, from 0 for `all` over groups and beginnings of identifiers (`S04`) to its
    /// own identifier or name; `None` where it does not.
    pub fn selected_by(&self, selector: &str) -> Option<u8> {
        const GROUP: u8 = 3;
        let upper = selector.to_ascii_uppercase();
        let digits =
            upper.strip_prefix('S').is_some_and(|rest| rest.chars().all(|char| char.is_ascii_digit()));
        if self.name == selector || self.id == upper {
            Some(Self::BY_NAME)
        } else if self.group() == Some(selector) {
            Some(GROUP)
        } else if digits && self.id.starts_with(&upper) {
            u8::try_from(upper.len()).ok()
        } else {
            (selector == "all").then_some(0)
        }
    }
}

/// What became of a finding after it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status<'a> {
    /// It counts.
    #[default]
    Open,
    /// A comment in the file allows it, for this reason; the reason may be empty.
    Allowed(&'a str),
    /// The baseline has it.
    Known,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Code {}

/// Declares a table of [`Code`]s whose doc comments are their manual pages, and `ALL`, which lists them.
///
/// A page has the headings *What it does*, *Why it matters*, *Example* and *Use instead* or *Fix safety*.
#[macro_export]
macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $id:literal $kebab:literal $severity:ident; )+) => {
        $(
            $(#[doc = $doc])+
            pub static $name: $crate::diagnostic::Code = $crate::diagnostic::Code {
                id: $id,
                name: $kebab,
                severity: $crate::diagnostic::Severity::$severity,
                page: concat!($($doc, "\n"),+),
            };
        )+
        /// Every code that this module raises.
        pub static ALL: &[&$crate::diagnostic::Code] = &[$(&$name),+];
    };
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Keeps the meaning, or restores the one that was certainly meant; `--fix` applies it.
    Safe,
    /// A guess; shown, never applied by itself.
    Unsafe,
}

/// One replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What is there afterwards.
    pub text: String,
}

/// A fix of the finding; its edits do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// The replacements.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A safe replacement of `span`.
    pub fn safe(span: Span, text: impl Into<String>) -> Self {
        Self::one(Safety::Safe, span, text)
    }

    /// An unsafe replacement of `span`.
    pub fn guess(span: Span, text: impl Into<String>) -> Self {
        Self::one(Safety::Unsafe, span, text)
    }

    /// The fix with one more replacement, which must not overlap the others.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }

    fn one(safety: Safety, span: Span, text: impl Into<String>) -> Self {
        Self { safety, edits: vec![Edit { span, text: text.into() }] }
    }
}

/// A second place that explains the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place, in the same file.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// A place in another file that explains the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The name of the file.
    pub file: String,
    /// Where in it the place begins.
    pub position: Position,
    /// What is there.
    pub message: String,
}

/// One finding in one source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: &'static Code,
    /// How bad; the code's own severity unless a pass lowers it with reason.
    pub severity: Severity,
    /// What is wrong, in one clause.
    pub message: String,
    /// Where; it slices back to the text that the message speaks of.
    pub span: Span,
    /// What was found or expected at the span, if the message does not say it.
    pub label: Option<String>,
    /// How to fix it.
    pub help: Option<String>,
    /// Other places that matter.
    pub labels: Vec<Label>,
    /// A place in another file that matters.
    pub elsewhere: Option<Elsewhere>,
    /// A fix that can be applied.
    pub fix: Option<Fix>,
    /// Known names near to the one that is wrong, nearest first.
    pub suggestions: Vec<String>,
}

impl Diagnostic {
    /// A finding at `span` with the severity of its code.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            span,
            label: None,
            help: None,
            labels: Vec::new(),
            elsewhere: None,
            fix: None,
            suggestions: Vec::new(),
        }
    }

    /// Adds what is at the span.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: text.into() });
        self
    }

    /// Adds a fix.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds the nearest known names.
    #[must_use]
    pub fn suggest(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.suggestions.extend(names);
        self
    }

    /// Overrides the severity of the code.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Whether any finding is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|finding| finding.severity == Severity::Error)
}
