//! Selections, conditions, and what a filter shares with a rule.

use super::Reader;
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::rule::codes::{condition as condition_codes, document, value as value_codes};
use crate::rule::condition::{self, Expr, Hints};
use crate::rule::timespan;
use crate::rule::wording::clip;
use crate::rule::{Block, Condition, Detection, Item, ItemValue, Meta, NamePart, Search, Selection, Value};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, NodeId, NodeKind};

/// Where a detection is, which decides what its keys may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DetectionOf {
    Rule,
    Filter,
    Block,
}

impl Reader<'_, '_> {
    pub(super) fn rule_detection(&mut self, meta: &Meta, root: NodeId, id: NodeId) -> Detection {
        // A `timeframe` was written in the detection, and sometimes beside it.
        let timeframe = self.tree.get(id, "timeframe").or_else(|| self.tree.get(root, "timeframe"));
        let timeframe_text =
            timeframe.and_then(|entry| self.tree.scalar(entry.value)).map(|scalar| scalar.text.to_string());
        let rule = meta.name.as_ref().or(meta.id.as_ref()).map(|name| name.value.clone());
        let before = self.findings.len();
        // One that is not a time span is not repeated.
        let span = timeframe_text.as_deref().filter(|text| timespan::seconds(text).is_ok());
        let hints = Hints { rule: rule.as_deref(), timeframe: span };
        let detection = self.detection(id, DetectionOf::Rule, hints);
        let old =
            self.findings.iter().skip(before).position(|found| *found.code == condition_codes::AGGREGATION);
        let old = old.map(|at| before + at);
        let shown = old.is_some();
        if let (Some(at), Some(entry)) = (old, timeframe)
            && let Some(span) = self.findings.get(at).map(|finding| finding.span)
        {
            let fix = self.rewritten(meta, root, &detection, entry, span);
            if let Some(finding) = self.findings.get_mut(at) {
                finding.fix = fix;
            }
        }
        if let Some(entry) = timeframe {
            let rule = rule.as_deref().unwrap_or("the_name_of_this_rule");
            let timespan = timeframe_text.as_deref().unwrap_or("…");
            let finding = Diagnostic::new(
                &condition_codes::TIMEFRAME,
                self.tree.span(entry.key),
                "`timeframe` is no longer part of a detection",
            );
            let help = if shown {
                "it becomes `timespan` of the correlation".to_owned()
            } else {
                format!(
                    "remove it, or write a correlation:\ncorrelation:\n    type: event_count\n    rules:\n        - \
                     {rule}\n    timespan: {timespan}\n    condition:\n        gte: …"
                )
            };
            self.report(finding.help(help));
        }
        detection
    }

    /// Selections and conditions. Names that the conditions use are checked against the selections.
    pub(super) fn detection(&mut self, id: NodeId, place: DetectionOf, hints: Hints<'_>) -> Detection {
        let span = self.tree.span(id);
        let mut detection = Detection { span, ..Detection::default() };
        let what = match place {
            DetectionOf::Rule => "`detection`",
            DetectionOf::Filter => "`filter`",
            DetectionOf::Block => "the block",
        };
        let Some(entries) = self.tree.entries(id) else {
            self.wrong_shape(id, what, "a map of selections with a `condition`");
            return detection;
        };
        // All but `condition`: most rules have one or two, and a vector that grows begins with four.
        detection.selections.reserve_exact(entries.len().saturating_sub(1));
        let before = self.findings.len();
        let mut lost = 0;
        for (at, &entry) in entries.iter().enumerate() {
            if lost > 0 {
                lost -= 1;
                continue;
            }
            match self.tree.key(entry) {
                "condition" => detection.conditions = self.conditions(entry.value, hints),
                "timeframe" if place != DetectionOf::Block => {}
                "rules" if place == DetectionOf::Filter => {}
                _ => {
                    lost = self.outdented(id, entry, entries.get(at + 1..).unwrap_or_default());
                    detection.selections.push(self.selection(entry, lost > 0));
                }
            }
        }
        if detection.selections.is_empty() {
            let finding = Diagnostic::new(
                &document::EMPTY_SELECTION,
                self.head(id),
                format!("{what} has no selection"),
            );
            self.report(finding.help("name what to search for"));
        }
        if self.tree.get(id, "condition").is_none() {
            let names: Vec<_> =
                detection.selections.iter().map(|selection| selection.name.value.as_str()).collect();
            let help = match names.as_slice() {
                [one] => format!("add `condition: {one}`"),
                _ => "say how the selections combine".to_owned(),
            };
            match self.sunken(entries) {
                Some((within, key)) => {
                    let finding =
                        Diagnostic::new(&document::MISSING_KEY, key, format!("{what} has no `condition`"));
                    self.report(
                        finding
                            .label(format!("this one is in the selection `{}`", clip(within)))
                            .help("indent it as the selections are"),
                    );
                }
                None => {
                    self.required(id, "condition", what, &help);
                }
            }
        }
        let names: Vec<&Spanned<String>> =
            detection.selections.iter().map(|selection| &selection.name).collect();
        let conditions = detection.conditions.iter_mut().map(|condition| &mut condition.expr);
        condition::selections(conditions, &names, &mut self.findings);
        self.beside(entries, before);
        detection
    }

