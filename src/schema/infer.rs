//! Writes a schema from sample events.
//!
//! What samples cannot promise is not promised: objects and lists of known values stay open, and no field is said to be never
//! empty.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::infer_text::{Look, plain, quoted};

/// The longest key of YAML, as written, that needs no `?` before it (YAML 1.2, 7.4.2).
const LONGEST_KEY: usize = 1024;

/// Deeper values are taken as `any`.
const MAX_DEPTH: usize = 20;
/// More fields than this in all are not told apart.
const MAX_FIELDS: usize = 5_000;
/// An object with more members than this has free keys.
const MAX_MEMBERS: usize = 200;
/// More values than this are not an enumeration.
const MAX_VALUES: usize = 32;
/// A longer value is not a member of an enumeration.
const MAX_VALUE_CHARS: usize = 64;
/// More keys of a keyed array than this are not listed.
const MAX_KEYS: usize = 200;
/// A field in fewer records than this is not said to be in every one.
const ENOUGH: u64 = 10;

/// The members that can hold the key of a pair.
const KEYS: [&str; 8] = ["name", "Name", "key", "Key", "displayName", "DisplayName", "id", "type"];

/// What sample events show of a log.
#[derive(Debug, Default)]
pub struct Inference {
    events: u64,
    fields: usize,
    record: Seen,
    newest: Option<String>,
}

/// What was seen in one place.
#[derive(Debug, Default)]
struct Seen {
    nulls: u64,
    booleans: u64,
    integers: u64,
    numbers: u64,
    objects: u64,
    arrays: u64,
    text: Texts,
    members: Vec<(String, Seen)>,
    /// Members came that are no longer told apart.
    more: bool,
    items: Option<Box<Seen>>,
    /// What the texts hold, while each of them is JSON.
    json: Option<Box<Seen>>,
    /// Members of the elements whose texts name an element within its array, while that holds.
    keys: Option<BTreeSet<&'static str>>,
}

#[derive(Debug, Default)]
struct Texts {
    count: u64,
    values: BTreeSet<String>,
    many: bool,
    look: Option<Look>,
    not_json: bool,
}

impl Inference {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many events were seen.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Takes an event into account; what is not an object is not an event.
    pub fn observe(&mut self, event: &Value) {
        if event.is_object() {
            self.events += 1;
            see(&mut self.record, event, 0, &mut self.fields, &mut self.newest);
        }
    }

    /// The schema. The parts of the name hold lower-case letters, digits, `_`, `-` and dots.
    pub fn schema(&self, product: &str, service: &str) -> String {
        let mut writer = Writer {
            events: self.events,
            inside: 0,
            enum_lines: String::new(),
            fields: String::new(),
            enums: BTreeMap::new(),
            keys: BTreeSet::new(),
        };
        writer.members(&self.record, &mut vec![], 1);
        let date = self.newest.as_deref().unwrap_or("1970-01-01");
        let time = self.record.time().map_or_else(String::new, |name| format!("time: {}\n", quoted(name)));
        let enums = if writer.enum_lines.is_empty() {
            String::new()
        } else {
            format!("enums:\n{}", writer.enum_lines)
        };
        let fields = if writer.fields.is_empty() {
            "fields: {}\n".to_owned()
        } else {
            format!("fields:\n{}", writer.fields)
        };
        format!(
            "# Inferred from sample events: add documentation, and close what the provider promises.\n\
             sigmata-schema: 2\nname: {product}/{service}\ntitle: {}\nlogsources:\n  - {{ product: {}, service: {} }}\n\
             sources:\n  - {{ source: \"{} sample events\", license: own, date: \"{date}\" }}\n{time}{enums}open: true\n{fields}",
            quoted(&format!("{product} {service}")),
            quoted(product),
            quoted(service),
            self.events,
        )
    }
}

fn see(seen: &mut Seen, value: &Value, depth: usize, fields: &mut usize, newest: &mut Option<String>) {
    match value {
        Value::Null => seen.nulls += 1,
        Value::Bool(_) => seen.booleans += 1,
        Value::Number(number) if number.is_i64() || number.is_u64() => seen.integers += 1,
        Value::Number(_) => seen.numbers += 1,
        Value::String(text) => see_text(seen, text, depth, fields, newest),
        Value::Object(object) => {
            seen.objects += 1;
            if depth < MAX_DEPTH {
                see_object(seen, object, depth, fields, newest);
            } else {
                seen.more = true;
            }
        }
        Value::Array(items) => {
            seen.arrays += 1;
            if depth < MAX_DEPTH {
                let unique = distinct(items);
                match &mut seen.keys {
                    None if !items.is_empty() => seen.keys = Some(unique),
                    Some(keys) if !items.is_empty() => keys.retain(|key| unique.contains(key)),
                    _ => {}
                }
                let inner = seen.items.get_or_insert_default();
                for item in items {
                    see(inner, item, depth + 1, fields, newest);
                }
            }
        }
    }
}

