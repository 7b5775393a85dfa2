//! When two formulas say the same in the same words, whatever order alternatives are in.

use std::fmt::Write as _;

use super::{Condition, Element, FieldUse, Formula, Leaf, Node, Predicate, Subject};

impl Formula {
    /// A text that two formulas over one log share only where they say the same. Places, spellings of names, and the
    /// order of what is joined do not count; what differs in form alone may have two texts.
    pub fn identity(&self) -> String {
        self.fold(&mut |node| match node {
            Node::Constant(value) => value.to_string(),
            Node::Not(inner) => format!("!({inner})"),
            Node::And(parts) => joined("and", parts),
            Node::Or(parts) => joined("or", parts),
            Node::Leaf(Leaf::Pred(predicate)) => of_predicate(predicate),
            Node::Leaf(Leaf::Elem(element)) => {
                let Element { array, quantifier, body, .. } = element;
                format!("{quantifier:?} of {array:?} ({})", body.identity())
            }
        })
    }
}

/// Parts in one order, each once; quoted by their lengths, so that no two lists are one text.
fn joined(word: &str, mut parts: Vec<String>) -> String {
    parts.sort_unstable();
    parts.dedup();
    let mut text = format!("{word}[");
    for part in parts {
        let _ = write!(text, "{}:{part}", part.len());
    }
    text.push(']');
    text
}

fn of_predicate(predicate: &Predicate) -> String {
    let subject = match &predicate.subject {
        Subject::Field(field) => of_field(field),
        Subject::Event => "event".to_owned(),
    };
    format!("{subject} {}", of_condition(&predicate.test))
}

fn of_field(field: &FieldUse) -> String {
    format!("{:?}:{}", field.path, field.ty.name())
}

fn of_condition(condition: &Condition) -> String {
    let list = |word: &str, parts: Vec<String>| joined(word, parts);
    match condition {
        Condition::Text(texts) => {
            list("text", texts.iter().map(|text| format!("{:?}{}", text.shape, text.cased)).collect())
        }
        Condition::Listed(listed) => {
            let values = listed.texts.iter().flatten().map(|text| format!("{:?}", text.shape)).collect();
            let values = joined("of", values);
            format!("listed {:?} {} {} {values}", listed.name, listed.texts.is_some(), listed.cased)
        }
        Condition::Regex(patterns) => {
            let one = |regex: &super::Regex| {
                let flags = (regex.ignore_case, regex.multi_line, regex.dot_all);
                format!("{:?}{flags:?}", regex.pattern)
            };
            list("regex", patterns.iter().map(one).collect())
        }
        Condition::Number(numbers) => {
            list("number", numbers.iter().map(|number| format!("{number:?}")).collect())
        }
        Condition::Order(order, number) => format!("{order:?} {number:?}"),
        Condition::Boolean(value) => value.to_string(),
        Condition::Time(order, time) => format!("time {order:?} {time:?}"),
        Condition::TimePart(part, test) => format!("{part:?} {test:?}"),
        Condition::Cidr(blocks) => list("cidr", blocks.iter().map(|block| format!("{block:?}")).collect()),
        Condition::Present => "present".to_owned(),
        Condition::Null => "null".to_owned(),
        Condition::Exists => "exists".to_owned(),
        Condition::FieldRef { relation, other, cased } => {
            format!("{relation:?} {} {cased}", of_field(other))
        }
    }
}
