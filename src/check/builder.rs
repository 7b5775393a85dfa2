//! The walk over conditions and selections that types them and builds the formula.
//!
//! Each part is visited with a [`Context`]: what is known of other fields there, whether names start at the event or
//! at an element, and under how many negations it is.
//! A part that has no meaning, because something in it could not be read, gives `None`, and so does everything around
//! it; why was reported where it was found.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::codes;
use super::findings::{Findings, Owner};
use super::known::{Fact, Implied, Known};
use super::site::Site;
use super::wording::listed;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Element, Formula, Quantifier};
use crate::rule::condition::{Expr, Selections};
use crate::rule::{Block, Detection, Item, ItemValue, NamePart, Search, Selector};
use crate::schema::{Base, KnownLists, Path, Resolved, Schema, Type, Unresolved};
use crate::source::Span;

/// The most alternatives of all predicates together.
const MAX_SIZE: usize = 200_000;
/// The deepest nesting of conditions, selections and blocks.
const MAX_DEPTH: usize = 256;
/// The most comparisons of selection names with patterns.
const MAX_PATTERN_STEPS: usize = 200_000;
/// The most different field names that are looked up.
pub(super) const MAX_NAMES: usize = 1_024;
/// The most of them that may be unknown; each is searched for near names, which takes milliseconds.
const MAX_UNKNOWN: usize = 256;

/// Where names start.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// At the event.
    Event,
    /// At an element of this type.
    Element(&'a Type),
}

/// Where a part of the rule is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// What holds there.
    pub known: &'a Known<'a>,
    /// Where names start.
    pub scope: Origin<'a>,
    /// Whether the part makes the rule match, rather than keeps it from matching.
    pub positive: bool,
    /// Whether something is assumed here that a match need not fulfil: inside `not (a and …)`, the other parts.
    pub assumed: bool,
    /// How deep it is nested.
    pub depth: usize,
}

impl Context<'_> {
    /// The same place under a negation.
    pub fn negated(self) -> Self {
        Self { positive: !self.positive, ..self }
    }

    /// Whether a branch of the rule can never match when the part can never be true.
    /// Elsewhere such a part merely excludes or adds nothing.
    pub fn grave(self) -> bool {
        self.positive && !self.assumed
    }

    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// A part of a conjunction or disjunction.
#[derive(Clone, Copy, Debug)]
enum Operand<'r> {
    Expr(&'r Expr),
    Selection(usize),
    Search(&'r Search),
}

/// The selections of one detection.
#[derive(Debug)]
struct Names<'r> {
    detection: &'r Detection,
    by_name: FxHashMap<&'r str, usize>,
    /// What each selection implies when it holds, and when it does not.
    implied: FxHashMap<(usize, bool), Rc<Implied>>,
    used: FxHashSet<usize>,
}

impl<'r> Names<'r> {
    fn new(detection: &'r Detection) -> Self {
        let by_name =
            detection.selections.iter().enumerate().map(|(at, found)| (found.name.value.as_str(), at));
        Self {
            detection,
            by_name: by_name.collect(),
            implied: FxHashMap::default(),
            used: FxHashSet::default(),
        }
    }
}

/// Builds the formula of one rule.
#[derive(Debug)]
pub(super) struct Builder<'r, 's> {
    /// The schema of the log; without one, everything is a text at a dotted path.
    pub schema: Option<&'s Schema>,
    /// The known lists of the site.
    pub lists: &'s KnownLists,
    /// What was found.
    pub findings: Findings,
    /// Every field name that was resolved, once.
    pub sites: Vec<Site<'r>>,
    /// What need not be found out twice.
    pub(super) caches: Caches,
    /// What the rule has cost so far.
    pub(super) budget: Budget,
}

/// What need not be found out twice.
#[derive(Debug, Default)]
pub(super) struct Caches {
    /// What an item says of its field when it holds.
    pub facts: FxHashMap<Owner, Option<Rc<(Path, Fact)>>>,
    /// Names that have been looked up: a selection is often used under the same facts.
    pub resolved: FxHashMap<Question, Rc<Result<Resolved, Unresolved>>>,
}

/// What the rules of a file have cost together, so that many small ones are not dearer than a large one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// How often near members were looked for.
    searches: usize,
    /// How many names were looked up in vain.
    unknown: usize,
}

