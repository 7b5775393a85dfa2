//! Opens a formula into branches, depth first, and drops what is dead as soon as that shows.

use std::collections::BTreeSet;

use super::MAX_EXPRESSIONS;
use super::literal::{Decided, End, Goal, Literal, Search};
use super::{build, cell};
use crate::eval::Event;
use crate::ir::{Condition, Element, Formula, Quantifier};

/// A branch in which nothing conflicts, as far as could be seen.
#[derive(Debug)]
pub(super) struct Branch<'b, 'f> {
    pub literals: &'b [Literal<'f>],
    pub decided: &'b Decided,
}

impl Branch<'_, '_> {
    /// The smallest event of the branch; whether it satisfies the branch is for the evaluator to say.
    pub fn event(&self) -> Option<Event> {
        build::value(&self.decided.places).map(Event::new)
    }
}

enum Step<'f> {
    Constant(bool),
    Literal(Literal<'f>),
    All(Goals<'f>),
    Any(Goals<'f>),
}

/// Formulas that all must hold, or must not.
#[derive(Clone, Copy)]
struct Goals<'f> {
    positive: bool,
    formulas: &'f [Formula],
}

impl<'f> Goals<'f> {
    fn each(self) -> impl DoubleEndedIterator<Item = Goal<'f>> {
        self.formulas.iter().map(move |formula| Goal { positive: self.positive, formula })
    }
}

fn open(goal: Goal<'_>) -> Step<'_> {
    let positive = goal.positive;
    match goal.formula {
        Formula::True => Step::Constant(positive),
        Formula::False => Step::Constant(!positive),
        Formula::Not(inner) => open(Goal { positive: !positive, formula: inner }),
        Formula::And(formulas) | Formula::Or(formulas) => {
            let found = Goals { positive, formulas };
            let all = matches!(goal.formula, Formula::And(_)) == positive;
            if all { Step::All(found) } else { Step::Any(found) }
        }
        Formula::Pred(predicate) => Step::Literal(Literal::Predicate(positive, predicate)),
        Formula::Elem(element) => match element.quantifier {
            Quantifier::Any => Step::Literal(some(positive, element, true)),
            Quantifier::None => Step::Literal(some(!positive, element, true)),
            Quantifier::AllOrEmpty => Step::Literal(some(!positive, element, false)),
            // `prepared` has written `All` with the others.
            Quantifier::All | Quantifier::Index(_) => Step::Literal(Literal::At(positive, element)),
        },
    }
}

fn some(positive: bool, element: &Element, body: bool) -> Literal<'_> {
    Literal::Some(positive, &element.array, Goal { positive: body, formula: &element.body }, element.span)
}

impl Search {
    pub const fn new(steps: usize, pairs: usize) -> Self {
        Self { steps, pairs, values: true }
    }

    /// A search that only refutes: the branches that it visits hold no values.
    pub const fn refuting(steps: usize, pairs: usize) -> Self {
        Self { steps, pairs, values: false }
    }

    /// Visits the branches of a formula until the visitor returns `true`; none of one with too many expressions.
    pub fn run<'f>(&mut self, formula: &'f Formula, visit: &mut dyn FnMut(&Branch<'_, 'f>) -> bool) -> End {
        let expressions = formula.predicates().map(|predicate| match &predicate.test {
            Condition::Regex(expressions) => expressions.len(),
            _ => 0,
        });
        if expressions.sum::<usize>() > MAX_EXPRESSIONS {
            return End::Open;
        }
        self.goals(&[Goal { positive: true, formula }], visit)
    }

    /// Visits the branches of a conjunction of goals until the visitor returns `true`.
    pub fn goals<'f>(&mut self, goals: &[Goal<'f>], visit: &mut dyn FnMut(&Branch<'_, 'f>) -> bool) -> End {
        self.walk(goals.to_vec(), &mut Vec::new(), Vec::new(), 0, visit)
    }

    /// Takes the goals into the branch of `literals`, in which nothing conflicts, and leaves `literals` as they were.
    fn walk<'f>(
        &mut self,
        pending: Vec<Goal<'f>>,
        literals: &mut Vec<Literal<'f>>,
        choices: Vec<Goals<'f>>,
        depth: usize,
        visit: &mut dyn FnMut(&Branch<'_, 'f>) -> bool,
    ) -> End {
        let before = literals.len();
        let end = self.walk_on(pending, literals, choices, depth, visit);
        literals.truncate(before);
        end
    }

    fn walk_on<'f>(
        &mut self,
        mut pending: Vec<Goal<'f>>,
        literals: &mut Vec<Literal<'f>>,
        mut choices: Vec<Goals<'f>>,
        depth: usize,
        visit: &mut dyn FnMut(&Branch<'_, 'f>) -> bool,
    ) -> End {
        /// Deeper than this a branch is left undecided.
        const MAX_DEPTH: usize = 200;
        let before = literals.len();
        pending.reverse();
        while let Some(goal) = pending.pop() {
            match open(goal) {
                Step::Constant(true) => {}
                Step::Constant(false) => return End::Dead(literals.iter().map(Literal::span).collect()),
                Step::Literal(literal) => literals.push(literal),
                Step::All(goals) => pending.extend(goals.each().rev()),
                Step::Any(goals) => choices.push(goals),
            }
        }
        let cost = literals.len().max(1);
        if self.steps < cost || depth > MAX_DEPTH {
            self.steps = 0;
            return End::Open;
        }
        self.steps -= cost;
        let decided = match cell::decide(literals, before, self) {
            cell::Outcome::Dead(core) => return End::Dead(core),
            cell::Outcome::Decided(decided) => decided,
        };
        let smallest =
            choices.iter().enumerate().min_by_key(|(_, goals)| goals.formulas.len()).map(|(at, _)| at);
        let Some(at) = smallest else {
            let stop = visit(&Branch { literals, decided: &decided });
            return if stop { End::Stopped } else { End::Open };
        };
        let alternatives = choices.remove(at);
        let mut core = BTreeSet::new();
        let mut dead = true;
        for goal in alternatives.each() {
            match self.walk(vec![goal], literals, choices.clone(), depth + 1, visit) {
                End::Stopped => return End::Stopped,
                End::Open => dead = false,
                End::Dead(spans) => core.extend(spans),
            }
            if self.steps == 0 {
                return End::Open;
            }
        }
        if dead { End::Dead(core.into_iter().collect()) } else { End::Open }
    }
}
