//! Lowers a typed rule to a query.
//!
//! One walk over the formula gives a two-valued expression for each top-level conjunct: no leaf is ever null under a
//! `not`. Statements about array elements become flag columns, counted by `mv-apply … summarize countif()` in front of
//! the `where` that reads them, so that they stand under `or` and `not` and every row stays one row.
//! [`place`] finds where a field lives, [`array`] builds the flags, [`text`] and [`test`] lower the leaves, and
//! [`layout`] orders the operators.

mod array;
mod keyword;
mod layout;
mod place;
mod stored;
mod test;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::Kql;
use super::ast::{Comment, Compare, Expr, Function, Name, Query};
use super::codes;
use crate::backend::fidelity::Ledger;
use crate::backend::{Direction, Options, codes as shared, delivery};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Formula, Polarity, Predicate, Subject};
use crate::rule::DetectionRule;
use crate::schema::{ColumnType, Delivery};
use crate::source::Span;

/// The query of a rule; `None` when the ledger holds a refusal.
pub fn rule(
    kql: Kql,
    rule: &DetectionRule,
    typed: &TypedRule,
    options: &Options,
    ledger: &mut Ledger,
) -> Option<Query> {
    let span = rule.detection.span;
    let (delivery, formula) = delivery::chosen(rule, typed, kql.platform, false, ledger)?;
    let formula = &formula;
    let named = match delivery {
        Some(delivery) => options.for_log("kql.table").or(Some(delivery.name.as_str())),
        None => options.get("kql.table"),
    };
    let Some(table) = named else {
        let message = match &typed.schema {
            Some(schema) => format!("`{}` has no table in {}", schema.name, kql.platform.name()),
            None => format!("nothing is known of the table of this log in {}", kql.platform.name()),
        };
        let finding = Diagnostic::new(&codes::TABLE_NEEDED, rule.logsource.span, message);
        return ledger.refuse(
            finding.help("name the table with `--kql-table`, or as `[kql] table` in `sigmata.toml`"),
        );
    };
    if delivery.is_none() {
        let message = if typed.schema.is_some() {
            "the log has no mapping for KQL: the provider's names are taken as columns"
        } else {
            "the log has no schema: field names are taken as columns, and values inside arrays are not seen"
        };
        let span = rule.logsource.span;
        ledger.note(&shared::UNMAPPED, Polarity::Positive, Direction::Either, span, message);
    }
    let mut lowerer = Lowerer::new(delivery, typed.schema.is_some(), ledger);
    lowerer.reserve(formula);
    let mut conjuncts = lowerer.fixed();
    match formula {
        Formula::And(parts) => {
            let found: Vec<_> = parts.iter().map(|part| lowerer.formula(part, &Context::default())).collect();
            conjuncts.extend(found.into_iter().collect::<Option<Vec<_>>>()?);
        }
        other => conjuncts.push(lowerer.formula(other, &Context::default())?),
    }
    let condition = Expr::and(conjuncts);
    if condition == Expr::Boolean(false) {
        let finding = Diagnostic::new(&shared::NEVER_MATCHES, span, "the query can match no event");
        return lowerer
            .ledger
            .refuse(finding.help("`sigmata check` names the parts that contradict each other"));
    }
    let projection = lowerer.projection(kql.time, &typed.fields);
    let mut query = Query {
        comment: rule.meta.title.as_ref().and_then(|title| Comment::new(&title.value)),
        table: Name(table.to_owned()),
        operators: Vec::new(),
    };
    query.operators = lowerer.arrange(condition, projection);
    debug_assert_eq!(
        super::verify::verify(&query, &column_types(delivery)),
        [""; 0],
        "the query can be meant"
    );
    Some(query)
}

fn column_types(delivery: Option<&Delivery>) -> BTreeMap<&str, ColumnType> {
    let columns = delivery.into_iter().flat_map(|delivery| &delivery.columns);
    columns.filter_map(|column| Some((column.name.as_deref()?, column.ty))).collect()
}

/// How the names of flag columns begin.
const FLAG: &str = "_m";

/// How the names of elements begin.
const ITEM: &str = "_e";

/// Where a part of the formula stands.
#[derive(Clone, Debug, Default)]
struct Context {
    /// What relative paths are relative to.
    scope: Scope,
    /// The sign of the part in the whole.
    polarity: Polarity,
    /// Whether it stands under a `not` of the query, where null must not arise.
    guarded: bool,
}

impl Context {
    fn negated(&self) -> Self {
        Self { scope: self.scope.clone(), polarity: self.polarity.flip(), guarded: true }
    }

    fn within(&self, scope: Scope) -> Self {
        Self { scope, ..self.clone() }
    }
}

/// What a path with [`Base::Element`](crate::schema::Base::Element) starts from.
#[derive(Clone, Debug, Default)]
enum Scope {
    /// The event: there is no enclosing element.
    #[default]
    Event,
    /// A dynamic value.
    Element(Expr),
}

/// The state of one lowering.
struct Lowerer<'a> {
    delivery: Option<&'a Delivery>,
    /// Whether the rule was checked against a schema; without one names are taken as written.
    checked: bool,
    ledger: &'a mut Ledger,
    /// The arrays that are being counted: of the row, and of the elements around the current place.
    frames: Vec<Vec<super::ast::Apply>>,
    /// Names that columns have, so that flags get others.
    taken: BTreeSet<String>,
}

