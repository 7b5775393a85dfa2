//! The rules that are mutated: shipped ones, those of a corpus, and one made for each field of each schema.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sigmata::check::{self, TypedRule};
use sigmata::diagnostic::{Diagnostic, Severity};
use sigmata::rule::{self, DetectionRule, Document};
use sigmata::schema::{Completeness, Facts, KnownValues, Registry, Schema, Type};
use sigmata::source::SourceFile;

/// The most fields of one schema for which a rule is made, and the most values of one field.
const MAX_FIELDS: usize = 80;
const MAX_VALUES: usize = 6;
/// The most values of one vocabulary.
const MAX_WORDS: usize = 24;
/// The most events of one schema for whose own fields rules are made.
const MAX_EVENTS: usize = 24;

/// Services of which more events are taken, because most rules are about them or their records have a shape of their own.
const SERVICES: [&str; 4] =
    ["ec2.amazonaws.com", "s3.amazonaws.com", "ssm.amazonaws.com", "bedrock.amazonaws.com"];
/// The most events of each of these.
const MAX_OF_SERVICE: usize = 12;

/// A rule without a finding worse than a note.
pub struct Clean {
    pub name: String,
    pub text: String,
    pub rule: DetectionRule,
    pub typed: TypedRule,
    pub schema: Arc<Schema>,
}

/// Reads and checks a text; `None` when it is not a single detection rule.
pub fn run(text: &str, registry: &Registry) -> Option<(DetectionRule, TypedRule, Vec<Diagnostic>)> {
    let reading = rule::read(&SourceFile::new("rule.yml", text));
    let mut found = reading.diagnostics;
    let mut documents = reading.documents.into_iter();
    let (Some(Document::Detection(rule)), None) = (documents.next(), documents.next()) else { return None };
    let (typed, more) = check::check(&rule, registry);
    found.extend(more);
    Some((rule, typed, found))
}

fn clean(name: String, text: String, registry: &Registry) -> Option<Clean> {
    let (rule, typed, found) = run(&text, registry)?;
    let schema = typed.schema.clone()?;
    typed.formula.as_ref()?;
    found.iter().all(|finding| finding.severity == Severity::Info).then_some(Clean {
        name,
        text,
        rule,
        typed,
        schema,
    })
}

/// Every rule that is mutated, in a fixed order.
pub fn rules(registry: &Registry) -> Vec<Clean> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = files(&root.join("rules"));
    if let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") {
        files.extend(self::files(Path::new(&corpus)));
    }
    let mut found: Vec<_> = files
        .into_iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            clean(path.display().to_string(), text, registry)
        })
        .collect();
    for name in registry.names() {
        let Some(schema) = registry.get(name) else { continue };
        for text in made(&schema) {
            found.extend(clean(format!("{name}: {text}"), text, registry));
        }
    }
    found
}

/// The rule files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(stem) = path.to_string_lossy().strip_suffix(".yml")
                && !stem.to_lowercase().ends_with(".test")
            {
                found.push(path.clone());
            }
        }
    }
    found.sort();
    found
}

/// At most `most` of the items, evenly chosen.
pub fn spread<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let step = items.len().div_ceil(most).max(1);
    items.into_iter().step_by(step).collect()
}

/// A rule for each of the schema's fields, keyed ones and those of some events among them, with a value that the field
/// can hold.
fn made(schema: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    let rows = schema.outline("", &Facts::default());
    let keyed: Vec<_> = rows
        .iter()
        .flat_map(|row| spread(row.keys.iter().collect(), MAX_VALUES).into_iter().map(move |key| (row, key)))
        .flat_map(|(row, (key, _))| {
            ["", ".newValue", ".NewValue", ".value"].map(|tail| format!("{}.{key}{tail}", row.name))
        })
        .collect();
    let plain = spread(rows.iter().map(|row| row.name.clone()).collect(), MAX_FIELDS);
    for name in plain.into_iter().chain(keyed) {
        rules_of(schema, &name, &[], &Facts::default(), &mut found);
    }
    words(schema, &mut found);
    for relation in &schema.relations {
        let often = SERVICES.iter().flat_map(|owner| of_owner(relation, owner));
        for (by, value) in spread(pairs(schema, relation), MAX_EVENTS).into_iter().chain(often) {
            let mut facts = Facts::default();
            facts.narrow(&relation.by, BTreeSet::from([by.clone()]));
            facts.narrow(&relation.field, BTreeSet::from([value.clone()]));
            let given = [(relation.by.name(), escaped(&by)), (relation.field.name(), escaped(&value))];
            let known: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
            let mut more = schema.outline("", &facts);
            more.retain(|row| !known.contains(row.name.as_str()));
            for row in spread(more, 3) {
                rules_of(schema, &row.name, &given, &facts, &mut found);
            }
        }
    }
    found
}

