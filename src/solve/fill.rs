//! Fills an event up as its schema says: what every record has, and what an analyst would look for.

use serde_json::{Value, json};

use super::build::put;
use super::literal::{Content, Decided};
use super::scene::Scene;
use super::{request, sample};
use crate::schema::{DeliveryForm, Facts, Field, Meaning, ObjectType, Path, Schema, Step, Type};

/// How deep objects are filled.
const MAX_DEPTH: usize = 8;

/// The event with what its schema promises. What was decided stays as it is, also where it was decided that nothing
/// is there.
pub(super) fn filled(event: Value, decided: &Decided, scene: &Scene<'_>) -> Value {
    let schema = scene.setting.schema;
    let mut filler = Filler { event, decided, schema, scene, facts: Facts::default() };
    filler.tell();
    scene.fill(&mut filler.event, decided);
    filler.name();
    filler.relate();
    filler.learn();
    filler.object(&schema.record, &mut Path::default(), 0);
    filler.event
}

/// Whether it was decided what is at a path.
fn fixed(decided: &Decided, path: &Path) -> bool {
    decided.places.iter().any(|(known, place)| {
        known.steps == path.steps
            || (matches!(place, Content::Absent) && path.steps.starts_with(&known.steps))
    })
}

/// Values that go with those of an event: the source of an event name, a name of an event source.
fn related(event: &Value, decided: &Decided, schema: &Schema) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    for relation in &schema.relations {
        let (path, text) = match (text_at(event, &relation.by), text_at(event, &relation.field)) {
            (None, Some(value)) if !fixed(decided, &relation.by) => {
                let mut owners = relation.pairs.owners(value);
                owners.sort_by_key(|owner| {
                    let usual = schema.examples.has_both((&relation.field, value), (&relation.by, owner));
                    std::cmp::Reverse((usual, relation.pairs.completeness(owner)))
                });
                (&relation.by, owners.first().map(|owner| (*owner).to_owned()))
            }
            (Some(by), None) if !fixed(decided, &relation.field) => {
                // A record that names its event twice names the same one.
                let mut first = schema
                    .alike(&relation.field)
                    .filter_map(|other| text_at(event, other))
                    .find(|name| relation.pairs.has(by, name))
                    .map(str::to_owned);
                if first.is_none() {
                    relation.pairs.visit(by, &mut |name| {
                        first = Some(name.to_owned());
                        false
                    });
                }
                (&relation.field, first)
            }
            _ => continue,
        };
        found.extend(text.map(|text| (path.clone(), text)));
    }
    found
}

/// What was decided, with what goes with it: where the rule names an event, its source.
pub(super) fn with_related(decided: &Decided, plain: &Value, schema: &Schema) -> Decided {
    let mut with = decided.clone();
    for (path, text) in related(plain, decided, schema) {
        // The first of several relations holds.
        if with.get(&path).is_none() {
            with.set(&path, Content::Value(Value::String(text)));
        }
    }
    with
}

/// What was decided, with the texts of keywords, which may be anywhere, at fields that the schema knows.
pub(super) fn settled(decided: &Decided, schema: &Schema) -> Decided {
    let mut settled = decided.clone();
    for at in 0..settled.places.len() {
        let Some((path, Content::Value(Value::String(text)))) = settled.places.get(at) else { continue };
        let [Step::Key(name)] = path.steps.as_slice() else { continue };
        if schema.record.open || schema.record.fields.iter().any(|field| field.name == *name) {
            continue;
        }
        let taken = |path: &Path| {
            settled.places.iter().any(|(known, _)| {
                known.steps.starts_with(&path.steps) || path.steps.starts_with(&known.steps)
            })
        };
        let delivery = [Fit::Member, Fit::Text]
            .into_iter()
            .find_map(|fit| delivery(&schema.record, &Path::default(), text, fit, &taken, 0));
        if let (Some(delivery), Some((path, _))) = (delivery, settled.places.get_mut(at)) {
            *path = delivery;
        }
    }
    settled
}

/// How well a text fits a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is a member of the field's list of known values.
    Member,
    /// The field holds any text.
    Text,
}

