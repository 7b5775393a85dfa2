//! Lowers a typed rule to a query.
//!
//! One walk over the formula gives a two-valued expression for each top-level conjunct: no leaf is ever null under a
//! `not`. Statements about array elements become flag columns, counted by `mv-apply … summarize countif()` in front of
//! the `where` that reads them, so that they are under `or` and `not` and every row stays one row. Where a row must
//! have such an element, `mv-apply … (where … | take 1)` keeps it in their place.
//! [`place`] finds where a field lives, [`array`] builds the flags, [`text`] and [`test`] lower the leaves, and
//! [`layout`] orders the operators.

mod ahead;
mod array;
pub(super) mod correlation;
mod keyword;
mod known;
mod layout;
mod place;
pub(super) mod siblings;
mod stored;
mod test;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Kql;
use super::ast::{Compare, Expr, Function, Name, Operator, Query, Watchlist};
use super::codes;
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{self, Frame, Lower};
use crate::backend::{Options, Reads, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Element, Formula, Predicate, Subject};
use crate::schema::{ColumnType, Step};
use crate::source::Span;
use layout::identifier;

/// Lowers a rule, with its meaning in the rows of its table.
pub fn lower(
    kql: Kql,
    frame: Frame<'_>,
    formula: &Formula,
    options: &Options,
    ledger: &mut Ledger,
) -> Option<Query> {
    let table = table(kql, frame, options, ledger);
    let mut lowerer = Lowerer::new(frame, ledger);
    lowerer.reserve(formula);
    let mut conjuncts = lowerer.fixed();
    conjuncts.extend(lowerer.each(formula.conjuncts(), &Context::default())?);
    let condition = Expr::and(conjuncts);
    if condition == Expr::Boolean(false) {
        return frame.never(lowerer.ledger);
    }
    let projection = lowerer.projection(kql.time(frame));
    let lists = std::mem::take(&mut lowerer.lists);
    let mut query = Query {
        comments: frame.heading(options, "kql", &[table]),
        lists,
        table: Name::from(table),
        operators: Vec::new(),
    };
    query.operators = lowerer.arrange(condition, projection);
    if let Some(Operator::Project(columns)) = query.operators.last() {
        ledger.shows_only(|name| columns.iter().any(|(column, _)| column.0 == name));
    }
    debug_assert_eq!(super::verify::verify(&query, &column_types(frame)), [""; 0], "the query can be meant");
    Some(query)
}

/// The table of a rule's log.
fn table<'a>(kql: Kql, frame: Frame<'a>, options: &'a Options, ledger: &mut Ledger) -> &'a str {
    let named = match frame.name() {
        Some(own) => Some(options.for_log("kql.table").unwrap_or(own)),
        None => options.get("kql.table"),
    };
    if let Some(named) = named {
        let plan = frame.plan(options, "kql");
        ledger.reads(Reads { plan, ..frame.reads_of(named, kql.platform) });
    }
    named.unwrap_or_else(|| {
        let message = match frame.schema() {
            Some(schema) => format!("`{}` has no table in {}", schema.name, kql.platform.name()),
            None => format!("nothing is known of the table of this log in {}", kql.platform.name()),
        };
        let finding = Diagnostic::new(&codes::TABLE_NEEDED, frame.rule.logsource.span, message);
        ledger
            .remark(finding.help("name the table with `--kql-table`, or as `[kql] table` in `sigmata.toml`"));
        // What the rule means is judged all the same; this name is never shown.
        "unplaced"
    })
}

fn column_types(frame: Frame<'_>) -> BTreeMap<&str, ColumnType> {
    frame.columns().map(|column| (column.name, column.ty)).collect()
}

/// How the names of flag columns begin.
const FLAG: &str = "_m";

/// How the names of elements begin.
const ITEM: &str = "_e";

/// Where a part of the formula is.
type Context = frame::Context<Inside>;

/// What a path with [`Base::Element`](crate::schema::Base::Element) starts from.
#[derive(Clone, Debug, Default)]
enum Inside {
    /// The event: there is no enclosing element.
    #[default]
    Event,
    /// A dynamic value.
    Element(Expr),
}

/// The state of one lowering.
struct Lowerer<'a> {
    frame: Frame<'a>,
    ledger: &'a mut Ledger,
    /// The arrays that are being counted: of the row, and of the elements around the current place.
    counted: Vec<Vec<super::ast::Apply>>,
    /// Elements of arrays that are written as arrays whatever they hold.
    listed: Vec<Name>,
    /// Members of elements that the rule asks to be shown: the array, the way from its element, and a name.
    shown: Vec<(Expr, Vec<Step>, Name)>,
    /// The known lists that the workspace is asked for.
    lists: Vec<Watchlist>,
    /// Names that columns have, so that flags get others.
    taken: BTreeSet<String>,
    /// The next number of a generated name, by its stem.
    numbers: BTreeMap<String, usize>,
    /// The flags, by the element that each looks at and what it counts.
    flags: FxHashMap<(Name, Expr), Name>,
}

impl<'a> Lowerer<'a> {
    fn new(frame: Frame<'a>, ledger: &'a mut Ledger) -> Self {
        let taken = frame.columns().map(|column| column.name.to_owned()).collect();
        Self {
            frame,
            ledger,
            counted: vec![Vec::new()],
            listed: Vec::new(),
            shown: Vec::new(),
            lists: Vec::new(),
            taken,
            numbers: BTreeMap::new(),
            flags: FxHashMap::default(),
        }
    }

    /// Whether the rule was checked against a schema; without one names are taken as written.
    fn checked(&self) -> bool {
        self.frame.schema().is_some()
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
        let at = self.numbers.entry(stem.to_owned()).or_default();
        loop {
            let name = format!("{stem}{at}");
            *at += 1;
            if self.taken.insert(name.clone()) {
                return Name(name);
            }
        }
    }

    /// The predicates that part the log from others in its table.
    fn fixed(&self) -> Vec<Expr> {
        self.frame.fixed().filter_map(|fixed| place::fixed(self.frame, fixed)).collect()
    }

    fn refuse_array<T>(&mut self, span: Span) -> Option<T> {
        let finding =
            Diagnostic::new(&shared::ARRAY_STATEMENT, span, "KQL cannot state this about array elements");
        self.ledger.refuse(finding.help("state it about some element (`[any]`)"))
    }
}

/// Each expression is true exactly when its formula is, up to what the ledger says; never null when the context is
/// guarded.
impl Lower for Lowerer<'_> {
    type Condition = Expr;
    type Scope = Inside;

    fn constant(&mut self, value: bool) -> Option<Expr> {
        Some(Expr::Boolean(value))
    }

    fn not(&mut self, inner: Expr) -> Expr {
        negation(inner)
    }

    fn and(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Some(Expr::and(parts))
    }

    fn or(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Some(Expr::or(parts))
    }

    /// Alternatives about some element of one array are one statement about an element.
    fn either(&mut self, parts: &[Formula], context: &Context) -> Option<Expr> {
        // A path whose arrays the delivery has put in rows of their own is a column.
        let crosses = |part: &Formula| match part {
            Formula::Pred(predicate) => {
                predicate.fields().any(|field| !self.is_flat(&field.path, &context.scope))
            }
            Formula::Elem(element) => !self.is_flat(&element.array, &context.scope),
            _ => false,
        };
        let merged = array::merged(parts, crosses);
        let parts = self.each(&merged, context)?;
        self.or(parts)
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
            quantified => self.lower(&quantified, context),
        }
    }

    fn element(&mut self, element: &Element, context: &Context) -> Option<Expr> {
        self.statement(element, context)
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