/// The most unknown values of one rule for which near names are looked for.
const MAX_SEARCHES: usize = 32;
/// How often in one file; past it no near ones are reported.
const MAX_SEARCHES_OF_FILE: usize = 2_000;
/// The most names of a file that may be unknown.
const MAX_UNKNOWN_OF_FILE: usize = 2_000;

/// What a rule may cost: each bound keeps the work below a product of what an author writes.
#[derive(Debug)]
pub(super) struct Budget {
    /// How many members lists of known values may still show to patterns.
    pub visits: usize,
    /// How often near members were looked for.
    pub searches: usize,
    /// How many names were looked up in vain.
    pub unknown: usize,
    /// What the file has cost.
    pub file: Spent,
    /// The alternatives of all predicates.
    size: usize,
    /// Comparisons of selection names with patterns.
    pattern_steps: usize,
    /// Whether the rule was too large, so that nothing more is built.
    stopped: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            visits: MAX_VISITS,
            searches: 0,
            unknown: 0,
            file: Spent::default(),
            size: 0,
            pattern_steps: 0,
            stopped: false,
        }
    }
}

impl Budget {
    /// Whether the rule may look for near names once more.
    pub fn search(&mut self) -> bool {
        self.searches += 1;
        self.file.searches += 1;
        self.searches <= MAX_SEARCHES && self.file.searches <= MAX_SEARCHES_OF_FILE
    }

    /// A name was looked up in vain.
    pub fn miss(&mut self) {
        self.unknown += 1;
        self.file.unknown += 1;
    }

    /// Why no more unknown names are looked up.
    pub fn too_many_unknown(&self) -> Option<&'static str> {
        if self.unknown >= MAX_UNKNOWN {
            return Some("too many of its fields are unknown");
        }
        (self.file.unknown >= MAX_UNKNOWN_OF_FILE).then_some("too many fields of the file are unknown")
    }
}

/// A name from the event, and all that is known where it is looked up.
pub(super) type Question = (String, Vec<(Path, BTreeSet<String>)>);

/// The most members that lists of known values show to the patterns of one rule; beyond, patterns are not judged.
const MAX_VISITS: usize = 1_000_000;

impl<'r, 's> Builder<'r, 's> {
    /// A builder for rules about the log that `schema` describes, of a site with these lists.
    pub fn new(schema: Option<&'s Schema>, lists: &'s KnownLists) -> Self {
        Self {
            schema,
            lists,
            findings: Findings::default(),
            sites: Vec::new(),
            caches: Caches::default(),
            budget: Budget::default(),
        }
    }

    /// The formula of a whole detection.
    pub fn rule(&mut self, detection: &'r Detection) -> Option<Formula> {
        let known = Known::default();
        self.detection(
            detection,
            Context { known: &known, scope: Origin::Event, positive: true, assumed: false, depth: 0 },
        )
    }

    /// The OR of the conditions. Selections that no condition uses are typed too, for their findings.
    fn detection(&mut self, detection: &'r Detection, context: Context<'_>) -> Option<Formula> {
        let mut names = Names::new(detection);
        let parts: Vec<_> =
            detection.conditions.iter().map(|condition| Operand::Expr(&condition.expr)).collect();
        let formula = match &parts[..] {
            [] => None,
            [one] => self.part(&mut names, *one, context),
            several => self.any(&mut names, several, context),
        };
        for at in 0..detection.selections.len() {
            if !names.used.contains(&at) {
                self.part(&mut names, Operand::Selection(at), context);
            }
        }
        formula
    }

