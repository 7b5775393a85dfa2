//! Measures of a formula, and a walk over its predicates.

use super::{Condition, Formula, Predicate};

impl Formula {
    /// Calls `visit` with every predicate, those inside elements included, in the order of the formula.
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(&'a Predicate)) {
        match self {
            Self::True | Self::False => {}
            Self::Not(inner) => inner.visit(visit),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Pred(predicate) => visit(predicate),
            Self::Elem(element) => element.body.visit(visit),
        }
    }

    /// How deep connectives and elements nest; a predicate has depth 1.
    pub fn depth(&self) -> usize {
        match self {
            Self::True | Self::False | Self::Pred(_) => 1,
            Self::Not(inner) => 1 + inner.depth(),
            Self::And(parts) | Self::Or(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Self::Elem(element) => 1 + element.body.depth(),
        }
    }

    /// How many alternatives all predicates have together.
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.visit(&mut |predicate| size += predicate.test.alternatives());
        size
    }
}

impl Condition {
    /// How many alternatives the test has; at least one.
    pub fn alternatives(&self) -> usize {
        let found = match self {
            Self::Text(texts) => texts.len(),
            Self::Regex(patterns) => patterns.len(),
            Self::Number(numbers) => numbers.len(),
            Self::TimePart(_, parts) => parts.len(),
            Self::Cidr(blocks) => blocks.len(),
            Self::Order(..)
            | Self::Boolean(_)
            | Self::Time(..)
            | Self::Present
            | Self::Null
            | Self::Exists
            | Self::FieldRef { .. } => 1,
        };
        found.max(1)
    }
}
