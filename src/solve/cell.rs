//! Decides the literals of one branch, value by value.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::literal::{Content, Decided, End, Goal, Literal, Search, Signed, accepts, of_value, testers};
use super::never::{canonical, is_element, is_multiple, is_scalar, never};
use super::{MAX_MEMBERS, tries};
use crate::eval::Tester;
use crate::ir::{Condition, FieldUse, Predicate, Quantifier, Relation, Subject};
use crate::schema::{Base, Path, Step, Type};
use crate::source::Span;

/// What became of a branch.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is proved that nothing satisfies it.
    Dead(Vec<Span>),
    /// A try; the evaluator says whether it holds.
    Decided(Decided),
}

/// The literals about one value.
#[derive(Debug)]
struct Cell<'f> {
    field: &'f FieldUse,
    literals: Vec<Signed<'f>>,
}

/// The literals of a branch by what they speak of, each in the order in which the rule does.
#[derive(Default)]
struct Groups<'f> {
    cells: Vec<Cell<'f>>,
    /// Where the cell of a path is, once there are many.
    index: FxHashMap<&'f Path, usize>,
    relations: Vec<Signed<'f>>,
    keywords: Vec<Signed<'f>>,
    /// Which of the literals say that nothing, or null alone, is at a place.
    emptied: Vec<usize>,
}

impl<'f> Groups<'f> {
    /// Fewer cells are looked through one by one.
    const MANY: usize = 8;

    fn find(&self, path: &Path) -> Option<usize> {
        if self.cells.len() <= Self::MANY {
            self.cells
                .iter()
                .position(|cell| std::ptr::eq(&raw const cell.field.path, path) || cell.field.path == *path)
        } else {
            self.index.get(path).copied()
        }
    }

    fn add(&mut self, field: &'f FieldUse, literal: Signed<'f>) {
        let at = self.find(&field.path).unwrap_or_else(|| {
            self.cells.push(Cell { field, literals: Vec::new() });
            let cells = self.cells.len();
            if cells > Self::MANY {
                let paths = self.cells.iter().enumerate().map(|(at, cell)| (&cell.field.path, at));
                self.index.extend(paths.skip(self.index.len()));
            }
            cells - 1
        });
        if let Some(cell) = self.cells.get_mut(at) {
            cell.literals.push(literal);
        }
    }

    /// The literals about values of which one of `literals[from..]` speaks too.
    fn new(literals: &[Literal<'f>], from: usize) -> Self {
        let fields = |literals: &[Literal<'f>]| {
            let field = |literal: &Literal<'f>| match *literal {
                Literal::Predicate(_, Predicate { subject: Subject::Field(field), test, .. })
                    if !matches!(test, Condition::FieldRef { .. }) =>
                {
                    Some(field)
                }
                _ => None,
            };
            literals.iter().filter_map(field).collect::<Vec<_>>()
        };
        let mut groups = Groups::default();
        let touched = fields(literals.get(from..).unwrap_or_default());
        let all = from == 0 || touched.len() > Self::MANY;
        for (at, literal) in literals.iter().enumerate() {
            let Literal::Predicate(positive, predicate) = *literal else { continue };
            let signed = (positive, predicate);
            if matches!((&predicate.test, positive), (Condition::Null, true) | (Condition::Exists, false)) {
                groups.emptied.push(at);
            }
            match (&predicate.subject, &predicate.test) {
                (Subject::Event, _) => groups.keywords.push(signed),
                (Subject::Field(_), Condition::FieldRef { .. }) => groups.relations.push(signed),
                (Subject::Field(field), _) => {
                    let same = |of: &&FieldUse| std::ptr::eq(*of, field) || of.path == field.path;
                    if all || touched.iter().any(same) {
                        groups.add(field, signed);
                    }
                }
            }
        }
        groups
    }
}

