//! Statements about array elements.
//!
//! `mv-apply _e0 = G on (summarize _m0 = countif(body))` adds the column `_m0` and keeps one row per event, where `G` is
//! the array, or one element made of what is not an array: without that, an empty array would lose its row.
//! The one element that stands for an empty array is null; where the body may hold on it, the test of the flag is
//! joined with a test that the array has elements.

use super::super::ast::{Apply, Compare, Expr, Function};
use super::place::{Held, RowValue};
use super::{Context, FLAG, ITEM, Inside, Lowerer, negation};
use crate::backend::codes as shared;
use crate::backend::frame::Lower as _;
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Element, FieldUse, Formula, Leaf, Node, Quantifier, Relation, Subject};
use crate::schema::{Base, Path, Step, Type};

impl Lowerer<'_> {
    /// A statement about the elements of an array.
    pub(super) fn statement(&mut self, element: &Element, context: &Context) -> Option<Expr> {
        if !self.is_flat(&element.array, &context.scope) {
            return match Formula::Elem(Box::new(element.clone())).quantified() {
                Formula::Elem(same) if matches!(same.quantifier, Quantifier::Index(_)) => {
                    self.refuse_array(element.span)
                }
                quantified => self.lower(&quantified, context),
            };
        }
        let array = self.array(&element.array, &array_use(element), context)?;
        let listed = self.is_listed(&element.array, context);
        let body = &element.body;
        match element.quantifier {
            Quantifier::Any => self.some(&array, listed, body, context),
            Quantifier::None => Some(negation(self.some(&array, listed, body, &context.negated())?)),
            Quantifier::AllOrEmpty => {
                // The failing elements are counted: the body itself is under a `not`, with its own sign.
                let failing = self.failing(&array, listed, body, context)?;
                Some(if holds_on_null(&body.clone().not()) {
                    Expr::or([failing, negation(has_elements(&array))])
                } else {
                    failing
                })
            }
            Quantifier::All => {
                let failing = self.failing(&array, listed, body, context)?;
                Some(Expr::and([failing, has_elements(&array)]))
            }
            Quantifier::Index(index) => {
                // Text that holds JSON, and logs without a schema, write one element without its array.
                let alone = !self.checked() || element.array.steps.contains(&Step::Json);
                let indexed = if alone { guarded(&array) } else { array.clone() };
                let item = Expr::Index(Box::new(indexed), index);
                let lowered = self.lower(body, &context.within(Inside::Element(item)))?;
                if !holds_on_null(body) {
                    return Some(lowered);
                }
                let reaches = length(&array).compare(
                    if index < 0 { Compare::GreaterOrEqual } else { Compare::Greater },
                    Expr::Integer(index.checked_abs().unwrap_or(i64::MAX)),
                );
                Some(Expr::and([Expr::call(Function::IsNotNull, array), reaches, lowered]))
            }
        }
    }

    /// Whether what is at the path is written as an array even when it has one element. JSON in a text, and what no
    /// schema knows, need not be.
    fn is_listed(&self, array: &Path, context: &Context) -> bool {
        let loose = |step: &Step| matches!(step, Step::Json | Step::Dotted(_) | Step::First(_));
        if !self.checked() || array.steps.iter().any(loose) {
            return false;
        }
        match (array.base, &context.scope) {
            (Base::Element, Inside::Element(Expr::Column(item))) => self.listed.contains(item),
            (Base::Element, _) => false,
            (Base::Event, _) => true,
        }
    }

    /// The array at a flat path.
    fn array(&mut self, path: &Path, field: &FieldUse, context: &Context) -> Option<Expr> {
        let place = self.place(path, field, context)?;
        match place.kind {
            Held::Dynamic | Held::Unknown => Some(place.expr),
            Held::Column(_) => {
                let message = format!("`{}` is not stored as an array", field.text);
                let finding = Diagnostic::new(&shared::COLUMN_TYPE, field.span, message);
                self.ledger.refuse(finding.help("test it as one value, or compile for another target"))
            }
        }
    }

    /// Whether some element satisfies the body.
    fn some(&mut self, array: &Expr, listed: bool, body: &Formula, context: &Context) -> Option<Expr> {
        if matches!(body, Formula::True) {
            return Some(has_elements(array));
        }
        let flag = self.flag(array, listed, |lowerer, item| {
            lowerer.lower(body, &context.within(Inside::Element(item)))
        })?;
        if holds_on_null(body) { Some(Expr::and([has_elements(array), flag])) } else { Some(flag) }
    }

    /// Whether no element fails the body; true without elements unless the failing of null counts.
    fn failing(&mut self, array: &Expr, listed: bool, body: &Formula, context: &Context) -> Option<Expr> {
        let inner = Context { guarded: true, ..context.clone() };
        let flag = self.flag(array, listed, |lowerer, item| {
            Some(negation(lowerer.lower(body, &inner.within(Inside::Element(item)))?))
        })?;
        Some(negation(flag))
    }

    /// The test that some element satisfies what `body` gives for it; constants need no flag.
    pub(super) fn flag(
        &mut self,
        array: &Expr,
        listed: bool,
        body: impl FnOnce(&mut Self, Expr) -> Option<Expr>,
    ) -> Option<Expr> {
        let at = self.open(array, listed);
        let apply = self.counted.last_mut()?.get_mut(at)?;
        let (item, nested) = (apply.item.clone(), std::mem::take(&mut apply.nested));
        self.counted.push(nested);
        let body = body(self, Expr::Column(item));
        let nested = self.counted.pop()?;
        let known = self.counted.last_mut()?.get_mut(at)?;
        known.nested = nested;
        let body = body?;
        if body == Expr::Boolean(false) {
            return Some(body);
        }
        let seen = (known.item.clone(), body);
        let name = if let Some(name) = self.flags.get(&seen) {
            name.clone()
        } else {
            let name = self.fresh(FLAG);
            let apply = self.counted.last_mut()?.get_mut(at)?;
            apply.flags.push((name.clone(), seen.1.clone()));
            self.flags.insert(seen, name.clone());
            name
        };
        Some(Expr::Column(name).compare(Compare::Greater, Expr::Integer(0)))
    }

    /// The place of the array among those that are counted around here.
    fn open(&mut self, array: &Expr, listed: bool) -> usize {
        let guarded = guarded(array);
        let found =
            self.counted.last().and_then(|frame| frame.iter().position(|apply| apply.array == guarded));
        found.unwrap_or_else(|| {
            let item = self.fresh(ITEM);
            if listed {
                self.listed.push(item.clone());
            }
            let (nested, flags) = (Vec::new(), Vec::new());
            let apply = Apply { item, array: guarded, nested, flags, first: None, then: None };
            let Some(frame) = self.counted.last_mut() else { return 0 };
            frame.push(apply);
            frame.len() - 1
        })
    }

    /// A comparison of two fields, either of which may lie in arrays.
    pub(super) fn fieldref(
        &mut self,
        left: &FieldUse,
        relation: Relation,
        right: &FieldUse,
        cased: bool,
        context: &Context,
    ) -> Option<Expr> {
        self.reach(&left.path.clone(), left, context, &mut |lowerer, left_place| {
            lowerer.reach(&right.path.clone(), right, context, &mut |lowerer, right_place| {
                Some(lowerer.relate((left, left_place), relation, (right, right_place), cased, context))
            })
        })
    }

    /// Whether what `then` gives holds for some value that the path reaches, opening the arrays on its way.
    fn reach(
        &mut self,
        path: &Path,
        field: &FieldUse,
        context: &Context,
        then: &mut dyn FnMut(&mut Self, &RowValue) -> Option<Expr>,
    ) -> Option<Expr> {
        if self.is_flat(path, &context.scope) {
            let place = self.place(path, field, context)?;
            return then(self, &place);
        }
        let Some(at) = path.steps.iter().position(|step| matches!(step, Step::Each | Step::Select { .. }))
        else {
            return self.refuse_array(field.span);
        };
        let (before, after) = path.steps.split_at(at);
        let outer = Path { base: path.base, steps: before.to_vec() };
        let array = self.array(&outer, field, context)?;
        let inner = Path { base: Base::Element, steps: after.iter().skip(1).cloned().collect() };
        let listed = self.is_listed(&outer, context);
        self.flag(&array, listed, |lowerer, item| {
            let scope = context.within(Inside::Element(item.clone()));
            let found = lowerer.reach(&inner, field, &scope, then)?;
            Some(match after.first() {
                Some(Step::Select { member, key }) => {
                    let value = Expr::call(Function::ToString, item.member(&**member));
                    Expr::and([value.compare(Compare::Equals, Expr::text(&**key)), found])
                }
                _ => found,
            })
        })
    }
}

