//! Filters.

use super::Reader;
use super::detection::DetectionOf;
use crate::diagnostic::Diagnostic;
use crate::rule::codes::correlation as codes;
use crate::rule::condition::{Expr, Hints};
use crate::rule::{FilterRule, LogSource, Meta};
use crate::source::{Span, Spanned};
use crate::yaml::{NodeId, NodeKind};

impl Reader<'_, '_> {
    pub(super) fn filter(
        &mut self,
        meta: Meta,
        logsource: LogSource,
        root: NodeId,
        id: NodeId,
    ) -> FilterRule {
        for key in ["level", "status"] {
            if let Some(entry) = self.tree.get(root, key) {
                let span = self.tree.span(entry.key);
                self.report(
                    Diagnostic::new(&codes::FILTER_KEY, span, format!("a filter has no `{key}`"))
                        .help("remove it: the rules that are filtered have one"),
                );
            }
        }
        let mut rules = Vec::new();
        let mut any = false;
        if self.tree.entries(id).is_some() {
            let help =
                "name the rules that it filters, or write `rules: any` for every rule of the log source";
            if let Some(entry) = self.required(id, "rules", "the filter", help) {
                (rules, any) = self.filtered(entry.value);
            }
        }
        let detection = self.detection(id, DetectionOf::Filter, Hints::default());
        let readable = !detection.conditions.is_empty()
            && detection.conditions.iter().all(|condition| !condition.expr.has_hole());
        if readable
            && !detection.selections.is_empty()
            && !Self::lets_unmatched_through(&detection)
            && let Some(condition) = detection.conditions.first()
        {
            let help = match &condition.expr {
                Expr::Name(name) => format!("to drop what the selection matches write `not {}`", name.value),
                _ => "to drop what the selections match put `not` before them".to_owned(),
            };
            self.report(keeps_only(condition.span).help(help));
        }
        FilterRule { meta, logsource, rules, any, detection }
    }

    fn filtered(&mut self, id: NodeId) -> (Vec<Spanned<String>>, bool) {
        if self.tree.scalar(id).is_some_and(|scalar| scalar.text == "any") {
            return (Vec::new(), true);
        }
        let rules = self.texts(id, "`rules`", true);
        if matches!(&self.tree.node(id).kind, NodeKind::List(items) if items.is_empty()) {
            self.report(
                Diagnostic::new(&codes::CORRELATION_RULES, self.tree.span(id), "the list of rules is empty")
                    .help("name the rules by `name` or `id`, or write `rules: any`"),
            );
        }
        self.no_repeats(&rules, "`rules`");
        (rules, false)
    }
}

fn keeps_only(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::KEEPS_ONLY, span, "the filter keeps only the events that it lists")
        .label("joined to each rule by `and`, as written")
}