    /// A scalar beside a map is more often a field that has lost its indentation than a search for a word, and is reported once.
    fn beside(&mut self, entries: &[Entry], before: usize) {
        let found: Vec<Diagnostic> = self.findings.drain(before..).collect();
        let unnamed: Vec<Span> = found
            .iter()
            .filter(|finding| *finding.code == condition_codes::UNREFERABLE)
            .map(|finding| finding.span)
            .collect();
        for mut finding in found {
            let unused = *finding.code == condition_codes::UNUSED_SELECTION;
            if unused && unnamed.contains(&finding.span) {
                continue;
            }
            let at = entries.iter().position(|entry| self.tree.span(entry.key) == finding.span);
            let pair = at.and_then(|at| Some((entries.get(at.checked_sub(1)?)?, entries.get(at)?)));
            if let Some((above, own)) = pair
                && (unused || *finding.code == condition_codes::UNREFERABLE)
                && self.tree.entries(above.value).is_some()
                && self.tree.scalar(own.value).is_some()
            {
                let above = clip(self.tree.key(*above));
                finding.help = Some(format!(
                    "indent it, if it belongs to `{above}`; else name it in the condition, or remove it"
                ));
            }
            self.findings.push(finding);
        }
    }

    /// A condition that is in the last selection: that selection's name, and where the key is.
    fn sunken(&self, entries: &[Entry]) -> Option<(&str, Span)> {
        let last = entries.last()?;
        let inner = self.tree.entries(last.value)?.last()?;
        let is_condition = self.tree.key(*inner) == "condition" && self.tree.scalar(inner.value).is_some();
        is_condition.then(|| (self.tree.key(*last), self.tree.span(inner.key)))
    }

    fn conditions(&mut self, id: NodeId, hints: Hints<'_>) -> Vec<Condition> {
        match &self.tree.node(id).kind {
            NodeKind::List(items) if items.is_empty() => {
                self.report(
                    Diagnostic::new(
                        &condition_codes::SYNTAX,
                        self.tree.span(id),
                        "the list of conditions is empty",
                    )
                    .help("name a selection"),
                );
                Vec::new()
            }
            NodeKind::List(items) => items.iter().filter_map(|&item| self.condition(item, hints)).collect(),
            _ => self.condition(id, hints).into_iter().collect(),
        }
    }

    pub(super) fn condition(&mut self, id: NodeId, hints: Hints<'_>) -> Option<Condition> {
        let text = self.text(id, "a condition")?;
        let locator = self.tree.locator(id);
        let (expr, finding) = condition::parse(&text.value, &|range| locator.span(range), hints);
        self.findings.extend(finding);
        Some(Condition { span: text.span, expr })
    }