fn see_object(
    seen: &mut Seen,
    object: &Map<String, Value>,
    depth: usize,
    fields: &mut usize,
    newest: &mut Option<String>,
) {
    for (name, value) in object {
        let at = seen.members.iter().position(|(known, _)| known == name).or_else(|| {
            if seen.members.len() >= MAX_MEMBERS || *fields >= MAX_FIELDS {
                seen.more = true;
                return None;
            }
            *fields += 1;
            seen.members.push((name.clone(), Seen::default()));
            Some(seen.members.len() - 1)
        });
        if let Some((_, inner)) = at.and_then(|at| seen.members.get_mut(at)) {
            see(inner, value, depth + 1, fields, newest);
        }
    }
}

fn see_text(seen: &mut Seen, text: &str, depth: usize, fields: &mut usize, newest: &mut Option<String>) {
    let texts = &mut seen.text;
    texts.count += 1;
    if !texts.many {
        if text.is_empty() || text.chars().count() > MAX_VALUE_CHARS || text.chars().any(char::is_control) {
            texts.many = true;
        } else {
            texts.values.insert(text.to_owned());
            texts.many = texts.values.len() > MAX_VALUES;
        }
    }
    if text.is_empty() {
        return;
    }
    let look = texts.look.map_or_else(|| Look::of(text), |look| look.and(text));
    texts.look = Some(look);
    if look == Look::Timestamp
        && let Some(day) = text.get(..10)
        && newest.as_deref().is_none_or(|newest| newest < day)
    {
        *newest = Some(day.to_owned());
    }
    if texts.not_json {
        return;
    }
    let parsed =
        serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array());
    match parsed {
        Some(value) if depth < MAX_DEPTH => {
            see(seen.json.get_or_insert_default(), &value, depth + 1, fields, newest);
        }
        _ => {
            texts.not_json = true;
            seen.json = None;
        }
    }
}

/// The members that name each element of an array: texts, in every element, no two alike.
fn distinct(items: &[Value]) -> BTreeSet<&'static str> {
    let names = |key: &&str| {
        let mut seen = BTreeSet::new();
        items.iter().all(|item| {
            item.get(*key).and_then(Value::as_str).is_some_and(|text| !text.is_empty() && seen.insert(text))
        })
    };
    KEYS.into_iter().filter(names).collect()
}

/// The kinds of values in one place, as a schema names them.
enum Inferred {
    Any,
    Named(&'static str),
    Text,
    Json,
    Object,
    /// What is usually an object.
    Usually,
    Map,
    Array,
}

impl Seen {
    fn present(&self) -> u64 {
        self.booleans + self.integers + self.numbers + self.text.count + self.objects + self.arrays
    }

    fn kind(&self) -> Inferred {
        let scalars = [self.booleans, self.integers + self.numbers, self.text.count];
        let kinds = scalars.iter().filter(|count| **count > 0).count();
        match (kinds, self.objects > 0, self.arrays > 0) {
            (0, true, false) if self.members.len() >= MAX_MEMBERS => Inferred::Map,
            (0, true, false) => Inferred::Object,
            (0, false, true) => Inferred::Array,
            (_, true, _) if !self.members.is_empty() && self.members.len() < MAX_MEMBERS => Inferred::Usually,
            (1, false, false) if self.booleans > 0 => Inferred::Named("boolean"),
            (1, false, false) if self.text.count > 0 && self.json.is_some() => Inferred::Json,
            (1, false, false) if self.text.count > 0 => Inferred::Text,
            (1, false, false) if self.numbers > 0 => Inferred::Named("number"),
            (1, false, false) => Inferred::Named("integer"),
            _ => Inferred::Any,
        }
    }

    fn is_time(&self) -> bool {
        matches!(self.kind(), Inferred::Text) && self.text.look == Some(Look::Timestamp)
    }

    /// The member of a record that looks like the time of the event: the one that most records have.
    fn time(&self) -> Option<&str> {
        let word = |name: &str| {
            name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '@'))
        };
        let times = self.members.iter().filter(|(name, seen)| word(name) && seen.is_time());
        let rank = |(name, seen): &&(String, Seen)| {
            (seen.present(), name.to_ascii_lowercase().contains("time"), std::cmp::Reverse(name.clone()))
        };
        times.max_by_key(rank).map(|(name, _)| name.as_str())
    }

    /// How the elements of an array are addressed: the key, and the members that hold the value.
    fn pairs(&self) -> Option<(&'static str, Vec<&str>)> {
        let items = self.items.as_deref().filter(|items| matches!(items.kind(), Inferred::Object))?;
        let keys = self.keys.as_ref()?;
        let key = KEYS.into_iter().find(|key| keys.contains(key))?;
        let mut others: Vec<&str> =
            items.members.iter().map(|(name, _)| name.as_str()).filter(|name| *name != key).collect();
        if others.is_empty() || !others.iter().all(|name| name.to_ascii_lowercase().contains("value")) {
            return None;
        }
        let several = others.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            name.starts_with("old") || name.starts_with("new")
        });
        // An old and a new value are both of interest, so that the name goes on to the member.
        if several {
            others.clear();
        }
        Some((key, others))
    }
}

