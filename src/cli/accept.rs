//! A document in one language, and whether its refusal is accepted by a comment or a level, so that it does not make
//! the run fail.

use serde_json::{Value, json};

use super::load::RuleFile;
use super::{Failure, judge, targets};
use crate::backend::Fidelity;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceFile;
use crate::triage::{self, Accepted, Refusals, Terms};
use crate::workspace;

/// A document in one language, and the file that it was found in.
pub(super) struct Product<'a> {
    pub(super) file: &'a RuleFile,
    pub(super) made: workspace::Product<'a>,
    /// Why each reason of a refusal is accepted, where all are.
    pub(super) accepted: Option<Vec<Accepted>>,
}

impl Product<'_> {
    fn is_refused(&self) -> bool {
        self.made.compiled.fidelity == Fidelity::Refused
    }

    /// Whether the query makes the run fail. That a log has no place in a language counts only where the language was
    /// asked for by name.
    pub(super) fn fails(&self, asked: bool) -> bool {
        self.is_refused() && self.accepted.is_none()
            || asked && self.made.compiled.fidelity == Fidelity::Unplaced
    }

    /// The object of the JSON output.
    pub(super) fn object(&self) -> Value {
        let mut object = self.made.object();
        if let Some(object) = object.as_object_mut() {
            let reasons =
                self.accepted.as_ref().map(|all| all.iter().map(Accepted::reason).collect::<Vec<_>>());
            object.insert("accepted".to_owned(), json!(reasons));
        }
        object
    }
}

/// Marks the products whose refusal is accepted, and gives the comments about refusals that accept none, where every
/// target that is compiled to by default was.
pub(super) fn accept<'a>(
    products: &mut [Product<'a>],
    compiled: &[&str],
) -> Result<Vec<(&'a SourceFile, Diagnostic)>, Failure> {
    let (codes, names) = (crate::codes(), targets::names());
    let whole = targets::defaults().all(|target| compiled.contains(&target));
    let mut unused = Vec::new();
    for group in products.chunk_by_mut(|one, other| std::ptr::eq(one.file, other.file)) {
        let Some(file) = group.first().map(|product| product.file) else { continue };
        let source = &file.file.source;
        if !triage::may_allow(source) && !group.iter().any(Product::is_refused) {
            continue;
        }
        let needs_reason = file.scope.config.requires_reason();
        let terms = Terms { levels: judge::levels(file)?, codes, targets: &names, needs_reason };
        let mut refusals = Refusals::new(source, &terms);
        for product in group.iter_mut().filter(|product| product.is_refused()) {
            // A rule that is wrong is refused for that, whatever a language says besides.
            let wrong = product.made.findings.iter().any(|finding| finding.severity == Severity::Error);
            let name = product.made.target.name();
            let accepted = refusals.accept(&product.made.compiled.diagnostics, name);
            product.accepted = accepted.filter(|_| !wrong);
        }
        if whole {
            unused.extend(refusals.unused().into_iter().map(|finding| (source, finding)));
        }
    }
    Ok(unused)
}

/// What is said of a refusal that is accepted.
pub(super) fn why(accepted: &Accepted) -> String {
    match accepted {
        Accepted::Level => "which the settings allow".to_owned(),
        Accepted::Comment(reason) if reason.is_empty() => "which a comment allows".to_owned(),
        Accepted::Comment(reason) => format!("which a comment allows: {reason}"),
    }
}
