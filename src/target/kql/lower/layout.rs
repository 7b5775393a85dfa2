//! Orders the operators of a query: what is cheap first, what reshapes rows last.

use super::super::ast::{Compare, Expr, Function, Name, Operator};
use super::super::codes;
use super::{Context, Lowerer};
use crate::diagnostic::Diagnostic;
use crate::ir::FieldUse;
use crate::schema::{Path, Step};

impl Lowerer<'_> {
    /// The operators that filter by `condition` and then show `projection`.
    pub(super) fn arrange(
        &mut self,
        condition: Expr,
        mut projection: Vec<(Name, Option<Expr>)>,
    ) -> Vec<Operator> {
        let mut applies = self.frames.pop().unwrap_or_default();
        self.frames.clear();
        applies.retain(|apply| !apply.flags.is_empty());
        let flags: Vec<Name> =
            applies.iter().flat_map(|apply| &apply.flags).map(|(name, _)| name.clone()).collect();
        let mut conjuncts = match condition {
            Expr::And(parts) => parts,
            Expr::Boolean(true) => Vec::new(),
            other => vec![other],
        };
        let names_flag =
            |expr: &Expr| expr.any(&mut |part| matches!(part, Expr::Column(name) if flags.contains(name)));
        let mut flagged: Vec<Expr> = conjuncts.extract_if(.., |expr| names_flag(expr)).collect();
        conjuncts.sort_by_key(cost);

        let mut operators: Vec<Operator> = applies.into_iter().map(Operator::Apply).collect();
        let mut hoist = Hoist::default();
        conjuncts.iter().chain(&flagged).for_each(|expr| hoist.count(expr));
        operators.iter().for_each(|operator| hoist.count_operator(operator));
        projection.iter().filter_map(|(_, expr)| expr.as_ref()).for_each(|expr| hoist.count(expr));
        let parsed: Vec<(Name, Name)> = hoist
            .often()
            .into_iter()
            .map(|column| {
                let stem = format!("_{}", column.0);
                let name = if self.taken.insert(stem.clone()) { Name(stem) } else { self.fresh(&stem) };
                (column, name)
            })
            .collect();
        let reads = |expr: &Expr| {
            expr.any(&mut |part| is_parsed(part).is_some_and(|of| parsed.iter().any(|(c, _)| c == of)))
        };
        let early: Vec<Expr> = conjuncts.extract_if(.., |expr| !reads(expr)).collect();
        for expr in conjuncts.iter_mut().chain(&mut flagged) {
            replace(expr, &parsed);
        }
        for operator in &mut operators {
            replace_in(operator, &parsed);
        }
        for (_, expr) in &mut projection {
            expr.iter_mut().for_each(|expr| replace(expr, &parsed));
        }

        let filter =
            |parts: Vec<Expr>| if parts.is_empty() { None } else { Some(Operator::Where(Expr::and(parts))) };
        let parse = |column: &Name| Expr::call(Function::ParseJson, Expr::Column(column.clone()));
        let extend: Vec<(Name, Expr)> =
            parsed.iter().map(|(column, name)| (name.clone(), parse(column))).collect();
        let mut ordered: Vec<Operator> = Vec::new();
        ordered.extend(filter(early));
        ordered.extend((!extend.is_empty()).then_some(Operator::Extend(extend)));
        ordered.extend(filter(conjuncts));
        ordered.append(&mut operators);
        ordered.extend(filter(flagged));
        if projection.is_empty() {
            let helpers: Vec<Name> = parsed.into_iter().map(|(_, name)| name).chain(flags).collect();
            ordered.extend((!helpers.is_empty()).then_some(Operator::ProjectAway(helpers)));
        } else {
            ordered.push(Operator::Project(projection));
        }
        ordered
    }

    /// The columns for the fields of the rule: the time first, every value under a name, no column twice.
    pub(super) fn projection(&mut self, time: &str, fields: &[FieldUse]) -> Vec<(Name, Option<Expr>)> {
        if fields.is_empty() {
            return Vec::new();
        }
        let mut columns: Vec<(Name, Option<Expr>)> = vec![(Name::from(time), None)];
        for field in fields {
            // An array is shown whole, since its elements are many.
            let cut =
                field.path.steps.iter().position(|step| matches!(step, Step::Each | Step::Select { .. }));
            let steps = field.path.steps.iter().take(cut.unwrap_or(usize::MAX)).cloned().collect();
            let (whole, path) = (field.path.clone(), Path { base: field.path.base, steps });
            let path = if self.is_flat(&whole, &Context::default().scope) { whole } else { path };
            let is_scalar = path.steps.len() == field.path.steps.len();
            // What is said of the projection concerns no event.
            let said = std::mem::take(self.ledger);
            let place = self.place(&path, field, &Context::default());
            *self.ledger = said;
            let Some(place) = place else {
                let message =
                    format!("the table does not carry `{}`, so that the query cannot show it", field.text);
                self.ledger.remark(Diagnostic::new(&codes::FIELD_NOT_PROJECTED, field.span, message));
                continue;
            };
            let (name, value) = match &place.expr {
                Expr::Column(name) => (name.clone(), None),
                _ if is_scalar => (column_name(&path), Some(place.text())),
                _ => (column_name(&path), Some(place.expr.clone())),
            };
            if columns.iter().any(|(old, shown)| *shown == value && (value.is_some() || *old == name)) {
                continue;
            }
            let mut unique = name.clone();
            let mut at = 2;
            while columns.iter().any(|(old, _)| *old == unique) {
                unique = Name(format!("{}_{at}", name.0));
                at += 1;
            }
            columns.push((unique, value));
        }
        columns
    }
}

