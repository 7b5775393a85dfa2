//! One event of what was decided, filled up and confirmed by the evaluator.

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::literal::{Decided, Literal, accepts};
use super::scene::Scene;
use super::{build, fill, fitting};
use crate::eval::{Event, Matcher, Tester};
use crate::ir::{Condition, Subject};
use crate::schema::{Path, Schema};

/// Makes the events of one branch.
pub(super) struct Maker<'m> {
    pub schema: Option<&'m Schema>,
    pub matcher: &'m Matcher,
    pub seed: u64,
}

/// An event, and what it was made from.
pub(super) struct Made<'m> {
    pub event: Event,
    /// What is where by the rule.
    pub decided: Decided,
    /// What the rest is about.
    pub scene: Option<Scene<'m>>,
}

impl Made<'_> {
    /// The scalars of which the rule, by what was decided for it, speaks.
    pub fn says(&self, decided: &Decided) -> Vec<(Path, Value)> {
        let places = self.decided.places.iter().take(decided.places.len());
        let values = places.filter_map(|(path, content)| Some((path, content.value()?)));
        values.map(|(path, value)| (path.clone(), value.clone())).collect()
    }
}

impl<'m> Maker<'m> {
    /// The event of what was decided, filled up as the schema says where that changes no verdict; what is at the path
    /// that is kept takes no other value.
    pub fn event(
        &self,
        literals: &[Literal<'_>],
        decided: &Decided,
        kept: Option<&Path>,
        matches: bool,
        fits: &dyn Fn(&Event) -> bool,
    ) -> Option<Made<'m>> {
        let plain = build::value(&decided.places)?;
        if let Some(schema) = self.schema {
            let settled = fill::settled(decided, schema);
            let mut tests = Tests::new(literals);
            tests.bound.extend(kept);
            let allows = |path: &Path, value: &Value| tests.allow(path, value);
            let mut improved = fill::with_related(&settled, &plain, schema);
            let usual = Scene::new(schema, &mut improved, &allows, self.seed);
            let tries = [(usual, improved), (Scene::bare(schema, self.seed), settled)];
            for (scene, decided) in tries {
                let plain = build::value(&decided.places).unwrap_or_else(|| plain.clone());
                let full = fill::filled(plain.clone(), &decided, &scene);
                let full = fitting(full, plain, self.schema);
                if let Some(event) = self.right(full, matches, fits) {
                    return Some(Made { event, decided, scene: Some(scene) });
                }
            }
        }
        let event = self.right(plain, matches, fits)?;
        Some(Made { event, decided: decided.clone(), scene: None })
    }

    /// The event, where it matches as it should, is one that the log can hold, and fits.
    pub fn right(&self, value: Value, matches: bool, fits: &dyn Fn(&Event) -> bool) -> Option<Event> {
        let event = Event::new(value);
        let can_be = || self.schema.is_none_or(|schema| schema.validate(event.value()).is_empty());
        (self.matcher.matches(&event) == matches && can_be() && fits(&event)).then_some(event)
    }
}

/// The tests of a branch by field.
#[derive(Default)]
struct Tests<'f> {
    of: FxHashMap<&'f Path, Vec<(bool, Tester)>>,
    /// Fields of which no value may be chosen: those whose values depend on others, and those that must be null.
    bound: FxHashSet<&'f Path>,
}

impl<'f> Tests<'f> {
    fn new(literals: &[Literal<'f>]) -> Self {
        let mut tests = Self::default();
        for literal in literals {
            let Literal::Predicate(positive, predicate) = *literal else { continue };
            let Subject::Field(field) = &predicate.subject else { continue };
            if let (Condition::FieldRef { other, .. }, true) = (&predicate.test, positive) {
                tests.bound.extend([&field.path, &other.path]);
            }
            // Nothing may be there.
            if matches!(
                (&predicate.test, positive),
                (Condition::Null, true) | (Condition::Present | Condition::Exists, false)
            ) {
                tests.bound.insert(&field.path);
            }
            let of = tests.of.entry(&field.path).or_default();
            of.extend(Tester::new(predicate).map(|tester| (positive, tester)));
        }
        tests
    }

    /// Whether a value of a field satisfies all tests, and may be chosen without a look at other fields.
    fn allow(&self, path: &Path, value: &Value) -> bool {
        !self.bound.contains(path) && self.of.get(path).is_some_and(|tests| accepts(tests, value))
    }
}
