//! Who an example event is about: one actor, one account, one address, wherever the record names them.
//!
//! The examples of a schema say which values are together in a usual record. The first ones are taken that agree with
//! what a rule says, and what the rule leaves open takes their values, where its tests allow them.

use serde_json::{Value, json};

use super::build::put;
use super::literal::{Content, Decided};
use super::sample::{self, Setting};
use crate::schema::{Base, Cast, Example, Facts, Path, Schema, Step, Type, name_alone};

/// Whether the tests of a rule allow a value at a path.
pub(super) type Allows<'a> = &'a dyn Fn(&Path, &Value) -> bool;

/// Who acts, and who is acted on, by seed.
const PEOPLE: [(&str, &str); 3] = [("alice", "bob"), ("bob", "carol"), ("carol", "dave")];

/// An address of each range for documentation, by seed.
const ADDRESSES: [&str; 3] = ["198.51.100.23", "203.0.113.9", "192.0.2.44"];

/// What an event is about.
#[derive(Debug)]
pub(super) struct Scene<'s> {
    pub setting: Setting<'s>,
    chosen: Vec<&'s Example>,
}

impl<'s> Scene<'s> {
    /// What the event of these places is about; the places take better values where the tests allow them.
    pub fn new(schema: &'s Schema, decided: &mut Decided, allows: Allows<'_>, seed: u64) -> Self {
        let mut scene =
            Self { setting: Setting { schema, cast: cast(schema, seed), seed }, chosen: Vec::new() };
        scene.listen(decided, allows);
        for example in &schema.examples.records {
            scene.take(example, decided, allows);
        }
        scene.improve(decided, allows);
        scene
    }

    /// A scene of which no example is given, and in which no value changes.
    pub fn bare(schema: &'s Schema, seed: u64) -> Self {
        Self { setting: Setting { schema, cast: cast(schema, seed), seed }, chosen: Vec::new() }
    }

    /// Learns names from the fields that hold nothing else.
    fn listen(&mut self, decided: &Decided, allows: Allows<'_>) {
        for (path, value) in self.setting.schema.examples.records.iter().flat_map(|example| &example.values) {
            if let (Value::String(text), Some(Content::Value(Value::String(own)))) =
                (value, decided.get(path))
                && name_alone(text).is_some()
                && !allows(path, &self.setting.cast.value(value))
            {
                self.setting.cast.learn(text, own);
            }
        }
    }

    /// Takes an example where it agrees with what was decided and with those before it.
    fn take(&mut self, example: &'s Example, decided: &Decided, allows: Allows<'_>) {
        let has_value =
            |(path, _): &(Path, Value)| !matches!(decided.get(path), None | Some(Content::Absent));
        if example.asked && !example.values.iter().any(has_value) {
            return;
        }
        let mut cast = self.setting.cast.clone();
        let agree = example.values.iter().all(|(path, value)| {
            let earlier = self.template(path);
            let alone = || !value.is_object() && !self.is_absent(path);
            earlier.map_or_else(alone, |earlier| earlier == value)
                && agrees(&mut cast, path, value, decided, allows)
        });
        if agree {
            self.setting.cast = cast;
            self.chosen.push(example);
        }
    }