    /// How many entries after an empty selection were meant to be in it; reports them. They have single values, as
    /// items have, and no condition names them.
    fn outdented(&mut self, id: NodeId, entry: Entry, after: &[Entry]) -> usize {
        let tree = self.tree;
        if !tree.scalar(entry.value).is_some_and(crate::yaml::Scalar::is_null) {
            return 0;
        }
        let condition = tree.get(id, "condition").map_or("", |found| tree.slice(tree.span(found.value)));
        let named = |key: &str| {
            condition
                .split(|char: char| !(char.is_alphanumeric() || "_-".contains(char)))
                .any(|word| word == key)
        };
        let is_item = |entry: &&Entry| {
            let key = tree.key(**entry);
            let value = tree.scalar(entry.value).is_some_and(|scalar| !scalar.is_null());
            value && !matches!(key, "condition" | "timeframe" | "rules") && !named(key)
        };
        let lost: Vec<Entry> = after.iter().take_while(is_item).copied().collect();
        let (Some(first), true) = (lost.first(), named(tree.key(entry))) else { return 0 };
        let edits = lost
            .iter()
            .map(|entry| Edit { span: Span::empty(tree.span(entry.key).start), text: "    ".to_owned() });
        let finding =
            Diagnostic::new(&document::EMPTY_SELECTION, tree.span(entry.key), "the selection is empty")
                .also(tree.span(first.key), "is beside it, not in it")
                .help("indent what belongs to it")
                .fix(Fix { safety: Safety::Unsafe, edits: edits.collect() });
        self.report(finding);
        lost.len()
    }

    /// A selection; one that is `told` has been reported to be empty.
    fn selection(&mut self, entry: Entry, told: bool) -> Selection {
        let key = self.tree.key(entry);
        let name = Spanned::new(key.to_owned(), self.tree.span(entry.key));
        if !condition::is_referable(key) {
            self.report(
                Diagnostic::new(
                    &condition_codes::UNREFERABLE,
                    name.span,
                    format!("no condition can name the selection `{}`", clip(key)),
                )
                .label("expected a-z, A-Z, 0-9, `_`, `-`, and no keyword")
                .help("rename it"),
            );
        }
        let body = match &self.tree.node(entry.value).kind {
            NodeKind::Scalar(_) if told => Search::Hole(self.tree.span(entry.value)),
            NodeKind::Scalar(scalar) if scalar.is_null() => self.empty(entry.value, "the selection"),
            NodeKind::Scalar(_) => self.keyword(entry.value),
            _ => self.search(entry.value, "the selection"),
        };
        Selection { name, span: self.tree.span(entry.value), body }
    }

    fn empty(&mut self, id: NodeId, what: &str) -> Search {
        let span = self.tree.span(id);
        self.report(
            Diagnostic::new(&document::EMPTY_SELECTION, span, format!("{what} is empty"))
                .help("write a field and a value, or remove it"),
        );
        Search::Hole(span)
    }

    /// A map of items, or a list of maps and keywords.
    fn search(&mut self, id: NodeId, what: &str) -> Search {
        let span = self.tree.span(id);
        match &self.tree.node(id).kind {
            NodeKind::Map(entries) if entries.is_empty() => self.empty(id, what),
            NodeKind::Map(entries) => {
                Search::All(entries.iter().map(|&entry| Search::Item(self.item(entry))).collect())
            }
            NodeKind::List(items) if items.is_empty() => self.empty(id, what),
            NodeKind::List(items) if items.iter().all(|&item| self.tree.scalar(item).is_some()) => {
                Search::Item(self.keywords(span, items))
            }
            NodeKind::List(items) => Search::Any(items.iter().map(|&item| self.alternative(item)).collect()),
            NodeKind::Scalar(_) => {
                self.wrong_shape(id, what, "a map or a list");
                Search::Hole(span)
            }
            NodeKind::Hole => Search::Hole(span),
        }
    }

    /// An entry of a list of maps and keywords.
    fn alternative(&mut self, id: NodeId) -> Search {
        match &self.tree.node(id).kind {
            NodeKind::Map(_) => self.search(id, "the map"),
            NodeKind::Scalar(_) => self.keyword(id),
            NodeKind::List(_) => {
                self.report(
                    Diagnostic::new(
                        &document::WRONG_SHAPE,
                        self.tree.span(id),
                        "a list is not allowed in a list",
                    )
                    .label("expected a map, or a text to search for")
                    .help("write its entries one level up"),
                );
                Search::Hole(self.tree.span(id))
            }
            NodeKind::Hole => Search::Hole(self.tree.span(id)),
        }
    }

