//! The ways through a formula, so that no one writes a recursion of his own: [`Formula::leaves`] looks at what the
//! connectives join, [`Formula::map`] and [`Formula::rewrite`] make another formula of it, [`Formula::fold`] any value.

use super::{Condition, Element, FieldUse, Formula, Predicate, Quantifier, Subject};
use crate::schema::Path;
use crate::source::Span;

/// Whether a part of the formula is under an odd number of negations.
///
/// Every connective and quantifier but `not` and `none` is monotone: more matches of a part can only give more
/// matches of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Polarity {
    /// More matches of the part are more matches of the whole.
    #[default]
    Positive,
    /// More matches of the part are fewer matches of the whole.
    Negative,
}

impl Polarity {
    /// The polarity of what a negation negates.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
        }
    }

    /// The polarity of the body of an element statement.
    #[must_use]
    pub const fn within(self, quantifier: Quantifier) -> Self {
        match quantifier {
            Quantifier::Any | Quantifier::All | Quantifier::AllOrEmpty | Quantifier::Index(_) => self,
            Quantifier::None => self.flip(),
        }
    }
}

/// What the connectives join.
#[derive(Clone, Copy, Debug)]
pub enum Leaf<'a> {
    /// A predicate.
    Pred(&'a Predicate),
    /// A statement about elements.
    Elem(&'a Element),
}

impl Leaf<'_> {
    /// Where it is.
    pub const fn span(self) -> Span {
        match self {
            Self::Pred(predicate) => predicate.span,
            Self::Elem(element) => element.span,
        }
    }
}

/// A leaf and where it is in its formula.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The leaf.
    pub leaf: Leaf<'a>,
    /// The sign of the leaf in the whole.
    pub polarity: Polarity,
    /// The statement about elements whose body it is in; the innermost.
    pub element: Option<&'a Element>,
}

/// A part of a formula whose own parts have become values.
#[derive(Clone, Debug)]
pub enum Node<'a, T> {
    /// A constant.
    Constant(bool),
    /// A negation.
    Not(T),
    /// A conjunction.
    And(Vec<T>),
    /// A disjunction.
    Or(Vec<T>),
    /// What they join; the body of an element is left to the caller.
    Leaf(Leaf<'a>),
}

/// The leaves that are still to come, the next one last.
#[derive(Debug)]
struct Leaves<'a>(Vec<(&'a Formula, Polarity, Option<&'a Element>)>);

impl<'a> Iterator for Leaves<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        while let Some((formula, polarity, element)) = self.0.pop() {
            let leaf = match formula {
                Formula::True | Formula::False => continue,
                Formula::Not(inner) => {
                    self.0.push((inner, polarity.flip(), element));
                    continue;
                }
                Formula::And(parts) | Formula::Or(parts) => {
                    self.0.extend(parts.iter().rev().map(|part| (part, polarity, element)));
                    continue;
                }
                Formula::Pred(predicate) => Leaf::Pred(predicate),
                Formula::Elem(inner) => {
                    self.0.push((&inner.body, polarity.within(inner.quantifier), Some(inner)));
                    Leaf::Elem(inner)
                }
            };
            return Some(Found { leaf, polarity, element });
        }
        None
    }
}

