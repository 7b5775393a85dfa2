//! What a formula says, with less.

use super::{Condition, Element, Formula, Predicate, Quantifier, Subject};
use crate::schema::Type;

impl Formula {
    /// The same formula without what is settled: a test of an object's text is false, since an object satisfies
    /// `exists` and `null` alone, and constants inside statements about elements are brought out.
    /// Afterwards a constant is the whole formula, or says that some element is there, or the one at an index.
    #[must_use]
    pub fn simplified(self) -> Self {
        self.rewrite(&mut |leaf| match leaf {
            Self::Pred(predicate) if asks_an_object(&predicate) => Self::False,
            Self::Elem(element) if matches!(element.body, Self::True | Self::False) => constant(*element),
            _ => leaf,
        })
    }
}

fn asks_an_object(predicate: &Predicate) -> bool {
    matches!(&predicate.subject, Subject::Field(field) if matches!(field.ty, Type::Object(_) | Type::Map(_)))
        && !matches!(predicate.test, Condition::Exists | Condition::Null)
}

/// A statement about elements whose body is a constant: it speaks of how many there are, if of anything.
fn constant(element: Element) -> Formula {
    let Element { array, quantifier, body, span } = element;
    let holds = matches!(body, Formula::True);
    let (quantifier, negate) = match (quantifier, holds) {
        (Quantifier::Any | Quantifier::All | Quantifier::Index(_), false) => return Formula::False,
        (Quantifier::None, false) | (Quantifier::AllOrEmpty, true) => return Formula::True,
        (Quantifier::Index(at), true) => (Quantifier::Index(at), false),
        (Quantifier::Any | Quantifier::All, true) => (Quantifier::Any, false),
        (Quantifier::None, true) | (Quantifier::AllOrEmpty, false) => (Quantifier::Any, true),
    };
    let found = Formula::Elem(Box::new(Element { array, quantifier, body: Formula::True, span }));
    if negate { found.not() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{FieldUse, Leaf, Polarity};
    use crate::schema::{Base, ObjectType, Path, Step};
    use crate::source::Span;

    fn field(name: &str, ty: Type, test: Condition) -> Formula {
        let path = Path { base: Base::Event, steps: vec![Step::Key(name.into())] };
        let field = FieldUse {
            path,
            ty,
            never_empty: false,
            never_null: false,
            always: false,
            text: name.to_owned(),
            span: Span::default(),
        };
        let subject = Subject::Field(field);
        Formula::Pred(Box::new(Predicate { subject, test, span: Span::default() }))
    }

    fn string(name: &str) -> Formula {
        field(name, Type::String, Condition::Present)
    }

    fn over(quantifier: Quantifier, body: Formula) -> Formula {
        let array = Path { base: Base::Event, steps: vec![Step::Key("a".into())] };
        Formula::Elem(Box::new(Element { array, quantifier, body, span: Span::default() }))
    }

    #[test]
    fn what_is_settled_goes() {
        let object = |test| field("o", Type::Object(ObjectType::default().into()), test);
        for (formula, expected) in [
            (object(Condition::Present), "false"),
            (Formula::or([string("x"), object(Condition::Present)]), "x present"),
            (object(Condition::Exists), "o exists"),
            (object(Condition::Null), "o null"),
            (over(Quantifier::Any, object(Condition::Present)), "false"),
            (over(Quantifier::Index(0), Formula::True), "[0] a (true)"),
            (over(Quantifier::All, Formula::False), "false"),
            (over(Quantifier::All, Formula::True), "any a (true)"),
            (over(Quantifier::AllOrEmpty, Formula::True), "true"),
            (over(Quantifier::AllOrEmpty, Formula::False), "!any a (true)"),
            (over(Quantifier::None, Formula::False), "true"),
            (over(Quantifier::None, Formula::True), "!any a (true)"),
            (over(Quantifier::Any, over(Quantifier::None, Formula::False)), "any a (true)"),
        ] {
            let before = formula.to_string();
            assert_eq!(formula.simplified().to_string(), expected, "{before}");
        }
    }

    #[test]
    fn leaves_come_in_order_with_their_sign_and_element() {
        let inner = over(Quantifier::None, string("b"));
        let formula = Formula::and([string("a"), Formula::or([inner, string("c")]).not()]);
        let found: Vec<(String, bool, bool)> = formula
            .leaves()
            .map(|found| {
                let name = match found.leaf {
                    Leaf::Pred(predicate) => predicate.fields().map(|field| field.text.clone()).collect(),
                    Leaf::Elem(element) => format!("in {}", element.array),
                };
                (name, found.polarity == Polarity::Positive, found.element.is_some())
            })
            .collect();
        let expected = [("a", true, false), ("in a", false, false), ("b", true, true), ("c", false, false)];
        assert_eq!(found, expected.map(|(name, sign, inside)| (name.to_owned(), sign, inside)));
        assert_eq!((formula.depth(), formula.size()), (5, 3));
    }
}
