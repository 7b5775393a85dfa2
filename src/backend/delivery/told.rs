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

/// For each leaf, in order, what must be joined.
fn needed<'d>(formula: &Formula, delivery: &'d Delivery) -> Vec<Vec<&'d When>> {
    let mut all: Vec<Vec<&When>> = Vec::new();
    formula.fold::<()>(&mut |node| {
        if let Node::Leaf(leaf) = node {
            all.push(whens(leaf, delivery));
        }
    });
    for (at, whens) in all.iter_mut().enumerate() {
        whens.retain(|when| {
            let universe = universe(formula, delivery, &when.path);
            let others = universe.iter().filter(|value| !when.values.contains(value));
            let mut values = others.map(|value| Value::Text(value)).chain([Value::Other, Value::Absent]);
            values.any(|value| matters(formula, at, &Given { path: &when.path, value, universe: &universe }))
        });
    }
    all
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

/// Whether the leaf at a place can decide the formula where the field that tells has a value.
fn matters(formula: &Formula, at: usize, given: &Given<'_>) -> bool {
    let mut next = 0;
    let (_, matters) = formula.fold::<(Option<bool>, bool)>(&mut |node| match node {
        Node::Constant(value) => (Some(value), false),
        Node::Not((value, own)) => (value.map(|value| !value), own),
        Node::And(parts) => whole(&parts, false),
        Node::Or(parts) => whole(&parts, true),
        Node::Leaf(leaf) => {
            let own = next == at;
            next += 1;
            match leaf {
                Leaf::Pred(predicate) if !own => (holds(predicate, given), false),
                _ => (None, own),
            }
        }
    });
    matters
}

/// Several parts, of which one with this value decides.
fn whole(parts: &[(Option<bool>, bool)], deciding: bool) -> (Option<bool>, bool) {
    if parts.iter().any(|(value, _)| *value == Some(deciding)) {
        return (Some(deciding), false);
    }
    let open = parts.iter().any(|(value, _)| value.is_none());
    ((!open).then_some(!deciding), parts.iter().any(|(_, own)| *own))
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