impl Formula {
    /// Every predicate and every statement about elements, the latter before what its body says, in the order of the
    /// formula.
    pub fn leaves(&self) -> impl Iterator<Item = Found<'_>> {
        Leaves(vec![(self, Polarity::Positive, None)])
    }

    /// Every predicate, those inside elements included, in the order of the formula.
    pub fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        self.leaves().filter_map(|found| match found.leaf {
            Leaf::Pred(predicate) => Some(predicate),
            Leaf::Elem(_) => None,
        })
    }

    /// The formula with `leaf` in the place of each predicate and each statement about elements, whose body is left
    /// to it.
    #[must_use]
    pub fn map(self, leaf: &mut impl FnMut(Self) -> Self) -> Self {
        match self {
            Self::True | Self::False => self,
            Self::Not(inner) => inner.map(leaf).not(),
            Self::And(parts) => Self::and(parts.into_iter().map(|part| part.map(leaf))),
            Self::Or(parts) => Self::or(parts.into_iter().map(|part| part.map(leaf))),
            Self::Pred(_) | Self::Elem(_) => leaf(self),
        }
    }

    /// As [`map`](Self::map), from the innermost bodies outwards: `leaf` meets a statement about elements when its
    /// body has been rewritten.
    #[must_use]
    pub fn rewrite(self, leaf: &mut impl FnMut(Self) -> Self) -> Self {
        match self {
            Self::True | Self::False => self,
            Self::Not(inner) => inner.rewrite(leaf).not(),
            Self::And(parts) => Self::and(parts.into_iter().map(|part| part.rewrite(leaf))),
            Self::Or(parts) => Self::or(parts.into_iter().map(|part| part.rewrite(leaf))),
            Self::Pred(_) => leaf(self),
            Self::Elem(mut element) => {
                element.body = element.body.rewrite(leaf);
                leaf(Self::Elem(element))
            }
        }
    }

    /// The value that `step` makes of the formula, from the leaves outwards.
    pub fn fold<'a, T>(&'a self, step: &mut impl FnMut(Node<'a, T>) -> T) -> T {
        self.fold_under(Polarity::Positive, &mut |node, _| step(node))
    }

    /// As [`fold`](Self::fold), with the sign of each part where the whole has this one.
    pub fn fold_under<'a, T>(
        &'a self,
        polarity: Polarity,
        step: &mut impl FnMut(Node<'a, T>, Polarity) -> T,
    ) -> T {
        let node = match self {
            Self::True => Node::Constant(true),
            Self::False => Node::Constant(false),
            Self::Not(inner) => Node::Not(inner.fold_under(polarity.flip(), step)),
            Self::And(parts) => Node::And(parts.iter().map(|part| part.fold_under(polarity, step)).collect()),
            Self::Or(parts) => Node::Or(parts.iter().map(|part| part.fold_under(polarity, step)).collect()),
            Self::Pred(predicate) => Node::Leaf(Leaf::Pred(predicate)),
            Self::Elem(element) => Node::Leaf(Leaf::Elem(element)),
        };
        step(node, polarity)
    }

    /// The parts that must all hold: those of a conjunction, none of what is always true, or the formula itself.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::And(parts) => parts,
            Self::True => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// How deep connectives and elements nest; a predicate has depth 1.
    pub fn depth(&self) -> usize {
        self.fold(&mut |node| match node {
            Node::Constant(_) | Node::Leaf(Leaf::Pred(_)) => 1,
            Node::Not(inner) => 1 + inner,
            Node::And(parts) | Node::Or(parts) => 1 + parts.into_iter().max().unwrap_or(0),
            Node::Leaf(Leaf::Elem(element)) => 1 + element.body.depth(),
        })
    }

    /// How many alternatives all predicates have together.
    pub fn size(&self) -> usize {
        self.predicates().map(|predicate| predicate.test.alternatives()).sum()
    }
}

impl Predicate {
    /// The field that is tested, and the one that it is compared with.
    pub fn fields(&self) -> impl Iterator<Item = &FieldUse> {
        let own = match &self.subject {
            Subject::Field(field) => Some(field),
            Subject::Event => None,
        };
        let other = match &self.test {
            Condition::FieldRef { other, .. } => Some(other),
            _ => None,
        };
        own.into_iter().chain(other)
    }

    /// The paths of [`fields`](Self::fields), to change them.
    pub fn paths_mut(&mut self) -> impl Iterator<Item = &mut Path> {
        let own = match &mut self.subject {
            Subject::Field(field) => Some(&mut field.path),
            Subject::Event => None,
        };
        let other = match &mut self.test {
            Condition::FieldRef { other, .. } => Some(&mut other.path),
            _ => None,
        };
        own.into_iter().chain(other)
    }
}

impl Condition {
    /// How many alternatives the test has; at least one.
    pub fn alternatives(&self) -> usize {
        let found = match self {
            Self::Text(texts) => texts.len(),
            Self::Listed(listed) => listed.texts.as_ref().map_or(1, Vec::len),
            Self::Regex(patterns) => patterns.len(),
            Self::Number(numbers) => numbers.len(),
            Self::TimePart(_, test) => test.named().len(),
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
