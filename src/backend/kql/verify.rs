//! Finds in a query what Microsoft's parser accepts although it can never be meant.
//!
//! The parser and binder do not see a comparison of two literals, a text compared with a number, `isnull` of a text
//! (always false), or a bare truth value that loses null rows under `not`; rules compiled into such queries stay green
//! and never fire. The back end asserts that none of its queries is of this kind.

use std::collections::BTreeMap;

use super::ast::{Apply, Compare, Expr, Function, Name, Operator, Query};
use crate::schema::ColumnType;

/// What is wrong with `query`, whose table has `columns`; columns that are not listed may have any type.
pub fn verify(query: &Query, columns: &BTreeMap<&str, ColumnType>) -> Vec<String> {
    let columns = columns.iter().map(|(name, ty)| (Name::from(*name), *ty)).collect();
    let mut verifier = Verifier { columns, problems: Vec::new() };
    for operator in &query.operators {
        verifier.operator(operator);
    }
    verifier.problems
}

struct Verifier {
    columns: BTreeMap<Name, ColumnType>,
    problems: Vec<String>,
}

impl Verifier {
    fn operator(&mut self, operator: &Operator) {
        match operator {
            Operator::Where(expr) => self.condition(expr),
            Operator::Extend(columns) => {
                for (name, expr) in columns {
                    self.expr(expr);
                    self.define(name, self.ty(expr));
                }
            }
            Operator::Apply(apply) => self.apply(apply),
            Operator::ProjectAway(names) => names.iter().for_each(|name| {
                self.columns.remove(name);
            }),
            Operator::Project(columns) => {
                let mut seen = std::collections::BTreeSet::new();
                for (name, expr) in columns {
                    if !seen.insert(name) {
                        self.problems.push(format!("`{name}` is projected twice"));
                    }
                    if let Some(expr) = expr {
                        self.expr(expr);
                    }
                }
            }
        }
    }

    fn apply(&mut self, apply: &Apply) {
        self.expr(&apply.array);
        self.define(&apply.item, Some(ColumnType::Dynamic));
        apply.first.iter().for_each(|expr| self.expr(expr));
        for nested in &apply.nested {
            self.apply(nested);
        }
        apply.then.iter().for_each(|expr| self.expr(expr));
        for (name, expr) in &apply.flags {
            self.condition(expr);
            self.define(name, Some(ColumnType::Integer));
        }
    }

    fn define(&mut self, name: &Name, ty: Option<ColumnType>) {
        match ty {
            Some(ty) => self.columns.insert(name.clone(), ty),
            None => self.columns.remove(name),
        };
    }

    fn problem(&mut self, what: &str, expr: &Expr) {
        self.problems.push(format!("{what}: {}", super::print::flat(expr)));
    }