    /// What the examples that were taken have at a path.
    fn template(&self, path: &Path) -> Option<&'s Value> {
        let values = self.chosen.iter().flat_map(|example| &example.values);
        values.filter(|(known, _)| known == path).map(|(_, value)| value).next()
    }

    /// Puts usual values in the place of those that only satisfy the tests, and of nothing where something may be.
    fn improve(&self, decided: &mut Decided, allows: Allows<'_>) {
        for (path, content) in &mut decided.places {
            let better = match content {
                Content::Value(own) => self.better(path, own, allows),
                Content::Absent => self.usual(path, allows),
                Content::Elements(_) => None,
            };
            if let Some(better) = better {
                *content = Content::Value(better);
            }
        }
    }

    /// What the examples that were taken have at a path, where the tests allow it.
    fn usual(&self, path: &Path, allows: Allows<'_>) -> Option<Value> {
        let usual = self.setting.cast.value(self.template(path)?);
        (!usual.is_null() && allows(path, &usual)).then_some(usual)
    }

    /// A usual value that the tests allow in the place of another one.
    pub fn better(&self, path: &Path, own: &Value, allows: Allows<'_>) -> Option<Value> {
        let differs = |usual: &Value| usual != own && allows(path, usual);
        let of_examples = || self.others(path).find(differs);
        let is_free = || [-5, 0, 1, 1_000_003].iter().all(|probe| allows(path, &json!(probe)));
        let sample = || match own {
            Value::String(_) => self.sample(path).filter(differs),
            Value::Number(_) if is_free() => self.sample(path),
            _ => None,
        };
        self.usual(path, allows).or_else(of_examples).or_else(sample)
    }

    /// A usual value of a field, where its list of known values does not say more.
    fn sample(&self, path: &Path) -> Option<Value> {
        if !path.steps.iter().all(|step| matches!(step, Step::Key(_))) {
            return None;
        }
        let field = self.setting.schema.lookup(&path.name(), &Facts::default())?.field?;
        if matches!(field.ty, Type::Enum(_)) { None } else { sample::of(&self.setting, &field, path) }
    }

    /// Every value that some example has at a path, and how a success and a failure look there.
    pub fn others<'e>(&'e self, path: &'e Path) -> impl Iterator<Item = Value> + 'e {
        let values = self.setting.schema.examples.records.iter().flat_map(|example| &example.values);
        let values = values.filter(move |(known, value)| known == path && !value.is_null());
        let values = values.map(|(_, value)| self.setting.cast.value(value));
        let outcome = &self.setting.schema.outcome;
        let signs = outcome.failure.iter().chain(&outcome.success);
        let signs = signs.filter(|(field, _)| *field == path.name()).filter_map(|(_, value)| sign(value));
        values.chain(signs)
    }

    /// Whether the examples say that nothing is at a path.
    pub fn is_absent(&self, path: &Path) -> bool {
        let mut values = self.chosen.iter().flat_map(|example| &example.values);
        values.any(|(known, value)| value.is_null() && path.steps.starts_with(&known.steps))
    }

    /// Puts what the examples have into an event, beside what was decided.
    pub fn fill(&self, event: &mut Value, decided: &Decided) {
        let values = self.chosen.iter().flat_map(|example| &example.values);
        for (path, value) in values.filter(|(_, value)| !value.is_null()) {
            match decided.get(path) {
                Some(Content::Elements(elements)) => self.complete(event, path, elements),
                Some(_) => {}
                None if decided.places.iter().any(|(known, _)| known.steps.starts_with(&path.steps)) => {}
                None => {
                    let _: Option<()> = put(event, &path.steps, self.setting.cast.value(value));
                }
            }
        }
    }

    /// Gives the first element of an array what it lacks of the first one of an example.
    pub fn complete(&self, event: &mut Value, path: &Path, elements: &[Decided]) {
        let absent = |key: &str| {
            let path = Path { base: Base::Element, steps: vec![Step::Key(key.into())] };
            elements.first().is_some_and(|element| matches!(element.get(&path), Some(Content::Absent)))
        };
        let usual = self.template(path).map(|template| self.setting.cast.value(template));
        let array = at_mut(event, path);
        let members = array.and_then(|array| array.get_mut(0)).and_then(Value::as_object_mut);
        if let (Some(members), Some(Value::Object(usual))) =
            (members, usual.as_ref().and_then(|usual| usual.get(0)))
        {
            for (key, value) in usual {
                if !members.contains_key(key) && !absent(key) {
                    members.insert(key.clone(), value.clone());
                }
            }
        }
    }
}

/// The people and things of an event.
fn cast(schema: &Schema, seed: u64) -> Cast {
    let by_seed = usize::try_from(seed % 3).unwrap_or_default();
    let (actor, target) = PEOPLE.get(by_seed).copied().unwrap_or(("alice", "bob"));
    let mut cast = Cast::default();
    for (name, text) in [
        ("actor", actor),
        ("target", target),
        ("domain", "contoso.example"),
        ("address", ADDRESSES.get(by_seed).copied().unwrap_or("198.51.100.23")),
        ("account", "111122223333"),
        ("region", "eu-west-1"),
    ] {
        cast.usual(name, text);
    }
    for (name, text) in &schema.examples.names {
        cast.usual(name, text);
    }
    cast
}

/// The first value of a sign of an outcome, which is written as YAML.
fn sign(written: &str) -> Option<Value> {
    let first = written.trim_start_matches('[').trim_end_matches(']').split(", ").next()?;
    let plain = || Value::String(first.trim_matches(['\'', '"']).to_owned());
    let value = serde_json::from_str(first).unwrap_or_else(|_| plain());
    (!value.is_null()).then_some(value)
}

/// Whether what was decided lets a field have its value in an example; learns what the names mean.
fn agrees(cast: &mut Cast, path: &Path, value: &Value, decided: &Decided, allows: Allows<'_>) -> bool {
    if value.is_null() {
        let is_there = |(known, content): &(Path, Content)| {
            !matches!(content, Content::Absent) && known.steps.starts_with(&path.steps)
        };
        return !decided.places.iter().any(is_there);
    }
    match decided.get(path) {
        None => !decided.places.iter().any(|(known, content)| {
            !matches!(content, Content::Elements(_)) && path.steps.starts_with(&known.steps)
        }),
        Some(Content::Absent) => allows(path, &cast.value(value)),
        Some(Content::Value(own)) => {
            let usual = cast.value(value);
            *own == usual
                || allows(path, &usual)
                || matches!((value, own), (Value::String(text), Value::String(own)) if cast.learn(text, own))
        }
        Some(Content::Elements(elements)) => {
            let usual = value.get(0);
            elements.first().is_none_or(|element| {
                element.places.iter().all(|(path, content)| match (path.steps.as_slice(), content) {
                    ([Step::Key(key)], Content::Value(own)) => {
                        let usual = usual.and_then(|usual| usual.get(&**key));
                        usual.is_none_or(|usual| {
                            usual == own || usual.as_str().is_some_and(|text| text.contains('{'))
                        })
                    }
                    _ => true,
                })
            })
        }
    }
}

/// What is at a path of keys.
pub(super) fn at_mut<'v>(event: &'v mut Value, path: &Path) -> Option<&'v mut Value> {
    path.steps.iter().try_fold(event, |here, step| match step {
        Step::Key(key) => here.get_mut(&**key),
        _ => None,
    })
}
