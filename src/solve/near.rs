//! Near misses: events that differ from one that matches in one test.

use serde_json::Value;

use super::cell::{self, Outcome};
use super::literal::{Content, Decided, Goal, Literal, Search, Signed, accepts, testers};
use super::make::{Made, Maker};
use super::sample::another;
use super::scene::at_mut;
use super::{MAX_PAIRS, MAX_STEPS, build, fill};
use crate::eval::Event;
use crate::ir::{Condition, FieldUse, Predicate, Subject};
use crate::schema::{KnownValues, Path, Schema, Step, Type};
use crate::source::Span;

/// An event that just does not match.
#[derive(Clone, Debug)]
pub struct Near {
    /// What differs, in a clause: `` `eventName` has another value ``.
    pub label: String,
    /// The place of the predicate that differs.
    pub span: Span,
    /// The event.
    pub event: Event,
}

/// The near misses of an event: for each literal of its branch one in which that alone fails.
pub(super) fn of(
    maker: &Maker<'_>,
    literals: &[Literal<'_>],
    decided: &Decided,
    made: &Made<'_>,
    keeps: &dyn Fn(&Event, usize) -> bool,
) -> Vec<Near> {
    let mut near = Vec::new();
    let mut search = Search::new(MAX_STEPS, MAX_PAIRS);
    let flips = Flips { schema: maker.schema, made };
    flips.each(literals, decided, &mut search, &mut |at, label, span, changed, turned| {
        let fits = |event: &Event| keeps(event, at);
        // Nothing else of the branch may change, and nothing else of the event where that can be.
        let alone = flips.changed(decided, &changed, turned);
        let alone = alone.and_then(|value| maker.right(value, false, &fits));
        let event = alone.or_else(|| {
            let kept = literals.get(at).and_then(Literal::field);
            maker.event(turned, &changed, kept, false, &fits).map(|made| made.event)
        });
        near.extend(event.map(|event| Near { label, span, event }));
    });
    near
}

/// Makes what is decided when one literal fails and the others stay.
struct Flips<'m> {
    schema: Option<&'m Schema>,
    made: &'m Made<'m>,
}

