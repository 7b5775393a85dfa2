//! Filters: which rules they apply to, and what they say of the events of a rule's log.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::codes::{FAULTY_FILTER, NOTHING_LEFT};
use super::reference::{Unit, covers};
use crate::check::{self, TypedRule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, Formula, Predicate, Subject};
use crate::rule::{DetectionRule, Document, FilterRule, Meta, reference_key};
use crate::schema::{KnownLists, LogMatch, Registry, Schema};
use crate::source::{SourceFile, Span};

/// The most rules, and the most places, that a finding about a filter names.
const MOST_RULES: usize = 3;

/// A filter of the collection.
#[derive(Debug)]
pub struct Filter {
    /// The filter as written.
    pub rule: FilterRule,
    /// The file that it is in.
    pub source: Arc<SourceFile>,
    /// The identifiers and names in `rules`.
    named: FxHashSet<String>,
    /// Whether it had an error when it was read.
    faulty: bool,
    /// What it means for the log that it names itself, which is nearly always that of the rules.
    own: Option<(Arc<Schema>, Meaning)>,
    /// The known lists of its file.
    lists: KnownLists,
}

/// What a filter means for one log.
#[derive(Clone, Debug)]
struct Meaning {
    formula: Option<Arc<Formula>>,
    errors: bool,
}

impl Meaning {
    fn new(rule: &FilterRule, schema: Option<&Schema>, lists: &KnownLists) -> Self {
        let (formula, findings) = check::detection(&rule.detection, schema, lists);
        let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
        Self { formula: formula.map(Arc::new), errors }
    }
}

/// A filter as it applies to one rule.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The filter.
    pub filter: &'a Filter,
    meaning: Meaning,
}

/// The filters of a file.
pub(super) fn of(unit: &Unit<'_>, registry: &Registry) -> Vec<Filter> {
    let mut source = None;
    let mut found = Vec::new();
    for entry in &unit.documents {
        let Document::Filter(rule) = entry.document else { continue };
        let source = source.get_or_insert_with(|| {
            Arc::new(SourceFile::new(unit.source.name().to_owned(), unit.source.text().to_owned()))
        });
        let own = match registry.find(&rule.logsource) {
            LogMatch::Schema(schema) | LogMatch::Alias { schema, .. } => {
                let meaning = Meaning::new(rule, Some(&schema), &unit.lists);
                Some((schema, meaning))
            }
            LogMatch::Known | LogMatch::Unknown { .. } => None,
        };
        found.push(Filter {
            rule: rule.clone(),
            source: Arc::clone(source),
            named: rule.rules.iter().map(|name| reference_key(&name.value).into_owned()).collect(),
            faulty: entry.faulty,
            own,
            lists: unit.lists.clone(),
        });
    }
    found
}

impl Filter {
    /// The title, or a word for a filter that has none.
    pub fn title(&self) -> &str {
        self.rule.meta.title.as_ref().map_or("(no title)", |title| title.value.trim())
    }

    /// Whether the filter applies to a rule.
    pub fn applies(&self, rule: &DetectionRule) -> bool {
        let source = &self.rule.logsource;
        let says_nothing = source.product.is_none() && source.service.is_none() && source.category.is_none();
        // A filter whose log source could not be read has had its error; it must not reach every rule there is.
        let named = if self.rule.any { !says_nothing } else { self.names(&rule.meta) };
        named && covers(source, &rule.logsource)
    }

    fn names(&self, meta: &Meta) -> bool {
        meta.referred_by().any(|own| self.named.contains(&*own))
    }

    /// The filter as it applies to a rule with these types.
    pub(super) fn on(&self, typed: &TypedRule) -> Applied<'_> {
        let meaning = match (&self.own, &typed.schema) {
            (Some((own, meaning)), Some(schema)) if Arc::ptr_eq(own, schema) => meaning.clone(),
            _ => Meaning::new(&self.rule, typed.schema.as_deref(), &self.lists),
        };
        Applied { filter: self, meaning }
    }
}