/// The first free field that a text fits.
fn delivery(
    object: &ObjectType,
    path: &Path,
    text: &str,
    fit: Fit,
    taken: &dyn Fn(&Path) -> bool,
    depth: usize,
) -> Option<Path> {
    let below = |field: &Field| {
        let mut path = path.clone();
        path.steps.push(Step::Key(field.name.clone()));
        path
    };
    let here = object.fields.iter().find_map(|field| {
        let fits = match (&field.ty, fit) {
            (Type::Enum(known_values), Fit::Member) => known_values.canonical(text) == Some(text),
            (Type::String, Fit::Text) => field.format.is_none() && field.redacted.is_none(),
            _ => false,
        };
        let path = fits.then(|| below(field))?;
        (!taken(&path)).then_some(path)
    });
    here.or_else(|| {
        object.fields.iter().filter(|_| depth < MAX_DEPTH).find_map(|field| match &field.ty {
            Type::Object(inner) => delivery(inner, &below(field), text, fit, taken, depth + 1),
            _ => None,
        })
    })
}

struct Filler<'f> {
    event: Value,
    decided: &'f Decided,
    schema: &'f Schema,
    scene: &'f Scene<'f>,
    facts: Facts,
}

fn text_at<'v>(event: &'v Value, path: &Path) -> Option<&'v str> {
    let mut here = event;
    for step in &path.steps {
        let Step::Key(key) = step else { return None };
        here = here.get(&**key)?;
    }
    here.as_str()
}

/// Whether something is at a path of keys.
fn has(event: &Value, path: &Path) -> bool {
    let mut here = event;
    path.steps.iter().all(|step| {
        let inner = match step {
            Step::Key(key) => here.get(&**key),
            _ => None,
        };
        inner.map(|inner| here = inner).is_some()
    })
}

impl Filler<'_> {
    /// Whether the rule speaks of the path or of something below it.
    fn spoken(&self, path: &Path) -> bool {
        self.decided.places.iter().any(|(known, _)| known.steps.starts_with(&path.steps))
    }

    fn fixed(&self, path: &Path) -> bool {
        fixed(self.decided, path) || self.scene.is_absent(path)
    }

    /// What distinguishes the records of this log from those of others: the texts by which it is recognised, and those by which a
    /// product that keeps several logs of raw records in one place parts them.
    fn tell(&mut self) {
        let schema = self.schema;
        let recognised = schema.signature.values.iter().filter_map(|(name, texts)| {
            let path = schema.lookup(name, &Facts::default())?.path;
            Some((path, Value::String(texts.first()?.clone())))
        });
        let raw = schema.deliveries.iter().filter(|delivery| delivery.form == DeliveryForm::Raw);
        let parted = raw.flat_map(|delivery| &delivery.discriminator).filter_map(|(path, values)| {
            let field = schema.has_field(&path.name());
            let value = values.first().filter(|value| field && !value.text().contains('*'))?;
            Some((path.clone(), value.json()))
        });
        for (path, value) in recognised.chain(parted).collect::<Vec<_>>() {
            if !self.spoken(&path) && !has(&self.event, &path) {
                let _ = put(&mut self.event, &path.steps, value);
            }
        }
    }

    /// Values that go with the ones that the event has.
    fn relate(&mut self) {
        for (path, text) in related(&self.event, self.decided, self.schema) {
            let _ = put(&mut self.event, &path.steps, Value::String(text));
        }
    }

    /// What is known of the fields on which types depend.
    fn learn(&mut self) {
        for relation in &self.schema.relations {
            for path in [&relation.by, &relation.field] {
                if let Some(text) = text_at(&self.event, path) {
                    self.facts.narrow(path, std::iter::once(text.to_owned()).collect());
                }
            }
        }
        for (path, place) in &self.decided.places {
            if let Content::Value(Value::String(text)) = place
                && self.facts.values(path).is_none()
            {
                self.facts.narrow(path, std::iter::once(text.clone()).collect());
            }
        }
    }

    fn object(&mut self, object: &ObjectType, path: &mut Path, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for field in &object.fields {
            path.steps.push(Step::Key(field.name.clone()));
            self.field(field, path, depth);
            path.steps.pop();
        }
    }

    fn field(&mut self, field: &Field, path: &mut Path, depth: usize) {
        if self.fixed(path) {
            return;
        }
        let alert = self.schema.alert.iter().any(|known| known.steps.starts_with(&path.steps));
        let is_time = self.schema.time.as_ref().is_some_and(|time| time.steps.starts_with(&path.steps));
        let spoken = self.spoken(path);
        if !(field.always || spoken || is_time || (alert && !tells_failure(&field.name))) {
            return;
        }
        match &field.ty {
            Type::Object(object) => {
                self.object(object, path, depth + 1);
                self.request(field, path);
            }
            Type::Array(item) if !spoken => {
                if let Type::Object(object) = &**item {
                    let mut members = serde_json::Map::new();
                    for member in object.fields.iter().take(6) {
                        if let Some(value) = sample::of(&self.scene.setting, member, path)
                            && !tells_failure(&member.name)
                        {
                            members.insert(member.name.to_string(), value);
                        }
                    }
                    if !members.is_empty() {
                        let _ = put(&mut self.event, &path.steps, json!([members]));
                    }
                }
            }
            _ if !spoken && field.redacted.is_none() => {
                if let Some(value) = sample::of(&self.scene.setting, field, path) {
                    let _ = put(&mut self.event, &path.steps, value);
                }
            }
            _ => {}
        }
    }
}

