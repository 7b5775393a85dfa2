//! `first_seen`: a rule that fires when no match of it with the same values lies in a time before.

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::codes::document;
use crate::rule::wording::{clip, near};
use crate::rule::{CorrelationKind, CorrelationRule, Meta};
use crate::source::Spanned;
use crate::yaml::{NodeId, NodeKind};

/// The key at the top of a rule.
const KEY: &str = "first_seen";

/// The keys in it.
const KEYS: [&str; 2] = ["by", "within"];

impl Reader<'_, '_> {
    /// What `first_seen` asks, as a correlation of the rule with itself.
    pub(super) fn first_seen(&mut self, meta: &Meta, root: NodeId) -> Option<Box<CorrelationRule>> {
        let entry = self.tree.get(root, KEY)?;
        let span = self.tree.span(entry.key);
        let Some(entries) = self.tree.entries(entry.value) else {
            self.wrong_shape(entry.value, "`first_seen`", "a map of `by` and `within`");
            return None;
        };
        for key in entries {
            let text = self.tree.key(*key);
            if !KEYS.contains(&text) {
                let near = near(text, KEYS.into_iter());
                if near.first().is_some_and(|near| self.tree.get(entry.value, near).is_none()) {
                    // The key that is missing names this one.
                    continue;
                }
                let span = self.tree.span(key.key);
                let message = format!("`first_seen` has no key `{}`", clip(text));
                let finding = Diagnostic::new(&document::FIRST_SEEN, span, message);
                self.report(finding.help("its keys are `by` and `within`"));
            }
        }
        let by = self.required(entry.value, "by", "`first_seen`", "name the fields whose values are new");
        let group_by = by.map(|by| (by, self.texts(by.value, "`by`", true)));
        if let Some((by, names)) = &group_by
            && names.is_empty()
            && matches!(&self.tree.node(by.value).kind, NodeKind::List(items) if items.is_empty())
        {
            let finding =
                Diagnostic::new(&document::FIRST_SEEN, self.tree.span(by.key), "`by` names no field");
            self.report(finding.help("name the fields whose values are new"));
        }
        let within = self.required(entry.value, "within", "`first_seen`", "say how far back, such as `7d`");
        let timespan = within.and_then(|within| self.timespan(within.value, "`within`"));
        let name = [&meta.name, &meta.id, &meta.title].into_iter().flatten().next();
        let name = name.map_or_else(String::new, |name| name.value.clone());
        Some(Box::new(CorrelationRule {
            meta: meta.clone(),
            kind: Some(Spanned::new(CorrelationKind::FirstSeen, span)),
            rules: vec![Spanned::new(name, span)],
            group_by: group_by.map(|(_, names)| names).unwrap_or_default(),
            aliases: Vec::new(),
            timespan,
            comparisons: Vec::new(),
            fields: Vec::new(),
            percentile: None,
            expr: None,
            generate: false,
        }))
    }

    /// Reports the key where it has no meaning: on what is not a rule, and in another spelling.
    pub(super) fn misplaced_first_seen(&mut self, root: NodeId) {
        if let Some(entry) = self.tree.get(root, KEY) {
            let message = "only a detection rule has `first_seen`";
            let finding = Diagnostic::new(&document::FIRST_SEEN, self.tree.span(entry.key), message);
            self.report(finding.help("write it in the rule whose matches are to be new"));
        }
    }

    /// Reports a custom key that is nearly `first_seen`: without it the rule fires on every match.
    pub(super) fn nearly_first_seen(&mut self, name: &Spanned<String>) {
        let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
        let same = plain(&name.value) == plain(KEY);
        if !same && near(&name.value, std::iter::once(KEY)).is_empty() {
            return;
        }
        let fix = if same { Fix::safe(name.span, KEY) } else { Fix::guess(name.span, KEY) };
        let message = format!("`{}` has no meaning, and the rule fires on every match", clip(&name.value));
        let finding = Diagnostic::new(&document::FIRST_SEEN, name.span, message);
        self.report(finding.help("did you mean `first_seen`?").fix(fix));
    }
}
