//! What a statement implies of a text that holds everything that it speaks of, such as a record or a column whose form
//! is not known: each text that it needs is somewhere in there.

use crate::ir::{Condition, Formula, Leaf, Node, Predicate, Quantifier, Subject, Text};
use crate::schema::Step;
use crate::text::TextPattern;

/// A formula that holds wherever `formula` does, made of searches of texts in `subject` alone.
///
/// `written` gives the part of a text that the subject holds as it is, where there is one.
pub fn implied(formula: &Formula, subject: &Subject, written: &impl Fn(&str) -> Option<String>) -> Formula {
    formula.fold(&mut |node| match node {
        Node::Constant(value) => {
            if value {
                Formula::True
            } else {
                Formula::False
            }
        }
        Node::And(parts) => Formula::and(parts),
        Node::Or(parts) => Formula::or(parts),
        // What is searched wider, is denied of too much.
        Node::Not(_) => Formula::True,
        Node::Leaf(Leaf::Pred(predicate)) => searched(predicate, subject, written),
        Node::Leaf(Leaf::Elem(element)) => match element.quantifier {
            Quantifier::Any | Quantifier::All | Quantifier::Index(_) => {
                implied(&element.body, subject, written)
            }
            Quantifier::AllOrEmpty | Quantifier::None => Formula::True,
        },
    })
}

fn searched(predicate: &Predicate, subject: &Subject, written: &impl Fn(&str) -> Option<String>) -> Formula {
    let Condition::Text(texts) = &predicate.test else { return Formula::True };
    // Text inside of text is written with escapes of its own.
    if matches!(&predicate.subject, Subject::Field(field) if field.path.steps.contains(&Step::Json)) {
        return Formula::True;
    }
    let found: Option<Vec<Text>> = texts
        .iter()
        .map(|text| {
            let literal = text.shape.literals().filter_map(written).max_by_key(String::len)?;
            Some(Text { shape: TextPattern::Contains(literal), member: false, ..text.clone() })
        })
        .collect();
    let Some(texts) = found else { return Formula::True };
    let test = Condition::Text(texts);
    Formula::Pred(Box::new(Predicate { subject: subject.clone(), test, span: predicate.span }))
}

/// The longest run of characters that JSON writes as they are.
pub fn plain(text: &str) -> Option<String> {
    let plain = |char: char| char == ' ' || char.is_ascii_graphic() && !matches!(char, '"' | '\\');
    let runs = text.split(|char| !plain(char)).filter(|run| !run.is_empty());
    runs.max_by_key(|run| run.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_run_that_json_leaves_alone() {
        for (text, expected) in [
            ("/auth/admin.directory.user", Some("/auth/admin.directory.user")),
            ("a\"bcd\\e", Some("bcd")),
            ("é", None),
            ("", None),
            ("x y\n", Some("x y")),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text:?}");
        }
    }
}