/// Rules with values that are among other texts, whole and as parts.
fn words(schema: &Schema, found: &mut Vec<String>) {
    // A member of a request is known beside its event.
    let given = if schema.name == "aws/cloudtrail" {
        "        eventSource: iam.amazonaws.com\n        eventName: AttachUserPolicy\n"
    } else {
        ""
    };
    let mut facts = Facts::default();
    for (field, value) in [("eventSource", "iam.amazonaws.com"), ("eventName", "AttachUserPolicy")] {
        if let Some(path) = schema.resolve(field, &Facts::default()).ok().filter(|_| !given.is_empty()) {
            facts.narrow(&path.path, BTreeSet::from([value.to_owned()]));
        }
    }
    let rows = schema.outline("", &facts);
    let (product, service) = schema.name.split_once('/').unwrap_or((&schema.name, ""));
    for vocabulary in &schema.vocabularies {
        let name = vocabulary.fields.iter().find_map(|field| match field.strip_prefix('*') {
            Some(end) => rows.iter().find(|row| row.name.ends_with(end)).map(|row| row.name.clone()),
            None => Some(field.clone()),
        });
        let (Some(name), Some(frame)) = (name, vocabulary.frames.first()) else { continue };
        for member in spread(all_members(&*vocabulary.values), MAX_WORDS) {
            for (modifier, value) in [("", frame.around(&member)), ("|contains", member.clone())] {
                let value = escaped(&value).replace('\'', "''");
                found.push(format!(
                    "title: t\nlogsource:\n    product: {product}\n    service: {service}\ndetection:\n    s:\n{given}        {name}{modifier}: '{value}'\n    condition: s\n",
                ));
            }
        }
    }
}

/// Some pairs of one owner.
fn of_owner(relation: &sigmata::schema::Relation, owner: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    relation.pairs.visit(owner, &mut |value| {
        if relation.pairs.logged_as(owner, value).is_none() {
            found.push((owner.to_owned(), value.to_owned()));
        }
        true
    });
    spread(found, MAX_OF_SERVICE)
}

/// Pairs of a relation, one for each owner.
fn pairs(schema: &Schema, relation: &sigmata::schema::Relation) -> Vec<(String, String)> {
    let Ok(by) = schema.resolve(&relation.by.name(), &Facts::default()) else { return Vec::new() };
    let Type::Enum(owners) = &by.ty else { return Vec::new() };
    let mut found = Vec::new();
    owners.visit(&mut |owner| {
        let mut count = 0;
        relation.pairs.visit(owner, &mut |value| {
            // Not always the first of the alphabet.
            count += 1;
            if count == 1 + found.len() % 7 && relation.pairs.logged_as(owner, value).is_none() {
                found.push((owner.to_owned(), value.to_owned()));
            }
            count < 8
        });
        true
    });
    found
}

/// Rules that compare one field with values that it can hold, beside what is given.
fn rules_of(schema: &Schema, name: &str, given: &[(String, String)], facts: &Facts, found: &mut Vec<String>) {
    let Ok(resolved) = schema.resolve(name, facts) else { return };
    if !resolved.declared {
        return;
    }
    let (product, service) = schema.name.split_once('/').unwrap_or((&schema.name, ""));
    let mut ty = &resolved.ty;
    while let Type::Array(inner) = ty {
        ty = inner;
    }
    let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for (value, owner) in values(schema, &resolved.path, ty) {
        let lines: String = given
            .iter()
            .chain(&owner)
            .map(|(by, owner)| format!("        {}: {}\n", quote(by), quote(owner)))
            .collect();
        found.push(format!(
            "title: t\nlogsource:\n    product: {product}\n    service: {service}\ndetection:\n    s:\n{lines}        {name}: {}\n    condition: s\n",
            quote(&value),
        ));
    }
}

/// A value, and the owner that it goes with.
type Chosen = (String, Option<(String, String)>);

fn values(schema: &Schema, path: &sigmata::schema::Path, ty: &Type) -> Vec<Chosen> {
    let one = |text: &str| vec![(text.to_owned(), None)];
    match ty {
        Type::Enum(known_values) => members(&**known_values)
            .into_iter()
            .map(|member| {
                let owner = schema.relation(path).and_then(|relation| {
                    let owners = relation.pairs.owners(&member);
                    let known = |owner: &&&str| relation.pairs.completeness(owner) > Completeness::Incomplete;
                    let owner = owners.iter().find(known).or(owners.first());
                    Some((relation.by.name(), (*owner?).to_owned()))
                });
                (escaped(&member), owner)
            })
            .collect(),
        Type::Integer | Type::Number => one("5"),
        Type::Boolean => one("true"),
        Type::Timestamp => one("2026-01-02T03:04:05Z"),
        Type::Ip | Type::Endpoint => one("192.0.2.7"),
        Type::Json(_) => one("\"text\""),
        Type::String | Type::Any | Type::Map(_) => one("*text*"),
        Type::Object(_) | Type::Array(_) => Vec::new(),
    }
}

fn members(known_values: &dyn KnownValues) -> Vec<String> {
    spread(all_members(known_values), MAX_VALUES)
}

fn all_members(known_values: &dyn KnownValues) -> Vec<String> {
    let mut found = BTreeSet::new();
    known_values.visit(&mut |member| {
        found.insert(member.to_owned());
        true
    });
    found.into_iter().collect()
}

/// A text as a value that means exactly it.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?")
}
