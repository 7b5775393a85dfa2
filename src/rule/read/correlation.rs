//! Correlations and filters.

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::rule::codes::correlation as codes;
use crate::rule::codes::document::NEAR_MISS_KEY;
use crate::rule::condition::{Expr, Hints};
use crate::rule::timespan::{self, Fault};
use crate::rule::wording::clip;
use crate::rule::{Alias, Comparison, ComparisonOperator, Condition, CorrelationKind, CorrelationRule, Meta};
use crate::source::Spanned;
use crate::yaml::{Entry, NodeId, NodeKind};

/// The kinds by name.
pub const TYPES: [(&str, CorrelationKind); 8] = [
    ("event_count", CorrelationKind::EventCount),
    ("value_count", CorrelationKind::ValueCount),
    ("temporal", CorrelationKind::Temporal),
    ("temporal_ordered", CorrelationKind::TemporalOrdered),
    ("value_sum", CorrelationKind::ValueSum),
    ("value_avg", CorrelationKind::ValueAvg),
    ("value_percentile", CorrelationKind::ValuePercentile),
    ("value_median", CorrelationKind::ValueMedian),
];

/// The comparison operators by name.
pub const OPERATORS: [(&str, ComparisonOperator); 6] = [
    ("gt", ComparisonOperator::Gt),
    ("gte", ComparisonOperator::Gte),
    ("lt", ComparisonOperator::Lt),
    ("lte", ComparisonOperator::Lte),
    ("eq", ComparisonOperator::Eq),
    ("neq", ComparisonOperator::Neq),
];

const KEYS: [&str; 7] = ["type", "rules", "group-by", "aliases", "timespan", "condition", "generate"];

/// Keys that old rules and other tools have, and the ones that are meant.
const OTHER_KEYS: [(&str, &str); 6] = [
    ("timeframe", "timespan"),
    ("within", "timespan"),
    ("window", "timespan"),
    ("by", "group-by"),
    ("rule", "rules"),
    ("threshold", "condition"),
];

impl Reader<'_, '_> {
    pub(super) fn correlation(&mut self, meta: Meta, id: NodeId) -> CorrelationRule {
        let mut rule = CorrelationRule {
            meta,
            kind: None,
            rules: Vec::new(),
            group_by: Vec::new(),
            aliases: Vec::new(),
            timespan: None,
            comparisons: Vec::new(),
            fields: Vec::new(),
            percentile: None,
            expr: None,
            generate: false,
        };
        let Some(entries) = self.tree.entries(id) else {
            self.wrong_shape(id, "`correlation`", "a map");
            return rule;
        };
        let mut condition = None;
        for &entry in entries {
            let value = entry.value;
            match self.tree.key(entry) {
                "type" => rule.kind = self.correlation_type(value),
                "rules" => rule.rules = self.texts(value, "`rules`", true),
                "group-by" => rule.group_by = self.texts(value, "`group-by`", true),
                "aliases" => rule.aliases = self.aliases(value),
                "timespan" => rule.timespan = self.timespan(value, "`timespan`"),
                "condition" => condition = Some(value),
                "generate" => rule.generate = self.truth(value, "`generate`").unwrap_or(false),
                _ => self.unknown_key(id, entry.key),
            }
        }
        self.required(id, "type", "the correlation", "say how matches are correlated, such as `event_count`");
        self.required(id, "timespan", "the correlation", "say how far apart matches may be, such as `10m`");
        let rules =
            self.required(id, "rules", "the correlation", "name the rules whose matches are correlated");
        if let Some(entry) = rules
            && matches!(&self.tree.node(entry.value).kind, NodeKind::List(items) if items.is_empty())
        {
            self.report(
                Diagnostic::new(
                    &codes::CORRELATION_RULES,
                    self.tree.span(entry.value),
                    "the list of rules is empty",
                )
                .help("name the rules whose matches are correlated, by `name` or `id`"),
            );
        }
        self.no_repeats(&rule.group_by, "`group-by`");
        let ordered = rule.kind.as_ref().is_some_and(|kind| kind.value == CorrelationKind::TemporalOrdered);
        if !ordered {
            self.no_repeats(&rule.rules, "`rules`");
        }
        let Some(kind) = rule.kind.clone() else { return rule };
        if matches!(kind.value, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered) {
            self.temporal(&mut rule, &kind, condition);
        } else {
            self.counted(&mut rule, &kind, id, condition);
        }
        self.alias_rules(&rule);
        rule
    }