/// Alternatives, with those that ask for some element of the same array joined: some element satisfies one or the other.
pub(super) fn merged(parts: &[Formula], crosses: impl Fn(&Formula) -> bool) -> Vec<Formula> {
    let mut merged: Vec<Formula> = Vec::new();
    for part in parts {
        let fields =
            matches!(part, Formula::Pred(predicate) if matches!(predicate.test, Condition::FieldRef { .. }));
        let part = if !fields && crosses(part) { part.clone().quantified() } else { part.clone() };
        let Formula::Elem(element) = &part else {
            merged.push(part);
            continue;
        };
        let same = merged.iter_mut().find_map(|other| match other {
            Formula::Elem(other)
                if element.quantifier == Quantifier::Any
                    && other.quantifier == Quantifier::Any
                    && other.array == element.array =>
            {
                Some(other)
            }
            _ => None,
        });
        match same {
            Some(other) => {
                let body = std::mem::replace(&mut other.body, Formula::False);
                other.body = Formula::or([body, element.body.clone()]);
            }
            None => merged.push(part),
        }
    }
    merged
}

/// The array, or an array of one: what `mv-apply` takes without losing a row.
pub(super) fn guarded(array: &Expr) -> Expr {
    let filled = Expr::call(Function::ArrayLength, array.clone()).compare(Compare::Greater, Expr::Integer(0));
    Expr::Call(Function::Iff, vec![filled, array.clone(), Expr::call(Function::PackArray, array.clone())])
}