/// What is done with a literal that fails: its place, the label, where it is, what is decided then, and the literals
/// of which that is true.
type Visit<'v> = &'v mut dyn FnMut(usize, String, Span, Decided, &[Literal<'_>]);

impl Flips<'_> {
    fn each(&self, literals: &[Literal<'_>], decided: &Decided, search: &mut Search, visit: Visit<'_>) {
        /// Near misses of one event, and literals that are looked at for all of them.
        const MOST: usize = 64;
        const MOST_LOOKS: usize = 20_000;
        let most = (MOST_LOOKS / literals.len().max(1)).clamp(1, MOST);
        for (at, literal) in literals.iter().enumerate().take(most) {
            match *literal {
                Literal::Predicate(positive, predicate) => {
                    let mut changed = literals.to_vec();
                    if let Some(literal) = changed.get_mut(at) {
                        *literal = Literal::Predicate(!positive, predicate);
                    }
                    if let Outcome::Decided(mut other) = cell::decide(&changed, 0, search) {
                        self.differ(predicate, positive, &changed, decided, &mut other);
                        let label = label(predicate, positive, &other);
                        visit(at, label, predicate.span, other, &changed);
                    }
                }
                Literal::Some(true, path, goal, span) => {
                    self.inside(path, goal, decided, search, &mut |label, span, changed| {
                        visit(at, label, span, changed, literals);
                    });
                    let mut without = decided.clone();
                    without.set(path, Content::Absent);
                    visit(at, format!("`{}` has no such element", path.name()), span, without, literals);
                }
                Literal::Some(false, ..) | Literal::At(..) => {}
            }
        }
    }

    /// The near misses inside the first element of an array.
    fn inside(
        &self,
        path: &Path,
        goal: Goal<'_>,
        decided: &Decided,
        search: &mut Search,
        visit: &mut dyn FnMut(String, Span, Decided),
    ) {
        let mut inner: Option<(Vec<Literal<'_>>, Decided)> = None;
        search.goals(&[goal], &mut |branch| {
            inner = Some((branch.literals.to_vec(), branch.decided.clone()));
            true
        });
        let Some((literals, element)) = inner else { return };
        let rest = match decided.get(path) {
            Some(Content::Elements(elements)) => elements.get(1..).unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        let outer = decided.clone();
        self.each(&literals, &element, search, &mut |_, label, span, changed, _| {
            let mut elements = vec![changed];
            elements.extend(rest.iter().cloned());
            let mut whole = outer.clone();
            whole.set(path, Content::Elements(elements));
            visit(label, span, whole);
        });
    }

    /// Where a test of a value failed because the value was left out, puts another value there when there is one: a near
    /// miss is nearer with a wrong value than with none.
    fn differ(
        &self,
        predicate: &Predicate,
        positive: bool,
        literals: &[Literal<'_>],
        before: &Decided,
        after: &mut Decided,
    ) {
        let (Subject::Field(field), true) = (&predicate.subject, positive) else { return };
        let Some(Content::Absent) = after.get(&field.path) else { return };
        if matches!(predicate.test, Condition::Present | Condition::Null | Condition::Exists) {
            return;
        }
        let Some(Content::Value(value)) = before.get(&field.path) else { return };
        let others = match value {
            Value::String(text) => self.other_texts(field, text, before),
            Value::Bool(value) => vec![Value::Bool(!value)],
            _ => Vec::new(),
        };
        // The other tests of the field must agree.
        let tests = testers(&about(literals, &field.path));
        let mut agree = others.into_iter().filter(|other| accepts(&tests, other)).peekable();
        let first = agree.peek().cloned();
        let whole = agree.take(MOST_TRIED).find(|other| self.fits(&field.path, other));
        if let Some(other) = whole.or(first) {
            after.set(&field.path, Content::Value(other));
        }
    }

    /// Other texts for a field, the likeliest first: what goes with the rest of the event, what some record has there, a
    /// neighbour in its list of known values, or a text of the same kind.
    fn other_texts(&self, field: &FieldUse, text: &str, before: &Decided) -> Vec<Value> {
        let mut others: Vec<Value> =
            self.related(&field.path, text, before).into_iter().map(Value::String).collect();
        if others.is_empty()
            && let Some(scene) = &self.made.scene
        {
            others.extend(scene.others(&field.path).filter(Value::is_string));
        }
        match &field.ty {
            Type::Enum(known_values) => {
                others.extend(beside(text, &**known_values).map(Value::String));
            }
            Type::Ip | Type::Endpoint => others.push(Value::String("203.0.113.199".to_owned())),
            Type::Timestamp => {}
            _ => others.extend([another(text, 2), "other".to_owned()].map(Value::String)),
        }
        others
    }

    /// Whether the event that matches fits its schema with another value at a path.
    fn fits(&self, path: &Path, other: &Value) -> bool {
        let mut event = self.made.event.value().clone();
        set(&mut event, path, other.clone()).is_some()
            && self.schema.is_none_or(|schema| schema.validate(&event).is_empty())
    }

    /// Other values that go with the value of another field, such as other events of the same source, the nearest in the
    /// alphabet first.
    fn related(&self, path: &Path, text: &str, before: &Decided) -> Vec<String> {
        let of = |path: &Path| before.get(path)?.value()?.as_str();
        let relations = self.schema.into_iter().flat_map(|schema| &schema.relations);
        let mut lists = relations.filter_map(|relation| {
            let mut list: Vec<String> = Vec::new();
            if relation.field == *path {
                relation.pairs.visit(of(&relation.by)?, &mut |member| {
                    list.push(member.to_owned());
                    list.len() < MOST_RELATED
                });
            } else if relation.by == *path {
                list.extend(relation.pairs.owners(of(&relation.field)?).into_iter().map(str::to_owned));
            }
            (!list.is_empty()).then_some(list)
        });
        let mut list = lists.next().unwrap_or_default();
        let own = list.iter().position(|member| crate::text::equals(text, member)).unwrap_or_default();
        let near: Vec<String> = list.iter().take(own).rev().cloned().collect();
        list.drain(..(own + 1).min(list.len()));
        // The ones before it and those behind, in turn.
        let mut behind = list.into_iter();
        let mut before = near.into_iter();
        std::iter::from_fn(|| match (before.next(), behind.next()) {
            (None, None) => None,
            (one, other) => Some(one.into_iter().chain(other)),
        })
        .flatten()
        .collect()
    }

    /// The event that matches, with nothing but what was decided otherwise; `None` where that lies inside of arrays that
    /// only an expression reaches.
    fn changed(&self, before: &Decided, after: &Decided, literals: &[Literal<'_>]) -> Option<Value> {
        let (scene, schema) = (self.made.scene.as_ref()?, self.schema?);
        let (before, after) = (fill::settled(before, schema), fill::settled(after, schema));
        let mut event = self.made.event.value().clone();
        let gone = before.places.iter().filter(|(path, _)| after.get(path).is_none());
        for (path, _) in gone.take(MAX_CHANGES) {
            remove(&mut event, path)?;
        }
        for (at, (path, content)) in after.places.iter().enumerate() {
            let same = before.places.get(at).filter(|(known, _)| known == path).map(|(_, content)| content);
            if same.or_else(|| before.get(path)) == Some(content) {
                continue;
            }
            match content {
                Content::Absent => remove(&mut event, path)?,
                Content::Value(own) => {
                    let tests = testers(&about(literals, path));
                    let was = at_mut(&mut event, path).cloned();
                    let allows =
                        |_: &Path, value: &Value| was.as_ref() != Some(value) && accepts(&tests, value);
                    let usual = was.is_none().then(|| scene.better(path, own, &allows)).flatten();
                    let new = usual.unwrap_or_else(|| own.clone());
                    // A record that names its event twice names the other one twice.
                    for other in schema.alike(path).filter(|other| after.get(other).is_none()) {
                        if was.is_some() && at_mut(&mut event, other).as_deref() == was.as_ref() {
                            set(&mut event, other, new.clone())?;
                        }
                    }
                    set(&mut event, path, new)?;
                }
                Content::Elements(elements) => {
                    set(&mut event, path, build::array(elements)?)?;
                    scene.complete(&mut event, path, elements);
                }
            }
        }
        Some(event)
    }
}

/// The most members of a list of related values, and the most that are tried in an event.
const MOST_RELATED: usize = 2_048;
const MOST_TRIED: usize = 24;

/// More places than this do not change in one near miss.
const MAX_CHANGES: usize = 64;

/// The literals about the value at a path.
fn about<'f>(literals: &[Literal<'f>], path: &Path) -> Vec<Signed<'f>> {
    let predicates = literals.iter().filter_map(|literal| match *literal {
        Literal::Predicate(positive, predicate) => Some((positive, predicate)),
        _ => None,
    });
    predicates
        .filter(|(_, predicate)| matches!(&predicate.subject, Subject::Field(of) if of.path == *path))
        .collect()
}

/// The member of a list that is beside a text: the one before it, which is nearest in the alphabet, and for the first
/// the one behind.
fn beside(text: &str, known_values: &dyn KnownValues) -> Option<String> {
    let mut other = None;
    let mut before: Option<String> = None;
    known_values.visit(&mut |member| {
        if member == text {
            other.clone_from(&before);
            return before.is_none();
        }
        if other.is_none() {
            before = Some(member.to_owned());
        }
        true
    });
    other.or(before)
}

/// Takes away what is at a path of keys; `None` for any other path.
fn remove(event: &mut Value, path: &Path) -> Option<()> {
    let (Step::Key(last), rest) = path.steps.split_last()? else { return None };
    let over = Path { base: path.base, steps: rest.to_vec() };
    if !over.steps.iter().all(|step| matches!(step, Step::Key(_))) {
        return None;
    }
    if let Some(Value::Object(members)) = at_mut(event, &over) {
        members.shift_remove(&**last);
    }
    Some(())
}

/// Writes a value at a path of keys; `None` where something else is in the way.
fn set(event: &mut Value, path: &Path, value: Value) -> Option<()> {
    if let Some(old) = at_mut(event, path) {
        *old = value;
        return Some(());
    }
    build::put(event, &path.steps, value)
}

/// What differs, in a clause.
fn label(predicate: &Predicate, positive: bool, after: &Decided) -> String {
    let Subject::Field(field) = &predicate.subject else {
        return if positive {
            "the keyword is missing".to_owned()
        } else {
            "the keyword is there".to_owned()
        };
    };
    let name = if field.path.steps.is_empty() { field.text.clone() } else { field.path.name() };
    let words = match (&predicate.test, positive) {
        (Condition::Null, true) | (Condition::Present | Condition::Exists, false) => "is there",
        (Condition::Null, false) | (Condition::Present | Condition::Exists, true) => "is missing",
        (Condition::FieldRef { .. }, true) => "differs from the other field",
        (Condition::FieldRef { .. }, false) => "agrees with the other field",
        (_, true) if matches!(after.get(&field.path), Some(Content::Absent)) => "is missing",
        (_, true) => "has another value",
        (_, false) => "has an excluded value",
    };
    format!("`{name}` {words}")
}