    fn keyword(&mut self, id: NodeId) -> Search {
        let span = self.tree.span(id);
        if self.tree.scalar(id).is_some_and(crate::yaml::Scalar::is_null) {
            return self.null_in_list(id);
        }
        let mut item = self.keywords(span, &[id]);
        if let ItemValue::Values { list, .. } = &mut item.value {
            *list = false;
        }
        Search::Item(item)
    }

    fn null_in_list(&mut self, id: NodeId) -> Search {
        let span = self.tree.span(id);
        self.report(
            Diagnostic::new(&value_codes::NULL_IN_LIST, span, "a keyword cannot be null")
                .help("write a text to search for"),
        );
        Search::Hole(span)
    }

    fn keywords(&mut self, span: Span, items: &[NodeId]) -> Item {
        let before = self.findings.len();
        let values: Vec<Value> = items.iter().map(|&item| self.list_value(item, &[])).collect();
        let faulty = self.has_new_errors(before);
        Item {
            span,
            field: None,
            modifiers: Vec::new(),
            value: ItemValue::Values { span, values, list: true },
            faulty,
        }
    }

    /// Whether an error was reported since there were `before` findings.
    pub(super) fn has_new_errors(&self, before: usize) -> bool {
        self.findings.get(before..).is_some_and(crate::diagnostic::has_errors)
    }

    /// A nested map, or a list with maps, as the value of an item: a block under a selector, else an error.
    pub(super) fn nested(&mut self, key: &super::field::Key, id: NodeId) -> ItemValue {
        let span = self.tree.span(id);
        let name = key.field.as_ref().map_or("", |field| field.text.as_str());
        let selects =
            key.field.as_ref().is_some_and(|field| matches!(field.parts.last(), Some(NamePart::Select(_))));
        if !selects {
            // A broken selector has been reported, and the map was right to be there.
            if !(key.faulty && self.version >= 3 && name.contains('[')) {
                let finding = self.nested_map(name, id);
                self.report(finding);
            }
            return ItemValue::Hole(span);
        }
        if let Some(first) = key.modifiers.first() {
            self.report(
                Diagnostic::new(&value_codes::BLOCK_FORM, first.span, "a block takes no modifiers")
                    .also(span, "the block")
                    .help("write the modifiers inside the block"),
            );
            return ItemValue::Hole(span);
        }
        let body =
            if self.tree.get(id, "condition").is_some_and(|entry| self.tree.scalar(entry.value).is_some()) {
                Block::Detection(Box::new(self.detection(id, DetectionOf::Block, Hints::default())))
            } else {
                Block::Search(Box::new(self.search(id, "the block")))
            };
        ItemValue::Block { span, body }
    }

    fn nested_map(&self, name: &str, id: NodeId) -> Diagnostic {
        let finding = Diagnostic::new(
            &value_codes::NESTED_MAP,
            self.tree.span(id),
            format!("`{}` cannot hold a map", clip(name)),
        );
        let map = match &self.tree.node(id).kind {
            NodeKind::List(items) => items.iter().copied().find(|&item| self.tree.entries(item).is_some()),
            _ => Some(id),
        };
        let inner = map.and_then(|map| self.tree.entries(map)).and_then(<[Entry]>::first);
        match inner {
            Some(&entry) if !name.is_empty() => {
                let inner = self.tree.key(entry);
                finding.help(format!(
                    "members of objects are named with dots: `{name}.{inner}`; for an array write \
                     `sigma-version: 3` and `{name}[any]`"
                ))
            }
            _ => finding.help("members of objects are named with dots: `object.member`"),
        }
    }

    /// Whether the conditions let an event through that no selection matches.
    pub(super) fn lets_unmatched_through(detection: &Detection) -> bool {
        let nothing = |expr: &Expr| match expr {
            Expr::Of { all: true, of, .. } => {
                // "All of nothing" has been reported; it decides nothing here.
                !detection.selections.iter().any(|selection| of.include(&selection.name.value))
            }
            _ => false,
        };
        detection.conditions.iter().any(|condition| condition.expr.holds(&nothing))
    }
}