/// The number of elements of what is there: a value that is not an array is an array of one.
fn length(array: &Expr) -> Expr {
    let length = Expr::call(Function::ArrayLength, array.clone());
    Expr::Call(Function::Coalesce, vec![length, Expr::Integer(1)])
}

fn has_elements(array: &Expr) -> Expr {
    let some = length(array).compare(Compare::Greater, Expr::Integer(0));
    Expr::and([Expr::call(Function::IsNotNull, array.clone()), some])
}

fn array_use(element: &Element) -> FieldUse {
    FieldUse {
        path: element.array.clone(),
        ty: Type::Any,
        never_empty: false,
        never_null: false,
        always: false,
        text: element.array.to_string(),
        span: element.span,
    }
}

/// Whether a test of an element itself may tell an empty array from null, which stands for its missing elements where a row
/// must not be lost: it is there, and its text is `[]`.
fn holds_on_empty(test: &Condition) -> bool {
    match test {
        Condition::Present | Condition::Exists | Condition::Null | Condition::Regex(_) => true,
        Condition::Text(texts) => super::stored::matches(texts, "[]"),
        _ => false,
    }
}

/// Whether a body may hold on an element that is null, or on the empty array in its place.
fn holds_on_null(body: &Formula) -> bool {
    possible(body).0
}

/// Whether the formula may be true, and may be false, on an element that is null.
fn possible(body: &Formula) -> (bool, bool) {
    let fixed = |value: bool| (value, !value);
    body.fold(&mut |node| match node {
        Node::Constant(value) => fixed(value),
        Node::Not((yes, no)) => (no, yes),
        Node::And(parts) => parts.into_iter().fold((true, false), |(a, b), (yes, no)| (a && yes, b || no)),
        Node::Or(parts) => parts.into_iter().fold((false, true), |(a, b), (yes, no)| (a || yes, b && no)),
        Node::Leaf(Leaf::Pred(predicate)) => match (&predicate.subject, &predicate.test) {
            (Subject::Field(field), test) if field.path.base == Base::Element => {
                // `null` holds on null, and fails on the empty array.
                if field.path.steps.is_empty() && holds_on_empty(test) {
                    (true, true)
                } else {
                    fixed(matches!(test, Condition::Null))
                }
            }
            _ => (true, true),
        },
        Node::Leaf(Leaf::Elem(element)) if element.array.base == Base::Element => {
            fixed(matches!(element.quantifier, Quantifier::AllOrEmpty | Quantifier::None))
        }
        Node::Leaf(Leaf::Elem(_)) => (true, true),
    })
}