impl Applied<'_> {
    /// What must hold of an event besides the rule; `None` when the filter has an error, with `force` only when it has
    /// no meaning at all.
    pub fn formula(&self, force: bool) -> Option<&Formula> {
        let usable = force || !(self.filter.faulty || self.meaning.errors);
        self.meaning.formula.as_deref().filter(|_| usable)
    }

    /// Why the rule is refused when the filter cannot be applied, at a place in the rule.
    pub fn refusal(&self, span: Span) -> Diagnostic {
        let (title, file) = (self.filter.title(), self.filter.source.name());
        Diagnostic::new(&FAULTY_FILTER, span, format!("the filter `{title}` of this rule has errors"))
            .label(format!("the filter is in {file}"))
            .help(format!("see `sigmata check {file}`"))
    }

    /// Why the rule is refused when the filter leaves nothing of it, at a place in the rule.
    pub fn nothing_left(&self, span: Span) -> Diagnostic {
        let (title, file) = (self.filter.title(), self.filter.source.name());
        Diagnostic::new(&NOTHING_LEFT, span, format!("the filter `{title}` leaves nothing of this rule"))
            .label(format!("the filter is in {file}"))
            .help("narrow the filter to what the rule should not see")
    }
}

/// A filter that leaves nothing of rules.
#[derive(Debug)]
pub(super) struct Emptying {
    /// The places in the filter that are at odds with the first of the rules.
    places: Vec<Span>,
    /// What the rules are called.
    rules: Vec<String>,
}

impl Emptying {
    /// At these places.
    pub(super) const fn new(places: Vec<Span>) -> Self {
        Self { places, rules: Vec::new() }
    }

    /// Nothing is left of this rule.
    pub(super) fn add(&mut self, meta: &Meta) {
        let called = [&meta.name, &meta.title, &meta.id].into_iter().flatten().next();
        self.rules.push(called.map_or("(no title)", |called| called.value.trim()).to_owned());
    }

    /// The finding about the filter, whose title is at `head`.
    pub(super) fn finding(&self, head: Span) -> Diagnostic {
        let mut places = self.places.iter();
        let first = places.next().copied().unwrap_or(head);
        let names: Vec<String> = self.rules.iter().take(MOST_RULES).map(|name| format!("`{name}`")).collect();
        let more = match self.rules.len().saturating_sub(MOST_RULES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("the filter leaves nothing of {}{more}", names.join(", "));
        let mut finding = Diagnostic::new(&NOTHING_LEFT, first, message);
        for place in places.take(MOST_RULES) {
            finding = finding.also(*place, "together with this");
        }
        finding.help("narrow the filter to what the rule should not see")
    }
}

/// The same formula with every part at one place.
pub(super) fn placed(formula: Formula, span: Span) -> Formula {
    let all = |parts: Vec<Formula>| parts.into_iter().map(|part| placed(part, span)).collect();
    match formula {
        Formula::True | Formula::False => formula,
        Formula::Not(inner) => Formula::Not(Box::new(placed(*inner, span))),
        Formula::And(parts) => Formula::And(all(parts)),
        Formula::Or(parts) => Formula::Or(all(parts)),
        Formula::Pred(mut predicate) => {
            place(&mut predicate, span);
            Formula::Pred(predicate)
        }
        Formula::Elem(mut element) => {
            element.span = span;
            element.body = placed(element.body, span);
            Formula::Elem(element)
        }
    }
}

fn place(predicate: &mut Predicate, span: Span) {
    predicate.span = span;
    if let Subject::Field(field) = &mut predicate.subject {
        field.span = span;
    }
    match &mut predicate.test {
        Condition::Text(texts) => texts.iter_mut().for_each(|text| text.span = span),
        Condition::Listed(listed) => {
            listed.span = span;
            listed.texts.iter_mut().flatten().for_each(|text| text.span = span);
        }
        Condition::Regex(patterns) => patterns.iter_mut().for_each(|pattern| pattern.span = span),
        Condition::FieldRef { other, .. } => other.span = span,
        Condition::Number(_)
        | Condition::Order(..)
        | Condition::Boolean(_)
        | Condition::Time(..)
        | Condition::TimePart(..)
        | Condition::Cidr(_)
        | Condition::Present
        | Condition::Null
        | Condition::Exists => {}
    }
}
