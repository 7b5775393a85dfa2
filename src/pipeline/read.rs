//! From a YAML tree to a pipeline.

use std::collections::BTreeMap;

use regex::Regex;

use super::support::{self, Verdict};
use super::when::{FieldTest, ItemTest, RuleTest, StateTest, When};
use super::{Added, Item, Pipeline, Rename, Scalar, Step, act, codes};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use crate::source::kind::FileKind;
use crate::yaml::{self, NodeId, NodeKind, Tree};

/// How deep transformations may nest.
const MAX_NESTING: usize = 16;

/// The keys that an item has whatever it does.
const COMMON: [&str; 12] = [
    "id",
    "type",
    "rule_conditions",
    "rule_cond_op",
    "rule_cond_not",
    "detection_item_conditions",
    "detection_item_cond_op",
    "detection_item_cond_not",
    "field_name_conditions",
    "field_name_cond_op",
    "field_name_cond_not",
    "description",
];

pub(super) fn pipeline(text: &str) -> Result<Pipeline, Vec<Diagnostic>> {
    let is_pipeline = |kind| match kind {
        FileKind::Pipeline => true,
        FileKind::Json => text.contains("\"transformations\""),
        _ => false,
    };
    if let Some(kind) = FileKind::of(text).filter(|&kind| !is_pipeline(kind)) {
        let line = text.find('\n').unwrap_or(text.len());
        let message = format!("a processing pipeline is expected, but the file holds {}", kind.holds());
        return Err(vec![Diagnostic::new(&codes::NOT_READ, Span::of(0, line), message).help(kind.goes_to())]);
    }
    let (tree, mut findings) = yaml::read(text);
    findings.retain(|finding| finding.severity == Severity::Error);
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut reader = Reader { tree: &tree, findings: Vec::new() };
    let pipeline = if let [document] = tree.documents() {
        reader.whole(document.root)
    } else {
        reader.tell(Span::empty(0), "a pipeline is one document with `transformations`".into());
        Pipeline { priority: 0, items: Vec::new(), variables: BTreeMap::new() }
    };
    if reader.findings.is_empty() { Ok(pipeline) } else { Err(reader.findings) }
}

struct Reader<'r, 't> {
    tree: &'r Tree<'t>,
    findings: Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn tell(&mut self, span: Span, message: String) {
        self.findings.push(Diagnostic::new(&codes::NOT_READ, span, message));
    }

    /// The key of a node's entry by name.
    fn get(&self, map: NodeId, key: &str) -> Option<NodeId> {
        self.tree.get(map, key).map(|entry| entry.value)
    }

    fn text(&self, map: NodeId, key: &str) -> Option<String> {
        self.scalar(self.get(map, key)?).map(|scalar| scalar.text)
    }

    fn scalar(&self, id: NodeId) -> Option<Scalar> {
        let scalar = self.tree.scalar(id).filter(|scalar| !scalar.is_null())?;
        Some(Scalar { text: scalar.text.to_string(), quoted: quoted(scalar) })
    }

    /// A text, or a list of texts.
    fn texts(&self, id: NodeId) -> Vec<String> {
        match &self.tree.node(id).kind {
            NodeKind::List(items) => {
                items.iter().filter_map(|&item| self.scalar(item)).map(|one| one.text).collect()
            }
            _ => self.scalar(id).map(|scalar| scalar.text).into_iter().collect(),
        }
    }

    fn needed(&mut self, map: NodeId, key: &str) -> String {
        self.text(map, key).unwrap_or_else(|| {
            self.tell(self.tree.span(map), format!("`{key}` is missing"));
            String::new()
        })
    }

