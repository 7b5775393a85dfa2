//! What becomes of findings: comments that allow them, levels, and the baseline.
//!
//! The check says what is wrong, whatever anyone thinks of it; [`judge`] says which of it counts. A query depends on the
//! former alone: what is allowed is still wrong.

mod baseline;
pub mod codes;
mod comment;
mod refusal;
mod said;

pub use baseline::{Baseline, Counted};
pub use comment::{Comment, Reach, comments, may_allow};
pub use refusal::{Accepted, Refusals};
pub use said::spoken;

use crate::config::Levels;
use crate::diagnostic::{Code, Diagnostic, Severity, Status};
use crate::source::SourceFile;

/// A finding with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding, with the severity that it counts with.
    pub diagnostic: Diagnostic,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It counts.
    #[default]
    Open,
    /// A comment allows it, for this reason; empty where none is given.
    Allowed(String),
    /// The baseline has it.
    Known,
}

impl Judged {
    /// Whether it counts.
    pub fn is_open(&self) -> bool {
        self.fate == Fate::Open
    }

    /// For rendering.
    pub fn status(&self) -> Status<'_> {
        match &self.fate {
            Fate::Open => Status::Open,
            Fate::Allowed(reason) => Status::Allowed(reason),
            Fate::Known => Status::Known,
        }
    }
}

/// What findings are judged by.
#[derive(Clone, Debug)]
pub struct Terms<'t> {
    /// The levels of the file.
    pub levels: Levels<'t>,
    /// Every code, which comments may name.
    pub codes: &'t [&'static Code],
    /// Every target, which comments may name beside a code.
    pub targets: &'t [&'static str],
    /// Whether a comment that allows a finding must say why.
    pub needs_reason: bool,
}

/// The findings of a file but those that the levels leave out, with what its comments allow, and what is wrong with
/// the comments themselves.
pub fn judge(source: &SourceFile, found: &[Diagnostic], terms: &Terms<'_>) -> Vec<Judged> {
    let level = |diagnostic: &Diagnostic| terms.levels.severity(diagnostic.code, diagnostic.severity);
    let (mut comments, wrong) = comments(source, terms);
    let mut judged = Vec::with_capacity(found.len());
    for diagnostic in found {
        let mut fate = Fate::Open;
        for comment in comments.iter_mut().filter(|comment| comment.reaches(source, diagnostic)) {
            if comment.allow(diagnostic.code, None) {
                fate = Fate::Allowed(comment.reason.clone());
            }
        }
        if let Some(severity) = level(diagnostic) {
            judged.push(Judged { diagnostic: diagnostic.clone().severity(severity), fate });
        }
    }
    let of_comments =
        wrong.into_iter().chain(comments.iter().flat_map(|comment| comment.findings(source, terms)));
    let before = judged.len();
    for diagnostic in of_comments {
        if let Some(severity) = level(&diagnostic) {
            judged.push(Judged { diagnostic: diagnostic.severity(severity), fate: Fate::Open });
        }
    }
    if judged.len() > before {
        judged.sort_by_key(|one| one.diagnostic.span);
    }
    judged
}

/// Whether some finding that counts is at or above a severity.
pub fn fails<'j>(judged: impl IntoIterator<Item = &'j Judged>, threshold: Severity) -> bool {
    judged.into_iter().any(|one| one.is_open() && one.diagnostic.severity >= threshold)
}

#[cfg(test)]
mod tests;