    fn part(&mut self, names: &mut Names<'r>, part: Operand<'r>, context: Context<'_>) -> Option<Formula> {
        if self.budget.stopped {
            return None;
        }
        if context.depth > MAX_DEPTH {
            self.too_large(names.detection.span, "it nests too deep");
            return None;
        }
        let context = context.deeper();
        match part {
            Operand::Selection(at) => {
                names.used.insert(at);
                let body = &names.detection.selections.get(at)?.body;
                self.part(names, Operand::Search(body), context)
            }
            Operand::Search(search) => match search {
                Search::All(parts) => {
                    self.all(names, &parts.iter().map(Operand::Search).collect::<Vec<_>>(), context)
                }
                Search::Any(parts) => {
                    self.any(names, &parts.iter().map(Operand::Search).collect::<Vec<_>>(), context)
                }
                Search::Item(item) => self.item(item, context),
                Search::Hole(_) => None,
            },
            Operand::Expr(expr) => match expr {
                Expr::Name(name) => {
                    let at = *names.by_name.get(name.value.as_str())?;
                    self.part(names, Operand::Selection(at), context)
                }
                Expr::Of { all, of, span } => {
                    let parts = self.selected(names, of, *span)?;
                    if *all { self.all(names, &parts, context) } else { self.any(names, &parts, context) }
                }
                Expr::Not(_, inner) => {
                    self.part(names, Operand::Expr(inner), context.negated()).map(Formula::not)
                }
                Expr::And(parts) => {
                    self.all(names, &parts.iter().map(Operand::Expr).collect::<Vec<_>>(), context)
                }
                Expr::Or(parts) => {
                    self.any(names, &parts.iter().map(Operand::Expr).collect::<Vec<_>>(), context)
                }
                Expr::Hole(_) => None,
            },
        }
    }