    fn flag(&self, map: NodeId, key: &str) -> bool {
        self.text(map, key).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// Reports keys that are not among the known ones.
    fn only(&mut self, map: NodeId, known: &[&str]) {
        for &entry in self.tree.entries(map).unwrap_or_default() {
            let key = self.tree.key(entry);
            if known.contains(&key) {
                continue;
            }
            let near = nearest(key, known.iter().copied());
            let help = near.first().map(|near| format!("did you mean `{near}`?"));
            let mut finding =
                Diagnostic::new(&codes::NOT_READ, self.tree.span(entry.key), format!("`{key}` is not read"));
            finding.help = help;
            self.findings.push(finding);
        }
    }

    /// Whether something is read, by its name in a table; says why not.
    fn reads(&mut self, span: Span, what: &str, name: &str, table: &[(&str, Verdict)]) -> bool {
        match table.iter().find(|(known, _)| *known == name) {
            Some((_, Verdict::Read(_))) => true,
            Some((_, Verdict::Refused(why))) => {
                self.tell(span, format!("the {what} `{name}` is not read: {why}"));
                false
            }
            None => {
                let near = nearest(name, table.iter().map(|(known, _)| *known));
                let mut finding = Diagnostic::new(&codes::NOT_READ, span, format!("unknown {what} `{name}`"));
                finding.help = near.first().map(|near| format!("did you mean `{near}`?"));
                self.findings.push(finding);
                false
            }
        }
    }

    fn whole(&mut self, root: NodeId) -> Pipeline {
        let mut pipeline = Pipeline { priority: 0, items: Vec::new(), variables: BTreeMap::new() };
        let Some(entries) = self.tree.entries(root) else {
            self.tell(self.tree.span(root), "a pipeline is a map with `transformations`".into());
            return pipeline;
        };
        for &entry in entries {
            let (key, value) = (self.tree.key(entry).to_owned(), entry.value);
            let empty = matches!(&self.tree.node(value).kind, NodeKind::List(items) if items.is_empty())
                || self.tree.scalar(value).is_some_and(yaml::Scalar::is_null);
            let refused = support::TOP
                .iter()
                .any(|(name, verdict)| *name == key && matches!(verdict, Verdict::Refused(_)));
            if refused && empty || !self.reads(self.tree.span(entry.key), "key", &key, &support::TOP) {
                continue;
            }
            match key.as_str() {
                "priority" => match self.scalar(value).and_then(|scalar| scalar.text.parse().ok()) {
                    Some(priority) => pipeline.priority = priority,
                    None => self.tell(self.tree.span(value), "`priority` is a number".into()),
                },
                "vars" => {
                    for &variable in self.tree.entries(value).unwrap_or_default() {
                        pipeline
                            .variables
                            .insert(self.tree.key(variable).to_owned(), self.texts(variable.value));
                    }
                }
                "transformations" => pipeline.items = self.items(value, 0),
                _ => {}
            }
        }
        pipeline
    }

    fn items(&mut self, list: NodeId, depth: usize) -> Vec<Item> {
        let NodeKind::List(items) = &self.tree.node(list).kind else {
            self.tell(self.tree.span(list), "transformations are a list".into());
            return Vec::new();
        };
        if depth > MAX_NESTING {
            self.tell(self.tree.span(list), "transformations nest too deeply".into());
            return Vec::new();
        }
        items.iter().filter_map(|&item| self.item(item, depth)).collect()
    }

    fn item(&mut self, map: NodeId, depth: usize) -> Option<Item> {
        let kind = self.needed(map, "type");
        let span = self.get(map, "type").map_or(self.tree.span(map), |id| self.tree.span(id));
        if kind.is_empty() || !self.reads(span, "transformation", &kind, &support::TRANSFORMATIONS) {
            return None;
        }
        let step = self.step(map, &kind, depth)?;
        let id = self.text(map, "id");
        Some(Item {
            name: id.clone().unwrap_or(kind),
            id,
            step,
            rule: self.when(
                map,
                "rule",
                &|reader, map, kind| reader.rule_test(map, kind),
                &support::RULE_CONDITIONS,
            ),
            item: self.when(
                map,
                "detection_item",
                &|reader, map, kind| reader.item_test(map, kind),
                &support::ITEM_CONDITIONS,
            ),
            field: self.when(
                map,
                "field_name",
                &|reader, map, kind| reader.field_test(map, kind),
                &support::FIELD_CONDITIONS,
            ),
        })
    }

    fn step(&mut self, map: NodeId, kind: &str, depth: usize) -> Option<Step> {
        let own: &[&str] = match kind {
            "field_name_mapping" | "field_name_prefix_mapping" | "map_string" => &["mapping"],
            "field_name_suffix" => &["suffix"],
            "field_name_prefix" => &["prefix"],
            "wildcard_placeholders" | "value_placeholders" => &["include", "exclude"],
            "add_condition" => &["conditions", "name", "template", "negated"],
            "change_logsource" => &["category", "product", "service"],
            "add_field" | "remove_field" => &["field"],
            "set_field" => &["fields"],
            "replace_string" => &["regex", "replacement"],
            "set_state" => &["key", "val"],
            "set_value" => &["value", "force_type"],
            "rule_failure" | "detection_item_failure" => &["message"],
            "set_custom_attribute" => &["attribute", "value"],
            "nest" => &["items"],
            _ => &[],
        };
        self.only(map, &[&COMMON[..], own].concat());
        let list = |reader: &Self, key: &str| reader.get(map, key).map(|id| reader.texts(id));
        Some(match kind {
            "field_name_mapping" => Step::Rename(Rename::Names(self.mapping(map))),
            "field_name_prefix_mapping" => Step::Rename(Rename::Prefixes(self.mapping(map))),
            "field_name_prefix" => Step::Rename(Rename::Prefix(self.needed(map, "prefix"))),
            "field_name_suffix" => Step::Rename(Rename::Suffix(self.needed(map, "suffix"))),
            "drop_detection_item" => Step::DropItem,
            "wildcard_placeholders" | "value_placeholders" => Step::Placeholders {
                wildcard: kind == "wildcard_placeholders",
                include: list(self, "include"),
                exclude: list(self, "exclude"),
            },
            "add_condition" => Step::AddCondition(self.added(map)?),
            "change_logsource" => Step::ChangeLogsource {
                category: self.text(map, "category"),
                product: self.text(map, "product"),
                service: self.text(map, "service"),
            },
            "add_field" => Step::AddField(list(self, "field").unwrap_or_default()),
            "remove_field" => Step::RemoveField(list(self, "field").unwrap_or_default()),
            "set_field" => Step::SetField(list(self, "fields").unwrap_or_default()),
            "replace_string" => {
                let expression = self.expression(map, "regex", false)?;
                let text = self.needed(map, "replacement");
                let with = replacement(&text, &expression).unwrap_or_else(|what| {
                    let span =
                        self.get(map, "replacement").map_or(self.tree.span(map), |id| self.tree.span(id));
                    self.tell(span, format!("`{what}` in a replacement is not read"));
                    String::new()
                });
                Step::Replace { expression, with }
            }
            "map_string" => Step::MapString(self.mapping(map)),
            "set_value" => self.value(map),
            "set_state" => Step::SetState { key: self.needed(map, "key"), value: self.needed(map, "val") },
            "set_custom_attribute" => {
                Step::SetAttribute { key: self.needed(map, "attribute"), value: self.needed(map, "value") }
            }
            "rule_failure" => Step::RuleFailure(self.needed(map, "message")),
            "detection_item_failure" => Step::ItemFailure(self.needed(map, "message")),
            "nest" => {
                Step::Nest(self.get(map, "items").map(|list| self.items(list, depth + 1)).unwrap_or_default())
            }
            _ => return None,
        })
    }

    fn mapping(&mut self, map: NodeId) -> Vec<(String, Vec<String>)> {
        let Some(id) = self.get(map, "mapping") else {
            self.tell(self.tree.span(map), "`mapping` is missing".into());
            return Vec::new();
        };
        let entries = self.tree.entries(id).unwrap_or_default();
        for &entry in entries {
            if self.tree.scalar(entry.key).is_some_and(yaml::Scalar::is_null) {
                self.tell(self.tree.span(entry.key), "a mapping of keywords to fields is not read".into());
            }
        }
        entries.iter().map(|&entry| (self.tree.key(entry).to_owned(), self.texts(entry.value))).collect()
    }

    fn added(&mut self, map: NodeId) -> Option<Added> {
        let conditions = self.get(map, "conditions");
        let entries = conditions.and_then(|id| self.tree.entries(id)).unwrap_or_default();
        let scalars = |id: NodeId| -> Vec<Scalar> {
            let ids = match &self.tree.node(id).kind {
                NodeKind::List(items) => items.clone(),
                _ => vec![id],
            };
            let one = |id: NodeId| self.scalar(id).unwrap_or(Scalar { text: "null".into(), quoted: false });
            ids.into_iter().map(one).collect()
        };
        let parts: Vec<_> =
            entries.iter().map(|&entry| (self.tree.key(entry).to_owned(), scalars(entry.value))).collect();
        let added = Added {
            name: self.text(map, "name"),
            parts,
            template: self.flag(map, "template"),
            negated: self.flag(map, "negated"),
        };
        let span = conditions.map_or(self.tree.span(map), |id| self.tree.span(id));
        // What a template fills in is known only when a rule comes.
        if let (false, Err(why)) = (added.template, act::body(&added, &str::to_owned)) {
            self.tell(span, format!("the condition cannot be read: {why}"));
            return None;
        }
        Some(added)
    }

    fn value(&mut self, map: NodeId) -> Step {
        let found = self.get(map, "value").and_then(|id| self.scalar(id));
        let forced = self.text(map, "force_type");
        if let Some(kind) = forced.as_deref().filter(|kind| !["str", "num"].contains(kind)) {
            self.tell(self.tree.span(map), format!("`force_type` is `str` or `num`, not `{kind}`"));
        }
        let quoted = forced.map(|kind| kind == "str");
        Step::SetValue {
            quoted: quoted.unwrap_or_else(|| found.as_ref().is_some_and(|scalar| scalar.quoted)),
            text: found.map(|scalar| scalar.text),
        }
    }

    /// A regular expression; with `start` one that fits at the start of a text.
    fn expression(&mut self, map: NodeId, key: &str, start: bool) -> Option<Regex> {
        let text = self.needed(map, key);
        let span = self.get(map, key).map_or(self.tree.span(map), |id| self.tree.span(id));
        self.compiled(&text, span, start)
    }

    fn compiled(&mut self, text: &str, span: Span, start: bool) -> Option<Regex> {
        let anchored = if start { format!("^(?:{text})") } else { text.to_owned() };
        let compiled = Regex::new(&anchored);
        if compiled.is_err() {
            self.tell(span, format!("the regular expression `{text}` is not one that Rust's `regex` reads"));
        }
        compiled.ok()
    }

    fn when<T>(
        &mut self,
        map: NodeId,
        what: &str,
        test: &dyn Fn(&mut Self, NodeId, &str) -> Option<T>,
        table: &[(&str, Verdict)],
    ) -> When<T> {
        let op = self.text(map, &format!("{what}_cond_op")).unwrap_or_else(|| "and".into());
        if !["and", "or"].contains(&op.as_str()) {
            self.tell(self.tree.span(map), format!("`{what}_cond_op` is `and` or `or`, not `{op}`"));
        }
        let not = self.flag(map, &format!("{what}_cond_not"));
        let mut when = When { tests: Vec::new(), any: op == "or", not };
        let Some(list) = self.get(map, &format!("{what}_conditions")) else { return when };
        let NodeKind::List(items) = &self.tree.node(list).kind else {
            self.tell(self.tree.span(list), "conditions are a list; named ones are not read".into());
            return when;
        };
        for &item in items {
            let kind = self.needed(item, "type");
            let span = self.get(item, "type").map_or(self.tree.span(item), |id| self.tree.span(id));
            if !kind.is_empty() && self.reads(span, "condition", &kind, table) {
                when.tests.extend(test(self, item, &kind));
            }
        }
        when
    }

    fn rule_test(&mut self, map: NodeId, kind: &str) -> Option<RuleTest> {
        Some(match kind {
            "logsource" => {
                self.only(map, &["type", "category", "product", "service"]);
                RuleTest::LogSource {
                    category: self.text(map, "category"),
                    product: self.text(map, "product"),
                    service: self.text(map, "service"),
                }
            }
            "contains_field" => {
                self.only(map, &["type", "field"]);
                RuleTest::Contains { field: self.needed(map, "field"), value: None }
            }
            "contains_detection_item" => {
                self.only(map, &["type", "field", "value"]);
                RuleTest::Contains {
                    field: self.needed(map, "field"),
                    value: Some(self.needed(map, "value")),
                }
            }
            "processing_item_applied" => {
                self.only(map, &["type", "processing_item_id"]);
                RuleTest::Applied(self.needed(map, "processing_item_id"))
            }
            "processing_state" => RuleTest::State(self.state_test(map)),
            "is_sigma_rule" => RuleTest::IsRule,
            "is_sigma_correlation_rule" => RuleTest::IsCorrelation,
            "rule_attribute" => {
                self.only(map, &["type", "attribute", "value", "op"]);
                RuleTest::Attribute {
                    name: self.needed(map, "attribute"),
                    value: self.needed(map, "value"),
                    equal: self.equal(map),
                }
            }
            "tag" => {
                self.only(map, &["type", "tag"]);
                RuleTest::Tag(self.needed(map, "tag"))
            }
            _ => return None,
        })
    }

    fn item_test(&mut self, map: NodeId, kind: &str) -> Option<ItemTest> {
        let all = match self.text(map, "cond").as_deref() {
            Some("all") => true,
            Some("any") => false,
            Some(other) => {
                self.tell(self.tree.span(map), format!("`cond` is `any` or `all`, not `{other}`"));
                false
            }
            None if kind == "processing_state" => false,
            None => {
                self.tell(self.tree.span(map), "`cond` is missing".into());
                false
            }
        };
        Some(match kind {
            "match_string" => {
                self.only(map, &["type", "cond", "pattern", "negate"]);
                let negate = self.flag(map, "negate");
                ItemTest::Matches { expression: self.expression(map, "pattern", true)?, all, negate }
            }
            "match_value" => {
                self.only(map, &["type", "cond", "value"]);
                ItemTest::Equals { value: self.needed(map, "value"), all }
            }
            "contains_wildcard" => ItemTest::Wildcard { all },
            "is_null" => ItemTest::Null { all },
            "processing_state" => ItemTest::State(self.state_test(map)),
            _ => return None,
        })
    }

    fn field_test(&mut self, map: NodeId, kind: &str) -> Option<FieldTest> {
        if kind == "processing_state" {
            return Some(FieldTest::State(self.state_test(map)));
        }
        self.only(map, &["type", "fields", "mode"]);
        let include = kind == "include_fields";
        let fields = self.get(map, "fields");
        let names = fields.map(|id| self.texts(id)).unwrap_or_default();
        let span = fields.map_or(self.tree.span(map), |id| self.tree.span(id));
        match self.text(map, "mode").as_deref() {
            None | Some("plain") => Some(FieldTest::Names { names, include }),
            Some("re") => {
                let expressions = names.iter().filter_map(|name| self.compiled(name, span, true)).collect();
                Some(FieldTest::Expressions { expressions, include })
            }
            Some(other) => {
                self.tell(self.tree.span(map), format!("`mode` is `plain` or `re`, not `{other}`"));
                None
            }
        }
    }

    fn state_test(&mut self, map: NodeId) -> StateTest {
        self.only(map, &["type", "key", "val", "op", "cond"]);
        StateTest { key: self.needed(map, "key"), value: self.needed(map, "val"), equal: self.equal(map) }
    }

    /// Whether a comparison asks for equality.
    fn equal(&mut self, map: NodeId) -> bool {
        match self.text(map, "op").as_deref() {
            None | Some("eq") => true,
            Some("ne") => false,
            Some(other) => {
                self.tell(
                    self.tree.span(map),
                    format!("the comparison `{other}` is not read; `eq` and `ne` are"),
                );
                true
            }
        }
    }
}

/// Whether a scalar is a text whatever its letters are.
fn quoted(scalar: &yaml::Scalar<'_>) -> bool {
    let plain =
        scalar.text.parse::<f64>().is_ok() || matches!(&*scalar.text, "true" | "false" | "True" | "False");
    scalar.is_quoted() || !plain
}

/// A replacement of Python, `\1` and `\g<1>`, as Rust writes it, or the part that cannot be read.
fn replacement(text: &str, expression: &Regex) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = found.strip_prefix('$') {
            out.push_str("$$");
            rest = after;
            continue;
        }
        let after = found.strip_prefix('\\').unwrap_or_default();
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let by_name = after.strip_prefix("g<").and_then(|after| after.split_once('>'));
        let by_number =
            after.split_at_checked(digits).filter(|(number, _)| digits > 0 && !number.starts_with('0'));
        let group = by_name.or(by_number);
        let known = |name: &str| match name.parse::<usize>() {
            Ok(number) => number < expression.captures_len(),
            Err(_) => expression.capture_names().flatten().any(|own| own == name),
        };
        match (group, after.chars().next()) {
            (Some((name, after)), _) if known(name) => {
                out.push_str(&format!("${{{name}}}"));
                rest = after;
            }
            // A backslash before what is neither a letter nor a digit is itself, and one of two is.
            (None, Some(char)) if !char.is_ascii_alphanumeric() => {
                out.push('\\');
                rest = if char == '\\' { after.get(1..).unwrap_or_default() } else { after };
            }
            _ => return Err(found.chars().take(if group.is_some() { 8 } else { 2 }).collect()),
        }
    }
    Ok(out + rest)
}
