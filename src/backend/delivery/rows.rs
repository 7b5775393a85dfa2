//! What a formula means where each element of an array has a row of its own, and where the form of a column is not
//! published.

use super::super::fidelity::Ledger;
use super::super::{Direction, codes, loose};
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Condition, Element, FieldUse, Formula, Leaf, Node, Polarity, Predicate, Quantifier, Subject,
};
use crate::schema::{Base, Delivery, Located, Path, Step, Type};
use crate::source::Span;

/// The formula as it is in the rows of the delivery: what it says of an element of the array that the delivery has in
/// rows becomes plain tests.
///
/// An event is selected when some row of it is.
/// So a statement about some element is exact, several in one conjunction are asked of one row alone, and a statement
/// about every or no element holds as soon as one row does.
///
/// With `quantify` all else becomes [quantified](Formula::quantified).
pub(super) fn rows(
    formula: Formula,
    delivery: &Delivery,
    quantify: bool,
    ledger: &mut Ledger,
) -> Option<Formula> {
    let Some(array) = delivery.row() else {
        return Some(if quantify { formula.quantified() } else { formula });
    };
    let mut row = array.clone();
    row.steps.push(Step::Each);
    let usage = usage(&formula.clone().quantified(), &array, Polarity::Positive);
    if let Some(span) = usage.index {
        let message =
            format!("`{}` has one row for each element of `{array}`, without its place", delivery.name);
        let finding = Diagnostic::new(&codes::ARRAY_STATEMENT, span, message);
        return ledger
            .refuse(finding.help("state it about some element (`[any]`), or compile for another target"));
    }
    let message = |part: Direction, which: &str, how: &str| {
        let (effect, name) = (part.effect(), &delivery.name);
        format!(
            "{effect} events in which {which} of `{array}` satisfy the rule{how}: `{name}` has a row for each"
        )
    };
    if let Some(span) = usage.several.filter(|_| usage.count > 1) {
        ledger.note(
            &codes::ROW_PER_ELEMENT,
            Polarity::Positive,
            Direction::Narrower,
            span,
            message(Direction::Narrower, "several elements", " together"),
        );
    }
    if let Some(span) = usage.every {
        ledger.note(
            &codes::ROW_PER_ELEMENT,
            Polarity::Positive,
            Direction::Wider,
            span,
            message(Direction::Wider, "only some elements", ""),
        );
    }
    Some(Rows { delivery, array: &array, row: &row, quantify }.formula(formula))
}

/// The formula with searches of texts in place of what it says of the inside of a column whose form is not published.
pub(super) fn opaque(formula: Formula, delivery: &Delivery, ledger: &mut Ledger) -> Formula {
    if delivery.columns.iter().all(|column| !column.opaque) {
        return formula;
    }
    let signs: Vec<_> = formula.leaves().map(|found| (found.leaf.span(), found.polarity)).collect();
    formula.map(&mut |leaf| {
        let (path, span) = match &leaf {
            Formula::Elem(element) => (&element.array, element.span),
            Formula::Pred(predicate) => match &predicate.subject {
                Subject::Field(field) => (&field.path, predicate.span),
                Subject::Event => return leaf,
            },
            _ => return leaf,
        };
        let (Base::Event, Located::Column(column, rest)) = (path.base, delivery.locate(path)) else {
            return leaf;
        };
        let elements = matches!(&leaf, Formula::Elem(_));
        let Some(name) = column.name.as_ref().filter(|_| column.opaque && (elements || !rest.is_empty()))
        else {
            return leaf;
        };
        let message = format!("the form of `{name}` is not published: values are looked for anywhere in it");
        for (_, polarity) in signs.iter().filter(|(known, _)| *known == span) {
            ledger.note(&codes::OPAQUE_COLUMN, *polarity, Direction::Wider, span, message.clone());
        }
        let field = FieldUse {
            path: column.path.clone(),
            ty: Type::String,
            never_empty: false,
            never_null: false,
            always: false,
            text: column.path.name(),
            span,
        };
        loose::implied(&leaf.quantified(), &Subject::Field(field), &loose::plain)
    })
}

/// What a formula says of the elements of an array.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// How many statements about some element must hold together.
    count: usize,
    /// The last of these.
    several: Option<Span>,
    /// A statement about every element, or none.
    every: Option<Span>,
    /// A statement about the element at a place.
    index: Option<Span>,
}

impl Usage {
    fn some(span: Span) -> Self {
        Self { count: 1, several: Some(span), ..Self::default() }
    }

    fn join(self, other: Self, together: bool) -> Self {
        let larger = if other.count > self.count { other } else { self };
        Self {
            count: if together { self.count + other.count } else { larger.count },
            several: if together { other.several.or(self.several) } else { larger.several },
            every: self.every.or(other.every),
            index: self.index.or(other.index),
        }
    }
}

