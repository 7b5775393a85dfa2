//! The names of a condition against the selections that there are.

use rustc_hash::FxHashMap;

use super::{Expr, Selections};
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::codes::condition as codes;
use crate::rule::wording::{clip, near};
use crate::source::{Span, Spanned};

/// How many comparisons of a pattern with a name one rule may cost.
const MAX_COMPARISONS: usize = 1_000_000;

/// How many unknown names are compared with known ones.
const MAX_SEARCHES: u32 = 100;

/// Reports what the expressions name that does not exist, and selections that none of them names.
/// An expression that costs too much to resolve becomes a hole.
pub(in crate::rule) fn selections<'e>(
    conditions: impl Iterator<Item = &'e mut Expr>,
    names: &[&Spanned<String>],
    findings: &mut Vec<Diagnostic>,
) {
    let mut index = FxHashMap::default();
    for (at, name) in names.iter().enumerate() {
        index.entry(name.value.as_str()).or_insert(at);
    }
    let mut resolver = Resolver {
        names,
        index,
        used: vec![false; names.len()],
        patterns: FxHashMap::default(),
        unread: false,
        searches: MAX_SEARCHES,
        findings,
    };
    let mut any = false;
    for expr in conditions {
        any = true;
        if let Err(span) = resolver.expr(expr) {
            resolver.unread = true;
            resolver.findings.push(
                Diagnostic::new(
                    &codes::TOO_LARGE,
                    span,
                    "the condition has too many patterns over too many selections",
                )
                .help("split the rule"),
            );
            *expr = Expr::Hole(span);
        }
    }
    let Resolver { used, unread, findings, .. } = resolver;
    if unread || !any {
        return;
    }
    for (name, _) in names.iter().zip(used).filter(|(_, used)| !used) {
        findings.push(
            Diagnostic::new(
                &codes::UNUSED_SELECTION,
                name.span,
                format!("the condition never uses the selection `{}`", clip(&name.value)),
            )
            .help("name it in the condition, or remove it"),
        );
    }
}

struct Resolver<'r, 'f> {
    names: &'r [&'r Spanned<String>],
    index: FxHashMap<&'r str, usize>,
    used: Vec<bool>,
    /// Patterns that were looked up, and whether they match anything.
    patterns: FxHashMap<String, bool>,
    /// Whether some part could not be read, so that "unused" cannot be known.
    unread: bool,
    /// How many more unknown names may be compared with known ones.
    searches: u32,
    findings: &'f mut Vec<Diagnostic>,
}

impl Resolver<'_, '_> {
    /// The error is the place of the pattern that costs too much.
    fn expr(&mut self, expr: &Expr) -> Result<(), Span> {
        match expr {
            Expr::Name(name) => self.name(name),
            Expr::Of { of, .. } => self.of(of)?,
            Expr::Not(_, inner) => self.expr(inner)?,
            Expr::And(parts) | Expr::Or(parts) => {
                for part in parts {
                    self.expr(part)?;
                }
            }
            Expr::Hole(_) => self.unread = true,
        }
        Ok(())
    }

    /// Selections with a name near to this one.
    fn near(&mut self, wanted: &str) -> Vec<String> {
        if self.searches == 0 {
            return Vec::new();
        }
        self.searches -= 1;
        near(wanted, self.names.iter().map(|name| name.value.as_str()))
    }

    fn name(&mut self, name: &Spanned<String>) {
        if let Some(&at) = self.index.get(name.value.as_str()) {
            if let Some(used) = self.used.get_mut(at) {
                *used = true;
            }
            return;
        }
        self.unread = true;
        let nearest = self.near(&name.value);
        let mut finding = Diagnostic::new(
            &codes::UNDEFINED_SELECTION,
            name.span,
            format!("no selection is called `{}`", clip(&name.value)),
        );
        if let [first, ..] = nearest.as_slice() {
            finding =
                finding.help(format!("did you mean `{first}`?")).fix(Fix::guess(name.span, first.clone()));
        } else if self.names.is_empty() {
            finding = finding.help("define it under `detection`");
        } else {
            let known: Vec<_> =
                self.names.iter().take(8).map(|name| format!("`{}`", clip(&name.value))).collect();
            finding = finding.help(format!("there is {}", known.join(", ")));
        }
        self.findings.push(finding.suggest(nearest));
    }

    fn of(&mut self, of: &Selections) -> Result<(), Span> {
        let (text, span) = match of {
            Selections::Them(span) => ("them", *span),
            Selections::Pattern(pattern) => (pattern.value.as_str(), pattern.span),
        };
        // `them` cannot be a pattern, so that the two never meet under one key.
        let known = self.patterns.get(text).copied();
        let matches = if let Some(matches) = known {
            matches
        } else {
            if (self.patterns.len() + 1).saturating_mul(self.names.len()) > MAX_COMPARISONS {
                return Err(span);
            }
            let mut matches = false;
            for (name, used) in self.names.iter().zip(&mut self.used) {
                if of.include(&name.value) {
                    *used = true;
                    matches = true;
                }
            }
            self.patterns.insert(text.to_owned(), matches);
            matches
        };
        if !matches {
            self.unread = true;
            let message = match of {
                Selections::Them(_) => "`them` matches no selection".to_owned(),
                Selections::Pattern(pattern) => format!("no selection fits `{}`", clip(&pattern.value)),
            };
            let stem = text.trim_matches('*');
            let nearest = self.near(stem);
            let finding = Diagnostic::new(&codes::EMPTY_PATTERN, span, message);
            let finding = match nearest.first() {
                Some(first) => finding.help(format!("did you mean `{first}`?")),
                None => finding.help("name a selection that exists; names that begin with `_` are left out"),
            };
            self.findings.push(finding.suggest(nearest));
        }
        Ok(())
    }
}
