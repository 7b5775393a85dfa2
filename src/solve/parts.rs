//! Parts of a formula that do nothing: alternatives that are dead, conditions that others imply, filters that exclude
//! nothing.
//!
//! A part is tested where it is, under everything that the rest of the formula lets through to it.
//! Only what is proved is reported.

use super::literal::{End, Goal, Search};
use super::prepared;
use crate::ir::{Condition, Formula, Leaf, Predicate};
use crate::source::Span;

/// The most questions about one formula.
pub const MAX_QUESTIONS: usize = 256;
/// The most decisions about one question.
const STEPS: usize = 600;
/// The most decisions about all questions of one formula together.
const ALL_STEPS: usize = 20_000;
/// The most pairs of alternatives that all questions of one formula compare.
const ALL_PAIRS: usize = 20_000;
/// The most alternatives that all questions of one formula read: one with long lists gets fewer questions.
const ALL_ALTERNATIVES: usize = 20_000;
/// Lists with more values are not looked at value by value.
const MAX_VALUES: usize = 32;

/// What does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// An alternative, or a value, that never holds where it is.
    Dead,
    /// A condition that the others imply.
    Implied,
    /// An alternative that others cover.
    Covered,
    /// A filter that excludes nothing that reaches it.
    NoFilter,
    /// A condition inside a filter that always holds there.
    AlwaysInFilter,
}

/// A part that does nothing.
#[derive(Clone, Debug)]
pub struct IdlePart {
    /// What is wrong with it.
    pub idle: Idle,
    /// Where it is.
    pub span: Span,
    /// The items that it consists of.
    pub items: Vec<Span>,
    /// The items that make it so, apart from its own.
    pub because: Vec<Span>,
}

/// The parts of a formula that do nothing.
#[derive(Clone, Debug, Default)]
pub struct IdleParts {
    /// In the order in which they are.
    pub found: Vec<IdlePart>,
    /// Whether a bound was reached, so that others may have been missed.
    pub cut: bool,
}

/// Looks for parts that do nothing. The formula itself should be satisfiable; nothing is reported for one that is not.
pub fn parts(formula: &Formula) -> IdleParts {
    let formula = prepared(formula);
    let questions = (ALL_ALTERNATIVES / size(&formula).max(1)).min(MAX_QUESTIONS);
    let mut look = Look { questions, steps: ALL_STEPS, pairs: ALL_PAIRS, parts: IdleParts::default() };
    if look.refuted(&[Goal { positive: true, formula: &formula }]).is_none() {
        look.node(Goal { positive: true, formula: &formula }, &mut Vec::new(), 0);
    }
    look.parts.found.sort_by_key(|part| part.span);
    look.parts
}

struct Look {
    questions: usize,
    steps: usize,
    pairs: usize,
    parts: IdleParts,
}

impl Look {
    /// The places that conflict when the goals cannot hold together.
    fn refuted(&mut self, goals: &[Goal<'_>]) -> Option<Vec<Span>> {
        if self.questions == 0 || self.steps == 0 {
            self.parts.cut = true;
            return None;
        }
        self.questions -= 1;
        let steps = STEPS.min(self.steps);
        let mut search = Search::refuting(steps, self.pairs);
        let end = search.goals(goals, &mut |_| true);
        self.steps -= steps - search.steps.min(steps);
        self.pairs = search.pairs;
        match end {
            End::Dead(core) => Some(core),
            End::Stopped | End::Open => None,
        }
    }

    fn node<'f>(&mut self, goal: Goal<'f>, context: &mut Vec<Goal<'f>>, depth: usize) {
        if depth > 64 || self.parts.cut {
            return;
        }
        match goal.formula {
            Formula::Not(inner) => {
                self.node(Goal { positive: !goal.positive, formula: inner }, context, depth + 1);
            }
            Formula::And(parts) | Formula::Or(parts) => {
                let goals: Vec<Goal<'f>> =
                    parts.iter().map(|formula| Goal { positive: goal.positive, formula }).collect();
                if matches!(goal.formula, Formula::And(_)) == goal.positive {
                    self.all(&goals, context, depth);
                } else {
                    self.any(&goals, context, depth);
                }
            }
            Formula::Pred(predicate) if goal.positive => self.values(predicate, context),
            Formula::Pred(_) | Formula::Elem(_) | Formula::True | Formula::False => {}
        }
    }