/// What a quantified formula says of the elements.
fn usage(formula: &Formula, array: &Path, polarity: Polarity) -> Usage {
    formula.fold_under(polarity, &mut |node, polarity| {
        let positive = polarity == Polarity::Positive;
        let all = |parts: Vec<Usage>, together: bool| {
            parts.into_iter().fold(Usage::default(), |sum, part| sum.join(part, together))
        };
        match node {
            Node::Constant(_) => Usage::default(),
            Node::Not(inner) => inner,
            Node::And(parts) => all(parts, positive),
            Node::Or(parts) => all(parts, !positive),
            Node::Leaf(Leaf::Pred(predicate)) => compared(predicate, array),
            Node::Leaf(Leaf::Elem(element)) if element.array == *array => {
                let own = match (element.quantifier, positive) {
                    (Quantifier::Any, true)
                    | (Quantifier::All | Quantifier::AllOrEmpty | Quantifier::None, false) => {
                        Usage::some(element.span)
                    }
                    (Quantifier::Index(_), _) => Usage { index: Some(element.span), ..Usage::default() },
                    _ => Usage { every: Some(element.span), ..Usage::default() },
                };
                own.join(usage(&element.body, array, polarity), true)
            }
            // A row has the elements of its own inner arrays alone, and an index counts those of all together.
            Node::Leaf(Leaf::Elem(element))
                if matches!(element.quantifier, Quantifier::Index(_)) && in_row(&element.array, array) =>
            {
                Usage { index: Some(element.span), ..Usage::default() }
            }
            Node::Leaf(Leaf::Elem(element)) => usage(&element.body, array, polarity),
        }
    })
}

/// Whether a path leads into the elements of an array.
fn in_row(path: &Path, array: &Path) -> bool {
    let rest = path.steps.strip_prefix(array.steps.as_slice()).filter(|_| path.base == Base::Event);
    rest.is_some_and(|rest| rest.first() == Some(&Step::Each))
}

/// A comparison with a field of some element.
fn compared(predicate: &Predicate, array: &Path) -> Usage {
    match &predicate.test {
        Condition::FieldRef { other, .. } if in_row(&other.path, array) => Usage::some(predicate.span),
        _ => Usage::default(),
    }
}

/// Rewrites what a formula says of the elements that are rows.
struct Rows<'a> {
    delivery: &'a Delivery,
    array: &'a Path,
    /// The array and [`Step::Each`].
    row: &'a Path,
    quantify: bool,
}

impl Rows<'_> {
    fn formula(&self, formula: Formula) -> Formula {
        formula.map(&mut |leaf| match leaf {
            Formula::Pred(predicate) => self.predicate(predicate),
            Formula::Elem(element) if element.array == *self.array => {
                let body = self.formula(rooted(element.body, self.row));
                if element.quantifier == Quantifier::None { body.not() } else { body }
            }
            Formula::Elem(element) => match self.inside(&element.array) {
                Some(rest) if opens(rest) => match Formula::Elem(element).quantified() {
                    // An index counts the elements of all inner arrays together and keeps the steps to them.
                    Formula::Elem(same) if self.inside(&same.array).is_some_and(opens) => Formula::Elem(same),
                    quantified => self.formula(quantified),
                },
                Some(_) if self.quantify => {
                    let body = element.body.quantified();
                    Formula::Elem(Box::new(Element { body, ..*element }))
                }
                None if self.quantify => Formula::Elem(element).quantified(),
                _ => Formula::Elem(element),
            },
            constant => constant,
        })
    }

    fn predicate(&self, predicate: Box<Predicate>) -> Formula {
        let path = match &predicate.subject {
            Subject::Field(field) => field.path.clone(),
            Subject::Event => return Formula::Pred(predicate),
        };
        match (self.inside(&path), &predicate.test) {
            // Each row stands for an element.
            (None, Condition::Exists) if path == *self.array => Formula::True,
            (None, _) if self.quantify => Formula::Pred(predicate).quantified(),
            (Some(rest), test) if !matches!(test, Condition::FieldRef { .. }) && opens(rest) => {
                if let Located::Column(_, rest) = self.delivery.locate(&path)
                    && !opens(rest)
                {
                    return Formula::Pred(predicate);
                }
                match Formula::Pred(predicate).quantified() {
                    same @ Formula::Pred(_) => same,
                    quantified => self.formula(quantified),
                }
            }
            _ => Formula::Pred(predicate),
        }
    }

    /// The steps from the row, of a path that lies in it.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p [Step]> {
        path.steps.strip_prefix(self.row.steps.as_slice()).filter(|_| path.base == Base::Event)
    }
}

/// Whether steps go on into an array.
fn opens(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }))
}

/// The body of an element statement, with its paths from the event.
fn rooted(body: Formula, row: &Path) -> Formula {
    let root = |path: &mut Path| {
        if path.base == Base::Element {
            let steps = row.steps.iter().chain(&path.steps).cloned().collect();
            *path = Path { base: Base::Event, steps };
        }
    };
    body.map(&mut |mut leaf| {
        match &mut leaf {
            Formula::Pred(predicate) => predicate.paths_mut().for_each(root),
            // What is inside starts at the inner element.
            Formula::Elem(element) => root(&mut element.array),
            _ => {}
        }
        leaf
    })
}