/// Decides a branch. In `literals[..known]` nothing conflicts, so that a search that only refutes looks at what the
/// others touch.
pub(super) fn decide(literals: &[Literal<'_>], known: usize, search: &mut Search) -> Outcome {
    let from = if search.values { 0 } else { known };
    let Groups { cells, relations, keywords, emptied, .. } = Groups::new(literals, from);
    if let Some(core) = hollow(literals, &emptied, from) {
        return Outcome::Dead(core);
    }
    if let Some(core) = contrary(&relations, &mut search.pairs) {
        return Outcome::Dead(core);
    }
    let mut decided = Decided::default();
    for cell in &cells {
        if !search.values {
            if never(cell.field, &cell.literals, &mut search.pairs) {
                return Outcome::Dead(cell.core(&mut search.pairs));
            }
            continue;
        }
        match cell.decide(&mut search.pairs) {
            Ok(place) => decided.set(&cell.field.path, place),
            Err(core) => return Outcome::Dead(core),
        }
    }
    if search.values {
        relate(&relations, &cells, &mut decided);
    }
    if literals.iter().skip(from).any(|literal| !matches!(literal, Literal::Predicate(..))) {
        match elements(literals, search) {
            Ok(arrays) => {
                for (path, place) in arrays {
                    decided.set(&path, place);
                }
            }
            Err(core) => return Outcome::Dead(core),
        }
    }
    if search.values {
        speak(&keywords, &mut decided);
    }
    Outcome::Decided(decided)
}

/// A place that is missing or null, and one below it where something must be. In `literals[..known]` nothing conflicts.
fn hollow(literals: &[Literal<'_>], emptied: &[usize], known: usize) -> Option<Vec<Span>> {
    /// So many places are looked at.
    const MOST: usize = 16;
    emptied.iter().take(MOST).find_map(|&at| {
        let Literal::Predicate(_, Predicate { subject: Subject::Field(field), test, span }) =
            literals.get(at)?
        else {
            return None;
        };
        let missing = matches!(test, Condition::Exists);
        let over = if missing { member(&field.path) } else { &field.path.steps };
        let is_below = |path: &Path, steps: &[Step], least: usize| {
            path.base == field.path.base && steps.len() >= least && steps.starts_with(over)
        };
        let least = over.len() + 1;
        let is_filled = |literal: &&Literal<'_>| match literal {
            Literal::Predicate(positive, Predicate { subject: Subject::Field(of), test, .. }) => {
                match (test, positive) {
                    (Condition::Exists, true) => is_below(&of.path, member(&of.path), least),
                    (Condition::FieldRef { other, .. }, true) => {
                        is_below(&of.path, &of.path.steps, least)
                            || is_below(&other.path, &other.path.steps, least)
                    }
                    (Condition::Null, false) => is_below(&of.path, &of.path.steps, least),
                    (test, true) => of_value(test) && is_below(&of.path, &of.path.steps, least),
                    (_, false) => false,
                }
            }
            // The elements of null could be nulls in an array.
            Literal::Some(true, array, ..) => {
                is_below(array, &array.steps, if missing { over.len() } else { least })
            }
            Literal::At(true, element) => {
                is_below(&element.array, &element.array.steps, if missing { over.len() } else { least })
            }
            Literal::Predicate(..) | Literal::Some(..) | Literal::At(..) => false,
        };
        // Of two that were there before one look was enough.
        let from = if at < known { known } else { 0 };
        let other = literals.get(from..)?.iter().find(is_filled)?;
        let mut core = vec![*span, other.span()];
        core.sort_unstable();
        Some(core)
    })
}

/// The steps to what exists or does not: of an array itself, not of its elements.
fn member(path: &Path) -> &[Step] {
    let end = path.steps.iter().rposition(|step| *step != Step::Each).map_or(0, |last| last + 1);
    path.steps.get(..end).unwrap_or_default()
}

/// A relation that must hold and must not.
fn contrary(relations: &[Signed<'_>], pairs: &mut usize) -> Option<Vec<Span>> {
    let of = |wanted: bool| {
        relations.iter().filter(move |(positive, _)| *positive == wanted).map(|(_, predicate)| *predicate)
    };
    let cost = of(true).count().saturating_mul(of(false).count());
    if cost > *pairs {
        return None;
    }
    *pairs -= cost;
    let parts = |predicate: &Predicate| match (&predicate.subject, &predicate.test) {
        (Subject::Field(left), Condition::FieldRef { relation, other, cased }) => {
            Some((left.path.clone(), *relation, other.path.clone(), *cased))
        }
        _ => None,
    };
    of(true).find_map(|one| {
        let other = of(false).find(|other| parts(one) == parts(other))?;
        Some(vec![super::place(one), super::place(other)])
    })
}

/// Puts the texts of keywords into a place of their own, when nothing else has them.
fn speak(keywords: &[Signed<'_>], decided: &mut Decided) {
    for (at, (positive, predicate)) in keywords.iter().enumerate() {
        if !positive {
            continue;
        }
        let literals = [(true, *predicate)];
        let mut texts = Vec::new();
        tries::any(&literals, &mut |value| {
            texts.push(value);
            texts.len() > 2
        });
        if let Some(value) = texts.into_iter().find(|value| accepts(&testers(&literals), value)) {
            let name = if at == 0 { "message".to_owned() } else { format!("message{at}") };
            decided.set(&Path::keys([name.as_str()]), Content::Value(value));
        }
    }
}

/// A value for both sides of a relation, or values that differ for one that must not hold.
fn relate(relations: &[Signed<'_>], cells: &[Cell<'_>], decided: &mut Decided) {
    let literals_of = |path: &Path| {
        cells.iter().find(|cell| cell.field.path == *path).map_or(&[][..], |cell| cell.literals.as_slice())
    };
    let text_at = |decided: &Decided, path: &Path| match decided.get(path) {
        Some(Content::Value(Value::String(text))) => Some(text.clone()),
        Some(Content::Value(value @ (Value::Number(_) | Value::Bool(_)))) => Some(value.to_string()),
        _ => None,
    };
    for (positive, predicate) in relations {
        let (Subject::Field(left), Condition::FieldRef { relation, other, .. }) =
            (&predicate.subject, &predicate.test)
        else {
            continue;
        };
        let (left_tests, right_tests) = (testers(literals_of(&left.path)), testers(literals_of(&other.path)));
        let known = [text_at(decided, &left.path), text_at(decided, &other.path)];
        let [left_text, right_text] = &known;
        if *positive {
            let mut choices: Vec<String> = known.iter().flatten().cloned().collect();
            choices.extend(["alice", "111122223333", "198.51.100.23"].map(str::to_owned));
            let fits = |text: &String| {
                let value = Value::String(text.clone());
                accepts(&left_tests, &value) && accepts(&right_tests, &value)
            };
            if let Some(text) = choices.into_iter().find(fits) {
                decided.set(&left.path, Content::Value(Value::String(text.clone())));
                decided.set(&other.path, Content::Value(Value::String(text)));
            }
            continue;
        }
        let holds = |left: &str, right: &str| {
            let (left, right) = (crate::text::folded(left), crate::text::folded(right));
            match relation {
                Relation::Equals => left == right,
                Relation::StartsWith => left.starts_with(&right),
                Relation::EndsWith => left.ends_with(&right),
                Relation::Contains => left.contains(&right),
            }
        };
        // An element is there, or the statement about it would not be.
        if left.path.base == Base::Element && left.path.steps.is_empty() && left_text.is_none() {
            decided.set(&left.path, Content::Value(json!("another")));
        }
        // Where a side is absent the relation fails as it is.
        if let (Some(one), Some(two)) = (left_text, right_text)
            && holds(one, two)
        {
            for (path, tests, of) in [(&other.path, &right_tests, one), (&left.path, &left_tests, two)] {
                let differs = |text: &&str| {
                    let value = Value::String((*text).to_owned());
                    let apart = if path == &other.path { !holds(of, text) } else { !holds(text, of) };
                    apart && accepts(tests, &value)
                };
                if let Some(text) =
                    ["mallory", "444455556666", "203.0.113.77"].iter().find(|text| differs(text))
                {
                    decided.set(path, Content::Value(Value::String((*text).to_owned())));
                    break;
                }
            }
        }
    }
}

type Arrays = Vec<(Path, Content)>;

/// What is said of the elements of one array: some satisfies each of these, none satisfies any of those.
#[derive(Default)]
struct Statements<'f> {
    some: Vec<Goal<'f>>,
    none: Vec<Goal<'f>>,
}

/// The arrays of a branch: an element for each statement that some element satisfies something, none of which
/// satisfies what no element may.
fn elements(literals: &[Literal<'_>], search: &mut Search) -> Result<Arrays, Vec<Span>> {
    let mut arrays: BTreeMap<&Path, Statements<'_>> = BTreeMap::new();
    let mut indexed: Vec<(&Path, i64, Goal<'_>)> = Vec::new();
    for literal in literals {
        match literal {
            Literal::Some(positive, path, goal, _) => {
                let of = arrays.entry(path).or_default();
                if *positive { of.some.push(*goal) } else { of.none.push(*goal) }
            }
            Literal::At(true, element) => {
                if let Quantifier::Index(at) = element.quantifier {
                    let goal = Goal { positive: true, formula: &element.body };
                    indexed.push((&element.array, at, goal));
                    arrays.entry(&element.array).or_default();
                }
            }
            Literal::At(false, _) | Literal::Predicate(..) => {}
        }
    }
    let mut found = Vec::new();
    for (path, Statements { some, none }) in arrays {
        let mut list: Vec<Decided> = Vec::new();
        // An indexed element is proved dead by nobody, so what conflicts with it is left to the evaluator.
        for (_, at, goal) in indexed.iter().filter(|(of, _, _)| *of == path) {
            let place = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX).min(64);
            let element = first_branch(&[*goal], search);
            if let Ok(Some(element)) = element {
                if *at < 0 {
                    list = vec![element; place.max(1)];
                } else {
                    list.resize(place, Decided::default());
                    list.push(element);
                }
            }
        }
        for goal in &some {
            let mut goals = vec![*goal];
            goals.extend(none.iter().map(|goal| Goal { positive: !goal.positive, formula: goal.formula }));
            match first_branch(&goals, search) {
                Ok(Some(element)) => list.push(element),
                Ok(None) => {}
                Err(mut core) => {
                    core.sort_unstable();
                    core.dedup();
                    return Err(core);
                }
            }
        }
        if !list.is_empty() {
            found.push((path.clone(), Content::Elements(list)));
        }
    }
    Ok(found)
}

/// The first branch of the goals about one element; an error when all are dead.
fn first_branch(goals: &[Goal<'_>], search: &mut Search) -> Result<Option<Decided>, Vec<Span>> {
    let mut first = None;
    let end = search.goals(goals, &mut |branch| {
        first = Some(branch.decided.clone());
        true
    });
    match end {
        End::Dead(core) => Err(core),
        _ => Ok(first),
    }
}

impl<'f> Cell<'f> {
    /// What may be there; an error names the places of the smallest set of literals that exclude each other.
    fn decide(&self, pairs: &mut usize) -> Result<Content, Vec<Span>> {
        if never(self.field, &self.literals, pairs) {
            return Err(self.core(pairs));
        }
        let has = |wanted: bool, test: fn(&Condition) -> bool| {
            self.literals.iter().any(|(positive, predicate)| *positive == wanted && test(&predicate.test))
        };
        let positive = has(true, of_value);
        let (no, some) = (
            has(true, |test| matches!(test, Condition::Null)),
            has(false, |test| matches!(test, Condition::Null)),
        );
        let exists = has(true, |test| matches!(test, Condition::Exists));
        if has(false, |test| matches!(test, Condition::Exists)) {
            return Ok(Content::Absent);
        }
        // An element is there, whatever it is.
        let is_leaf = is_element(self.field) && is_scalar(self.field);
        let exists = exists || is_leaf;
        if no {
            return Ok(if exists { Content::Value(Value::Null) } else { Content::Absent });
        }
        if !positive && !some && !exists {
            return Ok(Content::Absent);
        }
        let tests = testers(&self.literals);
        if let Some(value) = self.value(&self.literals, &tests) {
            return Ok(Content::Value(value));
        }
        if !positive {
            // Something that is not a scalar is there, and satisfies no test of a scalar.
            let other = if is_scalar(self.field) { Value::Null } else { json!({}) };
            return Ok(Content::Value(other));
        }
        if is_multiple(self.field) {
            // One value for each test that must hold, and none that satisfies one that must not.
            let against: Vec<Signed<'f>> =
                self.literals.iter().filter(|(positive, _)| !positive).copied().collect();
            let mut values = Vec::new();
            for literal in
                self.literals.iter().filter(|(positive, predicate)| *positive && of_value(&predicate.test))
            {
                let mut literals = vec![*literal];
                literals.extend(&against);
                values.extend(self.value(&literals, &testers(&literals)));
            }
            return Ok(Content::Value(Value::Array(values)));
        }
        // Undecided: a try that the evaluator will refuse.
        Ok(if is_leaf { Content::Value(Value::Null) } else { Content::Absent })
    }

    /// A value that satisfies the literals.
    fn value(&self, literals: &[Signed<'f>], tests: &[(bool, Tester)]) -> Option<Value> {
        let mut found = None;
        let mut consider = |value: Value| {
            let fits = (!self.field.never_empty || value.as_str() != Some("")) && accepts(tests, &value);
            if fits {
                found = Some(value);
            }
            fits
        };
        match &self.field.ty {
            Type::Boolean => {
                let _ = [true, false].into_iter().any(|value| consider(Value::Bool(value)));
            }
            Type::Enum(known_values) => {
                let written = canonical(literals, known_values.as_ref());
                if !written.into_iter().any(|text| consider(Value::String(text))) {
                    let mut left = MAX_MEMBERS;
                    known_values.visit(&mut |member| {
                        left = left.saturating_sub(1);
                        left > 0 && !consider(Value::String(member.to_owned()))
                    });
                    if found.is_none() && !known_values.complete() {
                        tries::any(literals, &mut |value| {
                            let fits = accepts(tests, &value);
                            if fits {
                                found = Some(value);
                            }
                            fits
                        });
                    }
                }
            }
            Type::Integer | Type::Number => tries::numbers(literals, &mut consider),
            Type::Timestamp => tries::instants(literals, &mut consider),
            Type::Object(_) | Type::Map(_) => {}
            Type::Array(inner) if matches!(**inner, Type::Object(_) | Type::Map(_) | Type::Array(_)) => {
                consider(json!([]));
            }
            Type::String | Type::Ip | Type::Endpoint | Type::Json(_) | Type::Any | Type::Array(_) => {
                tries::any(literals, &mut consider);
            }
        }
        found
    }

    /// The places of a smallest set of literals that exclude each other, by leaving out what is not needed.
    fn core(&self, pairs: &mut usize) -> Vec<Span> {
        /// Longer sets are reported whole.
        const MOST: usize = 24;
        let mut kept = self.literals.clone();
        if kept.len() <= MOST {
            let mut at = 0;
            while at < kept.len() {
                let mut fewer = kept.clone();
                fewer.remove(at);
                if never(self.field, &fewer, pairs) { kept = fewer } else { at += 1 }
            }
        }
        let mut spans: Vec<Span> = kept.iter().map(|(_, predicate)| predicate.span).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}
