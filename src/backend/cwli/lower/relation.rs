//! Comparisons of two fields.

use super::leaf::whose;
use super::place::HeldAs;
use super::{At, Lowering, present};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{Decimal, Expr, Function, Name, Operator, Value};
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Relation};
use crate::schema::{Path, Step};
use crate::source::Span;

impl Lowering<'_> {
    pub(super) fn field_ref(
        &mut self,
        field: &FieldUse,
        relation: Relation,
        other: &FieldUse,
        cased: bool,
        place: &At,
        span: Span,
    ) -> Option<Expr> {
        let reaches =
            |path: &Path| path.steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }));
        if reaches(&field.path) || reaches(&other.path) {
            return self.ledger.refuse(
                Diagnostic::new(
                    &shared::FIELDREF,
                    span,
                    "the target cannot compare fields that have several values",
                )
                .help("compare fields with one value each"),
            );
        }
        let left = self.source(field, place)?.name;
        let right = self.source(other, place)?.name;
        let kinds = (HeldAs::of(&field.ty), HeldAs::of(&other.ty));
        if kinds != (HeldAs::Text, HeldAs::Text) {
            self.note_type(place, Direction::Either, span);
        }
        if !cased {
            self.ledger.note(
                &shared::CASE_FOLDING,
                place.polarity,
                Direction::Either,
                span,
                "may miss or also find events in which the two differ in the case of letters outside ASCII",
            );
        }
        let text = |name: &Name| {
            let field = Value::Field(name.clone());
            if cased { field } else { Value::Call(Function::ToLower, vec![field]) }
        };
        let (whole, part) = (text(&left), text(&right));
        let length = |value: &Value| Value::Call(Function::StrLen, vec![value.clone()]);
        let number = |number: i128| Value::Number(Decimal::integer(number));
        let related = match relation {
            Relation::Equals => Expr::Compare(whole, Operator::Equal, part),
            Relation::Contains => Expr::Compare(
                Value::Call(Function::StrContains, vec![whole, part]),
                Operator::Equal,
                number(1),
            ),
            Relation::StartsWith => Expr::Compare(
                Value::Call(Function::Substr, vec![whole, number(0), length(&part)]),
                Operator::Equal,
                part,
            ),
            Relation::EndsWith => {
                let start = Value::Minus(Box::new(length(&whole)), Box::new(length(&part)));
                let fits = Expr::Compare(length(&whole), Operator::GreaterOrEqual, length(&part));
                let tail = Value::Call(Function::Substr, vec![whole, start]);
                Expr::and(vec![fits, Expr::Compare(tail, Operator::Equal, part)])?
            }
        };
        let related = if relation == Relation::Equals || other.never_empty {
            related
        } else {
            // Every text has the empty one as a part; whether the functions say so is not documented.
            self.note_null(&whose(other), place, Direction::Wider, span);
            let empty = Value::Call(Function::IsEmpty, vec![Value::Field(right.clone())]);
            Expr::or(vec![Expr::Compare(empty, Operator::Equal, number(1)), related])?
        };
        Expr::and(vec![present(left), present(right), related])
    }
}
