//! Reads a pack: YAML to [`Schema`].
//!
//! [`format`] is the file as serde sees it; this module turns names into types and paths and reports what leads
//! nowhere.

mod format;
mod map;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use self::format::Pairs;
use self::format::{FieldSpec, Pack, Version};
use super::catalogue::List;
use super::dependent::{Case, Cases, Usually};
use super::{
    Catalogue, Dependent, Facts, Field, Keyed, ObjectType, Path, Provenance, Schema, Step, Type, codes,
    tables,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How deep types can nest.
const MAX_DEPTH: usize = 32;
/// How many fields a pack can come to when its named types are written out.
const MAX_FIELDS: usize = 100_000;

/// A pack that has been read.
#[derive(Debug)]
pub struct Read {
    /// The schema.
    pub schema: Schema,
    /// The log sources that it answers to: product and service.
    pub answers: Vec<(String, String)>,
}

/// Reads a pack. Untrusted text must have passed [`yaml::guard`](crate::yaml::guard), which bounds its size and depth.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str) -> Result<Read, Vec<Diagnostic>> {
    let pack: Pack = serde_yaml::from_str(text).map_err(|error| {
        let at = error.location().map_or(0, |location| location.index());
        let message = format!("unreadable pack: {error}");
        vec![
            Diagnostic::new(&codes::UNREADABLE_PACK, Span::of(at, at), message)
                .help("see `docs/packs.md` for the format"),
        ]
    })?;
    let mut reader =
        Reader { text, catalogues: BTreeMap::new(), types: BTreeMap::new(), errors: Vec::new(), fields: 0 };
    let read = reader.pack(pack);
    if reader.errors.is_empty() { Ok(read) } else { Err(reader.errors) }
}

struct Reader<'t> {
    text: &'t str,
    catalogues: BTreeMap<String, Arc<dyn Catalogue>>,
    types: BTreeMap<String, Type>,
    errors: Vec<Diagnostic>,
    fields: usize,
}

