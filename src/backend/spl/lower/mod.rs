//! From the formula to the query.
//!
//! The formula is cut into conjuncts.
//! A conjunct that the base search can state exactly goes there, where it prunes by the index; all others become
//! leaves of a `where`, each of them two-valued, since only `isnull()`, `isnotnull()` and `if()` are documented never
//! to give NULL.
//! A conjunct that stays in `where` still lends the base search what it implies.

mod element;
mod field;
mod keyword;
mod leaf;
mod search;
mod time;

use std::collections::{HashMap, HashSet};

use super::ast::{Command, Comment, Expr, Function, Name, Operator, Query, Search, Text, Value};
use super::codes;
use crate::backend::codes as shared;
use crate::backend::fidelity::Ledger;
use crate::backend::{Direction, Options, delivery};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::{Formula, Leaf, Polarity, Predicate, Subject};
use crate::rule::DetectionRule;
use crate::schema::{Delivery, Discriminator, Platform, Schema, Step};
use crate::source::Span;

/// Lowers a rule. There is a query unless the ledger has a refusal.
pub(super) fn lower(rule: &DetectionRule, typed: &TypedRule, options: &Options) -> (Option<Query>, Ledger) {
    let schema = typed.schema.as_deref();
    let mut ledger = Ledger::new();
    let Some((delivery, formula)) = delivery::chosen(rule, typed, Platform::Splunk, true, &mut ledger) else {
        return (None, ledger);
    };
    let mut lowering = Lowering { schema, delivery, ledger, stages: Vec::new(), known: HashMap::new() };
    let query = lowering.query(rule, typed, formula, options);
    (query, lowering.ledger)
}

/// What a predicate's path starts from.
#[derive(Clone, Debug)]
struct Scope {
    /// The canonical steps from the event to the element; empty at the event.
    prefix: Vec<Step>,
    /// The element's text; `None` at the event.
    element: Option<Expr>,
}

impl Scope {
    const fn event() -> Self {
        Self { prefix: Vec::new(), element: None }
    }
}

/// The state of one lowering.
struct Lowering<'a> {
    schema: Option<&'a Schema>,
    delivery: Option<&'a Delivery>,
    ledger: Ledger,
    /// Helper fields, in the order in which they are computed.
    stages: Vec<(Name, Expr)>,
    /// Which helper holds which value, so that each is computed once; only looked up.
    known: HashMap<Expr, Name>,
}

impl<'a> Lowering<'a> {
    fn query(
        &mut self,
        rule: &DetectionRule,
        typed: &'a TypedRule,
        formula: Formula,
        options: &Options,
    ) -> Option<Query> {
        let formula = formula.simplified();
        let span = rule.detection.span;
        if matches!(formula, Formula::False) {
            let reason = Diagnostic::new(&shared::NEVER_MATCHES, span, "no event can match this rule");
            return self.ledger.refuse(reason);
        }
        let mut terms = self.head(rule, options)?;
        let conjuncts = match formula {
            Formula::And(parts) => parts,
            Formula::True => Vec::new(),
            other => vec![other],
        };
        let (mut early, mut late) = (Vec::new(), Vec::new());
        for conjunct in &conjuncts {
            if let Some(search) = self.searchable(conjunct) {
                self.note_paths(conjunct);
                terms.push(search);
                continue;
            }
            // Every conjunct is lowered, so that every reason for a refusal is reported.
            let Some(condition) = self.condition(conjunct, &Scope::event(), Polarity::Positive) else {
                if !self.ledger.refused() {
                    let message = "a value or name cannot be written in SPL";
                    return self.ledger.refuse(Diagnostic::new(&codes::NOT_WRITABLE, span, message));
                }
                continue;
            };
            terms.extend(self.implied(conjunct));
            if uses_helper(&condition) { late.push(condition) } else { early.push(condition) }
        }
        if self.ledger.refused() {
            return None;
        }
        let columns = self.columns(typed)?;
        let stages = std::mem::take(&mut self.stages);
        let commands = Expr::all(early)
            .map(Command::Where)
            .into_iter()
            .chain((!stages.is_empty()).then_some(Command::Eval(stages)))
            .chain(Expr::all(late).map(Command::Where))
            .chain((!columns.is_empty()).then_some(Command::Table(columns)))
            .collect();
        let comment = rule.meta.title.as_ref().and_then(|title| Comment::new(&title.value));
        Some(Query { comment, search: Search::all(dedupe(terms)), commands })
    }

    /// Index, source type and the delivery's fixed predicates.
    fn head(&mut self, rule: &DetectionRule, options: &Options) -> Option<Vec<Search>> {
        let mut terms = Vec::new();
        if let Some(index) = &options.index {
            let Some(value) = index_value(index) else {
                let message = format!("`{index}` is no name of a Splunk index");
                let reason = Diagnostic::new(&codes::INDEX_NAME, rule.meta.span, message)
                    .help("lower-case letters, digits, `_`, `-` and the wildcard `*` are allowed");
                return self.ledger.refuse(reason);
            };
            terms.push(Search::Compare(Name::new("index")?, value));
        }
        let Some(delivery) = self.delivery else {
            self.ledger.note(
                &shared::UNMAPPED,
                Polarity::Positive,
                Direction::Either,
                rule.logsource.span,
                "the log has no delivery in Splunk: no source type is searched, and field names stand as written",
            );
            return Some(terms);
        };
        let names: Vec<&str> = self
            .schema
            .iter()
            .flat_map(|schema| &schema.deliveries)
            .filter(|other| {
                other.platform == delivery.platform
                    && other.columns == delivery.columns
                    && other.discriminator == delivery.discriminator
                    && other.only == delivery.only
                    && other.row_per == delivery.row_per
            })
            .map(|other| other.name.as_str())
            .collect();
        terms.push(self.fixed("sourcetype", &names, rule.logsource.span)?);
        for (path, texts) in &delivery.discriminator {
            let Some(name) = self.auto_name(&path.steps) else { continue };
            let texts: Vec<String> = texts.iter().map(Discriminator::text).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            terms.push(self.fixed(name.as_str(), &texts, rule.logsource.span)?);
        }
        Some(terms)
    }

