//! Turns array steps of paths into elements.

use super::{Condition, Element, FieldUse, Formula, Predicate, Quantifier, Subject, Text, TextPattern};
use crate::schema::{Base, Path, Step, Type};
use crate::source::Span;

/// The quantified form of `formula`.
pub(super) fn formula(formula: Formula) -> Formula {
    formula.rewrite(&mut |leaf| match leaf {
        Formula::Elem(element) => {
            let Element { array, quantifier, body, span } = *element;
            elements(array, quantifier, body, span)
        }
        Formula::Pred(predicate) => self::predicate(*predicate),
        other => other,
    })
}

/// An element statement whose own array lies behind other arrays.
/// `Any` distributes over the outer ones, and the other quantifiers are written with it; an index counts the union
/// of all elements and stays as it is.
fn elements(array: Path, quantifier: Quantifier, body: Formula, span: Span) -> Formula {
    let Some(at) = array_step(&array) else {
        return element(array, quantifier, body, span);
    };
    match quantifier {
        Quantifier::Any => {
            let (outer, step, inner) = cut(&array, at);
            let found = elements(inner, Quantifier::Any, body, span);
            element(outer, Quantifier::Any, with_key(step.as_ref(), found, span), span)
        }
        Quantifier::None => elements(array, Quantifier::Any, body, span).not(),
        Quantifier::AllOrEmpty => elements(array, Quantifier::Any, body.not(), span).not(),
        Quantifier::All => {
            let some = elements(array.clone(), Quantifier::Any, body.clone(), span);
            let fails = elements(array, Quantifier::Any, body.not(), span);
            Formula::and([some, fails.not()])
        }
        Quantifier::Index(_) => element(array, quantifier, body, span),
    }
}

fn element(array: Path, quantifier: Quantifier, body: Formula, span: Span) -> Formula {
    Formula::Elem(Box::new(Element { array, quantifier, body, span }))
}

fn array_step(path: &Path) -> Option<usize> {
    path.steps.iter().position(|step| matches!(step, Step::Each | Step::Select { .. }))
}

/// The path before the step at `at`, the step, and what follows it, relative to the element.
fn cut(path: &Path, at: usize) -> (Path, Option<Step>, Path) {
    let mut steps = path.steps.iter().cloned();
    let outer = Path { base: path.base, steps: steps.by_ref().take(at).collect() };
    let step = steps.next();
    (outer, step, Path { base: Base::Element, steps: steps.collect() })
}

/// `body` for the elements that the step selects.
fn with_key(step: Option<&Step>, body: Formula, span: Span) -> Formula {
    let Some(Step::Select { member, key }) = step else { return body };
    let field = FieldUse {
        path: Path { base: Base::Element, steps: vec![Step::Key(member.clone())] },
        ty: Type::String,
        never_empty: true,
        never_null: false,
        always: true,
        text: member.to_string(),
        span,
    };
    let text = Text { shape: TextPattern::Equals(key.to_string()), cased: true, member: true, span };
    let key = Predicate { subject: Subject::Field(field), test: Condition::Text(vec![text]), span };
    Formula::and([Formula::Pred(Box::new(key)), body])
}

