//! The values among which an item of a rule lets an event choose, each alone.

use crate::ir::{Condition, Element, Formula, Leaf, PartTest, Predicate, Quantifier, Subject, Text};
use crate::source::{SourceFile, Span};

/// One of several values of an item.
#[derive(Debug)]
pub struct Alternative {
    /// The item.
    pub item: Span,
    /// Its field, as it is written; `None` for keywords.
    pub field: Option<String>,
    /// The value, as it is written.
    pub value: String,
    /// What an event that has the value satisfies.
    pub test: Formula,
}

/// The values of each item that has several, in the order of the formula.
pub fn alternatives(source: &SourceFile, formula: &Formula) -> Vec<Alternative> {
    let mut found = Vec::new();
    collect(source, formula, &[], &mut found);
    found.sort_by_key(|one| (one.item.start, one.item.end));
    let items = found.chunk_by(|one, next| one.item == next.item);
    let single =
        |of: &[Alternative]| of.iter().all(|one| of.first().is_some_and(|first| first.value == one.value));
    let single: Vec<Span> = items.filter(|of| single(of)).filter_map(|of| Some(of.first()?.item)).collect();
    found.retain(|one| !single.contains(&one.item));
    found
}

/// Adds the values of the predicates of a formula that is the body of these statements about elements.
fn collect(source: &SourceFile, formula: &Formula, around: &[&Element], found: &mut Vec<Alternative>) {
    for outermost in formula.leaves().filter(|found| found.element.is_none()) {
        match outermost.leaf {
            Leaf::Elem(element) => collect(source, &element.body, &[around, &[element]].concat(), found),
            Leaf::Pred(predicate) => {
                let field = match &predicate.subject {
                    Subject::Field(field) => Some(field.text.clone()),
                    Subject::Event => None,
                };
                found.extend(each(source, predicate).into_iter().map(|(value, test)| Alternative {
                    item: predicate.span,
                    field: field.clone(),
                    value,
                    test: within(Predicate { test, ..predicate.clone() }, around),
                }));
            }
        }
    }
}

/// That some element has the value, where it is in elements.
fn within(predicate: Predicate, around: &[&Element]) -> Formula {
    let body = Formula::Pred(Box::new(predicate));
    around.iter().rev().fold(body, |body, element| {
        let quantifier = match element.quantifier {
            Quantifier::Index(index) => Quantifier::Index(index),
            Quantifier::Any | Quantifier::All | Quantifier::AllOrEmpty | Quantifier::None => Quantifier::Any,
        };
        Formula::Elem(Box::new(Element {
            quantifier,
            body,
            array: element.array.clone(),
            span: element.span,
        }))
    })
}

/// The values of a predicate, each with the test for it alone.
fn each(source: &SourceFile, predicate: &Predicate) -> Vec<(String, Condition)> {
    let written = |span: Span| {
        let text = source.slice(span).trim();
        let bare = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
        bare.unwrap_or(text).to_owned()
    };
    match &predicate.test {
        Condition::Text(texts) => {
            // A value that is encoded in several ways is one value.
            let mut values: Vec<(Span, Vec<Text>)> = Vec::new();
            for text in texts {
                match values.iter_mut().find(|(span, _)| *span == text.span) {
                    Some((_, same)) => same.push(text.clone()),
                    None => values.push((text.span, vec![text.clone()])),
                }
            }
            values.into_iter().map(|(span, texts)| (written(span), Condition::Text(texts))).collect()
        }
        Condition::Regex(patterns) => {
            let one =
                |pattern: &crate::ir::Regex| (written(pattern.span), Condition::Regex(vec![pattern.clone()]));
            patterns.iter().map(one).collect()
        }
        Condition::Number(numbers) => {
            numbers.iter().map(|one| (one.to_string(), Condition::Number(vec![one.clone()]))).collect()
        }
        Condition::Cidr(blocks) => {
            blocks.iter().map(|one| (one.to_string(), Condition::Cidr(vec![*one]))).collect()
        }
        Condition::TimePart(part, PartTest::OneOf(wanted)) => {
            let one =
                |value: &u32| (value.to_string(), Condition::TimePart(*part, PartTest::OneOf(vec![*value])));
            wanted.iter().map(one).collect()
        }
        // A known list is not part of the rule.
        Condition::Listed(_)
        | Condition::TimePart(_, PartTest::Order(..))
        | Condition::Order(..)
        | Condition::Boolean(_)
        | Condition::Time(..)
        | Condition::Present
        | Condition::Null
        | Condition::Exists
        | Condition::FieldRef { .. } => Vec::new(),
    }
}
