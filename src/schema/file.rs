//! Reads a schema: YAML to [`Schema`].
//!
//! [`format`] is the file as serde sees it; this module turns names into types and paths and reports what leads
//! nowhere.

mod format;
mod map;
mod meaning;
mod merge;
mod vocabulary;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use self::format::{
    DelaySpec, EnumSpec, FieldSpec, FormatKey, LongSpec, Openness, SchemaFile, SparseSpec, Version,
};
use super::dependent::{Bare, Case, Cases, Usually};
use super::known_values::{AnyCase, Joined, List, Renamed};
use super::{
    Chosen, Completeness, Delay, Dependent, Facts, Field, Form, Format, Keyed, KnownValues, Long, ObjectType,
    Path, Provenance, Redaction, Repeats, Schema, Sparse, Step, Type, codes, tables,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::timespan;
use crate::source::Span;
use crate::yaml::{self, NodeKind, de};

/// How deep types can nest.
const MAX_DEPTH: usize = 32;
/// How many fields a schema can come to when its named types are written out.
const MAX_FIELDS: usize = 100_000;

/// A schema that has been read.
#[derive(Debug)]
pub struct Read {
    /// The schema.
    pub schema: Schema,
    /// The log sources that it answers to.
    pub answers: Vec<Answer>,
    /// The shipped schema that it extends.
    pub extends: Option<String>,
    /// What it says otherwise than the shipped schema that it extends.
    pub replaced: Vec<String>,
}

/// A log source that a schema answers to; empty parts are none, an empty category any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// `product`.
    pub product: String,
    /// `service`.
    pub service: String,
    /// `category`.
    pub category: String,
}

/// Reads a schema. `base` gives the table of the shipped schema that another one extends.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str, base: &dyn Fn(&str) -> Option<&'static [u8]>) -> Result<Read, Vec<Diagnostic>> {
    let mut file = parse(text)?;
    let mut reader = Reader::new(text);
    let extends = file.extends.clone();
    let mut replaced = Vec::new();
    match file.extends.take() {
        Some(name) => {
            let Some(below) = base(&name) else {
                let message = format!("there is no shipped schema `{name}`");
                let help = "`sigmata schema list` names the schemas that can be extended";
                reader.error(&codes::UNKNOWN_REFERENCE, &name, message, help);
                return Err(reader.errors);
            };
            let below = parse_table(below)?;
            replaced = merge::replaced(&below, &file);
            file = merge::over(below, file);
        }
        None => reader.complete(&file),
    }
    let read = Read { extends, replaced, ..reader.schema(file) };
    if reader.errors.is_empty() { Ok(read) } else { Err(reader.errors) }
}

/// Reads the table of a shipped schema.
///
/// # Errors
/// Everything that is wrong with it; nothing, as a test holds.
pub fn read_table(table: &'static [u8]) -> Result<Read, Vec<Diagnostic>> {
    let mut reader = Reader::new("");
    let read = reader.schema(parse_table(table)?);
    if reader.errors.is_empty() { Ok(read) } else { Err(reader.errors) }
}

/// The file of which this is the table.
fn parse_table(table: &'static [u8]) -> Result<SchemaFile, Vec<Diagnostic>> {
    rmp_serde::from_slice(table).map_err(|error| {
        let message = format!("unreadable table of a schema: {error}");
        vec![Diagnostic::new(&codes::UNREADABLE_SCHEMA, Span::default(), message)]
    })
}

/// The file as it is written.
fn parse(text: &str) -> Result<SchemaFile, Vec<Diagnostic>> {
    let (tree, findings) = yaml::read(text);
    let errors: Vec<Diagnostic> =
        findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let unreadable = |span, message: String| {
        let finding = Diagnostic::new(&codes::UNREADABLE_SCHEMA, span, message);
        vec![finding.help("see `docs/schemas.md` for the format")]
    };
    match tree.documents() {
        [document] => de::from_node(&tree, document.root).map_err(|fault| {
            unreadable(fault.span.unwrap_or_default(), format!("unreadable schema: {}", fault.message))
        }),
        [_, second, ..] => Err(unreadable(
            Span::empty(second.span.start),
            "unreadable schema: a schema is one document".to_owned(),
        )),
        [] => Err(unreadable(Span::default(), "unreadable schema: the file is empty".to_owned())),
    }
}

