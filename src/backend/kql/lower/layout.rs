//! Orders the operators of a query: what is cheap first, what reshapes rows last.

use rustc_hash::FxHashSet;

use super::super::ast::{Apply, Compare, Expr, Function, Name, Operator};
use super::super::codes;
use super::{Context, ITEM, Lowerer, ahead, is_numbered};
use crate::backend::Holds;
use crate::diagnostic::Diagnostic;
use crate::schema::{ColumnType, Path, Step};

impl Lowerer<'_> {
    /// The operators that filter by `condition` and then show `projection`.
    pub(super) fn arrange(
        &mut self,
        condition: Expr,
        mut projection: Vec<(Name, Option<Expr>)>,
    ) -> Vec<Operator> {
        let mut applies = self.counted.pop().unwrap_or_default();
        self.counted.clear();
        applies.retain(|apply| !apply.flags.is_empty());
        let flags: FxHashSet<Name> =
            applies.iter().flat_map(|apply| &apply.flags).map(|(name, _)| name.clone()).collect();
        let mut conjuncts = match condition {
            Expr::And(parts) => parts,
            Expr::Boolean(true) => Vec::new(),
            other => vec![other],
        };
        conjuncts = conjuncts.into_iter().flat_map(ahead::factored).collect();
        let names_flag =
            |expr: &Expr| expr.any(&mut |part| matches!(part, Expr::Column(name) if flags.contains(name)));
        let mut flagged: Vec<Expr> = conjuncts.extract_if(.., |expr| names_flag(expr)).collect();
        let mut helpers: Vec<Name> = Vec::new();
        let mut kept: Vec<Name> = Vec::new();
        for apply in &mut applies {
            self.keep(apply, &mut flagged, &mut kept);
        }
        conjuncts.extend(flagged.iter().filter_map(|expr| ahead::flagless(expr, names_flag)));
        for apply in applies.iter().filter(|apply| apply.flags.is_empty()) {
            conjuncts.extend(ahead::held(apply, unguarded(&apply.array), |name| self.is_dynamic(name)));
        }
        conjuncts.sort_by_key(cost);
        let flags: Vec<Name> =
            applies.iter().flat_map(|apply| &apply.flags).map(|(name, _)| name.clone()).collect();

        let filter =
            |parts: Vec<Expr>| if parts.is_empty() { None } else { Some(Operator::Where(Expr::and(parts))) };
        self.show_elements(&applies, &mut projection);
        let mut ordered: Vec<Operator> = Vec::new();
        // What is parsed twice becomes a column, and then what is parsed out of that.
        loop {
            let mut hoist = Hoist::default();
            conjuncts.iter().chain(&flagged).for_each(|expr| hoist.count(expr));
            for apply in &applies {
                hoist.count_apply(apply);
            }
            projection.iter().filter_map(|(_, expr)| expr.as_ref()).for_each(|expr| hoist.count(expr));
            let parsed: Vec<(Expr, Name)> =
                hoist.often().into_iter().map(|inner| (inner.clone(), self.helper(&inner))).collect();
            if parsed.is_empty() {
                break;
            }
            let reads = |expr: &Expr| expr.any(&mut |part| known(part, &parsed).is_some());
            let early: Vec<Expr> = conjuncts.extract_if(.., |expr| !reads(expr)).collect();
            ordered.extend(filter(early));
            let columns = parsed
                .iter()
                .map(|(inner, name)| (name.clone(), Expr::call(Function::ParseJson, inner.clone())));
            ordered.push(Operator::Extend(columns.collect()));
            helpers.extend(parsed.iter().map(|(_, name)| name.clone()));
            conjuncts.iter_mut().chain(&mut flagged).for_each(|expr| replace(expr, &parsed));
            for apply in &mut applies {
                replace_in(apply, &parsed);
            }
            projection
                .iter_mut()
                .filter_map(|(_, expr)| expr.as_mut())
                .for_each(|expr| replace(expr, &parsed));
        }
        ordered.extend(filter(conjuncts));
        ordered.extend(applies.into_iter().map(Operator::Apply));
        ordered.extend(filter(flagged));
        if projection.is_empty() {
            helpers.extend(flags);
            helpers.extend(kept);
            ordered.extend((!helpers.is_empty()).then_some(Operator::ProjectAway(helpers)));
        } else {
            ordered.push(Operator::Project(projection));
        }
        ordered
    }

    /// Whether it is a column of dynamic values.
    fn is_dynamic(&self, name: &Name) -> bool {
        self.frame.columns().any(|column| column.name == name.0 && column.ty == ColumnType::Dynamic)
    }

    /// Shows the members of the elements that are kept in place of the whole arrays.
    fn show_elements(&mut self, applies: &[Apply], projection: &mut Vec<(Name, Option<Expr>)>) {
        let shown = std::mem::take(&mut self.shown);
        for apply in applies.iter().filter(|apply| apply.flags.is_empty()) {
            let own = |array: &Expr| unguarded(&apply.array) == array;
            let asked: Vec<_> = shown.iter().filter(|(array, ..)| own(array)).collect();
            // Nobody asked for members: the array itself is shown, or opened by what follows.
            if asked.is_empty() {
                continue;
            }
            let members: Vec<(Name, Expr)> = asked
                .iter()
                .filter_map(|(_, rest, name)| Some((name.clone(), member_of(apply, rest)?)))
                .collect();
            let Some(at) = projection.iter().position(|(name, value)| match (value, &apply.array) {
                (Some(value), _) => own(value),
                (None, _) => own(&Expr::Column(name.clone())),
            }) else {
                continue;
            };
            // The array stays for what needs all its elements.
            if members.len() == asked.len() {
                projection.remove(at);
            }
            for (after, (name, value)) in members.into_iter().enumerate() {
                let value = Some(Expr::call(Function::ToString, value));
                if !projection.iter().any(|(old, shown)| *shown == value || *old == name) {
                    projection.insert((at + after).min(projection.len()), (name, value));
                }
            }
        }
    }

    /// Makes the statement a filter, where a row must have such an element: one of `conjuncts` asks for its only flag.
    /// Then a row may be lost with its empty array, and the array needs no guard unless one value may be in its place.
    /// The elements that are kept become columns.
    fn keep(&self, apply: &mut Apply, conjuncts: &mut Vec<Expr>, kept: &mut Vec<Name>) {
        let [(flag, _)] = &apply.flags[..] else { return };
        let asked = Expr::Column(flag.clone()).compare(Compare::Greater, Expr::Integer(0));
        let reads = |expr: &Expr| expr.any(&mut |part| matches!(part, Expr::Column(name) if name == flag));
        if conjuncts.iter().filter(|expr| reads(expr)).count() != 1 {
            return;
        }
        let Some(at) = conjuncts.iter().position(|expr| *expr == asked) else { return };
        conjuncts.remove(at);
        let mut parts = match apply.flags.pop() {
            Some((_, Expr::And(parts))) => parts,
            Some((_, body)) => vec![body],
            None => return,
        };
        kept.push(apply.item.clone());
        let inside = |apply: &Apply| apply.flags.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let flags: FxHashSet<Name> = apply.nested.iter().flat_map(inside).collect();
        let reads_flag =
            |expr: &Expr| expr.any(&mut |part| matches!(part, Expr::Column(name) if flags.contains(name)));
        let mut flagged: Vec<Expr> = parts.extract_if(.., |expr| reads_flag(expr)).collect();
        apply.nested.retain(|nested| !nested.flags.is_empty());
        for nested in &mut apply.nested {
            self.keep(nested, &mut flagged, kept);
        }
        let filter = |parts: Vec<Expr>| if parts.is_empty() { None } else { Some(Expr::and(parts)) };
        apply.first = filter(parts);
        apply.then = filter(flagged);
        if self.listed.contains(&apply.item) {
            apply.array = unguarded(&apply.array).clone();
        }
    }

    /// A name for what is parsed out of `inner`: its last column or member.
    fn helper(&mut self, inner: &Expr) -> Name {
        let mut last = inner;
        let stem = loop {
            last = match last {
                Expr::Column(name) | Expr::Member(_, name) => break format!("_{}", name.0),
                Expr::Call(_, arguments) => match &arguments[..] {
                    [only] => only,
                    _ => break "_parsed".to_owned(),
                },
                _ => break "_parsed".to_owned(),
            };
        };
        if self.taken.insert(stem.clone()) { Name(stem) } else { self.fresh(&stem) }
    }

    /// The columns for the fields of the rule: the time first, every value under a name, no column twice.
    pub(super) fn projection(&mut self, time: &str) -> Vec<(Name, Option<Expr>)> {
        let fields = self.frame.fields();
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
                    format!("the table does not contain `{}`, so that the query cannot show it", field.text);
                self.ledger.remark(Diagnostic::new(&codes::FIELD_NOT_PROJECTED, field.span, message));
                continue;
            };
            if !is_scalar {
                let rest = field.path.steps.iter().skip(path.steps.len() + 1).cloned().collect();
                let name = identifier(&field.path.name());
                self.ledger.show(self.frame.shows(&name.0, &field.path, Holds::One));
                self.shown.push((place.expr.clone(), rest, name));
            }
            let (name, value) = match (&place.expr, is_parsed(&place.expr)) {
                (Expr::Column(name), _) | (_, Some(Expr::Column(name))) => (name.clone(), None),
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
            self.ledger.show(self.frame.shows(&unique.0, &path, Holds::of(is_scalar)));
            columns.push((unique, value));
        }
        for asked in self.frame.asked() {
            if columns.iter().all(|(name, _)| name.0 != *asked) {
                columns.push((Name::from(asked.as_str()), None));
            }
        }
        columns
    }
}