/// A name for the value at a path.
fn column_name(path: &Path) -> Name {
    let name: String =
        path.to_string().chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    Name(name.trim_matches('_').to_owned())
}

/// Equality on columns, then other tests of columns, then what reads inside values, then expressions.
fn cost(expr: &Expr) -> u8 {
    let mut cost = 0;
    expr.any(&mut |part| {
        cost = cost.max(match part {
            Expr::Compare(_, Compare::Matches, _) | Expr::AnyColumn(..) => 3,
            Expr::Member(..) | Expr::Index(..) | Expr::Call(Function::ParseJson, _) => 2,
            Expr::Compare(_, Compare::Equals, _) | Expr::In { fold: false, .. } => 0,
            Expr::Compare(..) | Expr::In { .. } | Expr::Call(..) | Expr::Or(_) => 1,
            _ => 0,
        });
        false
    });
    cost
}

/// The column whose JSON text the expression parses.
fn is_parsed(expr: &Expr) -> Option<&Name> {
    match expr {
        Expr::Call(Function::ParseJson, arguments) => match &arguments[..] {
            [Expr::Column(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Counts how often each column is parsed.
#[derive(Default)]
struct Hoist {
    counts: Vec<(Name, usize)>,
}

impl Hoist {
    fn count(&mut self, expr: &Expr) {
        expr.any(&mut |part| {
            if let Some(name) = is_parsed(part) {
                match self.counts.iter_mut().find(|(old, _)| old == name) {
                    Some((_, count)) => *count += 1,
                    None => self.counts.push((name.clone(), 1)),
                }
            }
            false
        });
    }

    fn count_operator(&mut self, operator: &Operator) {
        if let Operator::Apply(apply) = operator {
            visit(apply, &mut |expr| self.count(expr));
        }
    }

    fn often(self) -> Vec<Name> {
        self.counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
    }
}

fn visit(apply: &super::super::ast::Apply, see: &mut dyn FnMut(&Expr)) {
    see(&apply.array);
    apply.nested.iter().for_each(|nested| visit(nested, see));
    apply.flags.iter().for_each(|(_, expr)| see(expr));
}

fn replace_in(operator: &mut Operator, parsed: &[(Name, Name)]) {
    fn inside(apply: &mut super::super::ast::Apply, parsed: &[(Name, Name)]) {
        replace(&mut apply.array, parsed);
        apply.nested.iter_mut().for_each(|nested| inside(nested, parsed));
        apply.flags.iter_mut().for_each(|(_, expr)| replace(expr, parsed));
    }
    if let Operator::Apply(apply) = operator {
        inside(apply, parsed);
    }
}

fn replace(expr: &mut Expr, parsed: &[(Name, Name)]) {
    let known = is_parsed(expr).and_then(|column| parsed.iter().find(|(of, _)| of == column));
    match known {
        Some((_, name)) => *expr = Expr::Column(name.clone()),
        None => expr.operands_mut().into_iter().for_each(|operand| replace(operand, parsed)),
    }
}