    /// The parts of a conjunction.
    fn all<'f>(&mut self, goals: &[Goal<'f>], context: &mut Vec<Goal<'f>>, depth: usize) {
        let mut kept: Vec<Goal<'f>> = goals.to_vec();
        // What excludes is looked at before what selects: of two that imply each other the filter is idle.
        let mut order: Vec<usize> = (0..goals.len()).collect();
        order.sort_by_key(|at| goals.get(*at).is_some_and(|goal| is_selection(*goal)));
        for at in order {
            let Some(&part) = goals.get(at) else { continue };
            if kept.len() < 2 {
                break;
            }
            if is_half(part, goals) {
                continue;
            }
            let others: Vec<Goal<'f>> = kept.iter().filter(|goal| !same(**goal, part)).copied().collect();
            let mut question = context.clone();
            question.extend(&others);
            question.push(Goal { positive: !part.positive, formula: part.formula });
            if let Some(core) = self.refuted(&question) {
                let idle = if is_selection(part) { Idle::Implied } else { Idle::NoFilter };
                self.tell(idle, part, &core);
                kept = others;
            }
        }
        for (at, part) in kept.iter().enumerate() {
            let before = context.len();
            context.extend(kept.iter().enumerate().filter(|(of, _)| *of != at).map(|(_, goal)| *goal));
            self.node(*part, context, depth + 1);
            context.truncate(before);
        }
    }

    /// The parts of a disjunction.
    fn any<'f>(&mut self, goals: &[Goal<'f>], context: &mut Vec<Goal<'f>>, depth: usize) {
        let mut kept: Vec<Goal<'f>> = goals.to_vec();
        for part in goals {
            if is_half(*part, goals) {
                continue;
            }
            let mut question = context.clone();
            question.push(*part);
            if let Some(core) = self.refuted(&question) {
                let idle = if is_selection(*part) { Idle::Dead } else { Idle::AlwaysInFilter };
                self.tell(idle, *part, &core);
                kept.retain(|goal| !same(*goal, *part));
                continue;
            }
            if kept.len() > 1 {
                let others = kept.iter().filter(|goal| !same(**goal, *part));
                question.extend(others.map(|goal| Goal { positive: !goal.positive, formula: goal.formula }));
                if let Some(core) = self.refuted(&question) {
                    self.tell(Idle::Covered, *part, &core);
                    kept.retain(|goal| !same(*goal, *part));
                    continue;
                }
            }
            self.node(*part, context, depth + 1);
        }
    }

    /// The values of a list, each alone.
    fn values(&mut self, predicate: &Predicate, context: &[Goal<'_>]) {
        let Condition::Text(texts) = &predicate.test else { return };
        if texts.len() < 2 || texts.len() > MAX_VALUES {
            return;
        }
        for text in texts {
            let alone = Predicate {
                subject: predicate.subject.clone(),
                test: Condition::Text(vec![text.clone()]),
                span: predicate.span,
            };
            let alone = Formula::Pred(Box::new(alone));
            let mut question: Vec<Goal<'_>> = context.to_vec();
            question.push(Goal { positive: true, formula: &alone });
            if let Some(mut core) = self.refuted(&question) {
                core.retain(|span| *span != predicate.span);
                let items = vec![predicate.span];
                self.parts.found.push(IdlePart { idle: Idle::Dead, span: text.span, items, because: core });
            }
        }
    }

    fn tell(&mut self, idle: Idle, part: Goal<'_>, core: &[Span]) {
        let items: Vec<Span> = part.formula.leaves().map(|found| found.leaf.span()).collect();
        let places = part.formula.leaves().map(|found| match found.leaf {
            Leaf::Pred(predicate) => super::place(predicate),
            Leaf::Elem(element) => element.span,
        });
        let because = core.iter().filter(|span| !items.contains(span)).copied().collect();
        if let Some(span) = places.reduce(Span::to) {
            self.parts.found.push(IdlePart { idle, span, items, because });
        }
    }
}

/// How many alternatives a formula has.
fn size(formula: &Formula) -> usize {
    let alternatives = |predicate: &Predicate| match &predicate.test {
        Condition::Text(list) => list.len(),
        Condition::Regex(list) => list.len() * 8,
        Condition::Number(list) => list.len(),
        Condition::Cidr(list) => list.len(),
        _ => 1,
    };
    formula.predicates().map(alternatives).sum()
}

/// Whether a goal selects rather than excludes.
fn is_selection(goal: Goal<'_>) -> bool {
    match goal.formula {
        Formula::Not(inner) => !is_selection(Goal { positive: goal.positive, formula: inner }),
        _ => goal.positive,
    }
}

/// Whether a goal is one of two that were made of one statement about elements (`[all]`): its author sees one part.
fn is_half(part: Goal<'_>, goals: &[Goal<'_>]) -> bool {
    let statement = |goal: Goal<'_>| {
        let mut formula = goal.formula;
        while let Formula::Not(inner) = formula {
            formula = inner;
        }
        match formula {
            Formula::Elem(element) => Some(element.span),
            _ => None,
        }
    };
    statement(part)
        .is_some_and(|span| goals.iter().any(|other| !same(*other, part) && statement(*other) == Some(span)))
}

fn same(one: Goal<'_>, other: Goal<'_>) -> bool {
    one.positive == other.positive && std::ptr::eq(one.formula, other.formula)
}