fn predicate(mut predicate: Predicate) -> Formula {
    // The right side of a `fieldref` that is relative to the enclosing element would lose its anchor inside another
    // element.
    if matches!(&predicate.test, Condition::FieldRef { other, .. } if other.path.base == Base::Element) {
        return Formula::Pred(Box::new(predicate));
    }
    let Subject::Field(field) = &mut predicate.subject else {
        return Formula::Pred(Box::new(predicate));
    };
    let Some(at) = array_step(&field.path) else {
        return Formula::Pred(Box::new(predicate));
    };
    let (array, step, rest) = cut(&field.path, at);
    field.path = rest;
    // `null` says that nothing but null is reached: it is the negation of "something else is reached somewhere".
    let negate = matches!(predicate.test, Condition::Null);
    let span = predicate.span;
    let body = self::predicate(predicate);
    let body = with_key(step.as_ref(), if negate { body.not() } else { body }, span);
    let any = element(array, Quantifier::Any, body, span);
    if negate { any.not() } else { any }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(base: Base, text: &str) -> Path {
        let mut steps = Vec::new();
        for part in text.split('.').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((member, key)) => steps.push(Step::Select { member: member.into(), key: key.into() }),
                None if part == "[]" => steps.push(Step::Each),
                None => steps.push(Step::Key(part.into())),
            }
        }
        Path { base, steps }
    }

    fn field(base: Base, text: &str) -> FieldUse {
        FieldUse {
            path: path(base, text),
            ty: Type::String,
            never_empty: false,
            never_null: false,
            always: false,
            text: text.into(),
            span: Span::default(),
        }
    }

    fn pred(base: Base, text: &str, condition: Condition) -> Formula {
        Formula::Pred(Box::new(Predicate {
            subject: Subject::Field(field(base, text)),
            test: condition,
            span: Span::default(),
        }))
    }

    fn equals(base: Base, text: &str) -> Formula {
        let shape = TextPattern::Equals("v".into());
        pred(
            base,
            text,
            Condition::Text(vec![Text { shape, cased: false, member: false, span: Span::default() }]),
        )
    }

    fn over(text: &str, quantifier: Quantifier) -> Formula {
        element(path(Base::Event, text), quantifier, equals(Base::Element, "x"), Span::default())
    }

    fn check(formula: Formula, expected: &str) {
        let before = formula.to_string();
        assert_eq!(formula.quantified().to_string(), expected, "{before}");
    }

    #[test]
    fn array_steps_become_elements() {
        check(equals(Base::Event, "a.b"), r#"a.b = "v""#);
        check(equals(Base::Event, "a.[].b"), r#"any a (.b = "v")"#);
        check(equals(Base::Event, "a.[].b.[]"), r#"any a (any .b (. = "v"))"#);
        check(equals(Base::Event, "a.[].[]"), r#"any a (any . (. = "v"))"#);
        check(equals(Base::Event, "a.name=k.v"), r#"any a (.name =c! "k" & .v = "v")"#);
        check(equals(Base::Event, "t.[].m.name=k.v"), r#"any t (any .m (.name =c! "k" & .v = "v"))"#);
        check(equals(Base::Event, "a.[].b").not(), r#"!any a (.b = "v")"#);
    }

    #[test]
    fn null_speaks_of_every_reached_value() {
        check(pred(Base::Event, "a.[].b", Condition::Null), "!any a (!.b null)");
        check(pred(Base::Event, "a.[].b.[]", Condition::Null), "!any a (any .b (!. null))");
        check(pred(Base::Event, "a.name=k.v", Condition::Null), r#"!any a (.name =c! "k" & !.v null)"#);
        check(pred(Base::Event, "a.[].b", Condition::Exists), "any a (.b exists)");
    }

    #[test]
    fn quantifiers_distribute_over_outer_arrays() {
        check(over("a", Quantifier::All), r#"all a (.x = "v")"#);
        check(over("a.[].b", Quantifier::Any), r#"any a (any .b (.x = "v"))"#);
        check(over("a.[].b", Quantifier::None), r#"!any a (any .b (.x = "v"))"#);
        check(over("a.[].b", Quantifier::AllOrEmpty), r#"!any a (any .b (!.x = "v"))"#);
        check(
            over("a.[].b", Quantifier::All),
            r#"(any a (any .b (.x = "v")) & !any a (any .b (!.x = "v")))"#,
        );
        check(over("a.[].b", Quantifier::Index(0)), r#"[0] a[].b (.x = "v")"#);
    }

    #[test]
    fn a_fieldref_to_the_element_keeps_its_anchor() {
        let test = |base| Condition::FieldRef {
            relation: super::super::Relation::Equals,
            other: field(base, "o"),
            cased: false,
        };
        check(pred(Base::Element, "b.[].c", test(Base::Element)), ".b[].c = field .o");
        check(pred(Base::Element, "b.[].c", test(Base::Event)), "any .b (.c = field o)");
    }
}
