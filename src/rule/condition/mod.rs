//! The condition language.

mod aggregation;
mod parse;
mod resolve;

use crate::source::{Span, Spanned};
pub use aggregation::{Hints, written as correlation};
pub use parse::{MAX_DEPTH, is_referable, parse};
pub(super) use resolve::selections;

/// A parsed condition. Spans point into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A selection by name.
    Name(Spanned<String>),
    /// `1 of …`, `any of …`, `all of …`.
    Of {
        /// The whole expression.
        span: Span,
        /// `all`, or else at least one.
        all: bool,
        /// Which selections.
        of: Selections,
    },
    /// Negation, with the span of the whole expression.
    Not(Span, Box<Expr>),
    /// Conjunction of two or more.
    And(Vec<Expr>),
    /// Disjunction of two or more.
    Or(Vec<Expr>),
    /// Something unreadable that has been reported.
    Hole(Span),
}

/// The selections that a quantifier ranges over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selections {
    /// `them`: all that do not begin with `_`.
    Them(Span),
    /// A name with `*` anywhere.
    Pattern(Spanned<String>),
}

impl Selections {
    /// Whether `name` is among them.
    pub fn include(&self, name: &str) -> bool {
        match self {
            Self::Them(_) => !name.starts_with('_'),
            Self::Pattern(pattern) => {
                let pattern = pattern.value.as_str();
                (pattern.starts_with('_') || !name.starts_with('_')) && glob(pattern, name)
            }
        }
    }
}

/// Whether `name` fits `pattern`, in which `*` is any run of characters. Linear in time but for backtracking to the
/// last star, so at worst the product of both lengths.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while seen < name.len() {
        if pattern.get(at) == Some(&b'*') {
            retry = Some((at + 1, seen));
            at += 1;
        } else if pattern.get(at) == name.get(seen) {
            at += 1;
            seen += 1;
        } else if let Some((after, from)) = retry {
            at = after;
            seen = from + 1;
            retry = Some((after, seen));
        } else {
            return false;
        }
    }
    pattern.iter().skip(at).all(|&byte| byte == b'*')
}

impl Expr {
    /// The value of the expression when `selections` gives the value of each name and quantifier; a hole is `false`.
    pub fn holds(&self, selections: &dyn Fn(&Expr) -> bool) -> bool {
        match self {
            Self::Name(_) | Self::Of { .. } => selections(self),
            Self::Not(_, inner) => !inner.holds(selections),
            Self::And(parts) => parts.iter().all(|part| part.holds(selections)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(selections)),
            Self::Hole(_) => false,
        }
    }

    /// Whether a part could not be read.
    pub fn has_hole(&self) -> bool {
        match self {
            Self::Name(_) | Self::Of { .. } => false,
            Self::Not(_, inner) => inner.has_hole(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_hole),
            Self::Hole(_) => true,
        }
    }
}