struct Writer {
    /// How many records there are.
    events: u64,
    /// How many arrays and texts are around the place, in which a record can have several values or none.
    inside: usize,
    enum_lines: String,
    fields: String,
    /// The names of the lists of known values, by their values.
    enums: BTreeMap<Vec<String>, String>,
    /// The members that name an element, whose values are listed there.
    keys: BTreeSet<Vec<String>>,
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        self.fields.push_str(&"  ".repeat(depth));
        self.fields.push_str(text);
        self.fields.push('\n');
    }

    /// A key and what follows its colon.
    fn key(&mut self, depth: usize, name: &str, after: &str) {
        let name = quoted(name);
        if name.chars().count() > LONGEST_KEY {
            self.line(depth, &format!("? {name}"));
            self.line(depth, &format!(":{after}"));
        } else {
            self.line(depth, &format!("{name}:{after}"));
        }
    }

    fn members(&mut self, seen: &Seen, path: &mut Vec<String>, depth: usize) {
        for (name, inner) in &seen.members {
            path.push(name.clone());
            self.key(depth, name, "");
            self.ty(inner, path, depth + 1);
            if self.inside == 0 && self.events >= ENOUGH && inner.present() == self.events {
                self.line(depth + 1, "always: true");
            }
            path.pop();
        }
    }

    /// The keys of a field or type.
    fn ty(&mut self, seen: &Seen, path: &mut Vec<String>, depth: usize) {
        match seen.kind() {
            Inferred::Any => self.line(depth, "type: any"),
            Inferred::Named(name) => self.line(depth, &format!("type: {name}")),
            Inferred::Text => self.text(&seen.text, path, depth),
            Inferred::Json => {
                self.line(depth, "type: json");
                self.items(seen.json.as_deref(), path, depth);
            }
            Inferred::Map => self.line(depth, "type: map"),
            Inferred::Array => {
                self.line(depth, "type: array");
                if let Some((key, values)) = seen.pairs() {
                    self.keyed(seen, key, &values, depth);
                    self.keys.insert(path.iter().cloned().chain([key.to_owned()]).collect());
                }
                self.items(seen.items.as_deref(), path, depth);
            }
            Inferred::Object => {
                self.line(depth, "type: object");
                self.line(depth, "open: true");
                self.fields_of(seen, path, depth);
            }
            Inferred::Usually => {
                self.line(depth, "type: any");
                self.fields_of(seen, path, depth);
            }
        }
    }

    fn fields_of(&mut self, seen: &Seen, path: &mut Vec<String>, depth: usize) {
        if !seen.members.is_empty() {
            self.line(depth, "fields:");
            self.members(seen, path, depth + 1);
        }
    }

    fn items(&mut self, items: Option<&Seen>, path: &mut Vec<String>, depth: usize) {
        if let Some(items) = items.filter(|items| items.present() > 0) {
            self.line(depth, "items:");
            self.inside += 1;
            self.ty(items, path, depth + 1);
            self.inside -= 1;
        }
    }

    fn keyed(&mut self, seen: &Seen, key: &str, values: &[&str], depth: usize) {
        self.line(depth, "keyed:");
        self.line(depth + 1, &format!("key: {}", quoted(key)));
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            self.line(depth + 1, &format!("values: [{}]", values.join(", ")));
        }
        let items = seen.items.iter().flat_map(|items| &items.members);
        let texts = items.filter(|(name, _)| name == key).map(|(_, inner)| &inner.text);
        let known: Vec<&String> =
            texts.filter(|texts| !texts.many).flat_map(|texts| &texts.values).take(MAX_KEYS).collect();
        if !known.is_empty() {
            self.line(depth + 1, "known:");
            for name in known {
                self.key(depth + 2, name, " \"\"");
            }
        }
    }

    fn text(&mut self, texts: &Texts, path: &[String], depth: usize) {
        let look = texts.look.unwrap_or(Look::Other);
        if let Some(name) = look.ty() {
            return self.line(depth, &format!("type: {name}"));
        }
        if let Some(format) = look.format() {
            self.line(depth, "type: string");
            return self.line(depth, &format!("format: {format}"));
        }
        let few = !texts.many && texts.count >= ENOUGH && texts.values.len() as u64 * 5 <= texts.count;
        if !few || self.keys.contains(path) {
            return self.line(depth, "type: string");
        }
        let name = self.known_values(texts, path);
        self.line(depth, "type: enum");
        self.line(depth, &format!("enum: {}", quoted(&name)));
    }

    fn known_values(&mut self, texts: &Texts, path: &[String]) -> String {
        let values: Vec<String> = texts.values.iter().cloned().collect();
        if let Some(name) = self.enums.get(&values) {
            return name.clone();
        }
        let mut name = path.join(".");
        while self.enums.values().any(|known| *known == name) {
            name.push('_');
        }
        let noun = path.last().map(|last| plain(last)).unwrap_or_default();
        let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.enum_lines.push_str(&format!(
            "  {}: {{ noun: {}, values: [{}] }}\n",
            quoted(&name),
            quoted(&noun),
            list.join(", ")
        ));
        self.enums.insert(values, name.clone());
        name
    }
}