    /// An expression in the place of a truth value.
    fn condition(&mut self, expr: &Expr) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.condition(part)),
            Expr::Not(inner) => {
                self.condition(inner);
                if may_be_null(inner) {
                    self.problem("a negation of what may be null", expr);
                }
            }
            other => {
                if self.ty(other).is_some_and(|ty| ty != ColumnType::Boolean) {
                    self.problem("not a boolean", other);
                }
                if matches!(other, Expr::Column(_) | Expr::Member(..)) {
                    self.problem("a bare boolean", other);
                }
                self.expr(other);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Compare(left, operator, right) => {
                self.compare(expr, left, *operator, std::slice::from_ref(right));
            }
            Expr::In { value, fold, list } => {
                let operator = if *fold { Compare::EqualsFold } else { Compare::Equals };
                let list: Vec<Box<Expr>> = list.iter().cloned().map(Box::new).collect();
                self.compare(expr, value, operator, &list);
            }
            Expr::Call(Function::IsNull | Function::IsNotNull, arguments)
                if arguments.iter().any(|argument| self.ty(argument) == Some(ColumnType::String)) =>
            {
                self.problem("a text is never null", expr);
            }
            Expr::Call(Function::IsEmpty | Function::IsNotEmpty, arguments)
                if arguments.iter().any(|argument| {
                    self.ty(argument)
                        .is_some_and(|ty| !matches!(ty, ColumnType::String | ColumnType::Dynamic))
                }) =>
            {
                self.problem("a number is never empty", expr);
            }
            Expr::Member(inner, _) | Expr::Index(inner, _)
                if self.ty(inner).is_some_and(|ty| ty != ColumnType::Dynamic) =>
            {
                self.problem("a member of what is not dynamic", expr);
            }
            _ => {}
        }
        if let Expr::Compare(
            _,
            operator @ (Compare::Contains | Compare::StartsWith | Compare::EndsWith),
            right,
        ) = expr
            && matches!(&**right, Expr::Text(text) if text.is_empty())
        {
            self.problem(&format!("`{}` of the empty text is always true", operator.text()), expr);
        }
        for operand in expr.operands() {
            self.expr(operand);
        }
    }

    fn compare(&mut self, expr: &Expr, left: &Expr, operator: Compare, right: &[Box<Expr>]) {
        if is_literal(left) && right.iter().all(|right| is_literal(right)) {
            self.problem("a comparison of literals", expr);
        }
        let left_ty = self.ty(left);
        // Of a dynamic value it searches the text.
        if operator == Compare::Has && left_ty == Some(ColumnType::Dynamic) {
            return;
        }
        if operator.of_text() && left_ty.is_some_and(|ty| ty != ColumnType::String) {
            self.problem("a text operator on another type", expr);
        }
        for right in right {
            let Some((left, right)) = left_ty.zip(self.ty(right)) else { continue };
            let number = |ty| matches!(ty, ColumnType::Integer | ColumnType::Real);
            if left != right && !(number(left) && number(right)) {
                self.problem("a comparison of different types", expr);
            }
        }
    }

    fn ty(&self, expr: &Expr) -> Option<ColumnType> {
        Some(match expr {
            Expr::Column(name) => return self.columns.get(name).copied(),
            Expr::Member(..) | Expr::Index(..) => ColumnType::Dynamic,
            Expr::Text(_) | Expr::Pattern(_) => ColumnType::String,
            Expr::Integer(_) => ColumnType::Integer,
            Expr::Real(_) => ColumnType::Real,
            Expr::DateTime(_) => ColumnType::DateTime,
            // Of a time and a length of time, or of numbers: nothing that a rule's own tests compare.
            Expr::Timespan(_) | Expr::Arithmetic(..) => return None,
            Expr::Boolean(_)
            | Expr::Compare(..)
            | Expr::In { .. }
            | Expr::AnyColumn(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_) => ColumnType::Boolean,
            Expr::Call(function, arguments) => match function {
                Function::ArrayLength
                | Function::Count
                | Function::CountIf
                | Function::DatetimePart
                | Function::DayOfMonth
                | Function::GetYear
                | Function::HourOfDay
                | Function::MonthOfYear
                | Function::WeekOfYear
                | Function::ToLong => ColumnType::Integer,
                Function::ToReal | Function::Average => ColumnType::Real,
                Function::BagHasKey
                | Function::Ipv4IsInAnyRange
                | Function::Ipv4IsInRange
                | Function::Ipv6IsInRange
                | Function::IsEmpty
                | Function::IsNotEmpty
                | Function::IsNotNull
                | Function::IsNull => ColumnType::Boolean,
                Function::ArraySlice
                | Function::ArraySortAsc
                | Function::MakeList
                | Function::MakeSet
                | Function::PackArray
                | Function::ParseJson
                | Function::SetDifference => ColumnType::Dynamic,
                Function::ToDateTime => ColumnType::DateTime,
                Function::GetType | Function::ReplaceRegex | Function::ToString => ColumnType::String,
                Function::Coalesce | Function::Iff => return arguments.last().and_then(|last| self.ty(last)),
                Function::Bin
                | Function::Max
                | Function::MaxIf
                | Function::Min
                | Function::MinIf
                | Function::Previous
                | Function::Sum
                | Function::TakeAny => {
                    return arguments.first().and_then(|first| self.ty(first));
                }
            },
        })
    }
}

fn may_be_null(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(may_be_null),
        Expr::Not(inner) => may_be_null(inner),
        Expr::Compare(left, operator, right) => {
            operator.can_be_null() && !(never_null(left) && never_null(right))
        }
        Expr::Call(Function::Ipv4IsInRange | Function::Ipv6IsInRange | Function::BagHasKey, _) => true,
        _ => false,
    }
}

fn never_null(expr: &Expr) -> bool {
    match expr {
        // Flags are counts.
        Expr::Column(name) => name.0.starts_with("_m"),
        Expr::Integer(_) | Expr::Real(_) | Expr::DateTime(_) => true,
        Expr::Call(Function::Coalesce, arguments) => arguments.last().is_some_and(never_null),
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Text(_)
            | Expr::Pattern(_)
            | Expr::Integer(_)
            | Expr::Real(_)
            | Expr::Boolean(_)
            | Expr::DateTime(_)
    )
}