    /// The selections that a quantifier ranges over; `None` when there are none, which the reader reports.
    fn selected(&mut self, names: &Names<'r>, of: &Selections, span: Span) -> Option<Vec<Operand<'r>>> {
        self.budget.pattern_steps += names.detection.selections.len();
        if self.budget.pattern_steps > MAX_PATTERN_STEPS {
            self.too_large(span, "its patterns name too many selections");
            return None;
        }
        let selections = names.detection.selections.iter().enumerate();
        let found: Vec<_> = selections
            .filter(|(_, selection)| of.include(&selection.name.value))
            .map(|(at, _)| Operand::Selection(at))
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// The parts without those that say a selection twice.
    fn distinct(names: &Names<'r>, parts: &[Operand<'r>]) -> Vec<Operand<'r>> {
        let mut seen = FxHashSet::default();
        let selection = |part: &Operand<'r>| match part {
            Operand::Selection(at) => Some(*at),
            Operand::Expr(Expr::Name(name)) => names.by_name.get(name.value.as_str()).copied(),
            Operand::Expr(_) | Operand::Search(_) => None,
        };
        parts.iter().filter(|part| selection(part).is_none_or(|at| seen.insert(at))).copied().collect()
    }

    /// A conjunction: each part is typed under what the others imply.
    fn all(&mut self, names: &mut Names<'r>, parts: &[Operand<'r>], context: Context<'_>) -> Option<Formula> {
        let parts = Self::distinct(names, parts);
        self.opposites(&parts, context);
        let mut implied = Implied::default();
        let mut clashes = Vec::new();
        for part in &parts {
            let other = self.implied(names, *part, true, context);
            implied.and(&other, |path, old, new| clashes.push((path.to_string(), old.clone(), new.clone())));
        }
        let known = Known::within(context.known, &implied, |path, old, new| {
            clashes.push((path.to_string(), old.clone(), new.clone()));
        });
        for (path, old, new) in clashes {
            self.clash(&path, &old, &new, context);
        }
        let assumed = context.assumed || (!context.positive && !implied.is_empty());
        let inner = Context { known: &known, assumed, ..context };
        let built: Vec<_> = parts.into_iter().map(|part| self.part(names, part, inner)).collect();
        built.into_iter().collect::<Option<Vec<_>>>().map(Formula::and)
    }

    /// A selection and its negation in one conjunction.
    fn opposites(&mut self, parts: &[Operand<'r>], context: Context<'_>) {
        let name = |part: &Operand<'r>| match part {
            Operand::Expr(Expr::Name(name)) => Some(name.value.as_str()),
            _ => None,
        };
        let names: FxHashSet<&str> = parts.iter().filter_map(name).collect();
        for part in parts {
            let Operand::Expr(Expr::Not(span, inner)) = part else { continue };
            let Expr::Name(name) = &**inner else { continue };
            if names.contains(name.value.as_str()) {
                let message = format!("`{0}` and `not {0}` exclude each other", name.value);
                let finding = Diagnostic::new(&codes::whole::CONTRADICTION, *span, message);
                let severity = if context.grave() { Severity::Error } else { Severity::Warning };
                self.findings.add(finding.severity(severity).help("remove one of the two"));
            }
        }
    }

    /// A disjunction. Under a negation every part must fail, so each is typed under what that implies.
    fn any(&mut self, names: &mut Names<'r>, parts: &[Operand<'r>], context: Context<'_>) -> Option<Formula> {
        let parts = Self::distinct(names, parts);
        let mut implied = Implied::default();
        if !context.positive {
            for part in &parts {
                let other = self.implied(names, *part, false, context);
                implied.and(&other, |_, _, _| {});
            }
        }
        let known = Known::within(context.known, &implied, |_, _, _| {});
        let context = if implied.is_empty() { context } else { Context { known: &known, ..context } };
        let built: Vec<_> = parts.into_iter().map(|part| self.part(names, part, context)).collect();
        built.into_iter().collect::<Option<Vec<_>>>().map(Formula::or)
    }

    /// What follows when `part` holds (or, not `positive`, when it does not).
    fn implied(
        &mut self,
        names: &mut Names<'r>,
        part: Operand<'r>,
        positive: bool,
        context: Context<'_>,
    ) -> Rc<Implied> {
        if context.depth > MAX_DEPTH {
            return Rc::default();
        }
        let context = context.deeper();
        match part {
            Operand::Selection(at) => {
                if let Some(found) = names.implied.get(&(at, positive)) {
                    return found.clone();
                }
                let Some(selection) = names.detection.selections.get(at) else { return Rc::default() };
                let found = self.implied(names, Operand::Search(&selection.body), positive, context);
                names.implied.insert((at, positive), found.clone());
                found
            }
            Operand::Search(search) => match search {
                Search::All(parts) => {
                    self.follow(names, parts.iter().map(Operand::Search), true, positive, context)
                }
                Search::Any(parts) => {
                    self.follow(names, parts.iter().map(Operand::Search), false, positive, context)
                }
                Search::Item(item) => match self.fact(item, positive, context.scope) {
                    Some(fact) => Rc::new(Implied::one(fact.0.clone(), fact.1.clone())),
                    None => Rc::default(),
                },
                Search::Hole(_) => Rc::default(),
            },
            Operand::Expr(expr) => match expr {
                Expr::Name(name) => match names.by_name.get(name.value.as_str()) {
                    Some(&at) => self.implied(names, Operand::Selection(at), positive, context),
                    None => Rc::default(),
                },
                Expr::Of { all, of, span } => {
                    let parts = self.selected(names, of, *span).unwrap_or_default();
                    self.follow(names, parts.into_iter(), *all, positive, context)
                }
                Expr::Not(_, inner) => self.implied(names, Operand::Expr(inner), !positive, context),
                Expr::And(parts) => {
                    self.follow(names, parts.iter().map(Operand::Expr), true, positive, context)
                }
                Expr::Or(parts) => {
                    self.follow(names, parts.iter().map(Operand::Expr), false, positive, context)
                }
                Expr::Hole(_) => Rc::default(),
            },
        }
    }

    /// What follows from several parts: from all of a conjunction that holds or a disjunction that does not, else from
    /// what they have in common.
    fn follow(
        &mut self,
        names: &mut Names<'r>,
        parts: impl Iterator<Item = Operand<'r>>,
        all: bool,
        positive: bool,
        context: Context<'_>,
    ) -> Rc<Implied> {
        if all == positive {
            let mut implied = Implied::default();
            for part in parts {
                let other = self.implied(names, part, positive, context);
                implied.and(&other, |_, _, _| {});
            }
            return Rc::new(implied);
        }
        let mut branches = Vec::new();
        for part in parts {
            let branch = self.implied(names, part, positive, context);
            if branch.is_empty() {
                return Rc::default();
            }
            branches.push(branch);
        }
        Rc::new(Implied::or(branches.iter().map(Rc::as_ref)))
    }

    /// Two facts of one conjunction exclude each other.
    pub(super) fn clash(&mut self, path: &str, old: &Fact, new: &Fact, context: Context<'_>) {
        let finding = if context.grave() {
            Diagnostic::new(
                &codes::whole::CONTRADICTION,
                new.span,
                format!("no event has both values of `{path}`"),
            )
        } else {
            Diagnostic::new(
                &codes::whole::CONTRADICTION,
                new.span,
                format!("this excludes nothing: no event has both values of `{path}`"),
            )
            .severity(Severity::Warning)
        };
        self.findings.add(
            finding
                .label(format!("`{path}` is one of {} here", listed(new.values.iter())))
                .also(old.span, format!("and one of {} here", listed(old.values.iter())))
                .help("join the values in one list if either will do, or part the cases with `or`"),
        );
    }

    /// Counts `more` alternatives; `None` when the formula has grown past all measure.
    pub(super) fn charge(&mut self, more: usize, span: Span) -> Option<()> {
        self.budget.size = self.budget.size.saturating_add(more);
        if self.budget.size <= MAX_SIZE {
            return Some(());
        }
        self.too_large(span, "its conditions repeat too many values");
        None
    }

    /// Reports, once, that the rule is too large; nothing more is built.
    pub(super) fn too_large(&mut self, span: Span, why: &str) {
        if std::mem::replace(&mut self.budget.stopped, true) {
            return;
        }
        self.findings.add(
            Diagnostic::new(&codes::whole::TOO_LARGE, span, format!("the rule is too large: {why}"))
                .help("split the rule"),
        );
    }

    /// One item, with its array selectors.
    fn item(&mut self, item: &'r Item, context: Context<'_>) -> Option<Formula> {
        let first = self.findings.begin(Owner::from(item));
        let Some(field) = &item.field else {
            return if item.faulty { None } else { self.keywords(item, context) };
        };
        self.chain(item, &field.parts, context, first)
    }

    /// The rest of a field name from an element or the event.
    fn chain(
        &mut self,
        item: &'r Item,
        parts: &'r [NamePart],
        context: Context<'_>,
        first: bool,
    ) -> Option<Formula> {
        let (name, rest) = match parts {
            [NamePart::Name(name), rest @ ..] => (Some(name), rest),
            rest => (None, rest),
        };
        let [NamePart::Select(selector), rest @ ..] = rest else {
            return match (&item.value, name) {
                (ItemValue::Hole(_), Some(name)) => {
                    self.resolve(item, name, context, first);
                    None
                }
                (ItemValue::Block { body, .. }, None) if !item.faulty => self.block(body, context),
                (ItemValue::Values { values, .. }, name) => {
                    let target = match name {
                        Some(name) => self.resolve(item, name, context, first),
                        None => Self::element_itself(item, context),
                    };
                    if item.faulty { None } else { self.predicate(item, values, target, context) }
                }
                (ItemValue::Hole(_) | ItemValue::Block { .. }, _) => None,
            };
        };
        let (array, element) = match name {
            Some(name) => {
                let target = self.resolve(item, name, context, first);
                self.array(item, target, selector.span)
            }
            None => match context.scope {
                Origin::Element(Type::Array(inner)) => {
                    (Path { base: Base::Element, steps: Vec::new() }, (**inner).clone())
                }
                Origin::Element(ty) => (Path { base: Base::Element, steps: Vec::new() }, ty.clone()),
                Origin::Event => return None,
            },
        };
        let quantifier = match selector.value {
            Selector::Any => Quantifier::Any,
            Selector::All => Quantifier::All,
            Selector::AllOrEmpty => Quantifier::AllOrEmpty,
            Selector::None => Quantifier::None,
            Selector::Index(index) => Quantifier::Index(index),
        };
        let known = Known::of_element(context.known);
        let inner = Context { known: &known, scope: Origin::Element(&element), ..context.deeper() };
        let inner = if quantifier == Quantifier::None { inner.negated() } else { inner };
        if inner.depth > MAX_DEPTH {
            self.too_large(item.span, "it nests too deep");
            return None;
        }
        let body = self.chain(item, rest, inner, first)?;
        Some(Formula::Elem(Box::new(Element { array, quantifier, body, span: item.span })))
    }

    fn block(&mut self, body: &'r Block, context: Context<'_>) -> Option<Formula> {
        match body {
            Block::Detection(detection) => self.detection(detection, context),
            Block::Search(search) => {
                let detection = EMPTY.get_or_init(Detection::default);
                let mut names = Names::new(detection);
                self.part(&mut names, Operand::Search(search), context)
            }
        }
    }
}

/// The detection of a block without selections of its own.
static EMPTY: std::sync::OnceLock<Detection> = std::sync::OnceLock::new();