impl Reader<'_> {
    /// A finding that points at the first place where `word` stands.
    fn error(&mut self, code: &'static crate::diagnostic::Code, word: &str, message: String, help: &str) {
        let at = self.text.find(word).filter(|_| !word.is_empty());
        let span = at.map_or(Span::default(), |at| Span::of(at, at + word.len()));
        self.errors.push(Diagnostic::new(code, span, message).help(help));
    }

    fn pack(&mut self, pack: Pack) -> Read {
        // Reading it has checked it.
        let Version = pack.version;
        for (name, spec) in pack.catalogues.0 {
            let catalogue: Arc<dyn Catalogue> = match &spec.table {
                None => Arc::new(List::new(spec.noun, spec.closed, spec.values)),
                Some(table) => {
                    let Some(found) = tables::catalogue(table, spec.noun, spec.closed) else {
                        self.no_table(table);
                        continue;
                    };
                    found
                }
            };
            self.catalogues.insert(name, catalogue);
        }
        for (name, spec) in pack.types.0 {
            let ty = self.ty(&name, &spec, 0);
            self.types.insert(name, ty);
        }
        let record = Arc::new(ObjectType { fields: self.members(pack.fields.0, 0), open: pack.open });
        let mut schema = Schema {
            name: pack.name,
            title: pack.title,
            record,
            provenance: pack
                .sources
                .into_iter()
                .map(|source| Provenance {
                    source: source.source,
                    license: source.license,
                    date: source.date,
                })
                .collect(),
            time: None,
            alert: Vec::new(),
            homes: Vec::new(),
            shapes: Vec::new(),
            relations: Vec::new(),
        };
        schema.time = pack.time.and_then(|name| self.path(&schema, &name));
        schema.alert = pack.alert.iter().filter_map(|name| self.path(&schema, name)).collect();
        schema.homes = pack.homes.0.iter().map(|(dialect, home)| self.home(&schema, dialect, home)).collect();
        schema.shapes = self.shapes(&schema, &pack.shapes, &pack.homes.0);
        schema.relations =
            pack.relations.iter().filter_map(|relation| self.relation(&schema, relation)).collect();
        let answers = pack.logsources.into_iter().map(|source| (source.product, source.service)).collect();
        Read { schema, answers }
    }

    fn no_table(&mut self, name: &str) {
        let message = format!("there is no table `{name}`");
        self.error(&codes::UNKNOWN_REFERENCE, name, message, "list the values in the pack");
    }

    fn members(&mut self, specs: Vec<(String, FieldSpec)>, depth: usize) -> Vec<Field> {
        specs.into_iter().map(|(name, spec)| self.field(name, spec, depth)).collect()
    }

    fn field(&mut self, name: String, spec: FieldSpec, depth: usize) -> Field {
        self.fields += 1;
        let ty = self.ty(&name, &spec, depth);
        let dependent = self.dependent(&spec, &ty, depth);
        let keyed = spec.keyed.map(|keyed| {
            Arc::new(Keyed {
                key: keyed.key.into(),
                values: keyed.values.into_iter().map(Into::into).collect(),
                known: keyed.known.0.into_iter().map(|(key, doc)| (key.into(), doc.into())).collect(),
                closed: keyed.closed,
            })
        });
        Field {
            name: name.into(),
            ty,
            doc: spec.doc.into(),
            always: spec.always,
            never_empty: spec.never_empty,
            never_null: spec.never_null,
            redacted: spec.redacted.map(Into::into),
            keyed,
            dependent,
        }
    }

    fn dependent(&mut self, spec: &FieldSpec, ty: &Type, depth: usize) -> Option<Arc<dyn Dependent>> {
        if let Some(depends) = &spec.depends {
            let on: Vec<Path> =
                depends.on.iter().map(|name| Path { steps: keys(name), ..Path::default() }).collect();
            let mut cases = Vec::new();
            for case in &depends.cases {
                for (name, _) in &case.when.0 {
                    if !depends.on.contains(name) {
                        let message = format!("a case depends on `{name}`, which is not under `on`");
                        self.error(&codes::UNKNOWN_REFERENCE, name, message, "list the field under `on`");
                    }
                }
                let when = depends.on.iter().map(|on| {
                    case.when
                        .0
                        .iter()
                        .find(|(name, _)| name == on)
                        .map_or(Vec::new(), |(_, when)| when.clone())
                });
                let when = when.collect();
                let fields = self.members(case.fields.0.clone(), depth + 1);
                cases.push(Case { when, ty: Arc::new(ObjectType { fields, open: case.open }) });
            }
            let table = depends.table.as_ref().and_then(|name| {
                let found = tables::cases(name, &self.types);
                if found.is_none() {
                    self.no_table(name);
                }
                found
            });
            return Some(Arc::new(Cases { on, listed: cases, table }));
        }
        // Members of something that may also be text.
        let fields = spec.fields.as_ref().filter(|_| matches!(ty, Type::Any))?;
        let fields = self.members(fields.0.clone(), depth + 1);
        Some(Arc::new(Usually { object: Arc::new(ObjectType { fields, open: true }) }))
    }

    fn ty(&mut self, name: &str, spec: &FieldSpec, depth: usize) -> Type {
        if depth > MAX_DEPTH || self.fields > MAX_FIELDS {
            if self.errors.is_empty() {
                let message = format!("the type of `{name}` is too deep");
                self.error(&codes::PACK_LIMIT, name, message, "declare deep parts as `type: any`");
            }
            return Type::Any;
        }
        let inner = |reader: &mut Self| match &spec.items {
            Some(items) => Arc::new(reader.ty(name, items, depth + 1)),
            None => Arc::new(Type::Any),
        };
        match spec.ty.as_str() {
            "string" => Type::String,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "timestamp" => Type::Timestamp,
            "ip" => Type::Ip,
            "any" => Type::Any,
            "array" => Type::Array(inner(self)),
            "map" => Type::Map(inner(self)),
            "json" => Type::Json(inner(self)),
            "object" => {
                let fields = spec.fields.clone().unwrap_or_default();
                let open = spec.open || spec.fields.is_none();
                Type::Object(Arc::new(ObjectType { fields: self.members(fields.0, depth + 1), open }))
            }
            "enum" => {
                let found = spec.catalogue.as_ref().and_then(|name| self.catalogues.get(name));
                if let Some(catalogue) = found {
                    return Type::Enum(catalogue.clone());
                }
                let word = spec.catalogue.clone().unwrap_or_default();
                let message = format!("`{name}` has no catalogue `{word}`");
                self.error(&codes::UNKNOWN_REFERENCE, &word, message, "define it under `catalogues`");
                Type::Any
            }
            other => {
                if let Some(ty) = self.types.get(other) {
                    return ty.clone();
                }
                let message = format!("`{name}` has the unknown type `{other}`");
                let help = "define it under `types`, before it is used";
                self.error(&codes::UNKNOWN_REFERENCE, other, message, help);
                Type::Any
            }
        }
    }

    /// A field of the record by its canonical name.
    fn path(&mut self, schema: &Schema, name: &str) -> Option<Path> {
        match schema.resolve(name, &Facts::default()) {
            Ok(found) if found.spelling.is_none() => {
                let last_is_name =
                    |steps: &[Step]| steps.len() == 1 && matches!(steps.first(), Some(Step::Dotted(_)));
                if !last_is_name(&found.path.steps) {
                    return Some(found.path);
                }
            }
            _ => {}
        }
        let message = format!("the record has no field `{name}`");
        self.error(&codes::UNKNOWN_PACK_PATH, name, message, "name it as under `fields`");
        None
    }
}

/// Plain keys of a dotted name.
fn keys(name: &str) -> Vec<Step> {
    name.split('.').map(|key| Step::Key(key.into())).collect()
}
