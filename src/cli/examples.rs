//! The tests of rules as examples, for those who read about the rules.

use super::load::RuleFile;
use super::{confine, files};
use crate::export::Subject;
use crate::source::SourceFile;
use crate::workspace::{Case, Suite};
use crate::yaml;

/// The tests beside a rule file. What cannot be read is left out: `sigmata test` reports it.
pub(super) fn beside(rules: &RuleFile) -> Vec<Case> {
    let read = || {
        let path = files::tests_beside(&rules.found.path)?;
        if !confine::holds_beside(&rules.found.path, &path) {
            return None;
        }
        let bytes = files::read(&path, rules.scope.config.limits().file).ok()?;
        let text = yaml::decode(&bytes).ok()?;
        Some(Suite::read(&SourceFile::new(files::printed(&path), text)).0.cases)
    };
    read().unwrap_or_default()
}

/// The tests of one document: those that name it, or all where none is named.
pub(super) fn of<'c>(subject: &Subject<'_>, cases: &'c [Case]) -> Vec<&'c Case> {
    let name = subject.checked.document.meta().name.as_ref().map(|name| name.value.as_str());
    let is_meant =
        |reference: &str| reference.eq_ignore_ascii_case(&subject.named.id) || name == Some(reference);
    cases.iter().filter(|case| case.rule.as_ref().is_none_or(|rule| is_meant(&rule.value))).collect()
}