impl Filler<'_> {
    /// Names the event as a usual one, where the rule says neither which it is nor where it comes from.
    fn name(&mut self) {
        let schema = self.schema;
        let pairs = schema.relations.iter().map(|relation| vec![&relation.by, &relation.field]);
        let actions = schema.with_meaning(Meaning::Action).iter().map(|path| vec![path]);
        for paths in pairs.chain(actions) {
            if paths.iter().any(|path| has(&self.event, path) || fixed(self.decided, path)) {
                continue;
            }
            let faults = schema.validate(&self.event).len();
            let named = schema.examples.records.iter().find_map(|example| {
                let names = |path: &&Path| {
                    example.values.iter().any(|(known, value)| known == *path && value.is_string())
                };
                let event = paths.iter().all(names).then(|| self.with(&example.values)).flatten()?;
                (schema.validate(&event).len() <= faults).then_some(event)
            });
            if let Some(event) = named {
                self.event = event;
            }
        }
    }

    /// The event with values that it lacks; `None` where it has other ones.
    fn with(&self, values: &[(Path, Value)]) -> Option<Value> {
        let mut event = self.event.clone();
        for (path, value) in values {
            let value = self.scene.setting.cast.value(value);
            if value.is_null() {
                if has(&event, path) {
                    return None;
                }
            } else if has(&event, path) {
                let same = value.as_str().is_some_and(|text| text_at(&event, path) == Some(text));
                if !same {
                    return None;
                }
            } else if fixed(self.decided, path) {
                return None;
            } else {
                put(&mut event, &path.steps, value)?;
            }
        }
        Some(event)
    }

    /// What the request of an event was about, where that fits the schema.
    fn request(&mut self, field: &Field, path: &Path) {
        if field.dependent.is_none() {
            return;
        }
        let actions = self.schema.with_meaning(Meaning::Action).iter();
        let named = self.schema.relations.iter().map(|relation| &relation.field);
        let Some(action) = named.chain(actions).find_map(|path| text_at(&self.event, path)) else { return };
        let members = request::members(self.scene, field, path, &self.facts, action);
        let (mut event, mut changed) = (self.event.clone(), false);
        for (name, value) in members {
            let mut path = path.clone();
            path.steps.push(Step::Key(name));
            if !self.spoken(&path) && !self.fixed(&path) && !has(&event, &path) {
                changed |= put(&mut event, &path.steps, value).is_some();
            }
        }
        let faults = |event: &Value| self.schema.validate(event).len();
        if changed && faults(&event) <= faults(&self.event) {
            self.event = event;
        }
    }
}

/// Whether a field says that something went wrong, which a usual event does not.
fn tells_failure(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["error", "reason", "fail", "exception"].iter().any(|word| name.contains(word))
}
