//! Columns that hold one of several fields of the log, as another field says which.
//!
//! A test of such a field is true of the column only where the other field says that it is this one, so that the two are
//! joined, unless the rest of the rule asks for that already.

use std::collections::BTreeSet;

use super::{Given, Value, holds};
use crate::ir::{
    Condition, FieldUse, Formula, Leaf, Node, Predicate, Quantifier, Subject, Text, TextPattern,
};
use crate::schema::{Base, Delivery, Located, Path, Type, When};
use crate::source::Span;

/// The formula with each test of such a field joined with what tells it from the others in its column.
pub(super) fn told(formula: &Formula, delivery: &Delivery) -> Formula {
    if delivery.columns.iter().all(|column| column.when.is_none()) {
        return formula.clone();
    }
    let mut needed = needed(formula, delivery).into_iter();
    formula.clone().map(&mut |leaf| {
        let needed = needed.next().unwrap_or_default();
        let (span, missing) = match &leaf {
            Formula::Pred(predicate) => (predicate.span, matches!(predicate.test, Condition::Null)),
            Formula::Elem(element) => {
                (element.span, matches!(element.quantifier, Quantifier::None | Quantifier::AllOrEmpty))
            }
            _ => return leaf,
        };
        needed.into_iter().fold(leaf, |leaf, when| match (equals(when, span), missing) {
            (told, false) => Formula::and([told, leaf]),
            (told, true) => Formula::or([told.not(), leaf]),
        })
    })
}

/// For each leaf, in order, what must be joined: what tells its field, where the leaf can decide the formula while the
/// field that tells has another value.
fn needed<'d>(formula: &Formula, delivery: &'d Delivery) -> Vec<Vec<&'d When>> {
    let mut all: Vec<Vec<&When>> = Vec::new();
    formula.fold::<()>(&mut |node| {
        if let Node::Leaf(leaf) = node {
            all.push(whens(leaf, delivery));
        }
    });
    let mut needed = vec![Vec::new(); all.len()];
    let mut paths: Vec<&Path> = Vec::new();
    for when in all.iter().flatten() {
        if !paths.contains(&&when.path) {
            paths.push(&when.path);
        }
    }
    for path in paths {
        let universe = universe(formula, delivery, path);
        let values = universe.iter().map(|value| Value::Text(value)).chain([Value::Other, Value::Absent]);
        for value in values {
            // One walk for each value, and not for each leaf.
            for at in deciding(formula, &Given { path, value, universe: &universe }) {
                let is_other = |when: &&&When| match value {
                    Value::Text(value) => when.path == *path && !when.values.iter().any(|own| own == value),
                    Value::Other | Value::Absent => when.path == *path,
                };
                let (Some(own), Some(needed)) = (all.get(at), needed.get_mut(at)) else { continue };
                for when in own.iter().filter(is_other) {
                    if !needed.contains(when) {
                        needed.push(*when);
                    }
                }
            }
        }
    }
    needed
}

/// What tells the fields of a leaf from others in their columns.
fn whens<'d>(leaf: Leaf<'_>, delivery: &'d Delivery) -> Vec<&'d When> {
    let paths: Vec<&Path> = match leaf {
        Leaf::Pred(predicate) => predicate.fields().map(|field| &field.path).collect(),
        Leaf::Elem(element) => vec![&element.array],
    };
    let paths = paths.into_iter().filter(|path| path.base == Base::Event);
    let mut found: Vec<&When> = Vec::new();
    for path in paths {
        let Located::Column(column, _) = delivery.locate(path) else { continue };
        found.extend(column.when.as_ref().filter(|when| !found.contains(when)));
    }
    found
}

/// The values of the field that tells, as far as columns and the rule name them.
fn universe(formula: &Formula, delivery: &Delivery, path: &Path) -> Vec<String> {
    let whens = delivery.columns.iter().filter_map(|column| column.when.as_ref());
    let mut found: BTreeSet<String> =
        whens.filter(|when| when.path == *path).flat_map(|when| when.values.iter().cloned()).collect();
    for predicate in formula.predicates() {
        if let (Subject::Field(field), Condition::Text(texts)) = (&predicate.subject, &predicate.test)
            && field.path == *path
        {
            found.extend(texts.iter().filter_map(|text| match &text.shape {
                TextPattern::Equals(text) => Some(text.clone()),
                _ => None,
            }));
        }
    }
    found.into_iter().collect()
}

/// The places of the leaves that can decide the formula where the field that tells has a value.
fn deciding(formula: &Formula, given: &Given<'_>) -> Vec<usize> {
    let mut next = 0;
    let (_, deciding) = formula.fold::<(Option<bool>, Vec<usize>)>(&mut |node| match node {
        Node::Constant(value) => (Some(value), Vec::new()),
        Node::Not((value, own)) => (value.map(|value| !value), own),
        Node::And(parts) => whole(parts, false),
        Node::Or(parts) => whole(parts, true),
        Node::Leaf(leaf) => {
            let at = next;
            next += 1;
            let value = match leaf {
                Leaf::Pred(predicate) => holds(predicate, given),
                Leaf::Elem(_) => None,
            };
            (value, if value.is_none() { vec![at] } else { Vec::new() })
        }
    });
    deciding
}

/// Several parts, of which one with this value decides.
fn whole(parts: Vec<(Option<bool>, Vec<usize>)>, decides: bool) -> (Option<bool>, Vec<usize>) {
    if parts.iter().any(|(value, _)| *value == Some(decides)) {
        return (Some(decides), Vec::new());
    }
    let open = parts.iter().any(|(value, _)| value.is_none());
    ((!open).then_some(!decides), parts.into_iter().flat_map(|(_, own)| own).collect())
}

/// That the field that tells has one of the values.
fn equals(when: &When, span: Span) -> Formula {
    let text =
        |value: &String| Text { shape: TextPattern::Equals(value.clone()), cased: true, member: false, span };
    let field = FieldUse {
        path: when.path.clone(),
        ty: Type::String,
        never_empty: true,
        never_null: true,
        always: true,
        text: when.path.name(),
        span,
    };
    let texts = when.values.iter().map(text).collect();
    let subject = Subject::Field(field);
    Formula::Pred(Box::new(Predicate { subject, test: Condition::Text(texts), span }))
}