/// The array in what `mv-apply` takes without losing a row.
fn unguarded(array: &Expr) -> &Expr {
    match array {
        Expr::Call(Function::Iff, arguments) => match &arguments[..] {
            [_, array, _] => array,
            _ => array,
        },
        array => array,
    }
}

/// What steps reach from the element that is kept, through elements inside it that are kept; `None` for the element
/// itself, and for steps that need more.
fn member_of(apply: &Apply, steps: &[Step]) -> Option<Expr> {
    let (mut apply, mut value) = (apply, Expr::Column(apply.item.clone()));
    let mut named = false;
    for step in steps {
        match step {
            Step::Key(key) => {
                value = value.member(&**key);
                named = true;
            }
            Step::Each => {
                let kept = |inner: &&Apply| inner.flags.is_empty() && *unguarded(&inner.array) == value;
                apply = apply.nested.iter().find(kept)?;
                value = Expr::Column(apply.item.clone());
                named = false;
            }
            Step::Select { .. } | Step::First(_) | Step::Json | Step::Dotted(_) => return None,
        }
    }
    named.then_some(value)
}

/// A name for the value at a path; of a key that is a URL, as claims are, its last part.
fn column_name(path: &Path) -> Name {
    let steps = path.steps.iter().map(|step| match step {
        Step::Key(key) if key.contains("://") => Step::Key(key.rsplit('/').next().unwrap_or(key).into()),
        step => step.clone(),
    });
    identifier(&Path { base: path.base, steps: steps.collect() }.to_string())
}