/// Where each key and value of a file is first.
fn words(text: &str) -> BTreeMap<String, Span> {
    let (tree, _) = yaml::read(text);
    let mut words: BTreeMap<String, Span> = BTreeMap::new();
    for node in tree.nodes() {
        if let NodeKind::Scalar(scalar) = &node.kind {
            let first = words.entry(scalar.text.to_string()).or_insert(node.span);
            *first = (*first).min(node.span);
        }
    }
    words
}

struct Reader<'t> {
    text: &'t str,
    /// Where each text of the file is first, once something is wrong.
    words: Option<BTreeMap<String, Span>>,
    enums: BTreeMap<String, Arc<dyn KnownValues>>,
    types: BTreeMap<String, Type>,
    formats: BTreeMap<String, Format>,
    errors: Vec<Diagnostic>,
    fields: usize,
    /// Names that were resolved: a schema names the same fields many times.
    paths: FxHashMap<String, Path>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            words: None,
            enums: BTreeMap::new(),
            types: BTreeMap::new(),
            formats: BTreeMap::new(),
            errors: Vec::new(),
            fields: 0,
            paths: FxHashMap::default(),
        }
    }

    /// A finding that points at the first place where `word` is: as a key or value, else within one.
    fn error(&mut self, code: &'static crate::diagnostic::Code, word: &str, message: String, help: &str) {
        let text = self.text;
        let whole = self.words.get_or_insert_with(|| words(text)).get(word).copied();
        let within = || text.find(word).map(|at| Span::of(at, at + word.len()));
        let span = whole.or_else(within).filter(|_| !word.is_empty()).unwrap_or_default();
        self.errors.push(Diagnostic::new(code, span, message).help(help));
    }

    /// Says what a schema lacks that extends no other.
    fn complete(&mut self, file: &SchemaFile) {
        for (key, lacks) in [
            ("title", file.title.is_none()),
            ("logsources", file.logsources.is_none()),
            ("sources", file.sources.is_none()),
            ("fields", file.fields.is_none()),
        ] {
            if lacks {
                let message = format!("unreadable schema: missing field `{key}`");
                self.error(
                    &codes::UNREADABLE_SCHEMA,
                    "",
                    message,
                    "only a schema that `extends` another can go without",
                );
            }
        }
    }

    fn known_values(&mut self, spec: EnumSpec) -> Option<Arc<dyn KnownValues>> {
        let any_case = spec.any_case;
        let logged_as = spec.logged_as.0.clone();
        let (mut never, mut outside) = (Vec::new(), Vec::new());
        for (form, why) in &spec.never.0 {
            let Some(table) = form.strip_prefix('@') else {
                never.push((Form::new(form), why.clone()));
                continue;
            };
            match tables::known_values(table, String::new(), Completeness::Incomplete, String::new()) {
                Some(list) => outside.push((list, why.clone())),
                None => self.no_table(table),
            }
        }
        let values = self.values(spec)?;
        let found: Arc<dyn KnownValues> = if logged_as.is_empty() && never.is_empty() && outside.is_empty() {
            values
        } else {
            Arc::new(Renamed { values, logged_as, never, outside })
        };
        Some(if any_case { Arc::new(AnyCase(found)) } else { found })
    }

    fn values(&mut self, spec: EnumSpec) -> Option<Arc<dyn KnownValues>> {
        let Some(table) = &spec.table else {
            return Some(Arc::new(List::new(spec.noun, spec.complete.into(), spec.missing, spec.values)));
        };
        let (noun, missing) = (spec.noun.clone(), spec.missing.clone());
        let Some(found) = tables::known_values(table, noun, spec.complete.into(), missing) else {
            self.no_table(table);
            return None;
        };
        if spec.values.is_empty() {
            return Some(found);
        }
        let first = List::new(spec.noun, spec.complete.into(), spec.missing, spec.values);
        Some(Arc::new(Joined { first, then: found }))
    }

    fn schema(&mut self, file: SchemaFile) -> Read {
        // Reading it has checked it.
        let Version = file.version;
        for (name, spec) in file.enums.0 {
            if let Some(known_values) = self.known_values(spec) {
                self.enums.insert(name, known_values);
            }
        }
        for (name, spec) in file.types.0 {
            let ty = self.ty(&name, &spec, 0);
            if let Some(format) = self.format(&name, &spec, &ty) {
                self.formats.insert(name.clone(), format);
            }
            self.types.insert(name, ty);
        }
        let record = Arc::new(ObjectType {
            fields: self.members(file.fields.unwrap_or_default().0, 0),
            open: file.open.is_open(),
            documented: file.open == Openness::Documented,
        });
        let mut schema = Schema {
            name: file.name,
            title: file.title.unwrap_or_default(),
            record,
            provenance: file
                .sources
                .into_iter()
                .flatten()
                .map(|source| Provenance {
                    source: source.source,
                    license: source.license,
                    date: source.date,
                })
                .collect(),
            signature: file
                .recognised_by
                .as_ref()
                .map(|spec| map::signature(&spec.has, &spec.lacks, &spec.values))
                .unwrap_or_default(),
            formats: file.formats.into_iter().map(|spec| (spec.format, spec.fields)).collect(),
            // What follows is resolved against the fields above.
            ..Schema::default()
        };
        schema.time = file.time.and_then(|name| self.path(&schema, &name));
        schema.delay = file.delay.and_then(|spec| self.delay(spec));
        schema.repeats = file.repeats.and_then(|spec| {
            self.path(&schema, &spec.by)?;
            Some(Repeats { by: spec.by, source: spec.source })
        });
        schema.sparse = file.sparse.into_iter().filter_map(|spec| self.sparse(&schema, spec)).collect();
        for spec in file.long {
            if self.path(&schema, &spec.field).is_some() {
                let LongSpec { field: name, most, names, maps, source } = spec;
                schema.long.push(Long { name, most, names, maps, source });
            }
        }
        for spec in file.chosen {
            if self.path(&schema, &spec.field).is_some() {
                schema.chosen.push(Chosen { name: spec.field, by: spec.by });
            }
        }
        schema.alert = file.alert.iter().filter_map(|name| self.path(&schema, name)).collect();
        for spec in &self.alike(&file.deliveries) {
            let deliveries = self.delivery(&schema, spec);
            schema.deliveries.extend(deliveries);
        }
        schema.record_formats = self.record_formats(&schema, &file.record_formats);
        schema.relations =
            file.relations.iter().filter_map(|relation| self.relation(&schema, relation)).collect();
        schema.forms = file.relations.iter().filter_map(|relation| self.forms(&schema, relation)).collect();
        schema.vocabularies = self.vocabularies(file.vocabularies.0);
        self.meanings(&mut schema, &file.meanings, &file.outcome, &file.also_known_as);
        schema.examples = self.examples(&schema, file.examples);
        let answers = file.logsources.into_iter().flatten().map(|source| Answer {
            product: source.product,
            service: source.service,
            category: source.category,
        });
        let answers = answers.collect();
        Read { schema, answers, extends: None, replaced: Vec::new() }
    }

    fn delay(&mut self, spec: DelaySpec) -> Option<Delay> {
        if let Ok(seconds) = timespan::seconds(&spec.within) {
            return Some(Delay { seconds, source: spec.source });
        }
        let message = format!("`{}` is not a time span", spec.within);
        let help = "write a number and a unit, such as `15m`";
        self.error(&codes::UNKNOWN_REFERENCE, &spec.within, message, help);
        None
    }

    fn sparse(&mut self, schema: &Schema, spec: SparseSpec) -> Option<Sparse> {
        let field = self.path(schema, &spec.field)?;
        let with = match spec.with.0.into_iter().next() {
            Some((name, values)) => Some((self.path(schema, &name)?, values)),
            None => None,
        };
        let instead = match &spec.instead {
            Some(name) => Some(self.path(schema, name)?),
            None => None,
        };
        Some(Sparse { field, missing: spec.missing, with, instead, source: spec.source })
    }

    fn no_table(&mut self, name: &str) {
        let message = format!("there is no table `{name}`");
        self.error(&codes::UNKNOWN_REFERENCE, name, message, "list the values in the schema");
    }

    fn members(&mut self, specs: Vec<(String, FieldSpec)>, depth: usize) -> Vec<Field> {
        specs.into_iter().map(|(name, spec)| self.field(name, spec, depth)).collect()
    }

    fn field(&mut self, name: String, spec: FieldSpec, depth: usize) -> Field {
        self.fields += 1;
        let ty = self.ty(&name, &spec, depth);
        let dependent = self.dependent(&spec, &ty, depth);
        let format = self.format(&name, &spec, &ty);
        let forms = self.written(&name, &spec, &ty);
        self.fits(&name, &spec, &ty);
        let keyed = spec.keyed.map(|keyed| {
            Arc::new(Keyed {
                key: keyed.key.into(),
                values: keyed.values.into_iter().map(Into::into).collect(),
                known: keyed.known.0.into_iter().map(|(key, doc)| (key.into(), doc.into())).collect(),
                complete: keyed.complete,
            })
        });
        Field {
            name: name.into(),
            ty,
            doc: spec.doc.into(),
            always: spec.always,
            never_empty: spec.never_empty,
            never_null: spec.never_null,
            redacted: match (spec.redacted, spec.never_logged) {
                (_, true) => Some(Redaction::LeftOut),
                (text, false) => text.map(|text| Redaction::Text(text.into())),
            },
            format,
            forms,
            also: spec.also.into_iter().map(Into::into).collect(),
            or_text: spec.or_text,
            labels: spec.labels.0.into_iter().map(|(number, label)| (number.into(), label.into())).collect(),
            false_is_absent: spec.false_is_absent,
            keyed,
            dependent,
        }
    }

    /// Whether a field is of a type to which its labels, and what is said of false and zero, apply.
    fn fits(&mut self, name: &str, spec: &FieldSpec, ty: &Type) {
        if let Some((number, _)) = spec.labels.0.iter().find(|(number, _)| number.parse::<i64>().is_err()) {
            let message = format!("`{name}` labels `{number}`, which is not a whole number");
            self.error(&codes::UNKNOWN_REFERENCE, number, message, "write a number, then its label");
        }
        if !spec.labels.0.is_empty() && !matches!(ty, Type::Integer) {
            let message = format!("`{name}` has labels, but is not an integer");
            self.error(&codes::UNKNOWN_REFERENCE, "labels", message, "use `logged_as` for texts");
        }
        if spec.false_is_absent && !matches!(ty, Type::Boolean | Type::Integer | Type::Number) {
            let message = format!("`{name}` has `false_is_absent`, but is neither a boolean nor a number");
            self.error(&codes::UNKNOWN_REFERENCE, "false_is_absent", message, "remove the key");
        }
    }

    /// The format of the field's own texts, or of those in an array; a named type can bring it.
    fn format(&mut self, name: &str, spec: &FieldSpec, ty: &Type) -> Option<Format> {
        let own = |spec: &FieldSpec| {
            spec.format.and_then(FormatKey::of_texts).or_else(|| self.formats.get(&spec.ty).copied())
        };
        let found = own(spec).or_else(|| own(spec.items.as_deref()?))?;
        let mut inner = ty;
        while let Type::Array(element) = inner {
            inner = element;
        }
        if matches!(inner, Type::String) {
            return Some(found);
        }
        let message = format!("`{name}` has the format `{}`, but no texts", found.name());
        self.error(&codes::UNKNOWN_REFERENCE, found.name(), message, "only a `string` can have a format");
        None
    }

    /// The forms of the field's own texts, or of those in an array.
    fn written(&mut self, name: &str, spec: &FieldSpec, ty: &Type) -> Arc<[Form]> {
        let own = |spec: &FieldSpec| spec.forms.iter().map(|form| Form::new(form)).collect::<Arc<[Form]>>();
        let mut inner = ty;
        while let Type::Array(element) = inner {
            inner = element;
        }
        let found = own(spec);
        let found = match spec.items.as_deref() {
            Some(items) if found.is_empty() => own(items),
            _ => found,
        };
        if !found.is_empty() && !matches!(inner, Type::String) {
            let message = format!("`{name}` has forms, but no texts");
            self.error(&codes::UNKNOWN_REFERENCE, "forms", message, "only a `string` can have forms");
        }
        found
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
                cases.push(Case {
                    when,
                    ty: Arc::new(ObjectType { fields, open: case.open, documented: false }),
                });
            }
            let table = depends.table.as_ref().and_then(|name| {
                let found = tables::cases(name, &self.types);
                if found.is_none() {
                    self.no_table(name);
                }
                found
            });
            let bare = depends.bare.clone().map(|spec| Bare { but: spec.but, why: spec.why });
            return Some(Arc::new(Cases { on, listed: cases, table, bare }));
        }
        // Members of something that may also be text.
        let fields = spec.fields.as_ref().filter(|_| matches!(ty, Type::Any))?;
        let fields = self.members(fields.0.clone(), depth + 1);
        Some(Arc::new(Usually { object: Arc::new(ObjectType { fields, open: true, documented: false }) }))
    }

    fn ty(&mut self, name: &str, spec: &FieldSpec, depth: usize) -> Type {
        if depth > MAX_DEPTH || self.fields > MAX_FIELDS {
            if self.errors.is_empty() {
                let message = format!("the type of `{name}` is too deep");
                self.error(&codes::SCHEMA_LIMIT, name, message, "declare deep parts as `type: any`");
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
            "ip" if matches!(spec.format, Some(FormatKey::Address(_))) => Type::Endpoint,
            "ip" => Type::Ip,
            "any" => Type::Any,
            "array" => Type::Array(inner(self)),
            "map" => Type::Map(inner(self)),
            "json" => Type::Json(inner(self)),
            "object" => {
                let fields = spec.fields.clone().unwrap_or_default();
                let open = spec.open.is_open() || spec.fields.is_none();
                let documented = spec.open == Openness::Documented;
                Type::Object(Arc::new(ObjectType {
                    fields: self.members(fields.0, depth + 1),
                    open,
                    documented,
                }))
            }
            "enum" => {
                let found = spec.known_values.as_ref().and_then(|name| self.enums.get(name));
                if let Some(known_values) = found {
                    return Type::Enum(known_values.clone());
                }
                let word = spec.known_values.clone().unwrap_or_default();
                let message = format!("`{name}` has no list of known values `{word}`");
                self.error(&codes::UNKNOWN_REFERENCE, &word, message, "define it under `enums`");
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
    /// The path of a name that has been resolved.
    fn known_path(&self, name: &str) -> Option<Path> {
        self.paths.get(name).cloned()
    }

    fn path(&mut self, schema: &Schema, name: &str) -> Option<Path> {
        if let Some(known) = self.known_path(name) {
            return Some(known);
        }
        match schema.lookup(name, &Facts::default()) {
            Some(found) if found.spelling.is_none() => {
                let last_is_name =
                    |steps: &[Step]| steps.len() == 1 && matches!(steps.first(), Some(Step::Dotted(_)));
                if !last_is_name(&found.path.steps) {
                    self.paths.insert(name.to_owned(), found.path.clone());
                    return Some(found.path);
                }
            }
            _ => {}
        }
        let message = format!("the record has no field `{name}`");
        self.error(&codes::UNKNOWN_SCHEMA_PATH, name, message, "name it as under `fields`");
        None
    }
}

/// Plain keys of a dotted name.
fn keys(name: &str) -> Vec<Step> {
    name.split('.').map(|key| Step::Key(key.into())).collect()
}