    fn correlation_type(&mut self, id: NodeId) -> Option<Spanned<CorrelationKind>> {
        let text = self.text(id, "`type`")?;
        if let Some((_, kind)) = TYPES.iter().find(|(name, _)| *name == text.value) {
            return Some(Spanned::new(*kind, text.span));
        }
        let found = self.near(&text.value.replace('-', "_"), TYPES.iter().map(|(name, _)| *name));
        let list = TYPES.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut finding = Diagnostic::new(
            &codes::UNKNOWN_TYPE,
            text.span,
            format!("unknown correlation type `{}`", clip(&text.value)),
        )
        .label(format!("expected one of {list}"));
        if let Some(first) = found.first() {
            finding =
                finding.help(format!("did you mean `{first}`?")).fix(Fix::guess(text.span, first.clone()));
        }
        self.report(finding.suggest(found));
        None
    }

    fn truth(&mut self, id: NodeId, what: &str) -> Option<bool> {
        match self.text(id, what)?.value.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => {
                self.wrong_shape(id, what, "`true` or `false`");
                None
            }
        }
    }

    /// A window in seconds.
    pub(super) fn timespan(&mut self, id: NodeId, what: &str) -> Option<Spanned<u64>> {
        let text = self.text(id, what)?;
        let shown = clip(&text.value);
        let (message, fault) = match timespan::seconds(&text.value) {
            Ok(seconds) => return Some(Spanned::new(seconds, text.span)),
            Err(fault @ Fault::Zero) => ("a time span cannot be zero".to_owned(), fault),
            Err(fault @ Fault::TooLong) => (format!("`{shown}` is too long a time span"), fault),
            Err(fault @ Fault::Malformed) => (format!("`{shown}` is not a valid time span"), fault),
        };
        let finding = Diagnostic::new(&codes::BAD_TIMESPAN, text.span, message)
            .label("expected a number and one of s, m, h, d, w, M, y, such as `10m`");
        self.report(match meant(&text.value).filter(|_| fault == Fault::Malformed) {
            Some(meant) => finding.help(format!("write `{meant}`")).fix(Fix::safe(text.span, meant)),
            None => finding,
        });
        None
    }

    fn aliases(&mut self, id: NodeId) -> Vec<Alias> {
        let Some(entries) = self.tree.entries(id) else {
            self.wrong_shape(id, "`aliases`", "a map from a name to a map of rules and fields");
            return Vec::new();
        };
        let mut aliases = Vec::new();
        for &entry in entries {
            let Some(pairs) = self.tree.entries(entry.value) else {
                self.wrong_shape(entry.value, "an alias", "a map of rules and fields");
                continue;
            };
            let name = Spanned::new(self.tree.key(entry).to_owned(), self.tree.span(entry.key));
            let fields = pairs
                .iter()
                .filter_map(|&pair| {
                    let field = self.text(pair.value, "the field of an alias")?;
                    Some((Spanned::new(self.tree.key(pair).to_owned(), self.tree.span(pair.key)), field))
                })
                .collect();
            aliases.push(Alias { name, fields });
        }
        aliases
    }

    /// Aliases speak of rules that the correlation names.
    fn alias_rules(&mut self, rule: &CorrelationRule) {
        for alias in &rule.aliases {
            for (name, _) in &alias.fields {
                if rule.rules.iter().all(|known| known.value != name.value) {
                    let found = self.near(&name.value, rule.rules.iter().map(|rule| rule.value.as_str()));
                    let mut finding = Diagnostic::new(
                        &codes::UNKNOWN_RULE,
                        name.span,
                        format!("the correlation does not name a rule `{}`", clip(&name.value)),
                    );
                    if let Some(first) = found.first() {
                        finding = finding
                            .help(format!("did you mean `{first}`?"))
                            .fix(Fix::guess(name.span, first.clone()));
                    }
                    self.report(finding.suggest(found));
                }
            }
            if !rule.group_by.iter().any(|field| field.value == alias.name.value)
                && !rule.fields.iter().any(|field| field.value == alias.name.value)
            {
                self.report(
                    Diagnostic::new(
                        &codes::UNUSED_ALIAS,
                        alias.name.span,
                        format!("the alias `{}` is never used", clip(&alias.name.value)),
                    )
                    .help("name it in `group-by`, or remove it"),
                );
            }
        }
    }

    fn temporal(
        &mut self,
        rule: &mut CorrelationRule,
        kind: &Spanned<CorrelationKind>,
        condition: Option<NodeId>,
    ) {
        if rule.rules.len() == 1 {
            self.report(
                Diagnostic::new(
                    &codes::SINGLE_RULE,
                    kind.span,
                    "a temporal correlation of one rule adds nothing",
                )
                .help("name a second rule, or count with `event_count`"),
            );
        }
        let Some(id) = condition else { return };
        let found = match &self.tree.node(id).kind {
            NodeKind::Scalar(scalar) if !scalar.is_null() => self.condition(id, Hints::default()),
            NodeKind::Hole => None,
            _ => {
                self.report(
                    Diagnostic::new(
                        &codes::TEMPORAL_CONDITION,
                        self.tree.span(id),
                        "a temporal correlation compares no number",
                    )
                    .label(format!("found {}", self.shape(id)))
                    .help("remove `condition`: every rule must match; or write a text such as `rule_a and rule_b`"),
                );
                None
            }
        };
        let Some(found) = found else { return };
        if kind.value == CorrelationKind::TemporalOrdered {
            self.report(
                Diagnostic::new(
                    &codes::TEMPORAL_CONDITION,
                    found.span,
                    "an ordered correlation takes no condition: the order of `rules` says it all",
                )
                .help("remove it, or write `type: temporal`"),
            );
            return;
        }
        let before = self.findings.len();
        self.rule_names(&found, &rule.rules);
        if !self.has_new_errors(before) {
            let nothing = |_: &Expr| false;
            if !found.expr.has_hole() && found.expr.holds(&nothing) {
                self.report(
                    Diagnostic::new(
                        &codes::TEMPORAL_CONDITION,
                        found.span,
                        "the condition holds when no rule has matched",
                    )
                    .severity(Severity::Warning)
                    .help("join what must not match with a rule that must"),
                );
            }
            rule.expr = Some(found);
        }
    }

    /// The names in a temporal condition are rules of the correlation.
    fn rule_names(&mut self, condition: &Condition, rules: &[Spanned<String>]) {
        let known: rustc_hash::FxHashSet<&str> = rules.iter().map(|rule| rule.value.as_str()).collect();
        let mut open = vec![&condition.expr];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::Name(name) if known.contains(name.value.as_str()) => {}
                Expr::Name(name) => {
                    let found = self.near(&name.value, rules.iter().map(|rule| rule.value.as_str()));
                    let mut finding = Diagnostic::new(
                        &codes::UNKNOWN_RULE,
                        name.span,
                        format!("the correlation does not name a rule `{}`", clip(&name.value)),
                    );
                    finding = match found.first() {
                        Some(first) => finding
                            .help(format!("did you mean `{first}`?"))
                            .fix(Fix::guess(name.span, first.clone())),
                        None => finding.help("add it to `rules`"),
                    };
                    self.report(finding.suggest(found));
                }
                Expr::Of { span, .. } => self.report(
                    Diagnostic::new(
                        &codes::TEMPORAL_CONDITION,
                        *span,
                        "the condition of a correlation names rules one by one",
                    )
                    .help("write the names with `and`, `or`, `not`"),
                ),
                Expr::Not(_, inner) => open.push(inner),
                Expr::And(parts) | Expr::Or(parts) => open.extend(parts),
                Expr::Hole(_) => {}
            }
        }
    }

    fn counted(
        &mut self,
        rule: &mut CorrelationRule,
        kind: &Spanned<CorrelationKind>,
        correlation: NodeId,
        condition: Option<NodeId>,
    ) {
        let help = "say how many, such as `gte: 10`";
        let Some(id) = condition else {
            self.required(correlation, "condition", "the correlation", help);
            return;
        };
        let Some(entries) = self.tree.entries(id) else {
            self.wrong_shape(id, "the condition of this correlation", "a map such as `gte: 10`");
            return;
        };
        let mut known: Vec<&'static str> = OPERATORS.iter().map(|(name, _)| *name).collect();
        known.extend(["field", "percentile"]);
        for &entry in entries {
            let key = self.tree.key(entry);
            match key {
                "field" => rule.fields = self.texts(entry.value, "`field`", true),
                "percentile" => rule.percentile = self.percentile(entry, kind.value),
                _ => match OPERATORS.iter().find(|(name, _)| *name == key) {
                    Some((_, operator)) => {
                        let operator = Spanned::new(*operator, self.tree.span(entry.key));
                        let comparison = self.comparison(operator, entry.value, kind.value);
                        rule.comparisons.extend(comparison);
                    }
                    None => self.unknown_operator(entry, &known),
                },
            }
        }
        let wrote_operator =
            entries.iter().any(|&entry| !matches!(self.tree.key(entry), "field" | "percentile"));
        if !wrote_operator {
            self.report(
                Diagnostic::new(
                    &codes::BAD_COMPARISON,
                    self.tree.span(id),
                    "the condition compares with nothing",
                )
                .help(help),
            );
        }
        self.correlated_fields(rule, kind, id);
        if kind.value == CorrelationKind::ValuePercentile && self.tree.get(id, "percentile").is_none() {
            self.report(
                Diagnostic::new(&codes::PERCENTILE, kind.span, "`value_percentile` needs `percentile`")
                    .help("add `percentile: 95` to the condition"),
            );
        }
        self.range(rule, kind.value, id);
    }

    fn unknown_operator(&mut self, entry: Entry, known: &[&'static str]) {
        let key = self.tree.key(entry);
        let found = self.near(key, known.iter().copied());
        let span = self.tree.span(entry.key);
        let mut finding =
            Diagnostic::new(&codes::BAD_COMPARISON, span, format!("unknown operator `{}`", clip(key)))
                .label("expected `gt`, `gte`, `lt`, `lte`, `eq`, `neq` or `field`");
        if let Some(first) = found.first() {
            finding = finding.help(format!("did you mean `{first}`?")).fix(Fix::guess(span, first.clone()));
        }
        self.report(finding.suggest(found));
    }

    fn comparison(
        &mut self,
        operator: Spanned<ComparisonOperator>,
        id: NodeId,
        kind: CorrelationKind,
    ) -> Option<Comparison> {
        let text = self.text(id, "the number of a comparison")?;
        let digits = text.value.strip_prefix('-').unwrap_or(&text.value);
        let whole = |text: &str| {
            !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let counts = matches!(kind, CorrelationKind::EventCount | CorrelationKind::ValueCount);
        let fits = match digits.split_once('.') {
            Some((integer, fraction)) => !counts && whole(integer) && whole(fraction),
            None => whole(digits) && !(counts && text.value.starts_with('-')),
        };
        if !fits {
            let expected = if counts { "a whole number, at least 0" } else { "a decimal number" };
            self.report(
                Diagnostic::new(
                    &codes::BAD_COMPARISON,
                    text.span,
                    format!("`{}` is not a number to compare with", clip(&text.value)),
                )
                .label(format!("expected {expected}")),
            );
            return None;
        }
        Some(Comparison { operator, value: text })
    }

    fn percentile(&mut self, entry: Entry, kind: CorrelationKind) -> Option<Spanned<u32>> {
        let text = self.text(entry.value, "`percentile`")?;
        if kind != CorrelationKind::ValuePercentile {
            self.report(
                Diagnostic::new(
                    &codes::PERCENTILE,
                    self.tree.span(entry.key),
                    "`percentile` belongs to `value_percentile` alone",
                )
                .help("remove it, or change `type`"),
            );
            return None;
        }
        let number = text.value.parse::<u32>().ok().filter(|number| *number <= 100);
        if number.is_none() {
            self.report(
                Diagnostic::new(
                    &codes::PERCENTILE,
                    text.span,
                    format!("`{}` is not a percentile", clip(&text.value)),
                )
                .label("expected a whole number from 0 to 100"),
            );
        }
        number.map(|number| Spanned::new(number, text.span))
    }

    fn correlated_fields(&mut self, rule: &mut CorrelationRule, kind: &Spanned<CorrelationKind>, id: NodeId) {
        let written = self.tree.get(id, "field");
        match kind.value {
            CorrelationKind::EventCount => {
                if let Some(entry) = written {
                    self.report(
                        Diagnostic::new(
                            &codes::CORRELATED_FIELD,
                            self.tree.span(entry.key),
                            "`event_count` counts matches, not values of a field",
                        )
                        .help("write `type: value_count`, or remove `field`"),
                    );
                }
            }
            _ if written.is_none() => self.report(
                Diagnostic::new(
                    &codes::CORRELATED_FIELD,
                    self.tree.span(id),
                    "the condition names no `field`",
                )
                .help("name the field whose values are taken"),
            ),
            CorrelationKind::ValueCount => self.no_repeats(&rule.fields, "`field`"),
            _ if rule.fields.len() > 1 => {
                let span = rule.fields.get(1).map_or(kind.span, |field| field.span);
                self.report(
                    Diagnostic::new(
                        &codes::CORRELATED_FIELD,
                        span,
                        "only `value_count` takes several fields",
                    )
                    .help("name one field"),
                );
            }
            _ => {}
        }
    }

    /// Reports a key that says nothing in a correlation.
    fn unknown_key(&mut self, map: NodeId, key: NodeId) {
        let before = self.findings.len();
        self.near_miss(map, key, &KEYS);
        if self.findings.len() > before {
            return;
        }
        let (text, span) = (self.tree.slice(self.tree.span(key)).to_owned(), self.tree.span(key));
        let finding =
            Diagnostic::new(&NEAR_MISS_KEY, span, format!("`{text}` has no meaning in a correlation"));
        let meant =
            OTHER_KEYS.iter().find(|(other, name)| *other == text && self.tree.get(map, name).is_none());
        self.report(match meant {
            Some((_, name)) => finding.help(format!("did you mean `{name}`?")).fix(Fix::guess(span, *name)),
            None => finding.help(format!("its keys are `{}`", KEYS.join("`, `"))),
        });
    }

    /// Reports `generate` beside `correlation`, where it says nothing.
    pub(super) fn generate_beside(&mut self, root: NodeId) {
        if let Some(entry) = self.tree.get(root, "generate") {
            let span = self.tree.span(entry.key);
            let message = "`generate` has no meaning beside `correlation`";
            self.report(Diagnostic::new(&NEAR_MISS_KEY, span, message).help("write it under `correlation`"));
        }
    }
}

/// What a time span with its unit in words means.
fn meant(text: &str) -> Option<String> {
    let (digits, unit) = timespan::parts(text);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" | "s" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hour" | "hours" | "hr" | "hrs" | "h" => "h",
        "day" | "days" | "d" => "d",
        "week" | "weeks" | "w" => "w",
        _ => return None,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| format!("{digits}{unit}"))
}
