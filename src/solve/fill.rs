//! Fills an event up as its schema says: what every record has, and what an analyst would look for.
//!
//! Addresses, numbers of accounts and names are from the ranges that documentation may use.

use serde_json::{Value, json};

use super::build::put;
use super::literal::{Content, Decided};
use crate::schema::{DeliveryForm, Facts, Field, Format, ObjectType, Path, Schema, Step, Type};

/// How deep objects are filled.
const MAX_DEPTH: usize = 8;

/// The event with what its schema promises. What was decided stays as it is, also where it was decided that nothing
/// is there.
pub(super) fn filled(event: Value, decided: &Decided, schema: &Schema, seed: u64) -> Value {
    let mut filler = Filler { event, decided, schema, seed, facts: Facts::default() };
    filler.tell();
    filler.relate();
    filler.learn();
    filler.object(&schema.record, &mut Path::default(), 0);
    filler.event
}

/// What was decided, with the texts of keywords, which may stand anywhere, at fields that the schema knows.
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
    seed: u64,
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

/// Whether something stands at a path of keys.
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
        self.decided.places.iter().any(|(known, place)| {
            known.steps == path.steps
                || (matches!(place, Content::Absent) && path.steps.starts_with(&known.steps))
        })
    }

    /// What tells the records of this log from those of others: the texts by which it is recognised, and those by which a
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

    /// Values that go with the ones that were decided: the source of an event name, a name of an event source.
    fn relate(&mut self) {
        for relation in &self.schema.relations {
            let by = text_at(&self.event, &relation.by).map(str::to_owned);
            let value = text_at(&self.event, &relation.field).map(str::to_owned);
            let (path, text) = match (by, value) {
                (None, Some(value)) if !self.fixed(&relation.by) => {
                    let mut owners = relation.pairs.owners(&value);
                    owners.sort_by_key(|owner| std::cmp::Reverse(relation.pairs.completeness(owner)));
                    (&relation.by, owners.first().map(|owner| (*owner).to_owned()))
                }
                (Some(by), None) if !self.fixed(&relation.field) => {
                    let mut first = None;
                    relation.pairs.visit(&by, &mut |name| {
                        first = Some(name.to_owned());
                        false
                    });
                    (&relation.field, first)
                }
                _ => continue,
            };
            if let Some(text) = text {
                let _ = put(&mut self.event, &path.steps, Value::String(text));
            }
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
            }
            Type::Array(item) if !spoken => {
                if let Type::Object(object) = &**item {
                    let mut members = serde_json::Map::new();
                    for member in object.fields.iter().take(6) {
                        if let Some(value) = sample(member, path, self.seed)
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
                if let Some(value) = sample(field, path, self.seed) {
                    let _ = put(&mut self.event, &path.steps, value);
                }
            }
            _ => {}
        }
    }
}

/// Whether a field tells that something went wrong, which a usual event does not.
fn tells_failure(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["error", "reason", "fail", "exception"].iter().any(|word| name.contains(word))
}

/// A usual value for a field; `None` for what has none.
fn sample(field: &Field, path: &Path, seed: u64) -> Option<Value> {
    let number = mix(seed, &path.name(), &field.name);
    let pick = |list: &[&str]| -> String {
        let at = usize::try_from(number).unwrap_or(0) % list.len().max(1);
        list.get(at).copied().unwrap_or("example").to_owned()
    };
    let guid = || {
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            number & 0xffff_ffff,
            (number >> 32) & 0xffff,
            (number >> 40) & 0xfff,
            (number >> 48) & 0xfff,
            number & 0xffff_ffff_ffff
        )
    };
    Some(match &field.ty {
        Type::Boolean => Value::Bool(false),
        Type::Integer => match since_1970(field) {
            Some(parts) => json!((SAMPLE_TIME + seed % 60 * 60) * parts),
            None => json!(number % 100 + 1),
        },
        Type::Number => json!(1.5),
        Type::Timestamp => json!(format!("2026-08-01T10:{:02}:00Z", seed % 60)),
        Type::Ip | Type::Endpoint => json!(pick(&["198.51.100.23", "203.0.113.9", "192.0.2.44"])),
        Type::Enum(known_values) => {
            let mut first = None;
            known_values.visit(&mut |member| {
                first = Some(member.to_owned());
                false
            });
            Value::String(first?)
        }
        Type::String if !field.forms.is_empty() => Value::String(field.forms.first()?.example()),
        Type::String => Value::String(match field.format {
            Some(Format::Guid) => guid(),
            Some(Format::Arn) => "arn:aws:iam::111122223333:user/alice".to_owned(),
            Some(Format::Email | Format::Upn | Format::User) => {
                pick(&["alice@contoso.example", "bob@contoso.example"])
            }
            Some(Format::Domain) => "contoso.example".to_owned(),
            Some(Format::Url) => "https://contoso.example/".to_owned(),
            Some(Format::Duration) => "PT1H".to_owned(),
            Some(Format::Hex) => format!("{number:016x}"),
            Some(Format::Account) => "210987654321".to_owned(),
            Some(Format::AwsId) => "AIDAEXAMPLEALICE00001".to_owned(),
            Some(Format::Id) => format!("id{number:016x}"),
            Some(Format::Country) => "Germany".to_owned(),
            Some(Format::CountryCode) => "DE".to_owned(),
            Some(Format::Name) | None => by_name(&field.name, &pick, &guid),
        }),
        Type::Object(_) | Type::Map(_) | Type::Array(_) | Type::Json(_) | Type::Any => return None,
    })
}

/// 2026-08-01T10:00:00Z in seconds since 1970.
const SAMPLE_TIME: u64 = 1_785_578_400;

/// How many parts of a second the number counts, where its documentation says that it is a time.
fn since_1970(field: &Field) -> Option<u64> {
    let doc = field.doc.to_ascii_lowercase();
    let counts = |unit: &str| doc.contains(&format!("{unit}s since 1970"));
    [("millisecond", 1000), ("second", 1)].into_iter().find_map(|(unit, parts)| counts(unit).then_some(parts))
}

fn by_name(name: &str, pick: &dyn Fn(&[&str]) -> String, guid: &dyn Fn() -> String) -> String {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["arn"]) {
        "arn:aws:iam::111122223333:user/alice".to_owned()
    } else if has(&["accountid"]) {
        "111122223333".to_owned()
    } else if has(&["accesskeyid"]) {
        "AKIAIOSFODNN7EXAMPLE".to_owned()
    } else if has(&["useragent", "user_agent"]) {
        pick(&["aws-cli/2.17.0", "Mozilla/5.0 (X11; Linux x86_64)", "python-requests/2.32.3"])
    } else if has(&["ipaddress", "ip_address", "clientip", "callerip"]) {
        pick(&["198.51.100.23", "203.0.113.9", "192.0.2.44"])
    } else if has(&["mail", "upn", "principalname", "alternateid", "login"]) {
        pick(&["alice@contoso.example", "bob@contoso.example", "carol@contoso.example"])
    } else if has(&["region", "location"]) {
        pick(&["eu-west-1", "us-east-1"])
    } else if has(&["version"]) {
        "1.0".to_owned()
    } else if lower.ends_with("id") || has(&["uuid", "guid"]) {
        guid()
    } else if has(&["name", "actor", "user"]) {
        pick(&["alice", "bob", "carol"])
    } else {
        "example".to_owned()
    }
}

/// A number that depends on all of its inputs and on nothing else.
fn mix(seed: u64, path: &str, name: &str) -> u64 {
    let mut hash = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for byte in path.bytes().chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 31)
}
