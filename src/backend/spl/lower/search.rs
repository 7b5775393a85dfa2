//! What the base search can state exactly.
//!
//! `search` compares the text of a field without regard to case, reads `*` as a wildcard that nothing escapes, reads
//! a value that is an address block as a network, and prunes by the raw text of the event, where JSON may spell
//! characters otherwise.

use super::field::{is_document, taken};
use super::leaf::{by_spelling, satisfies, spelling};
use super::{Inside, Lowering};
use crate::backend::frame::Stored;
use crate::backend::spl::ast::{Name, Search, Text, Value};
use crate::ir::{Condition, Formula, Leaf, Node, Predicate, Subject, Text as Wanted, TextPattern};
use crate::schema::{Base, Decode, Step, Type};

/// One value, or a list of them.
pub(super) fn one_of(name: Name, mut values: Vec<Value>) -> Search {
    if values.len() == 1 { Search::Compare(name, values.remove(0)) } else { Search::In(name, values) }
}

impl Lowering<'_> {
    /// The formula in the base search, if that means exactly the same.
    pub(super) fn searchable(&self, formula: &Formula) -> Option<Search> {
        formula.fold(&mut |node| match node {
            Node::Not(inner) => Some(Search::Not(Box::new(inner?))),
            Node::And(parts) => Some(Search::And(parts.into_iter().collect::<Option<_>>()?)),
            Node::Or(parts) => Some(Search::Or(parts.into_iter().collect::<Option<_>>()?)),
            Node::Leaf(Leaf::Pred(predicate)) => self.search_leaf(predicate),
            Node::Constant(_) | Node::Leaf(Leaf::Elem(_)) => None,
        })
    }

    fn search_leaf(&self, predicate: &Predicate) -> Option<Search> {
        let Subject::Field(field) = &predicate.subject else { return None };
        let folded = |step: &Step| matches!(step, Step::First(_) | Step::Json);
        let plain = !self.crosses(&field.path, &Inside::default());
        if !plain || field.path.steps.iter().any(folded) || field.path.base != Base::Event {
            return None;
        }
        if self.describes() && is_document(&field.ty) {
            return None;
        }
        let untyped = matches!(field.ty, Type::Any | Type::Object(_) | Type::Map(_));
        if self.describes() && untyped && !matches!(field.path.steps.last(), Some(Step::Dotted(_))) {
            return None;
        }
        let mut ghosts = vec!["null"];
        if let Stored::Column(column) = self.frame.stored(&field.path) {
            if column.decode != Decode::None || !column.values.is_empty() {
                return None;
            }
            ghosts.extend(column.absent_as.iter().map(String::as_str));
        }
        let name = self.auto_name(&field.path.steps).filter(|name| !taken(name.as_str()))?;
        if let (Condition::Cidr(blocks), false) = (&predicate.test, predicate.reads_ports()) {
            let tests = blocks.iter().map(|block| {
                let text = Text::new(format!("{}/{}", block.first, block.prefix))?;
                Some(Search::Compare(name.clone(), Value::new(false, text, false)?))
            });
            let mut tests: Vec<Search> = tests.collect::<Option<_>>()?;
            return if tests.len() < 2 { tests.pop() } else { Some(Search::Or(tests)) };
        }
        let values: Option<Vec<Value>> = match &predicate.test {
            Condition::Text(texts) => texts
                .iter()
                .map(|wanted| {
                    let value = pattern_value(wanted)?;
                    (!ghosts.iter().any(|ghost| satisfies(wanted, ghost))).then_some(value)
                })
                .collect(),
            Condition::Number(numbers) if by_spelling(field, numbers) => numbers
                .iter()
                .map(|number| Text::new(spelling(number)).and_then(|text| Value::new(false, text, false)))
                .collect(),
            Condition::Boolean(value) => Text::new(value.to_string())
                .and_then(|text| Value::new(false, text, false))
                .map(|value| vec![value]),
            _ => None,
        };
        Some(one_of(name, values?))
    }
}

/// A text as a value of the base search, if it means the same there.
fn pattern_value(wanted: &Wanted) -> Option<Value> {
    let (open, text, close) = match &wanted.shape {
        TextPattern::Equals(text) => (false, text, false),
        TextPattern::StartsWith(text) => (false, text, true),
        TextPattern::EndsWith(text) => (true, text, false),
        TextPattern::Contains(text) => (true, text, true),
        TextPattern::Glob(_) => return None,
    };
    if (wanted.cased && !wanted.member) || text.is_empty() || !text.chars().all(verbatim) || network(text) {
        return None;
    }
    Value::new(open, Text::new(text.as_str())?, close)
}

/// Whether JSON always spells the character as itself, and no part of Splunk reads it otherwise.
/// Some writers of JSON spell `& < > ' +` in hexadecimal.
pub(super) fn verbatim(char: char) -> bool {
    (char.is_ascii_graphic() || char == ' ')
        && !matches!(char, '"' | '\\' | '*' | '?' | '`' | '$' | '&' | '<' | '>' | '\'' | '+')
}

/// Whether `search` would read the value as an address block.
pub(super) fn network(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, prefix)| {
        prefix.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
    })
}