impl<'a> Lowerer<'a> {
    fn new(delivery: Option<&'a Delivery>, checked: bool, ledger: &'a mut Ledger) -> Self {
        let names = delivery
            .into_iter()
            .flat_map(|delivery| &delivery.columns)
            .filter_map(|column| column.name.clone());
        Self { delivery, checked, ledger, frames: vec![Vec::new()], taken: names.collect() }
    }

    /// Keeps generated names apart from the columns that an unchecked rule names.
    fn reserve(&mut self, formula: &Formula) {
        for predicate in formula.predicates() {
            if let Subject::Field(field) = &predicate.subject {
                self.taken.extend(field.text.split('.').map(str::to_owned));
            }
        }
    }

    /// A new name: `_m0`, `_m1`, …
    fn fresh(&mut self, stem: &str) -> Name {
        let mut at = 0;
        loop {
            let name = format!("{stem}{at}");
            if self.taken.insert(name.clone()) {
                return Name(name);
            }
            at += 1;
        }
    }

    /// The predicates that part the log from others in its table.
    fn fixed(&self) -> Vec<Expr> {
        let Some(delivery) = self.delivery else { return Vec::new() };
        delivery
            .discriminator
            .iter()
            .filter_map(|(path, texts)| place::fixed(delivery, path, texts))
            .collect()
    }

    /// An expression that is true exactly when the formula is, up to what the ledger says; never null when the
    /// context is guarded.
    fn formula(&mut self, formula: &Formula, context: &Context) -> Option<Expr> {
        match formula {
            Formula::True => Some(Expr::Boolean(true)),
            Formula::False => Some(Expr::Boolean(false)),
            Formula::Not(inner) => Some(negation(self.formula(inner, &context.negated())?)),
            Formula::And(parts) => self.parts(parts, context).map(Expr::and),
            Formula::Or(parts) => self.parts(parts, context).map(Expr::or),
            Formula::Pred(predicate) => self.predicate(predicate, context),
            Formula::Elem(element) => self.element(element, context),
        }
    }

    /// All parts, so that every refusal is found.
    fn parts(&mut self, parts: &[Formula], context: &Context) -> Option<Vec<Expr>> {
        let lowered: Vec<_> = parts.iter().map(|part| self.formula(part, context)).collect();
        lowered.into_iter().collect()
    }

    fn predicate(&mut self, predicate: &Predicate, context: &Context) -> Option<Expr> {
        let field = match &predicate.subject {
            Subject::Event => return self.keyword(&predicate.test, context, predicate.span),
            Subject::Field(field) => field,
        };
        if let Condition::FieldRef { relation, other, cased } = &predicate.test {
            return self.fieldref(field, *relation, other, *cased, context);
        }
        if self.is_flat(&field.path, &context.scope) {
            let place = self.place(&field.path, field, context)?;
            return self.test(&place, field, &predicate.test, context);
        }
        match Formula::Pred(Box::new(predicate.clone())).quantified() {
            Formula::Pred(_) => self.refuse_array(predicate.span),
            quantified => self.formula(&quantified, context),
        }
    }

    fn refuse_array<T>(&mut self, span: Span) -> Option<T> {
        let finding =
            Diagnostic::new(&shared::ARRAY_STATEMENT, span, "KQL cannot state this about array elements");
        self.ledger.refuse(finding)
    }
}

/// A negation, written plainly where the operand is a test of a count or of presence.
fn negation(expr: Expr) -> Expr {
    match expr {
        Expr::Compare(left, operator @ (Compare::Greater | Compare::Equals), right)
            if *right == Expr::Integer(0) && is_count(&left) =>
        {
            let opposite = if operator == Compare::Greater { Compare::Equals } else { Compare::Greater };
            left.compare(opposite, *right)
        }
        Expr::Call(Function::IsEmpty, arguments) => Expr::Call(Function::IsNotEmpty, arguments),
        Expr::Call(Function::IsNotEmpty, arguments) => Expr::Call(Function::IsEmpty, arguments),
        Expr::Call(Function::IsNull, arguments) => Expr::Call(Function::IsNotNull, arguments),
        Expr::Call(Function::IsNotNull, arguments) => Expr::Call(Function::IsNull, arguments),
        other => other.not(),
    }
}

/// Whether the name is `stem` and a number.
fn is_numbered(name: &Name, stem: &str) -> bool {
    name.0
        .strip_prefix(stem)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the expression is a flag, or the length of an array: a number that is never null or negative.
fn is_count(expr: &Expr) -> bool {
    match expr {
        Expr::Column(name) => is_numbered(name, FLAG),
        Expr::Call(Function::Coalesce, arguments) => {
            matches!(&arguments[..], [Expr::Call(Function::ArrayLength, _), Expr::Integer(_)])
        }
        _ => false,
    }
}

/// `expr`, which may be null, as a truth value.
fn two_valued(expr: Expr, context: &Context) -> Expr {
    if context.guarded { Expr::Call(Function::Coalesce, vec![expr, Expr::Boolean(false)]) } else { expr }
}
