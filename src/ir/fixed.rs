//! The few values that a field can have where a formula holds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Formula, Leaf, Node, Number, Predicate, Subject};
use crate::schema::Path;
use crate::text::TextPattern;

/// The most values of one field that are followed; a longer list fixes nothing.
const MAX_VALUES: usize = 512;

/// The values of fields, by their text in the event.
pub type Fixed = BTreeMap<Path, BTreeSet<String>>;

impl Formula {
    /// For each scalar field that can only have certain values where the formula holds, these values, spelt as events
    /// that fit the schema spell them. A text that can be in several letter cases is none of them.
    pub fn fixed(&self) -> Fixed {
        self.fold(&mut |node| match node {
            Node::Constant(_) | Node::Not(_) | Node::Leaf(Leaf::Elem(_)) => Fixed::new(),
            Node::Leaf(Leaf::Pred(predicate)) => one(predicate).into_iter().collect(),
            Node::And(parts) => parts.into_iter().fold(Fixed::new(), both),
            Node::Or(parts) => parts.into_iter().reduce(either).unwrap_or_default(),
        })
    }
}

fn one(predicate: &Predicate) -> Option<(Path, BTreeSet<String>)> {
    let Subject::Field(field) = &predicate.subject else { return None };
    if !field.path.is_scalar() {
        return None;
    }
    let values: Option<BTreeSet<String>> = match &predicate.test {
        Condition::Text(texts) if texts.len() <= MAX_VALUES => texts
            .iter()
            .map(|text| match &text.shape {
                TextPattern::Equals(value) if text.member || text.cased => Some(value.clone()),
                _ => None,
            })
            .collect(),
        Condition::Number(numbers) if numbers.len() <= MAX_VALUES => numbers
            .iter()
            .map(|number| match number {
                Number::Integer(whole) => Some(whole.to_string()),
                Number::Decimal(_) => None,
            })
            .collect(),
        Condition::Boolean(value) => Some(BTreeSet::from([value.to_string()])),
        _ => None,
    };
    Some((field.path.clone(), values?))
}

fn both(mut one: Fixed, other: Fixed) -> Fixed {
    for (path, values) in other {
        match one.get_mut(&path) {
            Some(known) => known.retain(|value| values.contains(value)),
            None => {
                one.insert(path, values);
            }
        }
    }
    one
}

fn either(mut one: Fixed, mut other: Fixed) -> Fixed {
    one.retain(|path, values| {
        let Some(more) = other.remove(path) else { return false };
        values.extend(more);
        values.len() <= MAX_VALUES
    });
    one
}
