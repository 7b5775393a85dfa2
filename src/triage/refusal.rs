//! Refusals that a comment or a level accepts: the rule is right, and a language cannot say it.

use super::Terms;
use super::codes::UNUSED_SUPPRESSION;
use super::comment::{Comment, comments};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceFile;

/// What a file says of the refusals of its queries.
#[derive(Debug)]
pub struct Refusals<'t> {
    source: &'t SourceFile,
    terms: &'t Terms<'t>,
    comments: Vec<Comment>,
}

/// Why a refusal is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A comment allows it, for this reason; empty where none is given.
    Comment(String),
    /// Its level is below an error.
    Level,
}

impl<'t> Refusals<'t> {
    /// Reads the comments of a file.
    pub fn new(source: &'t SourceFile, terms: &'t Terms<'t>) -> Self {
        let (comments, _) = comments(source, terms);
        Self { source, terms, comments }
    }

    /// Why each reason of a refusal in a target is accepted; `None` where one of them counts, or there is none.
    pub fn accept(&mut self, reasons: &[Diagnostic], target: &str) -> Option<Vec<Accepted>> {
        let errors = reasons.iter().filter(|reason| reason.severity == Severity::Error);
        // Each is asked, so that every comment that is needed counts as used.
        let each: Vec<Option<Accepted>> = errors.map(|reason| self.one(reason, target)).collect();
        if each.is_empty() { None } else { each.into_iter().collect() }
    }

    fn one(&mut self, reason: &Diagnostic, target: &str) -> Option<Accepted> {
        let mut found = None;
        for comment in self.comments.iter_mut().filter(|comment| comment.reaches(self.source, reason)) {
            if comment.allow(reason.code, Some(target)) {
                found = Some(Accepted::Comment(comment.reason.clone()));
            }
        }
        let level = self.terms.levels.severity(reason.code, reason.severity);
        found.or_else(|| (level < Some(Severity::Error)).then_some(Accepted::Level))
    }

    /// The comments about refusals that accepted none, once the rules of the file were compiled for every target.
    pub fn unused(&self) -> Vec<Diagnostic> {
        let found = self.comments.iter().flat_map(|comment| comment.unused(self.source, self.terms, true));
        let counted = |finding: Diagnostic| {
            let level = self.terms.levels.severity(&UNUSED_SUPPRESSION, finding.severity)?;
            Some(finding.severity(level))
        };
        found.filter_map(counted).collect()
    }
}

impl Accepted {
    /// The reason; empty where none is given.
    pub fn reason(&self) -> &str {
        match self {
            Self::Comment(reason) => reason,
            Self::Level => "",
        }
    }
}