/// A name like the text that needs no quotes.
pub(super) fn identifier(text: &str) -> Name {
    let name: String =
        text.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
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

/// The text that the expression parses.
fn is_parsed(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Call(Function::ParseJson, arguments) => arguments.first(),
        _ => None,
    }
}

/// Counts how often each text is parsed that belongs to the row, not to an element.
#[derive(Default)]
struct Hoist {
    counts: Vec<(Expr, usize)>,
}

impl Hoist {
    fn count(&mut self, expr: &Expr) {
        let of_element = |part: &Expr| matches!(part, Expr::Column(name) if is_numbered(name, ITEM));
        // What is nested inside is counted in the next round.
        if let Some(inner) = is_parsed(expr)
            && !inner.any(&mut |part| is_parsed(part).is_some() || of_element(part))
        {
            match self.counts.iter_mut().find(|(old, _)| old == inner) {
                Some((_, count)) => *count += 1,
                None => self.counts.push((inner.clone(), 1)),
            }
            return;
        }
        expr.operands().into_iter().for_each(|operand| self.count(operand));
    }

    fn count_apply(&mut self, apply: &Apply) {
        self.count(&apply.array);
        apply.nested.iter().for_each(|nested| self.count_apply(nested));
        apply.flags.iter().for_each(|(_, expr)| self.count(expr));
        apply.first.iter().chain(&apply.then).for_each(|expr| self.count(expr));
    }

    fn often(self) -> Vec<Expr> {
        self.counts.into_iter().filter(|(_, count)| *count > 1).map(|(inner, _)| inner).collect()
    }
}

fn known<'a>(expr: &Expr, parsed: &'a [(Expr, Name)]) -> Option<&'a Name> {
    let inner = is_parsed(expr)?;
    parsed.iter().find(|(of, _)| of == inner).map(|(_, name)| name)
}

fn replace_in(apply: &mut Apply, parsed: &[(Expr, Name)]) {
    replace(&mut apply.array, parsed);
    apply.nested.iter_mut().for_each(|nested| replace_in(nested, parsed));
    apply.flags.iter_mut().for_each(|(_, expr)| replace(expr, parsed));
    apply.first.iter_mut().chain(&mut apply.then).for_each(|expr| replace(expr, parsed));
}

fn replace(expr: &mut Expr, parsed: &[(Expr, Name)]) {
    match known(expr, parsed) {
        Some(name) => *expr = Expr::Column(name.clone()),
        None => expr.operands_mut().into_iter().for_each(|operand| replace(operand, parsed)),
    }
}