    /// A predicate of the delivery: one of the texts, in which a schema may use `*` at either end.
    fn fixed(&mut self, name: &str, texts: &[&str], span: Span) -> Option<Search> {
        let values: Option<Vec<Value>> = texts.iter().map(|text| starred(text)).collect();
        match (Name::new(name), values) {
            (Some(name), Some(values)) if !values.is_empty() => Some(search::one_of(name, values)),
            _ => {
                let message = format!("the delivery's `{name}` cannot be written in a search");
                self.ledger.refuse(Diagnostic::new(&codes::DELIVERY_NAME, span, message))
            }
        }
    }

    /// A condition of `where`; `None` when it was refused.
    fn condition(&mut self, formula: &Formula, scope: &Scope, polarity: Polarity) -> Option<Expr> {
        match formula {
            Formula::True => Some(Expr::binary(Expr::int(1), Operator::Equal, Expr::int(1))),
            Formula::False => Some(Expr::binary(Expr::int(1), Operator::Equal, Expr::int(0))),
            Formula::Not(inner) => self.condition(inner, scope, polarity.flip()).map(Expr::negate),
            Formula::And(parts) => self.conditions(parts, scope, polarity).and_then(Expr::all),
            Formula::Or(parts) => self.conditions(parts, scope, polarity).and_then(Expr::some),
            Formula::Pred(predicate) => self.predicate(predicate, scope, polarity),
            Formula::Elem(element) => self.element(element, scope, polarity),
        }
    }

    /// All of them, so that every reason for a refusal is reported.
    fn conditions(&mut self, parts: &[Formula], scope: &Scope, polarity: Polarity) -> Option<Vec<Expr>> {
        let lowered: Vec<Option<Expr>> =
            parts.iter().map(|part| self.condition(part, scope, polarity)).collect();
        lowered.into_iter().collect()
    }

    /// Notes each path of a conjunct that the base search states, where the schema does not know its arrays.
    fn note_paths(&mut self, formula: &Formula) {
        for found in formula.leaves() {
            if let Leaf::Pred(Predicate { subject: Subject::Field(field), .. }) = found.leaf {
                self.note_path(field, found.polarity);
            }
        }
    }

    /// The columns of `fields`, with the time first.
    fn columns(&mut self, typed: &TypedRule) -> Option<Vec<Name>> {
        let (mut columns, mut seen) = (Vec::new(), HashSet::from([Name::time()]));
        for field in &typed.fields {
            for name in self.shown(&field.path) {
                let Some(name) = Name::new(&name) else {
                    return self.ledger.refuse(field::unquotable(&field.text, field.span));
                };
                if seen.insert(name.clone()) {
                    columns.push(name);
                }
            }
        }
        if !columns.is_empty() {
            columns.insert(0, Name::time());
        }
        Some(columns)
    }

    /// The helper field that holds a value.
    fn stage(&mut self, letter: char, value: Expr) -> Name {
        if let Some(name) = self.known.get(&value) {
            return name.clone();
        }
        let name = Name::helper(letter, self.stages.len());
        self.known.insert(value.clone(), name.clone());
        self.stages.push((name.clone(), value));
        name
    }
}

/// A text of a schema, in which `*` at either end is a wildcard.
fn starred(text: &str) -> Option<Value> {
    let (open, text) = text.strip_prefix('*').map_or((false, text), |text| (true, text));
    let (close, text) = text.strip_suffix('*').map_or((false, text), |text| (true, text));
    Text::new(text).and_then(|text| Value::new(open, text, close))
}

fn index_value(index: &str) -> Option<Value> {
    let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || matches!(char, '_' | '-');
    let inner = index.strip_suffix('*').unwrap_or(index);
    let inner = inner.strip_prefix('*').unwrap_or(inner);
    if inner.is_empty() || !inner.chars().all(fits) || inner.starts_with('-') {
        return None;
    }
    starred(index)
}

/// The terms without those that stand before.
fn dedupe(mut terms: Vec<Search>) -> Vec<Search> {
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.clone()));
    terms
}

fn uses_helper(expr: &Expr) -> bool {
    match expr {
        Expr::Field(name) => name.as_str().starts_with("sf_"),
        Expr::Text(_) | Expr::Number(_) => false,
        Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) => parts.iter().any(uses_helper),
        Expr::Binary(_, left, right) => uses_helper(left) || uses_helper(right),
        Expr::Not(inner) => uses_helper(inner),
    }
}

/// A literal of our own making, free of what a literal cannot carry.
fn literal(text: &str) -> Expr {
    Text::new(text).map_or_else(|| Expr::int(0), Expr::Text)
}

/// `isnotnull(mvfind(values, regex))`: some value is matched.
fn some_value(values: Expr, regex: Text) -> Expr {
    Expr::call(Function::Isnotnull, [Expr::call(Function::Mvfind, [values, Expr::Text(regex)])])
}
